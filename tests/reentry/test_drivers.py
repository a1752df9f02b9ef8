"""Shares of variance against a response that is known."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.reentry.drivers import INPUTS, Inputs, drivers_of, inputs_of, with_shift
from pointnemo.scenario import load_scenario

ALL = Inputs(INPUTS, "the rest")


def ends_of(normals: np.ndarray, noise: np.ndarray) -> np.ndarray:
    toe = 700.0 - 90.0 * normals[:, 2] + 10.0 * noise[:, 0]
    heel = -2000.0 - 300.0 * normals[:, 0] + 100.0 * normals[:, 3] + 100.0 * noise[:, 1]
    return np.column_stack([heel, toe])


def test_known_shares_are_found_and_ranked() -> None:
    rng = np.random.default_rng(3)
    normals = rng.standard_normal((4000, 4))
    rows = drivers_of(normals, ends_of(normals, rng.standard_normal((4000, 2))), ALL)
    assert [row.id for row in rows] == ["robustness", "heat", "ballistic", "density", "rest"]
    variance = 300.0**2 + 100.0**2 + 90.0**2 + 100.0**2 + 10.0**2
    found = {row.id: row for row in rows}
    assert found["robustness"].length_share == pytest.approx(300.0**2 / variance, abs=0.03)
    assert found["ballistic"].length_share == pytest.approx(90.0**2 / variance, abs=0.02)
    assert found["density"].length_share < 0.002
    assert found["rest"].length_share == pytest.approx((100.0**2 + 10.0**2) / variance, abs=0.02)
    assert found["robustness"].heel_km_per_sigma == pytest.approx(-300.0, abs=8.0)
    assert found["ballistic"].toe_km_per_sigma == pytest.approx(-90.0, abs=2.0)
    assert sum(row.length_share for row in rows) == pytest.approx(1.0, abs=1e-12)


def test_what_is_nothing_gets_nothing_on_the_average() -> None:
    """With few runs a chance slope is not a driver: its expected share is taken off."""
    rng = np.random.default_rng(8)
    shares = []
    for _ in range(200):
        normals = rng.standard_normal((20, 4))
        rows = drivers_of(normals, ends_of(normals, rng.standard_normal((20, 2))), ALL)
        shares.append({row.id: row.length_share for row in rows})
        assert sum(row.length_share for row in rows) == pytest.approx(1.0, abs=1e-12)
        assert min(row.length_share for row in rows) >= 0.0
    assert np.mean([row["density"] for row in shares]) < 0.03
    assert np.mean([row["robustness"] for row in shares]) == pytest.approx(0.74, abs=0.08)


def test_too_few_or_equal_runs_say_nothing() -> None:
    rng = np.random.default_rng(2)
    normals = rng.standard_normal((30, 4))
    ends = ends_of(normals, rng.standard_normal((30, 2)))
    assert drivers_of(normals[:8], ends[:8], ALL) == ()
    assert drivers_of(normals, np.full((30, 2), 3.0), ALL) == ()
    gone = ends.copy()
    gone[5:] = np.nan
    assert drivers_of(normals, gone, ALL) == ()
    assert {row.id for row in drivers_of(normals, ends, ALL)} == {*INPUTS, "rest"}


def test_shares_sum_to_one_where_inputs_correlate_by_chance() -> None:
    rng = np.random.default_rng(4)
    normals = rng.standard_normal((60, 4))
    normals[:, 3] = 0.8 * normals[:, 0] + 0.6 * normals[:, 3]
    rows = drivers_of(normals, ends_of(normals, rng.standard_normal((60, 2))), ALL)
    assert sum(row.length_share for row in rows) == pytest.approx(1.0, abs=1e-12)
    assert all(0.0 <= row.length_share <= 1.0 for row in rows)


def test_inputs_that_do_nothing_are_not_ranked_and_the_rest_is_told() -> None:
    reentry = load_scenario("iss").reentry.model_copy(update={"wind": "none", "heat_sigma": 0.0})
    inputs = inputs_of(reentry)
    assert set(inputs.names) == {"robustness", "density", "ballistic"}
    assert inputs.rest == (
        "by run: height of each phase; by piece: size, ballistic factor, break-up delta-v, lift; what is not linear"
    )
    windy = inputs_of(reentry.model_copy(update={"wind": "climatology", "trigger": "load-and-temperature"}))
    assert "by run: strength of each part, gusts;" in windy.rest
    still = {"trigger": "radiative-equilibrium", "lift_to_drag_sigma": 0.0}
    molten = inputs_of(reentry.model_copy(update=still))
    assert set(molten.names) == {"density", "ballistic"}
    assert molten.rest == "by piece: size, ballistic factor, break-up delta-v; what is not linear"
    rng = np.random.default_rng(5)
    normals = rng.standard_normal((400, 4))
    rows = drivers_of(normals, ends_of(normals, rng.standard_normal((400, 2))), molten)
    assert [row.id for row in rows] == ["ballistic", "density", "rest"]
    assert rows[-1].length_share > 0.8  # robustness and heat are in it now


def test_a_shift_of_the_whole_footprint_has_no_share_of_its_length() -> None:
    rng = np.random.default_rng(6)
    normals = rng.standard_normal((40, 4))
    rows = drivers_of(normals, ends_of(normals, rng.standard_normal((40, 2))), ALL)
    more = with_shift(rows, "burn", "the final burn", 68.0)
    assert [row.id for row in more[-2:]] == ["burn", "rest"]
    assert (more[-2].length_share, more[-2].heel_km_per_sigma, more[-2].toe_km_per_sigma) == (0.0, 68.0, 68.0)
    assert sum(row.length_share for row in more) == pytest.approx(1.0, abs=1e-12)
    assert with_shift((), "burn", "the final burn", 68.0) == ()
