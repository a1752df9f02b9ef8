from __future__ import annotations

import numpy as np
import pytest

from pointnemo.risk.exposure import density_under_footprint_per_km2
from pointnemo.risk.individual import individual_risk, individual_risk_under_orbit, strike_probability
from pointnemo.world import World
from pointnemo.world.population import PopulationGrid, cell_area_km2

NOWHERE = PopulationGrid(0.5, -90.0, -180.0, np.zeros((360, 720)))


def around(latitude: float, longitude: float, count: int = 300, spread: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return latitude + spread * rng.standard_normal(count), longitude + spread * rng.standard_normal(count)


def test_one_piece_strikes_where_it_falls_with_the_peak_of_the_kernel() -> None:
    one = np.array([-30.0]), np.array([10.0]), np.array([2.0])
    struck = strike_probability(np.array([-30.0, -29.0]), np.array([10.0, 10.0]), *one, 50.0)
    assert struck[0] == pytest.approx(2e-6 / (2 * np.pi * 50.0**2))
    assert struck[1] / struck[0] == pytest.approx(np.exp(-0.5 * (111.195 / 50.0) ** 2), rel=1e-3)


def test_all_strikes_over_the_sea_sum_to_the_casualty_area() -> None:
    latitude, longitude = around(-30.0, 0.0)
    area = np.full(len(latitude), 3.0)
    places = np.meshgrid(np.arange(-42.0, -18.0, 0.25), np.arange(-15.0, 15.0, 0.25))
    south, west = places[0].ravel(), places[1].ravel()
    struck = strike_probability(south + 0.125, west + 0.125, latitude, longitude, area, 60.0)
    # a kernel cut at 4 sigma keeps 1 - exp(-8) of itself
    assert struck @ cell_area_km2(south, south + 0.25, 0.25) == pytest.approx(3.0 * 300 * 1e-6, rel=3e-3)


def test_the_strikes_times_the_people_are_the_casualty_expectation(world: World) -> None:
    """Two ways to the same number: people around the pieces, and pieces around the people."""
    latitude, longitude = around(47.0, 10.0)
    area = np.linspace(0.5, 4.0, 300)
    grid = world.population.grid(2030.0)
    expected = area @ density_under_footprint_per_km2(latitude, longitude, grid, 80.0) * 1e-6
    row, column = np.nonzero(grid.persons[500:600, 700:800])  # 35 to 60 N, 5 W to 20 E
    row, column = row + 500, column + 700
    centres = -90.0 + 0.25 * (row + 0.5), -180.0 + 0.25 * (column + 0.5)
    struck = strike_probability(*centres, latitude, longitude, area, 80.0)
    assert struck @ grid.persons[row, column] == pytest.approx(expected, rel=0.01)


def test_binning_does_not_move_the_peak(world: World) -> None:
    latitude, longitude = around(-45.0, 179.5, count=2000, spread=0.8)
    here = np.array([-45.0]), np.array([179.5])
    binned = strike_probability(*here, latitude, longitude, np.ones(2000), 40.0)[0]
    direct = sum(
        strike_probability(*here, latitude[k : k + 1], longitude[k : k + 1], np.ones(1), 40.0)[0] for k in range(2000)
    )
    assert binned == pytest.approx(direct, rel=0.02)


def test_the_open_sea_threatens_a_sailor_and_no_inhabitant() -> None:
    latitude, longitude = around(-45.0, 179.5)
    inhabitant, anybody = individual_risk(latitude, longitude, np.ones(300), 60.0, NOWHERE)
    assert inhabitant.probability == 0.0
    assert inhabitant.latitude_deg is None
    assert anybody.probability > 0.0
    assert anybody.latitude_deg == pytest.approx(-45.0, abs=1.0)
    assert abs(anybody.longitude_deg or 0.0) > 178.0  # across the 180th meridian


def test_the_inhabitant_is_on_the_island(world: World) -> None:
    latitude, longitude = around(-27.1, -109.3)
    inhabitant, anybody = individual_risk(latitude, longitude, np.ones(300), 60.0, world.population.grid(2030.0))
    assert inhabitant.latitude_deg == pytest.approx(-27.12, abs=0.2)
    assert inhabitant.longitude_deg == pytest.approx(-109.35, abs=0.2)
    assert 0.0 < inhabitant.probability <= anybody.probability * 1.01


def test_nothing_dangerous_strikes_nobody(world: World) -> None:
    none = np.zeros(0)
    for risk in individual_risk(none, none, none, 60.0, world.population.grid(2030.0)):
        assert risk.probability == 0.0


def test_under_an_orbit_the_risk_is_largest_below_its_turning_points(world: World) -> None:
    risk = individual_risk_under_orbit(51.6, 8000.0, world.population.grid(2030.0))
    assert risk.latitude_deg is not None
    assert abs(risk.latitude_deg) == pytest.approx(51.6, abs=0.3)
    even = 8000.0 * 1e-6 / 510e6
    assert 2 * even < risk.probability < 20 * even
    assert individual_risk_under_orbit(51.6, 8000.0, NOWHERE).probability == 0.0
