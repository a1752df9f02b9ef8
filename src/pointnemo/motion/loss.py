"""How fast orbits sink: a table of what drag takes from the mean altitude, by day and altitude.

For questions about many altitudes at once: how high must the station be to last half a year, what does a kilometre more
save. Orbits of the table are frozen ones (eccentricity 0.001) whose node drifts from the start state's; averaged over
a revolution, the place of the node matters by some per cent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.compiled import kernel
from pointnemo.motion.averaged import MeanState, density_of_day, drag_rates, zonal_rates
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_mjd_utc
from pointnemo.world.weather import SpaceWeather

__all__ = ["LossTable", "loss_table"]

FloatArray = NDArray[np.float64]

DAY_S = 86400.0
STEP_DAYS = 5
LOWEST_KM, HIGHEST_KM, STEP_KM = 200.0, 480.0, 20.0


@dataclass(frozen=True)
class LossTable:
    """Altitude lost to drag, per unit of the ballistic factor.

    Attributes:
        mjd: shape (days,), UTC.
        altitude_km: shape (altitudes,), mean.
        log_loss: shape (days, altitudes), natural logarithm of km/day at B = 1 m2/kg.
    """

    mjd: FloatArray
    altitude_km: FloatArray
    log_loss: FloatArray

    def per_day(self, mjd: ArrayLike, altitude_km: ArrayLike, ballistic_m2_kg: ArrayLike) -> FloatArray:
        """Loss of mean altitude, km/day, positive.

        Args:
            mjd: UTC days, held inside the table; any shape.
            altitude_km: mean altitudes; beyond the table its last slope goes on.
            ballistic_m2_kg: C_D A / m.

        Returns:
            Broadcast of the three.
        """
        return np.exp(self._log(mjd, altitude_km)[0]) * np.asarray(ballistic_m2_kg, dtype=float)

    def slope(self, mjd: ArrayLike, altitude_km: ArrayLike) -> FloatArray:
        """Relative change of the loss with altitude, 1/km; negative: higher is thinner."""
        return self._log(mjd, altitude_km)[1]

    def _log(self, mjd: ArrayLike, altitude_km: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Logarithm of the loss, linear between nodes, and its slope."""
        day, height = np.broadcast_arrays(np.asarray(mjd, dtype=float), np.asarray(altitude_km, dtype=float))
        d = np.clip((day - self.mjd[0]) / (self.mjd[1] - self.mjd[0]), 0.0, len(self.mjd) - 1.0)
        i = np.minimum(d.astype(np.int64), len(self.mjd) - 2)
        x = (height - self.altitude_km[0]) / STEP_KM
        j = np.clip(x.astype(np.int64), 0, len(self.altitude_km) - 2)
        s, t = d - i, x - j
        low = self.log_loss[i, j] * (1.0 - s) + self.log_loss[i + 1, j] * s
        high = self.log_loss[i, j + 1] * (1.0 - s) + self.log_loss[i + 1, j + 1] * s
        return low + (high - low) * t, (high - low) / STEP_KM


def loss_table(
    climate: ClimateTable,
    weather: SpaceWeather,
    from_mjd: float,
    to_mjd: float,
    inclination_rad: float,
    node_rad: float,
) -> LossTable:
    """Tabulate the loss of altitude between two days.

    Args:
        climate: of ``world.atmosphere.climate_table``.
        weather: one line of solar activity.
        from_mjd: first UTC day.
        to_mjd: last UTC day; the table ends where the weather does.
        inclination_rad: of the orbit.
        node_rad: on the first day.

    Returns:
        Table with a row every five days.
    """
    first, beyond = weather.valid
    last = min(to_mjd, beyond - 1.0)
    count = max(math.ceil((last - from_mjd) / STEP_DAYS), 1) + 1
    days = max(from_mjd, first) + STEP_DAYS * np.arange(count, dtype=np.float64)
    inside = np.minimum(days, beyond - 1.0)
    f107, f107a, ap = weather.msis(inside)
    altitude = np.arange(LOWEST_KM, HIGHEST_KM + 0.5 * STEP_KM, STEP_KM)
    log_loss = np.empty((len(days), len(altitude)))
    tt_s = np.asarray(from_mjd_utc(inside + 0.5))
    _fill(climate, tt_s, f107, f107a, ap, altitude, inclination_rad, node_rad, log_loss)
    return LossTable(days, altitude, log_loss)


@kernel
def _fill(
    climate: ClimateTable,
    tt_s: FloatArray,
    f107: FloatArray,
    f107a: FloatArray,
    ap: FloatArray,
    altitude_km: FloatArray,
    inclination_rad: float,
    node_rad: float,
    log_loss: FloatArray,
) -> None:
    """Fill ``log_loss``; the node drifts as at the middle of the table."""
    middle_km = EARTH_RADIUS_KM + 0.5 * (altitude_km[0] + altitude_km[-1])
    node_rate, _, frozen = zonal_rates(middle_km, 0.0, inclination_rad)
    span_km = altitude_km[-1] - altitude_km[0]
    for day in range(tt_s.size):
        node = node_rad + node_rate * (tt_s[day] - tt_s[0])
        top = MeanState(EARTH_RADIUS_KM + altitude_km[-1], 0.0, frozen, node)
        density = density_of_day(climate, top, span_km, tt_s[day], f107[day], f107a[day], ap[day])
        for k in range(altitude_km.size):
            state = MeanState(EARTH_RADIUS_KM + altitude_km[k], 0.0, frozen, node)
            rates = drag_rates(state, inclination_rad, 1.0, density, tt_s[day])
            log_loss[day, k] = math.log(-rates.a_km_s * DAY_S)
