"""Where compiled kernels live: one cache folder and the one decorator that every kernel wears.

numba reads its cache folder when it is first imported, so this module sets it before importing numba, and every
module with a kernel takes ``kernel`` from here instead of importing numba itself.

numba keys a cached kernel on the source of its own file alone: a kernel with another file's kernel compiled into it
would keep the old code after an upgrade. So the folder carries a digest of every file that holds a kernel.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

__all__ = ["cache_folder", "kernel", "kernels_are_cached"]

KEPT_FOLDERS = 4


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
        os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))  # else matplotlib complains of the same
        warnings.warn(f"cache folder under {base} is not writable; using {folder}", stacklevel=2)
    return folder


def _kernel_folder() -> Path:
    """Folder of the compiled kernels of exactly this source; older ones beyond the last few are removed."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        source = path.read_bytes()
        if b"@kernel" in source:
            digest.update(source)
    folder = cache_folder() / "numba" / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    older = sorted(folder.parent.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)[KEPT_FOLDERS:]
    for entry in older:
        shutil.rmtree(entry, ignore_errors=True)
    return folder


os.environ["NUMBA_CACHE_DIR"] = str(_kernel_folder())

import numba  # noqa: E402

numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]  # pyright: ignore  # for programs that imported numba before us

# nogil: parallelism lies outside, over chunks. No fastmath: the same seed gives the same bits.
kernel = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")


def kernels_are_cached() -> bool:
    """Whether a kernel of this very source has been compiled on this machine before."""
    return next(Path(os.environ["NUMBA_CACHE_DIR"]).rglob("*.nbi"), None) is not None
