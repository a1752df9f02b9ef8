"""What is asked for, and what comes back: the two ends of the chain."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pointnemo.errors import Defect, InputError
from pointnemo.results import History, Impacts, Operate, Plan, Skipped, Trajectory
from pointnemo.scenario.models import Scenario

__all__ = ["STAGES", "Progress", "Request", "Run", "StageName", "default_workers"]

StageName = Literal["track", "operate", "descend", "reenter", "assess", "plan"]
STAGES: tuple[StageName, ...] = ("track", "operate", "descend", "reenter", "assess", "plan")

Progress = Callable[[str, float], None]
"""Called with the name of what is being done and the fraction of the whole that is done."""


def default_workers() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Request:
    """One question.

    Attributes:
        scenario: built-in name, TOML file, or the folder of an earlier run whose unchanged stages are used again.
        set: ``KEY=VALUE`` lines, applied in order.
        orbit: tracking files that replace the scenario's start state.
        seed: of all random draws.
        workers: threads for what runs in parallel; results do not depend on it.
        upto: last stage wanted.
        bundled: use the tables about nature that came with the package, not those fetched since.
        reflown: fly the schedule of reboosts numerically too, where the run ends with ``operate``.
    """

    scenario: str | Path = "iss"
    set: tuple[str, ...] = ()
    orbit: tuple[Path, ...] = ()
    seed: int = 0
    workers: int = field(default_factory=default_workers)
    upto: StageName = "plan"
    bundled: bool = False
    reflown: bool = True

    def __post_init__(self) -> None:
        defects: list[Defect] = []
        if self.seed < 0:
            defects.append(Defect("--seed", f"{self.seed} is negative", "use 0 or more"))
        if self.workers < 1:
            defects.append(Defect("--workers", f"{self.workers} is not a number of workers", "use 1 or more"))
        if self.upto not in STAGES:
            defects.append(Defect("upto", f"{self.upto!r} is not a stage", "use one of " + ", ".join(STAGES)))
        if defects:
            raise InputError("the request cannot be carried out", defects)


@dataclass(frozen=True)
class Run:
    """One answer.

    Attributes:
        plan: the document; stages after ``request.upto`` are skipped in it.
        scenario: as flown, with every ``--set``.
        as_planned: the operation before it was re-flown, to be compared with the plan without settings; None where
            there are none, or nothing was re-flown.
        history: day-by-day arrays, None where ``operate`` was not asked for.
        trajectory: the last days, None where they were not flown.
        impacts: fragments, None where nothing came down.
        request: the question.
        stage_hashes: input hash of each stage.
        timings: seconds by stage; differs between runs, so it stays out of ``plan``.
        reused: stages taken from the folder of an earlier run.
        orbit_hashes: SHA-256 of each tracking file used.
    """

    plan: Plan
    scenario: Scenario
    history: History | None
    trajectory: Trajectory | None
    impacts: Impacts | None
    request: Request
    stage_hashes: dict[str, str]
    timings: dict[str, float]
    reused: tuple[str, ...]
    orbit_hashes: tuple[str, ...]
    as_planned: Operate | Skipped | None = None
