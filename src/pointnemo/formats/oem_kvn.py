"""Take an OEM in keyword = value notation apart, line by line (CCSDS 502.0-B-3, section 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

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

__all__ = ["parse_kvn"]

_MOST_DEFECTS = 50  # a file of another kind would otherwise earn a defect per line
_BLOCK_MARKS = ("META_START", "META_STOP", "COVARIANCE_START", "COVARIANCE_STOP")
_DATA_LINE = re.compile(r"\d{4}-\d")


class _Line(NamedTuple):
    number: int
    text: str


class _Block(NamedTuple):
    """Lines between two block marks."""

    name: str  # "header", "META_START", "META_STOP" (that is: data) or "COVARIANCE_START"
    where: str
    lines: list[_Line]


def parse_kvn(text: str, name: str) -> RawOem:
    """Take a KVN text apart.

    Args:
        text: the whole file.
        name: file name for messages.

    Returns:
        The raw message, with a defect for every line that fits nowhere.
    """
    blocks = list(_blocks(text, name))
    defects: list[Defect] = []
    version, header, comments = _header(blocks[0], name, defects)
    segments: list[RawSegment] = []
    expected = ("META_START",)
    for block in blocks[1:]:
        if block.name not in expected:
            defects.append(Defect(block.where, f"{block.name} out of place", f"expected {' or '.join(expected)}"))
        if block.name == "META_START":
            metadata, remarks = _keywords(block, METADATA_KEYS, version.value, name, defects)
            segments.append(RawSegment(block.where, metadata, tuple(remarks), [], f"{name}, line {{}}", ()))
            expected = ("META_STOP",)
        elif block.name == "META_STOP" and segments:
            rows, remarks = _states(block, name, defects)
            segments[-1] = segments[-1]._replace(rows=rows, comments=(*segments[-1].comments, *remarks))
            expected = ("META_START", "COVARIANCE_START")
        elif block.name == "COVARIANCE_START" and segments:
            segments[-1] = segments[-1]._replace(covariances=tuple(_covariances(block, name, defects)))
            expected = ("COVARIANCE_STOP",)
        elif block.name == "COVARIANCE_STOP":
            defects.extend(
                Defect(f"{name}, line {line.number}", "text after COVARIANCE_STOP", "start a new segment")
                for line in block.lines
                if not line.text.startswith("COMMENT")
            )
            expected = ("META_START",)
    if blocks[-1].name in ("META_START", "COVARIANCE_START"):
        stop = blocks[-1].name.replace("START", "STOP")
        defects.append(Defect(blocks[-1].where, f"{stop} is missing: the file is truncated", "fetch the file again"))
    return RawOem(version, header, tuple(comments), tuple(segments), tuple(defects[:_MOST_DEFECTS]))


def _blocks(text: str, name: str) -> Iterator[_Block]:
    """Cut at the block marks; blank lines are dropped."""
    current = _Block("header", f"{name}, line 1", [])
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if line in _BLOCK_MARKS:
            yield current
            current = _Block(line, f"{name}, line {number}", [])
        elif line:
            current.lines.append(_Line(number, line))
    yield current


def _header(block: _Block, name: str, defects: list[Defect]) -> tuple[Field, dict[str, Field], list[str]]:
    """Version, then the header's keywords; the version keyword has to be the first line of the file."""
    first = block.lines[0] if block.lines else _Line(1, "")
    key, equals, value = (part.strip() for part in first.text.partition("="))
    where = f"{name}, line {first.number}"
    if key != "CCSDS_OEM_VERS" or not equals:
        defects.append(Defect(where, "the first line is not CCSDS_OEM_VERS = ...", "give a CCSDS OEM, KVN or XML"))
        return Field("", where), {}, []
    version = Field(value, where)
    header, comments = _keywords(block._replace(lines=block.lines[1:]), HEADER_KEYS, value, name, defects)
    return version, header, comments


def _keywords(
    block: _Block, allowed: dict[str, str], version: str, name: str, defects: list[Defect]
) -> tuple[dict[str, Field], list[str]]:
    """``KEY = value`` lines and comments of a block."""
    fields: dict[str, Field] = {}
    comments: list[str] = []
    for number, line in block.lines:
        where = f"{name}, line {number}"
        if line.startswith("COMMENT"):
            comments.append(line[7:].strip())
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not key:
            defects.append(Defect(where, f"not KEYWORD = value: {line[:60]!r}", "mend or remove the line"))
        elif defect := key_defect(key, allowed, fields, version, where):
            defects.append(defect)
        else:
            fields[key] = Field(value, where)
    return fields, comments


def _states(block: _Block, name: str, defects: list[Defect]) -> tuple[list[Row], list[str]]:
    """Ephemeris lines of a segment; comments come before the first."""
    rows: list[Row] = []
    comments: list[str] = []
    for number, line in block.lines:
        if _DATA_LINE.match(line):
            epoch, *numbers = line.split()
            if len(numbers) in (6, 9):
                rows.append(Row(epoch, tuple(numbers), number))
                continue
            what = f"{len(numbers)} numbers after the epoch, where 6 (or 9 with accelerations) belong"
            defects.append(Defect(f"{name}, line {number}", what, "mend the line; the file may be truncated"))
        elif line.startswith("COMMENT"):
            comments.append(line[7:].strip())
        else:
            what = f"not an ephemeris line: {line[:60]!r}"
            defects.append(Defect(f"{name}, line {number}", what, "epoch, X Y Z (km), X_DOT Y_DOT Z_DOT (km/s)"))
    return rows, comments


def _covariances(block: _Block, name: str, defects: list[Defect]) -> Iterator[RawCovariance]:
    """Matrices of a covariance block: EPOCH, an optional COV_REF_FRAME, then a lower triangle in six lines."""
    epoch: Field | None = None
    lines: list[list[str]] = []
    for number, line in block.lines:
        where = f"{name}, line {number}"
        key, equals, value = (part.strip() for part in line.partition("="))
        if line.startswith("COMMENT") or (key == "COV_REF_FRAME" and equals and epoch and not lines):
            continue
        if key == "EPOCH" and equals:
            if epoch:
                yield _covariance(epoch, lines)
            epoch, lines = Field(value, where), []
        elif equals or not epoch:
            defects.append(Defect(where, f"does not belong in a covariance block: {line[:60]!r}", "remove it"))
        else:
            lines.append(line.split())
    if epoch:
        yield _covariance(epoch, lines)


def _covariance(epoch: Field, lines: list[list[str]]) -> RawCovariance:
    return RawCovariance(epoch, tuple(n for line in lines for n in line), tuple(map(len, lines)), epoch.where)
