"""Space weather: the bundled table against its source, and what forecasts and their spread were worth.

The spread of the low and high lines comes from the record alone (``world.solar_cycle``). Here it is put around three
agencies' forecasts, using only the record before their date of issue, and held against what the Sun did since.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from pointnemo.world import solar_cycle, tables
from pointnemo.world.weather import SpaceWeather, load_space_weather

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
FloatArray = NDArray[np.float64]

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


class Forecast(NamedTuple):
    """Smoothed F10.7 as an agency foresaw it; month counts from January 1970."""

    name: str
    issued: int
    month: NDArray[np.int64]
    low: FloatArray
    middle: FloatArray
    high: FloatArray


@pytest.fixture(scope="module")
def weather() -> SpaceWeather:
    return load_space_weather()


def month_number(year: int, month: int) -> int:
    return 12 * (year - 1970) + month - 1


def celestrak_rows(folder: Path) -> dict[str, list[str]]:
    """Lines of each section of the reference file."""
    text = lzma.decompress((folder / "space_weather/SW_CSSI_celestrak_2026-10-16.txt.xz").read_bytes()).decode()
    text = text.replace("\r", "")
    sections = re.findall(r"BEGIN (\w+)\n(.*?)\nEND \1", text, re.DOTALL)
    return {name: body.splitlines() for name, body in sections}


def mjd_of(line: str) -> int:
    year, month, day = (int(part) for part in line[:10].split())
    return int((np.datetime64(f"{year:04d}-{month:02d}-{day:02d}") - np.datetime64("1858-11-17")).astype(int))


def test_bundled_table_equals_the_celestrak_file(reference_data: Path, figure: Figure, weather: SpaceWeather) -> None:
    """Every observed and daily-forecast day, every monthly forecast; read with other columns than the tool's."""
    sections = celestrak_rows(reference_data)
    daily = sections["OBSERVED"] + sections["DAILY_PREDICTED"]
    # The last six numbers of a line are adjusted, its two means, observed, its two means; Q is missing in forecasts.
    flux = np.array([float(line[98:].split()[-3]) for line in daily])
    ap = np.array([float(line[46:82].split()[-1]) for line in daily])
    table = tables.read_table("space_weather_daily.csv.gz")
    assert mjd_of(daily[0]) == weather.mjd0
    assert table.values.shape == (len(daily), 2)
    source = "CelesTrak SW-All of 2026-10-16"
    figure("weather-f107", np.abs(table.values[:, 0] - flux).max(), 0.0, "sfu", source)
    figure("weather-ap", np.abs(table.values[:, 1] - ap).max(), 0.0, "", source)
    monthly = np.array([[mjd_of(line), line.split()[-3], line.split()[-6]] for line in sections["MONTHLY_PREDICTED"]])
    bundled = tables.read_table("space_weather_monthly.csv.gz").values
    figure("weather-monthly", np.abs(bundled - monthly.astype(float)).max(), 0.0, "sfu", source)
    # As loaded: the same, but for the misread days.
    days = np.arange(len(daily))
    kept = ~np.isin(days + weather.mjd0, weather.misread)
    assert np.array_equal(weather.f107[: len(daily)][kept], flux[kept])
    assert np.array_equal(weather.ap[: len(daily)], ap)


def test_centred_mean_against_celestrak(reference_data: Path, figure: Figure, weather: SpaceWeather) -> None:
    """CelesTrak lists its own observed centred 81-day mean; misread days and the border region aside they agree."""
    observed = celestrak_rows(reference_data)["OBSERVED"]
    listed = np.array([float(line.split()[-2]) for line in observed])
    ours = weather.f107a[: len(observed)].copy()
    clean = np.ones(len(observed), dtype=bool)
    for mjd in weather.misread:
        clean[max(mjd - weather.mjd0 - 45, 0) : mjd - weather.mjd0 + 46] = False
    clean[:41] = clean[-41:] = False
    figure("weather-f107a", np.abs(ours - listed)[clean].max(), 1.0, "sfu", "CelesTrak SW-All, observed Ctr81")


def forecasts(folder: Path) -> list[Forecast]:
    rows = []
    with lzma.open(folder / "space_weather/MSAFE_Jan2011F10.txt.xz", "rt") as lines:
        for line in lines:
            match = re.match(r"\s*(\d{4})\.\d+\s+(\w{3})\s+([\d.\s]+)$", line)
            if match:
                high, middle, low = (float(x) for x in match[3].split()[:3])
                rows.append((month_number(int(match[1]), MONTHS.index(match[2]) + 1), low, middle, high))
    table = np.array(rows)
    msafe = Forecast("MSAFE 2011-01", month_number(2011, 1), table[:, 0].astype(np.int64), *table[:, 1:].T)
    rows = []
    with lzma.open(folder / "space_weather/SchattenPredict_2016-04.txt.xz", "rt") as lines:
        for line in lines:
            fields = line.split()
            if len(fields) == 14 and all(field.lstrip("-").isdigit() for field in fields):
                numbers = [int(field) for field in fields]
                rows.append((month_number(numbers[1], numbers[0]), numbers[4], numbers[2], numbers[3]))
    table = np.array(rows, dtype=float)
    schatten = Forecast("Schatten 2016-04", month_number(2016, 4), table[:, 0].astype(np.int64), *table[:, 1:].T)
    text = lzma.decompress((folder / "space_weather/swpc_2023-11_predicted-solar-cycle.json.xz").read_bytes())
    rows = [
        (
            month_number(*map(int, row["time-tag"].split("-"))),
            row["low_f10.7"],
            row["predicted_f10.7"],
            row["high_f10.7"],
        )
        for row in json.loads(text)
    ]
    table = np.array(rows, dtype=float)
    swpc = Forecast("SWPC 2023-11", month_number(2023, 11), table[:, 0].astype(np.int64), *table[:, 1:].T)
    return [msafe, schatten, swpc]


class Score(NamedTuple):
    months: int
    ours: float  # share of months in which the observed smoothed flux lay inside our 5-95 % around their middle
    theirs: float  # the same for their own interval
    bias: float  # mean of observed - middle, sfu


def score(forecast: Forecast, weather: SpaceWeather) -> Score:
    """Put our spread, from the record before the issue, around an agency's middle."""
    known = slice(0, weather.observed_until - weather.mjd0 + 1)
    first, monthly = solar_cycle.monthly_means(weather.mjd0, weather.f107[known])
    observed = solar_cycle.smoothed(monthly)
    start = first + 6
    issue_day = int(
        (np.datetime64(forecast.issued, "M").astype("datetime64[D]") - np.datetime64("1858-11-17")).astype(int)
    )
    outlook = solar_cycle.f107_outlook(weather.mjd0, weather.f107[: issue_day - weather.mjd0], 240)
    inside = (forecast.month > forecast.issued) & (forecast.month < start + len(observed))
    month, middle = forecast.month[inside], forecast.middle[inside]
    seen = observed[month - start]
    half = np.interp(month, outlook.month, outlook.half_width)
    root = np.sqrt(np.maximum(middle - solar_cycle.QUIET_SUN_SFU, 0))
    moved = np.abs(np.sqrt(seen - solar_cycle.QUIET_SUN_SFU) - root)
    theirs = (seen >= forecast.low[inside]) & (seen <= forecast.high[inside])
    return Score(len(month), float(np.mean(moved <= half)), float(np.mean(theirs)), float(np.mean(seen - middle)))


def test_spread_around_old_forecasts(reference_data: Path, figure: Figure, weather: SpaceWeather) -> None:
    """5-95 % should hold 90 % of the months. It held 100 % after the forecasts of 2011 and 2016, and only 43 % after
    that of 2023, which missed the maximum of cycle 25 by up to 60 sfu: a centre that is wrong by so much is beyond
    what past cycles allow. Gates: as good as each agency's own interval, and 80 % over all months.
    """
    results = [(forecast, score(forecast, weather)) for forecast in forecasts(reference_data)]
    for forecast, result in results:
        assert result.months > 24
        source = f"{forecast.name}: its own interval; {result.months} months, mean miss {result.bias:+.0f} sfu"
        figure(
            f"weather-coverage-{forecast.name.split()[0].lower()}", result.ours, result.theirs, "", source, kind="min"
        )
    months = sum(result.months for _, result in results)
    held = sum(result.months * result.ours for _, result in results) / months
    figure("weather-coverage-all", held, 0.8, "", f"observed since, {months} months of three forecasts", kind="min")


def test_spread_around_the_left_out_cycle(figure: Figure, weather: SpaceWeather) -> None:
    """From every New Year 1990-2021: the regression of the cycles before, against the 1 to 6 years after."""
    known = slice(0, weather.observed_until - weather.mjd0 + 1)
    first, monthly = solar_cycle.monthly_means(weather.mjd0, weather.f107[known])
    observed = np.sqrt(solar_cycle.smoothed(monthly) - solar_cycle.QUIET_SUN_SFU)
    start, hits = first + 6, []
    for year in range(1990, 2022):
        end = int((np.datetime64(f"{year}-01-01") - np.datetime64("1858-11-17")).astype(int)) - weather.mjd0
        outlook = solar_cycle.f107_outlook(weather.mjd0, weather.f107[:end], 78)
        lead = np.arange(18, 79, 6) - 1
        lead = lead[outlook.month[lead] < start + len(observed)]
        seen = observed[outlook.month[lead] - start]
        hits += list(np.abs(seen - outlook.centre[lead]) <= outlook.half_width[lead])
    figure(
        "weather-coverage-hindcast", np.mean(hits), 0.75, "", f"own record, {len(hits)} hindcasts 1990-2021", kind="min"
    )
