"""Where something enters, and the TOML of one object that ``reenter --object`` flies: shapes and single-value limits.

The scenario's table ``[entry]`` and the object's share one form of an entry: place, speed and direction over the
ellipsoid. Reading the TOML, with every defect told, is in ``scenario/objects.py``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pointnemo.scenario.entry_models import Attitude, DragBridge, HeatBridge, HeatingLaw, Material, Roll, WindRow
from pointnemo.scenario.table import Key, Positive, Table, UtcTime

__all__ = ["SIZES", "Entry", "EntryObject", "EntryPoint", "FlightOptions", "ObjectBody"]

Size = Annotated[float, Field(gt=0, lt=1000)]
Shape = Literal["sphere", "cylinder", "box", "plate"]

SIZES: dict[str, tuple[str, ...]] = {
    "sphere": ("diameter_m",),
    "cylinder": ("length_m", "diameter_m"),
    "box": ("length_m", "width_m", "height_m"),
    "plate": ("length_m", "width_m", "height_m"),
}
"""Sizes that a shape has; of a plate ``height_m`` is the thickness, of a cylinder ``length_m`` lies along its axis."""


class EntryPoint(Table):
    """Place and velocity where a flight begins; angles are those to the horizon of the ellipsoid."""

    height_km: Annotated[float, Field(gt=0, le=400)] = Field(description="geodetic, WGS 84")
    latitude_deg: Annotated[float, Field(ge=-90, le=90)] = Field(description="geodetic")
    longitude_deg: Annotated[float, Field(ge=-180, le=360)] = Field(description="east positive")
    speed_mps: Annotated[float, Field(ge=0, le=20_000)] = Field(description="metres per second")
    velocity: Literal["earth-fixed", "inertial"] = Field(
        "earth-fixed", description="what speed and angles are of: the velocity over the rotating Earth, or in space"
    )
    flight_path_angle_deg: Annotated[float, Field(ge=-90, le=90)] = Field(description="negative downwards")
    azimuth_deg: Annotated[float, Field(ge=-360, le=360)] = Field(description="of the flight, from north to east")


class Entry(EntryPoint):
    """The state in which a whole station or satellite enters, where a scenario begins there."""

    utc: UtcTime
    cd_area_m2: Positive | None = Field(
        None, description="C_D A in free-molecular flow; none: of a tumbling body, from the elements"
    )
    aim_latitude_deg: Annotated[float, Field(ge=-90, le=90)] | None = Field(
        None, description="from where down-range counts; none: from the place of entry"
    )
    aim_longitude_deg: Annotated[float, Field(ge=-180, le=180)] | None = None


class ObjectBody(Table):
    """Shape, sizes, mass and wall of one object."""

    shape: Shape
    diameter_m: Size | None = None
    length_m: Size | None = None
    width_m: Size | None = None
    height_m: Size | None = None
    mass_kg: Positive | None = Field(None, description="none: that of the wall, or of the solid body")
    wall_mm: Positive | None = Field(None, description="none: solid")
    material: Key | None = Field(None, description="key of the scenario's [materials]; or give a table [material]")
    emissivity: Annotated[float, Field(gt=0, le=1)] | None = Field(None, description="in place of the material's")
    melts: bool = Field(True, description="false: the material stays solid however hot it gets")
    attitude: Attitude = "tumbling"
    incidence_deg: Annotated[float, Field(ge=0, le=90)] | None = Field(
        None, description="of a cylinder, in place of the attitude: between axis and flow, 0 end-on, 90 side-on"
    )
    lift_to_drag: Annotated[float, Field(ge=0, le=5)] = Field(0.0, description="while faster than sound")
    bank_deg: Annotated[float, Field(ge=-360, le=360)] = Field(
        0.0, description="where the lift points at the start: 0 up, 90 to the right, 180 down"
    )
    roll_deg_s: Roll = Field(0.0, description="how fast the lift turns about the flight, from up to the right")
    initial_temperature_k: Annotated[float, Field(gt=0, le=5000)] = 300.0


class ObjectEntry(EntryPoint):
    """Where one object enters. The time matters to the real atmosphere alone."""

    utc: UtcTime | None = None


class FlightOptions(Table):
    """Atmosphere and laws; those that a scenario has too are named as in its table ``[reentry]``."""

    atmosphere: Literal["us76", "nrlmsise-00"] = "us76"
    heating_law: HeatingLaw = "detra-kemp-riddell"
    nose_radius: Literal["equal-surface", "half-smallest"] = "equal-surface"
    melting: Literal["shell-then-solid", "receding", "thin-shell"] = "shell-then-solid"
    composites_survive: bool = Field(True, description="whatever the heat; else they melt as a metal would")
    oxidation: Annotated[float, Field(ge=0, le=1)] = 0.0
    wall_model: Literal["lumped", "layers"] = "lumped"
    ambient_temperature_k: Annotated[float, Field(ge=0, le=400)] = Field(
        250.0, description="to which the wall radiates; 0, as some codes have it: all that it radiates is lost"
    )
    slow_drag: Literal["sphere", "cube", "plate", "step"] | None = Field(
        None, description="drag below Mach 5; none: by the shape; step: half of the hypersonic value below Mach 1"
    )
    drag_bridge: DragBridge = "erf"
    heat_bridge: HeatBridge = "table"
    drag_factor: Positive = 1.0
    heat_factor: Positive = 1.0
    density_factor: Positive = 1.0
    wind: str = Field("none", description="none, climatology, or a CSV file of height_km, east_mps, north_mps")
    wind_profile: tuple[WindRow, ...] = Field((), description="rows of that file, filled in when it is loaded")
    table_step_km: Annotated[float, Field(ge=0.1, le=50)] = Field(2.0, description="height between rows of the table")


class EntryObject(Table):
    """One object, where it enters, and by which laws it is flown."""

    title: str = Field("", description="one line for the page")
    scenario: str = Field("iss", description="whose [materials] a key names")
    object: ObjectBody
    material: Material | None = None
    entry: ObjectEntry
    options: FlightOptions = FlightOptions.model_validate({})
    notes: tuple[str, ...] = ()
