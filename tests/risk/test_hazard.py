from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from tests.risk.hazards import fallen, gaussian_runs, great_circle, hazard_scenario

from pointnemo.errors import PointnemoError
from pointnemo.results import HazardArea, Impacts
from pointnemo.risk.hazard import hazard_areas
from pointnemo.risk.hazard_burn import BurnSpread
from pointnemo.risk.hazard_pieces import floating_pieces, floats, toxic_pieces
from pointnemo.world import World
from pointnemo.world import time as clock

ENTRY = clock.from_utc("2030-12-15T12:00:00")
BURN = BurnSpread()
GROUND = great_circle(-45.0, -130.0, 110.0)


def areas_of(
    impacts: Impacts, runs: int, normals: np.ndarray | None, world: World, **options: Any
) -> dict[str, HazardArea]:
    scenario = hazard_scenario(**options.get("rules", {}))
    ground, seed = options.get("ground", GROUND), options.get("seed", 1)
    found = hazard_areas(impacts, runs, normals, options.get("burn", BURN), ground, scenario, world, ENTRY, seed)
    return {area.id: area for area in found}


@pytest.fixture(scope="module")
def many() -> tuple[Impacts, np.ndarray]:
    return gaussian_runs(400, 60, seed=1)


@pytest.fixture(scope="module")
def areas(many: tuple[Impacts, np.ndarray], world: World) -> dict[str, HazardArea]:
    return areas_of(many[0], 400, many[1], world)


def share_of_fresh_runs_inside(area: HazardArea, burn: BurnSpread, runs: int = 4000) -> float:
    """Runs never seen, each with its own burn error, all of whose pieces fall inside the polygon as published."""
    import shapely

    fresh, _ = gaussian_runs(runs, 60, seed=99)
    rng = np.random.default_rng(98)
    shift = burn.shift_km(rng.standard_normal(runs), rng.standard_normal(runs))
    latitude, longitude = GROUND(fresh.downrange_km + shift[fresh.run], fresh.crossrange_km)
    inside = shapely.contains_xy(shapely.Polygon(area.polygon), longitude, latitude)
    return 1.0 - float(np.mean(np.bincount(fresh.run, weights=~inside, minlength=runs) > 0))


def test_the_declared_area_holds_99_percent_of_fresh_runs(areas: dict[str, HazardArea]) -> None:
    declared = areas["declared"]
    assert declared.level == 0.99
    assert declared.confidence is not None
    assert declared.confidence >= 0.95
    assert declared.model_confidence is None
    assert "order statistics" in declared.method
    assert share_of_fresh_runs_inside(declared, BURN) >= 0.99


def test_the_safety_area_holds_the_declared_one_and_every_fresh_run(areas: dict[str, HazardArea]) -> None:
    declared, safety = areas["declared"], areas["safety"]
    assert share_of_fresh_runs_inside(safety, BURN) == 1.0
    assert safety.length_km > declared.length_km
    assert safety.width_km > declared.width_km
    assert "importance sampling" in safety.method
    assert "Gaussian" in safety.method
    assert safety.confidence == pytest.approx(0.004, abs=5e-5)
    assert safety.model_confidence == 0.95


def test_the_safety_area_is_little_larger_than_the_law_of_the_runs_makes_it(areas: dict[str, HazardArea]) -> None:
    """A piece is Gaussian with the spread of all that moves it; 60 of them pass either end 120 times as often."""
    slope = 0.5 * (BURN.short_km - BURN.over_km) * 100.0 * BURN.magnitude_sigma
    rest = np.hypot(BURN.outward_km_per_deg * BURN.pointing_sigma_deg, BURN.navigation_km)
    spread = np.sqrt(400.0**2 + 150.0**2 + 100.0**2 + slope**2 + rest**2)
    # half of the joint 1e-5 is left to the two sides
    half = spread * norm.isf(0.5e-5 / 120.0)
    assert 0.97 * half < 0.5 * areas["safety"].length_km < 1.25 * half


def test_too_few_runs_for_order_statistics_are_sampled(world: World) -> None:
    impacts, normals = gaussian_runs(60, 60, seed=2)
    declared = areas_of(impacts, 60, normals, world)["declared"]
    assert "importance sampling" in declared.method
    assert declared.confidence == pytest.approx(1.0 - 0.99**60)
    assert declared.model_confidence == 0.95
    assert share_of_fresh_runs_inside(declared, BURN) >= 0.985


def test_without_the_drawn_inputs_the_runs_themselves_are_taken(world: World) -> None:
    impacts, normals = gaussian_runs(60, 60, seed=2)
    blind, seeing = (areas_of(impacts, 60, inputs, world)["safety"] for inputs in (None, normals))
    assert "their 0 drawn inputs" in blind.method
    assert blind.length_km > 0.8 * seeing.length_km


def test_errors_of_the_burn_lengthen_the_area(many: tuple[Impacts, np.ndarray], world: World) -> None:
    wide = areas_of(*(many[0], 400, many[1], world), burn=BurnSpread(short_km=1000.0, over_km=-1000.0))
    still = areas_of(*(many[0], 400, many[1], world), burn=BurnSpread(0.0, 0.0, 0.0, navigation_km=0.0))
    assert wide["declared"].length_km > still["declared"].length_km + 1500.0
    assert wide["declared"].width_km < 1.2 * still["declared"].width_km


def test_ship_and_aircraft_contours_follow_their_limits(many: tuple[Impacts, np.ndarray], world: World) -> None:
    """60 pieces over some 400 x 15 km: 1.2e-5 on a ship and 1.5e-6 on an aircraft at the densest."""
    loose = areas_of(many[0], 400, many[1], world, rules={"ship_limit": 1e-6, "aircraft_limit": 1e-7})
    strict = areas_of(many[0], 400, many[1], world, rules={"ship_limit": 5e-6, "aircraft_limit": 5e-7})
    never = areas_of(many[0], 400, many[1], world, rules={"ship_limit": 1e-4, "aircraft_limit": 1e-4})
    for id in ("ship", "aircraft"):
        assert loose[id].area_km2 > 1.3 * strict[id].area_km2
        assert loose[id].level > strict[id].level
        assert id not in never
    assert {window.layer for window in loose["ship"].windows} == {"sea surface"}
    assert {window.layer for window in loose["aircraft"].windows} == {"sea surface", "air routes"}


def test_measures_and_land(areas: dict[str, HazardArea], world: World) -> None:
    declared = areas["declared"]
    assert declared.area_km2 == pytest.approx(declared.length_km * declared.width_km, rel=0.25)
    longitude, latitude = np.array(declared.polygon).T
    corners = world.land.distance_km(latitude, longitude).min()
    assert 0.8 * corners < declared.land_distance_km <= corners
    assert declared.nearest_land.name in declared.text
    assert "is not touched" in declared.text


def test_an_exclusive_economic_zone_is_told(world: World) -> None:
    impacts, normals = gaussian_runs(60, 60, seed=2)
    declared = areas_of(impacts, 60, normals, world, ground=great_circle(-27.0, -112.0, 100.0))["declared"]
    assert declared.land_distance_km < 370.4
    assert "may be touched" in declared.text


def test_polygons_are_closed_and_run_on_at_the_antimeridian(world: World) -> None:
    impacts, normals = gaussian_runs(60, 60, seed=2)
    for area in areas_of(impacts, 60, normals, world, ground=great_circle(-45.0, 175.0, 110.0)).values():
        corners = np.array(area.polygon)
        assert (corners[0] == corners[-1]).all()
        assert 5 <= len(corners) <= 11
        assert np.abs(np.diff(corners[:, 0])).max() < 90.0
        assert -180.0 <= area.nearest_land.longitude_deg <= 180.0


def test_pieces_that_float_or_are_toxic(world: World) -> None:
    """A panel sinks; a closed tank of 10 kg in a cubic metre floats, one of 2 t does not; insulation floats."""
    impacts = fallen(
        np.repeat([0, 1], 4), np.arange(8.0), 0.0, weight=3.0,
        fragment_class=[0, 1, 1, 2] * 2, mass_kg=[10.0, 10.0, 2000.0, 1.0] * 2,
    )  # fmt: skip
    scenario = hazard_scenario()
    assert floats(impacts, scenario).tolist() == [False, True, False, True] * 2
    assert floating_pieces(impacts, scenario, 4).value == pytest.approx(2 * 6.0 / 4.0)
    assert toxic_pieces(impacts, scenario, 2).value == pytest.approx(3.0)
    assert toxic_pieces(impacts, scenario, 2).unit == "pieces"


def test_what_floats_has_an_area_that_drifts(world: World) -> None:
    impacts, normals = gaussian_runs(60, 60, seed=2)
    floating = replace(impacts, fragment_class=np.full(len(impacts.run), 2))
    found = areas_of(floating, 60, normals, world)
    drift = 3 * 24 * 1.852
    assert found["floating"].width_km == pytest.approx(found["declared"].width_km + 2.0 * drift, rel=0.02)
    assert "floating" not in areas_of(impacts, 60, normals, world)
    (window,) = found["floating"].windows
    assert clock.from_utc(window.to_utc) - ENTRY > 3 * 86_400.0


def test_where_nothing_is_dangerous_nothing_is_closed(world: World) -> None:
    impacts, normals = gaussian_runs(20, 30, seed=3)
    harmless = replace(impacts, kinetic_energy_j=np.zeros(len(impacts.run)))
    assert areas_of(harmless, 20, normals, world) == {}


def test_same_seed_same_bits(world: World) -> None:
    impacts, normals = gaussian_runs(60, 60, seed=2)
    first, again, other = (areas_of(impacts, 60, normals, world, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first["safety"] != other["safety"]


@pytest.mark.parametrize(
    ("runs", "normals", "release", "told"),
    [
        (9, None, True, "10 runs or more"),
        (20, np.zeros((19, 2)), True, "19 runs"),
        (20, None, False, "run reenter again"),
    ],
)
def test_what_cannot_be_used_is_refused(
    runs: int, normals: np.ndarray | None, release: bool, told: str, world: World
) -> None:
    impacts, _ = gaussian_runs(runs, 30, seed=3)
    impacts = impacts if release else replace(impacts, release_s=None)
    with pytest.raises(PointnemoError, match=told):
        areas_of(impacts, runs, normals, world)
