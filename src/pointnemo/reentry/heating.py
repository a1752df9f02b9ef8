"""Heating and demise of one tumbling piece: stagnation heat, flow regime, hot wall, radiation, melting.

The wall is one lumped temperature. What is measured here was measured by others on the output of SESAM 2.3.0 (the
re-entry code of ESA's DRAMA 4.1.4); it is a convention of the field, not a law of nature: accepted stagnation laws
differ by about 30 % (Detra-Kemp-Riddell, Sutton-Graves, Fay-Riddell), which is what ``heat_sigma`` stands for.
"""

from __future__ import annotations

from math import exp, log, log10, pi, sqrt

import numpy as np

from pointnemo.compiled import kernel
from pointnemo.reentry.pack import RECEDING, THIN_SHELL

__all__ = [
    "INITIAL_TEMPERATURE_K",
    "RESIDUAL_SHARE",
    "cold_wall_heat_w",
    "half_melted",
    "heat_bridging",
    "hot_wall_slope",
    "melt_away",
    "melted_area",
    "net_heat_w",
    "stagnation_heat_flux",
    "wall_step",
]

INITIAL_TEMPERATURE_K = 300.0
"""Temperature of a piece when it is set free (the convention of DAS, ORSAT and SESAM)."""

RESIDUAL_SHARE = 0.05
"""A wall or a solid with less than this share of its mass left counts as gone (5-10 % in the open literature)."""

STEFAN_BOLTZMANN = 5.670374419e-8
"""W/m2/K4 (CODATA 2018)."""

TUMBLING_SHARE = 0.27471
"""Mean heat flux over a tumbling convex body / stagnation flux of a sphere of the same area: measured on SESAM's
spheres; the sphere mean of the law q = q_stagnation (0.1 + 0.9 cos) is 0.275 exactly (Lees 1956 gives 0.196-0.209)."""

RECOVERY_HEAT_J_KG_K = 1004.5
"""Specific heat of air in the hot-wall factor, J/kg/K (SESAM)."""

_BRIDGE_START = -2.688
_BRIDGE_STEP = 0.125
# fmt: off
_BRIDGE = np.array([
    1.0077, 1.0073, 1.0066, 1.0062, 1.0056, 1.0053, 1.0050, 1.0020, 0.9923, 0.9734, 0.9390, 0.8909,
    0.8228, 0.7405, 0.6548, 0.5639, 0.4645, 0.3673, 0.2868, 0.2176, 0.1693, 0.1442, 0.1371, 0.1334,
    0.1289, 0.1233, 0.1169, 0.1102, 0.1029, 0.0949, 0.0868, 0.0792, 0.0715, 0.0641, 0.0594,
])
# fmt: on

# A sub-step of the wall changes its temperature by at most this much at the rate of its start; the exponential step
# is second order, so that 50 K keeps the energy error of the strongest heating met below 1 %.
_SUB_STEP_K = 50.0
_MOST_SUB_STEPS = 64


@kernel
def heat_bridging(knudsen: float) -> float:
    """Heat of a tumbling body relative to the continuum law, by flow regime.

    Args:
        knudsen: mean free path / diameter.

    Returns:
        Factor: 1 in continuum, falling towards free molecular flow. Beyond the last point it falls as 1/sqrt(Kn), as
        the free-molecular flux (independent of size) does against the continuum law (size^-1/2).

    Source: table over log10 Kn of -2.688..1.562 in steps of 0.125, measured on SESAM 2.3.0.
    """
    position = (log10(max(knudsen, 1e-12)) - _BRIDGE_START) / _BRIDGE_STEP
    last = _BRIDGE.size - 1
    if position <= 0.0:
        return _BRIDGE[0]
    if position >= last:
        return _BRIDGE[last] * 10.0 ** (-0.5 * (position - last) * _BRIDGE_STEP)
    cell = int(position)
    share = position - cell
    return (1.0 - share) * _BRIDGE[cell] + share * _BRIDGE[cell + 1]


@kernel
def stagnation_heat_flux(density_kg_m3: float, speed_mps: float, radius_m: float) -> float:
    """Cold-wall stagnation heat flux of a sphere in continuum flow, W/m2.

    Detra, Kemp, Riddell (1957, Jet Propulsion 27, 1256-1257), in SI with sea-level density 1.225 kg/m3 and the
    reference speed 7925 m/s; the enthalpy factor is in ``hot_wall_slope``.

    Args:
        density_kg_m3: ambient density.
        speed_mps: speed relative to the air, m/s.
        radius_m: nose radius, m.
    """
    return 1.1035e8 * sqrt(density_kg_m3 / 1.225 / radius_m) * exp(3.15 * log(max(speed_mps, 1.0) / 7925.0))


@kernel
def cold_wall_heat_w(
    density_kg_m3: float, speed_mps: float, mach: float, knudsen: float, radius_m: float, surface_m2: float
) -> float:
    """Heat into a cold tumbling convex body, W.

    Args:
        density_kg_m3: ambient density.
        speed_mps: speed relative to the air, m/s.
        mach: Mach number; below 1 the heat is halved (SESAM).
        knudsen: mean free path / diameter.
        radius_m: equivalent nose radius, m: that of the sphere with the same surface.
        surface_m2: whole outer surface, m2.
    """
    heat = (
        surface_m2 * TUMBLING_SHARE * stagnation_heat_flux(density_kg_m3, speed_mps, radius_m) * heat_bridging(knudsen)
    )
    return heat if mach >= 1.0 else 0.5 * heat


@kernel
def hot_wall_slope(speed_mps: float, mach: float) -> float:
    """Share of the cold-wall heat lost per kelvin of the wall above the air, 1/K: c_p / (V^2/2), 0 below Mach 1.

    Source: SESAM 2.3.0 as measured; it is the enthalpy factor (h0 - hw)/h0 of Detra, Kemp, Riddell.
    """
    return RECOVERY_HEAT_J_KG_K / (0.5 * speed_mps * speed_mps) if mach >= 1.0 else 0.0


@kernel
def net_heat_w(
    temperature_k: float, cold_heat_w: float, slope_per_k: float, air_temperature_k: float, radiance_w_k4: float
) -> float:
    """Convection less radiation at a wall temperature, W. Radiation goes to 0 K, as in SESAM.

    Args:
        temperature_k: wall temperature.
        cold_heat_w: ``cold_wall_heat_w``.
        slope_per_k: ``hot_wall_slope``.
        air_temperature_k: ambient temperature.
        radiance_w_k4: emissivity x Stefan-Boltzmann constant x surface.
    """
    wall_factor = max(0.0, 1.0 - slope_per_k * (temperature_k - air_temperature_k))
    square = temperature_k * temperature_k
    return cold_heat_w * wall_factor - radiance_w_k4 * square * square


@kernel
def wall_step(
    temperature_k: float,
    mass_kg: float,
    specific_heat_j_kg_k: float,
    melting_temperature_k: float,
    heat_of_fusion_j_kg: float,
    radiance_w_k4: float,
    cold_heat_w: float,
    slope_per_k: float,
    air_temperature_k: float,
    duration_s: float,
) -> tuple[float, float]:
    """Advance the lumped wall at constant heating.

    Below melting m c dT/dt = net heat, by exponential Rosenbrock-Euler sub-steps (Hochbruck, Ostermann 2010, Acta
    Numerica 19, eq. 3.4: second order, stable for any step); at melting all net heat melts. Energy is conserved where
    a sub-step passes the melting point: the excess melts.

    Args:
        temperature_k: at the start; never above the melting point.
        mass_kg: heated mass.
        specific_heat_j_kg_k: of the material.
        melting_temperature_k: of the material.
        heat_of_fusion_j_kg: of the material.
        radiance_w_k4: emissivity x Stefan-Boltzmann constant x surface.
        cold_heat_w: cold-wall heat, mean over the step.
        slope_per_k: ``hot_wall_slope``, mean over the step.
        air_temperature_k: ambient temperature.
        duration_s: length of the step.

    Returns:
        Temperature at the end, and the mass melted (at most ``mass_kg``).
    """
    capacity = mass_kg * specific_heat_j_kg_k
    # a material without heat of fusion (a foil, a resin) is gone as soon as it is hot: 1 kJ/kg avoids 1/0
    fusion = max(heat_of_fusion_j_kg, 1e3)
    left = duration_s
    melted = 0.0
    for _ in range(_MOST_SUB_STEPS):
        rate = net_heat_w(temperature_k, cold_heat_w, slope_per_k, air_temperature_k, radiance_w_k4) / capacity
        if temperature_k >= melting_temperature_k and rate >= 0.0:
            melted += rate * capacity * left / fusion
            break
        step = min(left, max(_SUB_STEP_K / max(abs(rate), 1e-9), duration_s / _MOST_SUB_STEPS))
        slope = (cold_heat_w * slope_per_k + 4.0 * radiance_w_k4 * temperature_k**3) / capacity
        damping = slope * step
        gain = (1.0 - exp(-damping)) / damping if damping > 1e-8 else 1.0
        temperature_k += rate * step * gain
        if temperature_k > melting_temperature_k:
            melted += (temperature_k - melting_temperature_k) * capacity / fusion
            temperature_k = melting_temperature_k
        left -= step
        if left <= 0.0:
            break
    return temperature_k, min(melted, mass_kg)


@kernel
def melt_away(
    wall_kg: float, core_kg: float, melted_kg: float, wall_start_kg: float, core_start_kg: float
) -> tuple[float, float]:
    """Take melted mass from the wall while there is one, else from the core.

    Args:
        wall_kg, core_kg: mass before.
        melted_kg: mass melted.
        wall_start_kg, core_start_kg: mass at release.

    Returns:
        Wall and core mass after; what is below ``RESIDUAL_SHARE`` of its start is gone, so (0, 0) is a demise.
    """
    if wall_kg > 0.0:
        wall_kg -= melted_kg
        if wall_kg <= RESIDUAL_SHARE * wall_start_kg:
            wall_kg = 0.0
        return wall_kg, core_kg
    core_kg -= melted_kg
    if core_kg <= RESIDUAL_SHARE * core_start_kg:
        core_kg = 0.0
    return 0.0, core_kg


@kernel
def half_melted(
    wall_kg: float, core_kg: float, melted_kg: float, wall_start_kg: float, core_start_kg: float
) -> tuple[float, float]:
    """Wall and core mass half-way through a step in which ``melted_kg`` melt: what drag and heat act on.

    Args:
        wall_kg, core_kg, melted_kg, wall_start_kg, core_start_kg: as for ``melt_away``.

    Returns:
        Wall and core mass, neither less than what counts as gone.
    """
    if wall_kg > 0.0:
        return max(wall_kg - 0.5 * melted_kg, RESIDUAL_SHARE * wall_start_kg), core_kg
    return 0.0, max(core_kg - 0.5 * melted_kg, RESIDUAL_SHARE * core_start_kg)


@kernel
def melted_area(
    melting: int,
    density_kg_m3: float,
    area_start_m2: float,
    wall_kg: float,
    core_kg: float,
    wall_start_kg: float,
    core_start_kg: float,
) -> float:
    """Mean projected area of a piece that has melted in part, m2.

    - shell-then-solid: a wall keeps its outer size while it gets thinner; what it held is as large and recedes with
      mass^(2/3).
    - receding: a wall loses its outside, as on the sphere with the same surface, down to the size of what it held; then
      that recedes. A solid is the same as above.
    - thin-shell: the outer size never changes (SESAM: small spheres end as balloons).

    Args:
        melting: one of ``pack.MELTING``.
        density_kg_m3: of the material.
        area_start_m2: at release.
        wall_kg, core_kg: what is left; not both 0.
        wall_start_kg, core_start_kg: at release.
    """
    if melting == THIN_SHELL:
        return area_start_m2
    inside = area_start_m2
    if melting == RECEDING and wall_start_kg > 0.0:
        radius = sqrt(area_start_m2 / pi)
        whole = radius * radius * radius
        least = 0.75 / pi * core_start_kg / density_kg_m3  # what is held takes up its own volume at least
        hollow = min(max(whole - 0.75 / pi * wall_start_kg / density_kg_m3, least), whole)
        cube = hollow + (whole - hollow) * wall_kg / wall_start_kg
        inside = pi * exp(2.0 / 3.0 * log(max(cube, 1e-15)))
    if wall_kg > 0.0:
        return inside
    return inside * exp(2.0 / 3.0 * log(core_kg / core_start_kg))
