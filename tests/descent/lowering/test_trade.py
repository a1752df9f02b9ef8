"""The trade on a small station: what a row promises is what a flight from the epoch gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.history_cases import SteadyWorld, steady_weather, track_at

from pointnemo.descent import LINES, final_phase_s, trade_of
from pointnemo.descent.lowering.trade import final_burns_estimate_kg
from pointnemo.errors import FlightError
from pointnemo.motion.history import Decision, fly
from pointnemo.results import Trade, TradeRow
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.station.packing import decide
from pointnemo.world.time import from_date, from_utc
from pointnemo.world.weather import Activity, SpaceWeather

OUTPOST = Path(__file__).parents[3] / "docs" / "examples" / "outpost.toml"
DAY_S = 86400.0
SUN = {"low": 75.0, "mean": 105.0, "high": 145.0}


class LinedWeather(SpaceWeather):
    """The same weather every day, another one on each line."""

    def line(self, activity: Activity) -> SpaceWeather:
        same = np.full(len(self.f107), SUN[activity])
        return replace(self, activity=activity, f107=same, f107a=same)


def world() -> Any:
    steady = steady_weather(date(2026, 9, 1), date(2036, 1, 1))
    return SteadyWorld(LinedWeather(**{name: getattr(steady, name) for name in steady.__dataclass_fields__}))


WORLD = world()


def outpost(**sections: dict[str, Any]) -> Scenario:
    """The example of the docs with some values of sections changed, already valid ones."""
    scenario = load_scenario(OUTPOST)
    changed = {name: getattr(scenario, name).model_copy(update=values) for name, values in sections.items()}
    return scenario.model_copy(update=changed)


def decided(scenario: Scenario) -> Decision:
    return decide(scenario, WORLD, track_at(scenario, 390.0))


def traded(scenario: Scenario, workers: int = 2) -> Trade:
    return trade_of(
        decided(scenario), scenario, WORLD, final_phase_s(scenario.descent), final_burns_estimate_kg(scenario), workers
    )


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return outpost()


@pytest.fixture(scope="module")
def trade(scenario: Scenario) -> Trade:
    return traded(scenario)


def entry_s(scenario: Scenario, activity: Activity, start: date, kg: float) -> float:
    """Entry of a flight from the epoch, not continued from anywhere."""
    decision = decided(scenario).with_lowering(start, kg)
    flown = fly(decision, [WORLD.weather.line(activity)], WORLD.climate, names=(activity,), keep_days=False)
    return float(flown.handover_tt_s[0]) + final_phase_s(scenario.descent) if flown.handed_over[0] else np.inf


def day(utc: str | None) -> date:
    assert utc is not None
    return date.fromisoformat(utc[:10])


def amount(row: TradeRow) -> float:
    return np.inf if row.propellant_kg is None else row.propellant_kg


def line_of(trade: Trade, target: str, activity: str) -> list[TradeRow]:
    return [row for row in trade.rows if (row.deorbit_by, row.activity) == (target, activity)]


def test_the_trade_is_worth_testing(trade: Trade) -> None:
    own = [row for row in trade.rows if row.deorbit_by == trade.deorbit_by]
    kinds = {None if row.propellant_kg is None else row.propellant_kg > 0 for row in own}
    assert kinds == {None, False, True}


def test_starts_are_months_and_targets_are_years(trade: Trade, scenario: Scenario) -> None:
    months = [day(row.start_utc) for row in line_of(trade, trade.deorbit_by, "mean")]
    assert months[0] == date(2026, 9, 6)
    assert set(months[1:]) - {scenario.descent.lowering_start} == {
        date(2026 + (8 + k) // 12, (8 + k) % 12 + 1, 1) for k in range(1, 28)
    }
    assert sorted({row.deorbit_by for row in trade.rows}) == ["2028-12-31", "2029-12-31", "2030-12-31"]
    for row in trade.rows:
        assert row.start_utc[:10] <= row.deorbit_by
        if row.deorbit_by != trade.deorbit_by:
            quarter = day(row.start_utc).day == 1 and day(row.start_utc).month in (1, 4, 7, 10)
            assert quarter or day(row.start_utc) in (months[0], scenario.descent.lowering_start)


@pytest.mark.parametrize("activity", LINES)
def test_flown_from_the_epoch_a_row_meets_its_date_by_less_than_a_day(
    activity: Activity, trade: Trade, scenario: Scenario
) -> None:
    tried = 0
    for target in ("2028-12-31", "2029-12-31"):
        paying = [row for row in line_of(trade, target, activity) if row.propellant_kg]
        for row in paying[:: max(len(paying) // 3, 1)]:
            assert row.propellant_kg is not None
            flown = entry_s(scenario, activity, day(row.start_utc), row.propellant_kg)
            assert abs(flown - from_utc(row.entry_utc or "")) < 0.02 * DAY_S
            early = from_date(date.fromisoformat(target) + timedelta(days=1)) - flown
            less = entry_s(scenario, activity, day(row.start_utc), row.propellant_kg - 1.0)
            assert early > 0
            # less than a day early, or a kilogram less is too late
            assert early < DAY_S + 2.0 or less >= flown + early - 2.0
            without = entry_s(scenario, activity, day(row.start_utc), 0.0)
            assert abs(without - from_utc(row.entry_without_utc or "")) < 0.02 * DAY_S
            tried += 1
    assert tried >= 3


def test_no_amount_means_no_amount(trade: Trade, scenario: Scenario) -> None:
    hopeless = next(row for row in line_of(trade, trade.deorbit_by, "mean") if row.propellant_kg is None)
    deadline = from_date(date.fromisoformat(trade.deorbit_by) + timedelta(days=1))
    for kg in (500.0, 1500.0, 5000.0):
        assert entry_s(scenario, "mean", day(hopeless.start_utc), kg) > deadline
    assert hopeless.earliest_entry_utc is not None
    assert from_utc(hopeless.earliest_entry_utc) >= deadline
    assert not hopeless.paid


def test_later_starts_earlier_dates_and_less_sun_need_more(trade: Trade) -> None:
    for target in {row.deorbit_by for row in trade.rows}:
        by_line = [line_of(trade, target, activity) for activity in LINES]
        for low, mean, high in zip(*by_line, strict=True):
            assert amount(low) >= amount(mean) >= amount(high)
        for rows in by_line:
            kg = [amount(row) for row in rows]
            # the station is raised from time to time, so that a start just before that needs a little more
            assert all(later >= 0.97 * earlier - 15.0 for earlier, later in pairwise(kg))
    for activity in LINES:
        starts = {row.start_utc for row in line_of(trade, "2029-12-31", activity)}
        for row in line_of(trade, trade.deorbit_by, activity):
            if row.start_utc in starts:
                later = next(o for o in line_of(trade, "2029-12-31", activity) if o.start_utc == row.start_utc)
                assert amount(later) <= amount(row)


def test_the_latest_start_needs_none_and_a_later_one_some(trade: Trade, scenario: Scenario) -> None:
    told = 0
    for one in trade.latest:
        rows = line_of(trade, one.deorbit_by, one.activity)
        if one.start_utc is None:
            assert amount(rows[0]) > 0
            continue
        deadline = from_date(date.fromisoformat(one.deorbit_by) + timedelta(days=1))
        assert entry_s(scenario, one.activity, day(one.start_utc), 0.0) < deadline
        assert all(amount(row) == 0 for row in rows if row.start_utc == one.start_utc)
        after = [row for row in rows if row.start_utc > one.start_utc]
        assert all(amount(row) > 0 for row in after)
        if after:
            told += 1
            assert entry_s(scenario, one.activity, day(one.start_utc) + timedelta(days=40), 0.0) > deadline
    assert told >= 2


def test_the_result_does_not_depend_on_the_workers(trade: Trade, scenario: Scenario) -> None:
    assert traded(scenario, workers=1) == trade


def test_who_can_pay_and_what_is_left_for_the_final_burns(trade: Trade, scenario: Scenario) -> None:
    assert {one.id: one.able for one in trade.suppliers} == {"freighter": True, "tug": True, "main": False}
    tug = scenario.vehicles["tug"]
    kept = trade.final_burns_kg + scenario.descent.deorbit_reserve_kg
    seen = set()
    for row in trade.rows:
        if not row.propellant_kg:
            assert not row.supplies
            continue
        supply = {one.supplier: one for one in row.supplies}
        assert set(supply) == {"freighter", "tug"}
        assert supply["freighter"].needed_kg == row.propellant_kg  # it is the lowering vehicle itself
        assert supply["tug"].needed_kg == pytest.approx(row.propellant_kg * 290.0 / 300.0)
        assert supply["freighter"].loads == pytest.approx(row.propellant_kg / 300.0)
        assert row.deorbit_left_kg is not None
        assert row.deorbit_left_kg == pytest.approx(tug.propellant_kg - supply["tug"].needed_kg)
        docked = scenario.flights["tug-1"].dock <= day(row.start_utc)
        assert row.deorbit_pays == (docked and row.deorbit_left_kg >= kept)
        if row.deorbit_pays:
            assert supply["tug"].enough
            assert row.paid
        seen.add((docked, row.deorbit_pays))
    assert (False, False) in seen
    assert (True, True) in seen


def test_the_impulsive_estimate_of_the_final_burns(scenario: Scenario) -> None:
    kg = final_burns_estimate_kg(scenario)
    # from a circle at 225 km to a perigee of 20 km: 61.4 m/s by hand; station and tug weigh 27.8 t; 300 s
    assert kg == pytest.approx((24000.0 - 400.0 + 3000.0 + 1200.0) * 61.4 / (300.0 * 9.80665), rel=0.02)


def test_without_a_port_that_lowers_nobody_pays(scenario: Scenario) -> None:
    ports = {key: port.model_copy(update={"lowers": False}) for key, port in scenario.station.ports.items()}
    stuck = outpost(station={"ports": ports})
    found = traded(stuck)
    assert not any(one.able for one in found.suppliers)
    assert all("docks at no port that lowers" in one.why_not for one in found.suppliers if one.kind == "vehicle")
    paying = [row for row in found.rows if row.propellant_kg]
    assert paying
    assert not any(row.paid or row.supplies or row.deorbit_pays for row in paying)


def test_a_date_that_is_met_anyhow(scenario: Scenario) -> None:
    far = outpost(horizon={"deorbit_by": date(2033, 12, 31)}, descent={"lowering_start": date(2027, 12, 31)})
    found = traded(far)
    rows = line_of(found, "2033-12-31", "high")
    assert {amount(row) for row in rows if row.start_utc < "2030"} == {0.0}
    assert all(row.paid for row in rows if row.propellant_kg == 0)


def test_a_target_before_any_start_has_no_rows(scenario: Scenario) -> None:
    past = outpost(horizon={"operate_until": date(2026, 9, 4), "deorbit_by": date(2026, 9, 5)})
    found = traded(past)
    assert not line_of(found, "2026-09-05", "mean")
    assert all(one.start_utc is None for one in found.latest if one.deorbit_by == "2026-09-05")


def test_starts_that_cannot_be_held_until_are_named(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    module = sys.modules["pointnemo.descent.lowering.held_until"]
    real = module.fly

    def picky(decision: Decision, *args: Any, **more: Any) -> Any:
        if decision.policy.lowering_step > 700:
            raise FlightError("more reboosts than the log holds")
        return real(decision, *args, **more)

    monkeypatch.setattr(module, "fly", picky)
    found = traded(scenario)
    assert found.not_held
    assert set(found.not_held).isdisjoint({row.start_utc[:10] for row in found.rows})
    assert min(found.not_held) > max(row.start_utc[:10] for row in found.rows)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_a_flight_continued_is_the_flight_even_on_the_day_a_vehicle_leaves(offset: int, scenario: Scenario) -> None:
    decision = decided(scenario)
    leaving = decision.schedule.to_step[decision.tanks.index("freighter-2")]
    step = int(leaving) + offset
    lines, climate = [WORLD.weather.line("mean")], WORLD.climate
    whole = decision.with_lowering(decision.first_day + timedelta(days=step), 300.0)
    flown = fly(whole, lines, climate, names=("mean",))
    held = fly(decision.ended(step), lines, climate, names=("mean",))
    # until then the same bits
    assert held.history.altitude_km[0].tolist() == flown.history.altitude_km[0, : step + 1].tolist()
    elements = held.handover_elements[0, [0, 1, 2, 4]]
    resumed = decision.resumed(step, elements, held.ledger_kg[0, :, -1]).with_lowering(propellant_kg=300.0)
    after = fly(resumed, lines, climate, names=("mean",))
    days = after.history.altitude_km.shape[1]
    assert np.allclose(
        after.history.mass_kg[0, 1:], flown.history.mass_kg[0, step + 1 : step + days], rtol=0, atol=1e-3
    )
    assert abs(float(after.handover_tt_s[0] - flown.handover_tt_s[0])) < 60.0
    assert after.lowering_delta_v_mps[0] == pytest.approx(flown.lowering_delta_v_mps[0], rel=1e-6)
