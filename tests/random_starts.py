"""Random hand-overs of the ISS to the targeted phase, for tests that must not choose their cases."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pointnemo.descent.geometry import GroundTrack
from pointnemo.descent.targeted.engine import engine_of, ordered_burns
from pointnemo.descent.targeted.sequence import HandOver
from pointnemo.descent.targeted.targeting import Target, aim_at, revolutions_needed
from pointnemo.motion.lastdays import Environment, Forces, prepare
from pointnemo.motion.mean_elements import Mean
from pointnemo.scenario.models import Scenario
from pointnemo.world import World
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc

INCLINATION_DEG = 51.63
NEMO = (-48.8767, -123.3933)
EARTH_MEAN_RADIUS_KM = 6371.0088


class Start(NamedTuple):
    """A hand-over, the drag of the stack, and where it is to come down."""

    hand_over: HandOver
    cd_area_m2: float
    track: GroundTrack


def random_starts(count: int, seed: int) -> list[Start]:
    """Dates of 2029 to 2031, any node, 420 to 470 t, 215 to 235 km, drag as low and as high as NASA fitted it."""
    rng = np.random.default_rng(seed)
    first, last = from_utc("2029-01-01T00:00:00Z"), from_utc("2031-12-31T00:00:00Z")
    starts = []
    for _ in range(count):
        mean = Mean(
            EARTH_RADIUS_KM + rng.uniform(215.0, 235.0), 0.0, 0.001, np.radians(INCLINATION_DEG),
            rng.uniform(0.0, 2 * np.pi), 0.0,
        )  # fmt: skip
        hand_over = HandOver(float(rng.uniform(first, last)), mean, float(rng.uniform(420e3, 470e3)))
        along_km = float(np.radians(rng.uniform(-15.0, 15.0))) * EARTH_MEAN_RADIUS_KM
        direction = ("ascending", "descending")[int(rng.integers(2))]
        track = GroundTrack.through(*NEMO, INCLINATION_DEG, direction).moved(along_km)
        starts.append(Start(hand_over, float(rng.uniform(2000.0, 4500.0)), track))
    return starts


def aimed(start: Start, scenario: Scenario, world: World) -> tuple[Target, Environment]:
    """The start flown with the burns and the engine of a scenario, and the environment that it was flown in."""
    burns, engine = ordered_burns(scenario.descent.burns), engine_of(scenario)
    begin = start.hand_over.tt_s
    stop = begin + (revolutions_needed(burns, start.hand_over, engine) + 2) * 5400.0 + 86400.0
    environment = prepare(world, begin, stop, Forces(cd_area_m2=start.cd_area_m2))
    return aim_at(start.track, start.hand_over, burns, engine, environment), environment
