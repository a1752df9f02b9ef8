from __future__ import annotations

import numpy as np
import pytest

from pointnemo.errors import FlightError
from pointnemo.motion.heyoka_engine import propagate
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.tracking.fit import fit_ballistic_factor, miss_km
from pointnemo.world import load_world, time
from pointnemo.world.earth import EARTH_RADIUS_KM

DEGREE = 4
START = time.from_utc("2024-03-01T12:00:00")
R, V = osculating_from_mean(Mean(EARTH_RADIUS_KM + 415.0, 0.0, 1e-3, np.radians(51.6), 1.0, 0.0))
STATE = np.concatenate([R, V])


def flown(days: float, factor: float) -> np.ndarray:
    world = load_world()
    r, v = propagate(START, R, V, [START + days * 86400.0], factor, world.weather, world.earth, degree=DEGREE)
    return np.concatenate([r[0], v[0]])


def fit(days: float, target: np.ndarray):
    return fit_ballistic_factor(START, STATE, START + days * 86400.0, target, load_world(), 450_000.0, degree=DEGREE)


@pytest.mark.parametrize("truth", [0.004, 0.0085, 0.015])
def test_finds_the_factor_that_was_flown(truth):
    found = fit(3.0, flown(3.0, truth))
    assert found.ballistic_factor_m2_kg == pytest.approx(truth, rel=1e-4)
    assert found.cd_area_m2 == pytest.approx(truth * 450_000.0, rel=1e-4)
    assert max(map(abs, found.miss)) < 1e-3
    assert found.days == pytest.approx(3.0)


def test_reports_what_drag_cannot_explain():
    """Shift the target outward and across: the fit leaves just that."""
    target = flown(3.0, 0.007)
    outward = target[:3] / np.linalg.norm(target[:3])
    normal = np.cross(target[:3], target[3:])
    shifted = target.copy()
    shifted[:3] -= 0.3 * outward + 0.2 * normal / np.linalg.norm(normal)
    found = fit(3.0, shifted)
    assert found.miss.radial_km == pytest.approx(0.3, abs=0.005)
    assert found.miss.cross_km == pytest.approx(0.2, abs=0.005)


def test_the_formal_error_falls_with_the_length_of_the_arc():
    short, long = (fit(days, flown(days, 0.007)).sigma_m2_kg for days in (1.0, 3.0))
    assert 0.0 < long < short / 4.0


def test_refuses_an_arc_with_a_burn():
    with pytest.raises(FlightError, match="burn"):
        fit(3.0, propagate_with_reboost())


def propagate_with_reboost() -> np.ndarray:
    from pointnemo.motion.burns import BurnCommand

    world = load_world()
    burn = BurnCommand(START + 3600.0, 3.0, 6000.0, 300.0, False, "reboost")
    r, v = propagate(
        START, R, V, [START + 3 * 86400.0], 0.007, world.weather, world.earth, [burn], mass_kg=4.5e5, degree=DEGREE
    )
    return np.concatenate([r[0], v[0]])


def test_miss_is_resolved_along_the_orbit():
    r, v = np.array([7000.0, 0.0, 0.0]), np.array([0.0, 0.0, 7.5])
    assert miss_km(r + np.array([1.0, 2.0, 3.0]), r, v) == pytest.approx((1.0, 3.0, -2.0))
