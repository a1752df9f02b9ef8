"""Loading: what is refused, with which words, and that nothing else ever escapes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pointnemo.scenario as rooms
from pointnemo.errors import ScenarioError
from pointnemo.scenario import Scenario, builtin_names, load_scenario, scenario_hash
from pointnemo.scenario.documents import SIZE_LIMIT_BYTES, key_lines

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: str | bytes, name: str = "mine.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def outcome(scenario: object = "iss", set: object = ()) -> Scenario | ScenarioError:
    try:
        return load_scenario(scenario, set)  # type: ignore[arg-type]
    except ScenarioError as error:
        return error


def refused(scenario: object = "iss", set: object = ()) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(scenario, set)  # type: ignore[arg-type]
    assert caught.value.defects
    return str(caught.value)


def test_public_names_exist() -> None:
    assert sorted(rooms.__all__) == list(rooms.__all__)
    assert all(hasattr(rooms, name) for name in rooms.__all__)


def test_shipped_scenarios_load() -> None:
    assert builtin_names() == ("iss", "iss-let-go", "mir-2001", "satellite")
    for name in builtin_names():
        assert load_scenario(name).name == name


def test_start_state_is_nasas() -> None:
    orbit = load_scenario().orbit
    assert orbit.epoch_utc == datetime(2026, 9, 4, 12, tzinfo=UTC)
    assert orbit.frame == "EME2000"
    assert orbit.position_km == (-304.795682412414, 6745.236027492530, -796.410785972284)
    assert orbit.velocity_km_s == (-4.76521816507237, -0.90540922548638, -5.92826400060074)


def test_overlay_keeps_what_it_does_not_change(write: Write) -> None:
    base = load_scenario()
    mine = load_scenario(write('extends = "iss"\n[horizon]\ndeorbit_by = 2032-06-30\n'))
    assert mine.horizon.deorbit_by == date(2032, 6, 30)
    assert mine.horizon.operate_until == base.horizon.operate_until
    assert mine.station == base.station
    assert mine.sources["horizon.deorbit_by"].source == "set in mine.toml"


def test_overlay_of_an_overlay_beside_it(write: Write) -> None:
    write('extends = "iss"\n[rules]\ncorridor_lower_km = 410.0\n', "base.toml")
    top = write('extends = "base.toml"\n[rules]\ncorridor_upper_km = 420.0\n', "top.toml")
    rules = load_scenario(top).rules
    assert (rules.corridor_lower_km, rules.corridor_upper_km) == (410.0, 420.0)


def test_circle_of_overlays(write: Write) -> None:
    write('extends = "b.toml"\nname = "a"\n', "a.toml")
    write('extends = "a.toml"\nname = "b"\n', "b.toml")
    assert "leads back to itself" in refused(str(write('extends = "a.toml"\n', "c.toml")))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"\x7fELF\x00\x00", "is a binary file"),
        ('titel = "Stra\u00dfe"'.encode("latin-1"), "is not UTF-8 text"),
        (b'extends = "iss"\n[horizon\n', "is not TOML"),
        (b'extends = "iss"\n[horizon]\ndeorbit_by = ', "line 3"),
        (b'extends = "iss"\nname = "cut o', "cut off"),
        (b"x = " + b"[" * 100_000, "is nested too deeply"),
        (b"x = " + b"1" * 10_000, "is not TOML"),
        (b"#" * (SIZE_LIMIT_BYTES + 1), "larger than 5 MB"),
        (b'extends = "moon"\n', "neither a built-in scenario nor a file"),
        (b"extends = 5\n", "is not text"),
        (b"<!DOCTYPE html><html></html>", "is not TOML"),
        (b'{"name": "iss"}', "is not TOML"),
    ],
)
def test_unreadable_files(write: Write, content: bytes, words: str) -> None:
    text = refused(write(content))
    assert words in text
    assert "mine.toml" in text or "moon" in text


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.toml")
    assert "is a folder" in refused(tmp_path)
    assert 'did you mean "iss"?' in refused("isss")


def test_shared_tables_are_not_a_scenario() -> None:
    assert "neither" in refused("common")


def test_a_file_that_extends_nothing_is_told_what_is_missing(write: Write) -> None:
    text = refused(write('name = "small"\n'))
    assert 'begin with extends = "iss"' in text
    assert "station" in text


def test_all_defects_at_once_with_file_and_line(write: Write) -> None:
    path = write(
        'extends = "iss"\n'
        "[horizon]\n"
        "deorbit_by = 2027-01-01\n"
        "[rules]\n"
        "corridor_lower_m = 413000.0\n"
        'corridor_upper_km = "421"\n'
        "[descent]\n"
        "hold_altitude_m = 275000.0\n"
        "[flights.crew-13]\n"
        'port = "harmony-zenit"\n'
        "dock = 2028-10-01\n"
        "[flights.spx-35]\n"
        "dock = 2026-09-11\n"
        "[vehicles.crew-dragon]\n"
        'partner = "nsa"\n'
    )
    text = refused(path)
    assert "horizon.deorbit_by: 2027-01-01 is before operate_until 2028-12-31" in text
    assert f"{path}:3:" in text
    assert f"{path}:5: rules.corridor_lower_m: unknown key" in text
    assert "write corridor_lower_km" in text
    assert f"{path}:6: rules.corridor_upper_km: '421' is not a number" in text
    assert f"{path}:8: descent.hold_altitude_m: unknown key" in text
    assert "there is no port 'harmony-zenit' (did you mean harmony-zenith" in text
    assert "flights.crew-13.undock: 2027-06-08 is not after dock 2028-10-01" in text
    assert f"{path}:12: flights.spx-35: meets crew-12 on harmony-zenith from 2026-09-11" in text
    assert "there is no partner 'nsa' (did you mean nasa" in text


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("rules.corridor_lower_km", 421.5, "is not below corridor_upper_km"),
        ("rules.corridor_lower_km", 413000.0, "is not an altitude for a station"),
        ("horizon.deorbit_by", "2028-01-01", "is before operate_until"),
        ("horizon.deorbit_by", "2040-01-01", "outside the data"),
        ("descent.lowering_start", "2026-01-01", "before the epoch"),
        ("descent.lowering_start", "2031-01-01", "is after deorbit_by"),
        ("descent.hold_altitude_km", 340.0, "is above crew_departure_altitude_km"),
        ("descent.crew_departure_altitude_km", 430.0, "is not below the corridor"),
        ("descent.deorbit_vehicle", "us-deorbit-vehicle", "its flight is usdv"),
        ("descent.deorbit_vehicle", "crew-13", "cannot lower the station"),
        ("descent.lowering_vehicle", "soyuz-ms", "cannot lower the station"),
        ("descent.burns.lower-2.perigee_km", 190.0, "is not below that of lower-1"),
        ("descent.burns.final.revolutions_before_final", 2, "there is no final burn"),
        ("descent.burns.lower-1.perigee_km", 230.0, "is not below targeting_altitude_km"),
        ("flights.usdv.cancelled", True, "is cancelled"),
        ("partners.nasa.until", "2029-01-01", "commitment ends"),
        ("flights.soyuz-ms-30.port", "prichal-nadir", "meets soyuz-ms-29 on prichal-nadir"),
        ("flights.crew-13.port", "unity-nadir", "does not take a crew-dragon (it fits harmony-forward"),
        ("flights.crew-13.vehicle", "dragon", "did you mean crew-dragon"),
        ("flights.crew-13.launch", "2026-12-01", "is after dock"),
        ("station.ports.harmony-nadir.accepts", ["cygnus"], "vehicles.htv-x: no port accepts it"),
        ("cadence.cygnus.until", "2027-01-01", "is before first_dock"),
        ("cadence.cygnus.interval_days", 1, "makes more than"),
        ("station.mass_kg", 300_000, "is less than its elements"),
        ("station.tanks.zvezda.propellant_kg", 900.0, "exceeds capacity_kg"),
        ("station.drag.low_m2", 5000.0, "write the lower bound as low_m2"),
        ("station.elements.z1.material", "al-2291", "did you mean al-2219"),
        ("station.elements.z1.mix", "truss-gyro", "did you mean truss-gyros"),
        ("station.elements.z1.opens", "arrays", "comes before its release"),
        ("station.elements.z1.release", "joint", "there is no phase 'joint'"),
        ("reentry.mixes.node.hatch", 0.5, "the shares sum to 1.46, not 1"),
        ("reentry.mixes.node.hatches", 0.0, "there is no fragment class 'hatches'"),
        ("reentry.phases.shells.height_km", 83.0, "is not below that of joints"),
        ("reentry.phases.arrays.height_km", 120.0, "is not between low_km"),
        ("reentry.phases.arrays.high_km", 130.0, "is not below interface_height_km"),
        ("reentry.classes.foil.beta_low_kg_m2", 9.0, "exceeds beta_high_kg_m2"),
        ("assess.burn_failure_probability.fianl", 0.001, "there is no burn 'fianl' (did you mean final"),
        ("assess.burn_failure_probability.foo", 0.1, "there is no burn 'foo' (known: lower-1, lower-2, final"),
        ("assess.safety_level", 0.5, "0.99 is not below safety_level, 0.5"),
        ("reentry.fragments", 10, "does not fit"),
        ("reentry.fragments", 2e4, "is not a whole number"),
        ("orbit.epoch_utc", "1960-01-01T00:00:00Z", "outside the data"),
        ("orbit.position_km", [-304795.7, 6745236.0, -796410.8], "metres? write km"),
        ("orbit.position_km", [0.0, 0.0, 0.0], "not 100 to 2000 km"),
        ("orbit.velocity_km_s", [-4765.2, -905.4, -5928.3], "write km/s"),
        ("orbit.velocity_km_s", [-9.5, -1.8, -11.8], "escapes the Earth"),
        ("orbit.velocity_km_s", [-4.7, -0.9, -5.0], "meets the ground"),
        ("orbit.velocity_km_s", [0.0, 0.0, 0.0], "meets the ground"),
        ("orbit.frame", "TEME", "does not fit"),
        ("station.mass_kg", float("nan"), "finite number"),
        ("station.mass_kg", float("inf"), "finite number"),
        ("station.mass_kg", -1.0, "greater than 0"),
        ("station.mass_kg", "heavy", "is not a number"),
        ("station.mass_kg", True, "is not a number"),
        ("rules", 5, "is not a table"),
        ("station.elements", {}, ""),
    ],
)
def test_what_cannot_be_meant_is_refused(key: str, value: object, words: str) -> None:
    if key == "station.elements":
        assert load_scenario(set={key: value}) == load_scenario()  # an empty overlay changes nothing
        return
    text = refused(set={key: value})
    assert words in text
    assert "--set" in text or ".toml:" in text


def test_a_wrong_type_does_not_hide_what_else_is_wrong() -> None:
    text = refused(set={"rules.corridor_lower_km": "low", "flights.crew-13.port": "unity-nadir", "horizon.x": 1})
    assert "there is no key horizon.x" in text
    assert "'low' is not a number" in text
    assert "does not take a crew-dragon" in text


def test_what_is_taken_out_is_not_missed_elsewhere(write: Write) -> None:
    flight = 'vehicle = "tug"\nport = "unity-nadir"\ndock = 2029-01-01\nundock = 2029-02-01\n'
    path = write('extends = "iss"\n[vehicles.tug]\nname = "Tug"\n[flights.tug-1]\n' + flight)
    text = refused(path)
    assert "vehicles.tug.partner: is missing" in text
    assert "there is no vehicle" not in text


def test_too_few_seats_are_for_the_verdict() -> None:
    assert load_scenario(set={"flights.crew-13.crew": 7}).flights["crew-13"].crew == 7


def test_hash_tells_scenarios_apart_and_is_stable() -> None:
    base = scenario_hash(load_scenario())
    assert len(base) == 64
    assert int(base, 16) > 0
    assert scenario_hash(load_scenario()) == base
    assert scenario_hash(load_scenario(set=["rules.corridor_upper_km=421"])) == base
    assert scenario_hash(load_scenario(set=["rules.corridor_upper_km=422"])) != base


def test_hash_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    text = 'extends = "iss"\n[rules]\ncorridor_lower_km = 410.0\n'
    paths = [tmp_path / "a" / "mine.toml", tmp_path / "b" / "mine.toml"]
    for path in paths:
        path.parent.mkdir()
        path.write_text(text)
    assert scenario_hash(load_scenario(paths[0])) == scenario_hash(load_scenario(paths[1]))


def test_lines_of_keys() -> None:
    lines = key_lines('a = 1\n[b."c d"]\n# x = 2\ne.f = [\n1,\n]\n[[g]]\nh = 3\n')
    assert lines == {"a": 1, "b.c d": 2, "b.c d.e.f": 4, "g": 7, "g.h": 8}


def test_numbers_of_numpy_are_numbers() -> None:
    scenario = load_scenario(set={"rules.corridor_lower_km": np.float32(410.0), "reentry.fragments": np.int64(500)})
    assert scenario.rules.corridor_lower_km == 410.0
    assert scenario.reentry.fragments == 500


# --- whatever comes in, a scenario or one clear refusal comes out ----------------------------------------------------

OVERLAY = (
    'extends = "iss"\nname = "mine"\n[horizon]\ndeorbit_by = 2031-12-31\n[rules]\ncorridor_lower_km = 410.0\n'
    "[descent]\nlowering_start = 2027-06-01\nlowering_propellant_kg = 3000\n[flights.crew-13]\nslip_days = 2\n"
    '[station.drag]\ncd_area_m2 = 3000.0\n[sources]\n"rules" = { source = "mine", mark = "guess" }\n'
)
PIECES = [
    "=", ".", "[", "]", "{", "}", '"', "'", "\n", "\\u0000", "nan", "inf", "-1", "1e400", "0x10", "true", "2031-02-30",
    "flights", "station", "elements", "extends", "sources", '"iss"', "[[flights]]", '"\\ud800"', "''", "é", "9" * 400,
    "2028-12-31T00:00:00", "{}", "[]", "[flights.crew-13]", "descent = 5", "\r", "\t", "#", "station.elements.z1 = {}",
]  # fmt: skip


def mutated(rng: random.Random) -> bytes:
    text = OVERLAY
    for _ in range(rng.randint(1, 3)):
        at, until = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        match rng.randrange(7):
            case 0:
                text = text[:at] + rng.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + text[min(at + rng.randint(1, 6), len(text)) :]
            case 2:
                text = text[:until] if until else text
            case 3:
                lines = text.split("\n")
                rng.shuffle(lines)
                text = "\n".join(lines)
            case 4 | 5:
                text = re.sub(r"\d(?=\D*$)", str(rng.randrange(10)), text[:at]) + text[at:]
            case _:
                text = text[:at] + chr(rng.randrange(1, 256)) + text[at + 1 :]
    raw = text.encode("utf-8", "surrogatepass")
    return raw if rng.random() > 0.05 else bytes(byte ^ 0x80 if rng.random() < 0.01 else byte for byte in raw)


def test_two_thousand_mutations_end_in_a_scenario_or_a_refusal(write: Write) -> None:
    rng = random.Random(20260904)
    results = [outcome(write(mutated(rng))) for _ in range(2000)]
    refusals = [item for item in results if isinstance(item, ScenarioError)]
    assert all(item.defects for item in refusals)
    assert all("mine.toml" in str(item) for item in refusals)
    assert 500 < len(refusals) < 1900


KEYS = st.sampled_from(
    ["name", "rules", "station.mass_kg", "orbit.epoch_utc", "orbit.position_km", "flights", "flights.crew-13",
     "flights.new.dock", "cadence.cygnus.first_dock", "sources", 'sources."a.b".mark', "materials.al-2219", "station",
     "descent.aim", "reentry.mixes.node.hatch", "station.ports.unity-nadir.accepts", "horizon.deorbit_by", "a.b.c", "",
     "station.elements.z1.mass_kg.x", "extends"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates(), st.datetimes(),
    st.binary(max_size=3),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_any_value_anywhere_ends_in_a_scenario_or_a_refusal(changes: dict[str, object]) -> None:
    result = outcome(set=changes)
    assert result.defects if isinstance(result, ScenarioError) else len(scenario_hash(result)) == 64


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_after_set_ends_in_a_scenario_or_a_refusal(text: str) -> None:
    result = outcome(set=[text])
    assert result.defects if isinstance(result, ScenarioError) else len(scenario_hash(result)) == 64
