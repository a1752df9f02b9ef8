"""``pointnemo operate`` with planning replaced by a stub: grammar, page, document, files."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pytest
from tests import factories
from tests.operate_factory import DAYS, SLIP, make_kept_operate, make_report

from pointnemo import planning
from pointnemo.cli.main import main
from pointnemo.operations.operate_changes import changes
from pointnemo.planning import OperateRun, Request
from pointnemo.reporting.operate_folder import operate_json
from pointnemo.results import Operate, Skipped


@pytest.fixture(autouse=True)
def work_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("pointnemo.world.land.load_land", lambda: SimpleNamespace(coastlines=list, islands=()))
    monkeypatch.setattr("pointnemo.reporting.html.render_report", lambda *_: "report")
    return tmp_path


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Replace what plans; every request that reaches it is kept."""
    seen: list[Request] = []

    def hold(request: Request, progress: Any) -> OperateRun:
        seen.append(request)
        progress("operate", 0.5)
        run = factories.make_run("operate", request.set)
        return OperateRun(make_report(request.set), run)

    def hash_of(request: Request) -> str:
        return factories.make_run("operate", request.set).plan.provenance.input_hash

    monkeypatch.setitem(planning.__dict__, "operate_run", hold)
    monkeypatch.setitem(planning.__dict__, "input_hash", hash_of)
    return seen


def test_the_page_and_the_folder(requests: list[Request], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operate", "--bundled", "--set", SLIP]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("pointnemo 0.1.0: keeping iss to 2028-12-31")
    assert max(map(len, out.splitlines())) <= 80
    assert out.index("LIMITS THAT ARE MISSED") < out.index("WHAT CHANGED") < out.index("REBOOSTS")
    assert out.splitlines()[-1].startswith("files in  runs/iss-77e0d1c2/")
    assert "Traceback" not in err
    assert requests == [Request("iss", (SLIP,), upto="operate", bundled=True)]
    folder = Path("runs/iss-77e0d1c2")
    for name in ("plan.json", "operate.json", "operate.html", "operate-altitude.svg"):
        assert (folder / name).is_file()


def test_json_is_the_file_and_obeys_its_schema(
    requests: list[Request], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["operate", "--json", "--quiet", "--out", "mine"]) == 0
    out, err = capfdbinary.readouterr()
    assert out == Path("mine/operate.json").read_bytes() == operate_json(make_report(())).encode()
    assert err == b""
    schema = json.loads((resources.files("pointnemo") / "schemas" / "operate.schema.json").read_text("utf-8"))
    document = json.loads(out, parse_constant=pytest.fail)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["changes"] is None


def test_other_inputs_are_refused_without_force(requests: list[Request], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operate", "--out", "a", "--quiet"]) == 0
    flown = len(requests)
    assert main(["operate", "--out", "a", "--set", SLIP]) == 2
    assert "--force" in capsys.readouterr().err
    assert len(requests) == flown  # refused before anything is planned
    assert main(["operate", "--out", "a", "--set", SLIP, "--force", "--quiet"]) == 0


def test_nothing_to_operate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    reason = "lowering starts on the day of the start state, 2026-09-04"
    run = factories.make_run("operate")
    run = SimpleNamespace(**{**vars(run), "plan": run.plan.model_copy(update={"operate": Skipped(reason=reason)})})
    monkeypatch.setitem(planning.__dict__, "operate_run", lambda *_: OperateRun(None, run))  # type: ignore[arg-type]
    monkeypatch.setattr("pointnemo.planning.save_stages", lambda *_: None)
    assert main(["operate", "--quiet"]) == 0
    assert reason in capsys.readouterr().out
    assert main(["operate", "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["operate"] == {"skipped": True, "reason": reason}


def test_what_the_settings_changed_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chain is flown twice where there are --set lines, once where there are none."""
    from pointnemo.planning import operated

    seen: list[tuple[str, ...]] = []

    def fly(request: Request, progress: Any = None) -> Any:
        seen.append(request.set)
        if progress:
            progress("reboosts", 0.1)
            progress("operate", 0.95)
        run = factories.make_run("operate", request.set)
        plan = run.plan if request.set else run.plan.model_copy(update={"operate": make_kept_operate()})
        return SimpleNamespace(**{**vars(run), "plan": plan})

    monkeypatch.setattr(operated, "run", fly)
    monkeypatch.setattr(operated, "use_kg_per_day", lambda *_: np.ones((4, DAYS)))
    alone = operated.operate_run(Request(upto="operate"))
    assert seen == [()]
    assert alone.report is not None
    assert alone.report.changes is None
    told: list[float] = []
    both = operated.operate_run(Request(set=(SLIP,), upto="operate"), lambda _, fraction: told.append(fraction))
    assert len(told) == 4
    assert told == sorted(told)
    assert told[-1] < 1.0
    assert sorted(seen[1:]) == [(), (SLIP,)]
    assert both.report is not None
    operate = both.run.plan.operate
    assert isinstance(operate, Operate)
    assert both.report.changes == changes(make_kept_operate(), operate)


def test_the_schema_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "schema", "operate"]) == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "pointnemo/operate/1"
    assert main(["show", "schema", "nothing"]) == 2
    assert "operate" in capsys.readouterr().err


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom pointnemo.cli.main import main\nmain(['operate', '--help'])\n"
        "heavy = {'numpy', 'matplotlib', 'numba', 'scipy'} & set(sys.modules)\n"
        "raise SystemExit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: pointnemo operate")
