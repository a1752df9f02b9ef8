"""Falls from orbit: numerical and averaged parts agree, and what is told of one is what was flown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pointnemo.descent.failures.fall import SIGMAS, Nature, control_limit_tt_s, fall, travelled_rad
from pointnemo.motion.burns import BurnCommand
from pointnemo.motion.lastdays import Forces, State, fly, prepare
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.world import World, load_world
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc

START = from_utc("2030-11-01T00:00:00Z")
MASS_KG = 440_000.0
INTERFACE_KM = 122.0


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(True)


@pytest.fixture(scope="module")
def nature(world: World) -> Nature:
    environment = prepare(world, START, START + 5 * 86400.0, Forces(cd_area_m2=3200.0))
    return Nature(world, environment, INTERFACE_KM, 0.15)


def on_orbit(altitude_km: float, eccentricity: float = 0.001) -> State:
    """Mean orbit of the station's inclination, at its apogee."""
    mean = Mean(EARTH_RADIUS_KM + altitude_km, 0.0, eccentricity, np.radians(51.63), 1.0, -np.pi / 2)
    return State(START, *osculating_from_mean(mean), MASS_KG)


def lowering(delta_v_mps: float, start_tt_s: float = START) -> BurnCommand:
    return BurnCommand(start_tt_s, delta_v_mps, 10_400.0, 300.0, True, "lower")


def test_averaged_and_numerical_falls_take_as_long(nature: Nature, world: World) -> None:
    start = on_orbit(195.0)
    numerical = fall(start, [], nature)
    assert numerical.travelled_rad is not None
    assert numerical.entry_tt_s is not None
    assert numerical.entry_tt_s - START > 2 * 86400.0
    short = replace(nature, near=prepare(world, START, START + 86400.0, Forces(cd_area_m2=3200.0)))
    averaged = fall(start, [], short)
    assert averaged.travelled_rad is None
    assert averaged.entry_tt_s is not None
    assert averaged.entry_tt_s - START == pytest.approx(numerical.entry_tt_s - START, rel=0.02)


def test_denser_air_brings_it_down_sooner_and_nearer(nature: Nature) -> None:
    falls = [fall(on_orbit(150.0), [lowering(25.0)], nature, sigmas) for sigmas in (SIGMAS, 0.0, -SIGMAS)]
    assert np.all(np.diff(np.array([one.entry_tt_s for one in falls], dtype=float)) > 0.0)
    assert np.all(np.diff(np.array([one.travelled_rad for one in falls], dtype=float)) > 0.0)


def test_the_angle_travelled_is_that_between_the_two_places(nature: Nature) -> None:
    start = on_orbit(220.0)
    fallen = fall(start, [lowering(60.0)], nature)
    flight = fly(start, [lowering(60.0)], nature.near, stop_height_km=0.0, stop_tt_s=START + 86400.0, sample_s=60.0)
    assert fallen.travelled_rad is not None
    ahead, end = start.position_km / np.linalg.norm(start.position_km), flight.final_state.position_km
    angle = np.arccos(ahead @ end / np.linalg.norm(end))
    assert fallen.travelled_rad == pytest.approx(angle if fallen.travelled_rad < np.pi else 2 * np.pi - angle, abs=0.01)
    assert travelled_rad(flight, START) == pytest.approx(fallen.travelled_rad, abs=1e-4)
    later = travelled_rad(flight, START + 600.0)
    assert fallen.travelled_rad - later == pytest.approx(2 * np.pi * 600.0 / 5330.0, rel=0.02)


def test_the_entry_is_the_last_fall_through_the_interface(nature: Nature) -> None:
    """Off a perigee of some 100 km it climbs back above the interface before it falls for good."""
    start = on_orbit(150.0, 0.008)
    fallen = fall(start, [], nature)
    flight = fly(start, [], nature.near, stop_height_km=0.0, stop_tt_s=START + 4 * 86400.0, sample_s=60.0)
    below = (flight.height_km[:-1] > INTERFACE_KM) & (flight.height_km[1:] <= INTERFACE_KM)
    crossings = flight.tt_s[1:][below]
    assert len(crossings) > 1
    assert fallen.entry_tt_s is not None
    assert crossings[-1] - 60.0 <= fallen.entry_tt_s <= crossings[-1] + 1.0
    assert fallen.steered_until_tt_s is not None
    assert fallen.steered_until_tt_s < fallen.entry_tt_s  # it had been too low for thrusters before


def test_what_is_burnt_is_in_the_state_after(nature: Nature) -> None:
    fallen = fall(on_orbit(220.0), [lowering(20.0)], nature)
    assert fallen.after.mass_kg == pytest.approx(MASS_KG * np.exp(-20.0 / (300.0 * 9.80665)), rel=1e-9)
    assert fallen.after.tt_s > START
    assert fallen.perigee_km < 220.0 - 50.0


def test_a_burn_that_comes_too_late_is_not_made(nature: Nature) -> None:
    start = on_orbit(120.0)
    fallen = fall(start, [lowering(20.0, START + 86400.0)], nature)
    assert fallen.after is start


def test_the_control_limit_is_passed_on_the_way_down(nature: Nature) -> None:
    high = on_orbit(230.0)
    passed, entry = control_limit_tt_s(high, 220.0, nature), fall(high, [], nature).entry_tt_s
    assert passed is not None
    assert entry is not None
    assert START < passed < entry
    assert control_limit_tt_s(on_orbit(210.0), 220.0, nature) == START


def test_what_stays_up_has_no_entry(world: World) -> None:
    sail_less = Nature(world, prepare(world, START, START + 86400.0, Forces(cd_area_m2=20.0)), INTERFACE_KM, 0.15)
    fallen = fall(on_orbit(230.0), [], sail_less)
    assert fallen.entry_tt_s is None
    assert fallen.latitude_deg is None
    assert fallen.steered_until_tt_s is None
