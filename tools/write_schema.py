"""Write the JSON Schema of ``plan.json`` that the package ships: ``python tools/write_schema.py``."""

from __future__ import annotations

import json
from pathlib import Path

from pointnemo.results import Plan

TARGET = Path(__file__).resolve().parent.parent / "src" / "pointnemo" / "schemas" / "plan.schema.json"


def schema_text() -> str:
    """The schema of the document ``pointnemo/plan/1`` as shipped: what a reader of ``plan.json`` meets."""
    schema = Plan.model_json_schema(by_alias=True, mode="serialization")
    return (
        json.dumps(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "pointnemo/plan/1", **schema}, indent=1
        )
        + "\n"
    )


if __name__ == "__main__":
    TARGET.write_text(schema_text(), encoding="utf-8")
