"""Fly the last days: coast from the hand-over, lower the perigee in steps, make the final burn, fall.

All burns are centred on one argument of latitude, so that every perigee lies half a revolution later, near the place
where the last one is meant to end. Each burn is sized by flying it: thrust is finite, and what counts is the
perigee that it leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import root_scalar

from pointnemo.descent.geometry import unwrapped_argument_of_latitude
from pointnemo.errors import FlightError
from pointnemo.motion.burns import BurnCommand, apsides_km, burn_duration_s
from pointnemo.motion.lastdays import Environment, Flight, State, fly
from pointnemo.motion.mean_elements import Mean, axes_of_pole, osculating_from_mean
from pointnemo.results import FloatArray
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

if TYPE_CHECKING:
    from pointnemo.descent.engine import Engine
    from pointnemo.scenario.models import FinalBurn

__all__ = ["FlownBurn", "FlownSequence", "HandOver", "fly_sequence", "next_passage", "sized_burn"]

LEAST_STEP_KM = 1.0  # a burn that lowers the perigee by less is not made
LEAST_DELTA_V_MPS = 0.05
MOST_EXTRA_MPS = 4.0  # above one and a half times the impulsive estimate
DELTA_V_TOLERANCE_MPS = 0.005  # some 20 m of perigee
SAMPLE_S = 60.0


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
    """A burn as flown, with the states at its two ends (GCRS, km and km/s)."""

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


@dataclass(frozen=True)
class FlownSequence:
    """The whole flight from the hand-over to the ground of a reference body that never breaks up."""

    flight: Flight
    burns: tuple[FlownBurn, ...]


def fly_sequence(
    hand_over: HandOver,
    burns: tuple[tuple[str, FinalBurn], ...],
    engine: Engine,
    phase_rad: float,
    burn_argument_rad: float,
    waiting_revolutions: int,
    environment: Environment,
) -> FlownSequence:
    """Fly hand-over, burns and fall for one choice of phase and burn position.

    Args:
        hand_over: where the flight starts.
        burns: (id, burn) in the order in which they are made; the last one has ``revolutions_before_final`` 0.
        engine: what makes them.
        phase_rad: argument of latitude at the hand-over; the free parameter that targeting sets.
        burn_argument_rad: argument of latitude on which every burn is centred.
        waiting_revolutions: whole revolutions to wait before the first burn.
        environment: forces prepared for the interval.

    Returns:
        The flight down to the ground and the burns.

    Raises:
        FlightError: the station comes down before the final burn.
    """
    mean = hand_over.mean._replace(argument_of_latitude_rad=phase_rad)
    to_date = axes_of_pole(environment.pole)
    position, velocity = (to_date.T @ vector for vector in osculating_from_mean(mean))
    state = State(hand_over.tt_s, position, velocity, hand_over.mass_kg)
    flown: list[FlownBurn] = []
    gap = waiting_revolutions
    for index, (key, burn) in enumerate(burns):
        if index > 0:
            gap += burns[index - 1][1].revolutions_before_final - burn.revolutions_before_final
        centre = next_passage(state, engine, burn_argument_rad, gap, environment, first=not flown)
        one = sized_burn(key, burn, engine, state, centre, environment)
        if one is None:  # drag has done its work: the next burn counts its revolutions from the one before
            continue
        flown.append(one)
        gap = 0
        state = State(one.command.start_tt_s + one.duration_s, *one.after, one.mass_before_kg - one.propellant_kg)
    start = State(hand_over.tt_s, position, velocity, hand_over.mass_kg)
    horizon = state.tt_s + 86400.0
    commands = [one.command for one in flown]
    flight = fly(start, commands, environment, stop_height_km=0.0, stop_tt_s=horizon, sample_s=SAMPLE_S)
    if flight.stop != "height":
        raise FlightError(
            f"the final burn leaves a perigee of {flown[-1].perigee_after_km:.0f} km: no entry within a day"
        )
    return FlownSequence(flight, tuple(flown))


def next_passage(
    state: State, engine: Engine, argument_rad: float, gap: int, environment: Environment, *, first: bool = False
) -> float:
    """Time of the passage over an argument of latitude that comes ``gap`` revolutions after the burn just made.

    The first burn waits ``gap`` revolutions after the first passage that leaves it 0.4 of one (half of the longest
    burn, and time to settle); a later one takes the passage nearest to ``gap`` whole revolutions on.

    Args:
        state: where the coast begins.
        engine: steers on the way.
        argument_rad: argument of latitude on the GCRS equator.
        gap: whole revolutions.
        environment: forces prepared for the interval.
        first: no burn has been made before.

    Returns:
        TT seconds since J2000.

    Raises:
        FlightError: the station comes down before.
    """
    period = 2 * np.pi * np.sqrt(_semi_major_axis_km(state.position_km, state.velocity_km_s) ** 3 / MU_KM3_S2)
    stop = state.tt_s + (gap + 1.6) * period
    coast = fly(state, [], environment, stop_height_km=80.0, stop_tt_s=stop, sample_s=SAMPLE_S)
    if coast.stop == "height":
        raise FlightError(
            "the station comes down before the next burn: start the targeted burns higher, or put them closer"
        )
    angle = unwrapped_argument_of_latitude(coast.position_km, coast.velocity_km_s)
    earliest = angle[0] + (0.8 * np.pi if first else (2 * gap - 1) * np.pi)
    passage = argument_rad + 2 * np.pi * np.ceil((earliest - argument_rad) / (2 * np.pi))
    wanted = passage + (2 * np.pi * gap if first else 0.0)
    return float(np.interp(wanted, angle, coast.tt_s))


def sized_burn(
    key: str, burn: FinalBurn, engine: Engine, state: State, centre_tt_s: float, environment: Environment
) -> FlownBurn | None:
    """The burn centred on an instant that leaves the wanted osculating perigee, by root-finding on flown burns.

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
        FlightError: no burn leaves that perigee.
    """
    thrust, specific_impulse_s = engine.thrust_n(burn), engine.effective_impulse_s
    radius = float(np.linalg.norm(state.position_km))
    axis = _semi_major_axis_km(state.position_km, state.velocity_km_s)
    guess = 1000.0 * (
        np.sqrt(MU_KM3_S2 * (2 / radius - 1 / axis))
        - np.sqrt(MU_KM3_S2 * (2 / radius - 2 / (radius + EARTH_RADIUS_KM + burn.perigee_km)))
    )
    # The long coast is flown once, to a little before the earliest start that the search can ask for.
    longest = _duration_s(state.mass_kg, thrust, specific_impulse_s, 1.5 * max(guess, 0.0) + MOST_EXTRA_MPS)
    near = fly(
        state, [], environment, stop_height_km=80.0, stop_tt_s=centre_tt_s - longest / 2, sample_s=SAMPLE_S
    ).final_state
    if apsides_km(near.position_km, near.velocity_km_s)[0] < burn.perigee_km + LEAST_STEP_KM:
        return None

    def flown(delta_v: float) -> tuple[FlownBurn, float]:
        duration = _duration_s(state.mass_kg, thrust, specific_impulse_s, delta_v)
        start = max(centre_tt_s - duration / 2, near.tt_s)
        before = fly(near, [], environment, stop_height_km=80.0, stop_tt_s=start, sample_s=SAMPLE_S).final_state
        command = BurnCommand(start, delta_v, thrust, specific_impulse_s, True, key)
        end = start + duration
        after = fly(before, [command], environment, stop_height_km=80.0, stop_tt_s=end, sample_s=SAMPLE_S).final_state
        perigee_before, apogee_before = apsides_km(before.position_km, before.velocity_km_s)
        perigee_after, apogee_after = apsides_km(after.position_km, after.velocity_km_s)
        made = FlownBurn(
            command,
            duration,
            before.mass_kg - after.mass_kg,
            before.mass_kg,
            (before.position_km, before.velocity_km_s),
            (after.position_km, after.velocity_km_s),
            perigee_before,
            apogee_before,
            perigee_after,
            apogee_after,
        )
        return made, perigee_after - burn.perigee_km

    if flown(LEAST_DELTA_V_MPS)[1] < 0:  # drag does it on the way to the burn
        return None
    most = 1.5 * max(guess, 0.0) + MOST_EXTRA_MPS
    try:
        # More velocity always leaves a lower perigee: the root is bracketed once the most is enough.
        found = root_scalar(lambda dv: flown(dv)[1], bracket=(LEAST_DELTA_V_MPS, most), xtol=DELTA_V_TOLERANCE_MPS)
    except ValueError as error:
        text = f"burn {key!r} cannot be sized to leave a perigee of {burn.perigee_km:g} km with up to {most:.1f} m/s"
        raise FlightError(text) from error
    return flown(float(found.root))[0]


def _duration_s(mass_kg: float, thrust_n: float, specific_impulse_s: float, delta_v_mps: float) -> float:
    return burn_duration_s(mass_kg, BurnCommand(0.0, delta_v_mps, thrust_n, specific_impulse_s, True, ""))


def _semi_major_axis_km(position_km: FloatArray, velocity_km_s: FloatArray) -> float:
    """Osculating semi-major axis by vis-viva, km."""
    return float(1 / (2 / np.linalg.norm(position_km) - np.dot(velocity_km_s, velocity_km_s) / MU_KM3_S2))
