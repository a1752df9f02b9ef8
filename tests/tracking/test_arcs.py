"""Arcs of a flown truth: the drag area that was flown is found, and what drag cannot do is left to be seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.tracking.synthetic import DAY_S, MASS_KG, START, Step, burn, end_of, fix_of, station, world

from pointnemo.errors import FlightError
from pointnemo.motion.lastdays import Environment, State
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.tracking.arcs import (
    Arc,
    MassStep,
    arc_environment,
    fit_arc,
    fly_legs,
    gap_between,
    lowest_height_km,
    miss_rtn_km,
)
from pointnemo.tracking.fixes import Fix
from pointnemo.world.earth import EARTH_RADIUS_KM, gcrs_to_itrs

FloatArray = NDArray[np.float64]

DEGREE = 4
DAYS = 3.0
STOP = START + DAYS * DAY_S


@pytest.fixture(scope="module")
def environment() -> Environment:
    return arc_environment(world(), START, STOP, 200.0, DEGREE)


@pytest.fixture(scope="module")
def start() -> Fix:
    return fix_of(station(), "first")


def truth(area_m2: float = 3300.0, burns=(), steps=(), stop_tt_s: float = STOP) -> Fix:
    return fix_of(end_of(station(), stop_tt_s, area_m2, burns, steps, degree=DEGREE), "second")


def shifted(fix: Fix, rtn_km: FloatArray) -> Fix:
    """The same velocity at another place."""
    radial = fix.position_km / np.linalg.norm(fix.position_km)
    cross = np.cross(fix.position_km, fix.velocity_km_s)
    cross /= np.linalg.norm(cross)
    offset = rtn_km @ np.stack([radial, np.cross(cross, radial), cross])
    return fix_of(State(fix.tt_s, fix.position_km + offset, fix.velocity_km_s, MASS_KG), "second")


def fitted(start: Fix, end: Fix, environment: Environment, burns=(), steps=(), **guess: float) -> Arc:
    return fit_arc(start, end, environment, world().earth, MASS_KG, burns, steps, **guess)


def off_m(one: State, other: State) -> float:
    return float(np.linalg.norm(one.position_km - other.position_km)) * 1000.0


# --- the drag area ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("area_m2", [700.0, 3300.0, 9000.0])
def test_the_area_that_was_flown_is_found(start: Fix, environment: Environment, area_m2: float) -> None:
    arc = fitted(start, truth(area_m2), environment)
    assert arc.cd_area_m2 == pytest.approx(area_m2, rel=1e-3)
    assert arc.days == pytest.approx(DAYS)
    assert np.abs(arc.miss_rtn_km).max() < 2e-3
    assert np.abs(arc.gap).max() < 2e-3
    assert (arc.start.name, arc.end.name, arc.mass_kg) == ("first", "second", MASS_KG)


@pytest.mark.parametrize("guess_m2", [500.0, 20_000.0])
def test_where_the_search_begins_does_not_matter(start: Fix, environment: Environment, guess_m2: float) -> None:
    arc = fitted(start, truth(), environment, guess_m2=guess_m2)
    assert arc.cd_area_m2 == pytest.approx(3300.0, rel=1e-3)


def test_more_drag_carries_ahead_by_the_slope_that_is_told(start: Fix, environment: Environment) -> None:
    arc = fitted(start, truth(), environment)
    ends = [end_of(station(), STOP, area, degree=DEGREE) for area in (3250.0, 3350.0)]
    ahead = miss_rtn_km(ends[0].position_km, ends[0].velocity_km_s, ends[1].position_km - ends[0].position_km)
    assert arc.along_per_m2 > 0.0
    assert arc.along_per_m2 == pytest.approx(ahead[1] / 100.0, rel=0.01)


def test_what_drag_cannot_do_is_left_over(start: Fix, environment: Environment) -> None:
    """A tracked end 200 m higher and 300 m to the left: flown minus tracked is lower and to the right.

    At the same speed 200 m higher lies an orbit 400 m larger (vis-viva), which the gap shows.
    """
    end = shifted(truth(), np.array([0.2, 0.0, 0.3]))
    arc = fitted(start, end, environment)
    assert arc.cd_area_m2 == pytest.approx(3300.0, rel=1e-3)
    np.testing.assert_allclose(arc.miss_rtn_km, [-0.2, 0.0, -0.3], atol=3e-3)
    assert arc.gap.a_km == pytest.approx(-0.4, rel=0.03)
    # an orbit with its perigee or apogee here: the e-vector is off by as much as the radius, and half the axis
    assert np.hypot(arc.gap.ex_km, arc.gap.ey_km) == pytest.approx(0.2, rel=0.05)


def test_a_shift_along_the_track_is_taken_for_drag(start: Fix, environment: Environment) -> None:
    arc = fitted(start, shifted(truth(), np.array([0.0, 3.0, 0.0])), environment)
    assert arc.cd_area_m2 == pytest.approx(3300.0 + 3.0 / arc.along_per_m2, rel=1e-3)


def test_what_no_area_explains_is_refused_by_the_names_of_the_files(start: Fix, environment: Environment) -> None:
    elsewhere = fix_of(end_of(station(latitude_rad=2.5), STOP, degree=DEGREE), "of another")
    with pytest.raises(FlightError, match=r"carries first to of another \(3\.0 days\)"):
        fitted(start, elsewhere, environment)


# --- burns and vehicles ----------------------------------------------------------------------------------------------


def test_a_docking_within_the_arc(start: Fix, environment: Environment) -> None:
    docking = Step(START + 0.8 * DAY_S, 40_000.0)
    end = truth(steps=[docking])
    arc = fitted(start, end, environment, steps=[MassStep(*docking)])
    assert arc.cd_area_m2 == pytest.approx(3300.0, rel=1e-3)
    assert arc.mass_steps == (MassStep(*docking),)
    # 9 % more mass for most of the time: without it the area would seem smaller
    assert fitted(start, end, environment).cd_area_m2 / 3300.0 == pytest.approx(0.95, abs=0.03)


def test_a_tilted_burn_within_the_arc(start: Fix, environment: Environment) -> None:
    made = burn(START + 1.1 * DAY_S, 0.6, outward_share=-0.3, normal_share=0.4)
    end = truth(burns=[made])
    arc = fitted(start, end, environment, [made])
    assert arc.cd_area_m2 == pytest.approx(3300.0, rel=1e-3)
    assert np.abs(arc.miss_rtn_km).max() < 2e-3
    assert arc.burns == (made,)
    straight = fitted(start, end, environment, [made._replace(outward_share=0.0, normal_share=0.0)])
    # 0.24 m/s across swing by 0.2 km, and 0.08 m/s too much along make the orbit too large: it falls behind
    assert straight.cd_area_m2 > 4000.0
    assert np.abs(straight.gap[:3]).max() > 0.05


def test_a_burn_after_the_end_is_not_flown(start: Fix, environment: Environment) -> None:
    later = [burn(STOP, 5.0), burn(START - 10.0, 5.0)]
    assert fitted(start, truth(), environment, later).cd_area_m2 == pytest.approx(3300.0, rel=1e-3)


# --- flights in pieces -----------------------------------------------------------------------------------------------


def test_pieces_make_one_flight(environment: Environment) -> None:
    made = [burn(START + 1.1 * DAY_S, 0.5)]
    whole = fly_legs(station(), STOP, environment, 3300.0, made)
    areas = [(START, 3300.0), (START + 0.7 * DAY_S, 3300.0), (START + 2.2 * DAY_S, 3300.0)]
    steps = [MassStep(START + 1.9 * DAY_S, 0.0)]
    legs = fly_legs(station(), STOP, environment, areas, made, steps)
    assert (len(whole), len(legs)) == (1, 4)
    assert [leg.final_state.tt_s for leg in legs[:3]] == [areas[1][0], steps[0].tt_s, areas[2][0]]
    assert off_m(legs[-1].final_state, whole[-1].final_state) < 1.0
    assert off_m(whole[-1].final_state, end_of(station(), STOP, 3300.0, made, degree=DEGREE)) < 1.0
    assert legs[-1].final_state.mass_kg == pytest.approx(whole[-1].final_state.mass_kg, abs=1e-6)


def test_each_piece_has_its_own_area(environment: Environment) -> None:
    middle = START + 1.3 * DAY_S
    *_, last = fly_legs(station(), STOP, environment, [(START, 2000.0), (middle, 5000.0)])
    apart = end_of(end_of(station(), middle, 2000.0, degree=DEGREE), STOP, 5000.0, degree=DEGREE)
    assert off_m(last.final_state, apart) < 1.0
    *_, other = fly_legs(station(), STOP, environment, [(START, 5000.0), (middle, 2000.0)])
    assert off_m(last.final_state, other.final_state) > 1000.0


def test_two_vehicles_change_the_mass_twice(environment: Environment) -> None:
    steps = [Step(START + 2.0 * DAY_S, -7000.0), Step(START + 0.5 * DAY_S, 20_000.0)]
    legs = fly_legs(station(), STOP, environment, 3300.0, (), [MassStep(*step) for step in steps])
    assert [leg.mass_kg[-1] for leg in legs] == [MASS_KG, MASS_KG + 20_000.0, MASS_KG + 13_000.0]
    assert off_m(legs[-1].final_state, end_of(station(), STOP, 3300.0, (), steps, degree=DEGREE)) < 1.0


def test_a_jump_within_a_burn_waits_for_its_end(environment: Environment) -> None:
    made = burn(START + 0.5 * DAY_S, 0.5)  # five minutes
    legs = fly_legs(station(), STOP, environment, 3300.0, [made], [MassStep(made.start_tt_s + 100.0, 9000.0)])
    assert len(legs) == 2
    assert 290.0 < legs[0].final_state.tt_s - made.start_tt_s < 300.0
    assert legs[0].segments == ("coast", "Reboost", "coast")
    after = end_of(station(), STOP, 3300.0, [made], [Step(legs[0].final_state.tt_s, 9000.0)], degree=DEGREE)
    assert off_m(legs[-1].final_state, after) < 1.0


def test_negative_drag_raises_as_drag_lowers(environment: Environment) -> None:
    down, none, up = (fly_legs(station(), STOP, environment, area)[-1].final_state for area in (3000.0, 0.0, -3000.0))
    below, above = (gap_between(state, fix_of(none), world().earth).a_km for state in (down, up))
    assert below < -0.1
    assert above == pytest.approx(-below, rel=0.02)


def test_an_arc_may_ask_for_a_negative_area(environment: Environment) -> None:
    """A reboost that nobody told: only a wind from behind explains it, and what it leaves in semi-major axis stays."""
    raised = fix_of(end_of(station(), STOP, 3300.0, [burn(START + 0.4 * DAY_S, 0.4)], degree=DEGREE), "second")
    arc = fit_arc(fix_of(station(), "first"), raised, environment, world().earth, MASS_KG)
    assert arc.cd_area_m2 < -500.0
    (leg,) = fly_legs(station(), STOP, environment, arc.cd_area_m2)
    miss = miss_rtn_km(raised.position_km, raised.velocity_km_s, leg.final_state.position_km - raised.position_km)
    assert abs(miss[1]) < 5e-3
    assert abs(arc.gap.a_km) > 0.1


def test_who_falls_too_low_is_refused() -> None:
    low = station(altitude_km=208.0)
    environment = arc_environment(world(), START, START + 0.5 * DAY_S, 200.0, DEGREE)
    with pytest.raises(FlightError, match="falls below 200 km"):
        fly_legs(low, START + 0.5 * DAY_S, environment, 50_000.0)


# --- gaps ------------------------------------------------------------------------------------------------------------


def state_of(mean: Mean) -> State:
    return State(START, *osculating_from_mean(mean, gcrs_to_itrs(START, world().earth)[2]), MASS_KG)


@pytest.mark.parametrize("latitude", [0.5, 2.0, -3.1415])
def test_a_state_has_no_gap_to_itself(latitude: float) -> None:
    state = station(latitude_rad=latitude)
    assert gap_between(state, fix_of(state), world().earth) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"a_km": 0.3}, (0.3, 0.0, 0.0, 0.0)),
        ({"ex": 1e-5}, (0.0, 0.068, 0.0, 0.0)),
        ({"ey": -2e-5}, (0.0, 0.0, -0.136, 0.0)),
        ({"argument_of_latitude_rad": 2e-4}, (0.0, 0.0, 0.0, 1.3587)),
        ({"node_rad": 1e-4}, (0.0, 0.0, 0.0, 0.4216)),  # a cos i
        ({"node_rad": 1e-4, "argument_of_latitude_rad": -1e-4 * np.cos(np.radians(51.64))}, (0.0, 0.0, 0.0, 0.0)),
        ({"inclination_rad": 1e-5}, (0.0, 0.0, 0.0, 0.0)),
    ],
)
@pytest.mark.parametrize("latitude", [0.5, 3.1415926])
def test_the_gap_is_the_change_of_the_mean_orbit(
    change: dict[str, float], expected: tuple[float, ...], latitude: float
) -> None:
    mean = Mean(EARTH_RADIUS_KM + 415.0, 2e-4, 7e-4, np.radians(51.64), 1.0, latitude)
    moved = mean._replace(**{name: getattr(mean, name) + step for name, step in change.items()})
    gap = gap_between(state_of(moved), fix_of(state_of(mean)), world().earth)
    np.testing.assert_allclose(gap, expected, atol=2e-4)


def test_offsets_are_resolved_along_the_orbit() -> None:
    r, v = np.array([[7000.0, 0.0, 0.0], [0.0, 0.0, -6800.0]]), np.array([[1.0, 7.0, 0.0], [0.0, 7.0, 0.0]])
    offset = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    np.testing.assert_allclose(miss_rtn_km(r, v, offset), [[1.0, 2.0, 3.0], [-3.0, 2.0, 1.0]], atol=1e-12)
    np.testing.assert_allclose(miss_rtn_km(r[0], v[0], offset[0]), [1.0, 2.0, 3.0], atol=1e-12)


def test_low_tables_only_where_they_may_be_needed(start: Fix) -> None:
    assert lowest_height_km(start) == 200.0
    assert lowest_height_km(replace(start, mean=start.mean._replace(a_km=EARTH_RADIUS_KM + 290.0))) == 0.0
    eccentric = start.mean._replace(a_km=EARTH_RADIUS_KM + 415.0, ex=0.02)  # perigee 279 km
    assert lowest_height_km(replace(start, mean=eccentric)) == 0.0


def test_another_mass_is_another_area(start: Fix, environment: Environment) -> None:
    """Only the ratio of both moves the station."""
    arc = fit_arc(start, truth(), environment, world().earth, 2.0 * MASS_KG)
    assert arc.cd_area_m2 == pytest.approx(6600.0, rel=1e-3)
