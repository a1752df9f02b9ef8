"""The cases: each prepares two callables that do comparable work; the printed ratio is the second over the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Pair = tuple[Callable[[], object], Callable[[], object]]


class Case(NamedTuple):
    """One comparison."""

    text: str
    prepare: Callable[[], Pair]


def history_against_numerical() -> Pair:
    """A year of averaged history against a year flown numerically in steps of ten days."""
    from pointnemo.motion.history import fly
    from pointnemo.motion.lastdays import Forces, State, prepare
    from pointnemo.motion.lastdays import fly as fly_numerically
    from pointnemo.scenario import load_scenario
    from pointnemo.station.packing import decide
    from pointnemo.station.stack import mass_at
    from pointnemo.tracking import track
    from pointnemo.world import load_world
    from pointnemo.world.time import from_utc

    world, scenario = load_world(), load_scenario("iss")
    epoch = from_utc(scenario.orbit.epoch_utc.isoformat())
    tracked = track(scenario, world, mass_at(scenario, epoch))
    decision = decide(scenario, world, tracked)

    forces = Forces(cd_area_m2=3200.0)
    environment = prepare(world, epoch, epoch + 10 * 86400.0, forces)
    state = State(epoch, np.array(tracked.position_km), np.array(tracked.velocity_km_s), tracked.mass_kg)

    def numerical_year() -> None:
        for _ in range(36):
            fly_numerically(state, [], environment, stop_height_km=100.0, stop_tt_s=epoch + 10 * 86400.0)

    def averaged_years() -> None:
        fly(decision, [world.weather], world.climate, names=("mean",), keep_days=False)

    return averaged_years, numerical_year


def fragments_with_heating() -> Pair:
    """Break-up and fall of 10,000 fragments, one worker against two."""
    from pointnemo.planning.chain import run
    from pointnemo.planning.request import Request
    from pointnemo.reentry import EntryState, reenter
    from pointnemo.scenario import load_scenario
    from pointnemo.world import load_world
    from pointnemo.world.time import from_utc

    world, scenario = load_world(), load_scenario("iss", set=["reentry.fragments=10000"])
    entry = run(Request(upto="descend")).plan.descend.entry  # type: ignore[union-attr]
    state = EntryState(
        from_utc(entry.utc), entry.position_km, entry.velocity_km_s, entry.mass_kg, 3200.0, -48.88, -123.39
    )
    return (
        lambda: reenter(state, scenario, world, 0, 2),
        lambda: reenter(state, scenario, world, 0, 1),
    )


def averaged_runs() -> Pair:
    """Twenty histories in one call against twenty calls."""
    from pointnemo.motion.history import fly
    from pointnemo.scenario import load_scenario
    from pointnemo.station.packing import decide
    from pointnemo.station.stack import mass_at
    from pointnemo.tracking import track
    from pointnemo.world import load_world
    from pointnemo.world.time import from_utc

    world, scenario = load_world(), load_scenario("iss")
    epoch = from_utc(scenario.orbit.epoch_utc.isoformat())
    decision = decide(scenario, world, track(scenario, world, mass_at(scenario, epoch)))
    count = 20
    names = tuple(str(k) for k in range(count))

    def together() -> None:
        fly(decision, [world.weather] * count, world.climate, names=names, keep_days=False)

    def one_by_one() -> None:
        for name in names:
            fly(decision, [world.weather], world.climate, names=(name,), keep_days=False)

    return together, one_by_one


CASES: dict[str, Case] = {
    "history-vs-numerical": Case(
        "numerical year (last-days kernel) / averaged history to entry", history_against_numerical
    ),
    "history-batch": Case("20 histories one by one / in one call", averaged_runs),
    "fragments-two-workers": Case("10,000 fragments with 1 worker / with 2", fragments_with_heating),
}
