"""Branches of the descent joined with their risk, and the reliability that each burn then needs."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING

from pointnemo.results import BurnReliability, Estimate, Reliability
from pointnemo.risk.branches import BranchFootprint, Places, branch_expectation, even_footprint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pointnemo.descent.failures.branches import FlownBranch
    from pointnemo.results import Branch
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["reliability_of", "with_risk"]

FEWEST_TIMES = 10  # reliabilities are told as so many times in ten, a hundred, a thousand


def with_risk(
    flown: Iterable[FlownBranch],
    area_m2: Estimate,
    footprint: BranchFootprint | None,
    inclination_deg: float,
    year: float,
    scenario: Scenario,
    world: World,
) -> tuple[Branch, ...]:
    """Add the casualty expectation to each branch.

    A branch whose place is random, or beyond what was flown, may fall anywhere under its orbit.

    Args:
        flown: of ``descent.branches.branches_of``.
        area_m2: casualty area of the plan's fragments (``Assess.casualty_area_m2``).
        footprint: of the plan's fragments (``risk.branches.footprint_of``); None where none is dangerous.
        inclination_deg: of the orbit.
        year: calendar year of the entry, with fraction.
        scenario: population error.
        world: people.

    Returns:
        The branches, in order.

    Raises:
        WorldError: the year is outside the population data.
    """
    swath = even_footprint(0.0, 0.0, 0.0) if footprint is None else footprint
    anywhere = branch_expectation(area_m2, None, inclination_deg, year, scenario, world, swath)

    def expectation(one: FlownBranch) -> Estimate:
        if one.weight.size == 0:
            return anywhere
        places = Places(one.latitude_deg, one.longitude_deg, one.azimuth_deg, one.weight)
        return branch_expectation(area_m2, places, inclination_deg, year, scenario, world, swath)

    return tuple(one.branch.model_copy(update={"casualty_expectation": expectation(one)}) for one in flown)


def reliability_of(branches: Iterable[Branch], uncontrolled: Estimate, limit: float) -> Reliability:
    """How reliable each burn must be for its worst failure to keep the limit.

    P(fail) times the casualty expectation of the failed branch stays below the limit: NASA-STD-8719.14C (2021),
    requirement 4.7-1c. All failures of a burn are counted as the worst of them.

    Args:
        branches: with casualty expectation; those without are left out.
        uncontrolled: casualty expectation if no burn is ever made.
        limit: 1e-4 in the standard.

    Returns:
        A row per burn, in the order of the branches, and what it means in words. Empty rows where there is no branch.
    """
    worst: dict[str, tuple[Branch, float]] = {}
    for branch in branches:
        if branch.casualty_expectation is None:
            continue
        expected = branch.casualty_expectation.value
        if branch.burn not in worst or expected > worst[branch.burn][1]:
            worst[branch.burn] = branch, expected
    rows = tuple(_row(key, branch, expected, limit) for key, (branch, expected) in worst.items())
    return Reliability(
        casualty_limit=limit, burns=rows, uncontrolled_casualty_expectation=uncontrolled, text=_text(rows)
    )


def _row(key: str, branch: Branch, expected: float, limit: float) -> BurnReliability:
    largest = 1.0 if expected <= limit else limit / expected
    return BurnReliability(
        burn=key,
        worst_branch=branch.id,
        casualty_expectation=expected,
        largest_failure_probability=largest,
        required_reliability=1.0 - largest,
    )


def _text(rows: tuple[BurnReliability, ...]) -> str:
    """The last burn in a user's words, then whether an earlier one asks for more."""
    if not rows:
        return "No burn is flown, so that none can fail."
    last = rows[-1]
    if last.largest_failure_probability >= 1.0:
        return f"Whatever becomes of burn {last.burn}, the limit of casualties is kept."
    text = (
        f"Burn {last.burn} must work {_times(last.largest_failure_probability)}: its worst failure, "
        f"{last.worst_branch}, is expected to cost {last.casualty_expectation:.2g} casualties."
    )
    harder = [row for row in rows[:-1] if row.required_reliability > last.required_reliability]
    if harder:
        most = max(harder, key=lambda row: row.required_reliability)
        text += f" Burn {most.burn} must work {_times(most.largest_failure_probability)}."
    return text


def _times(largest: float) -> str:
    """A failure probability as times out of a round number: 4e-4 is 9,996 times in 10,000."""
    out_of = max(FEWEST_TIMES, 10 ** ceil(-log10(largest)))
    works = out_of - floor(out_of * largest * (1.0 + 1e-12))
    return f"{works:,} time{'' if works == 1 else 's'} in {out_of:,}"
