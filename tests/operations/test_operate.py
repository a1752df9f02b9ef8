"""The operate document on the shipped scenario, for half a year."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from pointnemo.operations.commitments import NEEDS
from pointnemo.operations.reboost_plan import ReboostPlan
from pointnemo.operations.reboosts import plan_reboosts, replay_reboosts
from pointnemo.operations.stage import MEAN, operate
from pointnemo.operations.station_path import before_burns_km
from pointnemo.results import Operate, Skipped, Track
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Partner, Scenario
from pointnemo.station.stack import mass_at
from pointnemo.tracking import track
from pointnemo.world import World, load_world

FIRST, UNTIL = date(2026, 9, 4), date(2027, 3, 1)
SHORT = (f"descent.lowering_start={UNTIL}", f"horizon.operate_until={UNTIL}", "rules.end_altitude_km=415")


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(bundled=True)


@pytest.fixture(scope="module")
def iss() -> Scenario:
    return load_scenario("iss", set=SHORT)


def start(scenario: Scenario, world: World) -> Track:
    return track(scenario, world, mass_at(scenario, FIRST))


def document(scenario: Scenario, world: World) -> Operate:
    begin = start(scenario, world)
    made = operate(plan_reboosts(scenario, world, begin), scenario, world, begin)
    assert isinstance(made, Operate)
    return made


@pytest.fixture(scope="module")
def plan(iss: Scenario, world: World) -> ReboostPlan:
    return plan_reboosts(iss, world, start(iss, world))


@pytest.fixture(scope="module")
def shipped(iss: Scenario, world: World, plan: ReboostPlan) -> Operate:
    made = operate(plan, iss, world, start(iss, world))
    assert isinstance(made, Operate)
    return made


def test_it_speaks_of_the_mean_line_up_to_the_start_of_lowering(
    iss: Scenario, plan: ReboostPlan, shipped: Operate
) -> None:
    held = plan.flown.history.altitude_km[MEAN, : (UNTIL - FIRST).days + 1]
    lowest = before_burns_km(plan.flown, MEAN)[: len(held)]
    assert min(burn.altitude_before_km for burn in shipped.reboosts) in lowest
    assert shipped.lowest_altitude_km == lowest.min()
    assert shipped.highest_altitude_km == held.max()
    assert shipped.until_utc[:10] == UNTIL.isoformat()
    assert shipped.end_altitude_km == held[-1] >= 415.0
    assert shipped.lowest_margin_km == (lowest - plan.lower_km[: len(held)]).min() > 0.0
    assert shipped.highest_altitude_km <= iss.rules.corridor_upper_km
    assert not shipped.violations


def test_a_document_replays_to_the_same_plan(iss: Scenario, world: World, plan: ReboostPlan, shipped: Operate) -> None:
    begin = start(iss, world)
    again = replay_reboosts(iss, world, begin, Operate.model_validate_json(shipped.model_dump_json()))
    assert operate(again, iss, world, begin) == shipped
    assert again.planned == plan.planned


def test_the_ledger_adds_up_by_vehicle_and_by_partner(shipped: Operate) -> None:
    for sums in (shipped.ledger_by_vehicle, shipped.ledger_by_partner):
        for name in ("delivered_kg", "reboost_kg", "attitude_kg", "departed_kg", "remaining_kg"):
            rows = sum(getattr(row, name) for row in shipped.ledger)
            assert sum(getattr(row, name) for row in sums) == pytest.approx(rows, rel=1e-12)


def test_ledger_and_sums(shipped: Operate) -> None:
    for row in shipped.ledger:
        used = row.reboost_kg + row.attitude_kg + row.lowering_kg + row.final_burns_kg + row.departed_kg
        assert row.start_kg + row.delivered_kg + row.moved_kg == pytest.approx(used + row.remaining_kg, abs=1e-9)
        assert min(row.start_kg, row.delivered_kg, used, row.remaining_kg) >= 0.0
    assert shipped.reboost_propellant_kg == pytest.approx(sum(row.reboost_kg for row in shipped.ledger))
    assert shipped.reboost_delta_v_mps == pytest.approx(sum(burn.delta_v_mps for burn in shipped.reboosts))


def test_each_reboost_has_a_payer_who_is_there(shipped: Operate) -> None:
    stays = {row.flight: row for row in shipped.ports}
    assert shipped.reboosts
    for burn in shipped.reboosts:
        assert burn.altitude_after_km > burn.altitude_before_km
        assert burn.duration_s > 0
        if burn.source in stays:
            assert stays[burn.source].dock_utc < burn.utc <= stays[burn.source].undock_utc
            assert stays[burn.source].partner == burn.partner


def test_attitude_propellant_is_days_times_rate(iss: Scenario, shipped: Operate) -> None:
    days = (UNTIL - FIRST).days - 0.5  # the epoch is noon
    assert not shipped.shortfalls
    assert shipped.attitude_propellant_kg == pytest.approx(days * iss.rules.attitude_propellant_kg_per_day)


def test_without_supply_the_shortfalls_are_named(iss: Scenario, world: World) -> None:
    dry = {key: tank.model_copy(update={"propellant_kg": 0.0}) for key, tank in iss.station.tanks.items()}
    keep = {key: one for key, one in iss.flights.items() if key == iss.descent.deorbit_vehicle}
    station = iss.station.model_copy(update={"tanks": dry})
    made = document(iss.model_copy(update={"station": station, "flights": keep, "cadence": {}}), world)
    assert {row.unit for row in made.shortfalls} == {"kg"}
    assert made.attitude_propellant_kg == pytest.approx(0.0, abs=1e-6)
    assert not made.reboosts
    missed = {one.constraint for one in made.violations}
    assert missed == {"end-altitude", "reserve", "propellant", "crew", "supply"}


def test_gaps_name_what_nobody_is_committed_to(iss: Scenario, world: World) -> None:
    partners = {key: one.model_copy(update={"until": date(2027, 1, 31)}) for key, one in iss.partners.items()}
    made = document(iss.model_copy(update={"partners": partners}), world)
    assert {gap.need for gap in made.commitment_gaps} >= set(NEEDS) - {"deorbit"}
    assert any(gap.unit == "flights" for gap in made.gaps)
    days = [gap for gap in made.gaps if gap.unit == "days"]
    assert min(gap.utc for gap in days) == "2027-02-01T00:00:00Z"
    propulsion = next(gap for gap in made.commitment_gaps if gap.need == "propulsion")
    row = (date(2027, 2, 1) - FIRST).days
    for key in ("cygnus-ng-25", "progress-ms-35"):  # what the plan has spent before the gap helps nobody in it
        left = made.history.propellant_kg[MEAN, row, made.history.tanks.index(key)]
        assert any(text.startswith(f"{key} (") and f" from {left:,.0f} kg;" in text for text in propulsion.cover)


def test_every_supply_has_words() -> None:
    assert set(NEEDS) == set(get_args(get_args(Partner.model_fields["supplies"].annotation)[0]))


def test_nothing_to_do_when_lowering_starts_at_once(iss: Scenario, world: World) -> None:
    scenario = iss.model_copy(update={"descent": iss.descent.model_copy(update={"lowering_start": FIRST})})
    begin = start(scenario, world)
    made = operate(plan_reboosts(scenario, world, begin), scenario, world, begin)
    assert isinstance(made, Skipped)
    assert "2026-09-04" in made.reason
