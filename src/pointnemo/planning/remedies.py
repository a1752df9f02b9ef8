"""For each failed check the least change that mends it, along three levers: start of lowering, propellant, target date.

Found by root-finding on the averaged history, which costs a fraction of a second, then confirmed by flying the
descent with it. Where even the earliest start of lowering is not enough, the least propellant on top of it is found. A
lever that cannot mend a check says so; one that mends it and breaks another check says that too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from pointnemo.errors import FlightError, InputError
from pointnemo.results import Check, Remedy

if TYPE_CHECKING:
    from pointnemo.results import Strategy
    from pointnemo.scenario.models import Scenario

__all__ = ["HISTORY_CHECKS", "Lever", "best_way", "levers_for", "margin", "remedies"]

HISTORY_CHECKS = ("operate_until", "corridor", "propellant", "shortfalls", "deorbit_by", "deorbit_vehicle")
SCAN = 14  # coarse steps over a lever's range before bisection
MOST_PROPELLANT_KG = 60_000.0
PROPELLANT_STEP_KG = 10.0
LAST_TARGET = date(2035, 12, 31)  # the last date that a scenario may name
NUDGES = 6
LeverName = Literal["lowering_start", "lowering_propellant", "target_date"]
ChecksOf = Callable[["Scenario"], tuple[Check, ...]]


@dataclass(frozen=True)
class Lever:
    """One thing that can be changed, by ``steps`` whole steps from where it is.

    Attributes:
        name: of the lever.
        most: largest number of steps, in the direction of the lever.
        apply: scenario with so many steps taken.
        settings: the ``--set`` lines of so many steps.
        text: what so many steps mean, in words.
        help: makes the lever to turn as well where this one at its most is not enough; None where nothing helps it.
    """

    name: LeverName
    most: int
    apply: Callable[[int], Scenario]
    settings: Callable[[int], tuple[str, ...]]
    text: Callable[[int], str]
    help: Callable[[Scenario], Lever] | None = None


def margin(check: Check) -> float:
    """How far a check is inside its limit, in its own unit (days for dates); negative where it fails.

    Args:
        check: with a unit that ends in ``at least`` or ``at most``.

    Returns:
        The margin; minus infinity where the check has no value.
    """
    if check.value is None:
        return -math.inf
    if isinstance(check.value, str):
        difference = float((date.fromisoformat(check.value) - date.fromisoformat(str(check.limit))).days)
    else:
        difference = float(check.value) - float(check.limit)
    inside = difference if check.unit.endswith("at least") else -difference
    return inside if check.ok or inside < 0 else -1e-9


def remedies(check: Check, scenario: Scenario, survey: ChecksOf, confirm: ChecksOf) -> tuple[Remedy, ...]:
    """The least change along each lever.

    Args:
        check: a failed check.
        scenario: the plan's.
        survey: checks of a scenario on the averaged history alone.
        confirm: checks of a scenario with its last days flown.

    Returns:
        One remedy per lever.
    """
    if check.id not in HISTORY_CHECKS:
        text = "start of lowering, lowering propellant and target date do not enter this check"
        return (Remedy(lever="other", text=text, set=(), ok=False),)
    return tuple(_remedy(check, lever, survey, confirm) for lever in levers_for(check, scenario))


def best_way(check: Check, strategy: Strategy, scenario: Scenario, confirm: ChecksOf) -> Remedy:
    """The way down that the search for the best one found, as a remedy.

    Args:
        check: a failed check.
        strategy: of ``descent.optimum``.
        scenario: with the strategy's settings.
        confirm: checks of a scenario with its last days flown.

    Returns:
        The remedy; not ok where the check still fails when flown.
    """
    stages = " and ".join(
        f"{one.propellant_kg:,.0f} kg of {one.supplier} from {one.start_utc[:10]}" for one in strategy.stages
    )
    text = f"the best way down ({strategy.objective}): lower with {stages or 'drag alone'}"
    try:
        found = confirm(scenario)
    except (FlightError, InputError):
        return Remedy(lever="best_way", text=f"{text} is not confirmed when flown", set=(), ok=False)
    same = next((other for other in found if other.id == check.id), None)
    if same is None or not same.ok:
        value = None if same is None else same.value
        return Remedy(lever="best_way", text=f"{text} is not confirmed when flown", set=(), value_after=value, ok=False)
    broken = [other.id for other in found if not other.ok and other.id != check.id]
    text += f"; still failing: {', '.join(broken)}" if broken else ""
    return Remedy(lever="best_way", text=text, set=strategy.set, value_after=same.value, ok=True)


def levers_for(check: Check, scenario: Scenario) -> tuple[Lever, ...]:
    """The three levers, each turned in the direction that can help the check."""
    later = check.id == "operate_until" or (check.id == "deorbit_vehicle" and check.value is not None)
    return (_start_lever(scenario, later), _propellant_lever(scenario, later), _target_lever(check, scenario))


def _remedy(check: Check, lever: Lever, survey: ChecksOf, confirm: ChecksOf) -> Remedy:
    def judged(steps: int, judge: ChecksOf) -> tuple[Check | None, tuple[Check, ...]]:
        try:
            found = judge(lever.apply(steps))
        except (FlightError, InputError):
            return None, ()
        return next((other for other in found if other.id == check.id), None), found

    def passes(steps: int) -> bool:
        same, _ = judged(steps, survey)
        return same is not None and same.ok

    steps = _least(lever.most, passes)
    if steps is None:
        if lever.most == 0:
            return Remedy(lever=lever.name, text="cannot be moved that way", set=(), ok=False)
        if lever.help is not None:
            return _remedy(check, _helped(lever, lever.help), survey, confirm)
        furthest = judged(lever.most, survey)[0]
        value = None if furthest is None else furthest.value
        return Remedy(lever=lever.name, text=lever.text(lever.most), set=(), value_after=value, ok=False)
    for nudge in range(NUDGES):
        # The survey estimates the length of the last days; flying them can cost a day or two more.
        nudged = min(steps + nudge, lever.most)
        same, found = judged(nudged, confirm)
        if same is not None and same.ok:
            broken = [other.id for other in found if not other.ok and other.id != check.id]
            text = lever.text(nudged) + (f"; still failing: {', '.join(broken)}" if broken else "")
            return Remedy(lever=lever.name, text=text, set=lever.settings(nudged), value_after=same.value, ok=True)
    return Remedy(lever=lever.name, text=f"{lever.text(steps)} is not confirmed when flown", set=(), ok=False)


def _helped(lever: Lever, helper: Callable[[Scenario], Lever]) -> Lever:
    """A lever at its most, and another turned on top of it."""
    other = helper(lever.apply(lever.most))
    return Lever(
        lever.name,
        other.most,
        other.apply,
        lambda steps: (*lever.settings(lever.most), *other.settings(steps)),
        lambda steps: f"{lever.text(lever.most)}, and {other.text(steps)}",
    )


def _least(most: int, passes: Callable[[int], bool]) -> int | None:
    """The least number of steps that passes: a coarse scan for the first that does, then bisection below it."""
    failing = 0
    for step in sorted({math.ceil(most * (k / SCAN) ** 2) for k in range(1, SCAN + 1)} - {0}):
        if passes(step):
            break
        failing = step
    else:
        return None
    passing = step
    while passing - failing > 1:
        middle = (passing + failing) // 2
        if passes(middle):
            passing = middle
        else:
            failing = middle
    return passing


def _start_lever(scenario: Scenario, later: bool) -> Lever:
    start = scenario.descent.lowering_start
    earliest = scenario.orbit.epoch_utc.date() + timedelta(days=2)
    most = 3650 if later else max((start - earliest).days, 0)

    def at(days: int) -> date:
        return start + timedelta(days=days if later else -days)

    def apply(days: int) -> Scenario:
        return _with(scenario, "descent", lowering_start=at(days))

    return Lever(
        "lowering_start",
        most,
        apply,
        lambda days: (f"descent.lowering_start={at(days).isoformat()}",),
        lambda days: f"start lowering on {at(days).isoformat()}, {days} days {'later' if later else 'earlier'}",
        lambda earliest: _propellant_lever(earliest, later),
    )


def _propellant_lever(scenario: Scenario, less: bool) -> Lever:
    now = scenario.descent.lowering_propellant_kg
    load = scenario.vehicles[scenario.descent.lowering_vehicle].propellant_kg
    most = int((now if less else MOST_PROPELLANT_KG) / PROPELLANT_STEP_KG)

    def at(steps: int) -> float:
        return max(now - steps * PROPELLANT_STEP_KG, 0.0) if less else now + steps * PROPELLANT_STEP_KG

    def words(steps: int) -> str:
        kg = abs(at(steps) - now)
        count = math.ceil(kg / load) if load else 0
        loads = f", {count} load{'s' if count > 1 else ''} of {scenario.descent.lowering_vehicle}" if count else ""
        return f"{'save' if less else 'add'} {kg:,.0f} kg of lowering propellant{loads}"

    return Lever(
        "lowering_propellant",
        most,
        lambda steps: _with(scenario, "descent", lowering_propellant_kg=at(steps)),
        lambda steps: (f"descent.lowering_propellant_kg={at(steps):g}",),
        words,
    )


def _target_lever(check: Check, scenario: Scenario) -> Lever:
    operate = check.id == "operate_until"
    key = "operate_until" if operate else "deorbit_by"
    now = getattr(scenario.horizon, key)
    epoch = scenario.orbit.epoch_utc.date()
    most = (now - epoch).days if operate else (LAST_TARGET - now).days

    def at(days: int) -> date:
        return now + timedelta(days=-days if operate else days)

    return Lever(
        "target_date",
        max(most, 0),
        lambda days: _with(scenario, "horizon", **{key: at(days)}),
        lambda days: (f"horizon.{key}={at(days).isoformat()}",),
        lambda days: (
            f"{'operate until' if operate else 'de-orbit by'} {at(days).isoformat()}, "
            f"{days} days {'earlier' if operate else 'later'}"
        ),
    )


def _with(scenario: Scenario, section: str, **changes: object) -> Scenario:
    """The scenario with some values of one section replaced (already valid ones: nothing is validated again)."""
    return scenario.model_copy(update={section: getattr(scenario, section).model_copy(update=changes)})
