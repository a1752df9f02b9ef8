"""Arguments and options that verbs share. As light as ``main``: nothing heavy is imported here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Bundled",
    "Force",
    "Json",
    "NoColor",
    "Orbit",
    "Out",
    "Quiet",
    "RequireFeasible",
    "RunFolder",
    "ScenarioOrRun",
    "ScenarioUnlessAlone",
    "Seed",
    "Set",
    "Workers",
]

ScenarioOrRun = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO | RUN",
        help="A built-in scenario, a TOML file, or the folder of an earlier run, whose unchanged stages are reused.",
        show_default=True,
    ),
]
ScenarioUnlessAlone = Annotated[
    str | None,
    typer.Argument(
        metavar="SCENARIO | RUN",
        help="A built-in scenario, a TOML file, or the folder of an earlier run, whose unchanged stages are reused; "
        "iss if not given.",
        show_default=False,
    ),
]
Orbit = Annotated[
    list[Path] | None, typer.Option("--orbit", metavar="FILE", help="Tracking file that replaces the start state.")
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one value of the scenario.")]
Bundled = Annotated[
    bool, typer.Option("--bundled", help="Use the data that came with the package, not those fetched by update.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of all random draws, 0 or more.")]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", help="Parallel workers, 1 or more; one per processor if not given."),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Run folder; runs/<scenario>-<input hash> if not given.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace a run folder that holds other inputs.")]
Json = Annotated[bool, typer.Option("--json", help="Print the JSON document instead of the page.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Nothing on stderr but errors.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours.")]
RequireFeasible = Annotated[bool, typer.Option("--require-feasible", help="Exit 3 where a check fails.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.", show_default=False)]
