"""Sentences and rows about an operation that the page and the HTML report share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pointnemo.operations.operate_report import Change
from pointnemo.reporting import words
from pointnemo.results import CommitmentGap, Operate, Reflight, Solver, Violation

__all__ = [
    "angle_range",
    "changed_words",
    "gap_words",
    "misses",
    "outcome_words",
    "reflight_rows",
    "solver_words",
    "uncovered",
    "violation_lines",
]


def misses(operate: Operate) -> bool:
    """Whether a limit is missed, as planned or as re-flown."""
    return bool(operate.violations or (operate.reflight and operate.reflight.violations))


def outcome_words(operate: Operate) -> str:
    """What the plan keeps, in one sentence: how many limits are missed, planned and re-flown."""
    planned, flown = len(operate.violations), len(operate.reflight.violations) if operate.reflight else 0
    if misses(operate):
        again = f", {flown} when it is re-flown" if operate.reflight else ""
        return f"{planned} {'limit is' if planned == 1 else 'limits are'} missed{again}; this plan misses them least"
    short = len(operate.shortfalls)
    return (
        "every limit holds"
        + (", re-flown as well" if operate.reflight else "")
        + (f"; {short} {'shortfall' if short == 1 else 'shortfalls'}" if short else "")
    )


def violation_lines(violations: Sequence[Violation], shown: int, file: str) -> list[str]:
    """Limits that are missed, each with what would mend it; those that do not fit are counted by kind.

    Args:
        violations: in the order of the document.
        shown: how many at most.
        file: name of the file that has them all.

    Returns:
        Lines of at most 80 columns; none where nothing is missed.
    """
    lines: list[str] = []
    for one in violations[:shown]:
        amount = f"{words.value_text(one.amount)} {words.unit_text(one.unit)}".rstrip()
        lines += words.wrapped(f"{words.day(one.utc)}  {one.constraint}: {one.subject}, {amount}", "  ", "    ")
        lines += words.wrapped(one.text, "      ")
    hidden = Counter(one.constraint for one in violations[shown:])
    if hidden:
        kinds = ", ".join(f"{count} of {kind}" for kind, count in hidden.items())
        lines += words.wrapped(f"and {hidden.total()} more, see {file}: {kinds}", "  ", "    ")
    return lines


def changed_words(change: Change) -> str:
    """One change: what there was, what there is."""
    if not change.before:
        return f"{change.what}: new, {change.after}"
    if not change.after:
        return f"{change.what}: no more (was {change.before})"
    return f"{change.what}: {change.before} -> {change.after}"


def solver_words(solver: Solver) -> list[tuple[str, str]]:
    """How good the schedule is, as label and text."""
    bound = (
        f"{words.grouped(solver.objective_kg)} kg; nothing on this grid is below {words.grouped(solver.bound_kg)} kg, "
        f"a gap of {words.per(round(solver.gap, 4))}"
    )
    return [
        ("solver", f"{solver.method}: {solver.status}"),
        ("objective", bound),
        (
            "burns",
            f"{solver.burns} on {solver.slots} days on which there could be one; {solver.rounds} rounds, "
            f"altitude repeated within {solver.linear_error_km * 1000.0:.0f} m",
        ),
    ]


def reflight_rows(report: Operate, reflight: Reflight) -> list[list[str]]:
    """What was planned beside what was flown: name, planned, re-flown, unit."""
    r, f = report, reflight
    return [
        ["burns", str(len(r.reboosts)), str(len(f.reboosts)), ""],
        ["delta-v", f"{r.reboost_delta_v_mps:.2f}", f"{f.delta_v_mps:.2f}", "m/s"],
        ["propellant", words.grouped(r.reboost_propellant_kg), words.grouped(f.propellant_kg), "kg"],
        ["least margin above the lower edge", f"{r.lowest_margin_km:.2f}", f"{f.lowest_margin_km:.2f}", "km"],
        ["  on", words.day(r.lowest_margin_utc), words.day(f.lowest_margin_utc), ""],
        ["highest altitude", f"{r.highest_altitude_km:.2f}", f"{f.highest_altitude_km:.2f}", "km"],
        ["altitude at the end", f"{r.end_altitude_km:.2f}", f"{f.end_altitude_km:.2f}", "km"],
        ["largest difference of altitude", "", f"{f.altitude_difference_km:.2f}", "km"],
        ["limits missed", str(len(r.violations)), str(len(f.violations)), ""],
    ]


def angle_range(low_deg: float, high_deg: float) -> str:
    """A range of phases: ``4 to 9``, ``-11 to 11``."""
    return f"{low_deg:.0f} to {high_deg:.0f}"


def gap_words(gap: CommitmentGap) -> str:
    """Which need nobody is committed to, when, and what follows from it."""
    return (
        f"{gap.need}: {words.day(gap.from_utc)} to {words.day(gap.to_utc)}, {words.grouped(gap.days)} days; "
        f"{gap.consequence}"
    )


def uncovered(gap: CommitmentGap) -> str:
    """What could help in a gap, and how far that goes."""
    if not gap.cover:
        return "nothing covers it"
    until = f", until {words.day(gap.covered_until_utc)}" if gap.covered_until_utc else ", but not for long enough"
    return f"could help: {', '.join(gap.cover)}{until}"
