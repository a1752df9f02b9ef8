"""What ``pointnemo descend`` adds to the run folder of its plan, put in place as a whole or not at all.

descend.json       the document ``pointnemo/descend/1``, the same bytes for the same inputs
descend.html       figures and tables to look at
descend-altitude.svg, descend-burns.svg, descend-losses.svg, descend-failures.svg, descend-map.svg
                   the figures, those that there is something to show in
descent.opm, descent.ocm
                   the manoeuvres and the orbit before them for other programs (CCSDS), where burns are flown
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointnemo.descent.report import DescendReport
from pointnemo.reporting import placing
from pointnemo.reporting.folder import DESCEND_FILES, read_document, write_run

if TYPE_CHECKING:
    from pointnemo.planning import Run
    from pointnemo.results import Trajectory

__all__ = ["DOCUMENT", "descend_json", "read_descend", "write_descend"]

DOCUMENT = "descend.json"


def descend_json(report: DescendReport) -> str:
    """The document as it stands in ``descend.json`` and as ``--json`` prints it: keys in the order of the models."""
    return report.model_dump_json(by_alias=True, indent=1) + "\n"


def read_descend(folder: Path) -> DescendReport:
    """The document of a run folder.

    Args:
        folder: one that ``pointnemo descend`` wrote.

    Returns:
        The document; figures and page can be drawn from it alone.

    Raises:
        RunFolderError: there is none, or it is damaged or of another version of the schema.
    """
    return read_document(folder, "descend", DescendReport)


def write_descend(report: DescendReport, run: Run, folder: Path, force: bool = False, log: Sequence[str] = ()) -> Path:
    """Write the run folder of a plan to ``descend``, then what belongs to its descent beside it.

    A folder that holds the same inputs flown further keeps what it has, and the descent is added.

    Args:
        report: the document.
        run: the run that it is of.
        folder: the target.
        force: replace a run with other inputs.
        log: notices of this run, for ``run.json``.

    Returns:
        The folder.

    Raises:
        RunFolderError: the target holds other inputs and ``force`` is not given, or cannot be written.
    """
    write_run(run, folder, force, log)
    placing.replace_folder(folder, DESCEND_FILES, lambda temporary: _fill(report, run, temporary))
    return folder


def _fill(report: DescendReport, run: Run, folder: Path) -> None:
    from pointnemo.reporting.descend_figures import descend_figures
    from pointnemo.reporting.descend_html import render_descend
    from pointnemo.reporting.svg import standalone
    from pointnemo.world.land import load_land

    figures = descend_figures(report, load_land().coastlines())
    texts = {
        **{f"descend-{name}.svg": standalone(figure) for name, figure in figures.items()},
        "descend.html": render_descend(report, figures),
        DOCUMENT: descend_json(report),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    if run.trajectory is not None and run.trajectory.tt_s.size and report.burns:
        _messages(report, run, run.trajectory, folder)


def _messages(report: DescendReport, run: Run, trajectory: Trajectory, folder: Path) -> None:
    """The manoeuvres as CCSDS files; the same inputs write the same files, so their date is the start state's."""
    from pointnemo.reporting.descend_ccsds import write_descent_messages

    station = run.scenario.station
    write_descent_messages(
        folder,
        report,
        trajectory,
        station.name,
        str(station.norad_id),
        originator=f"POINTNEMO {report.provenance.package_version}",
        creation_utc=run.scenario.orbit.epoch_utc.strftime("%Y-%m-%dT%H:%M:%S"),
        cd_area_m2=None if report.attitudes else station.drag.cd_area_m2,
    )
