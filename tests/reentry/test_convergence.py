"""Convergence in steps and in runs."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.reentry import EntryState, reenter
from pointnemo.reentry.convergence import PerRun, run_rows, step_rows
from pointnemo.scenario.models import Scenario
from pointnemo.world import World


def per_run(length: np.ndarray) -> PerRun:
    return PerRun(length, 0.25 * length, 50.0 * length, 3.0 * length)


def test_the_interval_is_that_of_a_mean() -> None:
    length = np.random.default_rng(1).normal(2500.0, 300.0, 40)
    row = run_rows(per_run(length))[0]
    assert row.value == pytest.approx(length[:20].mean())
    assert row.finer == pytest.approx(length.mean())
    assert row.sampling_interval is not None
    half = 1.6449 * length.std(ddof=1) / np.sqrt(40)
    assert row.sampling_interval.high - row.sampling_interval.value == pytest.approx(half, rel=1e-9)
    assert run_rows(per_run(length[:3])) == ()


def test_a_shift_of_the_toe_counts_relative_to_the_length() -> None:
    length = np.full(3, 2000.0)
    whole, half = PerRun(length, np.full(3, 5.0), length, length), PerRun(length, np.full(3, 25.0), length, length)
    rows = {row.what.split(",")[0]: row.relative for row in step_rows(whole, half)}
    assert rows["toe"] == pytest.approx(0.01)
    assert rows["length of the footprint"] == 0.0


def test_the_stage_is_converged_and_says_so_when_asked(entry: EntryState, scenario: Scenario, world: World) -> None:
    few = scenario.reentry.model_copy(update={"fragments": 2000, "realisations": 4})
    small = scenario.model_copy(update={"reentry": few})
    plain = reenter(entry, small, world, seed=2)
    told = reenter(entry, small, world, seed=2, converge=True)
    assert plain.convergence == ()
    assert told.model_copy(update={"convergence": ()}).model_dump_json() == plain.model_dump_json()
    steps = [row for row in told.convergence if "steps" in row.what]
    runs = [row for row in told.convergence if "runs" in row.what]
    assert len(steps) == len(runs) == 4
    assert all(row.relative < 0.01 for row in steps)
    assert all(row.relative > 0.0 for row in steps)
    assert all(row.sampling_interval is not None for row in runs)
