"""Take an OEM in XML apart (CCSDS 505.0), streamed through defusedxml: no DTD, no entities, no external references."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pointnemo.errors import Defect
from pointnemo.formats.oem_raw import (
    HEADER_KEYS,
    METADATA_KEYS,
    Field,
    RawCovariance,
    RawOem,
    RawSegment,
    Row,
    key_defect,
)
from pointnemo.formats.oem_xml_states import lift_states

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["parse_xml"]

_STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_ACCELERATION = ("X_DDOT", "Y_DDOT", "Z_DDOT")
_UNITS = {tag: "km" if tag in "XYZ" else "km/s" for tag in _STATE} | dict.fromkeys(_ACCELERATION, "km/s**2")
_COVARIANCE_NUMBERS = 21
_MOST_DEFECTS = 50
_EMPTY = Field("", "")


def parse_xml(data: bytes, name: str) -> RawOem:
    """Take an XML file apart.

    Args:
        data: the whole file.
        name: file name for messages.

    Returns:
        The raw message, with a defect for everything that fits nowhere. A file that is not well-formed, or that brings
        a document type or entities, yields that one defect.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException

    try:
        return _parse(data, name)
    except DefusedXmlException as error:
        what = f"brings a document type or entities ({type(error).__name__}), which are never followed"
        return _unreadable(Defect(name, what, "remove the DOCTYPE"))
    except ParseError as error:
        line, column = error.position
        what = f"is not well-formed XML: {error.msg if hasattr(error, 'msg') else error}"
        return _unreadable(Defect(f"{name}, line {line}, column {column + 1}", what, "the file may be truncated"))
    except (LookupError, ValueError) as error:  # an encoding that does not exist, bytes that do not fit it
        return _unreadable(Defect(name, f"cannot be decoded: {error}", "write it in UTF-8"))


def _unreadable(defect: Defect) -> RawOem:
    return RawOem(_EMPTY, {}, (), (), (defect,))


def _parse(data: bytes, name: str) -> RawOem:
    version: Field = _EMPTY
    header: dict[str, Field] = {}
    comments: tuple[str, ...] = ()
    segments: list[RawSegment] = []
    defects: list[Defect] = []
    rows: list[Row] = []
    messages = 0
    skeleton, runs = lift_states(data)
    lifted = iter(runs)
    for event, element in _elements(skeleton):
        tag = _tag(element)
        if event == "start":
            if tag == "oem":
                messages += 1
                version = Field(element.get("version", ""), f"{name}, <oem version>")
            continue
        label = f"{name}, segment {len(segments) + 1}"
        if tag == "stateVector" and runs:
            before = len(rows)
            run = next(lifted)
            rows += [row._replace(where=before + row.where) for row in run] if before else run
        elif tag == "stateVector":
            rows.append(_state(element, len(rows) + 1, f"{label}, stateVector {len(rows) + 1}", defects))
            element.clear()  # a month of states must not pile up as a tree
        elif tag == "header":
            header, comments = _fields(element, HEADER_KEYS, version.value, f"{name}, <header>", defects)
        elif tag == "segment":
            segments.append(_segment(element, rows, label, version.value, defects))
            rows = []
            element.clear()
    if messages != 1:
        what = "holds no <oem>" if not messages else f"holds {messages} <oem> messages"
        defects.append(Defect(name, what, "give one OEM per file"))
    return RawOem(version, header, comments, tuple(segments), tuple(defects[:_MOST_DEFECTS]))


def _elements(data: bytes) -> Iterator[tuple[str, Element]]:
    from defusedxml.ElementTree import iterparse

    return iter(iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True))


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _state(element: Element, count: int, where: str, defects: list[Defect]) -> Row:
    """One <stateVector>: EPOCH, six numbers, three more where accelerations are given; units as in CCSDS 505.0."""
    values: dict[str, str] = {}
    for child in element:
        tag = _tag(child)
        if tag == "COMMENT":
            continue
        if tag in values or not (tag == "EPOCH" or tag in _UNITS):
            defects.append(Defect(where, f"<{tag}> does not belong here, or is given twice", "remove it"))
        unit = child.get("units")
        if unit is not None and unit != _UNITS.get(tag):
            defects.append(Defect(f"{where}, <{tag}>", f"units {unit!r}", f"write it in {_UNITS.get(tag, 'no unit')}"))
        values[tag] = _text(child)
    accelerated = any(tag in values for tag in _ACCELERATION)
    wanted = (*_STATE, *_ACCELERATION) if accelerated else _STATE
    defects.extend(
        Defect(where, f"<{tag}> is missing", "the file may be truncated")
        for tag in ("EPOCH", *wanted)
        if not values.get(tag)
    )
    return Row(values.get("EPOCH", ""), tuple(values.get(tag, "") for tag in wanted), count)


def _segment(element: Element, rows: list[Row], where: str, version: str, defects: list[Defect]) -> RawSegment:
    metadata: dict[str, Field] = {}
    comments: list[str] = []
    covariances: list[RawCovariance] = []
    for block in element:
        tag = _tag(block)
        if tag == "metadata":
            metadata, remarks = _fields(block, METADATA_KEYS, version, f"{where}, <metadata>", defects)
            comments.extend(remarks)
        elif tag == "data":
            for child in block:
                if _tag(child) == "COMMENT":
                    comments.append(_text(child))
                elif _tag(child) == "covarianceMatrix":
                    covariances.append(_covariance(child, f"{where}, covarianceMatrix {len(covariances) + 1}"))
                elif _tag(child) != "stateVector":
                    defects.append(Defect(where, f"<{_tag(child)}> does not belong in <data>", "remove it"))
        else:
            defects.append(Defect(where, f"<{tag}> does not belong in <segment>", "remove it"))
    return RawSegment(where, metadata, tuple(comments), rows, f"{where}, stateVector {{}}", tuple(covariances))


def _fields(
    element: Element, allowed: dict[str, str], version: str, where: str, defects: list[Defect]
) -> tuple[dict[str, Field], tuple[str, ...]]:
    """Children of <header> or <metadata> as keywords and comments."""
    fields: dict[str, Field] = {}
    comments: list[str] = []
    for child in element:
        tag = _tag(child)
        if tag == "COMMENT":
            comments.append(_text(child))
        elif defect := key_defect(tag, allowed, fields, version, where):
            defects.append(defect)
        else:
            fields[tag] = Field(_text(child), f"{where}, <{tag}>")
    return fields, tuple(comments)


def _covariance(element: Element, where: str) -> RawCovariance:
    values = {_tag(child): _text(child) for child in element}
    values.pop("COMMENT", None)
    values.pop("COV_REF_FRAME", None)
    numbers = tuple(text for tag, text in values.items() if tag.startswith("C"))
    complete = tuple(range(1, 7)) if len(numbers) == _COVARIANCE_NUMBERS else (len(numbers),)
    return RawCovariance(Field(values.get("EPOCH", ""), where), numbers, complete, where)
