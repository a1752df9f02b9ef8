"""The verbs of the public surface: one call each, from a scenario or from tracking files to a result."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pointnemo.errors import Defect, EphemerisError, InputError
from pointnemo.planning.request import Progress, Request, StageName, default_workers

if TYPE_CHECKING:
    from pointnemo.descent.replays.report import ReplayReport
    from pointnemo.formats.tracking_files import TrackingFile
    from pointnemo.operations.window_report import WindowsReport
    from pointnemo.planning.uncontrolled import UncontrolledReport
    from pointnemo.reentry.object_report import ObjectReport
    from pointnemo.results import Assess, Descend, Operate, Plan, Reenter, Skipped, Track
    from pointnemo.tracking.report import Followed, TrackReport
    from pointnemo.world import World

__all__ = [
    "TrackQuestion",
    "assess",
    "descend",
    "follow",
    "operate",
    "plan",
    "reenter",
    "reenter_object",
    "replay",
    "track",
    "track_files",
    "track_question",
    "uncontrolled",
    "windows",
]

Settings = Mapping[str, object] | Sequence[str] | None

DAY_S = 86400.0
LONGEST_DAYS = 60.0  # further out the forecast of the Sun says nothing about a place along the track
FEWEST_MEMBERS, MOST_MEMBERS = 10, 10_000


def plan(
    scenario: str | Path = "iss",
    *,
    set: Settings = None,
    orbit: Sequence[str | Path] = (),
    seed: int = 0,
    workers: int | None = None,
) -> Plan:
    """The whole chain, from orbit to verdict.

    Args:
        scenario: built-in name, TOML file or folder of an earlier run.
        set: changes, as a mapping from dotted keys to values or as ``KEY=VALUE`` lines.
        orbit: tracking files of any kind that replace the scenario's start state.
        seed: of all random draws, 0 or more.
        workers: threads; as many as there are processors where not given. The result does not depend on it.

    Returns:
        The plan, the same document that ``pointnemo plan --json`` prints.

    Raises:
        InputError: an input cannot be used; ``defects`` holds everything found.
    """
    return _run("plan", scenario, set, orbit, seed, workers)


def track(
    scenario: str | Path = "iss",
    *,
    set: Settings = None,
    orbit: Sequence[str | Path] = (),
    seed: int = 0,
    workers: int | None = None,
) -> Track | Skipped:
    """Where the station is and how it decays. Arguments, returns and errors as for ``plan``."""
    return _run("track", scenario, set, orbit, seed, workers).track


def operate(
    scenario: str | Path = "iss",
    *,
    set: Settings = None,
    orbit: Sequence[str | Path] = (),
    seed: int = 0,
    workers: int | None = None,
) -> Operate | Skipped:
    """How the station is kept flying. Arguments, returns and errors as for ``plan``."""
    return _run("operate", scenario, set, orbit, seed, workers).operate


def descend(
    scenario: str | Path = "iss",
    *,
    set: Settings = None,
    orbit: Sequence[str | Path] = (),
    seed: int = 0,
    workers: int | None = None,
) -> Descend | Skipped:
    """How it is brought down. Arguments, returns and errors as for ``plan``."""
    return _run("descend", scenario, set, orbit, seed, workers).descend


def reenter(
    scenario: str | Path = "iss",
    *,
    set: Settings = None,
    orbit: Sequence[str | Path] = (),
    seed: int = 0,
    workers: int | None = None,
) -> Reenter | Skipped:
    """What breaks up, survives and falls where. Arguments, returns and errors as for ``plan``."""
    return _run("reenter", scenario, set, orbit, seed, workers).reenter


def assess(
    scenario: str | Path = "iss",
    *,
    set: Settings = None,
    orbit: Sequence[str | Path] = (),
    seed: int = 0,
    workers: int | None = None,
) -> Assess | Skipped:
    """Who is at risk. Arguments, returns and errors as for ``plan``."""
    return _run("assess", scenario, set, orbit, seed, workers).assess


def _run(
    upto: StageName, scenario: str | Path, set: Settings, orbit: Sequence[str | Path], seed: int, workers: int | None
) -> Plan:
    from pointnemo.planning.chain import run  # loads every kernel, which ``track_files`` has no use for

    files = tuple(Path(path) for path in orbit)
    return run(Request(scenario, _lines(set), files, seed, workers or default_workers(), upto)).plan


def _lines(set: Settings) -> tuple[str, ...]:
    """Settings as ``KEY=VALUE`` lines."""
    if isinstance(set, Mapping):
        return tuple(f"{key}={_written(value)}" for key, value in set.items())
    return tuple(set or ())


def _written(value: object) -> str:
    """A Python value as it would be written after ``--set KEY=``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


# --- one object, one casualty area ------------------------------------------------------------------------------------


def reenter_object(path: str | Path, *, bundled: bool = False) -> ObjectReport:
    """What becomes of one object that enters the atmosphere.

    Args:
        path: a TOML file with shape, sizes, mass, material, entry and laws; see docs/reenter.md.
        bundled: use the tables about nature that came with the package, not those fetched since. They matter to the
            real atmosphere alone.

    Returns:
        The document that ``pointnemo reenter --object FILE --json`` prints.

    Raises:
        InputError: the file, or a wind profile that it names, cannot be used; ``defects`` holds everything found.
        WorldError: a table about nature is damaged or does not reach that far.
    """
    from pointnemo.planning.one_object import object_of

    return object_of(path, bundled)


def uncontrolled(
    inclination_deg: float, year: float, casualty_area_m2: float, *, bundled: bool = False
) -> UncontrolledReport:
    """Who is at risk from anything that comes down by itself.

    Args:
        inclination_deg: of the orbit, 0..180.
        year: of the re-entry, 2000..2050.
        casualty_area_m2: of all pieces that reach the ground with more than 15 J (NASA-STD-8719.14C eq. 4.7-1).
        bundled: use the tables about nature that came with the package, not those fetched since.

    Returns:
        The document that ``pointnemo assess --uncontrolled --json`` prints.

    Raises:
        InputError: a number cannot be meant; ``defects`` holds everything found.
    """
    from pointnemo.planning.uncontrolled import uncontrolled_of

    return uncontrolled_of(inclination_deg, year, casualty_area_m2, bundled)


# --- launch windows ------------------------------------------------------------------------------------------------


def replay(name: str | Path, *, bundled: bool = False) -> ReplayReport:
    """Fly a real de-orbit or decay again, and compare it with what was published.

    Args:
        name: a built-in replay (``mir-2001``, ``salyut7-1991``, ``skylab-1979``, ``tiangong1-2018``), or a TOML file.
        bundled: use the data that came with the package, not those fetched by ``pointnemo update``.

    Returns:
        The document ``pointnemo/replay/1``.

    Raises:
        ScenarioError: the document cannot be used; every defect found.
        WorldError: a table about nature is damaged or does not reach that far.
    """
    from pointnemo.planning.replaying import replay_of

    return replay_of(name, bundled)


def windows(
    vehicle: str,
    from_utc: str,
    to_utc: str,
    *,
    site: str | None = None,
    scenario: str | Path = "iss",
    set: Settings = None,
    orbit: Sequence[str | Path] = (),
    bundled: bool = False,
) -> WindowsReport:
    """When a vehicle can leave for the station.

    Args:
        vehicle: key of a vehicle type, such as ``crew-dragon``.
        from_utc: earliest liftoff, UTC (ISO 8601).
        to_utc: latest, 60 days later at most.
        site: key of a launch site, such as ``ksc-39a``; the vehicle's usual one where not given.
        scenario: built-in name, TOML file or run folder: ports and flights, and the start state.
        set: changes of the scenario, as for ``plan``.
        orbit: tracking files of any kind; the newest state before ``from_utc`` replaces the start state.
        bundled: use the tables about nature that came with the package, not those fetched since.

    Returns:
        The document that ``pointnemo windows --json`` prints.

    Raises:
        InputError: an input cannot be used; ``defects`` holds everything found.
        WorldError: nothing is known about the Sun or the Earth on those days.
    """
    from pointnemo.planning.launching import windows_of

    return windows_of(vehicle, from_utc, to_utc, site, scenario, _lines(set), orbit, bundled)


# --- tracking files ------------------------------------------------------------------------------------------------


def track_files(
    files: Sequence[str | Path],
    *,
    at: Sequence[str] = (),
    days: float = 15.0,
    as_of: str | None = None,
    members: int = 200,
    seed: int = 0,
    workers: int | None = None,
    bundled: bool = False,
) -> TrackReport:
    """What tracking files say: state, drag, burns, and a prediction with its uncertainty.

    Args:
        files: CCSDS OEM, OMM, OPM or two-line elements of one object, in any order, plain or compressed.
        at: UTC epochs (ISO 8601) at which the prediction is wanted; after 1, 3, 7, ... days where not given.
        days: how far to predict from the start state, above 0 and at most 60; further where ``at`` asks for it.
        as_of: UTC; nothing that became known later is used. The creation date of the newest file where not given.
        members: size of the ensemble.
        seed: of all random draws, 0 or more.
        workers: threads; as many as there are processors where not given. The result does not depend on it.
        bundled: use the tables about nature that came with the package, not those fetched since.

    Returns:
        The document that ``pointnemo track FILE... --json`` prints.

    Raises:
        InputError: an input cannot be used; ``defects`` holds everything found.
        WorldError: nothing is known about the Sun or the Earth on those days.
        FlightError: the state is no orbit that stays up that long.
    """
    question = track_question(
        files, at=at, days=days, as_of=as_of, members=members, seed=seed, workers=workers, bundled=bundled
    )
    return follow(question).report


@dataclass(frozen=True)
class TrackQuestion:
    """What is asked of tracking files, read and found in order.

    Attributes:
        files: by creation, oldest first.
        world: tables about nature in use.
        at_tt_s: epochs of the prediction, rising, TT seconds since J2000.
        days: how far to predict from the start state; reaches the last of ``at_tt_s``.
        as_of_tt_s: nothing later is used.
        members: size of the ensemble.
        seed: of all random draws.
        workers: threads; not part of the question's hash, since the answer does not depend on it.
        input_hash: of all that the answer depends on, 64 hexadecimal digits.
    """

    files: tuple[TrackingFile, ...]
    world: World
    at_tt_s: tuple[float, ...]
    days: float
    as_of_tt_s: float
    members: int
    seed: int
    workers: int
    input_hash: str


def track_question(
    files: Sequence[str | Path],
    *,
    at: Sequence[str] = (),
    days: float = 15.0,
    as_of: str | None = None,
    members: int = 200,
    seed: int = 0,
    workers: int | None = None,
    bundled: bool = False,
    also: Sequence[Defect] = (),
) -> TrackQuestion:
    """Read the files and the options of ``track_files``, whose arguments these are, without flying anything.

    Args:
        files: as for ``track_files``, like all but the last.
        at: see there.
        days: see there.
        as_of: see there.
        members: see there.
        seed: see there.
        workers: see there.
        bundled: see there.
        also: defects that the caller found, to be told together with those found here.

    Returns:
        The question.

    Raises:
        InputError: something cannot be used; everything found.
        WorldError: a table about nature is damaged.
    """
    from pointnemo.formats.tracking_files import read_many
    from pointnemo.tracking.known import newest_knowledge_tt_s

    defects = [*also, *_range_defects(days, members, seed, workers)]
    epochs = [_epoch("--at", text, defects) for text in at]
    wall = None if as_of is None else _epoch("--as-of", as_of, defects)
    paths = [Path(path) for path in files]
    read: tuple[TrackingFile, ...] = ()
    if not paths and not also:
        defects.append(Defect("FILE", "there is no tracking file", "give at least one"))
    try:
        read = read_many(paths)
    except EphemerisError as error:
        defects += error.defects
    if read and wall is None:
        wall = newest_knowledge_tt_s(read)
    at_tt_s = tuple(sorted({epoch for epoch in epochs if epoch is not None}))
    start = None if wall is None else _start_tt_s(read, wall, defects)
    if start is not None:
        defects += _reach_defects(at_tt_s, start)
    if defects or start is None or wall is None:
        raise InputError("this cannot be tracked", defects)
    from pointnemo.planning.hashing import digest
    from pointnemo.tracking.report import SHOWN_DAYS
    from pointnemo.version import source_digest
    from pointnemo.world import load_world

    world = load_world(bundled)
    at_tt_s = at_tt_s or tuple(start + DAY_S * day for day in sorted({*(d for d in SHOWN_DAYS if d < days), days}))
    days = max(days, (at_tt_s[-1] - start) / DAY_S)
    contents = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    tables = [table.sha256 for table in world.data_files()]
    parts = [source_digest(), tables, contents, list(at_tt_s), days, wall, members, seed]
    return TrackQuestion(read, world, at_tt_s, days, wall, members, seed, workers or default_workers(), digest(parts))


def follow(question: TrackQuestion, progress: Progress | None = None) -> Followed:
    """Answer a question about tracking files.

    Args:
        question: see ``track_question``.
        progress: told what is being done, and which fraction of the whole is done.

    Returns:
        The document with the arrays behind it.

    Raises:
        InputError: the files do not belong together, or cannot be used for this.
        WorldError: nothing is known about the Sun or the Earth on those days.
        FlightError: the state is no orbit that stays up that long.
    """
    from pointnemo.tracking.follow import track_files as follow_files

    return follow_files(
        question.files,
        question.world,
        at_tt_s=question.at_tt_s,
        days=question.days,
        as_of_tt_s=question.as_of_tt_s,
        members=question.members,
        seed=question.seed,
        workers=question.workers,
        progress=progress,
    )


def _range_defects(days: float, members: int, seed: int, workers: int | None) -> list[Defect]:
    """Numbers that no question can have."""
    defects: list[Defect] = []
    if not (math.isfinite(days) and 0.0 < days <= LONGEST_DAYS):
        defects.append(Defect("--days", f"{days:g} is out of range", f"above 0 and at most {LONGEST_DAYS:g}"))
    if not FEWEST_MEMBERS <= members <= MOST_MEMBERS:
        what = f"{members} is out of range"
        defects.append(Defect("--members", what, f"{FEWEST_MEMBERS} to {MOST_MEMBERS}"))
    if seed < 0:
        defects.append(Defect("--seed", f"{seed} is negative", "use 0 or more"))
    if workers is not None and workers < 1:
        defects.append(Defect("--workers", f"{workers} is not a number of workers", "use 1 or more"))
    return defects


def _epoch(option: str, text: str, defects: list[Defect]) -> float | None:
    """A UTC text as TT seconds since J2000; what is none is added to the defects."""
    from pointnemo.world import time

    try:
        return time.from_utc(text)
    except InputError as error:
        defects += [Defect(option, f"{text!r} {defect.what}", defect.mend) for defect in error.defects]
        return None


def _start_tt_s(files: Sequence[TrackingFile], wall_tt_s: float, defects: list[Defect]) -> float | None:
    """Epoch of the newest state known by then: that of an ephemeris counts once it is past and the file is made."""
    from pointnemo.world import time

    known = [
        float(epoch)
        for file in files
        if file.elements
        for epoch, known_tt_s in zip(file.tt_s, file.known_tt_s, strict=True)
        if known_tt_s <= wall_tt_s
    ]
    told = [(file.epoch_tt_s, max(file.epoch_tt_s, file.created_tt_s)) for file in files if not file.elements]
    known += [epoch for epoch, since in told if since <= wall_tt_s]
    if files and not known:
        first = min([*(since for _, since in told), *(file.epoch_tt_s for file in files if file.elements)])
        what = f"{time.to_utc(wall_tt_s, 0)} lies before all that is known: the oldest is of {time.to_utc(first, 0)}"
        defects.append(Defect("--as-of", what, "give an older file, or a later date"))
    return max(known, default=None)


def _reach_defects(at_tt_s: Sequence[float], start_tt_s: float) -> list[Defect]:
    """Epochs that no prediction from the start state reaches."""
    from pointnemo.world import time

    defects: list[Defect] = []
    start = time.to_utc(start_tt_s, 0)
    for epoch in at_tt_s:
        if epoch < start_tt_s:
            what = f"{time.to_utc(epoch, 0)} lies before the start state of {start}"
            defects.append(Defect("--at", what, "give a later epoch, or an older file as the newest"))
        elif epoch > start_tt_s + LONGEST_DAYS * DAY_S:
            what = f"{time.to_utc(epoch, 0)} lies more than {LONGEST_DAYS:g} days after the start state of {start}"
            defects.append(Defect("--at", what, "give an earlier epoch, or a newer file"))
    return defects
