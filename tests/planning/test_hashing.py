"""Which change makes which stage run again."""

from __future__ import annotations

import pytest

from pointnemo.planning.hashing import stage_hashes
from pointnemo.results import DataFile
from pointnemo.scenario import load_scenario

DATA = (DataFile(name="a", version="1", source="here", sha256="00"),)
STAGES = ("track", "operate", "descend", "reenter", "assess", "plan")


def changed(*settings: str, seed: int = 0, orbit: tuple[str, ...] = (), code: str = "1") -> tuple[str, ...]:
    before = stage_hashes(load_scenario("iss"), (), 0, DATA, "1")
    after = stage_hashes(load_scenario("iss", set=settings), orbit, seed, DATA, code)
    return tuple(stage for stage in STAGES if before[stage] != after[stage])


def test_nothing_changed_nothing_runs() -> None:
    assert changed() == ()


@pytest.mark.parametrize(
    ("setting", "first"),
    [
        ("station.drag.cd_area_m2=3300", "track"),
        ("horizon.deorbit_by=2031-12-31", "operate"),
        ("descent.lowering_start=2028-01-01", "operate"),
        ("reentry.density_sigma=0.2", "descend"),
        ("reentry.fragments=5000", "reenter"),
        ("assess.energy_threshold_j=20", "descend"),  # its branches stand on a casualty area
        ("assess.declared_level=0.95", "assess"),
        ("title='another'", "plan"),
    ],
)
def test_a_change_reaches_its_stage_and_all_after_it(setting: str, first: str) -> None:
    assert changed(setting) == STAGES[STAGES.index(first) :]


def test_seed_reaches_only_what_draws() -> None:
    assert changed(seed=1) == ("reenter", "assess", "plan")


def test_tracking_files_and_code_reach_everything() -> None:
    assert changed(orbit=("ab",)) == STAGES
    assert changed(code="2") == STAGES
