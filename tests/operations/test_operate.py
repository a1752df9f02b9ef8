"""The operate document on the shipped scenario, flown under steady weather."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
from tests.history_cases import steady_weather, steady_world, track_at

from pointnemo.motion.history import Decision, Flown, fly
from pointnemo.operations.stage import NEEDS, operate
from pointnemo.results import Operate, Skipped
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Partner, Scenario
from pointnemo.station.packing import decide
from pointnemo.world.atmosphere import climate_table

FIRST, LAST = date(2026, 9, 4), date(2033, 12, 31)
LINES = [steady_weather(FIRST, LAST, f107) for f107 in (75.0, 110.0, 160.0)]
WORLD = steady_world(FIRST, LAST)


@pytest.fixture(scope="module")
def iss() -> Scenario:
    return load_scenario("iss")


def flown_of(scenario: Scenario) -> tuple[Flown, Decision]:
    decision = decide(scenario, WORLD, track_at(scenario, 418.0))  # type: ignore[arg-type]
    return fly(decision, LINES, climate_table()), decision


def document(scenario: Scenario) -> Operate:
    made = operate(*flown_of(scenario), scenario, track_at(scenario, 418.0))
    assert isinstance(made, Operate)
    return made


@pytest.fixture(scope="module")
def shipped(iss: Scenario) -> Operate:
    return document(iss)


def test_it_speaks_of_the_mean_line_up_to_the_start_of_lowering(iss: Scenario, shipped: Operate) -> None:
    flown, _ = flown_of(iss)
    held = flown.history.altitude_km[1, : (iss.descent.lowering_start - FIRST).days + 1]
    assert shipped.lowest_altitude_km == held.min()
    assert shipped.highest_altitude_km == held.max()
    assert shipped.until_utc[:10] == iss.descent.lowering_start.isoformat()
    assert iss.rules.corridor_lower_km <= shipped.lowest_altitude_km
    assert shipped.highest_altitude_km <= iss.rules.corridor_upper_km


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
    days = (iss.descent.lowering_start - FIRST).days - 0.5  # the epoch is noon
    assert not shipped.shortfalls
    assert shipped.attitude_propellant_kg == pytest.approx(days * iss.rules.attitude_propellant_kg_per_day)


def test_without_supply_the_shortfalls_are_named(iss: Scenario) -> None:
    dry = {key: tank.model_copy(update={"propellant_kg": 0.0}) for key, tank in iss.station.tanks.items()}
    keep = {key: one for key, one in iss.flights.items() if key == iss.descent.deorbit_vehicle}
    station = iss.station.model_copy(update={"tanks": dry})
    made = document(iss.model_copy(update={"station": station, "flights": keep, "cadence": {}}))
    assert {row.unit for row in made.shortfalls} == {"kg", "m/s"}
    assert made.lowest_propellant_margin_kg == -iss.rules.propellant_reserve_kg
    assert made.attitude_propellant_kg == pytest.approx(0.0, abs=1e-6)
    assert made.lowest_altitude_km < iss.rules.corridor_lower_km
    assert not made.reboosts


def test_gaps_name_what_nobody_is_committed_to(iss: Scenario) -> None:
    partners = {key: one.model_copy(update={"until": date(2027, 6, 30)}) for key, one in iss.partners.items()}
    gaps = document(iss.model_copy(update={"partners": partners})).gaps
    days = [gap for gap in gaps if gap.unit == "days"]
    assert {gap.utc for gap in days} == {"2027-07-01T00:00:00Z"}
    assert {gap.what.removeprefix("no partner is committed to supply ") for gap in days} == set(NEEDS.values())
    assert any(gap.unit == "flights" for gap in gaps)


def test_every_supply_has_words() -> None:
    assert set(NEEDS) == set(get_args(get_args(Partner.model_fields["supplies"].annotation)[0]))


def test_nothing_to_do_when_lowering_starts_at_once(iss: Scenario) -> None:
    scenario = iss.model_copy(update={"descent": iss.descent.model_copy(update={"lowering_start": FIRST})})
    made = operate(*flown_of(scenario), scenario, track_at(scenario, 418.0))
    assert isinstance(made, Skipped)
    assert "2026-09-04" in made.reason
