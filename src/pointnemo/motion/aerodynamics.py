"""Drag of a randomly tumbling convex body, from free-molecular flow to terminal velocity.

One law for station and fragment. The reference area is the mean projected area: a quarter of the wetted surface for any
convex body in uniform random tumbling (Cauchy 1832), so that sphere, cylinder, box and plate share one coefficient.
The supersonic part is that of the sphere in ESA's SESAM 2.3 aerothermodynamic data base: continuum and free-molecular
values by Mach number and an error function between them (figures measured from DRAMA 4.1.4 output).

A body that does not tumble, or whose shape is known, carries a ``Drag``: factors on the two ends of that law, its own
law below Mach 5, and the bridge between the flow regimes. ``Drag()`` is the tumbling sphere, to the bit.
"""

from __future__ import annotations

from math import cos, erf, exp, log10, pi, sin, sqrt
from typing import NamedTuple

from pointnemo.compiled import kernel

__all__ = [
    "BRIDGES",
    "SLOW_LAWS",
    "Drag",
    "bridged_share",
    "continuum_drag",
    "continuum_drag_coefficient",
    "drag_coefficient",
    "drag_ratio",
    "free_molecular_drag_coefficient",
    "free_molecular_share",
    "knudsen",
    "mach",
    "mean_free_path_m",
    "panel_free_molecular",
    "shaped_drag_coefficient",
]

GAS_CONSTANT_J_MOL_K = 8.31446261815324  # CODATA 2018
AVOGADRO_1_MOL = 6.02214076e23  # CODATA 2018
HEAT_RATIO = 1.4  # diatomic gas; SESAM's convention at all heights
MOLECULE_DIAMETER_M = 3.65e-10  # hard sphere; US Standard Atmosphere 1976, section 1.3.8; SESAM's convention
SLOW_SPHERE, SLOW_CUBE, SLOW_PLATE, SLOW_STEP = 0, 1, 2, 3
SLOW_LAWS = {"sphere": SLOW_SPHERE, "cube": SLOW_CUBE, "plate": SLOW_PLATE, "step": SLOW_STEP}
"""Laws of drag below Mach 5, by name; see ``continuum_drag``."""

BRIDGE_ERF, BRIDGE_SIN2, BRIDGE_SIN3, BRIDGE_SESAM, BRIDGE_ERF_LOG = 0, 1, 2, 3, 4
BRIDGES = {
    "erf": BRIDGE_ERF, "table": BRIDGE_SESAM, "sin2": BRIDGE_SIN2, "sin3": BRIDGE_SIN3, "erf-log": BRIDGE_ERF_LOG,
}  # fmt: skip
"""Bridges between continuum and free-molecular flow, by name; see ``bridged_share``."""

_SHARES = (0.0, 0.0021, 0.0287, 0.1021, 0.2517, 0.4567, 0.6850, 0.8897, 0.9760, 1.0)
_SHARES_START, _SHARES_STEP = -2.125, 0.25  # log10 Kn of the first of SESAM's values, and between them

NO_SLIP_KN = 1e-3
"""Below, the bridge of ``free_molecular_share`` is 0 to the last bit, and need not be worked out: most of a fall."""

ORBITAL_DRAG_COEFFICIENT = 2.148  # free-molecular, Ma 10: SESAM's sphere where orbital drag is fitted


class Drag(NamedTuple):
    """How the drag of a body differs from that of the randomly tumbling convex body with the same surface.

    Attributes:
        continuum: factor on the continuum coefficient, at every Mach number.
        free: factor on the free-molecular coefficient.
        slow: law below Mach 5, one of ``SLOW_LAWS``.
        bridge: between the regimes, one of ``BRIDGES``.
    """

    continuum: float = 1.0
    free: float = 1.0
    slow: int = SLOW_SPHERE
    bridge: int = BRIDGE_ERF


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
    if mach_number <= 0.6:  # half of a fall: no exponentials for what they do not change
        return level / 0.92 * slow
    shifted = mach_number + 0.35
    swift = 2.1 * exp(-1.2 * shifted) - 8.9 * exp(-2.2 * shifted) + 0.92
    blend = min((mach_number - 0.6) / 0.25, 1.0)
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
    if knudsen_number < NO_SLIP_KN:
        return 0.0
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


@kernel
def continuum_drag(mach_number: float, law: int) -> float:
    """Continuum drag coefficient of a tumbling body on its mean projected area, by the shape of the body.

    All laws share the hypersonic level of ``continuum_drag_coefficient``. Below Mach 5:

    - sphere: ``continuum_drag_coefficient``.
    - cube: the measured law of Carter (2011), as used by the Desert Fireball Network, over its own fast value 1.67
      (1.11 on the mean projected area of a cube): 0.60 Ma^2 + 1.04 below Ma 1.15, 2.1 exp(-1.16(Ma + .35)) -
      6.5 exp(-2.23(Ma + .35)) + 1.67 above, blended over Ma 0.95 to 1.2, where the two branches differ by 0.02 at 1.15.
    - plate: no fall. The ballistic coefficient of a blunt plate is about the same fast and slow (open survey); normal
      force 1.17 at any steep incidence (Hoerner 1965, from memory) and Newtonian flow average to 1.17 and 0.92.
    - step: SESAM's sphere as measured, half of the hypersonic value below Mach 1.

    Args:
        mach_number: speed over speed of sound.
        law: one of ``SLOW_LAWS``.

    Returns:
        C_D.
    """
    if law == SLOW_SPHERE:
        return continuum_drag_coefficient(mach_number)
    fast = max(mach_number, 5.0)
    level = 0.9140 - 0.38 / (fast * fast)
    if law == SLOW_CUBE:
        slow = 0.60 * mach_number * mach_number + 1.04
        shifted = mach_number + 0.35
        swift = 2.1 * exp(-1.16 * shifted) - 6.5 * exp(-2.23 * shifted) + 1.67
        blend = min(max((mach_number - 0.95) / 0.25, 0.0), 1.0)
        blend *= blend * (3.0 - 2.0 * blend)
        return level / 1.67 * ((1.0 - blend) * slow + blend * swift)
    if law == SLOW_STEP and mach_number < 1.0:
        return 0.5 * level
    return level


@kernel
def bridged_share(knudsen_number: float, bridge: int) -> float:
    """Where the flow stands between continuum (0) and free-molecular (1), by the bridge asked for.

    Args:
        knudsen_number: mean free path over characteristic length.
        bridge: erf: ``free_molecular_share``, a fit to SESAM; table: SESAM's ten measured values themselves, linear
            in log10 Kn; sin2: sin^2(pi (1/2 + log10 Kn / 4)), as commonly published for Kn 0.01 to 1; sin3: its cube
            in place of its square (ORSAT, Trisolini; from memory). Their angle is clamped to 0..pi/2: the share
            neither leaves 0..1 nor turns back. erf-log: (1 + erf(4 x - 2)) / 2 with x running from 0 to 1 in log10 Kn
            between Kn 1e-4 and 100 (FOSTRAD, TITAN, for pressure); it steps by 0.002 at both ends, as published.

    Returns:
        0..1.
    """
    if bridge == BRIDGE_ERF:
        return free_molecular_share(knudsen_number)
    decade = log10(knudsen_number)
    if bridge == BRIDGE_ERF_LOG:
        along = (decade + 4.0) / 6.0
        if along <= 0.0 or along >= 1.0:
            return 0.0 if along <= 0.0 else 1.0
        return 0.5 * (1.0 + erf(4.0 * along - 2.0))
    if bridge == BRIDGE_SESAM:
        last = len(_SHARES) - 1
        place = min(max((decade - _SHARES_START) / _SHARES_STEP, 0.0), float(last))
        low = min(int(place), last - 1)
        return _SHARES[low] + (place - low) * (_SHARES[low + 1] - _SHARES[low])
    angle = min(max(0.5 + 0.25 * decade, 0.0), 0.5) * pi
    wave = sin(angle)
    return wave * wave if bridge == BRIDGE_SIN2 else wave * wave * wave


@kernel
def shaped_drag_coefficient(mach_number: float, knudsen_number: float, drag: Drag) -> float:
    """Drag coefficient on a quarter of the surface, for a body of known shape and attitude.

    Args:
        mach_number: speed over speed of sound.
        knudsen_number: mean free path over characteristic length.
        drag: the body; ``Drag()`` gives ``drag_coefficient`` to the bit.

    Returns:
        C_D.
    """
    continuum = drag.continuum * continuum_drag(mach_number, drag.slow)
    free = drag.free * free_molecular_drag_coefficient(mach_number)
    return continuum + (free - continuum) * bridged_share(knudsen_number, drag.bridge)


@kernel
def panel_free_molecular(
    speed_ratio: float,
    incidence_rad: float,
    wall_ratio: float,
    normal: float = 1.0,
    tangential: float = 1.0,
    heat_ratio: float = HEAT_RATIO,
) -> tuple[float, float, float]:
    """Pressure, shear and heat of a flat panel in free-molecular flow (Schaaf, Chambre 1961).

    Args:
        speed_ratio: s, speed over the most probable molecular speed sqrt(2RT): Ma sqrt(gamma / 2).
        incidence_rad: of the flow to the panel; pi/2 head-on, negative in the lee.
        wall_ratio: wall over air temperature.
        normal: normal momentum accommodation, 0..1.
        tangential: tangential momentum accommodation, 0..1; taken for the energy too.
        heat_ratio: of the specific heats of the air.

    Returns:
        C_p and C_tau on rho V^2 / 2, and heat over rho V^3 / 2.
    """
    s, s2 = speed_ratio, speed_ratio * speed_ratio
    across = s * sin(incidence_rad)
    bell = exp(-across * across)
    both = 1.0 + erf(across)
    root_pi, root_wall = sqrt(pi), sqrt(wall_ratio)
    first = (2.0 - normal) / root_pi * across + 0.5 * normal * root_wall
    second = (2.0 - normal) * (across * across + 0.5) + 0.5 * normal * root_pi * root_wall * across
    flux = bell + root_pi * across * both
    pressure = (first * bell + second * both) / s2
    shear = tangential * cos(incidence_rad) / (s * root_pi) * flux
    g = heat_ratio
    energy = s2 + g / (g - 1.0) - 0.5 * (g + 1.0) / (g - 1.0) * wall_ratio
    # p sqrt(RT / 2 pi) over rho V^3 / 2 is 1 / (2 sqrt(pi) s^3)
    heat = tangential * (energy * flux - 0.5 * bell) / (2.0 * root_pi * s2 * s)
    return pressure, shear, heat
