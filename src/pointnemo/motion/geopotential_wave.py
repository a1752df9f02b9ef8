"""What the finer gravity field does to an orbit within a day: up to 150 m of semi-major axis for the station.

``mean_elements`` takes out what J2 does. The zonal harmonics beyond it and the tesseral ones shake the semi-major axis
and the e-vector too, within a revolution and with the turn of the Earth. In a single tracked state that is worth days
of decay, so it is taken out here.

Each harmonic of order m, seen along the mean ellipse, is a Fourier series in the mean argument of latitude l and turns
with the Earth: terms R_km in k l - m theta. Lagrange's equations, integrated with the rates of l and theta (Kaula 1966,
Theory of Satellite Geodesy, section 3.4), give with S_km = R_km / (i (k l' - m theta'))

    da = 2 / (n a) dS/dl,    d(ex) = -1 / (n a^2) dS/d(ey),    d(ey) = 1 / (n a^2) dS/d(ex)    (first order in e).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.motion.averaged import zonal_rates
from pointnemo.motion.gravity import load_gravity
from pointnemo.motion.mean_elements import Mean, mean_from_osculating, on_ellipse
from pointnemo.world.earth import (
    EARTH_ROTATION_RAD_S,
    MU_KM3_S2,
    EarthOrientation,
    gcrs_to_itrs,
    greenwich_angle,
)

__all__ = ["Wave", "geopotential_wave", "steady_mean"]

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

NODES = 128
DEGREE = 30
STEP = 1e-5  # of e, for the derivatives of S


class Wave(NamedTuple):
    """Osculating minus mean, by all harmonics but J2.

    Attributes:
        a_km: semi-major axis.
        ex: e cos(argument of perigee).
        ey: e sin(argument of perigee).
    """

    a_km: float
    ex: float
    ey: float


def steady_mean(tt_s: float, r_km: ArrayLike, v_km_s: ArrayLike, eo: EarthOrientation, degree: int = DEGREE) -> Mean:
    """Mean orbit of one state with both J2 and the finer field taken out: what a history of years starts from.

    Args:
        tt_s: TT seconds since J2000.
        r_km: GCRS position, shape (3,).
        v_km_s: GCRS velocity, shape (3,).
        eo: Earth orientation.
        degree: of the field, 2 to 36.

    Returns:
        Mean orbit, referred to the equator of date. Along a drag-free ISS orbit its semi-major axis is steady to 5 m.

    Raises:
        FlightError: the state is no orbit of eccentricity below 0.3, or lies in the equator.
        WorldError: the epoch lies outside ``eo``.
    """
    mean = mean_from_osculating(r_km, v_km_s, gcrs_to_itrs(tt_s, eo)[2])
    wave = geopotential_wave(mean, float(greenwich_angle(tt_s, eo)), degree)
    return mean._replace(a_km=mean.a_km - wave.a_km, ex=mean.ex - wave.ex, ey=mean.ey - wave.ey)


def geopotential_wave(mean: Mean, earth_angle_rad: float, degree: int = DEGREE) -> Wave:
    """Changes within a day by all harmonics but J2, to first order.

    Args:
        mean: mean orbit, referred to the equator of date.
        earth_angle_rad: Earth rotation angle (``world.earth.greenwich_angle``).
        degree: of the field, 2 to 36.

    Returns:
        What to subtract from elements that ``mean_from_osculating`` made.
    """
    motion = np.sqrt(MU_KM3_S2 / mean.a_km**3)
    per_angle, _ = _integrated_potential(mean, earth_angle_rad, degree)
    slopes = []
    for step in ((STEP, 0.0), (0.0, STEP)):
        ahead, behind = (
            _integrated_potential(
                mean._replace(ex=mean.ex + h * step[0], ey=mean.ey + h * step[1]), earth_angle_rad, degree
            )
            for h in (1.0, -1.0)
        )
        slopes.append((ahead[1] - behind[1]) / (2.0 * STEP))
    unit = 1.0 / (motion * mean.a_km**2)
    return Wave(2.0 * mean.a_km * unit * per_angle, -unit * slopes[1], unit * slopes[0])


def _integrated_potential(mean: Mean, earth_angle_rad: float, degree: int) -> tuple[float, float]:
    """Derivative of S by the mean argument of latitude, and S itself (km2/s), without what does not vary in a day."""
    points = on_ellipse(mean.ex, mean.ey, mean.a_km, 2.0 * np.pi * np.arange(NODES) / NODES)
    potential = _potential_by_order(points.radius_km, points.cos_u, points.sin_u, mean, degree)
    spectrum = np.fft.fft(potential, axis=1) / NODES
    k = np.fft.fftfreq(NODES, 1.0 / NODES)
    m = np.arange(degree + 1.0)[:, None]
    node_rate, perigee_rate, _ = zonal_rates(mean.a_km, float(np.hypot(mean.ex, mean.ey)), mean.inclination_rad)
    latitude_rate = np.sqrt(MU_KM3_S2 / mean.a_km**3) + perigee_rate
    rate = k * latitude_rate - m * (EARTH_ROTATION_RAD_S - node_rate)
    phase = np.exp(1j * (k * mean.argument_of_latitude_rad - m * earth_angle_rad))
    series = np.divide(spectrum * phase, 1j * rate, out=np.zeros_like(spectrum), where=rate != 0.0)
    return float(np.real(1j * k * series).sum()), float(np.real(series).sum())


def _potential_by_order(
    radius_km: FloatArray, cos_u: FloatArray, sin_u: FloatArray, mean: Mean, degree: int
) -> ComplexArray:
    """Disturbing potential (km2/s2) of each order m along the ellipse at Earth angle zero, shape (degree + 1, n).

    The potential at Earth angle theta is the real part of the sum over m of row m times exp(-i m theta). Fully
    normalised Legendre functions by the forward column recursion (Holmes and Featherstone 2002, J. Geodesy 76, eq. 11).
    """
    gravity = load_gravity(degree)
    sin_latitude = np.sin(mean.inclination_rad) * sin_u
    cos_latitude = np.sqrt(1.0 - sin_latitude**2)
    ascension = mean.node_rad + np.arctan2(np.cos(mean.inclination_rad) * sin_u, cos_u)
    ratio = gravity.radius_m / 1000.0 / radius_km
    potential = np.zeros((degree + 1, len(radius_km)), dtype=np.complex128)
    sectoral = np.ones_like(radius_km)
    index = 0  # of (n, m) in the arrays of ``gravity``, which run by order, then by degree
    for m in range(degree + 1):
        if m:
            sectoral = sectoral * cos_latitude * gravity.along[index]
        below, here = np.zeros_like(radius_km), sectoral
        for n in range(m, degree + 1):
            if n > m:
                below, here = here, gravity.along[index] * sin_latitude * here - gravity.back[index] * below
            if n > 2 or (n == 2 and m):
                potential[m] += ratio**n * here * (gravity.c[index] - 1j * gravity.s[index])
            index += 1
        potential[m] *= np.exp(1j * m * ascension)
    return potential * (MU_KM3_S2 / radius_km)
