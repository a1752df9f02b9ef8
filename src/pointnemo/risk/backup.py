"""The areas to be closed if a backup pass is taken: those of the primary, carried over to where and when it would be.

The areas are turned on the sphere so that the way from heel to toe of the primary comes to lie on that of the backup,
drawn out along it where the backup's is longer (never drawn together), and given a margin; their windows are moved by
the difference of the two entries. Levels and confidence are those of the primary, which is flown with more runs than a
backup. They hold as far as the backup enters as the primary does: ``checked`` says how far, with runs of the backup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from pointnemo.errors import PointnemoError
from pointnemo.formats.outward import fewer_corners, ring_of
from pointnemo.results import HazardArea, Impacts, Opportunity, Place, Window
from pointnemo.risk.hazard_polygon import Ground
from pointnemo.world.land import Land

__all__ = ["backup_areas", "checked", "held", "windows_joined"]

FloatArray = NDArray[np.float64]

MARGIN_DEG = 0.1  # rhumb line and geodesic part by 8 km on a side of 600 km at 50 degrees: judgement
MOST_CORNERS = 10
POINTS_PER_SIDE = 16
MESH_DEG = 0.25
CHANCE = 0.05  # that so many runs fall outside although the level is right


def backup_areas(
    areas: Sequence[HazardArea], primary: Opportunity, backup: Opportunity, land: Land
) -> tuple[HazardArea, ...]:
    """Areas of a backup pass.

    Args:
        areas: of the primary pass.
        primary: with its entry, heel and toe.
        backup: likewise.
        land: for the distance to it.

    Returns:
        As many areas; none where one of the passes does not enter.

    Raises:
        PointnemoError: heel and toe of a pass are the same place.
    """
    if primary.entry_utc is None or backup.entry_utc is None:
        return ()
    later = _moment(backup.entry_utc) - _moment(primary.entry_utc)
    here, length = _frame(primary)
    there, wanted = _frame(backup)
    stretch = max(1.0, wanted / length)
    return tuple(_carried(area, here, there, stretch, later, backup, land) for area in areas)


def checked(
    areas: Sequence[HazardArea],
    impacts: Impacts,
    rows: Mapping[str, NDArray[np.bool_]],
    runs: int,
    shift_km: FloatArray,
    ground: Ground,
) -> tuple[HazardArea, ...]:
    """Areas with what runs of the pass itself say about them.

    Args:
        areas: carried over to the pass.
        impacts: pieces of runs that were flown from the entry of the pass.
        rows: by id of the area, shape (n,), pieces that must lie in it; areas without are left as they are.
        runs: number of runs.
        shift_km: shape (runs,), one draw for each run of what the errors of the burn move it along the track.
        ground: down-range and cross-range of the pass to latitude and longitude.

    Returns:
        The areas, with the share of the runs that lie wholly inside.
    """
    from shapely import Polygon, contains_xy

    latitude, longitude = ground(impacts.downrange_km + shift_km[impacts.run], impacts.crossrange_km)
    found = []
    for area in areas:
        if area.id not in rows:
            found.append(area)
            continue
        ring = ring_of(area.polygon)
        middle = float(ring[:, 0].mean())
        near = (longitude - middle + 180.0) % 360.0 - 180.0 + middle
        outside = rows[area.id] & ~contains_xy(Polygon(ring), near, latitude)
        inside = 1.0 - len(np.unique(impacts.run[outside])) / runs
        found.append(area.model_copy(update={"checked_runs": runs, "checked_inside": inside}))
    return tuple(found)


def held(area: HazardArea) -> bool:
    """Whether no more runs fall outside than chance allows where the area has its level; True where none was flown."""
    if area.checked_runs is None or area.checked_inside is None:
        return True
    outside = round((1.0 - area.checked_inside) * area.checked_runs)
    # probability that as many or more fall outside
    chance = 1.0 if outside == 0 else float(bdtrc(outside - 1, area.checked_runs, 1.0 - area.level))
    return chance > CHANCE


def windows_joined(area: HazardArea, flown: Sequence[Window]) -> HazardArea:
    """An area whose windows also hold those of the same layers that were flown."""
    by_layer = {window.layer: window for window in flown}

    def joined(window: Window) -> Window:
        other = by_layer.get(window.layer)
        if other is None:
            return window
        first, last = min(window.from_utc, other.from_utc, key=_moment), max(window.to_utc, other.to_utc, key=_moment)
        return window.model_copy(update={"from_utc": first, "to_utc": last})

    return area.model_copy(update={"windows": tuple(joined(window) for window in area.windows)})


def _carried(
    area: HazardArea,
    here: FloatArray,
    there: FloatArray,
    stretch: float,
    later: timedelta,
    backup: Opportunity,
    land: Land,
) -> HazardArea:
    from pyproj import Geod
    from shapely import Polygon

    border = _many(ring_of(area.polygon))
    local = _unit(border) @ here.T
    along, across = np.arctan2(local[:, 1], local[:, 0]) * stretch, np.arcsin(np.clip(local[:, 2], -1.0, 1.0))
    turned = _from_angles(along, across) @ there
    moved = ring_of(np.degrees(np.column_stack([np.arctan2(turned[:, 1], turned[:, 0]), np.arcsin(turned[:, 2])])))
    scale = np.array([max(float(np.cos(np.radians(moved[:, 1].mean()))), 0.05), 1.0])
    wider = Polygon(moved * scale).buffer(MARGIN_DEG, join_style="mitre")
    corners = fewer_corners(ring_of(np.asarray(wider.exterior.coords) / scale), MOST_CORNERS)
    size, _ = Geod(ellps="WGS84").polygon_area_perimeter(corners[:, 0], corners[:, 1])
    distance, nearest = _land(corners, land)
    margin_km = 2.0 * MARGIN_DEG * 111.2
    return area.model_copy(
        update={
            "text": f"{area.text}; carried over to the backup pass {backup.id}",
            "polygon": tuple((float(x), float(y)) for x, y in np.vstack([corners, corners[:1]])),
            "length_km": area.length_km * stretch + margin_km,
            "width_km": area.width_km + margin_km,
            "area_km2": abs(size) / 1e6,
            "land_distance_km": distance,
            "nearest_land": nearest,
            "windows": tuple(_later(window, later) for window in area.windows),
        }
    )


def _frame(opportunity: Opportunity) -> tuple[FloatArray, float]:
    """Axes of the way from heel to toe (rows: its middle, onwards, to the left), and its length in radians."""
    ends = np.array([(p.longitude_deg, p.latitude_deg) for p in (opportunity.heel, opportunity.toe)])
    heel, toe = _unit(ends)
    left = np.cross(heel, toe)
    sine = float(np.linalg.norm(left))
    if sine < 1e-6:
        raise PointnemoError(f"heel and toe of the pass {opportunity.id} are the same place: it has no direction")
    middle = (heel + toe) / np.linalg.norm(heel + toe)
    left = left / sine
    return np.array([middle, np.cross(left, middle), left], dtype=float), float(np.arctan2(sine, heel @ toe))


def _unit(places: FloatArray) -> FloatArray:
    """Unit vectors of longitude and latitude in degrees, shape (n, 2) to (n, 3)."""
    return _from_angles(np.radians(places[:, 0]), np.radians(places[:, 1]))


def _from_angles(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    flat = np.cos(latitude)
    return np.column_stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)])


def _many(ring: FloatArray) -> FloatArray:
    """Points along the sides, straight in longitude and latitude."""
    share = np.linspace(0.0, 1.0, POINTS_PER_SIDE, endpoint=False)[:, None]
    sides = zip(ring, np.roll(ring, -1, axis=0), strict=True)
    return np.vstack([a + share * (b - a) for a, b in sides])


def _land(corners: FloatArray, land: Land) -> tuple[float, Place]:
    """Least distance from the sides and the inside of an area to land, and that land."""
    import shapely

    low, high = corners.min(axis=0), corners.max(axis=0)
    x, y = np.meshgrid(np.arange(low[0], high[0], MESH_DEG), np.arange(low[1], high[1], MESH_DEG))
    inside = shapely.contains_xy(shapely.Polygon(corners), x, y)
    points = np.vstack([_many(corners), np.column_stack([x[inside], y[inside]])])
    distance, latitude, longitude = land.nearest_point(points[:, 1], (points[:, 0] + 180.0) % 360.0 - 180.0)
    worst = int(distance.argmin())
    at = float(latitude[worst]), float(longitude[worst])
    return float(distance[worst]), Place(latitude_deg=at[0], longitude_deg=at[1], name=land.name(*at))


def _moment(utc: str) -> datetime:
    return datetime.fromisoformat(utc.replace("Z", "+00:00"))


def _later(window: Window, later: timedelta) -> Window:
    """A window moved in time: its start back to the whole minute, its end on to it."""
    minute = timedelta(minutes=1)
    start, end = _moment(window.from_utc) + later, _moment(window.to_utc) + later
    start = start.replace(second=0, microsecond=0)
    whole = end.replace(second=0, microsecond=0)
    end = whole if whole == end else whole + minute
    form = "%Y-%m-%dT%H:%M:%SZ"
    return window.model_copy(update={"from_utc": start.strftime(form), "to_utc": end.strftime(form)})
