"""The last days, numerically: from the targeting orbit through finite burns to the ground.

``prepare`` gathers what nature does between two instants (density by day, Sun, Moon, the turning of the Earth) and the
forces that act; ``fly`` then flies any number of states through it. Inside is one compiled kernel
(``lastdays_kernel``) in Earth-fixed axes and SI; states are GCRS, km and km/s here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import FlightError, WorldError
from pointnemo.motion.burns import BurnCommand, apsides_km, burn_duration_s, mass_flow_kg_s, thrust_components_n
from pointnemo.motion.gravity import Gravity, load_gravity
from pointnemo.motion.lastdays_kernel import LONGEST_STEP_S, LOST, REACHED_HEIGHT, Body, Skies, fly_arc
from pointnemo.world import atmosphere, earth
from pointnemo.world import time as clock

if TYPE_CHECKING:
    from pointnemo.world import World

__all__ = [
    "BurnCommand",
    "Crossing",
    "Environment",
    "Flight",
    "Forces",
    "State",
    "apsides_km",
    "crossing",
    "fly",
    "prepare",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NODE_STEP_S = 1800.0
DEFAULT_TOLERANCE = 1e-11  # 0.2 m at 60 km after an entry from 120 km; less than a millimetre after a day in orbit
COAST = "coast"
SAME_HEIGHT_KM = 1e-5  # a flight that was stopped at a height ends within a millimetre or two of it


class State(NamedTuple):
    """Where a body is.

    Attributes:
        tt_s: TT seconds since J2000.
        position_km: GCRS, shape (3,).
        velocity_km_s: GCRS, shape (3,).
        mass_kg: kg.
    """

    tt_s: float
    position_km: FloatArray
    velocity_km_s: FloatArray
    mass_kg: float


class Forces(NamedTuple):
    """Which forces act on the body.

    Attributes:
        cd_area_m2: drag coefficient times area in free-molecular flow; 0 leaves the air out.
        characteristic_length_m: what the mean free path is compared with as the flow becomes continuous. A choice: 20 m
            lies between the diameter of a module (4 m) and the span of the station (109 m).
        gravity_degree: degree and order of EGM2008, 2..36.
        sun_moon: attraction of Sun and Moon.
        density_scale: factor on the density of the model.
        static_air: US Standard Atmosphere 1976 instead of NRLMSISE-00 under the weather of the day.
    """

    cd_area_m2: float
    characteristic_length_m: float = 20.0
    gravity_degree: int = 16
    sun_moon: bool = True
    density_scale: float = 1.0
    static_air: bool = False


@dataclass(frozen=True)
class Environment:
    """Everything outside the body between two instants, ready for the kernel.

    Attributes:
        start_tt_s: first instant, time zero of the kernel.
        stop_tt_s: last instant.
        forces: as given to ``prepare``.
        gravity: the field.
        skies: Sun, Moon and rotation at equal steps.
        matrices: GCRS to ITRS at the nodes of ``skies``, shape (n, 3, 3).
        air_until_s: end of each day of air, seconds after ``start_tt_s``, rising, shape (days,).
        air: one density table per day.
        lowest_km: geodetic height down to which the air is tabulated; no flight goes lower.
    """

    start_tt_s: float
    stop_tt_s: float
    forces: Forces
    gravity: Gravity
    skies: Skies
    matrices: FloatArray
    air_until_s: FloatArray
    air: tuple[atmosphere.EpochTable, ...]
    lowest_km: float = 0.0

    @property
    def pole(self) -> FloatArray:
        """Unit vector of the Earth's pole in GCRS at the start, shape (3,)."""
        return self.matrices[1, 2]


@dataclass(frozen=True)
class Flight:
    """A flown trajectory.

    Samples lie every ``sample_s``, at UTC midnights, and twice at each border between segments.

    Attributes:
        tt_s: TT seconds since J2000, shape (n,).
        position_km: GCRS, shape (n, 3).
        velocity_km_s: GCRS, shape (n, 3).
        mass_kg: shape (n,).
        height_km: geodetic, WGS 84, shape (n,).
        latitude_deg: geodetic, shape (n,).
        longitude_deg: -180..180, east positive, shape (n,).
        climb_km_s: rate of ``height_km``, shape (n,).
        segment: index into ``segments``, shape (n,).
        segments: ``coast`` or the id of a burn, in order.
        propellant_kg: what each burn that was begun has used.
        stop: what ended the flight.
        final_state: last sample.
        final_itrs_position_m: Earth-fixed, shape (3,).
        final_itrs_velocity_mps: relative to the Earth, as ``earth.gcrs_to_itrs_state`` defines it, shape (3,).
    """

    tt_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray
    mass_kg: FloatArray
    height_km: FloatArray
    latitude_deg: FloatArray
    longitude_deg: FloatArray
    climb_km_s: FloatArray
    segment: IntArray
    segments: tuple[str, ...]
    propellant_kg: dict[str, float]
    stop: Literal["height", "time"]
    final_state: State
    final_itrs_position_m: FloatArray
    final_itrs_velocity_mps: FloatArray


class Crossing(NamedTuple):
    """Instant and GCRS state at which a flight falls through a height."""

    tt_s: float
    state: State


class _Segment(NamedTuple):
    """A coast or a burn as planned, times in seconds of the environment."""

    name: str
    start_s: float
    stop_s: float
    mass_kg: float
    burn: BurnCommand | None


class _Arc(NamedTuple):
    """Samples of one kernel call."""

    segment: int
    times_s: FloatArray
    states: FloatArray
    masses_kg: FloatArray


# --- environment ---------------------------------------------------------------------------------------------------


def prepare(
    world: World, start_tt_s: float, stop_tt_s: float, forces: Forces, *, lowest_km: float = 0.0
) -> Environment:
    """Tabulate what nature does between two instants.

    Args:
        world: Earth orientation and space weather.
        start_tt_s: first instant, TT seconds since J2000.
        stop_tt_s: last instant.
        forces: which forces will act.
        lowest_km: geodetic height below which no flight will go. A day of air takes 35 ms to tabulate from the ground,
            11 ms from 200 km.

    Returns:
        An environment for any number of flights within the interval.

    Raises:
        WorldError: weather or Earth orientation do not reach that far, or the gravity degree is not shipped.
        FlightError: the interval is empty or the forces make no sense.
    """
    if not stop_tt_s > start_tt_s:
        raise FlightError(f"an environment needs a positive interval, not {stop_tt_s - start_tt_s:g} s")
    if not (forces.cd_area_m2 >= 0 and forces.characteristic_length_m > 0 and forces.density_scale >= 0):
        raise FlightError(f"drag area and density scale must be >= 0 and the characteristic length > 0: {forces}")
    count = int(np.ceil((stop_tt_s - start_tt_s) / NODE_STEP_S)) + 4  # one node before, two after
    nodes = start_tt_s + NODE_STEP_S * (np.arange(count) - 1.0)
    matrices = earth.gcrs_to_itrs(nodes, world.earth)
    skies = Skies(
        NODE_STEP_S,
        np.einsum("nij,nj->ni", matrices, earth.sun_gcrs_km(nodes)) * 1000.0,
        np.einsum("nij,nj->ni", matrices, earth.moon_gcrs_km(nodes)) * 1000.0,
        _mean_rotation(matrices, NODE_STEP_S),
    )
    until, air = _daily_air(world, start_tt_s, stop_tt_s, forces, lowest_km)
    gravity = load_gravity(forces.gravity_degree)
    return Environment(start_tt_s, stop_tt_s, forces, gravity, skies, matrices, until, air, lowest_km)


def _mean_rotation(matrices: FloatArray, step_s: float) -> FloatArray:
    """Rotation vector of turning axes between neighbouring nodes, rad/s, shape (n - 1, 3).

    The rotation that takes one node's axes into the next is a turn about one axis; its angle and axis follow from the
    antisymmetric part of the matrix (Shuster 1993, J. Astronaut. Sci. 41, eqs. 113-115).
    """
    turn = np.einsum("nij,nkj->nik", matrices[1:], matrices[:-1])
    twice_sine = np.stack(
        [turn[:, 1, 2] - turn[:, 2, 1], turn[:, 2, 0] - turn[:, 0, 2], turn[:, 0, 1] - turn[:, 1, 0]], axis=-1
    )
    sine = 0.5 * np.linalg.norm(twice_sine, axis=-1)
    return twice_sine * (np.arcsin(sine) / (2.0 * sine * step_s))[:, None]


def _daily_air(
    world: World, start_tt_s: float, stop_tt_s: float, forces: Forces, lowest_km: float
) -> tuple[FloatArray, tuple[atmosphere.EpochTable, ...]]:
    """One density table per UTC day, and where each ends. Static or absent air is one table for the whole interval."""
    if forces.static_air or forces.cd_area_m2 == 0.0:
        return np.array([stop_tt_s - start_tt_s]), (atmosphere.us76_table(),)
    first, last = (int(np.floor(clock.mjd_utc(tt_s))) for tt_s in (start_tt_s, stop_tt_s))
    days = np.arange(first, last + 1)
    until = np.minimum(clock.from_mjd_utc(days + 1.0), stop_tt_s) - start_tt_s
    air = []
    for day in days:
        noon = float(day) + 0.5
        f107, f107a, ap = (float(value) for value in world.weather.msis(noon))
        air.append(_air_of_day(noon, f107, f107a, ap, lowest_km))
    return until, tuple(air)


@lru_cache(maxsize=64)
def _air_of_day(mjd_utc: float, f107: float, f107a: float, ap: float, lowest_km: float) -> atmosphere.EpochTable:
    """Density table of one day; kept, because plans prepare overlapping intervals again and again."""
    return atmosphere.epoch_table(mjd_utc, f107, f107a, ap, lowest_km)


def matrices_at(times_s: FloatArray, environment: Environment) -> FloatArray:
    """GCRS to ITRS at any time: the node before, turned on by the mean rotation of its interval (Rodrigues).

    This is the frame in which the kernel flies; it follows the exact one within a millimetre of a low orbit.

    Args:
        times_s: seconds after the start of the environment, shape (n,).
        environment: its nodes.

    Returns:
        Shape (n, 3, 3).
    """
    skies = environment.skies
    index = np.clip((times_s / skies.step_s + 1.0).astype(np.int64), 1, len(skies.sun_m) - 3)
    turned = skies.rotation_rad_s[index] * (times_s - (index - 1) * skies.step_s)[:, None]
    angle = np.linalg.norm(turned, axis=-1)
    axis = turned / np.where(angle > 0.0, angle, 1.0)[:, None]
    cross = np.zeros((len(times_s), 3, 3))
    cross[:, 0, 1], cross[:, 0, 2], cross[:, 1, 2] = axis[:, 2], -axis[:, 1], axis[:, 0]
    cross -= np.swapaxes(cross, 1, 2)
    sine, versine = np.sin(angle)[:, None, None], (1.0 - np.cos(angle))[:, None, None]
    turn = np.eye(3) + sine * cross + versine * (cross @ cross)
    return turn @ environment.matrices[index]


# --- flight --------------------------------------------------------------------------------------------------------


def fly(
    state: State,
    burns: Sequence[BurnCommand],
    environment: Environment,
    *,
    stop_height_km: float,
    stop_tt_s: float,
    sample_s: float = 60.0,
    tolerance: float = DEFAULT_TOLERANCE,
    longest_step_s: float = LONGEST_STEP_S,
    coast_flow_kg_s: float = 0.0,
) -> Flight:
    """Fly a body through coasts and burns until it falls to a height or time is up.

    Args:
        state: start, above ``stop_height_km`` and within the environment.
        burns: in any order, not overlapping, none before the start; those after the stop are not begun.
        environment: from ``prepare``.
        stop_height_km: geodetic height that ends the flight; 0 or less: the ground.
        stop_tt_s: latest end, TT seconds since J2000, within the environment.
        sample_s: spacing of the samples, counted from the start.
        tolerance: largest error of one step as a share of 6400 km and 7.7 km/s.
        longest_step_s: no step is longer; up to 300 s samples between steps stay good to a quarter of a metre.
        coast_flow_kg_s: mass that leaves without thrust while no burn is on: the propellant of attitude control.

    Returns:
        The flight.

    Raises:
        FlightError: start below the stop height, a stop height below the air of the environment, burns that overlap or
            start too early, a negative flow, or a step that does not converge.
        WorldError: start or stop lie outside the environment.
    """
    stop_height_km = max(stop_height_km, 0.0)
    if stop_height_km < environment.lowest_km:
        raise FlightError(
            f"a flight down to {stop_height_km:g} km needs an environment whose air reaches down there, not one from "
            f"{environment.lowest_km:g} km up: prepare it with that lowest height"
        )
    check_interval(state.tt_s, stop_tt_s, environment)
    segments = _segments(state, burns, stop_tt_s, environment, coast_flow_kg_s)
    start_s = segments[0].start_s
    vector = _to_kernel(state, start_s, environment)
    _check_start(vector, stop_height_km)
    arcs: list[_Arc] = []
    step_s = 30.0
    stop: Literal["height", "time"] = "time"
    for number, segment in enumerate(segments):
        body = _body(segment, environment.forces, coast_flow_kg_s)
        for air, from_s, to_s in _days(segment, environment):
            wanted = _sample_times(from_s, to_s, start_s, sample_s)
            samples = np.empty((len(wanted), 6))
            first = vector.copy()
            status, end_s, taken, step_s = fly_arc(
                from_s, to_s, vector, stop_height_km * 1000.0, wanted, samples, tolerance, step_s,
                longest_step_s, body, environment.gravity, environment.skies, environment.air[air],
            )  # fmt: skip
            if status == LOST:
                raise FlightError(
                    f"the last-days flight cannot go on {end_s - start_s:.1f} s after its start: the step vanished"
                )
            times = np.concatenate([[from_s], wanted[:taken], [end_s]])
            states = np.vstack([first, samples[:taken], vector])
            # midnight within a segment has been sampled as the end of the arc before
            keep = slice(1, None) if arcs and arcs[-1].segment == number else slice(None)
            mass = body.mass_kg - body.flow_kg_s * (times - body.since_s)
            arcs.append(_Arc(number, times[keep], states[keep], mass[keep]))
            if status == REACHED_HEIGHT:
                stop = "height"
                break
        if stop == "height":
            break
    return _flight(arcs, segments, stop, environment)


def check_interval(start_tt_s: float, stop_tt_s: float, environment: Environment) -> None:
    """Hold a flight to its environment.

    Args:
        start_tt_s: start, TT seconds since J2000.
        stop_tt_s: latest end.
        environment: what it is to fly in.

    Raises:
        WorldError: start or stop lie outside, or the stop before the start.
    """
    if not environment.start_tt_s <= start_tt_s <= stop_tt_s <= environment.stop_tt_s:
        raise WorldError(
            f"a flight from {clock.to_utc(start_tt_s)} to {clock.to_utc(stop_tt_s)} does not lie in its environment",
            clock.to_utc(environment.start_tt_s),
            clock.to_utc(environment.stop_tt_s),
        )


def _check_start(vector: FloatArray, stop_height_km: float) -> None:
    if not np.all(np.isfinite(vector)):
        raise FlightError("the start state of a flight holds a number that is not finite")
    height_km = float(earth.geodetic(vector[:3] / 1000.0)[2])
    if height_km <= stop_height_km:
        raise FlightError(
            f"the flight starts at {height_km:.3f} km, not above the {stop_height_km:g} km at which it is to end"
        )


def _segments(
    state: State, burns: Sequence[BurnCommand], stop_tt_s: float, environment: Environment, coast_flow_kg_s: float
) -> tuple[_Segment, ...]:
    """Coasts and burns in order, each with the mass at its start; the last one ends at the stop time."""
    if not coast_flow_kg_s >= 0.0:
        raise FlightError(f"mass cannot come in while coasting: {coast_flow_kg_s:g} kg/s")
    now, stop = state.tt_s - environment.start_tt_s, stop_tt_s - environment.start_tt_s
    mass = state.mass_kg
    planned: list[_Segment] = []
    for burn in sorted(burns, key=lambda burn: burn.start_tt_s):
        start = burn.start_tt_s - environment.start_tt_s
        if not (burn.delta_v_mps > 0 and burn.thrust_n > 0 and burn.specific_impulse_s > 0):
            raise FlightError(f"burn {burn.id!r}: delta-v, thrust and specific impulse must be positive")
        if not burn.outward_share**2 + burn.normal_share**2 <= 1.0:
            raise FlightError(f"burn {burn.id!r}: outward and normal share of its thrust exceed the whole")
        if start >= stop:
            break
        if start < now:
            raise FlightError(
                f"burn {burn.id!r} starts {now - start:.1f} s before the start or the end of the burn before"
            )
        if start > now:
            planned.append(_Segment(COAST, now, start, mass, None))
            mass -= coast_flow_kg_s * (start - now)
        duration = burn_duration_s(mass, burn)
        now = min(start + duration, stop)
        planned.append(_Segment(burn.id, start, now, mass, burn))
        mass -= mass_flow_kg_s(burn.thrust_n, burn.specific_impulse_s) * (now - start)
    if now < stop or not planned:
        planned.append(_Segment(COAST, now, stop, mass, None))
    return tuple(planned)


def _body(segment: _Segment, forces: Forces, coast_flow_kg_s: float) -> Body:
    """What the kernel needs to know about the body in a segment."""
    (along, outward, normal), flow = (0.0, 0.0, 0.0), coast_flow_kg_s
    if segment.burn is not None:
        along, outward, normal = thrust_components_n(segment.burn)
        flow = mass_flow_kg_s(segment.burn.thrust_n, segment.burn.specific_impulse_s)
    return Body(
        float(segment.mass_kg), segment.start_s, flow, along, outward, normal, float(forces.cd_area_m2),
        float(forces.characteristic_length_m), float(forces.density_scale), bool(forces.sun_moon),
    )  # fmt: skip


def _days(segment: _Segment, environment: Environment) -> list[tuple[int, float, float]]:
    """Stretches (index of the air table, start, stop) of a segment between midnights; at least one."""
    until = environment.air_until_s
    first = min(int(np.searchsorted(until, segment.start_s, side="right")), len(until) - 1)
    stretches = []
    start = segment.start_s
    for day in range(first, len(until)):
        stop = segment.stop_s if day == len(until) - 1 else min(float(until[day]), segment.stop_s)
        stretches.append((day, start, stop))
        start = stop
        if stop >= segment.stop_s:
            break
    return stretches


def _sample_times(from_s: float, to_s: float, origin_s: float, sample_s: float) -> FloatArray:
    """Times origin + k sample_s strictly inside an arc."""
    first = int(np.floor((from_s - origin_s) / sample_s)) + 1
    last = int(np.ceil((to_s - origin_s) / sample_s)) - 1
    times = origin_s + sample_s * np.arange(first, last + 1, dtype=float)
    return times[(times > from_s) & (times < to_s)]


def _to_kernel(state: State, time_s: float, environment: Environment) -> FloatArray:
    """GCRS state as the kernel's vector, shape (6,)."""
    matrix = matrices_at(np.array([time_s]), environment)[0]
    r = matrix @ np.asarray(state.position_km, dtype=float)
    w = matrix @ np.asarray(state.velocity_km_s, dtype=float)
    return np.concatenate([r, w]) * 1000.0


def _flight(
    arcs: list[_Arc], segments: tuple[_Segment, ...], stop: Literal["height", "time"], environment: Environment
) -> Flight:
    """Join the arcs and convert to GCRS and geodetic."""
    times = np.concatenate([arc.times_s for arc in arcs])
    states = np.vstack([arc.states for arc in arcs])
    mass = np.concatenate([arc.masses_kg for arc in arcs])
    segment = np.concatenate([np.full(len(arc.times_s), arc.segment) for arc in arcs])
    matrices = matrices_at(times, environment)
    position = np.einsum("nji,nj->ni", matrices, states[:, :3]) / 1000.0
    velocity = np.einsum("nji,nj->ni", matrices, states[:, 3:]) / 1000.0
    latitude, longitude, height = earth.geodetic(states[:, :3] / 1000.0)
    up = np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=-1
    )
    spin = np.array([0.0, 0.0, earth.EARTH_ROTATION_RAD_S])
    relative = states[:, 3:] - np.cross(spin, states[:, :3])
    flown = segments[: arcs[-1].segment + 1]
    used = {
        planned.burn.id: float(planned.mass_kg - mass[segment == number][-1])
        for number, planned in enumerate(flown)
        if planned.burn is not None
    }
    tt = environment.start_tt_s + times
    return Flight(
        tt_s=tt,
        position_km=position,
        velocity_km_s=velocity,
        mass_kg=mass,
        height_km=height,
        latitude_deg=np.degrees(latitude),
        longitude_deg=np.degrees(longitude),
        climb_km_s=np.einsum("ni,ni->n", up, relative) / 1000.0,
        segment=segment,
        segments=tuple(planned.name for planned in flown),
        propellant_kg=used,
        stop=stop,
        final_state=State(float(tt[-1]), position[-1], velocity[-1], float(mass[-1])),
        final_itrs_position_m=states[-1, :3].copy(),
        final_itrs_velocity_mps=relative[-1].copy(),
    )


# --- reading a flight ----------------------------------------------------------------------------------------------


def crossing(flight: Flight, height_km: float) -> Crossing:
    """First fall through a geodetic height, by cubic Hermite interpolation between samples.

    With samples of 60 s the position is good to a metre above the dense air; stop a flight at the height itself
    (``stop_height_km``) where more is wanted.

    Args:
        flight: sampled at least once above and once below (or at) the height.
        height_km: geodetic height.

    Returns:
        Instant and state.

    Raises:
        FlightError: the flight does not fall through that height.
    """
    h = flight.height_km
    below = np.flatnonzero((h[:-1] > height_km) & (h[1:] <= height_km + SAME_HEIGHT_KM))
    if len(below) == 0:
        raise FlightError(
            f"the flight does not fall through {height_km:g} km: it covers {h.min():.1f} to {h.max():.1f} km"
        )
    i = int(below[0])
    step = float(flight.tt_s[i + 1] - flight.tt_s[i])
    ends = np.array([h[i], h[i + 1]]), np.array([flight.climb_km_s[i], flight.climb_km_s[i + 1]])
    low, high = 0.0, 1.0
    for _ in range(50):
        half = 0.5 * (low + high)
        if _hermite(half, step, *ends)[0] > height_km:
            low = half
        else:
            high = half
    position, velocity = _hermite(high, step, flight.position_km[i : i + 2], flight.velocity_km_s[i : i + 2])
    tt_s = float(flight.tt_s[i]) + high * step
    mass = float((1.0 - high) * flight.mass_kg[i] + high * flight.mass_kg[i + 1])
    return Crossing(tt_s, State(tt_s, np.asarray(position), np.asarray(velocity), mass))


def _hermite(u: float, step: float, values: FloatArray, slopes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cubic through two values and slopes: value and slope at share ``u`` of the step."""
    rise = values[1] - values[0]
    value = values[0] + u * u * (3 - 2 * u) * rise + step * u * (1 - u) * ((1 - u) * slopes[0] - u * slopes[1])
    slope = 6 * u * (1 - u) / step * rise + (1 - u) * (1 - 3 * u) * slopes[0] + u * (3 * u - 2) * slopes[1]
    return value, slope
