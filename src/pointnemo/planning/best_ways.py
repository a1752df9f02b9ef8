"""The best ways down, with the targeted burns that they really take.

The search for the best way must know what the deorbit vehicle keeps for the targeted burns. Those of the plan say it
for the day and the weather of the plan alone: a way that comes down in another year, with more or less help of the
air, takes hundreds of kilograms more or less. So what was found is flown to the ground, and sought again with that.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from pointnemo.descent import LINES, GroundTrack, descend, optimum_of
from pointnemo.errors import FlightError
from pointnemo.motion.history import SecondStage, fly
from pointnemo.planning.aiming import FIRST_GUESS, Clearance, choose

if TYPE_CHECKING:
    from pointnemo.motion.history import Decision
    from pointnemo.results import Optimum, Strategy
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["best_ways"]

MOST_ROUNDS = 4
SAME_KG = 10.0  # the search itself is good to about that


def best_ways(
    decision: Decision,
    scenario: Scenario,
    world: World,
    phase_s: float,
    burns_kg: float,
    aimed_at: GroundTrack | None,
    workers: int,
) -> tuple[Optimum, float]:
    """Seek the best ways until the deorbit vehicle keeps what the targeted burns of each of them take.

    Args:
        decision: the plan's.
        scenario: the plan's.
        world: nature.
        phase_s: time from the end of the averaged flight to entry, s.
        burns_kg: what the targeted burns of the plan take.
        aimed_at: the pass that the plan is aimed along; None where it never comes down.
        workers: threads; the result does not depend on it.

    Returns:
        The ways, and what is kept for the targeted burns in each of them: the most that any of them takes, or more.
    """
    track = _usual_pass(decision, scenario, world) if aimed_at is None else aimed_at

    def taken_by(optimum: Optimum) -> float:
        # objectives may share a way: it is flown once
        distinct = {(way.lowering_start_utc, way.stages, way.hold_altitude_km): way for way in optimum.strategies}
        return max((_taken_kg(way, decision, scenario, world, track) for way in distinct.values()), default=0.0)

    # the objective that is sought soonest tells how much it is about
    first = optimum_of(decision, scenario, world, phase_s, burns_kg, workers, objectives=("least-propellant",))
    kept_kg = max(burns_kg, taken_by(first))
    optimum = optimum_of(decision, scenario, world, phase_s, kept_kg, workers)
    for _ in range(MOST_ROUNDS):
        taken_kg = taken_by(optimum)
        if taken_kg <= kept_kg + SAME_KG:
            break
        kept_kg = taken_kg
        optimum = optimum_of(decision, scenario, world, phase_s, kept_kg, workers)
    return optimum, kept_kg


def _taken_kg(way: Strategy, decision: Decision, scenario: Scenario, world: World, track: GroundTrack) -> float:
    """Propellant of the targeted phase if a way is flown; 0 where it does not come down to it."""
    start = date.fromisoformat(way.lowering_start_utc[:10])
    vehicle = scenario.descent.deorbit_vehicle
    first_kg = sum(stage.propellant_kg for stage in way.stages if stage.supplier != vehicle)
    second = next((stage for stage in way.stages if stage.supplier == vehicle), None)
    paid = scenario.descent.second_lowering
    rate = scenario.descent.lowering_kg_per_day if paid is None else paid.kg_per_day
    later = SecondStage(start, 0.0)
    if second is not None:
        later = SecondStage(date.fromisoformat(second.start_utc[:10]), second.propellant_kg, rate)
    lowered = decision.with_lowering(start, first_kg, later, way.hold_altitude_km)
    flown = fly(lowered, [world.weather.line(activity) for activity in LINES], world.climate, names=LINES)
    try:
        return descend(flown, scenario, world, track).deorbit_propellant_used_kg
    except FlightError:  # what cannot be flown in that year is told by the plan that tries it
        return 0.0


def _usual_pass(decision: Decision, scenario: Scenario, world: World) -> GroundTrack:
    """The pass that an aiming loop would begin with."""
    aim, rules = scenario.descent.aim, scenario.rules
    limits = Clearance(rules.land_clearance_km, rules.antarctic_ice_clearance_km)
    inclination = float(np.degrees(decision.policy.inclination_rad))
    return choose(aim.latitude_deg, aim.longitude_deg, inclination, FIRST_GUESS, world, limits).track
