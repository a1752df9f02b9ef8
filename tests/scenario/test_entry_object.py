"""The TOML of one object, and scenarios that begin in the entry: what is filled in, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pointnemo.errors import ScenarioError
from pointnemo.planning.entry_points import earth_fixed_state, flight_variables, inclination_deg
from pointnemo.scenario import dump_toml, load_scenario, unsourced
from pointnemo.scenario.entry_object import EntryPoint
from pointnemo.scenario.entry_scenario import EntryScenario
from pointnemo.scenario.objects import load_object, solid_of

GOOD = """
[object]
shape = "cylinder"
length_m = 1.5
diameter_m = 0.5
wall_mm = 4.0
material = "ss-304"
[entry]
height_km = 122.0
latitude_deg = 0.0
longitude_deg = 0.0
speed_mps = 7410.0
flight_path_angle_deg = -0.1
azimuth_deg = 61.4
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "thing.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_object(path)
    return str(caught.value)


def test_mass_follows_from_wall_and_material(tmp_path: Path) -> None:
    asked, stuff = load_object(written(tmp_path, GOOD))
    hollow = 0.25 * np.pi * (0.25 * 1.5 - 0.492**2 * 1.492)
    assert solid_of(asked.object).wall_m3 == pytest.approx(hollow)
    assert asked.object.mass_kg == pytest.approx(stuff.density_kg_m3 * hollow)


@pytest.mark.parametrize(
    ("shape", "sizes", "volume"),
    [
        ("sphere", "diameter_m = 2.0", 4.0 / 3.0 * np.pi),
        ("box", "length_m = 1.0\nwidth_m = 2.0\nheight_m = 3.0", 6.0),
        ("plate", "length_m = 1.0\nwidth_m = 2.0\nheight_m = 0.1", 0.2),
    ],
)
def test_solids(tmp_path: Path, shape: str, sizes: str, volume: float) -> None:
    text = GOOD.replace('"cylinder"', f'"{shape}"').replace("wall_mm = 4.0", "")
    asked, _ = load_object(written(tmp_path, text.replace("length_m = 1.5\ndiameter_m = 0.5", sizes)))
    solid = solid_of(asked.object)
    assert solid.volume_m3 == solid.wall_m3 == pytest.approx(volume)


def test_every_defect_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("length_m = 1.5", "width_m = 1.5").replace('"ss-304"', '"ss-305"')
    text = text.replace("wall_mm = 4.0", 'wall_mm = 400.0\nattitude = "broadside"')
    text = text.replace("height_km = 122.0", "height_km = 1220.0\nheigth_km = 1.0")
    told = refused(written(tmp_path, text + '[options]\natmosphere = "nrlmsise-00"\n'))
    for part in (
        "thing.toml:4: object.width_m", "object.length_m: is missing", "'ss-305'", "did you mean 'ss-304'",
        "object.wall_mm", "'broadside' is none for a cylinder", "entry.height_km", "did you mean 'height_km'",
        "entry.utc: is missing",
    ):  # fmt: skip
        assert part in told, part


def test_lift_and_attitude_have_rules(tmp_path: Path) -> None:
    more = 'attitude = "end-on"\nincidence_deg = 30.0\nbank_deg = 90.0\nroll_deg_s = 99.0\n[entry]'
    text = GOOD.replace("[entry]", more) + '[options]\ndrag_bridge = "sin4"\n'
    told = refused(written(tmp_path, text))
    for part in (
        "object.incidence_deg: is given beside attitude 'end-on'", "object.bank_deg: turns a lift that is not there",
        "object.roll_deg_s: 99.0 does not fit", "options.drag_bridge: 'sin4' does not fit",
    ):  # fmt: skip
        assert part in told, part
    ball = GOOD.replace('"cylinder"', '"sphere"').replace("length_m = 1.5", "incidence_deg = 30.0")
    assert "incidence_deg: means nothing for a sphere" in refused(written(tmp_path, ball))


def test_scenarios_have_rules_on_attitudes_and_triggers(tmp_path: Path) -> None:
    wrong = {
        "reentry.classes.tank-titanium.attitude": "end-on", "reentry.classes.engine.attitude": "end-on",
        "station.elements.bus.attitude": "end-on", "reentry.trigger": "load-and-temperature",
        "reentry.phases.shells.melts": "never", "reentry.drag_bridge": "sin3", "reentry.heat_bridge": "matting",
    }  # fmt: skip
    with pytest.raises(ScenarioError) as caught:
        load_scenario("satellite", wrong)
    assert [defect.where.rpartition("--set ")[2] for defect in caught.value.defects] == [
        "reentry.classes.tank-titanium.attitude", "reentry.phases.shells",
    ]  # fmt: skip
    del wrong["reentry.classes.tank-titanium.attitude"]
    assert (
        load_scenario("satellite", {**wrong, "reentry.trigger": "radiative-equilibrium"}).reentry.drag_bridge == "sin3"
    )


def test_a_material_is_given_once(tmp_path: Path) -> None:
    own = "[material]\ndensity_kg_m3 = 1.0\nspecific_heat_j_kg_k = 1.0\nmelting_temperature_k = 900.0\n"
    own += "heat_of_fusion_j_kg = 1.0\nemissivity = 0.5\n"
    assert "as a key and as a table" in refused(written(tmp_path, GOOD + own))
    assert "the material is missing" in refused(written(tmp_path, GOOD.replace('material = "ss-304"', "")))
    _, stuff = load_object(written(tmp_path, GOOD.replace('material = "ss-304"', "emissivity = 0.7") + own))
    assert stuff.emissivity == 0.7


def test_a_wall_is_not_heavier_than_the_whole(tmp_path: Path) -> None:
    assert "less than the wall" in refused(written(tmp_path, GOOD.replace("wall_mm", "mass_kg = 1.0\nwall_mm")))


def test_what_is_no_toml(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "nothing.toml")
    assert "is not TOML" in refused(written(tmp_path, "shape = sphere"))


def point(**changes: object) -> EntryPoint:
    given = {
        "height_km": 120.0, "latitude_deg": 40.0, "longitude_deg": 300.0, "speed_mps": 7600.0,
        "flight_path_angle_deg": -1.5, "azimuth_deg": 35.0, **changes,
    }  # fmt: skip
    return EntryPoint.model_validate(given)


def test_a_state_goes_there_and_back() -> None:
    found = flight_variables(earth_fixed_state(point()))
    assert found == pytest.approx((120.0, 40.0, -60.0, 7600.0, -1.5, 35.0))


def test_an_inertial_velocity_loses_the_ground_s() -> None:
    """Due east on the equator the ground takes 465 m/s and what its height adds; the inclination is the latitude's."""
    state = earth_fixed_state(point(latitude_deg=0.0, azimuth_deg=90.0, flight_path_angle_deg=0.0, velocity="inertial"))
    ground = 7.2921159e-5 * (6378137.0 + 120e3)
    assert flight_variables(state)[3] == pytest.approx(7600.0 - ground, rel=1e-7)
    assert inclination_deg(state) == pytest.approx(0.0, abs=1e-6)
    tilted = earth_fixed_state(point(latitude_deg=0.0, azimuth_deg=38.4, velocity="inertial"))
    assert inclination_deg(tilted) == pytest.approx(51.6, abs=1e-6)


# --- scenarios that begin in the entry -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mir-2001", "satellite"])
def test_what_is_filled_in_is_not_written_out(name: str) -> None:
    scenario = load_scenario(name)
    assert isinstance(scenario, EntryScenario)
    assert scenario.flights == {}
    assert scenario.descent.burns == {}
    text = dump_toml(scenario)
    for table in ("[descent]", "[horizon]", "[orbit]", "[vehicles]", "corridor_upper_km"):
        assert table not in text
    assert unsourced(scenario) == ()


def test_the_satellite_is_the_sum_of_its_elements() -> None:
    station = load_scenario("satellite").station
    assert sum(element.mass_kg for element in station.elements.values()) == pytest.approx(station.mass_kg)


def test_an_entry_has_rules_too() -> None:
    wrong = {"entry.flight_path_angle_deg": 1.0, "entry.height_km": 90.0, "entry.speed_mps": 7.5}
    with pytest.raises(ScenarioError) as caught:
        load_scenario("satellite", wrong)
    told = str(caught.value)
    assert "does not lead down" in told
    assert "is not above the first break-up" in told
    assert "is no entry" in told


def test_a_wrong_entry_is_told_without_what_follows_from_it(tmp_path: Path) -> None:
    text = 'extends = "satellite"\n[entry]\nheight_km = "low"\n'
    with pytest.raises(ScenarioError) as caught:
        load_scenario(written(tmp_path, text))
    (defect,) = caught.value.defects
    assert defect.where.endswith("thing.toml:3: entry.height_km")


def test_setting_a_value_of_the_entry(tmp_path: Path) -> None:
    scenario = load_scenario("satellite", {"entry.flight_path_angle_deg": -0.2})
    assert scenario.entry is not None
    assert scenario.entry.flight_path_angle_deg == -0.2
    assert scenario.sources["entry.flight_path_angle_deg"].mark == "guess"
