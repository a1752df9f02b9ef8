"""The page at 80 columns of ``pointnemo assess --uncontrolled``, and the document as it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointnemo.reporting import words
from pointnemo.reporting.layout import fact, fold, table

if TYPE_CHECKING:
    from pointnemo.planning.uncontrolled import UncontrolledReport

__all__ = ["uncontrolled_json", "uncontrolled_page"]


def uncontrolled_json(report: UncontrolledReport) -> str:
    """The document ``pointnemo/uncontrolled/1``: keys in the order of the models."""
    return report.model_dump_json(by_alias=True, indent=1) + "\n"


def uncontrolled_page(report: UncontrolledReport) -> str:
    """The readable page.

    Args:
        report: the document.

    Returns:
        Lines of at most 80 columns, ending in a newline.
    """
    one_in = "nobody lives under it" if report.one_in is None else f"one casualty in {report.one_in:,.0f} re-entries"
    lines = [
        f"UNCONTROLLED RE-ENTRY: inclination {report.inclination_deg:g} deg, {report.year:g}, casualty area "
        f"{words.quantity(report.casualty_area_m2.value)} m2",
        "=" * words.WIDTH,
        *fact("expected", f"{words.estimate(report.casualty_expectation)}: {one_in}"),
        *fact("one or more", words.estimate(report.probability_of_casualty)),
        *fact("people under it", words.estimate(report.density_per_km2)),
    ]
    if report.critical_area_m2 is not None:
        lines += fact("area for 1e-4", words.estimate(report.critical_area_m2))
    if report.individual_risk_place is not None:
        where = words.place(report.individual_risk_place)
        lines += fact("any one person", f"{words.quantity(report.individual_risk)} at most, at {where}")
    rows = [
        [
            f"{rule.agency}: {rule.quantity}",
            "-" if rule.value is None else words.value_text(rule.value),
            words.value_text(rule.limit),
            "-" if rule.ok is None else "ok" if rule.ok else "FAIL",
        ]
        for rule in report.rules
    ]
    lines += ["", *table(["rule", "value", "limit", "kept"], rows)]
    return "\n".join(fold(lines)) + "\n"
