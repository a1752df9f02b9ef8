"""What is in the tanks of a history: vehicles come and go, propellant is pumped, fed to attitude control, spent.

Every kernel changes the level of tanks and books it in the ledger of the run; see ``motion.history_kernel``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.motion.history_tables import (
    ATTITUDE,
    DELIVERED,
    DEPARTED,
    LEAST_TRANSFER_KG,
    MOVED,
    START,
    Policy,
    Record,
    Schedule,
    note_transfer,
)

__all__ = ["exchange", "exchange_at", "feed_attitude", "paid_for_lowering", "take", "top_up"]

FloatArray = NDArray[np.float64]

ATTITUDE_DAYS = 30.0  # docked vehicles keep so much of attitude control's use above the reserves of the station tanks


@kernel
def take(tank: int, kg: float, use: int, level: FloatArray, ledger: FloatArray) -> None:
    """Take ``kg`` out of a tank and book it."""
    level[tank] -= kg
    ledger[tank, use] += kg


@kernel
def _transfer(
    run: int, tt_s: float, source: int, target: int, kg: float, level: FloatArray, ledger: FloatArray, record: Record
) -> None:
    """Pump ``kg`` from one tank into another and book it."""
    level[target] += kg
    level[source] -= kg
    ledger[target, MOVED] += kg
    ledger[source, MOVED] -= kg
    note_transfer(run, record, tt_s, source, target, kg)


@kernel
def exchange(run: int, step: int, schedule: Schedule, level: FloatArray, ledger: FloatArray, record: Record) -> None:
    """Vehicles that leave at this step unload into their partner's station tanks and go; others arrive.

    Tanks with an engine that raises the station are filled first: what is in the others only feeds attitude control.
    """
    for tank in range(level.size):
        if schedule.to_step[tank] == step and schedule.from_step[tank] < step:
            for raises in (True, False):
                for other in range(level.size):
                    same = schedule.partner[other] == schedule.partner[tank] and schedule.partner[tank] >= 0
                    if same and schedule.is_station[other] and (schedule.thrust_n[other] > 0.0) == raises:
                        moved = min(schedule.capacity_kg[other] - level[other], level[tank])
                        if moved > 0.0:
                            _transfer(run, schedule.tt_s[step], tank, other, moved, level, ledger, record)
            ledger[tank, DEPARTED] += level[tank]
            level[tank] = 0.0
    for tank in range(level.size):
        if schedule.from_step[tank] == step and schedule.to_step[tank] > step:
            level[tank] = schedule.brought_kg[tank]
            ledger[tank, START if step == 0 else DELIVERED] += schedule.brought_kg[tank]


@kernel
def top_up(
    run: int,
    tt_s: float,
    kg_per_day: float,
    schedule: Schedule,
    level: FloatArray,
    ledger: FloatArray,
    record: Record,
) -> None:
    """Docked vehicles fill up the station tanks that feed attitude control, where these run low together.

    The vehicle that leaves first gives first. A portion is ``LEAST_TRANSFER_KG`` or more, less only if the vehicle is
    emptied by it or the tank holds no more than that.
    """
    wanted = ATTITUDE_DAYS * kg_per_day
    for tank in schedule.attitude_order:
        if schedule.is_station[tank]:
            wanted += schedule.reserve_kg[tank] - level[tank]
    if wanted <= 0.0:
        return
    for source in schedule.attitude_order:
        if schedule.is_station[source]:
            continue
        for target in schedule.attitude_order:
            same = schedule.partner[target] == schedule.partner[source] and schedule.partner[source] >= 0
            if not (same and schedule.is_station[target]) or wanted <= 0.0:
                continue
            room = schedule.capacity_kg[target] - level[target]
            least = min(LEAST_TRANSFER_KG, schedule.capacity_kg[target], float(level[source]))
            moved = float(min(max(wanted, LEAST_TRANSFER_KG), room, level[source]))
            if moved > 0.0 and moved >= least:
                _transfer(run, tt_s, source, target, moved, level, ledger, record)
                wanted -= moved


@kernel
def feed_attitude(need_kg: float, schedule: Schedule, level: FloatArray, ledger: FloatArray) -> float:
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
def paid_for_lowering(
    row: int, wanted_kg: float, schedule: Schedule, policy: Policy, level: FloatArray, ledger: FloatArray
) -> float:
    """Move lowering propellant out of those who are there and can lower, kilogram for kilogram. Returns kg found.

    Only the ledger of the tank that it goes to is written here: its level is what was asked for, found or not.
    """
    found = 0.0
    for k in range(policy.lowering_payers.shape[0]):
        payer = policy.lowering_payers[k, 0]
        if policy.lowering_payers[k, 1] <= row < policy.lowering_payers[k, 2]:
            kg = max(0.0, min(wanted_kg - found, float(level[payer] - schedule.reserve_kg[payer])))
            level[payer] -= kg
            ledger[payer, MOVED] -= kg
            ledger[policy.lowering_tank, MOVED] += kg
            found += kg
    return found


@kernel
def exchange_at(step: int, schedule: Schedule, level: FloatArray, record: Record) -> None:
    """Let the vehicles of one step leave and arrive, for a flight that is continued there.

    Args:
        step: 1 or more.
        schedule: Schedule.
        level: shape (tanks,), kg before; holds what is in each tank after.
        record: Record of one run, which takes the transfers.
    """
    exchange(0, step, schedule, level, record.ledger_kg[0], record)
