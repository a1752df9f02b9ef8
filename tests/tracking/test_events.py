"""The event table: rows, years, names cut off, and what changes from file to file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.formats.tracking_files import TrackingFile
from pointnemo.tracking.events import Event, burn_kind, events_of, follow_events, merge_events, unread_rows
from pointnemo.world import time

DAY_S = 86400.0
HEAD = (
    "Units are in kg and m^2",
    "MASS=459023.00",
    "Begin sequence of events",
    "TRAJECTORY EVENT SUMMARY:",
    "",
    "|       EVENT        |       TIG        | ORB |   DV    |   HA    |   HP    |",
    "|                    |       GMT        |     |   M/S   |   KM    |   KM    |",
    "|                    |                  |     |  (F/S)  |  (NM)   |  (NM)   |",
    "=============================================================================",
)
TAIL = ("=============================================================================", "End sequence of events")


def row(name: str, tig: str, delta_v: float = 0.0, orbit: str = "   ") -> tuple[str, ...]:
    """A row as NASA prints it: two lines and an empty one."""
    return (
        f" {name[:20]:<20}  {tig} {orbit}         {delta_v:5.1f}     427.2     406.6",
        f"                                                   ({delta_v / 0.3048:.1f})   (230.7)   (219.6)",
        "",
    )


def tracking_file(start_utc: str, *rows: tuple[str, ...], days: float = 15.0, table: bool = True) -> TrackingFile:
    """A file without meaningful states whose comments hold the rows."""
    epoch = time.from_utc(start_utc)
    lines = (*HEAD, *(line for lines in rows for line in lines), *TAIL)
    return TrackingFile(
        path_name=f"{start_utc[:10]}.xml",
        kind="oem",
        object_name="ISS",
        object_id="1998-067-A",
        created_tt_s=epoch,
        originator="JSC",
        comments=lines if table else HEAD[:2],
        epoch_tt_s=epoch,
        tt_s=np.array([epoch, epoch + days * DAY_S]),
        position_km=np.zeros((2, 3)),
        velocity_km_s=np.zeros((2, 3)),
        covariance=None,
        covariance_tt_s=None,
        mass_kg=459023.0,
        drag_area_m2=None,
        drag_coefficient=None,
    )


def test_a_row_is_read_whole() -> None:
    file = tracking_file("2022-02-07T12:00:00", row("GMT 039 Reboost", "039:07:56:00.500", 0.3))
    assert events_of(file) == (
        Event(
            time.from_utc("2022-02-08T07:56:00.5"),
            "reboost",
            "GMT 039 Reboost",
            0.3,
            427.2,
            406.6,
            False,
            file.path_name,
        ),
    )
    assert unread_rows(file) == ()


def test_a_file_without_a_table_has_no_events() -> None:
    assert events_of(tracking_file("2022-02-07", row("80P Launch", "046:04:25:40.000"), table=False)) == ()
    # rows outside the table are remarks
    file = tracking_file("2022-02-07")
    stray = row("80P Launch", "046:04:25:40.000")
    assert events_of(TrackingFile(**{**file.__dict__, "comments": (*stray, *file.comments, *stray)})) == ()


@pytest.mark.parametrize(
    ("start", "tig", "utc"),
    [
        ("2021-12-24", "003:12:00:00.000", "2022-01-03T12:00:00.000Z"),  # after New Year
        ("2021-12-24", "364:12:00:00.000", "2021-12-30T12:00:00.000Z"),
        ("2021-12-24", "120:12:00:00.000", "2022-04-30T12:00:00.000Z"),  # far before the epoch day: the next year
        ("2022-01-02", "365:12:00:00.000", "2021-12-31T12:00:00.000Z"),  # just behind, in a file of January
        ("2024-02-14", "061:05:04:26.000", "2024-03-01T05:04:26.000Z"),  # leap year
        ("2022-02-14", "061:05:04:26.000", "2022-03-02T05:04:26.000Z"),
        ("2024-12-28", "366:01:02:03.000", "2024-12-31T01:02:03.000Z"),
        ("2025-01-01", "366:01:02:03.000", "2024-12-31T01:02:03.000Z"),  # there is no day 366 in 2025
    ],
)
def test_the_year_of_a_day(start: str, tig: str, utc: str) -> None:
    (event,) = events_of(tracking_file(start, row("80P Launch", tig)))
    assert time.to_utc(event.tt_s) == utc


@pytest.mark.parametrize("tig", ["000:00:00:00.000", "367:00:00:00.000", "050:24:00:00.000", "050:23:60:00.000"])
def test_no_such_day_or_hour_is_told(tig: str) -> None:
    file = tracking_file("2022-02-07", row("80P Launch", tig))
    assert events_of(file) == ()
    assert unread_rows(file) == (row("80P Launch", tig)[0].strip(),)


@pytest.mark.parametrize(
    ("name", "kind", "preliminary"),
    [
        ("GMT231 SM Reboost", "reboost", False),
        ("GMT267 Deboost Preli", "deboost", True),
        ("GMT 012 Reboost Prel", "reboost", True),
        ("GMT055 Reboost (Opti", "reboost", True),
        ("2/26 Reboost m18ispr", "reboost", False),
        ("PDAM Posigrade", "reboost", False),
        ("SPX-23 Undock", "undocking", False),
        ("64S Relocate MLM", "relocation", False),
        ("65S 2-Orbit Docking", "docking", False),
        ("80P Arrivals", "docking", False),
        ("NG-17 Departure", "undocking", False),
        ("OFT-2 Launch", "launch", False),
        ("Progress 80 Launch", "launch", False),  # "Pr" is no abbreviation of preliminary
        ("EVA 77", "other", False),
    ],
)
def test_what_a_name_means(name: str, kind: str, preliminary: bool) -> None:
    (event,) = events_of(tracking_file("2022-02-07", row(name, "046:04:25:40.000", 0.5 if "boost" in kind else 0.0)))
    assert (event.name, event.kind, event.preliminary) == (name, kind, preliminary)


@pytest.mark.parametrize(
    ("name", "delta_v_mps", "changed", "kind"),
    [
        ("GMT057 Reboost", 0.5, "", "reboost"),
        ("GMT057 Reboost", 0.5, "since a.xml: renamed from 'GMT056 Reboost'", "reboost"),
        ("GMT057 Reboost", 0.5, "since a.xml: moved 1 h later", "replanned reboost"),
        ("GMT057 Reboost", 0.5, "since a.xml: delta-v from 0.4 to 0.5 m/s", "replanned reboost"),
        ("GMT267 Deboost", -0.5, "since a.xml: moved 1 h later", "deboost"),
        ("PDAM 49863", 0.5, "since a.xml: moved 1 h later", "debris avoidance"),
        ("Madame Reboost", 0.5, "", "reboost"),
    ],
)
def test_what_a_burn_is_for(name: str, delta_v_mps: float, changed: str, kind: str) -> None:
    assert burn_kind(name, delta_v_mps, changed) == kind


def test_an_orbit_number_and_a_negative_delta_v() -> None:
    file = tracking_file("2022-02-07", row("GMT 046 Reboost", "046:04:25:40.000", -0.5, orbit="612"))
    (event,) = events_of(file)
    assert (event.kind, event.delta_v_mps, event.apogee_km) == ("deboost", 0.5, 427.2)


def test_what_cannot_be_read_is_told() -> None:
    file = tracking_file("2022-02-07", ("80P Launch   TBD", "a remark"), row("NG-17 Launch", "050:17:39:59.000"))
    assert [event.name for event in events_of(file)] == ["NG-17 Launch"]
    assert unread_rows(file) == ("80P Launch   TBD", "a remark")


def test_changes_between_files_in_words() -> None:
    first = tracking_file(
        "2022-02-11",
        row("GMT050 Reboost Preli", "050:10:00:00.000", 0.4),
        row("80P Arrivals", "048:07:06:29.000"),
        row("SPX-23 Undock", "052:00:00:00.000"),
        row("NG-17 Launch", "050:17:39:59.000"),
        row("CRS Berth", "053:00:00:00.000"),
        row("66S Undock", "043:00:00:00.000"),
    )
    second = tracking_file(
        "2022-02-14",
        row("GMT051 Reboost", "051:11:30:00.000", 0.5),
        row("80P Arrival", "048:07:06:29.000"),
        row("SpX23 Undock", "051:21:45:00.000"),
        row("NG-17 Launch", "050:17:39:59.000"),
        row("NG-17 Arrival", "052:09:35:00.000"),
        row("67S Launch", "059:09:35:00.000"),
    )
    changed = {event.name: event.changed for event in merge_events([first, second])}
    assert changed == {
        "GMT051 Reboost": "since 2022-02-11.xml: renamed from 'GMT050 Reboost Preli', moved 1 d 1 h later, "
        "delta-v from 0.4 to 0.5 m/s, no longer preliminary",
        "80P Arrival": "since 2022-02-11.xml: renamed from '80P Arrivals'",
        "SpX23 Undock": "since 2022-02-11.xml: renamed from 'SPX-23 Undock', moved 2 h 15 min earlier",
        "NG-17 Launch": "",
        "NG-17 Arrival": "new: not in 2022-02-11.xml",
        "67S Launch": "",  # beyond the end of the first file: it could not be there
        "CRS Berth": "dropped: not in 2022-02-14.xml",
        "66S Undock": "",  # behind when the second file begins
    }
    assert {thread.event.name for thread in follow_events([first, second]) if thread.dropped} == {"CRS Berth"}


def test_a_reboost_that_becomes_a_deboost() -> None:
    first = tracking_file("2022-02-11", row("GMT050 Reboost", "050:10:00:00.000", 0.4))
    second = tracking_file("2022-02-14", row("GMT050 Deboost", "050:10:00:00.000", 0.4))
    (event,) = merge_events([first, second])
    assert event.kind == "deboost"
    assert event.changed == "since 2022-02-11.xml: renamed from 'GMT050 Reboost', was a reboost"


def test_of_two_burns_each_keeps_its_own_row() -> None:
    first = tracking_file(
        "2022-02-11", row("A Reboost", "050:10:00:00.000", 0.4), row("B Reboost", "052:10:00:00.000", 0.6)
    )
    second = tracking_file("2022-02-14", row("B Reboost", "052:11:00:00.000", 0.6))
    threads = follow_events([first, second])
    assert [(thread.event.name, thread.dropped, thread.changed) for thread in threads] == [
        ("A Reboost", True, "dropped: not in 2022-02-14.xml"),
        ("B Reboost", False, "since 2022-02-11.xml: moved 1 h later"),
    ]


def test_a_file_without_a_table_says_nothing_about_events() -> None:
    first = tracking_file("2022-02-11", row("80P Docking", "048:07:06:29.000"))
    (event,) = merge_events([first, tracking_file("2022-02-14", table=False)])
    assert event.changed == ""
    (event,) = merge_events([first, tracking_file("2022-02-14")])
    assert event.changed == "dropped: not in 2022-02-14.xml"
    assert merge_events([tracking_file("2022-02-14", table=False)]) == merge_events([]) == ()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(alphabet="aDeoRk 0123456789:.-()|=\n\t", max_size=90), max_size=6))
def test_any_text_is_an_event_or_an_unread_row_or_nothing(lines: list[str]) -> None:
    file = tracking_file("2022-02-07", tuple(lines))
    written = [line for text in lines for line in text.splitlines() if line.strip()]
    events, unread = events_of(file), unread_rows(file)
    assert len(events) + len(unread) <= len(written)
    assert all(abs(event.tt_s - file.epoch_tt_s) < 200 * DAY_S and event.delta_v_mps >= 0.0 for event in events)
