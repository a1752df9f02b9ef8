from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_shipped_schema_is_the_code() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "write_schema.py"))
    assert tool["TARGET"].read_text(encoding="utf-8") == tool["schema_text"](), "run python tools/write_schema.py"


def test_bulk_arrays_stay_out() -> None:
    text = (ROOT / "src/pointnemo/schemas/plan.schema.json").read_text(encoding="utf-8")
    for name in ('"history"', '"trajectory"', '"impacts"'):
        assert name not in text
