"""What an OEM says before anyone judges it: the same raw form from KVN and from XML, and the keywords of CCSDS 502.0.

The syntax readers (``oem_kvn``, ``oem_xml``) only take the text apart and note what cannot be taken apart. Everything
that can be wrong with the content is judged once, in ``oem``, whatever the syntax.
"""

from __future__ import annotations

from typing import NamedTuple

from pointnemo.errors import Defect
from pointnemo.formats.ndm_raw import HEADER_KEYS, Field
from pointnemo.formats.oem_states import States

__all__ = [
    "HEADER_KEYS",
    "METADATA_KEYS",
    "VERSIONS",
    "Field",
    "RawCovariance",
    "RawOem",
    "RawSegment",
    "key_defect",
]

VERSIONS = ("1.0", "2.0", "3.0")

# CCSDS 502.0-B-1 (2004), B-2 (2009) and B-3 (2023), table 5-3: keyword -> first version that knows it
METADATA_KEYS = {
    "OBJECT_NAME": "1.0",
    "OBJECT_ID": "1.0",
    "CENTER_NAME": "1.0",
    "REF_FRAME": "1.0",
    "REF_FRAME_EPOCH": "2.0",
    "TIME_SYSTEM": "1.0",
    "START_TIME": "1.0",
    "USEABLE_START_TIME": "1.0",
    "USEABLE_STOP_TIME": "1.0",
    "STOP_TIME": "1.0",
    "INTERPOLATION": "1.0",
    "INTERPOLATION_DEGREE": "1.0",
    "MESSAGE_ID": "3.0",  # belongs to the header, but is met here
}


class RawCovariance(NamedTuple):
    """A covariance matrix as written; ``sizes`` are the numbers per line (1 to 6 for a lower triangle)."""

    epoch: Field
    frame: Field
    numbers: tuple[str, ...]
    sizes: tuple[int, ...]
    where: str


class RawSegment(NamedTuple):
    """A segment as written; ``row_label`` says what ``states.where`` counts: ``line {}``, or ``stateVector {}``."""

    where: str
    metadata: dict[str, Field]
    comments: tuple[str, ...]
    states: States
    row_label: str
    covariances: tuple[RawCovariance, ...]


class RawOem(NamedTuple):
    """A message as written; ``defects`` is what the syntax reader could not take apart."""

    version: Field
    header: dict[str, Field]
    comments: tuple[str, ...]
    segments: tuple[RawSegment, ...]
    defects: tuple[Defect, ...]


def key_defect(key: str, allowed: dict[str, str], seen: dict[str, Field], version: str, where: str) -> Defect | None:
    """Say what is wrong with a keyword in its place: unknown, too new for the file's version, or given twice.

    Args:
        key: the keyword.
        allowed: keywords of this block with the first version that knows each.
        seen: keywords of this block read so far.
        version: version of the file.
        where: place for the message.
    """
    if key not in allowed:
        return Defect(where, f"unknown keyword {key[:40]!r}", f"known here: {', '.join(allowed)}")
    if version in VERSIONS and version < allowed[key]:
        return Defect(where, f"{key} does not exist in OEM {version}", f"remove it or write version {allowed[key]}")
    if key in seen:
        return Defect(where, f"{key} is given twice", f"keep one; the first is at {seen[key].where}")
    return None
