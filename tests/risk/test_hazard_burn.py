from __future__ import annotations

import numpy as np
import pytest

from pointnemo.results import Branch
from pointnemo.risk.hazard_burn import BurnSpread, burn_spread_of


def branch(failure: str, amount: float, shift_km: float | None, burn: str = "final", random: bool = False) -> Branch:
    return Branch.model_construct(burn=burn, failure=failure, amount=amount, range_shift_km=shift_km, random=random)  # type: ignore[arg-type]


def test_the_branches_of_the_final_burn_tell_its_response() -> None:
    branches = [
        branch("stops-early", 0.9, 1500.0),
        branch("stops-early", 0.99, 142.0),
        branch("overburn", 1.01, -98.0),
        branch("points-wrong", 1.0, -31.0),
        branch("overburn", 1.01, -5.0, burn="lower-1"),
    ]
    spread = burn_spread_of(branches, "final", nominal_km=2.0)
    assert (spread.short_km, spread.over_km, spread.outward_km_per_deg) == (140.0, -100.0, 33.0)


def test_what_no_branch_tells_keeps_the_general_figure() -> None:
    random = [branch("stops-early", 0.99, 9000.0, random=True), branch("overburn", 1.01, None)]
    assert burn_spread_of(random, "final") == BurnSpread()


def test_the_shift_passes_through_both_branches() -> None:
    burn = BurnSpread(short_km=130.0, over_km=-105.0, magnitude_sigma=0.005)
    assert burn.shift_km(np.array([-2.0, 0.0, 2.0]), np.zeros(3)) == pytest.approx([130.0, 0.0, -105.0])


def test_pointing_and_navigation_add_in_squares() -> None:
    burn = BurnSpread(outward_km_per_deg=40.0, pointing_sigma_deg=0.5, navigation_km=15.0)
    assert burn.shift_km(np.zeros(1), np.ones(1)) == pytest.approx([25.0])


def test_the_heel_moves_in_as_the_toe_moves_out() -> None:
    burn = BurnSpread(short_km=100.0, over_km=-100.0, magnitude_sigma=0.01)
    moved = burn.add_to(np.full((1, 4), 500.0), np.full(1, -1.0), np.zeros(1))
    assert moved == pytest.approx(np.array([[400.0, 600.0, 500.0, 500.0]]))
