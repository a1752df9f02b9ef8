"""Forecast of a daily index over one and a half turns of the Sun, by regression on its own past.

What an observer on the Earth sees of the Sun comes round again after about 27 days, decays over a few turns, and
returns towards its running mean. So the value ``lead`` days ahead is a weighted sum of what is known on the day of the
forecast (the classes of predictors of Lean, Picone and Emmert, J. Geophys. Res. 114, A07301, 2009, and Warren, Emmert
and Crump, Space Weather 15, 1039, 2017): today's value and the means over 5 and 27 days (persistence), the three-day
mean one and two turns before the target (recurrence), each as a departure from the running mean over 81 days; that
mean; and a constant, which leads back to the long-term mean (climatology). The weights of each lead are least squares
over a stretch of the record that the caller chooses: nothing is typed in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEADS", "ROTATION_DAYS", "Rule", "fit", "forecast", "trailing_mean"]

FloatArray = NDArray[np.float64]

LEADS = 45
"""Days ahead that the rule reaches, as far as the daily forecast of NOAA and the US Air Force."""

ROTATION_DAYS = (
    27  # synodic rotation of active regions, to the day (Bartels 1934); the three-day mean takes up the rest
)
RUNNING_DAYS = 81  # three turns, the window of F10.7A
SHORT_DAYS = 5
HISTORY_DAYS = RUNNING_DAYS  # before the first day on which a forecast can be made


class Rule(NamedTuple):
    """What the training record taught.

    Attributes:
        weights: shape (LEADS, 7), row d - 1 for lead d, in the order of ``_predictors``.
        errors: shape (days, LEADS), truth minus forecast for each training day on which a forecast could be made and
            checked over all leads.
        level: shape (days,), running mean on those days.
    """

    weights: FloatArray
    errors: FloatArray
    level: FloatArray


def trailing_mean(values: FloatArray, days: int) -> FloatArray:
    """Mean over each day and those before it, ``days`` in all (fewer at the start). Shape (n,) -> (n,)."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    day = np.arange(len(values))
    low = np.maximum(day - days + 1, 0)
    return (total[day + 1] - total[low]) / (day + 1 - low)


def _turns_back(lead: int, turns: int) -> int:
    """How many days before the day of the forecast the target stood at the same longitude of the Sun."""
    return (-(-lead // ROTATION_DAYS) + turns - 1) * ROTATION_DAYS - lead


def _predictors(values: FloatArray, first: int, last: int, lead: int) -> FloatArray:
    """Predictors on the days ``first`` to ``last`` (inclusive), from those and earlier days only.

    Args:
        values: shape (n,), the index, one per day.
        first: at least ``HISTORY_DAYS``.
        last: below n.
        lead: 1 to ``LEADS``.

    Returns:
        Shape (last - first + 1, 7).
    """
    known = values[: last + 1]
    padded = np.pad(known, 1, mode="edge")
    three = (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0
    two = trailing_mean(known, 2)
    mean = trailing_mean(known, RUNNING_DAYS)
    days = np.arange(first, last + 1)
    level = mean[days]
    departures = (
        known[days],
        trailing_mean(known, SHORT_DAYS)[days],
        trailing_mean(known, ROTATION_DAYS)[days],
        # Centred on the day of the forecast itself (lead 27) the mean of three days has two days to go by.
        (three if _turns_back(lead, 1) else two)[days - _turns_back(lead, 1)],
        three[days - _turns_back(lead, 2)],
    )
    return np.column_stack([*(column - level for column in departures), level, np.ones(len(days))])


def fit(values: FloatArray) -> Rule:
    """Learn the weights of every lead from a record.

    Args:
        values: shape (n,), the index in a scale in which its errors are near enough symmetric, one per day.

    Returns:
        The rule.

    Raises:
        ValueError: the record is too short to hold as many forecasts as a hundred weights need.
    """
    first, last = HISTORY_DAYS, len(values) - 1 - LEADS
    if last - first < 1000:
        raise ValueError(f"{len(values)} days are too few to learn from")
    weights = np.empty((LEADS, 7))
    errors = np.empty((last - first + 1, LEADS))
    for lead in range(1, LEADS + 1):
        predictors = _predictors(values, first, last, lead)
        truth = values[first + lead : last + lead + 1]
        weights[lead - 1] = np.linalg.solve(predictors.T @ predictors, predictors.T @ truth)
        errors[:, lead - 1] = truth - predictors @ weights[lead - 1]
    return Rule(weights, errors, trailing_mean(values, RUNNING_DAYS)[first : last + 1])


def forecast(rule: Rule, values: FloatArray) -> FloatArray:
    """The next ``LEADS`` days.

    Args:
        rule: from ``fit``.
        values: shape (n,), the index up to the day of the forecast, in the scale of the rule; only the last days count.

    Returns:
        Shape (LEADS,).

    Raises:
        ValueError: fewer days than the predictors need.
    """
    recent = values[-(HISTORY_DAYS + 1) :]
    if len(recent) <= HISTORY_DAYS:
        raise ValueError(f"a forecast needs {HISTORY_DAYS + 1} days before it, not {len(values)}")
    rows = [_predictors(recent, HISTORY_DAYS, HISTORY_DAYS, lead)[0] for lead in range(1, LEADS + 1)]
    return np.einsum("ij,ij->i", rule.weights, np.array(rows))
