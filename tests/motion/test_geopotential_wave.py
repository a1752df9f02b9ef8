from __future__ import annotations

import numpy as np
import pytest

from pointnemo.motion.geopotential_wave import geopotential_wave, steady_mean
from pointnemo.motion.gravity import gravity_acceleration, load_gravity
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.world.earth import EARTH_ROTATION_RAD_S

START = Mean(6798.0, 1e-4, 1e-3, np.radians(51.6), 2.0, 0.5)
DEGREE = 8


@pytest.fixture(scope="module")
def flight() -> tuple[np.ndarray, np.ndarray]:
    """Half a day in a turning 8x8 field (scipy and the gravity kernel): times, and inertial states about the pole."""
    from scipy.integrate import solve_ivp

    gravity = load_gravity(DEGREE)

    def rate(t, state):
        angle = EARTH_ROTATION_RAD_S * t
        c, s = np.cos(angle), np.sin(angle)
        x, y, z = state[:3] * 1000.0
        ax, ay, az = gravity_acceleration(c * x + s * y, c * y - s * x, z, gravity)
        return np.concatenate([state[3:], np.array([c * ax - s * ay, c * ay + s * ax, az]) / 1000.0])

    times = np.arange(0.0, 43200.0, 600.0)
    start = np.concatenate(osculating_from_mean(START))
    return times, solve_ivp(rate, (0.0, times[-1]), start, "DOP853", times, rtol=1e-10, atol=1e-8).y.T


def test_the_wave_is_what_the_field_does_to_a_and_e(flight):
    from pointnemo.motion.mean_elements import mean_from_osculating

    times, states = flight
    rough, steady = [], []
    for t, state in zip(times, states, strict=True):
        mean = mean_from_osculating(state[:3], state[3:])
        wave = geopotential_wave(mean, EARTH_ROTATION_RAD_S * t, DEGREE)
        rough.append(mean[:3])
        steady.append(np.array(mean[:3]) - np.array(wave))
    trend = np.polynomial.polynomial.polyfit(times, np.array(steady), 1)
    left = np.array(steady) - np.polynomial.polynomial.polyval(times, trend).T
    assert np.ptp(np.array(rough)[:, 0]) > 0.15
    assert np.abs(left[:, 0]).max() < 0.005
    assert np.abs(left[:, 1:]).max() < 2e-6


def test_steady_mean_of_the_real_orientation():
    """The door: pole and Earth angle of the date; the inclination of the station is 51.63 degrees, not its GCRS one."""
    from pointnemo.world import time
    from pointnemo.world.earth import EME2000_TO_GCRS, load_earth_orientation

    r = EME2000_TO_GCRS @ np.array([-304.795682412414, 6745.236027492530, -796.410785972284])
    v = EME2000_TO_GCRS @ np.array([-4.76521816507237, -0.90540922548638, -5.92826400060074])
    mean = steady_mean(time.from_utc("2026-09-04T12:00:00Z"), r, v, load_earth_orientation())
    assert np.degrees(mean.inclination_rad) == pytest.approx(51.631, abs=0.002)
    # 3-day average of a drag-free 30x30 flight by heyoka, itself averaged by ``mean_altitude_km``
    assert mean.a_km == pytest.approx(6378.137 + 420.199, abs=0.006)
