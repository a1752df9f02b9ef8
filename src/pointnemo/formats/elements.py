"""Mean elements of SGP4 and the state they stand for: what TLE and OMM have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import Defect
from pointnemo.formats.frames import to_gcrs
from pointnemo.world import time

__all__ = ["MeanElements", "element_defects", "gcrs_states", "teme_state"]

FloatArray = NDArray[np.float64]

_JD_OF_SGP4 = 2433281.5  # 1949-12-31, from which sgp4init counts days
_FASTEST_REV_DAY = 18.0  # 17.2 revolutions a day would skim the ground


class MeanElements(NamedTuple):
    """One element set for SGP4 (Hoots and Roehrich 1980; Vallado et al. 2006), mean equinox and equator of date (TEME).

    Attributes:
        object_name: as written; may be empty.
        object_id: international designator, ``1998-067A``; may be empty.
        catalogue_number: of the Space Surveillance Network, up to nine digits.
        epoch_tt_s: TT seconds since J2000.
        mean_motion_rev_day: Kozai's mean motion.
        eccentricity: at least 0, below 1.
        inclination_deg: 0 to 180.
        node_deg: right ascension of the ascending node.
        perigee_deg: argument of perigee.
        mean_anomaly_deg: mean anomaly.
        bstar_per_earth_radius: drag term B*.
        mean_motion_dot_rev_day2: the field as published (half the first derivative); SGP4 does not use it.
        mean_motion_ddot_rev_day3: the field as published (a sixth of the second derivative); nor this.
        classification: ``U``, ``C`` or ``S``.
        ephemeris_type: 0 but within the agency that makes the sets.
        element_set_number: running number.
        revolution: number at epoch.
        where: file and place, for messages.
    """

    object_name: str
    object_id: str
    catalogue_number: int
    epoch_tt_s: float
    mean_motion_rev_day: float
    eccentricity: float
    inclination_deg: float
    node_deg: float
    perigee_deg: float
    mean_anomaly_deg: float
    bstar_per_earth_radius: float = 0.0
    mean_motion_dot_rev_day2: float = 0.0
    mean_motion_ddot_rev_day3: float = 0.0
    classification: str = "U"
    ephemeris_type: int = 0
    element_set_number: int = 999
    revolution: int = 0
    where: str = ""


def element_defects(elements: MeanElements) -> list[Defect]:
    """What is wrong with the values of an element set, whatever file it came from."""
    wrong: list[tuple[str, str]] = []
    if not 0.0 < elements.mean_motion_rev_day < _FASTEST_REV_DAY:
        what = f"a mean motion of {elements.mean_motion_rev_day:.10g} revolutions a day"
        wrong.append((what, f"it lies between 0 and {_FASTEST_REV_DAY:g}"))
    if not 0.0 <= elements.eccentricity < 1.0:
        wrong.append((f"an eccentricity of {elements.eccentricity:.10g}", "it is at least 0 and below 1"))
    if not 0.0 <= elements.inclination_deg <= 180.0:
        wrong.append((f"an inclination of {elements.inclination_deg:.10g} deg", "it lies between 0 and 180"))
    wrong += [
        (f"an angle of {angle:.10g} deg", "angles lie between -360 and 360")
        for angle in (elements.node_deg, elements.perigee_deg, elements.mean_anomaly_deg)
        if not -360.0 <= angle <= 360.0
    ]
    if not wrong:
        try:
            teme_state(elements)
        except ValueError as error:
            wrong.append((f"SGP4 cannot fly it: {error}", "take another element set"))
    return [Defect(elements.where, what, mend) for what, mend in wrong]


def teme_state(elements: MeanElements, minutes: ArrayLike = 0.0) -> tuple[FloatArray, FloatArray]:
    """State by SGP4 (package ``sgp4``, Vallado et al. 2006; constants of WGS 72, as the sets are made).

    Args:
        elements: the set.
        minutes: since its epoch, scalar or shape (n,).

    Returns:
        TEME position (km) and velocity (km/s), shape (3,) or (n, 3).

    Raises:
        ValueError: SGP4 gives an error: decayed, or elements out of range.
    """
    from sgp4.api import SGP4_ERRORS, WGS72, Satrec

    satellite = Satrec()
    tt_minus_utc_s = float(time.tai_minus_utc(time.mjd_utc(elements.epoch_tt_s))) + time.TT_MINUS_TAI_S
    # Through a Julian date in one double, as the reference code goes: its rounding (20 us) is in everyone's numbers.
    days = ((elements.epoch_tt_s - tt_minus_utc_s) / 86400.0 + time.J2000_JD) - _JD_OF_SGP4
    revolution_day = 1440.0 / (2.0 * np.pi)  # rev/day per rad/min; divided by, as the reference code does
    satellite.sgp4init(
        WGS72,
        "i",
        0,  # the catalogue number, which SGP4 does not use and which may be too large for it
        days,
        elements.bstar_per_earth_radius,
        elements.mean_motion_dot_rev_day2 / (revolution_day * 1440.0),
        elements.mean_motion_ddot_rev_day3 / (revolution_day * 1440.0**2),
        elements.eccentricity,
        np.radians(elements.perigee_deg),
        np.radians(elements.inclination_deg),
        np.radians(elements.mean_anomaly_deg),
        elements.mean_motion_rev_day / revolution_day,
        np.radians(elements.node_deg),
    )
    if satellite.error:
        raise ValueError(SGP4_ERRORS.get(satellite.error, f"error {satellite.error}"))
    states: list[tuple[float, ...]] = []
    for minute in np.atleast_1d(np.asarray(minutes, dtype=float)).tolist():
        error, position, velocity = satellite.sgp4_tsince(minute)
        if error:
            raise ValueError(SGP4_ERRORS.get(error, f"error {error}"))
        states.append((*position, *velocity))
    state = np.array(states)
    if not np.isfinite(state).all():
        raise ValueError("the state is not finite")
    state = state[0] if np.ndim(minutes) == 0 else state
    return state[..., :3], state[..., 3:]


def gcrs_states(sets: Sequence[MeanElements]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The state of each set at its own epoch, the only instant where it needs no forecast.

    Args:
        sets: at least one, without ``element_defects``.

    Returns:
        Epochs (n,) in TT seconds since J2000, GCRS position (n, 3) in km and velocity (n, 3) in km/s.
    """
    tt_s = np.array([elements.epoch_tt_s for elements in sets])
    states = [teme_state(elements) for elements in sets]
    return tt_s, *to_gcrs("TEME", tt_s, np.array([r for r, _ in states]), np.array([v for _, v in states]))
