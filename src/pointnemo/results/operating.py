"""The result of ``operate``: how the station is kept flying. Fields are added, never renamed.

Dates that are whole days are ``YYYY-MM-DD``; instants are ISO 8601 with ``Z`` and end in ``_utc``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pointnemo.results.base import Bulk, Document, Shortfall

__all__ = [
    "Commitment",
    "CommitmentGap",
    "CrewInterval",
    "CrewRotation",
    "LedgerRow",
    "LedgerSum",
    "MissedFlight",
    "Operate",
    "PhaseWindow",
    "PlannedBurn",
    "PortInterval",
    "Reboost",
    "Reflight",
    "Replanned",
    "Solver",
    "Supply",
    "Transfer",
    "Violation",
]


# --- altitude and propellant -----------------------------------------------------------------------------------------


class Reboost(Document):
    utc: str
    source: str = Field(description="flight or station tank that thrusts")
    partner: str
    delta_v_mps: float
    duration_s: float
    propellant_kg: float
    altitude_before_km: float
    altitude_after_km: float
    purpose: str = Field("altitude", description="altitude, or phase with the event that the burn sets the phase for")


class PlannedBurn(Document):
    """One line of the schedule: the midnight (UTC), the tank that pays first, the altitude that it raises to."""

    utc: str
    source: str
    altitude_after_km: float
    purpose: str


class LedgerRow(Document):
    """Propellant of one tank to the hand-over: start + delivered + moved = sum of the uses + remaining."""

    tank: str
    partner: str
    start_kg: float
    delivered_kg: float
    moved_kg: float = Field(0.0, description="pumped over from another tank (positive) or to another (negative)")
    reboost_kg: float
    attitude_kg: float
    lowering_kg: float
    final_burns_kg: float
    departed_kg: float = Field(description="left aboard when the vehicle undocked")
    remaining_kg: float


class LedgerSum(Document):
    """The rows of one vehicle type (or of the station itself), or of one partner, added up."""

    name: str
    start_kg: float
    delivered_kg: float
    moved_kg: float
    reboost_kg: float
    attitude_kg: float
    lowering_kg: float
    final_burns_kg: float
    departed_kg: float
    remaining_kg: float


class Transfer(Document):
    """Propellant pumped from one tank into another."""

    utc: str
    from_tank: str
    to_tank: str
    kg: float


class PhaseWindow(Document):
    """What a launch or a landing asks of the station's place along its orbit, and what the plan gives it."""

    flight: str
    vehicle: str
    event: Literal["launch", "landing"]
    site: str
    direction: Literal["ascending", "descending"]
    utc: str = Field(description="liftoff, or passage of the landing site")
    scheme: str = Field(description="rendezvous, or landing, whose window this is")
    phase_deg: float | None = Field(
        description="launch: station ahead of the vehicle at insertion; landing: station ahead of the landing site "
        "when the site lies in its plane; null where the site meets the plane on no instant of that day"
    )
    low_deg: float
    high_deg: float
    trip_hours: float | None = Field(None, description="liftoff to docking")
    reflown_deg: float | None = Field(None, description="the same phase in the numerical re-flight")
    days_from_plan: int = Field(0, description="days that the event is moved from the date of the manifest")
    ok: bool


class Violation(Document):
    """A limit that cannot be kept; the plan is the one that misses its limits least."""

    constraint: Literal[
        "corridor", "end-altitude", "phase", "propellant", "reserve", "port", "clearance", "seat", "handover", "duty",
        "stay", "supply", "crew", "reboost",
    ]  # fmt: skip
    utc: str = Field(description="when it is worst")
    subject: str = Field(description="what misses it: a flight, a tank, a supply, a port")
    amount: float = Field(description="by how much, above 0")
    unit: str
    text: str = Field(description="one sentence: what, where, how to mend it")


class Solver(Document):
    """How good the schedule of reboosts is, as its solver tells."""

    method: str
    status: Literal["optimal", "within the gap asked for", "search limit", "nothing to decide", "not run"]
    objective_kg: float = Field(description="propellant of reboosts, plus what burns and margin weigh")
    bound_kg: float = Field(description="no schedule of the programme is cheaper, even one without phases")
    gap: float = Field(description="(objective - bound) / objective")
    burns: int
    slots: int = Field(description="days on which a burn could be made")
    rounds: int = Field(description="linearisations until the dynamics repeat the schedule")
    linear_error_km: float = Field(description="largest difference of altitude between the last two")


class Reflight(Document):
    """The schedule flown numerically, burn by burn, from the start state to the start of lowering."""

    model: str
    reboosts: tuple[Reboost, ...] = Field(description="as flown: ignition, delta-v trimmed to what the flight showed")
    lowest_margin_km: float = Field(description="least mean altitude above the lower edge of the corridor, any day")
    lowest_margin_utc: str
    highest_altitude_km: float
    end_altitude_km: float
    altitude_difference_km: float = Field(description="largest difference of mean altitude from the averaged plan")
    propellant_kg: float
    delta_v_mps: float
    violations: tuple[Violation, ...]
    altitude: Bulk = None


# --- traffic, crew, supplies -----------------------------------------------------------------------------------------


class PortInterval(Document):
    """One vehicle on one port; a flight that is relocated has several."""

    flight: str
    vehicle: str
    partner: str
    port: str
    dock_utc: str
    undock_utc: str
    status: Literal["past", "published", "cadence"]
    moved: bool = Field(False, description="came from another port, not from Earth")


class Replanned(Document):
    """What of the manifest is flown otherwise than asked for, because it cannot be flown as asked."""

    flight: str
    utc: str
    what: str
    wait_days: int = Field(0, description="days late only because no port was free")


class CrewInterval(Document):
    """A stretch of days with the same number of people and seats."""

    from_utc: str
    to_utc: str
    crew: int
    seats: int


class CrewRotation(Document):
    """One crew: when it comes, whom it relieves, how long it stays."""

    flight: str
    vehicle: str
    partner: str
    crew: int
    seats: int
    arrive_utc: str
    depart_utc: str
    days_aboard: int = Field(description="from launch or docking, whichever is known, to undocking")
    duty_limit_days: int
    relieves: str | None = Field(description="flight of the same partner whose crew leaves next after the arrival")
    handover_days: int | None = Field(description="days together with the crew relieved; negative where it had left")
    ok: bool


class MissedFlight(Document):
    """What happens to one supply if one flight is lost and nothing else changes (skip cycle)."""

    flight: str
    supply: str
    lowest_kg: float = Field(description="stock above its reserve at its lowest after the loss; negative: below it")
    lowest_utc: str
    days_to_reserve: float | None = Field(description="from the day of the loss; null where the reserve is not touched")
    ok: bool


class Supply(Document):
    """A consumable or spares, to the end of operations."""

    name: str
    start_kg: float
    delivered_kg: float
    used_kg: float = Field(description="by people and by the station, recycling taken off")
    recovered_kg: float = Field(description="given back by recycling")
    lost_kg: float = Field(description="delivered where there was no room for it")
    end_kg: float
    missing_kg: float = Field(default=0.0, description="asked for when nothing was left")
    reserve_kg: float = Field(description="kept back: largest over the days")
    lowest_margin_kg: float = Field(description="least stock above the reserve, any day")
    lowest_margin_utc: str
    lowest_days: float = Field(description="days that the stock lasts at the use of its worst day; at most 36500")
    days: Bulk = None


class Commitment(Document):
    """One partner supplies one thing until a day."""

    partner: str
    need: str
    from_utc: str
    until_utc: str
    backup: bool = Field(False, description="could, but is not committed to: a vehicle with an engine, a spare seat")
    flight: str | None = Field(default=None, description="of a backup: the flight that could, while it is docked")
    what: str = Field(default="", description="of a backup: what it gives")


class CommitmentGap(Document):
    """A stretch in which no committed partner supplies what is needed."""

    need: str
    from_utc: str
    to_utc: str
    days: int
    consequence: str
    cover: tuple[str, ...] = Field(description="flights that could help, each with what it gives")
    covered_until_utc: str | None = Field(description="how far that reaches; null where nothing covers it")
    people: int = Field(
        default=0,
        description="crew-seats that another partner still supplies: people whose own partner's commitment has ended",
    )


# --- the stage -------------------------------------------------------------------------------------------------------


class Operate(Document):
    """How the station is kept flying from the epoch to the start of lowering."""

    skipped: Literal[False] = False
    from_utc: str
    until_utc: str
    corridor_lower_km: float = Field(description="highest that the lower edge rises to; it is computed day by day")
    corridor_upper_km: float
    survival_days: int = Field(0, description="what the lower edge is computed from: days that it lasts unattended")
    survival_altitude_km: float = Field(0.0, description="and where it may be after them, under high solar activity")
    lowest_margin_km: float = Field(0.0, description="least mean altitude above the lower edge, any day")
    lowest_margin_utc: str = ""
    end_altitude_km: float = Field(0.0, description="mean altitude when lowering starts")
    lowest_altitude_km: float
    lowest_altitude_utc: str
    highest_altitude_km: float
    reboosts: tuple[Reboost, ...]
    reboost_delta_v_mps: float
    reboost_propellant_kg: float
    attitude_propellant_kg: float
    avoidance_propellant_kg: float = Field(0.0, description="kept for debris avoidance over a year; within the reserve")
    ledger: tuple[LedgerRow, ...]
    ledger_by_vehicle: tuple[LedgerSum, ...] = ()
    ledger_by_partner: tuple[LedgerSum, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    schedule: tuple[PlannedBurn, ...] = Field((), description="the decision; reboosts is what the mean line flies")
    lowest_propellant_margin_kg: float = Field(description="least total usable propellant above the reserve, any day")
    lowest_propellant_margin_utc: str
    shortfalls: tuple[Shortfall, ...]
    phases: tuple[PhaseWindow, ...] = ()
    solver: Solver | None = None
    reflight: Reflight | None = Field(None, description="null where it was not asked for")
    ports: tuple[PortInterval, ...]
    replanned: tuple[Replanned, ...] = ()
    crews: tuple[CrewInterval, ...]
    rotations: tuple[CrewRotation, ...] = ()
    lowest_seat_margin: int
    lowest_seat_margin_utc: str
    supplies: tuple[Supply, ...] = ()
    missed_flights: tuple[MissedFlight, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    commitment_gaps: tuple[CommitmentGap, ...] = ()
    violations: tuple[Violation, ...] = Field((), description="limits that this plan misses; empty: it keeps all")
    gaps: tuple[Shortfall, ...] = Field(description="what no committed partner supplies, from when")
    history: Bulk = None
    lower_km: Bulk = None
    propellant_margin_kg: Bulk = None
