"""Orbits against brahe, another program with its own integrator, frames and ephemerides: gravity, Sun and Moon only."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.motion.heyoka_engine import propagate
from pointnemo.world import load_world, time
from pointnemo.world.earth import EME2000_TO_GCRS

bh = pytest.importorskip("brahe")

START_UTC = "2026-09-04T12:00:00Z"
POSITION_KM = EME2000_TO_GCRS @ np.array([-304.795682412414, 6745.236027492530, -796.410785972284])
VELOCITY_KM_S = EME2000_TO_GCRS @ np.array([-4.76521816507237, -0.90540922548638, -5.92826400060074])


@pytest.mark.validation
@pytest.mark.parametrize(("degree", "hours"), [(16, 24.0), (30, 24.0)])
def test_one_day_of_the_station_against_brahe(degree, hours, figure):
    world = load_world()
    tt0_s = time.from_utc(START_UTC)
    middle = int(time.mjd_utc(tt0_s + 43200.0)) - int(world.earth.mjd[0])
    earth = world.earth
    values = (earth.x_rad[middle], earth.y_rad[middle], earth.ut1_utc_s[middle], 0.0, 0.0, 0.0)
    bh.set_global_eop_provider_from_static_provider(bh.StaticEOPProvider.from_values(*(float(v) for v in values)))
    low = bh.EphemerisSource.LowPrecision
    forces = bh.ForceModelConfig(
        gravity=bh.GravityConfiguration(degree=degree, order=degree),
        third_body=[bh.ThirdBodyConfiguration(body, low) for body in (bh.ThirdBody.SUN, bh.ThirdBody.MOON)],
    )
    epoch = bh.Epoch.from_datetime(2026, 9, 4, 12, 0, 0.0, 0.0, bh.TimeSystem.UTC)
    state = np.concatenate([POSITION_KM, VELOCITY_KM_S]) * 1000.0
    settings = bh.NumericalPropagationConfig.high_precision()
    theirs = bh.NumericalOrbitPropagator(epoch, state, settings, forces)
    theirs.propagate_to(epoch + hours * 3600.0)
    ours, _ = propagate(
        tt0_s, POSITION_KM, VELOCITY_KM_S, [tt0_s + hours * 3600.0], 0.0, world.weather, world.earth, degree=degree
    )
    miss_m = float(np.linalg.norm(ours[0] * 1000.0 - theirs.current_state()[:3]))
    figure(f"peer-brahe-{degree}x{degree}-one-day", miss_m, 0.2, "m", f"brahe {bh.__version__}")
