"""A user's wind: a CSV file of heights and winds, read when the scenario is loaded, every defect with its line.

The rows become part of the scenario, so that its hash and its run folder hold the wind itself, not the name of a file.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pointnemo.errors import Defect
from pointnemo.scenario.entry_models import WIND_NAMES, Reentry, WindRow
from pointnemo.scenario.entry_object import FlightOptions

__all__ = ["beside", "read_rows", "row_defects", "wind_defects", "with_profile"]

Asks = TypeVar("Asks", Reentry, FlightOptions)

HEADER = ("height_km", "east_mps", "north_mps")
HIGHEST_KM = 200.0
FASTEST_MPS = 400.0  # no wind below 120 km is faster; a profile that is has the wrong unit
MOST_ROWS = 5000
UNITS = {
    "height_m": "divide heights by 1000", "height_ft": "heights in km: feet times 0.0003048",
    "east_kt": "winds in m/s: knots times 0.5144", "north_kt": "winds in m/s: knots times 0.5144",
    "east_kmh": "winds in m/s: km/h over 3.6", "north_kmh": "winds in m/s: km/h over 3.6",
}  # fmt: skip


def read_rows(path: str | Path) -> tuple[tuple[WindRow, ...], tuple[Defect, ...]]:
    """Read a profile from a CSV file with the columns height_km, east_mps, north_mps.

    Args:
        path: of the file; lines that are empty or begin with # do not count.

    Returns:
        Rows of height (km), eastward and northward wind (m/s), and all defects, each with its line; rows are of use
        only where there are no defects.
    """
    name = Path(path).name
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else "is not UTF-8 text"
        mend = f"write none, climatology, or the path of a CSV file with {', '.join(HEADER)}"
        return (), (Defect(str(path), what, mend),)
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[:1] != "#"]
    header = [cell.strip() for cell in _cells(lines[0][1])] if lines else []
    if header != list(HEADER):
        what = f"has the header {','.join(header)[:60]!r}" if lines else "is empty"
        hints = [UNITS[column] for column in dict.fromkeys(header) if column in UNITS]
        mend = "; ".join(dict.fromkeys([f"write {','.join(HEADER)}", *hints]))
        return (), (Defect(f"{name}:{lines[0][0] if lines else 1}", what, mend),)
    if len(lines) - 1 > MOST_ROWS:
        return (), (Defect(name, f"has {len(lines) - 1} heights", f"at most {MOST_ROWS}; a step of 250 m is used"),)
    rows: list[WindRow] = []
    defects: list[Defect] = []
    below = -math.inf
    for number, line in lines[1:]:
        row, wrong = _row(f"{name}:{number}", _cells(line), below)
        defects += wrong
        below = row[0] if row is not None and math.isfinite(row[0]) else below
        rows += [row] if row is not None else []
    if not defects and len(rows) < 2:
        defects.append(Defect(name, f"has {len(rows)} heights", "give at least two, from the ground up"))
    return tuple(rows), tuple(defects)


def _cells(line: str) -> list[str]:
    return next(csv.reader([line]), [])


def _row(where: str, cells: list[str], below_km: float) -> tuple[WindRow | None, list[Defect]]:
    """One row of a file, and all that is wrong with it."""
    if len(cells) != len(HEADER):
        return None, [Defect(where, f"has {len(cells)} columns", f"write {', '.join(HEADER)}")]
    values: list[float] = []
    defects: list[Defect] = []
    for column, cell in zip(HEADER, cells, strict=True):
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            defects.append(Defect(where, f"{column} is {cell.strip()!r}", "write a number"))
        values.append(value)
    row = (values[0], values[1], values[2])
    return row, defects + list(row_defects(where, row, below_km))


def row_defects(where: str, row: WindRow, below_km: float) -> Iterator[Defect]:
    """What is wrong with the numbers of one row; what is no number is not told again.

    Args:
        where: of the row.
        row: height (km), eastward and northward wind (m/s).
        below_km: height of the row before; -inf for the first.
    """
    height, east, north = row
    if math.isfinite(height) and not 0.0 <= height <= HIGHEST_KM:
        yield Defect(where, f"height_km is {height:g}", f"kilometres above the ellipsoid, 0 to {HIGHEST_KM:g}")
    if height <= below_km:
        yield Defect(where, f"height_km {height:g} is not above {below_km:g}", "list heights from the ground up")
    for column, value in (("east_mps", east), ("north_mps", north)):
        if FASTEST_MPS < abs(value) < math.inf:
            yield Defect(where, f"{column} is {value:g}", f"metres per second, at most {FASTEST_MPS:g}")


def wind_defects(where: str, wind: str, rows: tuple[WindRow, ...]) -> Iterator[Defect]:
    """What is wrong with the wind that a table asks for.

    Args:
        where: dotted key of ``wind``.
        wind: a name out of ``WIND_NAMES``, or a file.
        rows: of ``wind_profile``, where the profile is in the table itself.
    """
    if not rows:
        for defect in () if wind in WIND_NAMES else read_rows(wind)[1]:
            yield Defect(where, f"{defect.where} {defect.what}", defect.mend)
        return
    if wind in WIND_NAMES:
        mend = f"leave out wind_profile, or name it in {where.rpartition('.')[2]}"
        yield Defect(f"{where}_profile", f'is given, but wind is "{wind}"', mend)
    if len(rows) < 2:
        yield Defect(f"{where}_profile", "has one height", "give at least two, from the ground up")
    below = -math.inf
    for number, row in enumerate(rows, 1):
        for defect in row_defects(f"row {number}", row, below):
            yield Defect(f"{where}_profile", f"{defect.where}: {defect.what}", defect.mend)
        below = row[0]


def with_profile(table: Asks) -> Asks:
    """A table whose wind is a file, with the rows of the file and its name without the folder.

    Args:
        table: whose wind has no defect.

    Returns:
        The same where there is no file, or its rows are there.
    """
    if table.wind in WIND_NAMES or table.wind_profile:
        return table
    rows, _ = read_rows(table.wind)
    return table.model_copy(update={"wind": Path(table.wind).name, "wind_profile": rows})


def beside(tables: Mapping[str, Any], section: str, folder: Path | None) -> dict[str, Any]:
    """Tables whose wind is a file beside the document that names it, with the path of the file.

    Args:
        tables: of a document.
        section: the table with ``wind``.
        folder: of the document; none: it is built in.

    Returns:
        The same where there is no such file: the path then counts from the working directory.
    """
    table = tables.get(section)
    wind = table.get("wind") if isinstance(table, Mapping) else None
    if folder is None or not isinstance(wind, str) or wind in WIND_NAMES or not (folder / wind).is_file():
        return dict(tables)
    return {**tables, section: {**tables[section], "wind": str(folder / wind)}}
