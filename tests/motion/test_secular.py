"""Secular rates against the averaged kernel and against an orbit integrated under J2."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from pointnemo.motion.averaged import zonal_rates
from pointnemo.motion.gravity import J2
from pointnemo.motion.mean_elements import mean_from_osculating, osculating_from_mean
from pointnemo.motion.secular import secular_rates
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2


@settings(deadline=None)
@given(st.floats(6580, 6900), st.floats(0, 0.01), st.floats(0.05, 3.0))
def test_the_node_turns_as_in_the_averaged_motion(a_km: float, eccentricity: float, inclination: float) -> None:
    node, _ = secular_rates(a_km, eccentricity, inclination)
    assert float(node) == pytest.approx(zonal_rates(a_km, eccentricity, inclination)[0], rel=1e-6, abs=1e-18)


@pytest.mark.parametrize("inclination_deg", [28.5, 51.6, 97.0])
def test_node_and_latitude_against_an_integrated_orbit(inclination_deg: float) -> None:
    """Ten days under J2: what first order leaves is J2 squared, a degree in a thousand revolutions."""

    def rate(_: float, state: np.ndarray) -> np.ndarray:
        radius = np.linalg.norm(state[:3])
        k = 1.5 * J2 * (EARTH_RADIUS_KM / radius) ** 2
        z2 = 5.0 * state[2] ** 2 / radius**2
        factor = np.array([1.0 - k * (z2 - 1.0), 1.0 - k * (z2 - 1.0), 1.0 - k * (z2 - 3.0)])
        return np.concatenate([state[3:], -MU_KM3_S2 / radius**3 * state[:3] * factor])

    start = mean_from_osculating(*_circular(EARTH_RADIUS_KM + 415.0, math.radians(inclination_deg)))
    position, velocity = osculating_from_mean(start)
    seconds = 10.0 * 86400.0
    times = np.linspace(0.0, seconds, 20_001)
    flown = solve_ivp(
        rate, (0.0, seconds), np.concatenate([position, velocity]), "DOP853", times, rtol=1e-11, atol=1e-9
    )
    means = [mean_from_osculating(flown.y[:3, k], flown.y[3:, k]) for k in range(0, 20_001, 100)]
    a_km = np.mean([mean.a_km for mean in means])
    node_rate, latitude_rate = secular_rates(a_km, 0.001, start.inclination_rad)
    turned = math.remainder(means[-1].node_rad - means[0].node_rad - float(node_rate) * seconds, math.tau)
    gone = means[-1].argument_of_latitude_rad - means[0].argument_of_latitude_rad
    ahead = math.remainder(gone - float(latitude_rate) * seconds, math.tau)
    assert abs(math.degrees(turned)) < 0.2
    assert abs(math.degrees(ahead)) < 1.0


def _circular(a_km: float, inclination: float) -> tuple[np.ndarray, np.ndarray]:
    speed = math.sqrt(MU_KM3_S2 / a_km)
    return np.array([a_km, 0.0, 0.0]), speed * np.array([0.0, math.cos(inclination), math.sin(inclination)])


def test_a_metre_a_second_moves_the_station_by_two_degrees_a_day() -> None:
    """da = 2 a dv / v is 1.8 km, and a higher orbit is a slower one."""
    a_km = EARTH_RADIUS_KM + 415.0
    gain_km = 2e-3 * a_km / math.sqrt(MU_KM3_S2 / a_km)
    _, latitude = secular_rates(np.array([a_km, a_km + gain_km]), 0.001, math.radians(51.63))
    assert math.degrees(latitude[1] - latitude[0]) * 86400.0 == pytest.approx(-2.2, abs=0.05)
