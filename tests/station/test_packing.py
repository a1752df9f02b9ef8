"""The schedule that the kernel reads says what the scenario says."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from tests.history_cases import steady_world, track_at

from pointnemo.errors import ScenarioError
from pointnemo.motion.history import Decision
from pointnemo.scenario import load_scenario
from pointnemo.scenario.models import Flight, Scenario
from pointnemo.station.packing import LOWERING_TANK, decide
from pointnemo.station.stack import docked_at, dry_station_kg
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


def test_refusals_come_together(iss: Scenario) -> None:
    descent = iss.descent.model_copy(update={"lowering_start": date(2026, 1, 1), "targeting_altitude_km": 150.0})
    with pytest.raises(ScenarioError) as refused:
        decide(iss.model_copy(update={"descent": descent}), WORLD, track_at(iss, 418.0))  # type: ignore[arg-type]
    assert [defect.where for defect in refused.value.defects] == [
        "descent.lowering_start",
        "descent.targeting_altitude_km",
    ]
