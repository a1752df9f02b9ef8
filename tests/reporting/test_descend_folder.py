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
from tests.descend_factory import (
    LIMITS,
    altitude_km,
    make_bare_descend_report,
    make_descend_report,
    make_descent_history,
    make_rich_descend,
    make_stuck_descend_report,
    moment,
)

from pointnemo.descent.report import DescendReport, limits_of, report_of
from pointnemo.errors import RunFolderError
from pointnemo.formats.opm import parse_opm
from pointnemo.reporting.descend_ccsds import DESCENT_FILES
from pointnemo.reporting.descend_figures import FIGURES
from pointnemo.reporting.descend_folder import descend_json, read_descend, write_descend
from pointnemo.reporting.descend_html import more_facts, render_descend
from pointnemo.reporting.folder import DESCEND_FILES, write_run
from pointnemo.reporting.operate_axes import day_number
from pointnemo.results import Descend
from pointnemo.results.recourses import strongest
from pointnemo.scenario import load_scenario

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "src/pointnemo/schemas/descend.schema.json"
REPORT = make_descend_report()


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report of the plan has its own tests; here it only costs time."""
    monkeypatch.setattr("pointnemo.world.land.load_land", lambda: SimpleNamespace(coastlines=list, islands=()))
    monkeypatch.setattr("pointnemo.reporting.html.render_report", lambda *_: "report")


# --- document ------------------------------------------------------------------------------------------------------


def test_the_shipped_schema_is_the_code() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "write_schema.py"))
    assert SCHEMA.read_text(encoding="utf-8") == tool["schema_text"]("descend"), "run python tools/write_schema.py"


def test_the_document_obeys_its_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for report in (make_bare_descend_report(), make_stuck_descend_report(), REPORT):
        document = json.loads(descend_json(report))
        validator.validate(document)
    assert document["schema"] == "pointnemo/descend/1"
    del document["burns"]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)


def test_every_field_of_the_stage_is_at_the_top() -> None:
    document = json.loads(descend_json(REPORT))
    bulk = {"history", "trajectory", "targeted", "loss_days"}
    assert set(Descend.model_fields) - bulk < set(document)
    assert next(iter(document)) == "schema"
    assert not bulk & set(document)
    descend = json.loads(make_rich_descend().model_dump_json())
    assert {key: document[key] for key in descend} == descend


def test_days_are_those_from_the_start_of_lowering_until_all_lines_are_down() -> None:
    days = REPORT.days
    assert (days.date[0], days.date[-1]) == ("2028-12-31", "2033-09-20")
    history = make_descent_history()
    at = days.date.index("2031-03-01")
    for name in ("low", "mean"):
        column = getattr(days, f"altitude_{name}_km")
        assert column[at] == pytest.approx(altitude_km(name, moment("2031-03-01")), abs=5.1e-4)
    assert days.altitude_high_km[days.date.index("2031-04-09")] == pytest.approx(225.0)
    assert set(days.altitude_high_km[days.date.index("2031-04-10") :]) == {None}
    assert {len(column) for column in (days.mass_kg, days.f107_mean, days.altitude_low_km)} == {len(days.date)}
    assert days.mass_kg[0] == 448_000.0
    assert days.mass_kg[-1] is None
    np.testing.assert_allclose(days.f107_mean, history.f107[1, 10 : 10 + len(days.date)], atol=0.051)


def test_days_tell_what_a_loss_of_propulsion_means() -> None:
    """A column for each quantity, of every day that the stage knows, also where the document lists some of them."""
    days = REPORT.days
    assert len(REPORT.losses) < len(REPORT.loss_days)
    by_day = {one.utc[:10]: one for one in REPORT.loss_days}
    for k, day in enumerate(days.date):
        known = by_day.get(day)
        assert (days.loss_recourse[k] is None) == (known is None)
        if known is None:
            assert days.loss_days_to_entry[k] is None
            assert days.loss_recourse_without_deorbit_vehicle[k] is None
            continue
        assert days.loss_days_to_entry[k] == pytest.approx(known.days_to_entry.value, abs=0.0006)
        assert days.loss_days_to_entry_low[k] == pytest.approx(known.days_to_entry.low, abs=0.0006)
        assert days.loss_days_to_entry_high[k] == pytest.approx(known.days_to_entry.high, abs=0.0006)
        assert days.loss_recourse[k] == strongest(known.recourses)
        held = day_number(known.control_until_utc) - day_number(day)
        assert days.loss_control_days[k] == pytest.approx(held, abs=0.001)
    at = days.date.index("2032-01-10")  # the deorbit vehicle is the only one that can act
    assert (days.loss_recourse[at], days.loss_recourse_without_deorbit_vehicle[at]) == ("deorbit-otherwise", "none")
    low = [k for k, one in enumerate(days.loss_recourse) if one == "shift"]  # too low for engines, not for the arrays
    assert low
    assert {days.loss_recourse_without_thrust[k] for k in low} == {"shift"}


def test_rows_at_noon_begin_on_the_day_of_lowering() -> None:
    report = report_of(make_rich_descend(), REPORT.provenance, LIMITS, factories.make_history())
    assert report.days.date[0] == "2028-12-31"


def test_a_result_without_arrays_has_no_days() -> None:
    assert make_bare_descend_report().days.date == ()
    assert make_bare_descend_report().days.altitude_mean_km == ()


def test_limits_are_those_of_the_scenario() -> None:
    scenario = load_scenario("iss", set=["descent.control_limit_km=210", "horizon.deorbit_by=2031-06-30"])
    limits = limits_of(scenario)
    assert limits.control_limit_km == 210.0
    assert limits.deorbit_by == "2031-06-30"
    assert limits.hold_altitude_km == scenario.descent.hold_altitude_km
    assert limits.objective == scenario.descent.objective


def test_reading_it_back_gives_the_same_bytes(tmp_path: Path) -> None:
    text = descend_json(REPORT)
    assert "NaN" not in text
    assert "Infinity" not in text
    (tmp_path / "descend.json").write_text(text, encoding="utf-8")
    assert descend_json(read_descend(tmp_path)) == text
    with pytest.raises(RunFolderError, match="pointnemo descend"):
        read_descend(tmp_path / "none")
    (tmp_path / "descend.json").write_text('{"schema": "pointnemo/descend/1"}')
    with pytest.raises(RunFolderError, match="burns"):
        read_descend(tmp_path)


def test_the_document_is_of_its_own_kind() -> None:
    assert isinstance(REPORT, DescendReport)
    assert make_descend_report() == REPORT
    assert make_descend_report(("x=1",)) != REPORT


# --- folder --------------------------------------------------------------------------------------------------------


def written(tmp_path: Path, settings: tuple[str, ...] = ()) -> Path:
    run = factories.make_run("descend", settings)
    return write_descend(make_descend_report(settings), run, tmp_path / "run", force=True)


def test_the_folder_holds_the_plan_and_the_descent(tmp_path: Path) -> None:
    folder = written(tmp_path)
    names = {path.name for path in folder.iterdir()}
    assert names >= {*DESCEND_FILES, "plan.json", "trajectory.oem", "run.json", "stages"}
    assert {f"descend-{name}.svg" for name in FIGURES} == {name for name in DESCEND_FILES if name.endswith(".svg")}
    assert set(DESCENT_FILES) < set(DESCEND_FILES)
    assert (folder / "descend.json").read_text(encoding="utf-8") == descend_json(REPORT)
    assert read_descend(folder) == REPORT
    path = folder / "descent.opm"
    message = parse_opm(path.read_bytes(), path, "kvn")
    assert [round(-one.mass_change_kg) for one in message.manoeuvres] == [1740, 1972, 877, 4156]


def test_the_same_inputs_write_the_same_files(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in written(tmp_path).iterdir() if path.name in DESCEND_FILES}
    again = {path.name: path.read_bytes() for path in written(tmp_path).iterdir() if path.name in DESCEND_FILES}
    assert first == again


def test_without_burns_there_are_no_manoeuvres(tmp_path: Path) -> None:
    run = factories.make_run("descend")
    folder = write_descend(make_stuck_descend_report(), run, tmp_path / "run")
    assert not {path.name for path in folder.iterdir()} & set(DESCENT_FILES)
    assert (folder / "descend.html").is_file()


def test_a_user_keeps_his_files_and_a_further_run_keeps_the_descent(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "notes.txt").write_text("mine")
    write_run(factories.make_run("plan"), folder)
    assert (folder / "descend.json").is_file()
    assert (folder / "footprint.geojson").is_file()
    written(tmp_path)
    assert json.loads((folder / "run.json").read_text())["upto"] == "plan"
    assert (folder / "notes.txt").read_text() == "mine"


def test_the_descent_of_other_inputs_does_not_stay(tmp_path: Path) -> None:
    folder = written(tmp_path)
    write_run(factories.make_run("plan", ("x=1",)), folder, force=True)
    assert not {path.name for path in folder.iterdir()} & set(DESCEND_FILES)


def test_other_inputs_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path)
    before = (folder / "descend.json").read_bytes()
    with pytest.raises(RunFolderError, match="--force"):
        write_descend(REPORT, factories.make_run("descend", ("x=1",)), folder)
    assert (folder / "descend.json").read_bytes() == before


# --- the page to look at -------------------------------------------------------------------------------------------


def test_the_page_holds_everything_and_loads_nothing() -> None:
    html = render_descend(REPORT, dict.fromkeys(FIGURES, "<svg/>"))
    assert html.index("Not kept") < html.index("The best way down") < html.index("Targeted burns")
    assert html.index("Targeted burns") < html.index("If a burn fails") < html.index("Required reliability")
    for wanted in (
        "entry is 439 days after 2030-12-31",
        "4 of 5 passes keep clear",
        "--set descent.lowering_propellant_kg=4630",
        "Limits of largest margin (2); 412 descents flown",
        "Antipodes Islands",
        f"Every failure ({len(REPORT.branches)})",
        "300 s late",
        "nothing docked could raise it",
        "0.99877",
        "progress-ms on zvezda-aft",
    ):
        assert wanted in html
    assert html.count("<svg/>") == len(FIGURES)
    assert not re.search(r"(?:src|href)=\"(?!#)", html)
    assert "<script" not in html


def test_texts_of_a_scenario_are_escaped() -> None:
    bad = "<script>alert(1)</script>"
    assert REPORT.optimum is not None
    report = REPORT.model_copy(
        update={
            "opportunities": (REPORT.opportunities[0].model_copy(update={"id": bad, "nearest_land": bad}),),
            "branches": (REPORT.branches[0].model_copy(update={"burn": bad}),),
            "attitudes": (REPORT.attitudes[0].model_copy(update={"text": bad, "thrust": (bad,)}),),
            "optimum": REPORT.optimum.model_copy(update={"text": bad}),
            "deorbit_vehicle": bad,
        }
    )
    html = render_descend(report, {})
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") >= 8


def test_a_descent_with_nothing_in_it() -> None:
    for report in (make_bare_descend_report(), make_stuck_descend_report()):
        html = render_descend(report, {})
        assert "Not kept" in html
        for gone in (
            "The best way",
            "Attitudes",
            "Phasing",
            "Opportunities",
            "If a burn fails",
            "Required reliability",
        ):
            assert gone not in html
    assert "None are flown" in html


def test_the_report_of_a_plan_has_the_facts() -> None:
    assert "4 of 5 keep clear" in more_facts(make_rich_descend())
    assert more_facts(factories.make_descend()) == ""


# --- the documentation ---------------------------------------------------------------------------------------------


def test_keys_told_of_descend_json_are_its_keys() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    text = (ROOT / "docs" / "descend.md").read_text(encoding="utf-8")
    table = text[text.index("### descend.json") :]
    names = {key for part in schema["$defs"].values() for key in part.get("properties", {})}
    told: set[str] = set()
    for keys, row in re.findall(r"^\| (`.+?`) \| (.+) \|$", table, re.MULTILINE):
        told |= set(re.findall(r"`([a-z_0-9]+)`", keys))
        assert set(re.findall(r"`([a-z_0-9]+)`", row)) <= names | set(schema["properties"]), row
    assert told == set(schema["properties"]) - {"schema", "skipped"}


def test_files_told_of_a_descent_are_its_files() -> None:
    text = (ROOT / "docs" / "descend.md").read_text(encoding="utf-8")
    table = text[text.index("## The files") : text.index("### descend.json")]
    told = {name for row in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE) for name in re.findall(r"`(.+?)`", row)}
    assert told == set(DESCEND_FILES)
