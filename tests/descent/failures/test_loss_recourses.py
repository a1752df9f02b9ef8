"""What can still be done, on the small station of the docs: engines, raises, points of no return, recourses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.descent.failures.test_losses import DAY_S, MEAN, WORLD, bare, flown_of, outpost

from pointnemo.descent import LINES
from pointnemo.descent.failures.engines_aboard import NATURALLY, NOT, TURNED, EngineAboard, engines_aboard, kg_for
from pointnemo.descent.failures.fall_from_day import fall_from, point_on
from pointnemo.descent.failures.loss_recourses import (
    Aboard,
    Outlook,
    aboard_of,
    down_to_final,
    points_of_no_return,
    recourses,
)
from pointnemo.descent.failures.no_return import (
    Raises,
    WayDown,
    losses_along,
    orders_of,
    paying,
    raises_of,
    survival_days,
    way_down,
)
from pointnemo.descent.impulses import delta_v_mps
from pointnemo.motion.history import Decision, Flown
from pointnemo.results import PointOfNoReturn, Recourse, Trajectory
from pointnemo.scenario.models import Duty, Scenario
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import from_utc

Case = tuple[Scenario, Decision, Flown]


def case_of(scenario: Scenario) -> Case:
    return scenario, *flown_of(scenario)


def vehicles(scenario: Scenario, key: str, **values: Any) -> Scenario:
    changed = scenario.vehicles[key].model_copy(update=values)
    return scenario.model_copy(update={"vehicles": {**scenario.vehicles, key: changed}})


@pytest.fixture(scope="module")
def case() -> Case:
    return case_of(outpost())


@pytest.fixture(scope="module")
def raising() -> Case:
    """The same with a tug that can raise too, with a limit to its burns."""
    duty = Duty(thrusters=4, cant_deg=0.0, longest_burn_s=600.0, rest_s=5400.0)
    return case_of(vehicles(outpost(), "tug", can_raise=True, duty=duty))


def by_key(found: tuple[EngineAboard, ...]) -> dict[str, EngineAboard]:
    return {one.key: one for one in found}


def points(case: Case, **more: Any) -> dict[tuple[str, bool], PointOfNoReturn]:
    scenario, decision, flown = case
    found = points_of_no_return(flown, decision, scenario, WORLD, **more)
    assert [one.activity for one in found] == [*LINES, *LINES]
    assert [one.without_deorbit_vehicle for one in found] == [False] * 3 + [True] * 3
    return {(one.activity, one.without_deorbit_vehicle): one for one in found}


def raised(case: Case, without: bool = True) -> tuple[WayDown, Raises]:
    scenario, decision, flown = case
    way = way_down(flown, decision, scenario, "mean")
    loss = losses_along(way, decision, WORLD)
    assert loss is not None
    return way, raises_of(way, decision, scenario, loss, orders_of(way.engines, without)[0])


# --- engines ---------------------------------------------------------------------------------------------------------


def test_engines_and_what_they_keep(case: Case) -> None:
    """On the port ``aft`` nothing comes naturally; the tank's engine raises; the tug keeps 50 kg, the station 150."""
    scenario, decision, flown = case
    engines = engines_aboard(flown, decision, scenario, MEAN)
    assert [one.key for one in engines][-2:] == ["main", "tug-1"]
    found = by_key(engines)
    tug, main = found["tug-1"], found["main"]
    assert tug.usable_kg[tug.arrives - 1 : tug.arrives + 2] == pytest.approx([0.0, 1150.0, 1150.0])
    assert list(tug.lowers[tug.arrives - 1 : tug.arrives + 2]) == [NOT, TURNED, TURNED]
    assert not tug.raises.any()
    assert set(main.raises) == {NATURALLY}
    assert not main.lowers.any()
    level = flown.history.propellant_kg[MEAN][:, decision.tanks.index("main")]
    assert main.usable_kg == pytest.approx(np.maximum(level - 50.0 - 100.0, 0.0))
    freighter = found["freighter-1"]
    assert freighter.raises[freighter.arrives] == freighter.lowers[freighter.arrives] == TURNED
    assert not freighter.acts(freighter.leaves)


def test_a_tank_without_an_engine_feeds_the_engine_of_its_partner(case: Case) -> None:
    scenario, _, _ = case
    store = scenario.station.tanks["main"].model_copy(
        update={"thrust_n": 0.0, "can_raise": False, "propellant_kg": 300.0, "reserve_kg": 20.0}
    )
    tanks = {**scenario.station.tanks, "store": store}
    station = scenario.station.model_copy(update={"tanks": tanks})
    fed = scenario.model_copy(update={"station": station})
    decision, flown = flown_of(fed)
    level = flown.history.propellant_kg[MEAN]
    main = by_key(engines_aboard(flown, decision, fed, MEAN))["main"]
    both = level[:, decision.tanks.index("main")] - 50.0 + level[:, decision.tanks.index("store")] - 20.0
    assert main.usable_kg[0] == pytest.approx(both[0] - 100.0)


def test_propellant_and_velocity_are_each_others_inverse(case: Case) -> None:
    scenario, decision, flown = case
    engines = [one for one in engines_aboard(flown, decision, scenario, MEAN) if one.key in ("main", "tug-1")]
    row = engines[1].arrives + 5
    for share in (0.2, 0.9):
        mass, mps = 30e3, 0.0
        wanted = [float(one.usable_kg[row]) * (1.0 if k == 0 else share) for k, one in enumerate(engines)]
        for one, kg in zip(engines, wanted, strict=True):
            mps += float(delta_v_mps(np.array(mass), one.specific_impulse_s, np.array(kg)))
            mass -= kg
        assert kg_for(30e3, engines, row, mps) == pytest.approx(sum(wanted))
    assert kg_for(30e3, engines, row, 1e4) == pytest.approx(sum(float(one.usable_kg[row]) for one in engines))
    assert kg_for(30e3, engines, row, 0.0) == 0.0


# --- raises ----------------------------------------------------------------------------------------------------------


def test_from_the_altitude_to_reach_it_lasts_the_survival_days(case: Case) -> None:
    """Flown: let go at that altitude on the day, it passes the control limit after as many days.

    The freighter leaves some days after the first of these: the mass to come counts. A raise of some days ends later
    than the day itself, which is left out here.
    """
    scenario, decision, _ = case
    way, raises = raised(case)
    line = WORLD.weather.line("mean")
    for index in (5, 30, 60, 90):
        row = int(way.rows[index])
        point = point_on(decision, row, line, WORLD)
        high = point.elements.copy()
        high[0] = EARTH_RADIUS_KM + raises.target_km[index]
        mass = float(way.mass_kg[index])
        found = fall_from(
            decision,
            point._replace(elements=high),
            [line],
            [1.0],
            WORLD,
            scenario.descent.control_limit_km,
            122.0,
            mass,
        )
        days = (float(found.control_tt_s[0]) - float(way.tt_s[index])) / DAY_S
        assert days == pytest.approx(survival_days(scenario), rel=0.05)


def test_without_air_a_raise_costs_the_difference_of_circular_speeds(case: Case) -> None:
    scenario, decision, _ = case
    way, raises = raised(case)
    thin = replace(decision, policy=decision.policy._replace(cd_area_m2=1e-9))
    loss = losses_along(way, decision, WORLD)
    assert loss is not None
    target = raises.target_km
    order = orders_of(way.engines, True)[0]
    empty = raises_of(way, thin, scenario, loss, order)
    assert np.all(empty.target_km < scenario.descent.control_limit_km + 1.0)
    speed = np.sqrt(MU_KM3_S2 / (EARTH_RADIUS_KM + way.altitude_km)) - np.sqrt(MU_KM3_S2 / (EARTH_RADIUS_KM + target))
    rising = (target > way.altitude_km) & np.isfinite(raises.needed_mps)
    assert rising.any()
    assert np.all(raises.needed_mps[rising] > 1e3 * speed[rising])
    assert np.all(raises.days[rising] > 0.0)
    assert np.all(raises.needed_mps[target <= way.altitude_km] == 0.0)


def test_drag_stronger_than_the_thrust_of_a_day_ends_it() -> None:
    """1 m/s a day against what drag takes; low down no propellant helps the station's own engine."""
    slow = case_of(outpost(rules={"reboost_max_delta_v_mps": 1.0}))
    scenario, decision, _ = slow
    way, raises = raised(slow)
    loss = losses_along(way, decision, WORLD)
    assert loss is not None
    lost_km = loss.per_day(way.mjd, way.altitude_km, decision.policy.cd_area_m2 / way.mass_kg)
    hopeless = lost_km / 1.77 > scenario.rules.reboost_max_delta_v_mps + 0.1
    assert hopeless.any()
    assert not np.isfinite(raises.needed_mps[hopeless]).any()
    assert not raises.able[hopeless].any()


def test_orders_of_payers(raising: Case) -> None:
    scenario, decision, flown = raising
    engines = engines_aboard(flown, decision, scenario, MEAN)
    keys = [[one.key for one in order] for order in orders_of(engines, False)]
    assert keys[0][-1] == keys[1][0] == "tug-1"
    assert [[one.key for one in order] for order in orders_of(engines, True)] == [keys[0][:-1]]
    assert orders_of((), False) == ((),)
    row = by_key(engines)["tug-1"].arrives
    assert "freighter-1" not in [one.key for one in paying(engines, row)]


# --- points of no return ---------------------------------------------------------------------------------------------


def test_points_of_no_return(raising: Case) -> None:
    """With the tug it is later and lower than without, and what is needed then is what there is."""
    _, _, flown = raising
    found = points(raising)
    for run, activity in enumerate(LINES):
        with_it, without = found[activity, False], found[activity, True]
        assert with_it.utc is not None
        assert without.utc is not None
        assert with_it.altitude_km is not None
        assert without.altitude_km is not None
        assert with_it.utc > without.utc
        assert with_it.altitude_km < without.altitude_km
        assert "tug-1" in with_it.with_what
        assert without.with_what == ("main",)
        assert "targeted burns" in with_it.text
        assert without.text.startswith("Without the deorbit vehicle, until 20")
        for one in (with_it, without):
            assert one.needed_mps is not None
            assert one.available_mps is not None
            assert one.needed_mps <= one.available_mps + 1e-9
            told_s = from_utc(one.utc or "")
            if told_s > flown.handover_tt_s[run] - DAY_S:  # between the last daily row and the hand-over
                after_km = flown.handover_elements[run][0] - EARTH_RADIUS_KM
                assert after_km - 1.0 < one.altitude_km < flown.altitude_at(run, told_s - DAY_S)
            else:
                assert one.altitude_km == pytest.approx(flown.altitude_at(run, told_s), abs=1.0)
        assert without.needed_mps == pytest.approx(without.available_mps, rel=1e-6)
        assert without.raised_to_km is not None
        assert without.raised_to_km > without.altitude_km


def test_more_sun_must_be_raised_higher(raising: Case) -> None:
    found = points(raising)
    heights = [found[activity, True].raised_to_km for activity in LINES]
    assert all(a is not None and b is not None and a < b for a, b in pairwise(heights))


def test_more_propellant_is_never_earlier(case: Case) -> None:
    before = ""
    for kept in (300.0, 100.0, 0.0):
        scenario = outpost(rules={"propellant_reserve_kg": kept})
        found = points(case_of(scenario))["mean", True]
        if found.utc is None:
            assert before == ""
            continue
        assert found.utc >= before
        before = found.utc
    assert before


def test_without_engines_there_is_no_point_of_no_return(case: Case) -> None:
    for (_, without), one in points(case_of(bare(case[0]))).items():
        assert (one.utc, one.altitude_km, one.needed_mps, one.with_what) == (None, None, None, ())
        assert one.text.startswith("Without the deorbit vehicle, n" if without else "Nothing docked")


def test_on_the_day_on_which_it_undocks_a_vehicle_raises_nothing() -> None:
    """The tug alone can raise, for as long as it stays; the day before it undocks is the last."""
    scenario = vehicles(outpost(rules={"propellant_reserve_kg": 1e4}), "tug", can_raise=True)
    undocks = date(2028, 2, 20)
    tug = scenario.flights["tug-1"].model_copy(update={"undock": undocks})
    leaving = case_of(scenario.model_copy(update={"flights": {**scenario.flights, "tug-1": tug}}))
    _, decision, _ = leaving
    way, raises = raised(leaving, without=False)
    engine = by_key(way.engines)["tug-1"]
    row = (undocks - decision.first_day).days
    assert engine.raises[row - 1] == TURNED
    assert engine.raises[row] == NOT
    point = int(np.searchsorted(way.rows, row))
    assert list(raises.able[point - 1 : point + 1]) == [True, False]
    found = points(leaving)["mean", False]
    assert found.utc == "2028-02-19T23:59:59Z"
    assert found.with_what == ("tug-1",)
    assert "Until 2028-02-19 23:59 UTC" in found.text
    aboard = prepared(leaving)
    (one,) = of(recourses(outlook(aboard, row - 5), aboard), "raise")
    assert one.until_utc == found.utc
    assert of(recourses(outlook(aboard, row), aboard), "raise") == []


def test_in_the_targeted_phase_the_deorbit_vehicle_can_still_raise_it(raising: Case) -> None:
    """Circles that sink and an ellipse whose perigee is in the air: the last that can be saved is the one before it."""
    _, _, flown = raising
    hand_over = float(flown.handover_tt_s[MEAN])
    mass = float(flown.handover_mass_kg[MEAN])
    shape = [(220.0, 224.0), (200.0, 220.0), (150.0, 215.0), (60.0, 210.0)]
    position, velocity = [], []
    for low, high in shape:
        near, far = EARTH_RADIUS_KM + low, EARTH_RADIUS_KM + high
        position.append([near, 0.0, 0.0])
        velocity.append([0.0, float(np.sqrt(2 * MU_KM3_S2 * far / (near * (near + far)))), 0.0])
    zeros = np.zeros(4)
    flight = Trajectory(
        tt_s=hand_over + 3600.0 * np.arange(4.0), position_km=np.array(position), velocity_km_s=np.array(velocity),
        mass_kg=mass - np.array([0.0, 50.0, 200.0, 600.0]), height_km=zeros, latitude_deg=zeros, longitude_deg=zeros,
        segment=np.zeros(4, dtype=np.int64), segments=("coast",),
    )  # fmt: skip
    early, late = points(raising)["mean", False], points(raising, last_days=flight)["mean", False]
    assert early.utc is not None
    assert from_utc(early.utc) == pytest.approx(hand_over, abs=1.0)
    assert "not followed" in early.text
    assert late.utc is not None
    assert from_utc(late.utc) == pytest.approx(hand_over + 2 * 3600.0, abs=1.0)
    assert late.altitude_km == pytest.approx(182.5)
    assert late.needed_mps is not None
    assert early.needed_mps is not None
    assert late.needed_mps > early.needed_mps
    others = [one for key, one in points(raising, last_days=flight).items() if key != ("mean", False)]
    assert others == [one for key, one in points(raising).items() if key != ("mean", False)]


# --- recourses -------------------------------------------------------------------------------------------------------


def outlook(aboard: Aboard, row: int, **values: Any) -> Outlook:
    index = int(np.searchsorted(aboard.way.rows, row))
    altitude, start = float(aboard.way.altitude_km[index]), float(aboard.way.tt_s[index])
    made = Outlook(
        row, start, altitude, altitude - 3.0, altitude + 3.0, float(aboard.way.mass_kg[index]),
        start + 60 * DAY_S, start + 70 * DAY_S, 0.5 * DAY_S,
    )  # fmt: skip
    return made._replace(**values)


def prepared(case: Case) -> Aboard:
    scenario, decision, flown = case
    return aboard_of(flown, decision, scenario, WORLD)


def of(found: tuple[Recourse, ...], key: str) -> list[Recourse]:
    return [one for one in found if one.id == key]


@pytest.mark.parametrize(("altitude_km", "mps"), [(220.0, 50.9), (270.0, 65.4), (415.0, 106.5)])
def test_velocity_to_the_final_perigee(altitude_km: float, mps: float) -> None:
    """One impulse from a circle to a perigee of 50 km, as listed for the station."""
    scenario = outpost()
    final = {"final": scenario.descent.burns["final"].model_copy(update={"perigee_km": 50.0})}
    one = scenario.model_copy(update={"descent": scenario.descent.model_copy(update={"burns": final})})
    found = down_to_final(altitude_km, altitude_km, one)
    assert found.mps == pytest.approx(mps, abs=0.1)
    assert found.final_mps == pytest.approx(found.mps)
    steps = down_to_final(altitude_km, altitude_km, scenario)
    assert 0.0 < steps.final_mps < steps.mps


def test_the_deorbit_vehicle_completes_later_also_before_it_has_docked(case: Case) -> None:
    aboard = prepared(case)
    tug = by_key(aboard.way.engines)["tug-1"]
    for row, told in (
        (tug.arrives - 3, "docks on 2028-01-10"),
        (tug.arrives + 3, "if only the lowering engine failed"),
    ):
        view = outlook(aboard, row)
        (one,) = of(recourses(view, aboard), "complete-later")
        assert told in one.text
        assert one.vehicle == "tug-1"
        assert one.until_utc is not None
        assert from_utc(one.until_utc) == pytest.approx(view.control_tt_s, abs=1.0)
        assert one.delta_v_mps is not None
        assert one.propellant_kg is not None
        assert one.propellant_kg <= 1150.0
    assert of(recourses(outlook(aboard, tug.arrives - 3, control_tt_s=0.0), aboard), "complete-later") == []
    gone = outlook(aboard, tug.arrives + 3)
    early = replace(aboard, way=replace(aboard.way, engines=(replace(tug, leaves=tug.arrives + 10),)))
    (one,) = of(recourses(gone, early), "complete-later")
    assert one.until_utc is not None
    assert from_utc(one.until_utc) == pytest.approx(float(aboard.row_tt_s[tug.arrives + 10]) - 1.0, abs=0.01)


def test_a_burn_of_hours_cannot_be_targeted(case: Case) -> None:
    aboard = prepared(case)
    tug = by_key(aboard.way.engines)["tug-1"]
    weak = replace(tug, thrust_n=40.0)
    found = recourses(outlook(aboard, tug.arrives + 3), replace(aboard, way=replace(aboard.way, engines=(weak,))))
    assert of(found, "complete-later") == []
    told = [one for one in of(found, "shift") if "cannot be targeted" in one.text]
    assert len(told) == 1
    assert told[0].vehicle == "tug-1"


def test_another_vehicle_can_take_the_place_of_the_deorbit_vehicle(case: Case) -> None:
    aboard = prepared(case)
    tug = by_key(aboard.way.engines)["tug-1"]
    other = replace(tug, key="other", name="Other", is_deorbit=False)
    view = outlook(aboard, tug.arrives + 3)
    found = recourses(view, replace(aboard, way=replace(aboard.way, engines=(other,))))
    (one,) = of(found, "deorbit-otherwise")
    assert one.vehicle == "other"
    poor = replace(other, usable_kg=0.3 * other.usable_kg)
    assert of(recourses(view, replace(aboard, way=replace(aboard.way, engines=(poor,)))), "deorbit-otherwise") == []


def test_raising_is_told_until_the_point_of_no_return(case: Case) -> None:
    aboard = prepared(case)
    last = points(case)["mean", True].utc
    assert last is not None
    row = int(aboard.way.rows[5])
    (one,) = of(recourses(outlook(aboard, row), aboard), "raise")
    assert one.vehicle == "main"
    assert one.until_utc is not None
    assert 0.0 <= from_utc(one.until_utc) - from_utc(last) <= DAY_S
    assert of(recourses(outlook(aboard, int(aboard.way.rows[-2])), aboard), "raise") == []


def test_shifting_takes_less_the_slower_it_falls(case: Case) -> None:
    aboard = prepared(case)
    scenario, _, _ = case
    rows = [int(aboard.way.rows[k]) for k in (30, len(aboard.way.rows) - 20, len(aboard.way.rows) - 3)]
    found = [of(recourses(outlook(aboard, row), aboard), "shift")[0].delta_v_mps for row in rows]
    assert all(one is not None and one >= scenario.rules.reboost_min_delta_v_mps for one in found)
    assert all(a <= b for a, b in pairwise(found) if a is not None and b is not None)


def test_attitudes_shift_the_entry_without_propellant(case: Case) -> None:
    aboard = replace(prepared(case), least_drag=0.8, most_drag=1.6)
    nobody = replace(aboard, way=replace(aboard.way, engines=()), ways_up=())
    view = outlook(nobody, int(nobody.way.rows[10]))
    (one,) = recourses(view, nobody)
    assert (one.id, one.vehicle, one.propellant_kg) == ("shift", "", None)
    assert "22 days sooner or 15 days later" in one.text
    assert "12 h either way" in one.text
    assert [found.id for found in recourses(view._replace(control_tt_s=view.tt_s), nobody)] == ["none"]
