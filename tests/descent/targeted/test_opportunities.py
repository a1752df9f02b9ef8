"""Primary and backup passes: what is chosen is re-flown here from the hand-over, and measured against the land."""

from __future__ import annotations

import re

import numpy as np
import pytest
from pyproj import Geod

from pointnemo.descent.geometry import GroundTrack
from pointnemo.descent.targeted.engine import Engine, engine_of, ordered_burns
from pointnemo.descent.targeted.opportunities import NEXT_DAY_REVOLUTIONS, Swath, opportunities_of
from pointnemo.descent.targeted.passes import LEAST_LIFE_REVOLUTIONS, unwrapped_near
from pointnemo.descent.targeted.sequence import HandOver
from pointnemo.descent.targeted.targeting import TARGET_TOLERANCE_KM, Target, aim_at, revolutions_needed
from pointnemo.motion.lastdays import BurnCommand, Environment, Flight, Forces, State, fly, prepare
from pointnemo.motion.mean_elements import Mean
from pointnemo.results import Opportunity
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.world import World, load_world
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc

START = from_utc("2030-11-01T00:00:00Z")
INCLINATION_DEG = 51.63
SWATH = Swath(-900.0, 1500.0, 100.0)
AVAILABLE_KG = 16_000.0
GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(True)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("iss")


@pytest.fixture(scope="module")
def engine(scenario: Scenario) -> Engine:
    return engine_of(scenario)


@pytest.fixture(scope="module")
def environment(world: World, scenario: Scenario) -> Environment:
    revolutions = revolutions_needed(ordered_burns(scenario.descent.burns))
    stop = START + revolutions * 5400.0 + 90_000.0
    return prepare(world, START, stop, Forces(cd_area_m2=scenario.station.drag.cd_area_m2))


@pytest.fixture(scope="module")
def track(scenario: Scenario) -> GroundTrack:
    aim = scenario.descent.aim
    return GroundTrack.through(aim.latitude_deg, aim.longitude_deg, INCLINATION_DEG, "descending")


@pytest.fixture(scope="module")
def target(track: GroundTrack, scenario: Scenario, engine: Engine, environment: Environment) -> Target:
    mean = Mean(EARTH_RADIUS_KM + 225.0, 0.0, 0.001, np.radians(INCLINATION_DEG), np.radians(60.0), 0.0)
    burns = ordered_burns(scenario.descent.burns)
    return aim_at(track, HandOver(START, mean, 440_000.0), burns, engine, environment)


class Asked:
    """The question of most tests, with other values in the scenario."""

    def __init__(self, target: Target, track: GroundTrack, world: World, engine: Engine, air: Environment) -> None:
        self.parts = target, track, world, engine, air

    def __call__(
        self, scenario: Scenario, available_kg: float = AVAILABLE_KG, **rules: float
    ) -> tuple[Opportunity, ...]:
        target, track, world, engine, air = self.parts
        changed = scenario.model_copy(update={"rules": scenario.rules.model_copy(update=rules)})
        return opportunities_of(target, track, changed, world, engine, air, SWATH, available_kg)


@pytest.fixture(scope="module")
def ask(target: Target, track: GroundTrack, world: World, engine: Engine, environment: Environment) -> Asked:
    return Asked(target, track, world, engine, environment)


@pytest.fixture(scope="module")
def found(ask: Asked, scenario: Scenario) -> tuple[Opportunity, ...]:
    return ask(scenario)


def wanting(scenario: Scenario, backups: int) -> Scenario:
    return scenario.model_copy(
        update={"descent": scenario.descent.model_copy(update={"backup_opportunities": backups})}
    )


def test_the_primary_comes_first_and_backups_by_time(found: tuple[Opportunity, ...], scenario: Scenario) -> None:
    assert len(found) == 1 + scenario.descent.backup_opportunities
    assert found[0].kind == "primary"
    assert found[0].revolutions_later == 0
    later = [one.revolutions_later for one in found]
    assert later == sorted(set(later))
    assert [from_utc(one.final_burn_utc) for one in found] == sorted(from_utc(one.final_burn_utc) for one in found)


def test_one_backup_follows_soon_and_one_on_another_day(found: tuple[Opportunity, ...]) -> None:
    kinds = {one.kind for one in found[1:]}
    assert kinds == {"next-revolution", "next-day"}
    for one in found[1:]:
        assert (one.revolutions_later < NEXT_DAY_REVOLUTIONS) == (one.kind == "next-revolution")


def test_backups_are_targeted(found: tuple[Opportunity, ...]) -> None:
    for one in found:
        assert one.converged
        assert one.miss_km is not None
        assert one.miss_km <= TARGET_TOLERANCE_KM
        assert one.reference_impact is not None
        there = one.reference_impact.longitude_deg, one.reference_impact.latitude_deg
        metres = GEOD.inv(*there, one.aim.longitude_deg, one.aim.latitude_deg)[2]
        assert metres / 1000.0 == pytest.approx(one.miss_km, abs=0.01)


def test_what_is_told_can_be_flown_from_the_hand_over(
    found: tuple[Opportunity, ...], target: Target, world: World, engine: Engine, environment: Environment
) -> None:
    longer = prepare(
        world, environment.start_tt_s, float(target.sequence.flight.tt_s[-1]) + 3 * 86400.0, environment.forces
    )
    for one in found:
        flight = flown_as_told(one, target, longer, engine)
        assert one.reference_impact is not None
        told = one.reference_impact.longitude_deg, one.reference_impact.latitude_deg
        metres = GEOD.inv(*told, float(flight.longitude_deg[-1]), float(flight.latitude_deg[-1]))[2]
        assert metres < 6_000.0  # ignition is told to a tenth of a second: some km near a perigee of 40 km


def flown_as_told(
    one: Opportunity, target: Target, environment: Environment, engine: Engine, final: bool = True
) -> Flight:
    """The burns of the primary before the hold, then those of the document, from the hand-over on."""
    first, made = target.sequence.flight, [burn.command for burn in target.sequence.burns]
    start = State(float(first.tt_s[0]), first.position_km[0], first.velocity_km_s[0], float(first.mass_kg[0]))
    put_off = [
        BurnCommand(from_utc(b.start_utc), b.delta_v_mps, b.thrust_n, b.specific_impulse_s, True, b.id)
        for b in one.burns
    ]
    commands = [*made[: len(made) - len(one.burns) - skipped(one)], *put_off]
    return fly(
        start, commands if final else commands[:-1], environment, stop_height_km=0.0,
        stop_tt_s=environment.stop_tt_s, coast_flow_kg_s=engine.attitude_kg_s,
    )  # fmt: skip


def skipped(one: Opportunity) -> int:
    """How many burns drag makes needless, as the text says it."""
    return one.text.count(" needless") * (1 + one.text.split(" needless")[0].count(" and "))


def test_a_revolution_later_lies_22_degrees_further_west(found: tuple[Opportunity, ...], track: GroundTrack) -> None:
    for one in found[1:]:
        assert one.reference_impact is not None
        place = one.reference_impact
        there = GroundTrack.through(
            np.clip(place.latitude_deg, -51.8, 51.8), place.longitude_deg, INCLINATION_DEG, one.pass_direction
        )
        along = unwrapped_near(there.argument_rad - track.argument_rad, 0.0)
        _, usual = track.at(along * 6371.0)
        west = one.revolutions_later * 22.6  # 5330 s of the Earth's turn, and a third of a degree of the node's
        assert abs((float(usual) - west - place.longitude_deg + 180.0) % 360.0 - 180.0) < 4.0


def test_a_clear_footprint_keeps_its_distance(found: tuple[Opportunity, ...], scenario: Scenario, world: World) -> None:
    for one in found:
        assert one.clear
        assert one.short_by_km == 0.0
        assert one.land_clearance_km >= scenario.rules.land_clearance_km
        for place in (one.heel, one.aim, one.toe):
            away = float(world.land.distance_km(place.latitude_deg, place.longitude_deg)) - SWATH.half_width_km
            assert away >= one.land_clearance_km - 1.0
        metres = GEOD.inv(one.heel.longitude_deg, one.heel.latitude_deg, one.toe.longitude_deg, one.toe.latitude_deg)[2]
        assert metres / 1000.0 == pytest.approx(2400.0, rel=0.05)


def test_without_its_final_burn_the_station_stays_up_for_a_while(
    found: tuple[Opportunity, ...], target: Target, world: World, engine: Engine, environment: Environment
) -> None:
    longer = prepare(
        world, environment.start_tt_s, float(target.sequence.flight.tt_s[-1]) + 3.5 * 86400.0, environment.forces
    )
    for one in found:
        assert one.burns[-1].id == "final"
        flight = flown_as_told(one, target, longer, engine, final=False)
        falls = float(flight.tt_s[-1]) if flight.stop == "height" else np.inf
        # lower burns are made up to the hold; without the final one there are five more revolutions
        assert falls - from_utc(one.final_burn_utc) > 0.95 * LEAST_LIFE_REVOLUTIONS * 5200.0


def left_kg(one: Opportunity) -> float:
    """Propellant above the reserve after a pass, as its text tells."""
    found = re.search(r"([\d,]+) kg are left above the reserve", one.text)
    assert found is not None
    return float(found[1].replace(",", ""))


def test_what_is_put_off_is_paid_with_what_is_on_board(
    ask: Asked, found: tuple[Opportunity, ...], scenario: Scenario
) -> None:
    for one in found:
        burned = sum(burn.propellant_kg for burn in one.burns)
        assert burned < one.propellant_kg < burned + 250.0  # 40 kg a day of steering for at most four days
        used = AVAILABLE_KG - scenario.descent.deorbit_reserve_kg - left_kg(one)
        if one.kind == "primary":
            assert used == pytest.approx(one.propellant_kg, abs=0.51)
        else:  # with what was burnt before it was put off
            assert used > one.propellant_kg - 0.51
    less = ask(scenario, AVAILABLE_KG - 1000.0)
    assert [left_kg(one) for one in found] == pytest.approx([left_kg(one) + 1000.0 for one in less], abs=1.01)


def test_a_limit_that_no_ocean_keeps_is_told_with_the_land(ask: Asked, scenario: Scenario) -> None:
    for one in ask(wanting(scenario, 1), land_clearance_km=3000.0):
        assert not one.clear
        assert one.short_by_km == pytest.approx(3000.0 - one.land_clearance_km, abs=1e-6)
        assert one.nearest_land
        assert f"km from {one.nearest_land} where 3000 km are asked for" in one.text


def test_ice_has_its_own_limit(ask: Asked, scenario: Scenario) -> None:
    (primary,) = ask(wanting(scenario, 0), antarctic_ice_clearance_km=5000.0)
    assert primary.short_by_km == pytest.approx(5000.0 - primary.ice_clearance_km, abs=1e-6)
    assert "Antarctic ice where 5000 km" in primary.text


def test_a_load_that_is_too_small_is_told(ask: Asked, scenario: Scenario) -> None:
    (primary,) = ask(wanting(scenario, 0), 5000.0)
    missing = primary.propellant_kg + scenario.descent.deorbit_reserve_kg - 5000.0
    assert f"It takes {missing:,.0f} kg more than there is above the reserve." in primary.text


@pytest.mark.parametrize("backups", [0, 1])
def test_as_many_backups_as_are_wanted(ask: Asked, scenario: Scenario, backups: int) -> None:
    assert len(ask(wanting(scenario, backups))) == 1 + backups


def test_the_same_question_has_the_same_answer(ask: Asked, scenario: Scenario, found: tuple[Opportunity, ...]) -> None:
    assert ask(scenario) == found


def test_a_low_orbit_that_falls_soon_has_backups_too(
    track: GroundTrack, scenario: Scenario, world: World, engine: Engine, environment: Environment
) -> None:
    mean = Mean(EARTH_RADIUS_KM + 200.0, 0.0, 0.001, np.radians(INCLINATION_DEG), 1.0, 0.0)
    low = aim_at(track, HandOver(START, mean, 440_000.0), ordered_burns(scenario.descent.burns), engine, environment)
    passes = opportunities_of(low, track, scenario, world, engine, environment, SWATH, AVAILABLE_KG)
    assert {one.kind for one in passes} == {"primary", "next-revolution", "next-day"}
    assert all(one.converged for one in passes)
