"""Writing an OEM 2.0, in KVN or XML: one block per segment, covariances included."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from pointnemo.formats.frames import LOCAL_FRAMES, canonical_frame
from pointnemo.formats.ndm_raw import COVARIANCE_KEYS
from pointnemo.formats.oem_judge import OemCovariance, OemSegment
from pointnemo.world import time

__all__ = ["replace_file", "write_oem"]

_FRAMES = ("GCRF", "EME2000", "TEME", "ITRF")
_STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_UNITS = ("km", "km", "km", "km/s", "km/s", "km/s")


class _Head(NamedTuple):
    """What stands before the segments, and what their metadata share."""

    comments: tuple[str, ...]
    made: tuple[tuple[str, str], ...]
    metadata: tuple[tuple[str, str], ...]
    interpolation: tuple[tuple[str, str], ...]


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
    notation: str = "kvn",
    interpolation: tuple[str, int] | None = None,
) -> None:
    """Write an OEM 2.0 file, UTC, one block per segment (coast or burn); the file appears whole or not at all.

    Positions are written to 1e-9 km, velocities to 1e-12 km/s, epochs to the microsecond, covariances to 13 digits.

    Args:
        path: file to make or replace.
        segments: at least one; states in ``frame``; covariances at epochs of their segment.
        object_name: for example ``ISS``.
        object_id: international designator, ``1998-067A``.
        originator: who makes the file.
        creation_utc: passed, since the same run shall write the same file.
        frame: ``GCRF``, ``EME2000``, ``TEME`` or ``ITRF``: the frame of the arrays; nothing is rotated here.
        comments: remarks for the header.
        notation: ``kvn`` or ``xml``.
        interpolation: method (``HERMITE``, ``LAGRANGE``) and degree recommended to readers, which otherwise take what
            they like: Orekit joins two states by a cubic, 94 m off half way between states of four minutes.

    Raises:
        ValueError: no segment, an unknown frame or notation, or arrays that no reader would take back.
    """
    if not segments or frame not in _FRAMES:
        raise ValueError(f"an OEM needs at least one segment and a frame of {', '.join(_FRAMES)}, not {frame!r}")
    if notation not in ("kvn", "xml"):
        raise ValueError(f"an OEM is written in kvn or xml, not {notation!r}")
    for segment in segments:
        _check(segment)
    head = _Head(
        tuple(line for comment in comments for line in comment.splitlines()),
        (("CREATION_DATE", creation_utc), ("ORIGINATOR", originator)),
        (
            ("OBJECT_NAME", object_name),
            ("OBJECT_ID", object_id),
            ("CENTER_NAME", "EARTH"),
            ("REF_FRAME", frame),
            ("TIME_SYSTEM", "UTC"),
        ),
        (("INTERPOLATION", interpolation[0]), ("INTERPOLATION_DEGREE", str(interpolation[1]))) if interpolation else (),
    )
    lines = _kvn(head, segments) if notation == "kvn" else _xml(head, segments)
    replace_file(Path(path), "\n".join(lines) + "\n")


def _check(segment: OemSegment) -> None:
    if not (np.isfinite(segment.position_km).all() and np.isfinite(segment.velocity_km_s).all()):
        raise ValueError("a state is not finite")
    if len(segment.tt_s) == 0 or not (np.diff(segment.tt_s) > 1e-6).all():
        raise ValueError("epochs of a segment have to increase by more than a microsecond")
    for covariance in segment.covariances:
        matrix = np.asarray(covariance.matrix)
        if matrix.shape != (6, 6) or not np.isfinite(matrix).all() or (np.diag(matrix) < 0).any():
            raise ValueError("a covariance has to be a finite 6x6 matrix without negative variances")
        if covariance.frame.upper() not in LOCAL_FRAMES and canonical_frame(covariance.frame) is None:
            raise ValueError(f"a covariance in frame {covariance.frame!r} could not be read back")
        if not segment.tt_s[0] - 1e-6 <= covariance.tt_s <= segment.tt_s[-1] + 1e-6:
            raise ValueError("a covariance lies outside the epochs of its segment")


def _utc(tt_s: float) -> str:
    return time.to_utc(float(tt_s), 6).rstrip("Z")


def _numbers(segment: OemSegment) -> Iterator[tuple[str, list[str]]]:
    """Epoch and six numbers of each state, as text."""
    for tt_s, position, velocity in zip(segment.tt_s, segment.position_km, segment.velocity_km_s, strict=True):
        yield _utc(tt_s), [*(f"{value:.9f}" for value in position), *(f"{value:.12f}" for value in velocity)]


def _lower(covariance: OemCovariance) -> list[str]:
    return [f"{value:.12e}" for value in np.asarray(covariance.matrix)[np.tril_indices(6)]]


# --- keyword = value -------------------------------------------------------------------------------------------------


def _kvn(head: _Head, segments: Sequence[OemSegment]) -> Iterator[str]:
    yield "CCSDS_OEM_VERS = 2.0"
    yield from (f"COMMENT {line}" for line in head.comments)
    yield from (f"{key} = {value}" for key, value in head.made)
    for segment in segments:
        span = (("START_TIME", _utc(segment.tt_s[0])), ("STOP_TIME", _utc(segment.tt_s[-1])), *head.interpolation)
        yield from ("", "META_START", *(f"{key} = {value}" for key, value in (*head.metadata, *span)), "META_STOP")
        yield from (f"COMMENT {line}" for comment in segment.comments for line in comment.splitlines())
        for epoch, numbers in _numbers(segment):
            yield " ".join([epoch, *numbers])
        if segment.covariances:
            yield from ("", "COVARIANCE_START")
            for covariance in segment.covariances:
                yield from (f"EPOCH = {_utc(covariance.tt_s)}", f"COV_REF_FRAME = {covariance.frame}")
                texts = _lower(covariance)
                yield from (" ".join(texts[row * (row + 1) // 2 :][: row + 1]) for row in range(6))
            yield "COVARIANCE_STOP"


# --- XML -------------------------------------------------------------------------------------------------------------


def _element(tag: str, text: str, unit: str = "") -> str:
    return f'<{tag} units="{unit}">{text}</{tag}>' if unit else f"<{tag}>{escape(text)}</{tag}>"


def _xml(head: _Head, segments: Sequence[OemSegment]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield from ('<oem id="CCSDS_OEM_VERS" version="2.0">', "<header>")
    yield from (_element("COMMENT", line) for line in head.comments)
    yield from (_element(key, value) for key, value in head.made)
    yield from ("</header>", "<body>")
    for segment in segments:
        span = (("START_TIME", _utc(segment.tt_s[0])), ("STOP_TIME", _utc(segment.tt_s[-1])), *head.interpolation)
        yield from ("<segment>", "<metadata>")
        yield from (_element(key, value) for key, value in (*head.metadata, *span))
        yield from ("</metadata>", "<data>")
        yield from (_element("COMMENT", line) for comment in segment.comments for line in comment.splitlines())
        for epoch, numbers in _numbers(segment):
            values = (_element(tag, text, unit) for tag, text, unit in zip(_STATE, numbers, _UNITS, strict=True))
            yield from ("<stateVector>", _element("EPOCH", epoch), *values, "</stateVector>")
        for covariance in segment.covariances:
            yield from ("<covarianceMatrix>", _element("EPOCH", _utc(covariance.tt_s)))
            yield _element("COV_REF_FRAME", covariance.frame)
            yield from (
                _element(key, text, unit)
                for (key, unit), text in zip(COVARIANCE_KEYS.items(), _lower(covariance), strict=True)
            )
            yield "</covarianceMatrix>"
        yield from ("</data>", "</segment>")
    yield from ("</body>", "</oem>")


def replace_file(path: Path, text: str) -> None:
    """Write beside the target, then rename: a reader meets the old file or the new one, never half of one.

    Args:
        path: file to make or replace.
        text: ASCII; anything else is written as an escape.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii", errors="backslashreplace", newline="\n") as out:
            out.write(text)
        os.chmod(temporary, 0o644)  # mkstemp makes it private; results are for sharing
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
