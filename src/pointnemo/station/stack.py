"""The stack on a day: what is docked where, what it weighs, who is aboard and who has a seat home.

Flights are known by the day. A vehicle is docked from 00:00 UTC of its docking day to 00:00 UTC of its undocking day,
so that one leaving and one arriving on the same day never meet on a port.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

from pointnemo.results import CrewInterval, PortInterval
from pointnemo.scenario.models import Flight, Scenario
from pointnemo.scenario.schedule import expand_flights, stretches
from pointnemo.world.time import to_date

__all__ = [
    "brought_propellant_kg",
    "crew_and_seats",
    "docked_at",
    "dry_station_kg",
    "mass_at",
    "midnight_utc",
    "port_intervals",
]


def midnight_utc(day: date) -> str:
    """00:00 UTC of a day as text, ``2028-12-31T00:00:00Z``."""
    return f"{day.isoformat()}T00:00:00Z"


def _day_of(when: date | float) -> date:
    """The UTC day of an instant given as a date or as TT seconds since J2000."""
    return when if isinstance(when, date) else date.fromisoformat(to_date(when))


def _is_docked(flight: Flight, day: date) -> bool:
    return flight.dock <= day < flight.undock


def brought_propellant_kg(flight: Flight, scenario: Scenario) -> float:
    """Propellant that a flight brings for the station: its own figure, else its vehicle type's, kg."""
    own = flight.propellant_kg
    return scenario.vehicles[flight.vehicle].propellant_kg if own is None else own


def dry_station_kg(scenario: Scenario) -> float:
    """Mass of the station without visiting vehicles and without the propellant in its tanks, kg."""
    station = scenario.station
    return station.mass_kg - sum(tank.propellant_kg for tank in station.tanks.values())


def docked_at(scenario: Scenario, when: date | float) -> dict[str, Flight]:
    """Flights that are docked on a day.

    Args:
        scenario: what was decided.
        when: a UTC day, or TT seconds since J2000.

    Returns:
        Flight key -> flight, in order of docking.
    """
    day = _day_of(when)
    return {key: flight for key, flight in expand_flights(scenario).items() if _is_docked(flight, day)}


def mass_at(scenario: Scenario, when: date | float) -> float:
    """Mass of the whole stack with every tank as full as at the epoch or on arrival.

    At the epoch this is the mass; later the history knows what has been spent (``History.mass_kg``).

    Args:
        scenario: what was decided.
        when: a UTC day, or TT seconds since J2000.

    Returns:
        kg.
    """
    docked = docked_at(scenario, when).values()
    visiting = (
        scenario.vehicles[flight.vehicle].docked_mass_kg + brought_propellant_kg(flight, scenario) for flight in docked
    )
    return scenario.station.mass_kg + sum(visiting)


def port_intervals(scenario: Scenario) -> tuple[PortInterval, ...]:
    """Who is on which port from when to when: one row for each stretch of a stay that lasts beyond the epoch."""
    epoch = scenario.orbit.epoch_utc.date()
    return tuple(
        PortInterval(
            flight=key,
            vehicle=flight.vehicle,
            partner=scenario.vehicles[flight.vehicle].partner,
            port=port,
            dock_utc=midnight_utc(begin),
            undock_utc=midnight_utc(end),
            status=flight.status,
            moved=index > 0,
        )
        for key, flight in expand_flights(scenario).items()
        for index, (port, begin, end) in enumerate(stretches(flight))
        if end > epoch
    )


def _crew_on(flights: Mapping[str, Flight], day: date, scenario: Scenario) -> tuple[int, int]:
    """People aboard and seats home on a day: each person flies home in a vehicle that is docked."""
    docked = [flight for flight in flights.values() if _is_docked(flight, day)]
    return sum(flight.crew for flight in docked), sum(scenario.vehicles[flight.vehicle].seats for flight in docked)


def crew_and_seats(scenario: Scenario, until: date | None = None) -> tuple[CrewInterval, ...]:
    """People aboard and seats home, from the epoch on.

    Args:
        scenario: what was decided.
        until: first day that is no longer told; None means the day after the target date of the de-orbit.

    Returns:
        Intervals that follow each other without a hole; neighbours differ.
    """
    first = scenario.orbit.epoch_utc.date()
    last = scenario.horizon.deorbit_by + timedelta(days=1) if until is None else until
    flights = expand_flights(scenario)
    borders = {day for flight in flights.values() for day in (flight.dock, flight.undock) if first < day < last}
    intervals: list[CrewInterval] = []
    days = [first, *sorted(borders), last]
    for start, end in pairwise(days):
        crew, seats = _crew_on(flights, start, scenario)
        if intervals and (intervals[-1].crew, intervals[-1].seats) == (crew, seats):
            intervals[-1] = intervals[-1].model_copy(update={"to_utc": midnight_utc(end)})
        elif end > start:
            row = CrewInterval(from_utc=midnight_utc(start), to_utc=midnight_utc(end), crew=crew, seats=seats)
            intervals.append(row)
    return tuple(intervals)
