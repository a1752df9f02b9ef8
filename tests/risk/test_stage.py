from __future__ import annotations

import numpy as np
import pytest
from tests.risk.synthetic import impacts, reenter

from pointnemo.errors import PointnemoError, WorldError
from pointnemo.results import Assess, Skipped
from pointnemo.risk import FailedBranch, assess, largest_burn_failure_probability
from pointnemo.risk.exposure import density_under_orbit_per_km2
from pointnemo.scenario.models import Scenario
from pointnemo.world import World

SEED = 20260904
DISASTER = [51.5] * 3, [-0.1] * 3  # three pieces on London
OCEAN = [-44.0, -46.0, -48.0], [-130.0, -125.0, -120.0]


def assessed(fragments, world: World, scenario: Scenario, realisations: int = 1, seed: int = SEED) -> Assess:
    result = assess(reenter(fragments, realisations), scenario, world, 51.6, 2030.5, seed)
    assert isinstance(result, Assess)
    return result


def test_nothing_entered_is_skipped_with_the_reason(world: World, scenario: Scenario) -> None:
    result = assess(Skipped(reason="no entry before 2041"), scenario, world, 51.6, 2030.5, SEED)
    assert isinstance(result, Skipped)
    assert "no entry before 2041" in result.reason


def test_casualty_area_counts_every_real_fragment(world: World, scenario: Scenario) -> None:
    result = assessed(impacts(*OCEAN, weight=10.0, area_m2=1.0), world, scenario)
    assert result.casualty_area_m2.value == pytest.approx(3 * 10 * 2.56)
    assert result.dangerous_fragments.value == pytest.approx(30.0)


def test_area_of_the_realisations_is_averaged_not_added(world: World, scenario: Scenario) -> None:
    result = assessed(impacts(*OCEAN, run=[0, 0, 1]), world, scenario, realisations=2)
    assert result.casualty_area_m2.value == pytest.approx(1.5 * 2.56)
    assert result.casualty_area_m2.low < result.casualty_area_m2.value < result.casualty_area_m2.high


def test_slow_and_burnt_pieces_do_no_harm(world: World, scenario: Scenario) -> None:
    slow = impacts(*OCEAN, energy_j=[14.9, 15.1, 1e6], survives=[True, True, False])
    assert assessed(slow, world, scenario).dangerous_fragments.value == 1.0


def test_open_ocean_kills_nobody_and_london_does(world: World, scenario: Scenario) -> None:
    ocean = assessed(impacts(*OCEAN), world, scenario)
    assert ocean.casualty_expectation.value == 0.0
    # one run says that fewer than 95 of 100 others come near people, with 95 % confidence
    assert ocean.casualty_expectation.high == pytest.approx(0.95 * ocean.uncontrolled_casualty_expectation.high)
    disaster = assessed(impacts(*DISASTER), world, scenario)
    # 3 pieces of 2.56 m2 among the 1,000 to 15,000 people per km2 of London and its surroundings
    assert 3 * 2.56e-6 * 1000 < disaster.casualty_expectation.value < 3 * 2.56e-6 * 15000
    assert disaster.clearance.distance_km == 0.0
    assert disaster.clearance.land.name == "United Kingdom"


def test_uncontrolled_is_area_times_density_under_the_orbit(world: World, scenario: Scenario) -> None:
    result = assessed(impacts(*OCEAN, weight=1000.0), world, scenario)
    density = density_under_orbit_per_km2(51.6, 2030.5, world.population)
    expected = 3000 * 2.56e-6 * density
    assert result.uncontrolled_casualty_expectation.value == pytest.approx(expected)
    assert result.largest_burn_failure_probability == pytest.approx(1e-4 / expected)


def test_one_realisation_leaves_the_errors_of_population_and_casualty_area(world: World, scenario: Scenario) -> None:
    result = assessed(impacts(*OCEAN), world, scenario)
    parts = {part.id: part.interval for part in result.uncontrolled_expectation_parts}
    spread = np.exp(1.645 * scenario.assess.population_sigma)
    value = result.uncontrolled_casualty_expectation.value
    assert parts["population"].high / value == pytest.approx(spread, rel=0.01)
    assert value / parts["population"].low == pytest.approx(spread, rel=0.01)
    # a sphere of 1 m2: 2.341 by its outline, 2.56 by NASA
    assert parts["casualty-area"].low / value == pytest.approx(2.3415 / 2.56, rel=1e-3)
    assert (parts["break-up"].low, parts["sample"].high) == (value, value)


def test_the_three_definitions_of_casualty_area(world: World, scenario: Scenario) -> None:
    result = assessed(impacts(*OCEAN, weight=10.0, area_m2=1.0), world, scenario)
    areas = {row.definition: row.area_m2.value for row in result.casualty_areas}
    outline = 2 * np.sqrt(np.pi)
    assert areas == pytest.approx({"nasa": 76.8, "opiela-matney": 30 * (1.278 + 0.3 * outline), "cnes": 76.8}, rel=1e-3)
    assert areas["nasa"] == result.casualty_area_m2.value


def test_the_energy_filter_is_shown(world: World, scenario: Scenario) -> None:
    result = assessed(impacts(*OCEAN, energy_j=[14.9, 15.1, 1e6], weight=2.0), world, scenario)
    assert result.dangerous_fragments.value == 4.0
    assert result.casualty_area_m2.value == pytest.approx(4 * 2.56)
    assert result.pieces_below_threshold is not None
    assert result.pieces_below_threshold.value == 2.0
    assert result.casualty_area_below_threshold_m2 is not None
    assert result.casualty_area_below_threshold_m2.value == pytest.approx(2 * 2.56)


def test_individual_risk_is_named(world: World, scenario: Scenario) -> None:
    ocean, disaster = (assessed(impacts(*where), world, scenario) for where in (OCEAN, DISASTER))
    assert ocean.individual_risk == 0.0
    assert ocean.individual_risk_place is None
    assert ocean.individual_risk_anywhere is not None
    assert ocean.individual_risk_anywhere > 0.0
    assert ocean.individual_risk_anywhere_place is not None
    assert "km from" in ocean.individual_risk_anywhere_place.name
    peak = 3 * 2.56e-6 / (2 * np.pi * 30.0**2)
    assert disaster.individual_risk_anywhere == pytest.approx(peak)
    # London is not quite in the middle of its cell
    assert disaster.individual_risk == pytest.approx(0.9 * peak, rel=0.02)
    assert disaster.individual_risk_place is not None
    assert disaster.individual_risk_place.name == "United Kingdom"


def test_probability_of_a_casualty(world: World, scenario: Scenario) -> None:
    result = assessed(impacts(*DISASTER, weight=1000.0), world, scenario)
    assert result.probability_of_casualty is not None
    assert result.probability_of_casualty.value == pytest.approx(1 - np.exp(-result.casualty_expectation.value))
    assert result.probability_of_casualty.high <= 1.0


def test_without_failure_probabilities_only_conditional_expectations(world: World, scenario: Scenario) -> None:
    result = assessed(impacts(*OCEAN, weight=1000.0), world, scenario)
    assert [row.id for row in result.branches] == ["nominal", "uncontrolled"]
    assert result.total_casualty_expectation is None
    assert result.largest_failure_probability == pytest.approx(result.largest_burn_failure_probability)


def test_with_failure_probabilities_there_is_a_total(world: World, scenario: Scenario) -> None:
    rules = scenario.assess.model_copy(update={"burn_failure_probability": {"final": 1e-3}})
    result = assessed(impacts(*OCEAN, weight=1000.0), world, scenario.model_copy(update={"assess": rules}))
    total = result.total_casualty_expectation
    assert total is not None
    assert total.value == pytest.approx(1e-3 * result.uncontrolled_casualty_expectation.value)
    failing = next(rule for rule in result.rules if rule.document.endswith("4.7-1c"))
    assert failing.value == pytest.approx(total.value)


def test_branches_of_the_descent_and_an_aircraft_reach_the_rules(world: World, scenario: Scenario) -> None:
    rules = scenario.assess.model_copy(update={"burn_failure_probability": {"final": 1e-3, "first": 0.0}})
    failures = [
        FailedBranch("final-half", "the final burn stops half way", "final", 100.0),
        FailedBranch("final-none", "the final burn is not started", "final", None, completes_later=True),
        FailedBranch("first-late", "the first burn starts late", "first", 0.0),
    ]
    failing = scenario.model_copy(update={"assess": rules})
    result = assess(reenter(impacts(*OCEAN)), failing, world, 51.6, 2030.5, SEED, failures, aircraft_probability=4e-7)
    assert isinstance(result, Assess)
    _, half, none, late = result.branches
    assert late.casualty_expectation.value == 0.0
    assert late.casualty_expectation.high == pytest.approx(0.95 * result.uncontrolled_casualty_expectation.high)
    assert half.casualty_expectation.value == pytest.approx(3 * 2.56e-6 * 100.0)
    # how 100 people per square kilometre are placed is known to some 30 %
    assert half.casualty_expectation.high / half.casualty_expectation.value > np.exp(1.6 * 0.26)
    assert none.casualty_expectation == result.uncontrolled_casualty_expectation
    total, completed = result.total_casualty_expectation, result.total_completed_casualty_expectation
    assert total is not None
    assert completed is not None
    assert completed.value == pytest.approx(5e-4 * half.casualty_expectation.value)
    assert total.value == pytest.approx(completed.value + 5e-4 * none.casualty_expectation.value)
    rules = {(rule.agency, rule.quantity.split(":")[0]): rule for rule in result.rules}
    assert rules["FAA", "collective risk"].ok is True
    struck = next(rule for rule in result.rules if "aircraft is struck" in rule.quantity)
    assert (struck.value, struck.ok) == (4e-7, True)


def test_clearance_is_to_the_nearest_fragment(world: World, scenario: Scenario) -> None:
    clearance = assessed(impacts([-48.0, -28.0], [-124.0, -112.0]), world, scenario).clearance
    assert clearance.land.name == "Motu Nui"
    assert clearance.fragment.latitude_deg == -28.0
    assert clearance.fragment.name == "truss: tank"
    assert 250.0 < clearance.distance_km < 280.0
    assert clearance.antarctic_ice_distance_km > 2500.0


def test_burnt_pieces_near_land_do_not_count_for_clearance(world: World, scenario: Scenario) -> None:
    fragments = impacts([-48.0, -28.0], [-124.0, -112.0], survives=[True, False])
    assert assessed(fragments, world, scenario).clearance.distance_km > 2000.0


@pytest.mark.parametrize("survives", [False, True])
def test_no_dangerous_fragment_gives_zeros_and_the_centre(world: World, scenario: Scenario, survives: bool) -> None:
    result = assessed(impacts(*OCEAN, energy_j=1.0, survives=survives), world, scenario)
    for estimate in (result.casualty_area_m2, result.casualty_expectation, result.uncontrolled_casualty_expectation):
        assert (estimate.value, estimate.low, estimate.high) == (0.0, 0.0, 0.0)
    assert result.largest_burn_failure_probability == 1.0
    assert result.clearance.fragment.name == "impact centre; no fragment is dangerous"
    assert result.clearance.distance_km > 1000.0


def test_same_seed_same_bits_other_seed_other_interval(world: World, scenario: Scenario) -> None:
    fragments = impacts(*DISASTER, run=[0, 1, 2])
    first, second = (assessed(fragments, world, scenario, 3) for _ in range(2))
    assert first == second
    other = assessed(fragments, world, scenario, 3, seed=SEED + 1)
    assert other.casualty_expectation.value == first.casualty_expectation.value
    assert other.casualty_expectation.high != first.casualty_expectation.high


def test_a_document_without_fragments_is_refused(world: World, scenario: Scenario) -> None:
    with pytest.raises(PointnemoError, match="run reenter again"):
        assess(reenter(None), scenario, world, 51.6, 2030.5, SEED)


def test_a_year_beyond_the_population_data_is_refused(world: World, scenario: Scenario) -> None:
    with pytest.raises(WorldError, match="2050"):
        assess(reenter(impacts(*OCEAN)), scenario, world, 51.6, 2070.0, SEED)


def test_largest_burn_failure_probability_never_exceeds_one() -> None:
    assert largest_burn_failure_probability(1e-5, 1e-4) == 1.0
    assert largest_burn_failure_probability(0.05, 1e-4) == pytest.approx(2e-3)
