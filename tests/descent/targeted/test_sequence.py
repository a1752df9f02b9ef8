"""Burns of the last days as real thrusters make them: canted, limited in duty, steered between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pointnemo.descent.geometry import argument_of_latitude
from pointnemo.descent.targeted.engine import Engine, engine_of
from pointnemo.descent.targeted.sequence import (
    FlownSequence,
    HandOver,
    fly_sequence,
    least_travel_rad,
    next_passage,
    sized_burn,
)
from pointnemo.errors import FlightError
from pointnemo.motion.burns import STANDARD_GRAVITY_M_S2
from pointnemo.motion.lastdays import Environment, Forces, State, fly, prepare
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.scenario import load_scenario
from pointnemo.scenario.descent_rules import reach_of_burns
from pointnemo.scenario.models import FinalBurn
from pointnemo.world import load_world
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import from_utc

START = from_utc("2030-11-01T00:00:00Z")
HAND_OVER = HandOver(
    START, Mean(EARTH_RADIUS_KM + 225.0, 0.0, 0.001, np.radians(51.63), np.radians(60.0), 0.0), 440_000.0
)
LOWER = FinalBurn(perigee_km=160, revolutions_before_final=4, thrusters=20, thruster_thrust_n=400)
FINAL = FinalBurn(perigee_km=40, revolutions_before_final=0, thrusters=26, thruster_thrust_n=400)
BURNS = (("lower", LOWER), ("final", FINAL))
PLAIN = Engine(300.0)
PLACE = np.radians(80.0)
TRAVEL = 0.8 * np.pi


@pytest.fixture(scope="module")
def environment() -> Environment:
    return prepare(load_world(), START, START + 4 * 86400.0, Forces(cd_area_m2=3200.0))


@pytest.fixture(scope="module")
def plain(environment: Environment) -> FlownSequence:
    return fly_sequence(HAND_OVER, BURNS, PLAIN, PLACE, TRAVEL, environment)


def start() -> State:
    mean = HAND_OVER.mean._replace(argument_of_latitude_rad=0.0)
    return State(START, *osculating_from_mean(mean), HAND_OVER.mass_kg)


def middles(sequence: FlownSequence) -> list[float]:
    return [one.command.start_tt_s + one.duration_s / 2 for one in sequence.burns]


def test_canted_thrusters_push_less_and_burn_as_much(plain: FlownSequence, environment: Environment) -> None:
    cosine = np.cos(np.radians(20.0))
    canted = fly_sequence(HAND_OVER, BURNS, replace(PLAIN, cosine=float(cosine)), PLACE, TRAVEL, environment)
    for one, other in zip(canted.burns, plain.burns, strict=True):
        assert one.command.thrust_n == pytest.approx(other.command.thrust_n * cosine)
        assert one.cosine_loss == pytest.approx(1 - cosine)
        # kilograms a second are those of the thrusters, whichever way they point
        flow = one.thrusters * 400.0 / (300.0 * STANDARD_GRAVITY_M_S2)
        assert one.propellant_kg / one.duration_s == pytest.approx(flow, rel=1e-9)
        assert one.propellant_kg > other.propellant_kg / cosine
        assert one.perigee_after_km == pytest.approx(other.perigee_after_km, abs=0.06)


def test_gravity_loss_is_that_of_an_arc(plain: FlownSequence) -> None:
    """Thrust an angle x off the apogee lowers the perigee by (1 + cos x) / 2: over an arc w, w^2 / 48 is lost."""
    for one in plain.burns:
        impulse = one.impulsive_delta_v_mps
        assert impulse is not None
        axis = EARTH_RADIUS_KM + (one.perigee_before_km + one.apogee_before_km) / 2
        arc = np.sqrt(MU_KM3_S2 / axis**3) * one.duration_s
        assert one.command.delta_v_mps / impulse - 1 == pytest.approx(arc**2 / 48, rel=0.25)


def test_an_impulse_leaves_the_same_perigee(plain: FlownSequence, environment: Environment) -> None:
    one = plain.burns[0]
    assert one.impulsive_delta_v_mps is not None
    before = State(one.command.start_tt_s, *one.before, one.mass_before_kg)
    middle = fly(
        before, [], environment, stop_height_km=80, stop_tt_s=before.tt_s + one.duration_s / 2
    ).final_state  # fmt: skip
    speed = np.linalg.norm(middle.velocity_km_s)
    slowed = middle._replace(velocity_km_s=middle.velocity_km_s * (1 - one.impulsive_delta_v_mps / 1000 / speed))
    after = fly(slowed, [], environment, stop_height_km=80, stop_tt_s=one.end.tt_s).final_state
    radius, velocity = np.linalg.norm(after.position_km), after.velocity_km_s
    axis = 1 / (2 / radius - velocity @ velocity / MU_KM3_S2)
    momentum = np.linalg.norm(np.cross(after.position_km, velocity))
    perigee = axis * (1 - np.sqrt(1 - momentum**2 / (MU_KM3_S2 * axis))) - EARTH_RADIUS_KM
    assert perigee == pytest.approx(one.perigee_after_km, abs=0.001)


def test_a_long_burn_is_made_in_equal_parts_over_the_same_place(environment: Environment) -> None:
    engine = replace(PLAIN, longest_burn_s=450.0, rest_s=3000.0, settling_s=600.0)
    burns = (("lower", LOWER), ("final", FINAL.model_copy(update={"thrusters": 90})))
    sequence = fly_sequence(HAND_OVER, burns, engine, PLACE, TRAVEL, environment)
    parts = [one for one in sequence.burns if one.command.id.startswith("lower")]
    assert [one.command.id for one in parts] == ["lower.1", "lower.2", "lower.3"]
    assert [(one.part, one.parts) for one in parts] == [(1, 3), (2, 3), (3, 3)]
    assert max(one.duration_s for one in parts) <= engine.longest_burn_s
    # what drag takes meanwhile makes the later ones shorter
    assert parts[0].duration_s > parts[1].duration_s > parts[2].duration_s > 0.7 * parts[0].duration_s
    assert parts[-1].perigee_after_km == pytest.approx(LOWER.perigee_km, abs=0.06)
    flight = sequence.flight
    for one in sequence.burns:
        place = [np.interp(one.command.start_tt_s + one.duration_s / 2, flight.tt_s, x) for x in flight.position_km.T]
        motion = [
            np.interp(one.command.start_tt_s + one.duration_s / 2, flight.tt_s, x) for x in flight.velocity_km_s.T
        ]
        assert argument_of_latitude(np.array([place]), np.array([motion]))[0] == pytest.approx(PLACE, abs=0.002)
    for one, following in zip(sequence.burns[:-1], sequence.burns[1:], strict=True):
        assert following.command.start_tt_s - one.end.tt_s >= engine.rest_s + engine.settling_s
    gaps = np.diff(middles(sequence)) / 5310.0
    assert gaps == pytest.approx([1, 1, 4], abs=0.06)


def test_parts_wait_for_rest_and_settling(environment: Environment) -> None:
    engine = replace(PLAIN, longest_burn_s=600.0, rest_s=5400.0, settling_s=1800.0)
    burns = (("lower", LOWER), ("final", FINAL.model_copy(update={"thrusters": 90})))
    sequence = fly_sequence(HAND_OVER, burns, engine, PLACE, TRAVEL, environment)
    assert np.diff(middles(sequence))[0] / 5310.0 == pytest.approx(2, abs=0.06)


def test_a_final_burn_that_is_too_long_is_refused(environment: Environment) -> None:
    with pytest.raises(FlightError, match=r"takes 1\d\d\d s, longer than the 900 s .* cannot be split: burn more"):
        fly_sequence(HAND_OVER, BURNS, replace(PLAIN, longest_burn_s=900.0), PLACE, TRAVEL, environment)


@pytest.mark.parametrize("weak", [0, 1])
def test_a_burn_of_more_than_a_revolution_is_refused(environment: Environment, weak: int) -> None:
    burns = tuple(
        (key, burn.model_copy(update={"thruster_thrust_n": 50.0}) if k == weak else burn)
        for k, (key, burn) in enumerate(BURNS)
    )
    with pytest.raises(FlightError, match=rf"'{BURNS[weak][0]}' would take \d\.\d h, more than a revolution: burn"):
        fly_sequence(HAND_OVER, burns, PLAIN, PLACE, TRAVEL, environment)


def test_no_travel_makes_room_for_a_first_burn_of_more_than_a_revolution() -> None:
    weak = LOWER.model_copy(update={"thruster_thrust_n": 50.0})
    with pytest.raises(FlightError, match=r"'lower' would take \d\.\d h, more than a revolution"):
        least_travel_rad(HAND_OVER, (("lower", weak), ("final", FINAL)), PLAIN)


def test_burns_too_close_are_refused(environment: Environment) -> None:
    burns = (("lower", LOWER.model_copy(update={"revolutions_before_final": 1})), ("final", FINAL))
    engine = replace(PLAIN, rest_s=4000.0, settling_s=1800.0)
    with pytest.raises(FlightError, match=r"'final' starts \d{4} s after 'lower' ends.*take 5800 s: put them further"):
        fly_sequence(HAND_OVER, burns, engine, PLACE, TRAVEL, environment)


def test_steering_takes_its_propellant_while_coasting(environment: Environment) -> None:
    flow = 400.0 / 86400.0
    sequence = fly_sequence(HAND_OVER, BURNS, replace(PLAIN, attitude_kg_s=flow), PLACE, TRAVEL, environment)
    first, final = sequence.burns
    assert HAND_OVER.mass_kg - first.mass_before_kg == pytest.approx(flow * (first.command.start_tt_s - START))
    between = first.mass_before_kg - first.propellant_kg - final.mass_before_kg
    assert between == pytest.approx(flow * (final.command.start_tt_s - first.end.tt_s))
    flight = sequence.flight
    burnt = sum(one.propellant_kg for one in sequence.burns)
    coasted = flight.tt_s[-1] - START - sum(one.duration_s for one in sequence.burns)
    assert flight.mass_kg[-1] == pytest.approx(HAND_OVER.mass_kg - burnt - flow * coasted, abs=1e-4)


def test_attitude_is_held_before_ignition_and_from_the_hand_over_there_is_time(environment: Environment) -> None:
    engine = replace(PLAIN, settling_s=4000.0)
    travel = least_travel_rad(HAND_OVER, BURNS, engine)
    for one in fly_sequence(HAND_OVER, BURNS, engine, PLACE, travel, environment).burns:
        assert one.settled_since_tt_s == one.command.start_tt_s - 4000.0
        assert one.settled_since_tt_s is not None
        assert one.settled_since_tt_s >= START - 120.0  # the burn was estimated from one impulse


def test_passages_are_whole_revolutions_apart(environment: Environment) -> None:
    first = next_passage(start(), PLAIN, PLACE, 0, environment, first=True)
    third = next_passage(start(), PLAIN, PLACE, 2, environment, first=True)
    assert (third - first) / 2 == pytest.approx(5335.0, abs=10.0)
    assert first - START >= 0.39 * 5310.0


def test_a_sized_burn_is_the_one_of_the_sequence(plain: FlownSequence, environment: Environment) -> None:
    one = plain.burns[1]
    alone = sized_burn(
        "final", FINAL, PLAIN, plain.burns[0].end, one.command.start_tt_s + one.duration_s / 2, environment
    )
    assert alone is not None
    assert alone.command.delta_v_mps == pytest.approx(one.command.delta_v_mps, abs=0.011)


def test_more_thrusters_than_the_duty_has_are_a_defect() -> None:
    scenario = load_scenario("iss")
    vehicle = scenario.flights[scenario.descent.deorbit_vehicle].vehicle
    kind = scenario.vehicles[vehicle]
    assert list(reach_of_burns(scenario)) == []
    assert kind.duty is not None
    duty = kind.duty.model_copy(update={"thrusters": 20, "cant_deg": 15.0})
    vehicles = scenario.vehicles | {vehicle: kind.model_copy(update={"duty": duty})}
    fewer = scenario.model_copy(update={"vehicles": vehicles})
    assert [one.where for one in reach_of_burns(fewer)] == ["descent.burns.final.thrusters"]
    assert engine_of(fewer).cosine == pytest.approx(np.cos(np.radians(15.0)))
    none = scenario.model_copy(
        update={"vehicles": scenario.vehicles | {vehicle: kind.model_copy(update={"duty": None})}}
    )
    assert list(reach_of_burns(none)) == []
    assert engine_of(none).longest_burn_s == np.inf
