"""The chain from a request to a plan: load, track, operate, aim and descend, reenter, assess, judge."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from pointnemo.descent import LINES, GroundTrack, descend
from pointnemo.errors import Defect, FlightError, InputError, RunFolderError
from pointnemo.formats.tracking_files import read_many
from pointnemo.motion.history import SecondStage, fly
from pointnemo.operations.reboosts import MEAN, replay_reboosts
from pointnemo.operations.reflight import refly
from pointnemo.operations.rendezvous import rendezvous_defects
from pointnemo.operations.reserve import usable_kg
from pointnemo.operations.stage import operate
from pointnemo.operations.station_path import before_burns_km
from pointnemo.planning.assessing import assess_all
from pointnemo.planning.branching import with_final_break_up
from pointnemo.planning.descending import come_down, entry_state
from pointnemo.planning.driving import with_burn_errors
from pointnemo.planning.entering import before_entry, entered, judged
from pointnemo.planning.hashing import stage_hashes
from pointnemo.planning.reboosting import reboosts_for
from pointnemo.planning.remedies import HISTORY_CHECKS, best_way, remedies
from pointnemo.planning.request import STAGES, Progress, Request, Run, StageName
from pointnemo.planning.store import SCENARIO_FILE, Stored, load_stages
from pointnemo.planning.verdict import Held, checks, held_of, verdict
from pointnemo.reentry import reenter
from pointnemo.results import (
    Check,
    Descend,
    LedgerRow,
    Operate,
    Plan,
    Provenance,
    Reenter,
    Shortfall,
    Skipped,
    Strategy,
    Track,
    Verdict,
)
from pointnemo.scenario import load_scenario, scenario_hash
from pointnemo.station.ledger import by_partner, by_vehicle
from pointnemo.station.packing import LOWERING_TANK, SECOND_TANK
from pointnemo.station.stack import mass_at
from pointnemo.tracking import start_tt_s, track
from pointnemo.version import __version__, source_digest
from pointnemo.world import load_world
from pointnemo.world.time import from_date, to_utc

if TYPE_CHECKING:
    from pointnemo.motion.history import Flown
    from pointnemo.operations.reboost_plan import ReboostPlan
    from pointnemo.operations.stage import Reflown
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["MODELS", "input_hash", "run"]

MODELS = (
    "density: NRLMSISE-00 (Picone et al. 2002), daily Ap, observed F10.7 of the day before, centred 81-day mean",
    "years: orbit-averaged drag, J2 and J3 secular and long-period motion",
    "last days: EGM2008 16x16, Sun, Moon, finite burns, adaptive Runge-Kutta",
    "fragments: tumbling point masses, J2-J4, Detra-Kemp-Riddell heating, lumped walls",
    "risk: NASA-STD-8719.14C casualty area, GPWv4.11 population scaled by SSP2",
)
TANK_GAP = "the targeted burns take more than the de-orbit vehicle brings"
LOWERING_GAP = "lowering propellant that no flight of the manifest brings, as {}"
SECOND_GAP = "propellant of the second lowering that no flight of the manifest brings, as {}"
LARGEST_FILE_BYTES = 300_000_000
MENDED_BY_THE_BEST_WAY = ("deorbit_by",)  # what the search for the best way down is about
T = TypeVar("T")


@dataclass
class Clock:
    """Seconds by stage, and the progress that the user sees. The one mutable thing here; it reaches no result."""

    progress: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    def part(self, start: float, length: float) -> Progress | None:
        """Progress of a part of the work, whose own fraction runs from 0 to 1."""
        whole = self.progress
        return whole and (lambda what, fraction: whole(what, start + length * fraction))

    def tell(self, stage: str, fraction: float) -> None:
        """Say what begins now."""
        if self.progress:
            self.progress(stage, fraction)

    def time(self, stage: str, fraction: float, work: Callable[[], T]) -> T:
        """Do some work under a name."""
        self.tell(stage, fraction)
        start = time.perf_counter()
        result = work()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start
        return result


@dataclass(frozen=True)
class Ground:
    """What all stages of one request stand on."""

    request: Request
    scenario: Scenario
    settings: tuple[str, ...]
    world: World
    orbit_hashes: tuple[str, ...]
    hashes: dict[str, str]
    stored: Stored | None
    clock: Clock

    def wants(self, stage: StageName) -> bool:
        """Whether the request goes as far as a stage."""
        return STAGES.index(stage) <= STAGES.index(self.request.upto)

    def reused(self, stage: StageName) -> Any | None:
        """The stage of an earlier run with the same inputs."""
        return self.stored.get(stage, self.hashes[stage]) if self.stored else None


def run(request: Request, progress: Progress | None = None) -> Run:
    """Answer a request.

    Args:
        request: what is asked.
        progress: called as the work goes on.

    Returns:
        The plan with its arrays. Stages after ``request.upto`` are skipped in it.

    Raises:
        InputError: the scenario, a tracking file or a run folder cannot be used, or asks for what cannot be flown.
        WorldError: data about nature do not reach far enough.
        FlightError: the descent cannot be flown.
    """
    ground = _ground(request, Clock(progress))
    scenario, world, hashes, clock = ground.scenario, ground.world, ground.hashes, ground.clock
    if ground.orbit_hashes and not request.orbit and ground.reused("track") is None:
        raise RunFolderError(
            f"{request.scenario} cannot be continued",
            [Defect("--orbit", "the run used tracking files, and what depends on them has changed", "give them again")],
        )
    reused: list[str] = []

    def stage(name: StageName, fraction: float, work: Callable[[], Any]) -> Any:
        if not ground.wants(name):
            return Skipped(reason=f"not asked for: the run ends with {request.upto}")
        earlier = ground.reused(name)
        if earlier is not None:
            reused.append(name)
            return earlier
        return clock.time(name, fraction, work)

    if scenario.entry is not None:
        return _entered(ground, stage, reused)
    tracked: Track = stage("track", 0.05, lambda: _track(ground))
    reboosts: ReboostPlan | None = None
    as_planned: Operate | Skipped | None = None
    operated = descended = reentered = assessed = Skipped(reason=f"not asked for: the run ends with {request.upto}")
    if ground.wants("operate"):
        earlier: Operate | Skipped | None = ground.reused("operate")
        planned = reboosts = clock.time("reboosts", 0.1, lambda: _reboosts(ground, tracked, earlier))
        if earlier is not None:
            reused.append("operate")
        wanted = request.upto == "operate" and request.reflown
        reflown = _reflown(ground, planned, tracked, earlier) if wanted else None
        if reflown is not None and request.set:  # to be compared with the plan without the settings
            as_planned = operate(planned, scenario, world, tracked)
        done = 0.95 if reflown is not None else 0.24
        operated = clock.time("operate", done, lambda: operate(planned, scenario, world, tracked, reflown))
        descended = stage("descend", 0.25, lambda: _flyable(lambda: _descend(ground, planned)))
        operated = _with_final_burns(operated, descended, scenario)
        reentered = stage("reenter", 0.5, lambda: _reenter(ground, descended))
        assessed = stage("assess", 0.75, lambda: _assess(ground, descended, reentered, tracked))
    found = checks(scenario, held_of(operated), descended, reentered, assessed)
    if request.upto == "plan" and isinstance(descended, Descend):
        final = reboosts
        assert final is not None
        found = clock.time("remedies", 0.85, lambda: _mended(found, ground, tracked, descended, final))
        outcome = verdict(found)
    else:
        outcome = Verdict(feasible=False, summary=f"No verdict: the run ends with {request.upto}.", checks=())
    plan = Plan(
        schema="pointnemo/plan/1",
        track=tracked,
        operate=operated,
        descend=with_final_break_up(descended, assessed, scenario.rules.casualty_limit),
        reenter=reentered,
        assess=assessed,
        verdict=outcome,
        provenance=_provenance(ground),
    )
    return Run(
        plan=plan,
        scenario=scenario,
        history=reboosts.flown.history if reboosts else None,
        trajectory=getattr(descended, "trajectory", None),
        impacts=getattr(reentered, "impacts", None),
        request=request,
        stage_hashes=hashes,
        timings=clock.seconds,
        reused=tuple(reused),
        orbit_hashes=ground.orbit_hashes,
        as_planned=as_planned,
    )


def _provenance(ground: Ground) -> Provenance:
    """What the plan stands on."""
    return Provenance(
        package_version=__version__,
        scenario=ground.scenario.name,
        scenario_hash=scenario_hash(ground.scenario),
        input_hash=ground.hashes["plan"],
        set=ground.settings,
        seed=ground.request.seed,
        data=ground.world.data_files(),
        models=MODELS,
    )


def _entered(ground: Ground, stage: Callable[[StageName, float, Callable[[], Any]], Any], reused: list[str]) -> Run:
    """Answer a request whose scenario begins in the entry."""
    request, scenario = ground.request, ground.scenario
    if request.orbit:
        what = f"scenario {scenario.name} begins in the entry: no orbit is flown"
        raise InputError("the tracking files have no use", [Defect("--orbit", what, "leave it out")])
    nothing = before_entry(scenario)
    reentered, assessed = entered(scenario, ground.world, request.seed, request.workers, stage)
    verdict_of = Verdict(feasible=False, summary=f"No verdict: the run ends with {request.upto}.", checks=())
    if request.upto == "plan":
        verdict_of = judged(scenario, reentered, assessed)
    plan = Plan(
        schema="pointnemo/plan/1",
        track=nothing,
        operate=nothing,
        descend=nothing,
        reenter=reentered,
        assess=assessed,
        verdict=verdict_of,
        provenance=_provenance(ground),
    )
    return Run(
        plan=plan,
        scenario=scenario,
        history=None,
        trajectory=None,
        impacts=getattr(reentered, "impacts", None),
        request=request,
        stage_hashes=ground.hashes,
        timings=ground.clock.seconds,
        reused=tuple(reused),
        orbit_hashes=ground.orbit_hashes,
    )


def input_hash(request: Request) -> str:
    """The input hash of a request's plan, without flying anything.

    Raises:
        InputError: the scenario, a tracking file or a run folder cannot be used.
    """
    return _ground(request, Clock(None)).hashes["plan"]


def _ground(request: Request, clock: Clock) -> Ground:
    """Load what a request stands on."""
    scenario, stored, settings = clock.time("scenario", 0.0, lambda: _scenario(request))
    if unknown := rendezvous_defects(scenario):
        raise InputError(f"scenario {scenario.name} cannot be used", unknown)
    world = clock.time("world", 0.02, lambda: load_world(request.bundled))
    orbit_hashes = tuple(_digest(path) for path in request.orbit)
    if stored and not request.orbit:
        orbit_hashes = stored.orbit_hashes
    hashes = stage_hashes(scenario, orbit_hashes, request.seed, world.data_files(), source_digest())
    return Ground(request, scenario, settings, world, orbit_hashes, hashes, stored, clock)


def _scenario(request: Request) -> tuple[Scenario, Stored | None, tuple[str, ...]]:
    """The scenario of a request, from a name, a file or the folder of an earlier run; and all its settings."""
    folder = Path(request.scenario)
    if not folder.is_dir():
        return load_scenario(request.scenario, set=request.set), None, request.set
    stored = load_stages(folder)
    return load_scenario(folder / SCENARIO_FILE, set=request.set), stored, (*stored.set, *request.set)


def _digest(path: Path) -> str:
    """SHA-256 of a tracking file, in pieces; what is no file, or is larger than any reader takes, is refused."""
    try:
        if not path.is_file():
            raise InputError(
                "a tracking file cannot be read", [Defect(str(path), "is no regular file", "give a tracking file")]
            )
        if path.stat().st_size > LARGEST_FILE_BYTES:
            large = f"is larger than {LARGEST_FILE_BYTES // 1_000_000} MB"
            raise InputError("a tracking file cannot be read", [Defect(str(path), large, "give a shorter ephemeris")])
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError("a tracking file cannot be read", [Defect(str(path), error.strerror or str(error))]) from error


def _track(ground: Ground) -> Track:
    files = read_many(ground.request.orbit)
    epoch = start_tt_s(ground.scenario, ground.world, files)
    return track(ground.scenario, ground.world, mass_at(ground.scenario, epoch), files)


def _reboosts(ground: Ground, tracked: Track, earlier: Operate | Skipped | None) -> ReboostPlan:
    """The schedule of reboosts, found anew or as an earlier run with the same inputs found it."""
    if isinstance(earlier, Operate):
        return replay_reboosts(ground.scenario, ground.world, tracked, earlier)
    try:
        return reboosts_for(ground.scenario, ground.world, tracked, ground.clock.part(0.1, 0.1))
    except FlightError as error:
        cure = "bring station.drag, rules and vehicles within what a station can be held with"
        raise InputError("the station cannot be held as asked", [Defect("rules", str(error), cure)]) from error


def _reflown(ground: Ground, planned: ReboostPlan, tracked: Track, earlier: Operate | Skipped | None) -> Reflown | None:
    """The schedule flown numerically, or as an earlier run flew it; None where nothing is held."""
    if isinstance(earlier, Operate) and earlier.reflight is not None:
        return earlier.reflight, earlier.phases
    if planned.decision.policy.lowering_step == 0:
        return None
    told, workers = ground.clock.part(0.2, 0.75), ground.request.workers
    scenario, world = ground.scenario, ground.world
    try:
        return ground.clock.time("reflight", 0.2, lambda: refly(planned, scenario, world, tracked, told, workers))
    except FlightError:
        if any(one.constraint == "corridor" for one in planned.violations):
            return None  # the plan says it already: the station falls before lowering starts
        raise


def _descend(ground: Ground, planned: ReboostPlan) -> Descend:
    def tell(what: str, fraction: float) -> None:
        ground.clock.tell(what, 0.25 + 0.25 * fraction)

    scenario, world, workers = ground.scenario, ground.world, ground.request.workers
    return come_down(planned.decision, planned.flown, scenario, world, workers, tell)


def _flyable(work: Callable[[], T]) -> T:
    """What the user asked of the last days may be more than physics allows: that is an input that cannot be used."""
    try:
        return work()
    except FlightError as error:
        cure = "change descent.burns, descent.targeting_altitude_km or descent.aim"
        raise InputError("the last days cannot be flown as asked", [Defect("descent", str(error), cure)]) from error


def _with_final_burns(
    operated: Operate | Skipped, descended: Descend | Skipped, scenario: Scenario
) -> Operate | Skipped:
    """The ledger with what the targeted burns took, and what the descent takes from nowhere named among the gaps.

    Done twice it stays the same, since a reused stage comes through here again.
    """
    if isinstance(operated, Skipped) or isinstance(descended, Skipped):
        return operated

    def booked(row: LedgerRow) -> LedgerRow:
        if row.tank != descended.deorbit_vehicle:
            return row
        there = row.remaining_kg + row.final_burns_kg
        used = min(descended.deorbit_propellant_used_kg, there)
        return row.model_copy(update={"final_burns_kg": used, "remaining_kg": there - used})

    missing = descended.deorbit_propellant_used_kg - descended.deorbit_propellant_available_kg
    descent, start = scenario.descent, descended.lowering_start_utc
    second = descent.second_lowering
    of_tank = {row.tank: row.lowering_kg for row in operated.ledger}
    beyond = of_tank.get(LOWERING_TANK, 0.0) - _docked_for_lowering_kg(descended, descent.lowering_vehicle)
    wanted = [
        (descended.burns[-1].start_utc if descended.burns else "", TANK_GAP, missing),
        (start, LOWERING_GAP.format(descent.lowering_vehicle), beyond),
    ]
    if second is not None:
        begin = max(start, to_utc(from_date(second.start), 0))
        wanted.append((begin, SECOND_GAP.format(second.vehicle), of_tank.get(SECOND_TANK, 0.0)))
    gaps = [gap for gap in operated.gaps if gap.what not in {what for _, what, _ in wanted}]
    gaps += [Shortfall(utc=utc, what=what, amount=amount, unit="kg") for utc, what, amount in wanted if amount > 0]
    ledger = tuple(map(booked, operated.ledger))
    sums = {"ledger_by_vehicle": by_vehicle(ledger, scenario), "ledger_by_partner": by_partner(ledger)}
    return operated.model_copy(update={"ledger": ledger, **sums, "gaps": tuple(gaps)})


def _docked_for_lowering_kg(descended: Descend, vehicle: str) -> float:
    """What vehicles of a type have that are docked for the lowering, above reserves, as the trade tells it."""
    trade = descended.trade
    if trade is None:
        return 0.0
    same = (row for row in trade.rows if row.start_utc == trade.plan_start_utc and row.activity == LINES[MEAN])
    there = (one.there_kg for row in same for one in row.supplies if one.supplier == vehicle)
    return next(there, 0.0)


def _reenter(ground: Ground, descended: Descend) -> Reenter | Skipped:
    if descended.entry is None:
        return Skipped(reason="the station does not come down before the data about nature end")
    state = entry_state(descended, ground.scenario)
    request = ground.request
    found = reenter(state, ground.scenario, ground.world, request.seed, request.workers, converge=True)
    return with_burn_errors(found, descended)


def _assess(ground: Ground, descended: Descend, reentered: Reenter | Skipped, tracked: Track) -> Any:
    if descended.entry is None:
        return Skipped(reason="nothing falls before the data about nature end")
    state = entry_state(descended, ground.scenario)
    request, inclination = ground.request, tracked.inclination_deg
    args = (reentered, state, ground.scenario, ground.world, inclination, request.seed, descended, request.workers)
    return assess_all(*args)


def _mended(
    found: tuple[Check, ...], ground: Ground, tracked: Track, descended: Descend, planned: ReboostPlan
) -> tuple[Check, ...]:
    """Attach remedies to every failed check."""
    targeting = descended.targeting

    def survey(scenario: Scenario) -> tuple[Check, ...]:
        return _history_checks(scenario, ground.world, planned, None)

    def confirm(scenario: Scenario) -> tuple[Check, ...]:
        if targeting is None:
            wanted = scenario.descent.aim
            place = GroundTrack.through(
                wanted.latitude_deg, wanted.longitude_deg, tracked.inclination_deg, "descending"
            )
        else:
            aimed = targeting.aim
            place = GroundTrack.through(
                aimed.latitude_deg, aimed.longitude_deg, tracked.inclination_deg, targeting.direction
            )
        # an earlier or later start of lowering is another plan: what is promised is what a run with it will say
        same = scenario.descent.lowering_start == ground.scenario.descent.lowering_start
        made = planned if same else reboosts_for(scenario, ground.world, tracked)
        return _history_checks(scenario, ground.world, made, place)

    def mended(check: Check) -> Check:
        turned = remedies(check, ground.scenario, survey, confirm)
        if check.id in MENDED_BY_THE_BEST_WAY and (way := _best_way(descended)) is not None:
            request = replace(ground.request, set=(*ground.request.set, *way.set))
            turned = (best_way(check, way, _scenario(request)[0], confirm), *turned)
        return check.model_copy(update={"remedies": turned})

    return tuple(check if check.ok else mended(check) for check in found)


def _best_way(descended: Descend) -> Strategy | None:
    """The chosen strategy, where it keeps everything and the plan is another."""
    optimum = descended.optimum
    if optimum is None or optimum.plan_is_best:
        return None
    chosen = (one for one in optimum.strategies if one.objective == optimum.chosen)
    return next((one for one in chosen if one.feasible), None)


def _history_checks(
    scenario: Scenario, world: World, planned: ReboostPlan, place: GroundTrack | None
) -> tuple[Check, ...]:
    """Checks that the averaged history decides; with a place to aim at, the last days are flown too.

    Remedies change when and with what lowering is done, and nothing about what flies until then: the reboosts of the
    plan are kept as far as they come before the start of lowering that is looked at.
    """
    descent = scenario.descent
    second = descent.second_lowering
    stage = None if second is None else SecondStage(second.start, second.propellant_kg, second.kg_per_day)
    decision = planned.decision.with_lowering(
        descent.lowering_start, descent.lowering_propellant_kg, stage, descent.hold_altitude_km
    )
    flown = fly(decision, [world.weather.line(activity) for activity in LINES], world.climate, names=LINES)
    descended = descend(flown, scenario, world, place)
    unseen = Skipped(reason="remedies do not break the station up")
    found = checks(scenario, _held(flown, decision.policy.lowering_step, planned), descended, unseen, unseen)
    return tuple(check for check in found if check.id in HISTORY_CHECKS)


def _held(flown: Flown, lowering_step: int, planned: ReboostPlan) -> Held | None:
    """How the station is held in a history that differs from the plan's in its lowering alone."""
    rows = min(lowering_step, len(flown.history.tt_s) - 1)
    if rows == 0:
        return None
    lowest_km = before_burns_km(flown, MEAN)[: rows + 1]
    spare_kg = usable_kg(flown, planned.decision, MEAN) - planned.reserve_kg
    return Held(
        lowest_margin_km=float((lowest_km - planned.lower_km[: rows + 1]).min()),
        highest_altitude_km=float(flown.history.altitude_km[MEAN, : rows + 1].max()),
        propellant_margin_kg=float(spare_kg[: rows + 1].min()),
        shortfalls=int(np.count_nonzero(flown.shortfalls.run == MEAN)),
        seat_margin=None,
        violations=None,
    )
