"""Put the impact of a reference body on the aim point.

Two numbers are free: where on the orbit the burns are made (which sets the latitude of the impact) and the phase at
the hand-over (which shifts the whole time line, so that the Earth turns under it and sets the longitude). They are
nearly decoupled, so correcting each by what it alone would have to do converges in a few flights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Geod

from pointnemo.errors import FlightError
from pointnemo.world.earth import EARTH_ROTATION_RAD_S, MU_KM3_S2
from pointnemo.descent.geometry import EARTH_MEAN_RADIUS_KM, GroundTrack
from pointnemo.descent.sequence import FlownSequence, HandOver, fly_sequence

if TYPE_CHECKING:
    from pointnemo.motion.lastdays import Environment
    from pointnemo.scenario.models import FinalBurn

__all__ = ["TARGET_TOLERANCE_KM", "Target", "aim_at", "revolutions_needed"]

TARGET_TOLERANCE_KM = 2.0
MOST_ITERATIONS = 25
FALL_REVOLUTIONS = 0.55  # from the middle of the final burn to the ground, first guess
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
    specific_impulse_s: float,
    environment: Environment,
) -> Target:
    """Choose phase, waiting time and burn position until the reference impact lies on the aim.

    Args:
        track: the aim and the pass over it.
        hand_over: start of the flight.
        burns: (id, burn) in order.
        specific_impulse_s: of the thrusters.
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
            sequence = fly_sequence(
                hand_over, burns, specific_impulse_s, phase, burn_argument, waiting, environment
            )
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
        along, later_s = _corrections(track, impact, -10.0 if iteration == 1 else -180.0)
        burn_argument += along
        delay_s += later_s
        if iteration == 1:
            # Whole revolutions go into waiting; what is left, at most half a revolution, is the phase.
            waiting = round(delay_s / period_s)
            delay_s -= waiting * period_s
    assert best is not None
    return best


def _corrections(track: GroundTrack, impact: tuple[float, float], least_deg: float) -> tuple[float, float]:
    """By how much to move the burns along the orbit (rad) and how much later to fly everything (s).

    The plane of the orbit stands still while the Earth turns east under it: what is flown later falls further west.

    Args:
        track: through the aim.
        impact: latitude and longitude reached, deg.
        least_deg: the shift in longitude is taken from ``least_deg`` to ``least_deg`` + 360.
    """
    reach = min(track.inclination_deg, 180.0 - track.inclination_deg) - 0.11
    latitude = float(np.clip(impact[0], -reach, reach))
    along = float(np.mod(track.argument_rad - track.argument_over_rad(latitude) + np.pi, 2 * np.pi) - np.pi)
    reached = GroundTrack(latitude, impact[1], track.inclination_deg, track.direction)
    _, longitude = reached.at(along * EARTH_MEAN_RADIUS_KM)
    east_deg = float(np.mod(float(longitude) - track.longitude_deg - least_deg, 360.0)) + least_deg
    return along, np.radians(east_deg) / EARTH_ROTATION_RAD_S
