"""Stage ``assess``: who is at risk from the fragments that reach the ground.

Controlled: sum over the dangerous fragments of casualty area times the density of people around the impact
(NASA-STD-8719.14C eq. 4.7-1 with the population under the footprint). Uncontrolled: the same casualty area times the
mean density under the orbit. The break-up is taken to be the same in both; a shallow uncontrolled entry melts somewhat
more, so the uncontrolled figure errs on the high side. People in ships and aircraft are not counted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import PointnemoError
from pointnemo.results import Assess, Estimate, Impacts, Place, Reenter, Skipped
from pointnemo.risk.casualty_area import nasa_casualty_area_m2
from pointnemo.risk.clearance import land_clearance, land_clearance_of_place
from pointnemo.risk.exposure import (
    density_under_footprint_per_km2,
    density_under_orbit_per_km2,
    kernel_width_km,
)
from pointnemo.scenario.models import AssessRules, Scenario
from pointnemo.world import World

__all__ = ["assess", "dangerous_fragments", "largest_burn_failure_probability"]

FloatArray = NDArray[np.float64]

LEVEL = 0.9  # probability content of every interval of this stage
DRAWS = 20_000  # of (realisation, population error); the 5 % quantile is then known to 1 % of the spread
STREAM = 0x41535345  # keeps the draws of this stage apart from those of others with the same seed
KM2_PER_M2 = 1e-6


def assess(
    reenter: Reenter | Skipped,
    scenario: Scenario,
    world: World,
    uncontrolled_inclination_deg: float,
    entry_year: float,
    seed: int,
) -> Assess | Skipped:
    """Casualty expectation with and without the burns, and the clearance from land.

    Args:
        reenter: the fragments at the ground (``reenter.impacts``), or why there are none.
        scenario: ``assess`` (energy threshold, size of a person, population error) and ``rules.casualty_limit``.
        world: people and land.
        uncontrolled_inclination_deg: inclination of the orbit, for the case that no burn is ever made.
        entry_year: calendar year with fraction, for the growth of population.
        seed: of the whole plan.

    Returns:
        The result; ``Skipped`` with the reason where nothing re-enters.

    Raises:
        PointnemoError: ``reenter`` comes without its fragments, as when it was read back from a document.
        WorldError: the year is outside the population data.
    """
    if isinstance(reenter, Skipped):
        return Skipped(reason=f"nothing re-enters: {reenter.reason}")
    if reenter.impacts is None:
        raise PointnemoError(
            "assess needs the fragments, which the document of reenter does not hold: run reenter again"
        )
    impacts: Impacts = reenter.impacts
    rules = scenario.assess
    dangerous = dangerous_fragments(impacts, rules.energy_threshold_j)
    area_m2 = impacts.weight * nasa_casualty_area_m2(impacts.area_m2, rules.person_radius_term_m) * dangerous
    runs = reenter.realisations
    area_of_run = _per_run(impacts, area_m2, runs)
    count_of_run = _per_run(impacts, impacts.weight * dangerous, runs)
    expected = area_m2 * _density_per_km2(impacts, dangerous, world, entry_year) * KM2_PER_M2
    expectation_of_run = _per_run(impacts, expected, runs)
    orbit_density = density_under_orbit_per_km2(uncontrolled_inclination_deg, entry_year, world.population)
    population_factor, run = _draws(seed, runs, rules)
    uncontrolled_of_run = area_of_run * orbit_density * KM2_PER_M2
    uncontrolled = _estimate(uncontrolled_of_run, uncontrolled_of_run[run] * population_factor, "persons")
    return Assess(
        year=int(entry_year),
        energy_threshold_j=rules.energy_threshold_j,
        casualty_area_m2=_estimate(area_of_run, area_of_run, "m2"),
        dangerous_fragments=_estimate(count_of_run, count_of_run, "pieces"),
        casualty_expectation=_estimate(expectation_of_run, expectation_of_run[run] * population_factor, "persons"),
        uncontrolled_casualty_expectation=uncontrolled,
        largest_burn_failure_probability=largest_burn_failure_probability(
            uncontrolled.value, scenario.rules.casualty_limit
        ),
        clearance=land_clearance(impacts, dangerous, world.land)
        if dangerous.any()
        else land_clearance_of_place(_named_centre(reenter.impact_centre), world.land),
    )


def dangerous_fragments(impacts: Impacts, energy_threshold_j: float) -> NDArray[np.bool_]:
    """Fragments that reach the ground with more than the threshold energy (15 J in NASA-STD-8719.14C 4.7-1).

    Args:
        impacts: fragments at the ground.
        energy_threshold_j: kinetic energy of one fragment.

    Returns:
        Shape (n,).
    """
    return impacts.survives & (impacts.kinetic_energy_j > energy_threshold_j)


def largest_burn_failure_probability(uncontrolled_casualty_expectation: float, casualty_limit: float) -> float:
    """Failure probability P of the final burn at which P x E(uncontrolled) alone uses up the limit.

    NASA-STD-8719.14C (2021), requirement 4.7-1c.

    Args:
        uncontrolled_casualty_expectation: if the burn is not made.
        casualty_limit: 1e-4 in the standard.

    Returns:
        0..1; 1 where even an uncontrolled entry keeps the limit.
    """
    if uncontrolled_casualty_expectation <= casualty_limit:
        return 1.0
    return casualty_limit / uncontrolled_casualty_expectation


def _per_run(impacts: Impacts, value: FloatArray, realisations: int) -> FloatArray:
    """Sum of ``value`` over the fragments of each realisation; one without fragments counts as 0."""
    return np.bincount(impacts.run, weights=value, minlength=realisations)[:realisations].astype(np.float64)


def _density_per_km2(impacts: Impacts, dangerous: NDArray[np.bool_], world: World, entry_year: float) -> FloatArray:
    """Density of people around each fragment; 0 for those that do no harm, so that they cost nothing."""
    density = np.zeros(len(impacts.weight))
    if dangerous.any():
        latitude, longitude = impacts.latitude_deg[dangerous], impacts.longitude_deg[dangerous]
        width_km = kernel_width_km(latitude, longitude, impacts.weight[dangerous])
        grid = world.population.grid(entry_year)
        density[dangerous] = density_under_footprint_per_km2(latitude, longitude, grid, width_km)
    return density


def _draws(seed: int, realisations: int, rules: AssessRules) -> tuple[FloatArray, NDArray[np.int64]]:
    """Log-normal factors on the number of people (median 1), and realisations, drawn independently of each other."""
    generator = np.random.default_rng([seed, STREAM])
    factor = np.exp(rules.population_sigma * generator.standard_normal(DRAWS))
    return factor, generator.integers(0, realisations, DRAWS)


def _named_centre(centre: Place) -> Place:
    return centre.model_copy(update={"name": "impact centre; no fragment is dangerous"})


def _estimate(of_run: FloatArray, samples: FloatArray, unit: str) -> Estimate:
    """Mean over the realisations, with the central interval of ``samples`` (widened to hold the mean of few runs)."""
    value = float(of_run.mean())
    low, high = np.quantile(samples, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), level=LEVEL, unit=unit)
