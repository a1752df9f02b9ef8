"""Pieces of skins against the surface of the elements that they are the skins of."""

from __future__ import annotations

from math import log, pi

import pytest

from pointnemo.reentry.catalogue import hypersonic_drag_coefficient, station_bodies, strata_of
from pointnemo.scenario.loader import load_scenario

CLASSES = {"array-blanket": (0.8, 1.3), "shell-panel": (0.8, 1.3), "shell-panel-russian": (0.8, 1.3),
           "radiator-panel": (0.8, 2.0), "shield": (0.8, 2.0)}  # fmt: skip
FLAT = ("array-blanket", "radiator-panel")


@pytest.mark.parametrize("name", CLASSES)
def test_skins_have_the_surface_of_what_they_cover(name: str) -> None:
    """Both faces of a plate make twice its size and its mean projection half of it; debris shields have two layers."""
    scenario = load_scenario("iss")
    elements = scenario.station.elements
    bodies = station_bodies(scenario, scenario.station.mass_kg)
    strata = strata_of(scenario, bodies)
    kind = scenario.reentry.classes[name]
    low, high = kind.beta_low_kg_m2, kind.beta_high_kg_m2
    size_per_kg = 2.0 * (1.0 / low - 1.0 / high) / log(high / low) / hypersonic_drag_coefficient()
    made = surface = 0.0
    for index, body in enumerate(bodies):
        element = elements.get(body.key)
        rows = (strata.body == index) & (strata.fragment_class == list(scenario.reentry.classes).index(name))
        if element is None or not rows.any():
            continue
        made += size_per_kg * float(strata.mass_kg[rows].sum())
        flat = element.length_m * element.diameter_m
        surface += flat if name in FLAT else pi * flat + 0.5 * pi * element.diameter_m**2
    least, most = CLASSES[name]
    assert least < made / surface < most
