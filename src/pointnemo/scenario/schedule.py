"""The manifest: published flights with their slips, and the cadence after them, each on a port that is free.

Stays are half-open in days: a vehicle that undocks on the day another docks does not meet it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pointnemo.scenario.models import Flight, Scenario

__all__ = ["Dropped", "Manifest", "expand_flights", "expand_manifest", "port_conflicts", "port_on", "stretches"]


@dataclass(frozen=True)
class Dropped:
    """A flight that is not flown, and why."""

    key: str
    cadence: str
    dock: date
    undock: date
    reason: str


@dataclass(frozen=True)
class Manifest:
    """All flights to the end, in order of docking.

    Attributes:
        flights: what flies.
        no_port: cadence flights for which no port was free.
        uncommitted: flights that would dock after the commitment of their partner ended.
        cancelled: keys of published flights marked ``cancelled``.
    """

    flights: Mapping[str, Flight]
    no_port: tuple[Dropped, ...]
    uncommitted: tuple[Dropped, ...]
    cancelled: tuple[str, ...]


def _moved(day: date, days: int) -> date:
    """A date moved by whole days, held inside the calendar."""
    ordinal = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(ordinal)


def slipped(flight: Flight) -> Flight:
    """The flight with its slip applied to launch, docking, relocations and undocking; the slip is then zero."""
    if flight.slip_days == 0:
        return flight
    moved = {
        "dock": _moved(flight.dock, flight.slip_days),
        "undock": _moved(flight.undock, flight.slip_days),
        "launch": _moved(flight.launch, flight.slip_days) if flight.launch else None,
        "moves": tuple(move.model_copy(update={"day": _moved(move.day, flight.slip_days)}) for move in flight.moves),
        "slip_days": 0,
    }
    return flight.model_copy(update=moved)


def port_on(flight: Flight, day: date) -> str:
    """The port that a flight is on, or was on last, on a day.

    Args:
        flight: with its slip applied.
        day: UTC; a vehicle is on the new port from 00:00 of the day of its relocation.

    Returns:
        Key of the port; that of docking for a day before.
    """
    return next((move.port for move in reversed(flight.moves) if move.day <= day), flight.port)


def stretches(flight: Flight) -> tuple[tuple[str, date, date], ...]:
    """Port, first day and day of leaving of each stretch of a stay, in order; half-open in days.

    Args:
        flight: with its slip applied; its moves in order and inside the stay.
    """
    days = [flight.dock, *(move.day for move in flight.moves), flight.undock]
    ports = [flight.port, *(move.port for move in flight.moves)]
    return tuple(zip(ports, days[:-1], days[1:], strict=True))


def _meet(one: Flight, dock: date, undock: date) -> bool:
    return one.dock < undock and dock < one.undock


def _free_port(ports: Sequence[str], flights: Mapping[str, Flight], dock: date, undock: date) -> str | None:
    """The first port with nobody on it from ``dock`` to ``undock``."""
    taken = {flight.port for flight in flights.values() if _meet(flight, dock, undock)}
    return next((port for port in ports if port not in taken), None)


def _committed(scenario: Scenario, vehicle: str, dock: date) -> bool:
    """Whether the vehicle's partner still flies on a day; unknown names are for the rules to report."""
    kind = scenario.vehicles.get(vehicle)
    partner = scenario.partners.get(kind.partner) if kind else None
    return partner is None or dock <= partner.until


def _uncommitted(scenario: Scenario, key: str, cadence: str, vehicle: str, dock: date, undock: date) -> Dropped:
    partner = scenario.vehicles[vehicle].partner
    until = scenario.partners[partner].until
    return Dropped(key, cadence, dock, undock, f"{partner} is committed to {until} only")


def _cadence_days(scenario: Scenario, key: str) -> Iterator[tuple[str, date, date]]:
    """Key, docking and undocking of each flight of a cadence, whether or not it finds a port."""
    rhythm = scenario.cadence[key]
    count = (rhythm.until - rhythm.first_dock).days // rhythm.interval_days + 1
    for index in range(max(count, 0)):
        dock = rhythm.first_dock + timedelta(days=index * rhythm.interval_days)
        yield f"{key}-{index + 1}", dock, _moved(dock, rhythm.stay_days)


def expand_manifest(scenario: Scenario) -> Manifest:
    """Turn published flights and cadences into one manifest.

    Cadences are placed in the order in which the scenario lists them, each flight in order of date, on the first of its
    ports that is free for the whole stay; so a cadence listed first has the right of way. A flight whose partner is no
    longer committed on the day of docking is not flown; one that is docked on that day stays as planned. A published
    flight with the key of a cadence flight takes its place.

    Args:
        scenario: the scenario.

    Returns:
        What flies and what does not, with the reason.
    """
    cancelled = tuple(key for key, flight in scenario.flights.items() if flight.cancelled)
    flights: dict[str, Flight] = {}
    no_port: list[Dropped] = []
    uncommitted: list[Dropped] = []
    for key, published in scenario.flights.items():
        flight = slipped(published)
        if published.cancelled:
            continue
        if _committed(scenario, flight.vehicle, flight.dock):
            flights[key] = flight
        else:
            uncommitted.append(_uncommitted(scenario, key, "", flight.vehicle, flight.dock, flight.undock))
    for name, rhythm in scenario.cadence.items():
        for key, dock, undock in _cadence_days(scenario, name):
            if key in scenario.flights:
                continue
            if not _committed(scenario, rhythm.vehicle, dock):
                uncommitted.append(_uncommitted(scenario, key, name, rhythm.vehicle, dock, undock))
                continue
            port = _free_port(rhythm.ports, flights, dock, undock)
            if port is None:
                reason = f"{' and '.join(rhythm.ports)} taken between {dock} and {undock}"
                no_port.append(Dropped(key, name, dock, undock, reason))
                continue
            flights[key] = Flight(
                vehicle=rhythm.vehicle, port=port, dock=dock, undock=undock, crew=rhythm.crew, status="cadence"
            )
    ordered = dict(sorted(flights.items(), key=lambda item: (item[1].dock, item[0])))
    return Manifest(ordered, tuple(no_port), tuple(uncommitted), cancelled)


def expand_flights(scenario: Scenario) -> dict[str, Flight]:
    """All flights to the end, in order of docking.

    Args:
        scenario: the scenario.

    Returns:
        Flight key -> flight: published ones with ``slip_days`` applied, then cadence flights ``<cadence>-1``, ...
    """
    return dict(expand_manifest(scenario).flights)


def port_conflicts(flights: Mapping[str, Flight]) -> tuple[tuple[str, str, date, date], ...]:
    """Pairs of flights that would be on one port at the same time.

    Args:
        flights: flights by key, slips applied.

    Returns:
        For each pair: key of the earlier, key of the later, first and last day of the meeting.
    """
    found = []
    by_port: dict[str, list[tuple[str, Flight]]] = {}
    for key, flight in sorted(flights.items(), key=lambda item: (item[1].dock, item[0])):
        for earlier, other in by_port.setdefault(flight.port, []):
            if _meet(other, flight.dock, flight.undock):
                found.append((earlier, key, flight.dock, min(other.undock, flight.undock)))
        by_port[flight.port].append((key, flight))
    return tuple(found)
