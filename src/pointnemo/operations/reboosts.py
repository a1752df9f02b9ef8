"""The schedule of reboosts: least propellant within the corridor, in phase for every launch and landing.

A programme in whole and real numbers (``reboost_model``) is solved about a flown path, its burns are flown, and it is
solved again about the new path until the flight repeats what it says. It is solved three times over: without events,
for a path about which windows of the phase can be told and for a bound that no schedule can beat; with events, first
with burns that need not be whole to choose the windows, then with whole burns within them; and with all choices held,
to trim. How good the schedule is says its distance from the bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.errors import FlightError
from pointnemo.mixed_integer import Solution
from pointnemo.motion.history import Decision, PlannedBurn, fly
from pointnemo.motion.loss import LossTable, loss_table
from pointnemo.motion.secular import secular_rates
from pointnemo.operations.phases import Choice, Event, events_of, passage_on
from pointnemo.operations.reboost_check import chosen_event, inside_deg, reboosts_of, violations_of
from pointnemo.operations.reboost_model import (
    PHASE_MARGIN_DEG,
    EventDay,
    EventModel,
    Limits,
    Model,
    Solved,
    build,
    read,
)
from pointnemo.operations.reboost_plan import ChosenEvent, PlannedReboost, ReboostPlan
from pointnemo.operations.reserve import reserve_kg
from pointnemo.operations.station_path import StationPath, path_of
from pointnemo.results import FloatArray, Operate, Solver, Track
from pointnemo.scenario.models import Scenario
from pointnemo.scenario.schedule import expand_flights, port_on
from pointnemo.station.packing import decide
from pointnemo.world.earth import EARTH_RADIUS_KM, EarthOrientation
from pointnemo.world.time import mjd_utc, to_utc

if TYPE_CHECKING:
    from pointnemo.world import World

__all__ = [
    "MEAN",
    "Question",
    "fly_again",
    "limits_of",
    "model_of",
    "path_with",
    "plan_reboosts",
    "question_of",
    "replay_reboosts",
]

GAP, NODES = 0.005, 2000  # without events, and with every choice held
WINDOWS_GAP, WINDOWS_NODES = 0.02, 300  # choice of windows: the burns that follow decide what they cost
BURNS_GAP, BURNS_NODES = 0.005, 1000  # whole burns within chosen windows
LEAST_CHOICES, CHOICES = 2, 3  # how often windows and burns are chosen anew, and how often where a limit is missed
ASKED_GAP = 0.05  # of the flown schedule from the bound that knows of no event
EVENTS_AT_ONCE = 16
TRIMS = 5
LINEAR_KM = 0.02  # averaged flight and programme agree: over a month that is a degree of phase
DAY_COST_KG = 2.0  # what it weighs to move a launch or a landing by a day
BINDING_DEG = 0.5
FREE_KM = 0.01
LEAST_KG = 1.0  # of a schedule that costs less nobody asks how good it is
NUDGE_RAD = 0.02
ROOM_KG_DEG = 3.0  # what a degree of room in a window is worth while windows are chosen
LINES = ("low", "mean", "high")
MEAN = 1
DAY_S = 86400.0
FULL_DEG = 360.0
Progress = Callable[[str, float], None]


class Question(NamedTuple):
    """What is to be decided about.

    Attributes:
        scenario: rules.
        world: nature.
        track: start state.
        decision: without a plan.
        events: what the phase must fit, by day.
        lower_km: shape (rows,), lower edge of the corridor.
        loss: of the mean line.
        turned: shape (tanks,), whether the station is turned for the tank's engine.
        free_km: shape (rows,), altitude with no burn at all: what starts above its upper edge has to sink below it.
        known: what no schedule keeps, by limit and node.
    """

    scenario: Scenario
    world: World
    track: Track
    decision: Decision
    events: tuple[Event, ...]
    lower_km: FloatArray
    loss: LossTable
    turned: tuple[bool, ...]
    free_km: FloatArray
    known: Mapping[tuple[str, int], float] = MappingProxyType({})


class Served(NamedTuple):
    """On which row of the path an event is served, and how."""

    event: Event
    row: int
    choice: Choice


class _Round(NamedTuple):
    """One programme, solved."""

    model: Model
    events: tuple[EventModel, ...]
    altitude_km: FloatArray
    solved: Solved
    planned: tuple[PlannedBurn, ...]
    bound_kg: float


def question_of(scenario: Scenario, world: World, track: Track) -> Question:
    """Gather what ``plan_reboosts`` decides about.

    Args:
        scenario: what people decided.
        world: nature.
        track: start state.

    Returns:
        Question.

    Raises:
        ScenarioError: the history cannot be flown, see ``station.packing.decide``.
    """
    decision = decide(scenario, world, track)
    first, steps = decision.first_day, decision.policy.lowering_step
    mjd = float(np.floor(mjd_utc(decision.schedule.tt_s[0])))
    inclination, node = math.radians(track.mean.inclination_deg), math.radians(track.mean.node_deg)
    reach = mjd + steps + scenario.rules.hold_days + 10.0
    flights, ports = expand_flights(scenario), scenario.station.ports
    return Question(
        scenario=scenario,
        world=world,
        track=track,
        decision=decision,
        events=events_of(scenario, first + timedelta(days=1), first + timedelta(days=steps)),
        lower_km=decision.corridor.lower_km,
        loss=loss_table(world.climate, world.weather.line("mean"), mjd, reach, inclination, node),
        turned=tuple(
            key in flights and ports[port_on(flights[key], flights[key].dock)].turns_to_raise for key in decision.tanks
        ),
        free_km=_mean_path(decision.with_plan((), steps), world, track).before_km,
    )


def plan_reboosts(scenario: Scenario, world: World, track: Track, progress: Progress | None = None) -> ReboostPlan:
    """Find the schedule of reboosts from the epoch to the start of lowering.

    Args:
        scenario: rules, flights, tanks.
        world: nature; the schedule is made for the mean line of solar activity.
        track: start state and drag area.
        progress: told what is being done, and which fraction of it is done.

    Returns:
        The schedule with the averaged flight that it leads to. Where limits are in each other's way it is the one that
        misses them least, and ``violations`` names them.

    Raises:
        ScenarioError: the history cannot be flown, see ``station.packing.decide``.
    """
    question = question_of(scenario, world, track)
    if question.decision.policy.lowering_step < 2:
        return _finished(question, (), (), lambda _kg, _burns: _nothing_decided())

    def tell(what: str, fraction: float) -> None:
        if progress:
            progress(what, fraction)

    tell("reboosts without phases", 0.0)
    made = _free(question, path_with(question, None))
    path = path_with(question, made.planned)
    question = question._replace(known={(miss.limit, miss.where): miss.amount for miss in made.solved.misses})
    rounds = 1
    plans: list[ReboostPlan] = []
    for choice in range(CHOICES):  # the first choice is made about a path that knew of no event: later ones see better
        if choice >= LEAST_CHOICES and any(not plan.violations for plan in plans):
            break
        tell("windows of the phase", 0.1 + 0.3 * choice)
        made = _chosen(question, path, made.bound_kg)
        path = path_with(question, made.planned)
        rounds += 1
        error_km = math.inf
        for _ in range(TRIMS):  # once at least: burns are then held to one tank each
            made = _trimmed(question, path, made)
            path = path_with(question, made.planned)
            rounds += 1
            error_km = _linear_error_km(made, path)
            if error_km < LINEAR_KM and _late_deg(question, made, path) == 0.0:
                break
        solver_of = partial(_solver, made, rounds=rounds, error_km=error_km)
        plans.append(_finished(question, made.planned, _served(question, made), solver_of))
    return min(plans, key=_missed_first)


def _missed_first(plan: ReboostPlan) -> tuple[int, float]:
    """What plans are chosen by: limits missed, then cost."""
    return len(plan.violations), plan.solver.objective_kg


def path_with(question: Question, planned: tuple[PlannedBurn, ...] | None) -> StationPath:
    """The path of the mean line with some burns; by the rule that flies without a plan where there are none given."""
    steps = question.decision.policy.lowering_step
    decision = question.decision if planned is None else question.decision.with_plan(planned, steps)
    return _mean_path(decision, question.world, question.track)


def _mean_path(decision: Decision, world: World, track: Track) -> StationPath:
    """The path of a decision under the mean line."""
    flown = fly(decision, [world.weather.line("mean")], world.climate, names=("mean",))
    return path_of(decision, flown, 0, track)


def limits_of(question: Question, path: StationPath) -> Limits:
    """What a programme about a path keeps to.

    Args:
        question: what is decided.
        path: flown.

    Returns:
        Limits.
    """
    steps, rules = question.decision.policy.lowering_step, question.scenario.rules
    mjd = np.asarray(mjd_utc(path.tt_s[:steps]), dtype=float)
    fallen = np.maximum(path.after_km[:steps] - path.before_km[1 : steps + 1], 0.0)
    slope = question.loss.slope(mjd, 0.5 * (path.after_km[:steps] + path.before_km[1 : steps + 1]))
    return Limits(
        lower_km=question.lower_km,
        upper_km=np.maximum(rules.corridor_upper_km, question.free_km + FREE_KM),
        end_km=rules.end_altitude_km,
        reserve_kg=reserve_kg(question.scenario, question.decision, question.loss, path),
        growth=np.exp(-slope * fallen),
        burn_rows=_burn_rows(question),
        turned=question.turned,
    )


def _burn_rows(question: Question) -> tuple[int, ...]:
    """One row for each slot: the one nearest its middle at which the most engines may thrust.

    None shortly before a launch or landing: the orbit that a vehicle is aimed at has to be measured first.
    """
    decision, rules = question.decision, question.scenario.rules
    steps, slot_days = decision.policy.lowering_step, rules.reboost_slot_days
    able = decision.schedule.can_raise[decision.schedule.raise_order, :steps].sum(axis=0)
    for event in question.events:
        row = (event.day - decision.first_day).days
        # on whichever day it is served
        able[max(row - rules.event_days - rules.event_quiet_days - 1, 0) : max(row + rules.event_days, 0)] = 0
    rows = []
    for start in range(1, steps, slot_days):
        slot = range(start, min(start + slot_days, steps))
        middle = 0.5 * (slot[0] + slot[-1])
        best = max(slot, key=lambda row: (able[row - 1], -abs(row - middle), -row))
        if able[best - 1]:
            rows.append(best)
    return tuple(rows)


def model_of(question: Question, path: StationPath, with_events: bool = True) -> tuple[Model, tuple[EventModel, ...]]:
    """The programme about a path, and the events in it."""
    schedule = question.decision.schedule
    aboard = np.where(schedule.from_step <= 0, schedule.brought_kg, 0.0)
    wanted = question.events if with_events else ()
    events = tuple(model for event in wanted if (model := _event_model(question, event, path)).days)
    rules = question.scenario.rules
    model = build(
        path, schedule, question.decision.policy, aboard, limits_of(question, path), events, rules, question.known
    )
    return model, events


def _free(question: Question, path: StationPath) -> _Round:
    """Solve without events. Its bound holds for every schedule: events only ask for more."""
    model, events = model_of(question, path, with_events=False)
    found = _sure(model.programme.solve(GAP, NODES))
    solved = read(model, found, path)
    return _as_round(question, path, model, events, found, found.bound - (found.objective - solved.objective_kg))


def _chosen(question: Question, path: StationPath, bound_kg: float) -> _Round:
    """Choose windows with burns of any size, then whole burns within them.

    With burns of any size almost every window can be met at no cost; those are preferred in which the phase has room,
    since to keep one at its edge takes burns of its own. Windows are chosen for some events at a time, in order of
    their days, with those of later events still open: what comes years later hardly asks for another one now.
    """
    model, events = model_of(question, path)
    programme = model.programme
    prize = dict.fromkeys(model.room, -ROOM_KG_DEG)
    choices = [[z for used in days for z in used.values()] for days in model.chosen]
    windows: dict[int, float] = {}
    for first in range(0, len(choices), EVENTS_AT_ONCE):
        now, later = choices[first : first + EVENTS_AT_ONCE], choices[first + EVENTS_AT_ONCE :]
        free = [*model.made.values(), *(z for zs in later for z in zs)]
        loose = programme.relaxed(free, prize).solve(WINDOWS_GAP, WINDOWS_NODES, windows)
        if loose is None:
            break  # what is chosen so far leaves the rest no way: the burns are then chosen together with windows
        windows |= {z: float(round(loose.value[z])) for zs in now for z in zs}
    found = programme.solve(BURNS_GAP, BURNS_NODES, windows) or _sure(programme.solve(BURNS_GAP, BURNS_NODES))
    return _as_round(question, path, model, events, found, bound_kg)


def _trimmed(question: Question, path: StationPath, earlier: _Round) -> _Round:
    """Solve about a new path with every choice held, that of the tank only where it can be."""
    model, events = model_of(question, path)
    held = model.holding(earlier.solved)
    found = model.programme.solve(GAP, NODES, held)
    if found is None or read(model, found, path).misses:
        # what is in one tank may not be enough for what two were to pay: they share again, as they do in flight
        shared = model.programme.solve(GAP, NODES, model.holding(earlier.solved, tanks=False))
        found = min((one for one in (found, shared) if one), key=lambda one: one.objective, default=None)
    if found is None or (read(model, found, path).misses and not earlier.solved.misses):
        days = {index: value for index, value in held.items() if index in set(model.made.values())}
        other = model.programme.solve(BURNS_GAP, BURNS_NODES, days)  # windows that suit the same days of burns
        found = min((one for one in (found, other) if one), key=lambda one: one.objective, default=None)
    found = found or _sure(model.programme.solve(BURNS_GAP, BURNS_NODES))
    return _as_round(question, path, model, events, found, earlier.bound_kg)


def _sure(found: Solution | None) -> Solution:
    """A solution of a programme without anything held: every limit of it is soft, so that there is one."""
    if found is None:
        raise FlightError("the solver found no schedule of reboosts at all")
    return found


def _as_round(
    question: Question,
    path: StationPath,
    model: Model,
    events: tuple[EventModel, ...],
    found: Solution,
    bound_kg: float,
) -> _Round:
    solved = read(model, found, path)
    altitude_km = np.array([path.after_km[row] + found.value[model.above[row]] for row in model.nodes])
    tanks = question.decision.tanks
    planned = tuple(PlannedBurn(burn.row - 1, tanks[burn.tank], burn.altitude_km) for burn in solved.burns)
    return _Round(model, events, altitude_km, solved, planned, bound_kg)


def _linear_error_km(made: _Round, path: StationPath) -> float:
    """Largest difference between the altitude that a programme has and the one that its burns lead to."""
    return float(np.max(np.abs(path.after_km[np.array(made.model.nodes)] - made.altitude_km)))


def _late_deg(question: Question, made: _Round, path: StationPath) -> float:
    """Largest miss of a phase on a path, where the programme knows of none."""
    if any(miss.limit == "phase" for miss in made.solved.misses):
        return 0.0
    shown = [chosen_event(*one, path, question.world.earth) for one in _served(question, made)]
    return max([0.0, *(-inside_deg(one.passage.phase_deg, one.choice) for one in shown if one.passage)])


# --- events ----------------------------------------------------------------------------------------------------------


def _event_model(question: Question, event: Event, path: StationPath) -> EventModel:
    """An event as the programme reads it, with the days around the planned one on which it could be served."""
    steps = question.decision.policy.lowering_step
    reach = question.scenario.rules.event_days
    offsets = sorted(range(-reach, reach + 1), key=lambda day: (abs(day), day))
    days = [found for offset in offsets if (found := _event_day(question, event, path, offset, steps))]
    if not days:  # no pass on that day: on one of its neighbours there is
        days = [found for offset in (-1, 1) if (found := _event_day(question, event, path, offset, steps))]
    return EventModel(event, tuple(days))


def _event_day(question: Question, event: Event, path: StationPath, offset: int, steps: int) -> EventDay | None:
    """One day of an event; None outside the plan or where the site meets the plane on no instant of it."""
    day = event.day + timedelta(days=offset)
    row = path.row_of(day)
    if not 1 <= row <= steps:
        return None
    eo = question.world.earth
    passage = passage_on(event, day, path.orbit_at(row), eo)
    if passage is None:
        return None
    node, latitude = _per_km_day(path, row)
    turn = _turn_deg(event, day, path, row, passage.phase_deg, eo)
    moved = passage_on(event, day, path.orbit_at(row, latitude, node), eo)
    change = 0.0 if moved is None else math.remainder(moved.phase_deg - passage.phase_deg, turn)
    return EventDay(row, passage.phase_deg, change, DAY_COST_KG * abs(offset), event.choices, turn)


def _turn_deg(event: Event, day: date, path: StationPath, row: int, phase_deg: float, eo: EarthOrientation) -> float:
    """By how much the phase of an event changes with a revolution more of the station.

    More than 360 degrees for launches: liftoff waits for a phase that takes long to catch up, and the station goes on.
    """
    for nudge in (NUDGE_RAD, -NUDGE_RAD):  # one of them stays within the turn
        moved = passage_on(event, day, path.orbit_at(row, nudge), eo)
        if moved is not None and abs(moved.phase_deg - phase_deg) < 0.5 * FULL_DEG:
            return math.tau * (moved.phase_deg - phase_deg) / nudge
    return FULL_DEG


def _per_km_day(path: StationPath, row: int) -> tuple[float, float]:
    """By how much node and argument of latitude change if the station was a kilometre higher for a day, rad."""
    a_km = float(path.after_km[row]) + EARTH_RADIUS_KM
    eccentricity = float(path.eccentricity[row])
    node, latitude = secular_rates(np.array([a_km - 0.5, a_km + 0.5]), eccentricity, path.inclination_rad)
    return float(node[1] - node[0]) * DAY_S, float(latitude[1] - latitude[0]) * DAY_S


# --- the plan --------------------------------------------------------------------------------------------------------


def replay_reboosts(scenario: Scenario, world: World, track: Track, document: Operate) -> ReboostPlan:
    """The plan of an earlier document, flown again: nothing is decided anew.

    Args:
        scenario: as it was when the document was made.
        world: likewise.
        track: likewise.
        document: with its schedule, phases and solver.

    Returns:
        The plan, with the same bits as when it was made.
    """
    question = question_of(scenario, world, track)
    midnight = {to_utc(float(tt_s), 0): row for row, tt_s in enumerate(question.decision.schedule.tt_s)}
    planned = tuple(
        PlannedBurn(midnight[burn.utc] - 1, burn.source, burn.altitude_after_km) for burn in document.schedule
    )
    windows = {(window.flight, window.event): window for window in document.phases}
    served = []
    for event in question.events:
        window = windows.get((event.flight, event.kind))
        if window is not None:
            row = (event.day - question.decision.first_day).days + window.days_from_plan
            served.append(Served(event, row, next(one for one in event.choices if one.name == window.scheme)))
    solver = document.solver or _nothing_decided()
    return _finished(question, planned, served, lambda _kg, _burns: solver)


def fly_again(scenario: Scenario, world: World, track: Track, plan: ReboostPlan) -> ReboostPlan:
    """The same decision with another descent or other dates: flown again, nothing decided anew.

    Args:
        scenario: differs from that of the plan in nothing that its schedule depends on.
        world: as it was when the plan was made.
        track: likewise.
        plan: to be flown.

    Returns:
        The plan, with the same bits as if it had been found for this scenario.
    """
    question = question_of(scenario, world, track)
    planned = tuple(PlannedBurn(burn.step, burn.tank, burn.altitude_after_km) for burn in plan.planned)
    served = [Served(one.event, (one.day - question.decision.first_day).days, one.choice) for one in plan.events]
    return _finished(question, planned, served, lambda _kg, _burns: plan.solver)


def _finished(
    question: Question,
    planned: tuple[PlannedBurn, ...],
    served: Sequence[Served],
    solver_of: Callable[[float, int], Solver],
) -> ReboostPlan:
    """Fly a schedule under all lines, and hold it against every limit."""
    world, scenario = question.world, question.scenario
    decision = question.decision.with_plan(planned, question.decision.policy.lowering_step)
    flown = fly(decision, [world.weather.line(line) for line in LINES], world.climate, names=LINES)
    path = path_of(decision, flown, MEAN, question.track)
    events = tuple(chosen_event(one.event, one.row, one.choice, path, world.earth) for one in served)
    known = {(one.event.flight, one.event.kind) for one in served}
    lost = (event for event in question.events if (event.flight, event.kind) not in known)
    events += tuple(ChosenEvent(event, event.day, event.choices[0], None, False) for event in lost)
    purposes = _purposes(planned, events, path)
    reserve = reserve_kg(scenario, decision, question.loss, path)
    reboosts = reboosts_of(flown, decision, MEAN, purposes)
    return ReboostPlan(
        planned=tuple(
            PlannedReboost(burn.step, burn.tank, burn.altitude_km, purposes.get(burn.step, "altitude"))
            for burn in planned
        ),
        events=events,
        decision=decision,
        flown=flown,
        reboosts=reboosts,
        lower_km=question.lower_km,
        reserve_kg=reserve,
        solver=solver_of(sum(burn.propellant_kg for burn in reboosts), len({burn.utc for burn in reboosts})),
        violations=violations_of(scenario, decision, flown, MEAN, path, events, question.lower_km, reserve),
    )


def _served(question: Question, made: _Round) -> tuple[Served, ...]:
    """How a programme serves its events, by day."""
    served = []
    for model, (day, choice) in zip(made.events, made.solved.events, strict=True):
        one = model.days[day]
        served.append(Served(model.event, one.row, one.choices[choice]))
    return tuple(sorted(served, key=lambda one: (one.row, one.event.flight, one.event.kind)))


def _purposes(planned: tuple[PlannedBurn, ...], events: tuple[ChosenEvent, ...], path: StationPath) -> dict[int, str]:
    """Burns that an event decides: the last one before an event whose phase is at the edge of what it may be."""
    purposes: dict[int, str] = {}
    for event, day, choice, passage, _ in events:
        if passage is None or inside_deg(passage.phase_deg, choice) > PHASE_MARGIN_DEG + BINDING_DEG:
            continue
        earlier = [burn.step for burn in planned if burn.step + 1 < path.row_of(day)]
        if earlier:
            purposes.setdefault(earlier[-1], f"phase: {event.kind} of {event.flight}")
    return purposes


def _nothing_decided() -> Solver:
    return Solver(
        method="none", status="nothing to decide", objective_kg=0.0, bound_kg=0.0, gap=0.0, burns=0, slots=0,
        rounds=0, linear_error_km=0.0,
    )  # fmt: skip


def _solver(made: _Round, propellant_kg: float, burns: int, rounds: int, error_km: float) -> Solver:
    """How good the schedule is: as flown, against the bound that no schedule beats, even one without events."""
    objective = made.solved.objective_kg - made.solved.propellant_kg + propellant_kg
    gap = max(objective - made.bound_kg, 0.0) / abs(objective) if abs(objective) > LEAST_KG else 0.0
    status = "optimal" if gap <= GAP else "within the gap asked for" if gap <= ASKED_GAP else "search limit"
    return Solver(
        method="mixed-integer linear programme (HiGHS) about the averaged flight",
        status=status,
        objective_kg=objective,
        bound_kg=made.bound_kg,
        gap=gap,
        burns=burns,
        slots=len(made.model.made),
        rounds=rounds,
        linear_error_km=error_km,
    )
