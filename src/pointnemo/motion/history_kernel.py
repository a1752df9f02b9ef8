"""The altitude-and-propellant history: one kernel with a leading run axis. Its door is ``motion.history``.

A day of a run goes: vehicles dock and leave (what a leaving vehicle has left is pumped into its partner's station
tanks as far as these hold it); the orbit is flown to the next midnight (``motion.averaged``); attitude control takes
its propellant; docked vehicles top up the tanks that feed it; before lowering starts, the station is raised at the
day's end where the plan or the rule below asks for it. From the start of lowering nothing is raised, and the lowering
propellant is spent day by day against the flight, down to the hold altitude: by the first stage, and from its own day
on by the second, each out of its own tank. That of the first stage is taken out of what is docked then and can lower;
what lacks is there from then on, whoever would bring it, and who docks while it is spent pays for what is left of it.
From then on the drag area is that of the attitude flown with a crew, and from the altitude at which the crew leaves
that of the attitude flown without. A run ends where it reaches the targeting altitude, or where the weather ends.

The re-planning rule, for worlds that differ from the one that was planned for:

(a) At a planned burn the station is raised to the planned altitude, by ``Policy.reboost_max_km_s`` at most that day and
    the rest on the days after. A run that is higher than planned burns less; less than ``Policy.reboost_min_km_s`` is
    not burnt. What the tanks cannot pay is noted as a shortfall and not made up for later: rule (b) sees to that.
(b) A station that two more days of today's loss would take below ``Schedule.act_km`` is raised, a day's share at a
    time, towards ``Schedule.raise_km``, but no higher than what keeps it above ``act_km`` until lowering starts. It
    looks further ahead before days on which nothing may thrust, and no further than to a planned burn that will raise
    it: there it forgives ``TRUST_KM``, so that a plan that comes down to its edge just before a burn is left alone.

Nothing is raised on days on which nothing may thrust; what was to be done then waits for the first day after them.

Runs do not touch each other: run i of a call with N runs has the same bits as that run alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.motion.averaged import MAX_DROP_KM, MeanRates, MeanState, advance, density_of_day, drag_rates
from pointnemo.motion.history_tables import (
    DELIVERED,
    LOWERING,
    REBOOST,
    REMAINING,
    SHORT_ATTITUDE,
    SHORT_REBOOST,
    Policy,
    Record,
    Schedule,
    note_burn,
    note_shortfall,
    note_stage,
    write_row,
)
from pointnemo.motion.history_tanks import exchange, feed_attitude, paid_for_lowering, take, top_up
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import MU_KM3_S2

__all__ = ["fly_history", "hohmann_delta_v", "raised_semi_major_axis"]

FloatArray = NDArray[np.float64]

G0_KM_S2 = 9.80665e-3  # standard gravity (ISO 80000-3), which defines specific impulse in seconds
LOOK_AHEAD_DAYS = 2  # a reboost comes when this many days of today's loss would cross the lower edge
TRUST_KM = 0.05  # what a plan may miss its edge by on the day of a burn, before it is worth one of its own
LEASTBURN_KG = 1.0  # nobody lights an engine for less
DAY_S = 86400.0


class Goal(NamedTuple):
    """What a run is on the way to from one day to the next.

    Attributes:
        planned_km: semi-major axis of a planned burn that is not finished; 0 where there is none.
        tank: tank that pays for it first; -1 where it does not matter.
        raising: whether rule (b) has begun to raise.
    """

    planned_km: float
    tank: int
    raising: bool


# --- kernel --------------------------------------------------------------------------------------------------------


@kernel
def hohmann_delta_v(a_from_km: float, a_to_km: float) -> float:
    """Velocity of an exact two-impulse Hohmann transfer between circular orbits, km/s.

    Args:
        a_from_km, a_to_km: radii of the two orbits.

    Returns:
        Sum of both impulses, positive. Source: Vallado 2013 algorithm 36.
    """
    transfer = 0.5 * (a_from_km + a_to_km)
    first = math.sqrt(MU_KM3_S2 / a_from_km) * (math.sqrt(a_to_km / transfer) - 1.0)
    second = math.sqrt(MU_KM3_S2 / a_to_km) * (1.0 - math.sqrt(a_from_km / transfer))
    return abs(first + second)


@kernel
def raised_semi_major_axis(a_km: float, delta_v_km_s: float) -> float:
    """Inverse of ``hohmann_delta_v``: radius (km) that ``delta_v_km_s`` (positive) raises a circular orbit to."""
    speed = math.sqrt(MU_KM3_S2 / a_km)
    slope = 2.0 * a_km / speed
    target = a_km + slope * delta_v_km_s
    for _ in range(6):  # the slope hardly changes over a few km: each round gains two digits or more
        target += slope * (delta_v_km_s - hohmann_delta_v(a_km, target))
    return target


@kernel
def _reboost(
    run: int,
    step: int,
    tt_s: float,
    a_km: float,
    delta_v_km_s: float,
    first: int,
    schedule: Schedule,
    level: FloatArray,
    record: Record,
) -> tuple[float, float]:
    """Spend ``delta_v_km_s`` on raising the orbit, tank after tank: ``first``, then in order, of those that may.

    Returns:
        (a after, velocity not given).
    """
    left = delta_v_km_s
    ledger = record.ledger_kg[run]
    for place in range(-1, schedule.raise_order.size):
        tank = first if place < 0 else schedule.raise_order[place]
        if tank < 0 or (place >= 0 and tank == first) or not schedule.can_raise[tank, step]:
            continue
        usable = float(level[tank] - schedule.reserve_kg[tank])
        if left <= 0.0 or usable < LEASTBURN_KG:
            continue
        mass = schedule.dry_mass_kg[step] + level.sum()
        exhaust_km_s = float(schedule.specific_impulse_s[tank] * G0_KM_S2)
        needed = mass * (1.0 - math.exp(-left / exhaust_km_s))
        if needed <= usable:
            spent = needed
            given = left
        else:
            spent = usable
            given = -exhaust_km_s * math.log1p(-spent / mass)
        after = raised_semi_major_axis(a_km, given)
        seconds = spent * exhaust_km_s * 1e3 / schedule.thrust_n[tank]
        note_burn(run, record, tt_s, tank, given * 1e3, spent, seconds, a_km, after)
        take(tank, spent, REBOOST, level, ledger)
        left = 0.0 if needed <= usable else left - given
        a_km = after
    return a_km, left


@kernel
def _falls_short(step: int, a_km: float, loss_km_day: float, days_to_hold: int, schedule: Schedule) -> bool:
    """Whether the next days' loss takes a station below ``act_km`` before the plan or the start of lowering helps."""
    days = LOOK_AHEAD_DAYS
    if step + 1 < schedule.pause_days.size:
        days += schedule.pause_days[step + 1]
    days = min(days, days_to_hold, schedule.pause_days.size - 1 - step)
    for k in range(days + 1):
        helped = k > 0 and schedule.planned_km[step + k] > a_km and schedule.pause_days[step + k] == 0
        forgiven_km = TRUST_KM if helped else 0.0
        if a_km - k * loss_km_day < schedule.act_km[step + k] - forgiven_km:
            return True
        if helped:
            return False
    return False


@kernel
def _keep_corridor(
    run: int,
    step: int,
    goal: Goal,
    loss_km_day: float,
    days_to_hold: int,
    tt_s: float,
    state: MeanState,
    schedule: Schedule,
    policy: Policy,
    level: FloatArray,
    record: Record,
) -> tuple[MeanState, Goal]:
    """The re-planning rule of the held station, once a day; see the module. Returns (state, what is left to do).

    What rule (b) raises shortly before lowering starts has to come down again: it goes no higher than what keeps the
    station in its corridor until that day, at today's loss. So the entry does not hang on where the saw-tooth stands.
    """
    a_km = state.a_km
    planned_km, first = goal.planned_km, goal.tank
    if schedule.planned_km[step] > 0.0:
        planned_km, first = schedule.planned_km[step], schedule.planned_tank[step]
    if planned_km <= a_km or hohmann_delta_v(a_km, planned_km) < policy.reboost_min_km_s:
        planned_km, first = 0.0, -1
    act_km = schedule.act_km[step]
    rule_km = min(schedule.raise_km[step], act_km + loss_km_day * (days_to_hold + LOOK_AHEAD_DAYS))
    planned_for = max(a_km, planned_km)
    falling = _falls_short(step, planned_for, loss_km_day, days_to_hold, schedule)
    raising = a_km < rule_km and (goal.raising or falling)
    if schedule.pause_days[step] > 0 or not (raising or planned_km > 0.0):
        return state, Goal(planned_km, first, raising)
    if raising and rule_km > planned_km:
        needed = hohmann_delta_v(a_km, rule_km)
        today = needed / math.ceil(needed / policy.reboost_max_km_s)
    else:
        # not in equal shares: a rest below the least burn is let go
        needed = hohmann_delta_v(a_km, planned_km)
        today = min(needed, policy.reboost_max_km_s)
    a_km, left = _reboost(run, step, tt_s, a_km, today, first, schedule, level, record)
    if left > 0.0:
        note_shortfall(run, record, SHORT_REBOOST, tt_s, tt_s, left * 1e3)
    done = today >= needed and left <= 0.0
    if done or left > 0.0:
        planned_km, first = 0.0, -1
    return MeanState(a_km, state.ex, state.ey, state.node_rad), Goal(planned_km, first, raising and not done)


@kernel
def _share_of_fall(before_km: float, after_km: float, level_km: float) -> float:
    """Where in a step that falls to or through a level the level lies: 0 (start, or already below) to 1 (end)."""
    return (before_km - level_km) / (before_km - after_km) if before_km > level_km else 0.0


@kernel
def _fly_day(
    run: int,
    state: MeanState,
    rates: MeanRates,
    ballistic: float,
    uncrewed: float,
    thrust: float,
    tt_s: float,
    seconds: float,
    policy: Policy,
    climate: ClimateTable,
    f107: float,
    f107a: float,
    ap: float,
    record: Record,
) -> tuple[MeanState, MeanRates, float, bool]:
    """Fly to the end of the step or to the targeting altitude, in steps that fall ``MAX_DROP_KM`` at most.

    Down to ``policy.uncrewed_km`` with the ballistic factor ``ballistic``, below with ``uncrewed``: the step in which
    it falls through is cut there, so that the end is a continuous function of everything that moves the crossing.

    Returns:
        (state, rates, seconds flown, True where the targeting altitude was reached).
    """
    flown = 0.0
    noon_tt_s = tt_s + 0.5 * seconds  # density has a season: half a day is worth 0.3 %
    reach = MAX_DROP_KM + 1.5 * abs(rates.a_km_s) * seconds
    density = density_of_day(climate, state, reach, noon_tt_s, f107, f107a, ap)
    floor_km = state.a_km - reach + MAX_DROP_KM
    changes = uncrewed != ballistic and state.a_km > policy.uncrewed_km
    if not changes and state.a_km <= policy.uncrewed_km:
        ballistic = uncrewed
    while flown < seconds:
        if state.a_km < floor_km:
            density = density_of_day(climate, state, reach, noon_tt_s, f107, f107a, ap)
            floor_km = state.a_km - reach + MAX_DROP_KM
        length = seconds - flown
        if abs(rates.a_km_s) * length > MAX_DROP_KM:
            length /= math.ceil(abs(rates.a_km_s) * length / MAX_DROP_KM)
        after, middle = advance(state, rates, policy.inclination_rad, ballistic, thrust, length, density, tt_s + flown)
        if changes and after.a_km <= policy.uncrewed_km:
            length *= _share_of_fall(state.a_km, after.a_km, policy.uncrewed_km)
            after, middle = advance(
                state, rates, policy.inclination_rad, ballistic, thrust, length, density, tt_s + flown
            )
            drag = drag_rates(after, policy.inclination_rad, uncrewed - ballistic, density, tt_s + flown + length)
            middle = MeanRates(middle.a_km_s + drag.a_km_s, middle.ex_s + drag.ex_s, middle.ey_s + drag.ey_s)
            ballistic = uncrewed
            changes = False
        rates = middle
        for k in range(policy.crossings_km.size):
            if after.a_km <= policy.crossings_km[k] and record.crossing_tt_s[run, k] == np.inf:
                share = _share_of_fall(state.a_km, after.a_km, policy.crossings_km[k])
                record.crossing_tt_s[run, k] = tt_s + flown + share * length
        if after.a_km <= policy.targeting_km:
            share = _share_of_fall(state.a_km, after.a_km, policy.targeting_km)
            there = MeanState(
                state.a_km + share * (after.a_km - state.a_km),
                state.ex + share * (after.ex - state.ex),
                state.ey + share * (after.ey - state.ey),
                state.node_rad + share * (after.node_rad - state.node_rad),
            )
            return there, rates, flown + share * length, True
        state = after
        flown = flown + length if length < seconds - flown else seconds
    return state, rates, seconds, False


@kernel
def _fly_run(
    run: int,
    schedule: Schedule,
    policy: Policy,
    climate: ClimateTable,
    f107: FloatArray,
    f107a: FloatArray,
    ap: FloatArray,
    cd_area_m2: float,
    start: FloatArray,
    record: Record,
) -> None:
    """Fly one run; see ``fly_history``."""
    steps = schedule.dry_mass_kg.size
    level = np.zeros(schedule.brought_kg.size)
    ledger = record.ledger_kg[run]
    tank = policy.lowering_tank
    lent_kg = 0.0  # lowering propellant that nobody has paid for yet
    second = policy.second_tank
    second_left_kg = policy.second_kg if second >= 0 else 0.0
    second_step = max(policy.second_step, policy.lowering_step)
    state = MeanState(start[0], start[1], start[2], start[3])
    rates = MeanRates(0.0, 0.0, 0.0)
    goal = Goal(0.0, -1, False)
    reached = False
    mass = 0.0
    tt_s = schedule.tt_s[0]
    row = 0
    while row < steps and not reached:
        tt_s = schedule.tt_s[row]
        seconds = schedule.tt_s[row + 1] - tt_s
        exchange(run, row, schedule, level, ledger, record)
        if row == policy.lowering_step:
            lent_kg = policy.lowering_kg - paid_for_lowering(row, policy.lowering_kg, schedule, policy, level, ledger)
            level[tank] += policy.lowering_kg
            ledger[tank, DELIVERED] += lent_kg
        elif lent_kg > 0.0:
            lent_kg = min(lent_kg, float(level[tank]))
            found_kg = paid_for_lowering(row, lent_kg, schedule, policy, level, ledger)
            ledger[tank, DELIVERED] -= found_kg
            lent_kg -= found_kg
        if row == second_step and policy.second_brought and second_left_kg > 0.0:
            level[second] += second_left_kg
            ledger[second, DELIVERED] += second_left_kg
        mass = schedule.dry_mass_kg[row] + level.sum()
        write_row(run, row, state, mass, level, True, record)
        ballistic = cd_area_m2 / mass
        uncrewed = ballistic
        if row >= policy.lowering_step:
            uncrewed *= policy.uncrewed_factor
            ballistic *= policy.crewed_factor
        lowering = row >= policy.lowering_step and state.a_km > policy.hold_km
        spend = min(level[tank], policy.lowering_kg_per_day * seconds / DAY_S) if lowering else 0.0
        thrust = schedule.specific_impulse_s[tank] * G0_KM_S2 * math.log1p(-spend / mass) / seconds
        spend_second = 0.0
        thrust_second = 0.0
        if lowering and row >= second_step and second_left_kg > 0.0:
            spend_second = min(second_left_kg, level[second], policy.second_kg_per_day * seconds / DAY_S)
            exhaust_km_s = schedule.specific_impulse_s[second] * G0_KM_S2
            thrust_second = exhaust_km_s * math.log1p(-spend_second / (mass - spend)) / seconds
        if row == 0:
            density = density_of_day(climate, state, 0.0, tt_s, f107[row], f107a[row], ap[row])
            rates = drag_rates(state, policy.inclination_rad, ballistic, density, tt_s)
        before_km = state.a_km
        state, rates, flown, reached = _fly_day(
            run, state, rates, ballistic, uncrewed, thrust + thrust_second, tt_s, seconds, policy, climate,
            f107[row], f107a[row], ap[row], record,
        )  # fmt: skip
        tt_s += flown
        spent = min(spend * flown / seconds, float(level[tank]))
        take(tank, spent, LOWERING, level, ledger)
        note_stage(run, 0, record, tt_s - flown, tt_s, abs(thrust) * flown, spent)
        if spend_second > 0.0:
            spent = min(spend_second * flown / seconds, float(level[second]))
            take(second, spent, LOWERING, level, ledger)
            second_left_kg -= spent
            note_stage(run, 1, record, tt_s - flown, tt_s, abs(thrust_second) * flown, spent)
        missing = feed_attitude(policy.attitude_kg_per_day * flown / DAY_S, schedule, level, ledger)
        if missing > 0.0:
            note_shortfall(run, record, SHORT_ATTITUDE, tt_s - flown, tt_s, missing)
        if not reached:
            top_up(run, tt_s, policy.attitude_kg_per_day, schedule, level, ledger, record)
        if row + 1 < policy.lowering_step and not reached:
            loss_km_day = max(0.0, before_km - state.a_km) * DAY_S / seconds
            to_hold = policy.lowering_step - row - 1
            state, goal = _keep_corridor(
                run, row, goal, loss_km_day, to_hold, tt_s, state, schedule, policy, level, record
            )
        mass = schedule.dry_mass_kg[row] + level.sum()
        row += 1
    while row <= steps:
        write_row(run, row, state, mass, level, not reached, record)
        row += 1
    ledger[:, REMAINING] = level
    record.handed_over[run] = reached
    end = record.end[run]
    end[0] = tt_s
    end[1], end[2], end[3], end[4] = state.a_km, state.ex, state.ey, state.node_rad
    end[5] = mass


@kernel
def fly_history(
    schedule: Schedule,
    policy: Policy,
    climate: ClimateTable,
    f107: FloatArray,
    f107a: FloatArray,
    ap: FloatArray,
    ballistic_scale: FloatArray,
    start: FloatArray,
    record: Record,
) -> None:
    """Fly every run from the epoch to its hand-over or to the end of the weather.

    Args:
        schedule: Schedule.
        policy: Policy.
        climate: density table.
        f107, f107a, ap: shape (runs, steps), what the density model wants on each day.
        ballistic_scale: shape (runs,), factor on the drag area of each run.
        start: shape (4,), mean a (km), ex, ey, node (rad) at the first row.
        record: Record of arrays to fill; ``crossing_tt_s`` must hold inf, logs and ledgers zeros.
    """
    for run in range(ballistic_scale.size):
        _fly_run(
            run, schedule, policy, climate, f107[run], f107a[run], ap[run],
            policy.cd_area_m2 * ballistic_scale[run], start, record,
        )  # fmt: skip
