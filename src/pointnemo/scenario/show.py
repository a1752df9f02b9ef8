"""Write a scenario as TOML that a person can read: each value with where it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from pointnemo.scenario.entry_scenario import written
from pointnemo.scenario.models import Scenario, Source
from pointnemo.scenario.sources import source_of

__all__ = ["dump_toml"]

_BARE = re.compile(r"^[A-Za-z0-9_-]+$")
COMMENT_COLUMN = 44


def _key(name: str) -> str:
    return name if _BARE.match(name) else json.dumps(name, ensure_ascii=False)


def _text(text: str) -> str:
    """A TOML basic string. JSON's escapes are TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        inner = (f"{_key(key)} = {_value(item)}" for key, item in value.items() if item is not None)
        return f"{{ {', '.join(inner)} }}"
    return repr(value)


def _remark(text: str) -> str:
    """A TOML comment: control characters have no place in it."""
    return "# " + "".join(character if character.isprintable() else " " for character in text)


def _comment(source: Source) -> str:
    return _remark(f"{source.source} [{source.mark}]")


def _table(path: tuple[str, ...], table: Mapping[str, Any], sources: Mapping[str, Source], said: str) -> Iterator[str]:
    """Lines of one table and of those below it.

    A source that speaks for a whole table stands beside its header; one that differs stands beside its value.
    """
    dotted = ".".join(path)
    own = {key: value for key, value in table.items() if not isinstance(value, Mapping) and value is not None}
    below = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    found = source_of(sources, dotted) if dotted else None
    spoken = said
    if path and (own or (found and found[0] != said) or not below):
        yield ""
        header = f"[{'.'.join(map(_key, path))}]"
        if found is not None and found[0] != said:
            header, spoken = f"{header:<{COMMENT_COLUMN}}{_comment(found[1])}", found[0]
        yield header
    for key, value in own.items():
        line = f"{_key(key)} = {_value(value)}"
        source = source_of(sources, f"{dotted}.{key}" if dotted else key)
        if source is not None and source[0] != spoken:
            line = f"{line:<{COMMENT_COLUMN}}{_comment(source[1])}"
        yield line
    for key, value in below.items():
        yield from _table((*path, key), value, sources, spoken)


def dump_toml(scenario: Scenario) -> str:
    """A scenario as one complete TOML document that ``load_scenario`` reads back to an equal one.

    Args:
        scenario: the scenario.

    Returns:
        TOML text; the source and mark of a table stand beside its header, of a single value beside the value, and all
        of them again in ``[sources]`` at the end.
    """
    tree = written(scenario)
    sources = tree.pop("sources")
    lines = [_remark(scenario.title)]
    lines += _table((), tree, scenario.sources, "")
    lines += ["", "[sources]"]
    for key, source in sources.items():
        lines.append(f"{_key(key)} = {{ source = {_text(source['source'])}, mark = {_text(source['mark'])} }}")
    return "\n".join(lines) + "\n"
