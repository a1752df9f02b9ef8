"""What an Orbit Comprehensive Message holds, once judged: trajectories, manoeuvres, the spacecraft, forces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ocm", "OcmBurn", "OcmManoeuvres", "OcmPhysical", "OcmTrajectory"]

FloatArray = NDArray[np.float64]
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class OcmTrajectory:
    """One block of states.

    Attributes:
        frame: ``EME2000``, ``GCRF``, ``TEME`` or ``ITRF``.
        tt_s: shape (n,), TT seconds since J2000, strictly increasing.
        position_km: shape (n, 3), in ``frame``.
        velocity_km_s: shape (n, 3), in ``frame``.
        id: TRAJ_ID, empty where not given.
        basis: TRAJ_BASIS (``PREDICTED``, ``DETERMINED``, ``SIMULATED``, ...), empty where not given.
        interpolation: method and degree that readers are told to use, None where they are not told.
        comments: remarks in order.
    """

    frame: str
    tt_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray
    id: str = ""
    basis: str = ""
    interpolation: tuple[str, int] | None = None
    comments: tuple[str, ...] = ()


class OcmBurn(NamedTuple):
    """One line of a manoeuvre block; what the line does not tell is None.

    Attributes:
        ignition_tt_s: TT seconds since J2000.
        duration_s: 0 for an impulse.
        mass_change_kg: negative or zero.
        delta_v_km_s: in the frame of the block.
        thrust_n: in the frame of the block; mean over the line.
        efficiency: 0..1, of the thrust.
        specific_impulse_s: s.
        acceleration_km_s2: in the frame of the block.
    """

    ignition_tt_s: float
    duration_s: float | None = None
    mass_change_kg: float | None = None
    delta_v_km_s: Vector | None = None
    thrust_n: Vector | None = None
    efficiency: float | None = None
    specific_impulse_s: float | None = None
    acceleration_km_s2: Vector | None = None


@dataclass(frozen=True)
class OcmManoeuvres:
    """One manoeuvre block: burns of one device in one frame.

    Attributes:
        id: MAN_ID.
        device: MAN_DEVICE_ID, what thrusts.
        frame: MAN_REF_FRAME as written: of the state, or one that follows the orbit (``TNW_ROTATING``: along the
            velocity, inwards in the orbital plane, along the orbit normal, all turning with the orbit).
        burns: by ignition.
        basis: MAN_BASIS (``PLANNED``, ``CANDIDATE``, ...), empty where not given.
        purpose: MAN_PURPOSE, empty where not given.
        comments: remarks in order.
    """

    id: str
    device: str
    frame: str
    burns: tuple[OcmBurn, ...]
    basis: str = ""
    purpose: str = ""
    comments: tuple[str, ...] = ()


class OcmPhysical(NamedTuple):
    """The spacecraft, None where the message does not tell."""

    wet_mass_kg: float | None = None
    dry_mass_kg: float | None = None
    drag_area_m2: float | None = None
    drag_coefficient: float | None = None


@dataclass(frozen=True)
class Ocm:
    """One orbit comprehensive message; every number finite.

    Attributes:
        object_name: as written, empty where not given.
        object_id: INTERNATIONAL_DESIGNATOR, or OBJECT_DESIGNATOR where that is not given.
        creation_utc: as written.
        originator: as written.
        epoch_tt_s: EPOCH_TZERO, from which relative times count, TT seconds since J2000.
        trajectories: in the order of the message.
        manoeuvres: in the order of the message.
        physical: the spacecraft, None where the message has no such block.
        perturbations: keyword and value of the block of forces, in order.
        user_defined: name (without USER_DEFINED_) and value, in order.
        comments: remarks of header and metadata, in order.
        message_id: as written, empty where not given.
        time_system: of the file; epochs here are TT whatever it says.
        ignored: what the message also holds and nobody reads here.
    """

    object_name: str
    object_id: str
    creation_utc: str
    originator: str
    epoch_tt_s: float
    trajectories: tuple[OcmTrajectory, ...] = ()
    manoeuvres: tuple[OcmManoeuvres, ...] = ()
    physical: OcmPhysical | None = None
    perturbations: tuple[tuple[str, str], ...] = ()
    user_defined: tuple[tuple[str, str], ...] = ()
    comments: tuple[str, ...] = ()
    message_id: str = ""
    time_system: str = "UTC"
    ignored: tuple[str, ...] = ()
