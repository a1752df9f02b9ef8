"""Event tables of NASA's real files: every row, and what changed from file to file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from pointnemo.formats.tracking_files import TrackingFile, read_many
from pointnemo.tracking.events import Event, events_of, follow_events, merge_events, unread_rows
from pointnemo.world import time

pytestmark = pytest.mark.validation

SOURCE = "OEM_EVENTS.csv, parsed from NASA JSC TOPO ephemerides"


@pytest.fixture(scope="module")
def files(reference_data: Path) -> tuple[TrackingFile, ...]:
    return read_many(sorted((reference_data / "oem").glob("ISS_OEM_*.xml.xz")))


def listed(reference_data: Path) -> list[tuple[str, float, str, float, float, float]]:
    """Rows of the reference table: file, TT, name, delta-v, apogee, perigee; all lie in the year of their file."""
    with (reference_data / "oem" / "OEM_EVENTS.csv").open() as rows:
        return sorted(
            (
                row["file"],
                time.from_utc(f"{row['ephemeris_start'][:4]}-{row['tig_gmt_doy'].replace(':', 'T', 1)}"),
                row["event"],
                float(row["dv_m_s"]),
                float(row["apogee_km"]),
                float(row["perigee_km"]),
            )
            for row in csv.DictReader(rows)
        )


def as_row(event: Event) -> tuple[str, float, str, float, float | None, float | None]:
    return event.file, event.tt_s, event.name, event.delta_v_mps, event.apogee_km, event.perigee_km


def test_every_row_of_every_table_is_read(
    files: tuple[TrackingFile, ...], reference_data: Path, figure: Callable[..., None]
) -> None:
    read = sorted(as_row(event) for file in files for event in events_of(file))
    expected = listed(reference_data)
    wrong = set(read).symmetric_difference(expected)
    figure("track.events.rows", len(expected) - len(set(read) & set(expected)), 0, "rows missed", SOURCE)
    assert not wrong
    assert len(read) == len(expected) == 56
    figure("track.events.unread", sum(len(unread_rows(file)) for file in files), 0, "lines", SOURCE)


def test_every_row_has_the_kind_that_a_reader_sees(files: tuple[TrackingFile, ...]) -> None:
    for event in (event for file in files for event in events_of(file)):
        assert event.kind != "other", event
        assert (event.kind in ("reboost", "deboost")) == (event.delta_v_mps > 0.0), event
    assert {event.name for file in files for event in events_of(file) if event.preliminary} == {
        "GMT267 Deboost Preli",
        "GMT285 Reboost Preli",
        "GMT 012 Reboost Prel",
        "GMT055 Reboost Preli",
        "GMT055 Reboost (Opti",
    }


def test_no_event_is_lost_or_told_twice(files: tuple[TrackingFile, ...]) -> None:
    """Across 19 files of four seasons the 56 rows are 27 events: ten burns, and every visit once."""
    threads = follow_events(files)
    assert len(threads) == 27
    burns = [thread.event.name for thread in threads if thread.event.kind in ("reboost", "deboost")]
    assert burns == [
        "GMT231 SM Reboost", "GMT254 Reboost", "GMT267 Deboost Preli", "GMT285 Reboost Preli", "GMT 012 Reboost Prel",
        "GMT037 Reboost", "GMT 039 Reboost", "2/26 Reboost m18ispr", "GMT134 79P Reboost", "GMT055 Reboost (Opti",
    ]  # fmt: skip
    assert not any(thread.dropped for thread in threads)


def test_real_changes_are_told_in_words(files: tuple[TrackingFile, ...]) -> None:
    changed = {event.name: event.changed for event in merge_events(files)}
    assert changed["GMT267 Deboost Preli"] == "since ISS_OEM_2021-09-15.xml.xz: moved 15 min later"
    assert changed["SPX23 Launch"] == "since ISS_OEM_2021-08-13.xml.xz: moved 10 s later"
    assert changed["SPX-23 Undock"] == "since ISS_OEM_2021-09-15.xml.xz: moved 13 h later"
    assert changed["80P Arrival"] == "since ISS_OEM_2022-02-14.xml.xz: renamed from '80P Arrivals'"
    assert changed["2/26 Reboost m18ispr"] == (
        "since ISS_OEM_2022-02-16.xml.xz: renamed from 'GMT057 Reboost', delta-v from 0.5 to 0.8 m/s"
    )
    assert changed["GMT 039 Reboost"] == ("new: not in ISS_OEM_2022-01-31.xml.xz")
    moved = {event.name: event.changed for event in merge_events([f for f in files if "2024-02-1" in f.path_name])}
    assert moved["Crew-8 Docking"] == "since ISS_OEM_2024-02-14.xml.xz: moved 8 d 2 h later"
