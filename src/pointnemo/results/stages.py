"""The results of the other stages, and the plan that holds all of them. Fields are added, never renamed."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from pointnemo.results.base import Bulk, DataFile, Document, Estimate, Place, Skipped
from pointnemo.results.operating import Operate

__all__ = [
    "Assess",
    "BreakupPhase",
    "Burn",
    "Check",
    "Descend",
    "Entry",
    "Footprint",
    "LandClearance",
    "MeanElements",
    "Milestone",
    "Plan",
    "Provenance",
    "Reenter",
    "Remedy",
    "SolarLine",
    "Targeting",
    "Track",
    "Trade",
    "TradeLatest",
    "TradeRow",
    "TradeSupplier",
    "TradeSupply",
    "Verdict",
]


class MeanElements(Document):
    """Mean orbit (first-order J2 short periods removed), referred to the true equator of date.

    The node counts from the GCRS x axis, turned with the pole by the shortest way.
    """

    semi_major_axis_km: float
    eccentricity_x: float = Field(description="e cos(argument of perigee)")
    eccentricity_y: float = Field(description="e sin(argument of perigee)")
    inclination_deg: float
    node_deg: float
    argument_of_latitude_deg: float


class Track(Document):
    """Where the station is and how it decays."""

    skipped: Literal[False] = False
    epoch_utc: str
    origin: str = Field(description="who measured or predicted this state, and in which file")
    frame: Literal["GCRS"] = "GCRS"
    position_km: tuple[float, float, float]
    velocity_km_s: tuple[float, float, float]
    position_sigma_km: float = Field(description="one-sigma position uncertainty of the state as given")
    altitude_km: float = Field(description="mean semi-major axis - 6378.137")
    apogee_km: float
    perigee_km: float
    inclination_deg: float = Field(description="to the true equator of date")
    mean: MeanElements
    mass_kg: float
    cd_area_m2: Estimate
    ballistic_factor_m2_kg: Estimate = Field(description="C_D A / m")
    decay_km_per_day: Estimate = Field(description="mean altitude lost per day at the epoch; positive when falling")


class SolarLine(Document):
    """The descent under one level of solar activity. A date is null where the data end before the event."""

    activity: Literal["low", "mean", "high"]
    percentile: float = Field(description="of the forecast F10.7 distribution")
    altitude_at_operate_until_km: float | None = Field(description="null where it is down by then")
    altitude_at_deorbit_by_km: float | None = Field(description="null where it is down by then")
    crew_departure_utc: str | None
    hold_utc: str | None
    entry_utc: str | None
    f107_mean: float = Field(description="mean F10.7 from the start of lowering to entry or to the deorbit date, sfu")


class Milestone(Document):
    id: str
    utc: str
    altitude_km: float
    text: str


class Burn(Document):
    """One finite burn, flown numerically."""

    id: str
    vehicle: str
    start_utc: str
    duration_s: float
    delta_v_mps: float
    thrust_n: float
    specific_impulse_s: float
    propellant_kg: float
    direction: Literal["retrograde", "prograde"]
    mass_before_kg: float
    perigee_before_km: float
    apogee_before_km: float
    perigee_after_km: float
    apogee_after_km: float
    start: Place
    end: Place


class Targeting(Document):
    aim: Place
    reference_impact: Place
    reference_ballistic_factor_m2_kg: float
    miss_km: float
    converged: bool
    iterations: int
    orbit_shift_s: float = Field(
        description="along-track phase chosen at the hand-over, as time, -half..+half a revolution"
    )
    direction: Literal["ascending", "descending"] = Field(description="pass over the aim")
    aim_shift_km: float = Field(
        0.0, description="how far the aiming loop moved the aim along the track, km, to clear land"
    )


class Entry(Document):
    """Crossing of the entry interface."""

    utc: str
    height_km: float
    place: Place
    inertial_speed_km_s: float
    flight_path_angle_deg: float = Field(description="of the inertial velocity, negative downwards")
    azimuth_deg: float = Field(description="of the inertial velocity, from north over east")
    mass_kg: float
    position_km: tuple[float, float, float] = Field(description="GCRS")
    velocity_km_s: tuple[float, float, float] = Field(description="GCRS")


class TradeSupplier(Document):
    """Somebody who has an engine and could have propellant for the lowering."""

    id: str = Field(description="key of the vehicle, or of the station's tank")
    name: str
    kind: Literal["vehicle", "tank"]
    partner: str
    load_kg: float = Field(description="what one vehicle brings, or the tank holds when full")
    specific_impulse_s: float
    able: bool = Field(description="it has propellant, can lower, and a port that lets it")
    why_not: str = ""


class TradeSupply(Document):
    """What a supplier who is able could do for one row."""

    supplier: str
    needed_kg: float = Field(description="if it pays alone")
    loads: float | None = Field(description="vehicles, or fillings of the tank, that this takes")
    there_kg: float = Field(
        description="of it above reserves, and for the deorbit vehicle above the final burns: docked when lowering "
        "starts or docking while it lasts, as the manifest has it"
    )
    enough: bool


class TradeRow(Document):
    """One start of lowering under one level of solar activity, held against one target date."""

    deorbit_by: str
    start_utc: str
    activity: Literal["low", "mean", "high"]
    percentile: float = Field(description="of the forecast F10.7 distribution")
    altitude_km: float = Field(description="mean altitude when lowering starts")
    entry_without_utc: str | None = Field(description="entry by drag alone; null where the data end before it")
    earliest_entry_utc: str | None = Field(description="entry with as much propellant as can be spent")
    propellant_kg: float | None = Field(description="least that meets the date; null where no amount does")
    delta_v_mps: float | None
    entry_utc: str | None = Field(description="entry with that propellant")
    supplies: tuple[TradeSupply, ...] = Field(
        default=(), description="who is able; empty where nothing is needed, or nothing enough"
    )
    paid: bool = Field(description="nothing is needed, or what is there of all suppliers together is enough")
    deorbit_left_kg: float | None = Field(
        default=None,
        description="left in the deorbit vehicle for the final burns if it pays alone; null where nothing is needed",
    )
    deorbit_pays: bool = Field(
        default=False, description="it is docked in time, and the final burns and its reserve are left"
    )


class TradeLatest(Document):
    """The latest start of lowering that meets a date by drag alone."""

    deorbit_by: str
    activity: Literal["low", "mean", "high"]
    percentile: float
    start_utc: str | None = Field(
        description="null where even the earliest start needs propellant; where none of the rows does, the last of them"
    )


class Trade(Document):
    """Start of lowering against propellant against entry date. The least is found to one kilogram or one day."""

    deorbit_by: str = Field(description="the date of the plan; every month is told for it, every quarter for others")
    plan_start_utc: str
    plan_propellant_kg: float
    lowering_vehicle: str
    lowering_kg_per_day: float
    deorbit_vehicle: str
    final_burns_kg: float = Field(description="what the targeted burns take; impulsive estimate where none are flown")
    deorbit_reserve_kg: float
    final_phase_days: float = Field(description="from the end of the averaged flight to entry")
    suppliers: tuple[TradeSupplier, ...]
    rows: tuple[TradeRow, ...] = Field(description="by target date, activity, start")
    latest: tuple[TradeLatest, ...]
    not_held: tuple[str, ...] = Field(
        default=(), description="starts left out because the station cannot be held until then"
    )


class Descend(Document):
    """How the station comes down, from the start of lowering to the entry interface."""

    skipped: Literal[False] = False
    lowering_start_utc: str
    lowering_propellant_kg: float
    lowering_delta_v_mps: float
    lowering_vehicle: str
    lines: tuple[SolarLine, ...]
    milestones: tuple[Milestone, ...]
    crew_departure_utc: str
    crew_departure_altitude_km: float
    entry_utc: str | None = Field(
        description="entry interface; null where the station does not come down by the data's end"
    )
    burns: tuple[Burn, ...]
    deorbit_vehicle: str
    deorbit_vehicle_arrival_utc: str
    deorbit_vehicle_departure_utc: str = Field(description="as the manifest has it; it should stay to the end")
    deorbit_propellant_available_kg: float
    deorbit_propellant_used_kg: float
    final_perigee_km: float | None
    targeting: Targeting | None
    entry: Entry | None
    trade: Trade | None = Field(
        default=None,
        description="start of lowering against propellant against entry date; null in results that only survey",
    )
    history: Bulk = None
    trajectory: Bulk = None


class BreakupPhase(Document):
    """One rung of the break-up ladder."""

    id: str
    text: str
    altitude_km: Estimate
    elements: tuple[str, ...]
    released_mass_kg: float
    fragments: Estimate = Field(description="number of pieces made")
    surviving_mass_kg: Estimate


class Footprint(Document):
    heel: Place
    toe: Place
    length_km: Estimate
    width_km: Estimate
    level: float = Field(description="share of surviving dangerous fragments inside the polygon")
    polygon: tuple[tuple[float, float], ...] = Field(description="[longitude_deg, latitude_deg], closed")


class Reenter(Document):
    """What breaks up, what survives, where it falls."""

    skipped: Literal[False] = False
    fragments_flown: int
    realisations: int
    entry_mass_kg: float
    phases: tuple[BreakupPhase, ...]
    surviving_mass_kg: Estimate
    surviving_fraction: Estimate
    surviving_fragments: Estimate
    impact_centre: Place
    first_impact_utc: str
    last_impact_utc: str
    footprint: Footprint
    assumptions: tuple[str, ...]
    impacts: Bulk = None


class LandClearance(Document):
    """Distance from the nearest land to the nearest surviving dangerous fragment."""

    distance_km: float
    land: Place
    fragment: Place
    antarctic_ice_distance_km: float


class Assess(Document):
    """Who is at risk."""

    skipped: Literal[False] = False
    year: int
    energy_threshold_j: float
    casualty_area_m2: Estimate
    dangerous_fragments: Estimate
    casualty_expectation: Estimate = Field(description="of the controlled re-entry, given that every burn works")
    uncontrolled_casualty_expectation: Estimate = Field(description="if no burn is ever made")
    largest_burn_failure_probability: float = Field(
        description="failure probability of the final burn at which the failed branch alone uses up the limit"
    )
    clearance: LandClearance


class Remedy(Document):
    """The least change of one lever that makes a failed check pass, re-flown; or how far that lever goes at most."""

    lever: Literal["lowering_start", "lowering_propellant", "target_date", "other"]
    text: str
    set: tuple[str, ...] = Field(description="KEY=VALUE lines for --set; empty where the lever cannot mend the check")
    value_after: float | str | None = Field(default=None, description="value of the check with the lever turned")
    ok: bool = Field(description="True where the re-flown plan passes the check")


class Check(Document):
    id: str
    text: str
    value: float | int | str | None
    limit: float | int | str
    unit: str
    ok: bool
    remedies: tuple[Remedy, ...] = ()


class Verdict(Document):
    feasible: bool
    summary: str
    checks: tuple[Check, ...]


class Provenance(Document):
    package_version: str
    scenario: str
    scenario_hash: str
    input_hash: str
    set: tuple[str, ...]
    seed: int
    data: tuple[DataFile, ...]
    models: tuple[str, ...]


class Plan(Document):
    """The whole document, ``pointnemo/plan/1``."""

    schema_: Literal["pointnemo/plan/1"] = Field("pointnemo/plan/1", alias="schema")
    track: Track | Skipped
    operate: Operate | Skipped
    descend: Descend | Skipped
    reenter: Reenter | Skipped
    assess: Assess | Skipped
    verdict: Verdict
    provenance: Provenance

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, populate_by_name=True
    )
