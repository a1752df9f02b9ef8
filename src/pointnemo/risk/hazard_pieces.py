"""Which pieces float, and which are toxic: counts for those who have to look for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pointnemo.results import Estimate, Impacts
from pointnemo.scenario.models import Scenario

__all__ = ["floating_pieces", "floats", "is_shred", "is_toxic", "toxic_pieces"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SEA_WATER_KG_M3 = 1025.0  # mean density of the sea surface
HOLLOW = ("sphere", "shell")
LEAST_SHARE = 0.05
LEVEL = 0.9  # estimates run from the 5 % to the 95 % run


def is_shred(impacts: Impacts) -> BoolArray:
    """Pieces of which less than a twentieth is left: no melting skin of a few grams per square metre holds together.

    In the model it would sink for ten hours. Residuals of 5 to 10 % of a wall are usually counted as demised.

    Args:
        impacts: pieces at the ground.

    Returns:
        Shape (n,).
    """
    return impacts.survives & (impacts.mass_kg < LEAST_SHARE * impacts.initial_mass_kg)


def floats(impacts: Impacts, scenario: Scenario) -> BoolArray:
    """Pieces that reach the sea and may float: of a material that does, or hollow and lighter than water.

    A tank of the class shapes ``sphere`` and ``shell`` is taken to stay closed, with the volume of the sphere of its
    mean projected area; titanium and wrapped tanks of other re-entries have been found afloat and on beaches.

    Args:
        impacts: pieces at the ground.
        scenario: ``reentry.classes`` and ``materials``.

    Returns:
        Shape (n,).
    """
    radius = np.sqrt(impacts.area_m2 / np.pi)
    light = impacts.mass_kg < SEA_WATER_KG_M3 * 4.0 / 3.0 * np.pi * radius**3
    hollow = _of_class(impacts, [scenario.reentry.classes[key].shape in HOLLOW for key in impacts.classes])
    material = [scenario.materials[scenario.reentry.classes[key].material].floats for key in impacts.classes]
    return impacts.survives & ~is_shred(impacts) & (_of_class(impacts, material) | (hollow & light))


def is_toxic(impacts: Impacts, scenario: Scenario) -> BoolArray:
    """Pieces that reach the sea and are of a toxic material; arguments as for :func:`floats`."""
    material = [scenario.materials[scenario.reentry.classes[key].material].toxic for key in impacts.classes]
    return impacts.survives & ~is_shred(impacts) & _of_class(impacts, material)


def floating_pieces(impacts: Impacts, scenario: Scenario, runs: int) -> Estimate:
    """How many pieces of one re-entry may float.

    Args:
        impacts, scenario: as for :func:`floats`.
        runs: number of runs.

    Returns:
        Mean over the runs, with their 5-95 % range.
    """
    return _count(impacts, floats(impacts, scenario), runs)


def toxic_pieces(impacts: Impacts, scenario: Scenario, runs: int) -> Estimate:
    """How many pieces of one re-entry are toxic; as :func:`floating_pieces`."""
    return _count(impacts, is_toxic(impacts, scenario), runs)


def _of_class(impacts: Impacts, flags: list[bool]) -> BoolArray:
    return np.array(flags, dtype=bool)[impacts.fragment_class]


def _count(impacts: Impacts, chosen: BoolArray, runs: int) -> Estimate:
    of_run = np.bincount(impacts.run, weights=impacts.weight * chosen, minlength=runs)[:runs]
    value = float(of_run.mean())
    low, high = np.quantile(of_run, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), level=LEVEL, unit="pieces")
