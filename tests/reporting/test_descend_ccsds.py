from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest
from tests.factories import make_descend, make_trajectory

from pointnemo.formats.ocm import read_ocm
from pointnemo.formats.opm import parse_opm
from pointnemo.formats.tracking_files import read_tracking
from pointnemo.motion.burns import STANDARD_GRAVITY_M_S2
from pointnemo.reporting.descend_ccsds import DESCENT_FILES, descent_messages, write_descent_messages
from pointnemo.results import AttitudeSpell, Descend, Estimate, Trajectory
from pointnemo.world import time
from pointnemo.world.earth import EME2000_TO_GCRS

WHO = {"originator": "POINTNEMO 0.1.0", "creation_utc": "2026-09-04T12:00:00"}
DESCEND, TRAJECTORY = make_descend(), make_trajectory()


def messages(descend: Descend = DESCEND, trajectory: Trajectory = TRAJECTORY, **changes):
    return descent_messages(descend, trajectory, "ISS", "1998-067A", **{**WHO, **changes})


# --- burns


def test_both_messages_tell_the_burns_of_the_document():
    opm, ocm = messages()
    assert len(opm.manoeuvres) == len(ocm.manoeuvres) == len(DESCEND.burns) == 4
    for burn, manoeuvre, block in zip(DESCEND.burns, opm.manoeuvres, ocm.manoeuvres, strict=True):
        (line,) = block.burns
        assert manoeuvre.frame == "TNW"
        assert block.frame == "TNW_ROTATING"
        assert (block.id, block.device, block.basis, block.purpose) == (burn.id, burn.vehicle, "PLANNED", "DISPOSAL")
        assert manoeuvre.duration_s == line.duration_s == burn.duration_s
        assert manoeuvre.mass_change_kg == line.mass_change_kg == -burn.propellant_kg
        assert manoeuvre.delta_v_km_s == line.delta_v_km_s == (-burn.delta_v_mps / 1000.0, 0.0, 0.0)
        assert manoeuvre.ignition_tt_s == line.ignition_tt_s


def test_a_prograde_burn_points_along_the_velocity():
    up = DESCEND.burns[0].model_copy(update={"direction": "prograde"})
    opm, ocm = messages(DESCEND.model_copy(update={"burns": (up,)}))
    assert opm.manoeuvres[0].delta_v_km_s[0] > 0.0
    thrust_n = ocm.manoeuvres[0].burns[0].thrust_n
    assert thrust_n is not None
    assert thrust_n[0] > 0.0


def test_net_thrust_and_impulse_give_the_delta_v_whatever_canted_thrusters_lose():
    """The rocket equation, from the numbers that a reader of the OCM has."""
    canted = DESCEND.burns[3].model_copy(update={"cosine_loss": 0.1, "thrusters": 22})
    _, ocm = messages(DESCEND.model_copy(update={"burns": (canted,)}))
    line = ocm.manoeuvres[0].burns[0]
    assert line.thrust_n is not None
    assert line.mass_change_kg is not None
    assert line.duration_s is not None
    assert line.specific_impulse_s is not None
    flow = -line.mass_change_kg / line.duration_s
    after_kg = canted.mass_before_kg + line.mass_change_kg
    delta_v = line.thrust_n[0] / flow * log(canted.mass_before_kg / after_kg)
    assert delta_v == pytest.approx(-canted.delta_v_mps, rel=1e-12)
    assert line.specific_impulse_s * STANDARD_GRAVITY_M_S2 * flow == pytest.approx(-line.thrust_n[0], rel=1e-12)
    told = dict(ocm.user_defined)
    assert (told["FINAL_COSINE_LOSS"], told["FINAL_GROSS_THRUST_N"]) == ("0.1", "10400.0")


def test_ignition_is_that_of_the_flight_not_the_rounded_one_of_the_document():
    first = TRAJECTORY.segments.index("lower-1")
    flown = float(TRAJECTORY.tt_s[TRAJECTORY.segment == first][0])
    assert messages()[0].manoeuvres[0].ignition_tt_s == flown
    other = DESCEND.burns[0].model_copy(update={"id": "unflown"})
    opm, _ = messages(DESCEND.model_copy(update={"burns": (other,)}))
    assert opm.manoeuvres[0].ignition_tt_s == time.from_utc(other.start_utc)


# --- states


def test_the_state_is_the_first_of_the_flight():
    opm, ocm = messages()
    assert opm.epoch_tt_s == ocm.epoch_tt_s == TRAJECTORY.tt_s[0]
    np.testing.assert_array_equal(opm.position_km, TRAJECTORY.position_km[0])
    np.testing.assert_array_equal(opm.velocity_km_s, TRAJECTORY.velocity_km_s[0])
    assert (opm.frame, opm.mass_kg) == ("GCRF", TRAJECTORY.mass_kg[0])


def test_eme2000_is_turned_by_the_frame_bias():
    opm, ocm = messages(frame="EME2000")
    assert (opm.frame, {block.frame for block in ocm.trajectories}) == ("EME2000", {"EME2000"})
    np.testing.assert_allclose(EME2000_TO_GCRS @ opm.position_km, TRAJECTORY.position_km[0], rtol=0, atol=1e-9)
    assert np.abs(opm.position_km - TRAJECTORY.position_km[0]).max() > 1e-5
    block = ocm.trajectories[0]
    np.testing.assert_array_equal(block.position_km[0], opm.position_km)


def test_states_go_to_the_entry_interface_and_are_dense_in_burns():
    _, ocm = messages()
    assert DESCEND.entry is not None
    names = [block.id.partition(" ")[2] for block in ocm.trajectories]
    assert names == ["coast", "lower-1", "coast", "lower-2", "coast", "lower-3", "coast", "final", "coast"]
    for block, name in zip(ocm.trajectories, names, strict=True):
        step_s = np.diff(block.tt_s)
        assert (step_s[:-1] >= 59.99).all() if name == "coast" else (step_s <= 30.01).all()
        assert block.interpolation == ("HERMITE", 3)
    last_s = ocm.trajectories[-1].tt_s[-1]
    below = TRAJECTORY.height_km <= DESCEND.entry.height_km
    assert last_s == TRAJECTORY.tt_s[below][0] < TRAJECTORY.tt_s[-1]
    rows = np.searchsorted(TRAJECTORY.tt_s, np.concatenate([block.tt_s for block in ocm.trajectories]))
    kept = np.vstack([block.position_km for block in ocm.trajectories])
    np.testing.assert_array_equal(kept, TRAJECTORY.position_km[rows])


def test_short_blocks_ask_for_no_more_states_than_they_have():
    rows = [*range(3), *range(len(TRAJECTORY.tt_s) - 2, len(TRAJECTORY.tt_s))]
    cut = {
        name: getattr(TRAJECTORY, name)[rows]
        for name in ("tt_s", "position_km", "velocity_km_s", "mass_kg", "height_km", "segment")
    }
    cut["segment"] = np.array([0, 0, 0, 0, 1])
    _, ocm = messages(DESCEND.model_copy(update={"entry": None}), replace(TRAJECTORY, **cut))
    (block,) = ocm.trajectories
    assert len(block.tt_s) == 3
    assert block.interpolation == ("HERMITE", 2)


def test_no_burns_and_no_entry_still_make_messages(tmp_path):
    bare = DESCEND.model_copy(update={"burns": (), "entry": None, "targeting": None})
    paths = write_descent_messages(tmp_path, bare, TRAJECTORY, "ISS", "25544", **WHO)
    assert read_ocm(paths[1]).trajectories[-1].tt_s[-1] == pytest.approx(TRAJECTORY.tt_s[-1], abs=1e-6)
    assert parse_opm(paths[0].read_bytes(), paths[0], "kvn").manoeuvres == ()


# --- drag


def test_drag_comes_from_the_attitude_of_the_burns():
    assert messages()[0].drag_area_m2 is None
    spell = AttitudeSpell(
        from_utc="2032-01-01T00:00:00Z", to_utc=None, part="burns", attitude="lvlh", text="",
        cd_area_m2=Estimate(value=2500.0, low=2000.0, high=3000.0, level=0.9, unit="m2"),
    )  # fmt: skip
    opm, ocm = messages(DESCEND.model_copy(update={"attitudes": (spell,)}))
    assert opm.drag_area_m2 is not None
    assert opm.drag_coefficient is not None
    assert opm.drag_area_m2 * opm.drag_coefficient == 2500.0
    assert ocm.physical is not None
    assert (ocm.physical.drag_area_m2, ocm.physical.wet_mass_kg) == (opm.drag_area_m2, opm.mass_kg)
    given, _ = messages(cd_area_m2=3200.0)
    assert given.drag_area_m2 == 1600.0


def test_what_cannot_be_told_is_refused():
    with pytest.raises(ValueError, match="GCRF or EME2000"):
        messages(frame="TEME")
    empty = {name: getattr(TRAJECTORY, name)[:0] for name in ("tt_s", "position_km", "velocity_km_s", "mass_kg")}
    with pytest.raises(ValueError, match="need a trajectory"):
        messages(trajectory=replace(TRAJECTORY, **empty))


# --- files


@pytest.mark.parametrize("notation", ["kvn", "xml"])
def test_files_read_back_to_the_same_numbers(tmp_path, notation):
    paths = write_descent_messages(
        tmp_path, DESCEND, TRAJECTORY, "ISS", "1998-067A", notation=notation, cd_area_m2=3200.0, **WHO
    )
    assert tuple(path.name for path in paths) == DESCENT_FILES
    opm, ocm = messages(cd_area_m2=3200.0)
    back = parse_opm(paths[0].read_bytes(), paths[0], notation)
    np.testing.assert_array_equal(back.position_km, opm.position_km)
    np.testing.assert_array_equal(back.velocity_km_s, opm.velocity_km_s)
    for ours, theirs in zip(opm.manoeuvres, back.manoeuvres, strict=True):
        assert theirs[1:] == ours[1:]
        assert theirs.ignition_tt_s == pytest.approx(ours.ignition_tt_s, abs=1e-6)
    message = read_ocm(paths[1])
    for ours, theirs in zip(ocm.trajectories, message.trajectories, strict=True):
        np.testing.assert_array_equal(theirs.position_km, ours.position_km)
        np.testing.assert_array_equal(theirs.velocity_km_s, ours.velocity_km_s)
        np.testing.assert_allclose(theirs.tt_s, ours.tt_s, rtol=0, atol=1e-6)
    for ours, theirs in zip(ocm.manoeuvres, message.manoeuvres, strict=True):
        assert theirs.burns[0][1:] == ours.burns[0][1:]
    assert message.user_defined == ocm.user_defined
    assert message.perturbations == ocm.perturbations
    assert message.ignored == ()


def test_the_same_inputs_write_the_same_files(tmp_path):
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        paths = write_descent_messages(tmp_path / name, DESCEND, TRAJECTORY, "ISS", "1998-067A", **WHO)
        texts.append([path.read_bytes() for path in paths])
    assert texts[0] == texts[1]


def test_both_are_tracking_input(tmp_path):
    paths = write_descent_messages(tmp_path, DESCEND, TRAJECTORY, "ISS", "1998-067A", **WHO)
    opm, ocm = (read_tracking(path) for path in paths)
    assert (opm.kind, ocm.kind) == ("opm", "ocm")
    np.testing.assert_array_equal(opm.position_km[0], ocm.position_km[0])
    assert len(ocm.block_starts) == 9
