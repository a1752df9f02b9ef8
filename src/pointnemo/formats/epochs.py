"""Epochs of a file, taken apart before anybody knows the time scale: text -> whole seconds and fraction.

A block of states is read before or apart from the metadata that name its time scale, so epochs stay civil (a count of
seconds as if every day had 86400) until ``to_tt``. Texts of one layout, which is what a program writes, are read as
one array of characters at 0.1 us each; any other text goes through ``world.time`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import InputError
from pointnemo.world import time

__all__ = ["Civil", "civil_epochs", "civil_text", "civil_texts", "join_civil", "to_tt"]

FloatArray = NDArray[np.float64]

_LAYOUT = re.compile(rb"\d{4}-(?:\d\d-\d\d|\d{3})T\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?")
_TEXT = re.compile(r"(?P<whole>[^.,]*T[^.,]*?)(?:[.,](?P<fraction>\d*))?(?P<zone>Z|\+00:?00)?", re.ASCII)
_LEAP = "T23:59:60"
_ZERO = ord("0")


class Civil(NamedTuple):
    """Epochs in whatever scale they are told, columns of equal length.

    Attributes:
        second: whole seconds since 2000-01-01T12:00:00, days of 86400 s.
        fraction: of a second; NaN where the text was no date and time.
        leap: the seconds field was 60 (``second`` then counts into the next day).
    """

    second: NDArray[np.int64]
    fraction: FloatArray
    leap: NDArray[np.bool_]


def civil_epochs(characters: NDArray[np.uint8]) -> Civil | None:
    """Read epochs of one layout.

    Args:
        characters: shape (n, length), ASCII codes of n texts.

    Returns:
        The epochs; None where a text departs from the layout of the first, is no time of day, or is within a leap
        second: ``civil_texts`` then finds out which.
    """
    layout = bytes(characters[0])
    if not _LAYOUT.fullmatch(layout):
        return None
    template = np.frombuffer(layout, dtype=np.uint8)
    is_digit = (template >= _ZERO) & (template <= _ZERO + 9)
    digits = characters - _ZERO  # below zero wraps round to large numbers
    if (digits[:, is_digit] > 9).any() or (characters[:, ~is_digit] != template[~is_digit]).any():
        return None
    clock = layout.index(b"T")
    days = _days(characters[:, :clock])
    hour, minute, second = (_integer(digits[:, clock + k : clock + k + 2]) for k in (1, 4, 7))
    if days is None or hour.max() > 23 or minute.max() > 59 or second.max() > 59:
        return None
    decimals = digits[:, clock + 10 :][:, is_digit[clock + 10 :]]
    fraction = _integer(decimals) / 10.0 ** decimals.shape[1]
    return Civil(days + 3600 * hour + 60 * minute + second, fraction, np.zeros(len(days), dtype=bool))


def _days(characters: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """Second of each date's midnight; a file of a million states has a few dozen dates."""
    changes = np.flatnonzero((characters[1:] != characters[:-1]).any(axis=1)) + 1
    starts = np.concatenate([[0], changes])
    if len(starts) > 1000 and len(starts) > len(characters) // 2:
        return None  # dates that never repeat gain nothing here
    try:
        midnights = [int(time.from_scale(bytes(characters[i]).decode(), "TT")) for i in starts.tolist()]
    except InputError:
        return None
    return np.repeat(np.array(midnights, dtype=np.int64), np.diff(np.append(starts, len(characters))))


def _integer(digits: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The number that columns of digits spell, (n,)."""
    powers = 10 ** np.arange(digits.shape[1], dtype=np.int64)[::-1]
    return digits.astype(np.int64) @ powers


def civil_texts(texts: Sequence[bytes]) -> Civil:
    """Read epochs of any form that ``world.time`` knows, with a time of day.

    Args:
        texts: as written.

    Returns:
        The epochs, with a fraction of NaN where a text is none.
    """
    lengths = set(map(len, texts))
    if len(lengths) == 1:
        characters = np.frombuffer(b"".join(texts), dtype=np.uint8).reshape(len(texts), -1)
        if characters.size and (civil := civil_epochs(characters)):
            return civil
    rows = [_civil(text) for text in texts]
    return Civil(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.float64),
        np.array([row[2] for row in rows], dtype=bool),
    )


def _civil(text: bytes) -> tuple[int, float, bool]:
    nothing = (0, float("nan"), False)
    match = _TEXT.fullmatch(text.decode("ascii", "replace"))
    if not match:
        return nothing
    whole, leap = match["whole"], _LEAP in match["whole"]
    try:
        second = int(time.from_scale(whole.replace(_LEAP, "T23:59:59"), "TT"))
    except InputError:
        return nothing
    return second + leap, float("0." + (match["fraction"] or "0")), leap


def join_civil(parts: Sequence[Civil]) -> Civil:
    """One after the other."""
    return Civil(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def to_tt(civil: Civil, scale: str) -> FloatArray:
    """Give civil epochs their time scale.

    Args:
        civil: epochs as told.
        scale: one of ``world.time.SCALES``.

    Returns:
        Shape (n,), TT seconds since J2000, the same bits as ``world.time.from_scale``; NaN where there was no time, or
        a leap second in a scale or on a day that has none.
    """
    if scale == "UTC":
        mjd = (civil.second + 43200) // 86400 - civil.leap + 51544.0
        offset = time.tai_minus_utc(mjd) + time.TT_MINUS_TAI_S
        false_leap = civil.leap & (time.tai_minus_utc(mjd + 1) == time.tai_minus_utc(mjd))
    else:
        offset = np.full(len(civil.second), time.from_scale("2000-01-01T12:00:00", scale))
        false_leap = civil.leap
    return np.where(false_leap, np.nan, (civil.second + civil.fraction) + offset)


def civil_text(civil: Civil, row: int) -> str:
    """One epoch as text again, for a message; empty where there is none."""
    if np.isnan(civil.fraction[row]):
        return ""
    stamp = np.datetime64("2000-01-01T12:00:00", "ms") + int(
        civil.second[row] * 1000 + civil.fraction[row] * 1000 + 0.5
    )
    return str(stamp)
