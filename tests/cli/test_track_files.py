"""``pointnemo track FILE...`` and ``pn.track_files`` with the computation stubbed: grammar, refusals, files."""

from __future__ import annotations

import json
import re
import runpy
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests import factories, tracking_factory

import pointnemo as pn
from pointnemo import planning
from pointnemo.cli.main import main
from pointnemo.errors import FlightError, InputError
from pointnemo.planning import Request
from pointnemo.reporting.track_folder import FILES, track_json
from pointnemo.tracking.report import Followed
from pointnemo.world import time

START = time.from_utc("2022-02-18T12:00:00Z")
DAY_S = 86400.0
Follow = Callable[..., Followed]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POINTNEMO_DEBUG", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("pointnemo.reporting.track_figures.track_figures", lambda _: {"fan": "<svg></svg>"})
    for day in ("2022-02-16", "2022-02-18"):
        tracking_factory.write_tracking_file(tmp_path / f"{day}.oem", day)
    return tmp_path


def put_in_place(monkeypatch: pytest.MonkeyPatch, follow: Follow) -> None:
    monkeypatch.setitem(sys.modules, "pointnemo.tracking.follow", SimpleNamespace(track_files=follow))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """Every question that reaches the computation; the made-up answer comes back."""
    seen: list[SimpleNamespace] = []

    def follow(files: Sequence[Any], world: Any, **options: Any) -> Followed:
        seen.append(SimpleNamespace(files=files, world=world, **options))
        if options["progress"] is not None:
            options["progress"]("flying", 0.5)
        return tracking_factory.make_followed(hindcasts=False, seed=options["seed"], members=options["members"])

    put_in_place(monkeypatch, follow)
    return seen


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    seen: list[Request] = []

    def fly(request: Request, progress: object) -> object:
        seen.append(request)
        return factories.make_run(request.upto, request.set)

    monkeypatch.setitem(planning.__dict__, "run", fly)
    monkeypatch.setattr("pointnemo.reporting.html.render_report", lambda *_: "report")
    return seen


# --- what it does --------------------------------------------------------------------------------------------------


def test_files_give_a_page_and_a_folder(asked: list[SimpleNamespace], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["track", "2022-02-18.oem", "2022-02-16.oem"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("pointnemo 0.")
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    (folder,) = Path("runs").iterdir()
    assert re.fullmatch(r"track-iss-[0-9a-f]{8}", folder.name)
    assert f"files in  runs/{folder.name}/" in out
    assert folder.name[-8:] in out.splitlines()[0]
    written = {entry.name for entry in folder.iterdir()}
    assert written == set(FILES) - {"residuals.svg", "drag.svg"}
    assert "the start state is" in err
    assert "days old (2022-02-18)" in err
    (question,) = asked
    assert [file.path_name for file in question.files] == ["2022-02-16.oem", "2022-02-18.oem"]
    assert question.days == 15.0
    assert (question.members, question.seed) == (200, 0)
    assert question.workers >= 1
    assert question.as_of_tt_s == pytest.approx(START + 2.5 * 3600.0, abs=1e-6)
    ahead = [round((epoch - START) / DAY_S, 9) for epoch in question.at_tt_s]
    assert ahead == [1.0, 3.0, 7.0, 10.0, 15.0]


def test_every_option_reaches_the_computation(asked: list[SimpleNamespace]) -> None:
    arguments = ["--at", "2022-03-15T06:00:00Z", "--at", "2022-060T00:00:00", "--days", "8.5", "--as-of"]
    arguments += [
        "2022-02-19",
        "--members",
        "50",
        "--seed",
        "7",
        "--workers",
        "1",
        "--out",
        "a",
        "--quiet",
        "--no-color",
    ]
    assert main(["track", "2022-02-18.oem", *arguments]) == 0
    (question,) = asked
    assert question.at_tt_s == (time.from_utc("2022-03-01"), time.from_utc("2022-03-15T06:00:00Z"))
    assert question.days == pytest.approx(24.75)  # reaches the last epoch asked for
    assert question.as_of_tt_s == time.from_utc("2022-02-19")
    assert (question.members, question.seed, question.workers) == (50, 7, 1)
    run = json.loads(Path("a/run.json").read_text())
    assert (run["request"]["members"], run["request"]["seed"], run["workers"]) == (50, 7, 1)


def test_json_is_the_file_and_nothing_else(
    asked: list[SimpleNamespace], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["track", "2022-02-18.oem", "--json", "--out", "a", "--quiet"]) == 0
    out, err = capfdbinary.readouterr()
    expected = track_json(tracking_factory.make_followed(hindcasts=False, members=200).report).encode()
    assert out == Path("a/track.json").read_bytes() == expected
    assert err == b""
    assert json.loads(out)["schema"] == "pointnemo/track/1"


def test_a_state_is_old_unless_a_day_is_named(asked: list[SimpleNamespace], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["track", "2022-02-18.oem", "--as-of", "2022-02-19", "--out", "a"]) == 0
    assert "days old" not in capsys.readouterr().err
    young = datetime.now(UTC).date().isoformat()
    tracking_factory.write_tracking_file(Path("young.oem"), young)
    assert main(["track", "young.oem", "--out", "b"]) == 0
    assert "days old" in capsys.readouterr().err  # the answer's own epoch counts, and the stub's is of 2022
    assert main(["track", "2022-02-18.oem", "--out", "c", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_fetched_tables_are_named_unless_bundled(
    asked: list[SimpleNamespace], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ("space weather from NASA, issued 2026-11-20, instead of the bundled table",)
    monkeypatch.setattr("pointnemo.cli.tracked.newer_tables", lambda: told)
    assert main(["track", "2022-02-18.oem", "--out", "a"]) == 0
    assert told[0] in capsys.readouterr().err
    assert told[0] in json.loads(Path("a/run.json").read_text())["log"]
    assert main(["track", "2022-02-18.oem", "--out", "b", "--bundled"]) == 0
    assert told[0] not in capsys.readouterr().err


def test_the_folder_is_named_by_what_the_answer_depends_on(asked: list[SimpleNamespace]) -> None:
    def folder(*arguments: str) -> str:
        before = set(Path("runs").iterdir()) if Path("runs").exists() else set()
        assert main(["track", "2022-02-18.oem", "2022-02-16.oem", *arguments, "--quiet"]) == 0
        new = set(Path("runs").iterdir()) - before
        return new.pop().name if new else ""

    assert folder()
    same = ("--workers", "1"), ("--as-of", "2022-02-18T14:30:00Z"), ("--at", "2022-02-19T12:00:00Z")
    assert folder(*same[0]) == ""
    assert folder(*same[1]) == ""
    for other in (("--seed", "1"), ("--members", "20"), ("--days", "3"), ("--as-of", "2022-02-17"), same[2]):
        assert folder(*other), other
    assert len(list(Path("runs").iterdir())) == 6


def test_other_inputs_are_refused_without_force(
    asked: list[SimpleNamespace], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["track", "2022-02-18.oem", "--out", "a", "--quiet"]) == 0
    Path("a/notes.txt").write_text("mine")
    assert main(["track", "2022-02-18.oem", "--out", "a", "--quiet"]) == 0
    assert main(["track", "2022-02-18.oem", "--out", "a", "--seed", "1"]) == 2
    err = capsys.readouterr().err
    assert "holds the track of other inputs" in err
    assert "--force" in err
    assert len(asked) == 2  # refused before anything is computed
    assert main(["track", "2022-02-18.oem", "--out", "a", "--seed", "1", "--force", "--quiet"]) == 0
    assert Path("a/notes.txt").read_text() == "mine"


def test_what_is_no_track_is_never_replaced(asked: list[SimpleNamespace], capsys: pytest.CaptureFixture[str]) -> None:
    Path("full").mkdir()
    Path("full/thesis.tex").write_text("x")
    assert main(["track", "2022-02-18.oem", "--out", "full", "--force"]) == 2
    assert "holds other things" in capsys.readouterr().err
    assert asked == []
    assert [entry.name for entry in Path("full").iterdir()] == ["thesis.tex"]


def test_a_computation_that_fails_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def follow(*_: object, **__: object) -> Followed:
        raise FlightError("the orbit decays within the prediction")

    put_in_place(monkeypatch, follow)
    assert main(["track", "2022-02-18.oem", "--out", "a", "--quiet"]) == 1
    assert "the orbit decays" in capsys.readouterr().err
    assert not Path("a").exists()


# --- which grammar -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["iss"], ["iss-let-go"], ["mine.toml"], ["folder"]])
def test_scenarios_go_on_working(arguments: list[str], plans: list[Request], asked: list[SimpleNamespace]) -> None:
    Path("folder").mkdir()
    assert main(["track", *arguments, "--out", "out", "--quiet"]) == 0
    assert asked == []
    (request,) = plans
    assert request.scenario == (arguments or ["iss"])[0]
    assert request.upto == "track"


def test_a_file_named_like_a_scenario(plans: list[Request], asked: list[SimpleNamespace]) -> None:
    Path("iss").write_bytes(Path("2022-02-18.oem").read_bytes())
    assert main(["track", "iss", "--out", "a", "--quiet"]) == 0
    assert main(["track", "./iss", "--out", "b", "--quiet"]) == 0
    assert (len(plans), len(asked)) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["absent.xml"], ["absent.xml: there is no such file"]),
        (["iss", "2022-02-18.oem"], ["iss: is a scenario or a run folder, beside tracking files", "--orbit FILE"]),
        (["iss", "iss-let-go"], ["iss-let-go: is one scenario too many"]),
        (["iss", "--at", "2022-03-01"], ["--at: is for tracking files", "pointnemo update"]),
        (["--days", "3", "--as-of", "2022-03-01"], ["--days: is for", "--as-of: is for"]),
        (["mine.toml", "--members", "30"], ["--members: is for"]),
        (["2022-02-18.oem", "--set", "a.b=1"], ["--set: changes a scenario"]),
        (["2022-02-18.oem", "--orbit", "2022-02-16.oem"], ["--orbit: changes a scenario", "a file is given as such"]),
        (["2022-02-18.oem", "--days", "0"], ["--days: 0 is out of range (above 0 and at most 60)"]),
        (["2022-02-18.oem", "--days", "61"], ["--days: 61"]),
        (["2022-02-18.oem", "--days", "nan"], ["--days: nan"]),
        (["2022-02-18.oem", "--days", "-3"], ["--days: -3"]),
        (["2022-02-18.oem", "--members", "1"], ["--members: 1 is out of range"]),
        (["2022-02-18.oem", "--at", "tomorrow"], ["--at: 'tomorrow' is not an ISO 8601 date"]),
        (["2022-02-18.oem", "--as-of", "2022-02-30"], ["--as-of: '2022-02-30'"]),
        (["2022-02-18.oem", "--at", "2022-02-18T11:59:59Z"], ["lies before the start state of 2022-02-18T12:00:00Z"]),
        (["2022-02-18.oem", "--at", "2022-04-19T12:00:01Z"], ["lies more than 60 days after the start state"]),
        (["2022-02-18.oem", "--as-of", "2022-02-01"], ["--as-of: 2022-02-01T00:00:00Z lies before all that is known"]),
        (["2022-02-18.oem", "--seed", "-1", "--workers", "0"], ["--seed: -1", "--workers: 0"]),
        (["notes.txt"], ["notes.txt: is no tracking file that is read here"]),
    ],
)
def test_bad_input_is_refused_with_all_that_is_wrong(
    arguments: list[str],
    told: list[str],
    plans: list[Request],
    asked: list[SimpleNamespace],
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("notes.txt").write_text("these are notes")
    assert main(["track", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    for text in told:
        assert text in err
    assert "Traceback" not in err
    assert (plans, asked) == ([], [])
    assert not Path("runs").exists()


def test_all_defects_are_told_at_once(asked: list[SimpleNamespace], capsys: pytest.CaptureFixture[str]) -> None:
    Path("notes.txt").write_text("these are notes")
    arguments = ["absent.xml", "iss", "notes.txt", "--set", "a=1", "--days", "99", "--at", "soon", "--members", "0"]
    assert main(["track", "2022-02-18.oem", *arguments, "--seed", "-1"]) == 2
    err = capsys.readouterr().err
    for where in ("absent.xml", "iss", "notes.txt", "--set", "--days", "--at", "--members", "--seed"):
        assert f"\n  {where}: " in err, where
    assert asked == []


def test_the_newest_file_within_the_wall_gives_the_start(asked: list[SimpleNamespace]) -> None:
    """A date between the two files: the older one starts the prediction, so epochs count from it."""
    arguments = ["2022-02-16.oem", "2022-02-18.oem", "--as-of", "2022-02-17", "--at", "2022-02-16T18:00:00Z"]
    assert main(["track", *arguments, "--out", "a", "--quiet"]) == 0
    assert asked[0].days == 15.0


def test_an_ephemeris_counts_from_its_first_state_on(asked: list[SimpleNamespace]) -> None:
    """Made in the morning, it begins at noon: until then it is a forecast, and the older file is the newest state."""
    tracking_factory.write_tracking_file(Path("early.oem"), "2022-02-18", made="08:00:00.000")
    for as_of, epoch in (
        ("2022-02-18T11:00:00Z", "2022-02-16T12:00:00"),
        ("2022-02-18T13:00:00Z", "2022-02-18T12:00:00"),
    ):
        arguments = ["2022-02-16.oem", "early.oem", "--as-of", as_of, "--out", "a", "--force", "--quiet"]
        assert main(["track", *arguments]) == 0
        assert asked[-1].at_tt_s[0] == pytest.approx(time.from_utc(epoch) + DAY_S)
    assert main(["track", "early.oem", "--as-of", "2022-02-18T11:00:00Z", "--out", "b", "--quiet"]) == 2


def test_of_a_list_of_element_sets_those_after_the_wall_do_not_count(asked: list[SimpleNamespace]) -> None:
    head = "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,"
    head += "MEAN_ANOMALY,EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,"
    head += "MEAN_MOTION_DOT,MEAN_MOTION_DDOT"
    row = "ISS,1998-067A,2022-02-{:02d}T06:00:00,15.49,0.0006,51.64,200.0,60.0,300.0,0,U,25544,999,1,0.0002,0.0001,0"
    Path("sets.csv").write_text("\n".join([head, *(row.format(day) for day in range(10, 20))]) + "\n")
    assert main(["track", "sets.csv", "--as-of", "2022-02-15T12:00:00Z", "--out", "a", "--quiet"]) == 0
    assert asked[0].at_tt_s[0] == pytest.approx(time.from_utc("2022-02-16T06:00:00Z"))
    assert main(["track", "sets.csv", "--as-of", "2022-02-09", "--out", "b", "--quiet"]) == 2


# --- Python --------------------------------------------------------------------------------------------------------


def test_the_python_verb_is_the_same(asked: list[SimpleNamespace], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    report = pn.track_files(["2022-02-18.oem"], at=["2022-02-20"], days=3, seed=2, members=40, workers=1)
    assert report == tracking_factory.make_followed(hindcasts=False, seed=2, members=40).report
    assert main(["track", "2022-02-18.oem", "--at", "2022-02-20", "--days", "3", "--seed", "2", "--members", "40"]) == 0
    mine, theirs = asked
    for name in ("at_tt_s", "days", "as_of_tt_s", "members", "seed"):
        assert getattr(mine, name) == getattr(theirs, name)
    assert not list(Path().glob("*.json"))


def test_the_python_verb_refuses_alike(asked: list[SimpleNamespace]) -> None:
    with pytest.raises(InputError) as caught:
        pn.track_files(["absent.xml"], at=["soon"], days=-1.0, as_of="never", members=0, workers=0)
    places = [defect.where for defect in caught.value.defects]
    assert {"--at", "--days", "--as-of", "--members", "--workers", "absent.xml"} <= set(places)
    with pytest.raises(InputError, match="there is no tracking file"):
        pn.track_files([])
    assert asked == []


def test_the_example_of_the_docs_runs(
    asked: list[SimpleNamespace], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = Path(__file__).parents[2] / "docs" / "examples" / "track_files.py"
    monkeypatch.setattr(sys, "argv", ["track_files.py", "2022-02-16.oem", "2022-02-18.oem"])
    runpy.run_path(str(example), run_name="__main__")
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "ISS, 2022-02-18T12:00:00.000Z: 415.3 km"
    assert out[1] == "C_D A 1384 m2, 1210 to 1580 with 90%"
    assert out[-1] == "replanned reboost near 2022-01-11T20:10:00.000Z: 0.71 +- 0.12 m/s"
    assert asked[0].days == 10.0
