"""Drag calibrated over all arcs: fit each, explain what drag cannot, estimate the process that all of them show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import FlightError
from pointnemo.motion.burns import BurnCommand
from pointnemo.tracking.arcs import Arc, MassStep, arc_environment, fit_arc, lowest_height_km
from pointnemo.tracking.beta_angle import beta_deg, log_share
from pointnemo.tracking.burns import MeasuredBurn, commands_of
from pointnemo.tracking.fixes import DAY_S, Fix
from pointnemo.tracking.hidden_burns import Explanation, Suspect, explain
from pointnemo.tracking.known import Known, mass_steps_between
from pointnemo.tracking.process import (
    BELIEF,
    Belief,
    Cells,
    Estimated,
    Push,
    Sizes,
    cells_between,
    condition,
    decay_rates,
    fit_sizes,
)
from pointnemo.world import World, time

__all__ = ["ArcStore", "Calibrated", "CalibratedArc", "burn_sigma_mps", "calibrate", "usual_log"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, float], None]

SHORTEST_ARC_DAYS, LONGEST_ARC_DAYS = 0.9, 20.0  # shorter say nothing about drag; longer ones lose count of events
HISTORY_DAYS = 400.0  # what lies further back says nothing about today that the belief does not
USUAL_MASS_KG = 450_000.0  # where no file tells a mass; area and mass then share a factor that drag does not see


@dataclass(frozen=True)
class CalibratedArc:
    """An arc and what was made of it.

    Attributes:
        start, end: the fixes.
        mass_kg: at the start.
        arc: as fitted, None where nothing fits.
        announced: burns that the files tell.
        explanation: what became of them, None where the arc was not searched.
        note: what a reader should know.
    """

    start: Fix
    end: Fix
    mass_kg: float
    arc: Arc | None
    announced: tuple[BurnCommand, ...]
    explanation: Explanation | None
    note: str = ""


@dataclass(frozen=True)
class Calibrated:
    """Drag, and all else that pushes the station along its track, by all arcs.

    Attributes:
        known: what it rests on.
        arcs: by time.
        estimated: the process, days ahead included.
        visits: for each push of ``estimated`` whether it is a visit.
        mass_kg: after the last fix.
    """

    known: Known
    arcs: tuple[CalibratedArc, ...]
    estimated: Estimated
    visits: tuple[bool, ...]
    mass_kg: float


def burn_sigma_mps(belief: Belief, lead_days: float) -> float:
    """How far off an announced burn usually is, one sigma, m/s along the track.

    Args:
        belief: tells that of a day ahead.
        lead_days: from the state of the file that announces it to ignition.
    """
    return belief.burn_mps * float(np.sqrt(max(lead_days, 0.3)))


def calibrate(
    known: Known,
    world: World,
    ahead_days: float,
    belief: Belief = BELIEF,
    store: ArcStore | None = None,
    progress: Progress | None = None,
    *,
    workers: int = 1,
    history_days: float = HISTORY_DAYS,
) -> Calibrated:
    """Calibrate drag.

    Args:
        known: what was known at the as-of instant.
        world: nature as known then.
        ahead_days: how far beyond the last fix the process is wanted.
        belief: before.
        store: arcs fitted before, to be used again where all that they depend on is the same; it grows.
        progress: called with what is being done and its share.
        workers: threads; the result does not depend on it.
        history_days: arcs that begin earlier before the last fix are left out.

    Returns:
        The calibration.

    Raises:
        WorldError: nothing is known about the Sun or the Earth on one of the days.
    """
    last = known.fixes[-1]
    mass_kg = _mass_at(known, last) or USUAL_MASS_KG
    pairs = [
        (older, newer)
        for older, newer in pairwise(_apart(known.fixes))
        if (newer.tt_s - older.tt_s) / DAY_S <= LONGEST_ARC_DAYS and (last.tt_s - older.tt_s) / DAY_S <= history_days
    ]
    kept: ArcStore = {} if store is None else store
    questions = [_question(known, world, *pair, _mass_at(known, pair[0]) or mass_kg, belief) for pair in pairs]
    todo = [(question, pair) for question, pair in zip(questions, pairs, strict=True) if question not in kept]
    with ThreadPoolExecutor(workers) as pool:
        answers = pool.map(lambda asked: _arc(asked[0], asked[1][0], asked[1][1], world), todo)
        for number, (asked, answer) in enumerate(zip(todo, answers, strict=True)):
            kept[asked[0]] = answer
            if progress:
                progress(f"arc {number + 1} of {len(todo)}", (number + 1) / len(todo))
    done = [kept[question] for question in questions]
    used = [one for one in done if one.arc is not None]
    ends = {fix.tt_s: fix for one in used for fix in (one.start, one.end)} | {last.tt_s: last}
    chosen = [ends[tt_s] for tt_s in sorted(ends)]
    cells = _cells(used, last, mass_kg, ahead_days, world, belief)
    pushes, visits = _pushes(known, used, last, ahead_days, belief)
    arcs = [one.arc for one in used if one.arc is not None]
    sizes = fit_sizes(arcs, chosen, cells, visits, pushes, belief)
    sized = _sized(pushes, visits, sizes)
    return Calibrated(known, tuple(done), condition(arcs, chosen, cells, sized, sizes, belief), tuple(visits), mass_kg)


def _mass_at(known: Known, fix: Fix) -> float | None:
    """Mass that the file of a fix tells, else the last one told before it."""
    return next((one.mass_kg for one in reversed(known.fixes) if one.tt_s <= fix.tt_s and one.mass_kg), None)


def _apart(fixes: Sequence[Fix]) -> list[Fix]:
    """The newest fix, and before it those that are far enough apart for an arc between them to say something."""
    chosen = [fixes[-1]]
    for fix in fixes[-2::-1]:
        if chosen[-1].tt_s - fix.tt_s >= SHORTEST_ARC_DAYS * DAY_S:
            chosen.append(fix)
    return chosen[::-1]


# --- one arc ---------------------------------------------------------------------------------------------------------


class ArcQuestion(NamedTuple):
    """All that an arc depends on beside its fixes and the Earth.

    Attributes:
        epochs_tt_s: of the fixes.
        names: of their files.
        mass_kg: at the start.
        burns: announced.
        mass_steps: within.
        pushes: visits and burns with what is not known of them.
        doubtful: ids of announced burns that may not have been made.
        log_area: ln of the drag area expected.
        log_sigma: its doubt.
        sizes: of jolts.
        weather: bytes of the indices that the density model sees.
    """

    epochs_tt_s: tuple[float, float]
    names: tuple[str, str]
    mass_kg: float
    burns: tuple[BurnCommand, ...]
    mass_steps: tuple[MassStep, ...]
    pushes: tuple[Push, ...]
    doubtful: frozenset[str]
    log_area: float
    log_sigma: float
    sizes: Sizes
    weather: bytes


ArcStore = dict[ArcQuestion, CalibratedArc]


def _question(known: Known, world: World, start: Fix, end: Fix, mass_kg: float, belief: Belief) -> ArcQuestion:
    """What is asked of an arc."""
    announced = known.burns_between(start.tt_s, end.tt_s)
    commands = commands_of(announced, mass_kg)
    doubtful = frozenset(
        command.id
        for command in commands
        for burn in announced
        if abs(command.start_tt_s - burn.start_tt_s) < 1.0 and known.seems_moved(burn, end)
    )
    days = np.linspace(start.tt_s, end.tt_s, 9)
    first, last = (int(np.floor(time.mjd_utc(tt_s))) for tt_s in (start.tt_s, end.tt_s))
    indices = world.weather.msis(np.arange(first, last + 1) + 0.5)
    return ArcQuestion(
        epochs_tt_s=(start.tt_s, end.tt_s),
        names=(start.name, end.name),
        mass_kg=mass_kg,
        burns=commands,
        mass_steps=mass_steps_between(known, start, end),
        pushes=_known_pushes(known, announced, start, end, belief),
        doubtful=doubtful,
        log_area=float(np.log(belief.cd_area_m2) + usual_log(days, [start] * len(days), belief).mean()),
        log_sigma=float(np.sqrt(belief.median**2 + belief.sizes.slow**2 + belief.sizes.fast**2)),
        sizes=belief.sizes,
        weather=b"".join(index.tobytes() for index in indices),
    )


def _arc(asked: ArcQuestion, start: Fix, end: Fix, world: World) -> CalibratedArc:
    """Fit an arc; search it for burns where drag does not explain it."""
    environment = arc_environment(world, start.tt_s, end.tt_s, lowest_height_km(start))
    guess_m2 = float(np.exp(asked.log_area))

    def fit(burns: tuple[BurnCommand, ...]) -> Arc:
        return fit_arc(start, end, environment, world.earth, asked.mass_kg, burns, asked.mass_steps, guess_m2)

    try:
        fitted: Arc | None = fit(asked.burns)
    except FlightError:
        fitted = None
    suspect = Suspect(
        start, end, environment, asked.mass_kg, asked.burns, asked.mass_steps, fitted, asked.pushes, asked.doubtful,
        asked.log_area, asked.log_sigma,
    )  # fmt: skip
    try:
        explanation = explain(suspect, world.earth, asked.sizes)
        arc = fitted if fitted and explanation.burns == asked.burns else fit(explanation.burns)
    except FlightError as error:
        return CalibratedArc(start, end, asked.mass_kg, None, asked.burns, None, str(error))
    return CalibratedArc(start, end, asked.mass_kg, arc, asked.burns, explanation)


def _known_pushes(
    known: Known, announced: Sequence[MeasuredBurn], start: Fix, end: Fix, belief: Belief
) -> tuple[Push, ...]:
    """Visits and announced burns within an arc."""
    visits = [Push(tt_s, belief.sizes.visit_mps) for tt_s in known.visits_between(start.tt_s, end.tt_s)]
    burns = [
        Push(burn.start_tt_s, burn_sigma_mps(belief, (burn.start_tt_s - start.tt_s) / DAY_S)) for burn in announced
    ]
    return (*visits, *burns)


# --- all arcs together -----------------------------------------------------------------------------------------------


def _cells(
    used: Sequence[CalibratedArc], last: Fix, mass_kg: float, ahead_days: float, world: World, belief: Belief
) -> Cells:
    """Cells of the arcs and of the days ahead, with the decay of each at the mass of its day."""
    intervals = [(one.start.tt_s, one.end.tt_s) for one in used] + [(last.tt_s, last.tt_s + ahead_days * DAY_S)]
    owners = [*((one.start, one.mass_kg) for one in used), (last, mass_kg)]
    starts, stops = cells_between(intervals)
    middle = 0.5 * (starts + stops)
    index = np.searchsorted([start for start, _ in intervals], middle, side="right") - 1
    near = [owners[i][0] for i in index]
    rates = decay_rates(middle, near, world.climate, world.weather.msis(time.mjd_utc(middle)))
    return Cells(starts, stops, rates / np.array([owners[i][1] for i in index]), usual_log(middle, near, belief))


def usual_log(tt_s: FloatArray, near: Sequence[Fix], belief: Belief) -> FloatArray:
    """ln of the drag area that geometry foretells over that at beta angle 0, shape (n,); zeros where it foretells none.

    Args:
        tt_s: instants, shape (n,).
        near: for each instant a fix whose orbital plane, turned on, is that of the instant.
        belief: says how far the area follows the Sun.
    """
    if belief.sun_share == 0.0:
        return np.zeros(len(tt_s))
    shares = [log_share(beta_deg(tt, fix.tt_s, fix.state))[0] for tt, fix in zip(tt_s, near, strict=True)]
    return belief.sun_share * np.array(shares)


def _pushes(
    known: Known, used: Sequence[CalibratedArc], last: Fix, ahead_days: float, belief: Belief
) -> tuple[list[Push], list[bool]]:
    """Visits and burns of all arcs and of the days ahead, each with its sigma, and which of them are visits."""
    pushes: list[Push] = []
    visits: list[bool] = []
    intervals = [(one.start, one.end.tt_s, one) for one in used]
    for start, stop, one in [*intervals, (last, last.tt_s + ahead_days * DAY_S, None)]:
        for tt_s in known.visits_between(start.tt_s, stop):
            pushes.append(Push(tt_s, belief.sizes.visit_mps))
            visits.append(True)
        flown = one.explanation.burns if one and one.explanation else ()
        announced = commands_of(known.burns_between(start.tt_s, stop), USUAL_MASS_KG)
        for burn in flown if one else announced:
            found = one is not None and burn not in one.announced
            explanation = one.explanation if one else None
            sigma = (
                explanation.delta_v_sigma_mps
                if found and explanation
                else burn_sigma_mps(belief, (burn.start_tt_s - start.tt_s) / DAY_S)
            )
            pushes.append(Push(burn.start_tt_s, sigma))
            visits.append(False)
    return pushes, visits


def _sized(pushes: Sequence[Push], visits: Sequence[bool], sizes: Sizes) -> list[Push]:
    return [
        push._replace(sigma_mps=sizes.visit_mps) if visit else push for push, visit in zip(pushes, visits, strict=True)
    ]
