"""Where a ship or an aircraft would be hit too easily: density of pieces along and across the track, and its contour.

The density is that of one re-entry, averaged over the runs: its product with the area that a piece must fall on is the
probability of a hit, as long as that is small.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.risk.hazard_polygon import Strip

__all__ = ["PieceMap", "piece_map", "ship_area_km2", "strip_above"]

FloatArray = NDArray[np.float64]

LEAST_ALONG_KM, LEAST_ACROSS_KM = 10.0, 2.0  # of a kernel: the place of an impact is not known better
CELLS_PER_KERNEL = 2.0
REACH = 4.0  # kernels are cut at 4 sigma


class PieceMap(NamedTuple):
    """A density on a grid of the track.

    Attributes:
        down_km: shape (n + 1,), edges of the cells.
        cross_km: shape (m + 1,), edges.
        per_km2: shape (n, m), of one re-entry.
        along_km, across_km: one sigma of the kernel.
    """

    down_km: FloatArray
    cross_km: FloatArray
    per_km2: FloatArray
    along_km: float
    across_km: float


def ship_area_km2(length_m: float, width_m: float, piece_area_m2: FloatArray) -> FloatArray:
    """Area on which the centre of a piece must fall to touch a ship: its rectangle, wider by the piece's radius.

    Args:
        length_m, width_m: of the ship.
        piece_area_m2: mean projected area of each piece, any shape.

    Returns:
        Square kilometres, same shape.
    """
    radius = np.sqrt(np.asarray(piece_area_m2, dtype=float) / np.pi)
    return 1e-6 * (length_m + 2.0 * radius) * (width_m + 2.0 * radius)


def piece_map(
    down_km: FloatArray, cross_km: FloatArray, weight: FloatArray, runs: int, along_sigma_km: float
) -> PieceMap:
    """Kernel density of pieces in track coordinates.

    A product of Gaussian kernels, each as wide as Scott (1992, eq. 6.42) has it for two dimensions: n^(-1/6) times the
    spread in its direction, n being Kish's effective number of rows. Along the track the errors of the burn, which the
    runs do not hold, widen it further.

    Args:
        down_km, cross_km: shape (n,), n > 0.
        weight: shape (n,), pieces of each row, or pieces times an area.
        runs: number of runs that the rows come from.
        along_sigma_km: one sigma of what moves all of a run along the track.

    Returns:
        The density, wide enough to hold the kernels of all rows.
    """
    from scipy.ndimage import gaussian_filter1d  # heavy, and needed once per stage

    share = weight / weight.sum()
    narrow = (1.0 / float(share @ share)) ** (-1.0 / 6.0)
    along = float(np.hypot(max(narrow * _spread(down_km, share), LEAST_ALONG_KM), along_sigma_km))
    across = max(narrow * _spread(cross_km, share), LEAST_ACROSS_KM)
    edges = [_edges(values, kernel) for values, kernel in ((down_km, along), (cross_km, across))]
    count, *_ = np.histogram2d(down_km, cross_km, bins=edges, weights=weight)  # type: ignore[arg-type]
    for axis, kernel in enumerate((along, across)):
        cell = edges[axis][1] - edges[axis][0]
        count = gaussian_filter1d(count, kernel / cell, axis=axis, mode="constant", truncate=REACH)
    area = (edges[0][1] - edges[0][0]) * (edges[1][1] - edges[1][0])
    return PieceMap(edges[0], edges[1], count / area / runs, along, across)


def strip_above(pieces: PieceMap, limit_per_km2: float) -> Strip | None:
    """The strip along the track that holds every cell above a limit.

    Args:
        pieces: the density.
        limit_per_km2: what a cell must exceed.

    Returns:
        One station per edge of the cells, each with the outermost cells of both sides; None where no cell is above.
    """
    above = pieces.per_km2 > limit_per_km2
    columns = np.flatnonzero(above.any(axis=1))
    if columns.size == 0:
        return None
    right = pieces.cross_km[above[columns].argmax(axis=1)]
    left = pieces.cross_km[above.shape[1] - above[columns, ::-1].argmax(axis=1)]
    inside = np.arange(columns[0], columns[-1] + 1)
    right, left = (np.interp(inside, columns, border) for border in (right, left))
    return Strip(
        pieces.down_km[columns[0] : columns[-1] + 2],
        np.minimum(np.append(right, right[-1]), np.append(right[0], right)),
        np.maximum(np.append(left, left[-1]), np.append(left[0], left)),
    )


def _spread(values: FloatArray, share: FloatArray) -> float:
    """Weighted standard deviation."""
    return float(np.sqrt(share @ (values - share @ values) ** 2))


def _edges(values: FloatArray, kernel: float) -> FloatArray:
    """Edges of cells that hold all values with the reach of the kernel."""
    low, high = float(values.min()) - REACH * kernel, float(values.max()) + REACH * kernel
    return np.linspace(low, high, int(np.ceil((high - low) / kernel * CELLS_PER_KERNEL)) + 1)
