"""When a vehicle can leave for the station: the plane of its ascent must be the station's when it arrives there.

The pad meets the station's plane twice a day. Liftoff leads the meeting, for two reasons that are derived here:

- The pad moves across the plane with the turning Earth. The ascent starts with that speed and nulls it by steering, so
  it drifts on towards the plane: over the ascent by ``steering`` times what the pad itself would have drifted. Hence a
  lead of ``steering * ascent_s``; 0.5 is nulling at a steady rate. ``steering`` is the one number fitted per launcher.
- The vehicle catches up in a lower orbit, whose node turns faster. Both the angle caught up and the node lost grow with
  the time spent there and the depth below the station, so their ratio is neither's: with node rates as a^-7/2 and
  motion as a^-3/2 it is (7/3) (node rate / motion), 0.0021. Each degree of phase asks for a liftoff 0.5 s later, and a
  day spent 200 km below, half a degree of node later (two minutes).

Rates are those of J2, first order (Vallado 2013, eqs 9-38, 9-39 and 9-41); within 15 days NASA's ephemerides keep to
the node so carried within 0.015 deg (4 s). The station is taken to fall without reboost, as its track says.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from pointnemo.motion.mean_elements import axes_of_pole
from pointnemo.motion.secular import secular_rates
from pointnemo.operations.launch_sites import CatchUp, Launcher, LaunchSite, Route, Scheme, Visitor
from pointnemo.operations.window_report import LaunchWindow
from pointnemo.results import Track
from pointnemo.scenario.models import Flight, Scenario
from pointnemo.scenario.schedule import expand_flights, port_on
from pointnemo.station.stack import docked_at
from pointnemo.world import time
from pointnemo.world.earth import (
    EARTH_RADIUS_KM,
    EARTH_ROTATION_RAD_S,
    EarthOrientation,
    from_geodetic,
    gcrs_to_itrs,
    greenwich_angle,
    sun_gcrs_km,
)

__all__ = [
    "StationOrbit",
    "Trip",
    "find_windows",
    "liftoff_of",
    "plane_crossings",
    "regression_s",
    "site_latitude_rad",
    "trip_of",
]

FloatArray = NDArray[np.float64]

DAY_S, HOUR_S = 86400.0, 3600.0
STEP_S = 1200.0  # between samples of the pad's distance from the plane; its two crossings lie hours apart
SAME_FLIGHT_DAYS = 7  # a flight of the scenario that docks this near is the one meant
SUNRISE_DEG = -0.833  # of the Sun's centre: half its width and refraction (Astronomical Almanac)
ROUNDS = 4  # each shrinks the error of the phase thirtyfold


@dataclass(frozen=True)
class StationOrbit:
    """The station's mean orbit and how it falls, referred to the equator of date.

    Attributes:
        epoch_tt_s: TT seconds since J2000.
        a_km: mean semi-major axis at the epoch.
        eccentricity: mean.
        inclination_rad: constant.
        node_rad: at the epoch.
        latitude_rad: mean argument of latitude at the epoch.
        decay_km_s: mean altitude lost per second, positive.
        decay_sigma_km_s: one sigma of it.
    """

    epoch_tt_s: float
    a_km: float
    eccentricity: float
    inclination_rad: float
    node_rad: float
    latitude_rad: float
    decay_km_s: float
    decay_sigma_km_s: float

    @classmethod
    def from_track(cls, track: Track) -> StationOrbit:
        """The orbit of a track."""
        mean, decay = track.mean, track.decay_km_per_day
        width = 2.0 * NormalDist().inv_cdf(0.5 + 0.5 * decay.level)
        return cls(
            epoch_tt_s=time.from_utc(track.epoch_utc),
            a_km=mean.semi_major_axis_km,
            eccentricity=math.hypot(mean.eccentricity_x, mean.eccentricity_y),
            inclination_rad=math.radians(mean.inclination_deg),
            node_rad=math.radians(mean.node_deg),
            latitude_rad=math.radians(mean.argument_of_latitude_deg),
            decay_km_s=decay.value / DAY_S,
            decay_sigma_km_s=(decay.high - decay.low) / width / DAY_S,
        )

    def rates(self, below_km: float = 0.0) -> tuple[float, float]:
        """Node rate and rate of the mean argument of latitude at the epoch's altitude or below it, rad/s."""
        a_km = self.a_km - below_km
        node, latitude = secular_rates(a_km, self.eccentricity, self.inclination_rad)
        return float(node), float(latitude)

    def node_at(self, tt_s: ArrayLike) -> FloatArray:
        """Node at instants, rad, same shape: the rate grows as the orbit falls, as a^-7/2."""
        t = np.asarray(tt_s, dtype=np.float64) - self.epoch_tt_s
        return self.node_rad + self.rates()[0] * t * (1.0 + 1.75 * self.decay_km_s / self.a_km * t)

    def latitude_at(self, tt_s: float) -> float:
        """Mean argument of latitude at an instant, rad, unbounded: the motion grows as a^-3/2."""
        t = tt_s - self.epoch_tt_s
        return self.latitude_rad + self.rates()[1] * t * (1.0 + 0.75 * self.decay_km_s / self.a_km * t)

    def phase_sigma_deg(self, tt_s: float) -> float:
        """One sigma of the argument of latitude at an instant, by drag alone, degrees."""
        t = tt_s - self.epoch_tt_s
        return math.degrees(0.75 * self.rates()[1] * self.decay_sigma_km_s / self.a_km * t * t)

    def normal_at(self, tt_s: ArrayLike) -> FloatArray:
        """Unit normal of the plane in the axes of date, shape (..., 3)."""
        node = self.node_at(tt_s)
        sin_i, cos_i = math.sin(self.inclination_rad), math.cos(self.inclination_rad)
        return np.stack([np.sin(node) * sin_i, -np.cos(node) * sin_i, np.full_like(node, cos_i)], axis=-1)


@dataclass(frozen=True)
class Trip:
    """A rendezvous that fits a phase.

    Attributes:
        scheme: its name.
        hours: nominal, liftoff to docking.
        quickest_hours: least.
        longest_hours: most.
        too_long: even the quickest is longer than the vehicle may fly free.
    """

    scheme: str
    hours: float
    quickest_hours: float
    longest_hours: float
    too_long: bool = False


# --- geometry --------------------------------------------------------------------------------------------------------


def _pad(site: LaunchSite, tt_s: ArrayLike, eo: EarthOrientation) -> FloatArray:
    """Unit vector from the Earth's centre to the pad in the axes of date, shape (..., 3); polar motion is left out."""
    fixed = from_geodetic(math.radians(site.latitude_deg), math.radians(site.longitude_deg), 0.0)
    x, y, z = fixed / np.linalg.norm(fixed)
    angle = greenwich_angle(tt_s, eo)
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([x * cosine - y * sine, x * sine + y * cosine, np.full_like(cosine, z)], axis=-1)


def plane_crossings(
    orbit: StationOrbit, site: LaunchSite, direction: str, from_tt_s: float, to_tt_s: float, eo: EarthOrientation
) -> tuple[float, ...]:
    """Instants at which the pad lies in the station's plane.

    Args:
        orbit: the station's.
        site: the pad.
        direction: ``ascending``: passes north over the pad; ``descending``: south.
        from_tt_s: TT seconds since J2000.
        to_tt_s: likewise.
        eo: Earth orientation.

    Returns:
        TT seconds since J2000, rising; none where the pad lies north of every pass.
    """

    def beside(tt_s: ArrayLike) -> FloatArray:
        return np.sum(orbit.normal_at(tt_s) * _pad(site, tt_s, eo), axis=-1)

    instants = np.append(np.arange(from_tt_s, to_tt_s, STEP_S), to_tt_s)
    sine = beside(instants)
    # the pad moves east: from the left of a plane that climbs (positive, the side of the normal) to its right
    sign = 1.0 if direction == "ascending" else -1.0
    found = np.flatnonzero((sign * sine[:-1] > 0.0) & (sign * sine[1:] <= 0.0))
    return tuple(_crossing(beside, float(instants[k]), float(instants[k + 1])) for k in found)


def _crossing(beside: Callable[[float], FloatArray], before_tt_s: float, after_tt_s: float) -> float:
    """Where the pad's distance from the plane passes zero, to 1 ms (half a metre)."""
    root: Any = brentq(lambda t: float(beside(t)), before_tt_s, after_tt_s, xtol=1e-3)
    return float(root)


def regression_s(orbit: StationOrbit, below_km: float, phase_rad: float) -> float:
    """How much later liftoff is for the node lost while a phase is caught up.

    Args:
        orbit: the station's.
        below_km: how far the phasing orbits lie below it; hardly matters, see the module.
        phase_rad: to be caught up.

    Returns:
        Seconds.
    """
    (node, motion), (low_node, low_motion) = orbit.rates(), orbit.rates(below_km)
    lost = (low_node - node) / (low_motion - motion) * phase_rad
    return -lost / (EARTH_ROTATION_RAD_S - node)


def _phase_rad(
    orbit: StationOrbit, site: LaunchSite, launcher: Launcher, liftoff_tt_s: float, eo: EarthOrientation
) -> float:
    """How far the station is ahead of the vehicle at insertion, unbounded."""
    station = orbit.latitude_at(liftoff_tt_s + launcher.ascent_s)
    return station - site_latitude_rad(orbit, site, liftoff_tt_s, eo) - math.radians(launcher.downrange_deg)


def site_latitude_rad(orbit: StationOrbit, site: LaunchSite, tt_s: float, eo: EarthOrientation) -> float:
    """Argument of latitude of the point of the station's plane that lies nearest to a site, rad."""
    node = float(orbit.node_at(tt_s))
    pad = _pad(site, tt_s, eo)
    ahead = np.array([math.cos(node), math.sin(node), 0.0])
    return math.atan2(float(pad @ np.cross(orbit.normal_at(tt_s), ahead)), float(pad @ ahead))


# --- rendezvous ------------------------------------------------------------------------------------------------------


def trip_of(
    orbit: StationOrbit, rendezvous: tuple[Scheme, ...] | CatchUp, launcher: Launcher, phase_deg: float
) -> Trip | None:
    """The rendezvous that a phase leads to.

    Args:
        orbit: the station's.
        rendezvous: the vehicle's schemes, or how it catches up.
        launcher: its orbit of insertion is the lowest phasing orbit.
        phase_deg: to be caught up.

    Returns:
        The quickest scheme that fits, None where none does; a vehicle that catches up always has a trip.
    """
    if not isinstance(rendezvous, CatchUp):
        fitting = (one for one in rendezvous if one.low_deg <= phase_deg <= one.high_deg)
        scheme = next(fitting, None)
        return Trip(scheme.name, scheme.trip_hours, scheme.trip_hours, scheme.trip_hours) if scheme else None
    lowest_km = _lowest_below_km(orbit, launcher)
    quickest, nominal, longest = (
        max(rendezvous.least_hours, rendezvous.terminal_hours + phase_deg / _gain_deg_h(orbit, below_km))
        for below_km in (lowest_km, min(rendezvous.nominal_below_km, lowest_km), rendezvous.nearest_below_km)
    )
    limit = rendezvous.free_flight_hours
    if quickest > limit:
        return Trip("catch-up", quickest, quickest, quickest, too_long=True)
    return Trip("catch-up", min(nominal, limit), quickest, min(longest, limit))


def _lowest_below_km(orbit: StationOrbit, launcher: Launcher) -> float:
    """How far the orbit of insertion lies below the station, km."""
    return orbit.a_km - EARTH_RADIUS_KM - sum(launcher.insertion_km) / 2.0


def _gain_deg_h(orbit: StationOrbit, below_km: float) -> float:
    """Degrees an hour that an orbit so far below gains on the station."""
    return math.degrees(orbit.rates(below_km)[1] - orbit.rates()[1]) * HOUR_S


# --- windows ---------------------------------------------------------------------------------------------------------


def find_windows(
    orbit: StationOrbit,
    scenario: Scenario,
    vehicle: str,
    visitor: Visitor,
    site: LaunchSite,
    route: Route,
    launcher: Launcher,
    from_tt_s: float,
    to_tt_s: float,
    eo: EarthOrientation,
) -> tuple[LaunchWindow, ...]:
    """Every window of an interval, one for each pass of the pad in the direction of the route.

    Args:
        orbit: the station's.
        scenario: ports and flights.
        vehicle: key of the vehicle type.
        visitor: its rendezvous.
        site: the pad.
        route: direction.
        launcher: what it rides on.
        from_tt_s: earliest liftoff, TT seconds since J2000.
        to_tt_s: latest.
        eo: Earth orientation.

    Returns:
        By liftoff.

    Raises:
        WorldError: Earth orientation does not reach that far.
    """
    lead_s = launcher.steering * launcher.ascent_s
    crossings = plane_crossings(orbit, site, route.direction, from_tt_s - HOUR_S, to_tt_s + HOUR_S, eo)
    windows: list[LaunchWindow] = []
    for crossing in crossings:
        liftoff, phase_deg, late_s = liftoff_of(orbit, visitor, site, launcher, crossing, eo)
        if not from_tt_s <= liftoff <= to_tt_s:
            continue
        trip = trip_of(orbit, visitor.rendezvous, launcher, phase_deg)
        docking = liftoff + trip.hours * HOUR_S if trip else None
        beta_deg = _beta_deg(orbit, liftoff if docking is None else docking, eo)
        elevation = _elevation_deg(site, liftoff, eo)
        port, flight, holders = _port(scenario, vehicle, docking)
        blocked = list(holders)
        if trip is None:
            blocked.append("phase")
        elif trip.too_long:
            blocked.append("free-flight")
        if abs(beta_deg) > visitor.beta_limit_deg:
            blocked.append("beta")
        windows.append(
            LaunchWindow(
                liftoff_utc=time.to_utc(liftoff, 0),
                plane_crossing_utc=time.to_utc(crossing, 0),
                lead_s=lead_s - late_s,
                steering_s=lead_s,
                regression_s=late_s,
                phase_deg=phase_deg,
                phase_sigma_deg=orbit.phase_sigma_deg(liftoff),
                scheme=trip.scheme if trip else "",
                trip_hours=trip.hours if trip else None,
                trip_hours_range=(trip.quickest_hours, trip.longest_hours) if trip else None,
                docking_utc=None if docking is None else time.to_utc(docking, 0),
                beta_deg=beta_deg,
                daylight=elevation > SUNRISE_DEG,
                sun_elevation_deg=elevation,
                node_deg=math.degrees(float(orbit.node_at(liftoff))) % 360.0,
                port=port,
                flight=flight,
                blocked_by=tuple(blocked),
            )
        )
    return tuple(windows)


def liftoff_of(
    orbit: StationOrbit,
    visitor: Visitor,
    site: LaunchSite,
    launcher: Launcher,
    crossing_tt_s: float,
    eo: EarthOrientation,
) -> tuple[float, float, float]:
    """Liftoff that belongs to one crossing of the plane.

    Phase and liftoff hang together: a second later, the station is 0.065 deg further on, which asks for 0.03 s more.

    Args:
        orbit: the station's.
        visitor: its rendezvous.
        site: the pad.
        launcher: what it rides on.
        crossing_tt_s: the pad lies in the plane, TT seconds since J2000.
        eo: Earth orientation.

    Returns:
        (liftoff in TT seconds since J2000, phase to be caught up in degrees, regression in seconds).
    """
    catch = visitor.rendezvous
    below_km = catch.nominal_below_km if isinstance(catch, CatchUp) else _lowest_below_km(orbit, launcher)
    earliest = crossing_tt_s - launcher.steering * launcher.ascent_s
    turns = math.floor(_phase_rad(orbit, site, launcher, earliest, eo) / math.tau)
    late_s = phase = 0.0
    for _ in range(ROUNDS):
        # one turn for all rounds: a station that passes the insertion point while liftoff waits is to be lapped
        phase = _phase_rad(orbit, site, launcher, earliest + late_s, eo) - turns * math.tau
        # the pad's own latitude is an angle within half a turn; from round to round it moves by minutes of arc
        late_s = regression_s(orbit, below_km, phase)
    return earliest + late_s, math.degrees(phase), late_s


def _sun_of_date(tt_s: float, eo: EarthOrientation) -> FloatArray:
    """Unit vector to the Sun in the axes of date, shape (3,)."""
    sun = axes_of_pole(gcrs_to_itrs(tt_s, eo)[2]) @ sun_gcrs_km(tt_s)
    return sun / np.linalg.norm(sun)


def _beta_deg(orbit: StationOrbit, tt_s: float, eo: EarthOrientation) -> float:
    """Angle of the Sun above the orbital plane, positive on the side of the normal."""
    return math.degrees(math.asin(float(orbit.normal_at(tt_s) @ _sun_of_date(tt_s, eo))))


def _elevation_deg(site: LaunchSite, tt_s: float, eo: EarthOrientation) -> float:
    """Angle of the Sun's centre above the geodetic horizon of the pad."""
    latitude, east = (
        math.radians(site.latitude_deg),
        math.radians(site.longitude_deg) + float(greenwich_angle(tt_s, eo)),
    )
    up = np.array([math.cos(latitude) * math.cos(east), math.cos(latitude) * math.sin(east), math.sin(latitude)])
    return math.degrees(math.asin(float(up @ _sun_of_date(tt_s, eo))))


def _port(
    scenario: Scenario, vehicle: str, docking_tt_s: float | None
) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Port on the day of docking, the flight that this is, and the flights that hold the ports where none is free.

    A port is held by the vehicle on it, and by one that stands too near for a vehicle of this type to come.
    """
    if docking_tt_s is None:
        return None, None, ()
    day = date.fromisoformat(time.to_date(docking_tt_s))
    if day < scenario.orbit.epoch_utc.date():
        return None, None, ()  # the scenario does not tell who was docked then
    flight = _meant(scenario, vehicle, day)
    own = expand_flights(scenario)[flight].port if flight else None
    fitting = [key for key, port in scenario.station.ports.items() if vehicle in port.accepts]
    fitting.sort(key=lambda key: key != own)
    docked = {key: one for key, one in docked_at(scenario, day).items() if key != flight}
    held = {
        rule.neighbour: key
        for rule in scenario.station.clearances.values()
        for key, one in docked.items()
        if vehicle in rule.others and one.vehicle in rule.vehicles and port_on(one, day) == rule.port
    }
    held |= {port_on(one, day): key for key, one in docked.items()}
    free = next((key for key in fitting if key not in held), None)
    return free, flight, () if free else tuple(held[key] for key in fitting)


def _meant(scenario: Scenario, vehicle: str, day: date) -> str | None:
    """Key of the scenario's flight of this vehicle type that docks nearest, a week away at most."""

    def days(flight: Flight) -> int:
        return abs((flight.dock - day).days)

    near = {
        key: days(flight)
        for key, flight in expand_flights(scenario).items()
        if flight.vehicle == vehicle and days(flight) <= SAME_FLIGHT_DAYS
    }
    return min(near, key=lambda key: near[key], default=None)
