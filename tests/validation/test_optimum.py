"""The best ways down of the shipped station, against ways at random.

The shipped station without a plan of reboosts: the re-planning rule holds it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pointnemo.descent import final_phase_s, optimum_of
from pointnemo.descent.lowering.trade import final_burns_estimate_kg
from pointnemo.descent.lowering.ways import Way, ways_of
from pointnemo.scenario import load_scenario
from pointnemo.station.packing import decide
from pointnemo.station.stack import mass_at
from pointnemo.tracking import start_tt_s, track
from pointnemo.world import load_world
from pointnemo.world.time import from_date, from_utc

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
WAYS = 500
DAY_S = 86400.0
SOURCE = "500 ways at random, half of them near the best ones, flown with the same averaged kernel"


def test_no_way_at_random_is_better(figure: Figure) -> None:
    scenario, world = load_scenario("iss"), load_world(True)
    tracked = track(scenario, world, mass_at(scenario, start_tt_s(scenario, world, [])), [])
    decision, phase_s = decide(scenario, world, tracked), final_phase_s(scenario.descent)
    burns_kg = final_burns_estimate_kg(scenario)
    optimum = optimum_of(decision, scenario, world, phase_s, burns_kg)
    assert all(one.feasible for one in optimum.strategies)
    least, late, margin = optimum.strategies
    ways = ways_of(decision, scenario, world, "mean", phase_s, burns_kg)
    first, last = ways.step(scenario.horizon.operate_until), ways.step(scenario.horizon.deorbit_by)
    assert ways.vehicle.first is not None
    able = ways.step(ways.vehicle.first)
    random = np.random.default_rng(5)
    cheapest, latest, earliest, feasible = np.inf, -np.inf, np.inf, 0
    bests = [
        (one.stages[0].propellant_kg, from_utc(one.stages[1].start_utc), one.stages[1].propellant_kg)
        for one in optimum.strategies
    ]
    epoch = from_date(decision.first_day)
    for index in range(WAYS):
        near = index % 2 == 0
        start = first + int(random.integers(0, 25 if near else 300))
        begun = ways.start(start)
        assert begun is not None
        first_kg = int(random.uniform(0.8 if near else 0.0, 1.0) * begun.most_kg)
        if near:
            _, second_s, second_kg = bests[index // 2 % 3]
            second = round((second_s - epoch) / DAY_S) + int(random.integers(-30, 31))
            second_kg = min(int(second_kg * random.uniform(0.9, 1.08)), ways.vehicle.most_kg)
        else:
            second = int(random.integers(able, last - 60))
            second_kg = int(random.uniform(0.4, 1.0) * ways.vehicle.most_kg)
        hold_km = float(random.uniform(scenario.descent.hold_low_km or 275.0, scenario.descent.hold_high_km or 275.0))
        way = Way(start, first_kg, max(second, start, able), second_kg, hold_km)
        outcome = ways.outcome(way)
        if outcome.entry_s < ways.deadline_s:
            feasible += 1
            cheapest = min(cheapest, outcome.first_kg + outcome.second_kg)
            latest = max(latest, outcome.departure_s)
            earliest = min(earliest, outcome.entry_s)
    assert feasible > WAYS // 10
    saved = 100.0 * (1.0 - cheapest / least.propellant_kg)
    figure("optimum/propellant", max(saved, 0.0), 1.0, "% less propellant than the least", SOURCE)
    later = (latest - from_utc(late.crew_departure_utc or "")) / DAY_S
    figure("optimum/departure", max(later, 0.0), 1.0, "days that a crew leaves later than the latest", SOURCE)
    sooner = (from_utc(margin.entry_utc or "") - earliest) / DAY_S
    figure("optimum/margin", max(sooner, 0.0), 1.0, "days of entry before the earliest", SOURCE)
    flown = sum(one.evaluations for one in optimum.strategies)
    figure("optimum/evaluations", float(flown), 1500.0, "descents flown for all three objectives", "counted")
