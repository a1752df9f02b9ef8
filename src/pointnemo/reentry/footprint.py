"""Where it falls: coordinates along the entry track, heel and toe, and the polygon.

The track is the ground track of the entry orbit over the rotating Earth: the great circle of the orbital plane, swept
at the angular rate of the entry state, under which the Earth turns. Down-range is distance over ground along it,
cross-range is the distance from the orbital plane. The two are up to 3 deg from a right angle, which is left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import FlightError
from pointnemo.results import Estimate, Footprint, Impacts, Place
from pointnemo.world.earth import EARTH_ROTATION_RAD_S, WGS84_FLATTENING

__all__ = [
    "EntryTrack",
    "direction_of",
    "entry_track",
    "estimate",
    "extremes_from",
    "footprint_from",
    "footprint_of",
    "from_track",
    "place_of",
    "tails",
    "to_track",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MEAN_RADIUS_KM = 6371.0088  # IUGG mean radius of the ellipsoid (Moritz 2000, Geodetic Reference System 1980)
LEVEL = 0.9  # estimates run from the 5 % to the 95 % run
FOOTPRINT_SHARE = 0.99  # of the surviving dangerous pieces; the share of a declared re-entry area
HALF_PIECE = 0.5  # the end of a run's footprint is where its first half piece has fallen
MARGIN_KM = 1.0  # polygons keep this distance from the outermost piece, so that one piece makes an area too
EDGE_KM = 50.0  # corners of the polygon are at most this far apart, so that straight edges on a map follow the track


class EntryTrack(NamedTuple):
    """The ground track of the entry orbit.

    Attributes:
        along, forward, normal: shape (3,), unit vectors of the orbital plane at the interface, in the Earth-fixed axes
            of that instant: radius, direction of flight, angular momentum.
        rotation_ratio: rate of the Earth / rate of the orbit.
        angle_rad: shape (k,), orbital angle from the interface, increasing.
        distance_km: shape (k,), over ground, 0 at the aim.
    """

    along: FloatArray
    forward: FloatArray
    normal: FloatArray
    rotation_ratio: float
    angle_rad: FloatArray
    distance_km: FloatArray


def entry_track(
    position_m: FloatArray, velocity_mps: FloatArray, aim_latitude_deg: float, aim_longitude_deg: float
) -> EntryTrack:
    """The track of an entry state, with its origin abeam of the aim point.

    Args:
        position_m: shape (3,), Earth-fixed.
        velocity_mps: shape (3,), relative to the rotating Earth.
        aim_latitude_deg, aim_longitude_deg: geodetic.

    Returns:
        The track, half a revolution either way.
    """
    inertial = velocity_mps + EARTH_ROTATION_RAD_S * np.array([-position_m[1], position_m[0], 0.0])
    radius = np.linalg.norm(position_m)
    momentum = np.cross(position_m, inertial)
    along, normal = position_m / radius, momentum / np.linalg.norm(momentum)
    forward = np.cross(normal, along)
    ratio = float(EARTH_ROTATION_RAD_S * radius * radius / np.linalg.norm(momentum))
    angle = np.linspace(-np.pi, np.pi, 4097)
    # speed over ground per orbital angle: (1, 0) less the Earth's own motion, both along and across the orbit
    up = np.cos(angle)[:, None] * along + np.sin(angle)[:, None] * forward
    ahead = np.cross(normal, up)
    speed = MEAN_RADIUS_KM * np.hypot(1.0 - ratio * normal[2], ratio * ahead[:, 2])
    distance = np.concatenate([[0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]) * np.diff(angle))])
    track = EntryTrack(along, forward, normal, ratio, angle, distance)
    origin, _ = to_track(track, aim_latitude_deg, aim_longitude_deg)
    return track._replace(distance_km=distance - float(origin))


def to_track(track: EntryTrack, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Down-range and cross-range (km, positive to the left) of places on the ground.

    The orbital angle of a place depends on how far the Earth has turned when the orbit is abeam of it, which depends on
    the angle: a contraction by a factor of 16 per pass.

    Args:
        track: the entry track.
        latitude_deg, longitude_deg: geodetic, any shape.

    Returns:
        Two arrays of that shape.
    """
    direction = direction_of(latitude_deg, longitude_deg)
    angle = np.zeros(direction.shape[:-1])
    turned = direction
    for _ in range(14):
        turned = _turn(direction, track.rotation_ratio * angle)
        new = np.arctan2(turned @ track.forward, turned @ track.along)
        # a place more than half a revolution away keeps to its branch
        angle = angle + np.remainder(new - angle + np.pi, 2.0 * np.pi) - np.pi
    across = MEAN_RADIUS_KM * np.arcsin(np.clip(turned @ track.normal, -1.0, 1.0))
    return np.interp(angle, track.angle_rad, track.distance_km), across


def from_track(track: EntryTrack, downrange_km: ArrayLike, crossrange_km: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Inverse of ``to_track``: geodetic latitude and longitude (deg, -180..180), same shape."""
    down, cross = np.broadcast_arrays(np.asarray(downrange_km, dtype=float), np.asarray(crossrange_km, dtype=float))
    angle = np.interp(down, track.distance_km, track.angle_rad)
    lean = cross / MEAN_RADIUS_KM
    up = np.cos(angle)[..., None] * track.along + np.sin(angle)[..., None] * track.forward
    place = np.cos(lean)[..., None] * up + np.sin(lean)[..., None] * track.normal
    return place_of(_turn(place, -track.rotation_ratio * angle))


def estimate(values: FloatArray, unit: str) -> Estimate:
    """Mean over runs with the 5-95 % range, shape (runs,)."""
    low, high = np.quantile(values, [0.5 * (1.0 - LEVEL), 0.5 * (1.0 + LEVEL)])
    mean = float(np.mean(values))
    # a skewed handful of runs may put the mean outside the quantiles; an estimate holds its own value
    return Estimate(value=mean, low=min(float(low), mean), high=max(float(high), mean), level=LEVEL, unit=unit)


def footprint_of(impacts: Impacts, dangerous: BoolArray, track: EntryTrack, runs: int) -> Footprint:
    """The footprint of the surviving pieces that can hurt.

    Heel, toe and width of a run are where its first half piece has fallen, counted from either end or side: extremes
    per run, whose spread over the runs is the uncertainty. The polygon is pooled over the runs: the convex hull (in
    track coordinates) of heel, toe and what is left when half of the share outside is cut from the ends and half from
    the sides.

    Args:
        impacts: all rows.
        dangerous: shape (n,), rows that survive above the energy threshold.
        track: the entry track.
        runs: number of runs.

    Returns:
        The footprint. Longitudes of the polygon are continuous about its first corner and may pass 180.

    Raises:
        FlightError: nothing dangerous survives in any run.
    """
    down, cross, weight = (a[dangerous] for a in (impacts.downrange_km, impacts.crossrange_km, impacts.weight))
    run = impacts.run[dangerous]
    present = [run == r for r in range(runs) if np.any(run == r)]
    ends = np.array([extremes_from([tails(down[rows], weight[rows])]) for rows in present])
    sides = np.array([extremes_from([tails(cross[rows], weight[rows])]) for rows in present])
    middle = float(np.average(cross, weights=weight)) if present else 0.0
    return footprint_from(ends, sides, middle, down, cross, weight, track)


def footprint_from(
    ends_km: FloatArray,
    sides_km: FloatArray,
    middle_km: float,
    downrange_km: FloatArray,
    crossrange_km: FloatArray,
    weight: FloatArray,
    track: EntryTrack,
) -> Footprint:
    """The footprint from what the runs amount to.

    Args:
        ends_km, sides_km: shape (runs with a dangerous piece, 2): heel and toe, right and left side.
        middle_km: mean cross-range of all dangerous pieces.
        downrange_km, crossrange_km, weight: shape (n,), dangerous rows for the polygon.
        track: the entry track.

    Returns:
        See ``footprint_of``.

    Raises:
        FlightError: nothing dangerous survives in any run.
    """
    if len(ends_km) == 0:
        raise FlightError("no piece above the energy threshold survives: there is no footprint")
    latitude, longitude = from_track(track, ends_km.mean(axis=0), np.full(2, middle_km))
    heel, toe = (
        Place(latitude_deg=float(latitude[i]), longitude_deg=float(longitude[i]), name=name)
        for i, name in enumerate(("heel", "toe"))
    )
    corners = np.column_stack([ends_km.mean(axis=0), [middle_km, middle_km]])
    return Footprint(
        heel=heel,
        toe=toe,
        length_km=estimate(ends_km[:, 1] - ends_km[:, 0], "km"),
        width_km=estimate(sides_km[:, 1] - sides_km[:, 0], "km"),
        level=FOOTPRINT_SHARE,
        polygon=_polygon(track, downrange_km, crossrange_km, weight, corners),
    )


class Tails(NamedTuple):
    """The outermost rows of a sample from either end, as many as make up half a piece, and the weight of all rows."""

    low: FloatArray
    low_weight: FloatArray
    high: FloatArray
    high_weight: FloatArray
    total: float


def tails(values: FloatArray, weight: FloatArray) -> Tails:
    """Cut the tails of a sample, shape (n,) with n above 0; outermost first in both."""
    order = np.argsort(values, kind="stable")
    values, weight = values[order], weight[order]
    count, above = np.cumsum(weight), np.cumsum(weight[::-1])
    low, high = (int(np.searchsorted(sums, HALF_PIECE)) + 1 for sums in (count, above))
    return Tails(values[:low], weight[:low], values[::-1][:high], weight[::-1][:high], float(count[-1]))


def extremes_from(parts: list[Tails]) -> tuple[float, float]:
    """Where the first half piece lies from below and from above (the middle piece where there is less than one).

    Args:
        parts: tails of samples that together make up the whole, at least one.
    """
    edge = min(HALF_PIECE, 0.5 * sum(part.total for part in parts))

    def first(values: FloatArray, weight: FloatArray, sign: float) -> float:
        order = np.argsort(sign * values, kind="stable")
        place = int(np.searchsorted(np.cumsum(weight[order]), edge))
        return float(values[order][min(place, len(values) - 1)])

    low = (np.concatenate([part.low for part in parts]), np.concatenate([part.low_weight for part in parts]))
    high = (np.concatenate([part.high for part in parts]), np.concatenate([part.high_weight for part in parts]))
    return first(*low, 1.0), first(*high, -1.0)


def _inside(values: FloatArray, weight: FloatArray, outside: float) -> BoolArray:
    """Rows left when at most ``outside`` of the weight is cut, half from either end."""
    order = np.argsort(values, kind="stable")
    count = np.cumsum(weight[order]) / np.sum(weight)
    keep = np.zeros(len(values), dtype=bool)
    # a row is cut only if all of its weight lies in the tail
    keep[order] = (count > 0.5 * outside) & (count - weight[order] / np.sum(weight) < 1.0 - 0.5 * outside)
    return keep


def _polygon(
    track: EntryTrack, down: FloatArray, cross: FloatArray, weight: FloatArray, ends: FloatArray
) -> tuple[tuple[float, float], ...]:
    """Closed ring of [longitude_deg, latitude_deg], counter-clockwise in track coordinates, around ``ends`` too."""
    import shapely  # heavy, and needed once per stage

    outside = 1.0 - FOOTPRINT_SHARE
    keep = _inside(down, weight, 0.5 * outside) & _inside(cross, weight, 0.5 * outside)
    hull = shapely.MultiPoint(np.vstack([np.column_stack([down[keep], cross[keep]]), ends])).convex_hull
    area = shapely.segmentize(hull.buffer(MARGIN_KM, quad_segs=2), EDGE_KM)
    ring = np.asarray(shapely.geometry.polygon.orient(area).exterior.coords)
    latitude, longitude = from_track(track, ring[:, 0], ring[:, 1])
    longitude = np.degrees(np.unwrap(np.radians(longitude)))
    longitude[-1], latitude[-1] = longitude[0], latitude[0]
    return tuple((float(x), float(y)) for x, y in zip(longitude, latitude, strict=True))


def direction_of(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> FloatArray:
    """Geocentric unit vector of a geodetic place on the ellipsoid, shape (..., 3)."""
    squash = (1.0 - WGS84_FLATTENING) ** 2
    latitude = np.radians(np.asarray(latitude_deg, dtype=float))
    geocentric = np.arctan2(squash * np.sin(latitude), np.cos(latitude))
    longitude = np.radians(np.asarray(longitude_deg, dtype=float))
    c = np.cos(geocentric)
    return np.stack(np.broadcast_arrays(c * np.cos(longitude), c * np.sin(longitude), np.sin(geocentric)), axis=-1)


def place_of(direction: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Inverse of ``_direction``; any length."""
    squash = (1.0 - WGS84_FLATTENING) ** 2
    latitude = np.arctan2(direction[..., 2], squash * np.hypot(direction[..., 0], direction[..., 1]))
    return np.degrees(latitude), np.degrees(np.arctan2(direction[..., 1], direction[..., 0]))


def _turn(vector: FloatArray, angle: FloatArray) -> FloatArray:
    """Rotate by an angle about the Earth's axis, shape (..., 3)."""
    c, s = np.cos(angle), np.sin(angle)
    x, y = vector[..., 0], vector[..., 1]
    return np.stack([c * x - s * y, s * x + c * y, vector[..., 2]], axis=-1)
