"""Sentences and rows about an operation that the page and the HTML report share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pointnemo.operations.operate_report import Change
from pointnemo.reporting import words
from pointnemo.results import Commitment, CommitmentGap, Operate, Reflight, Solver, Violation

__all__ = [
    "angle_range",
    "changed_words",
    "could_words",
    "covered_words",
    "gap_words",
    "late_crews_words",
    "ledger_words",
    "missed",
    "missed_words",
    "outcome_words",
    "purpose_words",
    "reflight_rows",
    "solver_words",
    "violation_lines",
]

_FLIGHTS = 4  # named of those that could step in


def missed(operate: Operate) -> list[tuple[Violation, bool]]:
    """Every limit that is missed, and whether it is the re-flight that misses it; in the order of the document."""
    flown = operate.reflight.violations if operate.reflight else ()
    planned = [(one, one in flown) for one in operate.violations]
    return planned + [(one, True) for one in flown if one not in operate.violations]


def outcome_words(operate: Operate) -> str:
    """What the plan keeps, in one sentence: how many limits are missed, and whether less could be."""
    count = len(missed(operate))
    if count:
        searched = operate.solver is None or operate.solver.status != "search limit"
        least = "this plan misses them least" if searched else "no plan was found that misses less"
        return f"{count} {'limit is' if count == 1 else 'limits are'} missed; {least}"
    short = len(operate.shortfalls)
    return (
        "every limit holds"
        + (", re-flown as well" if operate.reflight else "")
        + (f"; {short} {'shortfall' if short == 1 else 'shortfalls'}" if short else "")
    )


def violation_lines(operate: Operate, shown: int, file: str) -> list[str]:
    """Limits that are missed, each with what would mend it; those that do not fit are counted by kind.

    Args:
        operate: the stage's result.
        shown: how many at most.
        file: name of the file that has them all.

    Returns:
        Lines of at most 80 columns; none where nothing is missed.
    """
    found = missed(operate)
    lines: list[str] = []
    for one, flown in found[:shown]:
        lines += words.wrapped(missed_words(one, flown), "  ", "    ")
        lines += words.wrapped(one.text, "      ")
    hidden = Counter(one.constraint for one, _ in found[shown:])
    if hidden:
        kinds = ", ".join(f"{count} of {kind}" for kind, count in hidden.items())
        lines += words.wrapped(f"and {hidden.total()} more, see {file}: {kinds}", "  ", "    ")
    return lines


def missed_words(one: Violation, flown: bool) -> str:
    """When it is worst, which limit, who misses it, by how much."""
    amount = f"{words.value_text(one.amount)} {words.unit_text(one.unit)}".rstrip()
    return f"{words.day(one.utc)}  {one.constraint}{' (re-flown)' if flown else ''}: {one.subject}, {amount}"


def could_words(backups: Sequence[Commitment]) -> str:
    """Who could supply something without being committed to it, with some of the flights that would."""
    told = []
    for partner in dict.fromkeys(one.partner for one in backups):
        flights = list(dict.fromkeys(one.flight for one in backups if one.partner == partner and one.flight))
        last = max(one.until_utc for one in backups if one.partner == partner)
        more = f" and {len(flights) - _FLIGHTS} more" if len(flights) > _FLIGHTS else ""
        named = f" with {', '.join(flights[:_FLIGHTS])}{more}" if flights else ""
        told.append(f"{partner}{named}, to {words.day(last)}")
    return "; ".join(told)


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


def purpose_words(purpose: str) -> str:
    """What a burn is for, in little room: the event alone where it sets a phase."""
    text = words.clean(purpose).removeprefix("phase of ").removeprefix("phase: ")
    return re.sub(r"^(launch|landing) of (\S+)$", r"\2 \1", text)


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
        ["limits of altitude, phase, propellant missed", "", str(len(f.violations)), ""],
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


def ledger_words(operate: Operate) -> str:
    """Over what time the ledger runs, which is longer than that of the rest."""
    return (
        f"the ledger goes on beyond {words.day(operate.until_utc)}, to the hand-over to the targeted burns: what "
        "attitude control takes meanwhile is in it"
    )


def late_crews_words(operate: Operate) -> str:
    """That crews who come after operations miss what is asked of a crew, which is no limit of operation; or nothing."""
    until, told = words.day(operate.until_utc), {one.subject for one in operate.violations}
    wrong = [one for one in operate.rotations if not one.ok and one.flight not in told]
    late = [one.flight for one in wrong if words.day(one.arrive_utc) > until]
    if not late:
        return ""
    return (
        f"{', '.join(late)}: after {until} what is asked of a crew is told, and not counted among the limits of "
        "operation"
    )


def covered_words(gap: CommitmentGap) -> str:
    """Whether anything could help in a gap, and how far that goes; what it is follows as ``gap.cover``."""
    if not gap.cover:
        return "nothing covers it"
    until = words.day(gap.covered_until_utc, "")
    return f"could be covered without a pause until {until}; what helps:" if until else "what helps in part:"
