"""What a scenario says about the air, as the kernels take it: wind, its random part, errors of density by height.

Each run draws from a stream of its own, made of the seed, the run and nothing else, so that runs may be flown in any
order and in any packs, and so that asking for wind leaves every other draw of the run as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

import numpy as np
from numpy.typing import NDArray

from pointnemo.reentry.pack import STILL_AIR, Air
from pointnemo.scenario.models import Reentry
from pointnemo.world.wind import CALM, WindTable, climatology, draw_gusts, profile_wind, read_profile, with_gusts

__all__ = ["DENSITY_CORRELATION_KM", "air_of_runs", "draw_layers", "mean_wind"]

FloatArray = NDArray[np.float64]

AIR_STREAM = 2**30  # apart from the other generators of a run
DENSITY_CORRELATION_KM = 20.0  # judgement: two to three scale heights


def mean_wind(reentry: Reentry, day: float, f107: float, f107a: float, ap: float) -> WindTable:
    """The mean wind that a scenario asks for.

    Args:
        reentry: with ``wind``: ``none``, ``climatology``, or the path of a CSV file.
        day: day of year of the entry.
        f107, f107a, ap: space weather of the entry.

    Returns:
        The table, without gusts.

    Raises:
        InputError: the file cannot be used.
    """
    if reentry.wind == "none":
        return CALM
    if reentry.wind == "climatology":
        return climatology(day, f107, f107a, ap)
    return profile_wind(*np.array(reentry.wind_profile).T) if reentry.wind_profile else read_profile(reentry.wind)


def draw_layers(reentry: Reentry, rng: np.random.Generator) -> FloatArray:
    """One run's errors of density at the heights of ``density_layers``, logarithm of true over model density.

    Normal about the bias of each height, correlated with exp(-|dz| / 20 km).

    Args:
        reentry: with ``density_layers``.
        rng: of the run.

    Returns:
        Shape (layers,), by rising height.
    """
    rows = sorted(reentry.density_layers.values(), key=lambda row: row.height_km)
    heights = np.array([row.height_km for row in rows])
    sigma, bias = np.array([row.sigma for row in rows]), np.array([row.bias for row in rows])
    keep = exp(-1.0 / DENSITY_CORRELATION_KM) ** np.abs(np.diff(heights))
    fresh = rng.standard_normal(len(rows))
    walk = fresh.copy()
    for i in range(1, len(rows)):  # Markov in height: the exponential correlation exactly
        walk[i] = keep[i - 1] * walk[i - 1] + np.sqrt(1.0 - keep[i - 1] ** 2) * fresh[i]
    return bias + sigma * walk


def air_of_runs(mean: WindTable, reentry: Reentry, seed: int, runs: Sequence[int]) -> Air:
    """The air of some runs.

    Args:
        mean: from ``mean_wind``; without wind there are no gusts either.
        reentry: with ``wind``, ``wind_sigma_mps`` and ``density_layers``.
        seed: of the stage.
        runs: numbers of the runs; row i of the result is for ``runs[i]``.

    Returns:
        ``STILL_AIR`` itself where the scenario asks for neither wind nor errors by height.
    """
    gusty = reentry.wind != "none" and reentry.wind_sigma_mps > 0.0
    if reentry.wind == "none" and not reentry.density_layers:
        return STILL_AIR
    gusts: list[tuple[FloatArray, FloatArray]] = []
    layers: list[FloatArray] = []
    for run in runs:
        wind_rng, density_rng = (np.random.default_rng([seed, run, AIR_STREAM + i]) for i in range(2))
        if gusty:
            gusts.append(draw_gusts(reentry.wind_sigma_mps, wind_rng))
        if reentry.density_layers:
            layers.append(draw_layers(reentry, density_rng))
    wind = with_gusts(mean, *(np.array(part) for part in zip(*gusts, strict=True))) if gusts else mean
    if not layers:
        return Air(wind)
    heights = sorted(row.height_km for row in reentry.density_layers.values())
    return Air(wind, 1000.0 * np.array(heights), np.array(layers))
