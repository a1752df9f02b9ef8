"""The stage ``operate``: from the epoch to the start of lowering, as one document.

The timeline itself is flown by the history kernel for all levels of solar activity at once (``motion.history``), from
a decision packed once (``station.packing``). This stage speaks of the mean level.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

from pointnemo.motion.history import Decision, Flown
from pointnemo.motion.history_kernel import (
    ATTITUDE,
    DELIVERED,
    DEPARTED,
    LOWERING,
    MOVED,
    REBOOST,
    REMAINING,
    SHORT_REBOOST,
    START,
)
from pointnemo.results import CrewInterval, FloatArray, LedgerRow, Operate, Reboost, Shortfall, Skipped, Track
from pointnemo.scenario.models import Partner, Scenario
from pointnemo.scenario.schedule import expand_manifest
from pointnemo.station.stack import crew_and_seats, midnight_utc, port_intervals
from pointnemo.world.time import to_utc

__all__ = ["MEAN", "operate"]

MEAN = 1  # the run that the document speaks of: runs are ("low", "mean", "high")

NEEDED_WITH_CREW = ("crew-seats", "cargo")  # the rest is needed until the station is down
NEEDS = {
    "propulsion": "propulsion",
    "attitude-control": "attitude control",
    "power": "power",
    "crew-seats": "seats for the crew",
    "cargo": "cargo",
    "control-centre": "a control centre",
    "deorbit": "a de-orbit vehicle",
}


def operate(flown: Flown, decision: Decision, scenario: Scenario, track: Track) -> Operate | Skipped:
    """How the station is kept flying until lowering starts, under mean solar activity.

    Args:
        flown: histories of the runs ``("low", "mean", "high")``.
        decision: what was flown.
        scenario: what was decided.
        track: where the timeline starts.

    Returns:
        The document, with the whole timeline (to the hand-over) as ``history``; the ledger also runs to the hand-over,
        everything else to the start of lowering. Skipped where lowering starts on the day of the epoch.
    """
    rows = min(decision.policy.lowering_step, len(flown.history.tt_s) - 1)
    if rows == 0:
        return Skipped(reason=f"lowering starts on the day of the start state, {scenario.descent.lowering_start}")
    altitude_km = flown.history.altitude_km[MEAN, : rows + 1]
    margin_kg = _propellant_margin_kg(flown, decision, scenario)[: rows + 1]
    reboosts = _reboosts(flown, decision)
    crews = crew_and_seats(scenario)
    tightest = min(crews, key=_seat_margin)
    return Operate(
        from_utc=track.epoch_utc,
        until_utc=to_utc(flown.lowering_start_tt_s, 0),
        corridor_lower_km=scenario.rules.corridor_lower_km,
        corridor_upper_km=scenario.rules.corridor_upper_km,
        lowest_altitude_km=float(altitude_km.min()),
        lowest_altitude_utc=_utc_of_row(flown, int(altitude_km.argmin())),
        highest_altitude_km=float(altitude_km.max()),
        reboosts=reboosts,
        reboost_delta_v_mps=sum(burn.delta_v_mps for burn in reboosts),
        reboost_propellant_kg=sum(burn.propellant_kg for burn in reboosts),
        attitude_propellant_kg=_attitude_kg(flown, decision, rows),
        ledger=_ledger(flown, decision),
        lowest_propellant_margin_kg=float(margin_kg.min()),
        lowest_propellant_margin_utc=_utc_of_row(flown, int(margin_kg.argmin())),
        shortfalls=_shortfalls(flown),
        ports=port_intervals(scenario),
        crews=crews,
        lowest_seat_margin=_seat_margin(tightest),
        lowest_seat_margin_utc=tightest.from_utc,
        gaps=(*_commitment_gaps(scenario), *_flight_gaps(scenario)),
        history=flown.history,
    )


def _utc_of_row(flown: Flown, row: int) -> str:
    return to_utc(float(flown.history.tt_s[row]), 0)


def _seat_margin(interval: CrewInterval) -> int:
    return interval.seats - interval.crew


def _propellant_margin_kg(flown: Flown, decision: Decision, scenario: Scenario) -> FloatArray:
    """Propellant that reboosts or attitude control may use, above tank reserves and the station's reserve; per row."""
    schedule = decision.schedule
    tanks = np.union1d(schedule.raise_order, schedule.attitude_order)
    level_kg = flown.history.propellant_kg[MEAN][:, tanks]
    usable_kg = np.maximum(level_kg - schedule.reserve_kg[tanks], 0.0).sum(axis=1)
    return usable_kg - scenario.rules.propellant_reserve_kg


def _reboosts(flown: Flown, decision: Decision) -> tuple[Reboost, ...]:
    """The reboosts of the mean run."""
    burns = flown.burns
    return tuple(
        Reboost(
            utc=to_utc(float(burns.tt_s[k]), 0),
            source=decision.tanks[burns.tank[k]],
            partner=decision.partners[burns.tank[k]],
            delta_v_mps=float(burns.delta_v_mps[k]),
            duration_s=float(burns.duration_s[k]),
            propellant_kg=float(burns.propellant_kg[k]),
            altitude_before_km=float(burns.altitude_before_km[k]),
            altitude_after_km=float(burns.altitude_after_km[k]),
        )
        for k in np.flatnonzero(burns.run == MEAN)
    )


def _attitude_kg(flown: Flown, decision: Decision, rows: int) -> float:
    """What attitude control drank before lowering started: what was asked for, less what was missing."""
    tt_s = flown.history.tt_s
    asked = decision.policy.attitude_kg_per_day * (tt_s[rows] - tt_s[0]) / 86400.0
    short = flown.shortfalls
    missing = (short.run == MEAN) & (short.kind != SHORT_REBOOST) & (short.from_tt_s < tt_s[rows])
    length = np.maximum(short.to_tt_s - short.from_tt_s, 1.0)
    share = np.clip((tt_s[rows] - short.from_tt_s) / length, 0.0, 1.0)
    return float(asked - (short.amount * share)[missing].sum())


def _ledger(flown: Flown, decision: Decision) -> tuple[LedgerRow, ...]:
    """Tank by tank, for every tank that ever held anything."""
    return tuple(
        LedgerRow(
            tank=key,
            partner=partner,
            start_kg=float(row[START]),
            delivered_kg=float(row[DELIVERED]),
            moved_kg=float(row[MOVED]),
            reboost_kg=float(row[REBOOST]),
            attitude_kg=float(row[ATTITUDE]),
            lowering_kg=float(row[LOWERING]),
            final_burns_kg=0.0,
            departed_kg=float(row[DEPARTED]),
            remaining_kg=float(row[REMAINING]),
        )
        for key, partner, row in zip(decision.tanks, decision.partners, flown.ledger_kg[MEAN], strict=True)
        if np.any(row != 0.0)
    )


def _shortfalls(flown: Flown) -> tuple[Shortfall, ...]:
    """What was missing in the mean run, one row for each stretch of days."""
    short = flown.shortfalls
    rows = []
    for k in np.flatnonzero(short.run == MEAN):
        reboost = short.kind[k] == SHORT_REBOOST
        last = to_utc(float(short.to_tt_s[k]), 0)[:10]
        rows.append(
            Shortfall(
                utc=to_utc(float(short.from_tt_s[k]), 0),
                what=f"no propellant for a reboost, until {last}" if reboost else f"attitude propellant, until {last}",
                amount=float(short.amount[k]),
                unit="m/s" if reboost else "kg",
            )
        )
    return tuple(rows)


def _last_commitment(partners: Iterable[Partner], need: str) -> date | None:
    return max((partner.until for partner in partners if need in partner.supplies), default=None)


def _commitment_gaps(scenario: Scenario) -> tuple[Shortfall, ...]:
    """Needs that no partner is committed to supply until they end: days without, from the first such day."""
    epoch = scenario.orbit.epoch_utc.date()
    horizon = scenario.horizon
    gaps = []
    for need, words in NEEDS.items():
        end = horizon.operate_until if need in NEEDED_WITH_CREW else horizon.deorbit_by
        last = _last_commitment(scenario.partners.values(), need)
        start = epoch if last is None else max(epoch, last + timedelta(days=1))
        days = (end - start).days + 1
        if days > 0:
            what = f"no partner is committed to supply {words}"
            gaps.append(Shortfall(utc=midnight_utc(start), what=what, amount=days, unit="days"))
    return tuple(gaps)


def _flight_gaps(scenario: Scenario) -> tuple[Shortfall, ...]:
    """Flights that the manifest asks for and that are not flown, by vehicle type and reason."""
    manifest = expand_manifest(scenario)
    end = scenario.horizon.deorbit_by
    gaps = []
    for dropped, why in ((manifest.uncommitted, "partner is not committed"), (manifest.no_port, "no port is free")):
        for cadence in dict.fromkeys(flight.cadence or flight.key for flight in dropped):
            missing = [one for one in dropped if (one.cadence or one.key) == cadence and one.dock <= end]
            if missing:
                first = min(one.dock for one in missing)
                what = f"flights of {cadence} not flown: {why}"
                gaps.append(Shortfall(utc=midnight_utc(first), what=what, amount=len(missing), unit="flights"))
    return tuple(gaps)
