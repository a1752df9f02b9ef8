from __future__ import annotations

import re

from tests import factories, trade_factory

from pointnemo.reporting.html import render_report
from pointnemo.reporting.page import page
from pointnemo.reporting.trade_figure import trade_figure
from pointnemo.reporting.trade_words import explained, latest_table, quarter_table, supplier_table
from pointnemo.results import Descend, Plan

TRADE = trade_factory.make_trade()


def plan_with_trade() -> Plan:
    plan = factories.make_plan(bulk=False)
    assert isinstance(plan.descend, Descend)
    return plan.model_copy(update={"descend": plan.descend.model_copy(update={"trade": TRADE})})


def test_quarters_and_the_plans_own_start_with_who_pays() -> None:
    header, rows = quarter_table(TRADE)
    assert header == ["start", "low", "mean", "high", "loads", "docked", "left"]
    assert rows == [
        ["2026-09-06", "3.10", "0.64", "0", "0.7", "0.95", "not there"],
        ["2027-01-01", "3.60", "1.34", "0", "1.4", "0.95", "not there"],
        ["2028-12-31 *", "6.90", "4.63", "1.96", "4.9", "0.95", "not there"],
        ["2029-07-01", "7.90", "6.40", "4.70", "6.7", "7.71", "9.81"],
        ["2030-07-01", "-", "11.70", "9.80", "12.3", "7.71", "too little"],
    ]
    assert len(quarter_table(TRADE, every_month=True)[1]) == len(trade_factory.STARTS)


def test_latest_starts_and_what_the_plans_start_needs() -> None:
    _, rows = latest_table(TRADE)
    assert rows == [
        ["2030-12-31 *", "none", "none", "2027-08-27", "6.90", "4.63", "1.96"],
        ["2031-12-31", "none", "2027-01-19", "2029-01-02", "5.40", "3.13", "0.46"],
    ]


def test_who_cannot_pay_is_told_why() -> None:
    _, rows = supplier_table(TRADE)
    assert [row[-1] for row in rows] == ["yes", "its engine raises only", "yes"]
    assert "2030-12-01" not in explained(TRADE)
    left_out = TRADE.model_copy(update={"not_held": ("2030-12-01",)})
    assert "cannot be held until then: 2030-12-01" in explained(left_out)


def test_the_page_has_the_trade_where_there_is_one() -> None:
    text = page(plan_with_trade(), upto="descend")
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(r"2028-12-31 \* +6\.90 +4\.63 +1\.96 +4\.9 +0\.95 +not there", text)
    assert re.search(r"2031-12-31 +none +2027-01-19 +2029-01-02 +5\.40", text)
    assert "Cygnus: its engine raises only" in text
    assert "the trade" not in page(factories.make_plan(bulk=False), upto="descend")


def test_the_figure_has_lines_plan_dates_and_suppliers() -> None:
    drawn = trade_figure(TRADE)
    assert drawn is not None
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", drawn)
    for wanted in (
        "low activity", "mean activity", "high activity", "the plan", "by 2031-12-31", "propellant, t",
        "one load of Progress MS, 0.95 t", "to spare in US Deorbit Vehicle, 6.99 t",
    ):  # fmt: skip
        assert wanted in texts, wanted
    assert drawn == trade_figure(TRADE)
    assert trade_figure(TRADE.model_copy(update={"rows": ()})) is None


def test_the_report_has_figure_and_tables() -> None:
    html = render_report(plan_with_trade(), None, None, None, [])
    assert "The trade: start of lowering, propellant, date" in html
    assert "Propellant for lowering, by its start, to be down by 2030-12-31" in html
    assert f"Every start ({len(trade_factory.STARTS)})" in html
    assert "The trade" not in render_report(factories.make_plan(bulk=False), None, None, None, [])
