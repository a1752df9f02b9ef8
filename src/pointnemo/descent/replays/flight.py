"""Replay a real de-orbit: from the published orbit through the published burns to the ground, as one reference body.

Numerical throughout (``motion.lastdays``), under the observed weather of the day. The drag is given, or found from the
decay of published orbits. What is published about the flight is laid beside what was flown; nothing is fitted to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pointnemo.descent.decay import MOST_B, drag_between, drag_of_rate
from pointnemo.descent.geometry import WGS84
from pointnemo.descent.replays.comparison import compare
from pointnemo.descent.replays.published_orbits import TrackedOrbit, tracked_orbits
from pointnemo.descent.replays.report import (
    DragFit,
    DragFound,
    FragmentImpact,
    HeightCrossing,
    ReplayedBurn,
    ReplayFlight,
    ReplayStart,
)
from pointnemo.descent.replays.start import PublishedState, apsides_of, located, start_of, tt
from pointnemo.errors import FlightError
from pointnemo.motion.aerodynamics import ORBITAL_DRAG_COEFFICIENT, continuum_drag_coefficient
from pointnemo.motion.averaged import MeanState
from pointnemo.motion.burns import STANDARD_GRAVITY_M_S2, BurnCommand, burn_duration_s, propellant_kg
from pointnemo.motion.lastdays import Environment, Flight, Forces, State, crossing, fly, prepare
from pointnemo.motion.mean_elements import mean_from_osculating
from pointnemo.results import Place
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import DAY_S, to_utc

if TYPE_CHECKING:
    from pointnemo.scenario.replay import Replay, ReplayBurn
    from pointnemo.world import World

__all__ = ["HEIGHTS_KM", "PUBLISHED", "drag_fits", "drag_of", "fly_replay", "start_document"]

HEIGHTS_KM = (122.0, 100.0, 80.0)
PUBLISHED = "published"
SAMPLE_S = 20.0
MOST_BURNT = 0.95  # share of the mass at ignition
FRAGMENT_LENGTH_M = 1.0
FALL_S = 4 * 3600.0  # the lightest piece from the highest break-up
HYPERSONIC_MACH = 20.0


@dataclass(frozen=True)
class _Flown:
    """A flight with what is needed to describe it."""

    flight: Flight
    environment: Environment
    located: bool


def fly_replay(replay: Replay, world: World) -> tuple[ReplayStart, DragFound, tuple[ReplayFlight, ...]]:
    """Fly a replay as published, then each of its variants.

    Args:
        replay: with an orbit.
        world: nature; its weather is the observed one.

    Returns:
        Start, drag and flights.

    Raises:
        ScenarioError: an element set that cannot be used.
        FlightError: burns that overlap or come too late, no drag that explains the decay, no orbit over the fix.
        WorldError: weather or Earth orientation do not reach there.
    """
    assert replay.orbit is not None
    start = start_of(replay.orbit, world)
    drag = _held(drag_of(replay, start, world))
    forces = Forces(drag.cd_area_m2, replay.body.characteristic_length_m)
    commands = commands_of(replay.burns, replay.body.mass_kg, {})
    start = located(start, replay.orbit, commands, replay.body.mass_kg, forces, world)
    flights = [_flight(PUBLISHED, "as published", replay, start, commands, drag, 1.0, world)]
    for key, variant in replay.variants.items():
        changed = commands_of(replay.burns, replay.body.mass_kg, variant.delta_v_mps)
        flights.append(_flight(key, variant.what, replay, start, changed, drag, variant.drag_factor, world))
    return start_document(start, replay.orbit.origin), drag, tuple(flights)


def start_document(start: PublishedState, origin: str) -> ReplayStart:
    """A published state as the document shows it."""
    perigee, apogee = apsides_of(start.mean)
    return ReplayStart(
        epoch_utc=to_utc(start.tt_s, 0),
        origin=origin,
        perigee_km=perigee,
        apogee_km=apogee,
        altitude_km=start.mean.a_km - EARTH_RADIUS_KM,
        inclination_deg=float(np.degrees(start.mean.inclination_rad)),
        located=start.located,
    )


# --- drag ------------------------------------------------------------------------------------------------------------


def _held(drag: DragFound) -> DragFound:
    """Refuse a drag that no body has."""
    if drag.ballistic_factor_m2_kg > MOST_B:
        raise FlightError(
            f"a drag area of {drag.cd_area_m2:g} m2 is {drag.ballistic_factor_m2_kg:.3g} m2/kg: more than {MOST_B:g} "
            "no body has; check body.mass_kg and what the drag is from"
        )
    return drag


def drag_of(replay: Replay, start: PublishedState, world: World) -> DragFound:
    """The drag of the flight: given, or from the last decay observed before the start, or from a stated rate."""
    mass = replay.body.mass_kg
    if replay.body.cd_area_m2 is not None:
        area = replay.body.cd_area_m2
        return DragFound(ballistic_factor_m2_kg=area / mass, cd_area_m2=area, origin="given", fits=())
    if replay.history:
        orbits = tracked_orbits(replay.history, world, start)
        fits = drag_fits(orbits, world)
        factor = fits[-1].ballistic_factor_m2_kg
        return DragFound(ballistic_factor_m2_kg=factor, cd_area_m2=factor * mass, origin="decay", fits=fits)
    if start.rate_km_day is None:
        raise FlightError("nothing tells the drag: the element set states no decay; give body.cd_area_m2")
    mean = MeanState(start.mean.a_km, start.mean.ex, start.mean.ey, start.mean.node_rad)
    factor = drag_of_rate(world.climate, world.weather, mean, start.mean.inclination_rad, start.tt_s, start.rate_km_day)
    return DragFound(ballistic_factor_m2_kg=factor, cd_area_m2=factor * mass, origin="rate", fits=())


def drag_fits(orbits: Sequence[TrackedOrbit], world: World) -> tuple[DragFit, ...]:
    """The drag between each published orbit and the next."""
    fits: list[DragFit] = []
    for before, after in pairwise(orbits):
        factor = drag_between(
            world.climate, world.weather, before.state, before.inclination_rad,
            before.tt_s, after.tt_s, after.state.a_km - EARTH_RADIUS_KM,
        )  # fmt: skip
        fits.append(
            DragFit(
                from_utc=to_utc(before.tt_s, 0),
                to_utc=to_utc(after.tt_s, 0),
                altitude_from_km=before.state.a_km - EARTH_RADIUS_KM,
                altitude_to_km=after.state.a_km - EARTH_RADIUS_KM,
                ballistic_factor_m2_kg=factor,
            )
        )
    return tuple(fits)


# --- burns -----------------------------------------------------------------------------------------------------------


def commands_of(
    burns: Mapping[str, ReplayBurn], mass_kg: float, delta_v_mps: Mapping[str, float]
) -> tuple[BurnCommand, ...]:
    """The burns in order of time, each with the mass that the ones before have left.

    Args:
        burns: two of delta-v, duration and thrust each; the third follows by the rocket equation.
        mass_kg: at the start.
        delta_v_mps: by burn, in place of its own; duration stays where it is known, thrust otherwise.

    Returns:
        What the propagator burns.

    Raises:
        FlightError: a burn that needs more than the whole mass.
    """
    commands: list[BurnCommand] = []
    for key, burn in sorted(burns.items(), key=lambda item: item[1].start_utc):
        command = _command(key, burn, mass_kg, delta_v_mps.get(key), burn.duration_s)
        if key in delta_v_mps and burn.duration_s is None:  # delta-v and thrust were given: the duration is theirs
            own = _command(key, burn, mass_kg, None, None)
            command = _command(key, burn, mass_kg, delta_v_mps[key], burn_duration_s(mass_kg, own))
        commands.append(command)
        used = propellant_kg(mass_kg, command.delta_v_mps, command.specific_impulse_s)
        if used > MOST_BURNT * mass_kg:
            raise FlightError(f"burn {key!r} would burn {used:.0f} kg of {mass_kg:.0f} kg: check its delta-v")
        mass_kg -= used
    return tuple(commands)


def _command(
    key: str, burn: ReplayBurn, mass_kg: float, delta_v_mps: float | None, duration_s: float | None
) -> BurnCommand:
    """One burn: delta-v and duration give the thrust, thrust and duration the delta-v (Tsiolkovsky 1903)."""
    exhaust = STANDARD_GRAVITY_M_S2 * burn.specific_impulse_s
    wanted, thrust = (burn.delta_v_mps if delta_v_mps is None else delta_v_mps), burn.thrust_n
    if wanted is not None and duration_s is not None:
        thrust = -mass_kg * float(np.expm1(-wanted / exhaust)) / duration_s * exhaust
    elif wanted is None:
        assert duration_s is not None
        assert thrust is not None
        used = thrust / exhaust * duration_s
        if used >= mass_kg:
            raise FlightError(f"burn {key!r} would burn {used:.0f} kg of {mass_kg:.0f} kg: check thrust and duration")
        wanted = -exhaust * float(np.log1p(-used / mass_kg))
    assert thrust is not None
    # outward lies along v x n, the other one along n = r x v
    up, left = np.sin(np.radians(burn.up_deg)), np.sin(np.radians(burn.left_deg))
    retrograde = burn.direction == "retrograde"
    return BurnCommand(tt(burn.start_utc), wanted, thrust, burn.specific_impulse_s, retrograde, key, up, left)


# --- one flight ------------------------------------------------------------------------------------------------------


def _flight(
    key: str,
    what: str,
    replay: Replay,
    start: PublishedState,
    commands: tuple[BurnCommand, ...],
    drag: DragFound,
    drag_factor: float,
    world: World,
) -> ReplayFlight:
    """Fly and describe."""
    area = drag.cd_area_m2 * drag_factor
    stop = start.tt_s + replay.longest_days * DAY_S
    environment = prepare(world, start.tt_s, stop, Forces(area, replay.body.characteristic_length_m))
    state = State(start.tt_s, start.position_km, start.velocity_km_s, replay.body.mass_kg)
    flight = fly(state, commands, environment, stop_height_km=0.0, stop_tt_s=stop, sample_s=SAMPLE_S)
    flown = _Flown(flight, environment, start.located)
    down = flight.stop == "height"
    published = replay.published
    heights = {*HEIGHTS_KM, *(one.height_km for one in published.heights.values())}
    if published.entry is not None:
        heights.add(published.entry.height_km)
    crossings = (
        tuple(_crossing(flown, height) for height in sorted(heights, reverse=True) if height > 0) if down else ()
    )
    document = ReplayFlight(
        id=key,
        what=what,
        ballistic_factor_m2_kg=area / replay.body.mass_kg,
        burns=tuple(_burn(flown, one) for one in commands if one.id in flight.segments),
        crossings=crossings,
        end_utc=to_utc(float(flight.tt_s[-1]), 0) if down else None,
        end_place=_place(flown, float(flight.tt_s[-1])) if down else None,
        fragments=_fragments(flown, replay, world) if down else (),
        comparisons=(),
    )
    return document.model_copy(update={"comparisons": compare(document, published, gated=key == PUBLISHED)})


def _burn(flown: _Flown, command: BurnCommand) -> ReplayedBurn:
    """One burn with the mean orbit before and after."""
    flight = flown.flight
    inside = np.flatnonzero(flight.segment == flight.segments.index(command.id))
    ends = [
        apsides_of(mean_from_osculating(flight.position_km[i], flight.velocity_km_s[i], flown.environment.pole))
        for i in (inside[0], inside[-1])
    ]
    start, end = float(flight.tt_s[inside[0]]), float(flight.tt_s[inside[-1]])
    lowest, highest = _heights(flown, int(inside[-1]))
    return ReplayedBurn(
        id=command.id,
        start_utc=to_utc(start, 0),
        duration_s=end - start,
        delta_v_mps=command.delta_v_mps,
        thrust_n=command.thrust_n,
        propellant_kg=flight.propellant_kg[command.id],
        lowest_after_km=lowest,
        highest_after_km=highest,
        perigee_before_km=ends[0][0],
        apogee_before_km=ends[0][1],
        perigee_after_km=ends[1][0],
        apogee_after_km=ends[1][1],
        start=_place(flown, start),
        end=_place(flown, end),
    )


def _heights(flown: _Flown, sample: int) -> tuple[float | None, float | None]:
    """Least and largest geodetic height in the revolution after a sample, did nothing burn any more."""
    flight = flown.flight
    r, v = flight.position_km[sample], flight.velocity_km_s[sample]
    state = State(float(flight.tt_s[sample]), r, v, float(flight.mass_kg[sample]))
    axis = 1.0 / (2.0 / float(np.linalg.norm(r)) - float(v @ v) / MU_KM3_S2)
    stop = state.tt_s + 2.0 * np.pi * float(np.sqrt(axis**3 / MU_KM3_S2))
    if flight.height_km[sample] <= 0.0 or stop > flown.environment.stop_tt_s:
        return None, None
    coast = fly(state, (), flown.environment, stop_height_km=0.0, stop_tt_s=stop, sample_s=SAMPLE_S)
    if coast.stop == "height":
        return None, None
    return float(coast.height_km.min()), float(coast.height_km.max())


def _crossing(flown: _Flown, height_km: float) -> HeightCrossing:
    found = crossing(flown.flight, height_km)
    return HeightCrossing(height_km=height_km, utc=to_utc(found.tt_s, 0), place=_place(flown, found.tt_s))


def _place(flown: _Flown, tt_s: float) -> Place | None:
    """Where the body is over the ground; None where node and phase are not known."""
    return _over(flown.flight, tt_s) if flown.located else None


def _over(flight: Flight, tt_s: float) -> Place:
    longitude = float(np.interp(tt_s, flight.tt_s, np.unwrap(flight.longitude_deg, period=360.0)))
    latitude = float(np.interp(tt_s, flight.tt_s, flight.latitude_deg))
    return Place(latitude_deg=latitude, longitude_deg=(longitude + 180.0) % 360.0 - 180.0)


def _fragments(flown: _Flown, replay: Replay, world: World) -> tuple[FragmentImpact, ...]:
    """Let pieces go at the height of break-up and fly each to the ground.

    A coefficient is that of hypersonic continuum flow; the propagator wants the area of free-molecular flow.
    """
    if replay.breakup is None:
        return ()
    free = crossing(flown.flight, replay.breakup.height_km)
    over = _over(flown.flight, free.tt_s)
    pieces: list[FragmentImpact] = []
    for key, coefficient in replay.breakup.fragments.items():
        area = coefficient**-1 * ORBITAL_DRAG_COEFFICIENT / float(continuum_drag_coefficient(HYPERSONIC_MACH))
        environment = prepare(world, free.tt_s, free.tt_s + FALL_S, Forces(area, FRAGMENT_LENGTH_M))
        fall = fly(
            free.state._replace(mass_kg=1.0), (), environment,
            stop_height_km=0.0, stop_tt_s=free.tt_s + FALL_S, sample_s=SAMPLE_S,
        )  # fmt: skip
        tt_s = float(fall.tt_s[-1])
        hit = _over(fall, tt_s)
        along = WGS84.inv(over.longitude_deg, over.latitude_deg, hit.longitude_deg, hit.latitude_deg)[2] / 1000.0
        pieces.append(
            FragmentImpact(
                id=key,
                ballistic_coefficient_kg_m2=coefficient,
                utc=to_utc(tt_s, 0),
                place=hit if flown.located else None,
                along_km=along,
            )
        )
    return tuple(pieces)
