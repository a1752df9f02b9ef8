"""How many people live where: persons per quarter degree in any year from 2000 to 2050.

Each degree of latitude holds the persons of GPWv4.11 for 2020 and grows with the SSP2 projection for 2030 (figures in
``data/population_by_latitude.csv``); within a degree people are placed by the populated places of GeoNames
(``tools/reduce_population.py`` tells how), and by a list of islands that have none. Growth after 2020 is geometric: the
factor of ten years to the power of the elapsed decades. Before 2020, for the sake of past re-entries, all degrees
follow the world total of the United Nations.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import WorldError

__all__ = ["Population", "PopulationGrid", "cell_area_km2", "density_per_km2", "load_population"]

FloatArray = NDArray[np.float64]

STEP_DEG = 0.25
ROWS_PER_BAND = 4
NLAT, NLON = 720, 1440
BASE_YEAR, NEXT_YEAR = 2020.0, 2030.0
FIRST_YEAR, LAST_YEAR = 2000.0, 2050.0
# United Nations, World Population Prospects 2019: persons on Earth on 1 July
WORLD_BEFORE = {2000: 6_143_493_823, 2005: 6_541_907_027, 2010: 6_956_823_603, 2015: 7_379_797_139, 2020: 7_794_798_739}
LOG_STEP, SMALLEST = 0.01, 1e-4  # as written by tools/reduce_population.py
WGS84_A_KM = 6378.137  # NGA.STND.0036 (2014), table 3.1
WGS84_E = 8.1819190842621e-2  # NGA.STND.0036 (2014), table 3.5: first eccentricity


class PopulationGrid(NamedTuple):
    """Persons per cell in one year.

    Attributes:
        step_deg: size of a cell in latitude and longitude.
        south_deg, west_deg: corner of cell (0, 0); rows go north, columns east.
        persons: shape (nlat, nlon).
    """

    step_deg: float
    south_deg: float
    west_deg: float
    persons: FloatArray


@dataclass(frozen=True)
class Population:
    """People of the Earth; made by :func:`load_population`.

    Attributes:
        share: shape (720, 1440), part of its degree of latitude that lives in each cell; row 0 in the south.
        persons_2020: shape (180,), persons per degree of latitude from the south pole.
        growth_2030: shape (180,), persons of 2030 over persons of 2020.
    """

    share: FloatArray
    persons_2020: FloatArray
    growth_2030: FloatArray

    def by_latitude(self, year: float) -> FloatArray:
        """Persons per degree of latitude.

        Args:
            year: calendar year with fraction, 2000..2050.

        Returns:
            Shape (180,); element 0 is 90 S to 89 S.

        Raises:
            WorldError: the year is outside the data.
        """
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise WorldError(f"population asked for in {year:g}", f"{FIRST_YEAR:.0f}-01-01", f"{LAST_YEAR:.0f}-01-01")
        if year < BASE_YEAR:
            earlier = np.interp(year, list(WORLD_BEFORE), np.log(list(WORLD_BEFORE.values())))
            return self.persons_2020 * np.exp(earlier) / WORLD_BEFORE[int(BASE_YEAR)]
        return self.persons_2020 * self.growth_2030 ** ((year - BASE_YEAR) / (NEXT_YEAR - BASE_YEAR))

    def grid(self, year: float) -> PopulationGrid:
        """Persons per quarter-degree cell; ``year`` and errors as for :meth:`by_latitude`."""
        bands = np.repeat(self.by_latitude(year), ROWS_PER_BAND)
        return PopulationGrid(STEP_DEG, -90.0, -180.0, self.share * bands[:, None])

    def world_total(self, year: float) -> float:
        """Persons on Earth; ``year`` and errors as for :meth:`by_latitude`."""
        return float(self.by_latitude(year).sum())


def cell_area_km2(south_deg: ArrayLike, north_deg: ArrayLike, width_deg: float) -> FloatArray:
    """Area of cells between two parallels on the WGS 84 ellipsoid.

    Snyder (1987), USGS Professional Paper 1395, eq. 3-12: the area south of a parallel is a^2 q / 2 per radian.

    Args:
        south_deg, north_deg: geodetic latitudes of the two edges, any equal shapes.
        width_deg: extent in longitude.

    Returns:
        Square kilometres, same shape.
    """

    def authalic_q(latitude_deg: ArrayLike) -> FloatArray:
        s = np.sin(np.radians(np.asarray(latitude_deg, dtype=float)))
        es = WGS84_E * s
        return (1.0 - WGS84_E**2) * (s / (1.0 - es**2) + np.arctanh(es) / WGS84_E)

    half = 0.5 * WGS84_A_KM**2 * np.radians(width_deg)
    return half * (authalic_q(north_deg) - authalic_q(south_deg))


def density_per_km2(grid: PopulationGrid, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> FloatArray:
    """Persons per square kilometre of the cell that each point lies in (sea and land of the cell together).

    Args:
        grid: persons per cell, covering the whole Earth.
        latitude_deg, longitude_deg: geodetic degrees, equal shapes; longitudes of any turn.

    Returns:
        Same shape.
    """
    latitude = np.asarray(latitude_deg, dtype=float)
    longitude = np.asarray(longitude_deg, dtype=float)
    nlat, nlon = grid.persons.shape
    row = np.clip(((latitude - grid.south_deg) / grid.step_deg).astype(np.int64), 0, nlat - 1)
    column = (np.floor((longitude - grid.west_deg) / grid.step_deg).astype(np.int64)) % nlon
    south = grid.south_deg + row * grid.step_deg
    return grid.persons[row, column] / cell_area_km2(south, south + grid.step_deg, grid.step_deg)


def load_population() -> Population:
    """Read the population shipped with the package.

    Returns:
        A frozen value: shares of each cell in its degree of latitude, and totals and growth of the degrees.
    """
    folder = files("pointnemo.world") / "data"
    with (folder / "population_by_latitude.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    bands = np.array([float(row["persons_2020"]) for row in rows])[::-1]
    growth = np.array([float(row["ratio_2030_2020"] or 1.0) for row in rows])[::-1]
    with np.load(str(folder / "population.npz")) as file:
        inhabited = np.unpackbits(file["inhabited"]).astype(bool).reshape(NLAT, NLON)
        persons = np.zeros((NLAT, NLON))
        persons[inhabited] = SMALLEST * np.exp(LOG_STEP * file["log_persons"])
    with (folder / "population_islands.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            north, east = float(row["latitude_deg"]) + 90.0, float(row["longitude_deg"]) + 180.0
            persons[int(north / STEP_DEG), int(east / STEP_DEG)] += float(row["persons"])
    total = np.repeat(persons.reshape(180, -1).sum(axis=1), ROWS_PER_BAND)[:, None]
    share = np.divide(persons, total, out=np.zeros_like(persons), where=total > 0)
    return Population(share, bands, growth)
