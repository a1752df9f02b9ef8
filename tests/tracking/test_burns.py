"""Burns read out of rows that the project's own propagator wrote, and burns that only a table tells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pointnemo.errors import FlightError, WorldError
from pointnemo.formats.tracking_files import TrackingFile
from pointnemo.motion.heyoka_engine import propagate
from pointnemo.motion.lastdays import BurnCommand, Forces, State, fly, prepare
from pointnemo.tracking.burns import (
    DEFAULT_THRUST_N,
    MeasuredBurn,
    burn_commands,
    burns_of,
    commands_of,
    fitted_delta_v_rtn_mps,
    planned_burns,
)
from pointnemo.world import World, load_world, time
from pointnemo.world.earth import itrs_to_gcrs_state

START = time.from_utc("2022-02-07T12:00:00")
MASS_KG = 450_000.0
REBOOST = BurnCommand(START + 900.0, 0.5, 6300.0, 285.0, False, "reboost", -0.08, 0.10)
TABLE = ("TRAJECTORY EVENT SUMMARY:",)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def start(world: World) -> State:
    position = np.array([6790.0, 100.0, -400.0])
    velocity = np.array([0.5, 4.3, 5.9])
    r, v = itrs_to_gcrs_state(START, position, velocity, world.earth)
    return State(START, r, v, MASS_KG)


def written(
    world: World,
    start: State,
    burns: list[BurnCommand],
    coast_s: float = 240.0,
    dense: bool = True,
    span_s: float = 2400.0,
) -> TrackingFile:
    """An ephemeris of a flight without air: a row every ``coast_s``; if dense, 2 s apart from ignition to cut-off."""
    environment = prepare(world, START, START + span_s, Forces(0.0, gravity_degree=36))
    fine = fly(start, burns, environment, stop_height_km=0.0, stop_tt_s=START + span_s, sample_s=2.0)
    tt_s, first = np.unique(fine.tt_s, return_index=True)
    keep = np.isclose((tt_s - START) % coast_s, 0.0)
    for number, name in enumerate(fine.segments):
        if dense and name != "coast":
            inside = fine.tt_s[fine.segment == number]
            keep |= (tt_s >= inside[0]) & (tt_s <= inside[-1])
    rows = first[keep]
    return TrackingFile(
        path_name="flown.xml",
        kind="oem",
        object_name="ISS",
        object_id="1998-067-A",
        created_tt_s=START,
        originator="test",
        comments=(),
        epoch_tt_s=START,
        tt_s=fine.tt_s[rows],
        position_km=fine.position_km[rows],
        velocity_km_s=fine.velocity_km_s[rows],
        covariance=None,
        covariance_tt_s=None,
        mass_kg=MASS_KG,
        drag_area_m2=None,
        drag_coefficient=None,
    )


@pytest.fixture(scope="module")
def reboosted(world: World, start: State) -> TrackingFile:
    return written(world, start, [REBOOST])


def test_a_tilted_reboost_is_read_back(reboosted: TrackingFile, world: World) -> None:
    (burn,) = burns_of(reboosted, world.earth)
    assert burn.start_tt_s == pytest.approx(REBOOST.start_tt_s, abs=1e-3)
    assert burn.delta_v_mps == pytest.approx(0.5, rel=1e-4)
    assert burn.duration_s == pytest.approx(0.5 * MASS_KG / 6300.0, rel=2e-4)
    assert burn.delta_v_rtn_mps[2] == pytest.approx(0.05, rel=1e-3)
    assert burn.acceleration_mm_s2 == pytest.approx(14.0, rel=1e-3)
    assert burn.thrust_n == pytest.approx(6300.0, rel=1e-3)
    assert burn.name == ""  # there is no table


def test_a_deboost_is_negative_and_two_burns_stay_two(world: World, start: State) -> None:
    deboost = BurnCommand(START + 1500.0, 0.3, 800.0, 285.0, True, "deboost")
    first, second = burns_of(written(world, start, [REBOOST, deboost]), world.earth)
    assert first.delta_v_mps == pytest.approx(0.5, rel=1e-4)
    assert second.delta_v_mps == pytest.approx(-0.3, rel=1e-3)
    assert second.delta_v_rtn_mps[1] < 0.0
    assert second.start_tt_s == pytest.approx(deboost.start_tt_s, abs=1e-6)


def test_rows_every_half_minute_tell_the_start_by_the_share_of_the_first_step(world: World, start: State) -> None:
    burn = BurnCommand(START + 914.0, 0.5, 800.0, 285.0, False, "slow")
    (read,) = burns_of(written(world, start, [burn], coast_s=30.0, dense=False), world.earth)
    assert read.start_tt_s == pytest.approx(burn.start_tt_s, abs=0.2)
    assert read.delta_v_mps == pytest.approx(0.5, rel=1e-3)
    assert read.duration_s == pytest.approx(0.5 * MASS_KG / 800.0, abs=0.5)
    assert read.acceleration_mm_s2 == pytest.approx(800.0 / 450.0, rel=1e-3)


def test_a_burn_shorter_than_a_step_keeps_its_delta_v(world: World, start: State) -> None:
    (read,) = burns_of(written(world, start, [REBOOST], coast_s=60.0, dense=False), world.earth)
    assert read.delta_v_mps == pytest.approx(0.5, rel=1e-3)
    assert read.start_tt_s == pytest.approx(REBOOST.start_tt_s, abs=1e-3)
    assert read.acceleration_mm_s2 == pytest.approx(500.0 / 60.0, rel=1e-3)  # of the step: a lower bound


def test_coasts_hold_no_burn(world: World, start: State) -> None:
    file = written(world, start, [BurnCommand(START + 900.0, 1e-4, 100.0, 285.0, False, "nothing")])
    assert burns_of(file, world.earth) == ()
    dense = written(world, start, [REBOOST])
    quiet = dense.tt_s < REBOOST.start_tt_s
    states = (dense.position_km[quiet], dense.velocity_km_s[quiet])
    assert burns_of(replace(dense, tt_s=dense.tt_s[quiet], position_km=states[0], velocity_km_s=states[1])) == ()


def test_rounded_states_are_no_burns(reboosted: TrackingFile, world: World) -> None:
    """Velocities to mm/s scatter by 0.3 mm/s2 over 2 s: the burn of 14 mm/s2 stands out, the rest is silent."""
    rounded = replace(
        reboosted, position_km=reboosted.position_km.round(6), velocity_km_s=reboosted.velocity_km_s.round(6)
    )
    (burn,) = burns_of(rounded, world.earth)
    assert burn.delta_v_mps == pytest.approx(0.5, rel=0.01)


def test_states_that_are_no_low_orbit_are_left_alone(reboosted: TrackingFile) -> None:
    for wrong in (np.zeros_like(reboosted.position_km), 1e9 * reboosted.position_km):
        assert burns_of(replace(reboosted, position_km=wrong)) == ()
    assert burns_of(replace(reboosted, velocity_km_s=1e150 * reboosted.velocity_km_s)) == ()
    one = replace(
        reboosted,
        tt_s=reboosted.tt_s[:1],
        position_km=reboosted.position_km[:1],
        velocity_km_s=reboosted.velocity_km_s[:1],
    )
    assert burns_of(one) == ()


def test_the_earth_has_to_be_known_on_that_day(reboosted: TrackingFile, world: World) -> None:
    with pytest.raises(WorldError):
        burns_of(replace(reboosted, tt_s=reboosted.tt_s + 80 * 365.25 * 86400.0), world.earth)


def test_without_a_mass_there_is_no_thrust(reboosted: TrackingFile, world: World) -> None:
    file = replace(reboosted, mass_kg=None)
    (burn,) = burns_of(file, world.earth)
    assert burn.thrust_n is None
    assert burn_commands(file, earth=world.earth) == ()
    (command,) = burn_commands(file, mass_kg=2.0 * MASS_KG, earth=world.earth)
    assert command.thrust_n == pytest.approx(12600.0, rel=2e-3)


def test_the_commands_fly_to_the_rows_after_the_burn(reboosted: TrackingFile, world: World, start: State) -> None:
    commands = burn_commands(reboosted, earth=world.earth)
    assert len(commands) == 1
    again = written(world, start, list(commands))
    offset_m = np.linalg.norm(again.position_km[-1] - reboosted.position_km[-1]) * 1000.0
    assert offset_m < 0.5
    straight = [commands[0]._replace(outward_share=0.0, normal_share=0.0)]
    assert np.linalg.norm(written(world, start, straight).position_km[-1] - reboosted.position_km[-1]) * 1000.0 > 20.0


def test_a_fitted_finite_burn_agrees_with_the_rows(reboosted: TrackingFile, world: World) -> None:
    (burn,) = burns_of(reboosted, world.earth)
    fitted = np.array(fitted_delta_v_rtn_mps(reboosted, burn, world))
    assert np.linalg.norm(fitted - burn.delta_v_rtn_mps) < 2e-4
    with pytest.raises(FlightError, match="both sides"):
        fitted_delta_v_rtn_mps(reboosted, burn._replace(start_tt_s=START - 100.0), world)


# --- thrust aside ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("retrograde", [False, True])
def test_thrust_goes_where_its_shares_say(world: World, start: State, retrograde: bool) -> None:
    """A push of 3 s: the velocity changes by the shares of the delta-v along v, v x n and n."""
    burn = BurnCommand(START, 0.3, 45_000.0, 300.0, retrograde, "push", 0.48, -0.6)
    environment = prepare(world, START, START + 10.0, Forces(0.0))

    def end(burns: list[BurnCommand]) -> State:
        return fly(start, burns, environment, stop_height_km=0.0, stop_tt_s=START + 3.0).final_state

    pushed_mps = (end([burn]).velocity_km_s - end([]).velocity_km_s) * 1000.0
    along = end([]).velocity_km_s / np.linalg.norm(end([]).velocity_km_s)
    normal = np.cross(end([]).position_km, along)
    normal /= np.linalg.norm(normal)
    outward = np.cross(along, normal)
    assert outward @ end([]).position_km > 0.0
    expected = 0.3 * np.array([-0.64 if retrograde else 0.64, 0.48, -0.6])
    assert np.array([along, outward, normal]) @ pushed_mps == pytest.approx(expected, abs=2e-3)


def test_shares_beyond_the_whole_are_refused(world: World, start: State) -> None:
    environment = prepare(world, START, START + 10.0, Forces(0.0))
    with pytest.raises(FlightError, match="exceed the whole"):
        fly(start, [REBOOST._replace(start_tt_s=START, outward_share=0.9, normal_share=0.9)], environment,
            stop_height_km=0.0, stop_tt_s=START + 5.0)  # fmt: skip


def test_the_other_engine_refuses_what_it_cannot_fly(world: World, start: State) -> None:
    with pytest.raises(ValueError, match="along the velocity only"):
        propagate(START, start.position_km, start.velocity_km_s, [START + 10.0], 0.0, world.weather, world.earth,
                  burns=[REBOOST], mass_kg=MASS_KG)  # fmt: skip


# --- what only the table tells ---------------------------------------------------------------------------------------


def burn(start_tt_s: float, name: str, acceleration: float, size: float = 0.5, tilt: float = 0.0) -> MeasuredBurn:
    along = (size**2 - tilt**2) ** 0.5
    return MeasuredBurn(
        start_tt_s, abs(size) / acceleration * 1000.0, (0.0, along, tilt), size, acceleration, 800.0, name
    )


def table(file: TrackingFile, *rows: str) -> TrackingFile:
    return replace(file, comments=(*TABLE, *rows))


def test_an_event_names_its_burn_and_is_not_planned_again(reboosted: TrackingFile, world: World) -> None:
    file = table(reboosted, " GMT038 SM Reboost     038:12:15:00.000             0.5     427.2     406.6")
    measured = burns_of(file, world.earth)
    assert [item.name for item in measured] == ["GMT038 SM Reboost"]
    assert planned_burns(file, measured) == ()


def test_a_burn_of_the_table_alone_is_pushed_like_the_one_before(reboosted: TrackingFile) -> None:
    file = table(
        reboosted,
        " 81P Reboost           060:10:00:00.000             1.0     427.2     406.6",
        " SM Reboost Prel       061:10:00:00.000             0.7     427.2     406.6",
        " GMT062 Deboost        062:10:00:00.000             0.4     427.2     406.6",
        " 80P Docking           059:10:00:00.000             0.0     427.2     406.6",
        " GMT030 Reboost        030:10:00:00.000             0.4     427.2     406.6",  # behind: in the first state
    )
    others = [burn(START - 9e6, "GMT231 SM Reboost", 14.0), burn(START - 8e6, "79P Reboost", 1.6, tilt=0.05)]
    progress, service, lowered = planned_burns(file, [], others)
    assert (progress.name, progress.acceleration_mm_s2, progress.delta_v_mps) == ("81P Reboost", 1.6, 1.0)
    assert progress.duration_s == pytest.approx(625.0)
    assert progress.delta_v_rtn_mps[2] == pytest.approx(0.1)
    assert service.acceleration_mm_s2 == 14.0
    assert time.to_utc(service.start_tt_s) == "2022-03-02T10:00:00.000Z"
    assert lowered.delta_v_mps == -0.4
    assert lowered.delta_v_rtn_mps[1] < 0.0
    assert lowered.acceleration_mm_s2 == 1.6  # no vehicle told: the latest burn


def test_with_no_burn_to_learn_from_the_stated_thrust_is_taken(reboosted: TrackingFile) -> None:
    file = table(reboosted, " GMT060 Deboost        060:10:00:00.000             1.0     427.2     406.6")
    (planned,) = planned_burns(file, [])
    assert planned.thrust_n == pytest.approx(DEFAULT_THRUST_N)
    assert planned.duration_s == pytest.approx(MASS_KG / DEFAULT_THRUST_N)
    assert planned.delta_v_rtn_mps == (0.0, -1.0, 0.0)
    assert planned_burns(replace(file, mass_kg=None), []) == ()


def test_commands_are_in_order_and_do_not_overlap() -> None:
    late, early = burn(2000.0, "", 2.0), burn(1000.0, "", 2.0)
    twice = burn(1100.0, "better", 2.0)
    assert [(item.id, item.start_tt_s) for item in commands_of([late, early], 1.0)] == [
        ("burn #1", 1000.0),
        ("burn #2", 2000.0),
    ]
    assert [item.id for item in commands_of([late, early, twice], 1.0)] == ["better", "burn"]
    deboost = commands_of([burn(0.0, "down", 2.0)._replace(delta_v_mps=-0.5, delta_v_rtn_mps=(0.0, -0.5, 0.0))], 4e5)[0]
    assert (deboost.retrograde, deboost.delta_v_mps, deboost.thrust_n) == (True, 0.5, pytest.approx(800.0))
