"""Sums of the propellant ledger: made-up rows, and the shipped scenario flown through three levels of activity."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from tests.history_cases import steady_world, track_at

from pointnemo.motion.history import fly
from pointnemo.motion.history_tables import (
    ATTITUDE,
    DELIVERED,
    DEPARTED,
    LOWERING,
    MOVED,
    REBOOST,
    REMAINING,
    START,
)
from pointnemo.results import LedgerRow, LedgerSum
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Scenario
from pointnemo.scenario.schedule import expand_flights
from pointnemo.station.ledger import STATION, by_partner, by_vehicle
from pointnemo.station.packing import LOWERING_TANK, decide

IN = ("start_kg", "delivered_kg", "moved_kg")
OUT = ("reboost_kg", "attitude_kg", "lowering_kg", "final_burns_kg", "departed_kg", "remaining_kg")


def row(tank: str, partner: str, **kg: float) -> LedgerRow:
    return LedgerRow(tank=tank, partner=partner, **(dict.fromkeys((*IN, *OUT), 0.0) | kg))


@pytest.fixture(scope="module")
def iss() -> Scenario:
    return load_scenario("iss")


@pytest.fixture(scope="module")
def flown_rows(iss: Scenario) -> list[LedgerRow]:
    """Every tank of the shipped scenario under an active Sun, to the hand-over."""
    changed = iss.model_copy(update={"descent": iss.descent.model_copy(update={"lowering_propellant_kg": 4000.0})})
    world = steady_world(date(2026, 9, 4), date(2035, 12, 31), f107=130.0)
    decision = decide(changed, world, track_at(changed, 418.0))  # type: ignore[arg-type]
    ledger = fly(decision, [world.weather], world.climate, names=("run",)).ledger_kg[0]
    return [
        row(
            tank, partner, start_kg=kg[START], delivered_kg=kg[DELIVERED], moved_kg=kg[MOVED], reboost_kg=kg[REBOOST],
            attitude_kg=kg[ATTITUDE], lowering_kg=kg[LOWERING], departed_kg=kg[DEPARTED], remaining_kg=kg[REMAINING],
        )
        for tank, partner, kg in zip(decision.tanks, decision.partners, ledger, strict=True)
    ]  # fmt: skip


def balance(one: LedgerRow | LedgerSum) -> tuple[float, float]:
    """What goes in less what goes out, and what goes in."""
    given = sum(getattr(one, name) for name in ("start_kg", "delivered_kg"))
    return given + one.moved_kg - sum(getattr(one, name) for name in OUT), max(given + abs(one.moved_kg), 1.0)


def test_rows_are_added_under_their_vehicle_and_their_partner(iss: Scenario) -> None:
    rows = (
        row("zarya", "roscosmos", start_kg=2750.0, moved_kg=200.0, remaining_kg=2950.0),
        row("zvezda", "roscosmos", start_kg=430.0, reboost_kg=30.0, remaining_kg=400.0),
        row("progress-ms-35", "roscosmos", delivered_kg=950.0, moved_kg=-200.0, reboost_kg=750.0),
        row("progress-ms-36", "roscosmos", delivered_kg=900.0, departed_kg=900.0),
        row("usdv", "nasa", delivered_kg=16000.0, final_burns_kg=14000.0, remaining_kg=2000.0),
        row(LOWERING_TANK, "roscosmos", delivered_kg=500.0, lowering_kg=500.0),
    )
    vehicles = {one.name: one for one in by_vehicle(rows, iss)}
    assert list(vehicles) == [STATION, "progress-ms", "us-deorbit-vehicle", LOWERING_TANK]
    assert vehicles[STATION].start_kg == 3180.0
    assert vehicles["progress-ms"].delivered_kg == 1850.0
    assert vehicles["progress-ms"].moved_kg == -vehicles[STATION].moved_kg == -200.0
    assert vehicles["us-deorbit-vehicle"].final_burns_kg == 14000.0
    partners = {one.name: one for one in by_partner(rows)}
    assert list(partners) == ["roscosmos", "nasa"]
    assert partners["roscosmos"].moved_kg == 0.0
    assert partners["roscosmos"].delivered_kg == 2350.0
    assert by_vehicle((), iss) == by_partner(()) == ()


def test_tank_vehicle_and_partner_balance_to_1e_9(iss: Scenario, flown_rows: list[LedgerRow]) -> None:
    vehicles, partners = by_vehicle(flown_rows, iss), by_partner(flown_rows)
    for one in (*flown_rows, *vehicles, *partners):
        missing, held = balance(one)
        assert abs(missing) <= 1e-9 * held, one
    for one in partners:
        assert abs(one.moved_kg) <= 1e-9 * balance(one)[1]
    assert {one.name for one in vehicles} >= {STATION, "progress-ms", "cygnus", LOWERING_TANK}
    assert any(one.moved_kg < 0.0 for one in vehicles if one.name == "progress-ms")


def test_sums_lose_nothing(iss: Scenario, flown_rows: list[LedgerRow]) -> None:
    flights = expand_flights(iss)
    assert {one.tank for one in flown_rows} <= {*flights, *iss.station.tanks, LOWERING_TANK}
    for name in (*IN, *OUT):
        total = np.sum([getattr(one, name) for one in flown_rows])
        for sums in (by_vehicle(flown_rows, iss), by_partner(flown_rows)):
            assert sum(getattr(one, name) for one in sums) == pytest.approx(total, rel=1e-12, abs=1e-9)
