"""Keywords that the messages of CCSDS 502.0 share, with their units, and values as written."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "COVARIANCE_KEYS",
    "ELEMENT_KEYS",
    "HEADER_KEYS",
    "MANOEUVRE_KEYS",
    "OMM_KEYS",
    "OPM_KEYS",
    "Field",
    "Key",
    "split_unit",
]


class Field(NamedTuple):
    """A value as written, and where."""

    value: str
    where: str


class Key(NamedTuple):
    """A keyword: the part of the message it belongs to, its unit, and the first version that knows it."""

    part: str  # "header", "metadata" or "data"
    unit: str = ""
    since: str = "1.0"


def split_unit(text: str) -> tuple[str, str]:
    """Part ``value [unit]``; the unit is empty where none is written.

    Args:
        text: what stands right of the equals sign. Time is linear in its length, whatever it holds.
    """
    value, bracket, unit = text.rstrip().rpartition("[")
    if not bracket or not unit.endswith("]") or "]" in unit[:-1]:
        return text.strip(), ""
    return value.strip(), unit[:-1].strip()


HEADER_KEYS = {"CLASSIFICATION": "3.0", "CREATION_DATE": "1.0", "ORIGINATOR": "1.0", "MESSAGE_ID": "3.0"}
"""Header of every message: keyword -> first version that knows it."""

_AXES = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_COVARIANCE_UNITS = ("km**2", "km**2/s", "km**2/s**2")

COVARIANCE_KEYS = {
    f"C{row}_{column}": _COVARIANCE_UNITS[("DOT" in row) + ("DOT" in column)]
    for i, row in enumerate(_AXES)
    for column in _AXES[: i + 1]
}
"""The lower triangle by rows, keyword -> unit (CCSDS 502.0-B-3, table 3-3)."""

_COMMON = {
    **{key: Key("header", since=since) for key, since in HEADER_KEYS.items()},
    **{
        key: Key("metadata")
        for key in ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "REF_FRAME_EPOCH", "TIME_SYSTEM")
    },
    "EPOCH": Key("data"),
    "MASS": Key("data", "kg"),
    "SOLAR_RAD_AREA": Key("data", "m**2"),
    "SOLAR_RAD_COEFF": Key("data"),
    "DRAG_AREA": Key("data", "m**2"),
    "DRAG_COEFF": Key("data"),
    "COV_REF_FRAME": Key("data"),
    **{key: Key("data", unit) for key, unit in COVARIANCE_KEYS.items()},
}

ELEMENT_KEYS = {
    "SEMI_MAJOR_AXIS": Key("data", "km"),
    "ECCENTRICITY": Key("data"),
    "INCLINATION": Key("data", "deg"),
    "RA_OF_ASC_NODE": Key("data", "deg"),
    "ARG_OF_PERICENTER": Key("data", "deg"),
    "MEAN_ANOMALY": Key("data", "deg"),
    "GM": Key("data", "km**3/s**2"),
}

OMM_KEYS = {
    **_COMMON,
    **ELEMENT_KEYS,
    "MEAN_ELEMENT_THEORY": Key("metadata"),
    "MEAN_MOTION": Key("data", "rev/day"),
    "EPHEMERIS_TYPE": Key("data"),
    "CLASSIFICATION_TYPE": Key("data"),
    "NORAD_CAT_ID": Key("data"),
    "ELEMENT_SET_NO": Key("data"),
    "REV_AT_EPOCH": Key("data"),
    "BSTAR": Key("data", "1/ER"),
    "BTERM": Key("data", "m**2/kg", "3.0"),
    "AGOM": Key("data", "m**2/kg", "3.0"),
    "MEAN_MOTION_DOT": Key("data", "rev/day**2"),
    "MEAN_MOTION_DDOT": Key("data", "rev/day**3"),
}
"""Orbit Mean-Elements Message (CCSDS 502.0-B-3, tables 4-1 to 4-3)."""

MANOEUVRE_KEYS = {
    "MAN_EPOCH_IGNITION": Key("data"),
    "MAN_DURATION": Key("data", "s"),
    "MAN_DELTA_MASS": Key("data", "kg"),
    "MAN_REF_FRAME": Key("data"),
    **{f"MAN_DV_{i}": Key("data", "km/s") for i in (1, 2, 3)},
}
"""One manoeuvre of an OPM; the block repeats, and each begins with its ignition."""

OPM_KEYS = {
    **_COMMON,
    **ELEMENT_KEYS,
    "TRUE_ANOMALY": Key("data", "deg"),
    **{axis: Key("data", "km/s" if "DOT" in axis else "km") for axis in _AXES},
    **MANOEUVRE_KEYS,
}
"""Orbit Parameter Message (CCSDS 502.0-B-3, tables 3-1 to 3-3)."""
