"""Track coordinates and the polygon."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Geod
from tests.reentry.conftest import AIM
from tests.reentry.flights import state_of

from pointnemo.reentry.footprint import (
    EntryTrack,
    _inside,
    direction_of,
    entry_track,
    estimate,
    from_track,
    place_of,
    to_track,
)

GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def track() -> EntryTrack:
    state = state_of(122.0, -30.0, -165.0, 7600.0, -0.9, 133.0)
    return entry_track(state[:3], state[3:], *AIM)


def test_coordinates_go_there_and_back(track: EntryTrack) -> None:
    down, cross = (a.ravel() for a in np.meshgrid(np.linspace(-3000.0, 3000.0, 31), [-300.0, -20.0, 0.0, 150.0]))
    latitude, longitude = from_track(track, down, cross)
    again, across = to_track(track, latitude, longitude)
    np.testing.assert_allclose(again, down, atol=0.01)
    np.testing.assert_allclose(across, cross, atol=0.001)


def test_distances_along_the_track_are_distances_over_ground(track: EntryTrack) -> None:
    down = np.arange(-3000.0, 3001.0, 50.0)
    latitude, longitude = from_track(track, down, 0.0)
    _, _, metres = GEOD.inv(longitude[:-1], latitude[:-1], longitude[1:], latitude[1:])
    # sphere against ellipsoid
    np.testing.assert_allclose(np.asarray(metres) / 1000.0, 50.0, rtol=0.004)


def test_origin_is_abeam_of_the_aim_and_left_is_left(track: EntryTrack) -> None:
    down, _ = to_track(track, *AIM)
    assert float(down) == pytest.approx(0.0, abs=1e-6)
    latitude, longitude = from_track(track, [0.0, 10.0, 0.0], [0.0, 0.0, 10.0])
    ahead, _, _ = GEOD.inv(longitude[0], latitude[0], longitude[1], latitude[1])
    left, _, _ = GEOD.inv(longitude[0], latitude[0], longitude[2], latitude[2])
    assert (ahead - left) % 360.0 == pytest.approx(90.0, abs=3.5)


def test_the_track_is_flown_by_a_body_without_drag(track: EntryTrack) -> None:
    """Cross-range of a dense body stays within a few kilometres of the plane of its entry."""
    from tests.reentry.flights import fly, pieces

    state = state_of(122.0, -30.0, -165.0, 7600.0, -2.5, 133.0)
    out = fly(pieces(state, 1e6, [0.1, 1.0]))
    _, cross = to_track(track, np.degrees(out.latitude_rad), np.degrees(out.longitude_rad))
    assert np.abs(cross).max() < 15.0


def test_mean_place_knows_the_antimeridian() -> None:
    _, longitude_deg = place_of(np.ones(2) @ direction_of(np.array([-40.0, -40.0]), np.array([179.0, -177.0])))
    assert longitude_deg == pytest.approx(-179.0, abs=1e-9)


def test_cutting_the_tails_leaves_what_was_asked_for() -> None:
    rng = np.random.default_rng(5)
    values, weight = rng.standard_normal(5000), rng.exponential(size=5000)
    keep = _inside(values, weight, 0.02)
    share = weight[keep].sum() / weight.sum()
    assert 0.98 <= share < 0.982
    assert values[keep].min() > values.min()


def test_estimates_hold_their_value() -> None:
    skewed = estimate(np.array([0.0] * 99 + [1e6]), "km")
    assert skewed.low <= skewed.value <= skewed.high
    single = estimate(np.array([3.0]), "km")
    assert (single.low, single.value, single.high) == (3.0, 3.0, 3.0)


@pytest.mark.parametrize("longitude", [-123.4, 179.9])
def test_polygon_is_simple_and_holds_the_share(longitude: float) -> None:
    from pointnemo.reentry.footprint import footprint_of

    state = state_of(122.0, -30.0, longitude - 41.6, 7600.0, -0.9, 133.0)
    track = entry_track(state[:3], state[3:], AIM[0], longitude)
    rng = np.random.default_rng(2)
    n = 6000
    down, cross = 700.0 * rng.standard_normal(n), 15.0 * rng.standard_normal(n)
    latitude, longitudes = from_track(track, down, cross)
    weight = rng.exponential(size=n)
    impacts: Any = _Rows(rng.integers(0, 5, n), down, cross, weight)
    result = footprint_of(impacts, np.ones(n, dtype=bool), track, 5)
    ring = np.array(result.polygon)
    area = shapely.Polygon(ring)
    assert area.is_valid
    assert tuple(ring[0]) == tuple(ring[-1])
    assert np.abs(np.diff(ring[:, 0])).max() < 10.0
    turns = np.round((ring[0, 0] - longitudes) / 360.0) * 360.0
    inside = shapely.contains_xy(area, longitudes + turns, latitude)
    assert result.level == 0.99
    assert 0.985 < weight[inside].sum() / weight.sum() < 0.9999
    heel, toe = result.heel, result.toe
    _, _, metres = GEOD.inv(heel.longitude_deg, heel.latitude_deg, toe.longitude_deg, toe.latitude_deg)
    assert metres / 1000.0 == pytest.approx(result.length_km.value, rel=0.02)


class _Rows:
    """The columns of Impacts that a footprint reads."""

    def __init__(self, run: np.ndarray, down: np.ndarray, cross: np.ndarray, weight: np.ndarray) -> None:
        self.run, self.downrange_km, self.crossrange_km, self.weight = run, down, cross, weight
