"""The far tail of the runs' extremes: response surface, importance sampling, and a tail fit beside it.

A level of 99.999 % asks for 299,572 runs (Wilks 1941). What moves the ends of a footprint is a handful of drawn inputs,
so the runs that were flown are fitted by a response of each side to those inputs, and the response is sampled with the
inputs' spreads inflated and each sample weighted by its likelihood ratio. The answer is set by the inputs' assumed
tails: Gaussian, 4.3 sigma one-sided at 99.999 %. Nothing that was flown proves them.

What the inputs do not explain has no such tail: it is the outermost of many pieces, and where those can fall at all is
known from a few bounding flights. Response and residual are therefore fitted and sampled in a coordinate in which the
place of that bound is infinitely far away (``hazard_extremes.stretched``).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from pointnemo.risk.hazard_burn import BurnSpread
from pointnemo.risk.hazard_extremes import CONFIDENCE, SIDES, limit_beyond, stretched, unstretched

__all__ = ["Response", "Tail", "fit_response", "importance_quantile", "limit_with_burn", "sampled_sides", "tail_fit"]

FloatArray = NDArray[np.float64]

SAMPLES = 1 << 16
INFLATION = 1.7  # of every input's spread: one sample in 170 beyond 4.3 sigma, and weights that stay below 1.7^n
REPLICAS = 24  # refits to resampled runs, for the standard error of the fit
BATCHES = 8  # of the samples, for the standard error of the sampling
FOR_LINEAR, FOR_SQUARE = 8, 20  # runs per unknown: a square that noise has bent grows far beyond the runs
ROUNDS = 15  # of reweighting
QUARTILE = 0.75
INNER = 4.0  # spreads inside the quartile, beyond which a run belongs to another heap: one in 700,000 of a Gaussian
QUARTILE_SIGMA = float(ndtri(QUARTILE))
# of a standard normal u beyond its upper quartile q: means of (u - q)^2, (u - q)(u^2 - q^2), (u^2 - q^2)^2
BEYOND = (0.597588, 1.596300, 4.479100)
USUAL_SKEW, USUAL_RUNS = 0.7, 50  # of the largest of some hundred Gaussian pieces, and how many runs outweigh it
MOST_SKEW = 1.14  # of a Gumbel distribution, the limit for the largest of ever more pieces
SHAPES = (-0.5, 0.15)  # of a Pareto tail; with 0.15 the outer fifth of a Gaussian leads to its own 4.2 sigma
ALONG = np.array([1.0, 1.0, 0.0, 0.0])  # the sides that the burn's errors move
STREAM = 0x48415A31  # keeps these draws apart from those of others with the same seed


class Response(NamedTuple):
    """How the four extremes answer to the drawn inputs: constant + sum of linear and square terms + residual.

    Attributes:
        quartile_km: shape (4,), upper quartile with all inputs at their medians.
        linear_km, square_km: shape (inputs, 4), per sigma and per sigma squared.
        residual_km: shape (4,), one sigma of what is left, as the quarter beyond shows it.
        skew: shape (4,), skewness of what is left, outwards.
        mixing: shape (4, 4), lower triangle that correlates the residuals of the sides.
        explained: shape (4,), share of the mean absolute deviation of each side that the inputs account for.
    """

    quartile_km: FloatArray
    linear_km: FloatArray
    square_km: FloatArray
    residual_km: FloatArray
    skew: FloatArray
    mixing: FloatArray
    explained: FloatArray

    def extremes_km(self, inputs: FloatArray, noise: FloatArray) -> FloatArray:
        """Extremes of samples.

        A side whose answer bends back is held at its vertex: beyond the runs a parabola that returns would promise
        that an error twice as large does no harm.

        Args:
            inputs: shape (n, inputs), standard normal.
            noise: shape (n, 4), standard normal.

        Returns:
            Shape (n, 4), km outwards.
        """
        answer = np.broadcast_to(self.quartile_km, (len(inputs), len(SIDES))).copy()
        for column, linear, square in zip(inputs.T, self.linear_km, self.square_km, strict=True):
            for side in range(len(SIDES)):
                a, b = linear[side], square[side]
                z = column
                if b < 0.0 and a != 0.0:
                    vertex = -0.5 * a / b
                    z = np.minimum(z, vertex) if a > 0.0 else np.maximum(z, vertex)
                answer[:, side] += (a + b * z) * z
        return answer + self.residual_km * (_bent(noise @ self.mixing.T, self.skew) - _bent(QUARTILE_SIGMA, self.skew))


class Tail(NamedTuple):
    """Sides of a region that holds all of a run with a probability, and how well they are known.

    Attributes:
        sides_km: shape (4,), best estimate, outwards.
        standard_error_km: shape (4,), by the number of runs and of samples.
        upper_km: shape (4,), one-sided bounds at the confidence, short of what can be flown.
    """

    sides_km: FloatArray
    standard_error_km: FloatArray
    upper_km: FloatArray


def fit_response(extremes_km: FloatArray, inputs: FloatArray) -> Response:
    """Fit the response to runs: the upper quartile of each side, and the spread beyond it.

    Where a class of pieces survives in some runs and melts in others, the extremes fall into two heaps. Only the outer
    one makes the area: runs far inside the upper quartile are left out, as if the class survived in all. Quantile
    regression (Koenker and Bassett 1978, Econometrica 46, 33) then gives the upper quartile of the others, and the
    exceedances the spread. What is left is the play of the outermost of many pieces, which is skewed outwards: its
    skewness is that of the runs, drawn towards that of maxima where they are few. Square terms need at least 20 runs
    per unknown; with fewer the response is linear, with less than eight per unknown a constant.

    Args:
        extremes_km: shape (runs, 4), outwards.
        inputs: shape (runs, inputs), the standard normal numbers that each run was drawn with.

    Returns:
        The response.
    """
    runs, count = inputs.shape
    linear, square = runs >= FOR_LINEAR * (1 + count), runs >= FOR_SQUARE * (1 + 2 * count)
    columns = [np.ones((runs, 1))] + ([inputs] if linear else []) + ([inputs**2] if square else [])
    design = np.hstack(columns)
    quartile = np.quantile(extremes_km, QUARTILE, axis=0)
    inner = quartile - INNER * _spread_beyond(extremes_km - quartile, np.zeros(len(SIDES)))
    outer = extremes_km >= inner
    fits = [_quantile_fit(design[some], side[some]) for side, some in zip(extremes_km.T, outer.T, strict=True)]
    answer = np.column_stack(fits)
    left = extremes_km - design @ answer
    kept = outer.sum(axis=0)
    lost = np.sqrt(kept / np.maximum(kept - design.shape[1], 1))
    skew = np.array([_skewness(side[some]) for side, some in zip(left.T, outer.T, strict=True)])
    none = np.zeros((count, len(SIDES)))
    return Response(
        quartile_km=answer[0],
        linear_km=answer[1 : 1 + count] if linear else none,
        square_km=answer[1 + count :] if square else none,
        residual_km=_spread_beyond(left, skew) * lost,
        skew=skew,
        mixing=_mixing(left),
        explained=_explained(extremes_km, left),
    )


def _bent(unit: ArrayLike, skew: FloatArray) -> FloatArray:
    """A standard normal number with skewness: the second-order expansion of Cornish and Fisher (1938)."""
    lowest = -3.0 / np.maximum(skew, 1e-9)  # below it the parabola would rise again
    held = np.maximum(unit, lowest)
    return held + skew / 6.0 * (held**2 - 1.0)


def _spread_beyond(left: FloatArray, skew: FloatArray) -> FloatArray:
    """One sigma of the distribution that goes as far beyond its upper quartile as these do beyond 0; shape (4,)."""
    square = np.sum(np.maximum(left, 0.0) ** 2, axis=0) / np.maximum((left > 0.0).sum(axis=0), 1)
    plain, mixed, bent = BEYOND
    return np.sqrt(square / (plain + mixed * skew / 3.0 + bent * skew**2 / 36.0))


def _skewness(left: FloatArray) -> float:
    """Skewness, drawn towards the usual one of maxima where there are few values; between 0 and that of Gumbel's."""
    about = left - left.mean()
    of_runs = float(np.mean(about**3)) / max(float(np.mean(about**2)), 1e-12) ** 1.5
    shrunk = (len(left) * of_runs + USUAL_RUNS * USUAL_SKEW) / (len(left) + USUAL_RUNS)
    return min(max(shrunk, 0.0), MOST_SKEW)


def _quantile_fit(design: FloatArray, answer: FloatArray) -> FloatArray:
    """Coefficients of the upper quartile, by iterated weighted least squares (after Schlossmacher 1973)."""
    least = 0.05 * max(float(np.std(answer)), 1e-6)
    weight = np.ones(len(answer))
    solved: FloatArray = np.zeros(design.shape[1])
    for _ in range(ROUNDS):
        weighted = design * weight[:, None]
        solved = np.linalg.lstsq(design.T @ weighted, weighted.T @ answer, rcond=None)[0].astype(np.float64)
        left = answer - design @ solved
        weight = np.where(left > 0.0, QUARTILE, 1.0 - QUARTILE) / np.maximum(np.abs(left), least)
    return solved


def _mixing(left: FloatArray) -> FloatArray:
    """Lower triangle that gives normal numbers the correlation of the residuals' normal scores, shape (4, 4)."""
    runs = len(left)
    if runs < 2 * len(SIDES):
        return np.eye(len(SIDES))
    rank = np.argsort(np.argsort(left, axis=0, kind="stable"), axis=0, kind="stable")
    scores = ndtri((rank + 0.5) / runs)
    correlation = scores.T @ scores / np.sum(scores[:, 0] ** 2)
    return np.linalg.cholesky(correlation + 1e-9 * np.eye(len(SIDES)))


def _explained(extremes_km: FloatArray, left: FloatArray) -> FloatArray:
    """Share of the loss about the upper quartile that the inputs account for (Koenker and Machado 1999), shape (4,)."""

    def loss(value: FloatArray) -> FloatArray:
        return np.mean(np.where(value > 0.0, QUARTILE, QUARTILE - 1.0) * value, axis=0)

    about = loss(extremes_km - np.quantile(extremes_km, QUARTILE, axis=0))
    return np.clip(1.0 - loss(left) / np.maximum(about, 1e-9), 0.0, 1.0)


def importance_quantile(value: FloatArray, weight: FloatArray, level: float) -> float:
    """Quantile of a sample drawn from another distribution, with likelihood-ratio weights.

    The share above a value is the sum of its samples' weights over the number of samples, unbiased (Kahn and Marshall
    1953, J. Oper. Res. Soc. Am. 1, 263).

    Args:
        value: shape (n,).
        weight: shape (n,), density wanted over density drawn from.
        level: 0..1, better above the middle.

    Returns:
        The least value with no more than 1 - level above it.
    """
    order = np.argsort(-value, kind="stable")
    above = np.cumsum(weight[order]) / len(value)
    at = min(int(np.searchsorted(above, 1.0 - level, side="right")), len(value) - 1)
    return float(value[order[at]])


def sampled_sides(
    extremes_km: FloatArray,
    inputs: FloatArray,
    burn: BurnSpread,
    level: float,
    seed: int,
    confidence: float = CONFIDENCE,
    limit_km: FloatArray | None = None,
) -> Tail:
    """Sides of the region that holds a run, by importance sampling of the response to the inputs and the burn's errors.

    Each side is passed by as many runs as the next, so many that together they make 1 - level: one side whose tail is
    long does not take the others along.

    Args:
        extremes_km: shape (runs, 4), outwards, without the burn's errors.
        inputs: shape (runs, inputs), standard normal numbers of each run; no columns where they are not known.
        burn: errors of the final burn.
        level: 0..1.
        seed: same seed, same bits.
        confidence: of the upper bound.
        limit_km: shape (4,), beyond which nothing can fall, outwards, without the burn's errors; None where nothing is
            known of it.

    Returns:
        The sides. Their error is that of the whole procedure: runs resampled from these (Efron 1979) give other
        responses, hence other sides.
    """
    centre = np.median(extremes_km, axis=0)
    limit = None if limit_km is None else limit_beyond(extremes_km, limit_km)
    told = stretched(extremes_km, centre, limit)
    generator = np.random.default_rng([seed, STREAM])
    count = inputs.shape[1]
    drawn = generator.standard_normal((SAMPLES, count + len(SIDES) + 2))
    size = drawn.shape[1]
    weight = INFLATION**size * np.exp(-0.5 * (INFLATION**2 - 1.0) * np.sum(drawn**2, axis=1))
    drawn *= INFLATION

    def sample(response: Response, rows: slice) -> FloatArray:
        some = drawn[rows]
        extremes = response.extremes_km(some[:, :count], some[:, count : count + len(SIDES)])
        return burn.add_to(unstretched(extremes, centre, limit), some[:, -2], some[:, -1])

    part = slice(0, SAMPLES // 4)
    sampled = sample(fit_response(told, inputs), slice(None))
    of_side = _level_of_side(sampled, weight, level)
    best = _quantiles(sampled, weight, of_side)
    batches = np.split(np.arange(SAMPLES), BATCHES)
    spread = np.std([_quantiles(sampled[b], weight[b], of_side) for b in batches], ddof=1, axis=0) / np.sqrt(BATCHES)
    wanted = _quantiles(sampled[part], weight[part], of_side)
    found = []
    for _ in range(REPLICAS):
        again = generator.integers(0, len(told), len(told))
        found.append(_quantiles(sample(fit_response(told[again], inputs[again]), part), weight[part], of_side))
    short = wanted - np.array(found)
    error = np.hypot(np.std(short, ddof=1, axis=0), spread)
    of_four = 1.0 - (1.0 - confidence) / len(SIDES)  # each side may take a quarter of the doubt (Bonferroni)
    upper = best + np.maximum(short.mean(axis=0), 0.0) + float(ndtri(of_four)) * error
    if limit is not None:
        furthest = limit_with_burn(limit, burn, level)
        best, upper = np.minimum(best, furthest), np.minimum(upper, furthest)
    return Tail(best, error, upper)


def limit_with_burn(limit_km: FloatArray, burn: BurnSpread, level: float) -> FloatArray:
    """How far pieces can be flown with the burn's errors as well, which go as far out as the level has it.

    Args:
        limit_km: shape (4,), outwards, without them.
        burn: errors of the final burn, along the track.
        level: 0..1.

    Returns:
        Shape (4,), km.
    """
    return limit_km + float(ndtri(level)) * burn.sigma_km() * ALONG


def _quantiles(sampled: FloatArray, weight: FloatArray, level: float) -> FloatArray:
    """The quantile of each side, shape (4,)."""
    return np.array([importance_quantile(side, weight, level) for side in sampled.T])


def _level_of_side(sampled: FloatArray, weight: FloatArray, level: float) -> float:
    """The level of each side's own quantile at which the box of them holds samples with the level wanted."""
    beyond = np.ones(len(sampled))
    for side in np.round(sampled, 3).T:  # to a metre, so that sides that are the same in all runs have no rank
        order = np.argsort(-side, kind="stable")
        above = np.cumsum(weight[order]) / len(side)
        last = np.searchsorted(-side[order], -side, side="right") - 1
        beyond = np.minimum(beyond, above[last])
    order = np.argsort(beyond, kind="stable")
    out = np.cumsum(weight[order]) / len(beyond)
    at = min(int(np.searchsorted(out, 1.0 - level, side="right")), len(beyond) - 1)
    return 1.0 - min(max(float(beyond[order[at]]), (1.0 - level) / len(SIDES)), 1.0 - level)


def tail_fit(values: FloatArray, level: float, share: float = 0.2) -> float:
    """Quantile by a generalised Pareto distribution fitted to the outermost share of the values.

    Probability-weighted moments (Hosking and Wallis 1987, Technometrics 29, 339, eqs. 5 and 6), which stay sober with
    few values. The shape is kept at or above that of a Gaussian's outer fifth: a tail that ends, fitted to few runs,
    is a promise that none goes further.

    Args:
        values: shape (n,), n of 25 or more.
        level: 0..1, above 1 - share.
        share: of the values that are taken as the tail.

    Returns:
        The quantile.
    """
    ordered = np.sort(values)
    count = max(int(share * len(ordered)), 5)
    threshold = float(ordered[-count - 1])
    excess = ordered[-count:] - threshold
    mean = float(excess.mean())
    plotting = (np.arange(1, count + 1) - 0.35) / count
    second = float(np.mean((1.0 - plotting) * excess))
    shape = mean / max(mean - 2.0 * second, 1e-12) - 2.0  # k of the authors: positive for a bounded tail
    shape = float(np.clip(shape, *SHAPES))
    scale = mean * (1.0 + shape)
    outside = (1.0 - level) * len(ordered) / count
    if abs(shape) < 1e-6:
        return threshold - scale * float(np.log(outside))
    return threshold + scale / shape * (1.0 - outside**shape)
