"""What can be wrong with an OCM, judged once whatever its notation; what is left are arrays and numbers.

A message may tell one trajectory several times, in other frames or elements. Blocks that are not read here (mean
elements, frames of date, other centres) are named and left, unless they are all that the message has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect
from pointnemo.formats import ndm_values as ask
from pointnemo.formats.frames import FRAMES_READ, canonical_frame
from pointnemo.formats.ndm_raw import Field
from pointnemo.formats.ocm_blocks import Ocm, OcmBurn, OcmManoeuvres, OcmPhysical, OcmTrajectory, Vector
from pointnemo.formats.ocm_raw import MANOEUVRE_COLUMNS, MOST_DEFECTS, STATE_UNITS, VERSIONS, RawBlock, RawOcm
from pointnemo.formats.oem_judge import epochs_of
from pointnemo.formats.oem_states import number
from pointnemo.world import time

__all__ = ["judge"]

FloatArray = NDArray[np.float64]

_EMPTY = Field("", "")
_DATE = re.compile(r"\d{4}-\d")
_TIMES = ("TIME_ABSOLUTE", "TIME_RELATIVE")
_TEXT_COLUMNS = frozenset({"DEPLOY_ID", "ACC_INTERP", "THR_INTERP", *_TIMES})
_READ_COLUMNS = frozenset({"MAN_DURA", "DELTA_MASS", "THR_EFFIC", "THR_ISP", *_TIMES}) | {
    f"{kind}_{axis}" for kind in ("DV", "THR", "ACC") for axis in "XYZ"
}
_METADATA_READ = frozenset({"OBJECT_NAME", "INTERNATIONAL_DESIGNATOR", "OBJECT_DESIGNATOR", "OCM_DATA_ELEMENTS"}) | {
    "TIME_SYSTEM", "EPOCH_TZERO", "START_TIME", "STOP_TIME", "TIME_SPAN"
}  # fmt: skip
_PHYSICAL_READ = ("WET_MASS", "DRY_MASS", "DRAG_CONST_AREA", "DRAG_COEFF_NOM")
_SAME_S = 1e-3  # two times of one manoeuvre line agree to this
_MOST_ALIKE = 3


class _Clock(NamedTuple):
    """How times of lines are read."""

    scale: str
    zero_tt_s: float
    first_tt_s: float
    last_tt_s: float


def judge(raw: RawOcm) -> tuple[Ocm | None, list[Defect]]:
    """Judge a message.

    Args:
        raw: as written.

    Returns:
        The message, None where it cannot be told at all, and what is wrong with it.
    """
    defects = list(raw.defects)
    if raw.defects and not raw.blocks:
        return None, defects
    if raw.version.value not in VERSIONS:
        what = f"OCM version {raw.version.value[:20]!r}"
        defects.append(Defect(raw.version.where, what, f"versions read: {', '.join(VERSIONS)}"))
    head = ask.Form(raw.header, raw.version.where, defects)
    ask.required(head, ("CREATION_DATE", "ORIGINATOR"))
    ask.epoch(head, "CREATION_DATE", "UTC")
    metadata = next((block for block in raw.blocks if block.name == "META"), None)
    if metadata is None:
        defects.append(Defect(raw.version.where, "there is no metadata block", "add META_START ... META_STOP"))
        return None, defects
    meta = ask.Form(metadata.fields, metadata.where, defects)
    ask.required(meta, ("TIME_SYSTEM", "EPOCH_TZERO"))
    scale = ask.time_system(meta)
    clock = _clock(scale, ask.epoch(meta, "EPOCH_TZERO", scale))
    for key in ("START_TIME", "STOP_TIME"):
        ask.epoch(meta, key, scale)
    ask.real(meta, "TIME_SPAN")
    ignored = list(_ignored(raw, metadata))
    trajectories = _trajectories(raw, clock, defects, ignored)
    told = [_manoeuvres(block, clock, defects, ignored) for block in raw.blocks if block.name == "MAN"]
    physical = next((_physical(block, defects) for block in raw.blocks if block.name == "PHYS"), None)
    fields = metadata.fields
    designator = fields.get("INTERNATIONAL_DESIGNATOR", _EMPTY).value
    ocm = Ocm(
        object_name=fields.get("OBJECT_NAME", _EMPTY).value,
        object_id=designator or fields.get("OBJECT_DESIGNATOR", _EMPTY).value,
        creation_utc=raw.header.get("CREATION_DATE", _EMPTY).value,
        originator=raw.header.get("ORIGINATOR", _EMPTY).value,
        epoch_tt_s=clock.zero_tt_s,
        trajectories=tuple(trajectories),
        manoeuvres=tuple(block for block in told if block is not None),
        physical=physical,
        perturbations=_pairs(raw, "PERT"),
        user_defined=tuple((key.removeprefix("USER_DEFINED_"), value) for key, value in _pairs(raw, "USER")),
        comments=(*raw.comments, *metadata.comments),
        message_id=raw.header.get("MESSAGE_ID", _EMPTY).value,
        time_system=scale,
        ignored=tuple(ignored),
    )
    return ocm, defects


def _clock(scale: str, zero_tt_s: float) -> _Clock:
    first, last = (time.from_utc(f"{year}-01-01T00:00:00") for year in (time.FIRST_YEAR + 1, time.LAST_YEAR))
    return _Clock(scale, zero_tt_s, first, last)


def _pairs(raw: RawOcm, name: str) -> tuple[tuple[str, str], ...]:
    return tuple((key, field.value) for b in raw.blocks if b.name == name for key, field in b.fields.items())


def _ignored(raw: RawOcm, metadata: RawBlock) -> Iterator[str]:
    yield from (f"{key} = {raw.header[key].value}" for key in ("CLASSIFICATION",) if key in raw.header)
    unread = sum(key not in _METADATA_READ for key in metadata.fields)
    if unread:
        yield f"{unread} metadata values"
    for block in raw.blocks:
        if block.name == "COV" and block.lines:
            yield f"{len(block.lines)} covariance matrices"
        elif block.name == "OD":
            yield "orbit determination"
        elif block.name == "PHYS" and (unread := sum(key not in _PHYSICAL_READ for key in block.fields)):
            yield f"{unread} physical values"


def _times(texts: list[str], clock: _Clock) -> FloatArray:
    """TT seconds of the first words of lines, absolute or relative to EPOCH_TZERO; NaN where a word is neither."""
    absolute = np.array([bool(_DATE.match(text)) for text in texts], dtype=bool)
    tt_s = np.full(len(texts), np.nan)
    if absolute.any():
        tt_s[absolute] = epochs_of([text for text, one in zip(texts, absolute, strict=True) if one], clock.scale)
    relative = [_number(text) for text, one in zip(texts, absolute, strict=True) if not one]
    tt_s[~absolute] = clock.zero_tt_s + np.array(relative, dtype=float)
    with np.errstate(invalid="ignore"):
        return np.where((tt_s >= clock.first_tt_s) & (tt_s <= clock.last_tt_s), tt_s, np.nan)


def _number(text: str) -> float:
    value = number(text)
    return np.nan if value is None else value


# --- trajectories ----------------------------------------------------------------------------------------------------


def _trajectories(raw: RawOcm, clock: _Clock, defects: list[Defect], ignored: list[str]) -> list[OcmTrajectory]:
    blocks = [block for block in raw.blocks if block.name == "TRAJ"]
    reasons = [_unread(block) for block in blocks]
    if blocks and all(reasons):
        defects += [reason for reason in reasons if reason]
    else:
        ignored += [f"trajectory at {reason.where}: {reason.what}" for reason in reasons if reason]
    found: list[OcmTrajectory] = []
    for block, reason in zip(blocks, reasons, strict=True):
        if not reason and (trajectory := _trajectory(block, clock, defects)):
            found.append(trajectory)
    return found


def _units(text: str) -> list[str]:
    """Units of a list ``[km, km, km]``, in capitals or not."""
    inner = text.strip().removeprefix("[").removesuffix("]")
    return [unit.strip().lower() for unit in inner.split(",")]


def _kind(block: RawBlock) -> str:
    """TRAJ_TYPE; where it is missing, the Cartesian type that the units tell, else empty."""
    written = block.fields.get("TRAJ_TYPE", _EMPTY).value
    if written or "TRAJ_UNITS" not in block.fields:
        return written.upper()
    units = _units(block.fields["TRAJ_UNITS"].value)
    return next((kind for kind, wanted in STATE_UNITS.items() if list(wanted) == units), "")


def _unread(block: RawBlock) -> Defect | None:
    """Why a well-formed block is not read here, if it is not."""
    fields = block.fields
    kind = _kind(block)
    if kind not in ("CARTPV", "CARTPVA"):
        what = f"TRAJ_TYPE {kind[:40]!r} is not read" if kind else "TRAJ_TYPE is missing"
        return Defect(fields.get("TRAJ_TYPE", Field("", block.where)).where, what, "give CARTPV or CARTPVA states")
    written = fields.get("TRAJ_REF_FRAME", _EMPTY)
    if not canonical_frame(written.value):
        what = f"TRAJ_REF_FRAME {written.value[:40]!r} is not read" if written.value else "TRAJ_REF_FRAME is missing"
        return Defect(written.where or block.where, what, f"use one of {FRAMES_READ}")
    centre = fields.get("CENTER_NAME", _EMPTY)
    if centre.value and centre.value.upper() != "EARTH":
        return Defect(centre.where, f"CENTER_NAME {centre.value[:40]!r}", "only orbits about EARTH are flown here")
    averaged = fields.get("ORB_AVERAGING", _EMPTY)
    if averaged.value and averaged.value.upper() != "OSCULATING":
        return Defect(averaged.where, f"ORB_AVERAGING {averaged.value[:40]!r}", "give osculating states")
    return None


def _trajectory(block: RawBlock, clock: _Clock, defects: list[Defect]) -> OcmTrajectory | None:
    before = len(defects)
    kind = _kind(block)
    units = block.fields.get("TRAJ_UNITS")
    if units and _units(units.value) != list(STATE_UNITS[kind]):
        mend = f"write {kind} in {', '.join(STATE_UNITS[kind])}"
        defects.append(Defect(units.where, f"TRAJ_UNITS {units.value[:60]!r}", mend))
    interpolation = _interpolation(block, defects)
    if not block.lines:
        defects.append(Defect(block.where, "the trajectory has no state", "the file may be truncated"))
        return None
    width = 1 + len(STATE_UNITS[kind])
    odd = [(words, at) for words, at in block.lines if len(words) != width]
    for words, at in odd[:_MOST_ALIKE]:
        what = f"{len(words)} words, where {kind} has a time and {width - 1} numbers"
        defects.append(Defect(block.line_label.format(at), what, "mend the line; the file may be truncated"))
    if odd or len(defects) > MOST_DEFECTS:
        return None
    tt_s = _times([words[0] for words, _ in block.lines], clock)
    states = np.array([[_number(word) for word in words[1:7]] for words, _ in block.lines], dtype=float)
    for row in np.flatnonzero(np.isnan(tt_s) | np.isnan(states).any(axis=1))[:_MOST_ALIKE]:
        words, at = block.lines[int(row)]
        what = f"a time or number is none: {' '.join(words)[:80]!r}"
        defects.append(Defect(block.line_label.format(at), what, "an ISO 8601 time or seconds since EPOCH_TZERO first"))
    with np.errstate(invalid="ignore"):
        back = np.flatnonzero(np.diff(tt_s) <= 0.0)[:_MOST_ALIKE] + 1
    for row in back:
        what = f"the time is not after that of the line before: {block.lines[int(row)][0][0][:40]!r}"
        defects.append(Defect(block.line_label.format(block.lines[int(row)][1]), what, "order the states by time"))
    if len(defects) > before:
        return None
    return OcmTrajectory(
        frame=canonical_frame(block.fields["TRAJ_REF_FRAME"].value) or "",
        tt_s=tt_s,
        position_km=states[:, :3].copy(),
        velocity_km_s=states[:, 3:].copy(),
        id=block.fields.get("TRAJ_ID", _EMPTY).value,
        basis=block.fields.get("TRAJ_BASIS", _EMPTY).value,
        interpolation=interpolation,
        comments=tuple(block.comments),
    )


def _interpolation(block: RawBlock, defects: list[Defect]) -> tuple[str, int] | None:
    method, degree = (block.fields.get(key, _EMPTY) for key in ("INTERPOLATION", "INTERPOLATION_DEGREE"))
    if degree.value and not re.fullmatch(r"[1-9]\d?", degree.value, re.ASCII):
        what = f"INTERPOLATION_DEGREE {degree.value[:40]!r}"
        defects.append(Defect(degree.where, what, "a whole number from 1 to 99"))
        return None
    return (method.value, int(degree.value)) if method.value and degree.value else None


# --- manoeuvres and the spacecraft -----------------------------------------------------------------------------------


def _manoeuvres(block: RawBlock, clock: _Clock, defects: list[Defect], ignored: list[str]) -> OcmManoeuvres | None:
    form = ask.Form(block.fields, block.where, defects)
    ask.required(form, ("MAN_ID", "MAN_DEVICE_ID", "MAN_COMPOSITION"))
    name = block.fields.get("MAN_ID", _EMPTY).value[:40]
    columns = _columns(block, defects)
    if columns is None:
        return None
    if "DEPLOY_ID" in columns:
        ignored.append(f"{len(block.lines)} deployments of manoeuvre {name!r}")
        return None
    before = len(defects)
    if not block.fields.get("MAN_REF_FRAME", _EMPTY).value:
        defects.append(Defect(block.where, "MAN_REF_FRAME is missing", "add it"))
    unread = [column for column in columns if column not in _READ_COLUMNS]
    if unread:
        ignored.append(f"{', '.join(unread)} of manoeuvre {name!r}")
    if block.fields.get("DC_TYPE", _EMPTY).value not in ("", "CONTINUOUS"):
        ignored.append(f"the duty cycle of manoeuvre {name!r}")
    burns: list[OcmBurn] = []
    wrong = 0
    for words, at in block.lines:
        found = len(defects)
        burn = _burn(words, columns, clock, block.line_label.format(at), defects)
        wrong += len(defects) > found
        if burn is not None:
            burns.append(burn)
        if wrong >= _MOST_ALIKE:
            break
    if len(defects) > before:
        return None
    return OcmManoeuvres(
        id=block.fields.get("MAN_ID", _EMPTY).value,
        device=block.fields.get("MAN_DEVICE_ID", _EMPTY).value,
        frame=block.fields["MAN_REF_FRAME"].value,
        burns=tuple(sorted(burns, key=lambda burn: burn.ignition_tt_s)),
        basis=block.fields.get("MAN_BASIS", _EMPTY).value,
        purpose=block.fields.get("MAN_PURPOSE", _EMPTY).value,
        comments=tuple(block.comments),
    )


def _columns(block: RawBlock, defects: list[Defect]) -> list[str] | None:
    """MAN_COMPOSITION, None where lines cannot be read by it; MAN_UNITS is held against it."""
    written = block.fields.get("MAN_COMPOSITION", _EMPTY)
    if not written.value:
        return None
    columns = [column.strip().upper() for column in written.value.split(",")]
    before = len(defects)
    unknown = [column for column in columns if column not in MANOEUVRE_COLUMNS]
    if unknown:
        mend = "see the columns of CCSDS 502.0-B-3"
        defects.append(Defect(written.where, f"MAN_COMPOSITION has the unknown column {unknown[0][:40]!r}", mend))
    if len(set(columns)) < len(columns):
        defects.append(Defect(written.where, "MAN_COMPOSITION has a column twice", "name each once"))
    if not set(_TIMES) & set(columns):
        mend = "begin with TIME_ABSOLUTE or TIME_RELATIVE"
        defects.append(Defect(written.where, "MAN_COMPOSITION has no time", mend))
    for kind in ("DV", "THR", "ACC"):
        axes = [axis for axis in "XYZ" if f"{kind}_{axis}" in columns]
        if 0 < len(axes) < 3:
            what = f"MAN_COMPOSITION has {kind}_{axes[0]} without the other axes"
            defects.append(Defect(written.where, what, f"give {kind}_X, {kind}_Y, {kind}_Z"))
    units = block.fields.get("MAN_UNITS")
    if units and not unknown:
        wanted = [MANOEUVRE_COLUMNS[column].lower() for column in columns if column not in _TIMES]
        if _units(units.value) != wanted:
            mend = f"write [{', '.join(wanted)}]"
            defects.append(Defect(units.where, f"MAN_UNITS {units.value[:80]!r}", mend[:200]))
    return columns if len(defects) == before else None


def _burn(words: list[str], columns: list[str], clock: _Clock, where: str, defects: list[Defect]) -> OcmBurn | None:
    if len(words) != len(columns):
        what = f"{len(words)} words, where MAN_COMPOSITION has {len(columns)} columns"
        defects.append(Defect(where, what, "mend the line; the file may be truncated"))
        return None
    texts = dict(zip(columns, words, strict=True))
    times = [float(_times([texts[key]], clock)[0]) for key in _TIMES if key in texts]
    values: dict[str, float] = {}
    for column, text in texts.items():
        if column not in _TEXT_COLUMNS:
            values[column] = _number(text)
    bad = [column for column, value in values.items() if np.isnan(value)]
    if bad:
        defects.append(Defect(where, f"{bad[0]} {texts[bad[0]][:40]!r} is not a finite number", "mend the value"))
    if np.isnan(times).any():
        defects.append(Defect(where, "a time is none", "an ISO 8601 time, or seconds since EPOCH_TZERO"))
    elif max(times) - min(times) > _SAME_S:
        what = f"TIME_ABSOLUTE and TIME_RELATIVE are {max(times) - min(times):.6g} s apart"
        defects.append(Defect(where, what, "give one of them"))
    if values.get("MAN_DURA", 0.0) < 0.0 or values.get("DELTA_MASS", 0.0) > 0.0:
        what = (
            f"a burn of {values.get('MAN_DURA', 0.0):g} s that changes the mass by {values.get('DELTA_MASS', 0.0):g} kg"
        )
        defects.append(Defect(where, what, "durations are not negative, and burns make lighter"))
    if values.get("THR_ISP", 0.0) < 0.0 or values.get("THR_EFFIC", 0.0) < 0.0:
        defects.append(Defect(where, "a specific impulse or efficiency below zero", "mend the value"))

    def vector(kind: str) -> Vector | None:
        return (values[f"{kind}_X"], values[f"{kind}_Y"], values[f"{kind}_Z"]) if f"{kind}_X" in values else None

    return OcmBurn(
        ignition_tt_s=times[0],
        duration_s=values.get("MAN_DURA"),
        mass_change_kg=values.get("DELTA_MASS"),
        delta_v_km_s=vector("DV"),
        thrust_n=vector("THR"),
        efficiency=values.get("THR_EFFIC"),
        specific_impulse_s=values.get("THR_ISP"),
        acceleration_km_s2=vector("ACC"),
    )


def _physical(block: RawBlock, defects: list[Defect]) -> OcmPhysical:
    form = ask.Form(block.fields, block.where, defects)
    values: list[float | None] = []
    for key in _PHYSICAL_READ:
        value = ask.real(form, key)
        if value < 0.0:
            defects.append(Defect(block.fields[key].where, f"{key} {value:g} is negative", "mend the value"))
        values.append(value if value > 0.0 else None)
    return OcmPhysical(*values)
