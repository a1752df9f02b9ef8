"""Helpers of the flight tests: a state from flight variables, and packs of pieces."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.reentry.pack import ALWAYS, Fragments, Materials, Outcome, Steps
from pointnemo.world import atmosphere, earth

FloatArray = NDArray[np.float64]


def state_of(
    height_km: float, latitude_deg: float, longitude_deg: float, speed_mps: float, angle_deg: float, azimuth_deg: float
) -> FloatArray:
    """Earth-fixed state (6,), m and m/s, from geodetic place and velocity relative to the Earth."""
    latitude, longitude, angle, azimuth = np.radians([latitude_deg, longitude_deg, angle_deg, azimuth_deg])
    up = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    level = np.cos(azimuth) * np.cross(up, east) + np.sin(azimuth) * east
    velocity = speed_mps * (np.sin(angle) * up + np.cos(angle) * level)
    return np.concatenate([1000.0 * earth.from_geodetic(latitude, longitude, height_km), velocity])


def material(density: float, heat: float, melting: float, fusion: float, emissivity: float) -> Materials:
    """One material."""
    return Materials(*(np.array([value]) for value in (density, heat, melting, fusion, emissivity)))


STEEL = material(7900.0, 545.0, 1700.0, 286098.0, 0.5)


def pieces(
    state: FloatArray,
    mass_kg: ArrayLike,
    area_m2: ArrayLike,
    wall_kg: ArrayLike = 0.0,
    fate: int = ALWAYS,
    lift_up: float = 0.0,
    lift_left: float = 0.0,
) -> Fragments:
    """Pieces at one state, of the one material."""
    mass, area, wall = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, float)) for a in (mass_kg, area_m2, wall_kg)))
    n = len(mass)
    one = np.ones(n)
    return Fragments(
        state=np.tile(state, (n, 1)),
        start_s=0.0 * one,
        mass_kg=mass.copy(),
        wall_kg=wall.copy(),
        area_m2=area.copy(),
        material=np.zeros(n, dtype=np.int64),
        fate=np.full(n, fate, dtype=np.int64),
        density_scale=one,
        heat_scale=one,
        lift_up=lift_up * one,
        lift_left=lift_left * one,
    )


def fly(
    fragments: Fragments,
    materials: Materials = STEEL,
    table: atmosphere.EpochTable | None = None,
    steps: Steps | None = None,
) -> Outcome:
    """Fly all pieces; US Standard Atmosphere unless told otherwise."""
    from pointnemo.reentry.flight import empty_outcome, fly_fragments

    outcome = empty_outcome(len(fragments.mass_kg))
    air = atmosphere.us76_table() if table is None else table
    fly_fragments(0, len(fragments.mass_kg), fragments, materials, 0.0, air, steps or Steps(), outcome)
    return outcome


def ranges_km(outcome: Outcome, latitude_deg: float, longitude_deg: float) -> FloatArray:
    """Geodesic distance of the impacts from a place."""
    from pyproj import Geod

    n = len(outcome.status)
    _, _, distance = Geod(ellps="WGS84").inv(
        np.full(n, longitude_deg),
        np.full(n, latitude_deg),
        np.degrees(outcome.longitude_rad),
        np.degrees(outcome.latitude_rad),
    )
    return np.asarray(distance) / 1000.0
