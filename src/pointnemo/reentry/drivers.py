"""What moves the footprint: first-order shares of its variance over the runs, ranked.

The inputs that govern a whole run are independent standard normal numbers. Length, heel and toe of the runs are
regressed on them. An input's share of the variance is its slope times its covariance with the length (the first-order
index of Sobol 1993 where the response is linear, as it is here within a tenth), less what chance gives to a slope that
is nothing. What is left is a row of its own, with what it holds: all that is drawn run by run or piece by piece and
not regressed on. Shares sum to one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.results import Driver
from pointnemo.scenario.models import Reentry

__all__ = ["INPUTS", "LEAST_RUNS", "Inputs", "drivers_of", "inputs_of", "with_shift"]

FloatArray = NDArray[np.float64]

INPUTS = {
    "robustness": "robustness of the structure, which moves all heights of break-up together",
    "density": "density of the upper atmosphere",
    "ballistic": "ballistic factor of the station and of its modules",
    "heat": "heating law",
}
"""What governs a whole run, in the order of ``breakup.shared_normals``."""

LEAST_RUNS = 12  # with fewer, five coefficients say nothing


class Inputs(NamedTuple):
    """What a scenario draws.

    Attributes:
        names: id and text of the inputs of a whole run that do something, in the order of ``INPUTS``.
        rest: what else is drawn, in words.
    """

    names: dict[str, str]
    rest: str


def inputs_of(reentry: Reentry) -> Inputs:
    """Which inputs of a whole run do something, and what else is drawn.

    Args:
        reentry: the scenario's table; an input without spread does nothing.

    Returns:
        The inputs.
    """
    spread = {
        "robustness": 0.0 if reentry.trigger == "radiative-equilibrium" else reentry.phase_correlation,
        "density": 0.0 if reentry.density_layers else reentry.density_sigma,
        "ballistic": reentry.ballistic_sigma,
        "heat": reentry.heat_sigma,
    }
    drawn = {"height": ["height of each phase"], "load-and-temperature": ["strength of each part"]}
    by_run = drawn.get(reentry.trigger, [])
    by_run += ["density by height"] if reentry.density_layers else []
    by_run += ["gusts"] if reentry.wind != "none" and reentry.wind_sigma_mps > 0.0 else []
    by_piece = ["size", "ballistic factor", "break-up delta-v"]
    by_piece += ["lift"] if reentry.lift_to_drag > 0.0 or reentry.lift_to_drag_sigma > 0.0 else []
    told = [("by run", by_run), ("by piece", by_piece)]
    rest = "; ".join([f"{how}: {', '.join(what)}" for how, what in told if what] + ["what is not linear"])
    return Inputs({key: text for key, text in INPUTS.items() if spread[key] > 0.0}, rest)


def drivers_of(normals: FloatArray, ends_km: FloatArray, inputs: Inputs) -> tuple[Driver, ...]:
    """Rank the inputs of the runs by what they do to the length of the footprint.

    With slopes b, covariances c of inputs and length, n runs, p inputs and the mean square s2 of what is left, b c
    summed is the explained part of the variance, of which chance makes p s2 / (n - 1), the same for every input as
    sum_j C_ij cov(b_i, b_j) = s2 / (n - 1). Less that, shares and s2 / variance sum to one; a share below nothing is
    set to nothing, and the others are scaled to what is explained.

    Args:
        normals: standard normal inputs of the runs, in the order of ``INPUTS``, shape (runs, 4).
        ends_km: heel and toe of the runs, shape (runs, 2); rows with NaN are left out.
        inputs: which of them do something.

    Returns:
        Largest share first, what is not explained last; nothing where fewer than ``LEAST_RUNS`` runs have a footprint
        or all are equal.
    """
    present = np.isfinite(ends_km).all(axis=1)
    columns = [i for i, key in enumerate(INPUTS) if key in inputs.names]
    ends, drawn = ends_km[present], normals[present][:, columns]
    runs, count = drawn.shape
    if runs < max(LEAST_RUNS, 2 * count + 2):
        return ()
    design = np.column_stack([np.ones(runs), drawn])
    response = np.column_stack([ends[:, 1] - ends[:, 0], ends])
    slopes, _, rank, _ = np.linalg.lstsq(design, response, rcond=None)
    variance = response[:, 0].var(ddof=1)
    if variance <= 0.0 or rank < count + 1:
        return ()
    left = (((response - design @ slopes) ** 2).sum(axis=0)) / (runs - count - 1)
    rest = min(float(left[0] / variance), 1.0)
    covariance = (drawn - drawn.mean(axis=0)).T @ response[:, 0] / (runs - 1)
    shares = np.maximum(slopes[1:, 0] * covariance - left[0] / (runs - 1), 0.0)
    shares *= (1.0 - rest) / shares.sum() if shares.sum() > 0.0 else 0.0
    found = [
        Driver(
            id=key,
            text=text,
            length_share=float(shares[i]),
            toe_km_per_sigma=float(slopes[1 + i, 2]),
            heel_km_per_sigma=float(slopes[1 + i, 1]),
        )
        for i, (key, text) in enumerate(inputs.names.items())
    ]
    found.sort(key=lambda row: -row.length_share)
    unexplained = Driver(
        id="rest",
        text=inputs.rest,
        length_share=1.0 - float(shares.sum()),
        toe_km_per_sigma=float(np.sqrt(left[2])),
        heel_km_per_sigma=float(np.sqrt(left[1])),
    )
    return (*found, unexplained)


def with_shift(drivers: tuple[Driver, ...], id: str, text: str, sigma_km: float) -> tuple[Driver, ...]:
    """The same with a cause that moves the whole footprint along the track and leaves its length as it is.

    Args:
        drivers: from ``drivers_of``, what is not explained last.
        id, text: of the cause.
        sigma_km: one sigma of the shift.

    Returns:
        With its row before what is not explained; nothing where there are no drivers.
    """
    if not drivers:
        return ()
    row = Driver(id=id, text=text, length_share=0.0, toe_km_per_sigma=sigma_km, heel_km_per_sigma=sigma_km)
    return (*drivers[:-1], row, drivers[-1])
