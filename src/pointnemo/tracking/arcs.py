"""Arcs: from one fix to the next with burns as finite thrust and one constant drag area.

An error of drag shows along the track, growing with the square of time, and hardly anywhere else. So the drag area is
found by nulling the along-track miss; what is then left in semi-major axis and e-vector is what drag cannot do: a burn
that nobody announced, or one that was made otherwise than planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import FlightError
from pointnemo.motion.burns import BurnCommand, burn_duration_s
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.motion.lastdays import Environment, Flight, Forces, State, fly, prepare
from pointnemo.tracking.burns import rtn_axes
from pointnemo.tracking.fixes import DAY_S, Fix
from pointnemo.world import World
from pointnemo.world.earth import EARTH_RADIUS_KM, EarthOrientation

__all__ = [
    "Arc",
    "Gap",
    "MassStep",
    "along_km",
    "arc_environment",
    "fit_arc",
    "fly_legs",
    "gap_between",
    "lowest_height_km",
    "miss_rtn_km",
]

FloatArray = NDArray[np.float64]

GRAVITY_DEGREE = 30  # against 36: a metre in two weeks
FIRST_CD_AREA_M2 = 3400.0
LOW_TABLE_KM = 200.0
TOLERANCE, LONGEST_STEP_S = 3e-11, 300.0  # half a metre after two weeks: less than any fix is worth
CLOSE_KM = 1e-3  # an along-track metre is less than any fix is worth
MOST_FLIGHTS = 10
LEAST_M2 = 1e-6  # an area of zero would leave the air out, and with it its tables
LOWEST_M2, HIGHEST_M2 = -60_000.0, 120_000.0  # an arc with an unannounced burn fits anything: let it show
ONLY_ENDS_S = 1e9  # sample spacing of a flight of which only the end is wanted


class MassStep(NamedTuple):
    """A vehicle docks (positive) or leaves.

    Attributes:
        tt_s: when.
        step_kg: by how much the stack becomes heavier.
    """

    tt_s: float
    step_kg: float


class Gap(NamedTuple):
    """Mean elements of one state minus those of another at the same instant, as lengths, km.

    Attributes:
        a_km: semi-major axis.
        ex_km: e cos(perigee) times the semi-major axis.
        ey_km: e sin(perigee) times the semi-major axis.
        along_km: along the track, curved, positive ahead.
    """

    a_km: float
    ex_km: float
    ey_km: float
    along_km: float


@dataclass(frozen=True)
class Arc:
    """One fitted arc.

    Attributes:
        start, end: the fixes.
        mass_kg: at the start.
        burns: flown within.
        mass_steps: likewise.
        cd_area_m2: constant drag area that nulls the along-track miss.
        along_per_m2: how far a square metre more carries the end ahead, km.
        gap: flown minus tracked at the end, with that area.
        miss_rtn_km: the same as a straight line, radial, along-track, cross-track of the tracked orbit.
    """

    start: Fix
    end: Fix
    mass_kg: float
    burns: tuple[BurnCommand, ...]
    mass_steps: tuple[MassStep, ...]
    cd_area_m2: float
    along_per_m2: float
    gap: Gap
    miss_rtn_km: FloatArray

    @property
    def days(self) -> float:
        """Length of the arc."""
        return (self.end.tt_s - self.start.tt_s) / DAY_S


def miss_rtn_km(r_km: FloatArray, v_km_s: FloatArray, offset_km: FloatArray) -> FloatArray:
    """Resolve offsets along orbits: radial outward, along-track forward, cross-track along r x v.

    Args:
        r_km: positions, shape (..., 3).
        v_km_s: velocities, shape (..., 3).
        offset_km: shape (..., 3).

    Returns:
        Shape (..., 3).
    """
    return np.einsum("...ij,...j->...i", rtn_axes(r_km, v_km_s), offset_km)


def gap_between(state: State, fix: Fix, eo: EarthOrientation) -> Gap:
    """A flown state minus a tracked one at the same instant, in mean elements."""
    flown = steady_mean(state.tt_s, state.position_km, state.velocity_km_s, eo)
    a = fix.mean.a_km
    turned = _wrapped(flown.node_rad - fix.mean.node_rad) * np.cos(fix.mean.inclination_rad)
    along = _wrapped(flown.argument_of_latitude_rad - fix.mean.argument_of_latitude_rad) + turned
    return Gap(flown.a_km - a, a * (flown.ex - fix.mean.ex), a * (flown.ey - fix.mean.ey), float(a * along))


def _wrapped(angle: float) -> float:
    return (angle + np.pi) % (2.0 * np.pi) - np.pi


def arc_environment(
    world: World, start_tt_s: float, stop_tt_s: float, lowest_km: float = 0.0, degree: int = GRAVITY_DEGREE
) -> Environment:
    """What nature does along an arc; drag area and burns are given with each flight.

    Args:
        world: space weather and Earth orientation.
        start_tt_s: TT seconds since J2000.
        stop_tt_s: likewise.
        lowest_km: as from ``lowest_height_km``.
        degree: of the gravity field.

    Raises:
        WorldError: nothing is known about the Sun or the Earth on one of the days.
    """
    forces = Forces(FIRST_CD_AREA_M2, gravity_degree=degree)
    return prepare(world, start_tt_s, stop_tt_s, forces, lowest_km=lowest_km)


def lowest_height_km(fix: Fix) -> float:
    """Height below which nothing that starts from a fix will be flown: tables from there on up are cheaper.

    A station loses less than 60 km in two months from where this gives more than the ground.
    """
    perigee_km = fix.mean.a_km * (1.0 - float(np.hypot(fix.mean.ex, fix.mean.ey))) - EARTH_RADIUS_KM
    return LOW_TABLE_KM if perigee_km > LOW_TABLE_KM + 100.0 else 0.0


def fly_legs(
    start: State,
    stop_tt_s: float,
    environment: Environment,
    cd_area_m2: float | Sequence[tuple[float, float]],
    burns: Sequence[BurnCommand] = (),
    mass_steps: Sequence[MassStep] = (),
    sample_s: float = ONLY_ENDS_S,
) -> tuple[Flight, ...]:
    """Fly from one state to an instant, piece by piece where the mass or the drag area jumps.

    Args:
        start: the state.
        stop_tt_s: within the environment.
        environment: of the arc.
        cd_area_m2: constant, or (from TT seconds, area) in order, the first holding from the start. It may be negative,
            so that a fit can pass through zero.
        burns: those that begin before the start or after the stop are left out; a jump within a burn is put at its end.
        mass_steps: vehicles that dock or leave.
        sample_s: spacing of the samples.

    Returns:
        One flight per piece.

    Raises:
        FlightError: the flight cannot go on.
    """
    areas = [(start.tt_s, cd_area_m2)] if isinstance(cd_area_m2, float | int) else list(cd_area_m2)
    wanted = sorted((burn for burn in burns if start.tt_s <= burn.start_tt_s < stop_tt_s), key=lambda b: b.start_tt_s)
    jumps = [(step.tt_s, step.step_kg, None) for step in mass_steps] + [(tt_s, 0.0, area) for tt_s, area in areas[1:]]
    cuts = [
        (_outside(tt_s, wanted, start.mass_kg), kg, area) for tt_s, kg, area in jumps if start.tt_s < tt_s < stop_tt_s
    ]
    pieces: list[Flight] = []
    state, area = start, areas[0][1]
    for stop, step_kg, next_area in [*sorted(cuts, key=lambda cut: cut[0]), (stop_tt_s, 0.0, None)]:
        stop = min(stop, stop_tt_s)
        if stop > state.tt_s or not pieces:
            here = [burn for burn in wanted if state.tt_s <= burn.start_tt_s < stop]
            air = replace(environment, forces=environment.forces._replace(cd_area_m2=float(area) or LEAST_M2))
            flight = fly(
                state, here, air, stop_height_km=environment.lowest_km, stop_tt_s=stop, sample_s=sample_s,
                tolerance=TOLERANCE, longest_step_s=LONGEST_STEP_S,
            )  # fmt: skip
            if flight.stop == "height":
                raise FlightError(f"the orbit falls below {environment.lowest_km:.0f} km within the arc")
            pieces.append(flight)
            state = flight.final_state
        state = state._replace(mass_kg=state.mass_kg + step_kg)
        area = area if next_area is None else next_area
    return tuple(pieces)


def _outside(tt_s: float, burns: Sequence[BurnCommand], mass_kg: float) -> float:
    """The instant, or the end of the burn that it falls into."""
    for burn in burns:
        end = burn.start_tt_s + burn_duration_s(mass_kg, burn)
        if burn.start_tt_s < tt_s < end:
            return end + 1.0
    return tt_s


def fit_arc(
    start: Fix,
    end: Fix,
    environment: Environment,
    eo: EarthOrientation,
    mass_kg: float,
    burns: Sequence[BurnCommand] = (),
    mass_steps: Sequence[MassStep] = (),
    guess_m2: float = FIRST_CD_AREA_M2,
) -> Arc:
    """Find the constant drag area that carries one fix to another without an along-track miss (secant method).

    Args:
        start: first fix.
        end: later one.
        environment: of the arc.
        eo: Earth orientation.
        mass_kg: at the start.
        burns: finite burns within.
        mass_steps: vehicles that dock or leave within.
        guess_m2: where the search begins; any value of the right size does.

    Returns:
        The arc.

    Raises:
        FlightError: no drag area does it: the fixes do not belong together, or a large burn is missing.
    """
    begin = State(start.tt_s, start.position_km, start.velocity_km_s, mass_kg)

    def flown(cd_area_m2: float) -> tuple[State, float]:
        final = fly_legs(begin, end.tt_s, environment, cd_area_m2, burns, mass_steps)[-1].final_state
        return final, along_km(final.position_km, end.position_km, end.velocity_km_s)

    before = guess_m2
    _, along_before = flown(before)
    area = 1.1 * before
    slope = np.nan
    for _ in range(MOST_FLIGHTS):
        final, along = flown(area)
        slope = (along - along_before) / (area - before)
        if abs(along) < CLOSE_KM:
            straight = miss_rtn_km(end.position_km, end.velocity_km_s, final.position_km - end.position_km)
            return Arc(
                start, end, mass_kg, tuple(burns), tuple(mass_steps), area, slope, gap_between(final, end, eo), straight
            )
        before, along_before = area, along
        area = area - along / slope if slope else np.inf
        if not LOWEST_M2 < area < HIGHEST_M2:
            break
    raise FlightError(
        f"no drag area carries {start.name} to {end.name} ({(end.tt_s - start.tt_s) / DAY_S:.1f} days): "
        "do they belong together, or is a large burn missing?"
    )


def along_km(r_km: FloatArray, near_r_km: FloatArray, near_v_km_s: FloatArray) -> float:
    """How far a place lies ahead of a state, along the curved track of that state, km.

    Args:
        r_km: the place, shape (3,).
        near_r_km: position of the state, shape (3,).
        near_v_km_s: velocity of the state, shape (3,).
    """
    radial, forward, _ = rtn_axes(near_r_km, near_v_km_s)
    return float(np.arctan2(r_km @ forward, r_km @ radial) * np.linalg.norm(near_r_km))
