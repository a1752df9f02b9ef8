"""The targeted last days, flown for real: a station at 225 km brought down to a place."""

from __future__ import annotations

import numpy as np
import pytest
from tests.random_starts import aimed, random_starts

from pointnemo.descent.geometry import GroundTrack
from pointnemo.descent.targeted.engine import Engine
from pointnemo.descent.targeted.sequence import HandOver, fly_sequence
from pointnemo.descent.targeted.targeting import TARGET_TOLERANCE_KM, aim_at, revolutions_needed
from pointnemo.errors import FlightError
from pointnemo.motion.lastdays import Environment, Forces, prepare
from pointnemo.motion.mean_elements import Mean
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import FinalBurn
from pointnemo.world import World, load_world
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc

START = from_utc("2030-11-01T00:00:00Z")
ISP_S = 300.0
ENGINE = Engine(ISP_S)
EARLY = 0.8 * np.pi  # travel to the first burn
NEMO = (-48.8767, -123.3933)
BURNS = (
    ("lower", FinalBurn(perigee_km=160, revolutions_before_final=4, thrusters=20, thruster_thrust_n=400)),
    ("final", FinalBurn(perigee_km=40, revolutions_before_final=0, thrusters=26, thruster_thrust_n=400)),
)


def hand_over(node_deg: float = 60.0) -> HandOver:
    mean = Mean(EARTH_RADIUS_KM + 225.0, 0.0, 0.001, np.radians(51.63), np.radians(node_deg), 0.0)
    return HandOver(START, mean, 440_000.0)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def environment(world: World) -> Environment:
    return prepare(world, START, START + revolutions_needed(BURNS) * 5400.0 + 90_000.0, Forces(cd_area_m2=3200.0))


def test_burns_leave_the_perigees_that_were_asked_for(environment: Environment) -> None:
    sequence = fly_sequence(hand_over(), BURNS, ENGINE, np.radians(80.0), EARLY, environment)
    assert [burn.perigee_after_km for burn in sequence.burns] == pytest.approx([160, 40], abs=0.06)
    assert sequence.flight.stop == "height"
    assert sequence.flight.height_km[-1] == pytest.approx(0.0, abs=0.01)


def test_burns_are_centred_on_the_argument_of_latitude(environment: Environment) -> None:
    sequence = fly_sequence(hand_over(), BURNS, ENGINE, np.radians(80.0), EARLY, environment)
    flight = sequence.flight
    for burn in sequence.burns:
        middle = burn.command.start_tt_s + burn.duration_s / 2
        k = int(np.argmin(np.abs(flight.tt_s - middle)))
        r, v = flight.position_km[k], flight.velocity_km_s[k]
        h = np.cross(r, v)
        n = np.array([-h[1], h[0], 0.0])
        m = np.cross(h, n)
        u = np.degrees(np.arctan2(r @ m / np.linalg.norm(m), r @ n / np.linalg.norm(n)))
        # Samples lie 60 s apart: 30 s of orbital motion is 2 deg.
        assert u == pytest.approx(80.0, abs=2.5)


def test_waiting_a_revolution_moves_the_impact_west(environment: Environment) -> None:
    at_once, later = (
        fly_sequence(hand_over(), BURNS, ENGINE, np.radians(80.0), EARLY + 2 * np.pi * waiting, environment).flight
        for waiting in (0, 1)
    )
    west = (at_once.longitude_deg[-1] - later.longitude_deg[-1]) % 360
    assert west == pytest.approx(22.5, abs=1.5)


def test_propellant_follows_the_rocket_equation(environment: Environment) -> None:
    for burn in fly_sequence(hand_over(), BURNS, ENGINE, np.radians(80.0), EARLY, environment).burns:
        expected = burn.mass_before_kg * (1 - np.exp(-burn.command.delta_v_mps / (ISP_S * 9.80665)))
        assert burn.propellant_kg == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("direction", ["ascending", "descending"])
@pytest.mark.parametrize("node_deg", [10.0, 130.0, 250.0])
def test_every_phase_reaches_point_nemo(node_deg: float, direction: str, environment: Environment) -> None:
    track = GroundTrack.through(*NEMO, 51.63, direction)  # type: ignore[arg-type]
    target = aim_at(track, hand_over(node_deg), BURNS, ENGINE, environment)
    assert target.converged
    assert target.miss_km <= TARGET_TOLERANCE_KM
    assert abs(target.phase_shift_s) <= 5400 / 2


def test_a_place_near_the_equator_is_reached_too(environment: Environment) -> None:
    target = aim_at(GroundTrack.through(-5.0, -150.0, 51.63, "ascending"), hand_over(), BURNS, ENGINE, environment)
    assert target.converged


def test_an_aim_at_the_apex_is_reached(environment: Environment) -> None:
    apex = GroundTrack(np.radians(270.0), -140.0, 51.63)
    target = aim_at(apex, hand_over(), BURNS, ENGINE, environment)
    assert target.miss_km < 10.0


def test_a_burn_that_drag_has_made_needless_is_left_out(environment: Environment) -> None:
    low = hand_over()
    low = HandOver(low.tt_s, low.mean._replace(a_km=EARTH_RADIUS_KM + 185.0), low.mass_kg)
    burns = (
        ("lower", FinalBurn(perigee_km=190, revolutions_before_final=2, thrusters=20, thruster_thrust_n=400)),
        BURNS[1],
    )
    sequence = fly_sequence(low, burns, ENGINE, 1.0, EARLY, environment)
    assert [burn.command.id for burn in sequence.burns] == ["final"]


def test_a_station_that_falls_before_its_burn_is_refused(environment: Environment) -> None:
    low = hand_over()
    low = HandOver(low.tt_s, low.mean._replace(a_km=EARTH_RADIUS_KM + 140.0), low.mass_kg)
    with pytest.raises(FlightError, match="comes down before"):
        fly_sequence(low, BURNS, ENGINE, 1.0, 16 * 2 * np.pi, environment)


@pytest.mark.parametrize("number", range(10))
def test_random_starts_converge(number: int, world: World) -> None:
    """Ten of the two hundred of ``make validate``, with the burns and the engine of the shipped scenario."""
    start = random_starts(10, seed=2029)[number]
    target, _ = aimed(start, load_scenario("iss"), world)
    assert target.converged
    assert target.sequence.flight.latitude_deg[-1] == target.impact[0]
    assert abs(target.phase_shift_s) <= 5400 / 2


def test_a_low_and_draggy_start_converges(world: World) -> None:
    """Perigee and period fall fast while it waits: corrections that take them as they are overshoot."""
    start = random_starts(1, seed=2029)[0]
    mean = start.hand_over.mean._replace(a_km=EARTH_RADIUS_KM + 213.0)
    low = start._replace(hand_over=HandOver(START, mean, 420_000.0), cd_area_m2=4500.0)
    target, _ = aimed(low, load_scenario("iss"), world)
    assert target.converged
