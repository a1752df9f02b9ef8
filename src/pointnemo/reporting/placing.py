"""How a folder of results gets into its place: as a whole or not at all, and never over something else."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

from pointnemo.errors import Defect, RunFolderError

__all__ = ["check_target", "machine", "refused", "replace_folder"]

_LIBRARIES = ("numpy", "scipy", "heyoka", "numba", "pyerfa", "sgp4", "pymsis", "pydantic", "matplotlib", "shapely")


def check_target(folder: Path, document: str) -> None:
    """Refuse a target that can never become a run folder, before anything is computed.

    Args:
        folder: where the run is to be written.
        document: name of the file that marks a folder of the same kind, such as ``plan.json``.

    Raises:
        RunFolderError: it is a file, a folder of something else, or lies where nothing can be written.
    """
    if folder.exists():
        if not folder.is_dir():
            raise refused(folder, "is a file", "give a folder that does not exist yet")
        if any(folder.iterdir()) and not (folder / document).is_file():
            raise refused(folder, "holds other things than a run", "give a folder that is empty or not there yet")
    _try_to_write(folder)


def _try_to_write(folder: Path) -> None:
    """Make a folder where the target's will be made, and remove it: permissions alone do not tell of every disk."""
    target = folder.resolve()
    nearest = next((parent for parent in target.parents if parent.exists()), target.parent)
    try:
        Path(mkdtemp(prefix=f".{target.name[:40]}.", dir=nearest)).rmdir()
    except OSError as error:
        what = f"no folder can be made in {nearest}: {error.strerror or error}"
        raise refused(folder, what, "give another --out") from error


def refused(folder: Path, what: str, mend: str) -> RunFolderError:
    """The error of a folder that cannot be written, to be raised."""
    return RunFolderError("this run folder cannot be written", [Defect(str(folder), what, mend)])


def replace_folder(folder: Path, own: Collection[str], fill: Callable[[Path], None]) -> None:
    """Fill a temporary folder beside the target, which then takes its place; files of the user move along.

    Args:
        folder: the target.
        own: names of all that we write; anything else in the target belongs to the user and stays.
        fill: writes into an empty folder.

    Raises:
        RunFolderError: the target cannot be written.
    """
    try:
        target = folder.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
        temporary.mkdir()
        try:
            fill(temporary)
            _swap(temporary, target, own)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise refused(folder, f"cannot be written: {error.strerror or error}", "give another --out") from error


def _swap(temporary: Path, target: Path, own: Collection[str]) -> None:
    """Put a filled folder in the place of the target; the user's own files in the target are kept."""
    if not target.exists():
        temporary.rename(target)
        return
    for entry in list(target.iterdir()):
        if entry.name not in own:
            entry.rename(temporary / entry.name)
    old = temporary.with_name(temporary.name + ".old")
    target.rename(old)
    try:
        temporary.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def machine() -> dict[str, Any]:
    """Clock, machine and versions of a run: what may differ between two runs of the same inputs."""
    return {
        "written_utc": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "host": platform.node(),
        "cpu": _cpu(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in ("pointnemo", *_LIBRARIES)},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    """Name of the processor, as the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()
