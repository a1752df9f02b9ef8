"""The shipped figures: every one with a source, together consistent, written out and read back."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pytest

from pointnemo.scenario import (
    builtin_names,
    dump_toml,
    expand_flights,
    load_scenario,
    scenario_hash,
    source_of,
    unsourced,
)
from pointnemo.scenario.sources import leaves, prefixes

NAMED = ("station.elements", "station.tanks", "vehicles", "flights", "partners", "cadence", "materials")


@pytest.mark.parametrize("name", builtin_names())
def test_every_shipped_figure_has_a_source(name: str) -> None:
    assert unsourced(load_scenario(name)) == ()


@pytest.mark.parametrize("name", builtin_names())
def test_no_source_speaks_for_too_much_or_for_nothing(name: str) -> None:
    scenario = load_scenario(name)
    tree = scenario.model_dump(exclude={"sources"})
    known = {prefix for key, _ in leaves(tree) for prefix in prefixes(key)}
    assert set(scenario.sources) <= known
    assert "station" not in scenario.sources
    assert "*" not in scenario.sources


def test_sources_name_public_origins() -> None:
    for key, source in load_scenario().sources.items():
        assert "facts" not in source.source, key
        assert not source.source.startswith("/"), key
        if source.mark != "guess":
            assert len(source.source) >= 10, key


def test_a_missing_source_is_found() -> None:
    scenario = load_scenario()
    poorer = {key: source for key, source in scenario.sources.items() if key != "station.drag"}
    found = unsourced(scenario.model_copy(update={"sources": poorer}))
    assert found == tuple(f"station.drag.{key}" for key in ("cd_area_m2", "low_m2", "high_m2", "level"))


def test_the_longest_prefix_speaks() -> None:
    sources = load_scenario().sources
    found = source_of(sources, "vehicles.progress-ms.propellant_kg")
    assert found is not None
    assert found[0] == "vehicles.progress-ms.propellant_kg"
    found = source_of(sources, "vehicles.htv-x.cargo_kg")
    assert found is not None
    assert found[0] == "vehicles"


@pytest.mark.parametrize("name", builtin_names())
def test_written_out_and_read_back(name: str, tmp_path: Path) -> None:
    scenario = load_scenario(name, ['title="Quotes \\" and \\\\ and \\u007f and ü"'])
    text = dump_toml(scenario)
    path = tmp_path / "out.toml"
    path.write_text(text)
    again = load_scenario(path)
    assert again == scenario
    assert scenario_hash(again) == scenario_hash(scenario)
    if scenario.entry is not None:
        return
    assert "propellant_kg = 950.0" in text
    assert "Progress MS-28 carried 950 kg of propellant for the station (tass.com/science/1830275) [published]" in text


def test_what_the_issue_names_is_there() -> None:
    scenario = load_scenario()
    expected = {"progress-ms", "soyuz-ms", "crew-dragon", "cargo-dragon", "cygnus", "htv-x", "us-deorbit-vehicle"}
    assert set(scenario.vehicles) == expected
    assert scenario.horizon.operate_until == date(2028, 12, 31)
    assert scenario.horizon.deorbit_by == date(2030, 12, 31)
    assert scenario.descent.lowering_start == date(2028, 12, 31)
    assert scenario.descent.lowering_propellant_kg == 0
    assert (scenario.station.drag.cd_area_m2, scenario.station.drag.low_m2, scenario.station.drag.high_m2) == (
        3200,
        2000,
        4500,
    )
    assert scenario.reentry.fragments == 40_000
    assert expand_flights(scenario)["usdv"].port == "harmony-forward"


def test_outfitting_is_a_plausible_share() -> None:
    station = load_scenario().station
    elements = sum(element.mass_kg for element in station.elements.values())
    propellant = sum(tank.propellant_kg for tank in station.tanks.values())
    assert 0.05 < (station.mass_kg - elements - propellant) / station.mass_kg < 0.25


def test_walls_agree_with_ballistic_coefficients() -> None:
    """Closed convex body: m/(C_D A) = 4 rho wall / 0.92; plate: half of it, as both faces share the mass."""
    scenario = load_scenario()
    for key, kind in scenario.reentry.classes.items():
        areal = scenario.materials[kind.material].density_kg_m3 * kind.wall_mm / 1000
        implied = areal * (2.0 if kind.shape == "plate" else 4.0) / 0.92
        middle = math.sqrt(kind.beta_low_kg_m2 * kind.beta_high_kg_m2)
        assert 0.4 < implied / middle < 2.5, key
        assert kind.beta_low_kg_m2 * 0.8 <= implied <= kind.beta_high_kg_m2 * 1.2, key


def test_element_mixes_and_outfitting_exist() -> None:
    scenario = load_scenario()
    used = {element.mix for element in scenario.station.elements.values()} | {"outfitting", "visiting-vehicle"}
    assert used == set(scenario.reentry.mixes)
    assert {name for mix in scenario.reentry.mixes.values() for name in mix} == set(scenario.reentry.classes)
