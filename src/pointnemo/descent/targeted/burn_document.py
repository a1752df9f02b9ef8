"""A flown burn as the documents tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pointnemo.results import Burn, Place
from pointnemo.world.time import to_utc

if TYPE_CHECKING:
    from pointnemo.descent.targeted.sizing import FlownBurn
    from pointnemo.motion.lastdays import Flight

__all__ = ["burn_document", "place_at"]


def burn_document(burn: FlownBurn, vehicle: str, flight: Flight) -> Burn:
    """A burn as it is told: the flight that it is part of says over which places."""
    start, end = burn.command.start_tt_s, burn.command.start_tt_s + burn.duration_s
    return Burn(
        id=burn.command.id,
        vehicle=vehicle,
        start_utc=to_utc(start, 1),
        duration_s=burn.duration_s,
        delta_v_mps=burn.command.delta_v_mps,
        thrust_n=burn.command.thrust_n,
        specific_impulse_s=burn.command.specific_impulse_s,
        propellant_kg=burn.propellant_kg,
        direction="retrograde" if burn.command.retrograde else "prograde",
        mass_before_kg=burn.mass_before_kg,
        perigee_before_km=burn.perigee_before_km,
        apogee_before_km=burn.apogee_before_km,
        perigee_after_km=burn.perigee_after_km,
        apogee_after_km=burn.apogee_after_km,
        start=place_at(flight, start),
        end=place_at(flight, end),
        thrusters=burn.thrusters,
        cosine_loss=burn.cosine_loss,
        impulsive_delta_v_mps=burn.impulsive_delta_v_mps,
        settled_since_utc=None if burn.settled_since_tt_s is None else to_utc(burn.settled_since_tt_s, 1),
        part=burn.part,
        parts=burn.parts,
    )


def place_at(flight: Flight, tt_s: float) -> Place:
    """Over which place a flight is at an instant."""
    longitude = float(np.interp(tt_s, flight.tt_s, np.unwrap(flight.longitude_deg, period=360.0)))
    return Place(
        latitude_deg=float(np.interp(tt_s, flight.tt_s, flight.latitude_deg)), longitude_deg=_wrapped(longitude)
    )


def _wrapped(longitude_deg: float) -> float:
    return (longitude_deg + 180.0) % 360.0 - 180.0
