"""Schedules of reboosts made by hand, flown by the averaged motion: what the planner would hand to the re-flight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from pointnemo.motion.history import PlannedBurn, fly
from pointnemo.operations.phases import Event, events_of, passage_on
from pointnemo.operations.reboost_plan import ChosenEvent, PlannedReboost, ReboostPlan
from pointnemo.operations.station_path import path_of
from pointnemo.results import Solver, Track
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.station.packing import decide
from pointnemo.station.stack import mass_at
from pointnemo.tracking import track
from pointnemo.world import World, load_world
from pointnemo.world.time import from_utc

LINES = ("low", "mean", "high")
WIDTH_DEG = 12.0


class Case(NamedTuple):
    """All that ``refly`` takes."""

    plan: ReboostPlan
    scenario: Scenario
    world: World
    track: Track


def windows_about(plan: ReboostPlan, width_deg: float = WIDTH_DEG) -> ReboostPlan:
    """The plan with windows about the very phases that it leads to: a plan that fits everything, whatever was asked."""
    chosen = []
    for one in plan.events:
        assert one.passage is not None
        low = one.passage.phase_deg - 0.5 * width_deg
        chosen.append(one._replace(choice=one.choice._replace(low_deg=low, high_deg=low + width_deg), ok=True))
    return replace(plan, events=tuple(chosen))


def raised_by(case: Case, gains_km: Sequence[tuple[int, float]]) -> list[PlannedBurn]:
    """Burns that raise the station at the ends of steps by so much, with the first tank that may thrust there."""
    schedule, altitude_km = case.plan.decision.schedule, case.plan.flown.history.altitude_km[1]
    burns, gained = [], 0.0
    for step, gain_km in gains_km:
        gained += gain_km
        tank = next(tank for tank in schedule.raise_order if schedule.can_raise[tank, step])
        burns.append(PlannedBurn(step, case.plan.decision.tanks[tank], float(altitude_km[step + 1]) + gained))
    return burns


def made_case(
    until: date | None = None,
    gains_km: Sequence[tuple[int, float]] = (),
    settings: Sequence[str] = (),
    events: tuple[Event, ...] | None = None,
) -> Case:
    """The shipped scenario up to a start of lowering, with burns by hand and windows about the phases they lead to.

    Args:
        until: start of lowering; None keeps the scenario's, and the burns that the rule makes.
        gains_km: (step, km) of burns.
        settings: of the scenario.
        events: to be fitted; None takes those of the scenario.
    """
    own = () if until is None else (f"descent.lowering_start={until}",)
    scenario, world = load_scenario("iss", set=[*settings, *own]), load_world(bundled=True)
    start = track(scenario, world, mass_at(scenario, from_utc(scenario.orbit.epoch_utc.isoformat())))
    decision = decide(scenario, world, start)
    lines = [world.weather.line(activity) for activity in LINES]

    def case_of(planned: Sequence[PlannedBurn]) -> Case:
        made = decision.with_plan(planned, decision.policy.lowering_step) if until else decision
        flown = fly(made, lines, world.climate, names=LINES)
        path = path_of(made, flown, 1, start)
        first, end = made.first_day, made.first_day + timedelta(days=made.policy.lowering_step)
        wanted = events_of(scenario, first + timedelta(days=1), end) if events is None else events
        chosen = []
        for event in wanted:
            passage = passage_on(event, event.day, path.orbit_at(path.row_of(event.day)), world.earth)
            assert passage is not None
            chosen.append(ChosenEvent(event, event.day, event.choices[0], passage, True))
        rows = len(flown.history.tt_s)
        reboosts = tuple(PlannedReboost(burn.step, burn.tank, burn.altitude_km, "altitude") for burn in planned)
        nothing = Solver(
            method="by hand", status="not run", objective_kg=0.0, bound_kg=0.0, gap=0.0, burns=0, slots=0, rounds=0,
            linear_error_km=0.0,
        )  # fmt: skip
        plan = ReboostPlan(reboosts, tuple(chosen), made, flown, (), np.full(rows, 400.0), np.zeros(rows), nothing, ())
        return Case(windows_about(plan), scenario, world, start)

    case = case_of(())
    return case_of(raised_by(case, gains_km)) if gains_km else case
