"""``reenter --object``, ``assess --uncontrolled`` and scenarios that begin in the entry, from the command line."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from pointnemo.cli.main import main

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "objects"
UNCONTROLLED = ["assess", "--uncontrolled", "--inclination", "51.6", "--year", "2030", "--casualty-area", "5.27"]


def schema_of(name: str) -> dict[str, object]:
    return json.loads((resources.files("pointnemo") / "schemas" / f"{name}.schema.json").read_text("utf-8"))


def test_an_object_on_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reenter", "--object", str(EXAMPLES / "sphere-r100.toml"), "--quiet"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "IMPACT            after 366.0" in out
    assert "peak temperature" in out


def test_an_object_as_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reenter", "--object", str(EXAMPLES / "sphere-e1.toml"), "--json", "--quiet"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema_of("object")).validate(document)
    assert document["outcome"] == "demise"
    assert document["end"]["mass_kg"] == 0.0
    assert 76.0 < document["end"]["height_km"] < 77.5


def test_an_object_that_cannot_be_flown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "odd.toml"
    path.write_text('[object]\nshape = "cube"\n', encoding="utf-8")
    assert main(["reenter", "--object", str(path)]) == 2
    assert "cannot be flown" in capsys.readouterr().err


def test_what_needs_a_scenario_is_refused_beside_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["reenter", "iss", "--object", "x.toml", "--set", "a=b", "--seed", "3"]
    assert main(line) == 2
    told = capsys.readouterr().err
    assert all(f"{name}: means nothing with --object" in told for name in ("SCENARIO", "--set", "--seed"))


def test_one_object_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(EXAMPLES / "sphere-e1.toml")
    assert main(["reenter", "--object", path, "--object", path, "--seed", "3"]) == 2
    told = capsys.readouterr().err
    assert "--object: is given 2 times" in told
    assert "--seed: means nothing with --object" in told


def test_uncontrolled_as_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    """5.27 m2 is what both published sets give for 1e-4 at 51.6 degrees in 2030, within 5 % of each other."""
    assert main([*UNCONTROLLED, "--json", "--bundled"]) == 0
    out = capsys.readouterr().out
    document = json.loads(out)
    jsonschema.Draft202012Validator(schema_of("uncontrolled")).validate(document)
    assert out.startswith('{\n "schema": "pointnemo/uncontrolled/1"')
    expected = document["casualty_expectation"]
    assert expected["low"] < expected["value"] < expected["high"]
    assert expected["value"] == pytest.approx(1e-4, rel=0.1)


def test_uncontrolled_on_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*UNCONTROLLED, "--bundled"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "one casualty in" in out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            ["assess", "--uncontrolled"],
            ("--inclination: is missing", "--year: is missing", "--casualty-area: is missing"),
        ),
        ([*UNCONTROLLED, "--out", "x", "--force"], ("--out: means nothing", "--force: means nothing")),
        (["assess", "--year", "2030"], ("--year: means nothing without --uncontrolled",)),
        (
            ["assess", "--uncontrolled", "--inclination", "nan", "--year", "1800", "--casualty-area", "0"],
            ("--inclination: nan", "--year: 1800", "--casualty-area: 0"),
        ),
        (
            ["assess", "--uncontrolled", "--inclination", "9", "--year", "2030", "--casualty-area", "1e30"],
            ("--casualty-area: 1e+30 m2 is out of range (write more than 0 and at most 1e+09, in square metres)",),
        ),
    ],
)
def test_combinations_that_mean_nothing(
    line: list[str], told: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line) == 2
    found = capsys.readouterr().err
    assert all(part in found for part in told), found


def test_a_satellite_stands_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--set", "reentry.fragments=400", "--set", "reentry.realisations=4", "--bundled", "--quiet"]
    folder = str(tmp_path / "run")
    assert main(["assess", "satellite", "--json", "--out", folder, *small]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema_of("plan")).validate(document)
    for stage in ("track", "operate", "descend"):
        assert document[stage]["skipped"] is True
        assert "begins in the entry of 2029-06-01" in document[stage]["reason"]
    assert document["reenter"]["entry_mass_kg"] == pytest.approx(1000.0)
    assert document["assess"]["uncontrolled_casualty_expectation"]["value"] > 0.0
    # the folder can be gone on from, and nothing is flown again
    assert main(["plan", folder, "--json", "--out", str(tmp_path / "again"), "--bundled", "--quiet"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["reenter"] == document["reenter"]
    assert [check["id"] for check in again["verdict"]["checks"]] == [
        "land_clearance_km", "antarctic_ice_clearance_km", "casualty_expectation",
    ]  # fmt: skip


def test_an_entry_has_one_burn_that_may_have_failed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wrong = ["--set", "assess.burn_failure_probability={foo=0.1}", "--set", "assess.declared_level=0.9999999"]
    assert main(["assess", "satellite", *wrong, "--bundled", "--quiet", "--out", str(tmp_path / "run")]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "there is no burn 'foo' (known: final)" in told
    assert "0.9999999 is not below safety_level, 0.99999" in told  # both at once


def test_an_entry_takes_no_orbit(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    orbit = tmp_path / "orbit.txt"
    orbit.write_text("not read\n", encoding="utf-8")
    assert main(["reenter", "satellite", "--orbit", str(orbit), "--bundled", "--quiet"]) == 2
    assert "no orbit is flown" in capsys.readouterr().err


def test_the_page_of_the_docs_is_the_one_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Head and first rows, to the last digit that is shown: US 1976 and plain arithmetic are the same everywhere."""
    page = (EXAMPLES.parents[1] / "reenter.md").read_text(encoding="utf-8")
    shown = page.partition("```text\n")[2].partition("```")[0]
    assert main(["reenter", "--object", str(EXAMPLES / "sphere-r100.toml"), "--quiet"]) == 0
    assert capsys.readouterr().out.startswith(shown)


def test_every_key_of_an_object_is_in_the_docs() -> None:
    from pointnemo.scenario import entry_object as models

    page = (EXAMPLES.parents[1] / "reenter.md").read_text(encoding="utf-8")
    tables = (models.EntryObject, models.ObjectBody, models.ObjectEntry, models.FlightOptions, models.Entry)
    missing = {
        key for table in tables for key in table.model_fields if f"`{key}`" not in page and f"[{key}]" not in page
    }
    assert not missing
