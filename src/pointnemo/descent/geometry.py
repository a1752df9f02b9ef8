"""Where an orbit's ground track runs near an aim point, and how far along it a place lies.

A circular orbit over a rotating sphere is enough here: it serves to choose between the two passes over a latitude and
to shift an aim along the track. What is flown is flown numerically.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pyproj import Geod

from pointnemo.errors import Defect, InputError
from pointnemo.results import FloatArray
from pointnemo.world.earth import EARTH_ROTATION_RAD_S, WGS84_FLATTENING

__all__ = [
    "EARTH_MEAN_RADIUS_KM",
    "PLANE_HEIGHT_KM",
    "WGS84",
    "GroundTrack",
    "Pass",
    "argument_of_latitude",
    "unwrapped_argument_of_latitude",
    "wrapped_rad",
]

EARTH_MEAN_RADIUS_KM = 6371.0088  # IUGG mean radius: ground distances along a track
PLANE_HEIGHT_KM = 100.0  # below, the velocity no longer tells the plane of the orbit
WGS84 = Geod(ellps="WGS84")
MEAN_MOTION_RAD_S = 2 * np.pi / 5300.0  # of an orbit at 200 km; it only tilts the track by Earth rotation

Pass = Literal["ascending", "descending"]


@dataclass(frozen=True)
class GroundTrack:
    """The ground track of a low circular orbit, anchored at one of its places.

    Attributes:
        argument_rad: argument of latitude at the place, 0..2 pi.
        longitude_deg: of the place, -180..180.
        inclination_deg: of the orbit.
    """

    argument_rad: float
    longitude_deg: float
    inclination_deg: float

    @classmethod
    def through(cls, latitude_deg: float, longitude_deg: float, inclination_deg: float, direction: Pass) -> GroundTrack:
        """The track that passes over a place.

        Args:
            latitude_deg, longitude_deg: the place, geodetic.
            inclination_deg: of the orbit.
            direction: whether the station flies north or south over it.

        Returns:
            The track, anchored at the place.

        Raises:
            InputError: the orbit does not reach that latitude.
        """
        sine = np.sin(_geocentric_rad(latitude_deg)) / np.sin(np.radians(inclination_deg))
        if abs(sine) > 1.0:
            reach = float(
                np.degrees(_geodetic_rad(np.asarray(np.radians(min(inclination_deg, 180.0 - inclination_deg)))))
            )
            raise InputError(
                "the aim cannot be reached",
                [
                    Defect(
                        "descent.aim.latitude_deg",
                        f"{latitude_deg:.2f} deg is outside the band that an inclination of "
                        f"{inclination_deg:.2f} deg overflies",
                        f"choose a latitude within +-{np.floor(10 * reach) / 10:.1f} deg",
                    )
                ],
            )
        rising = float(np.arcsin(sine))
        argument = rising if direction == "ascending" else np.pi - rising
        return cls(float(np.mod(argument, 2 * np.pi)), longitude_deg, inclination_deg)

    @property
    def latitude_deg(self) -> float:
        """Geodetic latitude of the place."""
        return float(self.at(0.0)[0])

    @property
    def direction(self) -> Pass:
        """Whether the station flies north or south over the place."""
        return "ascending" if np.cos(self.argument_rad) > 0 else "descending"

    def at(self, along_km: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Places on the track.

        Args:
            along_km: distance from the place in flight direction, any shape; negative is earlier.

        Returns:
            Latitude and longitude in degrees, longitude -180..180.
        """
        u0 = self.argument_rad
        u = u0 + np.asarray(along_km, dtype=float) / EARTH_MEAN_RADIUS_KM
        inclination = np.radians(self.inclination_deg)
        latitude = _geodetic_rad(np.arcsin(np.sin(inclination) * np.sin(u)))

        def inertial_longitude(argument: ArrayLike) -> FloatArray:
            return np.arctan2(np.cos(inclination) * np.sin(argument), np.cos(argument))

        turned = EARTH_ROTATION_RAD_S / MEAN_MOTION_RAD_S * (u - u0)
        longitude = self.longitude_deg + np.degrees(inertial_longitude(u) - inertial_longitude(u0) - turned)
        return np.degrees(latitude), np.mod(longitude + 180.0, 360.0) - 180.0

    def moved(self, along_km: float) -> GroundTrack:
        """The same track, anchored at another of its places, ``along_km`` further on."""
        _, longitude = self.at(along_km)
        argument = np.mod(self.argument_rad + along_km / EARTH_MEAN_RADIUS_KM, 2 * np.pi)
        return GroundTrack(float(argument), float(longitude), self.inclination_deg)


def _geocentric_rad(geodetic_deg: float) -> float:
    return float(np.arctan((1 - WGS84_FLATTENING) ** 2 * np.tan(np.radians(geodetic_deg))))


def _geodetic_rad(geocentric_rad: FloatArray) -> FloatArray:
    return np.arctan(np.tan(geocentric_rad) / (1 - WGS84_FLATTENING) ** 2)


def argument_of_latitude(position_km: FloatArray, velocity_km_s: FloatArray) -> FloatArray:
    """Argument of latitude of states, referred to the GCRS equator.

    Args:
        position_km: shape (n, 3).
        velocity_km_s: shape (n, 3).

    Returns:
        Angle from the ascending node in flight direction, rad, 0..2 pi, shape (n,). Vallado 2013, sec. 2.4.
    """
    momentum = np.cross(position_km, velocity_km_s)
    node = np.stack([-momentum[:, 1], momentum[:, 0], np.zeros(len(momentum))], axis=1)
    across = np.cross(momentum, node)
    along_node = np.einsum("ij,ij->i", position_km, node) / np.linalg.norm(node, axis=1)
    along_across = np.einsum("ij,ij->i", position_km, across) / np.linalg.norm(across, axis=1)
    return np.mod(np.arctan2(along_across, along_node), 2 * np.pi)


def unwrapped_argument_of_latitude(position_km: FloatArray, velocity_km_s: FloatArray) -> FloatArray:
    """``argument_of_latitude`` without jumps, for samples much closer than half a revolution."""
    return np.unwrap(argument_of_latitude(position_km, velocity_km_s))


def wrapped_rad(angle_rad: float) -> float:
    """An angle as -pi..pi, the shorter way round."""
    return float(np.mod(angle_rad + np.pi, 2 * np.pi) - np.pi)
