"""What one run draws before anything flies: heights of the phases and the errors of nature and of the model.

Phases of a run are correlated by one latent robustness: a station that loses its arrays late also breaks late. Were
they independent, their spread would average away within a run, and the footprint would look shorter than it may be.
"""

from __future__ import annotations

from math import exp, pi, radians, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from pointnemo.scenario.models import Phase, Reentry

__all__ = [
    "RunDraw",
    "draw_run",
    "half_normal_lift",
    "isotropic_kicks",
    "phase_height_km",
    "shared_normals",
    "shared_normals_of",
    "vent_kicks",
]

FloatArray = NDArray[np.float64]

SHARED_STREAM = 2**31  # apart from the runs' own generators, which take their index


class RunDraw(NamedTuple):
    """One run's assumptions.

    Attributes:
        heights_km: shape (phases,), geodetic height of each phase, in the order of ``reentry.phases``.
        density_scale: factor on the density of the upper atmosphere.
        ballistic_scale: factor on C_D A of the station and of its modules.
        heat_scale: factor on the heat of every piece.
        broke: shape (phases, ``len(CAUSES)``), share of the mass that each cause freed or opened; none where heights
            are drawn.
    """

    heights_km: FloatArray
    density_scale: float
    ballistic_scale: float
    heat_scale: float
    broke: FloatArray | None = None


def phase_height_km(phase: Phase, normal: float) -> float:
    """Height of a phase: a normal distribution cut to the phase's bounds, by inversion, so that correlation survives.

    Args:
        phase: mean, sigma and bounds.
        normal: a standard normal number.

    Returns:
        Height within the bounds, km.
    """
    if phase.sigma_km == 0.0:
        return min(max(phase.height_km, phase.low_km), phase.high_km)
    spread = NormalDist(phase.height_km, phase.sigma_km)
    low, high = spread.cdf(phase.low_km), spread.cdf(phase.high_km)
    level = low + NormalDist().cdf(normal) * (high - low)
    height = spread.inv_cdf(min(max(level, 1e-12), 1.0 - 1e-12))
    return min(max(height, phase.low_km), phase.high_km)


def shared_normals(run: int, seed: int) -> FloatArray:
    """What governs a whole run, spread evenly over the runs so that a few of them stand for the distribution.

    A scrambled Sobol sequence (Owen 1998, J. Complexity 14, through scipy). With independent draws twenty runs could
    all be kind, and their survivors few; and a run's numbers still depend on nothing but the seed and its own index.

    Args:
        run: index of the run.
        seed: of the stage.

    Returns:
        Standard normal numbers, shape (4,): robustness, density, ballistic factor, heat.
    """
    return shared_normals_of(run, run + 1, seed)[0]


def shared_normals_of(first: int, last: int, seed: int) -> FloatArray:
    """``shared_normals`` of runs ``first`` to ``last`` (exclusive), shape (runs, 4)."""
    sequence = qmc.Sobol(4, scramble=True, rng=np.random.default_rng([seed, SHARED_STREAM]))
    if first > 0:  # scipy cannot go forward by nothing
        sequence.fast_forward(first)
    # the first of a sequence alone: scipy warns of balance when a sequence begins with another number
    head = sequence.random(1)
    level = np.concatenate([head, sequence.random(last - first - 1)]) if last - first > 1 else head
    return ndtri(np.clip(level, 1e-9, 1.0 - 1e-9))


def draw_run(reentry: Reentry, shared: FloatArray, rng: np.random.Generator) -> RunDraw:
    """Draw one run.

    Two phases correlate with ``phase_correlation`` before the cut to their bounds. The three scales are log-normal with
    median 1.

    Args:
        reentry: the scenario's table.
        shared: the run's row of ``shared_normals``.
        rng: the generator of this run.

    Returns:
        The draw.
    """
    latent, density, ballistic, heat = shared
    own = rng.standard_normal(len(reentry.phases))
    share = reentry.phase_correlation
    normals = sqrt(share) * latent + sqrt(1.0 - share) * own
    heights = [phase_height_km(phase, float(z)) for phase, z in zip(reentry.phases.values(), normals, strict=True)]
    return RunDraw(
        heights_km=np.array(heights),
        density_scale=exp(reentry.density_sigma * density),
        ballistic_scale=exp(reentry.ballistic_sigma * ballistic),
        heat_scale=exp(reentry.heat_sigma * heat),
    )


def isotropic_kicks(sigma_mps: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Break-up delta-v: Gaussian and isotropic.

    Args:
        sigma_mps: shape (n,), one-sigma per axis.
        rng: generator.

    Returns:
        Shape (n, 3), m/s.
    """
    return sigma_mps[:, None] * rng.standard_normal((len(sigma_mps), 3))


def vent_kicks(share: float, sigma_mps: float, count: int, rng: np.random.Generator) -> FloatArray:
    """The tail of the break-up delta-v: some pieces are thrown by a vent or an explosion as well.

    Args:
        share: of the pieces that are.
        sigma_mps: one-sigma per axis; 50 m/s for the tail of late, dense remnants in the literature.
        count: pieces.
        rng: generator.

    Returns:
        Shape (count, 3), m/s, zero for the others.
    """
    thrown = rng.random(count) < share
    return isotropic_kicks(np.where(thrown, sigma_mps, 0.0), rng)


def half_normal_lift(
    sigma: float, count: int, rng: np.random.Generator, least: float = 0.0, bank_deg: float | None = None
) -> tuple[FloatArray, FloatArray]:
    """Lift / drag of pieces that do not tumble evenly: half-normal size, any direction across the flight.

    The same numbers are drawn whether the direction is given or not, so that giving it changes nothing else of a run.

    Args:
        sigma: of the size; 0.05-0.1 in the literature for debris.
        count: pieces.
        rng: generator.
        least: lift / drag of every piece, on top of the half-normal part.
        bank_deg: direction, 0 up, 90 to the right; none: uniform.

    Returns:
        Upward and leftward lift / drag, both shape (count,).
    """
    size = least + sigma * np.abs(rng.standard_normal(count))
    bank = 2.0 * pi * rng.random(count)
    if bank_deg is not None:
        bank = np.full(count, -radians(bank_deg))
    return size * np.cos(bank), size * np.sin(bank)
