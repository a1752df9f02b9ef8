from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests import factories

from pointnemo.formats.oem import read_oem
from pointnemo.reporting.series import burns_csv, data_end_year, flown_days, history_csv, write_trajectory
from pointnemo.results import Skipped

HISTORY = factories.make_history()


def test_history_has_a_row_per_day_until_the_last_line_is_down() -> None:
    rows = list(csv.DictReader(io.StringIO(history_csv(HISTORY))))
    assert len(rows) == flown_days(HISTORY) == int(HISTORY.flying[0].sum())
    assert [rows[0]["date_utc"], rows[1]["date_utc"]] == ["2026-09-04", "2026-09-05"]
    assert rows[0]["altitude_km"] == rows[0]["altitude_mean_km"] == "418.300"
    assert rows[0]["regime"] == "observed"
    assert rows[400]["regime"] == "monthly forecast"
    assert rows[0]["propellant_zvezda_kg"] == "2300.0"
    down = int(HISTORY.flying[1].sum())
    assert rows[down - 1]["altitude_mean_km"] != ""
    assert rows[down]["altitude_mean_km"] == rows[down]["mass_kg"] == rows[down]["propellant_zvezda_kg"] == ""
    assert rows[down]["altitude_low_km"] != ""


def test_another_line_and_an_unknown_one() -> None:
    high = list(csv.DictReader(io.StringIO(history_csv(HISTORY, "high"))))
    assert high[100]["altitude_km"] == high[100]["altitude_high_km"]
    assert float(high[100]["f107_sfu"]) == pytest.approx(HISTORY.f107[2, 100], abs=0.05)
    with pytest.raises(ValueError, match="no line 'median'"):
        history_csv(HISTORY, "median")


def test_end_of_data() -> None:
    assert data_end_year(HISTORY) == 2040
    assert data_end_year(None) is None


def test_burns_are_in_order_of_time() -> None:
    rows = list(csv.DictReader(io.StringIO(burns_csv(factories.make_descend(), factories.make_operate()))))
    assert len(rows) == 28
    assert [row["start_utc"] for row in rows] == sorted(row["start_utc"] for row in rows)
    assert [row["id"] for row in rows[-4:]] == ["lower-1", "lower-2", "lower-3", "final"]
    assert float(rows[-1]["propellant_kg"]) == 4156.0
    assert rows[0]["kind"] == "reboost"


def test_burns_of_skipped_stages() -> None:
    none = Skipped(reason="x")
    assert burns_csv(none, none).count("\n") == 1


def test_trajectory_reads_back_with_a_block_per_coast_or_burn(tmp_path: Path) -> None:
    trajectory = factories.make_trajectory()
    path = tmp_path / "trajectory.oem"
    write_trajectory(
        path, trajectory, object_name="ISS", object_id="25544", originator="POINTNEMO", epoch_utc="2026-09-04T12:00:00"
    )
    back = read_oem(path)
    assert len(back.segments) == len(trajectory.segments)
    assert np.concatenate([s.tt_s for s in back.segments]) == pytest.approx(trajectory.tt_s, abs=2e-6)
    position = np.concatenate([s.position_km for s in back.segments])
    assert np.abs(position - trajectory.position_km).max() < 1e-8


def test_factories_know_the_time() -> None:
    from pointnemo.world.time import from_utc

    assert factories.tt_s(datetime(2026, 9, 4, 12, tzinfo=UTC)) == pytest.approx(from_utc("2026-09-04T12:00:00Z"))
