from __future__ import annotations

import pytest
from tests.risk.synthetic import World

from pointnemo.scenario.models import AssessRules, Rules, Scenario
from pointnemo.world.land import load_land
from pointnemo.world.population import load_population


@pytest.fixture(scope="session")
def world() -> World:
    return World(load_population(), load_land())


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """Only the tables that ``assess`` reads: any other would fail at once."""
    rules = Rules(
        corridor_lower_km=415.0, corridor_upper_km=425.0, attitude_propellant_kg_per_day=1.0, propellant_reserve_kg=0.0
    )
    return Scenario.model_construct(assess=AssessRules(), rules=rules)
