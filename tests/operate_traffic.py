"""Traffic, crews, supplies, commitments and limits missed of the made-up operation in ``operate_factory``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np

from pointnemo.operations.supplies import SupplyDays
from pointnemo.results import (
    Commitment,
    CommitmentGap,
    CrewInterval,
    CrewRotation,
    MissedFlight,
    PortInterval,
    Supply,
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
