"""From a user's ephemerides to what was tracked: the first state of each file, never its later rows.

A public ephemeris is a prediction. Only its first state is an estimate of where the station was; rows further on fold
in somebody's forecast of drag and planned burns (NASA's are off by 2-18 km after 2-4 days). So a file counts for its
first state, and drag is measured from the first state of one file to the first state of the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, EphemerisError, FlightError
from pointnemo.formats.oem import Ephemeris, read_oem
from pointnemo.tracking.fit import Fit, fit_ballistic_factor
from pointnemo.world import World, time
from pointnemo.world.earth import EARTH_RADIUS_KM, EME2000_TO_GCRS

__all__ = ["TrackedState", "fit_last_arc", "read_tracked_states", "to_gcrs"]

FloatArray = NDArray[np.float64]

SHORTEST_ARC_DAYS, LONGEST_ARC_DAYS = 1.0, 16.0  # shorter says nothing about drag; in longer ones weather changes
PLAUSIBLE_M2_KG = (0.002, 0.02)  # the station's range with a margin; a reboost in the arc fits far outside it
LARGEST_MISS_KM = 0.2  # burn-free arcs of real files stay below 0.1 km radially and cross-track
LOWEST_RADIUS_KM, HIGHEST_RADIUS_KM = EARTH_RADIUS_KM + 100.0, EARTH_RADIUS_KM + 2000.0
FASTEST_KM_S, SLOWEST_KM_S = 8.5, 6.5


class TrackedState(NamedTuple):
    """The first state of a tracking file, in GCRS.

    Attributes:
        tt_s: TT seconds since J2000.
        state: position (km) and velocity (km/s), shape (6,).
        origin: file name and originator.
        mass_kg: of NASA's header, None where the file does not say.
    """

    tt_s: float
    state: FloatArray
    origin: str
    mass_kg: float | None


def to_gcrs(frame: str, position_km: FloatArray, velocity_km_s: FloatArray) -> FloatArray:
    """Rotate a state of EME2000, GCRF or ICRF axes to GCRS.

    Args:
        frame: ``EME2000``, ``GCRF`` or ``ICRF``.
        position_km: shape (3,).
        velocity_km_s: shape (3,).

    Returns:
        Shape (6,).
    """
    rotation = EME2000_TO_GCRS if frame == "EME2000" else np.eye(3)
    return np.concatenate([rotation @ position_km, rotation @ velocity_km_s])


def read_tracked_states(paths: Sequence[str | Path]) -> tuple[TrackedState, ...]:
    """Read the files and take the first state of each.

    Args:
        paths: OEM files of one object.

    Returns:
        By epoch, oldest first; of two files with the same first epoch the later in ``paths`` stands.

    Raises:
        EphemerisError: any file cannot be used, holds no low orbit, or tracks another object than the first.
    """
    ephemerides = [read_oem(path) for path in paths]
    defects = [
        Defect(
            other.path, f"tracks {other.object_id!r}, the first file {ephemerides[0].object_id!r}", "one object only"
        )
        for other in ephemerides[1:]
        if _designator(other.object_id) != _designator(ephemerides[0].object_id)
    ]
    if defects:
        raise EphemerisError("the tracking files do not belong together", defects)
    states = {state.tt_s: state for state in map(_first_state, ephemerides)}
    return tuple(states[epoch] for epoch in sorted(states))


def _designator(object_id: str) -> str:
    """``1998-067-A`` and ``1998-067A`` are the same object."""
    return object_id.replace("-", "").upper()


def _first_state(ephemeris: Ephemeris) -> TrackedState:
    segment = ephemeris.segments[0]
    state = to_gcrs(ephemeris.frame, segment.position_km[0], segment.velocity_km_s[0])
    radius_km, speed_km_s = float(np.linalg.norm(state[:3])), float(np.linalg.norm(state[3:]))
    if not (LOWEST_RADIUS_KM < radius_km < HIGHEST_RADIUS_KM and SLOWEST_KM_S < speed_km_s < FASTEST_KM_S):
        what = f"its first state is no low orbit: radius {radius_km:.6g} km, speed {speed_km_s:.4g} km/s"
        defect = Defect(ephemeris.path, what, "positions are in km, velocities in km/s, of a station at 100 to 2000 km")
        raise EphemerisError(f"cannot use {ephemeris.path}", [defect])
    origin = f"first state of {Path(ephemeris.path).name} ({ephemeris.originator}, made {ephemeris.creation_utc})"
    return TrackedState(float(segment.tt_s[0]), state, origin, ephemeris.mass_kg)


def fit_last_arc(
    states: Sequence[TrackedState], world: World, mass_kg: float, position_sigma_km: float
) -> tuple[Fit, str] | None:
    """Measure drag between two consecutive files: the newest pair that gives a credible answer.

    Args:
        states: by epoch.
        world: space weather and Earth orientation.
        mass_kg: mass over the arc where the file does not say.
        position_sigma_km: one-sigma uncertainty of a state.

    Returns:
        The fit and a sentence that names the arc; None where every arc is too short, too long, or holds a burn.
    """
    for older, newer in reversed(list(pairwise(states))):
        if not SHORTEST_ARC_DAYS <= (newer.tt_s - older.tt_s) / 86400.0 <= LONGEST_ARC_DAYS:
            continue
        mass = older.mass_kg or mass_kg
        try:
            fit = fit_ballistic_factor(
                older.tt_s, older.state, newer.tt_s, newer.state, world, mass, position_sigma_km=position_sigma_km
            )
        except FlightError:
            continue
        low, high = PLAUSIBLE_M2_KG
        if low < fit.ballistic_factor_m2_kg < high and _quiet(fit):
            arc = f"drag fitted from {time.to_utc(older.tt_s, 0)} to {time.to_utc(newer.tt_s, 0)}"
            return fit, arc
    return None


def _quiet(fit: Fit) -> bool:
    """No burn hides in the arc: what drag cannot do is not there."""
    return max(abs(fit.miss.radial_km), abs(fit.miss.cross_km)) < LARGEST_MISS_KM
