"""The force model against the real station: from one tracked state to a later one, with one fitted number.

An arc runs from the first state of one NASA file to the first state of a later one: both are estimates, while the later
rows of a file are NASA's own prediction. Every pair 2 to 14 days apart without an announced burn is flown, none is left
out; then every arc between consecutive files, burns as they were found to have been made; then the first day of every
file against the file itself.
"""

from __future__ import annotations

import csv
import os
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from pointnemo.formats.oem import Ephemeris, read_oem
from pointnemo.formats.tracking_files import TrackingFile, read_tracking
from pointnemo.motion.swarm import fly_members
from pointnemo.tracking.arcs import Arc, arc_environment, fit_arc, miss_rtn_km
from pointnemo.tracking.calibrate import Calibrated, calibrate
from pointnemo.tracking.fixes import fixes_of
from pointnemo.tracking.known import known_by, read_burns
from pointnemo.tracking.process import BELIEF
from pointnemo.world import World, load_world, time

pytestmark = pytest.mark.validation

SOURCE = "NASA JSC TOPO ephemerides"
MISS_GATE_M = 100.0
FOLDER = Path(os.environ.get("POINTNEMO_REFERENCE_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "oem"
FILES = (
    "2021-08-13",
    "2021-08-25",
    "2021-09-01",
    "2021-09-15",
    "2021-09-22",
    "2021-10-01",
    "2021-12-24",
    "2022-01-03",
    "2022-01-17",
    "2022-01-31",
    "2022-02-07",
    "2022-02-11",
    "2022-02-14",
    "2022-02-16",
    "2022-02-18",
    "2022-05-09",
    "2024-02-14",
    "2024-02-16",
    "2024-02-21",
)
ARCS = (
    ("2021-08-25", "2021-09-01"),
    ("2021-09-15", "2021-09-22"),
    ("2021-12-24", "2022-01-03"),
    ("2022-01-17", "2022-01-31"),
    ("2022-02-11", "2022-02-14"),
    ("2022-02-11", "2022-02-16"),
    ("2022-02-11", "2022-02-18"),
    ("2022-02-14", "2022-02-16"),
    ("2022-02-14", "2022-02-18"),
    ("2022-02-16", "2022-02-18"),
    ("2024-02-14", "2024-02-16"),
    ("2024-02-14", "2024-02-21"),
    ("2024-02-16", "2024-02-21"),
)


@cache
def ephemeris(day: str) -> Ephemeris:
    return read_oem(FOLDER / f"ISS_OEM_{day}.xml.xz")


def burns_tt_s() -> list[float]:
    """Ignition of every burn that any file announces."""
    with (FOLDER / "OEM_EVENTS.csv").open() as rows:
        return [
            time.from_utc(f"{row['ephemeris_start'][:4]}-{row['tig_gmt_doy'].replace(':', 'T', 1)}")
            for row in csv.DictReader(rows)
            if float(row["dv_m_s"]) > 0.0
        ]


@cache
def world() -> World:
    return load_world(bundled=True)


@cache
def tracked(day: str) -> TrackingFile:
    return read_tracking(FOLDER / f"ISS_OEM_{day}.xml.xz")


def days_of_files() -> list[str]:
    return sorted(path.name[8:18] for path in FOLDER.glob("ISS_OEM_*.xml.xz"))


@cache
def fitted(first: str, second: str) -> Arc:
    (start,), (end,) = (fixes_of([tracked(day)], world().earth) for day in (first, second))
    assert start.mass_kg
    environment = arc_environment(world(), start.tt_s, end.tt_s)
    return fit_arc(start, end, environment, world().earth, start.mass_kg)


@cache
def calibrated() -> Calibrated:
    told = read_burns([tracked(day) for day in days_of_files()], world().earth)
    known = known_by(told, max(one.file.created_tt_s for one in told), world().earth)
    return calibrate(known, world(), 1.0, BELIEF, history_days=5000.0)


def test_the_list_of_arcs_is_complete(reference_data):
    burns = burns_tt_s()
    days = days_of_files()
    quiet = []
    for first, second in combinations(days, 2):
        t0, t1 = ephemeris(first).start_tt_s, ephemeris(second).start_tt_s
        if 1.99 <= (t1 - t0) / 86400.0 <= 14.01 and not any(t0 < burn < t1 for burn in burns):
            quiet.append((first, second))
    assert tuple(quiet) == ARCS


@pytest.mark.parametrize(("first", "second"), ARCS)
def test_misses_of_an_arc(reference_data, figure, first, second):
    arc = fitted(first, second)
    name = f"{first}..{second}"
    radial, along, cross = np.abs(arc.miss_rtn_km) * 1000.0
    assert 0.002 < arc.cd_area_m2 / arc.mass_kg < 0.02
    assert along < 10.0
    figure(f"arc-radial-{name}", radial, MISS_GATE_M, "m", SOURCE)
    figure(f"arc-cross-{name}", cross, MISS_GATE_M, "m", SOURCE)
    figure(f"arc-cd-area-{name}", arc.cd_area_m2, 7000.0, "m2", SOURCE)


def test_every_arc_closes_with_its_burns_as_they_were_made(reference_data, figure):
    """No arc is left out; what became of the burns was found in the arcs themselves."""
    found = [one.explanation.status for one in calibrated().arcs if one.explanation]
    assert len(found) == len(calibrated().arcs) == 15
    worst = np.max([np.abs(one.arc.miss_rtn_km) for one in calibrated().arcs if one.arc], axis=0) * 1000.0
    surprises = f"{len(found) - found.count('as announced')} of 15 with burns that were not made as announced; {SOURCE}"
    figure("every-arc-radial", worst[0], MISS_GATE_M, "m", surprises)
    figure("every-arc-cross", worst[2], MISS_GATE_M, "m", surprises)


def test_the_burn_that_nobody_announced_so(reference_data, figure):
    """January 2022: the reboost of day 012 was announced with 0.54 m/s; no drag explains what the next file saw."""
    one = next(one for one in calibrated().arcs if one.start.name.startswith("ISS_OEM_2022-01-03"))
    assert one.explanation
    assert one.arc
    assert one.explanation.status == "replanned"
    figure("2022-01-announced-chi-square", one.explanation.chi_square_announced, 100.0, "1", SOURCE, "min")
    figure("2022-01-found-chi-square", one.explanation.chi_square, 18.5, "1", SOURCE)
    figure("2022-01-delta-v-sigma", one.explanation.delta_v_sigma_mps, 0.05, "m/s", SOURCE)
    figure("2022-01-start-sigma", one.explanation.start_sigma_s / 3600.0, 12.0, "h", SOURCE)
    assert 0.002 < one.arc.cd_area_m2 / one.arc.mass_kg < 0.02


def one_day_residuals_m(file: TrackingFile) -> np.ndarray:
    """Largest residuals (radial, along, cross) over the first day: start state and one drag area by least squares."""
    (start,) = fixes_of([file], world().earth)
    last = int(np.argmin(np.abs(file.tt_s - (file.epoch_tt_s + 86400.0))))
    epochs = np.unique(file.tt_s[: last + 1])
    rows = np.searchsorted(file.tt_s, epochs)
    environment = arc_environment(world(), start.tt_s, float(epochs[-1]) + 1.0, 200.0)
    days = len(environment.air)

    def flown(unknowns: np.ndarray) -> np.ndarray:
        scale = np.repeat(unknowns[:, 6:] / environment.forces.cd_area_m2, days, axis=1)
        mass_kg = start.mass_kg or 450_000.0
        return fly_members(environment, start.tt_s, unknowns[:, :6], mass_kg, day_scale=scale, sample_tt_s=epochs)[0]

    unknowns = np.append(start.state, 3400.0)
    steps = np.array([1e-3] * 3 + [1e-6] * 3 + [100.0])
    for _ in range(3):
        places = flown(np.vstack([unknowns, unknowns + np.diag(steps)]))
        slopes = np.stack(
            [(place - places[0]).ravel() / step for place, step in zip(places[1:], steps, strict=True)], 1
        )
        unknowns = unknowns + np.linalg.lstsq(slopes, (file.position_km[rows] - places[0]).ravel())[0]
    offset = flown(unknowns[None, :])[0] - file.position_km[rows]
    return np.abs(miss_rtn_km(file.position_km[rows], file.velocity_km_s[rows], offset)).max(axis=0) * 1000.0


# 17 of 18 first days keep to the gate; why this one does not is not known.
MISSED = pytest.mark.xfail(strict=True, reason="35 m along the track on 2024-02-21, gate 30 m")


@pytest.mark.parametrize(
    "day",
    [
        *(day for day in FILES if day not in ("2022-02-07", "2024-02-21")),
        pytest.param("2024-02-21", marks=MISSED),
    ],
)
def test_one_day_arcs(reference_data, figure, day):
    """The first day of every file without a burn in it: that of 2022-02-07 has one."""
    radial, along, cross = one_day_residuals_m(tracked(day))
    source = f"first day of the file, every row, state and drag area fitted; {SOURCE}"
    figure(f"one-day-radial-{day}", radial, MISS_GATE_M, "m", source)
    figure(f"one-day-cross-{day}", cross, MISS_GATE_M, "m", source)
    figure(f"one-day-along-{day}", along, 30.0, "m", source)


def test_the_list_of_files_is_complete(reference_data):
    assert list(FILES) == days_of_files()


def test_the_shipped_drag_area_is_what_the_arcs_say(reference_data, figure):
    """Arcs of five days and more: shorter ones measure the weather of their days rather than the station."""
    from pointnemo.scenario import load_scenario

    drag = load_scenario("iss").station.drag
    areas = [fitted(*arc).cd_area_m2 for arc in ARCS if fitted(*arc).days > 4.9]
    figure("cd-area-median-off", abs(np.log(np.median(areas) / drag.cd_area_m2)), 0.3, "relative", SOURCE)
    inside = np.mean([drag.low_m2 <= area <= drag.high_m2 for area in areas])
    figure("cd-area-inside-interval", float(inside), 0.7, "share", SOURCE, kind="min")


def test_nasa_prediction_errors_are_reproduced(reference_data, figure):
    """The table of NASA's own misses: older minus newer file at the first epoch that both list."""
    worst = 0.0
    with (FOLDER / "NASA_PREDICTION_ERROR.csv").open() as table:
        for row in csv.DictReader(table):
            older, newer = (ephemeris(row[key]).segments[0] for key in ("older_file", "newer_file"))
            ticks = [np.round(segment.tt_s * 1000.0).astype(np.int64) for segment in (older, newer)]
            common, i, j = np.intersect1d(*ticks, return_indices=True)
            assert (common[0] / 1000.0 - older.tt_s[0]) / 86400.0 == pytest.approx(float(row["days_ahead"]), abs=0.006)
            miss_km = float(np.linalg.norm(older.position_km[i[0]] - newer.position_km[j[0]]))
            worst = max(worst, abs(miss_km - float(row["position_difference_km"])))
    figure("nasa-prediction-table", worst, 0.006, "km", "NASA_PREDICTION_ERROR.csv")
