"""The stage: from the entry interface to what lies on the ground.

Every run is drawn by its own generator, made of the seed and the number of the run, and is flown to its releases; its
pieces are flown in chunks of a fixed size, and reduced in packs of a fixed size. None of this depends on the number of
workers, so neither do the bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import FlightError
from pointnemo.reentry.air_errors import air_of_runs
from pointnemo.reentry.breakup import RunDraw, shared_normals_of
from pointnemo.reentry.catalogue import Body, rows_per_run, station_bodies, strata_of
from pointnemo.reentry.convergence import HALVED, SUBSET_ROWS, SUBSET_RUNS, PerRun, run_rows, step_rows
from pointnemo.reentry.drivers import drivers_of, inputs_of
from pointnemo.reentry.entry import EntryState
from pointnemo.reentry.flight import empty_outcome, fly_fragments
from pointnemo.reentry.footprint import EntryTrack, entry_track, estimate, place_of, to_track
from pointnemo.reentry.pack import Air, Fragments, Outcome, Steps, join_fragments, laws_of, pack_materials
from pointnemo.reentry.runs import Door, Freed, Opened, Stack, at_the_door, open_run, set_free
from pointnemo.reentry.statement import assumptions_of
from pointnemo.reentry.streaming import Reduced, Tally, Unit, packs_of
from pointnemo.reentry.triggers import CAUSES
from pointnemo.results import BreakupPhase, Convergence, Impacts, Place, Reenter
from pointnemo.scenario.models import Scenario
from pointnemo.world import time as clock

if TYPE_CHECKING:
    from pointnemo.world import World

__all__ = ["reenter"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK = 1024  # rows per call of the kernel: half a second of work, whatever the workers


@dataclass(frozen=True)
class _Flown:
    """All runs.

    Attributes:
        bodies: of the stack.
        draws: of each run.
        normals: what governs each run, shape (runs, 4).
        reduced: what all pieces amount to.
    """

    bodies: tuple[Body, ...]
    draws: tuple[RunDraw, ...]
    normals: FloatArray
    reduced: Reduced


def reenter(
    entry: EntryState, scenario: Scenario, world: World, seed: int, workers: int = 1, *, converge: bool = False
) -> Reenter:
    """Break the station up, fly the pieces to the ground, and say what survives and where it falls.

    Memory does not grow with the number of pieces (``streaming``).

    Args:
        entry: the whole stack at the entry interface.
        scenario: elements, break-up phases, fragment classes, materials.
        world: space weather and Earth orientation at the entry.
        seed: same seed, same bits.
        workers: threads.
        converge: say as well how far results move with finer steps and more runs; 8,000 more pieces at most.

    Returns:
        The result, with ``impacts``.

    Raises:
        ScenarioError: the elements weigh more than what enters, or a phase lacks its trigger.
        FlightError: the station does not come down, a piece does not, or nothing dangerous survives.
        WorldError: the world's data do not reach the entry.
    """
    door = at_the_door(entry, scenario, world)
    track = entry_track(door.state[:3], door.state[3:], entry.aim_latitude_deg, entry.aim_longitude_deg)
    flown = _fly(door, track, scenario, seed, workers, Steps())
    document = _document(entry, scenario, flown, track)
    if not converge:
        return document
    rows = _halved(door, track, scenario, seed, workers) + run_rows(_per_run(flown.reduced))
    return document.model_copy(update={"convergence": rows})


def _halved(door: Door, track: EntryTrack, scenario: Scenario, seed: int, workers: int) -> tuple[Convergence, ...]:
    """The first runs, thinned, with whole and with half steps."""
    runs = min(scenario.reentry.realisations, SUBSET_RUNS)
    rows = min(scenario.reentry.fragments // max(scenario.reentry.realisations, 1), SUBSET_ROWS)
    few = scenario.reentry.model_copy(update={"realisations": runs, "fragments": max(rows, 1) * runs})
    small = scenario.model_copy(update={"reentry": few})
    whole, half = (_per_run(_fly(door, track, small, seed, workers, steps).reduced) for steps in (Steps(), HALVED))
    return step_rows(whole, half)


def _per_run(reduced: Reduced) -> PerRun:
    """What convergence is told of, from the runs with a footprint.

    Raises:
        FlightError: no run has one.
    """
    present = np.isfinite(reduced.ends_km[:, 0])
    if not present.any():
        raise FlightError("no piece above the energy threshold survives: there is no footprint")
    ends = reduced.ends_km[present]
    return PerRun(ends[:, 1] - ends[:, 0], ends[:, 1], reduced.mass_kg[present], reduced.count[present])


def _map(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> list[Result]:
    """Results in the order of the items, from threads where there is more than one worker."""
    if workers <= 1 or len(items) <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, items))


# --- pieces, pack by pack -------------------------------------------------------------------------------------------


def _fly(door: Door, track: EntryTrack, scenario: Scenario, seed: int, workers: int, steps: Steps) -> _Flown:
    """Fly all runs, in packs."""
    reentry = scenario.reentry
    bodies = station_bodies(scenario, door.mass_kg)
    stack = Stack.of(scenario, bodies, strata_of(scenario, bodies))
    runs = min(reentry.realisations, reentry.fragments)
    normals = shared_normals_of(0, runs, seed)
    made_in = np.array([body.opens for body in bodies])
    tally = Tally(reentry.fragments, runs, made_in, len(reentry.phases), scenario.assess.energy_threshold_j, seed)
    draws: list[RunDraw] = []
    for units, opened, air in _opened(door, scenario, stack, normals, seed, workers, steps):
        first = opened[0].run
        draws += [run.draw for run in opened[len(draws) - first :]]

        def free(unit: Unit, opened: list[Opened] = opened, first: int = first) -> Freed:
            row = unit.run - first
            return set_free(opened[row], scenario, stack, unit.rows, unit.part, unit.parts, seed, row)

        freed = _map(free, units, workers)
        fragments = join_fragments([part.fragments for part in freed])
        outcome = _fly_pieces(fragments, door, scenario, air, workers, steps)
        tally.add(_impacts(units, freed, fragments, outcome, scenario, bodies, track), fragments.start_s, units)
    return _Flown(bodies, tuple(draws), normals, tally.result())


def _opened(
    door: Door, scenario: Scenario, stack: Stack, normals: FloatArray, seed: int, workers: int, steps: Steps
) -> Iterator[tuple[list[Unit], list[Opened], Air]]:
    """Packs with their runs flown to where they open, and the air of these runs, in the order of the runs."""
    runs = len(normals)
    opened: list[Opened] = []
    for units in packs_of(rows_per_run(scenario.reentry.fragments, runs)):
        numbers = range(units[0].run, units[-1].run + 1)
        air = air_of_runs(door.wind, scenario.reentry, seed, numbers)

        def fly(run: int, numbers: range = numbers, air: Air = air) -> Opened:
            return open_run(door, scenario, stack, run, seed, normals[run], air, run - numbers[0], steps)

        going_on = [run for run in opened if run.run == numbers[0]]  # a run in parts goes on from pack to pack
        opened = going_on + _map(fly, numbers[len(going_on) :], workers)
        yield units, opened, air


def _fly_pieces(fragments: Fragments, door: Door, scenario: Scenario, air: Air, workers: int, steps: Steps) -> Outcome:
    """Fly all pieces of a pack in chunks of fixed size."""
    count = len(fragments.mass_kg)
    outcome = empty_outcome(count)
    materials, laws = pack_materials(scenario), laws_of(scenario.reentry)

    def fly(first: int) -> None:
        fly_fragments(
            first, min(first + CHUNK, count), fragments, materials, door.ut_h, door.table, steps, outcome, laws, air
        )

    _map(fly, range(0, count, CHUNK), workers)
    lost = int(np.sum(outcome.status < 0))
    if lost:
        raise FlightError(f"{lost} of {count} pieces did not come down within hours; the entry is too shallow")
    return outcome


def _impacts(
    units: list[Unit],
    freed: list[Freed],
    fragments: Fragments,
    outcome: Outcome,
    scenario: Scenario,
    bodies: tuple[Body, ...],
    track: EntryTrack,
) -> Impacts:
    """Rows of a pack, in the order of runs, bodies and classes."""
    latitude, longitude = np.degrees(outcome.latitude_rad), np.degrees(outcome.longitude_rad)
    downrange, crossrange = to_track(track, latitude, longitude)
    survives = outcome.status == 1
    return Impacts(
        run=np.repeat([unit.run for unit in units], [unit.rows for unit in units]),
        element=np.concatenate([part.pieces.body for part in freed]),
        elements=tuple(body.key for body in bodies),
        fragment_class=np.concatenate([part.pieces.fragment_class for part in freed]),
        classes=tuple(scenario.reentry.classes),
        weight=np.concatenate([part.pieces.weight for part in freed]),
        survives=survives,
        latitude_deg=latitude,
        longitude_deg=longitude,
        downrange_km=downrange,
        crossrange_km=crossrange,
        mass_kg=outcome.mass_kg,
        initial_mass_kg=fragments.mass_kg,
        area_m2=outcome.area_m2,
        speed_mps=outcome.speed_mps,
        kinetic_energy_j=0.5 * outcome.mass_kg * outcome.speed_mps**2,
        release_height_km=np.concatenate([part.release_height_km for part in freed]),
        demise_height_km=np.where(survives, 0.0, 1e-3 * outcome.height_m),
        time_of_fall_s=outcome.duration_s,
        release_s=fragments.start_s,
    )


# --- the document ---------------------------------------------------------------------------------------------------


def _document(entry: EntryState, scenario: Scenario, flown: _Flown, track: EntryTrack) -> Reenter:
    """The result from what all pieces amount to."""
    reduced, reentry = flown.reduced, scenario.reentry
    footprint = reduced.footprint(track, scenario.assess.energy_threshold_j)
    latitude, longitude = place_of(reduced.centre)
    return Reenter(
        fragments_flown=reduced.pieces,
        realisations=len(flown.draws),
        entry_mass_kg=entry.mass_kg,
        phases=_ladder(scenario, flown),
        surviving_mass_kg=estimate(reduced.mass_kg, "kg"),
        surviving_fraction=estimate(reduced.mass_kg / entry.mass_kg, "1"),
        surviving_fragments=estimate(reduced.count, "1"),
        impact_centre=Place(latitude_deg=float(latitude), longitude_deg=float(longitude)),
        first_impact_utc=clock.to_utc(entry.tt_s + reduced.first_s),
        last_impact_utc=clock.to_utc(entry.tt_s + reduced.last_s),
        footprint=footprint,
        assumptions=assumptions_of(scenario, flown.bodies, list(flown.draws), reduced.impacts),
        drivers=drivers_of(flown.normals, reduced.ends_km, inputs_of(reentry)),
        heating_law=reentry.heating_law,
        wind=reentry.wind,
        trigger=reentry.trigger,
        impacts=reduced.impacts,
    )


def _ladder(scenario: Scenario, flown: _Flown) -> tuple[BreakupPhase, ...]:
    """One rung per phase: what it sets free, and what becomes of the pieces that are made in it."""
    bodies, reduced = flown.bodies, flown.reduced
    heights = np.array([draw.heights_km for draw in flown.draws])
    broke = [draw.broke for draw in flown.draws if draw.broke is not None]
    shares = np.mean(broke, axis=0) if broke else np.zeros((heights.shape[1], 0))
    return tuple(
        BreakupPhase(
            id=key,
            text=phase.text,
            altitude_km=estimate(heights[:, index], "km"),
            elements=tuple(body.key for body in bodies if index in (body.release, body.opens)),
            released_mass_kg=sum(body.mass_kg for body in bodies if body.release == index),
            fragments=estimate(reduced.phase_count[:, index], "1"),
            surviving_mass_kg=estimate(reduced.phase_mass_kg[:, index], "kg"),
            trigger=scenario.reentry.trigger,
            altitude_median_km=float(np.median(heights[:, index])),
            broke_by={name: float(share) for name, share in zip(CAUSES, shares[index], strict=False) if share > 0.0},
        )
        for index, (key, phase) in enumerate(scenario.reentry.phases.items())
    )
