"""Take an OEM in keyword = value notation apart (CCSDS 502.0-B-3, section 7).

The file stays one block of bytes: only the few lines between block marks become text, and states go into columns a
chunk at a time, so that a file of hundreds of megabytes takes little more memory than itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pointnemo.errors import Defect
from pointnemo.formats.bounded import MOST_STATES
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

__all__ = ["parse_kvn"]

_MOST_DEFECTS = 50  # a file of another kind would otherwise earn a defect per line
_BLOCK_MARKS = (b"META_START", b"META_STOP", b"COVARIANCE_START", b"COVARIANCE_STOP")
_DATA_LINE = re.compile(rb"\d{4}-\d")
_CHUNK_BYTES = 1_000_000
_LARGEST_BLOCK_BYTES = 10_000_000  # of anything but states: 10,000 covariance matrices
_EMPTY = Field("", "")


class _Line(NamedTuple):
    number: int
    text: str


class _Block(NamedTuple):
    """What stands between two block marks."""

    name: str  # "header", "META_START", "META_STOP" (that is: data) or "COVARIANCE_START"
    where: str
    first_line: int  # line number of the first line of ``content``
    content: bytes


def parse_kvn(data: bytes, name: str) -> RawOem:
    """Take a KVN file apart.

    Args:
        data: the whole file, ASCII or UTF-8.
        name: file name for messages.

    Returns:
        The raw message, with a defect for every line that fits nowhere.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if (lines := data.count(b"\n")) > MOST_STATES:
        defect = Defect(name, f"has {lines} lines, more than {MOST_STATES}", "cut it into shorter spans")
        return RawOem(_EMPTY, {}, (), (), (defect,))
    blocks = _blocks(data.removeprefix(b"\xef\xbb\xbf"), name)
    defects: list[Defect] = []
    first = next(blocks)
    defects += _block_defect(first)
    version, header, comments = _header(first, name, defects)
    segments: list[RawSegment] = []
    expected = ("META_START",)
    last = _Block("header", "", 1, b"")
    for block in blocks if version.value else ():
        last = block
        defects += _block_defect(block)
        if block.name not in expected:
            defects.append(Defect(block.where, f"{block.name} out of place", f"expected {' or '.join(expected)}"))
        if block.name == "META_START":
            metadata, remarks = _keywords(_lines(block), METADATA_KEYS, version.value, name, defects)
            segments.append(
                RawSegment(block.where, metadata, tuple(remarks), join_states([]), f"{name}, line {{}}", ())
            )
            expected = ("META_STOP",)
        elif block.name == "META_STOP" and segments:
            states, remarks = _states(block, name, defects)
            segments[-1] = segments[-1]._replace(states=states, comments=(*segments[-1].comments, *remarks))
            expected = ("META_START", "COVARIANCE_START")
        elif block.name == "COVARIANCE_START" and segments:
            segments[-1] = segments[-1]._replace(covariances=tuple(_covariances(block, name, defects)))
            expected = ("COVARIANCE_STOP",)
        elif block.name == "COVARIANCE_STOP":
            defects.extend(
                Defect(f"{name}, line {line.number}", "text after COVARIANCE_STOP", "start a new segment")
                for line in _lines(block)
                if not line.text.startswith("COMMENT")
            )
            expected = ("META_START",)
        del defects[_MOST_DEFECTS:]
    if last.name in ("META_START", "COVARIANCE_START"):
        stop = last.name.replace("START", "STOP")
        defects.append(Defect(last.where, f"{stop} is missing: the file is truncated", "fetch the file again"))
    return RawOem(version, header, tuple(comments), tuple(segments), tuple(defects[:_MOST_DEFECTS]))


def _blocks(data: bytes, name: str) -> Iterator[_Block]:
    """Cut at the block marks."""
    current, where, line, start = "header", f"{name}, line 1", 1, 0
    for at, end in _marks(data):
        yield _Block(current, where, line, data[start:at])
        line += data.count(b"\n", start, end)
        current, where, start = data[at:end].strip().decode(), f"{name}, line {line}", end
    yield _Block(current, where, line, data[start:])


def _marks(data: bytes) -> list[tuple[int, int]]:
    """Start and end of each line that is a block mark and nothing else."""
    marks: list[tuple[int, int]] = []
    for word in _BLOCK_MARKS:
        at = data.find(word)
        while at >= 0:
            start = data.rfind(b"\n", 0, at) + 1
            end = data.find(b"\n", at)
            end = len(data) if end < 0 else end
            if data[start:end].strip() == word:
                marks.append((start, end))
            at = data.find(word, end)
    return sorted(marks)


def _block_defect(block: _Block) -> list[Defect]:
    if block.name == "META_STOP" or len(block.content) <= _LARGEST_BLOCK_BYTES:
        return []
    what = f"a block without states of {len(block.content) / 1e6:.0f} MB, more than {_LARGEST_BLOCK_BYTES / 1e6:.0f}"
    return [Defect(block.where, what, "cut the file into shorter spans")]


def _lines(block: _Block) -> list[_Line]:
    """Lines of a block that are not blank; of one that ``_block_defect`` refuses, the start."""
    texts = (text.strip() for text in block.content[:_LARGEST_BLOCK_BYTES].decode("utf-8", "replace").split("\n"))
    return [_Line(number, text) for number, text in enumerate(texts, start=block.first_line) if text]


def _header(block: _Block, name: str, defects: list[Defect]) -> tuple[Field, dict[str, Field], list[str]]:
    """Version, then the header's keywords; the version keyword has to be the first line of the file."""
    lines = _lines(block)
    first = lines[0] if lines else _Line(1, "")
    key, equals, value = (part.strip() for part in first.text.partition("="))
    where = f"{name}, line {first.number}"
    if key != "CCSDS_OEM_VERS" or not equals:
        defects.append(Defect(where, "the first line is not CCSDS_OEM_VERS = ...", "give a CCSDS OEM, KVN or XML"))
        return Field("", where), {}, []
    version = Field(value, where)
    header, comments = _keywords(lines[1:], HEADER_KEYS, value, name, defects)
    return version, header, comments


def _keywords(
    lines: list[_Line], allowed: dict[str, str], version: str, name: str, defects: list[Defect]
) -> tuple[dict[str, Field], list[str]]:
    """``KEY = value`` lines and comments of a block."""
    fields: dict[str, Field] = {}
    comments: list[str] = []
    for number, line in lines:
        where = f"{name}, line {number}"
        if line.startswith("COMMENT"):
            comments.append(line[7:].strip())
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not key:
            defects.append(Defect(where, f"not KEYWORD = value: {line[:60]!r}", "mend or remove the line"))
            del defects[_MOST_DEFECTS:]
        elif defect := key_defect(key, allowed, fields, version, where):
            defects.append(defect)
            del defects[_MOST_DEFECTS:]
        else:
            fields[key] = Field(value, where)
    return fields, comments


def _states(block: _Block, name: str, defects: list[Defect]) -> tuple[States, list[str]]:
    """Ephemeris lines of a segment, a chunk of lines at a time, and its comments."""
    parts: list[States] = []
    comments: list[str] = []
    line, start, size = block.first_line, 0, len(block.content)
    while start < size:
        stop = block.content.find(b"\n", start + _CHUNK_BYTES) + 1 or size
        rows = list(_rows(block.content[start:stop].split(b"\n"), line, name, comments, defects))
        if rows:
            parts.append(columns(rows))
        line += block.content.count(b"\n", start, stop)
        start = stop
    return join_states(parts), comments


def _rows(texts: list[bytes], first: int, name: str, comments: list[str], defects: list[Defect]) -> Iterator[Row]:
    for number, text in enumerate(texts, start=first):
        words = text.split()
        if len(words) in (7, 10) and _DATA_LINE.match(words[0]):
            yield Row(words[0], tuple(words[1:]), number)
        elif words:
            line = text.strip().decode("utf-8", "replace")
            if _DATA_LINE.match(words[0]):
                what = f"{len(words) - 1} numbers after the epoch, where 6 (or 9 with accelerations) belong"
                defects.append(Defect(f"{name}, line {number}", what, "mend the line; the file may be truncated"))
            elif line.startswith("COMMENT"):
                comments.append(line[7:].strip())
            else:
                what = f"not an ephemeris line: {line[:60]!r}"
                mend = "epoch, X Y Z (km), X_DOT Y_DOT Z_DOT (km/s)"
                defects.append(Defect(f"{name}, line {number}", what, mend))
            del defects[_MOST_DEFECTS:]


def _covariances(block: _Block, name: str, defects: list[Defect]) -> Iterator[RawCovariance]:
    """Matrices of a covariance block: EPOCH, an optional COV_REF_FRAME, then a lower triangle in six lines."""
    epoch, frame = _EMPTY, _EMPTY
    triangle: list[list[str]] = []
    for number, line in _lines(block):
        where = f"{name}, line {number}"
        if line.startswith("COMMENT"):
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if key == "EPOCH" and equals:
            if epoch.where:
                yield _covariance(epoch, frame, triangle)
            epoch, frame, triangle = Field(value, where), Field("", where), []
        elif key == "COV_REF_FRAME" and equals and epoch.where and not triangle and not frame.value:
            frame = Field(value, where)
        elif equals or not epoch.where:
            defects.append(Defect(where, f"does not belong in a covariance block: {line[:60]!r}", "remove it"))
            del defects[_MOST_DEFECTS:]
        else:
            triangle.append(line.split())
    if epoch.where:
        yield _covariance(epoch, frame, triangle)


def _covariance(epoch: Field, frame: Field, lines: list[list[str]]) -> RawCovariance:
    return RawCovariance(epoch, frame, tuple(n for line in lines for n in line), tuple(map(len, lines)), epoch.where)
