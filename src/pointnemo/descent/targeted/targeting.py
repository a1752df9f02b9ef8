"""Put the impact of a reference body on the aim point.

Two numbers are free: where on the orbit the burns are made, and how far the station travels from the hand-over to the
first of them, since its phase there is free. The first moves the impact along the orbit; the second shifts the whole
time line, so that the Earth turns under it, and sets the longitude. Neither jumps anywhere: a wait of another
revolution is a travel longer by a turn.

The correction that each of them would need if it acted alone is the residual of the search. It acts nearly as if that
were true, so Broyden's method starts from there and needs a few flights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pointnemo.descent.geometry import PLANE_HEIGHT_KM, WGS84, GroundTrack, wrapped_rad
from pointnemo.descent.targeted.sequence import (
    FlownSequence,
    HandOver,
    fly_sequence,
    least_travel_rad,
    most_parts,
    revolution_s,
    revolutions_of_parts,
)
from pointnemo.errors import FlightError
from pointnemo.motion.gravity import J2
from pointnemo.motion.mean_elements import axes_of_pole
from pointnemo.world.earth import EARTH_RADIUS_KM, EARTH_ROTATION_RAD_S

if TYPE_CHECKING:
    from pointnemo.descent.targeted.engine import Engine
    from pointnemo.motion.lastdays import Environment, Flight
    from pointnemo.results import FloatArray
    from pointnemo.scenario.models import FinalBurn

__all__ = ["TARGET_TOLERANCE_KM", "Target", "aim_at", "revolutions_needed"]

TARGET_TOLERANCE_KM = 2.0
MOST_FLIGHTS = 25
FALL_REVOLUTIONS = 0.55  # from the middle of the final burn to the ground, first guess
SHORTEST_STEP_RAD = 2e-5  # 0.13 km: a shorter one betters nothing


@dataclass(frozen=True)
class Target:
    """A converged (or best) aim.

    Attributes:
        sequence: the flight.
        impact: latitude and longitude of the reference impact, deg.
        miss_km: geodesic distance from the aim.
        iterations: flights that were needed.
        phase_shift_s: phase at the hand-over as time, -half..+half a revolution.
        burn_argument_rad: argument of latitude on which the burns are centred.
        travel_rad: angle from the hand-over to the middle of the first burn.
    """

    sequence: FlownSequence
    impact: tuple[float, float]
    miss_km: float
    iterations: int
    phase_shift_s: float
    burn_argument_rad: float
    travel_rad: float

    @property
    def converged(self) -> bool:
        """Whether the miss is inside the tolerance."""
        return self.miss_km <= TARGET_TOLERANCE_KM


def revolutions_needed(
    burns: tuple[tuple[str, FinalBurn], ...], hand_over: HandOver | None = None, engine: Engine | None = None
) -> int:
    """Most revolutions that the flight from the hand-over to the ground can take: a day's wait, the burns, the fall.

    Args:
        burns: (id, burn) in order.
        hand_over: start of the flight; with the engine it tells in how many parts the burns are made.
        engine: what makes them.

    Returns:
        Whole revolutions.
    """
    split = 0
    if hand_over is not None and engine is not None:
        period_s = revolution_s(hand_over.mean.a_km)
        apart = revolutions_of_parts(engine, period_s, min(engine.longest_burn_s, period_s))
        split = sum((most_parts(hand_over, burn, engine) - 1) * apart for _, burn in burns[:-1])
    return burns[0][1].revolutions_before_final + split + 16 + 4


def aim_at(
    track: GroundTrack,
    hand_over: HandOver,
    burns: tuple[tuple[str, FinalBurn], ...],
    engine: Engine,
    environment: Environment,
) -> Target:
    """Choose phase, waiting time and burn position until the reference impact lies on the aim.

    The first flight burns as early as it can. The next waits, at most a day, for the aim to come round.

    Args:
        track: the aim and the pass over it.
        hand_over: start of the flight.
        burns: (id, burn) in order.
        engine: what makes them.
        environment: forces prepared for the interval.

    Returns:
        The best target found; ``converged`` tells whether it is inside the tolerance.

    Raises:
        FlightError: no sequence could be flown at all.
    """
    least = least_travel_rad(hand_over, burns, engine)
    westwards = _westwards(hand_over)
    day_rad = 2 * np.pi / westwards  # travel in which the aim comes round
    to_date = axes_of_pole(environment.pole)

    def attempt(place: FloatArray, number: int) -> tuple[Target, FloatArray]:
        sequence = fly_sequence(hand_over, burns, engine, float(place[0]), float(place[1]), environment)
        residual = _residual(track, sequence.flight, to_date, westwards)
        return _target(track, sequence, hand_over, place, number), residual

    place = np.array([track.argument_rad - 2 * np.pi * FALL_REVOLUTIONS, least])
    best, residual = attempt(place, 1)
    residual[1] %= day_rad
    slope = -np.eye(2)  # of the residual by the place
    step: FloatArray = residual
    flights = 1
    while not best.converged and flights < MOST_FLIGHTS and np.abs(step).max() > SHORTEST_STEP_RAD:
        flights += 1
        try:
            found, changed = attempt(place + step, flights)
        except FlightError:  # too long a wait, perhaps
            step = 0.5 * step
            continue
        best = min(best, found, key=lambda one: one.miss_km)
        slope += np.outer(changed - residual - slope @ step, step) / (step @ step)  # Broyden 1965, eq. 4.5
        place, residual = place + step, changed
        step = np.asarray(np.linalg.solve(slope, -residual), dtype=np.float64)
        if place[1] + step[1] < least:
            step[1] += day_rad
    return best


def _target(track: GroundTrack, sequence: FlownSequence, hand_over: HandOver, place: FloatArray, number: int) -> Target:
    """What a flight has reached."""
    flight = sequence.flight
    latitude, longitude = float(flight.latitude_deg[-1]), float(flight.longitude_deg[-1])
    miss_km = WGS84.inv(longitude, latitude, track.longitude_deg, track.latitude_deg)[2] / 1000.0
    argument, travel = (float(one) for one in place)
    phase = np.mod(argument - travel + np.pi, 2 * np.pi) - np.pi
    shift_s = -float(phase) / (2 * np.pi) * revolution_s(hand_over.mean.a_km)
    return Target(sequence, (latitude, longitude), miss_km, number, shift_s, argument, travel)


def _westwards(hand_over: HandOver) -> float:
    """By how much the ground track moves west for each radian that the station travels.

    The Earth turns east under the plane of the orbit, which itself drifts west (Vallado 2013, eq. 9-37).
    """
    a, ex, ey, inclination, _, _ = hand_over.mean
    motion = 2 * np.pi / revolution_s(a)
    node = -1.5 * J2 * motion * (EARTH_RADIUS_KM / (a * (1 - ex * ex - ey * ey))) ** 2 * np.cos(inclination)
    return float((EARTH_ROTATION_RAD_S - node) / motion)


def _residual(track: GroundTrack, flight: Flight, to_date: FloatArray, westwards: float) -> FloatArray:
    """By how much to move the burns along the orbit, and by how much further to travel, if each acted alone.

    The impact lies beside the plane of the orbit, since the air turns with the Earth; it will do so by as much where
    the aim is reached. The plane is that of the last sample above the dense air; below, the velocity does not tell it.

    Args:
        track: through the aim.
        flight: down to the ground.
        to_date: from GCRS to the axes of the equator of date, shape (3, 3).
        westwards: as ``_westwards`` tells.

    Returns:
        Radians, the shorter way round, shape (2,). Where the orbit does not reach the latitude of the aim, the first
        leads to the nearest that it reaches.
    """
    high = int(np.flatnonzero(flight.height_km > PLANE_HEIGHT_KM)[-1])
    pole = np.cross(to_date @ flight.position_km[high], to_date @ flight.velocity_km_s[high])
    pole /= np.linalg.norm(pole)
    node = np.array([-pole[1], pole[0], 0.0]) / np.hypot(pole[0], pole[1])
    across = np.cross(pole, node)
    reached = to_date @ flight.position_km[-1] / np.linalg.norm(flight.position_km[-1])
    argument, beside = np.arctan2(reached @ across, reached @ node), float(reached @ pole)
    height = np.sin(np.radians(track.inclination_deg)) * np.sin(track.argument_rad)  # sine of the geocentric latitude
    sine = (height - beside * pole[2]) / (np.sqrt(1 - beside**2) * across[2])
    rising = np.arcsin(np.clip(sine, -1.0, 1.0))
    wanted = rising if track.direction == "ascending" else np.pi - rising
    moved = np.sqrt(1 - beside**2) * (np.cos(wanted) * node + np.sin(wanted) * across) + beside * pole
    turned = np.arctan2(moved[1], moved[0]) - np.arctan2(reached[1], reached[0])
    east = np.radians(flight.longitude_deg[-1] - track.longitude_deg) + turned
    return np.array([wrapped_rad(wanted - argument), wrapped_rad(east) / westwards])
