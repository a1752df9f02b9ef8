"""Show in README.md and docs/ what the program really does: the picture of a run, and every quoted output.

Run it after a change that moves a number: ``.venv/bin/python tools/draw_readme.py``. A block to be filled looks like

    <!-- shown: NAME -->
    ```text
    ...
    ```

and is replaced by what ``BLOCKS[NAME]`` makes; one under ``<!-- file: PATH -->`` by that file. tests/test_docs.py makes
the same texts and holds the pages to them.
"""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pointnemo.planning import Run

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
EXAMPLES = ROOT / "docs" / "examples"
PICTURE = ROOT / "docs" / "images" / "plan.svg"
REMEDY = "descent.lowering_propellant_kg=4910"
SLIP = "flights.progress-ms-40.slip_days=60"
SETTINGS = (
    "descent.lowering_start=2027-06-30",
    "station.drag.cd_area_m2=4500",
    "horizon.deorbit_by=2033-12-31",
    "descent.burns.final.perigee_km=0",
)
CUT = "  [...]"
BLOCK = re.compile(r"(?P<mark><!-- shown: (?P<name>[a-z0-9-]+) -->\n```text\n)(?P<text>.*?)(?P<end>```\n)", re.DOTALL)
FILE = re.compile(r"(?P<mark><!-- file: (?P<name>[a-z0-9_./]+) -->\n```[a-z]+\n)(?P<text>.*?)(?P<end>```\n)", re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """The runs that the pages quote, flown once.

    Attributes:
        shipped: the built-in plan.
        mended: the same with ``REMEDY``.
        folder: run folder of the first.
    """

    shipped: Run
    mended: Run
    folder: Path


def fly(folder: Path) -> Shown:
    """Fly what the pages quote.

    Args:
        folder: an empty folder for the run folder of the built-in plan.

    Returns:
        The runs.
    """
    from pointnemo.planning import Request
    from pointnemo.planning.chain import run
    from pointnemo.reporting.folder import write_run

    shipped = run(Request())
    written = write_run(shipped, folder / "iss")
    return Shown(shipped, run(Request(scenario=written, set=(REMEDY,))), written)


# --- texts ---------------------------------------------------------------------------------------------------------


def page_text(flown: Run) -> str:
    """The page as printed, without the line about files."""
    from pointnemo.reporting.page import page
    from pointnemo.reporting.series import data_end_year

    return page(flown.plan, data_end_year=data_end_year(flown.history))


def excerpt(text: str, *parts: tuple[str, str]) -> str:
    """Some lines of a text, as they stand, with a mark wherever lines were left out.

    Args:
        text: the whole.
        parts: for each part how its first line and its last line begin, after blanks; in order.

    Returns:
        The parts, ending in a newline.

    Raises:
        ValueError: a part is not there.
    """
    lines = text.splitlines()
    kept: list[str] = []
    at = 0
    for first, last in parts:
        start = _line(lines, first, at)
        stop = _line(lines, last, start) + 1
        if any(line.strip() for line in lines[at:start]):
            kept.append(CUT)
        elif start > at:
            kept.append("")
        kept += lines[start:stop]
        at = stop
    if any(line.strip() for line in lines[at:]):
        kept.append(CUT)
    return "\n".join(kept) + "\n"


def _line(lines: Sequence[str], beginning: str, start: int) -> int:
    for number in range(start, len(lines)):
        if lines[number].strip().startswith(beginning):
            return number
    raise ValueError(f"no line begins with {beginning!r}")


def page_head(shown: Shown) -> str:
    """What of the page the README shows: the outcome, the way down, and what mends it."""
    return excerpt(
        page_text(shown.shipped),
        ("pointnemo", "NOT FEASIBLE"),
        ("solar activity", "entry  "),
        ("deorbit_by", "--set horizon.deorbit_by"),
    )


def compare_head(shown: Shown) -> str:
    """What of ``pointnemo compare`` the README shows."""
    from pointnemo.reporting.compare import compare

    text = compare(shown.shipped.plan, shown.mended.plan)
    return excerpt(text, ("VERDICT", "deorbit_by"), ("figure", "figure"), ("entry, low", "entry, high"))


def slip_head(shown: Shown) -> str:
    """What of ``pointnemo operate --set SLIP`` docs/operate.md shows: what the manifest alone decides."""
    from pointnemo.operations.operate_changes import changes
    from pointnemo.operations.operate_report import report_of
    from pointnemo.planning import Request
    from pointnemo.planning.chain import run
    from pointnemo.reporting.operate_page import operate_page
    from pointnemo.results import Operate

    before = shown.shipped.plan.operate
    slipped = run(Request(set=(SLIP,), upto="operate", reflown=False)).plan
    assert isinstance(before, Operate)
    assert isinstance(slipped.operate, Operate)
    report = report_of(slipped.operate, slipped.provenance, changes=changes(before, slipped.operate))
    return excerpt(operate_page(report), ("WHAT CHANGED", "2028-03-28"), ("supply", "-> htv-x2"))


def descend_parts(*beginnings: str) -> Callable[[Shown], str]:
    """What of ``pointnemo descend`` docs/descend.md shows.

    Args:
        beginnings: how the paragraphs that are wanted begin, after blanks; one that is not there is left out.

    Returns:
        A function that makes the text, with a mark wherever paragraphs were left out.
    """

    def text(shown: Shown) -> str:
        from pointnemo.descent.report import limits_of, report_of
        from pointnemo.reporting.descend_page import descend_page
        from pointnemo.results import Descend

        flown = shown.shipped
        assert isinstance(flown.plan.descend, Descend)
        report = report_of(flown.plan.descend, flown.plan.provenance, limits_of(flown.scenario), flown.history)
        kept: list[str] = []
        for paragraph in descend_page(report).rstrip("\n").split("\n\n"):
            if paragraph.strip().startswith(beginnings):
                kept.append(paragraph)
            elif kept[-1:] != [CUT]:
                kept.append(CUT)
        return "\n\n".join(kept) + "\n"

    return text


def milestones(shown: Shown) -> str:
    """The numbers in the picture and what they stand for."""
    from pointnemo.reporting.words import wrapped

    descend: Any = shown.shipped.plan.descend
    rows = descend.milestones
    told = [f"{i} {row.text} ({row.utc[:10]}, {row.altitude_km:.0f} km)" for i, row in enumerate(rows, 1)]
    return "\n".join(wrapped("; ".join(told))) + "\n"


def settings(shown: Shown) -> str:
    """What each of the lines worth trying leads to, beside the plan as shipped."""
    from pointnemo.reporting.page import table

    others = ((line, _changed(shown, line)) for line in SETTINGS)
    runs = [("as shipped", shown.shipped), (REMEDY, shown.mended), *others]
    rows = [[name, *_outcome(flown)] for name, flown in runs]
    return "\n".join(table(["", "entry", "feasible", "burns", "footprint"], rows, indent=0)) + "\n"


def _changed(shown: Shown, line: str) -> Run:
    """The built-in plan with one thing changed, to the end of ``assess``: remedies are not asked for."""
    from pointnemo.planning import Request
    from pointnemo.planning.chain import run

    return run(Request(scenario=shown.folder, set=(line,), upto="assess"))


def _outcome(flown: Run) -> list[str]:
    """Entry on the mean line, verdict, propellant of the targeted burns, length of the footprint."""
    from pointnemo.planning.verdict import checks, held_of, verdict
    from pointnemo.reporting.words import grouped

    plan = flown.plan
    judged = verdict(checks(flown.scenario, held_of(plan.operate), plan.descend, plan.reenter, plan.assess))
    descend: Any = plan.descend
    reenter: Any = plan.reenter
    return [
        descend.entry_utc[:10],
        "yes" if judged.feasible else "no",
        f"{grouped(descend.deorbit_propellant_used_kg)} kg",
        f"{grouped(reenter.footprint.length_km.value)} km",
    ]


def output_of(name: str) -> Callable[[Shown], str]:
    """What an example prints.

    Args:
        name: of a script in docs/examples.

    Returns:
        A function that runs it; the run folder of the built-in plan is its only argument.
    """

    def text(shown: Shown) -> str:
        given, out = sys.argv, io.StringIO()
        sys.argv = [name, str(shown.folder)]
        try:
            with contextlib.redirect_stdout(out):
                runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        finally:
            sys.argv = given
        return out.getvalue()

    return text


BLOCKS: dict[str, Callable[[Shown], str]] = {
    "page": page_head,
    "whole-page": lambda shown: page_text(shown.shipped),
    "settings": settings,
    "compare": compare_head,
    "milestones": milestones,
    "slip": slip_head,
    "descend": descend_parts("pointnemo", "mean solar activity"),
    "descend-passes": descend_parts("BURNS", "OPPORTUNITIES"),
    "descend-failures": descend_parts("IF A BURN FAILS", "final,", "POINT OF NO RETURN", "REQUIRED RELIABILITY"),
    "plan-py": output_of("plan.py"),
    "stages-py": output_of("stages.py"),
    "run-folder-py": output_of("run_folder.py"),
}


# --- picture -------------------------------------------------------------------------------------------------------


def picture(shown: Shown) -> str:
    """The first figure of the report as a file of its own: the colours of the light page put in for its variables."""
    from pointnemo.reporting.figures import history_figure
    from pointnemo.reporting.svg import standalone

    assert shown.shipped.history is not None
    return standalone(history_figure(shown.shipped.plan, shown.shipped.history))


def fill(text: str, folder: Path, texts: dict[str, str]) -> str:
    """A page with every block filled.

    Args:
        text: the page.
        folder: where it lies, for the files that it shows.
        texts: outputs by name.

    Returns:
        The page as it should be.
    """

    def output(found: re.Match[str]) -> str:
        return found["mark"] + texts[found["name"]] + found["end"]

    def file(found: re.Match[str]) -> str:
        return found["mark"] + (folder / found["name"]).read_text(encoding="utf-8") + found["end"]

    return FILE.sub(file, BLOCK.sub(output, text))


def main() -> None:
    """Fly, draw, and fill every block."""
    with TemporaryDirectory() as folder:
        shown = fly(Path(folder))
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(picture(shown), encoding="utf-8")
        texts = {name: make(shown) for name, make in BLOCKS.items()}
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        filled = fill(text, path.parent, texts)
        if filled != text:
            path.write_text(filled, encoding="utf-8")
            print(f"filled {path.relative_to(ROOT)}")
    print(f"drew {PICTURE.relative_to(ROOT)}, {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
