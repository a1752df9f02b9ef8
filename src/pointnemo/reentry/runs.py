"""One run up to its pieces: what is drawn, the station and its bodies flown to where they open, pieces set free."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, radians
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import FlightError
from pointnemo.motion.aerodynamics import Drag, free_molecular_drag_coefficient
from pointnemo.reentry.air_errors import mean_wind
from pointnemo.reentry.breakup import RunDraw, draw_run, half_normal_lift, isotropic_kicks, vent_kicks
from pointnemo.reentry.catalogue import Body, Pieces, Strata, draw_pieces
from pointnemo.reentry.entry import EntryState
from pointnemo.reentry.flight import fly_to_heights
from pointnemo.reentry.pack import NO_COLUMN, Air, Fragments, Steps, laws_of
from pointnemo.reentry.triggers import Station, broke_by, draw_parts, march, trigger_heights_km, trigger_materials
from pointnemo.scenario.models import Material, Scenario
from pointnemo.world import atmosphere, earth
from pointnemo.world import time as clock
from pointnemo.world.wind import WindTable

if TYPE_CHECKING:
    from pointnemo.world import World

__all__ = ["Door", "Freed", "Opened", "Stack", "at_the_door", "open_run", "set_free"]

FloatArray = NDArray[np.float64]

STATION_LENGTH_M = 20.0  # length in the station's Knudsen number: between a module and an array wing
ENTRY_MACH = 25.0  # at which the entry's free-molecular C_D A is turned into an area


@dataclass(frozen=True)
class Door:
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
class Stack:
    """What enters, the same in every run.

    Attributes:
        bodies: from ``station_bodies``.
        strata: from ``strata_of``.
        materials: of the bodies, where triggers need them; else none.
    """

    bodies: tuple[Body, ...]
    strata: Strata
    materials: tuple[Material, ...]

    @classmethod
    def of(cls, scenario: Scenario, bodies: tuple[Body, ...], strata: Strata) -> Stack:
        """The stack of a scenario.

        Raises:
            ScenarioError: break-up is by load and temperature, and a phase lacks both.
        """
        drawn = scenario.reentry.trigger == "height"
        return cls(bodies, strata, () if drawn else trigger_materials(scenario, bodies))


@dataclass(frozen=True)
class Opened:
    """A run flown to where its bodies open.

    Attributes:
        run: its number.
        draw: what governs it.
        states, times: of each body where it opens; shape (bodies, 6) and (bodies,), m, m/s, seconds from the interface.
        opening_km: shape (bodies,).
        rng: generator of the run, for the pieces.
    """

    run: int
    draw: RunDraw
    states: FloatArray
    times: FloatArray
    opening_km: FloatArray
    rng: np.random.Generator


@dataclass(frozen=True)
class Freed:
    """Pieces at release: what they are, how they fly, and from which height (km)."""

    pieces: Pieces
    fragments: Fragments
    release_height_km: FloatArray


def at_the_door(entry: EntryState, scenario: Scenario, world: World) -> Door:
    """Turn the entry into the kernels' frame, units and atmosphere.

    Args:
        entry: the whole stack at the interface.
        scenario: for the wind.
        world: space weather and Earth orientation.

    Returns:
        The entry for the kernels.

    Raises:
        WorldError: the world's data do not reach the entry.
        InputError: the file of the wind cannot be used.
    """
    r_km, v_km_s = earth.gcrs_to_itrs_state(entry.tt_s, entry.position_km, entry.velocity_km_s, world.earth)
    mjd = float(clock.mjd_utc(entry.tt_s))
    f107, f107a, ap = (float(value) for value in world.weather.msis(mjd))
    return Door(
        state=1000.0 * np.concatenate([r_km, v_km_s]),
        ut_h=24.0 * (mjd % 1.0),
        area_m2=entry.cd_area_m2 / free_molecular_drag_coefficient(ENTRY_MACH),
        mass_kg=entry.mass_kg,
        table=atmosphere.epoch_table(mjd, f107, f107a, ap),
        wind=mean_wind(scenario.reentry, float(atmosphere.day_of_year(mjd)), f107, f107a, ap),
    )


def open_run(
    door: Door, scenario: Scenario, stack: Stack, run: int, seed: int, shared: FloatArray, air: Air, row: int,
    steps: Steps,
) -> Opened:  # fmt: skip
    """Draw a run and fly the station and its bodies to where they open.

    Args:
        door: the entry.
        scenario: break-up model.
        stack: bodies and strata.
        run: number of the run.
        seed: of the stage; with the run's number it makes the run's generator.
        shared: the run's row of ``breakup.shared_normals``.
        air: wind and errors of density.
        row: of this run in ``air``.
        steps: step control.

    Returns:
        The run, ready for its pieces.

    Raises:
        FlightError: the station or a part of it does not come down.
    """
    rng = np.random.default_rng([seed, run])
    phases = tuple(scenario.reentry.phases.values())
    draw = draw_run(scenario.reentry, shared, rng)
    bodies = stack.bodies
    if stack.materials:
        draw, release_km, opening_km = _triggered(door, scenario, stack, draw, shared, air, row, steps, rng)
    else:
        release_km = draw.heights_km[[body.release for body in bodies]]
        # a body opens at its phase's height, or where it was set free if that is lower
        opening_km = np.minimum(draw.heights_km[[body.opens for body in bodies]], release_km)
    whole = Drag(bridge=laws_of(scenario.reentry).drag_bridge)
    states, times = _fly_station(door, bodies, draw, release_km, whole, air, row, steps)
    delta_v = np.array([phases[body.release].delta_v_mps for body in bodies])
    # what opens as it is set free gets its kick once, as pieces
    states[:, 3:] += isotropic_kicks(np.where(opening_km < release_km, delta_v, 0.0), rng)
    area = draw.ballistic_scale * np.array([body.area_m2 for body in bodies])
    mass = np.array([body.mass_kg for body in bodies])
    length = 2.0 * np.sqrt(area / pi)
    for drag in dict.fromkeys(body.drag for body in bodies):  # bodies do not touch each other
        rows = np.array([body.drag == drag for body in bodies])
        state, time = states[rows], times[rows]
        lost = fly_to_heights(
            state, time, mass[rows], area[rows], length[rows], 1000.0 * opening_km[rows], draw.density_scale,
            door.ut_h, door.table, steps, body=drag, air=air, run=row,
        )  # fmt: skip
        _refuse_lost(lost, "a part of the station")
        states[rows], times[rows] = state, time
    return Opened(run, draw, states, times, opening_km, rng)


def _triggered(
    door: Door, scenario: Scenario, stack: Stack, draw: RunDraw, shared: FloatArray, air: Air, row: int, steps: Steps,
    rng: np.random.Generator,
) -> tuple[RunDraw, FloatArray, FloatArray]:  # fmt: skip
    """Heights at which the bodies leave and open by load and temperature, and what the phases amount to."""
    bodies = stack.bodies
    parts = draw_parts(scenario, bodies, stack.materials, draw.ballistic_scale, float(shared[0]), rng)
    area = sum(body.area_m2 for body in bodies)
    station = Station(door.area_m2 / area, STATION_LENGTH_M, draw.density_scale, draw.heat_scale, door.ut_h, row)
    release_km, opening_km, cause, lost = march(
        door.state, parts, station, door.table, steps, laws_of(scenario.reentry), air
    )
    _refuse_lost(int(lost), "the station or a part of it")
    table_km = np.array([phase.height_km for phase in scenario.reentry.phases.values()])
    heights = trigger_heights_km(bodies, len(table_km), release_km, opening_km, table_km)
    broke = broke_by(bodies, len(table_km), cause)
    return draw._replace(heights_km=heights, broke=broke), release_km, opening_km


def _fly_station(
    door: Door, bodies: tuple[Body, ...], draw: RunDraw, release_km: FloatArray, drag: Drag, air: Air, row: int,
    steps: Steps,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """State and time of the station as each body leaves, mass and area falling on the way.

    The area that the entry was flown with is shared out in proportion to the bodies' own tumbling areas: what leaves
    takes its share along.

    Returns:
        Shape (bodies, 6) Earth-fixed m and m/s, shape (bodies,) seconds from the interface.

    Raises:
        FlightError: the station does not come down.
    """
    mass_of, area_of = np.array([body.mass_kg for body in bodies]), np.array([body.area_m2 for body in bodies])
    states, times = np.zeros((len(bodies), 6)), np.zeros(len(bodies))
    state, time = door.state[None, :].copy(), np.zeros(1)
    mass, area = float(mass_of.sum()), float(area_of.sum())
    scale = draw.ballistic_scale * door.area_m2 / area
    length = np.array([STATION_LENGTH_M])
    for height_km in np.unique(release_km)[::-1]:
        lost = fly_to_heights(
            state, time, np.array([mass]), np.array([scale * area]), length, np.array([1000.0 * height_km]),
            draw.density_scale, door.ut_h, door.table, steps, body=drag, air=air, run=row,
        )  # fmt: skip
        _refuse_lost(lost, "the station")
        leaves = release_km == height_km
        states[leaves], times[leaves] = state[0], time[0]
        mass, area = mass - float(mass_of[leaves].sum()), area - float(area_of[leaves].sum())
    return states, times


def _refuse_lost(lost: int, what: str) -> None:
    if lost:
        raise FlightError(f"{what} does not come down from the entry interface: the entry is too shallow")


def set_free(
    opened: Opened, scenario: Scenario, stack: Stack, rows: int, part: int, parts: int, seed: int, row: int
) -> Freed:
    """Draw pieces of a run and give them their states.

    A run of more rows than fit is drawn in parts; each is a draw of the whole run, whose pieces count 1 / parts.

    Args:
        opened: the run.
        scenario: classes, materials, spreads.
        stack: bodies and strata.
        rows: pieces of this part.
        part, parts: which, and of how many. The first goes on with the generator of the run.
        seed: of the stage.
        row: of the run in the air that the pieces are flown in.

    Returns:
        The pieces.
    """
    rng = opened.rng if part == 0 else np.random.default_rng([seed, opened.run, part])
    reentry, draw = scenario.reentry, opened.draw
    pieces = draw_pieces(scenario, stack.strata, rows, rng)
    if parts > 1:
        pieces = pieces._replace(weight=pieces.weight / parts)
    phases = tuple(reentry.phases.values())
    delta_v = np.array([phases[body.opens].delta_v_mps for body in stack.bodies])
    state = opened.states[pieces.body]
    state[:, 3:] += isotropic_kicks(delta_v[pieces.body], rng)
    lift_up, lift_left = half_normal_lift(reentry.lift_to_drag_sigma, rows, rng, reentry.lift_to_drag, reentry.bank_deg)
    roll = np.full(rows, -radians(reentry.roll_deg_s)) if reentry.roll_deg_s != 0.0 else NO_COLUMN
    if reentry.vent_share > 0.0:
        state[:, 3:] += vent_kicks(reentry.vent_share, reentry.vent_delta_v_mps, rows, rng)
    fragments = Fragments(
        state=state,
        start_s=opened.times[pieces.body],
        mass_kg=pieces.mass_kg,
        wall_kg=pieces.wall_kg,
        area_m2=pieces.area_m2,
        material=pieces.material,
        fate=pieces.fate,
        density_scale=np.full(rows, draw.density_scale),
        heat_scale=np.full(rows, draw.heat_scale),
        lift_up=lift_up,
        lift_left=lift_left,
        roll_rad_s=roll,
        slow_law=pieces.slow_law,
        drag_continuum=pieces.drag_continuum,
        drag_free=pieces.drag_free,
        nose_radius_m=pieces.nose_radius_m,
        run=np.full(rows, row),
    )
    return Freed(pieces, fragments, opened.opening_km[pieces.body])
