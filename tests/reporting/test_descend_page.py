from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories
from tests.descend_factory import (
    make_bare_descend_report,
    make_descend_report,
    make_rich_descend,
    make_stuck_descend_report,
)

from pointnemo.descent.report import DescendReport
from pointnemo.reporting.descend_page import descend_page
from pointnemo.reporting.descend_words import missing, stage_words
from pointnemo.reporting.failure_words import (
    after_words,
    alike,
    best_recourse,
    chosen_branches,
    failure_words,
    monthly,
    once_in,
    reliability_words,
    together_words,
)
from pointnemo.reporting.page import page
from pointnemo.results import Branch, Constraint, Descend, Estimate, Recourse

ANSI = re.compile(r"\x1b\[[0-9;]*m")
REPORT = make_descend_report()


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


def squeezed(text: str) -> str:
    return " ".join(text.split())


def changed(**fields: object) -> DescendReport:
    return REPORT.model_copy(update=fields)


def branch(key: str) -> Branch:
    return next(one for one in REPORT.branches if one.id == key)


def test_the_answer_stands_first() -> None:
    lines = lines_of(descend_page(make_descend_report(("x=1",)), folder="runs/iss-77e0d1c2"))
    assert lines[0] == "pointnemo 0.1.0: bringing iss down by 2030-12-31         inputs 77e0d1c2, seed 0"
    assert lines[2] == "  with --set x=1"
    head = squeezed("\n".join(lines[3:10]))
    assert head.startswith(
        "COMES DOWN 2032-03-14 09:41:07 UTC at 122 km over 24.10 S 164.70 W, aimed at 48.88 S 123.39 W"
    )
    assert "HOW SURELY 2031-04-11 under high solar activity, not by 2033 under low;" in head
    assert "4 of 5 passes keep clear of land and ice; the final burn may fail once in 810 times" in head
    assert "NOT KEPT entry is 439 days after 2030-12-31" in head
    assert lines[-1] == "files in  runs/iss-77e0d1c2/ (open descend.html; descend.json has every number)"


def test_every_section_tells_its_figures() -> None:
    text = descend_page(REPORT)
    lines_of(text)
    wanted = {
        "BEST WAY DOWN": (
            "mean solar activity least propellant * latest departure largest margin",
            "keeps every limit yes NO yes",
            "lowering propellant 4,630 kg 0 kg 11,130 kg",
            "before the date 3 d -439 d 304 d",
            "--set descent.lowering_propellant_kg=4630",
            "latest departure: by drag alone; not kept: entry is 439 days after 2030-12-31",
            "6,500 kg of us-deorbit-vehicle from 2029-09-05 to 2029-11-10 (43.0 m/s)",
        ),
        "TIMELINE": ("2031-09-13 00:00 330 last crew leaves", "2032-03-14 09:41 122 entry interface"),
        "SOLAR ACTIVITY": ("entry not by 2033 2032-03-14 2031-04-11",),
        "THE TRADE": ("2028-12-31 * 6.90 4.63 1.96", "Cygnus: its engine raises only"),
        "ATTITUDES": ("burns 2032-03-10 - 1,370 (849-1,918) edge-on", "- us-deorbit-vehicle: lowers as it stands"),
        "BURNS": (
            "final 2032-03-14 09:03:55 19 min 26 s 27.35 26.94 4,156 38.7",
            "together 57.10 8,745",
            "8,745 of 16,000 kg; reserve 500 kg",
            "1.5 % with 26 thrusters in final",
            "2032-03-14 08:33 for final",
        ),
        "TARGETING": ("moved -140 km along the track", "8.2 km from the aim: reached in 6 steps", "-1,204 s"),
        "PHASING": ("-1,198 s reached as flown", "2032-02-20 08:00 249.3 -> 247.9 0.81 121", "10 540 1180"),
        "OPPORTUNITIES": (
            "primary 0 2032-03-14 09:03 6.0 4,156 884 Marotiri ok",
            "backup-3 +16 2032-03-15 08:38",
            "backup-2: 159 km too near; the heel lies too near to land",
        ),
        "IF A BURN FAILS": (
            "final, 27.35 m/s at 2032-03-14 09:03",
            "90 % made 2032-03-14 09:58 37 (30-47) min +1,425 52 S 105 W 1.5e-4",
            "not started 2032-03-15 23:27 38 (31-48) h - anywhere 0.081",
            "still possible: nothing",
            "and 40 more failures, see descend.json",
        ),
        "IF ALL PROPULSION IS LOST": (
            "0.081 raise/raise/nothing",
            "0.081 otherwise/raise/nothing",
            "0.081 nothing",
        ),
        "POINT OF NO RETURN": ("mean * 2031-11-20 305 372 37.5 37.6 5,720 3.4", "high: nothing docked could raise it"),
        "REQUIRED RELIABILITY": ("final 0.081 810 0.99877", "limit 1e-4; uncontrolled: 0.0810 persons"),
    }
    for title, texts in wanted.items():
        told = squeezed(section(text, title))
        assert [one for one in texts if squeezed(one) not in told] == [], title


@pytest.mark.parametrize(
    ("field", "title"),
    [
        ("optimum", "BEST WAY DOWN"),
        ("trade", "THE TRADE"),
        ("attitudes", "ATTITUDES"),
        ("phasing", "PHASING"),
        ("opportunities", "OPPORTUNITIES"),
        ("branches", "IF A BURN FAILS"),
        ("losses", "IF ALL PROPULSION IS LOST"),
        ("points_of_no_return", "POINT OF NO RETURN"),
        ("reliability", "REQUIRED RELIABILITY"),
        ("targeting", "TARGETING"),
    ],
)
def test_what_was_not_computed_has_no_section(field: str, title: str) -> None:
    value = getattr(REPORT, field)
    text = descend_page(changed(**{field: () if isinstance(value, tuple) else None}))
    lines_of(text)
    assert title not in text
    assert title in descend_page(REPORT)


def test_older_and_endless_descents_have_pages() -> None:
    bare = descend_page(make_bare_descend_report())
    lines_of(bare)
    assert "final" in section(bare, "BURNS")
    assert "IF A BURN FAILS" not in bare
    stuck = descend_page(make_stuck_descend_report())
    lines_of(stuck)
    assert "COMES DOWN  not reached: the weather forecast ends before" in stuck
    assert "NOT KEPT    it is not down by 2030-12-31" in stuck
    assert section(stuck, "BURNS").strip() == "none are flown"
    unflown = REPORT.model_copy(update={"entry": None, "targeting": None, "burns": ()})
    assert "COMES DOWN  about 2032-03-14; the targeted burns are not flown" in descend_page(unflown)


def test_each_thing_that_is_missing_is_named() -> None:
    descend = make_rich_descend()
    assert missing(descend, "2033-12-31") == []
    assert descend.targeting is not None
    changes: tuple[tuple[dict[str, object], str], ...] = (
        (
            {"targeting": descend.targeting.model_copy(update={"converged": False, "miss_km": 1234.0})},
            "missed by 1,234 km",
        ),
        (
            {"targeting": descend.targeting.model_copy(update={"aim_shift_km": -2975.0})},
            "the aim had to be moved by 2,975 km along the track to clear land",
        ),
        ({"deorbit_propellant_used_kg": 16500.0}, "take 500 kg more than us-deorbit-vehicle brings"),
        ({"deorbit_vehicle_arrival_utc": "2032-03-12T00:00:00Z"}, "docks on 2032-03-12, after the first burn"),
        ({"deorbit_vehicle_departure_utc": "2031-12-31T00:00:00Z"}, "is to leave on 2031-12-31, before the entry"),
        ({"opportunities": descend.opportunities[2:3]}, "no backup pass keeps clear"),
        (
            {"opportunities": (descend.opportunities[2].model_copy(update={"kind": "primary"}),)},
            "the primary pass lies 159 km too near to Antipodes Islands",
        ),
    )
    for fields, wanted in changes:
        found = missing(descend.model_copy(update=fields), "2033-12-31")
        assert len(found) == 1, fields
        assert wanted in found[0]
    assert missing(descend, "2032-03-13") == ["entry is 1 day after 2032-03-13"]
    kept = changed(limits=REPORT.limits.model_copy(update={"deorbit_by": "2033-12-31"}))
    assert "\nKEPT        everything" in descend_page(kept)


def test_what_the_manifest_misses_is_no_plain_yes() -> None:
    optimum = REPORT.optimum
    assert optimum is not None
    first, *others = optimum.strategies
    missed = Constraint(id="crew_handover", text="handover", value=0.0, limit=5.0, unit="days, at least", ok=False)
    strategies = (first.model_copy(update={"constraints": (*first.constraints, missed)}), *others)
    page = descend_page(changed(optimum=optimum.model_copy(update={"strategies": strategies})))
    assert "keeps every limit except crews NO yes" in squeezed(section(page, "BEST WAY DOWN"))


@pytest.mark.parametrize(("kg", "told"), [(25.4, "25 kg more"), (-6.4, "6 kg less"), (-0.3, "0 kg more")])
def test_phasing_may_spare_propellant(kg: float, told: str) -> None:
    phasing = REPORT.phasing
    assert phasing is not None
    page = descend_page(changed(phasing=phasing.model_copy(update={"propellant_kg": kg})))
    assert told in section(page, "PHASING")


# --- what if -------------------------------------------------------------------------------------------------------


def test_what_matters_is_chosen_of_each_burn() -> None:
    chosen = dict(chosen_branches(REPORT.branches))
    assert list(chosen) == [burn.id for burn in REPORT.burns]
    assert [failure_words(one) for one in chosen["final"]] == [
        "not started", "50 % made", "90 % made", "105 % made", "30 deg off"
    ]  # fmt: skip
    assert failure_words(branch("final-starts-late-300")) == "300 s late"
    only = [one for one in REPORT.branches if one.id == "final-stops-early-0.95"]
    assert [one.id for _, found in chosen_branches(only) for one in found] == ["final-stops-early-0.95"]
    assert chosen_branches(()) == []


def test_the_worst_pointing_is_the_most_dangerous() -> None:
    harmless, worse = branch("final-points-wrong-30"), branch("final-points-wrong-10")
    risk = Estimate(value=0.5, low=0.4, high=0.6, level=0.9, unit="persons")
    rows = [harmless, worse.model_copy(update={"casualty_expectation": risk})]
    assert [one.id for _, found in chosen_branches(rows) for one in found] == [worse.id]


def test_what_can_be_done_is_told_once_for_branches_alike() -> None:
    raised = Recourse(id="raise", text="raise to 230 km", until_utc="2032-03-12T08:00:00Z")
    later = raised.model_copy(update={"until_utc": "2032-03-12T09:00:00Z"})
    first, second = (branch("final-not-started-0").model_copy(update={"recourses": (one,)}) for one in (later, raised))
    third = first.model_copy(update={"recourses": ()})
    assert [len(run) for run in alike([first, second, third])] == [2, 1]
    assert together_words([first, second]) == "raise to 230 km, until 2032-03-12 08:00 or later"
    assert together_words([first]) == "raise to 230 km, until 2032-03-12 09:00"
    other = second.model_copy(update={"recourses": (raised.model_copy(update={"text": "raise to 240 km"}),)})
    assert together_words([first, other]).startswith("raise it, until")
    assert together_words([third]) == "nothing"
    none = third.model_copy(update={"recourses": (Recourse(id="none", text="too late for anything"),)})
    assert together_words([none]) == "too late for anything"
    assert best_recourse(()) == "none"
    tug = raised.model_copy(update={"vehicle": "zvezda, usdv"})
    drag = Recourse(id="shift", text="arrays")
    assert best_recourse((tug, drag)) == "raise"
    assert best_recourse((tug, drag), without="usdv") == "shift"
    assert best_recourse((tug, drag), without="other") == "raise"
    assert best_recourse((tug, drag), thrust=False) == "shift"
    assert best_recourse((tug,), thrust=False) == "none"
    assert best_recourse((tug, drag), without="other", thrust=False) == "shift"
    assert best_recourse((Recourse(id="shift", text=""), raised)) == "raise"


@pytest.mark.parametrize(
    ("days", "wanted"),
    [(0.026, "37 (30-49) min"), (0.5, "12 (10-16) h"), (2.26, "2.3 (1.8-2.9) d"), (1264.0, "1,264 (1,011-1,643) d")],
)
def test_times_are_told_in_the_unit_that_suits(days: float, wanted: str) -> None:
    e = Estimate(value=days, low=0.8 * days, high=1.3 * days, level=0.9, unit="days")
    assert after_words(e) == wanted
    assert "(" not in after_words(e, interval=False)
    assert after_words(None) == "-"


def test_months_are_thinned_and_the_last_day_is_kept() -> None:
    shown = monthly(REPORT.losses)
    assert shown[0] is REPORT.losses[0]
    assert shown[-1] is REPORT.losses[-1]
    assert len(shown) <= 31
    short = REPORT.losses[-12:]
    months = {one.utc[:7] for one in short}
    assert len(monthly(short)) in (len(months), len(months) + 1)
    assert monthly(()) == []


def test_reliability_is_rounded_so_that_it_is_enough() -> None:
    assert reliability_words(0.9987654321) == "0.99877"
    assert reliability_words(0.99999991) == "1"
    assert reliability_words(-3.0) == "none"
    assert once_in(1.0 / 810.0) == "once in 810 times"
    assert once_in(2.0) == "always"
    assert once_in(0.0) == "never"


def test_intervals_give_way_where_there_is_no_room() -> None:
    e = Estimate(value=1234.0, low=1000.0, high=20000.0, level=0.9, unit="days")
    wide = branch("final-stops-early-0.9").model_copy(
        update={"burn": "final", "days_to_entry": e, "range_shift_km": 19_000.0, "amount": 0.9}
    )
    text = descend_page(changed(branches=(wide,)))
    lines_of(text)
    assert "1,234 d " in section(text, "IF A BURN FAILS")


def test_a_branch_that_stays_up_says_so() -> None:
    up = branch("lower-1-not-started-0").model_copy(
        update={"entry_utc": None, "days_to_entry": None, "impact": None, "casualty_expectation": None}
    )
    told = squeezed(section(descend_page(changed(branches=(up,))), "IF A BURN FAILS"))
    assert "not started stays up - -" in told


# --- shape ---------------------------------------------------------------------------------------------------------


def test_colour_is_paint_over_the_same_text() -> None:
    painted = descend_page(REPORT, color=True)
    assert "\x1b[1;31mNOT KEPT" in painted
    assert "\x1b[1mBEST WAY DOWN" in painted
    assert ANSI.sub("", painted) == descend_page(REPORT)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=90), st.text(max_size=200))
def test_any_text_keeps_the_page_in_shape(name: str, text: str) -> None:
    o, p = REPORT.opportunities[0], REPORT.points_of_no_return[0]
    assert REPORT.optimum is not None
    report = changed(
        deorbit_vehicle=name,
        opportunities=(o.model_copy(update={"id": name, "nearest_land": name, "text": text}),),
        points_of_no_return=(p.model_copy(update={"with_what": (name, name), "text": text}),),
        attitudes=(REPORT.attitudes[0].model_copy(update={"attitude": name, "text": text, "thrust": (text,)}),),
        branches=(branch("final-not-started-0").model_copy(update={"burn": name}),),
        optimum=REPORT.optimum.model_copy(update={"text": text}),
        milestones=(REPORT.milestones[0].model_copy(update={"text": text}),),
    )
    lines = descend_page(report).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line.isprintable() for line in lines)


# --- the descend part of a plan's page -----------------------------------------------------------------------------


def test_the_page_of_a_plan_tells_passes_failures_and_the_point_of_no_return() -> None:
    plan = factories.make_plan(bulk=False)
    text = page(plan.model_copy(update={"descend": make_rich_descend()}), upto="descend")
    lines_of(text)
    for wanted in (
        "passes 4 of 5 keep clear of land and ice; nearest backup-2, 211 km to Antipodes Islands",
        "best way (least propellant) 4,630 kg of progress-ms",
        "no return after 2032-02-04 at 265 km; without the deorbit vehicle after 2031-11-20 at 305 km",
        "if a burn fails lower-1 ",
        "final burn must work with 0.99877: it may fail once in 810 times",
    ):
        assert wanted in squeezed(text)


def test_the_page_of_an_older_plan_is_as_it_was() -> None:
    plan = factories.make_plan(bulk=False)
    text = page(plan, upto="descend")
    for gone in ("passes", "best way", "no return", "if a burn fails"):
        assert gone not in text
    assert isinstance(plan.descend, Descend)


def test_a_way_that_is_kept_is_not_called_not_kept() -> None:
    assert REPORT.optimum is not None
    told = "The manifest of crews misses a handover."
    kept, missed = (
        stage_words(REPORT.optimum.strategies[0].model_copy(update={"feasible": feasible, "why_not": told}))
        for feasible in (True, False)
    )
    assert kept.endswith(f". {told}")
    assert "not kept" not in kept
    assert missed.endswith(f"; not kept: {told}")
