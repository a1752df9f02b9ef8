"""How far the results move when steps are halved, and when the number of runs is doubled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.reentry.pack import Steps
from pointnemo.results import Convergence, Estimate

__all__ = ["HALVED", "SUBSET_ROWS", "SUBSET_RUNS", "PerRun", "run_rows", "step_rows"]

FloatArray = NDArray[np.float64]

HALVED = Steps(tolerance=0.5 * Steps().tolerance, longest_s=0.5 * Steps().longest_s)
SUBSET_RUNS, SUBSET_ROWS = 4, 1000  # runs, and rows of each, that are flown with whole and with half steps
NORMAL_90 = 1.6449  # two-sided 90 % of the normal distribution


class PerRun(NamedTuple):
    """What is looked at, shape (runs,): km, km, kg, 1."""

    length_km: FloatArray
    toe_km: FloatArray
    surviving_kg: FloatArray
    pieces: FloatArray


TEXTS = {
    "length_km": "length of the footprint, km",
    "toe_km": "toe, km from the aim",
    "surviving_kg": "surviving mass, kg",
    "pieces": "surviving pieces",
}


def step_rows(whole: PerRun, half: PerRun) -> tuple[Convergence, ...]:
    """Mean over the same runs with steps as they are and with steps halved.

    A change of the toe counts relative to the length of the footprint, since its zero is arbitrary.

    Args:
        whole, half: of the same runs.

    Returns:
        One row for each quantity.
    """
    return tuple(_row(f"{text}: steps halved", name, whole, half, None) for name, text in TEXTS.items())


def run_rows(runs: PerRun) -> tuple[Convergence, ...]:
    """Mean over the first half of the runs and over all of them, with the interval that their number supports.

    The interval is 90 % of the jackknife (Quenouille 1956, Tukey 1958): for a mean, s / sqrt(n). Runs are spread evenly
    (Sobol), so that it errs on the safe side.

    Args:
        runs: all runs with a footprint, at least 4.

    Returns:
        One row for each quantity; nothing where there are fewer runs.
    """
    count = len(runs.length_km)
    if count < 4:
        return ()
    first = PerRun(*(column[: count // 2] for column in runs))
    rows = []
    for name, text in TEXTS.items():
        column = getattr(runs, name)
        mean = float(column.mean())
        without = (column.sum() - column) / (count - 1)  # jackknife: the mean with each run left out
        reach = NORMAL_90 * float(np.sqrt((count - 1) / count * np.sum((without - without.mean()) ** 2)))
        unit = {"length_km": "km", "toe_km": "km", "surviving_kg": "kg"}.get(name, "1")
        interval = Estimate(value=mean, low=mean - reach, high=mean + reach, level=0.9, unit=unit)
        rows.append(_row(f"{text}: runs doubled", name, first, runs, interval))
    return tuple(rows)


def _row(what: str, name: str, whole: PerRun, finer: PerRun, interval: Estimate | None) -> Convergence:
    value, other = float(getattr(whole, name).mean()), float(getattr(finer, name).mean())
    scale = float(finer.length_km.mean()) if name == "toe_km" else other
    relative = abs(other - value) / abs(scale) if scale else 0.0
    return Convergence(what=what, value=value, finer=other, relative=relative, sampling_interval=interval)
