"""Break-up by load and temperature."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.errors import ScenarioError
from pointnemo.reentry import EntryState, reenter
from pointnemo.reentry.catalogue import Body, station_bodies
from pointnemo.reentry.triggers import trigger_heights_km, trigger_materials
from pointnemo.results import Reenter
from pointnemo.scenario.models import Phase, Scenario
from pointnemo.world import World


def by_load(scenario: Scenario, **phases: dict[str, object]) -> Scenario:
    table: dict[str, Phase] = {
        key: phase.model_copy(update=phases.get(key, {})) for key, phase in scenario.reentry.phases.items()
    }
    return scenario.model_copy(
        update={"reentry": scenario.reentry.model_copy(update={"trigger": "load-and-temperature", "phases": table})}
    )


def heights(result: Reenter) -> dict[str, float]:
    return {phase.id: phase.altitude_km.value for phase in result.phases}


@pytest.fixture(scope="module")
def result(entry: EntryState, scenario: Scenario, world: World) -> Reenter:
    return reenter(entry, by_load(scenario), world, seed=11)


def test_heights_follow_and_keep_their_order(result: Reenter, entry: EntryState) -> None:
    found = heights(result)
    assert found["arrays"] > found["radiators"] > found["joints"]
    assert 90.0 < found["arrays"] < 115.0
    assert 60.0 < found["shells"] < 90.0
    assert result.trigger == "load-and-temperature"
    assert "load and temperature" in result.assumptions[0]
    mass = np.bincount(result.impacts.run, result.impacts.weight * result.impacts.initial_mass_kg)
    np.testing.assert_allclose(mass, entry.mass_kg, rtol=1e-9)


def test_bodies_of_one_phase_leave_at_their_own_heights(result: Reenter) -> None:
    impacts = result.impacts
    names = np.array(impacts.elements)[impacts.element]
    run = (impacts.run == 0) & np.char.startswith(names, "array-")
    assert len(np.unique(impacts.release_height_km[run])) > 4


def test_workers_do_not_change_a_bit(result: Reenter, entry: EntryState, scenario: Scenario, world: World) -> None:
    other = reenter(entry, by_load(scenario), world, seed=11, workers=2)
    assert other.model_dump_json() == result.model_dump_json()


def test_a_stronger_mast_holds_for_two_scale_heights(entry: EntryState, scenario: Scenario, world: World) -> None:
    """Dynamic pressure grows as density: e^2 times the load is two density scale heights (5.5 km there) lower."""
    weak, strong = (
        reenter(entry, by_load(scenario, arrays={"load_pa": load, "load_sigma": 0.0}), world, seed=3)
        for load in (15.0, 15.0 * np.exp(2.0))
    )
    assert heights(weak)["arrays"] - heights(strong)["arrays"] == pytest.approx(11.0, abs=2.5)


def test_a_thinner_wall_melts_higher_and_equilibrium_is_the_limit(
    entry: EntryState, scenario: Scenario, world: World
) -> None:
    joints = {"load_pa": None, "wall_sigma": 0.0}
    found = [
        heights(reenter(entry, by_load(scenario, joints={**joints, **rule}), world, seed=3))["joints"]
        for rule in (
            {"melts": "lumped", "wall_kg_m2": 40.0},
            {"melts": "lumped", "wall_kg_m2": 10.0},
            {"melts": "lumped", "wall_kg_m2": 0.05},
            {"melts": "equilibrium"},
        )
    ]
    assert found[0] < found[1] - 3.0
    assert found[1] < found[2] - 3.0
    assert found[3] == pytest.approx(found[2], abs=1.5)


def test_a_phase_without_a_trigger_is_refused_with_all_others(
    entry: EntryState, scenario: Scenario, world: World
) -> None:
    bare = by_load(
        scenario,
        arrays={"load_pa": None},
        shells={"melts": "never"},
        remnants={"melts": "lumped", "wall_kg_m2": None},
    )
    with pytest.raises(ScenarioError) as caught:
        trigger_materials(bare, station_bodies(bare, entry.mass_kg))
    text = str(caught.value)
    assert all(f"reentry.phases.{key}" in text for key in ("arrays", "shells", "remnants"))
    assert "reentry.phases.joints" not in text


def test_the_height_of_a_phase_is_that_of_what_it_frees() -> None:
    bodies = (
        Body("a", (("m", 1.0),), 1.0, 0, 0),
        Body("b", (("m", 3.0),), 1.0, 0, 1),
        Body("c", (("m", 1.0),), 1.0, 0, 1),
    )
    found = trigger_heights_km(
        bodies, 3, np.array([100.0, 96.0, 92.0]), np.array([100.0, 80.0, 60.0]), np.array([1.0, 2.0, 70.0])
    )
    assert found == pytest.approx([96.0, 75.0, 70.0])
