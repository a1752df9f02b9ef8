"""Casualty arithmetic against published areas, re-entries and population maps, figure by figure."""

from __future__ import annotations

import csv
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pointnemo.risk import critical_area_m2, latitude_probability, uncontrolled
from pointnemo.risk.exposure import LOCAL_SIGMA, density_under_footprint_per_km2
from pointnemo.scenario.models import AssessRules
from pointnemo.world import World, load_world
from pointnemo.world.population import Population, PopulationGrid, cell_area_km2, load_population

pytestmark = pytest.mark.validation

Figure = Callable[..., None]

GATE = 10.0  # %
GPW = "GPWv4.11 UN-WPP-adjusted count 2020, 30 minutes (CIESIN)"
ONE_IN_10000 = "1in10000 critical areas (Byers et al. 2022; shared facts, reentry.md 3.2)"
CNES = "CNES critical areas (shared facts, reentry.md 3.2)"

BY_YEAR = [
    *(("1in10000", ONE_IN_10000, year, area) for year, area in
      {2024: 5.553, 2028: 5.362, 2029: 5.317, 2030: 5.274, 2031: 5.231}.items()),
    *(("cnes", CNES, year, area) for year, area in {2025: 5.718, 2030: 5.518}.items()),
]  # fmt: skip
ONE_IN_10000_2030 = {
    0: 9.04, 10: 6.41, 20: 6.24, 30: 4.36, 40: 4.29, 50: 5.34, 55: 5.66, 60: 6.28, 70: 7.38, 80: 7.94, 90: 8.12,
}  # fmt: skip
CNES_2030 = {
    0: 7.26, 5: 8.19, 10: 5.84, 15: 5.49, 20: 5.90, 25: 4.46, 30: 4.32, 35: 4.01, 40: 4.32, 45: 4.90, 50: 5.40,
    55: 5.77, 60: 6.38, 65: 6.99, 70: 7.44, 75: 7.77, 80: 8.00, 85: 8.13, 90: 8.18,
}  # fmt: skip
MISSES = {
    ("1in10000", 0): "10.04 % below; the two published sets are 25 % apart there and ours lies between them",
    ("cnes", 0): "12.0 % above; the two published sets are 25 % apart there and ours lies between them",
}


def by_inclination() -> list[object]:
    rows = []
    for name, source, published in (("1in10000", ONE_IN_10000, ONE_IN_10000_2030), ("cnes", CNES, CNES_2030)):
        for inclination_deg, area in published.items():
            miss = MISSES.get((name, inclination_deg))
            marks = [pytest.mark.xfail(strict=True, reason=miss)] if miss else []
            rows.append(pytest.param(name, source, inclination_deg, area, marks=marks))
    return rows


@pytest.fixture(scope="module")
def population() -> Population:
    return load_population()


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.mark.parametrize(("name", "source", "inclination_deg", "published_m2"), by_inclination())
def test_critical_area_2030(
    population: Population, figure: Figure, name: str, source: str, inclination_deg: float, published_m2: float
) -> None:
    miss = abs(critical_area_m2(inclination_deg, 2030.0, population) / published_m2 - 1.0)
    figure(f"risk.critical_area_2030_{inclination_deg:g}_{name}", 100 * miss, GATE, "%", source)


@pytest.mark.parametrize(("name", "source", "year", "published_m2"), BY_YEAR)
def test_critical_area_of_the_station(
    population: Population, figure: Figure, name: str, source: str, year: int, published_m2: float
) -> None:
    miss = abs(critical_area_m2(51.6, float(year), population) / published_m2 - 1.0)
    figure(f"risk.critical_area_51.6_{year}_{name}", 100 * miss, GATE, "%", source)


def test_critical_area_of_the_tabulated_set(population: Population, reference_data: Path, figure: Figure) -> None:
    """Inclination 51.5, populations of 2020 and 2030: 5.75 and 5.27 m2."""
    with (reference_data / "reentry" / "reference_cases.csv").open() as file:
        row = next(r for r in csv.DictReader(file) if r["case"].startswith("Casualty area for 1e-4"))
    for year, published in zip((2020, 2030), row["value"].split("/"), strict=True):
        miss = abs(critical_area_m2(51.5, float(year), population) / float(published) - 1.0)
        figure(f"risk.critical_area_51.5_{year}", 100 * miss, GATE, "%", row["source"])


@pytest.mark.parametrize(
    ("name", "inclination_deg", "year", "area_m2", "one_in", "source"),
    [
        ("uars", 57.0, 2011.7, 22.38, 3200.0, "NASA UARS status, 2011: 1 in 3,200"),
        ("uars_chain", 57.0, 2011.7, 22.38, 3176.0, ONE_IN_10000),
        ("rosat_orsat_chain", 53.0, 2011.8, 13.62, 4807.0, ONE_IN_10000),
        ("trmm", 35.0, 2015.4, 11.0, 4200.0, "TRMM, 1 in 4,200; 11.0 m2 by the 1in10000 areas (reentry.md 3.2)"),
        ("euve_das_chain", 28.5, 2001.0, 12.41, 4821.0, ONE_IN_10000),
        pytest.param(
            "euve_das", 28.5, 2001.0, 12.41, 5300.0, "EUVE by DAS, 1 in 5,300 (reentry.md 5.5)",
            marks=pytest.mark.xfail(
                strict=True, reason="1 in 4,692, 11.5 % below; the 1in10000 areas give 1 in 4,821, 9 % below"
            ),
        ),
        pytest.param(
            "78_m2_at_53_deg", 53.0, 2011.8, 78.0, 2000.0, "78 m2 at 53 degrees in 2011, 1 in 2,000 (reentry.md 3.2)",
            marks=pytest.mark.xfail(
                strict=True,
                reason="1 in 835, 58 % below: at the same inclination and year 13.62 m2 give 1 in 4,807, so that "
                "1 in 2,000 belongs to 33 m2; the two published pairs cannot both hold",
            ),
        ),
    ],
)  # fmt: skip
def test_satellites(
    population: Population,
    figure: Figure,
    name: str,
    inclination_deg: float,
    year: float,
    area_m2: float,
    one_in: float,
    source: str,
) -> None:
    """Casualty area of a re-entry, and the risk that was published, or that a published set of areas gives for it."""
    ours = critical_area_m2(inclination_deg, year, population) / area_m2 * 1e4
    figure(f"risk.satellite_{name}_one_in", 100 * abs(ours / one_in - 1.0), GATE, "%", source)


def test_the_area_on_the_equator_lies_between_the_two_published(population: Population) -> None:
    """Nothing can be within 10 % of both: they disagree by 25 % there."""
    assert CNES_2030[0] <= critical_area_m2(0.0, 2030.0, population) <= ONE_IN_10000_2030[0]


@pytest.mark.parametrize("inclination_deg", [28.5, 51.6, 98.0])
def test_density_under_the_orbit(
    population: Population, reference_data: Path, figure: Figure, inclination_deg: float
) -> None:
    """Our chain from bands to density against the same integral over the published grid, by brute force."""
    along = np.linspace(0.0, 2 * np.pi, 400_001)[:-1]
    geocentric = np.arcsin(np.sin(np.radians(inclination_deg)) * np.sin(along))
    geodetic = np.degrees(np.arctan(np.tan(geocentric) / (1 - 6.69437999014e-3)))
    south = -90.0 + 0.5 * np.arange(360)
    density = gpw_2020(reference_data).persons.sum(axis=1) / cell_area_km2(south, south + 0.5, 360.0)
    mean = density[((geodetic + 90.0) / 0.5).astype(int)].mean()
    miss = abs(1e-4 / mean * 1e6 / critical_area_m2(inclination_deg, 2020.0, population) - 1.0)
    figure(f"risk.density_under_orbit_{inclination_deg:g}", 100 * miss, 3.0, "%", GPW)


@pytest.mark.parametrize("inclination_deg", [0.0, 28.5, 51.6, 90.0, 98.0])
def test_latitude_weight_integrates_to_one(figure: Figure, inclination_deg: float) -> None:
    whole = latitude_probability(inclination_deg, np.arange(-90.0, 90.01, 0.25)).sum()
    figure(f"risk.latitude_weight_{inclination_deg:g}", abs(whole - 1.0), 1e-9, "1", "probability, exactly 1")


@pytest.mark.parametrize("inclination_deg", [28.5, 51.6, 98.0])
def test_latitude_weight_against_a_flown_orbit(figure: Figure, inclination_deg: float) -> None:
    """Time over each degree of latitude of a circular orbit, counted along it."""
    along = (np.arange(2_000_000) + 0.5) * np.pi / 1_000_000
    geocentric = np.arcsin(np.sin(np.radians(inclination_deg)) * np.sin(along))
    geodetic = np.degrees(np.arctan(np.tan(geocentric) / (1 - 6.69437999014e-3)))
    edges = np.arange(-90.0, 91.0)
    counted = np.histogram(geodetic, edges)[0] / len(along)
    worst = float(np.abs(counted - latitude_probability(inclination_deg, edges)).max())
    figure(f"risk.latitude_weight_flown_{inclination_deg:g}", worst, 1e-5, "1", "circular orbit, counted")


def test_published_sets_lie_within_the_interval(world: World, figure: Figure) -> None:
    """Share of the published figures of 2030 within our 90 % interval."""
    rules = AssessRules.model_validate({})
    inside = []
    for published in (ONE_IN_10000_2030, CNES_2030):
        for inclination_deg, area in published.items():
            ours = uncontrolled(inclination_deg, 2030.0, 10.0, rules, world).critical_area_m2
            assert ours is not None
            inside.append(ours.low <= area <= ours.high)
    share = 100 * float(np.mean(inside))
    figure("risk.interval_holds_published", share, 90.0, "%", f"{ONE_IN_10000}; {CNES}", kind="min")


def gpw_2020(reference_data: Path) -> PopulationGrid:
    """Persons per half degree."""
    path = reference_data / "population" / "gpw_v4_unwpp_adjusted_count_2020_30_min.ssv.xz"
    with lzma.open(path, "rt") as file:
        persons = np.loadtxt(file)
    return PopulationGrid(0.5, -90.0, -180.0, np.where(persons < 0, 0.0, persons)[::-1])


def test_error_of_the_population_under_a_footprint(
    population: Population, reference_data: Path, figure: Figure
) -> None:
    """Spread of our density over that of another map, at random places under the station's orbit, by density."""
    theirs = gpw_2020(reference_data)
    rng = np.random.default_rng(1)
    latitude = np.degrees(np.arcsin(np.sin(np.radians(51.6)) * np.sin(rng.uniform(0, 2 * np.pi, 12_000))))
    longitude = rng.uniform(-180, 180, 12_000)
    ours, gpw = (
        density_under_footprint_per_km2(latitude, longitude, grid, 100.0) for grid in (population.grid(2020.0), theirs)
    )
    both = (ours > 0) & (gpw > 0)
    difference, middle = np.log(ours[both] / gpw[both]), np.sqrt(ours[both] * gpw[both])
    for centre, sigma in LOCAL_SIGMA.items():
        here = np.abs(np.log10(middle / centre)) <= 0.5
        assert here.sum() > 200
        spread = float(np.sqrt(np.mean(difference[here] ** 2)))
        figure(f"population.kernel_100km_error_at_{centre:g}_per_km2", spread, 1.15 * sigma, "1", GPW)
