"""Propellant kept back, by hand."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from pointnemo.motion.history import fly
from pointnemo.motion.loss import LossTable
from pointnemo.operations.reboosts import Question, path_with, question_of
from pointnemo.operations.reserve import avoidance_kg, hold_delta_v_mps, reserve_kg, usable_kg
from pointnemo.operations.station_path import StationPath
from pointnemo.scenario import load_scenario
from pointnemo.station.stack import mass_at
from pointnemo.tracking import track
from pointnemo.world import load_world
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import from_utc, mjd_utc

G0 = 9.80665
ROWS = slice(0, 120, 17)


@pytest.fixture(scope="module")
def flown() -> tuple[Question, StationPath]:
    scenario, world = load_scenario("iss"), load_world(bundled=True)
    start = track(scenario, world, mass_at(scenario, from_utc(scenario.orbit.epoch_utc.isoformat())))
    question = question_of(scenario, world, start)
    return question, path_with(question, ())


def flat(km_per_day: float) -> LossTable:
    """The same loss everywhere, for B = 1 m2/kg."""
    return LossTable(np.array([0.0, 1e6]), np.array([200.0, 220.0]), np.full((2, 2), math.log(km_per_day)))


def weakest_s(question: Question) -> float:
    schedule = question.decision.schedule
    return float(min(schedule.specific_impulse_s[tank] for tank in schedule.raise_order))


def test_holding_an_altitude_takes_what_drag_takes() -> None:
    """60 m a day at 415 km are 34 mm/s: v / 2a of a small tangential burn."""
    a_km = EARTH_RADIUS_KM + 415.0
    (held,) = hold_delta_v_mps(flat(8.0), np.array([6e4]), np.array([415.0]), np.array([0.0075]))
    assert held == pytest.approx(60.0 * 0.5 * math.sqrt(MU_KM3_S2 / a_km) / a_km, rel=1e-9)
    assert held == pytest.approx(0.034, abs=0.001)


def test_avoidance_is_a_metre_a_second_of_the_whole_stack(flown: tuple[Question, StationPath]) -> None:
    question, _ = flown
    (kept,) = avoidance_kg(question.scenario, question.decision, np.array([450e3]))
    rate = question.scenario.rules.avoidance_mps_per_year
    assert kept == pytest.approx(450e3 * rate / (weakest_s(question) * G0), rel=1e-9)


def test_the_reserve_row_by_row(flown: tuple[Question, StationPath]) -> None:
    """Fixed part, avoidance, attitude for hold_days, and drag at that altitude day by day for as long."""
    question, path = flown
    rules, policy = question.scenario.rules, question.decision.policy
    kept = reserve_kg(question.scenario, question.decision, question.loss, path)[ROWS]
    mass, altitude, tt_s = path.mass_kg[ROWS], path.after_km[ROWS], path.tt_s[ROWS]
    exhaust = weakest_s(question) * G0
    for k in range(len(kept)):
        days = float(mjd_utc(tt_s[k])) + np.arange(rules.hold_days) + 0.5
        same = np.full(len(days), altitude[k])
        held = hold_delta_v_mps(question.loss, np.asarray(days, dtype=float), same, policy.cd_area_m2 / mass[k]).sum()
        by_hand = (
            rules.propellant_reserve_kg
            + mass[k] * (rules.avoidance_mps_per_year + held) / exhaust
            + rules.hold_days * policy.attitude_kg_per_day
        )
        assert kept[k] == pytest.approx(by_hand, rel=0.01)


def test_nothing_to_hold_leaves_the_fixed_part(flown: tuple[Question, StationPath]) -> None:
    question, path = flown
    rules = question.scenario.rules.model_copy(update={"hold_days": 0, "avoidance_mps_per_year": 0.0})
    scenario = question.scenario.model_copy(update={"rules": rules})
    assert np.all(reserve_kg(scenario, question.decision, question.loss, path) == rules.propellant_reserve_kg)


def test_usable_is_what_lies_above_the_reserves_of_tanks_that_count(flown: tuple[Question, StationPath]) -> None:
    question, _ = flown
    decision, world = question.decision, question.world
    history = fly(decision, [world.weather.line("mean")], world.climate, names=("mean",))
    schedule = decision.schedule
    usable = usable_kg(history, decision, 0)
    row = (date(2026, 12, 20) - decision.first_day).days
    count = left_out = 0.0
    for tank, owner in enumerate(decision.partners):
        if tank not in schedule.raise_order and tank not in schedule.attitude_order:
            continue
        if owner != "roscosmos":  # nobody can pump it over: it leaves with its vehicle
            left_out += float(history.history.propellant_kg[0, row, tank])
        else:
            count += max(float(history.history.propellant_kg[0, row, tank]) - float(schedule.reserve_kg[tank]), 0.0)
    assert usable[row] == pytest.approx(count, rel=1e-12)
    assert left_out > 0.0
    assert np.all(usable >= 0.0)
