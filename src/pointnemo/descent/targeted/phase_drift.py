"""How far along its orbit a station gets in some weeks of decay: the averaged motion, with the phase carried along.

``motion.averaged`` leaves the place on the orbit out. Here it is summed up as the mean orbit falls, which is what it
takes to say how much earlier a station that is lowered now will be somewhere then.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.compiled import kernel
from pointnemo.motion.averaged import (
    MAX_DROP_KM,
    MeanState,
    advance,
    density_of_day,
    drag_rates,
    zonal_rates,
)
from pointnemo.motion.gravity import J2
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import mjd_utc

if TYPE_CHECKING:
    from pointnemo.results import FloatArray
    from pointnemo.world.weather import SpaceWeather

__all__ = ["LOWEST_KM", "Days", "Drifted", "argument_rate", "days_of", "drift", "turned_back"]

LOWEST_KM = 150.0
"""Mean altitude at which a drift ends: below, a revolution loses kilometres and an average means nothing."""

DAY_S = 86400.0


class Days(NamedTuple):
    """Space weather day by day, shape (days,) each.

    Attributes:
        f107: of the day before, sfu.
        f107a: centred 81-day mean, sfu.
        ap: daily Ap.
    """

    f107: FloatArray
    f107a: FloatArray
    ap: FloatArray


class Drifted(NamedTuple):
    """Where a drift ended.

    Attributes:
        tt_s: TT seconds since J2000; before the wanted instant where the orbit came down to ``LOWEST_KM``.
        state: mean orbit.
        turned_rad: mean argument of latitude (perigee plus mean anomaly) travelled.
    """

    tt_s: float
    state: MeanState
    turned_rad: float


@kernel
def argument_rate(state: MeanState, inclination_rad: float) -> float:
    """Rate of the mean argument of latitude, rad/s.

    Args:
        state: mean orbit.
        inclination_rad: of it.

    Returns:
        n (1 + 3/2 J2 (R/p)^2 sqrt(1 - e^2) (1 - 3/2 sin^2 i)) plus the rate of the perigee: Brouwer 1959, section 5, to
        first order in J2; Vallado 2013 eqs 9-39 and 9-41.
    """
    squared = state.ex * state.ex + state.ey * state.ey
    sin_i = math.sin(inclination_rad)
    motion = math.sqrt(MU_KM3_S2 / state.a_km) / state.a_km
    ratio = EARTH_RADIUS_KM / (state.a_km * (1.0 - squared))
    anomaly = motion * (1.0 + 1.5 * J2 * ratio * ratio * math.sqrt(1.0 - squared) * (1.0 - 1.5 * sin_i * sin_i))
    _, perigee, _ = zonal_rates(state.a_km, math.sqrt(squared), inclination_rad)
    return anomaly + perigee


@kernel
def _drift(
    climate: ClimateTable,
    state: MeanState,
    inclination_rad: float,
    ballistic_m2_kg: float,
    start_tt_s: float,
    stop_tt_s: float,
    lowest_a_km: float,
    into_day_s: float,
    f107: FloatArray,
    f107a: FloatArray,
    ap: FloatArray,
) -> tuple[float, MeanState, float]:
    """Step to the stop or the lowest altitude; steps end at midnight and where the orbit has lost ``MAX_DROP_KM``."""
    now, day, clock, turned = start_tt_s, 0, into_day_s, 0.0
    density = density_of_day(climate, state, 2.0 * MAX_DROP_KM, now, f107[0], f107a[0], ap[0])
    rates = drag_rates(state, inclination_rad, ballistic_m2_kg, density, now)
    here = argument_rate(state, inclination_rad)
    while now < stop_tt_s - 1e-3 and state.a_km > lowest_a_km:
        fall = max(-rates.a_km_s, 1e-12)
        step = min(stop_tt_s - now, DAY_S - clock, 0.25 * DAY_S, MAX_DROP_KM / fall)
        density = density_of_day(climate, state, 2.0 * MAX_DROP_KM, now, f107[day], f107a[day], ap[day])
        state, rates = advance(state, rates, inclination_rad, ballistic_m2_kg, 0.0, step, density, now)
        there = argument_rate(state, inclination_rad)
        turned += 0.5 * (here + there) * step
        here = there
        now += step
        clock += step
        if clock >= DAY_S - 1e-3:
            clock = 0.0
            day = min(day + 1, len(f107) - 1)
    return now, state, turned


def days_of(weather: SpaceWeather, start_tt_s: float, stop_tt_s: float) -> Days:
    """What the density model wants on every day between two instants.

    Args:
        weather: one line of it.
        start_tt_s: TT seconds since J2000.
        stop_tt_s: the same, later.

    Returns:
        F10.7 of the day before, its centred 81-day mean, and Ap.

    Raises:
        WorldError: the weather does not reach that far.
    """
    first, last = (math.floor(float(mjd_utc(tt_s))) for tt_s in (start_tt_s, stop_tt_s))
    return Days(*weather.msis(np.arange(first, last + 1) + 0.5))


def drift(
    climate: ClimateTable,
    days: Days,
    state: MeanState,
    inclination_rad: float,
    ballistic_m2_kg: float,
    start_tt_s: float,
    stop_tt_s: float,
) -> Drifted:
    """Let an orbit decay, and count how far along it the station gets.

    Args:
        climate: density for any weather.
        days: weather, the first of them that of the start.
        state: mean orbit at the start.
        inclination_rad: of it.
        ballistic_m2_kg: B = C_D A / m.
        start_tt_s: TT seconds since J2000.
        stop_tt_s: latest end.

    Returns:
        Epoch, orbit and angle at the end.
    """
    first = float(mjd_utc(start_tt_s))
    into_day_s = (first - math.floor(first)) * DAY_S
    lowest = EARTH_RADIUS_KM + LOWEST_KM
    now, end, turned = _drift(
        climate, state, inclination_rad, ballistic_m2_kg, start_tt_s, stop_tt_s, lowest, into_day_s, *days
    )
    return Drifted(now, MeanState(*end), turned)


def turned_back(state: MeanState, inclination_rad: float, seconds: float) -> MeanState:
    """The mean orbit so long before, as far as node and eccentricity vector go; drag changes neither by much.

    Args:
        state: mean orbit.
        inclination_rad: of it.
        seconds: how long before.

    Returns:
        The orbit with the same semi-major axis.
    """
    node_rate, perigee_rate, frozen = zonal_rates(state.a_km, math.hypot(state.ex, state.ey), inclination_rad)
    cosine, sine = math.cos(perigee_rate * seconds), math.sin(perigee_rate * seconds)
    lifted = state.ey - frozen
    return MeanState(
        state.a_km,
        state.ex * cosine + lifted * sine,
        frozen - state.ex * sine + lifted * cosine,
        state.node_rad - node_rate * seconds,
    )
