"""Raising a station that was let go: how high it must go, what that takes against drag, and until when it can be done.

A station is saved when it is back at an altitude from which it stays above the control limit for the survival days
without another burn. That altitude is computed for every day and level of solar activity; what is docked pays for the
way up, as fast as its duty lets it, while drag takes its share. What turning the station costs is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.activity_lines import LINES, Activity
from pointnemo.descent.failures.engines_aboard import (
    NOT,
    EngineAboard,
    engines_aboard,
    kg_for,
)
from pointnemo.descent.impulses import circular_speed_mps, delta_v_mps, raise_mps
from pointnemo.descent.words import days_of, minute_of
from pointnemo.motion.burns import STANDARD_GRAVITY_M_S2
from pointnemo.motion.loss import LossTable, loss_table
from pointnemo.results import PointOfNoReturn
from pointnemo.station.corridor import survival_edge_km
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import DAY_S, mjd_utc, to_utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pointnemo.motion.history import Decision, Flown
    from pointnemo.results import FloatArray, Trajectory
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = [
    "Raises",
    "WayDown",
    "losses_along",
    "orders_of",
    "paying",
    "points_of_no_return",
    "raises_of",
    "survival_days",
    "used",
    "way_down",
]

SURVIVAL_DAYS = 180  # where the rules ask for none
EVERY_ROWS = 5  # the altitude to reach is computed for every so many days
PARTS = 24  # of the way up
CLOSE_MPS = 1e-9
ROUNDS = 2  # the altitude to reach is that of the day on which the raise ends


@dataclass(frozen=True)
class WayDown:
    """One history from the start of lowering to its end, and who is on board. Arrays have shape (points,).

    Attributes:
        activity: level of solar activity.
        rows: row of the history of each point; the last point is the hand-over, and takes the row before it.
        tt_s, mjd: when.
        altitude_km, mass_kg: there.
        lasting_kg: the same mass in the mean over the survival days to come, as vehicles arrive and leave.
        engines: in the order in which they pay.
        handed_over: whether the last point is the hand-over.
    """

    activity: Activity
    rows: np.ndarray
    tt_s: FloatArray
    mjd: FloatArray
    altitude_km: FloatArray
    mass_kg: FloatArray
    lasting_kg: FloatArray
    engines: tuple[EngineAboard, ...]
    handed_over: bool


class Raises(NamedTuple):
    """What it takes to save the station from each point of a way; arrays of shape (points,).

    Attributes:
        target_km: mean altitude to reach; where the station is above it nothing is needed.
        needed_mps: velocity with what drag takes on the way up; inf where drag is stronger.
        available_mps: of all engines that may pay, one after the other.
        days: that it takes.
        able: whether there is an engine, and enough.
    """

    target_km: FloatArray
    needed_mps: FloatArray
    available_mps: FloatArray
    days: FloatArray
    able: np.ndarray


def survival_days(scenario: Scenario) -> int:
    """Days that the station is to last: those of the rules, else half a year."""
    return scenario.rules.survival_days or SURVIVAL_DAYS


def way_down(flown: Flown, decision: Decision, scenario: Scenario, activity: Activity) -> WayDown:
    """One history on its way down.

    Args:
        flown: averaged histories with their days, in the order of ``LINES``.
        decision: that was flown.
        scenario: who is docked when.
        activity: which history.

    Returns:
        WayDown; without points where the history ends before lowering starts.
    """
    run, history = LINES.index(activity), flown.history
    flying = np.flatnonzero(history.flying[run] & (history.tt_s >= flown.lowering_start_tt_s - 1.0))
    rows, tt_s = flying, history.tt_s[flying]
    altitude, mass = history.altitude_km[run, flying], history.mass_kg[run, flying]
    handed_over = bool(flown.handed_over[run]) and len(flying) > 0
    if handed_over:
        rows = np.append(rows, rows[-1])
        tt_s = np.append(tt_s, flown.handover_tt_s[run])
        altitude = np.append(altitude, flown.handover_elements[run, 0] - EARTH_RADIUS_KM)
        mass = np.append(mass, flown.handover_mass_kg[run])
    return WayDown(
        activity=activity,
        rows=rows,
        tt_s=tt_s,
        mjd=np.asarray(mjd_utc(tt_s), dtype=float),
        altitude_km=altitude,
        mass_kg=mass,
        lasting_kg=mass + _dry_mass_to_come_kg(decision, rows, survival_days(scenario)),
        engines=engines_aboard(flown, decision, scenario, run),
        handed_over=handed_over,
    )


def _dry_mass_to_come_kg(decision: Decision, rows: np.ndarray, days: int) -> FloatArray:
    """What vehicles that arrive and leave change in the mean over the days to come, kg, shape (rows,)."""
    dry = decision.schedule.dry_mass_kg
    total = np.concatenate([[0.0], np.cumsum(dry)])
    end = np.minimum(rows + days, len(dry))
    begin = np.minimum(rows, len(dry) - 1)
    return (total[end] - total[begin]) / np.maximum(end - begin, 1) - dry[begin]


def raises_of(
    way: WayDown, decision: Decision, scenario: Scenario, loss: LossTable, payers: Sequence[EngineAboard]
) -> Raises:
    """What it takes to save the station from every point of a way.

    Args:
        way: of ``way_down``.
        decision: drag area.
        scenario: rules.
        loss: of the same activity.
        payers: in the order in which they pay.

    Returns:
        Raises.
    """
    gives, rates = _gives(way, payers)
    reach = np.cumsum(gives, axis=0)
    available = reach[-1] if len(payers) else np.zeros(len(way.rows))
    area = decision.policy.cd_area_m2 * decision.policy.uncrewed_factor
    days, spent = np.zeros(len(way.rows)), np.zeros(len(way.rows))
    target = needed = np.zeros(len(way.rows))
    exhaust = max((one.specific_impulse_s for one in payers), default=300.0)
    for _ in range(ROUNDS):
        mass = way.lasting_kg * np.exp(-spent / (STANDARD_GRAVITY_M_S2 * exhaust))
        target = _target_km(loss, way.mjd + days, area / mass, scenario)
        needed, days = _climb(way, target, reach, rates, loss, area)
        days, spent = np.where(np.isfinite(needed), days, 0.0), np.minimum(needed, available)
    return Raises(target, needed, available, days, (available > 0.0) & (needed <= available))


def points_of_no_return(
    flown: Flown, decision: Decision, scenario: Scenario, world: World, last_days: Trajectory | None = None
) -> tuple[PointOfNoReturn, ...]:
    """The last instants from which the station could still be raised to last.

    Raising with the deorbit vehicle takes the propellant of the targeted burns; so there is a second set of points for
    all others without it.

    Args:
        flown: averaged histories with their days, in the order of ``LINES``.
        decision: that was flown.
        scenario: rules and manifest.
        world: nature.
        last_days: the targeted phase of the mean history as flown; the deorbit vehicle can still raise from there.

    Returns:
        For low, mean and high solar activity with all that is docked, then the same without the deorbit vehicle.
    """
    found: dict[bool, list[PointOfNoReturn]] = {False: [], True: []}
    for activity in LINES:
        way = way_down(flown, decision, scenario, activity)
        loss = losses_along(way, decision, world)
        for without, points in found.items():
            tried = (
                []
                if loss is None
                else [
                    (order, raises_of(way, decision, scenario, loss, order))
                    for order in orders_of(way.engines, without)
                ]
            )
            phase = last_days if activity == "mean" and not without else None
            points.append(_point(way, tried, scenario, without, phase))
    return (*found[False], *found[True])


def orders_of(engines: tuple[EngineAboard, ...], without: bool) -> tuple[tuple[EngineAboard, ...], ...]:
    """Orders in which engines can pay for a raise, the thriftiest first.

    Args:
        engines: in their usual order, the deorbit vehicle last.
        without: whether it keeps its propellant.

    Returns:
        The usual order; with the deorbit vehicle also the one in which it pays first: it is quick, and where drag is
        strong what the others gain in days is lost again.
    """
    others = tuple(one for one in engines if not one.is_deorbit)
    if without:
        return (others,)
    first = tuple(one for one in engines if one.is_deorbit)
    return (engines, first + others) if first and others else (engines,)


def losses_along(way: WayDown, decision: Decision, world: World) -> LossTable | None:
    """How fast orbits sink from the first point of a way to the end of the weather; None without points."""
    if len(way.rows) == 0:
        return None
    inclination = decision.policy.inclination_rad
    weather = world.weather.line(way.activity)
    last = min(float(way.mjd[-1]) + 800.0, weather.valid[1] - 1.0)
    return loss_table(world.climate, weather, float(np.floor(way.mjd[0])), last, inclination, float(decision.start[3]))


def _gives(way: WayDown, payers: Sequence[EngineAboard]) -> tuple[FloatArray, FloatArray]:
    """Velocity of each payer and what it gives in a day, m/s, shape (payers, points); the mass falls as they pay."""
    gives, rates = np.zeros((len(payers), len(way.rows))), np.ones((len(payers), len(way.rows)))
    mass = way.mass_kg.copy()
    for k, one in enumerate(payers):
        kg = np.where(one.raises[way.rows] != NOT, one.usable_kg[way.rows], 0.0)
        gives[k] = delta_v_mps(mass, one.specific_impulse_s, kg)
        rates[k] = one.mps_per_day[way.rows]
        mass -= kg
    return gives, rates


def _target_km(loss: LossTable, mjd: FloatArray, ballistic: FloatArray, scenario: Scenario) -> FloatArray:
    """Mean altitude from which the station lasts, for raises that end on given days, shape (points,)."""
    some = np.unique(np.append(np.arange(0, len(mjd), EVERY_ROWS), len(mjd) - 1))
    limit = scenario.descent.control_limit_km
    edge = survival_edge_km(loss, mjd[some], survival_days(scenario), limit, ballistic[some])
    return np.interp(np.arange(len(mjd)), some, edge)


def _climb(
    way: WayDown, target_km: FloatArray, reach: FloatArray, rates: FloatArray, loss: LossTable, area_m2: float
) -> tuple[FloatArray, FloatArray]:
    """Velocity (m/s) and days of the way up, thrust against drag, shape (points,); inf where drag is stronger.

    Source: Edelbaum 1961 (ARS Journal 31, 1079): a slow spiral costs the difference of circular speeds.
    """
    points = len(way.rows)
    spent, days = np.zeros(points), np.zeros(points)
    rise = np.maximum(target_km - way.altitude_km, 0.0) / PARTS
    for part in range(PARTS):
        low, middle = way.altitude_km + part * rise, way.altitude_km + (part + 0.5) * rise
        step = circular_speed_mps(low) - circular_speed_mps(low + rise)
        rate = np.full(points, 0.0) if not len(reach) else rates[-1].copy()
        for k in range(len(reach) - 2, -1, -1):
            rate = np.where(spent < reach[k], rates[k], rate)
        mass_drag = area_m2 / way.mass_kg
        lost_km = loss.per_day(way.mjd + np.where(np.isfinite(days), days, 0.0), middle, mass_drag)
        net = rate - lost_km * circular_speed_mps(middle) / (2.0 * (EARTH_RADIUS_KM + middle))
        hopeless = (net <= 0.0) & (step > 0.0)
        share = np.where(step > 0.0, step / np.where(net > 0.0, net, 1.0), 0.0)
        days = np.where(hopeless, np.inf, days + share)
        spent = np.where(hopeless, np.inf, spent + share * rate)
    return spent, days


def paying(payers: Sequence[EngineAboard], row: int) -> tuple[EngineAboard, ...]:
    """Those of some engines that can raise on a day, in the same order."""
    return tuple(one for one in payers if one.raises[row] and one.usable_kg[row] > 0.0)


class _Last(NamedTuple):
    """The last instant at which a raise is possible, with what it takes then."""

    tt_s: float
    altitude_km: float
    target_km: float
    needed_mps: float
    available_mps: float
    days: float


def _point(
    way: WayDown,
    tried: Sequence[tuple[tuple[EngineAboard, ...], Raises]],
    scenario: Scenario,
    without: bool,
    last_days: Trajectory | None,
) -> PointOfNoReturn:
    """The last able point of a way, to the instant; of orders of payers that reach as far, the one that takes least."""
    days = survival_days(scenario)
    line = f"{scenario.descent.control_limit_km:g} km for {days_of(days)}"
    who = "Without the deorbit vehicle, " if without else ""
    lasting = [(int(np.flatnonzero(one.able)[-1]), k) for k, (_, one) in enumerate(tried) if one.able.any()]
    if not lasting:
        text = f"{who}nothing docked could raise the station to last above {line}, on any day of the descent"
        return PointOfNoReturn(
            activity=way.activity, utc=None, altitude_km=None, raised_to_km=None, needed_mps=None, available_mps=None,
            text=text[0].upper() + text[1:] + ".", without_deorbit_vehicle=without,
        )  # fmt: skip
    index = max(lasting)[0]
    chosen = min((k for last, k in lasting if last == index), key=lambda k: float(tried[k][1].needed_mps[index]))
    order, raises = tried[chosen]
    payers = paying(order, int(way.rows[index]))
    last = _instant(way, raises, index, order)
    at_end = way.handed_over and index == len(way.rows) - 1
    beyond = ""
    if at_end and last_days is not None and (later := _targeted(way, raises, payers, scenario, last_days)) is not None:
        last = later
    elif at_end:
        beyond = " It is not followed beyond the end of the averaged flight."
    kg = kg_for(float(way.mass_kg[index]), payers, int(way.rows[index]), last.needed_mps)
    paid = used(payers, int(way.rows[index]), float(way.mass_kg[index]), last.needed_mps)
    return PointOfNoReturn(
        activity=way.activity,
        utc=to_utc(last.tt_s, 0),
        altitude_km=last.altitude_km,
        raised_to_km=max(last.target_km, last.altitude_km),
        needed_mps=last.needed_mps,
        available_mps=last.available_mps,
        with_what=tuple(one.key for one in paid),
        text=_told(last, paid, who, line) + beyond,
        without_deorbit_vehicle=without,
        propellant_kg=kg,
        raise_days=last.days,
    )


def used(payers: Sequence[EngineAboard], row: int, mass_kg: float, mps: float) -> tuple[EngineAboard, ...]:
    """Those of some payers whose turn comes before a velocity is given; all of them where none is asked.

    Args:
        payers: in the order in which they pay.
        row: day.
        mass_kg: of the stack before.
        mps: wanted.
    """
    if mps <= 0.0:
        return tuple(payers)
    left, mass, taken = mps, mass_kg, []
    for one in payers:
        if left <= CLOSE_MPS:
            break
        taken.append(one)
        kg = float(one.usable_kg[row])
        left -= float(delta_v_mps(np.array(mass), one.specific_impulse_s, np.array(kg)))
        mass -= kg
    return tuple(taken)


def _told(last: _Last, paid: Sequence[EngineAboard], who: str, line: str) -> str:
    """A point of no return in a user's words."""
    names = ", then ".join(f"{one.name} ({one.key})" for one in paid)
    until = f"Until {minute_of(last.tt_s)}, at {last.altitude_km:.0f} km, "
    until = until if not who else who + until[0].lower() + until[1:]
    if last.needed_mps <= 0.0:
        text = f"{until}the station lasts above {line}, and {names} could raise it; then nobody who could is left."
    else:
        time = days_of(last.days) if last.days >= 0.95 else f"{max(24.0 * last.days, 0.1):.1f} hours"
        text = (
            f"{until}{names} could raise it to {last.target_km:.0f} km, from where it stays above {line}: "
            f"{last.needed_mps:.1f} of {last.available_mps:.1f} m/s, against drag, in {time}."
        )
    if any(one.is_deorbit for one in paid):
        text += " That takes propellant of the targeted burns."
    return text + " Turning the station is not counted."


def _instant(way: WayDown, raises: Raises, index: int, order: Sequence[EngineAboard]) -> _Last:
    """Between the last able point and the next: where the margin ends, or at the midnight on which somebody leaves."""
    values = np.column_stack(
        [way.tt_s, way.altitude_km, raises.target_km, raises.needed_mps, raises.available_mps, raises.days]
    )
    here = values[index]
    if index + 1 >= len(values):
        return _Last(*map(float, here))
    after = values[index + 1]
    if paying(order, int(way.rows[index])) != paying(order, int(way.rows[index + 1])):
        return _Last(float(after[0]), float(after[1]), *map(float, here[2:]))
    if not np.isfinite(after[3]):
        return _Last(*map(float, here))
    margin = (here[4] - here[3], after[4] - after[3])
    share = margin[0] / (margin[0] - margin[1])
    return _Last(*map(float, here + share * (after - here)))


def _targeted(
    way: WayDown, raises: Raises, payers: Sequence[EngineAboard], scenario: Scenario, flight: Trajectory
) -> _Last | None:
    """The last instant of the targeted phase from which two burns, at apogee and half a revolution on, still raise it.

    Perigee and apogee are osculating; an orbit whose perigee lies below the entry interface is taken for lost, and the
    air between the two burns is left out.
    """
    vehicle = next((one for one in payers if one.is_deorbit), None)
    if vehicle is None:
        return None
    r, v = flight.position_km, flight.velocity_km_s
    energy = np.sum(v * v, axis=1) / 2.0 - MU_KM3_S2 / np.linalg.norm(r, axis=1)
    axis = -MU_KM3_S2 / (2.0 * energy)
    momentum = np.sum(np.cross(r, v) ** 2, axis=1)
    eccentricity = np.sqrt(np.maximum(1.0 - momentum / (MU_KM3_S2 * axis), 0.0))
    low, high = axis * (1.0 - eccentricity), axis * (1.0 + eccentricity)
    target = EARTH_RADIUS_KM + max(float(raises.target_km[-1]), scenario.descent.control_limit_km)
    needed = raise_mps(low - EARTH_RADIUS_KM, high - EARTH_RADIUS_KM, target - EARTH_RADIUS_KM)
    left_kg = np.maximum(float(vehicle.usable_kg[way.rows[-1]]) - (flight.mass_kg[0] - flight.mass_kg), 0.0)
    available = delta_v_mps(flight.mass_kg, vehicle.specific_impulse_s, left_kg)
    safe = low > EARTH_RADIUS_KM + scenario.reentry.interface_height_km
    able = np.flatnonzero(safe & (needed <= available))
    if not len(able):
        return None
    k = int(able[-1])
    half_revolution_days = float(np.pi * np.sqrt(axis[k] ** 3 / MU_KM3_S2)) / DAY_S
    burning_days = needed[k] * flight.mass_kg[k] / vehicle.thrust_n / DAY_S
    return _Last(
        tt_s=float(flight.tt_s[k]),
        altitude_km=float(axis[k]) - EARTH_RADIUS_KM,
        target_km=target - EARTH_RADIUS_KM,
        needed_mps=float(needed[k]),
        available_mps=float(available[k]),
        days=half_revolution_days + float(burning_days),
    )
