"""The document of the verb ``track``: ``pointnemo/track/1``. Fields are added, never renamed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from pointnemo.results import DataFile, Document, Estimate

__all__ = [
    "SHOWN_DAYS",
    "ArcFit",
    "DragProcess",
    "Fan",
    "Followed",
    "Hindcast",
    "Prediction",
    "TrackProvenance",
    "TrackReport",
    "TrackedBurn",
    "TrackedEvent",
    "WeatherUsed",
]

FloatArray = NDArray[np.float64]
Vector = tuple[float, float, float]

SHOWN_DAYS = (1.0, 3.0, 7.0, 10.0, 15.0, 30.0, 45.0, 60.0)
"""Days from the start state at which the prediction is shown where no epoch is asked for."""


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
    status: Literal["fitted", "replanned burn", "unannounced burn", "not fitted"]
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


class Hindcast(Document):
    """A prediction as it would have been made from an earlier file, at the first state of a later one."""

    from_file: str
    as_of_utc: str
    to_file: str
    utc: str = Field(description="epoch of the first state of the later file")
    days: float = Field(description="from the first state of the earlier file")
    miss_rtn_km: Vector = Field(description="this program's prediction minus the later file's first state")
    sigma_rtn_km: Vector = Field(description="one sigma that it stated")
    file_miss_rtn_km: Vector | None = Field(description="the earlier file's own row minus that state; null: no row")
    note: str = Field("", description="why this miss is not one of drag: an unannounced or replanned burn in between")


class WeatherUsed(Document):
    """Which space weather was used, and what it is worth."""

    source: str
    as_of_utc: str
    method: str = Field(description="how days after the as-of date were forecast")
    skill: str


class TrackProvenance(Document):
    """What the document rests on beside the tracking files."""

    package_version: str
    seed: int
    members: int
    data: tuple[DataFile, ...]
    models: tuple[str, ...]


class TrackReport(Document):
    """Where the station is, how it decays, and where it will be."""

    schema_: Literal["pointnemo/track/1"] = Field("pointnemo/track/1", alias="schema")
    object_name: str
    object_id: str = Field(description="international designator as in the files; empty where they give none")
    as_of_utc: str
    epoch_utc: str
    frame: Literal["GCRS"] = "GCRS"
    position_km: Vector
    velocity_km_s: Vector
    covariance: tuple[tuple[float, ...], ...] = Field(description="6x6, GCRS, km and km/s")
    mass_kg: float
    origin: str = Field(description="what the start state was read from")
    altitude_km: float = Field(description="mean semi-major axis - 6378.137")
    apogee_km: float = Field(description="of the mean orbit, radius - 6378.137")
    perigee_km: float
    ballistic_factor_m2_kg: Estimate = Field(description="C_D A / m about the epoch")
    decay_km_per_day: Estimate
    arcs: tuple[ArcFit, ...]
    burns: tuple[TrackedBurn, ...]
    events: tuple[TrackedEvent, ...]
    drag: DragProcess
    prediction: tuple[Prediction, ...]
    hindcasts: tuple[Hindcast, ...] = ()
    weather: WeatherUsed
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    provenance: TrackProvenance

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, populate_by_name=True
    )


# --- bulk arrays ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fan:
    """Members of a prediction about its nominal orbit; what a figure shows.

    Offsets are straight lines from the nominal position at the same instant, resolved radial, along-track, cross-track
    of the nominal orbit.

    Attributes:
        name: name of the file that the prediction starts from.
        as_of_tt_s: nothing later was known, TT seconds since J2000.
        tt_s: shape (m,), rising, from the epoch of the start state on.
        offsets_rtn_km: shape (members, m, 3).
        seen_tt_s: shape (k,), epochs of the first states of later files.
        seen_rtn_km: shape (k, 3), where these states lie.
        seen_names: names of those files.
        file_tt_s: shape (r,), epochs of rows of the file itself, which are its own prediction.
        file_rtn_km: shape (r, 3), where they lie.
    """

    name: str
    as_of_tt_s: float
    tt_s: FloatArray
    offsets_rtn_km: FloatArray
    seen_tt_s: FloatArray
    seen_rtn_km: FloatArray
    seen_names: tuple[str, ...]
    file_tt_s: FloatArray
    file_rtn_km: FloatArray

    @property
    def sigma_rtn_km(self) -> FloatArray:
        """Root mean square of the offsets, shape (m, 3)."""
        return np.sqrt(np.mean(self.offsets_rtn_km**2, axis=0))


@dataclass(frozen=True)
class Followed:
    """What ``track_files`` returns: the document, and the arrays that go to files and figures.

    Attributes:
        report: the document.
        object_id: international designator as in the files.
        tt_s: shape (n,), epochs of the predicted orbit, every four minutes and at the borders of burns; the epoch of a
            border occurs twice.
        position_km: shape (n, 3), GCRS.
        velocity_km_s: shape (n, 3), GCRS.
        block_starts: row of each block (coast or burn).
        covariance_tt_s: shape (c,), among ``tt_s``.
        covariances: shape (c, 6, 6), GCRS, km and km/s.
        fan: of the prediction.
        drag_from_tt_s: shape (d,), start of each stretch of at most a day that drag is estimated in; pauses lie between
            stretches of arcs far apart, and the last ones are predicted.
        drag_to_tt_s: shape (d,), their ends.
        drag_cd_area_m2: shape (d, 3), drag area in each by all arcs together: 5, 50 and 95 %.
        hindcast_fans: of the predictions from earlier files that ``report.hindcasts`` lists, oldest first.
    """

    report: TrackReport
    object_id: str
    tt_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray
    block_starts: tuple[int, ...]
    covariance_tt_s: FloatArray
    covariances: FloatArray
    fan: Fan
    drag_from_tt_s: FloatArray
    drag_to_tt_s: FloatArray
    drag_cd_area_m2: FloatArray
    hindcast_fans: tuple[Fan, ...] = ()
