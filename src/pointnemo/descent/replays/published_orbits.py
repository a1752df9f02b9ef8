"""Published orbits of one body in order of time, as mean orbits that a decay can start from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.replays.start import PublishedState, elements_of, from_elements, mean_of_apsides, tt
from pointnemo.errors import Defect, ScenarioError
from pointnemo.motion.averaged import MeanState, zonal_rates
from pointnemo.motion.mean_elements import Mean
from pointnemo.world.time import to_utc

if TYPE_CHECKING:
    from pointnemo.scenario.replay import PastOrbit
    from pointnemo.world import World

__all__ = ["TrackedOrbit", "tracked_orbits"]


class TrackedOrbit(NamedTuple):
    """A published orbit.

    Attributes:
        tt_s: TT seconds since J2000.
        state: mean orbit on the equator of date.
        inclination_rad: of it.
        sigma_s: one sigma of the instant.
        known_tt_s: when it was known.
        published: the state where an element set gives one.
        what: how it was given, for the page.
    """

    tt_s: float
    state: MeanState
    inclination_rad: float
    sigma_s: float
    known_tt_s: float
    published: PublishedState | None
    what: str


def tracked_orbits(
    history: Sequence[PastOrbit], world: World, start: PublishedState | None = None
) -> tuple[TrackedOrbit, ...]:
    """The history as mean orbits; node and perigee that a row does not give are carried on from the row before.

    Args:
        history: rows, oldest first.
        world: Earth orientation.
        start: the start orbit, which ends the list where the history has one row only; None: there is none.

    Returns:
        Oldest first.

    Raises:
        ScenarioError: rows out of order, or an element set that cannot be used; every defect.
    """
    orbits: list[TrackedOrbit] = []
    defects: list[Defect] = []
    for number, row in enumerate(history, start=1):
        where = f"history[{number}]"
        try:
            orbit = _orbit(row, where, orbits[-1] if orbits else None, world)
        except ScenarioError as error:
            defects += error.defects
            continue
        if orbits and orbit.tt_s <= orbits[-1].tt_s:
            defects.append(Defect(where, f"{to_utc(orbit.tt_s, 0)} is not later than the row before", "oldest first"))
            continue
        orbits.append(orbit)
    if defects:
        raise ScenarioError("the history of this replay cannot be used", defects)
    if start is not None and len(orbits) == 1:
        if orbits[0].tt_s >= start.tt_s:
            what = "is not earlier than the start orbit"
            raise ScenarioError("the drag cannot be found", [Defect("history[1]", what, "give an earlier orbit")])
        orbits.append(_of_state(start, start.tt_s, "start orbit"))
    return tuple(orbits)


def _orbit(row: PastOrbit, where: str, before: TrackedOrbit | None, world: World) -> TrackedOrbit:
    known = None if row.known_utc is None else tt(row.known_utc)
    elements = elements_of(row, where)
    if elements is not None:
        found = from_elements(elements, world)
        return _of_state(found, found.tt_s if known is None else known, "element set")
    assert row.epoch_utc is not None
    tt_s = tt(row.epoch_utc)
    inclination = np.radians(row.inclination_deg) if row.inclination_deg is not None else None
    if inclination is None:
        if before is None:
            raise ScenarioError("no inclination", [Defect(where, "has no inclination_deg", "give it")])
        inclination = before.inclination_rad
    node, perigee = _carried(before, tt_s)
    high, low = (row.apogee_km, row.perigee_km) if row.altitude_km is None else (row.altitude_km,) * 2
    assert high is not None
    assert low is not None
    mean = mean_of_apsides(high, low, float(np.degrees(inclination)), perigee, node, 0.0)
    state = MeanState(mean.a_km, mean.ex, mean.ey, node)
    sigma = row.epoch_sigma_hours * 3600.0
    what = "mean altitude" if row.altitude_km is not None else "apogee and perigee"
    return TrackedOrbit(tt_s, state, float(inclination), sigma, tt_s if known is None else known, None, what)


def _of_state(found: PublishedState, known_tt_s: float, what: str) -> TrackedOrbit:
    mean: Mean = found.mean
    state = MeanState(mean.a_km, mean.ex, mean.ey, mean.node_rad)
    return TrackedOrbit(found.tt_s, state, mean.inclination_rad, 0.0, known_tt_s, found, what)


def _carried(before: TrackedOrbit | None, tt_s: float) -> tuple[float, float]:
    """Node and argument of perigee by J2 from an earlier orbit, both 0 where there is none."""
    if before is None:
        return 0.0, 0.0
    eccentricity = float(np.hypot(before.state.ex, before.state.ey))
    node_rate, perigee_rate, _ = zonal_rates(before.state.a_km, eccentricity, before.inclination_rad)
    seconds = tt_s - before.tt_s
    perigee = float(np.arctan2(before.state.ey, before.state.ex))
    return before.state.node_rad + node_rate * seconds, perigee + perigee_rate * seconds
