"""From tracking files to fixes: where the station was, with what error, as far as each file measured it.

A public ephemeris is a prediction. Only its first state is an estimate of where the station was; rows further on fold
in somebody's forecast of drag and planned burns (NASA's are off by 2-18 km after 2-4 days). So an OEM counts for its
first state, an OPM for its state, and a list of element sets for one set every three days, and none near the state of
an ephemeris, which is worth more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, EphemerisError
from pointnemo.formats.tracking_files import TrackingFile
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.world import time
from pointnemo.world.earth import EARTH_RADIUS_KM, EarthOrientation, gcrs_to_itrs

__all__ = ["DAY_S", "Fix", "FixError", "FixStore", "error_columns", "fix_covariance", "fixes_of", "refuse_strangers"]

FloatArray = NDArray[np.float64]

DAY_S = 86400.0
ELEMENT_SETS_APART_DAYS = 2.9  # nearer ones share their tracking and say the same twice
BESIDE_EPHEMERIS_DAYS = 5.0  # an element set this near to the state of an ephemeris says nothing new
OLDEST_DAYS = 430.0  # before the newest set: what lies further back is not asked for
LOWEST_RADIUS_KM, HIGHEST_RADIUS_KM = EARTH_RADIUS_KM + 100.0, EARTH_RADIUS_KM + 2000.0
SLOWEST_KM_S, FASTEST_KM_S = 6.5, 8.5


class FixError(NamedTuple):
    """One-sigma errors of a fix, in elements, as lengths on the orbit.

    Attributes:
        a_km: of the mean semi-major axis.
        along_km: along the track.
        shape_km: of each component of the e-vector, times the semi-major axis.
        plane_km: across the track.
    """

    a_km: float
    along_km: float
    shape_km: float
    plane_km: float


OEM_ERROR = FixError(0.007, 0.06, 0.03, 0.04)
"""Of the first state of NASA's files: what the fits of burn-free arcs leave over. The first figure is estimated anew
from the files at hand (``process``)."""

ELEMENT_SET_ERROR = FixError(0.05, 1.0, 0.15, 0.4)
"""Of element sets with SGP4: semi-major axis by the scatter of sets about a smooth decay (2021, 2024-25); the others by
Vallado and Cefola 2012 (IAC-12-C1.6.12), about 1 km at epoch."""


@dataclass(frozen=True)
class Fix:
    """One tracked state.

    Attributes:
        tt_s: TT seconds since J2000.
        position_km: GCRS, shape (3,).
        velocity_km_s: GCRS, shape (3,).
        mean: its mean orbit, short periods and the finer field taken out.
        error: one sigma.
        mass_kg: of the whole stack, None where the file does not say.
        name: of the file.
        origin: what was read, in words.
        created_tt_s: when the file was made.
        covariance: GCRS, km and km/s, shape (6, 6), where the file gives one for this very state.
    """

    tt_s: float
    position_km: FloatArray
    velocity_km_s: FloatArray
    mean: Mean
    error: FixError
    mass_kg: float | None
    name: str
    origin: str
    created_tt_s: float
    covariance: FloatArray | None = None

    @property
    def state(self) -> FloatArray:
        """Position and velocity, shape (6,)."""
        return np.concatenate([self.position_km, self.velocity_km_s])


FixStore = dict[tuple[str, int], Fix]


def fixes_of(
    files: Sequence[TrackingFile], eo: EarthOrientation, as_of_tt_s: float = np.inf, store: FixStore | None = None
) -> tuple[Fix, ...]:
    """Take from each file what it measured.

    Args:
        files: of one object, in any order, no two with one name.
        eo: Earth orientation.
        as_of_tt_s: what was not known by this instant is not read.
        store: fixes made before of the same files, to be used again; it grows.

    Returns:
        By epoch, oldest first; of two at one epoch that of the file made later stands.

    Raises:
        EphemerisError: the files track different objects, or hold no low orbit; every defect.
        WorldError: Earth orientation does not reach a file.
    """
    refuse_strangers(files)
    kept: FixStore = {} if store is None else store
    by_epoch: dict[float, tuple[TrackingFile, int]] = {}
    defects: list[Defect] = []
    for file in sorted(files, key=lambda file: file.created_tt_s):
        for row in _rows(file, as_of_tt_s):
            defect = _no_low_orbit(file, row)
            if defect:
                defects.append(defect)
                break
            by_epoch[round(float(file.tt_s[row]), 3)] = file, row
    if defects:
        raise EphemerisError("some tracking files cannot be used", defects)
    better = np.array([epoch for epoch, (file, _) in by_epoch.items() if not file.elements])
    fixes: list[Fix] = []
    for epoch in sorted(by_epoch):
        file, row = by_epoch[epoch]
        if file.elements and len(better) and np.abs(better - epoch).min() < BESIDE_EPHEMERIS_DAYS * DAY_S:
            continue
        if (file.path_name, row) not in kept:
            kept[file.path_name, row] = _fix(file, row, eo)
        fixes.append(kept[file.path_name, row])
    return tuple(fixes)


def refuse_strangers(files: Sequence[TrackingFile]) -> None:
    """Refuse files that track different objects.

    Args:
        files: at least one; a file that names no object is taken for the same one.

    Raises:
        EphemerisError: names each file that tracks another object than the first.
    """
    named = [file for file in files if _designator(file.object_id)]
    defects = [
        Defect(
            file.path_name, f"tracks {file.object_id!r}, {named[0].path_name} {named[0].object_id!r}", "one object only"
        )
        for file in named[1:]
        if _designator(file.object_id) != _designator(named[0].object_id)
    ]
    if defects:
        raise EphemerisError("the tracking files do not belong together", defects)


def _designator(object_id: str) -> str:
    """``1998-067-A`` and ``1998-067A`` are the same object."""
    return object_id.replace("-", "").replace(" ", "").upper()


def _rows(file: TrackingFile, as_of_tt_s: float) -> list[int]:
    """Rows that are fixes."""
    if not file.elements:
        return [0] if file.epoch_tt_s <= as_of_tt_s else []
    known = np.flatnonzero(np.array(file.known_tt_s) <= as_of_tt_s)
    rows: list[int] = []
    for row in known[::-1].tolist():  # the newest set stands, and those before it at a distance
        if rows and file.tt_s[rows[0]] - file.tt_s[row] > OLDEST_DAYS * DAY_S:
            break
        if not rows or file.tt_s[rows[-1]] - file.tt_s[row] >= ELEMENT_SETS_APART_DAYS * DAY_S:
            rows.append(row)
    return rows[::-1]


def _no_low_orbit(file: TrackingFile, row: int) -> Defect | None:
    radius_km = float(np.linalg.norm(file.position_km[row]))
    speed_km_s = float(np.linalg.norm(file.velocity_km_s[row]))
    if LOWEST_RADIUS_KM < radius_km < HIGHEST_RADIUS_KM and SLOWEST_KM_S < speed_km_s < FASTEST_KM_S:
        return None
    what = f"its state is no low orbit: radius {radius_km:.6g} km, speed {speed_km_s:.4g} km/s"
    return Defect(file.path_name, what, "positions are in km, velocities in km/s, of a station at 100 to 2000 km")


def _fix(file: TrackingFile, row: int, eo: EarthOrientation) -> Fix:
    tt_s = float(file.tt_s[row])
    r, v = file.position_km[row], file.velocity_km_s[row]
    what = "element set of" if file.elements else "first state of"
    made = f", made {time.to_utc(file.created_tt_s, 0)}" if not file.elements else ""
    own = file.covariance_tt_s is not None and abs(file.covariance_tt_s - tt_s) < 1.0
    return Fix(
        tt_s=tt_s,
        position_km=r,
        velocity_km_s=v,
        mean=steady_mean(tt_s, r, v, eo),
        error=ELEMENT_SET_ERROR if file.elements else OEM_ERROR,
        mass_kg=file.mass_kg,
        name=file.path_name,
        origin=f"{what} {file.path_name} ({file.originator or 'no originator'}{made})",
        created_tt_s=tt_s if file.elements else file.created_tt_s,
        covariance=file.covariance if own else None,
    )


def error_columns(fix: Fix, eo: EarthOrientation) -> FloatArray:
    """What one sigma of each error of a fix does to its state.

    Args:
        fix: the fix.
        eo: Earth orientation.

    Returns:
        GCRS, km and km/s, shape (6, 6): a column each for semi-major axis, e cos(perigee), e sin(perigee), inclination,
        node, and place along the track.
    """
    pole = gcrs_to_itrs(fix.tt_s, eo)[2]
    mean, error = fix.mean, fix.error
    turn, shape = error.plane_km / mean.a_km, error.shape_km / mean.a_km
    node = turn / np.sin(mean.inclination_rad)
    # the node carries the argument of latitude with it: what is uncertain along the track is their sum
    steps = np.diag([error.a_km, shape, shape, turn, node, error.along_km / mean.a_km])
    steps[4, 5] = -node * np.cos(mean.inclination_rad)
    columns = []
    for step in steps:
        ahead, behind = (
            np.concatenate(osculating_from_mean(Mean(*(np.array(mean) + sign * step)), pole)) for sign in (1.0, -1.0)
        )
        columns.append(0.5 * (ahead - behind))
    return np.stack(columns, axis=1)


def fix_covariance(fix: Fix, eo: EarthOrientation) -> FloatArray:
    """Covariance of a fix: the file's own, else that of ``fix.error``.

    Args:
        fix: the fix.
        eo: Earth orientation.

    Returns:
        GCRS, km and km/s, shape (6, 6).
    """
    if fix.covariance is not None:
        return fix.covariance
    columns = error_columns(fix, eo)
    return columns @ columns.T
