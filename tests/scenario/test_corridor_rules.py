"""The corridor of a scenario: a typed lower edge is optional, and what cannot be meant is refused at once."""

from __future__ import annotations

import pytest

from pointnemo.errors import ScenarioError
from pointnemo.scenario import load_scenario
from pointnemo.scenario.rules import check_rules


def refused(*assignments: str) -> dict[str, str]:
    with pytest.raises(ScenarioError) as error:
        load_scenario("iss", set=list(assignments))
    return {defect.where.removeprefix("--set "): defect.what for defect in error.value.defects}


def test_the_lower_edge_need_not_be_typed() -> None:
    iss = load_scenario("iss")
    rules = iss.rules.model_copy(update={"corridor_lower_km": None})
    assert check_rules(iss.model_copy(update={"rules": rules})) == ()


def test_limits_outside_the_corridor_are_refused_together() -> None:
    defects = refused(
        "rules.survival_altitude_km=430",
        "rules.end_altitude_km=500",
        "rules.reboost_min_delta_v_mps=3",
        "rules.corridor_lower_km=422",
    )
    assert set(defects) == {
        "rules.survival_altitude_km",
        "rules.end_altitude_km",
        "rules.reboost_min_delta_v_mps",
        "rules.corridor_lower_km",
    }
    assert "421" in defects["rules.end_altitude_km"]


def test_an_engine_too_weak_for_a_reboost_within_a_day_is_refused() -> None:
    defects = refused("vehicles.cygnus.thrust_n=1e-6", "station.tanks.zvezda.thrust_n=9.7")
    assert set(defects) == {"vehicles.cygnus.thrust_n", "station.tanks.zvezda.thrust_n"}
    assert "more than a day for a reboost of 2 m/s" in defects["vehicles.cygnus.thrust_n"]
    load_scenario("iss", set=["vehicles.cygnus.thrust_n=9.8", "vehicles.soyuz-ms.thrust_n=1e-6"])
