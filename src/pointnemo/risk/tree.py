"""The tree of what can go wrong: nominal, the failures of each burn, and the total of all.

E(total) = sum over the branches of P(k) E(k): conditional expectations and their probabilities are kept apart. Where
nobody gave a probability there is no total, only what each branch would cost, and how often a failure may happen so
that the limit is kept.

The expectation of a branch is what it costs if nothing else is done. Where the descent can still be completed on a
later pass the truth lies between that and a descent that goes as planned, by how surely it is completed, which nobody
knows: the total is told for both ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pointnemo.errors import Defect, ScenarioError
from pointnemo.results import BranchRisk, Estimate

__all__ = [
    "NOMINAL",
    "FailedBranch",
    "Failure",
    "RiskTree",
    "largest_failure_probability",
    "risk_tree",
    "uncontrolled_failures",
]

NOMINAL = "nominal"


class FailedBranch(NamedTuple):
    """A way in which the descent can fail, as the descent tells it.

    Attributes:
        id: of the branch.
        text: what happens.
        burn: id of the burn that fails, as in ``descent.burns``; in the order in which the burns are made.
        density_per_km2: persons per square kilometre where it then falls; None: anywhere under the orbit.
        completes_later: the descent can still be completed on a later pass.
    """

    id: str
    text: str
    burn: str
    density_per_km2: float | None
    completes_later: bool = False


class Failure(NamedTuple):
    """A way in which the descent can fail, and what it costs.

    Attributes:
        id: of the branch.
        text: what happens.
        burn: id of the burn that fails, as in ``descent.burns``; in the order in which the burns are made.
        casualty_expectation: given that it happens and nothing else is done.
        probability: of this branch; None: the failure probability of its burn is shared out evenly over the branches of
            that burn.
        completes_later: the descent can still be completed on a later pass.
    """

    id: str
    text: str
    burn: str
    casualty_expectation: Estimate
    probability: float | None = None
    completes_later: bool = False


class RiskTree(NamedTuple):
    """The tree, added up.

    Attributes:
        branches: nominal first, then the failures in their order.
        total: over all branches if nothing is done after a failure; None where a probability is missing.
        total_completed: the same where every descent that can be completed later is, and then goes as planned.
        failure_probability: that any burn fails; None where a probability is missing.
        largest_failure_probability: of all burns together, at which nominal and the worst failure keep the limit.
    """

    branches: tuple[BranchRisk, ...]
    total: Estimate | None
    total_completed: Estimate | None
    failure_probability: float | None
    largest_failure_probability: float


def risk_tree(
    nominal: Estimate, failures: Sequence[Failure], burn_failure_probability: Mapping[str, float], limit: float
) -> RiskTree:
    """Join conditional expectations with probabilities.

    A burn is made only if those before it worked: the branches of burn k share P(k) times the product of 1 - P(j) over
    the earlier burns. What a burn's failure is like is not known: its probability is shared evenly over its branches,
    and the interval of the total reaches from all of it on the mildest branch to all of it on the worst. Expectations
    share their casualty area and population, so that their bounds are added as if they erred together. A burn without
    branches is not made and cannot fail.

    Args:
        nominal: every burn works.
        failures: branches in the order of the burns; several may belong to one burn.
        burn_failure_probability: by id of the burn (``assess.burn_failure_probability``).
        limit: casualty expectation that is allowed.

    Returns:
        The tree.

    Raises:
        ScenarioError: the probabilities sum to more than 1.
    """
    burns = list(dict.fromkeys(failure.burn for failure in failures))
    probability = _probabilities(failures, burns, burn_failure_probability)
    known = [p for p in probability if p is not None]
    if sum(known) > 1.0 + 1e-9:
        what = f"the probabilities of the failures sum to {sum(known):.4g}"
        raise ScenarioError(
            "risk of failures", [Defect("assess.burn_failure_probability", what, "give shares of all descents")]
        )
    complete = bool(failures) and len(known) == len(failures)
    failed = sum(known) if complete else None
    rows = [_row(NOMINAL, "every burn works", None if failed is None else 1.0 - failed, nominal)]
    rows += [
        _row(failure.id, failure.text, p, failure.casualty_expectation, failure.completes_later)
        for failure, p in zip(failures, probability, strict=True)
    ]
    completed = [one._replace(casualty_expectation=nominal) if one.completes_later else one for one in failures]
    worst = max((failure.casualty_expectation.value for failure in failures), default=nominal.value)
    return RiskTree(
        tuple(rows),
        _total(nominal, failures, burns, known) if complete else None,
        _total(nominal, completed, burns, known) if complete else None,
        failed,
        largest_failure_probability(nominal.value, worst, limit),
    )


def uncontrolled_failures(burns: Iterable[str], uncontrolled: Estimate) -> tuple[Failure, ...]:
    """The simplest tree: whichever burn fails, the station comes down anywhere under its orbit.

    Args:
        burns: ids of the burns that have a failure probability; none: one branch without probability.
        uncontrolled: casualty expectation of an uncontrolled re-entry.

    Returns:
        One branch per burn.
    """
    branches = tuple(
        Failure(
            f"{burn}-fails", f"burn {burn} fails and nothing else is done: anywhere under the orbit", burn, uncontrolled
        )
        for burn in burns
    )
    no_burn = Failure("uncontrolled", "no burn is made: anywhere under the orbit", "", uncontrolled)
    return branches or (no_burn,)


def largest_failure_probability(nominal: float, failed: float, limit: float) -> float:
    """Failure probability P at which (1 - P) E(nominal) + P E(failed) is just the limit.

    Args:
        nominal: casualty expectation if nothing fails.
        failed: if something does, in the worst way.
        limit: that is allowed.

    Returns:
        0..1; 0 where even the nominal descent breaks the limit, 1 where even the failed one keeps it.
    """
    if failed <= limit and nominal <= limit:
        return 1.0
    if nominal >= limit:
        return 0.0
    return (limit - nominal) / (failed - nominal)


def _probabilities(
    failures: Sequence[Failure], burns: Sequence[str], of_burn: Mapping[str, float]
) -> list[float | None]:
    """Probability of each branch; None where neither it nor its burn has one."""
    reached, left, sharing = 1.0, {}, {}
    for burn in burns:
        rows = [failure for failure in failures if failure.burn == burn]
        given = [failure.probability for failure in rows if failure.probability is not None]
        sharing[burn] = len(rows) - len(given)
        whole = of_burn.get(burn)
        left[burn] = None if whole is None else max(reached * whole - sum(given), 0.0)
        reached -= sum(given) if whole is None else max(reached * whole, sum(given))
    shares: list[float | None] = []
    for failure in failures:
        rest = left[failure.burn]
        if failure.probability is not None:
            shares.append(failure.probability)
        else:
            shares.append(None if rest is None else rest / sharing[failure.burn])
    return shares


def _total(
    nominal: Estimate, failures: Sequence[Failure], burns: Sequence[str], probability: Sequence[float]
) -> Estimate:
    """Sum of the shares; the bounds put each burn's probability on its mildest and on its worst branch."""
    works = 1.0 - sum(probability)
    value, low, high = (works * end for end in (nominal.value, nominal.low, nominal.high))
    for burn in burns:
        rows = [(f, p) for f, p in zip(failures, probability, strict=True) if f.burn == burn]
        whole = sum(p for _, p in rows)
        value += sum(p * f.casualty_expectation.value for f, p in rows)
        low += whole * min(f.casualty_expectation.low for f, _ in rows)
        high += whole * max(f.casualty_expectation.high for f, _ in rows)
    return Estimate(value=value, low=low, high=high, level=nominal.level, unit="persons")


def _row(
    id: str, text: str, probability: float | None, expectation: Estimate, completes_later: bool = False
) -> BranchRisk:
    return BranchRisk(
        id=id,
        text=text,
        probability=probability,
        casualty_expectation=expectation,
        share=None if probability is None else probability * expectation.value,
        completes_later=completes_later,
    )
