"""The planner of reboosts: what it plans keeps every limit as flown, or says which it misses and what would help."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointnemo.motion.history import PlannedBurn
from pointnemo.operations.reboost_check import inside_deg
from pointnemo.operations.reboost_model import read
from pointnemo.operations.reboost_plan import ReboostPlan
from pointnemo.operations.reboosts import (
    LINEAR_KM,
    MEAN,
    Question,
    model_of,
    path_with,
    plan_reboosts,
    question_of,
    replay_reboosts,
)
from pointnemo.operations.reserve import usable_kg
from pointnemo.operations.stage import operate
from pointnemo.results import Operate, Track
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.station.stack import mass_at
from pointnemo.tracking import track
from pointnemo.world import World, load_world
from pointnemo.world.time import from_utc

TOLERANCE_KM = 0.005
NOTICED_KG = 1.0


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(bundled=True)


def shipped(until: str, *lines: str) -> Scenario:
    return load_scenario("iss", set=[f"descent.lowering_start={until}", f"horizon.operate_until={until}", *lines])


def start_of(scenario: Scenario, world: World) -> Track:
    return track(scenario, world, mass_at(scenario, from_utc(scenario.orbit.epoch_utc.isoformat())))


def planned(scenario: Scenario, world: World) -> ReboostPlan:
    return plan_reboosts(scenario, world, start_of(scenario, world))


def autumn(world: World, *lines: str) -> ReboostPlan:
    """A quarter of a year that has to be raised."""
    return planned(shipped("2026-12-05", "rules.end_altitude_km=418.5", *lines), world)


def missed(plan: ReboostPlan, scenario: Scenario) -> dict[str, float]:
    """Limits that a flown plan misses, counted from its arrays alone: name -> by how much."""
    last, rules, schedule = plan.decision.policy.lowering_step, scenario.rules, plan.decision.schedule
    history = plan.flown.history
    after = history.altitude_km[MEAN, : last + 1]
    before = after.copy()
    mine = np.flatnonzero(plan.flown.burns.run == MEAN)
    rows = np.searchsorted(history.tt_s, plan.flown.burns.tt_s[mine] - 1.0)
    for burn, row in zip(mine, rows, strict=True):
        if row <= last:
            before[row] = min(before[row], plan.flown.burns.altitude_before_km[burn])
    found = {
        "corridor": max((plan.lower_km[: last + 1] - before).max(), (after - rules.corridor_upper_km).max()),
        "end-altitude": (rules.end_altitude_km or 0.0) - after[-1],
        "phase": max([-inside_deg(e.passage.phase_deg, e.choice) for e in plan.events if e.passage], default=-1.0),
    }
    short = (plan.reserve_kg - usable_kg(plan.flown, plan.decision, MEAN))[: last + 1].max()
    assert history.propellant_kg[MEAN].min() > -1e-9
    for burn, row in zip(mine, rows, strict=True):
        assert schedule.can_raise[plan.flown.burns.tank[burn], row - 1]
    allowed = {"corridor": TOLERANCE_KM, "end-altitude": TOLERANCE_KM, "phase": 0.0}
    return {name: float(by) for name, by in found.items() if by > allowed[name]} | (
        {"reserve": float(short)} if short > NOTICED_KG else {}
    )


# --- half a year of the shipped scenario -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def half_year() -> Scenario:
    return shipped("2027-04-15")


@pytest.fixture(scope="module")
def plan(half_year: Scenario, world: World) -> ReboostPlan:
    return planned(half_year, world)


@pytest.fixture(scope="module")
def question(half_year: Scenario, world: World) -> Question:
    return question_of(half_year, world, start_of(half_year, world))


def test_every_limit_is_kept_as_flown(plan: ReboostPlan, half_year: Scenario) -> None:
    assert missed(plan, half_year) == {}
    assert plan.violations == ()
    assert len(plan.events) == 5
    assert all(event.ok for event in plan.events)
    assert len(plan.planned) >= 2


def test_burns_are_of_a_size_and_one_in_a_slot(plan: ReboostPlan, half_year: Scenario) -> None:
    rules, burns = half_year.rules, plan.flown.burns
    mine = burns.run == MEAN
    nights: dict[float, float] = {}
    for tt_s, size in zip(burns.tt_s[mine], burns.delta_v_mps[mine], strict=True):
        nights[float(tt_s)] = nights.get(float(tt_s), 0.0) + float(size)
    assert len(nights) == len(plan.planned)
    assert min(nights.values()) >= rules.reboost_min_delta_v_mps
    assert max(nights.values()) <= rules.reboost_max_delta_v_mps * (1.0 + 1e-9)
    slots = [burn.step // rules.reboost_slot_days for burn in plan.planned]
    assert len(slots) == len(set(slots))


def test_nothing_is_raised_shortly_before_an_event(plan: ReboostPlan, half_year: Scenario) -> None:
    days = {plan.decision.first_day + timedelta(days=burn.step + 1) for burn in plan.planned}
    for event in plan.events:
        assert abs((event.day - event.event.day).days) <= half_year.rules.event_days
        quiet = {event.day - timedelta(days=back) for back in range(half_year.rules.event_quiet_days + 1)}
        assert not days & quiet


def test_the_programme_says_what_is_flown(plan: ReboostPlan) -> None:
    assert plan.solver.linear_error_km < LINEAR_KM
    assert 0.0 < plan.solver.bound_kg <= plan.solver.objective_kg
    burnt = sum(burn.propellant_kg for burn in plan.reboosts)
    assert burnt < plan.solver.objective_kg < burnt + 40.0 * (1 + len(plan.planned))


def test_about_what_was_flown_the_programme_has_nothing_to_change(plan: ReboostPlan, question: Question) -> None:
    """Held to the plan's own burns and windows about the plan's own path, what it solves is the path itself."""
    burns = tuple(PlannedBurn(burn.step, burn.tank, burn.altitude_after_km) for burn in plan.planned)
    path = path_with(question, burns)
    model, events = model_of(question, path)
    rows = {burn.step + 1 for burn in plan.planned}
    held = {index: float(row in rows) for row, index in model.made.items()}
    found = model.programme.solve(0.0, 2000, held)
    assert found is not None
    solved = read(model, found, path)
    assert solved.misses == ()
    assert {burn.row for burn in solved.burns} == rows
    assert solved.objective_kg <= plan.solver.objective_kg * 1.01
    assert [event.event for event in events] == list(question.events)


def test_twice_the_same_bits(world: World) -> None:
    once, again = autumn(world), autumn(world)
    assert once.planned
    assert again.planned == once.planned
    assert again.solver == once.solver
    assert np.array_equal(again.flown.history.altitude_km, once.flown.history.altitude_km)


def test_a_replay_has_the_same_bits(plan: ReboostPlan, half_year: Scenario, world: World) -> None:
    start = start_of(half_year, world)
    document = operate(plan, half_year, world, start)
    assert isinstance(document, Operate)
    replayed = replay_reboosts(half_year, world, start, document)
    assert np.array_equal(replayed.flown.history.altitude_km, plan.flown.history.altitude_km)
    assert replayed.events == plan.events
    assert replayed.solver == plan.solver


# --- weights and limits ----------------------------------------------------------------------------------------------


def test_burns_that_weigh_more_are_fewer(world: World) -> None:
    light, heavy = (autumn(world, f"rules.reboost_weight_kg={kg}") for kg in (0, 200))
    assert len(heavy.planned) <= len(light.planned)
    cost = [sum(burn.propellant_kg for burn in one.reboosts) for one in (light, heavy)]
    assert cost[1] >= cost[0] * 0.995


def test_margin_that_weighs_more_is_not_less(world: World) -> None:
    margins = []
    for weight in (0.0, 3.0):
        one = autumn(world, f"rules.margin_weight={weight}")
        last = one.decision.policy.lowering_step
        margins.append(float((usable_kg(one.flown, one.decision, MEAN) - one.reserve_kg)[: last + 1].min()))
    assert margins[1] >= margins[0] - 1.0


def test_more_is_asked_more_is_paid(world: World) -> None:
    costs = [
        planned(shipped("2026-12-05", f"rules.end_altitude_km={end}"), world).solver.objective_kg
        for end in (414.0, 417.5, 419.5)
    ]
    assert costs[0] <= costs[1] * 1.001 <= costs[2] * 1.002
    assert costs[2] > costs[0] + 50.0


def test_days_of_rest_are_kept(world: World) -> None:
    """Two months without thrust; and where there is nothing but rest, nothing is raised and the end is missed."""
    rest = "quiet.rest={from_day=2026-09-20,to_day=2026-11-20,why='microgravity'}"
    scenario = shipped("2026-12-05", "rules.end_altitude_km=418.5", rest)
    plan = planned(scenario, world)
    days = [plan.decision.first_day + timedelta(days=burn.step + 1) for burn in plan.planned]
    assert days
    assert not [day for day in days if date(2026, 9, 20) <= day <= date(2026, 11, 20)]
    whole = shipped("2026-12-05", "rules.end_altitude_km=418.5", "quiet.rest={from_day=2026-09-01,to_day=2027-01-01}")
    still = planned(whole, world)
    assert still.reboosts == ()
    assert "end-altitude" in names(still)
    assert set(missed(still, whole)) <= names(still)


# --- the impossible --------------------------------------------------------------------------------------------------


def names(plan: ReboostPlan) -> set[str]:
    return {row.constraint for row in plan.violations}


def worst(plan: ReboostPlan, constraint: str) -> Any:
    return max((row for row in plan.violations if row.constraint == constraint), key=lambda row: row.amount)


def without_propellant(scenario: Scenario) -> Scenario:
    """Nothing to burn in any tank, and nothing brought."""
    empty = {"propellant_kg": 0.0, "reserve_kg": 0.0}
    tanks = {key: tank.model_copy(update=empty) for key, tank in scenario.station.tanks.items()}
    station = scenario.station.model_copy(update={"tanks": tanks})
    flights = {key: flight.model_copy(update={"propellant_kg": 0.0}) for key, flight in scenario.flights.items()}
    return scenario.model_copy(update={"station": station, "flights": flights, "cadence": {}})


def test_no_propellant_at_all(world: World) -> None:
    scenario = without_propellant(shipped("2026-12-05", "rules.end_altitude_km=418.5"))
    plan = planned(scenario, world)
    assert plan.reboosts == ()
    assert {"end-altitude", "reserve", "propellant"} <= names(plan)
    assert worst(plan, "reserve").amount > scenario.rules.propellant_reserve_kg
    assert all(row.amount > 0.0 for row in plan.violations)
    assert set(missed(plan, scenario)) <= names(plan)


def test_an_end_above_what_can_be_reached(world: World) -> None:
    """The corridor is wide enough, but slots and the largest burn are not."""
    lines = ("rules.corridor_upper_km=480", "rules.end_altitude_km=470", "rules.reboost_max_delta_v_mps=1")
    scenario = shipped("2026-11-05", *lines)
    plan = planned(scenario, world)
    found = worst(plan, "end-altitude")
    assert found.amount > 20.0
    assert "bring more propellant, or lower that altitude" in found.text
    assert set(missed(plan, scenario)) <= names(plan)


def test_an_upper_edge_below_the_start(world: World) -> None:
    scenario = shipped("2026-11-05", "rules.corridor_upper_km=415", "rules.end_altitude_km=410")
    plan = planned(scenario, world)
    found = worst(plan, "corridor")
    assert found.amount == pytest.approx(plan.flown.history.altitude_km[MEAN, 0] - 415.0, abs=1e-6)
    assert "start lower" in found.text


def test_a_launch_that_no_phase_can_serve(world: World) -> None:
    """A rendezvous is asked for a fortnight after the start, on that day and no other."""
    lines = ("flights.progress-ms-35.rendezvous=['2-orbit']", "rules.event_days=0", "rules.reboost_max_delta_v_mps=0.2")
    scenario = shipped("2026-11-05", "rules.end_altitude_km=415", *lines)
    plan = planned(scenario, world)
    found = worst(plan, "phase")
    assert found.subject == "progress-ms-35"
    assert found.amount > 10.0
    assert "rules.event_days" in found.text
    assert set(missed(plan, scenario)) <= names(plan)


def test_a_reserve_that_nobody_brings(world: World) -> None:
    scenario = shipped("2026-12-05", "rules.propellant_reserve_kg=20000")
    plan = planned(scenario, world)
    assert worst(plan, "reserve").amount > 5000.0
    assert "rules.propellant_reserve_kg" in worst(plan, "reserve").text


@pytest.mark.parametrize("until", ["2026-09-04", "2026-09-05", "2026-09-06"])
def test_lowering_at_once(until: str, world: World) -> None:
    plan = planned(shipped(until), world)
    assert plan.planned == ()
    assert plan.solver.burns == 0
    assert all(math.isfinite(row.amount) for row in plan.violations)


# --- at random -------------------------------------------------------------------------------------------------------


@st.composite
def changes(draw: st.DrawFn) -> Mapping[str, Any]:
    """Short plans with other limits, and some flights late or cancelled."""
    picked: dict[str, Any] = {
        "rules.corridor_upper_km": draw(st.sampled_from((416.0, 419.0, 421.0, 430.0))),
        "rules.end_altitude_km": draw(st.sampled_from((405.0, 413.0, 415.9))),
        "rules.reboost_max_delta_v_mps": draw(st.sampled_from((0.3, 1.0, 2.0))),
        "rules.reboost_slot_days": draw(st.sampled_from((7, 14, 40))),
        "rules.event_days": draw(st.integers(0, 2)),
        "rules.survival_days": draw(st.sampled_from((0, 180, 700))),
        "rules.propellant_reserve_kg": draw(st.sampled_from((0.0, 500.0, 6000.0))),
        "rules.hold_days": draw(st.sampled_from((0, 180, 600))),
    }
    for key in ("progress-ms-35", "progress-ms-36", "cygnus-ng-25"):
        fate = draw(st.integers(0, 3))
        if fate == 0:
            picked[f"flights.{key}.cancelled"] = True
        elif fate == 1:
            picked[f"flights.{key}.slip_days"] = draw(st.integers(1, 30))
    return picked


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(changes(), st.integers(20, 100))
def test_what_is_missed_is_named(world: World, picked: Mapping[str, Any], days: int) -> None:
    until = (date(2026, 9, 4) + timedelta(days=days)).isoformat()
    scenario = shipped(until, *(f"{key}={str(value).lower()}" for key, value in picked.items()))
    plan = planned(scenario, world)
    broken = missed(plan, scenario)
    assert set(broken) <= names(plan)
    for row in plan.violations:
        assert row.amount > 0.0
        assert row.text
        assert row.utc[:10] <= until
    for name in names(plan) & {"corridor", "end-altitude", "phase", "reserve"}:
        assert name in broken, "named, but not missed"
