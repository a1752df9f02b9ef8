"""The choice of pass and shift, against a toy land."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from pointnemo.descent import GroundTrack
from pointnemo.planning.aiming import Clearance, Swath, best_shift_km, choose, margin_km
from pointnemo.world import load_world

LIMITS = Clearance(370.0, 50.0)
TRACK = GroundTrack.through(-48.8767, -123.3933, 51.63, "descending")


def island(latitude_deg: float, longitude_deg: float) -> SimpleNamespace:
    """A world whose only land is one point, on a sphere."""

    def distance_km(latitude, longitude):
        a, b = np.radians(latitude), np.radians(latitude_deg)
        cosine = np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * np.cos(np.radians(longitude - longitude_deg))
        return 6371.0 * np.arccos(np.clip(cosine, -1, 1))

    def nowhere(latitude, longitude):
        return np.full(np.shape(latitude), 5000.0)

    return SimpleNamespace(land=SimpleNamespace(distance_km=distance_km, antarctic_ice_distance_km=nowhere))


def test_nothing_near_means_no_shift() -> None:
    shift, margin = best_shift_km(TRACK, Swath(-800, 1200, 50), island(60.0, 60.0), LIMITS)  # type: ignore[arg-type]
    assert shift == 0.0
    assert margin > 370.0


def test_an_island_on_the_toe_pushes_the_aim_back_by_the_least() -> None:
    latitude, longitude = TRACK.at(1300.0)
    world = island(float(latitude), float(longitude))
    swath = Swath(-800, 1200, 50)
    shift, margin = best_shift_km(TRACK, swath, world, LIMITS)  # type: ignore[arg-type]
    # The toe must end 370 + 60 km before the island, half the width and a step more: 1300 - 530 - 1200 = -430 km.
    assert shift == pytest.approx(-430.0, abs=60.0)
    assert margin_km(TRACK.moved(shift), swath, world, LIMITS) >= 0.0  # type: ignore[arg-type]
    assert margin >= 0.0


def test_where_nothing_clears_the_best_is_taken() -> None:
    latitude, longitude = TRACK.at(0.0)
    world = island(float(latitude), float(longitude))
    swath = Swath(-4000, 4000, 50)
    shift, margin = best_shift_km(TRACK, swath, world, LIMITS)  # type: ignore[arg-type]
    assert abs(shift) <= 3000
    assert margin < 0.0  # and by how much it is missed is told


def test_where_no_place_on_a_track_clears_another_track_is_taken() -> None:
    latitude, longitude = TRACK.at(0.0)
    world = island(float(latitude), float(longitude))
    choice = choose(-48.8767, -123.3933, 51.63, Swath(-1200, 1800, 50), world, LIMITS)  # type: ignore[arg-type]
    assert choice.margin_km >= 0.0
    long = Swath(-3300, 3300, 50)
    assert best_shift_km(TRACK, long, world, LIMITS)[1] < 0.0  # type: ignore[arg-type]
    moved = choose(-48.8767, -123.3933, 51.63, long, world, LIMITS)  # type: ignore[arg-type]
    assert moved.margin_km >= 0.0
    assert moved.east_deg != 0.0


def test_ice_has_a_limit_of_its_own() -> None:
    world = island(60.0, 60.0)
    world.land.antarctic_ice_distance_km = lambda latitude, longitude: np.full(np.shape(latitude), 80.0)
    assert margin_km(TRACK, Swath(-800, 1200, 50), world, LIMITS) == pytest.approx(-20.0)  # type: ignore[arg-type]


def test_the_real_south_pacific_has_room_for_a_long_footprint() -> None:
    assert margin_km(TRACK, Swath(-900, 1500, 100), load_world(), LIMITS) > 0.0
