"""A made-up but realistic operation of the station, with every field of ``results.Operate``, for tests.

Dates, ports and ledgers hang together; nothing here is the result of any stage and nothing outside the tests uses it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from pointnemo.operations.operate_changes import changes
from pointnemo.operations.operate_report import OperateReport, report_of
from pointnemo.operations.supplies import SupplyDays
from pointnemo.results import (
    Commitment,
    CommitmentGap,
    CrewInterval,
    CrewRotation,
    DataFile,
    History,
    LedgerRow,
    LedgerSum,
    MissedFlight,
    Operate,
    PhaseWindow,
    PortInterval,
    Provenance,
    Reboost,
    Reflight,
    Replanned,
    Shortfall,
    Solver,
    Supply,
    Transfer,
    Violation,
)

EPOCH, END = date(2026, 9, 4), date(2028, 12, 31)
DAYS = (END - EPOCH).days + 1
SLIP = "flights.progress-ms-40.slip_days=60"
J2000_TT_OF_EPOCH = (datetime(2026, 9, 4, 12, tzinfo=UTC) - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds()

# flight, vehicle, partner, port, docks, undocks, status
PORTS = """
crew-12 crew-dragon nasa harmony-zenith 2026-02-14 2026-10-07 past
progress-ms-33 progress-ms roscosmos poisk-zenith 2026-03-24 2026-09-15 past
cygnus-ng-24 cygnus nasa unity-nadir 2026-04-13 2026-10-20 past
progress-ms-34 progress-ms roscosmos zvezda-aft 2026-04-27 2026-12-10 past
soyuz-ms-29 soyuz-ms roscosmos prichal-nadir 2026-07-14 2027-03-23 past
progress-ms-35 progress-ms roscosmos poisk-zenith 2026-09-19 2027-03-15 published
crew-13 crew-dragon nasa harmony-forward 2026-10-01 2027-05-04 published
crew-13 crew-dragon nasa harmony-zenith 2027-05-04 2027-06-08 published
spx-35 cargo-dragon nasa harmony-zenith 2026-11-10 2026-12-15 published
cygnus-ng-25 cygnus nasa unity-nadir 2026-11-15 2027-05-15 published
progress-ms-36 progress-ms roscosmos zvezda-aft 2026-12-14 2027-06-20 cadence
htv-x2 htv-x jaxa harmony-nadir 2027-02-01 2027-07-01 published
cargo-dragon-1 cargo-dragon nasa harmony-zenith 2027-03-10 2027-04-14 cadence
soyuz-ms-30 soyuz-ms roscosmos rassvet-nadir 2027-03-14 2027-11-23 cadence
progress-ms-37 progress-ms roscosmos poisk-zenith 2027-03-28 2027-09-24 cadence
crew-dragon-1 crew-dragon nasa harmony-forward 2027-06-01 2028-02-06 cadence
cygnus-1 cygnus nasa unity-nadir 2027-07-01 2027-12-28 cadence
progress-ms-38 progress-ms roscosmos zvezda-aft 2027-07-01 2027-12-28 cadence
cargo-dragon-2 cargo-dragon nasa harmony-zenith 2027-07-10 2027-08-14 cadence
progress-ms-39 progress-ms roscosmos poisk-zenith 2027-10-14 2028-04-10 cadence
cargo-dragon-3 cargo-dragon nasa harmony-zenith 2027-11-09 2027-12-14 cadence
soyuz-ms-31 soyuz-ms roscosmos prichal-nadir 2027-11-14 2028-07-23 cadence
progress-ms-40 progress-ms roscosmos zvezda-aft 2028-01-28 2028-07-10 cadence
crew-dragon-2 crew-dragon nasa harmony-zenith 2028-01-30 2028-10-06 cadence
htv-x-1 htv-x jaxa harmony-nadir 2028-02-01 2028-06-30 cadence
cygnus-2 cygnus nasa unity-nadir 2028-02-26 2028-08-24 cadence
cargo-dragon-4 cargo-dragon nasa harmony-forward 2028-03-10 2028-04-14 cadence
progress-1 progress-ms roscosmos poisk-zenith 2028-05-15 2028-11-21 cadence
cargo-dragon-5 cargo-dragon nasa harmony-forward 2028-07-10 2028-08-14 cadence
soyuz-ms-32 soyuz-ms roscosmos rassvet-nadir 2028-07-14 2028-12-20 cadence
progress-2 progress-ms roscosmos zvezda-aft 2028-09-15 2029-03-24 cadence
crew-dragon-3 crew-dragon nasa harmony-forward 2028-09-29 2029-06-06 cadence
cygnus-3 cygnus nasa unity-nadir 2028-10-23 2029-04-21 cadence
cargo-dragon-6 cargo-dragon nasa harmony-zenith 2028-11-09 2028-12-14 cadence
"""

PROPELLANT_KG = {"progress-ms": 720.0, "cargo-dragon": 250.0, "cygnus": 300.0}
SITES = {"soyuz-ms": "baikonur-31", "progress-ms": "baikonur-31"}
USE_KG_PER_DAY = {"water": 6.2, "food": 12.0, "oxygen": 3.1, "spares": 7.5}
LEDGER = ("start_kg", "delivered_kg", "moved_kg", "reboost_kg", "attitude_kg")
LEDGER += ("lowering_kg", "final_burns_kg", "departed_kg", "remaining_kg")


def utc_of(day: date, clock: str = "00:00:00") -> str:
    return f"{day.isoformat()}T{clock}Z"


def ports() -> tuple[PortInterval, ...]:
    rows = [line.split() for line in PORTS.split("\n") if line]
    seen: set[str] = set()
    found = []
    for flight, vehicle, partner, port, dock, undock, status in rows:
        found.append(
            PortInterval.model_validate(
                {
                    "flight": flight,
                    "vehicle": vehicle,
                    "partner": partner,
                    "port": port,
                    "dock_utc": f"{dock}T00:00:00Z",
                    "undock_utc": f"{undock}T00:00:00Z",
                    "status": status,
                    "moved": flight in seen,
                }
            )
        )
        seen.add(flight)
    return tuple(found)


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


# --- crew, supplies, commitments -----------------------------------------------------------------------------------


def crews() -> tuple[CrewInterval, ...]:
    seats = {"soyuz-ms": 3, "crew-dragon": 4}
    rows = [row for row in ports() if row.vehicle in seats]
    edges = sorted({utc_of(EPOCH), utc_of(END), *(row.dock_utc for row in rows), *(row.undock_utc for row in rows)})
    edges = [edge for edge in edges if utc_of(EPOCH) <= edge <= utc_of(END)]
    found = []
    for start, stop in pairwise(edges):
        aboard = sum(seats[row.vehicle] for row in rows if row.dock_utc <= start < row.undock_utc)
        found.append(CrewInterval(from_utc=start, to_utc=stop, crew=aboard, seats=aboard))
    # The last weeks before the end, with a seat too few.
    return (*found[:-1], found[-1].model_copy(update={"seats": found[-1].seats - 1}))


def rotations() -> tuple[CrewRotation, ...]:
    rows = [row for row in ports() if row.vehicle in ("soyuz-ms", "crew-dragon") and not row.moved]
    found = []
    for row in rows:
        last = max(one.undock_utc for one in ports() if one.flight == row.flight)
        arrive, depart = (date.fromisoformat(text[:10]) for text in (row.dock_utc, last))
        earlier = [one for one in rows if one.vehicle == row.vehicle and one.dock_utc < row.dock_utc]
        relieved = earlier[-1] if earlier else None
        overlap = None
        if relieved is not None:
            gone = max(one.undock_utc for one in ports() if one.flight == relieved.flight)
            overlap = (date.fromisoformat(gone[:10]) - arrive).days
        crew = 3 if row.vehicle == "soyuz-ms" else 4
        found.append(
            CrewRotation(
                flight=row.flight,
                vehicle=row.vehicle,
                partner=row.partner,
                crew=crew,
                seats=crew,
                arrive_utc=utc_of(arrive),
                depart_utc=utc_of(depart),
                days_aboard=(depart - arrive).days,
                duty_limit_days=255,
                relieves=None if relieved is None else relieved.flight,
                handover_days=overlap,
                ok=(depart - arrive).days <= 255,
            )
        )
    return tuple(found)


def supplies() -> tuple[Supply, ...]:
    day = np.arange(DAYS, dtype=float)

    def row(name: str, end: float, worst: tuple[float, float], at: date, days: np.ndarray) -> Supply:
        reserve_kg = np.full(DAYS, 900.0)
        stock_kg = reserve_kg + USE_KG_PER_DAY[name] * days
        return Supply(
            name=name,
            start_kg=2400.0,
            delivered_kg=9800.0,
            used_kg=12_200.0 - end - 40.0,
            recovered_kg=21_400.0 if name == "water" else 0.0,
            lost_kg=40.0,
            end_kg=end,
            reserve_kg=900.0,
            lowest_margin_kg=worst[0],
            lowest_margin_utc=utc_of(at),
            lowest_days=worst[1],
            days=SupplyDays(
                day=EPOCH.toordinal() + np.arange(DAYS, dtype=np.int64), stock_kg=stock_kg, reserve_kg=reserve_kg
            ),
        )

    saw = (day % 120.0) / 120.0
    return (
        row("water", 1650.0, (212.0, 96.0), date(2028, 6, 12), 160.0 - 90.0 * saw + 0.02 * day),
        row("food", 720.0, (-88.0, 41.0), date(2028, 10, 3), 120.0 - 70.0 * saw - 0.08 * day),
        row("oxygen", 410.0, (130.0, 118.0), date(2027, 8, 19), 95.0 - 30.0 * saw),
        row("spares", 5200.0, (1900.0, 300.0), date(2027, 1, 4), 300.0 + 0.1 * day),
    )


def missed_flights() -> tuple[MissedFlight, ...]:
    def row(flight: str, supply: str, lowest: float, day: date, left: float | None) -> MissedFlight:
        return MissedFlight(
            flight=flight, supply=supply, lowest_kg=lowest, lowest_utc=utc_of(day), days_to_reserve=left, ok=lowest >= 0
        )

    return (
        row("spx-35", "food", 310.0, date(2027, 2, 20), None),
        row("progress-ms-40", "propellant", -412.0, date(2028, 4, 6), 68.0),
        row("cygnus-2", "food", -260.0, date(2028, 5, 11), 75.0),
        row("cygnus-2", "water", 44.0, date(2028, 7, 2), None),
    )


def commitments() -> tuple[Commitment, ...]:
    def row(partner: str, need: str, until: str, start: str = "2026-09-04", flight: str | None = None) -> Commitment:
        return Commitment(
            partner=partner,
            need=need,
            from_utc=f"{start}T00:00:00Z",
            until_utc=f"{until}T00:00:00Z",
            backup=flight is not None,
            flight=flight,
            what="2.1 m/s from 300 kg" if flight else "",
        )

    roscosmos, others = "2028-12-31", "2030-12-31"
    return (
        row("roscosmos", "propulsion", roscosmos),
        *(
            row("nasa", "propulsion", f"{year}-08-24", f"{year}-02-26", f"cygnus-{year - 2026}")
            for year in range(2026, 2030)
        ),
        row("nasa", "propulsion", "2029-04-21", "2028-10-23", "cygnus-7"),
        row("nasa", "attitude-control", others),
        row("roscosmos", "attitude-control", roscosmos),
        row("nasa", "power", others),
        row("nasa", "crew-seats", others),
        row("roscosmos", "crew-seats", roscosmos),
        row("nasa", "cargo", others),
        row("jaxa", "cargo", others),
        row("roscosmos", "cargo", roscosmos),
        row("nasa", "control-centre", others),
        row("roscosmos", "control-centre", roscosmos),
        row("nasa", "deorbit", others, "2029-07-01"),
    )


def commitment_gaps() -> tuple[CommitmentGap, ...]:
    return (
        CommitmentGap(
            need="propulsion",
            from_utc="2029-01-01T00:00:00Z",
            to_utc="2030-12-31T00:00:00Z",
            days=730,
            consequence="no partner supplies aft reboost: the station falls 5.1 km in the first year",
            cover=("cargo-dragon-7: 9 m/s", "cygnus-3: 2.4 m/s"),
            covered_until_utc="2029-06-11T00:00:00Z",
        ),
        CommitmentGap(
            need="deorbit",
            from_utc="2026-09-04T00:00:00Z",
            to_utc="2029-06-30T00:00:00Z",
            days=1031,
            consequence="the station cannot be brought down on purpose",
            cover=(),
            covered_until_utc=None,
        ),
    )


def violations() -> tuple[Violation, ...]:
    def row(constraint: str, day: str, subject: str, amount: float, unit: str, text: str) -> Violation:
        fields = {"constraint": constraint, "utc": f"{day}T00:00:00Z", "subject": subject}
        return Violation.model_validate({**fields, "amount": amount, "unit": unit, "text": text})

    return (
        row(
            "phase", "2027-11-14", "soyuz-ms-31 launch", 25.2, "deg",
            "soyuz-ms-31 finds the station 25.2 deg beyond the 2-orbit window; let its launch move with "
            "rules.event_days=2, or allow 4-orbit.",
        ),
        row(
            "supply", "2028-10-03", "food", 88.0, "kg",
            "food is 88 kg below its reserve on 2028-10-03; bring cygnus-3 forward by 12 days.",
        ),
        row(
            "seat", "2028-12-20", "crew", 1.0, "seats",
            "4 people have 3 seats from 2028-12-20 on; keep soyuz-ms-32 until operations end.",
        ),
        row(
            "end-altitude", "2028-12-31", "station", 0.14, "km",
            "the station ends 0.14 km below 418.5 km; move the last reboost by a week.",
        ),
    )  # fmt: skip


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
