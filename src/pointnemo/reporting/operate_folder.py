"""What ``pointnemo operate`` adds to the run folder of its plan, put in place as a whole or not at all.

operate.json       the document ``pointnemo/operate/1``, the same bytes for the same inputs
operate.html       figures and tables to look at
operate-altitude.svg, operate-ports.svg, operate-propellant.svg, operate-supplies.svg, operate-commitments.svg
                   the figures, those that there is something to show in
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointnemo.operations.operate_report import OperateReport
from pointnemo.reporting import placing
from pointnemo.reporting.folder import OPERATE_FILES, read_document, write_run

if TYPE_CHECKING:
    from pointnemo.planning import Run

__all__ = ["DOCUMENT", "operate_json", "read_operate", "write_operate"]

DOCUMENT = "operate.json"


def operate_json(report: OperateReport) -> str:
    """The document as it stands in ``operate.json`` and as ``--json`` prints it: keys in the order of the models."""
    return report.model_dump_json(by_alias=True, indent=1) + "\n"


def read_operate(folder: Path) -> OperateReport:
    """The document of a run folder.

    Args:
        folder: one that ``pointnemo operate`` wrote.

    Returns:
        The document; figures and page can be drawn from it alone.

    Raises:
        RunFolderError: there is none, or it is damaged or of another version of the schema.
    """
    return read_document(folder, "operate", OperateReport)


def write_operate(report: OperateReport, run: Run, folder: Path, force: bool = False, log: Sequence[str] = ()) -> Path:
    """Write the run folder of a plan to ``operate``, then what belongs to its operation beside it.

    A folder that holds the same inputs flown further keeps what it has, and the operation is added.

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
    placing.replace_folder(folder, OPERATE_FILES, lambda temporary: _fill(report, temporary))
    return folder


def _fill(report: OperateReport, folder: Path) -> None:
    from pointnemo.reporting.operate_figures import operate_figures
    from pointnemo.reporting.operate_html import render_operate
    from pointnemo.reporting.svg import standalone

    figures = operate_figures(report)
    texts = {
        **{f"operate-{name}.svg": standalone(figure) for name, figure in figures.items()},
        "operate.html": render_operate(report, figures),
        DOCUMENT: operate_json(report),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
