from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.errors import FlightError
from pointnemo.motion.averaged import radius_wave_km
from pointnemo.motion.gravity import J2, RADIUS_M
from pointnemo.motion.mean_elements import (
    Mean,
    keplerian_state,
    mean_altitude_km,
    mean_from_osculating,
    osculating_from_mean,
)
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

INCLINATION = np.radians(51.6)
TILTED = np.array([0.0026, -0.0001, 1.0]) / np.linalg.norm([0.0026, -0.0001, 1.0])

orbits = st.builds(
    lambda a, e, perigee, inclination, node, latitude: Mean(
        a, e * np.cos(perigee), e * np.sin(perigee), inclination, node, latitude
    ),
    a=st.floats(6500.0, 7500.0),
    e=st.floats(0.0, 0.05),
    perigee=st.floats(-3.1, 3.1),
    inclination=st.floats(0.1, 3.0),
    node=st.floats(-3.1, 3.1),
    latitude=st.floats(-3.1, 3.1),
)


@settings(max_examples=100, deadline=None)
@given(mean=orbits, tilted=st.booleans())
def test_there_and_back(mean, tilted):
    pole = TILTED if tilted else None
    r, v = osculating_from_mean(mean, pole)
    back = mean_from_osculating(r, v, pole)
    np.testing.assert_allclose(back[:3], mean[:3], atol=1e-7)
    np.testing.assert_allclose(np.exp(1j * np.array(back[3:])), np.exp(1j * np.array(mean[3:])), atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(mean=orbits)
def test_keplerian_state_has_the_energy_and_momentum_of_its_elements(mean):
    r, v = keplerian_state(mean)
    energy = v @ v / 2 - MU_KM3_S2 / np.linalg.norm(r)
    assert energy == pytest.approx(-MU_KM3_S2 / (2 * mean.a_km), rel=1e-12)
    momentum = np.cross(r, v)
    parameter = mean.a_km * (1 - mean.ex**2 - mean.ey**2)
    assert np.linalg.norm(momentum) == pytest.approx(np.sqrt(MU_KM3_S2 * parameter), rel=1e-12)
    assert momentum[2] / np.linalg.norm(momentum) == pytest.approx(np.cos(mean.inclination_rad), abs=1e-12)


def j2_flight(r: np.ndarray, v: np.ndarray, seconds: float, step_s: float) -> tuple[np.ndarray, np.ndarray]:
    """States under the central force and J2 alone, at even steps, by an integrator that the module does not use."""
    from scipy.integrate import solve_ivp

    def rate(_, state):
        x, y, z = state[:3]
        radius = np.linalg.norm(state[:3])
        k = 1.5 * J2 * (RADIUS_M / 1000.0 / radius) ** 2
        factor = np.array([1 - k * (5 * z**2 / radius**2 - 1)] * 2 + [1 - k * (5 * z**2 / radius**2 - 3)])
        return np.concatenate([state[3:], -MU_KM3_S2 / radius**3 * np.array([x, y, z]) * factor])

    times = np.arange(0.0, seconds, step_s)
    flown = solve_ivp(rate, (0.0, seconds), np.concatenate([r, v]), "DOP853", times, rtol=1e-11, atol=1e-9)
    return flown.t, flown.y.T


@pytest.mark.parametrize("e", [0.0, 0.001, 0.02])
def test_mean_elements_are_steady_under_j2(e):
    """What first order leaves: J2 squared, 9 m of a and 1e-6 of e and i."""
    start = Mean(6798.0, 0.6 * e, 0.8 * e, INCLINATION, 1.0, 0.3)
    times, states = j2_flight(*osculating_from_mean(start), 43200.0, 120.0)
    means = np.array([mean_from_osculating(s[:3], s[3:]) for s in states])
    assert np.ptp(means[:, 0]) < 0.030
    assert np.ptp(np.hypot(means[:, 1], means[:, 2])) < 1e-5
    assert np.ptp(means[:, 3]) < 1e-5
    # the angle advances evenly: nothing short-periodic is left in it either
    angle = np.unwrap(means[:, 5])
    line = np.polyval(np.polyfit(times, angle, 1), times)
    assert np.abs(angle - line).max() < 1e-4
    # osculating, for comparison, swings a hundred times more
    energy = 0.5 * (states[:, 3:] ** 2).sum(axis=1) - MU_KM3_S2 / np.linalg.norm(states[:, :3], axis=1)
    assert np.ptp(-MU_KM3_S2 / 2 / energy) > 5.0


def test_node_and_perigee_turn_at_the_secular_rates():
    """Vallado 2013, eqs 9-38 and 9-39."""
    start = Mean(6798.0, 0.012, 0.0, INCLINATION, 1.0, 0.3)
    times, states = j2_flight(*osculating_from_mean(start), 86400.0, 600.0)
    means = np.array([mean_from_osculating(s[:3], s[3:]) for s in states])
    unit = 1.5 * J2 * (EARTH_RADIUS_KM / (6798.0 * (1 - 0.012**2))) ** 2 * np.sqrt(MU_KM3_S2 / 6798.0**3)
    node_rate = np.polyfit(times, np.unwrap(means[:, 4]), 1)[0]
    perigee_rate = np.polyfit(times, np.unwrap(np.arctan2(means[:, 2], means[:, 1])), 1)[0]
    assert node_rate == pytest.approx(-unit * np.cos(INCLINATION), rel=3e-3)
    assert perigee_rate == pytest.approx(unit * (2 - 2.5 * np.sin(INCLINATION) ** 2), rel=2e-2)


def test_radius_agrees_with_brouwers_closed_form():
    """A second derivation: the radius wave of Brouwer's theory (Hoots and Roehrich 1980), as averaged motion has it."""
    for latitude in np.linspace(-3.0, 3.0, 13):
        mean = Mean(6798.0, 0.0, 0.0, INCLINATION, 0.0, latitude)
        r, _ = osculating_from_mean(mean)
        wave = np.linalg.norm(r) - 6798.0
        assert wave == pytest.approx(radius_wave_km(6798.0, INCLINATION, np.cos(2 * latitude)), abs=0.01)


def test_the_pole_keeps_the_inclination_of_date():
    """The same orbit about a tilted pole is the untilted one, tilted."""
    mean = Mean(6798.0, 1e-4, 1e-3, INCLINATION, 2.0, 0.5)
    r, v = osculating_from_mean(mean, TILTED)
    momentum = np.cross(r, v)
    assert np.arccos(momentum @ TILTED / np.linalg.norm(momentum)) == pytest.approx(INCLINATION, abs=5e-4)
    assert mean_from_osculating(r, v, TILTED).inclination_rad == pytest.approx(INCLINATION, abs=1e-10)
    with pytest.raises(ValueError, match="south"):
        mean_from_osculating(r, v, [0.0, 0.0, -1.0])


def test_mean_altitude_weighs_by_time_not_by_rows():
    start = Mean(6798.0, 1e-4, 1e-3, INCLINATION, 2.0, 0.5)
    times, states = j2_flight(*osculating_from_mean(start), 86400.0, 120.0)
    even = mean_altitude_km(times, states[:, :3], states[:, 3:])
    assert even == pytest.approx(6798.0 - EARTH_RADIUS_KM, abs=0.02)
    rows = np.sort(np.concatenate([np.arange(0, 300), np.arange(300, len(times), 4)]))
    assert mean_altitude_km(times[rows], states[rows, :3], states[rows, 3:]) == pytest.approx(even, abs=0.002)
    assert mean_altitude_km(times[:1], states[:1, :3], states[:1, 3:]) == pytest.approx(even, abs=0.03)


@pytest.mark.parametrize(
    ("r", "v"),
    [((7000.0, 0, 0), (0, 8.0, 8.0)), ((7000.0, 0, 0), (0, 7.5, 0)), ((7000.0, 0, 0), (0, 0, 6.0))],
    ids=["escaping", "equatorial", "too eccentric"],
)
def test_refuses_what_is_no_such_orbit(r, v):
    with pytest.raises(FlightError):
        mean_from_osculating(r, v)
