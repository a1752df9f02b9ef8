"""Ships and aircraft under a re-entry: what they are hit by, and how surely at the worst place.

How many ships and aircraft there are over the South Pacific is not known here. So nothing is said about the traffic:
every probability is that of one ship, or one aircraft, which is at a place and stays there from the first piece to the
last. It is what a closed area protects from; with the area empty there is nothing to be hit.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.results import Exposure, Impacts, Place
from pointnemo.risk.hazard_contours import PieceMap, piece_map, ship_area_km2
from pointnemo.risk.hazard_polygon import Ground
from pointnemo.risk.windows import harms_aircraft, time_at_height_s
from pointnemo.scenario.entry_models import AssessRules
from pointnemo.world import time as clock

__all__ = ["FLIGHT_CEILING_KM", "Traffic", "aircraft_under", "exposure_of", "ship_under"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FLIGHT_CEILING_KM = 20.0  # above the highest air routes
CRUISE_KM = 11.0  # 36,000 ft: where long flights are, judgement
PERIOD_S = 600.0  # about what an airliner takes to cross a footprint


class Traffic(NamedTuple):
    """A ship or an aircraft, and what can hit it.

    Attributes:
        id: ``ship`` or ``aircraft``.
        what: in words.
        rows: shape (n,), pieces that count.
        area_km2: shape (rows that count,), on which a piece has to fall for a hit.
        limit: of the probability.
        height_km: where it is.
    """

    id: Literal["ship", "aircraft"]
    what: str
    rows: BoolArray
    area_km2: FloatArray
    limit: float
    height_km: float

    def density(self, impacts: Impacts, runs: int, along_sigma_km: float) -> PieceMap | None:
        """Expected hits by place along and across the track; None where nothing counts.

        Args:
            impacts: all pieces.
            runs: number of runs.
            along_sigma_km: one sigma of what moves a whole run along the track.

        Returns:
            The map of :func:`piece_map`, of pieces times areas: probabilities, as long as they are small.
        """
        if not self.rows.any():
            return None
        weight = impacts.weight[self.rows] * self.area_km2
        down, cross = impacts.downrange_km[self.rows], impacts.crossrange_km[self.rows]
        return piece_map(down, cross, weight, runs, along_sigma_km)


def ship_under(impacts: Impacts, dangerous: BoolArray, rules: AssessRules) -> Traffic:
    """A ship, which any piece of enough energy harms.

    Args:
        impacts: all pieces.
        dangerous: shape (n,), those with enough energy.
        rules: size of the ship, and the limit.

    Returns:
        The ship.
    """
    area = ship_area_km2(rules.ship_length_m, rules.ship_width_m, impacts.area_m2[dangerous])
    what = f"a ship of {rules.ship_length_m:g} x {rules.ship_width_m:g} m"
    return Traffic("ship", what, dangerous, area, rules.ship_limit, 0.0)


def aircraft_under(impacts: Impacts, rules: AssessRules) -> Traffic:
    """An aircraft, which any piece of 1 g and more that comes down to the air routes harms.

    A piece hits it where it passes within its plan, or ahead of it as far as it flies while the piece falls through its
    height: A_plan + A_front V_aircraft / V_piece, of which ``assess.aircraft_area_m2`` is a round mean over pieces.

    Args:
        impacts: all pieces.
        rules: area of the aircraft, and the limit.

    Returns:
        The aircraft.
    """
    rows = harms_aircraft(impacts) & (impacts.demise_height_km < FLIGHT_CEILING_KM)
    area = np.full(int(rows.sum()), 1e-6 * rules.aircraft_area_m2)
    what = f"an aircraft that sweeps {rules.aircraft_area_m2:g} m2"
    return Traffic("aircraft", what, rows, area, rules.aircraft_limit, CRUISE_KM)


def exposure_of(
    traffic: Traffic, impacts: Impacts, runs: int, along_sigma_km: float, ground: Ground, entry_tt_s: float
) -> Exposure | None:
    """How surely it is hit at the worst place.

    Pieces of one ballistic coefficient come down at one place at about one time, so that the heavy ones are gone when
    the light ones arrive: the part of the ten worst minutes tells what a crossing at the worst time would meet.

    Args:
        traffic: a ship or an aircraft.
        impacts: all pieces, with ``release_s``.
        runs: number of runs.
        along_sigma_km: one sigma of what moves a whole run along the track.
        ground: down-range and cross-range to latitude and longitude.
        entry_tt_s: TT seconds since J2000 of the entry interface.

    Returns:
        The probability at the worst place; None where nothing can hit it.
    """
    pieces = traffic.density(impacts, runs, along_sigma_km)
    if pieces is None or impacts.release_s is None:
        return None
    row, column = np.unravel_index(int(pieces.per_km2.argmax()), pieces.per_km2.shape)
    down = 0.5 * (pieces.down_km[row] + pieces.down_km[row + 1])
    cross = 0.5 * (pieces.cross_km[column] + pieces.cross_km[column + 1])
    time = (impacts.release_s + time_at_height_s(impacts, traffic.height_km))[traffic.rows]
    near = (impacts.downrange_km[traffic.rows] - down) / pieces.along_km
    abeam = (impacts.crossrange_km[traffic.rows] - cross) / pieces.across_km
    share = impacts.weight[traffic.rows] * traffic.area_km2 * np.exp(-0.5 * (near**2 + abeam**2))
    latitude, longitude = ground(np.array([down]), np.array([cross]))
    probability = float(-np.expm1(-pieces.per_km2.max()))
    worst = probability * _largest_share(time, share)
    return Exposure(
        id=traffic.id,
        text=f"{traffic.what}, at the worst place from the first piece to the last",
        probability=probability,
        worst_10_min=worst,
        limit=traffic.limit,
        place=Place(latitude_deg=float(latitude[0]), longitude_deg=float(longitude[0])),
        from_utc=clock.to_utc(entry_tt_s + float(time.min()), 0),
        to_utc=clock.to_utc(entry_tt_s + float(time.max()), 0),
    )


def _largest_share(time_s: FloatArray, weight: FloatArray) -> float:
    """The largest part of a weight that falls within one period."""
    order = np.argsort(time_s, kind="stable")
    time, total = time_s[order], np.concatenate([[0.0], np.cumsum(weight[order])])
    last = np.searchsorted(time, time + PERIOD_S, side="right")
    within = total[last] - total[: len(time)]
    return float(within.max() / total[-1]) if total[-1] > 0.0 else 0.0
