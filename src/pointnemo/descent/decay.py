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
from pointnemo.motion.averaged import MAX_DROP_KM, MeanRates, MeanState, advance, density_of_day, drag_rates
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import mjd_utc, to_utc
from pointnemo.world.weather import SpaceWeather

__all__ = ["LOWEST_KM", "MOST_B", "Decayed", "decay", "drag_between", "drag_of_rate"]

FloatArray = NDArray[np.float64]

LOWEST_KM = 150.0
"""Mean altitude at which an averaged decay ends: a revolution loses several km, the rest takes some hours."""

LEAST_B, MOST_B = 1e-5, 1.0
"""Ballistic factors of what flies at all, m2/kg: a cannon ball, a sail."""

DAY_S = 86400.0


class Decayed(NamedTuple):
    """Where a decay ended.

    Attributes:
        tt_s: TT seconds since J2000.
        state: mean orbit.
    """

    tt_s: float
    state: MeanState


@kernel
def _decay(
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
) -> tuple[float, MeanState]:
    """Step to the stop or the lowest altitude; steps end at midnight and where the orbit has lost ``MAX_DROP_KM``."""
    now, day, clock = start_tt_s, 0, into_day_s
    density = density_of_day(climate, state, 2.0 * MAX_DROP_KM, now, f107[0], f107a[0], ap[0])
    rates = drag_rates(state, inclination_rad, ballistic_m2_kg, density, now)
    while now < stop_tt_s - 1e-3 and state.a_km > lowest_a_km:
        fall = max(-rates.a_km_s, 1e-12)
        step = min(stop_tt_s - now, DAY_S - clock, 0.5 * DAY_S, MAX_DROP_KM / fall)
        density = density_of_day(climate, state, 2.0 * MAX_DROP_KM, now, f107[day], f107a[day], ap[day])
        state, rates = advance(state, rates, inclination_rad, ballistic_m2_kg, 0.0, step, density, now)
        now += step
        clock += step
        if clock >= DAY_S - 1e-3:
            clock = 0.0
            day = min(day + 1, len(f107) - 1)
    return now, state


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
    now, end = _decay(
        climate, state, inclination_rad, ballistic_m2_kg, start_tt_s, stop_tt_s, lowest_a, into_day_s, *indices
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
