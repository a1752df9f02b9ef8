"""One row of the trade flown to the ground: the date that averaged motion promises, against numerical last days.

The shipped station without a plan of reboosts (the re-planning rule holds it), lowered from the shipped date with the
propellant of the row. From the hand-over on, 16x16 gravity, drag and finite burns bring it down on the aim.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from pointnemo.descent import LINES, GroundTrack, descend, final_phase_s, trade_of
from pointnemo.descent.lowering.trade import final_burns_estimate_kg
from pointnemo.motion.history import fly
from pointnemo.scenario import load_scenario
from pointnemo.station.packing import decide
from pointnemo.station.stack import mass_at
from pointnemo.tracking import start_tt_s, track
from pointnemo.world import load_world
from pointnemo.world.time import from_utc

pytestmark = pytest.mark.validation

Figure = Callable[..., None]


def test_the_entry_of_a_row_is_that_of_a_numerical_descent(figure: Figure) -> None:
    scenario, world = load_scenario("iss"), load_world(True)
    tracked = track(scenario, world, mass_at(scenario, start_tt_s(scenario, world, [])), [])
    decision = decide(scenario, world, tracked)
    trade = trade_of(decision, scenario, world, final_phase_s(scenario.descent), final_burns_estimate_kg(scenario))
    row = next(
        row
        for row in trade.rows
        if (row.deorbit_by, row.activity, row.start_utc) == (trade.deorbit_by, "mean", trade.plan_start_utc)
    )
    assert row.propellant_kg
    start = date.fromisoformat(row.start_utc[:10])
    flown = fly(
        decision.with_lowering(start, row.propellant_kg),
        [world.weather.line(activity) for activity in LINES],
        world.climate,
        names=LINES,
    )
    aim = scenario.descent.aim
    passes = [
        descend(
            flown,
            scenario,
            world,
            GroundTrack.through(aim.latitude_deg, aim.longitude_deg, tracked.inclination_deg, direction),
        )
        for direction in ("ascending", "descending")
    ]
    numerical = min(passes, key=lambda one: one.targeting.miss_km if one.targeting else np.inf)
    assert numerical.targeting is not None
    assert numerical.targeting.converged
    assert numerical.entry_utc is not None
    difference = from_utc(numerical.entry_utc) - from_utc(row.entry_utc or "")
    figure(
        "trade/entry",
        abs(difference) / 86400.0,
        1.5,
        "days between the entry of a row and that of its numerical descent",
        "numerical propagation with finite, targeted burns from the hand-over of the same averaged flight",
    )
    figure(
        "trade/final-burns",
        100.0 * abs(trade.final_burns_kg / numerical.deorbit_propellant_used_kg - 1.0),
        30.0,
        "% of the propellant of the final burns",
        "finite burns flown numerically, against the impulsive estimate",
    )
