"""Individual risk: the probability that one given person, who stays in the open at one place, is struck."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.risk.exposure import EARTH_RADIUS_KM, KERNEL_REACH, latitude_probability
from pointnemo.world.population import PopulationGrid, cell_area_km2

__all__ = ["IndividualRisk", "individual_risk", "individual_risk_under_orbit", "strike_probability"]

FloatArray = NDArray[np.float64]

KM2_PER_M2 = 1e-6
BIN = 1.0 / 3.0  # pieces within a third of the kernel's width act from their common centre: under 1 % of the peak
CHUNK = 4096  # places looked at at once: bounds memory; the result does not depend on it
SOMEBODY = 1.0  # persons in a cell from which on somebody lives there


class IndividualRisk(NamedTuple):
    """The largest probability of being struck, and where.

    Attributes:
        probability: 0..1; 0 where nobody is within reach.
        latitude_deg, longitude_deg: of that place; None where the probability is 0.
    """

    probability: float
    latitude_deg: float | None
    longitude_deg: float | None


class _Pieces(NamedTuple):
    """Casualty area gathered in bins: unit vectors of their centres, shape (n, 3), and area in m2, shape (n,)."""

    unit: FloatArray
    area_m2: FloatArray


def strike_probability(
    place_latitude_deg: FloatArray,
    place_longitude_deg: FloatArray,
    latitude_deg: FloatArray,
    longitude_deg: FloatArray,
    area_m2: FloatArray,
    sigma_km: float,
) -> FloatArray:
    """Probability that a person at each of some places is struck by one of the pieces.

    Casualty area times the density of pieces: a Gaussian kernel about every sampled impact, of the same width as for
    the people under the footprint, cut at 4 sigma.

    Args:
        place_latitude_deg, place_longitude_deg: shape (m,), geodetic degrees.
        latitude_deg, longitude_deg: shape (n,), impacts.
        area_m2: shape (n,), casualty area that each row stands for, divided by the number of realisations.
        sigma_km: standard deviation of the kernel.

    Returns:
        Shape (m,); the expected number of strikes, which is the probability as long as it is small.
    """
    pieces = _binned(latitude_deg, longitude_deg, area_m2, sigma_km)
    return _strikes(_unit(place_latitude_deg, place_longitude_deg), pieces, sigma_km)


def individual_risk(
    latitude_deg: FloatArray, longitude_deg: FloatArray, area_m2: FloatArray, sigma_km: float, grid: PopulationGrid
) -> tuple[IndividualRisk, IndividualRisk]:
    """Largest probability that one given person is struck: where people live, and anywhere.

    Args:
        latitude_deg, longitude_deg, area_m2, sigma_km: as for :func:`strike_probability`.
        grid: persons per cell.

    Returns:
        For the inhabitants of the cells with a person or more, at the centre of the cell (with the narrowest kernel at
        most a fifth under the largest in it), and for somebody in the open at the worst place of all, as on the deck
        of a ship that was not warned.
    """
    nobody = IndividualRisk(0.0, None, None)
    if not len(area_m2) or float(area_m2.sum()) <= 0.0:
        return nobody, nobody
    pieces = _binned(latitude_deg, longitude_deg, area_m2, sigma_km)
    here_lat, here_lon = _inhabited(grid, latitude_deg, sigma_km)
    inhabitant = _largest(here_lat, here_lon, _strikes(_unit(here_lat, here_lon), pieces, sigma_km))
    bins_lat = np.degrees(np.arcsin(pieces.unit[:, 2]))
    bins_lon = np.degrees(np.arctan2(pieces.unit[:, 1], pieces.unit[:, 0]))
    return inhabitant, _largest(bins_lat, bins_lon, _strikes(pieces.unit, pieces, sigma_km))


def individual_risk_under_orbit(
    inclination_deg: float, casualty_area_m2: float, grid: PopulationGrid
) -> IndividualRisk:
    """Largest probability that one given person is struck by an object that comes down uncontrolled.

    Any longitude is as likely, so that all who live in a row of cells share the risk: the probability of the row over
    its area, times the casualty area. It is largest under the turning points of the orbit, where it is an average over
    the height of the row.

    Args:
        inclination_deg: 0..180.
        casualty_area_m2: of all dangerous pieces.
        grid: persons per cell.

    Returns:
        The probability; the place is the most populous cell of the row.
    """
    edges = grid.south_deg + grid.step_deg * np.arange(grid.persons.shape[0] + 1)
    density = latitude_probability(inclination_deg, edges) / cell_area_km2(edges[:-1], edges[1:], 360.0)
    lived_in = (grid.persons >= SOMEBODY).any(axis=1)
    risk = casualty_area_m2 * KM2_PER_M2 * np.where(lived_in, density, 0.0)
    row = int(risk.argmax())
    if risk[row] <= 0.0:
        return IndividualRisk(0.0, None, None)
    column = int(grid.persons[row].argmax())
    latitude, longitude = edges[row] + grid.step_deg / 2, grid.west_deg + (column + 0.5) * grid.step_deg
    return IndividualRisk(float(risk[row]), float(latitude), float(longitude))


def _largest(latitude_deg: FloatArray, longitude_deg: FloatArray, risk: FloatArray) -> IndividualRisk:
    if not len(risk) or risk.max() <= 0.0:
        return IndividualRisk(0.0, None, None)
    at = int(risk.argmax())
    return IndividualRisk(float(risk[at]), float(latitude_deg[at]), float(longitude_deg[at]))


def _inhabited(grid: PopulationGrid, latitude_deg: FloatArray, sigma_km: float) -> tuple[FloatArray, FloatArray]:
    """Centres of the cells where somebody lives, in the latitudes that the kernels reach."""
    reach_deg = np.degrees(KERNEL_REACH * sigma_km / EARTH_RADIUS_KM) + grid.step_deg
    row, column = np.nonzero(grid.persons >= SOMEBODY)
    latitude = grid.south_deg + (row.astype(np.float64) + 0.5) * grid.step_deg
    longitude = grid.west_deg + (column.astype(np.float64) + 0.5) * grid.step_deg
    near = (latitude >= latitude_deg.min() - reach_deg) & (latitude <= latitude_deg.max() + reach_deg)
    return latitude[near], longitude[near]


def _binned(latitude_deg: FloatArray, longitude_deg: FloatArray, area_m2: FloatArray, sigma_km: float) -> _Pieces:
    """Casualty area in bins of a third of the kernel, each at its centre of gravity."""
    step_deg = float(np.degrees(BIN * sigma_km / EARTH_RADIUS_KM))
    row = np.floor(latitude_deg / step_deg)
    column = np.floor((longitude_deg + 180.0) % 360.0 * np.cos(np.radians((row + 0.5) * step_deg)) / step_deg)
    _, member = np.unique((row * 2.0**20 + column).astype(np.int64), return_inverse=True)
    unit = _unit(latitude_deg, longitude_deg)
    # rows without area would leave a bin without a centre
    mass = area_m2 + 1e-12 * area_m2.mean()
    centre = np.stack([np.bincount(member, weights=mass * unit[:, axis]) for axis in range(3)], axis=1)
    return _Pieces(
        centre / np.linalg.norm(centre, axis=1, keepdims=True), np.bincount(member, weights=area_m2).astype(float)
    )


def _strikes(places: FloatArray, pieces: _Pieces, sigma_km: float) -> FloatArray:
    """Sum over the bins of area times kernel at each place; ``places`` shape (m, 3), result shape (m,)."""
    from scipy.spatial import KDTree

    tree = KDTree(pieces.unit)
    reach = KERNEL_REACH * sigma_km / EARTH_RADIUS_KM  # as a chord, 0.04 % shorter than the arc at 600 km
    peak = KM2_PER_M2 / (2.0 * np.pi * sigma_km**2)
    risk = np.zeros(len(places))
    for part in _chunks(len(places)):
        pairs = KDTree(places[part]).sparse_distance_matrix(tree, reach, output_type="ndarray")
        kernel = np.exp(-0.5 * (pairs["v"] * EARTH_RADIUS_KM / sigma_km) ** 2)
        risk[part] = np.bincount(pairs["i"], weights=kernel * pieces.area_m2[pairs["j"]], minlength=len(places[part]))
    return peak * risk


def _chunks(count: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK))


def _unit(latitude_deg: FloatArray, longitude_deg: FloatArray) -> FloatArray:
    """Unit vectors on the sphere, shape (n, 3)."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    across = np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=1)
