"""Osculating orbit <-> mean orbit: the short-period motion that J2 causes, taken out or put in.

Mean elements are those of Brouwer (1959, AJ 64, 378-397): what remains after the first-order terms of J2 that vary
within a revolution; long-period terms stay in. Instead of his series, which are singular for a circular orbit, the
terms are the integral of Gauss's equations over the mean ellipse, taken by Fourier series: exact in the eccentricity,
without singularity except at the equator, and the same to first order.

The equator that matters is that of date: since 2000 the Earth's pole has moved by 0.15 degrees (2027) against the GCRS
z axis, so that in GCRS the inclination of the station swings by that much with every turn of its node. Callers who know
the epoch pass ``pole``, the unit vector of the true pole in GCRS (third row of ``world.earth.gcrs_to_itrs``); elements
are then referred to the equator of date and to the GCRS x axis, carried there by the smallest rotation (the celestial
intermediate origin, to 0.1 arcsec until 2050). States are GCRS in either case.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import FlightError
from pointnemo.motion.gravity import J2
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

__all__ = [
    "Mean",
    "Points",
    "axes_of_pole",
    "keplerian_state",
    "mean_altitude_km",
    "mean_from_osculating",
    "on_ellipse",
    "osculating_from_mean",
    "short_period",
]

FloatArray = NDArray[np.float64]

NODES = 64
"""Points along the ellipse; at e = 0.05 the series is cut below 1e-9."""

ITERATIONS = 30
CLOSE = 1e-12
MAX_ECCENTRICITY = 0.3
_MEAN_ANGLES = 2.0 * np.pi * np.arange(NODES) / NODES
_HARMONIC = np.fft.rfftfreq(NODES, 1.0 / NODES)


class Mean(NamedTuple):
    """A mean orbit, referred to the equator of date or to that of the GCRS (see the module).

    Attributes:
        a_km: semi-major axis.
        ex: e cos(argument of perigee).
        ey: e sin(argument of perigee).
        inclination_rad: inclination.
        node_rad: right ascension of the ascending node.
        argument_of_latitude_rad: argument of perigee + mean anomaly, -pi..pi where made here; any value is taken.
    """

    a_km: float
    ex: float
    ey: float
    inclination_rad: float
    node_rad: float
    argument_of_latitude_rad: float


class Points(NamedTuple):
    """Points of an ellipse: cosine and sine of the (true) argument of latitude, radius in km, each shape (n,)."""

    cos_u: FloatArray
    sin_u: FloatArray
    radius_km: FloatArray


def mean_from_osculating(r_km: ArrayLike, v_km_s: ArrayLike, pole: ArrayLike | None = None) -> Mean:
    """Take the short-period motion out of a state.

    Args:
        r_km: GCRS position, shape (3,).
        v_km_s: GCRS velocity, shape (3,).
        pole: unit vector of the Earth's pole in GCRS, shape (3,); the GCRS z axis where not given.

    Returns:
        The mean orbit whose ``osculating_from_mean`` is this state, to a micrometre.

    Raises:
        FlightError: the state is no orbit of eccentricity below 0.3, or lies in the equator.
    """
    turn = axes_of_pole(pole)
    osculating = _elements(turn @ np.asarray(r_km, dtype=np.float64), turn @ np.asarray(v_km_s, dtype=np.float64))
    mean = osculating
    for _ in range(ITERATIONS):  # a contraction by J2, so each turn gains three digits
        step = osculating - (mean + short_period(Mean(*mean)))
        step[3:] = _wrapped(step[3:])
        mean = mean + step
        if np.abs(step / (mean[0], 1, 1, 1, 1, 1)).max() < CLOSE:
            break
    return Mean(*(float(value) for value in mean))


def osculating_from_mean(mean: Mean, pole: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
    """Put the short-period motion in.

    Args:
        mean: mean orbit.
        pole: as for ``mean_from_osculating``: the axis that the elements of ``mean`` are referred to.

    Returns:
        GCRS position (km) and velocity (km/s), each shape (3,).

    Raises:
        FlightError: eccentricity of 0.3 or more, or an equatorial orbit.
    """
    turn = axes_of_pole(pole)
    r, v = keplerian_state(Mean(*(np.array(mean) + short_period(mean))))
    return turn.T @ r, turn.T @ v


def mean_altitude_km(tt_s: ArrayLike, r_km: ArrayLike, v_km_s: ArrayLike, pole: ArrayLike | None = None) -> float:
    """Mean semi-major axis - 6378.137, averaged over an ephemeris: what tesseral harmonics shake (tens of metres in a
    single state) cancels over a day.

    Args:
        tt_s: epochs, shape (n,), increasing; about a day, at most 10 minutes apart.
        r_km: GCRS positions, shape (n, 3).
        v_km_s: GCRS velocities, shape (n, 3).
        pole: as for ``mean_from_osculating``.

    Returns:
        The time average, that is the altitude in the middle of the span of a steadily falling orbit.
    """
    times = np.asarray(tt_s, dtype=np.float64)
    states = zip(np.asarray(r_km, dtype=np.float64), np.asarray(v_km_s, dtype=np.float64), strict=True)
    a_km = np.array([mean_from_osculating(r, v, pole).a_km for r, v in states])
    if len(times) == 1:
        return float(a_km[0]) - EARTH_RADIUS_KM
    # uneven sampling (2 s within burns, 4 min elsewhere) must not weigh in: integrate over time
    return float(np.trapezoid(a_km, times) / (times[-1] - times[0])) - EARTH_RADIUS_KM


def keplerian_state(orbit: Mean) -> tuple[FloatArray, FloatArray]:
    """Position and velocity on an ellipse that has these elements, without any correction.

    Args:
        orbit: elements, here taken as osculating.

    Returns:
        Position (km) and velocity (km/s), each shape (3,), in the axes of the elements.
    """
    a, ex, ey, inclination, node, latitude = orbit
    place = on_ellipse(ex, ey, a, np.array([latitude]))
    cos_u, sin_u, radius = (float(value[0]) for value in place)
    parameter = a * (1.0 - ex * ex - ey * ey)
    ahead = np.array([np.cos(node), np.sin(node), 0.0])  # towards the node
    across = np.array([-np.sin(node) * np.cos(inclination), np.cos(node) * np.cos(inclination), np.sin(inclination)])
    speed = np.sqrt(MU_KM3_S2 / parameter)
    position = radius * (cos_u * ahead + sin_u * across)
    return position, speed * (-(sin_u + ey) * ahead + (cos_u + ex) * across)


def _wrapped(angle: FloatArray) -> FloatArray:
    return (angle + np.pi) % (2.0 * np.pi) - np.pi


def axes_of_pole(pole: ArrayLike | None) -> FloatArray:
    """Axes of the equator of date: the smallest rotation that brings the pole onto the z axis (Rodrigues).

    Elements made from states turned by it, and states made from such elements, need no ``pole``.

    Args:
        pole: as for ``mean_from_osculating``; None gives the identity.

    Returns:
        Matrix from GCRS to the axes of date, shape (3, 3).

    Raises:
        ValueError: the pole points south.
    """
    if pole is None:
        return np.eye(3)
    x, y, z = np.asarray(pole, dtype=np.float64) / np.linalg.norm(np.asarray(pole, dtype=np.float64))
    if z <= 0.0:
        raise ValueError("the pole points south")
    k = 1.0 / (1.0 + z)
    return np.array([[1.0 - k * x * x, -k * x * y, -x], [-k * x * y, 1.0 - k * y * y, -y], [x, y, z]])


def _elements(r: FloatArray, v: FloatArray) -> FloatArray:
    """Elements of a state as in ``Mean``, shape (6,) (Vallado 2013, section 2.5, in non-singular form)."""
    radius = float(np.linalg.norm(r))
    inverse_a = 2.0 / radius - float(v @ v) / MU_KM3_S2
    momentum = np.cross(r, v)
    h = float(np.linalg.norm(momentum))
    in_plane = float(np.hypot(momentum[0], momentum[1]))
    if not (inverse_a > 0.0 and in_plane > 1e-6 * h):
        raise FlightError("this state has no mean orbit: it is not bound to the Earth, or lies in the equator")
    node = np.arctan2(momentum[0], -momentum[1])
    inclination = np.arctan2(in_plane, momentum[2])
    ahead = np.array([np.cos(node), np.sin(node), 0.0])
    across = np.cross(momentum / h, ahead)
    vector = np.cross(v, momentum) / MU_KM3_S2 - r / radius
    ex, ey = float(vector @ ahead), float(vector @ across)
    _refuse_eccentric(ex, ey)
    a = 1.0 / inverse_a
    # eccentric longitude F from the position, then Kepler's equation: latitude = F - ex sin F + ey cos F
    eta = np.sqrt(1.0 - ex * ex - ey * ey)
    b = 1.0 / (1.0 + eta)
    x, y = float(r @ ahead) / a, float(r @ across) / a
    cos_f = ex + ((1.0 - b * ex * ex) * x - b * ex * ey * y) / eta
    sin_f = ey + ((1.0 - b * ey * ey) * y - b * ex * ey * x) / eta
    latitude = np.arctan2(sin_f, cos_f) - ex * sin_f + ey * cos_f
    return np.array([a, ex, ey, inclination, node, latitude])


def _refuse_eccentric(ex: float, ey: float) -> None:
    if not np.hypot(ex, ey) < MAX_ECCENTRICITY:
        raise FlightError(f"mean elements are for eccentricities below {MAX_ECCENTRICITY}, not {np.hypot(ex, ey):.3g}")


def on_ellipse(ex: float, ey: float, a_km: float, latitude: FloatArray) -> Points:
    """Place points on an ellipse: Kepler's equation in non-singular form (Broucke and Cefola 1972, Cel. Mech. 5).

    Args:
        ex: e cos(argument of perigee).
        ey: e sin(argument of perigee).
        a_km: semi-major axis.
        latitude: mean arguments of latitude, rad, shape (n,).

    Returns:
        The points.

    Raises:
        FlightError: eccentricity of 0.3 or more.
    """
    _refuse_eccentric(ex, ey)
    f = latitude.copy()
    for _ in range(ITERATIONS):
        cos_f, sin_f = np.cos(f), np.sin(f)
        change = (f - ex * sin_f + ey * cos_f - latitude) / (1.0 - ex * cos_f - ey * sin_f)
        f = f - change
        if np.abs(change).max() < CLOSE:
            break
    cos_f, sin_f = np.cos(f), np.sin(f)
    b = 1.0 / (1.0 + np.sqrt(1.0 - ex * ex - ey * ey))
    x = (1.0 - b * ey * ey) * cos_f + b * ex * ey * sin_f - ex
    y = (1.0 - b * ex * ex) * sin_f + b * ex * ey * cos_f - ey
    r = np.hypot(x, y)
    return Points(x / r, y / r, r * a_km)


def short_period(mean: Mean) -> FloatArray:
    """The short-period motion by J2: the periodic part of the integral of its rates over time.

    Brouwer's short-period terms have no average over the mean anomaly; nor have these, by leaving out harmonic 0.

    Args:
        mean: mean orbit.

    Returns:
        Osculating minus mean, shape (6,), in the order of ``Mean``.
    """
    a, ex, ey, inclination, _, latitude = mean
    motion = np.sqrt(MU_KM3_S2 / a**3)
    spectrum = np.fft.rfft(_rates(a, ex, ey, inclination), axis=1) / NODES
    spectrum[:, 0] = 0.0
    spectrum[:, -1] = 0.0  # the highest harmonic has no derivative on the grid
    order = np.maximum(_HARMONIC, 1.0)
    integral = spectrum / (1j * order * motion)
    # a change of semi-major axis changes the mean motion: one more integral for the angle
    integral[5] += -1.5 * motion / a * integral[0] / (1j * order * motion)
    return 2.0 * (integral * np.exp(1j * _HARMONIC * latitude)).real.sum(axis=1)


def _rates(a: float, ex: float, ey: float, inclination: float) -> FloatArray:
    """Rates of the six elements by J2 at ``NODES`` even mean arguments of latitude, shape (6, NODES).

    Gauss's equations in non-singular elements and the J2 acceleration in radial, along-track, cross-track axes:
    Vallado 2013, eqs 9-24 and 8-19 (Battin 1999, section 10.3).
    """
    cos_u, sin_u, r = on_ellipse(ex, ey, a, _MEAN_ANGLES)
    cos_i, sin_i = np.cos(inclination), np.sin(inclination)
    unit = -1.5 * J2 * MU_KM3_S2 * EARTH_RADIUS_KM**2 / r**4
    radial = unit * (1.0 - 3.0 * sin_i**2 * sin_u**2)
    along = unit * 2.0 * sin_i**2 * sin_u * cos_u
    cross = unit * 2.0 * sin_i * cos_i * sin_u
    eta = np.sqrt(1.0 - ex * ex - ey * ey)
    p = a * eta * eta
    h = np.sqrt(MU_KM3_S2 * p)
    toward = ex * cos_u + ey * sin_u  # e cos(true anomaly)
    beside = ex * sin_u - ey * cos_u  # e sin(true anomaly)
    node = r * sin_u / (h * sin_i) * cross
    perigee = r * sin_u * cos_i / (h * sin_i) * cross
    in_plane = (-p * toward * radial + (p + r) * beside * along) / (h * (1.0 + eta))
    return np.array(
        [
            2.0 * a * a / h * (beside * radial + p / r * along),
            (p * sin_u * radial + ((p + r) * cos_u + r * ex) * along) / h + ey * perigee,
            (-p * cos_u * radial + ((p + r) * sin_u + r * ey) * along) / h - ex * perigee,
            r * cos_u / h * cross,
            node,
            -2.0 * r / np.sqrt(MU_KM3_S2 * a) * radial + in_plane - cos_i * node,
        ]
    )
