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

from pointnemo.descent.activity_lines import MONTH_S, last_seats
from pointnemo.descent.lowering.held_until import DAY_S, FIRST_DAYS, border
from pointnemo.descent.lowering.ways import Ground, Way
from pointnemo.scenario import expand_flights
from pointnemo.world.time import from_date

if TYPE_CHECKING:
    from pointnemo.scenario.models import Objective

__all__ = ["Found", "best_way", "cheapest", "earlier_start", "least_late", "more_first_stage"]

CLOSE_S = DAY_S / 4  # entry is brought so near to the date: about two kilograms
ALIKE_S = DAY_S / 2  # departures and entries in one such step of time are told apart by propellant
ALIKE_KG = 10
EXCHANGE_KG = 50
DAY_STEPS = (16, 4, 1)
WAIT_DAYS = 120  # for a vehicle to leave; drag gained by not waiting is worth more than any that leaves later
TRIED_S = 2 * DAY_S  # departures are sought no nearer than that where the propellant limits them
MISSING_MPS = 0.01  # what lacks less is held
MOST_FIRST_KG = 60_000  # as for remedies


class Found(NamedTuple):
    """A way and how good it is: the smaller its rank, the better.

    The rank begins with the days that the crew leaves before operations end, which nothing makes good.
    """

    way: Way
    rank: tuple[float, ...]


def best_way(ground: Ground, objective: Objective) -> Found | None:
    """The best way for an objective among the starts that are allowed.

    Args:
        ground: what to search on.
        objective: one of the scenario's.

    Returns:
        The way, trimmed to what it spends; None where none meets the target date with what is there.
    """
    hold_km = ground.scenario.descent.hold_altitude_km
    known: dict[int, Found | None] = {}

    def at(step: int) -> Found | None:
        if step not in known:
            known[step] = _solved(ground, objective, step, hold_km) if _may_start(ground, step) else None
        return known[step]

    best: Found | None = None
    for step in _months(ground):
        if best is not None and (
            _hopeless(ground, objective, best, step) or _dearer(ground, objective, best, at(step))
        ):
            break
        best = _better(best, at(step))
    for size in DAY_STEPS:
        middle = -1
        while best is not None and best.way.start != middle:
            middle = best.way.start
            for step in (middle - size, middle + size):
                if not _hopeless(ground, objective, best, step):
                    best = _better(best, at(step)) or best
    start = _span(ground)[0] if best is None else best.way.start
    for km in _holds(ground):
        best = _better(best, _solved(ground, objective, start, km))
    if best is None:
        return None
    if objective == "latest-crew-departure" and not _as_late_as_can_be(ground, best):
        best = _sharing(ground, best)
    # a wait can be worth more to a start with a larger first stage than to the best one without a wait
    finalists = [best, at(_span(ground)[0])]
    best = min((_waiting(ground, objective, one) for one in finalists if one is not None), key=lambda one: one.rank)
    return Found(_trimmed(ground, best.way), best.rank)


def least_late(ground: Ground) -> Way | None:
    """All that is there, spent as early as it can be once operations are over: where no way meets the date.

    A station that cannot be held until then is let go on the last day until which it can; None where that is not even
    the first.
    """
    step = _span(ground)[0]
    if ground.start(step) is None:
        if ground.start(FIRST_DAYS) is None:
            return None
        step, _ = border(lambda one: 1.0 if ground.start(one) is None else -1.0, step, FIRST_DAYS, 0.0, slack_s=0.0)
    ways = [_everything(ground, step, km) for km in _holds(ground)]
    return _trimmed(ground, min(ways, key=lambda way: ground.outcome(way).entry_s))


def cheapest(
    ground: Ground,
    step: int,
    second: int,
    hold_km: float,
    most_first_kg: int | None = None,
    near: Way | None = None,
) -> Way | None:
    """The least propellant with which two starts meet the target date.

    Args:
        ground: what to search on.
        step: at which lowering starts.
        second: step at which the second stage starts.
        hold_km: hold altitude.
        most_first_kg: of the first stage; None takes what is there.
        near: a way whose amounts will be much the same; the answer does not hang on it.

    Returns:
        The way; None where all that is there is not enough.
    """
    start = ground.start(step)
    if start is None:
        return None
    first_kg = start.most_kg if most_first_kg is None else min(most_first_kg, start.most_kg)
    most = Way(step, first_kg, second, ground.vehicle.most_kg, hold_km)
    nothing = most._replace(first_kg=0, second_kg=0)
    if ground.outcome(most).entry_s >= ground.deadline_s:
        return None
    if ground.outcome(nothing).entry_s < ground.deadline_s:
        return nothing
    way = _in_turn(ground, most, "first_kg", "second_kg", near)
    given, taken = way.first_kg - EXCHANGE_KG, way.second_kg + EXCHANGE_KG
    if given < 0 or taken > most.second_kg:
        return way
    if ground.outcome(way._replace(first_kg=given, second_kg=taken)).entry_s >= ground.outcome(way).entry_s:
        return way
    return min(way, _in_turn(ground, most, "second_kg", "first_kg", near), key=_total_kg)


def earlier_start(ground: Ground) -> Way | None:
    """The latest start before operations end from which all that is there meets the target date; None for none."""
    first, last = FIRST_DAYS, _span(ground)[0]

    def quickest(step: int) -> Way:
        return min((_everything(ground, step, km) for km in _holds(ground)), key=lambda w: ground.outcome(w).entry_s)

    def entry_of(step: int) -> float:
        # a station that cannot be held until then is down before
        return -math.inf if ground.start(step) is None else ground.outcome(quickest(step)).entry_s

    if last <= first or ground.start(first) is None or entry_of(first) >= ground.deadline_s:
        return None
    step, _ = border(entry_of, last, first, ground.deadline_s, slack_s=0.0)
    return quickest(step)


def more_first_stage(ground: Ground, way: Way) -> int | None:
    """Propellant of the first stage with which a late way meets the target date, wherever it comes from, kg.

    Args:
        ground: what to search on.
        way: a way that is late.

    Returns:
        As of the scenario's lowering vehicle; None where no amount helps.
    """

    def entry_of(kg: int) -> float:
        return ground.outcome(way._replace(first_kg=kg)).entry_s

    if entry_of(MOST_FIRST_KG) >= ground.deadline_s:
        return None
    return border(entry_of, way.first_kg, MOST_FIRST_KG, ground.deadline_s, slack_s=CLOSE_S)[0]


# --- where to look ---------------------------------------------------------------------------------------------------


def _span(ground: Ground) -> tuple[int, int]:
    """First and last step on which lowering may start."""
    horizon = ground.scenario.horizon
    last = min(ground.step(horizon.deorbit_by), len(ground.decision.schedule.dry_mass_kg) - 2)
    return min(max(ground.step(horizon.operate_until), FIRST_DAYS), last), last


def _months(ground: Ground) -> tuple[int, ...]:
    """The end of operations, and the first of every month after it."""
    first, last = _span(ground)
    year, month = ground.day(first).year, ground.day(first).month
    steps = [first]
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        step = ground.step(date(year, month, 1))
        if step > last:
            return tuple(steps)
        steps.append(step)


def _holds(ground: Ground) -> tuple[float, ...]:
    """Hold altitudes worth trying: the scenario's, and both ends of its range."""
    descent = ground.scenario.descent
    found = (descent.hold_altitude_km, descent.hold_low_km, descent.hold_high_km)
    return tuple(dict.fromkeys(km for km in found if km is not None and km >= descent.targeting_altitude_km))


def _may_start(ground: Ground, step: int) -> bool:
    """Whether operations are over by then, and the station can be held until then."""
    first, last = _span(ground)
    if not first <= step <= last:
        return False
    start = ground.start(step)
    return start is not None and (step == first or start.held.missing_mps <= MISSING_MPS)


def _earliest_second(ground: Ground, step: int) -> int:
    """The first step from a start on at which the deorbit vehicle can lower; the start where it never can."""
    first = ground.vehicle.first
    return step if first is None else max(step, ground.step(first))


def _everything(ground: Ground, step: int, hold_km: float) -> Way:
    """All that is there from a start on, as early as it can be spent."""
    start = ground.start(step)
    first_kg = 0 if start is None else start.most_kg
    return Way(step, first_kg, _earliest_second(ground, step), ground.vehicle.most_kg, hold_km)


def _hopeless(ground: Ground, objective: Objective, best: Found, step: int) -> bool:
    """Whether a start, and so any later one, takes more propellant than what is found.

    The same velocity spent all at once, by an engine that need not come first and as if the station were as light as it
    gets before the target date, is the least that a start can do with. Where propellant decides only between equals,
    what is found must be as good as can be.
    """
    if objective == "largest-margin" or ground.start(step) is None or step <= best.way.start:
        return False
    if objective == "latest-crew-departure" and not _as_late_as_can_be(ground, best):
        return False
    dry_kg = ground.decision.schedule.dry_mass_kg[step : _span(ground)[1] + 1]
    lighter = float(dry_kg[0] / dry_kg.min())
    total_kg = math.ceil((best.way.first_kg + best.way.second_kg * ground.second_over_first) * lighter)
    at_once = best.way._replace(start=step, first_kg=total_kg, second=step, second_kg=0)
    return ground.outcome(at_once).entry_s >= ground.deadline_s + ALIKE_S


def _dearer(ground: Ground, objective: Objective, best: Found, other: Found | None) -> bool:
    """Whether a later start only costs more for as late a departure, as any that is later still will."""
    if objective != "latest-crew-departure" or other is None or other.way.start <= best.way.start:
        return False
    return _as_late_as_can_be(ground, best) and other.rank > best.rank


# --- the three objectives, from one start ----------------------------------------------------------------------------


def _solved(ground: Ground, objective: Objective, step: int, hold_km: float) -> Found | None:
    """The best way from one start, its second stage as early as can be or as late as its crew asks for."""
    if ground.start(step) is None:
        return None
    if objective == "latest-crew-departure":
        way = _departing(ground, step, hold_km, _latest_departure_s(ground))
    else:
        way = _from_second(ground, objective, step, _earliest_second(ground, step), hold_km)
        if way is not None and objective == "least-propellant" and _early_days(ground, way) > 0:
            way = _departing(ground, step, hold_km, _operate_until_s(ground) + ALIKE_S)
    return None if way is None else _ranked(ground, objective, way)


def _from_second(
    ground: Ground, objective: Objective, step: int, second: int, hold_km: float, near: Way | None = None
) -> Way | None:
    """The best way from given starts of both stages.

    For the largest margin that is all that is there, or as much of it as lets the crew stay until operations end; else
    the cheapest that meets the date.
    """
    if objective != "largest-margin":
        return cheapest(ground, step, second, hold_km, near=near)
    way = _everything(ground, step, hold_km)._replace(second=second)
    if ground.outcome(way).entry_s >= ground.deadline_s:
        return None
    for name in ("second_kg", "first_kg"):
        if _early_days(ground, way) > 0 and getattr(way, name) > 0:
            way = _staying(ground, way, name)
    return way if ground.outcome(way).entry_s < ground.deadline_s else None


def _ranked(ground: Ground, objective: Objective, way: Way) -> Found:
    """A way and how good it is."""
    outcome = ground.outcome(way)
    spent_kg = math.ceil(outcome.first_kg + outcome.second_kg)
    if objective == "largest-margin":  # entries in one step of time differ by as much
        spent_kg = spent_kg // ALIKE_KG * ALIKE_KG
    wanted = {
        "least-propellant": 0,
        "latest-crew-departure": -round(outcome.departure_s / ALIKE_S),
        "largest-margin": round(outcome.entry_s / ALIKE_S),
    }
    return Found(way, (_early_days(ground, way), wanted[objective], spent_kg, *_preferred(ground, way)))


def _waiting(ground: Ground, objective: Objective, best: Found) -> Found:
    """Whether another day for the second stage is better: when a heavy vehicle has left, or a little off."""
    if best.way.second_kg == 0:
        return best
    known: set[int] = {best.way.second}

    def tried(best: Found, second: int) -> Found:
        if second in known or not _earliest_second(ground, best.way.start) <= second <= _span(ground)[1]:
            return best
        known.add(second)
        way = _from_second(ground, objective, best.way.start, second, best.way.hold_km, best.way)
        return best if way is None else min(best, _ranked(ground, objective, way), key=lambda one: one.rank)

    first = best.way.second
    leaving = {ground.step(flight.undock) for flight in expand_flights(ground.scenario).values()}
    for second in sorted(step for step in leaving if first < step <= first + WAIT_DAYS):
        best = tried(best, second)
    for size in DAY_STEPS:
        middle = -1
        while best.way.second != middle:
            middle = best.way.second
            for second in (middle - size, middle + size):
                best = tried(best, second)
    return best


def _departing(ground: Ground, step: int, hold_km: float, target_s: float) -> Way | None:
    """The cheapest way from a start whose crew leaves at an instant or later; else the one with the latest departure.

    Before the departure the first stage is worth most. It is used as far as it is there and does not by itself take the
    station below the altitude at which the crew leaves; a second stage that starts late keeps it above.
    """
    early, most_kg = _earliest_second(ground, step), _first_stage_before(ground, step, hold_km, target_s)
    way = cheapest(ground, step, early, hold_km, most_kg)
    if way is None:  # only a larger first stage meets the date, and its crew leaves before
        return cheapest(ground, step, early, hold_km)
    if ground.vehicle.most_kg == 0 or _departure(ground, way) >= target_s - ALIKE_S:
        return way
    most = way._replace(first_kg=most_kg, second_kg=ground.vehicle.most_kg)
    last, _ = border(
        lambda second: ground.outcome(most._replace(second=second)).entry_s,
        max(_span(ground)[1], early + 1), early, ground.deadline_s, slack_s=0.0,
    )  # fmt: skip

    def departing(second: int) -> Way:
        return cheapest(ground, step, second, hold_km, most_kg, way) or way

    latest = departing(last)
    if _departure(ground, latest) < target_s - ALIKE_S:
        return max(way, latest, key=lambda one: _departure(ground, one))
    # from some day on the second stage has nothing to do with the departure, so that secants say nothing
    failing, passing = early, last
    while passing - failing > 1:
        middle = (failing + passing) // 2
        if _departure(ground, departing(middle)) < target_s - ALIKE_S:
            failing = middle
        else:
            passing = middle
    return departing(passing)


def _first_stage_before(ground: Ground, step: int, hold_km: float, target_s: float) -> int:
    """The largest first stage after which the crew can stay until an instant; what is there where it cannot anyhow."""
    there = _everything(ground, step, hold_km)._replace(second_kg=0)
    until_s = target_s - ALIKE_S
    if _departure(ground, there) >= until_s or _departure(ground, there._replace(first_kg=0)) < until_s:
        return there.first_kg
    # an instant not to be passed: time is turned round
    kg, _ = border(
        lambda kg: -_departure(ground, there._replace(first_kg=kg)), there.first_kg, 0, -until_s, slack_s=ALIKE_S / 2
    )
    return kg


def _sharing(ground: Ground, best: Found) -> Found:
    """Whether the crew leaves later with less of the first stage: where it alone takes the station below too soon."""
    reached_s, wanted_s = _departure(ground, best.way), _latest_departure_s(ground)
    tried_s = reached_s + TRIED_S
    while wanted_s - reached_s > TRIED_S:
        way = _departing(ground, best.way.start, best.way.hold_km, tried_s)
        if way is not None and _departure(ground, way) >= tried_s - ALIKE_S:
            best, reached_s = Found(way, _ranked(ground, "latest-crew-departure", way).rank), _departure(ground, way)
        elif tried_s - reached_s <= TRIED_S:
            break
        else:
            wanted_s = tried_s
        tried_s = max((reached_s + wanted_s) / 2, reached_s + TRIED_S)
    return best


def _in_turn(ground: Ground, most: Way, one: str, other: str, near: Way | None) -> Way:
    """One stage as far as it is needed, then the other as far as it is: amounts that together just meet the date."""

    def root(way: Way, name: str) -> Way:
        def entry_of(kg: int) -> float:
            return ground.outcome(way._replace(**{name: kg})).entry_s

        guess = None if near is None else getattr(near, name)
        kg, _ = border(entry_of, 0, getattr(most, name), ground.deadline_s, guess, slack_s=CLOSE_S)
        return way._replace(**{name: kg})

    alone = most._replace(**{other: 0})
    if ground.outcome(alone).entry_s < ground.deadline_s:
        return root(alone, one)
    return root(most, other)


def _staying(ground: Ground, way: Way, name: str) -> Way:
    """As much of a stage as lets the crew stay until operations end; none where not even that lets it."""
    until_s, most = _operate_until_s(ground), getattr(way, name)
    none = way._replace(**{name: 0})
    if _departure(ground, none) < until_s:
        return none
    kg, _ = border(lambda kg: -_departure(ground, way._replace(**{name: kg})), most, 0, -until_s, slack_s=ALIKE_S)
    return way._replace(**{name: kg})


# --- what is compared ------------------------------------------------------------------------------------------------


def _departure(ground: Ground, way: Way) -> float:
    return ground.outcome(way).departure_s


def _operate_until_s(ground: Ground) -> float:
    return from_date(ground.scenario.horizon.operate_until)


def _latest_departure_s(ground: Ground) -> float:
    """No crew leaves later and meets the date: so many months before it, or in the last seats."""
    months = ground.scenario.descent.crew_departure_months_before_entry
    seats = last_seats(ground.scenario)
    latest = ground.deadline_s - months * MONTH_S
    return latest if seats is None else min(latest, from_date(seats))


def _early_days(ground: Ground, way: Way) -> int:
    """Days that the crew leaves before operations end."""
    return max(math.ceil((_operate_until_s(ground) - _departure(ground, way)) / DAY_S), 0)


def _as_late_as_can_be(ground: Ground, best: Found) -> bool:
    """Whether no way lets the crew leave later."""
    return _departure(ground, best.way) >= _latest_departure_s(ground) - ALIKE_S


def _total_kg(way: Way) -> int:
    return way.first_kg + way.second_kg


def _preferred(ground: Ground, way: Way) -> tuple[float, float]:
    """Between equals: as the scenario has it, then the earlier start."""
    descent = ground.scenario.descent
    changed = (ground.day(way.start) != descent.lowering_start) + (way.hold_km != descent.hold_altitude_km)
    return float(changed), float(way.start)


def _better(best: Found | None, other: Found | None) -> Found | None:
    """The better of two."""
    if best is None or other is None:
        return best or other
    return other if other.rank < best.rank else best


def _trimmed(ground: Ground, way: Way) -> Way:
    """A way without what it does not spend above the hold altitude."""
    flown = ground.outcome(way)
    first_kg, second_kg = math.ceil(flown.first_kg - 1e-6), math.ceil(flown.second_kg - 1e-6)
    return way._replace(first_kg=min(way.first_kg, first_kg), second_kg=min(way.second_kg, second_kg))
