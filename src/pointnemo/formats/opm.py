"""CCSDS Orbit Parameter Messages, versions 1 to 3: reader and writer (KVN, XML)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, EphemerisError
from pointnemo.formats import ndm_values as ask
from pointnemo.formats.frames import LOCAL_FRAMES, canonical_frame
from pointnemo.formats.ndm_flat import FlatMessage, flat_kvn, flat_xml
from pointnemo.formats.ndm_raw import COVARIANCE_KEYS, ELEMENT_KEYS, MANOEUVRE_KEYS, OPM_KEYS, Field
from pointnemo.formats.oem_judge import OemCovariance
from pointnemo.formats.oem_raw import VERSIONS
from pointnemo.formats.oem_write import replace_file
from pointnemo.world import time

__all__ = ["Manoeuvre", "Opm", "parse_opm", "write_opm"]

FloatArray = NDArray[np.float64]

_METADATA = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM")
_STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_MOST_DEFECTS = 20
_MANOEUVRE_FRAMES = (*LOCAL_FRAMES, *(f"{axes}_ROTATING" for axes in ("RTN", "RSW", "TNW")))
_EMPTY = Field("", "")


class Manoeuvre(NamedTuple):
    """A manoeuvre as an OPM tells it.

    Attributes:
        ignition_tt_s: TT seconds since J2000.
        duration_s: 0 for an impulse.
        mass_change_kg: negative or zero.
        frame: a frame of ``frames.canonical_frame``, or RTN, RSW, TNW (also with ``_INERTIAL`` or ``_ROTATING``). TNW:
            along the velocity, inwards in the orbital plane, along the orbit normal.
        delta_v_km_s: in that frame.
    """

    ignition_tt_s: float
    duration_s: float
    mass_change_kg: float
    frame: str
    delta_v_km_s: tuple[float, float, float]


@dataclass(frozen=True)
class Opm:
    """One orbit-parameter message; every number finite.

    Attributes:
        object_name: as written.
        object_id: as written.
        epoch_tt_s: TT seconds since J2000.
        position_km: shape (3,), in ``frame``.
        velocity_km_s: shape (3,), in ``frame``.
        frame: ``EME2000``, ``GCRF``, ``TEME`` or ``ITRF``.
        creation_utc: as written.
        originator: as written.
        time_system: of the file; epochs here are TT whatever it says.
        comments: remarks in order.
        mass_kg, drag_area_m2, drag_coefficient: of the spacecraft, None where not given.
        covariance: at the epoch, None where not given.
        manoeuvres: by ignition.
        ignored: what the message also holds and nobody reads here.
    """

    object_name: str
    object_id: str
    epoch_tt_s: float
    position_km: FloatArray
    velocity_km_s: FloatArray
    frame: str
    creation_utc: str
    originator: str
    time_system: str = "UTC"
    comments: tuple[str, ...] = ()
    mass_kg: float | None = None
    drag_area_m2: float | None = None
    drag_coefficient: float | None = None
    covariance: OemCovariance | None = None
    manoeuvres: tuple[Manoeuvre, ...] = ()
    ignored: tuple[str, ...] = ()


def parse_opm(data: bytes, path: Path, notation: str) -> Opm:
    """Read an orbit-parameter message.

    Args:
        data: the file, unpacked.
        path: where it came from, for messages.
        notation: ``kvn`` or ``xml``.

    Returns:
        The message.

    Raises:
        EphemerisError: up to 20 defects with their lines or elements; more than one message in the file.
    """
    messages = (flat_kvn if notation == "kvn" else flat_xml)(data, path.name, "OPM", OPM_KEYS)
    opm, defects = _judge(messages[0])
    if len(messages) > 1:
        what = f"holds {len(messages)} messages"
        defects.append(Defect(messages[1].where, what, "give one OPM per file, and all files at once"))
    if defects or opm is None:
        raise EphemerisError(f"cannot use {path}", defects[:_MOST_DEFECTS])
    return opm


def _judge(message: FlatMessage) -> tuple[Opm | None, list[Defect]]:
    form = ask.Form(message.fields, message.where, list(message.defects))
    if message.defects and not message.fields:
        return None, form.defects
    if message.version.value not in VERSIONS:
        what = f"OPM version {message.version.value[:20]!r}"
        form.defects.append(Defect(message.version.where, what, f"versions read: {', '.join(VERSIONS)}"))
    ask.required(form, ("CREATION_DATE", "ORIGINATOR", *_METADATA, "EPOCH", *_STATE))
    centre = form.fields.get("CENTER_NAME", _EMPTY)
    if centre.value and centre.value.upper() != "EARTH":
        what = f"CENTER_NAME {centre.value[:40]!r}"
        form.defects.append(Defect(centre.where, what, "only orbits about EARTH are flown here"))
    scale = ask.time_system(form)
    frame = ask.frame(form)
    ask.epoch(form, "CREATION_DATE", "UTC")
    epoch_tt_s = ask.epoch(form, "EPOCH", scale)
    state = np.array([ask.real(form, key) for key in _STATE])
    for key in (*ELEMENT_KEYS, "TRUE_ANOMALY"):
        ask.real(form, key)
    spacecraft = ask.spacecraft(form)
    covariance = ask.covariance(form, epoch_tt_s, frame)
    manoeuvres = [_manoeuvre(fields, message.where, scale, form.defects) for fields in message.manoeuvres]
    opm = Opm(
        object_name=form.fields.get("OBJECT_NAME", _EMPTY).value,
        object_id=form.fields.get("OBJECT_ID", _EMPTY).value,
        epoch_tt_s=epoch_tt_s,
        position_km=state[:3],
        velocity_km_s=state[3:],
        frame=frame,
        creation_utc=form.fields.get("CREATION_DATE", _EMPTY).value,
        originator=form.fields.get("ORIGINATOR", _EMPTY).value,
        time_system=scale,
        comments=message.comments,
        mass_kg=spacecraft.mass_kg,
        drag_area_m2=spacecraft.drag_area_m2,
        drag_coefficient=spacecraft.drag_coefficient,
        covariance=covariance,
        manoeuvres=tuple(sorted(manoeuvres, key=lambda manoeuvre: manoeuvre.ignition_tt_s)),
        ignored=tuple(_ignored(message)),
    )
    return opm, form.defects


def _ignored(message: FlatMessage) -> Iterator[str]:
    if any(key in message.fields for key in (*ELEMENT_KEYS, "TRUE_ANOMALY")):
        yield "Keplerian elements"
    yield from (
        f"{key} = {message.fields[key].value}" for key in ("CLASSIFICATION", "MESSAGE_ID") if key in message.fields
    )
    if message.user_defined:
        yield f"{message.user_defined} user-defined values"


def _manoeuvre(fields: dict[str, Field], where: str, scale: str, defects: list[Defect]) -> Manoeuvre:
    form = ask.Form(fields, fields.get("MAN_EPOCH_IGNITION", Field("", where)).where, defects)
    ask.required(form, tuple(MANOEUVRE_KEYS))
    frame = fields.get("MAN_REF_FRAME", _EMPTY)
    if frame.value and not _is_frame(frame.value):
        mend = f"use the frame of the state, or one of {', '.join(_MANOEUVRE_FRAMES)}"
        defects.append(Defect(frame.where, f"MAN_REF_FRAME {frame.value[:40]!r} is not read", mend))
    duration_s, mass_change_kg = ask.real(form, "MAN_DURATION"), ask.real(form, "MAN_DELTA_MASS")
    if duration_s < 0.0 or mass_change_kg > 0.0:
        what = f"a burn of {duration_s:g} s that changes the mass by {mass_change_kg:g} kg"
        defects.append(Defect(form.where, what, "durations are not negative, and burns make lighter"))
    return Manoeuvre(
        ask.epoch(form, "MAN_EPOCH_IGNITION", scale),
        duration_s,
        mass_change_kg,
        frame.value,
        (ask.real(form, "MAN_DV_1"), ask.real(form, "MAN_DV_2"), ask.real(form, "MAN_DV_3")),
    )


def _is_frame(name: str) -> bool:
    return name.upper() in _MANOEUVRE_FRAMES or canonical_frame(name) is not None


# --- writer ----------------------------------------------------------------------------------------------------------


def write_opm(path: str | Path, opm: Opm, notation: str = "kvn") -> None:
    """Write an OPM 2.0, UTC; the file appears whole or not at all, and reads back to the same numbers (epochs to 1 us).

    Args:
        path: file to make or replace.
        opm: the message.
        notation: ``kvn`` or ``xml``.

    Raises:
        ValueError: an unknown notation, or a state or manoeuvre that no reader would take back.
    """
    if notation not in ("kvn", "xml"):
        raise ValueError(f"an OPM is written in kvn or xml, not {notation!r}")
    if not (np.isfinite(opm.position_km).all() and np.isfinite(opm.velocity_km_s).all()):
        raise ValueError("the state is not finite")
    for manoeuvre in opm.manoeuvres:
        _check(manoeuvre)
    header = [*(("COMMENT", line) for line in opm.comments)]
    header += [("CREATION_DATE", opm.creation_utc), ("ORIGINATOR", opm.originator)]
    metadata = list(zip(_METADATA, (opm.object_name, opm.object_id, "EARTH", opm.frame, "UTC"), strict=True))
    blocks = [(block, pairs) for block, pairs in _blocks(opm) if pairs]
    if notation == "kvn":
        pairs = [("CCSDS_OPM_VERS", "2.0"), *header, *metadata, *(pair for _, block in blocks for pair in block)]
        lines = [f"COMMENT {text}" if key == "COMMENT" else f"{key} = {text}" for key, text in pairs]
    else:
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opm id="CCSDS_OPM_VERS" version="2.0">']
        lines += ["<header>", *map(_element, header), "</header>", "<body><segment>"]
        lines += ["<metadata>", *map(_element, metadata), "</metadata>", "<data>"]
        for block, pairs in blocks:
            lines += [f"<{block}>", *map(_element, pairs), f"</{block}>"]
        lines += ["</data>", "</segment></body>", "</opm>"]
    replace_file(Path(path), "\n".join(lines) + "\n")


def _check(manoeuvre: Manoeuvre) -> None:
    numbers = (manoeuvre.ignition_tt_s, manoeuvre.duration_s, manoeuvre.mass_change_kg, *manoeuvre.delta_v_km_s)
    if not np.isfinite(numbers).all():
        raise ValueError("a manoeuvre is not finite")
    if manoeuvre.duration_s < 0.0 or manoeuvre.mass_change_kg > 0.0:
        raise ValueError("a manoeuvre has a negative duration, or adds mass")
    if not _is_frame(manoeuvre.frame):
        raise ValueError(f"a manoeuvre in frame {manoeuvre.frame!r} could not be read back")


def _blocks(opm: Opm) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Blocks of the data part, in the order of the standard: XML name, keywords and texts."""
    numbers = (*opm.position_km, *opm.velocity_km_s)
    state = [(key, repr(float(value))) for key, value in zip(_STATE, numbers, strict=True)]
    yield "stateVector", [("EPOCH", _utc(opm.epoch_tt_s)), *state]
    given = zip(("MASS", "DRAG_AREA", "DRAG_COEFF"), (opm.mass_kg, opm.drag_area_m2, opm.drag_coefficient), strict=True)
    yield "spacecraftParameters", [(key, repr(float(value))) for key, value in given if value is not None]
    if opm.covariance:
        lower = np.asarray(opm.covariance.matrix)[np.tril_indices(6)]
        matrix = [(key, repr(float(value))) for key, value in zip(COVARIANCE_KEYS, lower, strict=True)]
        yield "covarianceMatrix", [("COV_REF_FRAME", opm.covariance.frame), *matrix]
    for manoeuvre in opm.manoeuvres:
        values = (manoeuvre.duration_s, manoeuvre.mass_change_kg, manoeuvre.frame, *manoeuvre.delta_v_km_s)
        texts = [value if isinstance(value, str) else repr(float(value)) for value in values]
        pairs = zip(MANOEUVRE_KEYS, [_utc(manoeuvre.ignition_tt_s), *texts], strict=True)
        yield "maneuverParameters", list(pairs)


def _utc(tt_s: float) -> str:
    return time.to_utc(tt_s, 6).rstrip("Z")


def _element(pair: tuple[str, str]) -> str:
    key, text = pair
    unit = OPM_KEYS[key].unit if key in OPM_KEYS else ""
    return f'<{key} units="{unit}">{text}</{key}>' if unit else f"<{key}>{escape(text)}</{key}>"
