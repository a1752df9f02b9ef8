"""The cases: each prepares two callables that do comparable work; the printed ratio is the second over the first."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks import scale

if TYPE_CHECKING:
    from pointnemo.motion.history import Decision
    from pointnemo.results import Track
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

Pair = tuple[Callable[[], object], Callable[[], object]]

WARMING_RUNS = 4  # after which Java's compiler has done its work
SWARM = 64


class Case(NamedTuple):
    """One comparison.

    Attributes:
        text: what is compared.
        prepare: makes both callables; raises ``Unavailable`` where the other program or its data are missing.
        gate: least ratio that we promise; none where the ratio only informs.
        pieces: how many times the work of the second callable the first one does in a call.
        limit_s: longest time of the first callable that we promise; none where the ratio alone counts.
        peak_mb: measures the most memory held, MB; none where memory is not looked at.
        limit_mb: most memory that we promise.
    """

    text: str
    prepare: Callable[[], Pair]
    gate: float | None = None
    pieces: int = 1
    limit_s: float | None = None
    peak_mb: Callable[[], float] | None = None
    limit_mb: float = 0.0


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


def operating_for_years() -> tuple[Scenario, World, Track, Decision]:
    """The shipped scenario with its start state and its decision without a plan."""
    from pointnemo.scenario import load_scenario
    from pointnemo.station.packing import decide
    from pointnemo.station.stack import mass_at
    from pointnemo.tracking import track
    from pointnemo.world import load_world
    from pointnemo.world.time import from_utc

    world, scenario = load_world(), load_scenario("iss")
    tracked = track(scenario, world, mass_at(scenario, from_utc(scenario.orbit.epoch_utc.isoformat())))
    return scenario, world, tracked, decide(scenario, world, tracked)


def histories_of_a_plan() -> Pair:
    """Three altitude histories from the epoch to the end of operations, and a tenth of a second."""
    from dataclasses import replace

    from pointnemo.motion.history import fly

    _, world, _, decision = operating_for_years()
    steps, schedule = decision.policy.lowering_step, decision.schedule
    whole = len(schedule.dry_mass_kg)
    ends = {whole: steps, whole + 1: steps + 1}
    cut = {
        name: np.ascontiguousarray(array[..., : ends.get(array.shape[-1], array.shape[-1])])
        for name, array in schedule._asdict().items()
    }
    until = replace(decision, schedule=schedule._replace(**cut))
    lines = [world.weather.line(name) for name in ("low", "mean", "high")]
    return lambda: fly(until, lines, world.climate), lambda: time.sleep(0.1)


def planning_reboosts() -> Pair:
    """The schedule of reboosts found and flown numerically, against the numerical flight alone."""
    from pointnemo.operations.reboosts import plan_reboosts
    from pointnemo.operations.reflight import refly

    scenario, world, tracked, _ = operating_for_years()
    plan = plan_reboosts(scenario, world, tracked)
    return (
        lambda: refly(plan_reboosts(scenario, world, tracked), scenario, world, tracked, workers=2),
        lambda: refly(plan, scenario, world, tracked, workers=2),
    )


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


def _orekit() -> Callable[[], object]:
    """Ten days of Orekit, its Java machine warm."""
    from benchmarks import orekit_peer

    def fly() -> object:
        return orekit_peer.propagate(10.0)

    for _ in range(WARMING_RUNS):
        fly()
    return fly


def orekit_single(anew: bool) -> Pair:
    """Ten days of one trajectory: ours with the density tables made anew, or as they lie, against Orekit."""
    from benchmarks import orekit_peer
    from pointnemo.motion import lastdays
    from pointnemo.world import load_world
    from pointnemo.world.time import from_utc

    theirs = _orekit()
    world, epoch = load_world(), from_utc(orekit_peer.START_UTC)
    stop = epoch + 10 * 86400.0
    forces = lastdays.Forces(cd_area_m2=orekit_peer.CD_AREA_M2, gravity_degree=orekit_peer.DEGREE)
    state = lastdays.State(epoch, orekit_peer.POSITION_KM, orekit_peer.VELOCITY_KM_S, orekit_peer.MASS_KG)

    def ours() -> None:
        if anew:
            lastdays._air_of_day.cache_clear()
        environment = lastdays.prepare(world, epoch, stop, forces, lowest_km=200.0)
        lastdays.fly(state, [], environment, stop_height_km=200.0, stop_tt_s=stop)

    return ours, theirs


def orekit_ensemble() -> Pair:
    """Ten days of a swarm on two workers, tables made anew, against one trajectory of Orekit."""
    from benchmarks import orekit_peer
    from pointnemo.motion import lastdays
    from pointnemo.motion.swarm import fly_members
    from pointnemo.world import load_world
    from pointnemo.world.time import from_utc

    theirs = _orekit()
    world, epoch = load_world(), from_utc(orekit_peer.START_UTC)
    stop = epoch + 10 * 86400.0
    forces = lastdays.Forces(cd_area_m2=orekit_peer.CD_AREA_M2, gravity_degree=orekit_peer.DEGREE)
    rng = np.random.default_rng(0)
    start = np.concatenate([orekit_peer.POSITION_KM, orekit_peer.VELOCITY_KM_S])
    states = start + rng.normal(size=(SWARM, 6)) * [0.1, 0.1, 0.1, 1e-4, 1e-4, 1e-4]

    def ours() -> None:
        lastdays._air_of_day.cache_clear()
        environment = lastdays.prepare(world, epoch, stop, forces, lowest_km=200.0)
        scales = 1.0 + 0.1 * rng.normal(size=(SWARM, len(environment.air)))
        fly_members(environment, epoch, states, orekit_peer.MASS_KG, day_scale=scales, sample_tt_s=[stop], workers=2)

    return ours, theirs


def reading_an_ephemeris() -> Pair:
    """An ISS ephemeris of NASA, 5,800 states in XML, against the package ``oem``."""
    from benchmarks.reference import Unavailable, unpacked
    from pointnemo.formats.tracking_files import read_tracking

    try:
        from oem import OrbitEphemerisMessage
    except ImportError:
        raise Unavailable("the package oem is missing; `make test` installs it with the other tools") from None
    path = unpacked("oem/ISS_OEM_2022-02-18.xml.xz")
    # the package does not look into the <ndm> that NASA wraps around its message
    text = path.read_text(encoding="utf-8")
    path = path.with_name("unwrapped.xml")
    path.write_text(text.replace("<ndm>", "").replace("</ndm>", ""), encoding="utf-8")
    return lambda: read_tracking(path), lambda: OrbitEphemerisMessage.open(path)


def prediction_of_two_weeks() -> Pair:
    """One tracking file, predicted for 15 days with 200 members, on 2 workers against 1."""
    from benchmarks.reference import unpacked
    from pointnemo.formats.tracking_files import read_tracking
    from pointnemo.tracking.follow import track_files
    from pointnemo.world import load_world

    world, file = load_world(), read_tracking(unpacked("oem/ISS_OEM_2022-02-18.xml.xz"))
    return (
        lambda: track_files([file], world, days=15.0, members=200, workers=2),
        lambda: track_files([file], world, days=15.0, members=200, workers=1),
    )


def targeting_the_last_days() -> Pair:
    """Phase and burns found that bring the station down at Point Nemo, against one flight of them to the ground."""
    from pointnemo.descent.geometry import GroundTrack
    from pointnemo.descent.targeted.engine import engine_of, ordered_burns
    from pointnemo.descent.targeted.sequence import HandOver, start_state
    from pointnemo.descent.targeted.targeting import aim_at, revolutions_needed
    from pointnemo.motion.lastdays import Forces, fly, prepare
    from pointnemo.motion.mean_elements import Mean
    from pointnemo.scenario import load_scenario
    from pointnemo.world import load_world
    from pointnemo.world.earth import EARTH_RADIUS_KM
    from pointnemo.world.time import from_utc

    scenario, world, begin = load_scenario("iss"), load_world(), from_utc("2030-12-29T00:00:00Z")
    burns, engine, aim = ordered_burns(scenario.descent.burns), engine_of(scenario), scenario.descent.aim
    mean = Mean(EARTH_RADIUS_KM + 225.0, 0.0, 0.001, np.radians(51.63), 2.0, 0.0)
    start = HandOver(begin, mean, 450e3)
    stop = begin + (revolutions_needed(burns, start, engine) + 2) * 5400.0 + 86400.0
    environment = prepare(world, begin, stop, Forces(cd_area_m2=scenario.station.drag.cd_area_m2))
    track = GroundTrack.through(aim.latitude_deg, aim.longitude_deg, 51.63, "descending")
    found = aim_at(track, start, burns, engine, environment)
    state = start_state(start, found.burn_argument_rad - found.travel_rad, environment)
    commands = [one.command for one in found.sequence.burns]
    return (
        lambda: aim_at(track, start, burns, engine, environment),
        lambda: fly(
            state, commands, environment, stop_height_km=0.0, stop_tt_s=stop, coast_flow_kg_s=engine.attitude_kg_s
        ),
    )


CASES: dict[str, Case] = {
    "history-vs-numerical": Case(
        "numerical year (last-days kernel) / averaged history to entry", history_against_numerical
    ),
    "history-operate": Case(
        "0.1 s / three averaged histories to the end of operations", histories_of_a_plan, gate=1.0, limit_s=0.1
    ),
    "plan-reboosts": Case("re-flight / reboosts planned and flown, 2 workers", planning_reboosts, limit_s=60.0),
    "history-batch": Case("20 histories one by one / in one call", averaged_runs),
    "targeting": Case(
        "one flight of the last days / burns and phase found for it", targeting_the_last_days, limit_s=10.0
    ),
    "fragments-two-workers": Case("10,000 fragments with 1 worker / with 2", fragments_with_heating),
    "million-cold": Case(
        "1.2 s / 20,000 fragments from 78 km without heating, 2 workers; a million takes 50 times as long: 60 s",
        scale.million_cold,
        gate=1.0,
    ),
    "million-heated": Case(
        "3.6 s / break-up into 20,000 with heating, 2 workers; a million takes 50 times as long: 180 s",
        scale.million_heated,
        gate=1.0,
        peak_mb=scale.peak_mb,
        limit_mb=scale.MEMORY_LIMIT_MB,
    ),
    "flight-vs-orp": Case(
        "one fall by the program ORP, its start-up with it / each of 20,000 of ours on 2 workers, both without heating",
        scale.flights_against_orp,
        gate=100.0,
        pieces=scale.PIECES,
    ),
    "orekit-single": Case(
        "10 days, Orekit / ours, density tables from 200 km up made anew", lambda: orekit_single(anew=True), gate=2.0
    ),
    "orekit-single-warm": Case("10 days, Orekit / ours with tables at hand", lambda: orekit_single(anew=False)),
    "orekit-ensemble": Case(
        "10 days, Orekit / each of 64 of ours on 2 workers", orekit_ensemble, gate=8.0, pieces=SWARM
    ),
    "prediction": Case("15 days with 200 members, 1 worker / 2", prediction_of_two_weeks, limit_s=20.0),
    "oem-read": Case("NASA's ephemeris in XML, package oem / read_tracking", reading_an_ephemeris, gate=10.0),
}
