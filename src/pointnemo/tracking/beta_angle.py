"""How the drag area follows the Sun: the part of its changes that geometry foretells.

The arrays turn after the Sun and the station changes attitude with the angle between Sun and orbital plane (beta). At
beta 0 they sweep the flight direction; at 30 to 45 degrees they show it less of themselves. Element sets outside the
pairs that predictions are judged by show it alike in three stretches (January - July 2021, August - December 2021,
September 2024 - March 2025): ln of the drag area falls by 0.4 from 0 to 45 degrees and rises again beyond. The density
model's error between noon and dusk would look the same: which of the two it is, drag alone cannot tell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.motion.averaged import zonal_rates
from pointnemo.world.earth import sun_gcrs_km

__all__ = ["beta_deg", "log_share"]

FloatArray = NDArray[np.float64]

NODES_DEG = (0.0, 15.0, 30.0, 45.0, 60.0, 75.0)
LOG_SHARE = (0.0, -0.12, -0.42, -0.42, -0.26, -0.24)
"""ln of the drag area over that at beta 0: least squares on the daily fall of 448 days of element sets, errors
correlated over three days; one sigma 0.08 to 0.10, 0.14 at 75 degrees."""


def beta_deg(tt_s: ArrayLike, epoch_tt_s: float, state: ArrayLike) -> FloatArray:
    """Angle between the Sun and the orbital plane, positive on the side of the orbit normal.

    Args:
        tt_s: TT seconds since J2000, shape (n,).
        epoch_tt_s: of the state.
        state: GCRS position and velocity, shape (6,); its plane is turned about the pole at the rate of J2.

    Returns:
        Shape (n,), degrees.
    """
    instants = np.atleast_1d(np.asarray(tt_s, dtype=np.float64))
    r, v = np.asarray(state, dtype=np.float64)[:3], np.asarray(state, dtype=np.float64)[3:]
    normal = np.cross(r, v)
    normal = normal / np.linalg.norm(normal)
    inclination = float(np.arccos(normal[2]))
    rate, _, _ = zonal_rates(float(np.linalg.norm(r)), 0.0, inclination)
    turn = rate * (instants - epoch_tt_s)
    cosine, sine = np.cos(turn), np.sin(turn)
    normals = np.stack(
        [cosine * normal[0] - sine * normal[1], sine * normal[0] + cosine * normal[1], np.full(len(turn), normal[2])],
        axis=1,
    )
    sun = sun_gcrs_km(instants)
    return np.degrees(np.arcsin(np.sum(sun * normals, axis=1) / np.linalg.norm(sun, axis=1)))


def log_share(beta: ArrayLike) -> FloatArray:
    """ln of the usual drag area at a beta angle over that at beta 0.

    Args:
        beta: degrees, either sign.

    Returns:
        Same shape; linear between nodes every 15 degrees.
    """
    return np.interp(np.abs(np.asarray(beta, dtype=np.float64)), NODES_DEG, LOG_SHARE)
