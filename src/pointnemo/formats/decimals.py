"""Decimal numbers, many at once, to the same bits as ``float``.

``float`` needs 0.15 us for the 17 digits that programs write, and a slice of text before that. Here eight digits at a
time are read as one machine word (the well-known trick of multiplying the digits together within the word), whole and
decimals meet in a 64-bit integer, and one division in the 80-bit format follows. Its 64-bit mantissa is the correctly
rounded quotient; rounding it again to 53 bits gives the correctly rounded double unless it lies exactly between two
doubles. Those few, and all that do not fit (exponents, more than 19 digits), go through ``float``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_decimals"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
WordArray = NDArray[np.uint64]

_EXTENDED = np.finfo(np.longdouble).nmant == 63  # the 80-bit format of x86; elsewhere ``float`` does it all
_WORD = 8
_MOST_DECIMALS = 3 * _WORD
_MOST_WHOLE = _WORD
_LARGEST = 1.8e19  # below 2**64
_POWERS = np.array([10**k for k in range(_MOST_DECIMALS + 1)], dtype=np.longdouble)  # exact up to 10**27
_ZEROS = np.uint64(0x3030303030303030)
_HIGH_BITS = np.uint64(0x8080808080808080)
_TO_HIGH = np.uint64(0x4646464646464646)  # lifts anything above "9" into the high bit
_NUMBER_CHARACTERS = b"0123456789+-.eE"


def read_decimals(text: bytes, starts: IntArray, ends: IntArray, points: IntArray | None) -> FloatArray | None:
    """Read numbers that stand at known places in a text.

    Args:
        text: the text; at least 24 bytes precede the first number.
        starts: shape (n,), where each number begins.
        ends: shape (n,), where it ends.
        points: shape (n,), where its decimal point stands; None where that is not known.

    Returns:
        Shape (n,), the same bits as ``float`` gives; None where a text is no finite decimal number.
    """
    if not _EXTENDED or points is None or not ((starts <= points) & (points < ends)).all():
        return _one_by_one(text, starts, ends)
    characters = np.frombuffer(text, dtype=np.uint8)
    sign = characters[starts]
    whole_digits = points - starts - ((sign == ord("-")) | (sign == ord("+")))
    decimals = ends - points - 1
    words = np.ndarray((len(text) - _WORD + 1,), dtype="<u8", buffer=text, strides=(1,))
    whole, good = _digits(words, points, whole_digits)
    low, good_low = _digits(words, ends, decimals)
    middle, good_middle = _digits(words, ends - _WORD, decimals - _WORD)
    high, good_high = _digits(words, ends - 2 * _WORD, decimals - 2 * _WORD)
    shift = np.minimum(decimals, _MOST_DECIMALS)
    size = whole * 10.0**shift + high * 1e16 + middle * 1e8
    fits = good & good_low & good_middle & good_high & (size < _LARGEST)
    fits &= (decimals <= _MOST_DECIMALS) & (whole_digits <= _MOST_WHOLE) & (decimals + whole_digits > 0)
    scale = np.where(whole > 0, np.uint64(10) ** np.minimum(shift, 19).astype(np.uint64), 0)
    digits = whole * scale.astype(np.uint64) + high * np.uint64(10**16) + middle * np.uint64(10**8) + low
    quotient = digits.astype(np.longdouble) / _POWERS[shift]
    mantissa = quotient.view(np.uint64)[::2]
    fits &= (mantissa & np.uint64(0x7FF)) != np.uint64(0x400)
    values = quotient.astype(np.float64)
    values = np.where(sign == ord("-"), -values, values)
    rest = np.flatnonzero(~fits)
    if len(rest):
        read = _one_by_one(text, starts[rest], ends[rest])
        if read is None:
            return None
        values[rest] = read
    return values


def _digits(words: WordArray, ends: IntArray, count: IntArray) -> tuple[WordArray, NDArray[np.bool_]]:
    """The number that the last digits before ``ends`` spell, at most eight of them, and whether they are digits.

    Args:
        words: the text as overlapping words of eight bytes, the first byte lowest.
        ends: where the digits end.
        count: how many there are: none where below one, eight where more.
    """
    drop = (_WORD - np.clip(count, 0, _WORD)).astype(np.uint64) * np.uint64(8)
    word = words[np.maximum(ends - _WORD, 0)]
    # What stands before the digits is shifted out and made "0". A shift by 64 is undefined, so in two halves.
    half = drop >> np.uint64(1)
    rest = drop - half
    word = ((word >> half >> rest) << half) << rest
    word |= _ZEROS & ~((~np.uint64(0) << half) << rest)
    are_digits = ((word + _TO_HIGH) | (word - _ZEROS)) & _HIGH_BITS == 0
    word = (word & np.uint64(0x0F0F0F0F0F0F0F0F)) * np.uint64(2561) >> np.uint64(8)
    word = (word & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(6553601) >> np.uint64(16)
    word = (word & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(42949672960001) >> np.uint64(32)
    return word, are_digits


def _one_by_one(text: bytes, starts: IntArray, ends: IntArray) -> FloatArray | None:
    texts = [text[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    if b"".join(texts).translate(None, _NUMBER_CHARACTERS):
        return None
    try:
        values = np.fromiter(map(float, texts), dtype=np.float64, count=len(texts))
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None
