"""The results of the other stages, and the plan that holds all of them. Fields are added, never renamed."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from pointnemo.results.base import Bulk, DataFile, Document, Estimate, Place, Skipped
from pointnemo.results.descending import Descend
from pointnemo.results.operating import Operate

__all__ = [
    "NOT_COMPARABLE",
    "Assess",
    "BranchRisk",
    "BreakupPhase",
    "CasualtyArea",
    "Check",
    "Convergence",
    "Driver",
    "ErrorPart",
    "Footprint",
    "HazardArea",
    "LandClearance",
    "LatitudeBand",
    "MeanElements",
    "Plan",
    "Provenance",
    "Reenter",
    "Remedy",
    "Rule",
    "Track",
    "Uncontrolled",
    "Verdict",
    "Warnings",
    "Window",
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


class BreakupPhase(Document):
    """One rung of the break-up ladder."""

    id: str
    text: str
    altitude_km: Estimate
    elements: tuple[str, ...]
    released_mass_kg: float
    fragments: Estimate = Field(description="number of pieces made")
    surviving_mass_kg: Estimate
    trigger: str = Field(default="height", description="what decided: as in reentry.trigger of the scenario")
    altitude_median_km: float | None = Field(default=None, description="over the runs; altitude_km holds 5 to 95 %")
    broke_by: dict[str, float] = Field(
        default={},
        description="share of the mass by what broke it: load, temperature, left-over; empty for drawn heights",
    )


class Driver(Document):
    """One cause of the footprint's spread, ranked."""

    id: str
    text: str
    length_share: float = Field(
        description="first-order share of the variance of the footprint's length; all rows sum to one"
    )
    toe_km_per_sigma: float = Field(
        description="toe moved by one sigma of it, down-range positive; of `rest` and `burn` one sigma, no direction"
    )
    heel_km_per_sigma: float


class Convergence(Document):
    """How far a result moves when steps are halved or runs are doubled."""

    what: str
    value: float
    finer: float
    relative: float
    sampling_interval: Estimate | None = Field(default=None, description="what the number of runs supports")


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
    drivers: tuple[Driver, ...] = ()
    convergence: tuple[Convergence, ...] = ()
    heating_law: str = "detra-kemp-riddell"
    wind: str = "none"
    trigger: str = "height"
    impacts: Bulk = None


class LandClearance(Document):
    """Distance from the nearest land to the nearest surviving dangerous fragment."""

    distance_km: float
    land: Place
    fragment: Place
    antarctic_ice_distance_km: float


class CasualtyArea(Document):
    """Casualty area by one definition."""

    definition: Literal["nasa", "opiela-matney", "cnes"]
    area_m2: Estimate
    source: str


NOT_COMPARABLE = "A quantity of its own, not comparable with those of the other agencies."
"""Ends ``Rule.text``, for a reader of one rule alone; a table of all rules says it once."""


class Rule(Document):
    """One rule of one agency, each with its own quantity; they are not to be compared with each other."""

    agency: Literal["NASA", "ESA", "FAA", "CNES"]
    document: str
    quantity: str
    value: float | None
    limit: float
    unit: str
    ok: bool | None = Field(description="null where the quantity cannot be had from this run")
    text: str = ""


class ErrorPart(Document):
    """What one cause of error alone does to a casualty expectation."""

    id: Literal["population", "break-up", "casualty-area", "sample"]
    text: str
    interval: Estimate


class BranchRisk(Document):
    """A branch of the tree: nominal, or a failure, with its own expectation."""

    id: str
    text: str
    probability: float | None = Field(description="as the scenario has it; null where nobody gave one")
    casualty_expectation: Estimate = Field(description="given that it happens and nothing else is done")
    share: float | None = Field(description="probability times expectation")
    completes_later: bool = Field(default=False, description="the descent can still be completed on a later pass")


class Window(Document):
    """When a layer of air, or the sea, is closed."""

    layer: str
    low_km: float
    high_km: float
    from_utc: str
    to_utc: str


class HazardArea(Document):
    """An area to be closed or warned of."""

    id: Literal["declared", "safety", "ship", "aircraft", "floating"]
    text: str
    level: float = Field(description="probability that all dangerous pieces of a run fall inside")
    confidence: float | None = Field(
        description="that the level is reached, by the number of runs alone (Wilks 1941); null for contours"
    )
    model_confidence: float | None = Field(
        default=None,
        description="that it is reached if the model of the tail and the assumed tails of the inputs, told in method,"
        " are right; null where the runs alone have 95 %",
    )
    runs: int
    runs_needed: int | None = Field(default=None, description="runs that would reach it so with 95 % confidence")
    checked_runs: int | None = Field(default=None, description="of a backup pass: runs flown from its own entry")
    checked_inside: float | None = Field(default=None, description="share of these runs that lies wholly inside")
    method: str
    polygon: tuple[tuple[float, float], ...] = Field(
        description="[longitude_deg, latitude_deg], closed; longitudes run on beyond 180 at the antimeridian"
    )
    length_km: float
    width_km: float
    area_km2: float
    land_distance_km: float
    nearest_land: Place
    windows: tuple[Window, ...]


class Warnings(Document):
    """Texts for mariners and pilots, ready to be sent by those who may."""

    navarea: tuple[str, ...]
    notam: tuple[str, ...]
    backup_navarea: tuple[str, ...] = ()
    backup_notam: tuple[str, ...] = ()
    notes: tuple[str, ...] = Field(default=(), description="what is approximate in these texts, and how much")


class Exposure(Document):
    """What would hit a ship or an aircraft that is at the worst place; how often one is there is not known."""

    id: Literal["ship", "aircraft"]
    text: str
    probability: float = Field(description="of a hit, given that it stays there from the first piece to the last")
    worst_10_min: float = Field(description="the part of it in the ten minutes in which most pieces pass")
    limit: float
    place: Place
    from_utc: str = Field(description="first piece in the layer, of all runs")
    to_utc: str = Field(description="last piece")


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
        description="limit / uncontrolled_casualty_expectation: failures of the final burn alone, the nominal descent "
        "left out; with it: largest_failure_probability"
    )
    clearance: LandClearance
    casualty_areas: tuple[CasualtyArea, ...] = ()
    pieces_below_threshold: Estimate | None = Field(default=None, description="that land with less than the energy")
    probability_of_casualty: Estimate | None = Field(
        default=None, description="of one or more, given that every burn works"
    )
    individual_risk: float | None = Field(default=None, description="largest probability of casualty of any one person")
    individual_risk_place: Place | None = None
    branches: tuple[BranchRisk, ...] = ()
    total_casualty_expectation: Estimate | None = Field(
        default=None,
        description="nominal and failures weighted by their probabilities, if nothing is done after a failure",
    )
    total_completed_casualty_expectation: Estimate | None = Field(
        default=None, description="the same if every descent that can be completed later is, and then goes as planned"
    )
    rules: tuple[Rule, ...] = ()
    hazard_areas: tuple[HazardArea, ...] = ()
    backup_hazard_areas: tuple[HazardArea, ...] = Field(
        default=(),
        description="the same for the first backup pass that keeps clear: carried over to it, checked by flown runs",
    )
    backup_pass: str = Field(default="", description="id of that pass among the opportunities; empty without one")
    exposures: tuple[Exposure, ...] = Field(default=(), description="a ship, and an aircraft, at the worst place")
    hazard_note: str = Field(default="", description="why there are no areas; empty where there are")
    warnings: Warnings | None = None
    floating_pieces: Estimate | None = None
    toxic_pieces: Estimate | None = None
    casualty_area_below_threshold_m2: Estimate | None = Field(
        default=None, description="of the pieces that land with less than the energy: left out everywhere else"
    )
    expectation_parts: tuple[ErrorPart, ...] = Field(default=(), description="errors of casualty_expectation")
    uncontrolled_expectation_parts: tuple[ErrorPart, ...] = ()
    individual_risk_anywhere: float | None = Field(
        default=None, description="of somebody in the open at the worst place of all, as on a ship that was not warned"
    )
    individual_risk_anywhere_place: Place | None = None
    largest_failure_probability: float | None = Field(
        default=None,
        description="of all burns together, at which nominal and the worst failure use up the limit; 0 where the "
        "nominal descent alone does",
    )


class LatitudeBand(Document):
    """What an uncontrolled re-entry brings to one band of latitude."""

    south_deg: float
    north_deg: float
    probability: float = Field(description="that it comes down there")
    density_per_km2: float = Field(description="persons, sea and land together")
    casualty_expectation: float = Field(description="part of the whole")


class Uncontrolled(Document):
    """Who is at risk from an object that re-enters uncontrolled."""

    inclination_deg: float
    year: float
    casualty_area_m2: Estimate
    casualty_expectation: Estimate
    one_in: float | None = Field(description="1 / casualty expectation; null where nobody lives under the orbit")
    probability_of_casualty: Estimate = Field(description="of one or more")
    density_per_km2: Estimate = Field(description="persons under the orbit")
    population_sigma: float = Field(description="of the logarithm of the density")
    critical_area_m2: Estimate | None = Field(description="casualty area that just reaches the limit")
    individual_risk: float = Field(description="largest probability of casualty of any one person")
    individual_risk_place: Place | None
    latitudes: tuple[LatitudeBand, ...] = Field(description="from the south, where it can come down")
    rules: tuple[Rule, ...]


class Remedy(Document):
    """The least change of one lever that makes a failed check pass, re-flown; or how far that lever goes at most."""

    lever: Literal["best_way", "lowering_start", "lowering_propellant", "target_date", "other"]
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
