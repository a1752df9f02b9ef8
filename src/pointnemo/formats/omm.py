"""CCSDS Orbit Mean-Elements Messages, versions 2 and 3: reader (KVN, XML, JSON, CSV) and writer.

Only SGP4 element sets are read: they are what stations are published in. JSON and CSV are as CelesTrak and Space-Track
serve them, a list of sets without header, whose further columns are somebody else's and are passed over.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pointnemo.errors import Defect, EphemerisError
from pointnemo.formats import ndm_values as ask
from pointnemo.formats.elements import MeanElements, element_defects
from pointnemo.formats.ndm_flat import FlatMessage, flat_kvn, flat_xml
from pointnemo.formats.ndm_raw import OMM_KEYS, Field
from pointnemo.formats.oem_judge import OemCovariance

__all__ = ["Omm", "looks_like_csv", "parse_omm"]

_THEORIES = ("SGP4", "SGP/SGP4")
_VERSIONS = ("2.0", "3.0")
_ELEMENTS = ("ECCENTRICITY", "INCLINATION", "RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY")
_MOST_DEFECTS = 20
_LONGEST_VALUE = 1000
_TABLE_DEFAULTS = {"CENTER_NAME": "EARTH", "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC", "MEAN_ELEMENT_THEORY": "SGP4"}


@dataclass(frozen=True)
class Omm:
    """One mean-elements message.

    Attributes:
        elements: the set.
        creation_utc: as written; empty where the file gives none.
        originator: likewise.
        comments: remarks in order.
        mass_kg, drag_area_m2, drag_coefficient: of the spacecraft, None where not given.
        covariance: at the epoch of the set, None where not given.
        ignored: what the message also holds and nobody reads here.
    """

    elements: MeanElements
    creation_utc: str = ""
    originator: str = ""
    comments: tuple[str, ...] = ()
    mass_kg: float | None = None
    drag_area_m2: float | None = None
    drag_coefficient: float | None = None
    covariance: OemCovariance | None = None
    ignored: tuple[str, ...] = ()


def looks_like_csv(text: str) -> bool:
    """Whether a text starts with the header line of element sets in CSV."""
    names = {name.strip().strip('"') for name in text.lstrip().partition("\n")[0].split(",")}
    return {"EPOCH", "MEAN_MOTION", "ECCENTRICITY"} <= names


def parse_omm(data: bytes, path: Path, notation: str) -> tuple[Omm, ...]:
    """Read all mean-elements messages of a file.

    Args:
        data: the file, unpacked.
        path: where it came from, for messages.
        notation: ``kvn``, ``xml``, ``json`` or ``csv``.

    Returns:
        The messages in the order of the file, at least one.

    Raises:
        EphemerisError: up to 20 defects with their lines, elements or records.
    """
    readers = {"json": _json_messages, "csv": _csv_messages}
    is_table = notation in readers
    if is_table:
        flat = readers[notation](data, path)
    else:
        flat = (flat_kvn if notation == "kvn" else flat_xml)(data, path.name, "OMM", OMM_KEYS)
    messages: list[Omm] = []
    defects: list[Defect] = []
    for message in flat:
        omm, found = _judge(message, is_table)
        defects += found
        if omm and not found:
            messages.append(omm)
        if len(defects) >= _MOST_DEFECTS:
            break
    if not messages and not defects:
        defects.append(Defect(path.name, "holds no element set", "give at least one"))
    if defects:
        raise EphemerisError(f"cannot use {path}", defects[:_MOST_DEFECTS])
    return tuple(messages)


def _judge(message: FlatMessage, is_table: bool) -> tuple[Omm | None, list[Defect]]:
    """Judge one message; in a table what every set shares goes without saying."""
    form = ask.Form(message.fields, message.where, list(message.defects))
    if message.defects and not message.fields:
        return None, form.defects
    if not is_table and message.version.value not in _VERSIONS:
        what = f"OMM version {message.version.value[:20]!r}"
        form.defects.append(Defect(message.version.where, what, f"versions read: {', '.join(_VERSIONS)}"))
    if not is_table:
        ask.required(form, ("OBJECT_NAME", "OBJECT_ID", *_TABLE_DEFAULTS))
    _theory_defects(form)
    ask.required(form, ("EPOCH", "MEAN_MOTION", *_ELEMENTS, "NORAD_CAT_ID"))
    scale = ask.time_system(form)
    if ask.frame(form) not in ("", "TEME"):
        field = form.fields["REF_FRAME"]
        what = f"REF_FRAME {field.value[:40]!r}, while SGP4 elements are in TEME"
        form.defects.append(Defect(field.where, what, "write TEME"))
    epoch_tt_s = ask.epoch(form, "EPOCH", scale)
    ask.epoch(form, "CREATION_DATE", "UTC")
    elements = _elements(form, epoch_tt_s)
    spacecraft = ask.spacecraft(form)
    covariance = ask.covariance(form, epoch_tt_s, "TEME")
    if not form.defects:
        form.defects.extend(element_defects(elements))
    ignored = [f"{key} = {form.fields[key].value}" for key in ("CLASSIFICATION", "MESSAGE_ID") if key in form.fields]
    ignored += [f"{message.user_defined} user-defined values"] if message.user_defined else []
    omm = Omm(
        elements,
        form.fields.get("CREATION_DATE", Field("", "")).value,
        form.fields.get("ORIGINATOR", Field("", "")).value,
        message.comments,
        *spacecraft,
        covariance,
        tuple(ignored),
    )
    return omm, form.defects


def _theory_defects(form: ask.Form) -> None:
    fields = form.fields
    theory = fields.get("MEAN_ELEMENT_THEORY")
    if theory and theory.value and theory.value.upper() not in _THEORIES:
        what = f"MEAN_ELEMENT_THEORY {theory.value[:40]!r} is not read"
        form.defects.append(Defect(theory.where, what, f"use one of {', '.join(_THEORIES)}, or send an OEM or OPM"))
    centre = fields.get("CENTER_NAME")
    if centre and centre.value and centre.value.upper() != "EARTH":
        what = f"CENTER_NAME {centre.value[:40]!r}"
        form.defects.append(Defect(centre.where, what, "only orbits about EARTH are flown here"))
    for one, other in (("MEAN_MOTION", "SEMI_MAJOR_AXIS"), ("BSTAR", "BTERM"), ("MEAN_MOTION_DDOT", "AGOM")):
        if one in fields and other in fields:
            form.defects.append(Defect(fields[other].where, f"{one} and {other} exclude each other", f"give {one}"))
    for key in ("BTERM", "AGOM"):  # they belong to SGP4-XP
        if fields.get(key, Field("", "")).value:
            form.defects.append(Defect(fields[key].where, f"{key} belongs to SGP4-XP, which is not read", "give BSTAR"))


def _elements(form: ask.Form, epoch_tt_s: float) -> MeanElements:
    fields = form.fields
    letter = fields.get("CLASSIFICATION_TYPE", Field("", "")).value or "U"
    if letter not in ("U", "C", "S"):
        where = fields["CLASSIFICATION_TYPE"].where
        form.defects.append(Defect(where, f"CLASSIFICATION_TYPE {letter[:20]!r}", "write U, C or S"))
    return MeanElements(
        object_name=fields.get("OBJECT_NAME", Field("", "")).value,
        object_id=fields.get("OBJECT_ID", Field("", "")).value,
        catalogue_number=ask.whole(form, "NORAD_CAT_ID"),
        epoch_tt_s=epoch_tt_s,
        mean_motion_rev_day=ask.real(form, "MEAN_MOTION"),
        eccentricity=ask.real(form, "ECCENTRICITY"),
        inclination_deg=ask.real(form, "INCLINATION"),
        node_deg=ask.real(form, "RA_OF_ASC_NODE"),
        perigee_deg=ask.real(form, "ARG_OF_PERICENTER"),
        mean_anomaly_deg=ask.real(form, "MEAN_ANOMALY"),
        bstar_per_earth_radius=ask.real(form, "BSTAR"),
        mean_motion_dot_rev_day2=ask.real(form, "MEAN_MOTION_DOT"),
        mean_motion_ddot_rev_day3=ask.real(form, "MEAN_MOTION_DDOT"),
        classification=letter[:1],
        ephemeris_type=ask.whole(form, "EPHEMERIS_TYPE"),
        element_set_number=ask.whole(form, "ELEMENT_SET_NO", 999),
        revolution=ask.whole(form, "REV_AT_EPOCH"),
        where=form.where,
    )


# --- tables: JSON and CSV --------------------------------------------------------------------------------------------


def _table_message(record: Mapping[str, str], where: str) -> FlatMessage:
    fields = {key: Field(record[key].strip(), f"{where}, {key}") for key in OMM_KEYS if key in record}
    return FlatMessage(where, Field("", where), fields, (), (), 0, ())


def _refuse_table(path: Path, notation: str, what: str) -> EphemerisError:
    mend = f"give element sets in {notation} as CelesTrak serves them"
    return EphemerisError(f"cannot use {path}", [Defect(path.name, what, mend)])


def _json_messages(data: bytes, path: Path) -> Iterator[FlatMessage]:
    """Records of a JSON list, or a single one; numbers stay text until they are judged."""
    try:
        document: Any = json.loads(
            data.removeprefix(b"\xef\xbb\xbf"), parse_float=str, parse_int=str, parse_constant=str
        )
    except (ValueError, RecursionError) as error:
        raise _refuse_table(path, "JSON", f"is not JSON: {str(error)[:200]}") from error
    records = cast("list[Any]", document if isinstance(document, list) else [document])
    for count, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise _refuse_table(path, "JSON", f"record {count} is not an object")
        named = cast("dict[str, Any]", record)
        values = {key: value for key, value in named.items() if isinstance(value, str) and len(value) < _LONGEST_VALUE}
        odd = [key for key in OMM_KEYS if key in named and key not in values and named[key] is not None]
        if odd:
            raise _refuse_table(path, "JSON", f"record {count}: {odd[0]} is neither text nor a number")
        yield _table_message(values, f"{path.name}, record {count}")


def _csv_messages(data: bytes, path: Path) -> Iterator[FlatMessage]:
    text = data.decode("utf-8-sig", "replace")
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        if len(set(header)) != len(header):
            raise _refuse_table(path, "CSV", "the header line names a column twice")
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                what = f"line {rows.line_num} has {len(row)} values where the header has {len(header)}"
                raise _refuse_table(path, "CSV", what)
            yield _table_message(dict(zip(header, row, strict=True)), f"{path.name}, line {rows.line_num}")
    except csv.Error as error:
        raise _refuse_table(path, "CSV", f"line {rows.line_num}: {error}") from error
