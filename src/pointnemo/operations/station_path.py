"""The averaged flight as a path: altitude, node and place along the orbit at every midnight, for questions of phase."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from pointnemo.motion.history import Decision, Flown
from pointnemo.motion.secular import secular_rates
from pointnemo.operations.windows import StationOrbit
from pointnemo.results import FloatArray, Track
from pointnemo.world.earth import EARTH_RADIUS_KM

__all__ = ["StationPath", "before_burns_km", "path_of"]

DAY_S = 86400.0


@dataclass(frozen=True)
class StationPath:
    """Mean orbit at the rows of a history.

    Attributes:
        first_day: UTC day of the first row.
        tt_s: shape (rows,), TT seconds since J2000; midnights (UTC) after the first.
        before_km: shape (rows,), mean altitude before the burn of that midnight, if there is one.
        after_km: shape (rows,), and after it.
        mass_kg: shape (rows,).
        node_rad: shape (rows,), unbounded.
        latitude_rad: shape (rows,), mean argument of latitude, unbounded.
        eccentricity: shape (rows,).
        inclination_rad: constant.
    """

    first_day: date
    tt_s: FloatArray
    before_km: FloatArray
    after_km: FloatArray
    mass_kg: FloatArray
    node_rad: FloatArray
    latitude_rad: FloatArray
    eccentricity: FloatArray
    inclination_rad: float

    def orbit_at(self, row: int, turned_rad: float = 0.0, node_turned_rad: float = 0.0) -> StationOrbit:
        """The orbit at a row as windows read it, after its burn.

        Args:
            row: of the history.
            turned_rad: to be added to the argument of latitude.
            node_turned_rad: to be added to the node.
        """
        ahead = min(row + 1, len(self.tt_s) - 1)
        seconds = max(float(self.tt_s[ahead] - self.tt_s[row]), 1.0)
        return StationOrbit(
            epoch_tt_s=float(self.tt_s[row]),
            a_km=float(self.after_km[row]) + EARTH_RADIUS_KM,
            eccentricity=float(self.eccentricity[row]),
            inclination_rad=self.inclination_rad,
            node_rad=float(self.node_rad[row]) + node_turned_rad,
            latitude_rad=float(self.latitude_rad[row]) + turned_rad,
            decay_km_s=max(float(self.after_km[row] - self.before_km[ahead]), 0.0) / seconds,
            decay_sigma_km_s=0.0,
        )

    def row_of(self, day: date) -> int:
        """Row of the midnight with which a day begins; the first row on the first day."""
        return (day - self.first_day).days


def before_burns_km(flown: Flown, run: int) -> FloatArray:
    """Mean altitude at the rows of a history before the burns of their midnight: the lowest of each day.

    Args:
        flown: the histories, which hold the altitude after the burns.
        run: which of them.

    Returns:
        km, shape (rows,).
    """
    burns = flown.burns
    before = flown.history.altitude_km[run].copy()
    mine = np.flatnonzero(burns.run == run)
    rows = np.searchsorted(flown.history.tt_s, burns.tt_s[mine] - 1.0)
    for burn, row in zip(mine[::-1], rows[::-1], strict=True):  # of several burns in a row the first starts lowest
        before[row] = burns.altitude_before_km[burn]
    return before


def path_of(decision: Decision, flown: Flown, run: int, track: Track) -> StationPath:
    """The path of one run of a history.

    Args:
        decision: what was flown.
        flown: the histories.
        run: which of them.
        track: start state.

    Returns:
        The path. Between two rows the altitude is taken to fall steadily; rates are those of its mean, which a fall of
        0.1 km a day leaves good to 1e-9.
    """
    history = flown.history
    tt_s = history.tt_s
    after = history.altitude_km[run]
    before = before_burns_km(flown, run)
    a_km = np.append(0.5 * (after[:-1] + before[1:]), after[-1]) + EARTH_RADIUS_KM
    eccentricity = (history.apogee_km[run] - history.perigee_km[run]) / (2.0 * (after + EARTH_RADIUS_KM))
    node_rate, latitude_rate = secular_rates(a_km, float(eccentricity.mean()), decision.policy.inclination_rad)
    seconds = np.diff(tt_s)
    mean = track.mean
    return StationPath(
        first_day=decision.first_day,
        tt_s=tt_s,
        before_km=before,
        after_km=after,
        mass_kg=history.mass_kg[run],
        node_rad=math.radians(mean.node_deg) + _sum(node_rate[:-1] * seconds),
        latitude_rad=math.radians(mean.argument_of_latitude_deg) + _sum(latitude_rate[:-1] * seconds),
        eccentricity=eccentricity,
        inclination_rad=decision.policy.inclination_rad,
    )


def _sum(increments: FloatArray) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(increments)])
