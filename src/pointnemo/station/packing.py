"""A scenario as the history kernel reads it: tanks, steps and thresholds in plain arrays.

Packed once per plan. ``Decision.with_lowering`` changes the two numbers that root-finding turns without packing again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, ScenarioError
from pointnemo.motion.history import Corridor, Decision, PlannedBurn
from pointnemo.motion.history_tables import Policy, Schedule
from pointnemo.results import Track
from pointnemo.scenario.models import Flight, Scenario
from pointnemo.scenario.schedule import expand_flights
from pointnemo.scenario.stays import stretches
from pointnemo.station.attitude import drag_factor
from pointnemo.station.corridor import lower_edge_km
from pointnemo.station.stack import brought_propellant_kg, dry_station_kg
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_mjd_utc, from_utc, mjd_utc

if TYPE_CHECKING:
    from pointnemo.world import World

__all__ = ["CROSSINGS", "LOWERING_TANK", "SECOND_TANK", "decide"]

LOWERING_TANK = "lowering"
SECOND_TANK = "lowering-2"
CROSSINGS = ("crew_departure", "hold", "targeting")

ALWAYS = 10**6  # steps; no schedule is as long

_MJD_ORDINAL = date(1858, 11, 17).toordinal()
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class _Tank(NamedTuple):
    """One tank on its way into arrays; see ``Schedule`` for the meaning of the fields."""

    key: str
    owner: str
    from_step: int
    to_step: int
    brought_kg: float
    capacity_kg: float
    reserve_kg: float
    specific_impulse_s: float
    thrust_n: float
    is_station: bool = False
    shares: bool = True
    raise_steps: BoolArray | None = None
    raise_rank: tuple[int, int, int] | None = None
    attitude_rank: tuple[int, int] | None = None


def decide(scenario: Scenario, world: World, track: Track, planned: Sequence[PlannedBurn] = ()) -> Decision:
    """Turn a scenario into what the history kernel flies.

    The re-planning rule that the kernel follows. At a planned burn the station is raised to the planned altitude, at
    most ``rules.reboost_max_delta_v_mps`` a day; a world in which it is higher than planned saves propellant, and less
    than ``rules.reboost_min_delta_v_mps`` is not burnt. Without a plan, or where a world leaves the plan behind, the
    station is raised whenever two more days would take it below the lower edge of its corridor: to the upper edge
    without a plan, at most 8 km above the lower edge within one, and never higher than what keeps it there until
    lowering starts. Without a plan it also keeps above ``rules.end_altitude_km``.

    The tank named by the plan pays first, then docked vehicles that can raise (those that need no turn of the station,
    and of these the one that leaves first), then the station's own tanks. Nobody thrusts on a quiet day, nor on one on
    which a vehicle docks, undocks or moves; a vehicle raises from a port that allows it. Attitude control drinks from
    the station tanks that feed it, which docked vehicles of the same partner keep filled for 30 days, then from those
    vehicles. The de-orbit vehicle keeps its propellant for the end and for a second stage of lowering that it pays.

    The lowering propellant comes out of the docked vehicles that can lower, then out of the station's own tanks that
    can; what these lack is aboard from the start of lowering, whoever would bring it.

    A second stage of the lowering that the type of the de-orbit vehicle pays comes out of the tank of that flight; any
    other vehicle brings its propellant when the stage starts. Without one in the
    scenario the decision is ready for one that the de-orbit vehicle pays, see ``Decision.with_lowering``.

    Args:
        scenario: what was decided.
        world: nature; its weather says how far ahead a history may go.
        track: where the station is, and its drag area.
        planned: reboosts of a plan that reaches to the start of lowering; none where there is no plan.

    Returns:
        Decision.

    Raises:
        ScenarioError: the start of lowering lies before the epoch, or the targeting altitude below what averaging can
            fly.
    """
    epoch_tt_s = from_utc(track.epoch_utc)
    first_day = date.fromordinal(math.floor(float(mjd_utc(epoch_tt_s))) + _MJD_ORDINAL)
    last_day = date.fromordinal(int(world.weather.valid[1]) + _MJD_ORDINAL)
    steps = (last_day - first_day).days
    _refuse_unflyable(scenario, first_day)
    flights = _flights_ahead(expand_flights(scenario), first_day)
    corridor = _corridor(scenario, world, track)
    tanks = [*_station_tanks(scenario, steps), *_flight_tanks(scenario, flights, first_day, steps)]
    tanks.append(_lowering_tank(LOWERING_TANK, scenario.descent.lowering_vehicle, scenario, steps))
    second = scenario.descent.second_lowering
    if second is not None and not _paid_by_deorbit_vehicle(scenario):
        tanks.append(_lowering_tank(SECOND_TANK, second.vehicle, scenario, steps))
    mean = track.mean
    policy = _policy(scenario, track, flights, first_day, [tank.key for tank in tanks])
    decision = Decision(
        first_day=first_day,
        tanks=tuple(tank.key for tank in tanks),
        partners=tuple(tank.owner for tank in tanks),
        crossings=CROSSINGS,
        schedule=_schedule(scenario, tanks, flights, corridor, epoch_tt_s, first_day, steps),
        policy=policy,
        start=np.array(
            [mean.semi_major_axis_km, mean.eccentricity_x, mean.eccentricity_y, math.radians(mean.node_deg)]
        ),
        corridor=corridor,
    )
    return decision.with_plan(planned, policy.lowering_step) if planned else decision


def _corridor(scenario: Scenario, world: World, track: Track) -> Corridor:
    """Between which altitudes the station is held."""
    rules = scenario.rules
    return Corridor(
        lower_km=lower_edge_km(scenario, world, track),
        upper_km=rules.corridor_upper_km,
        typed_km=rules.corridor_lower_km or 0.0,
        end_km=rules.end_altitude_km or 0.0,
    )


def _refuse_unflyable(scenario: Scenario, first_day: date) -> None:
    """What rules cannot know before the start state is chosen."""
    start = scenario.descent.lowering_start
    if start < first_day:
        what = f"{start} lies before the epoch of the start state"
        defect = Defect("descent.lowering_start", what, f"a day from {first_day} on")
        raise ScenarioError("the history cannot be flown", [defect])


def _flights_ahead(flights: Mapping[str, Flight], first_day: date) -> dict[str, Flight]:
    """Flights that are docked on the first day or come later."""
    return {key: flight for key, flight in flights.items() if flight.undock > first_day}


def _station_tanks(scenario: Scenario, steps: int) -> list[_Tank]:
    """Tanks of the station itself, in the order of the scenario."""
    return [
        _Tank(
            key=key,
            owner=tank.partner,
            from_step=0,
            to_step=steps + 1,
            brought_kg=tank.propellant_kg,
            capacity_kg=tank.capacity_kg,
            reserve_kg=tank.reserve_kg,
            specific_impulse_s=tank.specific_impulse_s,
            thrust_n=tank.thrust_n,
            is_station=True,
            raise_steps=np.full(steps, tank.can_raise and tank.thrust_n > 0),
            raise_rank=(2, 0, index) if tank.can_raise and tank.thrust_n > 0 else None,
            attitude_rank=(0, index) if tank.feeds_attitude else None,
        )
        for index, (key, tank) in enumerate(scenario.station.tanks.items())
    ]


def _flight_tanks(scenario: Scenario, flights: Mapping[str, Flight], first_day: date, steps: int) -> list[_Tank]:
    """Tanks of the flights that bring propellant, in order of docking."""
    feeders = {tank.partner for tank in scenario.station.tanks.values() if tank.feeds_attitude}
    tanks = []
    for index, (key, flight) in enumerate(flights.items()):
        brought = brought_propellant_kg(flight, scenario)
        if brought <= 0.0:
            continue
        vehicle = scenario.vehicles[flight.vehicle]
        kept = key == scenario.descent.deorbit_vehicle
        able = vehicle.can_raise and vehicle.thrust_n > 0 and not kept
        stays = [(scenario.station.ports[port], begin, end) for port, begin, end in stretches(flight)]
        raise_steps = np.zeros(steps, dtype=np.bool_)
        for port, begin, end in stays:
            raise_steps[_steps_of(begin, end, first_day)] = able and port.raises
        raises = bool(raise_steps.any())
        turned = all(port.turns_to_raise for port, _, _ in stays if port.raises)
        gone = min((flight.undock - first_day).days, steps + 1)
        tanks.append(
            _Tank(
                key=key,
                owner=vehicle.partner,
                from_step=max((flight.dock - first_day).days, 0),
                to_step=gone,
                brought_kg=brought,
                capacity_kg=brought,
                reserve_kg=0.0,
                specific_impulse_s=vehicle.specific_impulse_s,
                thrust_n=vehicle.thrust_n,
                shares=not kept,
                raise_steps=raise_steps,
                raise_rank=(int(turned), gone, index) if raises else None,
                attitude_rank=(1 + gone, index) if vehicle.partner in feeders and not kept else None,
            )
        )
    return tanks


def _steps_of(begin: date, end: date, first_day: date, more: int = 0) -> slice:
    """Steps from one day to the day before another, or ``more`` days beyond that."""
    return slice(max((begin - first_day).days, 0), max((end - first_day).days + more, 0))


def _pause_days(scenario: Scenario, flights: Mapping[str, Flight], first_day: date, steps: int) -> NDArray[np.int64]:
    """How many days in a row, this one first, nothing may thrust: quiet days, and days of traffic."""
    still = np.zeros(steps, dtype=np.bool_)
    for quiet in scenario.quiet.values():
        still[_steps_of(quiet.from_day, quiet.to_day, first_day, more=1)] = True
    for flight in flights.values():
        for _, begin, end in stretches(flight):
            for day in (begin, end):
                still[_steps_of(day, day, first_day, more=1)] = True
    pause = np.zeros(steps + 1, dtype=np.int64)
    for step in range(steps - 1, -1, -1):
        pause[step] = pause[step + 1] + 1 if still[step] else 0
    return pause[:-1]


def _paid_by_deorbit_vehicle(scenario: Scenario) -> bool:
    """Whether the second stage of the lowering comes out of the tank of the deorbit vehicle's flight."""
    second, flight = scenario.descent.second_lowering, scenario.flights.get(scenario.descent.deorbit_vehicle)
    return second is None or (flight is not None and flight.vehicle == second.vehicle)


def _lowering_tank(key: str, payer: str, scenario: Scenario, steps: int) -> _Tank:
    """The tank that a stage's lowering propellant is spent out of, day by day, from the start of the stage."""
    vehicle = scenario.vehicles[payer]
    return _Tank(
        key=key,
        owner=vehicle.partner,
        from_step=steps + 1,
        to_step=steps + 2,
        brought_kg=0.0,
        capacity_kg=math.inf,
        reserve_kg=0.0,
        specific_impulse_s=vehicle.specific_impulse_s,
        thrust_n=vehicle.thrust_n,
        shares=False,
    )


def _schedule(
    scenario: Scenario,
    tanks: Sequence[_Tank],
    flights: Mapping[str, Flight],
    corridor: Corridor,
    epoch_tt_s: float,
    first_day: date,
    steps: int,
) -> Schedule:
    """Everything that flies, as arrays."""
    owners = sorted({tank.owner for tank in tanks})
    midnights = from_mjd_utc(first_day.toordinal() - _MJD_ORDINAL + np.arange(1, steps + 1))
    dry_mass = np.full(steps, dry_station_kg(scenario))
    for flight in flights.values():
        dry_mass[_steps_of(flight.dock, flight.undock, first_day)] += scenario.vehicles[flight.vehicle].docked_mass_kg

    pause_days = _pause_days(scenario, flights, first_day, steps)
    never = np.zeros(steps, dtype=np.bool_)
    raising = [never if tank.raise_steps is None else tank.raise_steps for tank in tanks]

    def floats(name: str) -> FloatArray:
        return np.array([getattr(tank, name) for tank in tanks], dtype=float)

    def order(name: str) -> NDArray[np.int64]:
        ranked = [(getattr(tank, name), k) for k, tank in enumerate(tanks) if getattr(tank, name) is not None]
        return np.array([k for _, k in sorted(ranked)], dtype=np.int64)

    return Schedule(
        tt_s=np.concatenate([[epoch_tt_s], midnights]),
        dry_mass_kg=dry_mass,
        from_step=np.array([tank.from_step for tank in tanks], dtype=np.int64),
        to_step=np.array([tank.to_step for tank in tanks], dtype=np.int64),
        brought_kg=floats("brought_kg"),
        capacity_kg=floats("capacity_kg"),
        reserve_kg=floats("reserve_kg"),
        specific_impulse_s=floats("specific_impulse_s"),
        thrust_n=floats("thrust_n"),
        partner=np.array([owners.index(tank.owner) if tank.shares else -1 for tank in tanks], dtype=np.int64),
        is_station=np.array([tank.is_station for tank in tanks], dtype=np.bool_),
        raise_order=order("raise_rank"),
        attitude_order=order("attitude_rank"),
        can_raise=np.array(raising) & (pause_days == 0),
        pause_days=pause_days,
        planned_km=np.zeros(steps),
        planned_tank=np.full(steps, -1, dtype=np.int64),
        act_km=corridor.act_km(planned=False),
        raise_km=corridor.raise_km(planned=False),
    )


def _lowering_payers(
    scenario: Scenario, flights: Mapping[str, Flight], first_day: date, tanks: Sequence[str]
) -> NDArray[np.int64]:
    """Whom the lowering propellant comes out of; see ``Policy``.

    Who leaves first pays first, tanks of the station last. The deorbit vehicle keeps its propellant.
    """
    rows = []
    for key, flight in sorted(flights.items(), key=lambda item: (item[1].undock, item[0])):
        vehicle = scenario.vehicles[flight.vehicle]
        if key == scenario.descent.deorbit_vehicle or key not in tanks or not vehicle.can_lower:
            continue
        for port, begin, end in stretches(flight):
            if vehicle.thrust_n > 0.0 and scenario.station.ports[port].lowers:
                rows.append((tanks.index(key), (begin - first_day).days, (end - first_day).days))
    for key, tank in scenario.station.tanks.items():
        if tank.can_lower and tank.thrust_n > 0.0:
            rows.append((tanks.index(key), 0, ALWAYS))
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _policy(
    scenario: Scenario, track: Track, flights: Mapping[str, Flight], first_day: date, tanks: Sequence[str]
) -> Policy:
    """The thresholds, with altitudes as semi-major axes."""
    rules, descent = scenario.rules, scenario.descent
    second = descent.second_lowering
    payer = descent.deorbit_vehicle if _paid_by_deorbit_vehicle(scenario) else SECOND_TANK
    crossings = (descent.crew_departure_altitude_km, descent.hold_altitude_km, descent.targeting_altitude_km)
    return Policy(
        reboost_max_km_s=rules.reboost_max_delta_v_mps * 1e-3,
        reboost_min_km_s=rules.reboost_min_delta_v_mps * 1e-3,
        attitude_kg_per_day=rules.attitude_propellant_kg_per_day,
        lowering_step=(descent.lowering_start - first_day).days,
        lowering_tank=tanks.index(LOWERING_TANK),
        lowering_kg=descent.lowering_propellant_kg,
        lowering_kg_per_day=descent.lowering_kg_per_day,
        hold_km=EARTH_RADIUS_KM + descent.hold_altitude_km,
        targeting_km=EARTH_RADIUS_KM + descent.targeting_altitude_km,
        crossings_km=EARTH_RADIUS_KM + np.array(crossings),
        cd_area_m2=track.cd_area_m2.value,
        inclination_rad=math.radians(track.mean.inclination_deg),
        second_step=0 if second is None else max((second.start - first_day).days, 0),
        second_tank=tanks.index(payer) if payer in tanks else -1,
        second_kg=0.0 if second is None else second.propellant_kg,
        second_kg_per_day=0.0 if second is None else second.kg_per_day,
        second_brought=payer == SECOND_TANK,
        uncrewed_km=EARTH_RADIUS_KM + descent.crew_departure_altitude_km,
        crewed_factor=drag_factor(scenario, descent.attitudes.crewed),
        uncrewed_factor=drag_factor(scenario, descent.attitudes.uncrewed),
        lowering_payers=_lowering_payers(scenario, flights, first_day, tanks),
    )
