"""The aiming loop: move the aim along the track until the whole footprint keeps clear of land.

``descend`` aims one reference body; ``reenter`` says how far before and behind it the pieces fall. This loop hands the
one's answer to the other: it chooses the pass over the aim, flies a small break-up, and where heel or toe come too
close to land it moves the aim along the ground track by the least that clears them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pointnemo.descent import GroundTrack
from pointnemo.results import Descend, Reenter

if TYPE_CHECKING:
    from pointnemo.results import FloatArray
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["Aimed", "Swath", "aim", "best_shift_km", "clearance_km"]

FIRST_GUESS_KM = (
    -900.0,
    1500.0,
    100.0,
)  # heel, toe and half width about the reference impact, before anything is flown
LONGEST_SHIFT_KM = 3000.0
SHIFT_STEP_KM = 25.0
SWATH_STEP_KM = 50.0
MARGIN_KM = 60.0  # the small break-up of the loop misses the outermost of the pieces that the full one flies
MOST_ROUNDS = 4


@dataclass(frozen=True)
class Swath:
    """Where pieces fall about the aim: distances along the track, and to its side, km."""

    heel_km: float
    toe_km: float
    half_width_km: float


@dataclass(frozen=True)
class Aimed:
    """A descent aimed, and how."""

    descend: Descend
    track: GroundTrack
    shift_km: float
    clearance_km: float


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
        The first descent whose footprint clears the limit, or the one that comes closest to it.
    """
    wanted = scenario.descent.aim
    swath = Swath(*FIRST_GUESS_KM)
    original = _best_pass(wanted.latitude_deg, wanted.longitude_deg, inclination_deg, swath, world)
    limit = scenario.rules.land_clearance_km + MARGIN_KM
    shift = best_shift_km(original, swath, world, limit)
    best: Aimed | None = None
    for _ in range(MOST_ROUNDS):
        track = original.moved(shift)
        descend = bring_down(track, shift)
        if descend.entry is None:
            return Aimed(descend, track, shift, 0.0)
        swath = _swath(break_up(descend))
        clear = clearance_km(track, swath, world)
        if best is None or clear > best.clearance_km:
            best = Aimed(descend, track, shift, clear)
        if clear >= limit - MARGIN_KM / 2:
            break
        better = best_shift_km(original, swath, world, limit)
        if abs(better - shift) < SHIFT_STEP_KM:
            break
        shift = better
    assert best is not None
    return best


def best_shift_km(track: GroundTrack, swath: Swath, world: World, limit_km: float) -> float:
    """The least shift along a track that clears land by a limit; where none does, the one that clears best.

    Args:
        track: anchored at the aim.
        swath: where pieces fall about it.
        world: land.
        limit_km: wanted clearance.

    Returns:
        Shift in flight direction, km.
    """
    shifts = np.arange(-LONGEST_SHIFT_KM, LONGEST_SHIFT_KM + SHIFT_STEP_KM, SHIFT_STEP_KM)
    along = np.arange(-LONGEST_SHIFT_KM + swath.heel_km, LONGEST_SHIFT_KM + swath.toe_km + SWATH_STEP_KM, SWATH_STEP_KM)
    latitude, longitude = track.at(along)
    distance = world.land.distance_km(latitude, longitude) - swath.half_width_km
    clear = np.array([distance[_inside(along, shift, swath)].min() for shift in shifts])
    good = clear >= limit_km
    if not good.any():
        return float(shifts[int(np.argmax(clear))])
    return float(min(shifts[good], key=abs))


def clearance_km(track: GroundTrack, swath: Swath, world: World) -> float:
    """Distance from land of the swath about a track's place, km."""
    along = np.linspace(swath.heel_km, swath.toe_km, max(2, int((swath.toe_km - swath.heel_km) / SWATH_STEP_KM) + 1))
    latitude, longitude = track.at(along)
    return float((world.land.distance_km(latitude, longitude) - swath.half_width_km).min())


def _inside(along: FloatArray, shift: float, swath: Swath) -> NDArray[np.bool_]:
    return (along >= shift + swath.heel_km - SWATH_STEP_KM) & (along <= shift + swath.toe_km + SWATH_STEP_KM)


def _best_pass(latitude: float, longitude: float, inclination: float, swath: Swath, world: World) -> GroundTrack:
    """The pass over the aim, north- or southbound, whose swath lies further from land."""
    southbound = GroundTrack.through(latitude, longitude, inclination, "descending")
    northbound = GroundTrack.through(latitude, longitude, inclination, "ascending")
    return max(southbound, northbound, key=lambda track: clearance_km(track, swath, world))


def _swath(reenter: Reenter) -> Swath:
    """Extent of the surviving pieces, any realisation, about the aim."""
    impacts = reenter.impacts
    fell = impacts.survives
    if not fell.any():
        return Swath(-50.0, 50.0, 50.0)
    down, cross = impacts.downrange_km[fell], impacts.crossrange_km[fell]
    return Swath(float(down.min()), float(down.max()), float(np.abs(cross).max()))
