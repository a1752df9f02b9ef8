"""The fall of a station that nothing burns for: against Tiangong-1's last weeks, and against the numerical flight."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from tests.history_cases import MJD_ORDINAL, bare_decision

from pointnemo.descent.decay import decay, drag_between
from pointnemo.descent.failures.fall_from_day import Point, fall_from
from pointnemo.descent.replays.published_orbits import TrackedOrbit, tracked_orbits
from pointnemo.descent.replays.start import tt
from pointnemo.motion.averaged import MeanState
from pointnemo.motion.lastdays import Forces, State, crossing, fly, prepare
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.scenario.replays import load_replay
from pointnemo.world import World, load_world
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_date, from_mjd_utc, mjd_utc
from pointnemo.world.weather import SpaceWeather

pytestmark = pytest.mark.validation

DAY_S = 86400.0
TRACKS = "element sets and altitudes of Tiangong-1, entry 2018-04-02 00:16 UTC (18 SPCS); "
RULE = "gate: twice CNES's rule that a re-entry is uncertain by 10 % of the remaining time"
BALLISTIC_M2_KG = 3200.0 / 447e3  # of the station near its end


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(bundled=True)


def entry_of(
    world: World, line: SpaceWeather, tt_s: float, state: MeanState, inclination: float, factor: float, height_km: float
) -> float:
    """Epoch of entry of a body of constant mass that is let go at any instant: to the next midnight, then adrift."""
    midnight = math.ceil(float(mjd_utc(tt_s)))
    start = decay(world.climate, line, state, inclination, factor, tt_s, float(from_mjd_utc(midnight))).state
    first = date.fromordinal(midnight + MJD_ORDINAL)
    decision = bare_decision(first, 300, (start.a_km, start.ex, start.ey, start.node_rad), inclination, factor)
    point = Point(0, np.array(start), np.zeros(1))
    return float(fall_from(decision, point, [line], [1.0], world, 220.0, height_km).entry_tt_s[0])


def orbits(world: World) -> tuple[list[TrackedOrbit], float, float]:
    _, replay = load_replay("tiangong1-2018")
    assert replay.published.entry is not None
    return list(tracked_orbits(replay.history, world)), tt(replay.published.entry.utc), replay.published.entry.height_km


@pytest.mark.parametrize("index", [2, 3, 4, 5])
def test_fall_of_tiangong_1_from_274_to_216_km(figure, world: World, index: int) -> None:
    """Weather as observed, drag as between the last two orbits: what is judged is the fall, down to the interface."""
    known, entry_tt_s, height_km = orbits(world)
    before, start = known[index - 1], known[index]
    altitude = float(start.state.a_km) - EARTH_RADIUS_KM
    assert 215.0 < altitude < 280.0
    factor = drag_between(
        world.climate, world.weather, before.state, before.inclination_rad, before.tt_s, start.tt_s, altitude
    )
    found = entry_of(world, world.weather, start.tt_s, start.state, start.inclination_rad, factor, height_km)
    error = abs(found - entry_tt_s) / (entry_tt_s - start.tt_s)
    figure(f"losses-tiangong1-from-{altitude:.0f}-km", 100.0 * error, 20.0, "%", TRACKS + RULE)


@pytest.mark.parametrize(("altitude_km", "day"), [(225.0, date(2031, 11, 9)), (225.0, date(2033, 11, 7))])
def test_fall_from_the_hand_over_agrees_with_the_numerical_flight(
    figure, world: World, altitude_km: float, day: date
) -> None:
    """Averaged to 150 km and the integral of its rate below, against 16x16 gravity and every revolution."""
    start_tt_s, inclination, mass_kg = from_date(day), math.radians(51.63), 447e3
    mean = Mean(EARTH_RADIUS_KM + altitude_km, 0.0, 0.0011, inclination, 1.0, 0.5)
    state = MeanState(mean.a_km, mean.ex, mean.ey, mean.node_rad)
    line = world.weather.line("mean")
    averaged = entry_of(world, line, start_tt_s, state, inclination, BALLISTIC_M2_KG, 122.0) - start_tt_s
    stop = start_tt_s + 16.0 * DAY_S
    environment = prepare(world, start_tt_s, stop, Forces(cd_area_m2=BALLISTIC_M2_KG * mass_kg), lowest_km=100.0)
    position, velocity = osculating_from_mean(mean, environment.pole)
    flight = fly(State(start_tt_s, position, velocity, mass_kg), (), environment, stop_height_km=110.0, stop_tt_s=stop)
    numerical = crossing(flight, 122.0).tt_s - start_tt_s
    name = f"losses-averaged-from-{altitude_km:.0f}-km-{day.year}"
    source = f"numerical flight of {numerical / DAY_S:.1f} days; "
    figure(name, 100.0 * abs(averaged / numerical - 1.0), 1.0, "%", source + "a tenth of what drag leaves open")
