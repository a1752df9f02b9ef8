"""The numerical flight of a schedule of reboosts: coasts and finite burns from the start state on, and what they show.

Forces are those of the last days (EGM2008, Sun, Moon, NRLMSISE-00 by the day), steps those of a swarm: half a metre
after two weeks. A burn is centred where it turns the e-vector towards the frozen one, within a revolution and a half
of the midnight for which it is planned, and gives what the numerical mean altitude lacks of the planned one. A flight
can be taken up again before any of its burns, so that a trim costs only what follows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from pointnemo.motion.averaged import zonal_rates
from pointnemo.motion.burns import BurnCommand, burn_duration_s, propellant_kg
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.motion.history_kernel import hohmann_delta_v
from pointnemo.motion.history_tables import Schedule
from pointnemo.motion.lastdays import Environment, Forces, prepare
from pointnemo.motion.mean_elements import Mean
from pointnemo.motion.secular import secular_rates
from pointnemo.motion.swarm import fly_members
from pointnemo.operations.phases import Event, Passage, passage_on
from pointnemo.operations.windows import StationOrbit
from pointnemo.results import FloatArray
from pointnemo.world import World
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import from_date

__all__ = ["DEGREE", "Burn", "EventDay", "Flight", "FlownBurn", "Path", "Stack", "fly_path", "rows_km"]

DAY_S = 86400.0
DEGREE = 16
SAMPLE_S = 300.0  # 18 a revolution: their mean holds nothing of the waves within it
BLOCK_DAYS = 32
OVERLAP_S = DAY_S  # a burn that begins in a block ends in it
LEAD_S = 4.5 * 3600.0  # before its midnight a burn is decided: time for two revolutions and a half, and a long burn
TURNS = (0, -1, 1, -2, 2)  # revolutions from the best instant to the others that are tried, in this order
SHALLOWEST_KM, DEEPEST_KM = 380.0, 200.0  # where the tables of air may begin
FALL_KM = 60.0  # so far below the lowest planned altitude they reach: flattening, eccentricity, and 30 km of sinking
APART_S = 900.0  # between two burns, so that what the first one did can be seen
WINDOW_S = 2.0 * DAY_S  # leaves nothing of the waves of a revolution or a day
HALF_TURN_SAMPLES = 9


class Burn(NamedTuple):
    """A planned burn.

    Attributes:
        step: it is planned for ``schedule.tt_s[step + 1]``.
        tank: index of the tank that pays.
        altitude_km: mean altitude that it raises to.
        propellant_kg: that the plan books.
    """

    step: int
    tank: int
    altitude_km: float
    propellant_kg: float


class EventDay(NamedTuple):
    """An event whose phase is wanted.

    Attributes:
        event: the event.
        day: UTC.
        near_tt_s: passage in the plan.
    """

    event: Event
    day: date
    near_tt_s: float


@dataclass(frozen=True)
class Stack:
    """What flies.

    Attributes:
        schedule: rows, engines, tanks.
        mass_kg: shape (rows,), of the averaged flight, with what its burns have spent still aboard.
        altitude_km: shape (rows,), of the averaged flight.
        cd_area_m2: drag coefficient times area.
        least_mps: no burn gives less.
        most_mps: nor more.
        until_row: row of the start of lowering.
    """

    schedule: Schedule
    mass_kg: FloatArray
    altitude_km: FloatArray
    cd_area_m2: float
    least_mps: float
    most_mps: float
    until_row: int

    def mass_at(self, tt_s: float) -> float:
        """Mass at an instant with what burns have spent still aboard, kg."""
        return float(self.mass_kg[np.searchsorted(self.schedule.tt_s, tt_s, side="right") - 1])

    def fall_km_s(self, tt_s: float) -> float:
        """How fast the averaged flight falls at an instant: over the day before, else the day after, without burns."""
        row = int(np.searchsorted(self.schedule.tt_s, tt_s, side="right")) - 1
        for first in (row, row - 1, row + 1, row - 2):
            if 0 <= first < self.until_row:
                fall = self.altitude_km[first] - self.altitude_km[first + 1]
                if fall > 0.0:
                    return float(fall / (self.schedule.tt_s[first + 1] - self.schedule.tt_s[first]))
        return 0.0


class FlownBurn(NamedTuple):
    """A burn as flown.

    Attributes:
        planned: the burn.
        ignition_tt_s: TT seconds since J2000; of the midnight where the burn was not made.
        cutoff_tt_s: likewise.
        wanted_mps: what the planned altitude and its offset asked for.
        delta_v_mps: given; 0 where the burn was not made.
        propellant_kg: spent.
        before_km: mean altitude at ignition.
        after_km: at cut-off.
        allowed: the engine may thrust all the time.
    """

    planned: Burn
    ignition_tt_s: float
    cutoff_tt_s: float
    wanted_mps: float
    delta_v_mps: float
    propellant_kg: float
    before_km: float
    after_km: float
    allowed: bool


class _Cursor(NamedTuple):
    """Where a flight stands.

    Attributes:
        tt_s: TT seconds since J2000.
        state: GCRS position and velocity, shape (6,).
        spent_kg: by all burns so far.
        samples: number of states sampled so far.
        burnt_tt_s: end of the last burn; the start before the first.
    """

    tt_s: float
    state: FloatArray
    spent_kg: float
    samples: int
    burnt_tt_s: float


class Flight(NamedTuple):
    """A flight to the start of lowering.

    Attributes:
        tt_s: shape (n,), of the samples, TT seconds since J2000, ``SAMPLE_S`` apart.
        states: shape (n, 6), GCRS, km and km/s.
        burns: as flown.
        passages: of the events, None where the site does not meet the plane near the planned instant.
        end: mean orbit at the start of lowering.
        marks: where the flight stood before each burn.
    """

    tt_s: FloatArray
    states: FloatArray
    burns: tuple[FlownBurn, ...]
    passages: tuple[Passage | None, ...]
    end: Mean
    marks: tuple[_Cursor, ...]


class Path:
    """What nature does over the years, in blocks of a month that are tabulated once, ahead of the flight where threads
    are to be had."""

    def __init__(self, world: World, stack: Stack, workers: int) -> None:
        self.world = world
        self.stack = stack
        begin, end = float(stack.schedule.tt_s[0]), float(stack.schedule.tt_s[stack.until_row])
        weather_end = float(from_date(date.fromordinal(date(1858, 11, 17).toordinal() + int(world.weather.valid[1]))))
        self.stop_tt_s = min(end + 0.5 * WINDOW_S + SAMPLE_S, weather_end - 1.0)
        self.starts = np.arange(begin, self.stop_tt_s, BLOCK_DAYS * DAY_S)
        self._blocks: list[Callable[[], Environment]] = []
        self._kept: dict[int, Environment] = {}
        lowest = float(stack.altitude_km[: stack.until_row + 1].min()) - FALL_KM
        self._lowest_km = min(max(lowest, DEEPEST_KM), SHALLOWEST_KM)
        self._last_tt_s = min(self.stop_tt_s + OVERLAP_S, weather_end - 1.0)
        # air is tabulated while the compiled flight, which needs no interpreter, goes on
        self._pool = ThreadPoolExecutor(1) if workers > 1 else None
        if self._pool:
            self._blocks = [self._pool.submit(self._prepare, k).result for k in range(len(self.starts))]

    def _prepare(self, block: int) -> Environment:
        start = float(self.starts[block])
        stop = min(start + BLOCK_DAYS * DAY_S + OVERLAP_S, self._last_tt_s)
        forces = Forces(self.stack.cd_area_m2, gravity_degree=DEGREE)
        return prepare(self.world, start, stop, forces, lowest_km=self._lowest_km)

    def block_of(self, tt_s: float) -> int:
        """Index of the block in which a leg starts."""
        return int(np.searchsorted(self.starts, tt_s, side="right")) - 1

    def block(self, index: int) -> Environment:
        """A block, tabulated when first asked for."""
        if index not in self._kept:
            self._kept[index] = self._blocks[index]() if self._blocks else self._prepare(index)
        return self._kept[index]

    def close(self) -> None:
        """Let the thread go."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)


# --- flight ----------------------------------------------------------------------------------------------------------


def fly_path(
    path: Path,
    start: FloatArray,
    burns: Sequence[Burn],
    offsets_km: FloatArray,
    events: Sequence[EventDay],
    earlier: tuple[Flight, int] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Flight:
    """Fly a schedule.

    Args:
        path: what nature does.
        start: GCRS position (km) and velocity (km/s) at the first row, shape (6,).
        burns: by time.
        offsets_km: by how much each burn raises higher than planned, shape (burns,).
        events: by day.
        earlier: a flight of the same burns and events, and the burn up to which nothing has changed.
        progress: told the fraction of the span that is flown.

    Returns:
        The flight.

    Raises:
        FlightError: the station sinks below the air of the environment.
        WorldError: weather or Earth orientation do not reach that far.
    """
    schedule, stack = path.stack.schedule, path.stack
    begin, end = float(schedule.tt_s[0]), float(schedule.tt_s[stack.until_row])
    grid = np.arange(begin, path.stop_tt_s, SAMPLE_S)
    states = np.empty((len(grid), 6))
    states[0] = start
    cursor = _Cursor(begin, np.array(start), 0.0, 1, begin)
    flown: list[FlownBurn] = []
    marks: list[_Cursor] = []
    passages: list[Passage | None] = []
    first = 0
    if earlier:
        before, first = earlier
        cursor = before.marks[first]
        states[: cursor.samples] = before.states[: cursor.samples]
        flown, marks = list(before.burns[:first]), list(before.marks[:first])
    stops = sorted(
        [(_decided_tt_s(schedule, burn), 0, k) for k, burn in enumerate(burns)]
        + [(max(float(from_date(day.day)), begin), 1, k) for k, day in enumerate(events)]
    )
    for when, kind, k in stops:
        if kind == 0 and k >= first:
            cursor = _coast(path, cursor, when, grid, states)
            marks.append(cursor)
            made, cursor = _make(path, cursor, burns[k], offsets_km[k], grid, states)
            flown.append(made)
        elif kind == 1 and earlier and (when, kind, k) < (_decided_tt_s(schedule, burns[first]), 0, first):
            passages.append(earlier[0].passages[k])
        elif kind == 1:
            cursor = _coast(path, cursor, when, grid, states)
            passages.append(_passage(path, cursor, events[k]))
        if progress:
            progress((when - begin) / (end - begin))
    cursor = _coast(path, cursor, end, grid, states)
    last = _mean(path, cursor)
    _coast(path, cursor, path.stop_tt_s, grid, states)
    return Flight(grid, states, tuple(_measured(path, flown, first, grid, states)), tuple(passages), last, tuple(marks))


def _decided_tt_s(schedule: Schedule, burn: Burn) -> float:
    return max(float(schedule.tt_s[burn.step + 1]) - LEAD_S, float(schedule.tt_s[0]))


def _coast(
    path: Path,
    cursor: _Cursor,
    until_tt_s: float,
    grid: FloatArray,
    states: FloatArray,
    burn: BurnCommand | None = None,
) -> _Cursor:
    """Fly on to an instant (not back), block after block, and keep the states on the grid."""
    while cursor.tt_s < until_tt_s:
        block = path.block_of(cursor.tt_s)
        beyond = path.starts[block + 1] if block + 1 < len(path.starts) and burn is None else np.inf
        stop = min(until_tt_s, float(beyond))
        last = int(np.searchsorted(grid, stop, side="left"))
        wanted = np.append(grid[cursor.samples : last], stop)
        environment = path.block(block)
        rows = path.stack.schedule.tt_s
        inside = (rows > cursor.tt_s) & (rows < stop)
        steps_kg = np.diff(path.stack.mass_kg, prepend=path.stack.mass_kg[0])[inside]
        position, velocity = fly_members(
            environment, cursor.tt_s, cursor.state[None], path.stack.mass_at(cursor.tt_s) - cursor.spent_kg,
            day_scale=np.ones((1, len(environment.air))), sample_tt_s=wanted, burns=[burn] if burn else (),
            mass_step_tt_s=rows[inside], mass_step_kg=steps_kg,
        )  # fmt: skip
        flown = np.concatenate([position[0], velocity[0]], axis=1)
        states[cursor.samples : last] = flown[:-1]
        if last < len(grid) and grid[last] == stop:
            states[last] = flown[-1]
            last += 1
        cursor = cursor._replace(tt_s=stop, state=flown[-1], samples=last)
    return cursor


def _make(
    path: Path, cursor: _Cursor, burn: Burn, offset_km: float, grid: FloatArray, states: FloatArray
) -> tuple[FlownBurn, _Cursor]:
    """Decide and fly a burn."""
    schedule, stack = path.stack.schedule, path.stack
    midnight = float(schedule.tt_s[burn.step + 1])
    fall_km_s = stack.fall_km_s(cursor.tt_s - LEAD_S)
    mean, a_km = _now(path, cursor, fall_km_s, grid, states)
    eccentricity = math.hypot(mean.ex, mean.ey)
    rate = float(secular_rates(a_km, eccentricity, mean.inclination_rad)[1])
    frozen = zonal_rates(a_km, eccentricity, mean.inclination_rad)[2]
    aimed = math.atan2(frozen - mean.ey, -mean.ex)
    there = mean.argument_of_latitude_rad + rate * (midnight - cursor.tt_s)
    centre = midnight + math.remainder(aimed - there, math.tau) / rate
    lost_km = fall_km_s * (centre - cursor.tt_s)
    target_km = EARTH_RADIUS_KM + burn.altitude_km + offset_km
    lacks_km = target_km - (a_km - lost_km)
    wanted = 1e3 * math.copysign(hohmann_delta_v(a_km - lost_km, target_km), lacks_km)
    # a push raises the more the faster the station is where it is given: de/dv of Vallado 2013, eq. 9-24
    given = _within(wanted / (1.0 + mean.ex * math.cos(aimed) + mean.ey * math.sin(aimed)), stack)
    if given == 0.0:
        altitude_km = a_km - fall_km_s * (midnight - cursor.tt_s) - EARTH_RADIUS_KM
        return FlownBurn(burn, midnight, midnight, wanted, 0.0, 0.0, altitude_km, altitude_km, True), cursor
    thrust_n, impulse_s = float(schedule.thrust_n[burn.tank]), float(schedule.specific_impulse_s[burn.tank])
    command = BurnCommand(centre, given, thrust_n, impulse_s, False, str(burn.step))
    ignition, allowed = _ignition(path, cursor, burn.tank, command, math.tau / rate)
    before_km = a_km - fall_km_s * (ignition - cursor.tt_s) - EARTH_RADIUS_KM
    cursor = _coast(path, cursor, ignition, grid, states)
    mass_kg = stack.mass_at(ignition) - cursor.spent_kg
    command = command._replace(start_tt_s=ignition)
    cutoff = ignition + burn_duration_s(mass_kg, command)
    cursor = _coast(path, cursor, cutoff, grid, states, command)
    spent_kg = propellant_kg(mass_kg, given, impulse_s)
    made = FlownBurn(burn, ignition, cutoff, wanted, given, spent_kg, before_km, before_km, allowed)
    return made, cursor._replace(spent_kg=cursor.spent_kg + spent_kg, burnt_tt_s=cutoff)


def _within(wanted_mps: float, stack: Stack) -> float:
    """What is given of a wanted delta-v: between the least and the most of a burn; nothing where half the least would
    be too much."""
    if wanted_mps < 0.5 * stack.least_mps or wanted_mps <= 0.0:
        return 0.0
    return min(max(wanted_mps, stack.least_mps), stack.most_mps)


def _ignition(path: Path, cursor: _Cursor, tank: int, command: BurnCommand, revolution_s: float) -> tuple[float, bool]:
    """When to ignite for a burn centred at ``command.start_tt_s`` or whole revolutions from it, and whether the engine
    may thrust all the time then."""
    schedule, stack = path.stack.schedule, path.stack
    half_s = 0.5 * burn_duration_s(stack.mass_at(command.start_tt_s) - cursor.spent_kg, command)
    end = float(schedule.tt_s[stack.until_row])
    ready_tt_s = max(cursor.tt_s, cursor.burnt_tt_s + APART_S)
    tried = [command.start_tt_s + turn * revolution_s for turn in TURNS]
    inside = [centre for centre in tried if centre - half_s > ready_tt_s and centre + half_s < end]
    for centre in inside:
        first, last = np.searchsorted(schedule.tt_s, [centre - half_s, centre + half_s], side="right") - 1
        if schedule.can_raise[tank, first : last + 1].all():
            return centre - half_s, True
    return (inside[0] - half_s if inside else ready_tt_s), False


# --- what a flight shows ---------------------------------------------------------------------------------------------


def _mean(path: Path, cursor: _Cursor) -> Mean:
    return steady_mean(cursor.tt_s, cursor.state[:3], cursor.state[3:], path.world.earth, DEGREE)


def _now(path: Path, cursor: _Cursor, fall_km_s: float, grid: FloatArray, states: FloatArray) -> tuple[Mean, float]:
    """Mean orbit now, and its semi-major axis averaged with that of half a revolution ago."""
    mean = _mean(path, cursor)
    ago = cursor.samples - 1 - HALF_TURN_SAMPLES
    if ago < 0 or grid[ago] < cursor.burnt_tt_s:
        return mean, mean.a_km
    earlier = _sampled(path, ago, grid, states) - fall_km_s * (cursor.tt_s - grid[ago])
    return mean, 0.5 * (mean.a_km + earlier)


def _sampled(path: Path, index: int, grid: FloatArray, states: FloatArray) -> float:
    """Mean semi-major axis at a sample, km."""
    r, v = states[index, :3], states[index, 3:]
    return float(steady_mean(float(grid[index]), r, v, path.world.earth, DEGREE).a_km)


def _measured(
    path: Path, burns: Sequence[FlownBurn], first: int, grid: FloatArray, states: FloatArray
) -> list[FlownBurn]:
    """The burns with the mean altitude that they led to: of two states half a revolution apart."""
    ends = [*(burn.ignition_tt_s for burn in burns), np.inf][1:]
    measured = list(burns[:first])
    for burn, end in zip(burns[first:], ends[first:], strict=True):
        if burn.delta_v_mps == 0.0:
            measured.append(burn)
            continue
        after = int(np.searchsorted(grid, burn.cutoff_tt_s))
        samples = [k for k in (after, after + HALF_TURN_SAMPLES) if k < len(grid) and (k == after or grid[k] < end)]
        fall_km_s = path.stack.fall_km_s(burn.ignition_tt_s - LEAD_S)
        back = [_sampled(path, k, grid, states) + fall_km_s * (grid[k] - burn.cutoff_tt_s) for k in samples]
        measured.append(burn._replace(after_km=sum(back) / len(back) - EARTH_RADIUS_KM))
    return measured


def _passage(path: Path, cursor: _Cursor, wanted: EventDay) -> Passage | None:
    """The pass of an event's site through the plane as it is now, the one next to that of the plan."""
    mean = _mean(path, cursor)
    orbit = StationOrbit(
        epoch_tt_s=cursor.tt_s,
        a_km=mean.a_km,
        eccentricity=math.hypot(mean.ex, mean.ey),
        inclination_rad=mean.inclination_rad,
        node_rad=mean.node_rad,
        latitude_rad=mean.argument_of_latitude_rad,
        decay_km_s=path.stack.fall_km_s(cursor.tt_s),
        decay_sigma_km_s=0.0,
    )
    days = (wanted.day, *(wanted.day + timedelta(days=shift) for shift in (-1, 1)))
    for day in days:  # a site that meets the plane about midnight may meet it on another day than planned
        passage = passage_on(wanted.event, day, orbit, path.world.earth)
        if passage is not None and abs(passage.tt_s - wanted.near_tt_s) < 0.25 * DAY_S:
            return passage
    return None


def rows_km(path: Path, flight: Flight) -> FloatArray:
    """Mean altitude at the rows of the schedule, after the burns of their midnight.

    Osculating semi-major axes under a cosine-squared window two days wide, the steps that burns make taken out before
    and put in again; the rows within a day of either end from two states half a revolution apart.

    Args:
        path: what was flown through.
        flight: the flight.

    Returns:
        km, shape (rows to the start of lowering,).
    """
    rows = path.stack.schedule.tt_s[: path.stack.until_row + 1]
    tt_s, states = flight.tt_s, flight.states
    radius = np.linalg.norm(states[:, :3], axis=1)
    a_km = 1.0 / (2.0 / radius - np.sum(states[:, 3:] ** 2, axis=1) / MU_KM3_S2)
    gained = np.zeros_like(a_km)
    steps = np.zeros(len(rows))
    for burn in flight.burns:
        if burn.delta_v_mps == 0.0:
            continue
        gain_km = burn.after_km - burn.before_km
        length = burn.cutoff_tt_s - burn.ignition_tt_s
        gained += gain_km * np.clip((tt_s - burn.ignition_tt_s) / length, 0.0, 1.0)
        steps[burn.planned.step + 1 :] += gain_km
    flat = a_km - gained - EARTH_RADIUS_KM
    altitude = np.empty(len(rows))
    for k, row in enumerate(rows):
        first, last = np.searchsorted(tt_s, [row - 0.5 * WINDOW_S, row + 0.5 * WINDOW_S])
        if row - tt_s[0] < 0.5 * WINDOW_S or tt_s[-1] - row < 0.5 * WINDOW_S - SAMPLE_S:
            here = min(int(np.searchsorted(tt_s, row)), len(tt_s) - 1)
            pair = (
                here,
                here + HALF_TURN_SAMPLES if here + HALF_TURN_SAMPLES < len(tt_s) else here - HALF_TURN_SAMPLES,
            )
            altitude[k] = np.mean([_sampled(path, j, tt_s, states) - gained[j] for j in pair]) - EARTH_RADIUS_KM
            continue
        weight = np.cos(np.pi * (tt_s[first:last] - row) / WINDOW_S) ** 2
        altitude[k] = weight @ flat[first:last] / weight.sum()
    return altitude + steps
