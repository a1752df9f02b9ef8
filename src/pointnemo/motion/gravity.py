"""The Earth's gravity in the Earth-fixed frame: EGM2008 to degree 36, and central + J2..J4 for fragments.

Kernels are free of objects and of allocation: everything they need is in a flat, precomputed ``Gravity``.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from math import factorial, sqrt
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

    The arrays but ``rows`` are one-dimensional and run by order, then by degree: (0,0), (1,0) .. (N,0), (1,1) ..

    Attributes:
        degree: largest degree and order, N.
        c: fully normalised cosine coefficients, shape ((N+1)(N+2)/2,).
        s: fully normalised sine coefficients, same shape.
        mu_m3_s2: gravitational parameter.
        radius_m: reference radius.
        along: factor of the degree-1 neighbour in the recursion of Legendre functions; at n = m the sectoral factor.
        back: factor of the degree-2 neighbour in that recursion.
        rows: what the kernel reads, see ``_pairs_of_orders``.
    """

    degree: int
    c: FloatArray
    s: FloatArray
    mu_m3_s2: float
    radius_m: float
    along: FloatArray
    back: FloatArray
    rows: FloatArray


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
    c, s, along, back = arrays
    rows = _pairs_of_orders(dict(zip(pairs, c, strict=True)), dict(zip(pairs, s, strict=True)), degree)
    for array in (*arrays, rows):
        array.flags.writeable = False
    return Gravity(degree, c, s, MU_M3_S2, RADIUS_M, along, back, rows)


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


def _pairs_of_orders(c: dict[tuple[int, int], float], s: dict[tuple[int, int], float], degree: int) -> FloatArray:
    """Coefficients of the three components of the gradient, each a harmonic function of one degree more.

    Cunningham 1970 (Celest. Mech. 2, 207-216) writes the acceleration as a sum over his functions V and W of degree
    n + 1 and orders m - 1, m, m + 1 (Montenbruck, Gill 2000, eq. 3.33); here that sum is collected by V and W once and
    for all.

    Args:
        c: fully normalised cosine coefficients by (degree, order).
        s: fully normalised sine coefficients.
        degree: largest degree and order of ``c`` and ``s``.

    Returns:
        Shape (rows, 14). Orders 0 and 1, 2 and 3, ... share their rows, which run up the degrees from m and from m + 1;
        each half is (x of V, x of W, y of V, y of W, z of V, z of W, factor of the degree-2 neighbour).
    """
    top = degree + 1
    parts = np.zeros((top + 2, top + 2, 6))
    for (n, m), cosine in c.items():
        weight = sqrt((2 - (m == 0)) * (2 * n + 1) * factorial(n - m) / factorial(n + m))
        cc, ss = weight * cosine, weight * s[n, m]
        parts[n + 1, m, 4:] -= (n - m + 1) * np.array([cc, ss])
        if m == 0:
            parts[n + 1, 1] -= (cc, 0.0, 0.0, cc, 0.0, 0.0)
            continue
        parts[n + 1, m + 1] += 0.5 * np.array([-cc, -ss, ss, -cc, 0.0, 0.0])
        parts[n + 1, m - 1] += 0.5 * (n - m + 1) * (n - m + 2) * np.array([cc, ss, ss, -cc, 0.0, 0.0])

    def half(n: int, m: int) -> FloatArray:
        """Coefficients for the Legendre function whose highest power has the factor 1, and its recursion factor."""
        if m > top or n > top:
            return np.zeros(7)
        leading = factorial(2 * n) / (2**n * factorial(n) * factorial(n - m))
        back = (n + m - 1) * (n - m - 1) / ((2 * n - 1) * (2 * n - 3)) if n > m + 1 else 0.0
        return np.append(leading * parts[n, m], back)

    rows = [
        np.concatenate([half(m + step, m), half(m + 1 + step, m + 1)])
        for m in range(0, top + 1, 2)
        for step in range(top - m + 1)
    ]
    return np.array(rows)


@kernel
def gravity_acceleration(x: float, y: float, z: float, gravity: Gravity) -> tuple[float, float, float]:
    """Acceleration of a spherical-harmonic field, without singularity at the poles.

    With q = (a/r)^2, p = (a/r) z/r and w = (a/r)(x + i y)/r each component is mu/a^2 (a/r) times the sum over degrees n
    and orders m of T_nm(p, q) Re[(V_nm - i W_nm) w^m], where V and W are the coefficients of ``_pairs_of_orders`` and T
    is the Legendre function of z/r freed of its factor cos^m(latitude) (Pines 1973, AIAA J. 11, 1508-1511) and times
    (a/r)^(n - m), its highest power with the factor 1:

        T_mm = 1,  T_nm = p T_(n-1)m - q (n+m-1)(n-m-1) / ((2n-1)(2n-3)) T_(n-2)m

    (Abramowitz and Stegun 1964, eq. 8.5.3, scaled). The recursion is a chain in which every link waits for the one
    before; two orders at a time fill the wait.

    Args:
        x: Earth-fixed position, m.
        y: Earth-fixed position, m.
        z: Earth-fixed position, m.
        gravity: the field.

    Returns:
        Earth-fixed acceleration, m/s2, central term included.
    """
    f = gravity.radius_m / (x * x + y * y + z * z)
    p, q, s, t = z * f, gravity.radius_m * f, x * f, y * f
    ax, ay, az = 0.0, 0.0, 0.0
    real, imag = 1.0, 0.0  # w^m
    rows = gravity.rows
    top = gravity.degree + 1
    k = 0
    for m in range(0, top + 1, 2):
        now, last, next_now, next_last = 1.0, 0.0, 1.0, 0.0  # T of order m and of order m + 1
        xv, xw, yv, yw, zv, zw = rows[k, 0], rows[k, 1], rows[k, 2], rows[k, 3], rows[k, 4], rows[k, 5]
        next_xv, next_xw, next_yv, next_yw, next_zv, next_zw = (
            rows[k, 7],
            rows[k, 8],
            rows[k, 9],
            rows[k, 10],
            rows[k, 11],
            rows[k, 12],
        )
        k += 1
        for _ in range(top - m):
            now, last = p * now - rows[k, 6] * q * last, now
            xv += now * rows[k, 0]
            xw += now * rows[k, 1]
            yv += now * rows[k, 2]
            yw += now * rows[k, 3]
            zv += now * rows[k, 4]
            zw += now * rows[k, 5]
            next_now, next_last = p * next_now - rows[k, 13] * q * next_last, next_now
            next_xv += next_now * rows[k, 7]
            next_xw += next_now * rows[k, 8]
            next_yv += next_now * rows[k, 9]
            next_yw += next_now * rows[k, 10]
            next_zv += next_now * rows[k, 11]
            next_zw += next_now * rows[k, 12]
            k += 1
        ax += xv * real + xw * imag
        ay += yv * real + yw * imag
        az += zv * real + zw * imag
        real, imag = s * real - t * imag, s * imag + t * real
        ax += next_xv * real + next_xw * imag
        ay += next_yv * real + next_yw * imag
        az += next_zv * real + next_zw * imag
        real, imag = s * real - t * imag, s * imag + t * real
    scale = gravity.mu_m3_s2 * sqrt(q) / (gravity.radius_m * gravity.radius_m)
    return scale * ax, scale * ay, scale * az


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
