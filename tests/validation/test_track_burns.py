"""Burns of NASA's real files: against the derived table, the event table, a fit, and NASA's rows hours later."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pointnemo.formats.tracking_files import TrackingFile, read_tracking
from pointnemo.motion import lastdays
from pointnemo.tracking.burns import (
    MeasuredBurn,
    burn_commands,
    burns_of,
    commands_of,
    fitted_delta_v_rtn_mps,
    planned_burns,
)
from pointnemo.tracking.events import events_of
from pointnemo.world import World, load_world, time

pytestmark = pytest.mark.validation

Record = Callable[..., None]

SOURCE = "OEM_BURNS_DERIVED.csv, read out of NASA JSC TOPO ephemerides"
ROWS = "rows of the same NASA file 6 h after ignition"
FLOWN_S = 6 * 3600.0
DAYS = (
    "2021-08-13", "2021-09-01", "2021-09-15", "2021-09-22", "2021-10-01", "2022-01-03", "2022-01-31", "2022-02-07",
    "2022-02-11", "2022-02-14", "2022-02-16", "2022-02-18", "2022-05-09", "2024-02-14", "2024-02-16", "2024-02-21",
)  # fmt: skip
QUIET_DAYS = ("2021-08-25", "2021-12-24", "2022-01-17")


@cache
def read(path: Path) -> TrackingFile:
    return read_tracking(path)


@cache
def measured(path: Path) -> tuple[MeasuredBurn, ...]:
    return burns_of(read(path))


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def folder(reference_data: Path) -> Path:
    return reference_data / "oem"


@pytest.fixture(scope="module")
def derived(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "OEM_BURNS_DERIVED.csv").open() as rows:
        return {row["file"]: row for row in csv.DictReader(rows)}


def path_of(folder: Path, day: str) -> Path:
    return folder / f"ISS_OEM_{day}.xml.xz"


def test_every_row_of_the_table_is_compared(derived: dict[str, dict[str, str]], folder: Path) -> None:
    assert sorted(derived) == [f"ISS_OEM_{day}.xml.xz" for day in DAYS]
    assert len(list(folder.glob("ISS_OEM_*.xml.xz"))) == len(DAYS) + len(QUIET_DAYS)


@pytest.mark.parametrize("day", DAYS)
def test_burn_against_the_derived_table(
    day: str, folder: Path, derived: dict[str, dict[str, str]], figure: Record
) -> None:
    (burn,) = measured(path_of(folder, day))
    row = derived[f"ISS_OEM_{day}.xml.xz"]
    start_s = abs(burn.start_tt_s - time.from_utc(row["burn_start_utc"]))
    figure(f"track.burns.start.{day}", start_s, 4.0, "s", SOURCE)
    figure(f"track.burns.duration.{day}", abs(burn.duration_s - float(row["burn_s"])), 2.0, "s", SOURCE)
    size = float(row["dv_m_s"])
    figure(f"track.burns.delta_v.{day}", 100.0 * abs(abs(burn.delta_v_mps) / size - 1.0), 2.0, "%", SOURCE)
    vector = np.array([float(row[f"dv_{axis}_m_s"]) for axis in "RSW"])
    off = 100.0 * float(np.linalg.norm(vector - burn.delta_v_rtn_mps)) / size
    figure(f"track.burns.delta_v_vector.{day}", off, 0.5, "%", SOURCE)
    assert burn.thrust_n is not None
    thrust = 100.0 * abs(burn.thrust_n / float(row["thrust_N_at_header_mass"]) - 1.0)
    figure(f"track.burns.thrust.{day}", thrust, 5.0, "%", SOURCE)
    assert (burn.delta_v_mps < 0.0) == (vector[1] < 0.0)


@pytest.mark.parametrize("day", DAYS)
def test_burn_against_the_event_table(day: str, folder: Path, figure: Record) -> None:
    """An independent source: NASA's own delta-v, rounded to 0.1 m/s, and time of ignition."""
    path = path_of(folder, day)
    (burn,) = measured(path)
    (event,) = (event for event in events_of(read(path)) if event.delta_v_mps > 0.0)
    assert burn.name == event.name
    assert (burn.delta_v_mps < 0.0) == (event.kind == "deboost")
    figure(f"track.burns.ignition.{day}", abs(burn.start_tt_s - event.tt_s), 4.0, "s", "event table of the same file")
    rounded = abs(abs(burn.delta_v_mps) - event.delta_v_mps)
    figure(f"track.burns.listed_delta_v.{day}", rounded, 0.0501, "m/s", "event table of the same file")
    assert planned_burns(read(path), measured(path)) == ()


@pytest.mark.parametrize("day", QUIET_DAYS)
def test_files_without_a_burn_show_none(day: str, folder: Path) -> None:
    """Two of them have short steps at launches and dockings, which are not burns."""
    assert measured(path_of(folder, day)) == ()
    assert burn_commands(read(path_of(folder, day))) == ()


@pytest.mark.parametrize("day", DAYS)
def test_a_fitted_finite_burn_has_the_same_delta_v(day: str, folder: Path, world: World, figure: Record) -> None:
    path = path_of(folder, day)
    (burn,) = measured(path)
    fitted = np.array(fitted_delta_v_rtn_mps(read(path), burn, world))
    off = 100.0 * float(np.linalg.norm(fitted - burn.delta_v_rtn_mps)) / abs(burn.delta_v_mps)
    figure(f"track.burns.fitted_delta_v.{day}", off, 0.25, "%", "finite burn between the rows before and after")


@pytest.mark.parametrize("day", DAYS)
def test_the_command_flies_to_where_nasa_is_six_hours_later(
    day: str, folder: Path, world: World, figure: Record
) -> None:
    """Across the track, where drag does not blur the comparison; the tilt of the thrust is needed for that."""
    path = path_of(folder, day)
    file = read(path)
    (command,) = commands_of(measured(path), file.mass_kg or 0.0)
    first = int(np.searchsorted(file.tt_s, command.start_tt_s + 1e-3, side="right")) - 1
    last = int(np.searchsorted(file.tt_s, command.start_tt_s + FLOWN_S))
    start_tt_s, stop_tt_s = float(file.tt_s[first]), float(file.tt_s[last])
    command = command._replace(start_tt_s=max(command.start_tt_s, start_tt_s))
    forces = lastdays.Forces((file.drag_area_m2 or 0.0) * (file.drag_coefficient or 0.0), gravity_degree=36)
    start = lastdays.State(start_tt_s, file.position_km[first], file.velocity_km_s[first], file.mass_kg or 0.0)
    flown = lastdays.fly(
        start,
        [command],
        lastdays.prepare(world, start_tt_s, stop_tt_s, forces),
        stop_height_km=0.0,
        stop_tt_s=stop_tt_s,
    ).final_state
    off_m = (flown.position_km - file.position_km[last]) * 1000.0
    radial = file.position_km[last] / np.linalg.norm(file.position_km[last])
    normal = np.cross(file.position_km[last], file.velocity_km_s[last])
    figure(f"track.burns.flown_radial.{day}", abs(off_m @ radial), 20.0, "m", ROWS)
    figure(f"track.burns.flown_cross.{day}", abs(off_m @ normal) / np.linalg.norm(normal), 3.0, "m", ROWS)
