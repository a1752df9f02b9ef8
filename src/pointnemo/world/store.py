"""Where updated data live, and which of them are in use: the newest valid ones.

``$POINTNEMO_DATA_FOLDER``, else ``$XDG_DATA_HOME/pointnemo``, else ``~/.local/share/pointnemo``:

    space_weather/2026-11-22T054820Z-1a2b3c4d5e6f/    one snapshot: its tables and provenance.json
    earth_orientation/...
    orbit/...                                          one tracking file each
    requests.json                                      what was asked of whom, and when
    bodies/                                            what was sent, for servers that answer "not modified"

A snapshot is written beside its place and moved there whole, and never changed: a run that reads while an update
writes sees the old one or the new one. Older ones are kept, so that a damaged one falls back to the one before.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from pointnemo.errors import WorldError
from pointnemo.results import DataFile
from pointnemo.world.tables import bundled_versions

__all__ = [
    "PRODUCTS",
    "Snapshot",
    "data_folder",
    "in_use",
    "load_body",
    "orbit_files",
    "read_requests",
    "save",
    "save_body",
    "snapshots",
    "write_requests",
]

PRODUCTS = ("orbit", "space_weather", "earth_orientation")

KEPT = {"orbit": 60, "space_weather": 3, "earth_orientation": 3}
_PROVENANCE = "provenance.json"
_REQUESTS = "requests.json"


@dataclass(frozen=True)
class Snapshot:
    """One state of one product, with where it came from.

    Attributes:
        product: one of ``PRODUCTS``.
        folder: where it lies.
        issued: UTC, ISO 8601, when the source made it.
        source: in words.
        urls: what was asked.
        fetched: UTC, ISO 8601.
        received_sha256: of what was sent, in the order of ``urls``.
        valid_from, valid_to: first and last UTC date or instant that it covers.
        files: name -> SHA-256 of what was made of it.
    """

    product: str
    folder: Path
    issued: str
    source: str
    urls: tuple[str, ...]
    fetched: str
    received_sha256: tuple[str, ...]
    valid_from: str
    valid_to: str
    files: dict[str, str]

    def data_files(self) -> tuple[DataFile, ...]:
        """Its files as the provenance of a run quotes them."""
        source = f"{self.source}; {', '.join(self.urls)} on {self.fetched}"
        return tuple(
            DataFile(name=name, version=self.issued, source=source, sha256=sha256)
            for name, sha256 in sorted(self.files.items())
        )


def data_folder() -> Path:
    """Folder of updated data; it need not exist."""
    own = os.environ.get("POINTNEMO_DATA_FOLDER")
    if own:
        return Path(own)
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "pointnemo"


def snapshots(product: str, folder: Path | None = None) -> tuple[Snapshot, ...]:
    """All valid snapshots of a product, oldest first; damaged ones are left out.

    Args:
        product: one of ``PRODUCTS``.
        folder: the data folder; None for the default.
    """
    try:
        entries = [entry for entry in ((folder or data_folder()) / product).iterdir() if entry.name[0] != "."]
    except OSError:
        return ()
    found = [snapshot for entry in entries if (snapshot := _read(entry, product)) is not None]
    return tuple(sorted(found, key=lambda snapshot: (snapshot.issued, snapshot.fetched, snapshot.folder.name)))


def in_use(product: str, folder: Path | None = None) -> Snapshot | None:
    """The newest valid snapshot of a product, if newer than the bundled tables; arguments as for ``snapshots``."""
    found = snapshots(product, folder)
    if not found:
        return None
    bundled = bundled_versions()
    older = any(name in bundled and found[-1].issued[:10] <= bundled[name] for name in found[-1].files)
    return None if older else found[-1]


def orbit_files(folder: Path | None = None) -> tuple[Path, ...]:
    """The tracking files that updates brought, oldest first; ``folder`` as for ``snapshots``."""
    return tuple(snapshot.folder / name for snapshot in snapshots("orbit", folder) for name in snapshot.files)


def save(snapshot: Snapshot, contents: dict[str, bytes]) -> Snapshot:
    """Write a snapshot, whole or not at all, and let go of the oldest beyond those that are kept.

    Args:
        snapshot: with ``folder`` the data folder.
        contents: name -> bytes, as in ``snapshot.files``.

    Returns:
        The snapshot with the folder that it now has.

    Raises:
        WorldError: the data folder cannot be written to.
    """
    home = snapshot.folder / snapshot.product
    digest = hashlib.sha256("".join(snapshot.received_sha256).encode()).hexdigest()[:12]
    place = home / f"{re.sub(r'[^0-9TZ-]', '', snapshot.issued)}-{digest}"
    stored = Snapshot(**{**vars(snapshot), "folder": place})
    try:
        home.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=home, prefix=".new-"))
        try:
            for name, data in contents.items():
                _write_synced(beside / name, data)
            about = {key: value for key, value in asdict(stored).items() if key != "folder"}
            _write_synced(beside / _PROVENANCE, json.dumps(about, indent=1).encode())
            beside.chmod(0o755)
            if _read(place, snapshot.product) is None:
                shutil.rmtree(place, ignore_errors=True)  # what lies there is damaged
                beside.rename(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise WorldError(f"cannot write to {home} ({error}); set POINTNEMO_DATA_FOLDER") from error
    for old in snapshots(snapshot.product, snapshot.folder)[: -KEPT[snapshot.product]]:
        shutil.rmtree(old.folder, ignore_errors=True)
    return stored


def _read(entry: Path, product: str) -> Snapshot | None:
    """A snapshot whose files are what its provenance says, else None."""
    try:
        about = json.loads((entry / _PROVENANCE).read_bytes())
        about["urls"], about["received_sha256"] = tuple(about["urls"]), tuple(about["received_sha256"])
        snapshot = Snapshot(**about, folder=entry)
        sound = snapshot.product == product and all(
            hashlib.sha256((entry / name).read_bytes()).hexdigest() == sha256 for name, sha256 in snapshot.files.items()
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return snapshot if sound else None


# --- what was asked ------------------------------------------------------------------------------------------------


def read_requests(folder: Path) -> dict[str, dict[str, str]]:
    """URL -> what is remembered of the last request; empty where nothing readable is."""
    try:
        found = json.loads((folder / _REQUESTS).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(url): dict(row) for url, row in found.items() if isinstance(row, dict)}


def write_requests(folder: Path, requests: dict[str, dict[str, str]]) -> None:
    """Replace what is remembered of the requests, in one step.

    Raises:
        WorldError: the data folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_synced(folder / f".{_REQUESTS}", json.dumps(requests, indent=1, sort_keys=True).encode())
        (folder / f".{_REQUESTS}").replace(folder / _REQUESTS)
    except OSError as error:
        raise WorldError(f"cannot write to {folder} ({error}); set POINTNEMO_DATA_FOLDER") from error


def save_body(folder: Path, url: str, body: bytes) -> None:
    """Keep what a server sent, for the day on which it answers "not modified"."""
    path = _body_path(folder, url)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    _write_synced(beside, lzma.compress(body, preset=1))
    beside.replace(path)


def load_body(folder: Path, url: str, sha256: str) -> bytes | None:
    """What a server sent last, or None where it is not there as it was."""
    try:
        body = lzma.decompress(_body_path(folder, url).read_bytes())
    except (OSError, lzma.LZMAError):
        return None
    return body if hashlib.sha256(body).hexdigest() == sha256 else None


def _body_path(folder: Path, url: str) -> Path:
    return folder / "bodies" / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}.xz"


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
