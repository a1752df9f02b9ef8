"""How many people live where a burn has failed: held to hand-made places and to people who are really there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.risk.synthetic import impacts

from pointnemo.risk.branches import BranchFootprint, Places, branch_density_per_km2, even_footprint, footprint_of
from pointnemo.risk.exposure import density_under_orbit_per_km2
from pointnemo.scenario.models import AssessRules
from pointnemo.world import World

YEAR = 2030.9
SMALL = even_footprint(-50.0, 50.0, 50.0)
LONG = even_footprint(-900.0, 1500.0, 100.0)


def at(latitude_deg: float, longitude_deg: float, azimuth_deg: float = 90.0) -> Places:
    return Places(np.array([latitude_deg]), np.array([longitude_deg]), np.array([azimuth_deg]), np.ones(1))


def density(places: Places, world: World, footprint: BranchFootprint = SMALL) -> float:
    return branch_density_per_km2(places, footprint, YEAR, world)


def test_nobody_lives_at_point_nemo(world: World) -> None:
    assert density(at(-48.9, -123.4), world, LONG) == 0.0


def test_europe_is_worse_than_a_random_place_and_the_ocean_better(world: World) -> None:
    anywhere = density_under_orbit_per_km2(51.6, YEAR, world.population)
    assert density(at(51.0, 10.0), world, LONG) > 2 * anywhere
    assert density(at(-30.0, -100.0), world) < 0.01 * anywhere


def test_places_are_averaged_with_their_weights(world: World) -> None:
    here, there = at(51.0, 10.0), at(28.0, 80.0)
    both = Places(*(np.concatenate(pair) for pair in zip(here, there, strict=True)))._replace(
        weight=np.array([0.25, 0.75])
    )
    assert density(both, world) == pytest.approx(0.25 * density(here, world) + 0.75 * density(there, world), rel=1e-6)


def test_the_toe_reaches_people_ahead_and_not_behind(world: World) -> None:
    """1,000 km west of Portugal: flying east the pieces fall on Iberia, flying west they do not."""
    ahead = even_footprint(800.0, 1200.0, 100.0)
    east = density(at(40.0, -20.0, 90.0), world, ahead)
    west = density(at(40.0, -20.0, 270.0), world, ahead)
    assert east > 5.0
    assert west < 0.1 * east  # the Azores


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
