"""What the traffic misses is named: ports, clearances, stays."""

from __future__ import annotations

import pytest

from pointnemo.operations.traffic import traffic_changes, traffic_violations
from pointnemo.scenario import expand_manifest, load_scenario


def test_the_shipped_manifest_misses_nothing() -> None:
    assert traffic_violations(load_scenario()) == ()
    assert traffic_changes(load_scenario()) == ()


def test_a_listed_flight_that_breaks_a_clearance_flies_and_is_named() -> None:
    scenario = load_scenario(set=["flights.cygnus-ng-25.undock=2027-05-15"])
    assert expand_manifest(scenario).flights["cygnus-ng-25"] == scenario.flights["cygnus-ng-25"]
    (violation,) = traffic_violations(scenario)
    assert (violation.constraint, violation.subject, violation.utc[:10]) == ("clearance", "soyuz-ms-30", "2027-03-14")
    assert "arrives at rassvet-nadir" in violation.text
    assert "let cygnus-ng-25 leave or move by 2027-03-13" in violation.text


def test_the_mend_of_a_clearance_works() -> None:
    move = 'flights.cygnus-ng-25.moves=[{day=2027-03-13, port="harmony-nadir"}]'
    mended = ["flights.cygnus-ng-25.undock=2027-05-15", "flights.htv-x2.cancelled=true", move]
    assert traffic_violations(load_scenario(set=mended)) == ()


def test_what_happened_before_the_epoch_is_no_violation() -> None:
    early = "flights.soyuz-ms-29={vehicle='soyuz-ms', port='rassvet-nadir', dock=2026-07-14, undock=2026-10-25, crew=3}"
    assert not any(one.constraint == "clearance" for one in traffic_violations(load_scenario(set=[early])))


def test_a_lost_flight_is_named_with_a_mend() -> None:
    scenario = load_scenario(set=["flights.usdv.slip_days=-120"])
    (violation,) = traffic_violations(scenario)
    assert (violation.constraint, violation.subject, violation.amount) == ("port", "cargo-dragon-7", 1.0)
    assert "cadence.cargo-dragon.first_dock" in violation.text


def test_a_flight_that_waits_is_named() -> None:
    (violation,) = traffic_violations(load_scenario(set=["flights.spx-35.slip_days=-60"]))
    assert (violation.constraint, violation.subject, violation.amount, violation.unit) == (
        "port",
        "spx-35",
        26.0,
        "days",
    )


def test_a_stay_beyond_its_limit_is_named() -> None:
    rows = traffic_violations(load_scenario(set=["vehicles.soyuz-ms.stay_limit_days=253"]))
    assert [(row.constraint, row.subject, row.amount) for row in rows] == [("stay", "soyuz-ms-30", 1.0)]


@pytest.mark.parametrize(
    "settings",
    [
        ["partners.roscosmos.until=2028-06-30"],
        ["horizon.operate_until=2032-09-30", "horizon.deorbit_by=2033-12-31"],
        ["flights.crew-13.slip_days=60"],
        ["flights.progress-ms-40.slip_days=60"],
        ["flights.htv-x2.slip_days=200"],
        ["flights.soyuz-ms-31.cancelled=true"],
    ],
)
def test_what_if_is_a_plan_without_a_lost_flight(settings: list[str]) -> None:
    assert not any(violation.constraint == "port" for violation in traffic_violations(load_scenario(set=settings)))
