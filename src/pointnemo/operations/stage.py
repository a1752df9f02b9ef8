"""The stage ``operate``: from the epoch to the start of lowering, as one document.

The schedule of reboosts is found first (``reboosts``) and flown for all levels of solar activity at once; this stage
speaks of the mean level. Ports, crews, supplies and commitments follow from the scenario alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pointnemo.motion.history import Decision, Flown
from pointnemo.motion.history_tables import (
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
from pointnemo.motion.loss import loss_table
from pointnemo.operations.commitments import ReboostNeed, as_shortfalls, commitment_gaps, commitments
from pointnemo.operations.crews import crew_violations, rotations
from pointnemo.operations.reboost_check import phase_windows
from pointnemo.operations.reboost_plan import ReboostPlan
from pointnemo.operations.reboosts import MEAN
from pointnemo.operations.reserve import avoidance_kg, hold_delta_v_mps, usable_kg
from pointnemo.operations.station_path import before_burns_km
from pointnemo.operations.supplies import missed_flights, supplies, supply_violations
from pointnemo.operations.traffic import traffic_changes, traffic_violations
from pointnemo.results import (
    CrewInterval,
    LedgerRow,
    Operate,
    PhaseWindow,
    PlannedBurn,
    Reflight,
    Replanned,
    Shortfall,
    Skipped,
    Track,
    Transfer,
    Violation,
)
from pointnemo.scenario.models import Scenario
from pointnemo.scenario.schedule import expand_manifest
from pointnemo.station.ledger import by_partner, by_vehicle
from pointnemo.station.stack import crew_and_seats, midnight_utc, port_intervals
from pointnemo.world import World
from pointnemo.world.time import mjd_utc, to_utc

__all__ = ["MEAN", "operate"]

DAY_S = 86400.0
LEDGER = ("reserve", "propellant")
Reflown = tuple[Reflight, tuple[PhaseWindow, ...]]


def operate(
    plan: ReboostPlan, scenario: Scenario, world: World, track: Track, reflown: Reflown | None = None
) -> Operate | Skipped:
    """How the station is kept flying until lowering starts, under mean solar activity.

    Args:
        plan: schedule of reboosts with the histories of the runs ``("low", "mean", "high")``.
        scenario: what was decided.
        world: nature: what altitude costs after the plan ends.
        track: where the timeline starts.
        reflown: the schedule flown numerically, with the phases found there; None where it was not asked for.

    Returns:
        The document, with the whole timeline (to the hand-over) as ``history``. Ledger and shortfalls also run to the
        hand-over; ports, crews, seats and commitments to the date of the de-orbit and beyond, as planned; supplies to
        the end of operations; everything else to the start of lowering. Violations of crews and ports are those until
        operations end and lowering starts. Skipped where lowering starts on the day of the epoch.
    """
    flown, decision = plan.flown, plan.decision
    rows = min(decision.policy.lowering_step, len(flown.history.tt_s) - 1)
    if rows == 0:
        return Skipped(reason=f"lowering starts on the day of the start state, {scenario.descent.lowering_start}")
    altitude_km = flown.history.altitude_km[MEAN, : rows + 1]
    lowest_km = before_burns_km(flown, MEAN)[: rows + 1]
    above_km = lowest_km - plan.lower_km[: rows + 1]
    margin_kg = (usable_kg(flown, decision, MEAN) - plan.reserve_kg)[: rows + 1]
    crews = crew_and_seats(scenario)
    tightest = min(crews, key=_seat_margin)
    ledger = _ledger(flown, decision)
    mass_kg = flown.history.mass_kg[MEAN, : rows + 1]
    stock = supplies(scenario, scenario.horizon.operate_until)
    gaps = commitment_gaps(scenario, _need(scenario, world, track, plan))
    return Operate(
        from_utc=track.epoch_utc,
        until_utc=to_utc(flown.lowering_start_tt_s, 0),
        corridor_lower_km=float(plan.lower_km[: rows + 1].max()),
        corridor_upper_km=scenario.rules.corridor_upper_km,
        survival_days=scenario.rules.survival_days,
        survival_altitude_km=scenario.rules.survival_altitude_km,
        lowest_margin_km=float(above_km.min()),
        lowest_margin_utc=_utc_of_row(flown, int(above_km.argmin())),
        end_altitude_km=float(altitude_km[-1]),
        lowest_altitude_km=float(lowest_km.min()),
        lowest_altitude_utc=_utc_of_row(flown, int(lowest_km.argmin())),
        highest_altitude_km=float(altitude_km.max()),
        reboosts=plan.reboosts,
        reboost_delta_v_mps=sum(burn.delta_v_mps for burn in plan.reboosts),
        reboost_propellant_kg=sum(burn.propellant_kg for burn in plan.reboosts),
        attitude_propellant_kg=_attitude_kg(flown, decision, rows),
        avoidance_propellant_kg=float(avoidance_kg(scenario, decision, mass_kg).max()),
        ledger=ledger,
        ledger_by_vehicle=by_vehicle(ledger, scenario),
        ledger_by_partner=by_partner(ledger),
        transfers=_transfers(flown, decision, rows),
        schedule=_schedule(plan),
        lowest_propellant_margin_kg=float(margin_kg.min()),
        lowest_propellant_margin_utc=_utc_of_row(flown, int(margin_kg.argmin())),
        shortfalls=_shortfalls(flown),
        phases=reflown[1] if reflown else phase_windows(plan.events),
        solver=plan.solver,
        reflight=reflown[0] if reflown else None,
        ports=port_intervals(scenario),
        replanned=_replanned(scenario),
        crews=crews,
        rotations=rotations(scenario),
        lowest_seat_margin=_seat_margin(tightest),
        lowest_seat_margin_utc=tightest.from_utc,
        supplies=stock,
        missed_flights=missed_flights(scenario, scenario.horizon.operate_until),
        commitments=commitments(scenario),
        commitment_gaps=gaps,
        violations=(
            *_altitude_and_propellant(plan, reflown),
            *_in_operation(scenario, (*traffic_violations(scenario), *crew_violations(scenario))),
            *supply_violations(stock),
        ),
        gaps=(*as_shortfalls(gaps), *_flight_gaps(scenario)),
        history=flown.history,
        lower_km=plan.lower_km,
        propellant_margin_kg=margin_kg,
    )


def _altitude_and_propellant(plan: ReboostPlan, reflown: Reflown | None) -> tuple[Violation, ...]:
    """What the schedule misses: of altitude and phase as re-flown where it was, of propellant as the ledger has it."""
    if reflown is None:
        return plan.violations
    return (*(one for one in plan.violations if one.constraint in LEDGER), *reflown[0].violations)


def _in_operation(scenario: Scenario, found: tuple[Violation, ...]) -> Iterator[Violation]:
    """Those of the time in which the station is to be operated; what comes later belongs to the descent."""
    end = max(scenario.horizon.operate_until, scenario.descent.lowering_start)
    return (one for one in found if one.utc[:10] <= end.isoformat())


def _utc_of_row(flown: Flown, row: int) -> str:
    return to_utc(float(flown.history.tt_s[row]), 0)


def _seat_margin(interval: CrewInterval) -> int:
    return interval.seats - interval.crew


def _attitude_kg(flown: Flown, decision: Decision, rows: int) -> float:
    """What attitude control drank before lowering started: what was asked for, less what was missing."""
    tt_s = flown.history.tt_s
    asked = decision.policy.attitude_kg_per_day * (tt_s[rows] - tt_s[0]) / DAY_S
    short = flown.shortfalls
    missing = (short.run == MEAN) & (short.kind != SHORT_REBOOST) & (short.from_tt_s < tt_s[rows])
    length = np.maximum(short.to_tt_s - short.from_tt_s, 1.0)
    share = np.clip((tt_s[rows] - short.from_tt_s) / length, 0.0, 1.0)
    return max(0.0, float(asked - (short.amount * share)[missing].sum()))  # all missing: rounding leaves -1e-14


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


def _transfers(flown: Flown, decision: Decision, rows: int) -> tuple[Transfer, ...]:
    """What was pumped from tank to tank before lowering started."""
    moved = flown.transfers
    return tuple(
        Transfer(
            utc=to_utc(float(moved.tt_s[k]), 0),
            from_tank=decision.tanks[moved.from_tank[k]],
            to_tank=decision.tanks[moved.to_tank[k]],
            kg=float(moved.kg[k]),
        )
        for k in np.flatnonzero((moved.run == MEAN) & (moved.tt_s <= flown.history.tt_s[rows]))
    )


def _schedule(plan: ReboostPlan) -> tuple[PlannedBurn, ...]:
    tt_s = plan.decision.schedule.tt_s
    return tuple(
        PlannedBurn(
            utc=to_utc(float(tt_s[burn.step + 1]), 0),
            source=burn.tank,
            altitude_after_km=burn.altitude_after_km,
            purpose=burn.purpose,
        )
        for burn in plan.planned
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


def _replanned(scenario: Scenario) -> tuple[Replanned, ...]:
    return tuple(
        Replanned(flight=one.key, utc=midnight_utc(one.day), what=one.what, wait_days=one.wait_days)
        for one in traffic_changes(scenario)
    )


def _need(scenario: Scenario, world: World, track: Track, plan: ReboostPlan) -> ReboostNeed:
    """What it would take, day by day, to stay at the altitude at which committed propulsion ends, or the plan if that
    ends before; and what is then left aboard: what the plan has spent by then can help nobody any more."""
    decision, history = plan.decision, plan.flown.history
    row = _row_of_gap(scenario, decision, len(history.tt_s))
    horizon = scenario.horizon
    days = (max(horizon.deorbit_by, horizon.operate_until) - decision.first_day).days + 2
    first_mjd = float(np.floor(mjd_utc(float(history.tt_s[0]))))
    inclination, node = math.radians(track.mean.inclination_deg), math.radians(track.mean.node_deg)
    table = loss_table(world.climate, world.weather.line("mean"), first_mjd, first_mjd + days + 1.0, inclination, node)
    altitude_km = np.full(days, history.altitude_km[MEAN, row])
    mass_kg = float(history.mass_kg[MEAN, row])
    ballistic = np.full(days, decision.policy.cd_area_m2 / mass_kg)
    schedule = decision.schedule
    return ReboostNeed(
        first_day=decision.first_day,
        delta_v_mps_per_day=hold_delta_v_mps(
            table, first_mjd + np.arange(days, dtype=np.float64), altitude_km, ballistic
        ),
        mass_kg=mass_kg,
        propellant_kg={
            key: float(history.propellant_kg[MEAN, row, tank])
            for tank, key in enumerate(decision.tanks)
            if not schedule.is_station[tank] and schedule.from_step[tank] <= row < schedule.to_step[tank]
        },
    )


def _row_of_gap(scenario: Scenario, decision: Decision, rows: int) -> int:
    """Row of the first midnight on which nobody is committed to propulsion, at most that of the start of lowering."""
    ends = [one.until for one in scenario.partners.values() if "propulsion" in one.supplies]
    first = (max(ends) - decision.first_day).days + 1 if ends else 0
    return min(max(first, 0), decision.policy.lowering_step, rows - 1)


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
                unit = "flight" if len(missing) == 1 else "flights"
                gaps.append(Shortfall(utc=midnight_utc(first), what=what, amount=len(missing), unit=unit))
    return tuple(gaps)
