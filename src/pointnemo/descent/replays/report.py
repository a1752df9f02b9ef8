"""The document of the verb ``replay``: ``pointnemo/replay/1``. Fields are added, never renamed."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from pointnemo.results import DataFile, Document, Place

__all__ = [
    "Comparison",
    "DragFit",
    "DragFound",
    "ForecastMade",
    "FragmentImpact",
    "HeightCrossing",
    "ReplayFlight",
    "ReplayProvenance",
    "ReplayReport",
    "ReplayStart",
    "ReplayedBurn",
    "SourceShown",
]


class Comparison(Document):
    """One published figure beside the replayed one."""

    id: str
    text: str
    published: float | str
    value: float | str | None = Field(description="null where the flight has no such event")
    difference: float | None = Field(description="replayed minus published; a distance on the ground for places")
    unit: str
    gate: float | None = Field(description="what the difference is held to; null where nothing is asked")
    ok: bool | None


class ReplayStart(Document):
    """Where the flight starts: mean orbit (J2 short periods removed), heights above 6378.137 km."""

    epoch_utc: str
    origin: str
    perigee_km: float
    apogee_km: float
    altitude_km: float
    inclination_deg: float
    located: bool = Field(description="node and phase are known, so that places mean something")


class DragFit(Document):
    """Drag found between two published orbits, under the observed space weather."""

    from_utc: str
    to_utc: str
    altitude_from_km: float
    altitude_to_km: float
    ballistic_factor_m2_kg: float = Field(description="B = C_D A / m")


class DragFound(Document):
    """The drag that the flight has."""

    ballistic_factor_m2_kg: float = Field(description="B = C_D A / m")
    cd_area_m2: float
    origin: Literal["given", "decay", "rate"] = Field(
        description="given in body; decay between published orbits; the rate that an element set states"
    )
    fits: tuple[DragFit, ...]


class ReplayedBurn(Document):
    """A burn as flown."""

    id: str
    start_utc: str
    duration_s: float
    delta_v_mps: float
    thrust_n: float
    propellant_kg: float
    perigee_before_km: float = Field(description="mean, as in ReplayStart")
    apogee_before_km: float
    perigee_after_km: float
    apogee_after_km: float
    lowest_after_km: float | None = Field(description="least height over the ellipsoid in the revolution after it")
    highest_after_km: float | None = Field(description="likewise; null where it does not fly that far")
    start: Place | None
    end: Place | None


class HeightCrossing(Document):
    """Fall through a geodetic height."""

    height_km: float
    utc: str
    place: Place | None


class FragmentImpact(Document):
    """A piece that was let go at the break-up."""

    id: str
    ballistic_coefficient_kg_m2: float
    utc: str
    place: Place | None
    along_km: float = Field(description="on the ground from the point of break-up")


class ReplayFlight(Document):
    """One flight from the start orbit."""

    id: str
    what: str
    ballistic_factor_m2_kg: float
    burns: tuple[ReplayedBurn, ...]
    crossings: tuple[HeightCrossing, ...]
    end_utc: str | None = Field(description="the whole body reaches the ground; null: still flying when given up")
    end_place: Place | None
    fragments: tuple[FragmentImpact, ...]
    comparisons: tuple[Comparison, ...]


class ForecastMade(Document):
    """The entry as it would have been forecast on a day, from orbits and space weather known by then."""

    days_before: float
    as_of_utc: str
    start: ReplayStart
    start_age_days: float
    ballistic_factor_m2_kg: float
    drag_sigma: float = Field(description="relative, one sigma, of the drag to come")
    fits: tuple[DragFit, ...]
    entry_utc: str
    window_from_utc: str = Field(description="one sigma")
    window_to_utc: str
    sigma_days: float = Field(description="half width of the window")
    sigma_drag_days: float
    sigma_weather_days: float
    sigma_epoch_days: float = Field(description="by the uncertain instant of the orbit started from")
    error_days: float = Field(description="forecast minus real entry")
    inside: bool = Field(description="the real entry lies in the window")
    relative_width: float = Field(description="half width over the remaining time, from the as-of date")
    relative_error: float


class SourceShown(Document):
    """Where figures of the replay are from."""

    key: str
    source: str
    mark: Literal["measured", "published", "guess"]


class ReplayProvenance(Document):
    """What the document was made from."""

    package_version: str
    replay: str
    replay_hash: str
    data: tuple[DataFile, ...]
    models: tuple[str, ...]


class ReplayReport(Document):
    """A real de-orbit or decay, flown again and compared with what was published."""

    schema_: Literal["pointnemo/replay/1"] = Field("pointnemo/replay/1", alias="schema")
    name: str
    title: str
    start: ReplayStart | None
    drag: DragFound | None
    flights: tuple[ReplayFlight, ...] = Field(description="as published, then the variants")
    forecasts: tuple[ForecastMade, ...]
    notes: tuple[str, ...]
    sources: tuple[SourceShown, ...]
    provenance: ReplayProvenance

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, populate_by_name=True
    )
