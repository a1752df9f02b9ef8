"""The fall of a station that nothing raises, lowers or aims any more, from any day of a history to the entry interface.

The kernel of ``motion.history`` flies it, with the traffic, tanks and attitudes of that day on: so a fall from a day on
which nothing was to be burnt any more ends when the history itself would. It follows the mean orbit to ``LOWEST_KM``;
the rest, a few revolutions, is the integral of the averaged rate of fall.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.decay import LOWEST_KM
from pointnemo.motion.averaged import MAX_DROP_KM, MeanRates, MeanState, density_of_day, drag_rates
from pointnemo.motion.history import Decision, fly
from pointnemo.motion.history_tables import REMAINING
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import mjd_utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pointnemo.results import FloatArray
    from pointnemo.world import World
    from pointnemo.world.weather import SpaceWeather

__all__ = ["FallTimes", "Point", "fall_from", "point_on", "rest_s"]

REST_POINTS = 8
_LEGENDRE = np.polynomial.legendre.leggauss(REST_POINTS)


class Point(NamedTuple):
    """Where a history stands at the midnight of a step.

    Attributes:
        step: of the decision that was flown.
        elements: shape (4,), mean a (km), ex, ey, node (rad).
        level_kg: shape (tanks,), before vehicles come and go.
    """

    step: int
    elements: FloatArray
    level_kg: FloatArray


class FallTimes(NamedTuple):
    """Falls from one point, one for each world; arrays of shape (worlds,).

    Attributes:
        control_tt_s: when the mean altitude passes the control limit; the start where it lies below, inf where never.
        entry_tt_s: entry interface; inf where the data about nature end before it.
    """

    control_tt_s: FloatArray
    entry_tt_s: FloatArray


def point_on(decision: Decision, step: int, weather: SpaceWeather, world: World, before: Point | None = None) -> Point:
    """Where the planned history, lowering and all, stands at the midnight of a step.

    Args:
        decision: the plan's.
        step: 1 or more.
        weather: of the history.
        world: nature.
        before: an earlier point of the same history after which nothing more is burnt; None flies from the epoch.

    Returns:
        Point.
    """
    if before is None:
        part = replace(decision.ended(step), policy=decision.policy)
    elif before.step == step:
        return before
    else:
        part = _adrift(decision, before, step)
    flown = fly(part, [weather], world.climate, names=(weather.activity,), keep_days=False)
    a_km, ex, ey, _, node = flown.handover_elements[0]
    level = flown.ledger_kg[0, :, REMAINING].copy()
    if before is not None:  # what was not burnt is dead weight of the part that was flown, and in none of its tanks
        level += np.where(part.schedule.from_step > 0, before.level_kg, 0.0)
    return Point(step, np.array([a_km, ex, ey, node]), level)


def fall_from(
    decision: Decision,
    point: Point,
    lines: Sequence[SpaceWeather],
    drag_scale: Sequence[float],
    world: World,
    control_limit_km: float,
    interface_height_km: float,
    mass_kg: float | None = None,
) -> FallTimes:
    """Let the station fall from a point, in several worlds at once.

    Args:
        decision: the plan's.
        point: from where.
        lines: space weather of each world.
        drag_scale: factor on the drag area in each.
        world: nature.
        control_limit_km: mean altitude below which nothing holds the attitude.
        interface_height_km: height of the entry interface.
        mass_kg: of the stack, where it is not that of the tanks of ``point``.

    Returns:
        Fall.
    """
    adrift = _adrift(decision, point, None, mass_kg)
    policy = adrift.policy._replace(
        targeting_km=EARTH_RADIUS_KM + LOWEST_KM, crossings_km=np.array([EARTH_RADIUS_KM + control_limit_km])
    )
    adrift = replace(adrift, policy=policy, crossings=("control",))
    flown = fly(
        adrift, lines, world.climate, drag_scale, names=tuple(f"{k}" for k in range(len(lines))), keep_days=False
    )
    entry = np.full(len(lines), np.inf)
    for k, line in enumerate(lines):
        if flown.handed_over[k]:
            a_km, ex, ey, inclination, node = flown.handover_elements[k]
            area = policy.cd_area_m2 * policy.uncrewed_factor * drag_scale[k]
            end = float(flown.handover_tt_s[k])
            ballistic = area / float(flown.handover_mass_kg[k])
            state = MeanState(float(a_km), float(ex), float(ey), float(node))
            entry[k] = end + rest_s(state, float(inclination), ballistic, end, line, world, interface_height_km)
    return FallTimes(flown.crossings["control"].copy(), entry)


def rest_s(
    state: MeanState,
    inclination_rad: float,
    ballistic_m2_kg: float,
    tt_s: float,
    weather: SpaceWeather,
    world: World,
    interface_height_km: float,
) -> float:
    """Time from a nearly circular low orbit to the entry interface: the integral of da over the averaged rate of fall.

    Args:
        state: mean orbit.
        inclination_rad: of it.
        ballistic_m2_kg: C_D A / m.
        tt_s: TT seconds since J2000.
        weather: of the day.
        world: nature.
        interface_height_km: where it ends; an orbit as low as that has entered.

    Returns:
        Seconds. The average over a revolution stops meaning anything here, its integral does not: a tenth of the time.
    """
    end_km = EARTH_RADIUS_KM + interface_height_km
    span_km = state.a_km - end_km
    if span_km <= 0.0:
        return 0.0
    f107, f107a, ap = (float(value) for value in weather.msis(float(mjd_utc(tt_s))))
    circle = MeanState(state.a_km, 0.0, 0.0, state.node_rad)
    density = density_of_day(world.climate, circle, span_km + MAX_DROP_KM, tt_s, f107, f107a, ap)
    total = 0.0
    for node, weight in zip(*_LEGENDRE, strict=True):
        there = MeanState(end_km + 0.5 * span_km * (1.0 + float(node)), 0.0, 0.0, state.node_rad)
        rates = MeanRates(*drag_rates(there, inclination_rad, ballistic_m2_kg, density, tt_s))
        total += float(weight) / -rates.a_km_s
    return 0.5 * span_km * total


def _adrift(decision: Decision, point: Point, end_step: int | None, mass_kg: float | None = None) -> Decision:
    """The decision from a point on with nothing lowered any more; what was to be burnt stays aboard as dead weight."""
    resumed = decision.resumed(point.step, point.elements, point.level_kg, end_step)
    schedule, policy = resumed.schedule, resumed.policy._replace(lowering_kg=0.0, second_kg=0.0)
    unspent = float(point.level_kg[schedule.from_step > 0].sum())
    dry = schedule.dry_mass_kg
    if mass_kg is not None:
        there = float(schedule.brought_kg[(schedule.from_step <= 0) & (schedule.to_step > 0)].sum())
        unspent = mass_kg - float(dry[0]) - there
    return replace(resumed, schedule=schedule._replace(dry_mass_kg=dry + unspent), policy=policy)
