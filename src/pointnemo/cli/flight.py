"""What a stage verb does once its options are read: fly, write the run folder, print. Imported only when needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pointnemo import planning
from pointnemo.cli import terminal
from pointnemo.cli.age import age_warning
from pointnemo.cli.fetched import newer_orbit, newer_tables
from pointnemo.errors import Defect, RunFolderError
from pointnemo.planning import Request
from pointnemo.planning.request import default_workers
from pointnemo.reporting.folder import (
    DEFAULT_PARENT,
    check_inputs,
    check_target,
    default_folder,
    plan_json,
    read_plan,
    write_run,
)
from pointnemo.reporting.page import Upto, page
from pointnemo.reporting.series import data_end_year
from pointnemo.results import Track

if TYPE_CHECKING:
    from pointnemo.planning import Progress, Run
    from pointnemo.results import Plan

__all__ = ["NOT_FEASIBLE", "Options", "answered", "carry_out", "compare_runs"]

NOT_FEASIBLE = 3
T = TypeVar("T")


@dataclass(frozen=True)
class Options:
    """The grammar of every stage verb, as read.

    Attributes:
        scenario: built-in name, TOML file, or run folder.
        orbit: tracking files.
        set: ``KEY=VALUE`` lines.
        seed: of all random draws.
        workers: None for one per processor.
        out: where to write the run folder; None for the default.
        force: replace a run with other inputs.
        json: print the document instead of the page.
        quiet: nothing on stderr but errors.
        no_color: no colour codes.
        bundled: use what came with the package, not what ``update`` fetched since.
        require_feasible: exit 3 where a check fails.
    """

    scenario: str
    orbit: tuple[Path, ...]
    set: tuple[str, ...]
    seed: int
    workers: int | None
    out: Path | None
    force: bool
    json: bool
    quiet: bool
    no_color: bool
    bundled: bool = False
    require_feasible: bool = False


def carry_out(upto: Upto, options: Options) -> int:
    """Run the chain to a stage, write its run folder, print its part of the page or the document.

    Args:
        upto: last stage wanted.
        options: as given on the command line.

    Returns:
        Exit code: 0, or 3 where feasibility is required and not given.

    Raises:
        PointnemoError: see ``errors``.
    """
    run, folder = answered(
        upto,
        options,
        lambda request, progress: planning.run(request, progress),  # loads every kernel: not before all is in order
        lambda run: run,
        lambda run, folder, log: write_run(run, folder, options.force, log),
    )
    if options.json:
        terminal.emit_bytes(plan_json(run.plan).encode())
    else:
        terminal.emit(
            page(
                run.plan,
                terminal.wants_color(options.no_color),
                upto=upto,
                data_end_year=data_end_year(run.history),
                folder=str(folder),
            )
        )
    return NOT_FEASIBLE if options.require_feasible and not run.plan.verdict.feasible else 0


def answered(
    upto: Upto,
    options: Options,
    fly: Callable[[Request, Progress], T],
    run_of: Callable[[T], Run],
    write: Callable[[T, Path, Sequence[str]], Path],
) -> tuple[T, Path]:
    """All that lies between options and printing: newer data, a target that will do, flight, files, notices.

    Args:
        upto: last stage wanted.
        options: as given on the command line.
        fly: answers the request.
        run_of: the run within the answer.
        write: puts the answer into a folder and gives the folder; the log of notices is for its ``run.json``.

    Returns:
        The answer, and the folder that it was written to.

    Raises:
        PointnemoError: see ``errors``.
    """
    orbit, found = (
        (options.orbit, ()) if options.orbit or options.bundled else newer_orbit(options.scenario, options.set)
    )
    request = Request(
        scenario=options.scenario,
        set=options.set,
        orbit=orbit,
        seed=options.seed,
        upto=upto,
        bundled=options.bundled,
        workers=default_workers() if options.workers is None else options.workers,
    )
    named = _named_target(options, request)
    check_target(named or DEFAULT_PARENT / "new")  # before minutes are spent on it
    if options.out is not None and not options.force and (options.out / "plan.json").is_file():
        check_inputs(options.out, planning.input_hash(request))
    with terminal.noticing(options.quiet) as (notice, log):
        for text in (*found, *(() if options.bundled else newer_tables())):
            notice(text)
        from pointnemo.compiled import kernels_are_cached  # loads numba, and may warn about the cache folder

        if not kernels_are_cached():
            notice("first run of this version here: compiling kernels, about a minute; later runs start at once")
        with terminal.progress_bar(not options.quiet) as progress:
            answer = fly(request, progress)
            progress("writing files", 1.0)
            run = run_of(answer)
            if isinstance(run.plan.track, Track):
                for text in age_warning("the start state", run.plan.track.epoch_utc):
                    notice(text)
            folder = write(answer, named or default_folder(run.plan), log)
    return answer, folder


def _named_target(options: Options, request: Request) -> Path | None:
    """``--out``; else a given run folder of the same inputs; None: the default, which the run itself names."""
    if options.out is not None:
        return options.out
    given = Path(options.scenario)
    if (given / "plan.json").is_file():
        try:
            if read_plan(given).provenance.input_hash == planning.input_hash(request):
                return given
        except RunFolderError as error:
            terminal.complain(f"{error}; writing elsewhere")
    return None


def compare_runs(first: Path, second: Path) -> int:
    """Print what changed between two run folders.

    Args:
        first: the run folder to compare from.
        second: the run folder to compare with.

    Returns:
        Exit code 0.

    Raises:
        RunFolderError: names each folder that cannot be read.
    """
    from pointnemo.reporting.compare import compare

    plans: list[Plan] = []
    defects: list[Defect] = []
    for folder in (first, second):
        try:
            plans.append(read_plan(folder))
        except RunFolderError as error:
            defects += error.defects
    if defects:
        raise RunFolderError("these runs cannot be compared", defects)
    terminal.emit(compare(*plans))
    return 0
