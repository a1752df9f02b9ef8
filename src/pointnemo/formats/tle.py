"""Two- and three-line element sets: reader and writer (format: Space-Track documentation; Alpha-5 since 2020).

Catalogue numbers passed 99999 in 2026. Alpha-5 writes the first two digits of up to 339999 as one letter, I and O left
out; beyond that an OMM is the only way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pointnemo.errors import Defect, EphemerisError, InputError
from pointnemo.formats.elements import MeanElements, element_defects
from pointnemo.formats.oem_write import replace_file
from pointnemo.world import time

__all__ = ["looks_like_tle", "parse_tle", "tle_lines", "write_tle"]

_ALPHA5 = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 69
_MOST_DEFECTS = 20
_LINE_1 = re.compile(
    r"1 (?P<number>[A-HJ-NP-Z\d ][\d ]{3}\d)(?P<classification>[UCS ]) (?P<designator>[\d ]{5}[A-Z ]{3}) "
    r"(?P<year>\d\d)(?P<day>[ \d]{2}\d)(?P<fraction>\.\d{8}) (?P<dot>[-+ ]\.\d{8}) (?P<ddot>[-+ ]\d{5}[-+ ]\d) "
    r"(?P<bstar>[-+ ]\d{5}[-+ ]\d) (?P<type>[ \d]) (?P<set>[ \d]{4})\d",
    re.ASCII,
)
_LINE_2 = re.compile(
    r"2 (?P<number>[A-HJ-NP-Z\d ][\d ]{3}\d) (?P<inclination>[ \d]{3}\.\d{4}) (?P<node>[ \d]{3}\.\d{4}) "
    r"(?P<eccentricity>\d{7}) (?P<perigee>[ \d]{3}\.\d{4}) (?P<anomaly>[ \d]{3}\.\d{4}) "
    r"(?P<motion>[ \d]{2}\.\d{8})(?P<revolution>[ \d]{5})\d",
    re.ASCII,
)
_DESIGNATOR = re.compile(r"(\d\d)(\d{3})([A-Z]{1,3})")


class _Line(NamedTuple):
    number: int
    text: str


def looks_like_tle(text: str) -> bool:
    """Whether a text starts as element sets do: with a line 1, or a name and then a line 1."""
    lines = [line for line in text[:2000].splitlines() if line.strip() and not line.startswith("#")][:2]
    return any(re.match(r"1 [A-Z\d ][\d ]{4}[A-Z ]", line) for line in lines)


def parse_tle(data: bytes, path: Path) -> tuple[MeanElements, ...]:
    """Read all element sets of a file; lines that begin with ``#`` are remarks.

    Args:
        data: the file, unpacked.
        path: where it came from, for messages.

    Returns:
        The sets in the order of the file, at least one.

    Raises:
        EphemerisError: a line of wrong form, length or checksum, a pair that does not belong together, values that SGP4
            cannot use; up to 20 defects with their lines.
    """
    text = data.removeprefix(b"\xef\xbb\xbf").decode("ascii", "replace")
    lines = [_Line(number, line.rstrip()) for number, line in enumerate(text.splitlines(), start=1)]
    sets: list[MeanElements] = []
    defects: list[Defect] = []
    for name, first, second in _groups([line for line in lines if line.text and line.text[0] != "#"]):
        found = list(_pair_defects(first, second, path.name))
        elements = None if found or second is None else _elements(name, first.text, second, path.name, found)
        if elements:
            found += element_defects(elements)
        if elements and not found:
            sets.append(elements)
        defects += found
        if len(defects) >= _MOST_DEFECTS:
            break
    if not sets and not defects:
        defects.append(Defect(path.name, "holds no element set", "give pairs of lines that begin with 1 and 2"))
    if defects:
        raise EphemerisError(f"cannot use {path}", defects[:_MOST_DEFECTS])
    return tuple(sets)


def _groups(lines: Sequence[_Line]) -> Iterator[tuple[str, _Line, _Line | None]]:
    """Name (empty where there is none), line 1 and what follows it as line 2."""
    name = ""
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.text.startswith("1 "):
            second = lines[at + 1] if at + 1 < len(lines) and lines[at + 1].text.startswith("2 ") else None
            yield name, line, second
            name, at = "", at + (2 if second else 1)
        elif line.text.startswith("2 ") or name:  # a line 2 alone, or two names in a row: reported as no line 1
            yield name, line, None
            name, at = "", at + 1
        else:
            name, at = line.text.removeprefix("0 ").strip(), at + 1
    if name:
        yield "", lines[-1], None


def _pair_defects(first: _Line, second: _Line | None, file: str) -> Iterator[Defect]:
    where = f"{file}, line {first.number}"
    if not first.text.startswith("1 "):
        yield Defect(where, f"not line 1 of an element set: {first.text[:40]!r}", "give pairs of lines 1 and 2")
        return
    if second is None:
        yield Defect(where, "line 2 of this element set is missing", "the file may be truncated")
    for line, pattern in ((first, _LINE_1), (second, _LINE_2)):
        if line is None:
            continue
        place = f"{file}, line {line.number}"
        if len(line.text) != _LENGTH:
            yield Defect(place, f"has {len(line.text)} characters where {_LENGTH} belong", "fetch the set again")
        elif not pattern.fullmatch(line.text):
            yield Defect(place, f"a field does not stand in its columns: {line.text!r}", "fetch the set again")
        elif int(line.text[-1]) != _checksum(line.text):
            what = f"the checksum is {line.text[-1]}, the line adds up to {_checksum(line.text)}"
            yield Defect(place, what, "a character was changed: fetch the set again")
    if second is not None and first.text[2:7] != second.text[2:7]:
        what = f"lines of two objects: {first.text[2:7]!r} and {second.text[2:7]!r}"
        yield Defect(f"{file}, line {second.number}", what, "give the two lines of one set")


def _checksum(line: str) -> int:
    """Sum of the digits and of one for each minus sign, modulo 10."""
    body = line[: _LENGTH - 1]
    return (sum(int(c) for c in body if c.isdigit()) + body.count("-")) % 10


def _elements(name: str, first: str, second: _Line, file: str, defects: list[Defect]) -> MeanElements | None:
    """The set of two lines whose form is known to be right."""
    one, two = _LINE_1.fullmatch(first), _LINE_2.fullmatch(second.text)
    where = f"{file}, line {second.number - 1}"
    if one is None or two is None:
        return None
    year = int(one["year"]) + (1900 if int(one["year"]) >= 57 else 2000)  # Sputnik flew in 1957
    try:
        midnight_tt_s = time.from_utc(f"{year}-{int(one['day']):03d}")
    except InputError:
        what = f"the epoch {one['year']}{one['day']}{one['fraction']} is no day that is read here"
        defects.append(Defect(where, what, "day 1 to 366 of a year from 1972 on"))
        return None
    designator = _DESIGNATOR.fullmatch(one["designator"].strip())
    launched = f"{int(designator[1]) + (1900 if int(designator[1]) >= 57 else 2000)}" if designator else ""
    digits = one["number"].replace(" ", "0")
    return MeanElements(
        object_name=name,
        object_id=f"{launched}-{designator[2]}{designator[3]}" if designator else one["designator"].strip(),
        catalogue_number=_ALPHA5.index(digits[0]) * 10_000 + int(digits[1:]),
        epoch_tt_s=midnight_tt_s + float(one["fraction"]) * 86400.0,
        mean_motion_rev_day=float(two["motion"].replace(" ", "0")),
        eccentricity=float("0." + two["eccentricity"]),
        inclination_deg=float(two["inclination"].replace(" ", "0")),
        node_deg=float(two["node"].replace(" ", "0")),
        perigee_deg=float(two["perigee"].replace(" ", "0")),
        mean_anomaly_deg=float(two["anomaly"].replace(" ", "0")),
        bstar_per_earth_radius=_assumed_point(one["bstar"]),
        mean_motion_dot_rev_day2=float(one["dot"].replace(" ", "")),
        mean_motion_ddot_rev_day3=_assumed_point(one["ddot"]),
        classification=one["classification"].strip() or "U",
        ephemeris_type=int(one["type"].strip() or 0),
        element_set_number=int(one["set"].replace(" ", "0")),
        revolution=int(two["revolution"].replace(" ", "0")),
        where=where,
    )


def _assumed_point(text: str) -> float:
    """``-11606-4`` is -0.11606e-4."""
    return float(f"{text[0].strip()}.{text[1:6]}e{text[6:].strip()}")


# --- writer ----------------------------------------------------------------------------------------------------------


def write_tle(path: str | Path, sets: Sequence[MeanElements]) -> None:
    """Write element sets, with a name line where a set has a name; the file appears whole or not at all.

    Args:
        path: file to make or replace.
        sets: at least one.

    Raises:
        ValueError: no set, or a value that the columns cannot hold (a catalogue number above 339999: write an OMM).
    """
    if not sets:
        raise ValueError("a TLE file needs at least one element set")
    replace_file(Path(path), "".join(line + "\n" for elements in sets for line in tle_lines(elements)))


def tle_lines(elements: MeanElements) -> tuple[str, ...]:
    """Two lines, or three where the set has a name; see ``write_tle``.

    Epochs are kept to 1e-8 day (0.9 ms), which is what the format holds.
    """
    leading, rest = divmod(elements.catalogue_number, 10_000)
    if not 0 <= leading < len(_ALPHA5):
        raise ValueError(f"catalogue number {elements.catalogue_number} does not fit a TLE; write an OMM")
    number = f"{_ALPHA5[leading]}{rest:04d}"
    midnight = time.from_utc(time.to_date(elements.epoch_tt_s))
    ticks = round((elements.epoch_tt_s - midnight) / 86400.0 * 1e8)
    midnight, ticks = (time.from_utc(time.to_date(midnight + 90000.0)), 0) if ticks >= 10**8 else (midnight, ticks)
    year = int(time.to_date(midnight)[:4])
    day = round((midnight - time.from_utc(f"{year}-01-01")) / 86400.0) + 1
    match = re.fullmatch(r"\d\d(\d\d)-(\d{3})([A-Z]{1,3})", elements.object_id)
    designator = f"{match[1]}{match[2]}{match[3]}" if match else elements.object_id[:8]
    dot = f"{abs(elements.mean_motion_dot_rev_day2):.8f}"
    if not dot.startswith("0."):
        raise ValueError(f"a mean motion rate of {elements.mean_motion_dot_rev_day2} does not fit a TLE")
    ddot = _with_assumed_point(elements.mean_motion_ddot_rev_day3)
    first = (
        f"1 {number}{elements.classification} {designator:8s} {year % 100:02d}{day:03d}.{ticks:08d} "
        f"{_sign(elements.mean_motion_dot_rev_day2)}{dot[1:]} {ddot} "
        f"{_with_assumed_point(elements.bstar_per_earth_radius)} {elements.ephemeris_type:1d} "
        f"{elements.element_set_number % 10_000:4d}"
    )
    second = (
        f"2 {number} {elements.inclination_deg:8.4f} {elements.node_deg % 360.0:8.4f} "
        f"{min(round(elements.eccentricity * 1e7), 9999999):07d} {elements.perigee_deg % 360.0:8.4f} "
        f"{elements.mean_anomaly_deg % 360.0:8.4f} {elements.mean_motion_rev_day:11.8f}"
        f"{elements.revolution % 100_000:5d}"
    )
    lines = tuple(f"{line}{_checksum(line + '0')}" for line in (first, second))
    if not (_LINE_1.fullmatch(lines[0]) and _LINE_2.fullmatch(lines[1])):
        raise ValueError(f"a value of {elements.object_name or number} does not fit the columns of a TLE: {lines}")
    return (f"0 {elements.object_name}", *lines) if elements.object_name else lines


def _sign(value: float) -> str:
    return "-" if value < 0 else " "


def _with_assumed_point(value: float) -> str:
    """-0.11606e-4 as ``-11606-4``."""
    if value == 0.0:
        return " 00000-0"
    exponent = math.floor(math.log10(abs(value))) + 1
    digits = round(abs(value) / 10.0**exponent * 1e5)
    if digits >= 100_000:
        digits, exponent = digits // 10, exponent + 1
    if exponent < -9:  # smaller than the field can tell from nothing
        return " 00000-0"
    if exponent > 9:
        raise ValueError(f"{value} does not fit a TLE")
    return f"{_sign(value)}{digits:05d}{'-' if exponent < 0 else '+'}{abs(exponent)}"
