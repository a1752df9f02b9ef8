"""The command line. Thin on purpose: parse, call, print, exit code.

Nothing heavy is imported here: ``pointnemo --help`` answers before numpy could be loaded.

Exit codes: 0 done, whatever the verdict; 1 our fault; 2 the input is wrong; 3 not feasible though required; 4 no source
answered an update; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pointnemo.cli.grammar import (
    Bundled,
    Force,
    Json,
    NoColor,
    Orbit,
    Out,
    Quiet,
    RequireFeasible,
    RunFolder,
    ScenarioOrRun,
    ScenarioUnlessAlone,
    Seed,
    Set,
    Workers,
)
from pointnemo.cli.terminal import complain, emit
from pointnemo.errors import InputError, PointnemoError, WorldError

if TYPE_CHECKING:
    from pointnemo.cli.flight import Options
    from pointnemo.reporting.page import Upto

__all__ = ["app", "main", "run"]

OUR_FAULT, WRONG_INPUT, INTERRUPTED = 1, 2, 130

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
app = typer.Typer(
    name="pointnemo",
    help="From today's orbit to Point Nemo: plan and fly the last years of a space station.",
    context_settings=_SETTINGS,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
show = typer.Typer(help="Print the scenario, its sources and guesses, or the JSON Schema.", rich_markup_mode=None)
app.add_typer(show, name="show", context_settings=_SETTINGS)


def _version(wanted: bool) -> None:
    if wanted:
        from pointnemo import __version__

        emit(f"pointnemo {__version__}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        emit(context.get_help() + "\n")


@app.command()
def plan(
    scenario: ScenarioOrRun = "iss",
    orbit: Orbit = None,
    set: Set = None,
    seed: Seed = 0,
    workers: Workers = None,
    out: Out = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    bundled: Bundled = False,
    require_feasible: RequireFeasible = False,
) -> None:
    """The whole plan, with a verdict and what would mend it."""
    from pointnemo.cli.flight import Options, carry_out

    options = Options(
        scenario=scenario,
        orbit=tuple(orbit or ()),
        set=tuple(set or ()),
        seed=seed,
        workers=workers,
        out=out,
        force=force,
        json=json,
        quiet=quiet,
        no_color=no_color,
        bundled=bundled,
        require_feasible=require_feasible,
    )
    raise typer.Exit(carry_out("plan", options))


def _carry_out(upto: Upto, options: Options) -> int:
    """What a verb does; two of them report more than their part of the plan."""
    if upto == "operate" or upto == "descend":
        from pointnemo.cli.reported import carry_out_reported

        return carry_out_reported(upto, options)
    from pointnemo.cli.flight import carry_out

    return carry_out(upto, options)


def _stage(upto: Upto, text: str) -> None:
    """Add the verb of one stage: the same grammar as ``plan``."""

    def verb(
        scenario: ScenarioOrRun = "iss",
        orbit: Orbit = None,
        set: Set = None,
        seed: Seed = 0,
        workers: Workers = None,
        out: Out = None,
        force: Force = False,
        json: Json = False,
        quiet: Quiet = False,
        no_color: NoColor = False,
        bundled: Bundled = False,
    ) -> None:
        from pointnemo.cli.flight import Options

        options = Options(
            scenario=scenario,
            orbit=tuple(orbit or ()),
            set=tuple(set or ()),
            seed=seed,
            workers=workers,
            out=out,
            force=force,
            json=json,
            quiet=quiet,
            no_color=no_color,
            bundled=bundled,
        )
        raise typer.Exit(_carry_out(upto, options))

    app.command(upto, help=cleandoc(text))(verb)


@app.command()
def track(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE... | SCENARIO | RUN",
            help="Tracking files (CCSDS OEM, OMM, OPM, OCM, two-line elements) of one object, in any order; or a "
            "built-in scenario, a TOML file or the folder of an earlier run; iss if nothing is given.",
            show_default=False,
        ),
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="UTC", help="Files: predict for this epoch; may be repeated.")
    ] = None,
    days: Annotated[
        float | None, typer.Option("--days", metavar="N", help="Files: days to predict, at most 60; 15 if not given.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="UTC", help="Files: use nothing later; the newest file's date if not given."),
    ] = None,
    members: Annotated[
        int | None, typer.Option("--members", metavar="N", help="Files: size of the ensemble; 200 if not given.")
    ] = None,
    orbit: Orbit = None,
    set: Set = None,
    seed: Seed = 0,
    workers: Workers = None,
    out: Out = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    bundled: Bundled = False,
) -> None:
    """Where the station is and how it decays; from tracking files, also where it will be, and how surely.

    With files: state, drag history, burns, and a prediction with its uncertainty, into runs/track-<object>-<input hash>
    (track.json, prediction.oem, tables, figures). With a scenario: that part of its plan.
    """
    from pointnemo.cli.tracked import TrackOptions, carry_out_track

    options = TrackOptions(
        what=tuple(what or ()),
        at=tuple(at or ()),
        days=days,
        as_of=as_of,
        members=members,
        orbit=tuple(orbit or ()),
        set=tuple(set or ()),
        seed=seed,
        workers=workers,
        out=out,
        force=force,
        json=json,
        quiet=quiet,
        no_color=no_color,
        bundled=bundled,
    )
    raise typer.Exit(carry_out_track(options))


_stage(
    "operate",
    """How it is held until operations end: reboosts, propellant, ports, crews, supplies, commitments.

    Limits that cannot be kept stand first. With --set, also what changed against the plan without it. The run folder
    gets operate.json, operate.html and figures beside the files of the plan.
    """,
)
_stage(
    "descend",
    """How it comes down: best way, targeted burns, backups, and what if a burn or all propulsion fails.

    When and where it enters, how surely, and what is missing stand first. The run folder gets descend.json,
    descend.html, figures, and the manoeuvres as CCSDS files beside the files of the plan.
    """,
)


@app.command()
def reenter(
    scenario: ScenarioUnlessAlone = None,
    object: Annotated[
        list[Path] | None,
        typer.Option("--object", metavar="FILE", help="Fly one object instead, given by a TOML file."),
    ] = None,
    orbit: Orbit = None,
    set: Set = None,
    seed: Seed = 0,
    workers: Workers = None,
    out: Out = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    bundled: Bundled = False,
) -> None:
    """What breaks up, what survives, where it falls; with --object, what becomes of one object.

    With --object nothing is written: shape, size, mass, material, entry and laws are in FILE (see docs/reenter.md).
    """
    from pointnemo.cli.flight import Options, carry_out

    if object:
        from pointnemo.cli.entering import ObjectOptions, carry_out_object, refuse_mixture, scenario_options, several

        given = scenario_options(scenario, orbit, set, seed, workers, out, force)
        refuse_mixture("reenter --object", "with --object", given, several("--object", object))
        raise typer.Exit(carry_out_object(ObjectOptions(object[0], json, quiet, bundled)))
    options = Options(
        scenario=scenario or "iss",
        orbit=tuple(orbit or ()),
        set=tuple(set or ()),
        seed=seed,
        workers=workers,
        out=out,
        force=force,
        json=json,
        quiet=quiet,
        no_color=no_color,
        bundled=bundled,
    )
    raise typer.Exit(carry_out("reenter", options))


@app.command()
def assess(
    scenario: ScenarioUnlessAlone = None,
    uncontrolled: Annotated[
        bool, typer.Option("--uncontrolled", help="Anything that comes down by itself; needs the three options below.")
    ] = False,
    inclination: Annotated[
        float | None, typer.Option("--inclination", metavar="DEG", help="Uncontrolled: of the orbit.")
    ] = None,
    year: Annotated[float | None, typer.Option("--year", metavar="YEAR", help="Uncontrolled: of the re-entry.")] = None,
    casualty_area: Annotated[
        float | None, typer.Option("--casualty-area", metavar="M2", help="Uncontrolled: of all pieces.")
    ] = None,
    orbit: Orbit = None,
    set: Set = None,
    seed: Seed = 0,
    workers: Workers = None,
    out: Out = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    bundled: Bundled = False,
) -> None:
    """Who is at risk; with --uncontrolled, from anything of a known casualty area that comes down by itself."""
    from pointnemo.cli.entering import UncontrolledOptions, carry_out_uncontrolled, refuse_mixture, scenario_options
    from pointnemo.cli.flight import Options, carry_out

    if uncontrolled:
        asked = UncontrolledOptions(inclination, year, casualty_area, json, quiet, bundled)
        beside = scenario_options(scenario, orbit, set, seed, workers, out, force)
        raise typer.Exit(carry_out_uncontrolled(asked, beside))
    alone = {"--inclination": inclination, "--year": year, "--casualty-area": casualty_area}
    refuse_mixture("assess", "without --uncontrolled", {name: value is not None for name, value in alone.items()})
    options = Options(
        scenario=scenario or "iss",
        orbit=tuple(orbit or ()),
        set=tuple(set or ()),
        seed=seed,
        workers=workers,
        out=out,
        force=force,
        json=json,
        quiet=quiet,
        no_color=no_color,
        bundled=bundled,
    )
    raise typer.Exit(carry_out("assess", options))


@app.command()
def windows(
    vehicle: Annotated[
        str, typer.Option("--vehicle", metavar="KEY", help="Vehicle type, such as crew-dragon or soyuz-ms.")
    ],
    from_utc: Annotated[str, typer.Option("--from", metavar="UTC", help="Earliest liftoff.")],
    to_utc: Annotated[str, typer.Option("--to", metavar="UTC", help="Latest liftoff, at most 60 days later.")],
    site: Annotated[
        str | None,
        typer.Option("--site", metavar="KEY", help="Launch site, such as ksc-39a; the usual one if not given."),
    ] = None,
    orbit: Orbit = None,
    scenario: Annotated[
        str, typer.Option("--scenario", metavar="SCENARIO | RUN", help="Whose ports, flights and start state hold.")
    ] = "iss",
    set: Set = None,
    json: Json = False,
    quiet: Quiet = False,
    bundled: Bundled = False,
) -> None:
    """When a vehicle can leave for the station: liftoff, phase, trip, Sun, port, and what blocks it."""
    from pointnemo.cli.launching import WindowsOptions, carry_out_windows

    options = WindowsOptions(
        vehicle=vehicle,
        from_utc=from_utc,
        to_utc=to_utc,
        site=site,
        orbit=tuple(orbit or ()),
        scenario=scenario,
        set=tuple(set or ()),
        json=json,
        quiet=quiet,
        bundled=bundled,
    )
    raise typer.Exit(carry_out_windows(options))


@app.command()
def replay(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME | FILE",
            help="mir-2001, salyut7-1991, skylab-1979, tiangong1-2018, or a TOML file.",
            show_default=False,
        ),
    ],
    json: Json = False,
    quiet: Quiet = False,
    bundled: Bundled = False,
) -> None:
    """Fly a real de-orbit or decay again, and compare it with what was published."""
    from pointnemo.cli.replaying import ReplayOptions, carry_out_replay

    raise typer.Exit(carry_out_replay(ReplayOptions(name, json, quiet, bundled)))


@app.command()
def update(
    product: Annotated[
        list[str] | None,
        typer.Argument(metavar="orbit | space_weather | earth_orientation", help="What to fetch; all if not given."),
    ] = None,
) -> None:
    """Fetch newer tracking, space weather and Earth orientation; runs then use them unless --bundled is given.

    The only verb that uses the network: at most one request per source in two hours. What comes is checked before it
    replaces anything. Exit code 4 where no source answered for something.
    """
    from pointnemo.cli.fetched import carry_out_update

    raise typer.Exit(carry_out_update(product or ()))


@app.command()
def compare(first: RunFolder, second: RunFolder) -> None:
    """What changed between two runs."""
    from pointnemo.cli.flight import compare_runs

    raise typer.Exit(compare_runs(first, second))


@show.callback(invoke_without_command=True)
def _show(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        emit(context.get_help() + "\n")


@show.command("scenario")
def _show_scenario(scenario: ScenarioOrRun = "iss", set: Set = None) -> None:
    """The scenario as one TOML file, each value with its source."""
    from pointnemo.cli.show import scenario_text

    emit(scenario_text(scenario, set or ()))


@show.command("schema")
def _show_schema(
    document: Annotated[
        str,
        typer.Argument(metavar="plan | operate | descend | track | windows | ...", help="Which one."),
    ] = "plan",
) -> None:
    """The JSON Schema of a document: plan, operate, descend, track, windows, replay, object, uncontrolled."""
    from pointnemo.cli.show import schema_text

    emit(schema_text(document))


@show.command("assumptions")
def _show_assumptions(scenario: ScenarioOrRun = "iss", set: Set = None) -> None:
    """Every value of the scenario that is a guess: what to doubt first."""
    from pointnemo.cli.show import assumptions_text

    emit(assumptions_text(scenario, set or ()))


@show.command("sources")
def _show_sources(scenario: ScenarioOrRun = "iss", set: Set = None) -> None:
    """Where each number of the scenario comes from."""
    from pointnemo.cli.show import sources_text

    emit(sources_text(scenario, set or ()))


def main(arguments: list[str]) -> int:
    """Carry out one command line.

    Args:
        arguments: without the program's name.

    Returns:
        The exit code. No exception gets out, unless ``POINTNEMO_DEBUG=1`` asks for the traceback of a fault of ours.
    """
    try:
        code = int(app(arguments, prog_name="pointnemo", standalone_mode=False) or 0)
        if code == INTERRUPTED:  # typer turns Ctrl-C into this code without a word
            complain("interrupted")
        return code
    except typer.TyperException as error:  # a usage error: unknown option, not a number, ...
        complain(f"{error.format_message()} (see pointnemo --help)")
        return WRONG_INPUT
    except (InputError, WorldError) as error:
        complain(str(error))
        return WRONG_INPUT
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted")
        return INTERRUPTED
    except PointnemoError as error:
        return _fault(error, str(error))
    except MemoryError as error:
        return _fault(error, "out of memory; fewer reentry.fragments or --workers need less")
    except Exception as error:  # the last line of defence: whoever runs this gets a sentence, never a traceback
        return _fault(error, f"{type(error).__name__}: {error}")


def _fault(error: BaseException, text: str) -> int:
    if os.environ.get("POINTNEMO_DEBUG") == "1":
        raise error
    complain(" ".join(text.split()) + "; please report this (POINTNEMO_DEBUG=1 shows where it happened)")
    return OUR_FAULT


def run() -> NoReturn:
    """Entry point of the program."""
    sys.exit(main(sys.argv[1:]))
