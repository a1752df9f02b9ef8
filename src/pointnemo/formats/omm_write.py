"""Writing OMM 2.0: KVN, XML, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from pointnemo.formats.ndm_raw import COVARIANCE_KEYS, OMM_KEYS
from pointnemo.formats.oem_write import replace_file
from pointnemo.formats.omm import Omm
from pointnemo.world import time

__all__ = ["write_omm"]

_METADATA = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "MEAN_ELEMENT_THEORY")
_ELEMENTS = (
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
)
_SPACECRAFT = ("MASS", "DRAG_AREA", "DRAG_COEFF")
_TLE = (
    "EPHEMERIS_TYPE",
    "CLASSIFICATION_TYPE",
    "NORAD_CAT_ID",
    "ELEMENT_SET_NO",
    "REV_AT_EPOCH",
    "BSTAR",
    "MEAN_MOTION_DOT",
    "MEAN_MOTION_DDOT",
)
_BLOCKS = {"meanElements": _ELEMENTS, "spacecraftParameters": _SPACECRAFT, "tleParameters": _TLE}
_TABLE = ("OBJECT_NAME", "OBJECT_ID", *_ELEMENTS, *_TLE)  # the columns of CelesTrak
_TEXTS = ("OBJECT_NAME", "OBJECT_ID", "EPOCH", "CLASSIFICATION_TYPE")


def write_omm(path: str | Path, messages: Sequence[Omm], notation: str = "kvn") -> None:
    """Write mean-elements messages; the file appears whole or not at all, and reads back to the same numbers.

    JSON and CSV hold the element sets only, as CelesTrak's do: no header, spacecraft, covariance or remarks.

    Args:
        path: file to make or replace.
        messages: at least one.
        notation: ``kvn``, ``xml``, ``json`` or ``csv``.

    Raises:
        ValueError: no message, or an unknown notation.
    """
    writers = {"kvn": _kvn, "xml": _xml, "json": _json, "csv": _csv}
    if not messages or notation not in writers:
        raise ValueError(f"an OMM needs at least one message and a notation of {', '.join(writers)}, not {notation!r}")
    replace_file(Path(path), writers[notation](messages))


def _values(message: Omm) -> dict[str, str]:
    """Keyword -> text for everything that the message gives."""
    e = message.elements
    numbers = {
        "MEAN_MOTION": e.mean_motion_rev_day,
        "ECCENTRICITY": e.eccentricity,
        "INCLINATION": e.inclination_deg,
        "RA_OF_ASC_NODE": e.node_deg,
        "ARG_OF_PERICENTER": e.perigee_deg,
        "MEAN_ANOMALY": e.mean_anomaly_deg,
        "BSTAR": e.bstar_per_earth_radius,
        "MEAN_MOTION_DOT": e.mean_motion_dot_rev_day2,
        "MEAN_MOTION_DDOT": e.mean_motion_ddot_rev_day3,
        "MASS": message.mass_kg,
        "DRAG_AREA": message.drag_area_m2,
        "DRAG_COEFF": message.drag_coefficient,
    }
    texts = {
        "OBJECT_NAME": e.object_name,
        "OBJECT_ID": e.object_id,
        "CENTER_NAME": "EARTH",
        "REF_FRAME": "TEME",
        "TIME_SYSTEM": "UTC",
        "MEAN_ELEMENT_THEORY": "SGP4",
        "EPOCH": time.to_utc(e.epoch_tt_s, 6).rstrip("Z"),
        "EPHEMERIS_TYPE": str(e.ephemeris_type),
        "CLASSIFICATION_TYPE": e.classification,
        "NORAD_CAT_ID": str(e.catalogue_number),
        "ELEMENT_SET_NO": str(e.element_set_number),
        "REV_AT_EPOCH": str(e.revolution),
    }
    return texts | {key: repr(float(value)) for key, value in numbers.items() if value is not None}


def _covariance(message: Omm) -> list[tuple[str, str]]:
    if message.covariance is None:
        return []
    lower = np.asarray(message.covariance.matrix)[np.tril_indices(6)]
    numbers = [(key, repr(float(value))) for key, value in zip(COVARIANCE_KEYS, lower, strict=True)]
    return [("COV_REF_FRAME", message.covariance.frame), *numbers]


def _kvn(messages: Sequence[Omm]) -> str:
    lines: list[str] = []
    for message in messages:
        values = _values(message)
        lines += ["CCSDS_OMM_VERS = 2.0", *(f"COMMENT {line}" for line in message.comments)]
        lines += [f"CREATION_DATE = {message.creation_utc}", f"ORIGINATOR = {message.originator}", ""]
        for part in (_METADATA, *_BLOCKS.values()):
            lines += [f"{key} = {values[key]}" for key in part if key in values]
        lines += [*(f"{key} = {text}" for key, text in _covariance(message)), ""]
    return "\n".join(lines)


def _element(key: str, text: str) -> str:
    unit = OMM_KEYS[key].unit if key in OMM_KEYS else ""
    return f'<{key} units="{unit}">{text}</{key}>' if unit else f"<{key}>{escape(text)}</{key}>"


def _xml(messages: Sequence[Omm]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<ndm>"]
    for message in messages:
        values = _values(message)
        lines += ['<omm id="CCSDS_OMM_VERS" version="2.0">', "<header>"]
        lines += [_element("COMMENT", line) for line in message.comments]
        lines += [_element("CREATION_DATE", message.creation_utc), _element("ORIGINATOR", message.originator)]
        lines += ["</header>", "<body><segment>", "<metadata>", *(_element(key, values[key]) for key in _METADATA)]
        lines += ["</metadata>", "<data>"]
        for block, keys in _BLOCKS.items():
            given = [_element(key, values[key]) for key in keys if key in values]
            lines += [f"<{block}>", *given, f"</{block}>"] if given else []
        matrix = [_element(key, text) for key, text in _covariance(message)]
        lines += ["<covarianceMatrix>", *matrix, "</covarianceMatrix>"] if matrix else []
        lines += ["</data>", "</segment></body>", "</omm>"]
    return "\n".join([*lines, "</ndm>", ""])


def _records(messages: Sequence[Omm]) -> list[dict[str, str]]:
    return [{key: values[key] for key in _TABLE} for values in map(_values, messages)]


def _json(messages: Sequence[Omm]) -> str:
    records = [
        {key: text if key in _TEXTS else json.loads(text) for key, text in record.items()}
        for record in _records(messages)
    ]
    return json.dumps(records, indent=1) + "\n"


def _csv(messages: Sequence[Omm]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_TABLE)
    writer.writerows(list(record.values()) for record in _records(messages))
    return out.getvalue()
