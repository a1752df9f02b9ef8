"""The table of losses against the history that it stands for."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.history_cases import MJD_ORDINAL, bare_decision, steady_weather

from pointnemo.motion.averaged import zonal_rates
from pointnemo.motion.history import fly
from pointnemo.motion.loss import HIGHEST_KM, LOWEST_KM, STEP_KM, LossTable, loss_table
from pointnemo.world.atmosphere import climate_table
from pointnemo.world.earth import EARTH_RADIUS_KM

FIRST = date(2027, 3, 1)
DAYS = 120
INCLINATION, NODE = math.radians(51.63), math.radians(200.0)
BALLISTIC = 0.0075
MJD = float(FIRST.toordinal() - MJD_ORDINAL)


@pytest.fixture(scope="module")
def table() -> LossTable:
    weather = steady_weather(FIRST, FIRST + timedelta(days=DAYS), f107=140.0)
    return loss_table(climate_table(), weather, MJD, MJD + DAYS, INCLINATION, NODE)


@pytest.mark.parametrize("altitude_km", [290.0, 350.0, 416.0, 450.0])
def test_it_says_what_a_history_loses(table: LossTable, altitude_km: float) -> None:
    """On the frozen orbit of the table, day by day over a month: a few per cent."""
    a_km = EARTH_RADIUS_KM + altitude_km
    frozen = zonal_rates(a_km, 0.0, INCLINATION)[2]
    decision = bare_decision(FIRST, 30, (a_km, 0.0, frozen, NODE), INCLINATION, BALLISTIC)
    weather = steady_weather(FIRST, FIRST + timedelta(days=DAYS), f107=140.0)
    flown = fly(decision, [weather], climate_table()).history.altitude_km[0]
    middle = 0.5 * (flown[1:] + flown[:-1])
    told = table.per_day(MJD + np.arange(30) + 0.5, middle, BALLISTIC)
    lost = flown[:-1] - flown[1:]
    assert told.sum() == pytest.approx(lost.sum(), rel=0.03)
    assert told == pytest.approx(lost, rel=0.05)


@given(st.floats(0, DAYS), st.floats(LOWEST_KM + 0.01, HIGHEST_KM - 0.01))
def test_higher_is_thinner_by_the_slope(table: LossTable, day: float, altitude_km: float) -> None:
    slope = float(table.slope(MJD + day, altitude_km))
    assert -0.06 < slope < -0.008
    node = STEP_KM * round(altitude_km / STEP_KM)
    step = min(1e-3, 0.5 * abs(altitude_km - node)) or 1e-3
    if abs(altitude_km - node) < 1e-6:
        return  # on a node the slope is that of one side
    low, high = table.per_day(MJD + day, np.array([altitude_km - step, altitude_km + step]), 1.0)
    assert math.log(high / low) / (2.0 * step) == pytest.approx(slope, rel=1e-4)


def test_the_last_slopes_go_on_and_the_days_do_not(table: LossTable) -> None:
    below, above = np.array([150.0, 170.0, LOWEST_KM]), np.array([HIGHEST_KM, 500.0, 520.0])
    for altitudes in (below, above):
        steps = np.diff(np.log(table.per_day(MJD + 40.0, altitudes, 1.0))) / np.diff(altitudes)
        assert steps == pytest.approx(float(table.slope(MJD + 40.0, altitudes[1])), rel=1e-9)
    inside = table.per_day(np.array([table.mjd[0], table.mjd[-1]]), 400.0, 1.0)
    outside = table.per_day(np.array([table.mjd[0] - 50.0, table.mjd[-1] + 50.0]), 400.0, 1.0)
    assert np.array_equal(inside, outside)


@given(st.floats(1e-3, 0.1))
def test_drag_counts_as_often_as_the_area(table: LossTable, ballistic: float) -> None:
    assert table.per_day(MJD + 3.0, 400.0, ballistic) == pytest.approx(
        ballistic * table.per_day(MJD + 3.0, 400.0, 1.0), rel=1e-12
    )


def test_a_table_ends_where_the_weather_does() -> None:
    """The last column is of the last day of the weather, not of one after it."""
    weather = steady_weather(FIRST, FIRST + timedelta(days=20))
    table = loss_table(climate_table(), weather, MJD, MJD + 1000.0, INCLINATION, NODE)
    assert np.isfinite(table.log_loss).all()
    assert table.mjd[-1] < MJD + 30.0
