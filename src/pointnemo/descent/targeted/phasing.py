"""Differential phasing: how the station is made to be at the right place of its orbit when the targeted burns begin.

A station that is lowered a little some weeks early runs ahead from then on, and falls faster too. Two steps are made:
the first for most of the shift, the second, re-planned from what was flown by then, for the rest. How large they are is
found on the averaged motion; that they do it is shown by flying them numerically, with and without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.decay import LOWEST_KM
from pointnemo.descent.geometry import unwrapped_argument_of_latitude
from pointnemo.descent.targeted.phasing_course import ERROR_DAYS, Course, course_of, errors_of, lowering_km, shift_s
from pointnemo.descent.targeted.sequence import LEAST_DELTA_V_MPS
from pointnemo.descent.words import days_of
from pointnemo.errors import FlightError
from pointnemo.motion.averaged import MeanState, spiral_delta_v
from pointnemo.motion.burns import BurnCommand, propellant_kg
from pointnemo.motion.lastdays import Environment, Flight, Forces, State, fly, prepare
from pointnemo.motion.mean_elements import Mean, mean_from_osculating, osculating_from_mean
from pointnemo.results import PhaseError, Phasing, PhasingStep
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import DAY_S, to_utc

if TYPE_CHECKING:
    from pointnemo.descent.targeted.engine import Engine
    from pointnemo.motion.history import Flown
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["Trial", "phasing_of"]

SECOND_STEP_DAYS = 7.0
LEAST_DAYS = 1.0  # between the steps, and between the last of them and the hand-over
FIRST_SHARE = 0.8  # of the shift; lowering only ever shifts forward, so the second step needs something left to do
SAMPLE_S = 120.0
CLOSE_S = 1.0  # as near as a last step is sized
MOST_FLIGHTS = 5  # to size it
MEAN_SAMPLES = 8  # one mean orbit in so many samples: 16 minutes, some six in a revolution


class _Step(NamedTuple):
    """A burn that lowers the orbit: mean semi-major axis before and after, km."""

    tt_s: float
    before_km: float
    after_km: float

    @property
    def delta_v_mps(self) -> float:
        return 1000.0 * float(spiral_delta_v(self.after_km, self.before_km))


class _Proved(NamedTuple):
    """Two steps as flown numerically: what they were, and by how much they shift, s."""

    steps: tuple[_Step, ...]
    reached_s: float
    altitude_km: float


def phasing_of(
    flown: Flown, run: int, scenario: Scenario, world: World, engine: Engine, wanted_shift_s: float
) -> Phasing:
    """Make the station be elsewhere on its orbit at the hand-over.

    Args:
        flown: averaged histories, runs ``LINES``.
        run: which of them.
        scenario: ``descent.phasing_days``, the hold altitude, the burns whose thrusters are used.
        world: weather.
        engine: makes the steps.
        wanted_shift_s: by how much earlier the station shall pass a place at the hand-over; any number of revolutions
            more or less is the same, and lowering early only shifts forward.

    Returns:
        The steps, what they reach as flown, and how well the place is known when. No step where there is no time for
        one, or nothing to shift; the text says why.

    Raises:
        WorldError: the weather does not reach that far.
    """
    if not np.isfinite(wanted_shift_s):
        raise ValueError(f"a shift of {wanted_shift_s} s along the orbit makes no sense")
    if not flown.handed_over[run]:
        return _none(wanted_shift_s, "The station never comes down to the targeted burns: there is nothing to phase.")
    if scenario.descent.phasing_days <= 0.0:
        return _none(wanted_shift_s, "No phasing: descent.phasing_days is 0, so the pass cannot be chosen.")
    hand_over = float(flown.handover_tt_s[run])
    first = hand_over - DAY_S * scenario.descent.phasing_days
    hold = float(flown.crossings["hold"][run])
    if np.isfinite(hold):
        first = max(first, hold)
    first = max(first, flown.lowering_start_tt_s)
    if hand_over - first < LEAST_DAYS * DAY_S:
        text = (
            f"No phasing: only {days_of((hand_over - first) / DAY_S)} lie between the hold altitude and the targeted "
            "burns. Raise descent.hold_altitude_km or lower descent.targeting_altitude_km."
        )
        return _none(wanted_shift_s, text)
    begin = max(min(first, hand_over - ERROR_DAYS[0] * DAY_S), flown.lowering_start_tt_s)
    errors: tuple[PhaseError, ...] = ()
    try:
        course = course_of(flown, run, scenario, world, engine, begin)
        errors = errors_of(course)
        wanted = float(np.mod(wanted_shift_s, course.period_s))
        return _document(course, wanted_shift_s, wanted, _proved(course, first, wanted), errors)
    except FlightError as error:
        return _none(wanted_shift_s, f"No phasing: {error}.", errors)


def _none(wanted_shift_s: float, text: str, errors: tuple[PhaseError, ...] = ()) -> Phasing:
    return Phasing(
        wanted_shift_s=wanted_shift_s,
        steps=(),
        reached_shift_s=0.0,
        residual_s=wanted_shift_s,
        propellant_kg=0.0,
        errors=errors,
        text=text,
    )


# --- flown -----------------------------------------------------------------------------------------------------------


def _proved(course: Course, first_tt_s: float, wanted_s: float) -> _Proved:
    """Plan the steps, fly them, and measure what they shift against the flight without them."""
    second_tt_s = course.hand_over_tt_s - SECOND_STEP_DAYS * DAY_S
    if second_tt_s - first_tt_s < LEAST_DAYS * DAY_S:
        second_tt_s = first_tt_s
    usual_km = float(course.on(course.at(first_tt_s), first_tt_s).state.a_km) - EARTH_RADIUS_KM
    last = course.at(second_tt_s)
    least_km = 2.0 * last.a_km * LEAST_DELTA_V_MPS / 1000.0 / (course.rate * last.a_km)
    if min(wanted_s, course.period_s - wanted_s) < shift_s(course, last, least_km, second_tt_s):
        return _Proved((), 0.0, usual_km)
    trial = Trial.of(course, first_tt_s)
    if second_tt_s == first_tt_s:
        return trial.in_one(wanted_s)
    return trial.in_two(second_tt_s, wanted_s)


@dataclass(frozen=True)
class Trial:
    """What the numerical flights with and without the steps have in common.

    Attributes:
        start: state at the first step.
        usual: flight without steps, from there to the hand-over.
    """

    course: Course
    environment: Environment
    start: State
    usual: Flight

    @classmethod
    def of(cls, course: Course, first_tt_s: float) -> Trial:
        """Fly the weeks without steps."""
        forces = Forces(cd_area_m2=course.cd_area_m2)
        environment = prepare(course.world, first_tt_s, course.hand_over_tt_s, forces, lowest_km=LOWEST_KM)
        a_km, ex, ey, node = course.at(first_tt_s)
        mean = Mean(a_km, ex, ey, course.inclination_rad, node, 0.0)
        start = State(first_tt_s, *osculating_from_mean(mean, environment.pole), course.mass_kg)
        return cls(course, environment, start, _fly(start, (), course.hand_over_tt_s, environment))

    def in_one(self, wanted_s: float) -> _Proved:
        """One step for all."""
        return self.closed((), self.course.at(self.start.tt_s), self.start.tt_s, wanted_s, wanted_s)

    def in_two(self, second_tt_s: float, wanted_s: float) -> _Proved:
        """A first step for most of the shift, and a second for what the first, as flown, has left."""
        course, first_tt_s = self.course, self.start.tt_s
        state = course.at(first_tt_s)
        step = _step(first_tt_s, state.a_km, lowering_km(course, state, first_tt_s, FIRST_SHARE * wanted_s))
        steps = (step,) if step.delta_v_mps >= LEAST_DELTA_V_MPS else ()
        ahead = _fly(self.start, self.commands(steps), second_tt_s + DAY_S / 2, self.environment)
        usual = self.mean_at(self.usual, second_tt_s)
        lowered = self.mean_at(ahead, second_tt_s)
        gained_s = self.ahead_rad(ahead, second_tt_s) / course.rate
        going_s = (course.on(lowered, second_tt_s).turned_rad - course.on(usual, second_tt_s).turned_rad) / course.rate
        return self.closed(steps, lowered, second_tt_s, wanted_s - gained_s - going_s, wanted_s)

    def closed(
        self, before: tuple[_Step, ...], state: MeanState, tt_s: float, left_s: float, wanted_s: float
    ) -> _Proved:
        """The last step, sized on the averaged motion and then by what it does when flown.

        Args:
            before: steps made by then.
            state: mean orbit at the last step.
            tt_s: its instant.
            left_s: shift that it has to make.
            wanted_s: shift of all steps at the hand-over.

        Returns:
            The best of the flights.
        """
        best: _Proved | None = None
        for _ in range(MOST_FLIGHTS):
            step = _step(tt_s, state.a_km, lowering_km(self.course, state, tt_s, left_s))
            steps = (*before, step) if step.delta_v_mps >= LEAST_DELTA_V_MPS else before
            proved = self.proved(steps)
            if best is None or abs(wanted_s - proved.reached_s) < abs(wanted_s - best.reached_s):
                best = proved
            if steps == before or abs(wanted_s - proved.reached_s) < CLOSE_S:
                break
            left_s += wanted_s - proved.reached_s
        assert best is not None
        return best

    def proved(self, steps: tuple[_Step, ...]) -> _Proved:
        """Fly the steps to the hand-over."""
        flight = _fly(self.start, self.commands(steps), self.course.hand_over_tt_s, self.environment)
        reached_s = self.ahead_rad(flight, self.course.hand_over_tt_s) / self.course.rate
        end = self.mean_at(flight, self.course.hand_over_tt_s)
        return _Proved(steps, reached_s, end.a_km - EARTH_RADIUS_KM)

    def commands(self, steps: tuple[_Step, ...]) -> list[BurnCommand]:
        """The steps as burns."""
        course = self.course
        return [
            BurnCommand(one.tt_s, one.delta_v_mps, course.thrust_n, course.specific_impulse_s, True, f"phasing-{k}")
            for k, one in enumerate(steps, 1)
        ]

    def mean_at(self, flight: Flight, tt_s: float) -> MeanState:
        """Mean orbit of a flight at an instant, from half a day to either side: tesseral harmonics cancel in a day."""
        rows = np.flatnonzero(np.abs(flight.tt_s - tt_s) <= DAY_S / 2)[::MEAN_SAMPLES]
        found = np.array([self.mean(flight, int(k))[:5] for k in rows])
        found[:, 4] = np.unwrap(found[:, 4])
        # One-sided at an end of the flight: a parabola through the samples is right in either case.
        a_km, ex, ey, _, node = np.polynomial.polynomial.polyfit(flight.tt_s[rows] - tt_s, found, 2)[0]
        return MeanState(float(a_km), float(ex), float(ey), float(node))

    def mean(self, flight: Flight, row: int) -> Mean:
        """Mean orbit of one sample."""
        return mean_from_osculating(flight.position_km[row], flight.velocity_km_s[row], self.environment.pole)

    def ahead_rad(self, flight: Flight, tt_s: float) -> float:
        """How far a flight is ahead of the one without steps, as mean argument of latitude, whole turns counted."""
        return self.argument_rad(flight, tt_s) - self.argument_rad(self.usual, tt_s)

    def argument_rad(self, flight: Flight, tt_s: float) -> float:
        """Mean argument of latitude at an instant, counted on from the start."""
        angle = unwrapped_argument_of_latitude(flight.position_km, flight.velocity_km_s)
        row = int(np.argmin(np.abs(flight.tt_s - tt_s)))
        mean = self.mean(flight, row).argument_of_latitude_rad
        counted = mean + 2 * np.pi * np.round((angle[row] - mean) / (2 * np.pi))
        return float(counted + self.course.rate * (tt_s - flight.tt_s[row]))


def _step(tt_s: float, before_km: float, lowered_km: float) -> _Step:
    return _Step(tt_s, before_km, before_km - lowered_km)


def _fly(
    start: State, burns: tuple[BurnCommand, ...] | list[BurnCommand], stop_tt_s: float, environment: Environment
) -> Flight:
    flight = fly(start, burns, environment, stop_height_km=LOWEST_KM, stop_tt_s=stop_tt_s, sample_s=SAMPLE_S)
    if flight.stop == "height":
        raise FlightError("a step so large brings the station down before the targeted burns; choose another pass")
    return flight


# --- document --------------------------------------------------------------------------------------------------------


def _document(
    course: Course, wanted_shift_s: float, wanted_s: float, proved: _Proved, errors: tuple[PhaseError, ...]
) -> Phasing:
    steps, spent = [], 0.0
    for one in proved.steps:
        used = propellant_kg(course.mass_kg - spent, one.delta_v_mps, course.specific_impulse_s)
        spent += used
        steps.append(
            PhasingStep(
                utc=to_utc(one.tt_s, 0),
                altitude_before_km=one.before_km - EARTH_RADIUS_KM,
                altitude_after_km=one.after_km - EARTH_RADIUS_KM,
                delta_v_mps=one.delta_v_mps,
                propellant_kg=used,
            )
        )
    lowered_km = sum(one.before_km - one.after_km for one in proved.steps)
    late_a = course.on(course.state, course.start_tt_s).state.a_km
    later = _Step(course.hand_over_tt_s, late_a, late_a - lowered_km)
    later_kg = propellant_kg(course.mass_kg, later.delta_v_mps, course.specific_impulse_s)
    residual = wanted_s - proved.reached_s
    residual = float(np.mod(residual + course.period_s / 2, course.period_s) - course.period_s / 2)
    return Phasing(
        wanted_shift_s=wanted_shift_s,
        steps=tuple(steps),
        reached_shift_s=proved.reached_s,
        residual_s=residual,
        propellant_kg=spent - later_kg,
        errors=errors,
        text=_text(course, tuple(steps), spent, residual, proved, errors),
    )


def _text(
    course: Course,
    steps: tuple[PhasingStep, ...],
    spent_kg: float,
    residual_s: float,
    proved: _Proved,
    errors: tuple[PhaseError, ...],
) -> str:
    told = []
    if not steps:
        told.append(f"No step is needed: the station is within {abs(residual_s):.0f} s of the wanted place as it is.")
    else:
        downs = " and ".join(
            f"{one.altitude_before_km - one.altitude_after_km:.1f} km on {one.utc[:10]}" for one in steps
        )
        told.append(f"The station is lowered by {downs} ({spent_kg:,.0f} kg, which the targeted burns then save).")
        usual = course.on(course.state, course.start_tt_s).state.a_km - EARTH_RADIUS_KM
        told.append(
            f"It runs {proved.reached_s:,.0f} s ahead at the hand-over, at {proved.altitude_km:.0f} km instead of "
            f"{usual:.0f}: the burns are re-planned from there."
        )
        if proved.altitude_km < course.floor_km:
            told.append(
                "That is lower than the first targeted burn would leave it: begin earlier (descent.phasing_days) or "
                "choose another pass."
            )
    if errors:
        told.append(_until(course, errors))
    return " ".join(told)


def _until(course: Course, errors: tuple[PhaseError, ...]) -> str:
    """Until when the pass can be chosen."""
    free = [row for row in errors if row.correctable_s >= course.period_s]
    part = [row for row in errors if 2 * row.sigma_s <= row.correctable_s]
    parts = []
    if free:
        parts.append(
            f"Any pass can still be chosen {days_of(free[-1].days_before)} before the targeted burns, when the place "
            f"is known to {free[-1].sigma_s:,.0f} s (one sigma)."
        )
    else:
        most = max(errors, key=lambda row: row.correctable_s)
        parts.append(
            f"A step shifts by {most.correctable_s:,.0f} s of the {course.period_s:,.0f} s of a revolution at most, "
            f"{days_of(most.days_before)} before the targeted burns."
        )
    if part:
        last = part[-1]
        parts.append(
            f"{days_of(last.days_before)} before, the place is known to {last.sigma_s:,.0f} s (one sigma) and a step "
            f"can still shift it by {last.correctable_s:,.0f} s."
        )
    return " ".join(parts)
