"""States as columns: what a million rows of an ephemeris need to fit in memory and to be judged at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.formats.epochs import Civil, civil_texts, join_civil

__all__ = ["NO_STATES", "Row", "States", "columns", "join_states", "number"]

_MOST_SHOWN = 8  # rows whose text is kept for messages; a thousand bad rows have one cause


class Row(NamedTuple):
    """A state as written: epoch, then 6 numbers, or 9 with accelerations; ``where`` is a line or a count of states."""

    epoch: bytes
    numbers: tuple[bytes, ...]
    where: int


class States(NamedTuple):
    """Rows of a segment as columns.

    Attributes:
        civil: epochs, in the scale that the metadata name.
        numbers: shape (n, 6), km and km/s; NaN where the text is not a finite number.
        accelerated: shape (n,), whether the row has nine numbers.
        where: shape (n,), line, or count of states within the segment from 1.
        written: text of the first few rows that are not all they should be, by row.
    """

    civil: Civil
    numbers: NDArray[np.float64]
    accelerated: NDArray[np.bool_]
    where: NDArray[np.int64]
    written: dict[int, str]


NO_STATES = States(
    Civil(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_)),
    np.zeros((0, 6)),
    np.zeros(0, np.bool_),
    np.zeros(0, np.int64),
    {},
)


def number(text: str | bytes) -> float | None:
    """A finite decimal number, or None: Python's own leniencies (``1_000``, ``nan``, ``infinity``) are not numbers."""
    try:
        plain = text if isinstance(text, str) else text.decode("ascii")
        value = float(plain) if plain.isascii() and "_" not in plain else np.nan
    except ValueError:  # which UnicodeDecodeError is too
        return None
    return value if np.isfinite(value) else None


def columns(rows: Sequence[Row]) -> States:
    """Put rows into columns.

    Args:
        rows: as written; at least one.

    Returns:
        The states; whatever is no time or no number is NaN, and the text of the first such rows is kept.
    """
    civil = civil_texts([row.epoch for row in rows])
    texts = [text for row in rows for text in row.numbers[:6]]
    joined = b"".join(texts)
    try:
        if b"_" in joined or not joined.isascii():
            raise ValueError
        values = np.array(list(map(float, texts)), dtype=np.float64)
        values[np.isinf(values)] = np.nan
    except ValueError:  # one by one, to find the place
        values = np.array([np.nan if (value := number(text)) is None else value for text in texts], dtype=np.float64)
    numbers = values.reshape(-1, 6)
    bad = np.flatnonzero(np.isnan(numbers).any(axis=1) | np.isnan(civil.fraction) | civil.leap)
    written = {
        int(i): b" ".join([rows[i].epoch, *rows[i].numbers]).decode("utf-8", "replace") for i in bad[:_MOST_SHOWN]
    }
    accelerated = np.array([len(row.numbers) > 6 for row in rows], dtype=np.bool_)
    return States(civil, numbers, accelerated, np.array([row.where for row in rows], dtype=np.int64), written)


def join_states(parts: Sequence[States]) -> States:
    """One after the other; texts of bad rows keep their rows."""
    if len(parts) <= 1:
        return parts[0] if parts else NO_STATES
    written: dict[int, str] = {}
    before = 0
    for part in parts:
        if len(written) < _MOST_SHOWN:
            written |= {before + row: text for row, text in part.written.items()}
        before += len(part.where)
    return States(
        join_civil([part.civil for part in parts]),
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.accelerated for part in parts]),
        np.concatenate([part.where for part in parts]),
        written,
    )
