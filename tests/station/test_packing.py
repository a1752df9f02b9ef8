"""The schedule that the kernel reads says what the scenario says."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from tests.history_cases import steady_world, track_at

from pointnemo.errors import ScenarioError
from pointnemo.motion.history import INSIDE_KM, NARROWEST_KM, WITHIN_PLAN_KM, Decision, PlannedBurn, SecondStage, fly
from pointnemo.motion.history_tables import DELIVERED, LOWERING, REMAINING
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Flight, Move, Quiet, Scenario, SecondLowering
from pointnemo.station.attitude import drag_factor
from pointnemo.station.corridor import lower_edge_km
from pointnemo.station.packing import LOWERING_TANK, SECOND_TANK, decide
from pointnemo.station.stack import docked_at, dry_station_kg
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_date, from_utc

EPOCH = date(2026, 9, 4)
WORLD = steady_world(EPOCH, date(2035, 12, 31))


@pytest.fixture(scope="module")
def iss() -> Scenario:
    return load_scenario("iss")


@pytest.fixture(scope="module")
def decision(iss: Scenario) -> Decision:
    return decide(iss, WORLD, track_at(iss, 418.0))  # type: ignore[arg-type]


def test_rows_are_the_epoch_and_then_midnights(decision: Decision) -> None:
    rows = decision.schedule.tt_s
    assert rows[0] == from_utc("2026-09-04T12:00:00Z")
    assert rows[1] == from_date(date(2026, 9, 5))
    assert rows[300] == from_date(EPOCH + timedelta(days=300))
    assert len(rows) == len(decision.schedule.dry_mass_kg) + 1


@pytest.mark.parametrize("step", [0, 40, 200, 800])
def test_dry_mass_is_that_of_the_docked_vehicles(iss: Scenario, decision: Decision, step: int) -> None:
    docked = docked_at(iss, EPOCH + timedelta(days=step)).values()
    expected = dry_station_kg(iss) + sum(iss.vehicles[flight.vehicle].docked_mass_kg for flight in docked)
    assert decision.schedule.dry_mass_kg[step] == pytest.approx(expected)


def test_tanks_come_and_go_with_their_flights(iss: Scenario, decision: Decision) -> None:
    schedule = decision.schedule
    assert decision.tanks[: len(iss.station.tanks)] == tuple(iss.station.tanks)
    assert decision.tanks[-1] == LOWERING_TANK
    for step in (0, 100, 500):
        aboard = {
            key
            for k, key in enumerate(decision.tanks)
            if schedule.from_step[k] <= step < schedule.to_step[k] and not schedule.is_station[k]
        }
        docked = docked_at(iss, EPOCH + timedelta(days=step))
        carrying = {key for key, one in docked.items() if iss.vehicles[one.vehicle].propellant_kg > 0}
        assert aboard == carrying


def test_only_the_able_raise_and_never_the_deorbit_vehicle(iss: Scenario, decision: Decision) -> None:
    names = [decision.tanks[k] for k in decision.schedule.raise_order]
    assert iss.descent.deorbit_vehicle in decision.tanks
    assert iss.descent.deorbit_vehicle not in names
    assert LOWERING_TANK not in names
    assert np.all(decision.schedule.thrust_n[decision.schedule.raise_order] > 0)
    station = [k for k in decision.schedule.raise_order if decision.schedule.is_station[k]]
    assert list(decision.schedule.raise_order[-len(station) :]) == station  # docked vehicles pay first
    k = decision.tanks.index(iss.descent.deorbit_vehicle)
    assert decision.schedule.partner[k] == -1


def test_a_port_that_cannot_raise_makes_a_vehicle_that_does_not(iss: Scenario) -> None:
    flight = Flight(vehicle="progress-ms", port="poisk-zenith", dock=EPOCH, undock=date(2027, 3, 1))
    port = iss.station.ports["poisk-zenith"].model_copy(update={"raises": False})
    station = iss.station.model_copy(update={"ports": {**iss.station.ports, "poisk-zenith": port}})
    only = {"p": flight, iss.descent.deorbit_vehicle: iss.flights[iss.descent.deorbit_vehicle]}
    scenario = iss.model_copy(update={"station": station, "flights": only, "cadence": {}})
    packed = decide(scenario, WORLD, track_at(scenario, 418.0))  # type: ignore[arg-type]
    assert "p" not in [packed.tanks[k] for k in packed.schedule.raise_order]
    assert "p" in [packed.tanks[k] for k in packed.schedule.attitude_order]


def test_a_start_before_the_epoch_is_refused(iss: Scenario) -> None:
    descent = iss.descent.model_copy(update={"lowering_start": date(2026, 1, 1)})
    with pytest.raises(ScenarioError) as refused:
        decide(iss.model_copy(update={"descent": descent}), WORLD, track_at(iss, 418.0))  # type: ignore[arg-type]
    assert [defect.where for defect in refused.value.defects] == ["descent.lowering_start"]


# --- the way down ----------------------------------------------------------------------------------------------------


def lowered(iss: Scenario, **changes: object) -> Decision:
    scenario = iss.model_copy(update={"descent": iss.descent.model_copy(update=changes)})
    return decide(scenario, WORLD, track_at(scenario, 418.0))  # type: ignore[arg-type]


def test_a_second_stage_of_the_deorbit_vehicle_comes_out_of_its_flight(iss: Scenario) -> None:
    second = SecondLowering(start=date(2029, 9, 1), propellant_kg=4000.0, vehicle="us-deorbit-vehicle", kg_per_day=80.0)
    decision = lowered(iss, second_lowering=second)
    policy = decision.policy
    assert decision.tanks[-1] == LOWERING_TANK  # no tank comes on top
    assert decision.tanks[policy.second_tank] == iss.descent.deorbit_vehicle
    assert not policy.second_brought
    assert EPOCH + timedelta(days=policy.second_step) == second.start
    assert (policy.second_kg, policy.second_kg_per_day) == (4000.0, 80.0)
    line = [WORLD.weather.line("mean")]
    flown, plain = (fly(one, line, WORLD.climate) for one in (decision, lowered(iss)))
    row = flown.ledger_kg[0, policy.second_tank]
    assert row[DELIVERED] == iss.vehicles["us-deorbit-vehicle"].propellant_kg
    assert row[LOWERING] == pytest.approx(4000.0)
    assert row[REMAINING] == pytest.approx(row[DELIVERED] - 4000.0)
    assert flown.ledger_kg[0, :, DELIVERED].sum() <= plain.ledger_kg[0, :, DELIVERED].sum()
    assert flown.handover_tt_s[0] < plain.handover_tt_s[0]


def test_a_second_stage_of_another_vehicle_is_brought(iss: Scenario) -> None:
    second = SecondLowering(start=date(2029, 9, 1), propellant_kg=4000.0, vehicle="progress-ms")
    decision = lowered(iss, second_lowering=second)
    policy = decision.policy
    assert decision.tanks[policy.second_tank] == SECOND_TANK
    assert decision.partners[policy.second_tank] == "roscosmos"
    assert policy.second_brought
    isp = decision.schedule.specific_impulse_s[policy.second_tank]
    assert isp == iss.vehicles["progress-ms"].specific_impulse_s
    flown = fly(decision, [WORLD.weather.line("mean")], WORLD.climate)
    assert flown.ledger_kg[0, policy.second_tank, DELIVERED] == 4000.0
    assert flown.ledger_kg[0, decision.tanks.index(iss.descent.deorbit_vehicle), LOWERING] == 0.0


def test_a_search_may_add_a_second_stage_that_the_scenario_has_not(iss: Scenario) -> None:
    given = SecondLowering(start=date(2029, 9, 1), propellant_kg=4000.0, vehicle="us-deorbit-vehicle")
    packed = lowered(iss, second_lowering=given)
    turned = lowered(iss).with_lowering(second=SecondStage(date(2029, 9, 1), 4000.0))
    assert turned.tanks == packed.tanks
    line = [WORLD.weather.line("mean")]
    one, other = (fly(decision, line, WORLD.climate) for decision in (packed, turned))
    assert np.array_equal(one.ledger_kg, other.ledger_kg)
    assert one.handover_tt_s[0] == other.handover_tt_s[0]
    vehicle = iss.vehicles["us-deorbit-vehicle"].model_copy(update={"propellant_kg": 0.0})
    dry = iss.model_copy(update={"vehicles": {**iss.vehicles, "us-deorbit-vehicle": vehicle}})
    with pytest.raises(ScenarioError, match="nobody"):
        lowered(dry).with_lowering(second=SecondStage(date(2029, 9, 1), 4000.0))


def test_attitudes_scale_the_drag_of_their_part(iss: Scenario) -> None:
    assert (lowered(iss).policy.crewed_factor, lowered(iss).policy.uncrewed_factor) == (1.0, 1.0)
    attitudes = iss.descent.attitudes.model_copy(update={"crewed": "broadside", "uncrewed": "edge-on"})
    policy = lowered(iss, attitudes=attitudes).policy
    assert policy.crewed_factor == drag_factor(iss, "broadside") > 1.0
    assert policy.uncrewed_factor == drag_factor(iss, "edge-on") < 1.0
    assert policy.uncrewed_km == EARTH_RADIUS_KM + iss.descent.crew_departure_altitude_km
    assert policy.cd_area_m2 == lowered(iss).policy.cd_area_m2


# --- when an engine may raise ----------------------------------------------------------------------------------------


def packed_with(iss: Scenario, flights: dict[str, Flight], **changes: object) -> Decision:
    """The shipped scenario with these flights and the de-orbit vehicle only."""
    last = iss.flights[iss.descent.deorbit_vehicle]
    only = {**flights, iss.descent.deorbit_vehicle: last}
    scenario = iss.model_copy(update={"flights": only, "cadence": {}, **changes})
    return decide(scenario, WORLD, track_at(scenario, 418.0))  # type: ignore[arg-type]


def raising_days(decision: Decision, tank: str) -> set[date]:
    steps = np.flatnonzero(decision.schedule.can_raise[decision.tanks.index(tank)])
    return {EPOCH + timedelta(days=int(step)) for step in steps}


def days(first: date, last: date) -> set[date]:
    """Both included."""
    return {first + timedelta(days=k) for k in range((last - first).days + 1)}


def test_a_relocated_vehicle_raises_from_ports_that_raise(iss: Scenario) -> None:
    """Prichal does not raise, Zvezda aft does; the day of the move, like those of docking and undocking, is no day."""
    moves = (Move(day=date(2026, 12, 1), port="prichal-nadir"), Move(day=date(2027, 2, 1), port="poisk-zenith"))
    flight = Flight(
        vehicle="progress-ms", port="zvezda-aft", dock=date(2026, 10, 1), undock=date(2027, 3, 1), moves=moves
    )
    decision = packed_with(iss, {"p": flight})
    first, last = days(date(2026, 10, 2), date(2026, 11, 30)), days(date(2027, 2, 2), date(2027, 2, 28))
    assert raising_days(decision, "p") == first | last
    order = [decision.tanks[k] for k in decision.schedule.raise_order]
    assert order[0] == "p"


def test_nobody_thrusts_on_quiet_days_and_days_of_traffic(iss: Scenario) -> None:
    soyuz = Flight(vehicle="soyuz-ms", port="prichal-nadir", dock=date(2026, 11, 3), undock=date(2026, 11, 20))
    progress = Flight(vehicle="progress-ms", port="zvezda-aft", dock=EPOCH - timedelta(1), undock=date(2027, 3, 1))
    quiet = {"one": Quiet(from_day=date(2026, 10, 5), to_day=date(2026, 10, 11))}
    decision = packed_with(iss, {"s": soyuz, "p": progress}, quiet=quiet)
    still = days(date(2026, 10, 5), date(2026, 10, 11)) | {date(2026, 11, 3), date(2026, 11, 20)}
    assert raising_days(decision, "p") == days(EPOCH, date(2027, 2, 28)) - still
    assert not raising_days(decision, "zvezda") & (still | {date(2027, 3, 1)})
    step = (date(2026, 10, 5) - EPOCH).days
    assert list(decision.schedule.pause_days[step - 1 : step + 8]) == [0, 7, 6, 5, 4, 3, 2, 1, 0]


def test_only_engines_raise(decision: Decision, iss: Scenario) -> None:
    for tank in ("zarya", iss.descent.deorbit_vehicle, LOWERING_TANK):
        assert raising_days(decision, tank) == set()
    docked = decision.schedule
    steps = np.arange(len(docked.dry_mass_kg))
    away = (steps < docked.from_step[:, None]) | (steps >= docked.to_step[:, None])
    assert not np.any(docked.can_raise & away)
    assert np.array_equal(np.flatnonzero(docked.can_raise.any(axis=1)), np.sort(docked.raise_order))


# --- corridor and plan -----------------------------------------------------------------------------------------------


def ruled(iss: Scenario, **rules: float | None) -> Scenario:
    return iss.model_copy(update={"rules": iss.rules.model_copy(update=rules)})


def test_the_rule_acts_at_the_computed_edge(iss: Scenario) -> None:
    """Without a plan also at the end altitude, up to the top; on days of a plan at the edge, up to 8 km above it."""
    scenario = ruled(iss, corridor_lower_km=None, end_altitude_km=412.0)
    track = track_at(scenario, 418.0)
    edge = lower_edge_km(scenario, WORLD, track)[1:]  # type: ignore[arg-type]
    bare = decide(scenario, WORLD, track)  # type: ignore[arg-type]
    top = EARTH_RADIUS_KM + scenario.rules.corridor_upper_km - INSIDE_KM
    capped = np.minimum(edge, scenario.rules.corridor_upper_km - NARROWEST_KM)
    assert bare.schedule.act_km == pytest.approx(EARTH_RADIUS_KM + np.maximum(capped, 412.0), abs=1e-9)
    assert np.all(bare.schedule.raise_km == top)
    assert np.all(bare.schedule.planned_km == 0.0)
    planned = decide(scenario, WORLD, track, [PlannedBurn(100, "zvezda", 417.0)])  # type: ignore[arg-type]
    until = planned.policy.lowering_step
    assert until == (scenario.descent.lowering_start - EPOCH).days
    within = planned.schedule.act_km[:until] - EARTH_RADIUS_KM
    assert within == pytest.approx(capped[:until], abs=1e-9)
    assert planned.schedule.raise_km[:until] == pytest.approx(
        np.minimum(top, EARTH_RADIUS_KM + within + WITHIN_PLAN_KM), abs=1e-9
    )
    assert np.array_equal(planned.schedule.act_km[until:], bare.schedule.act_km[until:])
    assert np.array_equal(planned.schedule.raise_km[until:], bare.schedule.raise_km[until:])
    assert np.flatnonzero(planned.schedule.planned_km).tolist() == [100]
    assert planned.schedule.planned_km[100] == pytest.approx(EARTH_RADIUS_KM + 417.0)
    assert planned.tanks[planned.schedule.planned_tank[100]] == "zvezda"
    assert np.array_equal(planned.with_plan((), 0).schedule.act_km, bare.schedule.act_km)


def test_a_typed_edge_is_a_floor_also_within_a_plan_and_near_the_top(iss: Scenario) -> None:
    scenario = ruled(iss, corridor_lower_km=418.0, corridor_upper_km=418.5, survival_days=0)
    bare = decide(scenario, WORLD, track_at(scenario, 418.2))  # type: ignore[arg-type]
    for decision in (bare, bare.with_plan((), 300)):
        assert np.all(decision.schedule.act_km == EARTH_RADIUS_KM + 418.0)
        assert np.all(decision.schedule.raise_km <= EARTH_RADIUS_KM + 418.5)


def test_an_edge_above_the_top_leaves_a_kilometre(iss: Scenario) -> None:
    """Otherwise the rule would light an engine every day."""
    scenario = ruled(iss, corridor_lower_km=None, survival_days=2000, survival_altitude_km=400.0)
    decision = decide(scenario, WORLD, track_at(scenario, 418.0))  # type: ignore[arg-type]
    assert decision.corridor.lower_km[0] > scenario.rules.corridor_upper_km
    assert decision.schedule.act_km[0] == EARTH_RADIUS_KM + scenario.rules.corridor_upper_km - NARROWEST_KM
