from __future__ import annotations

import gzip
import json
import lzma
from dataclasses import replace

import numpy as np
import pytest
from tests.formats.specimens import EPOCH, POSITION_KM, VELOCITY_KM_S, WHO, covariance, elements, omm, opm, specimens

from pointnemo.errors import EphemerisError
from pointnemo.formats import tracking_files
from pointnemo.formats.elements import teme_state
from pointnemo.formats.frames import covariance_to_gcrs, local_axes, to_gcrs
from pointnemo.formats.oem import OemSegment, write_oem
from pointnemo.formats.omm import parse_omm
from pointnemo.formats.omm_write import write_omm
from pointnemo.formats.opm import parse_opm, write_opm
from pointnemo.formats.tle import parse_tle, tle_lines, write_tle
from pointnemo.formats.tracking_files import read_many, read_tracking
from pointnemo.world import earth, time

FRAMES = ("GCRF", "EME2000", "TEME", "ITRF")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return specimens(tmp_path_factory.mktemp("specimens"))


def write(tmp_path, content: str | bytes, name: str = "file"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(tmp_path, content: str | bytes) -> EphemerisError:
    with pytest.raises(EphemerisError) as caught:
        read_tracking(write(tmp_path, content))
    return caught.value


# --- which kind, in which packing


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_the_kind_is_read_from_the_content_whatever_the_packing(tmp_path, corpus, pack):
    for name, content in corpus.items():
        file = read_tracking(write(tmp_path, pack(content), "tracking.xml"))
        assert file.kind == name.partition(".")[0]
        assert file.path_name == "tracking.xml"
        assert file.object_id == "1998-067A"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("<!DOCTYPE html><html><body>403 Forbidden</body></html>", "is a web page"),
        ("<html><body>sorry</body></html>", "is a web page"),
        ("CCSDS_TDM_VERS = 1.0\n", "CCSDS TDM, which is not read"),
        ('<?xml version="1.0"?><ndm><cdm version="1.0"/></ndm>', "CCSDS CDM, which is not read"),
        ("hello world", "is no tracking file"),
        ("<a/>", "holds no <oem>"),
        ("[1, 2]", "record 1 is not an object"),
        ("[]", "holds no element set"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('[{"MEAN_MOTION": NaN}]', "not a finite number"),
        ('[{"MEAN_MOTION": [1]}]', "neither text nor a number"),
        ("EPOCH,MEAN_MOTION,ECCENTRICITY\n1,2\n", "2 values where the header has 3"),
        ("EPOCH,EPOCH,MEAN_MOTION,ECCENTRICITY\n", "a column twice"),
        ("EPOCH,MEAN_MOTION,ECCENTRICITY\n", "holds no element set"),
    ],
)
def test_what_is_not_read_is_refused_by_name(tmp_path, content, what):
    assert what in str(refusal(tmp_path, content))


def test_small_kinds_have_their_limit(tmp_path, corpus, monkeypatch):
    monkeypatch.setattr(tracking_files, "SMALL_LIMIT_BYTES", 100)
    assert read_tracking(write(tmp_path, corpus["oem.kvn"])).kind == "oem"
    for name in ("omm.json", "opm.kvn", "tle"):
        assert "is larger than 0 MB" in str(refusal(tmp_path, corpus[name]))


@pytest.mark.parametrize("name", ["oem.xml", "omm.xml", "opm.xml"])
def test_entities_are_refused_in_every_xml(tmp_path, corpus, name):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    outside = b'<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/hostname">]>'
    for doctype in (bomb, outside):
        head, mark, rest = corpus[name].partition(b"?>\n")
        error = refusal(tmp_path, (head + mark + doctype + rest).replace(b"TEST", b"&b;"))
        assert error.defects[0].mend == "remove the DOCTYPE"


# --- several files


def test_several_files_come_sorted_by_creation(tmp_path):
    paths = []
    for name, hour in (("a", 3), ("b", 1), ("c", 2)):
        paths.append(tmp_path / name)
        write_opm(
            paths[-1], replace(opm(), creation_utc=f"2022-01-03T{hour:02d}:00:00Z"), "xml" if hour == 1 else "kvn"
        )
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        assert [file.path_name for file in read_many([paths[i] for i in order])] == ["b", "c", "a"]


def test_all_bad_files_are_named_at_once(tmp_path, corpus):
    paths = [write(tmp_path, corpus["tle"], "good"), write(tmp_path, b"x", "bad-1"), write(tmp_path, b"", "bad-2")]
    with pytest.raises(EphemerisError) as caught:
        read_many(paths)
    assert [any(name in defect.where for defect in caught.value.defects) for name in ("good", "bad-1", "bad-2")] == [
        False,
        True,
        True,
    ]


def test_segments_are_put_in_order_and_must_not_overlap(tmp_path):
    path = tmp_path / "oem"
    blocks = [OemSegment(EPOCH + s + np.arange(3.0), np.ones((3, 3)) * 7e3, np.ones((3, 3))) for s in (10.0, 0.0)]
    write_oem(path, blocks, **WHO)
    file = read_tracking(path)
    assert file.block_starts == (0, 3)
    assert (np.diff(file.tt_s) > 0).all()
    write_oem(path, [blocks[0], replace(blocks[1], tt_s=blocks[1].tt_s + 9.0)], **WHO)
    with pytest.raises(EphemerisError, match="segments overlap"):
        read_tracking(path)


# --- frames and covariances


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("scale", time.SCALES)
def test_every_frame_and_time_scale_comes_to_the_same_place(tmp_path, frame, scale):
    eo = earth.load_earth_orientation()
    inverse = {
        "GCRF": lambda r, v: (r, v),
        "EME2000": lambda r, v: (earth.EME2000_TO_GCRS.T @ r, earth.EME2000_TO_GCRS.T @ v),
        "TEME": lambda r, v: (earth.teme_to_gcrs(EPOCH).T @ r, earth.teme_to_gcrs(EPOCH).T @ v),
        "ITRF": lambda r, v: earth.gcrs_to_itrs_state(EPOCH, r, v, eo),
    }
    r, v = inverse[frame](POSITION_KM, VELOCITY_KM_S)
    path = tmp_path / "opm"
    write_opm(path, replace(opm(), frame=frame, position_km=r, velocity_km_s=v))
    ahead_s = time.from_scale("2022-01-03T12:00:00", scale) - EPOCH
    text = path.read_text().replace("TIME_SYSTEM = UTC", f"TIME_SYSTEM = {scale}")
    if scale == "UTC":
        file = read_tracking(path)
        np.testing.assert_allclose(file.position_km[0], POSITION_KM, rtol=0, atol=1e-9)
        np.testing.assert_allclose(file.velocity_km_s[0], VELOCITY_KM_S, rtol=0, atol=1e-12)
        assert file.frame == frame
    file = read_tracking(write(tmp_path, text))
    assert file.epoch_tt_s == pytest.approx(EPOCH + ahead_s, abs=1e-6)
    assert file.time_system == scale


@pytest.mark.parametrize("name", ["ITRF", "ITRF2020", "ITRF-97", "itrf97", "ICRF", "GCRF", "J2000", "TEME"])
def test_names_of_frames(tmp_path, name):
    write_opm(tmp_path / "opm", opm())
    text = (tmp_path / "opm").read_text().replace("REF_FRAME = EME2000", f"REF_FRAME = {name}")
    assert read_tracking(write(tmp_path, text)).kind == "opm"


@pytest.mark.parametrize("name", ["TOD", "MOD", "ITRF3", "GRC", "EME1950", "RTN", "ICRF9"])
@pytest.mark.parametrize("kind", ["oem.kvn", "oem.xml", "opm.kvn", "opm.xml", "omm.kvn"])
def test_other_frames_are_refused_by_name(tmp_path, corpus, name, kind):
    text = corpus[kind].decode()
    for frame in ("GCRF", "EME2000", "TEME"):
        text = text.replace(f"\nREF_FRAME = {frame}", f"\nREF_FRAME = {name}")
        text = text.replace(f"<REF_FRAME>{frame}", f"<REF_FRAME>{name}")
    assert f"REF_FRAME {name!r} is not read" in str(refusal(tmp_path, text))


@pytest.mark.parametrize("frame", ["TEME", "EME2000", "ITRF", "RTN", "TNW", "GCRF"])
def test_covariances_turn_like_differences_of_states(frame):
    """The covariance of a cloud of states, turned, is the covariance of the turned cloud."""
    rng = np.random.default_rng(9)
    cloud = rng.normal(0.0, 1.0, (4000, 6)) * np.repeat([0.1, 1e-4], 3)
    before = cloud.T @ cloud / len(cloud)
    if frame in ("RTN", "TNW"):
        axes = local_axes(frame, POSITION_KM, VELOCITY_KM_S)
        turned = np.hstack([cloud[:, :3] @ axes.T, cloud[:, 3:] @ axes.T])
    else:
        tt_s = np.full(len(cloud) + 1, EPOCH)
        states = np.vstack([np.zeros(6), cloud]) + np.hstack([POSITION_KM, VELOCITY_KM_S])
        turned = np.hstack(to_gcrs(frame, tt_s, states[:, :3], states[:, 3:]))
        turned = turned[1:] - turned[0]
    after = turned.T @ turned / len(cloud)
    got = covariance_to_gcrs(frame, before, EPOCH, POSITION_KM, VELOCITY_KM_S)
    scale = np.sqrt(np.outer(np.diag(after), np.diag(after)))
    np.testing.assert_allclose(got / scale, after / scale, rtol=0, atol=1e-7)


def test_local_axes_point_where_they_should():
    radial = local_axes("RTN", [7000.0, 0.0, 0.0], [0.1, 7.5, 0.0])
    np.testing.assert_allclose(radial, np.eye(3), atol=1e-15)
    along = local_axes("TNW", [7000.0, 0.0, 0.0], [0.0, 7.5, 0.0])
    np.testing.assert_allclose(along.T, [[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], atol=1e-15)


def test_the_covariance_of_an_oem_is_that_of_its_first_matrix(tmp_path, corpus):
    for name in ("oem.kvn", "oem.xml"):
        file = read_tracking(write(tmp_path, corpus[name]))
        assert file.covariance_tt_s == pytest.approx(EPOCH, abs=1e-6)
        expected = covariance_to_gcrs("RTN", covariance().matrix, EPOCH, file.position_km[0], file.velocity_km_s[0])
        np.testing.assert_allclose(file.covariance, expected, rtol=1e-9, atol=1e-15)
        assert file.ignored == ("1 covariance matrices after the first",)
        assert file.mass_kg == 459023.0


# --- OPM


@pytest.mark.parametrize("notation", ["kvn", "xml"])
def test_an_opm_comes_back(tmp_path, notation):
    path = tmp_path / "opm"
    write_opm(path, opm(), notation)
    back, ours = parse_opm(path.read_bytes(), path, notation), opm()
    np.testing.assert_array_equal(back.position_km, ours.position_km)
    np.testing.assert_array_equal(back.velocity_km_s, ours.velocity_km_s)
    assert back.covariance is not None
    assert ours.covariance is not None
    np.testing.assert_array_equal(back.covariance.matrix, ours.covariance.matrix)
    assert back.epoch_tt_s == pytest.approx(ours.epoch_tt_s, abs=1e-6)
    assert back.manoeuvres[0][1:] == ours.manoeuvres[0][1:]
    assert (back.mass_kg, back.drag_area_m2, back.drag_coefficient) == (459023.0, 1951.0, 2.0)
    assert (back.frame, back.comments, back.originator) == (ours.frame, ours.comments, ours.originator)
    assert read_tracking(path).ignored == ("1 manoeuvres",)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("X = ", "XX = ", "unknown keyword 'XX'"),
        ("CCSDS_OPM_VERS = 2.0", "CCSDS_OPM_VERS = 9.0", "OPM version '9.0'"),
        ("CENTER_NAME = EARTH", "CENTER_NAME = MARS", "CENTER_NAME 'MARS'"),
        ("TIME_SYSTEM = UTC", "TIME_SYSTEM = TDB", "TIME_SYSTEM 'TDB' is not read"),
        ("MASS = 459023.0", "MASS = 459023.0 [lb]", "MASS in 'lb'"),
        ("MASS = 459023.0", "MASS = -1", "is negative"),
        ("MASS = 459023.0", "MASS = 1\nMASS = 1", "given twice"),
        ("MAN_DURATION = 120.0", "MAN_DURATION = -1", "a burn of -1 s"),
        ("MAN_REF_FRAME = RTN", "MAN_REF_FRAME = UVW", "MAN_REF_FRAME 'UVW'"),
        ("COV_REF_FRAME = RTN", "COV_REF_FRAME = UVW", "COV_REF_FRAME 'UVW'"),
        ("\nCZ_Y", "\nCOMMENT CZ_Y", "1 of the 21 covariance elements are missing"),
        ("\nEPOCH = 2022", "\nEPOCH = 1822", "is not a time"),
        ("CREATION_DATE = 2022", "CREATION_DATE = x", "is not a time"),
        ("ORIGINATOR = TEST", "ORIGINATOR =", "ORIGINATOR is missing"),
        ("\nX = -1325.896", "\nX = nan", "not a finite number"),
        ("\nX = -1325.896", "\nX = 1e300", "is no orbit of the Earth"),
    ],
)
def test_a_bad_opm_is_refused_with_the_place_and_the_reason(tmp_path, corpus, old, new, what):
    text = corpus["opm.kvn"].decode()
    assert old in text
    error = refusal(tmp_path, text.replace(old, new, 1))
    assert what in str(error)
    assert all(defect.where.startswith("file") and defect.mend for defect in error.defects)


def test_two_messages_in_one_opm_file_are_refused(tmp_path, corpus):
    assert "holds 2 messages" in str(refusal(tmp_path, corpus["opm.kvn"] * 2))


# --- OMM


@pytest.mark.parametrize("notation", ["kvn", "xml", "json", "csv"])
def test_element_sets_come_back(tmp_path, notation):
    path = tmp_path / "omm"
    pair = (omm(), omm(0.5))
    write_omm(path, pair, notation)
    for ours, theirs in zip(pair, parse_omm(path.read_bytes(), path, notation), strict=True):
        assert theirs.elements.epoch_tt_s == pytest.approx(ours.elements.epoch_tt_s, abs=1e-6)
        same = {"epoch_tt_s": 0.0, "where": ""}
        assert theirs.elements._replace(**same) == ours.elements._replace(**same)
        if notation in ("kvn", "xml"):
            assert (theirs.mass_kg, theirs.drag_area_m2, theirs.comments) == (459023.0, 1951.0, ("made up",))
            assert theirs.covariance is not None
            assert ours.covariance is not None
            np.testing.assert_array_equal(theirs.covariance.matrix, ours.covariance.matrix)
    file = read_tracking(path)
    assert (len(file.tt_s), file.frame, len(file.elements)) == (2, "TEME", 2)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("THEORY = SGP4", "THEORY = SGP4-XP", "MEAN_ELEMENT_THEORY 'SGP4-XP' is not read"),
        ("THEORY = SGP4", "THEORY = DSST", "MEAN_ELEMENT_THEORY 'DSST' is not read"),
        ("REF_FRAME = TEME", "REF_FRAME = EME2000", "SGP4 elements are in TEME"),
        ("CCSDS_OMM_VERS = 2.0", "CCSDS_OMM_VERS = 1.0", "OMM version '1.0'"),
        ("BSTAR", "BTERM", "BTERM belongs to SGP4-XP"),
        ("ECCENTRICITY = 0.0007613", "ECCENTRICITY = 1.1", "an eccentricity of 1.1"),
        ("MEAN_MOTION = 15.49088255", "MEAN_MOTION = 25", "a mean motion of 25"),
        ("MEAN_MOTION = 15.49088255", "MEAN_MOTION = 17.9", "SGP4 cannot fly it"),
        ("INCLINATION = 51.6359", "INCLINATION = 181", "an inclination of 181"),
        ("NORAD_CAT_ID = 25544", "NORAD_CAT_ID = 2.5", "not a whole number"),
        ("NORAD_CAT_ID = 25544", "NORAD_CAT_ID = 12", "sets of 2 objects"),
        ("MEAN_ANOMALY = 85.5828", "", "MEAN_ANOMALY is missing"),
        ("CLASSIFICATION_TYPE = U", "CLASSIFICATION_TYPE = UN", "CLASSIFICATION_TYPE 'UN'"),
    ],
)
def test_a_bad_omm_is_refused_with_the_place_and_the_reason(tmp_path, corpus, old, new, what):
    text = corpus["omm.kvn"].decode()
    assert old in text
    error = refusal(tmp_path, text.replace(old, new, 1))
    assert what in str(error)
    assert all(defect.where.startswith("file") and defect.mend for defect in error.defects)


def test_json_of_large_catalogue_numbers_and_foreign_columns(tmp_path, corpus):
    records = json.loads(corpus["omm.json"])
    for record in records:
        record |= {"NORAD_CAT_ID": 270001234, "GP_ID": 1, "TLE_LINE1": None, "date_fetched": "2024-09-15"}
    file = read_tracking(write(tmp_path, json.dumps(records)))
    assert file.elements[0].catalogue_number == 270001234
    assert file.created_tt_s == file.tt_s[-1]


# --- TLE

ISS = """ISS (ZARYA)
1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927
2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537
"""


def test_the_set_that_everybody_knows(tmp_path):
    (known,) = parse_tle(ISS.encode(), tmp_path)
    assert known.object_name == "ISS (ZARYA)"
    assert known.object_id == "1998-067A"
    assert known.bstar_per_earth_radius == -0.11606e-4
    assert known.revolution == 56353
    assert known.epoch_tt_s == pytest.approx(time.from_utc("2008-09-20T12:25:40.104192"), abs=1e-5)
    assert tle_lines(known) == ("0 ISS (ZARYA)", *ISS.splitlines()[1:])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5, "00005"),
        (99999, "99999"),
        (100000, "A0000"),
        (148493, "E8493"),
        (182931, "J2931"),
        (234018, "P4018"),
        (339999, "Z9999"),
    ],
)
def test_alpha_5(tmp_path, number, text):
    path = tmp_path / "tle"
    write_tle(path, [elements()._replace(catalogue_number=number)])
    assert f"1 {text}U" in path.read_text()
    assert read_tracking(path).elements[0].catalogue_number == number


def test_what_a_tle_cannot_hold_is_not_written(tmp_path):
    for wrong in (
        {"catalogue_number": 340000},
        {"mean_motion_dot_rev_day2": 1.0},
        {"bstar_per_earth_radius": 1e12},
        {"inclination_deg": 1e5},
    ):
        with pytest.raises(ValueError, match="fit"):
            write_tle(tmp_path / "tle", [elements()._replace(**wrong)])
    with pytest.raises(ValueError, match="at least one"):
        write_tle(tmp_path / "tle", [])


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("15.72125391563537", "15.72125391563538", "checksum"),
        ("51.6416", "51.6417", "checksum"),
        ("2 25544", "2 25545", "lines of two objects"),
        ("-11606-4 0  2927", "-11606-4 0  292", "68 characters"),
        ("247.4627", "247,4627", "does not stand in its columns"),
        ("1 25544U", "1 I5544U", "does not stand in its columns"),
        ("08264.5", "08367.5", "checksum"),
        ("2 25544 ", "3 25544 ", "line 2 of this element set is missing"),
        (
            "08264.51782528 -.00002182  00000-0 -11606-4 0  2927",
            "09366.51782528 -.00002182  00000-0 -11606-4 0  2921",
            "the epoch 09366.51782528 is no day",
        ),
        ("ISS (ZARYA)\n", "ISS\nISS\n", "not line 1"),
    ],
)
def test_a_bad_tle_is_refused_with_its_line(tmp_path, old, new, what):
    assert old in ISS
    error = refusal(tmp_path, ISS + ISS.replace(old, new, 1))
    assert what in str(error)
    assert all(", line " in defect.where and defect.mend for defect in error.defects)


def test_sets_of_two_objects_are_refused_and_doubles_are_told(tmp_path):
    path = tmp_path / "tle"
    write_tle(path, [elements(0.5), elements(), elements()])
    file = read_tracking(path)
    assert len(file.tt_s) == 2
    assert (np.diff(file.tt_s) > 0).all()
    assert file.ignored == ("1 sets at the epoch of another",)
    write_tle(path, [elements(), elements(0.5)._replace(catalogue_number=5)])
    with pytest.raises(EphemerisError, match="sets of 2 objects: 25544"):
        read_tracking(path)


def test_the_state_is_that_of_sgp4_in_gcrs(tmp_path):
    path = tmp_path / "tle"
    write_tle(path, [elements()])
    file = read_tracking(path)
    r, v = teme_state(file.elements[0])
    np.testing.assert_allclose(file.position_km[0], earth.teme_to_gcrs(file.tt_s[0]) @ r, rtol=0, atol=1e-9)
    np.testing.assert_allclose(file.velocity_km_s[0], earth.teme_to_gcrs(file.tt_s[0]) @ v, rtol=0, atol=1e-12)
    assert np.linalg.norm(file.position_km[0] - r) > 10.0  # TEME is not J2000
    assert file.created_tt_s == file.epoch_tt_s


# --- several files


def test_files_of_one_name_are_told_apart(tmp_path, corpus):
    """NASA's file has one name, whatever its day."""
    name, content = next((name, content) for name, content in corpus.items() if name.startswith("oem"))
    paths = []
    for folder in ("monday", "tuesday", "other/tuesday"):
        (tmp_path / folder).mkdir(parents=True)
        paths.append(write(tmp_path / folder, content, f"{name}.same"))
    names = [file.path_name for file in read_many(paths)]
    assert sorted(names) == [f"monday/{name}.same", f"tuesday/{name}.same (1)", f"tuesday/{name}.same (2)"]
    assert [file.path_name for file in read_many(paths[:1])] == [f"{name}.same"]


def test_a_set_is_known_when_it_was_made_but_not_before_its_epoch(tmp_path):
    path = tmp_path / "sets.json"
    write_omm(path, [omm(0.0), omm(2.0)], notation="json")
    made = '"CREATION_DATE": "2022-03-03T13:00:00", "OBJECT_NAME"'
    path.write_text(path.read_text().replace('"OBJECT_NAME"', made, 1))
    file = read_tracking(path)
    assert file.known_tt_s == (time.from_utc("2022-03-03T13:00:00"), float(file.tt_s[1]))
    assert file.created_tt_s == max(file.known_tt_s)
    sets = read_tracking(write(tmp_path, "\n".join(tle_lines(elements(3.0))) + "\n"))
    assert sets.known_tt_s == tuple(sets.tt_s)
