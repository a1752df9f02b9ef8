"""Reduce the CelesTrak space-weather file to the daily table that pointnemo ships.

Usage: ``uv run python tools/reduce_space_weather.py``

The file (format CssiSpaceWeather 1.2, described at celestrak.org/SpaceData/SpaceWx-format.php) sits as text inside the
extension module of the installed package ``brahe``. Kept: the date, the observed (not adjusted to 1 au) F10.7 and the
daily Ap of every observed and daily-predicted day; the observed and the adjusted F10.7 of every monthly prediction (it
has no Ap). The same package gives the same bytes. Then put the new date into ``sources.toml`` beside the tables.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import re
from datetime import date, datetime
from pathlib import Path

import brahe

from pointnemo.world.received import cssi_section

FOLDER = Path(__file__).resolve().parent.parent / "src/pointnemo/world/data"

SECTIONS = ("OBSERVED", "DAILY_PREDICTED", "MONTHLY_PREDICTED")
# Columns of the fixed format FORMAT(I4,I3,I3,I5,I3,8I3,I4,8I4,I4,F4.1,I2,I4,F6.1,I2,5F6.1), zero-based.
DATE, AP, ADJUSTED, OBSERVED = slice(0, 10), slice(79, 82), slice(92, 98), slice(112, 118)


def text_inside(binary: bytes) -> str:
    """The CssiSpaceWeather file inside an extension module."""
    match = re.search(rb"DATATYPE CssiSpaceWeather\r?\n.*?END MONTHLY_PREDICTED", binary, re.DOTALL)
    if match is None:
        raise SystemExit("no CssiSpaceWeather text in the extension module of brahe")
    return match.group().decode("ascii").replace("\r\n", "\n")


def mjd_of(line: str) -> int:
    """Modified Julian date of a row."""
    year, month, day = (int(part) for part in line[DATE].split())
    return date(year, month, day).toordinal() - date(1858, 11, 17).toordinal()


def main() -> None:
    """Find the text, check it, write the two tables."""
    extension = next(Path(brahe.__file__).parent.glob("_brahe*.so"))
    text = text_inside(extension.read_bytes())
    updated = re.search(r"UPDATED (\d{4} \w{3} \d\d)", text)
    if updated is None:
        raise SystemExit("the file does not say when it was made")
    issued = datetime.strptime(updated.group(1), "%Y %b %d").date().isoformat()
    observed, daily, monthly = (cssi_section(text, name) for name in SECTIONS)
    days = [mjd_of(line) for line in observed + daily]
    if days != list(range(days[0], days[0] + len(days))):
        raise SystemExit("the daily part has a gap: decide how to fill it before reducing")
    source = f"CelesTrak SW-All of {issued} in the package brahe {importlib.metadata.version('brahe')}"
    about = [f"# source: {source}", "# licence: CelesTrak, free to use with credit", f"# issued: {issued}"]
    save(
        "space_weather_daily.csv.gz",
        [
            "# Daily space weather: observed F10.7 (sfu, not adjusted to 1 au) and daily Ap, one row per UTC day",
            *about,
            f"# first_mjd: {days[0]}",
            f"# forecast_from_mjd: {mjd_of(daily[0])}",
            "f107_observed,ap",
        ],
        [f"{float(line[OBSERVED]):.1f},{int(line[AP])}" for line in observed + daily],
    )
    save(
        "space_weather_monthly.csv.gz",
        [
            "# Monthly forecast of F10.7 (sfu) for 00:00 UTC of the day given: as observed, and adjusted to 1 au",
            *about,
            "mjd,f107_observed,f107_adjusted",
        ],
        [f"{mjd_of(line)},{float(line[OBSERVED]):.1f},{float(line[ADJUSTED]):.1f}" for line in monthly],
    )


def save(name: str, head: list[str], body: list[str]) -> None:
    """Write a table as gzip without a time stamp."""
    data = gzip.compress("\n".join([*head, *body, ""]).encode(), 9, mtime=0)
    (FOLDER / name).write_bytes(data)
    print(f"{name}: {len(body)} rows, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
