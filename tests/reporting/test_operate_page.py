from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories
from tests.operate_factory import SLIP, make_bare_report, make_report

from pointnemo.operations.operate_report import Change, OperateReport
from pointnemo.reporting.operate_page import columns, operate_page
from pointnemo.reporting.page import page
from pointnemo.results import Operate, Violation

ANSI = re.compile(r"\x1b\[[0-9;]*m")
REPORT = make_report()


def lines_of(text: str) -> list[str]:
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 80
    assert not any(line != line.rstrip() for line in text.splitlines())
    return text.splitlines()


def section(text: str, title: str) -> str:
    """The lines below a heading, to the next one."""
    lines = text.splitlines()
    start = lines.index(title) + 1
    stop = next((i for i in range(start, len(lines)) if re.fullmatch(r"[A-Z][A-Z -]+", lines[i])), len(lines))
    return "\n".join(lines[start:stop])


def changed(**fields: object) -> OperateReport:
    return REPORT.model_copy(update=fields)


def many(count: int) -> tuple[Violation, ...]:
    rows = [REPORT.violations[i % 2] for i in range(count)]
    return tuple(row.model_copy(update={"subject": f"{row.subject} {i}"}) for i, row in enumerate(rows))


def test_what_is_missed_stands_first() -> None:
    lines = lines_of(operate_page(REPORT, folder="runs/iss-77e0d1c2"))
    assert lines[0] == "pointnemo 0.1.0: keeping iss to 2028-12-31               inputs 77e0d1c2, seed 0"
    assert lines[2] == f"  with --set {SLIP}"
    assert lines[3].startswith("NOT KEPT  4 limits are missed; this plan misses them")
    assert lines[5] == "LIMITS THAT ARE MISSED"
    told = section("\n".join(lines), "LIMITS THAT ARE MISSED")
    for one in REPORT.violations:
        assert one.subject in told
        assert " ".join(one.text.split()) in " ".join(told.split())
    assert told.count("(re-flown)") == 1
    assert "shortfall: no docked vehicle could raise the orbit, 3 day" in told
    assert lines[-1] == "files in  runs/iss-77e0d1c2/ (open operate.html; operate.json has every number)"


def test_every_section_tells_its_figures() -> None:
    text = operate_page(REPORT)
    lines_of(text)
    wanted = {
        "ALTITUDE": ("at most 404.0 km, computed day by day", "330 km after 180 days", "lower edge at the worst"),
        "SCHEDULE OF REBOOSTS": ("within the gap", "2,391 kg; nothing on this grid is below 2,372 kg", "27 on 121"),
        "REBOOSTS": ("2026-09-24 progress-ms-34 0.60 94", "soyuz-ms-30 launch", "27 together: 21.3 m/s, 3,339 kg"),
        "PHASE WINDOWS": ("14 of 15 windows", "soyuz-ms-31 2027-11-14 - 2-orbit 50.2 9 to 25 49.9 FAIL"),
        "PROPELLANT": ("2,060 kg", "by vehicle, kg", "by partner, kg", "together", "820 kg into zvezda, 2 times"),
        "PORTS": (
            "33 vehicles on 8 ports until 2028-12-31, 1 relocation",
            "crew-13, relocated",
            "4 days late for want of a port",
        ),
        "CREWS": ("-1 at the lowest, on 2028-12-20", "9 d, soyuz-ms-29", "255 days"),
        "SUPPLIES": ("food 2,400", "-88 41 2028-10-03", "water 21,400 kg"),
        "IF ONE FLIGHT IS LOST": ("2 of 3 flights", "cygnus-2", "-260"),
        "COMMITMENTS": ("roscosmos to 2028-12-31", "and 1 more, to 2029-08-24", "nothing covers it"),
    }
    for title, texts in wanted.items():
        told = section(text, title)
        assert [one for one in texts if " ".join(one.split()) not in " ".join(told.split())] == [], title


def test_planned_stands_beside_reflown() -> None:
    told = section(operate_page(REPORT), "SCHEDULE OF REBOOSTS")
    row = next(line.split() for line in told.splitlines() if line.strip().startswith("propellant"))
    assert row == ["propellant", "3,339", "3,379", "kg"]
    alone = section(operate_page(changed(reflight=None)), "SCHEDULE OF REBOOSTS")
    assert alone.rstrip().splitlines()[-1].split() == ["re-flown", "no"]


def test_what_changed_is_told_by_kind() -> None:
    told = section(operate_page(REPORT), "WHAT CHANGED")
    assert "progress-ms-40: zvezda-aft 2028-01-12 to 2028-07-04 -> zvezda-aft" in told
    assert "(+16 d)" in told
    assert "cargo-dragon-6: new" in told
    assert [line.split()[0] for line in told.splitlines() if re.match(r"  [a-z]", line)] == list(
        dict.fromkeys(change.kind for change in REPORT.changes or ())
    )
    assert "WHAT CHANGED" not in operate_page(make_report(()))
    assert "nothing: the plan is the same" in operate_page(changed(changes=()))


def test_long_tables_are_cut_and_say_so() -> None:
    flights = tuple(Change(kind="flight", what=f"cygnus-{i}", before="a", after=f"b ({i:+d} d)") for i in range(40))
    text = operate_page(changed(violations=many(50), changes=flights))
    lines_of(text)
    told = " ".join(section(text, "LIMITS THAT ARE MISSED").split())
    assert "and 36 more, see operate.json: 18 of supply, 17 of phase, 1 of end-altitude" in told
    assert "and 25 more, see operate.json" in section(text, "WHAT CHANGED")
    assert "and 12 more, see operate.json" in section(text, "REBOOSTS")
    assert "and 19 more, see operate.json" in section(text, "PORTS")


def test_a_missed_window_is_never_cut_away() -> None:
    kept = [one.model_copy(update={"ok": True}) for one in REPORT.phases if one.event == "launch"] * 3
    last = kept[-1].model_copy(update={"flight": "soyuz-ms-99", "ok": False})
    told = section(operate_page(changed(phases=(*kept, last))), "PHASE WINDOWS")
    assert "soyuz-ms-99" in told
    assert told.count("FAIL") == 1
    crews = REPORT.rotations * 3
    late = crews[-1].model_copy(update={"flight": "crew-99", "ok": False})
    assert "crew-99" in section(operate_page(changed(rotations=(*crews, late))), "CREWS")


def test_a_plan_that_keeps_everything_says_so() -> None:
    flown = REPORT.reflight
    assert flown is not None
    kept = changed(violations=(), shortfalls=(), reflight=flown.model_copy(update={"violations": ()}))
    text = operate_page(kept)
    assert text.splitlines()[3] == "KEPT  every limit holds, re-flown as well"
    assert "LIMITS THAT ARE MISSED" not in text
    only_flown = changed(violations=())
    assert operate_page(only_flown).splitlines()[3].startswith("NOT KEPT  1 limit is missed; this plan misses them")


def test_a_plan_with_nothing_in_it() -> None:
    text = operate_page(make_bare_report())
    lines_of(text)
    for title in ("PHASE WINDOWS", "SUPPLIES", "COMMITMENTS", "PORTS", "WHAT CHANGED"):
        assert title not in text
    assert "none" in section(text, "REBOOSTS")


def test_colour_is_paint_over_the_same_text() -> None:
    painted = operate_page(REPORT, color=True)
    assert "\x1b[1;31mNOT KEPT" in painted
    assert "\x1b[1mALTITUDE" in painted
    assert ANSI.sub("", painted) == operate_page(REPORT)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=90), st.text(max_size=200))
def test_any_text_keeps_the_page_in_shape(name: str, text: str) -> None:
    violation = REPORT.violations[0].model_copy(update={"subject": name, "text": text})
    port = REPORT.ports[3].model_copy(update={"flight": name, "port": name, "partner": name})
    report = changed(
        violations=(violation,),
        ports=(port,),
        reboosts=(REPORT.reboosts[0].model_copy(update={"source": name[:20], "purpose": text}),),
        changes=(Change(kind="gap", what=name, before=text, after=name),),
        commitment_gaps=(REPORT.commitment_gaps[0].model_copy(update={"consequence": text, "cover": (name,)}),),
    )
    page_text = operate_page(report)
    assert page_text.isprintable() or set(page_text) - {"\n"} == {c for c in page_text if c.isprintable()}
    assert max(map(len, page_text.splitlines())) <= 80


def test_columns_align_and_fold() -> None:
    rows = [["a", "long words that have to be folded somewhere" * 2, "1.0"], ["bcd", "short", "12.0"]]
    lines = columns(["x", "text", "n"], rows, "lwr")
    assert max(map(len, lines)) <= 80
    assert lines[0].rstrip().endswith("n")
    assert lines[1].startswith("  a    long words")
    assert lines[1].rstrip().endswith("1.0")
    assert len(lines) > 3


# --- the operate part of a plan's page -----------------------------------------------------------------------------


def test_the_page_of_a_plan_has_the_limits_first() -> None:
    text = page(factories.make_plan(bulk=False), upto="operate")
    lines = lines_of(text)
    at = lines.index("HOW IT IS HELD")
    assert lines[at + 1] == "  limits that are missed:"
    assert "soyuz-ms-31 launch, 25.2 deg" in lines[at + 2]
    for wanted in ("180 days without a reboost end at", "14 of 15 are kept", "1 limit missed", "food, 88 kg below its"):
        assert wanted in text


@pytest.mark.parametrize("name", ["violations", "phases", "supplies"])
def test_the_page_of_an_older_plan_is_as_it_was(name: str) -> None:
    plan = factories.make_plan(bulk=False)
    assert isinstance(plan.operate, Operate)
    empty = plan.operate.model_copy(
        update={"violations": (), "phases": (), "supplies": (), "solver": None, "reflight": None, "survival_days": 0}
    )
    text = page(plan.model_copy(update={"operate": empty}), upto="operate")
    assert "415.0 to 422.0 km mean altitude\n" in text
    for gone in ("limits that are missed", "phase windows", "tightest supply", "re-flown", "schedule"):
        assert gone not in text
    told = page(plan.model_copy(update={"operate": empty.model_copy(update={name: getattr(plan.operate, name)})}))
    assert told != page(plan.model_copy(update={"operate": empty}))
