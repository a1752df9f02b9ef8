"""Rings of few corners in round numbers that still hold all of an area: what a warning can carry.

Areas are rings of longitude and latitude in degrees with straight sides between (RFC 7946, section 3.1.1); longitudes
may run on beyond 180. Nothing here makes an area smaller: a corner is only left out where that adds to it, and corners
are moved outwards before they are rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["clockwise_from_northwest", "fewer_corners", "one_ring", "ring_area_deg2", "ring_of", "rounded_outward"]

FloatArray = NDArray[np.float64]
Corners = Sequence[tuple[float, float]] | FloatArray

_MARGIN = 0.75  # of a step: rounding moves a corner by at most sqrt(1/2) = 0.71 of one
_MITRE_LIMIT = 8.0  # corners sharper than 14 degrees are cut off


def ring_of(polygon: Corners) -> FloatArray:
    """Corners of an area, not closed, longitudes within half a turn of the one before.

    Args:
        polygon: [longitude_deg, latitude_deg], closed or open.

    Returns:
        Shape (n, 2), counterclockwise, no corner twice in a row.
    """
    ring = np.asarray(polygon, dtype=float)
    lon = np.unwrap(ring[:, 0], period=360.0)
    ring = np.column_stack([lon, ring[:, 1]])
    if np.allclose(ring[0], ring[-1], atol=1e-9):
        ring = ring[:-1]
    different = np.any(np.abs(ring - np.roll(ring, 1, axis=0)) > 1e-9, axis=1)
    ring = ring[different] if different.any() else ring[:1]
    return ring[::-1] if _signed_area(ring) < 0 else ring


def one_ring(polygons: Iterable[Corners]) -> FloatArray:
    """The outline of several areas together; their convex hull where they do not touch.

    Args:
        polygons: at least one; each may be told in another turn of longitude.

    Returns:
        As ``ring_of``.
    """
    from shapely import Polygon, convex_hull, union_all

    rings = [ring_of(polygon) for polygon in polygons]
    middle = rings[0][:, 0].mean()
    shapes = []
    for ring in rings:
        turns = np.round((middle - ring[:, 0].mean()) / 360.0)
        shapes.append(_shape(ring + np.array([360.0 * turns, 0.0])))
    together = union_all(shapes)
    outline = together if isinstance(together, Polygon) else convex_hull(together)
    assert isinstance(outline, Polygon)
    return ring_of(np.asarray(outline.exterior.coords))


def fewer_corners(ring: FloatArray, most: int) -> FloatArray:
    """A ring of at most so many corners that holds another.

    One corner less at a time, each time what adds least area: a corner that points inwards is left out, or a side is
    left out and its neighbours are drawn on until they meet.

    Args:
        ring: shape (n, 2), counterclockwise, not closed.
        most: 4 or more.

    Returns:
        Shape (m, 2), m <= most, counterclockwise.

    Raises:
        ValueError: fewer than four corners are asked for.
    """
    if most < 4:
        raise ValueError("a ring of fewer than four corners cannot be had of every area")
    from shapely import Polygon, convex_hull

    scale = np.array([max(np.cos(np.radians(ring[:, 1].mean())), 0.05), 1.0])
    flat = _convex_free(ring * scale)
    while len(flat) > most:
        choices = [c for i in range(len(flat)) for c in _without(flat, i)]
        choices.sort(key=lambda choice: choice[0])
        smaller = next(
            (c for _, c in choices if _shape(c).is_valid and _shape(c).buffer(1e-9).covers(_shape(flat))), None
        )
        if smaller is None:
            hull = convex_hull(_shape(flat))
            assert isinstance(hull, Polygon)
            smaller = np.asarray(hull.exterior.coords)[:-1][::-1]
            smaller = smaller if _signed_area(smaller) > 0 else smaller[::-1]
            if len(smaller) >= len(flat):  # a convex ring whose neighbours never meet: a box of its bounds
                (x0, y0), (x1, y1) = flat.min(axis=0), flat.max(axis=0)
                smaller = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
        flat = smaller
    return flat / scale


def rounded_outward(ring: FloatArray, step_deg: float) -> FloatArray:
    """Corners on a grid of round numbers whose polygon holds the ring.

    Every side is first moved outwards by three quarters of a step; rounding then moves no point of it back by more
    than sqrt(1/2) of one.

    Args:
        ring: shape (n, 2), counterclockwise, not closed.
        step_deg: of the grid in latitude and longitude, such as 1/60 for whole minutes.

    Returns:
        Shape (m, 2), counterclockwise, not closed, multiples of the step.
    """
    # Longitudes are drawn together before sides are moved: a step of longitude is then the shorter one.
    scale = np.array([max(np.cos(np.radians(np.abs(ring[:, 1]).max())), 0.05), 1.0])
    wider = _shape(ring * scale).buffer(_MARGIN * step_deg, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    corners = np.asarray(wider.exterior.coords) / scale
    return ring_of(np.round(corners / step_deg) * step_deg)


def clockwise_from_northwest(ring: FloatArray) -> FloatArray:
    """Corners in the order of a navigational warning: clockwise from the north-west (MSC.1/Circ.1310, 6.2, element 6).

    Args:
        ring: shape (n, 2), not closed.

    Returns:
        The same corners.
    """
    turned = ring[::-1] if _signed_area(ring) > 0 else ring
    width = np.cos(np.radians(turned[:, 1].mean()))
    first = int(np.argmax(turned[:, 1] - width * turned[:, 0]))
    return np.roll(turned, -first, axis=0)


def _shape(ring: FloatArray) -> Polygon:
    from shapely import Polygon

    return Polygon(ring)


def ring_area_deg2(ring: FloatArray) -> float:
    """Area in square degrees, to compare rings in the same place."""
    return abs(_signed_area(ring))


def _signed_area(ring: FloatArray) -> float:
    """Positive where counterclockwise."""
    following = np.roll(ring, -1, axis=0)
    return float(0.5 * np.sum(_cross(ring, following)))


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _convex_free(ring: FloatArray) -> FloatArray:
    """Without corners that lie on the straight line between their neighbours."""
    before, after = np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0)
    bends = np.abs(_cross(ring - before, after - ring)) > 1e-12
    return ring[bends]


def _without(ring: FloatArray, i: int) -> list[tuple[float, FloatArray]]:
    """Added area and ring of what leaving out corner i, or the side from i to the next, makes of a ring."""
    n = len(ring)
    a, b, c, d = (ring[(i + k) % n] for k in (-1, 0, 1, 2))
    found: list[tuple[float, FloatArray]] = []
    turn = float(_cross(b - a, c - b))
    if turn <= 0.0:  # points inwards
        found.append((-0.5 * turn, np.delete(ring, i, axis=0)))
        return found
    # sides a-b and c-d drawn on beyond b and c meet where they converge
    ahead, back = b - a, c - d
    slope = float(_cross(ahead, back))
    if slope >= -1e-12 or float(_cross(c - b, d - c)) <= 0.0:  # they turn by half a circle, or c points inwards
        return found
    along = float(_cross(c - b, back)) / slope
    if along <= 0.0:
        return found
    tip = b + along * ahead
    smaller = ring.copy()
    smaller[i] = tip
    smaller = np.delete(smaller, (i + 1) % n, axis=0)
    found.append((0.5 * abs(float(_cross(c - b, tip - b))), smaller))
    return found
