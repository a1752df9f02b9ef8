"""Break-up by load and temperature."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.errors import ScenarioError
from pointnemo.planning.entry_points import entry_state_of
from pointnemo.reentry import EntryState, reenter
from pointnemo.reentry.catalogue import Body, station_bodies
from pointnemo.reentry.triggers import trigger_heights_km, trigger_materials
from pointnemo.results import Reenter
from pointnemo.scenario.loader import load_scenario
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


def test_what_broke_each_phase_is_told(result: Reenter) -> None:
    """Arrays go by load alone (they have no other trigger), shells by temperature alone."""
    broke = {phase.id: phase.broke_by for phase in result.phases}
    assert broke["arrays"] == {"load": pytest.approx(1.0)}
    assert set(broke["joints"]) <= {"load", "temperature", "left-over"}
    for phase in result.phases:
        if phase.elements:
            assert sum(phase.broke_by.values()) == pytest.approx(1.0)
            assert phase.altitude_median_km is not None
            assert phase.altitude_km.low <= phase.altitude_median_km <= phase.altitude_km.high
        assert phase.trigger == "load-and-temperature"


def test_drawn_heights_are_broken_by_nothing(entry: EntryState, scenario: Scenario, world: World) -> None:
    few = scenario.reentry.model_copy(update={"fragments": 600, "realisations": 1})
    drawn = reenter(entry, scenario.model_copy(update={"reentry": few}), world, seed=11)
    assert all(not phase.broke_by and phase.trigger == "height" for phase in drawn.phases)


# --- radiative equilibrium: ORSAT's remedy of 2019 -------------------------------------------------------------------


def parent_heights(mass_kg: float, material: str, world: World, **entry: float) -> tuple[float, str]:
    """Where a parent of 2 m x 1 m breaks up, and by what: the satellite with one element and no spread."""
    still = {
        "reentry.trigger": "radiative-equilibrium", "reentry.fragments": 100, "reentry.realisations": 1,
        "reentry.heat_sigma": 0.0, "reentry.density_sigma": 0.0, "reentry.ballistic_sigma": 0.0,
        "reentry.wind": "none", **{f"entry.{key}": value for key, value in entry.items()},
    }  # fmt: skip
    base = load_scenario("satellite", still)
    bus = base.station.elements["bus"].model_copy(
        update={"mass_kg": mass_kg, "length_m": 2.0, "diameter_m": 1.0, "material": material}
    )
    station = base.station.model_copy(update={"mass_kg": mass_kg, "elements": {"bus": bus}})
    one = base.model_copy(update={"station": station})
    result = reenter(entry_state_of(one, world), one, world, seed=1)
    (phase,) = (phase for phase in result.phases if phase.id == "shells")
    (cause,) = phase.broke_by
    return phase.altitude_km.value, cause


def test_a_dense_and_a_light_parent_break_at_different_heights(world: World) -> None:
    """A light parent has slowed down by where a dense one is hottest: it reaches the melting point lower, or never."""
    heights = {mass: parent_heights(mass, "ss-304", world) for mass in (60.0, 400.0, 4000.0)}
    assert heights[4000.0][1] == heights[400.0][1] == "temperature"
    assert heights[4000.0][0] > heights[400.0][0] + 0.5
    assert heights[60.0] == (pytest.approx(30.0, abs=0.5), "left-over")
    aluminium = parent_heights(400.0, "al-7075", world)
    assert aluminium[0] > heights[400.0][0] + 15.0


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
