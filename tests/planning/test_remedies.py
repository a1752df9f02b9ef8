"""The search for the least change that mends a check, on checks whose answer is known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pointnemo.errors import FlightError
from pointnemo.planning.remedies import margin, remedies
from pointnemo.results import Check
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Scenario


def deorbit_check(entry: date, limit: date) -> Check:
    return Check(
        id="deorbit_by",
        text="",
        value=entry.isoformat(),
        limit=limit.isoformat(),
        unit="date, at most",
        ok=entry <= limit,
    )


def toy(scenario: Scenario) -> tuple[Check, ...]:
    """A station that falls in 1,000 days from the start of lowering, a day sooner for every 25 kg."""
    lowering = scenario.descent.lowering_start
    entry = lowering + timedelta(days=1000 - int(scenario.descent.lowering_propellant_kg / 25))
    leaves = entry - timedelta(days=180)
    until = scenario.horizon.operate_until
    return (
        Check(
            id="operate_until",
            text="",
            value=leaves.isoformat(),
            limit=until.isoformat(),
            unit="date, at least",
            ok=leaves >= until,
        ),
        deorbit_check(entry, scenario.horizon.deorbit_by),
    )


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("iss")


def test_each_lever_is_turned_by_the_least_that_mends(scenario: Scenario) -> None:
    failed = toy(scenario)[1]
    assert not failed.ok
    late = (date.fromisoformat(str(failed.value)) - scenario.horizon.deorbit_by).days
    start, propellant, target = remedies(failed, scenario, toy, toy)
    earlier = scenario.descent.lowering_start - timedelta(days=late)
    assert start.set == (f"descent.lowering_start={earlier.isoformat()}",)
    assert propellant.set == (f"descent.lowering_propellant_kg={25 * late}",)
    assert target.set == (f"horizon.deorbit_by={failed.value}",)
    assert all(remedy.ok for remedy in (start, propellant, target))


def test_a_remedy_that_breaks_another_check_says_so(scenario: Scenario) -> None:
    def strict(candidate: Scenario) -> tuple[Check, ...]:
        operate, deorbit = toy(candidate)
        early = candidate.descent.lowering_start < scenario.descent.lowering_start
        return (operate.model_copy(update={"ok": not early}), deorbit)

    start, propellant, _ = remedies(toy(scenario)[1], scenario, strict, strict)
    assert "still failing: operate_until" in start.text
    assert "still failing" not in propellant.text


def test_a_lever_that_cannot_mend_says_so(scenario: Scenario) -> None:
    stubborn = deorbit_check(date(2050, 1, 1), date(2030, 12, 31))
    found = remedies(stubborn, scenario, lambda _: (stubborn,), lambda _: (stubborn,))
    assert [remedy.ok for remedy in found] == [False, False, False]
    assert all(remedy.set == () for remedy in found)


def test_a_lever_that_is_too_short_is_helped_by_propellant(scenario: Scenario) -> None:
    def slow(candidate: Scenario) -> tuple[Check, ...]:
        operate, deorbit = toy(candidate)
        entry = date.fromisoformat(str(deorbit.value)) + timedelta(days=1000)
        return (operate, deorbit_check(entry, candidate.horizon.deorbit_by))

    start = remedies(slow(scenario)[1], scenario, slow, slow)[0]
    assert start.ok
    assert [line.split("=")[0] for line in start.set] == ["descent.lowering_start", "descent.lowering_propellant_kg"]
    alone = remedies(slow(scenario)[1], scenario, slow, slow)[1]
    assert float(start.set[1].split("=")[1]) < float(alone.set[0].split("=")[1])


def test_a_survey_that_is_a_day_short_is_nudged_until_the_flight_confirms(scenario: Scenario) -> None:
    def slower(candidate: Scenario) -> tuple[Check, ...]:
        operate, deorbit = toy(candidate)
        entry = date.fromisoformat(str(deorbit.value)) + timedelta(days=2)
        return (operate, deorbit_check(entry, candidate.horizon.deorbit_by))

    surveyed = remedies(toy(scenario)[1], scenario, toy, toy)[0]
    confirmed = remedies(toy(scenario)[1], scenario, toy, slower)[0]
    first, second = (date.fromisoformat(remedy.set[0].split("=")[1]) for remedy in (surveyed, confirmed))
    assert (first - second).days == 2


def test_candidates_that_cannot_be_flown_do_not_stop_the_search(scenario: Scenario) -> None:
    def fragile(candidate: Scenario) -> tuple[Check, ...]:
        if candidate.descent.lowering_propellant_kg > 30_000:
            raise FlightError("out of range")
        return toy(candidate)

    assert remedies(toy(scenario)[1], scenario, fragile, fragile)[1].ok


def test_checks_outside_the_history_have_no_lever(scenario: Scenario) -> None:
    land = Check(id="land_clearance_km", text="", value=100.0, limit=370.0, unit="km, at least", ok=False)
    (only,) = remedies(land, scenario, toy, toy)
    assert only.lever == "other"
    assert only.set == ()


@pytest.mark.parametrize(
    ("value", "limit", "unit", "expected"),
    [
        (5.0, 3.0, "km, at least", 2.0),
        (5.0, 3.0, "km, at most", -2.0),
        ("2030-01-11", "2030-01-01", "date, at most", -10.0),
        ("2030-01-11", "2030-01-01", "date, at least", 10.0),
    ],
)
def test_margins(value: float | str, limit: float | str, unit: str, expected: float) -> None:
    check = Check(id="x", text="", value=value, limit=limit, unit=unit, ok=expected >= 0)
    assert margin(check) == expected


def test_a_check_without_a_value_has_no_margin() -> None:
    assert margin(Check(id="x", text="", value=None, limit=1, unit="km, at most", ok=False)) == float("-inf")
