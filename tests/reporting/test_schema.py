from __future__ import annotations

import json
import runpy
from pathlib import Path

import jsonschema
import pytest
from tests import tracking_factory

from pointnemo.reporting.track_folder import track_json

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "src/pointnemo/schemas"
TOOL = runpy.run_path(str(ROOT / "tools" / "write_schema.py"))


@pytest.mark.parametrize("name", ["plan", "track"])
def test_the_shipped_schema_is_the_code(name: str) -> None:
    shipped = TOOL["target"](name).read_text(encoding="utf-8")
    assert shipped == TOOL["schema_text"](name), "run python tools/write_schema.py"


def test_every_shipped_schema_is_written_by_the_tool() -> None:
    assert {path.name for path in SCHEMAS.glob("*.json")} == {TOOL["target"](name).name for name in TOOL["DOCUMENTS"]}


def test_a_track_obeys_its_schema() -> None:
    schema = json.loads((SCHEMAS / "track.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for followed in (tracking_factory.make_followed(), tracking_factory.make_followed(hindcasts=False)):
        document = json.loads(track_json(followed.report))
        validator.validate(document)
    assert document["schema"] == "pointnemo/track/1"
    del document["weather"]["skill"]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)


def test_bulk_arrays_stay_out() -> None:
    text = (SCHEMAS / "plan.schema.json").read_text(encoding="utf-8")
    for name in ('"history"', '"trajectory"', '"impacts"'):
        assert name not in text
