"""Who is at risk where a burn has failed: the casualty area of the plan, over the people where it then falls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from scipy.stats import norm

from pointnemo.results import Estimate
from pointnemo.risk.casualty_area import nasa_casualty_area_m2
from pointnemo.risk.exposure import density_under_footprint_per_km2, density_under_orbit_per_km2
from pointnemo.risk.stage import dangerous_fragments

if TYPE_CHECKING:
    from pointnemo.results import Impacts
    from pointnemo.scenario.models import AssessRules, Scenario
    from pointnemo.world import World

__all__ = ["BranchFootprint", "Places", "branch_expectation", "even_footprint", "footprint_of"]

FloatArray = NDArray[np.float64]

PIECE_KM = 100.0  # pieces of the footprint along the track; people are averaged over half of that on each side
NARROWEST_KM, WIDEST_KM = 50.0, 150.0
KM2_PER_M2 = 1e-6
WGS84 = Geod(ellps="WGS84")


class Places(NamedTuple):
    """Where a reference body may come down.

    Attributes:
        latitude_deg, longitude_deg: geodetic, shape (n,).
        azimuth_deg: direction in which the track runs there, from north over east, shape (n,).
        weight: probability of each, sum 1, shape (n,).
    """

    latitude_deg: FloatArray
    longitude_deg: FloatArray
    azimuth_deg: FloatArray
    weight: FloatArray


class BranchFootprint(NamedTuple):
    """How the casualty area lies about the impact of the reference body.

    Attributes:
        along_km: pieces along the track, positive in flight direction, shape (m,).
        share: of the casualty area in each, sum 1, shape (m,).
        half_width_km: across the track.
    """

    along_km: FloatArray
    share: FloatArray
    half_width_km: float


def even_footprint(heel_km: float, toe_km: float, half_width_km: float) -> BranchFootprint:
    """A footprint of even density between heel and toe, in pieces of some 100 km.

    Args:
        heel_km, toe_km: along the track from the impact of the reference body, heel before toe.
        half_width_km: across the track.

    Returns:
        The footprint.
    """
    count = max(1, round((toe_km - heel_km) / PIECE_KM))
    along = heel_km + (np.arange(count) + 0.5) * (toe_km - heel_km) / count
    return BranchFootprint(along, np.full(count, 1.0 / count), half_width_km)


def footprint_of(impacts: Impacts, rules: AssessRules) -> BranchFootprint | None:
    """The footprint of flown fragments: their casualty area in pieces of some 100 km along the track.

    A branch falls at another angle than the plan; its footprint is taken to be as long.

    Args:
        impacts: fragments at the ground, all realisations.
        rules: energy threshold and size of a person.

    Returns:
        The footprint; None where no fragment is dangerous.
    """
    dangerous = dangerous_fragments(impacts, rules.energy_threshold_j)
    if not dangerous.any():
        return None
    down = impacts.downrange_km[dangerous]
    area = (impacts.weight * nasa_casualty_area_m2(impacts.area_m2, rules.person_radius_term_m))[dangerous]
    even = even_footprint(float(down.min()), float(down.max()), float(np.abs(impacts.crossrange_km[dangerous]).max()))
    step = (down.max() - down.min()) / len(even.along_km)
    piece = np.clip(((down - down.min()) / max(step, 1e-9)).astype(np.int64), 0, len(even.along_km) - 1)
    return even._replace(share=np.bincount(piece, weights=area, minlength=len(even.along_km)) / area.sum())


def branch_expectation(
    area_m2: Estimate,
    places: Places | None,
    inclination_deg: float,
    year: float,
    scenario: Scenario,
    world: World,
    footprint: BranchFootprint,
) -> Estimate:
    """Expected number of casualties where the station comes down on a branch.

    Casualty area times persons per square kilometre (NASA-STD-8719.14C eq. 4.7-1): those around the pieces of the
    footprint about each place, or, where any place under the orbit is as likely, those under the orbit by the time that
    it spends over each latitude. It is exactly 0 where nobody lives within reach. The interval holds the spread of the
    casualty area and the error of the population, both taken as log-normal; the place is averaged over. People in ships
    and aircraft are not counted.

    Args:
        area_m2: casualty area of all dangerous fragments.
        places: where the reference body may come down; None: anywhere under its orbit.
        inclination_deg: of the orbit.
        year: calendar year with fraction, for the growth of population.
        scenario: ``assess.population_sigma``.
        world: people.
        footprint: how the casualty area lies about each place.

    Returns:
        Persons, with the level of ``area_m2``.

    Raises:
        WorldError: the year is outside the population data.
    """
    if places is None:
        density = density_under_orbit_per_km2(inclination_deg, year, world.population)
    else:
        density = _density_per_km2(places, footprint, year, world)
    value = area_m2.value * density * KM2_PER_M2
    low, high = _interval(area_m2, scenario.assess.population_sigma)
    return Estimate(value=value, low=low * value, high=high * value, level=area_m2.level, unit="persons")


def _density_per_km2(places: Places, footprint: BranchFootprint, year: float, world: World) -> float:
    """Persons per square kilometre, averaged over the pieces of the footprint about all places.

    The pieces lie on the geodesic that the track touches at the place; while they fall the Earth turns by some 20 km
    at 2,000 km, which is little beside the kernel.
    """
    shape = len(places.weight), len(footprint.along_km)

    def spread(values: FloatArray) -> FloatArray:
        return np.broadcast_to(values[:, None], shape).ravel()

    along_m = np.broadcast_to(1000.0 * footprint.along_km, shape).ravel()
    longitude, latitude, _ = WGS84.fwd(
        spread(places.longitude_deg), spread(places.latitude_deg), spread(places.azimuth_deg), along_m
    )
    sigma_km = float(np.clip(footprint.half_width_km / 2, NARROWEST_KM, WIDEST_KM))
    density = density_under_footprint_per_km2(
        np.asarray(latitude), np.asarray(longitude), world.population.grid(year), sigma_km
    )
    weight = (places.weight[:, None] * footprint.share[None, :]).ravel()
    return float(weight @ density)


def _interval(area_m2: Estimate, population_sigma: float) -> tuple[float, float]:
    """Ends of the interval as factors on the value: two independent log-normal errors, each side on its own."""
    if area_m2.value <= 0.0:
        return 1.0, 1.0
    people = float(norm.ppf(0.5 + area_m2.level / 2)) * population_sigma
    high = float(np.exp(np.hypot(np.log(area_m2.high / area_m2.value), people)))
    if area_m2.low <= 0.0:
        return 0.0, high
    return float(np.exp(-np.hypot(np.log(area_m2.value / area_m2.low), people))), high
