"""What can be wrong with an OEM, judged once whatever its notation; what is left are arrays.

Standards: CCSDS 502.0-B-1 (2004), B-2 (2009), B-3 (2023). What a file may not do here although the standard lets it: a
centre other than the Earth, another frame or time scale than those read, and it must reach from its start time to its
stop time, since a file that ends early was cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect
from pointnemo.formats.epochs import civil_text, civil_texts, to_tt
from pointnemo.formats.frames import LOCAL_FRAMES, canonical_frame
from pointnemo.formats.oem_raw import METADATA_KEYS, VERSIONS, Field, RawCovariance, RawOem, RawSegment
from pointnemo.formats.oem_states import number
from pointnemo.world import time

__all__ = ["OemCovariance", "OemSegment", "epochs_of", "judge_message", "judge_segment", "triangle"]

FloatArray = NDArray[np.float64]

_REQUIRED = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "START_TIME", "STOP_TIME")
_TIMES = ("START_TIME", "USEABLE_START_TIME", "USEABLE_STOP_TIME", "STOP_TIME")
_MOST_ALIKE = 3  # rows shown for one kind of defect
_ROUNDING_S = 2e-3  # files round START_TIME and STOP_TIME to milliseconds
_EMPTY = Field("", "")


class OemCovariance(NamedTuple):
    """A covariance matrix of position and velocity.

    Attributes:
        tt_s: its epoch, TT seconds since J2000.
        matrix: shape (6, 6), symmetric; km**2, km**2/s, km**2/s**2.
        frame: as written: a frame of ``frames.canonical_frame``, or RTN, RSW, TNW.
    """

    tt_s: float
    matrix: FloatArray
    frame: str


@dataclass(frozen=True)
class OemSegment:
    """One block of states; the epoch of a burn that starts a new block may occur at both borders.

    Attributes:
        tt_s: shape (n,), TT seconds since J2000, strictly increasing.
        position_km: shape (n, 3), in the frame of the ephemeris.
        velocity_km_s: shape (n, 3), in the frame of the ephemeris.
        comments: remarks of this segment.
        covariances: matrices of this segment, by epoch.
    """

    tt_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray
    comments: tuple[str, ...] = ()
    covariances: tuple[OemCovariance, ...] = ()


def epochs_of(texts: list[str], time_system: str) -> FloatArray:
    """TT seconds since J2000, (n,); NaN where a text is no date with a time of day, which is for the caller to say."""
    return to_tt(civil_texts([text.encode() for text in texts]), time_system) if texts else np.zeros(0)


def judge_message(raw: RawOem) -> Iterator[Defect]:
    """Defects of version and header, and of what the segments must share."""
    if raw.version.value not in VERSIONS:
        what = f"OEM version {raw.version.value[:40]!r}"
        yield Defect(raw.version.where, what, f"versions read: {', '.join(VERSIONS)}")
    for key in ("CREATION_DATE", "ORIGINATOR"):
        if not raw.header.get(key, _EMPTY).value:
            yield Defect(raw.version.where, f"the header lacks {key}", f"add {key}")
    created = raw.header.get("CREATION_DATE")
    if created and created.value and np.isnan(epochs_of([created.value], "UTC")[0]):
        yield Defect(created.where, f"CREATION_DATE {created.value[:40]!r} is not a time", "2026-09-04T12:00:00")
    if not raw.segments:
        yield Defect(raw.version.where, "there is no segment: no state at all", "the file may be truncated")
    for key in ("OBJECT_NAME", "OBJECT_ID", "REF_FRAME", "TIME_SYSTEM"):
        fields = [segment.metadata[key] for segment in raw.segments if key in segment.metadata]
        for other in fields[1:]:
            if other.value != fields[0].value:
                what = f"{key} {other.value[:40]!r} differs from {fields[0].value[:40]!r} of the first segment"
                yield Defect(other.where, what, "give one object, frame and time scale per file")


def judge_segment(raw: RawSegment, version: str, frames: frozenset[str]) -> tuple[OemSegment | None, list[Defect]]:
    """Judge one segment: its metadata, then its states and covariances if the metadata tell how to read them.

    Args:
        raw: as written.
        version: version of the file.
        frames: canonical frames that the caller can use.

    Returns:
        The segment, None where its states cannot be read at all, and what is wrong with it.
    """
    defects = list(_metadata_defects(raw, frames))
    scale = raw.metadata.get("TIME_SYSTEM", Field("UTC", "")).value
    if not len(raw.states.where):
        defects.append(Defect(raw.where, "the segment holds no state", "the file may be truncated"))
    if not len(raw.states.where) or scale not in time.SCALES:
        return None, defects
    tt_s = to_tt(raw.states.civil, scale)
    found = list(_state_defects(raw, tt_s, version))
    defects += found
    if not found:
        defects += _span_defects(raw, tt_s, scale)
    covariances, wrong = _covariances(raw, version, scale)
    defects += wrong
    numbers = raw.states.numbers
    return OemSegment(tt_s, numbers[:, :3].copy(), numbers[:, 3:].copy(), raw.comments, covariances), defects


def _metadata_defects(raw: RawSegment, frames: frozenset[str]) -> Iterator[Defect]:
    fields = raw.metadata
    for key in _REQUIRED:
        if not fields.get(key, _EMPTY).value:
            yield Defect(raw.where, f"the metadata lack {key}", f"add {key}")
    if (centre := fields.get("CENTER_NAME")) and centre.value and centre.value.upper() != "EARTH":
        yield Defect(centre.where, f"CENTER_NAME {centre.value[:40]!r}", "only orbits about EARTH are flown here")
    if (frame := fields.get("REF_FRAME")) and frame.value and canonical_frame(frame.value) not in frames:
        mend = f"use one of {', '.join(sorted(frames))}"
        yield Defect(frame.where, f"REF_FRAME {frame.value[:40]!r} is not read", mend)
    if (scale := fields.get("TIME_SYSTEM")) and scale.value and scale.value not in time.SCALES:
        mend = f"use one of {', '.join(time.SCALES)}"
        yield Defect(scale.where, f"TIME_SYSTEM {scale.value[:40]!r} is not read", mend)
    if ("USEABLE_START_TIME" in fields) != ("USEABLE_STOP_TIME" in fields):
        yield Defect(raw.where, "only one of USEABLE_START_TIME and USEABLE_STOP_TIME", "give both or neither")
    degree = fields.get("INTERPOLATION_DEGREE")
    if "INTERPOLATION" in fields and not degree:
        yield Defect(fields["INTERPOLATION"].where, "INTERPOLATION without INTERPOLATION_DEGREE", "add the degree")
    if degree and not re.fullmatch(r"[1-9][0-9]?", degree.value):
        yield Defect(degree.where, f"INTERPOLATION_DEGREE {degree.value[:40]!r}", "a whole number from 1 to 99")
    assert set(fields) <= set(METADATA_KEYS)  # the syntax readers let nothing else through


# --- states --------------------------------------------------------------------------------------------------------


def _state_defects(raw: RawSegment, tt_s: FloatArray, version: str) -> Iterator[Defect]:
    """Every row that cannot be used, each kind with its first few places."""
    states = raw.states
    bad_epoch = np.isnan(tt_s)
    bad_number = np.asarray(np.isnan(states.numbers).any(axis=1))
    backwards = ~bad_epoch & (np.diff(tt_s, prepend=-np.inf) <= 0)
    uneven = states.accelerated != states.accelerated[0]
    yield from _row_defects(raw, bad_epoch, "epoch is not a time", "2026-09-04T12:00:00.000")
    yield from _row_defects(raw, bad_number, "not a finite number", "mend the state")
    yield from _row_defects(raw, backwards, "epoch is not after the one before", "sort the states, drop doubles")
    yield from _row_defects(raw, uneven, "some states have accelerations and some have not", "give all or none")
    if states.accelerated[0] and version == "1.0":
        first = np.arange(len(tt_s)) == 0
        yield from _row_defects(raw, first, "OEM 1.0 has no accelerations", "write version 2.0")


def _row_defects(raw: RawSegment, marked: NDArray[np.bool_], what: str, mend: str) -> Iterator[Defect]:
    """A defect for each marked row, but a few only of one kind: a thousand bad rows have one cause."""
    rows = np.flatnonzero(marked).tolist()
    states = raw.states
    for row in rows[:_MOST_ALIKE]:
        text = states.written.get(row) or civil_text(states.civil, row)
        yield Defect(raw.row_label.format(states.where[row]), f"{what}: {text}"[:160], mend)
    if len(rows) > _MOST_ALIKE:
        where = raw.row_label.format(states.where[rows[_MOST_ALIKE]])
        yield Defect(where, f"the same, {len(rows) - _MOST_ALIKE} times from here on")


def _span_defects(raw: RawSegment, tt_s: FloatArray, scale: str) -> Iterator[Defect]:
    """The four times of the metadata are in order, and the states reach from the (useable) start to the stop."""
    given = [key for key in _TIMES if key in raw.metadata and raw.metadata[key].value]
    times = dict(zip(given, epochs_of([raw.metadata[key].value for key in given], scale).tolist(), strict=True))
    for key, value in times.items():
        if np.isnan(value):
            yield Defect(raw.metadata[key].where, f"{key} is not a time", "2026-09-04T12:00:00.000")
    if any(np.isnan(value) for value in times.values()):
        return
    for earlier, later in pairwise(given):
        if times[later] < times[earlier]:
            yield Defect(raw.metadata[later].where, f"{later} is before {earlier}", "put the times in order")
    stop_s = times.get("USEABLE_STOP_TIME", times.get("STOP_TIME", tt_s[-1]))
    if tt_s[-1] < stop_s - _ROUNDING_S:
        what = f"the states end {(stop_s - tt_s[-1]) / 3600:.3g} h before the stop time: the file is truncated"
        yield Defect(raw.row_label.format(raw.states.where[-1]), what, "fetch the file again, or mend STOP_TIME")
    start_s = times.get("USEABLE_START_TIME", times.get("START_TIME", tt_s[0]))
    if tt_s[0] > start_s + _ROUNDING_S:
        what = f"the states begin {(tt_s[0] - start_s) / 3600:.3g} h after the start time: states are missing"
        yield Defect(raw.row_label.format(raw.states.where[0]), what, "fetch the file again, or mend START_TIME")


# --- covariances ---------------------------------------------------------------------------------------------------


def triangle(numbers: list[float]) -> FloatArray:
    """The symmetric (6, 6) matrix whose lower triangle, by rows, are these 21 numbers."""
    matrix = np.zeros((6, 6))
    rows, columns = np.tril_indices(6)
    matrix[rows, columns] = matrix[columns, rows] = numbers
    return matrix


def _covariances(raw: RawSegment, version: str, scale: str) -> tuple[tuple[OemCovariance, ...], list[Defect]]:
    """Matrices of a segment and what is wrong with them."""
    defects: list[Defect] = []
    good: list[OemCovariance] = []
    if raw.covariances and version == "1.0":
        defects.append(Defect(raw.covariances[0].where, "OEM 1.0 has no covariance", "write version 2.0"))
    for matrix in raw.covariances:
        covariance, found = _covariance(matrix, raw.metadata.get("REF_FRAME", _EMPTY).value, scale)
        defects += found
        if covariance and not found:
            good.append(covariance)
    return tuple(sorted(good, key=lambda covariance: covariance.tt_s)), defects


def _covariance(raw: RawCovariance, ref_frame: str, scale: str) -> tuple[OemCovariance | None, list[Defect]]:
    defects: list[Defect] = []
    values = [number(text) for text in raw.numbers]
    numbers = [value for value in values if value is not None]
    if raw.sizes != (1, 2, 3, 4, 5, 6):
        defects.append(Defect(raw.where, "the covariance is not a lower triangle of 6 lines", "mend or remove it"))
    elif len(numbers) < len(values):
        defects.append(Defect(raw.where, "the covariance holds something that is not a number", "mend or remove it"))
    frame = raw.frame.value or ref_frame
    if frame.upper() not in LOCAL_FRAMES and canonical_frame(frame) is None:
        mend = f"use the frame of the states, or one of {', '.join(LOCAL_FRAMES)}"
        defects.append(Defect(raw.frame.where or raw.where, f"COV_REF_FRAME {frame[:40]!r} is not read", mend))
    tt_s = float(epochs_of([raw.epoch.value], scale)[0])
    if np.isnan(tt_s):
        what = f"EPOCH {raw.epoch.value[:40]!r} is not a time"
        defects.append(Defect(raw.epoch.where, what, "2026-09-04T12:00:00"))
    if defects:
        return None, defects
    matrix = triangle(numbers)
    if (np.diag(matrix) < 0).any():
        return None, [Defect(raw.where, "a variance of the covariance is negative", "mend or remove it")]
    return OemCovariance(tt_s, matrix, frame), []
