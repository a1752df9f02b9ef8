from __future__ import annotations

import numpy as np
import pytest

from pointnemo.formats.oem import OemSegment, write_oem
from pointnemo.formats.tracking_files import read_many
from pointnemo.scenario import load_scenario
from pointnemo.tracking import start_tt_s, track
from pointnemo.world import load_world, time
from pointnemo.world.earth import EME2000_TO_GCRS

MASS_KG = 459_800.0


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("iss")


@pytest.fixture(scope="module")
def tracked(scenario):
    return track(scenario, load_world(), MASS_KG)


def test_start_state_of_the_scenario(scenario, tracked):
    assert tracked.epoch_utc == "2026-09-04T12:00:00.000Z"
    assert tracked.origin == scenario.orbit.origin
    np.testing.assert_array_equal(tracked.position_km, EME2000_TO_GCRS @ np.array(scenario.orbit.position_km))
    assert tracked.inclination_deg == pytest.approx(51.63, abs=0.01)
    assert tracked.altitude_km == pytest.approx(420.2, abs=0.05)
    assert tracked.perigee_km < tracked.altitude_km < tracked.apogee_km
    assert tracked.perigee_km + tracked.apogee_km == pytest.approx(2 * tracked.altitude_km)


def test_drag_is_the_scenarios_divided_by_the_mass(scenario, tracked):
    drag = scenario.station.drag
    assert (tracked.cd_area_m2.value, tracked.cd_area_m2.low) == (drag.cd_area_m2, drag.low_m2)
    assert tracked.ballistic_factor_m2_kg.value == pytest.approx(drag.cd_area_m2 / MASS_KG)
    assert tracked.cd_area_m2.level == tracked.decay_km_per_day.level == drag.level


def test_decay_follows_drag_and_mass(scenario, tracked):
    world = load_world()
    assert 0.01 < tracked.decay_km_per_day.low < tracked.decay_km_per_day.value < tracked.decay_km_per_day.high < 0.2
    light = track(scenario, world, MASS_KG / 2.0)
    assert light.decay_km_per_day.value == pytest.approx(2.0 * tracked.decay_km_per_day.value, rel=1e-9)
    solar = track(scenario, world.line("high"), MASS_KG)
    assert solar.decay_km_per_day.value >= tracked.decay_km_per_day.value


def test_a_users_file_replaces_the_start_state_but_not_its_later_rows(scenario, tmp_path):
    """The later row is a prediction: it must not be taken, however new."""
    r = EME2000_TO_GCRS @ np.array(scenario.orbit.position_km)
    v = EME2000_TO_GCRS @ np.array(scenario.orbit.velocity_km_s)
    start = time.from_utc("2026-08-01T00:00:00")
    path = tmp_path / "mine.oem"
    segment = OemSegment(np.array([start, start + 86400.0]), np.array([r, -r]), np.array([v, -v]))
    who = {"object_name": "ISS", "object_id": "1998-067A", "originator": "ME", "creation_utc": "2026-08-01T06:00:00"}
    write_oem(path, [segment], **who)
    files = read_many([path])
    mine = track(scenario, load_world(), MASS_KG, files)
    assert mine.epoch_utc == "2026-08-01T00:00:00.000Z"
    assert start_tt_s(scenario, load_world(), files) == pytest.approx(start, abs=1e-6)
    assert start_tt_s(scenario, load_world()) == time.from_utc("2026-09-04T12:00:00Z")
    assert mine.origin == "first state of mine.oem (ME, made 2026-08-01T06:00:00Z)"
    np.testing.assert_allclose(mine.position_km, r, atol=1e-9)
    assert mine.cd_area_m2.value == scenario.station.drag.cd_area_m2


def test_the_same_input_gives_the_same_result(scenario, tracked):
    assert track(scenario, load_world(), MASS_KG) == tracked
