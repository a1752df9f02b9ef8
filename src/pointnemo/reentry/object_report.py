"""The document of one object, ``pointnemo/object/1``. Fields are added, never renamed."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from pointnemo.results import Convergence, DataFile, Document, Place

__all__ = [
    "ObjectAsFlown",
    "ObjectEnd",
    "ObjectPeak",
    "ObjectProvenance",
    "ObjectReport",
    "ObjectRow",
    "ObjectStart",
]


class ObjectAsFlown(Document):
    """The body, with what follows from its shape."""

    shape: str
    sizes_m: dict[str, float]
    attitude: str
    mass_kg: float
    wall_mm: float | None
    wall_kg: float = Field(description="what melts first; 0 for a solid")
    surface_m2: float
    mean_projected_area_m2: float = Field(description="a quarter of the surface (Cauchy 1832): reference of C_D")
    nose_radius_m: float
    ballistic_coefficient_kg_m2: float = Field(description="m / (C_D A) at Mach 20 in continuum flow")
    material: str
    density_kg_m3: float
    specific_heat_j_kg_k: float
    melting_temperature_k: float | None = Field(description="null where the object does not melt")
    heat_of_fusion_j_kg: float
    emissivity: float
    lift_to_drag: float = 0.0
    bank_deg: float = Field(default=0.0, description="where lift points at the start: 0 up, 90 to the right")
    roll_deg_s: float = Field(default=0.0, description="how fast it turns, from up to the right")


class ObjectStart(Document):
    """The entry as flown; angles to the horizon of the ellipsoid."""

    utc: str | None
    height_km: float
    place: Place
    speed_mps: float = Field(description="over the rotating Earth, like the angles")
    flight_path_angle_deg: float
    azimuth_deg: float
    inertial_speed_mps: float
    inclination_deg: float = Field(description="of a straight fall: the geocentric latitude")
    temperature_k: float


class ObjectEnd(Document):
    """How it ended: on the ground, or gone at a height."""

    time_s: float = Field(description="since the start")
    utc: str | None
    height_km: float
    place: Place
    downrange_km: float = Field(description="over the ground from the start, along the rows of the table")
    speed_mps: float = Field(description="over the Earth")
    flight_path_angle_deg: float
    mass_kg: float
    mass_share: float
    energy_j: float = Field(description="kinetic, of what is left")
    temperature_k: float


class ObjectPeak(Document):
    """The largest value of something, and when."""

    id: Literal["temperature", "deceleration", "heat-flux", "dynamic-pressure"]
    text: str
    value: float
    unit: str
    time_s: float
    height_km: float


class ObjectRow(Document):
    """One line of the table of the flight."""

    height_km: float
    time_s: float
    latitude_deg: float
    longitude_deg: float
    downrange_km: float
    speed_mps: float
    flight_path_angle_deg: float
    mach: float
    knudsen: float
    drag_coefficient: float = Field(description="on a quarter of the surface")
    deceleration_g: float
    stagnation_heat_flux_w_m2: float = Field(description="cold wall, with the bridge between flow regimes")
    mean_heat_flux_w_m2: float = Field(description="cold wall, over the whole surface")
    temperature_k: float = Field(description="of the wall; of its outermost layer where it has layers")
    mass_kg: float


class ObjectProvenance(Document):
    """What the answer rests on."""

    package_version: str
    object_hash: str
    data: tuple[DataFile, ...]
    models: tuple[str, ...]


class ObjectReport(Document):
    """What becomes of one object."""

    schema_: Literal["pointnemo/object/1"] = Field("pointnemo/object/1", alias="schema")
    name: str
    title: str
    object: ObjectAsFlown
    start: ObjectStart
    outcome: Literal["impact", "demise", "aloft"] = Field(description="aloft: not down in six hours, or above 400 km")
    end: ObjectEnd
    dangerous: bool | None = Field(description="comes down with more than 15 J (NASA-STD-8719.14C); null while aloft")
    peaks: tuple[ObjectPeak, ...]
    trajectory: tuple[ObjectRow, ...] = Field(description="start, each height of the table, end")
    convergence: tuple[Convergence, ...]
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]
    provenance: ObjectProvenance

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, populate_by_name=True
    )
