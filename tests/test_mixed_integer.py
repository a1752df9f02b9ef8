"""Programmes in whole and real numbers against every combination of the whole ones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from pointnemo.mixed_integer import Programme

SMALL = st.integers(-4, 4).map(float)


@st.composite
def programmes(draw: st.DrawFn) -> tuple[Programme, int, int, np.ndarray, np.ndarray]:
    """Some switches, some amounts, rows that bound their sums from above."""
    switches, amounts, rows = draw(st.integers(1, 4)), draw(st.integers(0, 3)), draw(st.integers(0, 4))
    programme = Programme()
    for k in range(switches + amounts):
        programme.variable(0.0, 1.0 if k < switches else 3.0, draw(SMALL), whole=k < switches)
    width = switches + amounts
    matrix = np.array([[draw(SMALL) for _ in range(width)] for _ in range(rows)]).reshape(rows, width)
    high = np.array([draw(SMALL) for _ in range(rows)])
    for row, most in zip(matrix, high, strict=True):
        programme.row(dict(enumerate(row)), high=float(most))
    return programme, switches, amounts, matrix, high


def least_of_all(
    programme: Programme, switches: int, amounts: int, matrix: np.ndarray, high: np.ndarray, fixed: dict[int, float]
) -> float:
    """The best of all combinations of the switches; inf where none is possible."""
    best = np.inf
    cost = np.array(programme.cost)
    for chosen in itertools.product((0.0, 1.0), repeat=switches):
        if any(chosen[k] != value for k, value in fixed.items()):
            continue
        rest = high - matrix[:, :switches] @ np.array(chosen) if len(high) else high
        value = float(cost[:switches] @ np.array(chosen))
        if amounts:
            found = linprog(cost[switches:], matrix[:, switches:] if len(high) else None, rest if len(high) else None,
                            bounds=[(0.0, 3.0)] * amounts)  # fmt: skip
            if found.status != 0:
                continue
            value += found.fun
        elif np.any(rest < -1e-9):
            continue
        best = min(best, value)
    return best


@settings(deadline=None, max_examples=60)
@given(programmes(), st.booleans())
def test_it_finds_the_best_of_all_combinations(
    made: tuple[Programme, int, int, np.ndarray, np.ndarray], hold: bool
) -> None:
    fixed = {0: 1.0} if hold else {}
    best = least_of_all(*made, fixed)
    programme, switches, _, matrix, high = made
    found = programme.solve(0.0, 10_000, fixed)
    if found is None:
        assert best == np.inf
        return
    assert found.proved
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert found.bound <= found.objective + 1e-9
    assert set(found.value[:switches]) <= {0.0, 1.0}
    assert not len(high) or np.all(matrix @ found.value <= high + 1e-6)
    if hold:
        assert found.value[0] == 1.0
    loose = programme.relaxed(range(switches)).solve(0.0, 10_000, fixed)
    assert loose is not None
    assert loose.objective <= found.objective + 1e-6


def test_held_values_and_relaxed_variables_leave_the_programme_as_it_was() -> None:
    programme = Programme()
    one, two = programme.variable(high=1.0, cost=-1.0, whole=True), programme.variable(high=1.0, cost=-1.0, whole=True)
    programme.row({one: 2.0, two: 2.0}, high=3.0)
    relaxed = programme.relaxed([one, two], {one: -5.0})
    loose, held = relaxed.solve(0.0, 100), programme.solve(0.0, 100, {one: 0.0})
    whole = programme.solve(0.0, 100)
    assert loose is not None
    assert held is not None
    assert whole is not None
    assert loose.objective == pytest.approx(-5.5)
    assert list(held.value) == [0.0, 1.0]
    assert whole.objective == pytest.approx(-1.0)


def test_no_point_at_all() -> None:
    programme = Programme()
    x = programme.variable(high=1.0)
    programme.row({x: 1.0}, low=2.0)
    assert programme.solve(0.0, 100) is None
