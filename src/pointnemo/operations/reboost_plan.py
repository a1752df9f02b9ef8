"""A schedule of reboosts with the events that it serves: what the planner makes and the re-flight takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from pointnemo.motion.history import Decision, Flown
from pointnemo.operations.phases import Choice, Event, Passage
from pointnemo.results import FloatArray, Reboost, Solver, Violation

__all__ = ["ChosenEvent", "PlannedReboost", "ReboostPlan"]


class PlannedReboost(NamedTuple):
    """One burn of the schedule, at the midnight that ends a step of the decision.

    Attributes:
        step: of ``decision.schedule``; the burn is made at ``decision.schedule.tt_s[step + 1]``.
        tank: key of the tank that pays.
        altitude_after_km: mean altitude that it raises to.
        purpose: ``altitude``, or ``phase`` with the event that it sets the phase for.
    """

    step: int
    tank: str
    altitude_after_km: float
    purpose: str


class ChosenEvent(NamedTuple):
    """How the plan fits one launch or landing.

    Attributes:
        event: the event.
        day: UTC, chosen.
        choice: rendezvous, chosen.
        passage: as the averaged motion has it; None where the site meets the plane on no such day.
        ok: the phase lies in the choice's range.
    """

    event: Event
    day: date
    choice: Choice
    passage: Passage | None
    ok: bool


@dataclass(frozen=True)
class ReboostPlan:
    """A schedule, and the averaged flight that it leads to.

    Attributes:
        planned: the burns by day.
        events: what they serve, by day.
        decision: with the burns in it.
        flown: low, mean and high line; the schedule was made for the mean one (index 1).
        reboosts: of the mean line, by time.
        lower_km: shape (rows,), lower edge of the corridor at every row of the history.
        reserve_kg: shape (rows,), usable propellant to be kept at every row.
        solver: how good the schedule is.
        violations: limits that no schedule on this grid keeps.
    """

    planned: tuple[PlannedReboost, ...]
    events: tuple[ChosenEvent, ...]
    decision: Decision
    flown: Flown
    reboosts: tuple[Reboost, ...]
    lower_km: FloatArray
    reserve_kg: FloatArray
    solver: Solver
    violations: tuple[Violation, ...]
