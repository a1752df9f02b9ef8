import numpy as np

from pointnemo.motion.ellipsoid import height_and_latitude, height_by_series
from pointnemo.world import earth


def test_same_as_the_world_from_pole_to_pole() -> None:
    latitude = np.radians(np.linspace(-90.0, 90.0, 181))
    for height_km in (-1.0, 0.0, 80.0, 420.0, 1000.0):
        places = earth.from_geodetic(latitude, np.full(181, 0.7), np.full(181, height_km)) * 1000.0
        found = np.array([height_and_latitude(*place) for place in places])
        assert np.max(np.abs(found[:, 0] - height_km * 1000.0)) < 1e-5
        assert np.max(np.abs(found[:, 1] - latitude)) < 1e-9


def test_the_height_by_series_is_the_height() -> None:
    latitude = np.radians(np.linspace(-90.0, 90.0, 181))
    for height_km, close_m in ((0.0, 1e-4), (80.0, 1e-3), (400.0, 0.01)):
        places = earth.from_geodetic(latitude, np.full(181, 0.7), np.full(181, height_km)) * 1000.0
        radius = np.linalg.norm(places, axis=1)
        found = [height_by_series(r, (z / r) ** 2) for r, z in zip(radius, places[:, 2], strict=True)]
        assert np.max(np.abs(np.array(found) - height_km * 1000.0)) < close_m
