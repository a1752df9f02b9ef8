"""Differential phasing: the steps are flown again here, and the place they lead to is measured."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from pointnemo.descent import LINES
from pointnemo.descent.decay import argument_rate
from pointnemo.descent.geometry import unwrapped_argument_of_latitude
from pointnemo.descent.targeted.engine import Engine, engine_of
from pointnemo.descent.targeted.phase_drift import days_of, drift, turned_back
from pointnemo.descent.targeted.phasing import Trial, phasing_of
from pointnemo.descent.targeted.phasing_course import course_of
from pointnemo.motion.averaged import MeanState
from pointnemo.motion.burns import BurnCommand
from pointnemo.motion.history import Flown, fly
from pointnemo.motion.lastdays import fly as fly_last_days
from pointnemo.motion.lastdays import prepare
from pointnemo.results import Phasing
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.station.packing import decide
from pointnemo.station.stack import mass_at
from pointnemo.tracking import start_tt_s, track
from pointnemo.world import World, load_world
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc

DAY_S = 86400.0
MEAN = LINES.index("mean")
SHIFTS_DEG = (30.0, 180.0, 350.0)


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
def flown(scenario: Scenario, world: World) -> Flown:
    """The shipped station without a plan of reboosts: the re-planning rule holds it until lowering starts."""
    tracked = track(scenario, world, mass_at(scenario, start_tt_s(scenario, world, [])), [])
    lines = [world.weather.line(activity) for activity in LINES]
    return fly(decide(scenario, world, tracked), lines, world.climate, names=LINES)


@pytest.fixture(scope="module")
def period_s(flown: Flown) -> float:
    a_km, ex, ey, inclination, node = flown.handover_elements[MEAN]
    return 2 * np.pi / argument_rate(MeanState(a_km, ex, ey, node), inclination)


@pytest.fixture(scope="module")
def phased(flown: Flown, scenario: Scenario, world: World, engine: Engine, period_s: float) -> dict[float, Phasing]:
    return {
        degrees: phasing_of(flown, MEAN, scenario, world, engine, degrees / 360.0 * period_s) for degrees in SHIFTS_DEG
    }


@pytest.fixture(scope="module")
def trial(flown: Flown, scenario: Scenario, world: World, engine: Engine) -> Trial:
    hand_over = float(flown.handover_tt_s[MEAN])
    course = course_of(flown, MEAN, scenario, world, engine, hand_over - 30.0 * DAY_S)
    return Trial.of(course, hand_over - scenario.descent.phasing_days * DAY_S)


@pytest.mark.parametrize("degrees", SHIFTS_DEG)
def test_the_steps_lead_to_the_wanted_place(phased: dict[float, Phasing], degrees: float, period_s: float) -> None:
    found = phased[degrees]
    assert len(found.steps) == 2
    assert abs(found.residual_s) < 3.0
    assert found.reached_shift_s == pytest.approx(degrees / 360.0 * period_s, abs=3.0)
    assert found.reached_shift_s + found.residual_s == pytest.approx(found.wanted_shift_s, abs=1e-6)


@pytest.mark.parametrize("degrees", SHIFTS_DEG)
def test_a_flight_with_finer_gravity_says_the_same(phased: dict[float, Phasing], trial: Trial, degrees: float) -> None:
    found, start, course = phased[degrees], trial.start, trial.course
    forces = trial.environment.forces._replace(gravity_degree=24)
    finer = prepare(course.world, start.tt_s, course.hand_over_tt_s, forces, lowest_km=150.0)
    burns = [
        BurnCommand(from_utc(one.utc), one.delta_v_mps, course.thrust_n, course.specific_impulse_s, True, one.utc)
        for one in found.steps
    ]
    burns[0] = burns[0]._replace(start_tt_s=max(burns[0].start_tt_s, start.tt_s))
    ends = []
    for made in (burns, []):
        flight = fly_last_days(start, made, finer, stop_height_km=150.0, stop_tt_s=course.hand_over_tt_s)
        assert flight.stop == "time"
        ends.append(unwrapped_argument_of_latitude(flight.position_km, flight.velocity_km_s)[-1])
    # osculating arguments swing by 2 e about the mean ones: two seconds; the rest is gravity and the start of a burn
    assert (ends[0] - ends[1]) / course.rate == pytest.approx(found.reached_shift_s, abs=12.0)


def test_the_second_step_corrects_what_density_did_to_the_first(trial: Trial) -> None:
    course, environment = trial.course, trial.environment
    wanted = 0.5 * course.period_s
    shifted = {}
    for scale in (0.9, 1.1):
        forces = environment.forces._replace(density_scale=scale)
        air = prepare(course.world, trial.start.tt_s, course.hand_over_tt_s, forces, lowest_km=150.0)
        usual = fly_last_days(
            trial.start, [], air, stop_height_km=150.0, stop_tt_s=course.hand_over_tt_s, sample_s=120.0
        )
        real = replace(trial, environment=air, usual=usual)
        found = real.in_two(course.hand_over_tt_s - 7 * DAY_S, wanted)
        assert found.reached_s == pytest.approx(wanted, abs=3.0)
        shifted[scale] = found.steps[1].delta_v_mps
    # in denser air the first step shifts more, and less is left to do
    assert shifted[1.1] < shifted[0.9]


def test_whole_revolutions_make_no_difference(
    phased: dict[float, Phasing], flown: Flown, scenario: Scenario, world: World, engine: Engine, period_s: float
) -> None:
    for turns in (-1, 2):
        same = phasing_of(flown, MEAN, scenario, world, engine, (0.5 + turns) * period_s)
        for one, other in zip(same.steps, phased[180.0].steps, strict=True):
            assert one.delta_v_mps == pytest.approx(other.delta_v_mps, rel=1e-3)


@pytest.mark.parametrize(
    ("run", "degrees"),
    [(MEAN, -300.0), (MEAN, -45.0), (MEAN, 0.0), (MEAN, 1.0), (MEAN, 359.9), (0, 90.0), (2, 270.0)],
)
def test_a_step_only_ever_lowers(
    flown: Flown, scenario: Scenario, world: World, engine: Engine, period_s: float, run: int, degrees: float
) -> None:
    found = phasing_of(flown, run, scenario, world, engine, degrees / 360.0 * period_s)
    for one in found.steps:
        assert one.altitude_after_km < one.altitude_before_km
        assert one.delta_v_mps > 0.0
        assert one.propellant_kg > 0.0
    if degrees % 360.0 == 0.0:
        assert not found.steps
    assert abs(found.residual_s) < 15.0


def test_a_larger_shift_takes_a_larger_first_step(phased: dict[float, Phasing]) -> None:
    first = [phased[degrees].steps[0].delta_v_mps for degrees in SHIFTS_DEG]
    assert first == sorted(first)
    assert first[-1] > 5 * first[0]


def test_early_lowering_is_not_paid_twice(phased: dict[float, Phasing]) -> None:
    for found in phased.values():
        spent = sum(one.propellant_kg for one in found.steps)
        assert abs(found.propellant_kg) < 0.02 * spent


def test_the_nearer_the_better_known_and_the_less_to_shift(phased: dict[float, Phasing]) -> None:
    errors = phased[30.0].errors
    assert [one.days_before for one in errors] == [30.0, 21.0, 14.0, 7.0, 3.0, 1.0]
    for before, after in pairwise(errors):
        assert after.sigma_s < before.sigma_s
        assert after.correctable_s < before.correctable_s
    assert errors[-1].correctable_s > 0.0


def with_descent(scenario: Scenario, **values: float) -> Scenario:
    return scenario.model_copy(update={"descent": scenario.descent.model_copy(update=values)})


def test_without_phasing_days_nothing_is_done(flown: Flown, scenario: Scenario, world: World, engine: Engine) -> None:
    found = phasing_of(flown, MEAN, with_descent(scenario, phasing_days=0.0), world, engine, 1000.0)
    assert found.steps == ()
    assert found.residual_s == 1000.0
    assert "descent.phasing_days is 0" in found.text


def test_with_few_days_one_step_does_it(flown: Flown, scenario: Scenario, world: World, engine: Engine) -> None:
    found = phasing_of(flown, MEAN, with_descent(scenario, phasing_days=6.0), world, engine, 400.0)
    assert len(found.steps) == 1
    assert abs(found.residual_s) < 3.0


def test_a_station_that_stays_up_has_nothing_to_phase(
    flown: Flown, scenario: Scenario, world: World, engine: Engine
) -> None:
    up = replace(flown, handed_over=np.zeros(len(LINES), dtype=bool))
    assert "never comes down" in phasing_of(up, MEAN, scenario, world, engine, 1000.0).text


def test_a_hold_altitude_just_above_the_burns_leaves_no_time(
    flown: Flown, scenario: Scenario, world: World, engine: Engine
) -> None:
    late = {name: times.copy() for name, times in flown.crossings.items()}
    late["hold"] = flown.handover_tt_s - 0.3 * DAY_S
    found = phasing_of(replace(flown, crossings=late), MEAN, scenario, world, engine, 1000.0)
    assert found.steps == ()
    assert "0.3 days" in found.text


def test_a_shift_that_is_no_number_is_refused(flown: Flown, scenario: Scenario, world: World, engine: Engine) -> None:
    with pytest.raises(ValueError, match="makes no sense"):
        phasing_of(flown, MEAN, scenario, world, engine, float("nan"))


def test_without_air_the_place_is_that_of_the_mean_motion(world: World) -> None:
    state, inclination = MeanState(EARTH_RADIUS_KM + 300.0, 0.0, 0.0, 1.0), np.radians(51.6)
    begin = from_utc("2030-01-01T00:00:00Z")
    days = days_of(world.weather, begin, begin + 5 * DAY_S)
    found = drift(world.climate, days, state, inclination, 1e-12, begin, begin + 5 * DAY_S)
    assert found.turned_rad == pytest.approx(argument_rate(state, inclination) * 5 * DAY_S, rel=1e-9)


def test_turning_back_undoes_the_turn(world: World) -> None:
    state, inclination = MeanState(EARTH_RADIUS_KM + 300.0, 4e-4, -2e-4, 1.0), np.radians(51.6)
    begin = from_utc("2030-01-01T00:00:00Z")
    days = days_of(world.weather, begin, begin + 20 * DAY_S)
    back = turned_back(state, inclination, 20 * DAY_S)
    again = drift(world.climate, days, back, inclination, 1e-12, begin, begin + 20 * DAY_S).state
    assert again == pytest.approx(state, abs=1e-6)
