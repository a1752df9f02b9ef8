import math
from dataclasses import replace

import heyoka as hy
import numpy as np
import pytest

from pointnemo.errors import FlightError, WorldError
from pointnemo.motion.lastdays import (
    DEFAULT_TOLERANCE,
    BurnCommand,
    Environment,
    Forces,
    State,
    apsides_km,
    crossing,
    fly,
    prepare,
)
from pointnemo.world import World, earth, load_world
from pointnemo.world import time as clock

START = clock.from_utc("2026-09-04T20:00:00")
DAY_S = 86400.0
MASS_KG = 420_000.0
CD_AREA_M2 = 3200.0


def circular(altitude_km: float, tt_s: float = START, mass_kg: float = MASS_KG) -> State:
    radius = 6378.137 + altitude_km
    speed = math.sqrt(earth.MU_KM3_S2 / radius)
    inclination = math.radians(51.64)
    velocity = np.array([0.0, math.cos(inclination), math.sin(inclination)]) * speed
    return State(tt_s, np.array([radius, 0.0, 0.0]), velocity, mass_kg)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def vacuum(world: World) -> Environment:
    return prepare(world, START, START + DAY_S, Forces(0.0, sun_moon=False))


@pytest.fixture(scope="module")
def air(world: World) -> Environment:
    return prepare(world, START, START + DAY_S, Forces(CD_AREA_M2))


def distance_m(one: State, other: State) -> float:
    return float(np.linalg.norm(one.position_km - other.position_km)) * 1000.0


def test_a_state_goes_in_and_comes_out_unchanged(vacuum: Environment) -> None:
    state = circular(300.0, START + 12345.678)
    flight = fly(state, [], vacuum, stop_height_km=0.0, stop_tt_s=state.tt_s)
    assert flight.stop == "time"
    assert distance_m(flight.final_state, state) < 1e-5
    assert np.linalg.norm(flight.final_state.velocity_km_s - state.velocity_km_s) < 1e-12


def test_the_frame_is_that_of_the_world(vacuum: Environment, world: World) -> None:
    flight = fly(circular(300.0), [], vacuum, stop_height_km=0.0, stop_tt_s=START + 20_000.0)
    end = flight.final_state
    position, velocity = earth.gcrs_to_itrs_state(end.tt_s, end.position_km, end.velocity_km_s, world.earth)
    assert np.linalg.norm(position * 1000.0 - flight.final_itrs_position_m) < 0.01
    assert np.linalg.norm(velocity * 1000.0 - flight.final_itrs_velocity_mps) < 1e-4
    latitude, longitude, height = earth.geodetic(position)
    assert flight.latitude_deg[-1] == pytest.approx(math.degrees(latitude), abs=1e-7)
    assert flight.longitude_deg[-1] == pytest.approx(math.degrees(longitude), abs=1e-7)
    assert flight.height_km[-1] == pytest.approx(float(height), abs=1e-5)


def test_jacobi_integral_is_kept_for_a_day(vacuum: Environment) -> None:
    # In axes that turn evenly, v^2/2 - omega.(r x v) - U is constant (Murray and Dermott 1999, section 3.3)
    variables = hy.make_vars("x", "y", "z")
    potential = hy.cfunc([hy.model.egm2008_pot(list(variables), 16, 16)], list(variables))
    flight = fly(circular(250.0), [], vacuum, stop_height_km=0.0, stop_tt_s=START + DAY_S, sample_s=600.0)
    matrices = earth.gcrs_to_itrs(flight.tt_s, load_world().earth)
    r = np.einsum("nij,nj->ni", matrices, flight.position_km) * 1000.0
    v = np.einsum("nij,nj->ni", matrices, flight.velocity_km_s) * 1000.0
    omega = vacuum.skies.rotation_rad_s.mean(axis=0)
    jacobi = 0.5 * np.sum(v * v, axis=1) - np.cross(r, v) @ omega - potential(np.ascontiguousarray(r.T))[0]
    # precession and nutation turn the axes by 1e-12 rad/s times 5e10 m2/s: 0.05 J/kg of 3e7
    assert np.ptp(jacobi) < 0.5


def test_tighter_tolerance_converges(air: Environment) -> None:
    def miss_m(altitude_km: float, tolerance: float) -> float:
        ends = [
            fly(circular(altitude_km), [], air, stop_height_km=60.0, stop_tt_s=START + DAY_S, tolerance=one).final_state
            for one in (tolerance, 1e-14)
        ]
        return distance_m(*ends)

    assert miss_m(230.0, DEFAULT_TOLERANCE) < 0.05  # a day in orbit
    default, loose = miss_m(120.0, DEFAULT_TOLERANCE), miss_m(120.0, 1e-6)  # down to 60 km
    assert default < 1.0
    assert 10 * default < loose < 2000.0


def test_neither_samples_nor_pauses_change_the_flight(air: Environment) -> None:
    state, stop = circular(230.0), START + 30_000.0
    once = fly(state, [], air, stop_height_km=0.0, stop_tt_s=stop, sample_s=60.0)
    sparse = fly(state, [], air, stop_height_km=0.0, stop_tt_s=stop, sample_s=1e9)
    assert np.array_equal(once.final_state.position_km, sparse.final_state.position_km)
    half = fly(state, [], air, stop_height_km=0.0, stop_tt_s=START + 12_345.0).final_state
    again = fly(half, [], air, stop_height_km=0.0, stop_tt_s=stop).final_state
    assert distance_m(again, once.final_state) < 0.1


def test_samples_between_steps_lie_on_the_trajectory(air: Environment) -> None:
    state = circular(230.0)
    flight = fly(state, [], air, stop_height_km=0.0, stop_tt_s=START + 6000.0, sample_s=7.0)
    for k in (101, 333, 700):
        exact = fly(state, [], air, stop_height_km=0.0, stop_tt_s=float(flight.tt_s[k])).final_state
        assert np.linalg.norm(flight.position_km[k] - exact.position_km) < 5e-6
        assert np.linalg.norm(flight.velocity_km_s[k] - exact.velocity_km_s) < 5e-8


def test_drag_takes_height_and_more_of_it_lower_down(world: World, air: Environment) -> None:
    def loss_km(altitude_km: float, environment: Environment) -> float:
        state = circular(altitude_km)
        end = fly(state, [], environment, stop_height_km=0.0, stop_tt_s=START + DAY_S).final_state
        still = prepare(world, START, START + DAY_S, Forces(0.0))
        vacuum = fly(state, [], still, stop_height_km=0.0, stop_tt_s=START + DAY_S).final_state
        return sum(apsides_km(*vacuum[1:3])) / 2 - sum(apsides_km(*end[1:3])) / 2

    losses = [loss_km(altitude, air) for altitude in (400.0, 300.0, 230.0)]
    assert 0.02 < losses[0] < losses[1] / 4 < losses[2] / 8
    doubled = replace(air, forces=air.forces._replace(density_scale=2.0))
    assert loss_km(400.0, doubled) == pytest.approx(2 * losses[0], rel=0.1)


def test_a_flight_stops_at_the_height_exactly(air: Environment) -> None:
    state = circular(125.0)
    flight = fly(state, [], air, stop_height_km=100.0, stop_tt_s=START + DAY_S)
    assert flight.stop == "height"
    assert flight.height_km[-1] == pytest.approx(100.0, abs=1e-5)
    assert np.all(flight.height_km[:-1] > 100.0)
    assert flight.climb_km_s[-1] < 0.0


def test_a_dip_between_two_steps_is_found(vacuum: Environment) -> None:
    low = circular(200.0)
    state = low._replace(velocity_km_s=low.velocity_km_s * 1.02)
    coast = fly(state, [], vacuum, stop_height_km=0.0, stop_tt_s=START + 9000.0, sample_s=1.0)
    rounds = np.flatnonzero(np.diff(np.sign(np.diff(coast.height_km))) > 0)
    perigee = float(coast.height_km[rounds].min())
    flight = fly(state, [], vacuum, stop_height_km=perigee + 0.02, stop_tt_s=START + 9000.0, sample_s=1e9)
    assert flight.stop == "height"
    assert flight.height_km[-1] == pytest.approx(perigee + 0.02, abs=1e-5)


def test_it_reaches_the_ground_at_a_plausible_speed(air: Environment) -> None:
    flight = fly(circular(110.0), [], air, stop_height_km=0.0, stop_tt_s=START + DAY_S)
    assert flight.height_km[-1] == pytest.approx(0.0, abs=1e-5)
    # terminal: 420 t on 0.21 of 3200 m2
    area = 0.449 / 2.148 * CD_AREA_M2
    terminal = math.sqrt(2 * MASS_KG * 9.81 / (1.2 * area))
    assert np.linalg.norm(flight.final_itrs_velocity_mps) == pytest.approx(terminal, rel=0.15)
    assert np.all(np.isfinite(flight.position_km))


def test_burns_are_segments_with_their_propellant(air: Environment) -> None:
    first = BurnCommand(START + 3000.0, 12.0, 10_000.0, 300.0, True, "lower-1")
    second = BurnCommand(START + 9000.0, 5.0, 10_000.0, 300.0, False, "raise")
    never = BurnCommand(START + 90_000.0, 5.0, 10_000.0, 300.0, False, "never")
    stop = START + 12_000.0
    flight = fly(circular(300.0), [second, never, first], air, stop_height_km=100.0, stop_tt_s=stop)
    assert flight.segments == ("coast", "lower-1", "coast", "raise", "coast")
    assert list(flight.propellant_kg) == ["lower-1", "raise"]
    exhaust = 300.0 * 9.80665
    after_first = MASS_KG * math.exp(-12.0 / exhaust)
    assert flight.propellant_kg["lower-1"] == pytest.approx(MASS_KG - after_first, rel=1e-12)
    assert flight.propellant_kg["raise"] == pytest.approx(after_first * (1 - math.exp(-5.0 / exhaust)), rel=1e-12)
    assert flight.mass_kg[-1] == pytest.approx(MASS_KG * math.exp(-17.0 / exhaust), rel=1e-12)
    borders = np.flatnonzero(np.diff(flight.segment))
    assert len(borders) == 4
    for i in borders:  # the same instant and state twice
        assert flight.tt_s[i] == flight.tt_s[i + 1]
        assert np.array_equal(flight.position_km[i], flight.position_km[i + 1])
    inside = np.diff(flight.tt_s)
    assert np.all(inside >= 0.0)
    assert inside.max() <= 60.0 + 1e-6


def test_mass_that_leaves_while_coasting_pushes_nothing(air: Environment) -> None:
    burn = BurnCommand(START + 3000.0, 5.0, 6000.0, 300.0, True, "lower")
    dry, wet = (
        fly(circular(250.0), [burn], air, stop_height_km=0.0, stop_tt_s=START + 9000.0, coast_flow_kg_s=flow)
        for flow in (0.0, 0.01)
    )
    coasted = 9000.0 - float(np.ptp(wet.tt_s[wet.segment == 1]))
    assert wet.propellant_kg["lower"] == pytest.approx(wet.mass_kg[0] - wet.mass_kg[-1] - 0.01 * coasted, abs=1e-6)
    assert dry.mass_kg[0] - dry.mass_kg[-1] == pytest.approx(dry.propellant_kg["lower"])
    # 90 kg of 420 t, half of them gone on the average: the drag of a lighter body, and nothing else
    assert 0.0 < distance_m(dry.final_state, wet.final_state) < 20.0
    plain = fly(circular(250.0), [burn], air, stop_height_km=0.0, stop_tt_s=START + 9000.0)
    assert np.array_equal(plain.position_km, dry.position_km)


def test_mass_does_not_come_in_while_coasting(air: Environment) -> None:
    with pytest.raises(FlightError, match="mass cannot come in"):
        fly(circular(250.0), [], air, stop_height_km=0.0, stop_tt_s=START + 60.0, coast_flow_kg_s=-1.0)


def test_mir_lowered_its_perigee_by_31_km_with_9_m_per_s(vacuum: Environment) -> None:
    # Mir's first de-orbit burn: 219 x 219 km to 188 x 219 km by 9.3 m/s (23 March 2001)
    state = circular(219.0, mass_kg=136_000.0)
    burn = BurnCommand(START, 9.3, 1e7, 300.0, True, "impulse")
    end = fly(state, [burn], vacuum, stop_height_km=0.0, stop_tt_s=START + 1.0).final_state
    perigee, apogee = apsides_km(end.position_km, end.velocity_km_s)
    assert perigee == pytest.approx(188.0, abs=1.0)
    assert apogee == pytest.approx(219.0, abs=0.5)


def test_a_burn_cut_off_by_the_stop_uses_what_it_burnt(vacuum: Environment) -> None:
    burn = BurnCommand(START + 100.0, 50.0, 3000.0, 300.0, True, "long")
    flight = fly(circular(300.0), [burn], vacuum, stop_height_km=0.0, stop_tt_s=START + 1100.0)
    assert flight.segments == ("coast", "long")
    assert flight.propellant_kg["long"] == pytest.approx(1000.0 * 3000.0 / (300.0 * 9.80665), rel=1e-9)


def test_crossing_between_samples(air: Environment) -> None:
    flight = fly(circular(130.0), [], air, stop_height_km=80.0, stop_tt_s=START + DAY_S)
    exact = fly(circular(130.0), [], air, stop_height_km=122.0, stop_tt_s=START + DAY_S)
    found = crossing(flight, 122.0)
    assert found.tt_s == pytest.approx(exact.final_state.tt_s, abs=0.05)
    place = earth.geodetic(earth.gcrs_to_itrs(found.tt_s, load_world().earth) @ found.state.position_km)
    assert float(place[2]) == pytest.approx(122.0, abs=1e-3)
    assert crossing(exact, 122.0).tt_s == pytest.approx(exact.final_state.tt_s, abs=1e-3)
    with pytest.raises(FlightError, match="does not fall through 300 km"):
        crossing(flight, 300.0)


def test_what_cannot_be_flown_is_refused(air: Environment) -> None:
    state = circular(300.0)

    def refused(**change: object) -> None:
        arguments = {"stop_height_km": 0.0, "stop_tt_s": START + 6000.0, "burns": []} | change
        burns = arguments.pop("burns")
        fly(state, burns, air, **arguments)  # type: ignore[arg-type]

    good = BurnCommand(START + 100.0, 10.0, 10_000.0, 300.0, True, "a")
    with pytest.raises(FlightError, match="not above"):
        refused(stop_height_km=400.0)
    with pytest.raises(WorldError, match="does not lie in its environment"):
        refused(stop_tt_s=START + 3 * DAY_S)
    with pytest.raises(FlightError, match="'b' starts"):
        refused(burns=[good, good._replace(start_tt_s=START + 150.0, id="b")])
    with pytest.raises(FlightError, match="must be positive"):
        refused(burns=[good._replace(delta_v_mps=-1.0)])
    with pytest.raises(FlightError, match="not finite"):
        fly(state._replace(position_km=np.full(3, np.nan)), [], air, stop_height_km=0.0, stop_tt_s=START + 10.0)
    high = prepare(load_world(), START, START + 6000.0, Forces(CD_AREA_M2), lowest_km=200.0)
    assert fly(state, [], high, stop_height_km=200.0, stop_tt_s=START + 6000.0).stop == "time"
    with pytest.raises(FlightError, match="not one from 200 km up"):
        fly(state, [], high, stop_height_km=100.0, stop_tt_s=START + 6000.0)
    with pytest.raises(FlightError, match="positive interval"):
        prepare(load_world(), START, START, Forces(0.0))
    with pytest.raises(FlightError, match="drag area"):
        prepare(load_world(), START, START + 1.0, Forces(-1.0))
