"""From a strip along the track to the few corners that a navigational warning carries, and what they enclose.

A warning lists corners; who reads it joins them by rhumb lines on a Mercator chart, by straight lines in longitude and
latitude (GeoJSON, RFC 7946) or by geodesics (most globes). Corners are moved outwards until the strip lies inside
whichever of the three is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import PointnemoError
from pointnemo.results import Place
from pointnemo.world.land import Land

if TYPE_CHECKING:
    from pyproj import Geod

__all__ = [
    "EEZ_KM",
    "Ground",
    "Ring",
    "Strip",
    "box",
    "distance_to_land",
    "drawn",
    "outline",
    "ring_area_km2",
    "warned_ring",
]

FloatArray = NDArray[np.float64]
Ground = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""Down-range and cross-range (km, left positive) to geodetic latitude and longitude (deg), same shapes."""

EEZ_KM = 370.4  # 200 nautical miles from the baselines: UNCLOS (1982), article 57
MOST_STATIONS = 5  # along the track, hence ten corners
SLACK = 1.05  # of area, for which fewer corners will do
MARGIN_KM = 2.0  # beyond the strip, so that corners may be given in whole minutes of arc
STEP_KM = 25.0  # between points of a border that is held to lie inside
MESH_KM = 20.0  # between points that are searched for land
KM_PER_DEG = 111.2
HIGHEST_LATITUDE_DEG = 80.0
MOST_ROUNDS = 60


class Strip(NamedTuple):
    """A region along the track, straight between stations (in track coordinates).

    Attributes:
        down_km: shape (n,), increasing.
        right_km, left_km: shape (n,), cross-range of the borders, left positive; right < left.
    """

    down_km: FloatArray
    right_km: FloatArray
    left_km: FloatArray

    def holds(self, down_km: FloatArray, cross_km: FloatArray) -> NDArray[np.bool_]:
        """True for places inside or on the border; any equal shapes."""
        right, left = (np.interp(down_km, self.down_km, border) for border in (self.right_km, self.left_km))
        along = (down_km >= self.down_km[0]) & (down_km <= self.down_km[-1])
        return along & (cross_km >= right) & (cross_km <= left)

    @property
    def length_km(self) -> float:
        """Along the track."""
        return float(self.down_km[-1] - self.down_km[0])

    @property
    def width_km(self) -> float:
        """At the widest."""
        return float((self.left_km - self.right_km).max())


class Ring(NamedTuple):
    """Corners of a polygon, not closed, counter-clockwise; longitudes run on beyond 180."""

    longitude_deg: FloatArray
    latitude_deg: FloatArray


def box(sides_km: FloatArray) -> Strip:
    """The strip between straight sides.

    Args:
        sides_km: shape (4,), outwards: heel, toe, left, right.

    Returns:
        Two stations.
    """
    heel, toe, left, right = (float(side) for side in sides_km)
    return Strip(np.array([-heel, toe]), np.full(2, -right), np.full(2, left))


def outline(strip: Strip, ground: Ground, step_km: float = STEP_KM) -> Ring:
    """The border of a strip on the ground, with points at most a step apart.

    Args:
        strip: the region.
        ground: track coordinates to places.
        step_km: along the track and across.

    Returns:
        Right border, toe, left border, heel.

    Raises:
        PointnemoError: it comes within 10 degrees of a pole, where corners in latitude and longitude make no sense.
    """
    return _ring(ground, *_border(strip, step_km))


def warned_ring(strip: Strip, ground: Ground) -> Ring:
    """The least number of corners, ten at most, whose polygon holds the strip and is hardly larger.

    Args:
        strip: the region.
        ground: track coordinates to places.

    Returns:
        Four to ten corners.

    Raises:
        PointnemoError: see :func:`outline`.
    """
    inner = outline(strip, ground)
    area = ring_area_km2(inner)
    ring = inner
    for stations in range(2, MOST_STATIONS + 1):
        ring = _around(_simplified(strip, stations), strip, inner, ground)
        if ring_area_km2(ring) <= SLACK * area:
            break
    return ring


def ring_area_km2(ring: Ring) -> float:
    """Area on the WGS 84 ellipsoid between geodesics (Karney 2013, J. Geodesy 87, 43)."""
    area, _ = _wgs84().polygon_area_perimeter(ring.longitude_deg, ring.latitude_deg)
    return abs(float(area)) * 1e-6


def drawn(ring: Ring, line: str) -> FloatArray:
    """The polygon as somebody draws it: corners joined by many points of one kind of line.

    Args:
        ring: the corners.
        line: ``plane`` (straight in longitude and latitude), ``rhumb`` or ``geodesic``.

    Returns:
        Shape (n, 2), longitude and latitude in degrees, closed.
    """
    points = []
    for i in range(len(ring.longitude_deg)):
        j = (i + 1) % len(ring.longitude_deg)
        start = ring.longitude_deg[i], ring.latitude_deg[i]
        end = ring.longitude_deg[j], ring.latitude_deg[j]
        points.append(_line(start, end, line))
    return np.vstack([*points, points[0][:1]])


def distance_to_land(strip: Strip, ring: Ring, ground: Ground, land: Land) -> tuple[float, Place]:
    """The least distance between a warned area and land, and that land.

    Args:
        strip: the region, whose inside is searched.
        ring: the corners, whose edges are.
        ground: track coordinates to places.
        land: where land is.

    Returns:
        Km, 0 where land lies inside, and the place by name; to a kilometre from the edges.
    """
    import shapely  # heavy, and needed once per stage

    down, cross = _mesh(strip)
    latitude, longitude = ground(down, cross)
    edge = drawn(ring, "geodesic")
    latitude, longitude = np.concatenate([latitude, edge[:, 1]]), np.concatenate([longitude, edge[:, 0]])
    distance, _, _ = land.nearest_point(latitude, longitude)
    worst = int(distance.argmin())
    nearest = land.nearest(float(latitude[worst]), float(longitude[worst]))
    within = shapely.Polygon(edge)
    for islet in land.islands:
        turns = np.array([-360.0, 0.0, 360.0]) + islet.longitude_deg
        if shapely.contains_xy(within, turns, np.full(3, islet.latitude_deg)).any():
            place = Place(latitude_deg=islet.latitude_deg, longitude_deg=islet.longitude_deg, name=islet.name)
            return 0.0, place
    place = Place(latitude_deg=nearest.latitude_deg, longitude_deg=nearest.longitude_deg, name=nearest.name)
    return nearest.distance_km, place


# --- in track coordinates -------------------------------------------------------------------------------------------


def _border(strip: Strip, step_km: float) -> tuple[FloatArray, FloatArray]:
    """Points of the border, down-range and cross-range: right side, toe, left side, heel."""
    spaced = np.linspace(strip.down_km[0], strip.down_km[-1], max(2, int(strip.length_km / step_km) + 2))
    along = np.union1d(spaced, strip.down_km)
    right, left = (np.interp(along, strip.down_km, border) for border in (strip.right_km, strip.left_km))
    across = np.linspace(0.0, 1.0, max(3, int(strip.width_km / step_km) + 2))[1:-1]
    toe, heel = right[-1] + across * (left[-1] - right[-1]), left[0] + across * (right[0] - left[0])
    down = np.concatenate([along, np.full(len(toe), along[-1]), along[::-1], np.full(len(heel), along[0])])
    return down, np.concatenate([right, toe, left[::-1], heel])


def _mesh(strip: Strip) -> tuple[FloatArray, FloatArray]:
    """Points of the inside, flat."""
    along = np.linspace(strip.down_km[0], strip.down_km[-1], max(2, int(strip.length_km / MESH_KM) + 2))
    right, left = (np.interp(along, strip.down_km, border) for border in (strip.right_km, strip.left_km))
    share = np.linspace(0.0, 1.0, max(2, int(strip.width_km / MESH_KM) + 2))
    cross = right[:, None] + share * (left - right)[:, None]
    return np.repeat(along, len(share)), cross.ravel()


def _simplified(strip: Strip, stations: int) -> Strip:
    """A strip of few stations that holds another: each takes the outermost of the two stretches that it borders."""
    nodes = np.linspace(strip.down_km[0], strip.down_km[-1], stations)
    fine = np.union1d(nodes, strip.down_km)
    right, left = (np.interp(fine, strip.down_km, border) for border in (strip.right_km, strip.left_km))
    near = [(fine >= nodes[max(i - 1, 0)]) & (fine <= nodes[min(i + 1, stations - 1)]) for i in range(stations)]
    return Strip(nodes, np.array([right[n].min() for n in near]), np.array([left[n].max() for n in near]))


# --- on the ground --------------------------------------------------------------------------------------------------


def _around(few: Strip, strip: Strip, inner: Ring, ground: Ground) -> Ring:
    """Corners of a strip of few stations, moved outwards until it holds the points of another."""
    down, cross = _border(strip, STEP_KM)
    middle = 0.5 * (np.interp(down, strip.down_km, strip.right_km) + np.interp(down, strip.down_km, strip.left_km))
    first, last = strip.down_km[0], strip.down_km[-1]
    sides = (down <= first, down >= last, cross >= middle, cross < middle)  # heel, toe, left, right
    out = np.full(4, MARGIN_KM)
    ring = inner
    for _ in range(MOST_ROUNDS):
        heel, toe, left, right = out
        nodes = few.down_km.copy()
        nodes[0], nodes[-1] = nodes[0] - heel, nodes[-1] + toe
        corners = np.concatenate([nodes, nodes[::-1]])
        ring = _ring(ground, corners, np.concatenate([few.right_km - right, (few.left_km + left)[::-1]]))
        missed = _missed_km(ring, inner)
        if not missed.any():
            return ring
        out += np.array([missed[side].max(initial=0.0) for side in sides]) * 1.02
    raise PointnemoError("no polygon of ten corners holds the hazard area: it is too long for a warning")


def _missed_km(ring: Ring, inner: Ring) -> FloatArray:
    """By how much points lie outside a polygon or nearer to its border than half the margin, the worst way drawn."""
    import shapely

    turn = 360.0 * np.round((ring.longitude_deg.mean() - inner.longitude_deg.mean()) / 360.0)
    # longitudes shrunk so that a degree is as long either way: of use for how far to move, not for whether
    shrink = np.array([np.cos(np.radians(np.abs(inner.latitude_deg).min())), 1.0])
    points = [shapely.Point(*xy) for xy in np.column_stack([inner.longitude_deg + turn, inner.latitude_deg]) * shrink]
    missed = np.zeros(len(points))
    for line in ("plane", "rhumb", "geodesic"):
        polygon = shapely.Polygon(drawn(ring, line) * shrink)
        depth = KM_PER_DEG * shapely.distance(points, polygon.exterior)
        within = shapely.contains(polygon, points) if polygon.is_valid else np.zeros(len(points), dtype=bool)
        missed = np.maximum(missed, np.where(within, np.maximum(0.5 * MARGIN_KM - depth, 0.0), depth + MARGIN_KM))
    return np.where(missed > 0.0, np.maximum(missed, 0.1), 0.0)


def _ring(ground: Ground, down_km: FloatArray, cross_km: FloatArray) -> Ring:
    latitude, longitude = ground(down_km, cross_km)
    longitude = np.degrees(np.unwrap(np.radians(longitude)))
    if np.abs(latitude).max() > HIGHEST_LATITUDE_DEG or abs(longitude[-1] - longitude[0]) > 180.0:
        raise PointnemoError(
            "a hazard area reaches within 10 degrees of a pole, where a warning by corners is not possible:"
            " move descent.aim to lower latitudes"
        )
    return Ring(longitude, latitude)


def _line(start: tuple[float, float], end: tuple[float, float], line: str) -> FloatArray:
    """Points from a corner to before the next, about 50 km apart, shape (n, 2)."""
    flat = np.hypot((end[0] - start[0]) * np.cos(np.radians(start[1])), end[1] - start[1])
    count = max(2, int(flat * KM_PER_DEG / 50.0) + 1)
    share = np.arange(count) / count
    longitude = start[0] + share * (end[0] - start[0])
    if line == "plane":
        return np.column_stack([longitude, start[1] + share * (end[1] - start[1])])
    if line == "rhumb":
        north = [np.arctanh(np.sin(np.radians(latitude))) for latitude in (start[1], end[1])]
        return np.column_stack([longitude, np.degrees(np.arcsin(np.tanh(north[0] + share * (north[1] - north[0]))))])
    between = np.array(_wgs84().npts(*start, *end, count - 1)).reshape(-1, 2)
    points = np.vstack([np.array([start]), between])
    # a geodesic comes back between -180 and 180: put it on the turn of the corners
    points[:, 0] += 360.0 * np.round((longitude - points[:, 0]) / 360.0)
    return points


@cache
def _wgs84() -> Geod:
    from pyproj import Geod  # heavy, and needed once per stage

    return Geod(ellps="WGS84")
