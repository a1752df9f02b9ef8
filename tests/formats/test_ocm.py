from __future__ import annotations

import gzip
from dataclasses import replace

import numpy as np
import pytest
from tests.formats.specimens import EPOCH, WHO, ocm, specimens

from pointnemo.errors import EphemerisError
from pointnemo.formats import ocm_raw
from pointnemo.formats.ndm_raw import split_unit
from pointnemo.formats.ocm import OcmBurn, OcmManoeuvres, OcmTrajectory, read_ocm, write_ocm
from pointnemo.formats.tracking_files import read_tracking


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return specimens(tmp_path_factory.mktemp("specimens"))


def write(tmp_path, content: str | bytes):
    path = tmp_path / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(tmp_path, content: str | bytes) -> EphemerisError:
    with pytest.raises(EphemerisError) as caught:
        read_ocm(write(tmp_path, content))
    return caught.value


# --- round trip


@pytest.mark.parametrize("notation", ["kvn", "xml"])
def test_an_ocm_comes_back(tmp_path, notation):
    path = tmp_path / "ocm"
    write_ocm(path, ocm(), notation)
    back, ours = read_ocm(path), ocm()
    assert len(back.trajectories) == len(ours.trajectories)
    for a, b in zip(back.trajectories, ours.trajectories, strict=True):
        np.testing.assert_allclose(a.tt_s, b.tt_s, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(a.position_km, b.position_km)
        np.testing.assert_array_equal(a.velocity_km_s, b.velocity_km_s)
        assert (a.frame, a.id, a.basis) == (b.frame, b.id, b.basis)
    (a,), (b,) = back.manoeuvres, ours.manoeuvres
    assert a.burns[0].ignition_tt_s == pytest.approx(b.burns[0].ignition_tt_s, abs=1e-6)
    assert replace(a, burns=(a.burns[0]._replace(ignition_tt_s=b.burns[0].ignition_tt_s),)) == b
    assert back.epoch_tt_s == pytest.approx(EPOCH, abs=1e-6)
    same = {"trajectories": (), "manoeuvres": (), "epoch_tt_s": 0.0}
    assert replace(back, **same) == replace(ours, **same)


def test_interpolation_accelerations_and_other_frames_come_back(tmp_path):
    block = replace(ocm().trajectories[0], frame="ITRF", interpolation=("HERMITE", 3), comments=("one", "two"))
    burn = OcmBurn(EPOCH, 0.0, acceleration_km_s2=(1e-6, 0.0, -2e-6))
    man = OcmManoeuvres("m", "d", "RSW_ROTATING", (burn, burn._replace(ignition_tt_s=EPOCH + 9.0)))
    write_ocm(tmp_path / "ocm", replace(ocm(), object_id="25544", trajectories=(block,), manoeuvres=(man,)))
    back = read_ocm(tmp_path / "ocm")
    assert (back.trajectories[0].interpolation, back.trajectories[0].comments) == (("HERMITE", 3), ("one", "two"))
    assert back.trajectories[0].frame == "ITRF"
    assert back.object_id == "25544"
    assert "OBJECT_DESIGNATOR = 25544" in (tmp_path / "ocm").read_text()
    assert [one[1:] for one in back.manoeuvres[0].burns] == [burn[1:]] * 2


def with_block(**changes):
    message = ocm()
    return replace(message, trajectories=(replace(message.trajectories[0], **changes),))


def with_burns(*burns: OcmBurn):
    message = ocm()
    return replace(message, manoeuvres=(replace(message.manoeuvres[0], burns=burns),))


@pytest.mark.parametrize(
    ("message", "what"),
    [
        (with_block(frame="TOD"), "frame 'TOD'"),
        (with_block(tt_s=np.zeros(4)), "have to increase"),
        (with_block(position_km=np.full((4, 3), np.nan)), "is not finite"),
        (with_burns(OcmBurn(EPOCH, np.nan)), "is not finite"),
        (with_burns(OcmBurn(EPOCH, 1.0), OcmBurn(EPOCH)), "same columns"),
    ],
)
def test_what_no_reader_would_take_is_not_written(tmp_path, message, what):
    with pytest.raises(ValueError, match=what):
        write_ocm(tmp_path / "ocm", message)
    assert not (tmp_path / "ocm").exists()


def test_notation_is_kvn_or_xml(tmp_path):
    with pytest.raises(ValueError, match="kvn or xml"):
        write_ocm(tmp_path / "ocm", ocm(), "json")


# --- what the standard allows and our writer does not use


FOREIGN = """CCSDS_OCM_VERS = 3.0
CREATION_DATE = 2022-01-03T11:00:00
ORIGINATOR = ELSEWHERE
META_START
TIME_SYSTEM = TAI
EPOCH_TZERO = 2022-003T12:00:37.5
META_STOP
TRAJ_START
TRAJ_ID = mean
TRAJ_REF_FRAME = TOD
TRAJ_TYPE = KEPLERIAN
ORB_AVERAGING = BROUWER
0.0 7000.0 0.001 51.6 0.0 0.0 0.0
TRAJ_STOP
TRAJ_START
TRAJ_REF_FRAME = J2000
TRAJ_UNITS = [KM, km, km, km/s, km/s, km/s, km/s**2, km/s**2, km/s**2]
COMMENT absolute and relative times may be mixed
0.0  7000.0 0 0  0 7.5 0  0 0 0
2022-01-03T12:01:37.500 6990.0 450 0 -0.5 7.49 0 0 0 0
1.2e2 6960.0 900 0 -1.0 7.4 0 0 0 0
TRAJ_STOP
COV_START
COV_TYPE = CARTPV
COV_ORDERING = LTM
0.0 1 0 1 0 0 1 0 0 0 1 0 0 0 0 1 0 0 0 0 0 1
COV_STOP
MAN_START
MAN_ID = A
MAN_DEVICE_ID = THR_01
MAN_REF_FRAME = RSW_ROTATING
MAN_COMPOSITION = TIME_ABSOLUTE,TIME_RELATIVE,MAN_DURA,THR_X,THR_Y,THR_Z,THR_MAG_SIGMA,THR_INTERP,THR_ISP,THR_EFFIC
MAN_UNITS = [s, N, N, N, %, n/a, s, n/a]
2022-01-03T12:08:57.5 500.0 100.0 0.0 0.5 0.0 5.0 ON 300.0 0.95
MAN_STOP
MAN_START
MAN_ID = B
MAN_DEVICE_ID = DEPLOY
MAN_COMPOSITION = TIME_RELATIVE, DEPLOY_ID, DEPLOY_DV_X, DEPLOY_DV_Y, DEPLOY_DV_Z, DEPLOY_MASS
500.0 CUBESAT_10  2.8773E-4 -9.3969E-4  1.8491E-4 -1.0
MAN_STOP
OD_START
OD_ID = 1
OD_METHOD = BWLS
OD_STOP
"""


def test_a_foreign_message_is_read_and_says_what_is_left(tmp_path):
    message = read_ocm(write(tmp_path, FOREIGN))
    (block,) = message.trajectories
    assert block.frame == "EME2000"
    np.testing.assert_allclose(block.tt_s - message.epoch_tt_s, [0.0, 60.0, 120.0], atol=1e-6)
    np.testing.assert_array_equal(block.velocity_km_s[2], [-1.0, 7.4, 0.0])
    (man,) = message.manoeuvres
    assert man.frame == "RSW_ROTATING"
    assert man.burns[0][1:] == (100.0, None, None, (0.0, 0.5, 0.0), 0.95, 300.0, None)
    assert man.burns[0].ignition_tt_s - message.epoch_tt_s == pytest.approx(500.0, abs=1e-6)
    assert message.ignored == (
        "1 covariance matrices",
        "orbit determination",
        "trajectory at file, line 11: TRAJ_TYPE 'KEPLERIAN' is not read",
        "THR_MAG_SIGMA, THR_INTERP of manoeuvre 'A'",
        "1 deployments of manoeuvre 'B'",
    )


# --- refusals


@pytest.mark.parametrize(
    ("old", "new", "what", "at"),
    [
        ("CCSDS_OCM_VERS = 3.0", "CCSDS_OCM_VERS = 2.0", "OCM version '2.0'", "CCSDS"),
        ("ORIGINATOR = TEST", "", "ORIGINATOR is missing", "CCSDS"),
        ("OBJECT_NAME = ISS", "OBJECT_NAMES = ISS", "unknown keyword 'OBJECT_NAMES'", "OBJECT_NAMES"),
        ("OBJECT_NAME = ISS", "OBJECT_NAME", "not KEYWORD = value", "OBJECT_NAME"),
        ("OBJECT_NAME = ISS", "OBJECT_NAME = ISS\nOBJECT_NAME =ISS", "is given twice", "OBJECT_NAME =ISS"),
        ("TIME_SYSTEM = UTC", "TIME_SYSTEM = UT1", "TIME_SYSTEM 'UT1' is not read", "TIME_SYSTEM"),
        ("EPOCH_TZERO = 2022", "EPOCH_TZERO = x2022", "is not a time", "EPOCH_TZERO"),
        ("\n2022-01-03T12:00:00.000000 ", "\n2022-01-03T12:00:61 ", "a time or number is none", "2022-01-03T12:00:61"),
        ("\n2022-01-03T12:00:00.000000 ", "\n1822-01-03T12:00:00 ", "a time or number is none", "1822-01-03"),
        ("\n2022-01-03T12:00:00.000000 ", "\n9e9 ", "a time or number is none", "9e9"),
        ("\n2022-01-03T12:01:20.000000 ", "\n-7.0 ", "not after that of the line before", "-7.0"),
        ("\n2022-01-03T12:01:20.000000 ", "\n", "6 words, where CARTPV has a time", ""),
        ("WET_MASS = 459023.0 [kg]", "WET_MASS = 459023.0 [lb]", "WET_MASS in 'lb'", "WET_MASS"),
        ("DRAG_COEFF_NOM = 2.0", "DRAG_COEFF_NOM = -2", "is negative", "DRAG_COEFF_NOM"),
        ("[km, km, km, km/s", "[m, m, m, m/s", "TRAJ_UNITS '[m, m, m, m/s", "TRAJ_UNITS"),
        ("TRAJ_TYPE = CARTPV", "INTERPOLATION_DEGREE = 0\nTRAJ_TYPE = CARTPV", "DEGREE '0'", "INTERPOLATION_DEGREE"),
        ("[s, kg, km/s", "[min, kg, km/s", "MAN_UNITS '[min", "MAN_UNITS"),
        ("THR_ISP", "THR_IPS", "unknown column 'THR_IPS'", "MAN_COMPOSITION"),
        ("DV_X, DV_Y, DV_Z", "DV_X, DV_Y", "DV_X without the other axes", "MAN_COMPOSITION"),
        ("= TIME_ABSOLUTE, ", "= ", "has no time", "MAN_COMPOSITION"),
        ("MAN_REF_FRAME = TNW_ROTATING\n", "", "MAN_REF_FRAME is missing", "MAN_START"),
        (" 120.0 -30.5 ", " -120.0 -30.5 ", "a burn of -120 s", " -120.0 -30.5 "),
        (" 120.0 -30.5 ", " 120.0 nan ", "DELTA_MASS 'nan' is not a finite number", " 120.0 nan "),
        (" 120.0 -30.5 ", " 77 ", "10 words, where MAN_COMPOSITION has 11 columns", " 77 "),
        ("MAN_STOP", "", "PERT_START within a block", "PERT_START"),
        ("\nMAN_START", "\nMAN_STOP", "MAN_STOP without its start", "MAN_STOP"),
        ("PERT_START", "PHYS_START", "a second PHYS block", "PHYS_START\nATM"),
        ("USER_DEFINED_NOTE", "NOTE", "keywords begin with USER_DEFINED_", "NOTE"),
    ],
)
def test_a_bad_ocm_is_refused_with_line_and_reason(tmp_path, corpus, old, new, what, at):
    text = corpus["ocm.kvn"].decode()
    assert old in text
    changed = text.replace(old, new, 1)
    line = changed[: changed.index(at) if at else text.index(old) + 1].count("\n") + 1
    error = refusal(tmp_path, changed)
    assert what in str(error)
    assert any(defect.where == f"file, line {line}" for defect in error.defects), error.defects
    assert all(defect.where.startswith("file") and defect.mend for defect in error.defects)


def test_everything_wrong_is_told_at_once(tmp_path, corpus):
    text = corpus["ocm.kvn"].decode()
    for old, new in (("ORIGINATOR = TEST", ""), ("[kg]", "[lb]"), (" 120.0 -30.5 ", " x y "), ("TIME_SYSTEM", "CLOCK")):
        text = text.replace(old, new, 1)
    found = [defect.what for defect in refusal(tmp_path, text).defects]
    wanted = ("keyword 'CLOCK'", "WET_MASS in 'lb'", "ORIGINATOR is missing", "TIME_SYSTEM is missing", "MAN_DURA 'x'")
    assert all(any(what in one for one in found) for what in wanted), found


def test_a_message_of_nothing_but_unread_states_names_each(tmp_path, corpus):
    text = corpus["ocm.kvn"].decode().replace("TRAJ_REF_FRAME = GCRF", "TRAJ_REF_FRAME = TOD")
    found = [str(defect) for defect in refusal(tmp_path, text).defects]
    assert len(found) == 2
    assert all("TRAJ_REF_FRAME 'TOD' is not read" in one for one in found)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("hello", "the first line is not CCSDS_OCM_VERS"),
        ("CCSDS_OCM_VERS = 3.0\n", "there is no metadata block"),
        ("<ocm/>", "there is no metadata block"),
        ("<ndm><opm/></ndm>", "holds no <ocm>"),
        ("<ndm><ocm/><ocm/></ndm>", "holds 2 <ocm> messages"),
        ("<ocm>", "is not well-formed XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><ocm>&b;</ocm>', "document type or entities"),
    ],
)
def test_what_is_no_ocm_is_refused(tmp_path, content, what):
    assert what in str(refusal(tmp_path, content))


def test_two_messages_in_one_file_are_refused(tmp_path, corpus):
    assert "a second message" in str(refusal(tmp_path, corpus["ocm.kvn"] * 2))


def test_a_cut_file_is_refused(tmp_path, corpus):
    text = corpus["ocm.kvn"]
    assert "PERT_STOP is missing: the file is truncated" in str(refusal(tmp_path, text[: text.index(b"PERT_STOP")]))
    assert "not well-formed" in str(refusal(tmp_path, corpus["ocm.xml"][:-20]))


def test_the_size_is_bounded_before_anything_is_read(tmp_path, corpus):
    with pytest.raises(EphemerisError, match="larger than"):
        read_ocm(write(tmp_path, gzip.compress(corpus["ocm.kvn"])), limit_bytes=1000)


@pytest.mark.parametrize("kind", ["ocm.kvn", "opm.kvn"])
def test_a_megabyte_of_blanks_within_a_value_is_read_as_fast_as_any(tmp_path, corpus, kind):
    """A value of n blanks once took n squared steps to part from its unit: this test would not end."""
    text = corpus[kind].decode().replace("ORIGINATOR = TEST", f"ORIGINATOR = TE{' ' * 1_000_000}ST", 1)
    assert read_tracking(write(tmp_path, text)).originator.endswith("ST")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1.5 [km]", ("1.5", "km")),
        ("1.5", ("1.5", "")),
        ("1.5[ km/s ] ", ("1.5", "km/s")),
        ("[km]", ("", "km")),
        ("a [b] [c]", ("a [b]", "c")),
        ("a [b", ("a [b", "")),
        ("a b]", ("a b]", "")),
        ("a [b]]", ("a [b]]", "")),
        ("", ("", "")),
    ],
)
def test_values_are_parted_from_units(text, parts):
    assert split_unit(text) == parts


@pytest.mark.parametrize("name", ["ocm.kvn", "ocm.xml"])
@pytest.mark.parametrize(
    ("most", "what"), [("MOST_BLOCKS", "has more than 3 blocks"), ("MOST_LINES", "more than 3 lines")]
)
def test_blocks_and_lines_are_bounded(tmp_path, corpus, name, most, what, monkeypatch):
    monkeypatch.setattr(ocm_raw, most, 3)
    error = refusal(tmp_path, corpus[name])
    assert any(what in defect.what and defect.mend for defect in error.defects), error.defects


def test_defects_are_bounded(tmp_path, corpus):
    error = refusal(tmp_path, corpus["ocm.kvn"].decode().replace("META_START", "META_START\n" + "X = 1\n" * 10_000))
    assert len(error.defects) == 21
    assert error.defects[-1].what.startswith("and ")


# --- as tracking input


@pytest.mark.parametrize("name", ["ocm.kvn", "ocm.xml"])
def test_tracking_takes_the_trajectories(tmp_path, corpus, name):
    file = read_tracking(write(tmp_path, corpus[name]))
    ours = ocm()
    assert (file.kind, file.object_id, file.block_starts) == ("ocm", "1998-067A", (0, 4))
    np.testing.assert_array_equal(file.position_km, np.vstack([one.position_km for one in ours.trajectories]))
    assert (file.mass_kg, file.drag_area_m2, file.drag_coefficient) == (459023.0, 1951.0, 2.0)
    assert file.ignored == ("forces", "1 manoeuvres", "2 user-defined values")


def test_tracking_refuses_overlaps_and_messages_without_states(tmp_path):
    first, second = ocm().trajectories
    late = OcmTrajectory("GCRF", first.tt_s + 1.0, first.position_km, first.velocity_km_s)
    for blocks, what in (((first, late), "two trajectories overlap"), ((), "holds no trajectory")):
        write_ocm(tmp_path / "ocm", replace(ocm(), trajectories=blocks))
        with pytest.raises(EphemerisError, match=what):
            read_tracking(tmp_path / "ocm")
    turned = replace(second, frame="EME2000")
    write_ocm(tmp_path / "ocm", replace(ocm(), trajectories=(turned, first)))
    file = read_tracking(tmp_path / "ocm")
    assert (np.diff(file.tt_s) >= 0.0).all()
    assert file.frame == "GCRF"
    assert 0.0 < np.abs(file.position_km[4:] - second.position_km).max() < 1e-3
    assert file.originator == WHO["originator"]
