"""The schedule of reboosts for the chain, kept as long as the process lives: many questions share one.

Another aim, another seed, more fragments, more propellant for the lowering: none of them changes how the station is
held, and a schedule takes ten times as long to find as to fly. What is kept is the decision alone; it is flown again
with the scenario at hand, so that the answer has the same bits whether it was kept or found.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from pointnemo.operations.reboost_plan import ReboostPlan
from pointnemo.operations.reboosts import fly_again, plan_reboosts
from pointnemo.planning.hashing import digest
from pointnemo.results import Track
from pointnemo.scenario.models import Scenario
from pointnemo.world import World

__all__ = ["reboosts_for"]

# of the scenario; the limit of duty in "crew" decides how long a crew waits for a relief that slipped
SECTIONS = ("orbit", "station", "vehicles", "partners", "flights", "cadence", "rules", "crew", "quiet")
DESCENT = ("lowering_start", "deorbit_vehicle", "lowering_vehicle")
MOST = 8

_kept: OrderedDict[str, ReboostPlan] = OrderedDict()


def reboosts_for(
    scenario: Scenario, world: World, track: Track, progress: Callable[[str, float], None] | None = None
) -> ReboostPlan:
    """The schedule of reboosts, found or flown again; arguments, returns and errors as for ``plan_reboosts``."""
    tree = scenario.model_dump(mode="json")
    descent = {name: tree["descent"][name] for name in DESCENT}
    tables = [[table.name, table.sha256] for table in world.data_files()]
    key = digest([{name: tree[name] for name in SECTIONS}, descent, track.model_dump(mode="json"), tables])
    earlier = _kept.get(key)
    if earlier is not None:
        _kept.move_to_end(key)
        return fly_again(scenario, world, track, earlier)
    made = plan_reboosts(scenario, world, track, progress)
    _kept[key] = made
    while len(_kept) > MOST:
        _kept.popitem(last=False)
    return made
