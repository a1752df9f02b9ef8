"""Any tracking file, whatever its format: which it is by its content, and what it says in one form.

CCSDS OEM, OPM, OMM and OCM, and two- or three-line element sets; KVN, XML, JSON and CSV where the format has them;
plain or gzip, bzip2, xz, lzma. States come out in GCRS and TT.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, EphemerisError, WorldError
from pointnemo.formats.bounded import LIMIT_BYTES, SMALL_LIMIT_BYTES, read_bounded
from pointnemo.formats.elements import MeanElements, gcrs_states
from pointnemo.formats.frames import covariance_to_gcrs, to_gcrs
from pointnemo.formats.ocm import Ocm, parse_ocm
from pointnemo.formats.oem import ALL_FRAMES, Ephemeris, OemCovariance, parse_oem
from pointnemo.formats.oem_judge import epochs_of
from pointnemo.formats.omm import Omm, looks_like_csv, parse_omm
from pointnemo.formats.opm import Opm, parse_opm
from pointnemo.formats.safe_xml import first_tag
from pointnemo.formats.tle import looks_like_tle, parse_tle
from pointnemo.world.earth import MU_KM3_S2

__all__ = ["TrackingFile", "read_many", "read_tracking"]

FloatArray = NDArray[np.float64]
Kind = Literal["oem", "omm", "opm", "ocm", "tle"]

_MESSAGES = frozenset({"oem", "omm", "opm", "ocm", "acm", "aem", "apm", "cdm", "rdm", "tdm"})
_FARTHEST_KM = 1e9
_NEAR_S = 600.0  # a covariance belongs to a state no further off
_STRETCH = 100_000  # states whose rotation is worked out at a time
_KVN_START = re.compile(r"CCSDS_([A-Z]{3})_VERS\s*=")


@dataclass(frozen=True)
class TrackingFile:
    """What one tracking file says; every number finite.

    Attributes:
        path_name: name of the file, without its folder.
        kind: ``oem``, ``omm``, ``opm``, ``ocm`` or ``tle``.
        object_name: as written; empty where the file gives none.
        object_id: international designator as written.
        created_tt_s: creation date; for element sets without one the epoch of the newest set.
        originator: as written; empty where the file gives none.
        comments: remarks in the order of the file.
        epoch_tt_s: epoch of the first state.
        tt_s: shape (n,), TT seconds since J2000, never decreasing; the epoch of a burn may occur twice, once at the end
            of a block and once at the start of the next.
        position_km: shape (n, 3), GCRS.
        velocity_km_s: shape (n, 3), GCRS.
        covariance: shape (6, 6), GCRS, km and km/s, of the state at ``covariance_tt_s``; None where none is given.
        covariance_tt_s: epoch of the earliest covariance in the file, None likewise.
        mass_kg: of the file, None where it does not say.
        drag_area_m2: likewise.
        drag_coefficient: likewise.
        block_starts: row of each block of states (OEM segments, OCM trajectories); ``(0,)`` for one block.
        frame: frame of the file before the states were brought to GCRS (of the first block, where they differ).
        time_system: time scale of the file.
        ignored: what the file also holds and nobody reads here.
        elements: for ``omm`` and ``tle`` the mean elements of each state.
        known_tt_s: for ``omm`` and ``tle``, shape (n,), when each set was known: made, but not before its epoch; empty
            for other kinds.
    """

    path_name: str
    kind: Kind
    object_name: str
    object_id: str
    created_tt_s: float
    originator: str
    comments: tuple[str, ...]
    epoch_tt_s: float
    tt_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray
    covariance: FloatArray | None
    covariance_tt_s: float | None
    mass_kg: float | None
    drag_area_m2: float | None
    drag_coefficient: float | None
    block_starts: tuple[int, ...] = (0,)
    frame: str = "GCRF"
    time_system: str = "UTC"
    ignored: tuple[str, ...] = ()
    elements: tuple[MeanElements, ...] = ()
    known_tt_s: tuple[float, ...] = ()


def read_tracking(path: str | Path, limit_bytes: int = LIMIT_BYTES) -> TrackingFile:
    """Read a tracking file of any kind; which it is, its content tells, never its name.

    Args:
        path: the file.
        limit_bytes: largest size once unpacked; unpacking stops there.

    Returns:
        Its states and what it says about them.

    Raises:
        EphemerisError: the file cannot be used; each defect names file, place and mend.
    """
    path = Path(path)
    data = read_bounded(path, limit_bytes)
    kind, notation = _kind_of(data, path)
    if kind == "oem":
        return _from_oem(parse_oem(data, path, frames=ALL_FRAMES))
    if len(data) > SMALL_LIMIT_BYTES:
        what = f"is larger than {SMALL_LIMIT_BYTES / 1e6:.0f} MB"
        raise _refusal(path, what, "cut it into several files; only an OEM may be larger")
    if kind == "tle":
        return _from_elements("tle", path, [Omm(elements) for elements in parse_tle(data, path)])
    if kind == "omm":
        return _from_elements("omm", path, parse_omm(data, path, notation))
    if kind == "ocm":
        return _from_ocm(path, parse_ocm(data, path))
    return _from_opm(path, parse_opm(data, path, notation))


def read_many(paths: Sequence[str | Path], limit_bytes: int = LIMIT_BYTES) -> tuple[TrackingFile, ...]:
    """Read several files, given in any order.

    Args:
        paths: tracking files.
        limit_bytes: largest size of each once unpacked.

    Returns:
        By creation, oldest first; of the same creation by epoch, then by name. No two have one name: files of the same
        name are told apart by their folder, or by a number.

    Raises:
        EphemerisError: some files cannot be used; the defects of all of them.
    """
    files: list[TrackingFile] = []
    defects: list[Defect] = []
    for path in paths:
        try:
            files.append(read_tracking(path, limit_bytes))
        except EphemerisError as error:
            defects += error.defects
    if defects:
        raise EphemerisError("some tracking files cannot be used", defects)
    names = _distinct([Path(path) for path in paths])
    files = [replace(file, path_name=name) for file, name in zip(files, names, strict=True)]
    return tuple(sorted(files, key=lambda file: (file.created_tt_s, file.epoch_tt_s, file.path_name)))


def _distinct(paths: Sequence[Path]) -> list[str]:
    """Names of files: the last part of the path where it is the only one, else with the folder, else with a number."""
    names = [path.name for path in paths]
    names = [
        f"{path.parent.name}/{name}" if names.count(name) > 1 else name for path, name in zip(paths, names, strict=True)
    ]
    return [f"{name} ({names[: i + 1].count(name)})" if names.count(name) > 1 else name for i, name in enumerate(names)]


# --- which kind ------------------------------------------------------------------------------------------------------


def _refusal(path: Path, what: str, mend: str) -> EphemerisError:
    return EphemerisError(f"cannot use {path}", [Defect(path.name, what, mend)])


def _kind_of(data: bytes, path: Path) -> tuple[Kind, str]:
    """Kind and notation by content."""
    start = data[:20_000].removeprefix(b"\xef\xbb\xbf").lstrip()
    text = start.decode("utf-8", "replace")
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return _xml_kind(data, text, path), "xml"
    if match := _KVN_START.match(text):
        return _known(match[1].lower(), path), "kvn"
    if start.startswith((b"[", b"{")):
        return "omm", "json"
    if looks_like_csv(text):
        return "omm", "csv"
    if looks_like_tle(text):
        return "tle", ""
    what = f"is no tracking file that is read here; it begins with {text[:40]!r}"
    raise _refusal(path, what, "give a CCSDS OEM, OPM, OMM or OCM, or two-line element sets")


def _xml_kind(data: bytes, text: str, path: Path) -> Kind:
    """The first message of an XML file; what cannot be parsed is left to the reader that explains it."""
    if re.match(r"(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b", text, re.IGNORECASE):
        raise _refusal(path, "is a web page", "fetch the file itself: what came is a server's page")
    tag = first_tag(data, _MESSAGES)
    return _known(tag, path) if tag else "oem"


def _known(kind: str, path: Path) -> Kind:
    if kind not in ("oem", "omm", "opm", "ocm"):
        what = f"is a CCSDS {kind.upper()}, which is not read"
        raise _refusal(path, what, "give an OEM, OPM, OMM or OCM, or two-line element sets")
    return kind


# --- one form --------------------------------------------------------------------------------------------------------


def _from_oem(ephemeris: Ephemeris) -> TrackingFile:
    segments = sorted(ephemeris.segments, key=lambda segment: segment.tt_s[0])
    _check_overlap(Path(ephemeris.path), [segment.tt_s for segment in segments], "segments")
    sizes = [len(segment.tt_s) for segment in segments]
    tt_s = np.concatenate([segment.tt_s for segment in segments])
    path = Path(ephemeris.path)
    states = [_gcrs(path, ephemeris.frame, s.tt_s, s.position_km, s.velocity_km_s) for s in segments]
    position_km = np.concatenate([r for r, _ in states])
    velocity_km_s = np.concatenate([v for _, v in states])
    covariances = [covariance for segment in segments for covariance in segment.covariances]
    used = [c for c in covariances if np.abs(tt_s - c.tt_s).min() <= _NEAR_S]
    first = min(used, key=lambda covariance: covariance.tt_s, default=None)
    return TrackingFile(
        path_name=path.name,
        kind="oem",
        object_name=ephemeris.object_name,
        object_id=ephemeris.object_id,
        created_tt_s=float(epochs_of([ephemeris.creation_utc], "UTC")[0]),
        originator=ephemeris.originator,
        comments=ephemeris.comments,
        epoch_tt_s=float(tt_s[0]),
        tt_s=tt_s,
        position_km=position_km,
        velocity_km_s=velocity_km_s,
        covariance=_covariance(path, first, tt_s, position_km, velocity_km_s) if first else None,
        covariance_tt_s=first.tt_s if first else None,
        mass_kg=ephemeris.mass_kg,
        drag_area_m2=ephemeris.drag_area_m2,
        drag_coefficient=ephemeris.drag_coefficient,
        block_starts=tuple(np.cumsum([0, *sizes[:-1]]).tolist()),
        frame=ephemeris.frame,
        time_system=ephemeris.time_system,
        ignored=(*ephemeris.ignored, *_covariances_left(len(covariances), len(used))),
    )


def _check_overlap(path: Path, blocks: Sequence[FloatArray], name: str) -> None:
    """Refuse blocks, sorted by their start, of which one starts before another ends."""
    for earlier, later in pairwise(blocks):
        if later[0] < earlier[-1]:
            what = f"two {name} overlap: one starts {earlier[-1] - later[0]:.6g} s before another ends"
            raise _refusal(path, what, f"give {name} that follow each other")


def _covariances_left(given: int, used: int) -> tuple[str, ...]:
    far = (f"{given - used} covariance matrices without a state near their epoch",) if given > used else ()
    return (*far, f"{used - 1} covariance matrices after the first") if used > 1 else far


def _gcrs(
    path: Path, frame: str, tt_s: FloatArray, position_km: FloatArray, velocity_km_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """States in GCRS, a stretch at a time: the rotation of a million epochs at once would fill the memory."""
    parts: list[tuple[FloatArray, FloatArray]] = []
    try:
        for start in range(0, len(tt_s), _STRETCH):
            rows = slice(start, start + _STRETCH)
            parts.append(to_gcrs(frame, tt_s[rows], position_km[rows], velocity_km_s[rows]))
    except WorldError as error:
        raise _refusal(path, str(error), "give a file within that time, or in an inertial frame") from error
    states = np.concatenate([r for r, _ in parts]), np.concatenate([v for _, v in parts])
    farthest = max(float(np.abs(array).max()) for array in states)
    if not farthest < _FARTHEST_KM:
        raise _refusal(path, f"a state of {farthest:.3g} km or km/s is no orbit of the Earth", "mend the state")
    return states


def _covariance(
    path: Path, covariance: OemCovariance, tt_s: FloatArray, position_km: FloatArray, velocity_km_s: FloatArray
) -> FloatArray:
    """A covariance in GCRS.

    Axes that follow the orbit are those of the nearest state, carried to the epoch of the matrix to second order:
    1e-3 rad over the two minutes that may lie between them in a four-minute ephemeris.
    """
    nearest = int(np.argmin(np.abs(tt_s - covariance.tt_s)))
    step_s = covariance.tt_s - tt_s[nearest]
    r, v = position_km[nearest], velocity_km_s[nearest]
    with np.errstate(all="ignore"):  # a state in the centre of the Earth is found out below
        pull = -MU_KM3_S2 * r / np.linalg.norm(r) ** 3
    r, v = r + v * step_s + pull * step_s**2 / 2.0, v + pull * step_s
    try:
        with np.errstate(all="ignore"):
            matrix = covariance_to_gcrs(covariance.frame, covariance.matrix, covariance.tt_s, r, v)
    except WorldError as error:
        raise _refusal(path, str(error), "give the covariance in an inertial frame") from error
    if not np.isfinite(matrix).all():
        raise _refusal(
            path, "the covariance cannot be turned to GCRS: its state has no orbital plane", "mend the state"
        )
    return matrix


def _from_opm(path: Path, opm: Opm) -> TrackingFile:
    tt_s = np.array([opm.epoch_tt_s])
    position_km, velocity_km_s = _gcrs(path, opm.frame, tt_s, opm.position_km[None, :], opm.velocity_km_s[None, :])
    manoeuvres = (f"{len(opm.manoeuvres)} manoeuvres",) if opm.manoeuvres else ()
    return TrackingFile(
        path_name=path.name,
        kind="opm",
        object_name=opm.object_name,
        object_id=opm.object_id,
        created_tt_s=float(epochs_of([opm.creation_utc], "UTC")[0]),
        originator=opm.originator,
        comments=opm.comments,
        epoch_tt_s=opm.epoch_tt_s,
        tt_s=tt_s,
        position_km=position_km,
        velocity_km_s=velocity_km_s,
        covariance=_covariance(path, opm.covariance, tt_s, position_km, velocity_km_s) if opm.covariance else None,
        covariance_tt_s=opm.epoch_tt_s if opm.covariance else None,
        mass_kg=opm.mass_kg,
        drag_area_m2=opm.drag_area_m2,
        drag_coefficient=opm.drag_coefficient,
        frame=opm.frame,
        time_system=opm.time_system,
        ignored=(*opm.ignored, *manoeuvres),
    )


def _from_ocm(path: Path, ocm: Ocm) -> TrackingFile:
    blocks = sorted(ocm.trajectories, key=lambda block: block.tt_s[0])
    if not blocks:
        raise _refusal(path, "the OCM holds no trajectory", "give one with CARTPV states")
    _check_overlap(path, [block.tt_s for block in blocks], "trajectories")
    states = [_gcrs(path, block.frame, block.tt_s, block.position_km, block.velocity_km_s) for block in blocks]
    burns = sum(len(block.burns) for block in ocm.manoeuvres)
    told = {"forces": ocm.perturbations, f"{burns} manoeuvres": burns}
    told[f"{len(ocm.user_defined)} user-defined values"] = ocm.user_defined
    return TrackingFile(
        path_name=path.name,
        kind="ocm",
        object_name=ocm.object_name,
        object_id=ocm.object_id,
        created_tt_s=float(epochs_of([ocm.creation_utc], "UTC")[0]),
        originator=ocm.originator,
        comments=(*ocm.comments, *(remark for block in blocks for remark in block.comments)),
        epoch_tt_s=float(blocks[0].tt_s[0]),
        tt_s=np.concatenate([block.tt_s for block in blocks]),
        position_km=np.concatenate([r for r, _ in states]),
        velocity_km_s=np.concatenate([v for _, v in states]),
        covariance=None,
        covariance_tt_s=None,
        mass_kg=ocm.physical.wet_mass_kg if ocm.physical else None,
        drag_area_m2=ocm.physical.drag_area_m2 if ocm.physical else None,
        drag_coefficient=ocm.physical.drag_coefficient if ocm.physical else None,
        block_starts=tuple(np.cumsum([0, *(len(block.tt_s) for block in blocks[:-1])]).tolist()),
        frame=blocks[0].frame,
        time_system=ocm.time_system,
        ignored=(*ocm.ignored, *(text for text, there in told.items() if there)),
    )


def _from_elements(kind: Literal["omm", "tle"], path: Path, messages: Sequence[Omm]) -> TrackingFile:
    """Element sets of one object, each at its own epoch; of two sets at one epoch the later in the file stands."""
    objects = {message.elements.catalogue_number: message.elements for message in messages}
    if len(objects) > 1:
        some = ", ".join(f"{number} {elements.object_name}".strip() for number, elements in list(objects.items())[:3])
        other = list(objects.values())[1]
        defect = Defect(other.where, f"holds sets of {len(objects)} objects: {some}", "keep those of one object")
        raise EphemerisError(f"cannot use {path}", [defect])
    by_epoch = {message.elements.epoch_tt_s: message for message in messages}
    kept = [by_epoch[epoch] for epoch in sorted(by_epoch)]
    tt_s, position_km, velocity_km_s = gcrs_states([message.elements for message in kept])
    newest = kept[-1]
    made = [float(epochs_of([m.creation_utc], "UTC")[0]) if m.creation_utc else -np.inf for m in kept]
    known = tuple(max(creation, float(epoch)) for creation, epoch in zip(made, tt_s, strict=True))
    first = next((message.covariance for message in kept if message.covariance), None)
    repeated = len(messages) - len(kept)
    return TrackingFile(
        path_name=path.name,
        kind=kind,
        object_name=newest.elements.object_name,
        object_id=newest.elements.object_id,
        created_tt_s=max(known),
        originator=newest.originator,
        comments=tuple(dict.fromkeys(remark for message in kept for remark in message.comments)),
        epoch_tt_s=float(tt_s[0]),
        tt_s=tt_s,
        position_km=position_km,
        velocity_km_s=velocity_km_s,
        covariance=_covariance(path, first, tt_s, position_km, velocity_km_s) if first else None,
        covariance_tt_s=first.tt_s if first else None,
        mass_kg=newest.mass_kg,
        drag_area_m2=newest.drag_area_m2,
        drag_coefficient=newest.drag_coefficient,
        frame="TEME",
        elements=tuple(message.elements for message in kept),
        known_tt_s=known,
        ignored=(
            *dict.fromkeys(remark for message in kept for remark in message.ignored),
            *((f"{repeated} sets at the epoch of another",) if repeated else ()),
        ),
    )
