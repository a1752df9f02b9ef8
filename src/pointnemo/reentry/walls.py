"""A wall in layers: conduction through it, radiation and melting at its outer face, nothing through its inner one.

The lumped wall of ``heating`` has one temperature; that holds while heat spreads faster than it arrives (Biot number
q L / (k T) well below 1). Thick steel, titanium and carbon fibre are hotter outside and melt sooner and from there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.reentry.heating import net_heat_w

__all__ = ["LAYER_COUNT", "layers_step", "new_layers"]

FloatArray = NDArray[np.float64]

LAYER_COUNT = 12
_STEP_K = 50.0  # change of the outermost layer in one sub-step at the rate of its start
_MOST_SUB_STEPS = 64


def new_layers() -> FloatArray:
    """Room for one wall: temperatures from the inside out, and two rows of scratch. Shape (3, LAYER_COUNT)."""
    return np.zeros((3, LAYER_COUNT))


@kernel
def _solve(wall: FloatArray, capacity: float, conductance: float, step: float, outer: float, source: float) -> None:
    """One backward Euler step of conduction, by elimination from the inside out (Thomas).

    Args:
        wall: as ``new_layers``; row 0 is advanced.
        capacity: of one layer, J/K.
        conductance: between two layers, W/K.
        step: s.
        outer: W/K, how fast the heat into the outermost layer falls with its temperature.
        source: W, heat into the outermost layer if it were at 0 K.
    """
    last = LAYER_COUNT - 1
    inertia = capacity / step
    for i in range(LAYER_COUNT):
        links = conductance * (1.0 if i == 0 or i == last else 2.0)
        diagonal = inertia + links
        right = inertia * wall[0, i]
        if i == last:
            diagonal += outer
            right += source
        if i > 0:
            diagonal -= conductance * wall[1, i - 1]
            right += conductance * wall[2, i - 1]
        wall[1, i] = conductance / diagonal
        wall[2, i] = right / diagonal
    wall[0, last] = wall[2, last]
    for back in range(last):
        i = last - 1 - back
        wall[0, i] = wall[2, i] + wall[1, i] * wall[0, i + 1]


@kernel
def _thin(wall: FloatArray, left: float) -> None:
    """Cut equal layers anew after the outside has melted, keeping the heat of what is left.

    Args:
        wall: as ``new_layers``; row 0 is changed.
        left: mass left over mass before, 0..1.
    """
    for i in range(LAYER_COUNT):
        begin, end = i * left, (i + 1) * left
        low = int(begin)
        high = min(int(end), LAYER_COUNT - 1)
        if low == high:
            wall[1, i] = wall[0, low]
        else:  # a new layer is thinner than an old one: it lies in two at most
            wall[1, i] = (wall[0, low] * (high - begin) + wall[0, high] * (end - high)) / left
    for i in range(LAYER_COUNT):
        wall[0, i] = wall[1, i]


@kernel
def layers_step(
    wall: FloatArray,
    mass_kg: float,
    depth_m: float,
    surface_m2: float,
    conductivity_w_m_k: float,
    specific_heat_j_kg_k: float,
    melting_temperature_k: float,
    heat_of_fusion_j_kg: float,
    radiance_w_k4: float,
    cold_heat_w: float,
    slope_per_k: float,
    air_temperature_k: float,
    duration_s: float,
) -> float:
    """Advance a wall in layers at constant heating; what melts leaves at once.

    Finite volumes of equal mass, backward Euler in time (stable for any step), heating linearised about the outer
    temperature of each sub-step. What would pass the melting point stays there, and the heat that is over melts mass
    off the outside. All heat ends in temperature, in melting or in radiation.

    Args:
        wall: from ``new_layers``; row 0 holds the temperatures, K, from the inside out, and is advanced.
        mass_kg: of the wall.
        depth_m: of the wall: volume over surface, which a solid body has as well (a third of a sphere's radius).
        surface_m2: heated.
        conductivity_w_m_k, specific_heat_j_kg_k, melting_temperature_k, heat_of_fusion_j_kg: of the material.
        radiance_w_k4, cold_heat_w, slope_per_k, air_temperature_k, duration_s: as for ``heating.wall_step``.

    Returns:
        Mass melted, kg, at most ``mass_kg``.
    """
    fusion = max(heat_of_fusion_j_kg, 1e3)
    mass = mass_kg
    left = duration_s
    for _ in range(_MOST_SUB_STEPS):
        thickness = depth_m * mass / mass_kg / LAYER_COUNT
        conductance = conductivity_w_m_k * surface_m2 / thickness
        layer = mass / LAYER_COUNT
        capacity = layer * specific_heat_j_kg_k
        hot = wall[0, LAYER_COUNT - 1]
        heat = net_heat_w(hot, cold_heat_w, slope_per_k, air_temperature_k, radiance_w_k4)
        step = min(left, max(_STEP_K * capacity / max(abs(heat), 1e-9), duration_s / _MOST_SUB_STEPS))
        gain = cold_heat_w * slope_per_k + 4.0 * radiance_w_k4 * hot * hot * hot
        _solve(wall, capacity, conductance, step, gain, heat + gain * hot)
        excess = 0.0
        for i in range(LAYER_COUNT):
            if wall[0, i] > melting_temperature_k:
                excess += (wall[0, i] - melting_temperature_k) * capacity
                wall[0, i] = melting_temperature_k
        if excess > 0.0:
            melted = excess / fusion
            if melted >= mass * (1.0 - 1e-9):
                return mass_kg
            _thin(wall, (mass - melted) / mass)
            mass -= melted
        left -= step
        if left <= 0.0:
            break
    return mass_kg - mass
