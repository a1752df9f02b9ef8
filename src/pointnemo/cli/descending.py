"""What ``pointnemo descend`` does once its options are read: plan, write the run folder, print. Imported late."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointnemo import planning
from pointnemo.cli import terminal
from pointnemo.cli.flight import Options, answered
from pointnemo.reporting.folder import plan_json, write_run

if TYPE_CHECKING:
    from pointnemo.planning import DescendRun

__all__ = ["carry_out_descend"]


def carry_out_descend(options: Options) -> int:
    """Plan the descent of a station, write it into its run folder, print its page or its document.

    Args:
        options: as given on the command line.

    Returns:
        Exit code 0, also where something is missing: the page says so at its head.

    Raises:
        PointnemoError: see ``errors``.
    """

    def write(done: DescendRun, folder: Path, log: Sequence[str]) -> Path:
        if done.report is None:
            return write_run(done.run, folder, options.force, log)
        from pointnemo.reporting.descend_folder import write_descend

        return write_descend(done.report, done.run, folder, options.force, log)

    done, folder = answered(
        "descend",
        options,
        lambda request, progress: planning.descend_run(request, progress),
        lambda done: done.run,
        write,
    )
    if options.json:
        terminal.emit_bytes(_document(done).encode())
    else:
        terminal.emit(_page(done, terminal.wants_color(options.no_color), str(folder)))
    return 0


def _document(done: DescendRun) -> str:
    """The document; where there is nothing to bring down that of the plan, which says why."""
    if done.report is None:
        return plan_json(done.run.plan)
    from pointnemo.reporting.descend_folder import descend_json

    return descend_json(done.report)


def _page(done: DescendRun, color: bool, folder: str) -> str:
    if done.report is None:
        from pointnemo.reporting.page import page

        return page(done.run.plan, color, upto="descend", folder=folder)
    from pointnemo.reporting.descend_page import descend_page

    return descend_page(done.report, color, folder=folder)
