"""The scenario tree: what people decided, as frozen pydantic models.

Whatever has a name is a table keyed by it (``vehicles.us-deorbit-vehicle.propellant_kg``), so that ``--set`` reaches
everything. Units are in the names. Rules that span tables (two vehicles on a port, dates out of order) live in
``scenario/rules.py``; this module holds shapes and single-value limits only.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from pointnemo.scenario.entry_models import AssessRules, CylinderAttitude, FragmentClass, Material, Phase, Reentry
from pointnemo.scenario.entry_object import Entry
from pointnemo.scenario.table import Key, NonNegative, Positive, Table, UtcTime

__all__ = [
    "Aim",
    "AssessRules",
    "Cadence",
    "Clearance",
    "CrewRules",
    "Descent",
    "Drag",
    "Element",
    "Entry",
    "FinalBurn",
    "Flight",
    "FragmentClass",
    "Horizon",
    "Material",
    "Move",
    "Orbit",
    "Partner",
    "Phase",
    "Port",
    "Quiet",
    "Reentry",
    "Rules",
    "Scenario",
    "Source",
    "Station",
    "Supply",
    "Tank",
    "Vehicle",
]

Vector = tuple[float, float, float]


class Source(Table):
    """Where a number comes from. Keys of ``[sources]`` are dotted keys or prefixes of them."""

    source: str = Field(min_length=3)
    mark: Literal["measured", "published", "guess"]


class Orbit(Table):
    """The start state."""

    epoch_utc: UtcTime
    frame: Literal["EME2000", "GCRF"]
    position_km: Vector
    velocity_km_s: Vector
    origin: str = Field(min_length=3)
    position_sigma_km: Positive = 0.1


class Element(Table):
    """One piece of the station as it is assembled.

    ``release`` names the break-up phase that sets it free; ``opens`` the phase in which its shell opens and its
    children fly; the children follow the mix of fragment classes ``mix`` (class key -> share of mass, sum 1).
    """

    name: str
    partner: Key
    mass_kg: Positive
    length_m: Positive
    diameter_m: Positive
    material: Key
    release: Key
    opens: Key
    mix: Key = Field(description="key of reentry.mixes")
    attitude: CylinderAttitude = Field("tumbling", description="how it falls from its release to its opening")


class Tank(Table):
    """A propellant tank of the station itself, with the engine that it feeds."""

    partner: Key
    capacity_kg: Positive
    propellant_kg: NonNegative
    reserve_kg: NonNegative = 0.0
    thrust_n: NonNegative = 0.0
    specific_impulse_s: Positive = 300.0
    can_raise: bool = False
    can_lower: bool = False
    feeds_attitude: bool = False


class Port(Table):
    """A docking or berthing port.

    ``raises`` / ``lowers``: a vehicle here can thrust along / against the flight in the normal attitude, or, for the
    direction that does not come naturally, after the station is turned (``turn`` True). ``natural`` is the direction
    that comes naturally; without it both ask for the turn.
    """

    name: str
    accepts: tuple[Key, ...]
    raises: bool = False
    lowers: bool = False
    turn: bool = False
    natural: Literal["raise", "lower"] | None = None

    @property
    def turns_to_raise(self) -> bool:
        """Whether the station is turned for a vehicle here to raise it."""
        return self.turn and self.natural != "raise"


class Clearance(Table):
    """Two ports too near each other: while one of ``vehicles`` is on ``port``, none of ``others`` comes to or leaves
    ``neighbour``.
    """

    port: Key
    vehicles: tuple[Key, ...] = Field(min_length=1)
    neighbour: Key
    others: tuple[Key, ...] = Field(min_length=1)


class Drag(Table):
    """Drag area times drag coefficient, as fitted with NRLMSISE-00: not a geometric area."""

    cd_area_m2: Positive
    low_m2: Positive
    high_m2: Positive
    level: Annotated[float, Field(gt=0, lt=1)] = 0.9


class Attitude(Table):
    """How the station flies, for its drag: body and solar arrays as the air meets them.

    Drag scales from that of the attitude ``normal``, to which ``station.drag`` belongs, with the area met. Arrays that
    follow the Sun about two axes show their mean over a revolution; ``arrays_deg`` fixes the angle between their normal
    and the flight direction instead, 0 broadside and 90 edge-on.
    """

    text: str
    body_area_m2: Positive = Field(description="modules, truss and radiators seen from ahead")
    array_area_m2: NonNegative = Field(description="one face of all solar arrays")
    arrays: Literal["sun-tracking", "fixed"] = "sun-tracking"
    arrays_deg: Annotated[float, Field(ge=0, le=90)] = 0.0
    backwards: bool = Field(
        default=False, description="turned round: what thrusts forwards in the normal attitude slows"
    )


class Station(Table):
    """The station without visiting vehicles."""

    name: str
    norad_id: int = 0
    mass_kg: Positive = Field(description="flight mass without visiting vehicles, with station propellant at the epoch")
    drag: Drag
    elements: dict[Key, Element]
    tanks: dict[Key, Tank]
    ports: dict[Key, Port]
    clearances: dict[Key, Clearance] = Field({})
    attitudes: dict[Key, Attitude] = Field({}, description="empty: the drag area is the same in every attitude")


class Duty(Table):
    """What a set of thrusters can do at a time."""

    thrusters: Annotated[int, Field(ge=1)] = Field(description="that can burn together for the station")
    cant_deg: Annotated[float, Field(ge=0, lt=90)] = Field(0.0, description="between a thruster and the thrust")
    longest_burn_s: Positive = Field(description="without a pause")
    rest_s: NonNegative = Field(0.0, description="pause after the longest burn")


class Vehicle(Table):
    """A type of visiting vehicle. ``propellant_kg`` is what it can spend on the station, not on its own flight."""

    name: str
    partner: Key
    docked_mass_kg: Positive = Field(description="typical mass while docked, without propellant_kg")
    propellant_kg: NonNegative = 0.0
    engines: str = ""
    thrust_n: NonNegative = 0.0
    specific_impulse_s: Positive = 300.0
    seats: Annotated[int, Field(ge=0)] = 0
    cargo_kg: NonNegative = 0.0
    can_raise: bool = False
    can_lower: bool = False
    loads: dict[Key, NonNegative] = Field({}, description="kg of each of [supplies] that it brings")
    stay_limit_days: Annotated[int, Field(ge=1)] | None = Field(None, description="longest that it may stay docked")
    duty: Duty | None = Field(
        None, description="of the thrusters of the targeted burns; none: no limit, no cosine loss"
    )


class Partner(Table):
    """A partner, the date that it is committed to, and what it supplies."""

    name: str
    until: date = Field(description="last day that the partner is committed to")
    supplies: tuple[
        Literal["propulsion", "attitude-control", "power", "crew-seats", "cargo", "control-centre", "deorbit"], ...
    ]


class Move(Table):
    """A relocation: on this day the vehicle, its crew aboard, flies round to another port."""

    day: date
    port: Key


class Flight(Table):
    """One visit. ``propellant_kg`` and ``loads`` override the vehicle type's; ``port`` is where it docks first.

    ``slip_days`` moves launch, docking and undocking. ``status``: docked before the epoch, announced, or our
    continuation.
    """

    vehicle: Key
    port: Key
    dock: date
    undock: date
    launch: date | None = None
    crew: Annotated[int, Field(ge=0)] = 0
    propellant_kg: NonNegative | None = None
    loads: dict[Key, NonNegative] | None = None
    moves: tuple[Move, ...] = ()
    rendezvous: tuple[str, ...] = Field((), description="schemes wanted, such as 2-orbit; empty: any of the vehicle's")
    slip_days: int = 0
    cancelled: bool = False
    status: Literal["past", "published", "cadence"] = "published"


class Cadence(Table):
    """Flights after the published ones: ``<key>-1``, ``<key>-2``, ... every ``interval_days`` from ``first_dock``.

    A flight takes the first of ``ports`` that is free for its whole stay; the last one docks no later than ``until``.
    """

    vehicle: Key
    ports: tuple[Key, ...] = Field(min_length=1)
    first_dock: date
    interval_days: Annotated[int, Field(ge=1)]
    stay_days: Annotated[int, Field(ge=1)]
    until: date
    crew: Annotated[int, Field(ge=0)] = 0
    rendezvous: tuple[str, ...] = ()


class Quiet(Table):
    """Days on which nothing thrusts (microgravity), first and last included."""

    from_day: date
    to_day: date
    why: str = ""


class CrewRules(Table):
    """What a crew may be asked."""

    handover_days: int = Field(default=0, ge=0, description="least overlap with the crew that is relieved")
    duty_limit_days: int = Field(default=400, ge=1, description="longest stay of a person")
    least_aboard: int = Field(default=0, ge=0, description="people that it takes to run the station")


class Supply(Table):
    """A consumable or spares: what is aboard at the epoch, and what is used.

    People use ``use_kg_per_person_day``, of which the share ``recycled`` comes back; the station uses
    ``use_kg_per_day`` whoever is aboard. ``reserve_days`` of use by the crew of the day are kept back.
    """

    name: str
    stock_kg: NonNegative
    capacity_kg: Positive | None = None
    use_kg_per_person_day: NonNegative = 0.0
    use_kg_per_day: NonNegative = 0.0
    recycled: Annotated[float, Field(ge=0, le=1)] = 0.0
    reserve_days: Annotated[int, Field(ge=0)] = 0


class Rules(Table):
    """Rules of flight and of safety.

    The lower edge of the corridor is computed: from there the station stays above ``survival_altitude_km`` for
    ``survival_days`` without any reboost under high solar activity. ``corridor_lower_km`` is a floor on top of it.
    """

    corridor_lower_km: Positive | None = None
    corridor_upper_km: Positive
    survival_days: Annotated[int, Field(ge=0, le=2000)] = 180
    survival_altitude_km: Positive = 330.0
    end_altitude_km: Positive | None = Field(None, description="least mean altitude on the day that lowering starts")
    reboost_max_delta_v_mps: Positive = 2.0
    reboost_min_delta_v_mps: NonNegative = 0.1
    reboost_slot_days: Annotated[int, Field(ge=1, le=60)] = Field(
        14, description="at most one burn in each stretch of so many"
    )
    reboost_weight_kg: float = Field(default=5.0, ge=0, le=1000, description="propellant that one burn less is worth")
    turn_weight_kg: float = Field(
        default=5.0, ge=0, le=1000, description="propellant that a reboost without a turn is worth more"
    )
    margin_weight: float = Field(
        default=0.0, ge=0, le=10, description="kg of propellant that a kg more of worst-day margin is worth"
    )
    attitude_propellant_kg_per_day: NonNegative
    propellant_reserve_kg: NonNegative = Field(description="kept back, whatever else is")
    avoidance_mps_per_year: NonNegative = Field(0.0, description="kept for debris avoidance")
    hold_days: Annotated[int, Field(ge=0, le=1000)] = Field(
        0, description="altitude and attitude can be held so long with every delivery lost"
    )
    event_quiet_days: Annotated[int, Field(ge=0, le=30)] = Field(
        3, description="no reboost in so many days before a launch or landing that asks for a phase"
    )
    event_days: Annotated[int, Field(ge=0, le=30)] = Field(0, description="days that a launch or landing may be moved")
    casualty_limit: Positive = 1e-4
    land_clearance_km: NonNegative = 370.0
    antarctic_ice_clearance_km: NonNegative = 50.0
    final_perigee_max_km: Positive = 50.0


class Horizon(Table):
    """The two dates that the partners agreed on."""

    operate_until: date
    deorbit_by: date


class Aim(Table):
    """Where the middle of the footprint shall be; longitude east positive."""

    latitude_deg: Annotated[float, Field(ge=-90, le=90)]
    longitude_deg: Annotated[float, Field(ge=-180, le=180)]
    name: str = ""


class FinalBurn(Table):
    """One of the targeted burns. ``revolutions_before_final`` orders them; 0 is the final burn itself."""

    perigee_km: float
    revolutions_before_final: Annotated[int, Field(ge=0)]
    thrusters: Annotated[int, Field(ge=1)]
    thruster_thrust_n: Positive


class SecondLowering(Table):
    """A second stage of the lowering, paid by another vehicle: the deorbit vehicle once it is there, for instance."""

    start: date
    propellant_kg: NonNegative
    vehicle: Key
    kg_per_day: Positive = 100.0


Objective = Literal["least-propellant", "latest-crew-departure", "largest-margin"]


class DescentAttitudes(Table):
    """Attitudes of ``station.attitudes`` in the parts of the descent; where none is named the drag is the station's."""

    crewed: Key = "normal"
    uncrewed: Key = "normal"
    burns: Key = "normal"


class Descent(Table):
    """How the station comes down: drift and lowering, crew departure, targeted burns."""

    lowering_start: date = Field(description="reboosts stop on this day; what follows is descent")
    lowering_propellant_kg: NonNegative = Field(0.0, description="spent on lowering from lowering_start on, above drag")
    lowering_vehicle: Key = Field(description="vehicle type whose engine and loads pay for the lowering")
    lowering_kg_per_day: Positive = 100.0
    crew_departure_altitude_km: Positive
    crew_departure_months_before_entry: NonNegative
    hold_altitude_km: Positive
    targeting_altitude_km: Positive = Field(description="mean altitude at which the targeted burns begin")
    deorbit_vehicle: Key = Field(description="key of the flight that makes the targeted burns")
    deorbit_reserve_kg: NonNegative = 0.0
    aim: Aim
    burns: dict[Key, FinalBurn]
    second_lowering: SecondLowering | None = None
    objective: Objective = Field("least-propellant", description="what the best way down is sought for")
    attitudes: DescentAttitudes = DescentAttitudes()
    hold_low_km: Positive | None = Field(None, description="hold altitudes that the search may choose; none: as it is")
    hold_high_km: Positive | None = None
    control_limit_km: Positive = Field(220.0, description="mean altitude below which gyros saturate, thrusters steer")
    attitude_kg_per_day: NonNegative = Field(0.0, description="of the deorbit vehicle, to steer in the targeted phase")
    settling_s: NonNegative = Field(0.0, description="attitude held before each ignition")
    backup_opportunities: Annotated[int, Field(ge=0, le=20)] = 4
    phasing_days: NonNegative = Field(
        21.0, description="before the targeted burns, at which the orbit is first lowered to be in phase"
    )


class Scenario(Table):
    """The whole of what people decided."""

    name: Key
    title: str
    entry: Entry | None = Field(
        None, description="where the flight starts, if it starts in the entry: see docs/reenter.md"
    )
    orbit: Orbit
    station: Station
    vehicles: dict[Key, Vehicle]
    partners: dict[Key, Partner]
    flights: dict[Key, Flight]
    cadence: dict[Key, Cadence] = Field({})
    rules: Rules
    crew: CrewRules = CrewRules()
    supplies: dict[Key, Supply] = Field({})
    quiet: dict[Key, Quiet] = Field({})
    horizon: Horizon
    descent: Descent
    reentry: Reentry
    assess: AssessRules
    materials: dict[Key, Material]
    sources: dict[str, Source]
