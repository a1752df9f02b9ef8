"""The manifest: slips, cadence, ports, commitments."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pointnemo.errors import ScenarioError
from pointnemo.scenario import Scenario, expand_flights, expand_manifest, load_scenario
from pointnemo.scenario.models import Flight, Move
from pointnemo.scenario.schedule import port_conflicts, port_on, slipped, stretches
from pointnemo.scenario.stays import breaches


def test_published_flights_fly_as_published() -> None:
    scenario = load_scenario()
    flights = expand_flights(scenario)
    assert all(flights[key] == flight for key, flight in scenario.flights.items())


def test_ordered_by_docking() -> None:
    days = [flight.dock for flight in expand_flights(load_scenario()).values()]
    assert days == sorted(days)


def test_slip_moves_launch_dock_and_undock() -> None:
    before = load_scenario().flights["progress-ms-40"]
    after = expand_flights(load_scenario(set=["flights.progress-ms-40.slip_days=60"]))["progress-ms-40"]
    shift = timedelta(days=60)
    assert before.launch is not None
    assert (after.launch, after.dock, after.undock) == (
        before.launch + shift,
        before.dock + shift,
        before.undock + shift,
    )
    assert after.slip_days == 0


def test_cancelled_flights_do_not_fly() -> None:
    manifest = expand_manifest(load_scenario(set=["flights.spx-35.cancelled=true"]))
    assert "spx-35" not in manifest.flights
    assert manifest.cancelled == ("spx-35",)


def test_cadence_keeps_its_rhythm_and_end() -> None:
    scenario = load_scenario()
    flights = expand_flights(scenario)
    for name, rhythm in scenario.cadence.items():
        own = [
            flight for key, flight in flights.items() if key.rpartition("-")[0] == name and flight.status == "cadence"
        ]
        assert own[0].dock == rhythm.first_dock
        assert own[-1].dock <= rhythm.until < own[-1].dock + timedelta(days=rhythm.interval_days)
        assert all((flight.undock - flight.dock).days == rhythm.stay_days for flight in own)


def test_one_vehicle_at_a_time_and_ports_that_fit() -> None:
    scenario = load_scenario()
    flights = expand_flights(scenario)
    assert port_conflicts(flights) == ()
    assert all(flight.vehicle in scenario.station.ports[flight.port].accepts for flight in flights.values())


def test_same_day_turnover_is_no_meeting() -> None:
    flights = expand_flights(load_scenario())
    leaving, coming = flights["crew-dragon-last-1"], flights["crew-dragon-last-2"]
    assert leaving.undock == coming.dock
    assert port_on(leaving, leaving.undock) == coming.port


def test_shipped_manifest_leaves_nothing_out() -> None:
    manifest = expand_manifest(load_scenario())
    assert manifest.no_port == manifest.uncommitted == manifest.changes == ()
    assert manifest.proven


def test_partners_do_not_fly_after_their_commitment() -> None:
    manifest = expand_manifest(load_scenario(set=["partners.roscosmos.until=2027-12-31"]))
    assert {item.key for item in manifest.uncommitted} == {"progress-ms-40", "soyuz-ms-32", "progress-1", "progress-2"}
    assert "committed to 2027-12-31 only" in manifest.uncommitted[0].reason
    assert "progress-ms-39" in manifest.flights  # docked on that day: stays


def test_a_published_flight_takes_the_place_of_a_cadence_flight() -> None:
    entry = '{vehicle="cygnus", port="harmony-nadir", dock=2027-08-01, undock=2027-10-01}'
    flights = expand_flights(load_scenario(set=[f"flights.cygnus-1={entry}"]))
    assert flights["cygnus-1"].dock == date(2027, 8, 1)


def test_huge_slips_stay_in_the_calendar() -> None:
    flights = expand_flights(load_scenario(set=["flights.spx-35.slip_days=-99999999"]))
    assert flights["spx-35"].dock == date.min


@pytest.mark.parametrize("name", ["iss", "iss-let-go"])
def test_there_is_a_seat_for_everyone_every_day(name: str) -> None:
    scenario = load_scenario(name)
    flights = expand_flights(scenario)
    day, last = scenario.orbit.epoch_utc.date(), scenario.horizon.deorbit_by
    while day <= last:
        docked = [flight for flight in flights.values() if flight.dock <= day < flight.undock]
        crew = sum(flight.crew for flight in docked)
        assert crew <= sum(scenario.vehicles[flight.vehicle].seats for flight in docked), day
        expected = 7 if day < date(2028, 12, 20) else 4  # Soyuz leaves with Roscosmos
        assert crew >= expected, day
        day += timedelta(days=1)


# --- relocations -----------------------------------------------------------------------------------------------------


def moving(slip_days: int = 0) -> Flight:
    return Flight(
        vehicle="soyuz-ms", port="rassvet-nadir", dock=date(2027, 1, 1), undock=date(2027, 6, 1), slip_days=slip_days,
        moves=(Move(day=date(2027, 2, 1), port="prichal-nadir"), Move(day=date(2027, 3, 1), port="poisk-zenith")),
    )  # fmt: skip


def test_where_a_flight_is_on_a_day() -> None:
    days = {
        date(2026, 12, 1): "rassvet-nadir",
        date(2027, 1, 31): "rassvet-nadir",
        date(2027, 2, 1): "prichal-nadir",
        date(2027, 2, 28): "prichal-nadir",
        date(2027, 3, 1): "poisk-zenith",
        date(2027, 6, 1): "poisk-zenith",
    }
    assert {day: port_on(moving(), day) for day in days} == days
    ports, begins, ends = zip(*stretches(moving()), strict=True)
    assert ports == ("rassvet-nadir", "prichal-nadir", "poisk-zenith")
    assert (begins[0], ends[-1]) == (date(2027, 1, 1), date(2027, 6, 1))
    assert begins[1:] == ends[:-1]


def test_a_slip_moves_relocations_too() -> None:
    flight = slipped(moving(slip_days=10))
    assert [move.day for move in flight.moves] == [date(2027, 2, 11), date(2027, 3, 11)]


def test_a_port_left_by_relocation_is_free() -> None:
    other = Flight(vehicle="soyuz-ms", port="rassvet-nadir", dock=date(2027, 2, 1), undock=date(2027, 4, 1))
    assert port_conflicts({"one": moving(), "two": other}) == ()
    early = other.model_copy(update={"dock": date(2027, 1, 31)})
    assert port_conflicts({"one": moving(), "two": early}) == (("one", "two", date(2027, 1, 31), date(2027, 2, 1)),)


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ('[{day=2027-01-10, port="harmony-nadr"}]', "there is no port 'harmony-nadr'"),
        ('[{day=2025-01-10, port="harmony-nadir"}]', "is not between dock 2026-11-15"),
        ('[{day=2027-03-12, port="harmony-nadir"}]', "is not between dock 2026-11-15"),
        ('[{day=2027-01-10, port="unity-nadir"}]', "where it is already"),
        ('[{day=2027-01-10, port="zvezda-aft"}]', "does not take a cygnus"),
        ('[{day=2027-01-10, port="harmony-nadir"}, {day=2027-01-10, port="unity-nadir"}]', "is not after 2027-01-10"),
        ('[{day=2027-01-10, port="harmony-nadir"}]', "flights.htv-x2: meets cygnus-ng-25 on harmony-nadir"),
    ],
)
def test_moves_that_cannot_be_meant(moves: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(set=[f"flights.cygnus-ng-25.moves={moves}"])
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("port", '"unity"', "there is no port 'unity'"),
        ("neighbour", '"unity-nadir"', "is unity-nadir itself"),
        ("others", '["soyuz"]', "there is no vehicle 'soyuz'"),
    ],
)
def test_clearances_that_cannot_be_meant(key: str, value: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(set=[f"station.clearances.unity-rassvet.{key}={value}"])
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (
            "quiet.a={from_day=2027-02-01, to_day=2027-01-01}",
            "2027-01-01 is before from_day 2027-02-01 (exchange the two?)",
        ),
        ("quiet.a={from_day=2027-02-01}", "what is set lacks to_day (set to_day too)"),
        ("cadence.progress.until=2026-10-01", "(write first_dock itself to keep its first flight alone)"),
    ],
)
def test_days_that_cannot_be_meant(setting: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(set=[setting])
    assert words in str(caught.value)


# --- planned again ---------------------------------------------------------------------------------------------------


def changes(*sets: str) -> dict[str, str]:
    return {change.key: change.what for change in expand_manifest(load_scenario(set=sets)).changes}


def test_a_cadence_keeps_clear_of_its_neighbour() -> None:
    scenario = load_scenario()
    flights = expand_flights(scenario)
    assert breaches(scenario.station.clearances, flights) == ()
    assert flights["cygnus-3"].port == "harmony-nadir"  # Soyuz MS-32 leaves Rassvet nadir during its stay
    free = load_scenario(set=['station.clearances.unity-rassvet.vehicles=["htv-x"]'])
    assert expand_flights(free)["cygnus-3"].port == "unity-nadir"


def test_a_slipped_flight_leaves_when_its_port_is_needed() -> None:
    scenario = load_scenario(set=["flights.progress-ms-36.slip_days=60"])
    flights = expand_flights(scenario)
    assert flights["progress-ms-36"].undock == flights["progress-ms-38"].dock == scenario.flights["progress-ms-38"].dock
    assert flights["progress-ms-34"] == scenario.flights["progress-ms-34"], "the one before keeps its stay"
    assert changes("flights.progress-ms-36.slip_days=60") == {"progress-ms-36": "leaves 49 days earlier"}


def test_a_flight_that_comes_early_shortens_the_stay_before_it_only_if_its_port_is_needed() -> None:
    assert changes("flights.progress-ms-36.slip_days=-10") == {"progress-ms-34": "leaves 6 days earlier"}
    assert changes("flights.progress-ms-36.slip_days=-4") == {}


def test_a_crew_stays_for_a_relief_that_slips() -> None:
    scenario = load_scenario(set=["flights.soyuz-ms-30.slip_days=12"])
    before, after = scenario.flights["soyuz-ms-29"], expand_flights(scenario)["soyuz-ms-29"]
    assert (after.undock - before.undock).days == 12
    assert changes("flights.soyuz-ms-30.slip_days=12") == {
        "soyuz-ms-29": "stays 12 days longer for the crew that relieves it"
    }


def test_a_crew_stays_no_longer_than_its_vehicle_may() -> None:
    scenario = load_scenario(set=["flights.soyuz-ms-30.slip_days=60"])
    flight = expand_flights(scenario)["soyuz-ms-29"]
    assert (flight.undock - flight.dock).days == scenario.vehicles["soyuz-ms"].stay_limit_days
    shorter = load_scenario(set=["flights.soyuz-ms-30.slip_days=60", "crew.duty_limit_days=255"])
    flight = expand_flights(shorter)["soyuz-ms-29"]
    assert flight.launch is not None
    assert (flight.undock - flight.launch).days == 255


@pytest.mark.parametrize("setting", ["flights.crew-13.cancelled=true", "flights.soyuz-ms-30.slip_days=-20"])
def test_nobody_stays_for_a_relief_that_is_cancelled_or_early(setting: str) -> None:
    assert not any("longer" in what for what in changes(setting).values())


def test_a_slipped_flight_waits_only_where_nothing_else_helps() -> None:
    scenario = load_scenario(set=["flights.spx-35.slip_days=-60"])  # both Dragon ports hold a crew then
    (change,) = expand_manifest(scenario).changes
    assert change.key == "spx-35"
    assert change.wait_days == 26
    assert expand_flights(scenario)["spx-35"].dock == scenario.flights["crew-12"].undock


def test_the_deorbit_vehicle_comes_when_it_is_told_to() -> None:
    manifest = expand_manifest(load_scenario(set=["flights.usdv.slip_days=-120"]))
    assert manifest.flights["usdv"].dock == date(2029, 3, 3)
    assert [flight.key for flight in manifest.no_port] == ["cargo-dragon-7"]
    assert "taken between 2029-03-11 and 2029-04-15" in manifest.no_port[0].reason


def test_a_cadence_that_finds_no_port_is_not_refused() -> None:
    manifest = expand_manifest(load_scenario(set=["cadence.cygnus.stay_days=600"]))
    assert {flight.cadence for flight in manifest.no_port} == {"cygnus"}
    assert manifest.proven


def test_a_manifest_is_made_once_for_a_scenario() -> None:
    scenario: Scenario = load_scenario()
    assert expand_manifest(scenario) is expand_manifest(scenario)
    assert expand_manifest(scenario.model_copy()) == expand_manifest(scenario)
