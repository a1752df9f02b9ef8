"""The weeks before the targeted burns on the averaged motion: what lowering does to the place on the orbit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import root_scalar

from pointnemo.descent.activity_lines import LINES
from pointnemo.descent.decay import argument_rate
from pointnemo.descent.targeted.engine import ordered_burns
from pointnemo.descent.targeted.phase_drift import Days, Drifted, days_of, drift, turned_back
from pointnemo.errors import FlightError
from pointnemo.motion.averaged import MeanState
from pointnemo.results import PhaseError
from pointnemo.station.attitude import cd_area_m2_of
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import DAY_S

if TYPE_CHECKING:
    from pointnemo.descent.targeted.engine import Engine
    from pointnemo.motion.history import Flown
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World
    from pointnemo.world.weather import Activity, SpaceWeather

__all__ = ["ERROR_DAYS", "Course", "course_of", "errors_of", "lowering_km", "shift_s"]

MOST_LOWERING_KM = 60.0
ERROR_DAYS = (30.0, 21.0, 14.0, 7.0, 3.0, 1.0)
"""Days before the targeted burns for which the error of the place is told."""

DENSITY_SIGMA = 0.15  # of the level of density that a model gives, known from nothing but its own drag
LINE_SIGMAS = 1.645  # the low and high lines are the 5th and 95th percentile
ROTATION_DAYS = 27.0  # of the Sun: what is known of its activity today is forgotten by then


@dataclass(frozen=True)
class Course:
    """The weeks before the hand-over as they would be without phasing, on the averaged motion.

    Attributes:
        world: under the line of the run.
        forecast: weather that other lines are taken from.
        start_tt_s: where it begins.
        hand_over_tt_s: where it ends.
        state: mean orbit at the start.
        days: weather from the start on.
        rate: of the mean argument of latitude at the hand-over, rad/s.
        cd_area_m2: drag coefficient times area.
        mass_kg: of the stack.
        thrust_n: of the thrusters that make the steps, together and along the velocity.
        specific_impulse_s: of them.
        floor_km: mean altitude of the orbit that the first targeted burn leaves; no phasing should end lower.
    """

    world: World
    forecast: SpaceWeather
    inclination_rad: float
    cd_area_m2: float
    mass_kg: float
    thrust_n: float
    specific_impulse_s: float
    floor_km: float
    start_tt_s: float
    hand_over_tt_s: float
    state: MeanState
    days: Days
    rate: float

    @property
    def ballistic_m2_kg(self) -> float:
        """B = C_D A / m."""
        return self.cd_area_m2 / self.mass_kg

    @property
    def period_s(self) -> float:
        """A revolution at the hand-over, s."""
        return 2 * np.pi / self.rate

    def at(self, tt_s: float) -> MeanState:
        """Mean orbit at an instant."""
        return self._drift(self.days, self.state, self.ballistic_m2_kg, self.start_tt_s, tt_s).state

    def on(self, state: MeanState, from_tt_s: float, to_tt_s: float | None = None, drag: float = 1.0) -> Drifted:
        """Drift from a state, to the hand-over unless said otherwise, with so much of the usual drag."""
        stop = self.hand_over_tt_s if to_tt_s is None else to_tt_s
        return self._drift(self.since(from_tt_s), state, drag * self.ballistic_m2_kg, from_tt_s, stop)

    def under(self, days: Days, state: MeanState, from_tt_s: float) -> Drifted:
        """Drift to the hand-over under other weather, given from the start of the drift on."""
        return self._drift(days, state, self.ballistic_m2_kg, from_tt_s, self.hand_over_tt_s)

    def since(self, tt_s: float) -> Days:
        """The weather from an instant on."""
        return days_of(self.world.weather, tt_s, self.hand_over_tt_s)

    def _drift(self, days: Days, state: MeanState, ballistic: float, start: float, stop: float) -> Drifted:
        return drift(self.world.climate, days, state, self.inclination_rad, ballistic, start, stop)


def course_of(flown: Flown, run: int, scenario: Scenario, world: World, engine: Engine, begin_tt_s: float) -> Course:
    """The drift that ends in the hand-over: its start is found so that it does.

    Args:
        flown: averaged histories, runs ``LINES``.
        run: which of them; it is handed over.
        scenario: attitude without a crew, and the targeted burns.
        world: weather.
        engine: makes the steps.
        begin_tt_s: start of the course, TT seconds since J2000.

    Returns:
        The course.

    Raises:
        FlightError: no orbit above comes down so.
    """
    a_km, ex, ey, inclination, node = (float(value) for value in flown.handover_elements[run])
    hand_over = float(flown.handover_tt_s[run])
    end = MeanState(a_km, ex, ey, node)
    start = turned_back(end, inclination, hand_over - begin_tt_s)
    area, mass = cd_area_m2_of(scenario, "uncrewed"), float(flown.handover_mass_kg[run])
    days = days_of(world.weather.line(LINES[run]), begin_tt_s, hand_over)

    def above_km(axis_km: float) -> float:
        begun = start._replace(a_km=axis_km)
        return drift(world.climate, days, begun, inclination, area / mass, begin_tt_s, hand_over).state.a_km - a_km

    highest = EARTH_RADIUS_KM + flown.altitude_at(run, begin_tt_s) + MOST_LOWERING_KM
    try:
        axis = float(root_scalar(above_km, bracket=(a_km, highest), xtol=1e-6).root)
    except ValueError as error:
        raise FlightError("the last weeks before the targeted burns cannot be followed backwards") from error
    burn = ordered_burns(scenario.descent.burns)[0][1]
    high = scenario.descent.targeting_altitude_km
    return Course(
        world=world.line(LINES[run]),
        forecast=world.weather,
        inclination_rad=inclination,
        cd_area_m2=area,
        mass_kg=mass,
        thrust_n=engine.thrust_n(burn),
        specific_impulse_s=engine.effective_impulse_s,
        floor_km=(high + min(burn.perigee_km, high)) / 2,
        start_tt_s=begin_tt_s,
        hand_over_tt_s=hand_over,
        state=start._replace(a_km=axis),
        days=days,
        rate=float(argument_rate(end, inclination)),
    )


def shift_s(course: Course, state: MeanState, lowered_km: float, tt_s: float) -> float:
    """By how much earlier a lowered station is at the hand-over.

    Args:
        course: without phasing.
        state: mean orbit at the instant, before it is lowered.
        lowered_km: by how much its semi-major axis is then lowered.
        tt_s: the instant.

    Returns:
        s; infinite where it has come down by the hand-over.
    """
    usual = course.on(state, tt_s)
    other = course.on(state._replace(a_km=state.a_km - lowered_km), tt_s)
    if other.tt_s < course.hand_over_tt_s - 1.0:
        return np.inf
    return (other.turned_rad - usual.turned_rad) / course.rate


def lowering_km(course: Course, state: MeanState, tt_s: float, wanted_s: float) -> float:
    """The lowering at an instant that shifts by so much.

    Args:
        course: without phasing.
        state: mean orbit at the instant.
        tt_s: the instant.
        wanted_s: shift at the hand-over, s.

    Returns:
        km of semi-major axis; 0 for no shift or a negative one. The shift grows with it until the station falls.
    """
    if wanted_s <= 0.0:
        return 0.0

    def above_s(lowered_km: float) -> float:
        return min(shift_s(course, state, lowered_km, tt_s), 10.0 * course.period_s + wanted_s) - wanted_s

    return float(root_scalar(above_s, bracket=(0.0, MOST_LOWERING_KM), xtol=1e-5).root)


def errors_of(course: Course) -> tuple[PhaseError, ...]:
    """How well the place at the hand-over is known so long before, and what a step made then can shift.

    The level of density is taken to be known to ``DENSITY_SIGMA``; solar activity starts from what it is and has gone
    over to the low or the high line of the forecast one rotation of the Sun later. Both are judgement.

    Args:
        course: without phasing.

    Returns:
        One row for each of ``ERROR_DAYS`` that the course covers.
    """
    rows = []
    for days in ERROR_DAYS:
        tt_s = course.hand_over_tt_s - days * DAY_S
        if tt_s < course.start_tt_s - 1.0:
            continue
        state = course.at(tt_s)
        density = _half_spread(
            course, course.on(state, tt_s, drag=1 + DENSITY_SIGMA), course.on(state, tt_s, drag=1 - DENSITY_SIGMA)
        )
        high, low = (course.under(_departing(course, tt_s, line), state, tt_s) for line in ("high", "low"))
        solar = _half_spread(course, high, low) / LINE_SIGMAS
        sigma = float(np.hypot(density, solar))
        rows.append(PhaseError(days_before=days, sigma_s=sigma, correctable_s=_correctable_s(course, state, tt_s)))
    return tuple(rows)


def _half_spread(course: Course, more: Drifted, less: Drifted) -> float:
    """Half of the difference in place between more and less drag, s; a revolution where more brings it down."""
    if more.tt_s < course.hand_over_tt_s - 1.0:
        return course.period_s
    return abs(more.turned_rad - less.turned_rad) / course.rate / 2


def _departing(course: Course, tt_s: float, line: Activity) -> Days:
    """Weather that is known on one day and has gone over to another line one rotation of the Sun later."""
    usual = course.since(tt_s)
    other = days_of(course.forecast.line(line), tt_s, course.hand_over_tt_s)
    gone = np.minimum(np.arange(len(usual.f107)) / ROTATION_DAYS, 1.0)
    return Days(*(mine + gone * (theirs - mine) for mine, theirs in zip(usual, other, strict=True)))


def _correctable_s(course: Course, state: MeanState, tt_s: float) -> float:
    """The shift of the deepest step that leaves the hand-over above the orbit that the first burn leaves anyway."""
    floor_km = EARTH_RADIUS_KM + course.floor_km

    def above_km(lowered_km: float) -> float:
        return course.on(state._replace(a_km=state.a_km - lowered_km), tt_s).state.a_km - floor_km

    if above_km(0.0) <= 0.0:
        return 0.0
    deepest = float(root_scalar(above_km, bracket=(0.0, MOST_LOWERING_KM), xtol=1e-4).root)
    return float(shift_s(course, state, deepest, tt_s))
