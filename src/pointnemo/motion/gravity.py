"""The Earth's gravity in the Earth-fixed frame: EGM2008 to degree 36, and central + J2..J4 for fragments.

Kernels are free of objects and of allocation: everything they need is in a flat, precomputed ``Gravity``.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.errors import WorldError

__all__ = ["J2", "J3", "J4", "Gravity", "gravity_acceleration", "load_gravity", "zonal_acceleration"]

MU_M3_S2 = 3.986004415e14
"""Earth's gravitational parameter of EGM2008, m3/s2 (Pavlis et al. 2012)."""

RADIUS_M = 6378136.3
"""Reference radius of EGM2008, m (Pavlis et al. 2012)."""

# J_n = -sqrt(2n + 1) C_n0 of the table in world/data/egm2008.csv (a test holds them together)
J2 = 1.0826261738522e-3
J3 = -2.5324105185677e-6
J4 = -1.6198975999169e-6

FloatArray = NDArray[np.float64]


class Gravity(NamedTuple):
    """A spherical-harmonic field, ready for the kernel.

    The arrays are one-dimensional and run by order, then by degree: (0,0), (1,0) .. (N,0), (1,1) .. (N,1), ...

    Attributes:
        degree: largest degree and order, N.
        c: fully normalised cosine coefficients, shape ((N+1)(N+2)/2,).
        s: fully normalised sine coefficients, same shape.
        mu_m3_s2: gravitational parameter.
        radius_m: reference radius.
        along: factor of the degree-1 neighbour in the recursion of Legendre functions; at n = m the sectoral factor.
        back: factor of the degree-2 neighbour in that recursion.
    """

    degree: int
    c: FloatArray
    s: FloatArray
    mu_m3_s2: float
    radius_m: float
    along: FloatArray
    back: FloatArray


@lru_cache(maxsize=8)
def load_gravity(degree: int = 16) -> Gravity:
    """Read EGM2008 up to a degree and order and prepare the recursion factors.

    Args:
        degree: 2..36.

    Returns:
        The field. Its arrays are read-only and shared between callers.

    Raises:
        WorldError: the degree is outside the shipped table.
    """
    text = files("pointnemo.world").joinpath("data", "egm2008.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if line and not line.startswith(("#", "degree"))]
    available = max(int(row[0]) for row in rows)
    if not 2 <= degree <= available:
        raise WorldError(
            f"gravity of degree {degree} was asked for; the shipped EGM2008 holds degrees 2 to {available}"
        )
    table = {(int(n), int(m)): (float(c), float(s)) for n, m, c, s in rows}
    table[(0, 0)] = (1.0, 0.0)
    pairs = [(n, m) for m in range(degree + 1) for n in range(m, degree + 1)]
    arrays = (
        np.array([table.get(pair, (0.0, 0.0))[0] for pair in pairs]),
        np.array([table.get(pair, (0.0, 0.0))[1] for pair in pairs]),
        np.array([_along(n, m) for n, m in pairs]),
        np.array([_back(n, m) for n, m in pairs]),
    )
    for array in arrays:
        array.flags.writeable = False
    c, s, along, back = arrays
    return Gravity(degree, c, s, MU_M3_S2, RADIUS_M, along, back)


def _along(n: int, m: int) -> float:
    """Factor of A(n-1,m), or of A(m-1,m-1) where n = m, for fully normalised functions (Holmes, Featherstone 2002,
    eqs. 11-13)."""
    if n == m:
        return 1.0 if m == 0 else sqrt(3.0) if m == 1 else sqrt((2 * m + 1) / (2 * m))
    return sqrt((2 * n + 1) * (2 * n - 1) / ((n - m) * (n + m)))


def _back(n: int, m: int) -> float:
    """Factor of A(n-2,m) for fully normalised functions (Holmes, Featherstone 2002, eq. 12)."""
    if n < m + 2:
        return 0.0
    return sqrt((2 * n + 1) * (n + m - 1) * (n - m - 1) / ((n - m) * (n + m) * (2 * n - 3)))


@kernel
def gravity_acceleration(x: float, y: float, z: float, gravity: Gravity) -> tuple[float, float, float]:
    """Acceleration of a spherical-harmonic field, without singularity at the poles.

    With s, t, u = x/r, y/r, z/r the potential is mu/r * sum (a/r)^n A_nm(u) Re[(C_nm - i S_nm)(s + i t)^m], where
    A_nm is the normalised Legendre function freed of its factor cos^m(latitude) (Pines 1973, AIAA J. 11, 1508-1511).
    Here A and dA/du run up the degrees of one order by the same three-term recursion, so that no table is needed,
    and the gradient is taken in (r, s, t, u).

    Args:
        x: Earth-fixed position, m.
        y: Earth-fixed position, m.
        z: Earth-fixed position, m.
        gravity: the field.

    Returns:
        Earth-fixed acceleration, m/s2, central term included.
    """
    r = sqrt(x * x + y * y + z * z)
    s, t, u = x / r, y / r, z / r
    ratio = gravity.radius_m / r
    ratio2 = ratio * ratio
    radial, by_s, by_t, by_u = 0.0, 0.0, 0.0, 0.0
    sector = 1.0  # (a/r)^m A_mm
    real, imag = 1.0, 0.0  # (s + i t)^m
    real_below, imag_below = 0.0, 0.0  # (s + i t)^(m-1)
    k = 0
    for m in range(gravity.degree + 1):
        if m > 0:
            sector *= gravity.along[k] * ratio
            real_below, imag_below = real, imag
            real, imag = s * real_below - t * imag_below, s * imag_below + t * real_below
        a_now, a_last = sector, 0.0
        d_now, d_last = 0.0, 0.0
        # sums over the degrees of this order: A, dA/du and (n + 1) A, each with C and with S
        ac, as_ = a_now * gravity.c[k], a_now * gravity.s[k]
        dc, ds = 0.0, 0.0
        rc, rs = (m + 1) * ac, (m + 1) * as_
        k += 1
        for n in range(m + 1, gravity.degree + 1):
            along = gravity.along[k] * ratio
            back = gravity.back[k] * ratio2
            d_next = along * (a_now + u * d_now) - back * d_last
            a_next = along * u * a_now - back * a_last
            a_last, a_now, d_last, d_now = a_now, a_next, d_now, d_next
            c, sn = gravity.c[k], gravity.s[k]
            ac += a_now * c
            as_ += a_now * sn
            dc += d_now * c
            ds += d_now * sn
            rc += (n + 1) * a_now * c
            rs += (n + 1) * a_now * sn
            k += 1
        radial -= rc * real + rs * imag
        by_s += m * (ac * real_below + as_ * imag_below)
        by_t += m * (as_ * real_below - ac * imag_below)
        by_u += dc * real + ds * imag
    scale = gravity.mu_m3_s2 / (r * r)
    along_r = radial - (s * by_s + t * by_t + u * by_u)
    return scale * (along_r * s + by_s), scale * (along_r * t + by_t), scale * (along_r * u + by_u)


@kernel
def zonal_acceleration(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Central acceleration with J2, J3 and J4, for flights of minutes.

    The gradient of mu/r [1 - sum J_n (a/r)^n P_n(u)], u = z/r (Vallado 2013, section 8.6.1), zonals of EGM2008.

    Args:
        x: Earth-fixed position, m.
        y: Earth-fixed position, m.
        z: Earth-fixed position, m.

    Returns:
        Earth-fixed acceleration, m/s2.
    """
    r2 = x * x + y * y + z * z
    r = sqrt(r2)
    u = z / r
    u2 = u * u
    ratio = RADIUS_M / r
    j2 = J2 * ratio * ratio
    j3 = J3 * ratio * ratio * ratio
    j4 = J4 * ratio * ratio * ratio * ratio
    # sum J_n ratio^n P_n'(u) and sum J_n ratio^n (n + 1) P_n(u); the gradient of u is (z^ - u r^)/r
    slope = 3.0 * j2 * u + j3 * (7.5 * u2 - 1.5) + j4 * (17.5 * u2 - 7.5) * u
    swell = j2 * (4.5 * u2 - 1.5) + j3 * (10.0 * u2 - 6.0) * u + j4 * 0.625 * ((35.0 * u2 - 30.0) * u2 + 3.0)
    mu_r2 = MU_M3_S2 / r2
    along_r = -mu_r2 * (1.0 - swell - u * slope) / r
    return along_r * x, along_r * y, along_r * z - mu_r2 * slope
