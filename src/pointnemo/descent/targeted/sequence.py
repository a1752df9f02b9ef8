"""Fly the last days: coast from the hand-over, lower the perigee in steps, make the final burn, fall.

All burns are centred on one argument of latitude, so that every perigee lies half a revolution later, near the place
where the last one is meant to end. Each burn is sized by flying it: thrust is finite, and what counts is the
perigee that it leaves. A lowering burn longer than the thrusters may burn is made in parts on following revolutions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, log1p
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import root_scalar

from pointnemo.descent.geometry import unwrapped_argument_of_latitude
from pointnemo.errors import FlightError
from pointnemo.motion.burns import (
    STANDARD_GRAVITY_M_S2,
    BurnCommand,
    apsides_km,
    burn_duration_s,
    mass_flow_kg_s,
)
from pointnemo.motion.lastdays import Environment, Flight, State, fly
from pointnemo.motion.mean_elements import Mean, mean_from_osculating, osculating_from_mean
from pointnemo.motion.secular import secular_rates
from pointnemo.results import FloatArray
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

if TYPE_CHECKING:
    from pointnemo.descent.targeted.engine import Engine
    from pointnemo.scenario.models import FinalBurn

__all__ = [
    "FlownBurn",
    "FlownSequence",
    "HandOver",
    "burns_flown",
    "fly_sequence",
    "least_travel_rad",
    "most_parts",
    "revolution_s",
    "revolutions_of_parts",
    "sequence_from",
    "sized_burn",
    "start_state",
]

LEAST_STEP_KM = 1.0  # a burn that lowers the perigee by less is not made
LEAST_DELTA_V_MPS = 0.05
MOST_EXTRA_MPS = 4.0  # above one and a half times the impulsive estimate
DELTA_V_TOLERANCE_MPS = 0.005  # some 20 m of perigee
LEAST_TRAVEL_RAD = 0.8 * np.pi
SAMPLE_S = 60.0
SAMPLES_OF_START = 24
LOWEST_COAST_KM = 80.0


@dataclass(frozen=True)
class HandOver:
    """Where the averaged history ends and the numerical flight begins. Along-track phase is not part of it: it is free.

    Attributes:
        tt_s: epoch.
        mean: mean elements on the equator of date; ``argument_of_latitude_rad`` is ignored.
        mass_kg: of the whole stack.
    """

    tt_s: float
    mean: Mean
    mass_kg: float


@dataclass(frozen=True)
class FlownBurn:
    """A burn as flown, with the states at its two ends (GCRS, km and km/s).

    Attributes:
        command: ignition, delta-v, effective thrust and specific impulse: along the velocity, cosine loss taken off.
        duration_s: s.
        propellant_kg: of the burn itself, without steering.
        mass_before_kg: at ignition.
        before: position and velocity at ignition.
        after: position and velocity at cut-off.
        perigee_before_km, apogee_before_km, perigee_after_km, apogee_after_km: osculating, above 6378.137 km.
        thrusters: that burn together.
        cosine_loss: share of the thrust that canted thrusters lose.
        impulsive_delta_v_mps: of one impulse in the middle of the burn that leaves the same perigee when it ends.
        settled_since_tt_s: from when the attitude is held.
        part: counted from 1, of a burn made in ``parts``.
        parts: 1 where the duty limit allows the burn in one.
    """

    command: BurnCommand
    duration_s: float
    propellant_kg: float
    mass_before_kg: float
    before: tuple[FloatArray, FloatArray]
    after: tuple[FloatArray, FloatArray]
    perigee_before_km: float
    apogee_before_km: float
    perigee_after_km: float
    apogee_after_km: float
    thrusters: int = 1
    cosine_loss: float = 0.0
    impulsive_delta_v_mps: float | None = None
    settled_since_tt_s: float | None = None
    part: int = 1
    parts: int = 1

    @property
    def end(self) -> State:
        """State at cut-off."""
        return State(self.command.start_tt_s + self.duration_s, *self.after, self.mass_before_kg - self.propellant_kg)


@dataclass(frozen=True)
class FlownSequence:
    """The whole flight from the hand-over to the ground of a reference body that never breaks up."""

    flight: Flight
    burns: tuple[FlownBurn, ...]


def fly_sequence(
    hand_over: HandOver,
    burns: tuple[tuple[str, FinalBurn], ...],
    engine: Engine,
    burn_argument_rad: float,
    travel_rad: float,
    environment: Environment,
) -> FlownSequence:
    """Fly hand-over, burns and fall for one choice of burn position and travel.

    Args:
        hand_over: where the flight starts.
        burns: (id, burn) in the order in which they are made; the last one has ``revolutions_before_final`` 0.
        engine: what makes them.
        burn_argument_rad: argument of latitude on which every burn is centred.
        travel_rad: angle from the hand-over to the middle of the first burn, at least ``least_travel_rad``. With it the
            phase at the hand-over is chosen: the argument of latitude there is ``burn_argument_rad - travel_rad``.
        environment: forces prepared for the interval.

    Returns:
        The flight down to the ground and the burns.

    Raises:
        FlightError: the station comes down before the final burn, a burn cannot be made, or burns are too close.
    """
    start = start_state(hand_over, burn_argument_rad - travel_rad, environment)
    return sequence_from(start, burns, engine, burn_argument_rad, travel_rad, environment)


def sequence_from(
    start: State,
    burns: tuple[tuple[str, FinalBurn], ...],
    engine: Engine,
    burn_argument_rad: float,
    travel_rad: float,
    environment: Environment,
) -> FlownSequence:
    """``fly_sequence`` from a state, whose phase is what it is.

    Args:
        start: where the flight is.
        burns: as there.
        engine: as there.
        burn_argument_rad: as there.
        travel_rad: angle from the start to the middle of the first burn, to within half a turn.
        environment: as there.

    Returns:
        As there.

    Raises:
        FlightError: as there.
    """
    made = burns_flown(start, burns, engine, burn_argument_rad, travel_rad, environment)
    flight = fly(
        start, [one.command for one in made], environment, stop_height_km=0.0, stop_tt_s=made[-1].end.tt_s + 86400.0,
        sample_s=SAMPLE_S, coast_flow_kg_s=engine.attitude_kg_s,
    )  # fmt: skip
    if flight.stop != "height":
        raise FlightError(
            f"the final burn leaves a perigee of {made[-1].perigee_after_km:.0f} km: no entry within a day"
        )
    return FlownSequence(flight, made)


def start_state(hand_over: HandOver, argument_rad: float, environment: Environment) -> State:
    """The state whose flight has the mean orbit of the hand-over.

    Mean elements are free of the short-period motion by J2 only. What the rest of the field shakes, 0.1 km in the
    semi-major axis from place to place, would stay in the orbit for good, and in its decay with 0.3 %. So a revolution
    is flown without air, and what its mean elements differ by is taken off.

    Args:
        hand_over: epoch, mean orbit and mass.
        argument_rad: argument of latitude, mean.
        environment: forces prepared for the interval.

    Returns:
        Osculating state, GCRS.
    """
    wanted = hand_over.mean._replace(argument_of_latitude_rad=argument_rad)
    state = State(hand_over.tt_s, *osculating_from_mean(wanted, environment.pole), hand_over.mass_kg)
    airless = replace(environment, forces=environment.forces._replace(cd_area_m2=0.0))
    _, motion = secular_rates(wanted.a_km, float(np.hypot(wanted.ex, wanted.ey)), wanted.inclination_rad)
    period = 2 * np.pi / float(motion)
    round_ = fly(
        state, [], airless, stop_height_km=environment.lowest_km, stop_tt_s=state.tt_s + period,
        sample_s=period / SAMPLES_OF_START,
    )  # fmt: skip
    samples = zip(round_.position_km[:SAMPLES_OF_START], round_.velocity_km_s[:SAMPLES_OF_START], strict=True)
    flown = np.array([mean_from_osculating(r, v, environment.pole)[:3] for r, v in samples]).mean(axis=0)
    a, ex, ey = 2 * np.array(wanted[:3]) - flown
    corrected = wanted._replace(a_km=float(a), ex=float(ex), ey=float(ey))
    return State(hand_over.tt_s, *osculating_from_mean(corrected, environment.pole), hand_over.mass_kg)


def least_travel_rad(hand_over: HandOver, burns: tuple[tuple[str, FinalBurn], ...], engine: Engine) -> float:
    """Angle from the hand-over to the middle of the first burn that leaves time to settle, and half of that burn."""
    key, first = burns[0]
    expected_s = _expected_s(hand_over, first, engine)
    _check_length(key, expected_s, hand_over.mean.a_km)
    half_s = 0.5 * min(expected_s, engine.longest_burn_s)
    return max(LEAST_TRAVEL_RAD, 2 * np.pi * (engine.settling_s + half_s) / revolution_s(hand_over.mean.a_km))


def most_parts(hand_over: HandOver, burn: FinalBurn, engine: Engine) -> int:
    """In how many parts a lowering burn may have to be made, if it starts on the orbit of the hand-over."""
    return max(1, ceil(1.1 * _expected_s(hand_over, burn, engine) / engine.longest_burn_s))


def revolutions_of_parts(engine: Engine, period_s: float, duration_s: float) -> int:
    """Whole revolutions between the middles of two parts of a burn, the first ``duration_s`` long."""
    return max(1, ceil((engine.least_pause_s + duration_s) / (0.999 * period_s)))  # drag shortens the revolution


def revolution_s(a_km: float) -> float:
    """Kepler's period, s."""
    return float(2 * np.pi * np.sqrt(a_km**3 / MU_KM3_S2))


# --- the burns ----------------------------------------------------------------------------------------------------


def burns_flown(
    start: State,
    burns: tuple[tuple[str, FinalBurn], ...],
    engine: Engine,
    argument_rad: float,
    travel_rad: float,
    environment: Environment,
) -> tuple[FlownBurn, ...]:
    """Every burn that drag leaves to be made, in order; the last of them is the final burn.

    Args:
        start: where the flight is, no burn of these made yet.
        burns: (id, burn) in order; the last one has ``revolutions_before_final`` 0.
        engine: what makes them.
        argument_rad: argument of latitude on which every burn is centred.
        travel_rad: angle from the start to the middle of the first burn, to within half a turn.
        environment: forces prepared for the interval.

    Returns:
        The burns, parts of one counted each.

    Raises:
        FlightError: the station comes down before the final burn, a burn cannot be made, or burns are too close.
    """
    made: list[FlownBurn] = []
    state, turn = start, travel_rad  # turn: from the burn before, or from the start, to the middle of the next
    for index, (key, burn) in enumerate(burns):
        if index > 0:
            turn += 2 * np.pi * (burns[index - 1][1].revolutions_before_final - burn.revolutions_before_final)
        parts: list[FlownBurn] = []
        while True:
            near, centre = _coasted(state, engine, argument_rad, turn, environment)
            one = sized_burn(key, burn, engine, near, centre, environment)
            if one is None:  # drag has done its work: the next burn counts its revolutions from the one before
                turn = 0.0 if parts else turn
                break
            left = ceil(one.duration_s / engine.longest_burn_s)
            if left > 1:
                if burn.revolutions_before_final == 0:
                    raise _too_long(one, engine)
                one = _timed_burn(key, burn, engine, near, centre, one.duration_s / left, environment)
                one = _with_impulse(one, engine, near, environment)
            _check_pause([*made, *parts], one, engine)
            parts.append(one)
            state, turn = one.end, 0.0
            if left <= 1:
                break
            period_s = revolution_s(_semi_major_axis_km(state))
            turn = 2 * np.pi * revolutions_of_parts(engine, period_s, one.duration_s)
        made += _numbered(parts)
    if not made or made[-1].command.id != burns[-1][0]:
        raise FlightError(
            f"drag alone brings the perigee to {burns[-1][1].perigee_km:g} km before the final burn: start the "
            "targeted burns higher (descent.targeting_altitude_km), or put them closer"
        )
    return tuple(made)


def _numbered(parts: list[FlownBurn]) -> list[FlownBurn]:
    """Parts of one burn with their places among all of them, and ids of their own."""
    if len(parts) < 2:
        return parts
    return [
        replace(one, part=k, parts=len(parts), command=one.command._replace(id=f"{one.command.id}.{k}"))
        for k, one in enumerate(parts, 1)
    ]


def _too_long(one: FlownBurn, engine: Engine) -> FlightError:
    return FlightError(
        f"the final burn takes {one.duration_s:.0f} s, longer than the {engine.longest_burn_s:.0f} s that its "
        "thrusters may burn, and it cannot be split: burn more thrusters (descent.burns), lower the perigee further "
        "before it, or raise duty.longest_burn_s of the deorbit vehicle"
    )


def _check_pause(made: list[FlownBurn], one: FlownBurn, engine: Engine) -> None:
    """Hold a burn to the pause after the one before."""
    if made and (pause := one.command.start_tt_s - made[-1].end.tt_s) < engine.least_pause_s:
        raise FlightError(
            f"burn {one.command.id!r} starts {pause:.0f} s after {made[-1].command.id!r} ends, but rest "
            f"({engine.rest_s:.0f} s) and settling ({engine.settling_s:.0f} s) take {engine.least_pause_s:.0f} s: "
            "put them further apart (revolutions_before_final in descent.burns), or shorten duty.rest_s of the "
            "deorbit vehicle or descent.settling_s"
        )


def _coasted(
    state: State, engine: Engine, argument_rad: float, turn_rad: float, environment: Environment
) -> tuple[State, float]:
    """Coast to the passage over an argument of latitude that lies nearest to an angle ahead.

    Returns:
        A state half a revolution before (or the start, if that is nearer), and the time of the passage.
    """
    period = revolution_s(_semi_major_axis_km(state))
    stop = state.tt_s + (turn_rad / (2 * np.pi) + 0.6) * period
    coast = fly(
        state, [], environment, stop_height_km=LOWEST_COAST_KM, stop_tt_s=stop, sample_s=SAMPLE_S,
        coast_flow_kg_s=engine.attitude_kg_s,
    )  # fmt: skip
    if coast.stop == "height":
        raise FlightError(
            "the station comes down before the next burn: start the targeted burns higher, or put them closer"
        )
    angle = unwrapped_argument_of_latitude(coast.position_km, coast.velocity_km_s)
    wanted = argument_rad + 2 * np.pi * np.round((angle[0] + turn_rad - argument_rad) / (2 * np.pi))
    passage = float(np.interp(wanted, angle, coast.tt_s))
    k = max(0, int(np.searchsorted(coast.tt_s, passage - period / 2)) - 1)
    near = State(float(coast.tt_s[k]), coast.position_km[k], coast.velocity_km_s[k], float(coast.mass_kg[k]))
    return near, passage


def sized_burn(
    key: str, burn: FinalBurn, engine: Engine, state: State, centre_tt_s: float, environment: Environment
) -> FlownBurn | None:
    """The burn centred on an instant that leaves the wanted osculating perigee, by root-finding on flown burns.

    It is made in one, however long it takes.

    Args:
        key: id of the burn.
        burn: perigee to leave, and thrusters.
        engine: what makes it.
        state: from which it is coasted to.
        centre_tt_s: middle of the burn, TT seconds since J2000.
        environment: forces prepared for the interval.

    Returns:
        The burn; None where the orbit has come down so far that the perigee lies there already.

    Raises:
        FlightError: no burn leaves that perigee, or it would take a whole revolution.
    """
    thrust, impulse = engine.thrust_n(burn), engine.effective_impulse_s
    middle = _coast_to(state, centre_tt_s, engine, environment)
    impulsive = max(_impulse_mps(middle, burn.perigee_km), 0.0)
    _check_length(key, _duration_s(state.mass_kg, thrust, impulse, impulsive), _semi_major_axis_km(middle))
    most = 1.5 * impulsive + MOST_EXTRA_MPS
    # The coast is flown once, to a little before the earliest start that the search can ask for.
    longest = _duration_s(state.mass_kg, thrust, impulse, most)
    near = _coast_to(state, centre_tt_s - longest / 2, engine, environment)
    if apsides_km(near.position_km, near.velocity_km_s)[0] < burn.perigee_km + LEAST_STEP_KM:
        return None

    def flown(delta_v: float) -> tuple[FlownBurn, float]:
        duration = _duration_s(near.mass_kg, thrust, impulse, delta_v)
        one = _timed_burn(key, burn, engine, near, centre_tt_s, duration, environment)
        return one, one.perigee_after_km - burn.perigee_km

    if flown(LEAST_DELTA_V_MPS)[1] < 0:  # drag does it on the way to the burn
        return None
    try:
        # More velocity always leaves a lower perigee: the root is bracketed once the most is enough.
        found = root_scalar(lambda dv: flown(dv)[1], bracket=(LEAST_DELTA_V_MPS, most), xtol=DELTA_V_TOLERANCE_MPS)
    except ValueError as error:
        raise FlightError(
            f"burn {key!r} cannot be sized to leave a perigee of {burn.perigee_km:g} km with up to {most:.1f} m/s: "
            "burn more thrusters, or lower it in smaller steps"
        ) from error
    return _with_impulse(flown(float(found.root))[0], engine, near, environment)


def _check_length(key: str, duration_s: float, a_km: float) -> None:
    """A burn that goes on all round the orbit lowers no perigee."""
    if duration_s > revolution_s(a_km):
        raise FlightError(
            f"burn {key!r} would take {duration_s / 3600:.1f} h, more than a revolution: burn more thrusters "
            "(thrusters, thruster_thrust_n in descent.burns), or lower the perigee in smaller steps"
        )


def _timed_burn(
    key: str,
    burn: FinalBurn,
    engine: Engine,
    state: State,
    centre_tt_s: float,
    duration_s: float,
    environment: Environment,
) -> FlownBurn:
    """A burn of a duration, centred on an instant, coasted to from a state."""
    thrust, impulse = engine.thrust_n(burn), engine.effective_impulse_s
    start = max(centre_tt_s - duration_s / 2, state.tt_s)
    mass = state.mass_kg - engine.attitude_kg_s * (start - state.tt_s)
    exhaust = STANDARD_GRAVITY_M_S2 * impulse
    delta_v = -exhaust * log1p(-mass_flow_kg_s(thrust, impulse) * duration_s / mass)
    command = BurnCommand(start, delta_v, thrust, impulse, True, key)
    flight = fly(
        state, [command], environment, stop_height_km=LOWEST_COAST_KM, stop_tt_s=start + duration_s, sample_s=600.0,
        coast_flow_kg_s=engine.attitude_kg_s,
    )  # fmt: skip
    # A trial burn may be so large that the station falls while it lasts; its perigee is then low enough, wherever.
    k = int(np.argmax(flight.segment == flight.segments.index(key)))
    before, after = (flight.position_km[k], flight.velocity_km_s[k]), flight.final_state
    return FlownBurn(
        command,
        duration_s,
        float(flight.mass_kg[k]) - after.mass_kg,
        float(flight.mass_kg[k]),
        before,
        (after.position_km, after.velocity_km_s),
        *apsides_km(*before),
        *apsides_km(after.position_km, after.velocity_km_s),
        thrusters=burn.thrusters,
        cosine_loss=1.0 - engine.cosine,
        settled_since_tt_s=start - engine.settling_s,
    )


def _with_impulse(one: FlownBurn, engine: Engine, state: State, environment: Environment) -> FlownBurn:
    """The burn with the single impulse, in its middle, that leaves the same osculating perigee when it ends.

    What the burn needs beyond it is lost to gravity: off its middle the thrust does not act where it lowers the perigee
    most, and it turns with the velocity.
    """
    middle = _coast_to(state, one.command.start_tt_s + one.duration_s / 2, engine, environment)
    speed = float(np.linalg.norm(middle.velocity_km_s))

    def left_km(delta_v: float) -> float:
        slower = middle._replace(velocity_km_s=middle.velocity_km_s * (1.0 - delta_v / (1000.0 * speed)))
        after = _coast_to(slower, one.end.tt_s, engine, environment)
        return apsides_km(after.position_km, after.velocity_km_s)[0] - one.perigee_after_km

    first, second = 0.0, one.command.delta_v_mps
    first_km, second_km = left_km(first), left_km(second)
    for _ in range(2):  # nearly linear: good to a micrometre a second
        third = second - second_km * (second - first) / (second_km - first_km)
        first, first_km, second, second_km = second, second_km, third, left_km(third)
    return replace(one, impulsive_delta_v_mps=second)


def _coast_to(state: State, tt_s: float, engine: Engine, environment: Environment) -> State:
    """The state at a later time; at an earlier one, the state itself."""
    if tt_s <= state.tt_s:
        return state
    flight = fly(
        state, [], environment, stop_height_km=LOWEST_COAST_KM, stop_tt_s=tt_s, sample_s=600.0,
        coast_flow_kg_s=engine.attitude_kg_s,
    )  # fmt: skip
    if flight.stop == "height":
        raise FlightError("the station comes down before the next burn: start the targeted burns higher")
    return flight.final_state


def _impulse_mps(state: State, perigee_km: float) -> float:
    """Impulse against the velocity that would leave a perigee half a revolution on, if the path is level here, m/s."""
    radius = float(np.linalg.norm(state.position_km))
    here = np.sqrt(MU_KM3_S2 * (2 / radius - 1 / _semi_major_axis_km(state)))
    return float(1000.0 * (here - np.sqrt(MU_KM3_S2 * (2 / radius - 2 / (radius + EARTH_RADIUS_KM + perigee_km)))))


def _expected_s(hand_over: HandOver, burn: FinalBurn, engine: Engine) -> float:
    """How long a burn takes that starts on a circle of the size of the orbit at the hand-over, s."""
    a_km = hand_over.mean.a_km
    speed = np.sqrt(MU_KM3_S2 / a_km)
    circle = State(hand_over.tt_s, np.array([a_km, 0.0, 0.0]), np.array([0.0, speed, 0.0]), hand_over.mass_kg)
    delta_v = max(_impulse_mps(circle, burn.perigee_km), 0.0)
    return _duration_s(hand_over.mass_kg, engine.thrust_n(burn), engine.effective_impulse_s, delta_v)


def _duration_s(mass_kg: float, thrust_n: float, specific_impulse_s: float, delta_v_mps: float) -> float:
    return burn_duration_s(mass_kg, BurnCommand(0.0, delta_v_mps, thrust_n, specific_impulse_s, True, ""))


def _semi_major_axis_km(state: State) -> float:
    """Osculating semi-major axis by vis-viva, km."""
    speed2 = float(np.dot(state.velocity_km_s, state.velocity_km_s))
    return float(1 / (2 / np.linalg.norm(state.position_km) - speed2 / MU_KM3_S2))
