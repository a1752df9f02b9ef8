"""A station held until a day and let go there, and the search for the border between too late and in time.

The trade and the search for the best way down both hold the station once for each start of lowering, and continue that
flight with many amounts of propellant.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.motion.history import fly
from pointnemo.motion.history_kernel import G0_KM_S2, hohmann_delta_v
from pointnemo.motion.history_tables import REMAINING, SHORT_REBOOST
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import DAY_S, from_date

if TYPE_CHECKING:
    from pointnemo.motion.history import Decision
    from pointnemo.results import FloatArray
    from pointnemo.world import World
    from pointnemo.world.weather import SpaceWeather

__all__ = ["FIRST_DAYS", "SLACK_S", "Held", "border", "deadline_s", "hold", "most_kg"]

YEAR_S = 365.25 * DAY_S
SLACK_S = DAY_S  # a date met by less than a day is met by the least propellant
FIRST_DAYS = 2  # the earliest start, days after the epoch, as for remedies
MOST_TRIES = 40


class Held(NamedTuple):
    """A station on the midnight on which lowering starts.

    Attributes:
        step: of the decision's schedule.
        day: that day.
        altitude_km: mean.
        elements: shape (4,), mean a (km), ex, ey, node (rad).
        level_kg: shape (tanks,), before vehicles come and go on that day.
        mass_kg: whole stack.
        down_tt_s: TT seconds at which it reached the targeting altitude before that day; inf where it is still up.
        missing_mps: velocity that could not be paid for while it was held.
    """

    step: int
    day: date
    altitude_km: float
    elements: FloatArray
    level_kg: FloatArray
    mass_kg: float
    down_tt_s: float
    missing_mps: float

    def resumed(self, decision: Decision, end_step: int | None = None) -> Decision:
        """The decision from that midnight on, where lowering starts.

        Args:
            decision: the one that was held.
            end_step: step of it at whose midnight the new one ends; None flies as far as it does.
        """
        return decision.resumed(self.step, self.elements, self.level_kg, end_step)


def hold(decision: Decision, world: World, weather: SpaceWeather, step: int) -> Held:
    """Hold the station until the midnight of a step.

    Args:
        decision: the plan's, with its reboosts; beyond the plan the re-planning rule holds the station.
        world: nature.
        weather: line of solar activity.
        step: 1 or more.

    Raises:
        FlightError: holding it takes more reboosts than the log of a flight has room for.
    """
    flown = fly(decision.ended(step), [weather], world.climate, names=(weather.activity,), keep_days=False)
    a_km, ex, ey, _, node = flown.handover_elements[0]
    return Held(
        step=step,
        day=decision.first_day + timedelta(days=step),
        altitude_km=float(a_km) - EARTH_RADIUS_KM,
        elements=np.array([a_km, ex, ey, node]),
        level_kg=flown.ledger_kg[0, :, REMAINING],
        mass_kg=float(flown.handover_mass_kg[0]),
        down_tt_s=float(flown.handover_tt_s[0]) if flown.handed_over[0] else math.inf,
        missing_mps=float(flown.shortfalls.amount[flown.shortfalls.kind == SHORT_REBOOST].sum()),
    )


def most_kg(held: Held, decision: Decision) -> int:
    """Propellant of the first stage beyond which none can be spent above the hold altitude, kg."""
    policy = decision.policy
    a_km = float(held.elements[0])
    if a_km <= policy.hold_km:
        return 0
    exhaust_km_s = float(decision.schedule.specific_impulse_s[policy.lowering_tank]) * G0_KM_S2
    # what is not yet spent is lowered too: the ratio of the rocket equation the other way round
    return math.ceil(held.mass_kg * math.expm1(hohmann_delta_v(a_km, policy.hold_km) / exhaust_km_s))


def deadline_s(day: date) -> float:
    """TT seconds before which an entry is one on the day: the midnight that ends it, less what rounding hides."""
    return from_date(day + timedelta(days=1)) - 1.0


def border(
    entry_of: Callable[[int], float],
    failing: int,
    passing: int,
    deadline_tt_s: float,
    guess: int | None = None,
    slope: float = 0.0,
    slack_s: float = SLACK_S,
) -> tuple[int, float]:
    """The whole number on the passing side of the border between too late and in time, in few flights.

    The secant through the last two points, kept inside the bracket, and bisection every fourth time. It aims at half
    the slack before the deadline, so that it seldom has to close the bracket.

    Args:
        entry_of: TT seconds of entry.
        failing, passing: the bracket.
        deadline_tt_s: TT seconds.
        guess: where to look first.
        slope: of ``entry_of`` there, for the second look; 0 where unknown.
        slack_s: an entry so little before the deadline is near enough.

    Returns:
        The number, with an entry before the deadline by ``slack_s`` at most or next to one that fails; and the slope.
    """
    aim = deadline_tt_s - slack_s / 2
    last = (passing, entry_of(passing) - aim)
    points = [(failing, _finite(entry_of(failing), deadline_tt_s) - aim), last]
    for tries in range(MOST_TRIES):
        if abs(passing - failing) <= 1 or deadline_tt_s - entry_of(passing) <= slack_s:
            break
        if tries > 1 or slope == 0.0 or guess is None:
            (x0, y0), (x1, y1) = points[-2:]
            slope = (y1 - y0) / (x1 - x0)
        low, high = sorted((passing, failing))
        at = guess if tries == 0 and guess is not None else round(points[-1][0] - points[-1][1] / (slope or math.inf))
        if not low < at < high or tries % 4 == 3:
            at = round((low + high) / 2)
        found = entry_of(at)
        points.append((at, _finite(found, deadline_tt_s) - aim))
        if found < deadline_tt_s:
            passing = at
        else:
            failing = at
    if len(points) > 3:
        (x0, y0), (x1, y1) = points[-2:]
        slope = (y1 - y0) / (x1 - x0)
    return passing, slope


def _finite(entry_s: float, deadline_tt_s: float) -> float:
    """An entry that lies beyond what was flown, as a number to interpolate with."""
    return entry_s if math.isfinite(entry_s) else deadline_tt_s + 2 * YEAR_S
