"""What an object and a scenario may not ask of an entry: too slow, too heavy, on a day of which nothing is known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from pointnemo.errors import ScenarioError
from pointnemo.scenario import load_scenario
from pointnemo.scenario.entry_rules import AIR_FROM, AIR_TO, CLOCK_FROM, CLOCK_TO, ENTRY_FROM
from pointnemo.scenario.objects import load_object, melts
from pointnemo.world import load_world
from pointnemo.world import time as clock
from pointnemo.world.weather import iso_day

TEXT = """
[object]
shape = "cylinder"
length_m = 2.0
diameter_m = 0.8
material = "ti-6al-4v"
{body}
[entry]
height_km = {height}
latitude_deg = 0.0
longitude_deg = 0.0
speed_mps = {speed}
flight_path_angle_deg = -0.1
azimuth_deg = 61.4
{entry}
[options]
{options}
"""


def document(folder: Path, text: str = TEXT, **given: object) -> Path:
    parts = {"body": "", "height": 122.0, "speed": 7410.0, "entry": "", "options": "", **given}
    path = folder / "thing.toml"
    path.write_text(text.format(**parts), encoding="utf-8")
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_object(path)
    return str(caught.value).splitlines()


# --- speed -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [0.0, 7.85, 999.0])
def test_what_is_slow_above_50_km_is_refused(tmp_path: Path, speed: float) -> None:
    (_, told) = refused(document(tmp_path, speed=speed))
    assert f"thing.toml:12: entry.speed_mps: {speed:g} m/s is no entry at 122 km" in told
    assert ("kilometres per second?" in told) == (speed == 7.85)
    assert load_object(document(tmp_path, speed=speed, height=50.0))[0].entry.speed_mps == speed


def test_a_speed_that_is_no_number_is_told_once(tmp_path: Path) -> None:
    assert len(refused(document(tmp_path, speed='"fast"'))) == 2


# --- mass ------------------------------------------------------------------------------------------------------------


def test_nothing_is_denser_than_its_material(tmp_path: Path) -> None:
    """A titanium cylinder of 2 by 0.8 m weighs 4460 kg; 3 % are left for rounding."""
    (_, told) = refused(document(tmp_path, body="mass_kg = 90000.0"))
    assert "thing.toml:7: object.mass_kg: 90000 kg is more than the solid body of this material, 4461 kg" in told
    assert "at most 4461 kg" in told
    (_, told) = refused(document(tmp_path, body="mass_kg = 5000.0\nwall_mm = 3.0"))
    assert "more than the solid body" in told
    assert load_object(document(tmp_path, body="mass_kg = 4500.0"))[0].object.mass_kg == 4500.0


def test_masses_are_judged_beside_other_defects(tmp_path: Path) -> None:
    told = refused(document(tmp_path, body="mass_kg = 90000.0\ninitial_temperature_k = 2500.0", speed=7.41))
    assert [line.split(": ")[1] for line in told[1:]] == [
        "entry.speed_mps", "object.initial_temperature_k", "object.mass_kg",
    ]  # fmt: skip


# --- dates -----------------------------------------------------------------------------------------------------------


def test_the_dates_are_those_of_the_data() -> None:
    world = load_world(bundled=True)
    first, beyond = world.weather.valid
    assert str(AIR_FROM) == iso_day(first)
    # one day after the last: a flight goes on past midnight
    assert timedelta(1) <= date.fromisoformat(iso_day(beyond - 1)) - AIR_TO < timedelta(31)
    assert str(ENTRY_FROM) == iso_day(float(world.earth.mjd[0]))
    assert str(AIR_TO) < iso_day(float(world.earth.mjd[-1]) - 1)
    assert (CLOCK_FROM.year, CLOCK_TO.year) == (clock.FIRST_YEAR, clock.LAST_YEAR)


@pytest.mark.parametrize(
    ("day", "options", "outside"),
    [
        ("1900-01-01", "", True),
        ("2060-01-01", "", False),
        ("2300-01-01", "", True),
        ("2060-01-01", 'atmosphere = "nrlmsise-00"', True),
        ("2060-01-01", 'wind = "climatology"', True),
        ("1971-12-31", 'wind = "climatology"', True),
        ("2041-09-30", 'atmosphere = "nrlmsise-00"', False),
    ],
)
def test_a_date_has_to_be_known(tmp_path: Path, day: str, options: str, outside: bool) -> None:
    path = document(tmp_path, entry=f"utc = {day}T12:00:00Z", options=options)
    if not outside:
        load_object(path)
        return
    (_, told) = refused(path)
    assert f"thing.toml:15: entry.utc: {day} is outside" in told
    assert "write a date from 1972-01-01" in told


def test_a_date_is_told_with_all_else(tmp_path: Path) -> None:
    options = 'atmosphere = "nrlmsise-00"\noxidation = 2.0'
    told = refused(document(tmp_path, entry="utc = 2060-01-01T12:00:00Z", options=options, body="mass_kg = 9e4"))
    assert {line.split(": ")[1] for line in told[1:]} == {"entry.utc", "options.oxidation"}


@pytest.mark.parametrize("year", [1960, 2060, 2300])
def test_a_scenario_s_date_has_to_be_known(year: int) -> None:
    changed = [f"entry.utc={year}-06-01T00:00:00Z", "reentry.heating_law=foo"]
    with pytest.raises(ScenarioError) as caught:
        load_scenario("satellite", changed)
    told = {defect.where: defect for defect in caught.value.defects}
    assert set(told) == {"--set entry.utc", "--set reentry.heating_law"}
    assert told["--set entry.utc"].mend == "write a date from 1973-01-02 to 2041-09-30"


# --- composites ------------------------------------------------------------------------------------------------------


def test_composites_survive_unless_told_otherwise(tmp_path: Path) -> None:
    laminate = TEXT.replace("ti-6al-4v", "graphite-epoxy")
    assert not melts(*load_object(document(tmp_path, laminate)))
    assert melts(*load_object(document(tmp_path, laminate, options="composites_survive = false")))
    assert melts(*load_object(document(tmp_path, options="composites_survive = true")))
    hot = "initial_temperature_k = 900.0"
    load_object(document(tmp_path, laminate, body=hot))
    assert "not below the melting point" in refused(
        document(tmp_path, laminate, body=hot, options="composites_survive = false")
    )[1]  # fmt: skip


# --- words -----------------------------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_called_an_object(tmp_path: Path) -> None:
    wrong = {"": "is empty (an object has the tables", "= 1": "is not TOML", "\x00": "give an object in TOML"}
    for text, told in wrong.items():
        head, line = refused(document(tmp_path, text))
        assert head == "this object cannot be read"
        assert told in line
    assert refused(tmp_path / "none.toml")[0] == "this object cannot be read"
    with pytest.raises(ScenarioError, match="this scenario cannot be read"):
        load_scenario(tmp_path / "none.toml")


def test_what_is_missing_is_told_with_its_choices(tmp_path: Path) -> None:
    told = refused(document(tmp_path, 'title = "x"'))
    assert "object: is missing (add the table [object], with shape, its sizes, material)" in told[1]
    assert "add the table [entry], with height_km, latitude_deg" in told[2]
    told = refused(document(tmp_path, TEXT.replace('shape = "cylinder"', "").replace("speed_mps = {speed}", "")))
    assert "object.shape: is missing (one of sphere, cylinder, box, plate)" in told[1]
    assert "entry.speed_mps: is missing (add it: metres per second)" in told[2]


def test_materials_are_listed_unless_one_is_near(tmp_path: Path) -> None:
    known = load_scenario("iss").materials
    (_, told) = refused(document(tmp_path, TEXT.replace("ti-6al-4v", "unobtainium")))
    assert all(key in told for key in known)
    assert "did you mean" not in told
    (_, told) = refused(document(tmp_path, TEXT.replace("ti-6al-4v", "ti-6a-4v")))
    assert "did you mean 'ti-6al-4v'?" in told
    assert "pointnemo show scenario iss" in told
