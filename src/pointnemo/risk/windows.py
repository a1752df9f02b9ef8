"""When a layer of air, or the sea, has to be closed: from the first piece that enters it to the last that leaves.

The flights keep where a piece was let go, when it landed and how fast. Once it is subsonic it falls at its terminal
speed, which goes with the inverse root of density; above, its height falls evenly from the release.
"""

from __future__ import annotations

from functools import cache
from math import ceil, floor
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import PointnemoError
from pointnemo.results import Impacts, Window
from pointnemo.risk.hazard_extremes import order_for
from pointnemo.risk.hazard_pieces import is_shred
from pointnemo.world import time as clock
from pointnemo.world.us76 import standard_atmosphere

__all__ = [
    "LAYERS",
    "Layer",
    "closure_windows",
    "floating_window",
    "harms_aircraft",
    "layer_times_s",
    "settled_height_km",
    "time_at_height_s",
    "time_to_ground_s",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SONIC_MPS = 300.0  # where drag no longer has to take away orbital speed
TABLE_TOP_KM = 86.0
LEAST_MASS_KG = 0.001
EARLY_MARGIN_S = 600.0
LATE_MARGIN_S = 600.0
FALL_MARGIN = 0.25  # of the time of fall: the subsonic drag coefficient is known to 20-30 %, its root to half of that
MINUTE_S = 60.0


class Layer(NamedTuple):
    """A layer that is closed as one.

    Attributes:
        name: what it is.
        low_km, high_km: geodetic heights.
        dangerous_only: only pieces with enough energy at the ground count; else all that can harm an aircraft.
    """

    name: str
    low_km: float
    high_km: float
    dangerous_only: bool


LAYERS = (
    Layer("sea surface", 0.0, 3.0, True),
    Layer("air routes", 3.0, 20.0, False),
    Layer("above air routes", 20.0, 50.0, False),
    Layer("break-up", 50.0, 100.0, False),
)
"""Aircraft are hurt by pieces far below 15 J, so in the air all count: see ``harms_aircraft``."""


def harms_aircraft(impacts: Impacts) -> BoolArray:
    """Pieces that count in the air, whatever their energy: of 1 g and more, the threshold of RCC 321 for aircraft.

    Args:
        impacts: pieces at the ground, or where they demised; these count as long as they were there.

    Returns:
        Shape (n,), without shreds.
    """
    return ((impacts.mass_kg >= LEAST_MASS_KG) & ~is_shred(impacts)) | ~impacts.survives


@cache
def _air_path() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Height (km), root of density over that at the ground, and its integral from the ground (m), in US 1976."""
    level = np.linspace(0.0, TABLE_TOP_KM, 861)
    density, *_ = standard_atmosphere(level)
    root = np.sqrt(density / density[0])
    path = 1000.0 * np.concatenate([[0.0], np.cumsum(0.5 * (root[1:] + root[:-1]) * np.diff(level))])
    return level, root, path


def settled_height_km(impact_speed_mps: ArrayLike) -> FloatArray:
    """Height from which a piece falls at its terminal speed: where that reaches Mach 1, about.

    Args:
        impact_speed_mps: terminal speed at the ground.

    Returns:
        Km, 0 to 86, same shape.
    """
    level, root, _ = _air_path()
    wanted = np.asarray(impact_speed_mps, dtype=float) / SONIC_MPS
    return np.asarray(np.interp(-wanted, -root, level))


def time_to_ground_s(height_km: ArrayLike, impact_speed_mps: ArrayLike) -> FloatArray:
    """Time to fall at terminal speed from a height.

    v(h) = v(0) sqrt(rho(0) / rho(h)), as drag balances weight; the integral of dh / v over US 1976 by the trapezoidal
    rule. The slowing-down in denser air, 1 / (1 - v^2 / 2 H g), is left out: below 3 % of the speed at 100 m/s.

    Args:
        height_km: 0 to 86.
        impact_speed_mps: terminal speed at the ground; shapes broadcast.

    Returns:
        Seconds.
    """
    level, _, path = _air_path()
    return np.interp(np.asarray(height_km, dtype=float), level, path) / np.asarray(impact_speed_mps, dtype=float)


def time_at_height_s(impacts: Impacts, height_km: float) -> FloatArray:
    """Time from release at which each piece passes a height.

    Args:
        impacts: pieces at the ground, or where they demised.
        height_km: geodetic.

    Returns:
        Shape (n,), seconds from release; 0 where it was let go at or below, the end where it ended above.
    """
    end, top = impacts.time_of_fall_s, np.maximum(impacts.release_height_km, 1e-6)
    speed = np.maximum(impacts.speed_mps, 1e-3)
    knee = np.where(impacts.survives, np.minimum(settled_height_km(speed), 0.95 * top), impacts.demise_height_km)
    slow = np.where(impacts.survives, np.minimum(time_to_ground_s(knee, speed), end), 0.0)
    share = np.clip(time_to_ground_s(height_km, speed) / np.maximum(time_to_ground_s(knee, speed), 1e-9), 0.0, 1.0)
    above = (end - slow) * (top - height_km) / np.maximum(top - knee, 1e-9)
    passed = np.where(height_km < knee, end - slow * share, above)
    return np.clip(np.where(height_km >= top, 0.0, passed), 0.0, end)


def layer_times_s(impacts: Impacts, layer: Layer, chosen: BoolArray, runs: int) -> FloatArray:
    """When the first piece of each run is in a layer, and when the last leaves it.

    Args:
        impacts: pieces at the ground, with ``release_s``.
        layer: which.
        chosen: shape (n,), pieces that count.
        runs: number of runs.

    Returns:
        Shape (runs that reach the layer, 3), seconds from the entry interface: in, out, and how long the last piece
        fell.

    Raises:
        PointnemoError: ``release_s`` was not kept.
    """
    if impacts.release_s is None:
        raise PointnemoError("closure windows need the time at which each piece was released: run reenter again")
    there = chosen & (impacts.release_height_km > layer.low_km) & (impacts.demise_height_km < layer.high_km)
    rows = np.flatnonzero(there)
    into = (impacts.release_s + time_at_height_s(impacts, layer.high_km))[rows]
    fell = time_at_height_s(impacts, layer.low_km)[rows]
    out = impacts.release_s[rows] + fell
    run = impacts.run[rows]
    present = np.flatnonzero(np.bincount(run, minlength=runs))
    first, last = np.full(runs, np.inf), np.full(runs, -np.inf)
    np.minimum.at(first, run, into)
    np.maximum.at(last, run, out)
    duration = np.zeros(runs)
    latest = out >= last[run]
    np.maximum.at(duration, run[latest], fell[latest])
    return np.column_stack([first[present], last[present], duration[present]])


def closure_windows(
    impacts: Impacts, dangerous: BoolArray, runs: int, entry_tt_s: float, level: float, margin: bool
) -> tuple[Window, ...]:
    """Windows of every layer that pieces reach.

    Without margin: the order statistics of the runs' first and last times that hold the level at 95 %, or the earliest
    and latest of all where the runs are too few for it. With margin: the earliest and latest of all runs, ten minutes
    more on either side, and a quarter of the time that the last piece falls.

    Args:
        impacts: pieces at the ground, with ``release_s``.
        dangerous: shape (n,), those with enough energy at the ground.
        runs: number of runs.
        entry_tt_s: TT seconds since J2000 of the entry interface.
        level: probability that all pieces of a run fall within.
        margin: add the margins.

    Returns:
        From the sea upwards, rounded outwards to whole minutes.
    """
    windows = []
    for layer in LAYERS:
        chosen = dangerous if layer.dangerous_only else harms_aircraft(impacts)
        times = layer_times_s(impacts, layer, chosen, runs)
        if len(times) == 0:
            continue
        order = 1 if margin else max(order_for(len(times), level), 1)
        start, end = float(np.sort(times[:, 0])[order - 1]), float(np.sort(times[:, 1])[-order])
        if margin:
            latest = times[times[:, 1] >= end, 2].max()
            start, end = start - EARLY_MARGIN_S, end + LATE_MARGIN_S + FALL_MARGIN * float(latest)
        windows.append(
            Window(
                layer=layer.name,
                low_km=layer.low_km,
                high_km=layer.high_km,
                from_utc=_minute(entry_tt_s + start, up=False),
                to_utc=_minute(entry_tt_s + end, up=True),
            )
        )
    return tuple(windows)


def floating_window(impacts: Impacts, afloat: BoolArray, entry_tt_s: float, days: float) -> tuple[Window, ...]:
    """The sea surface from the first piece that floats to so many days after the last.

    Args:
        impacts: pieces at the ground, with ``release_s``.
        afloat: shape (n,), those that may float; at least one.
        entry_tt_s: TT seconds since J2000 of the entry interface.
        days: of drift.

    Returns:
        One window, rounded outwards to whole minutes.

    Raises:
        PointnemoError: ``release_s`` was not kept.
    """
    if impacts.release_s is None:
        raise PointnemoError("closure windows need the time at which each piece was released: run reenter again")
    landed = (impacts.release_s + impacts.time_of_fall_s)[afloat]
    start, end = float(landed.min()) - EARLY_MARGIN_S, float(landed.max()) + LATE_MARGIN_S + 86400.0 * days
    return (
        Window(
            layer="sea surface",
            low_km=0.0,
            high_km=0.0,
            from_utc=_minute(entry_tt_s + start, up=False),
            to_utc=_minute(entry_tt_s + end, up=True),
        ),
    )


def _minute(tt_s: float, up: bool) -> str:
    """UTC to the whole minute, away from the window."""
    seconds = float(clock.mjd_utc(tt_s)) % 1.0 * 86400.0
    # the last digits of a day's fraction are not to move a window by a minute
    minutes = ceil(seconds / MINUTE_S - 1e-6) if up else floor(seconds / MINUTE_S + 1e-6)
    return clock.to_utc(tt_s + minutes * MINUTE_S - seconds, 0)
