"""The decay that ``track`` states and the mean elements that histories start from, against numerical flights."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.motion.heyoka_engine import propagate
from pointnemo.motion.mean_elements import mean_altitude_km
from pointnemo.scenario import load_scenario
from pointnemo.tracking import track
from pointnemo.world import load_world, time
from pointnemo.world.earth import EARTH_RADIUS_KM, gcrs_to_itrs

pytestmark = pytest.mark.validation

MASS_KG = 459_800.0
STEP_S = 900.0


def test_mean_orbit_is_steady_without_drag(figure):
    world = load_world()
    tracked = track(load_scenario("iss"), world, MASS_KG)
    tt0_s = time.from_utc(tracked.epoch_utc)
    tt_s = tt0_s + np.arange(0.0, 2 * 86400.0, 300.0)
    r, v = propagate(tt0_s, tracked.position_km, tracked.velocity_km_s, tt_s, 0.0, world.weather, world.earth)
    rows = range(0, len(tt_s), 3)
    means = np.array([steady_mean(tt_s[i], r[i], v[i], world.earth) for i in rows])
    a_km = means[:, 0]
    source = "heyoka 30x30, Sun, Moon, two days"
    figure("mean-a-steady", float(np.abs(a_km - a_km.mean()).max()) * 1000.0, 10.0, "m", source)
    trend = np.polynomial.polynomial.polyfit(tt_s[rows] - tt0_s, means[:, 1:3], 2)
    turning = np.polynomial.polynomial.polyval(tt_s[rows] - tt0_s, trend).T
    figure("mean-e-vector-steady", float(np.abs(means[:, 1:3] - turning).max()), 5e-6, "1", source)
    # two ways to the same altitude: one state with the field taken out, and a day's average without
    pole = gcrs_to_itrs(tt0_s, world.earth)[2]
    day = slice(0, 288)
    averaged = mean_altitude_km(tt_s[day], r[day], v[day], pole)
    figure("mean-a-one-state-or-a-day", abs(averaged - (a_km[0] - EARTH_RADIUS_KM)) * 1000.0, 20.0, "m", source)


@pytest.mark.parametrize("cd_area_m2", [3200.0, 9600.0])
def test_decay_of_the_averaged_kernel_against_heyoka(figure, cd_area_m2):
    """The weather is held at that of the first day, as the stated rate does."""
    from dataclasses import replace

    world = load_world()
    scenario = load_scenario("iss")
    tracked = track(scenario, world, MASS_KG)
    tt0_s = time.from_utc(tracked.epoch_utc)
    indices = [float(value) for value in world.weather.msis(time.mjd_utc(tt0_s))]
    f107, f107a, ap = (np.full_like(world.weather.f107, value) for value in indices)
    still = replace(world.weather, f107=f107, f107a=f107a, ap=ap)
    tt_s = tt0_s + np.arange(0.0, 3 * 86400.0 + 1.0, STEP_S)
    factor = cd_area_m2 / MASS_KG
    r, v = propagate(tt0_s, tracked.position_km, tracked.velocity_km_s, tt_s, factor, still, world.earth)
    a_km = [steady_mean(tt_s[i], r[i], v[i], world.earth).a_km for i in range(0, len(tt_s), 3)]
    flown = -np.polyfit(tt_s[::3], a_km, 1)[0] * 86400.0
    stated = tracked.decay_km_per_day.value * cd_area_m2 / tracked.cd_area_m2.value
    figure(f"decay-rate-{cd_area_m2:.0f}", abs(stated / flown - 1.0), 0.05, "relative", "heyoka 30x30, three days")
