"""Reduce the IERS tables C04 and finals2000A to the Earth orientation that pointnemo ships.

Usage: ``uv run --group tools python tools/reduce_earth_orientation.py``

Reads ``eopc04.1962-now`` and ``finals2000A.all`` of the installed package ``astropy-iers-data`` (layouts: the ReadMe
files beside them). Keeps, day by day from 1973, UT1-UTC and the pole from C04; where that ends from Bulletin A and its
prediction. (Before 1985 the two differ by up to 5 ms, 2 m on the equator; C04 is the reprocessed series.) The same
package gives the same bytes. Then put the new date into ``sources.toml`` beside the table.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
from datetime import date
from itertools import pairwise
from pathlib import Path

import astropy_iers_data

from pointnemo.world.received import finals_rows

TARGET = Path(__file__).resolve().parent.parent / "src/pointnemo/world/data/earth_orientation.csv.gz"


Row = tuple[int, float, float, float, bool]
"""MJD, UT1-UTC in s, pole x and y in arcsec, whether observed."""

FIRST_MJD = 41684  # 1973-01-02, the first day of finals2000A


def c04_rows(text: str) -> list[Row]:
    """Rows of the C04 series at 00:00 UTC: year, month, day, hour, MJD, x, y, UT1-UTC, ..."""
    fields = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    rows = [(int(float(f[4])), float(f[7]), float(f[5]), float(f[6]), True) for f in fields]
    return [row for row in rows if row[0] >= FIRST_MJD]


def main() -> None:
    """Read the installed table, check it, write the small one."""
    folder = Path(astropy_iers_data.__file__).parent / "data"
    table = c04_rows((folder / "eopc04.1962-now").read_text())
    last = table[-1][0]
    table += [row for row in finals_rows((folder / "finals2000A.all").read_text()) if row[0] > last]
    if any(b[0] - a[0] != 1 for a, b in pairwise(table)):
        raise SystemExit("the tables have a gap: refuse to reduce them")
    version = importlib.metadata.version("astropy-iers-data")
    observed = max(row[0] for row in table if row[4])
    head = [
        "# Earth orientation, one row per day at 00:00 UTC; 1e-5 s is 5 mm on the equator",
        f"# source: IERS C04 and finals2000A in the package astropy-iers-data {version}",
        "# licence: free to use with credit to the IERS",
        f"# issued: {_iso(observed)}",
        f"# first_mjd: {table[0][0]}",
        f"# predicted_from_mjd: {observed + 1}",
        "ut1_utc_s,pole_x_arcsec,pole_y_arcsec",
    ]
    body = [f"{ut1:.5f},{x:.5f},{y:.5f}" for _, ut1, x, y, _ in table]
    data = gzip.compress("\n".join([*head, *body, ""]).encode(), 9, mtime=0)
    TARGET.write_bytes(data)
    print(f"{TARGET.name}: {len(table)} days, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


def _iso(mjd: int) -> str:
    return date.fromordinal(mjd - 51544 + date(2000, 1, 1).toordinal()).isoformat()


if __name__ == "__main__":
    main()
