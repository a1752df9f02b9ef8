"""When an uncontrolled body would have been forecast to come down, from what was known on a day.

Of orbits only those known by then, of space weather only the days before it and a forecast from them
(``world.nowcast.as_known_on``). The drag is that between the last two orbits. The nominal entry is flown numerically to
the ground; the window is one sigma of three independent errors, found with averaged decays about it:

- the drag to come, by the scatter of the drags found so far and at least ``body.drag_sigma``;
- the weather to come, by drawn members of its forecast;
- the instant of the orbit started from, where only a day was published.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pointnemo.descent.decay import decay
from pointnemo.descent.replays.flight import drag_fits, start_document
from pointnemo.descent.replays.published_orbits import TrackedOrbit, tracked_orbits
from pointnemo.descent.replays.report import DragFit, ForecastMade
from pointnemo.descent.replays.start import PublishedState, placed, tt
from pointnemo.errors import Defect, FlightError, ScenarioError
from pointnemo.motion.lastdays import Forces, State, crossing, fly, prepare
from pointnemo.motion.mean_elements import Mean
from pointnemo.world.nowcast import as_known_on, draw
from pointnemo.world.time import DAY_S, mjd_utc, to_utc
from pointnemo.world.weather import SpaceWeather

if TYPE_CHECKING:
    from pointnemo.scenario.replay import Replay
    from pointnemo.world import World

__all__ = ["forecasts"]

SAMPLE_S = 60.0
GRAVITY_DEGREE = 8  # what finer fields do to a decay is metres; a flight of months is three times as fast
LONGEST_DAYS = 400.0
BEYOND = 2.5  # times the nominal fall: how long a member may take
SIGMAS = (0.158655, 0.841345)  # of a normal distribution: one sigma to either side


def forecasts(replay: Replay, world: World) -> tuple[ForecastMade, ...]:
    """Make every forecast that a replay asks for.

    Args:
        replay: with history, ``forecast`` and ``published.entry``.
        world: nature, with the observed weather of all days.

    Returns:
        One forecast for each of ``forecast.before_days``.

    Raises:
        ScenarioError: fewer than two orbits were known on one of the days; every defect.
        FlightError: no drag explains the decay, or the body does not come down.
        WorldError: the weather was not on record for long enough.
    """
    assert replay.forecast is not None
    assert replay.published.entry is not None
    entry_tt_s = tt(replay.published.entry.utc)
    orbits = tracked_orbits(replay.history, world)
    defects: list[Defect] = []
    for days in replay.forecast.before_days:
        known = [orbit for orbit in orbits if orbit.known_tt_s <= entry_tt_s - days * DAY_S]
        if len(known) < 2:
            what = f"{days:g} days before the entry {len(known)} orbits of [[history]] were known"
            defects.append(Defect("forecast.before_days", what, "two are needed: one to find the drag, one to start"))
    if defects:
        raise ScenarioError("these forecasts cannot be made", defects)
    return tuple(_forecast(days, orbits, replay, world, entry_tt_s) for days in replay.forecast.before_days)


def _forecast(
    days: float, orbits: Sequence[TrackedOrbit], replay: Replay, world: World, entry_tt_s: float
) -> ForecastMade:
    """One forecast."""
    assert replay.forecast is not None
    assert replay.published.entry is not None
    as_of = entry_tt_s - days * DAY_S
    as_of_mjd = float(mjd_utc(as_of))
    known = [orbit for orbit in orbits if orbit.known_tt_s <= as_of]
    then = replace(world, weather=as_known_on(world.weather, as_of_mjd))
    fits = drag_fits(known, then)
    factor, sigma = fits[-1].ballistic_factor_m2_kg, drag_sigma(fits, replay.body.drag_sigma)
    start = known[-1]
    state = _state(start, then)
    nominal = _entry(state, factor, replay, then, as_of, replay.published.entry.height_km)
    reach = as_of + BEYOND * (nominal - start.tt_s) + 2.0 * DAY_S

    def falls(b: float, weather: SpaceWeather) -> float:
        """Epoch at which the averaged decay ends."""
        end = decay(world.climate, weather, start.state, start.inclination_rad, b, start.tt_s, reach)
        return end.tt_s

    middle = falls(factor, then.weather)
    by_drag = [falls(factor * math.exp(sign * sigma), then.weather) - middle for sign in (1.0, -1.0)]
    by_weather = _weather_spread(start, factor, middle, replay, then, world, as_of, reach)
    by_epoch = (-start.sigma_s, start.sigma_s)
    early, late = (math.sqrt(by_drag[i] ** 2 + by_weather[i] ** 2 + by_epoch[i] ** 2) for i in (0, 1))
    left = nominal - as_of
    return ForecastMade(
        days_before=days,
        as_of_utc=to_utc(as_of, 0),
        start=start_document(state, start.what),
        start_age_days=(as_of - start.tt_s) / DAY_S,
        ballistic_factor_m2_kg=factor,
        drag_sigma=sigma,
        fits=fits,
        entry_utc=to_utc(nominal, 0),
        window_from_utc=to_utc(nominal - early, 0),
        window_to_utc=to_utc(nominal + late, 0),
        sigma_days=0.5 * (early + late) / DAY_S,
        sigma_drag_days=0.5 * (abs(by_drag[0]) + abs(by_drag[1])) / DAY_S,
        sigma_weather_days=0.5 * (by_weather[1] - by_weather[0]) / DAY_S,
        sigma_epoch_days=start.sigma_s / DAY_S,
        error_days=(nominal - entry_tt_s) / DAY_S,
        inside=nominal - early <= entry_tt_s <= nominal + late,
        relative_width=0.5 * (early + late) / left,
        relative_error=(nominal - entry_tt_s) / left,
    )


def drag_sigma(fits: Sequence[DragFit], least: float) -> float:
    """Relative sigma of the drag to come: the sample deviation of ln B over the fits so far, never below ``least``."""
    if len(fits) < 2:
        return least
    return max(least, float(np.std([math.log(fit.ballistic_factor_m2_kg) for fit in fits], ddof=1)))


def _state(orbit: TrackedOrbit, world: World) -> PublishedState:
    """Where the flight starts: the state of an element set, else the mean orbit with an unknown phase."""
    if orbit.published is not None:
        return orbit.published
    mean = Mean(*orbit.state[:3], orbit.inclination_rad, orbit.state.node_rad, 0.0)
    return placed(orbit.tt_s, mean, world, located=False)


def _entry(state: PublishedState, factor: float, replay: Replay, world: World, as_of: float, height_km: float) -> float:
    """Epoch of the fall through a height, flown numerically in stretches of ten days."""
    mass = replay.body.mass_kg
    forces = Forces(factor * mass, replay.body.characteristic_length_m, gravity_degree=GRAVITY_DEGREE)
    now = State(state.tt_s, state.position_km, state.velocity_km_s, mass)
    lowest = max(height_km - 1.0, 0.0)
    while now.tt_s < as_of + LONGEST_DAYS * DAY_S:
        stop = now.tt_s + 10.0 * DAY_S
        environment = prepare(world, now.tt_s, stop, forces, lowest_km=lowest)
        flight = fly(now, (), environment, stop_height_km=lowest, stop_tt_s=stop, sample_s=SAMPLE_S)
        if flight.stop == "height":
            return crossing(flight, height_km).tt_s if height_km > 0.0 else float(flight.tt_s[-1])
        now = flight.final_state
    raise FlightError(f"forecast of {to_utc(as_of, 0)}: the body does not come down within {LONGEST_DAYS:g} days")


def _weather_spread(
    start: TrackedOrbit,
    factor: float,
    middle: float,
    replay: Replay,
    then: World,
    world: World,
    as_of: float,
    reach: float,
) -> tuple[float, float]:
    """One sigma to the early and to the late side, s, by drawn weather: up to the as-of date all members are one."""
    assert replay.forecast is not None
    here = decay(world.climate, then.weather, start.state, start.inclination_rad, factor, start.tt_s, as_of)
    if here.tt_s < as_of - 1.0:  # down by now, as far as can be told
        return 0.0, 0.0
    days = math.ceil((reach - as_of) / DAY_S) + 2
    seed = replay.forecast.seed
    rngs = [np.random.default_rng([seed, i]) for i in range(replay.forecast.members)]
    ends = [
        decay(world.climate, one, here.state, start.inclination_rad, factor, here.tt_s, reach).tt_s
        for one in draw(world.weather, float(mjd_utc(as_of)), rngs, days)
    ]
    low, high = (float(np.quantile(ends, share)) - middle for share in SIGMAS)
    return low, high
