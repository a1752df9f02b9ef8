"""Mass, ports, crew and seats on a day, on the shipped scenario and on small changes of it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Flight, Move, Scenario
from pointnemo.station.stack import (
    brought_propellant_kg,
    crew_and_seats,
    docked_at,
    dry_station_kg,
    mass_at,
    port_intervals,
)
from pointnemo.world.time import from_date


@pytest.fixture(scope="module")
def iss() -> Scenario:
    return load_scenario("iss")


def with_flights(scenario: Scenario, **flights: Flight) -> Scenario:
    """The scenario with these flights and no others."""
    return scenario.model_copy(update={"flights": dict(flights), "cadence": {}})


def soyuz(dock: date, undock: date, crew: int = 3) -> Flight:
    return Flight(vehicle="soyuz-ms", port="rassvet-nadir", dock=dock, undock=undock, crew=crew)


EPOCH = date(2026, 9, 4)


def test_mass_adds_up(iss: Scenario) -> None:
    empty = with_flights(iss)
    assert mass_at(empty, EPOCH) == iss.station.mass_kg
    progress = Flight(
        vehicle="progress-ms", port="zvezda-aft", dock=EPOCH, undock=date(2027, 3, 1), propellant_kg=500.0
    )
    vehicle = iss.vehicles["progress-ms"]
    assert mass_at(with_flights(iss, one=progress), EPOCH) == iss.station.mass_kg + vehicle.docked_mass_kg + 500.0
    assert brought_propellant_kg(progress, iss) == 500.0
    assert brought_propellant_kg(progress.model_copy(update={"propellant_kg": None}), iss) == vehicle.propellant_kg
    assert dry_station_kg(iss) == iss.station.mass_kg - sum(tank.propellant_kg for tank in iss.station.tanks.values())


def test_docked_from_the_docking_day_to_the_day_before_undocking(iss: Scenario) -> None:
    scenario = with_flights(iss, one=soyuz(date(2026, 10, 1), date(2026, 10, 5)))
    assert not docked_at(scenario, date(2026, 9, 30))
    assert list(docked_at(scenario, date(2026, 10, 1))) == ["one"]
    assert list(docked_at(scenario, date(2026, 10, 4))) == ["one"]
    assert not docked_at(scenario, date(2026, 10, 5))


def test_an_instant_is_its_utc_day(iss: Scenario) -> None:
    scenario = with_flights(iss, one=soyuz(date(2026, 10, 1), date(2026, 10, 5)))
    midnight = from_date(date(2026, 10, 1))
    assert not docked_at(scenario, midnight - 1.0)
    assert docked_at(scenario, midnight + 1.0)
    assert mass_at(scenario, midnight + 1.0) == mass_at(scenario, date(2026, 10, 1))


def test_ports_never_hold_two(iss: Scenario) -> None:
    rows = port_intervals(iss)
    assert rows
    for port in {row.port for row in rows}:
        stays = sorted((row.dock_utc, row.undock_utc) for row in rows if row.port == port)
        assert all(before[1] <= after[0] for before, after in pairwise(stays))
    assert all(row.undock_utc[:10] > EPOCH.isoformat() for row in rows)


def test_a_relocated_vehicle_has_a_row_for_each_port(iss: Scenario) -> None:
    moves = (Move(day=date(2026, 11, 1), port="prichal-nadir"),)
    flight = soyuz(date(2026, 10, 1), date(2027, 4, 1)).model_copy(update={"moves": moves})
    rows = port_intervals(with_flights(iss, one=flight))
    assert [(row.port, row.dock_utc[:10], row.undock_utc[:10], row.moved) for row in rows] == [
        ("rassvet-nadir", "2026-10-01", "2026-11-01", False),
        ("prichal-nadir", "2026-11-01", "2027-04-01", True),
    ]


def test_crew_intervals_follow_each_other(iss: Scenario) -> None:
    rows = crew_and_seats(iss)
    assert rows[0].from_utc == "2026-09-04T00:00:00Z"
    assert rows[-1].to_utc == (iss.horizon.deorbit_by + timedelta(days=1)).isoformat() + "T00:00:00Z"
    for before, after in pairwise(rows):
        assert before.to_utc == after.from_utc
        assert (before.crew, before.seats) != (after.crew, after.seats)


def test_everybody_has_a_seat_in_a_docked_vehicle(iss: Scenario) -> None:
    scenario = with_flights(
        iss, one=soyuz(EPOCH, date(2026, 10, 5)), two=soyuz(date(2026, 10, 3), date(2027, 4, 1), crew=2)
    )
    rows = crew_and_seats(scenario, until=date(2026, 11, 1))
    assert [(row.from_utc[:10], row.crew, row.seats) for row in rows] == [
        ("2026-09-04", 3, 3),
        ("2026-10-03", 5, 6),
        ("2026-10-05", 2, 3),
    ]


def test_too_many_people_show(iss: Scenario) -> None:
    rows = crew_and_seats(with_flights(iss, one=soyuz(EPOCH, date(2026, 10, 5), crew=4)), until=date(2026, 9, 20))
    assert [(row.crew, row.seats) for row in rows] == [(4, 3)]
