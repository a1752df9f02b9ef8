"""Write the JSON Schemas that the package ships, from the code: ``python tools/write_schema.py``."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

from pointnemo.descent.replays.report import ReplayReport
from pointnemo.descent.report import DescendReport
from pointnemo.operations.operate_report import OperateReport
from pointnemo.operations.window_report import WindowsReport
from pointnemo.planning.uncontrolled import UncontrolledReport
from pointnemo.reentry.object_report import ObjectReport
from pointnemo.results import Plan
from pointnemo.tracking.report import TrackReport

FOLDER = Path(__file__).resolve().parent.parent / "src" / "pointnemo" / "schemas"
DOCUMENTS: dict[str, type[BaseModel]] = {
    "plan": Plan,
    "operate": OperateReport,
    "descend": DescendReport,
    "track": TrackReport,
    "windows": WindowsReport,
    "replay": ReplayReport,
    "object": ObjectReport,
    "uncontrolled": UncontrolledReport,
}


def target(name: str) -> Path:
    """Where the package has the schema of a document."""
    return FOLDER / f"{name}.schema.json"


def schema_text(name: str) -> str:
    """The schema of the document ``pointnemo/<name>/1`` as shipped: what a reader of ``<name>.json`` meets."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"pointnemo/{name}/1"}
    schema = DOCUMENTS[name].model_json_schema(by_alias=True, mode="serialization")
    return json.dumps({**head, **schema}, indent=1) + "\n"


if __name__ == "__main__":
    for document in DOCUMENTS:
        target(document).write_text(schema_text(document), encoding="utf-8")
