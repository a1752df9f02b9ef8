"""Flight of one piece from release to the ground: kernels over plain numbers, nothing allocated on the way.

Earth-fixed frame, SI; rotating Earth with J2 to J4, wind where there is any. Over one step, some 1.4 km of height at
most, the air is a column: density by its slope at the start and by what that slope left out over the step before,
temperature, molar mass and wind those half-way. Tables are read twice per step instead of eight times.
"""

from __future__ import annotations

from math import atan2, cos, log, pi, sin, sqrt

import numpy as np

from pointnemo.compiled import kernel
from pointnemo.motion.aerodynamics import Drag, knudsen, mach, mean_free_path_m, shaped_drag_coefficient
from pointnemo.motion.ellipsoid import height_and_latitude, height_by_series
from pointnemo.motion.gravity import zonal_acceleration
from pointnemo.reentry.air import (
    Column,
    air_column,
    column_density,
    layer_factor,
    local_time_h,
    scale_factor,
    scaled_density,
    with_drift,
    with_wind,
)
from pointnemo.reentry.heating import (
    INITIAL_TEMPERATURE_K,
    STEFAN_BOLTZMANN,
    half_melted,
    hot_wall_slope,
    melt_away,
    melted_area,
    net_heat_w,
    wall_step,
)
from pointnemo.reentry.laws import heat_w, oxidation_heat_w
from pointnemo.reentry.pack import (
    COMPUTED,
    LAYERS,
    NEVER,
    STILL_AIR,
    Air,
    Fragments,
    Laws,
    Materials,
    Outcome,
    Steps,
)
from pointnemo.reentry.walls import LAYER_COUNT, layers_step, new_layers
from pointnemo.world.atmosphere import EpochTable, epoch_gas
from pointnemo.world.earth import EARTH_ROTATION_RAD_S
from pointnemo.world.wind import is_windy, wind_at

__all__ = ["Column", "acceleration", "air_column", "empty_outcome", "fly_fragments", "fly_to_heights"]


DENSITY_SCALE_HEIGHT_M = 14_000.0  # step control only: twice the true one, since the tolerance counts per e-fold
LONGEST_FLIGHT_S = 6.0 * 3600.0  # a foil of 0.5 kg/m2 takes under 2 h; beyond this a flight is a failure
HIGHEST_M = 400_000.0  # a piece that climbs past this height has left the atmosphere again
GROUND_M = 0.5  # height at which a piece counts as down
SETTLED_MPS = 40.0  # below this speed a piece falls at its terminal velocity, lag included, within 0.5 %
SETTLED_SHARE = 0.05  # largest acceleration, in g, and largest tangent of the path from the vertical
SETTLE_STEP_M = 500.0  # a fourteenth of the scale height
MELT_SHARE = 0.1  # at most this share of the heated mass melts per step
MEAN_RADIUS_M = 6_371_000.0  # of the Earth; for drift, which is tens of kilometres, and for gravity on the way down
STABLE_STEP = 1.5  # RK4 is stable to 2.78 / |eigenvalue|; half of that damps as well


@kernel
def acceleration(
    x: float, y: float, z: float, vx: float, vy: float, vz: float,
    mass: float, area: float, length: float, lift_up: float, lift_left: float, column: Column, body: Drag,
    elapsed: float = 0.0,
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    """Acceleration in the rotating frame, with what the heating needs of the air.

    Gravity to J4, Coriolis and centrifugal terms, drag on the mean projected area, lift across the flight; drag and
    lift in the air, which moves with the wind.

    Args:
        x, y, z: Earth-fixed position, m.
        vx, vy, vz: velocity relative to the Earth, m/s.
        mass: kg.
        area: mean projected area, m2.
        length: what the mean free path is compared with, m.
        lift_up, lift_left: lift / drag, upwards and to the left of the flight.
        column: the air around.
        body: what sets its drag apart from a tumbling sphere's.
        elapsed: since the column was read, s.

    Returns:
        Acceleration (m/s2, three components), density (kg/m3), Mach number, Knudsen number.
    """
    r = sqrt(x * x + y * y + z * z)
    u = z / r
    density = column_density(column, height_by_series(r, u * u), elapsed)
    px, py, pz = vx - column.wind_x_mps, vy - column.wind_y_mps, vz - column.wind_z_mps  # past the air
    speed = max(sqrt(px * px + py * py + pz * pz), 1e-6)
    mach_number = mach(speed, column.temperature_k, column.molar_mass_kg_mol)
    kn = knudsen(mean_free_path_m(density, column.temperature_k, column.molar_mass_kg_mol), length)
    drag = 0.5 * density * speed * shaped_drag_coefficient(mach_number, kn, body) * area / mass  # per m/s
    ax, ay, az = zonal_acceleration(x, y, z)
    w2 = EARTH_ROTATION_RAD_S * EARTH_ROTATION_RAD_S
    ax += w2 * x + 2.0 * EARTH_ROTATION_RAD_S * vy - drag * px
    ay += w2 * y - 2.0 * EARTH_ROTATION_RAD_S * vx - drag * py
    az -= drag * pz
    if (lift_up != 0.0 or lift_left != 0.0) and mach_number > 1.0:
        # left = up x flight, made a unit vector; the lift's up is flight x left
        lx, ly, lz = (y * pz - z * py) / r, (z * px - x * pz) / r, (x * py - y * px) / r
        across = max(sqrt(lx * lx + ly * ly + lz * lz), 1e-6)
        lx, ly, lz = lx / across, ly / across, lz / across
        force = drag * speed
        ux, uy, uz = (py * lz - pz * ly) / speed, (pz * lx - px * lz) / speed, (px * ly - py * lx) / speed
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
    mass: float, area: float, length: float, lift_up: float, lift_left: float, column: Column, body: Drag, step: float,
) -> tuple[float, float, float, float, float, float, float, float, float, float]:  # fmt: skip
    """One classical Runge-Kutta step of order 4.

    Args:
        x..vz: state at the start, m and m/s.
        ax, ay, az: acceleration at the start, as ``acceleration`` gave it.
        mass..body: as for ``acceleration``.
        step: s.

    Returns:
        State at the end; speed past the air, density, Mach and Knudsen number half-way, for the heating.
    """
    half = 0.5 * step
    ux, uy, uz = vx + half * ax, vy + half * ay, vz + half * az
    bx, by, bz, _, _, _ = acceleration(
        x + half * vx, y + half * vy, z + half * vz, ux, uy, uz, mass, area, length, lift_up, lift_left, column, body,
        half,
    )  # fmt: skip
    wx, wy, wz = vx + half * bx, vy + half * by, vz + half * bz
    cx, cy, cz, density, mach_number, kn = acceleration(
        x + half * ux, y + half * uy, z + half * uz, wx, wy, wz, mass, area, length, lift_up, lift_left, column, body,
        half,
    )  # fmt: skip
    qx, qy, qz = vx + step * cx, vy + step * cy, vz + step * cz
    dx, dy, dz, _, _, _ = acceleration(
        x + step * wx, y + step * wy, z + step * wz, qx, qy, qz, mass, area, length, lift_up, lift_left, column, body,
        step,
    )  # fmt: skip
    sixth = step / 6.0
    px, py, pz = wx - column.wind_x_mps, wy - column.wind_y_mps, wz - column.wind_z_mps
    return (
        x + sixth * (vx + 2.0 * (ux + wx) + qx),
        y + sixth * (vy + 2.0 * (uy + wy) + qy),
        z + sixth * (vz + 2.0 * (uz + wz) + qz),
        vx + sixth * (ax + 2.0 * (bx + cx) + dx),
        vy + sixth * (ay + 2.0 * (by + cy) + dy),
        vz + sixth * (az + 2.0 * (bz + cz) + dz),
        sqrt(px * px + py * py + pz * pz),
        density,
        mach_number,
        kn,
    )


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
    height: float, mass: float, area: float, density_scale: float, latitude: float, local_time: float,
    gravity: float, table: EpochTable, body: Drag, air: Air, run: int,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Fall at terminal velocity to the ground.

    Drag balances gravity and the slowing-down in ever denser air: v^2 = v_t^2 / (1 - v_t^2 / (2 H g)), with the local
    scale height H of density (dv/dt = v^2/2H follows from v ~ density^-1/2). Midpoint rule over equal layers. The piece
    drifts with the wind.

    Args:
        height: m.
        mass, area, density_scale, latitude, local_time, table, body, air, run: as for ``fly_fragment``.
        gravity: at that height, m/s2; below it grows as the distance from the centre shrinks.

    Returns:
        Duration (s), impact speed through the air (m/s), drift to the east and to the north (m).
    """
    layers = int(height / SETTLE_STEP_M) + 1
    thickness = height / layers
    duration = 0.0
    speed = SETTLED_MPS
    east = north = 0.0
    windy, layered = is_windy(air.wind), air.layer_m.shape[0] > 0
    for layer in range(layers + 1):
        # the last pass is the ground itself, for the impact speed
        level = height - (layer + 0.5) * thickness if layer < layers else 0.0
        factor, factor_above = scale_factor(density_scale, level), scale_factor(density_scale, level + 100.0)
        if layered:
            factor, factor_above = layer_factor(air, run, level), layer_factor(air, run, level + 100.0)
        density = scaled_density(table, level, latitude, local_time, factor)
        above = scaled_density(table, level + 100.0, latitude, local_time, factor_above)
        scale_height = 100.0 / log(density / above)
        weight = gravity * (1.0 + 2.0 * (height - level) / MEAN_RADIUS_M)
        temperature, molar_mass = epoch_gas(table, 0.001 * level, latitude)
        kn = knudsen(mean_free_path_m(density, temperature, molar_mass), 2.0 * sqrt(area / pi))
        for _ in range(4):  # C_D hardly depends on so small a Mach number
            cd = shaped_drag_coefficient(mach(speed, temperature, molar_mass), kn, body)
            square = 2.0 * mass * weight / (density * cd * area)
            speed = sqrt(square / max(1.0 - square / (2.0 * scale_height * weight), 0.5))
        if layer < layers:
            duration += thickness / speed
            if windy:
                wind_east, wind_north = wind_at(air.wind, run, level, latitude)
                east += wind_east * thickness / speed
                north += wind_north * thickness / speed
    return duration, speed, east, north


@kernel
def drifted(x: float, y: float, latitude: float, east: float, north: float) -> tuple[float, float, float]:
    """Where a piece is after it drifted, as x and y (m, for the longitude) and geodetic latitude (rad)."""
    out = max(sqrt(x * x + y * y), 1.0)
    return x - east * y / out, y + east * x / out, latitude + north / MEAN_RADIUS_M


@kernel
def _or(column: np.ndarray, i: int, otherwise: float) -> float:
    """Row of a column, or what holds where the column is left out."""
    return column[i] if column.shape[0] > 0 else otherwise


@kernel
def fly_fragment(
    x: float, y: float, z: float, vx: float, vy: float, vz: float, ut_h: float,
    mass: float, wall: float, area: float, fate: int,
    density: float, specific_heat: float, melting: float, fusion: float, emissivity: float,
    conductivity: float, oxide_heat: float,
    density_scale: float, heat_scale: float, lift_up: float, lift_left: float, roll: float,
    body: Drag, nose: float, run: int,
    table: EpochTable, steps: Steps, laws: Laws, air: Air, layers: np.ndarray,
) -> tuple[int, float, float, float, float, float, float, float, float]:  # fmt: skip
    """Fly one piece until it is down or gone.

    The wall melts first; when it is gone the rest is exposed, cold, and melts as a solid. Either may be missing. How
    the size changes on the way is for ``heating.melted_area``. A wall or a solid with less than ``RESIDUAL_SHARE`` of
    its mass left is gone.

    Args:
        x..vz: Earth-fixed state at release, m and m/s.
        ut_h: UT at release, h.
        mass, wall: total and wall mass, kg.
        area: mean projected area, m2.
        fate: COMPUTED (heated), ALWAYS (not heated) or NEVER (gone at release).
        density..oxide_heat: of the material, SI; conductivity 0 where it is not known.
        density_scale, heat_scale, lift_up, lift_left, roll: as in ``Fragments``.
        body: shape and attitude.
        nose: nose radius at release, m; 0: of the sphere with the same surface.
        run: row of ``air``.
        table: atmosphere of the epoch.
        steps: step control.
        laws: of heating, walls and melting.
        air: wind and errors of density by height.
        layers: scratch for the wall, from ``walls.new_layers``.

    Returns:
        One row of ``Outcome`` in the order of its fields.
    """
    time = 0.0
    temperature = INITIAL_TEMPERATURE_K
    peak = temperature
    wall_start, core_start, area_start = wall, mass - wall, area
    core = core_start
    windy, by_height = is_windy(air.wind), air.layer_m.shape[0] > 0
    layered = laws.wall == LAYERS and conductivity > 0.0
    if layered:
        layers[0, :] = INITIAL_TEMPERATURE_K
    last_step, expected, melted, net = 0.0, 0.0, 0.0, 0.0
    up, side = lift_up, lift_left
    status = 0 if fate == NEVER else -1
    height, latitude = height_and_latitude(x, y, z)
    speed = sqrt(vx * vx + vy * vy + vz * vz)
    while status < 0 and fate != NEVER and time < LONGEST_FLIGHT_S and height < HIGHEST_M:
        local_time = local_time_h(ut_h + time / 3600.0, x, y)
        flown, flown_area = mass, area
        if melted > 0.0:  # what is left half-way, if as much melts as in the step before
            left_wall, left_core = half_melted(wall, core, melted, wall_start, core_start)
            flown = left_wall + left_core
            flown_area = melted_area(laws.melting, density, area_start, left_wall, left_core, wall_start, core_start)
        size = sqrt(flown_area / pi)
        radius = nose * sqrt(flown_area / area_start) if nose > 0.0 else size
        length = 2.0 * size
        r = sqrt(x * x + y * y + z * z)
        climb = (x * vx + y * vy + z * vz) / r
        factor = layer_factor(air, run, height) if by_height else scale_factor(density_scale, height)
        rise = 0.5 * climb * last_step
        column = with_drift(air_column(table, height, latitude, local_time, factor, rise), expected, last_step)
        if windy:
            column = with_wind(column, air, run, height + rise, latitude, x, y)
            px, py, pz = vx - column.wind_x_mps, vy - column.wind_y_mps, vz - column.wind_z_mps
            speed = sqrt(px * px + py * py + pz * pz)
        if roll != 0.0:
            c, s = cos(roll * time), sin(roll * time)
            up, side = c * lift_up - s * lift_left, s * lift_up + c * lift_left
        ax, ay, az, rho, mach_number, kn = acceleration(
            x, y, z, vx, vy, vz, flown, flown_area, length, up, side, column, body
        )
        pull = sqrt(ax * ax + ay * ay + az * az)
        # without drag |a| is g, at terminal velocity it is small: then drag itself limits the step
        step = step_length(speed, pull, climb, steps)
        brake = rho * speed * shaped_drag_coefficient(mach_number, kn, body) * flown_area / flown  # |d a / d v|
        step = min(step, STABLE_STEP / max(brake, 1e-9))
        if speed < SETTLED_MPS:
            sideways = sqrt(max(speed * speed - climb * climb, 0.0))
            if pull < SETTLED_SHARE * 9.8 and sideways < SETTLED_SHARE * speed:
                gravity = felt_gravity(x, y, z)
                duration, speed, east, north = settle(
                    height, mass, area, density_scale, latitude, local_time, gravity, table, body, air, run
                )
                time += duration
                height = 0.0
                status = 1
                if windy:
                    x, y, latitude = drifted(x, y, latitude, east, north)
                    east, north = wind_at(air.wind, run, 0.0, latitude)
                    speed = sqrt(speed * speed + east * east + north * north)
                break
        heated = wall if wall > 0.0 else core
        surface = 4.0 * flown_area
        if net > 0.0:  # up to the melting point, and a share of the melting; heat as in the step before
            step = min(step, (specific_heat * (melting - temperature) + MELT_SHARE * max(fusion, 1e3)) * heated / net)
        if climb < 0.0 and -climb * step > height:
            step = max(height / -climb, 1e-3)
        x, y, z, vx, vy, vz, middle, rho, mach_number, kn = rk4_step(
            x, y, z, vx, vy, vz, ax, ay, az, flown, flown_area, length, up, side, column, body, step
        )
        time += step
        last_step = step
        speed = sqrt(vx * vx + vy * vy + vz * vz)
        height, latitude = height_and_latitude(x, y, z)
        expected = column_density(column, height, 0.0)
        if fate == COMPUTED:
            cold = heat_scale * heat_w(
                laws, rho, middle, mach_number, kn, radius, surface, column.temperature_k, column.molar_mass_kg_mol
            )
            slope = hot_wall_slope(middle, mach_number)
            if laws.oxidation > 0.0 and cold > 0.0:  # does not ebb with the wall's temperature: slope for the sum
                oxide = oxidation_heat_w(laws.oxidation, oxide_heat, cold, middle)
                slope *= cold / (cold + oxide)
                cold += oxide
            radiance = emissivity * STEFAN_BOLTZMANN * surface
            if layered:
                melted = layers_step(
                    layers, heated, heated / (density * surface), surface, conductivity, specific_heat, melting, fusion,
                    radiance, cold, slope, column.temperature_k, step,
                )  # fmt: skip
                temperature = layers[0, LAYER_COUNT - 1]
            else:
                temperature, melted = wall_step(
                    temperature, heated, specific_heat, melting, fusion, radiance,
                    cold, slope, column.temperature_k, step,
                )  # fmt: skip
            peak = max(peak, temperature)
            net = net_heat_w(temperature, cold, slope, column.temperature_k, radiance)
            if melted > 0.0:
                had_wall = wall > 0.0
                wall, core = melt_away(wall, core, melted, wall_start, core_start)
                mass = wall + core
                if mass == 0.0:
                    status = 0
                else:
                    area = melted_area(laws.melting, density, area_start, wall, core, wall_start, core_start)
                    if had_wall and wall == 0.0:
                        melted = 0.0
                        temperature = INITIAL_TEMPERATURE_K
                        if layered:
                            layers[0, :] = INITIAL_TEMPERATURE_K
        if status < 0 and height < GROUND_M:
            height = 0.0
            status = 1
    if fate == NEVER:
        mass = 0.0
    return status, latitude, atan2(y, x), height, mass, area, speed, time, peak


@kernel
def _fly_rows(
    first: int, last: int, fragments: Fragments, materials: Materials, ut_entry_h: float,
    table: EpochTable, steps: Steps, outcome: Outcome, laws: Laws, air: Air, layers: np.ndarray,
) -> None:  # fmt: skip
    """The rows of ``fly_fragments``."""
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
            materials.density_kg_m3[m], materials.specific_heat_j_kg_k[m], materials.melting_temperature_k[m],
            materials.heat_of_fusion_j_kg[m], materials.emissivity[m],
            _or(materials.conductivity_w_m_k, m, 0.0), _or(materials.oxide_heat_j_kg, m, 0.0),
            fragments.density_scale[i], fragments.heat_scale[i], fragments.lift_up[i], fragments.lift_left[i],
            _or(fragments.roll_rad_s, i, 0.0),
            Drag(
                _or(fragments.drag_continuum, i, 1.0), _or(fragments.drag_free, i, 1.0),
                int(_or(fragments.slow_law, i, 0)), laws.drag_bridge,
            ),
            _or(fragments.nose_radius_m, i, 0.0), int(_or(fragments.run, i, 0)),
            table, steps, laws, air, layers,
        )  # fmt: skip


def fly_fragments(
    first: int, last: int, fragments: Fragments, materials: Materials, ut_entry_h: float,
    table: EpochTable, steps: Steps, outcome: Outcome, laws: Laws | None = None, air: Air = STILL_AIR,
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
        laws: of heating, walls and melting; none: the default ones.
        air: wind and errors of density by height; its rows are named by ``fragments.run``.
    """
    chosen = Laws() if laws is None else laws
    _fly_rows(first, last, fragments, materials, ut_entry_h, table, steps, outcome, chosen, air, new_layers())


@kernel
def _fly_bodies(
    state: np.ndarray, start_s: np.ndarray, mass_kg: np.ndarray, area_m2: np.ndarray, length_m: np.ndarray,
    target_m: np.ndarray, density_scale: float, ut_entry_h: float, table: EpochTable, steps: Steps,
    body: Drag, air: Air, run: int,
) -> int:  # fmt: skip
    """The bodies of ``fly_to_heights``."""
    lost = 0
    windy, by_height = is_windy(air.wind), air.layer_m.shape[0] > 0
    for i in range(state.shape[0]):
        x, y, z, vx, vy, vz = state[i, 0], state[i, 1], state[i, 2], state[i, 3], state[i, 4], state[i, 5]
        time = start_s[i]
        limit = time + LONGEST_FLIGHT_S
        height, latitude = height_and_latitude(x, y, z)
        step, expected = 0.0, 0.0
        while height > target_m[i] + GROUND_M:
            if time > limit or height > HIGHEST_M:
                lost += 1
                break
            local_time = local_time_h(ut_entry_h + time / 3600.0, x, y)
            climb = (x * vx + y * vy + z * vz) / sqrt(x * x + y * y + z * z)
            factor = layer_factor(air, run, height) if by_height else scale_factor(density_scale, height)
            rise = 0.5 * climb * step
            column = with_drift(air_column(table, height, latitude, local_time, factor, rise), expected, step)
            if windy:
                column = with_wind(column, air, run, height + rise, latitude, x, y)
            ax, ay, az, rho, mach_number, kn = acceleration(
                x, y, z, vx, vy, vz, mass_kg[i], area_m2[i], length_m[i], 0.0, 0.0, column, body
            )
            pull, speed = sqrt(ax * ax + ay * ay + az * az), sqrt(vx * vx + vy * vy + vz * vz)
            step = step_length(speed, pull, climb, steps)
            brake = rho * speed * shaped_drag_coefficient(mach_number, kn, body) * area_m2[i] / mass_kg[i]
            step = min(step, STABLE_STEP / max(brake, 1e-9))
            if climb < 0.0 and -climb * step > height - target_m[i]:
                step = max((height - target_m[i]) / -climb, 1e-3)
            x, y, z, vx, vy, vz, _, _, _, _ = rk4_step(
                x, y, z, vx, vy, vz, ax, ay, az, mass_kg[i], area_m2[i], length_m[i], 0.0, 0.0, column, body, step
            )
            time += step
            height, latitude = height_and_latitude(x, y, z)
            expected = column_density(column, height, 0.0)
        state[i, 0], state[i, 1], state[i, 2], state[i, 3], state[i, 4], state[i, 5] = x, y, z, vx, vy, vz
        start_s[i] = time
    return lost


def fly_to_heights(
    state: np.ndarray, start_s: np.ndarray, mass_kg: np.ndarray, area_m2: np.ndarray, length_m: np.ndarray,
    target_m: np.ndarray, density_scale: float, ut_entry_h: float, table: EpochTable, steps: Steps,
    body: Drag | None = None, air: Air = STILL_AIR, run: int = 0,
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
        body: shape and attitude of all of them.
        air: wind and errors of density by height.
        run: row of ``air``.

    Returns:
        How many bodies never came down to their height.
    """
    chosen = Drag() if body is None else body
    return _fly_bodies(
        state, start_s, mass_kg, area_m2, length_m, target_m, density_scale, ut_entry_h, table, steps, chosen, air, run
    )


def empty_outcome(rows: int) -> Outcome:
    """Room for the outcome of ``rows`` pieces."""
    return Outcome(np.full(rows, -1, dtype=np.int64), *(np.zeros(rows) for _ in Outcome._fields[1:]))
