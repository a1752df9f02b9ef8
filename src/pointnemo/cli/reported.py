"""What ``operate`` and ``descend`` do once their options are read: plan, write the run folder, print. Imported late.

Both have a document, a page and files of their own beside those of the plan; where there is nothing to report the plan
says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pointnemo import planning
from pointnemo.cli import terminal
from pointnemo.cli.flight import Options, answered
from pointnemo.reporting.folder import plan_json, write_run
from pointnemo.reporting.page import page

if TYPE_CHECKING:
    from pointnemo.planning import DescendRun, OperateRun

__all__ = ["Reported", "carry_out_reported"]

Reported = Literal["operate", "descend"]


class _Reporting(NamedTuple):
    """How the report of a verb is written into a folder, as a document and as a page."""

    write: Callable[..., Path]
    document: Callable[[Any], str]
    page: Callable[..., str]


def carry_out_reported(verb: Reported, options: Options) -> int:
    """Plan as far as a verb goes, write what it reports into its run folder, print its page or its document.

    Args:
        verb: which one.
        options: as given on the command line.

    Returns:
        Exit code 0, also where limits are missed: the page says so at its head.

    Raises:
        PointnemoError: see ``errors``.
    """

    def write(done: OperateRun | DescendRun, folder: Path, log: Sequence[str]) -> Path:
        if done.report is None:
            return write_run(done.run, folder, options.force, log)
        return _reporting(verb).write(done.report, done.run, folder, options.force, log)

    done, folder = answered(
        verb,
        options,
        lambda request, progress: getattr(planning, f"{verb}_run")(request, progress),
        lambda done: done.run,
        write,
    )
    if options.json:
        text = plan_json(done.run.plan) if done.report is None else _reporting(verb).document(done.report)
        terminal.emit_bytes(text.encode())
        return 0
    color, where = terminal.wants_color(options.no_color), str(folder)
    if done.report is None:
        terminal.emit(page(done.run.plan, color, upto=verb, folder=where))
    else:
        terminal.emit(_reporting(verb).page(done.report, color, folder=where))
    return 0


def _reporting(verb: Reported) -> _Reporting:
    if verb == "operate":
        from pointnemo.reporting.operate_folder import operate_json, write_operate
        from pointnemo.reporting.operate_page import operate_page

        return _Reporting(write_operate, operate_json, operate_page)
    from pointnemo.reporting.descend_folder import descend_json, write_descend
    from pointnemo.reporting.descend_page import descend_page

    return _Reporting(write_descend, descend_json, descend_page)
