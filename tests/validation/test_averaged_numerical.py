"""Averaged against numerical motion: the same arc of 30 days with the same density, within 2 % of its altitude loss.

The numerical flight (16x16 gravity, Sun, Moon, drag) starts from an osculating circle. Its mean elements are taken from
its own samples: a cosine-squared window two days wide leaves nothing of the waves of one revolution or of one day. The
averaged flight starts from the first window and is compared with the last one, so that no analytic theory of short
periods stands between the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.history_cases import MJD_ORDINAL, bare_decision, steady_weather
from tests.mean_window import osculating, windowed

from pointnemo.motion import lastdays
from pointnemo.motion.history import fly
from pointnemo.world import earth
from pointnemo.world.atmosphere import climate_table
from pointnemo.world.density import ClimateTable
from pointnemo.world.time import from_mjd_utc
from pointnemo.world.weather import SpaceWeather

pytestmark = pytest.mark.validation

FloatArray = NDArray[np.float64]
Figure = Callable[..., None]
DAY_S = 86400.0
WINDOW_S = 2.0 * DAY_S
MASS_KG = 450e3
CD_AREA_M2 = 3200.0
FIRST_DAY = date(2026, 9, 10)
ARC_DAYS = 30
INCLINATION = np.radians(51.64)


@dataclass(frozen=True)
class NumericalWorld:
    """What the last-days propagator reads."""

    weather: SpaceWeather
    earth: earth.EarthOrientation


@pytest.fixture(scope="module")
def orientation() -> earth.EarthOrientation:
    return earth.load_earth_orientation()


@pytest.fixture(scope="module")
def climate() -> ClimateTable:
    return climate_table()


def circle(altitude_km: float, argument_rad: float = 0.3, node_rad: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """Osculating state on a circle."""
    radius = earth.EARTH_RADIUS_KM + altitude_km
    along = np.array([np.cos(node_rad), np.sin(node_rad), 0.0])
    across = np.array(
        [-np.sin(node_rad) * np.cos(INCLINATION), np.cos(node_rad) * np.cos(INCLINATION), np.sin(INCLINATION)]
    )
    speed = np.sqrt(earth.MU_KM3_S2 / radius)
    position = radius * (np.cos(argument_rad) * along + np.sin(argument_rad) * across)
    return position, speed * (np.cos(argument_rad) * across - np.sin(argument_rad) * along)


@pytest.mark.parametrize("f107", [70.0, 150.0])
@pytest.mark.parametrize("altitude_km", [420.0, 390.0, 360.0, 330.0, 300.0])
def test_same_arc(
    altitude_km: float, f107: float, orientation: earth.EarthOrientation, climate: ClimateTable, figure: Figure
) -> None:
    compare(altitude_km, f107, orientation, climate, figure)


def test_same_arc_of_the_final_fall(orientation: earth.EarthOrientation, climate: ClimateTable, figure: Figure) -> None:
    """From 260 km, where 30 days end close to 200 km. (Under F10.7 = 150 this arc would end on the ground.)"""
    compare(260.0, 70.0, orientation, climate, figure)


def compare(
    altitude_km: float, f107: float, orientation: earth.EarthOrientation, climate: ClimateTable, figure: Figure
) -> None:
    """Fly both and hold the ratio of their losses to 2 %."""
    mjd = FIRST_DAY.toordinal() - MJD_ORDINAL
    before, after = (float(from_mjd_utc(mjd + offset)) for offset in (-1.0, ARC_DAYS + 1.0))
    weather = steady_weather(date.fromordinal(FIRST_DAY.toordinal() - 2), date(2026, 10, 31), f107, ap=10.0)
    forces = lastdays.Forces(cd_area_m2=CD_AREA_M2)
    environment = lastdays.prepare(NumericalWorld(weather, orientation), before, after, forces)  # type: ignore[arg-type]
    state = lastdays.State(before, *circle(altitude_km), MASS_KG)
    flight = lastdays.fly(state, [], environment, stop_height_km=120.0, stop_tt_s=after, sample_s=120.0)
    elements = osculating(flight.position_km, flight.velocity_km_s)
    first = windowed(flight.tt_s, elements, before + DAY_S, WINDOW_S)
    last = windowed(flight.tt_s, elements, after - DAY_S, WINDOW_S)

    start = (first[0], first[1], first[2], first[3])
    decision = bare_decision(FIRST_DAY, ARC_DAYS, start, first[4], CD_AREA_M2 / MASS_KG)
    history = fly(decision, [weather], climate, names=("arc",)).history
    loss = history.altitude_km[0, 0] - history.altitude_km[0, -1]
    numerical = first[0] - last[0]
    assert numerical > 0.3
    figure(
        f"averaged/{altitude_km:.0f}km-f{f107:.0f}",
        100.0 * abs(loss / numerical - 1.0),
        2.0,
        "% of the altitude loss",
        "numerical propagation of the same 30 days with the same density",
    )
