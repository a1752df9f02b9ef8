from __future__ import annotations

import bz2
import gzip
import lzma
import re
from dataclasses import replace

import numpy as np
import pytest

from pointnemo.errors import EphemerisError
from pointnemo.formats import oem_kvn, oem_xml, oem_xml_states
from pointnemo.formats.oem import Ephemeris, OemCovariance, OemSegment, read_oem, write_oem
from pointnemo.world import time

KVN = """CCSDS_OEM_VERS = 2.0
COMMENT made up
CREATION_DATE = 2022-01-03T19:06:57.525
ORIGINATOR = TEST

META_START
OBJECT_NAME = ISS
OBJECT_ID = 1998-067-A
CENTER_NAME = EARTH
REF_FRAME = EME2000
TIME_SYSTEM = UTC
START_TIME = 2022-003T12:00:00.000
STOP_TIME = 2022-003T12:08:00.000
META_STOP
COMMENT MASS=459023.00
COMMENT DRAG_AREA=1951.00
COMMENT DRAG_COEFF=2.00

2022-003T12:00:00.000 -1325.896 5492.890 3762.423 -4.8747 -4.1025 4.2642
2022-003T12:04:00.000 -2433.281 4320.160 4635.900 -4.2971 -5.6102 2.9702
2022-003T12:08:00.000 -3363.479 2832.811 5170.828 -3.4072 -6.7084 1.4603
"""
COVARIANCE = (
    "COVARIANCE_START\nEPOCH = 2022-003T12:00:00\n"
    + "\n".join(" ".join(["1.0e-4"] * n) for n in range(1, 7))
    + "\nCOVARIANCE_STOP\n"
)
STATE = """<stateVector>
<EPOCH>{epoch}</EPOCH>
<X units="km">{}</X><Y units="km">{}</Y><Z units="km">{}</Z>
<X_DOT units="km/s">{}</X_DOT><Y_DOT units="km/s">{}</Y_DOT><Z_DOT units="km/s">{}</Z_DOT>
</stateVector>
"""


def xml(kvn: str = KVN) -> str:
    """The same message in XML."""
    header, metadata, data = re.split("META_START\n|META_STOP\n", kvn)

    def tags(block):
        pairs = [line.split(" = ") for line in block.splitlines() if " = " in line and "VERS" not in line]
        return "".join(f"<{key}>{value}</{key}>\n" for key, value in pairs)

    comments = "".join(f"<COMMENT>{line[8:]}</COMMENT>\n" for line in data.splitlines() if line.startswith("COMMENT"))
    rows = [line.split() for line in data.splitlines() if line[:2] == "20"]
    states = "".join(STATE.format(*numbers, epoch=epoch) for epoch, *numbers in rows)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ndm><oem id="CCSDS_OEM_VERS" version="2.0">\n'
        f"<header>{tags(header)}</header><body><segment>\n<metadata>{tags(metadata)}</metadata>\n"
        f"<data>{comments}{states}</data></segment></body></oem></ndm>\n"
    )


def read(tmp_path, content: str | bytes, name: str = "orbit.oem") -> Ephemeris:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_oem(path)


def refusal(tmp_path, content: str | bytes, **options) -> EphemerisError:
    path = tmp_path / "bad.oem"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(EphemerisError) as caught:
        read_oem(path, **options)
    assert caught.value.defects
    return caught.value


def check(ephemeris: Ephemeris) -> None:
    assert ephemeris.object_name == "ISS"
    assert ephemeris.frame == "EME2000"
    assert (ephemeris.mass_kg, ephemeris.drag_area_m2, ephemeris.drag_coefficient) == (459023.0, 1951.0, 2.0)
    (segment,) = ephemeris.segments
    assert segment.tt_s[0] == time.from_utc("2022-01-03T12:00:00")
    np.testing.assert_allclose(np.diff(segment.tt_s), 240.0)
    np.testing.assert_array_equal(segment.position_km[1], [-2433.281, 4320.160, 4635.900])
    np.testing.assert_array_equal(segment.velocity_km_s[2], [-3.4072, -6.7084, 1.4603])
    assert (ephemeris.start_tt_s, ephemeris.stop_tt_s) == (segment.tt_s[0], segment.tt_s[-1])


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("make", [str, xml])
def test_reads_both_notations_in_every_packing(tmp_path, pack, make):
    check(read(tmp_path, pack(make(KVN).encode())))


def test_reads_xz_of_several_streams(tmp_path):
    half = len(KVN) // 2
    check(read(tmp_path, lzma.compress(KVN[:half].encode()) + lzma.compress(KVN[half:].encode()) + b"\0" * 4))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "  \n\n"),
        lambda text: text.replace("EARTH", "Earth"),
        lambda text: text + COVARIANCE,
    ],
)
def test_harmless_differences_do_not_matter(tmp_path, change):
    check(read(tmp_path, change(KVN)))


def test_xml_with_a_comment_takes_the_slow_lane_to_the_same_numbers(tmp_path):
    check(read(tmp_path, xml().replace("<stateVector>", "<!-- a remark --><stateVector>", 1)))
    check(read(tmp_path, xml().replace("<EPOCH>", "<COMMENT>x</COMMENT><EPOCH>", 1)))


def test_xml_states_inside_a_comment_do_not_count(tmp_path):
    states = STATE.format(*"123456", epoch="2022-003T11:00:00.000")
    check(read(tmp_path, xml().replace("<data>", f"<data><!-- {states} -->")))


@pytest.mark.parametrize(("scale", "tt_minus"), [("TAI", 32.184), ("TT", 0.0), ("GPS", 51.184)])
def test_time_scales(tmp_path, scale, tt_minus):
    utc = read(tmp_path, KVN)
    other = read(tmp_path, KVN.replace("TIME_SYSTEM = UTC", f"TIME_SYSTEM = {scale}"))
    expected = utc.start_tt_s - (32.184 + 37.0) + tt_minus
    assert other.start_tt_s == pytest.approx(expected, abs=1e-6)
    assert other.time_system == scale


def test_what_is_not_used_is_said(tmp_path):
    accelerated = re.sub(r"(?m)^(20\d\d-.*)$", r"\1 0.0 0.0 0.0", KVN) + COVARIANCE
    assert read(tmp_path, accelerated).ignored == ("accelerations",)


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("CCSDS_OEM_VERS = 2.0", "CCSDS_OEM_VERS = 4.0", "line 1", "version '4.0'"),
        ("CCSDS_OEM_VERS = 2.0", "CCSDS_OMM_VERS = 2.0", "line 1", "first line"),
        ("ORIGINATOR = TEST", "", "line 1", "ORIGINATOR"),
        ("= EARTH", "= MARS", "line 9", "'MARS'"),
        ("= EME2000", "= TEME", "line 10", "'TEME'"),
        ("= EME2000", "= ITRF-97", "line 10", "'ITRF-97'"),
        ("TIME_SYSTEM = UTC", "TIME_SYSTEM = TDB", "line 11", "'TDB'"),
        ("OBJECT_ID = 1998-067-A\n", "", "line 6", "OBJECT_ID"),
        ("OBJECT_NAME = ISS", "OBJECT_NAME = ISS\nOBJECT_NAME = ISS", "line 8", "twice"),
        ("META_STOP\n", "", "line 6", "META_STOP is missing"),
        ("5492.890", "nan", "line 19", "finite"),
        ("5492.890", "1e999", "line 19", "finite"),
        ("5492.890", "1_000", "line 19", "finite"),
        ("5492.890", "abc", "line 19", "finite"),
        ("5492.890 ", "", "line 19", "5 numbers"),
        ("12:04:00.000 -", "12:04:61.000 -", "line 20", "not a time"),
        ("12:04:00.000 -", "12:00:00.000 -", "line 20", "not after"),
        ("12:04:00.000 -", "11:04:00.000 -", "line 20", "not after"),
        ("STOP_TIME = 2022-003T12:08", "STOP_TIME = 2022-004T12:08", "line 21", "truncated"),
        ("START_TIME = 2022-003T12:00", "START_TIME = 2022-002T12:00", "line 19", "missing"),
        ("STOP_TIME = 2022-003T12:08", "STOP_TIME = 2022-003T11:08", "line 13", "before START_TIME"),
    ],
)
def test_refuses_with_the_place_and_the_reason(tmp_path, old, new, where, what):
    assert old in KVN
    error = refusal(tmp_path, KVN.replace(old, new, 1))
    assert any(where in defect.where and what in defect.what for defect in error.defects), error


def test_all_defects_are_found_at_once(tmp_path):
    error = refusal(tmp_path, KVN.replace("EME2000", "TEME").replace("= EARTH", "= MARS").replace("5492.890", "nan"))
    assert len(error.defects) == 3


@pytest.mark.parametrize(
    "content",
    [b"", b"  \n", b"\x00\x01\x02" * 100, b"\xff\xfe<\x00o\x00", KVN.encode()[:400], xml().encode()[:900],
     lzma.compress(KVN.encode())[:200], gzip.compress(KVN.encode(), mtime=0)[:99],
     b"hello", b"<html></html>", b"<oem/>"],
)  # fmt: skip
def test_refuses_what_is_no_whole_oem(tmp_path, content):
    refusal(tmp_path, content)


@pytest.mark.parametrize("cut", range(len(KVN) - 5, KVN.index("2022-003T12:00:00.000 -"), -23))
def test_refuses_a_file_cut_off_anywhere_in_its_states(tmp_path, cut):
    refusal(tmp_path, KVN[:cut].rpartition("\n")[0] + "\n" if cut % 2 else KVN[:cut].rpartition(" ")[0])


def test_refuses_entities_and_document_types(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    for doctype in (bomb, outside):
        error = refusal(tmp_path, xml().replace("<ndm>", doctype + "<ndm>").replace("made up", "&a;"))
        assert "DOCTYPE" in error.defects[0].mend


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_stops_a_decompression_bomb_at_the_limit(tmp_path, pack):
    error = refusal(tmp_path, pack(b"A" * 3_000_000), limit_bytes=1_000_000)
    assert "larger than 1 MB" in error.defects[0].what


def test_refuses_what_is_not_a_file(tmp_path):
    for path in (tmp_path, tmp_path / "none", tmp_path / "pipe"):
        if path.name == "pipe":
            import os

            os.mkfifo(path)
        with pytest.raises(EphemerisError):
            read_oem(path)


def test_two_objects_in_a_file_are_refused(tmp_path):
    second = KVN[KVN.index("META_START") :].replace("= ISS", "= MIR")
    assert "differs" in refusal(tmp_path, KVN + second).defects[0].what


# --- writer


def some_segments() -> list[OemSegment]:
    rng = np.random.default_rng(1)
    start = time.from_utc("2030-06-30T23:59:00")
    return [
        OemSegment(
            tt_s=start + 100.0 * i + np.linspace(0.0, 100.0, 7),
            position_km=rng.normal(0.0, 4000.0, (7, 3)),
            velocity_km_s=rng.normal(0.0, 4.0, (7, 3)),
            comments=(f"segment {i}", "coast or burn"),
        )
        for i in range(3)
    ]


WHO = {"object_name": "ISS", "object_id": "1998-067A", "originator": "TEST", "creation_utc": "2026-09-04T12:00:00"}


def test_writes_what_it_reads_back(tmp_path):
    path = tmp_path / "out.oem"
    segments = some_segments()
    write_oem(path, segments, **WHO, comments=("one", "two\nlines"))
    back = read_oem(path)
    assert back.comments[:3] == ("one", "two", "lines")
    assert back.frame == "GCRF"
    assert len(back.segments) == 3
    for ours, theirs in zip(segments, back.segments, strict=True):
        np.testing.assert_allclose(theirs.tt_s, ours.tt_s, rtol=0, atol=1e-6)
        np.testing.assert_allclose(theirs.position_km, ours.position_km, rtol=0, atol=1e-9)
        np.testing.assert_allclose(theirs.velocity_km_s, ours.velocity_km_s, rtol=0, atol=1e-12)
        assert theirs.comments == ours.comments


def test_the_same_segments_make_the_same_bytes_and_leave_no_scraps(tmp_path):
    for name in ("a.oem", "b.oem", "b.oem"):
        write_oem(tmp_path / name, some_segments(), **WHO)
    assert (tmp_path / "a.oem").read_bytes() == (tmp_path / "b.oem").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.oem", "b.oem"]


def test_refuses_to_write_nonsense_and_keeps_the_old_file(tmp_path):
    path = tmp_path / "out.oem"
    write_oem(path, some_segments(), **WHO)
    before = path.read_bytes()
    bad = some_segments()
    bad[1].position_km[2, 2] = np.nan
    with pytest.raises(ValueError, match="finite"):
        write_oem(path, bad, **WHO)
    with pytest.raises(ValueError, match="increase"):
        write_oem(path, [OemSegment(np.zeros(2), np.ones((2, 3)), np.ones((2, 3)))], **WHO)
    with pytest.raises(ValueError, match="segment"):
        write_oem(path, [], **WHO)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["out.oem"]


@pytest.mark.parametrize("notation", ["kvn", "xml"])
@pytest.mark.parametrize("frame", ["RTN", "GCRF"])
def test_covariances_come_back(tmp_path, notation, frame):
    path = tmp_path / "out.oem"
    matrix = np.random.default_rng(2).normal(0.0, 1.0, (6, 6))
    segment = some_segments()[0]
    given = tuple(OemCovariance(float(tt_s), matrix @ matrix.T, frame) for tt_s in segment.tt_s[:2])
    write_oem(path, [replace(segment, covariances=given)], **WHO, notation=notation)
    back = read_oem(path).segments[0]
    assert [covariance.frame for covariance in back.covariances] == [frame, frame]
    for ours, theirs in zip(given, back.covariances, strict=True):
        assert theirs.tt_s == pytest.approx(ours.tt_s, abs=1e-6)
        np.testing.assert_allclose(theirs.matrix, ours.matrix, rtol=1e-12)


@pytest.mark.parametrize("notation", ["kvn", "xml"])
def test_refuses_covariances_that_make_no_sense(tmp_path, notation):
    path = tmp_path / "out.oem"
    segment = some_segments()[0]
    for matrix, frame in ((-np.eye(6), "RTN"), (np.full((6, 6), np.nan), "RTN"), (np.eye(6), "UVW")):
        bad = replace(segment, covariances=(OemCovariance(float(segment.tt_s[0]), matrix, frame),))
        with pytest.raises(ValueError, match="covariance"):
            write_oem(path, [bad], **WHO, notation=notation)
    write_oem(path, [replace(segment, covariances=(OemCovariance(float(segment.tt_s[0]), np.eye(6), "RTN"),))],
              **WHO, notation=notation)  # fmt: skip
    text = path.read_text().replace("RTN", "UVW").replace("1.000000000000e+00", "-1.0")
    with pytest.raises(EphemerisError, match=r"COV_REF_FRAME 'UVW' is not read"):
        read(tmp_path, text)
    with pytest.raises(EphemerisError, match="variance of the covariance is negative"):
        read(tmp_path, text.replace("UVW", "RTN"))


@pytest.mark.parametrize("wrong", ['<CX_X units="m**2">', "<CX_Y>", "<CX_X/><CX_X>"])
def test_refuses_xml_covariance_elements_by_name(tmp_path, wrong):
    path = tmp_path / "out.xml"
    segment = some_segments()[0]
    covariance = OemCovariance(float(segment.tt_s[0]), np.eye(6), "RTN")
    write_oem(path, [replace(segment, covariances=(covariance,))], **WHO, notation="xml")
    text = path.read_text()
    right = '<CX_X units="km**2">'
    assert right in text
    closed = text.replace("</CX_X>", "</CX_Y>") if "CX_Y" in wrong else text
    error = refusal(tmp_path, closed.replace(right, wrong))
    assert "covarianceMatrix 1" in error.defects[0].where


def test_too_many_lines_and_too_large_blocks_are_refused_with_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(oem_kvn, "MOST_STATES", 20)
    assert "more than 20" in refusal(tmp_path, KVN).defects[0].what
    monkeypatch.setattr(oem_kvn, "MOST_STATES", 10**6)
    monkeypatch.setattr(oem_kvn, "_LARGEST_BLOCK_BYTES", 100)
    assert "a block without states" in refusal(tmp_path, KVN).defects[0].what


def test_large_xml_off_the_fast_lane_is_refused_with_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(oem_xml, "SLOW_LIMIT_BYTES", 1000)
    check(read(tmp_path, xml()))
    error = refusal(tmp_path, xml().replace("<data>", "<data><!-- slow -->"))
    assert "not all of one plain form" in error.defects[0].what


@pytest.mark.parametrize("chunk", [1, 700, 1100, 10**6])
def test_the_size_of_a_chunk_does_not_matter(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(oem_kvn, "_CHUNK_BYTES", chunk)
    check(read(tmp_path, KVN))
    monkeypatch.setattr(oem_xml_states, "_CHUNK_BYTES", max(chunk, 700))
    check(read(tmp_path, xml()))


@pytest.mark.parametrize("notation", ["kvn", "xml"])
def test_both_notations_are_written(tmp_path, notation):
    path = tmp_path / "out.oem"
    write_oem(path, some_segments(), **WHO, comments=("a < b & c",), notation=notation)
    back = read_oem(path)
    assert back.comments[0] == "a < b & c"
    for ours, theirs in zip(some_segments(), back.segments, strict=True):
        np.testing.assert_allclose(theirs.position_km, ours.position_km, rtol=0, atol=1e-9)
    with pytest.raises(ValueError, match="kvn or xml"):
        write_oem(path, some_segments(), **WHO, notation="json")
