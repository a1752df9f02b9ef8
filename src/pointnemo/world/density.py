"""Density tables and the kernels that read them: smooth in height, latitude and local solar time.

One form serves every table. The logarithm of density (kg/m3) is a Fourier series in local solar time (``HARMONICS``
terms); each of its coefficients is a uniform cubic B-spline in geodetic latitude and in a stretched height (de Boor, A
Practical Guide to Splines, 2001, ch. IX). So density has continuous second derivatives everywhere, over the poles and
over midnight too, and one reading costs 16 spline weights times 11 Fourier terms.

Rows of the tables hold spline coefficients, not values; ``atmosphere.py`` builds them, this module only reads them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel

__all__ = [
    "ClimateTable",
    "DayTable",
    "EpochTable",
    "climate_day",
    "climate_density",
    "epoch_density",
    "epoch_density_and_slope",
    "epoch_density_by_angle",
    "epoch_gas",
]

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

HARMONICS = 5
TERMS = 2 * HARMONICS + 1
"""Fourier terms in the order mean, cos 1, sin 1, cos 2, sin 2, ..."""

TOP_KM = 600.0
"""Above, the logarithm of density goes on along its tangent in height."""

# Nodes in height: every NODE_KM up to JOIN_KM, then ever wider (6 km apart at 160 km, 34 km apart at 600 km), as the
# scale height grows. ``node`` and ``node_height`` are each other's inverse.
NODE_KM = 2.5
JOIN_KM = 100.0
STRETCH = 16.0  # nodes over which the spacing grows by e

LATITUDE_ROWS = 21  # nodes every 10 deg from -90 to 90, and one beyond either pole
LATITUDE_STEP_RAD = np.pi / 18.0

DAYS = 14  # nodes over the year
YEAR_DAYS = 365.25
FLUX_FIRST, FLUX_LAST, FLUXES = 60.0, 300.0, 7  # nodes in F10.7a, evenly spaced in its logarithm
FLUX_STEP = np.log(FLUX_LAST / FLUX_FIRST) / (FLUXES - 1)
# Nodes in daily Ap, evenly spaced in log(1 + Ap / AP_UNIT); near 300 the model gives negative densities at 110 km.
AP_LAST, AP_UNIT, APS = 220.0, 6.0, 9
AP_STEP = np.log1p(AP_LAST / AP_UNIT) / (APS - 1)
BASE_AP = 8.0
# Nodes in the swing F10.7 - F10.7a, sfu, evenly spaced in log(1 + swing / SWING_UNIT).
SWING_FIRST, SWING_LAST, SWING_UNIT, SWINGS = -60.0, 240.0, 160.0, 8
SWING_START = np.log1p(SWING_FIRST / SWING_UNIT)
SWING_STEP = (np.log1p(SWING_LAST / SWING_UNIT) - SWING_START) / (SWINGS - 1)
SHAPES = 4  # that the effect of swing and Ap is made of; ``climate_day`` adds up as many
CLIMATE_LOW_KM = 100.0


class EpochTable(NamedTuple):
    """Density, temperature and mean molar mass under one space weather on one day of the year.

    Attributes:
        log_density: shape (heights, 21, 11), spline coefficients of ln(kg/m3).
        log_temperature: shape (heights, 21), spline coefficients of ln(K), mean over local time.
        molar_mass: shape (heights, 21), spline coefficients, kg/mol, mean over local time.
        first: node number of the first height row.
    """

    log_density: FloatArray
    log_temperature: FloatArray
    molar_mass: FloatArray
    first: int


class DayTable(NamedTuple):
    """Density alone, as ``EpochTable``, reduced from a ``ClimateTable``; ``epoch_density`` reads it too.

    Attributes:
        log_density: shape (heights, 21, 11), spline coefficients of ln(kg/m3).
        first: node number of the first height row.
    """

    log_density: FloatArray
    first: int


class ClimateTable(NamedTuple):
    """Density for any day of the year and any space weather, ``CLIMATE_LOW_KM`` to ``TOP_KM``.

    ln density = log_density (at F10.7 = F10.7a, Ap = BASE_AP) + sum of amount * shape. What swing and Ap change is at
    each height nearly a sum of a few shapes over the year, latitude and local time, in amounts that the weather sets:
    a tensor of low rank. All are spline coefficients along every axis but those of terms and shapes.

    Attributes:
        log_density: shape (FLUXES + 2, DAYS, heights, 21, 11).
        shapes: shape (DAYS, heights, SHAPES, 21, 11).
        amounts: shape (APS + 2, SWINGS + 2, heights, SHAPES, FLUXES + 2).
        first: node number of the first height row.
    """

    log_density: Float32Array
    shapes: Float32Array
    amounts: Float32Array
    first: int


@kernel
def node(height_km: float) -> float:
    """Node number (not whole) of a height in km."""
    if height_km <= JOIN_KM:
        return height_km / NODE_KM
    return JOIN_KM / NODE_KM + STRETCH * np.log1p((height_km - JOIN_KM) / (STRETCH * NODE_KM))


@kernel
def node_height(number: float) -> float:
    """Height in km of a node number: inverse of ``node``."""
    above = number - JOIN_KM / NODE_KM
    if above <= 0.0:
        return number * NODE_KM
    return JOIN_KM + STRETCH * NODE_KM * np.expm1(above / STRETCH)


@kernel
def _spline_weights(t: float) -> tuple[float, float, float, float]:
    """Weights of the four coefficients around t in [0, 1] (uniform cubic B-spline, de Boor 2001, ch. IX)."""
    s = 1.0 - t
    t2 = t * t
    return s * s * s / 6.0, (4.0 + 3.0 * t2 * (t - 2.0)) / 6.0, (1.0 + 3.0 * t * (1.0 + t - t2)) / 6.0, t2 * t / 6.0


@kernel
def _cell(position: float, rows: int) -> tuple[int, float]:
    """First of the four rows to read, and the place within the cell, for a position counted from row 1."""
    i = int(np.floor(position))
    i = min(max(i, 0), rows - 4)
    return i, position - i


@kernel
def _log_density(rows: FloatArray, position: float, latitude_rad: float, c1: float, s1: float) -> float:
    """ln density at a height position (counted from height row 1); c1 and s1: cosine and sine of local time."""
    i, t = _cell(position, rows.shape[0])
    h0, h1, h2, h3 = _spline_weights(t)
    j, s = _cell((latitude_rad + 0.5 * np.pi) / LATITUDE_STEP_RAD, LATITUDE_ROWS)
    b0, b1, b2, b3 = _spline_weights(s)
    c2, s2 = c1 * c1 - s1 * s1, 2.0 * s1 * c1
    c3, s3 = c2 * c1 - s2 * s1, s2 * c1 + c2 * s1
    c4, s4 = c2 * c2 - s2 * s2, 2.0 * s2 * c2
    c5, s5 = c4 * c1 - s4 * s1, s4 * c1 + c4 * s1
    total = 0.0
    for a in range(4):
        height_weight = h0 if a == 0 else h1 if a == 1 else h2 if a == 2 else h3
        for b in range(4):
            latitude_weight = b0 if b == 0 else b1 if b == 1 else b2 if b == 2 else b3
            r = rows[i + a, j + b]
            series = r[0] + r[1] * c1 + r[2] * s1 + r[3] * c2 + r[4] * s2 + r[5] * c3 + r[6] * s3
            series += r[7] * c4 + r[8] * s4 + r[9] * c5 + r[10] * s5
            total += height_weight * latitude_weight * series
    return total


@kernel
def _density(
    rows: FloatArray, first: int, height_km: float, latitude_rad: float, cosine: float, sine: float
) -> float:  # fmt: skip
    """Density from the rows of a table; the rest as ``epoch_density_by_angle`` takes it."""
    offset = first + 1.0  # node of the first height that has coefficients on both sides
    last = rows.shape[0] - 3.0
    height = max(height_km, 0.0)
    position = node(min(height, TOP_KM)) - offset
    if 0.0 <= position <= last and height <= TOP_KM:
        return np.exp(_log_density(rows, position, latitude_rad, cosine, sine))
    edge = min(max(position, 0.0), last)
    inner = edge - 0.1 if position > 0.0 else edge + 0.1
    edge_km, inner_km = node_height(edge + offset), node_height(inner + offset)
    log_edge = _log_density(rows, edge, latitude_rad, cosine, sine)
    slope = (log_edge - _log_density(rows, inner, latitude_rad, cosine, sine)) / (edge_km - inner_km)
    return np.exp(log_edge + slope * (height - edge_km))


@kernel
def epoch_density(table: EpochTable | DayTable, height_km: float, latitude_rad: float, local_time_h: float) -> float:
    """Density from an ``EpochTable`` or a ``DayTable``.

    Args:
        table: which.
        height_km: geodetic height; below 0 it is clamped, above ``TOP_KM`` and outside the band of a ``DayTable`` the
            logarithm goes on along its tangent.
        latitude_rad: geodetic latitude, -pi/2..pi/2.
        local_time_h: local solar time, any real number of hours.

    Returns:
        kg/m3.
    """
    angle = local_time_h * (np.pi / 12.0)
    return _density(table.log_density, table.first, height_km, latitude_rad, np.cos(angle), np.sin(angle))


@kernel
def epoch_density_by_angle(
    table: EpochTable | DayTable, height_km: float, latitude_rad: float, cosine: float, sine: float
) -> float:
    """``epoch_density`` for a caller that has the local time as a direction: no angle is formed and taken apart again.

    Args:
        table: which.
        height_km: geodetic height, as there.
        latitude_rad: geodetic latitude, -pi/2..pi/2.
        cosine: of the local solar time as an angle, 2 pi in 24 h from midnight.
        sine: of that angle.

    Returns:
        kg/m3.
    """
    return _density(table.log_density, table.first, height_km, latitude_rad, cosine, sine)


@kernel
def _spline_slopes(t: float) -> tuple[float, float, float, float]:
    """Derivatives of ``_spline_weights`` with respect to t."""
    s = 1.0 - t
    return -0.5 * s * s, t * (1.5 * t - 2.0), 0.5 + t * (1.0 - 1.5 * t), 0.5 * t * t


@kernel
def epoch_density_and_slope(
    table: EpochTable, height_km: float, latitude_rad: float, local_time_h: float
) -> tuple[float, float]:
    """Density and its exact slope in height, for little more than a density alone.

    Args:
        table: which.
        height_km: geodetic height, clamped to what the table has.
        latitude_rad: geodetic latitude, -pi/2..pi/2.
        local_time_h: local solar time, any real number of hours.

    Returns:
        kg/m3, and d ln(density) / d height, 1/km.
    """
    rows = table.log_density
    height = min(max(height_km, 0.0), TOP_KM)
    i, t = _cell(min(max(node(height) - (table.first + 1.0), 0.0), rows.shape[0] - 3.0), rows.shape[0])
    j, s = _cell((latitude_rad + 0.5 * np.pi) / LATITUDE_STEP_RAD, LATITUDE_ROWS)
    h, d, b = _spline_weights(t), _spline_slopes(t), _spline_weights(s)
    angle = local_time_h * (np.pi / 12.0)
    c1, s1 = np.cos(angle), np.sin(angle)
    c2, s2 = c1 * c1 - s1 * s1, 2.0 * s1 * c1
    c3, s3 = c2 * c1 - s2 * s1, s2 * c1 + c2 * s1
    c4, s4 = c2 * c2 - s2 * s2, 2.0 * s2 * c2
    c5, s5 = c4 * c1 - s4 * s1, s4 * c1 + c4 * s1
    wave = (1.0, c1, s1, c2, s2, c3, s3, c4, s4, c5, s5)
    total, slope = 0.0, 0.0
    for a in range(4):
        r = rows[i + a]
        level = 0.0
        for k in range(TERMS):
            level += wave[k] * (b[0] * r[j, k] + b[1] * r[j + 1, k] + b[2] * r[j + 2, k] + b[3] * r[j + 3, k])
        total += h[a] * level
        slope += d[a] * level
    per_km = 1.0 / NODE_KM if height <= JOIN_KM else 1.0 / (NODE_KM + (height - JOIN_KM) / STRETCH)
    return np.exp(total), slope * per_km


@kernel
def epoch_gas(table: EpochTable, height_km: float, latitude_rad: float) -> tuple[float, float]:
    """Temperature and mean molar mass, averaged over local time, for Mach and Knudsen numbers.

    Args:
        table: from ``epoch_table`` or ``us76_table``.
        height_km: geodetic height, clamped to 0..``TOP_KM``.
        latitude_rad: geodetic latitude.

    Returns:
        Kinetic temperature (K), mean molar mass (kg/mol).
    """
    i, t = _cell(node(min(max(height_km, 0.0), TOP_KM)) - (table.first + 1.0), table.log_temperature.shape[0])
    h = _spline_weights(t)
    j, s = _cell((latitude_rad + 0.5 * np.pi) / LATITUDE_STEP_RAD, LATITUDE_ROWS)
    w = _spline_weights(s)
    temperature = 0.0
    molar = 0.0
    for a in range(4):
        for b in range(4):
            weight = h[a] * w[b]
            temperature += weight * table.log_temperature[i + a, j + b]
            molar += weight * table.molar_mass[i + a, j + b]
    return np.exp(temperature), molar


@kernel
def _amounts(
    table: ClimateTable, flux_cell: int, flux_weights: tuple[float, float, float, float], swing: float, ap: float,
    begin: int, end: int,
) -> FloatArray:  # fmt: skip
    """Amount of each shape at the height rows from begin to end; shape (end - begin, SHAPES)."""
    moved = np.log1p(min(max(swing, SWING_FIRST), SWING_LAST) / SWING_UNIT)
    s, t = _cell((moved - SWING_START) / SWING_STEP, SWINGS + 2)
    swing_weights = _spline_weights(t)
    p, t = _cell(np.log1p(min(max(ap, 0.0), AP_LAST) / AP_UNIT) / AP_STEP, APS + 2)
    ap_weights = _spline_weights(t)
    w0, w1, w2, w3 = flux_weights
    k = flux_cell
    result = np.zeros((end - begin, SHAPES))
    for a in range(4):
        for b in range(4):
            weight = ap_weights[a] * swing_weights[b]
            block = table.amounts[p + a, s + b, begin:end]
            for i in range(end - begin):
                for r in range(SHAPES):
                    over_flux = w0 * block[i, r, k] + w1 * block[i, r, k + 1]
                    over_flux += w2 * block[i, r, k + 2] + w3 * block[i, r, k + 3]
                    result[i, r] += weight * over_flux
    return result


@kernel
def climate_day(
    table: ClimateTable,
    day_of_year: float,
    f107: float,
    f107a: float,
    ap: float,
    low_km: float = CLIMATE_LOW_KM,
    high_km: float = TOP_KM,
) -> DayTable:
    """Reduce the climate to one day, for the heights that an orbit passes on that day.

    Args:
        table: from ``climate_table``.
        day_of_year: 1.0 is 1 January, 00:00.
        f107: daily F10.7 of the previous day, sfu; clamped to f107a - 60..240.
        f107a: centred 81-day mean, sfu; clamped to 60..300.
        ap: daily Ap; clamped to 0..220.
        low_km, high_km: heights that will be asked for; a narrow band costs less. Outside, density is extrapolated.

    Returns:
        A table for ``epoch_density``.
    """
    rows = table.log_density.shape[2]
    low = min(max(low_km, CLIMATE_LOW_KM), TOP_KM)
    high = min(max(high_km, low), TOP_KM)
    begin = min(int(np.floor(node(low))) - 1 - table.first, rows - 4)
    end = min(int(np.floor(node(high))) + 3 - table.first, rows)
    result = np.zeros((end - begin, LATITUDE_ROWS, TERMS))

    k, t = _cell(np.log(min(max(f107a, FLUX_FIRST), FLUX_LAST) / FLUX_FIRST) / FLUX_STEP, FLUXES + 2)
    flux_weights = _spline_weights(t)
    amounts = _amounts(table, k, flux_weights, f107 - f107a, ap, begin, end)
    year = (day_of_year - 1.0) * (DAYS / YEAR_DAYS)
    first_day = int(np.floor(year))
    day_weights = _spline_weights(year - first_day)

    flat = result.reshape(-1)
    size = LATITUDE_ROWS * TERMS
    for b in range(4):
        d = (first_day - 1 + b) % DAYS
        weight = day_weights[b]
        # One pass over four blocks: the sum is loaded and stored once.
        w0, w1, w2, w3 = (
            weight * flux_weights[0], weight * flux_weights[1], weight * flux_weights[2], weight * flux_weights[3],
        )  # fmt: skip
        block0 = table.log_density[k, d, begin:end].reshape(-1)
        block1 = table.log_density[k + 1, d, begin:end].reshape(-1)
        block2 = table.log_density[k + 2, d, begin:end].reshape(-1)
        block3 = table.log_density[k + 3, d, begin:end].reshape(-1)
        for n in range(flat.shape[0]):
            flat[n] += w0 * block0[n] + w1 * block1[n] + w2 * block2[n] + w3 * block3[n]
        for i in range(end - begin):
            row = result[i].reshape(-1)
            shape = table.shapes[d, begin + i].reshape(-1)
            a0, a1, a2, a3 = (
                weight * amounts[i, 0], weight * amounts[i, 1], weight * amounts[i, 2], weight * amounts[i, 3],
            )  # fmt: skip
            for n in range(size):
                row[n] += a0 * shape[n] + a1 * shape[size + n] + a2 * shape[2 * size + n] + a3 * shape[3 * size + n]
    return DayTable(result, table.first + begin)


@kernel
def climate_density(
    table: ClimateTable,
    height_km: float,
    latitude_rad: float,
    local_time_h: float,
    day_of_year: float,
    f107: float,
    f107a: float,
    ap: float,
) -> float:
    """Density for one point under one space weather; for many points of a day use ``climate_day`` once.

    Args:
        table: from ``climate_table``.
        height_km: geodetic height, ``CLIMATE_LOW_KM`` (clamped) up.
        latitude_rad: geodetic latitude.
        local_time_h: local solar time.
        day_of_year: 1.0 is 1 January, 00:00.
        f107: daily F10.7 of the previous day, sfu.
        f107a: centred 81-day mean, sfu.
        ap: daily Ap.

    Returns:
        kg/m3.
    """
    low = min(height_km, TOP_KM - 6.0)
    day = climate_day(table, day_of_year, f107, f107a, ap, low, max(height_km, low))
    return epoch_density(day, height_km, latitude_rad, local_time_h)
