"""What the history kernel reads and writes: the schedule, the policy, the record with its columns and their writers."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.motion.averaged import MeanState
from pointnemo.world.earth import EARTH_RADIUS_KM

__all__ = [
    "ATTITUDE",
    "BURNS",
    "BURN_DV",
    "BURN_FROM",
    "BURN_KG",
    "BURN_S",
    "BURN_TANK",
    "BURN_TO",
    "BURN_TT",
    "DELIVERED",
    "DEPARTED",
    "LEAST_TRANSFER_KG",
    "LOWERING",
    "MOVED",
    "MOVE_FROM",
    "MOVE_KG",
    "MOVE_TO",
    "MOVE_TT",
    "REBOOST",
    "REMAINING",
    "SHORTFALLS",
    "SHORT_AMOUNT",
    "SHORT_ATTITUDE",
    "SHORT_FROM",
    "SHORT_KIND",
    "SHORT_REBOOST",
    "SHORT_TO",
    "STAGES",
    "STAGE_DV",
    "STAGE_FROM",
    "STAGE_KG",
    "STAGE_TO",
    "START",
    "Policy",
    "Record",
    "Schedule",
    "empty_record",
    "most_transfers",
    "note_burn",
    "note_shortfall",
    "note_stage",
    "note_transfer",
    "write_row",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

DAY_S = 86400.0
LEAST_TRANSFER_KG = 50.0  # nobody opens the lines for less, unless it is all that is left
SHORTFALLS = 64  # episodes of shortfall kept per run
BURNS = 400  # reboosts kept per run

# columns of the ledger; START + DELIVERED + MOVED = REBOOST + ATTITUDE + LOWERING + DEPARTED + REMAINING for every tank
START, DELIVERED, MOVED, REBOOST, ATTITUDE, LOWERING, DEPARTED, REMAINING = range(8)
_USES = 8
# kinds of shortfall
SHORT_REBOOST, SHORT_ATTITUDE = range(2)
# columns of the three logs
BURN_TT, BURN_TANK, BURN_DV, BURN_KG, BURN_S, BURN_FROM, BURN_TO = range(7)
SHORT_KIND, SHORT_FROM, SHORT_TO, SHORT_AMOUNT = range(4)
# columns of the stages of the lowering
STAGE_DV, STAGE_KG, STAGE_FROM, STAGE_TO = range(4)
STAGES = 2
MOVE_TT, MOVE_FROM, MOVE_TO, MOVE_KG = range(4)


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
        can_raise: shape (tanks, steps), True where the engine that the tank feeds may raise at the end of the step.
        pause_days: shape (steps,), how many days in a row, this one first, nothing may thrust; 0 where it may.
        planned_km: shape (steps,), semi-major axis that the plan raises to at the end of the step; 0 where to none.
        planned_tank: shape (steps,), tank that the plan lets pay first; -1 where it does not matter.
        act_km: shape (steps,), semi-major axis below which the rule raises without a plan.
        raise_km: shape (steps,), semi-major axis up to which it does.
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
    can_raise: BoolArray
    pause_days: IntArray
    planned_km: FloatArray
    planned_tank: IntArray
    act_km: FloatArray
    raise_km: FloatArray


class Policy(NamedTuple):
    """The thresholds of the re-planning rule, what is spent on going down, and the drag on the way.

    A second stage of the lowering is paid out of a tank of its own: that of a docked vehicle, which is there anyway, or
    one that ``second_brought`` fills when the stage starts. It starts with the first stage at the earliest.

    Attributes:
        reboost_max_km_s: most that one reboost gives; a bigger raise takes several days.
        reboost_min_km_s: least that a planned reboost gives; a smaller one is not made.
        attitude_kg_per_day: propellant of attitude control.
        lowering_step: step with which reboosts stop and lowering starts.
        lowering_tank: index of the tank that holds the lowering propellant.
        lowering_kg: propellant in it when lowering starts.
        lowering_kg_per_day: how fast it is spent.
        hold_km: mean semi-major axis of the hold, at which propulsive lowering ends.
        targeting_km: mean semi-major axis at which the run is handed over.
        crossings_km: shape (n,), semi-major axes whose first downward crossing is noted.
        cd_area_m2: drag area times drag coefficient.
        inclination_rad: of the orbit; constant.
        second_step: step with which the second stage starts.
        second_tank: index of the tank that pays for it; -1 where none can.
        second_kg: most that it spends; 0 for no second stage.
        second_kg_per_day: how fast it is spent.
        second_brought: whether ``second_kg`` is delivered to that tank when the stage starts.
        uncrewed_km: mean semi-major axis at which the crew leaves on the way down.
        crewed_factor: drag area over that of the normal attitude, from the start of lowering down to ``uncrewed_km``.
        uncrewed_factor: the same below.
        lowering_payers: shape (n, 3), tanks that the lowering propellant comes out of, in this order: index, first step
            and first step beyond those on which it may. What they lack is delivered when lowering starts.
    """

    reboost_max_km_s: float
    reboost_min_km_s: float
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
    second_step: int = 0
    second_tank: int = -1
    second_kg: float = 0.0
    second_kg_per_day: float = 0.0
    second_brought: bool = False
    uncrewed_km: float = 0.0
    crewed_factor: float = 1.0
    uncrewed_factor: float = 1.0
    lowering_payers: IntArray = np.zeros((0, 3), dtype=np.int64)


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
    transfers: FloatArray
    transfer_count: IntArray
    crossing_tt_s: FloatArray
    end: FloatArray  # tt_s, a (km), ex, ey, node (rad), mass (kg)
    stages: FloatArray  # of each stage of the lowering: velocity given (km/s), kg, first and last instant (TT s)
    handed_over: BoolArray


def empty_record(runs: int, rows: int, tanks: int, crossings: int, transfers: int) -> Record:
    """Arrays for ``fly_history`` to fill.

    Args:
        runs: number of runs.
        rows: days to keep; 1 keeps the first row only, for ensembles that want summaries.
        tanks: number of tanks.
        crossings: number of altitudes whose crossing is noted.
        transfers: most transfers of a run; see ``most_transfers``.

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
        transfers=np.zeros((runs, transfers, 4)),
        transfer_count=np.zeros(runs, dtype=np.int64),
        crossing_tt_s=np.full((runs, crossings), np.inf),
        end=np.zeros((runs, 6)),
        stages=np.tile([0.0, 0.0, np.inf, -np.inf], (runs, STAGES, 1)),
        handed_over=np.zeros(runs, dtype=np.bool_),
    )


def most_transfers(schedule: Schedule) -> int:
    """How often propellant can be pumped in a run, whatever the world does.

    Args:
        schedule: Schedule.

    Returns:
        For every vehicle that shares: its load in portions of the smallest size, and for every station tank one
        transfer of what is left and one at the departure; no more than one a day and one at the departure for every
        station tank, however large the load or small the tank.
    """
    station = schedule.is_station
    if not station.any():
        return 0
    portion_kg = min(LEAST_TRANSFER_KG, float(schedule.capacity_kg[station].min()))
    shares = ~station & (schedule.partner >= 0)
    tanks = int(station.sum())
    by_load = np.ceil(schedule.brought_kg[shares] / portion_kg) + 2.0 * tanks
    last = len(schedule.dry_mass_kg)
    docked = np.clip(schedule.to_step, 0, last) - np.clip(schedule.from_step, 0, last)
    by_day = tanks * (np.maximum(docked[shares], 0) + 1.0)
    return int(np.minimum(by_load, by_day).sum())


# --- writers of the record; past the end of a log rows are counted and not kept --------------------------------------


@kernel
def note_burn(
    run: int,
    record: Record,
    tt_s: float,
    tank: int,
    delta_v_mps: float,
    kg: float,
    seconds: float,
    from_km: float,
    to_km: float,
) -> None:
    """Note a reboost between two semi-major axes."""
    count = record.burn_count[run]
    if count < record.burns.shape[1]:
        row = record.burns[run, count]
        row[BURN_TT] = tt_s
        row[BURN_TANK] = tank
        row[BURN_DV] = delta_v_mps
        row[BURN_KG] = kg
        row[BURN_S] = seconds
        row[BURN_FROM] = from_km - EARTH_RADIUS_KM
        row[BURN_TO] = to_km - EARTH_RADIUS_KM
    record.burn_count[run] = count + 1


@kernel
def note_transfer(run: int, record: Record, tt_s: float, source: int, target: int, kg: float) -> None:
    """Note that propellant was pumped."""
    count = record.transfer_count[run]
    if count < record.transfers.shape[1]:
        row = record.transfers[run, count]
        row[MOVE_TT] = tt_s
        row[MOVE_FROM] = source
        row[MOVE_TO] = target
        row[MOVE_KG] = kg
    record.transfer_count[run] = count + 1


@kernel
def note_shortfall(run: int, record: Record, kind: int, from_tt_s: float, to_tt_s: float, amount: float) -> None:
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
def note_stage(
    run: int, stage: int, record: Record, from_tt_s: float, to_tt_s: float, delta_v_km_s: float, kg: float
) -> None:
    """Note what a stage of the lowering has done in a step; nothing where it did nothing."""
    if kg <= 0.0:
        return
    row = record.stages[run, stage]
    row[STAGE_DV] += delta_v_km_s
    row[STAGE_KG] += kg
    row[STAGE_FROM] = min(row[STAGE_FROM], from_tt_s)
    row[STAGE_TO] = max(row[STAGE_TO], to_tt_s)


@kernel
def write_row(
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
