from __future__ import annotations

import pytest

from pointnemo.scenario.models import AssessRules, FragmentClass, Reentry, Rules, Scenario
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
    tank = FragmentClass(
        text="tank",
        material="titanium",
        shape="sphere",
        beta_low_kg_m2=20.0,
        beta_high_kg_m2=100.0,
        mass_low_kg=1.0,
        mass_high_kg=50.0,
        wall_mm=3.0,
    )
    reentry = Reentry.model_construct(classes={"tank": tank})
    return Scenario.model_construct(assess=AssessRules(), rules=rules, reentry=reentry)
