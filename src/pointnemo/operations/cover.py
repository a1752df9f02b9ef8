"""Propellant that could help where nobody is committed: which flights bring it, and how far it goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from pointnemo.motion.burns import STANDARD_GRAVITY_M_S2
from pointnemo.scenario.models import Flight, Port, Scenario
from pointnemo.scenario.schedule import expand_flights, stretches
from pointnemo.station.stack import brought_propellant_kg

__all__ = [
    "Held",
    "Helper",
    "attitude_feeders",
    "delta_v_mps",
    "docked_between",
    "hold",
    "lowerers",
    "raisers",
]

FULL_DAY = 1.0 - 1e-9  # share of a day's need from which the day counts as held


class Helper(NamedTuple):
    """A flight with propellant on a port where it can be used: ``stays`` half-open in days."""

    key: str
    flight: Flight
    stays: tuple[tuple[date, date], ...]
    kg: float
    specific_impulse_s: float

    def there_on(self, day: date) -> bool:
        """Whether its propellant can be used on a day."""
        return any(begin <= day < end for begin, end in self.stays)


def delta_v_mps(kg: float, mass_kg: float, specific_impulse_s: float) -> float:
    """What a tank is worth (Tsiolkovsky 1903): -g0 Isp ln(1 - kg / mass), m/s; ``mass_kg`` holds it too."""
    share = min(kg / mass_kg, 0.99)  # a mass that leaves a huge tank out shall give a large figure, no infinite one
    return -STANDARD_GRAVITY_M_S2 * specific_impulse_s * math.log1p(-share)


def _on_ports(scenario: Scenario, flight: Flight, fits: Callable[[Port], bool]) -> tuple[tuple[date, date], ...]:
    """Stretches of a stay on ports of a kind."""
    ports = scenario.station.ports
    return tuple((begin, end) for port, begin, end in stretches(flight) if fits(ports[port]))


def raisers(scenario: Scenario) -> Iterator[Helper]:
    """Flights with an engine that raises on a port that raises; the de-orbit vehicle keeps what it has."""
    for key, flight in expand_flights(scenario).items():
        vehicle = scenario.vehicles[flight.vehicle]
        stays = _on_ports(scenario, flight, lambda port: port.raises)
        if stays and vehicle.can_raise and vehicle.thrust_n > 0.0 and key != scenario.descent.deorbit_vehicle:
            yield Helper(key, flight, stays, brought_propellant_kg(flight, scenario), vehicle.specific_impulse_s)


def lowerers(scenario: Scenario) -> Iterator[Helper]:
    """Flights with propellant and an engine that lowers on a port that lowers."""
    for key, flight in expand_flights(scenario).items():
        vehicle = scenario.vehicles[flight.vehicle]
        stays = _on_ports(scenario, flight, lambda port: port.lowers)
        kg = brought_propellant_kg(flight, scenario)
        if stays and vehicle.can_lower and vehicle.thrust_n > 0.0 and kg > 0.0:
            yield Helper(key, flight, stays, kg, vehicle.specific_impulse_s)


def attitude_feeders(scenario: Scenario) -> Iterator[Helper]:
    """Flights whose propellant can be pumped to thrusters of the station: those of the partners who own these."""
    owners = {tank.partner for tank in scenario.station.tanks.values() if tank.feeds_attitude}
    for key, flight in expand_flights(scenario).items():
        vehicle = scenario.vehicles[flight.vehicle]
        kg = brought_propellant_kg(flight, scenario)
        if vehicle.partner in owners and kg > 0.0:
            yield Helper(key, flight, ((flight.dock, flight.undock),), kg, vehicle.specific_impulse_s)


class Held(NamedTuple):
    """How a stretch is held.

    ``given``: by flight, the first and last day on which it takes part in holding; ``days``: how many days are held;
    ``reach``: the first day that is not.
    """

    given: Mapping[str, tuple[date, date]]
    days: int
    reach: date


def hold(helpers: Iterable[Helper], begin: date, end: date, cost_kg: Callable[[Helper, int], float]) -> Held:
    """Hold a stretch day by day with what is docked; the flight that leaves first pays first.

    A day that cannot be held whole costs nothing: what is left stays for a day that can.

    Args:
        helpers: flights with propellant.
        begin: first day of the stretch.
        end: day after the last.
        cost_kg: what a whole day's need costs one of them; the day is counted from the first of the stretch.
    """
    ordered = sorted(helpers, key=lambda one: (one.stays[-1][1], one.key))
    left = {one.key: one.kg for one in ordered}
    given: dict[str, tuple[date, date]] = {}
    days, reach = 0, begin
    for k in range((end - begin).days):
        day = begin + timedelta(days=k)
        paid: dict[str, float] = {}
        share = 0.0
        for one in ordered:
            if share < FULL_DAY and left[one.key] > 0.0 and one.there_on(day):
                asked = cost_kg(one, k)
                paid[one.key] = min(left[one.key], (1.0 - share) * asked)
                share = share + paid[one.key] / asked if asked > 0.0 else 1.0
        if share < FULL_DAY:
            continue
        for key, kg in paid.items():
            left[key] -= kg
            given[key] = (given.get(key, (day, day))[0], day)
        reach = day + timedelta(days=1) if days == k else reach
        days += 1
    return Held(given, days, reach)


def docked_between(helpers: Iterable[Helper], begin: date, end: date) -> list[Helper]:
    """Those that are of use on at least one day from ``begin`` to before ``end``."""
    return [one for one in helpers if any(first < end and begin < last for first, last in one.stays)]
