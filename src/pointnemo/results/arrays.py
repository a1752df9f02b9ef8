"""Bulk numbers of the stages: frozen dataclasses of arrays that travel beside the documents, out of the JSON."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FloatArray", "History", "Impacts", "IntArray", "Trajectory"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class History:
    """Day-by-day altitude and propellant of every run; the leading axis of 2-D arrays is the run.

    Attributes:
        runs: name of each run, for example ``("low", "mean", "high")``.
        tanks: key of each tank, in the order of the last axis of ``propellant_kg``.
        tt_s: shape (days,), TT seconds since J2000 of each row, the same for all runs.
        altitude_km: shape (runs, days), mean semi-major axis - 6378.137; NaN never occurs: after the hand-over to
            the last days the last value is kept and ``flying`` is False.
        perigee_km: shape (runs, days), mean perigee radius - 6378.137.
        apogee_km: shape (runs, days), mean apogee radius - 6378.137.
        mass_kg: shape (runs, days), the whole stack with docked vehicles and all propellant.
        propellant_kg: shape (runs, days, tanks).
        f107: shape (runs, days), observed-scale F10.7 of the day (sfu).
        regime: shape (days,), index into ``world.weather.REGIMES``.
        flying: shape (runs, days), True until the hand-over.
    """

    runs: tuple[str, ...]
    tanks: tuple[str, ...]
    tt_s: FloatArray
    altitude_km: FloatArray
    perigee_km: FloatArray
    apogee_km: FloatArray
    mass_kg: FloatArray
    propellant_kg: FloatArray
    f107: FloatArray
    regime: IntArray
    flying: NDArray[np.bool_]


@dataclass(frozen=True)
class Trajectory:
    """The numerically flown last days, from the hand-over to the start of break-up.

    Attributes:
        tt_s: shape (n,), TT seconds since J2000, increasing; the epoch of a segment border occurs twice.
        position_km: shape (n, 3), GCRS.
        velocity_km_s: shape (n, 3), GCRS.
        mass_kg: shape (n,).
        height_km: shape (n,), geodetic on WGS 84.
        latitude_deg: shape (n,), geodetic.
        longitude_deg: shape (n,), -180..180.
        segment: shape (n,), index of the coast or burn that each row belongs to.
        segments: name of each segment, for example ``("coast", "lower-1", "coast", "final", "coast")``.
    """

    tt_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray
    mass_kg: FloatArray
    height_km: FloatArray
    latitude_deg: FloatArray
    longitude_deg: FloatArray
    segment: IntArray
    segments: tuple[str, ...]


@dataclass(frozen=True)
class Impacts:
    """Representative fragments at the ground (or demised); one row each.

    Attributes:
        run: shape (n,), index of the break-up realisation that the row belongs to.
        element: shape (n,), index into ``elements``.
        elements: element keys.
        fragment_class: shape (n,), index into ``classes``.
        classes: names of the fragment classes.
        weight: shape (n,), how many real fragments the row stands for.
        survives: shape (n,), False where the fragment demised.
        latitude_deg, longitude_deg: shape (n,), impact point (or where it demised).
        downrange_km: shape (n,), along the entry track from the aim point, positive in flight direction.
        crossrange_km: shape (n,), positive to the left of the track.
        mass_kg: shape (n,), mass of one fragment at the end.
        initial_mass_kg: shape (n,), mass of one fragment at release.
        area_m2: shape (n,), mean projected area of one fragment at the end.
        speed_mps: shape (n,), impact speed.
        kinetic_energy_j: shape (n,).
        release_height_km: shape (n,).
        demise_height_km: shape (n,), 0 where it survives.
        time_of_fall_s: shape (n,), from release.
        release_s: shape (n,), seconds from the entry interface to release; None where it was not kept.
        pieces_flown: how many rows were flown; more than n where only a part of them was kept, with weights that stand
            for the others. Every run then keeps its outermost dangerous rows on each side. 0 where it is not known.
        ends_km: shape (runs, 2), down-range of the first half dangerous piece from the aft and from the fore end, of
            all rows flown; NaN for a run without one; None where it was not kept.
        sides_km: shape (runs, 2), likewise cross-range, from the right and from the left.
    """

    run: IntArray
    element: IntArray
    elements: tuple[str, ...]
    fragment_class: IntArray
    classes: tuple[str, ...]
    weight: FloatArray
    survives: NDArray[np.bool_]
    latitude_deg: FloatArray
    longitude_deg: FloatArray
    downrange_km: FloatArray
    crossrange_km: FloatArray
    mass_kg: FloatArray
    initial_mass_kg: FloatArray
    area_m2: FloatArray
    speed_mps: FloatArray
    kinetic_energy_j: FloatArray
    release_height_km: FloatArray
    demise_height_km: FloatArray
    time_of_fall_s: FloatArray
    release_s: FloatArray | None = None
    pieces_flown: int = 0
    ends_km: FloatArray | None = None
    sides_km: FloatArray | None = None
