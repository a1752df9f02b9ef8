"""A scenario that begins in the entry: a state, what the body is made of, and nothing that came before.

It extends ``common`` and adds ``[entry]`` and ``[station]``; everything that is decided before an entry may be left
out. It stays a ``Scenario``, so that break-up and risk are computed by the same code: what is left out is filled with
tables that say that nothing is docked, held, burnt or flown. They are neither written out nor asked for a source.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from pointnemo.errors import Defect
from pointnemo.scenario.entry_rules import AIR_TO, ENTRY_FROM, date_defects, speed_defects
from pointnemo.scenario.models import (
    Aim,
    Descent,
    Drag,
    Entry,
    Flight,
    Horizon,
    Orbit,
    Partner,
    Port,
    Rules,
    Scenario,
    Station,
    Tank,
    Vehicle,
)
from pointnemo.scenario.table import Key, NonNegative, Positive

__all__ = ["EntryScenario", "aim_of", "entry_defects", "written"]

NOTHING = "none"
"""Key of a vehicle or flight that is not there."""


class EntryStation(Station):
    """What enters. ``mass_kg`` is everything that does."""

    drag: Drag = Drag(cd_area_m2=1.0, low_m2=1.0, high_m2=1.0)
    tanks: dict[Key, Tank] = Field({})
    ports: dict[Key, Port] = Field({})


class EntryRules(Rules):
    """The rules of safety; nothing is held, so there is no corridor to hold it in."""

    corridor_upper_km: Positive = 1500.0
    attitude_propellant_kg_per_day: NonNegative = 0.0
    propellant_reserve_kg: NonNegative = 0.0


def aim_of(entry: Entry) -> Aim:
    """From where down-range counts: the aim of the entry, or its own place."""
    latitude = entry.latitude_deg if entry.aim_latitude_deg is None else entry.aim_latitude_deg
    longitude = entry.longitude_deg if entry.aim_longitude_deg is None else entry.aim_longitude_deg
    return Aim(latitude_deg=latitude, longitude_deg=(longitude + 180.0) % 360.0 - 180.0)


def _horizon(data: dict[str, Any]) -> Horizon:
    day = data["entry"].utc.date()
    return Horizon(operate_until=day, deorbit_by=day)


def _descent(data: dict[str, Any]) -> Descent:
    entry: Entry = data["entry"]
    filled = {
        "lowering_start": entry.utc.date(),
        "lowering_vehicle": NOTHING,
        "crew_departure_altitude_km": entry.height_km,
        "crew_departure_months_before_entry": 0.0,
        "hold_altitude_km": entry.height_km,
        "targeting_altitude_km": entry.height_km,
        "deorbit_vehicle": NOTHING,
        "aim": aim_of(entry),
        "burns": {},
    }
    return Descent.model_validate(filled)


class EntryScenario(Scenario):
    """A scenario with ``[entry]``; see the head of the module. ``orbit`` is None where none is given."""

    entry: Entry  # pyright: ignore[reportIncompatibleVariableOverride]  # frozen: narrowing is safe
    orbit: Orbit = Field(None, validate_default=False)  # pyright: ignore[reportAssignmentType]  # nothing reads it
    station: EntryStation  # pyright: ignore[reportIncompatibleVariableOverride]
    vehicles: dict[Key, Vehicle] = Field({})
    partners: dict[Key, Partner] = Field({})
    flights: dict[Key, Flight] = Field({})
    rules: EntryRules  # pyright: ignore[reportIncompatibleVariableOverride]
    horizon: Horizon = Field(default_factory=_horizon)
    descent: Descent = Field(default_factory=_descent)


FILLED = ("orbit", "vehicles", "partners", "flights", "horizon", "descent")
SAFETY = ("casualty_limit", "land_clearance_km", "antarctic_ice_clearance_km", "final_perigee_max_km")
FILLED_BELOW = {
    "station": ("drag", "tanks", "ports", "clearances", "attitudes"),
    "rules": tuple(name for name in Rules.model_fields if name not in SAFETY),
}


def written(scenario: Scenario) -> dict[str, Any]:
    """The tables of a scenario as a document has them: without what was filled in for one that begins in the entry.

    Args:
        scenario: any scenario.

    Returns:
        Its tables as plain values.
    """
    tree = scenario.model_dump()
    if scenario.entry is None:
        del tree["entry"]
        return tree
    for name in FILLED:
        if name not in scenario.model_fields_set:
            del tree[name]
    for table, names in FILLED_BELOW.items():
        for name in names:
            if name not in getattr(scenario, table).model_fields_set:
                del tree[table][name]
    return tree


def entry_defects(scenario: Scenario) -> Iterator[Defect]:
    """What is wrong with ``[entry]`` beyond its single values."""
    entry = scenario.entry
    if entry is None:
        return
    if (entry.aim_latitude_deg is None) != (entry.aim_longitude_deg is None):
        yield Defect("entry", "gives one of aim_latitude_deg and aim_longitude_deg", "give both or none")
    if entry.flight_path_angle_deg >= 0.0:
        what = f"{entry.flight_path_angle_deg:g} deg does not lead down"
        yield Defect("entry.flight_path_angle_deg", what, "an entry has a negative path angle")
    highest = max((phase.height_km for phase in scenario.reentry.phases.values()), default=0.0)
    if entry.height_km <= highest:
        what = f"{entry.height_km:g} km is not above the first break-up, at {highest:g} km"
        yield Defect("entry.height_km", what, "give the state before anything breaks, near 120 km")
    yield from speed_defects("entry.speed_mps", entry.height_km, entry.speed_mps)
    yield from date_defects("entry.utc", entry.utc, ENTRY_FROM, AIR_TO, "the data on the Earth and its air")
