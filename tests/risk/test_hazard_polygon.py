from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from tests.risk.hazards import great_circle

from pointnemo.errors import PointnemoError
from pointnemo.risk.hazard_polygon import (
    Ground,
    Ring,
    Strip,
    box,
    distance_to_land,
    drawn,
    outline,
    ring_area_km2,
    warned_ring,
)
from pointnemo.world import World

LINES = ("plane", "rhumb", "geodesic")


@dataclass(frozen=True)
class Case:
    """A strip on a track, and every place of it that is looked at."""

    strip: Strip
    ground: Ground

    @property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Latitude and longitude of points to the very border."""
        along = np.linspace(self.strip.down_km[0], self.strip.down_km[-1], 300)
        right, left = (np.interp(along, self.strip.down_km, b) for b in (self.strip.right_km, self.strip.left_km))
        share = np.linspace(0.0, 1.0, 21)
        return self.ground(np.repeat(along, 21), (right[:, None] + share * (left - right)[:, None]).ravel())


def sides(heel: float, toe: float, left: float, right: float) -> Strip:
    return box(np.array([heel, toe, left, right]))


LENS = Strip(
    np.array([-1500.0, -900.0, -200.0, 800.0, 1400.0]),
    np.array([-20.0, -60.0, -90.0, -50.0, -10.0]),
    np.array([25.0, 70.0, 60.0, 80.0, 15.0]),
)
CASES = {
    "south-east": Case(sides(2500.0, 1500.0, 100.0, 80.0), great_circle(-45.0, -130.0, 110.0)),
    "long and southern": Case(sides(3500.0, 2500.0, 140.0, 140.0), great_circle(-48.9, -123.4, 80.0)),
    "north-east": Case(sides(1800.0, 1200.0, 60.0, 60.0), great_circle(-40.0, -120.0, 50.0)),
    "over the antimeridian": Case(sides(2500.0, 1500.0, 100.0, 80.0), great_circle(-45.0, 178.0, 110.0)),
    "westwards over it": Case(sides(1000.0, 1000.0, 50.0, 50.0), great_circle(-30.0, -178.0, 230.0)),
    "equator": Case(sides(1500.0, 1500.0, 50.0, 50.0), great_circle(0.0, 179.0, 40.0)),
    "one piece": Case(sides(0.1, 0.1, 0.1, 0.1), great_circle(-45.0, -130.0, 110.0)),
    "lens": Case(LENS, great_circle(-45.0, -130.0, 110.0)),
}


def held(ring: Ring, case: Case, line: str) -> bool:
    latitude, longitude = case.places
    middle = ring.longitude_deg.mean()
    longitude = middle + (longitude - middle + 180.0) % 360.0 - 180.0
    return bool(shapely.contains_xy(shapely.Polygon(drawn(ring, line)), longitude, latitude).all())


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_few_corners_never_cut_into_the_region(case: Case, line: str) -> None:
    ring = warned_ring(case.strip, case.ground)
    assert 4 <= len(ring.longitude_deg) <= 10
    assert held(ring, case, line)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_corners_may_be_given_in_whole_minutes(case: Case) -> None:
    ring = warned_ring(case.strip, case.ground)
    rounded = Ring(np.round(ring.longitude_deg * 60.0) / 60.0, np.round(ring.latitude_deg * 60.0) / 60.0)
    assert held(rounded, case, "rhumb")


def test_the_polygon_is_hardly_larger_than_the_region() -> None:
    case = CASES["south-east"]
    inner = ring_area_km2(outline(case.strip, case.ground))
    assert inner == pytest.approx(4000.0 * 180.0, rel=0.01)
    assert inner < ring_area_km2(warned_ring(case.strip, case.ground)) < 1.25 * inner


def test_a_short_area_takes_four_corners() -> None:
    assert len(warned_ring(sides(200.0, 200.0, 150.0, 150.0), great_circle(-45.0, -130.0, 110.0)).latitude_deg) == 4


def test_longitudes_run_on_at_the_antimeridian() -> None:
    """The same strip 60 degrees further east: the same polygon, without a jump."""
    far, near = (great_circle(-45.0, longitude, 110.0) for longitude in (178.0, 118.0))
    strip = CASES["over the antimeridian"].strip
    there, here = warned_ring(strip, far), warned_ring(strip, near)
    assert np.abs(np.diff(there.longitude_deg)).max() < 90.0
    assert there.longitude_deg.max() > 180.0
    assert there.longitude_deg - here.longitude_deg == pytest.approx(np.full(len(here.longitude_deg), 60.0), abs=1e-6)
    assert ring_area_km2(there) == pytest.approx(ring_area_km2(here), rel=1e-9)


def test_near_a_pole_there_is_no_polygon() -> None:
    with pytest.raises(PointnemoError, match="pole"):
        warned_ring(sides(500.0, 500.0, 50.0, 50.0), great_circle(-85.0, 0.0, 90.0))


def test_an_islet_inside_is_named(world: World) -> None:
    ground = great_circle(-24.7, -124.8, 100.0)
    strip = sides(300.0, 300.0, 50.0, 50.0)
    distance, place = distance_to_land(strip, warned_ring(strip, ground), ground, world.land)
    assert distance == 0.0
    assert "Ducie" in place.name


def test_the_distance_to_land_is_that_of_the_nearest_edge(world: World) -> None:
    ground = great_circle(-48.88, -123.4, 90.0)
    strip = sides(100.0, 100.0, 50.0, 50.0)
    ring = warned_ring(strip, ground)
    distance, place = distance_to_land(strip, ring, ground, world.land)
    edge = drawn(ring, "geodesic")
    assert distance == pytest.approx(world.land.distance_km(edge[:, 1], edge[:, 0]).min())
    assert 2688.0 - 125.0 < distance < 2688.0
    assert place.name
