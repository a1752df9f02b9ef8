"""Whom a crew relieves, and how a slip of the relief ripples to the crew that waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pointnemo.scenario.models import Flight, Scenario
from pointnemo.scenario.stays import moved, slipped

__all__ = ["SAME_RELIEF_DAYS", "longer_stays", "relieved"]

# A crew that left so many days before the next one came was still relieved by it, without meeting it.
SAME_RELIEF_DAYS = 30


def relieved(scenario: Scenario, flights: Mapping[str, Flight], key: str) -> str | None:
    """The flight whose crew this one relieves: of the same partner, leaving next after the arrival, else left last.

    Args:
        scenario: vehicles and their partners.
        flights: flights by key, slips applied.
        key: flight that brings the relief.

    Returns:
        Key, or None for a flight without crew and for the first crew of a partner.
    """
    relief = flights[key]
    partner = _partner(scenario, relief)
    if not relief.crew or partner is None:
        return None
    before = [
        (other.undock, name)
        for name, other in flights.items()
        if name != key and other.crew and other.dock < relief.dock and _partner(scenario, other) == partner
    ]
    aboard = [item for item in before if item[0] > relief.dock]
    if aboard:
        return min(aboard)[1]
    return max(before)[1] if before else None


def _partner(scenario: Scenario, flight: Flight) -> str | None:
    vehicle = scenario.vehicles.get(flight.vehicle)
    return vehicle.partner if vehicle else None


def longer_stays(scenario: Scenario, asked: Mapping[str, Flight]) -> dict[str, date]:
    """Crews that stay because their relief slipped: the handover is kept as far as limits allow.

    The day of leaving moves with the relief, up to the limit of stay of the vehicle and the limit of duty of the crew.
    Nobody leaves later for a relief that comes earlier, or that is cancelled.

    Args:
        scenario: limits.
        asked: flights by key as asked for, slips not applied, without those that do not fly.

    Returns:
        Flight key -> new day of undocking, for those that stay longer than they would.
    """
    planned = {key: flight.model_copy(update={"slip_days": 0}) for key, flight in asked.items() if flight.crew}
    longer: dict[str, date] = {}
    for key, flight in asked.items():
        if not flight.crew or flight.slip_days <= 0:
            continue
        waiting = relieved(scenario, planned, key)
        if waiting is None or planned[waiting].undock < planned[key].dock - timedelta(days=SAME_RELIEF_DAYS):
            continue
        flown = slipped(asked[waiting])
        leaves = min(moved(planned[waiting].undock, flight.slip_days), _last_day(scenario, flown))
        if leaves > max(flown.undock, longer.get(waiting, date.min)):
            longer[waiting] = leaves
    return longer


def _last_day(scenario: Scenario, flight: Flight) -> date:
    """The last day on which vehicle and crew may leave."""
    duty = moved(flight.launch or flight.dock, scenario.crew.duty_limit_days)
    limit = scenario.vehicles[flight.vehicle].stay_limit_days
    return duty if limit is None else min(duty, moved(flight.dock, limit))
