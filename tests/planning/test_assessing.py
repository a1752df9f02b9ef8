"""Areas of a backup pass, a ship and an aircraft, from a small break-up over the South Pacific."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from tests.descend_factory import make_opportunities, make_rich_descend
from tests.reentry.flights import state_of

from pointnemo.errors import PointnemoError
from pointnemo.planning.assessing import BACKUP_ROWS, assess_all, backup_fall
from pointnemo.reentry import EntryState, reenter
from pointnemo.results import Assess, Descend, Entry, Opportunity, Place, Reenter
from pointnemo.scenario.loader import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.world import World, earth, load_world
from pointnemo.world.time import from_utc, to_utc

SEED, RUNS, ROWS = 3, 40, 100
START, LATER_S, TURN_DEG = "2030-12-15T12:00:00Z", 5490.0, -22.9
AIM = Place(latitude_deg=-48.88, longitude_deg=-123.4)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("iss", set=[f"reentry.fragments={RUNS * ROWS}", f"reentry.realisations={RUNS}"])


def turned(place: Place, turn_deg: float) -> Place:
    longitude = (place.longitude_deg + turn_deg + 180.0) % 360.0 - 180.0
    return Place(latitude_deg=place.latitude_deg, longitude_deg=longitude)


def entry_of(scenario: Scenario, world: World, later_s: float, turn_deg: float) -> Entry:
    """The same entry over the Earth, later and farther west."""
    tt_s = from_utc(START) + later_s
    matrix = earth.gcrs_to_itrs(tt_s, world.earth).T
    fixed = state_of(122.0, -30.0, -165.0 + turn_deg, 7850.0, -0.85, 134.2)
    position, velocity = (tuple(float(x) for x in matrix @ part / 1000.0) for part in (fixed[:3], fixed[3:]))
    return Entry(
        utc=to_utc(tt_s, 1),
        height_km=122.0,
        place=turned(Place(latitude_deg=-30.0, longitude_deg=-165.0), turn_deg),
        inertial_speed_km_s=7.85,
        flight_path_angle_deg=-0.85,
        azimuth_deg=134.2,
        mass_kg=scenario.station.mass_kg + 14_500.0,
        position_km=position,
        velocity_km_s=velocity,
    )


@pytest.fixture(scope="module")
def state(scenario: Scenario, world: World) -> EntryState:
    entry = entry_of(scenario, world, 0.0, 0.0)
    aim = AIM.latitude_deg, AIM.longitude_deg
    return EntryState(from_utc(entry.utc), entry.position_km, entry.velocity_km_s, entry.mass_kg, 3200.0, *aim)


@pytest.fixture(scope="module")
def fallen(state: EntryState, scenario: Scenario, world: World) -> Reenter:
    return reenter(state, scenario, world, SEED)


def passes(fallen: Reenter, entry: Entry | None) -> tuple[Opportunity, ...]:
    """The primary as it fell, a backup that comes too near to land, and one that is the primary turned."""
    primary, near, clear, *_ = make_opportunities()
    heel, toe = fallen.footprint.heel, fallen.footprint.toe
    whole = {"clear": True, "converged": True, "aim": turned(AIM, TURN_DEG)}
    return (
        primary.model_copy(update={"entry_utc": START, "heel": heel, "toe": toe, "aim": AIM}),
        near.model_copy(update={"clear": False, "entry": entry}),
        clear.model_copy(
            update=whole
            | {
                "entry": entry,
                "entry_utc": to_utc(from_utc(START) + LATER_S, 1),
                "heel": turned(heel, TURN_DEG),
                "toe": turned(toe, TURN_DEG),
            }
        ),
    )


def assessed(
    fallen: Reenter, state: EntryState, scenario: Scenario, world: World, opportunities: tuple[Opportunity, ...]
) -> Assess:
    descended: Descend = make_rich_descend().model_copy(update={"opportunities": opportunities, "branches": ()})
    found = assess_all(fallen, state, scenario, world, 51.6, SEED, descended)
    assert isinstance(found, Assess)
    return found


@pytest.fixture(scope="module")
def found(fallen: Reenter, state: EntryState, scenario: Scenario, world: World) -> Assess:
    return assessed(fallen, state, scenario, world, passes(fallen, entry_of(scenario, world, LATER_S, TURN_DEG)))


def test_the_first_backup_that_keeps_clear_is_flown_and_lies_in_its_areas(found: Assess) -> None:
    assert found.backup_pass == "backup-2"
    assert found.hazard_note == ""
    checks = {area.id: area for area in found.backup_hazard_areas}
    assert set(checks) == {area.id for area in found.hazard_areas}
    for name in ("declared", "safety"):
        assert (checks[name].checked_runs, checks[name].checked_inside) == (RUNS, 1.0)
        assert f"100 % of {RUNS} runs of {ROWS} pieces flown from its entry" in checks[name].text
    assert checks["floating"].checked_runs is None
    assert found.warnings is not None
    assert all("ALTERNATE" in text for text in (*found.warnings.backup_navarea, *found.warnings.backup_notam))
    assert found.warnings.notes


def test_windows_of_the_backup_are_those_of_the_primary_later(found: Assess) -> None:
    for area, later in zip(found.hazard_areas, found.backup_hazard_areas, strict=True):
        for one, other in zip(area.windows, later.windows, strict=True):
            for before, after in ((one.from_utc, other.from_utc), (one.to_utc, other.to_utc)):
                moved_s = (datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds()
                assert abs(moved_s - LATER_S) <= 120.0


def test_a_backup_that_enters_elsewhere_has_areas_of_its_own(
    fallen: Reenter, state: EntryState, scenario: Scenario, world: World
) -> None:
    astray = entry_of(scenario, world, LATER_S, TURN_DEG - 12.0)
    found = assessed(fallen, state, scenario, world, passes(fallen, astray))
    assert found.backup_pass == "backup-2"
    assert all("do not lie in the areas carried over" in area.text for area in found.backup_hazard_areas)
    middle = [np.mean([x for x, _ in area.polygon]) for area in (found.hazard_areas[0], found.backup_hazard_areas[0])]
    assert (middle[1] - middle[0] + 180.0) % 360.0 - 180.0 == pytest.approx(TURN_DEG - 12.0, abs=3.0)


def test_a_pass_without_an_entry_has_no_areas(
    fallen: Reenter, state: EntryState, scenario: Scenario, world: World
) -> None:
    found = assessed(fallen, state, scenario, world, passes(fallen, None))
    assert (found.backup_pass, found.backup_hazard_areas) == ("", ())
    with pytest.raises(PointnemoError, match="does not enter"):
        backup_fall(passes(fallen, None)[2], state, scenario, world, SEED)


def test_no_more_is_flown_than_is_asked_for(
    fallen: Reenter, state: EntryState, scenario: Scenario, world: World
) -> None:
    taken = passes(fallen, entry_of(scenario, world, LATER_S, TURN_DEG))[2]
    again, there = backup_fall(taken, state, scenario, world, SEED)
    assert (again.realisations, again.fragments_flown) == (RUNS, RUNS * ROWS)
    assert ROWS < BACKUP_ROWS
    assert there.tt_s == pytest.approx(state.tt_s + LATER_S, abs=0.06)
    assert there.aim_longitude_deg == pytest.approx(AIM.longitude_deg + TURN_DEG)
    assert again.surviving_mass_kg.value == pytest.approx(fallen.surviving_mass_kg.value, rel=0.02)


def test_an_aircraft_at_the_worst_place_reaches_the_rule(found: Assess) -> None:
    by_id = {one.id: one for one in found.exposures}
    assert set(by_id) == {"ship", "aircraft"}
    rule = next(one for one in found.rules if "aircraft is struck" in one.quantity)
    assert rule.value == by_id["aircraft"].probability
    assert rule.ok is None
    assert 0.0 < by_id["aircraft"].worst_10_min <= by_id["aircraft"].probability
