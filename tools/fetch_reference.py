"""Fetch the public part of the reference data that ``make validate`` reads: NASA, IERS, CelesTrak.

Usage: ``python tools/fetch_reference.py [FOLDER]`` (``make reference``); the default is where the tests look for it,
``$POINTNEMO_REFERENCE_DATA`` or ``../shared/data``. Files that are there are checked and left as they are.

``reference.toml`` beside this script lists every file with its address and SHA-256 (before compression). Two files live
on: agencies append to them every day. Of these the settled lines - up to a date well before the figures were made -
must have the SHA-256 that is listed; their later lines may differ from those that the published figures rest on.

Exit codes: 0 everything is there and right; 1 something could not be fetched, or is not what it was.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pointnemo.world.update import BASE_URLS, Limits, Unreachable, http_get

ROOT = Path(__file__).resolve().parent.parent
LIST = Path(__file__).with_name("reference.toml")


class Reference(NamedTuple):
    """One file of the list.

    Attributes:
        path: below the reference folder; it is stored as xz.
        host: key of ``BASE_URLS``.
        url: path on that host.
        sha256: of the whole file, or of its settled lines.
        settled_before: for files that live on, the text that the first later line begins with; else empty.
        first_line: for files that live on, what the first of the settled lines begins with.
    """

    path: str
    host: str
    url: str
    sha256: str
    first_line: str = ""
    settled_before: str = ""


def read_list(path: Path = LIST) -> list[Reference]:
    """The list of files."""
    return [Reference(**row) for row in tomllib.loads(path.read_text())["file"]]


def fingerprint(reference: Reference, body: bytes) -> str:
    """SHA-256 of a body, or of its settled lines for a file that lives on; empty where these cannot be found."""
    if not reference.settled_before:
        return hashlib.sha256(body).hexdigest()
    lines = body.replace(b"\r\n", b"\n").split(b"\n")
    marks = reference.first_line.encode(), reference.settled_before.encode()
    found = [next((i for i, line in enumerate(lines) if line.startswith(mark)), None) for mark in marks]
    if None in found:
        return ""
    return hashlib.sha256(b"\n".join(lines[found[0] : found[1]])).hexdigest()


def fetch(
    reference: Reference,
    folder: Path,
    bases: Mapping[str, str] = BASE_URLS,
    limits: Limits | None = None,
) -> tuple[bool, str]:
    """Make sure that one file is there and right.

    Args:
        reference: which.
        folder: the reference folder.
        bases: host -> start of its addresses.
        limits: of the request.

    Returns:
        Whether it is, and what was found, in words.
    """
    path = folder / reference.path
    if path.is_file():
        try:
            if fingerprint(reference, lzma.decompress(path.read_bytes())) == reference.sha256:
                return True, "is there"
        except (OSError, lzma.LZMAError):
            pass
        return False, "is there, but is not what it should be; move it away to fetch it again"
    try:
        body = http_get(bases[reference.host] + reference.url, limits=limits or Limits()).body or b""
    except Unreachable as error:
        return False, f"{reference.host} {error}"
    if fingerprint(reference, body) != reference.sha256:
        return False, "what was sent does not have the SHA-256 of the list; nothing was written"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(lzma.compress(body))
    beside.replace(path)
    return True, f"fetched, {len(body) / 1e6:.1f} MB"


def main(arguments: list[str]) -> int:
    """Fetch everything on the list, say what became of each file."""
    default = os.environ.get("POINTNEMO_REFERENCE_DATA", str(ROOT.parent / "shared" / "data"))
    folder = Path(arguments[0] if arguments else default)
    all_right = True
    for reference in read_list():
        right, what = fetch(reference, folder)
        all_right &= right
        print(f"{reference.path}: {what}")
    print(f"reference data in {folder}: {'complete' if all_right else 'not complete'}")
    return 0 if all_right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
