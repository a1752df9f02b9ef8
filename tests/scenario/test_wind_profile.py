"""A user's wind: read and checked as the scenario is loaded, told with its lines, and kept in the scenario."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from pointnemo.errors import ScenarioError
from pointnemo.scenario import dump_toml, load_scenario, scenario_hash
from pointnemo.scenario.objects import load_object

HEADER = "height_km,east_mps,north_mps\n"
GOOD = HEADER + "0,1,-1\n10,31,4\n"
OBJECT = """
[object]
shape = "sphere"
diameter_m = 0.1
material = "ss-304"
[entry]
height_km = 122.0
latitude_deg = 0.0
longitude_deg = 0.0
speed_mps = 7410.0
flight_path_angle_deg = -0.1
azimuth_deg = 61.4
[options]
wind = "wind.csv"
"""


def scenario_with(folder: Path, text: str | None, more: str = "") -> Path:
    if text is not None:
        (folder / "wind.csv").write_text(text, encoding="utf-8")
    path = folder / "mine.toml"
    path.write_text(f'extends = "satellite"\n[reentry]\nwind = "wind.csv"\n{more}', encoding="utf-8")
    return path


WRONG = {
    "no file": (None, ("No such file",)),
    "empty": ("", ("wind.csv:1 is empty",)),
    "units": ("height_m,east_kt,north_kt\n0,1,1\n", ("height_m,east_kt", "divide heights by 1000", "knots")),
    "columns": (HEADER + "0,1\n5,1,1\n", ("wind.csv:2 has 2 columns",)),
    "falling": (HEADER + "0,1,1\n5,1,1\n4,1,1\n", ("wind.csv:4 height_km 4 is not above 5",)),
    "no numbers": (HEADER + "0,nan,1\n5,1,x\n", ("wind.csv:2 east_mps is 'nan'", "wind.csv:3 north_mps is 'x'")),
    "absurd": (HEADER + "0,401,0\n5,0,-999\n", ("wind.csv:2 east_mps is 401", "wind.csv:3 north_mps is -999")),
    "too few": (HEADER + "0,1,1\n", ("1 heights",)),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_on_loading(name: str, tmp_path: Path) -> None:
    text, told = WRONG[name]
    with pytest.raises(ScenarioError) as caught:
        load_scenario(scenario_with(tmp_path, text))
    message = str(caught.value)
    assert "mine.toml:3: reentry.wind" in message
    for part in told:
        assert part in message, part
    (tmp_path / "thing.toml").write_text(OBJECT, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_object(tmp_path / "thing.toml")
    assert "options.wind" in str(caught.value)
    assert all(part in str(caught.value) for part in told)


def test_it_is_told_with_everything_else(tmp_path: Path) -> None:
    path = scenario_with(
        tmp_path, HEADER + "0,900,0\n5,0,0\n", "heat_sigma = -1.0\nlift_to_drag_sigma = 0.0\nbank_deg = 90.0\n"
    )
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert {defect.where.rpartition(" ")[2] for defect in caught.value.defects} == {
        "reentry.wind", "reentry.heat_sigma", "reentry.bank_deg",
    }  # fmt: skip


def test_the_rows_are_part_of_the_scenario(tmp_path: Path) -> None:
    path = scenario_with(tmp_path, GOOD)
    found = load_scenario(path)
    assert found.reentry.wind == "wind.csv"
    assert found.reentry.wind_profile == ((0.0, 1.0, -1.0), (10.0, 31.0, 4.0))
    assert "wind.csv" in found.sources["reentry.wind_profile"].source
    (tmp_path / "wind.csv").write_text(GOOD.replace("31", "32"))
    assert scenario_hash(load_scenario(path)) != scenario_hash(found)
    # a run folder needs the file no more
    (tmp_path / "wind.csv").unlink()
    again = tmp_path / "again.toml"
    again.write_text(dump_toml(found), encoding="utf-8")
    assert load_scenario(again) == found
    assert load_scenario(again, {"reentry.wind": "none"}).reentry.wind_profile == ()


def test_rows_in_a_scenario_are_held_to_the_same_rules(tmp_path: Path) -> None:
    rows = "wind_profile = [[0.0, 1.0, 1.0], [5.0, 401.0, 1.0], [4.0, 1.0, 1.0]]\n"
    path = tmp_path / "mine.toml"
    path.write_text(f'extends = "satellite"\n[reentry]\nwind = "sounding"\n{rows}', encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert "row 2: east_mps is 401" in str(caught.value)
    assert "row 3: height_km 4 is not above 5" in str(caught.value)
    path.write_text(f'extends = "satellite"\n[reentry]\nwind = "none"\n{rows}', encoding="utf-8")
    with pytest.raises(ScenarioError, match="is given, but wind is"):
        load_scenario(path)


def test_without_a_file_nothing_is_filled_in() -> None:
    assert load_scenario("satellite").reentry.wind_profile == ()
    assert math.isclose(load_scenario("satellite").reentry.lift_to_drag, 0.0)
