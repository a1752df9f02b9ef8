from __future__ import annotations

import pytest

from pointnemo.scenario.models import AssessRules, Rules, Scenario
from pointnemo.world import World, load_world


@pytest.fixture(scope="session")
def world() -> World:
    return load_world()


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """Only the tables that ``assess`` reads: any other would fail at once."""
    rules = Rules(
        corridor_lower_km=415.0, corridor_upper_km=425.0, attitude_propellant_kg_per_day=1.0, propellant_reserve_kg=0.0
    )
    return Scenario.model_construct(assess=AssessRules(), rules=rules)
