from __future__ import annotations

import numpy as np
import pytest
from tests.risk.hazards import fallen, great_circle

from pointnemo.results import Impacts
from pointnemo.risk.hazard_traffic import aircraft_under, exposure_of, ship_under
from pointnemo.scenario.entry_models import AssessRules
from pointnemo.world.time import from_utc

RULES = AssessRules(burn_failure_probability={})
ENTRY_TT_S = from_utc("2032-03-14T09:00:00Z")
ALONG, ACROSS, PIECES, RUNS = 400.0, 30.0, 40_000, 20
GROUND = great_circle(-45.0, -130.0, 120.0)


@pytest.fixture(scope="module")
def gaussian() -> Impacts:
    """Heavy pieces that land within the minute, about 50 km past the aim."""
    rng = np.random.default_rng(5)
    run = np.arange(PIECES) % RUNS
    return fallen(run, 50.0 + ALONG * rng.standard_normal(PIECES), ACROSS * rng.standard_normal(PIECES), mass_kg=100.0)


def test_the_worst_place_is_the_peak_of_a_gaussian(gaussian: Impacts) -> None:
    found = exposure_of(aircraft_under(gaussian, RULES), gaussian, RUNS, 0.0, GROUND, ENTRY_TT_S)
    assert found is not None
    hits = PIECES / RUNS * 1e-6 * RULES.aircraft_area_m2 / (2.0 * np.pi * ALONG * ACROSS)
    assert found.probability == pytest.approx(1.0 - np.exp(-hits), rel=0.1)
    latitude, longitude = GROUND(np.array([50.0]), np.array([0.0]))
    assert found.place.latitude_deg == pytest.approx(latitude[0], abs=1.5)
    assert found.place.longitude_deg == pytest.approx(longitude[0], abs=2.5)
    assert found.worst_10_min == pytest.approx(found.probability, rel=1e-9)


def test_errors_of_the_burn_make_it_less(gaussian: Impacts) -> None:
    aircraft = aircraft_under(gaussian, RULES)
    still, moved = (exposure_of(aircraft, gaussian, RUNS, sigma, GROUND, ENTRY_TT_S) for sigma in (0.0, 300.0))
    assert still is not None
    assert moved is not None
    assert still.probability / moved.probability == pytest.approx(np.hypot(1.0, 300.0 / ALONG), rel=0.06)


def test_two_showers_half_an_hour_apart_share_the_risk() -> None:
    rng = np.random.default_rng(6)
    late = np.arange(2000) % 2
    impacts = fallen(0, rng.normal(0.0, 100.0, 2000), rng.normal(0.0, 10.0, 2000), fall_s=600.0 + 1800.0 * late)
    found = exposure_of(ship_under(impacts, np.ones(2000, dtype=bool), RULES), impacts, 1, 0.0, GROUND, ENTRY_TT_S)
    assert found is not None
    assert found.worst_10_min / found.probability == pytest.approx(0.5, abs=0.05)
    assert (found.from_utc, found.to_utc) == ("2032-03-14T09:15:00Z", "2032-03-14T09:45:00Z")


def test_a_ship_larger_by_the_piece_is_hit_more_often() -> None:
    rng = np.random.default_rng(7)
    down, cross = rng.normal(0.0, 100.0, 500), rng.normal(0.0, 10.0, 500)
    small, large = (fallen(0, down, cross, area_m2=area) for area in (0.01, 100.0))
    every = np.ones(500, dtype=bool)
    found = [exposure_of(ship_under(one, every, RULES), one, 1, 0.0, GROUND, ENTRY_TT_S) for one in (small, large)]
    radii = [np.sqrt(area / np.pi) for area in (0.01, 100.0)]
    less, more = ((RULES.ship_length_m + 2 * r) * (RULES.ship_width_m + 2 * r) for r in radii)
    probabilities = [one.probability for one in found if one is not None]
    assert np.log1p(-probabilities[1]) / np.log1p(-probabilities[0]) == pytest.approx(more / less, rel=1e-6)


def test_pieces_that_demise_above_the_air_routes_harm_no_aircraft() -> None:
    impacts = fallen(0, np.linspace(-100.0, 100.0, 50), np.zeros(50), demise_height_km=60.0)
    assert exposure_of(aircraft_under(impacts, RULES), impacts, 1, 0.0, GROUND, ENTRY_TT_S) is None
    assert exposure_of(ship_under(impacts, impacts.survives, RULES), impacts, 1, 0.0, GROUND, ENTRY_TT_S) is None
