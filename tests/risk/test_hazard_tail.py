from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from pointnemo.risk.hazard_burn import BurnSpread
from pointnemo.risk.hazard_extremes import Reach
from pointnemo.risk.hazard_tail import fit_response, importance_quantile, sampled_reach, tail_fit

STILL = BurnSpread(short_km=0.0, over_km=0.0, outward_km_per_deg=0.0, navigation_km=0.0)
ONE_SIDE = Reach(np.zeros(4), np.full(4, 100.0))
LEVEL = 0.99999
FAR = -1e5


def toe_only(toe_km: np.ndarray) -> np.ndarray:
    extremes = np.full((len(toe_km), 4), FAR)
    extremes[:, 1] = toe_km
    return extremes


def test_importance_sampling_finds_the_far_quantile_of_a_gaussian() -> None:
    rng = np.random.default_rng(2)
    value = 2.0 * rng.standard_normal(20_000)
    weight = 2.0 * np.exp(-0.5 * value**2 * (1.0 - 0.25))
    assert importance_quantile(value, weight, LEVEL) == pytest.approx(norm.ppf(LEVEL), rel=0.03)


def test_runs_that_answer_to_their_inputs_give_the_far_quantile() -> None:
    """A hundred runs, all of whose spread comes from four inputs: 4.26 sigma, as the inputs' tails have it."""
    inputs = np.random.default_rng(3).standard_normal((100, 4))
    tail = sampled_reach(toe_only(100.0 * inputs @ np.full(4, 0.5)), inputs, STILL, ONE_SIDE, LEVEL, 1)
    assert tail.reach == pytest.approx(norm.ppf(LEVEL), rel=0.03)
    assert tail.reach < tail.upper < 1.03 * tail.reach


@pytest.mark.parametrize("inputs", [0, 4])
def test_what_the_inputs_do_not_explain_counts_too(inputs: int) -> None:
    rng = np.random.default_rng(4)
    drawn = rng.standard_normal((1000, 4))
    toe = 100.0 * drawn @ np.full(4, 0.4) + 60.0 * rng.standard_normal(1000)
    tail = sampled_reach(toe_only(toe), drawn[:, :inputs], STILL, ONE_SIDE, LEVEL, 1)
    assert tail.reach == pytest.approx(norm.ppf(LEVEL), rel=0.08)
    assert tail.upper > norm.ppf(LEVEL)


def test_the_errors_of_the_burn_are_added() -> None:
    rng = np.random.default_rng(6)
    burn = BurnSpread(short_km=120.0, over_km=-120.0, outward_km_per_deg=0.0, navigation_km=80.0)
    toe = 10.0 * rng.standard_normal(400)
    tail = sampled_reach(toe_only(toe), np.zeros((400, 0)), burn, ONE_SIDE, 0.999, 1)
    assert tail.reach == pytest.approx(norm.ppf(0.999) * np.sqrt(60.0**2 + 80.0**2 + 10.0**2) / 100.0, rel=0.03)


def test_two_heaps_of_runs_are_bounded_by_the_outer_one() -> None:
    """A class melts in a third of the runs, whose heel then lies 1,500 km further in."""
    rng = np.random.default_rng(9)
    inputs = rng.standard_normal((400, 2))

    def heel(z: np.ndarray) -> np.ndarray:
        melts = z[:, 1] + 0.5 * rng.standard_normal(len(z)) > 0.5
        return 200.0 * z[:, 0] - 1500.0 * melts + 50.0 * rng.standard_normal(len(z))

    extremes = toe_only(heel(inputs))
    truth = np.quantile(heel(rng.standard_normal((400_000, 2))), 0.999)
    tail = sampled_reach(extremes, inputs, STILL, ONE_SIDE, 0.999, 1)
    assert 0.97 * truth < 100.0 * tail.upper < 1.3 * truth


def test_a_bent_answer_is_held_at_its_vertex() -> None:
    inputs = np.random.default_rng(10).standard_normal((500, 1))
    fit = fit_response(toe_only(100.0 * inputs[:, 0] - 20.0 * inputs[:, 0] ** 2), inputs)
    far = fit.extremes_km(np.array([[2.5], [6.0], [-2.0]]), np.full((3, 4), norm.ppf(0.75)))[:, 1]
    assert far == pytest.approx([125.0, 125.0, -280.0], abs=2.0)


def test_few_runs_make_a_wide_bound() -> None:
    drawn = np.random.default_rng(11).standard_normal((2000, 4))
    toe = toe_only(100.0 * drawn @ np.full(4, 0.4) + 60.0 * np.random.default_rng(12).standard_normal(2000))
    few, many = (sampled_reach(toe[:n], drawn[:n], STILL, ONE_SIDE, LEVEL, 1) for n in (40, 2000))
    assert few.standard_error > 3.0 * many.standard_error
    assert few.upper > many.upper


def test_same_seed_same_bits() -> None:
    drawn = np.random.default_rng(13).standard_normal((60, 3))
    toe = toe_only(100.0 * drawn[:, 0])
    first, again, other = (sampled_reach(toe, drawn, BurnSpread(), ONE_SIDE, LEVEL, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_tail_fit_of_a_gaussian_leads_to_its_quantile() -> None:
    rng = np.random.default_rng(14)
    fits = [tail_fit(rng.standard_normal(2000), LEVEL) for _ in range(40)]
    assert np.mean(fits) == pytest.approx(norm.ppf(LEVEL), rel=0.08)


def test_the_tail_fit_of_exponential_values() -> None:
    rng = np.random.default_rng(15)
    fits = [tail_fit(rng.standard_exponential(2000), 0.9999) for _ in range(40)]
    assert np.mean(fits) == pytest.approx(-np.log(1e-4), rel=0.12)
