"""Schedules flown numerically: held to the plan, trimmed for phases, and judged."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reflight_cases import WIDTH_DEG, Case, made_case

from pointnemo.motion.averaged import zonal_rates
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.operations.phases import Choice, Event
from pointnemo.operations.reboost_plan import ReboostPlan
from pointnemo.operations.reflight import phase_misses_deg, refly
from pointnemo.operations.reflight_checks import ReflownAltitude, room_deg
from pointnemo.operations.reflight_path import Burn, Path, Stack, fly_path, rows_km
from pointnemo.operations.reflight_trim import BurnFact, EventFact, best_offsets, lever_deg_km, slope_mps_km
from pointnemo.results import PhaseWindow, Reflight
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc

UNTIL = date(2026, 12, 5)
FIRST_STEP, LAST_STEP = 30, 40
LAUNCH = Event("made-up", "progress-ms", "launch", "baikonur-31", date(2026, 11, 20), (Choice("2-orbit", 9.0, 25.0),))
LANDING = Event("made-up", "soyuz-ms", "landing", "Zhezkazgan", date(2026, 11, 25), (Choice("landing", -24.0, 24.0),))
ROOMY = ("rules.corridor_upper_km=425",)


@pytest.fixture(scope="module")
def case() -> Case:
    """Two burns of 1 and 0.6 km, a launch and a landing some weeks later."""
    return made_case(UNTIL, [(FIRST_STEP, 1.0), (LAST_STEP, 0.6)], ROOMY, (LAUNCH, LANDING))


@pytest.fixture(scope="module")
def flown(case: Case) -> tuple[Reflight, tuple[PhaseWindow, ...]]:
    return refly(*case)


def shifted(plan: ReboostPlan, by_deg: float, only: int | None = None) -> ReboostPlan:
    """The plan with windows beside those that it was made for."""
    moved = [
        chosen._replace(
            choice=chosen.choice._replace(
                low_deg=chosen.choice.low_deg + by_deg, high_deg=chosen.choice.high_deg + by_deg
            )
        )
        if only in (None, k)
        else chosen
        for k, chosen in enumerate(plan.events)
    ]
    return replace(plan, events=tuple(moved))


# --- the flight ------------------------------------------------------------------------------------------------------


def test_altitude_is_that_of_the_plan(case: Case, flown: tuple[Reflight, tuple[PhaseWindow, ...]]) -> None:
    reflight, windows = flown
    assert reflight.violations == ()
    assert all(window.ok for window in windows)
    assert reflight.altitude_difference_km < 0.06
    assert [burn.source for burn in reflight.reboosts] == [one.tank for one in case.plan.planned]
    for burn, planned in zip(reflight.reboosts, case.plan.planned, strict=True):
        assert burn.altitude_after_km == pytest.approx(planned.altitude_after_km, abs=0.012)
        # what the averaged flight books is what the numerical one needs
        assert abs(from_utc(burn.utc) - case.plan.decision.schedule.tt_s[planned.step + 1]) < 2.5 * 5600.0
    mine = case.plan.flown.burns.run == 1
    assert reflight.delta_v_mps == pytest.approx(case.plan.flown.burns.delta_v_mps[mine].sum(), rel=0.02)
    assert reflight.propellant_kg == pytest.approx(case.plan.flown.burns.propellant_kg[mine].sum(), rel=0.02)
    altitude = reflight.altitude
    assert isinstance(altitude, ReflownAltitude)
    assert len(altitude.tt_s) == (UNTIL - case.plan.decision.first_day).days + 1
    assert altitude.altitude_km[-1] == reflight.end_altitude_km
    assert altitude.altitude_km[0] == pytest.approx(case.track.altitude_km, abs=0.01)


def test_rows_are_steady_means_of_single_states(case: Case) -> None:
    """The two-day window and the theory of the field's waves agree about the mean altitude."""
    plan = case.plan
    stack = stack_of(case)
    path = Path(case.world, stack, 1)
    start = np.array([*case.track.position_km, *case.track.velocity_km_s])
    burns = tuple(burns_of(plan))
    flight = fly_path(path, start, burns, np.zeros(len(burns)), ())
    rows = rows_km(path, flight)
    for row in (5, 12, 20, FIRST_STEP + 5, LAST_STEP + 20):
        near = int(np.searchsorted(flight.tt_s, stack.schedule.tt_s[row]))
        few = [
            steady_mean(flight.tt_s[k], flight.states[k, :3], flight.states[k, 3:], case.world.earth, 16).a_km
            for k in (near - 9, near)
        ]
        assert rows[row] == pytest.approx(np.mean(few) - EARTH_RADIUS_KM, abs=0.012)


def test_a_burn_takes_the_eccentricity_towards_the_frozen_one(case: Case) -> None:
    path = Path(case.world, stack_of(case), 1)
    start = np.array([*case.track.position_km, *case.track.velocity_km_s])
    burns = tuple(burns_of(case.plan))
    flight = fly_path(path, start, burns, np.zeros(len(burns)), ())
    for burn in flight.burns:
        off = []
        for tt_s in (burn.ignition_tt_s - 1200.0, burn.cutoff_tt_s + 1200.0):
            k = int(np.searchsorted(flight.tt_s, tt_s))
            mean = steady_mean(flight.tt_s[k], flight.states[k, :3], flight.states[k, 3:], case.world.earth, 16)
            frozen = zonal_rates(mean.a_km, 0.001, mean.inclination_rad)[2]
            off.append(math.hypot(mean.ex, mean.ey - frozen))
        push = 2.0 * burn.delta_v_mps / 7660.0
        assert off[1] == pytest.approx(abs(off[0] - push), abs=0.15 * push)


def test_burns_keep_to_days_on_which_their_engine_may_thrust() -> None:
    """The day after the first burn is quiet: it ends before midnight, wherever the e-vector would have it."""
    quiet = (
        "quiet.still.from_day=2026-10-05",
        "quiet.still.to_day=2026-10-08",
    )
    case = made_case(UNTIL, [(FIRST_STEP, 1.8)], (*ROOMY, *quiet), ())
    assert case.plan.decision.schedule.pause_days[FIRST_STEP + 1] > 0
    reflight, _ = refly(*case)
    (burn,) = reflight.reboosts
    assert from_utc(burn.utc) + burn.duration_s <= case.plan.decision.schedule.tt_s[FIRST_STEP + 1]
    assert reflight.violations == ()


def test_same_bits_whatever_the_workers(case: Case, flown: tuple[Reflight, tuple[PhaseWindow, ...]]) -> None:
    told: list[tuple[str, float]] = []
    again, windows = refly(*case, progress=lambda what, share: told.append((what, share)), workers=2)
    assert again.model_dump(exclude={"altitude"}) == flown[0].model_dump(exclude={"altitude"})
    assert windows == flown[1]
    assert isinstance(again.altitude, ReflownAltitude)
    assert isinstance(flown[0].altitude, ReflownAltitude)
    assert np.array_equal(again.altitude.altitude_km, flown[0].altitude.altitude_km)
    assert told
    assert all(0.0 <= share <= 1.0 for _, share in told)


def test_taking_a_flight_up_again_gives_the_bits_of_flying_it_whole(case: Case) -> None:
    path = Path(case.world, stack_of(case), 1)
    start = np.array([*case.track.position_km, *case.track.velocity_km_s])
    burns = tuple(burns_of(case.plan))
    plain = fly_path(path, start, burns, np.zeros(2), ())
    offsets = np.array([0.0, 0.07])
    whole, again = (fly_path(path, start, burns, offsets, (), earlier) for earlier in (None, (plain, 1)))
    assert np.array_equal(whole.states, again.states)
    assert whole.burns == again.burns
    assert whole.burns[1].after_km - plain.burns[1].after_km == pytest.approx(0.07, abs=0.003)


# --- phases ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_deg", [WIDTH_DEG, -WIDTH_DEG])
def test_a_missed_window_is_met_by_trims(
    case: Case, flown: tuple[Reflight, tuple[PhaseWindow, ...]], by_deg: float
) -> None:
    plan = shifted(case.plan, by_deg)
    reflight, windows = refly(plan, *case[1:])
    rules = case.scenario.rules
    assert reflight.violations == ()
    for window, before in zip(windows, flown[1], strict=True):
        assert window.ok
        assert window.reflown_deg is not None
        assert before.reflown_deg is not None
        assert window.low_deg + 0.2 < window.reflown_deg < window.high_deg - 0.2
        assert abs(window.reflown_deg - before.reflown_deg) > 3.0
    trims = [a.delta_v_mps - b.delta_v_mps for a, b in zip(reflight.reboosts, flown[0].reboosts, strict=True)]
    assert 0.02 < max(map(abs, trims)) < 0.5
    # to be further ahead the station has to fly lower
    assert np.sign(trims[0]) == -np.sign(by_deg)
    for burn in reflight.reboosts:
        assert rules.reboost_min_delta_v_mps <= burn.delta_v_mps <= rules.reboost_max_delta_v_mps


def test_a_window_out_of_reach_is_named(case: Case) -> None:
    plan = shifted(case.plan, 170.0, only=0)
    reflight, windows = refly(plan, *case[1:])
    assert not windows[0].ok
    assert windows[1].ok or len(reflight.violations) == 2
    missed = [row for row in reflight.violations if row.constraint == "phase"]
    assert missed[0].subject == LAUNCH.flight
    assert 20.0 < missed[0].amount < 170.0
    assert "no trim" in missed[0].text


def test_an_event_before_the_first_burn_cannot_be_trimmed_for() -> None:
    early = replace(LAUNCH, day=date(2026, 9, 25))
    case = made_case(UNTIL, [(FIRST_STEP, 1.0)], ROOMY, (early,))
    reflight, (window,) = refly(shifted(case.plan, 30.0), *case[1:])
    assert not window.ok
    assert [row.constraint for row in reflight.violations] == ["phase"]
    assert reflight.violations[0].amount == pytest.approx(24.0, abs=1.5)


def test_averaged_and_numerical_phases_stay_together(case: Case) -> None:
    misses, altitude = phase_misses_deg(*case)
    assert np.abs(misses).max() < 4.0
    assert np.abs(altitude).max() < 0.06


def test_an_event_that_no_pass_fits_is_named() -> None:
    early = replace(LAUNCH, day=date(2026, 9, 7))
    case = made_case(date(2026, 9, 9), (), ROOMY, (early,))
    (chosen,) = case.plan.events
    reflight, (window,) = refly(replace(case.plan, events=(chosen._replace(passage=None, ok=False),)), *case[1:])
    assert not window.ok
    assert window.reflown_deg is None
    assert "no pass" in reflight.violations[0].text


@pytest.mark.parametrize("days", [1, 2, 5])
def test_a_span_of_few_days(days: int) -> None:
    case = made_case(date(2026, 9, 4 + days), (), ROOMY, ())
    reflight, windows = refly(*case)
    assert windows == reflight.violations == reflight.reboosts == ()
    assert reflight.altitude_difference_km < 0.01


# --- limits ----------------------------------------------------------------------------------------------------------


def test_no_burn_gives_more_than_the_rules_allow(case: Case) -> None:
    tight = case.scenario.model_copy(
        update={"rules": case.scenario.rules.model_copy(update={"reboost_max_delta_v_mps": 0.4})}
    )
    reflight, _ = refly(case.plan, tight, *case[2:])
    assert reflight.reboosts[0].delta_v_mps == 0.4
    assert reflight.reboosts[0].altitude_after_km < case.plan.planned[0].altitude_after_km - 0.2


def test_the_corridor_is_judged_on_what_was_flown(case: Case, flown: tuple[Reflight, tuple[PhaseWindow, ...]]) -> None:
    lowest = float(np.min(case.plan.flown.history.altitude_km[1, : FIRST_STEP + 1])) - 0.04  # just before the burn
    lower_km = case.plan.lower_km.copy()
    lower_km[: FIRST_STEP + 2] = lowest + 0.5
    raised = replace(case.plan, lower_km=lower_km)
    reflight, _ = refly(raised, *case[1:])
    (missed,) = [row for row in reflight.violations if row.subject == "lower edge"]
    assert missed.amount == pytest.approx(0.5, abs=0.1)
    assert missed.amount == pytest.approx(-reflight.lowest_margin_km)
    assert abs(from_utc(missed.utc) - case.plan.decision.schedule.tt_s[FIRST_STEP + 1]) < 86400.0

    def judged(**rules: float) -> Reflight:
        other = case.scenario.model_copy(update={"rules": case.scenario.rules.model_copy(update=rules)})
        return refly(case.plan, other, *case[2:])[0]

    top = flown[0].highest_altitude_km
    (above,) = [row for row in judged(corridor_upper_km=top - 0.3).violations if row.subject == "upper edge"]
    assert above.amount > 0.05
    short = judged(end_altitude_km=flown[0].end_altitude_km + 9.0).violations
    assert "end-altitude" in {row.constraint for row in short}


def test_an_end_altitude_within_reach_is_reached(case: Case, flown: tuple[Reflight, tuple[PhaseWindow, ...]]) -> None:
    plan = replace(case.plan, events=())
    wanted = flown[0].end_altitude_km + 0.4
    rules = case.scenario.rules.model_copy(update={"end_altitude_km": wanted})
    reflight, _ = refly(plan, case.scenario.model_copy(update={"rules": rules}), *case[2:])
    assert reflight.violations == ()
    assert reflight.end_altitude_km > wanted - 0.01


def test_propellant_that_is_not_there_is_named(case: Case) -> None:
    plan = case.plan
    history, tank = plan.flown.history, plan.decision.tanks.index(plan.planned[0].tank)
    level = history.propellant_kg.copy()
    level[:, FIRST_STEP + 1 :, tank] = plan.decision.schedule.reserve_kg[tank]  # the plan drains the tank
    drained = replace(plan, flown=replace(plan.flown, history=replace(history, propellant_kg=level)))
    more = shifted(drained, -3.0 * WIDTH_DEG)  # and trims have to raise more
    reflight, _ = refly(more, *case[1:])
    assert plan.planned[0].tank in {row.subject for row in reflight.violations if row.constraint == "propellant"}

    kept = replace(plan, reserve_kg=np.full_like(plan.reserve_kg, 1e6))
    (missing,) = [row for row in refly(kept, *case[1:])[0].violations if row.constraint == "reserve"]
    assert 9e5 < missing.amount < 1e6


# --- trims -----------------------------------------------------------------------------------------------------------


def fact(day: float, delta_v_mps: float = 1.0, offset_km: float = 0.0) -> BurnFact:
    return BurnFact(day * 86400.0, delta_v_mps, offset_km, 418.0, 3.0, 3.0)


def test_the_smallest_trim_for_one_window() -> None:
    """10 degrees, 30 days: 10 / (2.2 deg a day for a m/s) / 30 days, as the field knows it."""
    burns, event = (fact(0.0),), EventFact(30.0 * 86400.0, 10.0, 5.0, 5.0)
    offsets, left_deg, left_km = best_offsets(burns, (event,), 0.1, 2.0)
    assert left_deg.tolist() == [0.0]
    assert left_km == 0.0
    moved = float(lever_deg_km(burns, event.tt_s) @ offsets)
    assert 10.0 + moved == pytest.approx(4.5, abs=1e-6)  # half a degree inside the nearer edge
    assert offsets[0] * slope_mps_km(418.0) == pytest.approx(5.5 / 2.2 / 30.0, rel=0.02)


def test_trims_keep_to_the_limits_of_burns_and_corridor() -> None:
    event = EventFact(5.0 * 86400.0, 200.0, 5.0, 5.0)
    offsets, (left,), _ = best_offsets((fact(0.0),), (event,), 0.1, 2.0)
    assert offsets[0] * slope_mps_km(418.0) == pytest.approx(1.0)
    assert left == pytest.approx(195.0 + float(lever_deg_km((fact(0.0),), event.tt_s) @ offsets))
    tight = fact(0.0)._replace(room_above_km=0.2)
    offsets, _, _ = best_offsets((tight,), (event,), 0.1, 2.0)
    assert 0.19 < offsets[0] < 0.2


@given(
    st.lists(st.floats(5.0, 40.0), min_size=1, max_size=6),
    st.lists(st.floats(-20.0, 20.0), min_size=1, max_size=6),
    st.floats(0.2, 1.9),
)
@settings(max_examples=60, deadline=None)
def test_trims_never_make_windows_worse(gaps: list[float], misses: list[float], delta_v_mps: float) -> None:
    days = np.cumsum(gaps)
    burns = tuple(fact(day, delta_v_mps) for day in days)
    events = tuple(EventFact((20.0 + 17.0 * k) * 86400.0, miss, 5.0, 5.0) for k, miss in enumerate(misses))
    offsets, left, _ = best_offsets(burns, events, 0.1, 2.0)
    after = [event.miss_deg + float(lever_deg_km(burns, event.tt_s) @ offsets) for event in events]
    outside = [sum(max(abs(miss) - 5.0, 0.0) for miss in ones) for ones in (misses, after)]
    assert outside[1] <= outside[0] + 0.5 * len(events) + 1e-6
    assert outside[1] <= left.sum() + 1e-6
    given_mps = delta_v_mps + slope_mps_km(418.0) * np.diff(offsets, prepend=0.0)
    assert np.all((given_mps > 0.1 - 1e-6) & (given_mps < 2.0 + 1e-6))


@given(st.floats(-400.0, 400.0), st.floats(1.0, 300.0), st.floats(-720.0, 720.0))
def test_the_room_of_a_phase_in_its_window(low: float, width: float, phase: float) -> None:
    below, above = room_deg(Choice("any", low, low + width), phase)
    assert below + above == pytest.approx(width)
    assert math.cos(math.radians(below - (phase - low))) == pytest.approx(1.0, abs=1e-9)
    assert -below <= 180.0
    assert -above <= 180.0
    assert room_deg(Choice("any", 0.0, 360.0), phase) == (360.0, 360.0)


# --- helpers ---------------------------------------------------------------------------------------------------------


def burns_of(plan: ReboostPlan) -> list[Burn]:
    made = plan.flown.burns
    return [
        Burn(one.step, plan.decision.tanks.index(one.tank), one.altitude_after_km, float(made.propellant_kg[k]))
        for one, k in zip(plan.planned, np.flatnonzero(made.run == 1), strict=True)
    ]


def stack_of(case: Case) -> Stack:
    plan, rules = case.plan, case.scenario.rules
    mass_kg = plan.flown.history.mass_kg[1].copy()
    for burn in burns_of(plan):
        mass_kg[burn.step + 1 :] += burn.propellant_kg
    return Stack(
        plan.decision.schedule, mass_kg, plan.flown.history.altitude_km[1], case.track.cd_area_m2.value,
        rules.reboost_min_delta_v_mps, rules.reboost_max_delta_v_mps, plan.decision.policy.lowering_step,
    )  # fmt: skip
