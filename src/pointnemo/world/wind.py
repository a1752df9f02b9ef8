"""Wind from the ground to the entry interface: none, a user's profile, or a climatology made of the pressure field.

The climatology needs no data beyond NRLMSISE-00: the zonal-mean zonal wind in gradient balance with that model's own
pressure field. It has the jets of the winter and summer stratosphere, the subtropical jets and their reversal above the
mesopause as far as a balance can give them. It has no meridional wind, no weather, no tides and no waves, nothing at
the surface but the thermal wind, and within 15 degrees of the equator, where no balance holds, it is interpolated.
``draw_gusts`` stands for what is left out.
"""

from __future__ import annotations

import math
from math import exp
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.compiled import kernel
from pointnemo.errors import InputError
from pointnemo.scenario.wind_profile import read_rows
from pointnemo.world.earth import EARTH_RADIUS_KM, EARTH_ROTATION_RAD_S

__all__ = [
    "CALM",
    "WindTable",
    "climatology",
    "draw_gusts",
    "is_windy",
    "profile_wind",
    "read_profile",
    "wind_at",
    "with_gusts",
    "zonal_wind_mps",
]

FloatArray = NDArray[np.float64]

TOP_KM = 120.0
CLIMATE_STEP_KM = 2.5
PROFILE_STEP_KM = 0.25
LATITUDE_STEP_DEG = 5.0
BALANCED_FROM_DEG = 15.0  # nearer to the equator the wind is interpolated: at 10 deg it would be 38 m/s at the ground
GUST_STEP_KM = 2.0
GUST_FULL_KM, GUST_AT_GROUND = 3.0, 0.5  # friction: half of the free gust at the ground, all of it from 3 km up
GUST_CORRELATION_KM = 7.0  # vertical correlation of wind errors is 5 to 10 km
LOCAL_TIMES_H = np.arange(8) * 3.0
GAS_CONSTANT = 8.31446261815324  # J/(mol K), CODATA 2018
GRAVITY_EQUATOR, SOMIGLIANA, ECCENTRICITY_2 = 9.7803253359, 0.00193185265241, 0.00669437999014  # WGS 84, m/s2


class WindTable(NamedTuple):
    """Wind as a kernel reads it: a mean by height and latitude, and gusts by run and height.

    Attributes:
        east_mps, north_mps: shape (heights, latitudes), from the ground up and from -90 to 90 deg, both evenly spaced;
            no rows: no mean wind. The wind blows towards where it is named after.
        step_m: between heights.
        gust_east_mps, gust_north_mps: shape (runs, heights); no rows: no gusts.
        gust_step_m: between their heights.
    """

    east_mps: FloatArray
    north_mps: FloatArray
    step_m: float
    gust_east_mps: FloatArray
    gust_north_mps: FloatArray
    gust_step_m: float


_NOTHING = np.zeros((0, 0))
CALM = WindTable(_NOTHING, _NOTHING, 1.0, _NOTHING, _NOTHING, 1.0)
"""No wind."""


# --- kernels -------------------------------------------------------------------------------------------------------


@kernel
def is_windy(table: WindTable) -> bool:
    """Whether there is any wind in a table."""
    return table.east_mps.shape[0] > 0 or table.gust_east_mps.shape[0] > 0


@kernel
def _cell(position: float, count: int) -> tuple[int, int, float]:
    """The two neighbours of a position counted in nodes, and the share of the second; clamped to the ends."""
    place = min(max(position, 0.0), count - 1.0)
    low = min(int(place), max(count - 2, 0))
    return low, min(low + 1, count - 1), place - low


@kernel
def wind_at(table: WindTable, run: int, height_m: float, latitude_rad: float) -> tuple[float, float]:
    """Wind at a place, linear between the nodes; below the first and above the last height theirs holds.

    Args:
        table: which.
        run: row of the gusts.
        height_m: geodetic.
        latitude_rad: geodetic.

    Returns:
        Eastward and northward wind, m/s.
    """
    east = 0.0
    north = 0.0
    if table.east_mps.shape[0] > 0:
        columns = table.east_mps.shape[1]
        i, k, up = _cell(height_m / table.step_m, table.east_mps.shape[0])
        j, m, across = _cell((latitude_rad / np.pi + 0.5) * (columns - 1), columns)
        a, b, c, d = (1.0 - up) * (1.0 - across), (1.0 - up) * across, up * (1.0 - across), up * across
        e, n = table.east_mps, table.north_mps
        east = a * e[i, j] + b * e[i, m] + c * e[k, j] + d * e[k, m]
        north = a * n[i, j] + b * n[i, m] + c * n[k, j] + d * n[k, m]
    if table.gust_east_mps.shape[0] > 0:
        i, k, up = _cell(height_m / table.gust_step_m, table.gust_east_mps.shape[1])
        east += (1.0 - up) * table.gust_east_mps[run, i] + up * table.gust_east_mps[run, k]
        north += (1.0 - up) * table.gust_north_mps[run, i] + up * table.gust_north_mps[run, k]
    return east, north


# --- gusts ---------------------------------------------------------------------------------------------------------


def draw_gusts(sigma_mps: float, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """The random part of one run's wind: Gaussian, with correlation exp(-dz / 7 km) in height, the same everywhere.

    Below 3 km it falls to half at the ground: 12 m/s aloft are 8 m/s in size over the sea, as ships meet.

    Args:
        sigma_mps: of either component, above 3 km.
        rng: of the run.

    Returns:
        Eastward and northward, shape (heights,), every ``GUST_STEP_KM`` from the ground to ``TOP_KM``.
    """
    count = int(TOP_KM / GUST_STEP_KM) + 1
    keep = exp(-GUST_STEP_KM / GUST_CORRELATION_KM)
    fresh = rng.standard_normal((2, count))
    walk = np.empty_like(fresh)
    walk[:, 0] = fresh[:, 0]
    for i in range(1, count):
        walk[:, i] = keep * walk[:, i - 1] + math.sqrt(1.0 - keep * keep) * fresh[:, i]
    height_km = GUST_STEP_KM * np.arange(count)
    size = sigma_mps * (GUST_AT_GROUND + (1.0 - GUST_AT_GROUND) * np.minimum(height_km / GUST_FULL_KM, 1.0))
    return size * walk[0], size * walk[1]


def with_gusts(table: WindTable, east_mps: FloatArray, north_mps: FloatArray) -> WindTable:
    """A mean wind together with the gusts of some runs.

    Args:
        table: the mean.
        east_mps, north_mps: shape (runs, heights), rows as ``draw_gusts`` gives them.

    Returns:
        The table; row i of the gusts is for run i.
    """
    gusts = (np.ascontiguousarray(east_mps, dtype=float), np.ascontiguousarray(north_mps, dtype=float))
    return table._replace(gust_east_mps=gusts[0], gust_north_mps=gusts[1], gust_step_m=1000.0 * GUST_STEP_KM)


# --- a user's profile ----------------------------------------------------------------------------------------------


def profile_wind(height_km: ArrayLike, east_mps: ArrayLike, north_mps: ArrayLike) -> WindTable:
    """One profile for the whole Earth.

    Args:
        height_km: geodetic, rising, shape (n,).
        east_mps, north_mps: shape (n,); linear between the heights, the end values beyond them.

    Returns:
        The table, resampled every 250 m up to ``TOP_KM``.
    """
    levels = np.arange(0.0, TOP_KM + 0.5 * PROFILE_STEP_KM, PROFILE_STEP_KM)
    heights = np.asarray(height_km, dtype=float)
    columns = [np.interp(levels, heights, np.asarray(wind, dtype=float))[:, None] for wind in (east_mps, north_mps)]
    return CALM._replace(east_mps=columns[0], north_mps=columns[1], step_m=1000.0 * PROFILE_STEP_KM)


def read_profile(path: str | Path) -> WindTable:
    """Read a profile from a CSV file with the columns height_km, east_mps, north_mps.

    Args:
        path: of the file; lines that are empty or begin with # do not count.

    Returns:
        The table of ``profile_wind``.

    Raises:
        InputError: the file cannot be used; all of its defects, each with its line.
    """
    rows, defects = read_rows(path)
    if defects:
        raise InputError(f"{path} is not a wind profile", list(defects))
    return profile_wind(*np.array(rows).T)


# --- the climatology -----------------------------------------------------------------------------------------------


def zonal_wind_mps(
    day: float, height_km: ArrayLike, latitude_deg: ArrayLike, f107: float, f107a: float, ap: float
) -> FloatArray:
    """Zonal-mean zonal wind in gradient balance with the pressure of NRLMSISE-00.

    f u + u^2 tan(phi) / a = -(1/rho dp/dy + dPhi/dy) at constant geodetic height (Holton, An Introduction to Dynamic
    Meteorology, ch. 3; Andrews, Holton, Leovy 1987, eq. 3.4.1c), with f = 2 Omega sin(phi), p = rho R T / M averaged
    over local time, and Phi the integral of normal gravity (WGS 84): a level of constant geodetic height is no
    geopotential surface, which is worth 1 m/s per 10 km. Of the two roots the one that goes over into the geostrophic
    wind; where no root exists (only near the equator) the largest anticyclonic wind. Within 15 degrees of the equator
    linear between the values there; nothing at the poles.

    Args:
        day: day of year, 1.0 is 1 January 00:00.
        height_km: geodetic heights, shape (h,).
        latitude_deg: geodetic, shape (l,), within -90..90.
        f107, f107a, ap: as for ``atmosphere.nrlmsise00``.

    Returns:
        Eastward, m/s, shape (h, l).
    """
    heights, latitudes = np.asarray(height_km, dtype=float), np.asarray(latitude_deg, dtype=float)
    edge = BALANCED_FROM_DEG
    wanted = np.clip(np.where(np.abs(latitudes) < edge, np.copysign(edge, latitudes), latitudes), -85.0, 85.0)
    wind = _balanced(day, heights, wanted, f107, f107a, ap)
    south, north = _balanced(day, heights, np.array([-edge, edge]), f107, f107a, ap).T
    inner = np.clip((latitudes + edge) / (2.0 * edge), 0.0, 1.0)
    between = south[:, None] * (1.0 - inner) + north[:, None] * inner
    polar = np.clip((90.0 - np.abs(latitudes)) / 5.0, 0.0, 1.0)
    return np.where(np.abs(latitudes) < edge, between, polar * wind)


def _balanced(
    day: float, height_km: FloatArray, latitude_deg: FloatArray, f107: float, f107a: float, ap: float
) -> FloatArray:
    """The balance itself, shape (h, l); latitudes away from the equator and from the poles."""
    from pointnemo.world.atmosphere import nrlmsise00

    spread = 2.0  # deg to either side; the model's own harmonics are far wider
    sides = np.stack([latitude_deg - spread, latitude_deg + spread])
    columns = nrlmsise00(day, height_km[:, None, None, None], sides[..., None], LOCAL_TIMES_H, f107, f107a, ap)
    density, temperature, molar = np.moveaxis(columns, -1, 0)
    pressure = (density * GAS_CONSTANT * temperature / molar).mean(axis=-1)  # (h, 2, l)
    mean_density = density.mean(axis=(1, 3))
    distance_m = 1000.0 * (EARTH_RADIUS_KM + height_km[:, None]) * math.radians(2.0 * spread)
    potential = _geopotential(height_km[:, None, None], sides)
    force = (pressure[:, 1] - pressure[:, 0]) / mean_density + potential[:, 1] - potential[:, 0]
    force = -force / distance_m
    phi = np.radians(latitude_deg)
    coriolis = 2.0 * EARTH_ROTATION_RAD_S * np.sin(phi)
    curve = np.tan(phi) / (1000.0 * (EARTH_RADIUS_KM + height_km[:, None]))
    root = np.sqrt(np.maximum(coriolis * coriolis + 4.0 * curve * force, 0.0))
    return np.asarray(2.0 * force / (coriolis + np.copysign(root, coriolis)))


def _geopotential(height_km: FloatArray, latitude_deg: FloatArray) -> FloatArray:
    """Integral of normal gravity up to a geodetic height, m2/s2 (Somigliana; second order in height, WGS 84)."""
    square = np.sin(np.radians(latitude_deg)) ** 2
    surface = GRAVITY_EQUATOR * (1.0 + SOMIGLIANA * square) / np.sqrt(1.0 - ECCENTRICITY_2 * square)
    share = height_km / EARTH_RADIUS_KM
    slope = 1.0 + 0.00335281 + 0.00344979 - 2.0 * 0.00335281 * square
    return np.asarray(1000.0 * height_km * surface * (1.0 - slope * share + share * share))


def climatology(day: float, f107: float, f107a: float, ap: float) -> WindTable:
    """The climatology of one day as a table: every 2.5 km to 120 km, every 5 degrees. Takes 0.2 s.

    Args:
        day: day of year, 1.0 is 1 January 00:00.
        f107, f107a, ap: as for ``atmosphere.nrlmsise00``.

    Returns:
        Eastward wind by height and latitude; no northward wind.
    """
    heights = np.arange(0.0, TOP_KM + 0.5 * CLIMATE_STEP_KM, CLIMATE_STEP_KM)
    latitudes = np.arange(-90.0, 90.0 + 0.5 * LATITUDE_STEP_DEG, LATITUDE_STEP_DEG)
    east = np.ascontiguousarray(zonal_wind_mps(day, heights, latitudes, f107, f107a, ap))
    return CALM._replace(east_mps=east, north_mps=np.zeros_like(east), step_m=1000.0 * CLIMATE_STEP_KM)
