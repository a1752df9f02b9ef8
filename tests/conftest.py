"""Fixtures that every test may use: the reference data outside the project, and the ledger of validation figures."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# What a user has fetched with `pointnemo update` must not reach a test.
os.environ["POINTNEMO_DATA_FOLDER"] = tempfile.mkdtemp(prefix="pointnemo-tests-")

ROOT = Path(__file__).resolve().parent.parent
STRICT = os.environ.get("POINTNEMO_STRICT") == "1"


def reference_folder() -> Path:
    """Folder of the public reference data: ``POINTNEMO_REFERENCE_DATA``, else ``../shared/data`` beside the project."""
    return Path(os.environ.get("POINTNEMO_REFERENCE_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The reference data folder; a test that needs it is skipped without it, or fails where it must be there."""
    folder = reference_folder()
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}; set POINTNEMO_REFERENCE_DATA")
    return folder


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In strict mode a test skipped for missing data or a missing peer is a failure, where the data could be had."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if STRICT and report.skipped and reference_folder().is_dir() and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in strict mode: {report.longrepr}"


Figure = Callable[..., None]


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Record a figure with its gate and source for ``validation.json``, then hold it to the gate.

    Call ``figure(id, value, limit, unit, source, kind="max")``; ``kind`` is ``max`` (value <= limit) or ``min``.
    Workers of a parallel run each append to their own file; ``tools/collect_validation.py`` merges them.
    """

    def record(id: str, value: float, limit: float, unit: str, source: str, kind: str = "max") -> None:
        value = float(value)
        ok = value <= limit if kind == "max" else value >= limit
        row = {"id": id, "value": value, "limit": limit, "kind": kind, "unit": unit, "source": source, "ok": ok}
        row["test"] = request.node.nodeid
        folder = os.environ.get("POINTNEMO_VALIDATION_FOLDER")
        if folder:
            worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
            with (Path(folder) / f"{worker}.jsonl").open("a") as out:
                out.write(json.dumps(row) + "\n")
        assert ok, f"{id}: {value:.6g} {unit}, gate {limit:.6g} ({kind}), against {source}"

    return record
