"""Take an OCM in keyword = value notation apart (CCSDS 502.0-B-3)."""

from __future__ import annotations

import re

from pointnemo.errors import Defect
from pointnemo.formats.ndm_raw import Field, split_unit
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

__all__ = ["parse_ocm_kvn"]

_MARK = re.compile(r"([A-Z]+)_(START|STOP)")
_LISTS = frozenset({"TRAJ_UNITS", "COV_UNITS", "MAN_UNITS"})  # whose value is itself in brackets
_VERSION = "CCSDS_OCM_VERS"


class _Reader:
    """The message so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = Field("", f"{name}, line 1")
        self.header: dict[str, Field] = {}
        self.comments: list[str] = []
        self.blocks: list[RawBlock] = []
        self.defects: list[Defect] = []
        self.inside = False
        self.lines = 0

    def mark(self, block: str, edge: str, where: str) -> None:
        """A START or STOP."""
        if edge == "STOP":
            if not self.inside or self.blocks[-1].name != block:
                self.defects.append(Defect(where, f"{block}_STOP without its start", f"add {block}_START or remove it"))
            self.inside = False
            return
        if self.inside:
            open_block = self.blocks[-1]
            what = f"{block}_START within a block that began at {open_block.where}"
            self.defects.append(Defect(where, what, f"add {open_block.name}_STOP before it"))
        elif not self.blocks and block != "META":
            self.defects.append(
                Defect(where, f"{block}_START before the metadata", "give META_START ... META_STOP first")
            )
        if block in ONCE and any(other.name == block for other in self.blocks):
            self.defects.append(Defect(where, f"a second {block} block", "give one per message"))
        self.blocks.append(RawBlock(block, where, {}, [], f"{self.name}, line {{}}", []))
        self.inside = True

    def pair(self, key: str, text: str, where: str) -> None:
        """A keyword and its value."""
        if key == _VERSION:
            what = f"{_VERSION} again: a second message" if self.version.value else f"{_VERSION} is not the first line"
            self.defects.append(Defect(where, what, "give one OCM per file, beginning with its version"))
            return
        if not self.inside and self.blocks:
            what = f"{key[:40]!r} stands between blocks"
            self.defects.append(Defect(where, what, "move it into its block"))
            return
        block = self.blocks[-1] if self.inside else None
        free = key in _LISTS or key.startswith("USER_DEFINED_")
        value, unit = (text, "") if free else split_unit(text)
        fields, allowed = (block.fields, BLOCKS[block.name]) if block else (self.header, HEADER)
        if block and block.lines:
            self.defects.append(Defect(where, f"{key[:40]!r} after lines of numbers", "keywords come before the lines"))
        elif defect := add_field(fields, allowed, key, value, unit, where):
            self.defects.append(defect)

    def line(self, text: str, number: int) -> None:
        """Anything else: numbers, or rubbish."""
        if self.inside and self.blocks[-1].name in LINES:
            self.blocks[-1].lines.append((text.split(), number))
            self.lines += 1
        else:
            where = f"{self.name}, line {number}"
            self.defects.append(Defect(where, f"not KEYWORD = value: {text[:60]!r}", "mend or remove the line"))


def parse_ocm_kvn(data: bytes, name: str) -> RawOcm:
    """Take a KVN file apart.

    Args:
        data: the whole file, ASCII or UTF-8.
        name: file name for messages.

    Returns:
        The raw message, with a defect for every line that fits nowhere, up to 50.
    """
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    reader = _Reader(name)
    started = False
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if not line:
            continue
        where = f"{name}, line {number}"
        if not started:
            started = True
            key, equals, value = (part.strip() for part in line.partition("="))
            reader.version = Field(value, where)
            if key == _VERSION and equals:
                continue
            reader.version = Field("", where)
            reader.defects.append(Defect(where, f"the first line is not {_VERSION} = ...", "give a CCSDS OCM"))
        if line.startswith("COMMENT"):
            remarks = reader.blocks[-1].comments if reader.inside else reader.comments
            remarks.append(line[7:].strip())
        elif (match := _MARK.fullmatch(line)) and match[1] in BLOCKS:
            reader.mark(match[1], match[2], where)
        elif "=" in line:
            key, _, value = (part.strip() for part in line.partition("="))
            reader.pair(key, value, where)
        else:
            reader.line(line, number)
        if defect := size_defect(len(reader.blocks), reader.lines, where):
            reader.defects.append(defect)
            break
        if len(reader.defects) >= MOST_DEFECTS:
            break
    else:
        if reader.inside:
            block = reader.blocks[-1]
            what = f"{block.name}_STOP is missing: the file is truncated"
            reader.defects.append(Defect(block.where, what, "fetch the file again"))
    return RawOcm(
        reader.version,
        reader.header,
        tuple(reader.comments),
        tuple(reader.blocks),
        tuple(reader.defects[:MOST_DEFECTS]),
    )
