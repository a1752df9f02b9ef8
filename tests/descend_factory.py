"""A made-up but realistic descent with everything that a document can hold, for tests of what is shown of one.

The numbers are plausible and hang together: places lie on the ground track through the aim, dates are in order, a burn
that stops early carries farther. They are not the result of any stage, and nothing outside the tests uses them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
from tests import factories, trade_factory
from tests.factories import DEORBIT_VEHICLE, ENTRY, estimate, iso, make_burns

from pointnemo.descent.failures.losses import thinned
from pointnemo.descent.geometry import GroundTrack
from pointnemo.descent.report import DescendReport, DescentLimits, report_of
from pointnemo.results import (
    AttitudeSpell,
    Branch,
    Burn,
    BurnReliability,
    Constraint,
    Descend,
    Estimate,
    History,
    LossDay,
    LoweringStage,
    Milestone,
    Opportunity,
    Optimum,
    PhaseError,
    Phasing,
    PhasingStep,
    Place,
    PointOfNoReturn,
    Recourse,
    Reliability,
    Strategy,
)

AIM = Place(latitude_deg=-48.877, longitude_deg=-123.393, name="Point Nemo")
START = datetime(2028, 12, 31, tzinfo=UTC)
MINUTES_TO_IMPACT = 17.0  # from entry interface
HEEL_KM, TOE_KM = -1330.0, 1080.0  # of the footprint, from the aim along the track
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
OFF_DEG = (5.0, 10.0, 20.0, 30.0)
LATE_S = (60.0, 300.0)

# --- opportunities -------------------------------------------------------------------------------------------------


def track_of(longitude_deg: float = AIM.longitude_deg, direction: Literal["ascending", "descending"] = "descending"):
    return GroundTrack.through(AIM.latitude_deg, longitude_deg, 51.64, direction)


def place_on(track: GroundTrack, along_km: float, name: str = "") -> Place:
    latitude, longitude = track.at(along_km)
    return Place(latitude_deg=round(float(latitude), 3), longitude_deg=round(float(longitude), 3), name=name)


def make_opportunities() -> tuple[Opportunity, ...]:
    rows: tuple[tuple[str, Any, int, float, float, str], ...] = (
        ("primary", "primary", 0, AIM.longitude_deg, 884.0, "Marotiri"),
        ("backup-1", "next-revolution", 1, -146.1, 642.0, "Chatham Islands"),
        ("backup-2", "next-revolution", 2, -168.8, 211.0, "Antipodes Islands"),
        ("backup-3", "next-day", 16, -120.9, 911.0, "Ducie"),
        ("backup-4", "next-day", 17, -143.6, 655.0, "Marotiri"),
    )
    found = []
    for name, kind, later, longitude, clearance_km, land in rows:
        track = track_of(longitude)
        entry = ENTRY + timedelta(minutes=88.4 * later)
        short = max(0.0, 370.0 - clearance_km)
        found.append(
            Opportunity(
                id=name,
                kind=kind,
                revolutions_later=later,
                pass_direction="descending",
                final_burn_utc=iso(entry - timedelta(hours=0.62)),
                entry_utc=iso(entry),
                aim=place_on(track, 0.0),
                reference_impact=place_on(track, 6.0),
                miss_km=6.0 + 0.4 * later,
                converged=True,
                burns=(make_burns()[-1],),
                propellant_kg=4156.0 + 2.4 * later,
                perigee_before_km=143.9 - 0.5 * later,
                heel=place_on(track, HEEL_KM),
                toe=place_on(track, TOE_KM),
                land_clearance_km=clearance_km,
                nearest_land=land,
                ice_clearance_km=1920.0,
                clear=short == 0.0,
                short_by_km=short,
                text="" if not short else "the heel lies too near to land",
            )
        )
    return tuple(found)


# --- branches ------------------------------------------------------------------------------------------------------


def shift_km(share: float) -> float | None:
    """Range past the aim of the final burn made in part: 0.99 some 115 km, 0.7 some 7,500 km, less is anywhere."""
    if share < 0.68:
        return None
    km = np.interp(share, [0.68, 0.7, 0.85, 0.95, 0.99, 1.0, 1.1], [9000.0, 7500.0, 2200.0, 650.0, 115.0, 0.0, -1100.0])
    return float(km)


def recourses_of(last: bool, when: datetime) -> tuple[Recourse, ...]:
    later = Recourse(
        id="complete-later",
        text="make the rest of the burns one day later, on backup-3",
        vehicle=DEORBIT_VEHICLE,
        until_utc=iso(when + timedelta(hours=31)),
        delta_v_mps=29.4,
        propellant_kg=4440.0,
    )
    raised = Recourse(
        id="raise",
        text="raise to 230 km with what is docked, and begin anew",
        vehicle=DEORBIT_VEHICLE,
        until_utc=iso(when + timedelta(hours=50)),
        delta_v_mps=24.0,
        propellant_kg=3650.0,
    )
    return (later,) if last else (later, raised)


def make_branch(
    burn: Burn, place: int, failure: Any, amount: float, unit: Any, share: float, miss_deg: float = 0.0
) -> Branch:
    """One failure of one burn; ``share`` of its delta-v works."""
    last = place == len(make_burns()) - 1
    start = datetime.fromisoformat(burn.start_utc)
    known = start + timedelta(seconds=burn.duration_s * min(share, 1.0))
    range_km = shift_km(share) if last else None
    usual_days = (28.0, 9.0, 2.2, 1.6)[place]
    after_days = (9.0, 2.2, 1.6, 0.026)[place]
    made = min(share, 1.0)
    days = after_days + (usual_days - after_days) * (1.0 - made) ** 2 if range_km is None else 0.026
    spread = 0.2 * days
    impact = place_on(track_of(), range_km or 40_000.0 * place)
    anywhere = range_km is None
    return Branch(
        id=f"{burn.id}-{failure}-{amount:g}",
        burn=burn.id,
        failure=failure,
        amount=amount,
        unit=unit,
        utc=iso(known),
        delta_v_mps=burn.delta_v_mps * share,
        perigee_km=burn.perigee_before_km + (burn.perigee_after_km - burn.perigee_before_km) * share,
        apogee_km=burn.apogee_after_km,
        entry_utc=iso(known + timedelta(days=days)),
        days_to_entry=Estimate(value=days, low=days - spread, high=days + 1.3 * spread, level=0.9, unit="days"),
        impact=impact,
        range_shift_km=range_km,
        along_track_sigma_km=95_000.0 if anywhere else 60.0 + 0.05 * abs(range_km or 0.0),
        random=anywhere,
        control_until_utc=iso(known + timedelta(days=0.8 * days)),
        recourses=() if last and range_km is not None and abs(range_km) < 5000.0 else recourses_of(last, known),
        casualty_expectation=estimate(0.081, 0.049, 0.128, "persons")
        if anywhere
        else estimate(3.1e-7 * (1.0 + abs(miss_deg) + abs(range_km or 0.0) / 3.0), 1e-7, 9e-4, "persons"),
    )


def make_branches() -> tuple[Branch, ...]:
    found = []
    for place, burn in enumerate(make_burns()):
        found.append(make_branch(burn, place, "not-started", 0.0, "share", 0.0))
        found += [make_branch(burn, place, "stops-early", share, "share", share) for share in SHARES]
        found.append(make_branch(burn, place, "overburn", 1.05, "share", 1.05))
        found += [
            make_branch(burn, place, "points-wrong", deg, "deg", float(np.cos(np.radians(deg))), deg) for deg in OFF_DEG
        ]
        found += [make_branch(burn, place, "starts-late", late, "s", 1.0 - late / 1e5) for late in LATE_S]
    return tuple(found)


# --- losses --------------------------------------------------------------------------------------------------------

_AXIS = {
    "mean": (("2028-12-31", 416.8), ("2030-01-01", 401.0), ("2031-03-01", 368.0), ("2031-09-13", 330.0),
             ("2032-01-30", 270.0), ("2032-02-28", 240.0), ("2032-03-10", 221.0)),
    "low": (("2028-12-31", 417.2), ("2030-06-01", 405.0), ("2032-01-01", 380.0), ("2033-03-01", 330.0),
            ("2033-08-01", 270.0), ("2033-09-20", 225.0)),
    "high": (("2028-12-31", 416.1), ("2029-10-01", 390.0), ("2030-09-01", 330.0), ("2031-03-08", 270.0),
             ("2031-04-09", 225.0)),
}  # fmt: skip


def moment(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+00:00")


def altitude_km(line: str, when: datetime) -> float:
    days, km = zip(*_AXIS[line], strict=True)
    return float(np.interp(when.timestamp(), [moment(day).timestamp() for day in days], km))


def make_losses() -> tuple[LossDay, ...]:
    end = moment(_AXIS["mean"][-1][0])
    found = []
    for day in range(0, (end - START).days + 1, 5):
        when = START + timedelta(days=day)
        left = (ENTRY - when).days + 1.0
        lasts = left + 25.0 + 0.08 * left
        km = altitude_km("mean", when)
        there = when >= moment("2029-09-01")
        recourses = []
        if there and km > 255.0:
            recourses.append(
                Recourse(
                    id="deorbit-otherwise",
                    text="the deorbit vehicle brings it down as planned",
                    vehicle=DEORBIT_VEHICLE,
                    until_utc="2032-03-10T00:00:00Z",
                    delta_v_mps=57.0,
                    propellant_kg=8745.0,
                )
            )
        if km > 300.0:
            recourses.insert(
                0,
                Recourse(
                    id="raise", text="Progress raises it", vehicle="progress-ms", until_utc="2031-11-20T00:00:00Z",
                    delta_v_mps=12.0, propellant_kg=1840.0,
                ),
            )  # fmt: skip
        if not recourses and km > 240.0:
            recourses.append(
                Recourse(id="shift", text="arrays edge-on or broadside move the entry along the track", vehicle="")
            )
        found.append(
            LossDay(
                utc=iso(when),
                altitude_km=round(km, 1),
                entry_utc=iso(when + timedelta(days=lasts)),
                days_to_entry=Estimate(value=lasts, low=0.7 * lasts, high=1.5 * lasts, level=0.9, unit="days"),
                docked=("progress-ms-50", *((DEORBIT_VEHICLE,) if there else ())),
                control_until_utc=iso(when + timedelta(days=max(lasts - 25.0, 1.0))),
                recourses=tuple(recourses),
                casualty_expectation=estimate(0.081, 0.049, 0.128, "persons"),
            )
        )
    return tuple(found)


# --- the rest ------------------------------------------------------------------------------------------------------


def make_optimum() -> Optimum:
    def strategy(objective: Any, feasible: bool, **fields: Any) -> Strategy:
        return Strategy(
            objective=objective,
            feasible=feasible,
            why_not="" if feasible else "entry is 439 days after 2030-12-31",
            hold_altitude_km=275.0,
            crew_departure_altitude_km=330.0,
            constraints=(
                Constraint(
                    id="deorbit_by", text="entry by the agreed date", value=fields["entry_utc"][:10],
                    limit="2030-12-31", unit="date, at most", ok=feasible,
                ),
                Constraint(
                    id="deorbit_left", text="left in the deorbit vehicle", value=fields["deorbit_left_kg"], limit=0.0,
                    unit="kg, at least", ok=True,
                ),
            ),
            evaluations=412,
            **fields,
        )  # fmt: skip

    tug = LoweringStage(
        supplier=DEORBIT_VEHICLE, start_utc="2029-09-05T00:00:00Z", end_utc="2029-11-10T00:00:00Z",
        propellant_kg=6500.0, delta_v_mps=43.0,
    )  # fmt: skip
    russian = tug.model_copy(update={"supplier": "progress-ms", "propellant_kg": 4630.0, "delta_v_mps": 29.1})
    return Optimum(
        activity="mean",
        chosen="least-propellant",
        strategies=(
            strategy(
                "least-propellant", True, lowering_start_utc="2028-12-31T00:00:00Z", stages=(russian,),
                propellant_kg=4630.0, deorbit_left_kg=6755.0, crew_departure_utc="2030-05-29T00:00:00Z",
                entry_utc="2030-12-29T09:00:00Z", margin_days=2.6, set=("descent.lowering_propellant_kg=4630",),
            ),
            strategy(
                "latest-crew-departure", False, lowering_start_utc="2028-12-31T00:00:00Z", stages=(),
                propellant_kg=0.0, deorbit_left_kg=6755.0, crew_departure_utc="2031-09-13T00:00:00Z",
                entry_utc=iso(ENTRY), margin_days=-439.0, set=(),
            ),
            strategy(
                "largest-margin", True, lowering_start_utc="2028-12-31T00:00:00Z", stages=(russian, tug),
                propellant_kg=11130.0, deorbit_left_kg=255.0, crew_departure_utc="2029-08-30T00:00:00Z",
                entry_utc="2030-03-02T17:00:00Z", margin_days=304.3,
                set=(
                    "descent.lowering_propellant_kg=4630",
                    "descent.second_lowering={start=2029-09-05,propellant_kg=6500,vehicle='us-deorbit-vehicle'}",
                ),
            ),
        ),
        plan_is_best=False,
        text="4,630 kg of progress-ms meet the date; the plan as decided spends none and is late.",
    )  # fmt: skip


def make_attitudes() -> tuple[AttitudeSpell, ...]:
    thrust = ("progress-ms on zvezda-aft: raises; lowers after a turn", "us-deorbit-vehicle: lowers as it stands")
    rows: tuple[tuple[str, str | None, Any, str, str, float], ...] = (
        ("2028-12-31T00:00:00Z", "2031-09-13T00:00:00Z", "crewed", "normal", "as it flies today", 3200.0),
        ("2031-09-13T00:00:00Z", "2032-03-10T20:00:00Z", "uncrewed", "normal", "as it flies today", 3200.0),
        ("2032-03-10T20:00:00Z", None, "burns", "edge-on", "arrays held edge-on", 1370.0),
    )
    return tuple(
        AttitudeSpell(
            from_utc=first, to_utc=last, part=part, attitude=key, text=text, thrust=thrust,
            cd_area_m2=estimate(area, 0.62 * area, 1.4 * area, "m2"),
        )
        for first, last, part, key, text, area in rows
    )  # fmt: skip


def make_points() -> tuple[PointOfNoReturn, ...]:
    rows: tuple[tuple[Any, bool, str | None, float | None], ...] = (
        ("low", False, "2033-05-02T00:00:00Z", 318.4),
        ("mean", False, "2032-02-04T00:00:00Z", 265.2),
        ("high", False, None, None),
        ("mean", True, "2031-11-20T00:00:00Z", 305.2),
    )
    return tuple(
        PointOfNoReturn(
            activity=activity,
            utc=utc,
            altitude_km=km,
            raised_to_km=372.0 if utc else None,
            needed_mps=37.5 if utc else None,
            available_mps=37.6 if utc else None,
            with_what=("progress-ms-50", "zvezda") if utc else (),
            text="37.5 m/s to 372 km, from which it lasts 180 days" if utc else "nothing docked could raise it",
            without_deorbit_vehicle=without,
            propellant_kg=5720.0 if utc else None,
            raise_days=3.4 if utc else None,
        )
        for activity, without, utc, km in rows
    )


def make_phasing() -> Phasing:
    return Phasing(
        wanted_shift_s=-1204.0,
        steps=(
            PhasingStep(
                utc="2032-02-20T08:00:00Z", altitude_before_km=249.3, altitude_after_km=247.9, delta_v_mps=0.81,
                propellant_kg=121.0,
            ),
        ),
        reached_shift_s=-1198.2,
        residual_s=-5.8,
        propellant_kg=24.0,
        errors=tuple(
            PhaseError(days_before=days, sigma_s=sigma, correctable_s=left)
            for days, sigma, left in ((21.0, 2710.0, 2650.0), (10.0, 540.0, 1180.0), (2.0, 17.0, 90.0))
        ),
        text="one step of 0.81 m/s 18 days before the targeted burns",
    )  # fmt: skip


def make_reliability() -> Reliability:
    return Reliability(
        casualty_limit=1e-4,
        burns=tuple(
            BurnReliability(
                burn=burn.id,
                worst_branch=f"{burn.id}-not-started-0",
                casualty_expectation=0.081,
                largest_failure_probability=1e-4 / 0.081,
                required_reliability=1.0 - 1e-4 / 0.081,
            )
            for burn in make_burns()
        ),
        uncontrolled_casualty_expectation=estimate(0.081, 0.049, 0.128, "persons"),
        text="the final burn may fail once in 810 times",
    )


def make_rich_descend() -> Descend:
    """Everything at once."""
    burns = tuple(
        burn.model_copy(
            update={
                "thrusters": 11 if burn.thrust_n < 5000 else 26,
                "cosine_loss": 0.015,
                "impulsive_delta_v_mps": 0.985 * burn.delta_v_mps,
                "settled_since_utc": iso(datetime.fromisoformat(burn.start_utc) - timedelta(minutes=30)),
            }
        )
        for burn in make_burns()
    )
    plain = factories.make_descend()
    assert plain.entry is not None
    tilt = np.radians(51.64)
    state = {"position_km": (6500.0, 0.0, 0.0), "velocity_km_s": (-0.15, 7.86 * np.cos(tilt), 7.86 * np.sin(tilt))}
    hand_over = Milestone(id="hand_over", utc="2032-03-10T20:00:00Z", altitude_km=221.0, text="targeted phase begins")
    own = (
        Milestone(id=burn.id, utc=burn.start_utc, altitude_km=200.0, text=f"burn of {burn.delta_v_mps:.1f} m/s")
        for burn in burns
    )
    return plain.model_copy(
        update={
            "burns": burns,
            "milestones": (*plain.milestones[:-1], hand_over, *own, plain.milestones[-1]),
            "entry": plain.entry.model_copy(update=state),
            "trade": trade_factory.make_trade(),
            "optimum": make_optimum(),
            "attitudes": make_attitudes(),
            "points_of_no_return": make_points(),
            "phasing": make_phasing(),
            "opportunities": make_opportunities(),
            "branches": make_branches(),
            "losses": thinned(make_losses(), 6, (DEORBIT_VEHICLE,)),  # a factory row stands for five days
            "loss_days": make_losses(),
            "reliability": make_reliability(),
            "history": make_descent_history(),
        }
    )


def make_descent_history() -> History:
    """The years of the descent under low, mean and high activity, from ten days before lowering begins."""
    runs = ("low", "mean", "high")
    first = START - timedelta(days=10)
    days = (moment(_AXIS["low"][-1][0]) - first).days + 30
    dates = [first + timedelta(days=i) for i in range(days)]
    altitude = np.array([[altitude_km(run, day) for day in dates] for run in runs])
    flying = np.array([[day <= moment(_AXIS[run][-1][0]) for day in dates] for run in runs])
    cycle = 95.0 + 25.0 * np.cos(2 * np.pi * np.arange(days) / 4000.0)
    return History(
        runs=runs,
        tanks=(DEORBIT_VEHICLE,),
        tt_s=np.array([factories.tt_s(day) for day in dates]),
        altitude_km=altitude,
        perigee_km=altitude - 4.0,
        apogee_km=altitude + 4.0,
        mass_kg=np.full((3, days), 448_000.0),
        propellant_kg=np.full((3, days, 1), 16_000.0),
        f107=np.stack([cycle - 15.0, cycle, cycle + 25.0]),
        regime=np.full(days, 2, dtype=np.int64),
        flying=flying,
    )


LIMITS = DescentLimits(
    operate_until="2028-12-31",
    deorbit_by="2030-12-31",
    aim_name="Point Nemo",
    crew_departure_altitude_km=330.0,
    crew_departure_months_before_entry=6.0,
    hold_altitude_km=270.0,
    control_limit_km=220.0,
    targeting_altitude_km=225.0,
    deorbit_reserve_kg=500.0,
    objective="least-propellant",
)


def make_descend_report(set: tuple[str, ...] = ()) -> DescendReport:
    """The document of ``pointnemo descend``."""
    return report_of(make_rich_descend(), factories.make_provenance(set), LIMITS)


def make_bare_descend_report() -> DescendReport:
    """A descent from before the optimiser and the failures were computed: every new field is empty."""
    return report_of(factories.make_descend(), factories.make_provenance(), LIMITS)


def make_stuck_descend_report() -> DescendReport:
    """A station that never comes down before the data end, and nothing else."""
    plan = factories.make_stuck_plan()
    assert isinstance(plan.descend, Descend)
    return report_of(plan.descend, factories.make_provenance(), LIMITS)
