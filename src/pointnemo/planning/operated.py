"""The answer of ``pointnemo operate``: its document, with what the ``--set`` lines changed, and the run behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from pointnemo.operations.operate_changes import changes
from pointnemo.operations.operate_report import OperateReport, report_of
from pointnemo.operations.supplies import use_kg_per_day
from pointnemo.planning.chain import run
from pointnemo.planning.request import Progress, Request, Run
from pointnemo.results import Operate

__all__ = ["OperateRun", "operate_run"]

SHARE_ASKED = 0.7  # of the work for the plan asked for, which is re-flown; the rest for the one it is compared with


@dataclass(frozen=True)
class OperateRun:
    """One answer about the operation.

    Attributes:
        report: the document; None where there is nothing to operate, and ``run.plan.operate`` says why.
        run: the run to ``operate``.
    """

    report: OperateReport | None
    run: Run


def operate_run(request: Request, progress: Progress | None = None) -> OperateRun:
    """Plan the operation, and with ``--set`` lines also the one without them.

    Args:
        request: what is asked; its ``upto`` is ``operate``.
        progress: called as the work goes on.

    Returns:
        The document and the run.

    Raises:
        InputError: the scenario, a tracking file or a run folder cannot be used.
        WorldError: data about nature do not reach far enough.
    """
    asked = SHARE_ASKED if request.set else 1.0
    flown = run(request, _part(progress, 0.0, asked))
    operated = flown.plan.operate
    if not isinstance(operated, Operate):
        return OperateRun(None, flown)
    planned = flown.as_planned if isinstance(flown.as_planned, Operate) else operated
    other = _part(progress, asked, 1.0 - asked)
    earlier = run(replace(request, set=(), reflown=False), other).plan.operate if request.set else None
    until = date.fromisoformat(operated.until_utc[:10])
    report = report_of(
        operated,
        flown.plan.provenance,
        use_kg_per_day=use_kg_per_day(flown.scenario, until) if operated.supplies else None,
        changes=changes(earlier, planned) if isinstance(earlier, Operate) else None,
    )
    return OperateRun(report, flown)


def _part(progress: Progress | None, start: float, length: float) -> Progress | None:
    """Progress of a part of the work, whose own fraction runs from 0 to 1."""
    return progress and (lambda what, fraction: progress(what, start + length * fraction))
