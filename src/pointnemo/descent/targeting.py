"""Put the impact of a reference body on the aim point.

Two numbers are free: where on the orbit the burns are made (which sets the latitude of the impact) and the phase at
the hand-over (which shifts the whole time line, so that the Earth turns under it and sets the longitude). They are
nearly decoupled, so correcting each by what it alone would have to do converges in a few flights.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Geod

from pointnemo.descent.geometry import EARTH_MEAN_RADIUS_KM, GroundTrack
from pointnemo.descent.sequence import FlownSequence, HandOver, fly_sequence
from pointnemo.errors import FlightError, InputError
from pointnemo.motion.mean_elements import axes_of_pole
from pointnemo.world.earth import EARTH_ROTATION_RAD_S, MU_KM3_S2

if TYPE_CHECKING:
    from pointnemo.descent.engine import Engine
    from pointnemo.motion.lastdays import Environment, Flight
    from pointnemo.results import FloatArray
    from pointnemo.scenario.models import FinalBurn

__all__ = ["TARGET_TOLERANCE_KM", "Target", "aim_at", "revolutions_needed"]

TARGET_TOLERANCE_KM = 2.0
MOST_ITERATIONS = 25
FALL_REVOLUTIONS = 0.55  # from the middle of the final burn to the ground, first guess
PLANE_HEIGHT_KM = 100.0
APEX_COSINE = 0.15  # nearer than 9 degrees to an apex latitude hardly changes along the track
WGS84 = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Target:
    """A converged (or best) aim.

    Attributes:
        sequence: the flight.
        impact: latitude and longitude of the reference impact, deg.
        miss_km: geodesic distance from the aim.
        iterations: flights that were needed.
        phase_shift_s: phase at the hand-over as time, -half..+half a revolution.
    """

    sequence: FlownSequence
    impact: tuple[float, float]
    miss_km: float
    iterations: int
    phase_shift_s: float

    @property
    def converged(self) -> bool:
        """Whether the miss is inside the tolerance."""
        return self.miss_km <= TARGET_TOLERANCE_KM


def revolutions_needed(burns: tuple[tuple[str, FinalBurn], ...]) -> int:
    """Most revolutions that the flight from the hand-over to the ground can take: a day's wait, the burns, the fall."""
    return burns[0][1].revolutions_before_final + 16 + 4


def aim_at(
    track: GroundTrack,
    hand_over: HandOver,
    burns: tuple[tuple[str, FinalBurn], ...],
    engine: Engine,
    environment: Environment,
) -> Target:
    """Choose phase, waiting time and burn position until the reference impact lies on the aim.

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
    period_s = float(2 * np.pi * np.sqrt(hand_over.mean.a_km**3 / MU_KM3_S2))
    burn_argument = track.argument_rad - 2 * np.pi * FALL_REVOLUTIONS
    delay_s = 0.0
    waiting = 0
    best: Target | None = None
    for iteration in range(1, MOST_ITERATIONS + 1):
        phase = -2 * np.pi * delay_s / period_s
        try:
            sequence = fly_sequence(hand_over, burns, engine, phase, burn_argument, waiting, environment)
        except FlightError:
            if best is None:
                raise
            break
        flight = sequence.flight
        impact = float(flight.latitude_deg[-1]), float(flight.longitude_deg[-1])
        miss_km = WGS84.inv(impact[1], impact[0], track.longitude_deg, track.latitude_deg)[2] / 1000.0
        if best is None or miss_km < best.miss_km:
            best = Target(sequence, impact, miss_km, iteration, delay_s)
        if best.converged:
            break
        argument = _impact_argument(flight, axes_of_pole(environment.pole))
        along, later_s = _corrections(track, impact, argument, first=iteration == 1)
        burn_argument += along
        total_s = waiting * period_s + delay_s + later_s
        if total_s < -0.5 * period_s:
            total_s += 2 * np.pi / EARTH_ROTATION_RAD_S
        # Whole revolutions go into waiting; what is left, at most half a revolution, is the phase.
        waiting = round(total_s / period_s)
        delay_s = total_s - waiting * period_s
    assert best is not None
    return best


def _corrections(
    track: GroundTrack, impact: tuple[float, float], impact_argument_rad: float, first: bool
) -> tuple[float, float]:
    """By how much to move the burns along the orbit (rad) and how much later to fly everything (s).

    The plane of the orbit stands still while the Earth turns east under it: what is flown later falls further west.

    Args:
        track: through the aim.
        impact: latitude and longitude reached, deg.
        impact_argument_rad: argument of latitude reached, in the plane that the station flew in.
        first: the first correction waits for the aim to come round; later ones go the shorter way.
    """
    reached = GroundTrack(impact_argument_rad, impact[1], track.inclination_deg)
    same_branch = np.cos(impact_argument_rad) * np.cos(track.argument_rad) > 0
    if same_branch and abs(np.cos(track.argument_rad)) > APEX_COSINE:
        # Away from the apexes the latitude tells where along the orbit the impact lies, sideways drift included;
        # where the fall ended beyond the apex the plane has to do.
        with suppress(InputError):
            reached = GroundTrack.through(impact[0], impact[1], track.inclination_deg, track.direction)
    along = float(np.mod(track.argument_rad - reached.argument_rad + np.pi, 2 * np.pi) - np.pi)
    _, longitude = reached.at(along * EARTH_MEAN_RADIUS_KM)
    least_deg = -10.0 if first else -180.0
    east_deg = float(np.mod(float(longitude) - track.longitude_deg - least_deg, 360.0)) + least_deg
    return along, np.radians(east_deg) / EARTH_ROTATION_RAD_S


def _impact_argument(flight: Flight, to_date: FloatArray) -> float:
    """Argument of latitude of the impact in the plane of the orbit, rad, counted on the equator of date.

    The plane is that of the last sample above the dense air; below, the velocity no longer tells it.
    """
    high = int(np.flatnonzero(flight.height_km > PLANE_HEIGHT_KM)[-1])
    momentum = np.cross(to_date @ flight.position_km[high], to_date @ flight.velocity_km_s[high])
    node = np.array([-momentum[1], momentum[0], 0.0])
    across = np.cross(momentum, node)
    place = to_date @ flight.position_km[-1]
    return float(np.arctan2(place @ across / np.linalg.norm(across), place @ node / np.linalg.norm(node)))
