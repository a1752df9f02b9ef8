"""The lower edge of the corridor: how high the station must be to last for a while with nobody to raise it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pointnemo.motion.loss import LossTable, loss_table
from pointnemo.results import Track
from pointnemo.scenario.models import Scenario
from pointnemo.world import World
from pointnemo.world.time import from_utc, mjd_utc

__all__ = ["lower_edge_km", "survival_edge_km"]

FloatArray = NDArray[np.float64]


def survival_edge_km(
    table: LossTable, mjd: FloatArray, days: int, altitude_km: float, ballistic_m2_kg: float | FloatArray
) -> FloatArray:
    """Mean altitude from which an orbit falls to ``altitude_km`` in ``days`` days, for each first day.

    Args:
        table: of the activity that is to be survived.
        mjd: first days, UTC, shape (n,).
        days: to be survived; 0 gives ``altitude_km`` itself.
        altitude_km: where the fall may end.
        ballistic_m2_kg: C_D A / m, one for all or of shape (n,).

    Returns:
        Shape (n,): the fall flown backwards from its end, day by day, by the midpoint rule.
    """
    edge = np.full(len(mjd), altitude_km)
    for back in range(days):
        end = mjd + (days - back)
        half = edge + 0.5 * table.per_day(end, edge, ballistic_m2_kg)
        edge = edge + table.per_day(end - 0.5, half, ballistic_m2_kg)
    return edge


def lower_edge_km(scenario: Scenario, world: World, track: Track) -> FloatArray:
    """Lower edge of the corridor at every midnight from the epoch to the end of the weather.

    From it the station stays above ``rules.survival_altitude_km`` for ``rules.survival_days`` days without a reboost
    under high solar activity, with the drag area of the track and without visiting vehicles, whose mass helps to keep
    it up. ``rules.corridor_lower_km``, where set, is a floor on top of that.

    Args:
        scenario: rules and mass.
        world: nature; its high line is survived.
        track: start state and drag area.

    Returns:
        Mean altitude, km, shape (steps + 1,): the first row at the epoch, then the midnights (UTC) that follow.
    """
    rules = scenario.rules
    first = math.floor(float(mjd_utc(from_utc(track.epoch_utc))))
    last = int(world.weather.valid[1])
    mjd = np.arange(first, last + 1, dtype=float)
    mean = track.mean
    inclination, node = math.radians(mean.inclination_deg), math.radians(mean.node_deg)
    table = loss_table(world.climate, world.weather.line("high"), first, last, inclination, node)
    ballistic = track.cd_area_m2.value / scenario.station.mass_kg
    edge = survival_edge_km(table, mjd, rules.survival_days, rules.survival_altitude_km, ballistic)
    return edge if rules.corridor_lower_km is None else np.maximum(edge, rules.corridor_lower_km)
