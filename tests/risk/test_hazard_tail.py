from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from pointnemo.risk.hazard_burn import BurnSpread
from pointnemo.risk.hazard_extremes import stretched, unstretched
from pointnemo.risk.hazard_tail import fit_response, importance_quantile, sampled_sides, tail_fit

STILL = BurnSpread(short_km=0.0, over_km=0.0, outward_km_per_deg=0.0, navigation_km=0.0)
TOE = 1
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
    tail = sampled_sides(toe_only(100.0 * inputs @ np.full(4, 0.5)), inputs, STILL, LEVEL, 1)
    assert tail.sides_km[TOE] == pytest.approx(100.0 * norm.ppf(LEVEL), rel=0.03)
    assert tail.sides_km[TOE] < tail.upper_km[TOE] < 1.03 * tail.sides_km[TOE]


@pytest.mark.parametrize("inputs", [0, 4])
def test_what_the_inputs_do_not_explain_counts_too(inputs: int) -> None:
    rng = np.random.default_rng(4)
    drawn = rng.standard_normal((1000, 4))
    toe = 100.0 * drawn @ np.full(4, 0.4) + 60.0 * rng.standard_normal(1000)
    tail = sampled_sides(toe_only(toe), drawn[:, :inputs], STILL, LEVEL, 1)
    assert tail.sides_km[TOE] == pytest.approx(100.0 * norm.ppf(LEVEL), rel=0.08)
    assert tail.upper_km[TOE] > 100.0 * norm.ppf(LEVEL)


def test_the_errors_of_the_burn_are_added() -> None:
    rng = np.random.default_rng(6)
    burn = BurnSpread(short_km=120.0, over_km=-120.0, outward_km_per_deg=0.0, navigation_km=80.0)
    toe = 10.0 * rng.standard_normal(400)
    tail = sampled_sides(toe_only(toe), np.zeros((400, 0)), burn, 0.999, 1)
    assert tail.sides_km[TOE] == pytest.approx(norm.ppf(0.9995) * np.sqrt(60.0**2 + 80.0**2 + 10.0**2), rel=0.03)


def test_two_heaps_of_runs_are_bounded_by_the_outer_one() -> None:
    """A class melts in a third of the runs, whose heel then lies 1,500 km further in."""
    rng = np.random.default_rng(9)
    inputs = rng.standard_normal((400, 2))

    def heel(z: np.ndarray) -> np.ndarray:
        melts = z[:, 1] + 0.5 * rng.standard_normal(len(z)) > 0.5
        return 200.0 * z[:, 0] - 1500.0 * melts + 50.0 * rng.standard_normal(len(z))

    extremes = toe_only(heel(inputs))
    truth = np.quantile(heel(rng.standard_normal((400_000, 2))), 0.999)
    tail = sampled_sides(extremes, inputs, STILL, 0.999, 1)
    assert 0.97 * truth < tail.upper_km[TOE] < 1.3 * truth


def test_a_bent_answer_is_held_at_its_vertex() -> None:
    inputs = np.random.default_rng(10).standard_normal((500, 1))
    fit = fit_response(toe_only(100.0 * inputs[:, 0] - 20.0 * inputs[:, 0] ** 2), inputs)
    far = fit.extremes_km(np.array([[2.5], [6.0], [-2.0]]), np.full((3, 4), norm.ppf(0.75)))[:, 1]
    assert far == pytest.approx([125.0, 125.0, -280.0], abs=2.0)


def test_few_runs_make_a_wide_bound() -> None:
    drawn = np.random.default_rng(11).standard_normal((2000, 4))
    toe = toe_only(100.0 * drawn @ np.full(4, 0.4) + 60.0 * np.random.default_rng(12).standard_normal(2000))
    few, many = (sampled_sides(toe[:n], drawn[:n], STILL, LEVEL, 1) for n in (40, 2000))
    assert few.standard_error_km[TOE] > 3.0 * many.standard_error_km[TOE]
    assert few.upper_km[TOE] > many.upper_km[TOE]


def test_same_seed_same_bits() -> None:
    drawn = np.random.default_rng(13).standard_normal((60, 3))
    toe = toe_only(100.0 * drawn[:, 0])
    first, again, other = (sampled_sides(toe, drawn, BurnSpread(), LEVEL, seed) for seed in (1, 1, 2))
    assert first.upper_km.tolist() == again.upper_km.tolist()
    assert first.upper_km.tolist() != other.upper_km.tolist()


def bounded_toe(runs: int, rng: np.random.Generator) -> np.ndarray:
    """The outermost of 40 pieces spread evenly up to 1,000 km, three in ten of which melt in a run of bad luck."""
    pieces = 1000.0 * rng.random((runs, 40))
    pieces[rng.random((runs, 40)) < 0.5 * (rng.random((runs, 1)) < 0.6)] = 0.0
    return pieces.max(axis=1) - 300.0 * rng.standard_exponential(runs) * (rng.random(runs) < 0.3)


def test_nothing_is_drawn_beyond_what_can_be_flown() -> None:
    toe = toe_only(bounded_toe(100, np.random.default_rng(16)))
    limit = np.array([0.0, 1000.0, 0.0, 0.0])
    tail, free = (sampled_sides(toe, np.zeros((100, 0)), STILL, LEVEL, 1, limit_km=at) for at in (limit, None))
    truth = np.quantile(bounded_toe(1_000_000, np.random.default_rng(17)), LEVEL)
    assert truth < tail.upper_km[TOE] <= 1000.0
    assert free.upper_km[TOE] > 1010.0


def test_the_errors_of_the_burn_go_beyond_what_can_be_flown() -> None:
    toe = toe_only(bounded_toe(100, np.random.default_rng(16)))
    burn = STILL._replace(navigation_km=50.0)
    limit = np.array([0.0, 1000.0, 0.0, 0.0])
    tail = sampled_sides(toe, np.zeros((100, 0)), burn, LEVEL, 1, limit_km=limit)
    assert 1100.0 < tail.upper_km[TOE] <= 1000.0 + 50.0 * norm.ppf(LEVEL) + 1e-9


def test_a_long_tail_of_one_side_does_not_take_the_others_along() -> None:
    rng = np.random.default_rng(18)
    extremes = np.column_stack([100.0 * rng.standard_exponential(2000), *(100.0 * rng.standard_normal((3, 2000)))])
    tail = sampled_sides(extremes, np.zeros((2000, 0)), STILL, 0.999, 1)
    assert tail.sides_km[TOE] == pytest.approx(100.0 * norm.ppf(1.0 - 0.001 / 4.0), rel=0.08)
    assert tail.sides_km[0] > 1.5 * tail.sides_km[TOE]


def test_the_stretched_coordinate_leads_back() -> None:
    centre, limit = np.array([0.0, 10.0, 0.0, 0.0]), np.array([50.0, 100.0, 1e9, 20.0])
    places = np.array([[-30.0, 90.0, 500.0, 19.0], [49.0, -20.0, 3.0, 0.0]])
    told = stretched(places, centre, limit)
    assert unstretched(told, centre, limit) == pytest.approx(places)
    assert told[0, 1] == pytest.approx(10.0 + 90.0 * np.log(9.0))  # a ninth of the room is left
    assert told[0, 2] == pytest.approx(500.0, rel=1e-6)
    assert unstretched(told + 1e6, centre, limit)[0].tolist() == pytest.approx(
        [50.0, 100.0, 1e6 + 500.0, 20.0], rel=1e-3
    )


def test_the_tail_fit_of_a_gaussian_leads_to_its_quantile() -> None:
    rng = np.random.default_rng(14)
    fits = [tail_fit(rng.standard_normal(2000), LEVEL) for _ in range(40)]
    assert np.mean(fits) == pytest.approx(norm.ppf(LEVEL), rel=0.08)


def test_the_tail_fit_of_exponential_values() -> None:
    rng = np.random.default_rng(15)
    fits = [tail_fit(rng.standard_exponential(2000), 0.9999) for _ in range(40)]
    assert np.mean(fits) == pytest.approx(-np.log(1e-4), rel=0.12)
