"""Space weather: one named test per convention, and a start on every regime border."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pointnemo.errors import WorldError
from pointnemo.world import load_world, solar_cycle, tables
from pointnemo.world.weather import (
    ACTIVITIES,
    PERCENTILE,
    REGIMES,
    SpaceWeather,
    centred_mean,
    load_space_weather,
    without_misreadings,
)


@pytest.fixture(scope="module")
def weather() -> SpaceWeather:
    return load_space_weather()


def mjd_of(day: str) -> int:
    return int((np.datetime64(day) - np.datetime64("1858-11-17")).astype(int))


def small() -> SpaceWeather:
    """A hundred days in which every number tells its own day."""
    f107 = 70.0 + np.arange(100.0)
    return SpaceWeather(
        mjd0=60000,
        f107=f107,
        f107a=centred_mean(f107),
        ap=np.arange(100.0),
        regime=np.zeros(100, dtype=np.int8),
        issued="2023-06-04",
        source="test",
    )


def test_msis_gets_the_f107_of_the_previous_day() -> None:
    assert small().msis(60050.0)[0] == 70.0 + 49
    assert small().msis(60050.999)[0] == 70.0 + 49


def test_msis_gets_the_mean_over_81_days_centred_on_the_day() -> None:
    spike = np.full(200, 100.0)
    spike[100] += 81.0
    mean = centred_mean(spike)
    assert mean[100] == pytest.approx(101.0)
    assert mean[60] == pytest.approx(101.0)
    assert mean[140] == pytest.approx(101.0)
    assert mean[59] == pytest.approx(100.0)
    assert mean[141] == pytest.approx(100.0)


def test_msis_gets_the_daily_ap_of_the_day() -> None:
    assert small().msis(60050.999)[2] == 50.0
    assert small().msis(60051.0)[2] == 51.0


def test_msis_gets_observed_flux_not_flux_at_one_au(weather: SpaceWeather) -> None:
    """Near perihelion the observed flux is 3 % larger than the adjusted one: CelesTrak's forecast lists both."""
    columns = tables.read_table("space_weather_monthly.csv.gz").columns
    monthly = tables.read_table("space_weather_monthly.csv.gz").values
    assert columns == ("mjd", "f107_observed", "f107_adjusted")
    december = monthly[monthly[:, 0] == mjd_of("2026-12-01")][0]
    assert december[1] / december[2] == pytest.approx(1.0284, abs=5e-4)
    assert weather.msis(mjd_of("2026-12-02"))[0] == pytest.approx(december[1], rel=1e-3)
    days = monthly[:, 0].astype(int) - weather.mjd0
    assert np.abs(weather.f107[days] / monthly[:, 1] - 1).max() < 2e-3  # the listed values have one decimal


def test_every_day_has_numbers_and_regimes_follow_each_other(weather: SpaceWeather) -> None:
    assert np.all(np.diff(weather.regime) >= 0)
    assert [REGIMES[i] for i in sorted(set(weather.regime))] == ["observed", "daily forecast", "monthly forecast"]
    assert np.count_nonzero(weather.regime == 1) == 45
    assert np.all((weather.f107 > 60) & (weather.f107 < 450))
    assert np.all((weather.ap >= 0) & (weather.ap <= 300))
    assert weather.valid[1] > mjd_of("2041-09-30")
    assert weather.issued == "2026-10-16"


@pytest.mark.parametrize("border", [1, 2])
def test_a_run_may_start_on_every_regime_border(weather: SpaceWeather, border: int) -> None:
    """Days, instants and both sides of the border: all known, and the 81-day mean runs on without a step."""
    first = weather.mjd0 + int(np.flatnonzero(weather.regime == border)[0])
    mjd = first + np.array([-1.0, -0.5, -1e-9, 0.0, 0.5, 1.0])
    flux, mean, ap = weather.msis(mjd)
    assert np.all(np.isfinite(flux + mean + ap))
    assert abs(mean[3] - mean[2]) < 1.0
    assert flux[3] == weather.f107[first - 1 - weather.mjd0]


def test_the_first_and_the_last_day_are_known_and_nothing_beyond(weather: SpaceWeather) -> None:
    first, beyond = weather.valid
    weather.msis(np.array([first, beyond - 1e-6]))
    for mjd in (first - 1e-6, beyond, np.nan, np.inf):
        with pytest.raises(WorldError) as caught:
            weather.msis(mjd)
        assert caught.value.valid_from == "1957-10-02"
        assert caught.value.valid_to == "2041-10-01"


def test_not_a_number_is_refused() -> None:
    base = small()
    with pytest.raises(WorldError, match="not a number"):
        replace(base, f107=np.where(np.arange(100) == 7, np.nan, base.f107))
    with pytest.raises(ValueError, match="equally long"):
        replace(base, ap=base.ap[:-1])


def test_misreadings_are_replaced_and_named(weather: SpaceWeather) -> None:
    """2011-03-07 reads 938.6 sfu between 142.5 and 166.7: MSIS would give a density e**3 off."""
    day = mjd_of("2011-03-07")
    assert day in weather.misread
    assert weather.f107[day - weather.mjd0] == pytest.approx(138.55)
    assert 20 < len(weather.misread) < 30
    assert mjd_of("1998-03-02") in weather.misread
    rising = np.linspace(80.0, 250.0, 15)  # as fast as the Sun's rotation ever brings a region round
    assert np.array_equal(without_misreadings(rising)[0], rising)


def test_the_mean_line_is_the_forecast_and_the_others_leave_the_past_alone(weather: SpaceWeather) -> None:
    low, mean, high = (weather.line(activity) for activity in ACTIVITIES)
    assert mean is weather
    past = weather.regime == 0
    for line in (low, high):
        assert np.array_equal(line.f107[past], weather.f107[past])
        assert np.array_equal(line.ap[past], weather.ap[past])
        assert np.array_equal(line.regime, weather.regime)
    assert np.all(low.f107[~past] <= mean.f107[~past] + 1e-9)
    assert np.all(high.f107[~past] >= mean.f107[~past] - 1e-9)
    assert np.all(low.ap[~past] <= mean.ap[~past] + 1e-9)
    assert np.all(high.ap[~past] >= mean.ap[~past] - 1e-9)
    assert (low.activity, high.activity) == ("low", "high")
    assert PERCENTILE == {"low": 5, "mean": 50, "high": 95}
    with pytest.raises(ValueError, match="mean line"):
        low.line("high")


def test_the_lines_open_from_nothing_and_stay_within_what_the_sun_has_done(weather: SpaceWeather) -> None:
    low, high = weather.line("low"), weather.line("high")
    day = weather.observed_until + 1 - weather.mjd0
    assert high.f107[day] - low.f107[day] < 3.0
    a_year = slice(day + 365, day + 372)
    assert np.all(high.f107[a_year] - low.f107[a_year] > 30.0)
    later = slice(day, None)
    assert low.f107[later].min() > 62.0
    assert high.f107[later].max() < 265.0
    assert np.abs(np.diff(high.f107[day + 60 :])).max() < 2.0


def test_low_mean_high_stay_apart_while_a_station_would_decay(weather: SpaceWeather) -> None:
    span = slice(mjd_of("2028-01-01") - weather.mjd0, mjd_of("2031-01-01") - weather.mjd0)
    means = [line.f107[span].mean() for line in (weather.line("low"), weather, weather.line("high"))]
    assert means[0] < means[1] - 4 < means[2] - 15


def test_monthly_means_and_smoothing() -> None:
    daily = np.ones(800)
    first, monthly = solar_cycle.monthly_means(mjd_of("2020-01-10"), daily)
    assert first == 12 * 50 + 1  # January is cut off
    assert np.allclose(monthly, 1.0)
    assert len(monthly) == 25
    ramp = solar_cycle.smoothed(np.arange(30.0))
    assert np.allclose(ramp, np.arange(6, 24))


def test_world_hashes_every_bundled_table() -> None:
    from importlib.resources import files

    world = load_world()
    names = {row.name for row in world.data_files()}
    present = {entry.name for entry in (files("pointnemo.world") / "data").iterdir()} - {"sources.toml"}
    assert names == present
    assert all(len(row.sha256) == 64 for row in world.data_files())
    by_name = {row.name: row for row in world.data_files()}
    for name in ("space_weather_daily.csv.gz", "space_weather_monthly.csv.gz", "earth_orientation.csv.gz"):
        assert by_name[name].version == tables.read_table(name).about["issued"]
    assert world.as_of == "2026-10-16"
    assert world.line("high").weather.activity == "high"


def test_a_missing_table_is_named() -> None:
    with pytest.raises(WorldError, match=r"nothing\.csv\.gz"):
        tables.read_table("nothing.csv.gz")
