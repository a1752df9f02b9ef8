"""Flight of one piece from release to the ground: kernels over plain numbers, nothing allocated on the way.

Earth-fixed frame, SI; rotating Earth with J2 to J4, air at rest relative to the Earth (no wind). Over one step, some
0.7 km of height at most, the air is a column: density exponential between the heights at its start and at its end,
temperature and molar mass those at its start. Tables are read three times per step instead of eight.
"""

from __future__ import annotations

from math import atan2, exp, log, pi, sqrt
from typing import NamedTuple

import numpy as np

from pointnemo.compiled import kernel
from pointnemo.motion.aerodynamics import drag_coefficient, knudsen, mach, mean_free_path_m
from pointnemo.motion.ellipsoid import height_and_latitude
from pointnemo.motion.gravity import zonal_acceleration
from pointnemo.reentry.heating import (
    INITIAL_TEMPERATURE_K,
    STEFAN_BOLTZMANN,
    cold_wall_heat_w,
    hot_wall_slope,
    melt_away,
    wall_step,
)
from pointnemo.reentry.pack import COMPUTED, NEVER, Fragments, Materials, Outcome, Steps
from pointnemo.world.atmosphere import EpochTable, epoch_density, epoch_gas
from pointnemo.world.earth import EARTH_ROTATION_RAD_S

__all__ = ["Column", "acceleration", "air_column", "empty_outcome", "fly_fragments", "fly_to_heights"]


DENSITY_SCALE_HEIGHT_M = 14_000.0  # step control only: twice the true one, since the tolerance counts per e-fold
LONGEST_FLIGHT_S = 6.0 * 3600.0  # a foil of 0.5 kg/m2 takes under 2 h; beyond this a flight is a failure
HIGHEST_M = 400_000.0  # a piece that climbs past this height has left the atmosphere again
GROUND_M = 0.5  # height at which a piece counts as down
SETTLED_MPS = 40.0  # below this speed a piece falls at its terminal velocity, lag included, within 0.5 %
SETTLED_SHARE = 0.05  # largest acceleration, in g, and largest tangent of the path from the vertical
SETTLE_STEP_M = 500.0  # a fourteenth of the scale height
MELT_SHARE = 0.1  # at most this share of the heated mass melts per step
STABLE_STEP = 1.5  # RK4 is stable to 2.78 / |eigenvalue|; half of that damps as well

# density errors of the upper atmosphere fade below: 15 % above 90 km go with 5-10 % below 80 km
SCALE_FULL_M = 90_000.0
SCALE_HALF_M = 80_000.0


@kernel
def scaled_density(table: EpochTable, height_m: float, latitude: float, local_time: float, scale: float) -> float:
    """Density of the epoch with this run's error, kg/m3.

    The factor holds fully above 90 km and with its square root below 80 km, logarithmically between (section 4 of the
    notes on which the default sigma rests: 15 % above 90 km, 5-10 % below 80 km).
    """
    share = min(max((height_m - SCALE_HALF_M) / (SCALE_FULL_M - SCALE_HALF_M), 0.0), 1.0)
    factor = 1.0 if scale == 1.0 else exp(log(scale) * (0.5 + 0.5 * share))
    return factor * epoch_density(table, 0.001 * height_m, latitude, local_time)


class Column(NamedTuple):
    """The air around one step.

    Attributes:
        height_m: where it was read.
        density_kg_m3: there.
        slope_1_m: d ln(density) / d height.
        temperature_k, molar_mass_kg_mol: there.
    """

    height_m: float
    density_kg_m3: float
    slope_1_m: float
    temperature_k: float
    molar_mass_kg_mol: float


@kernel
def air_column(table: EpochTable, height_m: float, latitude: float, local_time: float, scale: float) -> Column:
    """The air at a height, as yet without its slope.

    Args:
        table: atmosphere of the epoch.
        height_m: geodetic.
        latitude: geodetic, rad.
        local_time: solar, h.
        scale: this run's factor on the density.
    """
    density = scaled_density(table, height_m, latitude, local_time, scale)
    temperature, molar_mass = epoch_gas(table, 0.001 * height_m, latitude)
    return Column(height_m, density, 0.0, temperature, molar_mass)


@kernel
def extended(
    column: Column, table: EpochTable, rise_m: float, latitude: float, local_time: float, scale: float
) -> Column:
    """The column with the slope of density over a rise in height, m (at least 10 m, negative when falling)."""
    rise = rise_m if abs(rise_m) > 10.0 else -10.0
    there = scaled_density(table, column.height_m + rise, latitude, local_time, scale)
    slope = log(there / column.density_kg_m3) / rise
    return Column(column.height_m, column.density_kg_m3, slope, column.temperature_k, column.molar_mass_kg_mol)


@kernel
def acceleration(
    x: float, y: float, z: float, vx: float, vy: float, vz: float,
    mass: float, area: float, length: float, lift_up: float, lift_left: float, column: Column,
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    """Acceleration in the rotating frame, with what the heating needs of the air.

    Gravity to J4, Coriolis and centrifugal terms, drag on the mean projected area, lift across the flight.

    Args:
        x, y, z: Earth-fixed position, m.
        vx, vy, vz: velocity relative to the Earth, m/s.
        mass: kg.
        area: mean projected area, m2.
        length: what the mean free path is compared with, m.
        lift_up, lift_left: lift / drag, upwards and to the left of the flight.
        column: the air around.

    Returns:
        Acceleration (m/s2, three components), density (kg/m3), Mach number, Knudsen number.
    """
    height, _ = height_and_latitude(x, y, z)
    density = column.density_kg_m3 * exp(column.slope_1_m * (height - column.height_m))
    speed = max(sqrt(vx * vx + vy * vy + vz * vz), 1e-6)
    mach_number = mach(speed, column.temperature_k, column.molar_mass_kg_mol)
    kn = knudsen(mean_free_path_m(density, column.temperature_k, column.molar_mass_kg_mol), length)
    drag = 0.5 * density * speed * drag_coefficient(mach_number, kn) * area / mass  # per m/s of velocity
    ax, ay, az = zonal_acceleration(x, y, z)
    w2 = EARTH_ROTATION_RAD_S * EARTH_ROTATION_RAD_S
    ax += w2 * x + 2.0 * EARTH_ROTATION_RAD_S * vy - drag * vx
    ay += w2 * y - 2.0 * EARTH_ROTATION_RAD_S * vx - drag * vy
    az -= drag * vz
    if (lift_up != 0.0 or lift_left != 0.0) and mach_number > 1.0:
        # left = up x flight, made a unit vector; the lift's up is flight x left
        r = sqrt(x * x + y * y + z * z)
        lx, ly, lz = (y * vz - z * vy) / r, (z * vx - x * vz) / r, (x * vy - y * vx) / r
        across = max(sqrt(lx * lx + ly * ly + lz * lz), 1e-6)
        lx, ly, lz = lx / across, ly / across, lz / across
        force = drag * speed
        ux, uy, uz = (vy * lz - vz * ly) / speed, (vz * lx - vx * lz) / speed, (vx * ly - vy * lx) / speed
        ax += force * (lift_left * lx + lift_up * ux)
        ay += force * (lift_left * ly + lift_up * uy)
        az += force * (lift_left * lz + lift_up * uz)
    return ax, ay, az, density, mach_number, kn


@kernel
def step_length(speed: float, pull: float, climb: float, steps: Steps) -> float:
    """Length of the next step, s: bounded change of speed and of density.

    Args:
        speed: m/s.
        pull: size of the acceleration, m/s2.
        climb: rate of height, m/s.
        steps: step control.
    """
    step = min(steps.longest_s, steps.tolerance * max(speed, 1.0) / max(pull, 1e-9))
    return min(step, steps.tolerance * DENSITY_SCALE_HEIGHT_M / max(abs(climb), 1e-9))


@kernel
def rk4_step(
    x: float, y: float, z: float, vx: float, vy: float, vz: float, ax: float, ay: float, az: float,
    mass: float, area: float, length: float, lift_up: float, lift_left: float, column: Column, step: float,
) -> tuple[float, float, float, float, float, float, float, float, float, float]:  # fmt: skip
    """One classical Runge-Kutta step of order 4.

    Args:
        x..vz: state at the start, m and m/s.
        ax, ay, az: acceleration at the start, as ``acceleration`` gave it.
        mass..column: as for ``acceleration``.
        step: s.

    Returns:
        State at the end; speed, density, Mach and Knudsen number half-way, for the heating.
    """
    half = 0.5 * step
    ux, uy, uz = vx + half * ax, vy + half * ay, vz + half * az
    bx, by, bz, _, _, _ = acceleration(
        x + half * vx, y + half * vy, z + half * vz, ux, uy, uz, mass, area, length, lift_up, lift_left, column
    )
    wx, wy, wz = vx + half * bx, vy + half * by, vz + half * bz
    cx, cy, cz, density, mach_number, kn = acceleration(
        x + half * ux, y + half * uy, z + half * uz, wx, wy, wz, mass, area, length, lift_up, lift_left, column
    )
    qx, qy, qz = vx + step * cx, vy + step * cy, vz + step * cz
    dx, dy, dz, _, _, _ = acceleration(
        x + step * wx, y + step * wy, z + step * wz, qx, qy, qz, mass, area, length, lift_up, lift_left, column
    )
    sixth = step / 6.0
    return (
        x + sixth * (vx + 2.0 * (ux + wx) + qx),
        y + sixth * (vy + 2.0 * (uy + wy) + qy),
        z + sixth * (vz + 2.0 * (uz + wz) + qz),
        vx + sixth * (ax + 2.0 * (bx + cx) + dx),
        vy + sixth * (ay + 2.0 * (by + cy) + dy),
        vz + sixth * (az + 2.0 * (bz + cz) + dz),
        sqrt(wx * wx + wy * wy + wz * wz),
        density,
        mach_number,
        kn,
    )


@kernel
def local_time_h(ut_h: float, x: float, y: float) -> float:
    """Mean local solar time in [0, 24) at an Earth-fixed position, from UT in hours."""
    hours = ut_h + atan2(y, x) * 12.0 / pi
    return hours - 24.0 * np.floor(hours / 24.0)


@kernel
def felt_gravity(x: float, y: float, z: float) -> float:
    """Gravity that a body at rest on the rotating Earth feels, m/s2: zonal field and centrifugal term."""
    gx, gy, gz = zonal_acceleration(x, y, z)
    w2 = EARTH_ROTATION_RAD_S * EARTH_ROTATION_RAD_S
    gx += w2 * x
    gy += w2 * y
    return sqrt(gx * gx + gy * gy + gz * gz)


@kernel
def settle(
    height: float, mass: float, area: float, density_scale: float,
    latitude: float, local_time: float, gravity: float, table: EpochTable,
) -> tuple[float, float]:  # fmt: skip
    """Fall at terminal velocity to the ground.

    Drag balances gravity and the slowing-down in ever denser air: v^2 = v_t^2 / (1 - v_t^2 / (2 H g)), with the local
    scale height H of density (dv/dt = v^2/2H follows from v ~ density^-1/2). Midpoint rule over equal layers.

    Args:
        height: m.
        mass, area, density_scale, latitude, local_time, table: as for ``acceleration``.
        gravity: m/s2.

    Returns:
        Duration (s) and impact speed (m/s).
    """
    layers = int(height / SETTLE_STEP_M) + 1
    thickness = height / layers
    duration = 0.0
    speed = SETTLED_MPS
    for layer in range(layers + 1):
        # the last pass is the ground itself, for the impact speed
        level = height - (layer + 0.5) * thickness if layer < layers else 0.0
        density = scaled_density(table, level, latitude, local_time, density_scale)
        above = scaled_density(table, level + 100.0, latitude, local_time, density_scale)
        scale_height = 100.0 / log(density / above)
        temperature, molar_mass = epoch_gas(table, 0.001 * level, latitude)
        kn = knudsen(mean_free_path_m(density, temperature, molar_mass), 2.0 * sqrt(area / pi))
        for _ in range(4):  # C_D hardly depends on so small a Mach number
            cd = drag_coefficient(mach(speed, temperature, molar_mass), kn)
            square = 2.0 * mass * gravity / (density * cd * area)
            speed = sqrt(square / max(1.0 - square / (2.0 * scale_height * gravity), 0.5))
        if layer < layers:
            duration += thickness / speed
    return duration, speed


@kernel
def fly_fragment(
    x: float, y: float, z: float, vx: float, vy: float, vz: float, ut_h: float,
    mass: float, wall: float, area: float, fate: int,
    specific_heat: float, melting: float, fusion: float, emissivity: float,
    density_scale: float, heat_scale: float, lift_up: float, lift_left: float,
    table: EpochTable, steps: Steps,
) -> tuple[int, float, float, float, float, float, float, float, float]:  # fmt: skip
    """Fly one piece until it is down or gone.

    The wall melts first, at constant outer size (a thin shell gets thinner); when it is gone the rest is exposed, cold,
    at the same outer size, and recedes as a solid (area with mass^2/3). Either may be missing. A wall or a solid with
    less than ``RESIDUAL_SHARE`` of its mass left is gone.

    Args:
        x..vz: Earth-fixed state at release, m and m/s.
        ut_h: UT at release, h.
        mass, wall: total and wall mass, kg.
        area: mean projected area, m2.
        fate: COMPUTED (heated), ALWAYS (not heated) or NEVER (gone at release).
        specific_heat, melting, fusion, emissivity: of the material, SI.
        density_scale, heat_scale, lift_up, lift_left: as in ``Fragments``.
        table: atmosphere of the epoch.
        steps: step control.

    Returns:
        One row of ``Outcome`` in the order of its fields.
    """
    time = 0.0
    temperature = INITIAL_TEMPERATURE_K
    peak = temperature
    wall_start, core_start, area_start = wall, mass - wall, area
    core = core_start
    status = 0 if fate == NEVER else -1
    height, latitude = height_and_latitude(x, y, z)
    speed = sqrt(vx * vx + vy * vy + vz * vz)
    while status < 0 and fate != NEVER and time < LONGEST_FLIGHT_S and height < HIGHEST_M:
        local_time = local_time_h(ut_h + time / 3600.0, x, y)
        radius = sqrt(area / pi)
        length = 2.0 * radius
        column = air_column(table, height, latitude, local_time, density_scale)
        ax, ay, az, density, mach_number, kn = acceleration(
            x, y, z, vx, vy, vz, mass, area, length, lift_up, lift_left, column
        )
        r = sqrt(x * x + y * y + z * z)
        climb = (x * vx + y * vy + z * vz) / r
        pull = sqrt(ax * ax + ay * ay + az * az)
        # without drag |a| is g, at terminal velocity it is small: then drag itself limits the step
        step = step_length(speed, pull, climb, steps)
        brake = density * speed * drag_coefficient(mach_number, kn) * area / mass  # |d a / d v|
        step = min(step, STABLE_STEP / max(brake, 1e-9))
        if speed < SETTLED_MPS:
            sideways = sqrt(max(speed * speed - climb * climb, 0.0))
            if pull < SETTLED_SHARE * 9.8 and sideways < SETTLED_SHARE * speed:
                gravity = felt_gravity(x, y, z)
                duration, speed = settle(height, mass, area, density_scale, latitude, local_time, gravity, table)
                time += duration
                height = 0.0
                status = 1
                break
        heated = wall if wall > 0.0 else core
        surface = 4.0 * area
        if fate == COMPUTED and temperature >= melting:
            cold = heat_scale * cold_wall_heat_w(density, speed, mach_number, kn, radius, surface)
            step = min(step, MELT_SHARE * heated * max(fusion, 1e3) / max(cold, 1e-9))
        if climb < 0.0 and -climb * step > height:
            step = max(height / -climb, 1e-3)
        column = extended(column, table, climb * step, latitude, local_time, density_scale)
        x, y, z, vx, vy, vz, middle, density, mach_number, kn = rk4_step(
            x, y, z, vx, vy, vz, ax, ay, az, mass, area, length, lift_up, lift_left, column, step
        )
        time += step
        speed = sqrt(vx * vx + vy * vy + vz * vz)
        height, latitude = height_and_latitude(x, y, z)
        if fate == COMPUTED:
            cold = heat_scale * cold_wall_heat_w(density, middle, mach_number, kn, radius, surface)
            radiance = emissivity * STEFAN_BOLTZMANN * surface
            temperature, melted = wall_step(
                temperature, heated, specific_heat, melting, fusion, radiance,
                cold, hot_wall_slope(middle, mach_number), column.temperature_k, step,
            )  # fmt: skip
            peak = max(peak, temperature)
            if melted > 0.0:
                had_wall = wall > 0.0
                wall, core = melt_away(wall, core, melted, wall_start, core_start)
                mass = wall + core
                if mass == 0.0:
                    status = 0
                elif wall == 0.0:
                    area = area_start * exp(2.0 / 3.0 * log(core / core_start))
                    if had_wall:
                        temperature = INITIAL_TEMPERATURE_K
        if status < 0 and height < GROUND_M:
            height = 0.0
            status = 1
    if fate == NEVER:
        mass = 0.0
    return status, latitude, atan2(y, x), height, mass, area, speed, time, peak


@kernel
def fly_fragments(
    first: int, last: int, fragments: Fragments, materials: Materials, ut_entry_h: float,
    table: EpochTable, steps: Steps, outcome: Outcome,
) -> None:  # fmt: skip
    """Fly rows ``first`` to ``last`` (exclusive) and write them into ``outcome``; rows do not touch each other.

    Args:
        first, last: rows.
        fragments: pieces at release.
        materials: packed materials.
        ut_entry_h: UT at the entry interface, h.
        table: atmosphere of the epoch.
        steps: step control.
        outcome: written in place.
    """
    for i in range(first, last):
        s = fragments.state[i]
        m = int(fragments.material[i])
        (
            outcome.status[i],
            outcome.latitude_rad[i],
            outcome.longitude_rad[i],
            outcome.height_m[i],
            outcome.mass_kg[i],
            outcome.area_m2[i],
            outcome.speed_mps[i],
            outcome.duration_s[i],
            outcome.peak_temperature_k[i],
        ) = fly_fragment(
            s[0], s[1], s[2], s[3], s[4], s[5], ut_entry_h + fragments.start_s[i] / 3600.0,
            fragments.mass_kg[i], fragments.wall_kg[i], fragments.area_m2[i], fragments.fate[i],
            materials.specific_heat_j_kg_k[m], materials.melting_temperature_k[m],
            materials.heat_of_fusion_j_kg[m], materials.emissivity[m],
            fragments.density_scale[i], fragments.heat_scale[i], fragments.lift_up[i], fragments.lift_left[i],
            table, steps,
        )  # fmt: skip


@kernel
def fly_to_heights(
    state: np.ndarray, start_s: np.ndarray, mass_kg: np.ndarray, area_m2: np.ndarray, length_m: np.ndarray,
    target_m: np.ndarray, density_scale: float, ut_entry_h: float, table: EpochTable, steps: Steps,
) -> int:  # fmt: skip
    """Fly bodies that are not heated (the station, its modules) down to given heights, in place.

    Args:
        state: shape (n, 6), Earth-fixed, m and m/s; overwritten with the state at the target height.
        start_s: shape (n,), seconds since the entry interface; overwritten with the time at the target.
        mass_kg, area_m2, length_m: shape (n,), as for ``acceleration``.
        target_m: shape (n,), geodetic height; a body at or below it stays where it is.
        density_scale: this run's factor on the density.
        ut_entry_h: UT at the entry interface, h.
        table: atmosphere of the epoch.
        steps: step control.

    Returns:
        How many bodies never came down to their height.
    """
    lost = 0
    for i in range(state.shape[0]):
        x, y, z, vx, vy, vz = state[i, 0], state[i, 1], state[i, 2], state[i, 3], state[i, 4], state[i, 5]
        time = start_s[i]
        limit = time + LONGEST_FLIGHT_S
        height, latitude = height_and_latitude(x, y, z)
        while height > target_m[i] + GROUND_M:
            if time > limit or height > HIGHEST_M:
                lost += 1
                break
            local_time = local_time_h(ut_entry_h + time / 3600.0, x, y)
            column = air_column(table, height, latitude, local_time, density_scale)
            ax, ay, az, _, _, _ = acceleration(
                x, y, z, vx, vy, vz, mass_kg[i], area_m2[i], length_m[i], 0.0, 0.0, column
            )
            climb = (x * vx + y * vy + z * vz) / sqrt(x * x + y * y + z * z)
            pull = sqrt(ax * ax + ay * ay + az * az)
            step = step_length(sqrt(vx * vx + vy * vy + vz * vz), pull, climb, steps)
            if climb < 0.0 and -climb * step > height - target_m[i]:
                step = max((height - target_m[i]) / -climb, 1e-3)
            column = extended(column, table, climb * step, latitude, local_time, density_scale)
            x, y, z, vx, vy, vz, _, _, _, _ = rk4_step(
                x, y, z, vx, vy, vz, ax, ay, az, mass_kg[i], area_m2[i], length_m[i], 0.0, 0.0, column, step
            )
            time += step
            height, latitude = height_and_latitude(x, y, z)
        state[i, 0], state[i, 1], state[i, 2], state[i, 3], state[i, 4], state[i, 5] = x, y, z, vx, vy, vz
        start_s[i] = time
    return lost


def empty_outcome(rows: int) -> Outcome:
    """Room for the outcome of ``rows`` pieces."""
    return Outcome(np.full(rows, -1, dtype=np.int64), *(np.zeros(rows) for _ in Outcome._fields[1:]))
