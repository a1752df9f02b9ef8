"""The results of the other stages, and the plan that holds all of them. Fields are added, never renamed."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from pointnemo.results.base import Bulk, DataFile, Document, Estimate, Place, Skipped
from pointnemo.results.descending import Descend
from pointnemo.results.operating import Operate

__all__ = [
    "Assess",
    "BreakupPhase",
    "Check",
    "Footprint",
    "LandClearance",
    "MeanElements",
    "Plan",
    "Provenance",
    "Reenter",
    "Remedy",
    "Track",
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
