"""Total loss of propulsion on every day of the descent: when it comes down then, and what can still be done.

From a day on nothing is lowered and nothing aimed; vehicles come and go as the manifest has it. Some days are flown, in
five worlds each; the days between them are read off monotone cubics through the dates of entry (Fritsch and Carlson
1980, SIAM J. Numer. Anal. 17, 238). Where nothing was to be burnt any more the mean fall is the same from every day.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.interpolate import PchipInterpolator

from pointnemo.descent.activity_lines import LINES
from pointnemo.descent.failures.fall import LEVEL
from pointnemo.descent.failures.fall_from_day import FallTimes, Point, fall_from, point_on
from pointnemo.descent.failures.loss_recourses import Aboard, Outlook, aboard_of, acting_on, recourses
from pointnemo.errors import Defect, ScenarioError
from pointnemo.motion.burns import apsides_km
from pointnemo.motion.mean_elements import mean_from_osculating
from pointnemo.results import Estimate, LossDay
from pointnemo.results.recourses import strongest
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import DAY_S, to_utc, to_utc_if_finite

if TYPE_CHECKING:
    from pointnemo.motion.history import Decision, Flown
    from pointnemo.results import FloatArray, Trajectory
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["losses_of", "thinned"]

MEAN = LINES.index("mean")
EVERY_DAYS = 60  # at most between two days that are flown
EVERY_KM = 4.0  # likewise of mean altitude
WORKERS = 4
NEAR_S = 180.0  # the sample of a flight that stands for a midnight lies as near as this


class _Frame(NamedTuple):
    """What every fall stands on."""

    decision: Decision
    scenario: Scenario
    world: World
    drag: tuple[float, float]


class _Falls(NamedTuple):
    """What is known of the falls from some days; arrays of shape (days,) or (worlds, days).

    Worlds: mean weather and drag; low and high activity; low and high drag.
    """

    control_tt_s: FloatArray
    entry_tt_s: FloatArray


def losses_of(
    flown: Flown,
    decision: Decision,
    scenario: Scenario,
    world: World,
    entry_tt_s: float | None,
    workers: int | None = None,
    last_days: Trajectory | None = None,
    drag: Estimate | None = None,
) -> tuple[LossDay, ...]:
    """What a total loss of propulsion means on each day from the start of lowering to entry.

    Args:
        flown: averaged histories with their days, in the order of ``LINES``.
        decision: that was flown.
        scenario: what was decided.
        world: nature.
        entry_tt_s: TT seconds of the planned entry; None where the data end before it.
        workers: threads at most; None means four. The result does not depend on it.
        last_days: the targeted phase as flown, for the days in it; without it they are left out.
        drag: drag area times coefficient, with its interval; None takes that of ``station.drag``.

    Returns:
        A row for each midnight under mean solar activity. ``days_to_entry`` holds the spread by solar activity (5th and
        95th percentile) and by drag, taken as independent and combined in the logarithm; where a bound lies beyond the
        data about nature it is their end.

    Raises:
        ScenarioError: the interval of the drag area is no interval.
    """
    frame = _Frame(decision, scenario, world, _drag_scales(scenario, drag))
    aboard = aboard_of(flown, decision, scenario, world)
    rows = aboard.way.rows[:-1] if aboard.way.handed_over else aboard.way.rows
    rows = rows[rows < len(decision.schedule.dry_mass_kg)]  # the row at which the data end is the end of the last step
    if entry_tt_s is not None:
        rows = rows[flown.history.tt_s[rows] < entry_tt_s]
    days: list[LossDay] = []
    with ThreadPoolExecutor(workers or WORKERS) as pool:
        if len(rows):
            falls = _all_falls(flown, frame, rows, pool)
            days += (_day(outlook, falls, k, aboard, frame) for k, outlook in _outlooks(flown, rows, falls, frame))
        if last_days is not None and entry_tt_s is not None:
            days += _targeted_days(flown, frame, aboard, last_days, entry_tt_s)
    return tuple(days)


def thinned(days: Sequence[LossDay], every: int = 30, failed: Sequence[str] = ()) -> tuple[LossDay, ...]:
    """Fewer rows for a table: the first and the last, every so many, and every day on which something changes.

    Args:
        days: of ``losses_of``.
        every: days between rows at most; 1 or more.
        failed: keys of vehicles and tanks that cannot act, for the strongest recourse.

    Returns:
        Rows in the same order.
    """
    kept: list[LossDay] = []
    since, before = 0, None
    for k, day in enumerate(days):
        state = (day.docked, strongest(day.recourses), strongest(day.recourses, failed))
        if before != state or since >= every or k == len(days) - 1:
            kept.append(day)
            since = 0
        before, since = state, since + 1
    return tuple(kept)


def _drag_scales(scenario: Scenario, drag: Estimate | None) -> tuple[float, float]:
    """Low and high drag over the drag that is flown."""
    own = scenario.station.drag
    value, low, high = (own.cd_area_m2, own.low_m2, own.high_m2) if drag is None else (drag.value, drag.low, drag.high)
    if not 0.0 < low <= value <= high:
        what = f"{low:g} to {high:g} m2 is no interval about {value:g} m2"
        defect = Defect("station.drag", what, "write low_m2 <= cd_area_m2 <= high_m2, all above 0")
        raise ScenarioError("the spread of the fall cannot be told", [defect])
    return low / value, high / value


# --- falls -----------------------------------------------------------------------------------------------------------


def _all_falls(flown: Flown, frame: _Frame, rows: np.ndarray, pool: ThreadPoolExecutor) -> _Falls:
    """Falls from every row: flown from some, between them interpolated."""
    kinks = _kinks(flown, rows)
    chosen = _chosen(flown, rows, kinks)
    points = _points(flown, frame, chosen)
    flown_falls = list(pool.map(lambda point: _fall(frame, point), points))
    control = np.array([fall.control_tt_s[0] for fall in flown_falls])
    entry = np.array([fall.entry_tt_s for fall in flown_falls]).T
    between = [_between(chosen, one, rows, kinks) for one in (control, *entry)]
    return _Falls(between[0], np.array(between[1:]))


def _fall(frame: _Frame, point: Point, mass_kg: float | None = None) -> FallTimes:
    """The falls from a point in the five worlds."""
    line = frame.world.weather.line
    mean = line("mean")
    worlds = (mean, line("low"), line("high"), mean, mean)
    scales = (1.0, 1.0, 1.0, *frame.drag)
    limit = frame.scenario.descent.control_limit_km
    interface = frame.scenario.reentry.interface_height_km
    return fall_from(frame.decision, point, worlds, scales, frame.world, limit, interface, mass_kg)


def _kinks(flown: Flown, rows: np.ndarray) -> set[int]:
    """Rows at which a stage of the lowering begins or ends: the dates of entry have a kink there."""
    edges = [float(tt_s[MEAN]) for stage in flown.stages for tt_s in (stage.start_tt_s, stage.end_tt_s)]
    places = [int(np.searchsorted(flown.history.tt_s[rows], edge - 1.0)) for edge in edges if math.isfinite(edge)]
    return {int(rows[place]) for place in places if place < len(rows)}


def _chosen(flown: Flown, rows: np.ndarray, kinks: set[int]) -> np.ndarray:
    """Rows that are flown: both ends, all kinks, and no further apart than ``EVERY_DAYS`` or ``EVERY_KM``."""
    altitude = flown.history.altitude_km[MEAN, rows]
    kept = [0]
    for k in range(1, len(rows)):
        far = k - kept[-1] >= EVERY_DAYS
        ahead = k + 1 < len(rows) and abs(altitude[kept[-1]] - altitude[k + 1]) > EVERY_KM
        if far or ahead or int(rows[k]) in kinks or k == len(rows) - 1:
            kept.append(k)
    return rows[kept]


def _points(flown: Flown, frame: _Frame, chosen: np.ndarray) -> list[Point]:
    """Where the history stands on the chosen rows, each flown on from the one before where nothing burns between."""
    weather = frame.world.weather.line("mean")
    spans = [(float(one.start_tt_s[MEAN]), float(one.end_tt_s[MEAN])) for one in flown.stages]
    points: list[Point] = []
    for row in chosen:
        before = points[-1] if points else None
        if before is not None:
            begin, end = flown.history.tt_s[before.step], flown.history.tt_s[row]
            if any(start < end and begin < stop for start, stop in spans):
                before = None
        points.append(_point(frame, int(row), weather, before))
    return points


def _point(frame: _Frame, row: int, weather: object, before: Point | None) -> Point:
    """Where it stands on one row; the epoch itself is known."""
    if row == 0:
        schedule = frame.decision.schedule
        level = np.where(schedule.from_step == 0, schedule.brought_kg, 0.0)
        return Point(0, frame.decision.start, level)
    return point_on(frame.decision, row, weather, frame.world, before)  # type: ignore[arg-type]


def _between(chosen: np.ndarray, values: FloatArray, rows: np.ndarray, kinks: set[int]) -> FloatArray:
    """Values on all rows, smooth between kinks; inf between a row where they are known and one where they are not."""
    found = np.full(len(rows), np.inf)
    known = np.isfinite(values)
    begin = 0
    while begin < len(chosen):
        if not known[begin]:
            begin += 1
            continue
        end = begin
        while end + 1 < len(chosen) and known[end + 1] and (end == begin or int(chosen[end]) not in kinks):
            end += 1
        inside = (rows >= chosen[begin]) & (rows <= chosen[end])
        if end == begin:
            found[inside] = values[begin]
        else:
            found[inside] = PchipInterpolator(chosen[begin : end + 1], values[begin : end + 1])(rows[inside])
        begin = end if end > begin and end + 1 < len(chosen) else end + 1
    return found


# --- documents -------------------------------------------------------------------------------------------------------


def _outlooks(flown: Flown, rows: np.ndarray, falls: _Falls, frame: _Frame) -> Iterator[tuple[int, Outlook]]:
    """How it stands on each row."""
    history = flown.history
    for k, row in enumerate(rows):
        yield (
            k,
            Outlook(
                row=int(row),
                tt_s=float(history.tt_s[row]),
                altitude_km=float(history.altitude_km[MEAN, row]),
                perigee_km=float(history.perigee_km[MEAN, row]),
                apogee_km=float(history.apogee_km[MEAN, row]),
                mass_kg=float(history.mass_kg[MEAN, row]),
                control_tt_s=float(falls.control_tt_s[k]),
                entry_tt_s=float(falls.entry_tt_s[0, k]),
                loose_s=_loose_s(falls, k, frame),
            ),
        )


def _loose_s(falls: _Falls, k: int, frame: _Frame) -> float:
    """Half the spread, by drag, of the time from the loss of control to entry: at a fixed density it goes as 1 / B."""
    control, entry = float(falls.control_tt_s[k]), float(falls.entry_tt_s[0, k])
    if not math.isfinite(entry):
        return 0.0
    low, high = frame.drag
    return 0.5 * max(entry - control, 0.0) * (1.0 / low - 1.0 / high)


def _day(outlook: Outlook, falls: _Falls, k: int, aboard: Aboard, frame: _Frame) -> LossDay:
    """The document of one day."""
    return LossDay(
        utc=to_utc(outlook.tt_s, 0),
        altitude_km=outlook.altitude_km,
        entry_utc=to_utc_if_finite(outlook.entry_tt_s),
        days_to_entry=_days(outlook.tt_s, falls.entry_tt_s[:, k], frame),
        docked=tuple(one.key for one in acting_on(aboard, outlook.row)),
        control_until_utc=to_utc_if_finite(outlook.control_tt_s),
        recourses=recourses(outlook, aboard),
    )


def _days(tt_s: float, entry_tt_s: FloatArray, frame: _Frame) -> Estimate | None:
    """Days to entry from the five worlds; see ``losses_of``."""
    if not math.isfinite(entry_tt_s[0]):
        return None
    end = float(frame.decision.schedule.tt_s[-1])
    mean, low_sun, high_sun, low_drag, high_drag = (max((min(one, end) - tt_s) / DAY_S, 1e-3) for one in entry_tt_s)
    longer = math.hypot(math.log(max(low_sun / mean, 1.0)), math.log(max(low_drag / mean, 1.0)))
    shorter = math.hypot(math.log(max(mean / high_sun, 1.0)), math.log(max(mean / high_drag, 1.0)))
    most = (end - tt_s) / DAY_S
    return Estimate(
        value=mean,
        low=mean * math.exp(-shorter),
        high=max(min(mean * math.exp(longer), most), mean),
        level=LEVEL,
        unit="days",
    )


def _targeted_days(
    flown: Flown, frame: _Frame, aboard: Aboard, flight: Trajectory, entry_tt_s: float
) -> Iterator[LossDay]:
    """The midnights of the targeted phase, from the states that were flown."""
    history = flown.history
    inside = (history.tt_s > flown.handover_tt_s[MEAN]) & (history.tt_s < entry_tt_s)
    for row in np.flatnonzero(inside):
        tt_s = float(history.tt_s[row])
        k = int(np.argmin(np.abs(flight.tt_s - tt_s)))
        if abs(flight.tt_s[k] - tt_s) > NEAR_S:
            continue
        mean = mean_from_osculating(flight.position_km[k], flight.velocity_km_s[k])
        elements = np.array([mean.a_km, mean.ex, mean.ey, mean.node_rad])
        mass = float(flight.mass_kg[k])
        fall = _fall(frame, Point(int(row), elements, history.propellant_kg[MEAN, row]), mass)
        perigee, apogee = apsides_km(flight.position_km[k], flight.velocity_km_s[k])
        falls = _Falls(fall.control_tt_s[:1], fall.entry_tt_s[:, None])
        outlook = Outlook(
            row=int(row),
            tt_s=tt_s,
            altitude_km=mean.a_km - EARTH_RADIUS_KM,
            perigee_km=perigee,
            apogee_km=apogee,
            mass_kg=mass,
            control_tt_s=float(fall.control_tt_s[0]),
            entry_tt_s=float(fall.entry_tt_s[0]),
            loose_s=_loose_s(falls, 0, frame),
        )
        yield _day(outlook, falls, 0, aboard, frame)
