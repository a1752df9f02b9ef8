"""Decay of a mean orbit under the weather of each day, and the drag that explains a decay that was observed.

The averaged motion of ``motion.averaged``, from one published orbit to the next: good for the drag between them and
for the spread of a forecast; the last day of a fall is flown numerically elsewhere.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root_scalar

from pointnemo.compiled import kernel
from pointnemo.errors import FlightError
from pointnemo.motion.averaged import (
    MAX_DROP_KM,
    MeanRates,
    MeanState,
    advance,
    density_of_day,
    drag_rates,
    zonal_rates,
)
from pointnemo.motion.gravity import J2
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import DAY_S, mjd_utc, to_utc
from pointnemo.world.weather import SpaceWeather

__all__ = [
    "LOWEST_KM",
    "MOST_B",
    "Decayed",
    "argument_rate",
    "decay",
    "drag_between",
    "drag_of_rate",
    "fall_with_phase",
]

FloatArray = NDArray[np.float64]

LOWEST_KM = 150.0
"""Mean altitude at which an averaged decay ends: a revolution loses several km, the rest takes some hours."""

LEAST_B, MOST_B = 1e-5, 1.0
"""Ballistic factors of what flies at all, m2/kg: a cannon ball, a sail."""


class Decayed(NamedTuple):
    """Where a decay ended.

    Attributes:
        tt_s: TT seconds since J2000.
        state: mean orbit.
    """

    tt_s: float
    state: MeanState


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
def fall_with_phase(
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
    longest_step_s: float,
) -> tuple[float, MeanState, float]:
    """Let a mean orbit fall, and sum up how far along it the body gets.

    Args:
        climate: density for any weather.
        state: mean orbit at the start.
        inclination_rad: of it.
        ballistic_m2_kg: B = C_D A / m.
        start_tt_s: TT seconds since J2000.
        stop_tt_s: latest end.
        lowest_a_km: semi-major axis that ends it.
        into_day_s: seconds from the midnight before the start.
        f107, f107a, ap: weather of each day from that of the start on, shape (days,).
        longest_step_s: steps are no longer; they also end at midnight and where the orbit has lost ``MAX_DROP_KM``.

    Returns:
        TT seconds, orbit and mean argument of latitude travelled (rad) at the end.
    """
    now, day, clock, turned = start_tt_s, 0, into_day_s, 0.0
    density = density_of_day(climate, state, 2.0 * MAX_DROP_KM, now, f107[0], f107a[0], ap[0])
    rates = drag_rates(state, inclination_rad, ballistic_m2_kg, density, now)
    here = argument_rate(state, inclination_rad)
    while now < stop_tt_s - 1e-3 and state.a_km > lowest_a_km:
        fall = max(-rates.a_km_s, 1e-12)
        step = min(stop_tt_s - now, DAY_S - clock, longest_step_s, MAX_DROP_KM / fall)
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


def decay(
    climate: ClimateTable,
    weather: SpaceWeather,
    state: MeanState,
    inclination_rad: float,
    ballistic_m2_kg: float,
    start_tt_s: float,
    stop_tt_s: float,
    lowest_km: float = LOWEST_KM,
) -> Decayed:
    """Let an orbit decay.

    Args:
        climate: density for any weather.
        weather: of every day between start and stop.
        state: mean orbit at the start.
        inclination_rad: of it.
        ballistic_m2_kg: B = C_D A / m.
        start_tt_s: TT seconds since J2000.
        stop_tt_s: latest end.
        lowest_km: mean altitude that ends it.

    Returns:
        Epoch and orbit at the end.

    Raises:
        WorldError: the weather does not reach that far.
    """
    first, last = (float(mjd_utc(tt_s)) for tt_s in (start_tt_s, stop_tt_s))
    indices = weather.msis(np.arange(math.floor(first), math.floor(last) + 1) + 0.5)
    into_day_s = (first - math.floor(first)) * DAY_S
    lowest_a = EARTH_RADIUS_KM + lowest_km
    now, end, _ = fall_with_phase(
        climate,
        state,
        inclination_rad,
        ballistic_m2_kg,
        start_tt_s,
        stop_tt_s,
        lowest_a,
        into_day_s,
        *indices,
        0.5 * DAY_S,
    )
    return Decayed(now, MeanState(*end))


def drag_between(
    climate: ClimateTable,
    weather: SpaceWeather,
    state: MeanState,
    inclination_rad: float,
    start_tt_s: float,
    stop_tt_s: float,
    altitude_km: float,
) -> float:
    """The ballistic factor with which an orbit comes down to an altitude by a given instant.

    Args:
        climate, weather: as for ``decay``.
        state: mean orbit at the start.
        inclination_rad: of it.
        start_tt_s: TT seconds since J2000.
        stop_tt_s: when the altitude was observed.
        altitude_km: mean altitude observed then.

    Returns:
        B = C_D A / m, m2/kg.

    Raises:
        FlightError: the orbit did not come down, or faster than any body would.
        WorldError: the weather does not reach that far.
    """

    def above(log_b: float) -> float:
        end = decay(climate, weather, state, inclination_rad, math.exp(log_b), start_tt_s, stop_tt_s, altitude_km - 5.0)
        # past the altitude early: the sooner, the lower it counts
        early = (stop_tt_s - end.tt_s) / DAY_S
        return end.state.a_km - EARTH_RADIUS_KM - altitude_km - early

    low, high = math.log(LEAST_B), math.log(MOST_B)
    if not above(low) > 0.0 > above(high):
        raise FlightError(
            f"no drag explains how the orbit came down to {altitude_km:.1f} km between {to_utc(start_tt_s, 0)} and "
            f"{to_utc(stop_tt_s, 0)}: is one of the two altitudes wrong, or was there a burn between?"
        )
    return math.exp(float(root_scalar(above, bracket=(low, high), xtol=1e-5).root))


def drag_of_rate(
    climate: ClimateTable,
    weather: SpaceWeather,
    state: MeanState,
    inclination_rad: float,
    tt_s: float,
    rate_km_day: float,
) -> float:
    """The ballistic factor with which an orbit falls at a stated rate.

    Args:
        climate, weather: as for ``decay``.
        state: mean orbit.
        inclination_rad: of it.
        tt_s: TT seconds since J2000.
        rate_km_day: of the mean semi-major axis, negative when falling.

    Returns:
        B = C_D A / m, m2/kg.
    """
    f107, f107a, ap = (float(value) for value in weather.msis(float(mjd_utc(tt_s))))
    density = density_of_day(climate, state, MAX_DROP_KM, tt_s, f107, f107a, ap)
    unit = MeanRates(*drag_rates(state, inclination_rad, 1.0, density, tt_s))
    return rate_km_day / DAY_S / unit.a_km_s
