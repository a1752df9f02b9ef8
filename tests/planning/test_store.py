from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests import descend_factory, factories

from pointnemo.errors import RunFolderError
from pointnemo.planning.store import LOSSES_FILE, load_stages, save_stages
from pointnemo.results import Descend


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stored run whose descent lists some of the days of loss."""
    run = factories.make_run("descend")
    plan = run.plan.model_copy(update={"descend": descend_factory.make_rich_descend()})
    (tmp_path / "stages").mkdir()
    save_stages(replace(run, plan=plan), tmp_path / "stages")
    return tmp_path


def test_every_day_of_loss_comes_back_with_the_descent(folder: Path) -> None:
    stored = load_stages(folder)
    found = stored.get("descend", stored.hashes["descend"])
    assert isinstance(found, Descend)
    wanted = descend_factory.make_rich_descend()
    assert found.loss_days == wanted.loss_days
    assert found.losses == wanted.losses
    assert len(found.losses) < len(found.loss_days)


def test_days_of_loss_that_are_damaged_are_refused(folder: Path) -> None:
    path = folder / "stages" / LOSSES_FILE
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RunFolderError, match="cannot be read"):
        load_stages(folder)


def test_a_folder_without_them_can_be_used(folder: Path) -> None:
    (folder / "stages" / LOSSES_FILE).unlink()
    stored = load_stages(folder)
    assert stored.get("descend", stored.hashes["descend"]).loss_days is None  # type: ignore[union-attr]
