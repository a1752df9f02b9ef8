"""The best way down: from the end of operations to entry interface, for each of three objectives.

All of it is averaged flight under mean solar activity; the last days are taken to last as long as those of the plan,
and entry is sought a day before the target date ends, since the pass over the aim may come so much later.
What is sought is in ``search``, what must be kept in ``limits``. Propellant counts what is spent on
lowering; a later start also takes reboosts until then, which are not in it.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, get_args

from pointnemo.descent.lowering.limits import FlownWay, constraints_of, missed
from pointnemo.descent.lowering.search import ALIKE_S, best_way, earlier_start, least_late, more_first_stage
from pointnemo.descent.lowering.ways import PASS_DAYS, Way, Ways, ways_of
from pointnemo.descent.words import beside, days_of
from pointnemo.errors import FlightError
from pointnemo.motion.history import Decision, fly
from pointnemo.results import LoweringStage, Optimum, Strategy
from pointnemo.scenario.models import Objective
from pointnemo.scenario.overrides import assignment
from pointnemo.world.time import DAY_S, from_date, from_utc, to_date, to_utc, to_utc_if_finite

if TYPE_CHECKING:
    from pointnemo.motion.history import Stage
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World
    from pointnemo.world.weather import Activity

__all__ = ["OBJECTIVES", "optimum_of"]

OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
ACTIVITY: Activity = "mean"
OTHERS: tuple[Activity, ...] = ("low", "high")
SAME_DAYS = 1
SAME_KG = 10.0
WORDS: dict[Objective, str] = {
    "least-propellant": "Least propellant",
    "latest-crew-departure": "Latest departure of the crew",
    "largest-margin": "Largest margin",
}


def optimum_of(
    decision: Decision,
    scenario: Scenario,
    world: World,
    phase_s: float,
    burns_kg: float,
    workers: int | None = None,
    objective: Objective | None = None,
    objectives: tuple[Objective, ...] = OBJECTIVES,
) -> Optimum:
    """The best ways from the end of operations to entry interface, and whether the plan is the one that was asked for.

    Turned are the day on which lowering starts, the propellant of a first stage that is paid by what is docked then,
    the day and the propellant of a second stage that the deorbit vehicle pays once it is there, and the hold altitude.

    Args:
        decision: the plan's, with its reboosts and its lowering; a start later than the plan's is held by the
            re-planning rule.
        scenario: the plan's.
        world: nature.
        phase_s: time from the end of the averaged flight to entry, s.
        burns_kg: what the targeted burns take.
        workers: threads at most, for the flights under other solar activity. The result does not depend on it.
        objective: which strategy is the chosen one; None takes the scenario's.
        objectives: which are sought.

    Returns:
        A strategy for each of them. Where none keeps the target date they all are the way that misses it least; there
        is none where the station cannot be held for a day.
    """
    chosen = scenario.descent.objective if objective is None else objective
    ways = ways_of(decision, scenario, world, ACTIVITY, phase_s, burns_kg)
    sought, cost = {}, {}
    for one in objectives:
        ways.asked.clear()
        found = best_way(ways, one)
        sought[one] = None if found is None else found.way
        cost[one] = len(ways.asked)
    late = least_late(ways) if None in sought.values() else None
    taken = {one: way or late for one, way in sought.items()}
    distinct = list(dict.fromkeys(way for way in taken.values() if way is not None))
    tasks = [(way, activity) for way in distinct for activity in OTHERS]
    with ThreadPoolExecutor(max(min(len(tasks), workers or len(OTHERS)), 1)) as pool:
        entries = dict(zip(tasks, pool.map(lambda task: _entry_utc(ways, *task), tasks), strict=True))
    strategies = []
    for one in objectives:
        way = taken[one]
        if way is None:
            continue
        other = (entries[way, "low"], entries[way, "high"])
        strategies.append(_strategy(ways, one, _flown(ways, way), other, cost[one], sought[one] is None, burns_kg))
    best = next((one for one in strategies if one.objective == chosen), None)
    best_is_plan = best is not None and best.feasible and _same(ways, _plan_way(decision, scenario), taken[chosen])
    return Optimum(
        activity=ACTIVITY,
        chosen=chosen,
        strategies=tuple(strategies),
        plan_is_best=best_is_plan,
        text=_text(ways, decision, tuple(strategies), best, best_is_plan),
    )


# --- flights ---------------------------------------------------------------------------------------------------------


def _flown(ways: Ways, way: Way) -> FlownWay:
    """Fly a way as a whole."""
    flown = ways.fly(way)
    entry = ways.entry_of(flown)
    first_s, *_, last_s = flown.history.tt_s
    departure = max(min(ways.departure_s(flown, entry), float(last_s)), float(first_s))
    return FlownWay(way, flown, entry, departure, flown.altitude_at(0, departure))


def _entry_utc(ways: Ways, way: Way, activity: Activity) -> str | None:
    """Entry of a way in another world, in which the station was held, too."""
    try:
        return to_utc_if_finite(ways.entry_of(ways.fly(way, activity)))
    except FlightError:  # it cannot be held until then
        return None


def _plan_way(decision: Decision, scenario: Scenario) -> Way:
    """The plan's own lowering as a way."""
    policy = decision.policy
    second = max(policy.second_step, policy.lowering_step)
    first_kg, second_kg = round(policy.lowering_kg), round(policy.second_kg)
    return Way(policy.lowering_step, first_kg, second, second_kg, scenario.descent.hold_altitude_km)


def _same(ways: Ways, plan: Way, way: Way | None) -> bool:
    """Whether a plan is a way, within a day and ten kilograms."""
    if way is None or abs(plan.start - way.start) > SAME_DAYS or plan.hold_km != way.hold_km:
        return False
    paid = ways.scenario.descent.second_lowering
    flight = ways.scenario.flights.get(ways.vehicle.key)
    if plan.second_kg > SAME_KG and paid is not None and (flight is None or paid.vehicle != flight.vehicle):
        return False
    apart = abs(plan.second - way.second) if way.second_kg > SAME_KG else 0
    kg = max(abs(plan.first_kg - way.first_kg), abs(plan.second_kg - way.second_kg))
    return kg <= SAME_KG and apart <= SAME_DAYS


# --- documents -------------------------------------------------------------------------------------------------------


def _strategy(
    ways: Ways,
    objective: Objective,
    found: FlownWay,
    other: tuple[str | None, str | None],
    evaluations: int,
    late: bool,
    burns_kg: float,
) -> Strategy:
    """A way as a document."""
    rows = constraints_of(ways, found)
    kept, why = all(row.ok for row in rows), missed(rows)
    if late and not kept:
        why = f"{why[:1].upper()}{why[1:]}. {_mends(ways, found)}"
    stages = (*_first_stages(ways, found), *_second_stages(ways, found))
    reserve_kg = ways.scenario.descent.deorbit_reserve_kg
    return Strategy(
        objective=objective,
        feasible=kept,
        why_not=why,
        lowering_start_utc=to_utc(found.flown.lowering_start_tt_s, 0),
        stages=stages,
        hold_altitude_km=found.way.hold_km,
        propellant_kg=sum(stage.propellant_kg for stage in stages),
        deorbit_left_kg=ways.vehicle.brought_kg - found.second_kg - burns_kg - reserve_kg,
        crew_departure_utc=to_utc(found.departure_s, 0),
        crew_departure_altitude_km=found.departure_km,
        entry_utc=to_utc_if_finite(found.entry_s),
        margin_days=ways.margin_days(found.entry_s) if math.isfinite(found.entry_s) else None,
        constraints=rows,
        set=_settings(ways, found.way),
        evaluations=evaluations,
        entry_low_utc=other[0],
        entry_high_utc=other[1],
    )


def _first_stages(ways: Ways, found: FlownWay) -> tuple[LoweringStage, ...]:
    """The first stage, a row for each of those who pay: one after the other, as they do."""
    stage, start = found.flown.stages[0], ways.start(found.way.start)
    spent = found.first_kg
    if spent <= 0.0 or start is None:
        return ()
    begin, length = float(stage.start_tt_s[0]), float(stage.end_tt_s[0] - stage.start_tt_s[0])
    rows, done = [], 0.0
    for payer in start.payers:
        share = min(payer.equivalent_kg, spent - done)
        if share <= 0.0:
            break
        rows.append(
            LoweringStage(
                supplier=payer.key,
                start_utc=to_utc(begin + length * done / spent, 0),
                end_utc=to_utc(begin + length * (done + share) / spent, 0),
                propellant_kg=share * payer.kg / payer.equivalent_kg,
                delta_v_mps=float(stage.delta_v_mps[0]) * share / spent,
            )
        )
        done += share
    return tuple(rows)


def _second_stages(ways: Ways, found: FlownWay) -> tuple[LoweringStage, ...]:
    """The second stage, if there is one."""
    stage: Stage = found.flown.stages[1]
    if found.second_kg <= 0.0:
        return ()
    row = LoweringStage(
        supplier=ways.vehicle.key,
        start_utc=to_utc(float(stage.start_tt_s[0]), 0),
        end_utc=to_utc(float(stage.end_tt_s[0]), 0),
        propellant_kg=found.second_kg,
        delta_v_mps=float(stage.delta_v_mps[0]),
    )
    return (row,)


def _settings(ways: Ways, way: Way) -> tuple[str, ...]:
    """What makes a plan fly a way."""
    descent = ways.scenario.descent
    lines = [
        assignment("descent.lowering_start", ways.day(way.start)),
        assignment("descent.lowering_propellant_kg", float(way.first_kg)),
        assignment("descent.lowering_vehicle", descent.lowering_vehicle),
        assignment("descent.hold_altitude_km", way.hold_km),
    ]
    flight = ways.scenario.flights.get(ways.vehicle.key)
    if flight is not None and (way.second_kg > 0 or descent.second_lowering is not None):
        day, vehicle, rate = ways.day(way.second).isoformat(), flight.vehicle, ways.vehicle.kg_per_day
        table = (
            f'{{ start = {day}, propellant_kg = {float(way.second_kg)}, vehicle = "{vehicle}", kg_per_day = {rate} }}'
        )
        lines.append(f"descent.second_lowering={table}")
    return tuple(lines)


# --- words -----------------------------------------------------------------------------------------------------------


def _mends(ways: Ways, found: FlownWay) -> str:
    """What would mend a way that is late, each by itself, and at what price."""
    scenario = ways.scenario
    mends = []
    earlier = earlier_start(ways)
    operate_until = scenario.horizon.operate_until
    if earlier is None:
        mends.append(f"No start of lowering before operations end on {operate_until} meets the date with what is there")
    else:
        day, days = ways.day(earlier.start), (operate_until - ways.day(earlier.start)).days
        paid = f"{earlier.first_kg:,} kg of what is docked then and {earlier.second_kg:,} kg of {ways.vehicle.key}"
        leaves = to_date(ways.outcome(earlier).departure_s)
        starts = f"Lowering would have to start by {day}, {days_of(days)} before operations end"
        mends.append(f"{starts}, with {paid}; the crew would leave on {leaves}")
    start = ways.start(found.way.start)
    there = 0 if start is None else start.most_kg
    wanted = more_first_stage(ways, found.way._replace(first_kg=there))
    if wanted is None:
        rate = scenario.descent.lowering_kg_per_day
        mends.append(f"no propellant spent from {ways.day(found.way.start)} on at {rate:g} kg a day would be in time")
    else:
        kg, vehicle = wanted - there, scenario.descent.lowering_vehicle
        load = scenario.vehicles[vehicle].propellant_kg
        loads = f", {math.ceil(kg / load)} more of {vehicle} with {load:,.0f} kg each," if load > 0.0 else ""
        mends.append(f"or {kg:,} kg more{loads} on {ways.day(found.way.start)}")
    if math.isfinite(found.entry_s):
        day = date.fromisoformat(to_date(found.entry_s + PASS_DAYS * DAY_S))
        days = (day - scenario.horizon.deorbit_by).days
        mends.append(f"or the target date would have to be {day}, {days_of(days)} later")
    return "; ".join(mends) + "."


def _text(
    ways: Ways, decision: Decision, strategies: tuple[Strategy, ...], best: Strategy | None, plan_is_best: bool
) -> str:
    """What the plan misses, what mends it, and at what price."""
    words = [_plan_words(ways, decision)]
    if best is None:
        return f"{words[0]} The station comes down before it can be lowered."
    if not any(one.feasible for one in strategies):
        words.append(f"No way from the end of operations keeps everything. {best.why_not}")
        return " ".join(words)
    if plan_is_best:
        words.append(f"That is the best way for {best.objective}, within {SAME_DAYS} day and {SAME_KG:g} kg.")
    target = ways.scenario.horizon.deorbit_by
    words += [f"{WORDS[one.objective]}: {_strategy_words(one, target)}" for one in strategies if one.feasible]
    words += [f"{WORDS[one.objective]}: not to be had. {one.why_not}" for one in strategies if not one.feasible]
    left = f"{ways.vehicle.kept_kg:,.0f} kg stay in {ways.vehicle.key} for the targeted phase in each of them."
    words.append(left)
    leaving = [WORDS[one.objective].lower() for one in strategies if _by_crews(ways, one)]
    if ways.last_crew is not None and leaving:
        words.append(f"The last crew cannot leave later ({', '.join(leaving)}): {ways.last_crew.why}.")
    return " ".join(words)


def _by_crews(ways: Ways, one: Strategy) -> bool:
    """Whether handovers and duties of crews decide when the last one leaves: the search comes so near to that day."""
    until, leaves = ways.last_crew, one.crew_departure_utc
    return until is not None and leaves is not None and from_utc(leaves) >= from_date(until.day) - ALIKE_S - 1.0


def _plan_words(ways: Ways, decision: Decision) -> str:
    """How the plan as decided comes down."""
    flown = fly(decision, [ways.world.weather.line(ways.activity)], ways.world.climate, names=(ways.activity,))
    entry = ways.entry_of(flown)
    target = ways.scenario.horizon.deorbit_by
    kg = float(flown.lowering_propellant_kg[0])
    means = f"with {kg:,.0f} kg of propellant" if kg > 0.0 else "by drag alone"
    starts = ways.day(decision.policy.lowering_step)
    told = f"As decided, lowering starts on {starts}, {means}: under mean solar activity"
    if not math.isfinite(entry):
        return f"{told} the station is still up when the data end, later than the target date {target}."
    day = to_utc(entry, 0)[:10]
    return f"{told} it enters on {day}, {beside(ways.margin_days(entry), target)}."


def _strategy_words(one: Strategy, target: date) -> str:
    """A strategy in one sentence."""
    spent = [f"{stage.propellant_kg:,.0f} kg of {stage.supplier} from {stage.start_utc[:10]}" for stage in one.stages]
    how = " and ".join(spent) or "drag alone"
    low, high = (utc[:10] if utc else "after the data end" for utc in (one.entry_low_utc, one.entry_high_utc))
    leaves = f"the crew leaves on {(one.crew_departure_utc or '')[:10]} at {one.crew_departure_altitude_km:.0f} km"
    enters = f"entry on {(one.entry_utc or '')[:10]}"
    if one.margin_days is not None:
        enters += f", {beside(one.margin_days, target)}"
    return (
        f"start on {one.lowering_start_utc[:10]}, {how}; {leaves}, {enters} (low solar activity: {low}, high: {high})."
    )
