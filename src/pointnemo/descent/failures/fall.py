"""A fall from orbit with nobody at the helm: when and where it ends, and how far that may spread.

The air is the unknown. Every fall is flown in the air of the model and again in air that is denser and thinner by what
90 % of the truth lies within; a constant error of density, so that the spread grows in proportion to the time that is
left. Falls of a few days are flown numerically to the ground, longer ones by averaged decay: their place is random.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pointnemo.descent.decay import decay
from pointnemo.descent.geometry import (
    EARTH_MEAN_RADIUS_KM,
    PLANE_HEIGHT_KM,
    argument_of_latitude,
    unwrapped_argument_of_latitude,
)
from pointnemo.motion.averaged import MeanState
from pointnemo.motion.burns import apsides_km
from pointnemo.motion.lastdays import Environment, Flight, State, crossing, fly
from pointnemo.motion.mean_elements import axes_of_pole, mean_from_osculating
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import DAY_S, from_mjd_utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pointnemo.motion.burns import BurnCommand
    from pointnemo.results import FloatArray
    from pointnemo.world import World

__all__ = [
    "LEVEL",
    "MOST_DAYS",
    "SIGMAS",
    "Fall",
    "Nature",
    "control_limit_tt_s",
    "fall",
    "ground_speed_km_s",
    "travelled_rad",
]

LEVEL = 0.9
SIGMAS = 1.6448536269514722  # of a normal distribution, on each side of 90 %
MOST_DAYS = 60.0
"""Longest fall that is looked at, in the air of the model; in proportion longer in thinner air."""

STEERED_ABOVE_KM = 120.0
"""Geodetic height down to which thrusters hold the attitude: judgement.

Drag is more than a hundred times that at 220 km, and Skylab's arrays broke off at 111 km.
"""

AVERAGED_TO_KM = 110.0  # the averaged decay goes on so low: the hours that it then errs by are little after days
TOLERANCE, LONGEST_STEP_S, SAMPLE_S = 1e-10, 300.0, 60.0  # good to ten metres after a day
THIN_MARGIN = 1.1  # a fall takes not quite in proportion to the density

DENSE_AIR_KM = 90.0
"""Perigee from which no station rises again: it loses hundreds of m/s there."""


@dataclass(frozen=True)
class Nature:
    """What nature does while the falls last.

    Attributes:
        world: weather and climate, for the averaged part.
        near: forces, with air down to the ground; falls within it are flown numerically.
        interface_km: geodetic height of the entry interface.
        density_sigma: relative, one sigma.
    """

    world: World
    near: Environment
    interface_km: float
    density_sigma: float


@dataclass(frozen=True)
class Fall:
    """One fall.

    Attributes:
        after: state when the burns are over, or the start where there are none.
        perigee_km, apogee_km: osculating, of that state.
        entry_tt_s: last fall through the entry interface; None where it stays up beyond what is looked at.
        steered_until_tt_s: when it is first too low for thrusters to hold the attitude, at the entry at the latest;
            None as above.
        latitude_deg, longitude_deg: of the impact; None where the fall was not flown to the ground.
        travelled_rad: angle about the Earth from the start of the flight to the impact, None as before.
        argument_rad: argument of latitude of the impact in the plane of the orbit, on the equator of date.
    """

    after: State
    perigee_km: float
    apogee_km: float
    entry_tt_s: float | None
    steered_until_tt_s: float | None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    travelled_rad: float | None = None
    argument_rad: float | None = None


def fall(start: State, burns: Sequence[BurnCommand], nature: Nature, sigmas: float = 0.0) -> Fall:
    """Let a body fall, after its last burns.

    Args:
        start: within ``nature.near``.
        burns: what is still burnt.
        ground: nature.
        sigmas: how many sigmas denser the air is than the model says.

    Returns:
        The fall; flown to the ground where that comes within ``nature.near``.
    """
    scale = float(np.exp(sigmas * nature.density_sigma))
    near = nature.near
    environment = replace(near, forces=near.forces._replace(density_scale=near.forces.density_scale * scale))
    flight = fly(
        start, burns, environment, stop_height_km=0.0, stop_tt_s=near.stop_tt_s, sample_s=SAMPLE_S,
        tolerance=TOLERANCE, longest_step_s=LONGEST_STEP_S,
    )  # fmt: skip
    after = _after(flight, start)
    perigee, apogee = apsides_km(after.position_km, after.velocity_km_s)
    if flight.stop == "time" and flight.height_km[-1] <= nature.interface_km and _falling(flight.final_state):
        entry = _last_crossing_tt_s(flight, nature.interface_km)  # what is looked at ends in the middle of the fall
        return Fall(after, perigee, apogee, entry, entry)
    if flight.stop == "time":
        most_s = MOST_DAYS * DAY_S / scale * (1.0 if sigmas == 0.0 else THIN_MARGIN)
        stop = min(start.tt_s + most_s, _weather_end_tt_s(nature.world))
        entry = _decayed_tt_s(flight.final_state, environment, nature.world, AVERAGED_TO_KM, stop)
        return Fall(after, perigee, apogee, entry, entry)
    low = np.flatnonzero((flight.height_km < STEERED_ABOVE_KM) & (flight.tt_s >= after.tt_s))
    entry = _last_crossing_tt_s(flight, nature.interface_km)
    return Fall(
        after,
        perigee,
        apogee,
        entry,
        min(float(flight.tt_s[low[0]]), entry),
        float(flight.latitude_deg[-1]),
        float(flight.longitude_deg[-1]),
        travelled_rad(flight, start.tt_s),
        _argument_rad(flight, environment.pole),
    )


def travelled_rad(flight: Flight, since_tt_s: float) -> float:
    """Angle about the Earth's centre, in the plane of the orbit, from an instant to the end of a flight on the ground.

    Args:
        flight: to the ground.
        since_tt_s: TT seconds since J2000.

    Returns:
        rad, of as many revolutions as are flown.
    """
    high = int(np.flatnonzero(flight.height_km > PLANE_HEIGHT_KM)[-1])
    angle = unwrapped_argument_of_latitude(flight.position_km[: high + 1], flight.velocity_km_s[: high + 1])
    return float(angle[-1] - np.interp(since_tt_s, flight.tt_s[: high + 1], angle)) + _last_angle_rad(flight, high)


def control_limit_tt_s(after: State, limit_km: float, nature: Nature) -> float | None:
    """When the mean altitude passes the height below which gyros saturate: at once where it is below already.

    Args:
        after: state from which it decays.
        limit_km: mean altitude.
        ground: nature.

    Returns:
        TT seconds; None where it stays above for as long as is looked at.
    """
    mean = mean_from_osculating(after.position_km, after.velocity_km_s, nature.near.pole)
    if mean.a_km - EARTH_RADIUS_KM <= limit_km:
        return after.tt_s
    stop = min(after.tt_s + MOST_DAYS * DAY_S, _weather_end_tt_s(nature.world))
    return _decayed_tt_s(after, nature.near, nature.world, limit_km, stop)


def _falling(state: State) -> bool:
    """Whether a state in the air will not leave it again: its perigee lies in the dense part."""
    return apsides_km(state.position_km, state.velocity_km_s)[0] < DENSE_AIR_KM


def _after(flight: Flight, start: State) -> State:
    """State at the end of the last burn: the last sample of its segment; the start where none is begun."""
    burning = [index for index, name in enumerate(flight.segments) if name != "coast"]
    if not burning:
        return start
    last = int(np.flatnonzero(flight.segment == burning[-1])[-1])
    return State(
        float(flight.tt_s[last]), flight.position_km[last], flight.velocity_km_s[last], float(flight.mass_kg[last])
    )


def _last_crossing_tt_s(flight: Flight, height_km: float) -> float:
    """Last fall through a height: a shallow fall may rise above it once more.

    A flight that starts below it has entered when it starts.
    """
    above = np.flatnonzero(flight.height_km > height_km)
    if above.size == 0:
        return float(flight.tt_s[0])
    cut = slice(int(above[-1]), None)
    names = ("tt_s", "position_km", "velocity_km_s", "mass_kg", "height_km", "climb_km_s")
    return crossing(replace(flight, **{name: getattr(flight, name)[cut] for name in names}), height_km).tt_s


def _last_angle_rad(flight: Flight, high: int) -> float:
    """Angle from a sample to the end of the flight, seen in the plane of the sample's orbit."""
    position, end = flight.position_km[high], flight.position_km[-1]
    ahead = np.cross(np.cross(position, flight.velocity_km_s[high]), position)
    return float(np.arctan2(end @ ahead / np.linalg.norm(ahead), end @ position / np.linalg.norm(position)))


def _argument_rad(flight: Flight, pole: FloatArray) -> float:
    """Argument of latitude of the impact on the equator of date, in the plane of the last sample above dense air."""
    high = int(np.flatnonzero(flight.height_km > PLANE_HEIGHT_KM)[-1])
    to_date = axes_of_pole(pole)
    position, velocity = (to_date @ vector[high] for vector in (flight.position_km, flight.velocity_km_s))
    return float(argument_of_latitude(position[None], velocity[None])[0]) + _last_angle_rad(flight, high)


def _decayed_tt_s(state: State, environment: Environment, world: World, lowest_km: float, stop: float) -> float | None:
    """When averaged decay has brought a state down to a mean altitude, None where it takes longer than is looked at."""
    mean = mean_from_osculating(state.position_km, state.velocity_km_s, environment.pole)
    if mean.a_km - EARTH_RADIUS_KM <= lowest_km:
        return state.tt_s
    forces = environment.forces
    ballistic = forces.cd_area_m2 * forces.density_scale / state.mass_kg
    if stop <= state.tt_s:
        return None
    orbit = MeanState(mean.a_km, mean.ex, mean.ey, mean.node_rad)
    end = decay(world.climate, world.weather, orbit, mean.inclination_rad, ballistic, state.tt_s, stop, lowest_km)
    return end.tt_s if end.state.a_km - EARTH_RADIUS_KM <= lowest_km else None


def _weather_end_tt_s(world: World) -> float:
    return float(from_mjd_utc(world.weather.valid[1] - 1.0))


def ground_speed_km_s(perigee_km: float, apogee_km: float) -> float:
    """Speed of the point below a body, on the mean sphere that stands still, km/s."""
    axis = EARTH_RADIUS_KM + (perigee_km + apogee_km) / 2
    return float(EARTH_MEAN_RADIUS_KM * np.sqrt(MU_KM3_S2 / axis**3))
