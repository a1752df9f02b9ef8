"""The schedule of reboosts flown numerically: refined where averaged and numerical motion differ, and checked.

Every burn is held to the planned altitude on the numerical flight, so that the two never part in altitude; along the
track they do, by degrees a month. The schedule is flown once as planned, then with the smallest trims that bring every
launch and landing into its window, until the flight shows that they are. What cannot be met is named.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pointnemo.motion.history import Decision
from pointnemo.operations.reboost_plan import ReboostPlan
from pointnemo.operations.reflight_checks import (
    ALTITUDE_KM,
    MEAN,
    ReflownAltitude,
    Shown,
    miss_deg,
    phase_windows,
    reflight_of,
    room_deg,
)
from pointnemo.operations.reflight_path import Burn, EventDay, Flight, FlownBurn, Path, Stack, fly_path, rows_km
from pointnemo.operations.reflight_trim import BurnFact, EventFact, best_offsets
from pointnemo.results import FloatArray, PhaseWindow, Reflight, Track
from pointnemo.scenario.models import Scenario
from pointnemo.world import World

__all__ = ["ReflownAltitude", "phase_misses_deg", "refly"]

FLIGHTS = 4  # as planned, and three that are trimmed; the second hits within a tenth of a degree as a rule
SETTLED_DEG = 0.05  # another flight is not made for less
CLOSE = 1.02  # nor where a flight misses no more than this times what has to be missed
KM_PER_DEG = 0.1  # outside the corridor this counts like a degree outside a window
LEAST_TRIM_KM = 1e-4  # a tenth of a metre shifts a phase by a hundredth of a degree in a month


def refly(
    plan: ReboostPlan,
    scenario: Scenario,
    world: World,
    track: Track,
    progress: Callable[[str, float], None] | None = None,
    workers: int = 1,
) -> tuple[Reflight, tuple[PhaseWindow, ...]]:
    """Fly a schedule numerically from the start state to the start of lowering.

    Args:
        plan: the schedule, with the averaged flight that it leads to.
        scenario: rules.
        world: nature; its mean line is flown.
        track: start state and drag area.
        progress: told what is being done, and which fraction of it is done.
        workers: above 1 the air is tabulated while the station flies. Results do not depend on it.

    Returns:
        The flight with every limit that it misses, and the windows of launches and landings.

    Raises:
        FlightError: the station sinks 60 km below the lowest planned altitude.
        WorldError: weather or Earth orientation do not reach the start of lowering.
    """
    stack, burns = _stack(plan, scenario, track), _burns(plan)
    path = Path(world.line("mean"), stack, workers)
    try:
        shown = _refined(plan, scenario, path, burns, track, progress)
    finally:
        path.close()
    windows = phase_windows(plan, shown)
    return reflight_of(plan, scenario, stack, shown, windows), windows


def phase_misses_deg(
    plan: ReboostPlan, scenario: Scenario, world: World, track: Track, workers: int = 1
) -> tuple[FloatArray, FloatArray]:
    """How far averaged and numerical motion part, with no trim for phases.

    Args:
        plan: the schedule.
        scenario: rules.
        world: nature.
        track: start state.
        workers: as for ``refly``.

    Returns:
        (degrees by which each event's phase lies above the planned one, NaN where there is no passage, shape (events,);
        numerical minus averaged mean altitude in km at each row to the start of lowering).
    """
    stack, burns = _stack(plan, scenario, track), _burns(plan)
    path = Path(world.line("mean"), stack, workers)
    try:
        shown = _shown(plan, path, fly_path(path, _start(track), burns, np.zeros(len(burns)), _wanted(plan)))
    finally:
        path.close()
    return shown.misses_deg, shown.rows_km - stack.altitude_km[: stack.until_row + 1]


# --- what is flown ---------------------------------------------------------------------------------------------------


def _burns(plan: ReboostPlan) -> tuple[Burn, ...]:
    """The burns that the averaged flight made before lowering, planned or by the rule."""
    made = plan.flown.burns
    mine = np.flatnonzero((made.run == MEAN) & (made.tt_s <= plan.flown.lowering_start_tt_s))
    steps = np.searchsorted(plan.decision.schedule.tt_s, made.tt_s[mine] - 1.0) - 1
    return tuple(
        Burn(int(step), int(made.tank[k]), float(made.altitude_after_km[k]), float(made.propellant_kg[k]))
        for k, step in zip(mine, steps, strict=True)
    )


def _stack(plan: ReboostPlan, scenario: Scenario, track: Track) -> Stack:
    history, decision = plan.flown.history, plan.decision
    mass_kg = history.mass_kg[MEAN].copy()
    for burn in _burns(plan):
        mass_kg[burn.step + 1 :] += burn.propellant_kg
    return Stack(
        schedule=decision.schedule,
        mass_kg=mass_kg,
        altitude_km=history.altitude_km[MEAN],
        cd_area_m2=track.cd_area_m2.value,
        least_mps=scenario.rules.reboost_min_delta_v_mps,
        most_mps=scenario.rules.reboost_max_delta_v_mps,
        until_row=_until_row(decision),
    )


def _until_row(decision: Decision) -> int:
    return min(decision.policy.lowering_step, len(decision.schedule.tt_s) - 1)


def _start(track: Track) -> FloatArray:
    return np.array([*track.position_km, *track.velocity_km_s])


def _wanted(plan: ReboostPlan) -> tuple[EventDay, ...]:
    """The events that the averaged flight has a passage for."""
    return tuple(
        EventDay(chosen.event, chosen.day, chosen.passage.tt_s) for chosen in plan.events if chosen.passage is not None
    )


def _shown(plan: ReboostPlan, path: Path, flight: Flight) -> Shown:
    """What a flight shows; phases part slowly, so that each miss lies within half a turn of the one before."""
    passages = iter(flight.passages)
    misses: list[float] = []
    last = 0.0
    for chosen in plan.events:
        passage = next(passages) if chosen.passage is not None else None
        if passage is None or chosen.passage is None:
            misses.append(math.nan)
            continue
        last += math.remainder(passage.phase_deg - chosen.passage.phase_deg - last, 360.0)
        misses.append(last)
    return Shown(flight, rows_km(path, flight), np.array(misses))


# --- refinement ------------------------------------------------------------------------------------------------------


def _refined(
    plan: ReboostPlan,
    scenario: Scenario,
    path: Path,
    burns: tuple[Burn, ...],
    track: Track,
    progress: Callable[[str, float], None] | None,
) -> Shown:
    """Fly as planned, then with trims until every window is met, or nothing more can be done about it."""
    rules = scenario.rules
    offsets_km = np.zeros(len(burns))
    best: Shown | None = None
    least = math.inf
    earlier: tuple[Flight, int] | None = None
    for number in range(FLIGHTS):

        def tell(fraction: float, number: int = number) -> None:
            if progress:
                progress("re-flight" if number == 0 else f"re-flight, trimmed ({number})", fraction)

        flight = fly_path(path, _start(track), burns, offsets_km, _wanted(plan), earlier, tell)
        shown = _shown(plan, path, flight)
        facts, events = _burn_facts(plan, scenario, shown), _event_facts(plan, shown)
        late_deg, outside_km = _outside(plan, shown, facts)
        misses = late_deg.sum() + outside_km / KM_PER_DEG
        if misses < least:
            best, least = shown, misses
        if misses == 0.0 or not burns:
            break
        wanted_km, left_deg, left_km = best_offsets(
            facts, events, rules.reboost_min_delta_v_mps, rules.reboost_max_delta_v_mps
        )
        flown_km = np.array([fact.offset_km for fact in facts])
        changed = np.abs(wanted_km - flown_km) > LEAST_TRIM_KM
        can_be_met = np.any((late_deg > 0.0) & (left_deg < SETTLED_DEG)) or outside_km > left_km + ALTITUDE_KM
        better = misses > CLOSE * (left_deg.sum() + left_km / KM_PER_DEG) + SETTLED_DEG
        if not (changed.any() and (can_be_met or better)):
            break
        held = [_held(burn, rules.reboost_min_delta_v_mps, rules.reboost_max_delta_v_mps) for burn in flight.burns]
        base_km = np.where(held, offsets_km, flown_km)
        offsets_km = np.where(changed, base_km + wanted_km - flown_km, offsets_km)
        earlier = flight, int(np.flatnonzero(changed)[0])
    assert best is not None, "there is at least one flight"
    return best


def _held(burn: FlownBurn, least_mps: float, most_mps: float) -> bool:
    """Whether a burn gave what was asked of it."""
    return burn.delta_v_mps > 0.0 and least_mps <= burn.wanted_mps <= most_mps


def _burn_facts(plan: ReboostPlan, scenario: Scenario, shown: Shown) -> tuple[BurnFact, ...]:
    """The burns with the room that the corridor leaves the coast behind each."""
    rules, burns, rows = scenario.rules, shown.flight.burns, shown.rows_km
    lower = plan.lower_km[: len(rows)]
    facts = []
    for k, burn in enumerate(burns):
        following = burns[k + 1] if k + 1 < len(burns) else None
        first = burn.planned.step + 1
        last = following.planned.step + 1 if following else len(rows)
        below = [*(rows[first:last] - lower[first:last]), burn.after_km - lower[min(first, len(lower) - 1)]]
        if following:
            below.append(following.before_km - lower[following.planned.step + 1])
        elif rules.end_altitude_km is not None:
            below.append(rows[-1] - rules.end_altitude_km)
        highest = max([burn.after_km, *rows[first:last]])
        facts.append(
            BurnFact(
                tt_s=burn.ignition_tt_s,
                delta_v_mps=burn.delta_v_mps,
                offset_km=burn.after_km - burn.planned.altitude_km,
                altitude_km=burn.after_km,
                room_below_km=float(min(below)),
                room_above_km=rules.corridor_upper_km - highest,
            )
        )
    return tuple(facts)


def _event_facts(plan: ReboostPlan, shown: Shown) -> tuple[EventFact, ...]:
    """The events that have a passage in both flights."""
    facts = []
    for chosen, miss in zip(plan.events, shown.misses_deg, strict=True):
        if chosen.passage is None or math.isnan(miss):
            continue
        below, above = room_deg(chosen.choice, chosen.passage.phase_deg)
        facts.append(EventFact(chosen.passage.tt_s, float(miss), below, above))
    return tuple(facts)


def _outside(plan: ReboostPlan, shown: Shown, facts: tuple[BurnFact, ...]) -> tuple[FloatArray, float]:
    """Degrees by which each event with a passage lies outside its window, and km outside the corridor in all."""
    rooms_km = np.array([(fact.room_below_km, fact.room_above_km) for fact in facts])
    flown = zip(plan.events, shown.misses_deg, strict=True)
    late = [miss_deg(chosen, float(miss)) for chosen, miss in flown if chosen.passage and not math.isnan(miss)]
    return np.array(late), float(np.maximum(-rooms_km - ALTITUDE_KM, 0.0).sum())
