"""How far along its orbit a station gets in some weeks of decay: the averaged motion, with the phase carried along.

``motion.averaged`` leaves the place on the orbit out. Here it is summed up as the mean orbit falls, which is what it
takes to say how much earlier a station that is lowered now will be somewhere then.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.decay import LOWEST_KM, fall_with_phase
from pointnemo.motion.averaged import (
    MeanState,
    zonal_rates,
)
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import DAY_S, mjd_utc

if TYPE_CHECKING:
    from pointnemo.results import FloatArray
    from pointnemo.world.weather import SpaceWeather

__all__ = ["Days", "Drifted", "days_of", "drift", "turned_back"]

LONGEST_STEP_S = 0.25 * DAY_S  # the phase is the sum of the rates at both ends of a step


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
    now, end, turned = fall_with_phase(
        climate,
        state,
        inclination_rad,
        ballistic_m2_kg,
        start_tt_s,
        stop_tt_s,
        lowest,
        into_day_s,
        *days,
        LONGEST_STEP_S,
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
