"""CCSDS Orbit Comprehensive Messages, version 3 (502.0-B-3), in KVN and XML: the reader, and the writer beside it.

``ocm_kvn`` and ``ocm_xml`` take a text apart, ``ocm_judge`` says what is wrong with it, ``ocm_write`` writes.
"""

from __future__ import annotations

from pathlib import Path

from pointnemo.errors import Defect, EphemerisError
from pointnemo.formats.bounded import SMALL_LIMIT_BYTES, read_bounded
from pointnemo.formats.ocm_blocks import Ocm, OcmBurn, OcmManoeuvres, OcmPhysical, OcmTrajectory
from pointnemo.formats.ocm_judge import judge
from pointnemo.formats.ocm_kvn import parse_ocm_kvn
from pointnemo.formats.ocm_write import write_ocm
from pointnemo.formats.ocm_xml import parse_ocm_xml

__all__ = [
    "Ocm",
    "OcmBurn",
    "OcmManoeuvres",
    "OcmPhysical",
    "OcmTrajectory",
    "parse_ocm",
    "read_ocm",
    "write_ocm",
]

_MOST_DEFECTS = 20


def read_ocm(path: str | Path, limit_bytes: int = SMALL_LIMIT_BYTES) -> Ocm:
    """Read an OCM file: KVN or XML, plain or gzip, bzip2, xz, lzma.

    Args:
        path: the file.
        limit_bytes: largest size once unpacked; unpacking stops there.

    Returns:
        The message.

    Raises:
        EphemerisError: the file cannot be used; ``defects`` holds what was found, up to 20, each with its place.
    """
    path = Path(path)
    return parse_ocm(read_bounded(path, limit_bytes), path)


def parse_ocm(data: bytes, path: Path) -> Ocm:
    """Read an OCM that is in memory.

    Args:
        data: the file, unpacked.
        path: where it came from, for messages.

    Returns:
        The message.

    Raises:
        EphemerisError: as for ``read_ocm``.
    """
    is_xml = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe", b"\xfe\xff"))
    raw = parse_ocm_xml(data, path.name) if is_xml else parse_ocm_kvn(data, path.name)
    ocm, defects = judge(raw)
    if defects or ocm is None:
        more = [Defect(path.name, f"and {len(defects) - _MOST_DEFECTS} more")] if len(defects) > _MOST_DEFECTS else []
        raise EphemerisError(f"cannot use {path}", [*defects[:_MOST_DEFECTS], *more])
    return ocm
