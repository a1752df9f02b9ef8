"""Casualty expectation where a burn has failed: held to hand-made places and to people who are really there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.risk.synthetic import impacts

from pointnemo.results import Estimate
from pointnemo.risk import critical_area_m2
from pointnemo.risk.branches import BranchFootprint, Places, branch_expectation, even_footprint, footprint_of
from pointnemo.scenario.models import AssessRules, Scenario
from pointnemo.world import World

YEAR = 2030.9
AREA = Estimate(value=2000.0, low=1500.0, high=2600.0, level=0.9, unit="m2")
SMALL = even_footprint(-50.0, 50.0, 50.0)
LONG = even_footprint(-900.0, 1500.0, 100.0)


def at(latitude_deg: float, longitude_deg: float, azimuth_deg: float = 90.0) -> Places:
    return Places(np.array([latitude_deg]), np.array([longitude_deg]), np.array([azimuth_deg]), np.ones(1))


def expected(
    places: Places | None,
    scenario: Scenario,
    world: World,
    footprint: BranchFootprint = SMALL,
    area: Estimate = AREA,
) -> Estimate:
    return branch_expectation(area, places, 51.6, YEAR, scenario, world, footprint)


def test_a_random_place_has_the_density_under_the_orbit(world: World, scenario: Scenario) -> None:
    found = expected(None, scenario, world)
    critical = critical_area_m2(51.6, YEAR, world.population, limit=1e-4)
    assert found.value == pytest.approx(1e-4 * AREA.value / critical)
    assert found.unit == "persons"


def test_nobody_lives_at_point_nemo(world: World, scenario: Scenario) -> None:
    found = expected(at(-48.9, -123.4), scenario, world, LONG)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_europe_is_worse_than_a_random_place_and_the_ocean_better(world: World, scenario: Scenario) -> None:
    anywhere = expected(None, scenario, world).value
    assert expected(at(51.0, 10.0), scenario, world, LONG).value > 2 * anywhere
    assert expected(at(-30.0, -100.0), scenario, world).value < 0.01 * anywhere


def test_places_are_averaged_with_their_weights(world: World, scenario: Scenario) -> None:
    here, there = at(51.0, 10.0), at(28.0, 80.0)
    both = Places(*(np.concatenate(pair) for pair in zip(here, there, strict=True)))._replace(
        weight=np.array([0.25, 0.75])
    )
    mean = 0.25 * expected(here, scenario, world).value + 0.75 * expected(there, scenario, world).value
    assert expected(both, scenario, world).value == pytest.approx(mean, rel=1e-6)


def test_the_toe_reaches_people_ahead_and_not_behind(world: World, scenario: Scenario) -> None:
    """1,000 km west of Portugal: flying east the pieces fall on Iberia, flying west they do not."""
    ahead = even_footprint(800.0, 1200.0, 100.0)
    east = expected(at(40.0, -20.0, 90.0), scenario, world, ahead).value
    west = expected(at(40.0, -20.0, 270.0), scenario, world, ahead).value
    assert east > 0.01
    assert west < 0.1 * east  # the Azores


def test_area_scales_value_and_interval(world: World, scenario: Scenario) -> None:
    once = expected(at(51.0, 10.0), scenario, world)
    double = AREA.model_copy(update={"value": 4000.0, "low": 3000.0, "high": 5200.0})
    twice = expected(at(51.0, 10.0), scenario, world, area=double)
    assert [twice.value, twice.low, twice.high] == pytest.approx([2 * once.value, 2 * once.low, 2 * once.high])


def test_the_interval_holds_area_and_people(world: World, scenario: Scenario) -> None:
    found = expected(None, scenario, world)
    people = 1.6449 * scenario.assess.population_sigma
    assert np.log(found.high / found.value) == pytest.approx(np.hypot(np.log(1.3), people), rel=1e-3)
    assert np.log(found.value / found.low) == pytest.approx(np.hypot(np.log(2000 / 1500), people), rel=1e-3)
    nothing = AREA.model_copy(update={"low": 0.0})
    assert expected(None, scenario, world, area=nothing).low == 0.0


def test_an_even_footprint_spans_heel_to_toe() -> None:
    step = LONG.along_km[1] - LONG.along_km[0]
    assert LONG.along_km[0] - step / 2 == pytest.approx(-900.0)
    assert LONG.along_km[-1] + step / 2 == pytest.approx(1500.0)
    assert LONG.share.sum() == pytest.approx(1.0)


def test_a_flown_footprint_has_its_area_where_the_fragments_are() -> None:
    fragments = impacts([0.0] * 4, [0.0] * 4, survives=[True, True, True, False])
    fragments = replace(
        fragments,
        downrange_km=np.array([-500.0, 480.0, 500.0, 5000.0]),
        crossrange_km=np.array([10.0, -40.0, 0.0, 900.0]),
        weight=np.array([1.0, 2.0, 1.0, 9.0]),
    )
    found = footprint_of(fragments, AssessRules())
    assert found is not None
    assert found.half_width_km == 40.0
    assert found.share[0] == pytest.approx(0.25)
    assert found.share[-1] == pytest.approx(0.75)
    assert found.share.sum() == pytest.approx(1.0)


def test_fragments_that_do_no_harm_have_no_footprint() -> None:
    assert footprint_of(impacts([0.0], [0.0], energy_j=1.0), AssessRules()) is None


def test_a_single_dangerous_fragment_is_a_footprint() -> None:
    found = footprint_of(impacts([0.0], [0.0]), AssessRules())
    assert found is not None
    assert found.share.tolist() == [1.0]
    assert found.along_km.tolist() == [0.0]
