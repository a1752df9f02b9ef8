"""The folder that ``pointnemo track FILE...`` leaves, put in place as a whole or not at all.

track.json        the document, the same bytes for the same inputs
prediction.oem    the predicted orbit with covariances, as a CCSDS ephemeris
prediction.csv    the same every few hours and at the epochs asked for, with sigma
drag.csv          the arcs: drag area, what was left over, burns
residuals.svg, drag.svg, fan.svg    the figures
track.html        figures and tables to look at
run.json          what may differ between two such runs: clock, machine, workers, log
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointnemo.reporting import placing, words
from pointnemo.reporting.series import csv_text
from pointnemo.results import Estimate
from pointnemo.tracking.report import Followed, TrackReport
from pointnemo.world import time
from pointnemo.world.earth import EME2000_TO_GCRS

__all__ = [
    "TrackRun",
    "check_track_target",
    "default_track_folder",
    "drag_csv",
    "prediction_csv",
    "track_json",
    "write_prediction",
    "write_track",
]

FloatArray = NDArray[np.float64]

DOCUMENT = "track.json"
FIGURES = ("residuals", "drag", "fan")
FILES = (
    DOCUMENT,
    "prediction.oem",
    "prediction.csv",
    "drag.csv",
    *(f"{n}.svg" for n in FIGURES),
    "track.html",
    "run.json",
)
"""Everything that we write into such a folder; anything else in it belongs to the user and stays."""

_DEGREE = 7  # of the interpolation recommended to readers: 2 mm between states of four minutes
_COMMENT_COLUMNS = 72
_SAME_S = 1e-3


@dataclass(frozen=True)
class TrackRun:
    """What goes into the folder beside the answer.

    Attributes:
        input_hash: of all that the answer depends on, 64 hexadecimal digits.
        workers: threads.
        log: notices of the run.
    """

    input_hash: str
    workers: int
    log: tuple[str, ...] = ()


def track_json(report: TrackReport) -> str:
    """The document as it stands in ``track.json`` and as ``--json`` prints it: keys in the order of the models."""
    return report.model_dump_json(by_alias=True, indent=1) + "\n"


def default_track_folder(object_name: str, input_hash: str) -> Path:
    """``runs/track-<object>-<8 hex digits of the input hash>``, in the working folder."""
    name = re.sub(r"[^a-z0-9]+", "-", object_name.lower()).strip("-")[:40].strip("-")
    return Path("runs") / f"track-{name or 'object'}-{input_hash[:8]}"


def check_track_target(folder: Path, input_hash: str, force: bool) -> None:
    """Refuse a target that holds something else, before anything is computed.

    Args:
        folder: where the answer is to be written.
        input_hash: of the question.
        force: replace the answer to another question. What is no answer at all is never replaced.

    Raises:
        RunFolderError: nothing may or can be written there.
    """
    placing.check_target(folder, DOCUMENT)
    if force or not (folder / DOCUMENT).is_file():
        return
    try:
        there = str(json.loads((folder / "run.json").read_text(encoding="utf-8"))["input_hash"])
    except (OSError, ValueError, KeyError, TypeError):
        there = "unknown"
    if there != input_hash:
        what = f"holds the track of other inputs ({there[:8]}, not {input_hash[:8]})"
        raise placing.refused(folder, what, "add --force to replace it, or give another --out")


def write_track(followed: Followed, folder: Path, run: TrackRun, force: bool = False) -> Path:
    """Write all files into a temporary folder, which then takes the place of the target.

    Args:
        followed: the answer.
        folder: the target.
        run: what the answer depends on.
        force: replace the answer to another question.

    Returns:
        The folder.

    Raises:
        RunFolderError: the target holds something else, or cannot be written.
    """
    check_track_target(folder, run.input_hash, force)
    placing.replace_folder(folder, FILES, lambda temporary: _fill(followed, temporary, run))
    return folder


def _fill(followed: Followed, folder: Path, run: TrackRun) -> None:
    from pointnemo.reporting.svg import standalone
    from pointnemo.reporting.track_figures import track_figures
    from pointnemo.reporting.track_html import render_track

    figures = track_figures(followed)
    texts = {
        DOCUMENT: track_json(followed.report),
        "prediction.csv": prediction_csv(followed),
        "drag.csv": drag_csv(followed.report),
        **{f"{name}.svg": standalone(figures[name]) for name in FIGURES if name in figures},
        "track.html": render_track(followed, figures, run.input_hash),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_prediction(folder / "prediction.oem", followed)
    # Last, so that its clock tells when the folder was complete.
    (folder / "run.json").write_text(json.dumps(_circumstances(followed, run), indent=1) + "\n", encoding="utf-8")


def _circumstances(followed: Followed, run: TrackRun) -> dict[str, Any]:
    """What may differ between two runs of the same inputs, and what they were."""
    return {
        "schema": "pointnemo/run/1",
        "input_hash": run.input_hash,
        "request": {
            "files": list(followed.report.files),
            "as_of_utc": followed.report.as_of_utc,
            "seed": followed.report.provenance.seed,
            "members": followed.report.provenance.members,
        },
        "workers": run.workers,
        **placing.machine(),
        "log": list(run.log),
    }


# --- ephemeris -----------------------------------------------------------------------------------------------------


def write_prediction(path: Path, followed: Followed) -> None:
    """The predicted orbit as a CCSDS OEM, one block per coast or burn, with covariances.

    In EME2000, although we compute in GCRS: every reader of OEM knows it, some know no other inertial frame, and NASA
    publishes in it, so that rows can be laid side by side. The two differ by a constant rotation of 0.02 arcsec.

    Args:
        path: file to make or replace.
        followed: the answer; its as-of date stands as creation date, since the same inputs write the same file.
    """
    from pointnemo.formats.oem import OemSegment, write_oem

    report = followed.report
    to_file = EME2000_TO_GCRS.T
    stops = (*followed.block_starts[1:], len(followed.tt_s))
    blocks = list(zip(followed.block_starts, stops, strict=True))
    matrices = _covariances_of(followed, blocks, to_file)
    segments = [
        OemSegment(
            tt_s=followed.tt_s[a:b],
            position_km=followed.position_km[a:b] @ to_file.T,
            velocity_km_s=followed.velocity_km_s[a:b] @ to_file.T,
            covariances=tuple(matrices[i]),
        )
        for i, (a, b) in enumerate(blocks)
    ]
    # Orekit takes degree + 1 states whatever the method, and refuses a block that has fewer.
    degree = min(_DEGREE, *(b - a - 1 for a, b in blocks))
    write_oem(
        path,
        segments,
        object_name=words.clean(report.object_name) or "UNKNOWN",
        object_id=words.clean(report.object_id) or "UNKNOWN",
        originator=f"POINTNEMO {report.provenance.package_version}",
        creation_utc=report.as_of_utc.rstrip("Z"),
        frame="EME2000",
        comments=_remarks(report),
        interpolation=("HERMITE", degree) if degree > 0 else None,
    )


def _covariances_of(followed: Followed, blocks: Sequence[tuple[int, int]], to_file: FloatArray) -> list[list[Any]]:
    """The covariances of each block, turned into the frame of the file; at a border they go with the later block."""
    from pointnemo.formats.oem import OemCovariance

    turn = np.kron(np.eye(2), to_file)
    begins = np.array([followed.tt_s[a] for a, _ in blocks])
    found: list[list[Any]] = [[] for _ in blocks]
    for epoch, matrix in zip(followed.covariance_tt_s, followed.covariances, strict=True):
        turned = turn @ matrix @ turn.T
        block = max(0, int(np.searchsorted(begins, epoch + 1e-6, side="right")) - 1)
        found[block].append(OemCovariance(float(epoch), 0.5 * (turned + turned.T), "EME2000"))
    return found


def _remarks(report: TrackReport) -> list[str]:
    """What a reader of the file alone should know."""
    area, made = report.drag.now_cd_area_m2, report.provenance
    sentences = [
        "A prediction, not tracking. CREATION_DATE is the as-of date: nothing later is used, and the same inputs "
        "write the same file.",
        f"Start state of {report.epoch_utc}: {report.origin}; "
        f"mass {report.mass_kg:.0f} kg; drag area C_D A {area.value:.0f} m2 "
        f"({area.low:.0f} to {area.high:.0f}, {words.per(area.level)}) for NRLMSISE-00.",
        f"Space weather: {report.weather.source}; {report.weather.method}.",
        f"Covariances: of {made.members} members with other drag, space weather and burns, seed {made.seed}.",
        *(
            f"Burn {burn.name} ({burn.kind}{', preliminary' if burn.preliminary else ''}) at {burn.start_utc}, "
            f"{burn.delta_v_mps:.3f} m/s."
            for burn in report.burns
            if burn.start_utc > report.epoch_utc
        ),
    ]
    return [line for text in sentences for line in words.wrapped(text, width=_COMMENT_COLUMNS)]


# --- tables --------------------------------------------------------------------------------------------------------


def prediction_csv(followed: Followed) -> str:
    """The prediction at the epochs asked for and wherever a covariance is known.

    Columns: ``utc``, ``days`` from the start state, position (km) and velocity (km/s) in GCRS, one sigma radial,
    along-track and cross-track (km), ``asked_for``: yes or empty.

    Args:
        followed: the answer.

    Returns:
        CSV text, rising in time.
    """
    report = followed.report
    start = time.from_utc(report.epoch_utc)
    rows: dict[float, list[str]] = {}
    for epoch, matrix in zip(followed.covariance_tt_s, followed.covariances, strict=True):
        at = int(np.argmin(np.abs(followed.tt_s - epoch)))
        position, velocity = followed.position_km[at], followed.velocity_km_s[at]
        axes = rtn_axes(position, velocity)
        sigma = np.sqrt(np.maximum(np.diag(axes @ matrix[:3, :3] @ axes.T), 0.0))  # rounding may leave -0
        rows[round(float(epoch), 3)] = _prediction_row(time.to_utc(float(epoch)), start, position, velocity, sigma, "")
    for row in report.prediction:
        epoch = time.from_utc(row.utc)
        taken = next((key for key in rows if abs(key - epoch) <= _SAME_S), round(epoch, 3))
        vectors = (np.array(row.position_km), np.array(row.velocity_km_s), np.array(row.sigma_rtn_km))
        rows[taken] = _prediction_row(row.utc, start, *vectors, "yes")
    header = ["utc", "days", "x_km", "y_km", "z_km", "vx_km_s", "vy_km_s", "vz_km_s"]
    header += ["sigma_radial_km", "sigma_along_km", "sigma_cross_km", "asked_for"]
    return csv_text(header, (rows[epoch] for epoch in sorted(rows)))


def _prediction_row(
    utc: str, start_tt_s: float, position: FloatArray, velocity: FloatArray, sigma: FloatArray, asked: str
) -> list[str]:
    days = (time.from_utc(utc) - start_tt_s) / 86400.0
    numbers = [*(f"{x:.6f}" for x in position), *(f"{x:.9f}" for x in velocity), *(f"{x:.6f}" for x in sigma)]
    return [utc, f"{days:.5f}", *numbers, asked]


def rtn_axes(position_km: FloatArray, velocity_km_s: FloatArray) -> FloatArray:
    """Unit vectors radial, along-track and cross-track of an orbit.

    Args:
        position_km: shape (3,).
        velocity_km_s: shape (3,).

    Returns:
        Shape (3, 3), one axis a row.
    """
    radial = position_km / np.linalg.norm(position_km)
    cross = np.cross(position_km, velocity_km_s)
    cross = cross / np.linalg.norm(cross)
    return np.stack([radial, np.cross(cross, radial), cross])


def drag_csv(report: TrackReport) -> str:
    """The arcs: drag area and ballistic factor with their intervals, what was left over, burns, status.

    Args:
        report: the document.

    Returns:
        CSV text, a row per arc in the order of the document; a cell is empty where an arc gave no number.
    """
    header = ["from_utc", "to_utc", "from_file", "to_file", "days", "mass_kg"]
    header += ["cd_area_m2", "cd_area_low_m2", "cd_area_high_m2", "level"]
    header += ["ballistic_factor_m2_kg", "ballistic_factor_low_m2_kg", "ballistic_factor_high_m2_kg"]
    header += ["miss_radial_km", "miss_along_km", "miss_cross_km", "burns", "status", "note"]
    rows = [
        [
            arc.from_utc,
            arc.to_utc,
            arc.from_file,
            arc.to_file,
            f"{arc.days:.5f}",
            f"{arc.mass_kg:.1f}",
            *_cells(arc.cd_area_m2, 2),
            "" if arc.cd_area_m2 is None else f"{arc.cd_area_m2.level:g}",
            *_cells(arc.ballistic_factor_m2_kg, 8),
            *("" if x is None else f"{x:.6f}" for x in (arc.miss_radial_km, arc.miss_along_km, arc.miss_cross_km)),
            "; ".join(arc.burns),
            arc.status,
            arc.note,
        ]
        for arc in report.arcs
    ]
    return csv_text(header, rows)


def _cells(estimate: Estimate | None, places: int) -> list[str]:
    if estimate is None:
        return ["", "", ""]
    return [f"{value:.{places}f}" for value in (estimate.value, estimate.low, estimate.high)]
