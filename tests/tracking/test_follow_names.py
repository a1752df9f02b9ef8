"""Which object it is, the files that were known tell: neither a later file nor one without a name changes that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.tracking.synthetic import DAY_S, START, end_of, station, world, write_file

from pointnemo.formats.tracking_files import TrackingFile, read_tracking
from pointnemo.tracking import predict
from pointnemo.tracking.follow import track_files

AT = (START + 2.5 * DAY_S,)
MADE_S = 2.5 * 3600.0


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[TrackingFile]:
    folder = tmp_path_factory.mktemp("names")
    states = [end_of(station(), START + day * DAY_S) for day in (0.0, 1.5, 3.0)]
    return [read_tracking(write_file(folder / f"{i}.oem", state, 0.05)) for i, state in enumerate(states)]


def said(files: list[TrackingFile], as_of_tt_s: float | None = None) -> dict[str, object]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predict, "SPREAD_DEGREE", 4)
        report = track_files(files, world(), at_tt_s=AT, days=1.0, members=3, as_of_tt_s=as_of_tt_s).report
    return report.model_dump(exclude={"files", "notes"})


@pytest.mark.parametrize("name", ["", "2021-035A"])
def test_a_later_file_does_not_say_which_object_it_was(files: list[TrackingFile], name: str) -> None:
    as_of = START + 1.5 * DAY_S + MADE_S
    later = replace(files[2], object_id=name, object_name="SOMETHING ELSE")
    assert said([*files[:2], later], as_of) == said(files[:2])


def test_a_file_without_a_name_is_of_the_same_object(files: list[TrackingFile]) -> None:
    named, nameless = said(files[:2]), said([files[0], replace(files[1], object_id="")])
    assert nameless["drag"] == named["drag"]
    assert nameless["prediction"] == named["prediction"]


def test_a_path_may_be_given_as_text(tmp_path: Path) -> None:
    path = write_file(tmp_path / "one.oem", station(), 0.05)
    assert track_files([str(path)], world(), days=0.1, members=2).report.files == ("one.oem",)
