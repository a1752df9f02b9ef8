"""What the history kernel flew, in words of the field: its record read into arrays by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.motion.history_tables import (
    BURN_DV,
    BURN_FROM,
    BURN_KG,
    BURN_S,
    BURN_TANK,
    BURN_TO,
    BURN_TT,
    LOWERING,
    MOVE_FROM,
    MOVE_KG,
    MOVE_TO,
    MOVE_TT,
    SHORT_AMOUNT,
    SHORT_FROM,
    SHORT_KIND,
    SHORT_TO,
    STAGE_DV,
    STAGE_FROM,
    STAGE_KG,
    STAGE_TO,
    Record,
)
from pointnemo.results import History
from pointnemo.world.weather import SpaceWeather

if TYPE_CHECKING:
    from pointnemo.motion.history import Decision

__all__ = ["Burns", "Flown", "Shortfalls", "Stage", "Transfers", "read_record"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MJD_ORDINAL = date(1858, 11, 17).toordinal()


@dataclass(frozen=True)
class Burns:
    """Reboosts of all runs, one row each, in order of run and time; all arrays have shape (burns,)."""

    run: IntArray
    tt_s: FloatArray
    tank: IntArray
    delta_v_mps: FloatArray
    propellant_kg: FloatArray
    duration_s: FloatArray
    altitude_before_km: FloatArray
    altitude_after_km: FloatArray


@dataclass(frozen=True)
class Transfers:
    """Propellant pumped from tank to tank, one row each, in order of run and time; arrays of shape (transfers,)."""

    run: IntArray
    tt_s: FloatArray
    from_tank: IntArray
    to_tank: IntArray
    kg: FloatArray


@dataclass(frozen=True)
class Shortfalls:
    """Episodes in which something was missing, of all runs; all arrays have shape (episodes,).

    ``kind`` is ``SHORT_REBOOST`` (amount: most m/s missing on any day) or ``SHORT_ATTITUDE`` (amount: kg in all).
    """

    run: IntArray
    kind: IntArray
    from_tt_s: FloatArray
    to_tt_s: FloatArray
    amount: FloatArray


class Stage(NamedTuple):
    """What a stage of the lowering did; arrays of shape (runs,).

    Attributes:
        tank: index of the tank that paid.
        start_tt_s, end_tt_s: first and last instant at which it thrusts, as TT seconds; inf and -inf where it never
            does.
        propellant_kg: spent.
        delta_v_mps: velocity that it gave.
    """

    tank: int
    start_tt_s: FloatArray
    end_tt_s: FloatArray
    propellant_kg: FloatArray
    delta_v_mps: FloatArray


@dataclass(frozen=True)
class Flown:
    """What was flown. The leading axis of arrays is the run.

    Attributes:
        history: day by day (one row only where days were not kept).
        crossings: name of an altitude -> shape (runs,), TT seconds of its first downward crossing, inf where never.
        burns: reboosts.
        shortfalls: what was missing.
        transfers: what was pumped.
        ledger_kg: shape (runs, tanks, 8), columns START ... REMAINING of ``motion.history_tables``.
        handed_over: shape (runs,), True where the targeting altitude was reached.
        handover_tt_s: shape (runs,), when the run ended.
        handover_elements: shape (runs, 5), mean a (km), ex, ey, inclination (rad), node (rad) there.
        handover_mass_kg: shape (runs,), whole stack there.
        lowering_start_tt_s: first midnight of lowering (or the epoch, if later).
        lowering_propellant_kg: shape (runs,), spent on lowering, both stages together.
        lowering_delta_v_mps: shape (runs,), velocity that it gave.
        stages: the first and the second stage of the lowering.
    """

    history: History
    crossings: Mapping[str, FloatArray]
    burns: Burns
    shortfalls: Shortfalls
    transfers: Transfers
    ledger_kg: FloatArray
    handed_over: NDArray[np.bool_]
    handover_tt_s: FloatArray
    handover_elements: FloatArray
    handover_mass_kg: FloatArray
    lowering_start_tt_s: float
    lowering_propellant_kg: FloatArray
    lowering_delta_v_mps: FloatArray
    stages: tuple[Stage, Stage]

    def altitude_at(self, run: int, tt_s: float) -> float:
        """Mean altitude (km) of a run at an instant, linear between days; the last one after the end."""
        return float(np.interp(tt_s, self.history.tt_s, self.history.altitude_km[run]))


def _history(decision: Decision, record: Record, names: tuple[str, ...], lines: Sequence[SpaceWeather]) -> History:
    """The daily arrays of the record, with the weather of the days."""
    rows = record.altitude_km.shape[1]
    steps = len(decision.schedule.dry_mass_kg)
    mjd = decision.first_day.toordinal() - _MJD_ORDINAL + np.minimum(np.arange(rows), steps - 1)
    return History(
        runs=names,
        tanks=decision.tanks,
        tt_s=decision.schedule.tt_s[:rows],
        altitude_km=record.altitude_km,
        perigee_km=record.perigee_km,
        apogee_km=record.apogee_km,
        mass_kg=record.mass_kg,
        propellant_kg=record.propellant_kg,
        f107=np.array([line.f107[line.day(mjd)] for line in lines]),
        regime=np.asarray(lines[0].regime[lines[0].day(mjd)], dtype=np.int64),
        flying=record.flying,
    )


def _burns(record: Record) -> Burns:
    """The reboosts of all runs."""
    run, rows = _logged(record.burns, record.burn_count)
    return Burns(
        run=run,
        tt_s=rows[:, BURN_TT],
        tank=rows[:, BURN_TANK].astype(np.int64),
        delta_v_mps=rows[:, BURN_DV],
        propellant_kg=rows[:, BURN_KG],
        duration_s=rows[:, BURN_S],
        altitude_before_km=rows[:, BURN_FROM],
        altitude_after_km=rows[:, BURN_TO],
    )


def _logged(log: FloatArray, counts: IntArray) -> tuple[IntArray, FloatArray]:
    """The used part of a log, run after run: the run of each row, and the rows."""
    run = np.repeat(np.arange(len(counts)), counts)
    return run, np.concatenate([log[i, :count] for i, count in enumerate(counts)])


def _transfers(record: Record) -> Transfers:
    """The transfers of all runs."""
    run, rows = _logged(record.transfers, record.transfer_count)
    return Transfers(
        run=run,
        tt_s=rows[:, MOVE_TT],
        from_tank=rows[:, MOVE_FROM].astype(np.int64),
        to_tank=rows[:, MOVE_TO].astype(np.int64),
        kg=rows[:, MOVE_KG],
    )


def _shortfalls(record: Record) -> Shortfalls:
    """The shortfalls of all runs."""
    run, rows = _logged(record.shortfalls, record.shortfall_count)
    return Shortfalls(
        run=run,
        kind=rows[:, SHORT_KIND].astype(np.int64),
        from_tt_s=rows[:, SHORT_FROM],
        to_tt_s=rows[:, SHORT_TO],
        amount=rows[:, SHORT_AMOUNT],
    )


def read_record(decision: Decision, record: Record, names: tuple[str, ...], lines: Sequence[SpaceWeather]) -> Flown:
    """The record in words of the field.

    Args:
        decision: that was flown.
        record: as the kernel filled it.
        names: of the runs.
        lines: space weather of each run.
    """
    policy = decision.policy
    runs = len(names)
    inclination = np.full(runs, policy.inclination_rad)
    elements = np.column_stack([record.end[:, 1:4], inclination, record.end[:, 4]])
    stages = (_stage(record, 0, policy.lowering_tank), _stage(record, 1, policy.second_tank))
    lowering_row = min(policy.lowering_step, len(decision.schedule.tt_s) - 1)
    return Flown(
        history=_history(decision, record, names, lines),
        crossings={name: record.crossing_tt_s[:, k] for k, name in enumerate(decision.crossings)},
        burns=_burns(record),
        shortfalls=_shortfalls(record),
        transfers=_transfers(record),
        ledger_kg=record.ledger_kg,
        handed_over=record.handed_over,
        handover_tt_s=record.end[:, 0],
        handover_elements=elements,
        handover_mass_kg=record.end[:, 5],
        lowering_start_tt_s=float(decision.schedule.tt_s[lowering_row]),
        lowering_propellant_kg=record.ledger_kg[:, :, LOWERING].sum(axis=1),
        lowering_delta_v_mps=record.stages[:, :, STAGE_DV].sum(axis=1) * 1e3,
        stages=stages,
    )


def _stage(record: Record, stage: int, tank: int) -> Stage:
    """One stage of the lowering of all runs."""
    row = record.stages[:, stage]
    return Stage(tank, row[:, STAGE_FROM], row[:, STAGE_TO], row[:, STAGE_KG], row[:, STAGE_DV] * 1e3)
