"""Which of several recourses counts most: the colour of a day, the word of a row."""

from __future__ import annotations

from collections.abc import Sequence

from pointnemo.results.descending import Recourse

__all__ = ["STRENGTH", "strongest"]

STRENGTH = ("complete-later", "deorbit-otherwise", "raise", "shift", "none")
"""Recourses, the strongest first."""


def strongest(found: Sequence[Recourse], failed: Sequence[str] = (), thrust: bool = True) -> str:
    """The strongest of some recourses, for the colour of a day.

    Args:
        found: of ``recourses``.
        failed: keys of vehicles and tanks that cannot act; a recourse of theirs does not count.
        thrust: False leaves what no vehicle does: attitude and arrays.

    Returns:
        One of ``STRENGTH``.
    """
    able = [one for one in found if thrust or not one.vehicle]
    ids = [one.id for one in able if not set(one.vehicle.split(", ")) & set(failed)]
    return min(ids, key=STRENGTH.index, default="none")
