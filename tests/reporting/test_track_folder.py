from __future__ import annotations

import csv
import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
from tests import tracking_factory
from tests.tracking_factory import make_followed

from pointnemo.errors import RunFolderError
from pointnemo.formats.oem import read_oem
from pointnemo.formats.tracking_files import read_tracking
from pointnemo.reporting.track_folder import (
    FILES,
    TrackRun,
    check_track_target,
    default_track_folder,
    drag_csv,
    prediction_csv,
    rtn_axes,
    track_json,
    write_prediction,
    write_track,
)
from pointnemo.tracking.report import TrackReport
from pointnemo.world import time

RUN = TrackRun("0014c894" + "0" * 56, 2, ("a notice",))


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pointnemo.reporting.track_figures.track_figures", lambda _: {"fan": "<svg></svg>"})


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- the folder ----------------------------------------------------------------------------------------------------


def test_every_file_is_there_and_nothing_beside(tmp_path: Path) -> None:
    followed = make_followed()
    folder = write_track(followed, tmp_path / "deep" / "track", RUN)
    assert names(folder) == set(FILES)
    assert names(tmp_path / "deep") == {"track"}
    assert TrackReport.model_validate_json((folder / "track.json").read_bytes()) == followed.report
    for name in ("residuals", "drag", "fan"):
        svg = (folder / f"{name}.svg").read_text()
        assert svg.startswith("<svg")
        assert "var(" not in svg
    run = json.loads((folder / "run.json").read_text())
    assert run["input_hash"] == RUN.input_hash
    assert run["log"] == ["a notice"]
    assert {"host", "cpu", "written_utc", "versions", "python"} <= set(run)
    page = (folder / "track.html").read_text()
    assert page.count("<svg") == 3
    assert "var(--accent)" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")


@pytest.mark.parametrize(("days", "at_days"), [(0.05, (0.05,)), (60.0, (1.0, 60.0))])
def test_an_hour_and_two_months(tmp_path: Path, days: float, at_days: tuple[float, ...]) -> None:
    followed = make_followed(days=days, at_days=at_days, hindcasts=False)
    folder = write_track(followed, tmp_path / "track", RUN)
    assert names(folder) == set(FILES)
    assert len(read_tracking(folder / "prediction.oem").tt_s) == len(followed.tt_s)


def test_same_inputs_write_the_same_bytes(tmp_path: Path) -> None:
    a, b = (write_track(make_followed(), tmp_path / name, RUN) for name in ("a", "b"))
    for name in sorted(set(FILES) - {"run.json"}):
        assert (a / name).read_bytes() == (b / name).read_bytes(), name
        assert str(tmp_path).encode() not in (a / name).read_bytes()


@pytest.mark.usefixtures("no_drawing")
def test_other_inputs_need_force(tmp_path: Path) -> None:
    folder = write_track(make_followed(), tmp_path / "track", RUN)
    other = dataclasses.replace(RUN, input_hash="f" * 64)
    before = (folder / "track.json").read_bytes()
    with pytest.raises(RunFolderError, match="other inputs"):
        write_track(make_followed(days=3.0, at_days=(1.0,)), folder, other)
    assert (folder / "track.json").read_bytes() == before
    write_track(make_followed(days=3.0, at_days=(1.0,)), folder, other, force=True)
    assert (folder / "track.json").read_bytes() != before
    (folder / "run.json").write_text("{")
    with pytest.raises(RunFolderError, match="unknown"):
        check_track_target(folder, other.input_hash, force=False)


@pytest.mark.usefixtures("no_drawing")
def test_what_cannot_become_a_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "plan.json").write_text("{}")
    for target in (tmp_path / "file", tmp_path / "plan", tmp_path / "file" / "below"):
        with pytest.raises(RunFolderError):
            write_track(make_followed(), target, RUN, force=True)
    assert names(tmp_path / "plan") == {"plan.json"}


@pytest.mark.usefixtures("no_drawing")
def test_nothing_is_left_of_what_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pointnemo.reporting.track_folder.write_prediction", full)
    with pytest.raises(RunFolderError, match="No space left"):
        write_track(make_followed(), tmp_path / "track", RUN)
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ISS", "iss"), ("ISS (ZARYA)", "iss-zarya"), ("../../etc", "etc"), ("", "object"), ("Ж", "object")],
)
def test_default_folder(name: str, expected: str) -> None:
    assert default_track_folder(name, RUN.input_hash) == Path("runs") / f"track-{expected}-0014c894"


# --- the ephemeris -------------------------------------------------------------------------------------------------


def test_the_ephemeris_reads_back(tmp_path: Path) -> None:
    followed = make_followed()
    write_prediction(tmp_path / "prediction.oem", followed)
    ours = read_tracking(tmp_path / "prediction.oem")
    assert (ours.object_name, ours.object_id, ours.originator) == ("ISS", "1998-067-A", "POINTNEMO 0.1.0")
    assert ours.created_tt_s == pytest.approx(time.from_utc(followed.report.as_of_utc), abs=1e-6)
    assert ours.block_starts == followed.block_starts
    assert np.abs(ours.tt_s - followed.tt_s).max() < 2e-6
    assert np.abs(ours.position_km - followed.position_km).max() < 2e-9
    assert np.abs(ours.velocity_km_s - followed.velocity_km_s).max() < 2e-12
    assert ours.covariance is not None
    scale = np.sqrt(np.outer(np.diag(followed.covariances[0]), np.diag(followed.covariances[0])))
    assert np.abs((ours.covariance - followed.covariances[0]) / scale).max() < 1e-6


def test_covariances_lie_in_the_block_of_their_epoch(tmp_path: Path) -> None:
    followed = make_followed()
    border = int(followed.block_starts[1])  # an epoch that occurs twice
    epochs = np.sort(np.append(followed.covariance_tt_s, followed.tt_s[border]))
    at = int(np.searchsorted(epochs, followed.tt_s[border]))
    matrices = np.insert(followed.covariances, at, followed.covariances[1], axis=0)
    followed = dataclasses.replace(followed, covariance_tt_s=epochs, covariances=matrices)
    write_prediction(tmp_path / "prediction.oem", followed)
    segments = read_oem(tmp_path / "prediction.oem").segments
    counts = [len(segment.covariances) for segment in segments]
    assert sum(counts) == len(epochs)
    assert counts[1] == 1
    read = np.array([c.tt_s for segment in segments for c in segment.covariances])
    assert np.abs(read - epochs).max() < 2e-6
    for segment in segments:
        for covariance in segment.covariances:
            assert covariance.frame == "EME2000"
            assert np.linalg.eigvalsh(covariance.matrix[:3, :3]).min() > 0


def test_the_ephemeris_says_what_it_is(tmp_path: Path) -> None:
    write_prediction(tmp_path / "prediction.oem", make_followed(seed=7))
    text = (tmp_path / "prediction.oem").read_text(encoding="ascii")
    head = " ".join(line.removeprefix("COMMENT ") for line in text[: text.index("META_START")].splitlines())
    for told in ("not tracking", "seed 7", "60 members", "ISS_OEM_2022-02-18.xml.xz", "GMT057 Reboost Preli"):
        assert told in head
    assert "GMT037" not in head  # a burn of the past
    assert "CREATION_DATE = 2022-02-18T14:30:00\n" in text
    assert text.count("REF_FRAME = EME2000") >= 5
    assert text.count("INTERPOLATION = HERMITE\nINTERPOLATION_DEGREE = 7") == 5


def test_a_short_block_lowers_the_hint(tmp_path: Path) -> None:
    """Orekit refuses a block with fewer states than degree + 1."""
    followed = make_followed()
    drop = np.arange(followed.block_starts[1] + 1, followed.block_starts[2] - 1)
    keep = np.delete(np.arange(len(followed.tt_s)), drop)
    starts = tuple(s if i < 2 else s - len(drop) for i, s in enumerate(followed.block_starts))
    short = dataclasses.replace(
        followed,
        tt_s=followed.tt_s[keep],
        position_km=followed.position_km[keep],
        velocity_km_s=followed.velocity_km_s[keep],
        block_starts=starts,
    )
    write_prediction(tmp_path / "short.oem", short)
    assert "INTERPOLATION_DEGREE = 1\n" in (tmp_path / "short.oem").read_text()


# --- tables --------------------------------------------------------------------------------------------------------


def test_prediction_table() -> None:
    followed = make_followed()
    rows = rows_of(prediction_csv(followed))
    assert [row["utc"] for row in rows] == sorted(row["utc"] for row in rows)
    asked = [row for row in rows if row["asked_for"] == "yes"]
    assert [float(row["days"]) for row in asked] == [1.0, 3.0, 7.0, 10.0, 15.0]
    assert len({row["utc"][:19] for row in rows}) == len(rows) == len(followed.covariance_tt_s) + 2
    for row, prediction in zip(asked, followed.report.prediction, strict=True):
        assert float(row["x_km"]) == pytest.approx(prediction.position_km[0], abs=1e-6)
        assert float(row["sigma_along_km"]) == pytest.approx(prediction.sigma_rtn_km[1], abs=1e-6)
    for row in rows:
        sigma = tracking_factory.sigma_rtn(np.array([float(row["days"])]))[0]
        told = [float(row[f"sigma_{name}_km"]) for name in ("radial", "along", "cross")]
        assert told == pytest.approx(sigma, rel=1e-3)


def test_axes_of_an_orbit() -> None:
    axes = rtn_axes(np.array([7000.0, 0.0, 0.0]), np.array([0.1, 7.5, 0.0]))
    assert np.allclose(axes, np.eye(3))


def test_drag_table() -> None:
    report = make_followed().report
    rows = rows_of(drag_csv(report))
    assert len(rows) == len(report.arcs)
    assert rows[0]["cd_area_m2"] == rows[0]["ballistic_factor_m2_kg"] == rows[0]["level"] == ""
    assert rows[0]["status"] == "unannounced burn"
    assert rows[0]["burns"] == "GMT012 Reboost; replanned 2022-01-11"
    assert float(rows[1]["cd_area_m2"]) == 1210.0
    assert float(rows[1]["cd_area_low_m2"]) < 1210.0 < float(rows[1]["cd_area_high_m2"])
    assert float(rows[1]["ballistic_factor_m2_kg"]) * float(rows[1]["mass_kg"]) == pytest.approx(1210.0, rel=1e-4)


def test_the_document_reads_back_to_the_last_bit() -> None:
    report = make_followed().report
    assert TrackReport.model_validate_json(track_json(report)) == report
    assert list(json.loads(track_json(report)))[:3] == ["schema", "object_name", "object_id"]
