"""Take an OEM in XML apart (CCSDS 505.0), streamed through defusedxml: no DTD, no entities, no external references."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointnemo.errors import Defect
from pointnemo.formats.bounded import SLOW_LIMIT_BYTES
from pointnemo.formats.ndm_raw import COVARIANCE_KEYS
from pointnemo.formats.oem_raw import (
    HEADER_KEYS,
    METADATA_KEYS,
    Field,
    RawCovariance,
    RawOem,
    RawSegment,
    key_defect,
)
from pointnemo.formats.oem_states import Row, States, columns, join_states
from pointnemo.formats.oem_xml_states import lift_states
from pointnemo.formats.safe_xml import elements, tag_of, text_of, unreadable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["parse_xml"]

_STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_ACCELERATION = ("X_DDOT", "Y_DDOT", "Z_DDOT")
_UNITS = {tag: "km" if tag in "XYZ" else "km/s" for tag in _STATE} | dict.fromkeys(_ACCELERATION, "km/s**2")
_MOST_DEFECTS = 50
_BATCH = 10_000  # states held as text at a time
_EMPTY = Field("", "")


def parse_xml(data: bytes, name: str) -> RawOem:
    """Take an XML file apart.

    Args:
        data: the whole file.
        name: file name for messages.

    Returns:
        The raw message, with a defect for everything that fits nowhere. A file that is not well-formed, that brings a
        document type or entities, or that is too large to be read state by state, yields that one defect.
    """
    skeleton, runs = lift_states(data)
    if len(skeleton) > SLOW_LIMIT_BYTES:
        what = f"is larger than {SLOW_LIMIT_BYTES / 1e6:.0f} MB, and its states are not all of one plain form"
        return _unreadable(Defect(name, what, "cut it into shorter spans, or write states without remarks among them"))
    result, defect = unreadable(lambda: _parse(skeleton, runs, name), name)
    return result if result is not None else _unreadable(defect)


def _unreadable(defect: Defect) -> RawOem:
    return RawOem(_EMPTY, {}, (), (), (defect,))


def _parse(skeleton: bytes, runs: list[States], name: str) -> RawOem:
    version: Field = _EMPTY
    header: dict[str, Field] = {}
    comments: tuple[str, ...] = ()
    segments: list[RawSegment] = []
    defects: list[Defect] = []
    parts: list[States] = []
    rows: list[Row] = []
    count = 0
    messages = 0
    lifted = iter(runs)
    for event, element in elements(skeleton):
        tag = tag_of(element)
        if event == "start":
            if tag == "oem":
                messages += 1
                version = Field(element.get("version", ""), f"{name}, <oem version>")
            continue
        label = f"{name}, segment {len(segments) + 1}"
        if tag == "stateVector" and runs:
            run = next(lifted)
            parts.append(run._replace(where=run.where + count) if count else run)
            count += len(run.where)
        elif tag == "stateVector":
            count += 1
            rows.append(_state(element, count, f"{label}, stateVector {count}", defects))
            element.clear()  # a month of states must not pile up as a tree
            if len(rows) == _BATCH:
                parts.append(columns(rows))
                rows = []
        elif tag == "header":
            header, comments = _fields(element, HEADER_KEYS, version.value, f"{name}, <header>", defects)
        elif tag == "segment":
            states = join_states([*parts, columns(rows)] if rows else parts)
            segments.append(_segment(element, states, label, version.value, defects))
            parts, rows, count = [], [], 0
            element.clear()
    if messages != 1:
        what = "holds no <oem>" if not messages else f"holds {messages} <oem> messages"
        defects.append(Defect(name, what, "give one OEM per file"))
    return RawOem(version, header, comments, tuple(segments), tuple(defects[:_MOST_DEFECTS]))


def _state(element: Element, count: int, where: str, defects: list[Defect]) -> Row:
    """One <stateVector>: EPOCH, six numbers, three more where accelerations are given; units as in CCSDS 505.0."""
    values: dict[str, str] = {}
    for child in element:
        tag = tag_of(child)
        if tag == "COMMENT":
            continue
        if tag in values or not (tag == "EPOCH" or tag in _UNITS):
            defects.append(Defect(where, f"<{tag[:40]}> does not belong here, or is given twice", "remove it"))
        unit = child.get("units")
        if unit is not None and unit != _UNITS.get(tag):
            mend = f"write it in {_UNITS.get(tag, 'no unit')}"
            defects.append(Defect(f"{where}, <{tag[:40]}>", f"units {unit[:40]!r}", mend))
        values[tag] = text_of(child)
    accelerated = any(tag in values for tag in _ACCELERATION)
    wanted = (*_STATE, *_ACCELERATION) if accelerated else _STATE
    defects.extend(
        Defect(where, f"<{tag}> is missing", "the file may be truncated")
        for tag in ("EPOCH", *wanted)
        if not values.get(tag)
    )
    del defects[_MOST_DEFECTS:]
    return Row(values.get("EPOCH", "").encode(), tuple(values.get(tag, "").encode() for tag in wanted), count)


def _segment(element: Element, states: States, where: str, version: str, defects: list[Defect]) -> RawSegment:
    metadata: dict[str, Field] = {}
    comments: list[str] = []
    covariances: list[RawCovariance] = []
    for block in element:
        tag = tag_of(block)
        if tag == "metadata":
            metadata, remarks = _fields(block, METADATA_KEYS, version, f"{where}, <metadata>", defects)
            comments.extend(remarks)
        elif tag == "data":
            for child in block:
                if tag_of(child) == "COMMENT":
                    comments.append(text_of(child))
                elif tag_of(child) == "covarianceMatrix":
                    covariances.append(_covariance(child, f"{where}, covarianceMatrix {len(covariances) + 1}", defects))
                elif tag_of(child) != "stateVector":
                    defects.append(Defect(where, f"<{tag_of(child)[:40]}> does not belong in <data>", "remove it"))
                    del defects[_MOST_DEFECTS:]
        else:
            defects.append(Defect(where, f"<{tag[:40]}> does not belong in <segment>", "remove it"))
            del defects[_MOST_DEFECTS:]
    return RawSegment(where, metadata, tuple(comments), states, f"{where}, stateVector {{}}", tuple(covariances))


def _fields(
    element: Element, allowed: dict[str, str], version: str, where: str, defects: list[Defect]
) -> tuple[dict[str, Field], tuple[str, ...]]:
    """Children of <header> or <metadata> as keywords and comments."""
    fields: dict[str, Field] = {}
    comments: list[str] = []
    for child in element:
        tag = tag_of(child)
        if tag == "COMMENT":
            comments.append(text_of(child))
        elif defect := key_defect(tag, allowed, fields, version, where):
            defects.append(defect)
            del defects[_MOST_DEFECTS:]
        else:
            fields[tag] = Field(text_of(child), f"{where}, <{tag}>")
    return fields, tuple(comments)


def _covariance(element: Element, where: str, defects: list[Defect]) -> RawCovariance:
    """One <covarianceMatrix>: EPOCH, an optional COV_REF_FRAME, and the 21 elements by name."""
    values: dict[str, str] = {}
    for child in element:
        tag = tag_of(child)
        if tag == "COMMENT":
            continue
        unit = child.get("units")
        if tag in values or tag not in ("EPOCH", "COV_REF_FRAME", *COVARIANCE_KEYS):
            defects.append(Defect(where, f"<{tag[:40]}> does not belong here, or is given twice", "remove it"))
        elif unit is not None and unit != COVARIANCE_KEYS.get(tag):
            mend = f"write it in {COVARIANCE_KEYS.get(tag, 'no unit')}"
            defects.append(Defect(f"{where}, <{tag}>", f"units {unit[:40]!r}", mend))
        values[tag] = text_of(child)
    numbers = tuple(values[tag] for tag in COVARIANCE_KEYS if tag in values)
    complete = tuple(range(1, 7)) if len(numbers) == len(COVARIANCE_KEYS) else (len(numbers),)
    epoch = Field(values.get("EPOCH", ""), where)
    return RawCovariance(epoch, Field(values.get("COV_REF_FRAME", ""), where), numbers, complete, where)
