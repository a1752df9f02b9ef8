"""The fragment kernel."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from tests.reentry.flights import STEEL, fly, pieces, ranges_km, state_of

from pointnemo.motion.aerodynamics import drag_coefficient, mach
from pointnemo.motion.gravity import zonal_acceleration
from pointnemo.reentry.flight import fly_to_heights
from pointnemo.reentry.pack import ALWAYS, COMPUTED, NEVER, Fragments, Steps
from pointnemo.world import atmosphere, earth

RELEASE = state_of(78.0, -45.0, 0.0, 7414.0, -0.99, 61.4)
BETAS = np.logspace(np.log10(0.5), np.log10(2000.0), 24)


def plain(betas: np.ndarray, mass_kg: float = 10.0, fate: int = ALWAYS) -> Fragments:
    return pieces(RELEASE, mass_kg, mass_kg / (betas * 0.913), fate=fate)


def test_heavier_for_its_area_flies_farther_and_lands_faster() -> None:
    out = fly(plain(BETAS))
    assert np.all(out.status == 1)
    assert np.all(np.diff(ranges_km(out, -45.0, 0.0)) > 0.0)
    assert np.all(np.diff(out.speed_mps) > 0.0)
    assert np.all(out.height_m == 0.0)


def test_light_pieces_land_at_their_terminal_velocity() -> None:
    out = fly(plain(np.array([2.0, 10.0, 50.0])))
    table = atmosphere.us76_table()
    density = atmosphere.epoch_density(table, 0.0, 0.0, 12.0)
    temperature, molar_mass = atmosphere.epoch_gas(table, 0.0, 0.0)
    for speed, area in zip(out.speed_mps, out.area_m2, strict=True):
        cd = drag_coefficient(mach(speed, temperature, molar_mass), 1e-6)
        # heavier ones are still slowing down in denser air: 1.7 % at 42 m/s
        assert speed == pytest.approx(np.sqrt(2.0 * 10.0 * 9.81 / (density * cd * area)), rel=0.025)


@pytest.mark.parametrize("fate", [ALWAYS, COMPUTED])
def test_impacts_converge_as_the_step_shrinks(fate: int) -> None:
    usual = Steps()
    tenth = Steps(0.1 * usual.tolerance, 0.1 * usual.longest_s)
    fine, coarse = (fly(plain(BETAS, fate=fate), steps=steps) for steps in (tenth, usual))
    np.testing.assert_array_equal(fine.status, coarse.status)
    down = fine.status == 1
    assert down.sum() > 5
    metres = 1000.0 * np.abs(ranges_km(fine, -45.0, 0.0) - ranges_km(coarse, -45.0, 0.0))[down]
    # 12 m, and 222 m where pieces melt on the way
    assert metres.max() < (25.0 if fate == ALWAYS else 700.0)
    np.testing.assert_allclose(coarse.speed_mps[down], fine.speed_mps[down], rtol=5e-4 if fate == ALWAYS else 3e-3)


def test_the_air_along_the_way_is_met_though_it_is_read_once_per_step() -> None:
    """NRLMSISE-00 changes along this flight; columns that knew the air at their start alone would land 153 m off."""
    table = atmosphere.epoch_table(62_000.0, 120.0, 120.0, 8.0)
    usual = Steps()
    tenth = Steps(0.1 * usual.tolerance, 0.1 * usual.longest_s)
    fine, coarse = (fly(plain(BETAS), table=table, steps=steps) for steps in (tenth, usual))
    assert 1000.0 * np.abs(ranges_km(fine, -45.0, 0.0) - ranges_km(coarse, -45.0, 0.0)).max() < 40.0


def test_rows_do_not_touch_each_other() -> None:
    whole = fly(plain(BETAS, fate=COMPUTED))
    alone = fly(plain(BETAS[7:8], fate=COMPUTED))
    for column, single in zip(whole, alone, strict=True):
        assert column[7] == single[0]


def test_without_air_the_path_is_that_of_an_independent_integrator() -> None:
    state = state_of(122.0, 20.0, 30.0, 7500.0, -1.5, 50.0)
    omega = np.array([0.0, 0.0, earth.EARTH_ROTATION_RAD_S])

    def rate(_: float, y: np.ndarray) -> np.ndarray:
        gravity = np.array(zonal_acceleration(*y[:3]))
        return np.concatenate([y[3:], gravity - 2.0 * np.cross(omega, y[3:]) - np.cross(omega, np.cross(omega, y[:3]))])

    flown, time = state[None, :].copy(), np.zeros(1)
    one = np.ones(1)
    lost = fly_to_heights(
        flown, time, 1e12 * one, one, one, np.array([60_000.0]), 1.0, 0.0, atmosphere.us76_table(), Steps()
    )
    truth = solve_ivp(rate, (0.0, float(time[0])), state, rtol=1e-12, atol=1e-6).y[:, -1]
    assert lost == 0
    assert float(earth.geodetic(flown[0, :3] / 1000.0)[2]) == pytest.approx(60.0, abs=0.001)
    assert np.linalg.norm(flown[0, :3] - truth[:3]) < 0.1
    assert np.linalg.norm(flown[0, 3:] - truth[3:]) < 1e-3


def test_lift_stretches_and_bends_the_path() -> None:
    beta = np.array([200.0])
    area = 10.0 / (beta * 0.913)
    straight, up, left = (
        fly(pieces(RELEASE, 10.0, area, lift_up=a, lift_left=b)) for a, b in ((0.0, 0.0), (0.1, 0.0), (0.0, 0.1))
    )
    stretch = float((ranges_km(up, -45.0, 0.0) - ranges_km(straight, -45.0, 0.0))[0])
    assert 100.0 < stretch < 320.0  # 136 to 285 km in an independent study of L/D 0.1
    # flying north-east, left is north
    sideways = 6371.0 * float((left.latitude_rad - straight.latitude_rad)[0])
    assert 10.0 < sideways < 40.0  # 22 to 32 km across the track there


def test_fates_are_obeyed() -> None:
    area = 0.1 / (20.0 * 0.913)
    burnt, computed, kept = (fly(pieces(RELEASE, 0.1, area, fate=fate)) for fate in (NEVER, COMPUTED, ALWAYS))
    assert (burnt.status[0], burnt.mass_kg[0], burnt.duration_s[0]) == (0, 0.0, 0.0)
    assert burnt.height_m[0] == pytest.approx(78_000.0, abs=1.0)
    assert computed.status[0] == 0
    assert 40_000.0 < computed.height_m[0] < 78_000.0
    assert (kept.status[0], kept.mass_kg[0]) == (1, 0.1)


def test_a_wall_goes_first_and_bares_cold_contents() -> None:
    area = 20.0 / (100.0 * 0.913)
    out = fly(pieces(RELEASE, 20.0, area, wall_kg=[5.0, 10.0], fate=COMPUTED))
    # a light wall is gone, and what it held stays solid
    assert out.mass_kg[0] == pytest.approx(15.0, rel=1e-9)
    # a heavier one lasts, thinner
    assert 10.0 < out.mass_kg[1] < 20.0
    assert np.all(out.peak_temperature_k == STEEL.melting_temperature_k[0])


def test_the_last_quiet_kilometres_take_their_time() -> None:
    """The terminal descent against the equation of a vertical fall."""
    table = atmosphere.us76_table()
    mass, area = 1.0, 1.0 / (5.0 * 0.913)

    def rate(_: float, y: np.ndarray) -> np.ndarray:
        density = atmosphere.epoch_density(table, y[0] / 1000.0, 0.0, 12.0)
        temperature, molar_mass = atmosphere.epoch_gas(table, y[0] / 1000.0, 0.0)
        drag = 0.5 * density * drag_coefficient(mach(abs(y[1]), temperature, molar_mass), 1e-6) * area / mass
        return np.array([y[1], drag * y[1] ** 2 - 9.78 * (1.0 - 2.0 * y[0] / 6.378e6)])

    def ground(_: float, y: np.ndarray) -> float:
        return float(y[0])

    ground.terminal = True  # type: ignore[attr-defined]
    truth = solve_ivp(rate, (0.0, 4000.0), [20_000.0, -40.0], events=ground, rtol=1e-8, max_step=5.0)
    out = fly(pieces(state_of(20.0, 0.0, 0.0, 40.0, -90.0, 0.0), mass, area))
    assert out.duration_s[0] == pytest.approx(float(truth.t_events[0][0]), rel=2e-3)
    assert out.speed_mps[0] == pytest.approx(-float(truth.y_events[0][0][1]), rel=5e-3)


def test_the_short_cut_at_terminal_velocity_ends_as_the_flight_would() -> None:
    """Foils settle above 40 km, where gravity is 1.3 % less than at the ground."""
    betas = np.array([1.0, 2.0, 5.0, 20.0])
    out = fly(plain(betas, mass_kg=1.0))
    one = np.ones(len(betas))
    area = one / (betas * 0.913)
    state, time = np.tile(RELEASE, (len(betas), 1)), np.zeros(len(betas))
    lost = fly_to_heights(
        state, time, one, area, 2.0 * np.sqrt(area / np.pi), 0.0 * one, 1.0, 0.0, atmosphere.us76_table(), Steps()
    )
    assert lost == 0
    np.testing.assert_allclose(out.duration_s, time, rtol=1e-4)
    np.testing.assert_allclose(out.speed_mps, np.linalg.norm(state[:, 3:], axis=1), rtol=2e-3)
