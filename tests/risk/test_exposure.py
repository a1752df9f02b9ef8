from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.risk import critical_area_m2, latitude_probability, probability_of_casualty
from pointnemo.risk.exposure import (
    density_under_footprint_per_km2,
    density_under_orbit_per_km2,
    kernel_width_km,
    people_within,
)
from pointnemo.world import World
from pointnemo.world.population import PopulationGrid, cell_area_km2

WHOLE = np.arange(-90.0, 90.5, 0.5)


@given(st.floats(0.0, 180.0))
def test_latitude_probability_is_a_probability(inclination_deg: float) -> None:
    probability = latitude_probability(inclination_deg, WHOLE)
    assert probability.sum() == pytest.approx(1.0, abs=1e-12)
    assert (probability >= 0).all()
    np.testing.assert_allclose(probability, probability[::-1], atol=1e-12)


def test_latitude_probability_follows_the_published_density_away_from_the_edge() -> None:
    edges = np.linspace(-40.0, 40.0, 161)
    middle = np.radians((edges[1:] + edges[:-1]) / 2)
    published = np.cos(middle) / (np.pi * np.sqrt(np.sin(np.radians(51.6)) ** 2 - np.sin(middle) ** 2))
    # geodetic against geocentric latitude moves the density by at most 1.5 %
    np.testing.assert_allclose(latitude_probability(51.6, edges), published * np.radians(0.5), rtol=0.015)


def test_a_retrograde_orbit_covers_the_latitudes_of_its_mirror() -> None:
    np.testing.assert_allclose(latitude_probability(98.0, WHOLE), latitude_probability(82.0, WHOLE), atol=1e-12)


def test_nothing_falls_beyond_the_inclination() -> None:
    assert latitude_probability(51.6, np.array([52.0, 90.0]))[0] == 0.0


def test_critical_area_is_the_inverse_of_the_density(world: World) -> None:
    density = density_under_orbit_per_km2(51.6, 2030.0, world.population)
    assert critical_area_m2(51.6, 2030.0, world.population) * 1e-6 * density == pytest.approx(1e-4)


def test_critical_area_shrinks_as_people_grow_in_number(world: World) -> None:
    years = [critical_area_m2(51.6, year, world.population) for year in (2024.0, 2028.0, 2035.0)]
    assert years == sorted(years, reverse=True)


def even_grid(per_km2: float) -> PopulationGrid:
    south = -90.0 + 0.5 * np.arange(360)
    area = cell_area_km2(south, south + 0.5, 0.5)
    return PopulationGrid(0.5, -90.0, -180.0, np.repeat(per_km2 * area[:, None], 720, axis=1))


@settings(max_examples=20, deadline=None)
@given(st.floats(-89.9, 89.9), st.floats(-180.0, 180.0), st.floats(50.0, 150.0))
def test_the_kernel_leaves_an_even_population_even(latitude: float, longitude: float, sigma_km: float) -> None:
    density = density_under_footprint_per_km2(np.array([latitude]), np.array([longitude]), even_grid(7.0), sigma_km)
    np.testing.assert_allclose(density, 7.0, rtol=1e-9)


def test_the_kernel_keeps_the_people_of_an_island_when_summed_over_the_sea() -> None:
    grid = even_grid(0.0)
    grid.persons[120, 360] = 1000.0  # 30 S, the Greenwich meridian
    latitude, longitude = np.meshgrid(np.arange(-34.75, -25.0, 0.5) + 0.0, np.arange(-5.25, 5.5, 0.5))
    density = density_under_footprint_per_km2(latitude.ravel(), longitude.ravel(), grid, 80.0)
    area = cell_area_km2(latitude.ravel() - 0.25, latitude.ravel() + 0.25, 0.5)
    assert density @ area == pytest.approx(1000.0, rel=0.02)


def test_points_together_have_the_density_of_points_alone(world: World) -> None:
    latitude, longitude = np.array([-27.1, 40.0, 10.0]), np.array([-109.3, -74.0, 179.9])
    grid = world.population.grid(2030.0)
    together = density_under_footprint_per_km2(latitude, longitude, grid, 40.0)
    alone = [
        density_under_footprint_per_km2(latitude[k : k + 1], longitude[k : k + 1], grid, 40.0)[0] for k in range(3)
    ]
    np.testing.assert_allclose(together, alone, rtol=1e-12)


def test_easter_island_is_seen_from_the_sea_around_it_and_not_from_afar(world: World) -> None:
    grid = world.population.grid(2030.0)
    near, far = density_under_footprint_per_km2(np.array([-27.6, -40.0]), np.array([-109.3, -120.0]), grid, 40.0)
    assert near > 0.0
    assert far == 0.0


def test_people_within_an_area_are_those_of_the_cells_it_touches(world: World) -> None:
    grid = world.population.grid(2030.0)

    def box(west: float, east: float, south: float, north: float) -> list[tuple[float, float]]:
        return [(west, south), (east, south), (east, north), (west, north), (west, south)]

    assert people_within(box(-130.0, -118.0, -52.0, -45.0), grid) == 0.0  # about Point Nemo
    assert 3_000 < people_within(box(-110.0, -109.0, -28.0, -27.0), grid) < 20_000  # Rapa Nui: 7,750 in 2017
    fiji = people_within(box(176.0, 182.0, -20.0, -15.0), grid)
    assert 6e5 < fiji < 1.5e6  # beyond the antimeridian as well: 0.9 million
    assert people_within(box(-184.0, -178.0, -20.0, -15.0), grid) == fiji
    everybody = people_within(box(-180.0, 180.0, -90.0, 90.0), grid)
    assert everybody == pytest.approx(grid.persons.sum(), rel=0.02)


def test_kernel_width_shrinks_with_more_samples_and_ignores_the_180th_meridian() -> None:
    rng = np.random.default_rng(3)
    north, east = rng.normal(-45.0, 2.0, 4000), rng.normal(0.0, 4.0, 4000)
    few = kernel_width_km(north[:100], east[:100] - 120.0, np.ones(100))
    many = kernel_width_km(north, east - 120.0, np.ones(4000))
    across = kernel_width_km(north, (east + 360.0) % 360.0 - 180.0, np.ones(4000))
    assert 30.0 <= many < few <= 150.0
    assert across == pytest.approx(many, rel=1e-6)


def test_kernel_width_of_a_single_point_is_the_narrowest() -> None:
    assert kernel_width_km(np.array([-45.0]), np.array([170.0]), np.array([3.0])) == 30.0


def test_probability_of_casualty() -> None:
    assert probability_of_casualty(1e-4) == pytest.approx(1e-4, rel=1e-4)
    assert probability_of_casualty(0.1) == pytest.approx(0.09516, rel=1e-3)
