"""Tables of a scenario about what comes after the entry interface: break-up, materials, rules of risk."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pointnemo.scenario.table import Key, NonNegative, Positive, Table

__all__ = [
    "ATTITUDES",
    "WIND_NAMES",
    "AssessRules",
    "Attitude",
    "CylinderAttitude",
    "DensityLayer",
    "DragBridge",
    "FragmentClass",
    "HeatBridge",
    "HeatingLaw",
    "Material",
    "Phase",
    "Reentry",
    "Roll",
    "WindRow",
]

CylinderAttitude = Literal["tumbling", "random", "end-on", "side-on", "end-over-end"]
Attitude = Literal[
    "tumbling", "random", "end-on", "side-on", "end-over-end", "face-on", "edge-on", "broadside"
]  # fmt: skip

ATTITUDES: dict[str, dict[str, str]] = {
    "sphere": {"tumbling": "tumbling"},
    "shell": {"tumbling": "tumbling"},
    "cylinder": {name: name for name in ("tumbling", "random", "end-on", "side-on", "end-over-end")},
    "box": {"tumbling": "tumbling", "end-on": "face-on", "face-on": "face-on"},
    "plate": {
        "tumbling": "tumbling", "end-on": "edge-on", "edge-on": "edge-on", "side-on": "broadside",
        "broadside": "broadside",
    },
}  # fmt: skip
"""Attitudes that a shape can hold, with their names in ``reentry.shapes``."""

HeatingLaw = Literal["detra-kemp-riddell", "sutton-graves", "fay-riddell", "scarab", "van-driest"]
DragBridge = Literal["erf", "table", "sin2", "sin3", "erf-log"]
HeatBridge = Literal["table", "matting"]
WIND_NAMES = ("none", "climatology")
"""Winds that are no file."""

WindRow = tuple[float, float, float]
"""Height (km), eastward and northward wind (m/s)."""

Roll = Annotated[float, Field(ge=-30, le=30)]
"""Rate in deg/s: over a step of a piece, 2 s at most, 60 deg. What rolls faster has no lift on average: write 0."""


class Phase(Table):
    """A phase of the break-up: geodetic height at which it happens, and the spread of it.

    With ``reentry.trigger = "load-and-temperature"`` the heights are not used: a joint (of what the phase sets free) or
    a shell (of what opens in it) fails by load or by temperature.
    """

    text: str
    height_km: Positive
    sigma_km: NonNegative
    low_km: Positive
    high_km: Positive
    delta_v_mps: NonNegative
    load_pa: Positive | None = Field(
        None, description="median drag load that breaks it, per mean projected area; none: no load does"
    )
    load_sigma: NonNegative = Field(0.0, description="log-normal spread of load_pa")
    melts: Literal["never", "lumped", "equilibrium"] = Field(
        "never", description="fails when a wall of wall_kg_m2, or radiative equilibrium, reaches the melting point"
    )
    wall_kg_m2: Positive | None = Field(None, description="median heated mass per surface of the lumped wall")
    wall_sigma: NonNegative = Field(0.0, description="log-normal spread of wall_kg_m2")


class FragmentClass(Table):
    """A class of pieces with log-uniform hypersonic ballistic coefficient m/(C_D A) and mass."""

    text: str
    material: Key
    shape: Literal["sphere", "shell", "plate", "cylinder", "box"]
    beta_low_kg_m2: Positive
    beta_high_kg_m2: Positive
    mass_low_kg: Positive
    mass_high_kg: Positive
    wall_mm: Positive
    survives: Literal["computed", "always", "never"] = "computed"
    attitude: Attitude = Field("tumbling", description="held all the way down; changes the drag alone")


class Material(Table):
    """A material at first order: constant specific heat, one melting temperature."""

    density_kg_m3: Positive
    specific_heat_j_kg_k: Positive
    melting_temperature_k: Positive
    heat_of_fusion_j_kg: NonNegative
    emissivity: Annotated[float, Field(gt=0, le=1)]
    conductivity_w_m_k: Positive | None = Field(None, description="for walls in layers; none: lumped whatever is asked")
    oxide_heat_j_kg: NonNegative = Field(0.0, description="heat of oxidation per kg of oxygen that reacts")
    composite: bool = False
    floats: bool = Field(False, description="pieces of it may float")
    toxic: bool = False


class DensityLayer(Table):
    """Error of the density model at a height, log-normal; between heights it is linear, correlated by distance."""

    height_km: NonNegative
    sigma: NonNegative
    bias: float = Field(0.0, description="mean of the logarithm of true over model density")


class Reentry(Table):
    """The break-up model and its spread (relative 1-sigma where not said otherwise)."""

    fragments: Annotated[int, Field(ge=100, le=5_000_000)] = 20_000
    realisations: Annotated[int, Field(ge=1, le=100_000)] = 20
    interface_height_km: Positive = 122.0
    phase_correlation: Annotated[float, Field(ge=0, le=1)] = 0.7
    density_sigma: NonNegative = 0.15
    ballistic_sigma: NonNegative = 0.25
    heat_sigma: NonNegative = 0.3
    lift_to_drag_sigma: NonNegative = Field(0.05, description="half-normal lift / drag of a piece")
    lift_to_drag: Annotated[float, Field(ge=0, le=5)] = Field(
        0.0, description="lift / drag that every piece has, on top of the half-normal part"
    )
    bank_deg: Annotated[float, Field(ge=-360, le=360)] | None = Field(
        None, description="where the lift points at release: 0 up, 90 to the right; none: anywhere, by chance"
    )
    roll_deg_s: Roll = Field(0.0, description="how fast the lift turns about the flight, from up to the right")
    drag_bridge: DragBridge = Field(
        "erf", description="C_D between continuum and free-molecular flow: SESAM's, fitted or as a table, or another"
    )
    heat_bridge: HeatBridge = Field("table", description="the same of the heat: SESAM's table, or Matting's law")
    heating_law: HeatingLaw = "detra-kemp-riddell"
    nose_radius: Literal["equal-surface", "half-smallest"] = Field(
        "equal-surface", description="radius in the stagnation law: sphere of the same surface, or half the least size"
    )
    melting: Literal["shell-then-solid", "receding", "thin-shell"] = "shell-then-solid"
    oxidation: Annotated[float, Field(ge=0, le=1)] = Field(
        0.0, description="share of the oxide heat that reaches the wall"
    )
    wall_model: Literal["lumped", "layers"] = "lumped"
    composites_survive: bool = Field(True, description="whatever the heat; else they melt as a metal would")
    trigger: Literal["height", "load-and-temperature", "radiative-equilibrium"] = Field(
        "height",
        description="what frees and opens the elements: drawn heights; load_pa and melts of the phases; or that the "
        "radiative-equilibrium temperature of an element is at its melting point (ORSAT 2019)",
    )
    vent_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.0, description="share of the pieces that a vent or an explosion throws as well"
    )
    vent_delta_v_mps: NonNegative = Field(50.0, description="one sigma per axis of that throw")
    wind: str = Field("none", description="none, climatology, or a CSV file of height_km, east_mps, north_mps")
    wind_profile: tuple[WindRow, ...] = Field(
        (), description="rows of that file, filled in when the scenario is loaded: height_km, east_mps, north_mps"
    )
    wind_sigma_mps: NonNegative = 12.0
    density_layers: dict[Key, DensityLayer] = Field({}, description="errors of density by height; none: density_sigma")
    phases: dict[Key, Phase]
    classes: dict[Key, FragmentClass]
    mixes: dict[Key, dict[Key, Annotated[float, Field(ge=0, le=1)]]]


class AssessRules(Table):
    """Which fragments count, and how (NASA-STD-8719.14C section 4.7)."""

    energy_threshold_j: Positive = 15.0
    person_radius_term_m: Positive = 0.6
    population_sigma: NonNegative = 0.05
    burn_failure_probability: dict[Key, Annotated[float, Field(ge=0, le=1)]] = Field(
        {}, description="by id of descent.burns, or `final` before an entry; none: conditional expectations only"
    )
    declared_level: Annotated[float, Field(gt=0, lt=1)] = 0.99
    safety_level: Annotated[float, Field(gt=0, lt=1)] = 0.99999
    ship_length_m: Positive = 300.0
    ship_width_m: Positive = 40.0
    ship_limit: Positive = 1e-5
    aircraft_area_m2: Positive = 1500.0
    aircraft_limit: Positive = 1e-6
