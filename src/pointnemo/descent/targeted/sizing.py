"""A burn of the last days: how long it must last for the perigee that it is to leave, and what it was when flown.

Thrust is finite, and what counts is the perigee that a burn leaves: each is sized by flying it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log1p
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import root_scalar

from pointnemo.errors import FlightError
from pointnemo.motion.burns import (
    STANDARD_GRAVITY_M_S2,
    BurnCommand,
    apsides_km,
    burn_duration_s,
    mass_flow_kg_s,
)
from pointnemo.motion.lastdays import Environment, State, fly
from pointnemo.results import FloatArray
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

if TYPE_CHECKING:
    from pointnemo.descent.targeted.engine import Engine
    from pointnemo.scenario.models import FinalBurn

__all__ = [
    "LEAST_DELTA_V_MPS",
    "LOWEST_COAST_KM",
    "FlownBurn",
    "check_length",
    "duration_of_s",
    "impulse_mps",
    "revolution_s",
    "semi_major_axis_km",
    "sized_burn",
    "timed_burn",
    "with_impulse",
]

LEAST_STEP_KM = 1.0  # a burn that lowers the perigee by less is not made
LEAST_DELTA_V_MPS = 0.05
MOST_EXTRA_MPS = 4.0  # above one and a half times the impulsive estimate
DELTA_V_TOLERANCE_MPS = 0.005  # some 20 m of perigee
LOWEST_COAST_KM = 80.0


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


def revolution_s(a_km: float) -> float:
    """Kepler's period, s."""
    return float(2 * np.pi * np.sqrt(a_km**3 / MU_KM3_S2))


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
    impulsive = max(impulse_mps(middle, burn.perigee_km), 0.0)
    check_length(key, duration_of_s(state.mass_kg, thrust, impulse, impulsive), semi_major_axis_km(middle))
    most = 1.5 * impulsive + MOST_EXTRA_MPS
    # The coast is flown once, to a little before the earliest start that the search can ask for.
    longest = duration_of_s(state.mass_kg, thrust, impulse, most)
    near = _coast_to(state, centre_tt_s - longest / 2, engine, environment)
    if apsides_km(near.position_km, near.velocity_km_s)[0] < burn.perigee_km + LEAST_STEP_KM:
        return None

    def flown(delta_v: float) -> tuple[FlownBurn, float]:
        duration = duration_of_s(near.mass_kg, thrust, impulse, delta_v)
        one = timed_burn(key, burn, engine, near, centre_tt_s, duration, environment)
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
    return with_impulse(flown(float(found.root))[0], engine, near, environment)


def check_length(key: str, duration_s: float, a_km: float) -> None:
    """A burn that goes on all round the orbit lowers no perigee."""
    if duration_s > revolution_s(a_km):
        raise FlightError(
            f"burn {key!r} would take {duration_s / 3600:.1f} h, more than a revolution: burn more thrusters "
            "(thrusters, thruster_thrust_n in descent.burns), or lower the perigee in smaller steps"
        )


def timed_burn(
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


def with_impulse(one: FlownBurn, engine: Engine, state: State, environment: Environment) -> FlownBurn:
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


def impulse_mps(state: State, perigee_km: float) -> float:
    """Impulse against the velocity that would leave a perigee half a revolution on, if the path is level here, m/s."""
    radius = float(np.linalg.norm(state.position_km))
    here = np.sqrt(MU_KM3_S2 * (2 / radius - 1 / semi_major_axis_km(state)))
    return float(1000.0 * (here - np.sqrt(MU_KM3_S2 * (2 / radius - 2 / (radius + EARTH_RADIUS_KM + perigee_km)))))


def duration_of_s(mass_kg: float, thrust_n: float, specific_impulse_s: float, delta_v_mps: float) -> float:
    """How long a burn of a delta-v takes, s."""
    return burn_duration_s(mass_kg, BurnCommand(0.0, delta_v_mps, thrust_n, specific_impulse_s, True, ""))


def semi_major_axis_km(state: State) -> float:
    """Osculating semi-major axis by vis-viva, km."""
    speed2 = float(np.dot(state.velocity_km_s, state.velocity_km_s))
    return float(1 / (2 / np.linalg.norm(state.position_km) - speed2 / MU_KM3_S2))
