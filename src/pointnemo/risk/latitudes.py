"""An object that comes down by itself: anywhere under its orbit, at a time that nobody chose."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, InputError
from pointnemo.results import Estimate, LatitudeBand, Place, Uncontrolled
from pointnemo.risk.expectation import LEVEL
from pointnemo.risk.exposure import density_under_orbit_per_km2, latitude_probability, orbit_population_sigma
from pointnemo.risk.individual import individual_risk_under_orbit
from pointnemo.risk.rules import Quantities, rules_of
from pointnemo.world.population import PopulationGrid, cell_area_km2

if TYPE_CHECKING:
    from pointnemo.scenario.models import AssessRules
    from pointnemo.world import World

__all__ = ["LARGEST_AREA_M2", "uncontrolled"]

FloatArray = NDArray[np.float64]

KM2_PER_M2 = 1e-6
BAND_DEG = 1.0
LARGEST_AREA_M2 = 1e9


def uncontrolled(
    inclination_deg: float,
    year: float,
    casualty_area_m2: float | Estimate,
    rules: AssessRules,
    world: World,
    casualty_limit: float = 1e-4,
) -> Uncontrolled:
    """Who is at risk from an object that re-enters uncontrolled, by latitude weighting.

    E = casualty area times the mean density of people under the orbit (NASA-STD-8719.14C eq. 4.7-1). The interval holds
    the error of the population model, which by inclination is what the two published sets of critical areas differ by
    and at least ``rules.population_sigma``; and that of the casualty area, where it is given with one.

    Args:
        inclination_deg: 0..180.
        year: calendar year with fraction, 2000..2050.
        casualty_area_m2: of all pieces above the energy threshold; a number is taken as exact.
        rules: ``population_sigma``.
        world: people and land.
        casualty_limit: casualty expectation that is allowed, for the area that would just keep it.

    Returns:
        Expectation, probability of one or more casualties, individual risk, density, profile by latitude, rules.

    Raises:
        InputError: an inclination or an area that cannot be meant; all that is wrong at once.
        WorldError: the year is outside the population data.
    """
    _refuse(inclination_deg, casualty_area_m2.value if isinstance(casualty_area_m2, Estimate) else casualty_area_m2)
    area = _with_interval(casualty_area_m2)
    population = world.population
    density = density_under_orbit_per_km2(inclination_deg, year, population)
    sigma = orbit_population_sigma(inclination_deg, rules.population_sigma)
    people = NormalDist().inv_cdf(0.5 + LEVEL / 2) * sigma
    expected = area.value * density * KM2_PER_M2
    high = expected * float(np.exp(np.hypot(people, np.log(area.high / area.value))))
    low = expected * float(np.exp(-np.hypot(people, np.log(area.value / area.low)))) if area.low > 0.0 else 0.0
    expectation = Estimate(value=expected, low=low, high=high, level=LEVEL, unit="persons")
    grid = population.grid(year)
    person = individual_risk_under_orbit(inclination_deg, area.value, grid)
    factor = float(np.exp(people))
    return Uncontrolled(
        inclination_deg=inclination_deg,
        year=year,
        casualty_area_m2=area,
        casualty_expectation=expectation,
        one_in=1.0 / expected if expected > 0.0 else None,
        probability_of_casualty=_probability(expectation),
        density_per_km2=_scaled(density, factor, "persons/km2"),
        population_sigma=sigma,
        critical_area_m2=_scaled(casualty_limit / density / KM2_PER_M2, factor, "m2") if density > 0.0 else None,
        individual_risk=person.probability,
        individual_risk_place=None
        if person.latitude_deg is None or person.longitude_deg is None
        else Place(
            latitude_deg=person.latitude_deg,
            longitude_deg=person.longitude_deg,
            name=world.land.name(person.latitude_deg, person.longitude_deg),
        ),
        latitudes=_profile(inclination_deg, grid, area.value),
        rules=rules_of(
            Quantities(
                controlled=False,
                casualty_expectation=expectation,
                total=expectation,
                uncontrolled=expectation,
                failure_probability=None,
                individual_risk=person.probability,
            )
        ),
    )


def _with_interval(area: float | Estimate) -> Estimate:
    if isinstance(area, Estimate):
        return area
    return Estimate(value=area, low=area, high=area, level=LEVEL, unit="m2")


def _scaled(value: float, factor: float, unit: str) -> Estimate:
    return Estimate(value=value, low=value / factor, high=value * factor, level=LEVEL, unit=unit)


def _refuse(inclination_deg: float, area_m2: float) -> None:
    defects = []
    if not 0.0 <= inclination_deg <= 180.0:
        defects.append(Defect("inclination", f"is {inclination_deg:g} degrees", "write 0 to 180"))
    if not 0.0 < area_m2 <= LARGEST_AREA_M2:
        mend = f"write more than 0 and at most {LARGEST_AREA_M2:g}, in square metres"
        defects.append(Defect("casualty area", f"is {area_m2:g} m2", mend))
    if defects:
        raise InputError("uncontrolled re-entry", defects)


def _probability(expectation: Estimate) -> Estimate:
    """1 - exp(-E) of the value and of both ends: casualties of many pieces are a Poisson count."""
    value, low, high = (float(-np.expm1(-end)) for end in (expectation.value, expectation.low, expectation.high))
    return Estimate(value=value, low=low, high=high, level=expectation.level, unit="1")


def _profile(inclination_deg: float, grid: PopulationGrid, area_m2: float) -> tuple[LatitudeBand, ...]:
    """Bands of a degree that it flies over, from the south, added up from the rows of the grid."""
    rows = round(BAND_DEG / grid.step_deg)
    edges = grid.south_deg + grid.step_deg * np.arange(grid.persons.shape[0] + 1)
    probability = latitude_probability(inclination_deg, edges)
    persons, km2 = grid.persons.sum(axis=1), cell_area_km2(edges[:-1], edges[1:], 360.0)
    expected = area_m2 * KM2_PER_M2 * probability * persons / km2

    def banded(values: FloatArray) -> FloatArray:
        return values.reshape(-1, rows).sum(axis=1)

    columns = zip(edges[:-1:rows], banded(probability), banded(persons) / banded(km2), banded(expected), strict=True)
    return tuple(
        LatitudeBand(
            south_deg=float(south),
            north_deg=float(south) + BAND_DEG,
            probability=float(chance),
            density_per_km2=float(density),
            casualty_expectation=float(part),
        )
        for south, chance, density, part in columns
        if chance > 0.0
    )
