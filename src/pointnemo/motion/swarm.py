"""Many nearby flights through one environment: the same station with other air, other burns, other starts.

``lastdays.fly`` flies one body and records all of it; ``fly_members`` flies a swarm of them for a wanted row of epochs
and returns nothing but the states there. Both run the same compiled arc; a swarm takes longer steps, a metre after 15
days being enough. Members are flown in threads, in chunks whose size does not depend on the number of workers, and no
member knows of another: member i of n has the bits of member i alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import FlightError
from pointnemo.motion.burns import BurnCommand, burn_duration_s, mass_flow_kg_s, thrust_components_n
from pointnemo.motion.lastdays import Environment, check_interval, matrices_at
from pointnemo.motion.lastdays_kernel import FINISHED, REACHED_HEIGHT, Body
from pointnemo.motion.swarm_kernel import Air, Arcs, fly_swarm
from pointnemo.world import earth
from pointnemo.world import time as clock

__all__ = ["DEFAULT_TOLERANCE", "LOWEST_KM", "fly_members"]

FloatArray = NDArray[np.float64]

LOWEST_KM = 80.0
"""Geodetic height at which a member's flight cannot go on: below, it would not be in orbit anyhow."""

DEFAULT_TOLERANCE = 3e-11  # half a metre after 15 days; steps of about 190 s
LONGEST_STEP_S = 300.0  # samples between steps stay good to a quarter of a metre
LEAST_SCALE = 1e-6  # a burn of less than this share of its delta-v is not made
CHUNK = 4  # members per call of the kernel: 0.2 s of work for 15 days, whatever the workers


class _Plan(NamedTuple):
    """What is asked of the members, checked. Times are seconds of the environment."""

    start_s: float
    sample_s: FloatArray
    mass_kg: FloatArray
    day_scale: FloatArray
    burns: tuple[BurnCommand, ...]
    burn_scale: FloatArray
    burn_shift_s: FloatArray
    impulse_s: FloatArray
    impulse_mps: FloatArray
    step_s: FloatArray
    step_kg: FloatArray


class _Burn(NamedTuple):
    """A burn as one member makes it."""

    start_s: float
    stop_s: float
    flow_kg_s: float
    thrust_n: tuple[float, float, float]


class _Arc(NamedTuple):
    """One row of ``Arcs``."""

    start_s: float
    stop_s: float
    kick_mps: float
    mass_kg: float
    flow_kg_s: float
    thrust_n: tuple[float, float, float]
    density_scale: float
    air: int


def fly_members(
    environment: Environment,
    tt0_s: float,
    states_km: ArrayLike,
    mass_kg: ArrayLike,
    *,
    day_scale: ArrayLike,
    sample_tt_s: ArrayLike,
    burns: Sequence[BurnCommand] = (),
    burn_scale: ArrayLike | None = None,
    burn_shift_s: ArrayLike | None = None,
    impulse_tt_s: ArrayLike = (),
    impulse_mps: ArrayLike | None = None,
    mass_step_tt_s: ArrayLike = (),
    mass_step_kg: ArrayLike = (),
    workers: int = 1,
    tolerance: float = DEFAULT_TOLERANCE,
) -> tuple[FloatArray, FloatArray]:
    """Fly a swarm of members, each with its own start, air and burns, through one environment.

    Args:
        environment: from ``lastdays.prepare``; it holds ``days`` days of air (``len(environment.air)``).
        tt0_s: start, TT seconds since J2000.
        states_km: GCRS position (km) and velocity (km/s) at the start, shape (n, 6).
        mass_kg: at the start, one for all or shape (n,).
        day_scale: factor on the density of each UTC day of the environment, on top of its forces' ``density_scale``,
            shape (n, days).
        sample_tt_s: epochs at which states are wanted, rising, none before the start, shape (m,). The last one ends the
            flight. At the epoch of an impulse the state is that before it; at ``tt0_s`` it is the start state.
        burns: what all members are to burn, k of them, in any order.
        burn_scale: factor on the delta-v of each burn, shape (n, k), 1 where not given; below 1e-6 it is not made.
        burn_shift_s: delay of each ignition, s, shape (n, k), 0 where not given.
        impulse_tt_s: epochs of sudden changes of velocity, shape (q,).
        impulse_mps: those changes along the inertial velocity, negative against it, m/s, shape (n, q).
        mass_step_tt_s: epochs at which all members change mass without propulsion (a vehicle docks), shape (s,).
        mass_step_kg: those changes, kg, shape (s,).
        workers: threads. Results do not depend on it.
        tolerance: largest error of one step as a share of 6400 km and 7.7 km/s.

    Returns:
        (position_km, velocity_km_s) in GCRS, shape (n, m, 3) each; within a metre of ``lastdays.fly`` after 15 days.

    Raises:
        ValueError: shapes that do not fit each other, samples that do not rise, numbers that are not finite, a negative
            scale or mass.
        FlightError: a member whose burns overlap, start too early or need more than its mass; one that starts below
            80 km (or the lowest height of the environment's air) or sinks there, named with the epoch.
        WorldError: start or samples lie outside the environment.
    """
    states = _array("states_km", states_km, (-1, 6))
    plan = _checked_plan(
        environment, tt0_s, len(states), mass_kg, day_scale, sample_tt_s, burns, burn_scale, burn_shift_s,
        impulse_tt_s, impulse_mps, mass_step_tt_s, mass_step_kg,
    )  # fmt: skip
    if workers < 1:
        raise ValueError(f"{workers} is not a number of workers; use 1 or more")
    arcs = _arcs([_member_arcs(plan, environment, member) for member in range(len(states))], plan.sample_s)
    vectors = _to_kernel(states, plan.start_s, environment)
    lowest_km = max(LOWEST_KM, environment.lowest_km)
    _check_heights(vectors, tt0_s, lowest_km)

    samples = np.repeat(vectors[:, None, :], len(plan.sample_s), axis=1)  # what is sampled at the start stays as it is
    status, ended_s = np.full(len(states), FINISHED, dtype=np.int64), np.full(len(states), plan.start_s)
    forces = environment.forces
    like = Body(
        1.0, 0.0, 0.0, 0.0, 0.0, 0.0, float(forces.cd_area_m2), float(forces.characteristic_length_m), 1.0,
        bool(forces.sun_moon),
    )  # fmt: skip
    air = _stacked_air(environment)

    def fly_chunk(begin: int) -> None:
        fly_swarm(
            begin, min(begin + CHUNK, len(states)), vectors, samples, status, ended_s, plan.sample_s,
            lowest_km * 1000.0, tolerance, LONGEST_STEP_S, arcs, like, environment.gravity, environment.skies, air,
        )  # fmt: skip

    chunks = range(0, len(states), CHUNK)
    if workers == 1:
        for begin in chunks:
            fly_chunk(begin)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(fly_chunk, chunks))
    _check_flown(status, environment.start_tt_s + ended_s, lowest_km)
    back = np.swapaxes(matrices_at(plan.sample_s, environment), 1, 2)
    return _turned(back, samples[..., :3]) / 1000.0, _turned(back, samples[..., 3:]) / 1000.0


# --- what is asked for ---------------------------------------------------------------------------------------------


def _array(name: str, values: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    """Values as an array of finite numbers of a shape, -1 being any length."""
    array = np.asarray(values, dtype=float)
    if 0 in shape and array.size == 0:
        array = array.reshape([max(length, 0) for length in shape])
    if array.ndim != len(shape) or any(want not in (-1, have) for want, have in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("n" if length < 0 else str(length) for length in shape)
        raise ValueError(f"{name} has shape {array.shape}, not ({wanted})")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} holds a number that is not finite")
    return array


def _checked_plan(
    environment: Environment, tt0_s: float, count: int, mass_kg: ArrayLike, day_scale: ArrayLike,
    sample_tt_s: ArrayLike, burns: Sequence[BurnCommand], burn_scale: ArrayLike | None, burn_shift_s: ArrayLike | None,
    impulse_tt_s: ArrayLike, impulse_mps: ArrayLike | None, mass_step_tt_s: ArrayLike, mass_step_kg: ArrayLike,
) -> _Plan:  # fmt: skip
    """Everything about the members but their states, held to its shape and sign."""
    sample = _array("sample_tt_s", sample_tt_s, (-1,))
    if len(sample) == 0 or np.any(np.diff(sample) <= 0.0) or sample[0] < tt0_s:
        raise ValueError("sample_tt_s must hold at least one epoch, rise, and not begin before the start")
    check_interval(float(tt0_s), float(sample[-1]), environment)
    mass = np.broadcast_to(_array("mass_kg", mass_kg, (count,) if np.ndim(mass_kg) else ()), (count,))
    scale = _array("day_scale", day_scale, (count, len(environment.air)))
    shape = (count, len(burns))
    burn_factor = _array("burn_scale", np.ones(shape) if burn_scale is None else burn_scale, shape)
    shift = _array("burn_shift_s", np.zeros(shape) if burn_shift_s is None else burn_shift_s, shape)
    impulse_at = _array("impulse_tt_s", impulse_tt_s, (-1,))
    if impulse_mps is None and len(impulse_at):
        raise ValueError("impulse_tt_s needs impulse_mps")
    impulse = _array("impulse_mps", () if impulse_mps is None else impulse_mps, (count, len(impulse_at)))
    step_at = _array("mass_step_tt_s", mass_step_tt_s, (-1,))
    step = _array("mass_step_kg", mass_step_kg, (len(step_at),))
    for name, values in (("day_scale", scale), ("burn_scale", burn_factor)):
        if np.any(values < 0.0):
            raise ValueError(f"{name} must not be negative")
    if np.any(mass <= 0.0):
        raise ValueError("mass_kg must be positive")
    for name, values in (("impulse_tt_s", impulse_at), ("mass_step_tt_s", step_at)):
        if np.any(values < tt0_s):
            raise ValueError(f"{name} must not lie before the start")
    for burn in burns:
        if not (burn.delta_v_mps > 0 and burn.thrust_n > 0 and burn.specific_impulse_s > 0):
            raise FlightError(f"burn {burn.id!r}: delta-v, thrust and specific impulse must be positive")
        if not burn.outward_share**2 + burn.normal_share**2 <= 1.0:
            raise FlightError(f"burn {burn.id!r}: outward and normal share of its thrust exceed the whole")
    zero = environment.start_tt_s
    return _Plan(
        tt0_s - zero, sample - zero, mass, scale, tuple(burns), burn_factor, shift, impulse_at - zero, impulse,
        step_at - zero, step,
    )  # fmt: skip


def _to_kernel(states_km: FloatArray, time_s: float, environment: Environment) -> FloatArray:
    """GCRS states as the kernel's vectors, shape (n, 6)."""
    matrix = matrices_at(np.array([time_s]), environment)[0]
    return np.concatenate([_turned(matrix, states_km[:, :3]), _turned(matrix, states_km[:, 3:])], axis=1) * 1000.0


def _turned(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """Matrices (..., 3, 3) times vectors (..., 3), term by term: a library may round by the number of rows."""
    return sum(
        (matrices[..., j] * vectors[..., j, None] for j in range(1, 3)), matrices[..., 0] * vectors[..., 0, None]
    )


def _check_heights(vectors: FloatArray, tt0_s: float, lowest_km: float) -> None:
    """No member starts below the lowest height."""
    height_km = np.asarray(earth.geodetic(vectors[:, :3] / 1000.0)[2])
    low = np.flatnonzero(height_km <= lowest_km)
    if len(low):
        raise FlightError(
            f"member {low[0]} starts at {height_km[low[0]]:.3f} km at {clock.to_utc(tt0_s)}, not above {lowest_km:g} km"
        )


def _check_flown(status: NDArray[np.int64], ended_tt_s: FloatArray, lowest_km: float) -> None:
    """Every member has come to the last sample."""
    for member in np.flatnonzero(status != FINISHED):
        when = clock.to_utc(float(ended_tt_s[member]))
        if status[member] == REACHED_HEIGHT:
            raise FlightError(f"member {member} of the swarm sinks below {lowest_km:g} km at {when}")
        raise FlightError(f"member {member} of the swarm cannot go on at {when}: the step vanished")


# --- arcs ----------------------------------------------------------------------------------------------------------


def _mass_kg(plan: _Plan, member: int, burns: Iterable[_Burn], at_s: float) -> float:
    """Mass of a member at a time, mass steps of that instant done."""
    spent = sum(burn.flow_kg_s * (min(at_s, burn.stop_s) - burn.start_s) for burn in burns if burn.start_s < at_s)
    mass = float(plan.mass_kg[member]) + float(plan.step_kg[plan.step_s <= at_s].sum()) - spent
    if not mass > 0.0:
        raise ValueError(f"the mass steps leave member {member} of the swarm with {mass:g} kg")
    return mass


def _member_burns(plan: _Plan, member: int, zero_tt_s: float) -> list[_Burn]:
    """The burns that a member begins, in order, with the duration that its mass at ignition gives them."""
    shifted = [
        burn._replace(
            start_tt_s=burn.start_tt_s + float(plan.burn_shift_s[member, k]),
            delta_v_mps=burn.delta_v_mps * float(plan.burn_scale[member, k]),
        )
        for k, burn in enumerate(plan.burns)
        if plan.burn_scale[member, k] >= LEAST_SCALE
    ]
    now, stop = plan.start_s, float(plan.sample_s[-1])
    made: list[_Burn] = []
    for burn in sorted(shifted, key=lambda burn: burn.start_tt_s):
        start = burn.start_tt_s - zero_tt_s
        if start >= stop:
            break
        if start < now:
            raise FlightError(
                f"burn {burn.id!r} of member {member} starts {now - start:.1f} s before the start or the end of the "
                "burn before"
            )
        now = min(start + burn_duration_s(_mass_kg(plan, member, made, start), burn), stop)
        made.append(
            _Burn(start, now, mass_flow_kg_s(burn.thrust_n, burn.specific_impulse_s), thrust_components_n(burn))
        )
    return made


def _member_arcs(plan: _Plan, environment: Environment, member: int) -> list[_Arc]:
    """The arcs of one member: borders at midnights, ignitions, cut-offs, impulses and mass steps."""
    burns = _member_burns(plan, member, environment.start_tt_s)
    until, last_day = environment.air_until_s, len(environment.air) - 1
    start, stop = plan.start_s, float(plan.sample_s[-1])
    borders = {start, *(burn.start_s for burn in burns), *(burn.stop_s for burn in burns)}
    borders |= {float(time) for times in (until[:-1], plan.impulse_s, plan.step_s) for time in times}
    edges = [*sorted(edge for edge in borders if start <= edge < stop), stop]
    arcs: list[_Arc] = []
    for begin, end in pairwise(edges):
        day = min(int(np.searchsorted(until, begin, side="right")), last_day)
        burning = next((burn for burn in burns if burn.start_s <= begin < burn.stop_s), None)
        arcs.append(
            _Arc(
                begin,
                end,
                float(plan.impulse_mps[member, plan.impulse_s == begin].sum()),
                _mass_kg(plan, member, burns, begin),
                burning.flow_kg_s if burning else 0.0,
                burning.thrust_n if burning else (0.0, 0.0, 0.0),
                environment.forces.density_scale * float(plan.day_scale[member, day]),
                day,
            )
        )
    return arcs


def _arcs(members: Sequence[Sequence[_Arc]], sample_s: FloatArray) -> Arcs:
    """The arcs of all members as the kernel reads them."""
    rows = [arc for member in members for arc in member]
    start = np.array([arc.start_s for arc in rows])
    stop = np.array([arc.stop_s for arc in rows])
    return Arcs(
        first=np.concatenate([[0], np.cumsum([len(member) for member in members])]).astype(np.int64),
        start_s=start,
        stop_s=stop,
        kick_mps=np.array([arc.kick_mps for arc in rows]),
        mass_kg=np.array([arc.mass_kg for arc in rows]),
        flow_kg_s=np.array([arc.flow_kg_s for arc in rows]),
        thrust_n=np.array([arc.thrust_n for arc in rows], dtype=float).reshape(len(rows), 3),
        density_scale=np.array([arc.density_scale for arc in rows]),
        air=np.array([arc.air for arc in rows], dtype=np.int64),
        sample=np.stack([np.searchsorted(sample_s, edge, side="right") for edge in (start, stop)], axis=-1),
    )


def _stacked_air(environment: Environment) -> Air:
    """The density tables of all days in one."""
    tables = environment.air
    return Air(
        np.stack([table.log_density for table in tables]),
        np.stack([table.log_temperature for table in tables]),
        np.stack([table.molar_mass for table in tables]),
        tables[0].first,
    )
