from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tracking_factory import make_followed, make_hindcasts

from pointnemo.reporting.track_html import render_track
from pointnemo.reporting.track_page import arrival_s, hindcast_summary, span_words, track_page
from pointnemo.tracking.report import Followed

ANSI = re.compile(r"\x1b\[[0-9;]*m")
FOLLOWED = make_followed()


def page_of(followed: Followed = FOLLOWED, color: bool = False) -> str:
    return track_page(followed, color, input_hash="0014c894ff", folder="runs/track-iss-0014c894")


def lines_of(text: str) -> list[str]:
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 80
    assert not any(line != line.rstrip() for line in text.splitlines())
    return text.splitlines()


def changed(**fields: object) -> Followed:
    return dataclasses.replace(FOLLOWED, report=FOLLOWED.report.model_copy(update=fields))


def test_the_page_tells_what_the_issue_asks_for() -> None:
    text = page_of()
    lines = lines_of(text)
    assert lines[0] == "pointnemo 0.1.0: the track of ISS                        inputs 0014c894, seed 0"
    for wanted in (
        "object            ISS (1998-067-A)",
        "as of             2022-02-18 14:30:00 UTC: nothing later is used",
        "first state of ISS_OEM_2022-02-18.xml.xz (NASA/JSC/FOD/TOPO,",
        "0.00311 m2/kg (0.00272 to 0.00355, 90 %), C_D A / m",
        "2022-02-18 12:00:00 UTC, 2.5 h before the as-of date",
        "31 m, one sigma of the position",
        "415.3 km mean, apogee 421.6 x perigee 409.0 km",
        "0.0512 km/day (0.0412 to 0.0631, 90 %)",
        "445,386 kg",
        "1,384 m2 (1,210 to 1,580, 90 %) now",
        "cannot tell a bias of the density model",
        "2022-01-17 to 01-31  14.0  1,210 (1,137-1,283)         22       -45   fitted",
        "2022-01-03 to 01-17  14.0                    -        431       -62     burn",
        "no positive drag area explains 14 days",
        "replanned reboost, inferred, seen in ISS_OEM_2022-01-17.xml.xz",
        "GMT037 Reboost        2022-02-06 09:30:00  0.5 s  +0.200  0.001        847",
        "read out of ISS_OEM_2022-02-18.xml.xz, preliminary, 6 min 12 s",
        "debris avoidance, announced in",
        "moved 1.2 min later; delta-v from 0.4 to 0.5 m/s",
        "2022-02-16 NG-16 Unberth: moved by 2 h later",
        "2022-03-05 12:00:00  15.0   452 m  72.0 km   27 m    9.4 s",
        "within 9.4 s of the prediction with a probability of 68 %",
        "2022-02-19 12:00:00  -6652.1    925.5   1169.0   -1.6729   -4.6272   -5.8444",
        "in all, 1 across",
        "miss 11.7 km, of the files' own predictions 40.9 km (of the 4 that",
        "4 lie within one",
        "2022-01-31 for 02-11  11.0      +24.8       19.5              +108.9",
        "recurrence and persistence for 45 days, monthly mean after",
        "F10.7 off by 4 sfu after 3 days",
        "the mass is that of the newest header",
        "files in  runs/track-iss-0014c894/",
    ):
        assert wanted in text, wanted


def test_events_of_the_past_are_left_out() -> None:
    text = page_of()
    planned = text[text.index("WHAT IS PLANNED") : text.index("WHERE IT WILL BE")]
    ahead, past = planned.split("changed from file to file")
    assert "NG-16" not in ahead
    assert "NG-16" in past


def test_color_paints_the_same_text() -> None:
    plain, painted = page_of(), page_of(color=True)
    assert "\x1b" not in plain
    assert "\x1b[1mWHERE IT WILL BE\x1b[0m" in painted
    assert ANSI.sub("", painted) == plain


def test_a_single_element_set_gives_a_page() -> None:
    """One file: no arc, no burn, no event, no hindcast, no note."""
    text = page_of(changed(arcs=(), burns=(), events=(), hindcasts=(), notes=(), files=("iss.tle",), prediction=()))
    lines_of(text)
    assert "NOTES" not in text
    for told in ("none: drag is measured between two files", "no event is announced", "not tried: ", "iss.tle"):
        assert told in text


def test_a_state_of_the_as_of_date_itself() -> None:
    """Element sets have no creation date: the newest is as of its own epoch."""
    assert "2022-02-18 12:00:00 UTC, the as-of date itself" in page_of(changed(as_of_utc=FOLLOWED.report.epoch_utc))


def test_without_an_arc_none_is_said_to_tell_anything() -> None:
    drag = FOLLOWED.report.drag.model_copy(update={"noise_log": 0.0})
    assert "one arc alone" in page_of()
    assert "one arc alone" not in page_of(changed(arcs=(), drag=drag))


def test_long_tables_show_their_end() -> None:
    report = FOLLOWED.report
    text = page_of(
        changed(arcs=report.arcs * 4, burns=report.burns * 4, hindcasts=report.hindcasts * 3)  # 28, 16 and 18 rows
    )
    lines_of(text)
    assert "16 earlier ones are in drag.csv" in text
    assert "4 earlier ones are in track.json" in text
    assert "6 earlier ones are in track.json" in text


def test_arrival_is_offset_over_speed() -> None:
    assert arrival_s(FOLLOWED.report, 7.667) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 s"),
        (0.04, "40 ms"),
        (0.0996, "0.1 s"),
        (9.94, "9.9 s"),
        (10.0, "10 s"),
        (372.0, "6 min"),
        (21600.0, "6.0 h"),
        (-4e5, "-4.6 d"),
    ],
)
def test_spans(seconds: float, text: str) -> None:
    assert span_words(seconds) == text


def test_hindcasts_with_a_note_stand_apart() -> None:
    found = hindcast_summary(make_hindcasts())
    assert (found.clean, found.compared) == (5, 4)  # one is spoilt by a burn, one has no row of the file
    assert found.ours_km == pytest.approx((9.1 + 14.3) / 2)
    assert found.theirs_km == pytest.approx((25.73 + 56.14) / 2)
    assert (found.inside_one, found.inside_two) == (4, 5)
    assert hindcast_summary(())[:4] == (0, 0, None, None)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Mn", "Me"]), max_size=200)


@settings(max_examples=40, deadline=None)
@given(text=WORDS, number=st.floats(-1e12, 1e12))
def test_no_text_or_number_breaks_the_page(text: str, number: float) -> None:
    report = FOLLOWED.report
    burn = report.burns[1].model_copy(update={"name": text, "file": text, "delta_v_mps": number, "thrust_n": number})
    arc = report.arcs[1].model_copy(update={"burns": (text,), "note": text, "miss_radial_km": number})
    event = report.events[2].model_copy(update={"name": text, "changed": text, "apogee_km": number})
    hindcast = report.hindcasts[0].model_copy(update={"note": text, "miss_rtn_km": (number, number, number)})
    followed = changed(
        object_name=text, object_id=text, origin=text, files=(text,) * 3, notes=(text,), burns=(burn,), arcs=(arc,),
        events=(event,), hindcasts=(hindcast,), mass_kg=number or 1.0,
    )  # fmt: skip
    out = page_of(followed)
    lines_of(out)
    assert all(c == "\n" or c.isprintable() for c in out)


def test_the_html_page_has_no_empty_columns() -> None:
    plain = tuple(h.model_copy(update={"note": ""}) for h in make_hindcasts())
    for hindcasts, there in ((make_hindcasts(), True), (plain, False)):
        html = render_track(changed(hindcasts=hindcasts), {}, "0014c894")
        assert ("<th>remark</th>" in html) == there
    for told in ("space_weather.csv", "60 members, seed 0", "2022-01-03 to 01-17: with GMT012 Reboost"):
        assert told in html


def test_the_html_page_escapes_what_files_say() -> None:
    report = FOLLOWED.report
    evil = "<script>alert(1)</script>"
    burn = report.burns[1].model_copy(update={"name": evil})
    event = report.events[0].model_copy(update={"name": evil, "changed": evil})
    followed = changed(object_name=evil, burns=(burn,), events=(event,), notes=(evil,), files=(evil,))
    html = render_track(followed, {"fan": "<svg></svg>"}, "0014c894")
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 6
    for told in (
        "The track of",
        "Where it will be",
        "How it decays",
        "one sigma of the position",
        "nothing later is used",
    ):
        assert told in html
