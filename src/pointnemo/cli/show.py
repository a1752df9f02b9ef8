"""What ``pointnemo show`` prints: the scenario, its sources, its assumptions. Imported only when needed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from pointnemo.errors import Defect, InputError, RunFolderError
from pointnemo.reporting.words import wrapped
from pointnemo.scenario import Scenario, dump_toml, load_scenario
from pointnemo.scenario.loader import shown
from pointnemo.scenario.sources import leaves, source_of

__all__ = ["assumptions_text", "scenario_text", "schema_text", "sources_text"]

DOCUMENTS = ("plan", "operate", "descend", "track", "windows", "replay", "object", "uncontrolled")


def scenario_of(name: str, set: Sequence[str]) -> Scenario:
    """The scenario by name, file or run folder, with every ``--set``."""
    folder = Path(name)
    if folder.is_dir():
        from pointnemo.planning.store import SCENARIO_FILE

        if not (folder / SCENARIO_FILE).is_file():
            mend = "give a scenario, or a folder that `pointnemo plan` wrote"
            raise RunFolderError("this run cannot be read", [Defect(str(folder), "is not a run folder", mend)])
        return load_scenario(folder / SCENARIO_FILE, tuple(set))
    return load_scenario(name, tuple(set))


def scenario_text(name: str, set: Sequence[str]) -> str:
    """The whole scenario as TOML, that can be saved, changed and flown."""
    return dump_toml(scenario_of(name, set))


def schema_text(document: str) -> str:
    """The JSON Schema of a document as shipped.

    Args:
        document: one of ``DOCUMENTS``.

    Raises:
        InputError: there is no such document.
    """
    if document not in DOCUMENTS:
        defect = Defect("show schema", f"{document!r} is not a document", "one of " + ", ".join(DOCUMENTS))
        raise InputError("there is no such schema", [defect])
    return (resources.files("pointnemo") / "schemas" / f"{document}.schema.json").read_text(encoding="utf-8")


def sources_text(name: str, set: Sequence[str]) -> str:
    """Where each number of the scenario comes from, at 80 columns."""
    scenario = scenario_of(name, set)
    lines: list[str] = []
    for key, source in scenario.sources.items():
        lines += [key, *wrapped(f"[{source.mark}] {source.source}", "    ")]
    return "\n".join(lines) + "\n"


def assumptions_text(name: str, set: Sequence[str]) -> str:
    """Every value that is a guess, with the reason, at 80 columns: what to doubt first."""
    scenario = scenario_of(name, set)
    guesses: dict[str, list[str]] = {key: [] for key, source in scenario.sources.items() if source.mark == "guess"}
    for key, value in leaves(scenario.model_dump(mode="json", exclude={"sources"})):
        found = source_of(scenario.sources, key)
        if found is None or found[0] not in guesses or value in (None, []):
            continue
        if found[0] == key or not isinstance(value, str | bool):  # a word is a guess where a source speaks for it alone
            guesses[found[0]].append(f"{key} = {value if isinstance(value, str) else shown(value)}")
    lines = [f"{sum(map(len, guesses.values()))} values of this scenario are guesses; change them with --set."]
    for key, values in ((key, values) for key, values in guesses.items() if values):
        lines += ["", *wrapped(scenario.sources[key].source)]
        lines += [line for value in values for line in wrapped(value, "    ", "      ")]
    return "\n".join(lines) + "\n"
