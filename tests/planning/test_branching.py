"""The reliability that burns need, from branches made by hand; the branches with risk, from places made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.descent.failures.branches import FlownBranch
from pointnemo.planning.branching import reliability_of, with_risk
from pointnemo.results import Branch, Estimate, Recourse
from pointnemo.risk.branches import even_footprint
from pointnemo.scenario import load_scenario
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
    scenario, world = load_scenario("iss"), load_world(True)
    area = Estimate(value=2000.0, low=1500.0, high=2600.0, level=0.9, unit="m2")

    def placed(name: str, latitude_deg: float, longitude_deg: float) -> FlownBranch:
        columns = (np.array([value]) for value in (latitude_deg, longitude_deg, 60.0, 1.0))
        return FlownBranch(branch("final", name), *columns)

    flown = (
        FlownBranch(branch("final", "random"), NOTHING, NOTHING, NOTHING, NOTHING),
        placed("ocean", -48.9, -123.4),
        placed("europe", 51.0, 10.0),
    )
    found = with_risk(flown, area, even_footprint(-900.0, 1500.0, 100.0), 51.6, 2030.9, scenario, world)
    assert [one.id for one in found] == [one.branch.id for one in flown]
    values = [one.casualty_expectation.value for one in found if one.casualty_expectation]
    assert values[1] == 0.0 < values[0] < values[2]
    assert reliability_of(found, UNCONTROLLED, 1e-4).burns[0].worst_branch == "final-europe"
