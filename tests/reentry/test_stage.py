"""The stage as a whole, on the shipped station."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest

from pointnemo.errors import FlightError
from pointnemo.reentry import EntryState, reenter
from pointnemo.results import Reenter
from pointnemo.scenario.models import Scenario
from pointnemo.world import World


@pytest.fixture(scope="module")
def result(entry: EntryState, scenario: Scenario, world: World) -> Reenter:
    return reenter(entry, scenario, world, seed=11, workers=1)


def test_mass_is_conserved_in_every_run(result: Reenter, entry: EntryState) -> None:
    impacts = result.impacts
    mass = np.bincount(impacts.run, impacts.weight * impacts.initial_mass_kg)
    np.testing.assert_allclose(mass, entry.mass_kg, rtol=1e-9)
    assert np.all(impacts.mass_kg <= impacts.initial_mass_kg * (1 + 1e-12))
    assert sum(phase.released_mass_kg for phase in result.phases) == pytest.approx(entry.mass_kg, rel=1e-9)
    pieces = sum(phase.surviving_mass_kg.value for phase in result.phases)
    assert pieces == pytest.approx(result.surviving_mass_kg.value, rel=1e-9)


def test_workers_do_not_change_a_bit(result: Reenter, entry: EntryState, scenario: Scenario, world: World) -> None:
    other = reenter(entry, scenario, world, seed=11, workers=2)
    assert other.model_dump_json() == result.model_dump_json()
    for field in fields(result.impacts):
        np.testing.assert_array_equal(getattr(other.impacts, field.name), getattr(result.impacts, field.name))


def test_a_run_does_not_depend_on_how_many_there_are(
    result: Reenter, entry: EntryState, scenario: Scenario, world: World
) -> None:
    first = scenario.reentry.model_copy(update={"fragments": 600, "realisations": 1})
    alone = reenter(entry, scenario.model_copy(update={"reentry": first}), world, seed=11, workers=1)
    rows = result.impacts.run == 0
    np.testing.assert_array_equal(alone.impacts.latitude_deg, result.impacts.latitude_deg[rows])


def test_another_seed_is_another_break_up(result: Reenter, entry: EntryState, scenario: Scenario, world: World) -> None:
    other = reenter(entry, scenario, world, seed=12, workers=1)
    assert other.impact_centre != result.impact_centre


def test_the_document_is_complete(result: Reenter, scenario: Scenario) -> None:
    document = json.loads(result.model_dump_json())
    assert "impacts" not in document
    assert document["fragments_flown"] == scenario.reentry.fragments
    assert document["realisations"] == scenario.reentry.realisations
    assert [phase["id"] for phase in document["phases"]] == list(scenario.reentry.phases)
    assert document["first_impact_utc"] < document["last_impact_utc"]
    assert len(document["assumptions"]) >= 10
    for phase, rule in zip(result.phases, scenario.reentry.phases.values(), strict=True):
        assert rule.low_km <= phase.altitude_km.low <= phase.altitude_km.high <= rule.high_km


def test_the_footprint_lies_along_the_flight(result: Reenter) -> None:
    footprint = result.footprint
    assert footprint.heel.longitude_deg < result.impact_centre.longitude_deg < footprint.toe.longitude_deg
    assert 1000.0 < footprint.length_km.value < 6000.0
    assert 20.0 < footprint.width_km.value < 300.0


def test_dense_pieces_fly_to_the_toe(result: Reenter) -> None:
    impacts = result.impacts
    down = impacts.survives & (impacts.release_height_km < 85.0)
    beta = impacts.mass_kg[down] / impacts.area_m2[down]
    ranks = [np.argsort(np.argsort(column)) for column in (np.log(beta), impacts.downrange_km[down])]
    assert np.corrcoef(ranks)[0, 1] > 0.4


def test_what_demised_did_so_below_its_release(result: Reenter) -> None:
    impacts = result.impacts
    gone = ~impacts.survives
    assert gone.any()
    assert np.all(impacts.demise_height_km[gone] > 0.0)
    # lift carries a few foils up again
    assert np.mean(impacts.demise_height_km[gone] < impacts.release_height_km[gone]) > 0.9
    assert np.max(impacts.demise_height_km[gone] - impacts.release_height_km[gone]) < 15.0
    assert np.all(impacts.demise_height_km[impacts.survives] == 0.0)
    assert np.all(impacts.mass_kg[gone] == 0.0)


def test_a_later_break_up_leaves_more(entry: EntryState, scenario: Scenario, world: World, result: Reenter) -> None:
    """Pieces that are set free 8 km lower are exposed more briefly and more slowly."""
    phases = {
        key: phase.model_copy(update={name: getattr(phase, name) - 8.0 for name in ("height_km", "low_km", "high_km")})
        for key, phase in scenario.reentry.phases.items()
    }
    low = scenario.reentry.model_copy(update={"phases": phases})
    late = reenter(entry, scenario.model_copy(update={"reentry": low}), world, seed=11, workers=1)
    assert late.surviving_fraction.value > result.surviving_fraction.value


def test_an_entry_that_stays_up_is_refused(entry: EntryState, scenario: Scenario, world: World) -> None:
    fast = tuple(1.06 * v for v in entry.velocity_km_s)
    shallow = EntryState(
        entry.tt_s, entry.position_km, (fast[0], fast[1], fast[2]), entry.mass_kg, 1.0, *(-48.88, -123.4)
    )
    with pytest.raises(FlightError, match="too shallow"):
        reenter(shallow, scenario, world, seed=1, workers=1)


def test_an_entry_without_mass_is_refused(entry: EntryState) -> None:
    with pytest.raises(FlightError, match="above 0"):
        EntryState(entry.tt_s, entry.position_km, entry.velocity_km_s, 0.0, 3000.0, 0.0, 0.0)


# --- lift and attitude of a scenario --------------------------------------------------------------------------------


def changed(scenario: Scenario, **reentry: object) -> Scenario:
    return scenario.model_copy(update={"reentry": scenario.reentry.model_copy(update=reentry)})


def test_lift_up_reaches_further_and_bank_moves_sideways(
    result: Reenter, entry: EntryState, scenario: Scenario, world: World
) -> None:
    """Every piece with L/D 0.1; what is left of the spread is the same draw for draw."""
    held = {"lift_to_drag_sigma": 0.0, "lift_to_drag": 0.1}
    up, right, left, rolling = (
        reenter(entry, changed(scenario, **held, **more), world, seed=11).impacts
        for more in ({"bank_deg": 0.0}, {"bank_deg": 90.0}, {"bank_deg": -90.0}, {"bank_deg": 0.0, "roll_deg_s": 20.0})
    )
    straight = reenter(entry, changed(scenario, lift_to_drag_sigma=0.0), world, seed=11).impacts
    both = straight.survives & up.survives & right.survives & left.survives & rolling.survives

    def median(other: np.ndarray, base: np.ndarray) -> float:
        return float(np.median((other - base)[both]))

    assert 100.0 < median(up.downrange_km, straight.downrange_km) < 350.0
    assert abs(median(rolling.downrange_km, straight.downrange_km)) < 20.0
    sideways = median(right.crossrange_km, straight.crossrange_km)
    assert 8.0 < abs(sideways) < 60.0
    assert median(left.crossrange_km, straight.crossrange_km) == pytest.approx(-sideways, rel=0.2)
    assert median(straight.crossrange_km, straight.crossrange_km) == 0.0


def test_the_default_direction_of_lift_is_any(
    result: Reenter, entry: EntryState, scenario: Scenario, world: World
) -> None:
    held = reenter(entry, changed(scenario, bank_deg=0.0), world, seed=11).impacts
    # the same numbers are drawn: nothing but the direction has changed
    np.testing.assert_array_equal(held.initial_mass_kg, result.impacts.initial_mass_kg)
    assert not np.array_equal(held.downrange_km, result.impacts.downrange_km)


def test_elements_and_pieces_that_fly_end_on_go_further(entry: EntryState, scenario: Scenario, world: World) -> None:
    classes = {
        key: row.model_copy(update={"attitude": "end-on"}) if row.shape == "cylinder" else row
        for key, row in scenario.reentry.classes.items()
    }
    elements = {key: row.model_copy(update={"attitude": "end-on"}) for key, row in scenario.station.elements.items()}
    usual, pieces = (reenter(entry, one, world, seed=11) for one in (scenario, changed(scenario, classes=classes)))
    names = np.array(usual.impacts.classes)[usual.impacts.fragment_class]
    rows = names == "arm-boom"  # not heated: the same mass comes down
    assert np.all(pieces.impacts.downrange_km[rows] > usual.impacts.downrange_km[rows])
    trimmed = scenario.model_copy(update={"station": scenario.station.model_copy(update={"elements": elements})})
    whole = reenter(entry, trimmed, world, seed=11)
    assert whole.footprint.length_km.value != usual.footprint.length_km.value


@pytest.mark.parametrize("bridge", ["table", "sin2", "sin3", "erf-log"])
def test_every_bridge_flies(bridge: str, result: Reenter, entry: EntryState, scenario: Scenario, world: World) -> None:
    few = {"fragments": 600, "realisations": 1}
    usual, other = (
        reenter(entry, changed(scenario, drag_bridge=name, **few), world, seed=11) for name in ("erf", bridge)
    )
    moved = np.abs(other.impacts.downrange_km - usual.impacts.downrange_km)
    assert 0.0 < float(np.median(moved)) < 150.0
