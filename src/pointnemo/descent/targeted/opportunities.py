"""The primary pass and its backups: where and when else the station can be brought down.

Once the primary pass is targeted the phase of the orbit is fixed. A backup is the same orbit with the burns put off by
whole revolutions from one of them on: from the final burn while the low perigee before it holds, from an earlier burn
where more time is needed. Where on the orbit the remaining burns are then made is free, and is chosen so that the whole
footprint keeps clear of land and ice as near to the wanted aim as may be. Chosen passes are flown and targeted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pointnemo.descent.geometry import EARTH_MEAN_RADIUS_KM, GroundTrack, aimed_place
from pointnemo.descent.targeted.burn_document import burn_document
from pointnemo.descent.targeted.engine import ordered_burns
from pointnemo.descent.targeted.entry_document import entry_of
from pointnemo.descent.targeted.passes import (
    LEAST_LIFE_REVOLUTIONS,
    MARGIN_KM,
    WGS84,
    Coast,
    Keeping,
    Spot,
    Swath,
    arguments,
    coasts_of,
    impact_argument,
    keeping_of,
    key_of,
    spots_of,
    start_of,
    unwrapped_near,
)
from pointnemo.descent.targeted.sequence import burns_flown
from pointnemo.descent.targeted.sizing import LOWEST_COAST_KM, FlownBurn
from pointnemo.descent.targeted.targeting import TARGET_TOLERANCE_KM
from pointnemo.descent.words import minute_of
from pointnemo.errors import FlightError, InputError
from pointnemo.motion.lastdays import BurnCommand, Environment, Flight, State, fly, prepare
from pointnemo.results import Opportunity, Place
from pointnemo.world.earth import WGS84_FLATTENING
from pointnemo.world.time import to_utc

if TYPE_CHECKING:
    from pointnemo.descent.targeted.engine import Engine
    from pointnemo.descent.targeted.targeting import Target
    from pointnemo.scenario.models import FinalBurn, Scenario
    from pointnemo.world import World

__all__ = ["MOST_REVOLUTIONS_LATER", "NEXT_DAY_REVOLUTIONS", "Swath", "opportunities_of"]

MOST_REVOLUTIONS_LATER = 34  # some two days
NEXT_DAY_REVOLUTIONS = 8  # half a day: what comes later belongs to the next day
REVOLUTION_S = 5400.0  # longer than any revolution of the last days
MORE_TRIES = 6  # passes that are flown in vain before no more are tried
MOST_FLIGHTS = 8  # of the shooting
LEAST_GAIN, MOST_GAIN = 0.3, 3.0
LIFE_SHARE = 0.6  # of what the primary orbit would last without its final burn
SAMPLE_S = 60.0
APEX_COSINE = 0.15  # nearer than 9 degrees to an apex latitude hardly changes along the track

Kind = Literal["primary", "next-revolution", "next-day"]


@dataclass(frozen=True)
class _Case:
    """What all passes of one descent have in common.

    Attributes:
        available_kg: propellant of the deorbit vehicle when the primary flight begins.
        burns: (id, burn) of the scenario in order.
        final_rad: argument of latitude in the middle of the final burn of the primary flight, without jumps.
        impact_rad: of the primary impact.
        coasts: before each burn.
    """

    target: Target
    track: GroundTrack
    scenario: Scenario
    world: World
    engine: Engine
    environment: Environment
    swath: Swath
    available_kg: float
    burns: tuple[tuple[str, FinalBurn], ...]
    final_rad: float
    impact_rad: float
    coasts: tuple[Coast, ...]

    @property
    def least_life(self) -> float:
        """Revolutions that the station has to last without its final burn: some, or not much fewer than planned."""
        planned = self.coasts[-1].lasts(self.final_rad) if self.coasts else np.inf
        return min(LEAST_LIFE_REVOLUTIONS, LIFE_SHARE * planned)


@dataclass(frozen=True)
class _Candidate:
    """A later revolution, and the ways to it: the latest hold first."""

    ways: tuple[tuple[Coast, Spot], ...]

    @property
    def spot(self) -> Spot:
        return self.ways[0][1]

    @property
    def short_km(self) -> float:
        return max(MARGIN_KM - self.spot.margin_km, 0.0)


@dataclass(frozen=True)
class _Taken:
    """A pass as flown.

    Attributes:
        coast: before the first burn that is put off; None for the primary.
        later: revolutions after the primary pass.
        since: where it branches off.
        burns: left to be made.
        flight: from there to the ground.
        aim: the track, anchored at the place aimed at.
        miss_km: from there to the reference impact.
    """

    coast: Coast | None
    later: int
    since: State
    burns: tuple[FlownBurn, ...]
    flight: Flight
    aim: GroundTrack
    miss_km: float


def opportunities_of(
    target: Target,
    track: GroundTrack,
    scenario: Scenario,
    world: World,
    engine: Engine,
    environment: Environment,
    swath: Swath,
    available_kg: float,
) -> tuple[Opportunity, ...]:
    """The primary pass and the best backups.

    Args:
        target: the primary pass as targeted.
        track: the one it was aimed along, anchored at the aim.
        scenario: aim, clearances, burns, and how many backups are wanted.
        world: land, ice, weather.
        engine: what makes the burns.
        environment: in which the primary was flown; where it ends too early for the backups it is carried on.
        swath: where pieces fall about the reference impact.
        available_kg: propellant of the deorbit vehicle when the primary flight begins.

    Returns:
        The primary first, then ``descent.backup_opportunities`` backups by time: half of them on following revolutions
        of the same half day and half later, where such can be flown. Fewer where fewer can be flown.

    Raises:
        WorldError: weather or Earth orientation do not reach some days beyond the primary pass.
    """
    flight, made = target.sequence.flight, target.sequence.burns
    needed_tt_s = float(flight.tt_s[-1]) + (MOST_REVOLUTIONS_LATER + LEAST_LIFE_REVOLUTIONS + 2) * REVOLUTION_S
    wanted = scenario.descent.backup_opportunities
    if wanted > 0 and environment.stop_tt_s < needed_tt_s:
        forces, lowest_km = environment.forces, environment.lowest_km
        environment = prepare(world, environment.start_tt_s, needed_tt_s, forces, lowest_km=lowest_km)
    burns = ordered_burns(scenario.descent.burns)
    flown = arguments(flight, environment)
    impact = impact_argument(flight, environment, float(flown[-1]))
    coasts = coasts_of(target, [key for key, _ in burns], engine, environment) if wanted > 0 else ()
    final = float(np.interp(made[-1].command.start_tt_s + made[-1].duration_s / 2, flight.tt_s, flown))
    case = _Case(target, track, scenario, world, engine, environment, swath, available_kg, burns, final, impact, coasts)
    primary = _Taken(None, 0, start_of(flight), made, flight, track, target.miss_km)
    taken = sorted(_backups(case, wanted), key=lambda one: one.later)
    return tuple(_document(case, one) for one in (primary, *taken))


# --- choice ----------------------------------------------------------------------------------------------------------


def _backups(case: _Case, wanted: int) -> list[_Taken]:
    """The best passes that can be flown: half of them the next on the same half day, half the nearest to the aim later.

    Soon is worth more than near: less of the orbit and of the propellant is lost by then.
    """
    candidates = _candidates(case) if wanted > 0 else ()
    soon = [one for one in candidates if one.spot.revolutions_later < NEXT_DAY_REVOLUTIONS]
    late = [one for one in candidates if one.spot.revolutions_later >= NEXT_DAY_REVOLUTIONS]
    groups = (
        (sorted(soon, key=lambda one: (one.short_km, one.spot.revolutions_later)), (wanted + 1) // 2),
        (sorted(late, key=lambda one: (one.short_km, one.spot.from_aim_km)), wanted),
        (sorted(candidates, key=lambda one: (one.short_km, one.spot.from_aim_km)), wanted),
    )
    found: list[_Taken] = []
    tried: set[int] = set()
    tries = wanted + MORE_TRIES
    for group, until in groups:
        for one in group:
            if len(found) >= until or len(tried) >= tries:
                break
            if one.spot.revolutions_later in tried:
                continue
            tried.add(one.spot.revolutions_later)
            taken = _taken(case, one)
            if taken is not None:
                found.append(taken)
    return found


def _candidates(case: _Case) -> tuple[_Candidate, ...]:
    """Every later revolution that an orbit without some of the burns lasts for."""
    ways: dict[int, list[tuple[Coast, Spot]]] = {}
    for coast in reversed(case.coasts):
        most = MOST_REVOLUTIONS_LATER
        for spot in spots_of(coast, case.impact_rad, most, case.scenario, case.world, case.swath):
            final = case.final_rad + spot.argument_rad - case.impact_rad
            if coast.lasts(final) >= case.least_life:
                ways.setdefault(spot.revolutions_later, []).append((coast, spot))
    return tuple(_Candidate(tuple(found)) for _, found in sorted(ways.items()))


# --- flight ----------------------------------------------------------------------------------------------------------


def _taken(case: _Case, candidate: _Candidate) -> _Taken | None:
    """Target a pass, putting off as few burns as it takes; None where it cannot be flown."""
    for coast, spot in candidate.ways:
        try:
            taken = _targeted(case, coast, spot)
        except FlightError:
            continue
        if _lasts(taken.burns[-1], case):
            return taken
    return None


def _lasts(final: FlownBurn, case: _Case) -> bool:
    """Whether the station would stay up for long enough if its final burn were not made."""
    before = State(final.command.start_tt_s, *final.before, final.mass_before_kg)
    stop = min(before.tt_s + case.least_life * REVOLUTION_S, case.environment.stop_tt_s)
    return fly(before, [], case.environment, stop_height_km=LOWEST_COAST_KM, stop_tt_s=stop).stop == "time"


def _targeted(case: _Case, coast: Coast, spot: Spot) -> _Taken:
    """Move the remaining burns along the orbit until the reference body falls where it shall along its own track.

    The phase is given, so the track on which it comes down is what it is: the place aimed at lies on that track, as far
    along the orbit as the place that was chosen.
    """
    shift = spot.argument_rad - case.impact_rad
    left = case.burns[coast.hold :]
    best: _Taken | None = None
    gain, last = 1.0, (0.0, 0.0)  # of the place of the impact by that of the burns; what was flown before
    for number in range(MOST_FLIGHTS):
        around = float(np.mod(case.target.burn_argument_rad + shift, 2 * np.pi))
        made = burns_flown(coast.state, left, case.engine, around, coast.travel_rad + shift, case.environment)
        fall = _fallen(made[-1].end, (), case, REVOLUTION_S)
        reached = _reached(case, fall, spot.argument_rad)
        along = unwrapped_near(spot.argument_rad - reached.argument_rad, 0.0)
        aim = reached.moved(along * EARTH_MEAN_RADIUS_KM)
        miss = _distance_km(aim, fall)
        if best is None or miss < best.miss_km:
            best = _Taken(coast, spot.revolutions_later, coast.state, made, fall, aim, miss)
        if miss <= TARGET_TOLERANCE_KM:
            break
        if number > 0:  # secant; where drag and the flattened Earth make the fall longer or shorter it is not one
            gain = float(np.clip((last[1] - along) / (shift - last[0]), LEAST_GAIN, MOST_GAIN))
        last = shift, along
        shift += along / gain
    assert best is not None
    commands = [one.command for one in best.burns]
    whole = _fallen(coast.state, commands, case, float(best.flight.tt_s[-1]) - coast.state.tt_s + REVOLUTION_S)
    return replace(best, flight=whole, miss_km=_distance_km(best.aim, whole))


def _fallen(state: State, commands: Sequence[BurnCommand], case: _Case, within_s: float) -> Flight:
    """Down to the ground."""
    flight = fly(
        state, commands, case.environment, stop_height_km=0.0,
        stop_tt_s=min(state.tt_s + within_s, case.environment.stop_tt_s), sample_s=SAMPLE_S,
        coast_flow_kg_s=case.engine.attitude_kg_s,
    )  # fmt: skip
    if flight.stop != "height":
        raise FlightError("the final burn of a backup does not bring the station down within its revolution")
    return flight


def _reached(case: _Case, fall: Flight, near_rad: float) -> GroundTrack:
    """The ground track that a flight came down on, anchored at the impact."""
    latitude, longitude = float(fall.latitude_deg[-1]), float(fall.longitude_deg[-1])
    argument = impact_argument(fall, case.environment, near_rad)
    if abs(np.cos(argument)) <= APEX_COSINE:
        # There sideways drift is a matter of how far north or south the plane reaches.
        geocentric = np.arctan((1.0 - WGS84_FLATTENING) ** 2 * np.tan(np.radians(latitude)))
        sine = np.sin(geocentric) / np.sin(argument)
        reach_deg = float(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))))
        return GroundTrack(float(np.mod(argument, 2 * np.pi)), longitude, reach_deg)
    in_plane = GroundTrack(float(np.mod(argument, 2 * np.pi)), longitude, case.track.inclination_deg)
    try:  # latitude tells where along the orbit the impact lies, sideways drift included
        return GroundTrack.through(latitude, longitude, case.track.inclination_deg, in_plane.direction)
    except InputError:
        return in_plane


def _distance_km(place: GroundTrack, flight: Flight) -> float:
    ends = float(flight.longitude_deg[-1]), float(flight.latitude_deg[-1])
    return float(WGS84.inv(*ends, place.longitude_deg, place.latitude_deg)[2]) / 1000.0


# --- document --------------------------------------------------------------------------------------------------------


def _document(case: _Case, taken: _Taken) -> Opportunity:
    flight, swath, descent = taken.flight, case.swath, case.scenario.descent
    heel, toe = (taken.aim.moved(km) for km in (swath.heel_km, swath.toe_km))
    keeping = keeping_of(taken.aim, case.scenario, case.world, swath)
    _, entry = entry_of(flight, case.scenario.reentry.interface_height_km)
    kind: Kind = "primary"
    if taken.later:
        kind = "next-revolution" if taken.later < NEXT_DAY_REVOLUTIONS else "next-day"
    propellant_kg = taken.since.mass_kg - entry.mass_kg  # steering included
    return Opportunity(
        id="primary" if kind == "primary" else f"backup-{taken.later}",
        kind=kind,
        revolutions_later=taken.later,
        pass_direction=taken.aim.direction,
        final_burn_utc=to_utc(taken.burns[-1].command.start_tt_s, 1),
        entry_utc=entry.utc,
        entry=entry,
        aim=aimed_place(taken.aim, descent.aim) if kind == "primary" else _place(taken.aim),
        reference_impact=Place(
            latitude_deg=float(flight.latitude_deg[-1]), longitude_deg=float(flight.longitude_deg[-1])
        ),
        miss_km=taken.miss_km,
        converged=taken.miss_km <= TARGET_TOLERANCE_KM,
        burns=tuple(burn_document(one, descent.deorbit_vehicle, flight) for one in taken.burns),
        propellant_kg=propellant_kg,
        perigee_before_km=taken.burns[-1].perigee_before_km,
        heel=_place(heel),
        toe=_place(toe),
        land_clearance_km=keeping.land_km,
        nearest_land=keeping.land,
        ice_clearance_km=keeping.ice_km,
        clear=keeping.margin_km >= 0.0,
        short_by_km=max(-keeping.margin_km, 0.0),
        text=_text(case, taken, keeping, propellant_kg),
    )


def _text(case: _Case, taken: _Taken, keeping: Keeping, propellant_kg: float) -> str:
    """What a user has to know about a pass: when it is decided, what it costs, what it misses."""
    sentences = []
    if taken.coast is not None:
        planned = case.target.sequence.burns
        turns = "one revolution" if taken.later == 1 else f"{taken.later} revolutions"
        first = planned[taken.coast.made]
        decided = minute_of(first.command.start_tt_s - case.engine.settling_s)
        sentences.append(f"The burns from {key_of(first)} on are put off by {turns}, if that is decided by {decided}.")
        low, usual = taken.burns[-1].perigee_before_km, planned[-1].perigee_before_km
        sentences.append(f"The perigee before the final burn is then {low:.0f} km (as planned: {usual:.0f}).")
        still = {key_of(one) for one in taken.burns}
        dropped = [key for key, _ in case.burns[taken.coast.hold :] if key not in still]
        if dropped:
            sentences.append(f"Drag makes {' and '.join(dropped)} needless.")
    if keeping.margin_km < 0.0:
        sentences.append(_missed(case, keeping))
    left_kg = _left_kg(case, taken, propellant_kg)
    if left_kg >= 0.0:
        sentences.append(f"{left_kg:,.0f} kg are left above the reserve.")
    else:
        sentences.append(f"It takes {-left_kg:,.0f} kg more than there is above the reserve.")
    if taken.miss_km > TARGET_TOLERANCE_KM:
        sentences.append(f"The reference impact misses its place by {taken.miss_km:.0f} km.")
    return " ".join(sentences)


def _missed(case: _Case, keeping: Keeping) -> str:
    rules = case.scenario.rules
    parts = []
    if keeping.land_km < rules.land_clearance_km:
        land = keeping.land or "land"
        parts.append(f"{keeping.land_km:.0f} km from {land} where {rules.land_clearance_km:.0f} km are asked for")
    if keeping.ice_km < rules.antarctic_ice_clearance_km:
        limit = rules.antarctic_ice_clearance_km
        parts.append(f"{keeping.ice_km:.0f} km from Antarctic ice where {limit:.0f} km are asked for")
    return f"The footprint would come within {' and '.join(parts)}."


def _left_kg(case: _Case, taken: _Taken, propellant_kg: float) -> float:
    """Propellant of the deorbit vehicle above its reserve after a pass, kg."""
    before_kg = float(case.target.sequence.flight.mass_kg[0]) - taken.since.mass_kg
    return case.available_kg - before_kg - propellant_kg - case.scenario.descent.deorbit_reserve_kg


def _place(track: GroundTrack) -> Place:
    return Place(latitude_deg=track.latitude_deg, longitude_deg=track.longitude_deg)
