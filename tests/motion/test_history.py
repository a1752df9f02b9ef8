"""The history kernel: conservation, thresholds, runs that do not touch each other, and the corridor rule."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.history_cases import MJD_ORDINAL, bare_decision, steady_weather, unplanned

from pointnemo.errors import ScenarioError, WorldError
from pointnemo.motion.history import INSIDE_KM, Corridor, Decision, Flown, PlannedBurn, fly
from pointnemo.motion.history_kernel import TRUST_KM, hohmann_delta_v, raised_semi_major_axis
from pointnemo.motion.history_tables import (
    ATTITUDE,
    DELIVERED,
    DEPARTED,
    LEAST_TRANSFER_KG,
    LOWERING,
    MOVED,
    REBOOST,
    REMAINING,
    SHORT_ATTITUDE,
    SHORT_REBOOST,
    START,
    Policy,
    Schedule,
    most_transfers,
)
from pointnemo.world.atmosphere import climate_table
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_mjd_utc

FIRST = date(2027, 1, 1)
DAYS = 1200
WEATHER = steady_weather(FIRST, FIRST + timedelta(days=DAYS), f107=120.0)
QUIET = steady_weather(FIRST, FIRST + timedelta(days=DAYS), f107=80.0)
LOWER, UPPER = 413.0, 420.0
STATION, VEHICLE, LATER, LOWERING_TANK = range(4)
NAMES = ("station", "vehicle", "later", "lowering")
LEDGER_IN, LEDGER_OUT = [START, DELIVERED, MOVED], [REBOOST, ATTITUDE, LOWERING, DEPARTED, REMAINING]


@pytest.fixture(scope="module")
def climate() -> ClimateTable:
    return climate_table()


def stack(**changes: float) -> Decision:
    """A station tank (2000 of 2500 kg, 200 in reserve), a vehicle that leaves on day 100, one that comes on day 200."""
    values = {"station_kg": 2000.0, "vehicle_kg": 900.0, "later_kg": 900.0, "attitude": 0.5, "lowering_kg": 3000.0}
    values |= {"lowering_step": 700.0} | changes
    bare = bare_decision(FIRST, DAYS, (EARTH_RADIUS_KM + 418.0, 0.0002, 0.0009, 1.0), math.radians(51.64), 0.007)
    never = DAYS + 1
    schedule = Schedule(
        tt_s=from_mjd_utc(FIRST.toordinal() - MJD_ORDINAL + np.arange(DAYS + 1.0)),
        dry_mass_kg=np.full(DAYS, 440e3),
        from_step=np.array([0, 0, 200, never]),
        to_step=np.array([never, 100, never, never + 1]),
        brought_kg=np.array([values["station_kg"], values["vehicle_kg"], values["later_kg"], 0.0]),
        capacity_kg=np.array([2500.0, 900.0, 900.0, math.inf]),
        reserve_kg=np.array([200.0, 0.0, 0.0, 0.0]),
        specific_impulse_s=np.array([302.0, 290.0, 290.0, 300.0]),
        thrust_n=np.array([6000.0, 700.0, 700.0, 800.0]),
        partner=np.array([0, 0, 0, -1]),
        is_station=np.array([True, False, False, False]),
        raise_order=np.array([VEHICLE, LATER, STATION]),
        attitude_order=np.array([STATION, VEHICLE, LATER]),
        **unplanned(4, DAYS, EARTH_RADIUS_KM + LOWER, EARTH_RADIUS_KM + UPPER - INSIDE_KM),
    )
    policy = Policy(
        reboost_max_km_s=2e-3,
        reboost_min_km_s=1e-4,
        attitude_kg_per_day=values["attitude"],
        lowering_step=int(values["lowering_step"]),
        lowering_tank=LOWERING_TANK,
        lowering_kg=values["lowering_kg"],
        lowering_kg_per_day=100.0,
        hold_km=EARTH_RADIUS_KM + 275.0,
        targeting_km=EARTH_RADIUS_KM + 225.0,
        crossings_km=EARTH_RADIUS_KM + np.array([330.0, 275.0, 225.0]),
        cd_area_m2=3200.0,
        inclination_rad=math.radians(51.64),
    )
    names = NAMES
    crossings = ("crew_departure", "hold", "targeting")
    return replace(
        bare,
        tanks=names,
        partners=("a", "a", "a", "b"),
        crossings=crossings,
        schedule=schedule,
        policy=policy,
        corridor=Corridor(np.full(DAYS + 1, LOWER), UPPER, typed_km=LOWER),
    )


@pytest.fixture(scope="module")
def flown(climate: ClimateTable) -> Flown:
    return fly(stack(), [WEATHER], climate, names=("run",))


def test_the_log_of_transfers_is_bounded_by_loads_and_by_days() -> None:
    """However large a load or small a tank, a tank takes from a vehicle once a day and once more when it leaves."""
    schedule = stack().schedule
    by_load = most_transfers(schedule)
    assert by_load == sum(math.ceil(900.0 / LEAST_TRANSFER_KG) + 2 for _ in range(2))
    huge = schedule._replace(brought_kg=np.array([2000.0, 1e12, 1e12, 0.0]))
    assert most_transfers(huge) == (100 + 1) + (DAYS - 200 + 1)
    tiny = schedule._replace(capacity_kg=np.array([1e-9, 900.0, 900.0, math.inf]))
    assert most_transfers(tiny) == most_transfers(huge)


def test_hohmann_and_its_inverse() -> None:
    """415 to 330 km costs 48.4 m/s and 415 to 220 km 112.4 (facts, spherical Earth); raising inverts it."""
    assert 1e3 * hohmann_delta_v(EARTH_RADIUS_KM + 415, EARTH_RADIUS_KM + 330) == pytest.approx(48.4, abs=0.1)
    assert 1e3 * hohmann_delta_v(EARTH_RADIUS_KM + 415, EARTH_RADIUS_KM + 220) == pytest.approx(112.4, abs=0.1)
    for delta_v in (1e-5, 5e-4, 2e-3, 5e-2):
        raised = raised_semi_major_axis(6790.0, delta_v)
        assert raised > 6790.0
        assert hohmann_delta_v(6790.0, raised) == pytest.approx(delta_v, rel=1e-9)


def test_every_tank_balances(flown: Flown) -> None:
    ledger = flown.ledger_kg
    given = ledger[..., [START, DELIVERED, MOVED]].sum(axis=-1)
    used = ledger[..., [REBOOST, ATTITUDE, LOWERING, DEPARTED, REMAINING]].sum(axis=-1)
    assert np.abs(given - used).max() < 1e-9
    assert np.abs(ledger[..., MOVED].sum(axis=-1)).max() < 1e-9
    assert flown.history.propellant_kg.min() >= 0.0
    assert np.all(ledger[..., [START, DELIVERED, REBOOST, ATTITUDE, LOWERING, DEPARTED, REMAINING]] >= 0.0)


def test_mass_is_dry_mass_and_tanks(flown: Flown) -> None:
    rows = np.flatnonzero(flown.history.flying[0])
    total = 440e3 + flown.history.propellant_kg[0].sum(axis=1)
    assert np.abs(flown.history.mass_kg[0] - total)[rows].max() < 1e-6


def test_the_corridor_is_kept(flown: Flown) -> None:
    held = flown.history.altitude_km[0, :701]
    assert held.min() > LOWER
    assert held.max() <= UPPER + 1e-9
    assert flown.burns.altitude_after_km.max() <= UPPER + 1e-9
    assert flown.burns.delta_v_mps.max() <= 2.0 + 1e-9
    assert len(flown.shortfalls.run) == 0


def test_burns_obey_the_rocket_equation_and_hohmann(flown: Flown) -> None:
    burns = flown.burns
    assert len(burns.run) >= 4
    for k in range(len(burns.run)):
        before, after = burns.altitude_before_km[k], burns.altitude_after_km[k]
        delta_v = 1e3 * hohmann_delta_v(EARTH_RADIUS_KM + before, EARTH_RADIUS_KM + after)
        assert burns.delta_v_mps[k] == pytest.approx(delta_v, rel=1e-6)
        exhaust = 9.80665 * stack().schedule.specific_impulse_s[burns.tank[k]]
        row = int(np.searchsorted(flown.history.tt_s, burns.tt_s[k]))
        after_mass = flown.history.mass_kg[0, row]
        if row not in (100, 200, 700):  # nothing docks or leaves that midnight
            spent = after_mass * math.expm1(burns.delta_v_mps[k] / exhaust)
            same_midnight = burns.propellant_kg[(burns.tt_s == burns.tt_s[k])].sum()
            if same_midnight == burns.propellant_kg[k]:
                assert burns.propellant_kg[k] == pytest.approx(spent, rel=1e-6)


def test_docked_vehicles_pay_first_and_unload_when_they_leave(flown: Flown) -> None:
    burns = flown.burns
    early = burns.tt_s < flown.history.tt_s[100]
    assert set(burns.tank[early]) <= {VEHICLE}
    ledger = flown.ledger_kg[0]
    assert ledger[VEHICLE, MOVED] < 0.0
    assert ledger[VEHICLE, MOVED] == -ledger[STATION, MOVED]
    assert flown.history.propellant_kg[0, 100, VEHICLE] == 0.0
    assert flown.history.propellant_kg[0, 199, LATER] == 0.0
    assert flown.history.propellant_kg[0, 200, LATER] == 900.0


def test_what_does_not_fit_departs_with_the_vehicle(climate: ClimateTable) -> None:
    full = fly(stack(station_kg=2500.0, attitude=0.0), [QUIET], climate, names=("run",))
    ledger = full.ledger_kg[0]
    assert ledger[VEHICLE, DEPARTED] > 0.0
    assert full.history.propellant_kg[0, :, STATION].max() <= 2500.0


def test_lowering_spends_its_own_propellant(flown: Flown) -> None:
    ledger = flown.ledger_kg[0]
    assert ledger[LOWERING_TANK, DELIVERED] == 3000.0
    assert ledger[LOWERING_TANK, LOWERING] == pytest.approx(3000.0, abs=1e-9)
    level = flown.history.propellant_kg[0, :, LOWERING_TANK]
    assert level[699] == 0.0
    assert level[700] == 3000.0
    assert level[701] == pytest.approx(2900.0)
    mass = flown.history.mass_kg[0, 700]
    rocket = 300.0 * 9.80665 * math.log(mass / (mass - 3000.0))
    assert flown.lowering_delta_v_mps[0] == pytest.approx(rocket, rel=2e-3)  # attitude control lightens it meanwhile
    assert flown.burns.tt_s.max() <= flown.history.tt_s[700]


def test_hand_over_is_exact_and_crossings_are_in_order(flown: Flown) -> None:
    assert flown.handed_over[0]
    assert flown.handover_elements[0, 0] == pytest.approx(EARTH_RADIUS_KM + 225.0, abs=1e-9)
    order = [flown.crossings[name][0] for name in ("crew_departure", "hold", "targeting")]
    assert order == sorted(order)
    assert order[-1] == flown.handover_tt_s[0]
    assert flown.altitude_at(0, order[0]) == pytest.approx(330.0, abs=0.05)
    after = flown.history.tt_s > flown.handover_tt_s[0]
    assert not flown.history.flying[0, after].any()
    assert flown.history.flying[0, ~after].all()
    assert np.all(np.isfinite(flown.history.altitude_km))


def test_a_run_alone_has_the_same_bits(climate: ClimateTable) -> None:
    decision = stack()
    scale = [0.8, 1.0, 1.3]
    together = fly(decision, [QUIET, WEATHER, WEATHER], climate, scale)
    for run, line in enumerate([QUIET, WEATHER, WEATHER]):
        alone = fly(decision, [line], climate, [scale[run]])
        for name in ("altitude_km", "perigee_km", "apogee_km", "mass_kg", "propellant_kg", "flying"):
            assert np.array_equal(getattr(alone.history, name)[0], getattr(together.history, name)[run])
        assert np.array_equal(alone.ledger_kg[0], together.ledger_kg[run])
        assert alone.handover_tt_s[0] == together.handover_tt_s[run]
        assert np.array_equal(alone.burns.tt_s, together.burns.tt_s[together.burns.run == run])


def test_without_days_the_end_is_the_same(climate: ClimateTable, flown: Flown) -> None:
    bare = fly(stack(), [WEATHER], climate, names=("run",), keep_days=False)
    assert bare.history.altitude_km.shape == (1, 1)
    assert bare.handover_tt_s[0] == flown.handover_tt_s[0]
    assert np.array_equal(bare.ledger_kg, flown.ledger_kg)


def test_each_lever_moves_the_end_the_right_way(climate: ClimateTable, flown: Flown) -> None:
    """Earlier lowering, more propellant, more drag and a more active Sun all bring the station down earlier."""
    end = flown.handover_tt_s[0]
    base = stack()
    assert fly(base.with_lowering(start=FIRST + timedelta(days=500)), [WEATHER], climate).handover_tt_s[0] < end
    assert fly(base.with_lowering(propellant_kg=6000.0), [WEATHER], climate).handover_tt_s[0] < end
    assert fly(base, [WEATHER], climate, [1.3]).handover_tt_s[0] < end
    assert fly(base, [QUIET], climate).handover_tt_s[0] > end


def test_a_day_of_lowering_more_or_less_moves_the_end_smoothly(climate: ClimateTable) -> None:
    """Root-finding turns this lever: neighbouring amounts must not jump."""
    base = stack(attitude=0.0)
    ends = [
        fly(base.with_lowering(propellant_kg=kg), [WEATHER], climate, keep_days=False).handover_tt_s[0]
        for kg in np.arange(5000.0, 5200.0, 20.0)
    ]
    steps = np.diff(ends) / 86400.0
    assert np.all(steps < 0.0)
    assert np.ptp(steps) < 0.15


def test_empty_tanks_are_shortfalls_and_never_negative(climate: ClimateTable) -> None:
    poor = fly(stack(station_kg=300.0, vehicle_kg=0.0, later_kg=0.0, attitude=2.0), [WEATHER], climate, names=("run",))
    assert poor.history.propellant_kg.min() >= 0.0
    kinds = set(poor.shortfalls.kind)
    assert kinds == {SHORT_REBOOST, SHORT_ATTITUDE}
    attitude = poor.shortfalls.kind == SHORT_ATTITUDE
    assert attitude.sum() == 1  # one episode, not one row a day
    days = (poor.handover_tt_s[0] - poor.history.tt_s[0]) / 86400.0
    assert poor.shortfalls.amount[attitude].sum() == pytest.approx(
        2.0 * days - 300.0 + poor.ledger_kg[0, STATION, REBOOST], rel=1e-6
    )
    assert poor.history.altitude_km[0, 700] < LOWER


def test_a_partial_reboost_uses_what_there_is(climate: ClimateTable) -> None:
    poor = fly(stack(station_kg=260.0, vehicle_kg=0.0, later_kg=0.0, attitude=0.0), [WEATHER], climate, names=("run",))
    assert poor.ledger_kg[0, STATION, REBOOST] == pytest.approx(60.0)
    assert poor.ledger_kg[0, STATION, REMAINING] == pytest.approx(200.0)
    assert len(poor.burns.run) == 1
    assert set(poor.shortfalls.kind) == {SHORT_REBOOST}


def test_lowering_from_the_first_day(climate: ClimateTable) -> None:
    now = fly(stack().with_lowering(start=FIRST), [WEATHER], climate)
    assert len(now.burns.run) == 0
    assert now.ledger_kg[0, LOWERING_TANK, DELIVERED] == 3000.0


def test_refusals(climate: ClimateTable) -> None:
    with pytest.raises(ScenarioError, match="before the epoch"):
        stack().with_lowering(start=FIRST - timedelta(days=1))
    with pytest.raises(ScenarioError, match="negative"):
        stack().with_lowering(propellant_kg=-1.0)
    short = steady_weather(FIRST, FIRST + timedelta(days=50))
    with pytest.raises(WorldError, match="does not cover"):
        fly(stack(), [short], climate)
    with pytest.raises(ValueError, match="ballistic scales"):
        fly(stack(), [WEATHER], climate, [1.0, 2.0])


# --- a plan, and worlds that differ from it --------------------------------------------------------------------------


def test_a_planned_burn_raises_to_its_altitude(climate: ClimateTable) -> None:
    """At its midnight, to its altitude, with its tank first; until then nothing is raised."""
    plan = [PlannedBurn(60, "station", 419.5), PlannedBurn(30, "vehicle", 418.5)]
    flown = fly(stack().with_plan(plan, 90), [WEATHER], climate, names=("run",))
    within = flown.burns.tt_s < flown.history.tt_s[90]
    assert list(flown.burns.tt_s[within]) == [flown.history.tt_s[31], flown.history.tt_s[61]]
    assert list(flown.burns.tank[within]) == [VEHICLE, STATION]
    assert flown.burns.altitude_after_km[within] == pytest.approx([418.5, 419.5], abs=1e-9)


def test_a_big_planned_burn_takes_several_days_and_lets_a_small_rest_go(climate: ClimateTable) -> None:
    """416.05 to 419.9 km costs 2.2 m/s and the day's drag: 2.0 on the first day, the rest on the next."""
    base = stack()
    low = replace(base, start=np.array([EARTH_RADIUS_KM + 416.05, *base.start[1:]]))
    two_days = fly(low.with_plan([PlannedBurn(0, "station", 419.9)], 5), [WEATHER], climate, names=("run",))
    assert list(two_days.burns.tt_s[:2]) == list(two_days.history.tt_s[[1, 2]])
    assert two_days.burns.delta_v_mps[0] == pytest.approx(2.0)
    assert two_days.burns.altitude_after_km[1] == pytest.approx(419.9, abs=1e-9)
    rest = fly(low.with_plan([PlannedBurn(0, "station", 419.55)], 5), [WEATHER], climate, names=("run",))
    assert rest.burns.tt_s[0] == rest.history.tt_s[1]
    assert rest.burns.tt_s[1] > rest.history.tt_s[5]


def test_a_run_that_is_higher_than_planned_burns_less_or_nothing(climate: ClimateTable) -> None:
    plan = stack().with_plan([PlannedBurn(40, "station", 417.0)], 60)
    quiet, planned, active = (
        fly(plan, [line], climate, [scale], names=("run",))
        for line, scale in ((QUIET, 0.4), (WEATHER, 1.0), (WEATHER, 1.5))
    )
    first = [run.burns.delta_v_mps[0] for run in (planned, active)]
    assert 0.1 <= first[0] < first[1]
    assert quiet.burns.tt_s[0] > quiet.history.tt_s[60]


def test_with_plan_leaves_the_rule_to_the_days_after_it(climate: ClimateTable) -> None:
    """A plan without burns for no days is no plan; one that ends before the corridor is reached changes nothing."""
    base = fly(stack(), [WEATHER], climate, names=("run",))
    for until in (0, 10):
        same = fly(stack().with_plan((), until), [WEATHER], climate, names=("run",))
        assert np.array_equal(same.history.altitude_km, base.history.altitude_km)
        assert np.array_equal(same.ledger_kg, base.ledger_kg)


def test_within_a_plan_the_rule_keeps_the_edge_and_goes_no_higher_than_it_must(climate: ClimateTable) -> None:
    """The edge is 405 km, the end 413: within the plan 405 counts, up to 413; after it 413, up to the top."""
    plenty = np.array([2e4, 900.0, 900.0, 0.0])
    schedule = stack().schedule._replace(brought_kg=plenty, capacity_kg=plenty)
    corridor = Corridor(np.full(DAYS + 1, 405.0), UPPER, end_km=LOWER)
    base = replace(stack(), schedule=schedule, corridor=corridor)
    flown = fly(base.with_plan((), 400), [WEATHER], climate, [2.0], names=("run",))
    altitude = flown.history.altitude_km[0]
    assert 405.0 <= altitude[:400].min() < 405.5
    raised = flown.burns.altitude_after_km[flown.burns.tt_s < flown.history.tt_s[400]]
    assert raised.max() == pytest.approx(413.0, abs=1e-9)
    assert altitude[410:701].min() >= LOWER
    assert flown.burns.altitude_after_km.max() == pytest.approx(UPPER - INSIDE_KM, abs=1e-9)


def test_a_plan_that_comes_down_to_its_edge_is_left_alone(climate: ClimateTable) -> None:
    """The day before a planned burn two more days would cross the edge: that is what the plan is for."""
    free = fly(stack().with_plan((), 700), [WEATHER], climate, names=("run",)).history.altitude_km[0]
    edge = free[51] + 0.5 * TRUST_KM
    base = replace(stack(), corridor=Corridor(np.full(DAYS + 1, edge), UPPER))
    flown = fly(base.with_plan([PlannedBurn(50, "vehicle", 419.0)], 60), [WEATHER], climate, names=("run",))
    assert flown.burns.tt_s[0] == flown.history.tt_s[51]
    assert flown.burns.altitude_after_km[0] == pytest.approx(419.0, abs=1e-9)
    alone = fly(base.with_plan((), 60), [WEATHER], climate, names=("run",))
    assert alone.burns.tt_s[0] < alone.history.tt_s[51]


def test_the_rule_burns_before_days_without_thrust_and_waits_on_them(climate: ClimateTable) -> None:
    base = stack()
    free = fly(base, [WEATHER], climate, names=("run",))
    first = int(np.searchsorted(free.history.tt_s, free.burns.tt_s[0])) - 1
    pause = np.zeros(DAYS, dtype=np.int64)
    pause[first - 5 : first + 10] = np.arange(15, 0, -1)
    schedule = base.schedule._replace(pause_days=pause, can_raise=base.schedule.can_raise & (pause == 0))
    flown = fly(replace(base, schedule=schedule), [WEATHER], climate, names=("run",))
    steps = np.searchsorted(flown.history.tt_s, flown.burns.tt_s) - 1
    assert steps[0] < first - 5
    assert not np.any(pause[steps] > 0)
    assert flown.history.altitude_km[0, :701].min() > LOWER
    planned = replace(base, schedule=schedule).with_plan([PlannedBurn(first, "vehicle", 419.0)], first + 5)
    late = fly(planned, [WEATHER], climate, names=("run",))
    assert late.history.tt_s[first + 11] in late.burns.tt_s
    assert len(late.shortfalls.run) == 0


def test_only_a_tank_that_may_raise_that_day_pays(climate: ClimateTable) -> None:
    base = stack()
    may = base.schedule.can_raise.copy()
    may[VEHICLE, :40] = False
    plan = replace(base, schedule=base.schedule._replace(can_raise=may)).with_plan(
        [PlannedBurn(30, "vehicle", 418.5), PlannedBurn(50, "vehicle", 418.5)], 60
    )
    flown = fly(plan, [WEATHER], climate, names=("run",))
    assert list(flown.burns.tank[:2]) == [STATION, VEHICLE]


def test_a_planned_burn_that_empties_its_tank_is_finished_by_another(climate: ClimateTable) -> None:
    flown = fly(
        stack(vehicle_kg=100.0, attitude=0.0).with_plan([PlannedBurn(20, "vehicle", 419.0)], 40),
        [WEATHER],
        climate,
        names=("run",),
    )
    assert list(flown.burns.tank[:2]) == [VEHICLE, STATION]
    assert flown.burns.tt_s[0] == flown.burns.tt_s[1]
    assert flown.burns.propellant_kg[0] == pytest.approx(100.0)
    assert flown.burns.altitude_after_km[1] == pytest.approx(419.0, abs=1e-6)


def test_a_plan_is_refused_where_it_cannot_be_meant() -> None:
    for plan, match in (
        ([PlannedBurn(90, "station", 418.0)], "outside the plan"),
        ([PlannedBurn(-1, "station", 418.0)], "outside the plan"),
        ([PlannedBurn(3, "station", 418.0), PlannedBurn(3, "vehicle", 419.0)], "second burn"),
        ([PlannedBurn(3, "nowhere", 418.0)], "not in tuple"),
    ):
        with pytest.raises(ValueError, match=match):
            stack().with_plan(plan, 90)


# --- transfers -------------------------------------------------------------------------------------------------------


def test_a_docked_vehicle_keeps_attitude_control_fed(climate: ClimateTable) -> None:
    """5 kg a day, 30 days ahead: the tank never falls below its reserve while the vehicle has something to give."""
    flown = fly(stack(station_kg=300.0, vehicle_kg=900.0, later_kg=0.0, attitude=5.0), [QUIET], climate, names=("run",))
    level, docked = flown.history.propellant_kg[0], flown.history.propellant_kg[0, :100, VEHICLE] > 0.0
    assert np.all(level[1:100, STATION][docked[1:]] >= 200.0 + 30 * 5.0 - 1e-9)
    moves = flown.transfers
    topped = moves.tt_s < flown.history.tt_s[100]
    assert topped.sum() >= 5
    assert moves.kg[topped].min() >= 50.0
    assert set(moves.from_tank) == {VEHICLE}
    assert set(moves.to_tank) == {STATION}


def test_the_last_transfer_is_what_is_left(climate: ClimateTable) -> None:
    flown = fly(stack(station_kg=210.0, vehicle_kg=130.0, later_kg=0.0, attitude=1.0), [QUIET], climate, names=("run",))
    assert flown.transfers.kg == pytest.approx([50.0, 50.0, 30.0]) or flown.transfers.kg.sum() == pytest.approx(130.0)
    assert np.all((flown.transfers.kg >= 50.0) | (flown.transfers.kg == flown.transfers.kg[-1]))


def test_a_vehicle_of_another_partner_gives_nothing(climate: ClimateTable) -> None:
    base = stack(station_kg=210.0, attitude=2.0)
    schedule = base.schedule._replace(partner=np.array([0, 1, 1, -1]))
    flown = fly(replace(base, schedule=schedule), [QUIET], climate, names=("run",))
    assert len(flown.transfers.run) == 0
    assert np.all(flown.ledger_kg[..., MOVED] == 0.0)


# --- conservation in random schedules --------------------------------------------------------------------------------

SHORT = 160


class Case(NamedTuple):
    """What hypothesis draws; the rest comes from the seed."""

    seed: int
    vehicles: int
    attitude_kg_per_day: float
    lowering_step: int
    planned: int


CASES = st.builds(
    Case,
    seed=st.integers(0, 2**32 - 1),
    vehicles=st.integers(1, 4),
    attitude_kg_per_day=st.sampled_from([0.0, 2.0, 15.0]),
    lowering_step=st.sampled_from([0, 100, SHORT + 1]),
    planned=st.integers(0, 6),
)


def random_decision(case: Case) -> Decision:
    """Two station tanks and some vehicles of two partners that come, thrust, give and go; a plan or none."""
    rng, vehicles = np.random.default_rng(case.seed), case.vehicles
    count = 2 + vehicles + 1
    base = bare_decision(FIRST, SHORT, (EARTH_RADIUS_KM + rng.uniform(395, 412), 0.0002, 0.0009, 1.0), 0.9012, 0.007)
    brought = rng.uniform(0.0, 1500.0, count)
    capacity = np.maximum(brought, 1.0)
    capacity[:2] += rng.uniform(0.0, 1500.0, 2)
    brought[-1], capacity[-1] = 0.0, math.inf
    reserve = np.zeros(count)
    reserve[:2] = rng.uniform(0.0, 1.0, 2) * capacity[:2]
    from_step = np.concatenate([[0, 0], rng.integers(0, SHORT, vehicles), [SHORT + 1]])
    stay = rng.integers(1, SHORT, vehicles)
    to_step = np.concatenate([[SHORT + 1] * 2, from_step[2:-1] + stay, [SHORT + 2]])
    docked = (from_step[:, None] <= np.arange(SHORT)) & (np.arange(SHORT) < to_step[:, None])
    pause = np.where(rng.random(SHORT) < 0.1, 1, 0)
    for step in range(SHORT - 2, -1, -1):
        pause[step] += pause[step + 1] if pause[step] else 0
    dry = 420e3 + 7e3 * docked[2:-1].sum(axis=0)
    able = np.arange(count - 1)[rng.random(count - 1) < 0.8]
    feeding = np.concatenate([[0], 1 + np.flatnonzero(rng.random(count - 2) < 0.7)])
    can_raise = docked & (pause == 0) & (rng.random((count, SHORT)) < 0.9)
    can_raise[np.setdiff1d(np.arange(count), able)] = False
    edge = rng.uniform(390.0, 408.0) + 3.0 * np.sin(np.arange(SHORT + 1) / 40.0)
    corridor = Corridor(edge, 413.0, end_km=float(rng.choice([0.0, 405.0])))
    schedule = base.schedule._replace(
        dry_mass_kg=dry,
        from_step=from_step,
        to_step=to_step,
        brought_kg=brought,
        capacity_kg=capacity,
        reserve_kg=reserve,
        specific_impulse_s=rng.uniform(280.0, 325.0, count),
        thrust_n=rng.uniform(300.0, 6000.0, count),
        partner=np.concatenate([rng.integers(0, 2, count - 1), [-1]]),
        is_station=np.arange(count) < 2,
        raise_order=rng.permutation(able),
        attitude_order=rng.permutation(feeding),
        can_raise=can_raise,
        pause_days=pause,
        act_km=corridor.act_km(planned=False),
        raise_km=corridor.raise_km(planned=False),
        planned_km=np.zeros(SHORT),
        planned_tank=np.full(SHORT, -1),
    )
    policy = base.policy._replace(
        reboost_max_km_s=rng.uniform(0.3e-3, 3e-3),
        reboost_min_km_s=1e-4,
        attitude_kg_per_day=case.attitude_kg_per_day,
        lowering_step=case.lowering_step,
        lowering_tank=count - 1,
        lowering_kg=rng.uniform(0.0, 20e3),
        lowering_kg_per_day=rng.uniform(50.0, 900.0),
        cd_area_m2=rng.uniform(1500.0, 6000.0),
        hold_km=EARTH_RADIUS_KM + 300.0,
        targeting_km=EARTH_RADIUS_KM + 270.0,
        crossings_km=EARTH_RADIUS_KM + np.array([330.0]),
    )
    names = tuple(f"tank-{k}" for k in range(count))
    decision = replace(
        base,
        tanks=names,
        partners=tuple(f"partner-{k}" for k in schedule.partner),
        crossings=("low",),
        schedule=schedule,
        policy=policy,
        corridor=corridor,
    )
    burns = [
        PlannedBurn(int(step), names[rng.integers(0, count - 1)], float(rng.uniform(edge[step], 413.0)))
        for step in rng.choice(SHORT, case.planned, replace=False)
    ]
    return decision.with_plan(burns, SHORT) if burns else decision


def three_worlds(decision: Decision, climate: ClimateTable) -> Flown:
    return fly(decision, [QUIET, WEATHER, WEATHER], climate, [0.7, 1.0, 2.5])


@settings(max_examples=80, deadline=None)
@given(case=CASES)
def test_propellant_is_conserved(climate: ClimateTable, case: Case) -> None:
    """To 1e-9 of what each tank, each partner and each kind (station, vehicles, lowering) ever held."""
    decision = random_decision(case)
    flown = three_worlds(decision, climate)
    ledger = flown.ledger_kg
    moves = flown.transfers
    for run in range(3):
        rows = ledger[run]
        held = rows[:, [START, DELIVERED]].sum(axis=1)
        balance = rows[:, LEDGER_IN].sum(axis=1) - rows[:, LEDGER_OUT].sum(axis=1)
        mine = moves.run == run
        into = np.bincount(moves.to_tank[mine], moves.kg[mine], len(rows))
        out_of = np.bincount(moves.from_tank[mine], moves.kg[mine], len(rows))
        scale = 1e-9 * np.maximum(held + into, 1.0)
        assert np.all(np.abs(balance) <= scale)
        assert np.all(np.abs(into - out_of - rows[:, MOVED]) <= scale)
        burns = flown.burns
        spent = np.bincount(burns.tank[burns.run == run], burns.propellant_kg[burns.run == run], len(rows))
        assert np.all(np.abs(spent - rows[:, REBOOST]) <= scale)
        kinds = np.array(["station", "station", *("vehicle" for _ in decision.tanks[2:-1]), "lowering"])
        for names in (np.array(decision.partners), kinds):
            for name in np.unique(names):
                assert abs(balance[names == name].sum()) <= scale[names == name].sum()
        for name in np.unique(decision.partners):  # pumping stays within a partner
            assert abs(rows[np.array(decision.partners) == name, MOVED].sum()) <= scale.sum()


@settings(max_examples=60, deadline=None)
@given(case=CASES)
def test_no_tank_is_overdrawn_or_overfull_or_absent(climate: ClimateTable, case: Case) -> None:
    """Every row: levels between zero and capacity, nothing in a tank that is not there; the stack weighs its parts."""
    decision = random_decision(case)
    flown, schedule = three_worlds(decision, climate), decision.schedule
    level = flown.history.propellant_kg
    assert level.min() >= 0.0
    assert np.all(level <= schedule.capacity_kg * (1.0 + 1e-12))
    steps = np.arange(SHORT)
    away = (steps[:, None] < schedule.from_step) | (steps[:, None] >= schedule.to_step)
    away[:, -1] = steps < decision.policy.lowering_step
    flying = flown.history.flying[:, :-1]
    assert np.all(level[:, :-1][flying[..., None] & away] == 0.0)
    total = schedule.dry_mass_kg + level[:, :-1].sum(axis=-1)
    assert np.all(np.abs(flown.history.mass_kg[:, :-1] - total)[flying] <= 1e-9 * total.max())
    burns = flown.burns
    step = np.searchsorted(flown.history.tt_s, burns.tt_s) - 1
    assert np.all(schedule.can_raise[burns.tank, step])
    assert np.all(schedule.pause_days[step] == 0)
    moves = flown.transfers
    step = np.searchsorted(flown.history.tt_s, moves.tt_s) - 1
    assert np.all((schedule.from_step[moves.from_tank] <= step) & (step < schedule.to_step[moves.from_tank]))
    assert np.all(schedule.partner[moves.from_tank] == schedule.partner[moves.to_tank])
    assert np.all(schedule.is_station[moves.to_tank] & ~schedule.is_station[moves.from_tank])
    assert np.all(moves.kg > 0.0)
    least = np.minimum(50.0, schedule.capacity_kg[moves.to_tank])
    emptied = level[moves.run, step + 1, moves.from_tank] == 0.0
    assert np.all((moves.kg >= least) | emptied)


@settings(max_examples=40, deadline=None)
@given(case=CASES)
def test_levels_replay_from_the_logs(climate: ClimateTable, case: Case) -> None:
    """Without attitude control and lowering every level on every day follows from loads, burns and transfers alone."""
    decision = random_decision(case)
    policy = decision.policy._replace(attitude_kg_per_day=0.0, lowering_kg=0.0)
    flown, schedule = three_worlds(replace(decision, policy=policy), climate), decision.schedule
    rows = np.arange(SHORT + 1)
    for run in range(3):
        change = np.zeros((SHORT + 1, len(decision.tanks)))
        for tank, step in enumerate(schedule.from_step):
            if step <= SHORT:
                change[step, tank] += schedule.brought_kg[tank]
        for log, kg, tank, sign in (
            (flown.burns, flown.burns.propellant_kg, flown.burns.tank, -1.0),
            (flown.transfers, flown.transfers.kg, flown.transfers.from_tank, -1.0),
            (flown.transfers, flown.transfers.kg, flown.transfers.to_tank, 1.0),
        ):
            mine = log.run == run
            np.add.at(change, (np.searchsorted(flown.history.tt_s, log.tt_s[mine]), tank[mine]), sign * kg[mine])
        expected = np.cumsum(change, axis=0)
        expected[(rows[:, None] >= schedule.to_step) | (rows[:, None] < schedule.from_step)] = 0.0
        flying = flown.history.flying[run, :-1]
        assert np.abs(expected - flown.history.propellant_kg[run])[:-1][flying].max() < 1e-6


@settings(max_examples=40, deadline=None)
@given(case=CASES)
def test_run_i_alone_has_the_bits_of_run_i_in_a_batch(climate: ClimateTable, case: Case) -> None:
    decision = random_decision(case)
    together = three_worlds(decision, climate)
    for run, (line, scale) in enumerate(((QUIET, 0.7), (WEATHER, 1.0), (WEATHER, 2.5))):
        alone = fly(decision, [line], climate, [scale])
        assert np.array_equal(alone.history.altitude_km[0], together.history.altitude_km[run])
        assert np.array_equal(alone.history.mass_kg[0], together.history.mass_kg[run])
        assert np.array_equal(alone.ledger_kg[0], together.ledger_kg[run])
        for log, other in ((alone.burns, together.burns), (alone.transfers, together.transfers)):
            for name in vars(log):
                if name != "run":
                    assert np.array_equal(getattr(log, name), getattr(other, name)[other.run == run])


@settings(max_examples=60, deadline=None)
@given(case=CASES, scale=st.floats(0.3, 2.0))
def test_deviating_weather_keeps_to_the_rule(climate: ClimateTable, case: Case, scale: float) -> None:
    """With propellant for all and thrust on every day, no world leaves the corridor, or burns above its ceiling."""
    decision = random_decision(case)
    schedule = decision.schedule
    count = len(decision.tanks)
    rich = schedule._replace(
        brought_kg=np.array([1e5, *schedule.brought_kg[1:]]),
        capacity_kg=np.array([1e5, *schedule.capacity_kg[1:]]),
        reserve_kg=np.zeros(count),
        raise_order=np.arange(count - 1),
        can_raise=np.ones((count, SHORT), dtype=np.bool_),
        pause_days=np.zeros(SHORT, dtype=np.int64),
    )
    policy = decision.policy._replace(lowering_step=SHORT + 1, reboost_max_km_s=3e-3)
    start = np.array([schedule.act_km.max() + 0.5, *decision.start[1:]])
    flown = fly(replace(decision, schedule=rich, policy=policy, start=start), [WEATHER], climate, [scale])
    after = EARTH_RADIUS_KM + flown.history.altitude_km[0, 1:]
    assert np.all(after >= schedule.act_km - TRUST_KM - 0.1)  # a day of loss differs from the day before
    assert flown.burns.altitude_after_km.max(initial=0.0) <= max(413.0, start[0] - EARTH_RADIUS_KM)
    assert flown.burns.delta_v_mps.max(initial=0.0) <= 3.0 + 1e-9
    asked = schedule.planned_km[np.searchsorted(flown.history.tt_s, flown.burns.tt_s) - 1] > 0.0
    assert np.all(flown.burns.delta_v_mps[asked] > 0.0)
    assert len(flown.shortfalls.run) == 0
