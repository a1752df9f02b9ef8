"""What of the traffic cannot be kept: ports, clearances, limits of stay.

The arrangement itself - who takes which port, who waits, who is lost - is part of reading a scenario
(``scenario.schedule.expand_manifest``), so that every stage sees the same manifest. This module names what it misses.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pointnemo.results import Violation
from pointnemo.scenario.models import Scenario
from pointnemo.scenario.schedule import Change, Dropped, Manifest, expand_manifest
from pointnemo.scenario.stays import Breach, breaches
from pointnemo.station.stack import midnight_utc

__all__ = ["traffic_changes", "traffic_violations"]


def traffic_changes(scenario: Scenario) -> tuple[Change, ...]:
    """What was planned again because what was asked for cannot be flown, by day: ports, days, relocations."""
    return expand_manifest(scenario).changes


def traffic_violations(scenario: Scenario) -> tuple[Violation, ...]:
    """Limits of ports, clearances and stays that the manifest misses from the epoch to the target date of the de-orbit.

    Args:
        scenario: what was decided.

    Returns:
        By constraint and day: ``port`` - a flight that finds no port and is not flown, or that waits for one;
        ``clearance`` - a vehicle that comes or leaves beside one that stands too near, as listed; ``stay`` - a vehicle
        that stays docked for longer than it may.
    """
    manifest = expand_manifest(scenario)
    epoch, end = scenario.orbit.epoch_utc.date(), scenario.horizon.deorbit_by
    lost = (_lost(one, scenario) for one in manifest.no_port if one.dock <= end)
    waits = (_waits(change, manifest) for change in manifest.changes if change.wait_days)
    broken = breaches(scenario.station.clearances, manifest.flights)
    near = (_beside(one, scenario, manifest) for one in broken if epoch <= one.day <= end)
    return (*lost, *waits, *near, *_stays(scenario, manifest))


def _lost(one: Dropped, scenario: Scenario) -> Violation:
    if one.cadence:
        mend = f"move cadence.{one.cadence}.first_dock, or shorten its stay_days"
    else:
        mend = f"move flights.{one.key}.dock, or cancel a flight that holds the port"
    return Violation(
        constraint="port", utc=midnight_utc(one.dock), subject=one.key, amount=1.0, unit="flights",
        text=f"{one.key} is not flown: {one.reason}; {mend}.",
    )  # fmt: skip


def _waits(change: Change, manifest: Manifest) -> Violation:
    flight = manifest.flights[change.key]
    return Violation(
        constraint="port", utc=midnight_utc(flight.dock), subject=change.key, amount=float(change.wait_days),
        unit="days",
        text=f"{change.key} docks at {flight.port} on {flight.dock} only, {change.wait_days} days later than asked "
        f"for: no port that fits is free before; slip it less, or let the flights on its ports leave earlier.",
    )  # fmt: skip


def _beside(one: Breach, scenario: Scenario, manifest: Manifest) -> Violation:
    rule = scenario.station.clearances[one.clearance]
    first = one.day - timedelta(days=1)
    return Violation(
        constraint="clearance", utc=midnight_utc(one.day), subject=one.other, amount=1.0, unit="passages",
        text=f"{one.other} {one.event} {rule.neighbour} on {one.day} while {one.holder} stands on {rule.port}; let "
        f"{one.holder} leave or move by {first}, or use another port than {rule.neighbour}.",
    )  # fmt: skip


def _stays(scenario: Scenario, manifest: Manifest) -> Iterator[Violation]:
    epoch, end = scenario.orbit.epoch_utc.date(), scenario.horizon.deorbit_by
    operated = max(scenario.horizon.operate_until, scenario.descent.lowering_start)
    for key, flight in manifest.flights.items():
        limit = scenario.vehicles[flight.vehicle].stay_limit_days
        if limit is None or flight.undock <= epoch or flight.dock > end:
            continue
        over = (flight.undock - flight.dock).days - limit
        if over > 0:
            last = flight.dock + timedelta(days=limit)
            worst = min(flight.undock, max(last + timedelta(days=1), operated))  # as far as it belongs to operations
            yield Violation(
                constraint="stay", utc=midnight_utc(worst), subject=key, amount=float(over), unit="days",
                text=f"{key} stays docked {over} days longer than a {flight.vehicle} may ({limit} days); let it leave "
                f"by {last}.",
            )  # fmt: skip
