"""Replay documents: what ships, and every defect of a bad one at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pointnemo.errors import ScenarioError
from pointnemo.scenario.replays import load_replay, replay_hash, replay_names, unsourced

GOOD = """
title = "a fall"

[body]
mass_kg = 5000
cd_area_m2 = 30.0

[orbit]
origin = "somebody"
epoch_utc = 2014-06-01T12:00:00Z
apogee_km = 250.0
perigee_km = 180.0
inclination_deg = 51.6
fix = { utc = 2014-06-01T12:30:00Z, latitude_deg = 10.0, longitude_deg = 20.0, direction = "ascending" }

[burns.one]
start_utc = 2014-06-01T14:00:00Z
duration_s = 300.0
thrust_n = 3000.0
direction = "retrograde"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "fall.toml"
    path.write_text(text)
    return path


def defects(folder: Path, text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_replay(written(folder, text))
    return str(caught.value)


@pytest.mark.parametrize("name", replay_names())
def test_what_ships_is_sound_and_sourced(name: str) -> None:
    found, replay = load_replay(name)
    assert found == name
    assert not unsourced(replay)
    assert len(replay_hash(replay)) == 64


def test_the_four_of_the_task_ship() -> None:
    assert replay_names() == ("mir-2001", "salyut7-1991", "skylab-1979", "tiangong1-2018")


def test_a_file_of_a_user(tmp_path: Path) -> None:
    name, replay = load_replay(written(tmp_path, GOOD))
    assert name == "fall"
    assert replay.body.mass_kg == 5000.0
    assert unsourced(replay) == ("body", "orbit", "burns")


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("mass_kg = 5000", 'mass_kg = "5 t"\nweight = 1').replace(
        "apogee_km = 250.0", "apogee_km = 150.0"
    )
    text = (
        text.replace("thrust_n = 3000.0\n", "").replace("12:30:00Z, lat", "11:30:00Z, lat").replace("= 10.0", "= 70.0")
    )
    told = defects(
        tmp_path,
        text + "\n[published.orbits.two]\napogee_km = 1.0\nperigee_km = 1.0\n[forecast]\nbefore_days = [1.0]\n",
    )
    for part in (
        ":5: body.mass_kg", "is not a number", "body.weight: unknown key", "orbit.apogee_km: 150 km lies below",
        "burns.one: gives duration_s alone", "orbit.fix.utc: lies before", "outside the band",
        "orbits.two: is not a burn", "published.entry: is missing",
    ):  # fmt: skip
        assert part in told, part


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("thrust_n = 3000.0", "thrust_n = 3000.0\ndelta_v_mps = 1.0", "contradict each other"),
        ("cd_area_m2 = 30.0", "", "nothing tells the drag"),
        ('origin = "somebody"', 'origin = "x1 y"\nframe = "GCRF"', "is given as a state and apogee and perigee"),
        ("inclination_deg = 51.6\n", "", "orbit.inclination_deg: is missing"),
        ("epoch_utc = 2014-06-01T12:00:00Z\n", "", "orbit.epoch_utc: is missing"),
        ("start_utc = 2014-06-01T14:00:00Z", "start_utc = 2014-06-01T11:00:00Z", "before orbit.epoch_utc"),
        ("[burns.one]", "[burns.One]", "is not a name"),
        ("start_utc = 2014-06-01T14:00:00Z", "start_utc = 2024-06-01T14:00:00Z", "3653 days after orbit.epoch_utc"),
        ("utc = 2014-06-01T12:30:00Z", "utc = 2014-07-01T12:30:00Z", "30 days after orbit.epoch_utc"),
        ('direction = "retrograde"', 'direction = "backwards"', "does not fit"),
        ('title = "a fall"', "", "title: is missing"),
        ("mass_kg = 5000", "mass_kg = -1.0", "does not fit"),
        ("mass_kg = 5000", "mass_kg = nan", "a finite number"),
        ("[body]", "[body", "is not TOML"),
    ],
)
def test_bad_documents(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    assert told in defects(tmp_path, GOOD.replace(old, new))


def test_burns_that_overlap(tmp_path: Path) -> None:
    second = GOOD[GOOD.index("[burns.one]") :].replace("one", "two").replace("14:00", "14:04")
    assert "burns do not overlap" in defects(tmp_path, GOOD + second)


def test_history_rules(tmp_path: Path) -> None:
    rows = "[[history]]\nepoch_utc = 2014-05-02T00:00:00Z\naltitude_km = 260.0\n" * 2
    told = defects(tmp_path, GOOD + rows + "[[history]]\napogee_km = 200.0\n")
    assert "history[1]: has no inclination_deg" in told
    assert "history[2].epoch_utc: is not later" in told
    assert "history[3]: gives one of apogee_km and perigee_km" in told
    assert "history[3]: has no epoch_utc" in told


def test_names(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match='did you mean "mir-2001"'):
        load_replay("mir2001")
    with pytest.raises(ScenarioError, match="built-in replays: mir-2001"):
        load_replay(tmp_path / "missing.toml")
    with pytest.raises(ScenarioError, match="is empty"):
        load_replay(written(tmp_path, "  "))
