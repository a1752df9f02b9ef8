"""The trade: start of lowering against propellant against entry date.

For every start of lowering the station is held as planned until that day, then comes down by drag and with as much
propellant as meets a date. All of it is averaged flight; the last days, which do not depend on the start, are taken to
last as long as those of the plan. A flight until the start of lowering is made once and continued with every amount.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.activity_lines import LINES
from pointnemo.descent.impulses import complete_mps
from pointnemo.descent.lowering.held_until import FIRST_DAYS, border, deadline_s, hold, most_kg
from pointnemo.descent.lowering.suppliers import Wanted, deorbit_left, suppliers_of, supplies_of
from pointnemo.descent.targeted.sequence import LEAST_DELTA_V_MPS
from pointnemo.errors import FlightError
from pointnemo.motion.burns import propellant_kg
from pointnemo.motion.history import Decision, fly
from pointnemo.results import Trade, TradeLatest, TradeRow
from pointnemo.station.stack import brought_propellant_kg, dry_station_kg
from pointnemo.world.time import DAY_S, from_date, to_utc, to_utc_if_finite
from pointnemo.world.weather import PERCENTILE

if TYPE_CHECKING:
    from pointnemo.descent.activity_lines import Activity
    from pointnemo.results import FloatArray, TradeSupplier
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World
    from pointnemo.world.weather import SpaceWeather

__all__ = ["final_burns_estimate_kg", "trade_of"]

YEARS_BEYOND = 2  # other target dates: the ends of the years until so many after the plan's
QUARTERS = (1, 4, 7, 10)


@dataclass(frozen=True)
class _Frame:
    """What every flight of the trade stands on."""

    decision: Decision
    scenario: Scenario
    world: World
    phase_s: float
    kept_kg: float
    suppliers: tuple[TradeSupplier, ...]
    end_step: int


class _Flight(NamedTuple):
    """A descent from one start with one amount of propellant.

    Attributes:
        entry_s: TT seconds of entry; inf where the flight ends before it.
        delta_v_mps: velocity that the propellant gave.
        altitude_km: shape (days,), at every midnight from the start on; empty where they were not kept.
    """

    entry_s: float
    delta_v_mps: float
    altitude_km: FloatArray


@dataclass
class _Start:
    """One start of lowering under one line, with every descent that has been flown from there.

    Attributes:
        step: of the plan's schedule at whose midnight lowering starts.
        day: that day.
        altitude_km: then.
        most_kg: more cannot be spent above the hold altitude.
        level_kg: what is in each tank then.
        descend: flies an amount of propellant (kg).
        known: amount -> flight, for the amounts flown so far.
    """

    step: int
    day: date
    altitude_km: float
    most_kg: int
    level_kg: dict[str, float]
    descend: Callable[[int], _Flight]
    known: dict[int, _Flight] = field(default_factory=dict)

    def flight(self, kg: int) -> _Flight:
        """The descent with so much propellant, flown at most once."""
        if kg not in self.known:
            self.known[kg] = self.descend(kg)
        return self.known[kg]

    def entry(self, kg: int) -> float:
        """TT seconds of entry with so much propellant."""
        return self.flight(kg).entry_s


class _Found(NamedTuple):
    """The least propellant from one start: where the search from the next one begins.

    Attributes:
        start: from where.
        kg: the amount.
        slope: how entry changes with it, s/kg; negative, zero where unknown.
        ratio: the amount over what ``_predicted`` gave; 1 where it gave nothing.
    """

    start: _Start
    kg: int
    slope: float = 0.0
    ratio: float = 1.0


def trade_of(
    decision: Decision,
    scenario: Scenario,
    world: World,
    phase_s: float,
    final_burns_kg: float | None = None,
    workers: int | None = None,
) -> Trade:
    """How much propulsive lowering each start needs to meet a date, who can supply it, and what needs none.

    Args:
        decision: the plan's, with its reboosts; a start later than the plan's is held by the re-planning rule.
        scenario: the plan's.
        world: nature.
        phase_s: time from the end of the averaged flight to entry, s.
        final_burns_kg: what the targeted burns take; None estimates it.
        workers: threads at most; None means one for each line. The result does not depend on it.

    Returns:
        Rows for every month until the plan's target date, under low, mean and high solar activity; for other target
        dates, the ends of the years after operations until two years after that date, for every quarter.
    """
    burns_kg = final_burns_estimate_kg(scenario) if final_burns_kg is None else final_burns_kg
    kept_kg = burns_kg + scenario.descent.deorbit_reserve_kg
    dates, days = _target_dates(scenario), _start_days(decision, scenario)
    # a descent that does not end within a year of the last date need not be followed further to find the least
    beyond = (max(dates) - decision.first_day).days + 365
    end_step = min(beyond, len(decision.schedule.dry_mass_kg))
    frame = _Frame(decision, scenario, world, phase_s, kept_kg, suppliers_of(scenario), end_step)
    with ThreadPoolExecutor(min(len(LINES), workers or len(LINES))) as pool:
        found = list(pool.map(lambda activity: _line(frame, activity, days, dates), LINES))
    rows = [row for line in found for row in line.rows]
    order = {activity: index for index, activity in enumerate(LINES)}
    return Trade(
        deorbit_by=scenario.horizon.deorbit_by.isoformat(),
        plan_start_utc=to_utc(from_date(scenario.descent.lowering_start), 0),
        plan_propellant_kg=scenario.descent.lowering_propellant_kg,
        lowering_vehicle=scenario.descent.lowering_vehicle,
        lowering_kg_per_day=scenario.descent.lowering_kg_per_day,
        deorbit_vehicle=scenario.descent.deorbit_vehicle,
        final_burns_kg=burns_kg,
        deorbit_reserve_kg=scenario.descent.deorbit_reserve_kg,
        final_phase_days=phase_s / DAY_S,
        suppliers=frame.suppliers,
        rows=tuple(sorted(rows, key=lambda row: (row.deorbit_by, order[row.activity], row.start_utc))),
        latest=tuple(
            sorted(
                (one for line in found for one in line.latest), key=lambda one: (one.deorbit_by, order[one.activity])
            )
        ),
        not_held=tuple(day.isoformat() for day in sorted({day for line in found for day in line.not_held})),
    )


def final_burns_estimate_kg(scenario: Scenario) -> float:
    """Propellant of the targeted burns as one impulse, from a circle at the targeting altitude to the last perigee.

    Args:
        scenario: burns, engine, station.

    Returns:
        kg, for the station and the deorbit vehicle. Finite burns take 5 to 15 % more; other vehicles are left out.
    """
    descent = scenario.descent
    visit = scenario.flights[descent.deorbit_vehicle]
    engine = scenario.vehicles[visit.vehicle]
    brought = brought_propellant_kg(visit, scenario)
    circle_km, perigee_km = descent.targeting_altitude_km, min(burn.perigee_km for burn in descent.burns.values())
    delta_v_mps = max(complete_mps(circle_km, circle_km, perigee_km), LEAST_DELTA_V_MPS)
    mass = dry_station_kg(scenario) + engine.docked_mass_kg + brought
    return propellant_kg(mass, delta_v_mps, engine.specific_impulse_s)


# --- what is asked ---------------------------------------------------------------------------------------------------


def _target_dates(scenario: Scenario) -> tuple[date, ...]:
    """The plan's date first, then the ends of the years after operations."""
    own = scenario.horizon.deorbit_by
    years = range(scenario.horizon.operate_until.year, own.year + YEARS_BEYOND + 1)
    others = [date(year, 12, 31) for year in years if date(year, 12, 31) > scenario.horizon.operate_until]
    return (own, *(day for day in others if day != own))


def _start_days(decision: Decision, scenario: Scenario) -> tuple[date, ...]:
    """The earliest start, the first of each month until the plan's date, and the plan's own start."""
    first = decision.first_day + timedelta(days=FIRST_DAYS)
    last = min(scenario.horizon.deorbit_by, _last_day(decision))
    days = {first, scenario.descent.lowering_start}
    year, month = first.year, first.month
    while (day := date(year, month, 1)) <= last:
        days.add(day)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return tuple(sorted(day for day in days if decision.first_day < day <= last)) or (first,)


def _last_day(decision: Decision) -> date:
    """The last day on which lowering can start: the schedule goes a little beyond it."""
    return decision.first_day + timedelta(days=len(decision.schedule.dry_mass_kg) - 2)


# --- one line of solar activity --------------------------------------------------------------------------------------


class _Line(NamedTuple):
    """What one level of solar activity gives."""

    rows: list[TradeRow]
    latest: list[TradeLatest]
    not_held: list[date]


def _line(frame: _Frame, activity: Activity, days: Sequence[date], dates: Sequence[date]) -> _Line:
    """All rows of a line, and its latest starts."""
    weather = frame.world.weather.line(activity)
    starts, not_held = [], []
    for day in days:
        try:
            starts.append(_start(frame, weather, day))
        except FlightError:  # the re-planning rule holds it with more reboosts than the log of a flight has room for
            not_held.append(day)
    rows: list[TradeRow] = []
    for target in dates:
        before: _Found | None = None
        for start in starts:
            told = target == dates[0] or _quarterly(start.day, days, frame.scenario)
            if start.day > target or not told:
                continue
            found = _least(start, deadline_s(target), before, frame.scenario.descent.lowering_kg_per_day)
            before = found or before
            rows.append(_row(frame, activity, start, target, found and found.kg))
    latest = [
        TradeLatest(
            deorbit_by=target.isoformat(),
            activity=activity,
            percentile=PERCENTILE[activity],
            start_utc=_latest(frame, weather, starts, target),
        )
        for target in dates
    ]
    return _Line(rows, latest, not_held)


def _quarterly(day: date, days: Sequence[date], scenario: Scenario) -> bool:
    """Whether a start is told for other target dates."""
    begins = day.day == 1 and day.month in QUARTERS
    return begins or day in (days[0], scenario.descent.lowering_start)


def _start(frame: _Frame, weather: SpaceWeather, day: date) -> _Start:
    """Hold the station until a day, and make ready to come down from there."""
    decision, climate = frame.decision, frame.world.climate
    names = (weather.activity,)
    held = hold(decision, frame.world, weather, (day - decision.first_day).days)
    step, levels = held.step, dict(zip(decision.tanks, map(float, held.level_kg), strict=True))
    if math.isfinite(held.down_tt_s):
        already = _Flight(held.down_tt_s + frame.phase_s, 0.0, np.zeros(0))
        return _Start(step, day, held.altitude_km, 0, levels, lambda kg: already)
    far = held.resumed(decision)
    near = held.resumed(decision, max(frame.end_step, step + 1))

    def descend(kg: int) -> _Flight:
        resumed = (near if kg else far).with_lowering(propellant_kg=kg)
        flown = fly(resumed, [weather], climate, names=names, keep_days=kg > 0)
        entry_s = float(flown.handover_tt_s[0]) + frame.phase_s if flown.handed_over[0] else math.inf
        flying = flown.history.flying[0]
        return _Flight(entry_s, float(flown.stages[0].delta_v_mps[0]), flown.history.altitude_km[0, flying].copy())

    return _Start(step, day, held.altitude_km, most_kg(held, decision), levels, descend)


def _least(start: _Start, deadline_s: float, before: _Found | None, kg_per_day: float) -> _Found | None:
    """The least propellant with which a start meets a deadline; None where no amount does.

    Args:
        start: with what has been flown from there.
        deadline_s: TT seconds.
        before: what was found for an earlier start.
        kg_per_day: how fast propellant is spent.
    """
    if start.entry(0) < deadline_s:
        return _Found(start, 0)
    if start.most_kg == 0 or start.entry(start.most_kg) >= deadline_s:
        return None
    # what was flown for another date brackets this one too
    failing = max(kg for kg, flight in start.known.items() if flight.entry_s >= deadline_s)
    passing = min(kg for kg, flight in start.known.items() if flight.entry_s < deadline_s and kg > failing)
    predicted = 0.0 if before is None else _predicted(start, before, kg_per_day)
    ratio, slope = (1.0, 0.0) if before is None else (before.ratio, before.slope)
    guess = round(predicted * ratio) if predicted else None
    kg, slope = border(start.entry, failing, passing, deadline_s, guess, slope)
    return _Found(start, kg, slope, kg / predicted if predicted else 1.0)


def _predicted(start: _Start, before: _Found, kg_per_day: float) -> float:
    """About what it takes from a start, from what it took from an earlier one; 0 where that says nothing.

    Once its propellant is spent a station that just meets the date falls along a line in time and altitude that
    depends on the weather alone, but for the mass: whoever reaches that line meets the date too. The descent with as
    much propellant as can be spent shows on which day lowering without a pause reaches it.
    """
    line_km = before.start.flight(before.kg).altitude_km[start.step - before.start.step :]
    lowered_km = start.flight(start.most_kg).altitude_km
    days = min(len(line_km), len(lowered_km))
    above = lowered_km[:days] - line_km[:days]
    below = np.flatnonzero(above <= 0.0)
    if before.kg == 0 or below.size == 0 or below[0] == 0:
        return 0.0
    day = int(below[0])
    return kg_per_day * (day - 1 + above[day - 1] / (above[day - 1] - above[day]))


def _latest(frame: _Frame, weather: SpaceWeather, starts: Sequence[_Start], target: date) -> str | None:
    """The latest start that meets a date by drag alone; None where even the earliest needs propellant.

    Where the last start of the trade needs none, that one is told.
    """
    deadline = deadline_s(target)
    ahead = [start for start in starts if start.day <= target]
    meeting = [index for index, start in enumerate(ahead) if start.entry(0) < deadline]
    if not meeting:
        return None
    first = frame.decision.first_day
    last = ahead[meeting[-1]]
    if last is ahead[-1]:
        return to_utc(from_date(last.day), 0)
    after = ahead[meeting[-1] + 1].day
    known = {start.step: start for start in ahead}

    def entry_of(step: int) -> float:
        if step not in known:
            known[step] = _start(frame, weather, first + timedelta(days=step))
        return known[step].entry(0)

    failing, passing = (after - first).days, (last.day - first).days
    best, _ = border(entry_of, failing, passing, deadline)
    return to_utc(from_date(first + timedelta(days=best)), 0)


# --- documents -------------------------------------------------------------------------------------------------------


def _row(frame: _Frame, activity: Activity, start: _Start, target: date, least_kg: int | None) -> TradeRow:
    """A row of the trade."""
    scenario = frame.scenario
    least = None if least_kg is None else start.flight(least_kg)
    supplies, paid, left, pays = (), least_kg == 0, None, False
    if least_kg:
        days = math.ceil(least_kg / scenario.descent.lowering_kg_per_day)
        wanted = Wanted(float(least_kg), start.day, start.day + timedelta(days=days), start.level_kg, frame.kept_kg)
        supplies, paid = supplies_of(wanted, frame.suppliers, scenario)
        left, pays = deorbit_left(wanted, scenario)
    return TradeRow(
        deorbit_by=target.isoformat(),
        start_utc=to_utc(from_date(start.day), 0),
        activity=activity,
        percentile=PERCENTILE[activity],
        altitude_km=start.altitude_km,
        entry_without_utc=to_utc_if_finite(start.entry(0)),
        earliest_entry_utc=to_utc_if_finite(start.entry(start.most_kg)),
        propellant_kg=None if least_kg is None else float(least_kg),
        delta_v_mps=None if least is None else least.delta_v_mps,
        entry_utc=None if least is None else to_utc_if_finite(least.entry_s),
        supplies=supplies,
        paid=paid,
        deorbit_left_kg=left,
        deorbit_pays=pays,
    )
