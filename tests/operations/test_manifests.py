"""Random manifests: what is flown keeps to ports, clearances and seats, or says where it does not."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointnemo.operations.crews import crew_violations
from pointnemo.operations.traffic import traffic_violations
from pointnemo.scenario import Scenario, arranging, expand_manifest, load_scenario
from pointnemo.scenario.choices import SHIFT_DAYS, Candidate, Choice, all_choices
from pointnemo.scenario.models import Cadence, Flight, Move
from pointnemo.scenario.schedule import Manifest, port_conflicts, port_on, stretches
from pointnemo.scenario.stays import breaches, breaches_of, meet

ISS = load_scenario()
EPOCH = ISS.orbit.epoch_utc.date()
FLOWN = ("soyuz-ms", "progress-ms", "crew-dragon", "cargo-dragon", "cygnus", "htv-x")
FITTING = {name: [key for key, port in ISS.station.ports.items() if name in port.accepts] for name in FLOWN}
SLOW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def listed(draw: st.DrawFn) -> Flight:
    vehicle = draw(st.sampled_from(FLOWN))
    port = draw(st.sampled_from(FITTING[vehicle]))
    dock = EPOCH + timedelta(days=draw(st.integers(-100, 500)))
    stay = draw(st.integers(3, 260))
    moves: tuple[Move, ...] = ()
    others = [key for key in FITTING[vehicle] if key != port]
    if others and draw(st.integers(0, 4)) == 0:
        moves = (Move(day=dock + timedelta(days=draw(st.integers(1, stay - 1))), port=draw(st.sampled_from(others))),)
    seats = ISS.vehicles[vehicle].seats
    return Flight(
        vehicle=vehicle, port=port, dock=dock, undock=dock + timedelta(days=stay), moves=moves,
        crew=draw(st.integers(0, seats + 1)) if seats else 0, cancelled=draw(st.integers(0, 9)) == 0,
        slip_days=draw(st.sampled_from((0, 0, 0, -40, 15, 60, 90))),
    )  # fmt: skip


@st.composite
def rhythm(draw: st.DrawFn) -> Cadence:
    vehicle = draw(st.sampled_from(FLOWN))
    first = EPOCH + timedelta(days=draw(st.integers(5, 300)))
    ports = draw(st.permutations(FITTING[vehicle]))
    return Cadence(
        vehicle=vehicle, ports=tuple(ports[: draw(st.integers(1, len(ports)))]), first_dock=first,
        interval_days=draw(st.integers(40, 200)), stay_days=draw(st.integers(5, 250)),
        until=first + timedelta(days=draw(st.integers(0, 400))), crew=ISS.vehicles[vehicle].seats,
    )  # fmt: skip


@st.composite
def manifests(draw: st.DrawFn) -> Scenario:
    flights = {f"f{index}": flight for index, flight in enumerate(draw(st.lists(listed(), max_size=7)))}
    cadence = {f"c{index}": one for index, one in enumerate(draw(st.lists(rhythm(), max_size=2)))}
    return ISS.model_copy(update={"flights": flights, "cadence": cadence})


def crewed(manifest: Manifest) -> list[Flight]:
    return [flight for flight in manifest.flights.values() if flight.crew]


@SLOW
@given(manifests())
def test_one_vehicle_on_a_port_and_every_vehicle_on_a_port_that_takes_it(scenario: Scenario) -> None:
    manifest = expand_manifest(scenario)
    assert port_conflicts(manifest.flights) == ()
    for flight in manifest.flights.values():
        assert flight.dock < flight.undock
        for port, begin, end in stretches(flight):
            assert flight.vehicle in scenario.station.ports[port].accepts
            assert begin < end
    day, last = EPOCH, EPOCH + timedelta(days=900)
    while day <= last:  # by the day, without the functions that the arrangement is made with
        on = [port_on(flight, day) for flight in manifest.flights.values() if flight.dock <= day < flight.undock]
        assert len(on) == len(set(on)), day
        day += timedelta(days=3)


@SLOW
@given(manifests())
def test_nothing_is_lost_silently(scenario: Scenario) -> None:
    manifest = expand_manifest(scenario)
    named = {one.key for one in (*manifest.no_port, *manifest.uncommitted)} | set(manifest.cancelled)
    assert named.isdisjoint(manifest.flights)
    assert scenario.flights.keys() <= named | manifest.flights.keys()
    violations = traffic_violations(scenario)
    ports = {violation.subject for violation in violations if violation.constraint == "port"}
    assert {one.key for one in manifest.no_port} | {one.key for one in manifest.changes if one.wait_days} == ports
    changed = {change.key for change in manifest.changes}
    for key, asked in scenario.flights.items():
        flown = manifest.flights.get(key)
        if flown is not None and key not in changed:
            slip = timedelta(days=asked.slip_days)
            assert (flown.port, flown.dock, flown.undock) == (asked.port, asked.dock + slip, asked.undock + slip)


@SLOW
@given(manifests())
def test_a_clearance_is_kept_or_named(scenario: Scenario) -> None:
    manifest = expand_manifest(scenario)
    broken = [one for one in breaches(scenario.station.clearances, manifest.flights) if one.day >= EPOCH]
    named = [one for one in traffic_violations(scenario) if one.constraint == "clearance"]
    assert len(broken) == len(named)
    for one in broken:
        assert {one.holder, one.other} <= scenario.flights.keys(), "a flight of a cadence breaks none"


@SLOW
@given(manifests())
def test_everybody_has_a_seat_or_is_named(scenario: Scenario) -> None:
    manifest = expand_manifest(scenario)
    seats = [violation for violation in crew_violations(scenario) if violation.constraint == "seat"]
    crowded = False
    day = EPOCH
    while day <= EPOCH + timedelta(days=900):
        docked = [flight for flight in manifest.flights.values() if flight.dock <= day < flight.undock]
        aboard = sum(flight.crew for flight in docked)
        crowded |= aboard > sum(scenario.vehicles[flight.vehicle].seats for flight in docked)
        day += timedelta(days=1)
    if crowded:
        assert seats
    if all(flight.crew <= scenario.vehicles[flight.vehicle].seats for flight in crewed(manifest)):
        assert not seats


@SLOW
@given(manifests())
def test_an_arranged_manifest_is_its_own_arrangement(scenario: Scenario) -> None:
    first = expand_manifest(scenario)
    assert expand_manifest(scenario.model_copy()) == first
    fixed = scenario.model_copy(update={"flights": dict(first.flights), "cadence": {}})
    again = expand_manifest(fixed)
    assert again.flights == first.flights
    assert again.changes == again.no_port == ()


# --- the best there is -----------------------------------------------------------------------------------------------


def cadence_only(cadences: Sequence[Cadence]) -> Scenario:
    cadence = {f"c{index}": one for index, one in enumerate(cadences)}
    return ISS.model_copy(update={"flights": {}, "cadence": cadence})


@st.composite
def crowded_port(draw: st.DrawFn) -> tuple[Cadence, ...]:
    """Flights that all want Unity nadir, one cadence each."""
    days = draw(st.lists(st.tuples(st.integers(40, 160), st.integers(5, 90)), min_size=2, max_size=5))
    return tuple(
        Cadence(
            vehicle="cygnus", ports=("unity-nadir",), first_dock=EPOCH + timedelta(days=dock), interval_days=1,
            stay_days=stay, until=EPOCH + timedelta(days=dock),
        )
        for dock, stay in days
    )  # fmt: skip


def fit_on_one_port(flights: Sequence[Cadence]) -> bool:
    """Whether some order exists in which each docks inside its window after the one before has left."""
    for order in itertools.permutations(flights):
        free = date.min
        for one in order:
            dock = max(free, one.first_dock - timedelta(days=SHIFT_DAYS))
            if dock > one.first_dock + timedelta(days=SHIFT_DAYS):
                break
            free = dock + timedelta(days=one.stay_days)
        else:
            return True
    return False


@SLOW
@given(crowded_port())
def test_as_few_flights_are_lost_as_any_order_on_one_port_loses(flights: tuple[Cadence, ...]) -> None:
    least = next(
        lost
        for lost in range(len(flights) + 1)
        if any(fit_on_one_port(some) for some in itertools.combinations(flights, len(flights) - lost))
    )
    manifest = expand_manifest(cadence_only(flights))
    assert len(manifest.no_port) == least
    assert manifest.proven


def best_by_search(options: Sequence[Sequence[Choice]]) -> tuple[int, int]:
    """Fewest lost and then least cost over every combination of choices of cadence flights."""
    best = (len(options) + 1, 0)

    def clash(one: Flight, other: Flight) -> bool:
        rules = ISS.station.clearances
        return bool(meet(one, other) or breaches_of(rules, one, other) or breaches_of(rules, other, one))

    def descend(index: int, taken: tuple[Flight, ...], lost: int, cost: int) -> None:
        nonlocal best
        if (lost, cost) >= best:
            return
        if index == len(options):
            best = (lost, cost)
            return
        for choice in options[index]:
            if not any(clash(choice.flight, other) for other in taken):
                descend(index + 1, (*taken, choice.flight), lost, cost + choice.cost)
        descend(index + 1, taken, lost + 1, cost)

    descend(0, (), 0, 0)
    return best


def candidates_of(days: Sequence[tuple[int, int]]) -> tuple[Candidate, ...]:
    """Crewed Dragons on two ports, as candidates of equal standing."""
    found = []
    for index, (dock, stay) in enumerate(days):
        first = EPOCH + timedelta(days=dock)
        flight = Flight(
            vehicle="crew-dragon", port="harmony-forward", dock=first, undock=first + timedelta(days=stay), crew=4,
            status="cadence",
        )  # fmt: skip
        ports = ("harmony-forward", "harmony-zenith")
        found.append(Candidate(f"c-{index}", "c", flight, ports, False, flight.undock, 1, 1000))
    return tuple(found)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(20, 70), st.integers(10, 60)), min_size=2, max_size=4))
def test_the_arrangement_is_the_best_of_all_combinations(days: list[tuple[int, int]]) -> None:
    candidates = candidates_of(days)
    arrangement = arranging.arrange(ISS, candidates)
    options = [all_choices(ISS, one, candidates, step=1) for one in candidates]
    lost = sum(choice is None for choice in arrangement.chosen.values())
    cost = sum(choice.cost for choice in arrangement.chosen.values() if choice is not None)
    assert (lost, cost) == best_by_search(options)
    assert arrangement.proven


@pytest.mark.parametrize("name", ["iss", "iss-let-go"])
def test_walk_and_integer_programme_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the walk over the days finds costs no more than what the solver finds among far more choices."""
    scenario = load_scenario(name)
    quick = expand_manifest(scenario)
    monkeypatch.setattr(arranging, "MOST_STATES", 0)
    solved = expand_manifest(scenario.model_copy())
    assert solved.proven
    assert solved.no_port == solved.changes == ()
    assert departures(scenario, solved) == departures(scenario, quick)


def departures(scenario: Scenario, manifest: Manifest) -> int:
    """How often a flight of a cadence is not on its first port, by rank."""
    keys = [key for key in manifest.flights if key not in scenario.flights]
    ports = [(scenario.cadence[key.rpartition("-")[0]].ports, manifest.flights[key].port) for key in keys]
    return sum(listed_ports.index(port) for listed_ports, port in ports)


def test_a_manifest_that_nobody_flies_is_answered_all_the_same() -> None:
    """A Cygnus every third day: hundreds are lost and named, what flies keeps to the ports, no proof is claimed."""
    manifest = expand_manifest(load_scenario(set=["cadence.cygnus.interval_days=3"]))
    assert not manifest.proven
    assert len(manifest.no_port) > 300
    assert port_conflicts(manifest.flights) == ()
    assert ISS.flights.keys() <= manifest.flights.keys()
