"""Velocity of impulsive manoeuvres: what the speeds on an ellipse and on a circle differ by."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pointnemo.motion.burns import STANDARD_GRAVITY_M_S2
from pointnemo.results import FloatArray
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

__all__ = ["circular_speed_mps", "complete_mps", "delta_v_mps", "raise_mps"]


def circular_speed_mps(altitude_km: ArrayLike) -> FloatArray:
    """Speed on a circle, m/s: sqrt(mu / r) (Vallado 2013, eq. 1-33)."""
    return 1e3 * np.sqrt(MU_KM3_S2 / (EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=float)))


def delta_v_mps(mass_kg: FloatArray | float, specific_impulse_s: float, kg: FloatArray | float) -> FloatArray:
    """Velocity that propellant gives (Tsiolkovsky 1903): g0 Isp ln(m / (m - kg)), m/s."""
    return -specific_impulse_s * STANDARD_GRAVITY_M_S2 * np.log1p(-np.asarray(kg) / mass_kg)


def complete_mps(perigee_km: float, apogee_km: float, target_km: float) -> float:
    """Velocity change at the apogee that lowers the perigee to a target (vis-viva), m/s; 0 where it is there already.

    Args:
        perigee_km, apogee_km: above 6378.137 km.
        target_km: wanted perigee.
    """
    if target_km >= perigee_km:
        return 0.0
    return float(_speed_mps(apogee_km, perigee_km) - _speed_mps(apogee_km, target_km))


def raise_mps(perigee_km: ArrayLike, apogee_km: ArrayLike, target_km: float) -> FloatArray:
    """Velocity change to a circular orbit by two impulses, the first at the apogee (Vallado 2013, section 6.3), m/s.

    The first lifts the perigee to the target, the second makes the circle there.

    Args:
        perigee_km, apogee_km: above 6378.137 km, any shape.
        target_km: of the circle.
    """
    first = np.abs(_speed_mps(apogee_km, target_km) - _speed_mps(apogee_km, perigee_km))
    return first + np.abs(circular_speed_mps(target_km) - _speed_mps(target_km, apogee_km))


def _speed_mps(at_km: ArrayLike, other_km: ArrayLike) -> FloatArray:
    """Speed at one apsis of an ellipse, given the other (vis-viva, Vallado 2013, eq. 1-22)."""
    here, other = EARTH_RADIUS_KM + np.asarray(at_km, dtype=float), EARTH_RADIUS_KM + np.asarray(other_km, dtype=float)
    return 1e3 * np.sqrt(2.0 * MU_KM3_S2 * other / (here * (here + other)))
