"""CCSDS Orbit Ephemeris Messages, versions 1 to 3, in KVN and XML: the reader, and the writer beside it.

Standards: CCSDS 502.0-B-1 (2004), B-2 (2009), B-3 (2023) and 505.0-B-3 for XML. ``oem_kvn`` and ``oem_xml`` take a text
apart, ``oem_judge`` says what is wrong with it, ``oem_write`` writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pointnemo.errors import Defect, EphemerisError
from pointnemo.formats.bounded import LIMIT_BYTES, read_bounded
from pointnemo.formats.frames import canonical_frame
from pointnemo.formats.oem_judge import OemCovariance, OemSegment, judge_message, judge_segment
from pointnemo.formats.oem_kvn import parse_kvn
from pointnemo.formats.oem_raw import RawOem
from pointnemo.formats.oem_states import number
from pointnemo.formats.oem_write import write_oem
from pointnemo.formats.oem_xml import parse_xml

__all__ = [
    "ALL_FRAMES",
    "INERTIAL_FRAMES",
    "Ephemeris",
    "OemCovariance",
    "OemSegment",
    "parse_oem",
    "read_oem",
    "write_oem",
]

INERTIAL_FRAMES = frozenset({"EME2000", "GCRF"})
"""Frames whose axes stand still and are within 1 m of GCRS at the station."""

ALL_FRAMES = INERTIAL_FRAMES | {"TEME", "ITRF"}
"""For callers that bring states to GCRS with ``frames.to_gcrs``."""

_NASA_COMMENT = re.compile(r"\s*(MASS|DRAG_AREA|DRAG_COEFF)\s*=\s*([0-9.]+(?:[eE][+-]?\d+)?)\s*$")
_MOST_DEFECTS = 20


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
        frame: ``EME2000``, ``GCRF`` (written as GCRF or ICRF), ``TEME`` or ``ITRF``.
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


def read_oem(
    path: str | Path, limit_bytes: int = LIMIT_BYTES, *, frames: frozenset[str] = INERTIAL_FRAMES
) -> Ephemeris:
    """Read an OEM file: KVN or XML, plain or gzip, bzip2, xz, lzma.

    Args:
        path: the file.
        limit_bytes: largest size once unpacked; unpacking stops there.
        frames: frames that the caller can use; a file in another is refused by name.

    Returns:
        The ephemeris, in the frame of the file.

    Raises:
        EphemerisError: the file cannot be used; ``defects`` holds what was found, up to 20, each with its place.
    """
    path = Path(path)
    return parse_oem(read_bounded(path, limit_bytes), path, frames=frames)


def parse_oem(data: bytes, path: Path, *, frames: frozenset[str] = INERTIAL_FRAMES) -> Ephemeris:
    """Read an OEM that is in memory.

    Args:
        data: the file, unpacked.
        path: where it came from, for messages.
        frames: as for ``read_oem``.

    Returns:
        The ephemeris.

    Raises:
        EphemerisError: as for ``read_oem``.
    """
    is_xml = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    raw = parse_xml(data, path.name) if is_xml else parse_kvn(data, path.name)
    defects = list(raw.defects)
    if raw.version.where:  # else it is no OEM at all, and the syntax reader has said so
        defects += judge_message(raw)
    segments: list[OemSegment] = []
    for raw_segment in raw.segments:
        segment, found = judge_segment(raw_segment, raw.version.value, frames)
        defects += found
        if segment:
            segments.append(segment)
    if defects:
        more = [Defect(path.name, f"and {len(defects) - _MOST_DEFECTS} more")] if len(defects) > _MOST_DEFECTS else []
        raise EphemerisError(f"cannot use {path}", [*defects[:_MOST_DEFECTS], *more])
    return _ephemeris(path, raw, segments)


def _ephemeris(path: Path, raw: RawOem, segments: list[OemSegment]) -> Ephemeris:
    """Put the judged parts together; every required keyword is known to be there."""
    metadata = raw.segments[0].metadata
    comments = (*raw.comments, *(remark for segment in raw.segments for remark in segment.comments))
    noted = {match[1]: match[2] for remark in comments if (match := _NASA_COMMENT.match(remark))}
    numbers = {key: value for key, text in noted.items() if (value := number(text)) and value > 0}
    return Ephemeris(
        path=str(path),
        version=raw.version.value,
        object_name=metadata["OBJECT_NAME"].value,
        object_id=metadata["OBJECT_ID"].value,
        creation_utc=raw.header["CREATION_DATE"].value,
        originator=raw.header["ORIGINATOR"].value,
        frame=canonical_frame(metadata["REF_FRAME"].value) or "",
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
    if any(segment.states.accelerated[0] for segment in raw.segments):
        yield "accelerations"
    yield from (f"{key} = {raw.header[key].value}" for key in ("CLASSIFICATION", "MESSAGE_ID") if key in raw.header)
