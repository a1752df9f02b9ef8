"""Where each number comes from: the longest key or prefix in ``[sources]`` speaks for a leaf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pointnemo.scenario.entry_scenario import written
from pointnemo.scenario.models import Scenario, Source

__all__ = ["leaves", "prefixes", "source_of", "unsourced"]


def prefixes(dotted: str) -> Iterator[str]:
    """A dotted key and everything it is in, the longest first."""
    while dotted:
        yield dotted
        dotted, _, _ = dotted.rpartition(".")


def leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a tree that is not a table, with its dotted key; a list is one value."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from leaves(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, tree


def source_of(sources: Mapping[str, Source], dotted: str) -> tuple[str, Source] | None:
    """The source of a key.

    Args:
        sources: the table ``[sources]``.
        dotted: dotted key of a value or table.

    Returns:
        The key or prefix that speaks for it, and its source; None where nothing does.
    """
    return next(((prefix, sources[prefix]) for prefix in prefixes(dotted) if prefix in sources), None)


def unsourced(scenario: Scenario) -> tuple[str, ...]:
    """Dotted keys of the values (numbers, dates, lists of numbers) that no source speaks for."""
    tree = {key: table for key, table in written(scenario).items() if key != "sources"}
    return tuple(key for key, value in leaves(tree) if _is_figure(value) and source_of(scenario.sources, key) is None)


def _is_figure(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_is_figure(item) for item in value)
    return value is not None and not isinstance(value, str | bool)
