"""What tracking files say, taken together: the verb ``track`` for files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, FlightError, InputError
from pointnemo.formats.tracking_files import TrackingFile, read_many
from pointnemo.tracking import documents
from pointnemo.tracking.arcs import miss_rtn_km
from pointnemo.tracking.calibrate import ArcStore, Calibrated, calibrate
from pointnemo.tracking.fixes import DAY_S, Fix, FixStore, fix_covariance
from pointnemo.tracking.known import Known, Told, known_by, newest_knowledge_tt_s, read_burns
from pointnemo.tracking.predict import Nominal, Spread, predict_nominal, predict_spread
from pointnemo.tracking.process import Belief, belief_about
from pointnemo.tracking.report import (
    SHOWN_DAYS,
    Fan,
    Followed,
    Hindcast,
    Prediction,
    TrackProvenance,
    TrackReport,
    WeatherUsed,
)
from pointnemo.version import __version__
from pointnemo.world import World, time
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.nowcast import METHOD, SKILL, as_known_on

__all__ = ["as_known", "track_files"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, float], None]


MODELS = (
    "density: NRLMSISE-00 (Picone et al. 2002), daily Ap, observed F10.7 of the day before, centred 81-day mean",
    "arcs and nominal orbit: EGM2008 30x30, Sun, Moon, finite burns, Dormand-Prince 8(5,3)",
    "ensemble: the same with EGM2008 16x16",
    "drag: Ornstein-Uhlenbeck processes of ln C_D A, impulses at visits and in between, conditioned on all arcs",
)
FAN_STEP_S = 6 * 3600.0
FAN_ROWS = 10  # of the rows of a file every tenth is shown: 40 minutes of NASA's
HINDCASTS = 3  # of the files before the newest
HINDCAST_MEMBERS = 60
HINDCAST_DAYS = (0.9, 15.6)  # from one state to the other


def track_files(
    files: Sequence[str | Path | TrackingFile],
    world: World,
    *,
    at_tt_s: Sequence[float] = (),
    days: float = 15.0,
    as_of_tt_s: float | None = None,
    members: int = 200,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> Followed:
    """Follow an object through tracking files: state, drag, burns, and a prediction with its uncertainty.

    Args:
        files: OEM, OPM, OMM, OCM or element sets of one object, in any order.
        world: tables about nature; what became known after the as-of instant is not used.
        at_tt_s: epochs at which the prediction is wanted, TT seconds since J2000, none before the start state; after
            1, 3, 7, ... days where none is given.
        days: how far to predict from the start state; further where ``at_tt_s`` asks for it.
        as_of_tt_s: files made later do not exist; None: the creation date of the newest file.
        members: size of the ensemble.
        seed: of all random draws.
        workers: threads; the result does not depend on it.
        progress: called with what is being done and the share of the whole.

    Returns:
        The document, and the arrays for files and figures.

    Raises:
        InputError: no file, an epoch before the start state, or an object that comes down before the last one.
        EphemerisError: files that cannot be used, do not belong together, or were all made after the as-of instant.
        FlightError: a state whose mean orbit cannot be found.
        WorldError: nothing is known about the Sun or the Earth on those days.
    """
    if not files:
        raise InputError("nothing to track", [Defect("files", "none is given", "give at least one tracking file")])
    step = progress or (lambda what, share: None)
    read = _read(files)
    as_of = newest_knowledge_tt_s(read) if as_of_tt_s is None else as_of_tt_s
    told = read_burns([file for file in read if file.created_tt_s <= as_of or file.elements] or read, world.earth)
    step("arcs", 0.05)
    fixes: FixStore = {}
    known = known_by(told, as_of, world.earth, fixes)
    fix = known.fixes[-1]
    wanted = _wanted(at_tt_s, fix, days)
    reach = max(days, (max(wanted, default=fix.tt_s) - fix.tt_s) / DAY_S)
    _, object_id = _who(known)
    belief = belief_about(object_id)
    store: ArcStore = {}
    seen = as_known(world, as_of)
    calibrated = calibrate(
        known, seen, reach, belief, store, lambda what, share: step(what, 0.05 + 0.3 * share), workers=workers
    )
    grid = _grid(fix, reach, wanted)
    try:
        step("nominal orbit", 0.35)
        nominal = predict_nominal(calibrated, seen, reach, wanted)
        step("ensemble", 0.4)
        spread = predict_spread(calibrated, seen, grid, members=members, seed=seed, belief=belief, workers=workers)
    except FlightError as error:
        mend = "ask for fewer days; `pointnemo descend` and `reenter` fly a station down"
        raise InputError(
            "the object does not stay up as long as it is to be predicted",
            [Defect("--days", f"{reach:g} days reach beyond its decay: {error}", mend)],
        ) from error
    cast, fans = _hindcasts(told, calibrated, world, belief, store, fixes, members, seed, workers, step)
    step("document", 1.0)
    made = TrackProvenance(
        package_version=__version__, seed=seed, members=members, data=world.data_files(), models=MODELS
    )
    report = _report(calibrated, nominal, spread, wanted, cast, seen, world, belief, read, made)
    whole_days = fix.tt_s + DAY_S * np.arange(int(reach) + 1)
    rows = [int(np.argmin(np.abs(spread.tt_s - epoch))) for epoch in whole_days]
    return Followed(
        report=report,
        object_id=object_id,
        tt_s=nominal.tt_s,
        position_km=nominal.position_km,
        velocity_km_s=nominal.velocity_km_s,
        block_starts=nominal.block_starts,
        covariance_tt_s=spread.tt_s[rows],
        covariances=np.array([spread.covariance(row) for row in rows]),
        fan=_fan(calibrated, nominal, spread, ()),
        drag_from_tt_s=calibrated.estimated.cells.start_tt_s,
        drag_to_tt_s=calibrated.estimated.cells.stop_tt_s,
        drag_cd_area_m2=calibrated.estimated.area_m2(documents.SIGMAS),
        hindcast_fans=fans,
    )


def _who(known: Known) -> tuple[str, str]:
    """Name and international designator, of the newest file that gives them; empty where none does."""
    files = [one.file for one in reversed(known.told)]
    name = next((file.object_name for file in files if file.object_name), "")
    return name, next((file.object_id for file in files if file.object_id), "")


def _read(files: Sequence[str | Path | TrackingFile]) -> tuple[TrackingFile, ...]:
    """All files by creation; those already read as they are."""
    paths = [file for file in files if not isinstance(file, TrackingFile)]
    read = [*(file for file in files if isinstance(file, TrackingFile)), *(read_many(paths) if paths else ())]
    return tuple(sorted(read, key=lambda file: (file.created_tt_s, file.epoch_tt_s, file.path_name)))


def as_known(world: World, as_of_tt_s: float) -> World:
    """The world with the space weather that could have been known.

    Args:
        world: with the record.
        as_of_tt_s: the wall, TT seconds since J2000.
    """
    return replace(world, weather=as_known_on(world.weather, float(time.mjd_utc(as_of_tt_s))))


def _wanted(at_tt_s: Sequence[float], fix: Fix, days: float) -> tuple[float, ...]:
    """Epochs of the prediction, rising."""
    early = [tt_s for tt_s in at_tt_s if tt_s < fix.tt_s]
    if early:
        mend = f"use {time.to_utc(fix.tt_s, 0)} or later, or an earlier file"
        raise InputError(
            "the prediction starts from the newest state",
            [Defect("--at", f"{time.to_utc(tt_s, 0)} lies before it", mend) for tt_s in early],
        )
    if at_tt_s:
        return tuple(sorted(set(at_tt_s)))
    usual = {fix.tt_s + day * DAY_S for day in SHOWN_DAYS if day <= days} | {fix.tt_s + days * DAY_S}
    return tuple(sorted(usual))


def _grid(fix: Fix, days: float, wanted: Sequence[float]) -> FloatArray:
    """Epochs of the ensemble: every six hours, the end, and what is asked for."""
    grid = fix.tt_s + FAN_STEP_S * np.arange(int(days * DAY_S / FAN_STEP_S) + 1)
    whole: FloatArray = np.array([*grid, fix.tt_s + days * DAY_S, *wanted])
    return np.unique(np.maximum(np.round(whole, 6), fix.tt_s))


# --- hindcasts -------------------------------------------------------------------------------------------------------


def _hindcasts(
    told: Sequence[Told],
    calibrated: Calibrated,
    world: World,
    belief: Belief,
    store: ArcStore,
    made: FixStore,
    members: int,
    seed: int,
    workers: int,
    step: Progress,
) -> tuple[tuple[Hindcast, ...], tuple[Fan, ...]]:
    """Predict from the files before the newest, each as of its own making, what the later ones saw."""
    fixes = calibrated.known.fixes
    shortest, longest = HINDCAST_DAYS
    origins = [
        fix
        for fix in fixes[:-1]
        if any(shortest <= (later.tt_s - fix.tt_s) / DAY_S <= longest for later in fixes)
        and fix.created_tt_s <= calibrated.known.as_of_tt_s
    ][-HINDCASTS:]
    casts: list[Hindcast] = []
    fans: list[Fan] = []
    for number, origin in enumerate(origins):
        step(f"hindcast from {origin.name}", 0.7 + 0.3 * number / len(origins))
        later = [fix for fix in fixes if shortest <= (fix.tt_s - origin.tt_s) / DAY_S <= longest]
        reach = (later[-1].tt_s - origin.tt_s) / DAY_S
        try:
            known = known_by(told, max(origin.created_tt_s, origin.tt_s), world.earth, made)
            if known.fixes[-1].tt_s != origin.tt_s:
                continue  # made so late that a newer state was known by then: nothing was predicted from it
            seen = as_known(world, known.as_of_tt_s)
            then = calibrate(known, seen, reach, belief, store, workers=workers)
            nominal = predict_nominal(then, seen, reach, [fix.tt_s for fix in later])
            grid = _grid(origin, reach, [fix.tt_s for fix in later])
            count = min(members, HINDCAST_MEMBERS)
            spread = predict_spread(then, seen, grid, members=count, seed=seed, belief=belief, workers=workers)
        except FlightError:
            continue  # an early state that does not stay up says nothing about the newest
        file = next(one.file for one in known.told if one.file.path_name == origin.name)
        for fix in later:
            row = int(np.argmin(np.abs(spread.tt_s - fix.tt_s)))
            state = nominal.state_at(fix.tt_s)
            miss = miss_rtn_km(fix.position_km, fix.velocity_km_s, state[:3] - fix.position_km)
            casts.append(
                Hindcast(
                    from_file=origin.name,
                    as_of_utc=time.to_utc(known.as_of_tt_s),
                    to_file=fix.name,
                    utc=time.to_utc(fix.tt_s),
                    days=(fix.tt_s - origin.tt_s) / DAY_S,
                    miss_rtn_km=_vector(miss),
                    sigma_rtn_km=spread.sigma_rtn_km(row),
                    file_miss_rtn_km=documents.own_miss_rtn_km(file, fix),
                    note=documents.surprise_between(calibrated, origin.tt_s, fix.tt_s),
                )
            )
        fans.append(_fan(then, nominal, spread, later))
    return tuple(casts), tuple(fans)


def _fan(calibrated: Calibrated, nominal: Nominal, spread: Spread, later: Sequence[Fix]) -> Fan:
    """The ensemble, what later files saw, and the file's own prediction, about the nominal orbit."""
    origin = calibrated.known.fixes[-1]
    file = calibrated.known.newest.file
    inside = (file.tt_s >= nominal.tt_s[0]) & (file.tt_s <= nominal.tt_s[-1]) & (not file.elements)
    own_tt_s, own = file.tt_s[inside][::FAN_ROWS], file.position_km[inside][::FAN_ROWS]
    reference = nominal.states_between(own_tt_s)
    seen = np.array([nominal.state_at(fix.tt_s) for fix in later]).reshape(-1, 6)
    places = np.array([fix.position_km for fix in later]).reshape(-1, 3)
    return Fan(
        name=origin.name,
        as_of_tt_s=calibrated.known.as_of_tt_s,
        tt_s=spread.tt_s,
        offsets_rtn_km=spread.offsets_rtn_km,
        seen_tt_s=np.array([fix.tt_s for fix in later]),
        seen_rtn_km=miss_rtn_km(seen[:, :3], seen[:, 3:], places - seen[:, :3]),
        seen_names=tuple(fix.name for fix in later),
        file_tt_s=own_tt_s,
        file_rtn_km=miss_rtn_km(reference[:, :3], reference[:, 3:], own - reference[:, :3]),
    )


# --- the document ----------------------------------------------------------------------------------------------------


def _report(
    calibrated: Calibrated,
    nominal: Nominal,
    spread: Spread,
    wanted: Sequence[float],
    hindcasts: tuple[Hindcast, ...],
    seen: World,
    world: World,
    belief: Belief,
    read: Sequence[TrackingFile],
    provenance: TrackProvenance,
) -> TrackReport:
    fix = calibrated.known.fixes[-1]
    as_of_tt_s = calibrated.known.as_of_tt_s
    object_name, object_id = _who(calibrated.known)
    eccentricity = float(np.hypot(fix.mean.ex, fix.mean.ey))
    forecast = "the agencies' own forecast" if seen.weather is world.weather else METHOD
    skill = "not measured here: the agencies' own forecast" if seen.weather is world.weather else SKILL
    return TrackReport(
        schema="pointnemo/track/1",
        object_name=object_name or "unnamed",
        object_id=object_id,
        as_of_utc=time.to_utc(as_of_tt_s),
        epoch_utc=time.to_utc(fix.tt_s),
        position_km=_vector(fix.position_km),
        velocity_km_s=_vector(fix.velocity_km_s),
        covariance=tuple(tuple(float(v) for v in row) for row in fix_covariance(fix, world.earth)),
        mass_kg=calibrated.mass_kg,
        origin=fix.origin,
        altitude_km=fix.mean.a_km - EARTH_RADIUS_KM,
        apogee_km=fix.mean.a_km * (1.0 + eccentricity) - EARTH_RADIUS_KM,
        perigee_km=fix.mean.a_km * (1.0 - eccentricity) - EARTH_RADIUS_KM,
        ballistic_factor_m2_kg=documents.ballistic_factor(calibrated),
        decay_km_per_day=documents.decay_estimate(calibrated),
        arcs=documents.arc_fits(calibrated),
        burns=documents.tracked_burns(calibrated, belief),
        events=documents.tracked_events(calibrated.known),
        drag=documents.drag_process(calibrated, belief, seen),
        prediction=tuple(_prediction(nominal, spread, tt_s) for tt_s in wanted),
        hindcasts=hindcasts,
        weather=WeatherUsed(
            source=world.weather.source, as_of_utc=time.to_utc(as_of_tt_s), method=forecast, skill=skill
        ),
        files=tuple(one.file.path_name for one in calibrated.known.told),
        notes=documents.notes(calibrated, object_id, read),
        provenance=provenance,
    )


def _prediction(nominal: Nominal, spread: Spread, tt_s: float) -> Prediction:
    state = nominal.state_at(tt_s)
    row = int(np.argmin(np.abs(spread.tt_s - tt_s)))
    return Prediction(
        utc=time.to_utc(tt_s),
        position_km=_vector(state[:3]),
        velocity_km_s=_vector(state[3:]),
        sigma_rtn_km=spread.sigma_rtn_km(row),
    )


def _vector(values: FloatArray) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
