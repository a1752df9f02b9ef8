"""Rotations, handovers, duty, seats at every instant."""

from __future__ import annotations

from datetime import date, timedelta

from pointnemo.operations.crews import crew_violations, instants, rotations
from pointnemo.operations.traffic import traffic_violations
from pointnemo.scenario import Scenario, load_scenario
from pointnemo.scenario.models import Flight, Move

ISS = load_scenario()
EPOCH = ISS.orbit.epoch_utc.date()


def with_flights(**flights: Flight) -> Scenario:
    """These flights and no others, with nobody needed aboard."""
    rules = ISS.crew.model_copy(update={"least_aboard": 0})
    return ISS.model_copy(update={"flights": dict(flights), "cadence": {}, "crew": rules})


def soyuz(dock: int, undock: int, crew: int = 3, port: str = "rassvet-nadir", move: int | None = None) -> Flight:
    """Days are counted from the epoch."""
    moves = () if move is None else (Move(day=EPOCH + timedelta(days=move), port="poisk-zenith"),)
    return Flight(
        vehicle="soyuz-ms", port=port, dock=EPOCH + timedelta(days=dock), undock=EPOCH + timedelta(days=undock),
        crew=crew, moves=moves,
    )  # fmt: skip


def kinds(scenario: Scenario) -> list[tuple[str, str, float]]:
    return [(one.constraint, one.subject, one.amount) for one in crew_violations(scenario)]


def test_the_shipped_crews_meet_until_one_dragon_port_is_left() -> None:
    rows = {row.flight: row for row in rotations(ISS)}
    assert (rows["crew-13"].relieves, rows["crew-13"].handover_days) == ("crew-12", 6)
    assert (rows["soyuz-ms-30"].relieves, rows["soyuz-ms-30"].days_aboard) == ("soyuz-ms-29", 254)
    assert rows["crew-12"].relieves is None
    missed = [("handover", "crew-dragon-last-2", 5.0), ("handover", "crew-dragon-last-3", 5.0)]
    assert kinds(ISS) == missed
    assert [row.flight for row in rows.values() if not row.ok] == [flight for _, flight, _ in missed]


def test_a_crew_is_relieved_by_its_own_partner() -> None:
    assert all(row.relieves is None or ISS.vehicles[row.vehicle].partner == row.partner for row in rotations(ISS))
    assert not any(row.relieves and ("soyuz" in row.flight) != ("soyuz" in row.relieves) for row in rotations(ISS))


def test_a_short_and_an_indirect_handover_are_named() -> None:
    short = with_flights(one=soyuz(-50, 100), two=soyuz(97, 200, port="prichal-nadir"))
    assert kinds(short) == [("handover", "two", 2.0)]
    indirect = with_flights(one=soyuz(-50, 100), two=soyuz(103, 200))
    (violation,) = crew_violations(indirect)
    assert violation.amount == 8.0
    assert "comes 3 days after one left" in violation.text


def test_duty_counts_from_launch() -> None:
    flight = soyuz(10, 380).model_copy(update={"launch": EPOCH + timedelta(days=8)})
    assert kinds(with_flights(one=flight)) == [("duty", "one", 1.0)]
    assert kinds(with_flights(one=soyuz(10, 380))) == []


def test_people_without_a_seat_are_named_when_it_is_worst() -> None:
    crowded = with_flights(one=soyuz(-10, 100, crew=4))
    (violation,) = crew_violations(crowded)
    assert (violation.constraint, violation.subject, violation.amount) == ("seat", "one", 1.0)
    assert "bring fewer with one" in violation.text


def test_a_free_seat_elsewhere_helps_while_it_is_there() -> None:
    spare = with_flights(one=soyuz(-10, 100, crew=4), two=soyuz(-10, 60, crew=0, port="poisk-zenith"))
    (violation,) = crew_violations(spare)
    assert violation.utc[:10] == (EPOCH + timedelta(days=60)).isoformat(), "the day on which the spare seats leave"


def test_people_ride_their_own_vehicle_when_it_is_relocated() -> None:
    """The vehicle with the spare seat flies round: whoever counts on that seat has none meanwhile."""
    sets = {"one": soyuz(-10, 100, crew=4), "two": soyuz(-10, 100, crew=2, port="prichal-nadir")}
    assert kinds(with_flights(**sets)) == []  # the fourth rides home with two
    sets["two"] = soyuz(-10, 100, crew=2, port="prichal-nadir", move=50)
    first = crew_violations(with_flights(**sets))[0]
    assert first.utc[:10] == (EPOCH + timedelta(days=50)).isoformat()
    assert "two is being relocated" in first.text
    full = with_flights(one=soyuz(-10, 100), two=soyuz(-10, 100, port="prichal-nadir", move=50))
    assert kinds(full) == []


def test_on_a_day_of_turnover_those_who_leave_go_first() -> None:
    scenario = with_flights(one=soyuz(-10, 50), two=soyuz(50, 100))
    turn = [one for one in instants(scenario) if one.day == EPOCH + timedelta(days=50)]
    assert [one.docked for one in turn] == [(), ("two",)]
    rules = scenario.crew.model_copy(update={"least_aboard": 3, "handover_days": 0})
    empty = scenario.model_copy(
        update={"crew": rules, "horizon": scenario.horizon.model_copy(update={"operate_until": date(2026, 11, 30)})}
    )
    (violation,) = crew_violations(empty)
    assert (violation.constraint, violation.amount) == ("crew", 3.0)
    assert f"on {EPOCH + timedelta(days=50)} only 0 people" in violation.text


def test_a_station_without_crew_to_the_end_of_operations_is_named() -> None:
    longer = load_scenario(set=["horizon.operate_until=2032-09-30", "horizon.deorbit_by=2033-12-31"])
    last = [one for one in crew_violations(longer) if one.constraint == "crew"][-1]
    assert "from 2031-05-29 to 2032-10-01" in last.text


def test_a_cancelled_crew_is_missed_by_name() -> None:
    rows = crew_violations(load_scenario(set=["flights.soyuz-ms-31.cancelled=true"]))
    assert ("handover", "soyuz-ms-32") in [(row.constraint, row.subject) for row in rows]


def test_seats_missed_during_operations_are_told_even_where_it_is_worse_later() -> None:
    """One stretch from the epoch to the de-orbit, with the most people without a seat long after operations end."""
    days = ("descent.lowering_start=2026-12-01", "horizon.operate_until=2026-12-01")
    scenario = load_scenario(set=[*days, "vehicles.crew-dragon.seats=0", "flights.crew-dragon-last-1.crew=40"])
    told = [one for one in crew_violations(scenario) if one.constraint == "seat"]
    during = [one for one in told if one.utc[:10] <= "2026-12-01"]
    assert [one.amount for one in during] == [8.0]
    assert max(told, key=lambda one: one.amount).utc[:10] > "2026-12-01"


def test_a_stay_too_long_counts_from_the_day_that_its_limit_is_passed() -> None:
    """The vehicle leaves after operations end: the limit is passed before, on 2027-03-06."""
    limits = ["crew.duty_limit_days=155", "vehicles.crew-dragon.stay_limit_days=155"]

    def told(end: str) -> set[tuple[str, str]]:
        days = [f"descent.lowering_start={end}", f"horizon.operate_until={end}"]
        scenario = load_scenario(set=[*days, *limits])
        found = (*crew_violations(scenario), *traffic_violations(scenario))
        return {
            (one.constraint, one.utc[:10])
            for one in found
            if one.subject == "crew-13" and one.constraint in ("duty", "stay") and one.utc[:10] <= end
        }

    assert told("2027-03-05") == set()
    assert told("2027-03-06") == {("duty", "2027-03-06"), ("stay", "2027-03-06")}
    assert told("2027-04-01") == {("duty", "2027-04-01"), ("stay", "2027-04-01")}
    assert told("2027-12-01") == {("duty", "2027-06-08"), ("stay", "2027-06-08")}
