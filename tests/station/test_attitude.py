"""The station in its attitudes: areas against the geometry they stand for, which way engines push, what is told."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.history_cases import track_at

from pointnemo.descent import LINES
from pointnemo.motion.history import Flown, fly
from pointnemo.results import AttitudeSpell
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Attitude, Port, Scenario, Vehicle
from pointnemo.station.attitude import (
    OBLIQUITY_RAD,
    Push,
    area_m2,
    attitude_spells,
    cd_area_m2_of,
    drag_factor,
    flies_backwards,
    mean_cos_beta,
    pushes_of_tank,
    pushes_of_vehicle,
    sun_tracking_share,
)
from pointnemo.station.packing import decide
from pointnemo.world import load_world
from pointnemo.world.time import from_utc

ISS_INCLINATION = math.radians(51.64)


@pytest.fixture(scope="module")
def iss() -> Scenario:
    return load_scenario("iss")


def fixed(degrees: float, body: float = 800.0, arrays: float = 2500.0) -> Attitude:
    return Attitude(text="", body_area_m2=body, array_area_m2=arrays, arrays="fixed", arrays_deg=degrees)


def tracking(body: float = 800.0, arrays: float = 2500.0) -> Attitude:
    return Attitude(text="", body_area_m2=body, array_area_m2=arrays)


# --- area ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inclination_deg", [0.0, 28.5, 51.64, 97.8])
def test_the_share_of_tracking_arrays_is_that_of_orbits_flown(inclination_deg: float) -> None:
    """Many orbits with random nodes and seasons, in each the cosine between Sun and flight round the circle."""
    rng = np.random.default_rng(7)
    orbits, points = 20_000, 180
    node, sun = rng.uniform(0.0, 2.0 * np.pi, (2, orbits))
    along = (np.arange(points) + 0.5) * (2.0 * np.pi / points)
    i = math.radians(inclination_deg)
    to_sun = np.array([np.cos(sun), np.cos(OBLIQUITY_RAD) * np.sin(sun), np.sin(OBLIQUITY_RAD) * np.sin(sun)])
    ascending = np.array([np.cos(node), np.sin(node), np.zeros(orbits)])
    ahead = np.array([-np.sin(node) * math.cos(i), np.cos(node) * math.cos(i), np.full(orbits, math.sin(i))])
    # flight direction -sin(u) ascending + cos(u) ahead
    cosine = -np.sin(along)[:, None] * (to_sun * ascending).sum(axis=0) + np.cos(along)[:, None] * (to_sun * ahead).sum(
        axis=0
    )
    flown = np.abs(cosine).mean(axis=0)
    assert sun_tracking_share(i) == pytest.approx(flown.mean(), abs=5.0 * flown.std() / math.sqrt(orbits))


def test_the_mean_over_the_seasons_of_an_equatorial_orbit() -> None:
    """There beta is the declination of the Sun: a complete elliptic integral, E(sin e) 2 / pi, by its series."""
    k2 = math.sin(OBLIQUITY_RAD) ** 2
    series = 1.0 - k2 / 4.0 - 3.0 * k2**2 / 64.0 - 5.0 * k2**3 / 256.0 - 175.0 * k2**4 / 16384.0
    assert mean_cos_beta(0.0) == pytest.approx(series, abs=2e-5)
    assert mean_cos_beta(math.pi) == pytest.approx(mean_cos_beta(0.0), abs=1e-12)


def test_at_the_inclination_of_the_iss() -> None:
    assert mean_cos_beta(ISS_INCLINATION) == pytest.approx(0.806, abs=5e-4)
    assert sun_tracking_share(ISS_INCLINATION) == pytest.approx(0.513, abs=5e-4)


@given(one=st.floats(0.0, 90.0), more=st.floats(0.01, 90.0))
def test_the_area_falls_from_broadside_to_edge_on(one: float, more: float) -> None:
    other = min(one + more, 90.0)
    assert area_m2(fixed(one), ISS_INCLINATION) >= area_m2(fixed(other), ISS_INCLINATION)


@given(inclination=st.floats(0.0, math.pi), body=st.floats(1.0, 1e4), arrays=st.floats(0.0, 1e4))
def test_tracking_arrays_lie_between_broadside_and_edge_on(inclination: float, body: float, arrays: float) -> None:
    broadside, edge_on = (area_m2(fixed(degrees, body, arrays), inclination) for degrees in (0.0, 90.0))
    assert edge_on == pytest.approx(body)
    assert broadside == pytest.approx(body + arrays)
    assert edge_on <= area_m2(tracking(body, arrays), inclination) <= broadside


def test_factors_of_the_shipped_attitudes(iss: Scenario) -> None:
    factors = {key: drag_factor(iss, key) for key in iss.station.attitudes}
    assert factors["normal"] == 1.0
    assert factors["turned"] == 1.0  # the same areas, seen from behind
    assert factors["broadside"] > 1.0 > factors["edge-on"]
    assert factors["broadside"] == pytest.approx(3300.0 / (800.0 + 0.513 * 2500.0), rel=1e-3)


def test_in_the_normal_attitude_the_drag_is_the_stations_to_the_bit(iss: Scenario) -> None:
    for part in ("crewed", "uncrewed", "burns"):
        assert cd_area_m2_of(iss, part) == iss.station.drag.cd_area_m2
    broad = load_scenario("iss", set=["descent.attitudes.burns=broadside"])
    assert cd_area_m2_of(broad, "burns") == 3200.0 * drag_factor(iss, "broadside")
    assert cd_area_m2_of(broad, "crewed") == 3200.0
    bare = iss.model_copy(update={"station": iss.station.model_copy(update={"attitudes": {}})})
    assert drag_factor(bare, "normal") == 1.0


# --- thrust ----------------------------------------------------------------------------------------------------------


def push(ports: str, scenario: Scenario, vehicle: str, backwards: bool = False) -> tuple[Push, ...]:
    return pushes_of_vehicle(scenario.vehicles[vehicle], scenario.station.ports[ports], backwards)


def test_which_way_the_engines_of_the_iss_push(iss: Scenario) -> None:
    """One on Harmony forward slows in the normal attitude; Zvezda aft needs the station turned round for that."""
    assert Push("lower", False) in push("harmony-forward", iss, "us-deorbit-vehicle")
    assert push("zvezda-aft", iss, "progress-ms") == (Push("raise", False), Push("lower", True))
    assert push("zvezda-aft", iss, "progress-ms", backwards=True) == (Push("raise", True), Push("lower", False))
    assert Push("lower", True) in push("harmony-forward", iss, "us-deorbit-vehicle", backwards=True)
    assert push("poisk-zenith", iss, "progress-ms") == (Push("raise", True), Push("lower", True))
    assert push("prichal-nadir", iss, "progress-ms") == ()
    zvezda = iss.station.tanks["zvezda"]
    assert pushes_of_tank(zvezda) == (Push("raise", False),)
    assert pushes_of_tank(zvezda, backwards=True) == (Push("raise", True),)
    assert pushes_of_tank(iss.station.tanks["zarya"]) == ()


@given(
    raises=st.booleans(),
    lowers=st.booleans(),
    turn=st.booleans(),
    natural=st.sampled_from([None, "raise", "lower"]),
    can_raise=st.booleans(),
    can_lower=st.booleans(),
    backwards=st.booleans(),
)
def test_only_what_port_and_vehicle_allow_and_a_turn_where_it_is_not_natural(
    raises: bool, lowers: bool, turn: bool, natural: str | None, can_raise: bool, can_lower: bool, backwards: bool
) -> None:
    port = Port.model_validate(
        {"name": "p", "accepts": ("v",), "raises": raises, "lowers": lowers, "turn": turn, "natural": natural}
    )
    able = {"can_raise": can_raise, "can_lower": can_lower}
    vehicle = Vehicle.model_validate({"name": "v", "partner": "a", "docked_mass_kg": 1.0, "thrust_n": 10.0} | able)
    pushes = pushes_of_vehicle(vehicle, port, backwards)
    assert {one.direction for one in pushes} == {
        name for name, able in (("raise", raises and can_raise), ("lower", lowers and can_lower)) if able
    }
    mirrored = {one.direction: one.turn for one in pushes_of_vehicle(vehicle, port, not backwards)}
    for one in pushes:
        if natural is not None:
            assert one.turn == ((one.direction == natural) == backwards)
            assert mirrored[one.direction] != one.turn  # turned round the other direction comes naturally
        elif turn:
            assert one.turn
    assert pushes_of_vehicle(vehicle.model_copy(update={"thrust_n": 0.0}), port) == ()


# --- document --------------------------------------------------------------------------------------------------------


def flown_of(scenario: Scenario) -> Flown:
    world = load_world(bundled=True)
    decision = decide(scenario, world, track_at(scenario, 418.0))
    return fly(decision, [world.weather.line(one) for one in LINES], world.climate, names=LINES)


def told(scenario: Scenario, days_to_entry: float | None = 1.5) -> tuple[Flown, tuple[AttitudeSpell, ...]]:
    flown = flown_of(scenario)
    entry = None if days_to_entry is None else float(flown.handover_tt_s[1]) + 86400.0 * days_to_entry
    return flown, attitude_spells(flown, scenario, entry)


def test_the_parts_follow_each_other_from_the_start_of_lowering_to_entry() -> None:
    scenario = load_scenario("iss", set=["descent.attitudes={uncrewed='broadside', burns='edge-on'}"])
    flown, spells = told(scenario)
    assert [(one.part, one.attitude) for one in spells] == [
        ("crewed", "normal"), ("uncrewed", "broadside"), ("burns", "edge-on"),
    ]  # fmt: skip
    assert from_utc(spells[0].from_utc) == pytest.approx(flown.lowering_start_tt_s, abs=1.0)
    for one, after in pairwise(spells):
        assert one.to_utc == after.from_utc
    assert from_utc(spells[1].from_utc) == pytest.approx(flown.crossings["crew_departure"][1], abs=1.0)
    assert spells[-1].to_utc is not None
    assert from_utc(spells[-1].to_utc) == pytest.approx(flown.handover_tt_s[1] + 1.5 * 86400.0, abs=1.0)
    drag = scenario.station.drag
    for one in spells:
        factor = drag_factor(scenario, one.attitude)
        assert one.cd_area_m2.value == factor * drag.cd_area_m2
        assert (one.cd_area_m2.low, one.cd_area_m2.high) == (factor * drag.low_m2, factor * drag.high_m2)
        assert one.cd_area_m2.level == drag.level
        assert one.text == scenario.station.attitudes[one.attitude].text


def test_every_engine_on_board_is_told_with_its_turn() -> None:
    _, spells = told(load_scenario("iss", set=["descent.attitudes={crewed='turned'}"]))
    crewed, uncrewed = spells[0], spells[1]
    progress = next(line for line in crewed.thrust if line.startswith("Progress MS on Zvezda aft"))
    assert progress.endswith("speeds it up after a turn, slows it as it flies")
    assert not any(line.startswith("Progress") for line in uncrewed.thrust)  # gone by then
    tug = next(line for line in uncrewed.thrust if line.startswith("US Deorbit Vehicle"))
    assert "slows it as it flies" in tug
    assert len(set(crewed.thrust)) == len(crewed.thrust)


def test_a_station_that_stays_up_has_an_open_end() -> None:
    """With little drag it is up when the data end: nothing is said about burns."""
    quiet = load_scenario("iss", set=["station.drag={cd_area_m2=300, low_m2=200, high_m2=400}"])
    flown, spells = told(quiet, None)
    assert not flown.handed_over[1]
    assert [one.part for one in spells][-1] in ("crewed", "uncrewed")
    assert spells[-1].to_utc is None


def test_attitudes_bring_it_down_earlier_or_later() -> None:
    ends = [
        float(flown_of(load_scenario("iss", set=sets)).handover_tt_s[1])
        for sets in (
            ["descent.attitudes.crewed=broadside", "descent.attitudes.uncrewed=broadside"],
            ["descent.attitudes.uncrewed=broadside"],
            [],
            ["descent.attitudes.uncrewed=edge-on"],
        )
    ]
    assert ends == sorted(ends)
    assert ends[2] - ends[1] > 20 * 86400.0
    assert not flies_backwards(load_scenario("iss"), "crewed")
    assert flies_backwards(load_scenario("iss", set=["descent.attitudes.burns=turned"]), "burns")


def test_the_start_of_lowering_is_where_the_parts_begin() -> None:
    late = load_scenario("iss", set=["descent.lowering_start=2030-06-01"])
    _, spells = told(late)
    assert spells[0].from_utc[:10] == date(2030, 6, 1).isoformat()
