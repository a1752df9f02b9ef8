"""Every way in which a targeted burn fails, flown for real from a station at 225 km that is aimed at a place."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest
from pyproj import Geod

from pointnemo.descent.failures.branches import EARLY_SHARES, FOOTPRINT_KM, LEAST_SHARE, FlownBranch, branches_of
from pointnemo.descent.failures.fall import SIGMAS
from pointnemo.descent.geometry import GroundTrack
from pointnemo.descent.impulses import complete_mps, raise_mps
from pointnemo.descent.targeted.engine import Engine, engine_of
from pointnemo.descent.targeted.sequence import FlownSequence, HandOver
from pointnemo.descent.targeted.targeting import aim_at
from pointnemo.motion.burns import propellant_kg
from pointnemo.motion.lastdays import Forces, prepare
from pointnemo.motion.mean_elements import Mean
from pointnemo.results import Branch, Recourse
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import FinalBurn, Scenario
from pointnemo.world import World, load_world
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc

START = from_utc("2030-11-01T00:00:00Z")
CD_AREA_M2 = 3200.0
LOAD_KG = 16_000.0
AIM = GroundTrack.through(-48.8767, -123.3933, 51.63, "ascending")
PLANNED = (
    ("lower", FinalBurn(perigee_km=150, revolutions_before_final=4, thrusters=20, thruster_thrust_n=400)),
    ("final", FinalBurn(perigee_km=40, revolutions_before_final=0, thrusters=26, thruster_thrust_n=400)),
)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(True)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """The shipped one, with a deorbit vehicle that may raise the station too."""
    shipped = load_scenario("iss")
    key = shipped.flights[shipped.descent.deorbit_vehicle].vehicle
    able = shipped.vehicles[key].model_copy(update={"can_raise": True})
    return shipped.model_copy(update={"vehicles": {**shipped.vehicles, key: able}})


@pytest.fixture(scope="module")
def engine(scenario: Scenario) -> Engine:
    return engine_of(scenario)


@pytest.fixture(scope="module")
def hand_over() -> HandOver:
    mean = Mean(EARTH_RADIUS_KM + 225.0, 0.0, 0.001, np.radians(51.63), np.radians(60.0), 0.0)
    return HandOver(START, mean, 440_000.0)


@pytest.fixture(scope="module")
def sequence(world: World, engine: Engine, hand_over: HandOver) -> FlownSequence:
    environment = prepare(world, START, START + 4 * 86400.0, Forces(cd_area_m2=CD_AREA_M2))
    return aim_at(AIM, hand_over, PLANNED, engine, environment).sequence


@pytest.fixture(scope="module")
def last_burn(sequence: FlownSequence) -> FlownSequence:
    """The plan as if only its last burn could fail."""
    return replace(sequence, burns=sequence.burns[-1:])


@pytest.fixture(scope="module")
def flown(
    sequence: FlownSequence, hand_over: HandOver, engine: Engine, scenario: Scenario, world: World
) -> tuple[FlownBranch, ...]:
    return branches_of(sequence, hand_over, engine, scenario, world, AIM, available_kg=LOAD_KG, cd_area_m2=CD_AREA_M2)


@pytest.fixture(scope="module")
def branches(flown: tuple[FlownBranch, ...]) -> dict[str, Branch]:
    return {one.branch.id: one.branch for one in flown}


def recourse(branch: Branch, name: str) -> Recourse | None:
    return next((one for one in branch.recourses if one.id == name), None)


def seconds(utc: str | None) -> float:
    assert utc is not None
    return from_utc(utc)


def test_every_burn_fails_in_every_way(flown: tuple[FlownBranch, ...]) -> None:
    for burn, _ in PLANNED:
        ways = [one.branch for one in flown if one.branch.burn == burn]
        shares = [way.amount for way in ways if way.failure == "stops-early"]
        assert set(EARLY_SHARES) <= set(shares)
        assert shares == sorted(shares)
        assert {way.failure for way in ways} == {
            "not-started",
            "stops-early",
            "overburn",
            "points-wrong",
            "starts-late",
        }
        assert len({way.id for way in ways}) == len(ways) >= 24


def test_no_stretch_of_track_longer_than_a_footprint_lies_between_two_shares(branches: dict[str, Branch]) -> None:
    early = [way for way in branches.values() if way.burn == "final" and way.failure == "stops-early"]
    told = [way for way in early if way.range_shift_km is not None]
    assert len(early) > len(EARLY_SHARES)
    for less, more in pairwise(told):
        assert less.range_shift_km is not None
        assert more.range_shift_km is not None
        apart_km = less.range_shift_km - more.range_shift_km
        assert apart_km > 0.0
        assert apart_km <= FOOTPRINT_KM or more.amount - less.amount <= LEAST_SHARE


def test_the_plan_lies_between_a_little_too_short_and_a_little_too_long(branches: dict[str, Branch]) -> None:
    shares = [f"stops-early-{share}" for share in (80, 90, 95, 99)] + [f"overburn-{share}" for share in (101, 102, 105)]
    ways = [branches[f"final-{share}"] for share in shares]
    shift = np.array([way.range_shift_km for way in ways])
    speed = np.array([way.delta_v_mps for way in ways])
    assert np.all(np.diff(shift) < 0.0)
    assert np.all(np.diff(speed) > 0.0)
    assert shift[3] > 0.0 > shift[4]
    per_mps = (shift[2] - shift[4]) / (speed[4] - speed[2])
    assert 100.0 < per_mps < 250.0  # about 200 km per m/s near 50 km; the plan's perigee is 40 km


def test_a_shift_is_where_the_impact_lies(branches: dict[str, Branch]) -> None:
    for name in ("final-stops-early-80", "final-overburn-105", "final-starts-late-300"):
        way = branches[name]
        assert way.range_shift_km is not None
        assert way.impact is not None
        latitude, longitude = AIM.at(way.range_shift_km)
        assert way.impact.latitude_deg == pytest.approx(float(latitude), abs=0.3)
        assert way.impact.longitude_deg == pytest.approx(float(longitude), abs=0.5)


def test_a_late_burn_falls_later_by_as_much_as_it_flies_on(branches: dict[str, Branch]) -> None:
    one, five = (branches[f"final-starts-late-{late}"].range_shift_km for late in (60, 300))
    assert one is not None
    assert five is not None
    assert 0.4 < one / (60 * 7.4) < 1.1  # a burn off the apogee leaves a lower perigee sooner
    assert 4.0 < five / one < 6.0


def test_a_burn_the_wrong_way_raises_the_orbit(branches: dict[str, Branch]) -> None:
    for burn, _ in PLANNED:
        nothing, backwards = branches[f"{burn}-not-started"], branches[f"{burn}-points-wrong-180"]
        assert nothing.delta_v_mps == 0.0
        assert backwards.perigee_km + backwards.apogee_km > nothing.perigee_km + nothing.apogee_km + 20.0
        assert seconds(backwards.entry_utc) > seconds(nothing.entry_utc)


def test_the_worst_direction_of_a_wrong_one_is_named(branches: dict[str, Branch]) -> None:
    wrong = [way for way in branches.values() if way.failure == "points-wrong" and way.amount < 180.0]
    assert all(way.id.endswith(("out-of-plane", "outward", "inward")) for way in wrong)
    final = [way.range_shift_km for way in wrong if way.burn == "final" and way.amount <= 30.0]
    assert np.all(np.diff([abs(shift) for shift in final if shift is not None]) > 0.0)


def test_time_left_is_known_as_well_as_the_density(branches: dict[str, Branch], scenario: Scenario) -> None:
    days = branches["lower-not-started"].days_to_entry
    assert days is not None
    sigma = np.log(days.high / days.low) / (2 * SIGMAS)
    assert sigma == pytest.approx(scenario.reentry.density_sigma, rel=0.1)
    assert days.low < days.value < days.high


def test_a_fall_of_unknown_revolution_is_random_and_has_no_places(flown: tuple[FlownBranch, ...]) -> None:
    for one in flown:
        assert one.branch.random == (one.weight.size == 0)
        if one.branch.random:
            assert one.branch.impact is None
            assert one.branch.range_shift_km is None
            continue
        sigma = one.branch.along_track_sigma_km
        assert sigma is not None
        assert 2 * SIGMAS * sigma < np.pi * 6371.1
        assert one.weight.sum() == pytest.approx(1.0)
        assert one.branch.impact is not None
        middle = len(one.weight) // 2
        assert one.latitude_deg[middle] == pytest.approx(one.branch.impact.latitude_deg, abs=0.05)
        assert one.longitude_deg[middle] == pytest.approx(one.branch.impact.longitude_deg, abs=0.05)
    assert {one.branch.random for one in flown} == {True, False}


def test_places_spread_along_the_track_as_the_sigma_says(flown: tuple[FlownBranch, ...]) -> None:
    for share in (60, 80, 95):
        one = next(one for one in flown if one.branch.id == f"final-stops-early-{share}")
        near, far = 2, 18  # 11.9 % and 88.1 % of 21 places of equal probability: 1.18 sigma on either side
        azimuth, _, metres = Geod(ellps="WGS84").inv(
            one.longitude_deg[near], one.latitude_deg[near], one.longitude_deg[far], one.latitude_deg[far]
        )
        assert one.branch.along_track_sigma_km is not None
        # over the ground of an Earth that turns with it, a prograde track is some 4 % shorter
        assert metres / 1000.0 == pytest.approx(2 * 1.18 * one.branch.along_track_sigma_km, rel=0.08)
        assert azimuth % 360.0 == pytest.approx(one.azimuth_deg[10] % 360.0, abs=3.0)


def test_recourses_are_paid_for_and_in_time(flown: tuple[FlownBranch, ...], sequence: FlownSequence) -> None:
    found = set()
    for one in flown:
        branch = one.branch
        for way in branch.recourses:
            found.add(way.id)
            if way.id == "none":
                assert len(branch.recourses) == 1
                continue
            assert way.propellant_kg is not None
            assert way.delta_v_mps is not None
            assert way.propellant_kg <= LOAD_KG
            assert seconds(branch.utc) < seconds(way.until_utc) < seconds(branch.entry_utc)
            low = propellant_kg(sequence.burns[-1].mass_before_kg - 6000.0, way.delta_v_mps, 300.0)
            assert low < way.propellant_kg < propellant_kg(440_000.0, way.delta_v_mps, 300.0) * 1.0001
    assert found == {"complete-later", "shift", "raise", "none"}


def test_what_cannot_be_paid_is_no_recourse(
    last_burn: FlownSequence, hand_over: HandOver, engine: Engine, scenario: Scenario, world: World
) -> None:
    spent = float(last_burn.flight.mass_kg[0]) - last_burn.burns[0].mass_before_kg
    flown = branches_of(
        last_burn, hand_over, engine, scenario, world, AIM, available_kg=spent + 100.0, cd_area_m2=CD_AREA_M2
    )
    branch = next(one.branch for one in flown if one.branch.id == "final-not-started")
    assert [way.id for way in branch.recourses] == ["none"]
    assert "of 100 kg" in branch.recourses[0].text


def test_attitude_is_held_until_its_propellant_ends_and_who_only_lowers_does_not_raise(
    sequence: FlownSequence, hand_over: HandOver, engine: Engine, scenario: Scenario, world: World
) -> None:
    key = scenario.flights[scenario.descent.deorbit_vehicle].vehicle
    lowers = scenario.vehicles[key].model_copy(update={"can_raise": False})
    thirsty = scenario.descent.model_copy(update={"attitude_kg_per_day": LOAD_KG / 2, "control_limit_km": 400.0})
    other = scenario.model_copy(update={"descent": thirsty, "vehicles": {**scenario.vehicles, key: lowers}})
    flown = branches_of(sequence, hand_over, engine, other, world, AIM, available_kg=LOAD_KG, cd_area_m2=CD_AREA_M2)
    branch = next(one.branch for one in flown if one.branch.id == "lower-not-started")
    left_kg = LOAD_KG - (float(sequence.flight.mass_kg[0]) - sequence.burns[0].mass_before_kg)
    days = (seconds(branch.control_until_utc) - seconds(branch.utc)) / 86400.0
    assert days == pytest.approx(left_kg / (LOAD_KG / 2), abs=1e-4)
    assert all(recourse(one.branch, "raise") is None for one in flown)
    assert any(recourse(one.branch, "complete-later") for one in flown)


def test_a_body_that_stays_up_has_no_entry(
    last_burn: FlownSequence, hand_over: HandOver, engine: Engine, scenario: Scenario, world: World
) -> None:
    flown = branches_of(last_burn, hand_over, engine, scenario, world, AIM, available_kg=LOAD_KG, cd_area_m2=10.0)
    branch = next(one.branch for one in flown if one.branch.id == "final-not-started")
    assert branch.entry_utc is None
    assert branch.days_to_entry is None
    assert branch.random
    assert branch.along_track_sigma_km is None
    completed = recourse(branch, "complete-later")
    assert completed is not None
    assert completed.until_utc is None
    assert recourse(branch, "shift") is None


def test_results_do_not_depend_on_the_workers(
    last_burn: FlownSequence, hand_over: HandOver, engine: Engine, scenario: Scenario, world: World
) -> None:
    alone, together = (
        branches_of(last_burn, hand_over, engine, scenario, world, AIM, cd_area_m2=CD_AREA_M2, workers=workers)
        for workers in (1, 3)
    )
    assert [one.branch for one in alone] == [one.branch for one in together]
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one.latitude_deg, other.latitude_deg)
        assert np.array_equal(one.longitude_deg, other.longitude_deg)


@pytest.mark.parametrize(
    ("orbit", "target", "mps"),
    [((145.0, 200.0), 50.0, 28.7), ((145.0, 200.0), 0.0, 44.0), ((220.0, 220.0), 145.0, 22.2)],
)
def test_completing_takes_the_velocity_of_vis_viva(orbit: tuple[float, float], target: float, mps: float) -> None:
    """Impulsive ledger computed for the project from the same formula by hand."""
    assert complete_mps(*orbit, target) == pytest.approx(mps, abs=0.06)


def test_completing_what_is_complete_takes_nothing() -> None:
    assert complete_mps(40.0, 190.0, 45.0) == 0.0


@pytest.mark.parametrize(("low", "high", "mps"), [(330.0, 415.0, 48.4), (220.0, 330.0, 64.0), (220.0, 270.0, 29.3)])
def test_raising_takes_the_velocity_of_hohmann(low: float, high: float, mps: float) -> None:
    assert raise_mps(low, low, high) == pytest.approx(mps, abs=0.06)


def test_raising_only_the_perigee_is_one_impulse() -> None:
    assert raise_mps(145.0, 220.0, 220.0) == pytest.approx(22.2, abs=0.06)


def test_times_are_utc(branches: dict[str, Branch]) -> None:
    for branch in branches.values():
        assert datetime.fromisoformat(branch.utc).tzinfo is not None
