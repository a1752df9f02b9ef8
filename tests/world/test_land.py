from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.world.land import Islet, Land, edge_cells, load_land

NEMO = -(48 + 52.6 / 60), -(123 + 23.6 / 60)  # H. Lukatela (1992)
PUBLISHED_KM = 2688.0


@pytest.fixture(scope="module")
def land() -> Land:
    return load_land()


def islet(land: Land, name: str) -> Islet:
    return next(islet for islet in land.islands if islet.name == name)


def test_nearest_land_to_point_nemo(land: Land) -> None:
    nearest = land.nearest(*NEMO)
    assert nearest.distance_km == pytest.approx(PUBLISHED_KM, abs=5.0)
    assert nearest.name in {"Ducie Island", "Motu Nui", "Maher Island"}


@pytest.mark.parametrize(
    ("name", "offset_deg"), [("Ducie Island", (5.0, 0.0)), ("Motu Nui", (3.0, 5.0)), ("Maher Island", (-5.0, -1.0))]
)
def test_each_corner_of_point_nemo_is_the_nearest_land_on_its_side(
    land: Land, name: str, offset_deg: tuple[float, float]
) -> None:
    """Moved towards a corner, the point is nearer to it by as much as the corner itself says, and to nothing else."""
    import pyproj

    corner = islet(land, name)
    geod = pyproj.Geod(ellps="WGS84")
    direct_km = geod.inv(NEMO[1], NEMO[0], corner.longitude_deg, corner.latitude_deg)[2] / 1e3
    assert direct_km == pytest.approx(PUBLISHED_KM, abs=5.0)
    moved = NEMO[0] + offset_deg[0], NEMO[1] + offset_deg[1]
    nearest = land.nearest(*moved)
    assert nearest.name == name
    expected_km = geod.inv(moved[1], moved[0], corner.longitude_deg, corner.latitude_deg)[2] / 1e3
    assert nearest.distance_km == pytest.approx(expected_km, abs=5.0)


def test_points_on_land_are_at_zero(land: Land) -> None:
    latitude, longitude = [48.85, -33.9, 0.35, -75.0, -27.12], [2.35, 151.0, 32.6, 120.0, -109.35]
    assert land.is_land(latitude, longitude).all()
    np.testing.assert_array_equal(land.distance_km(latitude, longitude), 0.0)
    nearest = land.nearest(48.85, 2.35)
    assert nearest.name == "France"
    assert nearest[:3] == pytest.approx((0.0, 48.85, 2.35))


def test_points_at_sea_are_not(land: Land) -> None:
    latitude, longitude = [0.0, -50.0, 40.0, -60.0], [-150.0, -120.0, -40.0, 80.0]
    assert not land.is_land(latitude, longitude).any()
    assert (land.distance_km(latitude, longitude) > 50.0).all()


def test_islets_missing_from_the_maps_are_land_all_the_same(land: Land) -> None:
    for islet in land.islands:
        assert land.distance_km(islet.latitude_deg, islet.longitude_deg) == pytest.approx(0.0, abs=1e-6)


def test_the_typed_islets_agree_with_the_maps_where_those_know_them(land: Land) -> None:
    """All but a few stand within 6 km of mapped land; those that do not are the reason for the list."""
    mapped = np.array([land.is_land(i.latitude_deg, i.longitude_deg) for i in land.islands])
    assert mapped.mean() > 0.65
    unmapped = {i.name for i, on in zip(land.islands, mapped, strict=True) if not on}
    assert {"Maher Island", "Sala y Gomez", "Bounty Islands", "Scott Island", "Marotiri"} <= unmapped


def test_islands_are_complete_around_the_south_pacific(land: Land) -> None:
    names = " ".join(islet.name for islet in land.islands)
    wanted = (
        *("Ducie", "Motu Nui", "Maher", "Sala y Gomez", "Easter", "Pitcairn", "Henderson", "Oeno", "Mangareva"),
        *("Rapa", "Marotiri", "Tubuai", "Chatham", "Bounty", "Antipodes", "Campbell", "Auckland", "Macquarie"),
        *("Peter I", "Scott", "Sturge", "Robinson Crusoe", "San Felix", "Diego Ramirez"),
    )
    assert [name for name in wanted if name not in names] == []


def test_antarctic_ice_counts_shelves_but_land_does_not(land: Land) -> None:
    ross = -79.0, -180.0  # Ross Ice Shelf
    assert land.antarctic_ice_distance_km(*ross) == 0.0
    assert land.is_antarctic_ice(*ross)
    assert not land.is_land(*ross)
    assert land.distance_km(*ross) > 200.0
    # its front lies near 78 S here
    assert 50.0 < land.antarctic_ice_distance_km(-77.0, -180.0) < 200.0


def test_ice_is_antarctic_only(land: Land) -> None:
    assert land.antarctic_ice_distance_km(70.0, -40.0) > 10_000.0  # Greenland
    assert land.antarctic_ice_distance_km(-54.4, -36.6) > 500.0  # South Georgia


def test_distance_is_never_more_than_to_a_known_place(land: Land) -> None:
    import pyproj

    geod = pyproj.Geod(ellps="WGS84")
    rng = np.random.default_rng(5)
    latitude, longitude = rng.uniform(-80, 80, 300), rng.uniform(-180, 180, 300)
    distance = land.distance_km(latitude, longitude)
    for islet in land.islands:
        there = np.full(300, islet.longitude_deg), np.full(300, islet.latitude_deg)
        assert (distance <= geod.inv(longitude, latitude, *there)[2] / 1e3 + 1e-6).all()


@settings(max_examples=50, deadline=None)
@given(st.floats(-89.0, 89.0), st.floats(-180.0, 180.0), st.integers(-2, 2))
def test_longitude_may_have_any_turn(land: Land, latitude: float, longitude: float, turns: int) -> None:
    here, there = land.nearest(latitude, longitude), land.nearest(latitude, longitude + 360.0 * turns)
    assert there.distance_km == pytest.approx(here.distance_km, abs=1e-6)


def test_distance_is_continuous_across_the_180th_meridian(land: Land) -> None:
    distance = land.distance_km([-40.0, -40.0], [179.9999, -179.9999])
    assert abs(distance[0] - distance[1]) < 0.05


def test_one_point_among_many_has_the_distance_of_that_point_alone(land: Land) -> None:
    latitude, longitude = np.array([-44.0, -10.0, 60.0]), np.array([-130.0, 100.0, -30.0])
    together = land.distance_km(latitude, longitude)
    np.testing.assert_array_equal(together, [land.distance_km(a, b) for a, b in zip(latitude, longitude, strict=True)])


def test_no_points_no_distances(land: Land) -> None:
    assert land.distance_km([], []).shape == (0,)


def test_names(land: Land) -> None:
    assert land.name(-24.68, -124.79) == "Ducie Island"
    assert land.name(-80.0, 0.0) == "Antarctica"
    assert land.name(-34.0, 18.5) == "South Africa"
    assert land.name(-45.0, -130.0) == ""


def test_coastlines_are_short_enough_for_a_page_and_hold_new_zealand(land: Land) -> None:
    lines = land.coastlines()
    points = np.vstack(lines)
    assert 10_000 < len(points) < 40_000
    assert all(line.ndim == 2 and line.shape[1] == 2 and len(line) >= 2 for line in lines)
    assert (np.abs(points) <= [180.0, 90.0]).all()
    assert max(float(np.abs(np.diff(line[:, 0])).max()) for line in lines) < 180.0
    assert (np.hypot(*(points - [174.8, -41.3]).T) < 0.3).any()  # Wellington


def test_edge_cells() -> None:
    cells = np.zeros((7, 9), dtype=bool)
    cells[2:5, 3:6] = True
    edge = edge_cells(cells)
    assert edge.sum() == 8
    assert not edge[3, 4]
    assert not edge_cells(np.ones((4, 5), dtype=bool)).any()
