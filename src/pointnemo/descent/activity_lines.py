"""The descent under low, mean and high solar activity, read from the averaged histories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from pointnemo.results import SolarLine
from pointnemo.scenario import expand_flights
from pointnemo.world.time import from_date, to_utc
from pointnemo.world.weather import PERCENTILE

if TYPE_CHECKING:
    from datetime import date

    from pointnemo.motion.history import Flown
    from pointnemo.scenario.models import Descent, Scenario

__all__ = ["LINES", "MONTH_S", "crew_departure", "departure_s", "final_phase_s", "last_seats", "solar_lines"]

Activity = Literal["low", "mean", "high"]
LINES: tuple[Activity, ...] = get_args(Activity)
MONTH_S = 365.25 / 12 * 86400.0
REVOLUTION_S = 5330.0  # near 220 km: only the length of a phase that lasts one to three days depends on it


def final_phase_s(descent: Descent) -> float:
    """Expected time from the hand-over to entry: half a day's wait for the right pass, the burns, half a revolution."""
    revolutions = max(burn.revolutions_before_final for burn in descent.burns.values())
    return (revolutions + 8.5) * REVOLUTION_S


def crew_departure(flown: Flown, run: int, scenario: Scenario, entry_tt_s: float | None) -> tuple[float, float]:
    """When the last crew leaves: at the departure altitude, so many months before entry, or in the last seats.

    The first of these counts. A station that drifts on beyond the manifest does so without a crew.

    Args:
        flown: averaged histories.
        run: which of them.
        scenario: what was decided.
        entry_tt_s: TT seconds of entry, None where it is not reached.

    Returns:
        TT seconds and altitude in km.
    """
    when = min(departure_s(flown, run, scenario, entry_tt_s), float(flown.history.tt_s[-1]))
    when = max(when, float(flown.history.tt_s[0]))
    return when, flown.altitude_at(run, when)


def departure_s(flown: Flown, run: int, scenario: Scenario, entry_tt_s: float | None) -> float:
    """When the last crew leaves, as ``crew_departure``, whether or not the histories cover that instant.

    Args:
        flown: averaged histories; days need not be kept.
        run: which of them.
        scenario: what was decided.
        entry_tt_s: TT seconds of entry, None where it is not reached.

    Returns:
        TT seconds; inf where nothing makes it leave.
    """
    at_altitude = float(flown.crossings["crew_departure"][run])
    candidates = [at_altitude] if np.isfinite(at_altitude) else []
    seats = last_seats(scenario)
    if seats is not None:
        candidates.append(from_date(seats))
    if entry_tt_s is not None:
        candidates.append(entry_tt_s - scenario.descent.crew_departure_months_before_entry * MONTH_S)
    return min(candidates, default=np.inf)


def last_seats(scenario: Scenario) -> date | None:
    """The day on which the last crewed vehicle of the manifest leaves; None where none comes."""
    return max((flight.undock for flight in expand_flights(scenario).values() if flight.crew), default=None)


def solar_lines(flown: Flown, scenario: Scenario, phase_s: float) -> tuple[SolarLine, ...]:
    """One row per level of solar activity.

    Args:
        flown: averaged histories, in the order of ``LINES``.
        scenario: what was decided.
        phase_s: time from the hand-over to entry, as flown for the mean line.

    Returns:
        Rows in the order of ``LINES``.
    """
    return tuple(_line(flown, run, activity, scenario, phase_s) for run, activity in enumerate(LINES))


def _line(flown: Flown, run: int, activity: Activity, scenario: Scenario, phase_s: float) -> SolarLine:
    operate_tt_s = from_date(scenario.horizon.operate_until)
    deorbit_tt_s = from_date(scenario.horizon.deorbit_by)
    entry_tt_s = float(flown.handover_tt_s[run]) + phase_s if flown.handed_over[run] else None
    departure_tt_s, _ = crew_departure(flown, run, scenario, entry_tt_s)
    hold = float(flown.crossings["hold"][run])
    tt_s = flown.history.tt_s
    until = deorbit_tt_s if entry_tt_s is None else entry_tt_s
    during = (tt_s >= flown.lowering_start_tt_s) & (tt_s <= max(until, flown.lowering_start_tt_s + 86400.0))
    return SolarLine(
        activity=activity,
        percentile=PERCENTILE[activity],
        altitude_at_operate_until_km=_altitude_if_up(flown, run, operate_tt_s),
        altitude_at_deorbit_by_km=_altitude_if_up(flown, run, deorbit_tt_s),
        crew_departure_utc=to_utc(departure_tt_s, 0),
        hold_utc=to_utc(hold, 0) if np.isfinite(hold) else None,
        entry_utc=None if entry_tt_s is None else to_utc(entry_tt_s, 0),
        f107_mean=float(flown.history.f107[run][during].mean()),
    )


def _altitude_if_up(flown: Flown, run: int, tt_s: float) -> float | None:
    if flown.handed_over[run] and tt_s > flown.handover_tt_s[run]:
        return None
    return flown.altitude_at(run, tt_s)
