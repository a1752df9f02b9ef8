from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from tests import factories

from pointnemo.errors import RunFolderError
from pointnemo.reporting.folder import check_target, default_folder, plan_json, read_plan, write_run
from pointnemo.results import Plan

ALL = {
    "plan.json", "run.json", "history.csv", "trajectory.oem", "burns.csv", "footprint.geojson", "report.html", "stages",
}  # fmt: skip


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that write many folders and look into no report."""
    monkeypatch.setattr("pointnemo.world.land.load_land", lambda: SimpleNamespace(coastlines=list, islands=()))
    monkeypatch.setattr("pointnemo.reporting.html.render_report", lambda *_: "report")


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_every_file_is_there_and_nothing_beside(tmp_path: Path) -> None:
    run = factories.make_run()
    folder = write_run(run, tmp_path / "deep" / "run", log=["a notice"])
    assert names(folder) == ALL
    assert names(tmp_path / "deep") == {"run"}
    assert (folder / "plan.json").read_text() == plan_json(run.plan)
    assert read_plan(folder) == factories.make_plan(bulk=False)
    circumstances = json.loads((folder / "run.json").read_text())
    assert circumstances["workers"] == 2
    assert circumstances["log"] == ["a notice"]
    assert circumstances["timings_s"] == {"track": 0.1, "operate": 1.25}
    assert {"host", "cpu", "written_utc", "versions", "python"} <= set(circumstances)
    kinds = {f["properties"]["kind"] for f in json.loads((folder / "footprint.geojson").read_text())["features"]}
    assert kinds == {"footprint", "aim_point", "impact_centre", "heel", "toe", "track"}


def test_same_inputs_write_the_same_files_but_run_json(tmp_path: Path) -> None:
    a, b = (write_run(factories.make_run(), tmp_path / name) for name in ("a", "b"))
    for name in sorted(ALL - {"run.json", "stages"}):
        assert (a / name).read_bytes() == (b / name).read_bytes(), name
    document = (a / "plan.json").read_text()
    circumstances = json.loads((a / "run.json").read_text())
    assert str(tmp_path) not in document
    assert circumstances["host"] not in document or len(circumstances["host"]) < 4


def test_plan_json_keeps_the_order_of_the_issue_and_obeys_its_schema(tmp_path: Path) -> None:
    document = json.loads(plan_json(factories.make_plan()))
    stages = ["schema", "track", "operate", "descend", "reenter", "assess", "verdict", "provenance"]
    assert list(document) == stages
    assert document["schema"] == "pointnemo/plan/1"
    schema = json.loads((Path(__file__).parents[2] / "src/pointnemo/schemas/plan.schema.json").read_text())
    for plan in (factories.make_plan(), factories.make_stuck_plan(), factories.make_run("track").plan):
        jsonschema.Draft202012Validator(schema).validate(json.loads(plan_json(plan)))
    document["verdict"]["checks"][0]["ok"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.usefixtures("no_drawing")
def test_other_inputs_need_force(tmp_path: Path) -> None:
    folder = write_run(factories.make_run(), tmp_path / "run")
    other = factories.make_run(set=("descent.lowering_start=2027-05-24",))
    before = (folder / "plan.json").read_bytes()
    with pytest.raises(RunFolderError, match="other inputs") as caught:
        write_run(other, folder)
    assert "--force" in str(caught.value)
    assert (folder / "plan.json").read_bytes() == before
    write_run(other, folder, force=True)
    assert read_plan(folder).provenance.set == other.plan.provenance.set


@pytest.mark.usefixtures("no_drawing")
def test_the_users_own_files_survive(tmp_path: Path) -> None:
    folder = write_run(factories.make_run(), tmp_path / "run")
    (folder / "notes.txt").write_text("mine")
    (folder / "my").mkdir()
    write_run(factories.make_run(), folder)
    assert (folder / "notes.txt").read_text() == "mine"
    assert names(folder) == {*ALL, "notes.txt", "my"}
    assert names(tmp_path) == {"run"}


@pytest.mark.usefixtures("no_drawing")
def test_a_shorter_run_does_not_replace_a_longer_one(tmp_path: Path) -> None:
    folder = write_run(factories.make_run(), tmp_path / "run")
    write_run(factories.make_run("track"), folder)
    assert names(folder) == ALL
    short = write_run(factories.make_run("track"), tmp_path / "short")
    assert not names(short) & {"history.csv", "trajectory.oem"}
    write_run(factories.make_run(), short)
    assert names(short) == ALL


@pytest.mark.usefixtures("no_drawing")
def test_what_cannot_become_a_run_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.tex").write_text("x")
    for target in (file, full, file / "below"):
        for force in (False, True):
            with pytest.raises(RunFolderError):
                check_target(target)
            with pytest.raises(RunFolderError):
                write_run(factories.make_run("track"), target, force)
    assert file.read_text() == "x"
    assert names(full) == {"thesis.tex"}
    (tmp_path / "empty").mkdir()
    check_target(tmp_path / "empty")


@pytest.mark.usefixtures("no_drawing")
def test_nothing_is_left_of_a_run_that_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_run(factories.make_run(), tmp_path / "run")
    before = (folder / "run.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pointnemo.planning.save_stages", full)
    with pytest.raises(RunFolderError, match="No space left"):
        write_run(factories.make_run(), folder)
    assert names(tmp_path) == {"run"}
    assert (folder / "run.json").read_bytes() == before


@pytest.mark.usefixtures("no_drawing")
def test_a_damaged_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="No such file"):
        read_plan(tmp_path)
    document = json.loads(plan_json(factories.make_plan()))
    del document["track"]["mass_kg"]
    document["surprise"] = 1
    (tmp_path / "plan.json").write_text(json.dumps(document))
    with pytest.raises(RunFolderError) as caught:
        read_plan(tmp_path)
    assert len(caught.value.defects) >= 2
    (tmp_path / "plan.json").write_bytes(b"\xff\x00 not json")
    with pytest.raises(RunFolderError):
        read_plan(tmp_path)
    with pytest.raises(RunFolderError, match="other inputs"):
        write_run(factories.make_run("track"), tmp_path)


def test_default_folder() -> None:
    assert default_folder(factories.make_plan(bulk=False)) == Path("runs/iss-9c41ab07")


def test_the_document_reads_back_to_the_last_bit() -> None:
    plan = factories.make_plan(bulk=False)
    assert Plan.model_validate_json(plan_json(plan)) == plan
    assert plan_json(Plan.model_validate_json(plan_json(plan))) == plan_json(plan)
