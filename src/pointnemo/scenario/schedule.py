"""The manifest: listed flights with their slips, and the cadence after them, each on a port that is free.

What was asked for is kept where it can be: a listed flight docks on its port and day. What cannot be kept is planned
again, and named in ``Manifest.changes``:

- A crew stays for a relief that slipped, as far as duty and stay limits allow (``scenario.relief``). An uncrewed flight
  that slipped leaves the one before it its stay, unless the port is needed.
- A flight of a cadence takes another of its ports, docks a few days earlier or later, or has a vehicle relocated; where
  nothing helps it is lost.
- A listed flight that slips into another one on its port, and the one it meets, may leave early, dock at another port
  that fits, relocate, or wait for the first day that a port is free. Listed flights that meet without any slip are for
  ``scenario.rules`` to refuse.

Stays are half-open in days: a vehicle that undocks on the day another docks does not meet it.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pointnemo.scenario.arranging import arrange
from pointnemo.scenario.choices import LEAST_STAY, Candidate, Choice
from pointnemo.scenario.models import Flight, Scenario
from pointnemo.scenario.relief import longer_stays
from pointnemo.scenario.stays import meet, moved, port_conflicts, port_on, slipped, stretches

__all__ = [
    "Change",
    "Dropped",
    "Manifest",
    "expand_flights",
    "expand_manifest",
    "port_conflicts",
    "port_on",
    "slipped",
    "stretches",
    "uncommitted_flights",
]

LOST_LISTED = 1_000_000  # how bad it is to lose a listed flight; the de-orbit vehicle ten times that
LOST = 1000  # one of a cadence, and twice that for each of its crew; right of way decides between as many


@dataclass(frozen=True)
class Dropped:
    """A flight that is not flown, and why."""

    key: str
    cadence: str
    dock: date
    undock: date
    reason: str


@dataclass(frozen=True)
class Change:
    """What was planned again.

    Attributes:
        key: flight.
        what: in words, such as ``docks at prichal-nadir instead of zvezda-aft``.
        day: on which it shows first.
        wait_days: days that the flight is late only because no port is free.
    """

    key: str
    what: str
    day: date
    wait_days: int = 0


@dataclass(frozen=True)
class Manifest:
    """All flights to the end, in order of docking.

    Attributes:
        flights: what flies.
        no_port: flights for which no port was free.
        uncommitted: flights that would dock after the commitment of their partner ended.
        cancelled: keys of listed flights marked ``cancelled``.
        changes: departures from what was asked for, by day.
        proven: no other arrangement loses fewer flights, breaks fewer clearances or departs less.
    """

    flights: Mapping[str, Flight]
    no_port: tuple[Dropped, ...]
    uncommitted: tuple[Dropped, ...]
    cancelled: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    proven: bool = True


# --- who flies -------------------------------------------------------------------------------------------------------


def _committed(scenario: Scenario, vehicle: str, dock: date) -> bool:
    """Whether the vehicle's partner still flies on a day; unknown names are for the rules to report."""
    kind = scenario.vehicles.get(vehicle)
    partner = scenario.partners.get(kind.partner) if kind else None
    return partner is None or dock <= partner.until


def _uncommitted(scenario: Scenario, key: str, cadence: str, flight: Flight) -> Dropped:
    partner = scenario.vehicles[flight.vehicle].partner
    until = scenario.partners[partner].until
    return Dropped(key, cadence, flight.dock, flight.undock, f"{partner} is committed to {until} only")


def uncommitted_flights(scenario: Scenario) -> tuple[str, ...]:
    """Keys of the listed flights that, slips applied, would dock after the commitment of their partner ended."""
    return tuple(
        key
        for key, flight in scenario.flights.items()
        if not flight.cancelled and not _committed(scenario, flight.vehicle, slipped(flight).dock)
    )


def _cadence_flights(scenario: Scenario) -> Iterator[tuple[str, str, Flight]]:
    """Key, cadence and flight of each flight of the cadences, on its first port; one that is listed takes its place."""
    for name, rhythm in scenario.cadence.items():
        count = (rhythm.until - rhythm.first_dock).days // rhythm.interval_days + 1
        for index in range(max(count, 0)):
            key = f"{name}-{index + 1}"
            dock = rhythm.first_dock + timedelta(days=index * rhythm.interval_days)
            if key not in scenario.flights:
                yield key, name, Flight(
                    vehicle=rhythm.vehicle, port=rhythm.ports[0], dock=dock, undock=moved(dock, rhythm.stay_days),
                    crew=rhythm.crew, rendezvous=rhythm.rendezvous, status="cadence",
                )  # fmt: skip


# --- candidates ------------------------------------------------------------------------------------------------------


def _touched(asked: Mapping[str, Flight], first: set[str]) -> set[str]:
    """Flights that slipped or stay longer, those that they meet on a port, and all that meet anyhow."""
    touched = set(first)
    items = list(asked.items())
    for index, (key, flight) in enumerate(items):
        for other, its in items[:index]:
            if meet(flight, its) is not None:
                touched |= {key, other}
    return touched


def _listed(scenario: Scenario, asked: Mapping[str, Flight], longer: Mapping[str, date]) -> Iterator[Candidate]:
    """Listed flights as candidates; ``asked`` has slips applied, not the longer stays."""
    shown = {key: _staying(flight, longer.get(key)) for key, flight in asked.items()}
    slipping = {key for key in asked if scenario.flights[key].slip_days}
    touched = _touched(shown, slipping | (longer.keys() & asked.keys()))
    weight = 2 * max(len(scenario.cadence), 1)
    for key, flight in shown.items():
        fitting = [port for port, other in scenario.station.ports.items() if flight.vehicle in other.accepts]
        ports = (flight.port, *(port for port in fitting if port != flight.port))
        early = flight.undock
        if key in longer:
            early = asked[key].undock
        elif key in touched and not flight.crew:
            early = max(
                moved(flight.dock, round((flight.undock - flight.dock).days * LEAST_STAY)),
                moved(scenario.orbit.epoch_utc.date(), 1),
            )
        lost = LOST_LISTED * (10 if key == scenario.descent.deorbit_vehicle else 1)
        yield Candidate(key, "", flight, ports, key in touched, min(early, flight.undock), weight, lost)


def _staying(flight: Flight, undock: date | None) -> Flight:
    return flight if undock is None else flight.model_copy(update={"undock": undock})


def _rhythmic(
    scenario: Scenario, rhythmic: Mapping[str, tuple[str, Flight]], longer: Mapping[str, date]
) -> Iterator[Candidate]:
    """Flights of the cadences as candidates; one listed first has the right of way."""
    rank = {name: len(scenario.cadence) - index for index, name in enumerate(scenario.cadence)}
    for key, (name, flight) in rhythmic.items():
        shown = _staying(flight, longer.get(key))
        yield Candidate(
            key, name, shown, scenario.cadence[name].ports, False, flight.undock, len(rank) + rank[name],
            LOST * (1 + 2 * min(flight.crew, 10)) + min(rank[name], 20),
        )  # fmt: skip


# --- the manifest ----------------------------------------------------------------------------------------------------

_KNOWN: dict[int, tuple[weakref.ref[Scenario], Manifest]] = {}


def expand_manifest(scenario: Scenario) -> Manifest:
    """Turn listed flights and cadences into one manifest, arranged so that as much as possible flies.

    A flight whose partner is no longer committed on the day of docking is not flown; one that is docked on that day
    stays as planned. A listed flight with the key of a cadence flight takes its place. Everything else is the best
    arrangement there is (``scenario.arranging``). The manifest of a scenario is made once.

    Args:
        scenario: the scenario.

    Returns:
        What flies and what does not, with the reason.
    """
    known = _KNOWN.get(id(scenario))
    if known is not None and known[0]() is scenario:
        return known[1]
    manifest = _expanded(scenario)
    mark = id(scenario)
    _KNOWN[mark] = (weakref.ref(scenario, lambda _: _KNOWN.pop(mark, None)), manifest)
    return manifest


def _expanded(scenario: Scenario) -> Manifest:
    cancelled = tuple(key for key, flight in scenario.flights.items() if flight.cancelled)
    late = set(uncommitted_flights(scenario))
    wanted = {key: one for key, one in scenario.flights.items() if not one.cancelled and key not in late}
    uncommitted = [
        _uncommitted(scenario, key, "", slipped(flight)) for key, flight in scenario.flights.items() if key in late
    ]
    rhythmic: dict[str, tuple[str, Flight]] = {}
    for key, name, flight in _cadence_flights(scenario):
        if _committed(scenario, flight.vehicle, flight.dock):
            rhythmic[key] = (name, flight)
        else:
            uncommitted.append(_uncommitted(scenario, key, name, flight))
    longer = longer_stays(scenario, {**wanted, **{key: flight for key, (_, flight) in rhythmic.items()}})
    asked = {key: slipped(flight) for key, flight in wanted.items()}
    candidates = (*_listed(scenario, asked, longer), *_rhythmic(scenario, rhythmic, longer))
    arrangement = arrange(scenario, candidates)
    flights = {key: choice.flight for key, choice in arrangement.chosen.items() if choice is not None}
    lost = [one for one in candidates if arrangement.chosen[one.key] is None]
    changes = [
        change
        for one in candidates
        if (choice := arrangement.chosen[one.key]) is not None
        for change in _changes(one, choice, longer)
    ]
    return Manifest(
        flights=dict(sorted(flights.items(), key=lambda item: (item[1].dock, item[0]))),
        no_port=tuple(Dropped(one.key, one.cadence, one.asked.dock, one.asked.undock, _no_port(one)) for one in lost),
        uncommitted=tuple(uncommitted),
        cancelled=cancelled,
        changes=tuple(sorted(changes, key=lambda change: (change.day, change.key))),
        proven=arrangement.proven,
    )


def _no_port(one: Candidate) -> str:
    ports = one.ports if one.cadence else one.ports[:1]
    return f"{' and '.join(ports)} taken between {one.asked.dock} and {one.asked.undock}"


def _changes(one: Candidate, choice: Choice, longer: Mapping[str, date]) -> Iterator[Change]:
    """What is different from what was asked for; another listed port of a cadence is what was asked for."""
    flown = choice.flight
    if one.key in longer and flown.undock > one.early:
        days = (flown.undock - one.early).days
        yield Change(one.key, f"stays {days} days longer for the crew that relieves it", one.early)
    if choice.change and not (one.key in longer and flown.undock == one.early):
        day = flown.moves[-1].day if flown.moves and flown.moves != one.asked.moves else min(flown.dock, one.asked.dock)
        yield Change(one.key, choice.change, flown.undock if flown.undock < one.asked.undock else day, choice.wait_days)


def expand_flights(scenario: Scenario) -> dict[str, Flight]:
    """All flights to the end, in order of docking.

    Args:
        scenario: the scenario.

    Returns:
        Flight key -> flight, slips applied: listed ones, then cadence flights ``<cadence>-1``, ...
    """
    return dict(expand_manifest(scenario).flights)
