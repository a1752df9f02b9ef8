"""Draws of a run."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.reentry.breakup import (
    draw_run,
    half_normal_lift,
    isotropic_kicks,
    phase_height_km,
    shared_normals,
)
from pointnemo.scenario.models import Phase, Reentry, Scenario

PHASE = Phase(text="shells open", height_km=76.0, sigma_km=5.0, low_km=70.0, high_km=88.0, delta_v_mps=10.0)


def draws(reentry: Reentry, runs: int) -> np.ndarray:
    return np.array(
        [draw_run(reentry, shared_normals(run, 7), np.random.default_rng([7, run])).heights_km for run in range(runs)]
    )


def test_heights_keep_their_bounds_and_their_order_of_robustness() -> None:
    heights = [phase_height_km(PHASE, z) for z in np.linspace(-8.0, 8.0, 101)]
    assert min(heights) == pytest.approx(70.0, abs=1e-3)
    assert max(heights) == pytest.approx(88.0, abs=1e-3)
    assert np.all(np.diff(heights) >= 0.0)


def test_a_phase_without_spread_has_its_height() -> None:
    assert phase_height_km(PHASE.model_copy(update={"sigma_km": 0.0}), 3.0) == 76.0


@pytest.mark.parametrize("correlation", [0.0, 0.7, 1.0])
def test_phases_correlate_within_a_run(scenario: Scenario, correlation: float) -> None:
    reentry = scenario.reentry.model_copy(update={"phase_correlation": correlation})
    found = np.corrcoef(draws(reentry, 2000).T)
    above = found[np.triu_indices(len(found), 1)]
    assert above.min() > correlation - 0.1
    assert above.max() < correlation + 0.1


def test_scales_are_log_normal_about_one(scenario: Scenario) -> None:
    runs = [draw_run(scenario.reentry, shared_normals(run, 3), np.random.default_rng([3, run])) for run in range(4000)]
    for name, sigma in (("density_scale", 0.15), ("ballistic_scale", 0.25), ("heat_scale", 0.3)):
        logs = np.log([getattr(run, name) for run in runs])
        setting = getattr(scenario.reentry, name.replace("scale", "sigma"))
        assert setting == sigma
        assert np.mean(logs) == pytest.approx(0.0, abs=4.0 * sigma / np.sqrt(4000))
        assert np.std(logs) == pytest.approx(sigma, rel=0.06)


def test_kicks_are_isotropic() -> None:
    kicks = isotropic_kicks(np.full(20_000, 10.0), np.random.default_rng(1))
    assert np.std(kicks, axis=0) == pytest.approx([10.0] * 3, rel=0.03)
    assert np.abs(np.mean(kicks, axis=0)).max() < 0.3


def test_lift_has_any_direction() -> None:
    up, left = half_normal_lift(0.05, 20_000, np.random.default_rng(1))
    assert np.sqrt(np.mean(up**2 + left**2)) == pytest.approx(0.05, rel=0.03)
    assert abs(np.mean(up)) < 0.002
    assert abs(np.mean(left)) < 0.002


def test_twenty_runs_stand_for_the_distribution() -> None:
    sets = np.array([[shared_normals(run, seed) for run in range(20)] for seed in range(60)])
    # The mean of twenty independent draws strays by 1/sqrt(20); these must stray half of that at most.
    assert np.sqrt(np.mean(sets.mean(axis=1) ** 2)) < 0.5 / np.sqrt(20)
    assert np.mean(sets.std(axis=1)) == pytest.approx(1.0, abs=0.08)


def test_a_run_depends_on_seed_and_index_alone() -> None:
    assert np.array_equal(shared_normals(3, 5), shared_normals(3, 5))
    assert not np.array_equal(shared_normals(3, 5), shared_normals(3, 6))
    assert not np.array_equal(shared_normals(3, 5), shared_normals(4, 5))
