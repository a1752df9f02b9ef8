"""What ``pointnemo track`` does: which of its two grammars is meant, and the one for tracking files carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pointnemo.cli import terminal
from pointnemo.cli.age import age_warning
from pointnemo.cli.fetched import newer_tables
from pointnemo.errors import Defect, InputError

if TYPE_CHECKING:
    from pointnemo.planning.verbs import TrackQuestion

__all__ = ["TrackOptions", "carry_out_track"]

DAYS, MEMBERS = 15.0, 200
SCENARIO = "iss"


@dataclass(frozen=True)
class TrackOptions:
    """Both grammars of ``pointnemo track``, as read; None where an option was not given.

    Attributes:
        what: tracking files, or one scenario or run folder; nothing for the built-in scenario.
        at: UTC epochs of the prediction; tracking files only, like the next three.
        days: how far to predict.
        as_of: UTC; nothing later is used.
        members: size of the ensemble.
        orbit: tracking files that replace the start state; scenarios only, like the next.
        set: ``KEY=VALUE`` lines.
        seed: of all random draws.
        workers: None for one per processor.
        out: where to write the run folder; None for the default.
        force: replace a run with other inputs.
        json: print the document instead of the page.
        quiet: nothing on stderr but errors.
        no_color: no colour codes.
        bundled: use what came with the package, not what ``update`` fetched since.
    """

    what: tuple[str, ...]
    at: tuple[str, ...] = ()
    days: float | None = None
    as_of: str | None = None
    members: int | None = None
    orbit: tuple[Path, ...] = ()
    set: tuple[str, ...] = ()
    seed: int = 0
    workers: int | None = None
    out: Path | None = None
    force: bool = False
    json: bool = False
    quiet: bool = False
    no_color: bool = False
    bundled: bool = False


def carry_out_track(options: TrackOptions) -> int:
    """Track a scenario's station, or what tracking files are about.

    Args:
        options: as given on the command line.

    Returns:
        Exit code 0.

    Raises:
        PointnemoError: see ``errors``.
    """
    scenarios, files, unknown = _sorted_out(options.what)
    defects = [*unknown, *_mixed(scenarios, files, options)]
    if files or unknown:
        return _carry_out_files(files, defects, options)
    if defects:
        raise InputError("this cannot be tracked", defects)
    from pointnemo.cli.flight import Options, carry_out

    return carry_out(
        "track",
        Options(
            scenario=scenarios[0] if scenarios else SCENARIO,
            orbit=options.orbit,
            set=options.set,
            seed=options.seed,
            workers=options.workers,
            out=options.out,
            force=options.force,
            json=options.json,
            quiet=options.quiet,
            no_color=options.no_color,
            bundled=options.bundled,
        ),
    )


# --- which grammar -------------------------------------------------------------------------------------------------


def _sorted_out(what: Sequence[str]) -> tuple[list[str], list[Path], list[Defect]]:
    """Scenarios (built in, TOML or run folder), files, and a defect for each that is neither."""
    from pointnemo.scenario.documents import builtin_names

    scenarios: list[str] = []
    files: list[Path] = []
    unknown: list[Defect] = []
    for name in what:
        # A built-in name wins over a file of that name, as with every other verb; ./NAME is the file.
        if name in builtin_names() or name.endswith(".toml") or Path(name).is_dir():
            scenarios.append(name)
        elif Path(name).exists():
            files.append(Path(name))
        else:
            mend = f"give a tracking file, a TOML file, a run folder, or one of {', '.join(builtin_names())}"
            unknown.append(Defect(name, "there is no such file", mend))
    return scenarios, files, unknown


def _mixed(scenarios: Sequence[str], files: Sequence[Path], options: TrackOptions) -> list[Defect]:
    """What does not belong together: scenarios with files, or the options of one grammar with the other."""
    defects: list[Defect] = []
    if scenarios and files:
        what = "is a scenario or a run folder, beside tracking files"
        mend = "give the files alone, or the scenario with --orbit FILE for each of them"
        defects += [Defect(name, what, mend) for name in scenarios]
    elif len(scenarios) > 1:
        defects += [Defect(name, "is one scenario too many", "give one at a time") for name in scenarios[1:]]
    if files:
        for option, given in (("--set", options.set), ("--orbit", options.orbit)):
            if given:
                mend = "leave it out: a file is given as such" if option == "--orbit" else "leave it out"
                defects.append(Defect(option, "changes a scenario, and tracking files have none", mend))
        return defects
    own = {"--at": options.at or None, "--days": options.days, "--as-of": options.as_of, "--members": options.members}
    given = [option for option, value in own.items() if value is not None]
    if given:
        from pointnemo.world.store import data_folder

        mend = f"name the files, such as those of `pointnemo update`, {data_folder()}/orbit/*/*.xz"
        what = "is for tracking files, and none is given"
        defects += [Defect(option, what, mend) for option in given]
    return defects


# --- tracking files ------------------------------------------------------------------------------------------------


def _carry_out_files(files: Sequence[Path], defects: Sequence[Defect], options: TrackOptions) -> int:
    """Follow tracking files, write the folder, print page or document."""
    from pointnemo.planning.verbs import follow, track_question

    with terminal.noticing(options.quiet) as (notice, log), terminal.progress_bar(not options.quiet) as progress:
        question = track_question(
            files,
            at=options.at,
            days=DAYS if options.days is None else options.days,
            as_of=options.as_of,
            members=MEMBERS if options.members is None else options.members,
            seed=options.seed,
            workers=options.workers,
            bundled=options.bundled,
            also=defects,
        )
        folder = _target(question, options)
        for text in () if options.bundled else newer_tables():
            notice(text)
        from pointnemo.compiled import kernels_are_cached  # loads numba, and may warn about the cache folder

        if not kernels_are_cached():
            notice("first run of this version here: compiling kernels, about a minute; later runs start at once")
        followed = follow(question, progress)
        progress("writing files", 1.0)
        if options.as_of is None:
            for text in age_warning("the start state", followed.report.epoch_utc):
                notice(text)
        from pointnemo.reporting.track_folder import TrackRun, track_json, write_track
        from pointnemo.reporting.track_page import track_page

        run = TrackRun(question.input_hash, question.workers, tuple(log))
        write_track(followed, folder, run, options.force)
    if options.json:
        terminal.emit_bytes(track_json(followed.report).encode())
    else:
        color = terminal.wants_color(options.no_color)
        terminal.emit(track_page(followed, color, input_hash=question.input_hash, folder=str(folder)))
    return 0


def _target(question: TrackQuestion, options: TrackOptions) -> Path:
    """Where the answer goes, found fit for it before minutes are spent."""
    from pointnemo.reporting.track_folder import check_track_target, default_track_folder

    folder = options.out or default_track_folder(question.files[-1].object_name, question.input_hash)
    check_track_target(folder, question.input_hash, options.force)
    return folder
