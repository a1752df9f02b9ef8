"""``--set KEY=VALUE``: dotted keys that reach every leaf of the scenario tree, and help for keys that do not exist.

A key is written as in TOML (``vehicles.us-deorbit-vehicle.propellant_kg``), a value as in TOML too, with bare words
and dates allowed (``descent.lowering_vehicle=progress-ms``, ``horizon.deorbit_by=2032-06-30``).
"""

from __future__ import annotations

import difflib
import json
import numbers
import re
import tomllib
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from pointnemo.errors import Defect
from pointnemo.scenario.models import Scenario

__all__ = ["Override", "apply_overrides", "merge", "parse_overrides", "suggest"]

UNIT_SUFFIXES = frozenset(
    {"km", "m", "mm", "km_s", "mps", "m_s", "kg", "t", "g", "n", "kn", "s", "deg", "rad", "j", "k", "m2", "km2"}
    | {"days", "day", "months", "utc", "kg_per_day", "kg_m2", "kg_m3", "j_kg", "j_kg_k"}
)
_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$")


@dataclass(frozen=True)
class Override:
    """One assignment: the path of the key and the value to put there."""

    path: tuple[str, ...]
    value: Any

    @property
    def key(self) -> str:
        """The dotted key."""
        return ".".join(self.path)


def _stem(key: str) -> str:
    """A key without its unit: ``altitude_km`` -> ``altitude``."""
    parts = key.split("_")
    for start in range(1, len(parts)):
        if "_".join(parts[start:]) in UNIT_SUFFIXES:
            return "_".join(parts[:start])
    return key


def suggest(key: str, candidates: Iterable[str]) -> str:
    """What a user may have meant by a key that does not exist.

    Args:
        key: the key as written.
        candidates: keys that exist in its place.

    Returns:
        Advice in words; the same quantity in our unit comes first.
    """
    names = list(candidates)
    same_quantity = [name for name in names if _stem(name) == _stem(key) and name != key]
    if same_quantity:
        return f"the unit here is another: write {' or '.join(same_quantity)}"
    near = difflib.get_close_matches(key, names, n=3, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(near)}?"
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"keys here: {shown}" if names else "nothing can be set here"


def _plain(value: Any) -> Any:
    """ISO text as a date or date-time, numbers of numpy as Python's; anything else unchanged."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool | int | float):
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    if isinstance(value, str) and _ISO_DATE.match(value):
        try:
            return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            return value
    return value


def _parse_path(key: str) -> tuple[str, ...] | None:
    """Parts of a dotted TOML key; None where it is not one."""
    try:
        tree = tomllib.loads(f"{key} = 0")
    except (ValueError, RecursionError):
        return None
    path = []
    while isinstance(tree, dict):
        if len(tree) != 1:
            return None
        name, tree = next(iter(tree.items()))
        path.append(name)
    return tuple(path)


def _parse_value(text: str) -> Any:
    """A TOML value; a bare word or date is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _parse_assignment(text: str) -> Override | Defect:
    where = f"--set {text[:120]}"
    key, equals, value = text.partition("=")
    if not equals or "\n" in text or "\r" in text:
        return Defect(where, "is not KEY=VALUE", "for example --set horizon.deorbit_by=2032-06-30")
    path = _parse_path(key.strip())
    if path is None:
        return Defect(where, f"{key.strip()!r} is not a dotted key", "for example horizon.deorbit_by")
    value = value.strip()
    if not value:
        return Defect(where, "has no value", f"write {key.strip()}=VALUE")
    return Override(path, _plain(_parse_value(value)))


def _parse_pair(key: object, value: object) -> Override | Defect:
    path = _parse_path(key) if isinstance(key, str) and "\n" not in key and "=" not in key else None
    if path is None:
        return Defect(f"set {key!r}"[:120], "is not a dotted key", "for example horizon.deorbit_by")
    return Override(path, _plain(value))


def parse_overrides(
    assignments: Mapping[str, object] | Sequence[str],
) -> tuple[tuple[Override, ...], tuple[Defect, ...]]:
    """Read assignments from the command line or from Python.

    Args:
        assignments: ``["key=value", ...]``, or a mapping of dotted keys to values. ISO dates may be text.

    Returns:
        The overrides in the order given, and what is wrong with the others.
    """
    if isinstance(assignments, Mapping):
        parsed = [_parse_pair(key, value) for key, value in assignments.items()]
    else:
        items = [assignments] if isinstance(assignments, str) else list(assignments)
        parsed = [_parse_assignment(str(item)) for item in items]
    overrides = tuple(item for item in parsed if isinstance(item, Override))
    return overrides, tuple(item for item in parsed if isinstance(item, Defect))


def merge(base: Any, over: Any) -> Any:
    """Lay one tree over another: tables are merged deeply, everything else is replaced.

    Args:
        base: tables below.
        over: tables on top.

    Returns:
        A new tree; neither argument is changed.
    """
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{key: merge(base[key], value) if key in base else value for key, value in over.items()}}
    return over


def nest(path: Sequence[str], value: Any) -> dict[str, Any]:
    """A tree that holds one value at a path."""
    tree: Any = value
    for name in reversed(path):
        tree = {name: tree}
    return tree


def table_type(annotation: Any) -> Any:
    """A model class, or ``dict[...]``, out of an annotation, optional or not; None for leaves."""
    if typing.get_origin(annotation) is typing.Annotated:
        return table_type(typing.get_args(annotation)[0])
    if type(None) in typing.get_args(annotation):  # a table that may be left out
        held = [one for one in typing.get_args(annotation) if one is not type(None)]
        return table_type(held[0]) if len(held) == 1 else None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return annotation if typing.get_origin(annotation) is dict else None


def _check_path(override: Override, data: Mapping[str, Any]) -> Defect | tuple[str, ...] | None:
    """Follow a path through the models.

    Returns:
        A defect where the key does not exist; the path of a named entry that does not exist yet; else None.
    """
    kind: Any = Scenario
    here: Any = data
    created: tuple[str, ...] | None = None
    for depth, name in enumerate(override.path):
        dotted = ".".join(override.path[: depth + 1])
        if kind is None:
            parent = ".".join(override.path[:depth])
            return Defect(f"--set {override.key}", f"{parent} is a value, not a table", f"write {parent}=VALUE")
        if isinstance(kind, type):
            fields = kind.model_fields
            if name not in fields:
                return Defect(f"--set {override.key}", f"there is no key {dotted}", suggest(name, fields))
            kind = table_type(fields[name].annotation)
        else:
            entry = typing.get_args(kind)[1]
            if created is None and not (isinstance(here, Mapping) and name in here):
                created = override.path[: depth + 1]
            kind = table_type(entry)
        here = here.get(name) if isinstance(here, Mapping) else None
    return created


def default_of(path: Sequence[str]) -> Any:
    """What a field is where nobody says so; None where it has no default or does not exist."""
    kind: Any = Scenario
    default: Any = None
    for name in path:
        if isinstance(kind, type):
            field = kind.model_fields.get(name)
            if field is None:
                return None
            default = None if field.is_required() else field.default
            kind = table_type(field.annotation)
        elif kind is not None:
            default, kind = None, table_type(typing.get_args(kind)[1])
        else:
            return None
    return default


def lookup(data: Any, path: Sequence[str]) -> Any:
    """What is at a path of a tree; None where nothing is."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def without(data: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """A copy of a tree without one of its branches."""
    name, rest = path[0], path[1:]
    if not rest:
        return {key: value for key, value in data.items() if key != name}
    below = data.get(name)
    return {**data, name: without(below, rest)} if isinstance(below, Mapping) else dict(data)


def _entry_defect(data: Mapping[str, Any], path: tuple[str, ...], original: Mapping[str, Any]) -> Defect | None:
    """A named entry that ``--set`` made is kept only where it is complete."""
    kind: Any = Scenario
    for name in path:
        annotation = kind.model_fields[name].annotation if isinstance(kind, type) else typing.get_args(kind)[1]
        kind = table_type(annotation) or annotation
    try:
        TypeAdapter(kind).validate_python(tuples(lookup(data, path)), strict=True)
    except ValidationError as error:
        missing = [".".join(map(str, item["loc"])) for item in error.errors() if item["type"] == "missing"]
        siblings = list(lookup(original, path[:-1]) or ())
        lacking = f", and what is set lacks {', '.join(missing)}" if missing else ""
        what = f"there is no {path[-1]!r} in {'.'.join(path[:-1])}{lacking}"
        mend = suggest(path[-1], siblings) if siblings or not missing else f"set {', '.join(missing)} too"
        return Defect(f"--set {'.'.join(path)}", what, mend)
    return None


def tuples(tree: Any) -> Any:
    """The same tree with tuples for lists: strict validation of frozen models wants tuples."""
    if isinstance(tree, Mapping):
        return {key: tuples(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return tuple(tuples(value) for value in tree)
    return tree


def apply_overrides(
    data: Mapping[str, Any], overrides: Sequence[Override]
) -> tuple[dict[str, Any], tuple[Override, ...], tuple[Defect, ...]]:
    """Put overrides into a tree.

    Args:
        data: merged tables of the documents.
        overrides: what to set, in order; later ones win.

    Returns:
        The new tree, the overrides that are in it, and the defects of those that are not.
    """
    defects: list[Defect] = []
    applied: list[Override] = []
    created: dict[tuple[str, ...], None] = {}
    tree = dict(data)
    for override in overrides:
        found = _check_path(override, data)
        if isinstance(found, Defect):
            defects.append(found)
            continue
        if found is not None:
            created[found] = None
        tree = merge(tree, nest(override.path, override.value))
        applied.append(override)
    for path in created:
        defect = _entry_defect(tree, path, data)
        if defect is not None:
            defects.append(defect)
            tree = without(tree, path)
            applied = [item for item in applied if item.path[: len(path)] != path]
    return tree, tuple(applied), tuple(defects)


def assignment(key: str, value: object) -> str:
    """The ``--set`` argument that puts a value at a key: what a remedy prints and a user pastes.

    Args:
        key: dotted key.
        value: number, text, truth value or date.

    Returns:
        ``key=value`` that ``parse_overrides`` reads back to the same value.
    """
    if isinstance(value, bool):
        return f"{key}={str(value).lower()}"
    if isinstance(value, datetime | date):
        return f"{key}={value.isoformat()}"
    if isinstance(value, str):
        bare = re.fullmatch(r"[a-z][a-z0-9-]*", value) and _parse_value(value) == value
        return f"{key}={value}" if bare else f"{key}={json.dumps(value)}"
    return f"{key}={value!r}"
