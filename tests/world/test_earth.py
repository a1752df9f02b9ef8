"""Earth orientation, shape, Sun and Moon: conventions and consistency (the oracle tests lie in tests/validation)."""

from __future__ import annotations

import erfa
import numpy as np
import pytest

from pointnemo.errors import WorldError
from pointnemo.world import earth
from pointnemo.world import time as clock
from pointnemo.world.earth import EarthOrientation

EPOCH = 9743 * 86400 + 69.184


@pytest.fixture(scope="module")
def eo() -> EarthOrientation:
    return earth.load_earth_orientation()


def test_the_table_is_daily_marked_and_reaches_the_end_of_2041(eo: EarthOrientation) -> None:
    assert np.all(np.diff(eo.mjd) == 1.0)
    assert clock.to_date(float(clock.from_mjd_utc(eo.mjd[-1]))) == "2041-12-31"
    assert np.all(np.diff(eo.regime) >= 0)
    assert set(eo.regime) == {0, 1, 2}
    assert np.all(np.isfinite(eo.ut1_utc_s + eo.x_rad + eo.y_rad))


def test_extrapolation_goes_on_without_a_step(eo: EarthOrientation) -> None:
    ut1_tai = eo.ut1_utc_s - clock.tai_minus_utc(eo.mjd)
    start = int(np.flatnonzero(eo.regime == 2)[0])
    assert abs(ut1_tai[start] - ut1_tai[start - 1]) < 0.005  # a day is never 5 ms off
    assert np.ptp(np.diff(ut1_tai[start:])) < 1e-9
    assert np.hypot(eo.x_rad, eo.y_rad)[start:].max() < np.radians(1.0 / 3600)


def test_a_batch_gives_the_bits_of_each_epoch_alone(eo: EarthOrientation) -> None:
    epochs = np.concatenate([EPOCH + np.arange(50) * 917.3, np.linspace(-8e8, 1.3e9, 50)])
    together = earth.gcrs_to_itrs(epochs, eo)
    assert together.shape == (100, 3, 3)
    for i in (0, 7, 49, 63, 99):
        assert np.array_equal(earth.gcrs_to_itrs(float(epochs[i]), eo), together[i])
    assert earth.gcrs_to_itrs(np.zeros(0), eo).shape == (0, 3, 3)


def test_interpolated_nutation_is_the_nutation() -> None:
    epochs = np.random.default_rng(1).uniform(-8e8, 1.3e9, 500)
    exact = np.stack(erfa.xys06a(*clock.tt_jd(epochs)), axis=-1)
    assert np.abs(earth._pole_of_date(epochs) - exact).max() < 1e-11


def test_state_turns_and_turns_back(eo: EarthOrientation) -> None:
    r = np.array([-304.8, 6745.2, -796.4])
    v = np.array([-4.765, -0.905, -5.928])
    there = earth.gcrs_to_itrs_state(EPOCH, r, v, eo)
    back = earth.itrs_to_gcrs_state(EPOCH, *there, eo)
    assert np.abs(back[0] - r).max() < 1e-10
    assert np.abs(back[1] - v).max() < 1e-13
    many = earth.gcrs_to_itrs_state(np.full(3, EPOCH), np.tile(r, (3, 1)), np.tile(v, (3, 1)), eo)
    assert np.array_equal(many[0][2], there[0])
    assert np.array_equal(many[1][2], there[1])


def test_velocity_is_the_rate_of_change_of_earth_fixed_position(eo: EarthOrientation) -> None:
    r, v, step = np.array([6778.0, 100.0, -300.0]), np.array([0.1, 4.7, 6.0]), 1.0
    before, after = (earth.gcrs_to_itrs(EPOCH + dt, eo) @ (r + v * dt) for dt in (-step, step))
    _, relative = earth.gcrs_to_itrs_state(EPOCH, r, v, eo)
    assert np.abs((after - before) / (2 * step) - relative).max() < 2e-6  # polar motion, precession: 1 mm/s


def test_outside_the_table_is_an_error_with_the_interval(eo: EarthOrientation) -> None:
    for epoch in (clock.from_utc("2042-01-02T00:00:00"), -9e8, np.nan):
        with pytest.raises(WorldError) as caught:
            earth.gcrs_to_itrs(epoch, eo)
        assert caught.value.valid_from == "1973-01-02"
        assert caught.value.valid_to == "2041-12-30"


def test_greenwich_angle_gives_longitude(eo: EarthOrientation) -> None:
    """A point on the equator: its right ascension minus the angle is its longitude, to the tilt of the pole."""
    epochs = EPOCH + np.arange(20) * 3.3e5
    r = earth.itrs_to_gcrs_state(epochs, np.tile([6778.0, 0.0, 0.0], (20, 1)), np.zeros((20, 3)), eo)[0]
    longitude = np.arctan2(r[:, 1], r[:, 0]) - earth.greenwich_angle(epochs, eo)
    assert np.abs((longitude + np.pi) % (2 * np.pi) - np.pi).max() < 1e-4
    assert np.ndim(earth.greenwich_angle(EPOCH, eo)) == 0


def test_geodetic_and_back() -> None:
    latitude, longitude, height = (
        np.radians([-89.9, -48.877, 0.0, 51.6]),
        np.radians([-179, -123.39, 0, 90]),
        [0, 75, 420, 1e3],
    )
    r = earth.from_geodetic(latitude, longitude, height)
    assert r[2] == pytest.approx([earth.EARTH_RADIUS_KM + 420.0, 0.0, 0.0])
    back = earth.geodetic(r)
    assert np.abs(back[0] - latitude).max() < 1e-12
    assert np.abs(back[1] - longitude).max() < 1e-12
    assert np.abs(back[2] - height).max() < 1e-8
    pole = earth.from_geodetic(np.pi / 2, 0.0, 0.0)
    assert pole[2] == pytest.approx(earth.EARTH_RADIUS_KM * (1 - earth.WGS84_FLATTENING), abs=1e-9)


def test_frame_bias_is_a_small_rotation() -> None:
    bias = earth.EME2000_TO_GCRS
    assert np.abs(bias @ bias.T - np.eye(3)).max() < 1e-15
    # IERS Conventions 2010, eq. 5.33: xi0 = -16.617 mas, eta0 = -6.819 mas, da0 = -14.6 mas.
    mas = np.radians(1 / 3.6e6)
    assert bias[0, 1] == pytest.approx(14.6 * mas, rel=1e-3)
    assert bias[2, 0] == pytest.approx(16.617 * mas, rel=1e-3)
    assert bias[2, 1] == pytest.approx(6.819 * mas, rel=1e-3)


def test_sun_and_moon_stand_where_almanacs_put_them() -> None:
    """Solstice of 2026-06-21 08:25 UTC; perigee distance and month of the Moon."""
    sun = earth.sun_gcrs_km(clock.from_utc("2026-06-21T08:25:00"))
    assert np.linalg.norm(sun) / earth.AU_KM == pytest.approx(1.0162, abs=3e-4)
    assert np.degrees(np.arcsin(sun[2] / np.linalg.norm(sun))) == pytest.approx(23.436, abs=0.01)
    month = clock.from_utc("2026-06-01") + np.arange(28) * 86400.0
    distance = np.linalg.norm(earth.moon_gcrs_km(month), axis=1)
    assert 356_000 < distance.min() < 371_000
    assert 404_000 < distance.max() < 407_000
