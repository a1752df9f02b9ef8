"""Who on board can push the station, which way, and by how much, on every day of a flown history.

Vehicles push from the port that they are on; a vehicle whose direction does not come naturally there pushes after the
station is turned round. The propellant of a station tank without an engine feeds the engine of the same partner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pointnemo.descent.impulses import delta_v_mps
from pointnemo.motion.burns import propellant_kg
from pointnemo.scenario import expand_flights
from pointnemo.scenario.stays import stretches
from pointnemo.station.attitude import pushes_of_tank, pushes_of_vehicle
from pointnemo.world.time import DAY_S

if TYPE_CHECKING:
    from datetime import date

    from pointnemo.motion.history import Decision, Flown
    from pointnemo.results import FloatArray, IntArray
    from pointnemo.scenario.models import Flight, Scenario
    from pointnemo.station.attitude import Push

__all__ = ["NATURALLY", "NOT", "TURNED", "EngineAboard", "engines_aboard", "kg_for"]

NOT, NATURALLY, TURNED = range(3)
"""How an engine pushes in a direction: not at all, in the normal attitude, after the station is turned round."""


@dataclass(frozen=True, eq=False)
class EngineAboard:
    """An engine with propellant. All arrays have shape (rows,), a row for every day of the history.

    Attributes:
        key: of the flight, or of the station's tank.
        name: in words.
        is_vehicle: a visiting vehicle, no tank of the station.
        is_deorbit: the vehicle of the targeted burns.
        thrust_n: N.
        specific_impulse_s: s.
        longest_burn_s: without a pause; inf where the scenario sets no limit.
        raises, lowers: ``NOT``, ``NATURALLY`` or ``TURNED``; ``NOT`` while it is away.
        usable_kg: above what is kept back; 0 while it is away.
        mps_per_day: velocity that it can give in a day: by its duty where it has one, else one reboost of the rules.
        arrives: row from which it is on board.
        leaves: row from which it is not; beyond the last row for a tank.
    """

    key: str
    name: str
    is_vehicle: bool
    is_deorbit: bool
    thrust_n: float
    specific_impulse_s: float
    longest_burn_s: float
    raises: IntArray
    lowers: IntArray
    usable_kg: FloatArray
    mps_per_day: FloatArray
    arrives: int
    leaves: int

    def acts(self, row: int) -> bool:
        """Whether it has propellant and a direction on a day."""
        return self.usable_kg[row] > 0.0 and bool(self.raises[row] or self.lowers[row])


def engines_aboard(flown: Flown, decision: Decision, scenario: Scenario, run: int) -> tuple[EngineAboard, ...]:
    """Everybody who can push the station, in the order in which they pay.

    Vehicles first, those that leave first before others, then the station's own tanks, the deorbit vehicle last. What
    is kept back: the reserve of each tank, ``rules.propellant_reserve_kg`` out of the station's tanks, and
    ``descent.deorbit_reserve_kg`` in the deorbit vehicle.

    Args:
        flown: averaged histories with their days.
        decision: that was flown.
        scenario: ports, vehicles, tanks, stays.
        run: which history.

    Returns:
        Engines that can act on at least one day.
    """
    rows = len(flown.history.tt_s)
    level = dict(zip(flown.history.tanks, flown.history.propellant_kg[run].T, strict=True))
    mass_kg = flown.history.mass_kg[run]
    found = _visiting(scenario, decision.first_day, level, mass_kg)
    found += _own(scenario, level, mass_kg, rows)
    acting = [one for one in found if bool(np.any((one.usable_kg > 0.0) & ((one.raises > 0) | (one.lowers > 0))))]
    return tuple(sorted(acting, key=lambda one: (one.is_deorbit, not one.is_vehicle, one.leaves)))


def kg_for(mass_kg: float, engines: Sequence[EngineAboard], row: int, mps: float) -> float:
    """Propellant for a velocity, paid by one engine after another, kg.

    Args:
        mass_kg: of the stack before.
        engines: in the order in which they pay.
        row: day.
        mps: wanted.
    """
    spent = 0.0
    for one in engines:
        if mps <= 0.0:
            break
        mass = mass_kg - spent
        kg = min(propellant_kg(mass, mps, one.specific_impulse_s), float(one.usable_kg[row]))
        mps -= float(delta_v_mps(mass, one.specific_impulse_s, kg))
        spent += kg
    return spent


def _visiting(
    scenario: Scenario, first_day: date, level: dict[str, FloatArray], mass_kg: FloatArray
) -> list[EngineAboard]:
    """Engines of the visiting vehicles that bring propellant."""
    found = []
    for key, flight in expand_flights(scenario).items():
        vehicle = scenario.vehicles[flight.vehicle]
        if key not in level or vehicle.thrust_n <= 0.0:
            continue
        rows = len(mass_kg)
        deorbit = key == scenario.descent.deorbit_vehicle
        raises, lowers = _directions(flight, scenario, first_day, rows)
        kept = scenario.descent.deorbit_reserve_kg if deorbit else 0.0
        if vehicle.duty is None:
            per_day = np.full(rows, scenario.rules.reboost_max_delta_v_mps)
        else:
            share = vehicle.duty.longest_burn_s / (vehicle.duty.longest_burn_s + vehicle.duty.rest_s)
            per_day = share * DAY_S * vehicle.thrust_n / mass_kg
        found.append(
            EngineAboard(
                key=key,
                name=vehicle.name,
                is_vehicle=True,
                is_deorbit=deorbit,
                thrust_n=vehicle.thrust_n,
                specific_impulse_s=vehicle.specific_impulse_s,
                longest_burn_s=math.inf if vehicle.duty is None else vehicle.duty.longest_burn_s,
                raises=raises,
                lowers=lowers,
                usable_kg=np.maximum(level[key] - kept, 0.0),
                mps_per_day=per_day,
                arrives=max((flight.dock - first_day).days, 0),
                leaves=max((flight.undock - first_day).days, 0),
            )
        )
    return found


def _directions(flight: Flight, scenario: Scenario, first_day: date, rows: int) -> tuple[IntArray, IntArray]:
    """How a vehicle pushes from the ports that it is on, day by day: (raising, lowering)."""
    raises, lowers = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    backwards = _backwards(scenario)
    for port, begin, end in stretches(flight):
        days = slice(max((begin - first_day).days, 0), max((end - first_day).days, 0))
        pushes = pushes_of_vehicle(scenario.vehicles[flight.vehicle], scenario.station.ports[port], backwards)
        raises[days], lowers[days] = _way(pushes, "raise"), _way(pushes, "lower")
    return raises, lowers


def _way(pushes: tuple[Push, ...], direction: str) -> int:
    """How it pushes in a direction."""
    return next((TURNED if one.turn else NATURALLY for one in pushes if one.direction == direction), NOT)


def _backwards(scenario: Scenario) -> bool:
    """Whether the station flies turned round on its way down."""
    attitude = scenario.station.attitudes.get(scenario.descent.attitudes.uncrewed)
    return attitude is not None and attitude.backwards


def _own(scenario: Scenario, level: dict[str, FloatArray], mass_kg: FloatArray, rows: int) -> list[EngineAboard]:
    """Engines of the station itself, fed by the tanks of their partner that have none."""
    tanks = scenario.station.tanks
    above = {key: np.maximum(level[key] - tank.reserve_kg, 0.0) for key, tank in tanks.items() if key in level}
    fed: set[str] = set()
    found = []
    kept = np.full(rows, scenario.rules.propellant_reserve_kg)
    for key, tank in tanks.items():
        pushes = pushes_of_tank(tank, _backwards(scenario))
        if not pushes or key not in above:
            continue
        usable = above[key].copy()
        if tank.partner not in fed:  # the first engine of a partner gets all that is pumped over
            fed.add(tank.partner)
            for other, feeding in tanks.items():
                if feeding.partner == tank.partner and feeding.thrust_n <= 0.0 and other in above:
                    usable += above[other]
        taken = np.minimum(kept, usable)
        kept = kept - taken
        found.append(
            EngineAboard(
                key=key,
                name=f"the station's engine on tank {key}",
                is_vehicle=False,
                is_deorbit=False,
                thrust_n=tank.thrust_n,
                specific_impulse_s=tank.specific_impulse_s,
                longest_burn_s=math.inf,
                raises=np.full(rows, _way(pushes, "raise")),
                lowers=np.full(rows, _way(pushes, "lower")),
                usable_kg=usable - taken,
                mps_per_day=np.full(rows, scenario.rules.reboost_max_delta_v_mps),
                arrives=0,
                leaves=rows + 1,
            )
        )
    return found
