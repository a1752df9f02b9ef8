"""The force model against the real station: from one tracked state to a later one, with one fitted number.

An arc runs from the first state of one NASA file to the first state of a later one: both are estimates, while the later
rows of a file are NASA's own prediction. Every pair 2 to 14 days apart without an announced burn is flown, none is left
out.
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
from pointnemo.tracking.fit import Fit, fit_ballistic_factor
from pointnemo.tracking.orbit_files import to_gcrs
from pointnemo.world import load_world, time

pytestmark = pytest.mark.validation

SOURCE = "NASA JSC TOPO ephemerides"
MISS_GATE_M = 100.0
FOLDER = Path(os.environ.get("POINTNEMO_REFERENCE_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "oem"
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
def fitted(first: str, second: str) -> Fit:
    states = [ephemeris(day).segments[0] for day in (first, second)]
    start, target = (to_gcrs("EME2000", s.position_km[0], s.velocity_km_s[0]) for s in states)
    mass_kg = ephemeris(first).mass_kg
    assert mass_kg
    return fit_ballistic_factor(states[0].tt_s[0], start, states[1].tt_s[0], target, load_world(), mass_kg)


def test_the_list_of_arcs_is_complete(reference_data):
    burns = burns_tt_s()
    days = sorted(path.name[8:18] for path in FOLDER.glob("ISS_OEM_*.xml.xz"))
    quiet = []
    for first, second in combinations(days, 2):
        t0, t1 = ephemeris(first).start_tt_s, ephemeris(second).start_tt_s
        if 1.99 <= (t1 - t0) / 86400.0 <= 14.01 and not any(t0 < burn < t1 for burn in burns):
            quiet.append((first, second))
    assert tuple(quiet) == ARCS


@pytest.mark.parametrize(("first", "second"), ARCS)
def test_misses_of_an_arc(reference_data, figure, first, second):
    fit = fitted(first, second)
    arc = f"{first}..{second}"
    assert 0.002 < fit.ballistic_factor_m2_kg < 0.02
    assert abs(fit.miss.along_km) < 1e-3
    figure(f"arc-radial-{arc}", abs(fit.miss.radial_km) * 1000.0, MISS_GATE_M, "m", SOURCE)
    figure(f"arc-cross-{arc}", abs(fit.miss.cross_km) * 1000.0, MISS_GATE_M, "m", SOURCE)
    figure(f"arc-cd-area-{arc}", fit.cd_area_m2, 7000.0, "m2", SOURCE)


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
