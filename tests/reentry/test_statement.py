"""The statement of assumptions: everything assumed is in it, and it changes when a setting changes."""

from __future__ import annotations

from typing import Any

import pytest

from pointnemo.reentry import EntryState, reenter
from pointnemo.scenario.entry_models import DensityLayer
from pointnemo.scenario.models import Scenario
from pointnemo.world import World

FEW = {"fragments": 400, "realisations": 2}


def said(entry: EntryState, scenario: Scenario, world: World, **changes: Any) -> str:
    reentry = scenario.reentry.model_copy(update={**FEW, **changes})
    return "\n".join(reenter(entry, scenario.model_copy(update={"reentry": reentry}), world, seed=5).assumptions)


@pytest.fixture(scope="module")
def usual(entry: EntryState, scenario: Scenario, world: World) -> str:
    return said(entry, scenario, world)


@pytest.mark.parametrize(
    "part",
    [
        "Break-up heights are assumed", "correlate with 0.7", "no explosions", "classes)", "outfitting",
        "is a guess by its source", "Density of NRLMSISE-00", "mean wind in balance", "gusts of 12 m/s", "Drag area",
        "half-normal sigma 0.05 in any direction", "fitted to SESAM", "heat by the table of SESAM", "Detra, Kemp and",
        "on the radius of the sphere of equal surface", "starts at 300 K", "one wall temperature", "no oxidation",
        "walls melt at constant size", "materials in use are guesses", "survive whatever the heat: arm-boom",
        "may float", "toxic", "15 J", "per-run extremes", "known piece by piece",
    ],
)  # fmt: skip
def test_it_names_everything_assumed(usual: str, part: str) -> None:
    assert part in usual


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"heating_law": "sutton-graves"}, "Sutton and Graves"),
        ({"nose_radius": "half-smallest"}, "half the smallest dimension"),
        ({"drag_bridge": "erf-log"}, "TITAN"),
        ({"heat_bridge": "matting"}, "the law of Matting"),
        ({"melting": "receding"}, "what melts recedes"),
        ({"wall_model": "layers"}, "a wall in layers"),
        ({"oxidation": 0.4}, "40 % of its oxide heat"),
        ({"composites_survive": False}, "survive whatever the heat: no class"),
        ({"wind": "none"}, "no wind"),
        ({"wind": "jet.csv", "wind_profile": ((0.0, 1.0, 1.0), (50.0, 9.0, 1.0))}, "the file jet.csv"),
        ({"wind_sigma_mps": 15.0}, "gusts of 15 m/s"),
        ({"density_sigma": 0.3}, "sigma 0.3; its square root"),
        ({"density_layers": {"low": DensityLayer(height_km=60.0, sigma=0.07, bias=0.0)}}, "errors by height"),
        ({"ballistic_sigma": 0.1}, "(log-normal, sigma 0.1)"),
        ({"heat_sigma": 0.2}, "sigma 0.2, the spread"),
        ({"vent_share": 0.1}, "10 % of the pieces get 50 m/s more"),
        (
            {"lift_to_drag": 0.1, "bank_deg": 90.0, "roll_deg_s": 5.0},
            "0.1 plus half-normal sigma 0.05 90 deg to the right",
        ),
        ({"lift_to_drag_sigma": 0.0}, "no lift"),
        ({"trigger": "load-and-temperature"}, "by load and temperature"),
        ({"trigger": "radiative-equilibrium"}, "ORSAT 2019"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_changes_with_each_setting(
    usual: str, changes: dict[str, Any], part: str, entry: EntryState, scenario: Scenario, world: World
) -> None:
    assert part not in usual
    assert part in said(entry, scenario, world, **changes)


def test_attitudes_are_named(usual: str, entry: EntryState, scenario: Scenario, world: World) -> None:
    engine = scenario.reentry.classes["engine"].model_copy(update={"attitude": "end-on"})
    told = said(entry, scenario, world, classes={**scenario.reentry.classes, "engine": engine})
    assert "Held in an attitude all the way down: engine end-on" in told
    assert "Held in an attitude" not in usual
