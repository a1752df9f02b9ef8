"""The search for the best way down, exact in structure instead of a black box.

For given starts entry comes earlier with every kilogram of either stage, and a kilogram spent earlier is worth more,
since the air is denser below. So the least total uses the first stage as far as it is there and finds the amount of the
second by its root; an exchange of a few kilograms between the two tells where the other order is better, as when both
start together and the second engine has the better specific impulse. With an entry that just meets the date the crew
leaves the later the later the second stage starts. What is left are searches along one line: the day on which lowering
starts, by months and then by days, and the day on which the second stage starts, where a heavy vehicle that leaves soon
can be worth the wait.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from pointnemo.descent.activity_lines import MONTH_S
from pointnemo.descent.lowering.held_until import FIRST_DAYS, border
from pointnemo.descent.lowering.limits import MISSING_MPS
from pointnemo.descent.lowering.ways import Way, Ways
from pointnemo.scenario import expand_flights
from pointnemo.world.time import DAY_S, from_date

if TYPE_CHECKING:
    from pointnemo.scenario.models import Objective

__all__ = ["ALIKE_S", "Found", "best_way", "cheapest", "earlier_start", "least_late", "more_first_stage"]

CLOSE_S = DAY_S / 4  # entry is brought so near to the date: about two kilograms
ALIKE_S = DAY_S / 2  # departures and entries in one such step of time are told apart by propellant
ALIKE_KG = 10
EXCHANGE_KG = 50
DAY_STEPS = (16, 4, 1)
WAIT_DAYS = 120  # for a vehicle to leave; drag gained by not waiting is worth more than any that leaves later
TRIED_S = 2 * DAY_S  # departures are sought no nearer than that where the propellant limits them
MOST_FIRST_KG = 60_000  # as for remedies


class Found(NamedTuple):
    """A way and how good it is: the smaller its rank, the better.

    The rank begins with the days that the crew leaves before operations end, which nothing makes good.
    """

    way: Way
    rank: tuple[float, ...]


def best_way(ways: Ways, objective: Objective) -> Found | None:
    """The best way for an objective among the starts that are allowed.

    Args:
        ways: what to search on.
        objective: one of the scenario's.

    Returns:
        The way, trimmed to what it spends; None where none meets the target date with what is there.
    """
    hold_km = ways.scenario.descent.hold_altitude_km
    known: dict[int, Found | None] = {}

    def at(step: int) -> Found | None:
        if step not in known:
            near = None if best is None else best.way
            known[step] = _solved(ways, objective, step, hold_km, near) if _may_start(ways, step) else None
        return known[step]

    best: Found | None = None
    for step in _months(ways):
        if best is not None and (_hopeless(ways, objective, best, step) or _dearer(ways, objective, best, at(step))):
            break
        best = _better(best, at(step))
    for size in DAY_STEPS:
        middle = -1
        while best is not None and best.way.start != middle:
            middle = best.way.start
            for step in (middle - size, middle + size):
                if not _hopeless(ways, objective, best, step):
                    best = _better(best, at(step)) or best
    start = _span(ways)[0] if best is None else best.way.start
    for km in _holds(ways):
        if best is None or not _same_with(ways, best.way, km):
            best = _better(best, _solved(ways, objective, start, km, None if best is None else best.way))
    if best is None:
        return None
    if objective == "latest-crew-departure" and not _as_late_as_can_be(ways, best):
        best = _sharing(ways, best)
    # a wait can be worth more to a start with a larger first stage than to the best one without a wait
    finalists = [best, at(_span(ways)[0])]
    best = min((_waiting(ways, objective, one) for one in finalists if one is not None), key=lambda one: one.rank)
    return Found(_trimmed(ways, best.way), best.rank)


def least_late(ways: Ways) -> Way | None:
    """All that is there, spent as early as it can be once operations are over: where no way meets the date.

    A station that cannot be held until then is let go on the last day until which it can; None where that is not even
    the first.
    """
    step = _span(ways)[0]
    if ways.start(step) is None:
        if ways.start(FIRST_DAYS) is None:
            return None
        step, _ = border(lambda one: 1.0 if ways.start(one) is None else -1.0, step, FIRST_DAYS, 0.0, slack_s=0.0)
    most = [_everything(ways, step, km) for km in _holds(ways)]
    return _trimmed(ways, min(most, key=lambda way: ways.outcome(way).entry_s))


def cheapest(
    ways: Ways,
    step: int,
    second: int,
    hold_km: float,
    most_first_kg: int | None = None,
    near: Way | None = None,
) -> Way | None:
    """The least propellant with which two starts meet the target date.

    Args:
        ways: what to search on.
        step: at which lowering starts.
        second: step at which the second stage starts.
        hold_km: hold altitude.
        most_first_kg: of the first stage; None takes what is there.
        near: a way whose amounts will be much the same; the answer does not hang on it.

    Returns:
        The way; None where all that is there is not enough.
    """
    start = ways.start(step)
    if start is None:
        return None
    first_kg = start.most_kg if most_first_kg is None else min(most_first_kg, start.most_kg)
    most = Way(step, first_kg, second, ways.vehicle.most_kg, hold_km)
    nothing = most._replace(first_kg=0, second_kg=0)
    if ways.outcome(most).entry_s >= ways.deadline_s:
        return None
    if ways.outcome(nothing).entry_s < ways.deadline_s:
        return nothing
    way = _in_turn(ways, most, "first_kg", "second_kg", near)
    given, taken = way.first_kg - EXCHANGE_KG, way.second_kg + EXCHANGE_KG
    if given < 0 or taken > most.second_kg:
        return way
    if ways.outcome(way._replace(first_kg=given, second_kg=taken)).entry_s >= ways.outcome(way).entry_s:
        return way
    return min(way, _in_turn(ways, most, "second_kg", "first_kg", near), key=_total_kg)


def earlier_start(ways: Ways) -> Way | None:
    """The latest start before operations end from which all that is there meets the target date; None for none."""
    first, last = FIRST_DAYS, _span(ways)[0]

    def quickest(step: int) -> Way:
        return min((_everything(ways, step, km) for km in _holds(ways)), key=lambda w: ways.outcome(w).entry_s)

    def entry_of(step: int) -> float:
        # a station that cannot be held until then is down before
        return -math.inf if ways.start(step) is None else ways.outcome(quickest(step)).entry_s

    if last <= first or ways.start(first) is None or entry_of(first) >= ways.deadline_s:
        return None
    step, _ = border(entry_of, last, first, ways.deadline_s, slack_s=0.0)
    return quickest(step)


def more_first_stage(ways: Ways, way: Way) -> int | None:
    """Propellant of the first stage with which a late way meets the target date, wherever it comes from, kg.

    Args:
        ways: what to search on.
        way: a way that is late.

    Returns:
        As of the scenario's lowering vehicle; None where no amount helps.
    """

    def entry_of(kg: int) -> float:
        return ways.outcome(way._replace(first_kg=kg)).entry_s

    if entry_of(MOST_FIRST_KG) >= ways.deadline_s:
        return None
    return border(entry_of, way.first_kg, MOST_FIRST_KG, ways.deadline_s, slack_s=CLOSE_S)[0]


# --- where to look ---------------------------------------------------------------------------------------------------


def _span(ways: Ways) -> tuple[int, int]:
    """First and last step on which lowering may start."""
    horizon = ways.scenario.horizon
    last = min(ways.step(horizon.deorbit_by), len(ways.decision.schedule.dry_mass_kg) - 2)
    return min(max(ways.step(horizon.operate_until), FIRST_DAYS), last), last


def _months(ways: Ways) -> tuple[int, ...]:
    """The end of operations, and the first of every month after it."""
    first, last = _span(ways)
    year, month = ways.day(first).year, ways.day(first).month
    steps = [first]
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        step = ways.step(date(year, month, 1))
        if step > last:
            return tuple(steps)
        steps.append(step)


def _holds(ways: Ways) -> tuple[float, ...]:
    """Hold altitudes worth trying: the scenario's, and both ends of its range."""
    descent = ways.scenario.descent
    found = (descent.hold_altitude_km, descent.hold_low_km, descent.hold_high_km)
    return tuple(dict.fromkeys(km for km in found if km is not None and km >= descent.targeting_altitude_km))


def _may_start(ways: Ways, step: int) -> bool:
    """Whether operations are over by then, and the station can be held until then."""
    first, last = _span(ways)
    if not first <= step <= last:
        return False
    start = ways.start(step)
    return start is not None and (step == first or start.held.missing_mps <= MISSING_MPS)


def _earliest_second(ways: Ways, step: int) -> int:
    """The first step from a start on at which the deorbit vehicle can lower; the start where it never can."""
    first = ways.vehicle.first
    return step if first is None else max(step, ways.step(first))


def _everything(ways: Ways, step: int, hold_km: float) -> Way:
    """All that is there from a start on, as early as it can be spent."""
    start = ways.start(step)
    first_kg = 0 if start is None else start.most_kg
    return Way(step, first_kg, _earliest_second(ways, step), ways.vehicle.most_kg, hold_km)


def _hopeless(ways: Ways, objective: Objective, best: Found, step: int) -> bool:
    """Whether a start, and so any later one, takes more propellant than what is found.

    The same velocity spent all at once, by an engine that need not come first and as if the station were as light as it
    gets before the target date, is the least that a start can do with. Where propellant decides only between equals,
    what is found must be as good as can be.
    """
    if objective == "largest-margin" or ways.start(step) is None or step <= best.way.start:
        return False
    if objective == "latest-crew-departure" and not _as_late_as_can_be(ways, best):
        return False
    dry_kg = ways.decision.schedule.dry_mass_kg[step : _span(ways)[1] + 1]
    lighter = float(dry_kg[0] / dry_kg.min())
    total_kg = math.ceil((best.way.first_kg + best.way.second_kg * ways.second_over_first) * lighter)
    at_once = best.way._replace(start=step, first_kg=total_kg, second=step, second_kg=0)
    return ways.outcome(at_once).entry_s >= ways.deadline_s + ALIKE_S


def _dearer(ways: Ways, objective: Objective, best: Found, other: Found | None) -> bool:
    """Whether a later start only costs more for as late a departure, as any that is later still will."""
    if objective != "latest-crew-departure" or other is None or other.way.start <= best.way.start:
        return False
    return _as_late_as_can_be(ways, best) and other.rank > best.rank


# --- the three objectives, from one start ----------------------------------------------------------------------------


def _solved(ways: Ways, objective: Objective, step: int, hold_km: float, near: Way | None = None) -> Found | None:
    """The best way from one start, its second stage as early as can be or as late as its crew asks for.

    ``near`` is a way of another start: where to look first.
    """
    if ways.start(step) is None:
        return None
    if objective == "latest-crew-departure":
        way = _departing(ways, step, hold_km, _latest_departure_s(ways), near)
    else:
        way = _from_second(ways, objective, step, _earliest_second(ways, step), hold_km)
        if way is not None and objective == "least-propellant" and _early_days(ways, way) > 0:
            way = _departing(ways, step, hold_km, _operate_until_s(ways) + ALIKE_S)
    return None if way is None else _ranked(ways, objective, way)


def _from_second(
    ways: Ways, objective: Objective, step: int, second: int, hold_km: float, near: Way | None = None
) -> Way | None:
    """The best way from given starts of both stages.

    For the largest margin that is all that is there, or as much of it as lets the crew stay until operations end; else
    the cheapest that meets the date.
    """
    if objective != "largest-margin":
        return cheapest(ways, step, second, hold_km, near=near)
    way = _everything(ways, step, hold_km)._replace(second=second)
    if ways.outcome(way).entry_s >= ways.deadline_s:
        return None
    for name in ("second_kg", "first_kg"):
        if _early_days(ways, way) > 0 and getattr(way, name) > 0:
            way = _staying(ways, way, name)
    return way if ways.outcome(way).entry_s < ways.deadline_s else None


def _ranked(ways: Ways, objective: Objective, way: Way) -> Found:
    """A way and how good it is."""
    outcome = ways.outcome(way)
    spent_kg = math.ceil(outcome.first_kg + outcome.second_kg)
    if objective == "largest-margin":  # entries in one step of time differ by as much
        spent_kg = spent_kg // ALIKE_KG * ALIKE_KG
    wanted = {
        "least-propellant": 0,
        "latest-crew-departure": -round(outcome.departure_s / ALIKE_S),
        "largest-margin": round(outcome.entry_s / ALIKE_S),
    }
    return Found(way, (_early_days(ways, way), wanted[objective], spent_kg, *_preferred(ways, way)))


def _waiting(ways: Ways, objective: Objective, best: Found) -> Found:
    """Whether another day for the second stage is better: when a heavy vehicle has left, or a little off."""
    if best.way.second_kg == 0:
        return best
    known: set[int] = {best.way.second}

    def tried(best: Found, second: int) -> Found:
        if second in known or not _earliest_second(ways, best.way.start) <= second <= _span(ways)[1]:
            return best
        known.add(second)
        way = _from_second(ways, objective, best.way.start, second, best.way.hold_km, best.way)
        return best if way is None else min(best, _ranked(ways, objective, way), key=lambda one: one.rank)

    first = best.way.second
    leaving = {ways.step(flight.undock) for flight in expand_flights(ways.scenario).values()}
    for second in sorted(step for step in leaving if first < step <= first + WAIT_DAYS):
        best = tried(best, second)
    for size in DAY_STEPS:
        middle = -1
        while best.way.second != middle:
            middle = best.way.second
            for second in (middle - size, middle + size):
                best = tried(best, second)
    return best


def _departing(ways: Ways, step: int, hold_km: float, target_s: float, near: Way | None = None) -> Way | None:
    """The cheapest way from a start whose crew leaves at an instant or later; else the one with the latest departure.

    Before the departure the first stage is worth most. It is used as far as it is there and does not by itself take the
    station below the altitude at which the crew leaves; a second stage that starts late keeps it above.
    """
    early, most_kg = _earliest_second(ways, step), _first_stage_before(ways, step, hold_km, target_s)
    way = cheapest(ways, step, early, hold_km, most_kg)
    if way is None:  # only a larger first stage meets the date, and its crew leaves before
        return cheapest(ways, step, early, hold_km)
    if ways.vehicle.most_kg == 0 or _departure(ways, way) >= target_s - ALIKE_S:
        return way
    most = way._replace(first_kg=most_kg, second_kg=ways.vehicle.most_kg)
    last, _ = border(
        lambda second: ways.outcome(most._replace(second=second)).entry_s,
        max(_span(ways)[1], early + 1), early, ways.deadline_s, slack_s=0.0,
    )  # fmt: skip

    def departing(second: int) -> Way:
        return cheapest(ways, step, second, hold_km, most_kg, way) or way

    latest = departing(last)
    if _departure(ways, latest) < target_s - ALIKE_S:
        return max(way, latest, key=lambda one: _departure(ways, one))
    # from some day on the second stage has nothing to do with the departure, so that secants say nothing
    failing, passing = early, last
    looked = () if near is None else (near.second, near.second - 1)
    tries = iter(second for second in looked if early < second < last)
    while passing - failing > 1:
        middle = next(tries, (failing + passing) // 2)
        if not failing < middle < passing:
            continue
        if _departure(ways, departing(middle)) < target_s - ALIKE_S:
            failing = middle
        else:
            passing = middle
    return departing(passing)


def _first_stage_before(ways: Ways, step: int, hold_km: float, target_s: float) -> int:
    """The largest first stage after which the crew can stay until an instant; what is there where it cannot anyhow."""
    there = _everything(ways, step, hold_km)._replace(second_kg=0)
    until_s = target_s - ALIKE_S
    if _departure(ways, there) >= until_s or _departure(ways, there._replace(first_kg=0)) < until_s:
        return there.first_kg
    # an instant not to be passed: time is turned round
    kg, _ = border(
        lambda kg: -_departure(ways, there._replace(first_kg=kg)), there.first_kg, 0, -until_s, slack_s=ALIKE_S / 2
    )
    return kg


def _sharing(ways: Ways, best: Found) -> Found:
    """Whether the crew leaves later with less of the first stage: where it alone takes the station below too soon."""
    reached_s, wanted_s = _departure(ways, best.way), _latest_departure_s(ways)
    tried_s = reached_s + TRIED_S
    while wanted_s - reached_s > TRIED_S:
        way = _departing(ways, best.way.start, best.way.hold_km, tried_s)
        if way is not None and _departure(ways, way) >= tried_s - ALIKE_S:
            best, reached_s = Found(way, _ranked(ways, "latest-crew-departure", way).rank), _departure(ways, way)
        elif tried_s - reached_s <= TRIED_S:
            break
        else:
            wanted_s = tried_s
        tried_s = max((reached_s + wanted_s) / 2, reached_s + TRIED_S)
    return best


def _in_turn(ways: Ways, most: Way, one: str, other: str, near: Way | None) -> Way:
    """One stage as far as it is needed, then the other as far as it is: amounts that together just meet the date."""

    def root(way: Way, name: str) -> Way:
        def entry_of(kg: int) -> float:
            return ways.outcome(way._replace(**{name: kg})).entry_s

        guess = None if near is None else getattr(near, name)
        kg, _ = border(entry_of, 0, getattr(most, name), ways.deadline_s, guess, slack_s=CLOSE_S)
        return way._replace(**{name: kg})

    alone = most._replace(**{other: 0})
    if ways.outcome(alone).entry_s < ways.deadline_s:
        return root(alone, one)
    return root(most, other)


def _staying(ways: Ways, way: Way, name: str) -> Way:
    """As much of a stage as lets the crew stay until operations end; none where not even that lets it."""
    until_s, most = _operate_until_s(ways), getattr(way, name)
    none = way._replace(**{name: 0})
    if _departure(ways, none) < until_s:
        return none
    kg, _ = border(lambda kg: -_departure(ways, way._replace(**{name: kg})), most, 0, -until_s, slack_s=ALIKE_S)
    return way._replace(**{name: kg})


# --- what is compared ------------------------------------------------------------------------------------------------


def _departure(ways: Ways, way: Way) -> float:
    return ways.outcome(way).departure_s


def _operate_until_s(ways: Ways) -> float:
    return from_date(ways.scenario.horizon.operate_until)


def _latest_departure_s(ways: Ways) -> float:
    """No crew leaves later and meets the date: so many months before it, or when none can stay any longer."""
    months = ways.scenario.descent.crew_departure_months_before_entry
    return min(ways.deadline_s - months * MONTH_S, ways.crew_until_s)


def _early_days(ways: Ways, way: Way) -> int:
    """Days that the crew leaves before operations end."""
    return max(math.ceil((_operate_until_s(ways) - _departure(ways, way)) / DAY_S), 0)


def _same_with(ways: Ways, way: Way, hold_km: float) -> bool:
    """Whether another hold altitude makes no difference to a way: it is not reached while propellant is spent."""
    return ways.outcome(way._replace(hold_km=hold_km)) == ways.outcome(way)


def _as_late_as_can_be(ways: Ways, best: Found) -> bool:
    """Whether no way lets the crew leave later."""
    return _departure(ways, best.way) >= _latest_departure_s(ways) - ALIKE_S


def _total_kg(way: Way) -> int:
    return way.first_kg + way.second_kg


def _preferred(ways: Ways, way: Way) -> tuple[float, float]:
    """Between equals: as the scenario has it, then the earlier start."""
    descent = ways.scenario.descent
    changed = (ways.day(way.start) != descent.lowering_start) + (way.hold_km != descent.hold_altitude_km)
    return float(changed), float(way.start)


def _better(best: Found | None, other: Found | None) -> Found | None:
    """The better of two."""
    if best is None or other is None:
        return best or other
    return other if other.rank < best.rank else best


def _trimmed(ways: Ways, way: Way) -> Way:
    """A way without what it does not spend above the hold altitude."""
    flown = ways.outcome(way)
    first_kg, second_kg = math.ceil(flown.first_kg - 1e-6), math.ceil(flown.second_kg - 1e-6)
    return way._replace(first_kg=min(way.first_kg, first_kg), second_kg=min(way.second_kg, second_kg))
