"""NAVAREA warnings: drafts of what a NAVAREA coordinator broadcasts to mariners, written and read.

Order of the elements, form of positions and order of corners after the Joint IMO/IHO/WMO Manual on Maritime Safety
Information (MSC.1/Circ.1310, sections 5.5 and 6; IHO S-53): series identifier and number, general area, key subject,
position, remarks, cancellation. Wording as in warnings in force: "HAZARDOUS OPERATIONS, SPACE DEBRIS", times as
DDHHMMZ, "CANCEL THIS MSG" an hour after the end (NAVAREA XII 372/23, NAVAREA XII 656/19). Only the coordinator gives a
number; a draft has number 0, which no warning in force can have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, InputError
from pointnemo.formats.outward import (
    clockwise_from_northwest,
    fewer_corners,
    ring_area_deg2,
    ring_of,
    rounded_outward,
)

__all__ = [
    "FALLING",
    "FLOATING",
    "LINE",
    "MOST_CORNERS",
    "NavareaWarning",
    "ascii_upper",
    "make_warning",
    "minute_after",
    "minute_before",
    "parse_navarea",
    "position",
    "warned_corners",
    "write_navarea",
]

FloatArray = NDArray[np.float64]

LINE = 69
"""Characters on a line, as many as a teleprinter has (ICAO Annex 10, volume II; from memory)."""
MOST_CORNERS = 10
"""A warning is read aloud and plotted by hand: judgement, from what is seen in warnings in force."""
FALLING = "HAZARDOUS OPERATIONS, SPACE DEBRIS"
FLOATING = "FLOATING SPACE DEBRIS MAY BE ENCOUNTERED"
STEP_DEG = 1.0 / 60.0  # "only to the accuracy required" (MSC.1/Circ.1310, element 6): areas are known to kilometres
SLACK = 1.02  # of area, for which fewer corners will do
CANCEL_AFTER = timedelta(hours=1)
_PER_DEG = 6000
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True)
class NavareaWarning:
    """One warning.

    Attributes:
        navarea: Roman number.
        number: within the year; 0 for a draft.
        general_area: first line, such as ``SOUTH PACIFIC``.
        subject: key subject.
        alternate: it is for the case that the primary window is not used.
        from_utc, to_utc: ISO 8601, whole minutes.
        corners: longitude and latitude in degrees, -180..180, clockwise from the north-west, not closed.
        cancel_utc: ISO 8601.
    """

    navarea: str
    number: int
    general_area: str
    subject: str
    alternate: bool
    from_utc: str
    to_utc: str
    corners: tuple[tuple[float, float], ...]
    cancel_utc: str


def minute_before(utc: str) -> datetime:
    """An ISO 8601 epoch, taken back to the whole minute."""
    moment = datetime.fromisoformat(utc.replace("Z", "+00:00"))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def minute_after(utc: str) -> datetime:
    """An ISO 8601 epoch, taken on to the whole minute."""
    start = minute_before(utc)
    moment = datetime.fromisoformat(utc.replace("Z", "+00:00"))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return start if moment == start else start + timedelta(minutes=1)


def warned_corners(ring: FloatArray, step_deg: float, most: int) -> FloatArray:
    """At most so many corners, in round numbers, that hold an area.

    Args:
        ring: shape (n, 2), longitude and latitude in degrees, counterclockwise, not closed.
        step_deg: multiples of this.
        most: 4 or more.

    Returns:
        Shape (m, 2), clockwise from the north-west, longitudes of any turn. Fewer where they add hardly any area.
    """
    tried = [rounded_outward(fewer_corners(ring, count), step_deg) for count in range(4, most + 1)]
    tried = [corners for corners in tried if len(corners) <= most] or tried[
        :1
    ]  # sharp corners are cut off where they are moved outwards
    least = min(ring_area_deg2(corners) for corners in tried)
    return clockwise_from_northwest(next(c for c in tried if ring_area_deg2(c) <= SLACK * least))


def make_warning(
    navarea: str,
    ring: FloatArray,
    from_utc: str,
    to_utc: str,
    *,
    general_area: str,
    subject: str = FALLING,
    alternate: bool = False,
    number: int = 0,
) -> NavareaWarning:
    """A warning that holds an area and a window: corners and minutes are rounded outwards.

    Args:
        navarea: Roman number.
        ring: shape (n, 2), longitude and latitude in degrees, closed or open, longitudes of any turn.
        from_utc, to_utc: ISO 8601.
        general_area: first line.
        subject: key subject.
        alternate: for the case that the primary window is not used.
        number: 0 for a draft.

    Returns:
        The warning.
    """
    corners = warned_corners(ring_of([(x, y) for x, y in ring]), STEP_DEG, MOST_CORNERS)
    start, end = minute_before(from_utc), minute_after(to_utc)
    return NavareaWarning(
        navarea=navarea,
        number=number,
        general_area=ascii_upper(general_area),
        subject=ascii_upper(subject),
        alternate=alternate,
        from_utc=_iso(start),
        to_utc=_iso(end),
        corners=tuple((round(_wrapped(x) * 60) / 60, round(y * 60) / 60) for x, y in corners),
        cancel_utc=_iso(end + CANCEL_AFTER),
    )


def write_navarea(warning: NavareaWarning) -> str:
    """The text of a warning.

    Args:
        warning: what it says.

    Returns:
        Lines of at most ``LINE`` upper-case characters, ending in a newline.
    """
    start, end, cancel = (minute_before(t) for t in (warning.from_utc, warning.to_utc, warning.cancel_utc))
    places = [position(x, y) for x, y in warning.corners]
    pairs = [", ".join(places[i : i + 2]) for i in range(0, len(places), 2)]
    lines = [
        f"NAVAREA {warning.navarea} {warning.number}/{start:%y}",
        f"{warning.general_area}.",
        f"1. {warning.subject}",
        f"   {'ALTERNATE ' if warning.alternate else ''}{_period(start, end)}",
        "   IN AREA BOUND BY",
        *(f"   {pair}{'.' if i == len(pairs) - 1 else ','}" for i, pair in enumerate(pairs)),
        "2. WIDE BERTH ADVISED.",
        f"3. CANCEL THIS MSG {cancel:%d%H%M}Z {_MONTHS[cancel.month - 1]} {cancel:%y}.",
    ]
    return "\n".join(lines) + "\n"


def position(longitude_deg: float, latitude_deg: float) -> str:
    """``48-53S 123-24W``: degrees and whole minutes with leading zeros (MSC.1/Circ.1310, element 6).

    Decimals stand where a place is not a whole minute: both angles then have two.
    """
    whole = all(abs(angle * 60 - round(angle * 60)) < 1e-6 for angle in (longitude_deg, latitude_deg))
    return f"{_angle(latitude_deg, 'N', 'S', 2, whole)} {_angle(_wrapped(longitude_deg), 'E', 'W', 3, whole)}"


def _angle(degrees: float, positive: str, negative: str, digits: int, whole_minutes: bool) -> str:
    steps = abs(_steps(degrees))
    whole, minutes = divmod(steps, _PER_DEG)
    decimals = "" if whole_minutes else f".{minutes % 100:02d}"
    return f"{whole:0{digits}d}-{minutes // 100:02d}{decimals}{negative if degrees < 0 else positive}"


def _steps(degrees: float) -> int:
    return round(degrees * _PER_DEG)


def _wrapped(longitude_deg: float) -> float:
    return (longitude_deg + 180.0) % 360.0 - 180.0


def ascii_upper(text: str) -> str:
    """What a teleprinter can print of a text: upper case, letters, digits and a few marks, single blanks."""
    return " ".join(re.sub(r"[^A-Z0-9 ,./()'+-]", " ", text.upper()).split())


def _period(start: datetime, end: datetime) -> str:
    month = _MONTHS[end.month - 1]
    first = f"{start:%d%H%M}Z"
    if start.month != end.month:
        first += f" {_MONTHS[start.month - 1]}"
    return f"{first} TO {end:%d%H%M}Z {month}"


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# --- reading -------------------------------------------------------------------------------------------------------

_HEAD = re.compile(r"NAVAREA ([IVX]+) (\d{1,4})/(\d\d)")
_TIMES = re.compile(r"(ALTERNATE )?(\d{6})Z(?: ([A-Z]{3}))? TO (\d{6})Z ([A-Z]{3})")
_CANCEL = re.compile(r"CANCEL THIS MSG (\d{6})Z ([A-Z]{3}) (\d\d)")
_POSITION = re.compile(r"(\d\d)-(\d\d(?:\.\d{1,2})?)([NS]) (\d{3})-(\d\d(?:\.\d{1,2})?)([EW])")
_SUBJECT = re.compile(r"1\. (.*?) (?:ALTERNATE )?\d{6}Z")


def parse_navarea(text: str, name: str = "NAVAREA warning") -> NavareaWarning:
    """Read a warning of one area and one period, as ``write_navarea`` makes it or a coordinator in the same words.

    Args:
        text: the message.
        name: for errors.

    Returns:
        What it says.

    Raises:
        InputError: it is not such a message; names everything that is missing.
    """
    flat = " ".join(text.split())
    head, times, cancel, subject = (p.search(flat) for p in (_HEAD, _TIMES, _CANCEL, _SUBJECT))
    corners = tuple(_place(found) for found in _POSITION.findall(flat))
    missing = [
        Defect(name, f"has no {what}", f"write it as {form}")
        for there, what, form in (
            (head, "series identifier", "NAVAREA XIV 189/26"),
            (times, "period", "140920Z TO 141130Z MAR"),
            (cancel, "cancellation", "CANCEL THIS MSG 141230Z MAR 32"),
            (subject, "key subject", f"1. {FALLING}"),
            (len(corners) >= 3 or None, "area of three positions or more", "48-53S 123-24W"),
        )
        if there is None
    ]
    if head is None or times is None or cancel is None or subject is None or missing:
        raise InputError("this warning cannot be read", missing)
    try:
        ends = _moment(cancel[1], cancel[2], 2000 + int(cancel[3]))
        start = _moment(times[2], times[3] or times[5], ends.year)
        end = _moment(times[4], times[5], ends.year)
        # A month that would lie after the cancellation belongs to the year before.
        start, end = (t.replace(year=t.year - 1) if t > ends else t for t in (start, end))
    except ValueError as error:
        raise InputError(
            "this warning cannot be read", [Defect(name, f"holds a date that is none: {error}")]
        ) from error
    lines = [line.strip() for line in text.strip().splitlines()]
    general = lines[1].rstrip(".") if len(lines) > 1 and not lines[1].startswith("1.") else ""
    return NavareaWarning(
        navarea=head[1],
        number=int(head[2]),
        general_area=general,
        subject=subject[1].rstrip(":"),
        alternate=times[1] is not None,
        from_utc=_iso(start),
        to_utc=_iso(end),
        corners=corners,
        cancel_utc=_iso(ends),
    )


def _place(found: Sequence[str]) -> tuple[float, float]:
    latitude = (int(found[0]) * _PER_DEG + round(float(found[1]) * 100)) / _PER_DEG
    longitude = (int(found[3]) * _PER_DEG + round(float(found[4]) * 100)) / _PER_DEG
    return (-longitude if found[5] == "W" else longitude, -latitude if found[2] == "S" else latitude)


def _moment(day_time: str, month: str, year: int) -> datetime:
    if month not in _MONTHS:
        raise ValueError(f"month {month!r}")
    day, hour, minute = (int(day_time[i : i + 2]) for i in (0, 2, 4))
    return datetime(year, _MONTHS.index(month) + 1, day, hour, minute, tzinfo=UTC)
