"""The ballistic factor that carries one tracked state to another: the one number by which drag is calibrated.

An error of drag shows along the track, growing with the square of time, and hardly anywhere else. So the factor is
found by nulling the along-track miss, and the radial and cross-track misses that remain measure everything but drag.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import FlightError
from pointnemo.motion.heyoka_engine import propagate
from pointnemo.world import World

__all__ = ["Fit", "Miss", "fit_ballistic_factor", "miss_km"]

FloatArray = NDArray[np.float64]

FIRST_GUESS_M2_KG = 0.007  # the middle of the range met at the station: 0.004 to 0.011
CLOSE_KM = 1e-3  # an along-track metre is less than any state is worth
MOST_FLIGHTS = 8
LOWEST_M2_KG, HIGHEST_M2_KG = -0.02, 0.1  # an arc with an unannounced reboost fits a negative factor: let it show


class Miss(NamedTuple):
    """Where a predicted state lies, seen from the observed one, km."""

    radial_km: float
    along_km: float
    cross_km: float


class Fit(NamedTuple):
    """A fitted arc.

    Attributes:
        ballistic_factor_m2_kg: C_D A / m.
        cd_area_m2: the same times the mass.
        sigma_m2_kg: formal, from the position uncertainty of the two states alone.
        miss: what remains at the end of the arc; along-track under a metre by construction.
        days: length of the arc.
        flights: propagations it took.
    """

    ballistic_factor_m2_kg: float
    cd_area_m2: float
    sigma_m2_kg: float
    miss: Miss
    days: float
    flights: int


def miss_km(predicted_r_km: ArrayLike, r_km: ArrayLike, v_km_s: ArrayLike) -> Miss:
    """Resolve a miss along the observed orbit: radial outward, along-track forward, cross-track along r x v.

    Args:
        predicted_r_km: predicted position, shape (3,).
        r_km: observed position, shape (3,), same inertial frame.
        v_km_s: observed velocity, shape (3,).

    Returns:
        Predicted minus observed.
    """
    r = np.asarray(r_km, dtype=np.float64)
    radial = r / np.linalg.norm(r)
    normal = np.cross(r, np.asarray(v_km_s, dtype=np.float64))
    cross = normal / np.linalg.norm(normal)
    along = np.cross(cross, radial)
    offset = np.asarray(predicted_r_km, dtype=np.float64) - r
    return Miss(float(offset @ radial), float(offset @ along), float(offset @ cross))


def fit_ballistic_factor(
    tt0_s: float,
    state0: ArrayLike,
    tt1_s: float,
    state1: ArrayLike,
    world: World,
    mass_kg: float,
    *,
    position_sigma_km: float = 0.05,
    degree: int = 30,
) -> Fit:
    """Fit the one factor that flies ``state0`` to ``state1`` without an along-track miss (secant method).

    Args:
        tt0_s: first epoch, TT seconds since J2000.
        state0: GCRS position (km) and velocity (km/s), shape (6,).
        tt1_s: later epoch.
        state1: the state tracked then, shape (6,); only its position is fitted.
        world: space weather and Earth orientation.
        mass_kg: mass over the arc; it turns the factor into an area and does nothing else.
        position_sigma_km: one-sigma along-track uncertainty of either state.
        degree: of the gravity field.

    Returns:
        The fit, with what is left of the miss.

    Raises:
        FlightError: no factor between -0.02 and 0.1 m2/kg does it: a burn lies in the arc, or the states do not belong
            together.
    """
    start, target = np.asarray(state0, dtype=np.float64), np.asarray(state1, dtype=np.float64)

    def missed(factor: float) -> Miss:
        r, _ = propagate(tt0_s, start[:3], start[3:], [tt1_s], factor, world.weather, world.earth, degree=degree)
        return miss_km(r[0], target[:3], target[3:])

    before, factor = FIRST_GUESS_M2_KG, 1.2 * FIRST_GUESS_M2_KG
    along_before = missed(before).along_km
    for flights in range(2, MOST_FLIGHTS + 1):
        miss = missed(factor)
        slope = (miss.along_km - along_before) / (factor - before)
        if abs(miss.along_km) < CLOSE_KM:
            sigma = np.sqrt(2.0) * position_sigma_km / abs(slope)
            days = (tt1_s - tt0_s) / 86400.0
            return Fit(factor, factor * mass_kg, float(sigma), miss, days, flights)
        before, along_before = factor, miss.along_km
        factor = factor - miss.along_km / slope if slope else np.inf
        if not LOWEST_M2_KG < factor < HIGHEST_M2_KG:
            break
    raise FlightError(
        f"no ballistic factor carries the first state to the second ({(tt1_s - tt0_s) / 86400:.1f} days later); "
        "is there a burn between them?"
    )
