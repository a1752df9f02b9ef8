"""Density: the published NRLMSISE-00 cases, the terms left out, heyoka's stand-in and the other model."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pointnemo.world import atmosphere
from pointnemo.world.atmosphere import nrlmsise00
from pointnemo.world.density import climate_day, epoch_density
from pointnemo.world.weather import load_space_weather

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
FloatArray = NDArray[np.float64]

INCLINATION = np.radians(51.6)


def full_model(date: Any, longitude: Any, latitude: Any, height: Any, weather: Any, **options: Any) -> FloatArray:
    """NRLMSISE-00 with all its terms; shape (n,) in kg/m3."""
    import pymsis

    f107, f107a, ap = (np.broadcast_to(np.asarray(value, dtype=float), np.shape(date)) for value in weather)
    calculate: Any = pymsis.calculate
    out = calculate(date, longitude, latitude, height, f107, f107a, np.repeat(ap[:, None], 7, axis=1), **options)
    return np.asarray(out, dtype=float)[:, 0]


def revolution(height_km: float, hour: float, count: int = 48) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Height, latitude and local time along a circular orbit at 51.6 deg."""
    u = np.linspace(0, 2 * np.pi, count, endpoint=False)
    latitude = np.arcsin(np.sin(INCLINATION) * np.sin(u))
    ascension = np.arctan2(np.cos(INCLINATION) * np.sin(u), np.cos(u))
    return height_km + 20 * np.sin(latitude) ** 2, latitude, (hour + ascension * 12 / np.pi) % 24


def test_published_cases(reference_data: Path, figure: Figure) -> None:
    """The published cases with daily Ap, but for the one at 1000 km.

    They give local time apart from longitude and UT. Here UT is set to what longitude and local time imply: exact
    where the model has no UT terms (0-72 km), within those terms above. pymsis counts anomalous oxygen in its density
    and the published cases do not, which matters at 1000 km alone (+23 %).
    """
    with (reference_data / "atmosphere/nrlmsise00_reference_cases.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if not row["flags_changed"] and float(row["alt_km"]) < 1000.0]
    assert len(rows) == 14
    errors: dict[bool, list[float]] = {True: [], False: []}
    for row in rows:
        day, height, latitude, longitude = (float(row[key]) for key in ("doy", "alt_km", "g_lat", "g_long"))
        second = (float(row["lst"]) - longitude / 15.0) * 3600.0
        date = np.array([np.datetime64("2001-01-01") + np.timedelta64(int((day - 1) * 86400 + second), "s")])
        weather = (float(row["f107"]), float(row["f107A"]), float(row["ap0"]))
        density = full_model(date, [longitude], [latitude], [height], weather, version=0)[0]
        errors[height < 72.0].append(abs(density / (float(row["rho_g_cm3"]) * 1000.0) - 1))
    figure("msis-published-0-to-70-km", max(errors[True]), 1e-5, "", "NRL's published cases 11-15")
    figure("msis-published-100-to-400-km", max(errors[False]), 0.04, "", "NRL's published cases 1, 2, 4-10, other UT")


def test_terms_left_out(figure: Figure) -> None:
    """Orbit means, 30 revolutions: without UT and longitude terms against the whole model."""
    rng = np.random.default_rng(5)
    errors = []
    for _ in range(30):
        height, latitude, local = revolution(rng.choice([250.0, 330.0, 410.0]), rng.uniform(0, 24))
        midnight = np.datetime64("2024-01-01") + np.timedelta64(int(rng.integers(0, 365)), "D")
        day = float((midnight - np.datetime64("2024-01-01")).astype(int)) + 1.0
        start, weather = rng.uniform(0, 22.4), (150.0, 150.0, 10.0)
        hours = start + np.linspace(0, 92 / 60, len(height), endpoint=False)
        date = midnight.astype("datetime64[s]") + (hours * 3600).astype("timedelta64[s]")
        longitude = ((local - hours) * 15.0 + 180.0) % 360.0 - 180.0
        whole = full_model(date, longitude, np.degrees(latitude), height, weather, version=0)
        ours = nrlmsise00(day, height, np.degrees(latitude), local, *weather)[:, 0]
        errors.append(np.log(ours.mean() / whole.mean()))
    figure("msis-without-ut-rms", np.sqrt(np.mean(np.square(errors))), 0.04, "", "pymsis 00, all terms, 30 orbits")
    figure("msis-without-ut-bias", abs(np.mean(errors)), 0.015, "", "pymsis 00, all terms, 30 orbits")


def test_climate_under_the_weather_of_the_record(figure: Figure) -> None:
    """Orbit means on 200 observed days since 1996, table against model."""
    climate, weather = atmosphere.climate_table(), load_space_weather()
    rng = np.random.default_rng(17)
    errors = []
    for mjd in rng.uniform(50100, 61300, 200):
        f107, f107a, ap = (float(value) for value in weather.msis(mjd))
        day, base = float(atmosphere.day_of_year(mjd)), float(rng.choice([220.0, 280.0, 350.0, 420.0]))
        height, latitude, local = revolution(base, rng.uniform(0, 24))
        model = nrlmsise00(day, height, np.degrees(latitude), local, f107, f107a, ap)[:, 0]
        table = climate_day(climate, day, f107, f107a, ap, base - 5, base + 25)
        ours = [epoch_density(table, *point) for point in zip(height, latitude, local, strict=True)]
        errors.append(np.log(np.mean(ours) / model.mean()))
    figure("climate-orbit-rms", np.sqrt(np.mean(np.square(errors))), 0.03, "", "NRLMSISE-00 on 200 observed days")
    figure("climate-orbit-bias", abs(np.mean(errors)), 0.01, "", "NRLMSISE-00 on 200 observed days")


@pytest.mark.parametrize("flux", [75.0, 120.0, 180.0])
def test_heyoka_stand_in(figure: Figure, flux: float) -> None:
    """heyoka's neural stand-in against our tables, orbit points from 180 to 500 km: rms within 4 %."""
    import heyoka as hy

    height, latitude, longitude, day, f107, f107a, ap = hy.make_vars("h", "lat", "lon", "day", "f", "fa", "ap")
    expression = hy.model.nrlmsise00_tn([height, latitude, longitude], f107=f107, f107a=f107a, ap=ap, time_expr=day)
    function = hy.cfunc([expression], vars=[height, latitude, longitude, day, f107, f107a, ap])
    rng = np.random.default_rng(23)
    errors = []
    for mjd in (60676.0, 60757.0, 60858.0, 60950.0):
        number = float(atmosphere.day_of_year(mjd))
        table = atmosphere.epoch_table(mjd, flux, flux, 8.0)
        at = rng.uniform(180, 500, 500)
        lat = np.arcsin(rng.uniform(-np.sin(INCLINATION), np.sin(INCLINATION), 500))
        lon, hour = rng.uniform(-np.pi, np.pi, 500), rng.uniform(0, 24, 500)
        local = (hour + lon * 12 / np.pi) % 24
        weather = np.tile([[flux], [flux], [8.0]], 500)
        stand_in = function(np.vstack([at, lat, lon, number - 1 + hour / 24, weather]))[0]
        ours = np.array([epoch_density(table, *point) for point in zip(at, lat, local, strict=True)])
        errors.append(np.log(stand_in / ours))
    source = f"heyoka nrlmsise00_tn, F10.7 {flux:.0f}, 2000 points 180-500 km"
    everything = np.concatenate(errors)
    figure(f"heyoka-density-bias-{flux:.0f}", abs(everything.mean()), 0.04, "", source)
    figure(f"heyoka-density-rms-{flux:.0f}", np.sqrt(np.mean(everything**2)), 0.04, "", source)
