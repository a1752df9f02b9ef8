"""Ways down: starts and amounts of two stages of lowering, what is there to pay for them, and how each one comes down.

The first stage is paid by what is docked when lowering starts, the second by the deorbit vehicle once it is there. Each
way is flown once, from the midnight on which lowering starts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.activity_lines import departure_s
from pointnemo.descent.lowering.held_until import Held, deadline_s, hold
from pointnemo.descent.lowering.suppliers import Payer, first_payers
from pointnemo.errors import FlightError
from pointnemo.motion.history import Decision, SecondStage, fly
from pointnemo.scenario import expand_flights
from pointnemo.scenario.stays import stretches
from pointnemo.station.stack import brought_propellant_kg
from pointnemo.world.time import DAY_S

if TYPE_CHECKING:
    from pointnemo.motion.history import Flown
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World
    from pointnemo.world.weather import Activity

__all__ = ["PASS_DAYS", "DeorbitVehicle", "Outcome", "Start", "Way", "Ways", "deorbit_vehicle_of", "ways_of"]

PASS_DAYS = 1.0  # the pass over the aim may come so much later than in the plan: entry is sought so much earlier
BEYOND_DAYS = 365  # a way that comes down later than this after the target date is not followed to its end


class Way(NamedTuple):
    """What the search turns.

    Attributes:
        start: step of the schedule at whose midnight lowering starts.
        first_kg: of the first stage, as of the scenario's lowering vehicle.
        second: step at whose midnight the second stage starts.
        second_kg: of the second stage, of the deorbit vehicle.
        hold_km: mean altitude below which neither lowers.
    """

    start: int
    first_kg: int
    second: int
    second_kg: int
    hold_km: float


class Outcome(NamedTuple):
    """How a way comes down.

    Attributes:
        entry_s: TT seconds of entry; inf where it is later than what is followed.
        departure_s: TT seconds at which the crew leaves.
        first_kg, second_kg: spent by the stages; less than offered where the hold altitude is reached before.
    """

    entry_s: float
    departure_s: float
    first_kg: float
    second_kg: float


class DeorbitVehicle(NamedTuple):
    """The deorbit vehicle as a payer of the second stage.

    Attributes:
        key: of its flight.
        dock: day on which it docks; None where it does not fly.
        undock: day on which it leaves.
        first: first day on which it can lower: the one after its docking at a port that lowers; None where it cannot.
        brought_kg: propellant that it brings.
        kept_kg: of that for the final burns, the reserve and steering in the targeted phase.
        most_kg: what is left of it for lowering.
        kg_per_day: how fast it lowers.
        why_not: why it cannot lower; empty where it can.
    """

    key: str
    dock: date | None
    undock: date | None
    first: date | None
    brought_kg: float
    kept_kg: float
    most_kg: int
    kg_per_day: float
    why_not: str


class Start(NamedTuple):
    """A start of lowering.

    Attributes:
        held: the station then.
        payers: who pays for the first stage, in the order in which they do.
        most_kg: what they have together, as of the scenario's lowering vehicle.
        attitude_kg: what attitude control has above the reserves until the target date, if none of it is spent on
            lowering; negative where it lacks.
    """

    held: Held
    payers: tuple[Payer, ...]
    most_kg: int
    attitude_kg: float


@dataclass
class Ways:
    """What every way stands on, and those that have been flown.

    Attributes:
        decision: the plan's, without its lowering; the deorbit vehicle pays for the second stage.
        scenario: the plan's.
        world: nature.
        activity: solar activity.
        phase_s: from the end of the averaged flight to entry, s.
        vehicle: the deorbit vehicle.
        deadline_s: TT seconds before which entry is sought: ``PASS_DAYS`` before the target date ends.
        starts: step -> start of lowering; None where the station cannot be held until then.
        known: way -> outcome.
        asked: ways whose outcome was asked for since it was emptied last.
    """

    decision: Decision
    scenario: Scenario
    world: World
    activity: Activity
    phase_s: float
    vehicle: DeorbitVehicle
    deadline_s: float
    starts: dict[int, Start | None] = field(default_factory=dict)
    known: dict[Way, Outcome] = field(default_factory=dict)
    asked: set[Way] = field(default_factory=set)

    def day(self, step: int) -> date:
        """The day of a step."""
        return self.decision.first_day + timedelta(days=step)

    def step(self, day: date) -> int:
        """The step of a day."""
        return (day - self.decision.first_day).days

    def start(self, step: int) -> Start | None:
        """Hold the station until a step, once; None where that cannot be done, or it is down before."""
        if step not in self.starts:
            self.starts[step] = _start_of(self, step)
        return self.starts[step]

    @property
    def second_over_first(self) -> float:
        """Specific impulse of the second stage's engine over that of the first's; 1 where there is no second."""
        policy, isp = self.decision.policy, self.decision.schedule.specific_impulse_s
        return float(isp[policy.second_tank] / isp[policy.lowering_tank]) if policy.second_tank >= 0 else 1.0

    def outcome(self, way: Way) -> Outcome:
        """How a way comes down, flown once."""
        self.asked.add(way)
        if way not in self.known:
            self.known[way] = _outcome_of(self, way)
        return self.known[way]

    def fly(self, way: Way, activity: Activity | None = None) -> Flown:
        """Fly a way from the epoch to its end, days kept.

        Args:
            way: what is flown.
            activity: another one than that of the search; None takes that.

        Raises:
            FlightError: the station cannot be held until lowering starts.
        """
        weather = self.world.weather.line(activity or self.activity)
        lowered = self.decision.with_lowering(self.day(way.start), way.first_kg, self.second(way), way.hold_km)
        return fly(lowered, [weather], self.world.climate, names=(weather.activity,))

    def second(self, way: Way) -> SecondStage:
        """The second stage of a way."""
        return SecondStage(self.day(max(way.second, way.start)), float(way.second_kg), self.vehicle.kg_per_day)

    def margin_days(self, entry_s: float) -> float:
        """Days from an entry to the end of the target date."""
        return (self.deadline_s + 1.0 - entry_s) / DAY_S + PASS_DAYS

    def entry_of(self, flown: Flown) -> float:
        """TT seconds of entry of a flight; inf where it is not reached."""
        return float(flown.handover_tt_s[0]) + self.phase_s if flown.handed_over[0] else math.inf


def ways_of(
    decision: Decision, scenario: Scenario, world: World, activity: Activity, phase_s: float, burns_kg: float
) -> Ways:
    """Make ready to search.

    Args:
        decision: the plan's, with its reboosts.
        scenario: the plan's.
        world: nature.
        activity: solar activity.
        phase_s: from the end of the averaged flight to entry, s.
        burns_kg: propellant of the targeted burns.
    """
    key = scenario.descent.deorbit_vehicle
    tank = decision.tanks.index(key) if key in decision.tanks else -1
    policy = decision.policy._replace(second_tank=tank, second_kg=0.0, second_brought=False, lowering_kg=0.0)
    return Ways(
        decision=replace(decision, policy=policy),
        scenario=scenario,
        world=world,
        activity=activity,
        phase_s=phase_s,
        vehicle=deorbit_vehicle_of(scenario, phase_s, burns_kg),
        deadline_s=deadline_s(scenario.horizon.deorbit_by) - PASS_DAYS * DAY_S,
    )


def deorbit_vehicle_of(scenario: Scenario, phase_s: float, burns_kg: float) -> DeorbitVehicle:
    """The deorbit vehicle as a payer of the second stage.

    Args:
        scenario: its flight, engine and port.
        phase_s: length of the targeted phase, in which it steers, s.
        burns_kg: propellant of the targeted burns.
    """
    descent = scenario.descent
    key, second = descent.deorbit_vehicle, descent.second_lowering
    rate = descent.lowering_kg_per_day if second is None else second.kg_per_day
    kept = burns_kg + descent.deorbit_reserve_kg + descent.attitude_kg_per_day * phase_s / DAY_S
    flight = expand_flights(scenario).get(key)
    if flight is None:
        return DeorbitVehicle(key, None, None, None, 0.0, kept, 0, rate, f"{key} does not fly")
    brought = brought_propellant_kg(flight, scenario)
    lowers = [begin for port, begin, _ in stretches(flight) if scenario.station.ports[port].lowers]
    most = max(math.floor(brought - kept), 0)
    why = ""
    if not scenario.vehicles[flight.vehicle].can_lower:
        why = f"the engine of {key} does not lower"
    elif not lowers:
        why = f"{key} docks at no port that lowers"
    elif most == 0:
        why = f"{key} needs all of its {brought:,.0f} kg for the targeted phase ({kept:,.0f} kg)"
    # nothing thrusts on the day on which a vehicle docks
    first = None if why else min(lowers) + timedelta(days=1)
    return DeorbitVehicle(key, flight.dock, flight.undock, first, brought, kept, 0 if why else most, rate, why)


def _start_of(ways: Ways, step: int) -> Start | None:
    """Hold the station, and see who is there."""
    decision, scenario = ways.decision, ways.scenario
    try:
        held = hold(decision, ways.world, ways.world.weather.line(ways.activity), step)
    except FlightError:  # the re-planning rule holds it with more reboosts than the log of a flight has room for
        return None
    if math.isfinite(held.down_tt_s):
        return None
    levels = dict(zip(decision.tanks, map(float, held.level_kg), strict=True))
    payers = first_payers(scenario, held.day, levels)
    schedule = decision.schedule
    feeding = schedule.attitude_order
    aboard = feeding[(schedule.from_step[feeding] < step) & (schedule.to_step[feeding] > step)]
    station = schedule.is_station[aboard]
    usable = held.level_kg[aboard] - np.where(station, schedule.reserve_kg[aboard], 0.0)
    until = ways.step(scenario.horizon.deorbit_by)
    coming = feeding[(schedule.from_step[feeding] >= step) & (schedule.from_step[feeding] <= until)]
    needed = decision.policy.attitude_kg_per_day * max(until - step, 0)
    spare = float(usable.sum() + schedule.brought_kg[coming].sum()) - needed
    return Start(held, payers, math.floor(sum(one.equivalent_kg for one in payers)), spare)


def _outcome_of(ways: Ways, way: Way) -> Outcome:
    """Fly a way from the midnight on which lowering starts, no further than its end matters."""
    start = ways.start(way.start)
    if start is None:
        raise FlightError(f"the station cannot be held until {ways.day(way.start)}, when lowering should start")
    end = ways.step(ways.scenario.horizon.deorbit_by) + BEYOND_DAYS
    end = min(max(end, way.start + 1), len(ways.decision.schedule.dry_mass_kg))
    resumed = start.held.resumed(ways.decision, end)
    lowered = resumed.with_lowering(None, way.first_kg, ways.second(way), way.hold_km)
    weather = ways.world.weather.line(ways.activity)
    flown = fly(lowered, [weather], ways.world.climate, names=(weather.activity,), keep_days=False)
    entry = ways.entry_of(flown)
    departure = departure_s(flown, 0, ways.scenario, entry if math.isfinite(entry) else None)
    first, second = flown.stages
    return Outcome(entry, departure, float(first.propellant_kg[0]), float(second.propellant_kg[0]))
