"""The history kernel: conservation, thresholds, runs that do not touch each other, and the corridor rule."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.history_cases import MJD_ORDINAL, bare_decision, steady_weather, unplanned

from pointnemo.errors import ScenarioError, WorldError
from pointnemo.motion.history import Corridor, Decision, Flown, PlannedBurn, fly
from pointnemo.motion.history_kernel import (
    ATTITUDE,
    DELIVERED,
    DEPARTED,
    LOWERING,
    MOVED,
    REBOOST,
    REMAINING,
    SHORT_ATTITUDE,
    SHORT_REBOOST,
    START,
    Policy,
    Schedule,
    hohmann_delta_v,
    raised_semi_major_axis,
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
        **unplanned(4, DAYS, EARTH_RADIUS_KM + LOWER, EARTH_RADIUS_KM + UPPER),
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
    names = ("station", "vehicle", "later", "lowering")
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
