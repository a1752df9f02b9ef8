from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pointnemo.compiled import cache_folder
from pointnemo.errors import FlightError, WorldError
from pointnemo.motion import heyoka_engine
from pointnemo.motion.burns import BurnCommand, burn_duration_s
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.motion.heyoka_engine import propagate
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.world import World, load_world, time
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

DEGREE = 4  # compiles in a few seconds
NOON = time.from_utc("2024-03-01T12:00:00")
R, V = osculating_from_mean(Mean(EARTH_RADIUS_KM + 400.0, 0.0, 1e-3, np.radians(51.6), 1.0, 0.0))


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def fly(world: World, tt_s, factor: float = 0.007, **options):
    options = {"degree": DEGREE, "weather": world.weather} | options
    weather = options.pop("weather")
    return propagate(NOON, options.pop("r", R), options.pop("v", V), tt_s, factor, weather, world.earth, **options)


def test_states_come_at_the_epochs_asked_for(world):
    epochs = NOON + np.array([0.0, 0.0, 60.0, 43200.0, 43200.0, 50000.0])
    r, v = fly(world, epochs)
    assert r.shape == v.shape == (6, 3)
    np.testing.assert_array_equal(r[0], R)
    np.testing.assert_array_equal(r[1], R)
    np.testing.assert_array_equal(r[3], r[4])
    alone, _ = fly(world, epochs[5:])
    np.testing.assert_allclose(alone[0], r[5], atol=1e-6)


def test_a_flight_in_two_halves_is_the_flight(world):
    whole_r, whole_v = fly(world, [NOON + 40000.0, NOON + 100000.0])
    second_r, _ = propagate(
        NOON + 40000.0, whole_r[0], whole_v[0], [NOON + 100000.0], 0.007, world.weather, world.earth, degree=DEGREE
    )
    np.testing.assert_allclose(second_r[0], whole_r[1], atol=1e-6)


def test_one_flight_leaves_no_trace_in_the_next(world):
    first, _ = fly(world, [NOON + 20000.0])
    fly(world, [NOON + 200000.0], 0.02, burns=[BurnCommand(NOON + 100.0, 1.0, 1000.0, 300.0, True, "x")], mass_kg=4e5)
    again, _ = fly(world, [NOON + 20000.0])
    np.testing.assert_array_equal(first, again)


def test_drag_is_proportional_to_the_ballistic_factor_and_nothing_else_decays(world):
    def lost_km(factor: float) -> float:
        tt_s = NOON + np.array([0.0, 86400.0])
        r, v = fly(world, tt_s, factor)
        a_km = [steady_mean(tt_s[i], r[i], v[i], world.earth, DEGREE).a_km for i in (0, 1)]
        return a_km[0] - a_km[1]

    low, high = lost_km(0.007), lost_km(0.014)
    assert abs(lost_km(0.0)) < 0.01
    assert low > 0.05
    assert high == pytest.approx(2 * low, rel=0.05)


def test_weather_is_a_parameter_and_compiles_nothing(world):
    calm, _ = fly(world, [NOON + 86400.0])
    engines = heyoka_engine._engine.cache_info().currsize
    stormy = replace(world.weather, f107=world.weather.f107 + 50.0, f107a=world.weather.f107a + 50.0)
    ahead, _ = fly(world, [NOON + 86400.0], weather=stormy)
    assert heyoka_engine._engine.cache_info().currsize == engines
    assert np.linalg.norm(ahead[0] - calm[0]) > 1.0


def test_weather_changes_at_midnight(world):
    """A change of the indices from the next UTC day on does not touch the flight before midnight, and does after."""
    day = int(time.mjd_utc(NOON)) - world.weather.mjd0
    ap = world.weather.ap.copy()
    ap[day + 1 :] += 100.0
    stormy = replace(world.weather, ap=ap)
    epochs = [NOON + 43200.0 - 1.0, NOON + 43200.0 + 20000.0]
    calm, storm = fly(world, epochs)[0], fly(world, epochs, weather=stormy)[0]
    np.testing.assert_array_equal(calm[0], storm[0])
    assert np.linalg.norm(calm[1] - storm[1]) > 0.01


@pytest.mark.parametrize("retrograde", [True, False])
def test_a_burn_changes_the_orbit_as_the_rocket_equation_says(world, retrograde):
    """da = 2 a^2 v dv / mu (Vallado 2013, eq. 9-24), for a burn that straddles midnight."""
    mass_kg, delta_v_mps = 450_000.0, 5.0
    burn = BurnCommand(NOON + 43000.0, delta_v_mps, 6000.0, 300.0, retrograde, "test")
    duration_s = burn_duration_s(mass_kg, burn)
    assert 43000.0 + duration_s > 43200.0
    epochs = [NOON + 43000.0, NOON + 43000.0 + duration_s]
    r, v = fly(world, epochs, 0.0, burns=[burn], mass_kg=mass_kg)
    a_km = [1.0 / (2.0 / np.linalg.norm(r[i]) - v[i] @ v[i] / MU_KM3_S2) for i in (0, 1)]
    coast_r, coast_v = fly(world, epochs, 0.0)
    coasting = 1.0 / (2.0 / np.linalg.norm(coast_r[1]) - coast_v[1] @ coast_v[1] / MU_KM3_S2)
    speed = np.linalg.norm(v[0])
    expected = 2.0 * a_km[0] ** 2 * speed * delta_v_mps / 1000.0 / MU_KM3_S2
    assert a_km[1] - coasting == pytest.approx(-expected if retrograde else expected, rel=0.005)
    np.testing.assert_array_equal(r[0], coast_r[0])


def test_never_below_its_floor(world):
    low_r, low_v = osculating_from_mean(Mean(EARTH_RADIUS_KM + 150.0, 0.0, 0.0, 0.9, 1.0, 0.0))
    with pytest.raises(FlightError, match="180 km"):
        fly(world, [NOON + 60.0], r=low_r, v=low_v)
    falling_r, falling_v = osculating_from_mean(Mean(EARTH_RADIUS_KM + 215.0, 0.0, 0.0, 0.9, 1.0, 0.0))
    with pytest.raises(FlightError, match="last-days"):
        fly(world, [NOON + 20 * 86400.0], 0.05, r=falling_r, v=falling_v)


def test_refuses_unordered_epochs_and_burns_without_a_mass(world):
    with pytest.raises(ValueError, match="decreasing"):
        fly(world, [NOON + 10.0, NOON + 5.0])
    with pytest.raises(ValueError, match="before"):
        fly(world, [NOON - 10.0])
    with pytest.raises(ValueError, match="mass"):
        fly(world, [NOON + 10.0], burns=[BurnCommand(NOON, 1.0, 1.0, 300.0, True, "x")])


def test_refuses_to_leave_the_weather(world):
    late = time.from_utc("2041-12-01T00:00:00")
    with pytest.raises(WorldError):
        propagate(late, R, V, [late + 90 * 86400.0], 0.007, world.weather, world.earth, degree=DEGREE)


def test_compiled_code_is_kept_in_our_folder(world):
    fly(world, [NOON + 1.0])
    import heyoka

    assert heyoka.llvm_state.get_diskcache_path() == cache_folder() / "heyoka"
    assert heyoka.llvm_state.get_diskcache_limit() == heyoka_engine.CACHE_LIMIT_BYTES
