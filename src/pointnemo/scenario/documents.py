"""Scenario documents: TOML files that we ship and files of the user, read with every way of being unreadable named.

A document knows where each of its keys stands, so that a defect can point at a line. Nothing here knows what the keys
mean; that is ``models`` and ``rules``.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pointnemo.errors import Defect, ScenarioError

__all__ = [
    "SIZE_LIMIT_BYTES",
    "Document",
    "Kind",
    "builtin_names",
    "key_lines",
    "parse",
    "read_chain",
    "read_file",
]

SIZE_LIMIT_BYTES = 5_000_000
CHAIN_LIMIT = 10

# Built-in documents that hold shared tables and are not a scenario by themselves.
PARTS = frozenset({"common"})

_HEADER = re.compile(r"^\s*\[\[?\s*(?P<key>[^\]#]+?)\s*\]\]?\s*(#.*)?$")
_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_ASSIGNMENT = re.compile(rf"^\s*(?P<key>{_NAME}(?:\s*\.\s*{_NAME})*)\s*=")


@dataclass(frozen=True)
class Document:
    """One TOML document.

    Attributes:
        name: the file name without its folder, so that results do not depend on where a file lies.
        place: the path as the user gave it, for messages; the name for built-in documents.
        text: its whole text.
        data: the parsed tables.
    """

    name: str
    place: str
    text: str
    data: dict[str, Any]


class Kind(NamedTuple):
    """What a document is about, for messages about one that cannot be read.

    Attributes:
        noun: of what it describes.
        shortest: what to write into an empty one.
        size: how large one is.
        instead: what else a binary file may have been meant for.
    """

    noun: str
    shortest: str
    size: str
    instead: str


SCENARIO = Kind(
    noun="scenario",
    shortest='the shortest scenario is: extends = "iss"',
    size="a scenario takes about 50 kB",
    instead="give a scenario in TOML; an orbit goes to --orbit FILE",
)


def _folder() -> Any:
    return resources.files("pointnemo.scenario") / "data"


@cache
def _shipped() -> tuple[str, ...]:
    return tuple(sorted(entry.name[:-5] for entry in _folder().iterdir() if entry.name.endswith(".toml")))


def builtin_names() -> tuple[str, ...]:
    """Names of the scenarios that we ship, sorted."""
    return tuple(name for name in _shipped() if name not in PARTS)


def _refusal(place: str, what: str, mend: str = "", kind: Kind = SCENARIO) -> ScenarioError:
    return ScenarioError(f"this {kind.noun} cannot be read", [Defect(place, what, mend)])


def _toml_mend(message: str, lines: int) -> str:
    """What to do about a TOML syntax error; an error on or past the last line means that the end is missing."""
    found = re.search(r"at line (\d+)", message)
    if "at the end" in message or (found and int(found.group(1)) >= lines > 1):
        return "the file seems to end too early: is it cut off?"
    return "mend the TOML on that line, see https://toml.io"


def parse(raw: bytes, name: str, place: str, kind: Kind = SCENARIO) -> Document:
    """Parse the bytes of a document.

    Args:
        raw: content of the file.
        name: file name, for provenance.
        place: path or name, for messages.
        kind: what it is about, for messages.

    Returns:
        The document.

    Raises:
        ScenarioError: too large, empty, binary, not UTF-8, not TOML.
    """
    if len(raw) > SIZE_LIMIT_BYTES:
        raise _refusal(place, f"is larger than {SIZE_LIMIT_BYTES / 1e6:g} MB", kind.size, kind)
    if b"\x00" in raw:
        raise _refusal(place, "is a binary file", kind.instead, kind)
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _refusal(f"{place}:{line}", "is not UTF-8 text", "save it as UTF-8", kind) from None
    if not text.strip():
        raise _refusal(place, "is empty", kind.shortest, kind)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise _refusal(place, "is nested too deeply", "four levels of tables are enough", kind) from None
    except ValueError as error:  # TOMLDecodeError, and ValueError for integers of thousands of digits
        end = f"at the end, line {text.count(chr(10)) + 1}"
        message = " ".join(str(error).split())[:300].replace("at end of document", end)
        raise _refusal(place, f"is not TOML: {message}", _toml_mend(message, text.count("\n")), kind) from None
    return Document(name, place, text, data)


def read_file(path: Path, known: str, kind: Kind = SCENARIO) -> Document:
    """Read a document from a file.

    Args:
        path: the file.
        known: what could have been asked for by name, should the file not exist.
        kind: what it is about, for messages.

    Returns:
        The document.

    Raises:
        ScenarioError: the file cannot be read; see ``parse``.
    """
    place = str(path)
    try:
        if path.is_dir():
            raise _refusal(place, "is a folder", "give the TOML file in it", kind)
        # One byte more than the limit is enough to know; never the whole of a disk image.
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT_BYTES + 1)
    except FileNotFoundError:
        raise _refusal(place, "does not exist", known, kind) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        what = f"cannot be opened: {getattr(error, 'strerror', None) or error}"
        raise _refusal(place, what, "give a file that can be read", kind) from None
    return parse(raw, path.name, place, kind)


@cache
def _read_builtin(name: str) -> Document:
    file = f"{name}.toml"
    return parse((_folder() / file).read_bytes(), file, file)


def find(name_or_path: str | Path, beside: Path | None = None, parts: bool = False) -> Document:
    """Find a document by built-in name or path.

    Args:
        name_or_path: ``"iss"``, or a TOML file.
        beside: folder that relative paths are relative to; the working folder where None.
        parts: whether shared parts such as ``common`` count as names.

    Returns:
        The document.

    Raises:
        ScenarioError: no such name and no such file, or the file cannot be read.
    """
    text = str(name_or_path)
    known = _shipped() if parts else builtin_names()
    if isinstance(name_or_path, str) and text in known:
        return _read_builtin(text)
    path = (beside or Path()) / text
    looks_like_path = isinstance(name_or_path, Path) or "/" in text or text.endswith(".toml")
    if looks_like_path or (text and "\x00" not in text and len(text) < 256 and path.is_file()):
        return read_file(path, f"built-in scenarios: {', '.join(builtin_names())}")
    near = difflib.get_close_matches(text, known, n=1)
    mend = f'did you mean "{near[0]}"?' if near else f"built-in scenarios: {', '.join(known)}; or give a TOML file"
    raise _refusal(repr(text)[:200], "is neither a built-in scenario nor a file", mend)


def _find_base(base: str, beside: Path | None, place: str) -> Document:
    """Find what a document extends; a refusal names the document that asked for it."""
    try:
        return find(base, beside, parts=True)
    except ScenarioError as error:
        asked = [Defect(f"{place}: extends: {defect.where}", defect.what, defect.mend) for defect in error.defects]
        raise ScenarioError(error.title, asked) from None


def read_chain(name_or_path: str | Path) -> tuple[Document, ...]:
    """Read a scenario document and everything it extends.

    Args:
        name_or_path: built-in name or TOML file.

    Returns:
        The documents, the outermost base first and the one asked for last.

    Raises:
        ScenarioError: one of them cannot be read, or they extend each other in a circle.
    """
    chain = [find(name_or_path)]
    while (base := chain[-1].data.get("extends")) is not None:
        last = chain[-1]
        if not isinstance(base, str):
            raise _refusal(f"{last.place}: extends", "is not text", 'write extends = "iss"')
        # A built-in document has no folder and extends built-in documents only.
        beside = Path(last.place).parent if last.place != last.name else None
        base_document = _find_base(base, beside, last.place)
        if any(base_document.text == document.text for document in chain) or len(chain) >= CHAIN_LIMIT:
            raise _refusal(f"{last.place}: extends", f"{base!r} leads back to itself", "extend a built-in scenario")
        chain.append(base_document)
    return tuple(reversed(chain))


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r'"[^"]*"|\'[^\']*\'|[^.]+', dotted)]


def key_lines(text: str) -> Mapping[str, int]:
    """Line of each key of a TOML text, by dotted key.

    A line scanner, not a parser: good enough to point at a line, never used to read a value.

    Args:
        text: TOML text.

    Returns:
        Dotted key -> line, counted from 1. Table headers count as the key of the table.
    """
    lines: dict[str, int] = {}
    table: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            table = _parts(header["key"])
            lines.setdefault(".".join(table), number)
        elif assignment := _ASSIGNMENT.match(line):
            lines.setdefault(".".join([*table, *_parts(assignment["key"])]), number)
    return lines
