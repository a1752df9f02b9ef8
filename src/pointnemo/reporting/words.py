"""Numbers, dates and places as people read them; shared by the page, the report and the comparison.

Everything here is a pure function from a value to plain text. Text that comes from a scenario or a file is cleaned of
control characters first, so that a name can neither break a line nor colour a terminal.
"""

from __future__ import annotations

import math
import re
import textwrap

from pointnemo.results import BreakupPhase, Estimate, Place

__all__ = [
    "WIDTH",
    "across",
    "altitude",
    "clean",
    "day",
    "decimals",
    "duration",
    "estimate",
    "grouped",
    "instant",
    "latitude",
    "longitude",
    "mass",
    "mass_unit",
    "minute",
    "per",
    "place",
    "quantity",
    "sense",
    "signed_days",
    "small",
    "unit_text",
    "value_text",
    "wrapped",
]

WIDTH = 80
"""Columns of everything printed."""

_TONNES_KG = 10_000.0  # from here on masses are told in tonnes

# A number is not parted from its unit at the end of a line, nor an arrow from what it points to.
_UNITS = r"(?:km/day|km/s|m2/kg|m/s|km|kg|m2|m|t|s|min|h|d|days?|deg|sfu|J|x|UTC|[NSEW])\b|%"
_NUMBER_AND_UNIT = re.compile(rf"(?<=\d) (?={_UNITS})|(?<=->) ")
_GLUE = "\ue000"  # private use; clean() has removed any that came with the text
_NO_UNIT = ("1", "date")
_SENSES = {"at least": ">=", "at most": "<="}


def clean(text: str) -> str:
    """Text on one line, without control characters; runs of white space become one blank."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def decimals(value: float, digits: int = 3) -> int:
    """Decimals that show ``digits`` significant digits of a value, never negative: 0.0712 -> 4, 418.3 -> 0."""
    if value == 0 or not math.isfinite(value):
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))


def grouped(value: float, places: int = 0) -> str:
    """A number with a comma between thousands: 459325.0 -> ``459,325``; minus zero is zero."""
    text = f"{value:,.{places}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.,") else text


def small(value: float, digits: int = 2) -> str:
    """A probability or expectation: ``3.1e-07`` is written ``3.1e-7``, and 0.081 stays ``0.081``."""
    if value == 0:
        return "0"
    if abs(value) >= 0.01:
        return grouped(value, decimals(value, digits))
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def quantity(value: float, digits: int = 3) -> str:
    """Any number with about ``digits`` significant digits, thousands grouped, tiny ones with an exponent."""
    if value != 0 and abs(value) < 1e-3:
        return small(value, digits)
    return grouped(value, decimals(value, digits))


def unit_text(unit: str) -> str:
    """The unit as written after a number; dimensionless numbers and dates have none.

    A unit of a check may end in its sense, as ``km, at most``; that belongs to the limit: see ``sense``.
    """
    name = clean(unit).partition(",")[0]
    return "" if name in _NO_UNIT else name


def sense(unit: str) -> str:
    """``>=`` or ``<=`` where the unit of a check says ``at least`` or ``at most``, else nothing."""
    return _SENSES.get(clean(unit).partition(",")[2].strip(), "")


def value_text(value: float | int | str | None, digits: int = 3) -> str:
    """A value of a check: a date or word as it is, an integer in full, a float with ``digits`` digits."""
    if value is None:
        return "never"
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int) or float(value).is_integer():
        return grouped(value)
    return quantity(value, digits)


def estimate(e: Estimate, digits: int = 3) -> str:
    """An uncertain number with its interval: ``3,200 m2 (2,400 to 4,000, 90 %)``.

    The interval is written with the decimals of the value, so that the three can be compared at a glance.
    """
    largest = max(abs(x) for x in (e.value, e.low, e.high))
    if largest > 0.0 and abs(e.value or largest) < 1e-3:
        value, low, high = (small(x, 2) for x in (e.value, e.low, e.high))
    else:
        places = decimals(e.value if e.value else e.high, digits)
        value, low, high = (grouped(x, places) for x in (e.value, e.low, e.high))
    unit = unit_text(e.unit)
    return f"{value}{' ' if unit else ''}{unit} ({low} to {high}, {per(e.level)})"


def across(e: Estimate, scale: float = 1.0, places: int = 0) -> str:
    """Value and interval in little room, without unit: ``97.9 (61.0-134.0)``; ``scale`` multiplies all three."""
    low, value, high = (grouped(x * scale, places) for x in (e.low, e.value, e.high))
    return f"{value} ({low}-{high})"


def broke_by(phase: BreakupPhase) -> str:
    """What broke a phase and at which height: ``load 80 %, temperature 20 %; median 81.3 km``."""
    causes = ", ".join(f"{name} {per(round(share, 2))}" for name, share in phase.broke_by.items())
    median = phase.altitude_km.value if phase.altitude_median_km is None else phase.altitude_median_km
    return f"{causes}; median {median:.1f} km"


def per(share: float) -> str:
    """A share as a percentage: 0.9 -> ``90 %``, 0.9999 -> ``99.99 %``."""
    percent = share * 100.0
    return f"{percent:.4f}".rstrip("0").rstrip(".") + " %"


def mass(value_kg: float) -> str:
    """A mass in kg below ten tonnes, in t above: ``8,745 kg``, ``459.3 t``."""
    return f"{grouped(value_kg)} kg" if abs(value_kg) < _TONNES_KG else f"{grouped(value_kg / 1000, 1)} t"


def mass_unit(largest_kg: float) -> tuple[str, float, int]:
    """How the masses of one table are written, by the largest of them.

    Args:
        largest_kg: its magnitude.

    Returns:
        Unit, what kilograms are multiplied by, decimals: tonnes with one from ten tonnes on, else kg with three digits.
    """
    return ("t", 1e-3, 1) if largest_kg >= _TONNES_KG else ("kg", 1.0, decimals(largest_kg))


def day(utc: str | None, none: str = "-") -> str:
    """The day of an ISO 8601 epoch, ``YYYY-MM-DD``; ``none`` where there is none."""
    return clean(utc)[:10] if utc else none


def minute(utc: str | None, none: str = "-") -> str:
    """Day and time to the second, as read: ``2032-03-10 01:29:07``; the fraction is cut, not rounded."""
    return clean(utc).replace("T", " ")[:19].rstrip("Z") if utc else none


def instant(utc: str) -> str:
    """Day and time as they are, without a fraction that is zero: what is printed can be given back as it stands."""
    text = clean(utc).replace("T", " ").removesuffix("Z")
    return text.rstrip("0").removesuffix(".") if "." in text else text


def altitude(value_km: float | None) -> str:
    """An altitude with its unit; None is a station that has come down."""
    return "down" if value_km is None else f"{value_km:.1f} km"


def signed_days(days: int) -> str:
    """A difference of dates: ``+439 d``."""
    return f"{days:+,d} d"


def duration(seconds: float) -> str:
    """A duration as ``19 min 04 s`` or ``43 s`` or ``2 h 05 min``."""
    total = round(seconds)
    if total < 60:
        return f"{total} s"
    if total < 7200:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{total // 3600} h {total % 3600 // 60:02d} min"


def latitude(degrees: float) -> str:
    """``48.88 S``."""
    return f"{abs(degrees):.2f} {'S' if degrees < 0 else 'N'}"


def longitude(degrees: float) -> str:
    """``123.39 W``."""
    return f"{abs(degrees):.2f} {'W' if degrees < 0 else 'E'}"


def place(p: Place, named: bool = True) -> str:
    """``48.88 S 123.39 W (Point Nemo)``."""
    name = f" ({clean(p.name)})" if named and p.name else ""
    return f"{latitude(p.latitude_deg)} {longitude(p.longitude_deg)}{name}"


def wrapped(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> list[str]:
    """Text folded to ``width`` columns.

    Args:
        text: what to fold; white space is normalised.
        first: what the first line begins with.
        rest: what every other line begins with; blanks as wide as ``first`` when not given.
        width: greatest number of columns; a word longer than a line is broken.

    Returns:
        At least one line, none longer than ``width`` and none ending in a blank.
    """
    rest = " " * len(first) if rest is None else rest
    glued = _NUMBER_AND_UNIT.sub(_GLUE, clean(text))
    lines = textwrap.wrap(
        glued, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=True
    )
    return [line.replace(_GLUE, " ") for line in lines] or [first.rstrip()]
