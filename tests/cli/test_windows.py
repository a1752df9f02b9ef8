"""``pointnemo windows``: grammar, page, document, refusals."""

from __future__ import annotations

import json
import runpy
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from pointnemo.cli.main import main

ASKED = ["windows", "--vehicle", "crew-dragon", "--from", "2026-11-27", "--to", "2026-12-02", "--bundled", "--quiet"]


def test_the_page_is_80_columns_wide(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASKED, "--site", "slc-40"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("5 windows for crew-dragon from slc-40 on falcon-9")
    assert max(map(len, out.splitlines())) <= 80
    assert out.count("blocked by crew-13, spx-35") == 5
    assert "2026-11-28 16:1" in out


def test_the_document_obeys_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASKED, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    schema = json.loads((resources.files("pointnemo") / "schemas" / "windows.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["schema"] == "pointnemo/windows/1"
    assert {"liftoff_utc", "phase_deg", "trip_hours", "port", "blocked_by"} <= set(document["windows"][0])


def test_an_interval_without_a_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASKED[:4], "2026-11-27T00:00:00Z", "--to", "2026-11-27T06:00:00Z", "--bundled"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("no windows for")
    assert "no pass" in out
    assert "days old" in err


def test_settings_reach_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASKED, "--set", "flights.spx-35.cancelled=true"]) == 0
    assert "harmony-zenith" in capsys.readouterr().out


def test_wrong_input_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["windows", "--vehicle", "shuttle", "--from", "x", "--to", "2026-12-01"]) == 2
    err = capsys.readouterr().err
    assert "--vehicle: 'shuttle'" in err
    assert "--from: 'x'" in err
    assert main(["windows", "--vehicle", "crew-dragon"]) == 2
    assert main([*ASKED, "--orbit", "missing.oem"]) == 2
    assert "missing.oem" in capsys.readouterr().err


def test_the_docs_show_what_the_program_prints(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[2] / "docs" / "windows.md").read_text(encoding="utf-8")
    (command,) = [
        line.split()[1:] for line in text.splitlines() if line.startswith("    pointnemo windows") and "-10-" in line
    ]
    assert main([*command, "--quiet"]) == 0
    assert text.partition("```text\n")[2].partition("```")[0] == capsys.readouterr().out


def test_the_shipped_schema_is_the_code() -> None:
    tool = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "write_schema.py"))
    shipped = tool["target"]("windows").read_text(encoding="utf-8")
    assert shipped == tool["schema_text"]("windows"), "run python tools/write_schema.py"


def test_help_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["windows", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: pointnemo windows")
