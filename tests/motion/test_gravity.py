import math

import heyoka as hy
import numpy as np
import pytest

from pointnemo.errors import WorldError
from pointnemo.motion.gravity import J2, J3, J4, gravity_acceleration, load_gravity, zonal_acceleration


def _points(count: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    direction = rng.normal(size=(3, count))
    return direction / np.linalg.norm(direction, axis=0) * rng.uniform(6.38e6, 7.2e6, count)


def _heyoka(degree: int, order: int, points: np.ndarray) -> np.ndarray:
    variables = hy.make_vars("x", "y", "z")
    return hy.cfunc(hy.model.egm2008_acc(list(variables), degree, order), list(variables))(points)


def _worst(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.max(np.linalg.norm(found - wanted, axis=0) / np.linalg.norm(wanted, axis=0)))


@pytest.mark.parametrize("degree", [2, 7, 16])
def test_same_acceleration_as_heyoka(degree: int) -> None:
    points = _points(200)
    field = load_gravity(degree)
    found = np.array([gravity_acceleration(*point, field) for point in points.T]).T
    assert _worst(found, _heyoka(degree, degree, points)) < 1e-12


def test_zonals_are_those_of_the_table() -> None:
    points = _points(200)
    found = np.array([zonal_acceleration(*point) for point in points.T]).T
    assert _worst(found, _heyoka(4, 0, points)) < 1e-13
    field = load_gravity(4)
    for degree, value in ((2, J2), (3, J3), (4, J4)):
        assert -math.sqrt(2 * degree + 1) * field.c[degree] == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize("z", [6.6e6, -6.6e6])
def test_poles_are_places_like_any_other(z: float) -> None:
    field = load_gravity(16)
    at = np.array(gravity_acceleration(0.0, 0.0, z, field))
    beside = np.array(gravity_acceleration(0.01, -0.01, z, field))
    assert np.all(np.isfinite(at))
    assert np.linalg.norm(at - beside) < 1e-7


def test_sea_level_gravity_is_the_textbook_value() -> None:
    # 9.7803 m/s2 on the equator (WGS 84) is gravity with the centrifugal part
    ax, ay, az = gravity_acceleration(6378137.0, 0.0, 0.0, load_gravity(36))
    assert -ax - 7.292115e-5**2 * 6378137.0 == pytest.approx(9.7803, abs=5e-4)
    assert abs(ay) < 5e-4
    assert abs(az) < 5e-4


@pytest.mark.parametrize("degree", [1, 37])
def test_degrees_that_are_not_shipped_are_refused(degree: int) -> None:
    with pytest.raises(WorldError, match="degrees 2 to 36"):
        load_gravity(degree)
