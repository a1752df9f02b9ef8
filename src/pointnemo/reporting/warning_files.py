"""The files of an assessment beside the plan: every warning as a text, and the areas for maps and globes.

warnings/navarea-1-xiv.txt          what a NAVAREA coordinator would broadcast, and nothing else
warnings/notam-1-nzzo.txt           what a NOTAM office would send
warnings/backup-...                 the same for the backup window
warnings/README.txt                 which is which, and that they are drafts
hazard.geojson, hazard.kml          areas, windows, tracks
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pointnemo.formats.geojson import hazard_geojson
from pointnemo.formats.kml import hazard_kml
from pointnemo.formats.navarea import parse_navarea
from pointnemo.formats.notam import parse_notam
from pointnemo.formats.safety_texts import DRAFT
from pointnemo.results import Assess, Footprint, HazardArea, Place, Trajectory

__all__ = ["WARNING_FILES", "ground_track", "write_warning_files"]

FloatArray = NDArray[np.float64]

WARNING_FILES = ("warnings", "hazard.geojson", "hazard.kml")
"""What ``write_warning_files`` writes into a folder."""
_LAST_DAY_S = 86400.0


def ground_track(trajectory: Trajectory | None, seconds: float = _LAST_DAY_S) -> FloatArray | None:
    """The end of a trajectory on the ground.

    Args:
        trajectory: the last days.
        seconds: how much of it.

    Returns:
        Shape (n, 2), longitude and latitude in degrees; None without a trajectory.
    """
    if trajectory is None or trajectory.tt_s.size < 2:
        return None
    last = trajectory.tt_s >= trajectory.tt_s[-1] - seconds
    return np.column_stack([trajectory.longitude_deg[last], trajectory.latitude_deg[last]])


def write_warning_files(
    folder: Path,
    assess: Assess,
    *,
    title: str,
    footprint: Footprint | None = None,
    places: Sequence[tuple[str, Place]] = (),
    track: FloatArray | None = None,
    backup: Sequence[HazardArea] = (),
    backup_track: FloatArray | None = None,
) -> tuple[str, ...]:
    """Write the warnings and the areas of an assessment.

    Args:
        folder: an existing folder.
        assess: with hazard areas; without any, and without warnings, nothing is written.
        title: of the KML document.
        footprint: of the re-entry.
        places: names and places for the globe, such as the aim point.
        track: ground track of the primary window, shape (n, 2), longitude and latitude in degrees.
        backup: areas of the backup window.
        backup_track: its ground track.

    Returns:
        Names of the files, relative to the folder, the same bytes for the same arguments.
    """
    written: list[str] = []
    tracks = {name: t for name, t in (("primary", track), ("backup", backup_track)) if t is not None}
    if assess.hazard_areas or backup:
        document = hazard_geojson(assess.hazard_areas, backup, tracks)
        text = json.dumps(document, indent=1, allow_nan=False) + "\n"
        globe = hazard_kml(title, assess.hazard_areas, backup, footprint=footprint, places=places, tracks=tracks)
        for name, content in (("hazard.geojson", text), ("hazard.kml", globe)):
            (folder / name).write_text(content, encoding="utf-8")
            written.append(name)
    texts = _texts(assess)
    if texts:
        (folder / "warnings").mkdir(exist_ok=True)
        lines = [DRAFT, ""]
        for name, (what, content) in texts.items():
            (folder / "warnings" / name).write_text(content, encoding="ascii")
            written.append(f"warnings/{name}")
            lines.append(f"{name:<28}  {what}")
        if assess.warnings and assess.warnings.notes:
            lines += ["", "Approximate, to be checked by whoever issues them:", *assess.warnings.notes]
        (folder / "warnings" / "README.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        written.append("warnings/README.txt")
    return tuple(written)


def _texts(assess: Assess) -> dict[str, tuple[str, str]]:
    """By name of the file: what it is, and its text."""
    w = assess.warnings
    if w is None:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for prefix, kind, navarea, notam in (
        ("", "primary window", w.navarea, w.notam),
        ("backup-", "backup window", w.backup_navarea, w.backup_notam),
    ):
        for i, text in enumerate(navarea, start=1):
            said = parse_navarea(text)
            name = f"{prefix}navarea-{i}-{said.navarea.lower()}.txt"
            found[name] = (f"{kind}, NAVAREA {said.navarea}: {said.subject.lower()}", text)
        for i, text in enumerate(notam, start=1):
            fir = parse_notam(text).fir
            found[f"{prefix}notam-{i}-{fir.lower()}.txt"] = (f"{kind}, flight information region {fir}", text)
    return found
