"""The result of the stage ``descend``: how the station comes down. Fields are added, never renamed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pointnemo.results.base import Bulk, Document, Estimate, Place

__all__ = [
    "AttitudeSpell",
    "Branch",
    "Burn",
    "BurnReliability",
    "Constraint",
    "Descend",
    "Entry",
    "LossDay",
    "LoweringStage",
    "Milestone",
    "Opportunity",
    "Optimum",
    "PhaseError",
    "Phasing",
    "PhasingStep",
    "PointOfNoReturn",
    "Recourse",
    "Reliability",
    "SolarLine",
    "Strategy",
    "Targeting",
    "Trade",
    "TradeLatest",
    "TradeRow",
    "TradeSupplier",
    "TradeSupply",
]


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
    thrusters: int | None = Field(default=None, description="that burn together")
    cosine_loss: float = Field(default=0.0, description="share of the thrust that canted thrusters lose")
    impulsive_delta_v_mps: float | None = Field(
        default=None, description="of a single impulse for the same perigee; the rest is lost to gravity and steering"
    )
    settled_since_utc: str | None = Field(default=None, description="when the attitude for this burn is held from")
    part: int = Field(default=1, description="of a burn that the duty limit splits, counted from 1")
    parts: int = 1


class Targeting(Document):
    aim: Place
    reference_impact: Place
    reference_ballistic_factor_m2_kg: float
    miss_km: float
    converged: bool
    iterations: int
    orbit_shift_s: float = Field(
        description="phase chosen at the hand-over, as time later at the node, -half..+half a revolution"
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
    turn: bool = Field(
        default=False, description="in the attitude flown with a crew, the station is turned before it lowers"
    )


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
    final_burns_kg: float = Field(
        description="what is kept for the targeted burns: the most that the plan's and those of the best ways take"
    )
    deorbit_reserve_kg: float
    final_phase_days: float = Field(description="from the end of the averaged flight to entry")
    suppliers: tuple[TradeSupplier, ...]
    rows: tuple[TradeRow, ...] = Field(description="by target date, activity, start")
    latest: tuple[TradeLatest, ...]
    not_held: tuple[str, ...] = Field(
        default=(), description="starts left out because the station cannot be held until then"
    )


class AttitudeSpell(Document):
    """How the station flies in a part of the descent."""

    from_utc: str
    to_utc: str | None = Field(description="null where the data end before it")
    part: Literal["crewed", "uncrewed", "burns"]
    attitude: str = Field(description="key of the scenario's attitudes")
    text: str
    cd_area_m2: Estimate = Field(description="drag coefficient times area that the air meets, mean over a revolution")
    thrust: tuple[str, ...] = Field(
        default=(),
        description="for every engine on board that can act: which way it pushes, and whether a turn is needed",
    )


class LoweringStage(Document):
    """A part of the propulsive lowering, paid by one supplier."""

    supplier: str = Field(description="key of a flight, or of a tank of the station")
    start_utc: str
    end_utc: str
    propellant_kg: float
    delta_v_mps: float


class Constraint(Document):
    """One thing that a strategy must keep, and whether it does."""

    id: str
    text: str
    value: float | str | None
    limit: float | str
    unit: str
    ok: bool


class Strategy(Document):
    """The best way down for one objective."""

    objective: Literal["least-propellant", "latest-crew-departure", "largest-margin"]
    feasible: bool
    why_not: str = Field(default="", description="what cannot be kept, and by how much; empty where all is kept")
    lowering_start_utc: str
    stages: tuple[LoweringStage, ...]
    hold_altitude_km: float
    propellant_kg: float = Field(description="spent on lowering, all stages together")
    deorbit_left_kg: float = Field(description="left in the deorbit vehicle above final burns and reserve")
    crew_departure_utc: str | None
    crew_departure_altitude_km: float | None
    entry_utc: str | None
    margin_days: float | None = Field(description="from entry to the end of the target date; negative where late")
    constraints: tuple[Constraint, ...]
    set: tuple[str, ...] = Field(description="KEY=VALUE lines for --set that make the plan fly it")
    evaluations: int = Field(description="descents flown to find it")
    entry_low_utc: str | None = Field(
        default=None, description="entry of the same way under low solar activity; null where the data end before it"
    )
    entry_high_utc: str | None = Field(default=None, description="the same under high solar activity")


class Optimum(Document):
    """What was sought and found between the end of operations and entry interface."""

    activity: Literal["low", "mean", "high"]
    chosen: Literal["least-propellant", "latest-crew-departure", "largest-margin"]
    strategies: tuple[Strategy, ...] = Field(description="one per objective")
    plan_is_best: bool = Field(description="the plan as decided is, within a day and 10 kg, the chosen strategy")
    text: str


class PointOfNoReturn(Document):
    """The last instant from which the station could still be raised with what is docked."""

    activity: Literal["low", "mean", "high"]
    utc: str | None = Field(description="null where nothing docked could raise it at any time of the descent")
    altitude_km: float | None
    raised_to_km: float | None = Field(description="altitude to reach, from which it lasts the survival days")
    needed_mps: float | None
    available_mps: float | None
    with_what: tuple[str, ...] = Field(default=(), description="vehicles and tanks that pay, in order")
    text: str
    without_deorbit_vehicle: bool = Field(
        default=False, description="the deorbit vehicle keeps its propellant for the targeted burns"
    )
    propellant_kg: float | None = Field(default=None, description="that the raise takes")
    raise_days: float | None = Field(default=None, description="that the raise takes, against drag")


class PhasingStep(Document):
    """One early lowering that shifts the station along its orbit."""

    utc: str
    altitude_before_km: float
    altitude_after_km: float
    delta_v_mps: float
    propellant_kg: float


class PhaseError(Document):
    """How well the place along the orbit at the hand-over is known so many days before."""

    days_before: float
    sigma_s: float = Field(description="one sigma, as time along the orbit")
    correctable_s: float = Field(description="what a step made then can still shift")


class Phasing(Document):
    """How the station is made to be at the wanted place of its orbit when the targeted burns begin."""

    wanted_shift_s: float | None = Field(
        description="along-track shift at the hand-over, as time; positive is earlier; null where nothing was flown"
    )
    steps: tuple[PhasingStep, ...]
    reached_shift_s: float = Field(description="as flown numerically with the steps, against the flight without them")
    residual_s: float | None = Field(description="wanted less reached")
    propellant_kg: float = Field(description="above what the same lowering would take without phasing")
    spent_kg: float = Field(default=0.0, description="by the steps")
    altitude_km: float | None = Field(default=None, description="mean, at the hand-over, as flown with the steps")
    miss_km: float | None = Field(
        default=None, description="reference impact from the aim, burns flown on from there; null where they are not"
    )
    errors: tuple[PhaseError, ...]
    text: str


class Opportunity(Document):
    """One pass on which the station can be brought down, the primary or a backup."""

    id: str
    kind: Literal["primary", "next-revolution", "next-day"]
    revolutions_later: int = Field(description="of the final burn, after the primary one")
    pass_direction: Literal["ascending", "descending"]
    final_burn_utc: str
    entry_utc: str | None
    aim: Place
    reference_impact: Place | None
    miss_km: float | None
    converged: bool
    burns: tuple[Burn, ...] = Field(description="what is left to be made if this opportunity is taken")
    propellant_kg: float
    perigee_before_km: float = Field(description="osculating, before the final burn")
    heel: Place
    toe: Place
    land_clearance_km: float = Field(description="of the footprint that the aiming loop expects")
    nearest_land: str
    ice_clearance_km: float
    clear: bool = Field(description="land and ice clearances of the rules are kept")
    short_by_km: float = Field(description="by how much they are not; 0 where they are")
    text: str = ""
    entry: Entry | None = None


class Recourse(Document):
    """Something that can still be done."""

    id: Literal["complete-later", "raise", "deorbit-otherwise", "shift", "none"]
    text: str
    vehicle: str = ""
    until_utc: str | None = Field(default=None, description="until when; null where it cannot be told")
    delta_v_mps: float | None = None
    propellant_kg: float | None = None


class Branch(Document):
    """What happens if a burn goes wrong and nothing else is done; and what could be."""

    id: str
    burn: str = Field(description="id of the burn")
    failure: Literal["not-started", "stops-early", "overburn", "points-wrong", "starts-late"]
    amount: float = Field(description="share of the delta-v made, or degrees off, or seconds late")
    unit: Literal["share", "deg", "s"]
    utc: str = Field(description="when it is known: the end of the burn, or when it should have begun")
    delta_v_mps: float = Field(description="made by this burn")
    perigee_km: float = Field(description="osculating, after it")
    apogee_km: float
    entry_utc: str | None = Field(description="mean; null where it stays up beyond what is flown")
    days_to_entry: Estimate | None
    impact: Place | None = Field(description="of the reference body, in the mean")
    range_shift_km: float | None = Field(description="along the track past the aim; null beyond half a revolution")
    along_track_sigma_km: float | None = Field(description="of the place, from the spread of the time")
    random: bool = Field(description="the spread is more than half a revolution: it may fall anywhere under its orbit")
    control_until_utc: str | None = Field(description="until when the attitude can be held")
    recourses: tuple[Recourse, ...]
    casualty_expectation: Estimate | None = Field(default=None, description="if nothing else is done")
    density_per_km2: float | None = Field(
        default=None, description="persons where it falls; null: anywhere under the orbit, by its own density"
    )


class LossDay(Document):
    """Total loss of propulsion on one day of the descent."""

    utc: str
    altitude_km: float
    activity: Literal["low", "mean", "high"] = "mean"
    entry_utc: str | None
    days_to_entry: Estimate | None = Field(description="mean, low and high solar activity and drag")
    docked: tuple[str, ...] = Field(description="who is there with an engine and propellant")
    control_until_utc: str | None = Field(description="when the gyros saturate, and nothing holds the attitude")
    recourses: tuple[Recourse, ...]
    casualty_expectation: Estimate | None = None


class BurnReliability(Document):
    """What is asked of one burn so that its failure keeps the limit."""

    burn: str
    worst_branch: str
    casualty_expectation: float
    largest_failure_probability: float
    required_reliability: float


class Reliability(Document):
    """P(fail) times the casualty expectation of the failed branch below the limit (NASA-STD-8719.14C 4.7-1c)."""

    casualty_limit: float
    burns: tuple[BurnReliability, ...]
    uncontrolled_casualty_expectation: Estimate
    text: str
    casualty_area_m2: Estimate | None = Field(default=None, description="that all of these expectations stand on")
    break_up: str = Field(default="", description="of which break-up it is: the small one of the aiming, or reenter's")


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
    attitude_propellant_kg: float = Field(
        default=0.0, description="of it, to steer from the hand-over to the entry interface"
    )
    final_perigee_km: float | None
    targeting: Targeting | None
    entry: Entry | None
    trade: Trade | None = Field(
        default=None,
        description="start of lowering against propellant against entry date; null in results that only survey",
    )
    optimum: Optimum | None = Field(default=None, description="the best ways down; null where it was not asked for")
    attitudes: tuple[AttitudeSpell, ...] = ()
    points_of_no_return: tuple[PointOfNoReturn, ...] = ()
    phasing: Phasing | None = None
    opportunities: tuple[Opportunity, ...] = Field(default=(), description="the primary first, then backups by time")
    branches: tuple[Branch, ...] = Field(default=(), description="every burn and how it can fail")
    losses: tuple[LossDay, ...] = Field(
        default=(),
        description="total loss of propulsion: the first and the last day, each on which who is docked or what can be "
        "done changes, and one in 30 between",
    )
    reliability: Reliability | None = None
    history: Bulk = None
    trajectory: Bulk = None
    targeted: Bulk = None
    loss_days: Bulk = None  # LossDay for every day; ``losses`` are some of them
