"""The stage ``track``: the start state, the drag area, the mean orbit, and how fast it falls today."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pointnemo.motion.averaged import MAX_DROP_KM, MeanState, density_of_day, drag_rates
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.motion.mean_elements import Mean
from pointnemo.results import Estimate, MeanElements, Track
from pointnemo.scenario.models import Drag, Scenario
from pointnemo.tracking.orbit_files import TrackedState, fit_last_arc, read_tracked_states, to_gcrs
from pointnemo.world import World, earth, time

__all__ = ["start_tt_s", "track"]

DAY_S = 86400.0


def track(scenario: Scenario, world: World, mass_kg: float, orbit_files: Sequence[str | Path] = ()) -> Track:
    """Say where the station is, how it decays, and how well that is known.

    Without files the scenario's start state and drag area hold. With files the newest of their first states replaces
    the start state; where two consecutive ones bound an arc without burns, the drag area is the one fitted to the
    newest such arc, with the scenario's relative interval about it: one arc tells the drag of its days, the spread over
    months is the scenario's.

    Args:
        scenario: start state and drag area.
        world: space weather and Earth orientation; its climate gives the density.
        mass_kg: mass of the whole stack at the epoch.
        orbit_files: CCSDS OEM files, in any order.

    Returns:
        The track at the epoch of the state.

    Raises:
        EphemerisError: a file cannot be used.
        FlightError: the state is no orbit.
        WorldError: nothing is known about the Sun or the Earth on that day.
    """
    states = read_tracked_states(orbit_files) if orbit_files else (_scenario_state(scenario),)
    newest = states[-1]
    origin, cd_area_m2 = newest.origin, _estimate(scenario.station.drag, scenario.station.drag.cd_area_m2)
    fitted = fit_last_arc(states, world, mass_kg, scenario.orbit.position_sigma_km)
    if fitted:
        fit, arc = fitted
        origin, cd_area_m2 = f"{origin}; {arc}", _estimate(scenario.station.drag, fit.cd_area_m2)
    position, velocity = newest.state[:3], newest.state[3:]
    mean = steady_mean(newest.tt_s, position, velocity, world.earth)
    eccentricity = math.hypot(mean.ex, mean.ey)
    ballistic_factor = _scaled(cd_area_m2, 1.0 / mass_kg, "m2/kg")
    decay = _decay_km_per_day(mean, newest.tt_s, ballistic_factor.value, world)
    return Track(
        epoch_utc=time.to_utc(newest.tt_s),
        origin=origin,
        position_km=_triple(position),
        velocity_km_s=_triple(velocity),
        position_sigma_km=scenario.orbit.position_sigma_km,
        altitude_km=mean.a_km - earth.EARTH_RADIUS_KM,
        apogee_km=mean.a_km * (1.0 + eccentricity) - earth.EARTH_RADIUS_KM,
        perigee_km=mean.a_km * (1.0 - eccentricity) - earth.EARTH_RADIUS_KM,
        inclination_deg=math.degrees(mean.inclination_rad),
        mean=MeanElements(
            semi_major_axis_km=mean.a_km,
            eccentricity_x=mean.ex,
            eccentricity_y=mean.ey,
            inclination_deg=math.degrees(mean.inclination_rad),
            node_deg=math.degrees(mean.node_rad) % 360.0,
            argument_of_latitude_deg=math.degrees(mean.argument_of_latitude_rad) % 360.0,
        ),
        mass_kg=mass_kg,
        cd_area_m2=cd_area_m2,
        ballistic_factor_m2_kg=ballistic_factor,
        decay_km_per_day=_scaled(cd_area_m2, decay / cd_area_m2.value, "km/day"),
    )


def start_tt_s(scenario: Scenario, orbit_files: Sequence[str | Path] = ()) -> float:
    """Epoch of the state that ``track`` starts from, for callers who need the mass of that day first.

    Args:
        scenario: start state.
        orbit_files: as for ``track``.

    Returns:
        TT seconds since J2000.

    Raises:
        EphemerisError: a file cannot be used.
    """
    return read_tracked_states(orbit_files)[-1].tt_s if orbit_files else _scenario_state(scenario).tt_s


def _scenario_state(scenario: Scenario) -> TrackedState:
    orbit = scenario.orbit
    state = to_gcrs(orbit.frame, np.array(orbit.position_km), np.array(orbit.velocity_km_s))
    return TrackedState(time.from_utc(orbit.epoch_utc.isoformat()), state, orbit.origin, None)


def _estimate(drag: Drag, value_m2: float) -> Estimate:
    """A drag area with the scenario's relative interval about it, stretched where the area itself lies outside."""
    scale = value_m2 / drag.cd_area_m2
    low, high = min(drag.low_m2, drag.cd_area_m2), max(drag.high_m2, drag.cd_area_m2)
    return Estimate(value=value_m2, low=low * scale, high=high * scale, level=drag.level, unit="m2")


def _scaled(estimate: Estimate, factor: float, unit: str) -> Estimate:
    """The estimate of something proportional."""
    values = (estimate.value * factor, estimate.low * factor, estimate.high * factor)
    return Estimate(value=values[0], low=values[1], high=values[2], level=estimate.level, unit=unit)


def _decay_km_per_day(mean: Mean, tt_s: float, ballistic_factor_m2_kg: float, world: World) -> float:
    """Mean altitude lost per day, by the kernel that flies the years, with the weather of the day."""
    f107, f107a, ap = (float(value) for value in world.weather.msis(time.mjd_utc(tt_s)))
    state = MeanState(mean.a_km, mean.ex, mean.ey, mean.node_rad)
    density = density_of_day(world.climate, state, MAX_DROP_KM, tt_s, f107, f107a, ap)
    rates = drag_rates(state, mean.inclination_rad, ballistic_factor_m2_kg, density, tt_s)
    return -float(rates.a_km_s) * DAY_S


def _triple(vector: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in vector)
    return x, y, z
