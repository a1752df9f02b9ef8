"""The stage: from the entry interface to what lies on the ground.

Every run is drawn by its own generator, made of the seed and the number of the run, and is flown to its releases;
then all pieces are flown in chunks of a fixed size. Neither depends on the number of workers, so neither do the bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import FlightError
from pointnemo.motion.aerodynamics import free_molecular_drag_coefficient
from pointnemo.reentry.air_errors import air_of_runs, mean_wind
from pointnemo.reentry.breakup import RunDraw, draw_run, half_normal_lift, isotropic_kicks, shared_normals
from pointnemo.reentry.catalogue import Body, Pieces, Strata, draw_pieces, rows_per_run, station_bodies, strata_of
from pointnemo.reentry.entry import EntryState
from pointnemo.reentry.flight import empty_outcome, fly_fragments, fly_to_heights
from pointnemo.reentry.footprint import EntryTrack, entry_track, estimate, footprint_of, mean_place, to_track
from pointnemo.reentry.pack import Air, Fragments, Outcome, Steps, join_fragments, laws_of, pack_materials
from pointnemo.reentry.statement import assumptions_of
from pointnemo.results import BreakupPhase, Impacts, Reenter
from pointnemo.scenario.models import Scenario
from pointnemo.world import atmosphere, earth
from pointnemo.world import time as clock
from pointnemo.world.wind import WindTable

if TYPE_CHECKING:
    from pointnemo.world import World

__all__ = ["reenter"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK = 1024  # rows per call of the kernel: half a second of work, whatever the workers
STATION_LENGTH_M = 20.0  # length in the station's Knudsen number: between a module and an array wing
ENTRY_MACH = 25.0  # at which the entry's free-molecular C_D A is turned into an area


@dataclass(frozen=True)
class _Entry:
    """The entry at the door of the kernels: Earth-fixed, SI.

    Attributes:
        state: shape (6,), m and m/s.
        ut_h: UT at the interface.
        area_m2: area that gives the entry's C_D A in free-molecular flow.
        mass_kg: everything that enters.
        table: atmosphere of the day.
        wind: mean wind of the day.
    """

    state: FloatArray
    ut_h: float
    area_m2: float
    mass_kg: float
    table: atmosphere.EpochTable
    wind: WindTable


@dataclass(frozen=True)
class _Run:
    """One run, flown to its releases."""

    draw: RunDraw
    pieces: Pieces
    fragments: Fragments
    release_height_km: FloatArray


def reenter(entry: EntryState, scenario: Scenario, world: World, seed: int, workers: int = 1) -> Reenter:
    """Break the station up, fly the pieces to the ground, and say what survives and where it falls.

    Args:
        entry: the whole stack at the entry interface.
        scenario: elements, break-up phases, fragment classes, materials.
        world: space weather and Earth orientation at the entry.
        seed: same seed, same bits.
        workers: threads.

    Returns:
        The result, with ``impacts``.

    Raises:
        ScenarioError: the elements weigh more than what enters.
        FlightError: the station does not come down, a piece does not, or nothing dangerous survives.
        WorldError: the world's data do not reach the entry.
    """
    reentry = scenario.reentry
    door = _at_the_door(entry, scenario, world)
    bodies = station_bodies(scenario, entry.mass_kg)
    strata = strata_of(scenario, bodies)
    runs = min(reentry.realisations, reentry.fragments)
    rows = rows_per_run(reentry.fragments, runs)
    air = air_of_runs(door.wind, reentry, seed, range(runs))

    def fly_run(run: int) -> _Run:
        rng = np.random.default_rng([seed, run])
        return _fly_run(door, scenario, bodies, strata, int(rows[run]), shared_normals(run, seed), rng, air, run)

    flown = _map(fly_run, range(runs), workers)
    fragments = join_fragments([run.fragments for run in flown])
    outcome = _fly_pieces(fragments, door, scenario, air, workers)
    track = entry_track(door.state[:3], door.state[3:], entry.aim_latitude_deg, entry.aim_longitude_deg)
    impacts = _impacts(flown, fragments, outcome, scenario, bodies, track)
    return _document(entry, scenario, bodies, flown, impacts, fragments.start_s, track)


def _map(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> list[Result]:
    """Results in the order of the items, from threads where there is more than one worker."""
    if workers <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, items))


def _at_the_door(entry: EntryState, scenario: Scenario, world: World) -> _Entry:
    """Turn the entry into the kernels' frame, units and atmosphere."""
    r_km, v_km_s = earth.gcrs_to_itrs_state(entry.tt_s, entry.position_km, entry.velocity_km_s, world.earth)
    mjd = float(clock.mjd_utc(entry.tt_s))
    f107, f107a, ap = (float(value) for value in world.weather.msis(mjd))
    return _Entry(
        state=1000.0 * np.concatenate([r_km, v_km_s]),
        ut_h=24.0 * (mjd % 1.0),
        area_m2=entry.cd_area_m2 / free_molecular_drag_coefficient(ENTRY_MACH),
        mass_kg=entry.mass_kg,
        table=atmosphere.epoch_table(mjd, f107, f107a, ap),
        wind=mean_wind(scenario.reentry, float(atmosphere.day_of_year(mjd)), f107, f107a, ap),
    )


# --- one run up to its releases -------------------------------------------------------------------------------------


def _fly_run(
    door: _Entry,
    scenario: Scenario,
    bodies: tuple[Body, ...],
    strata: Strata,
    rows: int,
    shared: FloatArray,
    rng: np.random.Generator,
    air: Air,
    number: int,
) -> _Run:
    """Draw a run, fly the station through the phases and its bodies to where they open, and set the pieces free."""
    phases = tuple(scenario.reentry.phases.values())
    draw = draw_run(scenario.reentry, shared, rng)
    release = np.array([body.release for body in bodies])
    # a body opens at its phase's height, or where it was set free if that is lower
    opening_km = np.minimum(draw.heights_km[[body.opens for body in bodies]], draw.heights_km[release])
    parent_states, parent_times = _fly_station(door, bodies, draw, air, number)
    states, times = parent_states[release], parent_times[release]
    delta_v = np.array([phase.delta_v_mps for phase in phases])
    # what opens as it is set free gets its kick once, as pieces
    waits = opening_km < draw.heights_km[release]
    states[:, 3:] += isotropic_kicks(np.where(waits, delta_v[release], 0.0), rng)
    area = draw.ballistic_scale * np.array([body.area_m2 for body in bodies])
    mass = np.array([body.mass_kg for body in bodies])
    length = 2.0 * np.sqrt(area / pi)
    lost = fly_to_heights(
        states, times, mass, area, length, 1000.0 * opening_km, draw.density_scale, door.ut_h, door.table, Steps(),
        air=air, run=number,
    )  # fmt: skip
    _refuse_lost(lost, "a part of the station")
    pieces = draw_pieces(scenario, strata, rows, rng)
    state = states[pieces.body]
    opens = np.array([body.opens for body in bodies])
    state[:, 3:] += isotropic_kicks(delta_v[opens][pieces.body], rng)
    lift_up, lift_left = half_normal_lift(scenario.reentry.lift_to_drag_sigma, rows, rng)
    fragments = Fragments(
        state=state,
        start_s=times[pieces.body],
        mass_kg=pieces.mass_kg,
        wall_kg=pieces.wall_kg,
        area_m2=pieces.area_m2,
        material=pieces.material,
        fate=pieces.fate,
        density_scale=np.full(rows, draw.density_scale),
        heat_scale=np.full(rows, draw.heat_scale),
        lift_up=lift_up,
        lift_left=lift_left,
        slow_law=pieces.slow_law,
        nose_radius_m=pieces.nose_radius_m,
        run=np.full(rows, number),
    )
    return _Run(draw, pieces, fragments, opening_km[pieces.body])


def _fly_station(
    door: _Entry, bodies: tuple[Body, ...], draw: RunDraw, air: Air, number: int
) -> tuple[FloatArray, FloatArray]:
    """State and time of the station at each phase, mass and area falling as bodies leave.

    The area that the entry was flown with is shared out in proportion to the bodies' own tumbling areas: what leaves
    takes its share along.

    Returns:
        Shape (phases, 6) Earth-fixed m and m/s, shape (phases,) seconds from the interface.

    Raises:
        FlightError: the station does not come down to a phase.
    """
    count = len(draw.heights_km)
    mass_of, area_of = np.zeros(count), np.zeros(count)
    for body in bodies:
        mass_of[body.release] += body.mass_kg
        area_of[body.release] += body.area_m2
    states, times = np.zeros((count, 6)), np.zeros(count)
    state, time = door.state[None, :].copy(), np.zeros(1)
    mass, area = float(mass_of.sum()), float(area_of.sum())
    scale = draw.ballistic_scale * door.area_m2 / area
    length = np.array([STATION_LENGTH_M])
    for phase in np.argsort(-draw.heights_km, kind="stable"):
        if mass > 0.0:
            lost = fly_to_heights(
                state, time, np.array([mass]), np.array([scale * area]), length,
                np.array([1000.0 * draw.heights_km[phase]]), draw.density_scale, door.ut_h, door.table, Steps(),
                air=air, run=number,
            )  # fmt: skip
            _refuse_lost(lost, "the station")
        states[phase], times[phase] = state[0], time[0]
        mass, area = mass - mass_of[phase], area - area_of[phase]
        # differences of sums: what is left when all is gone is rounding, not a body
        mass = mass if mass > 1e-6 * door.mass_kg else 0.0
    return states, times


def _refuse_lost(lost: int, what: str) -> None:
    if lost:
        raise FlightError(f"{what} does not come down from the entry interface: the entry is too shallow")


# --- the pieces -----------------------------------------------------------------------------------------------------


def _fly_pieces(fragments: Fragments, door: _Entry, scenario: Scenario, air: Air, workers: int) -> Outcome:
    """Fly all pieces in chunks of fixed size."""
    count = len(fragments.mass_kg)
    outcome = empty_outcome(count)
    materials, laws = pack_materials(scenario), laws_of(scenario.reentry)

    def fly(first: int) -> None:
        fly_fragments(
            first, min(first + CHUNK, count), fragments, materials, door.ut_h, door.table, Steps(), outcome, laws, air
        )

    _map(fly, range(0, count, CHUNK), workers)
    lost = int(np.sum(outcome.status < 0))
    if lost:
        raise FlightError(f"{lost} of {count} pieces did not come down within hours; the entry is too shallow")
    return outcome


def _impacts(
    flown: list[_Run],
    fragments: Fragments,
    outcome: Outcome,
    scenario: Scenario,
    bodies: tuple[Body, ...],
    track: EntryTrack,
) -> Impacts:
    """Rows of the result, in the order of runs, bodies and classes."""
    latitude, longitude = np.degrees(outcome.latitude_rad), np.degrees(outcome.longitude_rad)
    downrange, crossrange = to_track(track, latitude, longitude)
    survives = outcome.status == 1
    return Impacts(
        run=np.repeat(np.arange(len(flown)), [len(run.pieces.mass_kg) for run in flown]),
        element=np.concatenate([run.pieces.body for run in flown]),
        elements=tuple(body.key for body in bodies),
        fragment_class=np.concatenate([run.pieces.fragment_class for run in flown]),
        classes=tuple(scenario.reentry.classes),
        weight=np.concatenate([run.pieces.weight for run in flown]),
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
        release_height_km=np.concatenate([run.release_height_km for run in flown]),
        demise_height_km=np.where(survives, 0.0, 1e-3 * outcome.height_m),
        time_of_fall_s=outcome.duration_s,
    )


# --- the document ---------------------------------------------------------------------------------------------------


def _document(
    entry: EntryState,
    scenario: Scenario,
    bodies: tuple[Body, ...],
    flown: list[_Run],
    impacts: Impacts,
    start_s: FloatArray,
    track: EntryTrack,
) -> Reenter:
    """Reduce the rows to the result."""
    runs = len(flown)
    dangerous = impacts.survives & (impacts.kinetic_energy_j > scenario.assess.energy_threshold_j)
    footprint = footprint_of(impacts, dangerous, track, runs)
    surviving = np.where(impacts.survives, impacts.weight, 0.0)
    mass = _per_run(impacts.run, surviving * impacts.mass_kg, runs)
    landing_s = (start_s + impacts.time_of_fall_s)[dangerous]
    chosen = impacts.weight * dangerous
    return Reenter(
        fragments_flown=len(impacts.run),
        realisations=runs,
        entry_mass_kg=entry.mass_kg,
        phases=_ladder(scenario, bodies, flown, impacts, surviving),
        surviving_mass_kg=estimate(mass, "kg"),
        surviving_fraction=estimate(mass / entry.mass_kg, "1"),
        surviving_fragments=estimate(_per_run(impacts.run, surviving, runs), "1"),
        impact_centre=mean_place(impacts.latitude_deg, impacts.longitude_deg, chosen),
        first_impact_utc=clock.to_utc(entry.tt_s + float(landing_s.min())),
        last_impact_utc=clock.to_utc(entry.tt_s + float(landing_s.max())),
        footprint=footprint,
        assumptions=assumptions_of(scenario, bodies, [run.draw for run in flown]),
        impacts=impacts,
    )


def _per_run(run: IntArray, values: FloatArray, runs: int) -> FloatArray:
    """Sum of a column in each run, shape (runs,)."""
    return np.bincount(run, values, minlength=runs).astype(float)


def _ladder(
    scenario: Scenario, bodies: tuple[Body, ...], flown: list[_Run], impacts: Impacts, surviving: FloatArray
) -> tuple[BreakupPhase, ...]:
    """One rung per phase: what it sets free, and what becomes of the pieces that are made in it."""
    runs = len(flown)
    heights = np.array([run.draw.heights_km for run in flown])
    made_in = np.array([body.opens for body in bodies])[impacts.element]
    rungs = []
    for index, (key, phase) in enumerate(scenario.reentry.phases.items()):
        made = np.where(made_in == index, 1.0, 0.0)
        pieces = _per_run(impacts.run, made * impacts.weight, runs)
        mass = _per_run(impacts.run, made * surviving * impacts.mass_kg, runs)
        rungs.append(
            BreakupPhase(
                id=key,
                text=phase.text,
                altitude_km=estimate(heights[:, index], "km"),
                elements=tuple(body.key for body in bodies if index in (body.release, body.opens)),
                released_mass_kg=sum(body.mass_kg for body in bodies if body.release == index),
                fragments=estimate(pieces, "1"),
                surviving_mass_kg=estimate(mass, "kg"),
            )
        )
    return tuple(rungs)
