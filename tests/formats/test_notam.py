from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import Polygon, union_all
from tests.assess_factory import NEXT_DAY, make_areas, make_windows, swath
from tests.factories import ENTRY

from pointnemo.errors import InputError
from pointnemo.formats.navarea import LINE
from pointnemo.formats.notam import MOST_CORNERS, flight_level, make_notam, parse_notam, write_notam
from pointnemo.formats.outward import ring_of
from pointnemo.formats.safety_texts import UNKNOWN_FIR, draft_warnings

WGS84 = Geod(ellps="WGS84")


def unwrapped(corners: tuple[tuple[float, float], ...], near_deg: float) -> Polygon:
    ring = ring_of(corners)
    return Polygon(ring + np.array([360.0 * np.round((near_deg - ring[:, 0].mean()) / 360.0), 0.0]))


@settings(max_examples=40, deadline=None)
@given(
    west=st.floats(-180, 180),
    long=st.floats(3, 40),
    half=st.floats(0.2, 3),
    lat=st.floats(-60, 50),
    later=st.booleans(),
)
def test_what_is_written_is_read_back_and_holds_the_area(
    west: float, long: float, half: float, lat: float, later: bool
) -> None:
    polygon = swath(west, west + long, half, lat)
    windows = make_windows()
    notam = make_notam("NZZO", np.array(polygon), windows, what="Space Station; a/b", alternate=later)
    text = write_notam(notam)
    assert all(len(line) <= LINE and line == line.upper() and line.isascii() for line in text.splitlines())
    back = parse_notam(text)
    assert np.array(back.corners) == pytest.approx(np.array(notam.corners))
    assert back.centre_deg == pytest.approx(notam.centre_deg)
    assert (back.from_utc, back.to_utc, back.text, back.layers) == (
        notam.from_utc, notam.to_utc, notam.text, notam.layers,
    )  # fmt: skip
    assert unwrapped(back.corners, float(np.mean([x for x, _ in polygon]))).buffer(1e-9).covers(Polygon(polygon))
    assert len(back.corners) <= MOST_CORNERS
    assert all(datetime.fromisoformat(back.from_utc) <= datetime.fromisoformat(w.from_utc) for w in windows)
    assert all(datetime.fromisoformat(back.to_utc) >= datetime.fromisoformat(w.to_utc) for w in windows)
    lon, lat_deg = back.centre_deg
    farthest = max(WGS84.inv(lon, lat_deg, x, y)[2] for x, y in back.corners) / 1852.0
    assert back.radius_nm >= min(farthest, 999.0)
    assert back.radius_nm <= max(1.1 * farthest + 2.0, 3.0)


def test_the_fields() -> None:
    lines = write_notam(make_notam("SCIZ", np.array(swath(-131, -112, 1.0)), make_windows(), what="ISS")).splitlines()
    assert lines[0] == "(A0000/32 NOTAMN"
    assert lines[1].startswith("Q) SCIZ/QRDCA/IV/BO/W/000/999/")
    assert lines[2] == "A) SCIZ B) 3203140939 C) 3203141105"
    assert lines[-1] == "F) SFC G) UNL)"
    body = " ".join(lines[3:-1])
    assert "FALLING SPACE DEBRIS (ISS) WI AREA BOUNDED BY" in body
    assert "SFC-FL099 140950-141105, FL098-FL657 140947-141100, FL656-UNL 140944-141042" in body


def test_one_layer_needs_no_list() -> None:
    assert make_notam("SCIZ", np.array(swath(-131, -112, 1.0)), make_windows()[:1]).layers == ""


@pytest.mark.parametrize(
    ("km", "down", "up"), [(0.0, 0, 0), (3.0, 98, 99), (3.048, 100, 100), (20.0, 656, 657), (100.0, 999, 999)]
)
def test_flight_levels_are_rounded_outwards(km: float, down: int, up: int) -> None:
    assert (flight_level(km, up=False), flight_level(km, up=True)) == (down, up)


def test_every_region_gets_its_part() -> None:
    texts = draft_warnings(make_areas(), "ISS", make_areas(-50.0, ENTRY + NEXT_DAY))
    parts = {n.fir: unwrapped(n.corners, -125.0) for n in map(parse_notam, texts.notam)}
    assert set(parts) == {"SCIZ", "NZZO"}
    safety, aircraft = make_areas(ids=("safety", "aircraft"))
    together = union_all(list(parts.values()))
    assert together.covers(Polygon(safety.polygon))
    assert together.covers(Polygon(aircraft.polygon))
    (backup,) = map(parse_notam, texts.backup_notam)
    assert backup.fir == "NZZO"
    assert "ALTERNATE WINDOW" in backup.text
    assert backup.from_utc.startswith("2032-03-15")


def test_a_place_without_a_known_region_is_left_to_the_office() -> None:
    (text,) = draft_warnings(make_areas(90.0, ids=("safety",))).notam
    assert parse_notam(text).fir == UNKNOWN_FIR


def test_a_notam_in_force_is_read() -> None:
    text = """(B3661/26 NOTAMN
Q) NZZO/QRDCA/IV/BO /W /000/999/6106S16123W999
A) NZZO B) 2607150900 C) 2607232100
E) TEMPO DANGER AREA PRESCRIBED WI 5903S13100W 6309S13100W 6241S16300E 5943S16549E 5903S13100W
F) SFC G) UNL)"""
    back = parse_notam(text)
    assert (back.series, back.number, back.radius_nm) == ("B", 3661, 999)
    assert back.corners[2] == pytest.approx((163.0, -62.683333), abs=1e-6)
    assert len(back.corners) == 4


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 600), st.sampled_from(list("09AZ-. /)\n")), st.booleans())
def test_a_mutated_notam_is_read_or_refused(at: int, character: str, drop: bool) -> None:
    text = write_notam(make_notam("SCIZ", np.array(swath(-131, -112, 1.0)), make_windows()))
    at %= len(text)
    mutated = text[:at] + ("" if drop else character) + text[at + 1 :]
    try:
        corners = len(parse_notam(mutated).corners)
    except InputError:  # any other error is a failure
        corners = 3
    assert corners >= 3


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_notam("nothing", "a.txt")
    assert len(caught.value.defects) == 5
    good = write_notam(make_notam("SCIZ", np.array(swath(-131, -112, 1.0)), make_windows()))
    with pytest.raises(InputError, match="date that is none"):
        parse_notam(good.replace("B) 32031409", "B) 32139909"))
