"""Values of an OMM or OPM, asked for by keyword: each question notes what is wrong instead of raising.

A ``Form`` pairs the values with the list of defects that the questions add to, so that all defects are found at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pointnemo.errors import Defect
from pointnemo.formats.frames import FRAMES_READ, LOCAL_FRAMES, canonical_frame
from pointnemo.formats.ndm_raw import COVARIANCE_KEYS, Field
from pointnemo.formats.oem_judge import OemCovariance, epochs_of, triangle
from pointnemo.formats.oem_states import number
from pointnemo.world import time

__all__ = [
    "Form",
    "Spacecraft",
    "covariance",
    "epoch",
    "frame",
    "real",
    "required",
    "spacecraft",
    "time_system",
    "whole",
]

_EMPTY = Field("", "")


class Form(NamedTuple):
    """Values by keyword, where they stand, and what was found wrong with them so far."""

    fields: dict[str, Field]
    where: str
    defects: list[Defect]


class Spacecraft(NamedTuple):
    """Spacecraft parameters, None where not given."""

    mass_kg: float | None
    drag_area_m2: float | None
    drag_coefficient: float | None


def required(form: Form, keys: Sequence[str]) -> None:
    """Note each keyword that is missing or empty."""
    for key in keys:
        if not form.fields.get(key, _EMPTY).value:
            form.defects.append(
                Defect(form.fields.get(key, Field("", form.where)).where, f"{key} is missing", "add it")
            )


def real(form: Form, key: str, default: float = 0.0) -> float:
    """A finite number; ``default`` where the keyword is missing, empty or wrong (which is noted)."""
    field = form.fields.get(key, _EMPTY)
    if not field.value:
        return default
    value = number(field.value)
    if value is None:
        form.defects.append(Defect(field.where, f"{key} {field.value[:40]!r} is not a finite number", "mend the value"))
        return default
    return value


def whole(form: Form, key: str, default: int = 0) -> int:
    """A whole number of at most nine digits; ``default`` where the keyword is missing, empty or wrong."""
    field = form.fields.get(key, _EMPTY)
    if not field.value:
        return default
    if not re.fullmatch(r"[+-]?\d{1,9}(?:\.0*)?", field.value, re.ASCII):
        form.defects.append(Defect(field.where, f"{key} {field.value[:40]!r} is not a whole number", "mend the value"))
        return default
    return int(float(field.value))


def time_system(form: Form) -> str:
    """The time scale; UTC where it is missing or not read (which is noted)."""
    field = form.fields.get("TIME_SYSTEM", _EMPTY)
    if not field.value or field.value in time.SCALES:
        return field.value or "UTC"
    mend = f"use one of {', '.join(time.SCALES)}"
    form.defects.append(Defect(field.where, f"TIME_SYSTEM {field.value[:40]!r} is not read", mend))
    return "UTC"


def frame(form: Form, key: str = "REF_FRAME") -> str:
    """The canonical frame, empty where it is missing or not read (which is noted)."""
    field = form.fields.get(key, _EMPTY)
    name = canonical_frame(field.value) if field.value else ""
    if name is None:
        form.defects.append(Defect(field.where, f"{key} {field.value[:40]!r} is not read", f"use one of {FRAMES_READ}"))
    return name or ""


def epoch(form: Form, key: str, scale: str) -> float:
    """TT seconds since J2000; NaN where the keyword is missing or no time (the latter is noted)."""
    field = form.fields.get(key, _EMPTY)
    if not field.value:
        return float("nan")
    tt_s = float(epochs_of([field.value], scale)[0])
    if np.isnan(tt_s):
        form.defects.append(Defect(field.where, f"{key} {field.value[:40]!r} is not a time", "2026-09-04T12:00:00.000"))
    return tt_s


def spacecraft(form: Form) -> Spacecraft:
    """Mass, drag area and drag coefficient; zero means not given, less is noted."""
    values: dict[str, float | None] = {}
    for key in ("MASS", "DRAG_AREA", "DRAG_COEFF"):
        value = real(form, key)
        if value < 0.0:
            form.defects.append(Defect(form.fields[key].where, f"{key} {value:g} is negative", "mend the value"))
        values[key] = value if value > 0.0 else None
    for key in ("SOLAR_RAD_AREA", "SOLAR_RAD_COEFF"):
        real(form, key)
    return Spacecraft(values["MASS"], values["DRAG_AREA"], values["DRAG_COEFF"])


def covariance(form: Form, epoch_tt_s: float, ref_frame: str) -> OemCovariance | None:
    """The covariance at the epoch of the state, None where none of its 21 numbers is given."""
    given = [key for key in COVARIANCE_KEYS if key in form.fields]
    if not given:
        return None
    missing = [key for key in COVARIANCE_KEYS if not form.fields.get(key, _EMPTY).value]
    if missing:
        what = f"{len(missing)} of the 21 covariance elements are missing, the first is {missing[0]}"
        form.defects.append(Defect(form.fields[given[0]].where, what, "give all or none"))
        return None
    written = form.fields.get("COV_REF_FRAME", Field(ref_frame, form.where))
    if written.value.upper() not in LOCAL_FRAMES and not canonical_frame(written.value):
        mend = f"use the frame of the state, or one of {', '.join(LOCAL_FRAMES)}"
        form.defects.append(Defect(written.where, f"COV_REF_FRAME {written.value[:40]!r} is not read", mend))
    matrix = triangle([real(form, key) for key in COVARIANCE_KEYS])
    if (np.diag(matrix) < 0.0).any():
        where = form.fields[given[0]].where
        form.defects.append(Defect(where, "a variance of the covariance is negative", "mend or remove it"))
    return OemCovariance(epoch_tt_s, matrix, written.value)
