"""Schedules of reboosts found without the planner: random starts, improved one by one by simulated annealing.

Nothing of the planner's programme is in here. A schedule is judged by a flight day by day about a flown path (the loss
of each day with its slope in altitude) that takes some twenty microseconds; what is found is then flown by the history
kernel and held against every limit as the planner's own schedule is.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.motion.history import Decision, Flown, PlannedBurn, fly
from pointnemo.motion.history_kernel import G0_KM_S2
from pointnemo.motion.secular import secular_rates
from pointnemo.operations.phases import passage_on
from pointnemo.operations.reboost_check import chosen_event, inside_deg, violations_of
from pointnemo.operations.reboost_plan import ChosenEvent
from pointnemo.operations.reboosts import Question
from pointnemo.operations.reserve import reserve_kg
from pointnemo.operations.station_path import StationPath, path_of
from pointnemo.results import FloatArray, Violation
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import mjd_utc

IntArray = NDArray[np.int64]

FULL_DEG = 360.0
ROOM_DEG = 2.0  # the quick flight and the kernel differ by less than that where they agree on the burns
ROOM_KM = 0.02
NUDGE_RAD = 0.01
KM_KG, OVERDRAWN_KG = 2e4, 5.0  # what a kilometre outside the corridor weighs, and a kg more than a vehicle brings
WARM_KG, TEPID_KG, COLD_KG = 60.0, 3.0, 0.3
REPAIRS = 3
DEG_KG = 4.0  # what a degree outside a window weighs to begin with, and forty times as much in the end
MOVED_DAY_KG = 2.0  # as the planner weighs it
TURN_KG = 5.0  # likewise, for a burn of full size for which the station is turned


class Ground(NamedTuple):
    """What the quick flight knows.

    Attributes:
        fall_km, slope, seconds: shape (rows - 1,), of the path about which it flies, from one row to the next.
        after_km, mass_kg: shape (rows,), of that path.
        path: shape (rows, 3), altitude, latitude and node of that path.
        bends: shape (2, 2), first and second change with altitude of the rates of latitude and node, rad/s per km.
        lower_km: shape (rows,).
        numbers: upper edge, least altitude at the end, least and largest burn (m/s), weight of a burn (kg).
        slot: shape (candidates,), slot of each midnight on which a burn may be made.
        row: shape (candidates,), its row.
        able: shape (candidates, tanks).
        exhaust_mps: shape (tanks,).
        turn_kg: shape (tanks,), weight of a burn of full size.
        stock_kg: shape (tanks,), what a tank may give, inf where it does not matter.
        served_row: shape (days,), row of each day that an event may be served on; events in order.
        served_event: shape (days,), index of its event.
        phase: shape (days, 4): on the path, and its change with altitude, latitude and node (deg per km and rad).
        moved_kg: shape (days,), weight of the day.
        window: shape (days, choices, 2), least and largest phase; nan where there is none.
    """

    fall_km: FloatArray
    slope: FloatArray
    seconds: FloatArray
    after_km: FloatArray
    mass_kg: FloatArray
    path: FloatArray
    bends: FloatArray
    lower_km: FloatArray
    numbers: FloatArray
    slot: IntArray
    row: IntArray
    able: NDArray[np.bool_]
    exhaust_mps: FloatArray
    turn_kg: FloatArray
    stock_kg: FloatArray
    served_row: IntArray
    served_event: IntArray
    phase: FloatArray
    moved_kg: FloatArray
    window: FloatArray


class Judged(NamedTuple):
    """A schedule as flown.

    Attributes:
        cost_kg: propellant, with what burns, moved days and turns weigh.
        burns: how many were made.
        propellant_kg: of them.
        violations: limits that it misses.
    """

    cost_kg: float
    burns: int
    propellant_kg: float
    violations: tuple[Violation, ...]


def shortened(question: Question) -> Question:
    """The same question with a history that ends with the plan: a fifth of the work, the same bits until then."""
    decision = question.decision
    steps = decision.policy.lowering_step + 1
    whole = len(decision.schedule.dry_mass_kg)

    def part(array: NDArray) -> NDArray:
        ends = {whole: steps, whole + 1: steps + 1}
        return array[..., : ends[array.shape[-1]]].copy() if array.shape[-1] in ends else array

    return question._replace(
        decision=replace(
            decision,
            schedule=type(decision.schedule)(*map(part, decision.schedule)),
            corridor=replace(decision.corridor, lower_km=part(decision.corridor.lower_km)),
        ),
        lower_km=part(question.lower_km),
    )


def fly_schedule(question: Question, burns: tuple[PlannedBurn, ...]) -> tuple[Decision, Flown, StationPath]:
    """Fly a schedule under the mean line."""
    decision = question.decision.with_plan(burns, question.decision.policy.lowering_step)
    flown = fly(decision, [question.world.weather.line("mean")], question.world.climate, names=("mean",))
    return decision, flown, path_of(decision, flown, 0, question.track)


def judge(question: Question, burns: tuple[PlannedBurn, ...]) -> Judged:
    """Fly a schedule, serve each event on its best day, and hold it against every limit."""
    decision, flown, path = fly_schedule(question, burns)
    eo = question.world.earth
    reach = sorted(
        range(-question.scenario.rules.event_days, question.scenario.rules.event_days + 1),
        key=lambda offset: (abs(offset), offset),
    )
    served: list[ChosenEvent] = []
    for event in question.events:
        rows = [path.row_of(event.day) + offset for offset in reach]
        inside = [row for row in rows if 1 <= row <= decision.policy.lowering_step]
        shown = (chosen_event(event, row, event.choices[0], path, eo) for row in inside)
        tried: list[ChosenEvent] = []
        for one in shown:
            tried.append(one)
            if one.ok:
                break
        served.append(max(tried, key=_room))
    reserve = reserve_kg(question.scenario, decision, question.loss, path)
    violations = violations_of(
        question.scenario, decision, flown, 0, path, served, question.lower_km[: len(path.tt_s)], reserve
    )
    rules, made = question.scenario.rules, flown.burns
    nights = len(np.unique(made.tt_s))  # two tanks that share a burn make one
    moved = sum(abs((one.day - one.event.day).days) for one in served)
    turned = np.array(question.turned)[made.tank]
    cost = (
        made.propellant_kg.sum()
        + rules.reboost_weight_kg * nights
        + MOVED_DAY_KG * moved
        + TURN_KG * float((made.delta_v_mps * turned).sum()) / rules.reboost_max_delta_v_mps
    )
    return Judged(float(cost), nights, float(made.propellant_kg.sum()), violations)


def _room(one: ChosenEvent) -> float:
    return -math.inf if one.passage is None else inside_deg(one.passage.phase_deg, one.choice)


def ground_of(question: Question, path: StationPath) -> Ground:
    """The quick flight about a path.

    Args:
        question: what is asked.
        path: flown.
    """
    decision, rules = question.decision, question.scenario.rules
    schedule, last = decision.schedule, decision.policy.lowering_step
    middle_km = 0.5 * (path.after_km[:last] + path.before_km[1 : last + 1])
    served = _served(question, path)
    candidates = _candidates(question)
    tanks = len(decision.tanks)
    stock = np.where(schedule.is_station, np.inf, schedule.brought_kg)
    shared = np.isin(schedule.partner, schedule.partner[schedule.is_station])  # these are filled from each other
    width = max(len(event.choices) for event in question.events)
    window = np.full((len(served), width, 2), np.nan)
    for k, (event, *_) in enumerate(served):
        for c, choice in enumerate(question.events[event].choices):
            window[k, c] = choice.low_deg + ROOM_DEG, choice.high_deg - ROOM_DEG
    return Ground(
        fall_km=path.after_km[:last] - path.before_km[1 : last + 1],
        slope=question.loss.slope(np.asarray(mjd_utc(path.tt_s[:last])), middle_km),
        seconds=np.diff(path.tt_s[: last + 1]),
        after_km=path.after_km[: last + 1],
        mass_kg=path.mass_kg[: last + 1],
        path=np.column_stack([path.after_km, path.latitude_rad, path.node_rad])[: last + 1],
        bends=_bends(path),
        lower_km=question.lower_km[: last + 1],
        numbers=np.array(
            [
                rules.corridor_upper_km, rules.end_altitude_km or 0.0, rules.reboost_min_delta_v_mps,
                rules.reboost_max_delta_v_mps, rules.reboost_weight_kg,
            ]
        ),
        slot=np.array([slot for slot, _ in candidates], dtype=np.int64),
        row=np.array([row for _, row in candidates], dtype=np.int64),
        able=np.array([schedule.can_raise[:, row - 1] & np.isin(np.arange(tanks), schedule.raise_order)
                       for _, row in candidates]),
        exhaust_mps=schedule.specific_impulse_s * G0_KM_S2 * 1e3,
        turn_kg=np.where(question.turned, TURN_KG, 0.0),
        stock_kg=np.where(shared, np.inf, stock),
        served_row=np.array([row for _, row, *_ in served], dtype=np.int64),
        served_event=np.array([event for event, *_ in served], dtype=np.int64),
        phase=np.array([phase for *_, phase in served]),
        moved_kg=np.array([MOVED_DAY_KG * days for _, _, days, _ in served]),
        window=window,
    )  # fmt: skip


def _bends(path: StationPath) -> FloatArray:
    """How the rates of latitude and node change with the altitude about the middle of a path, by differences."""
    middle = float(path.after_km.mean()) + EARTH_RADIUS_KM
    node, latitude = secular_rates(middle + np.array([-1.0, 0.0, 1.0]), 0.001, path.inclination_rad)
    return np.array(
        [[0.5 * (rate[2] - rate[0]), 0.5 * (rate[2] - 2.0 * rate[1] + rate[0])] for rate in (latitude, node)]
    )


def _candidates(question: Question) -> list[tuple[int, int]]:
    """Slot and row of every midnight on which a burn may be made: any, not the best of its slot alone."""
    decision, rules = question.decision, question.scenario.rules
    schedule, last = decision.schedule, decision.policy.lowering_step
    quiet = {
        (event.day - decision.first_day).days + offset
        for event in question.events
        for offset in range(-rules.event_days - rules.event_quiet_days, rules.event_days + 1)
    }
    able = np.any(schedule.can_raise[schedule.raise_order], axis=0).tolist()
    return [((row - 1) // rules.reboost_slot_days, row) for row in range(1, last) if able[row - 1] and row not in quiet]


def _served(question: Question, path: StationPath) -> list[tuple[int, int, int, tuple[float, ...]]]:
    """(event, row, days from the planned one, phase with its changes) of every day that an event may be served on."""
    eo, reach = question.world.earth, question.scenario.rules.event_days
    higher = replace(path, after_km=path.after_km + 1.0)
    found = []
    for k, event in enumerate(question.events):
        for offset in range(-reach, reach + 1):
            day = event.day + timedelta(days=offset)
            row = path.row_of(day)
            if not 1 <= row <= question.decision.policy.lowering_step:
                continue
            ahead, turned = path.orbit_at(row, NUDGE_RAD), path.orbit_at(row, 0.0, NUDGE_RAD)
            orbits = (path.orbit_at(row), higher.orbit_at(row), ahead, turned)
            passages = [passage_on(event, day, orbit, eo) for orbit in orbits]
            if any(one is None for one in passages):
                continue
            at, *moved = (one.phase_deg for one in passages if one)
            # a phase that leaves its turn by so little is one of few: two degrees either way are not looked at
            by_km, by_latitude, by_node = (one - at for one in moved)
            if max(abs(by_km), abs(by_latitude), abs(by_node)) < 0.5 * FULL_DEG:
                found.append((k, row, abs(offset), (at, by_km, by_latitude / NUDGE_RAD, by_node / NUDGE_RAD)))
    return found


# --- the search ------------------------------------------------------------------------------------------------------


class Found(NamedTuple):
    """What one restart came to.

    Attributes:
        sizes_mps: shape (candidates,), burns; 0 where there is none.
        tanks: shape (candidates,), who pays.
        altitude_km: shape (candidates,), after the burn.
    """

    sizes_mps: FloatArray
    tanks: IntArray
    altitude_km: FloatArray


def search(question: Question, ground: Ground, seed: int, moves: int, rounds: int = REPAIRS) -> tuple[PlannedBurn, ...]:
    """Anneal from one random start; what the kernel flies otherwise than the quick flight is then told to that.

    Args:
        question: what is asked.
        ground: of ``ground_of``.
        seed: of the start and all moves.
        moves: tried from the start.
        rounds: of a quarter as many changes of size about what was flown.

    Returns:
        The best schedule, as the kernel flies it.
    """
    count, rows = len(ground.row), len(ground.after_km)
    found = Found(np.zeros(count), np.zeros(count, dtype=np.int64), np.zeros(count))
    bias, quick = np.zeros((rows, 3)), np.zeros((rows, 3))
    rng = np.random.default_rng(seed)
    _start(ground, rng, found.sizes_mps, found.tanks)
    _anneal(ground, rng, moves, WARM_KG, bias, quick, *found)
    for _ in range(rounds):
        path = fly_schedule(question, _burns(question, ground, found))[2]
        flown = np.column_stack([path.after_km, path.latitude_rad, path.node_rad])[:rows] - ground.path
        bias += flown - quick
        _anneal(ground, rng, moves // 4, TEPID_KG, bias, quick, *found)
    return _burns(question, ground, found)


def _burns(question: Question, ground: Ground, found: Found) -> tuple[PlannedBurn, ...]:
    keys = question.decision.tanks
    return tuple(
        PlannedBurn(int(ground.row[c]) - 1, keys[found.tanks[c]], float(found.altitude_km[c]))
        for c in np.flatnonzero(found.sizes_mps)
    )


@kernel
def _evaluate(
    ground: Ground,
    bias: FloatArray,
    sizes: FloatArray,
    tanks: IntArray,
    degree_kg: float,
    flown: FloatArray,
    altitude_km: FloatArray,
) -> float:
    """Fly a schedule: its cost with penalties, kg.

    Fills the rows of the flight (altitude, latitude and node away from the path) and the altitudes after burns, with
    the bias in them.
    """
    upper_km, end_km, _, largest_mps, weight_kg = ground.numbers
    cost = 0.0
    used_kg = np.zeros(ground.stock_kg.size)
    after, node, latitude = ground.after_km[0], 0.0, 0.0
    k = 0
    for row in range(ground.after_km.size):
        if row > 0:
            base = ground.after_km[row - 1]
            fall = ground.fall_km[row - 1]
            before = after - fall * math.exp(ground.slope[row - 1] * (after - base))
            off = 0.5 * (after + before) - base + 0.5 * fall
            latitude += (ground.bends[0, 0] + ground.bends[0, 1] * off) * off * ground.seconds[row - 1]
            node += (ground.bends[1, 0] + ground.bends[1, 1] * off) * off * ground.seconds[row - 1]
            cost += KM_KG * max(ground.lower_km[row] + ROOM_KM - before - bias[row, 0], 0.0)
            after = before
        while k < ground.row.size and ground.row[k] == row:
            if sizes[k] > 0.0:
                a = EARTH_RADIUS_KM + after
                after += 2.0 * a * sizes[k] * 1e-3 / math.sqrt(MU_KM3_S2 / a)
                spent = ground.mass_kg[row - 1] * (1.0 - math.exp(-sizes[k] / ground.exhaust_mps[tanks[k]]))
                used_kg[tanks[k]] += spent
                cost += spent + weight_kg + ground.turn_kg[tanks[k]] * sizes[k] / largest_mps
                altitude_km[k] = after + bias[row, 0]
            k += 1
        cost += KM_KG * max(after + bias[row, 0] - upper_km, 0.0)
        flown[row, 0] = after - ground.after_km[row] + bias[row, 0]
        flown[row, 1], flown[row, 2] = latitude + bias[row, 1], node + bias[row, 2]
    cost += KM_KG * max(end_km + ROOM_KM - after - bias[bias.shape[0] - 1, 0], 0.0)
    for tank in range(used_kg.size):
        cost += OVERDRAWN_KG * max(used_kg[tank] - ground.stock_kg[tank], 0.0)
    best = 0.0
    for s in range(ground.served_row.size):
        here = flown[ground.served_row[s]]
        phase = ground.phase[s, 0]
        for j in range(3):
            phase += ground.phase[s, 1 + j] * here[j]
        turn = 2.0 * np.pi * ground.phase[s, 2]  # more than 360 degrees for launches, whose liftoff waits for the phase
        off = np.inf
        for c in range(ground.window.shape[1]):
            low, high = ground.window[s, c]
            if low <= high:  # not where there is no such rendezvous
                middle = 0.5 * (low + high)
                away = abs((phase - middle + 0.5 * turn) % turn - 0.5 * turn) - 0.5 * (high - low)
                off = min(off, max(away, 0.0))
        here_kg = ground.moved_kg[s] + degree_kg * off
        first = s == 0 or ground.served_event[s] != ground.served_event[s - 1]
        if first:
            cost += best
        best = here_kg if first else min(best, here_kg)
    return cost + best


@kernel
def _drawn(size_mps: float, ground: Ground) -> float:
    """A size of burn within its limits; 0 where it is nearer to none."""
    least, largest = 1.02 * ground.numbers[2], 0.995 * ground.numbers[3]
    if size_mps < 0.5 * least:
        return 0.0
    return min(max(size_mps, least), largest)


@kernel
def _payer(ground: Ground, candidate: int, rng: np.random.Generator) -> int:
    """Any tank that may pay for a burn."""
    tank = int(rng.integers(0, ground.stock_kg.size))
    while not ground.able[candidate, tank]:
        tank = int(rng.integers(0, ground.stock_kg.size))
    return tank


@kernel
def _free(ground: Ground, sizes: FloatArray, candidate: int, instead: int) -> bool:
    """Whether a slot has no burn, or none but the one that is to be moved."""
    for other in range(max(candidate - 60, 0), min(candidate + 61, sizes.size)):
        if sizes[other] > 0.0 and other != instead and ground.slot[other] == ground.slot[candidate]:
            return False
    return True


@kernel
def _any_burn(sizes: FloatArray, rng: np.random.Generator) -> int:
    """One of the burns; -1 where there is none."""
    burns = np.flatnonzero(sizes)
    return burns[int(rng.integers(0, burns.size))] if burns.size else -1


@kernel
def _move(ground: Ground, sizes: FloatArray, tanks: IntArray, days: bool, rng: np.random.Generator) -> None:
    """Change a schedule a little: size, share, and if ``days``, day, payer, one burn more, one less."""
    what = int(rng.integers(0, 7)) if days else int(rng.integers(2, 4))
    burn, other = _any_burn(sizes, rng), _any_burn(sizes, rng)
    if what == 0 or burn < 0:  # one more, out of another one or out of nothing
        new = int(rng.integers(0, sizes.size))
        if not _free(ground, sizes, new, -1):
            return
        size = _drawn(rng.exponential(0.5), ground)
        if burn >= 0 and rng.random() < 0.7:
            size = _drawn(rng.random() * sizes[burn], ground)
            sizes[burn] = _drawn(sizes[burn] - size, ground)
        sizes[new], tanks[new] = size, _payer(ground, new, rng)
    elif what == 1:  # one less, given to another one or not at all
        size = sizes[burn]
        sizes[burn] = 0.0
        if other != burn and rng.random() < 0.7:
            sizes[other] = _drawn(sizes[other] + size, ground)
    elif what == 2 or other == burn:
        sizes[burn] = _drawn(sizes[burn] + 10.0 ** rng.uniform(-3.0, -0.3) * rng.normal(), ground)
    elif what == 3:
        share = 10.0 ** rng.uniform(-3.0, -0.3) * rng.normal()
        sizes[burn] = _drawn(sizes[burn] + share, ground)
        sizes[other] = _drawn(sizes[other] - share, ground)
    elif what == 4 or what == 5:  # another day, near or far
        new = int(rng.integers(0, sizes.size))
        if what == 4:
            new = min(max(burn + int(rng.integers(-10, 11)), 0), sizes.size - 1)
        if new != burn and _free(ground, sizes, new, burn):
            size, tank = sizes[burn], tanks[burn]
            sizes[burn] = 0.0
            sizes[new] = size
            tanks[new] = tank if ground.able[new, tank] else _payer(ground, new, rng)
    elif what == 6:
        tanks[burn] = _payer(ground, burn, rng)


@kernel
def _start(ground: Ground, rng: np.random.Generator, sizes: FloatArray, tanks: IntArray) -> None:
    """Random burns on random days."""
    for _ in range(int(rng.integers(3, 25))):
        new = int(rng.integers(0, sizes.size))
        if _free(ground, sizes, new, -1):
            sizes[new], tanks[new] = _drawn(rng.uniform(0.1, 1.5), ground), _payer(ground, new, rng)


@kernel
def _anneal(
    ground: Ground,
    rng: np.random.Generator,
    moves: int,
    warm_kg: float,
    bias: FloatArray,
    flown: FloatArray,
    sizes: FloatArray,
    tanks: IntArray,
    altitude_km: FloatArray,
) -> None:
    """Improve a schedule move by move; the best one at nearly the full weight of a degree is left in the arrays."""
    now, payer = sizes.copy(), tanks.copy()
    heights = np.zeros(sizes.size)
    least, cost = np.inf, np.inf
    for k in range(moves):
        done = k / moves
        warm = warm_kg * (COLD_KG / warm_kg) ** done
        degree_kg = DEG_KG * 40.0 ** min(1.5 * done, 1.0)
        if k % 50 == 0:  # the weight of a degree has grown
            cost = _evaluate(ground, bias, now, payer, degree_kg, flown, heights)
        tried, tried_payer = now.copy(), payer.copy()
        for _ in range(1 + int(rng.integers(0, 2))):
            _move(ground, tried, tried_payer, warm_kg > TEPID_KG, rng)
        new = _evaluate(ground, bias, tried, tried_payer, degree_kg, flown, heights)
        if new < cost or rng.random() < math.exp((cost - new) / warm):
            now, payer, cost = tried, tried_payer, new
            if done > 0.7 and cost < least:
                least = cost
                sizes[:], tanks[:] = now, payer
    _evaluate(ground, bias, sizes, tanks, DEG_KG, flown, altitude_km)
