"""The station in its attitudes: the area that the air meets, and which way each engine pushes.

Drag is known from reality for the attitude ``normal``: ``station.drag`` is fitted to the orbit. In another attitude it
is scaled with the area that the air meets; the drag coefficient of that area is taken to be the same.

Arrays that follow the Sun about two axes have their normal on it. In a circular orbit the flight direction turns once
round in the orbit plane, where the Sun's direction has the length cos(beta), beta being its angle above the plane. So
the absolute cosine of the angle between the two has the mean (2 / pi) cos(beta) over a revolution. The node goes round
six times a year and drifts through the seasons: the mean is taken over all nodes and all seasons, each evenly. At 51.6
degrees it is 0.513.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from pointnemo.results import AttitudeSpell, Estimate
from pointnemo.scenario.schedule import expand_flights
from pointnemo.scenario.stays import stretches
from pointnemo.world.time import to_date, to_utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pointnemo.motion.history import Flown
    from pointnemo.scenario.models import Attitude, Port, Scenario, Tank, Vehicle

__all__ = [
    "NORMAL",
    "Push",
    "area_m2",
    "array_share",
    "attitude_spells",
    "cd_area_m2_of",
    "drag_factor",
    "flies_backwards",
    "mean_cos_beta",
    "pushes_of_tank",
    "pushes_of_vehicle",
    "sun_tracking_share",
]

Part = Literal["crewed", "uncrewed", "burns"]
Direction = Literal["raise", "lower"]

NORMAL = "normal"
OBLIQUITY_RAD = math.radians(84381.406 / 3600.0)  # of the ecliptic at J2000 (Capitaine et al. 2003, eq. 37)
NODES = 360  # points of each of the two angles; the mean is periodic in both, and good to 1e-6
_OTHER: dict[Direction, Direction] = {"raise": "lower", "lower": "raise"}
_VERB: dict[Direction, str] = {"raise": "speeds it up", "lower": "slows it"}


class Push(NamedTuple):
    """A direction in which an engine can push.

    Attributes:
        direction: ``raise`` along the flight, ``lower`` against it.
        turn: whether the station leaves the attitude that it flies in for it.
    """

    direction: Direction
    turn: bool


# --- area ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def mean_cos_beta(inclination_rad: float) -> float:
    """Mean of the cosine of the beta angle over all nodes and seasons.

    Args:
        inclination_rad: of the orbit.

    Returns:
        Between 2 / pi and 1. sin(beta) is the Sun's direction times the orbit normal (Vallado 2013, section 5.3.2); the
        Sun is taken as going evenly round the ecliptic.
    """
    angle = (np.arange(NODES) + 0.5) * (2.0 * np.pi / NODES)
    node, sun = angle[:, None], angle[None, :]
    sin_i, cos_i = math.sin(inclination_rad), math.cos(inclination_rad)
    sin_e, cos_e = math.sin(OBLIQUITY_RAD), math.cos(OBLIQUITY_RAD)
    in_equator = np.sin(node) * np.cos(sun) - np.cos(node) * cos_e * np.sin(sun)
    sin_beta = sin_i * in_equator + cos_i * sin_e * np.sin(sun)
    return float(np.sqrt(np.maximum(1.0 - sin_beta**2, 0.0)).mean())


def sun_tracking_share(inclination_rad: float) -> float:
    """Share of their area that arrays on the Sun show to the air, in the long mean; see the module."""
    return 2.0 / math.pi * mean_cos_beta(inclination_rad)


def array_share(attitude: Attitude, inclination_rad: float) -> float:
    """Share of the arrays' area that meets the air, in the mean over a revolution.

    Args:
        attitude: with fixed arrays, the cosine of the angle between their normal and the flight.
        inclination_rad: of the orbit.

    Returns:
        0 (edge-on) to 1 (broadside).
    """
    if attitude.arrays == "fixed":
        return math.cos(math.radians(attitude.arrays_deg))
    return sun_tracking_share(inclination_rad)


def area_m2(attitude: Attitude, inclination_rad: float) -> float:
    """Area of body and arrays that the air meets, in the mean over a revolution, m2; see ``array_share``."""
    return attitude.body_area_m2 + attitude.array_area_m2 * array_share(attitude, inclination_rad)


def drag_factor(scenario: Scenario, key: str) -> float:
    """Drag in an attitude over that in the attitude ``normal``, to which ``station.drag`` belongs.

    Args:
        scenario: its rules see to it that an attitude that is named exists.
        key: of ``station.attitudes``.

    Returns:
        Ratio of the areas; exactly 1 for ``normal``, and where the scenario does not describe it.
    """
    attitudes = scenario.station.attitudes
    if key == NORMAL or NORMAL not in attitudes:
        return 1.0
    inclination = _inclination_rad(scenario)
    return area_m2(attitudes[key], inclination) / area_m2(attitudes[NORMAL], inclination)


def cd_area_m2_of(scenario: Scenario, part: Part) -> float:
    """Drag coefficient times area in a part of the descent, m2: ``station.drag`` scaled by the attitude flown in it."""
    return scenario.station.drag.cd_area_m2 * drag_factor(scenario, _flown_in(scenario, part))


def flies_backwards(scenario: Scenario, part: Part) -> bool:
    """Whether the station flies turned round in a part of the descent."""
    attitude = scenario.station.attitudes.get(_flown_in(scenario, part))
    return attitude is not None and attitude.backwards


def _flown_in(scenario: Scenario, part: Part) -> str:
    """Key of the attitude of a part of the descent."""
    key: str = getattr(scenario.descent.attitudes, part)
    return key


def _inclination_rad(scenario: Scenario) -> float:
    """Inclination of the start state, rounded to what is worth computing again."""
    momentum = np.cross(scenario.orbit.position_km, scenario.orbit.velocity_km_s)
    return round(math.acos(float(momentum[2] / np.linalg.norm(momentum))), 4)


# --- thrust ----------------------------------------------------------------------------------------------------------


def pushes_of_vehicle(vehicle: Vehicle, port: Port, backwards: bool = False) -> tuple[Push, ...]:
    """What a vehicle on a port can do for the station.

    Args:
        vehicle: with its engine.
        port: which directions it allows, and which of them comes naturally in the normal attitude.
        backwards: whether the station flies turned round, so that the other direction comes naturally.

    Returns:
        The directions; empty where it can do nothing.
    """
    if vehicle.thrust_n <= 0.0:
        return ()
    able: list[Direction] = []
    if port.raises and vehicle.can_raise:
        able.append("raise")
    if port.lowers and vehicle.can_lower:
        able.append("lower")
    natural = port.natural
    if natural is None and not port.turn and port.raises != port.lowers:
        natural = "raise" if port.raises else "lower"
    return tuple(_push(direction, natural, port.turn, backwards) for direction in able)


def pushes_of_tank(tank: Tank, backwards: bool = False) -> tuple[Push, ...]:
    """What the station's own engine, fed by a tank, can do; it speeds the station up in the normal attitude."""
    if tank.thrust_n <= 0.0:
        return ()
    able: list[Direction] = []
    if tank.can_raise:
        able.append("raise")
    if tank.can_lower:
        able.append("lower")
    return tuple(_push(direction, "raise", True, backwards) for direction in able)


def _push(direction: Direction, natural: Direction | None, turn: bool, backwards: bool) -> Push:
    """One direction; without a natural one the port says whether there is a turn."""
    if natural is None:
        return Push(direction, turn)
    return Push(direction, direction != (_OTHER[natural] if backwards else natural))


def _told(pushes: tuple[Push, ...]) -> str:
    """Directions in words."""
    return ", ".join(f"{_VERB[one.direction]} {'after a turn' if one.turn else 'as it flies'}" for one in pushes)


def _thrust(scenario: Scenario, backwards: bool, first: str, last: str) -> Iterator[str]:
    """A line for each port and type of vehicle that can push between two days, and for each engine of the station."""
    seen = set()
    for flight in expand_flights(scenario).values():
        vehicle = scenario.vehicles[flight.vehicle]
        for key, begin, end in stretches(flight):
            port = scenario.station.ports[key]
            pushes = pushes_of_vehicle(vehicle, port, backwards)
            there = begin.isoformat() <= last and end.isoformat() > first
            if there and pushes and (flight.vehicle, key) not in seen:
                seen.add((flight.vehicle, key))
                yield f"{vehicle.name} on {port.name}: {_told(pushes)}"
    for key, tank in scenario.station.tanks.items():
        if pushes := pushes_of_tank(tank, backwards):
            yield f"the station's own engine, tank {key}: {_told(pushes)}"


# --- document --------------------------------------------------------------------------------------------------------


def attitude_spells(flown: Flown, scenario: Scenario, entry_tt_s: float | None) -> tuple[AttitudeSpell, ...]:
    """How the station flies on its way down, under mean solar activity.

    The crewed part ends at the altitude at which the crew leaves, the uncrewed part where the targeted burns begin.

    Args:
        flown: averaged histories, with a run ``mean``.
        scenario: what was decided.
        entry_tt_s: TT seconds of entry; None where it is not known.

    Returns:
        The parts that are flown, in order. The interval of the drag area is that of ``station.drag``, scaled.
    """
    run = flown.history.runs.index("mean")
    begin = flown.lowering_start_tt_s
    handed_over = bool(flown.handed_over[run])
    end = float(flown.handover_tt_s[run])
    departure = min(max(float(flown.crossings["crew_departure"][run]), begin), end)
    parts: list[tuple[Part, float, float | None]] = [("crewed", begin, departure), ("uncrewed", departure, end)]
    if handed_over:
        parts.append(("burns", end, entry_tt_s))
    elif departure < end:
        parts[-1] = ("uncrewed", departure, None)
    else:
        parts[0] = ("crewed", begin, None)
    return tuple(
        _spell(scenario, part, start, until)
        for part, start, until in parts
        if until is None or until > start
    )  # fmt: skip


def _spell(scenario: Scenario, part: Part, from_tt_s: float, to_tt_s: float | None) -> AttitudeSpell:
    """One part of the descent."""
    key, drag = _flown_in(scenario, part), scenario.station.drag
    attitude, factor = scenario.station.attitudes.get(key), drag_factor(scenario, key)
    last = "9999" if to_tt_s is None else to_date(to_tt_s)
    return AttitudeSpell(
        from_utc=to_utc(from_tt_s, 0),
        to_utc=None if to_tt_s is None else to_utc(to_tt_s, 0),
        part=part,
        attitude=key,
        text="" if attitude is None else attitude.text,
        cd_area_m2=Estimate(
            value=factor * drag.cd_area_m2,
            low=factor * drag.low_m2,
            high=factor * drag.high_m2,
            level=drag.level,
            unit="m2",
        ),
        thrust=tuple(_thrust(scenario, flies_backwards(scenario, part), to_date(from_tt_s), last)),
    )
