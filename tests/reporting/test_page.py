from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import factories

from pointnemo.reporting.layout import fact, table
from pointnemo.reporting.page import UPTO, limit_text, page
from pointnemo.results import Check, Remedy, Skipped

ANSI = re.compile(r"\x1b\[[0-9;]*m")
PLAN = factories.make_plan(bulk=False)


def lines_of(text: str) -> list[str]:
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 80
    assert not any(line != line.rstrip() for line in text.splitlines())
    return text.splitlines()


def test_the_page_tells_what_the_issue_asks_for() -> None:
    text = page(PLAN, data_end_year=2041, folder="runs/iss-9c41ab07")
    lines = lines_of(text)
    for wanted in (
        "2026-09-04 12:00:00 UTC",
        "NASA/JSC/FOD/TOPO",
        "418.3 km mean, apogee 423.9 x perigee 412.7 km",
        "415.0 to 422.0 km",
        "24, together 37.2 m/s and 6,024 kg",
        "crew leaves       2031-09-13 at 330 km",
        "not by 2041  2032-03-14  2031-04-11",
        "final     2032-03-14 09:03:55  19 min 26 s  27.35  4,156     198.2 x 38.7",
        "entry interface   2032-03-14 09:41:07 UTC at 122 km",
        "83 (77-90)",
        "heel            41.50 S 138.40 W",
        "3.1e-7 persons (1.2e-7 to 9.8e-7, 90 %)",
        "deorbit_by            2032-03-14  <= 2030-12-31           FAIL",
        "--set descent.lowering_start=2027-05-24",
    ):
        assert wanted in text, wanted
    assert lines[-1].startswith("files in  runs/iss-9c41ab07/")


def test_ledger_of_partners_adds_up() -> None:
    found = re.findall(r"(?m)^  (roscosmos|nasa|together) +([\d, ]+)$", page(PLAN))
    rows = {name: cells.split() for name, cells in found}
    numbers = {name: [int(cell.replace(",", "")) for cell in cells] for name, cells in rows.items()}
    assert set(numbers) == {"roscosmos", "nasa", "together"}
    for start, delivered, *uses in numbers.values():
        assert start + delivered == sum(uses)


def test_remedies_stand_under_the_failed_check_only() -> None:
    lines = page(PLAN).splitlines()
    failed = next(i for i, line in enumerate(lines) if line.endswith("FAIL"))
    following = next(i for i, line in enumerate(lines) if line.startswith("  final_perigee_km"))
    settings_at = [i for i, line in enumerate(lines) if line.strip().startswith("--set")]
    assert len(settings_at) == 3
    assert all(failed < i < following for i in settings_at)


def test_color_paints_the_same_text() -> None:
    plain, painted = page(PLAN), page(PLAN, True)
    assert "\x1b" not in plain
    assert "\x1b[1;31mFAIL\x1b[0m" in painted
    assert ANSI.sub("", painted) == plain


def test_a_station_that_never_comes_down() -> None:
    text = page(factories.make_stuck_plan(), data_end_year=2041)
    lines_of(text)
    assert "burns             none" in text
    assert text.count("skipped  ") == 2
    assert text.count("not by 2041") == 9


@pytest.mark.parametrize("upto", UPTO)
def test_each_stage_shows_its_part(upto: str) -> None:
    text = page(PLAN, upto=upto)  # type: ignore[arg-type]
    lines_of(text)
    assert ("VERDICT" in text) == (upto == "plan")
    assert ("WHERE THE STATION IS" in text) == (upto in ("track", "plan"))
    assert ("WHO IS AT RISK" in text) == (upto in ("assess", "plan"))


def test_all_stages_skipped() -> None:
    none = Skipped(reason="nothing to do")
    plan = PLAN.model_copy(update=dict.fromkeys(("track", "operate", "descend", "reenter", "assess"), none))
    assert page(plan).count("nothing to do") == 5


@pytest.mark.parametrize(
    ("value", "limit", "unit", "ok", "text"),
    [
        (310.0, 0.0, "kg", True, ">= 0"),
        (-5.0, 0.0, "kg", False, ">= 0"),
        (38.7, 50.0, "km", True, "<= 50"),
        (51.0, 50.0, "km", False, "<= 50"),
        ("2032-03-14", "2030-12-31", "date", False, "<= 2030-12-31"),
        ("2028-12-31", "2028-12-31", "date", True, "2028-12-31"),
        ("2028-12-31", "2028-12-31", "date, at least", True, ">= 2028-12-31"),
        (None, 0.0, "kg, at least", False, ">= 0"),
        (None, "2030-12-31", "date", False, "2030-12-31"),
    ],
)
def test_the_sense_of_a_limit_is_read_off_the_outcome(
    value: object, limit: object, unit: str, ok: bool, text: str
) -> None:
    check = Check(id="x", text="", value=value, limit=limit, unit=unit, ok=ok)  # type: ignore[arg-type]
    assert limit_text(check) == text


def test_a_check_without_value_or_remedy() -> None:
    check = Check(id="deorbit_by", text="entry by the date", value=None, limit="2030-12-31", unit="date", ok=False)
    hopeless = Remedy(lever="target_date", text="no date in reach", set=(), value_after=None, ok=False)
    for remedies, wanted in (((), "no remedy was found"), ((hopeless,), "not enough alone")):
        verdict = PLAN.verdict.model_copy(update={"checks": (check.model_copy(update={"remedies": remedies}),)})
        text = page(PLAN.model_copy(update={"verdict": verdict}))
        assert re.search(r"deorbit_by +never +2030-12-31 +FAIL", text)
        assert wanted in text


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Mn", "Me"]), max_size=200)


@settings(max_examples=60, deadline=None)
@given(text=words, name=words.filter(bool), number=st.floats(-1e15, 1e15))
def test_no_text_or_number_breaks_the_page(text: str, name: str, number: float) -> None:
    track = PLAN.track.model_copy(update={"origin": text, "mass_kg": number})
    check = Check(
        id=name,
        text=text,
        value=number,
        limit=1.0,
        unit=name[:30],
        ok=False,
        remedies=(Remedy(lever="other", text=text, set=(f"{name}={text}",), value_after=number, ok=True),),
    )
    verdict = PLAN.verdict.model_copy(update={"summary": text, "checks": (check,)})
    provenance = PLAN.provenance.model_copy(update={"scenario": name, "set": (text,)})
    plan = PLAN.model_copy(update={"track": track, "verdict": verdict, "provenance": provenance})
    out = page(plan, folder=name)
    lines_of(out)
    assert all(c == "\n" or c.isprintable() for c in out)


def test_a_wide_table_folds_its_first_column() -> None:
    rows = table(["a", "b"], [["many words that will not fit " * 4, "x" * 30]])
    assert max(map(len, rows)) <= 80
    assert "".join(rows).count("many") == 4


def test_a_label_never_touches_its_text() -> None:
    for length in range(1, 40):
        first, *others = fact("x" * length, "word " * 30)
        assert first.startswith("  " + "x" * length + " ")
        assert first.index("word") == max(20, length + 3)
        assert all(line.startswith(" " * 20 + "word") for line in others)
        assert max(map(len, [first, *others])) <= 80


def test_titles_are_folded_before_a_table_breaks() -> None:
    header = ["area", *(f"a long title of column {i}" for i in range(6))]
    rows = [["declared", *(f"{10**i:,}" for i in range(1, 7))], ["safety", *("-" for _ in range(6))]]
    lines = table(header, rows)
    assert max(map(len, lines)) <= 80
    assert lines[-2].split() == rows[0]
    assert lines[-1].split() == rows[1]
    assert sorted(" ".join(lines[:-2]).split()) == sorted(" ".join(header).split())
    # each number ends where its title does
    assert {len(line) for line in lines[:-2] if line.endswith("5")} == {len(lines[-2])}
