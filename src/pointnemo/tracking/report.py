"""The document of the verb ``track``: ``pointnemo/track/1``. Fields are added, never renamed."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from pointnemo.results import Document, Estimate

__all__ = [
    "ArcFit",
    "DragProcess",
    "Prediction",
    "TrackReport",
    "TrackedBurn",
    "TrackedEvent",
    "WeatherUsed",
]

Vector = tuple[float, float, float]


class ArcFit(Document):
    """One arc between two first states, flown with one ballistic factor."""

    from_utc: str
    to_utc: str
    from_file: str
    to_file: str
    days: float
    mass_kg: float
    ballistic_factor_m2_kg: Estimate | None
    cd_area_m2: Estimate | None
    miss_radial_km: float | None = Field(description="position left over at the end of the arc")
    miss_along_km: float | None
    miss_cross_km: float | None
    burns: tuple[str, ...] = Field(description="names of the burns flown within the arc")
    status: Literal["fitted", "unannounced burn", "not fitted"]
    note: str = ""


class TrackedBurn(Document):
    """A burn: read out of an ephemeris, announced in an event table, or inferred from an arc drag cannot explain."""

    name: str
    origin: Literal["ephemeris", "event table", "inferred"]
    kind: Literal["reboost", "deboost", "debris avoidance", "replanned reboost", "unannounced"]
    start_utc: str
    start_sigma_s: float
    duration_s: float | None
    delta_v_mps: float = Field(description="along-track positive")
    delta_v_sigma_mps: float
    delta_v_rtn_mps: Vector | None = Field(description="radial, along-track, cross-track")
    acceleration_mm_s2: float | None
    thrust_n: float | None
    preliminary: bool
    file: str


class TrackedEvent(Document):
    """One row of an event table, as the newest file before the as-of date has it."""

    utc: str
    kind: Literal["launch", "docking", "undocking", "relocation", "reboost", "deboost", "other"]
    name: str
    delta_v_mps: float
    apogee_km: float | None
    perigee_km: float | None
    preliminary: bool
    file: str
    changed: str = Field("", description="how it differs from the file before, in words; empty where it does not")


class DragProcess(Document):
    """Drag area over time: a first-order autoregressive process in its logarithm, estimated from the arcs."""

    median_cd_area_m2: float
    sigma_log: float = Field(description="standard deviation of ln(C_D A) about its median")
    memory_days: float
    noise_log: float = Field(description="standard deviation of what one arc adds")
    now_cd_area_m2: Estimate
    separable: str = Field(description="what the data allow to be told apart: density model, attitude, configuration")


class Prediction(Document):
    """The station at an instant ahead."""

    utc: str
    position_km: Vector = Field(description="GCRS")
    velocity_km_s: Vector = Field(description="GCRS")
    sigma_rtn_km: Vector = Field(description="one sigma radial, along-track, cross-track")


class WeatherUsed(Document):
    """Which space weather was used, and what it is worth."""

    source: str
    as_of_utc: str
    method: str = Field(description="how days after the as-of date were forecast")
    skill: str


class TrackReport(Document):
    """Where the station is, how it decays, and where it will be."""

    schema_: Literal["pointnemo/track/1"] = Field("pointnemo/track/1", alias="schema")
    object_name: str
    as_of_utc: str
    epoch_utc: str
    frame: Literal["GCRS"] = "GCRS"
    position_km: Vector
    velocity_km_s: Vector
    covariance: tuple[tuple[float, ...], ...] = Field(description="6x6, GCRS, km and km/s")
    mass_kg: float
    altitude_km: float
    decay_km_per_day: Estimate
    arcs: tuple[ArcFit, ...]
    burns: tuple[TrackedBurn, ...]
    events: tuple[TrackedEvent, ...]
    drag: DragProcess
    prediction: tuple[Prediction, ...]
    weather: WeatherUsed
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, populate_by_name=True
    )
