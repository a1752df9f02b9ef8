"""The manifest: slips, cadence, ports, commitments."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pointnemo.errors import ScenarioError
from pointnemo.scenario import expand_flights, expand_manifest, load_scenario
from pointnemo.scenario.schedule import port_conflicts


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
    assert leaving.port == coming.port


def test_shipped_manifest_leaves_nothing_out() -> None:
    manifest = expand_manifest(load_scenario())
    assert manifest.no_port == manifest.uncommitted == ()


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


def test_no_port_comes_with_a_cure_that_works() -> None:
    earlier = "flights.usdv.slip_days=-120"
    with pytest.raises(ScenarioError) as caught:
        load_scenario(set=[earlier])
    (defect,) = caught.value.defects
    assert "flight cargo-dragon-7 finds no port: harmony-forward and harmony-zenith taken" in defect.what
    cure = defect.mend.rpartition(" ")[2]
    assert "cargo-dragon-7" not in expand_flights(load_scenario(set=[earlier, cure]))
