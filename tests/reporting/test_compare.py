from __future__ import annotations

from tests import factories

from pointnemo.reporting.compare import compare
from pointnemo.results import Descend, Plan

PLAN = factories.make_plan(bulk=False)


def changed() -> Plan:
    plan = factories.make_plan(feasible=True, set=("descent.lowering_start=2027-05-24",), bulk=False)
    assert isinstance(plan.descend, Descend)
    lines = tuple(
        line.model_copy(update={"entry_utc": "2030-09-14T06:00:00Z"}) if line.activity == "mean" else line
        for line in plan.descend.lines
    )
    descend = plan.descend.model_copy(
        update={"lines": lines, "lowering_start_utc": "2027-05-24T00:00:00Z", "final_perigee_km": 41.2}
    )
    return plan.model_copy(update={"descend": descend})


def test_the_same_plan_has_no_difference() -> None:
    assert compare(PLAN, PLAN) == "no difference: same inputs, same results\n"


def test_what_changed_is_told_with_difference_and_unit() -> None:
    text = compare(PLAN, changed())
    assert max(map(len, text.splitlines())) <= 80
    assert "descent.lowering_start: (not set) -> 2027-05-24" in text
    assert "VERDICT: not feasible -> feasible" in text
    rows = {line[2:30].strip(): line.split() for line in text.splitlines()}
    deorbit = next(line for line in text.splitlines() if line.startswith("  deorbit_by"))
    assert deorbit.endswith("FAIL -> ok")
    entry = next(line for line in text.splitlines() if "entry, mean activity" in line)
    assert entry.split()[3:] == ["2032-03-14", "2030-09-14", "-547", "d"]
    assert any("+2.50" in cells and "km" in cells for cells in rows.values())
    assert "propellant margin" not in text  # the same in both


def test_the_way_back_is_the_negative() -> None:
    assert "+547 d" in compare(changed(), PLAN)
    assert "-2.50" in compare(changed(), PLAN)


def test_against_a_plan_that_never_comes_down() -> None:
    text = compare(PLAN, factories.make_stuck_plan())
    assert max(map(len, text.splitlines())) <= 80
    assert "footprint length" in text


def test_against_a_run_without_verdict() -> None:
    short = factories.make_run("track").plan
    assert "VERDICT: only one of the two runs" in compare(PLAN, short)
    assert compare(short, short) == "no difference: same inputs, same results\n"


def test_a_moved_limit_is_told() -> None:
    checks = tuple(
        c.model_copy(update={"limit": "2033-01-01"}) if c.id == "deorbit_by" else c for c in PLAN.verdict.checks
    )
    later = PLAN.model_copy(update={"verdict": PLAN.verdict.model_copy(update={"checks": checks})})
    assert "limit of deorbit_by: 2030-12-31 -> 2033-01-01" in compare(PLAN, later)


def test_another_scenario_seed_version_and_data() -> None:
    p = PLAN.provenance
    newer = tuple(f.model_copy(update={"version": "2027-01-01", "sha256": "00" * 32}) for f in p.data)
    update = {"scenario": "mir", "seed": 3, "package_version": "0.2.0", "data": newer}
    text = compare(PLAN, PLAN.model_copy(update={"provenance": p.model_copy(update=update)}))
    for wanted in ("scenario: iss -> mir", "seed: 0 -> 3", "version: 0.1.0 -> 0.2.0", "2026-10-06 -> 2027-01-01"):
        assert wanted in text
