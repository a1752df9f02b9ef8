from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest
from tests import factories
from tests.operate_factory import (
    DAYS,
    lower_edge_km,
    make_bare_report,
    make_operate_history,
    make_report,
    make_rich_operate,
    reserve_kg,
)

from pointnemo.errors import RunFolderError
from pointnemo.operations.operate_report import OperateReport, report_of
from pointnemo.reporting.folder import OPERATE_FILES, write_run
from pointnemo.reporting.operate_figures import FIGURES
from pointnemo.reporting.operate_folder import operate_json, read_operate, write_operate
from pointnemo.reporting.operate_html import render_operate
from pointnemo.results import Operate

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "src/pointnemo/schemas/operate.schema.json"
REPORT = make_report()


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report of the plan has its own tests; here it only costs time."""
    monkeypatch.setattr("pointnemo.world.land.load_land", lambda: SimpleNamespace(coastlines=list, islands=()))
    monkeypatch.setattr("pointnemo.reporting.html.render_report", lambda *_: "report")


# --- document ------------------------------------------------------------------------------------------------------


def test_the_shipped_schema_is_the_code() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "write_schema.py"))
    assert SCHEMA.read_text(encoding="utf-8") == tool["schema_text"]("operate"), "run python tools/write_schema.py"


def test_the_document_obeys_its_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for report in (REPORT, make_report(()), make_bare_report()):
        document = json.loads(operate_json(report))
        validator.validate(document)
    assert document["schema"] == "pointnemo/operate/1"
    del document["reboosts"]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)


def test_every_field_of_the_stage_is_at_the_top() -> None:
    document = json.loads(operate_json(REPORT))
    bulk = {"history", "lower_km", "propellant_margin_kg"}
    assert set(Operate.model_fields) - bulk < set(document)
    assert next(iter(document)) == "schema"
    assert not bulk & set(document)
    operate = json.loads(make_rich_operate().model_dump_json())
    assert {key: document[key] for key in operate} == operate


def test_days_are_those_of_the_history_to_the_start_of_lowering() -> None:
    days = REPORT.days
    assert (days.date[0], days.date[-1], len(days.date)) == ("2026-09-04", "2028-12-31", DAYS)
    history = make_operate_history()
    np.testing.assert_allclose(days.altitude_km, history.altitude_km[1], atol=5.1e-4)
    np.testing.assert_allclose(days.lower_edge_km, lower_edge_km(), atol=5.1e-4)
    assert set(days.upper_edge_km) == {422.0}
    assert set(days.propellant_kg) == set(history.tanks)
    at = history.tanks.index("zvezda")
    np.testing.assert_allclose(days.propellant_kg["zvezda"], history.propellant_kg[1, :, at], atol=0.051)
    assert {len(column) for column in (days.mass_kg, days.reserve_kg, *days.supply_days.values())} == {DAYS}
    np.testing.assert_allclose(days.reserve_kg, reserve_kg(), atol=0.051)
    food = np.array(days.supply_margin_kg["food"])
    np.testing.assert_allclose(food / 12.0, np.array(days.supply_days["food"], dtype=float), atol=0.06)


def test_a_day_earlier_ends_the_columns_a_day_earlier() -> None:
    operate = make_rich_operate().model_copy(update={"until_utc": "2028-12-30T00:00:00Z"})
    assert report_of(operate, REPORT.provenance).days.date[-1] == "2028-12-30"


def test_what_comes_without_an_edge_or_a_use_says_no_more() -> None:
    operate = make_rich_operate().model_copy(update={"lower_km": None, "propellant_margin_kg": None})
    days = report_of(operate, REPORT.provenance).days
    assert set(days.lower_edge_km) == {round(operate.corridor_lower_km, 3)}
    assert days.supply_days == {}
    assert days.reserve_kg == ()
    assert set(days.supply_margin_kg) == {"water", "food", "oxygen", "spares"}
    nobody = np.zeros((4, DAYS))
    idle = report_of(make_rich_operate(), REPORT.provenance, use_kg_per_day=nobody).days
    assert set(idle.supply_days["water"]) == {None}


def test_reading_it_back_gives_the_same_bytes(tmp_path: Path) -> None:
    text = operate_json(REPORT)
    assert "NaN" not in text
    assert "Infinity" not in text
    (tmp_path / "operate.json").write_text(text, encoding="utf-8")
    assert operate_json(read_operate(tmp_path)) == text
    with pytest.raises(RunFolderError, match="pointnemo operate"):
        read_operate(tmp_path / "none")
    (tmp_path / "operate.json").write_text('{"schema": "pointnemo/operate/1"}')
    with pytest.raises(RunFolderError, match="reboosts"):
        read_operate(tmp_path)


# --- folder --------------------------------------------------------------------------------------------------------


def written(tmp_path: Path, settings: tuple[str, ...] = ()) -> Path:
    run = factories.make_run("operate", settings)
    return write_operate(make_report(settings), run, tmp_path / "run", force=True)


def test_the_folder_holds_the_plan_and_the_operation(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert {path.name for path in folder.iterdir()} >= {
        *OPERATE_FILES,
        "plan.json",
        "history.csv",
        "run.json",
        "stages",
    }
    assert {f"operate-{name}.svg" for name in FIGURES} == {name for name in OPERATE_FILES if name.endswith(".svg")}
    assert (folder / "operate.json").read_text(encoding="utf-8") == operate_json(make_report(()))
    assert read_operate(folder).changes is None


def test_a_user_keeps_his_files_and_a_further_run_keeps_the_operation(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "notes.txt").write_text("mine")
    write_run(factories.make_run("plan"), folder)
    assert (folder / "operate.json").is_file()
    assert (folder / "footprint.geojson").is_file()
    written(tmp_path)
    assert json.loads((folder / "run.json").read_text())["upto"] == "plan"
    assert (folder / "notes.txt").read_text() == "mine"


def test_the_operation_of_other_inputs_does_not_stay(tmp_path: Path) -> None:
    folder = written(tmp_path)
    write_run(factories.make_run("plan", ("x=1",)), folder, force=True)
    assert not {path.name for path in folder.iterdir()} & set(OPERATE_FILES)


def test_other_inputs_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path)
    before = (folder / "operate.json").read_bytes()
    with pytest.raises(RunFolderError, match="--force"):
        write_operate(make_report(), factories.make_run("operate", ("x=1",)), folder)
    assert (folder / "operate.json").read_bytes() == before


# --- the page to look at -------------------------------------------------------------------------------------------


def test_the_page_holds_everything_and_loads_nothing() -> None:
    html = render_operate(REPORT, {"altitude": "<svg/>", "ports": "<svg/>"})
    assert html.index("Limits that are missed") < html.index("What changed") < html.index(">Altitude<")
    for wanted in (
        "soyuz-ms-31 launch, 25.2 deg",
        "(re-flown)",
        "Not kept",
        "cygnus-2",
        "(+16 d)",
        "nothing covers it",
    ):
        assert wanted in html
    assert html.count("<svg/>") == 2
    assert not re.search(r"(?:src|href)=", html)
    assert "<script" not in html


def test_texts_of_a_scenario_are_escaped() -> None:
    bad = "<script>alert(1)</script>"
    report = REPORT.model_copy(
        update={
            "violations": (REPORT.violations[0].model_copy(update={"subject": bad, "text": bad}),),
            "ports": (REPORT.ports[0].model_copy(update={"flight": bad, "port": bad}),),
            "commitment_gaps": (REPORT.commitment_gaps[0].model_copy(update={"consequence": bad, "cover": (bad,)}),),
        }
    )
    html = render_operate(report, {})
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") >= 6


def test_a_plan_with_nothing_in_it() -> None:
    html = render_operate(make_bare_report(), {})
    assert "Kept" in html
    for gone in ("Limits that are missed", "What changed", "Phase windows", "Supplies", "Commitments"):
        assert gone not in html


# --- the documentation ---------------------------------------------------------------------------------------------


def test_keys_told_of_operate_json_are_its_keys() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    text = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    table = text[text.index("### operate.json") :]
    names = {key for part in schema["$defs"].values() for key in part.get("properties", {})}
    told: set[str] = set()
    for keys, row in re.findall(r"^\| (`.+?`) \| (.+) \|$", table, re.MULTILINE):
        told |= set(re.findall(r"`([a-z_0-9]+)`", keys))
        assert set(re.findall(r"`([a-z_0-9]+)`", row)) <= names | set(schema["properties"]), row
    assert told == set(schema["properties"]) - {"schema", "skipped"}


def test_files_told_of_an_operation_are_its_files() -> None:
    text = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    table = text[text.index("## The files") : text.index("### operate.json")]
    told = {name for row in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE) for name in re.findall(r"`(.+?)`", row)}
    assert told == set(OPERATE_FILES)


def test_the_document_is_of_its_own_kind() -> None:
    assert isinstance(REPORT, OperateReport)
    assert make_report() == REPORT
    assert make_report(()) != REPORT
