"""CCSDS Orbit Ephemeris Messages, versions 1 to 3: reader (KVN, XML) and writer (KVN 2.0).

Standards: CCSDS 502.0-B-1 (2004), B-2 (2009), B-3 (2023) and 505.0-B-3 for XML. What a file may not do here although
the standard lets it: a centre other than the Earth, a frame other than EME2000 and GCRF / ICRF, a time scale other than
UTC, TAI, TT and GPS; and it must reach from its start time to its stop time, since a file that ends early was cut off.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, EphemerisError, InputError
from pointnemo.formats.bounded import LIMIT_BYTES, read_bounded
from pointnemo.formats.oem_kvn import parse_kvn
from pointnemo.formats.oem_raw import METADATA_KEYS, VERSIONS, Field, RawOem, RawSegment
from pointnemo.formats.oem_xml import parse_xml
from pointnemo.world import time

__all__ = ["Ephemeris", "OemSegment", "read_oem", "write_oem"]

FloatArray = NDArray[np.float64]

FRAMES = {"EME2000": "EME2000", "J2000": "EME2000", "GCRF": "GCRF", "ICRF": "GCRF"}
"""Frames that are read, as written -> as reported. ICRF axes and GCRF axes are the same; the centre is the Earth's."""

_REQUIRED = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "START_TIME", "STOP_TIME")
_TIMES = ("START_TIME", "USEABLE_START_TIME", "USEABLE_STOP_TIME", "STOP_TIME")
_NASA_COMMENT = re.compile(r"\s*(MASS|DRAG_AREA|DRAG_COEFF)\s*=\s*([0-9.]+(?:[eE][+-]?\d+)?)\s*$")
_MOST_DEFECTS = 20
_MOST_ALIKE = 3  # rows shown for one kind of defect
_ROUNDING_S = 2e-3  # files round START_TIME and STOP_TIME to milliseconds


@dataclass(frozen=True)
class OemSegment:
    """One block of states; the epoch of a burn that starts a new block may occur at both borders.

    Attributes:
        tt_s: shape (n,), TT seconds since J2000, strictly increasing.
        position_km: shape (n, 3), in the frame of the ephemeris.
        velocity_km_s: shape (n, 3), in the frame of the ephemeris.
        comments: remarks of this segment.
    """

    tt_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ephemeris:
    """An ephemeris as read; at least one segment, every number finite.

    Attributes:
        path: the file.
        version: CCSDS OEM version.
        object_name: as written.
        object_id: as written (international designator).
        creation_utc: as written.
        originator: as written.
        frame: ``EME2000`` or ``GCRF`` (written as GCRF or ICRF).
        time_system: scale of the file; the arrays are TT whatever it says.
        comments: remarks of the header and of all segments, in order.
        segments: blocks of states in the order of the file.
        start_tt_s: first epoch.
        stop_tt_s: last epoch.
        mass_kg: ``MASS=`` in the comments of NASA's files, else None.
        drag_area_m2: ``DRAG_AREA=`` likewise.
        drag_coefficient: ``DRAG_COEFF=`` likewise.
        ignored: what the file also holds and nobody reads here.
    """

    path: str
    version: str
    object_name: str
    object_id: str
    creation_utc: str
    originator: str
    frame: str
    time_system: str
    comments: tuple[str, ...]
    segments: tuple[OemSegment, ...]
    start_tt_s: float
    stop_tt_s: float
    mass_kg: float | None
    drag_area_m2: float | None
    drag_coefficient: float | None
    ignored: tuple[str, ...]


def read_oem(path: str | Path, limit_bytes: int = LIMIT_BYTES) -> Ephemeris:
    """Read an OEM file: KVN or XML, plain or gzip, bzip2, xz, lzma.

    Args:
        path: the file.
        limit_bytes: largest size once unpacked; unpacking stops there.

    Returns:
        The ephemeris.

    Raises:
        EphemerisError: the file cannot be used; ``defects`` holds what was found, up to 20, each with its place.
    """
    path = Path(path)
    data = read_bounded(path, limit_bytes)
    is_xml = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    raw = parse_xml(data, path.name) if is_xml else _decode_kvn(data, path)
    defects = list(raw.defects)
    if raw.version.where:  # else it is no OEM at all, and the syntax reader has said so
        defects += _message_defects(raw)
    segments: list[OemSegment] = []
    for raw_segment in raw.segments:
        segment, found = _judge(raw_segment, raw.version.value)
        defects += found
        if segment:
            segments.append(segment)
    if defects:
        more = [Defect(path.name, f"and {len(defects) - _MOST_DEFECTS} more")] if len(defects) > _MOST_DEFECTS else []
        raise EphemerisError(f"cannot use {path}", [*defects[:_MOST_DEFECTS], *more])
    return _ephemeris(path, raw, segments)


def _decode_kvn(data: bytes, path: Path) -> RawOem:
    try:
        return parse_kvn(data.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        defect = Defect(f"{path}, byte {error.start}", "is binary, not text", "give a CCSDS OEM in KVN or XML, UTF-8")
        raise EphemerisError(f"cannot read {path}", [defect]) from error


def _ephemeris(path: Path, raw: RawOem, segments: list[OemSegment]) -> Ephemeris:
    """Put the judged parts together; every required keyword is known to be there."""
    metadata = raw.segments[0].metadata
    comments = (*raw.comments, *(remark for segment in raw.segments for remark in segment.comments))
    noted = {match[1]: match[2] for remark in comments if (match := _NASA_COMMENT.match(remark))}
    numbers = {key: value for key, text in noted.items() if (value := _number(text)) and value > 0}
    return Ephemeris(
        path=str(path),
        version=raw.version.value,
        object_name=metadata["OBJECT_NAME"].value,
        object_id=metadata["OBJECT_ID"].value,
        creation_utc=raw.header["CREATION_DATE"].value,
        originator=raw.header["ORIGINATOR"].value,
        frame=FRAMES[metadata["REF_FRAME"].value.upper()],
        time_system=metadata["TIME_SYSTEM"].value,
        comments=comments,
        segments=tuple(segments),
        start_tt_s=float(segments[0].tt_s[0]),
        stop_tt_s=float(segments[-1].tt_s[-1]),
        mass_kg=numbers.get("MASS"),
        drag_area_m2=numbers.get("DRAG_AREA"),
        drag_coefficient=numbers.get("DRAG_COEFF"),
        ignored=tuple(_ignored(raw)),
    )


def _ignored(raw: RawOem) -> Iterator[str]:
    matrices = sum(len(segment.covariances) for segment in raw.segments)
    if matrices:
        yield f"{matrices} covariance matrices"
    if any(len(row.numbers) > 6 for segment in raw.segments for row in segment.rows[:1]):
        yield "accelerations"
    yield from (f"{key} = {raw.header[key].value}" for key in ("CLASSIFICATION", "MESSAGE_ID") if key in raw.header)


def _number(text: str) -> float | None:
    """A finite decimal number, or None: Python's own leniencies (``1_000``, ``nan``, ``infinity``) are not numbers."""
    try:
        value = float(text) if text.isascii() and "_" not in text else np.nan
    except ValueError:
        return None
    return value if np.isfinite(value) else None


# --- what can be wrong ---------------------------------------------------------------------------------------------


def _message_defects(raw: RawOem) -> Iterator[Defect]:
    """Version, header, and what the segments must share."""
    if raw.version.value not in VERSIONS:
        yield Defect(raw.version.where, f"OEM version {raw.version.value!r}", f"versions read: {', '.join(VERSIONS)}")
    for key in ("CREATION_DATE", "ORIGINATOR"):
        if not raw.header.get(key, Field("", "")).value:
            yield Defect(raw.version.where, f"the header lacks {key}", f"add {key}")
    created = raw.header.get("CREATION_DATE")
    if created and created.value and np.isnan(_epochs([created.value], "UTC")[0]):
        yield Defect(created.where, f"CREATION_DATE {created.value[:40]!r} is not a time", "2026-09-04T12:00:00")
    if not raw.segments:
        yield Defect(raw.version.where, "there is no segment: no state at all", "the file may be truncated")
    for key in ("OBJECT_NAME", "OBJECT_ID", "REF_FRAME", "TIME_SYSTEM"):
        fields = [segment.metadata[key] for segment in raw.segments if key in segment.metadata]
        for other in fields[1:]:
            if other.value != fields[0].value:
                what = f"{key} {other.value!r} differs from {fields[0].value!r} of the first segment"
                yield Defect(other.where, what, "give one object, frame and time scale per file")


def _judge(raw: RawSegment, version: str) -> tuple[OemSegment | None, list[Defect]]:
    """Judge one segment: its metadata, then its states if the metadata tell how to read them."""
    defects = list(_metadata_defects(raw))
    if raw.covariances:
        defects += _covariance_defects(raw, version)
    time_system = raw.metadata.get("TIME_SYSTEM", Field("UTC", "")).value
    if not raw.rows:
        defects.append(Defect(raw.where, "the segment holds no state", "the file may be truncated"))
    if not raw.rows or time_system not in time.SCALES:
        return None, defects
    tt_s, states, found = _states(raw, version, time_system)
    defects += found
    if not found:
        defects += _span_defects(raw, tt_s, time_system)
    return OemSegment(tt_s, states[:, :3].copy(), states[:, 3:].copy(), raw.comments), defects


def _metadata_defects(raw: RawSegment) -> Iterator[Defect]:
    fields = raw.metadata
    for key in _REQUIRED:
        if not fields.get(key, Field("", "")).value:
            yield Defect(raw.where, f"the metadata lack {key}", f"add {key}")
    if (centre := fields.get("CENTER_NAME")) and centre.value and centre.value.upper() != "EARTH":
        yield Defect(centre.where, f"CENTER_NAME {centre.value!r}", "only orbits about EARTH are flown here")
    if (frame := fields.get("REF_FRAME")) and frame.value and frame.value.upper() not in FRAMES:
        yield Defect(frame.where, f"REF_FRAME {frame.value!r} is not read", f"use one of {', '.join(FRAMES)}")
    if (scale := fields.get("TIME_SYSTEM")) and scale.value and scale.value not in time.SCALES:
        yield Defect(scale.where, f"TIME_SYSTEM {scale.value!r} is not read", f"use one of {', '.join(time.SCALES)}")
    if ("USEABLE_START_TIME" in fields) != ("USEABLE_STOP_TIME" in fields):
        yield Defect(raw.where, "only one of USEABLE_START_TIME and USEABLE_STOP_TIME", "give both or neither")
    degree = fields.get("INTERPOLATION_DEGREE")
    if "INTERPOLATION" in fields and not degree:
        yield Defect(fields["INTERPOLATION"].where, "INTERPOLATION without INTERPOLATION_DEGREE", "add the degree")
    if degree and not re.fullmatch(r"[1-9][0-9]?", degree.value):
        yield Defect(degree.where, f"INTERPOLATION_DEGREE {degree.value[:40]!r}", "a whole number from 1 to 99")
    assert set(fields) <= set(METADATA_KEYS)  # the syntax readers let nothing else through


def _covariance_defects(raw: RawSegment, version: str) -> Iterator[Defect]:
    if version == "1.0":
        yield Defect(raw.covariances[0].where, "OEM 1.0 has no covariance", "remove it or write version 2.0")
    for matrix in raw.covariances:
        if matrix.sizes != (1, 2, 3, 4, 5, 6):
            yield Defect(matrix.where, "the covariance is not a lower triangle of 6 lines", "mend or remove it")
        if any(_number(text) is None for text in matrix.numbers):
            yield Defect(matrix.where, "the covariance holds something that is not a number", "mend or remove it")
        if np.isnan(_epochs([matrix.epoch.value], "TT")[0]):
            yield Defect(matrix.epoch.where, f"EPOCH {matrix.epoch.value[:40]!r} is not a time", "2026-09-04T12:00:00")


def _states(raw: RawSegment, version: str, time_system: str) -> tuple[FloatArray, FloatArray, list[Defect]]:
    """Epochs (n,) and states (n, 6) of a segment, with a defect for every row that cannot be used."""
    rows = raw.rows
    tt_s = _epochs([row.epoch for row in rows], time_system)
    states, bad_numbers = _numbers(raw)
    step_s = np.diff(tt_s, prepend=-np.inf)
    width = len(rows[0].numbers)
    uneven = np.array([len(row.numbers) != width for row in rows])
    bad_epoch = np.isnan(tt_s)
    backwards = np.logical_and(~bad_epoch, step_s <= 0)
    found = [
        *_row_defects(raw, bad_epoch, "epoch {row.epoch:.40s} is not a time", "2026-09-04T12:00:00.000"),
        *_row_defects(raw, bad_numbers, "not a finite number among {row.numbers}", "mend the state"),
        *_row_defects(raw, backwards, "epoch {row.epoch} is not after the one before", "sort the states, drop doubles"),
        *_row_defects(raw, uneven, "some states have accelerations and some have not", "give all or none"),
    ]
    if width > 6 and version == "1.0":
        found += _row_defects(raw, np.arange(len(rows)) == 0, "OEM 1.0 has no accelerations", "write version 2.0")
    return tt_s, states, found


def _numbers(raw: RawSegment) -> tuple[FloatArray, NDArray[np.bool_]]:
    """The first six numbers of every row, (n, 6), zero in the rows that are marked bad, (n,)."""
    texts = [text for row in raw.rows for text in row.numbers[:6]]
    joined = "".join(texts)
    try:
        if not joined.isascii() or "_" in joined:
            raise ValueError
        values = np.array([float(text) for text in texts])
        values[np.isinf(values)] = np.nan
    except ValueError:  # slowly, to find the place
        values = np.array([_number(text) if _number(text) is not None else np.nan for text in texts], dtype=np.float64)
    states = values.reshape(-1, 6)
    bad = np.asarray(np.isnan(states).any(axis=1))
    return np.where(bad[:, None], 0.0, states), bad


def _row_defects(raw: RawSegment, marked: NDArray[np.bool_], what: str, mend: str) -> Iterator[Defect]:
    """A defect for each marked row, but a few only of one kind: a thousand bad rows have one cause."""
    indices = np.flatnonzero(marked)
    for index in indices[:_MOST_ALIKE]:
        row = raw.rows[index]
        yield Defect(raw.row_label.format(row.where), what.format(row=row)[:160], mend)
    if len(indices) > _MOST_ALIKE:
        where = raw.row_label.format(raw.rows[indices[_MOST_ALIKE]].where)
        yield Defect(where, f"the same, {len(indices) - _MOST_ALIKE} times from here on")


def _epochs(texts: Sequence[str], time_system: str) -> FloatArray:
    """TT seconds since J2000, (n,); NaN where a text is no date and time, which is for the caller to report."""
    try:
        if all("T" in text for text in texts):
            return time.from_scale_many(_calendar_form(texts), time_system)
    except InputError:
        pass
    return np.array([_epoch(text, time_system) for text in texts])


def _calendar_form(texts: Sequence[str]) -> list[str]:
    """Day-of-year dates (NASA's form) as calendar dates (what numpy reads), one conversion per day."""
    days = {text[:8] for text in texts if text[8:9] == "T"}
    calendar = {day: time.to_date(time.from_utc(day)) for day in days}
    return [calendar[text[:8]] + text[8:] if text[8:9] == "T" else text for text in texts]


def _epoch(text: str, time_system: str) -> float:
    try:
        return time.from_scale(text, time_system) if "T" in text else np.nan
    except InputError:
        return np.nan


def _span_defects(raw: RawSegment, tt_s: FloatArray, time_system: str) -> Iterator[Defect]:
    """The four times of the metadata are in order, and the states reach from the (useable) start to the stop."""
    given = [key for key in _TIMES if key in raw.metadata and raw.metadata[key].value]
    times = dict(zip(given, _epochs([raw.metadata[key].value for key in given], time_system), strict=True))
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
        yield Defect(raw.row_label.format(raw.rows[-1].where), what, "fetch the file again, or mend STOP_TIME")
    start_s = times.get("USEABLE_START_TIME", times.get("START_TIME", tt_s[0]))
    if tt_s[0] > start_s + _ROUNDING_S:
        what = f"the states begin {(tt_s[0] - start_s) / 3600:.3g} h after the start time: states are missing"
        yield Defect(raw.row_label.format(raw.rows[0].where), what, "fetch the file again, or mend START_TIME")


# --- writer --------------------------------------------------------------------------------------------------------


def write_oem(
    path: str | Path,
    segments: Sequence[OemSegment],
    *,
    object_name: str,
    object_id: str,
    originator: str,
    creation_utc: str,
    frame: str = "GCRF",
    comments: Sequence[str] = (),
) -> None:
    """Write an OEM 2.0 file in KVN, UTC, one block per segment (coast or burn); the file appears whole or not at all.

    Positions are written to 1e-9 km, velocities to 1e-12 km/s, epochs to the microsecond.

    Args:
        path: file to make or replace.
        segments: at least one; states in ``frame``.
        object_name: for example ``ISS``.
        object_id: international designator, ``1998-067A``.
        originator: who makes the file.
        creation_utc: passed, since the same run shall write the same file.
        frame: ``GCRF`` or ``EME2000``: the frame of the arrays; nothing is rotated here.
        comments: remarks for the header.

    Raises:
        ValueError: no segment, an unknown frame, or arrays that no reader would take back.
    """
    if not segments or frame not in ("GCRF", "EME2000"):
        raise ValueError(f"an OEM needs at least one segment and the frame GCRF or EME2000, not {frame!r}")
    metadata = (
        f"OBJECT_NAME = {object_name}",
        f"OBJECT_ID = {object_id}",
        "CENTER_NAME = EARTH",
        f"REF_FRAME = {frame}",
        "TIME_SYSTEM = UTC",
    )
    made = (f"CREATION_DATE = {creation_utc}", f"ORIGINATOR = {originator}")
    lines = ["CCSDS_OEM_VERS = 2.0", *_remarks(comments), *made]
    for segment in segments:
        lines += _segment_lines(segment, metadata)
    _replace(Path(path), "\n".join(lines) + "\n")


def _segment_lines(segment: OemSegment, metadata: Sequence[str]) -> Iterator[str]:
    if not (np.isfinite(segment.position_km).all() and np.isfinite(segment.velocity_km_s).all()):
        raise ValueError("a state is not finite")
    if len(segment.tt_s) == 0 or not (np.diff(segment.tt_s) > 1e-6).all():
        raise ValueError("epochs of a segment have to increase by more than a microsecond")
    epochs = [time.to_utc(float(tt_s), 6).rstrip("Z") for tt_s in segment.tt_s]
    yield from ("", "META_START", *metadata, f"START_TIME = {epochs[0]}", f"STOP_TIME = {epochs[-1]}", "META_STOP")
    yield from _remarks(segment.comments)
    for epoch, position, velocity in zip(epochs, segment.position_km, segment.velocity_km_s, strict=True):
        yield " ".join([epoch, *(f"{value:.9f}" for value in position), *(f"{value:.12f}" for value in velocity)])


def _remarks(comments: Sequence[str]) -> list[str]:
    return [f"COMMENT {line}" for comment in comments for line in comment.splitlines()]


def _replace(path: Path, text: str) -> None:
    """Write beside the target, then rename: a reader meets the old file or the new one, never half of one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii", errors="backslashreplace", newline="\n") as out:
            out.write(text)
        os.chmod(temporary, 0o644)  # mkstemp makes it private; results are for sharing
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
