from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointnemo.errors import ScenarioError
from pointnemo.results import Estimate
from pointnemo.risk import Failure, largest_failure_probability, risk_tree
from pointnemo.risk.tree import uncontrolled_failures

LIMIT = 1e-4


def estimate(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    low, high = value if low is None else low, value if high is None else high
    return Estimate(value=value, low=low, high=high, level=0.9, unit="persons")


NOMINAL = estimate(1e-6, 1e-7, 1e-5)
FIRST = Failure("first-not-started", "the first burn is not started", "first", estimate(0.1, 0.08, 0.12))
FINAL_NONE = Failure("final-not-started", "the final burn is not started", "final", estimate(0.2, 0.1, 0.3))
FINAL_PART = Failure("final-half", "the final burn stops half way", "final", estimate(0.02, 0.01, 0.04))
ALL = (FIRST, FINAL_NONE, FINAL_PART)


def test_without_probabilities_there_are_only_conditional_expectations() -> None:
    tree = risk_tree(NOMINAL, ALL, {}, LIMIT)
    assert tree.total is None
    assert tree.failure_probability is None
    assert [row.id for row in tree.branches] == ["nominal", *(failure.id for failure in ALL)]
    assert all(row.probability is None and row.share is None for row in tree.branches)
    assert tree.branches[2].casualty_expectation.value == 0.2


def test_the_largest_failure_probability_just_keeps_the_limit() -> None:
    most = risk_tree(NOMINAL, ALL, {}, LIMIT).largest_failure_probability
    assert (1 - most) * 1e-6 + most * 0.2 == pytest.approx(LIMIT)


def test_a_later_burn_fails_only_if_the_earlier_worked_and_all_probabilities_sum_to_one() -> None:
    tree = risk_tree(NOMINAL, ALL, {"first": 0.1, "final": 0.2}, LIMIT)
    probabilities = [row.probability for row in tree.branches]
    assert probabilities == pytest.approx([0.9 * 0.8, 0.1, 0.9 * 0.2 / 2, 0.9 * 0.2 / 2])
    assert tree.failure_probability == pytest.approx(0.28)
    assert tree.total is not None
    assert tree.total.value == pytest.approx(0.72 * 1e-6 + 0.1 * 0.1 + 0.09 * 0.2 + 0.09 * 0.02)
    assert tree.total.value == pytest.approx(sum(row.share or 0.0 for row in tree.branches))


def test_the_interval_of_the_total_reaches_from_the_mildest_to_the_worst_way_to_fail() -> None:
    total = risk_tree(NOMINAL, ALL, {"first": 0.0, "final": 0.5}, LIMIT).total
    assert total is not None
    assert total.low == pytest.approx(0.5 * 1e-7 + 0.5 * 0.01)
    assert total.high == pytest.approx(0.5 * 1e-5 + 0.5 * 0.3)


def test_a_burn_without_a_probability_leaves_no_total() -> None:
    tree = risk_tree(NOMINAL, ALL, {"final": 0.01}, LIMIT)
    assert tree.total is None
    assert tree.branches[1].probability is None
    assert tree.branches[2].probability == pytest.approx(0.005)
    assert tree.branches[0].probability is None


def test_a_branch_may_bring_its_own_probability() -> None:
    tree = risk_tree(NOMINAL, (FINAL_NONE._replace(probability=0.004), FINAL_PART), {"final": 0.01}, LIMIT)
    assert [row.probability for row in tree.branches] == pytest.approx([0.99, 0.004, 0.006])


def test_a_burn_that_is_not_made_cannot_fail() -> None:
    with_it = risk_tree(NOMINAL, ALL, {"first": 0.01, "final": 0.01, "spared-by-drag": 0.5}, LIMIT)
    assert with_it == risk_tree(NOMINAL, ALL, {"first": 0.01, "final": 0.01}, LIMIT)


def test_a_descent_that_can_be_completed_later_is_told_both_ways() -> None:
    later = FIRST._replace(completes_later=True)
    tree = risk_tree(NOMINAL, (later, FINAL_NONE), {"first": 0.1, "final": 0.01}, LIMIT)
    assert [row.completes_later for row in tree.branches] == [False, True, False]
    assert tree.branches[1].casualty_expectation == FIRST.casualty_expectation  # if nothing else is done
    assert tree.total is not None
    assert tree.total_completed is not None
    assert tree.total.value == pytest.approx(0.9 * 0.99 * 1e-6 + 0.1 * 0.1 + 0.9 * 0.01 * 0.2)
    assert tree.total_completed.value == pytest.approx((0.9 * 0.99 + 0.1) * 1e-6 + 0.9 * 0.01 * 0.2)
    assert tree.total_completed.high == pytest.approx((0.9 * 0.99 + 0.1) * 1e-5 + 0.9 * 0.01 * 0.3)
    nothing_helps = risk_tree(NOMINAL, (FIRST, FINAL_NONE), {"first": 0.1, "final": 0.01}, LIMIT)
    assert nothing_helps.total_completed == nothing_helps.total == tree.total


def test_probabilities_above_one_are_refused() -> None:
    both = (FIRST._replace(probability=0.7), FINAL_NONE._replace(probability=0.7))
    with pytest.raises(ScenarioError, match=r"sum to 1\.4"):
        risk_tree(NOMINAL, both, {}, LIMIT)


def test_the_simplest_tree_takes_every_failure_for_an_uncontrolled_entry() -> None:
    failures = uncontrolled_failures(["first", "final"], estimate(0.16))
    tree = risk_tree(NOMINAL, failures, {"first": 0.001, "final": 0.001}, LIMIT)
    assert tree.total is not None
    assert tree.total.value == pytest.approx(0.001999 * 0.16, rel=0.01)
    (alone,) = uncontrolled_failures([], estimate(0.16))
    assert risk_tree(NOMINAL, [alone], {}, LIMIT).total is None


@given(st.floats(0.0, 1e-3), st.floats(0.0, 1.0))
def test_largest_failure_probability_is_a_probability_and_keeps_the_limit(nominal: float, failed: float) -> None:
    most = largest_failure_probability(nominal, failed, LIMIT)
    assert 0.0 <= most <= 1.0
    if most > 0.0:
        assert (1 - most) * nominal + most * failed <= LIMIT * (1 + 1e-9)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4))
def test_any_probabilities_of_burns_make_a_tree_of_one(chances: list[float]) -> None:
    failures = [Failure(f"f{k}{j}", "", f"b{k}", estimate(0.1)) for k in range(len(chances)) for j in range(2)]
    tree = risk_tree(NOMINAL, failures, {f"b{k}": p for k, p in enumerate(chances)}, LIMIT)
    assert sum(row.probability or 0.0 for row in tree.branches) == pytest.approx(1.0)
