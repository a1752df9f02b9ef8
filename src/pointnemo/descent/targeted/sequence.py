"""Fly the last days: coast from the hand-over, lower the perigee in steps, make the final burn, fall.

All burns are centred on one argument of latitude, so that every perigee lies half a revolution later, near the place
where the last one is meant to end. Each burn is sized by flying it: thrust is finite, and what counts is the
perigee that it leaves. A lowering burn longer than the thrusters may burn is made in parts on following revolutions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from pointnemo.descent.geometry import unwrapped_argument_of_latitude
from pointnemo.descent.targeted.sizing import (
    LOWEST_COAST_KM,
    FlownBurn,
    check_length,
    duration_of_s,
    impulse_mps,
    revolution_s,
    semi_major_axis_km,
    sized_burn,
    timed_burn,
    with_impulse,
)
from pointnemo.errors import FlightError
from pointnemo.motion.lastdays import Environment, Flight, State, fly
from pointnemo.motion.mean_elements import Mean, mean_from_osculating, osculating_from_mean
from pointnemo.motion.secular import secular_rates
from pointnemo.world.earth import MU_KM3_S2

if TYPE_CHECKING:
    from pointnemo.descent.targeted.engine import Engine
    from pointnemo.scenario.models import FinalBurn

__all__ = [
    "FlownSequence",
    "HandOver",
    "burns_flown",
    "fly_sequence",
    "least_travel_rad",
    "most_parts",
    "revolutions_of_parts",
    "sequence_from",
    "start_state",
]

LEAST_TRAVEL_RAD = 0.8 * np.pi
SAMPLE_S = 60.0
SAMPLES_OF_START = 24


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
    check_length(key, expected_s, hand_over.mean.a_km)
    half_s = 0.5 * min(expected_s, engine.longest_burn_s)
    return max(LEAST_TRAVEL_RAD, 2 * np.pi * (engine.settling_s + half_s) / revolution_s(hand_over.mean.a_km))


def most_parts(hand_over: HandOver, burn: FinalBurn, engine: Engine) -> int:
    """In how many parts a lowering burn may have to be made, if it starts on the orbit of the hand-over."""
    return max(1, ceil(1.1 * _expected_s(hand_over, burn, engine) / engine.longest_burn_s))


def revolutions_of_parts(engine: Engine, period_s: float, duration_s: float) -> int:
    """Whole revolutions between the middles of two parts of a burn, the first ``duration_s`` long."""
    return max(1, ceil((engine.least_pause_s + duration_s) / (0.999 * period_s)))  # drag shortens the revolution


def _expected_s(hand_over: HandOver, burn: FinalBurn, engine: Engine) -> float:
    """How long a burn takes that starts on a circle of the size of the orbit at the hand-over, s."""
    a_km = hand_over.mean.a_km
    speed = np.sqrt(MU_KM3_S2 / a_km)
    circle = State(hand_over.tt_s, np.array([a_km, 0.0, 0.0]), np.array([0.0, speed, 0.0]), hand_over.mass_kg)
    delta_v = max(impulse_mps(circle, burn.perigee_km), 0.0)
    return duration_of_s(hand_over.mass_kg, engine.thrust_n(burn), engine.effective_impulse_s, delta_v)


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
                one = timed_burn(key, burn, engine, near, centre, one.duration_s / left, environment)
                one = with_impulse(one, engine, near, environment)
            _check_pause([*made, *parts], one, engine)
            parts.append(one)
            state, turn = one.end, 0.0
            if left <= 1:
                break
            period_s = revolution_s(semi_major_axis_km(state))
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
    period = revolution_s(semi_major_axis_km(state))
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
