"""Stays on ports: slips, relocations, meetings on one port, clearances between neighbours.

Stays are half-open in days: a vehicle that undocks on the day another docks does not meet it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pointnemo.scenario.models import Clearance, Flight

__all__ = [
    "Breach",
    "breaches",
    "breaches_of",
    "meet",
    "moved",
    "passing",
    "port_conflicts",
    "port_on",
    "slipped",
    "standing",
    "stretches",
]


def moved(day: date, days: int) -> date:
    """A date moved by whole days, held inside the calendar."""
    ordinal = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(ordinal)


def slipped(flight: Flight) -> Flight:
    """The flight with its slip applied to launch, docking, relocations and undocking; the slip is then zero."""
    if flight.slip_days == 0:
        return flight
    changed = {
        "dock": moved(flight.dock, flight.slip_days),
        "undock": moved(flight.undock, flight.slip_days),
        "launch": moved(flight.launch, flight.slip_days) if flight.launch else None,
        "moves": tuple(move.model_copy(update={"day": moved(move.day, flight.slip_days)}) for move in flight.moves),
        "slip_days": 0,
    }
    return flight.model_copy(update=changed)


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
    if not flight.moves:
        return ((flight.port, flight.dock, flight.undock),)
    days = [flight.dock, *(move.day for move in flight.moves), flight.undock]
    ports = [flight.port, *(move.port for move in flight.moves)]
    return tuple(zip(ports, days[:-1], days[1:], strict=True))


def meet(one: Flight, other: Flight) -> tuple[str, date, date] | None:
    """Port, first and last day of the first meeting of two flights on one port; None where they never do."""
    if one.undock <= other.dock or other.undock <= one.dock:
        return None
    for port, begin, end in stretches(one):
        for other_port, other_begin, other_end in stretches(other):
            if port == other_port and begin < other_end and other_begin < end:
                return port, max(begin, other_begin), min(end, other_end)
    return None


def port_conflicts(flights: Mapping[str, Flight]) -> tuple[tuple[str, str, date, date], ...]:
    """Pairs of flights that would be on one port at the same time.

    Args:
        flights: flights by key, slips applied.

    Returns:
        For each pair: key of the earlier, key of the later, first and last day of the meeting.
    """
    ordered = sorted(flights.items(), key=lambda item: (item[1].dock, item[0]))
    found = []
    for index, (key, flight) in enumerate(ordered):
        for earlier, other in ordered[:index]:
            if meeting := meet(other, flight):
                found.append((earlier, key, meeting[1], meeting[2]))
    return tuple(found)


@dataclass(frozen=True)
class Breach:
    """A vehicle comes to or leaves a port while another stands too near.

    Attributes:
        clearance: key of ``station.clearances``.
        holder: flight that stands.
        other: flight that comes or leaves.
        day: when.
        event: ``arrives at``, ``leaves``.
    """

    clearance: str
    holder: str
    other: str
    day: date
    event: str


def standing(rule: Clearance, flight: Flight) -> tuple[tuple[date, date], ...]:
    """First day and day of leaving of each stretch in which a flight stands in the way of a neighbour."""
    if flight.vehicle not in rule.vehicles:
        return ()
    return tuple((begin, end) for port, begin, end in stretches(flight) if port == rule.port)


def passing(rule: Clearance, flight: Flight) -> tuple[tuple[date, str], ...]:
    """Day and event of every time that a flight comes to or leaves the neighbour."""
    if flight.vehicle not in rule.others:
        return ()
    found = [(begin, end) for port, begin, end in stretches(flight) if port == rule.neighbour]
    return tuple(item for begin, end in found for item in ((begin, "arrives at"), (end, "leaves")))


def breaches_of(
    clearances: Mapping[str, Clearance], holder: Flight, other: Flight
) -> tuple[tuple[str, date, str], ...]:
    """Clearance, day and event of every time that ``other`` comes or leaves beside ``holder``."""
    if holder.undock < other.dock or other.undock < holder.dock:
        return ()
    return tuple(
        (key, day, event)
        for key, rule in clearances.items()
        for begin, end in standing(rule, holder)
        for day, event in passing(rule, other)
        if begin <= day < end
    )


def breaches(clearances: Mapping[str, Clearance], flights: Mapping[str, Flight]) -> tuple[Breach, ...]:
    """Every breach of a clearance between the flights of a manifest, by day.

    Args:
        clearances: of the station.
        flights: flights by key, slips applied.
    """
    found = [
        Breach(key, one, two, day, event)
        for one, holder in flights.items()
        for two, other in flights.items()
        if one != two
        for key, day, event in breaches_of(clearances, holder, other)
    ]
    return tuple(sorted(found, key=lambda one: (one.day, one.holder, one.other)))
