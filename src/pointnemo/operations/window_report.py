"""The document of the verb ``windows``: ``pointnemo/windows/1``. Fields are added, never renamed."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from pointnemo.results import DataFile, Document

__all__ = ["LaunchWindow", "WindowsProvenance", "WindowsReport"]


class LaunchWindow(Document):
    """One instant at which a vehicle can leave for the station: at most one for each pass of the pad."""

    liftoff_utc: str
    plane_crossing_utc: str = Field(description="the pad lies in the station's plane, geometrically")
    lead_s: float = Field(description="liftoff before the crossing, positive; steering_s - regression_s")
    steering_s: float = Field(description="part of the lead: drift of the pad while the ascent nulls its side speed")
    regression_s: float = Field(description="lost of the lead: the lower phasing orbit's node turns faster")
    phase_deg: float = Field(
        description="station ahead of the vehicle at insertion: what is to be caught up; a little above 360 where the "
        "wait for the regression lets the station pass"
    )
    phase_sigma_deg: float = Field(description="one sigma, by the drag of the station alone: no reboost is foreseen")
    scheme: str = Field(description="rendezvous; empty where none fits the phase")
    trip_hours: float | None = Field(description="liftoff to docking; null where no rendezvous fits the phase")
    trip_hours_range: tuple[float, float] | None = Field(description="quickest and longest")
    docking_utc: str | None
    beta_deg: float = Field(description="Sun above the orbital plane at docking (at liftoff where there is no docking)")
    daylight: bool = Field(description="the Sun is up at the pad at liftoff")
    sun_elevation_deg: float = Field(description="of the Sun's centre at the pad, without refraction")
    node_deg: float = Field(description="station's node at liftoff, as in MeanElements")
    port: str | None = Field(description="where it would dock; null where none is free or nothing is known")
    flight: str | None = Field(description="flight of the scenario that this would be, a week from it at most")
    blocked_by: tuple[str, ...] = Field(
        description="flights that hold the ports, and of phase, free-flight, beta what does not allow it"
    )


class WindowsProvenance(Document):
    """What the document was made from."""

    package_version: str
    scenario: str
    scenario_hash: str
    data: tuple[DataFile, ...]


class WindowsReport(Document):
    """When a vehicle can leave for the station."""

    schema_: Literal["pointnemo/windows/1"] = Field("pointnemo/windows/1", alias="schema")
    vehicle: str
    site: str
    launcher: str
    direction: Literal["ascending", "descending"] = Field(description="of the pass over the pad")
    from_utc: str
    to_utc: str
    orbit_epoch_utc: str
    orbit_origin: str
    windows: tuple[LaunchWindow, ...]
    assumptions: tuple[str, ...] = Field(description="sources of site, launcher and rendezvous")
    notes: tuple[str, ...]
    provenance: WindowsProvenance

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, populate_by_name=True
    )
