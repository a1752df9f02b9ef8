"""What the emulated space-weather forecast is worth, on years that it has not learnt from.

Weights and errors come from 1957-2009; the figures are those of 2010-2026: cycle 24, the minimum of 2019 and cycle 25.
Every forecast is made by ``as_known_on`` itself, from a table cut at its day. Beside it stand persistence (the last
day goes on) and the running mean over 81 days, which is what one would do without any method.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.world import load_world
from pointnemo.world.atmosphere import ClimateTable, climate_day, day_of_year, epoch_density
from pointnemo.world.nowcast import LEADS, SKILL, TRAINING_ENDS_MJD, as_known_on, draw
from pointnemo.world.recurrence import RUNNING_DAYS
from pointnemo.world.weather import SpaceWeather

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
FloatArray = NDArray[np.float64]

SOURCE = "CelesTrak record 2010-2026, not learnt from"
STEP_DAYS = 10
ALTITUDE_KM, INCLINATION_RAD = 415.0, np.radians(51.64)
NODES = 24  # around the orbit; local times of the node are averaged over four quarters
METHODS = ("forecast", "persistence", "running mean")


@kernel
def orbit_mean_log_density(
    table: ClimateTable, day: FloatArray, f107: FloatArray, f107a: FloatArray, ap: FloatArray
) -> FloatArray:
    """ln of the mean density around a circular orbit, over all local times of its node; shape (n,)."""
    result = np.empty(len(day))
    for i in range(len(day)):
        today = climate_day(table, day[i], f107[i], f107a[i], ap[i], ALTITUDE_KM, ALTITUDE_KM)
        total = 0.0
        for k in range(NODES):
            u = 2.0 * np.pi * (k + 0.5) / NODES
            latitude = np.arcsin(np.sin(INCLINATION_RAD) * np.sin(u))
            along = np.arctan2(np.cos(INCLINATION_RAD) * np.sin(u), np.cos(u)) * 12.0 / np.pi
            for quarter in range(4):
                total += epoch_density(today, ALTITUDE_KM, latitude, along + 6.0 * quarter)
        result[i] = np.log(total / (4 * NODES))
    return result


class Errors(NamedTuple):
    """Forecast minus truth; each shape (as-of days, LEADS)."""

    f107: FloatArray
    ap: FloatArray
    log_density: FloatArray


def guess(weather: SpaceWeather, last: int, method: str) -> SpaceWeather:
    """What each method says from the days up to ``last`` alone."""
    known = as_known_on(weather, last + 1.0)
    if method == "forecast":
        return known
    end = last - weather.mjd0 + 1
    days = 1 if method == "persistence" else RUNNING_DAYS
    f107, f107a, ap = known.f107.copy(), known.f107a.copy(), known.ap.copy()
    f107[end:] = f107[end - days : end].mean()
    ap[end:] = ap[end - days : end].mean()
    f107a[end:] = f107[end - RUNNING_DAYS : end].mean()
    return SpaceWeather(known.mjd0, f107, f107a, ap, known.regime.copy(), known.issued, method)


@pytest.fixture(scope="module")
def errors() -> dict[str, Errors]:
    world = load_world()
    weather = world.weather
    lasts = np.arange(TRAINING_ENDS_MJD, weather.observed_until - LEADS - 41, STEP_DAYS)
    lead = np.arange(1, LEADS + 1)

    def of(method: str) -> Errors:
        rows: list[tuple[FloatArray, FloatArray, FloatArray]] = []
        for last in lasts:
            mjd = last + lead
            said, truth = guess(weather, int(last), method), weather
            logs = [
                orbit_mean_log_density(world.climate, day_of_year(mjd), *table.msis(mjd)) for table in (said, truth)
            ]
            day = mjd - weather.mjd0
            rows.append((said.f107[day] - truth.f107[day], said.ap[day] - truth.ap[day], logs[0] - logs[1]))
        return Errors(*(np.array(column) for column in zip(*rows, strict=True)))

    return {method: of(method) for method in METHODS}


def rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))


@pytest.mark.parametrize("lead", [1, 2, 3, 5, 7, 10, 14, 20, 27, 35, 45])
def test_skill_by_lead(errors: dict[str, Errors], figure: Figure, lead: int) -> None:
    """No worse than the better of the two baselines at any lead, in every index."""
    for name in Errors._fields:
        ours, *theirs = (rms(getattr(errors[method], name)[:, lead - 1]) for method in METHODS)
        beside = ", ".join(f"{method} {value:.3g}" for method, value in zip(METHODS[1:], theirs, strict=True))
        unit = "" if name != "f107" else "sfu"
        figure(f"nowcast-{name}-day-{lead}", ours, min(theirs), unit, f"{SOURCE}; {beside}")


@pytest.mark.parametrize("days", [5, 9, 15])
def test_mean_density_over_the_days_of_a_prediction(errors: dict[str, Errors], figure: Figure, days: int) -> None:
    """The mean over days 1 to n is what a station feels; its error, and its bias."""
    means = {method: errors[method].log_density[:, :days].mean(axis=1) for method in METHODS}
    ours, *theirs = (rms(means[method]) for method in METHODS)
    beside = ", ".join(f"{method} {value:.3g}" for method, value in zip(METHODS[1:], theirs, strict=True))
    figure(f"nowcast-mean-density-{days}-days", ours, min(theirs), "ln", f"{SOURCE}; {beside}")
    bias = float(np.mean(means["forecast"]))
    figure(f"nowcast-mean-density-{days}-days-bias", abs(bias), 0.05, "ln", f"{SOURCE}; signed {bias:+.3f}")


def test_the_skill_that_is_told_is_the_one_measured(errors: dict[str, Errors]) -> None:
    """Every figure in ``SKILL``, in the order in which it tells them."""
    told = [tuple(float(x) for x in row) for row in re.findall(r"([\d.]+) / ([\d.]+) / ([\d.]+)", SKILL)]
    cells = [("f107", 7), ("f107", 14), ("f107", 45), ("ap", 7), ("log_density", 7), ("log_density", 14)]
    measured = [tuple(rms(getattr(errors[m], name)[:, lead - 1]) for m in METHODS) for name, lead in cells]
    measured.append(tuple(rms(errors[m].log_density[:, :15].mean(axis=1)) for m in METHODS))
    assert len(told) == len(measured)
    for i, (said, found) in enumerate(zip(told, measured, strict=True)):
        assert said == pytest.approx(found, abs=0.051 if i < 4 else 0.0051)


@pytest.mark.parametrize("lead", [3, 7, 14, 30, 50])
def test_members_cover_what_happened(figure: Figure, lead: int) -> None:
    """Share of the truth inside the central 68 and 95 % of 200 members, F10.7 and Ap, by the days of 16 years."""
    weather = load_world().weather
    lasts = np.arange(TRAINING_ENDS_MJD, weather.observed_until - 60, 40)
    inside = {("f107", 68): 0, ("f107", 95): 0, ("ap", 68): 0, ("ap", 95): 0}
    for last in lasts:
        members = draw(weather, last + 1.0, [np.random.default_rng([int(last), i]) for i in range(200)], days=60)
        for name in ("f107", "ap"):
            truth = getattr(weather, name)[last + lead - weather.mjd0]
            drawn = np.array([getattr(m, name)[last + lead - m.mjd0] for m in members])
            for level in (68, 95):
                low, high = np.percentile(drawn, [50 - level / 2, 50 + level / 2])
                inside[name, level] += int(low <= truth <= high)
    # Two-sided 99 % interval of a binomial share of as many independent days.
    for (name, level), count in inside.items():
        share = count / len(lasts)
        gate = float(2.576 * np.sqrt(level / 100 * (1 - level / 100) / len(lasts)))
        source = f"{SOURCE}; share {share:.3f} of {len(lasts)}"
        figure(f"nowcast-{name}-cover-{level}-day-{lead}", abs(share - level / 100), gate, "", source)
