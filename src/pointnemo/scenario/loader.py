"""Load a scenario: documents over documents, then ``--set``, then shapes, then rules; all defects at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from pointnemo.errors import Defect, ScenarioError
from pointnemo.scenario.documents import Document, key_lines, read_chain
from pointnemo.scenario.entry_scenario import EntryScenario
from pointnemo.scenario.models import Scenario, Source
from pointnemo.scenario.overrides import (
    Override,
    apply_overrides,
    default_of,
    lookup,
    merge,
    nest,
    parse_overrides,
    suggest,
    table_type,
    tuples,
    without,
)
from pointnemo.scenario.rules import check_rules
from pointnemo.scenario.sources import leaves, prefixes
from pointnemo.scenario.wind_profile import beside, with_profile

__all__ = ["MENDS", "WRONG_TYPE", "load_scenario", "scenario_hash", "shown"]

Where = Callable[[str], str]
SALVAGE_ROUNDS = 4
PROFILE = ("reentry", "wind_profile")
NO_DEFAULT = "default_factory_not_called"  # pydantic: a default follows from a table that is itself wrong
NOT_SOURCED = ("name", "title", "sources")

# pydantic's error types -> what is wrong, in the words of a TOML file.
WRONG_TYPE = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "date_type": "a date",
    "date_from_datetime_inexact": "a date without a time",
    "datetime_type": "a date and time",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
}
MENDS = {
    "date_type": "write 2028-12-31, without quotes",
    "datetime_type": "write 2026-09-04T12:00:00Z, without quotes",
    "float_type": "write it without quotes and without its unit",
    "int_type": "write it without quotes",
}


@dataclass(frozen=True)
class Assembly:
    """Documents and overrides as one tree, and how to find a key in them.

    Attributes:
        data: the merged tables, without ``extends``.
        below: the same before the overrides, and before the last document too: where to look for a sound value.
        where: dotted key -> file, line and key.
    """

    data: dict[str, Any]
    below: tuple[dict[str, Any], ...]
    where: Where


def _tables(document: Document) -> dict[str, Any]:
    tables = {key: value for key, value in document.data.items() if key != "extends"}
    return beside(tables, "reentry", Path(document.place).parent if document.place.endswith(".toml") else None)


def _locator(documents: Sequence[Document], overrides: Sequence[Override]) -> Where:
    """A function that says where a dotted key was written: the last ``--set`` or file that did so."""

    @cache
    def lines() -> tuple[tuple[Document, Mapping[str, int]], ...]:
        return tuple((document, key_lines(document.text)) for document in reversed(documents))

    def where(dotted: str) -> str:
        for prefix in prefixes(dotted):
            for override in overrides:
                if override.key == prefix or override.key.startswith(prefix + "."):
                    return f"--set {dotted}"
            for document, known in lines():
                if prefix in known:
                    return f"{document.place}:{known[prefix]}: {dotted}"
        return f"{documents[-1].place}: {dotted}"

    return where


def _own_sources(over: Mapping[str, Any], base: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Source entries for what an overlay changes without saying why, so that the base's sources do not speak for it."""
    given = over.get("sources")
    given = given if isinstance(given, Mapping) else {}
    changed: dict[str, Any] = {}
    for key, value in leaves({name: table for name, table in over.items() if name not in NOT_SOURCED}):
        known = _known_part(base, key)
        before = lookup(base, key.split(".")) if known == key else None
        same = tuples(before if before is not None else default_of(key.split("."))) == tuples(value)
        if not same and not any(prefix in given for prefix in prefixes(key)):
            changed[known] = {"source": origin, "mark": "guess"}
    return changed


def _known_part(tree: Any, key: str) -> str:
    """As much of a key as is in a tree, and one part more: the whole key, or the entry that is new."""
    parts = key.split(".")
    for depth, part in enumerate(parts):
        if not isinstance(tree, Mapping) or part not in tree:
            return ".".join(parts[: depth + 1])
        tree = tree[part]
    return key


def _layer(base: dict[str, Any], over: dict[str, Any], origin: str) -> dict[str, Any]:
    """Lay the tables of one document over what it extends."""
    merged = merge(_without_profile(base, over), over)
    if base and isinstance(merged.get("sources"), Mapping):
        # a shared part below a scenario: the scenario's own sources speak
        over_complete = "orbit" not in base and "entry" not in base
        if not over_complete:
            merged["sources"] = {**merged["sources"], **_own_sources(over, base, origin)}
    return merged


def _without_profile(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A tree without the rows of a wind in whose place another is asked for."""
    return base if lookup(over, ("reentry", "wind")) is None else without(base, PROFILE)


def _assemble(documents: Sequence[Document], overrides: Sequence[Override]) -> tuple[Assembly, tuple[Defect, ...]]:
    base: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for document in documents:
        base = data
        data = _layer(data, _tables(document), f"set in {document.name}")
    tree, applied, defects = apply_overrides(data, overrides)
    for override in applied:
        if override.key == "reentry.wind":
            tree = without(tree, PROFILE)
        if override.path[0] != "sources" and isinstance(tree.get("sources"), Mapping):
            own = _own_sources(nest(override.path, override.value), data, "set by the user (--set)")
            tree = {**tree, "sources": {**tree["sources"], **own}}
    return Assembly(tree, (data, base), _locator(documents, applied)), defects


# --- pydantic's findings in our words --------------------------------------------------------------------------------


def _path(location: Sequence[int | str]) -> tuple[str, ...]:
    """A pydantic location as a path of keys; list positions and the mark of a bad key are left out."""
    return tuple(part for part in location if isinstance(part, str) and part != "[key]")


def _siblings(path: Sequence[str]) -> list[str]:
    """Keys that the models know beside the last one of a path."""
    kind: Any = Scenario
    for name in path[:-1]:
        if isinstance(kind, type):
            fields = kind.model_fields
            kind = table_type(fields[name].annotation) if name in fields else None
        elif kind is not None:
            kind = table_type(get_args(kind)[1])
    return list(kind.model_fields) if isinstance(kind, type) else []


def shown(value: object) -> str:
    """A value as a message quotes it, cut to 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _defect(error: Mapping[str, Any], where: Where) -> Defect:
    """One pydantic finding as a defect."""
    kind, location, value = error["type"], error["loc"], error["input"]
    path = _path(location)
    place = where(".".join(path)) if path else where("name").rpartition(":")[0]
    if kind == "extra_forbidden":
        return Defect(place, "unknown key", suggest(path[-1], _siblings(path)))
    if kind == "missing":
        return Defect(place, "is missing", "add it" if len(path) > 1 else 'add it, or begin with extends = "iss"')
    if "[key]" in location:
        return Defect(place, f"{shown(value)} is not a name", "lower-case letters, digits and hyphens")
    if kind in WRONG_TYPE:
        return Defect(place, f"{shown(value)} is not {WRONG_TYPE[kind]}", MENDS.get(kind, ""))
    message = str(error["msg"])
    return Defect(place, f"{shown(value)} does not fit: {message[:1].lower()}{message[1:]}"[:300])


def _restored(assembly: Assembly, data: dict[str, Any], errors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The tree with each branch that does not fit taken out, or put back as it was below."""
    for error in errors:
        path = _path(error["loc"])
        if not path:
            continue
        if error["type"] == "extra_forbidden":
            data = without(data, path)
            continue
        wrong = lookup(data, path)
        sound = next((value for tree in assembly.below if (value := lookup(tree, path)) not in (None, wrong)), None)
        if sound is not None:
            data = merge(without(data, path), nest(path, sound))
        elif len(path) > 1:
            # An entry of a named table, never less: half an entry would fail again.
            depth = 3 if path[0] in ("station", "descent", "reentry") else 2
            data = without(data, path[: min(depth, len(path))])
    return data


def _salvaged(assembly: Assembly, errors: Sequence[Mapping[str, Any]]) -> tuple[Scenario | None, frozenset[str]]:
    """A scenario without the parts that do not fit, so that the rules can be tried on the rest.

    Returns:
        The scenario, or None where too little is left; the names that were taken out with what is under them.
    """
    data = assembly.data
    removed: set[str] = set()
    for _ in range(SALVAGE_ROUNDS):
        removed.update(name for error in errors for name in _path(error["loc"]))
        data = _restored(assembly, data, errors)
        try:
            return _model(data).model_validate(tuples(data), strict=True), frozenset(removed)
        except ValidationError as error:
            errors = error.errors(include_url=False)
    return None, frozenset(removed)


def _located(defects: Iterable[Defect], where: Where) -> tuple[Defect, ...]:
    return tuple(Defect(where(defect.where), defect.what, defect.mend) for defect in defects)


def _model(data: Mapping[str, Any]) -> type[Scenario]:
    """A document with ``[entry]`` needs nothing of what comes before an entry."""
    return EntryScenario if "entry" in data else Scenario


def _validate(assembly: Assembly) -> tuple[Scenario | None, tuple[Defect, ...]]:
    """Shapes, then rules; where shapes fail the rules are tried on what is left."""
    try:
        scenario = _model(assembly.data).model_validate(tuples(assembly.data), strict=True)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        found = tuple(dict.fromkeys(_defect(item, assembly.where) for item in errors if item["type"] != NO_DEFAULT))
        rest, removed = _salvaged(assembly, errors)
        if rest is None:
            return None, found
        # What was taken out may be missed elsewhere: that is not another defect.
        further = (item for item in check_rules(rest) if not any(repr(name) in item.what for name in removed))
        return None, found + _located(further, assembly.where)
    return scenario, _located(check_rules(scenario), assembly.where)


def load_scenario(name_or_path: str | Path = "iss", set: Mapping[str, object] | Sequence[str] = ()) -> Scenario:
    """Load a scenario and hold it to all rules.

    Args:
        name_or_path: a built-in name (see ``builtin_names``) or a TOML file, which may say ``extends = "iss"``.
        set: ``["key=value", ...]`` or a mapping of dotted keys to values, laid over the documents.

    Returns:
        The scenario, valid and frozen. Values that ``set`` changed are marked as the user's in ``sources``.

    Raises:
        ScenarioError: with every defect found, each with its file, line and dotted key.
    """
    documents = read_chain(name_or_path)
    overrides, refused = parse_overrides(set)
    try:
        assembly, unknown = _assemble(documents, overrides)
        scenario, defects = _validate(assembly)
    except RecursionError:
        deep = Defect(documents[-1].place, "is nested too deeply", "a scenario needs four levels of tables")
        raise ScenarioError("this scenario cannot be read", [deep]) from None
    defects = (*refused, *unknown, *defects)
    if scenario is None or defects:
        count = f"{len(defects)} defect{'s' if len(defects) > 1 else ''}"
        raise ScenarioError(f"scenario {documents[-1].place} cannot be used: {count}", defects)
    return _with_wind(scenario)


def _with_wind(scenario: Scenario) -> Scenario:
    """A scenario whose wind is a file, with the rows of the file and where they come from."""
    reentry = with_profile(scenario.reentry)
    if reentry is scenario.reentry:
        return scenario
    sources = {**scenario.sources, ".".join(PROFILE): Source(source=f"the file {reentry.wind}", mark="guess")}
    return scenario.model_copy(update={"reentry": reentry, "sources": sources})


def scenario_hash(scenario: Scenario) -> str:
    """Fingerprint of everything that people decided.

    Args:
        scenario: the scenario.

    Returns:
        64 hexadecimal digits: SHA-256 of its JSON with sorted keys.
    """
    tree = scenario.model_dump(mode="json")
    return sha256(json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()
