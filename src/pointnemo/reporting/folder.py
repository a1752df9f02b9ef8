"""The run folder: every file of a run, put in place as a whole or not at all.

plan.json           the document, the same bytes for the same inputs
run.json            what may differ between two such runs: clock, machine, workers, versions, timings, log
history.csv         day by day
trajectory.oem      the last days (where they were flown)
burns.csv           reboosts and targeted burns
footprint.geojson   footprint, aim, impact centre, heel, toe, track
report.html         all of it to look at
stages/             what a later run takes over where its inputs are unchanged

`pointnemo operate` adds operate.json, operate.html and its figures: see ``operate_folder``. `pointnemo descend`
adds descend.json, descend.html, its figures and its manoeuvres: see ``descend_folder``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from pointnemo.errors import Defect, RunFolderError
from pointnemo.formats.geojson import footprint_geojson
from pointnemo.reporting import placing
from pointnemo.reporting.page import UPTO
from pointnemo.reporting.series import burns_csv, history_csv, write_trajectory
from pointnemo.results import Assess, Descend, Document, Place, Plan, Reenter

if TYPE_CHECKING:
    from pointnemo.planning import Run

__all__ = [
    "DEFAULT_PARENT",
    "DESCEND_FILES",
    "OPERATE_FILES",
    "check_inputs",
    "check_target",
    "default_folder",
    "plan_json",
    "read_plan",
    "write_run",
]

FILES = (
    "plan.json",
    "run.json",
    "history.csv",
    "trajectory.oem",
    "burns.csv",
    "footprint.geojson",
    "report.html",
    "stages",
    "warnings",
    "hazard.geojson",
    "hazard.kml",
)
"""Everything that every run writes into its folder; anything else in it belongs to the user and stays."""

OPERATE_FILES = (
    "operate.json",
    "operate.html",
    "operate-altitude.svg",
    "operate-ports.svg",
    "operate-propellant.svg",
    "operate-supplies.svg",
    "operate-commitments.svg",
)
"""What `pointnemo operate` adds; it goes when the folder is given to other inputs."""

DESCEND_FILES = (
    "descend.json",
    "descend.html",
    "descend-altitude.svg",
    "descend-burns.svg",
    "descend-losses.svg",
    "descend-failures.svg",
    "descend-map.svg",
    "descent.opm",
    "descent.ocm",
)
"""What `pointnemo descend` adds; it goes when the folder is given to other inputs."""

DEFAULT_PARENT = Path("runs")
"""Where run folders go that nobody named, in the working folder."""

_MOST_DEFECTS = 20
DocumentT = TypeVar("DocumentT", bound=Document)


def plan_json(plan: Plan) -> str:
    """The document as it stands in ``plan.json`` and as ``--json`` prints it: keys in the order of the models.

    Floats are written in full, so that reading them back gives the same bits.
    """
    return plan.model_dump_json(by_alias=True, indent=1) + "\n"


def read_plan(folder: Path) -> Plan:
    """The document of a run folder.

    Args:
        folder: a run folder.

    Returns:
        The plan, without bulk arrays.

    Raises:
        RunFolderError: there is none, or it is damaged or of another version of the schema.
    """
    return read_document(folder, "plan", Plan)


def read_document(folder: Path, verb: str, kind: type[DocumentT]) -> DocumentT:
    """The document that a verb wrote into a run folder.

    Args:
        folder: the run folder.
        verb: it is in ``<verb>.json``.
        kind: what is expected there.

    Returns:
        The document.

    Raises:
        RunFolderError: there is none, or it is damaged or of another version of the schema.
    """
    path = folder / f"{verb}.json"
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        mend = f"give a folder that `pointnemo {verb}` wrote"
        raise RunFolderError(
            "this run cannot be read", [Defect(str(path), error.strerror or str(error), mend)]
        ) from error
    except ValidationError as error:
        defects = [
            Defect(f"{path}, {'.'.join(map(str, found['loc'])) or 'document'}", found["msg"])
            for found in error.errors(include_url=False)[:_MOST_DEFECTS]
        ]
        raise RunFolderError("this run cannot be read", defects) from error


def default_folder(plan: Plan) -> Path:
    """``runs/<scenario>-<8 hex digits of the input hash>``, in the working folder."""
    return DEFAULT_PARENT / f"{plan.provenance.scenario}-{plan.provenance.input_hash[:8]}"


def check_target(folder: Path) -> None:
    """Refuse a target that can never become a run folder; see ``placing.check_target``."""
    placing.check_target(folder, "plan.json")


def check_inputs(folder: Path, input_hash: str) -> None:
    """Refuse a folder that holds the run of other inputs.

    Args:
        folder: where a run is to be written.
        input_hash: of that run.

    Raises:
        RunFolderError: the folder holds other inputs.
    """
    there = _written(folder)
    if there is not None and there["input_hash"] != input_hash:
        raise placing.refused(
            folder,
            f"holds the plan for other inputs ({there['input_hash'][:8]}, not {input_hash[:8]})",
            "add --force to replace it, or give another --out",
        )


def write_run(run: Run, folder: Path, force: bool = False, log: Sequence[str] = ()) -> Path:
    """Write all files of a run.

    They are written into a temporary folder beside the target, which then takes its place; files of the user in the
    target move along. Where the target already holds the same inputs flown further than this run, nothing is written.

    Args:
        run: what was flown.
        folder: the target.
        force: replace a run with other inputs.
        log: notices of this run, for ``run.json``.

    Returns:
        The folder.

    Raises:
        RunFolderError: the target holds other inputs and ``force`` is not given, or cannot be written.
    """
    check_target(folder)
    there = _written(folder)
    own: tuple[str, ...] = (*FILES, *OPERATE_FILES, *DESCEND_FILES)
    if there is not None:
        old, new = there["input_hash"], run.plan.provenance.input_hash
        same = old == new
        if not same and not force:
            what = f"holds the plan for other inputs ({old[:8]}, not {new[:8]})"
            raise placing.refused(folder, what, "add --force to replace it, or give another --out")
        if same and UPTO.index(there["upto"]) > UPTO.index(run.request.upto):
            return folder
        if same:
            own = FILES
    placing.replace_folder(folder, own, lambda temporary: _fill(run, temporary, log))
    return folder


def _written(folder: Path) -> dict[str, Any] | None:
    """Input hash and last stage of the run in a folder; None where there is none, "?" where it cannot be read."""
    path = folder / "plan.json"
    if not path.is_file():
        return None
    try:
        input_hash = str(json.loads(path.read_text(encoding="utf-8"))["provenance"]["input_hash"])
    except (OSError, ValueError, KeyError, TypeError):
        return {"input_hash": "?", "upto": UPTO[0]}
    try:
        upto = json.loads((folder / "run.json").read_text(encoding="utf-8"))["upto"]
    except (OSError, ValueError, KeyError, TypeError):
        upto = UPTO[0]
    return {"input_hash": input_hash, "upto": upto if upto in UPTO else UPTO[0]}


def _fill(run: Run, folder: Path, log: Sequence[str]) -> None:
    """Every file of a run into an empty folder."""
    from pointnemo.planning import save_stages
    from pointnemo.reporting.html import render_report
    from pointnemo.world.land import load_land

    plan = run.plan
    (folder / "plan.json").write_text(plan_json(plan), encoding="utf-8")
    if run.history is not None:
        (folder / "history.csv").write_text(history_csv(run.history), encoding="utf-8")
    (folder / "burns.csv").write_text(burns_csv(plan.descend, plan.operate), encoding="utf-8")
    if run.trajectory is not None:
        write_trajectory(
            folder / "trajectory.oem",
            run.trajectory,
            object_name=run.scenario.station.name,
            object_id=str(run.scenario.station.norad_id),
            originator=f"POINTNEMO {plan.provenance.package_version}",
            epoch_utc=run.scenario.orbit.epoch_utc.strftime("%Y-%m-%dT%H:%M:%S"),
        )
    geometry = footprint_geojson(plan, run.trajectory)
    (folder / "footprint.geojson").write_text(json.dumps(geometry, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    land = load_land()
    islands = [Place(latitude_deg=i.latitude_deg, longitude_deg=i.longitude_deg, name=i.name) for i in land.islands]
    report = render_report(plan, run.history, run.trajectory, run.impacts, land.coastlines(), islands)
    (folder / "report.html").write_text(report, encoding="utf-8")
    if isinstance(plan.assess, Assess):
        _write_warnings(folder, run, plan.assess)
    (folder / "stages").mkdir()
    save_stages(run, folder / "stages")
    # Last, so that its clock tells when the folder was complete.
    (folder / "run.json").write_text(json.dumps(_circumstances(run, log), indent=1) + "\n", encoding="utf-8")


def _write_warnings(folder: Path, run: Run, assess: Assess) -> None:
    """Texts and areas of what is to be closed; nothing where nothing is."""
    from pointnemo.reporting.warning_files import ground_track, write_warning_files

    descend, reenter = run.plan.descend, run.plan.reenter
    targeting = descend.targeting if isinstance(descend, Descend) else None
    write_warning_files(
        folder,
        assess,
        title=run.scenario.title,
        footprint=reenter.footprint if isinstance(reenter, Reenter) else None,
        places=[("aim point", targeting.aim)] if targeting else [],
        track=ground_track(run.trajectory),
        backup=assess.backup_hazard_areas,
    )


def _circumstances(run: Run, log: Sequence[str]) -> dict[str, Any]:
    """What may differ between two runs of the same inputs."""
    return {
        "schema": "pointnemo/run/1",
        "input_hash": run.plan.provenance.input_hash,
        "upto": run.request.upto,
        "request": {
            "scenario": str(run.request.scenario),
            "set": list(run.request.set),
            "orbit": [str(path) for path in run.request.orbit],
            "seed": run.request.seed,
        },
        "workers": run.request.workers,
        **placing.machine(),
        "timings_s": {stage: round(seconds, 3) for stage, seconds in run.timings.items()},
        "reused": list(run.reused),
        "log": list(log),
    }
