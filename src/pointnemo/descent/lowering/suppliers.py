"""Who can pay for the lowering: engines, ports and propellant, and what is docked when it is to be spent."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from pointnemo.results import TradeSupplier, TradeSupply
from pointnemo.scenario import expand_flights
from pointnemo.scenario.stays import stretches
from pointnemo.station.attitude import flies_backwards, pushes_of_tank, pushes_of_vehicle
from pointnemo.station.stack import brought_propellant_kg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pointnemo.scenario.models import Scenario
    from pointnemo.station.attitude import Push

__all__ = ["Payer", "Wanted", "deorbit_left", "first_payers", "suppliers_of", "supplies_of"]


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


class Payer(NamedTuple):
    """Somebody who is there when lowering starts and pays for a part of its first stage.

    Attributes:
        key: of the flight, or of the station's tank.
        kg: what it has above its reserve, as far as it can be spent before it leaves.
        equivalent_kg: the same velocity as propellant of the scenario's lowering vehicle.
        specific_impulse_s: of its engine.
        undock: day on which it leaves; None for a tank.
    """

    key: str
    kg: float
    equivalent_kg: float
    specific_impulse_s: float
    undock: date | None


def suppliers_of(scenario: Scenario) -> tuple[TradeSupplier, ...]:
    """Everybody with an engine: visiting vehicles in the order of the scenario, then tanks of the station.

    Args:
        scenario: vehicles, ports, tanks.

    Returns:
        Suppliers; for those who are not able it is said what they lack, for the others whether the station is turned.
    """
    ports, backwards = scenario.station.ports.values(), flies_backwards(scenario, "crewed")
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
        pushes = [push for port in ports if key in port.accepts for push in pushes_of_vehicle(vehicle, port, backwards)]
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
                turn=not lacks and _turns(pushes),
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
            turn=_turns(pushes_of_tank(tank, backwards)),
            why_not="" if tank.can_lower else "its engine raises only" if tank.can_raise else "its engine is not used",
        )
        for key, tank in scenario.station.tanks.items()
        if tank.thrust_n > 0.0
    ]
    return tuple(rows)


def _turns(pushes: Sequence[Push]) -> bool:
    """Whether all that lower do so after a turn of the station."""
    turns = [push.turn for push in pushes if push.direction == "lower"]
    return bool(turns) and all(turns)


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
    left = brought_propellant_kg(flight, scenario) - _second_kg(key, scenario)
    left -= wanted.kg * isp / engine.specific_impulse_s
    lowers = [(a, b) for port, a, b in stretches(flight) if scenario.station.ports[port].lowers]
    there = any(begin <= wanted.first < end for begin, end in lowers)
    return left, there and engine.can_lower and left >= wanted.kept_kg


def first_payers(scenario: Scenario, first: date, level_kg: Mapping[str, float]) -> tuple[Payer, ...]:
    """Who pays for a first stage of the lowering that starts on a day, the deorbit vehicle left out.

    The one that leaves first pays first, then the next, without a pause between them: what docks only after the others
    are empty, or cannot be spent before it leaves, does not count. Tanks of the station come last.

    Args:
        scenario: who is docked where, and how fast propellant is spent.
        first: day on which lowering starts.
        level_kg: what is in each tank and docked vehicle then, by key.

    Returns:
        Payers in the order in which they pay.
    """
    descent = scenario.descent
    rate, isp = descent.lowering_kg_per_day, scenario.vehicles[descent.lowering_vehicle].specific_impulse_s
    able = {one.id for one in suppliers_of(scenario) if one.able}
    spent_days, payers = 0.0, []
    flights = sorted(expand_flights(scenario).items(), key=lambda item: (item[1].undock, item[0]))
    for key, flight in flights:
        lowers = [(a, b) for port, a, b in stretches(flight) if scenario.station.ports[port].lowers and b > first]
        if key == descent.deorbit_vehicle or flight.vehicle not in able or not lowers:
            continue
        begin, end = lowers[0]
        engine = scenario.vehicles[flight.vehicle]
        if begin > first + timedelta(days=math.floor(spent_days)):
            continue
        level = level_kg.get(key, 0.0) if flight.dock < first else brought_propellant_kg(flight, scenario)
        equivalent = min(level * engine.specific_impulse_s / isp, rate * max((end - first).days - spent_days, 0.0))
        if equivalent > 0.0:
            spent_days += equivalent / rate
            kg = equivalent * isp / engine.specific_impulse_s
            payers.append(Payer(key, kg, equivalent, engine.specific_impulse_s, end))
    for key, tank in scenario.station.tanks.items():
        kg = max(level_kg.get(key, 0.0) - tank.reserve_kg, 0.0)
        if key in able and kg > 0.0:
            payers.append(Payer(key, kg, kg * tank.specific_impulse_s / isp, tank.specific_impulse_s, None))
    return tuple(payers)


def _tank_kg(key: str, wanted: Wanted, scenario: Scenario) -> float:
    """What a tank of the station holds above its reserve."""
    return max(wanted.level_kg.get(key, 0.0) - scenario.station.tanks[key].reserve_kg, 0.0)


def _second_kg(key: str, scenario: Scenario) -> float:
    """What a second stage of the lowering takes out of a flight's own tank."""
    second, flight = scenario.descent.second_lowering, scenario.flights.get(key)
    if second is None or flight is None or key != scenario.descent.deorbit_vehicle:
        return 0.0
    return second.propellant_kg if flight.vehicle == second.vehicle else 0.0


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
            found += max(level - kept - _second_kg(key, scenario), 0.0)
    return found
