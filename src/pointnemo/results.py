"""What each stage returns: the contract between stages and with every reader of ``plan.json``.

Stage results are frozen pydantic models, so that the JSON Schema is the code. Fields are added, never renamed. Bulk
numbers (daily histories, flown trajectories, fragments) are frozen dataclasses of arrays that travel beside the
documents (``history``, ``trajectory``, ``impacts``), are written to their own files and stay out of the JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

__all__ = [
    "Assess",
    "BreakupPhase",
    "Burn",
    "Check",
    "CrewInterval",
    "DataFile",
    "Descend",
    "Entry",
    "Estimate",
    "Footprint",
    "History",
    "Impacts",
    "LandClearance",
    "LedgerRow",
    "MeanElements",
    "Milestone",
    "Operate",
    "Place",
    "Plan",
    "PortInterval",
    "Provenance",
    "Reboost",
    "Reenter",
    "Remedy",
    "Shortfall",
    "Skipped",
    "SolarLine",
    "Targeting",
    "Track",
    "Trajectory",
    "Verdict",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


# --- bulk arrays ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """Day-by-day altitude and propellant of every run; the leading axis of 2-D arrays is the run.

    Attributes:
        runs: name of each run, for example ``("low", "mean", "high")``.
        tanks: key of each tank, in the order of the last axis of ``propellant_kg``.
        tt_s: shape (days,), TT seconds since J2000 of each row, the same for all runs.
        altitude_km: shape (runs, days), mean semi-major axis - 6378.137; NaN never occurs: after the hand-over to
            the last days the last value is kept and ``flying`` is False.
        perigee_km: shape (runs, days), mean perigee radius - 6378.137.
        apogee_km: shape (runs, days), mean apogee radius - 6378.137.
        mass_kg: shape (runs, days), the whole stack with docked vehicles and all propellant.
        propellant_kg: shape (runs, days, tanks).
        f107: shape (runs, days), observed-scale F10.7 of the day (sfu).
        regime: shape (days,), index into ``world.weather.REGIMES``.
        flying: shape (runs, days), True until the hand-over.
    """

    runs: tuple[str, ...]
    tanks: tuple[str, ...]
    tt_s: FloatArray
    altitude_km: FloatArray
    perigee_km: FloatArray
    apogee_km: FloatArray
    mass_kg: FloatArray
    propellant_kg: FloatArray
    f107: FloatArray
    regime: IntArray
    flying: NDArray[np.bool_]


@dataclass(frozen=True)
class Trajectory:
    """The numerically flown last days, from the hand-over to the start of break-up.

    Attributes:
        tt_s: shape (n,), TT seconds since J2000, increasing; the epoch of a segment border occurs twice.
        position_km: shape (n, 3), GCRS.
        velocity_km_s: shape (n, 3), GCRS.
        mass_kg: shape (n,).
        height_km: shape (n,), geodetic on WGS 84.
        latitude_deg: shape (n,), geodetic.
        longitude_deg: shape (n,), -180..180.
        segment: shape (n,), index of the coast or burn that each row belongs to.
        segments: name of each segment, for example ``("coast", "lower-1", "coast", "final", "coast")``.
    """

    tt_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray
    mass_kg: FloatArray
    height_km: FloatArray
    latitude_deg: FloatArray
    longitude_deg: FloatArray
    segment: IntArray
    segments: tuple[str, ...]


@dataclass(frozen=True)
class Impacts:
    """Representative fragments at the ground (or demised); one row each.

    Attributes:
        run: shape (n,), index of the break-up realisation that the row belongs to.
        element: shape (n,), index into ``elements``.
        elements: element keys.
        fragment_class: shape (n,), index into ``classes``.
        classes: names of the fragment classes.
        weight: shape (n,), how many real fragments the row stands for.
        survives: shape (n,), False where the fragment demised.
        latitude_deg, longitude_deg: shape (n,), impact point (or where it demised).
        downrange_km: shape (n,), along the entry track from the aim point, positive in flight direction.
        crossrange_km: shape (n,), positive to the left of the track.
        mass_kg: shape (n,), mass of one fragment at the end.
        initial_mass_kg: shape (n,), mass of one fragment at release.
        area_m2: shape (n,), mean projected area of one fragment at the end.
        speed_mps: shape (n,), impact speed.
        kinetic_energy_j: shape (n,).
        release_height_km: shape (n,).
        demise_height_km: shape (n,), 0 where it survives.
        time_of_fall_s: shape (n,), from release.
    """

    run: IntArray
    element: IntArray
    elements: tuple[str, ...]
    fragment_class: IntArray
    classes: tuple[str, ...]
    weight: FloatArray
    survives: NDArray[np.bool_]
    latitude_deg: FloatArray
    longitude_deg: FloatArray
    downrange_km: FloatArray
    crossrange_km: FloatArray
    mass_kg: FloatArray
    initial_mass_kg: FloatArray
    area_m2: FloatArray
    speed_mps: FloatArray
    kinetic_energy_j: FloatArray
    release_height_km: FloatArray
    demise_height_km: FloatArray
    time_of_fall_s: FloatArray


# --- documents -----------------------------------------------------------------------------------------------------


class Document(BaseModel):
    """Base of all results: frozen, closed, no NaN. Equal where the documents are: bulk arrays do not count."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and type(self) is type(other) and self.model_dump() == other.model_dump()

    def __hash__(self) -> int:
        return hash(self.model_dump_json())


Bulk = Annotated[SkipJsonSchema[Any], Field(exclude=True, repr=False)]


class Estimate(Document):
    """An uncertain number. ``level`` is the probability that the truth lies between ``low`` and ``high``."""

    value: float
    low: float
    high: float
    level: float = Field(gt=0, lt=1)
    unit: str


class Place(Document):
    latitude_deg: float = Field(ge=-90, le=90)
    longitude_deg: float = Field(ge=-180, le=180)
    name: str = ""


class Skipped(Document):
    """A stage that had nothing to do, and why."""

    skipped: Literal[True] = True
    reason: str


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


class Reboost(Document):
    utc: str
    source: str = Field(description="flight or station tank that thrusts")
    partner: str
    delta_v_mps: float
    duration_s: float
    propellant_kg: float
    altitude_before_km: float
    altitude_after_km: float


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


class Shortfall(Document):
    utc: str
    what: str
    amount: float
    unit: str


class PortInterval(Document):
    flight: str
    vehicle: str
    partner: str
    port: str
    dock_utc: str
    undock_utc: str
    status: Literal["past", "published", "cadence"]


class CrewInterval(Document):
    """A stretch of days with the same number of people and seats."""

    from_utc: str
    to_utc: str
    crew: int
    seats: int


class Operate(Document):
    """How the station is kept flying from the epoch to the start of lowering."""

    skipped: Literal[False] = False
    from_utc: str
    until_utc: str
    corridor_lower_km: float
    corridor_upper_km: float
    lowest_altitude_km: float
    lowest_altitude_utc: str
    highest_altitude_km: float
    reboosts: tuple[Reboost, ...]
    reboost_delta_v_mps: float
    reboost_propellant_kg: float
    attitude_propellant_kg: float
    ledger: tuple[LedgerRow, ...]
    lowest_propellant_margin_kg: float = Field(description="least total usable propellant above the reserve, any day")
    lowest_propellant_margin_utc: str
    shortfalls: tuple[Shortfall, ...]
    ports: tuple[PortInterval, ...]
    crews: tuple[CrewInterval, ...]
    lowest_seat_margin: int
    lowest_seat_margin_utc: str
    gaps: tuple[Shortfall, ...] = Field(description="what no committed partner supplies, from when")
    history: Bulk = None


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


class DataFile(Document):
    name: str
    version: str
    source: str
    sha256: str


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
