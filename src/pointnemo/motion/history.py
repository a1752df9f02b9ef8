"""The door to the history kernel: a decision in plain numbers goes in, what was flown comes out.

``operations`` and ``descent`` speak of the same flight: it is flown once, for all levels of solar activity at once, and
both read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, FlightError, ScenarioError, WorldError
from pointnemo.motion.history_flown import Burns, Flown, Shortfalls, Stage, Transfers, read_record
from pointnemo.motion.history_kernel import fly_history
from pointnemo.motion.history_tables import (
    BURNS,
    SHORTFALLS,
    Policy,
    Schedule,
    empty_record,
    most_transfers,
)
from pointnemo.motion.history_tanks import exchange_at
from pointnemo.world.atmosphere import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.weather import SpaceWeather

__all__ = [
    "Burns",
    "Corridor",
    "Decision",
    "Flown",
    "PlannedBurn",
    "SecondStage",
    "Shortfalls",
    "Stage",
    "Transfers",
    "fly",
]

FloatArray = NDArray[np.float64]

INSIDE_KM = 1e-6  # a millimetre inside the corridor, so that rounding never looks like leaving it
NARROWEST_KM = 1.0  # where a computed edge leaves less below the ceiling, nobody burns daily to stay in between
WITHIN_PLAN_KM = 8.0  # how far above the edge the rule raises while a plan goes on, which has its own reasons
_MJD_ORDINAL = date(1858, 11, 17).toordinal()


class PlannedBurn(NamedTuple):
    """One reboost of a plan.

    Attributes:
        step: it is made at the end of this step, the midnight ``schedule.tt_s[step + 1]``.
        tank: key of the tank that pays first; what it lacks comes from the others.
        altitude_km: mean altitude to which it raises.
    """

    step: int
    tank: str
    altitude_km: float


class SecondStage(NamedTuple):
    """A second stage of the lowering. Who pays for it is packed with the decision: ``Policy.second_tank``.

    Attributes:
        start: first UTC day; not before the first stage starts, whatever it says.
        propellant_kg: most that it spends; 0 for no second stage. It ends earlier where the tank is empty or the hold
            altitude is reached.
        kg_per_day: how fast.
    """

    start: date
    propellant_kg: float
    kg_per_day: float = 100.0


@dataclass(frozen=True)
class Corridor:
    """Between which mean altitudes the station is held, km.

    Attributes:
        lower_km: shape (rows,), lower edge on each row of the schedule.
        upper_km: upper edge.
        typed_km: lower edge as somebody typed it, which is within ``lower_km`` already; 0 for none.
        end_km: altitude asked for when lowering starts; the rule keeps to it where no plan tells more. 0 for none.
    """

    lower_km: FloatArray
    upper_km: float
    typed_km: float = 0.0
    end_km: float = 0.0

    @property
    def top_km(self) -> float:
        """Semi-major axis of the upper edge, a millimetre inside."""
        return EARTH_RADIUS_KM + self.upper_km - INSIDE_KM

    def act_km(self, planned: bool) -> FloatArray:
        """Semi-major axis below which the rule raises at the end of each step, shape (steps,).

        Args:
            planned: whether a plan covers the days, so that the edge alone counts.
        """
        edge = self.lower_km if planned else np.maximum(self.lower_km, self.end_km)
        return EARTH_RADIUS_KM + np.minimum(edge[1:], max(self.upper_km - NARROWEST_KM, self.typed_km))

    def raise_km(self, planned: bool) -> FloatArray:
        """Semi-major axis up to which the rule raises at the end of each step, shape (steps,)."""
        if planned:
            return np.minimum(self.top_km, self.act_km(planned) + WITHIN_PLAN_KM)
        return np.full(len(self.lower_km) - 1, self.top_km)


@dataclass(frozen=True)
class Decision:
    """All that the kernel needs to know about a scenario, in plain numbers. Made by ``station.packing.decide``.

    Attributes:
        first_day: UTC date of the first row (its time of day is that of the start state).
        tanks: key of each tank: station tanks, flights that bring propellant, and ``lowering``.
        partners: key of the partner who owns each tank.
        crossings: names of the altitudes in ``policy.crossings_km``.
        schedule: what flies when.
        policy: thresholds.
        start: shape (4,), mean a (km), ex, ey, node (rad) at the first row.
        corridor: what ``act_km`` and ``raise_km`` of the schedule come from.
    """

    first_day: date
    tanks: tuple[str, ...]
    partners: tuple[str, ...]
    crossings: tuple[str, ...]
    schedule: Schedule
    policy: Policy
    start: FloatArray
    corridor: Corridor

    def with_plan(self, planned: Sequence[PlannedBurn], until_step: int) -> Decision:
        """The same decision with other planned reboosts.

        On the days that a plan covers, the re-planning rule keeps the station above the lower edge alone, and raises it
        no more than ``WITHIN_PLAN_KM`` above that. On all other days it decides by itself.

        Args:
            planned: reboosts, in any order. Those from the midnight of the start of lowering on are not made.
            until_step: first step that the plan does not cover; 0 for no plan.

        Returns:
            A new decision that shares all other arrays.

        Raises:
            ValueError: a burn outside the plan, of no known tank, or two at one midnight.
        """
        steps = len(self.schedule.dry_mass_kg)
        until = min(until_step, steps)
        planned_km, planned_tank = np.zeros(steps), np.full(steps, -1, dtype=np.int64)
        for burn in planned:
            if not 0 <= burn.step < until:
                raise ValueError(f"{burn} lies outside the plan, which covers steps 0 to {until - 1}")
            if planned_km[burn.step] > 0.0:
                raise ValueError(f"{burn} is the second burn at one midnight")
            planned_km[burn.step] = min(EARTH_RADIUS_KM + burn.altitude_km, self.corridor.top_km)
            planned_tank[burn.step] = self.tanks.index(burn.tank)
        within = np.arange(steps) < until
        schedule = self.schedule._replace(
            planned_km=planned_km,
            planned_tank=planned_tank,
            act_km=np.where(within, self.corridor.act_km(True), self.corridor.act_km(False)),
            raise_km=np.where(within, self.corridor.raise_km(True), self.corridor.raise_km(False)),
        )
        return replace(self, schedule=schedule)

    def with_lowering(
        self,
        start: date | None = None,
        propellant_kg: float | None = None,
        second: SecondStage | None = None,
        hold_altitude_km: float | None = None,
    ) -> Decision:
        """The same decision with lowering started on another day or paid with another amount of propellant.

        Args:
            start: first UTC day of lowering; None keeps it.
            propellant_kg: propellant spent on its first stage; None keeps it.
            second: second stage; None keeps it, 0 kg takes it away.
            hold_altitude_km: mean altitude at which both stages end; None keeps it.

        Returns:
            A new decision that shares all arrays: cheap enough for a root-finder.

        Raises:
            ScenarioError: a day lies before the epoch, an amount is negative, nobody is there to pay for the second
                stage, or the hold lies below the targeting altitude.
        """
        step = self.policy.lowering_step if start is None else (start - self.first_day).days
        kg = self.policy.lowering_kg if propellant_kg is None else float(propellant_kg)
        defects = []
        if step < 0:
            what = f"{start} lies before the epoch of the start state"
            defects.append(Defect("descent.lowering_start", what, f"a day from {self.first_day} on"))
        if kg < 0:
            defects.append(Defect("descent.lowering_propellant_kg", f"{kg:g} is negative", "0 or more"))
        policy = self.policy._replace(lowering_step=step, lowering_kg=kg)
        if second is not None:
            defects += _refused(second, self)
            policy = policy._replace(
                second_step=(second.start - self.first_day).days,
                second_kg=float(second.propellant_kg),
                second_kg_per_day=float(second.kg_per_day),
            )
        crossings = policy.crossings_km
        if hold_altitude_km is not None:
            hold_km = EARTH_RADIUS_KM + hold_altitude_km
            if hold_km < policy.targeting_km:
                what = f"{hold_altitude_km:g} is below the targeting altitude"
                defects.append(Defect("descent.hold_altitude_km", what, "the descent passes the hold first"))
            named = np.array([name == "hold" for name in self.crossings])
            policy = policy._replace(hold_km=hold_km, crossings_km=np.where(named, hold_km, crossings))
        if defects:
            raise ScenarioError("the lowering cannot be flown", defects)
        return replace(self, policy=policy)

    def ended(self, step: int) -> Decision:
        """The same decision as far as the midnight of a step, where lowering starts: how it is held until then.

        A second stage of the lowering stays in the policy, and is not flown.

        Args:
            step: 1 or more; no later than the end of the schedule.

        Returns:
            A new decision that shares its arrays. A flight of it has the bits of the longer one until that midnight.
        """
        schedule = _sliced(self.schedule, 0, step)
        policy = self.policy._replace(lowering_step=step, lowering_kg=0.0)
        return replace(self, schedule=schedule, policy=policy)

    def resumed(self, step: int, start: FloatArray, level_kg: FloatArray, end_step: int | None = None) -> Decision:
        """The same decision from the midnight of a step on, where a flight of ``ended`` stopped; lowering starts there.

        A second stage of the lowering is flown from its own day on, or at once where that is past.

        Args:
            step: 1 or more.
            start: shape (4,), mean a (km), ex, ey, node (rad) at that midnight.
            level_kg: shape (tanks,), what is in each tank before vehicles come and go.
            end_step: step of this decision at whose midnight the new one ends; None flies as far as this one.

        Returns:
            A new decision whose first row is that midnight.
        """
        schedule = _sliced(self.schedule, step, len(self.schedule.dry_mass_kg) if end_step is None else end_step)
        aboard = (self.schedule.from_step <= step) & (self.schedule.to_step > step)
        schedule = schedule._replace(
            from_step=np.where(aboard, 0, self.schedule.from_step - step),
            to_step=self.schedule.to_step - step,
            brought_kg=np.where(aboard, _exchanged(self, step, level_kg), self.schedule.brought_kg),
        )
        first_day = date.fromordinal(self.first_day.toordinal() + step)
        second_step = max(self.policy.second_step - step, 0)
        policy = self.policy._replace(
            lowering_step=0,
            lowering_kg=0.0,
            second_step=second_step,
            lowering_payers=self.policy.lowering_payers - np.array([0, step, step]),
        )
        return replace(self, first_day=first_day, schedule=schedule, policy=policy, start=start)


def _refused(second: SecondStage, decision: Decision) -> list[Defect]:
    """What is wrong with a second stage of the lowering."""
    where, defects = "descent.second_lowering", []
    if second.start < decision.first_day:
        what = f"{second.start} lies before the epoch of the start state"
        defects.append(Defect(f"{where}.start", what, f"a day from {decision.first_day} on"))
    if second.propellant_kg < 0:
        defects.append(Defect(f"{where}.propellant_kg", f"{second.propellant_kg:g} is negative", "0 or more"))
    if second.kg_per_day <= 0:
        defects.append(Defect(f"{where}.kg_per_day", f"{second.kg_per_day:g} is not above 0", "write kg per day"))
    if second.propellant_kg > 0 and decision.policy.second_tank < 0:
        what = "nobody is there to pay for it"
        defects.append(Defect(where, what, "let the flight of descent.deorbit_vehicle bring propellant"))
    return defects


def _sliced(schedule: Schedule, begin: int, end: int) -> Schedule:
    """The steps ``begin`` to ``end`` of a schedule; its tanks keep their steps."""
    by_step = ("dry_mass_kg", "pause_days", "planned_km", "planned_tank", "act_km", "raise_km")
    return schedule._replace(
        tt_s=schedule.tt_s[begin : end + 1],
        can_raise=np.ascontiguousarray(schedule.can_raise[:, begin:end]),
        **{name: getattr(schedule, name)[begin:end] for name in by_step},
    )


def _exchanged(decision: Decision, step: int, level_kg: FloatArray) -> FloatArray:
    """Levels once the vehicles of a step's day have left and arrived, as the kernel does it."""
    level = np.array(level_kg, dtype=float)
    tanks, crossings = len(decision.tanks), len(decision.crossings)
    record = empty_record(1, 1, tanks, crossings, most_transfers(decision.schedule))
    exchange_at(step, decision.schedule, level, record)
    return level


def fly(
    decision: Decision,
    lines: Sequence[SpaceWeather],
    climate: ClimateTable,
    ballistic_scale: Sequence[float] | None = None,
    names: Sequence[str] = ("low", "mean", "high"),
    keep_days: bool = True,
) -> Flown:
    """Carry a decision through worlds, one run per line of space weather.

    Args:
        decision: from ``station.packing.decide``.
        lines: space weather of each run.
        climate: density table of ``world.atmosphere.climate_table``.
        ballistic_scale: factor on the drag area of each run; None means 1 for all.
        names: name of each run.
        keep_days: False leaves out the daily history, for ensembles and root-finders that want the end only.

    Returns:
        Flown.

    Raises:
        WorldError: a line does not cover the whole schedule.
        FlightError: more reboosts or shortfalls than the log holds.
    """
    runs = len(lines)
    scale = np.ones(runs) if ballistic_scale is None else np.asarray(ballistic_scale, dtype=float)
    if scale.shape != (runs,) or len(names) < runs:
        raise ValueError(f"{runs} lines need as many ballistic scales and names")
    steps = len(decision.schedule.dry_mass_kg)
    days = [_daily(line, decision.first_day, steps) for line in lines]
    f107, f107a, ap = (np.array([day[k] for day in days]) for k in range(3))
    rows = steps + 1 if keep_days else 1
    record = empty_record(runs, rows, len(decision.tanks), len(decision.crossings), most_transfers(decision.schedule))
    fly_history(decision.schedule, decision.policy, climate, f107, f107a, ap, scale, decision.start, record)
    if np.any(record.burn_count > BURNS) or np.any(record.shortfall_count > SHORTFALLS):
        raise FlightError("more reboosts than the log holds; raise rules.reboost_max_delta_v_mps or widen the corridor")
    return read_record(decision, record, tuple(names[:runs]), lines)


def _daily(line: SpaceWeather, first_day: date, steps: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What the density model wants on each day of the schedule."""
    mjd = first_day.toordinal() - _MJD_ORDINAL + np.arange(steps)
    first, beyond = line.valid
    if mjd[0] < first or mjd[-1] >= beyond:
        raise WorldError(
            f"the {line.activity} line of space weather does not cover the schedule",
            _iso_day(first),
            _iso_day(beyond - 1),
        )
    return line.msis(mjd)


def _iso_day(mjd: float) -> str:
    return date.fromordinal(int(mjd) + _MJD_ORDINAL).isoformat()
