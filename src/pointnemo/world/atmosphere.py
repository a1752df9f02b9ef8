"""NRLMSISE-00, sampled into the tables of ``density.py``: one source of density for every propagator.

The model is Picone, Hedin, Drob and Aikin, J. Geophys. Res. 107, 1468 (2002), as compiled in ``pymsis`` (version 0).
F10.7, F10.7a and Ap are always passed (otherwise pymsis asks the network), in its daily-Ap mode. Its terms in UT and
longitude are switched off, so that density depends on height, latitude, local solar time and day of year alone and a
table in those is exact; the terms left out are 3-4 % rms at one place and average out over a day of orbits.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.compiled import cache_folder
from pointnemo.errors import WorldError
from pointnemo.world.density import (
    AP_STEP,
    AP_UNIT,
    APS,
    BASE_AP,
    CLIMATE_LOW_KM,
    DAYS,
    FLUX_FIRST,
    FLUX_STEP,
    FLUXES,
    HARMONICS,
    JOIN_KM,
    NODE_KM,
    SHAPES,
    STRETCH,
    SWING_START,
    SWING_STEP,
    SWING_UNIT,
    SWINGS,
    TERMS,
    TOP_KM,
    YEAR_DAYS,
    ClimateTable,
    EpochTable,
    climate_day,
    climate_density,
    epoch_density,
    epoch_density_and_slope,
    epoch_density_by_angle,
    epoch_gas,
    node,
    node_height,
)

__all__ = [
    "ClimateTable",
    "EpochTable",
    "climate_day",
    "climate_density",
    "climate_table",
    "day_of_year",
    "epoch_density",
    "epoch_density_and_slope",
    "epoch_density_by_angle",
    "epoch_gas",
    "epoch_table",
    "nrlmsise00",
    "profile_table",
    "us76_table",
]

FloatArray = NDArray[np.float64]

AVOGADRO = 6.02214076e23
LATITUDES_DEG = np.linspace(-90.0, 90.0, 19)
LOCAL_TIMES_H = np.linspace(0.0, 22.0, 12)  # twelve samples hold five harmonics
SWITCHES: dict[str, float] = {"all_ut_effects": 0, "longitudinal": 0, "mixed_ut_long": 0, "mixed_ap_ut_long": 0}
HIGHEST_START_KM = 500.0  # leaves the spline its nodes
# Ends of a spline: the difference of coefficients that vanishes there, so that it goes on as a parabola or as a cubic.
PARABOLA, CUBIC = (1, -3, 3, -1), (1, -4, 6, -4, 1)

# What the climate table is made from: days of the model (as many as its harmonics over the year need); weathers whose
# changes show the shapes, each a swing (sfu) and an Ap at the flux nodes near 80, 130 and 230 sfu; points of the grid
# at which amounts are fitted, each a number of day, latitude (-60 to 60 deg) and local time.
SAMPLED_DAYS = 9
TRAINING = tuple(
    (swing, flux_node, ap)
    for flux_node in (1, 3, 5)
    for swing, ap in ((0.0, 0.0), (0.0, 25.0), (-15.0, 8.0), (25.0, 8.0), (20.0, 25.0), (0.0, 100.0))
)
POINTS = tuple((n % 9, 3 + 5 * n % 13, 7 * n % 12) for n in range(36))
FORMAT = 2  # of the cached file


def nrlmsise00(
    day: ArrayLike,
    height_km: ArrayLike,
    latitude_deg: ArrayLike,
    local_time_h: ArrayLike,
    f107: ArrayLike,
    f107a: ArrayLike,
    ap: ArrayLike,
) -> FloatArray:
    """The model itself, without its UT and longitude terms.

    Args:
        day: day of year, 1.0 is 1 January 00:00 (the model looks at whole days).
        height_km: geodetic height.
        latitude_deg: geodetic latitude.
        local_time_h: local solar time.
        f107: F10.7 of the previous day, sfu.
        f107a: centred 81-day mean, sfu.
        ap: daily Ap.

    Returns:
        Shape of the arguments broadcast together plus (3,): density (kg/m3), temperature (K), mean molar mass
        (kg/mol).
    """
    import pymsis

    arguments = np.broadcast_arrays(day, height_km, latitude_deg, local_time_h, f107, f107a, ap)
    d, h, lat, lst, flux, mean, index = (np.asarray(a, dtype=float).ravel() for a in arguments)
    dates = np.datetime64("2001-01-01") + (np.floor(d) - 1).astype("timedelta64[D]")
    longitude = lst * 15.0  # at 00:00 UT local solar time is longitude
    model: Any = pymsis.calculate  # its stub mistakes the switches for other arguments
    out = model(
        dates.astype("datetime64[us]"),
        longitude,
        lat,
        h,
        flux,
        mean,
        np.repeat(index[:, None], 7, axis=1),
        version=0,
        **SWITCHES,
    )
    out = np.asarray(out, dtype=float).reshape(-1, 11)
    particles = np.nansum(out[:, 1:9], axis=1)  # N2, O2, O, He, H, Ar, N, anomalous O; NaN where the model has none
    result = np.stack([out[:, 0], out[:, 10], out[:, 0] * AVOGADRO / particles], axis=-1)
    return result.reshape(*arguments[0].shape, 3)


def day_of_year(mjd: ArrayLike) -> FloatArray:
    """Day of the year with its fraction, 1.0 at 1 January 00:00, of UTC modified Julian dates of any shape."""
    date = np.asarray(mjd, dtype=float)
    days = np.floor(date).astype(np.int64) - 40587
    years = days.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return np.asarray(date - 40587 - years + 1.0, dtype=float)


# --- from samples to spline coefficients ---------------------------------------------------------------------------


def _open_filter(count: int, end: tuple[int, ...] = PARABOLA) -> FloatArray:
    """Matrix from ``count`` samples to count + 2 cubic B-spline coefficients."""
    matrix = np.zeros((count + 2, count + 2))
    for i in range(count):
        matrix[i + 1, i : i + 3] = (1 / 6, 4 / 6, 1 / 6)
    matrix[0, : len(end)] = matrix[-1, -len(end) :] = end
    return np.asarray(np.linalg.inv(matrix)[:, 1:-1], dtype=np.float64)


def _ring_filter(count: int) -> FloatArray:
    """Matrix from ``count`` samples on a circle to as many coefficients."""
    eye = np.eye(count)
    ring = 4 / 6 * eye + (np.roll(eye, 1, axis=0) + np.roll(eye, -1, axis=0)) / 6
    return np.asarray(np.linalg.inv(ring), dtype=np.float64)


def _latitude_filter(parity: int) -> FloatArray:
    """Matrix from samples at ``LATITUDES_DEG`` to 21 coefficients; shape (21, 19).

    A meridian goes on over the pole at local time + 12 h: even harmonics keep their sign there, odd ones change it.
    """
    around = np.zeros((36, 19))
    around[:19] = np.eye(19)
    for i in range(19, 36):
        around[i, 36 - i] = parity
    ring = _ring_filter(36) @ around
    return ring[np.arange(-1, 20) % 36]


def _fourier() -> FloatArray:
    """Matrix from samples at ``LOCAL_TIMES_H`` to Fourier terms; shape (TERMS, 12)."""
    angle = 2 * np.pi * LOCAL_TIMES_H / 24.0
    rows = [np.full(len(angle), 1 / len(angle))]
    for k in range(1, HARMONICS + 1):
        rows += [np.cos(k * angle) * 2 / len(angle), np.sin(k * angle) * 2 / len(angle)]
    return np.array(rows)


def _along(matrix: FloatArray, array: FloatArray, axis: int) -> FloatArray:
    """Apply a matrix along one axis.

    Not by a library for linear algebra: its threads go on spinning after a product, and on two processors the model,
    called next, takes twice its time.
    """
    return np.moveaxis(np.einsum("ij,j...->i...", matrix, np.moveaxis(array, axis, 0)), 0, axis)


def _latitude_and_time(samples: FloatArray) -> FloatArray:
    """Coefficients of samples whose last axes are latitude (19) and local time (12): last axes (21, TERMS)."""
    terms = _along(_fourier(), samples, samples.ndim - 1)
    odd = np.array([((k + 1) // 2) % 2 == 1 for k in range(TERMS)])
    even_part = _along(_latitude_filter(1), terms, terms.ndim - 2)
    odd_part = _along(_latitude_filter(-1), terms, terms.ndim - 2)
    return np.where(odd, odd_part, even_part)


def _nodes(low_km: float, high_km: float, below: int = 2, above: int = 2) -> tuple[int, FloatArray]:
    """Number of the first node and heights of all, with some to spare at either end."""
    first = int(np.floor(node(low_km))) - below
    last = int(np.ceil(node(high_km))) + above
    return first, np.array([node_height(float(k)) for k in range(first, last + 1)])


# --- the two tables ------------------------------------------------------------------------------------------------


def epoch_table(mjd_utc: float, f107: float, f107a: float, ap: float, lowest_km: float = 0.0) -> EpochTable:
    """Density, temperature and molar mass up to 600 km for one day and one space weather.

    Args:
        mjd_utc: UTC modified Julian date; the day of the year is all that matters.
        f107: F10.7 of the previous day, sfu.
        f107a: centred 81-day mean, sfu.
        ap: daily Ap.
        lowest_km: lowest height that will be asked for. An orbit above 200 km needs a quarter of the whole table, and
            a quarter of the time to make it.

    Returns:
        A table for ``epoch_density`` and ``epoch_gas`` from ``lowest_km`` up, within 0.5 % of the model (0.1 % rms).

    Raises:
        WorldError: ``lowest_km`` is below 0 or not below 500.
    """
    if not 0.0 <= lowest_km < HIGHEST_START_KM:
        raise WorldError(f"a density table starts at 0 to {HIGHEST_START_KM:g} km, not at {lowest_km:g}")
    first, heights = _nodes(lowest_km, TOP_KM)
    # The model keeps what it has worked out for a column: from one height to the next it is twice as fast.
    columns = nrlmsise00(
        float(day_of_year(mjd_utc)),
        heights,
        LATITUDES_DEG[:, None, None],
        LOCAL_TIMES_H[:, None],
        f107,
        f107a,
        ap,
    )
    density, temperature, molar_mass = np.moveaxis(columns, (3, 2), (0, 1))
    up, across = _open_filter(len(heights)), _latitude_filter(1)
    return EpochTable(
        log_density=np.ascontiguousarray(_along(up, _latitude_and_time(np.log(density)), 0)),
        log_temperature=np.ascontiguousarray(_along(up, _along(across, np.log(temperature).mean(axis=2), 1), 0)),
        molar_mass=np.ascontiguousarray(_along(up, _along(across, molar_mass.mean(axis=2), 1), 0)),
        first=first - 1,
    )


def profile_table(profile: Callable[[FloatArray], tuple[FloatArray, FloatArray, FloatArray]]) -> EpochTable:
    """A table in the form of ``epoch_table`` from an atmosphere that depends on height alone.

    Args:
        profile: from heights (km) to density (kg/m3), temperature (K) and molar mass (kg/mol).

    Returns:
        A table for ``epoch_density`` and ``epoch_gas``.
    """
    first, heights = _nodes(0.0, TOP_KM)
    density, temperature, molar = profile(heights)
    up = _open_filter(len(heights))
    log_density = np.zeros((len(heights) + 2, 21, TERMS))
    log_density[:, :, 0] = (up @ np.log(density))[:, None]
    return EpochTable(
        log_density=log_density,
        log_temperature=np.repeat((up @ np.log(temperature))[:, None], 21, axis=1),
        molar_mass=np.repeat((up @ molar)[:, None], 21, axis=1),
        first=first - 1,
    )


def us76_table() -> EpochTable:
    """The U.S. Standard Atmosphere 1976 in the form of ``epoch_table``, the same at every latitude and local time."""
    from pointnemo.world.us76 import standard_atmosphere

    return profile_table(standard_atmosphere)


def climate_table() -> ClimateTable:
    """Density for every day and space weather; built once in a few seconds, then read from the cache folder.

    Returns:
        A table for ``climate_day`` and ``climate_density``.
    """
    path = _cache_path()
    table = _read(path)
    if table is None:
        table = _build_climate()
        _write(path, table)
    return table


def _build_climate() -> ClimateTable:
    first, heights = _nodes(CLIMATE_LOW_KM, TOP_KM)
    up = _open_filter(len(heights))
    fluxes = FLUX_FIRST * np.exp(FLUX_STEP * np.arange(FLUXES))
    days = np.floor(1.0 + np.arange(SAMPLED_DAYS) * YEAR_DAYS / SAMPLED_DAYS)  # the model looks at whole days

    def logs(
        day: FloatArray, latitude: FloatArray, time: FloatArray, swing: float, flux: float, ap: float
    ) -> FloatArray:
        """Spline coefficients in height (first axis) of ln density over some places."""
        out = nrlmsise00(day[..., None], heights, latitude[..., None], time[..., None], flux + swing, flux, ap)
        return _along(up, np.moveaxis(np.log(out[..., 0]), -1, 0), 0)

    grid = days[:, None, None], LATITUDES_DEG[:, None], LOCAL_TIMES_H
    base = np.stack([logs(*grid, 0.0, flux, BASE_AP) for flux in fluxes])  # flux, height, day, latitude, time
    shapes = _shapes(np.stack([logs(*grid, swing, fluxes[k], ap) - base[k] for swing, k, ap in TRAINING]))

    d, j, t = np.array(POINTS).T
    fits = np.stack([np.linalg.pinv(shape[:, d, j, t].T) for shape in shapes])

    def amounts(swing: float, k: int, ap: float) -> FloatArray:
        """Best amounts of the shapes under one weather; shape (heights, SHAPES)."""
        change = logs(days[d], LATITUDES_DEG[j], LOCAL_TIMES_H[t], swing, fluxes[k], ap) - base[k][:, d, j, t]
        return np.einsum("hrp,hp->hr", fits, change)

    swings = SWING_UNIT * np.expm1(SWING_START + SWING_STEP * np.arange(SWINGS))
    aps = AP_UNIT * np.expm1(AP_STEP * np.arange(APS))
    amount = np.array([[[amounts(swing, k, ap) for k in range(FLUXES)] for swing in swings] for ap in aps])
    for axis, count in enumerate((APS, SWINGS, FLUXES)):
        amount = _along(_open_filter(count, CUBIC), amount, axis)
    table = ClimateTable(
        log_density=_stored(np.moveaxis(_along(_open_filter(FLUXES, CUBIC), _over_the_year(base, days), 0), 2, 1)),
        shapes=_stored(np.moveaxis(_over_the_year(shapes, days), 2, 0)),
        amounts=_stored(np.moveaxis(amount, 2, 4)),
        first=first - 1,
    )
    if not all(np.all(np.isfinite(array)) for array in table[:3]):
        raise WorldError("NRLMSISE-00 gave no density at a node of the climate table")
    return table


def _stored(array: FloatArray) -> NDArray[np.float32]:
    """As one read from the cache: kernels want it so."""
    return np.ascontiguousarray(array, dtype=np.float32)


def _shapes(changes: FloatArray) -> FloatArray:
    """Shapes that the changes under some weathers are made of, at each height on its own.

    They are the first singular vectors, of unit mean square over the grid (Eckart and Young 1936: no other shapes
    leave less), by the small matrix of products between weathers.

    Args:
        changes: of ln density, shape (weathers, heights, days, 19, 12).

    Returns:
        Shape (heights, SHAPES, days, 19, 12).
    """
    area = np.sqrt(np.cos(np.radians(LATITUDES_DEG)) + 0.05)[:, None]  # weighs a latitude; a little for the poles too
    shapes = []
    for change in np.moveaxis(changes * area, 1, 0):
        flat = change.reshape(len(change), -1)
        _, vectors = np.linalg.eigh(np.einsum("in,jn->ij", flat, flat))
        shape = np.einsum("ij,in->jn", vectors[:, : -SHAPES - 1 : -1], flat)
        shape /= np.sqrt(np.mean(shape**2, axis=1))[:, None]
        shapes.append(shape.reshape(SHAPES, *change.shape[1:]) / area)
    return np.array(shapes)


def _over_the_year(samples: FloatArray, days: FloatArray) -> FloatArray:
    """Coefficients of samples whose last axes are day, latitude and local time: last axes (DAYS, 21, TERMS)."""
    nodes = 1.0 + np.arange(DAYS) * YEAR_DAYS / DAYS
    to_nodes = _ring_filter(DAYS) @ _year(nodes) @ np.linalg.pinv(_year(days))
    return _along(to_nodes, _latitude_and_time(samples), samples.ndim - 3)


def _year(day: FloatArray) -> FloatArray:
    """Fourier terms over the year at some days of the year; shape (days, SAMPLED_DAYS)."""
    angle = 2 * np.pi * (day - 1.0) / YEAR_DAYS
    waves = [wave(k * angle) for k in range(1, (SAMPLED_DAYS - 1) // 2 + 1) for wave in (np.cos, np.sin)]
    return np.stack([np.ones_like(angle), *waves], axis=-1)


# --- the cached file -----------------------------------------------------------------------------------------------


def _cache_path() -> Path:
    """File of the climate table; its name changes with the model, the grid, the format, and the code that makes it.

    Last digits hang on how it is made, and they decide between schedules of one cost: an old table would give other
    answers than a new one.
    """
    heights = (NODE_KM, JOIN_KM, STRETCH, TOP_KM, CLIMATE_LOW_KM, HARMONICS)
    weather = (DAYS, FLUX_FIRST, FLUX_STEP, FLUXES, AP_UNIT, AP_STEP, APS, BASE_AP)
    swing = (SWING_START, SWING_UNIT, SWING_STEP, SWINGS, SHAPES)
    recipe = repr((FORMAT, heights, weather, swing, SWITCHES, importlib.metadata.version("pymsis")))
    recipe += np.__version__ + hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    return cache_folder() / f"climate-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.npz"


def _read(path: Path) -> ClimateTable | None:
    """The cached table, or None where there is none that can be used."""
    try:
        with np.load(path, allow_pickle=False) as file:
            log_density, shapes, amounts = (file[key] for key in ("log_density", "shapes", "amounts"))
            first = int(file["first"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    rows = log_density.shape[2:3]
    wanted = {
        "log_density": (FLUXES + 2, DAYS, *rows, 21, TERMS),
        "shapes": (DAYS, *rows, SHAPES, 21, TERMS),
        "amounts": (APS + 2, SWINGS + 2, *rows, SHAPES, FLUXES + 2),
    }
    table = ClimateTable(log_density, shapes, amounts, first)
    for key, shape in wanted.items():
        array = getattr(table, key)
        if array.shape != shape or array.dtype != np.float32 or not np.all(np.isfinite(array)):
            return None
    return table


def _write(path: Path, table: ClimateTable) -> None:
    """Put the table beside its final name, then rename: a reader sees all of it or nothing.

    A cache that cannot be written costs a few seconds at the next start, not the run.
    """
    with contextlib.suppress(OSError):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as out:
                np.savez(out, **table._asdict())
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
