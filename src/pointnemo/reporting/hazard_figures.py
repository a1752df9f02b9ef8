"""Figures of an assessment: how densely pieces fall along and across the track, and the tree of branches."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pointnemo.reporting import svg, words
from pointnemo.reporting.hazard_words import branch_groups
from pointnemo.results import Assess, Impacts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["branch_figure", "density_figure"]

FloatArray = NDArray[np.float64]

_BINS = 40
_LEAST = 1e-9  # an expectation below it is drawn there


def density_figure(impacts: Impacts, threshold_j: float, origin: str = "the aim point") -> str | None:
    """Dangerous pieces per kilometre along and across the track: mean of the runs, and the middle 90 % of them.

    Args:
        impacts: fragments at the ground.
        threshold_j: pieces with less energy are not dangerous.
        origin: from where down-range counts, in words.

    Returns:
        An ``<svg>`` element; None where nothing dangerous lands.
    """
    chosen = impacts.survives & (impacts.kinetic_energy_j >= threshold_j)
    if not chosen.any():
        return None
    runs, run = np.unique(impacts.run, return_inverse=True)
    sides = (
        (f"distance along the track from {origin}, km", impacts.downrange_km[chosen]),
        ("distance across the track, km, to the left", impacts.crossrange_km[chosen]),
    )

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.7, 1.0]})
        for axes, (label, distance) in zip(panels, sides, strict=True):
            _density(axes, distance, impacts.weight[chosen], run[chosen], len(runs), axes is panels[0])
            axes.set_xlabel(label)
        panels[0].set_ylabel("dangerous pieces per km")
        panels[0].axvline(0.0, color=svg.ACCENT, lw=1.2, ls="--", label=origin.removeprefix("the "))
        figure.legend(loc="outside upper left", ncols=3)

    return svg.figure_svg("density", "Dangerous pieces along and across the track", (10.0, 3.6), draw)


def _density(
    axes: Axes, distance_km: FloatArray, weight: FloatArray, run: NDArray[np.intp], runs: int, label: bool
) -> None:
    """One panel, on a logarithmic scale: the tails are what an area is made for."""
    low, high = float(distance_km.min()), float(distance_km.max())
    edges = np.linspace(low, max(high, low + 1.0), _BINS + 1)
    width = edges[1] - edges[0]
    cell = np.clip(((distance_km - low) / width).astype(np.int64), 0, _BINS - 1)
    table = np.bincount(run * _BINS + cell, weights=weight, minlength=runs * _BINS).reshape(runs, _BINS) / width
    mean = table.mean(axis=0)
    least = 0.5 * float(mean[mean > 0.0].min())
    if runs > 1:
        some, most = np.quantile(table, [0.05, 0.95], axis=0)
        band = "middle 90 % of the runs" if label else None
        axes.stairs(
            np.maximum(most, least),
            edges,
            baseline=np.maximum(some, least),
            fill=True,
            color=svg.FOOTPRINT,
            alpha=0.2,
            label=band,
        )
    axes.stairs(
        np.maximum(mean, least), edges, color=svg.FOOTPRINT, lw=1.6, label="mean of the runs" if label else None
    )
    axes.set_yscale("log")
    axes.set_ylim(bottom=least)


def branch_figure(assess: Assess) -> str | None:
    """Expected casualties of each branch, and what it adds to the whole where its probability is given.

    Neighbours that say the same are one row, as in the table.

    Args:
        assess: the assessment.

    Returns:
        An ``<svg>`` element; None without branches.
    """
    groups = branch_groups(assess)
    if not groups:
        return None
    branches = [branch for _, branch in groups]
    rows = np.arange(len(branches), dtype=float)
    limits = sorted({rule.limit for rule in assess.rules if words.unit_text(rule.unit) == "persons"})

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for row, branch in zip(rows, branches, strict=True):
            e = branch.casualty_expectation
            value, low, high = (max(x, _LEAST) for x in (e.value, e.low, e.high))
            first = row == 0
            axes.plot([low, high], [row, row], color=svg.MEAN, lw=6, alpha=0.35, solid_capstyle="butt")
            name = "if it happens, with interval" if first else None
            axes.plot([value], [row], "o", ms=6.5, color=svg.MEAN, label=name)
        shares = [(row, b.share) for row, b in zip(rows, branches, strict=True) if b.share is not None]
        if shares:
            axes.plot(
                [max(share, _LEAST) for _, share in shares],
                [row for row, _ in shares],
                "D",
                ms=5.5,
                color=svg.HIGH,
                label="times its probability",
            )
        for i, limit in enumerate(limits):
            axes.axvline(limit, color=svg.FOOTPRINT, lw=1.1, ls="--", label="limit of a rule" if i == 0 else None)
        axes.set_xscale("log")
        axes.set_yticks(rows, [textwrap.fill(words.clean(name), 40) for name, _ in groups])
        axes.set_ylim(len(branches) - 0.5, -0.5)
        axes.set_xlabel(f"expected casualties, persons; what is below {words.small(_LEAST)} is drawn there")
        figure.legend(loc="outside upper left", ncols=3)

    return svg.figure_svg("branches", "Expected casualties by branch", (10.0, 1.3 + 0.42 * max(len(branches), 3)), draw)
