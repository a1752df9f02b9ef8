"""How sure a casualty expectation is: what each error alone does to it, and all of them together.

Four errors, drawn independently of each other:

- population: how many people there are, and how they are placed (log-normal);
- break-up: which of the realisations comes true, a model error, since nobody knows how a station breaks up;
- casualty area: which definition is right, each of the three as likely;
- sample: the mean of so many realisations is not the mean of all that there could be (bootstrap, Efron 1979).

The interval of all together is widened to hold each of them alone: where the other definitions of casualty area are the
smaller ones, drawing them as well would pull its upper end below that of the break-up alone.

Where no realisation endangers anybody the value is 0 and a bootstrap says nothing. The upper end is then the
probability of what the sample did not show (``Unseen``) times what it would cost. Without better knowledge that
probability is the upper bound of 95 % confidence for n trials without a success, 1 - 0.05^(1/n) (Clopper and Pearson
1934; about 3/n).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.results import ErrorPart, Estimate

__all__ = ["LEVEL", "Expectation", "Unseen", "expectation_of", "interval", "probability_of_run"]

FloatArray = NDArray[np.float64]

LEVEL = 0.9  # probability content of every interval: its upper end is a bound with 95 % confidence
DRAWS = 20_000  # of all errors together; the 5 % quantile is then known to 1 % of the spread
REPLICAS = 400  # resamplings of the realisations
BLOCK = 4_000_000  # numbers drawn at once: bounds memory; the result does not depend on it
STREAM = 0x41535345  # keeps the draws of this stage apart from those of others with the same seed


class Unseen(NamedTuple):
    """What realisations beyond the sample may do where the sample endangers nobody.

    Attributes:
        persons: expected casualties of one that comes down elsewhere, an upper end.
        probability: that one does, an upper bound; None: what the number of realisations says.
        text: what the probability rests on; empty with None.
    """

    persons: float = 0.0
    probability: float | None = None
    text: str = ""


NOTHING_UNSEEN = Unseen()


class Expectation(NamedTuple):
    """A casualty expectation, and what its interval is made of.

    Attributes:
        estimate: mean over the realisations by the definition of NASA; all errors together.
        parts: each error alone.
    """

    estimate: Estimate
    parts: tuple[ErrorPart, ...]


def interval(value: float, samples: FloatArray, unit: str) -> Estimate:
    """A value with the central interval of samples, widened to hold the value where there are few of them.

    Args:
        value: best estimate.
        samples: shape (n,).
        unit: of both.

    Returns:
        Estimate at ``LEVEL``.
    """
    low, high = np.quantile(samples, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), level=LEVEL, unit=unit)


def expectation_of(
    of_run: FloatArray, population_sigma: float, population_text: str, seed: int, unseen: Unseen = NOTHING_UNSEEN
) -> Expectation:
    """Casualty expectation with its interval and the parts of it.

    Args:
        of_run: shape (definitions, runs), expected casualties of each realisation; the first definition gives the
            value.
        population_sigma: standard deviation of the logarithm of the number of people that matters.
        population_text: what that error is.
        seed: of the whole plan.
        unseen: what realisations beyond these may do; counts only where these endanger nobody.

    Returns:
        Persons.
    """
    generator = np.random.default_rng([seed, STREAM])
    definitions, runs = of_run.shape
    factor = np.exp(population_sigma * generator.standard_normal(DRAWS))
    run = generator.integers(0, runs, DRAWS)
    definition = generator.integers(0, definitions, DRAWS)
    first = of_run[0]
    value = float(first.mean())
    shift = _resampled_means(first, generator) - value
    together = np.maximum(of_run[definition, run] + shift[np.arange(DRAWS) % len(shift)], 0.0) * factor
    means = of_run.mean(axis=1)
    sample = interval(value, value + shift, "persons")
    if of_run.max() <= 0.0:
        most = _unseen_probability(runs) if unseen.probability is None else unseen.probability
        sample = sample.model_copy(update={"high": most * unseen.persons})
    parts = (
        ErrorPart(id="population", text=population_text, interval=interval(value, value * factor, "persons")),
        ErrorPart(
            id="break-up",
            text=f"which of {runs} realisations of the break-up, the atmosphere and the heating comes true",
            interval=interval(value, first[run], "persons"),
        ),
        ErrorPart(
            id="casualty-area",
            text="which definition of casualty area is right, each as likely: the least to the largest of the means "
            "by NASA, Opiela-Matney and CNES",
            interval=interval(value, means[definition], "persons"),
        ),
        ErrorPart(
            id="sample",
            text=_sample_text(of_run, unseen),
            interval=sample,
        ),
    )
    return Expectation(_holding(interval(value, together, "persons"), parts), parts)


def _holding(estimate: Estimate, parts: tuple[ErrorPart, ...]) -> Estimate:
    """An interval widened to hold those of its parts."""
    low = min(estimate.low, *(part.interval.low for part in parts))
    high = max(estimate.high, *(part.interval.high for part in parts))
    return estimate.model_copy(update={"low": low, "high": high})


def _unseen_probability(runs: int) -> float:
    """Upper bound of 95 % confidence for what none of so many realisations did."""
    return float(1.0 - (0.5 - LEVEL / 2) ** (1.0 / runs))


def _sample_text(of_run: FloatArray, unseen: Unseen) -> str:
    """What the number of realisations means."""
    runs = of_run.shape[1]
    if of_run.max() > 0.0:
        if runs == 1:
            return "one realisation says nothing about how far its mean is from the true one"
        return f"of the mean of {runs} realisations"
    if unseen.persons <= 0.0:
        return f"nothing that {runs} realisations bring to the ground endangers anybody anywhere"
    taken = "the upper end takes these for uncontrolled re-entries"
    if unseen.probability is not None:
        return f"none of {runs} realisations comes near people; {unseen.text}; {taken}"
    return (
        f"none of {runs} realisations comes near people: with 95 % confidence fewer than one in "
        f"{1.0 / _unseen_probability(runs):.3g} does; {taken}"
    )


def _resampled_means(values: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Means of resamplings with replacement, shape (REPLICAS,)."""
    rows = max(1, BLOCK // len(values))
    return np.concatenate(
        [
            values[generator.integers(0, len(values), (min(rows, REPLICAS - start), len(values)))].mean(axis=1)
            for start in range(0, REPLICAS, rows)
        ]
    )


def probability_of_run(of_run: FloatArray, expectation: Estimate) -> Estimate:
    """Probability of one or more casualties.

    In each realisation the casualties of many small pieces are a Poisson count, so that none has the probability
    exp(-E); the mean over the realisations is not more than 1 - exp(-mean E).

    Args:
        of_run: shape (runs,), expected casualties of each realisation.
        expectation: with its interval, which is carried over by the same law.

    Returns:
        0..1.
    """
    value = float(np.mean(-np.expm1(-of_run)))
    low, high = (float(-np.expm1(-end)) for end in (expectation.low, expectation.high))
    return Estimate(value=value, low=min(low, value), high=max(high, value), level=expectation.level, unit="1")
