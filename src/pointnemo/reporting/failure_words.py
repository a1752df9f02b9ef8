"""Sentences and tables about what goes wrong in a descent: burns, loss of propulsion, no return, reliability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointnemo.reporting import words
from pointnemo.results import Branch, Estimate, LossDay, Place, PointOfNoReturn, Recourse, Reliability
from pointnemo.results.recourses import strongest

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ANYWHERE",
    "RECOURSES",
    "after_words",
    "alike",
    "best_recourse",
    "chosen_branches",
    "failure_words",
    "loss_rows",
    "monthly",
    "no_return_words",
    "once_in",
    "points_rows",
    "recourse_words",
    "recourses_words",
    "reliability_rows",
    "reliability_words",
    "shift_words",
    "short_place",
    "three_cases",
    "together_words",
    "worst_branch",
]

RECOURSES = {
    "complete-later": "make the burns later",
    "deorbit-otherwise": "bring it down otherwise",
    "raise": "raise it",
    "shift": "shift the place",
    "none": "nothing",
}
"""What can still be done, the most useful first, in a few words."""

_SHORT = {
    "complete-later": "later",
    "raise": "raise",
    "deorbit-otherwise": "otherwise",
    "shift": "shift",
    "none": "nothing",
}
ANYWHERE = "anywhere"
NONE = "-"
_HALF, _MOST = 0.5, 0.9  # shares of a burn that the page shows
_HOUR_D, _DAY_H = 1.0 / 24.0, 24.0
_MOST_MONTHS = 30  # rows of the table of losses; where the descent is longer, months are left out


def chosen_branches(branches: Sequence[Branch]) -> list[tuple[str, list[Branch]]]:
    """Of each burn what matters: not started, half, 90 %, too much, the worst pointing.

    Args:
        branches: all of them.

    Returns:
        Burns in order, each with at most five branches.
    """
    found = []
    for burn in dict.fromkeys(one.burn for one in branches):
        mine = [one for one in branches if one.burn == burn]
        early = [one for one in mine if one.failure == "stops-early"]
        picked = [
            next((one for one in mine if one.failure == "not-started"), None),
            _nearest(early, _HALF),
            _nearest([one for one in early if one.amount > _HALF], _MOST),
            worst_branch([one for one in mine if one.failure == "overburn"]),
            worst_branch([one for one in mine if one.failure == "points-wrong"]),
        ]
        found.append((burn, [one for i, one in enumerate(picked) if one is not None and one not in picked[:i]]))
    return found


def _nearest(branches: Sequence[Branch], share: float) -> Branch | None:
    return min(branches, key=lambda one: abs(one.amount - share), default=None)


def worst_branch(branches: Sequence[Branch]) -> Branch | None:
    """The greatest casualty expectation; of equals the farthest from the aim, the soonest, the largest error."""

    def harm(one: Branch) -> tuple[float, float, float, float]:
        risk = one.casualty_expectation.value if one.casualty_expectation else 0.0
        far = float("inf") if one.range_shift_km is None else abs(one.range_shift_km)
        soon = -one.days_to_entry.value if one.days_to_entry else -float("inf")
        return risk, far, soon, one.amount

    return max(branches, key=harm, default=None)


def failure_words(branch: Branch) -> str:
    """``not started``, ``50 % made``, ``105 % made``, ``20 deg off``, ``300 s late``."""
    if branch.failure == "not-started":
        return "not started"
    if branch.unit == "share":
        return f"{words.per(branch.amount)} made"
    return f"{branch.amount:g} {branch.unit} {'off' if branch.failure == 'points-wrong' else 'late'}"


def after_words(days: Estimate | None, interval: bool = True) -> str:
    """How long until entry: ``28 (22-36) d``, ``14 (11-18) h``, ``37 min``; nothing is a dash."""
    if days is None:
        return NONE
    if days.value < 3.0 * _HOUR_D:
        scale, unit = 1440.0, "min"
    elif days.value < 2.0:
        scale, unit = _DAY_H, "h"
    else:
        scale, unit = 1.0, "d"
    places = 1 if days.value * scale < 10.0 else 0
    low, value, high = (words.grouped(x * scale, places) for x in (days.low, days.value, days.high))
    return f"{value} ({low}-{high}) {unit}" if interval and low != high else f"{value} {unit}"


def shift_words(branch: Branch) -> str:
    """How far past the aim; nothing where it may be anywhere."""
    if branch.random or branch.range_shift_km is None:
        return NONE
    return f"{branch.range_shift_km:+,.0f}"


def best_recourse(recourses: Sequence[Recourse], without: str = "", thrust: bool = True) -> str:
    """The most useful of what can be done.

    Args:
        recourses: what can be done, each with who does it.
        without: a vehicle that cannot act either; nobody if empty.
        thrust: False leaves what no vehicle does: attitude and arrays.

    Returns:
        An id of a recourse; ``none`` where nothing can be done.
    """
    return strongest(recourses, (without,) if without else (), thrust)


def recourse_words(recourse: Recourse) -> str:
    """One thing that can be done, and until when."""
    text = words.clean(recourse.text) or RECOURSES[recourse.id]
    return f"{text}, until {words.minute(recourse.until_utc)[:16]}" if recourse.until_utc else text


def recourses_words(recourses: Sequence[Recourse]) -> str:
    """All that can be done, and until when; or that nothing can."""
    return "; ".join(recourse_words(one) for one in recourses if one.id != "none") or _nothing(recourses)


def together_words(branches: Sequence[Branch]) -> str:
    """What can be done in each of some branches: in its own words where all agree, until the earliest of their dates.

    Args:
        branches: with the same ids of recourses in the same order.
    """
    told = []
    for same in zip(*(one.recourses for one in branches), strict=True):
        texts, ends = {one.text for one in same}, {one.until_utc for one in same if one.until_utc}
        text = words.clean(same[0].text) if len(texts) == 1 and same[0].text else RECOURSES[same[0].id]
        if same[0].id == "none":
            continue
        until = f", until {words.minute(min(ends))[:16]}" if ends else ""
        told.append(f"{text}{until}{' or later' if len(ends) > 1 else ''}")
    return "; ".join(told) or _nothing(branches[0].recourses)


def alike(branches: Sequence[Branch]) -> list[list[Branch]]:
    """Branches in runs after which the same kinds of things can be done."""
    runs: list[list[Branch]] = []
    for one in branches:
        kinds = [recourse.id for recourse in one.recourses]
        if runs and [recourse.id for recourse in runs[-1][0].recourses] == kinds:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _nothing(recourses: Sequence[Recourse]) -> str:
    return next((words.clean(one.text) for one in recourses if one.text), "nothing")


def monthly(losses: Sequence[LossDay]) -> list[LossDay]:
    """The first day of each month under mean activity, and the last day; of a long descent not every month.

    Args:
        losses: day by day.
    """
    mean = [one for one in losses if one.activity == "mean"]
    if not mean:
        return []
    first = list({one.utc[:7]: one for one in reversed(mean)}.values())[::-1]
    shown = first[:: -(-len(first) // _MOST_MONTHS)]
    return shown if shown[-1] is mean[-1] else [*shown, mean[-1]]


def loss_rows(losses: Sequence[LossDay], deorbit_vehicle: str) -> list[list[str]]:
    """Day, altitude, entry, days until it with interval, casualty expectation, what can be done.

    The last cell tells three cases: with all that did not fail, without the deorbit vehicle, without any thrust; where
    nothing can be done in any of them it says so once.
    """
    return [
        [
            words.day(one.utc),
            f"{one.altitude_km:.0f}",
            words.day(one.entry_utc),
            NONE
            if one.days_to_entry is None
            else words.across(one.days_to_entry, places=0 if one.days_to_entry.value >= 10.0 else 1),
            "" if one.casualty_expectation is None else words.small(one.casualty_expectation.value),
            _cases(one, deorbit_vehicle),
        ]
        for one in losses
    ]


def _cases(loss: LossDay, deorbit_vehicle: str) -> str:
    """The three cases in short; one word where nothing can be done in any of them."""
    cases = three_cases(loss, deorbit_vehicle)
    return _SHORT["none"] if set(cases) == {"none"} else "/".join(_SHORT[kind] for kind in cases)


def three_cases(loss: LossDay, deorbit_vehicle: str) -> tuple[str, str, str]:
    """The best recourse with all that did not fail, without the deorbit vehicle, and without any thrust."""
    found = loss.recourses
    return best_recourse(found), best_recourse(found, deorbit_vehicle), best_recourse(found, thrust=False)


# --- no return, reliability ----------------------------------------------------------------------------------------


def points_rows(points: Sequence[PointOfNoReturn]) -> list[list[str]]:
    """Activity, last day, altitude, where to, delta-v needed and there, what it takes, with what.

    A star marks those for which the deorbit vehicle keeps its propellant for the targeted burns.
    """

    def number(value: float | None, places: int = 0) -> str:
        return NONE if value is None else words.grouped(value, places)

    return [
        [
            one.activity + (" *" if one.without_deorbit_vehicle else ""),
            words.day(one.utc),
            number(one.altitude_km),
            number(one.raised_to_km),
            number(one.needed_mps, 1),
            number(one.available_mps, 1),
            number(one.propellant_kg),
            number(one.raise_days, 1),
            ", ".join(one.with_what) or NONE,
        ]
        for one in points
    ]


def no_return_words(points: Sequence[PointOfNoReturn], activity: str = "mean") -> str:
    """The last day and altitude with all that is docked, and without the deorbit vehicle; empty where unknown."""
    told = []
    for one in points:
        if one.activity == activity:
            kind = "without the deorbit vehicle " if one.without_deorbit_vehicle else ""
            known = one.utc is not None and one.altitude_km is not None
            when = f"after {words.day(one.utc)} at {one.altitude_km:.0f} km" if known else "never could it be raised"
            told.append(f"{kind}{when}")
    return "; ".join(told)


def once_in(probability: float) -> str:
    """A probability of failure that is allowed: ``once in 810 times``."""
    if probability >= 1.0:
        return "always"
    return f"once in {words.quantity(1.0 / probability)} times" if probability > 0.0 else "never"


def reliability_rows(reliability: Reliability) -> list[list[str]]:
    """Burn, casualty expectation of its worst branch, how often it may fail, reliability asked for, that branch."""
    return [
        [
            one.burn,
            words.small(one.casualty_expectation),
            once_in(one.largest_failure_probability).removeprefix("once in ").removesuffix(" times"),
            reliability_words(one.required_reliability),
            one.worst_branch,
        ]
        for one in reliability.burns
    ]


def reliability_words(share: float) -> str:
    """With as many digits as tell it from certainty, rounded up so that it is enough."""
    if share <= 0.0:
        return "none"
    return f"{-(-share * 1e5 // 1) / 1e5:.5f}".rstrip("0").rstrip(".")


def short_place(place: Place, places: int = 1) -> str:
    """``48.9 S 123.4 W``: what a table has room for, with so many decimals."""
    return (
        f"{abs(place.latitude_deg):.{places}f} {'S' if place.latitude_deg < 0 else 'N'} "
        f"{abs(place.longitude_deg):.{places}f} {'W' if place.longitude_deg < 0 else 'E'}"
    )
