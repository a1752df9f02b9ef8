"""``pointnemo descend`` with planning replaced by a stub: grammar, page, document, files."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from tests import factories
from tests.descend_factory import make_descend_report, make_rich_descend

from pointnemo import planning
from pointnemo.cli.main import main
from pointnemo.descent.report import limits_of
from pointnemo.errors import FlightError
from pointnemo.planning import DescendRun, Request
from pointnemo.reporting.descend_folder import descend_json
from pointnemo.results import Descend, Skipped


@pytest.fixture(autouse=True)
def work_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("POINTNEMO_DEBUG", raising=False)
    monkeypatch.setattr("pointnemo.world.land.load_land", lambda: SimpleNamespace(coastlines=list, islands=()))
    monkeypatch.setattr("pointnemo.reporting.html.render_report", lambda *_: "report")
    return tmp_path


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Replace what plans; every request that reaches it is kept."""
    seen: list[Request] = []

    def bring_down(request: Request, progress: Any) -> DescendRun:
        seen.append(request)
        progress("descend", 0.5)
        return DescendRun(make_descend_report(request.set), factories.make_run("descend", request.set))

    def hash_of(request: Request) -> str:
        return factories.make_run("descend", request.set).plan.provenance.input_hash

    monkeypatch.setitem(planning.__dict__, "descend_run", bring_down)
    monkeypatch.setitem(planning.__dict__, "input_hash", hash_of)
    return seen


def test_the_page_and_the_folder(requests: list[Request], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["descend", "--bundled", "--set", "x=1"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("pointnemo 0.1.0: bringing iss down by 2030-12-31")
    assert max(map(len, out.splitlines())) <= 80
    assert out.index("COMES DOWN") < out.index("BEST WAY DOWN") < out.index("BURNS") < out.index("IF A BURN FAILS")
    assert out.splitlines()[-1].startswith("files in  runs/iss-77e0d1c2/")
    assert "Traceback" not in err
    assert requests == [Request("iss", ("x=1",), upto="descend", bundled=True)]
    folder = Path("runs/iss-77e0d1c2")
    for name in ("plan.json", "descend.json", "descend.html", "descend-map.svg", "descent.opm", "descent.ocm"):
        assert (folder / name).is_file()


def test_json_is_the_file_and_obeys_its_schema(
    requests: list[Request], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["descend", "--json", "--quiet", "--out", "mine"]) == 0
    out, err = capfdbinary.readouterr()
    assert out == Path("mine/descend.json").read_bytes() == descend_json(make_descend_report()).encode()
    assert err == b""
    schema = json.loads((resources.files("pointnemo") / "schemas" / "descend.schema.json").read_text("utf-8"))
    document = json.loads(out, parse_constant=pytest.fail)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["schema"] == "pointnemo/descend/1"
    assert document["opportunities"][0]["kind"] == "primary"


def test_other_inputs_are_refused_without_force(requests: list[Request], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["descend", "--out", "a", "--quiet"]) == 0
    flown = len(requests)
    assert main(["descend", "--out", "a", "--set", "x=1"]) == 2
    assert "--force" in capsys.readouterr().err
    assert len(requests) == flown  # refused before anything is planned
    assert main(["descend", "--out", "a", "--set", "x=1", "--force", "--quiet"]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", "descent.hold_altitude_km=-5"],
        ["--set", "descent.no_such_key=1"],
        ["no-such-scenario"],
        ["--orbit", "no-such-file.oem"],
        ["--workers", "0"],
        ["--seed", "-1"],
        ["--no-such-option"],
    ],
)
def test_wrong_input_is_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["descend", "--bundled", "--quiet", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pointnemo: ")
    assert "Traceback" not in err
    assert not Path("runs").exists()


def test_a_descent_that_cannot_be_flown_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> DescendRun:
        raise FlightError("the targeted burns do not end")

    monkeypatch.setitem(planning.__dict__, "descend_run", fail)
    assert main(["descend", "--quiet"]) == 1
    assert "the targeted burns do not end" in capsys.readouterr().err


def test_nothing_to_bring_down(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    reason = "it falls before lowering starts"
    run = factories.make_run("descend")
    plan = run.plan.model_copy(update={"descend": Skipped(reason=reason)})
    run = SimpleNamespace(**{**vars(run), "plan": plan, "trajectory": None})
    monkeypatch.setitem(planning.__dict__, "descend_run", lambda *_: DescendRun(None, run))  # type: ignore[arg-type]
    monkeypatch.setattr("pointnemo.planning.save_stages", lambda *_: None)
    assert main(["descend", "--quiet"]) == 0
    assert reason in capsys.readouterr().out
    assert main(["descend", "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["descend"] == {"skipped": True, "reason": reason}


def test_the_document_is_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from pointnemo.planning import descended

    run = factories.make_run("descend")
    rich = make_rich_descend()
    run = SimpleNamespace(**{**vars(run), "plan": run.plan.model_copy(update={"descend": rich})})
    told: list[float] = []

    def fly(request: Request, progress: Any) -> Any:
        progress("descend", 0.3)
        return run

    monkeypatch.setattr(descended, "run", fly)
    done = descended.descend_run(Request(upto="descend"), lambda _, fraction: told.append(fraction))
    assert told == [0.6]
    assert done.run is run
    assert done.report is not None
    assert done.report.limits == limits_of(run.scenario)
    assert done.report.limits.deorbit_by == "2030-12-31"
    assert done.report.days.date[0] == "2028-12-31"  # of the run's history, from the start of lowering
    assert {name: getattr(done.report, name) for name in ("burns", "branches", "losses", "optimum")} == {
        name: getattr(rich, name) for name in ("burns", "branches", "losses", "optimum")
    }
    monkeypatch.setattr(descended, "run", lambda *_: SimpleNamespace(plan=SimpleNamespace(descend=Skipped(reason="x"))))
    assert descended.descend_run(Request(upto="descend")).report is None
    assert isinstance(rich, Descend)


def test_the_schema_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "schema", "descend"]) == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "pointnemo/descend/1"
    assert main(["show", "schema", "nothing"]) == 2
    assert "descend" in capsys.readouterr().err


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom pointnemo.cli.main import main\nmain(['descend', '--help'])\n"
        "heavy = {'numpy', 'matplotlib', 'numba', 'scipy'} & set(sys.modules)\n"
        "raise SystemExit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: pointnemo descend")


def test_neither_page_nor_report_of_a_plan_load_kernels() -> None:
    code = (
        "import sys\nimport pointnemo.reporting.page, pointnemo.reporting.html, pointnemo.reporting.descend_page\n"
        "raise SystemExit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
