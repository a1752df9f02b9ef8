import numpy as np

from pointnemo.motion.ellipsoid import height_and_latitude
from pointnemo.world import earth


def test_same_as_the_world_from_pole_to_pole() -> None:
    latitude = np.radians(np.linspace(-90.0, 90.0, 181))
    for height_km in (-1.0, 0.0, 80.0, 420.0, 1000.0):
        places = earth.from_geodetic(latitude, np.full(181, 0.7), np.full(181, height_km)) * 1000.0
        found = np.array([height_and_latitude(*place) for place in places])
        assert np.max(np.abs(found[:, 0] - height_km * 1000.0)) < 1e-5
        assert np.max(np.abs(found[:, 1] - latitude)) < 1e-9
