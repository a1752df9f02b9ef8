"""The fast lane for XML ephemerides: well-behaved state vectors are lifted out before the XML parser sees the rest.

An OEM is a page of XML around thousands of identical elements, and building each as a tree costs ten times more than
reading it. The first state of a run has to match one strict pattern and is the template for all that follow: every tag
is compared byte for byte, what stands between tags has to be white space or one number. The rest of the file, with one
placeholder per run of states, goes through the XML parser, so that nothing is believed about the document that the
parser has not checked.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.formats.decimals import read_decimals
from pointnemo.formats.epochs import civil_epochs, civil_texts
from pointnemo.formats.oem_states import States, join_states

__all__ = ["PLACEHOLDER", "lift_states"]

PLACEHOLDER = b"<stateVector/>"

_VALUES = ("EPOCH", "X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_TAGS = 2 + 2 * len(_VALUES)  # per state: one around all, one around each value
_OPENINGS = slice(1, _TAGS - 1, 2)
_CLOSINGS = slice(2, _TAGS, 2)
_CHUNK_BYTES = 500_000  # work arrays that fit the cache, and stay small beside a file of hundreds of megabytes
_EPOCH_CHARACTERS = b"0123456789-:.TZ"


def _value(tag: str) -> bytes:
    unit = "" if tag == "EPOCH" else r'(?: units="km/s")?' if "DOT" in tag else r'(?: units="km")?'
    return rf"<{tag}{unit}>[-+0-9.eETZ:]++</{tag}>\s*+".encode()


_FIRST = re.compile(rb"<stateVector>\s*+" + b"".join(map(_value, _VALUES)) + rb"</stateVector>")
_TAG = re.compile(rb"<[^<>]*>")


class _Run(NamedTuple):
    start: int
    end: int
    states: States


def lift_states(data: bytes) -> tuple[bytes, list[States]]:
    """Separate the states from the rest of an XML file.

    Args:
        data: the whole file.

    Returns:
        The file with ``PLACEHOLDER`` for each run of adjacent states, and those runs in order. Where anything makes a
        textual match doubtful (comments, CDATA, a document type, processing instructions, a state of another form)
        the file comes back as it was, with no runs.
    """
    body = data.find(b"?>") + 2 if data.startswith(b"<?xml ") else 0
    runs: list[_Run] = []
    start, data_end = data.find(b"<stateVector", body), -1
    while start >= 0:
        if data_end < start:  # looked for once per segment: a file of many short runs costs no more than its length
            data_end = data.find(b"</data", start)
        run = _run(data, start, data_end)
        if run is None:
            return data, []
        runs.append(run)
        start = data.find(b"<stateVector", run.end)
    edges = [0, *(edge for run in runs for edge in (run.start, run.end)), len(data)]
    kept = [data[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)]
    if any(mark in part for part in (kept[0][body:], *kept[1:]) for mark in (b"<!", b"<?")):
        return data, []  # some of the states may lie within a comment
    return PLACEHOLDER.join(kept), [run.states for run in runs]


def _run(data: bytes, start: int, data_end: int) -> _Run | None:
    """The states from ``start`` to the last of the block; None if anything among them is not of the plain form."""
    first = _FIRST.match(data, start)
    if not first or first.end() > data_end:
        return None
    tags = _TAG.findall(first[0])
    end = data.rfind(tags[-1], start, data_end) + len(tags[-1])
    parts: list[States] = []
    at, count = start, 0
    while at < end:
        stop = min(at + _CHUNK_BYTES, end)
        stop = data.rfind(tags[-1], at, stop) + len(tags[-1])
        part = _chunk(data[at:stop], tags, count) if stop > at else None
        if part is None:
            return None
        parts.append(part)
        count += len(part.where)
        at = stop
    return _Run(start, end, join_states(parts))


def _chunk(chunk: bytes, tags: list[bytes], before: int) -> States | None:
    """Whole states, the tags of each being ``tags``; None if anything at all is otherwise."""
    characters = np.frombuffer(chunk, dtype=np.uint8)
    opens = np.flatnonzero(characters == ord("<"))
    closes = np.flatnonzero(characters == ord(">"))
    if len(opens) % _TAGS or len(opens) != len(closes):
        return None
    opens, closes = opens.reshape(-1, _TAGS), closes.reshape(-1, _TAGS)
    if not _same_tags(chunk, opens, closes, tags):
        return None
    starts, ends = closes[:, _OPENINGS] + 1, opens[:, _CLOSINGS]
    if not _only_white_between(characters, tags, starts, ends):
        return None
    epochs, texts = starts[:, 0], ends[:, 0]
    points = _points(characters, starts[:, 1:], ends[:, 1:])
    numbers = read_decimals(
        chunk, starts[:, 1:].ravel(), ends[:, 1:].ravel(), None if points is None else points.ravel()
    )
    width = int(texts[0] - epochs[0])
    if numbers is None or not (texts - epochs == width).all():
        return None
    spelled = characters[epochs[:, None] + np.arange(width)]
    civil = civil_epochs(spelled)
    if civil is None:
        joined = spelled.tobytes()
        if joined.translate(None, _EPOCH_CHARACTERS):
            return None
        civil = civil_texts([joined[i : i + width] for i in range(0, len(joined), width)])
        if np.isnan(civil.fraction).any() or civil.leap.any():
            return None  # the slow lane keeps the texts for its message
    count = len(epochs)
    return States(
        civil, numbers.reshape(-1, 6), np.zeros(count, np.bool_), np.arange(before + 1, before + count + 1), {}
    )


def _same_tags(chunk: bytes, opens: NDArray[np.int64], closes: NDArray[np.int64], tags: list[bytes]) -> bool:
    """Whether column k of the tags reads ``tags[k]``, compared four or eight bytes at a time (the shortest is 4)."""
    lengths = np.array([len(tag) for tag in tags])
    if not (closes - opens + 1 == lengths).all():
        return False
    views = {
        size: np.ndarray((len(chunk) - size + 1,), dtype=f"<u{size}", buffer=chunk, strides=(1,)) for size in (4, 8)
    }
    for column, tag in zip(opens.T, tags, strict=True):
        size = 8 if len(tag) >= 8 else 4
        for offset in sorted({*range(0, len(tag) - size, size), len(tag) - size}):
            if not (views[size][column + offset] == int.from_bytes(tag[offset : offset + size], "little")).all():
                return False
    return True


def _only_white_between(
    characters: NDArray[np.uint8], tags: list[bytes], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> bool:
    """Whether there is nothing but white space outside tags and values, told by counting.

    That values hold no white space themselves is for their own checks; a value that did would fail them.
    """
    count = len(starts)
    gaps = len(characters) - count * sum(map(len, tags)) - int((ends - starts).sum())
    white = int(np.count_nonzero(characters <= ord(" "))) - count * sum(tag.count(b" ") for tag in tags)
    control = characters[characters < ord(" ")]
    return white == gaps and bool(np.isin(control, (9, 10, 13)).all())


def _points(
    characters: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    """Where the decimal points of the numbers stand, (n, 6), if each has one; epochs have one all or none."""
    points = np.flatnonzero(characters == ord("."))
    per_state = len(points) // len(starts)
    if len(points) != per_state * len(starts) or per_state not in (6, 7):
        return None
    columns = points.reshape(-1, per_state)[:, per_state - 6 :]
    return columns if ((starts <= columns) & (columns < ends)).all() else None
