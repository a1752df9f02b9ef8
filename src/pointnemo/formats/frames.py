"""Frames that tracking files come in, and the way from each to GCRS, for states and for covariance matrices.

EME2000 differs from GCRS by the frame bias; GCRF and ICRF have its axes; TEME is what SGP4 gives (never to be taken for
J2000: 60 km at the station's height by 2026); ITRF turns with the Earth, and its realisations agree to centimetres.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.world import earth

__all__ = ["FRAMES_READ", "LOCAL_FRAMES", "canonical_frame", "covariance_to_gcrs", "local_axes", "to_gcrs"]

FloatArray = NDArray[np.float64]

FRAMES_READ = "EME2000, GCRF, ICRF, ITRF (any year), TEME"
"""For messages."""

LOCAL_FRAMES = {"RTN": "RTN", "RSW": "RTN", "RTN_INERTIAL": "RTN", "RSW_INERTIAL": "RTN", "TNW": "TNW"}
"""Covariance frames that follow the orbit, as written -> as reported (CCSDS 502.0-B-3, annex B); axes held inertial."""
LOCAL_FRAMES["TNW_INERTIAL"] = "TNW"

_NAMES = (
    (re.compile(r"EME2000|J2000"), "EME2000"),
    (re.compile(r"(?:GCRF|ICRF)[123]?|GCRS"), "GCRF"),
    (re.compile(r"TEME|TEMEOFDATE"), "TEME"),
    (re.compile(r"ITRF-?(?:\d\d|(?:19|20)\d\d)?"), "ITRF"),
)


def canonical_frame(name: str) -> str | None:
    """What a frame is called here.

    Args:
        name: as written, any case.

    Returns:
        ``EME2000``, ``GCRF``, ``TEME`` or ``ITRF``; None for a frame that is not read.
    """
    written = name.strip().upper()
    return next((frame for pattern, frame in _NAMES if pattern.fullmatch(written)), None)


@lru_cache(maxsize=1)
def _earth_orientation() -> earth.EarthOrientation:
    return earth.load_earth_orientation()


def to_gcrs(
    frame: str,
    tt_s: ArrayLike,
    position_km: ArrayLike,
    velocity_km_s: ArrayLike,
    orientation: earth.EarthOrientation | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Bring states to GCRS.

    Args:
        frame: a name that ``canonical_frame`` knows.
        tt_s: TT seconds since J2000, scalar or shape (n,).
        position_km: shape (3,) or (n, 3), in ``frame``.
        velocity_km_s: likewise; in ITRF relative to the rotating Earth.
        orientation: Earth orientation for ITRF; the bundled table where None.

    Returns:
        GCRS position (km) and velocity (km/s), same shapes.

    Raises:
        ValueError: an unknown frame.
        WorldError: an ITRF state outside the Earth orientation.
    """
    name = canonical_frame(frame)
    r, v = np.asarray(position_km, dtype=float), np.asarray(velocity_km_s, dtype=float)
    if name == "GCRF":
        return r.copy(), v.copy()
    if name == "EME2000":
        return r @ earth.EME2000_TO_GCRS.T, v @ earth.EME2000_TO_GCRS.T
    if name == "TEME":
        matrix = earth.teme_to_gcrs(tt_s)
        return np.einsum("...ij,...j->...i", matrix, r), np.einsum("...ij,...j->...i", matrix, v)
    if name == "ITRF":
        return earth.itrs_to_gcrs_state(tt_s, r, v, orientation or _earth_orientation())
    raise ValueError(f"frame {frame!r} is not one of {FRAMES_READ}")


def local_axes(frame: str, position_km: ArrayLike, velocity_km_s: ArrayLike) -> FloatArray:
    """Axes that follow the orbit, in the frame of the state.

    Args:
        frame: ``RTN`` (radial, along-track, cross-track) or ``TNW`` (along the velocity, in-plane, cross-track:
            CCSDS 502.0-B-3, annex B).
        position_km: shape (3,).
        velocity_km_s: shape (3,).

    Returns:
        Shape (3, 3), the axes as columns: r_inertial = M @ r_local.
    """
    r, v = np.asarray(position_km, dtype=float), np.asarray(velocity_km_s, dtype=float)
    cross = np.cross(r, v)
    cross /= np.linalg.norm(cross)
    first = (v if frame == "TNW" else r) / np.linalg.norm(v if frame == "TNW" else r)
    return np.column_stack([first, np.cross(cross, first), cross])


def covariance_to_gcrs(
    frame: str,
    covariance: FloatArray,
    tt_s: float,
    position_km: ArrayLike,
    velocity_km_s: ArrayLike,
    orientation: earth.EarthOrientation | None = None,
) -> FloatArray:
    """Bring a covariance matrix to GCRS.

    Args:
        frame: a frame of ``canonical_frame`` or ``LOCAL_FRAMES``.
        covariance: shape (6, 6), km and km/s.
        tt_s: its epoch.
        position_km: GCRS position at that epoch, shape (3,).
        velocity_km_s: GCRS velocity, shape (3,).
        orientation: Earth orientation for ITRF; the bundled table where None.

    Returns:
        Shape (6, 6), symmetric.

    Raises:
        ValueError: an unknown frame.
        WorldError: ITRF outside the Earth orientation.
    """
    local = LOCAL_FRAMES.get(frame.strip().upper())
    jacobian = np.zeros((6, 6))
    if local:
        jacobian[:3, :3] = jacobian[3:, 3:] = local_axes(local, position_km, velocity_km_s)
    else:  # the map is linear: its columns are the images of the unit states
        epochs = np.full(6, tt_s)
        unit = np.eye(6)
        jacobian = np.hstack(to_gcrs(frame, epochs, unit[:, :3], unit[:, 3:], orientation)).T
    turned = jacobian @ covariance @ jacobian.T
    return (turned + turned.T) / 2.0
