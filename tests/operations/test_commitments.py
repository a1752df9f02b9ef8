"""Commitments: who supplies what until when, where nobody does, and how far what is docked goes."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.operations.commitments import NEEDS, ReboostNeed, as_shortfalls, commitment_gaps, commitments
from pointnemo.operations.cover import Helper, delta_v_mps, hold, raisers
from pointnemo.results import CommitmentGap
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Flight, Move, Partner, Scenario

ISS = load_scenario("iss")
EPOCH = ISS.orbit.epoch_utc.date()
MASS_KG = 460_000.0


def steady(scenario: Scenario, mps_per_year: float = 9.0) -> ReboostNeed:
    days = (scenario.horizon.deorbit_by - EPOCH).days + 1
    return ReboostNeed(EPOCH, np.full(days, mps_per_year / 365.25), MASS_KG)


def gaps_of(scenario: Scenario, mps_per_year: float = 9.0) -> dict[str, list[CommitmentGap]]:
    found: dict[str, list[CommitmentGap]] = defaultdict(list)
    for gap in commitment_gaps(scenario, steady(scenario, mps_per_year)):
        found[gap.need].append(gap)
    return found


def ending(**until: date) -> Scenario:
    """The shipped scenario with other last days of partners."""
    partners = {
        key: one.model_copy(update={"until": until[key]}) if key in until else one for key, one in ISS.partners.items()
    }
    return ISS.model_copy(update={"partners": partners})


def span(gap: CommitmentGap) -> tuple[date, date]:
    """First and last day."""
    return date.fromisoformat(gap.from_utc[:10]), date.fromisoformat(gap.to_utc[:10])


# --- holding with what is docked -------------------------------------------------------------------------------------

BEGIN = date(2029, 1, 1)


def helper(key: str, first: int, stay: int, kg: float) -> Helper:
    dock, undock = BEGIN + timedelta(days=first), BEGIN + timedelta(days=first + stay)
    flight = Flight(vehicle="cygnus", port="unity-nadir", dock=dock, undock=undock, rendezvous=())
    return Helper(key, flight, ((dock, undock),), kg, 300.0)


fleets = st.lists(st.tuples(st.integers(-50, 250), st.integers(1, 200), st.floats(0.5, 400.0)), max_size=5).map(
    lambda rows: [helper(f"f{i}", *row) for i, row in enumerate(rows)]
)


@settings(max_examples=100, deadline=None)
@given(fleets, st.integers(1, 300), st.floats(0.1, 10.0))
def test_nobody_helps_before_docking_or_after_leaving_or_with_more_than_there_is(
    fleet: list[Helper], length: int, kg_per_day: float
) -> None:
    end = BEGIN + timedelta(days=length)
    held = hold(fleet, BEGIN, end, lambda one, k: kg_per_day)
    for one in fleet:
        if days := held.given.get(one.key):
            assert max(one.flight.dock, BEGIN) <= days[0] <= days[1] < min(one.flight.undock, end)
    there = [day for k in range(length) if any(one.there_on(day := BEGIN + timedelta(days=k)) for one in fleet)]
    assert held.days <= len(there)
    assert held.days * kg_per_day <= sum(one.kg for one in fleet) + 1e-6
    assert BEGIN <= held.reach <= end
    assert (held.reach - BEGIN).days <= held.days
    if held.reach > BEGIN:
        assert BEGIN in there


@settings(max_examples=60, deadline=None)
@given(fleets, st.floats(0.1, 10.0))
def test_one_flight_more_never_shortens_the_reach(fleet: list[Helper], kg_per_day: float) -> None:
    end = BEGIN + timedelta(days=300)
    fewer = hold(fleet[:-1], BEGIN, end, lambda one, k: kg_per_day)
    more = hold(fleet, BEGIN, end, lambda one, k: kg_per_day)
    assert more.reach >= fewer.reach


def test_the_flight_that_leaves_first_pays_first() -> None:
    fleet = [helper("stays", 0, 100, 30.0), helper("leaves", 0, 20, 50.0)]
    held = hold(fleet, BEGIN, BEGIN + timedelta(days=100), lambda one, k: 1.0)
    assert held.given["leaves"] == (BEGIN, BEGIN + timedelta(days=19))
    assert held.given["stays"] == (BEGIN + timedelta(days=20), BEGIN + timedelta(days=49))
    assert held.reach == BEGIN + timedelta(days=50)


def test_two_remainders_make_a_day() -> None:
    fleet = [helper("a", 0, 9, 0.5), helper("b", 0, 9, 0.5)]
    held = hold(fleet, BEGIN, BEGIN + timedelta(days=9), lambda one, k: 1.0)
    assert (held.days, set(held.given)) == (1, {"a", "b"})


def test_a_tank_is_worth_what_the_rocket_equation_says() -> None:
    assert delta_v_mps(950.0, 460_000.0, 290.0) == pytest.approx(5.88, abs=0.01)


def test_a_vehicle_that_moves_raises_only_where_it_can() -> None:
    visit = Flight(
        vehicle="progress-ms",
        port="zvezda-aft",
        dock=date(2027, 1, 1),
        undock=date(2027, 6, 1),
        moves=(Move(day=date(2027, 3, 1), port="prichal-nadir"),),
        rendezvous=(),
    )
    scenario = ISS.model_copy(update={"flights": {"p": visit}, "cadence": {}})
    (one,) = raisers(scenario)
    assert one.stays == ((date(2027, 1, 1), date(2027, 3, 1)),)


def test_the_deorbit_vehicle_keeps_its_propellant() -> None:
    vehicles = dict(ISS.vehicles)
    vehicles["us-deorbit-vehicle"] = vehicles["us-deorbit-vehicle"].model_copy(update={"can_raise": True})
    keys = {one.key for one in raisers(ISS.model_copy(update={"vehicles": vehicles}))}
    assert ISS.descent.deorbit_vehicle not in keys
    assert keys


# --- the timeline ----------------------------------------------------------------------------------------------------


def test_every_supply_has_words() -> None:
    assert set(NEEDS) == set(get_args(get_args(Partner.model_fields["supplies"].annotation)[0]))


def test_each_partner_is_named_with_each_of_its_supplies_once() -> None:
    rows = [row for row in commitments(ISS) if not row.backup]
    named = [(row.partner, row.need) for row in rows]
    assert len(named) == len(set(named))
    assert set(named) == {(key, need) for key, one in ISS.partners.items() for need in one.supplies}
    assert {row.until_utc for row in rows if row.partner == "roscosmos"} == {"2028-12-31T23:59:59Z"}


def test_a_partner_who_has_left_is_not_named() -> None:
    assert "jaxa" not in {row.partner for row in commitments(ending(jaxa=EPOCH - timedelta(days=1))) if not row.backup}


def test_backups_are_flights_of_others_that_could() -> None:
    rows = [row for row in commitments(ISS) if row.backup]
    propulsion = [row for row in rows if row.need == "propulsion"]
    assert propulsion
    assert {row.partner for row in propulsion} == {"nasa"}
    assert all(row.flight and row.flight.startswith("cygnus") and "m/s" in row.what for row in propulsion)
    assert {row.partner for row in rows if row.need == "deorbit"} == {"roscosmos"}
    assert not [row for row in rows if row.need == "crew-seats"]  # every seat is taken
    assert all(row.from_utc < row.until_utc for row in rows)


def test_a_spare_seat_is_a_backup() -> None:
    flights = dict(ISS.flights)
    flights["crew-13"] = flights["crew-13"].model_copy(update={"crew": 3})
    (row,) = [
        row
        for row in commitments(ISS.model_copy(update={"flights": flights}))
        if row.backup and row.need == "crew-seats"
    ]
    assert (row.flight, row.what) == ("crew-13", "1 spare seat")


# --- gaps ------------------------------------------------------------------------------------------------------------


def test_as_shipped_nobody_raises_the_orbit_after_2028() -> None:
    found = gaps_of(ISS)
    assert set(found) == {"propulsion"}
    (gap,) = found["propulsion"]
    assert span(gap) == (date(2029, 1, 1), date(2030, 12, 31))
    assert gap.days == 730
    assert "9.0 m/s a year, 18.0 m/s in all" in gap.consequence
    assert any(text.startswith("cygnus-") and "2.1 m/s from 300 kg" in text for text in gap.cover)
    assert any("cargo-dragon" in text and "brings no propellant" in text for text in gap.cover)
    assert any("roscosmos is committed to 2028-12-31 only" in text for text in gap.cover)


def test_a_boost_kit_is_counted_while_it_is_docked() -> None:
    (before,) = gaps_of(ISS)["propulsion"]
    vehicles = dict(ISS.vehicles)
    vehicles["cargo-dragon"] = vehicles["cargo-dragon"].model_copy(update={"propellant_kg": 1400.0})
    (after,) = gaps_of(ISS.model_copy(update={"vehicles": vehicles}))["propulsion"]
    text = next(text for text in after.cover if text.startswith("cargo-dragon"))
    assert "9.0 m/s from 1,400 kg" in text
    assert "holds altitude from" in text
    assert after.consequence != before.consequence


def test_propellant_already_spent_does_not_help() -> None:
    base = steady(ISS)
    spent = {one.key: 0.0 for one in raisers(ISS)}
    (gap,) = commitment_gaps(ISS, ReboostNeed(base.first_day, base.delta_v_mps_per_day, MASS_KG, spent))
    assert gap.covered_until_utc is None
    assert "holds it on 0 of 730 days" in gap.consequence
    assert any("has no propellant left" in text for text in gap.cover)


def test_the_partner_leaves_early() -> None:
    scenario = load_scenario("iss", ["partners.roscosmos.until=2028-06-30"])
    found = gaps_of(scenario)
    (propulsion,) = found["propulsion"]
    assert span(propulsion) == (date(2028, 7, 1), date(2030, 12, 31))
    assert "no partner supplies reboost" in propulsion.consequence
    (seats,) = found["crew-seats"]
    assert span(seats) == (date(2028, 7, 1), date(2028, 7, 22))  # Soyuz MS-31 takes them home on the 23rd
    assert seats.people == 3
    assert any("soyuz-ms-31 (3 seats, 3 taken" in text for text in seats.cover)
    short = as_shortfalls([propulsion, seats])
    assert [(row.utc, row.amount, row.unit) for row in short] == [
        ("2028-07-01T00:00:00Z", 914.0, "days"),
        ("2028-07-01T00:00:00Z", 22.0, "days"),
    ]
    assert short[0].what == "no partner is committed to supply propulsion"
    assert "3 people" in short[1].what


def test_operated_until_2032_every_need_is_open_from_2031_on() -> None:
    scenario = load_scenario("iss", ["horizon.operate_until=2032-09-30", "horizon.deorbit_by=2032-12-31"])
    found = gaps_of(scenario)
    assert set(found) == set(NEEDS)
    for need, rows in found.items():
        (gap,) = rows
        first = date(2029, 1, 1) if need == "propulsion" else date(2031, 1, 1)
        last = date(2032, 9, 30) if need in ("crew-seats", "cargo") else date(2032, 12, 31)
        assert span(gap) == (first, last), need
    (deorbit,) = found["deorbit"]
    assert deorbit.covered_until_utc == deorbit.to_utc  # it docked before its partner's commitment ended, and stays
    assert any(text.startswith("usdv") for text in deorbit.cover)
    (attitude,) = found["attitude-control"]
    assert "2 kg of propellant a day, 1,462 kg in all" in attitude.consequence
    (cargo,) = found["cargo"]
    assert "kg a day" in cargo.consequence


def test_a_partner_who_never_supplies_leaves_a_gap_from_the_epoch() -> None:
    partners = dict(ISS.partners)
    partners["roscosmos"] = partners["roscosmos"].model_copy(update={"supplies": ()})
    found = gaps_of(ISS.model_copy(update={"partners": partners}))
    (propulsion,) = found["propulsion"]
    assert span(propulsion)[0] == EPOCH
    assert propulsion.covered_until_utc is not None  # Progress is docked at the epoch


def test_food_tells_how_long_people_last_without_cargo() -> None:
    flights = {"crew": ISS.flights["crew-13"].model_copy(update={"undock": date(2028, 1, 1)})}
    supplies = {"food": ISS.supplies["food"].model_copy(update={"stock_kg": 1000.0})}
    partners = {
        key: one.model_copy(update={"supplies": tuple(need for need in one.supplies if need != "cargo")})
        for key, one in ISS.partners.items()
    }
    scenario = ISS.model_copy(update={"flights": flights, "cadence": {}, "supplies": supplies, "partners": partners})
    (gap,) = gaps_of(scenario)["cargo"]
    # From 2026-10-01 on 4 people eat 7.28 kg a day; 45 days of it, 327.6 kg, are kept: 92 days and a bit.
    assert gap.covered_until_utc == "2026-12-31T23:59:59Z"
    assert "food touches its reserve on 2027-01-01" in gap.cover[-1]


def test_figures_that_do_not_reach_are_refused() -> None:
    short = ReboostNeed(EPOCH, np.full(900, 0.02), MASS_KG)
    with pytest.raises(ValueError, match="do not cover 2029-01-01"):
        commitment_gaps(ISS, short)


@pytest.mark.parametrize("bad", [np.array([[0.1]]), np.array([np.nan]), np.array([-0.1])])
def test_figures_that_cannot_be_meant_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="finite"):
        ReboostNeed(EPOCH, bad, MASS_KG)


@pytest.mark.parametrize("mass_kg", [0.0, -1.0, float("nan")])
def test_a_mass_that_cannot_be_meant_is_refused(mass_kg: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        ReboostNeed(EPOCH, np.array([0.1]), mass_kg)


# --- what must hold whatever the partners decide ---------------------------------------------------------------------

some_day = st.integers(-100, 1900).map(lambda day: EPOCH + timedelta(days=day))
decisions = st.fixed_dictionaries(dict.fromkeys(ISS.partners, some_day))


@settings(max_examples=25, deadline=None)
@given(decisions)
def test_gaps_are_exactly_the_days_without_a_commitment_and_do_not_overlap(until: dict[str, date]) -> None:
    scenario = ending(**until)
    promised = [row for row in commitments(scenario) if not row.backup]
    found = gaps_of(scenario)
    for need in set(NEEDS) - {"crew-seats"}:
        needed = ISS.horizon.operate_until if need == "cargo" else ISS.horizon.deorbit_by
        last = max((until[key] for key, one in ISS.partners.items() if need in one.supplies), default=date.min)
        open_days = (needed - max(last, EPOCH - timedelta(days=1))).days
        assert sum(gap.days for gap in found[need]) == max(open_days, 0), need
    for need, rows in found.items():
        spans = [span(gap) for gap in rows]
        assert spans == sorted(spans)
        assert all(one[1] < other[0] for one, other in pairwise(spans))
        for gap, (first, last) in zip(rows, spans, strict=True):
            assert EPOCH <= first <= last <= ISS.horizon.deorbit_by
            assert gap.days == (last - first).days + 1
            assert (gap.covered_until_utc or gap.from_utc) <= gap.to_utc
            if not gap.people:
                assert all(row.until_utc[:10] < gap.from_utc[:10] for row in promised if row.need == need)


@settings(max_examples=25, deadline=None)
@given(decisions, st.sampled_from(sorted(ISS.partners)), st.integers(1, 600))
def test_an_earlier_end_never_shortens_a_gap(until: dict[str, date], partner: str, sooner: int) -> None:
    later = gaps_of(ending(**until))
    earlier = gaps_of(ending(**{**until, partner: until[partner] - timedelta(days=sooner)}))
    for need in set(NEEDS) - {"crew-seats"}:  # fewer flights of a partner who left strand fewer people
        assert sum(gap.days for gap in earlier[need]) >= sum(gap.days for gap in later[need]), need
