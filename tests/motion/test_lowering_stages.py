"""The way down in the history kernel: two stages of lowering, each out of its tank, and drag by part of the descent."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.motion.test_history import (
    DAYS,
    FIRST,
    LATER,
    LEDGER_IN,
    LEDGER_OUT,
    LOWERING_TANK,
    QUIET,
    WEATHER,
    stack,
)

from pointnemo.errors import ScenarioError
from pointnemo.motion.history import Decision, Flown, SecondStage, fly
from pointnemo.motion.history_tables import DELIVERED, LOWERING, REMAINING
from pointnemo.world.atmosphere import climate_table
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM

TUG_KG = 16e3
LOWERING_STEP = 700


@pytest.fixture(scope="module")
def climate() -> ClimateTable:
    return climate_table()


def with_tug(second: SecondStage | None = None, **policy: float | bool) -> Decision:
    """The stack of ``stack``, whose second vehicle keeps its 16 t for a second stage."""
    base = stack(lowering_step=float(LOWERING_STEP), lowering_kg=4000.0)
    keep = np.array([tank != LATER for tank in base.schedule.raise_order])
    schedule = base.schedule._replace(
        brought_kg=np.where(np.arange(4) == LATER, TUG_KG, base.schedule.brought_kg),
        capacity_kg=np.where(np.arange(4) == LATER, TUG_KG, base.schedule.capacity_kg),
        partner=np.where(np.arange(4) == LATER, -1, base.schedule.partner),
        raise_order=base.schedule.raise_order[keep],
        attitude_order=base.schedule.attitude_order[base.schedule.attitude_order != LATER],
    )
    made = replace(base, schedule=schedule, policy=base.policy._replace(second_tank=LATER, **policy))
    return made if second is None else made.with_lowering(second=second)


def brought(decision: Decision, second: SecondStage) -> Decision:
    """The same with a tank of its own for the second stage, filled when it starts."""
    schedule, never = decision.schedule, DAYS + 1

    def more(values: np.ndarray, value: float) -> np.ndarray:
        return np.append(values, np.array(value, dtype=values.dtype))

    schedule = schedule._replace(
        from_step=more(schedule.from_step, never),
        to_step=more(schedule.to_step, never + 1),
        brought_kg=more(schedule.brought_kg, 0.0),
        capacity_kg=more(schedule.capacity_kg, math.inf),
        reserve_kg=more(schedule.reserve_kg, 0.0),
        specific_impulse_s=more(schedule.specific_impulse_s, 320.0),
        thrust_n=more(schedule.thrust_n, 800.0),
        partner=more(schedule.partner, -1),
        is_station=more(schedule.is_station, False),
        can_raise=np.vstack([schedule.can_raise, np.zeros((1, DAYS), dtype=np.bool_)]),
    )
    policy = decision.policy._replace(second_tank=4, second_brought=True)
    made = replace(
        decision,
        tanks=(*decision.tanks, "second"),
        partners=(*decision.partners, "c"),
        schedule=schedule,
        policy=policy,
    )
    return made.with_lowering(second=second)


def day(step: int) -> date:
    return FIRST + timedelta(days=step)


def flown_of(decision: Decision, climate: ClimateTable) -> Flown:
    return fly(decision, [WEATHER, QUIET], climate)


def same(one: Flown, other: Flown) -> bool:
    arrays = ("altitude_km", "perigee_km", "mass_kg", "propellant_kg")
    return (
        all(np.array_equal(getattr(one.history, name), getattr(other.history, name)) for name in arrays)
        and np.array_equal(one.ledger_kg, other.ledger_kg)
        and np.array_equal(one.handover_tt_s, other.handover_tt_s)
        and np.array_equal(one.handover_elements, other.handover_elements)
        and np.array_equal(one.lowering_delta_v_mps, other.lowering_delta_v_mps)
    )


# --- two stages ------------------------------------------------------------------------------------------------------


def test_without_a_second_stage_and_in_the_normal_attitude_every_bit_stays(climate: ClimateTable) -> None:
    bare = with_tug()
    bare = replace(bare, policy=bare.policy._replace(second_tank=-1))
    ready = with_tug(SecondStage(day(710), 0.0), uncrewed_km=EARTH_RADIUS_KM + 330.0)
    assert same(flown_of(bare, climate), flown_of(ready, climate))


def test_a_docked_vehicle_pays_out_of_its_own_tank(climate: ClimateTable) -> None:
    second = SecondStage(day(720), 2000.0, 80.0)
    flown = flown_of(with_tug(second), climate)
    ledger = flown.ledger_kg[:, LATER]
    assert ledger[:, DELIVERED].tolist() == [TUG_KG, TUG_KG]  # nothing comes on top
    assert ledger[:, LOWERING] == pytest.approx([2000.0, 2000.0], abs=1e-9)
    assert ledger[:, REMAINING] == pytest.approx([TUG_KG - 2000.0] * 2, abs=1e-9)
    level = flown.history.propellant_kg[0, :, LATER]
    assert level[720] == TUG_KG
    assert level[721] == pytest.approx(TUG_KG - 80.0)
    assert level[745] == pytest.approx(TUG_KG - 2000.0)
    first, then = flown.stages
    assert (first.tank, then.tank) == (LOWERING_TANK, LATER)
    assert then.propellant_kg == pytest.approx([2000.0, 2000.0], abs=1e-9)
    assert then.start_tt_s.tolist() == [flown.history.tt_s[720]] * 2
    assert then.end_tt_s.tolist() == [flown.history.tt_s[745]] * 2
    assert first.end_tt_s.tolist() == [flown.history.tt_s[740]] * 2
    # Tsiolkovsky, at the mass of the middle of the burn
    mass = flown.history.mass_kg[0, 720:746].mean()
    rocket = 290.0 * 9.80665 * math.log((mass + 1000.0) / (mass - 1000.0))
    assert then.delta_v_mps[0] == pytest.approx(rocket, rel=1e-3)
    assert flown.lowering_propellant_kg == pytest.approx([6000.0, 6000.0])
    assert flown.lowering_delta_v_mps == pytest.approx(first.delta_v_mps + then.delta_v_mps)


def test_another_vehicle_brings_what_it_pays(climate: ClimateTable) -> None:
    flown = flown_of(brought(with_tug(), SecondStage(day(720), 2000.0)), climate)
    assert flown.ledger_kg[:, LATER, LOWERING].tolist() == [0.0, 0.0]
    assert flown.ledger_kg[:, 4, DELIVERED].tolist() == [2000.0, 2000.0]
    assert flown.ledger_kg[:, 4, LOWERING] == pytest.approx([2000.0, 2000.0], abs=1e-9)
    level = flown.history.propellant_kg[0, :, 4]
    assert (level[719], level[720]) == (0.0, 2000.0)


def test_both_stages_together_lower_faster_than_either(climate: ClimateTable) -> None:
    base = with_tug()
    second = SecondStage(day(LOWERING_STEP), 4000.0)
    ends = [
        fly(decision, [WEATHER], climate).handover_tt_s[0]
        for decision in (
            base.with_lowering(propellant_kg=0.0),
            base,
            base.with_lowering(propellant_kg=0.0, second=second),
            base.with_lowering(second=second),
        )
    ]
    assert ends[3] < min(ends[1], ends[2])
    assert max(ends[1], ends[2]) < ends[0]


def test_a_second_stage_after_the_entry_is_never_spent(climate: ClimateTable) -> None:
    plain = fly(with_tug(), [WEATHER], climate)
    assert plain.handed_over[0]
    last = int(np.searchsorted(plain.history.tt_s, plain.handover_tt_s[0]))
    for made in (with_tug(SecondStage(day(last), 5000.0)), brought(with_tug(), SecondStage(day(last), 5000.0))):
        flown = fly(made, [WEATHER], climate)
        assert flown.stages[1].propellant_kg[0] == 0.0
        assert flown.stages[1].start_tt_s[0] == math.inf
        assert flown.handover_tt_s[0] == plain.handover_tt_s[0]
        assert flown.ledger_kg[0, :, DELIVERED].sum() == plain.ledger_kg[0, :, DELIVERED].sum()


def test_both_stages_end_at_the_hold(climate: ClimateTable) -> None:
    made = with_tug(SecondStage(day(705), TUG_KG, 400.0)).with_lowering(propellant_kg=9000.0)
    for hold_km in (275.0, 300.0):
        flown = flown_of(made.with_lowering(hold_altitude_km=hold_km), climate)
        hold = flown.crossings["hold"]
        for run in range(2):
            assert flown.altitude_at(run, float(hold[run])) == pytest.approx(hold_km, abs=0.05)
            for stage in flown.stages:
                assert stage.propellant_kg[run] < (9000.0 if stage.tank == LOWERING_TANK else TUG_KG)
                assert hold[run] <= stage.end_tt_s[run] <= hold[run] + 86400.0


def test_a_second_stage_starts_with_the_first_at_the_earliest(climate: ClimateTable) -> None:
    early, along = (flown_of(with_tug(SecondStage(day(step), 2000.0)), climate) for step in (300, LOWERING_STEP))
    assert same(early, along)


def test_a_vehicle_that_docks_later_pays_from_then_on(climate: ClimateTable) -> None:
    flown = fly(with_tug().with_lowering(start=day(150), second=SecondStage(day(150), 1000.0)), [WEATHER], climate)
    assert flown.stages[1].start_tt_s[0] == flown.history.tt_s[200]
    assert flown.stages[1].propellant_kg[0] == pytest.approx(1000.0)


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(0, DAYS - 1),
    kg=st.floats(0.0, 20e3),
    rate=st.floats(1.0, 900.0),
    first_kg=st.floats(0.0, 9000.0),
    own_tank=st.booleans(),
    factors=st.tuples(st.floats(0.3, 3.0), st.floats(0.3, 3.0)),
)
def test_ledger_and_mass_close(
    climate: ClimateTable,
    start: int,
    kg: float,
    rate: float,
    first_kg: float,
    own_tank: bool,
    factors: tuple[float, float],
) -> None:
    """To 1e-9 of what each tank held; no tank is overdrawn, and the stack weighs its parts to the end."""
    second = SecondStage(day(start), kg, rate)
    base = with_tug(crewed_factor=factors[0], uncrewed_factor=factors[1], uncrewed_km=EARTH_RADIUS_KM + 330.0)
    made = base.with_lowering(second=second) if own_tank else brought(base, second)
    flown = flown_of(made.with_lowering(propellant_kg=first_kg), climate)
    ledger = flown.ledger_kg
    balance = ledger[..., LEDGER_IN].sum(axis=-1) - ledger[..., LEDGER_OUT].sum(axis=-1)
    assert np.all(np.abs(balance) <= 1e-9 * np.maximum(ledger[..., LEDGER_IN].sum(axis=-1), 1.0))
    assert flown.history.propellant_kg.min() >= 0.0
    assert np.all(flown.stages[1].propellant_kg <= kg + 1e-9)
    for stage in flown.stages:
        assert ledger[:, stage.tank, LOWERING] == pytest.approx(stage.propellant_kg, abs=1e-9)
    remaining = ledger[..., REMAINING].sum(axis=-1)
    assert flown.handover_mass_kg == pytest.approx(made.schedule.dry_mass_kg[-1] + remaining, abs=1e-6)


def test_a_flight_that_is_continued_carries_the_second_stage(climate: ClimateTable) -> None:
    whole = with_tug(SecondStage(day(730), 2500.0), uncrewed_km=EARTH_RADIUS_KM + 330.0, uncrewed_factor=1.5)
    flown = fly(whole, [WEATHER], climate)
    held = fly(whole.ended(LOWERING_STEP), [WEATHER], climate)
    assert held.ledger_kg[0, :, LOWERING].sum() == 0.0
    elements = held.handover_elements[0, [0, 1, 2, 4]]
    resumed = whole.resumed(LOWERING_STEP, elements, held.ledger_kg[0, :, REMAINING])
    rest = fly(resumed.with_lowering(propellant_kg=4000.0), [WEATHER], climate)
    assert rest.stages[1].start_tt_s[0] == flown.stages[1].start_tt_s[0]
    assert rest.stages[1].propellant_kg[0] == pytest.approx(2500.0)
    assert abs(float(rest.handover_tt_s[0] - flown.handover_tt_s[0])) < 60.0
    assert rest.handover_mass_kg[0] == pytest.approx(flown.handover_mass_kg[0], abs=1e-3)


def test_what_cannot_be_meant_is_refused_at_once() -> None:
    with pytest.raises(ScenarioError) as refused:
        with_tug().with_lowering(second=SecondStage(FIRST - timedelta(days=1), -1.0, 0.0), hold_altitude_km=200.0)
    assert [defect.where for defect in refused.value.defects] == [
        "descent.second_lowering.start",
        "descent.second_lowering.propellant_kg",
        "descent.second_lowering.kg_per_day",
        "descent.hold_altitude_km",
    ]
    with pytest.raises(ScenarioError, match="nobody"):
        stack().with_lowering(second=SecondStage(day(800), 1.0))


# --- drag by part of the descent -------------------------------------------------------------------------------------


def in_attitudes(crewed: float, uncrewed: float, border_km: float = 330.0) -> Decision:
    return with_tug(crewed_factor=crewed, uncrewed_factor=uncrewed, uncrewed_km=EARTH_RADIUS_KM + border_km)


def test_one_factor_throughout_is_that_drag_area(climate: ClimateTable) -> None:
    """Lowered from the first day, a factor in both parts is the ballistic scale of the run."""
    made = in_attitudes(1.4, 1.4).with_lowering(start=FIRST)
    plain = in_attitudes(1.0, 1.0).with_lowering(start=FIRST)
    scaled = fly(plain, [WEATHER], climate, [1.4])
    assert fly(made, [WEATHER], climate).handover_tt_s[0] == pytest.approx(scaled.handover_tt_s[0], abs=1e-3)


def test_the_factors_hold_in_their_part_and_nowhere_else(climate: ClimateTable) -> None:
    plain, below, above = (fly(in_attitudes(*pair), [WEATHER], climate) for pair in ((1, 1), (1, 2), (2, 1)))
    row = int(np.searchsorted(plain.history.tt_s, plain.crossings["crew_departure"][0])) - 1
    assert np.array_equal(below.history.altitude_km[0, : row + 1], plain.history.altitude_km[0, : row + 1])
    assert np.array_equal(
        above.history.altitude_km[0, : LOWERING_STEP + 1], plain.history.altitude_km[0, : LOWERING_STEP + 1]
    )
    spent = plain.handover_tt_s[0] - plain.crossings["crew_departure"][0]
    half = below.handover_tt_s[0] - below.crossings["crew_departure"][0]
    assert half / spent == pytest.approx(0.5, abs=0.08)  # twice the drag, and the seasons of the density
    down = plain.crossings["crew_departure"][0] - plain.history.tt_s[LOWERING_STEP]
    faster = above.crossings["crew_departure"][0] - above.history.tt_s[LOWERING_STEP]
    assert faster < 0.65 * down


@settings(max_examples=25, deadline=None)
@given(low=st.floats(0.3, 2.0), more=st.floats(0.01, 1.0), part=st.integers(0, 1))
def test_more_area_is_earlier(climate: ClimateTable, low: float, more: float, part: int) -> None:
    pairs = [(low, 1.0), (low + more, 1.0)] if part == 0 else [(1.0, low), (1.0, low + more)]
    one, other = (fly(in_attitudes(*pair), [WEATHER], climate, keep_days=False) for pair in pairs)
    if other.handed_over[0]:
        assert other.handover_tt_s[0] < one.handover_tt_s[0]
    else:  # both fly to the end of the weather
        assert not one.handed_over[0]
        assert other.handover_elements[0, 0] < one.handover_elements[0, 0]


def test_the_end_moves_smoothly_with_the_altitude_at_which_the_crew_leaves(climate: ClimateTable) -> None:
    """The step that falls through the border is cut there, so that a border moved a little moves the end a little."""
    ends = [
        fly(in_attitudes(1.0, 2.0, border), [WEATHER], climate, keep_days=False).handover_tt_s[0]
        for border in np.arange(330.0, 334.0, 0.2)
    ]
    steps = np.diff(ends) / 86400.0
    assert np.all(steps < 0.0)
    assert np.ptp(steps) < 0.5 * abs(steps.mean())
