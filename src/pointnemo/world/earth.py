"""The Earth: how it is turned, its shape, and where Sun and Moon stand.

Frames: GCRS (inside, km) and ITRS (Earth-fixed). The chain is the CIO-based one of the IERS Conventions (2010), ch. 5:
IAU 2006 precession, IAU 2000A nutation, Earth rotation angle, polar motion, all from ERFA; the observed celestial pole
offsets (< 1 mas, 3 cm at 6800 km) are left out. X, Y and s are evaluated at fixed nodes and interpolated, so that one
epoch alone and the same epoch among a million give the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import erfa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import WorldError
from pointnemo.world import tables
from pointnemo.world import time as clock

__all__ = [
    "EARTH_RADIUS_KM",
    "EARTH_ROTATION_RAD_S",
    "EME2000_TO_GCRS",
    "EOP_REGIMES",
    "MU_KM3_S2",
    "WGS84_FLATTENING",
    "EarthOrientation",
    "from_geodetic",
    "gcrs_to_itrs",
    "gcrs_to_itrs_state",
    "geodetic",
    "greenwich_angle",
    "itrs_to_gcrs_state",
    "load_earth_orientation",
    "moon_gcrs_km",
    "sun_gcrs_km",
    "teme_to_gcrs",
]

FloatArray = NDArray[np.float64]

EARTH_RADIUS_KM = 6378.137  # WGS 84 semi-major axis (NGA.STND.0036, table 3.1)
WGS84_FLATTENING = 1.0 / 298.257223563  # same table
MU_KM3_S2 = 398600.4415  # the constant that goes with EGM2008 coefficients (Pavlis et al. 2012); TT-compatible
EARTH_ROTATION_RAD_S = 7.292115146706979e-5  # rate of the Earth rotation angle per SI second (IERS 2010, eq. 5.15)
AU_KM = 149597870.7  # IAU 2012 resolution B2

EOP_REGIMES = ("observed", "predicted", "extrapolated")
EXTRAPOLATE_TO_MJD = 66884  # 2041-12-31, three months beyond the space weather
MEAN_YEARS = 6  # the pole wobbles with a beat of 6.4 years: its mean over whole beats is the mean pole

EME2000_TO_GCRS: FloatArray = np.ascontiguousarray(erfa.bp06(2451545.0, 0.0)[0].T)
"""Frame bias: r_gcrs = EME2000_TO_GCRS @ r_eme2000 (IERS Conventions 2010, section 5.5.3; 23 mas, 0.8 m at 6800 km)."""
EME2000_TO_GCRS.setflags(write=False)

NODE_DAY = 0.5  # X, Y and s have no terms faster than about 4 days
NODES = 6  # points of the Lagrange interpolation: 2.4e-12 rad at worst, measured against every-epoch evaluation


@dataclass(frozen=True)
class EarthOrientation:
    """Daily Earth orientation at 00:00 UTC.

    Attributes:
        mjd: shape (n,), UTC modified Julian dates, one day apart.
        ut1_utc_s: shape (n,), UT1 - UTC; jumps at leap seconds, and passes 0.9 s where no leap second is assumed.
        x_rad, y_rad: shape (n,), pole coordinates.
        regime: shape (n,), index into ``EOP_REGIMES``.
        issued: UTC date of the last observed day.
    """

    mjd: FloatArray
    ut1_utc_s: FloatArray
    x_rad: FloatArray
    y_rad: FloatArray
    regime: NDArray[np.int8]
    issued: str


def load_earth_orientation(folder: Path | None = None) -> EarthOrientation:
    """The table (IERS C04 and finals2000A, 1973 on), continued to the end of 2041.

    Beyond the IERS prediction UT1 - TAI goes on from its last value at its mean rate over the last ``MEAN_YEARS``, and
    the pole stands at its mean over the same years. Run from each year 2000 to 2020, the rule missed UT1 five years
    later by up to 2.4 s (1.1 km on the equator): far less than the along-track error of any orbit that far ahead.

    Args:
        folder: of an updated table; None for the bundled one.

    Returns:
        Observed, predicted and extrapolated days, marked in ``regime``.

    Raises:
        WorldError: the table is damaged.
    """
    table = tables.read_table("earth_orientation.csv.gz", folder)
    first = int(table.about["first_mjd"])
    ut1_utc, x_arcsec, y_arcsec = table.values.T
    given = len(ut1_utc)
    mjd = np.arange(first, EXTRAPOLATE_TO_MJD + 1, dtype=float)
    ahead = np.arange(1, len(mjd) - given + 1, dtype=float)
    window = slice(given - int(MEAN_YEARS * 365.25), given)
    ut1_tai = ut1_utc - clock.tai_minus_utc(mjd[:given])
    rate = float(np.polyfit(mjd[window] - mjd[given - 1], ut1_tai[window], 1)[0])
    beyond = ut1_tai[-1] + rate * ahead + clock.tai_minus_utc(mjd[given:])
    regime = np.full(len(mjd), 2, dtype=np.int8)
    regime[:given] = 1
    regime[: int(table.about["predicted_from_mjd"]) - first] = 0

    def pole(arcsec: FloatArray) -> FloatArray:
        return np.radians(np.concatenate([arcsec, np.full(len(ahead), arcsec[window].mean())]) / 3600.0)

    arrays = (mjd, np.concatenate([ut1_utc, beyond]), pole(x_arcsec), pole(y_arcsec), regime)
    for array in arrays:
        array.setflags(write=False)
    return EarthOrientation(*arrays, issued=table.about["issued"])


def _orientation_at(tt_s: FloatArray, eo: EarthOrientation) -> tuple[FloatArray, FloatArray, FloatArray]:
    """UT1 - TT in s, and the pole in rad, linear between days (UT1 through UT1 - TAI, which does not jump)."""
    mjd = clock.mjd_utc(tt_s)
    first = float(eo.mjd[0])
    if np.any(~(mjd >= first) | ~(mjd < eo.mjd[-1])):
        valid = [clock.to_date(float(clock.from_mjd_utc(edge))) for edge in (first, eo.mjd[-1] - 1)]
        raise WorldError("Earth orientation is not known at an epoch that was asked for", *valid)
    offset = mjd - first
    i = offset.astype(np.int64)
    w = offset - i

    def ut1_tai(k: NDArray[np.int64]) -> FloatArray:
        return eo.ut1_utc_s[k] - clock.tai_minus_utc(eo.mjd[k])

    ut1_tt = (1 - w) * ut1_tai(i) + w * ut1_tai(i + 1) - clock.TT_MINUS_TAI_S
    x = (1 - w) * eo.x_rad[i] + w * eo.x_rad[i + 1]
    y = (1 - w) * eo.y_rad[i] + w * eo.y_rad[i + 1]
    return ut1_tt, x, y


@lru_cache(maxsize=4096)
def _node(index: int) -> tuple[float, float, float]:
    """X, Y (rad) of the celestial intermediate pole and the CIO locator s (rad) at node ``index`` (pure, so cached)."""
    x, y, s = erfa.xys06a(clock.J2000_JD, index * NODE_DAY)
    return float(x), float(y), float(s)


def _nodes(first: int, last: int) -> FloatArray:
    """Nodes first..last as shape (n, 3)."""
    if last - first > 2048:  # a long span: all at once, without filling the cache
        return np.stack(erfa.xys06a(clock.J2000_JD, np.arange(first, last + 1) * NODE_DAY), axis=-1)
    return np.array([_node(index) for index in range(first, last + 1)])


def _pole_of_date(tt_s: FloatArray) -> FloatArray:
    """X, Y, s at each epoch by Lagrange interpolation, shape (n, 3)."""
    position = tt_s / (clock.DAY_S * NODE_DAY)
    start = np.floor(position).astype(np.int64) - (NODES // 2 - 1)
    needed = np.unique(start[:, None] + np.arange(NODES))
    # Epochs may be years apart: evaluate stretches of neighbouring nodes only.
    cuts = np.flatnonzero(np.diff(needed) > 1) + 1
    stretches = np.split(needed, cuts)
    values = np.concatenate([_nodes(int(part[0]), int(part[-1])) for part in stretches])
    rows = np.searchsorted(needed, start)
    t = position - start
    result = np.zeros((len(tt_s), 3))
    for j in range(NODES):
        weight = np.ones_like(t)
        for k in range(NODES):
            if k != j:
                weight *= (t - k) / (j - k)
        result += weight[:, None] * values[rows + j]
    return result


def gcrs_to_itrs(tt_s: ArrayLike, eo: EarthOrientation) -> FloatArray:
    """Rotation matrix from GCRS to ITRS (IERS Conventions 2010, eq. 5.1, CIO based).

    Args:
        tt_s: TT seconds since J2000, scalar or shape (n,).
        eo: Earth orientation.

    Returns:
        Shape (3, 3) for a scalar, else (n, 3, 3): r_itrs = M @ r_gcrs.

    Raises:
        WorldError: an epoch lies outside ``eo``.
    """
    tt = np.atleast_1d(np.asarray(tt_s, dtype=float))
    if tt.size == 0:
        return np.zeros((0, 3, 3))
    ut1_tt, pole_x, pole_y = _orientation_at(tt, eo)
    xys = _pole_of_date(tt)
    jd1, jd2 = clock.tt_jd(tt)
    celestial = erfa.c2ixys(xys[:, 0], xys[:, 1], xys[:, 2])
    era = erfa.era00(jd1, jd2 + ut1_tt / clock.DAY_S)
    polar = erfa.pom00(pole_x, pole_y, erfa.sp00(jd1, jd2))
    matrix = np.asarray(erfa.c2tcio(celestial, era, polar), dtype=float)
    return matrix[0] if np.ndim(tt_s) == 0 else matrix


def gcrs_to_itrs_state(
    tt_s: ArrayLike, r_km: ArrayLike, v_km_s: ArrayLike, eo: EarthOrientation
) -> tuple[FloatArray, FloatArray]:
    """State relative to the rotating Earth.

    The rotation vector is taken along the ITRS z axis, as a kernel in Earth-fixed axes does; the true axis is
    0.3 arcsec off (1 mm/s at 7 km/s, which would become 100 m a day if door and kernel did not agree).

    Args:
        tt_s: TT seconds since J2000, scalar or shape (n,).
        r_km, v_km_s: GCRS position and velocity, shape (3,) or (n, 3).
        eo: Earth orientation.

    Returns:
        ITRS position (km) and velocity (km/s), same shapes.

    Raises:
        WorldError: an epoch lies outside ``eo``.
    """
    matrix = gcrs_to_itrs(tt_s, eo)
    r = np.einsum("...ij,...j->...i", matrix, np.asarray(r_km, dtype=float))
    v = np.einsum("...ij,...j->...i", matrix, np.asarray(v_km_s, dtype=float))
    return r, v - EARTH_ROTATION_RAD_S * np.stack([-r[..., 1], r[..., 0], np.zeros_like(r[..., 0])], axis=-1)


def itrs_to_gcrs_state(
    tt_s: ArrayLike, r_km: ArrayLike, v_km_s: ArrayLike, eo: EarthOrientation
) -> tuple[FloatArray, FloatArray]:
    """Inverse of ``gcrs_to_itrs_state``: ITRS position and velocity (relative to the Earth) to GCRS, same shapes."""
    matrix = gcrs_to_itrs(tt_s, eo)
    r = np.asarray(r_km, dtype=float)
    v = np.asarray(v_km_s, dtype=float)
    v = v + EARTH_ROTATION_RAD_S * np.stack([-r[..., 1], r[..., 0], np.zeros_like(r[..., 0])], axis=-1)
    return np.einsum("...ji,...j->...i", matrix, r), np.einsum("...ji,...j->...i", matrix, v)


def teme_to_gcrs(tt_s: ArrayLike) -> FloatArray:
    """Rotation matrix from TEME, the frame of SGP4 (true equator, mean equinox of date), to GCRS.

    By definition TEME is turned into Earth-fixed axes by the sidereal time of 1982 and polar motion (Vallado et al.
    2006, AIAA 2006-6753, appendix C), and those into GCRS by the chain of ``gcrs_to_itrs``. Polar motion cancels, and
    so does UT1 but for precession in right ascension: with UTC in its place the error stays below 1e-11 rad (0.1 mm),
    so no Earth orientation is needed.

    Args:
        tt_s: TT seconds since J2000, scalar or shape (n,).

    Returns:
        Shape (3, 3) for a scalar, else (n, 3, 3): r_gcrs = M @ r_teme. Velocities turn with the same matrix: both
        frames are inertial to 1e-11 rad/s.
    """
    tt = np.atleast_1d(np.asarray(tt_s, dtype=float))
    if tt.size == 0:
        return np.zeros((0, 3, 3))
    jd1, jd2 = clock.tt_jd(tt)
    ut1_tt_days = -(clock.tai_minus_utc(clock.mjd_utc(tt)) + clock.TT_MINUS_TAI_S) / clock.DAY_S
    angle = erfa.era00(jd1, jd2 + ut1_tt_days) - erfa.gmst82(jd1, jd2 + ut1_tt_days)
    xys = _pole_of_date(tt)
    celestial = erfa.c2ixys(xys[:, 0], xys[:, 1], xys[:, 2])
    matrix = np.asarray(erfa.rz(angle, celestial), dtype=float).transpose(0, 2, 1)
    return matrix[0] if np.ndim(tt_s) == 0 else matrix


def greenwich_angle(tt_s: ArrayLike, eo: EarthOrientation) -> FloatArray:
    """Earth rotation angle (IERS Conventions 2010, eq. 5.15): longitude = GCRS right ascension - this angle.

    The origin of the angle (CIO) stays fixed against the GCRS, so no precession in right ascension is needed; what is
    left out is the tilt of the pole since 2000 (0.15 deg by 2027): good for local time and latitude in averaged
    motion, not for a ground track.

    Args:
        tt_s: TT seconds since J2000, any shape.
        eo: Earth orientation.

    Returns:
        Radians in [0, 2 pi), same shape.

    Raises:
        WorldError: an epoch lies outside ``eo``.
    """
    tt = np.asarray(tt_s, dtype=float)
    ut1_tt, _, _ = _orientation_at(np.atleast_1d(tt), eo)
    jd1, jd2 = clock.tt_jd(tt)
    return np.asarray(erfa.era00(jd1, jd2 + ut1_tt.reshape(tt.shape) / clock.DAY_S), dtype=float)


def geodetic(r_itrs_km: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """WGS 84 geodetic coordinates (Fukushima 2006, through ERFA ``gc2gd``).

    Args:
        r_itrs_km: ITRS position, shape (3,) or (n, 3).

    Returns:
        Latitude (rad), longitude (rad, -pi..pi, east positive), height (km).
    """
    longitude, latitude, height_m = erfa.gc2gd(1, np.asarray(r_itrs_km, dtype=float) * 1000.0)
    return np.asarray(latitude), np.asarray(longitude), np.asarray(height_m) / 1000.0


def from_geodetic(latitude_rad: ArrayLike, longitude_rad: ArrayLike, height_km: ArrayLike) -> FloatArray:
    """Inverse of ``geodetic``: ITRS position in km, shape (3,) or (n, 3)."""
    height_m = np.asarray(height_km, dtype=float) * 1000.0
    return np.asarray(erfa.gd2gc(1, longitude_rad, latitude_rad, height_m), dtype=float) / 1000.0


def sun_gcrs_km(tt_s: ArrayLike) -> FloatArray:
    """Geometric position of the Sun from the geocentre (ERFA ``epv00``, VSOP2000 abridged: 10 km or so).

    Args:
        tt_s: TT seconds since J2000, scalar or shape (n,); TT stands for TDB (2 ms, 60 m).

    Returns:
        GCRS, km, shape (3,) or (n, 3).
    """
    heliocentric, _ = erfa.epv00(*clock.tt_jd(tt_s))
    return -np.asarray(heliocentric["p"], dtype=float) * AU_KM


def moon_gcrs_km(tt_s: ArrayLike) -> FloatArray:
    """Geometric position of the Moon from the geocentre (ERFA ``moon98``, Meeus 1998 ch. 47: 10 arcsec, 20 km).

    Args:
        tt_s: TT seconds since J2000, scalar or shape (n,).

    Returns:
        GCRS, km, shape (3,) or (n, 3).
    """
    pv = erfa.moon98(*clock.tt_jd(tt_s))
    return np.asarray(pv["p"], dtype=float) * AU_KM
