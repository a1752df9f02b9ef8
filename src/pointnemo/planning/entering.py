"""Scenarios that begin in the entry: break-up and risk alone, by the stages that every other scenario uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pointnemo.planning.assessing import assess_all
from pointnemo.planning.entry_points import earth_fixed_state, entry_state_of, inclination_deg
from pointnemo.planning.request import StageName
from pointnemo.planning.verdict import checks
from pointnemo.reentry import reenter
from pointnemo.results import Assess, Reenter, Skipped, Verdict

if TYPE_CHECKING:
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["RISK_CHECKS", "before_entry", "entered", "judged"]

RISK_CHECKS = ("land_clearance_km", "antarctic_ice_clearance_km", "casualty_expectation")
"""Checks that an entry alone can keep or miss."""

Stage = Callable[[StageName, float, Callable[[], Any]], Any]


def before_entry(scenario: Scenario) -> Skipped:
    """Why there is neither tracking nor operation nor descent: the scenario begins with ``[entry]``."""
    assert scenario.entry is not None
    day = scenario.entry.utc.strftime("%Y-%m-%d %H:%M")
    return Skipped(reason=f"scenario {scenario.name} begins in the entry of {day} UTC")


def entered(
    scenario: Scenario, world: World, seed: int, workers: int, stage: Stage
) -> tuple[Reenter | Skipped, Assess | Skipped]:
    """Break-up and risk from the state of ``[entry]``.

    Args:
        scenario: with ``[entry]``.
        world: tables about nature.
        seed: of all random draws.
        workers: threads.
        stage: does the work of a stage if it is asked for and not known already; see ``chain.run``.

    Returns:
        What falls and who is at risk; skipped where not asked for.

    Raises:
        ScenarioError: the elements weigh more than what enters.
        FlightError: what enters does not come down.
        WorldError: the data about nature do not reach the entry.
    """
    state = entry_state_of(scenario, world)
    reentered = stage("reenter", 0.2, lambda: reenter(state, scenario, world, seed, workers, converge=True))
    assert scenario.entry is not None
    inclination = inclination_deg(earth_fixed_state(scenario.entry))
    return reentered, stage("assess", 0.7, lambda: assess_all(reentered, state, scenario, world, inclination, seed))


def judged(scenario: Scenario, reentered: Reenter | Skipped, assessed: Assess | Skipped) -> Verdict:
    """The verdict on an entry alone: clearance and casualties.

    Args:
        scenario: the limits.
        reentered: what falls.
        assessed: who is at risk.

    Returns:
        The checks of ``RISK_CHECKS``, without remedies: an entry has no lever.
    """
    nothing = before_entry(scenario)
    found = tuple(one for one in checks(scenario, None, nothing, reentered, assessed) if one.id in RISK_CHECKS)
    failed = [one.id for one in found if not one.ok]
    summary = f"{len(failed)} of {len(found)} checks fail: {', '.join(failed)}." if failed else "Every check holds."
    return Verdict(feasible=not failed, summary=summary, checks=found)
