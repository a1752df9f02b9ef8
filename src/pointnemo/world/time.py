"""Time at the border and inside: UTC text <-> TT seconds since J2000.

Inside, an instant is one float: TT seconds since 2000-01-01T12:00:00 TT. In 2035 one unit in the last place of that
float is 0.24 us, and texts are decomposed with integers, so conversions hold 1 us. UTC is its modern self, with whole
leap seconds since 1972 (table of ERFA, IERS Bulletin C); earlier dates are refused. No leap second is assumed after
the last announced one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import erfa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import Defect, InputError

__all__ = [
    "SCALES",
    "from_date",
    "from_mjd_utc",
    "from_scale",
    "from_scale_many",
    "from_utc",
    "from_utc_many",
    "mjd_utc",
    "tai_minus_utc",
    "to_date",
    "to_utc",
    "to_utc_if_finite",
    "tt_jd",
]

FloatArray = NDArray[np.float64]

SCALES = ("UTC", "TAI", "TT", "GPS")
"""Time scales that ``from_scale`` reads."""

DAY_S = 86400.0
J2000_JD = 2451545.0
J2000_MJD = 51544.5
TT_MINUS_TAI_S = 32.184  # IAU 1991 recommendation IV
TAI_MINUS_GPS_S = 19.0  # GPS time was set to UTC in January 1980 (IS-GPS-200, 3.3.4)
FIRST_YEAR = 1972  # from here on TAI - UTC is a whole number of seconds
LAST_YEAR = 2100  # further out the number of leap seconds is anybody's guess
_EPOCH_DAY = date(2000, 1, 1).toordinal()

_TEXT = re.compile(
    r"(?P<year>\d{4})-(?:(?P<month>\d\d)-(?P<day>\d\d)|(?P<doy>\d{3}))"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d*))?)?)?"
    r"(?:Z|\+00:?00)?",
    re.ASCII,
)
# The usual form, 2026-09-04T12:00:00[.ffffff][Z], that numpy reads in one go.
_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(?:\.\d{1,9})?Z?", re.ASCII)


class _LeapSeconds(NamedTuple):
    mjd: FloatArray  # UTC day from whose 00:00 on the step holds
    tai_utc_s: FloatArray  # TAI - UTC
    tt_s: FloatArray  # the same instant, TT seconds since J2000


@cache
def _leap_seconds() -> _LeapSeconds:
    """The steps of UTC since 1972, from the table compiled into ERFA (IERS Bulletin C)."""
    table = erfa.leap_seconds.get()
    table = table[table["year"] >= FIRST_YEAR]
    days = [date(int(row["year"]), int(row["month"]), 1).toordinal() - _EPOCH_DAY for row in table]
    mjd = np.array(days, dtype=float) + 51544.0
    step = np.asarray(table["tai_utc"], dtype=float)
    return _LeapSeconds(mjd, step, (mjd - J2000_MJD) * DAY_S + step + TT_MINUS_TAI_S)


def tai_minus_utc(mjd: ArrayLike) -> FloatArray:
    """TAI - UTC in seconds.

    Args:
        mjd: UTC modified Julian date, any shape; before 1972 the value of 1972 is returned.

    Returns:
        Seconds, same shape.
    """
    leap = _leap_seconds()
    index = np.searchsorted(leap.mjd, np.asarray(mjd, dtype=float), side="right") - 1
    return leap.tai_utc_s[np.maximum(index, 0)]


def _refuse(text: object, why: str) -> InputError:
    mend = "write an ISO 8601 date such as 2026-09-04T12:00:00Z or 2026-247T12:00:00Z"
    return InputError("not a date that pointnemo can use", [Defect(repr(text), why, mend)])


class _Civil(NamedTuple):
    """A date and time of day as text gives it, before any time scale is applied."""

    days: int  # whole days since 2000-01-01
    second: int  # of the day; 86400 within a leap second
    fraction: float  # of a second
    leap: bool  # the seconds field was 60


def _parse(text: str) -> _Civil:
    match = _TEXT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise _refuse(text, "is not an ISO 8601 date and time in UTC")
    year = int(match["year"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _refuse(text, f"year {year} lies outside {FIRST_YEAR} to {LAST_YEAR}")
    try:
        if match["doy"]:
            day = date(year, 1, 1) + timedelta(days=int(match["doy"]) - 1)
            if day.year != year:
                raise ValueError(f"year {year} has no day {int(match['doy'])}")
        else:
            day = date(year, int(match["month"]), int(match["day"]))
    except ValueError as error:
        raise _refuse(text, str(error)) from None
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    leap = (hour, minute, second) == (23, 59, 60)
    if hour > 23 or minute > 59 or (second > 59 and not leap):
        raise _refuse(text, "is not a time of day")
    fraction = float("0." + (match["fraction"] or "0"))
    return _Civil(day.toordinal() - _EPOCH_DAY, 3600 * hour + 60 * minute + second, fraction, leap)


def _since_j2000(civil: _Civil) -> float:
    """Seconds from 2000-01-01T12:00:00 to a civil time, in whichever scale it is told."""
    return (civil.days * 86400 + civil.second - 43200) + civil.fraction


def from_utc(text: str) -> float:
    """Read a UTC date.

    Args:
        text: ISO 8601 calendar (``2026-09-04T12:00:00.5Z``) or day-of-year form (``2022-017T12:00:00.000``, CCSDS
            301.0-B-4, 3.5.1); the Z, the fraction, the seconds and the time of day may be missing. A seconds field
            of 60 is read where a leap second really was.

    Returns:
        TT seconds since J2000.

    Raises:
        InputError: the text is anything else.
    """
    civil = _parse(text)
    mjd = civil.days + 51544
    if civil.leap and tai_minus_utc(mjd + 1) == tai_minus_utc(mjd):
        raise _refuse(text, "there was no leap second at the end of this day")
    return _since_j2000(civil) + (float(tai_minus_utc(mjd)) + TT_MINUS_TAI_S)


def from_scale(text: str, scale: str) -> float:
    """Read a date that is told in one of ``SCALES``.

    Args:
        text: as for ``from_utc``.
        scale: ``UTC``, ``TAI``, ``TT`` or ``GPS`` (GPS = TAI - 19 s).

    Returns:
        TT seconds since J2000.

    Raises:
        InputError: the text is not a date, or the scale is not one of these.
    """
    if scale == "UTC":
        return from_utc(text)
    offset_s = _offset_of_scale(scale)
    civil = _parse(text)
    if civil.leap:
        raise _refuse(text, f"{scale} has no leap seconds")
    return _since_j2000(civil) + offset_s


def _offset_of_scale(scale: str) -> float:
    """TT minus a uniform scale, in seconds."""
    offsets = {"TT": 0.0, "TAI": TT_MINUS_TAI_S, "GPS": TAI_MINUS_GPS_S + TT_MINUS_TAI_S}
    if scale not in offsets:
        raise InputError(
            "unknown time scale", [Defect(repr(scale), "cannot be read", f"use one of {', '.join(SCALES)}")]
        )
    return offsets[scale]


def from_utc_many(texts: Sequence[str]) -> FloatArray:
    """Read many UTC dates; the usual calendar form goes through numpy at about 1 us each.

    Args:
        texts: as for ``from_utc``; forms may be mixed.

    Returns:
        Shape (n,), TT seconds since J2000.

    Raises:
        InputError: any text is not a date.
    """
    return from_scale_many(texts, "UTC")


def from_scale_many(texts: Sequence[str], scale: str) -> FloatArray:
    """Read many dates told in one of ``SCALES``; see ``from_scale`` and ``from_utc_many``.

    Returns:
        Shape (n,), TT seconds since J2000.

    Raises:
        InputError: any text is not a date, or the scale is not known.
    """
    if scale != "UTC":
        _offset_of_scale(scale)
    if not texts:
        return np.zeros(0)
    if not all(isinstance(text, str) and _PLAIN.fullmatch(text) for text in texts):
        return np.array([from_scale(text, scale) for text in texts])
    try:
        ticks = np.array([text.rstrip("Z") for text in texts], dtype="datetime64[ns]")
    except ValueError:
        return np.array([from_scale(text, scale) for text in texts])  # finds the culprit and says so
    day = ticks.astype("datetime64[D]")
    years = day.astype("datetime64[Y]").astype(int) + 1970
    if years.min() < FIRST_YEAR or years.max() > LAST_YEAR:
        return np.array([from_scale(text, scale) for text in texts])
    whole = ticks.astype("datetime64[s]")
    days = (day - np.datetime64("2000-01-01")).astype(np.int64)
    seconds = (whole - np.datetime64("2000-01-01T12:00:00")).astype(np.int64)
    fraction = (ticks - whole).astype(np.int64) * 1e-9
    if scale == "UTC":
        return (seconds + fraction) + (tai_minus_utc(days + 51544.0) + TT_MINUS_TAI_S)
    return (seconds + fraction) + _offset_of_scale(scale)


def to_utc(tt_s: float, digits: int = 3) -> str:
    """Write an instant as UTC, rounded to the nearest last digit.

    Args:
        tt_s: TT seconds since J2000.
        digits: decimals of the second, 0 to 6.

    Returns:
        ``2026-09-04T12:00:00.000Z``; within a leap second the seconds field is 60.

    Raises:
        InputError: before 1972, or not a number.
    """
    leap = _leap_seconds()
    if not leap.tt_s[0] <= tt_s < (LAST_YEAR + 1 - 2000) * 366 * DAY_S:
        raise _refuse(tt_s, f"lies outside {FIRST_YEAR} to {LAST_YEAR}")
    scale = 10**digits
    # TT - TAI is not a whole number of ticks for digits < 3: round after subtracting it, then only integers are left.
    ticks = round((float(tt_s) - TT_MINUS_TAI_S) * scale) if digits else round(float(tt_s) - TT_MINUS_TAI_S)
    tai_s, fraction = divmod(ticks, scale)
    tai_steps = np.rint(leap.tt_s - TT_MINUS_TAI_S).astype(np.int64)
    index = int(np.searchsorted(tai_steps, tai_s, side="right")) - 1
    utc_s = tai_s - int(leap.tai_utc_s[max(index, 0)])
    extra = 0
    if index + 1 < len(tai_steps) and tai_s >= int(tai_steps[index + 1]) - 1:
        utc_s, extra = utc_s - 1, 1  # write 23:59:59 and add one to the seconds field
    days, second = divmod(utc_s + 43200, 86400)
    day = date.fromordinal(days + _EPOCH_DAY)
    text = f"{day.isoformat()}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60 + extra:02d}"
    return text + (f".{fraction:0{digits}d}Z" if digits else "Z")


def to_utc_if_finite(tt_s: float, digits: int = 0) -> str | None:
    """Write an instant as ``to_utc`` does; None where it never comes (inf or NaN)."""
    return to_utc(tt_s, digits) if math.isfinite(tt_s) else None


def from_date(day: date) -> float:
    """00:00 UTC of a day.

    Args:
        day: a calendar date, 1972 to 2100.

    Returns:
        TT seconds since J2000.

    Raises:
        InputError: the year lies outside that.
    """
    return from_utc(day.isoformat())


def to_date(tt_s: float) -> str:
    """The UTC day that an instant lies in, as ``YYYY-MM-DD`` (never rounded up to the next day)."""
    mjd = int(np.floor(mjd_utc(tt_s)))
    return date.fromordinal(mjd - 51544 + _EPOCH_DAY).isoformat()


def mjd_utc(tt_s: ArrayLike) -> FloatArray:
    """UTC as a modified Julian date, the running argument of daily tables.

    Args:
        tt_s: TT seconds since J2000, any shape.

    Returns:
        Same shape (0-d for a scalar). Within a leap second the date stays just below the next midnight. One unit in
        the last place is 0.6 us; use ``tt_jd`` where that matters.
    """
    leap = _leap_seconds()
    tt = np.asarray(tt_s, dtype=float)
    index = np.maximum(np.searchsorted(leap.tt_s, tt, side="right") - 1, 0)
    mjd = (tt - TT_MINUS_TAI_S - leap.tai_utc_s[index]) / DAY_S + J2000_MJD
    following = np.append(leap.mjd, np.inf)[index + 1]
    return np.asarray(np.minimum(mjd, np.nextafter(following, 0.0)), dtype=float)


def from_mjd_utc(mjd: ArrayLike) -> FloatArray:
    """Inverse of ``mjd_utc``: TT seconds since J2000 of a UTC modified Julian date, any shape."""
    value = np.asarray(mjd, dtype=float)
    return (value - J2000_MJD) * DAY_S + (tai_minus_utc(value) + TT_MINUS_TAI_S)


def tt_jd(tt_s: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """TT as a two-part Julian date, as ERFA wants it.

    Args:
        tt_s: TT seconds since J2000, any shape.

    Returns:
        ``(jd1, jd2)`` with jd1 a half-integer day and 0 <= jd2 < 1: no precision is lost.
    """
    tt = np.asarray(tt_s, dtype=float)
    days = np.floor(tt / DAY_S)
    return J2000_JD + days, (tt - days * DAY_S) / DAY_S
