"""The reliability that burns need, from branches made by hand; the branches with risk, from places made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.descend_factory import make_losses
from tests.factories import make_assess, make_descend

from pointnemo.descent.failures.branches import FlownBranch
from pointnemo.planning.branching import (
    FINAL_BREAK_UP,
    failed_branches,
    reliability_of,
    with_final_break_up,
    with_people,
)
from pointnemo.results import Assess, Branch, BranchRisk, Descend, Estimate, Recourse, Skipped
from pointnemo.risk.branches import even_footprint
from pointnemo.world import load_world

NOTHING = np.zeros(0)
UNCONTROLLED = Estimate(value=0.05, low=0.03, high=0.07, level=0.9, unit="persons")


def persons(value: float) -> Estimate:
    return Estimate(value=value, low=0.5 * value, high=2 * value, level=0.9, unit="persons")


def branch(burn: str, name: str, casualties: float | None = None) -> Branch:
    return Branch(
        id=f"{burn}-{name}",
        burn=burn,
        failure="stops-early",
        amount=0.5,
        unit="share",
        utc="2030-11-03T04:00:00Z",
        delta_v_mps=15.0,
        perigee_km=87.0,
        apogee_km=187.0,
        entry_utc=None,
        days_to_entry=None,
        impact=None,
        range_shift_km=None,
        along_track_sigma_km=None,
        random=True,
        control_until_utc=None,
        recourses=(Recourse(id="none", text=""),),
        casualty_expectation=None if casualties is None else persons(casualties),
    )


def test_the_worst_branch_of_each_burn_sets_its_reliability() -> None:
    found = reliability_of(
        [
            branch("lower", "a", 0.05),
            branch("final", "b", 0.0),
            branch("final", "c", 0.1),
            branch("final", "d", 0.02),
            branch("final", "unknown"),
        ],
        UNCONTROLLED,
        1e-4,
    )
    assert [row.burn for row in found.burns] == ["lower", "final"]
    lower, final = found.burns
    assert (lower.worst_branch, final.worst_branch) == ("lower-a", "final-c")
    assert final.largest_failure_probability * final.casualty_expectation == pytest.approx(1e-4)
    assert final.required_reliability == pytest.approx(0.999)
    assert lower.required_reliability == pytest.approx(0.998)
    assert found.casualty_limit == 1e-4
    assert found.uncontrolled_casualty_expectation == UNCONTROLLED


@pytest.mark.parametrize(
    ("casualties", "words"),
    [
        (0.1, "999 times in 1,000"),
        (0.05, "998 times in 1,000"),
        (0.25, "9,996 times in 10,000"),
        (0.0002, "5 times in 10"),
        (0.00011, "1 time in 10"),
    ],
)
def test_a_reliability_is_told_in_words(casualties: float, words: str) -> None:
    assert (
        f"Burn final must work {words}" in reliability_of([branch("final", "a", casualties)], UNCONTROLLED, 1e-4).text
    )


def test_a_burn_that_may_fail_is_told_so() -> None:
    found = reliability_of([branch("final", "a", 9e-5)], UNCONTROLLED, 1e-4)
    assert found.burns[0].largest_failure_probability == 1.0
    assert found.burns[0].required_reliability == 0.0
    assert "the limit of casualties is kept" in found.text


def test_an_earlier_burn_that_needs_more_is_named() -> None:
    found = reliability_of([branch("lower", "a", 0.5), branch("final", "b", 0.1)], UNCONTROLLED, 1e-4)
    assert found.text.endswith("Burn lower must work 9,998 times in 10,000.")
    same = reliability_of([branch("lower", "a", 0.1), branch("final", "b", 0.1)], UNCONTROLLED, 1e-4)
    assert "lower" not in same.text


def test_without_burns_there_is_nothing_to_be_reliable() -> None:
    assert reliability_of([], UNCONTROLLED, 1e-4).burns == ()


def test_known_places_are_weighed_by_their_people_and_others_by_the_orbit() -> None:
    world = load_world(True)

    def placed(name: str, latitude_deg: float, longitude_deg: float) -> FlownBranch:
        columns = (np.array([value]) for value in (latitude_deg, longitude_deg, 60.0, 1.0))
        return FlownBranch(branch("final", name), *columns)

    flown = (
        FlownBranch(branch("final", "random"), NOTHING, NOTHING, NOTHING, NOTHING),
        placed("ocean", -48.9, -123.4),
        placed("europe", 51.0, 10.0),
    )
    found = with_people(flown, even_footprint(-900.0, 1500.0, 100.0), 2030.9, world)
    assert [one.id for one in found] == [one.branch.id for one in flown]
    anywhere, ocean, europe = (one.density_per_km2 for one in found)
    assert anywhere is None
    assert ocean == 0.0
    assert europe is not None
    assert europe > 50.0
    assert [one.density_per_km2 for one in failed_branches(found)] == [None, 0.0, europe]


def test_parts_of_a_split_burn_fail_as_that_burn_and_recourses_are_told() -> None:
    later = Recourse(id="complete-later", text="")
    split = branch("lower-1.2", "a").model_copy(update={"recourses": (later,)})
    first, second = failed_branches([split, branch("final", "b")])
    assert (first.burn, first.completes_later) == ("lower-1", True)
    assert (second.burn, second.completes_later) == ("final", False)


def told_branches() -> Descend:
    europe = branch("final", "europe").model_copy(update={"density_per_km2": 100.0})
    return make_descend().model_copy(
        update={"branches": (branch("lower", "random", 0.3), europe), "losses": make_losses()}
    )


def risk_of(casualties: float, area_m2: float) -> Assess:
    rows = (("lower-random", casualties), ("final-europe", 4 * casualties))
    area = Estimate(value=area_m2, low=0.5 * area_m2, high=2 * area_m2, level=0.9, unit="m2")
    branches = tuple(
        BranchRisk(id=name, text="", probability=None, share=None, casualty_expectation=persons(value))
        for name, value in rows
    )
    update = {"casualty_area_m2": area, "uncontrolled_casualty_expectation": persons(casualties), "branches": branches}
    return make_assess().model_copy(update=update)


def test_a_descent_has_the_casualties_of_assess_and_no_others() -> None:
    risk = risk_of(0.4, 15_000.0)
    found = with_final_break_up(told_branches(), risk, 1e-4)
    assert [one.casualty_expectation for one in found.branches] == [persons(0.4), persons(1.6)]
    assert found.reliability is not None
    assert found.reliability.uncontrolled_casualty_expectation == risk.uncontrolled_casualty_expectation
    assert found.reliability.casualty_area_m2 == risk.casualty_area_m2
    assert found.reliability.break_up == FINAL_BREAK_UP
    assert [row.largest_failure_probability for row in found.reliability.burns] == pytest.approx(
        [1e-4 / 0.4, 1e-4 / 1.6]
    )
    assert found.losses
    assert {one.casualty_expectation for one in found.losses} == {risk.uncontrolled_casualty_expectation}


def test_a_descent_is_told_again_the_same_whatever_it_was_told_before() -> None:
    risk = risk_of(0.4, 15_000.0)
    once = with_final_break_up(told_branches(), risk, 1e-4)
    assert with_final_break_up(once, risk, 1e-4) == once
    other = with_final_break_up(told_branches(), risk_of(0.3, 11_000.0), 1e-4)
    assert other != once
    assert with_final_break_up(other, risk, 1e-4) == once


def test_what_is_skipped_leaves_the_descent_as_it_is() -> None:
    skipped = Skipped(reason="not asked for")
    assert with_final_break_up(told_branches(), skipped, 1e-4) == told_branches()
    assert with_final_break_up(skipped, risk_of(0.4, 1.0), 1e-4) is skipped


@pytest.mark.parametrize(
    ("name", "failure", "amount", "unit", "told"),
    [
        ("not-started", "not-started", 0.0, "share", "lower 1 not started"),
        ("stops-early-42.5", "stops-early", 0.425, "share", "lower 1 stopped at 42.5 %"),
        ("overburn-101", "overburn", 1.01, "share", "lower 1 burnt to 101 %"),
        ("starts-late-60", "starts-late", 60.0, "s", "lower 1 60 s late"),
        ("points-wrong-90-out-of-plane", "points-wrong", 90.0, "deg", "lower 1 points 90 deg out of plane"),
        ("points-wrong-180", "points-wrong", 180.0, "deg", "lower 1 points 180 deg off"),
    ],
)
def test_a_failure_is_told_with_its_unit(name: str, failure: str, amount: float, unit: str, told: str) -> None:
    fields = {"failure": failure, "amount": amount, "unit": unit}
    (found,) = failed_branches([branch("lower-1", name).model_copy(update=fields)])
    assert found.text == told
