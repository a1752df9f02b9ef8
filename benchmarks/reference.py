"""The reference data that peers need, unpacked where they can read it, and what to say where it is missing."""

from __future__ import annotations

import lzma
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Unavailable(Exception):
    """A peer or its data are missing; the message says how to get them."""


def reference_folder() -> Path:
    """Folder of the reference data: ``POINTNEMO_REFERENCE_DATA``, else ``../shared/data`` beside the project."""
    return Path(os.environ.get("POINTNEMO_REFERENCE_DATA", ROOT.parent / "shared" / "data"))


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    """One scratch folder for the process; it goes with it."""
    return tempfile.TemporaryDirectory(prefix="pointnemo-reference-")


def unpacked(name: str) -> Path:
    """A file or a folder of the reference data, its .xz files decompressed, in a scratch folder.

    Args:
        name: path below the reference folder, as it lies there.

    Returns:
        The unpacked file, or the folder of unpacked files.

    Raises:
        Unavailable: it is not there.
    """
    source = reference_folder() / name
    if not source.exists():
        raise Unavailable(f"no {name} in {reference_folder()}; set POINTNEMO_REFERENCE_DATA to the reference data")
    target = Path(_scratch().name) / name.removesuffix(".xz")
    if target.exists():
        return target
    if source.is_dir():
        target.mkdir(parents=True)
        for path in sorted(source.iterdir()):
            _unpack(path, target / path.name.removesuffix(".xz"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        _unpack(source, target)
    return target


def _unpack(source: Path, target: Path) -> None:
    with (lzma.open if source.suffix == ".xz" else open)(source, "rb") as packed, target.open("wb") as out:
        shutil.copyfileobj(packed, out)
