"""Take an OCM in XML apart (CCSDS 505.0): the same blocks as in KVN."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pointnemo.errors import Defect
from pointnemo.formats.ndm_raw import Field
from pointnemo.formats.ocm_raw import (
    BLOCKS,
    HEADER,
    LINES,
    MOST_DEFECTS,
    ONCE,
    RawBlock,
    RawOcm,
    add_field,
    size_defect,
)
from pointnemo.formats.safe_xml import elements, tag_of, text_of, unreadable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["parse_ocm_xml"]

_NAMES = {name.lower(): name for name in BLOCKS} | {"metadata": "META"}
_AROUND = frozenset({"body", "segment", "data"})


def parse_ocm_xml(data: bytes, name: str) -> RawOcm:
    """Take an XML file apart: one ``<ocm>``, by itself or within ``<ndm>``.

    Args:
        data: the whole file.
        name: file name for messages.

    Returns:
        The raw message; a file that is not well-formed, or holds another number of messages, has that defect.
    """

    def messages() -> list[RawOcm]:
        found: list[RawOcm] = []
        for event, element in elements(data):
            if event == "end" and tag_of(element) == "ocm":
                found.append(_message(element, name))
                element.clear()
        return found

    found, defect = unreadable(messages, name)
    if found is not None and len(found) == 1:
        return found[0]
    if found is not None:
        defect = Defect(name, f"holds {len(found) or 'no'} <ocm> messages", "give one OCM per file")
    return RawOcm(Field("", name), {}, (), (), (defect,))


def _message(message: Element, name: str) -> RawOcm:
    header: dict[str, Field] = {}
    comments: list[str] = []
    blocks: list[RawBlock] = []
    counts: Counter[str] = Counter()  # blocks by kind, lines of numbers in all, and whether they are too many
    defects: list[Defect] = []
    for child in message:
        if tag_of(child) == "header":
            _fields(child, header, HEADER, f"{name}, <header>", comments, defects)
        else:
            _blocks(child, name, blocks, counts, comments, defects, 0)
    return RawOcm(
        Field(message.get("version", ""), name), header, tuple(comments), tuple(blocks), tuple(defects[:MOST_DEFECTS])
    )


def _blocks(
    element: Element,
    name: str,
    blocks: list[RawBlock],
    counts: Counter[str],
    comments: list[str],
    defects: list[Defect],
    depth: int,
) -> None:
    """Blocks in document order, through what stands around them."""
    tag = tag_of(element)
    if counts["stop"] or len(defects) >= MOST_DEFECTS:
        return
    if tag in _AROUND and depth < len(_AROUND):
        for child in element:
            _blocks(child, name, blocks, counts, comments, defects, depth + 1)
    elif tag == "COMMENT":
        comments.append(text_of(element))
    elif tag in _NAMES:
        counts[_NAMES[tag]] += 1
        blocks.append(_block(element, _NAMES[tag], name, counts, defects))
        counts["lines"] += len(blocks[-1].lines)
        if defect := size_defect(len(blocks), counts["lines"], blocks[-1].where):
            defects.append(defect)
            counts["stop"] = 1
    else:
        defects.append(Defect(f"{name}, <{tag[:40]}>", "does not belong here", "remove it"))


def _block(element: Element, kind: str, name: str, counts: Counter[str], defects: list[Defect]) -> RawBlock:
    count = counts[kind]
    where = f"{name}, <{tag_of(element)}>" + (f" {count}" if count > 1 else "")
    if not counts["META"]:
        defects.append(Defect(where, "stands before the metadata", "give <metadata> first"))
    if count > 1 and kind in ONCE:
        defects.append(Defect(where, f"a second {kind} block", "give one per message"))
    line_tag = f"{kind.lower()}Line"
    block = RawBlock(kind, where, {}, [], f"{where}, {line_tag} {{}}", [])
    lines = [child for child in element if kind in LINES and tag_of(child) == line_tag]
    block.lines.extend((text_of(child).split(), number) for number, child in enumerate(lines, start=1))
    skip = line_tag if kind in LINES else ""
    _fields(element, block.fields, BLOCKS[kind], where, block.comments, defects, skip)
    return block


def _fields(
    element: Element,
    fields: dict[str, Field],
    allowed: dict[str, str],
    where: str,
    comments: list[str],
    defects: list[Defect],
    skip: str = "",
) -> None:
    """Children that are keywords or remarks."""
    for child in element:
        tag = tag_of(child)
        if tag == "COMMENT":
            comments.append(text_of(child))
            continue
        if tag == skip:
            continue
        if tag == "USER_DEFINED":
            tag = "USER_DEFINED_" + child.get("parameter", "")
        unit = child.get("units", "")
        if defect := add_field(fields, allowed, tag, text_of(child), unit, f"{where}, <{tag[:40]}>"):
            defects.append(defect)
            if len(defects) >= MOST_DEFECTS:
                return
