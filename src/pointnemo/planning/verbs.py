"""The verbs of the public surface: one call each, from a scenario to a stage's result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointnemo.planning.chain import run
from pointnemo.planning.request import Request, StageName, default_workers

if TYPE_CHECKING:
    from pointnemo.results import Assess, Descend, Operate, Plan, Reenter, Skipped, Track

__all__ = ["assess", "descend", "operate", "plan", "reenter", "track"]

Settings = Mapping[str, object] | Sequence[str] | None


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
        orbit: tracking files (CCSDS OEM) that replace the scenario's start state.
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
    lines = (
        tuple(f"{key}={_written(value)}" for key, value in set.items())
        if isinstance(set, Mapping)
        else tuple(set or ())
    )
    files = tuple(Path(path) for path in orbit)
    return run(Request(scenario, lines, files, seed, workers or default_workers(), upto)).plan


def _written(value: object) -> str:
    """A Python value as it would be written after ``--set KEY=``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
