"""Branches of the descent joined with their risk, and the reliability that each burn then needs."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, TypeVar, cast

from pointnemo.results import BurnReliability, Descend, Reliability, Skipped
from pointnemo.risk import FailedBranch
from pointnemo.risk.branches import Places, branch_density_per_km2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pointnemo.descent.failures.branches import FlownBranch
    from pointnemo.results import Assess, Branch, Estimate, LossDay
    from pointnemo.risk.branches import BranchFootprint
    from pointnemo.world import World

__all__ = [
    "FINAL_BREAK_UP",
    "SMALL_BREAK_UP",
    "failed_branches",
    "reliability_of",
    "with_final_break_up",
    "with_people",
    "with_risk",
]

SMALL_BREAK_UP = "the small break-up that the descent was aimed with"
FINAL_BREAK_UP = "the break-up of reenter"

D = TypeVar("D", bound=Descend | Skipped)

FEWEST_TIMES = 10  # reliabilities are told as so many times in ten, a hundred, a thousand


def with_people(
    flown: Iterable[FlownBranch], footprint: BranchFootprint, year: float, world: World
) -> tuple[Branch, ...]:
    """Tell of each branch how many people live where it falls.

    A branch whose place is random, or beyond what was flown, may fall anywhere under its orbit: it gets no density.

    Args:
        flown: of ``descent.branches.branches_of``.
        footprint: of the plan's fragments (``risk.branches.footprint_of``).
        year: calendar year of the entry, with fraction.
        world: people.

    Returns:
        The branches, in order.

    Raises:
        WorldError: the year is outside the population data.
    """

    def density(one: FlownBranch) -> float | None:
        if one.weight.size == 0:
            return None
        places = Places(one.latitude_deg, one.longitude_deg, one.azimuth_deg, one.weight)
        return branch_density_per_km2(places, footprint, year, world)

    return tuple(one.branch.model_copy(update={"density_per_km2": density(one)}) for one in flown)


def failed_branches(branches: Iterable[Branch]) -> tuple[FailedBranch, ...]:
    """The branches of a descent as ``risk.assess`` takes them; parts of a split burn belong to that burn."""
    return tuple(
        FailedBranch(
            one.id,
            _told(one),
            one.burn.split(".")[0],
            one.density_per_km2,
            any(recourse.id == "complete-later" for recourse in one.recourses),
        )
        for one in branches
    )


def _told(branch: Branch) -> str:
    """``final stopped at 20 %``, ``lower 1 points 30 deg outward``, ``final 60 s late``."""
    burn = branch.burn.replace("-", " ")
    match branch.failure:
        case "not-started":
            return f"{burn} not started"
        case "stops-early":
            return f"{burn} stopped at {100.0 * branch.amount:g} %"
        case "overburn":
            return f"{burn} burnt to {100.0 * branch.amount:g} %"
        case "starts-late":
            return f"{burn} {branch.amount:g} s late"
        case "points-wrong":
            where = branch.id.partition(f"-{branch.amount:g}-")[2].replace("-", " ")
            return f"{burn} points {branch.amount:g} deg {where or 'off'}"


def with_risk(descended: Descend, risk: Assess, break_up: str, limit: float) -> Descend:
    """Tell a descent with the casualty area of one break-up: branches, losses and the reliability that they ask for.

    Everything that stands on the casualty area is told anew, so that it may be done again with another break-up.

    Args:
        descended: with its branches and days of loss.
        risk: of that break-up, with ``failed_branches`` of the same descent.
        break_up: which one it is, in words.
        limit: of the casualty expectation, 1e-4 in NASA-STD-8719.14C.

    Returns:
        The descent, every expectation as ``risk`` has it.
    """
    expected = {row.id: row.casualty_expectation for row in risk.branches}
    anywhere = risk.uncontrolled_casualty_expectation
    branches = tuple(
        one.model_copy(update={"casualty_expectation": expected[one.id]}) for one in descended.branches
    )  # fmt: skip
    reliability = reliability_of(branches, anywhere, limit)

    def told(days: tuple[LossDay, ...] | None) -> tuple[LossDay, ...] | None:
        return days and tuple(day.model_copy(update={"casualty_expectation": anywhere}) for day in days)

    return descended.model_copy(
        update={
            "branches": branches,
            "loss_days": told(descended.loss_days),
            "losses": told(descended.losses),
            "reliability": reliability.model_copy(
                update={"casualty_area_m2": risk.casualty_area_m2, "break_up": break_up}
            ),
        }
    )


def with_final_break_up(descended: D, assessed: Assess | Skipped, limit: float) -> D:
    """The descent with casualties as ``assess`` has them, once it has run: one quantity has one value in a document.

    Done twice it stays the same, since a reused stage comes through here again.

    Args:
        descended: the descent, or why there is none.
        assessed: who is at risk, or why that is not known.
        limit: of the casualty expectation.

    Returns:
        The descent; as it was where either is skipped.
    """
    if isinstance(descended, Skipped) or isinstance(assessed, Skipped):
        return descended
    return cast("D", with_risk(descended, assessed, FINAL_BREAK_UP, limit))


def reliability_of(branches: Iterable[Branch], uncontrolled: Estimate, limit: float) -> Reliability:
    """How reliable each burn must be for its worst failure to keep the limit.

    P(fail) times the casualty expectation of the failed branch stays below the limit: NASA-STD-8719.14C (2021),
    requirement 4.7-1c. All failures of a burn are counted as the worst of them, and as if nothing else were done.

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
        f"{last.worst_branch}, is expected to cost {last.casualty_expectation:.2g} casualties if nothing else is done."
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
