"""The lower edge of the corridor, held against what the history flies from it."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.history_cases import bare_decision

from pointnemo.motion.history import fly
from pointnemo.motion.loss import LossTable, loss_table
from pointnemo.results import Track
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.station.corridor import lower_edge_km, survival_edge_km
from pointnemo.station.stack import mass_at
from pointnemo.tracking import track
from pointnemo.world import World, load_world
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc, mjd_utc

LAST_ROW = 1200
DAILY_ROWS = 45


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(bundled=True)


@pytest.fixture(scope="module")
def iss() -> Scenario:
    return load_scenario("iss")


@pytest.fixture(scope="module")
def start(iss: Scenario, world: World) -> Track:
    return track(iss, world, mass_at(iss, from_utc(iss.orbit.epoch_utc.isoformat())))


@pytest.fixture(scope="module")
def edge(iss: Scenario, world: World, start: Track) -> np.ndarray:
    return lower_edge_km(iss, world, start)


@pytest.fixture(scope="module")
def high(world: World, start: Track) -> LossTable:
    first = math.floor(float(mjd_utc(from_utc(start.epoch_utc))))
    inclination, node = math.radians(start.mean.inclination_deg), math.radians(start.mean.node_deg)
    return loss_table(world.climate, world.weather.line("high"), first, first + LAST_ROW, inclination, node)


@pytest.mark.parametrize("row", [1, 60, 180, 300, 460, 640, 845])
def test_from_the_edge_it_lasts_as_long_as_asked(
    row: int, iss: Scenario, world: World, start: Track, edge: np.ndarray
) -> None:
    """Nobody docked, nobody raises, high activity: at the end of survival_days within half a kilometre of the limit.

    Of the weeks with a daily forecast the table knows every fifth day: there it may be a little more.
    """
    rules, mean = iss.rules, start.mean
    first = date.fromisoformat(start.epoch_utc[:10]) + timedelta(days=row)
    state = (EARTH_RADIUS_KM + float(edge[row]), mean.eccentricity_x, mean.eccentricity_y, _node_rad(start, row))
    ballistic = start.cd_area_m2.value / iss.station.mass_kg
    decision = bare_decision(first, rules.survival_days, state, math.radians(mean.inclination_deg), ballistic)
    flown = fly(decision, [world.weather.line("high")], world.climate, names=("high",)).history.altitude_km[0]
    assert flown[-1] == pytest.approx(rules.survival_altitude_km, abs=0.5 if row > DAILY_ROWS else 0.8)


def _node_rad(start: Track, row: int) -> float:
    """Of the start state, drifted by five degrees a day to the west."""
    return math.radians(start.mean.node_deg - 5.0 * row)


@given(
    st.integers(0, LAST_ROW - 400), st.integers(0, 250), st.integers(1, 100), st.floats(200, 400), st.floats(0.1, 20)
)
def test_longer_and_higher_ask_for_more(
    high: LossTable, row: int, days: int, more_days: int, altitude_km: float, more_km: float
) -> None:
    mjd = high.mjd[0] + np.array([float(row)])
    (least,) = survival_edge_km(high, mjd, days, altitude_km, 0.0075)
    assert survival_edge_km(high, mjd, days + more_days, altitude_km, 0.0075)[0] > least
    assert survival_edge_km(high, mjd, days, altitude_km + more_km, 0.0075)[0] > least
    assert survival_edge_km(high, mjd, days + 1, altitude_km, 0.0090)[0] > least
    assert least >= altitude_km


def test_nothing_to_survive_is_the_altitude_itself(high: LossTable) -> None:
    assert np.array_equal(survival_edge_km(high, high.mjd[:3], 0, 330.0, 0.0075), [330.0] * 3)


def test_a_typed_edge_is_a_floor(iss: Scenario, world: World, start: Track, edge: np.ndarray) -> None:
    floor = float(np.median(edge))
    typed = iss.model_copy(update={"rules": iss.rules.model_copy(update={"corridor_lower_km": floor})})
    assert np.array_equal(lower_edge_km(typed, world, start), np.maximum(edge, floor))
    assert edge.min() < floor < edge.max()
