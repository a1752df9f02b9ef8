"""The crews of a way down: who is aboard until the last one leaves, how they are relieved, and how long they can stay.

The search does not touch the manifest. What it decides is when the last crew leaves, and with that which reliefs are
still flown: a crew whose relief would come too late, or that would stay beyond its duty, is the last one, and leaves.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from pointnemo.scenario import expand_flights
from pointnemo.scenario.relief import relieved
from pointnemo.scenario.stays import moved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pointnemo.scenario.models import Flight, Scenario

__all__ = ["LastCrew", "Stay", "last_crew", "reliefs_of", "stays_of"]


class Stay(NamedTuple):
    """A crew aboard after operations end, until it is relieved or the last one leaves.

    Attributes:
        key: flight.
        days: away from launch to its departure.
        handover: days together with the crew that it relieves; None where it relieves none.
    """

    key: str
    days: int
    handover: int | None


class LastCrew(NamedTuple):
    """The last day on which a crew can leave, and why it cannot later.

    Attributes:
        day: UTC.
        why: what would be missed later, by how much, and what would mend it.
    """

    day: date
    why: str


def stays_of(scenario: Scenario, leaves: date) -> tuple[Stay, ...]:
    """Crews that are aboard after operations end, if the last one leaves on a day.

    A crew that would dock on that day or later does not fly.

    Args:
        scenario: flights and rules.
        leaves: day on which the last crew leaves.

    Returns:
        In the order of their flights.
    """
    flights = {key: one for key, one in expand_flights(scenario).items() if one.crew and one.dock < leaves}
    after = [(key, one) for key, one in flights.items() if one.undock >= scenario.horizon.operate_until]
    return tuple(Stay(key, _away_days(one, leaves), _handover(scenario, flights, key)) for key, one in after)


def reliefs_of(scenario: Scenario, stays: tuple[Stay, ...]) -> tuple[Stay, ...]:
    """Crews of some that come after operations end to relieve another."""
    flights, after = expand_flights(scenario), scenario.horizon.operate_until
    return tuple(stay for stay in stays if stay.handover is not None and flights[stay.key].dock > after)


def last_crew(scenario: Scenario) -> LastCrew | None:
    """Until when a crew can stay with handovers and duties kept.

    Args:
        scenario: flights and rules.

    Returns:
        The day after which one of them is missed, or the seats of those before are gone; not before operations end.
        None where nothing is ever missed.
    """
    flights, rules = expand_flights(scenario), scenario.crew
    stays = stays_of(scenario, date.max)
    found = []
    for stay in reliefs_of(scenario, stays):
        days = stay.handover or 0
        if days < rules.handover_days:
            day, waiting = flights[stay.key].dock, relieved(scenario, _crewed(flights), stay.key)
            missing = rules.handover_days - days
            met = f"with {max(days, 0)} of {rules.handover_days} days of handover"
            mend = f"it would have to dock {missing} days earlier, or {waiting} to leave as much later"
            why = f"{stay.key} would relieve {waiting} on {day} {met}; {mend}"
            found.append(LastCrew(day, why))
    for stay in stays:
        if stay.days > rules.duty_limit_days:
            flight = flights[stay.key]
            day = moved(flight.launch or flight.dock, rules.duty_limit_days)
            over = stay.days - rules.duty_limit_days
            why = (
                f"{stay.key} would be away for {stay.days} days, {over} more than the {rules.duty_limit_days} of a crew"
            )
            found.append(LastCrew(day, why))
    if not found:
        return None
    first = min(found)
    seats = max((one.undock for one in _crewed(flights).values() if one.dock < first.day), default=first.day)
    return first._replace(day=max(min(first.day, seats), scenario.horizon.operate_until))


def _crewed(flights: Mapping[str, Flight]) -> dict[str, Flight]:
    return {key: one for key, one in flights.items() if one.crew}


def _away_days(flight: Flight, leaves: date) -> int:
    return (min(flight.undock, leaves) - (flight.launch or flight.dock)).days


def _handover(scenario: Scenario, flights: Mapping[str, Flight], key: str) -> int | None:
    waiting = relieved(scenario, flights, key)
    return None if waiting is None else (flights[waiting].undock - flights[key].dock).days
