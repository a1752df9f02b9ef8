"""What each kind of file measured, which files are refused, and how well a state is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.formats import specimens
from tests.tracking import synthetic
from tests.tracking.synthetic import DAY_S, MASS_KG, START, station, world

from pointnemo.errors import EphemerisError, WorldError
from pointnemo.formats.opm import write_opm
from pointnemo.formats.tle import write_tle
from pointnemo.formats.tracking_files import TrackingFile, read_tracking
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.motion.lastdays import Forces, State, fly, prepare
from pointnemo.motion.mean_elements import mean_from_osculating
from pointnemo.tracking.arcs import miss_rtn_km
from pointnemo.tracking.fixes import (
    ELEMENT_SET_ERROR,
    ELEMENT_SETS_APART_DAYS,
    OEM_ERROR,
    Fix,
    FixError,
    FixStore,
    error_columns,
    fix_covariance,
    fixes_of,
    refuse_strangers,
)
from pointnemo.world import time
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2, gcrs_to_itrs

FloatArray = NDArray[np.float64]


@pytest.fixture(scope="module")
def ephemeris(tmp_path_factory: pytest.TempPathFactory) -> TrackingFile:
    return synthetic.file_of(tmp_path_factory.mktemp("fixes") / "first.oem", station(), 0.1)


def element_sets(folder: Path, days: Sequence[float]) -> TrackingFile:
    """Sets whose ages are told in units of the distance that they keep."""
    path = folder / "sets.tle"
    write_tle(path, [specimens.elements(day * ELEMENT_SETS_APART_DAYS) for day in days])
    return read_tracking(path)


def ages(fixes: Sequence[Fix]) -> list[float]:
    return [round((fix.tt_s - specimens.EPOCH) / DAY_S / ELEMENT_SETS_APART_DAYS, 4) for fix in fixes]


# --- what is a fix ---------------------------------------------------------------------------------------------------


def test_of_an_ephemeris_only_the_first_state_counts(ephemeris: TrackingFile) -> None:
    (fix,) = fixes_of([ephemeris], world().earth)
    start = station()
    assert fix.tt_s == pytest.approx(START, abs=1e-6)
    np.testing.assert_allclose(fix.position_km, start.position_km, rtol=0.0, atol=1e-9)
    np.testing.assert_allclose(fix.velocity_km_s, start.velocity_km_s, rtol=0.0, atol=1e-12)
    np.testing.assert_array_equal(fix.state, [*fix.position_km, *fix.velocity_km_s])
    assert fix.mean == steady_mean(fix.tt_s, fix.position_km, fix.velocity_km_s, world().earth)
    assert (fix.error, fix.mass_kg, fix.covariance) == (OEM_ERROR, MASS_KG, None)
    assert fix.created_tt_s - fix.tt_s == pytest.approx(2.5 * 3600.0, abs=1e-3)
    assert fix.name == "first.oem"
    assert fix.origin == "first state of first.oem (TEST, made 2022-02-07T14:30:00Z)"


def test_an_opm_is_a_fix_with_its_own_covariance(tmp_path: Path) -> None:
    write_opm(tmp_path / "one.opm", specimens.opm())
    file = read_tracking(tmp_path / "one.opm")
    (fix,) = fixes_of([file], world().earth)
    assert fix.tt_s == pytest.approx(specimens.EPOCH, abs=1e-6)
    np.testing.assert_array_equal(fix.position_km, file.position_km[0])
    assert fix.error == OEM_ERROR
    assert fix.covariance is not None
    np.testing.assert_array_equal(fix_covariance(fix, world().earth), file.covariance)


def test_element_sets_are_thinned_from_the_newest(tmp_path: Path) -> None:
    file = element_sets(tmp_path, [0.0, 0.25, 0.5, 1.02, 1.2, 2.1, 2.25])
    fixes = fixes_of([file], world().earth)
    assert ages(fixes) == [0.0, 1.2, 2.25]
    assert {fix.error for fix in fixes} == {ELEMENT_SET_ERROR}
    assert [fix.created_tt_s for fix in fixes] == [fix.tt_s for fix in fixes]
    np.testing.assert_array_equal(fixes[1].position_km, file.position_km[4])
    assert fixes[0].origin == "element set of sets.tle (no originator)"


def test_the_newest_set_is_that_of_the_as_of_instant(tmp_path: Path) -> None:
    file = element_sets(tmp_path, [0.0, 0.25, 0.5, 1.02, 1.2, 2.1, 2.25])
    epoch = specimens.EPOCH
    assert ages(fixes_of([file], world().earth, epoch + 2.15 * ELEMENT_SETS_APART_DAYS * DAY_S)) == [0.0, 1.02, 2.1]
    assert ages(fixes_of([file], world().earth, float(file.tt_s[4]))) == [0.0, 1.2]
    assert fixes_of([file], world().earth, epoch - 1.0) == ()


@settings(max_examples=12, deadline=None)
@given(st.lists(st.floats(0.0, 14.0), min_size=1, max_size=9, unique=True))
def test_sets_that_are_kept_lie_apart_and_those_left_out_do_not(days: list[float]) -> None:
    start = station()
    epochs = START + DAY_S * np.sort(days)
    states = np.tile(start.position_km, (len(days), 1)), np.tile(start.velocity_km_s, (len(days), 1))
    file = in_memory(tt_s=epochs, position_km=states[0], velocity_km_s=states[1])
    sets = replace(file, elements=(specimens.elements(),), known_tt_s=tuple(epochs.tolist()))
    kept = np.array([fix.tt_s for fix in fixes_of([sets], world().earth)])
    assert kept[-1] == epochs[-1]
    assert (np.diff(kept) >= ELEMENT_SETS_APART_DAYS * DAY_S - 1e-6).all()
    for epoch in set(epochs) - set(kept):
        later = kept[kept > epoch]
        assert later[0] - epoch < ELEMENT_SETS_APART_DAYS * DAY_S


def test_a_state_after_the_as_of_instant_is_not_read(ephemeris: TrackingFile) -> None:
    later = replace(ephemeris, path_name="later.oem", tt_s=ephemeris.tt_s + DAY_S, epoch_tt_s=START + DAY_S)
    assert [fix.name for fix in fixes_of([later, ephemeris], world().earth, START + 3600.0)] == ["first.oem"]
    assert [fix.name for fix in fixes_of([later, ephemeris], world().earth)] == ["first.oem", "later.oem"]


def test_of_two_files_at_one_epoch_that_made_later_stands(ephemeris: TrackingFile) -> None:
    again = replace(
        ephemeris, path_name="again.oem", created_tt_s=ephemeris.created_tt_s + 3600.0, mass_kg=MASS_KG + 1.0,
        tt_s=ephemeris.tt_s + 2e-4,
    )  # fmt: skip
    for files in ([ephemeris, again], [again, ephemeris]):
        (fix,) = fixes_of(files, world().earth)
        assert (fix.name, fix.mass_kg) == ("again.oem", MASS_KG + 1.0)


# --- what is refused -------------------------------------------------------------------------------------------------


def in_memory(**change: object) -> TrackingFile:
    """One state without a file."""
    start = station()
    given = {
        "path_name": "one", "kind": "oem", "object_name": "ISS", "object_id": "1998-067-A", "created_tt_s": START,
        "originator": "", "comments": (), "epoch_tt_s": START, "tt_s": np.array([START]),
        "position_km": start.position_km[None], "velocity_km_s": start.velocity_km_s[None], "covariance": None,
        "covariance_tt_s": None, "mass_kg": None, "drag_area_m2": None, "drag_coefficient": None,
    }  # fmt: skip
    return TrackingFile(**(given | change))  # type: ignore[arg-type]


def test_every_stranger_is_named_beside_the_first_file() -> None:
    names = ("1998-067-A", "2021-035A", "", "1998 067a", "1998-067B")
    files = [in_memory(path_name=f"{i}.oem", object_id=name) for i, name in enumerate(names)]
    with pytest.raises(EphemerisError, match="do not belong together") as refusal:
        fixes_of(files, world().earth)
    assert [defect.where for defect in refusal.value.defects] == ["1.oem", "4.oem"]
    assert "2021-035A" in refusal.value.defects[0].what
    assert "0.oem '1998-067-A'" in refusal.value.defects[0].what


def test_other_spellings_and_nameless_files_are_no_strangers() -> None:
    names = ("", "1998-067-A", "1998-067A", "1998067a", "")
    refuse_strangers([in_memory(object_id=name) for name in names])
    refuse_strangers([in_memory(object_id="")])


def test_states_that_are_no_low_orbit_are_refused_all_at_once() -> None:
    start = station()
    outward = start.position_km / np.linalg.norm(start.position_km)
    ahead = start.velocity_km_s / np.linalg.norm(start.velocity_km_s)
    wrong = {
        "low": {"position_km": (EARTH_RADIUS_KM + 99.0) * outward[None]},
        "high": {"position_km": (EARTH_RADIUS_KM + 2001.0) * outward[None]},
        "metres": {"position_km": 1000.0 * start.position_km[None]},
        "slow": {"velocity_km_s": 6.49 * ahead[None]},
        "fast": {"velocity_km_s": 8.51 * ahead[None]},
    }
    right = {
        "lowest": {"position_km": (EARTH_RADIUS_KM + 101.0) * outward[None]},
        "fastest": {"velocity_km_s": 8.4 * ahead[None]},
    }
    files = [
        in_memory(path_name=name, tt_s=np.array([START + 60.0 * i]), **change)
        for i, (name, change) in enumerate((wrong | right).items())
    ]
    with pytest.raises(EphemerisError, match="cannot be used") as refusal:
        fixes_of(files, world().earth)
    assert {defect.where for defect in refusal.value.defects} == set(wrong)
    assert all("km/s" in defect.what and defect.mend for defect in refusal.value.defects)
    assert len(fixes_of(files[len(wrong) :], world().earth)) == len(right)


def test_the_earth_has_to_be_known_on_that_day() -> None:
    with pytest.raises(WorldError):
        fixes_of([in_memory(tt_s=np.array([START + 80 * 365.25 * DAY_S]))], world().earth)


# --- how well it is known --------------------------------------------------------------------------------------------


def as_lengths(fix: Fix, state: FloatArray) -> FloatArray:
    """Semi-major axis, e-vector, tilt of the plane in two directions and place along the track, in km, of a state."""
    mean = mean_from_osculating(state[:3], state[3:], gcrs_to_itrs(fix.tt_s, world().earth)[2])
    a, inclination = fix.mean.a_km, fix.mean.inclination_rad
    along = mean.argument_of_latitude_rad + mean.node_rad * np.cos(inclination)
    return np.array(
        [mean.a_km, a * mean.ex, a * mean.ey, a * mean.inclination_rad, a * np.sin(inclination) * mean.node_rad,
         a * along]
    )  # fmt: skip


def sensitivity(fix: Fix) -> FloatArray:
    """Derivatives of ``as_lengths``, shape (6, 6)."""
    columns = []
    for step in np.diag([1e-3] * 3 + [1e-6] * 3):
        ahead, behind = (as_lengths(fix, fix.state + sign * step) for sign in (1.0, -1.0))
        columns.append((ahead - behind) / (2.0 * step.sum()))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("latitude", [0.5, 1.5707, 2.6, -1.0])
@pytest.mark.parametrize("error", [OEM_ERROR, ELEMENT_SET_ERROR, FixError(0.03, 2.0, 0.01, 0.5)])
def test_the_covariance_says_what_the_errors_say(latitude: float, error: FixError) -> None:
    fix = synthetic.fix_of(station(latitude_rad=latitude), error=error)
    covariance = fix_covariance(fix, world().earth)
    np.testing.assert_array_equal(covariance, covariance.T)
    found = sensitivity(fix) @ covariance @ sensitivity(fix).T
    sigma = np.sqrt(np.diag(found))
    e = error
    expected = [e.a_km, e.shape_km, e.shape_km, e.plane_km, e.plane_km, e.along_km]
    np.testing.assert_allclose(sigma, expected, rtol=0.01)
    # and none of them goes with another: what lies along the track is free of the node, too
    correlation = found / np.outer(sigma, sigma)
    assert np.abs(correlation - np.eye(6)).max() < 0.02


def test_an_error_of_semi_major_axis_falls_behind() -> None:
    """Half a revolution later by 3/2 pi, ten revolutions later by 30 pi times the error (Kepler's third law)."""
    fix = synthetic.fix_of(station())
    period = float(2.0 * np.pi * np.sqrt(fix.mean.a_km**3 / MU_KM3_S2))
    column = error_columns(fix, world().earth)[:, 0]
    environment = prepare(world(), START, START + 10.1 * period, Forces(0.0, gravity_degree=4))

    def end(state: FloatArray, span_s: float) -> State:
        begin = State(START, state[:3], state[3:], MASS_KG)
        return fly(begin, [], environment, stop_height_km=0.0, stop_tt_s=START + span_s, sample_s=1e9).final_state

    for revolutions in (0.5, 10.0):
        plain, off = (end(state, revolutions * period) for state in (fix.state, fix.state + column))
        miss = miss_rtn_km(plain.position_km, plain.velocity_km_s, off.position_km - plain.position_km)
        assert miss[1] == pytest.approx(-3.0 * np.pi * revolutions * OEM_ERROR.a_km, rel=0.01)
        assert miss[0] == pytest.approx(OEM_ERROR.a_km, abs=0.1 * OEM_ERROR.a_km)
        assert abs(miss[2]) < 1e-3 * abs(miss[1]) + 1e-5


def test_a_radial_error_and_one_of_speed_go_together() -> None:
    """An orbit whose energy is known to 7 m and whose shape to 30 m cannot be high and fast."""
    fix = synthetic.fix_of(station())
    covariance = fix_covariance(fix, world().earth)
    radial = fix.position_km / np.linalg.norm(fix.position_km)
    cross = np.cross(fix.position_km, fix.velocity_km_s)
    along = np.cross(cross / np.linalg.norm(cross), radial)
    sigma_r = np.sqrt(radial @ covariance[:3, :3] @ radial)
    sigma_v = np.sqrt(along @ covariance[3:, 3:] @ along)
    correlation = radial @ covariance[:3, 3:] @ along / (sigma_r * sigma_v)
    assert sigma_r == pytest.approx(np.hypot(OEM_ERROR.shape_km, OEM_ERROR.a_km), rel=0.05)
    assert correlation < -0.95
    assert np.sqrt(cross @ covariance[:3, :3] @ cross) / np.linalg.norm(cross) == pytest.approx(0.04, rel=0.01)


def test_a_covariance_of_the_first_state_is_the_files_own(tmp_path: Path) -> None:
    root = np.random.default_rng(4).normal(size=(6, 6)) * np.repeat([0.05, 5e-5], 3)[:, None]
    file = synthetic.file_of(tmp_path / "own.oem", station(), 0.05, covariance=root @ root.T)
    (fix,) = fixes_of([file], world().earth)
    np.testing.assert_allclose(fix_covariance(fix, world().earth), root @ root.T, rtol=1e-9, atol=1e-20)
    later = replace(file, covariance_tt_s=START + 240.0)  # of another state: it says nothing about the first
    (fix,) = fixes_of([later], world().earth)
    assert fix.covariance is None
    columns = error_columns(fix, world().earth)
    np.testing.assert_array_equal(fix_covariance(fix, world().earth), columns @ columns.T)


def test_the_epoch_of_a_fix_is_told_to_the_second() -> None:
    (fix,) = fixes_of([in_memory(originator="ME")], world().earth)
    assert time.to_utc(fix.created_tt_s, 0) in fix.origin


def test_a_set_near_the_state_of_an_ephemeris_says_nothing_new(ephemeris: TrackingFile) -> None:
    start = station()
    days = np.array([-9.0, -4.0, 4.0, 9.0])
    epochs = ephemeris.epoch_tt_s + DAY_S * days
    states = np.tile(start.position_km, (4, 1)), np.tile(start.velocity_km_s, (4, 1))
    file = in_memory(tt_s=epochs, position_km=states[0], velocity_km_s=states[1], path_name="sets.tle")
    sets = replace(file, elements=(specimens.elements(),), known_tt_s=tuple(epochs.tolist()))
    kept = [fix.tt_s for fix in fixes_of([ephemeris, sets], world().earth)]
    assert kept == pytest.approx([epochs[0], ephemeris.epoch_tt_s, epochs[3]])


def test_a_set_made_after_the_as_of_instant_was_not_known(ephemeris: TrackingFile) -> None:
    start = station()
    file = in_memory(
        tt_s=np.array([START]), position_km=start.position_km[None], velocity_km_s=start.velocity_km_s[None]
    )
    late = replace(file, elements=(specimens.elements(),), known_tt_s=(START + 5.0 * DAY_S,))
    assert fixes_of([late], world().earth, START + 4.0 * DAY_S) == ()
    assert len(fixes_of([late], world().earth, START + 6.0 * DAY_S)) == 1


def test_fixes_made_before_are_used_again(ephemeris: TrackingFile) -> None:
    store: FixStore = {}
    (first,) = fixes_of([ephemeris], world().earth, store=store)
    (again,) = fixes_of([ephemeris], world().earth, store=store)
    assert again is first
