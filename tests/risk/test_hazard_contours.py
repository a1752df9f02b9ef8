from __future__ import annotations

import numpy as np
import pytest
from tests.risk.hazards import great_circle

from pointnemo.risk.hazard_contours import piece_map, ship_area_km2, strip_above
from pointnemo.risk.hazard_polygon import outline, ring_area_km2

ALONG, ACROSS, PIECES = 400.0, 30.0, 5000.0


@pytest.fixture(scope="module")
def gaussian() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return ALONG * rng.standard_normal(100_000), ACROSS * rng.standard_normal(100_000)


def test_the_map_holds_every_piece_of_one_re_entry(gaussian: tuple[np.ndarray, np.ndarray]) -> None:
    down, cross = gaussian
    pieces = piece_map(down, cross, np.full(len(down), 2.0), 10, 0.0)
    cell = np.diff(pieces.down_km)[0] * np.diff(pieces.cross_km)[0]
    assert pieces.per_km2.sum() * cell == pytest.approx(2.0 * len(down) / 10, rel=1e-3)


def test_density_and_contour_of_a_gaussian(gaussian: tuple[np.ndarray, np.ndarray]) -> None:
    down, cross = gaussian
    pieces = piece_map(down, cross, np.full(len(down), PIECES / len(down)), 1, 0.0)
    peak = PIECES / (2.0 * np.pi * ALONG * ACROSS)
    assert pieces.per_km2.max() == pytest.approx(peak, rel=0.06)
    strip = strip_above(pieces, peak / 20.0)
    assert strip is not None
    reach = np.sqrt(2.0 * np.log(20.0))  # sigmas to a twentieth of the peak
    assert strip.length_km == pytest.approx(2.0 * reach * ALONG, rel=0.07)
    assert strip.width_km == pytest.approx(2.0 * reach * ACROSS, rel=0.07)
    ring = outline(strip, great_circle(-30.0, -120.0, 70.0))
    assert ring_area_km2(ring) == pytest.approx(np.pi * reach**2 * ALONG * ACROSS, rel=0.10)


def test_what_moves_a_whole_run_widens_the_density(gaussian: tuple[np.ndarray, np.ndarray]) -> None:
    down, cross = gaussian
    still, moved = (piece_map(down, cross, np.ones(len(down)), 1, sigma).per_km2.max() for sigma in (0.0, 300.0))
    assert still / moved == pytest.approx(np.hypot(1.0, 300.0 / ALONG), rel=0.05)


def test_every_cell_above_the_limit_lies_in_the_strip() -> None:
    rng = np.random.default_rng(3)
    down = np.concatenate([rng.normal(-800.0, 100.0, 500), rng.normal(700.0, 60.0, 500)])  # two heaps, a gap between
    cross = np.concatenate([rng.normal(40.0, 10.0, 500), rng.normal(-30.0, 8.0, 500)])
    pieces = piece_map(down, cross, np.ones(1000), 1, 0.0)
    limit = 0.05 * pieces.per_km2.max()
    strip = strip_above(pieces, limit)
    assert strip is not None
    row, column = np.nonzero(pieces.per_km2 > limit)
    for i, j in ((row, column), (row + 1, column + 1), (row, column + 1), (row + 1, column)):
        assert strip.holds(pieces.down_km[i], pieces.cross_km[j]).all()


def test_where_nothing_exceeds_the_limit_there_is_no_strip(gaussian: tuple[np.ndarray, np.ndarray]) -> None:
    assert strip_above(piece_map(*gaussian, np.ones(100_000), 1, 0.0), 1e9) is None


def test_a_ship_is_wider_by_the_piece() -> None:
    assert ship_area_km2(300.0, 40.0, np.zeros(1))[0] == pytest.approx(0.012)
    assert ship_area_km2(300.0, 40.0, np.full(1, np.pi))[0] == pytest.approx(302.0 * 42.0 * 1e-6)
