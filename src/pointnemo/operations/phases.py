"""What launches and landings ask of the station's place along its orbit.

A vehicle that leaves when its pad lies in the station's plane has the station ahead by an angle, the phase, that its
rendezvous must be able to catch up. A capsule that lands where the ground track passes needs the station over the
landing site about when that lies in its plane. Both are set weeks before, by the size and the day of reboosts: a
metre a second shifts the station by 2.2 degrees on every day that follows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal, NamedTuple

from pointnemo.operations.launch_sites import LAUNCHERS, SITES, VISITORS, CatchUp, LaunchSite, Route, Visitor
from pointnemo.operations.windows import StationOrbit, liftoff_of, plane_crossings, site_latitude_rad
from pointnemo.scenario.models import Flight, Scenario
from pointnemo.scenario.schedule import expand_flights
from pointnemo.world import time
from pointnemo.world.earth import EarthOrientation

__all__ = ["LANDINGS", "Choice", "Event", "Landing", "Passage", "events_of", "passage_on"]

DAY_S, HOUR_S = 86400.0, 3600.0
NEVER_DEG = 360.0


class Choice(NamedTuple):
    """One way to fit an event.

    Attributes:
        name: rendezvous, or ``landing``.
        low_deg: least phase.
        high_deg: largest; beyond 360 above ``low_deg`` it may be any.
        trip_hours: from liftoff to docking; None for a landing.
    """

    name: str
    low_deg: float
    high_deg: float
    trip_hours: float | None = None


@dataclass(frozen=True)
class Landing:
    """Where a vehicle comes down.

    Attributes:
        site: the landing site.
        direction: of the pass over it.
        middle_deg: of the phase.
        half_deg: phase that may be missing either way: 15 deg are a degree of longitude.
        source: of the figures.
    """

    site: LaunchSite
    direction: Literal["ascending", "descending"]
    middle_deg: float
    half_deg: float
    source: str


LANDINGS: Mapping[str, Landing] = MappingProxyType(
    {
        "soyuz-ms": Landing(
            LaunchSite("Zhezkazgan", 47.3, 69.6, "recalled: landings near 47.3 N 69.6 E"),
            "ascending",
            -24.0,
            24.0,
            "fitted: middle, on landings of Soyuz MS-17 and MS-20 by element sets (-33 and -15 deg); those of MS-18 "
            "and MS-25 agree (-36 and -19 deg); guess: landing areas within 120 km of the track",
        )
    }
)
"""By key of ``scenario.vehicles``. Vehicles that wait in free flight for one of several sites are not listed."""


@dataclass(frozen=True)
class Event:
    """A launch or a landing whose phase a plan must fit.

    Attributes:
        flight: key.
        vehicle: key of its type.
        kind: launch or landing.
        site: key of ``SITES``, or name of the landing site.
        day: of liftoff or landing, UTC.
        choices: ways to fit it, best first.
    """

    flight: str
    vehicle: str
    kind: Literal["launch", "landing"]
    site: str
    day: date
    choices: tuple[Choice, ...]

    @property
    def direction(self) -> Literal["ascending", "descending"]:
        """Of the pass over the site."""
        return LANDINGS[self.vehicle].direction if self.kind == "landing" else _route(self.vehicle, self.site).direction


class Passage(NamedTuple):
    """A moment at which the site of an event lies in the station's plane.

    Attributes:
        tt_s: liftoff, or passage of the landing site; TT seconds since J2000.
        phase_deg: launch: station ahead of the vehicle at insertion, 0 to 360 (a little more where liftoff waits);
            landing: station ahead of the site, -180 to 180.
    """

    tt_s: float
    phase_deg: float


def _route(vehicle: str, site: str) -> Route:
    return VISITORS[vehicle].routes[site]


def events_of(scenario: Scenario, from_day: date, to_day: date) -> tuple[Event, ...]:
    """Launches and landings between two days that ask for a phase.

    Vehicles that can catch up from any phase ask for nothing; nor do types whose launcher is not known.

    Args:
        scenario: flights and their wanted rendezvous.
        from_day: first.
        to_day: first that is not asked about.

    Returns:
        By day.
    """
    events: list[Event] = []
    for key, flight in expand_flights(scenario).items():
        visitor, landing = VISITORS.get(flight.vehicle), LANDINGS.get(flight.vehicle)
        if visitor is not None:
            choices = _launch_choices(visitor, flight)
            day = _launch_day(flight, choices)
            if choices and choices[0].high_deg - choices[0].low_deg < NEVER_DEG:
                events.append(Event(key, flight.vehicle, "launch", next(iter(visitor.routes)), day, choices))
        if landing is not None:
            middle, half = landing.middle_deg, landing.half_deg
            choice = Choice("landing", middle - half, middle + half)
            events.append(Event(key, flight.vehicle, "landing", landing.site.name, flight.undock, (choice,)))
    inside = (event for event in events if from_day <= event.day < to_day)
    return tuple(sorted(inside, key=lambda event: (event.day, event.flight, event.kind)))


def _launch_choices(visitor: Visitor, flight: Flight) -> tuple[Choice, ...]:
    """The rendezvous that a flight may use; all of its vehicle's where it wants none in particular."""
    if isinstance(visitor.rendezvous, CatchUp):
        return ()
    wanted = flight.rendezvous or tuple(scheme.name for scheme in visitor.rendezvous)
    return tuple(
        Choice(scheme.name, scheme.low_deg, scheme.high_deg, scheme.trip_hours)
        for scheme in visitor.rendezvous
        if scheme.name in wanted
    )


def _launch_day(flight: Flight, choices: tuple[Choice, ...]) -> date:
    """Day of liftoff: as the flight says, else before docking by the longest trip that it may take."""
    if flight.launch is not None:
        return flight.launch
    longest_h = max((choice.trip_hours or 0.0 for choice in choices), default=0.0)
    return flight.dock - timedelta(days=int(longest_h // 24))


def passage_on(event: Event, day: date, orbit: StationOrbit, eo: EarthOrientation) -> Passage | None:
    """The pass of an event's site through the station's plane on a day.

    Args:
        event: the event.
        day: UTC.
        orbit: the station's, as it is that day.
        eo: Earth orientation.

    Returns:
        The first of the day; None on the one day in seventy on which none falls.
    """
    start = time.from_utc(day.isoformat() + "T00:00:00Z")
    if event.kind == "landing":
        landing = LANDINGS[event.vehicle]
        crossings = plane_crossings(orbit, landing.site, landing.direction, start, start + DAY_S, eo)
        if not crossings:
            return None
        ahead = orbit.latitude_at(crossings[0]) - site_latitude_rad(orbit, landing.site, crossings[0], eo)
        return Passage(crossings[0], math.degrees(math.remainder(ahead, math.tau)))
    route, visitor = _route(event.vehicle, event.site), VISITORS[event.vehicle]
    launcher, site = LAUNCHERS[route.launcher], SITES[event.site]
    crossings = plane_crossings(orbit, site, route.direction, start, start + DAY_S, eo)
    if not crossings:
        return None
    tt_s, phase_deg, _ = liftoff_of(orbit, visitor, site, launcher, crossings[0], eo)
    return Passage(tt_s, phase_deg)
