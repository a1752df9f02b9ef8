"""The air around one step of a flight: density with this run's error, its slope, temperature, and the wind."""

from __future__ import annotations

from math import atan2, cos, exp, log, pi, sin, sqrt
from typing import NamedTuple

import numpy as np

from pointnemo.compiled import kernel
from pointnemo.reentry.pack import Air
from pointnemo.world.atmosphere import EpochTable, epoch_density, epoch_density_and_slope, epoch_gas
from pointnemo.world.wind import is_windy, wind_at

__all__ = [
    "Column",
    "air_column",
    "column_density",
    "layer_factor",
    "local_time_h",
    "run_factor",
    "scale_factor",
    "scaled_density",
    "with_drift",
    "with_wind",
]

# density errors of the upper atmosphere fade below: 15 % above 90 km go with 5-10 % below 80 km
SCALE_FULL_M = 90_000.0
SCALE_HALF_M = 80_000.0


@kernel
def layer_factor(air: Air, run: int, height_m: float) -> float:
    """True over model density of one run at a height, from the errors by height: linear in the logarithm.

    Args:
        air: with ``layer_m`` and ``layer_log``.
        run: row of ``layer_log``.
        height_m: geodetic.
    """
    heights = air.layer_m
    last = heights.shape[0] - 1
    if height_m <= heights[0]:
        return exp(air.layer_log[run, 0])
    if height_m >= heights[last]:
        return exp(air.layer_log[run, last])
    i = min(max(int(np.searchsorted(heights, height_m)) - 1, 0), last - 1)
    share = (height_m - heights[i]) / (heights[i + 1] - heights[i])
    return exp((1.0 - share) * air.layer_log[run, i] + share * air.layer_log[run, i + 1])


@kernel
def scale_factor(scale: float, height_m: float) -> float:
    """True over model density at a height where one factor speaks for a whole run.

    It holds fully above 90 km and with its square root below 80 km, logarithmically between (section 4 of the notes on
    which the default sigma rests: 15 % above 90 km, 5-10 % below 80 km).
    """
    share = min(max((height_m - SCALE_HALF_M) / (SCALE_FULL_M - SCALE_HALF_M), 0.0), 1.0)
    return 1.0 if scale == 1.0 else exp(log(scale) * (0.5 + 0.5 * share))


@kernel
def run_factor(air: Air, run: int, scale: float, height_m: float) -> float:
    """True over model density of one run at a height: by height where ``air`` has errors by height, else one factor."""
    return layer_factor(air, run, height_m) if air.layer_m.shape[0] > 0 else scale_factor(scale, height_m)


@kernel
def scaled_density(table: EpochTable, height_m: float, latitude: float, local_time: float, factor: float) -> float:
    """Density of the epoch with this run's error, kg/m3.

    The factor is found by the caller (``run_factor``, or in a hot loop one of its two halves): handing ``Air`` on from
    here would cost a tenth of the flight, errors or not.
    """
    return factor * epoch_density(table, 0.001 * height_m, latitude, local_time)


class Column(NamedTuple):
    """The air around one step: density exponential in height, and in the time that passes on the way.

    Attributes:
        height_m: where it was read.
        density_kg_m3: there.
        slope_1_m: d ln(density) / d height there.
        drift_1_s: how fast ln(density) departs from that slope as the piece goes on.
        temperature_k, molar_mass_kg_mol: the same over the whole step.
        wind_x_mps, wind_y_mps, wind_z_mps: Earth-fixed, the same over the whole step.
    """

    height_m: float
    density_kg_m3: float
    slope_1_m: float
    drift_1_s: float
    temperature_k: float
    molar_mass_kg_mol: float
    wind_x_mps: float
    wind_y_mps: float
    wind_z_mps: float


@kernel
def air_column(
    table: EpochTable, height_m: float, latitude: float, local_time: float, factor: float, rise_m: float = 0.0
) -> Column:
    """The air at a height, as yet without drift and without wind.

    Args:
        table: atmosphere of the epoch.
        height_m: geodetic.
        latitude: geodetic, rad.
        local_time: solar, h.
        factor: this run's on the density at this height.
        rise_m: to half-way through the step, where temperature and molar mass are read.
    """
    density, slope = epoch_density_and_slope(table, 0.001 * height_m, latitude, local_time)
    temperature, molar_mass = epoch_gas(table, 0.001 * (height_m + rise_m), latitude)
    return Column(height_m, factor * density, 0.001 * slope, 0.0, temperature, molar_mass, 0.0, 0.0, 0.0)


@kernel
def column_density(column: Column, height_m: float, elapsed_s: float) -> float:
    """Density in a column, kg/m3.

    Args:
        column: the air around.
        height_m: geodetic.
        elapsed_s: since the start of the step.
    """
    return column.density_kg_m3 * exp(column.slope_1_m * (height_m - column.height_m) + column.drift_1_s * elapsed_s)


@kernel
def with_drift(column: Column, expected_kg_m3: float, last_step: float) -> Column:
    """The column with the drift that was met over the step before; unchanged at the start of a flight.

    The scale height changes with height, the air with the place, and this run's error with both: what a slope at the
    start of a step leaves out goes on as it was, which costs no further reading and leaves an error of second order.

    Args:
        column: as ``air_column`` gives it.
        expected_kg_m3: density here by the column of the step before, without its drift; 0 at the start.
        last_step: length of that step, s.
    """
    drift = log(column.density_kg_m3 / expected_kg_m3) / last_step if expected_kg_m3 > 0.0 else 0.0
    return Column(
        column.height_m, column.density_kg_m3, column.slope_1_m, drift, column.temperature_k, column.molar_mass_kg_mol,
        column.wind_x_mps, column.wind_y_mps, column.wind_z_mps,
    )  # fmt: skip


@kernel
def with_wind(column: Column, air: Air, run: int, height_m: float, latitude: float, x: float, y: float) -> Column:
    """The column with the wind at a height; unchanged where there is none.

    Args:
        column: as ``air_column`` gives it.
        air: with the wind.
        run: row of the gusts.
        height_m: where the wind is read: half-way through the step.
        latitude: geodetic, rad.
        x, y: Earth-fixed position, m, for the longitude.
    """
    if not is_windy(air.wind):
        return column
    east, north = wind_at(air.wind, run, height_m, latitude)
    out = max(sqrt(x * x + y * y), 1.0)
    c, s = x / out, y / out
    level, rise = -north * sin(latitude), north * cos(latitude)
    return Column(
        column.height_m, column.density_kg_m3, column.slope_1_m, column.drift_1_s, column.temperature_k,
        column.molar_mass_kg_mol, level * c - east * s, level * s + east * c, rise,
    )  # fmt: skip


@kernel
def local_time_h(ut_h: float, x: float, y: float) -> float:
    """Mean local solar time in [0, 24) at an Earth-fixed position, from UT in hours."""
    hours = ut_h + atan2(y, x) * 12.0 / pi
    return hours - 24.0 * np.floor(hours / 24.0)
