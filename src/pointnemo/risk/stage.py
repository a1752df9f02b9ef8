"""Stage ``assess``: who is at risk from the fragments that reach the ground.

Controlled: sum over the dangerous fragments of casualty area times the density of people around the impact
(NASA-STD-8719.14C eq. 4.7-1 with the population under the footprint). Uncontrolled: the same casualty area times the
mean density under the orbit. The break-up is taken to be the same in both; a shallow uncontrolled entry melts somewhat
more, so the uncontrolled figure errs on the high side. People in ships and aircraft are not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import PointnemoError
from pointnemo.results import Assess, CasualtyArea, Estimate, Impacts, Place, Reenter, Skipped
from pointnemo.risk.casualty_area import DEFINITIONS, SOURCES, casualty_areas_m2
from pointnemo.risk.clearance import land_clearance, land_clearance_of_place
from pointnemo.risk.expectation import Expectation, Unseen, expectation_of, interval, probability_of_run
from pointnemo.risk.exposure import (
    NARROWEST_KM,
    density_under_footprint_per_km2,
    density_under_orbit_per_km2,
    kernel_width_km,
    local_population_sigma,
    orbit_population_sigma,
)
from pointnemo.risk.individual import IndividualRisk, individual_risk, individual_risk_under_orbit
from pointnemo.risk.rules import Quantities, rules_of
from pointnemo.risk.tree import FailedBranch, Failure, risk_tree, uncontrolled_failures
from pointnemo.scenario.models import Scenario
from pointnemo.world import World

__all__ = ["assess", "dangerous_fragments", "largest_burn_failure_probability"]

FloatArray = NDArray[np.float64]

KM2_PER_M2 = 1e-6
SHORE_KM = 30.0  # the centre of a cell of the population grid may lie off the shore of its island


class _Fallen(NamedTuple):
    """What lies on the ground, added up by realisation.

    Attributes:
        dangerous: shape (n,), rows above the energy threshold.
        area_of_run: shape (definitions, runs), casualty area of the dangerous pieces, m2.
        area_below_of_run: shape (runs,), of the pieces that land with less, by the definition of NASA.
        count_of_run, count_below_of_run: shape (runs,), pieces.
        expected_of_run: shape (definitions, runs), casualties as planned.
        persons, anywhere: individual risk of inhabitants, and of anybody in the open.
    """

    dangerous: NDArray[np.bool_]
    area_of_run: FloatArray
    area_below_of_run: FloatArray
    count_of_run: FloatArray
    count_below_of_run: FloatArray
    expected_of_run: FloatArray
    persons: IndividualRisk
    anywhere: IndividualRisk


def assess(
    reenter: Reenter | Skipped,
    scenario: Scenario,
    world: World,
    uncontrolled_inclination_deg: float,
    entry_year: float,
    seed: int,
    failures: Sequence[FailedBranch] = (),
    aircraft_probability: float | None = None,
    unseen: Unseen | None = None,
) -> Assess | Skipped:
    """Casualty expectation with and without the burns, the tree of failures, rules, and the clearance from land.

    Args:
        reenter: the fragments at the ground (``reenter.impacts``), or why there are none.
        scenario: ``assess`` (energy threshold, size of a person, population error, failure probabilities),
            ``rules.casualty_limit``, and the shapes of ``reentry.classes``.
        world: people and land.
        uncontrolled_inclination_deg: inclination of the orbit, for the case that no burn is ever made.
        entry_year: calendar year with fraction, for the growth of population.
        seed: of the whole plan.
        failures: branches of the descent, in the order of the burns; none: whichever burn fails, the station comes
            down anywhere under its orbit.
        aircraft_probability: that an aircraft is struck, where somebody has computed it.
        unseen: how likely it comes down where people may live though no realisation did, and what that rests on, its
            cost left open; None: what the number of realisations says. Counts where these endanger nobody.

    Returns:
        The result; ``Skipped`` with the reason where nothing re-enters.

    Raises:
        PointnemoError: ``reenter`` comes without its fragments, as when it was read back from a document.
        ScenarioError: the failure probabilities sum to more than 1.
        WorldError: the year is outside the population data.
    """
    if isinstance(reenter, Skipped):
        return Skipped(reason=f"nothing re-enters: {reenter.reason}")
    if reenter.impacts is None:
        raise PointnemoError(
            "assess needs the fragments, which the document of reenter does not hold: run reenter again"
        )
    impacts: Impacts = reenter.impacts
    rules, limit = scenario.assess, scenario.rules.casualty_limit
    fallen = _fallen(impacts, reenter.realisations, scenario, world, entry_year)
    uncontrolled = _uncontrolled(fallen, uncontrolled_inclination_deg, entry_year, rules.population_sigma, world, seed)
    elsewhere = (unseen or Unseen())._replace(persons=uncontrolled.estimate.high)
    controlled = _controlled(fallen, rules.population_sigma, seed, elsewhere)
    area = _mean(fallen.area_of_run[0], "m2")
    branches = tuple(
        Failure(
            one.id,
            one.text,
            one.burn,
            uncontrolled.estimate
            if one.density_per_km2 is None
            else _at_density(fallen, one.density_per_km2, rules.population_sigma, seed, Unseen(elsewhere.persons)),
            completes_later=one.completes_later,
        )
        for one in failures
    ) or uncontrolled_failures(rules.burn_failure_probability, uncontrolled.estimate)
    tree = risk_tree(controlled.estimate, branches, rules.burn_failure_probability, limit)
    clearance = (
        land_clearance(impacts, fallen.dangerous, world.land)
        if fallen.dangerous.any()
        else land_clearance_of_place(_named_centre(reenter.impact_centre), world.land)
    )
    grid = world.population.grid(entry_year)
    quantities = Quantities(
        controlled=True,
        casualty_expectation=controlled.estimate,
        total=tree.total,
        uncontrolled=uncontrolled.estimate,
        failure_probability=tree.failure_probability,
        individual_risk=fallen.persons.probability,
        individual_risk_uncontrolled=individual_risk_under_orbit(
            uncontrolled_inclination_deg, area.value, grid
        ).probability,
        clearance=clearance,
        aircraft_probability=aircraft_probability,
    )
    return Assess(
        year=int(entry_year),
        energy_threshold_j=rules.energy_threshold_j,
        casualty_area_m2=area,
        dangerous_fragments=_mean(fallen.count_of_run, "pieces"),
        casualty_expectation=controlled.estimate,
        uncontrolled_casualty_expectation=uncontrolled.estimate,
        largest_burn_failure_probability=largest_burn_failure_probability(uncontrolled.estimate.value, limit),
        clearance=clearance,
        casualty_areas=tuple(
            CasualtyArea(definition=name, area_m2=_mean(of_run, "m2"), source=SOURCES[name])
            for name, of_run in zip(DEFINITIONS, fallen.area_of_run, strict=True)
        ),
        pieces_below_threshold=_mean(fallen.count_below_of_run, "pieces"),
        casualty_area_below_threshold_m2=_mean(fallen.area_below_of_run, "m2"),
        probability_of_casualty=probability_of_run(fallen.expected_of_run[0], controlled.estimate),
        expectation_parts=controlled.parts,
        uncontrolled_expectation_parts=uncontrolled.parts,
        individual_risk=fallen.persons.probability,
        individual_risk_place=_place(fallen.persons, world),
        individual_risk_anywhere=fallen.anywhere.probability,
        individual_risk_anywhere_place=_place(fallen.anywhere, world),
        branches=tree.branches,
        total_casualty_expectation=tree.total,
        total_completed_casualty_expectation=tree.total_completed,
        largest_failure_probability=tree.largest_failure_probability,
        rules=rules_of(quantities),
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

    NASA-STD-8719.14C (2021), requirement 4.7-1c. It leaves out the nominal descent, which may use up the limit by
    itself: ``tree.largest_failure_probability`` counts both.

    Args:
        uncontrolled_casualty_expectation: if the burn is not made.
        casualty_limit: 1e-4 in the standard.

    Returns:
        0..1; 1 where even an uncontrolled entry keeps the limit.
    """
    if uncontrolled_casualty_expectation <= casualty_limit:
        return 1.0
    return casualty_limit / uncontrolled_casualty_expectation


def _fallen(impacts: Impacts, runs: int, scenario: Scenario, world: World, entry_year: float) -> _Fallen:
    """Add up what reaches the ground, by realisation and by definition of casualty area."""
    rules = scenario.assess
    shapes = {name: row.shape for name, row in scenario.reentry.classes.items()}
    dangerous = dangerous_fragments(impacts, rules.energy_threshold_j)
    below = impacts.survives & ~dangerous
    area = impacts.weight * casualty_areas_m2(impacts, shapes, rules.person_radius_term_m)
    density = np.zeros(len(impacts.weight))
    persons = anywhere = IndividualRisk(0.0, None, None)
    if dangerous.any():
        latitude, longitude = impacts.latitude_deg[dangerous], impacts.longitude_deg[dangerous]
        width_km = kernel_width_km(latitude, longitude, impacts.weight[dangerous])
        grid = world.population.grid(entry_year)
        density[dangerous] = density_under_footprint_per_km2(latitude, longitude, grid, width_km)
        persons, anywhere = individual_risk(latitude, longitude, area[0, dangerous] / runs, width_km, grid)

    def by_run(values: FloatArray) -> FloatArray:
        return np.stack([_per_run(impacts, row, runs) for row in np.atleast_2d(values)])

    return _Fallen(
        dangerous=dangerous,
        area_of_run=by_run(area * dangerous),
        area_below_of_run=by_run(area[0] * below)[0],
        count_of_run=by_run(impacts.weight * dangerous)[0],
        count_below_of_run=by_run(impacts.weight * below)[0],
        expected_of_run=by_run(area * density * KM2_PER_M2),
        persons=persons,
        anywhere=anywhere,
    )


def _controlled(fallen: _Fallen, population_sigma: float, seed: int, unseen: Unseen) -> Expectation:
    """Casualties as planned; the error of the population is that of places as dense as those of the impacts."""
    area = float(fallen.area_of_run[0].mean()) * KM2_PER_M2
    density = float(fallen.expected_of_run[0].mean()) / area if area > 0.0 else 0.0
    sigma = local_population_sigma(density, population_sigma)
    text = (
        "nobody lives within reach of the impacts"
        if density <= 0.0
        else (
            f"number and places of people, {sigma:.2g} in the logarithm where {density:.2g} live on a square kilometre "
            f"(against GPWv4.11, under kernels of {NARROWEST_KM:.0f} km or more)"
        )
    )
    return expectation_of(fallen.expected_of_run, sigma, text, seed, unseen)


def _at_density(
    fallen: _Fallen, density_per_km2: float, population_sigma: float, seed: int, unseen: Unseen
) -> Estimate:
    """Casualties where the pieces of the plan fall among so many people: on a branch whose place is known.

    Areas are not drawn about it: of a zero only the number of realisations tells how sure it is.
    """
    sigma = local_population_sigma(density_per_km2, population_sigma)
    of_run = fallen.area_of_run * density_per_km2 * KM2_PER_M2
    return expectation_of(of_run, sigma, "number and places of people", seed, unseen).estimate


def _uncontrolled(
    fallen: _Fallen, inclination_deg: float, entry_year: float, population_sigma: float, world: World, seed: int
) -> Expectation:
    """Casualties if no burn is made."""
    density = density_under_orbit_per_km2(inclination_deg, entry_year, world.population)
    sigma = orbit_population_sigma(inclination_deg, population_sigma)
    text = f"number of people under the orbit, {sigma:.2g} in the logarithm: what published population models differ by"
    return expectation_of(fallen.area_of_run * density * KM2_PER_M2, sigma, text, seed)


def _per_run(impacts: Impacts, value: FloatArray, realisations: int) -> FloatArray:
    """Sum of ``value`` over the fragments of each realisation; one without fragments counts as 0."""
    return np.bincount(impacts.run, weights=value, minlength=realisations)[:realisations].astype(np.float64)


def _mean(of_run: FloatArray, unit: str) -> Estimate:
    """Mean over the realisations and their spread."""
    return interval(float(of_run.mean()), of_run, unit)


def _place(risk: IndividualRisk, world: World) -> Place | None:
    if risk.latitude_deg is None or risk.longitude_deg is None:
        return None
    nearest = world.land.nearest(risk.latitude_deg, risk.longitude_deg)
    near = nearest.name if nearest.distance_km < SHORE_KM else f"{nearest.distance_km:.0f} km from {nearest.name}"
    return Place(latitude_deg=risk.latitude_deg, longitude_deg=risk.longitude_deg, name=near)


def _named_centre(centre: Place) -> Place:
    return centre.model_copy(update={"name": "impact centre; no fragment is dangerous"})
