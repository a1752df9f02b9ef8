"""GeoJSON (RFC 7946): the re-entry footprint and the areas to be closed, written and read.

Positions are longitude, latitude in degrees on WGS 84 (RFC 7946, section 4). A line or polygon that crosses the
antimeridian is cut there into a MultiLineString or MultiPolygon whose parts do not cross it (section 3.1.9), and
exterior rings run counterclockwise (section 3.1.6). All is done by hand on unwrapped longitudes: a point's unwrapped
longitude is the one within half a turn of the point before it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, InputError
from pointnemo.results import HazardArea, Place, Plan, Skipped, Trajectory, Window

__all__ = [
    "KINDS",
    "FootprintFile",
    "HazardFile",
    "cut_line",
    "cut_polygon",
    "footprint_geojson",
    "hazard_geojson",
    "read_footprint",
    "read_hazard",
    "unwrapped",
]

FloatArray = NDArray[np.float64]
Position = list[float]

KINDS = ("footprint", "aim_point", "impact_centre", "heel", "toe", "track")
"""Every ``kind`` a feature may have."""

_DIGITS = 5  # 1e-5 deg is about a metre
_TRACK_S = 86400.0  # the last day
_LIMIT_BYTES = 50_000_000


# --- geometry ------------------------------------------------------------------------------------------------------


def unwrapped(longitude_deg: FloatArray) -> FloatArray:
    """Longitudes without jumps: each within half a turn of the one before it.

    Args:
        longitude_deg: shape (n,), any range.

    Returns:
        Shape (n,), starting in the same turn as the input.
    """
    return np.unwrap(np.asarray(longitude_deg, dtype=float), period=360.0)


def cut_line(longitude_deg: FloatArray, latitude_deg: FloatArray) -> list[list[Position]]:
    """A line cut at every crossing of the antimeridian.

    Args:
        longitude_deg: shape (n,), n >= 2.
        latitude_deg: shape (n,).

    Returns:
        Parts of at least two positions; longitudes in -180..180, each part on one side.
    """
    lon = unwrapped(longitude_deg)
    lat = np.asarray(latitude_deg, dtype=float)
    parts: list[list[Position]] = []
    part: list[Position] = []
    turn = _turn(lon[0])
    for i in range(len(lon)):
        if i and (here := _turn(lon[i])) != turn:
            step = 1 if here > turn else -1
            edge = 360.0 * turn + 180.0 * step  # unwrapped longitude of the crossing
            share = (edge - lon[i - 1]) / (lon[i] - lon[i - 1])
            crossing = float(lat[i - 1] + share * (lat[i] - lat[i - 1]))
            part.append(_position(180.0 * step, crossing))
            parts.append(part)
            part = [_position(-180.0 * step, crossing)]
            turn = here
        part.append(_position(lon[i] - 360.0 * turn, float(lat[i])))
    parts.append(part)
    return [_distinct(part) for part in parts if len(_distinct(part)) > 1]


def cut_polygon(longitude_deg: FloatArray, latitude_deg: FloatArray) -> list[list[Position]]:
    """A simple polygon without holes that does not enclose a pole, cut at the antimeridian.

    Args:
        longitude_deg: shape (n,), closed or open ring.
        latitude_deg: shape (n,).

    Returns:
        Closed rings, counterclockwise, longitudes in -180..180, each on one side. Lobes that are joined across the
        antimeridian only along it come out as rings that touch there.
    """
    from shapely import Polygon, box, get_parts
    from shapely.geometry.polygon import orient

    lon = unwrapped(longitude_deg)
    if abs(lon[-1] - lon[0]) > 180.0:
        raise ValueError("the polygon encloses a pole")
    shape = Polygon(np.column_stack([lon, latitude_deg]))
    if not shape.is_valid:
        shape = shape.buffer(0)  # a ring that touches itself; buffer(0) keeps the area it encloses
    rings: list[list[Position]] = []
    for turn in range(_turn(float(lon.min())), _turn(float(lon.max())) + 1):
        piece = shape.intersection(box(360.0 * turn - 180.0, -90.0, 360.0 * turn + 180.0, 90.0))
        for polygon in get_parts(piece):
            if polygon.geom_type == "Polygon" and not polygon.is_empty and polygon.area > 0:
                ring = orient(polygon, 1.0).exterior.coords
                rings.append([_position(x - 360.0 * turn, y) for x, y in ring])
    return rings


def _turn(longitude_deg: float) -> int:
    """Which turn an unwrapped longitude lies in; 0 for -180 <= longitude < 180."""
    return int(np.floor((longitude_deg + 180.0) / 360.0))


def _position(longitude_deg: float, latitude_deg: float) -> Position:
    return [round(float(longitude_deg), _DIGITS), round(float(latitude_deg), _DIGITS)]


def _distinct(part: Sequence[Position]) -> list[Position]:
    """Without positions that repeat the one before."""
    return [p for i, p in enumerate(part) if i == 0 or p != part[i - 1]]


# --- writing -------------------------------------------------------------------------------------------------------


def footprint_geojson(plan: Plan, trajectory: Trajectory | None) -> dict[str, Any]:
    """The footprint of a plan with what belongs to it.

    Args:
        plan: the document; stages that were skipped have no features.
        trajectory: the last days, whose last 24 hours become the track; None leaves the track out.

    Returns:
        A FeatureCollection; every feature has the property ``kind``, one of ``KINDS``.
    """
    features: list[dict[str, Any]] = []
    if not isinstance(plan.reenter, Skipped):
        f = plan.reenter.footprint
        lon, lat = np.array(f.polygon, dtype=float).T
        rings = cut_polygon(lon, lat)
        properties = {"level": f.level, "length_km": f.length_km.value, "width_km": f.width_km.value}
        features.append(_feature("footprint", _polygons(rings), properties))
        features.append(_point("impact_centre", plan.reenter.impact_centre))
        features += [_point("heel", f.heel), _point("toe", f.toe)]
    if not isinstance(plan.descend, Skipped) and plan.descend.targeting is not None:
        features.append(_point("aim_point", plan.descend.targeting.aim))
    if trajectory is not None and trajectory.tt_s.size > 1:
        last = trajectory.tt_s >= trajectory.tt_s[-1] - _TRACK_S
        parts = cut_line(trajectory.longitude_deg[last], trajectory.latitude_deg[last])
        if parts:
            features.append(_feature("track", _lines(parts), {"hours": _TRACK_S / 3600.0}))
    return {"type": "FeatureCollection", "features": features}


def hazard_geojson(
    areas: Sequence[HazardArea], backup: Sequence[HazardArea] = (), tracks: dict[str, FloatArray] | None = None
) -> dict[str, Any]:
    """The areas to be closed, for the primary and the backup window.

    Args:
        areas: of the primary window.
        backup: of the backup window.
        tracks: ground tracks by name, such as ``primary`` and ``backup``: shape (n, 2), longitude and latitude in
            degrees.

    Returns:
        A FeatureCollection; every area is a feature of kind ``hazard_area`` with its windows as properties.
    """
    features: list[dict[str, Any]] = []
    for opportunity, some in (("primary", areas), ("backup", backup)):
        for area in some:
            lon, lat = np.array(area.polygon, dtype=float).T
            told = area.model_dump(mode="json", exclude={"polygon", "id"})
            properties = {"opportunity": opportunity, "id": area.id, **told}
            features.append(_feature("hazard_area", _polygons(cut_polygon(lon, lat)), properties))
    for name, track in (tracks or {}).items():
        parts = cut_line(track[:, 0], track[:, 1]) if len(track) > 1 else []
        if parts:
            features.append(_feature("track", _lines(parts), {"opportunity": name}))
    return {"type": "FeatureCollection", "features": features}


def _feature(kind: str, geometry: dict[str, Any], properties: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": {"kind": kind, **(properties or {})}}


def _point(kind: str, place: Place) -> dict[str, Any]:
    named = {"name": place.name} if place.name else {}
    geometry = {"type": "Point", "coordinates": _position(place.longitude_deg, place.latitude_deg)}
    return _feature(kind, geometry, named)


def _polygons(rings: list[list[Position]]) -> dict[str, Any]:
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": [rings[0]]}
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}


def _lines(parts: list[list[Position]]) -> dict[str, Any]:
    if len(parts) == 1:
        return {"type": "LineString", "coordinates": parts[0]}
    return {"type": "MultiLineString", "coordinates": parts}


# --- reading -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FootprintFile:
    """A footprint as read back.

    Attributes:
        polygons: closed rings, each shape (n, 2), longitude and latitude in degrees, on one side of the antimeridian.
        track: parts of the ground track, each shape (n, 2).
        points: single points by ``kind``.
    """

    polygons: tuple[FloatArray, ...]
    track: tuple[FloatArray, ...]
    points: dict[str, Place]


def read_footprint(path: str | Path) -> FootprintFile:
    """Read a ``footprint.geojson`` that ``footprint_geojson`` made, or another program in the same shape.

    Args:
        path: the file.

    Returns:
        Its polygons, track and points.

    Raises:
        InputError: not such a file; names every feature that cannot be used.
    """
    path, features = Path(path), _features(path, "footprint")
    polygons: list[FloatArray] = []
    track: list[FloatArray] = []
    points: dict[str, Place] = {}
    defects: list[Defect] = []
    for i, feature in enumerate(features):
        try:
            kind = feature["properties"]["kind"]
            shape, coordinates = feature["geometry"]["type"], feature["geometry"]["coordinates"]
            if kind == "footprint":
                nested = [coordinates] if shape == "Polygon" else coordinates
                polygons += [_positions(ring) for polygon in nested for ring in polygon[:1]]
            elif kind == "track":
                track += [_positions(part) for part in ([coordinates] if shape == "LineString" else coordinates)]
            elif kind in KINDS:
                ((lon, lat),) = _positions([coordinates])
                points[kind] = Place(
                    latitude_deg=lat, longitude_deg=lon, name=str(feature["properties"].get("name", ""))
                )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            defects.append(Defect(f"{path}, feature {i}", f"cannot be used: {str(error).splitlines()[0]}"))
    if defects:
        raise InputError("this footprint cannot be read", defects)
    return FootprintFile(tuple(polygons), tuple(track), points)


@dataclass(frozen=True)
class HazardFile:
    """Areas to be closed as read back.

    Attributes:
        polygons: by opportunity and id of the area: closed rings, each shape (n, 2), longitude and latitude in degrees,
            on one side of the antimeridian.
        windows: by opportunity and id.
        tracks: parts of the ground track by opportunity, each shape (n, 2).
    """

    polygons: dict[tuple[str, str], tuple[FloatArray, ...]]
    windows: dict[tuple[str, str], tuple[Window, ...]]
    tracks: dict[str, tuple[FloatArray, ...]]


def read_hazard(path: str | Path) -> HazardFile:
    """Read a ``hazard.geojson`` that ``hazard_geojson`` made, or another program in the same shape.

    Args:
        path: the file.

    Returns:
        Its areas, windows and tracks.

    Raises:
        InputError: not such a file; names every feature that cannot be used.
    """
    path, features = Path(path), _features(path, "file of hazard areas")
    polygons: dict[tuple[str, str], tuple[FloatArray, ...]] = {}
    windows: dict[tuple[str, str], tuple[Window, ...]] = {}
    tracks: dict[str, tuple[FloatArray, ...]] = {}
    defects: list[Defect] = []
    for i, feature in enumerate(features):
        try:
            told, geometry = feature["properties"], feature["geometry"]
            shape, coordinates = geometry["type"], geometry["coordinates"]
            if told["kind"] == "hazard_area":
                key = (str(told["opportunity"]), str(told["id"]))
                nested = [coordinates] if shape == "Polygon" else coordinates
                polygons[key] = tuple(_positions(ring) for polygon in nested for ring in polygon[:1])
                windows[key] = tuple(Window.model_validate(w) for w in told["windows"])
            elif told["kind"] == "track":
                parts = [coordinates] if shape == "LineString" else coordinates
                tracks[str(told["opportunity"])] = tuple(_positions(part) for part in parts)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            defects.append(Defect(f"{path}, feature {i}", f"cannot be used: {str(error).splitlines()[0]}"))
    if defects:
        raise InputError("this file of hazard areas cannot be read", defects)
    return HazardFile(polygons, windows, tracks)


def _features(path: str | Path, what_it_is: str) -> list[Any]:
    """The features of a collection; raises InputError where the file is none."""
    path = Path(path)
    try:
        if path.stat().st_size > _LIMIT_BYTES:
            raise ValueError(f"is larger than {_LIMIT_BYTES // 1_000_000} MB")
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
        if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
            raise ValueError("is not a GeoJSON FeatureCollection")
        features = document.get("features")
        if not isinstance(features, list):
            raise ValueError("has no list of features")
    except (OSError, ValueError, RecursionError) as error:
        what = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise InputError(f"this {what_it_is} cannot be read", [Defect(str(path), what)]) from error
    return features


def _no_constant(name: str) -> float:
    raise ValueError(f"holds {name}, which JSON does not know")


def _positions(rows: Any) -> FloatArray:
    """Positions as an array of shape (n, 2); heights are left out."""
    array = np.array([[float(row[0]), float(row[1])] for row in rows])
    if array.size == 0 or not np.isfinite(array).all():
        raise ValueError("a position is not two finite numbers")
    if (np.abs(array) > [180.0, 90.0]).any():
        raise ValueError("a position lies outside -180..180, -90..90")
    return array
