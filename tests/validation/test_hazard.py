"""Hazard areas against order statistics, brute force, runs of the ISS that were left out, and flown falls.

No agency publishes the runs behind a declared area, so the yardsticks are the theory of order statistics, a quantile
found by three million exact runs, and runs of our own break-up that the area was not made from.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from tests.descend_factory import make_opportunities
from tests.reentry.flights import fly, pieces, state_of
from tests.risk.hazards import fallen

from pointnemo.planning.entry_points import entry_state_of
from pointnemo.reentry import EntryState, reenter
from pointnemo.reentry.breakup import shared_normals, shared_normals_of
from pointnemo.reentry.flight import fly_to_heights
from pointnemo.reentry.flown_bounds import flown_bounds_km
from pointnemo.reentry.footprint import entry_track, from_track
from pointnemo.reentry.pack import Steps
from pointnemo.results import Impacts, Opportunity, Place
from pointnemo.risk.backup import backup_areas, checked
from pointnemo.risk.hazard import hazard_areas
from pointnemo.risk.hazard_burn import BurnSpread
from pointnemo.risk.hazard_extremes import direct_reach, extremes_of_runs, reach_of, runs_needed, wilks_confidence
from pointnemo.risk.hazard_polygon import Ground
from pointnemo.risk.hazard_tail import importance_quantile, sampled_sides
from pointnemo.risk.windows import time_at_height_s
from pointnemo.scenario.loader import load_scenario
from pointnemo.world import atmosphere, earth, load_world
from pointnemo.world import time as clock

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
FloatArray = np.ndarray
WILKS = "Wilks (1941), Annals of Mathematical Statistics 12, 91; figures of the field for 95 and 99 %"
STILL = BurnSpread(short_km=0.0, over_km=0.0, outward_km_per_deg=0.0, navigation_km=0.0)
RUNS, FITTED, ROWS = 150, 60, 340
AIM = (-48.88, -123.4)


@pytest.mark.parametrize(
    ("level", "confidence", "published"),
    [(0.99, 0.95, 298), (0.99, 0.99, 458), (0.99999, 0.95, 299_572), (0.99999, 0.99, 460_515)],
)
def test_wilks(figure: Figure, level: float, confidence: float, published: int) -> None:
    name = f"hazard.wilks_{level:g}_{confidence:g}"
    figure(name, abs(runs_needed(level, confidence) - published), 1.0, "runs", WILKS)


def test_gaussian_tail_by_importance_sampling(figure: Figure) -> None:
    rng = np.random.default_rng(21)
    value = 2.0 * rng.standard_normal(20_000)
    weight = 2.0 * np.exp(-0.5 * value**2 * (1.0 - 0.25))
    error = abs(importance_quantile(value, weight, 0.99999) / ndtri(0.99999) - 1.0)
    figure("hazard.importance_sampling_gaussian", 100.0 * error, 3.0, "%", "quantile of the normal distribution, 4.265")


def test_order_statistics_keep_their_confidence(figure: Figure) -> None:
    """Areas made of 300 runs each, two hundred times: at least as many hold 99 % as the confidence says, less noise."""
    rng = np.random.default_rng(22)
    exact = reach_of(_maxima(200_000, rng)[0])
    quantile = np.quantile(exact.of(_maxima(1_000_000, rng)[0]), 0.99)
    held = 0
    for _ in range(200):
        bound = direct_reach(exact.of(_maxima(300, rng)[0]), 0.99)
        held += bound is not None and bound[0] >= quantile
    stated = wilks_confidence(300, 0.99)
    noise = 2.0 * np.sqrt(stated * (1.0 - stated) / 200)
    figure("hazard.order_statistics_confidence", held / 200, float(stated - noise), "1", WILKS, kind="min")


def test_the_far_quantile_against_brute_force(figure: Figure) -> None:
    """400 runs of 60 Gaussian pieces, moved by two inputs and the burn, against three million exact runs."""
    rng = np.random.default_rng(23)
    burn = BurnSpread()
    extremes, inputs = _maxima(400, rng)
    many, _ = _maxima(3_000_000, rng)
    moved = burn.add_to(many, rng.standard_normal(len(many)), rng.standard_normal(len(many)))
    tail = sampled_sides(extremes, inputs, burn, 0.99999, 1)
    source = "three million exact runs of the same law"
    right = float(np.quantile(moved[:, 1], 1.0 - 1e-5 / 4.0))
    figure("hazard.far_quantile_toe", 100.0 * abs(tail.sides_km[1] / right - 1.0), 10.0, "%", source)
    outside = float(np.mean((moved > tail.upper_km).any(axis=1)))
    figure("hazard.far_quantile_outside", outside, 1e-5, "1", source)


TOO_SURE = pytest.mark.xfail(
    strict=True, reason="86 of 100 areas hold 99.999 % where 95 are said to: refits to resampled runs err too little"
)


@pytest.mark.parametrize("level", [0.99, pytest.param(0.99999, marks=TOO_SURE)])
def test_sampled_sides_keep_their_confidence(figure: Figure, level: float) -> None:
    """Areas made of 100 runs each, a hundred times: as many hold the level as are said to, less two sigma of these."""
    rng = np.random.default_rng(24)
    burn, tries = BurnSpread(), 100
    held = 0
    for number in range(tries):
        extremes, inputs = _maxima(100, rng)
        own = burn.add_to(extremes, rng.standard_normal(100), rng.standard_normal(100))
        reach = reach_of(own)
        sampled = sampled_sides(extremes, inputs, burn, level, number).upper_km
        sides = np.maximum(sampled, reach.box_km(float(reach.of(own).max())))  # as the areas are made
        held += _outside(sides, burn.sigma_km()) <= 1.0 - level
    allowed = float(0.95 - 2.0 * np.sqrt(0.95 * 0.05 / tries))
    figure(f"hazard.sampled_confidence_{level:g}", held / tries, allowed, "1", "the law itself, integrated", kind="min")


def _outside(sides_km: FloatArray, burn_km: float) -> float:
    """Share of runs of ``_maxima``, moved by the errors of the burn, that pass any side: exact, by Gauss-Hermite."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    centre = np.hypot(np.hypot(150.0, 100.0), burn_km) * nodes
    heel, toe, left, right = sides_km
    inside = ndtr((heel + centre) / 400.0) * ndtr((toe - centre) / 400.0) * ndtr(left / 15.0) * ndtr(right / 15.0)
    return float(1.0 - np.sum(weights * inside**60) / np.sum(weights))


def _maxima(runs: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Extremes of runs of 60 Gaussian pieces about a centre that two inputs move; and the inputs."""
    inputs = rng.standard_normal((runs, 2))
    centre = inputs @ np.array([150.0, 100.0])
    largest = ndtri(rng.random((runs, 4)) ** (1.0 / 60.0)) * np.array([400.0, 400.0, 15.0, 15.0])
    largest[:, 0] -= centre
    largest[:, 1] += centre
    return largest, inputs


# --- a satellite ------------------------------------------------------------------------------------------------------


Fallen = tuple[Impacts, FloatArray]
MANY = 2000


@pytest.fixture(scope="module")
def satellite() -> Fallen:
    """Runs of the shipped satellite, and how far its pieces can be flown."""
    settings = [f"reentry.fragments={20 * MANY}", f"reentry.realisations={MANY}"]
    scenario, world = load_scenario("satellite", set=settings), load_world()
    entry = entry_state_of(scenario, world)
    impacts = reenter(entry, scenario, world, seed=1, workers=2).impacts
    limit = flown_bounds_km(entry, scenario, world, 0.99999)
    assert impacts is not None
    assert limit is not None
    return impacts, limit


def test_no_piece_of_two_thousand_runs_falls_beyond_the_bounding_flights(satellite: Fallen, figure: Figure) -> None:
    impacts, limit = satellite
    down, cross = impacts.downrange_km[impacts.survives], impacts.crossrange_km[impacts.survives]
    beyond = (np.stack([-down, down, cross, -cross]) > limit[:, None]).any(axis=0)
    figure("hazard.flown_bounds_passed", float(beyond.sum()), 0.0, "pieces", "the pieces of 2,000 runs")


NOT_SEEN = pytest.mark.xfail(
    strict=True,
    reason="99.63 % of 1,900 runs lie inside where 99.9 % are wanted: 3 pass the toe and 4 the left side, further out"
    " than what a hundred runs and the model of their tail lead to",
)


@pytest.mark.parametrize("level", [0.99, pytest.param(0.999, marks=NOT_SEEN)])
def test_the_area_of_a_hundred_runs_against_two_thousand(satellite: Fallen, figure: Figure, level: float) -> None:
    """The shipped satellite: its first 100 runs make the area, another 1,900 are what it is held against."""
    impacts, limit = satellite
    dangerous = impacts.survives & (impacts.kinetic_energy_j > 15.0)
    present = np.flatnonzero(np.bincount(impacts.run[dangerous], minlength=MANY))
    extremes = extremes_of_runs(impacts, dangerous, MANY, limit)
    first, others = extremes[present < 100], extremes[present >= 100]
    inputs = shared_normals_of(0, MANY, 1)[present[present < 100]]
    sampled = sampled_sides(first, inputs, STILL, level, 1, limit_km=limit).upper_km
    reach = reach_of(first)
    upper = np.maximum(sampled, np.minimum(reach.box_km(float(reach.of(first).max())), limit))  # as the areas are made
    inside = float(np.mean((others <= upper).all(axis=1)))
    wanted = np.quantile(others, 1.0 - (1.0 - level) / 4.0, axis=0)
    longer = 100.0 * float(upper[:2].sum() / wanted[:2].sum() - 1.0)
    source = "own runs that the area was not made from"
    figure(f"hazard.satellite_length_{level:g}", longer, 40.0, "% longer", source)
    allowed = float(level - 2.0 * np.sqrt(level * (1.0 - level) / len(others)))
    figure(f"hazard.satellite_inside_{level:g}", inside, allowed, "1", source, kind="min")


# --- the ISS ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def station() -> tuple[Impacts, FloatArray]:
    """Runs of the shipped ISS from a 250 x 50 km orbit over the South Pacific, and their drawn inputs."""
    settings = [f"reentry.fragments={RUNS * ROWS}", f"reentry.realisations={RUNS}"]
    scenario, world = load_scenario("iss", set=settings), load_world()
    tt_s = clock.from_utc("2030-12-15T12:00:00")
    fixed = state_of(122.0, -30.0, -165.0, 7850.0, -0.85, 134.2)
    matrix = earth.gcrs_to_itrs(tt_s, world.earth).T
    x, y, z = (float(value) for value in matrix @ fixed[:3] / 1000.0)
    u, v, w = (float(value) for value in matrix @ fixed[3:] / 1000.0)
    mass = scenario.station.mass_kg + 14_500.0
    entry = EntryState(tt_s, (x, y, z), (u, v, w), mass, scenario.station.drag.cd_area_m2, *AIM)
    result = reenter(entry, scenario, world, seed=1, workers=2)
    return result.impacts, np.array([shared_normals(run, 1) for run in range(RUNS)])


def test_iss_runs_that_were_left_out_fall_inside(station: tuple[Impacts, FloatArray], figure: Figure) -> None:
    """The declared area (99 %) of 60 runs, against the other 90: two binomial sigma below the level are allowed."""
    impacts, inputs = station
    dangerous = impacts.survives & (impacts.kinetic_energy_j > 15.0)
    extremes = extremes_of_runs(impacts, dangerous, RUNS)
    tail = sampled_sides(extremes[:FITTED], inputs[:FITTED], STILL, 0.99, 1)
    inside = np.mean((extremes[FITTED:] <= tail.upper_km).all(axis=1))
    allowed = float(0.99 - 2.0 * np.sqrt(0.01 * 0.99 / (RUNS - FITTED)))
    figure("hazard.iss_left_out_inside", inside, allowed, "1", "own runs that the area was not made from", kind="min")


def test_iss_area_is_of_the_size_that_is_published(station: tuple[Impacts, FloatArray], figure: Figure) -> None:
    """NASA's dispersed footprint is 5,370 x 300 km (NRC 2000, 162 x 2,900 nautical miles); Aerospace had 6,000 km."""
    impacts, inputs = station
    dangerous = impacts.survives & (impacts.kinetic_energy_j > 15.0)
    extremes = extremes_of_runs(impacts, dangerous, RUNS)
    sides = sampled_sides(extremes, inputs, BurnSpread(), 0.99, 1).sides_km
    length, width = sides[0] + sides[1], sides[2] + sides[3]
    figure("hazard.iss_declared_length_low", length, 2000.0, "km", "range of published ISS footprints", kind="min")
    figure("hazard.iss_declared_length_high", length, 6500.0, "km", "range of published ISS footprints")
    figure("hazard.iss_declared_width", width, 300.0, "km", "NRC 2000 (NAP 9794)")


# --- a backup pass ----------------------------------------------------------------------------------------------------


def test_areas_carried_over_to_a_backup_hold_its_runs(station: tuple[Impacts, FloatArray], figure: Figure) -> None:
    """Runs from an entry a revolution later and 8 degrees farther south, against the areas of the primary's runs."""
    impacts, inputs = station
    scenario, world = load_scenario("iss", set=["reentry.fragments=10000", "reentry.realisations=50"]), load_world()
    first, second = (_entry(later) for later in (False, True))
    fallen_later = reenter(second, scenario, world, seed=1, workers=2)
    pieces, runs = fallen_later.impacts, fallen_later.realisations
    ground = [_ground(one) for one in (first, second)]
    areas = hazard_areas(impacts, RUNS, inputs, STILL, ground[0], scenario, world, first.tt_s, 1)
    dangerous = impacts.survives & (impacts.kinetic_energy_j > 15.0)
    passes = [
        _pass(name, entry, track, extremes_of_runs(some, rows, count))
        for name, entry, track, some, rows, count in (
            ("primary", first, ground[0], impacts, dangerous, RUNS),
            ("backup-1", second, ground[1], pieces, pieces.survives & (pieces.kinetic_energy_j > 15.0), runs),
        )
    ]
    moved = backup_areas(areas, *passes, world.land)
    rows = dict.fromkeys(("declared", "safety"), pieces.survives & (pieces.kinetic_energy_j > 15.0))
    found = {one.id: one for one in checked(moved, pieces, rows, runs, np.zeros(runs), ground[1])}
    source = "own runs from the entry of the backup"
    for name, least in (("declared", 0.99 - 2.0 * np.sqrt(0.01 * 0.99 / runs)), ("safety", 1.0)):
        inside = found[name].checked_inside
        assert inside is not None
        figure(f"hazard.backup_{name}_inside", inside, float(least), "1", source, kind="min")


def _entry(later: bool) -> EntryState:
    """On a 250 x 50 km orbit of 51.6 degrees over the South Pacific; a revolution later and farther along the orbit."""
    scenario, world = load_scenario("iss"), load_world()
    tt_s = clock.from_utc("2030-12-15T13:31:00Z" if later else "2030-12-15T12:00:00Z")
    fixed = state_of(122.0, *((-38.0, 179.0) if later else (-30.0, -165.0)), 7850.0, -0.85, 128.0 if later else 134.2)
    matrix = earth.gcrs_to_itrs(tt_s, world.earth).T
    position, velocity = (matrix @ part / 1000.0 for part in (fixed[:3], fixed[3:]))
    mass = scenario.station.mass_kg + 14_500.0
    aim = (-52.0, -122.0 - 23.0) if later else AIM
    return EntryState(tt_s, tuple(position), tuple(velocity), mass, scenario.station.drag.cd_area_m2, *aim)


def _ground(entry: EntryState) -> Ground:
    world = load_world()
    position, velocity = earth.gcrs_to_itrs_state(entry.tt_s, entry.position_km, entry.velocity_km_s, world.earth)
    return partial(
        from_track,
        entry_track(1e3 * position, 1e3 * velocity, entry.aim_latitude_deg, entry.aim_longitude_deg),
    )


def _pass(name: str, entry: EntryState, ground: Ground, extremes_km: FloatArray) -> Opportunity:
    """A pass with heel and toe where those of the runs are in the median."""
    heel, toe = -np.median(extremes_km[:, 0]), np.median(extremes_km[:, 1])
    latitude, longitude = ground(np.array([heel, toe]), np.zeros(2))
    places = [Place(latitude_deg=float(y), longitude_deg=float(x)) for y, x in zip(latitude, longitude, strict=True)]
    (passed,) = (one for one in make_opportunities() if one.id == name)
    update = {"entry_utc": clock.to_utc(entry.tt_s, 1), "heel": places[0], "toe": places[1]}
    return passed.model_copy(update=update)


# --- windows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("height_km", "gate_s"), [(50.0, 30.0), (20.0, 12.0), (3.0, 4.0)])
def test_heights_are_passed_when_flown(figure: Figure, height_km: float, gate_s: float) -> None:
    """Pieces of 1 to 1,000 kg/m2 from 78 km: the two-part fall against the flown one."""
    start = state_of(78.0, -45.0, -130.0, 7000.0, -1.0, 120.0)
    beta = np.array([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0])
    one, area = np.ones(len(beta)), 1.0 / (0.92 * beta)
    out = fly(pieces(start, one, area))
    model = fallen(0, 0.0 * beta, 0.0, speed_mps=out.speed_mps, fall_s=out.duration_s, release_height_km=78.0)
    state, time = np.tile(start, (len(beta), 1)), 0.0 * beta
    length, target = 2.0 * np.sqrt(area / np.pi), np.full(len(beta), 1000.0 * height_km)
    lost = fly_to_heights(state, time, one, area, length, target, 1.0, 0.0, atmosphere.us76_table(), Steps())
    assert lost == 0
    error = np.abs(time_at_height_s(model, height_km) - time).max()
    figure(f"hazard.time_at_{height_km:g}_km", error, gate_s, "s", "the fragment kernel")
