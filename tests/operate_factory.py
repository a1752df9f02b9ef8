"""A made-up but realistic operation of the station, with every field of ``results.Operate``, for tests.

Dates, ports and ledgers hang together; nothing here is the result of any stage and nothing outside the tests uses it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from tests.operate_traffic import (
    DAYS,
    END,
    EPOCH,
    J2000_TT_OF_EPOCH,
    LEDGER,
    PROPELLANT_KG,
    SITES,
    SLIP,
    USE_KG_PER_DAY,
    commitment_gaps,
    commitments,
    crews,
    missed_flights,
    ports,
    rotations,
    supplies,
    utc_of,
    violations,
)

from pointnemo.operations.operate_changes import changes
from pointnemo.operations.operate_report import OperateReport, report_of
from pointnemo.results import (
    DataFile,
    History,
    LedgerRow,
    LedgerSum,
    Operate,
    PhaseWindow,
    Provenance,
    Reboost,
    Reflight,
    Replanned,
    Shortfall,
    Solver,
    Transfer,
)

# --- altitude ------------------------------------------------------------------------------------------------------


def lower_edge_km(days: int = DAYS) -> np.ndarray:
    """An edge that sinks with solar activity, as a computed one does."""
    day = np.arange(days, dtype=float)
    return 403.0 - 6.5 * day / DAYS + 1.6 * np.sin(2.0 * np.pi * day / 365.25)


def altitude_and_reboosts(days: int = DAYS) -> tuple[np.ndarray, tuple[Reboost, ...]]:
    """A saw-tooth: falls, and is raised before a launch or when it comes near its edge."""
    sources = (("progress-ms-34", "roscosmos"), ("spx-35", "nasa"), ("progress-ms-36", "roscosmos"))
    sources += (("progress-ms-38", "roscosmos"), ("zvezda", "roscosmos"), ("cygnus-2", "nasa"))
    altitude = np.empty(days)
    h, burns = 418.4, []
    for i in range(days):
        altitude[i] = h
        h -= 0.0555 * np.exp((415.0 - h) / 52.0) * (1.0 - 0.35 * i / days)
        if i % 31 == 20 and i < DAYS - 20:
            source, partner = sources[min(len(burns) // 5, len(sources) - 1)]
            delta_v = 0.6 + 0.13 * (len(burns) % 4)
            gain = 1.76 * delta_v
            burns.append(
                Reboost(
                    utc=utc_of(EPOCH + timedelta(days=i), "09:12:00"),
                    source=source,
                    partner=partner,
                    delta_v_mps=delta_v,
                    duration_s=608.0 * delta_v,
                    propellant_kg=157.0 * delta_v,
                    altitude_before_km=h,
                    altitude_after_km=h + gain,
                    purpose="altitude" if len(burns) % 3 else "phase: launch of soyuz-ms-30",
                )
            )
            h += gain
    return altitude, tuple(burns)


def make_operate_history() -> History:
    """Low, mean and high lines to the end of operations, a tank for each flight that brings propellant."""
    altitude, _ = altitude_and_reboosts()
    day = np.arange(DAYS, dtype=float)
    level = {"zarya": np.maximum(900.0, 3100.0 - 1.0 * day), "zvezda": 620.0 + 40.0 * np.sin(day / 60.0)}
    for row in ports():
        brought = PROPELLANT_KG.get(row.vehicle)
        if brought is not None and not row.moved:
            dock, undock = ((date.fromisoformat(text[:10]) - EPOCH).days for text in (row.dock_utc, row.undock_utc))
            there = (day >= dock) & (day < undock)
            level[row.flight] = np.where(there, np.maximum(brought - 3.1 * (day - max(dock, 0)), 40.0), 0.0)
    propellant = np.stack(list(level.values()), axis=-1)
    lines = np.stack([altitude, altitude, altitude])
    return History(
        runs=("low", "mean", "high"),
        tanks=tuple(level),
        tt_s=J2000_TT_OF_EPOCH + 69.184 + 86400.0 * day,
        altitude_km=lines,
        perigee_km=lines - 5.0,
        apogee_km=lines + 5.0,
        mass_kg=np.broadcast_to(448_000.0 + propellant.sum(axis=1), (3, DAYS)).copy(),
        propellant_kg=np.broadcast_to(propellant, (3, *propellant.shape)).copy(),
        f107=np.full((3, DAYS), 95.0),
        regime=np.where(day < 32, 0, np.where(day < 77, 1, 2)).astype(np.int64),
        flying=np.ones((3, DAYS), dtype=bool),
    )


def aboard_kg() -> np.ndarray:
    return make_operate_history().propellant_kg[1].sum(axis=1)


def reserve_kg() -> np.ndarray:
    """Where the reserve would be touched; it shrinks with the days that are left to hold the altitude."""
    return 3000.0 - 0.5 * np.arange(DAYS)


def phases() -> tuple[PhaseWindow, ...]:
    """A window for every launch of a vehicle with a phasing scheme, and for landings of crews."""
    found = []
    for row in ports():
        docked, left = (date.fromisoformat(text[:10]) for text in (row.dock_utc, row.undock_utc))
        if row.vehicle in SITES and docked > EPOCH and docked < END and not row.moved:
            scheme, low, high = {
                "soyuz-ms": ("2-orbit", 9.0, 25.0),
                "progress-ms": ("two-day", 130.0, 340.0),
            }[row.vehicle]
            missed = row.flight == "soyuz-ms-31"
            found.append(
                PhaseWindow(
                    flight=row.flight,
                    vehicle=row.vehicle,
                    event="launch",
                    site=SITES[row.vehicle],
                    direction="ascending",
                    utc=utc_of(docked, "04:17:22"),
                    scheme=scheme,
                    phase_deg=50.2 if missed else 0.5 * (low + high),
                    low_deg=low,
                    high_deg=high,
                    trip_hours=3.2 if scheme == "2-orbit" else 50.0,
                    reflown_deg=49.9 if missed else 0.5 * (low + high) + 0.4,
                    days_from_plan=1 if row.flight == "progress-ms-37" else 0,
                    ok=not missed,
                )
            )
        if row.vehicle == "soyuz-ms" and left < END:
            found.append(
                PhaseWindow(
                    flight=row.flight,
                    vehicle=row.vehicle,
                    event="landing",
                    site="Zhezkazgan",
                    direction="ascending",
                    utc=utc_of(left, "23:05:00"),
                    scheme="landing",
                    phase_deg=1.2,
                    low_deg=-24.0,
                    high_deg=24.0,
                    reflown_deg=0.8,
                    ok=True,
                )
            )
    return tuple(sorted(found, key=lambda one: one.utc))


# --- propellant ----------------------------------------------------------------------------------------------------


def ledger() -> tuple[LedgerRow, ...]:
    def row(tank: str, partner: str, **kg: float) -> LedgerRow:
        values = {**dict.fromkeys(LEDGER, 0.0), **kg}
        uses = sum(values[name] for name in LEDGER[3:8])
        values["remaining_kg"] = values["start_kg"] + values["delivered_kg"] + values["moved_kg"] - uses
        return LedgerRow.model_validate({"tank": tank, "partner": partner, **values})

    return (
        row("zarya", "roscosmos", start_kg=3100.0, moved_kg=400.0, attitude_kg=1640.0),
        row("zvezda", "roscosmos", start_kg=620.0, moved_kg=820.0, reboost_kg=310.0, attitude_kg=420.0),
        row("progress-ms-34", "roscosmos", start_kg=690.0, reboost_kg=210.0, moved_kg=-400.0, departed_kg=80.0),
        row("progress-ms-36", "roscosmos", delivered_kg=720.0, reboost_kg=240.0, moved_kg=-420.0, departed_kg=60.0),
        row("progress-2", "roscosmos", delivered_kg=720.0, moved_kg=-400.0, reboost_kg=120.0),
        row("spx-35", "nasa", delivered_kg=250.0, reboost_kg=190.0, departed_kg=60.0),
        row("cygnus-2", "nasa", delivered_kg=300.0, reboost_kg=60.0, departed_kg=240.0),
    )


def ledger_sums(rows: tuple[LedgerRow, ...], names: dict[str, str]) -> tuple[LedgerSum, ...]:
    """Rows added up under the name that each tank has."""
    return tuple(
        LedgerSum.model_validate(
            {
                "name": name,
                **{use: sum(getattr(row, use) for row in rows if names[row.tank] == name) for use in LEDGER},
            }
        )
        for name in dict.fromkeys(names[row.tank] for row in rows)
    )


def transfers() -> tuple[Transfer, ...]:
    return (
        Transfer(utc="2026-11-28T00:00:00Z", from_tank="progress-ms-34", to_tank="zarya", kg=400.0),
        Transfer(utc="2027-06-10T00:00:00Z", from_tank="progress-ms-36", to_tank="zvezda", kg=420.0),
        Transfer(utc="2028-11-02T00:00:00Z", from_tank="progress-2", to_tank="zvezda", kg=400.0),
    )


# --- the whole -----------------------------------------------------------------------------------------------------


def operate_fields() -> dict[str, Any]:
    """Every field of ``results.Operate`` but its arrays."""
    altitude, reboosts = altitude_and_reboosts()
    margin = altitude - lower_edge_km()
    worst = int(margin.argmin())
    rows = ledger()
    vehicles = {row.flight: row.vehicle for row in ports()}
    found = violations()
    flown = tuple(
        one.model_copy(
            update={"delta_v_mps": one.delta_v_mps * 1.012, "altitude_after_km": one.altitude_after_km - 0.02}
        )
        for one in reboosts
    )
    return {
        "from_utc": "2026-09-04T12:00:00Z",
        "until_utc": "2028-12-31T00:00:00Z",
        "corridor_lower_km": float(lower_edge_km().max()),
        "corridor_upper_km": 422.0,
        "survival_days": 180,
        "survival_altitude_km": 330.0,
        "lowest_margin_km": float(margin.min()),
        "lowest_margin_utc": utc_of(EPOCH + timedelta(days=worst)),
        "end_altitude_km": float(altitude[-1]),
        "lowest_altitude_km": float(altitude.min()),
        "lowest_altitude_utc": utc_of(EPOCH + timedelta(days=int(altitude.argmin()))),
        "highest_altitude_km": float(altitude.max()),
        "reboosts": reboosts,
        "reboost_delta_v_mps": sum(one.delta_v_mps for one in reboosts),
        "reboost_propellant_kg": sum(one.propellant_kg for one in reboosts),
        "attitude_propellant_kg": 2060.0,
        "avoidance_propellant_kg": 120.0,
        "ledger": rows,
        "ledger_by_vehicle": ledger_sums(rows, {row.tank: vehicles.get(row.tank, "station") for row in rows}),
        "ledger_by_partner": ledger_sums(rows, {row.tank: row.partner for row in rows}),
        "transfers": transfers(),
        "lowest_propellant_margin_kg": float((aboard_kg() - reserve_kg()).min()),
        "lowest_propellant_margin_utc": utc_of(EPOCH + timedelta(days=int((aboard_kg() - reserve_kg()).argmin()))),
        "shortfalls": (
            Shortfall(utc="2028-09-01T00:00:00Z", what="no docked vehicle could raise the orbit", amount=3, unit="day"),
        ),
        "phases": phases(),
        "solver": Solver(
            method="mixed-integer linear (HiGHS), re-linearised",
            status="within the gap asked for",
            objective_kg=2391.0,
            bound_kg=2372.0,
            gap=(2391.0 - 2372.0) / 2391.0,
            burns=len(reboosts),
            slots=121,
            rounds=4,
            linear_error_km=0.06,
        ),
        "reflight": Reflight(
            model="heyoka, EGM2008 30x30, NRLMSISE-00, Sun and Moon, finite burns",
            reboosts=flown,
            lowest_margin_km=float(margin.min()) - 0.11,
            lowest_margin_utc=utc_of(EPOCH + timedelta(days=worst + 1)),
            highest_altitude_km=float(altitude.max()) + 0.2,
            end_altitude_km=float(altitude[-1]) - 0.14,
            altitude_difference_km=0.31,
            propellant_kg=sum(one.propellant_kg for one in flown) * 1.012,
            delta_v_mps=sum(one.delta_v_mps for one in flown),
            violations=found[-1:],
        ),
        "ports": ports(),
        "crews": crews(),
        "rotations": rotations(),
        "lowest_seat_margin": min(one.seats - one.crew for one in crews()),
        "lowest_seat_margin_utc": min(crews(), key=lambda one: one.seats - one.crew).from_utc,
        "supplies": supplies(),
        "missed_flights": missed_flights(),
        "commitments": commitments(),
        "commitment_gaps": commitment_gaps(),
        "violations": found,
        "replanned": (
            Replanned(
                flight="progress-1", utc="2028-05-15T00:00:00Z", what="docks at poisk-zenith on 2028-05-15", wait_days=4
            ),
        ),
        "gaps": (
            Shortfall(
                utc="2029-01-01T00:00:00Z",
                what="no partner is committed to supply propulsion",
                amount=730,
                unit="days",
            ),
            Shortfall(
                utc="2028-12-01T00:00:00Z",
                what="flights of soyuz-ms not flown: partner is not committed",
                amount=2,
                unit="flights",
            ),
        ),
    }


def make_rich_operate() -> Operate:
    margin_kg = aboard_kg() - reserve_kg()
    history = make_operate_history()
    return Operate(**operate_fields(), history=history, lower_km=lower_edge_km(), propellant_margin_kg=margin_kg)


def make_kept_operate() -> Operate:
    """The same without the slip: nothing is missed, one flight is at another time, supplies last longer."""
    rich = make_rich_operate()
    earlier = {"dock_utc": "2028-01-12T00:00:00Z", "undock_utc": "2028-07-04T00:00:00Z"}
    water, food, *others = rich.supplies
    return rich.model_copy(
        update={
            "violations": (),
            "phases": tuple(one.model_copy(update={"ok": True, "phase_deg": 16.0}) for one in rich.phases),
            "ports": tuple(
                one.model_copy(update=earlier) if one.flight == "progress-ms-40" else one
                for one in rich.ports
                if one.flight != "cargo-dragon-6"
            ),
            "reboosts": rich.reboosts[:-1],
            "reboost_delta_v_mps": rich.reboost_delta_v_mps - rich.reboosts[-1].delta_v_mps,
            "reboost_propellant_kg": rich.reboost_propellant_kg - rich.reboosts[-1].propellant_kg,
            "supplies": (water, food.model_copy(update={"lowest_margin_kg": 61.0, "lowest_days": 74.0}), *others),
            "missed_flights": rich.missed_flights[:2],
            "end_altitude_km": rich.end_altitude_km + 1.2,
            "reflight": None,
            "lowest_seat_margin": 0,
        }
    )


def make_report(set: tuple[str, ...] = (SLIP,)) -> OperateReport:
    """The document of ``pointnemo operate``; with ``--set`` lines also what they changed."""
    operate = make_rich_operate()
    return report_of(
        operate,
        Provenance(
            package_version="0.1.0",
            scenario="iss",
            scenario_hash="5d2f" * 16,
            input_hash="9c41ab07" * 8 if not set else "77e0d1c2" * 8,
            set=set,
            seed=0,
            data=(DataFile(name="space_weather.csv", version="2026-10-06", source="CelesTrak", sha256="ab" * 32),),
            models=("NRLMSISE-00", "orbit-averaged drag, 16 nodes", "HiGHS"),
        ),
        use_kg_per_day=np.array([np.full(DAYS, kg) for kg in USE_KG_PER_DAY.values()]),
        changes=changes(make_kept_operate(), operate) if set else None,
    )


def make_bare_report() -> OperateReport:
    """A plan with nothing in it but an altitude: no schedule, no phases, no supplies, no arrays, no limit missed."""
    full = make_rich_operate()
    empty = ("phases", "rotations", "supplies", "missed_flights", "commitments", "commitment_gaps", "violations")
    empty += (
        "transfers",
        "replanned",
        "ledger_by_vehicle",
        "ledger_by_partner",
        "gaps",
        "shortfalls",
        "reboosts",
        "ports",
        "crews",
    )
    none = ("solver", "reflight", "history", "lower_km", "propellant_margin_kg")
    bare = full.model_copy(update={**dict.fromkeys(empty, ()), **dict.fromkeys(none), "survival_days": 0})
    return report_of(bare, make_report(()).provenance)
