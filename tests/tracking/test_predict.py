"""The nominal orbit and the ensemble about it: rows, bits, growth, and size against the linear formulas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.tracking.synthetic import (
    AREA_M2,
    DAY_S,
    MASS_KG,
    START,
    burn,
    end_of,
    event_row,
    fix_of,
    flown,
    station,
    world,
    write_file,
)

from pointnemo.errors import FlightError
from pointnemo.formats.tracking_files import read_tracking
from pointnemo.motion.lastdays import State
from pointnemo.tracking import predict
from pointnemo.tracking.arcs import arc_environment, fly_legs, miss_rtn_km
from pointnemo.tracking.calibrate import Calibrated, burn_sigma_mps, calibrate
from pointnemo.tracking.fixes import error_columns, fix_covariance
from pointnemo.tracking.follow import as_known
from pointnemo.tracking.known import known_by, read_burns
from pointnemo.tracking.predict import Nominal, Spread, predict_nominal, predict_spread
from pointnemo.tracking.process import BELIEF
from pointnemo.world import World
from pointnemo.world.earth import MU_KM3_S2

FloatArray = NDArray[np.float64]

DAYS = 4.0
ARC_DAYS = 2.5
NOW = START + ARC_DAYS * DAY_S
AHEAD = burn(NOW + 1.3 * DAY_S, 0.5)
SAMPLES = NOW + DAY_S * np.array([0.0, 0.5, 1.0, 2.0, 3.0, DAYS])


@pytest.fixture(scope="module", autouse=True)
def coarse() -> Iterator[None]:
    """Gravity of degree 4 in the ensemble: its members and its reference share what that leaves out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predict, "SPREAD_DEGREE", 4)
        yield


@pytest.fixture(scope="module")
def seen() -> World:
    """As of half an hour after the second file was made."""
    return as_known(world(), NOW + 3.0 * 3600.0)


def calibrated(folder: Path, seen: World, *, ahead: bool = True, visit: bool = False, **kind: object) -> Calibrated:
    """Two files of one truth, an arc between them; the second tells of a burn ahead, in its rows, and of a docking."""
    paths = [write_file(folder / "first.oem", station(), 0.1)]
    second = end_of(station(), NOW)
    burns = [AHEAD] if ahead else []
    events = [event_row(AHEAD.start_tt_s, "GMT042 Reboost", 0.5)] if ahead else []
    events += [event_row(NOW + 0.7 * DAY_S, "81P Docking")] if visit else []
    paths.append(write_file(folder / "second.oem", second, 1.4, burns=burns, events=events, **kind))  # type: ignore[arg-type]
    told = read_burns([read_tracking(path) for path in paths], world().earth)
    return calibrate(known_by(told, NOW + 3.0 * 3600.0, world().earth), seen, DAYS, BELIEF)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory, seen: World) -> Calibrated:
    return calibrated(tmp_path_factory.mktemp("usual"), seen)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, seen: World) -> Calibrated:
    return calibrated(tmp_path_factory.mktemp("quiet"), seen, ahead=False)


def ensemble(
    given: Calibrated, seen: World, members: int = 12, seed: int = 5, workers: int = 1, at: Sequence[float] = SAMPLES
) -> Spread:
    return predict_spread(given, seen, at, members=members, seed=seed, belief=BELIEF, workers=workers)


@pytest.fixture(scope="module")
def spread(usual: Calibrated, seen: World) -> Spread:
    return ensemble(usual, seen)


@pytest.fixture(scope="module")
def nominal(usual: Calibrated, seen: World) -> Nominal:
    return predict_nominal(usual, seen, DAYS, SAMPLES.tolist())


# --- the nominal orbit -----------------------------------------------------------------------------------------------


def test_the_nominal_orbit_starts_where_the_arcs_say(usual: Calibrated, nominal: Nominal) -> None:
    """At the newest state, but for the semi-major axis that the arc corrects."""
    fix = usual.known.fixes[-1]
    assert nominal.tt_s[0] == pytest.approx(fix.tt_s, abs=1e-6)
    off = nominal.state_at(fix.tt_s) - fix.state
    sigmas = usual.estimated.mean[-1] / fix.error.a_km
    np.testing.assert_allclose(off, error_columns(fix, world().earth)[:, 0] * sigmas, atol=1e-9)
    assert abs(sigmas) < 1.0


def test_the_nominal_orbit_is_a_flight_with_the_areas_of_the_process(
    usual: Calibrated, nominal: Nominal, seen: World
) -> None:
    cells, fix = usual.estimated.cells, usual.known.fixes[-1]
    areas = np.exp(usual.estimated.log_area)
    ahead = np.flatnonzero(cells.start_tt_s >= fix.tt_s - 1.0)
    steps = [(float(cells.start_tt_s[i]), float(areas[i])) for i in ahead]
    state = nominal.state_at(fix.tt_s)
    stop = NOW + DAYS * DAY_S
    environment = arc_environment(seen, fix.tt_s, stop, 200.0)
    start = State(fix.tt_s, state[:3], state[3:], usual.mass_kg)
    end = fly_legs(start, stop, environment, steps, nominal.burns)[-1].final_state
    assert np.linalg.norm(end.position_km - nominal.position_km[-1]) < 2e-3
    assert len(ahead) > 3
    # and not far from the truth: what is believed of drag and of the Sun is all that differs
    true = end_of(end_of(station(), NOW), stop, AREA_M2, [AHEAD])
    miss = miss_rtn_km(true.position_km, true.velocity_km_s, nominal.position_km[-1] - true.position_km)
    assert abs(miss[0]) + abs(miss[2]) < 0.3
    assert abs(miss[1]) < 60.0


def test_rows_lie_every_four_minutes_and_nine_to_a_burn(nominal: Nominal) -> None:
    steps = np.diff(nominal.tt_s)
    assert steps.min() == 0.0
    assert steps.max() <= 240.0 + 1e-3
    (flown_burn,) = nominal.burns
    coast, through, after = np.split(np.arange(len(nominal.tt_s)), nominal.block_starts[1:])
    assert nominal.tt_s[coast[-1]] == nominal.tt_s[through[0]] == pytest.approx(AHEAD.start_tt_s, abs=0.1)
    assert nominal.tt_s[through[-1]] == nominal.tt_s[after[0]]
    assert nominal.tt_s[through[-1]] - nominal.tt_s[through[0]] == pytest.approx(294.1, abs=0.5)
    assert flown_burn.delta_v_mps == pytest.approx(0.5, rel=2e-3)
    assert len(through) >= 9
    grid = NOW + 240.0 * np.arange(int(DAYS * 360) + 1)
    assert np.abs(nominal.tt_s[:, None] - grid[None, :]).min(axis=0).max() < 1e-3
    assert nominal.tt_s[-1] == pytest.approx(NOW + DAYS * DAY_S, abs=1e-5)


def test_the_states_at_a_border_are_the_same(nominal: Nominal) -> None:
    assert len(nominal.block_starts) == 3
    assert nominal.block_starts[0] == 0
    for row in nominal.block_starts[1:]:
        assert nominal.tt_s[row] == nominal.tt_s[row - 1]
        np.testing.assert_array_equal(nominal.position_km[row], nominal.position_km[row - 1])
        np.testing.assert_array_equal(nominal.velocity_km_s[row], nominal.velocity_km_s[row - 1])
    repeated = np.flatnonzero(np.diff(nominal.tt_s) == 0.0)
    assert (repeated + 1).tolist() == list(nominal.block_starts[1:])


def test_the_burn_pushes_within_its_block(nominal: Nominal) -> None:
    """Energy rises by v dv through the burn and hardly at all in the same time before."""
    speed2 = np.sum(nominal.velocity_km_s**2, axis=1)
    energy = 0.5 * speed2 - MU_KM3_S2 / np.linalg.norm(nominal.position_km, axis=1)
    first, last = nominal.block_starts[1], nominal.block_starts[2] - 1
    gained = energy[last] - energy[first]
    # the oblate Earth changes it by 0.02 km2/s2 within a revolution: take the integral of its part out by a flight
    start = State(float(nominal.tt_s[first]), nominal.position_km[first], nominal.velocity_km_s[first], MASS_KG)
    coast = flown(start, float(nominal.tt_s[last]), AREA_M2)[-1].final_state
    without = 0.5 * float(coast.velocity_km_s @ coast.velocity_km_s) - MU_KM3_S2 / np.linalg.norm(coast.position_km)
    assert gained - (without - energy[first]) == pytest.approx(7.66 * 0.5e-3, rel=0.01)


def test_epochs_that_are_asked_for_are_rows_however_near_to_others(usual: Calibrated, seen: World) -> None:
    border = AHEAD.start_tt_s
    wanted = [NOW + 240.0 + 4e-4, NOW + 500.123456, border + 1.0, border - 30.5, NOW + 1.5 * DAY_S]
    found = predict_nominal(usual, seen, 1.5, wanted)
    for epoch in wanted:
        assert np.abs(found.tt_s - epoch).min() < 1e-6
    apart = np.diff(found.tt_s)
    assert ((apart == 0.0) | (apart > 9e-4)).all()
    assert len(found.block_starts) == 3


def test_a_prediction_without_burns_is_one_block(quiet: Calibrated, seen: World) -> None:
    found = predict_nominal(quiet, seen, 1.0)
    assert (found.block_starts, found.burns) == ((0,), ())
    assert len(found.tt_s) == 361
    assert (np.diff(found.tt_s) > 0.0).all()


def test_a_prediction_may_end_within_a_burn(usual: Calibrated, seen: World) -> None:
    days = (AHEAD.start_tt_s + 100.0 - NOW) / DAY_S
    found = predict_nominal(usual, seen, days)
    assert found.tt_s[-1] == pytest.approx(AHEAD.start_tt_s + 100.0, abs=1e-4)
    assert len(found.block_starts) == 2


def test_states_between_rows_are_good_to_a_hundred_metres(nominal: Nominal) -> None:
    rows = np.arange(3, len(nominal.tt_s) - 3, 97)
    kept = np.setdiff1d(np.arange(len(nominal.tt_s)), rows)
    thinned = replace(
        nominal, tt_s=nominal.tt_s[kept], position_km=nominal.position_km[kept],
        velocity_km_s=nominal.velocity_km_s[kept],
    )  # fmt: skip
    np.testing.assert_allclose(nominal.states_between(nominal.tt_s[rows])[:, :3], nominal.position_km[rows], atol=1e-6)
    off = thinned.states_between(nominal.tt_s[rows])[:, :3] - nominal.position_km[rows]  # rows of eight minutes
    assert np.linalg.norm(off, axis=1).max() < 1.6
    assert np.linalg.norm(off, axis=1).max() > 0.01


def test_who_does_not_stay_up_is_told_so(usual: Calibrated, seen: World) -> None:
    heavy_air = replace(usual.estimated, log_area=usual.estimated.log_area + np.log(1000.0))
    with pytest.raises(FlightError, match="sinks below"):
        predict_nominal(replace(usual, estimated=heavy_air), seen, DAYS)


# --- the ensemble: bits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("members", [1, 2, 3, 5])
def test_a_member_does_not_depend_on_how_many_there_are(
    usual: Calibrated, seen: World, spread: Spread, members: int
) -> None:
    some = ensemble(usual, seen, members=members)
    np.testing.assert_array_equal(some.offsets, spread.offsets[:members])
    np.testing.assert_array_equal(some.offsets_rtn_km, spread.offsets_rtn_km[:members])


def test_workers_do_not_change_a_bit(usual: Calibrated, seen: World, spread: Spread) -> None:
    for workers in (2, 3):
        np.testing.assert_array_equal(ensemble(usual, seen, workers=workers).offsets, spread.offsets)


def test_another_seed_is_another_ensemble(usual: Calibrated, seen: World, spread: Spread) -> None:
    other = ensemble(usual, seen, seed=6)
    assert not (other.offsets == spread.offsets).any()
    assert len(np.unique(spread.offsets_rtn_km[:, -1, 1])) == len(spread.offsets_rtn_km)


# --- the ensemble: size ----------------------------------------------------------------------------------------------

MANY = 160  # the sigma of so many is good to 6 %


@pytest.fixture(scope="module")
def many(usual: Calibrated, seen: World) -> Spread:
    return ensemble(usual, seen, members=MANY)


@pytest.fixture
def steady_sun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws of the weather are the forecast itself."""
    monkeypatch.setattr(predict, "draw", lambda weather, as_of_mjd, rngs, days: tuple(weather for _ in rngs))


def linear_sigma_km(given: Calibrated, at_tt_s: float) -> float:
    """Along-track sigma by the posterior: what adds da at t_b moves the place back by 3/2 n da (t - t_b).

    Vallado 2013, eq. 2-99: the mean motion falls by 3/2 n da / a.
    """
    estimated, fix = given.estimated, given.known.fixes[-1]
    n = float(np.sqrt(MU_KM3_S2 / fix.mean.a_km**3))
    cells = estimated.cells
    count = len(cells.start_tt_s)
    begin, stop = np.maximum(cells.start_tt_s, fix.tt_s), np.minimum(cells.stop_tt_s, at_tt_s)
    length = np.clip(stop - begin, 0.0, None)
    row = np.zeros(len(estimated.mean))
    lost = cells.rate_km_s_m2 * np.exp(estimated.log_area) * length
    row[:count] = 1.5 * n * lost * (at_tt_s - 0.5 * (begin + stop))
    middle = cells.middle_tt_s
    row[count : 2 * count] = np.where((middle > fix.tt_s) & (middle < at_tt_s), -1.5 * n * (at_tt_s - middle), 0.0)
    for k, push in enumerate(estimated.pushes):
        if fix.tt_s < push.tt_s < at_tt_s:
            row[2 * count + k] = -1.5 * n * (at_tt_s - push.tt_s)
    row[-1] = -1.5 * n * (at_tt_s - fix.tt_s)
    at_start = fix.error.along_km**2 + 4.0 * fix.error.shape_km**2
    return float(np.sqrt(row @ estimated.covariance @ row + at_start))


@pytest.mark.parametrize("burning", [False, True])
def test_the_spread_is_the_posterior_carried_on(
    quiet: Calibrated, usual: Calibrated, seen: World, steady_sun: None, burning: bool
) -> None:
    given = usual if burning else quiet
    belief = BELIEF._replace(burn_shift_s=0.0)  # ignition as announced: a delay is not linear in the posterior
    found = predict_spread(given, seen, SAMPLES, members=MANY, seed=2, belief=belief)
    for row, at in enumerate(SAMPLES[2:], start=2):
        assert found.sigma_rtn_km(row)[1] == pytest.approx(linear_sigma_km(given, float(at)), rel=0.2)
    # members lie on both sides
    assert abs(found.offsets_rtn_km[:, -1, 1].mean()) < 0.3 * found.sigma_rtn_km(len(SAMPLES) - 1)[1]


def test_a_visit_ahead_is_part_of_it(tmp_path: Path, quiet: Calibrated, seen: World, steady_sun: None) -> None:
    visited = calibrated(tmp_path, seen, ahead=False, visit=True)
    assert visited.visits == (True,)
    found = predict_spread(visited, seen, SAMPLES, members=MANY, seed=2, belief=BELIEF)
    sigma = found.sigma_rtn_km(len(SAMPLES) - 1)[1]
    assert sigma == pytest.approx(linear_sigma_km(visited, float(SAMPLES[-1])), rel=0.2)
    assert linear_sigma_km(visited, float(SAMPLES[-1])) > 1.2 * linear_sigma_km(quiet, float(SAMPLES[-1]))


def test_the_weather_widens(quiet: Calibrated, seen: World) -> None:
    drawn = ensemble(quiet, seen, members=240)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predict, "draw", lambda weather, as_of_mjd, rngs, days: tuple(weather for _ in rngs))
        steady = ensemble(quiet, seen, members=240)
    assert drawn.sigma_rtn_km(len(SAMPLES) - 1)[1] > 1.05 * steady.sigma_rtn_km(len(SAMPLES) - 1)[1]


def test_spread_grows_with_time(many: Spread) -> None:
    sigma = np.array([many.sigma_rtn_km(row) for row in range(len(SAMPLES))])
    assert (np.diff(sigma[:, 1]) > 0.0).all()
    assert sigma[-1, 1] > 20.0 * sigma[0, 1]
    assert (sigma[:, 1] > sigma[:, 0]).all()
    assert (sigma[1:, 2] < 0.5).all()


def test_a_burn_ahead_widens(many: Spread, quiet: Calibrated, seen: World) -> None:
    without = ensemble(quiet, seen, members=100)
    last = len(SAMPLES) - 1
    wide, narrow = many.sigma_rtn_km(last)[1], without.sigma_rtn_km(last)[1]
    # execution is off by burn_mps sqrt(days): 0.034 m/s for 2.7 days are 24 km; ignition adds 0.5 m/s times its delay
    seconds = float(SAMPLES[-1]) - AHEAD.start_tt_s
    added = 3.0 * 1e-3 * burn_sigma_mps(BELIEF, 1.3) * seconds
    assert wide**2 - narrow**2 == pytest.approx(added**2, rel=0.5)
    before = list(SAMPLES).index(NOW + DAY_S)
    assert many.sigma_rtn_km(before)[1] == pytest.approx(without.sigma_rtn_km(before)[1], rel=0.25)


def test_at_the_start_it_is_the_error_of_the_fix(usual: Calibrated, many: Spread) -> None:
    fix = usual.known.fixes[-1]
    stated = fix_covariance(fix, world().earth)
    found = many.covariance(0)
    axes = axes_of(fix.state)
    for part in (slice(0, 3), slice(3, 6)):
        one, other = (np.sqrt(np.diag(axes @ matrix[part, part] @ axes.T)) for matrix in (found, stated))
        np.testing.assert_allclose(one, other, rtol=0.2)


def axes_of(state: FloatArray) -> FloatArray:
    """Rows radial, along-track, cross-track."""
    radial = state[:3] / np.linalg.norm(state[:3])
    cross = np.cross(state[:3], state[3:])
    cross /= np.linalg.norm(cross)
    return np.stack([radial, np.cross(cross, radial), cross])


def test_covariances_are_symmetric_positive_and_say_what_the_sigmas_say(nominal: Nominal, many: Spread) -> None:
    for row, at in enumerate(SAMPLES):
        covariance = many.covariance(row)
        scale = np.sqrt(np.diag(covariance))
        np.testing.assert_array_equal(covariance, covariance.T)
        assert np.linalg.eigvalsh(covariance / np.outer(scale, scale)).min() > -1e-12
        axes = axes_of(nominal.state_at(float(at)))
        sigma = np.sqrt(np.diag(axes @ covariance[:3, :3] @ axes.T))
        np.testing.assert_allclose(sigma, many.sigma_rtn_km(row), rtol=0.01, atol=1e-3)


def test_a_covariance_of_the_files_own_is_what_members_start_from(tmp_path: Path, seen: World) -> None:
    axes = np.kron(np.eye(2), axes_of(np.concatenate(end_of(station(), NOW)[1:3])))
    local = np.diag([0.02, 0.5, 0.3, 4e-4, 2e-5, 3e-4]) ** 2
    local[0, 4] = local[4, 0] = -0.9 * 0.02 * 2e-5
    given = calibrated(tmp_path, seen, ahead=False, covariance=axes.T @ local @ axes)
    fix = given.known.fixes[-1]
    assert fix.covariance is not None
    found = axes @ ensemble(given, seen, members=MANY, at=SAMPLES[:2]).covariance(0) @ axes.T
    np.testing.assert_allclose(np.sqrt(np.diag(found)), np.sqrt(np.diag(local)), rtol=0.15)
    assert found[0, 4] / np.sqrt(found[0, 0] * found[4, 4]) == pytest.approx(-0.9, abs=0.05)
    start = predict_nominal(given, seen, 0.1).state_at(fix.tt_s)
    np.testing.assert_allclose(start, fix.state, rtol=1e-14)  # nothing is corrected that the file vouches for


def test_a_member_that_falls_is_named(usual: Calibrated, seen: World) -> None:
    heavy = replace(usual.estimated, log_area=usual.estimated.log_area + np.log(600.0))
    with pytest.raises(FlightError):
        ensemble(replace(usual, estimated=heavy), seen, members=2)


def test_the_files_of_the_fixture_are_the_truth(usual: Calibrated) -> None:
    (one,) = usual.arcs
    assert one.arc is not None
    assert one.arc.days == pytest.approx(ARC_DAYS)
    assert one.arc.cd_area_m2 == pytest.approx(AREA_M2, rel=0.1)  # of a Sun whose 81-day mean was not known yet
    assert fix_of(end_of(station(), NOW)).mean.a_km == pytest.approx(usual.known.fixes[-1].mean.a_km, abs=1e-6)
