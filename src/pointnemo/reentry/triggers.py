"""Break-up by load and temperature: heights of release and opening follow from the flight, not from a table.

The station is flown down with all parts attached. A part leaves when the drag load on its joint exceeds what the joint
bears, or when the joint melts; from then on it flies alone until its shell does the same. Loads are given as pressure
on the part's mean projected area, so that one number serves wings of any size:

    attached:  |q C_D - (m / A) a|,  a = q sum(C_D A) / sum(m)  what the drag of the whole slows the part by
    alone:     q C_D

Parts that open as they leave (wings, panels) hang on those that stay whole; when these are gone they count as alone.

Temperature is that of a lumped wall of given areal mass under the tumbling heat of the part, or the radiative
equilibrium: a joint fails where that temperature equals the melting point of the part's material (the remedy that ORSAT
took in 2019 for parents of low ballistic coefficient).

Not in the model: bending, resonance, internal pressure, shadow and wakes of other parts.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.errors import Defect, ScenarioError
from pointnemo.motion.aerodynamics import Drag, drag_coefficient, knudsen, mean_free_path_m
from pointnemo.motion.ellipsoid import height_and_latitude
from pointnemo.reentry.air import air_column, column_density, local_time_h, run_factor, with_drift, with_wind
from pointnemo.reentry.catalogue import Body
from pointnemo.reentry.flight import HIGHEST_M, LONGEST_FLIGHT_S, acceleration, rk4_step, step_length
from pointnemo.reentry.heating import INITIAL_TEMPERATURE_K, STEFAN_BOLTZMANN, hot_wall_slope, net_heat_w, wall_step
from pointnemo.reentry.laws import heat_w
from pointnemo.reentry.pack import Air, Laws, Steps
from pointnemo.scenario.models import Material, Phase, Scenario
from pointnemo.world.atmosphere import EpochTable

__all__ = [
    "CAUSES",
    "FLOOR_KM",
    "Parts",
    "Station",
    "broke_by",
    "draw_parts",
    "march",
    "trigger_heights_km",
    "trigger_materials",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FLOOR_KM = 30.0  # below the largest dynamic pressure; what is still whole here is taken to come apart here
LONGEST_DROP_M = 250.0  # of one step between two looks at the triggers

BY_LOAD, BY_TEMPERATURE, LEFT_OVER = 0, 1, 2
CAUSES = ("load", "temperature", "left-over")
"""What breaks a joint or a shell; left over: the last part of the station, or what is whole at the floor."""

NEVER, LUMPED, EQUILIBRIUM = 0, 1, 2
MELTS = {"never": NEVER, "lumped": LUMPED, "equilibrium": EQUILIBRIUM}


class Parts(NamedTuple):
    """What the triggers need of the bodies, drawn for one run. First column: joint, second: shell.

    Attributes:
        mass_kg, area_m2: shape (n,).
        load_pa: shape (n, 2), inf where no load breaks it.
        melts: shape (n, 2), NEVER, LUMPED or EQUILIBRIUM.
        wall_kg_m2: shape (n, 2), heated mass per surface.
        at_once: shape (n,), 1 where the shell opens with the joint.
        specific_heat, melting, fusion, emissivity: shape (n,), of the element's material, SI.
        drag_continuum, drag_free: shape (n,), of the attitude in which a part falls alone (``aerodynamics.Drag``).
    """

    mass_kg: FloatArray
    area_m2: FloatArray
    load_pa: FloatArray
    melts: IntArray
    wall_kg_m2: FloatArray
    at_once: IntArray
    specific_heat: FloatArray
    melting: FloatArray
    fusion: FloatArray
    emissivity: FloatArray
    drag_continuum: FloatArray
    drag_free: FloatArray


class Station(NamedTuple):
    """How the station meets the air in one run.

    Attributes:
        area_share: flown area / sum of the parts' areas.
        length_m: in its Knudsen number.
        density_scale, heat_scale: of the run.
        ut_h: UT at the interface.
        run: row of the air.
    """

    area_share: float
    length_m: float
    density_scale: float
    heat_scale: float
    ut_h: float
    run: int


def trigger_materials(scenario: Scenario, bodies: tuple[Body, ...]) -> tuple[Material, ...]:
    """Material of each body; docked vehicles have that of the heaviest element.

    Args:
        scenario: elements and materials.
        bodies: from ``station_bodies``.

    Returns:
        One per body.

    Raises:
        ScenarioError: a phase in use has neither a load nor a temperature.
    """
    phases = list(scenario.reentry.phases.items())
    by_load = scenario.reentry.trigger == "load-and-temperature"
    used = sorted({index for body in bodies for index in (body.release, body.opens)}) if by_load else []
    defects = [
        Defect(
            f"reentry.phases.{phases[index][0]}",
            'has neither load_pa nor melts, and reentry.trigger is "load-and-temperature"',
            'give load_pa, or melts with wall_kg_m2, or set reentry.trigger = "height"',
        )
        for index in used
        if phases[index][1].load_pa is None and phases[index][1].melts == "never"
    ]
    defects += [
        Defect(f"reentry.phases.{phases[index][0]}", "melts as a lumped wall of no mass", "give wall_kg_m2")
        for index in used
        if phases[index][1].melts == "lumped" and phases[index][1].wall_kg_m2 is None
    ]
    if defects:
        raise ScenarioError("break-up by load and temperature is not possible", defects)
    elements = scenario.station.elements
    heaviest = elements[max(elements, key=lambda key: (elements[key].mass_kg, key))]
    return tuple(scenario.materials[elements.get(body.key, heaviest).material] for body in bodies)


def draw_parts(
    scenario: Scenario,
    bodies: tuple[Body, ...],
    materials: tuple[Material, ...],
    ballistic_scale: float,
    latent: float,
    rng: np.random.Generator,
) -> Parts:
    """Strengths and walls of all parts in one run: log-normal, correlated by the run's robustness.

    Two of them correlate with ``phase_correlation``, as the heights of phases do; a positive latent number breaks
    early, as it does there.

    Args:
        scenario: phases.
        bodies: from ``station_bodies``.
        materials: from ``trigger_materials``.
        ballistic_scale: of the run, on the areas.
        latent: the run's standard normal number for robustness.
        rng: generator of the run.

    Returns:
        The parts.
    """
    phases = tuple(scenario.reentry.phases.values())
    pairs = [(phases[body.release], phases[body.opens]) for body in bodies]
    share = scenario.reentry.phase_correlation
    z = sqrt(share) * latent + sqrt(1.0 - share) * rng.standard_normal((len(bodies), 2))

    def columns(median: str, spread: str, otherwise: float) -> FloatArray:
        rows = [[getattr(phase, median) or otherwise for phase in pair] for pair in pairs]
        sigma = np.array([[getattr(phase, spread) for phase in pair] for pair in pairs])
        return np.array(rows) * np.exp(-sigma * z)

    def of_material(name: str) -> FloatArray:
        return np.array([getattr(row, name) for row in materials], dtype=float)

    equilibrium = scenario.reentry.trigger == "radiative-equilibrium"

    def rule(phase: Phase) -> int:
        return EQUILIBRIUM if equilibrium else MELTS[phase.melts]

    return Parts(
        mass_kg=np.array([body.mass_kg for body in bodies]),
        area_m2=ballistic_scale * np.array([body.area_m2 for body in bodies]),
        load_pa=np.full((len(bodies), 2), np.inf) if equilibrium else columns("load_pa", "load_sigma", np.inf),
        melts=np.array([[rule(phase) for phase in pair] for pair in pairs]),
        wall_kg_m2=columns("wall_kg_m2", "wall_sigma", 1.0),
        at_once=np.array([int(body.release == body.opens) for body in bodies]),
        specific_heat=of_material("specific_heat_j_kg_k"),
        melting=of_material("melting_temperature_k"),
        fusion=of_material("heat_of_fusion_j_kg"),
        emissivity=of_material("emissivity"),
        drag_continuum=np.array([body.drag.continuum for body in bodies]),
        drag_free=np.array([body.drag.free for body in bodies]),
    )


@kernel
def _cold_flux(
    i: int, parts: Parts, station: Station, laws: Laws, density: float, speed: float, mach_number: float,
    path: float, temperature: float, molar_mass: float,
) -> float:  # fmt: skip
    """Heat per surface into part ``i`` while it is cold, W/m2: on the sphere of the same surface, tumbling."""
    size = sqrt(parts.area_m2[i] / pi)
    kn = knudsen(path, 2.0 * size)
    surface = 4.0 * parts.area_m2[i]
    total = heat_w(laws, density, speed, mach_number, kn, size, surface, temperature, molar_mass)
    return station.heat_scale * total / surface


@kernel
def _melts(
    i: int, which: int, parts: Parts, wall: np.ndarray, cold: float, slope: float, air_k: float, step: float
) -> bool:
    """Advance joint (0) or shell (1) of part ``i`` by a step; whether it is at its melting point."""
    mode = parts.melts[i, which]
    radiance = parts.emissivity[i] * STEFAN_BOLTZMANN
    if mode == EQUILIBRIUM:
        return net_heat_w(parts.melting[i], cold, slope, air_k, radiance) >= 0.0
    if mode == LUMPED:
        wall[i, which], _ = wall_step(
            wall[i, which], parts.wall_kg_m2[i, which], parts.specific_heat[i], parts.melting[i], parts.fusion[i],
            radiance, cold, slope, air_k, step,
        )  # fmt: skip
        return wall[i, which] >= parts.melting[i]
    return False


@kernel
def _descend(
    state: np.ndarray, first: int, last: int, attached: np.ndarray, together: bool, parts: Parts, station: Station,
    wall: np.ndarray, table: EpochTable, steps: Steps, laws: Laws, air: Air,
    release_m: np.ndarray, open_m: np.ndarray, cause: np.ndarray, freed: np.ndarray,
) -> int:  # fmt: skip
    """Fly parts ``first`` to ``last`` that are still attached as one body until their triggers have gone.

    Args:
        state: shape (7,), Earth-fixed m and m/s, seconds since the interface; overwritten.
        first, last: parts, last exclusive.
        attached: shape (n,), 1 while part of this body; overwritten.
        together: the station, whose joints are looked at; else one part alone, whose shell is.
        parts, station: of the run.
        wall: shape (n, 2), temperatures of joints and shells, K; overwritten.
        table, steps, laws, air: as for the flight of pieces.
        release_m, open_m: shape (n,), heights found.
        cause: shape (n, 2), index into ``CAUSES`` of what broke joints and shells.
        freed: shape (n, 7), state of each part as it leaves.

    Returns:
        1 where the body never comes down, else 0.
    """
    x, y, z, vx, vy, vz, time = state[0], state[1], state[2], state[3], state[4], state[5], state[6]
    start = time
    height, latitude = height_and_latitude(x, y, z)
    mass, area, left = 0.0, 0.0, 0
    for i in range(first, last):
        if attached[i] == 1:
            mass, area, left = mass + parts.mass_kg[i], area + parts.area_m2[i], left + 1
    body = Drag(1.0, 1.0, 0, laws.drag_bridge)
    if not together:
        body = Drag(parts.drag_continuum[first], parts.drag_free[first], 0, laws.drag_bridge)
    step, expected = 0.0, 0.0
    while left > 0:
        if time - start > LONGEST_FLIGHT_S or height > HIGHEST_M:
            return 1
        flown_area = station.area_share * area if together else area
        length = station.length_m if together else 2.0 * sqrt(area / pi)
        local_time = local_time_h(station.ut_h + time / 3600.0, x, y)
        climb = (x * vx + y * vy + z * vz) / sqrt(x * x + y * y + z * z)
        factor = run_factor(air, station.run, station.density_scale, height)
        rise = 0.5 * climb * step
        column = with_drift(air_column(table, height, latitude, local_time, factor, rise), expected, step)
        column = with_wind(column, air, station.run, height + rise, latitude, x, y)
        ax, ay, az, _, _, _ = acceleration(x, y, z, vx, vy, vz, mass, flown_area, length, 0.0, 0.0, column, body)
        step = step_length(sqrt(vx * vx + vy * vy + vz * vz), sqrt(ax * ax + ay * ay + az * az), climb, steps)
        step = min(step, LONGEST_DROP_M / max(abs(climb), 1e-9))
        x, y, z, vx, vy, vz, speed, density, mach_number, _ = rk4_step(
            x, y, z, vx, vy, vz, ax, ay, az, mass, flown_area, length, 0.0, 0.0, column, body, step
        )
        time += step
        height, latitude = height_and_latitude(x, y, z)
        expected = column_density(column, height, 0.0)
        path = mean_free_path_m(density, column.temperature_k, column.molar_mass_kg_mol)
        slope = hot_wall_slope(speed, mach_number)
        pressure = 0.5 * density * speed * speed
        core = 0  # parts that stay whole when they leave; the others hang on them
        for i in range(first, last):
            core += attached[i] * (1 - parts.at_once[i])
        pull = 0.0  # drag of all that is attached / its mass
        if together and core > 0:
            for i in range(first, last):
                if attached[i] == 1:
                    kn = knudsen(path, 2.0 * sqrt(parts.area_m2[i] / pi))
                    pull += pressure * drag_coefficient(mach_number, kn) * parts.area_m2[i] / mass
        which = 0 if together else 1
        for i in range(first, last):
            if attached[i] == 0:
                continue
            kn = knudsen(path, 2.0 * sqrt(parts.area_m2[i] / pi))
            load = abs(pressure * drag_coefficient(mach_number, kn) - parts.mass_kg[i] / parts.area_m2[i] * pull)
            cold = _cold_flux(
                i, parts, station, laws, density, speed, mach_number, path,
                column.temperature_k, column.molar_mass_kg_mol,
            )  # fmt: skip
            melts = _melts(i, which, parts, wall, cold, slope, column.temperature_k, step)
            if together and parts.at_once[i] == 0:  # the shell warms up with the joint
                _melts(i, 1, parts, wall, cold, slope, column.temperature_k, step)
            alone = together and left == 1 and core == 1  # nothing is left to leave
            if load >= parts.load_pa[i, which] or melts or alone or height <= 1000.0 * FLOOR_KM:
                attached[i] = 0
                left -= 1
                cause[i, which] = LEFT_OVER
                if load >= parts.load_pa[i, which]:
                    cause[i, which] = BY_LOAD
                elif melts:
                    cause[i, which] = BY_TEMPERATURE
                if together:
                    release_m[i] = height
                    freed[i, 0], freed[i, 1], freed[i, 2], freed[i, 3] = x, y, z, vx
                    freed[i, 4], freed[i, 5], freed[i, 6] = vy, vz, time
                else:
                    open_m[i] = height
        mass, area = 0.0, 0.0
        for i in range(first, last):
            if attached[i] == 1:
                mass, area = mass + parts.mass_kg[i], area + parts.area_m2[i]
    return 0


@kernel
def _march(
    state: np.ndarray, parts: Parts, station: Station, table: EpochTable, steps: Steps, laws: Laws, air: Air,
    release_m: np.ndarray, open_m: np.ndarray, cause: np.ndarray,
) -> int:  # fmt: skip
    """The station down to the last joint, then each part alone down to its opening."""
    count = parts.mass_kg.shape[0]
    attached = np.ones(count, dtype=np.int64)
    wall = np.full((count, 2), INITIAL_TEMPERATURE_K)
    freed = np.zeros((count, 7))
    if _descend(
        state, 0, count, attached, True, parts, station, wall, table, steps, laws, air, release_m, open_m, cause, freed
    ):
        return 1
    for i in range(count):
        open_m[i] = release_m[i]
        cause[i, 1] = cause[i, 0]
        already = parts.melts[i, 1] == LUMPED and wall[i, 1] >= parts.melting[i]
        if already:
            cause[i, 1] = BY_TEMPERATURE
        if parts.at_once[i] == 0 and not already and release_m[i] > 1000.0 * FLOOR_KM:
            attached[i] = 1
            if _descend(
                freed[i], i, i + 1, attached, False, parts, station, wall, table, steps, laws, air,
                release_m, open_m, cause, freed,
            ):  # fmt: skip
                return 1
    return 0


def march(
    state: FloatArray, parts: Parts, station: Station, table: EpochTable, steps: Steps, laws: Laws, air: Air
) -> tuple[FloatArray, FloatArray, IntArray, bool]:
    """Heights at which the parts leave and open in one run.

    Args:
        state: shape (6,), at the interface, Earth-fixed, m and m/s.
        parts: from ``draw_parts``.
        station: how it meets the air.
        table: atmosphere of the epoch.
        steps: step control.
        laws: of heating.
        air: wind and errors of density by height.

    Returns:
        Heights of release and of opening, km, shape (parts,); what broke joint and shell of each, index into
        ``CAUSES``, shape (parts, 2); and whether a body did not come down.
    """
    count = len(parts.mass_kg)
    release_m, open_m = np.zeros(count), np.zeros(count)
    cause = np.full((count, 2), LEFT_OVER)
    lost = _march(np.append(state, 0.0), parts, station, table, steps, laws, air, release_m, open_m, cause)
    return 1e-3 * release_m, 1e-3 * open_m, cause, bool(lost)


def broke_by(bodies: tuple[Body, ...], phases: int, cause: IntArray) -> FloatArray:
    """Share of the mass that each cause set free; where a phase frees nothing, that it opened.

    Args:
        bodies: from ``station_bodies``.
        phases: number of phases.
        cause: from ``march``.

    Returns:
        Shape (phases, ``len(CAUSES)``); rows sum to 1, or to 0 where a phase does nothing.
    """
    mass = np.array([body.mass_kg for body in bodies])
    shares = np.zeros((phases, len(CAUSES)))
    for phase in range(phases):
        frees = np.array([body.release == phase for body in bodies])
        opens = np.array([body.opens == phase for body in bodies])
        rows, which = (frees, 0) if frees.any() else (opens, 1)
        if rows.any():
            shares[phase] = np.bincount(cause[rows, which], mass[rows], minlength=len(CAUSES)) / mass[rows].sum()
    return shares


def trigger_heights_km(
    bodies: tuple[Body, ...], phases: int, release_km: FloatArray, opening_km: FloatArray, otherwise_km: FloatArray
) -> FloatArray:
    """One height per phase for the document: the mass-weighted mean over the bodies that it sets free.

    Where a phase frees none, over those that open in it; where it does nothing at all, what the table says.

    Args:
        bodies: from ``station_bodies``.
        phases: number of phases.
        release_km, opening_km: shape (bodies,).
        otherwise_km: shape (phases,).

    Returns:
        Shape (phases,), km.
    """
    mass = np.array([body.mass_kg for body in bodies])
    heights = np.array(otherwise_km, dtype=float)
    for phase in range(phases):
        frees = np.array([body.release == phase for body in bodies])
        opens = np.array([body.opens == phase for body in bodies])
        if frees.any():
            heights[phase] = np.average(release_km[frees], weights=mass[frees])
        elif opens.any():
            heights[phase] = np.average(opening_km[opens], weights=mass[opens])
    return heights
