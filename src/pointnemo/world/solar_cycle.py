"""What past solar cycles say about the coming one: width of an F10.7 forecast, and Ap where no forecast is given.

Method (the regression of McNish and Lincoln, Trans. AGU 30, 673, 1949, with one predictor, on the record since 1957):
monthly means are smoothed over 13 months (half weights at the ends, as everywhere in this field). Cycles are aligned
on their minimum. For a forecast whose last known smoothed month lies p months after the last minimum, every earlier
cycle gives one pair (value at p, value at p + lead). The scatter of these pairs about their regression line, with
Student's t for so few cycles, is the half width of the 5 to 95 % interval. It is taken in sqrt(F10.7 - 60), where the
interval is near enough symmetric (so are the published intervals of MSAFE 2011), and in ln(Ap).

The width is that of the *smoothed* level. It does not contain the 27-day and daily swings, which average out over
the weeks in which a station decays, and it is the width of a regression, while the centre is the agency's forecast.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["QUIET_SUN_SFU", "Outlook", "ap_outlook", "f107_outlook", "monthly_means", "smoothed"]

FloatArray = NDArray[np.float64]

QUIET_SUN_SFU = 60.0
"""Origin of the root scale; the quiet Sun never falls below about 64 sfu (Tapping, Space Weather 11, 394, 2013)."""

# Cycle minima in the 13-month mean of the sunspot number (SILSO, Royal Observatory of Belgium), as (year, month).
# The first lies before the F10.7 record and places the rest of cycle 19 in it.
MINIMA = ((1954, 4), (1964, 10), (1976, 3), (1986, 9), (1996, 8), (2008, 12), (2019, 12))
POOL_MONTHS = (-6, -3, 0, 3, 6)  # neighbouring phases whose scatters are averaged
# Student's t at 95 % (one-sided) for 1, 2, ... 10 degrees of freedom; any table of the distribution.
STUDENT_95 = np.array([6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812])
RISE_MONTHS = 2  # from nothing on the day of issue to the full width


class Outlook(NamedTuple):
    """What the record says for each month after the last known smoothed month.

    Attributes:
        month: shape (m,), months since January 1970.
        centre: shape (m,), value of the regression line in the scale of the analysis.
        half_width: shape (m,), from the centre to the 5th or 95th percentile, same scale.
        lowest, highest: of the smoothed record, same scale.
    """

    month: NDArray[np.int64]
    centre: FloatArray
    half_width: FloatArray
    lowest: float
    highest: float


def monthly_means(mjd0: int, daily: FloatArray) -> tuple[int, FloatArray]:
    """Means over whole calendar months.

    Args:
        mjd0: MJD of the first day.
        daily: shape (n,).

    Returns:
        The first month (months since January 1970) and shape (m,); months cut off by either end are left out.
    """
    day = np.datetime64("1858-11-17") + np.arange(mjd0, mjd0 + len(daily) + 1)
    month = day.astype("datetime64[M]").astype(np.int64)
    starts = np.flatnonzero(np.diff(month, prepend=month[0] - 1) * (day == day.astype("datetime64[M]")))
    sums = np.add.reduceat(daily, starts[:-1]) if len(starts) > 1 else np.zeros(0)
    if len(starts) > 1:
        sums[-1] = daily[starts[-2] : starts[-1]].sum()
    return int(month[starts[0]]), sums / np.diff(starts)


def smoothed(monthly: FloatArray) -> FloatArray:
    """13-month running mean with half weights at the ends; shape (m - 12,), the first value belongs to month 6."""
    weights = np.array([0.5, *[1.0] * 11, 0.5]) / 12.0
    return np.convolve(monthly, weights, mode="valid")


def _month(year: int, month: int) -> int:
    return 12 * (year - 1970) + month - 1


def _outlook(first: int, level: FloatArray, months: int) -> Outlook:
    """Regression of the level ``months`` ahead on the level now, over all cycles at the same phase.

    Args:
        first: month of the first value of ``level``.
        level: shape (m,), smoothed values in the scale of the analysis; the last is the last that is known.
        months: how far to look.
    """
    minima = [_month(*pair) for pair in MINIMA]
    last = first + len(level) - 1
    phase = last - max(start for start in minima if start <= last)
    lead = np.arange(1, months + 1)

    def value(month: NDArray[np.int64]) -> FloatArray:
        inside = (month >= first) & (month <= last)
        return np.where(inside, level[np.clip(month - first, 0, len(level) - 1)], np.nan)

    fits = []
    for shift in POOL_MONTHS:
        starts = np.array([start + phase + shift for start in minima])
        fits.append(_regression(value(starts)[:, None], value(starts[:, None] + lead), level[-1]))
    own = fits[POOL_MONTHS.index(0)]
    spread = np.sqrt(np.mean([fit.variance for fit in fits], axis=0))
    # Prediction interval of a regression (Draper and Smith 1998, eq. 3.1.10).
    half = STUDENT_95[np.clip(own.cycles - 3, 0, 9)] * spread * np.sqrt(1 + own.leverage)
    half = _held(half)
    padded = np.concatenate([np.full(6, half[0]), half, np.full(6, half[-1])])
    return Outlook(last + lead, _held(own.centre), smoothed(padded), float(level.min()), float(level.max()))


class _Fit(NamedTuple):
    centre: FloatArray  # shape (m,), value of the line for this cycle
    variance: FloatArray  # shape (m,), of the residuals; NaN where fewer than three cycles reach
    leverage: FloatArray  # shape (m,), 1 / n and how far this cycle stands from the others now
    cycles: NDArray[np.int64]  # shape (m,), how many were used


def _regression(now: FloatArray, later: FloatArray, here: float) -> _Fit:
    """Straight line through (now, later) over cycles, for every lead at once.

    Args:
        now: shape (cycles, 1), NaN where not on record.
        later: shape (cycles, m), NaN where not on record.
        here: value now in the cycle that is forecast.
    """
    used = ~np.isnan(now) & ~np.isnan(later)
    n = used.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # too few cycles: NaN, filled by the caller
        mean_x = np.where(used, now, 0.0).sum(axis=0) / n
        mean_y = np.where(used, later, 0.0).sum(axis=0) / n
        dx, dy = np.where(used, now - mean_x, 0.0), np.where(used, later - mean_y, 0.0)
        slope = (dx * dy).sum(axis=0) / (dx * dx).sum(axis=0)
        variance = ((dy - slope * dx) ** 2).sum(axis=0) / (n - 2)
        leverage = 1 / n + (here - mean_x) ** 2 / (dx * dx).sum(axis=0)
    centre = mean_y + slope * (here - mean_x)
    values = [np.where(n >= 3, array, np.nan) for array in (centre, variance, leverage)]
    return _Fit(*values, cycles=n)


def _held(values: FloatArray) -> FloatArray:
    """Fill NaN with the last value before."""
    index = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))))
    return values[index]


def f107_outlook(mjd0: int, f107: FloatArray, months: int) -> Outlook:
    """Outlook for F10.7 in sqrt(F10.7 - ``QUIET_SUN_SFU``).

    Args:
        mjd0: MJD of the first observed day.
        f107: shape (n,), observed daily F10.7 in sfu, back to 1957: shorter records hold too few cycles.
        months: how many months after the last known smoothed month.
    """
    first, monthly = monthly_means(mjd0, f107)
    return _outlook(first + 6, np.sqrt(smoothed(monthly) - QUIET_SUN_SFU), months)


def ap_outlook(mjd0: int, ap: FloatArray, months: int) -> Outlook:
    """Outlook for the daily Ap in ln(Ap); arguments as for ``f107_outlook``."""
    first, monthly = monthly_means(mjd0, ap)
    return _outlook(first + 6, np.log(smoothed(monthly)), months)
