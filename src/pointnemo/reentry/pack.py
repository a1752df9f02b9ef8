"""Arrays for the kernels, packed in one place: fragments, materials, step sizes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.scenario.models import Scenario

__all__ = ["Fragments", "Materials", "Outcome", "Steps", "join_fragments", "material_keys", "pack_materials"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

COMPUTED, ALWAYS, NEVER = 0, 1, 2
"""What decides whether a piece survives: the heating, or the scenario."""

SURVIVES = {"computed": COMPUTED, "always": ALWAYS, "never": NEVER}


class Steps(NamedTuple):
    """Step control of the fragment kernel.

    ``tolerance`` bounds the change of speed and of density per step. A tenth of it moves impacts from 78 km by 7 m at
    most, 500 m where pieces melt on the way (tests/reentry/test_flight.py).
    """

    tolerance: float = 0.05
    longest_s: float = 2.0


class Materials(NamedTuple):
    """Materials as arrays; one row each, in the order of ``material_keys``. Shape (materials,) throughout."""

    density_kg_m3: FloatArray
    specific_heat_j_kg_k: FloatArray
    melting_temperature_k: FloatArray
    heat_of_fusion_j_kg: FloatArray
    emissivity: FloatArray


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
    return Materials(*(np.array([getattr(row, name) for row in rows], dtype=float) for name in Materials._fields))


def join_fragments(parts: list[Fragments]) -> Fragments:
    """Several packs, one after the other."""
    return Fragments(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
