"""Finite burns: what is asked for, and what the rocket equation makes of it."""

from __future__ import annotations

from math import expm1, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

__all__ = [
    "STANDARD_GRAVITY_M_S2",
    "BurnCommand",
    "apsides_km",
    "burn_duration_s",
    "mass_flow_kg_s",
    "propellant_kg",
    "thrust_components_n",
]

STANDARD_GRAVITY_M_S2 = 9.80665  # CGPM 1901, resolution 2


class BurnCommand(NamedTuple):
    """One burn of constant thrust, along (prograde) or against (retrograde) the inertial velocity, or tilted from it.

    A station fires along its body axis, which does not lie quite along the velocity: torque equilibrium tilts the
    thrust by up to 10 degrees. A tilted direction turns with the orbit: it is fixed to the velocity v, the orbit normal
    n = r x v and the outward direction v x n.

    Attributes:
        start_tt_s: ignition, TT seconds since J2000.
        delta_v_mps: velocity change by the rocket equation, positive, m/s.
        thrust_n: N.
        specific_impulse_s: s.
        retrograde: against the velocity.
        id: name; it labels the segment of the flight.
        outward_share: component of the unit vector of thrust along v x n (nearly radial), -1..1.
        normal_share: component along the orbit normal n = r x v, -1..1; the rest lies along the velocity.
    """

    start_tt_s: float
    delta_v_mps: float
    thrust_n: float
    specific_impulse_s: float
    retrograde: bool
    id: str
    outward_share: float = 0.0
    normal_share: float = 0.0


def mass_flow_kg_s(thrust_n: float, specific_impulse_s: float) -> float:
    """Propellant flow of an engine: thrust / (g0 Isp)."""
    return thrust_n / (STANDARD_GRAVITY_M_S2 * specific_impulse_s)


def propellant_kg(mass_kg: float, delta_v_mps: float, specific_impulse_s: float) -> float:
    """Propellant of a burn (Tsiolkovsky 1903).

    Args:
        mass_kg: mass at ignition.
        delta_v_mps: velocity change, m/s.
        specific_impulse_s: s.

    Returns:
        mass (1 - exp(-delta_v / (g0 Isp))), kg.
    """
    return -mass_kg * expm1(-delta_v_mps / (STANDARD_GRAVITY_M_S2 * specific_impulse_s))


def burn_duration_s(mass_kg: float, burn: BurnCommand) -> float:
    """Time that a burn takes with the mass at ignition, s."""
    flow = mass_flow_kg_s(burn.thrust_n, burn.specific_impulse_s)
    return propellant_kg(mass_kg, burn.delta_v_mps, burn.specific_impulse_s) / flow


def thrust_components_n(burn: BurnCommand) -> tuple[float, float, float]:
    """Thrust of a burn along the velocity v (negative where retrograde), along v x n, and along n = r x v.

    Args:
        burn: shares of the thrust within the unit circle.

    Returns:
        N; without a tilt (thrust, 0, 0) to the last bit.
    """
    along = burn.thrust_n * sqrt(1.0 - burn.outward_share**2 - burn.normal_share**2)
    outward, normal = burn.thrust_n * burn.outward_share, burn.thrust_n * burn.normal_share
    return (-along if burn.retrograde else along), outward, normal


def apsides_km(position_km: ArrayLike, velocity_km_s: ArrayLike) -> tuple[float, float]:
    """Osculating perigee and apogee above a sphere of 6378.137 km, as NASA lists them.

    Args:
        position_km: inertial, shape (3,).
        velocity_km_s: inertial, shape (3,).

    Returns:
        (perigee_km, apogee_km): a (1 -+ e) - 6378.137, with a from the energy and e from the angular momentum
        (Vallado 2013, section 2.5). Apogee is infinite for an escaping state.
    """
    r = np.asarray(position_km, dtype=float)
    v = np.asarray(velocity_km_s, dtype=float)
    inverse_axis = 2.0 / float(np.linalg.norm(r)) - float(v @ v) / MU_KM3_S2
    momentum = np.cross(r, v)
    parameter = float(momentum @ momentum) / MU_KM3_S2
    eccentricity = float(np.sqrt(max(1.0 - parameter * inverse_axis, 0.0)))
    apogee = parameter / (1.0 - eccentricity) - EARTH_RADIUS_KM if eccentricity < 1.0 else float("inf")
    return parameter / (1.0 + eccentricity) - EARTH_RADIUS_KM, apogee
