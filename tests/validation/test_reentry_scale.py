"""The footprint of the whole ensemble, its drivers, convergence, and memory that does not grow with the pieces."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from benchmarks.scale import station

from pointnemo.reentry import reenter, streaming
from pointnemo.results import Reenter
from pointnemo.world import load_world

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
PUBLISHED = "NRC 2000 (NAP 9794): up to 5,370 km dispersed; Aerospace Corp. 2012: about 6,000 km"
RUNS, PIECES = 32, 32_000


@pytest.fixture(scope="module")
def result() -> Reenter:
    """All runs at the shipped spreads."""
    entry, scenario, world = station(PIECES, RUNS)
    return reenter(entry, scenario, world, 0, 2, converge=True)


def test_footprint_of_a_run(figure: Figure, result: Reenter) -> None:
    length = result.footprint.length_km.value
    figure("reentry.iss_footprint_mean_km", length, 2000.0, "km", PUBLISHED, kind="min")
    figure("reentry.iss_footprint_mean_at_most_km", length, 6500.0, "km", PUBLISHED)


def test_footprint_of_all_runs(figure: Figure, result: Reenter) -> None:
    """From the aftmost heel to the foremost toe of any run: what a dispersed footprint is."""
    ends = result.impacts.ends_km
    length = float(ends[:, 1].max() - ends[:, 0].min())
    figure("reentry.iss_footprint_ensemble_km", length, 2000.0, "km", PUBLISHED, kind="min")
    figure("reentry.iss_footprint_ensemble_at_most_km", length, 6500.0, "km", PUBLISHED)


def test_drivers_are_ranked(figure: Figure, result: Reenter) -> None:
    """Heat rate and break-up altitude (the structure's robustness) lead: two of the four inputs that CNES names."""
    named = [row for row in result.drivers if row.id != "rest"]
    shares = [row.length_share for row in named]
    assert shares == sorted(shares, reverse=True)
    assert {row.id for row in named[:2]} == {"heat", "robustness"}
    figure("reentry.iss_driver_leading_share", sum(shares[:2]), 0.2, "1", "NRC 2000 (NAP 9794)", kind="min")


def test_steps_are_converged(figure: Figure, result: Reenter) -> None:
    for row in result.convergence:
        if "steps" in row.what:
            name = row.what.split(",")[0].split(":")[0].replace(" ", "_")
            figure(f"reentry.steps_halved_{name}", 100.0 * row.relative, 1.0, "%", "own flights with half the steps")


def test_runs_are_converged_to_their_interval(figure: Figure, result: Reenter) -> None:
    """The first half of the runs lies within the 90 % interval of half as many, on all four counts but chance."""
    outside = 0.0
    for row in result.convergence:
        if row.sampling_interval is not None:
            reach = row.sampling_interval.high - row.sampling_interval.value
            outside = max(outside, abs(row.finer - row.value) / reach)
    figure("reentry.runs_halved_over_interval", outside, 1.5, "1", "jackknife of the runs")


def test_memory_does_not_grow_with_the_pieces(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs and kept rows made small: four times the pieces take as much memory."""
    monkeypatch.setattr(streaming, "PACK_ROWS", 4000)
    monkeypatch.setattr(streaming, "KEPT_ROWS", 4000)
    load_world()
    peaks = []
    for pieces in (12_000, 48_000):
        entry, scenario, world = station(pieces, 4)
        reenter(entry, scenario, world, 0, 2)  # caches are full
        tracemalloc.start()
        kept = reenter(entry, scenario, world, 0, 2).impacts
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(kept.run) < 4200
    figure("reentry.memory_for_four_times_the_pieces", peaks[1] / peaks[0], 1.2, "1", "own runs, traced allocations")


def test_the_subset_gives_the_casualty_area(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the rows with their weights, against all of them."""
    entry, scenario, world = station(40_000, 8)
    whole = reenter(entry, scenario, world, 0, 2).impacts
    monkeypatch.setattr(streaming, "KEPT_ROWS", 4000)
    few = reenter(entry, scenario, world, 0, 2).impacts
    areas = []
    for rows in (few, whole):
        hit = rows.survives & (rows.kinetic_energy_j > scenario.assess.energy_threshold_j)
        areas.append(float(np.sum((rows.weight * (0.6 + np.sqrt(rows.area_m2)) ** 2)[hit])))
    error = abs(areas[0] / areas[1] - 1.0)
    figure("reentry.subset_casualty_area", 100.0 * error, 2.0, "%", "all rows of the same runs")
