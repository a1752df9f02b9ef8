"""The swarm against ``lastdays.fly``, member by member, and against itself."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pointnemo.errors import FlightError, WorldError
from pointnemo.motion.lastdays import BurnCommand, Environment, Forces, State, fly, prepare
from pointnemo.motion.swarm import fly_members
from pointnemo.world import World, earth, load_world
from pointnemo.world import time as clock

FloatArray = NDArray[np.float64]

START = clock.from_utc("2026-09-04T20:00:00")
DAY_S = 86400.0
MASS_KG = 420_000.0
TILTED = BurnCommand(START + 1.3 * DAY_S, 1.5, 6000.0, 300.0, False, "raise", outward_share=0.15, normal_share=-0.05)
LOWERING = BurnCommand(START + 0.4 * DAY_S, 2.0, 4000.0, 290.0, True, "lower")


def circular(altitude_km: float, inclination_deg: float = 51.64) -> FloatArray:
    radius = 6378.137 + altitude_km
    speed = math.sqrt(earth.MU_KM3_S2 / radius)
    inclination = math.radians(inclination_deg)
    return np.array([radius, 0.0, 0.0, 0.0, speed * math.cos(inclination), speed * math.sin(inclination)])


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def fortnight(world: World) -> Environment:
    return prepare(world, START - 3600.0, START + 15 * DAY_S, Forces(3200.0))


@pytest.fixture(scope="module")
def days(world: World) -> Environment:
    return prepare(world, START, START + 3 * DAY_S, Forces(3200.0))


def swarm(environment: Environment, states: FloatArray, mass: Any = MASS_KG, **change: Any) -> FloatArray:
    """Positions and velocities in one, shape (n, m, 6); samples at the end unless others are asked for."""
    settings = {"day_scale": np.ones((len(states), len(environment.air))), "sample_tt_s": [environment.stop_tt_s]}
    return np.concatenate(fly_members(environment, START, states, mass, **(settings | change)), axis=-1)


def flown(environment: Environment, state: FloatArray, *burns: BurnCommand, **change: Any) -> State:
    settings: dict[str, Any] = {"stop_height_km": 80.0, "stop_tt_s": environment.stop_tt_s, "sample_s": 1e9}
    start = State(START, state[:3], state[3:], MASS_KG)
    return fly(change.pop("start", start), burns, environment, **(settings | change)).final_state


def miss_m(found: FloatArray, wanted: State) -> float:
    return float(np.linalg.norm(found[:3] - wanted.position_km)) * 1000.0


def scaled(environment: Environment, factor: float) -> Environment:
    forces = environment.forces
    return replace(environment, forces=forces._replace(density_scale=factor * forces.density_scale))


def test_within_a_metre_of_the_single_flight_after_fifteen_days(fortnight: Environment) -> None:
    states = np.array([circular(412.0), circular(260.0), circular(330.0) * [1, 1, 1, 1, 1.003, 1.003]])
    scales = np.array([1.0, 0.8, 1.3])
    found = swarm(fortnight, states, day_scale=np.repeat(scales[:, None], len(fortnight.air), axis=1))
    for state, scale, end in zip(states, scales, found[:, 0], strict=True):
        wanted = flown(scaled(fortnight, scale), state)
        assert miss_m(end, wanted) < 1.0
        assert np.linalg.norm(end[3:] - wanted.velocity_km_s) < 1e-6


def test_burns_tilted_scaled_and_shifted(fortnight: Environment) -> None:
    state = circular(410.0)
    scale, shift = np.array([[1.0, 1.0], [1.2, 0.7], [0.0, 1.0]]), np.array([[0.0, 0.0], [-30.0, 45.0], [0.0, 5.0]])
    found = swarm(fortnight, np.tile(state, (3, 1)), burns=[TILTED, LOWERING], burn_scale=scale, burn_shift_s=shift)
    for row, late, end in zip(scale, shift, found[:, 0], strict=True):
        made = [
            burn._replace(delta_v_mps=burn.delta_v_mps * factor, start_tt_s=burn.start_tt_s + delay)
            for burn, factor, delay in zip((TILTED, LOWERING), row, late, strict=True)
            if factor > 0.0
        ]
        assert miss_m(end, flown(fortnight, state, *made)) < 1.0


def test_mass_steps_and_impulses_are_flights_in_pieces(fortnight: Environment) -> None:
    state, dock, push, undock = circular(405.0), START + 1.1 * DAY_S, START + 4.7 * DAY_S, START + 9.9 * DAY_S
    found = swarm(
        fortnight, state[None], burns=[TILTED, LOWERING], impulse_tt_s=[push], impulse_mps=[[-0.8]],
        mass_step_tt_s=[undock, dock], mass_step_kg=[-9_000.0, 14_000.0],
    )  # fmt: skip
    one = flown(fortnight, state, LOWERING, stop_tt_s=dock)
    two = flown(fortnight, state, TILTED, start=one._replace(mass_kg=one.mass_kg + 14_000.0), stop_tt_s=push)
    speed = float(np.linalg.norm(two.velocity_km_s))
    two = two._replace(velocity_km_s=two.velocity_km_s * (1.0 - 0.8e-3 / speed))
    three = flown(fortnight, state, start=two, stop_tt_s=undock)
    end = flown(fortnight, state, start=three._replace(mass_kg=three.mass_kg - 9_000.0))
    assert miss_m(found[0, 0], end) < 1.0


def test_each_day_has_its_own_air(days: Environment) -> None:
    state = circular(300.0)
    factors = np.array([[0.5, 2.0, 1.0, 0.7]])
    midnights = days.start_tt_s + days.air_until_s
    end = State(START, state[:3], state[3:], MASS_KG)
    for factor, until in zip(factors[0], midnights, strict=True):
        end = flown(scaled(days, factor), state, start=end, stop_tt_s=float(until))
    assert miss_m(swarm(days, state[None], day_scale=factors)[0, 0], end) < 0.1


def test_shorter_steps_converge(days: Environment) -> None:
    states = np.array([circular(400.0), circular(250.0)])
    best = swarm(days, states, tolerance=1e-14)

    def worst_m(tolerance: float) -> float:
        found = swarm(days, states, tolerance=tolerance)
        return float(np.linalg.norm(found[..., :3] - best[..., :3], axis=-1).max()) * 1000.0

    loose, default, tight = (worst_m(tolerance) for tolerance in (1e-9, 3e-11, 1e-12))
    assert loose > 30 * default
    assert default < 0.1
    assert tight < 0.03


def test_samples_lie_on_the_trajectory(days: Environment) -> None:
    state = circular(300.0)
    times = START + np.array([0.0, 1.0, 777.0, 14_400.0, 50_000.0, 1.3 * DAY_S, 1.3 * DAY_S + 50.0, 2.9 * DAY_S])
    found = swarm(days, state[None], sample_tt_s=times, burns=[TILTED])[0]
    assert np.array_equal(found.shape, (8, 6))
    assert np.allclose(found[0], state, rtol=0.0, atol=1e-11)
    for time, sample in zip(times[1:], found[1:], strict=True):
        wanted = flown(days, state, TILTED, stop_tt_s=float(time))
        assert miss_m(sample, wanted) < 0.2
        assert np.linalg.norm(sample[3:] - wanted.velocity_km_s) < 2e-6


def test_at_an_impulse_the_sample_is_the_state_before(days: Environment) -> None:
    state, push = circular(400.0), START + 3000.0
    plain = swarm(days, state[None], sample_tt_s=[push, push + 1.0])[0]
    pushed = swarm(days, state[None], sample_tt_s=[push, push + 1.0], impulse_tt_s=[push], impulse_mps=[[2.0]])[0]
    assert np.allclose(plain[0], pushed[0], rtol=0.0, atol=1e-6)  # an arc that ends takes other steps
    gain = np.linalg.norm(pushed[1, 3:]) - np.linalg.norm(plain[1, 3:])
    assert gain * 1000.0 == pytest.approx(2.0, abs=1e-3)


def test_neither_workers_nor_neighbours_change_a_bit(days: Environment) -> None:
    rng = np.random.default_rng(3)
    count = 11
    states = circular(380.0) * (1.0 + 1e-4 * rng.normal(size=(count, 6)))
    mass = MASS_KG * rng.uniform(0.9, 1.1, count)
    settings = {
        "sample_tt_s": START + np.linspace(0.0, 1.5, 7) * DAY_S,
        "day_scale": rng.uniform(0.7, 1.3, (count, len(days.air))),
        "burns": [LOWERING, TILTED],
        "burn_scale": rng.uniform(0.5, 1.5, (count, 2)),
        "burn_shift_s": rng.normal(size=(count, 2)) * 20.0,
        "impulse_tt_s": [START + 5000.0],
        "impulse_mps": rng.normal(size=(count, 1)) * 0.1,
    }
    whole = swarm(days, states, mass, **settings)
    assert np.array_equal(whole, swarm(days, states, mass, workers=2, **settings))
    assert np.array_equal(whole, swarm(days, states, mass, workers=5, **settings))
    own = ("day_scale", "burn_scale", "burn_shift_s", "impulse_mps")
    for member in (0, 4, 10):
        alone = {key: value[member : member + 1] if key in own else value for key, value in settings.items()}
        found = swarm(days, states[member : member + 1], mass[member : member + 1], **alone)
        assert np.array_equal(found[0], whole[member])


def test_one_who_sinks_is_named(days: Environment) -> None:
    states = np.array([circular(400.0), circular(150.0)])
    with pytest.raises(FlightError, match=r"member 1 of the swarm sinks below 80 km at 2026-09-0[4567]T"):
        swarm(days, states)


def test_without_air_the_scale_is_idle(world: World) -> None:
    vacuum = prepare(world, START, START + 0.2 * DAY_S, Forces(0.0, sun_moon=False))
    states = np.tile(circular(400.0), (2, 1))
    found = swarm(vacuum, states, day_scale=[[1.0], [9.0]])
    assert np.array_equal(found[0], found[1])


def test_what_cannot_be_flown_is_refused(days: Environment) -> None:
    states = np.tile(circular(400.0), (2, 1))

    def refused(kind: type[Exception], match: str, states: FloatArray = states, mass: Any = MASS_KG, **change: Any):
        with pytest.raises(kind, match=match):
            swarm(days, states, mass, **change)

    refused(ValueError, "states_km has shape", states[:, :5])
    refused(ValueError, "not finite", np.full((2, 6), np.nan))
    refused(ValueError, "mass_kg has shape", mass=[1.0, 2.0, 3.0])
    refused(ValueError, "mass_kg must be positive", mass=[1.0, 0.0])
    refused(ValueError, "day_scale has shape", day_scale=np.ones((2, 1)))
    refused(ValueError, "day_scale must not be negative", day_scale=-np.ones((2, len(days.air))))
    refused(ValueError, "sample_tt_s", sample_tt_s=[])
    refused(ValueError, "sample_tt_s", sample_tt_s=[START + 2.0, START + 1.0])
    refused(ValueError, "sample_tt_s", sample_tt_s=[START - 1.0])
    refused(WorldError, "does not lie in its environment", sample_tt_s=[START + 9 * DAY_S])
    refused(ValueError, "burn_scale has shape", burns=[TILTED], burn_scale=[[1.0]])
    refused(ValueError, "burn_scale must not be negative", burns=[TILTED], burn_scale=[[1.0], [-0.1]])
    refused(ValueError, "needs impulse_mps", impulse_tt_s=[START])
    refused(ValueError, "impulse_mps has shape", impulse_tt_s=[START], impulse_mps=[[1.0]])
    refused(ValueError, "must not lie before", mass_step_tt_s=[START - 1.0], mass_step_kg=[1.0])
    refused(ValueError, "leave member 0", mass_step_tt_s=[START + 1.0], mass_step_kg=[-2 * MASS_KG])
    refused(ValueError, "workers", workers=0)
    refused(FlightError, "must be positive", burns=[TILTED._replace(delta_v_mps=0.0)])
    refused(FlightError, "exceed the whole", burns=[TILTED._replace(normal_share=1.1)])
    refused(
        FlightError, "'raise' of member 1 starts", burns=[LOWERING, TILTED], burn_shift_s=[[0, 0], [0, -0.9 * DAY_S]]
    )
    refused(FlightError, "member 0 starts at", circular(70.0)[None])


def test_air_from_two_hundred_kilometres_up_is_enough_for_an_orbit(world: World, days: Environment) -> None:
    high = prepare(world, START, START + 3 * DAY_S, Forces(3200.0), lowest_km=200.0)
    states = np.array([circular(400.0), circular(240.0)])
    whole, upper = swarm(days, states), swarm(high, states)
    assert np.linalg.norm(whole[..., :3] - upper[..., :3], axis=-1).max() < 0.01  # 3e-5 of the drag at 220 km
    with pytest.raises(FlightError, match="member 0 of the swarm sinks below 200 km"):
        swarm(high, circular(215.0)[None])
    with pytest.raises(FlightError, match="member 0 starts at"):
        swarm(high, circular(190.0)[None])
