"""What moves the footprint: first-order shares of its variance over the runs, ranked.

The inputs that govern a whole run are independent standard normal numbers. Length, heel and toe of the runs are
regressed on them; an input's share of the variance is its squared coefficient, less what chance gives to a coefficient
that is nothing (the first-order index of Sobol 1993 where the response is linear, as it is here within a tenth). What
the inputs do not explain - every phase's own height, the pieces of a run, what is not linear - is a row of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pointnemo.results import Driver

__all__ = ["INPUTS", "LEAST_RUNS", "drivers_of"]

FloatArray = NDArray[np.float64]

INPUTS = {
    "robustness": "robustness of the structure, which moves all heights of break-up together",
    "density": "density of the upper atmosphere",
    "ballistic": "ballistic factor of the station and of its modules",
    "heat": "heating law",
}
"""What governs a whole run, in the order of ``breakup.shared_normals``."""

LEAST_RUNS = 12  # with fewer, five coefficients say nothing

REST = "phases one by one, pieces, and what is not linear"


def drivers_of(normals: FloatArray, ends_km: FloatArray, names: dict[str, str] | None = None) -> tuple[Driver, ...]:
    """Rank the inputs of the runs by what they do to the length of the footprint.

    Args:
        normals: standard normal inputs of the runs, shape (runs, inputs).
        ends_km: heel and toe of the runs, shape (runs, 2); rows with NaN are left out.
        names: id and text of each input; none: ``INPUTS``.

    Returns:
        Largest share first, what is not explained last; nothing where fewer than ``LEAST_RUNS`` runs have a footprint
        or all are equal. Shares may sum to a little less or more than 1.
    """
    texts = INPUTS if names is None else names
    present = np.isfinite(ends_km).all(axis=1)
    inputs, ends = normals[present], ends_km[present]
    runs, count = inputs.shape
    if runs < max(LEAST_RUNS, 2 * count + 2):
        return ()
    design = np.column_stack([np.ones(runs), inputs])
    response = np.column_stack([ends[:, 1] - ends[:, 0], ends])
    slopes, _, rank, _ = np.linalg.lstsq(design, response, rcond=None)
    variance = response[:, 0].var(ddof=1)
    if variance <= 0.0 or rank < count + 1:
        return ()
    left = response - design @ slopes
    freedom = runs - count - 1
    error = (left**2).sum(axis=0) / freedom
    noise = error[0] * np.diag(np.linalg.inv(design.T @ design))[1:]
    spread = inputs.var(axis=0, ddof=1)
    shares = np.maximum(slopes[1:, 0] ** 2 - noise, 0.0) * spread / variance
    found = [
        Driver(
            id=key,
            text=text,
            length_share=float(shares[i]),
            toe_km_per_sigma=float(slopes[1 + i, 2]),
            heel_km_per_sigma=float(slopes[1 + i, 1]),
        )
        for i, (key, text) in enumerate(texts.items())
    ]
    found.sort(key=lambda row: -row.length_share)
    rest = Driver(
        id="rest",
        text=REST,
        length_share=float(min(error[0] / variance, 1.0)),
        toe_km_per_sigma=float(np.sqrt(error[2])),
        heel_km_per_sigma=float(np.sqrt(error[1])),
    )
    return (*found, rest)
