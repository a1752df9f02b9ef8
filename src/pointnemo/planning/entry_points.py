"""From place, speed and direction over the ellipsoid to the states that are flown."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pointnemo.motion.aerodynamics import ORBITAL_DRAG_COEFFICIENT
from pointnemo.reentry import EntryState
from pointnemo.scenario.entry_scenario import aim_of
from pointnemo.world import earth
from pointnemo.world.time import from_utc

if TYPE_CHECKING:
    from pointnemo.scenario.entry_object import EntryPoint
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["earth_fixed_state", "entry_state_of", "flight_variables", "inclination_deg", "over_earth"]

FloatArray = NDArray[np.float64]

STRAIGHT_MPS = 1e-6  # speed across the vertical below which there is nothing but rounding


def over_earth(x_m: float, y_m: float) -> FloatArray:
    """Velocity of the ground below a place, m/s, shape (3,), Earth-fixed axes."""
    return earth.EARTH_ROTATION_RAD_S * np.array([-y_m, x_m, 0.0])


def _triad(latitude_rad: float, longitude_rad: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Up, east and north at a geodetic place."""
    cos_lat, sin_lat = np.cos(latitude_rad), np.sin(latitude_rad)
    cos_lon, sin_lon = np.cos(longitude_rad), np.sin(longitude_rad)
    up = np.array([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    east = np.array([-sin_lon, cos_lon, 0.0])
    return up, east, np.cross(up, east)


def earth_fixed_state(point: EntryPoint) -> FloatArray:
    """Position and velocity relative to the rotating Earth.

    Args:
        point: geodetic place, and the velocity by speed, path angle and azimuth against the ellipsoid's horizon.

    Returns:
        Shape (6,), m and m/s.
    """
    latitude, longitude = np.radians(point.latitude_deg), np.radians(point.longitude_deg)
    angle, azimuth = np.radians(point.flight_path_angle_deg), np.radians(point.azimuth_deg)
    up, east, north = _triad(float(latitude), float(longitude))
    position = 1000.0 * earth.from_geodetic(latitude, longitude, point.height_km)
    level = np.sin(azimuth) * east + np.cos(azimuth) * north
    velocity = point.speed_mps * (np.sin(angle) * up + np.cos(angle) * level)
    if point.velocity == "inertial":
        velocity = velocity - over_earth(position[0], position[1])
    return np.concatenate([position, velocity])


def flight_variables(state: FloatArray) -> tuple[float, float, float, float, float, float]:
    """Inverse of ``earth_fixed_state`` for velocities over the Earth.

    Args:
        state: shape (6,), m and m/s.

    Returns:
        Height (km), latitude and longitude (deg, -180..180), speed (m/s), path angle and azimuth (deg, 0..360).
    """
    latitude, longitude, height = (float(value) for value in earth.geodetic(state[:3] / 1000.0))
    up, east, north = _triad(latitude, longitude)
    velocity = state[3:]
    speed = float(np.linalg.norm(velocity))
    angle = np.degrees(np.arcsin(np.clip(velocity @ up / max(speed, 1e-9), -1.0, 1.0)))
    azimuth = np.degrees(np.arctan2(velocity @ east, velocity @ north)) % 360.0
    return height, float(np.degrees(latitude)), float(np.degrees(longitude)), speed, float(angle), float(azimuth)


def inclination_deg(state: FloatArray) -> float:
    """Inclination of the orbit through an Earth-fixed state (6,), to the equator, deg 0..180.

    A straight line through the Earth's centre lies in no one plane: it has the least inclination of all orbits over
    its place, the geocentric latitude.
    """
    inertial = state[3:] + over_earth(state[0], state[1])
    momentum = np.cross(state[:3], inertial)
    size, radius = float(np.linalg.norm(momentum)), float(np.linalg.norm(state[:3]))
    if size <= STRAIGHT_MPS * radius:
        return float(np.degrees(np.arcsin(abs(state[2]) / radius)))
    return float(np.degrees(np.arccos(momentum[2] / size)))


def entry_state_of(scenario: Scenario, world: World) -> EntryState:
    """The state at the entry of a scenario that begins there.

    Without ``entry.cd_area_m2`` the drag area is that of all elements tumbling side by side: a quarter of the surface
    of each (Cauchy 1832), times the free-molecular coefficient. Elements that shade each other have less.

    Args:
        scenario: with ``[entry]``.
        world: Earth orientation.

    Returns:
        What ``reenter`` starts from.

    Raises:
        WorldError: the epoch lies outside the Earth orientation.
    """
    entry = scenario.entry
    assert entry is not None
    tt_s = from_utc(entry.utc.isoformat().replace("+00:00", "Z"))
    state = earth_fixed_state(entry) / 1000.0
    position, velocity = earth.itrs_to_gcrs_state(tt_s, state[:3], state[3:], world.earth)
    area = sum(_tumbling_area_m2(one.length_m, one.diameter_m) for one in scenario.station.elements.values())
    aim = aim_of(entry)
    return EntryState(
        tt_s=tt_s,
        position_km=(float(position[0]), float(position[1]), float(position[2])),
        velocity_km_s=(float(velocity[0]), float(velocity[1]), float(velocity[2])),
        mass_kg=scenario.station.mass_kg,
        cd_area_m2=ORBITAL_DRAG_COEFFICIENT * area if entry.cd_area_m2 is None else entry.cd_area_m2,
        aim_latitude_deg=aim.latitude_deg,
        aim_longitude_deg=aim.longitude_deg,
    )


def _tumbling_area_m2(length_m: float, diameter_m: float) -> float:
    """Mean projected area of a tumbling closed cylinder, m2."""
    return 0.25 * pi * diameter_m * (length_m + 0.5 * diameter_m)
