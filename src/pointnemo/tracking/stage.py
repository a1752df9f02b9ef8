"""The stage ``track``: the start state, the drag area, the mean orbit, and how fast it falls today."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from pointnemo.formats.frames import to_gcrs
from pointnemo.formats.tracking_files import TrackingFile
from pointnemo.motion.averaged import MAX_DROP_KM, MeanState, density_of_day, drag_rates
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.motion.mean_elements import Mean
from pointnemo.results import Estimate, MeanElements, Track
from pointnemo.scenario.models import Drag, Scenario
from pointnemo.tracking.calibrate import calibrate
from pointnemo.tracking.fixes import DAY_S, OEM_ERROR, Fix, fixes_of
from pointnemo.tracking.known import known_by, newest_knowledge_tt_s, read_burns
from pointnemo.tracking.process import BELIEF
from pointnemo.world import World, earth, time
from pointnemo.world.earth import EarthOrientation

__all__ = ["start_tt_s", "track"]

RECENT_DAYS = 15.0  # on either side of the newest state: what the plan starts with is no storm's
LEAST_DOUBT = 0.01  # about a drag area whose interval is a point


def track(scenario: Scenario, world: World, mass_kg: float, files: Sequence[TrackingFile] = ()) -> Track:
    """Say where the station is, how it decays, and how well that is known.

    Without files the scenario's start state and drag area hold. With files the newest state that they track replaces
    the start state, and the drag area is the one that all arcs between them lead one to expect (``calibrate``), the
    scenario's being what is believed before; the scenario's relative interval is kept about it: arcs tell the drag of
    their days, the spread over years is the scenario's.

    Args:
        scenario: start state and drag area.
        world: space weather and Earth orientation; its climate gives the density.
        mass_kg: mass of the whole stack at the epoch.
        files: of any kind, in any order (``formats.tracking_files.read_many``).

    Returns:
        The track at the epoch of the state.

    Raises:
        EphemerisError: a file cannot be used.
        FlightError: the state is no orbit.
        WorldError: nothing is known about the Sun or the Earth on that day.
    """
    drag = scenario.station.drag
    cd_area_m2 = _estimate(drag, drag.cd_area_m2)
    newest = _start(scenario, files, world.earth)
    origin = newest.origin
    if files:
        area_m2, arcs = _calibrated_area_m2(scenario, world, files)
        if arcs:
            cd_area_m2 = _estimate(drag, area_m2)
            origin = f"{origin}; drag from {arcs} arc{'s' if arcs > 1 else ''} between tracked states"
    position, velocity, mean = newest.position_km, newest.velocity_km_s, newest.mean
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


def start_tt_s(scenario: Scenario, world: World, files: Sequence[TrackingFile] = ()) -> float:
    """Epoch of the state that ``track`` starts from, for callers who need the mass of that day first.

    Args:
        scenario: start state.
        world: Earth orientation.
        files: as for ``track``.

    Returns:
        TT seconds since J2000.

    Raises:
        EphemerisError: a file cannot be used.
    """
    return _start(scenario, files, world.earth).tt_s


def _start(scenario: Scenario, files: Sequence[TrackingFile], eo: EarthOrientation) -> Fix:
    """The newest tracked state, or the scenario's."""
    if files:
        return fixes_of(files, eo)[-1]
    orbit = scenario.orbit
    tt_s = time.from_utc(orbit.epoch_utc.isoformat())
    r, v = to_gcrs(orbit.frame, tt_s, np.array(orbit.position_km), np.array(orbit.velocity_km_s), eo)
    return Fix(tt_s, r, v, steady_mean(tt_s, r, v, eo), OEM_ERROR, None, "", orbit.origin, tt_s)


def _calibrated_area_m2(scenario: Scenario, world: World, files: Sequence[TrackingFile]) -> tuple[float, int]:
    """Drag area about the newest state by all arcs, and how many there are.

    The scenario's area and interval are what is believed before; nothing here knows how it would follow the Sun.
    """
    drag = scenario.station.drag
    sigmas = float(norm.ppf(0.5 + 0.5 * drag.level))
    low, high = min(drag.low_m2, drag.cd_area_m2), max(drag.high_m2, drag.cd_area_m2)
    belief = BELIEF._replace(
        cd_area_m2=drag.cd_area_m2, sun_share=0.0, median=max(math.log(high / low) / (2.0 * sigmas), LEAST_DOUBT)
    )
    known = known_by(read_burns(files, world.earth), newest_knowledge_tt_s(files), world.earth)
    calibrated = calibrate(known, world, RECENT_DAYS, belief)
    arcs = [one for one in calibrated.arcs if one.arc is not None]
    epoch = calibrated.known.fixes[-1].tt_s
    log, _ = calibrated.estimated.log_area_between(epoch - RECENT_DAYS * DAY_S, epoch + RECENT_DAYS * DAY_S)
    return math.exp(log), len(arcs)


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
