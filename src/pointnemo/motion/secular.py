"""How node and mean argument of latitude move under J2, first order, for many orbits at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.motion.gravity import J2
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

__all__ = ["secular_rates"]

FloatArray = NDArray[np.float64]


def secular_rates(a_km: ArrayLike, eccentricity: float, inclination_rad: float) -> tuple[FloatArray, FloatArray]:
    """Secular rates of the node and of the mean argument of latitude.

    Args:
        a_km: mean semi-major axis, any shape.
        eccentricity: mean.
        inclination_rad: of the orbit.

    Returns:
        (node, argument of latitude), rad/s, each of the shape of ``a_km``.

    Source: Vallado 2013, eqs 9-38, 9-39 and 9-41.
    """
    a = np.asarray(a_km, dtype=np.float64)
    motion = np.sqrt(MU_KM3_S2 / a**3)
    swing = 1.5 * J2 * (EARTH_RADIUS_KM / (a * (1.0 - eccentricity**2))) ** 2 * motion
    sin2 = np.sin(inclination_rad) ** 2
    perigee = swing * (2.0 - 2.5 * sin2)
    anomaly = motion + swing * np.sqrt(1.0 - eccentricity**2) * (1.0 - 1.5 * sin2)
    return -swing * np.cos(inclination_rad), perigee + anomaly
