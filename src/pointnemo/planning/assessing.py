"""Risk of a re-entry with all that the descent tells of it: branches that fail, errors of the final burn, backups.

``risk`` knows pieces on the ground. What it needs from the stages before comes through here: the tree of failures from
the branches of the descent, the spread of the final burn from its small errors, and the break-up of a backup pass,
flown from where and when that pass enters, to check the areas that are carried over to it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.errors import PointnemoError
from pointnemo.formats.safety_texts import draft_warnings
from pointnemo.planning.branching import failed_branches
from pointnemo.reentry.breakup import shared_normals_of
from pointnemo.reentry.flown_bounds import flown_bounds_km
from pointnemo.reentry.footprint import entry_track, from_track
from pointnemo.reentry.stage import reenter
from pointnemo.results import Assess, Descend, Exposure, HazardArea, Opportunity, Reenter, Skipped
from pointnemo.risk import BurnSpread, assess, burn_spread_of, floating_pieces, hazard_areas, toxic_pieces
from pointnemo.risk.backup import backup_areas, checked, held, windows_joined
from pointnemo.risk.expectation import Unseen
from pointnemo.risk.exposure import people_within
from pointnemo.risk.hazard_polygon import Ground
from pointnemo.risk.hazard_traffic import aircraft_under, exposure_of, ship_under
from pointnemo.risk.individual import SOMEBODY
from pointnemo.risk.stage import dangerous_fragments
from pointnemo.risk.windows import closure_windows
from pointnemo.world import earth
from pointnemo.world.time import from_utc

if TYPE_CHECKING:
    from pointnemo.reentry import EntryState
    from pointnemo.results import FloatArray, Impacts
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["BACKUP_ROWS", "BACKUP_RUNS", "FEWEST_RUNS", "assess_all", "backup_fall"]

FEWEST_RUNS = 10
"""Runs below which nothing is said about areas: their extremes would be anybody's guess."""

BACKUP_RUNS, BACKUP_ROWS = 50, 200
"""Runs of a backup pass at most, and pieces of each: a quarter of what the primary is flown with."""

STREAM = 0x4241434B  # keeps these draws apart from those of others with the same seed
YEAR_S = 365.25 * 86400.0


class _Fall(NamedTuple):
    """The break-up of one pass, and what its areas hang on.

    Attributes:
        impacts: pieces of all runs.
        runs: number of runs.
        normals: shape (runs, inputs), what each run was drawn with.
        spread: errors of the final burn.
        ground: down-range and cross-range to latitude and longitude.
        entry_tt_s: TT seconds since J2000 of the entry interface.
        state: at the entry interface.
    """

    impacts: Impacts
    runs: int
    normals: FloatArray
    spread: BurnSpread
    ground: Ground
    entry_tt_s: float
    state: EntryState


def assess_all(
    reentered: Reenter | Skipped,
    state: EntryState,
    scenario: Scenario,
    world: World,
    inclination_deg: float,
    seed: int,
    descended: Descend | None = None,
    workers: int = 1,
) -> Assess | Skipped:
    """Who is at risk, and what to close.

    Args:
        reentered: what falls.
        state: at the entry interface.
        scenario: rules of risk; break-up, for a backup pass.
        world: nature.
        inclination_deg: of the orbit.
        seed: of all random draws; the one that the pieces were drawn with.
        descended: the descent, for failures, errors of the final burn and backups; None where there is none.
        workers: threads, for a backup pass.

    Returns:
        The result with areas and warnings; without them where nothing dangerous falls or the runs are too few.

    Raises:
        PointnemoError: the pieces are not there.
        WorldError: the year is outside the population data.
    """
    year = 2000.0 + state.tt_s / YEAR_S
    failures = () if descended is None else failed_branches(descended.branches)
    fall = _fall(reentered, state, world, seed, descended)
    exposures = () if fall is None else _exposures(fall, scenario)
    aircraft = next((one.probability for one in exposures if one.id == "aircraft"), None)
    areas, note = ((), "") if fall is None else _areas_or_why(fall, scenario, world, seed)
    unseen = _unseen(areas, year, world)
    found = assess(reentered, scenario, world, inclination_deg, year, seed, failures, aircraft, unseen)
    if isinstance(found, Skipped) or fall is None:
        return found
    counted = {
        "floating_pieces": floating_pieces(fall.impacts, scenario, fall.runs),
        "toxic_pieces": toxic_pieces(fall.impacts, scenario, fall.runs),
        "exposures": exposures,
    }
    if not areas:
        return found.model_copy(update={**counted, "hazard_note": note})
    backup: tuple[HazardArea, ...] = ()
    taken = None
    if descended is not None and (taken := _first_clear(descended)) is not None:
        try:
            backup = _backup_areas(areas, taken, state, scenario, world, seed, descended, workers)
        except PointnemoError as error:
            note = f"No areas for the backup pass {taken.id}: {error}."
    return found.model_copy(
        update={
            **counted,
            "hazard_areas": areas,
            "backup_hazard_areas": backup,
            "backup_pass": taken.id if taken is not None and backup else "",
            "hazard_note": note,
            "warnings": draft_warnings(areas, scenario.station.name, backup),
        }
    )


def backup_fall(
    taken: Opportunity, primary: EntryState, scenario: Scenario, world: World, seed: int, workers: int = 1
) -> tuple[Reenter, EntryState]:
    """The break-up of a backup pass, from where and when it enters, with the draws of the primary's first runs.

    Args:
        taken: the pass, with its entry.
        primary: state of the primary pass, for the drag area.
        scenario: break-up.
        world: nature.
        seed: of the primary.
        workers: threads.

    Returns:
        What falls, from ``BACKUP_RUNS`` runs of ``BACKUP_ROWS`` pieces or as many as the primary has, and the state at
        the entry interface.

    Raises:
        PointnemoError: the pass does not enter, or nothing dangerous survives.
    """
    entry = taken.entry
    if entry is None:
        raise PointnemoError(f"the pass {taken.id} does not enter")
    state = replace(
        primary,
        tt_s=from_utc(entry.utc),
        position_km=entry.position_km,
        velocity_km_s=entry.velocity_km_s,
        mass_kg=entry.mass_kg,
        aim_latitude_deg=taken.aim.latitude_deg,
        aim_longitude_deg=taken.aim.longitude_deg,
    )
    whole = scenario.reentry
    runs = min(whole.realisations, BACKUP_RUNS)
    rows = min(max(whole.fragments // whole.realisations, 1), BACKUP_ROWS)
    few = whole.model_copy(update={"realisations": runs, "fragments": runs * rows})
    return reenter(state, scenario.model_copy(update={"reentry": few}), world, seed, workers), state


def _fall(
    reentered: Reenter | Skipped, state: EntryState, world: World, seed: int, descended: Descend | None
) -> _Fall | None:
    """What the areas of a pass hang on; None where nothing fell."""
    if isinstance(reentered, Skipped) or reentered.impacts is None:
        return None
    position, velocity = earth.gcrs_to_itrs_state(state.tt_s, state.position_km, state.velocity_km_s, world.earth)
    track = entry_track(1e3 * position, 1e3 * velocity, state.aim_latitude_deg, state.aim_longitude_deg)
    spread = BurnSpread()
    if descended is not None and descended.burns:
        spread = burn_spread_of(descended.branches, descended.burns[-1].id)
    runs = reentered.realisations
    normals = shared_normals_of(0, runs, seed)
    return _Fall(reentered.impacts, runs, normals, spread, partial(from_track, track), state.tt_s, state)


def _areas_or_why(fall: _Fall, scenario: Scenario, world: World, seed: int) -> tuple[tuple[HazardArea, ...], str]:
    """The areas to close; where there are none, why."""
    if fall.runs < FEWEST_RUNS or fall.impacts.release_s is None:
        return (), f"No areas to close: {fall.runs} runs are too few, {FEWEST_RUNS} or more are needed."
    try:
        return _areas(fall, scenario, world, seed), ""
    except PointnemoError as error:  # runs of few pieces leave a bound that no warning can carry
        return (), f"No areas to close: {error}."


def _unseen(areas: tuple[HazardArea, ...], year: float, world: World) -> Unseen | None:
    """How likely it comes down where people may live though no run did: where nobody lives in the safety area, only
    what that area leaves out; None where it does not tell.
    """
    safety = next((area for area in areas if area.id == "safety"), None)
    if safety is None or people_within(safety.polygon, world.population.grid(year)) >= SOMEBODY:
        return None
    text = f"nobody lives in the safety area, which holds {100.0 * safety.level:g} % of all"
    return Unseen(probability=1.0 - safety.level, text=text)


def _areas(fall: _Fall, scenario: Scenario, world: World, seed: int) -> tuple[HazardArea, ...]:
    impacts, runs, normals, spread, ground, tt_s, state = fall
    limit_km = flown_bounds_km(state, scenario, world, scenario.assess.safety_level)
    return hazard_areas(impacts, runs, normals, spread, ground, scenario, world, tt_s, seed, limit_km)


def _exposures(fall: _Fall, scenario: Scenario) -> tuple[Exposure, ...]:
    """A ship, and an aircraft, at the worst place."""
    rules, impacts = scenario.assess, fall.impacts
    dangerous = dangerous_fragments(impacts, rules.energy_threshold_j)
    sigma = fall.spread.sigma_km()
    there = (ship_under(impacts, dangerous, rules), aircraft_under(impacts, rules))
    found = (exposure_of(one, impacts, fall.runs, sigma, fall.ground, fall.entry_tt_s) for one in there)
    return tuple(one for one in found if one is not None)


def _first_clear(descended: Descend) -> Opportunity | None:
    """The first backup pass that is targeted and keeps clear of land and ice."""
    return next((one for one in descended.opportunities[1:] if one.clear and one.converged and one.entry), None)


def _backup_areas(
    areas: tuple[HazardArea, ...],
    taken: Opportunity,
    primary: EntryState,
    scenario: Scenario,
    world: World,
    seed: int,
    descended: Descend,
    workers: int,
) -> tuple[HazardArea, ...]:
    """Areas of a backup pass: those of the primary, carried over, if runs of the pass lie inside; else of these runs.

    A quarter of the pieces are enough to find an error, while areas made of them would be a third longer.
    """
    moved = backup_areas(areas, descended.opportunities[0], taken, world.land)
    fallen, state = backup_fall(taken, primary, scenario, world, seed, workers)
    fall = _fall(fallen, state, world, seed, descended)
    assert fall is not None
    rules, impacts = scenario.assess, fall.impacts
    dangerous = dangerous_fragments(impacts, rules.energy_threshold_j)
    shift = fall.spread.shift_km(*np.random.default_rng([seed, STREAM]).standard_normal((2, fall.runs)))
    rows = {"declared": dangerous, "safety": dangerous}
    moved = checked(moved, impacts, rows, fall.runs, shift, fall.ground)
    many = f"{fall.runs} runs of {fallen.fragments_flown // fallen.realisations} pieces flown from its entry"
    if not all(held(area) for area in moved):
        told = f"; of the backup pass {taken.id}, from {many}, which do not lie in the areas carried over to it"
        own = _areas(fall, scenario, world, seed)
        return tuple(area.model_copy(update={"text": area.text + told}) for area in own)
    flown = closure_windows(impacts, dangerous, fall.runs, fall.entry_tt_s, rules.declared_level, margin=False)

    def told_of(area: HazardArea) -> HazardArea:
        if area.checked_inside is None:
            return area
        inside = f"{100.0 * area.checked_inside:.4g} % of {many} lie wholly inside"
        return area.model_copy(update={"text": f"{area.text}; {inside}"})

    joined = (area if area.id == "floating" else windows_joined(area, flown) for area in moved)
    return tuple(told_of(area) for area in joined)
