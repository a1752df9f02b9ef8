"""The crossing of the entry interface, as a document."""

from __future__ import annotations

import numpy as np

from pointnemo.descent.targeted.burn_document import place_at
from pointnemo.motion.lastdays import Flight, crossing
from pointnemo.results import Entry
from pointnemo.world.time import to_utc

__all__ = ["entry_of"]


def entry_of(flight: Flight, height_km: float) -> tuple[float, Entry]:
    """State where the flight last crosses the entry interface.

    Args:
        flight: down to the ground.
        height_km: geodetic, of the entry interface.

    Returns:
        TT seconds since J2000, and the document.
    """
    state = crossing(flight, height_km).state
    position, velocity = np.asarray(state.position_km), np.asarray(state.velocity_km_s)
    up = position / np.linalg.norm(position)
    speed = float(np.linalg.norm(velocity))
    east = np.cross([0.0, 0.0, 1.0], up)
    east /= np.linalg.norm(east)
    north = np.cross(up, east)
    return state.tt_s, Entry(
        utc=to_utc(state.tt_s, 1),
        height_km=height_km,
        place=place_at(flight, state.tt_s),
        inertial_speed_km_s=speed,
        flight_path_angle_deg=float(np.degrees(np.arcsin(velocity @ up / speed))),
        azimuth_deg=float(np.degrees(np.arctan2(velocity @ east, velocity @ north)) % 360.0),
        mass_kg=state.mass_kg,
        position_km=tuple(float(x) for x in position),  # type: ignore[arg-type]
        velocity_km_s=tuple(float(x) for x in velocity),  # type: ignore[arg-type]
    )
