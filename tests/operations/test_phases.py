"""Phases of launches and landings: the same liftoff as the windows, and levers that a flight confirms."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.operations.launch_sites import LAUNCHERS, SITES, VISITORS
from pointnemo.operations.phases import LANDINGS, Choice, Event, events_of, passage_on
from pointnemo.operations.reboosts import Question, _event_day, path_with, question_of
from pointnemo.operations.station_path import StationPath
from pointnemo.operations.windows import StationOrbit, find_windows, plane_crossings, site_latitude_rad
from pointnemo.scenario import load_scenario
from pointnemo.station.stack import mass_at
from pointnemo.tracking import track
from pointnemo.world import load_world, time
from pointnemo.world.earth import EARTH_RADIUS_KM

WORLD, ISS = load_world(bundled=True), load_scenario("iss")
FIRST = date(2026, 10, 1)
LAUNCH = Event("any", "progress-ms", "launch", "baikonur-31", FIRST, (Choice("2-orbit", 9.0, 25.0),))
LANDING = Event("any", "soyuz-ms", "landing", "Zhezkazgan", FIRST, (Choice("landing", -47.0, 1.0),))


def orbit_of(latitude_rad: float = 0.5, node_rad: float = 1.2) -> StationOrbit:
    epoch = time.from_utc(FIRST.isoformat())
    return StationOrbit(epoch, 6796.0, 0.0008, math.radians(51.64), node_rad, latitude_rad, 0.05 / 86400.0, 0.0)


@settings(deadline=None, max_examples=25)
@given(st.floats(-3.0, 3.0), st.floats(0.0, 6.2), st.integers(0, 3))
def test_a_launch_leaves_when_the_windows_say(latitude_rad: float, node_rad: float, later: int) -> None:
    orbit, visitor = orbit_of(latitude_rad, node_rad), VISITORS["progress-ms"]
    day = FIRST + timedelta(days=later)
    start = time.from_utc(day.isoformat())
    route = visitor.routes["baikonur-31"]
    windows = find_windows(
        orbit, ISS, "progress-ms", visitor, SITES["baikonur-31"], route, LAUNCHERS[route.launcher],
        start - 3600.0, start + 86400.0 + 3600.0, WORLD.earth,
    )  # fmt: skip
    crossings = [time.from_utc(window.plane_crossing_utc) for window in windows]
    mine = [k for k, crossing in enumerate(crossings) if 1.0 < crossing - start < 86400.0 - 1.0]
    passage = passage_on(LAUNCH, day, orbit, WORLD.earth)
    if not mine:
        assert passage is None or min(abs(passage.tt_s - start), abs(passage.tt_s - start - 86400.0)) < 600.0
        return
    assert passage is not None
    assert passage.tt_s == pytest.approx(time.from_utc(windows[mine[0]].liftoff_utc), abs=1.0)
    assert passage.phase_deg == pytest.approx(windows[mine[0]].phase_deg, abs=1e-6)


def test_a_landing_is_the_pass_of_its_site() -> None:
    """At the passage the site lies in the plane, and the phase is what the station is ahead of it."""
    orbit, landing = orbit_of(), LANDINGS["soyuz-ms"]
    start = time.from_utc(FIRST.isoformat())
    (crossing,) = plane_crossings(orbit, landing.site, landing.direction, start, start + 86400.0, WORLD.earth)
    passage = passage_on(LANDING, FIRST, orbit, WORLD.earth)
    assert passage is not None
    assert passage.tt_s == crossing
    ahead = orbit.latitude_at(crossing) - site_latitude_rad(orbit, landing.site, crossing, WORLD.earth)
    assert math.remainder(passage.phase_deg - math.degrees(ahead), 360.0) == pytest.approx(0.0, abs=1e-9)
    behind = passage_on(LANDING, FIRST, orbit_of(0.5 - math.radians(10.0)), WORLD.earth)
    assert behind is not None
    assert math.remainder(passage.phase_deg - behind.phase_deg, 360.0) == pytest.approx(10.0, abs=1e-6)


# --- what a scenario asks for ----------------------------------------------------------------------------------------


def test_events_are_of_the_days_asked_for_and_of_vehicles_that_ask() -> None:
    first, beyond = date(2027, 3, 14), date(2027, 11, 14)
    events = events_of(ISS, first, beyond)
    assert [event.day for event in events] == sorted(event.day for event in events)
    assert all(first <= event.day < beyond for event in events)
    assert {event.vehicle for event in events} == {"soyuz-ms", "progress-ms"}
    assert ("soyuz-ms-30", "launch") in {(event.flight, event.kind) for event in events}
    assert ("soyuz-ms-29", "landing") in {(event.flight, event.kind) for event in events}


def test_a_wanted_rendezvous_is_the_only_choice() -> None:
    one = next(e for e in events_of(ISS, date(2027, 3, 1), date(2027, 4, 1)) if e.flight == "soyuz-ms-30")
    other = next(e for e in events_of(ISS, date(2026, 12, 1), date(2027, 1, 1)) if e.flight == "progress-ms-36")
    assert {choice.name for choice in one.choices} == {"2-orbit", "4-orbit"}
    assert {choice.name for choice in other.choices} == {
        scheme.name
        for scheme in VISITORS["progress-ms"].rendezvous  # pyright: ignore[reportGeneralTypeIssues]
    }


# --- levers ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flown() -> tuple[Question, StationPath]:
    """A path of the shipped scenario over some months."""
    scenario = load_scenario("iss", set=["descent.lowering_start=2027-04-15", "horizon.operate_until=2027-04-15"])
    start = track(scenario, WORLD, mass_at(scenario, time.from_utc(scenario.orbit.epoch_utc.isoformat())))
    question = question_of(scenario, WORLD, start)
    return question, path_with(question, ())


def test_a_kilometre_more_for_days_moves_the_phase_by_the_lever(flown: tuple[Question, StationPath]) -> None:
    """Ten days at half a kilometre more before each event, by the rates themselves, against ``per_km_day``."""
    question, path = flown
    steps = question.decision.policy.lowering_step
    from pointnemo.motion.secular import secular_rates

    for event in question.events:
        day = _event_day(question, event, path, 0, steps)
        if day is None:
            continue
        km, days = 0.5, 10.0
        a_km = float(path.after_km[day.row]) + EARTH_RADIUS_KM
        node, latitude = secular_rates([a_km, a_km + km], float(path.eccentricity[day.row]), path.inclination_rad)
        seconds = days * 86400.0
        orbit = path.orbit_at(day.row, float(latitude[1] - latitude[0]) * seconds, float(node[1] - node[0]) * seconds)
        moved = passage_on(event, event.day, orbit, WORLD.earth)
        assert moved is not None
        change = math.remainder(moved.phase_deg - day.phase_deg, day.turn_deg)
        assert change == pytest.approx(day.per_km_day * km * days, rel=0.01)
        assert -1.4 < day.per_km_day < -1.1


def test_a_revolution_more_is_the_same_place_again(flown: tuple[Question, StationPath]) -> None:
    """Modulo its turn the phase of a launch is linear in the place of the station; modulo 360 degrees it is not."""
    question, path = flown
    steps = question.decision.policy.lowering_step
    for event in question.events:
        day = _event_day(question, event, path, 0, steps)
        if day is None:
            continue
        assert day.turn_deg == pytest.approx(360.0 if event.kind == "landing" else 371.6, abs=0.1)
        for turned in (0.7, 2.0, 3.5, 5.5, 2.0 * math.tau + 1.0):
            moved = passage_on(event, event.day, path.orbit_at(day.row, turned), WORLD.earth)
            assert moved is not None
            linear = day.phase_deg + day.turn_deg * turned / math.tau
            assert math.remainder(moved.phase_deg - linear, day.turn_deg) == pytest.approx(0.0, abs=0.3)


def test_the_path_counts_days_and_holds_its_orbit(flown: tuple[Question, StationPath]) -> None:
    _, path = flown
    assert path.row_of(path.first_day + timedelta(days=12)) == 12
    orbit = path.orbit_at(12)
    assert orbit.a_km == pytest.approx(path.after_km[12] + EARTH_RADIUS_KM)
    assert float(orbit.node_at(float(path.tt_s[13]))) == pytest.approx(path.node_rad[13], abs=1e-6)
    assert orbit.latitude_at(float(path.tt_s[13])) == pytest.approx(path.latitude_rad[13], abs=2e-4)
    higher = replace(path, after_km=path.after_km + 1.0)
    assert higher.orbit_at(12).a_km == orbit.a_km + 1.0
