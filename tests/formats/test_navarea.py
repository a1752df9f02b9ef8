from __future__ import annotations

import re
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon
from tests.assess_factory import NEXT_DAY, make_areas, swath
from tests.factories import ENTRY, iso

from pointnemo.errors import InputError
from pointnemo.formats.navarea import FLOATING, LINE, MOST_CORNERS, make_warning, parse_navarea, position, write_navarea
from pointnemo.formats.outward import ring_of
from pointnemo.formats.regions import NAVAREAS, regions_of
from pointnemo.formats.safety_texts import DRAFT, UNKNOWN_FIR, draft_warnings

START, END = "2032-03-14T09:20:31.4Z", "2032-03-14T11:29:01Z"


def unwrapped(corners: tuple[tuple[float, float], ...], near_deg: float) -> Polygon:
    ring = ring_of(corners)
    return Polygon(ring + np.array([360.0 * np.round((near_deg - ring[:, 0].mean()) / 360.0), 0.0]))


@settings(max_examples=40, deadline=None)
@given(
    west=st.floats(-180, 180),
    long=st.floats(5, 40),
    half=st.floats(0.2, 3),
    lat=st.floats(-60, 50),
    alternate=st.booleans(),
)
def test_what_is_written_is_read_back_and_holds_the_area(
    west: float, long: float, half: float, lat: float, alternate: bool
) -> None:
    polygon = swath(west, west + long, half, lat)
    warning = make_warning(
        "XIV", np.array(polygon), START, END, general_area="South Pacific", alternate=alternate, number=7
    )
    text = write_navarea(warning)
    back = parse_navarea(text)
    assert back == warning
    assert unwrapped(back.corners, float(np.mean([x for x, _ in polygon]))).covers(Polygon(polygon))
    assert 4 <= len(back.corners) <= MOST_CORNERS
    assert datetime.fromisoformat(back.from_utc) <= datetime.fromisoformat(START)
    assert datetime.fromisoformat(back.to_utc) >= datetime.fromisoformat(END)
    assert all(len(line) <= LINE and line == line.upper() and line.isascii() for line in text.splitlines())


def test_the_text_is_that_of_a_warning() -> None:
    ring = np.array([[-139.0, -42.0], [-112.0, -52.0], [-111.0, -50.0], [-138.0, -40.0]])
    text = write_navarea(make_warning("XIV", ring, START, END, general_area="SOUTH PACIFIC"))
    lines = text.splitlines()
    assert lines[:5] == [
        "NAVAREA XIV 0/32",
        "SOUTH PACIFIC.",
        "1. HAZARDOUS OPERATIONS, SPACE DEBRIS",
        "   140920Z TO 141130Z MAR",
        "   IN AREA BOUND BY",
    ]
    # a minute beyond the corner, clockwise from the north-west
    assert lines[5].startswith("   39-59S 138-01W, ")
    assert re.fullmatch(r"   \d\d-\d\dS \d{3}-\d\dW, \d\d-\d\dS \d{3}-\d\dW\.", lines[6])
    assert lines[-1] == "3. CANCEL THIS MSG 141230Z MAR 32."


def test_a_window_over_the_end_of_the_year() -> None:
    ring = np.array(swath(-140, -120, 1.0))
    text = write_navarea(
        make_warning("XIV", ring, "2030-12-31T23:10:00Z", "2031-01-01T01:05:00Z", general_area="SOUTH PACIFIC")
    )
    assert "312310Z DEC TO 010105Z JAN" in text
    back = parse_navarea(text)
    assert (back.from_utc, back.to_utc) == ("2030-12-31T23:10:00Z", "2031-01-01T01:05:00Z")


def test_a_warning_in_force_is_read() -> None:
    # The words of NAVAREA XII 656/2019, one of its areas.
    text = """NAVAREA XII 656/19(17,83).
1. HAZARDOUS OPERATIONS, SPACE DEBRIS
   221223Z TO 221312Z DEC IN AREA BOUND BY
   08-10.42N 126-49.22W, 14-39.10N 122-02.28W,
   16-43.41N 124-59.39W, 10-12.18N 129-44.25W.
2. CANCEL THIS MSG 222358Z DEC 19."""
    back = parse_navarea(text)
    assert back.number == 656
    assert back.to_utc == "2019-12-22T13:12:00Z"
    assert back.corners[0] == pytest.approx((-126.820333, 8.173667), abs=1e-6)


@pytest.mark.parametrize(
    ("longitude", "latitude", "text"),
    [
        (-123.3933333, -48.8766667, "48-52.60S 123-23.60W"),
        (180.0, 0.0, "00-00N 180-00W"),
        (190.5, -5.05, "05-03S 169-30W"),
        (9.999999, 9.999999, "10-00.00N 010-00.00E"),
    ],
)
def test_positions(longitude: float, latitude: float, text: str) -> None:
    assert position(longitude, latitude) == text


def test_drafts_of_both_windows() -> None:
    texts = draft_warnings(make_areas(), "ISS", make_areas(-50.0, ENTRY + NEXT_DAY))
    assert [parse_navarea(t).navarea for t in texts.navarea] == ["XIV", "XV", "XIV", "XV"]
    assert [parse_navarea(t).subject == FLOATING for t in texts.navarea] == [False, False, True, True]
    assert not any("ALTERNATE" in t for t in texts.navarea)
    backup = [parse_navarea(t) for t in texts.backup_navarea]
    assert {b.navarea for b in backup} == {"XIV"}
    assert all(b.alternate for b in backup)
    assert any(x > 0 for x, _ in backup[0].corners)
    assert any(x < 0 for x, _ in backup[0].corners)
    assert not any(DRAFT.split(".")[0].upper() in t for t in texts.navarea + texts.notam)
    safety, ship = make_areas(ids=("safety", "ship"))
    warned = unwrapped(parse_navarea(texts.navarea[0]).corners, -125.0)
    assert warned.covers(Polygon(safety.polygon))
    assert warned.covers(Polygon(ship.polygon))
    # mariners are told when the lowest layer is closed, by either area
    first = min(w.from_utc for a in (safety, ship) for w in a.windows if w.low_km == 0)
    assert parse_navarea(texts.navarea[0]).from_utc == first


def test_the_declared_area_stands_in_and_nothing_gives_nothing() -> None:
    (declared,) = make_areas(ids=("declared",))
    texts = draft_warnings([declared])
    assert parse_navarea(texts.navarea[0]).from_utc == iso(ENTRY.replace(second=0)).replace("09:41", "09:50")
    assert draft_warnings([]) == draft_warnings([declared.model_copy(update={"windows": ()})])
    assert draft_warnings([]).navarea == ()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 400), st.sampled_from(list("09AZ-. /\n")), st.booleans())
def test_a_mutated_warning_is_read_or_refused(at: int, character: str, drop: bool) -> None:
    ring = np.array(swath(-140, -120, 1.0))
    text = write_navarea(make_warning("XIV", ring, "2032-02-29T09:20:00Z", END, general_area="SOUTH PACIFIC"))
    at %= len(text)
    mutated = text[:at] + ("" if drop else character) + text[at + 1 :]
    try:
        corners = len(parse_navarea(mutated).corners)
    except InputError:  # any other error is a failure
        corners = 3
    assert corners >= 3


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_navarea("HYDROPAC 1/32\nNOTHING", "a.txt")
    assert len(caught.value.defects) == 5
    with pytest.raises(InputError, match="date that is none"):
        parse_navarea(
            write_navarea(
                make_warning("XIV", np.array(swath(-140, -120, 1.0)), START, END, general_area="SOUTH PACIFIC")
            ).replace("MAR 32", "XXX 32")
        )


def test_what_is_approximate_is_said_of_every_address() -> None:
    warnings = draft_warnings(make_areas(), "ISS", make_areas(40.0))
    told = " ".join(warnings.notes)
    heads = [parse_navarea(text).navarea for text in (*warnings.navarea, *warnings.backup_navarea)]
    firs = {text.split("A) ")[1][:4] for text in (*warnings.notam, *warnings.backup_notam)} - {UNKNOWN_FIR}
    assert {f"NAVAREA {one}" for one in heads} | firs <= set(re.findall(r"NAVAREA [IVX]+|\b[A-Z]{4}\b", told))
    assert all(note not in text for note in warnings.notes for text in (*warnings.navarea, *warnings.notam))
    assert draft_warnings(()).notes == ()


@pytest.mark.parametrize(
    ("latitude", "longitude", "navarea"),
    [
        (-48.877, -123.393, "XIV"),  # Point Nemo
        (-35.5, -150.0, "XIV"),  # heel
        (-52.0, -119.0, "XV"),  # 120 W parts New Zealand from Chile
        (-52.0, -121.0, "XIV"),
        (-60.0, -90.0, "XV"),
        (-18.0, -119.0, "XVI"),  # 18-21S parts Peru from Chile, 3-24S from the United States
        (-19.0, -119.0, "XV"),
        (-3.0, -119.0, "XII"),
        (1.0, -150.0, "XII"),  # the equator parts New Zealand from the United States
        (-1.0, -150.0, "XIV"),
        (-40.0, 166.0, "XIV"),  # from 29 S 170 E to 45 S 160 E with Australia
        (-40.0, 160.0, "X"),
        (-50.0, 159.0, "X"),
    ],
)
def test_who_warns_in_the_south_pacific(latitude: float, longitude: float, navarea: str) -> None:
    """Limits of NAVAREAs X, XII, XIV, XV and XVI as a public transcription of MSC.1/Circ.1288 has them."""
    ring = np.array([longitude, latitude]) + 0.05 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    assert [region.id for region, _ in regions_of(ring, NAVAREAS)] == [navarea]
