"""Reading a stranger's file without being hurt by it: bounded size, streamed decompression, no surprises.

A file of a few kilobytes can unpack to terabytes, so decompression stops at the limit instead of measuring afterwards.
The kind of compression is read from the first bytes, never from the name.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zlib
from pathlib import Path
from typing import BinaryIO

from pointnemo.errors import Defect, EphemerisError

__all__ = ["LIMIT_BYTES", "MOST_STATES", "SLOW_LIMIT_BYTES", "SMALL_LIMIT_BYTES", "read_bounded"]

LIMIT_BYTES = 400_000_000
"""Largest tracking file after decompression: 400 MB, about 800,000 XML states: nine days of them second by second."""

MOST_STATES = 3_000_000
"""Most lines of an ephemeris; with ``LIMIT_BYTES`` it keeps the memory below 1.5 GB whatever the file holds."""

SLOW_LIMIT_BYTES = 50_000_000
"""Largest XML that is read element by element: 50 MB, 100,000 states. States of one plain form come cheaper."""

SMALL_LIMIT_BYTES = 20_000_000
"""Largest file of any other kind: 20 MB, 100,000 element sets."""

_LZMA_MEMORY_BYTES = 200_000_000  # the largest dictionary that ``xz -9`` asks for is 64 MiB
_CHUNK_BYTES = 1 << 16
_MAGIC_GZIP = b"\x1f\x8b"
_MAGIC_BZIP2 = b"BZh"
_MAGIC_XZ = b"\xfd7zXZ\x00"
_MAGIC_LZMA = b"\x5d\x00\x00"


def read_bounded(path: Path, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """Read a plain, gzip, bzip2, xz or lzma file of text, up to a limit after decompression.

    Args:
        path: a regular file.
        limit_bytes: largest size after decompression.

    Returns:
        The decompressed bytes, at least one and at most ``limit_bytes`` of them.

    Raises:
        EphemerisError: not a regular file, unreadable, empty, binary, over the limit, or its compression is damaged.
    """
    title = f"cannot read {path}"
    if not path.is_file():
        what = "is not a regular file" if path.exists() else "does not exist"
        raise EphemerisError(title, [Defect(str(path), what, "give the path of an OEM file")])
    try:
        with path.open("rb") as stream:
            data = _unpack(stream, limit_bytes)
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise EphemerisError(
            title, [Defect(str(path), f"the compressed data are damaged or truncated: {error}", "fetch the file again")]
        ) from error
    except OSError as error:  # after the above: BadGzipFile is an OSError; so is bzip2's complaint about bad data
        raise EphemerisError(title, [Defect(str(path), f"cannot be read: {error}", "check the file")]) from error
    defect = _unfit(data, limit_bytes, str(path))
    if defect:
        raise EphemerisError(title, [defect])
    return data


def _unpack(stream: BinaryIO, limit_bytes: int) -> bytes:
    """Decompress by magic number and stop one byte past the limit, which is how the caller sees that it was passed."""
    magic = stream.read(6)
    stream.seek(0)
    if magic.startswith(_MAGIC_GZIP):
        with gzip.GzipFile(fileobj=stream) as unpacked:
            return unpacked.read(limit_bytes + 1)
    if magic.startswith(_MAGIC_BZIP2):
        with bz2.BZ2File(stream) as unpacked:
            return unpacked.read(limit_bytes + 1)
    if magic.startswith((_MAGIC_XZ, _MAGIC_LZMA)):
        return _unpack_lzma(stream, limit_bytes)
    return stream.read(min(os.fstat(stream.fileno()).st_size, limit_bytes) + 1)


def _unpack_lzma(stream: BinaryIO, limit_bytes: int) -> bytes:
    """Like ``lzma.LZMAFile.read`` but with a limit on the memory that the file may ask for."""
    parts: list[bytes] = []
    size = 0
    unpacker = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY_BYTES)
    while size <= limit_bytes:
        packed = stream.read(_CHUNK_BYTES) if unpacker.needs_input and not unpacker.eof else b""
        if unpacker.eof:
            packed = unpacker.unused_data or stream.read(_CHUNK_BYTES)
            if not packed.strip(b"\0"):  # zero padding may follow a stream
                return b"".join(parts)
            unpacker = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY_BYTES)
        elif unpacker.needs_input and not packed:
            raise EOFError("it ends before the end-of-stream marker")
        part = unpacker.decompress(packed, limit_bytes + 1 - size)
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _unfit(data: bytes, limit_bytes: int, where: str) -> Defect | None:
    if not data or data.isspace():
        return Defect(where, "is empty", "give an OEM file with at least one state")
    if len(data) > limit_bytes:
        return Defect(where, f"is larger than {limit_bytes / 1e6:.0f} MB once unpacked", "cut it into shorter spans")
    if b"\0" in data:
        return Defect(where, "is binary, not text", "give a CCSDS OEM in KVN or XML, UTF-8")
    return None
