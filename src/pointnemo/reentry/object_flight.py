"""Flight of one object with all that happens to it on the way: the kernel of the fragments, step by step.

Every step is made of the same parts as in ``flight.fly_fragment`` (air, drag, heat, wall, melting), and a test holds
the two together. Here a flight stops at given heights, so that a table can be written, remembers its peaks, may start
hot, and falls to the ground without the short cut at terminal velocity.
"""

from __future__ import annotations

from math import cos, pi, sin, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.motion.aerodynamics import Drag, shaped_drag_coefficient
from pointnemo.motion.ellipsoid import height_and_latitude
from pointnemo.reentry.air import Column, air_column, column_density, local_time_h, run_factor, with_drift, with_wind
from pointnemo.reentry.flight import (
    GROUND_M,
    HIGHEST_M,
    LONGEST_FLIGHT_S,
    MELT_SHARE,
    STABLE_STEP,
    acceleration,
    rk4_step,
    step_length,
)
from pointnemo.reentry.heating import (
    INITIAL_TEMPERATURE_K,
    STEFAN_BOLTZMANN,
    hot_wall_slope,
    melt_away,
    melted_area,
    wall_step,
)
from pointnemo.reentry.laws import bridged_flux, heat_w, oxidation_heat_w, stagnation_flux
from pointnemo.reentry.pack import LAYERS, Air, Laws, Steps
from pointnemo.reentry.walls import LAYER_COUNT, layers_step, new_layers
from pointnemo.world.atmosphere import EpochTable

__all__ = [
    "DEMISED",
    "FINE",
    "FLYING",
    "LANDED",
    "LOST",
    "Flown",
    "FlyingObject",
    "Marks",
    "Parcel",
    "fly_object",
]

FloatArray = NDArray[np.float64]

FLYING, DEMISED, LANDED, LOST = -1, 0, 1, 2
FINE_MELT_SHARE = 0.2 * MELT_SHARE
STANDARD_GRAVITY = 9.80665  # m/s2, CGPM 1901: the g of loads
FINE = Steps(tolerance=0.005, longest_s=0.25)
"""Steps of one object: a sixteenth of those of the fragments, or less."""


class FlyingObject(NamedTuple):
    """One object, as the kernel takes it. SI.

    Attributes:
        wall_kg, core_kg: what melts first, and what is inside or is a solid; at the start.
        area_m2: a quarter of the outer surface, at the start.
        nose_m: nose radius at the start; it shrinks with the size.
        drag: shape and attitude.
        density, specific_heat, melting_k, fusion, emissivity, conductivity, oxide_heat: of the material;
            conductivity 0 where it is not known.
        heat_scale, density_scale, drag_scale: factors.
        lift: lift / drag while faster than sound.
        bank_rad: where it points at the start, from up to the left.
        roll_rad_s: how fast it turns from up to the left.
        ambient_k: to which the wall radiates.
    """

    wall_kg: float
    core_kg: float
    area_m2: float
    nose_m: float
    drag: Drag
    density: float
    specific_heat: float
    melting_k: float
    fusion: float
    emissivity: float
    conductivity: float
    oxide_heat: float
    heat_scale: float
    density_scale: float
    drag_scale: float
    lift: float = 0.0
    bank_rad: float = 0.0
    roll_rad_s: float = 0.0
    ambient_k: float = 0.0


class Parcel(NamedTuple):
    """What changes on the way: places in the array that the kernel advances.

    Position (m) and velocity (m/s) are Earth-fixed; time counts from the start; ``expected`` is for ``air.with_drift``.
    """

    x: int = 0
    y: int = 1
    z: int = 2
    vx: int = 3
    vy: int = 4
    vz: int = 5
    time: int = 6
    temperature: int = 7
    wall: int = 8
    core: int = 9
    area: int = 10
    last_step: int = 11
    expected: int = 12


class Marks(NamedTuple):
    """What is told of a moment: places in the arrays of the kernel. Shape (marks,); peaks are (marks, 3).

    A peak has its value, its time (s) and its height (m).
    """

    temperature: int = 0
    load_g: int = 1
    flux: int = 2
    pressure: int = 3
    mach: int = 4
    knudsen: int = 5
    drag: int = 6
    mean_flux: int = 7


_P, _M = Parcel(), Marks()
MARKS = len(Marks())
PEAKS = 4


@kernel
def _remember(peaks: np.ndarray, mark: int, value: float, time: float, height: float) -> None:
    """Keep a value if it is the largest so far."""
    if value > peaks[mark, 0]:
        peaks[mark, 0], peaks[mark, 1], peaks[mark, 2] = value, time, height


@kernel
def _lift(body: FlyingObject, time: float) -> tuple[float, float]:
    """Lift / drag upwards and to the left of the flight at a time (s) since the start."""
    if body.lift == 0.0:
        return 0.0, 0.0
    angle = body.bank_rad + body.roll_rad_s * time
    return body.lift * cos(angle), body.lift * sin(angle)


@kernel
def _tell(
    x: float, y: float, z: float, vx: float, vy: float, vz: float, time: float, temperature: float, mass: float,
    area: float, last_step: float, expected: float, now: np.ndarray, ut_h: float,
    body: FlyingObject, table: EpochTable, laws: Laws, air: Air,
) -> tuple[float, float, float, float, float, float, float, Column]:  # fmt: skip
    """What holds at a moment, into ``now``; and what the next step needs of it.

    Args:
        x..vz: Earth-fixed state, m and m/s.
        time, temperature, mass, area, last_step, expected: see ``Parcel``.
        now: places of ``Marks``, overwritten.
        ut_h..air: as for ``_fly_leg``.

    Returns:
        Acceleration (m/s2, three components), climb (m/s), speed past the air (m/s), drag per mass and speed (1/s),
        heat into the cold body (W), and the air.
    """
    height, latitude = height_and_latitude(x, y, z)
    local_time = local_time_h(ut_h + time / 3600.0, x, y)
    climb = (x * vx + y * vy + z * vz) / sqrt(x * x + y * y + z * z)
    column = air_column(table, height, latitude, local_time, run_factor(air, 0, body.density_scale, height))
    column = with_drift(column, expected, last_step)
    column = with_wind(column, air, 0, height + 0.5 * climb * last_step, latitude, x, y)
    up, side = _lift(body, time)
    ax, ay, az, rho, number, kn = acceleration(
        x, y, z, vx, vy, vz, mass, body.drag_scale * area, 2.0 * sqrt(area / pi), up, side, column, body.drag
    )
    px, py, pz = vx - column.wind_x_mps, vy - column.wind_y_mps, vz - column.wind_z_mps
    speed = sqrt(px * px + py * py + pz * pz)
    cd = body.drag_scale * shaped_drag_coefficient(number, kn, body.drag)
    radius = body.nose_m * sqrt(area / body.area_m2)
    flux = stagnation_flux(laws.heating, rho, speed, radius, column.temperature_k, column.molar_mass_kg_mol)
    cold = body.heat_scale * heat_w(
        laws, rho, speed, number, kn, radius, 4.0 * area, column.temperature_k, column.molar_mass_kg_mol
    )
    now[_M.temperature] = temperature
    now[_M.load_g] = 0.5 * rho * speed * speed * cd * area / mass / STANDARD_GRAVITY
    now[_M.flux] = body.heat_scale * bridged_flux(laws, flux, rho, speed, kn)
    now[_M.pressure] = 0.5 * rho * speed * speed
    now[_M.mach] = number
    now[_M.knudsen] = kn
    now[_M.drag] = cd
    now[_M.mean_flux] = 0.25 * cold / area
    return ax, ay, az, climb, speed, rho * speed * cd * area / mass, cold, column


@kernel
def _fly_leg(
    parcel: np.ndarray, now: np.ndarray, peaks: np.ndarray, layers: np.ndarray, target_m: float, ut_h: float,
    body: FlyingObject, table: EpochTable, steps: Steps, laws: Laws, air: Air,
) -> int:  # fmt: skip
    """Fly on to the next height, to the ground, or to the end of the object.

    Args:
        parcel: places of ``Parcel``, advanced.
        now: places of ``Marks`` at the end, overwritten; where the object is gone, those of the last moment before.
        peaks: largest so far, updated; the flux is that of the cold stagnation point.
        layers: temperatures of the wall, see ``walls.new_layers``.
        target_m: geodetic height.
        ut_h: UT at the start of the whole flight, h.
        body: the object.
        table: atmosphere.
        steps: step control.
        laws: of heating, walls and melting.
        air: wind.

    Returns:
        FLYING where the height is reached, else DEMISED, LANDED or LOST.
    """
    x, y, z = parcel[_P.x], parcel[_P.y], parcel[_P.z]
    vx, vy, vz = parcel[_P.vx], parcel[_P.vy], parcel[_P.vz]
    time, temperature = parcel[_P.time], parcel[_P.temperature]
    wall, core, area = parcel[_P.wall], parcel[_P.core], parcel[_P.area]
    last_step, expected = parcel[_P.last_step], parcel[_P.expected]
    layered = laws.wall == LAYERS and body.conductivity > 0.0
    target = max(target_m, 0.0)
    status = FLYING
    height, _ = height_and_latitude(x, y, z)
    while True:
        mass = wall + core
        ax, ay, az, climb, speed, brake, cold, column = _tell(
            x, y, z, vx, vy, vz, time, temperature, mass, area, last_step, expected, now, ut_h, body, table, laws, air
        )
        for mark in range(PEAKS):
            _remember(peaks, mark, now[mark], time, height)
        if height <= target + GROUND_M:
            if target == 0.0:
                status = LANDED
            break
        if time > LONGEST_FLIGHT_S or height > HIGHEST_M:
            status = LOST
            break
        length = 2.0 * sqrt(area / pi)
        up, side = _lift(body, time)
        radius = body.nose_m * sqrt(area / body.area_m2)
        surface = 4.0 * area
        step = step_length(speed, sqrt(ax * ax + ay * ay + az * az), climb, steps)
        step = min(step, STABLE_STEP / max(brake, 1e-9))
        heated = wall if wall > 0.0 else core
        if temperature >= body.melting_k:
            step = min(step, FINE_MELT_SHARE * heated * max(body.fusion, 1e3) / max(cold, 1e-9))
        if climb < 0.0 and -climb * step > height - target:
            step = max((height - target) / -climb, 1e-3)
        x, y, z, vx, vy, vz, middle, rho, number, kn = rk4_step(
            x, y, z, vx, vy, vz, ax, ay, az, mass, body.drag_scale * area, length, up, side, column, body.drag, step
        )
        time += step
        last_step = step
        height, _ = height_and_latitude(x, y, z)
        expected = column_density(column, height, 0.0)
        cold = body.heat_scale * heat_w(
            laws, rho, middle, number, kn, radius, surface, column.temperature_k, column.molar_mass_kg_mol
        )
        slope = hot_wall_slope(middle, number)
        if laws.oxidation > 0.0 and cold > 0.0:
            oxide = oxidation_heat_w(laws.oxidation, body.oxide_heat, cold, middle)
            slope *= cold / (cold + oxide)
            cold += oxide
        radiance = body.emissivity * STEFAN_BOLTZMANN * surface
        if body.ambient_k > 0.0:  # as with the oxide, the wall keeps none of it away by being hot
            received = radiance * body.ambient_k**4
            slope *= cold / (cold + received)
            cold += received
        if layered:
            melted = layers_step(
                layers, heated, heated / (body.density * surface), surface, body.conductivity, body.specific_heat,
                body.melting_k, body.fusion, radiance, cold, slope, column.temperature_k, step,
            )  # fmt: skip
            temperature = layers[0, LAYER_COUNT - 1]
        else:
            temperature, melted = wall_step(
                temperature, heated, body.specific_heat, body.melting_k, body.fusion, radiance,
                cold, slope, column.temperature_k, step,
            )  # fmt: skip
        if melted > 0.0:
            had_wall = wall > 0.0
            wall, core = melt_away(wall, core, melted, body.wall_kg, body.core_kg)
            if wall + core == 0.0:
                status = DEMISED
                break
            area = melted_area(laws.melting, body.density, body.area_m2, wall, core, body.wall_kg, body.core_kg)
            if had_wall and wall == 0.0:
                temperature = INITIAL_TEMPERATURE_K
                if layered:
                    layers[0, :] = INITIAL_TEMPERATURE_K
    parcel[_P.x], parcel[_P.y], parcel[_P.z] = x, y, z
    parcel[_P.vx], parcel[_P.vy], parcel[_P.vz] = vx, vy, vz
    parcel[_P.time], parcel[_P.temperature] = time, temperature
    parcel[_P.wall], parcel[_P.core], parcel[_P.area] = wall, core, area
    parcel[_P.last_step], parcel[_P.expected] = last_step, expected
    return status


class Flown(NamedTuple):
    """A flown object.

    Attributes:
        parcel: shape (rows, places of ``Parcel``): the start, each height of the table, and the end.
        marks: shape (rows, places of ``Marks``).
        peaks: shape (4, 3): temperature (K), load (g), stagnation flux (W/m2) and dynamic pressure (Pa), each with its
            time (s) and height (m).
        status: DEMISED, LANDED or LOST.
    """

    parcel: FloatArray
    marks: FloatArray
    peaks: FloatArray
    status: int


def fly_object(
    state: FloatArray,
    temperature_k: float,
    body: FlyingObject,
    heights_m: FloatArray,
    ut_h: float,
    table: EpochTable,
    laws: Laws,
    air: Air,
    steps: Steps = FINE,
) -> Flown:
    """Fly one object until it is down or gone.

    Args:
        state: shape (6,), Earth-fixed, m and m/s.
        temperature_k: of the whole object at the start.
        body: the object.
        heights_m: falling heights at which a row is wanted, below the start; an object that climbs first passes them
            on its way down.
        ut_h: UT at the start, h.
        table: atmosphere.
        laws: of heating, walls and melting.
        air: wind.
        steps: step control.

    Returns:
        Rows, peaks and how it ended.
    """
    parcel = np.zeros(len(Parcel()))
    parcel[:6] = state
    parcel[_P.temperature], parcel[_P.area] = temperature_k, body.area_m2
    parcel[_P.wall], parcel[_P.core] = body.wall_kg, body.core_kg
    layers = new_layers()
    layers[0, :] = temperature_k
    now, peaks = np.zeros(MARKS), np.zeros((PEAKS, 3))
    rows: list[FloatArray] = []
    marks: list[FloatArray] = []
    status = FLYING
    for target in (HIGHEST_M, *heights_m, 0.0):  # the first is above the start: its row is the start itself
        status = _fly_leg(parcel, now, peaks, layers, float(target), ut_h, body, table, steps, laws, air)
        marks.append(now.copy())
        rows.append(parcel.copy())
        if status != FLYING:
            break
    return Flown(np.array(rows), np.array(marks), peaks, status)
