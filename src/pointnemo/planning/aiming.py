"""The aiming loop: move the aim along the track until the whole footprint keeps clear of land.

``descend`` aims one reference body; ``reenter`` says how far before and behind it the pieces fall. This loop hands the
one's answer to the other: it chooses the pass over the aim, flies a small break-up, and where heel or toe come too
close to land or ice it moves the aim along the ground track by the least that clears them, and to a track further east
or west where no place on this one does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from pointnemo.descent import GroundTrack
from pointnemo.descent.geometry import Pass
from pointnemo.descent.targeted.passes import Swath
from pointnemo.results import Descend, Reenter

if TYPE_CHECKING:
    from pointnemo.results import FloatArray
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["Aimed", "Choice", "Clearance", "Swath", "aim", "best_shift_km", "choose", "margin_km"]

PASSES: tuple[Pass, ...] = get_args(Pass)
FIRST_GUESS = Swath(-900.0, 1500.0, 100.0)  # before anything is flown
LONGEST_SHIFT_KM = 3000.0
SHIFT_STEP_KM = 25.0
SWATH_STEP_KM = 50.0
EAST_STEP_DEG = 5.0
MOST_EAST_DEG = 40.0  # the ocean about Point Nemo is some 80 degrees wide
MARGIN_KM = 60.0  # the small break-up of the loop misses the outermost of the pieces that the full one flies
MOST_ROUNDS = 4


@dataclass(frozen=True)
class Clearance:
    """What the footprint has to keep from: land, and Antarctic ice, km."""

    land_km: float
    ice_km: float


@dataclass(frozen=True)
class Choice:
    """A place to aim at: on which track, how far from what was wanted, and what it leaves.

    Attributes:
        track: anchored at the place.
        shift_km: along the track from the wanted aim's longitude and latitude, in flight direction.
        east_deg: how far east of the wanted aim the track was moved; along-track phase is free, so any is to be had.
        margin_km: by how much the swath clears land and ice; negative where it does not.
    """

    track: GroundTrack
    shift_km: float
    east_deg: float
    margin_km: float


@dataclass(frozen=True)
class Aimed:
    """A descent aimed, and how.

    Attributes:
        descend: the document.
        choice: where it was aimed at; its margin is that of the swath flown last.
        swath: of the pieces of a small break-up; None where nothing comes down.
        reenter: that break-up.
    """

    descend: Descend
    choice: Choice
    swath: Swath | None
    reenter: Reenter | None


def aim(
    scenario: Scenario,
    world: World,
    inclination_deg: float,
    bring_down: Callable[[GroundTrack, float], Descend],
    break_up: Callable[[Descend], Reenter],
) -> Aimed:
    """Run the loop.

    Args:
        scenario: aim and clearances.
        world: land.
        inclination_deg: of the orbit at the hand-over.
        bring_down: flies a descent to a track's place; second argument is the shift, to be reported.
        break_up: flies a small break-up of a descent.

    Returns:
        The first descent whose footprint clears the limits, or the one that comes closest to them.
    """
    wanted = scenario.descent.aim
    swath = FIRST_GUESS
    limits = Clearance(scenario.rules.land_clearance_km, scenario.rules.antarctic_ice_clearance_km)
    choice = choose(wanted.latitude_deg, wanted.longitude_deg, inclination_deg, swath, world, limits)
    best: Aimed | None = None
    for _ in range(MOST_ROUNDS):
        descend = bring_down(choice.track, choice.shift_km)
        if descend.entry is None:
            return Aimed(descend, choice, None, None)
        broken = break_up(descend)
        swath = _swath(broken)
        margin = margin_km(choice.track, swath, world, limits)
        if best is None or margin > best.choice.margin_km:
            best = Aimed(descend, replace(choice, margin_km=margin), swath, broken)
        if margin >= MARGIN_KM / 2:
            break
        better = choose(wanted.latitude_deg, wanted.longitude_deg, inclination_deg, swath, world, limits)
        same = better.track.direction == choice.track.direction and better.east_deg == choice.east_deg
        if same and abs(better.shift_km - choice.shift_km) < SHIFT_STEP_KM:
            break
        choice = better
    assert best is not None
    return best


def choose(
    latitude_deg: float, longitude_deg: float, inclination_deg: float, swath: Swath, world: World, limits: Clearance
) -> Choice:
    """Where to aim: north- or southbound, along the track, and if need be further east or west.

    Args:
        latitude_deg, longitude_deg: the wanted aim.
        inclination_deg: of the orbit.
        swath: where pieces fall about an aim.
        world: land and ice.
        limits: to be kept, ``MARGIN_KM`` more than that if it can be.

    Returns:
        The choice nearest to the wanted aim that keeps the limits; where none does, the one that comes closest.

    Raises:
        InputError: the orbit does not reach the latitude of the aim.
    """
    best: Choice | None = None
    for east_deg in sorted(np.arange(-MOST_EAST_DEG, MOST_EAST_DEG + 1.0, EAST_STEP_DEG), key=abs):
        longitude = (longitude_deg + float(east_deg) + 180.0) % 360.0 - 180.0
        found: list[Choice] = []
        for direction in PASSES:
            track = GroundTrack.through(latitude_deg, longitude, inclination_deg, direction)
            shift, margin = best_shift_km(track, swath, world, limits)
            found.append(Choice(track.moved(shift), shift, float(east_deg), margin))
        clear = [one for one in found if one.margin_km >= MARGIN_KM]
        if clear:
            return min(clear, key=lambda one: (abs(one.shift_km), -one.margin_km))
        most = max(found, key=lambda one: one.margin_km)
        if best is None or most.margin_km > best.margin_km:
            best = most
    assert best is not None
    return best


def best_shift_km(track: GroundTrack, swath: Swath, world: World, limits: Clearance) -> tuple[float, float]:
    """The least shift along a track that clears land and ice; where none does, the one that clears best.

    Args:
        track: anchored at the aim.
        swath: where pieces fall about it.
        world: land and ice.
        limits: wanted clearance, which ``MARGIN_KM`` is put on top of.

    Returns:
        Shift in flight direction, km, and by how much the limits are then kept (negative: missed), km.
    """
    shifts = np.arange(-LONGEST_SHIFT_KM, LONGEST_SHIFT_KM + SHIFT_STEP_KM, SHIFT_STEP_KM)
    along = np.arange(-LONGEST_SHIFT_KM + swath.heel_km, LONGEST_SHIFT_KM + swath.toe_km + SWATH_STEP_KM, SWATH_STEP_KM)
    margin = _margins_km(track, along, swath, world, limits)
    clear = np.array([margin[_inside(along, shift, swath)].min() for shift in shifts])
    good = np.flatnonzero(clear >= MARGIN_KM)
    at = int(good[np.argmin(np.abs(shifts[good]))]) if good.size else int(np.argmax(clear))
    return float(shifts[at]), float(clear[at])


def margin_km(track: GroundTrack, swath: Swath, world: World, limits: Clearance) -> float:
    """By how much the swath about a track's place keeps clear of land and ice, km; negative where it does not."""
    along = np.linspace(swath.heel_km, swath.toe_km, max(2, int((swath.toe_km - swath.heel_km) / SWATH_STEP_KM) + 1))
    return float(_margins_km(track, along, swath, world, limits).min())


def _margins_km(track: GroundTrack, along: FloatArray, swath: Swath, world: World, limits: Clearance) -> FloatArray:
    """Distance to land and to ice above their limits at places along a track, the smaller of both; shape of along."""
    latitude, longitude = track.at(along)
    land = world.land.distance_km(latitude, longitude) - limits.land_km
    ice = world.land.antarctic_ice_distance_km(latitude, longitude) - limits.ice_km
    return np.minimum(land, ice) - swath.half_width_km


def _inside(along: FloatArray, shift: float, swath: Swath) -> NDArray[np.bool_]:
    return (along >= shift + swath.heel_km - SWATH_STEP_KM) & (along <= shift + swath.toe_km + SWATH_STEP_KM)


def _swath(reenter: Reenter) -> Swath:
    """Extent of the surviving pieces, any realisation, about the aim."""
    impacts = reenter.impacts
    fell = impacts.survives
    if not fell.any():
        return Swath(-50.0, 50.0, 50.0)
    down, cross = impacts.downrange_km[fell], impacts.crossrange_km[fell]
    return Swath(float(down.min()), float(down.max()), float(np.abs(cross).max()))
