"""The best way down on a small station: against a grid of ways, and against flights from the epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.descent.lowering.test_trade import OUTPOST, WORLD, decided

from pointnemo.descent import final_phase_s, optimum_of
from pointnemo.descent.lowering.search import cheapest
from pointnemo.descent.lowering.trade import final_burns_estimate_kg
from pointnemo.descent.lowering.ways import Way, Ways, ways_of
from pointnemo.motion.history import fly
from pointnemo.results import Optimum, Strategy
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.world.time import from_date, from_utc

DAY_S = 86400.0
# two ports that lower, a freighter when operations end, a tug ten weeks later, crews until long after
TWO_STAGES = (
    'station.ports.fore={ name = "Fore", accepts = ["tug"], lowers = true }',
    "flights.tug-1.port=fore",
    "flights.tug-1.dock=2028-03-10",
    'flights.late={ vehicle = "freighter", port = "aft", dock = 2027-12-20, undock = 2028-06-01 }',
    "cadence.freighter.until=2027-06-01",
    "cadence.ferry.until=2029-12-31",
    "horizon.deorbit_by=2028-08-31",
)
FIRST = date(2027, 12, 31)


def scenario_of(*settings: str) -> Scenario:
    return load_scenario(OUTPOST, set=[*TWO_STAGES, *settings])


def best_of(scenario: Scenario, **more: Any) -> Optimum:
    phase_s, burns_kg = final_phase_s(scenario.descent), final_burns_estimate_kg(scenario)
    return optimum_of(decided(scenario), scenario, WORLD, phase_s, burns_kg, **more)


def ways(scenario: Scenario) -> Ways:
    phase_s, burns_kg = final_phase_s(scenario.descent), final_burns_estimate_kg(scenario)
    return ways_of(decided(scenario), scenario, WORLD, "mean", phase_s, burns_kg)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return scenario_of()


@pytest.fixture(scope="module")
def optimum(scenario: Scenario) -> Optimum:
    return best_of(scenario)


@pytest.fixture(scope="module")
def flying(scenario: Scenario) -> Ways:
    return ways(scenario)


def strategy(optimum: Optimum, objective: str) -> Strategy:
    return next(one for one in optimum.strategies if one.objective == objective)


def constraint(one: Strategy, name: str) -> Any:
    return next(row for row in one.constraints if row.id == name)


def grid(flying: Ways) -> Iterator[tuple[Way, float, float]]:
    """Feasible ways of a coarse grid, with entry and departure of the crew, TT seconds."""
    first = flying.step(FIRST)
    assert flying.vehicle.first is not None
    for start in range(first, first + 61, 30):
        begun = flying.start(start)
        assert begun is not None
        for second in range(flying.step(flying.vehicle.first), first + 200, 40):
            for first_kg in range(0, begun.most_kg + 1, 75):
                for second_kg in range(0, flying.vehicle.most_kg + 1, 65):
                    way = Way(start, first_kg, second, second_kg, 275.0)
                    outcome = flying.outcome(way)
                    left = outcome.departure_s >= from_date(FIRST)
                    if outcome.entry_s < flying.deadline_s and left:
                        yield way, outcome.entry_s, outcome.departure_s


def test_nothing_on_a_grid_is_better(flying: Ways, optimum: Optimum) -> None:
    ways = list(grid(flying))
    assert len(ways) > 60
    kg = strategy(optimum, "least-propellant").propellant_kg
    assert min(way.first_kg + way.second_kg for way, _, _ in ways) >= kg - 2.0
    assert min(way.first_kg + way.second_kg for way, _, _ in ways) <= kg + 75.0  # and the grid comes near it
    latest = from_utc(strategy(optimum, "latest-crew-departure").crew_departure_utc or "")
    assert max(departure for _, _, departure in ways) <= latest + DAY_S / 2
    earliest = from_utc(strategy(optimum, "largest-margin").entry_utc or "")
    assert min(entry for _, entry, _ in ways) >= earliest - DAY_S / 2
    # the cheapest of those whose crew leaves as late
    late = strategy(optimum, "latest-crew-departure")
    alike = [way for way, _, departure in ways if departure >= latest - DAY_S]
    assert all(way.first_kg + way.second_kg >= late.propellant_kg - 2.0 for way in alike)


def test_entry_comes_earlier_with_every_kilogram(flying: Ways) -> None:
    first = flying.step(FIRST)
    second = flying.step(date(2028, 4, 1))
    for start in (first, first + 20):
        for name, most in (("first_kg", 300), ("second_kg", 400)):
            for other in (50, 250):
                base = Way(start, other, second, other, 275.0)
                entries = [flying.outcome(base._replace(**{name: kg})).entry_s for kg in range(0, most + 1, 20)]
                finite = [entry for entry in entries if math.isfinite(entry)]
                assert len(finite) > 5
                assert all(later <= earlier for earlier, later in pairwise(entries))
                assert finite[-1] < finite[0] - DAY_S


def test_a_kilogram_of_the_first_stage_is_worth_more(flying: Ways) -> None:
    first, second = flying.step(FIRST), flying.step(date(2028, 4, 1))
    for first_kg, second_kg in ((100, 200), (200, 100)):
        way = Way(first, first_kg, second, second_kg, 275.0)
        more = flying.outcome(way._replace(first_kg=first_kg + 50, second_kg=second_kg - 50)).entry_s
        assert more < flying.outcome(way).entry_s - DAY_S


def test_the_least_just_meets_the_date(flying: Ways) -> None:
    way = cheapest(flying, flying.step(FIRST), flying.step(date(2028, 3, 11)), 275.0)
    assert way is not None
    early = flying.deadline_s - flying.outcome(way).entry_s
    less = flying.outcome(way._replace(second_kg=way.second_kg - 2)).entry_s
    assert 0.0 < early < DAY_S
    assert less >= flying.deadline_s or early < DAY_S / 4


def test_both_stages_are_used_and_paid_by_who_is_there(optimum: Optimum, scenario: Scenario) -> None:
    one = strategy(optimum, "least-propellant")
    assert one.feasible
    assert [stage.supplier for stage in one.stages] == ["late", "tug-1"]
    assert one.stages[0].propellant_kg == pytest.approx(300.0)
    assert one.stages[1].start_utc[:10] >= "2028-03-11"
    assert one.propellant_kg == pytest.approx(sum(stage.propellant_kg for stage in one.stages))
    kept = final_burns_estimate_kg(scenario) + scenario.descent.deorbit_reserve_kg
    assert one.deorbit_left_kg == pytest.approx(1200.0 - one.stages[1].propellant_kg - kept)
    assert all(row.ok for row in one.constraints if row.id != "crew_handover")


def test_a_late_second_stage_lets_the_crew_stay(optimum: Optimum) -> None:
    least, late = strategy(optimum, "least-propellant"), strategy(optimum, "latest-crew-departure")
    assert (late.crew_departure_utc or "") > (least.crew_departure_utc or "")
    assert late.propellant_kg > least.propellant_kg
    assert constraint(late, "crew_departure_months").value == pytest.approx(3.0, abs=0.1)
    assert (late.crew_departure_altitude_km or 0.0) >= 329.9
    margin = strategy(optimum, "largest-margin")
    assert (margin.margin_days or 0.0) > (least.margin_days or 0.0) + 30.0


@pytest.mark.parametrize("objective", ["least-propellant", "latest-crew-departure", "largest-margin"])
def test_the_settings_of_a_strategy_fly_it(objective: str, optimum: Optimum, scenario: Scenario) -> None:
    one = strategy(optimum, objective)
    changed = scenario_of(*one.set)
    flown = fly(decided(changed), [WORLD.weather.line("mean")], WORLD.climate, names=("mean",))
    entry = float(flown.handover_tt_s[0]) + final_phase_s(changed.descent)
    assert abs(entry - from_utc(one.entry_utc or "")) < DAY_S
    assert float(flown.lowering_propellant_kg[0]) == pytest.approx(one.propellant_kg, abs=2.0)


def test_a_plan_that_follows_it_is_the_best(optimum: Optimum) -> None:
    changed = scenario_of(*strategy(optimum, "least-propellant").set)
    again = best_of(changed)
    assert again.chosen == "least-propellant"
    assert again.plan_is_best
    assert "That is the best way" in again.text
    assert not best_of(changed, objective="largest-margin").plan_is_best
    assert not optimum.plan_is_best


def test_solar_activity_decides_in_the_right_direction(optimum: Optimum) -> None:
    for one in optimum.strategies:
        assert (one.entry_high_utc or "") < (one.entry_utc or "") < (one.entry_low_utc or "9999")


def test_the_result_does_not_depend_on_the_threads(optimum: Optimum, scenario: Scenario) -> None:
    assert best_of(scenario, workers=1) == optimum


def test_what_cannot_be_had_is_told_with_numbers() -> None:
    settings = ("vehicles.tug.propellant_kg=700", "horizon.deorbit_by=2028-07-31")
    hopeless = best_of(scenario_of(*settings))
    assert not any(one.feasible for one in hopeless.strategies)
    for one in hopeless.strategies:
        assert not constraint(one, "deorbit_by").ok
        assert (one.margin_days or 0.0) < 0.0
        assert "more of freighter with 300 kg each" in one.why_not
        assert "days before operations end" in one.why_not
    assert "instead of 2028-07-31" in hopeless.text
    # the start that is promised meets the date, and six weeks later it does not
    told = date.fromisoformat(hopeless.strategies[0].why_not.split("start by ")[1][:10])
    assert told < FIRST
    late = ways(scenario_of(*settings))
    for days, meets in ((0, True), (45, False)):
        step = late.step(told + timedelta(days=days))
        begun = late.start(step)
        assert begun is not None
        way = Way(step, begun.most_kg, late.step(date(2028, 3, 11)), late.vehicle.most_kg, 275.0)
        assert (late.outcome(way).entry_s < late.deadline_s) == meets
    # so does the propellant, but for a few kilograms
    kg = int(hopeless.strategies[0].why_not.split("; or ")[1].split(" kg more")[0].replace(",", ""))
    start = late.start(late.step(FIRST))
    assert start is not None
    for less, meets in ((0, True), (5, False)):
        first_kg = start.most_kg + kg - less
        way = Way(late.step(FIRST), first_kg, late.step(date(2028, 3, 11)), late.vehicle.most_kg, 275.0)
        assert (late.outcome(way).entry_s < late.deadline_s) == meets


def test_without_propellant_there_is_drag_alone() -> None:
    alone = best_of(scenario_of("vehicles.freighter.propellant_kg=0", "vehicles.tug.propellant_kg=600"))
    for one in alone.strategies:
        assert one.stages == ()
        assert one.propellant_kg == 0.0
        assert not one.feasible
        assert not constraint(one, "deorbit_propellant").ok


def test_a_date_that_drag_meets_takes_nothing() -> None:
    easy = best_of(scenario_of("horizon.deorbit_by=2030-12-31", "descent.lowering_propellant_kg=0"))
    one = strategy(easy, "least-propellant")
    assert one.feasible
    assert one.propellant_kg == 0.0
    assert one.lowering_start_utc[:10] == FIRST.isoformat()
    assert easy.plan_is_best


def test_crews_that_do_not_meet_are_told_and_do_not_make_a_way_unfit(optimum: Optimum, scenario: Scenario) -> None:
    late = strategy(optimum, "latest-crew-departure")
    row = constraint(late, "crew_handover")
    assert scenario.crew.handover_days == 0
    assert row.ok
    strict = best_of(scenario_of("crew.handover_days=5"))
    told = strategy(strict, "latest-crew-departure")
    assert not constraint(told, "crew_handover").ok
    assert told.feasible
    assert "0 instead of 5" in told.why_not
