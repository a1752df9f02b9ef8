"""Loss of propulsion on the small station of the docs: every row is what a flight from that day gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from tests.history_cases import SteadyWorld, steady_weather, track_at

from pointnemo.descent import LINES
from pointnemo.descent.failures import losses
from pointnemo.descent.failures.fall_from_day import Point, fall_from, point_on, rest_s
from pointnemo.descent.failures.losses import losses_of, thinned
from pointnemo.errors import ScenarioError
from pointnemo.motion.averaged import MeanState
from pointnemo.motion.history import Decision, Flown, fly
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.results import Estimate, LossDay, Recourse, Trajectory
from pointnemo.results.recourses import STRENGTH, strongest
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.station.packing import decide
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc
from pointnemo.world.weather import Activity, SpaceWeather

OUTPOST = Path(__file__).parents[3] / "docs" / "examples" / "outpost.toml"
DAY_S = 86400.0
SUN = {"low": 75.0, "mean": 105.0, "high": 145.0}
MEAN = LINES.index("mean")


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
    scenario = load_scenario(OUTPOST)
    changed = {name: getattr(scenario, name).model_copy(update=values) for name, values in sections.items()}
    return scenario.model_copy(update=changed)


def bare(scenario: Scenario) -> Scenario:
    """The same station without any engine."""
    dead = {"thrust_n": 0.0}
    tanks = {key: tank.model_copy(update=dead) for key, tank in scenario.station.tanks.items()}
    vehicles = {key: one.model_copy(update=dead) for key, one in scenario.vehicles.items()}
    station = scenario.station.model_copy(update={"tanks": tanks})
    return scenario.model_copy(update={"station": station, "vehicles": vehicles})


def flown_of(scenario: Scenario) -> tuple[Decision, Flown]:
    decision = decide(scenario, WORLD, track_at(scenario, 390.0))
    return decision, fly(decision, [WORLD.weather.line(one) for one in LINES], WORLD.climate, names=LINES)


def lost(scenario: Scenario, decision: Decision, flown: Flown, **more: Any) -> tuple[LossDay, ...]:
    return losses_of(flown, decision, scenario, WORLD, float(flown.handover_tt_s[MEAN]) + DAY_S, 2, **more)


def left(day: LossDay) -> Estimate:
    assert day.days_to_entry is not None
    return day.days_to_entry


def entries(decision: Decision, point: Point, scales: list[float]) -> list[float]:
    line = WORLD.weather.line("mean")
    found = fall_from(decision, point, [line] * len(scales), scales, WORLD, 220.0, 122.0)
    return [float(one) for one in found.entry_tt_s]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return outpost()


@pytest.fixture(scope="module")
def case(scenario: Scenario) -> tuple[Decision, Flown]:
    return flown_of(scenario)


@pytest.fixture(scope="module")
def days(scenario: Scenario, case: tuple[Decision, Flown]) -> tuple[LossDay, ...]:
    return lost(scenario, *case)


def test_a_row_for_every_midnight_from_the_start_of_lowering(
    scenario: Scenario, case: tuple[Decision, Flown], days: tuple[LossDay, ...]
) -> None:
    _, flown = case
    assert days[0].utc == "2027-12-31T00:00:00Z"
    stamps = [from_utc(day.utc) for day in days]
    assert np.diff(stamps) == pytest.approx(DAY_S)
    assert 0.0 < flown.handover_tt_s[MEAN] - stamps[-1] < DAY_S
    altitudes = [day.altitude_km for day in days]
    assert altitudes == pytest.approx([flown.altitude_at(MEAN, stamp) for stamp in stamps], abs=1e-6)


def test_time_to_entry_falls_from_day_to_day(days: tuple[LossDay, ...]) -> None:
    assert all(after.value < before.value for before, after in pairwise(map(left, days)))
    for day in days:
        one = left(day)
        assert 0.0 < one.low <= one.value <= one.high


def test_where_nothing_is_burnt_any_more_the_fall_is_the_same(
    case: tuple[Decision, Flown], days: tuple[LossDay, ...]
) -> None:
    """After the lowering every day has the entry of the day before; while it lasts, every day brings it nearer."""
    _, flown = case
    over = float(flown.stages[0].end_tt_s[MEAN])
    stamps = np.array([from_utc(day.utc) for day in days])
    entry = np.array([from_utc(day.entry_utc or "") for day in days])
    drifting = stamps >= over
    assert drifting.sum() > 20
    assert np.ptp(entry[drifting]) < 600.0
    assert np.all(np.diff(entry[~drifting]) < 0.0)
    assert entry[0] - entry[-1] > 30 * DAY_S


def test_the_fall_is_the_history_where_nothing_is_burnt(scenario: Scenario) -> None:
    """With the control limit at the altitude of the hand-over, control is lost when the history is handed over."""
    at_end = outpost(descent={"control_limit_km": scenario.descent.targeting_altitude_km})
    decision, flown = flown_of(at_end)
    for day in lost(at_end, decision, flown)[-30:]:
        assert day.control_until_utc is not None
        assert from_utc(day.control_until_utc) == pytest.approx(flown.handover_tt_s[MEAN], abs=300.0)


def test_days_between_those_flown_are_what_a_flight_gives(
    scenario: Scenario, case: tuple[Decision, Flown], days: tuple[LossDay, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "EVERY_DAYS", 1)
    for one, flown in zip(days, lost(scenario, *case), strict=True):
        assert one.utc == flown.utc
        for name in ("value", "low", "high"):
            assert getattr(left(one), name) == pytest.approx(
                getattr(left(flown), name), rel=0.01 if name != "value" else 0.003
            )


def test_the_number_of_threads_does_not_matter(
    scenario: Scenario, case: tuple[Decision, Flown], days: tuple[LossDay, ...]
) -> None:
    decision, flown = case
    alone = losses_of(flown, decision, scenario, WORLD, float(flown.handover_tt_s[MEAN]) + DAY_S, 1)
    assert alone == days


@pytest.mark.parametrize("ahead", [0, 10, 40, 120])
def test_more_drag_is_never_later(case: tuple[Decision, Flown], ahead: int) -> None:
    decision, _ = case
    point = point_on(decision, decision.policy.lowering_step + ahead, WORLD.weather.line("mean"), WORLD)
    found = entries(decision, point, [0.5, 0.8, 1.0, 1.01, 1.5, 3.0])
    assert all(later > sooner for later, sooner in pairwise(found))


def test_what_was_to_be_burnt_stays_aboard_as_weight(case: tuple[Decision, Flown]) -> None:
    """400 kg of 30 t that nobody burns any more keep it up longer by as much, about 1.2 %."""
    decision, _ = case
    step = decision.policy.lowering_step + 1
    laden = point_on(decision, step, WORLD.weather.line("mean"), WORLD)
    tank = decision.policy.lowering_tank
    assert laden.level_kg[tank] == pytest.approx(380.0)
    empty = laden._replace(level_kg=np.where(np.arange(len(decision.tanks)) == tank, 0.0, laden.level_kg))
    start = float(decision.schedule.tt_s[step])
    with_it, without = (entries(decision, one, [1.0])[0] - start for one in (laden, empty))
    assert 1.005 < with_it / without < 1.03


def test_a_point_is_the_same_whether_flown_on_or_from_the_epoch(case: tuple[Decision, Flown]) -> None:
    decision, flown = case
    line = WORLD.weather.line("mean")
    over = int(np.searchsorted(flown.history.tt_s, flown.stages[0].end_tt_s[MEAN])) + 1
    first = point_on(decision, over, line, WORLD)
    whole, on = point_on(decision, over + 40, line, WORLD), point_on(decision, over + 40, line, WORLD, first)
    assert on.elements[0] == pytest.approx(whole.elements[0], abs=0.02)
    assert on.elements[1:] == pytest.approx(whole.elements[1:], abs=1e-4)
    assert on.level_kg == pytest.approx(whole.level_kg, abs=1e-6)
    assert whole.elements[0] - EARTH_RADIUS_KM == pytest.approx(flown.history.altitude_km[MEAN, over + 40], abs=1e-6)


def test_the_rest_of_a_fall_shrinks_with_the_height_and_ends_at_the_interface() -> None:
    line = WORLD.weather.line("mean")
    seconds = [
        rest_s(MeanState(EARTH_RADIUS_KM + km, 0.0, 0.001, 1.0), 0.9, 0.007, 9e8, line, WORLD, 122.0)
        for km in (160.0, 150.0, 140.0, 130.0, 122.0, 110.0)
    ]
    assert all(a > b for a, b in pairwise(seconds[:5]))
    assert seconds[4:] == [0.0, 0.0]
    assert 1.0 < seconds[1] / 3600.0 < 24.0


def test_a_day_of_the_targeted_phase_starts_from_the_state_that_was_flown(
    scenario: Scenario, case: tuple[Decision, Flown], days: tuple[LossDay, ...]
) -> None:
    """Two midnights on, on an orbit with a perigee of 150 km; a day that no sample is near is left out."""
    decision, flown = case
    row = int(np.searchsorted(flown.history.tt_s, flown.handover_tt_s[MEAN]))
    tt_s = flown.history.tt_s[row]
    axis = EARTH_RADIUS_KM + 180.0
    mean = Mean(axis, 0.0, 30.0 / axis, float(decision.policy.inclination_rad), 1.0, 0.3)
    position, velocity = osculating_from_mean(mean)
    flight = Trajectory(
        tt_s=np.array([tt_s]), position_km=position[None], velocity_km_s=velocity[None], mass_kg=np.array([28e3]),
        height_km=np.array([180.0]), latitude_deg=np.zeros(1), longitude_deg=np.zeros(1),
        segment=np.zeros(1, dtype=np.int64), segments=("coast",),
    )  # fmt: skip
    found = losses_of(flown, decision, scenario, WORLD, float(tt_s) + 1.5 * DAY_S, 2, last_days=flight)
    assert len(found) == len(days) + 1
    assert found[: len(days)] == days
    last = found[-1]
    assert last.utc == days[-1].utc[:8] + f"{int(days[-1].utc[8:10]) + 1:02d}" + days[-1].utc[10:]
    assert last.altitude_km == pytest.approx(180.0, abs=1e-3)
    assert left(last).value < 0.5 * left(days[-1]).value
    assert last.control_until_utc == last.utc
    assert [one.id for one in last.recourses] == ["none"]


def test_without_any_engine_nothing_can_be_done(scenario: Scenario) -> None:
    dead = bare(scenario)
    rows = lost(dead, *flown_of(dead))
    assert len(rows) > 40
    for day in rows:
        assert day.docked == ()
        assert [one.id for one in day.recourses] == ["none"]


def test_who_is_docked_and_what_can_be_done(days: tuple[LossDay, ...]) -> None:
    """The freighter is gone, the tug docks on 2028-01-10."""
    by_day = {day.utc[:10]: day for day in days}
    assert "tug-1" not in by_day["2028-01-09"].docked
    assert "tug-1" in by_day["2028-01-10"].docked
    for day in days:
        ids = [one.id for one in day.recourses]
        assert ids == sorted(ids, key=STRENGTH.index)
        held = day.control_until_utc is not None and day.control_until_utc > day.utc
        assert (strongest(day.recourses) == "complete-later") == held
        assert all(one.until_utc is None or one.until_utc >= day.utc for one in day.recourses)


def test_thinned_keeps_ends_and_changes(days: tuple[LossDay, ...]) -> None:
    few = thinned(days, every=30)
    assert (few[0], few[-1]) == (days[0], days[-1])
    assert len(few) < len(days) / 4
    kept = {day.utc for day in few}
    for before, after in pairwise(days):
        if before.docked != after.docked or strongest(before.recourses) != strongest(after.recourses):
            assert after.utc in kept
    assert thinned(()) == ()
    assert thinned(days, every=1) == days


@pytest.mark.parametrize("interval", [(400.0, 500.0), (0.0, 300.0), (100.0, 200.0)])
def test_an_interval_that_is_none_is_refused(
    interval: tuple[float, float], scenario: Scenario, case: tuple[Decision, Flown]
) -> None:
    drag = Estimate(value=260.0, low=interval[0], high=interval[1], level=0.9, unit="m2")
    with pytest.raises(ScenarioError) as refused:
        lost(scenario, *case, drag=drag)
    assert [defect.where for defect in refused.value.defects] == ["station.drag"]


def test_a_narrower_drag_gives_a_narrower_spread(
    scenario: Scenario, case: tuple[Decision, Flown], days: tuple[LossDay, ...]
) -> None:
    drag = Estimate(value=260.0, low=250.0, high=270.0, level=0.9, unit="m2")
    for wide, narrow in zip(days, lost(scenario, *case, drag=drag), strict=True):
        assert left(narrow).value == left(wide).value
        assert left(wide).low <= left(narrow).low <= left(narrow).high <= left(wide).high


def test_strongest_leaves_out_who_failed() -> None:
    ids = get_args(Recourse.model_fields["id"].annotation)
    assert set(ids) == set(STRENGTH)
    found = (
        Recourse(id="complete-later", text="", vehicle="tug"),
        Recourse(id="raise", text="", vehicle="main, tug"),
        Recourse(id="shift", text="", vehicle="main"),
        Recourse(id="shift", text=""),
    )
    assert strongest(found) == "complete-later"
    assert strongest(found, ("tug",)) == "shift"
    assert strongest(found, ("main",)) == "complete-later"
    assert strongest((), ()) == "none"


def test_where_the_data_end_first_there_is_no_entry(scenario: Scenario) -> None:
    """A dense station that hardly falls: no entry under mean activity, so no days to it and no place to shift."""
    station = scenario.station
    dense = station.drag.model_copy(update={"cd_area_m2": 3.0, "low_m2": 2.0, "high_m2": 40.0})
    heavy = scenario.model_copy(update={"station": station.model_copy(update={"drag": dense})})
    decision, flown = flown_of(heavy)
    assert not flown.handed_over[MEAN]
    rows = losses_of(flown, decision, heavy, WORLD, None, 2)
    assert rows[0].utc == "2027-12-31T00:00:00Z"
    assert rows[-1].utc < "2036-01-04"
    for day in (rows[0], rows[len(rows) // 2], rows[-1]):
        assert (day.entry_utc, day.days_to_entry, day.control_until_utc) == (None, None, None)
        assert day.recourses


def test_lowering_from_the_first_day(scenario: Scenario) -> None:
    """The epoch is no midnight; its row is told as it is."""
    at_once = outpost(descent={"lowering_start": date(2026, 9, 4), "lowering_propellant_kg": 0.0})
    decision, flown = flown_of(at_once)
    assert decision.policy.lowering_step == 0
    rows = lost(at_once, decision, flown)
    assert [day.utc for day in rows[:2]] == ["2026-09-04T12:00:00Z", "2026-09-05T00:00:00Z"]
    assert all(after.value < before.value for before, after in pairwise(map(left, rows)))
