"""Where compiled kernels live: one cache folder and the one decorator that every kernel wears.

numba reads its cache folder when it is first imported, so this module sets it before importing numba, and every
module with a kernel takes ``kernel`` from here instead of importing numba itself.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from functools import cache
from pathlib import Path

__all__ = ["cache_folder", "kernel"]


@cache
def cache_folder() -> Path:
    """The folder for everything that can be rebuilt: ``$XDG_CACHE_HOME/pointnemo``.

    Returns:
        A writable folder. Where the home folder is read-only it is a temporary one, with a warning.
    """
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "pointnemo"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"pointnemo-{os.getuid()}"
        folder.mkdir(parents=True, exist_ok=True)
        warnings.warn(f"cache folder under {base} is not writable; using {folder}", stacklevel=2)
    return folder


os.environ["NUMBA_CACHE_DIR"] = str(cache_folder() / "numba")

import numba  # noqa: E402

numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]  # for programs that imported numba before us

# nogil: parallelism lies outside, over chunks. No fastmath: the same seed gives the same bits.
kernel = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
