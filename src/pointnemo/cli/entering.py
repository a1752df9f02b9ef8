"""What ``reenter --object`` and ``assess --uncontrolled`` do once their options are read. Imported only when needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pointnemo.cli import terminal
from pointnemo.errors import Defect, InputError

__all__ = [
    "ObjectOptions",
    "UncontrolledOptions",
    "carry_out_object",
    "carry_out_uncontrolled",
    "refuse_mixture",
    "scenario_options",
    "several",
]


@dataclass(frozen=True)
class ObjectOptions:
    """The grammar of ``reenter --object``, as read.

    Attributes:
        path: the TOML of the object.
        json: print the document instead of the page.
        quiet: nothing on stderr but errors.
        bundled: use the tables that came with the package, not those fetched since.
    """

    path: Path
    json: bool = False
    quiet: bool = False
    bundled: bool = False


@dataclass(frozen=True)
class UncontrolledOptions:
    """The grammar of ``assess --uncontrolled``, as read; None where not given.

    Attributes:
        inclination_deg: of the orbit.
        year: of the re-entry.
        casualty_area_m2: of all pieces that are dangerous.
        json: print the document instead of the page.
        quiet: nothing on stderr but errors.
        bundled: use the tables that came with the package, not those fetched since.
    """

    inclination_deg: float | None
    year: float | None
    casualty_area_m2: float | None
    json: bool = False
    quiet: bool = False
    bundled: bool = False


def refuse_mixture(verb: str, why: str, given: dict[str, bool], also: Sequence[Defect] = ()) -> None:
    """Refuse options that mean nothing beside, or without, another one.

    Args:
        verb: of the command line.
        why: what they mean nothing with or without.
        given: option -> whether it was given.
        also: what else is wrong.

    Raises:
        InputError: something is wrong; all of it is named.
    """
    defects = [Defect(option, f"means nothing {why}", "leave it out") for option, there in given.items() if there]
    if defects or also:
        raise InputError(f"{verb} cannot be carried out", [*defects, *also])


def several(option: str, given: Sequence[Path]) -> tuple[Defect, ...]:
    """What is wrong with an option that takes one file, if anything.

    Args:
        option: as a user writes it.
        given: the files.
    """
    if len(given) < 2:
        return ()
    return (Defect(option, f"is given {len(given)} times", "give one file; run the command once for each"),)


def scenario_options(
    scenario: str | None,
    orbit: list[Path] | None,
    set: list[str] | None,
    seed: int,
    workers: int | None,
    out: Path | None,
    force: bool,
) -> dict[str, bool]:
    """Which of the options were given that need a scenario.

    Args:
        scenario, orbit, set, seed, workers, out, force: as read, with the defaults of every verb.

    Returns:
        Option, as a user writes it -> whether it was given.
    """
    return {
        "SCENARIO": scenario is not None,
        "--orbit": bool(orbit),
        "--set": bool(set),
        "--seed": seed != 0,
        "--workers": workers is not None,
        "--out": out is not None,
        "--force": force,
    }


def carry_out_object(options: ObjectOptions) -> int:
    """Fly one object and print what becomes of it; nothing is written.

    Args:
        options: as given on the command line.

    Returns:
        Exit code 0, whatever becomes of it.

    Raises:
        PointnemoError: see ``errors``.
    """
    from pointnemo.planning.verbs import reenter_object
    from pointnemo.reporting.object_page import object_json, object_page

    with terminal.noticing(options.quiet) as (notice, _):
        from pointnemo.compiled import kernels_are_cached

        if not kernels_are_cached():
            notice("first run of this version here: compiling kernels, about a minute; later runs start at once")
        report = reenter_object(options.path, bundled=options.bundled)
    if options.json:
        terminal.emit_bytes(object_json(report).encode())
    else:
        terminal.emit(object_page(report))
    return 0


def carry_out_uncontrolled(options: UncontrolledOptions, beside: dict[str, bool]) -> int:
    """Say who is at risk from an uncontrolled re-entry; nothing is written.

    Args:
        options: as given on the command line.
        beside: options that need a scenario -> whether they were given; none may be.

    Returns:
        Exit code 0, whatever the rules say.

    Raises:
        PointnemoError: see ``errors``.
    """
    wanted = {
        "--inclination": (options.inclination_deg, "of the orbit in degrees, such as 51.6"),
        "--year": (options.year, "of the re-entry, such as 2030"),
        "--casualty-area": (options.casualty_area_m2, "of all pieces in square metres, such as 5.27"),
    }
    missing = [
        Defect(name, "is missing", f"give it: {what}") for name, (value, what) in wanted.items() if value is None
    ]
    refuse_mixture("assess --uncontrolled", "with --uncontrolled", beside, missing)
    assert options.inclination_deg is not None
    assert options.year is not None
    assert options.casualty_area_m2 is not None
    from pointnemo.planning.verbs import uncontrolled
    from pointnemo.reporting.uncontrolled_page import uncontrolled_json, uncontrolled_page

    with terminal.noticing(options.quiet):
        report = uncontrolled(options.inclination_deg, options.year, options.casualty_area_m2, bundled=options.bundled)
    if options.json:
        terminal.emit_bytes(uncontrolled_json(report).encode())
    else:
        terminal.emit(uncontrolled_page(report))
    return 0
