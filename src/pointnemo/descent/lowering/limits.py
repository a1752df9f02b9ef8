"""What a way down must keep: every limit as value, limit, ok."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.activity_lines import MONTH_S
from pointnemo.results import Constraint
from pointnemo.scenario import expand_flights
from pointnemo.scenario.relief import relieved
from pointnemo.world.time import to_date

if TYPE_CHECKING:
    from pointnemo.descent.lowering.ways import Way, Ways
    from pointnemo.motion.history import Flown
    from pointnemo.scenario.models import Flight, Scenario

__all__ = ["OF_MANIFEST", "FlownWay", "constraints_of", "missed"]

OF_MANIFEST = frozenset({"crew_handover"})  # decided by the flights of crews, whatever way the station comes down
ALTITUDE_TOLERANCE_KM = 0.05  # altitudes between the days of a history
MONTHS_TOLERANCE = 1e-6
MISSING_MPS = 0.01  # what lacks less is held


class FlownWay(NamedTuple):
    """A way with its flight, days kept.

    Attributes:
        way: what was chosen.
        flown: from the epoch on.
        entry_s: TT seconds of entry; inf where it is not reached.
        departure_s: TT seconds at which the crew leaves.
        departure_km: mean altitude then.
    """

    way: Way
    flown: Flown
    entry_s: float
    departure_s: float
    departure_km: float

    @property
    def first_kg(self) -> float:
        """Spent by the first stage, as of the scenario's lowering vehicle."""
        return float(self.flown.stages[0].propellant_kg[0])

    @property
    def second_kg(self) -> float:
        """Spent by the second stage."""
        return float(self.flown.stages[1].propellant_kg[0])


def constraints_of(ways: Ways, found: FlownWay) -> tuple[Constraint, ...]:
    """All that a way must keep, and whether it does.

    Args:
        ways: what it stands on.
        found: the way, flown.

    Returns:
        Rows in the order in which the descent meets them.
    """
    return (*_lowering(ways, found), *_deorbit_vehicle(ways, found), *_crew(ways, found))


def missed(rows: Iterable[Constraint]) -> str:
    """What is not kept, in words; empty where all is."""
    words = [
        f"{row.text} {_shown(row.value)} instead of {_shown(row.limit)} ({row.unit})" for row in rows if not row.ok
    ]
    return "; ".join(words)


def _shown(value: float | str | None) -> str:
    if value is None:
        return "not reached"
    return value if isinstance(value, str) else f"{value:,.1f}".removesuffix(".0")


def _at_most(id: str, text: str, value: float, limit: float, unit: str, tolerance: float = 0.0) -> Constraint:
    """A number that must not exceed another."""
    ok = value <= limit + tolerance
    return Constraint(id=id, text=text, value=value, limit=limit, unit=f"{unit}, at most", ok=ok)


def _at_least(id: str, text: str, value: float, limit: float, unit: str, tolerance: float = 0.0) -> Constraint:
    """A number that must reach another."""
    ok = value >= limit - tolerance
    return Constraint(id=id, text=text, value=value, limit=limit, unit=f"{unit}, at least", ok=ok)


def _date(id: str, text: str, value: str | None, limit: str, latest: bool, absent: bool = False) -> Constraint:
    """A day that must not come after another, or not before; ``absent``: whether it may be missing."""
    ok = absent if value is None else (value <= limit if latest else value >= limit)
    unit = "date, at most" if latest else "date, at least"
    return Constraint(id=id, text=text, value=value, limit=limit, unit=unit, ok=ok)


def _day(tt_s: float) -> str | None:
    return to_date(tt_s) if math.isfinite(tt_s) else None


# --- lowering --------------------------------------------------------------------------------------------------------


def _lowering(ways: Ways, found: FlownWay) -> tuple[Constraint, ...]:
    """Dates, propellant of the first stage, altitudes."""
    scenario, way = ways.scenario, found.way
    descent, horizon = scenario.descent, scenario.horizon
    start = ways.start(way.start)
    there = 0.0 if start is None else float(start.most_kg)
    missing = 0.0 if start is None else start.held.missing_mps
    spare = -math.inf if start is None else start.attitude_kg - found.first_kg
    low = descent.hold_altitude_km if descent.hold_low_km is None else descent.hold_low_km
    high = descent.hold_altitude_km if descent.hold_high_km is None else descent.hold_high_km
    return (
        _date("deorbit_by", "entry on", _day(found.entry_s), horizon.deorbit_by.isoformat(), latest=True),
        _date(
            "lowering_start", "lowering starts on", ways.day(way.start).isoformat(),
            horizon.operate_until.isoformat(), latest=False,
        ),
        _at_most("held", "velocity that was missing while the station is held", missing, 0.0, "m/s", MISSING_MPS),
        _at_most(
            "first_stage", f"first stage, as propellant of {descent.lowering_vehicle}, of what is there to pay for it",
            found.first_kg, there, "kg", 0.5,
        ),
        _at_least(
            "attitude", "for attitude control above the reserves on the target date, the first stage paid", spare, 0.0,
            "kg", 0.5,
        ),
        Constraint(
            id="hold_altitude", text="hold altitude", value=way.hold_km, limit=f"{low:g} to {high:g}",
            unit="km, within",
            ok=low <= way.hold_km <= high,
        ),
    )  # fmt: skip


# --- the deorbit vehicle ---------------------------------------------------------------------------------------------


def _deorbit_vehicle(ways: Ways, found: FlownWay) -> tuple[Constraint, ...]:
    """It is there when it is needed, and keeps what it needs."""
    vehicle, way = ways.vehicle, found.way
    starts = ways.day(way.second).isoformat() if found.second_kg > 0.0 else None
    able = "never" if vehicle.first is None else vehicle.first.isoformat()
    passes = _day(_control_s(ways, found))
    leaves = None if vehicle.undock is None else vehicle.undock.isoformat()
    docks = None if vehicle.dock is None else vehicle.dock.isoformat()
    control = f"{vehicle.key} docks before the station passes {ways.scenario.descent.control_limit_km:g} km, on"
    return (
        _date(
            "second_stage", f"second stage starts once {vehicle.key} can lower, on", starts, able, latest=False,
            absent=True,
        ),
        _at_least(
            "deorbit_propellant", f"left in {vehicle.key} for final burns, reserve and steering in the targeted phase",
            vehicle.brought_kg - found.second_kg, vehicle.kept_kg, "kg", 0.5,
        ),
        _date("control", control, docks, passes or "never", latest=True),
        _date(
            "deorbit_stays", f"{vehicle.key} stays beyond the entry, to", leaves, _day(found.entry_s) or "never",
            latest=False,
        ),
    )  # fmt: skip


def _control_s(ways: Ways, found: FlownWay) -> float:
    """TT seconds at which the mean altitude passes the control limit, or the targeted burns take it there."""
    limit = ways.scenario.descent.control_limit_km
    history = found.flown.history
    below = np.flatnonzero(history.altitude_km[0] < limit)
    if below.size:
        return float(history.tt_s[below[0]])
    return float(found.flown.handover_tt_s[0]) if found.flown.handed_over[0] else math.inf


# --- the crew --------------------------------------------------------------------------------------------------------


class _Stay(NamedTuple):
    """A crew aboard after operations end, until it is relieved or the last one leaves.

    Attributes:
        key: flight.
        days: away from launch to its departure.
        handover: days together with the crew that it relieves; None where it relieves none.
    """

    key: str
    days: int
    handover: int | None


def _crew(ways: Ways, found: FlownWay) -> tuple[Constraint, ...]:
    """When the crew leaves, in what, and how the crews before it are relieved."""
    scenario = ways.scenario
    descent, crew = scenario.descent, scenario.crew
    leaves = date.fromisoformat(to_date(found.departure_s))
    flights = {key: one for key, one in expand_flights(scenario).items() if one.crew and one.dock <= leaves}
    last = {key: one for key, one in flights.items() if one.undock >= leaves}
    missing = sum(max(one.crew - scenario.vehicles[one.vehicle].seats, 0) for one in last.values())
    after = [(key, one) for key, one in flights.items() if one.undock >= scenario.horizon.operate_until]
    stays = [_stay(scenario, flights, key, one, leaves) for key, one in after]
    months = (found.entry_s - found.departure_s) / MONTH_S if math.isfinite(found.entry_s) else math.inf
    rows = [
        _date(
            "operate_until", "the last crew leaves on", leaves.isoformat(), scenario.horizon.operate_until.isoformat(),
            latest=False,
        ),
        _at_least(
            "crew_departure_altitude", "the last crew leaves at", found.departure_km,
            descent.crew_departure_altitude_km, "km", ALTITUDE_TOLERANCE_KM,
        ),
    ]  # fmt: skip
    if math.isfinite(months):
        asked = descent.crew_departure_months_before_entry
        text = "from the departure of the last crew to entry"
        rows.append(_at_least("crew_departure_months", text, months, asked, "months", MONTHS_TOLERANCE))
    if flights:
        away = {stay.key: stay.days for stay in stays}
        who = ", ".join(f"{key} after {away[key]} days" if key in away else key for key in last) or "nobody is aboard"
        text = f"people without a seat when the last crew leaves ({who})"
        rows.append(_at_most("crew_vehicle", text, float(missing), 0.0, "persons"))
    if stays:
        longest = max(stays, key=lambda stay: stay.days)
        text = f"longest stay of a crew after operations end ({longest.key})"
        rows.append(_at_most("crew_duty", text, float(longest.days), float(crew.duty_limit_days), "days"))
    if reliefs := _reliefs(scenario, stays, flights):
        short = [stay for stay in reliefs if (stay.handover or 0) < crew.handover_days]
        named = ", ".join(f"{stay.key} on {flights[stay.key].dock}" for stay in short or reliefs)
        text = (
            f"shortest handover between crews after operations end ({len(short)} of {len(reliefs)} too short: {named})"
        )
        least = float(min(stay.handover or 0 for stay in reliefs))
        rows.append(_at_least("crew_handover", text, least, float(crew.handover_days), "days"))
    return tuple(rows)


def _stay(scenario: Scenario, flights: dict[str, Flight], key: str, flight: Flight, leaves: date) -> _Stay:
    waiting = relieved(scenario, flights, key)
    handover = None if waiting is None else (flights[waiting].undock - flight.dock).days
    return _Stay(key, (min(flight.undock, leaves) - (flight.launch or flight.dock)).days, handover)


def _reliefs(scenario: Scenario, stays: list[_Stay], flights: dict[str, Flight]) -> list[_Stay]:
    """Crews that come after operations end to relieve another."""
    after = scenario.horizon.operate_until
    return [stay for stay in stays if stay.handover is not None and flights[stay.key].dock > after]
