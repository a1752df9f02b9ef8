"""Who can pay for the lowering: engines, ports and propellant, and what is docked when it is to be spent."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from pointnemo.results import TradeSupplier, TradeSupply
from pointnemo.scenario import expand_flights
from pointnemo.scenario.stays import stretches
from pointnemo.station.stack import brought_propellant_kg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pointnemo.scenario.models import Scenario

__all__ = ["Wanted", "deorbit_left", "suppliers_of", "supplies_of"]


class Wanted(NamedTuple):
    """Propellant for a lowering, and when it is to be there.

    Attributes:
        kg: with the engine of the scenario's lowering vehicle.
        first: day on which lowering starts.
        last: last day on which it goes on.
        level_kg: what is in each tank and docked vehicle when it starts, by key, kg.
        kept_kg: what the deorbit vehicle keeps for itself: final burns and reserve.
    """

    kg: float
    first: date
    last: date
    level_kg: Mapping[str, float]
    kept_kg: float


def suppliers_of(scenario: Scenario) -> tuple[TradeSupplier, ...]:
    """Everybody with an engine: visiting vehicles in the order of the scenario, then tanks of the station.

    Args:
        scenario: vehicles, ports, tanks.

    Returns:
        Suppliers; for those who are not able it is said what they lack.
    """
    ports = scenario.station.ports.values()
    rows = []
    for key, vehicle in scenario.vehicles.items():
        if vehicle.thrust_n <= 0.0:
            continue
        lacks = []
        if not vehicle.can_lower:
            lacks.append("its engine raises only" if vehicle.can_raise else "its engine is not for the station")
        if not any(port.lowers for port in ports if key in port.accepts):
            lacks.append("docks at no port that lowers")
        flights = [flight for flight in scenario.flights.values() if flight.vehicle == key]
        load_kg = max((brought_propellant_kg(one, scenario) for one in flights), default=vehicle.propellant_kg)
        if load_kg <= 0.0:
            lacks.append("brings no propellant")
        rows.append(
            TradeSupplier(
                id=key,
                name=vehicle.name,
                kind="vehicle",
                partner=vehicle.partner,
                load_kg=load_kg,
                specific_impulse_s=vehicle.specific_impulse_s,
                able=not lacks,
                why_not=", ".join(lacks),
            )
        )
    rows += [
        TradeSupplier(
            id=key,
            name=f"the station's tank {key}",
            kind="tank",
            partner=tank.partner,
            load_kg=tank.capacity_kg,
            specific_impulse_s=tank.specific_impulse_s,
            able=tank.can_lower,
            why_not="" if tank.can_lower else "its engine raises only" if tank.can_raise else "its engine is not used",
        )
        for key, tank in scenario.station.tanks.items()
        if tank.thrust_n > 0.0
    ]
    return tuple(rows)


def supplies_of(
    wanted: Wanted, suppliers: tuple[TradeSupplier, ...], scenario: Scenario
) -> tuple[tuple[TradeSupply, ...], bool]:
    """What each supplier who is able could do.

    The same velocity takes propellant in inverse proportion to the specific impulse: that is true to first order in
    velocity over exhaust velocity, a few hundredths of a per cent here.

    Args:
        wanted: the lowering.
        suppliers: of ``suppliers_of``.
        scenario: who is docked when.

    Returns:
        A row for each supplier who is able, and whether what is there of all of them together is enough.
    """
    isp = scenario.vehicles[scenario.descent.lowering_vehicle].specific_impulse_s
    rows, share = [], 0.0
    for one in suppliers:
        if not one.able:
            continue
        needed = wanted.kg * isp / one.specific_impulse_s
        there = _tank_kg(one.id, wanted, scenario) if one.kind == "tank" else _docked_kg(one.id, wanted, scenario)
        share += there / needed
        rows.append(
            TradeSupply(
                supplier=one.id,
                needed_kg=needed,
                loads=needed / one.load_kg if one.load_kg > 0.0 else None,
                there_kg=there,
                enough=there >= needed,
            )
        )
    return tuple(rows), share >= 1.0


def deorbit_left(wanted: Wanted, scenario: Scenario) -> tuple[float, bool]:
    """What the deorbit vehicle has left for the final burns if it pays for the lowering alone, and whether it can.

    Args:
        wanted: the lowering.
        scenario: its flight, engine and port.

    Returns:
        kg, and True where it is docked when lowering starts, at a port that lowers, and keeps what it needs.
    """
    key = scenario.descent.deorbit_vehicle
    flight = expand_flights(scenario).get(key)
    if flight is None:
        return 0.0, False
    engine = scenario.vehicles[flight.vehicle]
    isp = scenario.vehicles[scenario.descent.lowering_vehicle].specific_impulse_s
    left = brought_propellant_kg(flight, scenario) - wanted.kg * isp / engine.specific_impulse_s
    lowers = [(a, b) for port, a, b in stretches(flight) if scenario.station.ports[port].lowers]
    there = any(begin <= wanted.first < end for begin, end in lowers)
    return left, there and engine.can_lower and left >= wanted.kept_kg


def _tank_kg(key: str, wanted: Wanted, scenario: Scenario) -> float:
    """What a tank of the station holds above its reserve."""
    return max(wanted.level_kg.get(key, 0.0) - scenario.station.tanks[key].reserve_kg, 0.0)


def _docked_kg(vehicle: str, wanted: Wanted, scenario: Scenario) -> float:
    """What vehicles of one type have that are on a port that lowers at any time while lowering goes on."""
    found = 0.0
    for key, flight in expand_flights(scenario).items():
        if flight.vehicle != vehicle:
            continue
        there = any(
            begin <= wanted.last and end > wanted.first
            for port, begin, end in stretches(flight)
            if scenario.station.ports[port].lowers
        )
        if there:
            kept = wanted.kept_kg if key == scenario.descent.deorbit_vehicle else 0.0
            early = flight.dock < wanted.first
            level = wanted.level_kg.get(key, 0.0) if early else brought_propellant_kg(flight, scenario)
            found += max(level - kept, 0.0)
    return found
