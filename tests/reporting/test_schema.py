from __future__ import annotations

import json
import runpy
from pathlib import Path

import jsonschema
import pytest
from tests import tracking_factory

from pointnemo.reporting.track_folder import track_json
from pointnemo.tracking.report import TrackReport

ROOT = Path(__file__).parents[2]
TRACK_SCHEMA = ROOT / "src/pointnemo/schemas/track.schema.json"


def track_schema_text() -> str:
    """The schema of ``pointnemo/track/1`` as shipped: what a reader of ``track.json`` meets."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "pointnemo/track/1"}
    schema = TrackReport.model_json_schema(by_alias=True, mode="serialization")
    return json.dumps({**head, **schema}, indent=1) + "\n"


def test_the_shipped_schema_is_the_code() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "write_schema.py"))
    assert tool["TARGET"].read_text(encoding="utf-8") == tool["schema_text"](), "run python tools/write_schema.py"


def test_the_shipped_schema_of_a_track_is_the_code() -> None:
    mend = f"write what track_schema_text() of this module returns to {TRACK_SCHEMA.name}"
    assert TRACK_SCHEMA.read_text(encoding="utf-8") == track_schema_text(), mend


def test_a_track_obeys_its_schema() -> None:
    schema = json.loads(TRACK_SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for followed in (tracking_factory.make_followed(), tracking_factory.make_followed(hindcasts=False)):
        document = json.loads(track_json(followed.report))
        validator.validate(document)
    assert document["schema"] == "pointnemo/track/1"
    del document["weather"]["skill"]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)


def test_bulk_arrays_stay_out() -> None:
    text = (ROOT / "src/pointnemo/schemas/plan.schema.json").read_text(encoding="utf-8")
    for name in ('"history"', '"trajectory"', '"impacts"'):
        assert name not in text
