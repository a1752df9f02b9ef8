"""What the documentation shows is true: commands parse, settings are accepted, links resolve, outputs are today's.

Numbers are held to a per cent and dates to three days, so that another kind of processor does not make a page wrong.
When a change moves them: ``.venv/bin/python tools/draw_readme.py``.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import sys
from datetime import date
from importlib import resources
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from pointnemo.cli.main import app
from pointnemo.scenario import load_scenario

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
EXAMPLES = ROOT / "docs" / "examples"
BLOCK = re.compile(r"```(?P<kind>[a-z]*)\n(?P<text>.*?)```", re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?|inputs [0-9a-f]{8}|\d+ days (earlier|later)|\d+ min \d+ s")
TOLERANCE, DAYS = 0.01, 3


def tool() -> ModuleType:
    """tools/draw_readme.py as a module."""
    path = ROOT / "tools" / "draw_readme.py"
    spec = importlib.util.spec_from_file_location("draw_readme", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


DRAW = tool()


# --- comparing -------------------------------------------------------------------------------------------------------


def words_of(line: str) -> list[str]:
    """The line without what may differ: clock times, durations, hashes, numbers, and how far apart columns stand."""
    return NUMBER.sub("#", DATE.sub("@", TIME.sub("~", line))).split()


def numbers_of(line: str) -> list[float]:
    return [float(number.replace(",", "")) for number in NUMBER.findall(DATE.sub("", TIME.sub("", line)))]


def near(a: float, b: float) -> bool:
    return abs(a - b) <= max(TOLERANCE * max(abs(a), abs(b)), 0.1)


def differences(written: str, made: str) -> list[str]:
    """Lines of a page that are no longer what the program prints; page by page the same number of lines is wanted."""
    old, new = written.splitlines(), made.splitlines()
    if len(old) != len(new):
        return [f"{len(old)} lines on the page, {len(new)} printed"]
    found = []
    for line, now in zip(old, new, strict=True):
        days = [
            abs((date.fromisoformat(a) - date.fromisoformat(b)).days)
            for a, b in zip(DATE.findall(line), DATE.findall(now), strict=False)
        ]
        same = words_of(line) == words_of(now) and max(days, default=0) <= DAYS
        if not (same and all(map(near, numbers_of(line), numbers_of(now)))):
            found.append(f"- {line}\n+ {now}")
    return found


def test_a_difference_is_seen() -> None:
    line = "  entry       2033-12-08  3,305 km  inputs 0123abcd"
    assert not differences(line, line.replace("0123", "4567").replace("12-08", "12-10").replace("3,305", "3,310"))
    for old, new in (("entry", "exit"), ("12-08", "12-18"), ("3,305", "3,405"), ("km", "m")):
        assert differences(line, line.replace(old, new))


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_pages_show_what_the_program_prints(tmp_path: Path) -> None:
    """One test, so that the runs behind it are flown once: outputs, picture, checks."""
    shown = DRAW.fly(tmp_path)
    wrong: list[str] = []
    for name, make in DRAW.BLOCKS.items():
        made = make(shown)
        written = [
            found["text"] for page in PAGES for found in DRAW.BLOCK.finditer(page.read_text()) if found["name"] == name
        ]
        assert written, f"no page shows {name}"
        wrong += [difference for text in written for difference in differences(text, made)]
    assert not wrong, "\n".join(["run tools/draw_readme.py", *wrong])

    svg = DRAW.PICTURE.read_text()
    assert len(svg) < 400_000
    assert "var(" not in svg
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", DRAW.picture(shown))
    assert "mean activity" in texts
    assert re.findall(r"<text[^>]*>([^<]+)</text>", svg) == texts

    page = (ROOT / "docs" / "plan.md").read_text()
    table = page[page.index("## The checks") : page.index("## Remedies")]
    told = re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)
    assert told == [check.id for check in shown.shipped.plan.verdict.checks]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_on_a_page_are_the_files(page: Path) -> None:
    for found in DRAW.FILE.finditer(page.read_text()):
        assert found["text"] == (page.parent / found["name"]).read_text(), "run tools/draw_readme.py"


def test_every_example_is_on_a_page() -> None:
    shown_files = {found["name"] for page in PAGES for found in DRAW.FILE.finditer(page.read_text())}
    assert {f"examples/{path.name}" for path in EXAMPLES.iterdir() if path.suffix in (".py", ".toml")} == shown_files


# --- commands --------------------------------------------------------------------------------------------------------


def command_lines() -> list[str]:
    """Every ``pointnemo ...`` line of the pages that can be typed as it stands."""
    indented = re.compile(r"^    (?:\$ )?(pointnemo .+)$", re.MULTILINE)
    inline = re.compile(r"`(pointnemo [^`]+)`")
    lines = [
        found.partition("#")[0].strip()
        for page in PAGES
        for pattern in (indented, inline)
        for found in pattern.findall(BLOCK.sub("", page.read_text()))
    ]
    return sorted({line for line in lines if not re.search(r"\[|RUN|\.\.\.|--set$|compare$", line)})


def settings_of(line: str) -> list[str]:
    words = shlex.split(line)
    return [after for word, after in pairwise(words) if word == "--set"]


def test_there_are_commands() -> None:
    assert len(command_lines()) > 12
    assert sum(len(settings_of(line)) for line in command_lines()) > 8


@pytest.mark.parametrize("line", command_lines())
def test_command_lines_parse(line: str) -> None:
    words = shlex.split(line.partition(" > ")[0])[1:]
    group = typer.main.get_command(app)
    context: Any = None
    while words and hasattr(group, "commands"):
        name = words.pop(0)
        assert name in group.commands, line
        group = group.commands[name]
    context = group.make_context(str(group.name), words, resilient_parsing=False)
    assert not context.args


@pytest.mark.parametrize("line", [line for line in command_lines() if settings_of(line)])
def test_settings_are_accepted(line: str) -> None:
    words = shlex.split(line)
    scenario = words[2] if len(words) > 2 and not words[2].startswith("-") else "iss"
    load_scenario(ROOT / scenario if scenario.endswith(".toml") else scenario, set=settings_of(line))


def test_settings_offered_in_outputs_are_accepted() -> None:
    for page in PAGES:
        for line in re.findall(r"--set ([a-z][^\s`\\]*=[^\s`]+)", BLOCK.sub("", page.read_text())):
            if not line.startswith("'"):
                load_scenario("iss", set=[line] if "cd_area" not in line else [line, "station.drag.high_m2=9000"])


@pytest.mark.parametrize("name", ["plan", "track", "update", "compare", "show"])
def test_help_answers(name: str) -> None:
    command = [sys.executable, "-m", "pointnemo.cli.main", name, "--help"]
    code = f"from pointnemo.cli.main import main; raise SystemExit(main({command[3:]!r}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.startswith(f"Usage: pointnemo {name}")
    assert max(map(len, result.stdout.splitlines())) <= 100


# --- examples and links ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.name)
def test_scenarios_of_the_docs_load_and_come_down(path: Path) -> None:
    from pointnemo.scenario.sources import unsourced

    assert not unsourced(load_scenario(path))
    code = (
        "import sys, pointnemo as pn; d = pn.descend(sys.argv[1]); "
        "print(d.entry_utc[:10], d.targeting.converged, len(d.burns))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=300, check=True
    )
    entry, converged, burns = result.stdout.split()
    assert date.fromisoformat(entry) <= load_scenario(path).horizon.deorbit_by
    assert converged == "True"
    assert int(burns) == len(load_scenario(path).descent.burns)


def test_snippets_without_a_file_run() -> None:
    """Python blocks of the pages that are no files: short enough to be executed as they stand."""
    for page in PAGES:
        text = DRAW.FILE.sub("", page.read_text())
        for found in BLOCK.finditer(text):
            if found["kind"] == "python":
                exec(compile(found["text"], f"{page.name}", "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    targets = [found["target"] for found in LINK.finditer(page.read_text())]
    for target in targets:
        if "://" not in target:
            path, _, anchor = target.partition("#")
            there = (page.parent / path) if path else page
            assert there.exists(), target
            headings = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE) if anchor else []
            assert not anchor or anchor in {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in headings}


def test_keys_told_of_plan_json_are_in_its_schema() -> None:
    schema = json.loads((resources.files("pointnemo") / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))
    text = (ROOT / "docs" / "plan.md").read_text()
    table = text[text.index("### plan.json") :]
    for stage, row in re.findall(r"^\| `([a-z]+)` \| (.+) \|$", table, re.MULTILINE):
        assert stage in schema["properties"]
        names = {key for part in schema["$defs"].values() for key in part.get("properties", {})}
        assert set(re.findall(r"`([a-z_0-9]+)`", row)) <= names
    top = re.search(r"Top-level keys: (.+?)\. Units", text, re.DOTALL)
    assert top is not None
    assert set(re.findall(r"`([a-z]+)`", top[1])) == set(schema["properties"])


def test_keys_told_of_track_json_are_its_keys() -> None:
    schema = json.loads((resources.files("pointnemo") / "schemas" / "track.schema.json").read_text(encoding="utf-8"))
    text = (ROOT / "docs" / "track.md").read_text()
    table = text[text.index("### track.json") : text.index("## Live data")]
    names = {key for part in schema["$defs"].values() for key in part.get("properties", {})}
    told = set()
    for keys, row in re.findall(r"^\| (`.+?`) \| (.+) \|$", table, re.MULTILINE):
        told |= set(re.findall(r"`([a-z_0-9]+)`", keys))
        assert set(re.findall(r"`([a-z_0-9]+)`", row)) <= names, row
    assert told == set(schema["properties"]) - {"schema", "object_name", "frame"}


def test_files_told_of_a_track_are_its_files() -> None:
    from pointnemo.reporting.track_folder import FILES

    text = (ROOT / "docs" / "track.md").read_text()
    table = text[text.index("## The files") : text.index("### track.json")]
    told = {name for row in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE) for name in re.findall(r"`(.+?)`", row)}
    assert told == set(FILES)


def test_fields_told_of_scenarios_are_all_the_fields() -> None:
    """docs/scenario.md names every field of the scenario tree, and no key in backquotes that is not there."""
    import pointnemo.scenario.models as models

    text = (ROOT / "docs" / "scenario.md").read_text()
    fields = {
        name
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, models.Table)
        for name in model.model_fields
    }
    assert fields - set(re.findall(r"[a-z][a-z0-9_]+", text)) == set()


def test_the_keys_of_materials_are_those_of_the_shipped_scenarios() -> None:
    text = (ROOT / "docs/reenter.md").read_text()
    listed = text.partition("The keys of the shipped scenarios")[2].partition(".\n")[0]
    assert re.findall(r"`([a-z0-9-]+)`", listed) == sorted(load_scenario("iss").materials)
