"""A world and a station for the break-up: the shipped ISS under the forecast Sun, entering over the South Pacific."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.reentry import EntryState
from pointnemo.scenario.loader import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.world import World, earth, load_world
from pointnemo.world import time as clock

AIM = (-48.88, -123.4)


@pytest.fixture(scope="session")
def world() -> World:
    """The bundled world."""
    return load_world()


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """The ISS with few fragments, yet more rows per run than strata."""
    return load_scenario("iss", set=["reentry.fragments=1800", "reentry.realisations=3"])


@pytest.fixture(scope="session")
def entry(world: World, scenario: Scenario) -> EntryState:
    """122 km over 30 S 165 W on a 250 x 50 km orbit of 51.6 deg, flying south-east."""
    tt_s = clock.from_utc("2030-12-15T12:00:00")
    latitude, longitude, azimuth, angle = np.radians([-30.0, -165.0, 134.2, -0.85])
    up = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    level = np.cos(azimuth) * np.cross(up, east) + np.sin(azimuth) * east
    inertial = 7.85 * (np.sin(angle) * up + np.cos(angle) * level)
    matrix = earth.gcrs_to_itrs(tt_s, world.earth)
    position = matrix.T @ earth.from_geodetic(latitude, longitude, 122.0)
    x, y, z = (float(value) for value in position)
    u, v, w = (float(value) for value in matrix.T @ inertial)
    mass = scenario.station.mass_kg + 14_500.0
    return EntryState(tt_s, (x, y, z), (u, v, w), mass, scenario.station.drag.cd_area_m2, *AIM)
