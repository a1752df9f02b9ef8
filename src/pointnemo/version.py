"""Which code this is: the version, and a digest of the source, where nothing else is imported."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

__all__ = ["__version__", "source_digest"]

__version__ = version("pointnemo")


@cache
def source_digest() -> str:
    """SHA-256 over all Python files of the package: other code may give other results, whatever its version says."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
