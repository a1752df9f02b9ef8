"""Rules that span tables: what the shape of a scenario cannot say.

Each rule takes the whole scenario and yields defects whose ``where`` is a dotted key; the loader adds file and line.
A rule refuses what cannot be meant. What can be meant but fails - too few seats, too little propellant, too late - is
for the verdict of a plan, not for these.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, date
from itertools import pairwise

from pointnemo.errors import Defect
from pointnemo.scenario.descent_rules import hold_range, pauses_of_burns, reach_of_burns, weeks_of_phasing
from pointnemo.scenario.entry_scenario import entry_defects
from pointnemo.scenario.models import Cadence, DescentAttitudes, Flight, Scenario, SecondLowering
from pointnemo.scenario.reentry_rules import REENTRY_RULES, Rule, in_order, known, near
from pointnemo.scenario.schedule import port_conflicts, port_on, slipped, uncommitted_flights

__all__ = ["DATA_FROM", "DATA_TO", "check_rules"]

# Space weather and Earth orientation reach from the first IERS daily series (1973-01-02, finals2000A) to the end of
# the years that plans may reach.
DATA_FROM = date(1973, 1, 2)
DATA_TO = date(2035, 12, 31)

EARTH_RADIUS_KM = 6378.137
EARTH_MU_KM3_S2 = 398600.4418  # WGS 84 / EGM2008
DAY_S = 86400.0
MAX_CADENCE_FLIGHTS = 1000


# --- orbit and dates -------------------------------------------------------------------------------------------------


def _orbit(scenario: Scenario) -> Iterator[Defect]:
    orbit = scenario.orbit
    radius_km = math.hypot(*orbit.position_km)
    speed_km_s = math.hypot(*orbit.velocity_km_s)
    if radius_km > 1e6:
        yield Defect("orbit.position_km", f"is {radius_km:.4g} km from the Earth's centre", "metres? write km")
    elif not EARTH_RADIUS_KM + 100 <= radius_km <= EARTH_RADIUS_KM + 2000:
        what = f"is {radius_km:.1f} km from the Earth's centre, not 100 to 2000 km above its surface"
        yield Defect("orbit.position_km", what, "write km from the Earth's centre")
    elif speed_km_s > 100:
        yield Defect("orbit.velocity_km_s", f"is {speed_km_s:.4g} km/s", "metres per second? write km/s")
    elif speed_km_s**2 / 2 >= EARTH_MU_KM3_S2 / radius_km:
        yield Defect("orbit.velocity_km_s", f"of {speed_km_s:.3f} km/s escapes the Earth", "check the state")
    elif (perigee_km := _perigee_km(scenario)) < 100:
        what = f"gives a perigee of {perigee_km:.0f} km: this orbit meets the ground"
        yield Defect("orbit.velocity_km_s", what, "check position, velocity and frame")
    epoch = orbit.epoch_utc.astimezone(UTC).date()
    if not DATA_FROM <= epoch <= DATA_TO:
        yield Defect("orbit.epoch_utc", f"{epoch} is outside the data", f"data reach from {DATA_FROM} to {DATA_TO}")


def _perigee_km(scenario: Scenario) -> float:
    """Osculating perigee radius - 6378.137, from energy and angular momentum."""
    x, y, z = scenario.orbit.position_km
    u, v, w = scenario.orbit.velocity_km_s
    radius = math.hypot(x, y, z)
    energy = (u * u + v * v + w * w) / 2 - EARTH_MU_KM3_S2 / radius
    momentum2 = (y * w - z * v) ** 2 + (z * u - x * w) ** 2 + (x * v - y * u) ** 2
    axis = -EARTH_MU_KM3_S2 / (2 * energy)
    eccentricity = math.sqrt(max(0.0, 1 - momentum2 / (EARTH_MU_KM3_S2 * axis)))
    return axis * (1 - eccentricity) - EARTH_RADIUS_KM


def _too_many(rhythm: Cadence) -> bool:
    return (rhythm.until - rhythm.first_dock).days // rhythm.interval_days >= MAX_CADENCE_FLIGHTS


def _dates(scenario: Scenario) -> Iterator[Defect]:
    epoch = scenario.orbit.epoch_utc.astimezone(UTC).date()
    horizon, start = scenario.horizon, scenario.descent.lowering_start
    if horizon.deorbit_by < horizon.operate_until:
        what = f"{horizon.deorbit_by} is before operate_until {horizon.operate_until}"
        yield Defect("horizon.deorbit_by", what, "the station comes down after operations end")
    if horizon.operate_until < epoch:
        what = f"{horizon.operate_until} is before the epoch of the orbit, {epoch}"
        yield Defect("horizon.operate_until", what, "give a date to come")
    if horizon.deorbit_by > DATA_TO:
        yield Defect("horizon.deorbit_by", f"{horizon.deorbit_by} is outside the data", f"data reach to {DATA_TO}")
    if start < epoch:
        what = f"{start} is before the epoch of the orbit, {epoch}"
        yield Defect("descent.lowering_start", what, f"write {epoch} to let the station go at once")
    if start > horizon.deorbit_by:
        what = f"{start} is after deorbit_by {horizon.deorbit_by}"
        yield Defect("descent.lowering_start", what, "lower the station before it has to be down")
    for key, flight in scenario.flights.items():
        where = f"flights.{key}"
        if flight.dock >= flight.undock:
            yield Defect(f"{where}.undock", f"{flight.undock} is not after dock {flight.dock}", "exchange the two?")
        if flight.launch and flight.launch > flight.dock:
            yield Defect(f"{where}.launch", f"{flight.launch} is after dock {flight.dock}", "exchange the two?")
    for key, rhythm in scenario.cadence.items():
        if rhythm.first_dock > rhythm.until:
            what = f"{rhythm.until} is before first_dock {rhythm.first_dock}"
            yield Defect(f"cadence.{key}.until", what, "write first_dock itself to keep its first flight alone")
        elif _too_many(rhythm):
            what = f"makes more than {MAX_CADENCE_FLIGHTS} flights"
            yield Defect(f"cadence.{key}.interval_days", what, "write days between two flights")
    for key, quiet in scenario.quiet.items():
        if quiet.from_day > quiet.to_day:
            what = f"{quiet.to_day} is before from_day {quiet.from_day}"
            yield Defect(f"quiet.{key}.to_day", what, "exchange the two?")


# --- flights and ports -----------------------------------------------------------------------------------------------


def _accepted(where: str, scenario: Scenario, vehicle: str, port: str) -> Iterator[Defect]:
    ports = scenario.station.ports
    if port in ports and vehicle in scenario.vehicles and vehicle not in ports[port].accepts:
        fitting = [name for name, other in ports.items() if vehicle in other.accepts]
        mend = f"it fits {', '.join(fitting)}" if fitting else "no port takes it"
        yield Defect(where, f"{port} does not take a {vehicle}", mend)


def _ports(scenario: Scenario) -> Iterator[Defect]:
    for key, port in scenario.station.ports.items():
        for vehicle in port.accepts:
            yield from known(f"station.ports.{key}.accepts", "vehicle", vehicle, scenario.vehicles)
    taken = {vehicle for port in scenario.station.ports.values() for vehicle in port.accepts}
    for key in scenario.vehicles:
        if key not in taken:
            yield Defect(f"vehicles.{key}", "no port accepts it", f'add "{key}" to accepts of one of station.ports')


def _flights(scenario: Scenario) -> Iterator[Defect]:
    for key, flight in scenario.flights.items():
        where = f"flights.{key}"
        yield from known(f"{where}.vehicle", "vehicle", flight.vehicle, scenario.vehicles)
        yield from known(f"{where}.port", "port", flight.port, scenario.station.ports)
        yield from _accepted(f"{where}.port", scenario, flight.vehicle, flight.port)
    for key, rhythm in scenario.cadence.items():
        where = f"cadence.{key}"
        yield from known(f"{where}.vehicle", "vehicle", rhythm.vehicle, scenario.vehicles)
        for port in rhythm.ports:
            yield from known(f"{where}.ports", "port", port, scenario.station.ports)
            yield from _accepted(f"{where}.ports", scenario, rhythm.vehicle, port)


def _stays(scenario: Scenario) -> Iterator[Defect]:
    """Listed flights that meet on a port although neither slipped; what a slip brings about is planned again."""
    flown = {key: slipped(flight) for key, flight in scenario.flights.items() if not flight.cancelled}
    sound = {key: flight for key, flight in flown.items() if flight.dock < flight.undock and not _wrong_moves(flight)}
    for earlier, later, begin, end in port_conflicts(sound):
        if scenario.flights[earlier].slip_days or scenario.flights[later].slip_days:
            continue
        what = f"meets {earlier} on {port_on(sound[later], begin)} from {begin} to {end}"
        yield Defect(f"flights.{later}", what, "one vehicle at a time: move a date, a port, or slip_days")


def _wrong_moves(flight: Flight) -> bool:
    days = [flight.dock, *(move.day for move in flight.moves), flight.undock]
    return any(one >= other for one, other in pairwise(days))


def _moves(scenario: Scenario) -> Iterator[Defect]:
    for key, flight in scenario.flights.items():
        where, port = f"flights.{key}.moves", flight.port
        for move in flight.moves:
            yield from known(where, "port", move.port, scenario.station.ports)
            yield from _accepted(where, scenario, flight.vehicle, move.port)
            if move.port == port:
                yield Defect(where, f"moves to {port} on {move.day}, where it is already", "name another port")
            port = move.port
            if not flight.dock < move.day < flight.undock:
                what = f"{move.day} is not between dock {flight.dock} and undock {flight.undock}"
                yield Defect(where, what, "a vehicle is relocated while it is docked; slip_days moves this day too")
        for one, other in pairwise(flight.moves):
            if one.day >= other.day:
                yield Defect(where, f"{other.day} is not after {one.day}", "write them in order, one a day")


def _clearances(scenario: Scenario) -> Iterator[Defect]:
    ports = scenario.station.ports
    for key, rule in scenario.station.clearances.items():
        where = f"station.clearances.{key}"
        for name, port, vehicles in (("port", rule.port, "vehicles"), ("neighbour", rule.neighbour, "others")):
            yield from known(f"{where}.{name}", "port", port, ports)
            for vehicle in getattr(rule, vehicles):
                yield from known(f"{where}.{vehicles}", "vehicle", vehicle, scenario.vehicles)
        if rule.port == rule.neighbour:
            yield Defect(f"{where}.neighbour", f"is {rule.port} itself", "name the port that is too near")


def _partners(scenario: Scenario) -> Iterator[Defect]:
    for key, vehicle in scenario.vehicles.items():
        yield from known(f"vehicles.{key}.partner", "partner", vehicle.partner, scenario.partners)
    for key, element in scenario.station.elements.items():
        yield from known(f"station.elements.{key}.partner", "partner", element.partner, scenario.partners)
    for key, tank in scenario.station.tanks.items():
        yield from known(f"station.tanks.{key}.partner", "partner", tank.partner, scenario.partners)


# --- station ---------------------------------------------------------------------------------------------------------


def _station(scenario: Scenario) -> Iterator[Defect]:
    station = scenario.station
    drag = station.drag
    if drag.low_m2 > drag.high_m2:
        what = f"low_m2 {drag.low_m2:g} is above high_m2 {drag.high_m2:g}"
        yield Defect("station.drag.low_m2", what, "write the lower bound as low_m2")
    for key, tank in station.tanks.items():
        where = f"station.tanks.{key}"
        for name in ("propellant_kg", "reserve_kg"):
            value = getattr(tank, name)
            mend = f"at most {tank.capacity_kg:g}"
            yield from in_order(f"{where}.{name}", value, tank.capacity_kg, f"{value:g} exceeds capacity_kg", mend)
    elements_kg = sum(element.mass_kg for element in station.elements.values())
    propellant_kg = sum(tank.propellant_kg for tank in station.tanks.values())
    if elements_kg + propellant_kg > station.mass_kg:
        what = (
            f"{station.mass_kg:g} is less than its elements ({elements_kg:.0f} kg) and the propellant in its tanks "
            f"({propellant_kg:.0f} kg)"
        )
        yield Defect("station.mass_kg", what, "it is the flight mass with outfitting and propellant, no visitors")
    if not station.elements:
        yield Defect("station.elements", "there is none", "a station has at least one element")


# --- rules, descent --------------------------------------------------------------------------------------------------


def _corridor(scenario: Scenario) -> Iterator[Defect]:
    rules = scenario.rules
    lower, upper = rules.corridor_lower_km, rules.corridor_upper_km
    if lower is not None and lower >= upper:
        what = f"{lower:g} is not below corridor_upper_km {upper:g}"
        yield Defect("rules.corridor_lower_km", what, "exchange the two?")
    for name, value in (("corridor_lower_km", lower), ("corridor_upper_km", upper)):
        if value is not None and not 200 <= value <= 1500:
            mend = "mean altitude in km: mean semi-major axis - 6378.137"
            yield Defect(f"rules.{name}", f"{value:g} km is not an altitude for a station", mend)
    for name in ("survival_altitude_km", "end_altitude_km"):
        value = getattr(rules, name)
        if value is not None and value >= upper:
            what = f"{value:g} is not below corridor_upper_km {upper:g}"
            yield Defect(f"rules.{name}", what, "write a mean altitude inside the corridor")
    if rules.reboost_min_delta_v_mps > rules.reboost_max_delta_v_mps:
        what = f"{rules.reboost_min_delta_v_mps:g} exceeds reboost_max_delta_v_mps {rules.reboost_max_delta_v_mps:g}"
        yield Defect("rules.reboost_min_delta_v_mps", what, "exchange the two?")


def _descent(scenario: Scenario) -> Iterator[Defect]:
    descent = scenario.descent
    ladder = ("crew_departure_altitude_km", "hold_altitude_km", "targeting_altitude_km")
    for higher, lower in pairwise(ladder):
        above, below = getattr(descent, higher), getattr(descent, lower)
        what = f"{below:g} is above {higher} {above:g}"
        yield from in_order(f"descent.{lower}", below, above, what, "the descent passes them in this order")
    if descent.crew_departure_altitude_km >= scenario.rules.corridor_upper_km:
        what = f"{descent.crew_departure_altitude_km:g} is not below the corridor"
        yield Defect("descent.crew_departure_altitude_km", what, "the crew leaves on the way down")
    yield from _deorbit_vehicle(scenario)
    lowering = scenario.vehicles.get(descent.lowering_vehicle)
    yield from known("descent.lowering_vehicle", "vehicle", descent.lowering_vehicle, scenario.vehicles)
    if lowering is not None and not (lowering.can_lower and lowering.thrust_n > 0):
        able = [key for key, vehicle in scenario.vehicles.items() if vehicle.can_lower and vehicle.thrust_n > 0]
        what = f"{descent.lowering_vehicle!r} cannot lower the station"
        yield Defect("descent.lowering_vehicle", what, f"these can: {', '.join(able)}")
    yield from _burns(scenario)


def _attitudes(scenario: Scenario) -> Iterator[Defect]:
    """Attitudes that the descent names; ``normal`` need not be described."""
    known = scenario.station.attitudes
    for part in DescentAttitudes.model_fields:
        key = getattr(scenario.descent.attitudes, part)
        if key != "normal" and key not in known:
            there = ", ".join(known) or "none but normal: describe it as one of station.attitudes"
            yield Defect(f"descent.attitudes.{part}", f"there is no attitude {key!r}", f"there is {there}")
        elif key != "normal" and "normal" not in known:
            what = f"the drag of {key!r} is told against that of normal, which is not described"
            yield Defect(f"descent.attitudes.{part}", what, "describe station.attitudes.normal too")


def _second_lowering(scenario: Scenario) -> Iterator[Defect]:
    second = scenario.descent.second_lowering
    if second is None:
        return
    where, key = "descent.second_lowering", second.vehicle
    vehicle = scenario.vehicles.get(key)
    able = [name for name in scenario.vehicles if _lowers(scenario, name)]
    mend = f"these can: {', '.join(able)}"
    if vehicle is None:
        flight = scenario.flights.get(key)
        cure = f"{key} is a flight; its vehicle is {flight.vehicle}" if flight else near(key, scenario.vehicles)
        yield Defect(f"{where}.vehicle", f"there is no vehicle {key!r}", cure)
    elif not (vehicle.can_lower and vehicle.thrust_n > 0):
        yield Defect(f"{where}.vehicle", f"{key!r} cannot lower the station", mend)
    elif key not in able:
        yield Defect(f"{where}.vehicle", f"{key!r} docks at no port that lowers", mend)
    start = scenario.descent.lowering_start
    if second.start < start:
        what = f"{second.start} is before lowering_start {start}"
        yield Defect(f"{where}.start", what, f"write {start} or a later day")
    flight = scenario.flights.get(scenario.descent.deorbit_vehicle)
    if flight is not None and flight.vehicle == key and vehicle is not None:
        yield from _second_by_deorbit_vehicle(second, slipped(flight), scenario)


def _lowers(scenario: Scenario, key: str) -> bool:
    """Whether a type of vehicle can lower the station from a port that takes it."""
    vehicle = scenario.vehicles[key]
    ports = scenario.station.ports.values()
    return vehicle.can_lower and vehicle.thrust_n > 0 and any(port.lowers and key in port.accepts for port in ports)


def _second_by_deorbit_vehicle(second: SecondLowering, flight: Flight, scenario: Scenario) -> Iterator[Defect]:
    """It pays out of its own tank: it is there, on a port that lowers, and has as much."""
    where, key = "descent.second_lowering", scenario.descent.deorbit_vehicle
    brought = scenario.vehicles[flight.vehicle].propellant_kg if flight.propellant_kg is None else flight.propellant_kg
    port = port_on(flight, second.start)
    if second.start < flight.dock:
        what = f"{second.start} is before {key} docks, {flight.dock}"
        yield Defect(f"{where}.start", what, f"write {flight.dock} or a later day")
    elif second.start >= flight.undock:
        what = f"{second.start} is not before {key} leaves, {flight.undock}"
        yield Defect(f"{where}.start", what, "write an earlier day, or let it stay longer")
    elif port in scenario.station.ports and not scenario.station.ports[port].lowers:
        what = f"{key} is on {port} then, which does not lower"
        yield Defect(f"{where}.start", what, "write a day on which it is on a port that lowers")
    what = f"{second.propellant_kg:g} is more than {key} brings"
    yield from in_order(f"{where}.propellant_kg", second.propellant_kg, brought, what, f"at most {brought:g}")


def _engines(scenario: Scenario) -> Iterator[Defect]:
    """A reboost is made within its day."""
    most_mps = scenario.rules.reboost_max_delta_v_mps
    needed_n = scenario.station.mass_kg * most_mps / DAY_S
    engines = {f"station.tanks.{key}": tank for key, tank in scenario.station.tanks.items()}
    engines |= {f"vehicles.{key}": vehicle for key, vehicle in scenario.vehicles.items()}
    for where, engine in engines.items():
        if engine.can_raise and 0 < engine.thrust_n < needed_n:
            what = f"{engine.thrust_n:g} N takes more than a day for a reboost of {most_mps:g} m/s"
            mend = f"write N, at least {needed_n:.3g}, or can_raise = false, or lower rules.reboost_max_delta_v_mps"
            yield Defect(f"{where}.thrust_n", what, mend)


def _deorbit_vehicle(scenario: Scenario) -> Iterator[Defect]:
    where, key = "descent.deorbit_vehicle", scenario.descent.deorbit_vehicle
    flight = scenario.flights.get(key)
    if flight is None:
        vehicle = [name for name, other in scenario.flights.items() if other.vehicle == key]
        mend = f"{key} is a vehicle; its flight is {vehicle[0]}" if vehicle else near(key, scenario.flights)
        yield Defect(where, f"there is no flight {key!r}", mend)
    elif flight.cancelled:
        yield Defect(where, f"flight {key!r} is cancelled", "name a flight that flies")
    elif key in uncommitted_flights(scenario):
        yield Defect(where, f"flight {key!r} docks after its partner's commitment ends", "see partners and flights")
    elif (vehicle := scenario.vehicles.get(flight.vehicle)) and not (vehicle.can_lower and vehicle.thrust_n > 0):
        yield Defect(where, f"flight {key!r} is a {flight.vehicle}, which cannot lower the station", "see can_lower")


def _burns(scenario: Scenario) -> Iterator[Defect]:
    burns = scenario.descent.burns
    ordered = sorted(burns.items(), key=lambda item: -item[1].revolutions_before_final)
    if not ordered or ordered[-1][1].revolutions_before_final != 0:
        what = "there is no final burn"
        yield Defect("descent.burns", what, "give one burn revolutions_before_final = 0")
    for (first, one), (second, other) in pairwise(ordered):
        where = f"descent.burns.{second}"
        if one.revolutions_before_final == other.revolutions_before_final:
            yield Defect(f"{where}.revolutions_before_final", f"is the same as that of {first}", "one burn at a time")
        elif other.perigee_km >= one.perigee_km:
            what = f"{other.perigee_km:g} is not below that of {first}, {one.perigee_km:g}"
            yield Defect(f"{where}.perigee_km", what, "each burn lowers the perigee")
    for key, burn in burns.items():
        if burn.perigee_km >= scenario.descent.targeting_altitude_km:
            what = f"{burn.perigee_km:g} is not below targeting_altitude_km"
            yield Defect(f"descent.burns.{key}.perigee_km", what, "the burns lower the perigee")


# --- supplies --------------------------------------------------------------------------------------------------------


def _supplies(scenario: Scenario) -> Iterator[Defect]:
    for key, supply in scenario.supplies.items():
        if supply.capacity_kg is not None:
            what = f"{supply.stock_kg:g} exceeds capacity_kg"
            mend = f"at most {supply.capacity_kg:g}"
            yield from in_order(f"supplies.{key}.stock_kg", supply.stock_kg, supply.capacity_kg, what, mend)
    for key, vehicle in scenario.vehicles.items():
        yield from _loads(f"vehicles.{key}.loads", vehicle.loads, vehicle.cargo_kg, scenario)
    for key, flight in scenario.flights.items():
        if flight.loads is not None and (kind := scenario.vehicles.get(flight.vehicle)):
            yield from _loads(f"flights.{key}.loads", flight.loads, kind.cargo_kg, scenario)


def _loads(where: str, loads: Mapping[str, float], cargo_kg: float, scenario: Scenario) -> Iterator[Defect]:
    for name in loads:
        yield from known(f"{where}.{name}", "supply", name, scenario.supplies)
    total = math.fsum(loads.values())
    what = f"come to {total:g} kg, more than cargo_kg {cargo_kg:g}"
    yield from in_order(where, total, cargo_kg, what, "leave something behind, or raise cargo_kg")


# --- re-entry --------------------------------------------------------------------------------------------------------


FINAL_BURN = "final"
"""The burn that led into an entry, where the scenario tells of none: it may have failed."""


def _failures(scenario: Scenario) -> Iterator[Defect]:
    """Failures are those of burns that are made; before an entry whose burns are not told there is the final one."""
    told = scenario.descent.burns
    burns = told if told or scenario.entry is None else {FINAL_BURN: None}
    for key in scenario.assess.burn_failure_probability:
        yield from known(f"assess.burn_failure_probability.{key}", "burn", key, burns)


RULES: tuple[Rule, ...] = (
    _orbit, _dates, _partners, _ports, _flights, _moves, _stays, _clearances, _station, _corridor, _engines, _descent,
    _attitudes, _second_lowering, hold_range, reach_of_burns, pauses_of_burns, weeks_of_phasing,
    _supplies, *REENTRY_RULES, _failures,
)  # fmt: skip

ENTRY_RULES: tuple[Rule, ...] = (entry_defects, _station, *REENTRY_RULES, _failures)
"""Rules of a scenario that begins in the entry: nothing before it is flown."""


def check_rules(scenario: Scenario) -> tuple[Defect, ...]:
    """Everything that is wrong between the tables of a scenario.

    Args:
        scenario: a scenario whose single values are already valid.

    Returns:
        All defects, each with its dotted key; empty where the scenario can be flown.
    """
    rules = RULES if scenario.entry is None else ENTRY_RULES
    return tuple(defect for rule in rules for defect in rule(scenario))
