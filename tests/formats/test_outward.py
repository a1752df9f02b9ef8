from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon
from shapely.affinity import translate

from pointnemo.formats.outward import clockwise_from_northwest, fewer_corners, one_ring, ring_of, rounded_outward
from pointnemo.formats.regions import FIRS, NAVAREAS, Region, general_area, regions_of


def swaths(seed: int) -> np.ndarray:
    """A ragged strip along a bent track, anywhere below 60 degrees of latitude."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 20))
    share = np.linspace(0.0, 1.0, n)
    x = rng.uniform(-180, 180) + rng.uniform(5, 50) * share
    y = rng.uniform(-45, 45) + rng.uniform(-12, 12) * share + np.sin(4.0 * share)
    half = rng.uniform(0.3, 1.5, n)
    return np.vstack([np.column_stack([x, y - half]), np.column_stack([x, y + half])[::-1]])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 12))
def test_fewer_corners_hold_all_of_the_area(seed: int, most: int) -> None:
    ring = ring_of([(x, y) for x, y in swaths(seed)])
    area = Polygon(ring)
    if not area.is_valid:
        return
    few = Polygon(fewer_corners(ring, most))
    assert few.is_valid
    assert len(few.exterior.coords) - 1 <= most
    assert few.buffer(1e-7).covers(area)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1 / 6000, 1 / 60, 0.5]))
def test_rounding_never_shrinks(seed: int, step: float) -> None:
    ring = fewer_corners(ring_of([(x, y) for x, y in swaths(seed)]), 10)
    if not Polygon(ring).is_valid:
        return
    rounded = rounded_outward(ring, step)
    assert Polygon(rounded).buffer(1e-9).covers(Polygon(ring))
    assert rounded / step == pytest.approx(np.round(rounded / step), abs=1e-6)
    # and grows by no more than a few steps
    assert Polygon(ring).buffer(12 * step).covers(Polygon(rounded)) or step > 0.1


def test_plain_rounding_would_have_shrunk() -> None:
    ring = np.array([[0.2, 0.2], [3.3, 0.2], [3.3, 3.3], [0.2, 3.3]])
    assert not Polygon(np.round(ring)).covers(Polygon(ring))
    assert Polygon(rounded_outward(ring, 1.0)).covers(Polygon(ring))


def test_corners_come_clockwise_from_the_northwest() -> None:
    ring = np.array([[-139.0, -42.0], [-112.0, -52.0], [-111.0, -50.0], [-138.0, -40.0]])
    ordered = clockwise_from_northwest(ring)
    assert ordered[0].tolist() == [-138.0, -40.0]
    assert not Polygon(ordered).exterior.is_ccw


def test_a_ring_across_the_antimeridian_runs_on() -> None:
    ring = ring_of([(170, -40), (-170, -40), (-170, -30), (170, -30), (170, -40)])
    assert ring[:, 0].max() == 190.0
    assert len(ring) == 4


def test_areas_in_other_turns_become_one_ring() -> None:
    a = [(170, -40), (185, -40), (185, -30), (170, -30)]
    b = [(-178, -42), (-160, -42), (-160, -35), (-178, -35)]
    both = Polygon(one_ring([a, b]))
    assert both.covers(Polygon(a))
    assert both.covers(Polygon([(x + 360, y) for x, y in b]))


def test_areas_apart_become_their_hull() -> None:
    a, b = [(0, 0), (1, 0), (1, 1)], [(5, 5), (6, 5), (6, 6)]
    both = Polygon(one_ring([a, b]))
    assert both.covers(Polygon(a))
    assert both.covers(Polygon(b))


@pytest.mark.parametrize("table", [NAVAREAS, FIRS])
def test_regions_are_rings_that_hardly_overlap(table: tuple[Region, ...]) -> None:
    for region in table:
        assert Polygon(region.ring).is_valid, region.id
    for a, b in itertools.combinations(table, 2):
        common = max(Polygon(a.ring).intersection(translate(Polygon(b.ring), x)).area for x in (-360, 0, 360))
        assert common < 6.0, (a.id, b.id)  # square degrees; where coasts are drawn coarsely


@pytest.mark.parametrize(
    ("longitude", "latitude", "navarea", "fir"),
    [
        (-123.39, -48.88, "XIV", "SCIZ"),  # Point Nemo
        (-140.0, -40.0, "XIV", "NZZO"),
        (179.9, -40.0, "XIV", "NZZO"),
        (-179.9, -40.0, "XIV", "NZZO"),
        (-110.0, -40.0, "XV", "SCIZ"),
        (-110.0, -25.0, "XV", "SCIZ"),
        (-149.0, -17.0, "XIV", "NTTT"),
        (-100.0, -10.0, "XVI", None),
        (-150.0, 20.0, "XII", "KZAK"),
        (155.0, -50.0, "X", "YMMM"),
        (-40.0, 50.0, "IV", None),
        (65.0, -10.0, "VIII", None),
        (-10.0, -40.0, "VII", None),
    ],
)
def test_who_warns_where(longitude: float, latitude: float, navarea: str, fir: str | None) -> None:
    for turn in (-360.0, 0.0, 360.0):
        square = np.array([[-0.05, -0.05], [0.05, -0.05], [0.05, 0.05], [-0.05, 0.05]])
        ring = square + np.array([longitude + turn, latitude])
        assert [r.id for r, _ in regions_of(ring, NAVAREAS)] == [navarea]
        assert [r.id for r, _ in regions_of(ring, FIRS)] == ([fir] if fir else [])


def test_parts_of_an_area_cover_it() -> None:
    ring = ring_of([(-139, -41), (-112, -52), (-110, -51), (-136, -40)])
    parts = regions_of(ring, FIRS, 0.25)
    assert {r.id for r, _ in parts} == {"NZZO", "SCIZ"}
    together = Polygon(parts[0][1]).union(Polygon(parts[1][1]))
    assert together.buffer(1e-9).covers(Polygon(ring))
    assert Polygon(parts[0][1]).intersects(Polygon(parts[1][1]))


@pytest.mark.parametrize(
    ("longitude", "latitude", "name"),
    [
        (-123, -48, "SOUTH PACIFIC"),
        (237, 40, "NORTH PACIFIC"),
        (-30, 10, "NORTH ATLANTIC"),
        (-20, -20, "SOUTH ATLANTIC"),
        (80, -20, "INDIAN OCEAN"),
        (0, -65, "SOUTHERN OCEAN"),
        (0, 80, "ARCTIC OCEAN"),
    ],
)
def test_the_sea_has_a_name(longitude: float, latitude: float, name: str) -> None:
    assert general_area(np.array([[longitude, latitude]])) == name
