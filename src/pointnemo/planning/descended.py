"""The answer of ``pointnemo descend``: its document, and the run behind it."""

from __future__ import annotations

from dataclasses import dataclass

from pointnemo.descent.report import DescendReport, limits_of, report_of
from pointnemo.planning.chain import run
from pointnemo.planning.request import Progress, Request, Run
from pointnemo.results import Descend

__all__ = ["DescendRun", "descend_run"]

CHAIN_SHARE = 0.5  # of the whole chain that is done when the descent is


@dataclass(frozen=True)
class DescendRun:
    """One answer about the descent.

    Attributes:
        report: the document; None where there is nothing to bring down, and ``run.plan.descend`` says why.
        run: the run to ``descend``.
    """

    report: DescendReport | None
    run: Run


def descend_run(request: Request, progress: Progress | None = None) -> DescendRun:
    """Plan the descent.

    Args:
        request: what is asked; its ``upto`` is ``descend``.
        progress: called as the work goes on.

    Returns:
        The document and the run.

    Raises:
        InputError: the scenario, a tracking file or a run folder cannot be used, or asks for what cannot be flown.
        WorldError: data about nature do not reach far enough.
        FlightError: the descent cannot be flown.
    """
    flown = run(request, progress and (lambda what, fraction: progress(what, min(1.0, fraction / CHAIN_SHARE))))
    descended = flown.plan.descend
    if not isinstance(descended, Descend):
        return DescendRun(None, flown)
    return DescendRun(report_of(descended, flown.plan.provenance, limits_of(flown.scenario), flown.history), flown)
