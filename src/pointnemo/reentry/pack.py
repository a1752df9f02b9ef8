"""Arrays for the kernels, packed in one place: fragments, materials, step sizes, laws, and the errors of the air.

A column may be left out where its default is meant: it is then empty, and kernels read the default for every row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.motion.aerodynamics import BRIDGES, SLOW_CUBE, SLOW_PLATE, SLOW_SPHERE
from pointnemo.scenario.models import FragmentClass, Material, Reentry, Scenario
from pointnemo.world.wind import CALM, WindTable

__all__ = [
    "STILL_AIR",
    "Air",
    "Fragments",
    "Laws",
    "Materials",
    "Outcome",
    "Steps",
    "fate_of",
    "join_fragments",
    "laws_of",
    "material_keys",
    "pack_materials",
    "slow_law_of",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

COMPUTED, ALWAYS, NEVER = 0, 1, 2
"""What decides whether a piece survives: the heating, or the scenario."""

SURVIVES = {"computed": COMPUTED, "always": ALWAYS, "never": NEVER}

NO_COLUMN: FloatArray = np.zeros(0)
NO_INTEGERS: IntArray = np.zeros(0, dtype=np.int64)
NO_ROWS: FloatArray = np.zeros((0, 0))

DETRA_KEMP_RIDDELL, SUTTON_GRAVES, FAY_RIDDELL, SCARAB, VAN_DRIEST = 0, 1, 2, 3, 4
HEATING_LAWS = {
    "detra-kemp-riddell": DETRA_KEMP_RIDDELL,
    "sutton-graves": SUTTON_GRAVES,
    "fay-riddell": FAY_RIDDELL,
    "scarab": SCARAB,
    "van-driest": VAN_DRIEST,
}
SHELL_THEN_SOLID, RECEDING, THIN_SHELL = 0, 1, 2
MELTING = {"shell-then-solid": SHELL_THEN_SOLID, "receding": RECEDING, "thin-shell": THIN_SHELL}
LUMPED, LAYERS = 0, 1
WALL_MODELS = {"lumped": LUMPED, "layers": LAYERS}
BRIDGE_TABLE, BRIDGE_MATTING = 0, 1
HEAT_BRIDGES = {"table": BRIDGE_TABLE, "matting": BRIDGE_MATTING}
SLOW_LAW_OF_SHAPE = {
    "sphere": SLOW_SPHERE, "shell": SLOW_SPHERE, "plate": SLOW_PLATE, "cylinder": SLOW_CUBE, "box": SLOW_CUBE,
}  # fmt: skip


class Laws(NamedTuple):
    """Which laws of heating, walls and flow regime the kernel follows. ``Laws()`` is the default of a scenario.

    Attributes:
        heating: stagnation law, one of ``HEATING_LAWS``.
        melting: geometry of melting, one of ``MELTING``.
        wall: one of ``WALL_MODELS``; ``layers`` holds for materials whose conductivity is known.
        oxidation: share of the oxide heat that reaches the wall, 0..1.
        heat_bridge: towards free-molecular flow, BRIDGE_TABLE (SESAM) or BRIDGE_MATTING.
        drag_bridge: one of ``aerodynamics.BRIDGES``.
    """

    heating: int = DETRA_KEMP_RIDDELL
    melting: int = SHELL_THEN_SOLID
    wall: int = LUMPED
    oxidation: float = 0.0
    heat_bridge: int = BRIDGE_TABLE
    drag_bridge: int = 0


class Air(NamedTuple):
    """How the air differs from the table of the epoch: wind, and errors of density by height.

    Attributes:
        wind: mean wind and gusts.
        layer_m: shape (k,), rising heights; none: the row's single ``density_scale`` holds.
        layer_log: shape (runs, k), logarithm of true over model density there; linear between, the end values beyond.
    """

    wind: WindTable = CALM
    layer_m: FloatArray = NO_COLUMN
    layer_log: FloatArray = NO_ROWS


STILL_AIR = Air()
"""No wind and no errors by height."""


class Steps(NamedTuple):
    """Step control of the fragment kernel.

    ``tolerance`` bounds the change of speed and of density per step. A tenth of both moves impacts from 78 km by 12 m
    at most, 220 m where pieces melt on the way (tests/reentry/test_flight.py).
    """

    tolerance: float = 0.1
    longest_s: float = 4.0


class Materials(NamedTuple):
    """Materials as arrays; one row each, in the order of ``material_keys``. Shape (materials,) throughout."""

    density_kg_m3: FloatArray
    specific_heat_j_kg_k: FloatArray
    melting_temperature_k: FloatArray
    heat_of_fusion_j_kg: FloatArray
    emissivity: FloatArray
    conductivity_w_m_k: FloatArray = NO_COLUMN  # 0: not known
    oxide_heat_j_kg: FloatArray = NO_COLUMN  # per kg of oxygen


class Fragments(NamedTuple):
    """Pieces at release; one row each. Earth-fixed, SI.

    Attributes:
        state: shape (n, 6), position m and velocity m/s relative to the rotating Earth.
        start_s: shape (n,), seconds from the entry interface to release.
        mass_kg: shape (n,).
        wall_kg: shape (n,), what melts first, at constant outer size; the rest of the mass recedes after it is gone.
        area_m2: shape (n,), mean projected area: a quarter of the surface of the tumbling convex body.
        material: shape (n,), row of ``Materials``.
        fate: shape (n,), COMPUTED, ALWAYS or NEVER.
        density_scale: shape (n,), factor on the density of the upper atmosphere.
        heat_scale: shape (n,), factor on the heat.
        lift_up: shape (n,), lift / drag in the vertical plane, up positive.
        lift_left: shape (n,), lift / drag to the left of the flight.
        roll_rad_s: shape (n,), how fast the lift turns about the flight, from up towards left; empty: not at all.
        slow_law: shape (n,), law of drag below Mach 5 (``aerodynamics.SLOW_LAWS``); empty: sphere.
        drag_continuum, drag_free: shape (n,), factors on C_D (``aerodynamics.Drag``); empty: 1, tumbling.
        nose_radius_m: shape (n,), at release; it shrinks with the size. Empty or 0: sphere of the same surface.
        run: shape (n,), row of ``Air``; empty: the first.
    """

    state: FloatArray
    start_s: FloatArray
    mass_kg: FloatArray
    wall_kg: FloatArray
    area_m2: FloatArray
    material: IntArray
    fate: IntArray
    density_scale: FloatArray
    heat_scale: FloatArray
    lift_up: FloatArray
    lift_left: FloatArray
    roll_rad_s: FloatArray = NO_COLUMN
    slow_law: IntArray = NO_INTEGERS
    drag_continuum: FloatArray = NO_COLUMN
    drag_free: FloatArray = NO_COLUMN
    nose_radius_m: FloatArray = NO_COLUMN
    run: IntArray = NO_INTEGERS


_DEFAULTS = {"drag_continuum": 1.0, "drag_free": 1.0}  # of columns that may be empty; 0 for the others


class Outcome(NamedTuple):
    """What became of each piece; one row each.

    Attributes:
        status: shape (n,), 1 on the ground, 0 demised, -1 still in the air when the flight was given up.
        latitude_rad, longitude_rad: shape (n,), geodetic.
        height_m: shape (n,), 0 on the ground.
        mass_kg, area_m2: shape (n,), what is left.
        speed_mps: shape (n,), relative to the Earth.
        duration_s: shape (n,), from release.
        peak_temperature_k: shape (n,).
    """

    status: IntArray
    latitude_rad: FloatArray
    longitude_rad: FloatArray
    height_m: FloatArray
    mass_kg: FloatArray
    area_m2: FloatArray
    speed_mps: FloatArray
    duration_s: FloatArray
    peak_temperature_k: FloatArray


def material_keys(scenario: Scenario) -> tuple[str, ...]:
    """Keys of the materials in the order of the packed rows."""
    return tuple(scenario.materials)


def pack_materials(scenario: Scenario) -> Materials:
    """The scenario's materials as arrays, in the order of ``material_keys``."""
    rows = scenario.materials.values()
    return Materials(
        *(np.array([getattr(row, name) or 0.0 for row in rows], dtype=float) for name in Materials._fields)
    )


def laws_of(reentry: Reentry) -> Laws:
    """The laws that a scenario asks for."""
    return Laws(
        heating=HEATING_LAWS[reentry.heating_law],
        melting=MELTING[reentry.melting],
        wall=WALL_MODELS[reentry.wall_model],
        oxidation=reentry.oxidation,
        heat_bridge=HEAT_BRIDGES[reentry.heat_bridge],
        drag_bridge=BRIDGES[reentry.drag_bridge],
    )


def fate_of(row: FragmentClass, material: Material, composites_survive: bool) -> int:
    """What decides whether the pieces of a class survive.

    Composites keep their fibres when a metal of their nominal melting point would be gone; computing them as a metal
    is known to be unsafe, so they survive unless the scenario says that they melt.

    Args:
        row: the class.
        material: of the class.
        composites_survive: of the scenario.

    Returns:
        COMPUTED, ALWAYS or NEVER.
    """
    if not material.composite or row.survives == "never":
        return SURVIVES[row.survives]
    return ALWAYS if composites_survive else COMPUTED


def slow_law_of(row: FragmentClass) -> int:
    """Law of drag below Mach 5 of the pieces of a class, by their shape."""
    return SLOW_LAW_OF_SHAPE[row.shape]


def join_fragments(parts: list[Fragments]) -> Fragments:
    """Several packs, one after the other; a column that only some of them have gets its default in the others."""
    joined = []
    for name, columns in zip(Fragments._fields, zip(*parts, strict=True), strict=True):
        if any(len(column) for column in columns):
            filled = [
                column if len(column) else np.full(len(part.mass_kg), _DEFAULTS.get(name, 0.0), dtype=column.dtype)
                for column, part in zip(columns, parts, strict=True)
            ]
            joined.append(np.concatenate(filled))
        else:
            joined.append(columns[0])
    return Fragments(*joined)
