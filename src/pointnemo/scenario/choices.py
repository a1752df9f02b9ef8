"""The ways in which each flight of a manifest may be flown, and what each departure from what was asked for costs.

Costs are counted in departures from a listed port. What is easier on a real station is cheaper: another listed port,
then a few days of shift of a flight that is only a rhythm, then an early leave, another port, a relocation, a wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pointnemo.scenario.models import Flight, Move, Scenario
from pointnemo.scenario.stays import moved, slipped

__all__ = ["Candidate", "Choice", "all_choices", "asked_choices"]

SHIFT_DAYS = 30  # a cadence flight without crew docks so much earlier or later than its rhythm
CREW_SHIFT_DAYS = 7  # one with crew: handovers hang on it
WAIT_DAYS = 400  # the longest that a slipped flight waits for a port
LEAST_STAY = 0.5  # share of its stay that a flight keeps when it leaves early

SHIFT = 20
CUT = 40
OTHER_PORT = 50
RELOCATION = 60
WAIT = 100


@dataclass(frozen=True)
class Choice:
    """One way to fly a flight.

    Attributes:
        flight: as flown.
        cost: of the departure from what was asked for.
        change: in words; empty where it is flown as asked for.
        wait_days: later than asked for, only because no port is free.
    """

    flight: Flight
    cost: int = 0
    change: str = ""
    wait_days: int = 0


@dataclass(frozen=True)
class Candidate:
    """A flight to be placed.

    Attributes:
        key: of the flight.
        cadence: of which it is one, empty for a listed flight.
        asked: as asked for, slip and ripple applied.
        ports: that it may dock at, the one preferred first.
        touched: slipped, rippled, or in the way of one that is; other listed flights dock as asked for.
        early: first day on which it may be made to leave; its own undocking where it must not.
        weight: how much worse one more departure is than for the cadence of least right of way.
        lost: how bad it is not to fly it.
    """

    key: str
    cadence: str
    asked: Flight
    ports: tuple[str, ...]
    touched: bool
    early: date
    weight: int
    lost: int


def asked_choices(one: Candidate) -> tuple[Choice, ...]:
    """As asked for: a listed flight on its port, a cadence flight on any of its ports, on the days of its rhythm."""
    if not one.cadence:
        return (Choice(one.asked),)
    return tuple(
        Choice(one.asked.model_copy(update={"port": port}), rank * one.weight) for rank, port in enumerate(one.ports)
    )


def all_choices(scenario: Scenario, one: Candidate, others: Sequence[Candidate], step: int) -> tuple[Choice, ...]:
    """Every way to fly a flight, those as asked for first.

    Args:
        scenario: what was decided.
        one: the flight.
        others: flights that it may meet.
        step: days between two days that a flight of a cadence is tried on; 0 for its own day only.
    """
    near = [other for other in others if other.key != one.key and _together(one.asked, other.asked)]
    choices = list(asked_choices(one))
    for choice in tuple(choices):
        choices += _relocated(scenario, one, choice, near)
    if one.cadence and step:
        choices += _shifted(scenario, one, step)
    if one.touched:
        choices += _elsewhere(scenario, one, others)
    if one.early < one.asked.undock:
        choices += _shortened(one, near)
    return tuple(dict.fromkeys(choices)) if len(choices) < 2 else tuple(_distinct(choices))


def _distinct(choices: Sequence[Choice]) -> Iterator[Choice]:
    """The cheapest choice of each way to fly."""
    seen: set[tuple[object, ...]] = set()
    for choice in sorted(choices, key=lambda item: item.cost):
        flight = choice.flight
        mark = (flight.port, flight.dock, flight.undock, tuple((move.day, move.port) for move in flight.moves))
        if mark not in seen:
            seen.add(mark)
            yield choice


def _together(one: Flight, other: Flight) -> bool:
    return one.dock <= other.undock and other.dock <= one.undock


def _committed_until(scenario: Scenario, flight: Flight) -> date:
    vehicle = scenario.vehicles.get(flight.vehicle)
    partner = scenario.partners.get(vehicle.partner) if vehicle else None
    return partner.until if partner else date.max


def _days_of_need(scenario: Scenario, flight: Flight, near: Sequence[Candidate]) -> set[date]:
    """Days on which another flight needs the port of this one, or its neighbourhood, while it stands there."""
    days = {other.asked.dock for other in near if flight.port in other.ports}
    for rule in scenario.station.clearances.values():
        if rule.port == flight.port and flight.vehicle in rule.vehicles:
            for other in near:
                if rule.neighbour in other.ports and other.asked.vehicle in rule.others:
                    days |= {other.asked.dock, other.asked.undock, *(move.day for move in other.asked.moves)}
    return {day for day in days if flight.dock < day < flight.undock}


def _relocated(scenario: Scenario, one: Candidate, choice: Choice, near: Sequence[Candidate]) -> Iterator[Choice]:
    """The vehicle flies round to another port the day before its own is needed."""
    flight, epoch = choice.flight, scenario.orbit.epoch_utc.date()
    if flight.moves:
        return
    for day in sorted(_days_of_need(scenario, flight, near)):
        before = day - timedelta(days=1)
        for port in one.ports:
            if port != flight.port and flight.dock < before and epoch < before:
                flown = flight.model_copy(update={"moves": (Move(day=before, port=port),)})
                cost = choice.cost + RELOCATION * one.weight
                yield Choice(flown, cost, f"moves from {flight.port} to {port} on {before}")


def _shifted(scenario: Scenario, one: Candidate, step: int) -> Iterator[Choice]:
    """A flight of a cadence on the days around its rhythm."""
    window = CREW_SHIFT_DAYS if one.asked.crew else SHIFT_DAYS
    first, last = scenario.orbit.epoch_utc.date(), _committed_until(scenario, one.asked)
    for days in (days for days in range(-window, window + 1) if days and days % step == 0):
        if not first < moved(one.asked.dock, days) <= last:
            continue
        change = f"docks {abs(days)} days {'later' if days > 0 else 'earlier'} than its rhythm"
        for rank, port in enumerate(one.ports):
            flown = slipped(one.asked.model_copy(update={"port": port, "slip_days": days}))
            yield Choice(flown, (rank + SHIFT + abs(days)) * one.weight, change)


def _elsewhere(scenario: Scenario, one: Candidate, others: Sequence[Candidate]) -> Iterator[Choice]:
    """A listed flight whose port is taken: on another port, or on the first day that a port is free."""
    asked, last = one.asked, _committed_until(scenario, one.asked)
    if asked.dock <= scenario.orbit.epoch_utc.date():
        return  # it is there already
    for port in one.ports:
        leaves = {
            moved(undock, shift)
            for other in others
            if other.key != one.key and port in other.ports
            for undock in (other.asked.undock, other.early)
            for shift in (0, 1)
        }
        waits = sorted((day - asked.dock).days for day in leaves if asked.dock < day <= last)
        for days in (0, *(days for days in waits if days <= WAIT_DAYS)):
            if days == 0 and port == asked.port:
                continue
            update: dict[str, object] = {"port": port, "slip_days": days}
            if port != asked.port:
                update["moves"] = ()
            cost = (OTHER_PORT if port != asked.port else 0) + (WAIT + days if days else 0)
            words = [f"docks at {port} instead of {asked.port}"] if port != asked.port else []
            words += [f"waits {days} days for a port"] if days else []
            yield Choice(slipped(asked.model_copy(update=update)), cost * one.weight, ", ".join(words), days)


def _shortened(one: Candidate, near: Sequence[Candidate]) -> Iterator[Choice]:
    """A flight leaves early because its port is needed."""
    asked = one.asked
    days = {other.asked.dock for other in near if set(one.ports) & set(other.ports)} | {one.early}
    for day in sorted(day for day in days if one.early <= day < asked.undock):
        if any(move.day >= day for move in asked.moves):
            continue
        early = (asked.undock - day).days
        cost = (CUT + early // 10) * one.weight
        yield Choice(asked.model_copy(update={"undock": day}), cost, f"leaves {early} days earlier")
