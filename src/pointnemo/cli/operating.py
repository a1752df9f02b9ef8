"""What ``pointnemo operate`` does once its options are read: plan, write the run folder, print. Imported late."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointnemo import planning
from pointnemo.cli import terminal
from pointnemo.cli.flight import Options, answered
from pointnemo.reporting.folder import plan_json, write_run

if TYPE_CHECKING:
    from pointnemo.planning import OperateRun

__all__ = ["carry_out_operate"]


def carry_out_operate(options: Options) -> int:
    """Plan the operation of a station, write it into its run folder, print its page or its document.

    With ``--set`` lines the plan without them is made as well, and the page tells what they changed.

    Args:
        options: as given on the command line.

    Returns:
        Exit code 0, also where limits are missed: the page says so at its head.

    Raises:
        PointnemoError: see ``errors``.
    """

    def write(done: OperateRun, folder: Path, log: Sequence[str]) -> Path:
        if done.report is None:
            return write_run(done.run, folder, options.force, log)
        from pointnemo.reporting.operate_folder import write_operate

        return write_operate(done.report, done.run, folder, options.force, log)

    done, folder = answered(
        "operate",
        options,
        lambda request, progress: planning.operate_run(request, progress),
        lambda done: done.run,
        write,
    )
    if options.json:
        terminal.emit_bytes(_document(done).encode())
    else:
        terminal.emit(_page(done, terminal.wants_color(options.no_color), str(folder)))
    return 0


def _document(done: OperateRun) -> str:
    """The document; where there is nothing to operate that of the plan, which says why."""
    if done.report is None:
        return plan_json(done.run.plan)
    from pointnemo.reporting.operate_folder import operate_json

    return operate_json(done.report)


def _page(done: OperateRun, color: bool, folder: str) -> str:
    if done.report is None:
        from pointnemo.reporting.page import page

        return page(done.run.plan, color, upto="operate", folder=folder)
    from pointnemo.reporting.operate_page import operate_page

    return operate_page(done.report, color, folder=folder)
