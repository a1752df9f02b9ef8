"""Replays: start orbits of every kind, drag from decay, burns, forecasts that see nothing of the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from pointnemo.descent.decay import decay, drag_between, drag_of_rate
from pointnemo.descent.replays.flight import commands_of, fly_replay
from pointnemo.descent.replays.forecast import drag_sigma, forecasts
from pointnemo.descent.replays.published_orbits import tracked_orbits
from pointnemo.descent.replays.report import DragFit
from pointnemo.descent.replays.start import mean_of_apsides, start_of
from pointnemo.errors import FlightError, ScenarioError
from pointnemo.motion.averaged import MeanState
from pointnemo.motion.burns import burn_duration_s
from pointnemo.scenario.replay import Replay
from pointnemo.world import load_world
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc

START = datetime(2014, 6, 1, 12, tzinfo=UTC)
FALL = {
    "title": "a made-up fall",
    "body": {"mass_kg": 20000.0, "cd_area_m2": 100.0},
    "orbit": {
        "origin": "made up",
        "epoch_utc": START,
        "apogee_km": 215.0,
        "perigee_km": 205.0,
        "inclination_deg": 51.6,
        "fix": {
            "utc": datetime(2014, 6, 1, 13, 30, tzinfo=UTC),
            "latitude_deg": 30.0,
            "longitude_deg": 20.0,
            "direction": "ascending",
        },
    },
    "burns": {
        "one": {
            "start_utc": datetime(2014, 6, 1, 14, 0, tzinfo=UTC),
            "duration_s": 600.0,
            "delta_v_mps": 50.0,
            "direction": "retrograde",
        }
    },
}


@pytest.fixture(scope="module")
def world():
    return load_world(bundled=True)


def made(**changes: object) -> Replay:
    return Replay.model_validate({**FALL, **changes})


def test_the_track_passes_the_fix(world) -> None:
    """A fix after a burn, and one on the other branch: the flight itself is asked where it is then."""
    burn = {**FALL["burns"]["one"], "delta_v_mps": 5.0, "start_utc": datetime(2014, 6, 1, 12, 40, tzinfo=UTC)}
    for direction, later in (("ascending", 0), ("descending", 20)):
        utc = datetime(2014, 6, 1, 13, 30 + later, tzinfo=UTC)
        fix = {**FALL["orbit"]["fix"], "direction": direction, "utc": utc}
        # a burn that starts at the fix shows in the document where the body is then
        burns = {"one": burn, "mark": {**FALL["burns"]["one"], "start_utc": utc, "delta_v_mps": 60.0}}
        _, _, (flight,) = fly_replay(made(orbit={**FALL["orbit"], "fix": fix}, burns=burns), world)
        place = flight.burns[1].start
        assert place is not None
        assert place.latitude_deg == pytest.approx(30.0, abs=0.01)
        assert place.longitude_deg == pytest.approx(20.0, abs=0.01)
        end = flight.burns[1].end
        assert end is not None
        assert (end.latitude_deg > 30.0) == (direction == "ascending")


def test_the_apogee_lies_in_the_first_burn_unless_told(world) -> None:
    start, _, (flight,) = fly_replay(made(), world)
    assert (start.perigee_km, start.apogee_km) == pytest.approx((205.0, 215.0), abs=1e-6)
    # impulsive: 4 a / v dv = 170 km off the perigee; over 600 s a little less
    fallen = flight.burns[0].perigee_before_km - flight.burns[0].perigee_after_km
    assert 140.0 < fallen < 172.0
    assert flight.burns[0].apogee_before_km - flight.burns[0].apogee_after_km < 10.0
    told = made(orbit={**FALL["orbit"], "perigee_argument_deg": 10.0})
    state = start_of(told.orbit, world)
    assert np.degrees(np.arctan2(state.mean.ey, state.mean.ex)) == pytest.approx(10.0)


def test_a_fix_after_the_fall_is_refused(world) -> None:
    fix = {**FALL["orbit"]["fix"], "utc": datetime(2014, 6, 1, 18, tzinfo=UTC)}
    with pytest.raises(FlightError, match="down before it passes"):
        fly_replay(made(orbit={**FALL["orbit"], "fix": fix}), world)


def test_states_and_elements_start_where_they_say(world) -> None:
    _, _, (flight,) = fly_replay(made(), world)
    state = start_of(made().orbit, world)
    given = {
        "origin": "made up",
        "epoch_utc": START,
        "frame": "GCRF",
        "position_km": tuple(state.position_km),
        "velocity_km_s": tuple(state.velocity_km_s),
    }
    same = start_of(made(orbit=given).orbit, world)
    assert same.mean.a_km == pytest.approx(state.mean.a_km, abs=0.3)  # less what tesseral harmonics shake
    assert np.array_equal(same.position_km, state.position_km)
    lines = (
        "1 16609U 86017A   01081.92334318  .00905378  11898-4  39359-3 0  7787",
        "2 16609  51.6348 251.1851 0003524 208.4275 291.6897 16.21854268863255",
    )
    two = start_of(made(orbit={"origin": "made up", "element_set": lines}).orbit, world)
    table = {
        "mean_motion_rev_day": 16.21854268, "eccentricity": 0.0003524, "inclination_deg": 51.6348,
        "node_deg": 251.1851, "perigee_deg": 208.4275, "mean_anomaly_deg": 291.6897,
        "mean_motion_dot_rev_day2": 0.00905378,
    }  # fmt: skip
    epoch = datetime(2001, 3, 22, 22, 9, 36, 850752, tzinfo=UTC)
    three = start_of(made(orbit={"origin": "made up", "epoch_utc": epoch, "elements": table}).orbit, world)
    # line 1 gives B* too, which no published table of ours does: hundreds of metres of SGP4
    assert np.linalg.norm(two.position_km - three.position_km) < 1.0
    assert two.rate_km_day == pytest.approx(three.rate_km_day, rel=1e-4)
    # a falls by 2/3 a 2 (ndot/2) / n
    assert two.rate_km_day == pytest.approx(-2 / 3 * 6593.0 * 2 * 0.00905378 / 16.2185, rel=1e-3)
    bad = (lines[0][:-1] + "1", lines[1])
    with pytest.raises(ScenarioError, match=r"orbit\.element_set"):
        start_of(made(orbit={"origin": "made up", "element_set": bad}).orbit, world)
    assert flight.end_utc


def test_two_of_three_figures_make_the_third() -> None:
    burns = made().burns
    (whole,) = commands_of(burns, 20000.0, {})
    assert burn_duration_s(20000.0, whole) == pytest.approx(600.0)
    assert whole.delta_v_mps == 50.0
    for left_out in ("delta_v_mps", "duration_s"):
        given = {"duration_s": 600.0, "delta_v_mps": 50.0, "thrust_n": whole.thrust_n}
        given.pop(left_out)
        part = {"start_utc": START, "direction": "retrograde", **given}
        (again,) = commands_of(made(burns={"one": part}).burns, 20000.0, {})
        assert again.delta_v_mps == pytest.approx(50.0)
        assert again.thrust_n == pytest.approx(whole.thrust_n)
        (more,) = commands_of(made(burns={"one": part}).burns, 20000.0, {"one": 75.0})
        assert more.delta_v_mps == 75.0
        assert burn_duration_s(20000.0, more) == pytest.approx(600.0)
    mighty = {"start_utc": START, "direction": "prograde", "duration_s": 1e6, "thrust_n": 1e6}
    with pytest.raises(FlightError, match="would burn"):
        commands_of(made(burns={"one": mighty}).burns, 20000.0, {})


def test_drag_of_a_decay_is_found_again(world) -> None:
    mean = mean_of_apsides(300.0, 280.0, 51.6, 1.0, 2.0, 0.0)
    state = MeanState(mean.a_km, mean.ex, mean.ey, mean.node_rad)
    start = from_utc("2014-06-01T12:00:00Z")
    for factor, days in ((0.002, 40.0), (0.02, 5.0), (0.2, 1.5)):
        args = world.climate, world.weather, state, mean.inclination_rad
        end = decay(*args, factor, start, start + days * 86400.0)
        found = drag_between(*args, start, end.tt_s, end.state.a_km - EARTH_RADIUS_KM)
        assert found == pytest.approx(factor, rel=0.02)
        # the rate at the start, over an hour
        hour = decay(*args, factor, start, start + 3600.0)
        rate = (hour.state.a_km - mean.a_km) * 24.0
        assert drag_of_rate(*args, start, rate) == pytest.approx(factor, rel=0.05)
    with pytest.raises(FlightError, match="no drag explains"):
        drag_between(*args, start, start + 86400.0, 310.0)


def history_of(world, factor: float = 0.008) -> tuple[tuple[dict, ...], float]:
    """Published altitudes of a body that decays with one factor, and when it is down to 150 km."""
    mean = mean_of_apsides(262.0, 258.0, 42.7, 0.0, 0.0, 0.0)
    state = MeanState(mean.a_km, mean.ex, mean.ey, 0.0)
    start, rows = from_utc("2014-06-01T12:00:00Z"), []
    for days in (0, 8, 16):
        end = decay(world.climate, world.weather, state, mean.inclination_rad, factor, start, start + days * 86400.0)
        eccentricity = np.hypot(end.state.ex, end.state.ey)
        apsides = {
            "apogee_km": end.state.a_km * (1 + eccentricity) - EARTH_RADIUS_KM,
            "perigee_km": end.state.a_km * (1 - eccentricity) - EARTH_RADIUS_KM,
        }
        rows.append({"epoch_utc": datetime(2014, 6, 1 + days, 12, tzinfo=UTC), "inclination_deg": 42.7, **apsides})
    whole = decay(world.climate, world.weather, state, mean.inclination_rad, factor, start, start + 100 * 86400.0)
    return tuple(rows), whole.tt_s


def test_a_forecast_of_a_steady_body(world) -> None:
    rows, down = history_of(world)
    entry = datetime(2014, 6, 30, tzinfo=UTC)
    asked = {
        "title": "a made-up decay",
        "body": {"mass_kg": 8000.0},
        "history": rows,
        "forecast": {"before_days": (10.0,), "members": 10},
        "published": {"entry": {"utc": entry}},
    }
    (one,) = forecasts(Replay.model_validate(asked), world)
    assert one.ballistic_factor_m2_kg == pytest.approx(0.008, rel=0.05)
    assert one.start.epoch_utc == "2014-06-17T12:00:00Z"
    found = from_utc(one.entry_utc)
    left = found - from_utc(one.as_of_utc)
    assert abs(found - down) < 0.15 * left + 43200.0
    assert 0.08 < one.relative_width < 0.4
    assert one.sigma_days == pytest.approx(np.hypot(one.sigma_drag_days, one.sigma_weather_days), rel=0.3)
    # whatever happens after the as-of day changes nothing
    f107 = world.weather.f107.copy()
    f107[int(56828.0 + 1 - world.weather.mjd0) :] *= 1.8
    stormy = replace(world, weather=replace(world.weather, f107=f107))
    (other,) = forecasts(Replay.model_validate(asked), stormy)
    assert other.entry_utc == one.entry_utc
    assert other.window_to_utc == one.window_to_utc
    # more uncertain dates widen the window, by just that
    vague = (*rows[:2], {**rows[2], "epoch_sigma_hours": 48.0})
    (wide,) = forecasts(Replay.model_validate({**asked, "history": vague}), world)
    assert wide.sigma_days == pytest.approx(np.hypot(one.sigma_days, 2.0), rel=0.02)
    early = {**asked, "forecast": {"before_days": (10.0, 25.0), "members": 10}}
    with pytest.raises(ScenarioError, match="25 days before"):
        forecasts(Replay.model_validate(early), world)


def test_the_spread_of_drag_has_a_floor() -> None:
    def fit(factor: float) -> DragFit:
        return DragFit(from_utc="", to_utc="", altitude_from_km=1, altitude_to_km=0, ballistic_factor_m2_kg=factor)

    assert drag_sigma([fit(0.01)], 0.1) == 0.1
    assert drag_sigma([fit(0.01), fit(0.0101)], 0.1) == 0.1
    assert drag_sigma([fit(0.01), fit(0.02)], 0.1) == pytest.approx(np.log(2) / np.sqrt(2))


def test_node_and_perigee_are_carried_between_rows(world) -> None:
    rows = (
        {"element_set": (
            "1 37820U 11053A   18046.14148403  .00095478  12401-4  13999-3 0  9993",
            "2 37820  42.7514 129.7071 0017381  29.1995  48.6729 16.04256914366624",
        )},
        {"epoch_utc": datetime(2018, 2, 15, 13, 56, tzinfo=UTC), "altitude_km": 264.0},
    )  # fmt: skip
    first, second = tracked_orbits(made(history=rows).history, world)
    # the set of half a day later has its node at 126.9107 deg: 2.7964 deg further west
    turned = np.degrees(second.state.node_rad - first.state.node_rad)
    assert turned == pytest.approx(-2.7964, abs=0.02)
    assert second.inclination_rad == first.inclination_rad
