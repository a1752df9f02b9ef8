"""Shares of variance against a response that is known."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.reentry.drivers import INPUTS, drivers_of


def ends_of(normals: np.ndarray, noise: np.ndarray) -> np.ndarray:
    toe = 700.0 - 90.0 * normals[:, 2] + 10.0 * noise[:, 0]
    heel = -2000.0 - 300.0 * normals[:, 0] + 100.0 * normals[:, 3] + 100.0 * noise[:, 1]
    return np.column_stack([heel, toe])


def test_known_shares_are_found_and_ranked() -> None:
    rng = np.random.default_rng(3)
    normals = rng.standard_normal((4000, 4))
    rows = drivers_of(normals, ends_of(normals, rng.standard_normal((4000, 2))))
    assert [row.id for row in rows] == ["robustness", "heat", "ballistic", "density", "rest"]
    variance = 300.0**2 + 100.0**2 + 90.0**2 + 100.0**2 + 10.0**2
    found = {row.id: row for row in rows}
    assert found["robustness"].length_share == pytest.approx(300.0**2 / variance, abs=0.03)
    assert found["ballistic"].length_share == pytest.approx(90.0**2 / variance, abs=0.02)
    assert found["density"].length_share < 0.002
    assert found["rest"].length_share == pytest.approx((100.0**2 + 10.0**2) / variance, abs=0.02)
    assert found["robustness"].heel_km_per_sigma == pytest.approx(-300.0, abs=8.0)
    assert found["ballistic"].toe_km_per_sigma == pytest.approx(-90.0, abs=2.0)
    assert sum(row.length_share for row in rows) == pytest.approx(1.0, abs=0.05)


def test_what_is_nothing_gets_nothing_on_the_average() -> None:
    """With few runs a chance slope is not a driver: its expected share is taken off."""
    rng = np.random.default_rng(8)
    shares = []
    for _ in range(200):
        normals = rng.standard_normal((20, 4))
        rows = drivers_of(normals, ends_of(normals, rng.standard_normal((20, 2))))
        shares.append({row.id: row.length_share for row in rows})
    assert np.mean([row["density"] for row in shares]) < 0.03
    assert np.mean([row["robustness"] for row in shares]) == pytest.approx(0.74, abs=0.08)


def test_too_few_or_equal_runs_say_nothing() -> None:
    rng = np.random.default_rng(2)
    normals = rng.standard_normal((30, 4))
    ends = ends_of(normals, rng.standard_normal((30, 2)))
    assert drivers_of(normals[:8], ends[:8]) == ()
    assert drivers_of(normals, np.full((30, 2), 3.0)) == ()
    gone = ends.copy()
    gone[5:] = np.nan
    assert drivers_of(normals, gone) == ()
    assert {row.id for row in drivers_of(normals, ends)} == {*INPUTS, "rest"}
