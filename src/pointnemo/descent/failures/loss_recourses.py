"""What can still be done on a day on which propulsion is lost, with what is docked, and until when.

Three losses in one table: of the engine that lowers, which leaves the targeted burns to the deorbit vehicle; of the
deorbit vehicle, which leaves the others; of all, which leaves attitude and arrays as long as gyros hold the station.
Every recourse names who acts: so ``results.recourses.strongest`` answers for each of these losses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.failures.engines_aboard import TURNED, EngineAboard, delta_v_mps, kg_for
from pointnemo.descent.failures.no_return import (
    Raises,
    WayDown,
    losses_along,
    orders_of,
    paying,
    points_of_no_return,
    raises_of,
    survival_days,
    used,
    way_down,
)
from pointnemo.descent.words import days_of
from pointnemo.motion.burns import STANDARD_GRAVITY_M_S2, propellant_kg
from pointnemo.results import Recourse
from pointnemo.station.attitude import drag_factor
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import DAY_S, to_date, to_utc

if TYPE_CHECKING:
    from pointnemo.motion.history import Decision, Flown
    from pointnemo.results import FloatArray
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = [
    "Aboard",
    "Down",
    "Outlook",
    "aboard_of",
    "acting_on",
    "down_to_final",
    "points_of_no_return",
    "recourses",
]

HALF_TURN_S = 0.5 * DAY_S  # the Earth turns by half a turn: entry moved by as much chooses any longitude
LEAST_LEVER = 0.02  # attitudes that differ by less in drag choose nothing


class Outlook(NamedTuple):
    """How it stands on a day, and how it goes on if nothing is done.

    Attributes:
        row: of the history.
        tt_s: the day.
        altitude_km: mean.
        perigee_km, apogee_km: radius above the Earth's.
        mass_kg: of the stack.
        control_tt_s: until when the attitude can be held; inf where the data end before it.
        entry_tt_s: entry interface; inf likewise.
        loose_s: half the width of what is not known of the time from there to entry.
    """

    row: int
    tt_s: float
    altitude_km: float
    perigee_km: float
    apogee_km: float
    mass_kg: float
    control_tt_s: float
    entry_tt_s: float
    loose_s: float


@dataclass(frozen=True)
class Aboard:
    """What recourses of one history stand on.

    Attributes:
        scenario: burns, attitudes, rules.
        way: the history.
        row_tt_s: shape (rows,), when each row of the history is.
        ways_up: who can pay for a raise in which order, and what it takes: first without the deorbit vehicle; empty
            where lowering never starts.
        fall_km_day: shape (points of the way,), what drag takes from the mean altitude; 0 where there is no table.
        least_drag, most_drag: factors of the attitudes of the scenario, over the one flown.
    """

    scenario: Scenario
    way: WayDown
    row_tt_s: FloatArray
    ways_up: tuple[tuple[tuple[EngineAboard, ...], Raises], ...]
    fall_km_day: FloatArray
    least_drag: float
    most_drag: float


def aboard_of(flown: Flown, decision: Decision, scenario: Scenario, world: World) -> Aboard:
    """Prepare the recourses of the mean history.

    Args:
        flown: averaged histories with their days, in the order of ``LINES``.
        decision: that was flown.
        scenario: what was decided.
        world: nature.

    Returns:
        Aboard.
    """
    way = way_down(flown, decision, scenario, "mean")
    loss = losses_along(way, decision, world)
    ways_up: tuple[tuple[tuple[EngineAboard, ...], Raises], ...] = ()
    falling = np.zeros(len(way.rows))
    if loss is not None:
        orders = dict.fromkeys((*orders_of(way.engines, True), *orders_of(way.engines, False)))
        ways_up = tuple((order, raises_of(way, decision, scenario, loss, order)) for order in orders)
        area = decision.policy.cd_area_m2 * decision.policy.uncrewed_factor
        falling = loss.per_day(way.mjd, way.altitude_km, area / way.mass_kg)
    flies = drag_factor(scenario, scenario.descent.attitudes.uncrewed)
    factors = [drag_factor(scenario, key) / flies for key in scenario.station.attitudes] or [1.0]
    return Aboard(scenario, way, flown.history.tt_s, ways_up, falling, min(factors), max(factors))


def recourses(outlook: Outlook, aboard: Aboard) -> tuple[Recourse, ...]:
    """What can still be done.

    Args:
        outlook: the day.
        aboard: of ``aboard_of``.

    Returns:
        The strongest first; ``none`` alone where there is nothing. ``until_utc`` is the last instant at which a
        recourse still works: the control limit, the day on which a vehicle leaves, or the point of no return.
    """
    found: list[Recourse] = []
    shifts: list[Recourse] = []
    held = outlook.control_tt_s > outlook.tt_s
    if held:
        for one in (_by_deorbit_vehicle(outlook, aboard), _by_others(outlook, aboard)):
            if one is not None:
                (shifts if one.id == "shift" else found).append(one)
    found += _raising(outlook, aboard)
    if held:
        shifts += _shifting(outlook, aboard)
    found += shifts
    return tuple(found) or (Recourse(id="none", text="nothing that is docked can change the fall"),)


def acting_on(aboard: Aboard, row: int) -> tuple[EngineAboard, ...]:
    """Who is there on a day with an engine and propellant, above what is kept back."""
    return tuple(one for one in aboard.way.engines if one.acts(row))


# --- lowering --------------------------------------------------------------------------------------------------------


class Down(NamedTuple):
    """Velocity from an orbit to the final perigee.

    Attributes:
        mps: in all.
        final_mps: of the last burn, from the lowest perigee that is flown through before it.
    """

    mps: float
    final_mps: float


def down_to_final(perigee_km: float, apogee_km: float, scenario: Scenario) -> Down:
    """Burns at apogee that lower the perigee to that of the final burn.

    Args:
        perigee_km, apogee_km: radii of the orbit above the Earth's.
        scenario: burns; the last but one leaves the lowest perigee that is flown through before the final one.

    Returns:
        Down, of impulses (vis-viva; Vallado 2013, eq. 1-22).
    """
    burns = sorted(scenario.descent.burns.values(), key=lambda one: -one.revolutions_before_final)
    final = burns[-1].perigee_km
    before = min([perigee_km, *(one.perigee_km for one in burns[:-1])])
    apogee = EARTH_RADIUS_KM + apogee_km

    def speed(low_km: float) -> float:
        low = EARTH_RADIUS_KM + low_km
        return 1e3 * math.sqrt(2.0 * MU_KM3_S2 * low / (apogee * (apogee + low)))

    return Down(max(speed(perigee_km) - speed(final), 0.0), max(speed(before) - speed(final), 0.0))


def _longest_arc_s(apogee_km: float, limit_s: float) -> float:
    """Longest final burn that still lowers the perigee it is aimed at: half a revolution about apogee, or its duty."""
    axis = EARTH_RADIUS_KM + apogee_km
    return min(math.pi * math.sqrt(axis**3 / MU_KM3_S2), limit_s)


def _by_deorbit_vehicle(outlook: Outlook, aboard: Aboard) -> Recourse | None:
    """The targeted burns as planned, after the lowering has failed: now, or when drag has brought the station down."""
    vehicle = next((one for one in aboard.way.engines if one.is_deorbit), None)
    if vehicle is None or vehicle.leaves <= outlook.row:
        return None
    row = max(outlook.row, vehicle.arrives)
    if row >= len(aboard.row_tt_s) or not vehicle.lowers[row] or aboard.row_tt_s[row] >= outlook.control_tt_s:
        return None
    burns = aboard.scenario.descent.burns.values()
    thrust = min(vehicle.thrust_n, max(one.thrusters * one.thruster_thrust_n for one in burns))
    waiting = f"docks on {to_date(float(aboard.row_tt_s[row]))}, and " if row > outlook.row else ""
    return _lowering(outlook, aboard, (vehicle,), row, thrust, waiting)


def _by_others(outlook: Outlook, aboard: Aboard) -> Recourse | None:
    """All other docked vehicles that can lower, one after the other."""
    row = outlook.row
    able = tuple(one for one in aboard.way.engines if not one.is_deorbit and one.lowers[row] and one.usable_kg[row] > 0)
    if not able:
        return None
    return _lowering(outlook, aboard, able, row, max(one.thrust_n for one in able), "")


def _lowering(
    outlook: Outlook, aboard: Aboard, engines: tuple[EngineAboard, ...], row: int, thrust_n: float, waiting: str
) -> Recourse | None:
    """Whether engines can lower the perigee to the final one before control is lost or one of them leaves."""
    scenario = aboard.scenario
    have, mass = 0.0, outlook.mass_kg
    for one in engines:
        kg = float(one.usable_kg[row])
        have += float(delta_v_mps(np.array(mass), one.specific_impulse_s, np.array(kg)))
        mass -= kg
    leaves = min(one.leaves for one in engines)
    gone = float(aboard.row_tt_s[leaves]) if leaves < len(aboard.row_tt_s) else math.inf
    until = min(outlook.control_tt_s, gone)
    low_km = min(
        scenario.descent.control_limit_km if gone >= outlook.control_tt_s else _at(gone, aboard), outlook.altitude_km
    )
    here, then = down_to_final(outlook.perigee_km, outlook.apogee_km, scenario), down_to_final(low_km, low_km, scenario)
    if have < min(then.mps, here.mps):
        return None
    needed = here if have >= here.mps else then
    names = " and ".join(f"{one.name} ({one.key})" for one in engines)
    arc_s = propellant_kg(mass, needed.final_mps, engines[0].specific_impulse_s)
    arc_s *= engines[0].specific_impulse_s * STANDARD_GRAVITY_M_S2 / thrust_n
    limit_s = min((one.longest_burn_s for one in engines), default=math.inf)
    turned = ", the station turned round" if any(one.lowers[row] == TURNED for one in engines) else ""
    told = f"{here.mps:.0f} m/s from here, {then.mps:.0f} m/s from {low_km:.0f} km, it has {have:.0f} m/s{turned}"
    targeted = arc_s <= _longest_arc_s(outlook.apogee_km, limit_s)
    if not targeted:
        hours = arc_s / 3600.0
        what = f"{names} {waiting}can bring it down, but the final burn takes {hours:.1f} h and cannot be targeted"
    elif engines[0].is_deorbit:
        what = f"{names} {waiting}can make the targeted burns if only the lowering engine failed"
    else:
        what = f"{names} can lower the perigee to the final one instead of the deorbit vehicle"
    return Recourse(
        id="shift" if not targeted else "complete-later" if engines[0].is_deorbit else "deorbit-otherwise",
        text=f"{what}: {told}",
        vehicle=", ".join(one.key for one in engines),
        until_utc=to_utc(until, 0) if math.isfinite(until) else None,
        delta_v_mps=needed.mps,
        propellant_kg=kg_for(outlook.mass_kg, engines, row, needed.mps),
    )


def _at(tt_s: float, aboard: Aboard) -> float:
    """Mean altitude of the history at an instant."""
    return float(np.interp(tt_s, aboard.way.tt_s, aboard.way.altitude_km))


# --- raising ---------------------------------------------------------------------------------------------------------


def _raising(outlook: Outlook, aboard: Aboard) -> list[Recourse]:
    """Raising the station with the others, or where they do not suffice with the deorbit vehicle too."""
    point = int(np.searchsorted(aboard.way.rows, outlook.row))
    if outlook.tt_s > aboard.way.tt_s[-1]:  # in the targeted phase: the points of no return tell
        return []
    for order, raises in aboard.ways_up:
        if raises.able[point]:
            alike = [(other, one) for other, one in aboard.ways_up if set(other) == set(order)]
            able = np.any([one.able for _, one in alike], axis=0)
            quick, least = min(alike, key=lambda item: float(item[1].needed_mps[point]))
            return [_raise(outlook, aboard, least, paying(quick, outlook.row), point, able)]
    return []


def _raise(
    outlook: Outlook, aboard: Aboard, raises: Raises, payers: Sequence[EngineAboard], point: int, able: np.ndarray
) -> Recourse:
    """One way to raise it; ``able`` tells for each point whether the same payers could, in any order."""
    after = np.flatnonzero(~able[point:])
    last = point + int(after[0]) if len(after) else len(able) - 1
    target, needed = float(raises.target_km[point]), float(raises.needed_mps[point])
    names = ", ".join(one.key for one in used(payers, outlook.row, outlook.mass_kg, needed))
    days = survival_days(aboard.scenario)
    if needed <= 0.0:
        what = f"above {target:.0f} km it lasts {days_of(days)} as it is; {names} can raise it"
    else:
        climb = days_of(float(raises.days[point]))
        what = f"{names} can raise it to {target:.0f} km, from where it lasts {days_of(days)}, in {climb}"
    return Recourse(
        id="raise",
        text=f"{what}: {needed:.1f} of {float(raises.available_mps[point]):.1f} m/s",
        vehicle=names,
        until_utc=to_utc(float(aboard.way.tt_s[last]), 0),
        delta_v_mps=needed,
        propellant_kg=kg_for(outlook.mass_kg, payers, outlook.row, needed),
    )


# --- shifting --------------------------------------------------------------------------------------------------------


def _shifting(outlook: Outlook, aboard: Aboard) -> list[Recourse]:
    """Moving the entry by half a day: by a small burn, and by another attitude or angle of the arrays."""
    until = to_utc(outlook.control_tt_s, 0) if math.isfinite(outlook.control_tt_s) else None
    blur = f"after control is lost the entry is uncertain by {outlook.loose_s / 3600.0:.0f} h either way"
    found = []
    acting = acting_on(aboard, outlook.row)
    point = min(int(np.searchsorted(aboard.way.rows, outlook.row)), len(aboard.way.rows) - 1)
    falling = float(aboard.fall_km_day[point]) if point >= 0 else 0.0
    if acting and falling > 0.0:
        # a tangential burn changes the mean altitude by 2 a dv / v (Vallado 2013, section 6.3)
        axis = EARTH_RADIUS_KM + outlook.altitude_km
        days_per_mps = 2.0 * axis / math.sqrt(MU_KM3_S2 / axis) * 1e-3 / falling
        mps = max(HALF_TURN_S / DAY_S / days_per_mps, aboard.scenario.rules.reboost_min_delta_v_mps)
        one = acting[0]
        kg = propellant_kg(outlook.mass_kg, mps, one.specific_impulse_s)
        if kg <= one.usable_kg[outlook.row]:
            text = f"{one.key}: {mps:.2f} m/s moves the entry by {_span(mps * days_per_mps)}; {blur}"
            found.append(
                Recourse(id="shift", text=text, vehicle=one.key, until_utc=until, delta_v_mps=mps, propellant_kg=kg)
            )
    left_days = (min(outlook.entry_tt_s, outlook.control_tt_s) - outlook.tt_s) / DAY_S
    if aboard.most_drag > aboard.least_drag * (1.0 + LEAST_LEVER) and math.isfinite(left_days):
        sooner, later = left_days * (1.0 - 1.0 / aboard.most_drag), left_days * (1.0 / aboard.least_drag - 1.0)
        reach = f"up to {_span(sooner)} sooner or {_span(later)} later"
        text = f"attitude and arrays: {reach} while gyros hold the station; {blur}"
        found.append(Recourse(id="shift", text=text, until_utc=until))
    return found


def _span(days: float) -> str:
    """A stretch of time in words."""
    return f"{days:.0f} days" if days >= 2.0 else f"{24.0 * days:.1f} h"
