"""The choice of pass and shift, against a toy land."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from pointnemo.descent import GroundTrack
from pointnemo.planning.aiming import Swath, best_shift_km, clearance_km
from pointnemo.world import load_world

TRACK = GroundTrack.through(-48.8767, -123.3933, 51.63, "descending")


def island(latitude_deg: float, longitude_deg: float) -> SimpleNamespace:
    """A world whose only land is one point, on a sphere."""

    def distance_km(latitude, longitude):
        a, b = np.radians(latitude), np.radians(latitude_deg)
        cosine = np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * np.cos(np.radians(longitude - longitude_deg))
        return 6371.0 * np.arccos(np.clip(cosine, -1, 1))

    return SimpleNamespace(land=SimpleNamespace(distance_km=distance_km))


def test_nothing_near_means_no_shift() -> None:
    assert best_shift_km(TRACK, Swath(-800, 1200, 50), island(60.0, 60.0), 370.0) == 0.0  # type: ignore[arg-type]


def test_an_island_on_the_toe_pushes_the_aim_back_by_the_least() -> None:
    latitude, longitude = TRACK.at(1300.0)
    world = island(float(latitude), float(longitude))
    swath = Swath(-800, 1200, 50)
    shift = best_shift_km(TRACK, swath, world, 370.0)  # type: ignore[arg-type]
    # The toe must end 420 km before the island: 1300 - 420 - 1200 = -320 km, to the steps of the search.
    assert shift == pytest.approx(-320.0, abs=60.0)
    assert clearance_km(TRACK.moved(shift), swath, world) >= 370.0  # type: ignore[arg-type]


def test_where_nothing_clears_the_best_is_taken() -> None:
    latitude, longitude = TRACK.at(0.0)
    world = island(float(latitude), float(longitude))
    swath = Swath(-4000, 4000, 50)
    shift = best_shift_km(TRACK, swath, world, 370.0)  # type: ignore[arg-type]
    assert abs(shift) <= 3000


def test_the_real_south_pacific_has_room_for_a_long_footprint() -> None:
    assert clearance_km(TRACK, Swath(-900, 1500, 100), load_world()) > 370.0
