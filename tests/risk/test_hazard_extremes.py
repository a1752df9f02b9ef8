from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from tests.risk.hazards import fallen

from pointnemo.risk.hazard_extremes import (
    direct_reach,
    extremes_of_runs,
    order_for,
    reach_of,
    runs_needed,
    wilks_confidence,
)


@pytest.mark.parametrize(
    ("level", "confidence", "published"),
    [
        (0.99, 0.95, 298), (0.99, 0.99, 458), (0.999, 0.95, 2_994), (0.999, 0.99, 4_603),
        (0.9999, 0.95, 29_956), (0.9999, 0.99, 46_049), (0.99999, 0.95, 299_572), (0.99999, 0.99, 460_515),
    ],
)  # fmt: skip
def test_runs_of_wilks(level: float, confidence: float, published: int) -> None:
    """Published figures are ln(1 - confidence) / ln(level) rounded to the nearest; whole runs need the next above."""
    runs = runs_needed(level, confidence)
    assert runs in (published, published + 1)
    assert wilks_confidence(runs, level) >= confidence > wilks_confidence(runs - 1, level)


@pytest.mark.parametrize(("order", "published"), [(2, 474_386), (3, 629_579)])
def test_runs_of_higher_orders(order: int, published: int) -> None:
    assert abs(runs_needed(0.99999, 0.95, order) - published) <= 1


def test_the_confidence_of_the_largest_is_a_power() -> None:
    assert wilks_confidence(200, 0.99) == pytest.approx(1.0 - 0.99**200, rel=1e-12)


@pytest.mark.parametrize(("runs", "order"), [(298, 0), (299, 1), (472, 1), (473, 2), (1000, 5)])
def test_order_of_the_run_that_is_taken(runs: int, order: int) -> None:
    assert order_for(runs, 0.99) == order


def test_too_few_runs_say_nothing() -> None:
    assert direct_reach(np.arange(298.0), 0.99) is None


def test_the_bound_holds_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    quantile = float(norm.ppf(0.99))
    bounds = [direct_reach(rng.standard_normal(500), 0.99) for _ in range(600)]
    held = np.mean([bound is not None and bound[0] >= quantile for bound in bounds])
    stated = wilks_confidence(500, 0.99, 2)
    assert bounds[0] is not None
    assert bounds[0][1] == pytest.approx(stated)
    assert held == pytest.approx(stated, abs=3.0 * np.sqrt(stated * (1 - stated) / 600))


def test_extremes_are_those_of_each_run_outwards() -> None:
    pieces = fallen([0, 0, 2, 2, 2], [-10.0, 30.0, -50.0, 5.0, 70.0], [1.0, -2.0, 3.0, 4.0, -6.0])
    chosen = np.array([True, True, True, True, False])
    assert extremes_of_runs(pieces, chosen, 3).tolist() == [[10.0, 30.0, 1.0, 2.0], [50.0, 5.0, 4.0, -3.0]]


@pytest.mark.parametrize("shape", ["gaussian", "exponential", "uniform"])
def test_rows_that_stand_for_many_pieces_reach_as_far_as_these(shape: str) -> None:
    """One row in 40 is kept, with a weight of 40: the mean extreme is that of all the pieces."""
    rng = np.random.default_rng(5)
    runs, pieces, share = 300, 8000, 40
    size = (runs, pieces)
    draw = {"gaussian": rng.standard_normal, "exponential": rng.standard_exponential, "uniform": rng.random}[shape]
    value = 100.0 * draw(size)
    kept = value[:, : pieces // share]
    run = np.repeat(np.arange(runs), pieces // share)
    zeros = np.zeros(run.size)
    rows = fallen(run, kept.ravel(), zeros, weight=float(share))
    toe = extremes_of_runs(rows, np.ones(run.size, dtype=bool), runs)[:, 1].mean()
    whole, part = value.max(axis=1).mean(), kept.max(axis=1).mean()
    assert abs(toe - whole) < 0.15 * (whole - part)


def test_a_region_of_extremes_holds_runs_where_a_quantile_of_pieces_does_not() -> None:
    rng = np.random.default_rng(8)
    runs, pieces = 500, 400
    down = 300.0 * rng.standard_normal(runs)[:, None] + 200.0 * rng.standard_normal((runs, pieces))
    run = np.repeat(np.arange(runs), pieces)
    impacts = fallen(run, down.ravel(), np.zeros(run.size))
    extremes = extremes_of_runs(impacts, np.ones(run.size, dtype=bool), runs)
    reach = reach_of(extremes)
    bound = direct_reach(reach.of(extremes), 0.99)
    assert bound is not None
    heel, toe, *_ = reach.box_km(bound[0])
    pooled = np.quantile(down, [0.005, 0.995])
    fresh = 300.0 * rng.standard_normal(2000)[:, None] + 200.0 * rng.standard_normal((2000, pieces))
    low, high = fresh.min(axis=1), fresh.max(axis=1)
    assert np.mean((low >= -heel) & (high <= toe)) > 0.985
    assert np.mean((low >= pooled[0]) & (high <= pooled[1])) < 0.97
