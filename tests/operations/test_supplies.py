"""Supplies day by day: conservation, recycling, room, reserve, and a flight that does not come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.errors import ScenarioError
from pointnemo.operations.supplies import (
    LONGEST_DAYS,
    loads_of,
    missed_flights,
    people_aboard,
    supplies,
    supply_violations,
)
from pointnemo.results import Supply as Row
from pointnemo.scenario import expand_flights, load_scenario
from pointnemo.scenario.models import Flight, Port, Scenario, Supply

ISS = load_scenario("iss")
EPOCH = ISS.orbit.epoch_utc.date()  # at noon
FIRST_SHARE = 0.5
UNTIL = EPOCH + timedelta(days=400)


def made(kinds: Mapping[str, Supply], flights: Mapping[str, Flight] = {}) -> Scenario:
    """The shipped station with other supplies and other flights, each on a port of its own; no cadence."""
    ports = {key: Port(name=key, accepts=(flight.vehicle,)) for key, flight in flights.items()}
    placed = {key: flight.model_copy(update={"port": key}) for key, flight in flights.items()}
    station = ISS.station.model_copy(update={"ports": ports})
    return ISS.model_copy(update={"station": station, "supplies": dict(kinds), "flights": placed, "cadence": {}})


def visit(day: int, loads: Mapping[str, float], stay: int = 30, crew: int = 0, vehicle: str = "cygnus") -> Flight:
    dock = EPOCH + timedelta(days=day)
    return Flight(
        vehicle=vehicle,
        port="unity-nadir",
        dock=dock,
        undock=dock + timedelta(days=stay),
        crew=crew,
        loads=dict(loads),
        rendezvous=(),
    )


def row_of(scenario: Scenario, until: date = UNTIL) -> Row:
    (row,) = supplies(scenario, until)
    return row


def balance_kg(row: Row) -> float:
    return row.start_kg + row.delivered_kg - row.used_kg - row.lost_kg - row.end_kg


# --- what must hold for any manifest ---------------------------------------------------------------------------------

kg = st.floats(0, 3000)
some_supply = st.builds(
    lambda stock, room, person, station, share, days: Supply(
        name="x",
        stock_kg=stock,
        capacity_kg=None if room is None else stock + room,
        use_kg_per_person_day=person,
        use_kg_per_day=station,
        recycled=share,
        reserve_days=days,
    ),
    kg, st.none() | st.floats(0.1, 2000), st.floats(0, 10), st.floats(0, 30), st.floats(0, 1), st.integers(0, 200),
)  # fmt: skip
some_visit = st.builds(
    lambda day, water, food, stay, crew: visit(day, {"water": water, "food": food}, stay, crew),
    st.integers(-20, 450), kg, kg, st.integers(1, 300), st.integers(0, 4),
)  # fmt: skip
manifests = st.tuples(
    st.fixed_dictionaries({"water": some_supply, "food": some_supply}),
    st.dictionaries(st.sampled_from([f"f-{i}" for i in range(6)]), some_visit),
)
Manifest = tuple[dict[str, Supply], dict[str, Flight]]


@settings(max_examples=60, deadline=None)
@given(manifests)
def test_nothing_appears_or_vanishes_and_no_stock_is_negative(manifest: Manifest) -> None:
    scenario = made(*manifest)
    for row in supplies(scenario, UNTIL):
        kind = scenario.supplies[row.name]
        assert balance_kg(row) == pytest.approx(0.0, abs=1e-9 * max(1.0, row.start_kg + row.delivered_kg))
        assert row.days.stock_kg.min() >= 0.0
        assert min(row.used_kg, row.lost_kg, row.recovered_kg, row.missing_kg) >= 0.0
        assert row.lowest_margin_kg == pytest.approx((row.days.stock_kg - row.days.reserve_kg).min())
        assert 0.0 <= row.lowest_days <= LONGEST_DAYS
        if kind.capacity_kg is None:
            assert row.lost_kg == 0.0
        else:
            assert row.days.stock_kg.max() <= kind.capacity_kg


@settings(max_examples=60, deadline=None)
@given(manifests)
def test_used_and_missing_are_what_people_and_station_ask_for(manifest: Manifest) -> None:
    scenario = made(*manifest)
    people = people_aboard(scenario, UNTIL).astype(float)
    people_days, days = people.sum() - FIRST_SHARE * people[0], len(people) - FIRST_SHARE
    for row in supplies(scenario, UNTIL):
        kind = scenario.supplies[row.name]
        asked = kind.use_kg_per_person_day * (1 - kind.recycled) * people_days + kind.use_kg_per_day * days
        assert row.used_kg + row.missing_kg == pytest.approx(asked, rel=1e-9, abs=1e-9)
        if row.missing_kg == 0.0:
            back = kind.use_kg_per_person_day * kind.recycled * people_days
            assert row.recovered_kg == pytest.approx(back, rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(manifests)
def test_a_lost_flight_is_the_same_as_a_flight_that_brings_nothing(manifest: Manifest) -> None:
    scenario = made(*manifest)
    for missed in missed_flights(scenario, UNTIL):
        flight = scenario.flights[missed.flight]
        without = {**scenario.flights, missed.flight: flight.model_copy(update={"loads": {}})}
        rows = {row.name: row for row in supplies(scenario.model_copy(update={"flights": without}), UNTIL)}
        days = rows[missed.supply].days
        after = (days.stock_kg - days.reserve_kg)[days.day >= flight.dock.toordinal()]
        assert missed.lowest_kg == pytest.approx(after.min(), abs=1e-6)
        assert missed.ok == (missed.days_to_reserve is None)
        assert missed.lowest_utc[:10] > flight.dock.isoformat()
        assert missed.ok == bool(after.min() >= -1e-9) or abs(after.min()) < 1e-6


@settings(max_examples=40, deadline=None)
@given(manifests)
def test_losing_a_flight_never_helps(manifest: Manifest) -> None:
    scenario = made(*manifest)
    planned = {row.name: row for row in supplies(scenario, UNTIL)}
    for missed in missed_flights(scenario, UNTIL):
        days = planned[missed.supply].days
        after = days.day >= scenario.flights[missed.flight].dock.toordinal()
        assert missed.lowest_kg <= (days.stock_kg - days.reserve_kg)[after].min() + 1e-9


# --- one rule at a time ----------------------------------------------------------------------------------------------


def test_the_day_of_the_epoch_is_a_half() -> None:
    row = row_of(made({"x": Supply(name="x", stock_kg=100, use_kg_per_day=2)}), EPOCH + timedelta(days=3))
    assert row.days.day.tolist() == [EPOCH.toordinal() + k for k in range(3)]
    assert row.days.stock_kg.tolist() == [99.0, 97.0, 95.0]
    assert row.lowest_margin_utc == "2026-09-07T00:00:00Z"


def test_recycled_water_comes_back_and_counts_once() -> None:
    kind = Supply(name="Water", stock_kg=1000, use_kg_per_person_day=5, recycled=0.9)
    row = row_of(made({"water": kind}, {"crew": visit(-5, {}, stay=500, crew=4, vehicle="crew-dragon")}))
    assert row.used_kg == pytest.approx(4 * 0.5 * 399.5)
    assert row.recovered_kg == pytest.approx(9 * row.used_kg)


def test_what_finds_no_room_is_told() -> None:
    kind = Supply(name="x", stock_kg=90, capacity_kg=100)
    row = row_of(made({"x": kind}, {"cygnus": visit(3, {"x": 25.0})}))
    assert (row.delivered_kg, row.lost_kg, row.end_kg) == (25.0, 15.0, 100.0)


def test_what_docked_by_the_epoch_is_in_the_stock_and_what_docks_at_the_end_is_not_told() -> None:
    flights = {f"f{day}": visit(day, {"x": 10.0}) for day in (-1, 0, 1, 399, 400)}
    assert row_of(made({"x": Supply(name="x", stock_kg=0)}, flights)).delivered_kg == 20.0


def test_a_stock_that_runs_out_is_a_violation_with_its_figures() -> None:
    kind = Supply(name="x", stock_kg=99, use_kg_per_day=2, reserve_days=10)
    rows = supplies(made({"x": kind}), EPOCH + timedelta(days=60))
    (row,) = rows
    assert (row.end_kg, row.used_kg, row.missing_kg) == (0.0, 99.0, pytest.approx(59.5 * 2 - 99))
    (violation,) = supply_violations(rows)
    assert (violation.subject, violation.amount, violation.unit) == ("x", 20.0, "kg")
    assert "20 kg are missing" in violation.text
    assert "from 2026-10-14 on" in violation.text  # 99 - 2 (k + 1/2) < 20 first at k = 40


def test_enough_is_no_violation() -> None:
    assert supply_violations(supplies(made({"x": Supply(name="x", stock_kg=20, reserve_days=10)}), UNTIL)) == ()


def test_the_loss_that_takes_a_supply_below_its_reserve_is_named_beside_the_critical_one() -> None:
    kinds = {
        "a": Supply(name="a", stock_kg=100, use_kg_per_day=1, reserve_days=20),
        "b": Supply(name="b", stock_kg=100, use_kg_per_day=1, reserve_days=10),
        "c": Supply(name="c", stock_kg=1000, use_kg_per_day=1),
    }
    scenario = made(kinds, {"lost": visit(50, {"a": 60.0, "b": 60.0, "c": 60.0})})
    rows = missed_flights(scenario, EPOCH + timedelta(days=100))
    assert [(row.supply, row.ok) for row in rows] == [("a", False), ("b", False)]
    assert rows[0].lowest_kg == pytest.approx(100 - 99.5 - 20)
    assert rows[0].days_to_reserve == 30.0  # 100 - (k + 1/2) < 20 first at k = 80, docked at 50


def test_a_loss_that_hurts_nobody_leaves_one_row() -> None:
    kinds = {"a": Supply(name="a", stock_kg=5000, use_kg_per_day=1), "b": Supply(name="b", stock_kg=9000)}
    (row,) = missed_flights(made(kinds, {"lost": visit(50, {"a": 1.0, "b": 1.0})}), UNTIL)
    assert (row.supply, row.ok, row.days_to_reserve) == ("a", True, None)


@pytest.mark.parametrize("days", [0, -10])
def test_no_days_no_rows(days: int) -> None:
    until = EPOCH + timedelta(days=days)
    assert supplies(ISS, until) == ()
    assert missed_flights(ISS, until) == ()


def test_no_supplies_no_rows() -> None:
    assert supplies(made({}), UNTIL) == ()
    assert missed_flights(made({}, {"f": visit(3, {})}), UNTIL) == ()


# --- the shipped station ---------------------------------------------------------------------------------------------


def test_the_shipped_plan_stays_above_every_reserve_to_the_end_of_operations() -> None:
    rows = supplies(ISS, ISS.horizon.operate_until)
    assert {row.name for row in rows} == set(ISS.supplies)
    assert supply_violations(rows) == ()
    for row in rows:
        assert balance_kg(row) == pytest.approx(0.0, abs=1e-9)
        assert row.missing_kg == 0.0


def test_people_eat_what_they_are_said_to_eat() -> None:
    people = people_aboard(ISS, ISS.horizon.operate_until)
    food = next(row for row in supplies(ISS, ISS.horizon.operate_until) if row.name == "food")
    assert np.median(people) == 7
    assert food.used_kg == pytest.approx(1.82 * (people.sum() - FIRST_SHARE * people[0]))


def test_every_cargo_flight_to_come_is_in_the_skip_cycle_once_or_more() -> None:
    until = ISS.horizon.operate_until
    brings = [key for key, one in expand_flights(ISS).items() if EPOCH < one.dock < until and loads_of(one, ISS)]
    assert list(dict.fromkeys(row.flight for row in missed_flights(ISS, until))) == brings


def test_without_russian_cargo_the_shortage_is_told() -> None:
    scenario = load_scenario("iss", ["partners.roscosmos.until=2027-06-30"])
    violations = supply_violations(supplies(scenario, ISS.horizon.operate_until))
    assert "nitrogen" in {row.subject for row in violations}


def test_loads_that_cannot_be_meant_are_refused_together() -> None:
    wrong = ["vehicles.cygnus.loads.watr=3", "supplies.water.capacity_kg=100", "flights.htv-x2.loads={food=9000}"]
    with pytest.raises(ScenarioError) as caught:
        load_scenario("iss", wrong)
    text = str(caught.value)
    assert "did you mean water?" in text
    assert "2000 exceeds capacity_kg" in text
    assert "come to 9000 kg, more than cargo_kg 5800" in text
