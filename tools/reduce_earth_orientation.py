"""Reduce the IERS table finals2000A to the Earth orientation that pointnemo ships.

Usage: ``uv run --group tools python tools/reduce_earth_orientation.py``

Reads ``finals2000A.all`` of the installed package ``astropy-iers-data`` (layout: its ``ReadMe.finals2000A``). Keeps,
day by day, UT1-UTC and the pole from Bulletin B where given, else Bulletin A, else its prediction. The same package
gives the same bytes. Then put the new date into ``sources.toml`` beside the table.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
from datetime import date
from itertools import pairwise
from pathlib import Path

import astropy_iers_data

TARGET = Path(__file__).resolve().parent.parent / "src/pointnemo/world/data/earth_orientation.csv.gz"


def rows(text: str) -> list[tuple[int, float, float, float, str]]:
    """One row per day: MJD, UT1-UTC in s, pole x and y in arcsec, O (observed) or P (predicted)."""
    out = []
    for line in text.splitlines():
        line = line.ljust(188)
        if not line[58:68].strip() or not line[18:27].strip():
            break  # the table goes on with empty days
        mjd = int(float(line[7:15]))
        predicted = line[16] == "P" or line[57] == "P"
        if line[134:144].strip() and line[144:154].strip() and line[154:165].strip():
            x, y, ut1 = float(line[134:144]), float(line[144:154]), float(line[154:165])
        else:
            x, y, ut1 = float(line[18:27]), float(line[37:46]), float(line[58:68])
        out.append((mjd, ut1, x, y, "P" if predicted else "O"))
    return out


def main() -> None:
    """Read the installed table, check it, write the small one."""
    source = Path(astropy_iers_data.__file__).parent / "data/finals2000A.all"
    table = rows(source.read_text())
    if any(b[0] - a[0] != 1 for a, b in pairwise(table)):
        raise SystemExit("finals2000A has a gap: refuse to reduce it")
    version = importlib.metadata.version("astropy-iers-data")
    observed = max(row[0] for row in table if row[4] == "O")
    head = [
        "# Earth orientation, one row per day at 00:00 UTC; 1e-5 s is 5 mm on the equator",
        f"# source: IERS finals2000A.all in the package astropy-iers-data {version}",
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
