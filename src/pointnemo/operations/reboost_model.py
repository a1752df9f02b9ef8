"""The schedule of reboosts as a mixed-integer linear programme about a flown path.

Between two nodes (days on which a burn is possible or an event is served) everything is linear in small changes of the
altitude: the altitude itself, whose loss to drag depends on it; its sum over the days, which the phase of a launch or
landing hangs on; and the propellant in every tank. Whole numbers say whether a burn is made and in which window, of the
few about the path, the phase of an event lies.

Limits are soft where they can be in each other's way: the programme always has an answer, and what it misses is named.
Penalties rank them: altitude before phase before reserve, so that propellant kept back is used before the station
sinks. An empty tank is no soft limit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pointnemo.mixed_integer import Programme, Solution
from pointnemo.motion.history_kernel import G0_KM_S2
from pointnemo.motion.history_tables import Policy, Schedule
from pointnemo.operations.phases import Choice, Event
from pointnemo.operations.reserve import lasting_tanks
from pointnemo.operations.station_path import StationPath
from pointnemo.results import FloatArray
from pointnemo.scenario.models import Rules
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

__all__ = ["EventDay", "EventModel", "Limits", "Misses", "Model", "ModelBurn", "Solved", "build", "read"]

# kg of propellant that a unit of a missed limit weighs
KM_BELOW_KG = 2e4
KM_ABOVE_KG = 2e4
KM_END_KG = 1e4
PHASE_DEG_KG = 60.0
KNOWN_SHARE, KNOWN_MORE = 0.01, 1.02  # price of what is missed anyhow, and room for the path to move
RESERVE_KG_KG = 5.0
ATTITUDE_KG_KG = 200.0

SPARE_KG = 5.0  # left in a vehicle, so that a burn trimmed up a little does not need a second one
LEAST_ROOM = 1.05  # a burn planned at its least size would be left out where it comes out a little smaller in flight
KEPT_KM = 0.05  # above a lower limit, for what averaging does not see
PHASE_MARGIN_DEG = 1.5  # phases are kept off the edges of their window, for what averaging does not see
ROOM_DEG = 15.0
REACH_DEG = 300.0  # windows further from the path's phase are not looked at: a later round may come to them
AWAY_DEG = 20_000.0
FULL_DEG = 360.0


class Window(NamedTuple):
    """A range of the phase, as a change from that of the path.

    Attributes:
        choice: index of the rendezvous.
        low_deg: least change.
        high_deg: largest.
    """

    choice: int
    low_deg: float
    high_deg: float


class EventDay(NamedTuple):
    """One day on which an event could be served.

    Attributes:
        row: of the path: the midnight with which the day begins.
        phase_deg: on the path.
        per_km_day: its change with the sum of altitude over days, deg per km day.
        cost_kg: what it weighs to move the event to this day.
        choices: ranges of the phase.
        turn_deg: change of the phase with a revolution more: where it comes back to the same place.
    """

    row: int
    phase_deg: float
    per_km_day: float
    cost_kg: float
    choices: tuple[Choice, ...]
    turn_deg: float = FULL_DEG


class EventModel(NamedTuple):
    """An event with the days that it could be served on."""

    event: Event
    days: tuple[EventDay, ...]


class Limits(NamedTuple):
    """What the programme keeps to, at the rows of the path.

    Attributes:
        lower_km: shape (rows,), lower edge of the corridor.
        upper_km: shape (rows,), upper edge, above it what no burn would change.
        end_km: least altitude at the last row, None where it is free.
        reserve_kg: shape (rows,), usable propellant to be kept.
        growth: shape (rows - 1,), by which a kilometre more at a row has grown at the next: higher is thinner.
        burn_rows: rows at whose midnight a burn is possible.
        turned: shape (tanks,), True where the station must be turned for the tank's engine.
    """

    lower_km: FloatArray
    upper_km: FloatArray
    end_km: float | None
    reserve_kg: FloatArray
    growth: FloatArray
    burn_rows: tuple[int, ...]
    turned: tuple[bool, ...]


@dataclass
class Model:
    """The programme with the variables by which it is read.

    Attributes:
        programme: the programme.
        nodes: rows of the path, rising.
        made: node -> whether a burn is made there.
        spent: node -> tank -> propellant of that burn, kg.
        above: node -> deviation of the altitude after the burn from the path, km.
        chosen: event -> day -> window -> whether it is used.
        room: event -> how far its phase is inside the window, degrees; free, up to 15.
        missed: limit and node or event -> by how much, in one variable or two.
        known: what no schedule keeps, by limit and node. Left at its full price it would be nearly all of the cost, and
            a small gap of that would be more than all that is left to decide.
        scale: of all penalties.
    """

    programme: Programme
    nodes: tuple[int, ...]
    made: dict[int, int] = field(default_factory=dict)
    spent: dict[int, dict[int, int]] = field(default_factory=dict)
    above: dict[int, int] = field(default_factory=dict)
    chosen: list[list[dict[Window, int]]] = field(default_factory=list)
    room: list[int] = field(default_factory=list)
    missed: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    known: Mapping[tuple[str, int], float] = field(default_factory=dict)
    scale: float = 1.0

    def soft(self, limit: str, where: int, cost: float) -> dict[int, float]:
        """Variables by which a limit may be missed, as terms of its row: what is known to be missed anyhow is cheap."""
        slacks = self.missed.setdefault((limit, where), [])
        if not slacks:
            cost *= self.scale
            slacks.append(self.programme.variable(cost=cost))
            if (least := self.known.get((limit, where), 0.0)) > 0.0:
                slacks.append(self.programme.variable(high=KNOWN_MORE * least, cost=KNOWN_SHARE * cost))
        return dict.fromkeys(slacks, 1.0)

    def holding(self, solved: Solved, tanks: bool = True) -> dict[int, float]:
        """Variables that keep this model to the choices of an earlier one: burns, tanks, rendezvous, days.

        Args:
            solved: the earlier solution.
            tanks: whether the tank of a burn is held, too.

        Returns:
            For ``Programme.solve``.
        """
        payer = {burn.row: burn.tank for burn in solved.burns}
        held = {index: float(row in payer) for row, index in self.made.items()}
        for row, tank in payer.items() if tanks else ():
            held |= {index: 0.0 for other, index in self.spent.get(row, {}).items() if other != tank}
        for days, (day, choice) in zip(self.chosen, solved.events, strict=True):
            for d, used in enumerate(days):
                mine = [window for window in used if window.choice == choice] if d == day else []
                for window, index in used.items():
                    held[index] = float(window in mine[:1])
        return held


class ModelBurn(NamedTuple):
    """A burn of a solution.

    Attributes:
        row: at whose midnight.
        tank: that pays the most of it.
        altitude_km: mean altitude after it.
    """

    row: int
    tank: int
    altitude_km: float


class Misses(NamedTuple):
    """By how much a solution misses its limits: name of the limit, node or event, amount."""

    limit: str
    where: int
    amount: float


class Solved(NamedTuple):
    """A solution, read.

    Attributes:
        burns: by row.
        events: (day, choice) used by each event.
        misses: of the limits.
        objective_kg: propellant and weights, without what is missed.
        propellant_kg: of the burns.
    """

    burns: tuple[ModelBurn, ...]
    events: tuple[tuple[int, int], ...]
    misses: tuple[Misses, ...]
    objective_kg: float
    propellant_kg: float


def build(
    path: StationPath,
    schedule: Schedule,
    policy: Policy,
    levels_kg: FloatArray,
    limits: Limits,
    events: Sequence[EventModel],
    rules: Rules,
    known: Mapping[tuple[str, int], float] | None = None,
) -> Model:
    """Write down the programme.

    Args:
        path: flown, about which all is linear.
        schedule: tanks and when they may thrust.
        policy: attitude propellant.
        levels_kg: shape (tanks,), propellant in each tank at the first row.
        limits: see there.
        events: what the phase must fit.
        rules: size and weight of burns.
        known: what no schedule keeps, by limit and node.

    Returns:
        Model.
    """
    last = policy.lowering_step
    jumps = np.flatnonzero(path.after_km[: last + 1] - path.before_km[: last + 1] > 0.0)
    served = [day.row for event in events for day in event.days]
    nodes = tuple(sorted({0, last, *limits.burn_rows, *map(int, jumps), *served}))
    model = Model(Programme(), nodes, known=known or {}, scale=_penalty_scale(rules))
    sums = _altitude(model, path, schedule, limits, rules)
    _propellant(model, path, schedule, policy, levels_kg, limits, rules)
    for index, event in enumerate(events):
        _event(model, index, event, sums)
    return model


def _penalty_scale(rules: Rules) -> float:
    """Penalties grow with the weights, so that no weight outranks a limit."""
    return max(1.0, rules.reboost_weight_kg / 20.0, rules.turn_weight_kg / 20.0, 2.0 * rules.margin_weight)


def _altitude(
    model: Model, path: StationPath, schedule: Schedule, limits: Limits, rules: Rules
) -> dict[int, dict[int, float]]:
    """Altitude at every node. Returns, for each node, the sum of the deviation over the days before it, as terms."""
    programme, nodes = model.programme, model.nodes
    candidates = set(limits.burn_rows)
    last = nodes[-1]
    lower, upper = model.soft("lower", last, KM_BELOW_KG), model.soft("upper", last, KM_ABOVE_KG)
    too_high = dict.fromkeys(upper, -1.0)
    sums: dict[int, dict[int, float]] = {nodes[0]: {}}
    carried: int | None = None
    for k, row in enumerate(nodes):
        growth, days = 1.0, 0.0
        if k:
            earlier = nodes[k - 1]
            growth = float(np.prod(limits.growth[earlier:row]))
            days = float(path.tt_s[row] - path.tt_s[earlier]) / 86400.0
            assert carried is not None
            terms = dict(sums[earlier])
            terms[carried] = terms.get(carried, 0.0) + 0.5 * (1.0 + growth) * days
            total = programme.variable(-np.inf)
            programme.row({**terms, total: -1.0}, 0.0, 0.0)
            sums[row] = {total: 1.0}
        before = {} if carried is None else {carried: growth}
        after = programme.variable(-np.inf)
        model.above[row] = after
        burn: dict[int, float] = {}
        if row in candidates:
            burn = _burn(model, row, path, schedule, limits, rules)
        jump = float(path.after_km[row] - path.before_km[row])
        if k:
            programme.row({**before, **burn, after: -1.0}, jump, jump)
        else:  # the start state is what it is
            programme.row({after: 1.0}, 0.0, 0.0)
        if k:
            programme.row({**before, **lower}, float(limits.lower_km[row] + KEPT_KM - path.before_km[row]))
        programme.row({after: 1.0, **too_high}, high=float(limits.upper_km[row] - path.after_km[row]))
        if row == last and limits.end_km is not None:
            programme.row(
                {after: 1.0, **model.soft("end", row, KM_END_KG)}, float(limits.end_km + KEPT_KM - path.after_km[row])
            )
        carried = after
    return sums


def _burn(
    model: Model, row: int, path: StationPath, schedule: Schedule, limits: Limits, rules: Rules
) -> dict[int, float]:
    """A burn that may be made at a node. Returns the altitude that it gives, as terms (km)."""
    programme = model.programme
    made = model.made[row] = programme.variable(0.0, 1.0, rules.reboost_weight_kg, whole=True)
    a_km = float(path.before_km[row]) + EARTH_RADIUS_KM
    gain_km_mps = 2e-3 * a_km / math.sqrt(MU_KM3_S2 / a_km)  # of a pair of small tangential burns (Vallado 2013, 6-1)
    delta_v: dict[int, float] = {}
    for tank in schedule.raise_order:
        if not schedule.can_raise[tank, row - 1]:
            continue
        mps_kg = float(schedule.specific_impulse_s[tank]) * G0_KM_S2 * 1e3 / float(path.mass_kg[row - 1])
        turn = rules.turn_weight_kg / (rules.reboost_max_delta_v_mps / mps_kg) if limits.turned[tank] else 0.0
        spent = programme.variable(cost=1.0 + turn)
        model.spent.setdefault(row, {})[int(tank)] = spent
        delta_v[spent] = mps_kg
    programme.row({**delta_v, made: -rules.reboost_max_delta_v_mps}, high=0.0)
    least_mps = min(LEAST_ROOM * rules.reboost_min_delta_v_mps, rules.reboost_max_delta_v_mps)
    programme.row({**delta_v, made: -least_mps}, low=0.0)
    return {index: mps * gain_km_mps for index, mps in delta_v.items()}


def _propellant(
    model: Model,
    path: StationPath,
    schedule: Schedule,
    policy: Policy,
    levels_kg: FloatArray,
    limits: Limits,
    rules: Rules,
) -> None:
    """What is in every tank whenever a vehicle comes or goes: burns, attitude control, transfers, deliveries.

    In between tanks only get emptier, so that what holds at the end of such a stretch holds within it; the reserve
    asked for is then the largest of the stretch.
    """
    programme = model.programme
    feeders = {int(tank) for tank in schedule.attitude_order}
    pool = sorted(feeders | {int(tank) for tank in schedule.raise_order})
    last = policy.lowering_step
    moves = {int(row) for tank in pool for row in (schedule.from_step[tank], schedule.to_step[tank]) if 0 < row < last}
    margin = programme.variable(-np.inf, cost=-rules.margin_weight) if rules.margin_weight else None
    level: dict[int, int] = {}
    earlier = 0
    for row in (0, *sorted(moves | {last})):
        flow = {tank: {index: 1.0} for tank, index in level.items()}
        for burn in (at for at in model.spent if earlier < at <= row):
            for tank, spent in model.spent[burn].items():
                flow[tank][spent] = -1.0
        need = policy.attitude_kg_per_day * float(path.tt_s[row] - path.tt_s[earlier]) / 86400.0
        short = model.soft("attitude", row, ATTITUDE_KG_KG)
        drawn = {tank: programme.variable() for tank in flow if tank in feeders}
        programme.row({**dict.fromkeys(drawn.values(), 1.0), **short}, need, need)
        for tank, index in drawn.items():
            flow[tank][index] = -1.0
        if level:
            _keep(model, flow, schedule, levels_kg, float(limits.reserve_kg[earlier : row + 1].max()), row, margin)
        _unload(programme, flow, schedule, row)
        level = {}
        for tank in pool:
            if not schedule.from_step[tank] <= row < schedule.to_step[tank]:
                continue
            fresh = 0.0
            if tank not in flow:
                fresh = float(levels_kg[tank] if row == 0 else schedule.brought_kg[tank])
                fresh -= 0.0 if schedule.is_station[tank] else min(SPARE_KG, fresh)
            level[tank] = programme.variable(0.0, float(schedule.capacity_kg[tank]))
            programme.row({**flow.get(tank, {}), level[tank]: -1.0}, -fresh, -fresh)
        earlier = row


def _keep(
    model: Model,
    flow: Mapping[int, Mapping[int, float]],
    schedule: Schedule,
    levels_kg: FloatArray,
    reserve_kg: float,
    row: int,
    margin: int | None,
) -> None:
    """Before anything comes or goes: no tank below its own reserve, those that last above that of the rules."""
    programme = model.programme
    floors = {
        tank: min(float(schedule.reserve_kg[tank]), float(levels_kg[tank])) if schedule.is_station[tank] else 0.0
        for tank in flow
    }
    for tank, terms in flow.items():
        programme.row(terms, floors[tank])
    stays = lasting_tanks(schedule)
    together: dict[int, float] = {}
    for tank in stays & set(flow):
        for index, entry in flow[tank].items():
            together[index] = together.get(index, 0.0) + entry
    wanted = reserve_kg + sum(float(schedule.reserve_kg[tank]) for tank in stays & set(flow))
    programme.row({**together, **model.soft("reserve", row, RESERVE_KG_KG)}, wanted)
    if margin is not None:
        programme.row({**together, margin: -1.0}, wanted)


def _unload(programme: Programme, flow: Mapping[int, dict[int, float]], schedule: Schedule, row: int) -> None:
    """What a leaving vehicle has left is pumped into the station tanks of its partner, as far as these hold it."""
    for tank in [one for one in flow if schedule.to_step[one] == row and not schedule.is_station[one]]:
        if schedule.partner[tank] < 0:
            continue
        for other in flow:
            if schedule.is_station[other] and schedule.partner[other] == schedule.partner[tank]:
                pumped = programme.variable()
                flow[tank][pumped] = -1.0
                flow[other][pumped] = 1.0
        programme.row(flow[tank], 0.0)


def _event(model: Model, index: int, event: EventModel, sums: Mapping[int, Mapping[int, float]]) -> None:
    """The phase of an event lies in one of the windows about that of the path, on one of its days."""
    programme = model.programme
    slack, room = model.soft("phase", index, PHASE_DEG_KG), programme.variable(high=ROOM_DEG)
    back = dict.fromkeys(slack, -1.0)
    model.room.append(room)
    chosen: list[dict[Window, int]] = []
    for day in event.days:
        windows = _windows(day)
        used = {window: programme.variable(0.0, 1.0, day.cost_kg, whole=True) for window in windows}
        chosen.append(used)
        phase = {column: day.per_km_day * entry for column, entry in sums[day.row].items()}
        least, most = -AWAY_DEG, AWAY_DEG  # where the event is served on another day
        lows = {z: -(window.low_deg - least) for window, z in used.items()}
        highs = {z: -(window.high_deg - most) for window, z in used.items()}
        programme.row({**phase, **lows, **slack, room: -1.0}, low=least)
        programme.row({**phase, **highs, **back, room: 1.0}, high=most)
    model.chosen.append(chosen)
    programme.row({z: 1.0 for used in chosen for z in used.values()}, 1.0, 1.0)


def _windows(day: EventDay) -> tuple[Window, ...]:
    """Ranges of every choice, in all turns within reach, as changes of the path's phase; nearest first."""
    found = []
    for c, choice in enumerate(day.choices):
        low, high = (edge - day.phase_deg for edge in (choice.low_deg, choice.high_deg))
        first = math.ceil((-REACH_DEG - high) / day.turn_deg)
        last = math.floor((REACH_DEG - low) / day.turn_deg)
        for turn in range(first, last + 1):
            margin = min(PHASE_MARGIN_DEG, 0.25 * (high - low))
            found.append(Window(c, low + turn * day.turn_deg + margin, high + turn * day.turn_deg - margin))
    return tuple(sorted(found, key=lambda window: (max(window.low_deg, -window.high_deg, 0.0), window)))


LEAST = {"lower": 1e-3, "upper": 1e-3, "end": 1e-3, "reserve": 0.5, "attitude": 0.5, "phase": 0.05}


def read(model: Model, solution: Solution, path: StationPath) -> Solved:
    """Read a solution.

    Args:
        model: as built.
        solution: of its programme.
        path: about which it was built.

    Returns:
        The schedule.
    """
    value = solution.value
    burns = []
    for row, made in model.made.items():
        spent = model.spent.get(row, {})
        if value[made] > 0.5 and spent:
            tank = max(spent, key=lambda t: value[spent[t]])
            if value[spent[tank]] > 0.0:
                burns.append(ModelBurn(row, tank, float(path.after_km[row] + value[model.above[row]])))
    events = []
    for days in model.chosen:
        ranked = [(value[z], -d, -window.choice) for d, used in enumerate(days) for window, z in used.items()]
        _, d, c = max(ranked)
        events.append((-d, -c))
    misses = tuple(
        Misses(limit, where, amount)
        for (limit, where), slacks in model.missed.items()
        if (amount := float(value[slacks].sum())) > LEAST[limit]
    )
    cost = np.array(model.programme.cost)
    penalty = sum(cost[index] * value[index] for slacks in model.missed.values() for index in slacks)
    propellant = sum(value[index] for spent in model.spent.values() for index in spent.values())
    return Solved(tuple(burns), tuple(events), misses, float(solution.objective - penalty), float(propellant))
