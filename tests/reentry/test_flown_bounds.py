"""Bounding flights, against everything that runs of the same scenario do."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.planning.entry_points import entry_state_of
from pointnemo.reentry import EntryState, reenter
from pointnemo.reentry.flown_bounds import flown_bounds_km
from pointnemo.scenario.loader import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.world import World, load_world

LEVEL = 0.99999
FEW = ("reentry.fragments=2000", "reentry.realisations=50")


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def satellite(world: World) -> tuple[Scenario, EntryState]:
    scenario = load_scenario("satellite", set=FEW)
    return scenario, entry_state_of(scenario, world)


def of(scenario: Scenario, **changes: float | str) -> Scenario:
    return scenario.model_copy(update={"reentry": scenario.reentry.model_copy(update=changes)})


@pytest.fixture(scope="module")
def bounds(satellite: tuple[Scenario, EntryState], world: World) -> np.ndarray:
    found = flown_bounds_km(satellite[1], satellite[0], world, LEVEL)
    assert found is not None
    return found


def test_no_piece_of_any_run_falls_beyond(
    satellite: tuple[Scenario, EntryState], bounds: np.ndarray, world: World
) -> None:
    fallen = reenter(satellite[1], satellite[0], world, seed=3).impacts
    assert fallen is not None
    down, cross = (part[fallen.survives] for part in (fallen.downrange_km, fallen.crossrange_km))
    heel, toe, left, right = bounds
    assert (down > -heel).all()
    assert (down < toe).all()
    assert (cross < left).all()
    assert (cross > -right).all()


def test_nothing_falls_before_the_interface_nor_near_it(bounds: np.ndarray) -> None:
    """Down-range counts from the interface here: the satellite aims at nothing. From 115 km even foil flies on."""
    assert 500.0 < -bounds[0] < 1500.0


@pytest.mark.parametrize(
    ("changes", "side"),
    [
        ({"density_sigma": 0.0, "ballistic_sigma": 0.0}, 0),
        ({"density_sigma": 0.0, "ballistic_sigma": 0.0}, 1),
        ({"lift_to_drag_sigma": 0.0}, 1),
        ({"lift_to_drag_sigma": 0.0}, 2),
        ({"wind_sigma_mps": 0.0}, 3),
    ],
)
def test_every_spread_moves_a_bound_outwards(
    satellite: tuple[Scenario, EntryState], bounds: np.ndarray, world: World, changes: dict[str, float], side: int
) -> None:
    without = flown_bounds_km(satellite[1], of(satellite[0], **changes), world, LEVEL)
    assert without is not None
    assert without[side] < bounds[side] - 0.1
    assert (without < bounds + 1e-6).all()


def test_a_lower_level_bounds_less(satellite: tuple[Scenario, EntryState], bounds: np.ndarray, world: World) -> None:
    lower = flown_bounds_km(satellite[1], satellite[0], world, 0.99)
    assert lower is not None
    assert (lower < bounds).all()


def test_phases_without_bounds_are_bounded_by_the_interface(
    satellite: tuple[Scenario, EntryState], bounds: np.ndarray, world: World
) -> None:
    free = flown_bounds_km(satellite[1], of(satellite[0], trigger="load-and-temperature"), world, LEVEL)
    assert free is not None
    assert free[0] > bounds[0]
    assert -free[0] > 0.0
