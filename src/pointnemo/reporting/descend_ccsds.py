"""The targeted descent as CCSDS messages: an OPM with its finite manoeuvres, and an OCM with states and manoeuvres.

Both tell the same burns. Thrust lies along or against the inertial velocity all through a burn, so its axes are TNW
(T along the velocity, N inwards in the orbital plane, W along the orbit normal) and turn with the orbit: the OCM says
so in the name of the frame, TNW_ROTATING; the OPM has no word for it and says it in a remark. A reader that freezes the
axes at ignition would point a burn of 25 minutes up to 100 degrees wrong.

Thrust and specific impulse are the net ones along the velocity, worked out from delta-v, propellant and duration, so
that thrust over a mass that falls evenly gives exactly the delta-v of the burn, whatever canted thrusters lose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pointnemo.formats.ocm import Ocm, OcmBurn, OcmManoeuvres, OcmPhysical, OcmTrajectory, write_ocm
from pointnemo.formats.opm import Manoeuvre, Opm, write_opm
from pointnemo.motion.burns import STANDARD_GRAVITY_M_S2
from pointnemo.motion.gravity import MU_M3_S2, RADIUS_M
from pointnemo.results import Burn, Descend, Trajectory
from pointnemo.results.arrays import FloatArray
from pointnemo.world import time
from pointnemo.world.earth import EME2000_TO_GCRS

__all__ = ["DESCENT_FILES", "descent_messages", "write_descent_messages"]

DESCENT_FILES = ("descent.opm", "descent.ocm")
"""What ``write_descent_messages`` writes into a folder."""

_COAST_STEP_S = 60.0  # between two states of a coast; a cubic through both positions and velocities is good to 0.5 m
_LEAST_STEP_S = 1e-3
_DEGREE = 3
_DRAG_COEFFICIENT = 2.0  # a convention of NASA's ephemerides of the ISS; only its product with the area is meant
_GRAVITY = "EGM2008: 16D 16O"
_ATMOSPHERE = "NRLMSISE-00"


class _Flown(NamedTuple):
    """A burn with its exact ignition, and its net thrust along the velocity (negative: against it)."""

    burn: Burn
    ignition_tt_s: float
    along_velocity_mps: float
    net_thrust_n: float
    net_specific_impulse_s: float


def descent_messages(
    descend: Descend,
    trajectory: Trajectory,
    object_name: str,
    object_id: str,
    *,
    originator: str,
    creation_utc: str,
    cd_area_m2: float | None = None,
    frame: str = "GCRF",
) -> tuple[Opm, Ocm]:
    """The targeted descent as messages.

    Args:
        descend: the stage's result; its burns become manoeuvres.
        trajectory: the numerically flown last days; its first row becomes the state of the OPM. Rows after the first
            one below the entry interface are left out.
        object_name: the station's name.
        object_id: international designator, ``1998-067A``, or a catalogue number.
        originator: program and version.
        creation_utc: passed, since the same inputs shall write the same files.
        cd_area_m2: drag coefficient times area, m2; that of the burns' attitude in ``descend`` where None, and not
            written where neither tells it.
        frame: ``GCRF``, or ``EME2000`` for readers that know only that (it differs by the frame bias, 0.02 arcsec).

    Returns:
        The two messages.

    Raises:
        ValueError: an unknown frame, or a trajectory without rows.
    """
    if frame not in ("GCRF", "EME2000") or len(trajectory.tt_s) == 0:
        raise ValueError(f"messages need a trajectory and a frame of GCRF or EME2000, not {frame!r}")
    to_file = np.eye(3) if frame == "GCRF" else EME2000_TO_GCRS.T
    burns = [_flown(burn, trajectory) for burn in descend.burns]
    product = cd_area_m2 if cd_area_m2 is not None else _cd_area_of(descend)
    area = product / _DRAG_COEFFICIENT if product is not None and product > 0.0 else None
    coefficient = _DRAG_COEFFICIENT if area is not None else None
    stamp: dict[str, Any] = {
        "object_name": object_name,
        "object_id": object_id,
        "creation_utc": creation_utc,
        "originator": originator,
        "epoch_tt_s": float(trajectory.tt_s[0]),
    }
    mass_kg = float(trajectory.mass_kg[0])
    opm = Opm(
        **stamp,
        position_km=trajectory.position_km[0] @ to_file.T,
        velocity_km_s=trajectory.velocity_km_s[0] @ to_file.T,
        frame=frame,
        comments=tuple(_remarks(burns, product)),
        mass_kg=mass_kg,
        drag_area_m2=area,
        drag_coefficient=coefficient,
        manoeuvres=tuple(_manoeuvre(flown) for flown in burns),
    )
    ocm = Ocm(
        **stamp,
        trajectories=tuple(_trajectories(trajectory, _rows_to_entry(descend, trajectory), frame, to_file)),
        manoeuvres=tuple(_manoeuvres(flown) for flown in burns),
        physical=OcmPhysical(wet_mass_kg=mass_kg, drag_area_m2=area, drag_coefficient=coefficient),
        perturbations=(
            ("ATMOSPHERIC_MODEL", _ATMOSPHERE),
            ("GRAVITY_MODEL", _GRAVITY),
            ("EQUATORIAL_RADIUS", repr(RADIUS_M / 1000.0)),
            ("GM", repr(MU_M3_S2 / 1e9)),
            ("N_BODY_PERTURBATIONS", "MOON, SUN"),
        ),
        user_defined=tuple(_user_defined(descend, burns)),
        comments=opm.comments,
    )
    return opm, ocm


def write_descent_messages(
    folder: Path,
    descend: Descend,
    trajectory: Trajectory,
    object_name: str,
    object_id: str,
    *,
    originator: str,
    creation_utc: str,
    cd_area_m2: float | None = None,
    frame: str = "GCRF",
    notation: str = "kvn",
) -> tuple[Path, Path]:
    """Write ``descent.opm`` (version 2.0) and ``descent.ocm`` (version 3.0) into a folder.

    Args:
        folder: exists.
        descend: and all that follows: as for ``descent_messages``.
        notation: ``kvn`` or ``xml``.

    Returns:
        The two files.

    Raises:
        ValueError: as ``descent_messages``, or an unknown notation.
    """
    opm, ocm = descent_messages(
        descend,
        trajectory,
        object_name,
        object_id,
        originator=originator,
        creation_utc=creation_utc,
        cd_area_m2=cd_area_m2,
        frame=frame,
    )
    paths = folder / DESCENT_FILES[0], folder / DESCENT_FILES[1]
    write_opm(paths[0], opm, notation)
    write_ocm(paths[1], ocm, notation)
    return paths


# --- burns -----------------------------------------------------------------------------------------------------------


def _flown(burn: Burn, trajectory: Trajectory) -> _Flown:
    """The burn at the instant at which it was flown: documents round it to a tenth of a second.

    Net thrust F and specific impulse of constant flow from the rocket equation (Tsiolkovsky 1903), solved for the
    exhaust velocity: c = delta_v / ln(m0 / m1), F = c flow, Isp = c / g0.
    """
    names = [name == burn.id for name in trajectory.segments]
    rows = np.flatnonzero(np.asarray(names, dtype=bool)[trajectory.segment])
    ignition = float(trajectory.tt_s[rows[0]]) if len(rows) else time.from_utc(burn.start_utc)
    exhaust_mps = burn.delta_v_mps / log(burn.mass_before_kg / (burn.mass_before_kg - burn.propellant_kg))
    sign = -1.0 if burn.direction == "retrograde" else 1.0
    return _Flown(
        burn=burn,
        ignition_tt_s=ignition,
        along_velocity_mps=sign * burn.delta_v_mps,
        net_thrust_n=sign * exhaust_mps * burn.propellant_kg / burn.duration_s,
        net_specific_impulse_s=exhaust_mps / STANDARD_GRAVITY_M_S2,
    )


def _manoeuvre(flown: _Flown) -> Manoeuvre:
    delta_v = (flown.along_velocity_mps / 1000.0, 0.0, 0.0)
    return Manoeuvre(flown.ignition_tt_s, flown.burn.duration_s, -flown.burn.propellant_kg, "TNW", delta_v)


def _manoeuvres(flown: _Flown) -> OcmManoeuvres:
    burn = OcmBurn(
        ignition_tt_s=flown.ignition_tt_s,
        duration_s=flown.burn.duration_s,
        mass_change_kg=-flown.burn.propellant_kg,
        delta_v_km_s=(flown.along_velocity_mps / 1000.0, 0.0, 0.0),
        thrust_n=(flown.net_thrust_n, 0.0, 0.0),
        efficiency=1.0,
        specific_impulse_s=flown.net_specific_impulse_s,
    )
    return OcmManoeuvres(
        id=flown.burn.id,
        device=flown.burn.vehicle,
        frame="TNW_ROTATING",
        burns=(burn,),
        basis="PLANNED",
        purpose="DISPOSAL",
        comments=(_words(flown.burn),),
    )


def _words(burn: Burn) -> str:
    part = f", part {burn.part} of {burn.parts}" if burn.parts > 1 else ""
    return (
        f"{burn.id}: {burn.delta_v_mps:.3f} m/s {burn.direction}{part} by {burn.vehicle}, perigee "
        f"{burn.perigee_before_km:.1f} km to {burn.perigee_after_km:.1f} km"
    )


def _remarks(burns: Sequence[_Flown], cd_area_m2: float | None) -> Iterator[str]:
    yield "Targeted descent: state at its start and the burns to entry interface, flown numerically"
    yield "CREATION_DATE is passed in: the same inputs write the same file"
    if burns:
        yield "TNW: T along the inertial velocity, W along the orbit normal, N = W x T; axes turn with the orbit"
        yield "Thrust is constant through a burn and the mass falls evenly"
    if cd_area_m2 is not None:
        yield f"Only the product of drag coefficient and area is meant: {cd_area_m2:.6g} m**2"
    yield from (_words(flown.burn) for flown in burns)


def _cd_area_of(descend: Descend) -> float | None:
    return next((spell.cd_area_m2.value for spell in descend.attitudes if spell.part == "burns"), None)


def _user_defined(descend: Descend, burns: Sequence[_Flown]) -> Iterator[tuple[str, str]]:
    """What has no keyword, with the unit in the name."""
    for flown in burns:
        key = re.sub(r"[^A-Z0-9]+", "_", flown.burn.id.upper())
        yield f"{key}_MASS_BEFORE_KG", repr(flown.burn.mass_before_kg)
        yield f"{key}_GROSS_THRUST_N", repr(flown.burn.thrust_n)
        yield f"{key}_GROSS_ISP_S", repr(flown.burn.specific_impulse_s)
        yield f"{key}_COSINE_LOSS", repr(flown.burn.cosine_loss)
        yield f"{key}_PERIGEE_AFTER_KM", repr(flown.burn.perigee_after_km)
    if descend.targeting is not None:
        yield "AIM_LATITUDE_DEG", repr(descend.targeting.aim.latitude_deg)
        yield "AIM_LONGITUDE_DEG", repr(descend.targeting.aim.longitude_deg)
    if descend.entry is not None:
        yield "ENTRY_INTERFACE_UTC", descend.entry.utc
        yield "ENTRY_INTERFACE_HEIGHT_KM", repr(descend.entry.height_km)
        yield "ENTRY_FLIGHT_PATH_ANGLE_DEG", repr(descend.entry.flight_path_angle_deg)


# --- states ----------------------------------------------------------------------------------------------------------


def _rows_to_entry(descend: Descend, trajectory: Trajectory) -> int:
    """How many rows, the first one below the entry interface being the last."""
    if descend.entry is None:
        return len(trajectory.tt_s)
    below = np.flatnonzero(trajectory.height_km <= descend.entry.height_km)
    return int(below[0]) + 1 if len(below) else len(trajectory.tt_s)


def _trajectories(trajectory: Trajectory, rows: int, frame: str, to_file: FloatArray) -> Iterator[OcmTrajectory]:
    """One block per coast or burn, since no polynomial crosses the edge of a burn."""
    segment = trajectory.segment[:rows]
    starts = np.flatnonzero(np.r_[True, np.diff(segment) != 0])
    stops = np.r_[starts[1:], rows]
    burns = {name for name in trajectory.segments if name != "coast"}
    for number, (a, b) in enumerate(zip(starts, stops, strict=True), start=1):
        name = trajectory.segments[int(segment[a])]
        kept = a + _thinned(trajectory.tt_s[a:b], _LEAST_STEP_S if name in burns else _COAST_STEP_S)
        if len(kept) < 2 and number > 1:
            continue  # the epoch of its border stands in the block before
        yield OcmTrajectory(
            frame=frame,
            tt_s=trajectory.tt_s[kept],
            position_km=trajectory.position_km[kept] @ to_file.T,
            velocity_km_s=trajectory.velocity_km_s[kept] @ to_file.T,
            id=f"{number} {name}",
            basis="PREDICTED",
            # readers take degree + 1 states whatever the method, and refuse a block that has fewer
            interpolation=("HERMITE", min(_DEGREE, len(kept) - 1)) if len(kept) > 1 else None,
        )


def _thinned(tt_s: FloatArray, step_s: float) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Rows at least a step apart, with the first and the last."""
    kept = [0]
    for row in range(1, len(tt_s)):
        if tt_s[row] - tt_s[kept[-1]] >= step_s - _LEAST_STEP_S / 2.0:
            kept.append(row)
    last = len(tt_s) - 1
    if kept[-1] != last:
        if len(kept) > 1 and tt_s[last] - tt_s[kept[-1]] < _LEAST_STEP_S:
            kept.pop()
        kept.append(last)
    return np.array(kept, dtype=np.int64)
