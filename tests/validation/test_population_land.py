"""Population and land against published grids and figures; casualty arithmetic is in ``test_risk.py``."""

from __future__ import annotations

import json
import lzma
import struct
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from pointnemo.world.land import load_land
from pointnemo.world.population import Population, load_population

pytestmark = pytest.mark.validation

Figure = Callable[..., None]

GPW = "GPWv4.11 UN-WPP-adjusted count 2020, 30 minutes (CIESIN)"
UNADJUSTED = "GPWv4.11 count 2020 not adjusted to the United Nations, 1 degree (CIESIN)"
SSP2 = "SSP2 projection for 2030 (Jones and O'Neill, SEDAC)"


@pytest.fixture(scope="module")
def population() -> Population:
    return load_population()


@pytest.fixture(scope="module")
def gpw_2020(reference_data: Path) -> np.ndarray:
    """Persons per half degree, row 0 in the south."""
    path = reference_data / "population" / "gpw_v4_unwpp_adjusted_count_2020_30_min.ssv.xz"
    with lzma.open(path, "rt") as file:
        grid = np.loadtxt(file)
    return np.where(grid < 0, 0.0, grid)[::-1]


def ssp2_2030(reference_data: Path) -> np.ndarray:
    """Persons per cell, 192 x 288 from the south: the one contiguous array of that size in the HDF5 file.

    HDF5 file format 3.0, IV.A.2.i: version 3, class 1, then address and size of the data, eight bytes each.
    """
    data = (reference_data / "population" / "ssp2_2030_regrid_cesm2_0.94x1.25deg.nc").read_bytes()
    size = struct.pack("<Q", 192 * 288 * 4)
    at = data.index(size)
    assert data[at - 10 : at - 8] == bytes([3, 1])
    (address,) = struct.unpack("<Q", data[at - 8 : at])
    persons = np.frombuffer(data, "<f4", 192 * 288, address).reshape(192, 288).astype(float)
    return np.where(np.isfinite(persons) & (persons > 0), persons, 0.0)


def blocks(persons: np.ndarray, step_deg: float, size_deg: float) -> np.ndarray:
    k = round(size_deg / step_deg)
    return persons.reshape(persons.shape[0] // k, k, persons.shape[1] // k, k).sum(axis=(1, 3))


def test_world_total_2020(population: Population, gpw_2020: np.ndarray, figure: Figure) -> None:
    miss = abs(population.grid(2020.0).persons.sum() / gpw_2020.sum() - 1.0)
    figure("population.world_2020", 100 * miss, 1.0, "%", GPW)


def test_latitude_bands_2020(population: Population, gpw_2020: np.ndarray, figure: Figure) -> None:
    """Bands of a degree with more than 10,000 people."""
    ours = population.grid(2020.0).persons.reshape(180, -1).sum(axis=1)
    theirs = gpw_2020.reshape(180, -1).sum(axis=1)
    full = theirs > 1e4
    miss = np.abs(ours[full] / theirs[full] - 1.0)
    figure("population.worst_latitude_band_2020", 100 * miss.max(), 2.0, "%", GPW)


def test_world_total_2030(population: Population, reference_data: Path, figure: Figure) -> None:
    ours, theirs = population.world_total(2030.0), ssp2_2030(reference_data).sum()
    assert theirs == pytest.approx(8.290e9, rel=1e-3), "the reference file is not read as its index says"
    figure("population.world_2030", 100 * abs(ours / theirs - 1.0), 3.0, "%", SSP2)


def test_wide_latitude_bands_2030(population: Population, reference_data: Path, figure: Figure) -> None:
    """Bands of 15 degrees with more than 10 million people: the growth figures are averages over 7 degrees."""
    ours = population.by_latitude(2030.0)
    south = np.linspace(-90.0, 90.0, 193)
    cumulated = np.interp(
        np.arange(-90.0, 91.0, 15.0), south, np.append(0.0, ssp2_2030(reference_data).sum(axis=1).cumsum())
    )
    theirs = np.diff(cumulated)
    full = theirs > 1e7
    miss = np.abs(ours.reshape(12, 15).sum(axis=1)[full] / theirs[full] - 1.0)
    figure("population.bands_15deg_2030_median", 100 * float(np.median(miss)), 5.0, "%", SSP2)


@pytest.mark.parametrize(("half", "columns"), [("west, fitted", slice(0, 36)), ("east, not fitted", slice(36, 72))])
def test_people_are_where_they_live(
    population: Population, gpw_2020: np.ndarray, figure: Figure, half: str, columns: slice
) -> None:
    """Cells of 5 degrees with more than a million people: median error, and error weighted by people."""
    ours = blocks(population.grid(2020.0).persons, 0.25, 5.0)[:, columns]
    theirs = blocks(gpw_2020, 0.5, 5.0)[:, columns]
    full = theirs > 1e6
    assert full.sum() > 100
    miss = np.abs(ours[full] / theirs[full] - 1.0)
    weighted = np.abs(ours[full] - theirs[full]).sum() / theirs[full].sum()
    figure(f"population.cells_5deg_median ({half})", 100 * np.median(miss), 35.0, "%", GPW)
    figure(f"population.cells_5deg_weighted ({half})", 100 * weighted, 35.0, "%", GPW)


def test_people_are_where_they_live_over_the_whole_earth(
    population: Population, gpw_2020: np.ndarray, figure: Figure
) -> None:
    """All cells of 5 degrees with more than a million people."""
    ours, theirs = blocks(population.grid(2020.0).persons, 0.25, 5.0), blocks(gpw_2020, 0.5, 5.0)
    full = theirs > 1e6
    miss = np.abs(ours[full] / theirs[full] - 1.0)
    figure("population.cells_5deg_median", 100 * np.median(miss), 35.0, "%", GPW)


def test_latitude_bands_against_the_unadjusted_count(
    population: Population, reference_data: Path, figure: Figure
) -> None:
    """The other count of the same project, of censuses alone: its difference is an error of the population."""
    path = reference_data / "population" / "gpw_v4_population_count_rev11_2020_1_deg.asc.xz"
    with lzma.open(path, "rt") as file:
        grid = np.loadtxt(file, skiprows=6)
    theirs = np.where(grid < 0, 0.0, grid)[::-1].sum(axis=1)
    ours = population.by_latitude(2020.0)
    assert len(theirs) == len(ours)
    full = theirs > 1e6
    figure("population.world_2020_unadjusted", 100 * abs(ours.sum() / theirs.sum() - 1.0), 5.0, "%", UNADJUSTED)
    median = float(np.median(np.abs(ours[full] / theirs[full] - 1.0)))
    figure("population.latitude_bands_2020_unadjusted_median", 100 * median, 5.0, "%", UNADJUSTED)


# Inhabited islands of the South Pacific by name: Pitcairn, Easter, Rapa, Chatham and others of the typed lists.
INHABITED = (
    "Pitcairn Island", "Easter Island", "Rapa", "Raivavae", "Tubuai", "Rurutu", "Rimatara", "Mangareva", "Tureia",
    "Reao", "Rarotonga", "Mangaia", "Palmerston", "Chatham Island", "Norfolk Island", "Lord Howe Island",
    "Robinson Crusoe Island",
)  # fmt: skip
EMPTY = (
    "Ducie Island", "Henderson Island", "Oeno Island", "Sala y Gomez", "Maher Island", "Bounty Islands",
    "Antipodes Island", "Campbell Island", "Auckland Island", "Macquarie Island", "Peter I Island", "Scott Island",
)  # fmt: skip


def people_around(persons: np.ndarray, step_deg: float, latitude_deg: float, longitude_deg: float) -> float:
    """People within a degree of latitude and of longitude."""
    rows = -90.0 + step_deg * (np.arange(persons.shape[0]) + 0.5)
    columns = -180.0 + step_deg * (np.arange(persons.shape[1]) + 0.5)
    near_row = np.abs(rows - latitude_deg) <= 1.0
    near_column = np.abs((columns - longitude_deg + 180.0) % 360.0 - 180.0) <= 1.0
    return float(persons[np.ix_(near_row, near_column)].sum())


@pytest.mark.parametrize("name", [*INHABITED, *EMPTY])
def test_islands_of_the_south_pacific_are_land_by_name(name: str) -> None:
    land = load_land()
    islet = next(islet for islet in land.islands if islet.name == name)
    nearest = land.nearest(islet.latitude_deg, islet.longitude_deg)
    assert (nearest.name, nearest.distance_km) == (name, 0.0)


def test_islands_of_the_south_pacific_hold_their_people(
    population: Population, gpw_2020: np.ndarray, figure: Figure
) -> None:
    """People within a degree: none where nobody lives, and within a factor of GPWv4.11 where somebody does.

    Seven of these islands have no place in GeoNames and take their number from GPWv4.11 itself: the factors of the
    others are what is tested.
    """
    ours = population.grid(2020.0).persons
    where = {islet.name: (islet.latitude_deg, islet.longitude_deg) for islet in load_land().islands}
    for name in EMPTY:
        assert people_around(ours, 0.25, *where[name]) == 0.0, name
    both = [(people_around(ours, 0.25, *where[n]), people_around(gpw_2020, 0.5, *where[n])) for n in INHABITED]
    ratio = np.array([max(a, b) / min(a, b) for a, b in both])
    listed = files("pointnemo.world") / "data" / "population_islands.csv"
    taken = {line.split(",")[0] for line in listed.read_text(encoding="utf-8").splitlines()}
    own = np.array([name not in taken for name in INHABITED])
    figure("population.south_pacific_islands_inhabited", sum(a > 0 for a, _ in both), len(INHABITED), "1", GPW, "min")
    figure("population.south_pacific_islands_worst_factor", ratio.max(), 3.0, "1", GPW)
    figure("population.south_pacific_islands_median_factor", float(np.median(ratio[own])), 2.0, "1", GPW)


def test_nearest_land_to_point_nemo(figure: Figure) -> None:
    nearest = load_land().nearest(-(48 + 52.6 / 60), -(123 + 23.6 / 60))
    figure("land.point_nemo_km", abs(nearest.distance_km - 2688.0), 5.0, "km", "H. Lukatela (1992): 2,688 km")


def test_land_agrees_with_natural_earth(reference_data: Path, figure: Figure) -> None:
    """Vertices of the 1:50m coastline are on our coast: 99 of 100 within 10 km."""
    path = reference_data / "population" / "natural_earth_topojson_land-50m.json.xz"
    topology = json.loads(lzma.decompress(path.read_bytes()))
    scale, origin = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    points = np.vstack([np.cumsum(np.array(arc), axis=0) * scale + origin for arc in topology["arcs"]])
    points = points[(np.abs(points[:, 0]) < 179.9) & (points[:, 1] > -89.0)][::5]
    distance = load_land().distance_km(points[:, 1], points[:, 0])
    figure("land.natural_earth_50m_p99", float(np.quantile(distance, 0.99)), 10.0, "km", "Natural Earth 1:50m")
