"""Who lives where the pieces fall if a burn has failed: the footprint of the plan, laid about other places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from pointnemo.risk.casualty_area import nasa_casualty_area_m2
from pointnemo.risk.exposure import density_under_footprint_per_km2
from pointnemo.risk.stage import dangerous_fragments

if TYPE_CHECKING:
    from pointnemo.results import Impacts
    from pointnemo.scenario.models import AssessRules
    from pointnemo.world import World

__all__ = ["BranchFootprint", "Places", "branch_density_per_km2", "even_footprint", "footprint_of"]

FloatArray = NDArray[np.float64]

PIECE_KM = 100.0  # pieces of the footprint along the track; people are averaged over half of that on each side
NARROWEST_KM, WIDEST_KM = 50.0, 150.0
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


def branch_density_per_km2(places: Places, footprint: BranchFootprint, year: float, world: World) -> float:
    """Persons per square kilometre where the station comes down on a branch, weighted as its pieces lie.

    Casualty area times this is the casualty expectation (NASA-STD-8719.14C eq. 4.7-1): those around the pieces of the
    footprint about each place, averaged over places and pieces. It is exactly 0 where nobody lives within reach. People
    in ships and aircraft are not counted.

    The pieces lie on the geodesic that the track touches at the place; while they fall the Earth turns by some 20 km
    at 2,000 km, which is little beside the kernel.

    Args:
        places: where the reference body may come down.
        footprint: how the casualty area lies about each place.
        year: calendar year with fraction, for the growth of population.
        world: people.

    Returns:
        Persons per square kilometre.

    Raises:
        WorldError: the year is outside the population data.
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
