"""``pointnemo update`` on the command line, and how runs come to use what it brought. Fetching itself: tests/world."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import factories

from pointnemo import planning
from pointnemo.cli.main import main
from pointnemo.planning import Request
from pointnemo.world.store import PRODUCTS, Snapshot
from pointnemo.world.update import UpdateReport, UpdateRow


def snapshot(product: str, issued: str, folder: Path) -> Snapshot:
    return Snapshot(
        product=product,
        folder=folder,
        issued=issued,
        source="NASA",
        urls=("https://example.org/file",),
        fetched="2026-11-22T08:00:00Z",
        received_sha256=("0" * 64,),
        valid_from=issued,
        valid_to=issued,
        files={"orbit.xml": "0" * 64},
    )


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POINTNEMO_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setattr("pointnemo.reporting.html.render_report", lambda *_: "report")


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    seen: list[Request] = []

    def fly(request: Request, progress: object) -> object:
        seen.append(request)
        return factories.make_run(request.upto, request.set)

    monkeypatch.setitem(planning.__dict__, "run", fly)
    return seen


@pytest.fixture
def orbits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two ephemerides have been fetched: one older than the built-in state, one newer."""
    found = tuple(
        snapshot("orbit", issued, tmp_path / issued[:10]) for issued in ("2026-08-01T00:00:00Z", "2026-11-20T12:00:00Z")
    )
    monkeypatch.setattr("pointnemo.world.store.snapshots", lambda product, folder=None: found)
    monkeypatch.setattr("pointnemo.world.store.in_use", lambda product, folder=None: None)


@pytest.mark.parametrize(("outcome", "code"), [("new", 0), ("asked before", 0), ("failed", 4)])
def test_update_says_what_came(
    outcome: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked: list[tuple[str, ...]] = []

    def fetch(products: tuple[str, ...]) -> UpdateReport:
        asked.append(tuple(products))
        return UpdateReport((UpdateRow("orbit", "NASA", outcome, "in words"),), tmp_path)  # type: ignore[arg-type]

    monkeypatch.setattr("pointnemo.world.update.update", fetch)
    assert main(["update"]) == code
    assert main(["update", "orbit", "space_weather"]) == code
    assert asked == [PRODUCTS, ("orbit", "space_weather")]
    out, err = capsys.readouterr()
    assert f"{outcome}: in words" in out
    assert err == ""


def test_an_unknown_product_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["update", "population"]) == 2
    assert "'population' (one of orbit, space_weather, earth_orientation)" in capsys.readouterr().err


def test_runs_start_from_the_newer_state_and_say_so(
    orbits: None, plans: list[Request], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["track", "--out", "a"]) == 0
    assert plans[-1].orbit == (tmp_path / "2026-11-20" / "orbit.xml",)
    assert "start state from NASA, issued 2026-11-20T12:00:00Z" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "orbit"),
    [
        (["--bundled"], ()),
        (["--set", "orbit.position_sigma_km=0.2"], ()),
        (["--set", "station.norad_id=48274"], ()),
        (["--orbit", "mine.oem"], (Path("mine.oem"),)),
    ],
)
def test_what_the_user_said_stands(
    arguments: list[str], orbit: tuple[Path, ...], orbits: None, plans: list[Request]
) -> None:
    assert main(["plan", *arguments, "--quiet"]) == 0
    assert plans[0].orbit == orbit
    assert plans[0].bundled == ("--bundled" in arguments)


def test_newer_tables_are_named(
    plans: list[Request], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("pointnemo.world.store.in_use", lambda name: snapshot(name, "2026-11-20", tmp_path))
    assert main(["plan", "--out", "a"]) == 0
    assert "space weather from NASA, issued 2026-11-20, instead of the bundled table" in capsys.readouterr().err
    assert main(["plan", "--out", "b", "--bundled"]) == 0
    assert "instead of" not in capsys.readouterr().err
