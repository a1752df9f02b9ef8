"""Where land is, and how far away: coasts to about 1 km, islets of the emptiest sea, Antarctic ice with its shelves.

Cells of 0.05 degrees are land if any part of them is (GLOBE 1 km mask joined with Natural Earth 1:10m); each coastal
cell carries the extent of its land to 1/120 degree, and islets missing from both maps are points of a typed list.
Distances are geodesics on WGS 84 (Karney 2013, through pyproj) to the nearest edge of that extent, so they err on the
near side, by about 1 km.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from scipy.spatial import KDTree

__all__ = ["Coast", "Islet", "Land", "Nearest", "edge_cells", "load_land"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

CELLS_PER_DEG = 20
NLAT, NLON = 180 * CELLS_PER_DEG, 360 * CELLS_PER_DEG
SUBCELLS = 6  # the extent of land in a coastal cell is kept to 1/120 degree
ANTARCTIC_LIMIT_DEG = -60.0  # Antarctic Treaty, article VI
NAME_RADIUS_KM = 30.0  # an islet gives its name to land this near to it
CANDIDATES = 8  # coastal extents compared per point: the nearest centre need not have the nearest edge
WGS84_A_KM = 6378.137  # NGA.STND.0036 (2014), table 3.1
WGS84_E2 = 6.69437999014e-3  # NGA.STND.0036 (2014), table 3.5: first eccentricity squared


class Islet(NamedTuple):
    """A named island: a point on its land, the group it belongs to and where the position comes from."""

    name: str
    latitude_deg: float
    longitude_deg: float
    group: str
    source: str


class Nearest(NamedTuple):
    """The nearest land to a point: geodesic distance (0 on land), that land's position and its name or ``""``."""

    distance_km: float
    latitude_deg: float
    longitude_deg: float
    name: str


@dataclass(frozen=True)
class Coast:
    """Extents of land that a distance is measured to.

    Attributes:
        south_deg, north_deg, west_deg, east_deg: shape (n,), each extent; south = north for a point.
        tree: k-d tree of their centres, Earth-fixed km: the straight chord on the ellipsoid orders points as the
            geodesic does to 0.2 km at 2,700 km, where a sphere errs by up to 9 km.
    """

    south_deg: FloatArray
    north_deg: FloatArray
    west_deg: FloatArray
    east_deg: FloatArray
    tree: KDTree


@dataclass(frozen=True)
class Land:
    """Land, ice shelves and coasts of the Earth; made by :func:`load_land`.

    Attributes:
        land: shape (3600, 7200), True where a 0.05 degree cell holds land; row 0 at the north pole, column 0 at 180 W.
        shelf: shape (600, 7200), floating Antarctic ice in the rows south of 60 S.
        coast: extents of all land.
        ice: extents of Antarctic land and shelves.
        islands: the typed list of islets.
        country_index: shape (360, 720), half-degree cells, index into ``country_names``.
        country_names: ``""`` first.
    """

    land: BoolArray
    shelf: BoolArray
    coast: Coast
    ice: Coast
    islands: tuple[Islet, ...]
    country_index: NDArray[np.uint8]
    country_names: tuple[str, ...]

    def is_land(self, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> BoolArray:
        """True for points in a cell that holds land (coastal waters within that cell included).

        Args:
            latitude_deg, longitude_deg: geodetic degrees, any equal shapes; longitudes of any turn.

        Returns:
            Booleans of that shape.
        """
        row, column = _cell(np.asarray(latitude_deg, float), np.asarray(longitude_deg, float))
        return self.land[row, column]

    def is_antarctic_ice(self, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> BoolArray:
        """True for points on land or floating ice shelves south of 60 S; arguments as for :meth:`is_land`."""
        latitude = np.asarray(latitude_deg, float)
        row, column = _cell(latitude, np.asarray(longitude_deg, float))
        first = NLAT - len(self.shelf)
        on_shelf = self.shelf[np.maximum(row - first, 0), column] & (row >= first)
        return (latitude <= ANTARCTIC_LIMIT_DEG) & (self.land[row, column] | on_shelf)

    def distance_km(self, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> FloatArray:
        """Geodesic distance to the nearest land, Antarctica included, ice shelves not.

        Args:
            latitude_deg, longitude_deg: geodetic degrees, equal shapes.

        Returns:
            Kilometres, same shape; 0 on land.
        """
        distance, _, _ = self.nearest_point(latitude_deg, longitude_deg)
        return distance

    def antarctic_ice_distance_km(self, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> FloatArray:
        """Geodesic distance to the nearest permanent Antarctic ice: land south of 60 S and the ice shelves.

        Args:
            latitude_deg, longitude_deg: geodetic degrees, equal shapes.

        Returns:
            Kilometres, same shape; 0 on the ice.
        """
        latitude, longitude = np.broadcast_arrays(np.asarray(latitude_deg, float), np.asarray(longitude_deg, float))
        distance, _, _ = _nearest(self.ice, latitude.ravel(), longitude.ravel())
        return np.where(self.is_antarctic_ice(latitude, longitude), 0.0, distance.reshape(latitude.shape))

    def nearest_point(
        self, latitude_deg: ArrayLike, longitude_deg: ArrayLike
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Distance to and position of the nearest land.

        Args:
            latitude_deg, longitude_deg: geodetic degrees, equal shapes.

        Returns:
            Kilometres (0 on land), latitude and longitude of that land in degrees (the point itself on land), each of
            the shape of the arguments.
        """
        latitude, longitude = np.broadcast_arrays(np.asarray(latitude_deg, float), np.asarray(longitude_deg, float))
        distance, land_lat, land_lon = _nearest(self.coast, latitude.ravel(), longitude.ravel())
        inland = self.is_land(latitude, longitude)
        return (
            np.where(inland, 0.0, distance.reshape(latitude.shape)),
            np.where(inland, latitude, land_lat.reshape(latitude.shape)),
            np.where(inland, _wrapped(longitude), land_lon.reshape(latitude.shape)),
        )

    def nearest(self, latitude_deg: float, longitude_deg: float) -> Nearest:
        """The nearest land to one point, with its name.

        Args:
            latitude_deg, longitude_deg: geodetic degrees.

        Returns:
            The name is that of a listed islet within 30 km of that land, else the country's, else ``""``.
        """
        distance, latitude, longitude = (float(x) for x in self.nearest_point(latitude_deg, longitude_deg))
        return Nearest(distance, latitude, longitude, self.name(latitude, longitude))

    def name(self, latitude_deg: float, longitude_deg: float) -> str:
        """Name of the land at a point: an islet within 30 km, else Antarctica or the country, else ``""``."""
        points = np.array([(islet.latitude_deg, islet.longitude_deg) for islet in self.islands])
        there = np.full(len(points), latitude_deg), np.full(len(points), longitude_deg)
        distance = _geodesic_km(*there, points[:, 0], points[:, 1])
        closest = int(distance.argmin())
        if distance[closest] <= NAME_RADIUS_KM:
            return self.islands[closest].name
        if latitude_deg <= ANTARCTIC_LIMIT_DEG:
            return "Antarctica"
        rows, columns = self.country_index.shape
        row = min(rows - 1, int((90.0 - latitude_deg) / 180.0 * rows))
        column = int((longitude_deg + 180.0) / 360.0 * columns) % columns
        return self.country_names[int(self.country_index[row, column])]

    def coastlines(self) -> list[FloatArray]:
        """Coastlines for maps: Natural Earth 1:50m, simplified to 0.04 degrees, cut at the 180th meridian.

        Returns:
            Arrays (n, 2) of longitude and latitude in degrees; read from the package on each call.
        """
        with np.load(_data("coastlines.npz")) as file:
            points = file["points"].astype(float) / 100.0
            return list(np.split(points, np.cumsum(file["lengths"])[:-1]))


def load_land() -> Land:
    """Read the land data shipped with the package (0.4 MB) and build the search trees, in about half a second.

    Returns:
        A frozen value without further input or output, safe to share between threads.
    """
    with np.load(_data("land.npz")) as file:
        land = np.unpackbits(file["land"]).reshape(NLAT, NLON).view(np.bool_)
        shelf = np.unpackbits(file["shelf"]).reshape(-1, NLON).view(np.bool_)
        extent = file["extent"]
        country_index = file["country"]
        country_names = tuple(str(name) for name in file["country_name"])
    islands = _read_islets()
    coastal = np.stack(np.nonzero(edge_cells(land)), axis=1)
    south, north, west, east = _extents(coastal, extent)
    points = np.array([(islet.latitude_deg, islet.longitude_deg) for islet in islands])
    coast = _coast(
        np.concatenate([south, points[:, 0]]),
        np.concatenate([north, points[:, 0]]),
        np.concatenate([west, points[:, 1]]),
        np.concatenate([east, points[:, 1]]),
    )
    antarctic = coast.north_deg <= ANTARCTIC_LIMIT_DEG
    ice_edge = np.stack(np.nonzero(edge_cells(shelf)), axis=1) + np.array([NLAT - len(shelf), 0])
    whole = np.full(len(ice_edge), (SUBCELLS - 1) * SUBCELLS**2 + SUBCELLS - 1)  # all six rows, all six columns
    ice_parts = zip(
        (coast.south_deg, coast.north_deg, coast.west_deg, coast.east_deg), _extents(ice_edge, whole), strict=True
    )
    ice = _coast(*(np.concatenate([of_land[antarctic], of_shelf]) for of_land, of_shelf in ice_parts))
    return Land(land, shelf, coast, ice, islands, country_index, country_names)


def _data(name: str) -> str:
    return str(files("pointnemo.world") / "data" / name)


def _read_islets() -> tuple[Islet, ...]:
    with open(_data("islets.csv"), encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return tuple(
            Islet(row["name"], float(row["latitude_deg"]), float(row["longitude_deg"]), row["group"], row["source"])
            for row in rows
        )


def _wrapped(longitude_deg: FloatArray) -> FloatArray:
    """Longitude in -180 <= x < 180 degrees."""
    return (longitude_deg + 180.0) % 360.0 - 180.0


def _cell(latitude_deg: FloatArray, longitude_deg: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row (from the north) and column (from 180 W) of the 0.05 degree cell of each point."""
    row = np.clip(((90.0 - latitude_deg) * CELLS_PER_DEG).astype(np.int64), 0, NLAT - 1)
    column = ((_wrapped(longitude_deg) + 180.0) * CELLS_PER_DEG).astype(np.int64) % NLON
    return row, column


def edge_cells(cells: BoolArray) -> BoolArray:
    """Cells with at least one of the eight neighbours not set: the coast of a map of the whole Earth or a part of it.

    Args:
        cells: shape (rows, columns); columns close around the Earth, the first and last row border on themselves.

    Returns:
        Same shape.
    """
    wide = np.pad(cells, ((1, 1), (0, 0)), mode="edge")
    column = wide[:-2] & cells & wide[2:]
    wide = np.pad(column, ((0, 0), (1, 1)), mode="wrap")
    return cells & ~(wide[:, :-2] & column & wide[:, 2:])


def _extents(
    cells: NDArray[np.int64], packed: NDArray[np.integer]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """South, north, west, east in degrees of the land in each cell.

    Args:
        cells: shape (n, 2), row and column.
        packed: shape (n,), first and last sub-row, first and last sub-column with land, as digits in base 6.
    """
    digits = packed.astype(np.int64)
    first_row, last_row = digits // SUBCELLS**3, digits // SUBCELLS**2 % SUBCELLS
    first_column, last_column = digits // SUBCELLS % SUBCELLS, digits % SUBCELLS
    north = 90.0 - (cells[:, 0] + first_row / SUBCELLS) / CELLS_PER_DEG
    south = 90.0 - (cells[:, 0] + (last_row + 1) / SUBCELLS) / CELLS_PER_DEG
    west = -180.0 + (cells[:, 1] + first_column / SUBCELLS) / CELLS_PER_DEG
    east = -180.0 + (cells[:, 1] + (last_column + 1) / SUBCELLS) / CELLS_PER_DEG
    return south, north, west, east


def _coast(south_deg: FloatArray, north_deg: FloatArray, west_deg: FloatArray, east_deg: FloatArray) -> Coast:
    from scipy.spatial import KDTree

    centres = _earth_fixed_km((south_deg + north_deg) / 2, (west_deg + east_deg) / 2)
    return Coast(south_deg, north_deg, west_deg, east_deg, KDTree(centres, compact_nodes=False, balanced_tree=False))


def _earth_fixed_km(latitude_deg: FloatArray, longitude_deg: FloatArray) -> FloatArray:
    """Earth-fixed position on the WGS 84 ellipsoid, last axis x, y, z."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    normal = WGS84_A_KM / np.sqrt(1.0 - WGS84_E2 * np.sin(latitude) ** 2)
    across = normal * np.cos(latitude)
    return np.stack(
        [across * np.cos(longitude), across * np.sin(longitude), normal * (1.0 - WGS84_E2) * np.sin(latitude)], axis=-1
    )


def _geodesic_km(lat1_deg: FloatArray, lon1_deg: FloatArray, lat2_deg: FloatArray, lon2_deg: FloatArray) -> FloatArray:
    """Length of the geodesic on WGS 84 between pairs of points."""
    from pyproj import Geod

    _, _, distance_m = Geod(ellps="WGS84").inv(lon1_deg, lat1_deg, lon2_deg, lat2_deg)
    return np.asarray(distance_m, dtype=float) / 1e3


def _nearest(
    coast: Coast, latitude_deg: FloatArray, longitude_deg: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distance to and position of the nearest extent of ``coast`` for each point; all of shape (n,)."""
    here = _earth_fixed_km(latitude_deg, longitude_deg)
    _, candidate = coast.tree.query(here, k=CANDIDATES)
    south, north = coast.south_deg[candidate], coast.north_deg[candidate]
    west, east = coast.west_deg[candidate], coast.east_deg[candidate]
    # the point of the extent nearest in latitude and longitude; exact enough, as extents are below 6 km
    latitude = np.clip(latitude_deg[:, None], south, north)
    middle = (west + east) / 2
    longitude = middle + np.clip(_wrapped(longitude_deg[:, None] - middle), west - middle, east - middle)
    chord = np.linalg.norm(_earth_fixed_km(latitude, longitude) - here[:, None, :], axis=2)
    best = chord.argmin(axis=1)[:, None]
    land_lat = np.take_along_axis(latitude, best, axis=1)[:, 0]
    land_lon = np.take_along_axis(longitude, best, axis=1)[:, 0]
    return _geodesic_km(latitude_deg, longitude_deg, land_lat, land_lon), land_lat, _wrapped(land_lon)
