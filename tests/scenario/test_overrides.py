"""``--set``: every leaf within reach, help for keys that do not exist, new entries only where complete."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from pointnemo.errors import ScenarioError
from pointnemo.scenario import assignment, load_scenario
from pointnemo.scenario.overrides import parse_overrides, suggest
from pointnemo.scenario.sources import leaves


def refused(*assignments: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(set=assignments)
    return str(caught.value)


def test_values_of_every_kind() -> None:
    scenario = load_scenario(
        set=[
            "vehicles.us-deorbit-vehicle.propellant_kg=20000",
            "flights.progress-ms-40.slip_days=60",
            "horizon.deorbit_by = 2032-06-30",
            "flights.spx-35.cancelled=true",
            "descent.lowering_vehicle=us-deorbit-vehicle",
            'title="A title = with an equals sign"',
            "orbit.epoch_utc=2026-09-04T12:00:00",
            "reentry.fragments=1_000",
            "descent.aim={latitude_deg=-48.0, longitude_deg=-122}",
        ]
    )
    assert scenario.vehicles["us-deorbit-vehicle"].propellant_kg == 20000.0
    assert scenario.flights["progress-ms-40"].slip_days == 60
    assert scenario.horizon.deorbit_by == date(2032, 6, 30)
    assert scenario.flights["spx-35"].cancelled
    assert scenario.descent.lowering_vehicle == "us-deorbit-vehicle"
    assert scenario.title == "A title = with an equals sign"
    assert scenario.orbit.epoch_utc == load_scenario().orbit.epoch_utc
    assert scenario.reentry.fragments == 1000
    assert (scenario.descent.aim.latitude_deg, scenario.descent.aim.name) == (-48.0, "Point Nemo")


def test_a_mapping_says_the_same_as_text() -> None:
    mapping = load_scenario(set={"descent.lowering_start": "2027-06-01", "station.drag.cd_area_m2": 3000})
    text = load_scenario(set=["descent.lowering_start=2027-06-01", "station.drag.cd_area_m2=3000"])
    assert mapping == text


def test_the_last_word_counts() -> None:
    assert (
        load_scenario(set=["rules.corridor_lower_km=400", "rules.corridor_lower_km=411"]).rules.corridor_lower_km == 411
    )


def test_every_leaf_can_be_set_to_what_it_is() -> None:
    base = load_scenario()
    pairs = {
        key: value
        for key, value in leaves(base.model_dump(exclude={"sources"}))
        if value is not None and key not in ("station.norad_id",)
    }
    assert len(pairs) > 900
    assert load_scenario(set=pairs) == base


def test_every_leaf_can_be_written_as_an_assignment_and_read_back() -> None:
    for key, value in leaves(load_scenario().model_dump(exclude={"sources"})):
        if value is None or isinstance(value, tuple):
            continue
        overrides, defects = parse_overrides([assignment(key, value)])
        assert not defects
        assert overrides[0].key == key
        assert overrides[0].value == value
        assert type(overrides[0].value) is type(value)


@pytest.mark.parametrize("text", ["true", "inf", "2027-01-01x", "a b", 'q"uote', "-5", "crew-dragon", ""])
def test_text_survives_an_assignment(text: str) -> None:
    assert parse_overrides([assignment("title", text)])[0][0].value == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("horizon.deorbit_bye=2030-01-01", "did you mean deorbit_by"),
        ("descent.hold_altitude_m=275000", "the unit here is another: write hold_altitude_km"),
        ("vehicle.cygnus.seats=1", "did you mean vehicles"),
        ("station.mass_kg.x=1", "is a value, not a table"),
        ("flights.crew-14.slip_days=3", "there is no 'crew-14' in flights"),
        ("flights.crew-14.slip_days=3", "lacks vehicle, port, dock, undock"),
        ("flights.crew-14.slip_days=3", "did you mean crew-13"),
        ("reentry.mixes.node.hatsch=0.1", "did you mean hatch"),
        ("horizon.deorbit_by", "is not KEY=VALUE"),
        ("horizon.deorbit_by=", "has no value"),
        ("=5", "is not a dotted key"),
        ("a..b=5", "is not a dotted key"),
        ("horizon.deorbit_by=soon", "'soon' is not a date"),
        ("horizon.deorbit_by=2031-02-30", "is not a date"),
        ("extends=iss", "there is no key extends"),
        ("rules.x=1\n[station]", "is not KEY=VALUE"),
    ],
)
def test_refusals_help(text: str, words: str) -> None:
    assert words in refused(text)


def test_all_refusals_at_once() -> None:
    text = refused("a=1", "horizon.x=2", "rules.corridor_lower_km=500", "nonsense")
    assert "4 defects" in text


def test_a_complete_new_entry_is_taken() -> None:
    day = date(2027, 8, 1)
    new = {
        "flights.extra.vehicle": "cygnus",
        "flights.extra.port": "harmony-nadir",
        "flights.extra.dock": day,
        "flights.extra.undock": day + timedelta(days=30),
    }
    scenario = load_scenario(set=new)
    assert scenario.flights["extra"].dock == day
    assert scenario.sources["flights.extra"].source == "set by the user (--set)"


def test_what_is_set_is_marked_as_the_users() -> None:
    scenario = load_scenario(set=["rules.casualty_limit=1e-3", "rules.land_clearance_km=370"])
    assert scenario.sources["rules.casualty_limit"].mark == "guess"
    assert "--set" in scenario.sources["rules.casualty_limit"].source
    assert "NASA-STD-8719.14C" in scenario.sources["rules.land_clearance_km"].source  # set to what it was


def test_suggestions_put_the_same_quantity_first() -> None:
    assert suggest("altitude_m", ["altitude_km", "altitude_name"]) == "the unit here is another: write altitude_km"
    assert suggest("zzz", []) == "nothing can be set here"


def test_moments_with_other_zones_are_turned_to_utc() -> None:
    scenario = load_scenario(set={"orbit.epoch_utc": datetime.fromisoformat("2026-09-04T14:00:00+02:00")})
    assert scenario.orbit.epoch_utc == load_scenario().orbit.epoch_utc
    assert scenario.orbit.epoch_utc.isoformat() == "2026-09-04T12:00:00+00:00"
