"""The altitude-and-propellant history: one kernel with a leading run axis. Its door is ``motion.history``.

A day of a run goes: vehicles dock and leave (what a leaving vehicle has left is moved into its partner's station tanks
as far as these hold it); the orbit is flown to the next midnight (``motion.averaged``); attitude control takes its
propellant; before lowering starts, a station that would fall out of its corridor is raised at the day's end. From the
start of lowering nothing is raised, and the lowering propellant is spent day by day against the flight. A run ends
where it reaches the targeting altitude, or where the weather ends.

Runs do not touch each other: run i of a call with N runs has the same bits as that run alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.motion.averaged import MAX_DROP_KM, MeanRates, MeanState, advance, density_of_day, drag_rates
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

__all__ = [
    "ATTITUDE",
    "BURN_DV",
    "BURN_FROM",
    "BURN_KG",
    "BURN_S",
    "BURN_TANK",
    "BURN_TO",
    "BURN_TT",
    "DELIVERED",
    "DEPARTED",
    "LOWERING",
    "MOVED",
    "REBOOST",
    "REMAINING",
    "SHORT_AMOUNT",
    "SHORT_ATTITUDE",
    "SHORT_FROM",
    "SHORT_KIND",
    "SHORT_REBOOST",
    "SHORT_TO",
    "START",
    "Policy",
    "Record",
    "Schedule",
    "empty_record",
    "fly_history",
    "hohmann_delta_v",
    "raised_semi_major_axis",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

G0_KM_S2 = 9.80665e-3  # standard gravity (ISO 80000-3), which defines specific impulse in seconds
LOOK_AHEAD_DAYS = 2.0  # a reboost comes when this many days of today's loss would cross the lower edge
LEASTBURN_KG = 1.0  # nobody lights an engine for less
DAY_S = 86400.0
SHORTFALLS = 64  # episodes of shortfall kept per run
BURNS = 400  # reboosts kept per run

# columns of the ledger; START + DELIVERED + MOVED = REBOOST + ATTITUDE + LOWERING + DEPARTED + REMAINING for every tank
START, DELIVERED, MOVED, REBOOST, ATTITUDE, LOWERING, DEPARTED, REMAINING = range(8)
_USES = 8
# kinds of shortfall
SHORT_REBOOST, SHORT_ATTITUDE = range(2)
# columns of the two logs
BURN_TT, BURN_TANK, BURN_DV, BURN_KG, BURN_S, BURN_FROM, BURN_TO = range(7)
SHORT_KIND, SHORT_FROM, SHORT_TO, SHORT_AMOUNT = range(4)


class Schedule(NamedTuple):
    """What flies when. A step runs from one row to the next; rows after the first are midnights (UTC).

    Attributes:
        tt_s: shape (rows,), TT seconds since J2000; steps = rows - 1.
        dry_mass_kg: shape (steps,), station and docked vehicles without the propellant of any tank.
        from_step, to_step: shape (tanks,), first step with the tank aboard and first step without it.
        brought_kg: shape (tanks,), propellant aboard at the start or brought at ``from_step``.
        capacity_kg, reserve_kg, specific_impulse_s, thrust_n: shape (tanks,).
        partner: shape (tanks,), index of the owner whose tanks may be filled from each other; -1 never.
        is_station: shape (tanks,), True for a tank of the station itself.
        raise_order: tanks that may pay for a reboost, best first.
        attitude_order: tanks that may feed attitude control, best first.
    """

    tt_s: FloatArray
    dry_mass_kg: FloatArray
    from_step: IntArray
    to_step: IntArray
    brought_kg: FloatArray
    capacity_kg: FloatArray
    reserve_kg: FloatArray
    specific_impulse_s: FloatArray
    thrust_n: FloatArray
    partner: IntArray
    is_station: BoolArray
    raise_order: IntArray
    attitude_order: IntArray


class Policy(NamedTuple):
    """The thresholds of the re-planning rule, and what is spent on going down.

    Attributes:
        lower_km, upper_km: corridor of the mean semi-major axis while the station is held.
        reboost_max_km_s: most that one reboost gives; a bigger raise takes several days.
        attitude_kg_per_day: propellant of attitude control.
        lowering_step: step with which reboosts stop and lowering starts.
        lowering_tank: index of the tank that holds the lowering propellant.
        lowering_kg: propellant delivered to it when lowering starts.
        lowering_kg_per_day: how fast it is spent.
        hold_km: mean semi-major axis of the hold, at which propulsive lowering ends.
        targeting_km: mean semi-major axis at which the run is handed over.
        crossings_km: shape (n,), semi-major axes whose first downward crossing is noted.
        cd_area_m2: drag area times drag coefficient.
        inclination_rad: of the orbit; constant.
    """

    lower_km: float
    upper_km: float
    reboost_max_km_s: float
    attitude_kg_per_day: float
    lowering_step: int
    lowering_tank: int
    lowering_kg: float
    lowering_kg_per_day: float
    hold_km: float
    targeting_km: float
    crossings_km: FloatArray
    cd_area_m2: float
    inclination_rad: float


class Record(NamedTuple):
    """Arrays that the kernel fills; the leading axis is the run. Daily arrays may have one row only: then no days."""

    altitude_km: FloatArray
    perigee_km: FloatArray
    apogee_km: FloatArray
    mass_kg: FloatArray
    propellant_kg: FloatArray
    flying: BoolArray
    ledger_kg: FloatArray
    burns: FloatArray
    burn_count: IntArray
    shortfalls: FloatArray
    shortfall_count: IntArray
    crossing_tt_s: FloatArray
    end: FloatArray  # tt_s, a (km), ex, ey, node (rad), mass (kg), velocity spent on lowering (m/s)
    handed_over: BoolArray


def empty_record(runs: int, rows: int, tanks: int, crossings: int) -> Record:
    """Arrays for ``fly_history`` to fill.

    Args:
        runs: number of runs.
        rows: days to keep; 1 keeps the first row only, for ensembles that want summaries.
        tanks: number of tanks.
        crossings: number of altitudes whose crossing is noted.

    Returns:
        Record of zeros, with crossings at infinity.
    """
    return Record(
        altitude_km=np.zeros((runs, rows)),
        perigee_km=np.zeros((runs, rows)),
        apogee_km=np.zeros((runs, rows)),
        mass_kg=np.zeros((runs, rows)),
        propellant_kg=np.zeros((runs, rows, tanks)),
        flying=np.zeros((runs, rows), dtype=np.bool_),
        ledger_kg=np.zeros((runs, tanks, _USES)),
        burns=np.zeros((runs, BURNS, 7)),
        burn_count=np.zeros(runs, dtype=np.int64),
        shortfalls=np.zeros((runs, SHORTFALLS, 4)),
        shortfall_count=np.zeros(runs, dtype=np.int64),
        crossing_tt_s=np.full((runs, crossings), np.inf),
        end=np.zeros((runs, 7)),
        handed_over=np.zeros(runs, dtype=np.bool_),
    )


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
def _exchange(step: int, schedule: Schedule, level: FloatArray, ledger: FloatArray) -> None:
    """Vehicles that leave at this step unload into their partner's station tanks and go; others arrive."""
    for tank in range(level.size):
        if schedule.to_step[tank] == step and schedule.from_step[tank] < step:
            for other in range(level.size):
                same = schedule.partner[other] == schedule.partner[tank] and schedule.partner[tank] >= 0
                if same and schedule.is_station[other] and level[tank] > 0.0:
                    room = schedule.capacity_kg[other] - level[other]
                    moved = max(0.0, min(room, level[tank]))
                    level[other] += moved
                    level[tank] -= moved
                    ledger[other, MOVED] += moved
                    ledger[tank, MOVED] -= moved
            ledger[tank, DEPARTED] += level[tank]
            level[tank] = 0.0
    for tank in range(level.size):
        if schedule.from_step[tank] == step and schedule.to_step[tank] > step:
            level[tank] = schedule.brought_kg[tank]
            ledger[tank, START if step == 0 else DELIVERED] += schedule.brought_kg[tank]


@kernel
def _note_shortfall(run: int, record: Record, kind: int, from_tt_s: float, to_tt_s: float, amount: float) -> None:
    """Note a shortfall; days that follow each other are one episode (attitude adds up, a reboost keeps the most)."""
    log = record.shortfalls[run]
    count = record.shortfall_count[run]
    for k in range(count - 1, -1, -1):
        if int(log[k, SHORT_KIND]) == kind:
            if log[k, SHORT_TO] >= from_tt_s - DAY_S:
                log[k, SHORT_TO] = to_tt_s
                if kind == SHORT_ATTITUDE:
                    log[k, SHORT_AMOUNT] += amount
                else:
                    log[k, SHORT_AMOUNT] = max(log[k, SHORT_AMOUNT], amount)
                return
            break
    if count < log.shape[0]:
        log[count, SHORT_KIND] = kind
        log[count, SHORT_FROM] = from_tt_s
        log[count, SHORT_TO] = to_tt_s
        log[count, SHORT_AMOUNT] = amount
    record.shortfall_count[run] = count + 1


@kernel
def _feed_attitude(need_kg: float, schedule: Schedule, level: FloatArray, ledger: FloatArray) -> float:
    """Take attitude propellant: first what lies above the reserves, then the reserves. Returns what was missing, kg."""
    for above_reserve in (True, False):
        for tank in schedule.attitude_order:
            reserve = schedule.reserve_kg[tank] if above_reserve else 0.0
            taken = max(0.0, min(need_kg, float(level[tank] - reserve)))
            level[tank] -= taken
            ledger[tank, ATTITUDE] += taken
            need_kg -= taken
    return need_kg


@kernel
def _reboost(
    run: int,
    tt_s: float,
    a_km: float,
    dry_mass_kg: float,
    delta_v_km_s: float,
    schedule: Schedule,
    level: FloatArray,
    record: Record,
) -> tuple[float, float]:
    """Spend ``delta_v_km_s`` on raising the orbit, tank after tank in order. Returns (a after, velocity not given)."""
    left = delta_v_km_s
    ledger = record.ledger_kg[run]
    for tank in schedule.raise_order:
        usable = float(level[tank] - schedule.reserve_kg[tank])
        if left <= 0.0 or usable < LEASTBURN_KG:
            continue
        mass = dry_mass_kg + level.sum()
        exhaust_km_s = float(schedule.specific_impulse_s[tank] * G0_KM_S2)
        needed = mass * (1.0 - math.exp(-left / exhaust_km_s))
        if needed <= usable:
            spent = needed
            given = left
        else:
            spent = usable
            given = -exhaust_km_s * math.log1p(-spent / mass)
        after = raised_semi_major_axis(a_km, given)
        count = record.burn_count[run]
        if count < record.burns.shape[1]:
            row = record.burns[run, count]
            row[BURN_TT] = tt_s
            row[BURN_TANK] = tank
            row[BURN_DV] = given * 1e3
            row[BURN_KG] = spent
            row[BURN_S] = spent * exhaust_km_s * 1e3 / schedule.thrust_n[tank]
            row[BURN_FROM] = a_km - EARTH_RADIUS_KM
            row[BURN_TO] = after - EARTH_RADIUS_KM
        record.burn_count[run] = count + 1
        level[tank] -= spent
        ledger[tank, REBOOST] += spent
        left = 0.0 if needed <= usable else left - given
        a_km = after
    return a_km, left


@kernel
def _keep_corridor(
    run: int,
    raising: bool,
    loss_km_day: float,
    days_to_hold: int,
    tt_s: float,
    state: MeanState,
    dry_mass_kg: float,
    schedule: Schedule,
    policy: Policy,
    level: FloatArray,
    record: Record,
) -> tuple[MeanState, bool]:
    """The re-planning rule of the held station, once a day. Returns (state, still raising).

    What is raised shortly before lowering starts has to come down again: a reboost goes no higher than what keeps the
    station in its corridor until that day, at today's loss. So the entry does not hang on where the saw-tooth stands.
    """
    a_km = state.a_km
    if not raising and a_km - min(LOOK_AHEAD_DAYS, float(days_to_hold)) * loss_km_day >= policy.lower_km:
        return state, False
    target_km = min(policy.upper_km, policy.lower_km + loss_km_day * (days_to_hold + LOOK_AHEAD_DAYS))
    if a_km >= target_km:
        return state, False
    needed = hohmann_delta_v(a_km, target_km)
    if needed <= 0.0:
        return state, False
    today = needed / math.ceil(needed / policy.reboost_max_km_s)
    a_km, left = _reboost(run, tt_s, a_km, dry_mass_kg, today, schedule, level, record)
    if left > 0.0:
        _note_shortfall(run, record, SHORT_REBOOST, tt_s, tt_s, left * 1e3)
    done = today >= needed and left <= 0.0
    return MeanState(a_km, state.ex, state.ey, state.node_rad), not done


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

    Returns:
        (state, rates, seconds flown, True where the targeting altitude was reached).
    """
    flown = 0.0
    noon_tt_s = tt_s + 0.5 * seconds  # density has a season: half a day is worth 0.3 %
    reach = MAX_DROP_KM + 1.5 * abs(rates.a_km_s) * seconds
    density = density_of_day(climate, state, reach, noon_tt_s, f107, f107a, ap)
    floor_km = state.a_km - reach + MAX_DROP_KM
    while flown < seconds:
        if state.a_km < floor_km:
            density = density_of_day(climate, state, reach, noon_tt_s, f107, f107a, ap)
            floor_km = state.a_km - reach + MAX_DROP_KM
        length = seconds - flown
        if abs(rates.a_km_s) * length > MAX_DROP_KM:
            length /= math.ceil(abs(rates.a_km_s) * length / MAX_DROP_KM)
        after, rates = advance(state, rates, policy.inclination_rad, ballistic, thrust, length, density, tt_s + flown)
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
def _write_row(
    run: int, row: int, state: MeanState, mass_kg: float, level: FloatArray, flying: bool, record: Record
) -> None:
    """Write one day of the history, unless days are not kept."""
    if record.altitude_km.shape[1] <= row:
        return
    eccentricity = math.sqrt(state.ex * state.ex + state.ey * state.ey)
    record.altitude_km[run, row] = state.a_km - EARTH_RADIUS_KM
    record.perigee_km[run, row] = state.a_km * (1.0 - eccentricity) - EARTH_RADIUS_KM
    record.apogee_km[run, row] = state.a_km * (1.0 + eccentricity) - EARTH_RADIUS_KM
    record.mass_kg[run, row] = mass_kg
    record.propellant_kg[run, row] = level
    record.flying[run, row] = flying


@kernel
def _spend(tank: int, kg: float, use: int, level: FloatArray, ledger: FloatArray) -> None:
    """Take ``kg`` out of a tank and book it."""
    level[tank] -= kg
    ledger[tank, use] += kg


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
    state = MeanState(start[0], start[1], start[2], start[3])
    rates = MeanRates(0.0, 0.0, 0.0)
    raising = False
    reached = False
    mass = 0.0
    lowered_km_s = 0.0
    tt_s = schedule.tt_s[0]
    row = 0
    while row < steps and not reached:
        tt_s = schedule.tt_s[row]
        seconds = schedule.tt_s[row + 1] - tt_s
        _exchange(row, schedule, level, ledger)
        if row == policy.lowering_step:
            level[tank] += policy.lowering_kg
            ledger[tank, DELIVERED] += policy.lowering_kg
        mass = schedule.dry_mass_kg[row] + level.sum()
        _write_row(run, row, state, mass, level, True, record)
        ballistic = cd_area_m2 / mass
        lowering = row >= policy.lowering_step and state.a_km > policy.hold_km
        spend = min(level[tank], policy.lowering_kg_per_day * seconds / DAY_S) if lowering else 0.0
        thrust = schedule.specific_impulse_s[tank] * G0_KM_S2 * math.log1p(-spend / mass) / seconds
        if row == 0:
            density = density_of_day(climate, state, 0.0, tt_s, f107[row], f107a[row], ap[row])
            rates = drag_rates(state, policy.inclination_rad, ballistic, density, tt_s)
        before_km = state.a_km
        state, rates, flown, reached = _fly_day(
            run, state, rates, ballistic, thrust, tt_s, seconds, policy, climate, f107[row], f107a[row], ap[row], record
        )
        tt_s += flown
        lowered_km_s += abs(thrust) * flown
        _spend(tank, spend * flown / seconds, LOWERING, level, ledger)
        missing = _feed_attitude(policy.attitude_kg_per_day * flown / DAY_S, schedule, level, ledger)
        if missing > 0.0:
            _note_shortfall(run, record, SHORT_ATTITUDE, tt_s - flown, tt_s, missing)
        if row + 1 < policy.lowering_step and not reached:
            loss_km_day = max(0.0, before_km - state.a_km) * DAY_S / seconds
            state, raising = _keep_corridor(
                run, raising, loss_km_day, policy.lowering_step - row - 1, tt_s, state, schedule.dry_mass_kg[row],
                schedule, policy, level, record,
            )  # fmt: skip
        mass = schedule.dry_mass_kg[row] + level.sum()
        row += 1
    while row <= steps:
        _write_row(run, row, state, mass, level, not reached, record)
        row += 1
    ledger[:, REMAINING] = level
    record.handed_over[run] = reached
    end = record.end[run]
    end[0] = tt_s
    end[1], end[2], end[3], end[4] = state.a_km, state.ex, state.ey, state.node_rad
    end[5] = mass
    end[6] = lowered_km_s * 1e3


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
