"""From tracking files to a report, with the flying itself replaced: what is asked of it, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.track_factory import DAY_S, EPOCH, make_file, make_predictions, make_report

import pointnemo as pn
from pointnemo.errors import EphemerisError, InputError
from pointnemo.formats.tracking_files import TrackingFile
from pointnemo.planning import tracked
from pointnemo.planning.tracked import TrackRequest, input_hash, run_track
from pointnemo.tracking.burns import MeasuredBurn
from pointnemo.tracking.report import TrackReport
from pointnemo.world import World, load_world
from pointnemo.world.time import from_utc, to_utc

START = from_utc(EPOCH)
FILE = Path("a.xml")


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(bundled=True)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """Replace reading and flying; the arguments of each flight are kept."""
    seen: list[dict[str, Any]] = []

    def report(files: tuple[TrackingFile, ...], world: World, **options: Any) -> TrackReport:
        seen.append({"files": files, **options})
        like = make_predictions(1.0)[0]
        return make_report(prediction=tuple(like.model_copy(update={"utc": utc}) for utc in options["at"]))

    older = replace(make_file("old.oem", "2022-02-11T18:00:00Z"), epoch_tt_s=START - 7 * DAY_S)
    monkeypatch.setattr(tracked, "read_many", lambda paths: (older, make_file()))
    monkeypatch.setattr("pointnemo.tracking.predict.track_report", report)
    monkeypatch.setattr(tracked, "burns_of", lambda file, earth: ())
    monkeypatch.setattr(tracked, "planned_burns", lambda file, measured: ())
    monkeypatch.chdir(tmp_path)
    FILE.write_text("x")
    return seen


def test_every_day_is_predicted_where_nothing_is_asked(calls: list[dict[str, Any]], world: World) -> None:
    run = run_track(TrackRequest((FILE,), seed=4, workers=1), world=world)
    assert [p.utc for p in run.report.prediction] == [to_utc(START + day * DAY_S) for day in range(1, 16)]
    assert (calls[0]["days"], calls[0]["seed"], calls[0]["workers"], calls[0]["as_of"]) == (15.0, 4, 1, None)
    steps = {round(from_utc(b.utc) - from_utc(a.utc), 3) for a, b in zip(run.path, run.path[1:], strict=False)}
    assert steps == {240.0}
    assert from_utc(run.path[0].utc) == pytest.approx(START)
    assert from_utc(run.path[-1].utc) == pytest.approx(START + 15 * DAY_S)


def test_instants_asked_for_are_the_document_in_order_and_once(calls: list[dict[str, Any]], world: World) -> None:
    at = ("2022-02-20T00:01:02.5", "2022-02-19T00:00:00Z", "2022-02-19T00:00:00.000")
    run = run_track(TrackRequest((FILE,), at=at, days=0.5), world=world)
    assert [p.utc for p in run.report.prediction] == ["2022-02-19T00:00:00.000Z", "2022-02-20T00:01:02.500Z"]
    assert run.path[-1].utc == "2022-02-20T00:01:02.500Z"  # the prediction reaches as far as was asked


def test_a_short_prediction_has_its_end(calls: list[dict[str, Any]], world: World) -> None:
    run = run_track(TrackRequest((FILE,), days=0.25), world=world)
    assert [p.utc for p in run.report.prediction] == [to_utc(START + 0.25 * DAY_S)]


def test_as_of_chooses_the_newest_state_that_was_known(calls: list[dict[str, Any]], world: World) -> None:
    run = run_track(TrackRequest((FILE,), as_of="2022-02-12"), world=world)
    assert from_utc(run.path[0].utc) == pytest.approx(START - 7 * DAY_S)
    assert calls[0]["as_of"] == "2022-02-12"
    with pytest.raises(InputError, match=r"the oldest file was made 2022-02-11T18:00:00Z"):
        run_track(TrackRequest((FILE,), as_of="2022-02-10"), world=world)


@pytest.mark.parametrize("at", ["2022-02-18T11:59:59", "2022-06-01T00:00:00"])
def test_an_instant_that_cannot_be_predicted_is_refused(at: str, calls: list[dict[str, Any]], world: World) -> None:
    with pytest.raises(InputError, match="lies outside the prediction"):
        run_track(TrackRequest((FILE,), at=(at,)), world=world)
    assert calls == []


def test_burns_ahead_are_stepped_through(
    calls: list[dict[str, Any]], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burn(start_s: float, duration_s: float) -> MeasuredBurn:
        return MeasuredBurn(start_s, duration_s, (0.0, 0.7, 0.0), 0.7, 14.0, 6000.0, "reboost")

    past, soon, later = burn(START - 100.0, 50.0), burn(START + 1000.1234, 47.5), burn(START + 20 * DAY_S, 50.0)
    monkeypatch.setattr(tracked, "burns_of", lambda file, earth: (past, soon))
    monkeypatch.setattr(tracked, "planned_burns", lambda file, measured: (later,))
    run = run_track(TrackRequest((FILE,)), world=world)
    epochs = [from_utc(p.utc) for p in run.path]
    ((start, stop),) = run.thrust
    assert start == pytest.approx(START + 1000.1234, abs=1e-3)
    assert stop == pytest.approx(START + 1047.6234, abs=1e-3)
    assert sum(start - 1e-6 <= epoch <= stop + 1e-6 for epoch in epochs) == 9
    assert start in epochs
    assert stop in epochs


def test_the_hash_is_of_the_inputs(tmp_path: Path, world: World) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_text("a")
    b.write_text("b")
    base = input_hash(TrackRequest((a, b)), world)
    assert base == input_hash(TrackRequest((b, a), workers=1), world)
    others = (
        TrackRequest((a,)),
        TrackRequest((a, b), seed=1),
        TrackRequest((a, b), days=14),
        TrackRequest((a, b), at=("2022-02-20T00:00:00",)),
        TrackRequest((a, b), as_of="2022-02-20"),
    )
    assert len({base, *(input_hash(request, world) for request in others)}) == 6
    with pytest.raises(EphemerisError, match="No such file"):
        input_hash(TrackRequest((tmp_path / "absent",)), world)


def test_the_public_verb_takes_files(calls: list[dict[str, Any]]) -> None:
    report = pn.track([FILE], at=["2022-02-19T00:00:00"], seed=3, bundled=True)
    assert isinstance(report, TrackReport)
    assert [p.utc for p in report.prediction] == ["2022-02-19T00:00:00.000Z"]
    assert calls[0]["seed"] == 3
    with pytest.raises(InputError, match="set: belongs to a scenario"):
        pn.track([FILE], set={"x": 1})  # type: ignore[call-overload]
    with pytest.raises(InputError, match="days: needs tracking files"):
        pn.track("iss", days=3.0)  # type: ignore[call-overload]
    with pytest.raises(InputError, match="at least one"):
        pn.track([])
