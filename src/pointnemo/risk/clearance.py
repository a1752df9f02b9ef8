"""How far from land, and from Antarctic ice, the surviving fragments fall."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pointnemo.results import Impacts, LandClearance, Place
from pointnemo.world.land import Land

__all__ = ["land_clearance", "land_clearance_of_place"]

FloatArray = NDArray[np.float64]

CELL_DEG = 0.1
CELL_KM = 16.0  # more than the diagonal of a cell
TURN = 1 << 12  # more than the cells of a parallel


def land_clearance(impacts: Impacts, dangerous: NDArray[np.bool_], land: Land) -> LandClearance:
    """The least distance between any dangerous fragment and land, the quantity of NASA-STD-8719.14C 4.7-1b.

    Every flown fragment counts, however few real ones it stands for: the extremes of a sample lie inside those of
    the truth, so leaving any out would make the distance look larger than it is.

    Args:
        impacts: fragments at the ground.
        dangerous: shape (n,), True for fragments that survive with enough energy; at least one.
        land: where land is.

    Returns:
        The distance, the land and the fragment; 0 km for a fragment on land.
    """
    rows = np.nonzero(dangerous)[0]
    latitude, longitude = impacts.latitude_deg[rows], impacts.longitude_deg[rows]
    worst, _ = _closest(latitude, longitude, land.distance_km)
    row = rows[worst]
    what = f"{impacts.elements[impacts.element[row]]}: {impacts.classes[impacts.fragment_class[row]]}"
    _, ice_km = _closest(latitude, longitude, land.antarctic_ice_distance_km)
    return _clearance(float(latitude[worst]), float(longitude[worst]), what, ice_km, land)


def _closest(
    latitude_deg: FloatArray, longitude_deg: FloatArray, distance_km: Callable[[FloatArray, FloatArray], FloatArray]
) -> tuple[int, float]:
    """Index and distance of the point with the least distance.

    Points are gathered in small cells. One point of each is measured first; only cells that could hold a nearer one
    are then measured in full, so that millions of points cost no more than their footprint is large.
    """
    row = np.floor(latitude_deg / CELL_DEG)
    column = np.floor(longitude_deg % 360.0 / CELL_DEG)
    _, first, member = np.unique((row * TURN + column).astype(np.int64), return_index=True, return_inverse=True)
    of_cell = distance_km(latitude_deg[first], longitude_deg[first])
    possible = np.nonzero((of_cell <= of_cell.min() + CELL_KM)[member])[0]
    exact = distance_km(latitude_deg[possible], longitude_deg[possible])
    best = int(exact.argmin())
    return int(possible[best]), float(exact[best])


def land_clearance_of_place(place: Place, land: Land) -> LandClearance:
    """Distance between one place and land, where there is no dangerous fragment to measure from.

    Args:
        place: for example the centre of all impacts.
        land: where land is.

    Returns:
        The distance, the land and the place itself.
    """
    ice_km = float(land.antarctic_ice_distance_km(place.latitude_deg, place.longitude_deg))
    return _clearance(place.latitude_deg, place.longitude_deg, place.name, ice_km, land)


def _clearance(latitude_deg: float, longitude_deg: float, what: str, ice_km: float, land: Land) -> LandClearance:
    nearest = land.nearest(latitude_deg, longitude_deg)
    return LandClearance(
        distance_km=nearest.distance_km,
        land=Place(latitude_deg=nearest.latitude_deg, longitude_deg=nearest.longitude_deg, name=nearest.name),
        fragment=Place(latitude_deg=latitude_deg, longitude_deg=longitude_deg, name=what),
        antarctic_ice_distance_km=ice_km,
    )
