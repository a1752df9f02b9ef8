from __future__ import annotations

import numpy as np
import pytest
from tests.risk.synthetic import impacts

from pointnemo.risk.clearance import land_clearance
from pointnemo.world import World


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "spread_deg"),
    [(-45.0, -120.0, 8.0), (-27.0, -110.0, 1.0), (-47.0, 179.9, 3.0), (-66.0, -100.0, 2.0), (48.0, 2.0, 0.5)],
)
def test_the_nearest_of_many_is_the_nearest_of_all(
    world: World, latitude_deg: float, longitude_deg: float, spread_deg: float
) -> None:
    """Cells are gathered only to save time: the fragment and both distances are those of measuring every one."""
    rng = np.random.default_rng(8)
    latitude = latitude_deg + spread_deg * rng.standard_normal(5000)
    longitude = (longitude_deg + spread_deg * rng.standard_normal(5000) + 180.0) % 360.0 - 180.0
    fragments = impacts(list(latitude), list(longitude))
    found = land_clearance(fragments, fragments.survives, world.land)
    distance = world.land.distance_km(latitude, longitude)
    assert found.distance_km == pytest.approx(distance.min(), abs=1e-9)
    assert found.fragment.latitude_deg == latitude[distance.argmin()]
    ice = world.land.antarctic_ice_distance_km(latitude, longitude).min()
    assert found.antarctic_ice_distance_km == pytest.approx(ice, abs=1e-9)
