"""Space weather as it could have been known on a day, and how far off that usually is.

``as_known_on`` is a wall: of the weather it is given it reads the days before the as-of day and nothing else, so that a
prediction made for a past day is as good or as bad as it would have been on that day. What follows is forecast from
those days alone (``METHOD``). A day's F10.7 and Ap are complete when the day is over, so the last day that counts is
the one before the as-of instant; F10.7a of the last 40 days, a centred mean, contains forecast days, as it would have.

Where the as-of instant lies after the day on which the table was issued, its own forecast - the agency's - was
available, and the table is returned as it is.

``draw`` gives members for an ensemble. Their errors up to 45 days ahead are whole error paths of this very method on
past days of similar activity, F10.7 and Ap together: so they have the size, memory, correlation and storms that the
record has, and no distribution is assumed. Later errors are a first-order autoregressive continuation with the memory
and size of those paths, about a level that opens up to the interval of ``solar_cycle``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import WorldError
from pointnemo.world import recurrence, solar_cycle
from pointnemo.world.recurrence import LEADS
from pointnemo.world.weather import (
    DAILY,
    DRAWN,
    HALF_WINDOW_DAYS,
    MONTHLY,
    NEIGHBOURS,
    OBSERVED,
    SpaceWeather,
    centred_mean,
    iso_day,
    monthly_to_daily,
    to_one_au,
)

__all__ = ["METHOD", "SKILL", "TRAINING_ENDS_MJD", "Spread", "as_known_on", "draw", "spread"]

FloatArray = NDArray[np.float64]

TRAINING_ENDS_MJD = 55197
"""2010-01-01: weights and errors are learnt from the days before it (or before the as-of day, if that is earlier); the
years since, cycles 24 and 25, are left for measuring what the forecasts are worth."""

METHOD = (
    "days before the as-of day as observed; then 45 days by regression of ln F10.7 and sqrt Ap on their values of 27 "
    "and 54 days before the target (recurrence), their last value and means over 5 and 27 days (persistence) and their "
    "running mean over 81 days, weights learnt from the record before 2010; later the monthly mean of McNish and "
    "Lincoln (1949) from the record before the as-of day, approached with the memory of the 81-day mean"
)

SKILL = (
    "rms error 2010-2026, this forecast / persistence / running mean: F10.7 (sfu) 16.3 / 21.7 / 19.8 after 7 days, "
    "18.1 / 27.5 / 19.7 after 14, 22.0 / 27.1 / 22.9 after 45; Ap 10.6 / 13.5 / 11.0 after 7 days; ln of the mean "
    "density at 415 km 0.17 / 0.22 / 0.22 after 7 days, 0.21 / 0.26 / 0.23 after 14, 0.13 / 0.18 / 0.18 as the mean "
    "over days 1 to 15"
)

_TOO_SHORT = "space weather is not on record for long enough to forecast it as of"
ROLLING_DAYS = 365  # the year about which the 81-day mean wanders
MEMORY_LAG_DAYS = 54  # two turns: over one, 81-day means share days
CONTEXT_DAYS = 2 * HALF_WINDOW_DAYS + NEIGHBOURS  # of the past that a drawn table carries
ALIKE = 3  # errors are taken from the one in three of the training days whose activity is nearest


class _Rules(NamedTuple):
    """All that is learnt from the training record."""

    sun: recurrence.Rule  # of ln F10.7
    geo: recurrence.Rule  # of sqrt Ap
    join_days: tuple[float, float]  # memory of the 81-day mean of ln F10.7 and sqrt Ap about a year's


class Spread(NamedTuple):
    """How far off the forecast is, one sigma, on days like those before the as-of day.

    Attributes:
        lead_days: shape (n,), 1 is the as-of day itself.
        f107_sigma_sfu: shape (n,), of the day's F10.7.
        ap_sigma: shape (n,), of the daily Ap; its errors are skewed towards storms.
        correlation: shape (n,), between the two errors of the same day.
    """

    lead_days: NDArray[np.int64]
    f107_sigma_sfu: FloatArray
    ap_sigma: FloatArray
    correlation: FloatArray


def as_known_on(weather: SpaceWeather, as_of_mjd: float) -> SpaceWeather:
    """The weather with every day from the as-of day on forecast from the days before it.

    One thing is not hidden: that the minimum of a solar cycle was one, which is agreed on months after it
    (``solar_cycle.MINIMA``); it bears on the months after the 45 days alone.

    Args:
        weather: the mean line of a record with its forecast.
        as_of_mjd: UTC modified Julian date; what was observed on its day or later is not read.

    Returns:
        A weather over the same days: observed, 45 days of daily forecast, monthly forecast. ``weather`` itself where
        the instant lies after the day on which it was issued.

    Raises:
        WorldError: the record before the as-of day is too short (three solar cycles are needed).
        ValueError: ``weather`` is not the mean line.
    """
    if weather.activity != "mean":
        raise ValueError(f"what was known is read from the mean line, not from the {weather.activity} one")
    if as_of_mjd >= _mjd(weather.issued) + 1.0:
        return weather
    last = min(int(np.floor(as_of_mjd)) - 1, weather.observed_until)
    rules = _rules(weather, last)
    f107, ap = _known(weather, last)
    to_come = len(weather.f107) - len(f107)
    mjd = last + 1 + np.arange(to_come)
    months = 24 + to_come // 28
    sun = solar_cycle.f107_outlook(weather.mjd0, f107, months)
    geo = solar_cycle.ap_outlook(weather.mjd0, ap, months)
    if not np.all(np.isfinite([sun.centre, geo.centre])):
        raise WorldError(f"{_TOO_SHORT} {iso_day(last + 1)}: it takes three solar cycles before")
    level = solar_cycle.QUIET_SUN_SFU + monthly_to_daily(mjd, sun.month, sun.centre) ** 2
    log_f107 = _joined(recurrence.forecast(rules.sun, np.log(f107)), np.log(level / to_one_au(mjd)), rules.join_days[0])
    # The outlook is one of mean Ap; the square of the mean root lies below it by the variance of the root.
    mean_ap = np.exp(monthly_to_daily(mjd, geo.month, geo.centre))
    root_level = np.sqrt(np.maximum(mean_ap - float(np.mean(rules.geo.errors[:, -1] ** 2)), 1.0))
    root_ap = _joined(recurrence.forecast(rules.geo, np.sqrt(ap)), root_level, rules.join_days[1])

    f107 = np.concatenate([f107, np.exp(log_f107)])
    regime = np.full(len(f107), MONTHLY, dtype=np.int8)
    regime[: last - weather.mjd0 + 1 + LEADS] = DAILY
    regime[: last - weather.mjd0 + 1] = OBSERVED
    return SpaceWeather(
        mjd0=weather.mjd0,
        f107=f107,
        f107a=centred_mean(f107),
        ap=np.concatenate([ap, root_ap**2]),
        regime=regime,
        issued=iso_day(last + 1),
        source=f"{weather.source}, its days before {iso_day(last + 1)} and a forecast from these",
        misread=tuple(day for day in weather.misread if day <= last),
    )


def spread(weather: SpaceWeather, lead_days: ArrayLike, as_of_mjd: float | None = None) -> Spread:
    """How far off the daily forecast usually is.

    Args:
        weather: the mean line of a record with its forecast.
        lead_days: shape (n,), whole days after the last known one, 1 to 45.
        as_of_mjd: UTC modified Julian date; None for the day after the last observed one.

    Returns:
        One-sigma errors and their correlation, over training days of similar activity.

    Raises:
        ValueError: a lead lies outside 1 to 45.
        WorldError: the record before the as-of day is too short.
    """
    lead = np.asarray(lead_days, dtype=np.int64)
    if np.any((lead < 1) | (lead > LEADS)):
        raise ValueError(f"the daily forecast reaches from 1 to {LEADS} days ahead")
    known = as_known_on(weather, np.inf if as_of_mjd is None else as_of_mjd)
    sun, geo = _errors_like(known, _rules(weather, known.observed_until))
    day = known.observed_until - known.mjd0 + lead
    f107 = known.f107[day] * np.expm1(sun[:, lead - 1])
    ap = np.maximum(np.sqrt(known.ap[day]) + geo[:, lead - 1], 0.0) ** 2
    f107_off, ap_off = f107 - f107.mean(axis=0), ap - ap.mean(axis=0)
    sigmas = np.sqrt(np.mean(f107_off**2, axis=0)), np.sqrt(np.mean(ap_off**2, axis=0))
    return Spread(lead, *sigmas, np.mean(f107_off * ap_off, axis=0) / (sigmas[0] * sigmas[1]))


def draw(
    weather: SpaceWeather, as_of_mjd: float, rngs: Sequence[np.random.Generator], days: int = 120
) -> tuple[SpaceWeather, ...]:
    """Members of the weather after the as-of instant, for an ensemble.

    Args:
        weather: the mean line of a record with its forecast.
        as_of_mjd: UTC modified Julian date.
        rngs: one source of randomness for each member, so that a member does not depend on how many there are.
        days: how far the members reach beyond the last known day.

    Returns:
        Tables from 83 days before the as-of day on (81-day means are right throughout); ``DRAWN`` from that day on.

    Raises:
        ValueError: ``days`` is not 1 or more.
        WorldError: the record before the as-of day is too short, or the table ends before ``days`` are over.
    """
    if days < 1:
        raise ValueError("a member reaches at least one day ahead")
    known = as_known_on(weather, as_of_mjd)
    rules = _rules(weather, known.observed_until)
    start = known.observed_until + 1 - known.mjd0
    reach = days + HALF_WINDOW_DAYS
    if start + reach > len(known.f107):
        raise WorldError(f"space weather ends before {days} days are over", *map(iso_day, known.valid))
    log_errors, root_errors = _error_paths(known, rules, rngs, reach)
    level = _levels(known, start, reach, np.array([rng.standard_normal() for rng in rngs]))
    log_f107 = np.log(known.f107[start : start + reach]) + log_errors
    f107 = _lifted(np.exp(log_f107), known.mjd0 + start + np.arange(reach), *level.sun)
    root_ap = np.maximum(np.sqrt(known.ap[start : start + reach]) + root_errors, 0.0)
    ap = root_ap**2 * np.exp(level.geo)

    first = start - CONTEXT_DAYS
    before = first - HALF_WINDOW_DAYS
    window = slice(HALF_WINDOW_DAYS, HALF_WINDOW_DAYS + CONTEXT_DAYS + days)
    regime = np.full(CONTEXT_DAYS + days, DRAWN, dtype=np.int8)
    regime[:CONTEXT_DAYS] = OBSERVED

    def member(i: int) -> SpaceWeather:
        whole = np.concatenate([known.f107[before:start], f107[i]])
        return replace(
            known,
            mjd0=known.mjd0 + first,
            f107=whole[window],
            f107a=centred_mean(whole)[window],
            ap=np.concatenate([known.ap[first:start], ap[i, :days]]),
            regime=regime.copy(),
            activity="drawn",
        )

    return tuple(member(i) for i in range(len(rngs)))


# --- what is known, and what is learnt from it ---------------------------------------------------------------------


def _known(weather: SpaceWeather, last: int) -> tuple[FloatArray, FloatArray]:
    """F10.7 and Ap from the first day to MJD ``last``.

    A misread day takes the median of three days on either side; where those after it were still to come, of the three
    before it alone.
    """
    count = last - weather.mjd0 + 1
    f107, ap = weather.f107[:count].copy(), weather.ap[:count].copy()
    for day in weather.misread:
        if last - NEIGHBOURS < day <= last:
            i = day - weather.mjd0
            f107[i] = np.median(f107[i - NEIGHBOURS : i])
    return f107, ap


def _rules(weather: SpaceWeather, last: int) -> _Rules:
    """The rules learnt from the days before the training cut and before the last known day."""
    # Days nearer to the last known one than this may have been mended with later ones.
    count = max(min(TRAINING_ENDS_MJD, last + 1 - NEIGHBOURS) - weather.mjd0, 0)
    try:
        return _learn(weather.f107[:count].tobytes(), weather.ap[:count].tobytes())
    except ValueError as error:
        raise WorldError(f"{_TOO_SHORT} {iso_day(last + 1)}: {error}") from None


@lru_cache(maxsize=4)
def _learn(f107: bytes, ap: bytes) -> _Rules:
    log_f107, root_ap = np.log(np.frombuffer(f107)), np.sqrt(np.frombuffer(ap))
    joins = (_memory_days(log_f107), _memory_days(root_ap))
    return _Rules(recurrence.fit(log_f107), recurrence.fit(root_ap), joins)


def _memory_days(values: FloatArray) -> float:
    """E-folding time of the 81-day mean about the mean of a year, both trailing, from what is left after two turns."""
    short = recurrence.trailing_mean(values, recurrence.RUNNING_DAYS)
    wander = (short - recurrence.trailing_mean(values, ROLLING_DAYS))[ROLLING_DAYS:]
    if len(wander) <= MEMORY_LAG_DAYS:
        raise ValueError(f"{len(values)} days are too few to learn from")
    early, late = wander[:-MEMORY_LAG_DAYS], wander[MEMORY_LAG_DAYS:]
    ratio = float(np.sum(early * late) / np.sum(early * early))
    return -MEMORY_LAG_DAYS / float(np.log(np.clip(ratio, 0.01, 0.99)))


def _joined(daily: FloatArray, level: FloatArray, memory_days: float) -> FloatArray:
    """Daily forecast, then the monthly level, approached from where the daily forecast ends with its memory.

    Args:
        daily: shape (LEADS,).
        level: shape (n,), from the first day of ``daily`` on.
        memory_days: e-folding time of the difference.

    Returns:
        Shape (n,).
    """
    if len(level) <= LEADS:
        return daily[: len(level)]
    beyond = np.arange(1, len(level) - LEADS + 1)
    # The mean of the last turn, not the last day alone: swings of 27 days are not remembered for months.
    off = float(np.mean(daily[-recurrence.ROTATION_DAYS :] - level[LEADS - recurrence.ROTATION_DAYS : LEADS]))
    return np.concatenate([daily, level[LEADS:] + off * np.exp(-beyond / memory_days)])


# --- errors --------------------------------------------------------------------------------------------------------


def _errors_like(known: SpaceWeather, rules: _Rules) -> tuple[FloatArray, FloatArray]:
    """Error paths of ln F10.7 and sqrt Ap from the training days of most similar activity; shapes (m, LEADS).

    Similar are days whose running means of both indices are near, each in units of its standard deviation.
    """
    end = known.observed_until - known.mjd0 + 1
    recent = slice(end - recurrence.RUNNING_DAYS, end)
    here = np.mean(np.log(known.f107[recent])), np.mean(np.sqrt(known.ap[recent]))
    levels = rules.sun.level, rules.geo.level
    distance = sum(((level - at) / np.std(level)) ** 2 for level, at in zip(levels, here, strict=True))
    alike = np.argsort(distance, kind="stable")[: len(rules.sun.level) // ALIKE]
    return rules.sun.errors[alike], rules.geo.errors[alike]


def _error_paths(
    known: SpaceWeather, rules: _Rules, rngs: Sequence[np.random.Generator], reach: int
) -> tuple[FloatArray, FloatArray]:
    """Drawn errors of ln F10.7 and sqrt Ap on the days to come; shapes (members, reach)."""
    paths = _errors_like(known, rules)
    chosen = np.array([rng.integers(len(paths[0])) for rng in rngs])
    # the same days for both indices
    later = np.array([rng.integers(len(paths[0]), size=max(reach - LEADS, 0)) for rng in rngs])
    out = [_continued(path, chosen, later)[:, :reach] for path in paths]
    return out[0], out[1]


def _continued(paths: FloatArray, chosen: NDArray[np.int64], later: NDArray[np.int64]) -> FloatArray:
    """Error paths carried on beyond ``LEADS`` days as a first-order autoregression.

    Its memory is the correlation of the errors of the last two leads; what each day adds is what the last lead added on
    a training day, so that storms go on.

    Args:
        paths: shape (m, LEADS).
        chosen: shape (count,), paths to carry on.
        later: shape (count, n), training days that give the additions.

    Returns:
        Shape (count, LEADS + n).
    """
    before, last = paths[:, -2], paths[:, -1]
    carry = float(np.sum(before * last) / np.sum(before**2))
    additions = last - carry * before
    additions -= additions.mean()
    beyond = np.empty(later.shape)
    value = paths[chosen, -1]
    for day in range(later.shape[1]):
        value = carry * value + additions[later[:, day]]
        beyond[:, day] = value
    return np.concatenate([paths[chosen], beyond], axis=1)


class _Levels(NamedTuple):
    sun: tuple[FloatArray, float, float]  # what is added to sqrt(F10.7 - 60), shape (count, reach), and its bounds
    geo: FloatArray  # what is added to ln Ap, shape (count, reach)


def _levels(known: SpaceWeather, start: int, reach: int, deviate: FloatArray) -> _Levels:
    """How far the smoothed level is off, from the end of the daily forecast on; both indices go to the same side."""
    sigmas = 1.6449  # from the centre to the 5th or 95th percentile of a normal distribution
    day = np.arange(1, reach + 1)
    grown = np.clip((day - LEADS) / (solar_cycle.RISE_MONTHS * 30.44), 0.0, 1.0) / sigmas
    mjd = known.mjd0 + start - 1 + day
    months = 24 + reach // 28
    sun = solar_cycle.f107_outlook(known.mjd0, known.f107[:start], months)
    geo = solar_cycle.ap_outlook(known.mjd0, known.ap[:start], months)
    widths = [grown * monthly_to_daily(mjd, outlook.month, outlook.half_width) for outlook in (sun, geo)]
    off = [deviate[:, None] * width for width in widths]
    return _Levels((off[0], sun.lowest, sun.highest), off[1])


def _lifted(f107: FloatArray, mjd: NDArray[np.int64], off: FloatArray, lowest: float, highest: float) -> FloatArray:
    """F10.7 moved by ``off`` in sqrt(F10.7 - 60) at 1 au, where that moves it, within what the record has seen."""
    to_au = to_one_au(mjd)
    root = np.sqrt(np.maximum(f107 * to_au - solar_cycle.QUIET_SUN_SFU, 0.0))
    moved = np.clip(root + off, np.minimum(root, lowest), np.maximum(root, highest))
    return np.where(off == 0.0, f107, (moved**2 + solar_cycle.QUIET_SUN_SFU) / to_au)


def _mjd(iso_date: str) -> int:
    return int((np.datetime64(iso_date) - np.datetime64("1858-11-17")).astype(int))
