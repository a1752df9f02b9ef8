"""The command line with planning replaced by a stub: grammar, streams, exit codes. Real runs are tested elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests import factories

from pointnemo import planning
from pointnemo.cli.main import main
from pointnemo.errors import Defect, FlightError, ScenarioError, WorldError
from pointnemo.planning import DescendRun, OperateRun, Request, Run
from pointnemo.reporting.folder import plan_json

Stub = Callable[[Request, Any], Run]


@pytest.fixture(autouse=True)
def work_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POINTNEMO_DEBUG", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report has its own tests; here it only costs time."""
    monkeypatch.setattr("pointnemo.world.land.load_land", lambda: SimpleNamespace(coastlines=list, islands=()))
    monkeypatch.setattr("pointnemo.reporting.html.render_report", lambda *_: "report")


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Replace the chain; every request that reaches it is kept."""
    seen: list[Request] = []

    def fly(request: Request, progress: Any) -> Run:
        seen.append(request)
        progress("track", 0.5)
        return factories.make_run(request.upto, request.set)

    def hash_of(settings: tuple[str, ...]) -> str:
        return factories.make_run("plan", settings).plan.provenance.input_hash

    def hold(request: Request, progress: Any) -> OperateRun:
        return OperateRun(None, fly(request, progress))

    def bring_down(request: Request, progress: Any) -> DescendRun:
        return DescendRun(None, fly(request, progress))

    monkeypatch.setitem(planning.__dict__, "run", fly)
    monkeypatch.setitem(planning.__dict__, "operate_run", hold)
    monkeypatch.setitem(planning.__dict__, "descend_run", bring_down)
    monkeypatch.setitem(planning.__dict__, "input_hash", lambda request: hash_of(request.set))
    return seen


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fly(*_: object) -> Run:
        raise error

    monkeypatch.setitem(planning.__dict__, "run", fly)


def test_plan_prints_the_page_and_its_folder(requests: list[Request], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("pointnemo ")
    assert out.splitlines()[-1].startswith("files in  runs/iss-9c41ab07/")
    assert "\x1b" not in out
    assert "Traceback" not in err
    assert Path("runs/iss-9c41ab07/plan.json").is_file()
    assert requests[0].upto == "plan"


def test_the_grammar_reaches_the_request(requests: list[Request]) -> None:
    arguments = [
        "--orbit",
        "a.oem",
        "--orbit",
        "b.oem",
        "--set",
        "a.b=1",
        "--set",
        "c=2",
        "--seed",
        "7",
        "--workers",
        "1",
    ]
    for verb in ("plan", "track", "operate", "descend", "reenter", "assess"):
        assert main([verb, "mine.toml", *arguments, "--out", f"out-{verb}", "--quiet", "--no-color"]) == 0
        assert Path(f"out-{verb}/plan.json").is_file()
    for request, verb in zip(requests, ("plan", "track", "operate", "descend", "reenter", "assess"), strict=True):
        assert request == Request("mine.toml", ("a.b=1", "c=2"), (Path("a.oem"), Path("b.oem")), 7, 1, verb)  # type: ignore[arg-type]


def test_json_is_the_file(requests: list[Request], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["plan", "--json", "--quiet"]) == 0
    out, err = capfdbinary.readouterr()
    assert out == Path("runs/iss-9c41ab07/plan.json").read_bytes() == plan_json(factories.make_plan()).encode()
    assert err == b""


def test_a_stage_prints_its_part(requests: list[Request], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["track", "--quiet"]) == 0
    out, _ = capsys.readouterr()
    assert "WHERE THE STATION IS" in out
    assert "VERDICT" not in out


def test_required_feasibility(requests: list[Request]) -> None:
    assert main(["plan", "--require-feasible", "--quiet"]) == 3
    assert main(["plan", "--quiet"]) == 0


def test_other_inputs_are_refused_without_force(requests: list[Request], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--out", "a"]) == 0
    assert main(["plan", "--out", "a", "--set", "x=1"]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["plan", "--out", "a", "--set", "x=1", "--force"]) == 0


def test_a_run_folder_takes_its_own_inputs_back(requests: list[Request]) -> None:
    assert main(["plan", "--out", "mine", "--quiet"]) == 0
    assert main(["assess", "mine", "--quiet"]) == 0
    assert not Path("runs").exists()
    assert main(["plan", "mine", "--set", "x=1", "--quiet"]) == 0
    assert Path("runs/iss-77e0d1c2/plan.json").is_file()


def test_a_hopeless_target_is_refused_before_anything_is_flown(requests: list[Request]) -> None:
    Path("full").mkdir()
    Path("full/thesis.tex").write_text("x")
    assert main(["plan", "--out", "full", "--force"]) == 2
    assert requests == []


@pytest.mark.parametrize("verb", ["plan", "track", "operate", "descend", "reenter", "assess"])
def test_what_cannot_be_written_is_refused_before_anything_is_flown(
    verb: str, requests: list[Request], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("pointnemo.reporting.placing.mkdtemp", full)  # permissions alone do not tell: mounts, /proc
    for more in (["--out", "there/run"], []):
        assert main([verb, "iss", *more]) == 2
        assert "Read-only file system" in capsys.readouterr().err
    assert requests == []
    assert list(Path().iterdir()) == []


def test_compare(requests: list[Request], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--out", "a", "--quiet"]) == 0
    assert main(["plan", "--out", "b", "--set", "x=1", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["compare", "a", "b"]) == 0
    assert "x: (not set) -> 1" in capsys.readouterr().out
    assert main(["compare", "a", "absent"]) == 2
    assert main(["compare", "nor", "neither"]) == 2
    err = capsys.readouterr().err
    assert "nor/plan.json" in err
    assert "neither/plan.json" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan", "--seed", "-1", "--workers", "0"], "--workers: 0"),
        (["plan", "--seed", "-1", "--workers", "0"], "--seed: -1"),
        (["plan", "--seed", "many"], "--seed"),
        (["plan", "--bogus"], "--bogus"),
        (["fly"], "fly"),
        (["compare", "one"], "RUN"),
        (["show", "nothing"], "nothing"),
        (["show", "scenario", "no-such-thing"], "no-such-thing"),
        (["show", "sources", "--set", "station.mas_kg=1"], "station.mas_kg"),
    ],
)
def test_wrong_input_exits_2_with_a_message(
    arguments: list[str], message: str, requests: list[Request], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert requests == []


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ScenarioError("bad", [Defect("iss.toml:3", "one"), Defect("iss.toml:9", "two")]), 2, "iss.toml:9: two"),
        (WorldError("no weather", "1957-01-01", "2041-10-01"), 2, "data reach from 1957-01-01 to 2041-10-01"),
        (FlightError("did not converge"), 1, "did not converge; please report this"),
        (ZeroDivisionError("division by zero"), 1, "ZeroDivisionError: division by zero; please report this"),
        (RuntimeError("two\nlines"), 1, "two lines; please report"),
        (MemoryError(), 1, "out of memory"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_every_end_has_its_code_and_no_traceback(
    error: BaseException, code: int, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, error)
    assert main(["plan", "--quiet"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_a_traceback_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, ZeroDivisionError("division by zero"))
    monkeypatch.setenv("POINTNEMO_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["plan", "--quiet"])


def test_warnings_become_notices_and_stand_in_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import warnings

    def fly(request: Request, progress: Any) -> Run:
        warnings.warn("the forecast is old", stacklevel=1)
        return factories.make_run(request.upto)

    monkeypatch.setitem(planning.__dict__, "run", fly)
    assert main(["track", "--out", "a"]) == 0
    assert "pointnemo: the forecast is old" in capsys.readouterr().err
    assert "the forecast is old" in json.loads(Path("a/run.json").read_text())["log"]
    assert main(["track", "--out", "b", "--quiet"]) == 0
    assert "forecast" not in capsys.readouterr().err


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "pointnemo/plan/1"
    assert main(["show", "scenario", "--set", "horizon.deorbit_by=2031-12-31"]) == 0
    text = capsys.readouterr().out
    Path("mine.toml").write_text(text)
    assert "deorbit_by = 2031-12-31" in text
    assert main(["show", "scenario", "mine.toml"]) == 0
    assert capsys.readouterr().out == text
    for what in ("sources", "assumptions"):
        assert main(["show", what]) == 0
        out = capsys.readouterr().out
        assert max(map(len, out.splitlines())) <= 80
        assert len(out.splitlines()) > 20
    assert "reentry.wind = climatology" in out  # a word can be a guess as well
    assert main(["show"]) == 0
    assert "schema" in capsys.readouterr().out


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("pointnemo 0.")
    for arguments in ([], ["--help"], ["plan", "--help"], ["track", "-h"]):
        assert main(arguments) == 0
        assert "Usage: pointnemo" in capsys.readouterr().out


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


def test_help_imports_nothing_heavy() -> None:
    heavy = ("numpy", "pydantic", "numba", "matplotlib", "scipy", "rich", "heyoka", "shapely")
    code = (
        "import sys; from pointnemo.cli.main import main; assert main(['--help']) == 0; "
        f"print(sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)"
    )
    result = run_python(code)
    assert result.stderr.strip() == "[]"


def test_the_package_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "pointnemo", "--version"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.stdout.startswith("pointnemo 0.")
    assert result.returncode == 0


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = "import sys; from pointnemo.cli.main import main; sys.exit(main(['show', 'scenario']))"
    script = f'{sys.executable} -c "{code}" | true; echo "${{PIPESTATUS[0]}}"'
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "0"
    assert result.stderr == ""


def test_a_terminal_without_unicode_gets_escapes() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    code = "from pointnemo.cli.terminal import emit; emit('Sala y G\\u00f3mez\\n')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, timeout=60)
    assert result.stdout == b"Sala y G\\xf3mez\n"
    assert result.returncode == 0
