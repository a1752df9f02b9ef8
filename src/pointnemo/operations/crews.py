"""Crews: who relieves whom, and a seat home for every person at every instant.

People ride the vehicle that they came with, also while it is relocated. A vehicle without room for its own crew leaves
some of them to free seats of other vehicles that stay docked. On a day on which vehicles leave and others come, those
that leave go first: that is when fewest people and seats are aboard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pointnemo.results import CrewRotation, Violation
from pointnemo.scenario.models import Flight, Scenario
from pointnemo.scenario.relief import relieved
from pointnemo.scenario.schedule import expand_flights
from pointnemo.station.stack import midnight_utc

__all__ = ["Instant", "crew_violations", "instants", "rotations"]


def rotations(scenario: Scenario) -> tuple[CrewRotation, ...]:
    """Every crew that is aboard at the epoch or comes later, by day of arrival.

    Args:
        scenario: what was decided.

    Returns:
        One row a crew. ``handover_days`` is the time together with the crew relieved, of the same partner: negative
        where that had left before (an indirect handover), None for the first crew of a partner.
    """
    flights = expand_flights(scenario)
    epoch = scenario.orbit.epoch_utc.date()
    return tuple(
        _rotation(scenario, flights, key) for key, flight in flights.items() if flight.crew and flight.undock > epoch
    )


def _rotation(scenario: Scenario, flights: Mapping[str, Flight], key: str) -> CrewRotation:
    flight, rules = flights[key], scenario.crew
    vehicle = scenario.vehicles[flight.vehicle]
    waiting = relieved(scenario, flights, key)
    handover = None if waiting is None else (flights[waiting].undock - flight.dock).days
    days = (flight.undock - (flight.launch or flight.dock)).days
    fits = days <= rules.duty_limit_days and flight.crew <= vehicle.seats
    return CrewRotation(
        flight=key,
        vehicle=flight.vehicle,
        partner=vehicle.partner,
        crew=flight.crew,
        seats=vehicle.seats,
        arrive_utc=midnight_utc(flight.dock),
        depart_utc=midnight_utc(flight.undock),
        days_aboard=days,
        duty_limit_days=rules.duty_limit_days,
        relieves=waiting,
        handover_days=handover,
        ok=fits and (handover is None or handover >= rules.handover_days),
    )


# --- violations ------------------------------------------------------------------------------------------------------


def crew_violations(scenario: Scenario) -> tuple[Violation, ...]:
    """What the crews miss: handovers, limits of duty, seats home, people to run the station.

    Args:
        scenario: what was decided.

    Returns:
        Handovers of crews that arrive after the epoch, duty and seats to the target date of the de-orbit; people aboard
        to the end of operations.
    """
    rows = rotations(scenario)
    return (
        *_handovers(scenario, rows),
        *_duty(scenario, rows),
        *_seats(scenario),
        *_too_few(scenario),
    )


def _handovers(scenario: Scenario, rows: tuple[CrewRotation, ...]) -> Iterator[Violation]:
    least = scenario.crew.handover_days
    epoch, end = midnight_utc(scenario.orbit.epoch_utc.date()), midnight_utc(scenario.horizon.deorbit_by)
    for row in rows:
        if row.handover_days is None or row.handover_days >= least or not epoch < row.arrive_utc <= end:
            continue
        days, day = row.handover_days, row.arrive_utc[:10]
        if days > 0:
            what = f"meets {row.relieves} for {days} days, not {least}"
        elif days == 0:
            what = f"docks on the day that {row.relieves} leaves and does not meet it"
        else:
            what = f"comes {-days} days after {row.relieves} left: an indirect handover"
        yield Violation(
            constraint="handover", utc=row.arrive_utc, subject=row.flight, amount=float(least - days), unit="days",
            text=f"{row.flight} {what} ({day}); dock it {least - days} days earlier, or let {row.relieves} stay so "
            f"much longer, on a port that is free.",
        )  # fmt: skip


def _duty(scenario: Scenario, rows: tuple[CrewRotation, ...]) -> Iterator[Violation]:
    end = midnight_utc(scenario.horizon.deorbit_by)
    operated = max(scenario.horizon.operate_until, scenario.descent.lowering_start)
    for row in rows:
        over = row.days_aboard - row.duty_limit_days
        if over > 0 and row.arrive_utc <= end:
            first = date.fromisoformat(row.depart_utc[:10]) - timedelta(days=over - 1)
            worst = min(row.depart_utc, midnight_utc(max(first, operated)))  # as far as it belongs to operations
            yield Violation(
                constraint="duty", utc=worst, subject=row.flight, amount=float(over), unit="days",
                text=f"the crew of {row.flight} is away for {row.days_aboard} days, {over} more than it may be asked; "
                f"undock it earlier, and let a relief come before.",
            )  # fmt: skip


@dataclass(frozen=True)
class Instant:
    """Who is docked between two events of a day.

    Attributes:
        day: UTC.
        what: the event that it follows.
        docked: keys of the flights on their ports.
        away: a vehicle that flies round to another port, its people aboard; empty otherwise.
        stranded: people who came with a vehicle that has left without room for them, until one with free seats leaves.
    """

    day: date
    what: str
    docked: tuple[str, ...]
    away: str = ""
    stranded: int = 0


def instants(scenario: Scenario) -> tuple[Instant, ...]:
    """Every state of the station between two events, from the epoch to the target date of the de-orbit.

    Vehicles that leave on a day go before those that come, one after the other, in the order of docking; relocations
    come last.
    """
    flights = expand_flights(scenario)
    epoch, end = scenario.orbit.epoch_utc.date(), scenario.horizon.deorbit_by
    docked = [key for key, flight in flights.items() if flight.dock <= epoch < flight.undock]
    found = [Instant(epoch, "at the epoch", tuple(docked))]
    stranded = 0
    days = {day for flight in flights.values() for day in (flight.dock, flight.undock, *_moving(flight))}
    for day in sorted(day for day in days if epoch < day <= end):
        for key in [key for key in docked if flights[key].undock == day]:
            docked.remove(key)
            stranded = max(stranded + flights[key].crew - _seats_of(scenario, flights[key]), 0)
            found.append(Instant(day, f"{key} has left", tuple(docked), stranded=stranded))
        for key in [key for key, flight in flights.items() if flight.dock == day]:
            docked.append(key)
            found.append(Instant(day, f"{key} has come", tuple(docked), stranded=stranded))
        for key in [key for key in docked if day in _moving(flights[key])]:
            rest = tuple(other for other in docked if other != key)
            found.append(Instant(day, f"{key} is being relocated", rest, key, stranded))
    return tuple(found)


def _moving(flight: Flight) -> tuple[date, ...]:
    return tuple(move.day for move in flight.moves)


def _seats(scenario: Scenario) -> Iterator[Violation]:
    """Instants with more people than seats: one violation for each stretch, when it is worst.

    A stretch ends with operations, and another begins: what is worse later shall not hide what is missed before.
    """
    end = max(scenario.horizon.operate_until, scenario.descent.lowering_start)
    found = instants(scenario)
    yield from _seats_within(scenario, tuple(one for one in found if one.day <= end))
    yield from _seats_within(scenario, tuple(one for one in found if one.day > end))


def _seats_within(scenario: Scenario, found: tuple[Instant, ...]) -> Iterator[Violation]:
    flights = expand_flights(scenario)
    worst: tuple[int, Instant] | None = None
    for instant in (*found, None):
        missing = 0 if instant is None else _missing_seats(scenario, flights, instant)
        if missing > 0 and instant is not None:
            if worst is None or missing > worst[0]:
                worst = (missing, instant)
        elif worst is not None:
            count, when = worst
            crowded = [key for key in when.docked if flights[key].crew > _seats_of(scenario, flights[key])]
            subject = crowded[0] if crowded else when.away or "station"
            yield Violation(
                constraint="seat", utc=midnight_utc(when.day), subject=subject, amount=float(count), unit="persons",
                text=f"after {when.what} on {when.day}, {count} of the people on the station have no seat home; bring "
                f"fewer with {subject}, or keep a vehicle with free seats docked.",
            )  # fmt: skip
            worst = None


def _seats_of(scenario: Scenario, flight: Flight) -> int:
    return scenario.vehicles[flight.vehicle].seats


def _missing_seats(scenario: Scenario, flights: Mapping[str, Flight], instant: Instant) -> int:
    people = sum(flights[key].crew for key in instant.docked) + instant.stranded
    if instant.away:
        mover = flights[instant.away]
        people += max(mover.crew - _seats_of(scenario, mover), 0)
    return people - sum(_seats_of(scenario, flights[key]) for key in instant.docked)


def _too_few(scenario: Scenario) -> Iterator[Violation]:
    """Stretches with fewer people than it takes, to the end of operations; nobody is lost by a relocation."""
    least, end = scenario.crew.least_aboard, scenario.horizon.operate_until
    flights = expand_flights(scenario)
    below: list[tuple[int, Instant]] = []
    resting = [one for one in instants(scenario) if not one.away and one.day <= end]
    for instant in (*resting, None):
        aboard = least if instant is None else sum(flights[key].crew for key in instant.docked) + instant.stranded
        if aboard < least and instant is not None:
            below.append((aboard, instant))
        elif below:
            fewest, when = min(below, key=lambda item: item[0])
            until = end + timedelta(days=1) if instant is None else instant.day
            first = below[0][1].day
            span = f"on {first}" if until == first else f"from {first} to {until}"
            yield Violation(
                constraint="crew", utc=midnight_utc(when.day), subject="station", amount=float(least - fewest),
                unit="persons",
                text=f"{span} only {fewest} people are aboard where it takes {least}, after {when.what}; let a relief "
                f"dock before, or let a crew stay.",
            )  # fmt: skip
            below = []
