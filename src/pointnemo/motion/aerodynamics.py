"""Drag of a randomly tumbling convex body, from free-molecular flow to terminal velocity.

One law for station and fragment. The reference area is the mean projected area: a quarter of the wetted surface for any
convex body in uniform random tumbling (Cauchy 1832), so that sphere, cylinder, box and plate share one coefficient.
The supersonic part is that of the sphere in ESA's SESAM 2.3 aerothermodynamic data base: continuum and free-molecular
values by Mach number and an error function between them (figures measured from DRAMA 4.1.4 output).
"""

from __future__ import annotations

from math import erf, exp, log10, pi, sqrt

from pointnemo.compiled import kernel

__all__ = [
    "continuum_drag_coefficient",
    "drag_coefficient",
    "drag_ratio",
    "free_molecular_drag_coefficient",
    "free_molecular_share",
    "knudsen",
    "mach",
    "mean_free_path_m",
]

GAS_CONSTANT_J_MOL_K = 8.31446261815324  # CODATA 2018
AVOGADRO_1_MOL = 6.02214076e23  # CODATA 2018
HEAT_RATIO = 1.4  # diatomic gas; SESAM's convention at all heights
MOLECULE_DIAMETER_M = 3.65e-10  # hard sphere; US Standard Atmosphere 1976, section 1.3.8; SESAM's convention
ORBITAL_DRAG_COEFFICIENT = 2.148  # free-molecular, Ma 10: SESAM's sphere where orbital drag is fitted


@kernel
def mean_free_path_m(density: float, temperature: float, molar_mass: float) -> float:
    """Mean free path of a gas of hard spheres, 1/(sqrt(2) pi d^2 n) (US Standard Atmosphere 1976, eq. 27).

    Args:
        density: kg/m3.
        temperature: K. Hard spheres do not feel it; the argument is the place for a softer molecule.
        molar_mass: kg/mol.

    Returns:
        Mean free path, m.
    """
    number_density = density * AVOGADRO_1_MOL / molar_mass
    return 1.0 / (sqrt(2.0) * pi * MOLECULE_DIAMETER_M * MOLECULE_DIAMETER_M * number_density)


@kernel
def knudsen(mean_free_path: float, length: float) -> float:
    """Knudsen number: mean free path over the characteristic length of the body, both in m."""
    return mean_free_path / length


@kernel
def mach(speed: float, temperature: float, molar_mass: float) -> float:
    """Mach number of a body.

    Args:
        speed: relative to the air, m/s.
        temperature: of the air, K.
        molar_mass: of the air, kg/mol.

    Returns:
        speed / sqrt(1.4 R T / M).
    """
    return speed / sqrt(HEAT_RATIO * GAS_CONSTANT_J_MOL_K * temperature / molar_mass)


@kernel
def free_molecular_drag_coefficient(mach_number: float) -> float:
    """Drag coefficient of a tumbling convex body in free-molecular flow, on its mean projected area.

    A quadratic in 1/Ma through SESAM's six values at Ma 5, 10, 15, 20, 25, 30 (largest residual 0.0001). Below Ma 2,
    where no body of ours meets free-molecular flow, the value at Ma 2 holds.

    Args:
        mach_number: speed over speed of sound.

    Returns:
        C_D, 1.99 to 3.34.
    """
    x = 1.0 / max(mach_number, 2.0)
    return 1.99065 + x * (1.29406 + x * 2.77954)


@kernel
def continuum_drag_coefficient(mach_number: float) -> float:
    """Drag coefficient of a tumbling convex body in continuum flow, on its mean projected area.

    Hypersonic: 0.9140 - 0.38/Ma^2, SESAM's values at Ma 10 to 30 within 0.00002 (0.003 at Ma 5). Below: that level
    times the measured sphere law of Carter (2011), as used for the dark flight of meteorites by the Desert Fireball
    Network, over its own hypersonic value 0.92; SESAM has a step from 0.899 to 0.449 at Ma 1 instead. Carter's two
    branches meet at Ma 0.722 with different slopes; they are blended over Ma 0.6 to 0.85. A cube keeps more of its
    drag when slow (0.75 of 1.11, Hoerner 1965, ch. 16): subsonic drag of an irregular piece is uncertain by a third.

    Args:
        mach_number: speed over speed of sound.

    Returns:
        C_D: 0.41 (slow), 0.98 (largest, near Ma 1.6), 0.914 (hypersonic).
    """
    fast = max(mach_number, 5.0)
    level = 0.9140 - 0.38 / (fast * fast)
    slow = 0.45 * mach_number * mach_number + 0.424
    shifted = mach_number + 0.35
    swift = 2.1 * exp(-1.2 * shifted) - 8.9 * exp(-2.2 * shifted) + 0.92
    blend = min(max((mach_number - 0.6) / 0.25, 0.0), 1.0)
    blend *= blend * (3.0 - 2.0 * blend)
    return level / 0.92 * ((1.0 - blend) * slow + blend * swift)


@kernel
def free_molecular_share(knudsen_number: float) -> float:
    """Where the flow stands between continuum (0) and free-molecular (1).

    erf of a cubic in log10 Kn through SESAM's bridge of ten values from Kn 0.0075 to 1.33 (largest residual 0.006; the
    cubic rises everywhere).

    Args:
        knudsen_number: mean free path over characteristic length.

    Returns:
        0..1.
    """
    d = log10(knudsen_number) + 0.82657
    return 0.5 * (1.0 + erf(d * (1.64263 + d * (0.30540 + d * 0.48543))))


@kernel
def drag_coefficient(mach_number: float, knudsen_number: float) -> float:
    """Drag coefficient of a randomly tumbling convex body on its mean projected area (a quarter of its surface).

    Continuum plus ``free_molecular_share`` of the way to free-molecular.

    Args:
        mach_number: speed over speed of sound.
        knudsen_number: mean free path over characteristic length.

    Returns:
        C_D.
    """
    continuum = continuum_drag_coefficient(mach_number)
    free = free_molecular_drag_coefficient(mach_number)
    return continuum + (free - continuum) * free_molecular_share(knudsen_number)


@kernel
def drag_ratio(mach_number: float, knudsen_number: float) -> float:
    """Drag coefficient of a tumbling convex body over the value that it has in orbit.

    Carries a drag area that was fitted in orbit (free-molecular, near Ma 10) down to the ground: exactly 1 where the
    flow is free-molecular, whatever the temperature there, the continuum law over ``ORBITAL_DRAG_COEFFICIENT`` below.

    Args:
        mach_number: speed over speed of sound.
        knudsen_number: mean free path over characteristic length.

    Returns:
        1 in orbit, 0.43 in hypersonic flow, 0.20 near the ground.
    """
    share = free_molecular_share(knudsen_number)
    return share + (1.0 - share) * continuum_drag_coefficient(mach_number) / ORBITAL_DRAG_COEFFICIENT
