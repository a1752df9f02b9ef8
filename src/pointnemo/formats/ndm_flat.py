"""Take an OMM or OPM apart: messages of keywords and values, in KVN (CCSDS 502.0) or XML (505.0).

Both notations come to the same: a version, values by keyword, manoeuvres, remarks, and a defect for all that fits
nowhere. Order matters in KVN only as far as the parts go: header, metadata, data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from pointnemo.errors import Defect
from pointnemo.formats.ndm_raw import MANOEUVRE_KEYS, Field, Key, split_unit
from pointnemo.formats.safe_xml import elements, tag_of, text_of, unreadable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["FlatMessage", "flat_kvn", "flat_xml"]

_MOST_DEFECTS = 50
_PARTS = ("header", "metadata", "data")
_BLOCKS = frozenset(
    {
        "header",
        "body",
        "segment",
        "metadata",
        "data",
        "meanElements",
        "tleParameters",
        "spacecraftParameters",
        "covarianceMatrix",
        "userDefinedParameters",
        "stateVector",
        "keplerianElements",
        "maneuverParameters",
    }
)


class FlatMessage(NamedTuple):
    """One message as written.

    Attributes:
        where: file and place of its start.
        version: as written.
        fields: values by keyword; user-defined ones are not among them.
        manoeuvres: values by keyword, one mapping each.
        comments: remarks in order.
        user_defined: how many user-defined values there are.
        defects: what could not be taken apart.
    """

    where: str
    version: Field
    fields: dict[str, Field]
    manoeuvres: tuple[dict[str, Field], ...]
    comments: tuple[str, ...]
    user_defined: int
    defects: tuple[Defect, ...]


class _Entry(NamedTuple):
    key: str
    value: str
    unit: str
    where: str


def flat_kvn(data: bytes, name: str, kind: str, keys: Mapping[str, Key]) -> list[FlatMessage]:
    """Take a KVN file apart; several messages may follow each other, as Space-Track serves them.

    Args:
        data: the whole file, ASCII or UTF-8.
        name: file name for messages.
        kind: ``OMM`` or ``OPM``.
        keys: keywords of that message.

    Returns:
        The messages, at least one.
    """
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    entries: list[_Entry] = []
    defects: list[Defect] = []
    messages: list[FlatMessage] = []
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        where = f"{name}, line {number}"
        key, equals, value = (part.strip() for part in line.partition("="))
        if not line:
            continue
        if line.startswith("COMMENT"):
            entries.append(_Entry("COMMENT", line[7:].strip(), "", where))
        elif not equals or not key:
            defects.append(Defect(where, f"not KEYWORD = value: {line[:60]!r}", "mend or remove the line"))
        elif key == f"CCSDS_{kind}_VERS":
            if entries:
                messages.append(_message(entries, keys, kind, defects))
            entries, defects = [_Entry(key, value, "", where)], []
        else:
            value, unit = (value, "") if key.startswith("USER_DEFINED_") else split_unit(value)
            entries.append(_Entry(key, value, unit, where))
        if len(defects) >= _MOST_DEFECTS:
            break
    return [*messages, _message(entries, keys, kind, defects)]


def flat_xml(data: bytes, name: str, kind: str, keys: Mapping[str, Key]) -> list[FlatMessage]:
    """Take an XML file apart: one message, or several within ``<ndm>``.

    Args:
        data: the whole file.
        name: file name for messages.
        kind: ``OMM`` or ``OPM``.
        keys: keywords of that message.

    Returns:
        The messages, at least one; a file that is not well-formed yields one with that defect.
    """
    messages, defect = unreadable(lambda: list(_xml_messages(data, name, kind, keys)), name)
    if messages:
        return messages
    if messages is not None:
        defect = Defect(name, f"holds no <{kind.lower()}>", f"give a CCSDS {kind}")
    return [FlatMessage(name, Field("", name), {}, (), (), 0, (defect,))]


def _xml_messages(data: bytes, name: str, kind: str, keys: Mapping[str, Key]) -> Iterator[FlatMessage]:
    count = 0
    for event, element in elements(data):
        if event == "end" and tag_of(element) == kind.lower():
            count += 1
            where = name if count == 1 else f"{name}, message {count}"
            defects: list[Defect] = []
            version = _Entry(f"CCSDS_{kind}_VERS", element.get("version", ""), "", where)
            entries = [version, *_xml_entries(element, where, keys, defects)]
            yield _message(entries, keys, kind, defects)
            element.clear()


def _xml_entries(
    parent: Element, where: str, keys: Mapping[str, Key], defects: list[Defect], depth: int = 0
) -> Iterator[_Entry]:
    """Leaves in document order; a part that a keyword stands in is as binding as order is in KVN."""
    for child in parent:
        tag = tag_of(child)
        place = f"{where}, <{tag[:40]}>"
        if tag in _BLOCKS and depth < len(_BLOCKS):
            yield from _xml_entries(child, f"{where}, <{tag}>" if tag in _PARTS else where, keys, defects, depth + 1)
        elif tag == "USER_DEFINED":
            yield _Entry("USER_DEFINED_" + child.get("parameter", ""), text_of(child), "", place)
        else:
            yield _Entry(tag, text_of(child), child.get("units", ""), place)


def _message(entries: list[_Entry], keys: Mapping[str, Key], kind: str, defects: list[Defect]) -> FlatMessage:
    """Sort entries by keyword and say what does not fit: unknown, too new, given twice, wrong unit, out of order."""
    first = entries[0] if entries else _Entry("", "", "", "")
    fields: dict[str, Field] = {}
    manoeuvres: list[dict[str, Field]] = []
    comments: list[str] = []
    found = list(defects)
    user_defined = part = 0
    if first.key != f"CCSDS_{kind}_VERS":
        found.append(Defect(first.where, f"the first line is not CCSDS_{kind}_VERS = ...", f"give a CCSDS {kind}"))
    for entry in entries[1:]:
        key = keys.get(entry.key)
        if entry.key == "COMMENT":
            comments.append(entry.value)
        elif entry.key.startswith("USER_DEFINED_"):
            user_defined, part = user_defined + 1, 2
        elif key is None:
            what = f"unknown keyword {entry.key[:40]!r}"
            found.append(Defect(entry.where, what, f"remove it, or check its spelling against CCSDS 502.0 ({kind})"))
        else:
            found += _entry_defects(entry, key, part, first.value)
            part = max(part, _PARTS.index(key.part))
            if entry.key == "MAN_EPOCH_IGNITION" or (entry.key in MANOEUVRE_KEYS and not manoeuvres):
                manoeuvres.append({})
            target = manoeuvres[-1] if entry.key in MANOEUVRE_KEYS else fields
            if entry.key in target:
                what = f"{entry.key} is given twice"
                found.append(Defect(entry.where, what, f"keep one; the first is at {target[entry.key].where}"))
            target[entry.key] = Field(entry.value, entry.where)
    return FlatMessage(
        first.where,
        Field(first.value, first.where),
        fields,
        tuple(manoeuvres),
        tuple(comments),
        user_defined,
        tuple(found[:_MOST_DEFECTS]),
    )


def _entry_defects(entry: _Entry, key: Key, part: int, version: str) -> Iterator[Defect]:
    if version and version < key.since:
        mend = f"remove it or write version {key.since}"
        yield Defect(entry.where, f"{entry.key} does not exist in version {version[:10]}", mend)
    if _PARTS.index(key.part) < part:
        what = f"{entry.key} belongs to the {key.part}, but stands after it"
        yield Defect(entry.where, what, "order: header, metadata, data")
    if entry.unit and entry.unit.lower() != key.unit.lower():
        yield Defect(entry.where, f"{entry.key} in {entry.unit[:20]!r}", f"write it in {key.unit or 'no unit'}")
