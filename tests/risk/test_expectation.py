from __future__ import annotations

import numpy as np
import pytest

from pointnemo.risk.expectation import Unseen, expectation_of, probability_of_run

SEED = 5


def parts(of_run: np.ndarray, sigma: float = 0.05) -> dict[str, float]:
    """Half width of each part, relative to the value."""
    found = expectation_of(of_run, sigma, "people", SEED)
    value = found.estimate.value
    return {part.id: (part.interval.high - part.interval.low) / 2 / value for part in found.parts}


def test_every_part_is_there_and_holds_the_value() -> None:
    rng = np.random.default_rng(0)
    of_run = np.outer([1.0, 1.1, 0.99], rng.gamma(4.0, size=100))
    found = expectation_of(of_run, 0.2, "people", SEED)
    assert [part.id for part in found.parts] == ["population", "break-up", "casualty-area", "sample"]
    assert found.estimate.value == pytest.approx(of_run[0].mean())
    for part in found.parts:
        assert part.interval.low <= found.estimate.value <= part.interval.high
        assert part.interval.value == found.estimate.value
        # no part alone reaches further than all together
        assert found.estimate.low <= part.interval.low
        assert part.interval.high <= found.estimate.high


def test_smaller_definitions_do_not_pull_the_whole_below_the_break_up() -> None:
    rng = np.random.default_rng(3)
    found = expectation_of(np.outer([1.0, 0.6, 0.6], rng.gamma(2.0, size=400)), 0.0, "people", SEED)
    break_up = next(part.interval for part in found.parts if part.id == "break-up")
    assert found.estimate.high >= break_up.high


def test_the_sample_error_falls_with_the_root_of_the_runs_and_the_break_up_does_not() -> None:
    rng = np.random.default_rng(1)
    few, many = (parts(np.tile(rng.gamma(4.0, size=n), (3, 1))) for n in (100, 10_000))
    assert few["sample"] / many["sample"] == pytest.approx(10.0, rel=0.25)
    assert few["break-up"] / many["break-up"] == pytest.approx(1.0, rel=0.25)
    # 1.645 standard errors of a gamma distribution of shape 4
    assert many["sample"] == pytest.approx(1.645 * 0.5 / 100, rel=0.15)


def test_the_population_error_alone() -> None:
    of_run = np.ones((3, 1))
    found = expectation_of(of_run, 0.3, "people", SEED)
    assert found.estimate.high == pytest.approx(np.exp(1.645 * 0.3), rel=0.02)
    assert parts(of_run, 0.3)["sample"] == 0.0


def test_the_definitions_of_casualty_area_span_their_part() -> None:
    found = expectation_of(np.outer([1.0, 1.3, 0.9], np.ones(5)), 0.0, "people", SEED)
    part = next(part for part in found.parts if part.id == "casualty-area")
    assert (part.interval.low, part.interval.high) == (pytest.approx(0.9), pytest.approx(1.3))
    assert found.estimate.high == pytest.approx(1.3)


def test_a_zero_says_how_sure_it_is() -> None:
    found = expectation_of(np.zeros((3, 300)), 0.05, "people", SEED, Unseen(persons=0.4))
    assert found.estimate.value == found.estimate.low == 0.0
    assert found.estimate.high == pytest.approx(0.4 * (1 - 0.05 ** (1 / 300)))  # Clopper and Pearson, no success
    assert found.estimate.high == pytest.approx(0.4 * 3 / 300, rel=0.01)  # the rule of three
    assert "fewer than one in 101" in found.parts[-1].text
    assert found.parts[-1].interval.high == found.estimate.high


def test_what_is_known_of_the_unseen_counts_instead_of_the_number_of_runs() -> None:
    unseen = Unseen(0.4, 1e-5, "nobody lives in the safety area")
    found = expectation_of(np.zeros((3, 300)), 0.05, "people", SEED, unseen)
    assert found.estimate.high == pytest.approx(4e-6)
    assert "nobody lives in the safety area" in found.parts[-1].text
    somebody = np.zeros((3, 300))
    somebody[:, 7] = 1e-6
    assert expectation_of(somebody, 0.05, "people", SEED, unseen) == expectation_of(somebody, 0.05, "people", SEED)


def test_what_endangers_nobody_anywhere_is_zero_to_the_end() -> None:
    found = expectation_of(np.zeros((3, 300)), 0.05, "people", SEED)
    assert found.estimate.high == 0.0
    assert "endangers anybody anywhere" in found.parts[-1].text


def test_the_probability_of_a_casualty_is_less_than_the_expectation() -> None:
    of_run = np.array([0.0, 2.0])
    found = expectation_of(np.tile(of_run, (3, 1)), 0.0, "people", SEED)
    probability = probability_of_run(of_run, found.estimate)
    assert probability.value == pytest.approx((1 - np.exp(-2.0)) / 2)
    assert probability.value < 1 - np.exp(-1.0)
    assert 0.0 <= probability.low <= probability.value <= probability.high <= 1.0
