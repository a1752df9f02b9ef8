"""The planner's schedule against a search that knows nothing of the planner's programme.

A thousand random starts, each improved by simulated annealing on a quick flight of its own, with burns on any day on
which one may be made; what comes out is flown by the history kernel, and counts where it keeps every limit. The search
never sees the planner's schedule. Some restarts take more than ten times as many moves: they show how low it can go.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pytest
from tests.reboost_search import Ground, Judged, fly_schedule, ground_of, judge, search, shortened

from pointnemo.motion.history import PlannedBurn
from pointnemo.operations.reboost_plan import ReboostPlan
from pointnemo.operations.reboosts import Question, plan_reboosts, question_of
from pointnemo.scenario import load_scenario
from pointnemo.station.stack import mass_at
from pointnemo.tracking import track
from pointnemo.world import load_world
from pointnemo.world.time import from_utc

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
RESTARTS, MOVES = 1150, 3000
LONG_RESTARTS, LONG_MOVES = 24, 40_000
COARSE = 3
SOURCE = "simulated annealing from random starts, the shipped scenario to 2028-12-31, as flown by the averaged motion"


class Searched(NamedTuple):
    """The planner's schedule and those of the search, all judged alike."""

    plan: ReboostPlan
    planned: Judged
    found: tuple[Judged, ...]


def ground_found(question: Question) -> Ground:
    """A quick flight about a path that the search itself has come to."""
    path = fly_schedule(question, ())[2]
    for seed in range(COARSE):
        ground = ground_of(question, path)
        path = fly_schedule(question, search(question, ground, 10**6 + seed, 3 * MOVES))[2]
    return ground_of(question, path)


@pytest.fixture(scope="module")
def searched() -> Searched:
    scenario, world = load_scenario("iss"), load_world(bundled=True)
    start = track(scenario, world, mass_at(scenario, from_utc(scenario.orbit.epoch_utc.isoformat())))
    plan = plan_reboosts(scenario, world, start)
    question = shortened(question_of(scenario, world, start))
    planned = tuple(PlannedBurn(burn.step, burn.tank, burn.altitude_after_km) for burn in plan.planned)
    kept = fly_schedule(question, planned)[2].after_km
    assert np.array_equal(kept, plan.flown.history.altitude_km[1][: len(kept)])
    ground = ground_found(question)

    def one(restart: int) -> Judged:
        moves = MOVES if restart < RESTARTS else LONG_MOVES
        return judge(question, search(question, ground, restart, moves))

    with ThreadPoolExecutor(2) as pool:
        found = tuple(pool.map(one, range(RESTARTS + LONG_RESTARTS)))
    return Searched(plan, judge(question, planned), found)


def test_the_plan_keeps_every_limit(searched: Searched) -> None:
    assert [row.text for row in searched.plan.violations] == []
    assert [row.text for row in searched.planned.violations] == []


def test_the_planner_tells_what_its_schedule_costs(searched: Searched) -> None:
    """Moved days, turns and burns weigh what the search weighs them with; the bound lies below."""
    assert searched.planned.cost_kg == pytest.approx(searched.plan.solver.objective_kg, rel=0.01)
    assert searched.plan.solver.bound_kg < searched.planned.cost_kg


def test_no_restart_finds_a_cheaper_schedule(searched: Searched, figure: Figure) -> None:
    """Cheaper by more than 2 %, of at least a thousand that keep every limit; nor one below the bound."""
    costs = np.array([one.cost_kg for one in searched.found if not one.violations])
    mine, solver = searched.planned.cost_kg, searched.plan.solver
    print(
        f"planner {mine:.1f} kg with {searched.planned.burns} burns, bound {solver.bound_kg:.1f} kg; "
        f"{len(costs)} feasible schedules of {len(searched.found)}: "
        f"least {costs.min():.1f}, median {np.median(costs):.1f} kg"
    )
    figure("reboosts/feasible-schedules", len(costs), 1000, "schedules", SOURCE, "min")
    figure("reboosts/cheapest-of-search", 100.0 * (mine / costs.min() - 1.0), 2.0, "% below the planner's", SOURCE)
    figure("reboosts/gap", 100.0 * solver.gap, 6.0, "% to the bound without events", "the planner's programme")
    assert costs.min() > solver.bound_kg
