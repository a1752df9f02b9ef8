"""How many people stand where fragments may fall: under an orbit (uncontrolled) and under a footprint (controlled)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.world.population import Population, PopulationGrid, cell_area_km2

__all__ = [
    "critical_area_m2",
    "density_under_footprint_per_km2",
    "density_under_orbit_per_km2",
    "kernel_width_km",
    "latitude_probability",
    "local_population_sigma",
    "orbit_population_sigma",
    "people_within",
    "probability_of_casualty",
]

FloatArray = NDArray[np.float64]

WGS84_E2 = 6.69437999014e-3  # NGA.STND.0036 (2014), table 3.5: first eccentricity squared
EARTH_RADIUS_KM = 6371.0088  # mean radius of WGS 84 (Moritz 2000)
LEAST_INCLINATION_DEG = 1e-3  # below it an equatorial orbit is on the equator to 0.1 km
KERNEL_REACH = 4.0  # the kernel is cut at 4 sigma (3e-4 of a plane Gaussian lies beyond) and made to sum to 1
NARROWEST_KM, WIDEST_KM = 30.0, 150.0
TURN = 1 << 20  # more than the steps of BLUR_DEG in any longitude
BLUR_DEG = 0.05  # impacts share a kernel with others in the same 0.05 degrees: far below the narrowest kernel
# Critical areas (m2) of 2030 by the two published sets, 1in10000 (Byers et al. 2022) and CNES, by inclination
PUBLISHED_2030 = {
    0: (9.04, 7.26), 10: (6.41, 5.84), 20: (6.24, 5.90), 30: (4.36, 4.32), 40: (4.29, 4.32), 50: (5.34, 5.40),
    51.6: (5.274, 5.518), 55: (5.66, 5.77), 60: (6.28, 6.38), 70: (7.38, 7.44), 80: (7.94, 8.00), 90: (8.12, 8.18),
}  # fmt: skip
# Spread (rms) of the logarithm of our density over that of GPWv4.11, both under a kernel of 100 km, by density
# (persons per km2): tests/validation/test_population_land.py measures it. Below, maps part by more, but there the
# expectation is far below any limit.
LOCAL_SIGMA = {3e-3: 1.3, 3e-2: 0.85, 0.3: 0.65, 3.0: 0.42, 30.0: 0.30, 300.0: 0.24}
CHUNK = 2048  # impacts spread at once: bounds memory; the result does not depend on it


def latitude_probability(inclination_deg: float, edges_deg: ArrayLike) -> FloatArray:
    """Probability that an uncontrolled object comes down between two parallels.

    A circular orbit spends equal times in equal arcs, so P(below phi) = 1/2 + asin(sin phi / sin i) / pi with phi
    geocentric; its derivative is the cos phi / (pi sqrt(sin^2 i - sin^2 phi)) of the literature (for example
    Opiela and Matney 2004). The arc sine is differenced over each band, so that the singularity at phi = i needs no
    grid and the sum is exactly 1.

    Args:
        inclination_deg: 0..180.
        edges_deg: shape (n + 1,), increasing geodetic latitudes of the band edges.

    Returns:
        Shape (n,), sums to 1 where the edges span the globe.
    """
    highest = np.sin(np.radians(max(LEAST_INCLINATION_DEG, min(inclination_deg, 180.0 - inclination_deg))))
    geodetic = np.radians(np.asarray(edges_deg, dtype=float))
    geocentric = np.arctan2((1.0 - WGS84_E2) * np.sin(geodetic), np.cos(geodetic))
    below = 0.5 + np.arcsin(np.clip(np.sin(geocentric) / highest, -1.0, 1.0)) / np.pi
    return np.diff(below)


def density_under_orbit_per_km2(inclination_deg: float, year: float, population: Population) -> float:
    """Mean density of people where an uncontrolled object of this inclination falls; any longitude is as likely.

    Args:
        inclination_deg: 0..180.
        year: calendar year with fraction.
        population: people of the Earth.

    Returns:
        Persons per square kilometre.

    Raises:
        WorldError: the year is outside the population data.
    """
    grid = population.grid(year)
    edges = grid.south_deg + grid.step_deg * np.arange(grid.persons.shape[0] + 1)
    density = grid.persons.sum(axis=1) / cell_area_km2(edges[:-1], edges[1:], 360.0)
    return float(latitude_probability(inclination_deg, edges) @ density)


def critical_area_m2(inclination_deg: float, year: float, population: Population, limit: float = 1e-4) -> float:
    """Casualty area at which an uncontrolled re-entry reaches a limit of casualty expectation.

    Args:
        inclination_deg, year, population: as for :func:`density_under_orbit_per_km2`.
        limit: casualty expectation, 1e-4 in NASA-STD-8719.14C 4.7-1a.

    Returns:
        Square metres; infinite where nobody lives under the orbit.
    """
    density = density_under_orbit_per_km2(inclination_deg, year, population)
    return limit / density * 1e6 if density > 0 else float("inf")


def orbit_population_sigma(inclination_deg: float, least: float) -> float:
    """Error of the density of people under an orbit: what two published population models make of it.

    Two estimates with the error sigma each differ by sqrt 2 sigma; between the inclinations of both sets it is
    interpolated.

    Args:
        inclination_deg: 0..180.
        least: smallest value, for inclinations where the two happen to agree.

    Returns:
        Standard deviation of the logarithm: 0.16 on the equator, ``least`` above 20 degrees where that is 0.05.
    """
    known = np.array(list(PUBLISHED_2030))
    difference = np.abs(np.log([first / second for first, second in PUBLISHED_2030.values()])) / np.sqrt(2.0)
    return max(least, float(np.interp(min(inclination_deg, 180.0 - inclination_deg), known, difference)))


def local_population_sigma(density_per_km2: float, least: float) -> float:
    """Error of the density of people under a footprint: how people are placed within their latitude.

    Args:
        density_per_km2: mean density around the impacts.
        least: smallest value: the error of the number of people.

    Returns:
        Standard deviation of the logarithm, from 1.3 in the emptiest seas to 0.24 among cities.
    """
    if density_per_km2 <= 0.0:
        return least
    known = np.log(list(LOCAL_SIGMA))
    return max(least, float(np.interp(np.log(density_per_km2), known, list(LOCAL_SIGMA.values()))))


def kernel_width_km(latitude_deg: FloatArray, longitude_deg: FloatArray, weight: FloatArray) -> float:
    """Width of the kernel that a sample of impacts supports.

    Scott (1992), Multivariate Density Estimation, eq. 6.42 for two dimensions: n^(-1/6) times the spread, here the
    geometric mean of the two principal standard deviations and Kish's effective number of weighted samples.

    Args:
        latitude_deg, longitude_deg: shape (n,), geodetic degrees, n > 0.
        weight: shape (n,), positive.

    Returns:
        Standard deviation in km, within 30 (about a cell of the grid) and 150.
    """
    share = weight / weight.sum()
    turn = np.angle(share @ np.exp(1j * np.radians(longitude_deg)), deg=True)
    north = np.radians(latitude_deg) * EARTH_RADIUS_KM
    from_turn = np.radians((longitude_deg - turn + 180.0) % 360.0 - 180.0)
    east = from_turn * np.cos(np.radians(latitude_deg)) * EARTH_RADIUS_KM
    offset = np.stack([north - share @ north, east - share @ east])
    principal_variance = np.linalg.eigvalsh((share * offset) @ offset.T).clip(0.0)
    effective = 1.0 / float(share @ share)
    width = effective ** (-1.0 / 6.0) * float(principal_variance.prod()) ** 0.25
    return float(np.clip(width, NARROWEST_KM, WIDEST_KM))


def density_under_footprint_per_km2(
    latitude_deg: FloatArray, longitude_deg: FloatArray, grid: PopulationGrid, sigma_km: float
) -> FloatArray:
    """Density of people around each impact point, weighted with a Gaussian of standard deviation ``sigma_km``.

    A sampled impact stands for all the places where its like could have fallen. Without the kernel a small island
    counts fully or not at all, as the samples happen to fall. Cells within 4 sigma get exp(-d^2 / 2 sigma^2) times
    their area, normalised to 1; d is the great-circle distance to the centre of the cell. Points are first rounded to
    0.05 degrees and equal ones computed once, so that millions of fragments cost no more than their footprint is large.

    Args:
        latitude_deg, longitude_deg: shape (n,), geodetic degrees.
        grid: persons per cell over the whole Earth.
        sigma_km: standard deviation of the kernel, at least a cell of the grid.

    Returns:
        Shape (n,), persons per square kilometre.
    """
    rounded = np.round(np.stack([latitude_deg, longitude_deg], axis=1) / BLUR_DEG).astype(np.int64)
    # one number for each pair: a sort of whole rows takes ten times as long
    points, member = np.unique(rounded[:, 0] * TURN + rounded[:, 1], return_inverse=True)
    column = (points + TURN // 2) % TURN - TURN // 2
    places = np.stack([(points - column) // TURN, column], axis=1).astype(np.float64) * BLUR_DEG
    density = [_kernel_density(places[part, 0], places[part, 1], grid, sigma_km) for part in _chunks(len(places))]
    return np.concatenate(density)[member.ravel()] if density else np.zeros(0)


def _chunks(count: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK))


def _kernel_density(
    latitude_deg: FloatArray, longitude_deg: FloatArray, grid: PopulationGrid, sigma_km: float
) -> FloatArray:
    """The kernel average around each point, row of cells by row of cells; shapes (n,)."""
    step, (nlat, nlon) = grid.step_deg, grid.persons.shape
    reach_km = KERNEL_REACH * sigma_km
    reach_deg = np.degrees(reach_km / EARTH_RADIUS_KM)
    poleward_deg = min(89.0, float(np.abs(latitude_deg).max()) + reach_deg)
    up = int(np.ceil(reach_deg / step))
    across = min(nlon // 2 - 1, int(np.ceil(reach_deg / step / np.cos(np.radians(poleward_deg)))))
    home_row = np.floor((latitude_deg - grid.south_deg) / step).astype(np.int64)
    home_column = np.floor((longitude_deg - grid.west_deg) / step).astype(np.int64)
    column = home_column[:, None] + np.arange(-across, across + 1)
    centre_lon = grid.west_deg + (column + 0.5) * step
    people, area = np.zeros(len(latitude_deg)), np.zeros(len(latitude_deg))
    for offset in range(-up, up + 1):
        row = home_row + offset
        south = grid.south_deg + row * step
        on_globe = (row >= 0) & (row < nlat)
        centre_lat = (south + 0.5 * step)[:, None]
        distance = _great_circle_km(latitude_deg[:, None], longitude_deg[:, None], centre_lat, centre_lon)
        kernel = np.where((distance <= reach_km) & on_globe[:, None], np.exp(-0.5 * (distance / sigma_km) ** 2), 0.0)
        people += (kernel * grid.persons[np.clip(row, 0, nlat - 1)[:, None], column % nlon]).sum(axis=1)
        area += kernel.sum(axis=1) * np.where(on_globe, cell_area_km2(south, south + step, step), 0.0)
    return people / area


def _great_circle_km(lat1_deg: ArrayLike, lon1_deg: ArrayLike, lat2_deg: ArrayLike, lon2_deg: ArrayLike) -> FloatArray:
    """Haversine distance (Sinnott 1984) on the mean sphere."""
    phi1, phi2 = np.radians(lat1_deg), np.radians(lat2_deg)
    half_lon = (np.radians(lon2_deg) - np.radians(lon1_deg)) / 2.0
    h = np.sin((phi2 - phi1) / 2.0) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_lon) ** 2
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(h, 1.0)))


def people_within(polygon: Sequence[tuple[float, float]], grid: PopulationGrid) -> float:
    """How many people live in an area: all those of the cells that it touches.

    Args:
        polygon: [longitude, latitude] in degrees; longitudes may run on beyond 180.
        grid: persons per cell.

    Returns:
        Persons, never too few.
    """
    import shapely  # heavy, and needed once per stage

    area, step = shapely.Polygon(polygon), grid.step_deg
    west, south, east, north = area.bounds
    rows = np.arange(max(0, int((south - grid.south_deg) // step)), int((north - grid.south_deg) // step) + 1)
    rows = rows[rows < grid.persons.shape[0]]
    columns = np.arange(int((west - grid.west_deg) // step), int((east - grid.west_deg) // step) + 1)
    row, column = (each.ravel() for each in np.meshgrid(rows, columns, indexing="ij"))
    persons = grid.persons[row, column % grid.persons.shape[1]]
    lived_in = persons > 0.0
    left, low = grid.west_deg + step * column[lived_in], grid.south_deg + step * row[lived_in]
    touched = shapely.intersects(area, shapely.box(left, low, left + step, low + step))
    return float(persons[lived_in][touched].sum())


def probability_of_casualty(casualty_expectation: float) -> float:
    """Probability of at least one casualty, 1 - exp(-E): casualties of many small fragments are a Poisson count.

    Args:
        casualty_expectation: expected number of casualties.

    Returns:
        0..1.
    """
    return float(-np.expm1(-casualty_expectation))
