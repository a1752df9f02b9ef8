"""The extremes of each run, and what a number of runs can say about their quantiles.

An area holds *all* dangerous pieces of a run with some probability only if it is a quantile of the runs' foremost,
aftmost, leftmost and rightmost pieces. A quantile of the pieces of all runs, pooled, is a smaller area: with thousands
of pieces in a run, one of them lies outside the 99 % of all pieces in every single run.
"""

from __future__ import annotations

from itertools import pairwise
from math import log2
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from pointnemo.results import Impacts

__all__ = [
    "SIDES",
    "Reach",
    "direct_reach",
    "extremes_of_runs",
    "limit_beyond",
    "order_for",
    "reach_of",
    "runs_needed",
    "stretched",
    "unstretched",
    "wilks_confidence",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SIDES = ("heel", "toe", "left", "right")
"""Directions of the extremes, each counted outwards: against the flight, along it, to its left, to its right."""

CONFIDENCE = 0.95  # asked of every area; ESSB-ST-U-007 asks it of a casualty expectation
SHARES = (1.0, 0.5, 0.25)  # of the rows; the eight outermost of a run make nine tenths of what comes of these
OUTERMOST = 5  # rows, whose weight tells how many pieces there are beyond
LEAST_RATIO = 0.5
MOST_SHARE = 1.0 - 1e-9  # of the way to the limit
LEAST_SCALE_KM = 1.0  # of the spread of a side, so that runs that are all the same still make a region


class Reach(NamedTuple):
    """How extremes on four sides become one number: how many scales the worst side of a run lies beyond its centre.

    The region of one reach is a box in track coordinates; all pieces of a run lie inside where the run's own reach is
    smaller. So the joint probability over the four sides is that of one number.

    Attributes:
        centre_km: shape (4,), median extreme of each side, outwards.
        scale_km: shape (4,), one-sided spread of each side's extremes, outwards.
    """

    centre_km: FloatArray
    scale_km: FloatArray

    def of(self, extremes_km: FloatArray) -> FloatArray:
        """The reach of each run.

        Args:
            extremes_km: shape (..., 4), outwards, in the order of ``SIDES``.

        Returns:
            Shape (...).
        """
        return ((extremes_km - self.centre_km) / self.scale_km).max(axis=-1)

    def box_km(self, reach: float) -> FloatArray:
        """Sides of the region of a reach, outwards, shape (4,)."""
        return self.centre_km + reach * self.scale_km


def stretched(extremes_km: FloatArray, centre_km: FloatArray, limit_km: FloatArray | None) -> FloatArray:
    """Extremes in a coordinate that goes on for ever where the extremes end at a limit.

    x beyond the centre c becomes c - D ln(1 - (x - c) / D), D being the room up to the limit. An exponential tail in
    this coordinate is a generalised Pareto tail that ends at the limit, with the same slope at the centre (shape
    -scale / D in Coles 2001, eq. 4.2); near the centre, and where the room is large, nothing changes.

    Args:
        extremes_km: shape (..., 4), outwards.
        centre_km: shape (4,), where it begins.
        limit_km: shape (4,), beyond the centre; None: no limit, nothing changes.

    Returns:
        Shape (..., 4).
    """
    if limit_km is None:
        return extremes_km
    beyond = extremes_km - centre_km
    room = np.maximum(limit_km - centre_km, LEAST_SCALE_KM)
    share = np.clip(beyond / room, 0.0, MOST_SHARE)
    return centre_km + np.where(beyond > 0.0, -room * np.log1p(-share), beyond)


def unstretched(told_km: FloatArray, centre_km: FloatArray, limit_km: FloatArray | None) -> FloatArray:
    """The inverse of :func:`stretched`, whose arguments it has; always short of the limit."""
    if limit_km is None:
        return told_km
    beyond = told_km - centre_km
    room = np.maximum(limit_km - centre_km, LEAST_SCALE_KM)
    return centre_km + np.where(beyond > 0.0, -room * np.expm1(-np.maximum(beyond, 0.0) / room), beyond)


def extremes_of_runs(impacts: Impacts, chosen: BoolArray, runs: int, limit_km: FloatArray | None = None) -> FloatArray:
    """The outermost chosen piece of each run on each side, as far as pieces were flown.

    A row may stand for many pieces, of which the outermost lies beyond the row: on the average over the runs, by how
    much is told by the rows themselves. Half of them, drawn at random, reach less far by D1, a quarter less far than
    half by D2. Doubling takes extremes further by D1 q, D1 q^2, ... with q = D1 / D2: q is 1 for an exponential tail
    and less for one that ends, as it does where ballistic coefficients
    are bounded (the max-stability of extreme values: Coles 2001, section 3.1). The sum to as many doublings as the
    weight of the outermost rows makes is added to every run, as ``unstretched`` where it is known how far pieces can
    fall at all: twenty doublings of an exponential tail would else reach where nothing can.

    Args:
        impacts: pieces at the ground.
        chosen: shape (n,), which of them count.
        runs: number of runs.
        limit_km: shape (4,), beyond which nothing can fall, outwards; None where nothing is known of it.

    Returns:
        Shape (runs with a chosen piece, 4), km outwards, in the order of ``SIDES`` and of the runs.
    """
    rows = np.flatnonzero(chosen)
    run = impacts.run[rows]
    order = np.argsort(run, kind="stable")
    rows, run = rows[order], run[order]
    borders = np.searchsorted(run, np.arange(runs + 1))
    parts = [slice(a, b) for a, b in pairwise(borders) if b > a]
    down, cross = impacts.downrange_km[rows], impacts.crossrange_km[rows]
    weight = impacts.weight[rows]
    told = [_outermost(values, weight, parts) for values in (-down, down, cross, -cross)]
    flown, gain = np.column_stack([of_rows for of_rows, _ in told]), np.array([gain for _, gain in told])
    if limit_km is None:
        return flown + gain
    return unstretched(flown + gain, flown, np.maximum(limit_km, flown + LEAST_SCALE_KM))


def _outermost(values: FloatArray, weight: FloatArray, parts: list[slice]) -> tuple[FloatArray, float]:
    """The largest value of each part, and what the pieces beyond the rows add to all of them."""
    thinned, pieces = np.zeros((len(parts), len(SHARES))), np.zeros(len(parts))
    for i, part in enumerate(parts):
        order = np.argsort(-values[part], kind="stable")
        thinned[i] = [_expected_largest(values[part][order], share) for share in SHARES]
        pieces[i] = weight[part][order[:OUTERMOST]].mean()
    first, second = thinned[:, :-1].mean(axis=0) - thinned[:, 1:].mean(axis=0)
    doublings = max(log2(float(pieces.mean())), 0.0)
    if first <= 0.0 or doublings == 0.0:
        return thinned[:, 0], 0.0
    ratio = min(max(first / max(second, first), LEAST_RATIO), 1.0)
    gain = doublings if ratio == 1.0 else ratio * (1.0 - ratio**doublings) / (1.0 - ratio)
    return thinned[:, 0], float(first * gain)


def _expected_largest(falling: FloatArray, share: float) -> float:
    """Expectation of the largest of a random share of values that fall from the first; the last stands for none."""
    probability = share * (1.0 - share) ** np.arange(len(falling))
    probability[-1] += 1.0 - probability.sum()
    return float(probability @ falling)


def reach_of(extremes_km: FloatArray) -> Reach:
    """Centre and scale of each side, from runs.

    The scale is the root mean square of the extremes beyond the median: the standard deviation of a Gaussian, and the
    right size of the outer half where the two halves differ.

    Args:
        extremes_km: shape (runs, 4), outwards.

    Returns:
        Centre and scale.
    """
    centre = np.median(extremes_km, axis=0)
    beyond = np.maximum(extremes_km - centre, 0.0)
    scale = np.sqrt(2.0 * np.mean(beyond**2, axis=0))
    return Reach(centre, np.maximum(scale, LEAST_SCALE_KM))


def limit_beyond(extremes_km: FloatArray, limit_km: FloatArray) -> FloatArray:
    """A limit that no run has passed: where one did, a tenth of its way from the median beyond it, shape (4,)."""
    centre, furthest = np.median(extremes_km, axis=0), extremes_km.max(axis=0)
    return np.where(furthest < limit_km, limit_km, furthest + 0.1 * (furthest - centre) + LEAST_SCALE_KM)


def wilks_confidence(runs: int, level: float, order: int = 1) -> float:
    """Confidence that the ``order``-th largest of so many independent runs lies above the ``level`` quantile.

    Wilks (1941), Annals of Mathematical Statistics 12, 91: whatever the distribution, it does so where at least
    ``order`` runs exceed the quantile, and the number that do is binomial with probability 1 - level.

    Args:
        runs: number of runs.
        level: 0..1.
        order: 1 for the largest.

    Returns:
        0..1.
    """
    return float(bdtrc(order - 1, runs, 1.0 - level))


def runs_needed(level: float, confidence: float = CONFIDENCE, order: int = 1) -> int:
    """The least number of runs whose ``order``-th largest lies above the quantile with the confidence.

    Args:
        level, order: as for :func:`wilks_confidence`.
        confidence: 0..1.

    Returns:
        Number of runs: 299 for 0.99 and 299,572 for 0.99999 at 95 %.
    """
    low, high = 0, order
    while wilks_confidence(high, level, order) < confidence:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if wilks_confidence(middle, level, order) >= confidence else (middle, high)
    return high


def order_for(runs: int, level: float, confidence: float = CONFIDENCE) -> int:
    """Which of the largest runs to take: the largest order that still has the confidence; 0 where none has.

    Args:
        runs, level, confidence: as for :func:`runs_needed`.

    Returns:
        1 for the largest run, 2 for the second largest, ...
    """
    order = 0
    while order < runs and wilks_confidence(runs, level, order + 1) >= confidence:
        order += 1
    return order


def direct_reach(reach: FloatArray, level: float, confidence: float = CONFIDENCE) -> tuple[float, float] | None:
    """An upper bound of the quantile straight from the runs, without any assumption about their distribution.

    Runs spread evenly over their inputs (a scrambled sequence) scatter less than the independent ones of the theorem.

    Args:
        reach: shape (runs,).
        level, confidence: as for :func:`runs_needed`.

    Returns:
        The order statistic and the confidence that it has; None where the runs are too few.
    """
    order = order_for(len(reach), level, confidence)
    if order == 0:
        return None
    return float(np.sort(reach)[-order]), wilks_confidence(len(reach), level, order)
