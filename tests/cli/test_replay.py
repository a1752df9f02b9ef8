"""``pointnemo replay``: page, document, schema, documentation, refusals."""

from __future__ import annotations

import json
import runpy
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from pointnemo.cli.main import main

PAGE = Path(__file__).parents[2] / "docs" / "replay.md"


def test_the_page_is_80_columns_wide_and_the_one_in_the_docs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "mir-2001", "--bundled"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert max(map(len, out.splitlines())) <= 80
    shown = PAGE.read_text(encoding="utf-8").partition("```text\n")[2].partition("```")[0]
    assert shown == out[: out.index("\n\nFORTY")] + "\n"


def test_the_document_obeys_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "skylab-1979", "--json", "--bundled", "--quiet"]) == 0
    document = json.loads(capsys.readouterr().out)
    schema = json.loads((resources.files("pointnemo") / "schemas" / "replay.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["schema"] == "pointnemo/replay/1"
    assert document["flights"][0]["end_place"] is None
    assert "no places are reported" in " ".join(document["notes"])


def test_the_document_of_the_docs_flies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = PAGE.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    path = tmp_path / "progress.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["replay", str(path), "--json", "--bundled"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["name"] == "progress"
    (flight,) = document["flights"]
    assert flight["end_utc"] is not None
    assert flight["end_place"] is not None
    assert flight["comparisons"][0]["ok"] is True


def test_every_key_is_in_the_docs() -> None:
    from pointnemo.scenario import replay as models

    text = PAGE.read_text(encoding="utf-8")
    missing = [
        f"{name}.{key}"
        for name in models.__all__
        for key in getattr(models, name).model_fields
        if f"`{key}`" not in text
    ]
    assert not missing


def test_wrong_input_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "mir-2002"]) == 2
    assert 'did you mean "mir-2001"' in capsys.readouterr().err
    path = tmp_path / "bad.toml"
    path.write_text('title = "none"\n[burns.One]\n')
    assert main(["replay", str(path)]) == 2
    err = capsys.readouterr().err
    for part in ("6 defects", "body: is missing", "orbit: is missing", "is not a name"):
        assert part in err, err
    # sound by itself, but no drag explains it
    text = (resources.files("pointnemo.scenario") / "data" / "replays" / "skylab-1979.toml").read_text("utf-8")
    path.write_text(text.replace("altitude_km = 179.0", "altitude_km = 260.0"))
    assert main(["replay", str(path)]) == 2
    assert "no drag explains" in capsys.readouterr().err


def test_the_shipped_schema_is_the_code() -> None:
    tool = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "write_schema.py"))
    shipped = tool["target"]("replay").read_text(encoding="utf-8")
    assert shipped == tool["schema_text"]("replay"), "run python tools/write_schema.py"


def test_help_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: pointnemo replay")
