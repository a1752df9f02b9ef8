"""Mean elements without a theory: osculating ones under a window wide enough to leave nothing of a revolution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pointnemo.world.earth import MU_KM3_S2

FloatArray = NDArray[np.float64]


def osculating(position: FloatArray, velocity: FloatArray) -> FloatArray:
    """Rows of a, ex, ey (from the node), node, inclination from rows of GCRS states."""
    radius = np.linalg.norm(position, axis=1)
    a = 1.0 / (2.0 / radius - np.sum(velocity**2, axis=1) / MU_KM3_S2)
    momentum = np.cross(position, velocity)
    eccentricity = np.cross(velocity, momentum) / MU_KM3_S2 - position / radius[:, None]
    normal = momentum / np.linalg.norm(momentum, axis=1)[:, None]
    to_node = np.cross([0.0, 0.0, 1.0], normal)
    to_node /= np.linalg.norm(to_node, axis=1)[:, None]
    ahead = np.cross(normal, to_node)
    node = np.unwrap(np.arctan2(to_node[:, 1], to_node[:, 0]))
    ex, ey = np.sum(eccentricity * to_node, axis=1), np.sum(eccentricity * ahead, axis=1)
    return np.column_stack([a, ex, ey, node, np.arccos(normal[:, 2])])


def windowed(tt_s: FloatArray, elements: FloatArray, centre_tt_s: float, width_s: float) -> FloatArray:
    """Mean of the elements under a cosine-squared window; samples must be evenly spaced."""
    place = (tt_s - centre_tt_s) / width_s
    weight = np.where(np.abs(place) < 0.5, np.cos(np.pi * place) ** 2, 0.0)
    return weight @ elements / weight.sum()
