"""By how much burns are trimmed so that every launch and landing meets its phase on the numerical flight.

A burn that raises c higher than before, until the next one that is held to its own altitude, lets the station fall
back by 1.5 n c / a radians a second. Phases, altitudes and delta-v are linear in the offsets, so that the smallest
trims are a linear programme; what curvature is left, the next flight shows.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_array

from pointnemo.errors import FlightError
from pointnemo.results import FloatArray
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

__all__ = ["BurnFact", "EventFact", "best_offsets", "lever_deg_km", "slope_mps_km"]

DAY_S = 86400.0
MARGIN_DEG = 0.5  # to the nearer edge of a window
PAD_KM = 0.003  # so far inside the corridor: what a flight differs from the linear programme
PHASE_WEIGHT = 10.0  # m/s that a degree outside a window is worth: more than any trim buys
EDGE_WEIGHT = 1e5  # m/s that a km outside the corridor is worth: windows are given up before the corridor is left
WISH_WEIGHT = 1e-4  # m/s that a degree from the planned phase is worth


class BurnFact(NamedTuple):
    """A burn as flown, and the coast behind it.

    Attributes:
        tt_s: ignition.
        delta_v_mps: given; a burn that was not made stays so.
        offset_km: mean altitude after it, above the planned one.
        altitude_km: mean altitude after it.
        room_below_km: least height of the coast behind it above the lower edge, and above what is asked for at its end.
        room_above_km: of the corridor above it.
    """

    tt_s: float
    delta_v_mps: float
    offset_km: float
    altitude_km: float
    room_below_km: float
    room_above_km: float


class EventFact(NamedTuple):
    """An event as flown.

    Attributes:
        tt_s: passage.
        miss_deg: phase, above the planned one, unwrapped.
        below_deg: how far it may lie below the planned one, negative where the planned phase is outside already.
        above_deg: how far above.
    """

    tt_s: float
    miss_deg: float
    below_deg: float
    above_deg: float


def slope_mps_km(altitude_km: float) -> float:
    """Delta-v for a km of mean altitude: v / 2a (Vallado 2013, eq. 9-24), m/s per km."""
    return 500.0 * math.sqrt(MU_KM3_S2 / (EARTH_RADIUS_KM + altitude_km) ** 3)


def lever_deg_km(burns: tuple[BurnFact, ...], tt_s: float) -> FloatArray:
    """By how many degrees the station is ahead at an instant for each km that a burn raises higher, shape (burns,).

    Args:
        burns: by time.
        tt_s: instant.
    """
    ends = [*(burn.tt_s for burn in burns[1:]), np.inf]
    levers = []
    for burn, end in zip(burns, ends, strict=True):
        a_km = EARTH_RADIUS_KM + burn.altitude_km
        motion = math.sqrt(MU_KM3_S2 / a_km**3)
        levers.append(-math.degrees(1.5 * motion / a_km) * max(min(end, tt_s) - burn.tt_s, 0.0))
    return np.array(levers)


def best_offsets(
    burns: tuple[BurnFact, ...], events: tuple[EventFact, ...], least_mps: float, most_mps: float
) -> tuple[FloatArray, FloatArray, float]:
    """Altitudes above the planned ones, after each burn, that bring every event into its window with the least trims.

    Args:
        burns: as flown, by time.
        events: as flown.
        least_mps: of a burn.
        most_mps: of a burn.

    Returns:
        (km, shape (burns,); degrees by which each event then lies outside its window, shape (events,); km outside the
        corridor, all coasts together). What no trim can meet is missed by as little as can be: the corridor counts
        before a window.
    """
    n, e = len(burns), len(events)
    offsets = np.array([burn.offset_km for burn in burns])
    margins = np.array([min(MARGIN_DEG, 0.25 * max(event.below_deg + event.above_deg, 0.0)) for event in events])
    # unknowns: offsets (n, free), size of each trim (n), miss of each window (e), of each planned phase (e), of each
    # lower (n) and upper (n) room
    trim, late, wish, low, high = n, 2 * n, 2 * n + e, 2 * n + 2 * e, 3 * n + 2 * e
    count = 4 * n + 2 * e
    rows: list[tuple[dict[int, float], float]] = []  # sum of coefficients times unknowns <= limit
    for k, burn in enumerate(burns):
        slope = slope_mps_km(burn.altitude_km)
        change = {k: slope} if k == 0 else {k: slope, k - 1: -slope}
        now = burn.offset_km - (burns[k - 1].offset_km if k else 0.0)
        made = burn.delta_v_mps > 0.0
        lowest, highest = (min(least_mps, burn.delta_v_mps), max(most_mps, burn.delta_v_mps)) if made else (0.0, 0.0)
        rows += [
            ({**change, trim + k: -1.0}, 0.0),
            ({**_negative(change), trim + k: -1.0}, 0.0),
            (change, highest - burn.delta_v_mps + slope * now),
            (_negative(change), burn.delta_v_mps - lowest - slope * now),
            ({k: -1.0, low + k: -1.0}, burn.room_below_km - PAD_KM - burn.offset_km),
            ({k: 1.0, high + k: -1.0}, burn.room_above_km - PAD_KM + burn.offset_km),
        ]
    for k, event in enumerate(events):
        lever = lever_deg_km(burns, event.tt_s)
        turned = {b: float(value) for b, value in enumerate(lever) if value != 0.0}
        base = event.miss_deg - float(lever @ offsets)
        rows += [
            ({**turned, late + k: -1.0}, event.above_deg - margins[k] - base),
            ({**_negative(turned), late + k: -1.0}, event.below_deg - margins[k] + base),
            ({**turned, wish + k: -1.0}, -base),
            ({**_negative(turned), wish + k: -1.0}, base),
        ]
    matrix = lil_array((len(rows), count))
    for row, (coefficients, _) in enumerate(rows):
        for column, value in coefficients.items():
            matrix[row, column] = value
    cost = np.zeros(count)
    cost[trim:late], cost[late:wish], cost[wish:low], cost[low:] = 1.0, PHASE_WEIGHT, WISH_WEIGHT, EDGE_WEIGHT
    limits = np.array([limit for _, limit in rows])
    bounds = [(None, None)] * n + [(0.0, None)] * (count - n)
    found = linprog(cost, A_ub=matrix.tocsr(), b_ub=limits, bounds=bounds, method="highs-ds")
    if found.status != 0:
        raise FlightError(f"the trims of the re-flight cannot be found: {found.message}")
    outside_deg = np.maximum(found.x[late:wish] - margins, 0.0)
    return np.asarray(found.x[:n]), outside_deg, float(found.x[low:].sum())


def _negative(coefficients: dict[int, float]) -> dict[int, float]:
    return {column: -value for column, value in coefficients.items()}
