"""Passes on which the station can still be brought down once the orbit of the last days is flown.

The phase of that orbit is fixed by the primary pass. What is left to choose is when the burns go on (any of them may be
put off by whole revolutions, which moves the ground track some 22 degrees west each) and where on the orbit they lie.
Passes are looked at with the ground track of a coast that is flown once: a day or two of revolutions cost little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.geometry import EARTH_MEAN_RADIUS_KM, PLANE_HEIGHT_KM, WGS84, argument_of_latitude, wrapped_rad
from pointnemo.descent.targeted.sequence import LOWEST_COAST_KM
from pointnemo.motion.lastdays import Environment, Flight, State, fly
from pointnemo.motion.mean_elements import axes_of_pole
from pointnemo.world.earth import EARTH_ROTATION_RAD_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pointnemo.descent.geometry import GroundTrack
    from pointnemo.descent.targeted.engine import Engine
    from pointnemo.descent.targeted.sequence import FlownBurn
    from pointnemo.descent.targeted.targeting import Target
    from pointnemo.results import FloatArray
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = [
    "LEAST_LIFE_REVOLUTIONS",
    "MARGIN_KM",
    "WGS84",
    "Coast",
    "Keeping",
    "Spot",
    "Swath",
    "arguments",
    "coasts_of",
    "impact_argument",
    "keeping_of",
    "key_of",
    "spots_of",
    "start_of",
    "unwrapped_near",
]

LEAST_LIFE_REVOLUTIONS = 5.0
"""How long the station must still last without its final burn: one that is missed later leaves no other chance."""

MARGIN_KM = 60.0
"""Asked for on top of the limits, as in the aiming loop: the place that is reached differs a little from this one."""

STEP_KM = 50.0
SAMPLE_S = 20.0  # 150 km of track: between them a straight line is within half a kilometre of it
COLDEST_DEG = -40.0  # further north no Antarctic ice is near enough to matter


class Swath(NamedTuple):
    """Where pieces fall about the reference impact.

    Attributes:
        heel_km: first piece, along the track in flight direction; negative: before the impact.
        toe_km: last piece.
        half_width_km: furthest to either side.
    """

    heel_km: float
    toe_km: float
    half_width_km: float


class Keeping(NamedTuple):
    """How far a footprint keeps from what it must not reach.

    Attributes:
        land_km: from its edge to the nearest land; 0 where it touches.
        ice_km: to Antarctic ice.
        land: name of that land, where one is known.
        margin_km: by how much both limits are kept; negative: by how much one is missed.
    """

    land_km: float
    ice_km: float
    land: str
    margin_km: float


class Spot(NamedTuple):
    """The best place to come down on one revolution.

    Attributes:
        revolutions_later: than the primary pass.
        argument_rad: argument of latitude, counted on from the primary flight without jumps.
        margin_km: as in ``Keeping``.
        from_aim_km: geodesic distance from the aim of the scenario.
    """

    revolutions_later: int
    argument_rad: float
    margin_km: float
    from_aim_km: float


@dataclass(frozen=True)
class Coast:
    """The orbit if the burns stop before one of them.

    Attributes:
        hold: index of the first burn that is put off, in the order of the scenario.
        made: how many burns have been flown by then; a burn in parts counts each.
        state: after the burns that are made.
        argument_rad: argument of latitude at every sample, counted on from the primary flight, shape (n,).
        flight: down to the dense air, or to the end of the environment.
        late_s: how much later than this coast the primary flight reaches the argument of its impact.
        travel_rad: from the state to the middle of the next burn of the primary flight.
    """

    hold: int
    made: int
    state: State
    argument_rad: FloatArray
    flight: Flight
    late_s: float
    travel_rad: float

    def lasts(self, argument_rad: float) -> float:
        """For how many revolutions after an argument of latitude the coast goes on; negative where it ends before."""
        return float(self.argument_rad[-1] - argument_rad) / (2 * np.pi)


def unwrapped_near(argument_rad: float, near_rad: float) -> float:
    """The same angle within half a turn of another."""
    return near_rad + wrapped_rad(argument_rad - near_rad)


def arguments(flight: Flight, environment: Environment, near_rad: float | None = None) -> FloatArray:
    """Argument of latitude of every sample on the equator of date, without jumps.

    Args:
        flight: sampled often within a revolution.
        environment: its axes.
        near_rad: the first is within half a turn of it.

    Returns:
        rad, shape (n,).
    """
    to_date = axes_of_pole(environment.pole)
    angle = np.unwrap(argument_of_latitude(flight.position_km @ to_date.T, flight.velocity_km_s @ to_date.T))
    if near_rad is None:
        return angle
    return angle + (unwrapped_near(float(angle[0]), near_rad) - angle[0])


def coasts_of(target: Target, keys: Sequence[str], engine: Engine, environment: Environment) -> tuple[Coast, ...]:
    """The coast before each burn of a targeted flight that was made.

    Args:
        target: the primary flight.
        keys: ids of the burns of the scenario, in order.
        engine: steers on the way.
        environment: forces, as far on as passes are looked for.

    Returns:
        One coast per burn after which the station would outlast the primary pass, in order.
    """
    flight, burns = target.sequence.flight, target.sequence.burns
    flown = arguments(flight, environment)
    end = impact_argument(flight, environment, float(flown[-1]))
    found = []
    for hold, key in enumerate(keys):
        made = next((k for k, one in enumerate(burns) if key_of(one) == key), None)
        if made is None:
            continue
        state = start_of(flight) if made == 0 else burns[made - 1].end
        near = float(np.interp(state.tt_s, flight.tt_s, flown))
        coast = fly(
            state, [], environment, stop_height_km=LOWEST_COAST_KM, stop_tt_s=environment.stop_tt_s, sample_s=SAMPLE_S,
            coast_flow_kg_s=engine.attitude_kg_s,
        )  # fmt: skip
        angle = arguments(coast, environment, near)
        if angle[-1] <= end:  # it falls before the primary pass is over: from here nothing can be put off
            continue
        late = float(flight.tt_s[-1] - np.interp(end, angle, coast.tt_s))
        centre = burns[made].command.start_tt_s + burns[made].duration_s / 2
        travel = float(np.interp(centre, flight.tt_s, flown) - angle[0])
        found.append(Coast(hold, made, state, angle, coast, late, travel))
    return tuple(found)


def key_of(burn: FlownBurn) -> str:
    """Id of a burn in the scenario, for all its parts."""
    return burn.command.id if burn.parts == 1 else burn.command.id.rsplit(".", 1)[0]


def start_of(flight: Flight) -> State:
    """First sample of a flight."""
    return State(float(flight.tt_s[0]), flight.position_km[0], flight.velocity_km_s[0], float(flight.mass_kg[0]))


def impact_argument(flight: Flight, environment: Environment, near_rad: float) -> float:
    """Argument of latitude of the end of a flight, in the plane of the orbit above the dense air.

    Args:
        flight: down to the ground.
        environment: its axes.
        near_rad: the result is within half a turn of it.

    Returns:
        rad, on the equator of date.
    """
    high = int(np.flatnonzero(flight.height_km > PLANE_HEIGHT_KM)[-1])
    to_date = axes_of_pole(environment.pole)
    momentum = np.cross(to_date @ flight.position_km[high], to_date @ flight.velocity_km_s[high])
    node = np.array([-momentum[1], momentum[0], 0.0])
    across = np.cross(momentum, node)
    place = to_date @ flight.position_km[-1]
    angle = np.arctan2(place @ across / np.linalg.norm(across), place @ node / np.linalg.norm(node))
    return unwrapped_near(float(angle), near_rad)


def spots_of(
    coast: Coast, primary_rad: float, most_revolutions: int, scenario: Scenario, world: World, swath: Swath
) -> tuple[Spot, ...]:
    """The best place on each later revolution of a coast.

    Best is the place nearest to the scenario's aim of those that keep all limits with ``MARGIN_KM`` to spare; where
    none does, the one that keeps them best.

    Args:
        coast: the orbit.
        primary_rad: argument of latitude of the primary impact; a revolution is half a turn to either side of it.
        most_revolutions: how many later ones are looked at.
        scenario: aim and clearances.
        world: land and ice.
        swath: about each place.

    Returns:
        One place for each of the revolutions that the coast lasts.
    """
    step = STEP_KM / EARTH_MEAN_RADIUS_KM
    before, beyond = (int(np.ceil(abs(km) / STEP_KM)) for km in (swath.heel_km, swath.toe_km))
    first = primary_rad + np.pi
    last = min(primary_rad + (2 * most_revolutions + 1) * np.pi, float(coast.argument_rad[-1]) - beyond * step)
    count = int((last - first) / step) + 1
    if count < 2:
        return ()
    angle = first + step * np.arange(-before, count + beyond)
    flight = coast.flight
    latitude = np.interp(angle, coast.argument_rad, flight.latitude_deg)
    # The Earth turns on while the burned flight is later (or earlier) than the coast.
    turned_deg = np.degrees(EARTH_ROTATION_RAD_S * coast.late_s)
    longitude = np.interp(angle, coast.argument_rad, np.unwrap(flight.longitude_deg, period=360.0)) - turned_deg
    longitude = (longitude + 180.0) % 360.0 - 180.0
    margin = _margins_km(latitude, longitude, scenario, world, swath.half_width_km)
    whole = np.lib.stride_tricks.sliding_window_view(margin, before + beyond + 1).min(axis=1)
    here = slice(before, before + count)
    aim = scenario.descent.aim
    aims = np.full(count, aim.longitude_deg), np.full(count, aim.latitude_deg)
    distance = np.asarray(WGS84.inv(longitude[here], latitude[here], *aims)[2]) / 1000.0
    revolution = np.round((angle[here] - primary_rad) / (2 * np.pi)).astype(int)
    places = []
    for later in range(1, most_revolutions + 1):
        rows = np.flatnonzero(revolution == later)
        if len(rows) < int(2 * np.pi / step) - 2:  # the coast ends within it
            break
        clear = rows[whole[rows] >= MARGIN_KM]
        at = int(clear[distance[clear].argmin()]) if len(clear) else int(rows[whole[rows].argmax()])
        places.append(Spot(later, float(angle[here][at]), float(whole[at]), float(distance[at])))
    return tuple(places)


def keeping_of(track: GroundTrack, scenario: Scenario, world: World, swath: Swath) -> Keeping:
    """How far the footprint about a track's place keeps from land and ice.

    Args:
        track: anchored at the place.
        scenario: the limits.
        world: land and ice.
        swath: about the place.

    Returns:
        Both distances and the nearest land.
    """
    steps = max(2, int((swath.toe_km - swath.heel_km) / STEP_KM) + 1)
    latitude, longitude = track.at(np.linspace(swath.heel_km, swath.toe_km, steps))
    land = world.land.distance_km(latitude, longitude)
    ice = world.land.antarctic_ice_distance_km(latitude, longitude)
    worst = int(land.argmin())
    name = world.land.nearest(float(latitude[worst]), float(longitude[worst])).name
    margin = _margins_km(latitude, longitude, scenario, world, swath.half_width_km)
    land_km, ice_km = (max(float(km.min()) - swath.half_width_km, 0.0) for km in (land, ice))
    return Keeping(land_km, ice_km, name, float(margin.min()))


def _margins_km(
    latitude: FloatArray, longitude: FloatArray, scenario: Scenario, world: World, half_width_km: float
) -> FloatArray:
    """By how much places keep the clearances of the rules, the worse of land and ice, km."""
    margin = world.land.distance_km(latitude, longitude) - scenario.rules.land_clearance_km
    cold = latitude < COLDEST_DEG
    ice = world.land.antarctic_ice_distance_km(latitude[cold], longitude[cold])
    margin[cold] = np.minimum(margin[cold], ice - scenario.rules.antarctic_ice_clearance_km)
    return margin - half_width_km
