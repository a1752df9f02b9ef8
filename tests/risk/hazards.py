"""Synthetic re-entries whose extremes and densities are known, and a ground track to lay them on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.results import Impacts
from pointnemo.scenario.entry_models import AssessRules, FragmentClass, Material, Reentry
from pointnemo.scenario.models import Scenario

FloatArray = NDArray[np.float64]

RADIUS_KM = 6371.0088
CLASSES = ("panel", "tank", "insulation")


def great_circle(
    latitude_deg: float, longitude_deg: float, azimuth_deg: float
) -> Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """A ground track along a great circle of the mean sphere, origin at a place."""
    latitude, longitude, azimuth = np.radians([latitude_deg, longitude_deg, azimuth_deg])
    up = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    forward = np.cos(azimuth) * np.cross(up, east) + np.sin(azimuth) * east
    normal = np.cross(up, forward)

    def ground(down_km: FloatArray, cross_km: FloatArray) -> tuple[FloatArray, FloatArray]:
        angle, lean = np.asarray(down_km) / RADIUS_KM, np.asarray(cross_km) / RADIUS_KM
        along = np.cos(angle)[..., None] * up + np.sin(angle)[..., None] * forward
        place = np.cos(lean)[..., None] * along + np.sin(lean)[..., None] * normal
        return np.degrees(np.arcsin(place[..., 2])), np.degrees(np.arctan2(place[..., 1], place[..., 0]))

    return ground


def fallen(
    run: ArrayLike,
    down_km: ArrayLike,
    cross_km: ArrayLike,
    *,
    weight: ArrayLike = 1.0,
    energy_j: ArrayLike = 1000.0,
    fragment_class: ArrayLike = 0,
    mass_kg: ArrayLike = 10.0,
    area_m2: ArrayLike = 1.0,
    speed_mps: ArrayLike = 40.0,
    fall_s: ArrayLike = 600.0,
    release_s: ArrayLike = 300.0,
    release_height_km: ArrayLike = 78.0,
    demise_height_km: ArrayLike = 0.0,
) -> Impacts:
    """Pieces in track coordinates; any column may be one number for all."""
    down = np.asarray(down_km, dtype=float)
    n = len(down)

    def column(value: ArrayLike) -> FloatArray:
        return np.broadcast_to(np.asarray(value, dtype=float), (n,)).copy()

    demise = column(demise_height_km)
    return Impacts(
        run=np.broadcast_to(np.asarray(run, dtype=np.int64), (n,)).copy(),
        element=np.zeros(n, dtype=np.int64),
        elements=("truss",),
        fragment_class=np.broadcast_to(np.asarray(fragment_class, dtype=np.int64), (n,)).copy(),
        classes=CLASSES,
        weight=column(weight),
        survives=demise == 0.0,
        latitude_deg=column(-45.0),
        longitude_deg=column(-130.0),
        downrange_km=down,
        crossrange_km=column(cross_km),
        mass_kg=column(mass_kg),
        initial_mass_kg=column(mass_kg),
        area_m2=column(area_m2),
        speed_mps=column(speed_mps),
        kinetic_energy_j=column(energy_j),
        release_height_km=column(release_height_km),
        demise_height_km=demise,
        time_of_fall_s=column(fall_s),
        release_s=column(release_s),
    )


def gaussian_runs(
    runs: int, pieces: int, seed: int, response_km: tuple[float, float] = (150.0, 100.0)
) -> tuple[Impacts, FloatArray]:
    """Runs whose pieces are Gaussian about a centre that two drawn inputs move; and the inputs."""
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((runs, 2))
    run = np.repeat(np.arange(runs), pieces)
    down = (inputs @ np.array(response_km))[run] + 400.0 * rng.standard_normal(runs * pieces)
    return fallen(run, down, 15.0 * rng.standard_normal(runs * pieces)), inputs


def hazard_scenario(**rules: float) -> Scenario:
    """Only the tables that the hazard areas read: a panel of metal, a closed tank, insulation that floats."""

    def kind(material: str, shape: str) -> FragmentClass:
        low_high = {"beta_low_kg_m2": 5.0, "beta_high_kg_m2": 50.0, "mass_low_kg": 1.0, "mass_high_kg": 50.0}
        return FragmentClass.model_validate(
            {"text": "", "material": material, "shape": shape, "wall_mm": 3.0, **low_high}
        )

    metal = Material.model_validate(
        {
            "density_kg_m3": 2800.0,
            "specific_heat_j_kg_k": 900.0,
            "melting_temperature_k": 860.0,
            "heat_of_fusion_j_kg": 390000.0,
            "emissivity": 0.3,
        }
    )
    classes = dict(zip(CLASSES, (kind("metal", "plate"), kind("metal", "sphere"), kind("foam", "plate")), strict=True))
    return Scenario.model_construct(
        assess=AssessRules.model_validate(rules),
        reentry=Reentry.model_construct(classes=classes),
        materials={"metal": metal, "foam": metal.model_copy(update={"floats": True, "toxic": True})},
    )
