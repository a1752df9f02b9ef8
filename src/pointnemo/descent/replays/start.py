"""From a published orbit to a state: element sets, states, and apogee and perigee with a pass over a known place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointnemo.descent.geometry import GroundTrack, wrapped_rad
from pointnemo.errors import Defect, EphemerisError, FlightError, InputError, ScenarioError
from pointnemo.formats.elements import MeanElements, element_defects, gcrs_states
from pointnemo.formats.frames import to_gcrs
from pointnemo.formats.tle import parse_tle
from pointnemo.motion.burns import BurnCommand, burn_duration_s
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.motion.lastdays import Flight, Forces, State, fly, prepare
from pointnemo.motion.mean_elements import Mean, axes_of_pole, osculating_from_mean
from pointnemo.world import time
from pointnemo.world.earth import EARTH_RADIUS_KM, gcrs_to_itrs

if TYPE_CHECKING:
    from pointnemo.scenario.replay import GroundFix, PastOrbit, StartOrbit
    from pointnemo.world import World

__all__ = [
    "PublishedState",
    "apsides_of",
    "elements_of",
    "from_elements",
    "located",
    "mean_of_apsides",
    "start_of",
    "tt",
]

FIX_TOLERANCE_RAD = 1e-5  # 60 m on the ground
MOST_FLIGHTS = 25
SAMPLE_S = 20.0
LONGEST_BURN_S = 86400.0
TURN = 2.0 * np.pi


@dataclass(frozen=True)
class PublishedState:
    """A published orbit as a state.

    Attributes:
        tt_s: TT seconds since J2000.
        position_km: GCRS, shape (3,).
        velocity_km_s: GCRS, shape (3,).
        mean: mean orbit on the equator of date.
        located: node and phase are known.
        rate_km_day: of the mean semi-major axis as an element set states it, None where none does.
    """

    tt_s: float
    position_km: np.ndarray
    velocity_km_s: np.ndarray
    mean: Mean
    located: bool
    rate_km_day: float | None = None


def tt(moment: object) -> float:
    """TT seconds since J2000 of a UTC date and time."""
    return time.from_utc(moment.isoformat())  # type: ignore[attr-defined]


def apsides_of(mean: Mean) -> tuple[float, float]:
    """Perigee and apogee of a mean orbit above 6378.137 km: a (1 -+ e) - 6378.137."""
    eccentricity = float(np.hypot(mean.ex, mean.ey))
    return mean.a_km * (1 - eccentricity) - EARTH_RADIUS_KM, mean.a_km * (1 + eccentricity) - EARTH_RADIUS_KM


def mean_of_apsides(
    apogee_km: float,
    perigee_km: float,
    inclination_deg: float,
    perigee_rad: float,
    node_rad: float,
    latitude_rad: float,
) -> Mean:
    """Mean orbit of an apogee and a perigee above 6378.137 km.

    Args:
        apogee_km, perigee_km: heights.
        inclination_deg: of the orbit.
        perigee_rad: argument of perigee.
        node_rad: right ascension of the ascending node, from the GCRS x axis on the equator of date.
        latitude_rad: argument of latitude (mean).

    Returns:
        The orbit, referred to the equator of date.
    """
    a = EARTH_RADIUS_KM + 0.5 * (apogee_km + perigee_km)
    eccentricity = 0.5 * (apogee_km - perigee_km) / a
    ex, ey = eccentricity * np.cos(perigee_rad), eccentricity * np.sin(perigee_rad)
    return Mean(a, float(ex), float(ey), float(np.radians(inclination_deg)), node_rad, latitude_rad)


def elements_of(orbit: StartOrbit | PastOrbit, where: str) -> MeanElements | None:
    """The element set of a published orbit, None where it is given in another way.

    Raises:
        ScenarioError: the lines cannot be read, or the values make no orbit; every defect.
    """
    defects: list[Defect] = []
    lines, table = orbit.element_set, getattr(orbit, "elements", None)
    if lines is not None:
        try:
            sets = parse_tle("\n".join(lines).encode("ascii", "replace"), Path(where))
        except EphemerisError as error:
            defects += [Defect(f"{where}.element_set", f"{one.where}: {one.what}", one.mend) for one in error.defects]
        else:
            return sets[0]
    elif table is not None and orbit.epoch_utc is not None:
        found = MeanElements(
            object_name="", object_id="", catalogue_number=0, epoch_tt_s=tt(orbit.epoch_utc), where=where,
            **table.model_dump(),
        )  # fmt: skip
        defects += element_defects(found)
        if not defects:
            return found
    if defects:
        raise ScenarioError("a published orbit cannot be used", defects)
    return None


def from_elements(elements: MeanElements, world: World) -> PublishedState:
    """State of an element set at its own epoch, with the rate of decay that it states.

    Line 1 gives half the rate of the mean motion n; a falls with da = -2/3 a dn / n (Kepler's third law).
    """
    tt_s, r, v = (one[0] for one in gcrs_states([elements]))
    mean = steady_mean(float(tt_s), r, v, world.earth)
    rate = -(2.0 / 3.0) * mean.a_km * 2.0 * elements.mean_motion_dot_rev_day2 / elements.mean_motion_rev_day
    return PublishedState(float(tt_s), r, v, mean, True, rate if rate < 0.0 else None)


def start_of(orbit: StartOrbit, world: World) -> PublishedState:
    """The start orbit as a state. Apogee and perigee are not located yet: see ``located``.

    Args:
        orbit: checked by ``scenario.replays``.
        world: Earth orientation.

    Returns:
        The state.

    Raises:
        ScenarioError: an element set that cannot be used.
        FlightError: a state that is no low orbit.
    """
    elements = elements_of(orbit, "orbit")
    if elements is not None:
        return from_elements(elements, world)
    assert orbit.epoch_utc is not None
    tt_s = tt(orbit.epoch_utc)
    if orbit.frame is not None:
        assert orbit.position_km is not None
        assert orbit.velocity_km_s is not None
        r, v = to_gcrs(orbit.frame, tt_s, orbit.position_km, orbit.velocity_km_s, world.earth)
        return PublishedState(tt_s, r, v, steady_mean(tt_s, r, v, world.earth), True)
    assert orbit.apogee_km is not None
    assert orbit.perigee_km is not None
    assert orbit.inclination_deg is not None
    perigee = np.radians(orbit.perigee_argument_deg or 0.0)
    mean = mean_of_apsides(orbit.apogee_km, orbit.perigee_km, orbit.inclination_deg, perigee, 0.0, 0.0)
    return placed(tt_s, mean, world, located=False)


def placed(tt_s: float, mean: Mean, world: World, *, located: bool) -> PublishedState:
    """A mean orbit on the equator of date as a state."""
    r, v = osculating_from_mean(mean, gcrs_to_itrs(tt_s, world.earth)[2])
    return PublishedState(tt_s, r, v, mean, located)


def located(
    start: PublishedState,
    orbit: StartOrbit,
    commands: Sequence[BurnCommand],
    mass_kg: float,
    forces: Forces,
    world: World,
) -> PublishedState:
    """Turn node and phase until the flight, burns and drag included, passes the place of the fix at its time.

    Where the argument of perigee is not given it is set so that the apogee lies in the middle of the first burn: a burn
    that lowers a perigee is made at the apogee.

    Args:
        start: from ``start_of``; returned as it is where there is nothing to turn.
        orbit: apogee, perigee, inclination and fix.
        commands: the burns.
        mass_kg: at the start.
        forces: that act.
        world: nature.

    Returns:
        The state at the same epoch.

    Raises:
        FlightError: the body is down before the fix, or no orbit of that inclination passes there so.
    """
    fix = orbit.fix
    first = min(commands, key=lambda one: one.start_tt_s, default=None)
    turns = orbit.apogee_km is not None and orbit.perigee_argument_deg is None and first is not None
    if fix is None and not turns:
        return start
    passed = start.tt_s if fix is None else tt(fix.utc)
    stop = passed + 60.0
    if turns and first is not None:
        longest = first.start_tt_s + LONGEST_BURN_S  # what is longer has no middle at an apogee
        stop = max(stop, min(first.start_tt_s + burn_duration_s(mass_kg, first), longest))
    environment = prepare(world, start.tt_s, stop, forces)
    to_date = axes_of_pole(environment.pole)
    mean = start.mean
    for _ in range(MOST_FLIGHTS):
        here = placed(start.tt_s, mean, world, located=fix is not None)
        state = State(here.tt_s, here.position_km, here.velocity_km_s, mass_kg)
        flight = fly(state, commands, environment, stop_height_km=0.0, stop_tt_s=stop, sample_s=SAMPLE_S)
        if flight.tt_s[-1] < passed:
            raise FlightError(f"the body is down before it passes orbit.fix at {time.to_utc(passed, 0)}")
        along, east = (0.0, 0.0) if fix is None else _off_fix(flight, fix, passed, to_date)
        turned = _turn_to_apogee(mean, flight, first, to_date) if turns and first is not None else 0.0
        if max(abs(along), abs(east), abs(turned)) < FIX_TOLERANCE_RAD:
            return here
        cos, sin = np.cos(turned), np.sin(turned)
        mean = mean._replace(
            ex=float(cos * mean.ex - sin * mean.ey),
            ey=float(sin * mean.ex + cos * mean.ey),
            node_rad=mean.node_rad + east,
            argument_of_latitude_rad=mean.argument_of_latitude_rad + along,
        )
    raise FlightError("no orbit was found that passes orbit.fix at its time: check its place and direction")


def _off_fix(flight: Flight, fix: GroundFix, passed_tt_s: float, to_date: np.ndarray) -> tuple[float, float]:
    """How much further along the orbit the fix lies than the body at its time, and how much further east the track."""
    end = int(np.searchsorted(flight.tt_s, passed_tt_s))
    i, j = max(end - 1, 0), min(end, len(flight.tt_s) - 1)
    ends = [_reached(flight, k, to_date) for k in (i, j)]
    share = 0.0 if i == j else (passed_tt_s - flight.tt_s[i]) / max(flight.tt_s[j] - flight.tt_s[i], 1e-9)
    reached = ends[0][0] + share * wrapped_rad(ends[1][0] - ends[0][0])
    longitudes = np.radians(flight.longitude_deg[[i, j]])
    longitude = longitudes[0] + share * wrapped_rad(float(longitudes[1] - longitudes[0]))
    inclination = ends[0][1]
    track = _track(fix.latitude_deg, fix.longitude_deg, float(np.degrees(inclination)), fix.direction)
    swept = _ascension(track.argument_rad, inclination) - _ascension(reached, inclination)
    return wrapped_rad(track.argument_rad - reached), wrapped_rad(np.radians(fix.longitude_deg) - longitude - swept)


def _reached(flight: Flight, sample: int, to_date: np.ndarray) -> tuple[float, float]:
    """Argument of latitude and inclination on the equator of date at a sample."""
    r, v = to_date @ flight.position_km[sample], to_date @ flight.velocity_km_s[sample]
    normal = np.cross(r, v) / np.linalg.norm(np.cross(r, v))
    return _argument(r, normal), float(np.arccos(normal[2]))


def _track(latitude_deg: float, longitude_deg: float, inclination_deg: float, direction: str) -> GroundTrack:
    """The track over the fix; a latitude a little beyond the reach of the orbit counts as its apex."""
    try:
        return GroundTrack.through(latitude_deg, longitude_deg, inclination_deg, direction)  # type: ignore[arg-type]
    except InputError:
        return GroundTrack(TURN / 4 if latitude_deg > 0 else 3 * TURN / 4, longitude_deg, inclination_deg)


def _turn_to_apogee(mean: Mean, flight: Flight, first: BurnCommand, to_date: np.ndarray) -> float:
    """By how much the argument of perigee must turn to put the apogee where the first burn is half made."""
    if first.id not in flight.segments:
        raise FlightError(f"the body is down before its first burn {first.id!r}")
    inside = np.flatnonzero(flight.segment == flight.segments.index(first.id))
    middle = 0.5 * (flight.tt_s[inside[0]] + flight.tt_s[inside[-1]])
    i = int(inside[np.argmin(np.abs(flight.tt_s[inside] - middle))])
    return wrapped_rad(_reached(flight, i, to_date)[0] - np.pi - np.arctan2(mean.ey, mean.ex))


def _argument(position: np.ndarray, normal: np.ndarray) -> float:
    """Argument of latitude of a place in a plane, on the equator of the axes given."""
    node = np.array([-normal[1], normal[0], 0.0])
    node /= np.linalg.norm(node)
    return float(np.arctan2(position @ np.cross(normal, node), position @ node))


def _ascension(argument_rad: float, inclination_rad: float) -> float:
    """Longitude from the node, in a plane that stands still."""
    return float(np.arctan2(np.cos(inclination_rad) * np.sin(argument_rad), np.cos(argument_rad)))
