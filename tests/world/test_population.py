from __future__ import annotations

import numpy as np
import pytest

from pointnemo.errors import WorldError
from pointnemo.world.population import (
    Population,
    cell_area_km2,
    density_per_km2,
    load_population,
)


@pytest.fixture(scope="module")
def population() -> Population:
    return load_population()


def test_every_band_holds_exactly_its_people(population: Population) -> None:
    bands = population.grid(2020.0).persons.reshape(180, -1).sum(axis=1)
    np.testing.assert_allclose(bands, population.by_latitude(2020.0), rtol=1e-12)


def test_world_total_of_2020(population: Population) -> None:
    assert population.world_total(2020.0) == pytest.approx(7.758e9, rel=1e-3)
    assert population.grid(2020.0).persons.sum() == pytest.approx(population.world_total(2020.0))


def test_rows_run_from_the_south(population: Population) -> None:
    grid = population.grid(2020.0)
    assert (grid.step_deg, grid.south_deg, grid.west_deg) == (0.25, -90.0, -180.0)
    assert grid.persons.shape == (720, 1440)
    assert grid.persons[: 4 * 30].sum() == 0.0  # south of 60 S
    assert population.by_latitude(2020.0)[90:].sum() > 6e9  # the northern hemisphere


def test_growth_is_geometric_between_the_two_years(population: Population) -> None:
    middle = population.by_latitude(2025.0)
    ends = population.by_latitude(2020.0) * population.by_latitude(2030.0)
    np.testing.assert_allclose(middle**2, ends, rtol=1e-12)


def test_the_past_follows_the_united_nations_and_joins_2020(population: Population) -> None:
    total_2020 = population.world_total(2020.0)
    assert population.world_total(2010.0) / total_2020 == pytest.approx(6_956_823_603 / 7_794_798_739)
    years = np.array([population.world_total(2020.0 + step) for step in (-1e-6, 0.0, 1e-6)])
    np.testing.assert_allclose(years, total_2020, rtol=1e-7)


@pytest.mark.parametrize("year", [1999.9, 2050.1, float("nan")])
def test_a_year_outside_the_data_is_refused_with_the_interval(population: Population, year: float) -> None:
    with pytest.raises(WorldError) as caught:
        population.grid(year)
    assert caught.value.valid_from.startswith("2000")
    assert caught.value.valid_to.startswith("2050")


def test_big_cities_are_dense_and_the_sea_is_empty(population: Population) -> None:
    grid = population.grid(2020.0)
    city = density_per_km2(grid, [35.68, 19.07, -23.55, 40.71], [139.76, 72.88, -46.63, -74.0])
    assert (city > 2000.0).all()
    assert (density_per_km2(grid, [-45.0, 0.0, 89.9, -89.9], [-125.0, -140.0, 0.0, 0.0]) == 0.0).all()


def test_inhabited_islands_of_the_south_pacific_are_real(population: Population) -> None:
    grid = population.grid(2020.0)
    islands = density_per_km2(grid, [-27.15, -25.07, -43.95, -23.12], [-109.43, -130.10, -176.56, -134.97])
    assert (islands > 0.0).all()


def test_density_takes_longitudes_of_any_turn(population: Population) -> None:
    grid = population.grid(2020.0)
    here = density_per_km2(grid, 35.68, 139.76)
    assert density_per_km2(grid, 35.68, 139.76 - 360.0) == here
    assert density_per_km2(grid, 35.68, 139.76 + 360.0) == here


def test_area_of_the_whole_ellipsoid() -> None:
    assert cell_area_km2(-90.0, 90.0, 360.0) == pytest.approx(510_065_621.7, abs=1.0)  # WGS 84


def test_cells_shrink_towards_the_pole() -> None:
    area = cell_area_km2(np.arange(0.0, 90.0), np.arange(1.0, 91.0), 1.0)
    assert (np.diff(area) < 0).all()
    assert area[0] == pytest.approx(111.32 * 110.57, rel=1e-3)
