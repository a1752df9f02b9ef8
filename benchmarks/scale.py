"""A million fragments: time and memory, at a size that a benchmark can repeat.

Flights do not touch each other and packs are flown one after the other, so that time is proportional to the number of
pieces; the figures for a million are those of ``PIECES`` times ``SHARE``. Memory is bounded by the packs and the rows
kept, both of which ``MEMORY_PIECES`` fill several times over.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pointnemo.reentry import EntryState
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

MILLION, PIECES, CHUNK = 1_000_000, 20_000, 1000
SHARE = MILLION / PIECES
COLD_S, HEATED_S = 60.0, 180.0  # what we promise for a million, two workers
MEMORY_PIECES = 1_000_000
MEMORY_LIMIT_MB = 2048.0


def station(pieces: int, runs: int) -> tuple[EntryState, Scenario, World]:
    """The shipped station at the interface, over 30 S 165 W on a 250 x 50 km orbit, flying south-east."""
    from pointnemo.reentry import EntryState
    from pointnemo.scenario import load_scenario
    from pointnemo.world import earth, load_world
    from pointnemo.world.time import from_utc

    world = load_world()
    scenario = load_scenario("iss", set=[f"reentry.fragments={pieces}", f"reentry.realisations={runs}"])
    tt_s = from_utc("2030-12-15T12:00:00")
    latitude, longitude, azimuth, angle = np.radians([-30.0, -165.0, 134.2, -0.85])
    up = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    level = np.cos(azimuth) * np.cross(up, east) + np.sin(azimuth) * east
    matrix = earth.gcrs_to_itrs(tt_s, world.earth)
    x, y, z = (float(value) for value in matrix.T @ earth.from_geodetic(latitude, longitude, 122.0))
    u, v, w = (float(value) for value in 7.85 * matrix.T @ (np.sin(angle) * up + np.cos(angle) * level))
    mass = scenario.station.mass_kg + 14_500.0
    area = scenario.station.drag.cd_area_m2
    return EntryState(tt_s, (x, y, z), (u, v, w), mass, area, -48.88, -123.4), scenario, world


def cold_flights() -> Callable[[], object]:
    """Fall of ``PIECES`` pieces of 2 to 1500 kg/m2 from 78 km without heating, two threads."""
    from pointnemo.reentry.flight import empty_outcome, fly_fragments
    from pointnemo.reentry.pack import ALWAYS, Fragments, Materials, Steps
    from pointnemo.world import atmosphere, earth

    rng = np.random.default_rng(0)
    latitude, longitude, azimuth, angle = np.radians([-40.0, -150.0, 120.0, -0.99])
    up = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    level = np.cos(azimuth) * np.cross(up, east) + np.sin(azimuth) * east
    velocity = 7414.0 * (np.sin(angle) * up + np.cos(angle) * level)
    state = np.concatenate([1000.0 * earth.from_geodetic(latitude, longitude, 78.0), velocity])
    mass = np.exp(rng.uniform(np.log(0.1), np.log(300.0), PIECES))
    area = mass / (0.92 * np.exp(rng.uniform(np.log(2.0), np.log(1500.0), PIECES)))
    one, none = np.ones(PIECES), np.zeros(PIECES)
    fragments = Fragments(
        np.tile(state, (PIECES, 1)), none, mass, none, area, np.zeros(PIECES, dtype=np.int64),
        np.full(PIECES, ALWAYS), one, one, none, none,
    )  # fmt: skip
    materials = Materials(*(np.array([value]) for value in (7900.0, 545.0, 1700.0, 286098.0, 0.5)))
    table, outcome = atmosphere.us76_table(), empty_outcome(PIECES)

    def fly() -> None:
        def chunk(first: int) -> None:
            fly_fragments(first, first + CHUNK, fragments, materials, 0.0, table, Steps(), outcome)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(chunk, range(0, PIECES, CHUNK)))

    return fly


def million_cold() -> tuple[Callable[[], object], Callable[[], object]]:
    """The share of a minute that ``PIECES`` of a million have, against their flights without heating."""
    return cold_flights(), lambda: time.sleep(COLD_S / SHARE)


def million_heated() -> tuple[Callable[[], object], Callable[[], object]]:
    """The share of three minutes, against break-up, flight with heating, and reduction."""
    from pointnemo.reentry import reenter

    entry, scenario, world = station(PIECES, 20)
    return lambda: reenter(entry, scenario, world, 0, 2), lambda: time.sleep(HEATED_S / SHARE)


def flights_against_orp() -> tuple[Callable[[], object], Callable[[], object]]:
    """The fall of ``PIECES`` pieces without heating, against one of a capsule by the program ORP from the same state.

    ORP (Open Reentry Platform) is an open re-entry code in Python under the GPL: it is run as a program of its own,
    with its own step of 0.1 s. Its start-up is in the time: 0.65 s of processor time with it, 0.32 s without.
    """
    from benchmarks.reference import Unavailable

    program = shutil.which("orp")
    if program is None:
        raise Unavailable("the program orp is missing: `pip install orp` in an environment of its own, on the PATH")
    entry = "--velocity 7414 --fpa -0.99 --heading 120 --altitude 78000 --lat -40 --lon -150"

    def theirs() -> None:
        with tempfile.TemporaryDirectory() as out:
            command = f"run --vehicle stardust --planet earth --frame planet-relative --bank-deg 0 {entry} --out {out}"
            subprocess.run([program, *command.split()], check=True, capture_output=True)

    return cold_flights(), theirs


def peak_mb() -> float:
    """Most memory that a process of its own held while it broke the station into ``MEMORY_PIECES``, MB."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.scale"], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    """Print the most memory held, MB."""
    import resource

    from pointnemo.reentry import reenter

    reenter(*station(MEMORY_PIECES, 20), 0, 2)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0)


if __name__ == "__main__":
    main()
