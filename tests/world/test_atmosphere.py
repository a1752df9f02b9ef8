"""Density tables against the model they were made from, and their behaviour between and beyond the nodes."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.errors import WorldError
from pointnemo.world import atmosphere, density
from pointnemo.world.atmosphere import nrlmsise00
from pointnemo.world.density import (
    ClimateTable,
    EpochTable,
    climate_day,
    climate_density,
    epoch_density,
    epoch_density_and_slope,
    epoch_gas,
)
from pointnemo.world.us76 import standard_atmosphere

FloatArray = NDArray[np.float64]
MJD = 61000.0  # 2025-11-21
WEATHER = (118.0, 131.0, 12.0)


@kernel
def many(table: EpochTable, height_km: FloatArray, latitude_rad: FloatArray, local_time_h: FloatArray) -> FloatArray:
    out = np.empty(len(height_km))
    for i in range(len(out)):
        out[i] = epoch_density(table, height_km[i], latitude_rad[i], local_time_h[i])
    return out


class Points(NamedTuple):
    height_km: FloatArray
    latitude_rad: FloatArray
    local_time_h: FloatArray


def points(count: int, low_km: float, high_km: float, seed: int = 7) -> Points:
    rng = np.random.default_rng(seed)
    latitude = np.arcsin(rng.uniform(-1, 1, count))
    return Points(rng.uniform(low_km, high_km, count), latitude, rng.uniform(0, 24, count))


@pytest.fixture(scope="module")
def epoch() -> EpochTable:
    return atmosphere.epoch_table(MJD, *WEATHER)


@pytest.fixture(scope="module")
def climate() -> ClimateTable:
    return atmosphere.climate_table()


@pytest.mark.parametrize(
    ("low_km", "high_km", "rms", "worst"), [(0, 60, 5e-4, 3e-3), (60, 180, 1e-3, 1e-2), (180, 600, 3e-3, 1.5e-2)]
)
def test_epoch_table_is_the_model(epoch: EpochTable, low_km: float, high_km: float, rms: float, worst: float) -> None:
    at = points(4000, low_km, high_km)
    day = float(atmosphere.day_of_year(MJD))
    model = nrlmsise00(day, at.height_km, np.degrees(at.latitude_rad), at.local_time_h, *WEATHER)[:, 0]
    error = np.log(many(epoch, *at) / model)
    assert np.sqrt(np.mean(error**2)) < rms
    assert np.abs(error).max() < worst


def test_density_with_its_slope_is_the_density_and_its_derivative(epoch: EpochTable) -> None:
    for height, latitude, time in zip(*points(300, 0.1, 590.0), strict=True):
        value, slope = epoch_density_and_slope(epoch, height, latitude, time)
        above, below = (epoch_density(epoch, height + step, latitude, time) for step in (1e-3, -1e-3))
        assert value == pytest.approx(epoch_density(epoch, height, latitude, time), rel=1e-12)
        assert slope == pytest.approx(np.log(above / below) / 2e-3, rel=1e-5)
    # outside it is that of the edge
    assert epoch_density_and_slope(epoch, -1.0, 0.0, 0.0) == epoch_density_and_slope(epoch, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("lowest_km", [60.0, 100.0, 203.0, 400.0])
def test_a_table_of_the_upper_heights_is_the_whole_one_there(epoch: EpochTable, lowest_km: float) -> None:
    upper = atmosphere.epoch_table(MJD, *WEATHER, lowest_km=lowest_km)
    assert upper.log_density.shape[0] < epoch.log_density.shape[0]
    at = points(2000, lowest_km, 600.0)
    assert np.abs(np.log(many(upper, *at) / many(epoch, *at))).max() < 1e-3
    for height, latitude in zip(at.height_km[:100], at.latitude_rad, strict=False):
        wanted = epoch_gas(epoch, height, latitude)
        assert epoch_gas(upper, height, latitude) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("lowest_km", [-1.0, 500.0, float("nan")])
def test_a_table_must_start_somewhere_sensible(lowest_km: float) -> None:
    with pytest.raises(WorldError, match="a density table starts at"):
        atmosphere.epoch_table(MJD, *WEATHER, lowest_km=lowest_km)


def test_temperature_and_molar_mass_are_the_means_over_local_time(epoch: EpochTable) -> None:
    day = float(atmosphere.day_of_year(MJD))
    hours = np.arange(24.0)
    for height in (0.0, 35.0, 78.0, 101.0, 140.0, 300.0):
        for latitude in (-85.0, -49.0, 3.0, 51.0):
            model = nrlmsise00(day, height, latitude, hours, *WEATHER)
            temperature, molar = epoch_gas(epoch, height, np.radians(latitude))
            assert temperature == pytest.approx(model[:, 1].mean(), rel=0.01)
            assert molar == pytest.approx(model[:, 2].mean(), rel=0.005)


@pytest.mark.parametrize("height_km", [250.0, 330.0, 420.0])
def test_climate_is_the_model_over_an_orbit(climate: ClimateTable, height_km: float) -> None:
    """Mean density over revolutions at 51.6 deg, under space weather from quiet to stormy: 0.3 % rms."""
    rng = np.random.default_rng(int(height_km))
    u = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    inclination = np.radians(51.6)
    latitude = np.arcsin(np.sin(inclination) * np.sin(u))
    ascension = np.arctan2(np.cos(inclination) * np.sin(u), np.cos(u))
    errors = []
    for _ in range(40):
        day, mean = rng.uniform(1, 366), rng.uniform(66, 230)
        flux, ap = mean + rng.uniform(-25, 35), rng.choice([0.0, 3.0, 7.0, 14.0, 33.0, 80.0])
        local = (rng.uniform(0, 24) + ascension * 12 / np.pi) % 24
        height = height_km + 20 * np.sin(latitude) ** 2
        model = nrlmsise00(day, height, np.degrees(latitude), local, flux, mean, ap)[:, 0]
        table = climate_day(climate, day, flux, mean, ap, height_km - 5, height_km + 25)
        errors.append(np.log(many(table, height, latitude, local).mean() / model.mean()))
    assert np.sqrt(np.mean(np.square(errors))) < 0.003
    assert abs(np.mean(errors)) < 0.001


@pytest.mark.parametrize(("base_km", "rms", "worst"), [(210.0, 5e-4, 2e-3), (225.0, 5e-4, 2e-3), (350.0, 1e-3, 4e-3)])
def test_climate_is_the_table_of_the_day_over_an_orbit(
    climate: ClimateTable, base_km: float, rms: float, worst: float
) -> None:
    """Mean density over a revolution under common weather: what keeps the hand-over to the last days without a step."""
    rng = np.random.default_rng(3)
    u = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    latitude = np.arcsin(np.sin(np.radians(51.6)) * np.sin(u))
    ascension = np.arctan2(np.cos(np.radians(51.6)) * np.sin(u), np.cos(u))
    height = base_km + 10 * np.sin(latitude) ** 2
    errors = []
    for _ in range(30):
        mjd, mean = 61000.0 + rng.integers(0, 365), rng.uniform(65, 250)
        flux, ap = mean * rng.uniform(0.85, 1.15), rng.uniform(0, 30)
        exact = atmosphere.epoch_table(mjd, flux, mean, ap, lowest_km=base_km - 5)
        day = climate_day(climate, float(atmosphere.day_of_year(mjd)), flux, mean, ap, base_km - 5, base_km + 20)
        for hour in (0.0, 6.0, 13.0, 19.0):
            at = height, latitude, (hour + ascension * 12 / np.pi) % 24
            errors.append(np.log(many(day, *at).mean() / many(exact, *at).mean()))
    assert np.sqrt(np.mean(np.square(errors))) < rms
    assert np.abs(errors).max() < worst


def test_climate_and_epoch_agree(climate: ClimateTable, epoch: EpochTable) -> None:
    """One source, two forms: 1 % rms at single places from 100 to 600 km."""
    at = points(3000, 100.0, 600.0)
    day = float(atmosphere.day_of_year(MJD))
    whole = many(climate_day(climate, day, *WEATHER), *at)
    error = np.log(whole / many(epoch, *at))
    assert np.sqrt(np.mean(error**2)) < 0.01


def test_a_band_of_heights_gives_what_the_whole_gives(climate: ClimateTable) -> None:
    at = points(500, 385.0, 425.0)
    whole = many(climate_day(climate, 200.3, 90.0, 95.0, 6.0), *at)
    band = many(climate_day(climate, 200.3, 90.0, 95.0, 6.0, 385.0, 425.0), *at)
    assert np.array_equal(whole, band)
    single = [climate_density(climate, h, phi, hour, 200.3, 90.0, 95.0, 6.0) for h, phi, hour in zip(*at, strict=True)]
    assert np.allclose(single, whole, rtol=1e-12)


def test_more_sun_and_more_storm_mean_more_density(climate: ClimateTable) -> None:
    def at(flux: float, mean: float, ap: float) -> float:
        return climate_density(climate, 400.0, 0.4, 14.0, 100.0, flux, mean, ap)

    sun = [at(flux, flux, 8.0) for flux in np.linspace(62, 298, 60)]
    swing = [at(100.0 + more, 100.0, 8.0) for more in np.linspace(-39, 239, 60)]
    storm = [at(100.0, 100.0, ap) for ap in np.linspace(0, 219, 80)]
    assert np.all(np.diff(sun) > 0)
    assert np.all(np.diff(swing) > 0)
    assert np.all(np.diff(storm) > 0)


def test_the_year_closes(climate: ClimateTable) -> None:
    before, after = (climate_density(climate, 400.0, 0.4, 14.0, day, 90.0, 90.0, 8.0) for day in (366.2499, 1.0))
    assert before == pytest.approx(after, rel=1e-4)


@pytest.mark.parametrize("axis", ["height", "latitude", "local time"])
def test_density_is_smooth_across_the_grid(epoch: EpochTable, axis: str) -> None:
    """No step and no kink anywhere: second differences of ln density stay as small as the step squared."""
    count = 60_001
    line = {
        "height": (np.linspace(0.5, 599.5, count), np.full(count, 0.3), np.full(count, 5.0)),
        "latitude": (np.full(count, 333.3), np.linspace(-np.pi / 2, np.pi / 2, count), np.full(count, 5.0)),
        "local time": (np.full(count, 333.3), np.full(count, 0.3), np.linspace(-30.0, 60.0, count)),
    }[axis]
    log = np.log(many(epoch, *line))
    step = np.ptp(line[{"height": 0, "latitude": 1, "local time": 2}[axis]]) / (count - 1)
    curvature = np.abs(np.diff(log, 2)) / step**2
    limit = {"height": 0.05, "latitude": 10.0, "local time": 0.5}[axis]
    assert curvature.max() < limit


def test_over_the_pole_the_far_side_is_the_other_half_of_the_day(epoch: EpochTable) -> None:
    pole = many(epoch, np.full(4, 300.0), np.full(4, np.pi / 2), np.array([0.0, 6.0, 12.0, 18.0]))
    assert np.ptp(pole) / pole.mean() < 0.02


def test_beyond_the_table(epoch: EpochTable) -> None:
    assert epoch_density(epoch, -5.0, 0.3, 5.0) == epoch_density(epoch, 0.0, 0.3, 5.0)
    below, edge, above = (epoch_density(epoch, h, 0.3, 5.0) for h in (599.9, 600.0, 600.1))
    assert above / edge == pytest.approx(edge / below, rel=1e-4)
    assert 0 < epoch_density(epoch, 1000.0, 0.3, 5.0) < edge / 10
    assert epoch_density(epoch, 1000.0, 0.3, 5.0) < epoch_density(epoch, 900.0, 0.3, 5.0)
    assert epoch_gas(epoch, 900.0, 0.3) == epoch_gas(epoch, 600.0, 0.3)


def test_outside_a_band_density_goes_on_sensibly(climate: ClimateTable) -> None:
    """A station that falls out of the band of its day meets an extrapolation, not an explosion."""
    whole = climate_day(climate, 200.0, 90.0, 95.0, 6.0)
    band = climate_day(climate, 200.0, 90.0, 95.0, 6.0, 300.0, 320.0)
    for height in (270.0, 290.0, 330.0, 360.0):
        ratio = epoch_density(band, height, 0.3, 5.0) / epoch_density(whole, height, 0.3, 5.0)
        assert ratio == pytest.approx(1.0, rel=0.05)


def test_nodes_and_heights_are_inverse() -> None:
    for height in (-5.0, 0.0, 99.9, 100.0, 100.1, 250.0, 600.0, 700.0):
        assert density.node_height(density.node(height)) == pytest.approx(height, abs=1e-9)


def test_the_cache_survives_a_broken_file(
    climate: ClimateTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "climate.npz"
    monkeypatch.setattr(atmosphere, "_cache_path", lambda: path)
    builds: list[int] = []

    def build() -> ClimateTable:
        builds.append(1)
        return climate

    monkeypatch.setattr(atmosphere, "_build_climate", build)
    assert np.array_equal(atmosphere.climate_table().log_density, climate.log_density)
    assert np.array_equal(atmosphere.climate_table().amounts, climate.amounts)
    assert len(builds) == 1
    whole = path.read_bytes()
    for broken in (b"", b"not a zip", whole[: len(whole) // 2], whole[:200_000] + b"\xff" * 64 + whole[200_064:]):
        path.write_bytes(broken)
        builds.clear()
        assert np.array_equal(atmosphere.climate_table().log_density, climate.log_density)
        assert builds == [1]
        assert path.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [path]


def test_a_cache_that_cannot_be_written_does_not_stop_the_run(
    climate: ClimateTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atmosphere, "_cache_path", lambda: tmp_path / "gone" / "climate.npz")
    monkeypatch.setattr(atmosphere, "_build_climate", lambda: climate)
    assert atmosphere.climate_table() is climate


def test_day_of_year_starts_at_one() -> None:
    assert float(atmosphere.day_of_year(51544.0)) == 1.0  # 2000-01-01
    assert float(atmosphere.day_of_year(51909.75)) == 366.75  # 2000-12-31, a leap year
    assert np.allclose(atmosphere.day_of_year([51910.0, 51941.0]), [1.0, 32.0])


def test_standard_atmosphere_is_as_printed() -> None:
    """U.S. Standard Atmosphere 1976, table I: density in kg/m3, temperature in K."""
    printed = {
        0: (1.2250, 288.150),
        5: (7.3643e-1, 255.676),
        11: (3.6480e-1, 216.774),
        20: (8.8910e-2, 216.650),
        32: (1.3555e-2, 228.490),
        50: (1.0269e-3, 270.650),
        70: (8.2829e-5, 219.585),
        80: (1.8458e-5, 198.639),
        86: (6.958e-6, 186.87),
        100: (5.604e-7, 195.08),
        120: (2.222e-8, 360.00),
        150: (2.076e-9, 634.39),
        300: (1.916e-11, 976.01),
    }
    for height, (expected_density, expected_temperature) in printed.items():
        rho, temperature, _ = standard_atmosphere(float(height))
        assert float(rho) == pytest.approx(expected_density, rel=2e-4)
        assert float(temperature) == pytest.approx(expected_temperature, abs=0.02)


def test_standard_table_is_the_standard(epoch: EpochTable) -> None:
    table = atmosphere.us76_table()
    assert table.log_density.shape == epoch.log_density.shape
    heights = np.linspace(0, 600, 1201)
    exact = standard_atmosphere(heights)[0]
    error = np.log(many(table, heights, np.full(1201, -0.8), np.full(1201, 3.0)) / exact)
    assert np.sqrt(np.mean(error**2)) < 1.5e-3
    assert np.abs(error).max() < 0.013  # at the tropopause, where the standard has a kink
    assert epoch_density(table, 75.0, 1.2, 17.0) == epoch_density(table, 75.0, -0.3, 2.0)


def test_nothing_asks_the_network_for_indices(monkeypatch: pytest.MonkeyPatch) -> None:
    import pymsis.utils

    def refuse(*_: object) -> None:
        raise AssertionError("pymsis looked for F10.7 or Ap by itself")

    monkeypatch.setattr(pymsis.utils, "get_f107_ap", refuse)
    monkeypatch.setattr("pymsis.msis.get_f107_ap", refuse, raising=False)
    atmosphere.epoch_table(MJD, *WEATHER)


def test_a_climate_table_made_anew_is_read_like_one_from_the_cache(tmp_path, monkeypatch) -> None:
    """A first run has no cache: kernels must take the arrays as they are made, not only as they are read."""
    monkeypatch.setattr(atmosphere, "_cache_path", lambda: tmp_path / "climate.npz")
    made, read = atmosphere.climate_table(), atmosphere.climate_table()
    for one, other in zip(made[:3], read[:3], strict=True):
        assert one.flags.c_contiguous
        np.testing.assert_array_equal(one, other)
    day = atmosphere.climate_day(made, 100.0, 120.0, 120.0, 8.0, 380.0, 450.0)
    again = atmosphere.climate_day(read, 100.0, 120.0, 120.0, 8.0, 380.0, 450.0)
    np.testing.assert_array_equal(day.log_density, again.log_density)
