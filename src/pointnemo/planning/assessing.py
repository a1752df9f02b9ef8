"""Risk of a re-entry with all that the descent tells of it: branches that fail, errors of the final burn, backups.

``risk`` knows pieces on the ground. What it needs from the stages before comes through here: the tree of failures from
the branches of the descent, the spread of the final burn from its small errors, the pass of a backup.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pointnemo.errors import PointnemoError
from pointnemo.formats.safety_texts import draft_warnings
from pointnemo.reentry.breakup import shared_normals_of
from pointnemo.reentry.footprint import entry_track, from_track
from pointnemo.results import Assess, Descend, HazardArea, Reenter, Skipped
from pointnemo.risk import BurnSpread, Failure, assess, burn_spread_of, floating_pieces, hazard_areas, toxic_pieces
from pointnemo.risk.backup import backup_areas
from pointnemo.world import earth

if TYPE_CHECKING:
    from pointnemo.reentry import EntryState
    from pointnemo.results import Impacts
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["FEWEST_RUNS", "assess_all"]

FEWEST_RUNS = 10
"""Runs below which nothing is said about areas: their extremes would be anybody's guess."""

YEAR_S = 365.25 * 86400.0


def assess_all(
    reentered: Reenter | Skipped,
    state: EntryState,
    scenario: Scenario,
    world: World,
    inclination_deg: float,
    seed: int,
    descended: Descend | None = None,
) -> Assess | Skipped:
    """Who is at risk, and what to close.

    Args:
        reentered: what falls.
        state: at the entry interface.
        scenario: rules of risk.
        world: people and land.
        inclination_deg: of the orbit.
        seed: of all random draws; the one that the pieces were drawn with.
        descended: the descent, for failures, errors of the final burn and backups; None where there is none.

    Returns:
        The result with areas and warnings; without them where nothing dangerous falls or the runs are too few.

    Raises:
        PointnemoError: the pieces are not there.
        WorldError: the year is outside the population data.
    """
    year = 2000.0 + state.tt_s / YEAR_S
    branches = () if descended is None else descended.branches
    failures = tuple(
        Failure(one.id, one.id.replace("-", " "), one.burn, one.casualty_expectation)
        for one in branches
        if one.casualty_expectation is not None
    )
    found = assess(reentered, scenario, world, inclination_deg, year, seed, failures)
    if isinstance(found, Skipped) or isinstance(reentered, Skipped):
        return found
    runs, impacts = reentered.realisations, reentered.impacts
    counted = {
        "floating_pieces": floating_pieces(impacts, scenario, runs),
        "toxic_pieces": toxic_pieces(impacts, scenario, runs),
    }
    if runs < FEWEST_RUNS or impacts.release_s is None:
        few = f"No areas to close: {runs} runs are too few, {FEWEST_RUNS} or more are needed."
        return found.model_copy(update={**counted, "hazard_note": few})
    try:
        areas = _areas(impacts, runs, state, scenario, world, seed, descended)
    except PointnemoError as error:  # runs of few pieces leave a bound that no warning can carry
        return found.model_copy(update={**counted, "hazard_note": f"No areas to close: {error}."})
    backup = _backup(areas, descended, world)
    texts = draft_warnings(areas, scenario.station.name, backup)
    return found.model_copy(update={**counted, "hazard_areas": areas, "backup_hazard_areas": backup, "warnings": texts})


def _areas(
    impacts: Impacts,
    runs: int,
    state: EntryState,
    scenario: Scenario,
    world: World,
    seed: int,
    descended: Descend | None,
) -> tuple[HazardArea, ...]:
    position, velocity = earth.gcrs_to_itrs_state(state.tt_s, state.position_km, state.velocity_km_s, world.earth)
    track = entry_track(1e3 * position, 1e3 * velocity, state.aim_latitude_deg, state.aim_longitude_deg)
    spread = BurnSpread()
    if descended is not None and descended.burns:
        spread = burn_spread_of(descended.branches, descended.burns[-1].id)
    normals = shared_normals_of(0, runs, seed)
    return hazard_areas(impacts, runs, normals, spread, partial(from_track, track), scenario, world, state.tt_s, seed)


def _backup(areas: tuple[HazardArea, ...], descended: Descend | None, world: World) -> tuple[HazardArea, ...]:
    """The areas of the first backup pass that keeps clear; none where there is no such pass."""
    if descended is None or not descended.opportunities:
        return ()
    primary, *others = descended.opportunities
    clear = [one for one in others if one.clear and one.converged]
    return backup_areas(areas, primary, clear[0], world.land) if clear else ()
