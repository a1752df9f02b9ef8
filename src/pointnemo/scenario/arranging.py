"""The best arrangement of a manifest: which flight takes which port, and what has to change so that all can fly.

The objective, in this order: no listed flight is lost, listed flights wait for no port, as few flights of a cadence as
possible are lost, as few clearances as possible are broken by listed flights (flights of a cadence break none: they are
lost instead), and departures from what was asked for cost as little as possible (``scenario.choices``).

Where everything finds a port as asked for, the cheapest assignment is found exactly by a walk over the days whose
states are the vehicles that are docked; that is nearly always so. Elsewhere the whole knot of flights that hang
together is an integer programme, solved by HiGHS: one choice for each flight, at most one flight on a port on each day
(maximal cliques of intervals), one binary for each clearance that may have to be broken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pointnemo.scenario.choices import CREW_SHIFT_DAYS, SHIFT_DAYS, Candidate, Choice, all_choices, asked_choices
from pointnemo.scenario.models import Clearance, Flight, Scenario
from pointnemo.scenario.stays import breaches_of, meet, moved, passing, standing, stretches

if TYPE_CHECKING:
    from pointnemo.mixed_integer import Programme

__all__ = ["Arrangement", "arrange", "knots"]

MOST_STATES = 4000  # of the walk over the days, on any day; beyond, the integer programme is quicker
FEW = 30  # flights in one knot that are tried on every day around their rhythm; of more, on every fifth
MANY = 50  # flights in one knot; beyond, only those that slipped are tried in other ways than asked for
TOO_MANY = 250  # beyond, they are placed one by one: nobody flies so, and no solver is quick there
WAITING = 50_000  # how bad it is that a listed flight waits, where losing one of a cadence is about 1000
NODE_LIMIT = 300  # of the integer programme: a limit of nodes, unlike one of time, gives the same answer anywhere

Options = Sequence[Sequence[Choice]]
Columns = Sequence[Sequence[int]]  # of the programme: flight -> choice -> its binary
Conflict = Callable[[int, int, int, int], bool]


@dataclass(frozen=True)
class Arrangement:
    """The answer.

    Attributes:
        chosen: flight key -> how it is flown; None where it is lost.
        proven: no arrangement of these choices is better.
    """

    chosen: Mapping[str, Choice | None]
    proven: bool


def arrange(scenario: Scenario, candidates: Sequence[Candidate]) -> Arrangement:
    """Place every flight that can be placed, at the least cost.

    Args:
        scenario: ports and clearances.
        candidates: flights to be placed; the order decides between answers of one cost.

    Returns:
        The same answer for the same question, always; an arranged manifest is its own arrangement.
    """
    chosen: dict[str, Choice | None] = {}
    proven = True
    for knot in knots(scenario, candidates):
        plain = [asked_choices(one) for one in knot]
        picks = _walk(scenario.station.clearances, knot, plain)
        options: Options = plain
        if picks is None:
            options = _every_choice(scenario, knot)
            solve = _programme if len(knot) <= TOO_MANY else _one_by_one
            picks, exact = solve(scenario.station.clearances, knot, options)
            proven = proven and exact and len(knot) <= MANY
        for one, choices, pick in zip(knot, options, picks, strict=True):
            chosen[one.key] = None if pick is None else choices[pick]
    return Arrangement({one.key: chosen[one.key] for one in candidates}, proven)


def _every_choice(scenario: Scenario, knot: Sequence[Candidate]) -> Options:
    """All choices of a knot of ordinary size; of a larger one, those of the flights that slipped."""
    if len(knot) <= MANY:
        step = 1 if len(knot) <= FEW else 5
        return [all_choices(scenario, one, knot, step) for one in knot]
    return [all_choices(scenario, one, knot, 0) if one.touched else asked_choices(one) for one in knot]


# --- knots -----------------------------------------------------------------------------------------------------------


def knots(scenario: Scenario, candidates: Sequence[Candidate]) -> tuple[tuple[Candidate, ...], ...]:
    """Groups of flights that can get in each other's way, in the order of their first flight.

    Two flights hang together where they are docked at one time, in any of their choices, and share a port or stand in
    a clearance.
    """
    linked: dict[str, set[str]] = {}
    for rule in scenario.station.clearances.values():
        linked.setdefault(rule.port, set()).add(rule.neighbour)
        linked.setdefault(rule.neighbour, set()).add(rule.port)
    reach = [_reach(one) for one in candidates]
    ports = [frozenset(one.ports) | {move.port for move in one.asked.moves} for one in candidates]
    around = [own | {far for port in own for far in linked.get(port, ())} for own in ports]
    order = sorted(range(len(candidates)), key=lambda k: reach[k][0])
    root = list(range(len(candidates)))

    def top(k: int) -> int:
        while root[k] != k:
            root[k] = root[root[k]]
            k = root[k]
        return k

    current: list[int] = []
    for k in order:
        current = [other for other in current if reach[other][1] >= reach[k][0]]
        for other in current:
            if not around[k].isdisjoint(ports[other]):
                first, second = sorted((top(k), top(other)))
                root[second] = first
        current.append(k)
    groups: dict[int, list[Candidate]] = {}
    for k, one in enumerate(candidates):
        groups.setdefault(top(k), []).append(one)
    return tuple(tuple(group) for group in groups.values())


def _reach(one: Candidate) -> tuple[date, date]:
    """First and last day on which a flight can be docked, in any of its choices short of waiting."""
    days = (CREW_SHIFT_DAYS if one.asked.crew else SHIFT_DAYS) if one.cadence else 0
    return moved(one.asked.dock, -days), date.max if one.touched else moved(one.asked.undock, days)


# --- everything as asked for -----------------------------------------------------------------------------------------


def _given(one: Candidate) -> bool:
    """Whether a flight is flown as it is listed whatever it breaks: that is for the report to name."""
    return not one.cadence and not one.touched


def _walk(clearances: Mapping[str, Clearance], knot: Sequence[Candidate], options: Options) -> tuple[int, ...] | None:
    """The cheapest assignment in which nothing is lost and nothing broken; None where there is none.

    Flights are placed in order of docking. Whatever was chosen before matters only through the vehicles that are still
    docked: of all beginnings that leave the same ones docked in the same way the cheapest is kept.
    """
    order = sorted(range(len(knot)), key=lambda k: (knot[k].asked.dock, k))
    clash = _clash(clearances, knot, options)
    states: dict[tuple[tuple[int, int], ...], tuple[int, tuple[tuple[int, int], ...]]] = {(): (0, ())}
    for k in order:
        today = knot[k].asked.dock
        following: dict[tuple[tuple[int, int], ...], tuple[int, tuple[tuple[int, int], ...]]] = {}
        for docked, (cost, past) in states.items():
            staying = tuple(item for item in docked if options[item[0]][item[1]].flight.undock >= today)
            for pick, choice in enumerate(options[k]):
                if any(clash(other, its, k, pick) for other, its in staying):
                    continue
                state, total = (*staying, (k, pick)), cost + choice.cost
                if state not in following or total < following[state][0]:
                    following[state] = (total, (*past, (k, pick)))
        if not following or len(following) > MOST_STATES:
            return None
        states = following
    picks = dict(min(states.values(), key=lambda item: item[0])[1])
    return tuple(picks[k] for k in range(len(knot)))


def _clash(clearances: Mapping[str, Clearance], knot: Sequence[Candidate], options: Options) -> Conflict:
    """Whether two choices cannot both be flown, remembered."""
    known: dict[tuple[int, int, int, int], bool] = {}

    def clash(i: int, a: int, k: int, b: int) -> bool:
        mark = (i, a, k, b)
        if mark not in known:
            one, other = options[i][a].flight, options[k][b].flight
            broken = not (_given(knot[i]) and _given(knot[k])) and _broken(clearances, one, other)
            known[mark] = broken or meet(one, other) is not None
        return known[mark]

    return clash


def _broken(clearances: Mapping[str, Clearance], one: Flight, other: Flight) -> bool:
    return bool(breaches_of(clearances, one, other) or breaches_of(clearances, other, one))


# --- the integer programme -------------------------------------------------------------------------------------------


def _programme(
    clearances: Mapping[str, Clearance], knot: Sequence[Candidate], options: Options
) -> tuple[tuple[int | None, ...], bool]:
    """The best choice of each flight, None for one that is lost; and whether that is proven."""
    from pointnemo.mixed_integer import Programme  # numpy: nearly no manifest needs it

    programme = Programme()
    columns = [[programme.binary() for _ in choices] for choices in options]
    lost = [programme.binary() for _ in knot]
    for mine, gone in zip(columns, lost, strict=True):
        programme.row({**dict.fromkeys(mine, 1.0), gone: 1.0}, 1.0, 1.0)
    _add_ports(programme, options, columns)
    pairs = _add_clearances(programme, clearances, knot, options, columns)
    waits = {
        column: float(WAITING * (choice.wait_days > 0))
        for mine, choices in zip(columns, options, strict=True)
        for column, choice in zip(mine, choices, strict=True)
    }
    worst = waits | {gone: float(one.lost) for gone, one in zip(lost, knot, strict=True)} | dict.fromkeys(pairs, 1.0)
    cost = {
        column: float(choice.cost)
        for mine, choices in zip(columns, options, strict=True)
        for column, choice in zip(mine, choices, strict=True)
    }
    found = programme.relaxed((), worst).solve(0.0, NODE_LIMIT)
    if found is None:
        return _one_by_one(clearances, knot, options)
    programme.row(worst, high=round(sum(weight * found.value[index] for index, weight in worst.items())) + 0.5)
    best = programme.relaxed((), cost).solve(0.0, NODE_LIMIT)
    picked = (best or found).value
    picks = tuple(next((pick for pick, index in enumerate(mine) if picked[index] > 0.5), None) for mine in columns)
    return picks, best is not None and found.proved and best.proved


def _add_ports(programme: Programme, options: Options, columns: Columns) -> None:
    """At most one flight on a port on any day: one row for each maximal clique of stretches."""
    on_port: dict[str, list[tuple[date, date, int, int]]] = {}
    for k, choices in enumerate(options):
        for pick, choice in enumerate(choices):
            for port, begin, end in stretches(choice.flight):
                on_port.setdefault(port, []).append((begin, end, k, columns[k][pick]))
    for stays in on_port.values():
        ends = sorted({end for _, end, _, _ in stays})
        starts = sorted({begin for begin, _, _, _ in stays})
        for index, start in enumerate(starts):
            later = starts[index + 1] if index + 1 < len(starts) else date.max
            if not any(start < end <= later for end in ends):
                continue  # whoever is there on this day is there on the next start too
            members = [(k, column) for begin, end, k, column in stays if begin <= start < end]
            if len({k for k, _ in members}) > 1:
                programme.row(dict.fromkeys(sorted({column for _, column in members}), 1.0), -1.0, 1.0)


def _add_clearances(
    programme: Programme,
    clearances: Mapping[str, Clearance],
    knot: Sequence[Candidate],
    options: Options,
    columns: Columns,
) -> tuple[int, ...]:
    """Clearances: kept by flights of a cadence, kept if possible by listed ones.

    Returns:
        The binaries "this pair breaks a clearance".
    """
    pairs: dict[tuple[int, int], int] = {}
    for rule in clearances.values():
        passes = [[(b, days) for b, choice in enumerate(choices) if (days := passing(rule, choice.flight))]
                  for choices in options]  # fmt: skip
        for i, choices in enumerate(options):
            for a, choice in enumerate(choices):
                stands = standing(rule, choice.flight)
                for k in range(len(knot)) if stands else ():
                    given = a == 0 and _given(knot[i]) and _given(knot[k])
                    against = {
                        columns[k][b]: 1.0
                        for b, days in passes[k]
                        if k != i
                        and not (given and b == 0)
                        and any(begin <= day < end for begin, end in stands for day, _ in days)
                    }
                    if not against:
                        continue
                    if not knot[i].cadence and not knot[k].cadence:
                        pair = (min(i, k), max(i, k))
                        if pair not in pairs:
                            pairs[pair] = programme.binary()
                        against[pairs[pair]] = -1.0
                    programme.row({columns[i][a]: 1.0, **against}, -2.0, 1.0)
    return tuple(pairs.values())


def _one_by_one(
    clearances: Mapping[str, Clearance], knot: Sequence[Candidate], options: Options
) -> tuple[tuple[int | None, ...], bool]:
    """Flights in the order of the knot, each in its first choice that meets none before; never proven best."""
    clash = _clash(clearances, knot, options)
    picks: list[int | None] = []
    for k in range(len(knot)):
        taken = [(i, pick) for i, pick in enumerate(picks) if pick is not None]
        fitting = (b for b in range(len(options[k])) if not any(clash(i, a, k, b) for i, a in taken))
        picks.append(next(fitting, None))
    return tuple(picks), False
