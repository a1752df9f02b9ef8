"""The compiled part of the last-days propagator: forces, one Runge-Kutta arc, the stop at a height.

Axes are those of the ITRS, units SI, time in seconds from the start of the ``Skies`` table. The state is position and
*inertial* velocity resolved along the turning axes, so that

    dr/dt = w - omega x r,    dw/dt = forces - omega x w

holds exactly for any rotation vector, with no term for its own change: polar motion, precession and nutation come in by
the tabulated omega. Door and kernel use the same omega, so a state goes in and out without loss.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.motion.aerodynamics import drag_ratio, knudsen, mach, mean_free_path_m
from pointnemo.motion.dormand_prince import E3, E5, STAGES, A, B, C
from pointnemo.motion.ellipsoid import height_and_latitude
from pointnemo.motion.gravity import Gravity, gravity_acceleration
from pointnemo.world.atmosphere import EpochTable, epoch_density_by_angle, epoch_gas

__all__ = ["FINISHED", "LONGEST_STEP_S", "LOST", "REACHED_HEIGHT", "Body", "Skies", "fly_arc"]

FloatArray = NDArray[np.float64]

MU_SUN_M3_S2 = 1.32712440041e20  # IAU/JPL DE430-440 (TDB)
MU_MOON_M3_S2 = 4.902800e12  # DE430-440, 7 digits

WEIGHTS = np.vstack([A, B])  # the step itself is one more stage
NODES = np.append(C, 1.0)

FREE_MOLECULAR_KNUDSEN = 4.0  # from here ``drag_ratio`` is 1 within 1e-9
LIGHTEST_KG_MOL = 0.004  # helium; air that holds hydrogen too is thin beyond doubt

# What a tolerance of 1 would mean: the size of a low orbit.
POSITION_SCALE_M = 6.4e6
VELOCITY_SCALE_MPS = 7.7e3
LONGEST_STEP_S = 120.0  # keeps ``_between`` within a millimetre; its error grows with the sixth power
SHORTEST_STEP_S = 1e-6

FINISHED, REACHED_HEIGHT, LOST = 0, 1, 2


class Skies(NamedTuple):
    """Sun, Moon and the turning of the Earth at equal steps; the first node lies one step before time zero.

    Attributes:
        step_s: distance of the nodes.
        sun_m: Earth-fixed position of the Sun, shape (n, 3).
        moon_m: Earth-fixed position of the Moon, shape (n, 3).
        rotation_rad_s: rotation vector of the ITRS axes along themselves, mean of the interval after each node,
            shape (n - 1, 3).
    """

    step_s: float
    sun_m: FloatArray
    moon_m: FloatArray
    rotation_rad_s: FloatArray


class Body(NamedTuple):
    """What flies, and what pushes it during one arc.

    Attributes:
        mass_kg: at ``since_s``.
        since_s: time of that mass.
        flow_kg_s: propellant flow.
        thrust_n: along the inertial velocity; negative: against it.
        outward_n: thrust along velocity x orbit normal.
        normal_n: thrust along the orbit normal, position x velocity.
        cd_area_m2: drag coefficient times area in free-molecular flow; 0: no air. A negative one pushes forward, so
            that a fit can pass through zero.
        length_m: characteristic length for the Knudsen number.
        density_scale: factor on the density of the table.
        sun_moon: third bodies on.
    """

    mass_kg: float
    since_s: float
    flow_kg_s: float
    thrust_n: float
    outward_n: float
    normal_n: float
    cd_area_m2: float
    length_m: float
    density_scale: float
    sun_moon: bool


@kernel
def _third_body(
    x: float, y: float, z: float, bx: float, by: float, bz: float, mu: float
) -> tuple[float, float, float]:  # fmt: skip
    """Attraction of a body at b on (x, y, z) less that on the geocentre (Montenbruck, Gill 2000, eq. 3.37)."""
    dx, dy, dz = bx - x, by - y, bz - z
    near2 = dx * dx + dy * dy + dz * dz
    far2 = bx * bx + by * by + bz * bz
    near, far = mu / (near2 * sqrt(near2)), mu / (far2 * sqrt(far2))
    return near * dx - far * bx, near * dy - far * by, near * dz - far * bz


@kernel
def _interpolate(table: FloatArray, i: int, u: float) -> tuple[float, float, float]:
    """Lagrange interpolation on nodes i-1..i+2 at i + u. With 1800 s nodes a diurnal rotation is good to 7e-6."""
    w0 = -u * (u - 1.0) * (u - 2.0) / 6.0
    w1 = (u + 1.0) * (u - 1.0) * (u - 2.0) / 2.0
    w2 = -(u + 1.0) * u * (u - 2.0) / 2.0
    w3 = (u + 1.0) * u * (u - 1.0) / 6.0
    return (
        w0 * table[i - 1, 0] + w1 * table[i, 0] + w2 * table[i + 1, 0] + w3 * table[i + 2, 0],
        w0 * table[i - 1, 1] + w1 * table[i, 1] + w2 * table[i + 1, 1] + w3 * table[i + 2, 1],
        w0 * table[i - 1, 2] + w1 * table[i, 2] + w2 * table[i + 1, 2] + w3 * table[i + 2, 2],
    )


@kernel
def _drag_deceleration(
    x: float, y: float, z: float, speed: float, mass: float, sun_x: float, sun_y: float, body: Body, air: EpochTable
) -> float:
    """Factor f of the drag acceleration -f u, 1/s, at an Earth-fixed place and a speed relative to the air.

    ``body.cd_area_m2`` holds in free-molecular flow; ``drag_ratio`` carries it down. In orbit the flow is free whatever
    the air is made of, and temperature and composition need not be looked up.
    """
    height, latitude = height_and_latitude(x, y, z)
    # local time as an angle is the angle from the Sun's meridian, and half a turn
    size = sqrt((x * x + y * y) * (sun_x * sun_x + sun_y * sun_y))
    cosine = -(x * sun_x + y * sun_y) / size if size > 0.0 else 1.0
    sine = -(y * sun_x - x * sun_y) / size if size > 0.0 else 0.0
    height_km = height / 1000.0
    density = body.density_scale * epoch_density_by_angle(air, height_km, latitude, cosine, sine)
    ratio = 1.0
    if knudsen(mean_free_path_m(density, 0.0, LIGHTEST_KG_MOL), body.length_m) < FREE_MOLECULAR_KNUDSEN:
        temperature, molar_mass = epoch_gas(air, height_km, latitude)
        mach_number = mach(speed, temperature, molar_mass)
        knudsen_number = knudsen(mean_free_path_m(density, temperature, molar_mass), body.length_m)
        ratio = drag_ratio(mach_number, knudsen_number)
    return 0.5 * density * speed * body.cd_area_m2 * ratio / mass


@kernel
def _tilted_push(y: FloatArray, outward: float, normal: float) -> tuple[float, float, float]:
    """Acceleration across the velocity: ``outward`` along v x (r x v), ``normal`` along r x v, both m/s2."""
    nx = y[1] * y[5] - y[2] * y[4]
    ny = y[2] * y[3] - y[0] * y[5]
    nz = y[0] * y[4] - y[1] * y[3]
    momentum = sqrt(nx * nx + ny * ny + nz * nz)
    speed = sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5])
    f, g = normal / momentum, outward / (speed * momentum)
    return (
        f * nx + g * (y[4] * nz - y[5] * ny),
        f * ny + g * (y[5] * nx - y[3] * nz),
        f * nz + g * (y[3] * ny - y[4] * nx),
    )


@kernel
def _slope(
    t: float, y: FloatArray, k: FloatArray, row: int, body: Body, gravity: Gravity, skies: Skies, air: EpochTable,
) -> None:  # fmt: skip
    """Time derivative of the state ``y`` into ``k[row]``.

    A row is not handed over as a view of its own: the counting of references to it would cost a tenth of the flight.
    """
    position = t / skies.step_s + 1.0
    i = min(max(int(position), 1), skies.sun_m.shape[0] - 3)
    ox, oy, oz = skies.rotation_rad_s[i, 0], skies.rotation_rad_s[i, 1], skies.rotation_rad_s[i, 2]
    ux = y[3] - (oy * y[2] - oz * y[1])
    uy = y[4] - (oz * y[0] - ox * y[2])
    uz = y[5] - (ox * y[1] - oy * y[0])
    ax, ay, az = gravity_acceleration(y[0], y[1], y[2], gravity)
    sun_x, sun_y, sun_z = _interpolate(skies.sun_m, i, position - i)
    if body.sun_moon:
        moon_x, moon_y, moon_z = _interpolate(skies.moon_m, i, position - i)
        sx, sy, sz = _third_body(y[0], y[1], y[2], sun_x, sun_y, sun_z, MU_SUN_M3_S2)
        mx, my, mz = _third_body(y[0], y[1], y[2], moon_x, moon_y, moon_z, MU_MOON_M3_S2)
        ax, ay, az = ax + sx + mx, ay + sy + my, az + sz + mz
    mass = body.mass_kg - body.flow_kg_s * (t - body.since_s)
    if body.cd_area_m2 != 0.0:
        speed = sqrt(ux * ux + uy * uy + uz * uz)
        f = _drag_deceleration(y[0], y[1], y[2], speed, mass, sun_x, sun_y, body, air)
        ax, ay, az = ax - f * ux, ay - f * uy, az - f * uz
    if body.thrust_n != 0.0:
        f = body.thrust_n / (mass * sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5]))
        ax, ay, az = ax + f * y[3], ay + f * y[4], az + f * y[5]
    if body.outward_n != 0.0 or body.normal_n != 0.0:
        px, py, pz = _tilted_push(y, body.outward_n / mass, body.normal_n / mass)
        ax, ay, az = ax + px, ay + py, az + pz
    k[row, 0], k[row, 1], k[row, 2] = ux, uy, uz
    k[row, 3] = ax - (oy * y[5] - oz * y[4])
    k[row, 4] = ay - (oz * y[3] - ox * y[5])
    k[row, 5] = az - (ox * y[4] - oy * y[3])


@kernel
def _step(
    t: float, h: float, y: FloatArray, k: FloatArray, end: FloatArray,
    body: Body, gravity: Gravity, skies: Skies, air: EpochTable,
) -> float:  # fmt: skip
    """One step of Dormand-Prince 8(5,3) from (t, y), whose slope is ``k[0]``.

    Fills ``end`` with the state at t + h and ``k[STAGES]`` with the slope there.

    Returns:
        The error estimate in orbit sizes: the step meets a tolerance if it is below it.
    """
    for stage in range(1, STAGES + 1):
        d0, d1, d2, d3, d4, d5 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(stage):
            weight = WEIGHTS[stage, i]
            if weight != 0.0:
                d0 += weight * k[i, 0]
                d1 += weight * k[i, 1]
                d2 += weight * k[i, 2]
                d3 += weight * k[i, 3]
                d4 += weight * k[i, 4]
                d5 += weight * k[i, 5]
        end[0], end[1], end[2] = y[0] + h * d0, y[1] + h * d1, y[2] + h * d2
        end[3], end[4], end[5] = y[3] + h * d3, y[4] + h * d4, y[5] + h * d5
        _slope(t + NODES[stage] * h, end, k, stage, body, gravity, skies, air)
    fifth, third = 0.0, 0.0
    for j in range(6):
        e5, e3 = 0.0, 0.0
        for i in range(STAGES):
            e5 += E5[i] * k[i, j]
            e3 += E3[i] * k[i, j]
        scale = POSITION_SCALE_M if j < 3 else VELOCITY_SCALE_MPS
        fifth += (e5 / scale) ** 2
        third += (e3 / scale) ** 2
    if fifth == 0.0:
        return 0.0
    return abs(h) * fifth / sqrt((fifth + 0.01 * third) * 6.0)


@kernel
def _between(theta: float, h: float, t: float, y: FloatArray, end: FloatArray, k: FloatArray, skies: Skies,
             out: FloatArray) -> None:  # fmt: skip
    """State inside a step by quintic Hermite interpolation of the position (both ends: value, slope, curvature).

    Within a millimetre over 120 s of a low orbit. ``out`` gets position and inertial velocity.
    """
    i = min(max(int((t + theta * h) / skies.step_s + 1.0), 1), skies.sun_m.shape[0] - 3)
    o = skies.rotation_rad_s[i]
    q, q2 = theta, theta * theta
    q3, q4, q5 = q2 * theta, q2 * q2, q2 * q2 * theta
    p3, p4, p5 = 10 * q3 - 15 * q4 + 6 * q5, -4 * q3 + 7 * q4 - 3 * q5, 0.5 * (q3 - 2 * q4 + q5)
    p1, p2 = q - 6 * q3 + 8 * q4 - 3 * q5, 0.5 * (q2 - 3 * q3 + 3 * q4 - q5)
    d3 = 30 * q2 - 60 * q3 + 30 * q4
    d1, d2 = 1 - 18 * q2 + 32 * q3 - 15 * q4, 0.5 * (2 * q - 9 * q2 + 12 * q3 - 5 * q4)
    d4, d5 = -12 * q2 + 28 * q3 - 15 * q4, 0.5 * (3 * q2 - 8 * q3 + 5 * q4)
    last = k[STAGES]
    for j in range(3):
        a, b = (j + 1) % 3, (j + 2) % 3
        # curvature of the position: d(u)/dt = dw/dt - omega x u
        c0 = k[0, 3 + j] - (o[a] * k[0, b] - o[b] * k[0, a])
        c1 = last[3 + j] - (o[a] * last[b] - o[b] * last[a])
        u0, u1 = h * k[0, j], h * last[j]
        c0, c1 = h * h * c0, h * h * c1
        out[j] = y[j] + p3 * (end[j] - y[j]) + p1 * u0 + p2 * c0 + p4 * u1 + p5 * c1
        out[3 + j] = (d3 * (end[j] - y[j]) + d1 * u0 + d2 * c0 + d4 * u1 + d5 * c1) / h
    vx = o[1] * out[2] - o[2] * out[1]
    vy = o[2] * out[0] - o[0] * out[2]
    vz = o[0] * out[1] - o[1] * out[0]
    out[3] += vx
    out[4] += vy
    out[5] += vz


@kernel
def _height(y: FloatArray) -> float:
    """Geodetic height of a state, m."""
    height, _ = height_and_latitude(y[0], y[1], y[2])
    return height


@kernel
def _crossing(
    stop_height: float, h: float, t: float, y: FloatArray, end: FloatArray, k: FloatArray, skies: Skies,
    middle: FloatArray,
) -> float:  # fmt: skip
    """Share of the step at which the height first falls to ``stop_height``, or -1; the step starts above it.

    A step that ends above may have dipped below around its perigee: where the height falls at first and rises at last,
    its minimum is sought.
    """
    low, high = 0.0, 1.0
    if _height(end) > stop_height:
        falls = y[0] * k[0, 0] + y[1] * k[0, 1] + y[2] * k[0, 2] < 0.0
        last = k[STAGES]
        rises = end[0] * last[0] + end[1] * last[1] + end[2] * last[2] > 0.0
        if not (falls and rises):
            return -1.0
        for _ in range(60):  # ternary search: the height has one minimum in a step far shorter than a revolution
            first, second = low + (high - low) / 3.0, high - (high - low) / 3.0
            _between(first, h, t, y, end, k, skies, middle)
            height_first = _height(middle)
            _between(second, h, t, y, end, k, skies, middle)
            if height_first < _height(middle):
                high = second
            else:
                low = first
        _between(high, h, t, y, end, k, skies, middle)
        if _height(middle) > stop_height:
            return -1.0
        low = 0.0
    for _ in range(50):
        half = 0.5 * (low + high)
        _between(half, h, t, y, end, k, skies, middle)
        if _height(middle) > stop_height:
            low = half
        else:
            high = half
    return high


@kernel
def fly_arc(
    start_s: float, stop_s: float, state: FloatArray, stop_height_m: float, sample_times_s: FloatArray,
    samples: FloatArray, tolerance: float, first_step_s: float,
    longest_step_s: float, body: Body, gravity: Gravity, skies: Skies, air: EpochTable,
) -> tuple[int, float, int, float]:  # fmt: skip
    """Fly one arc of constant thrust and constant air.

    Args:
        start_s: time of ``state``.
        stop_s: end of the arc, met exactly.
        state: position (m) and inertial velocity (m/s) along ITRS axes, shape (6,); overwritten with the last state.
        stop_height_m: geodetic height below which the flight ends.
        sample_times_s: times within the arc at which the state is wanted, rising, shape (n,).
        samples: filled with the states at those times, shape (n, 6).
        tolerance: largest error of one step, in orbit sizes (6400 km, 7.7 km/s).
        first_step_s: first trial step.
        longest_step_s: no step is longer.
        body: mass, thrust, drag area.
        gravity: the field.
        skies: Sun, Moon, rotation.
        air: density table.

    Returns:
        (FINISHED, REACHED_HEIGHT or LOST; time of the last state; samples filled; last full step in s).
    """
    k = np.empty((STAGES + 1, 6))
    end, middle = np.empty(6), np.empty(6)
    t, h, full = start_s, min(first_step_s, longest_step_s), first_step_s
    taken, done = 0, False
    y = state
    _slope(t, y, k, 0, body, gravity, skies, air)
    while t < stop_s and not done:
        trimmed = t + h >= stop_s
        if trimmed:
            h = stop_s - t
        error = _step(t, h, y, k, end, body, gravity, skies, air)
        growth = 6.0 if error == 0.0 else min(max(0.9 * (tolerance / error) ** 0.125, 0.2), 6.0)
        if not error <= tolerance:  # also a NaN
            h = h * growth if error > tolerance else 0.2 * h
            if h < SHORTEST_STEP_S:
                return LOST, t, taken, full
            continue
        share = _crossing(stop_height_m, h, t, y, end, k, skies, middle)
        if share >= 0.0:
            h *= share
            done = True
            _step(t, h, y, k, end, body, gravity, skies, air)
        last = stop_s if trimmed and not done else t + h
        while taken < sample_times_s.shape[0] and sample_times_s[taken] <= last:
            theta = (sample_times_s[taken] - t) / h if h > 0.0 else 0.0
            _between(theta, h, t, y, end, k, skies, samples[taken])
            taken += 1
        t = last
        if not trimmed:
            full = h
        y[:] = end
        k[0] = k[STAGES]
        h = min(h * growth, longest_step_s)
    return (REACHED_HEIGHT if done else FINISHED), t, taken, full
