"""What an assessment says about areas, windows, rules and risk, as tables of text, for the page and the report."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from pointnemo.reporting import words
from pointnemo.results import Assess, Convergence, Estimate, HazardArea, Rule

__all__ = [
    "area_table",
    "backup_words",
    "branch_table",
    "casualty_table",
    "convergence_table",
    "exposure_words",
    "failure_words",
    "individual_words",
    "part_table",
    "piece_words",
    "rule_table",
    "support_words",
    "warning_words",
    "window_table",
]

Table = tuple[list[str], list[list[str]]]

_DEFINITIONS = {"nasa": "NASA", "opiela-matney": "Opiela-Matney", "cnes": "CNES"}


def area_table(assess: Assess, backup: bool = False) -> Table:
    """Every area to be closed: how sure it is, from how many runs, how large, how far from land.

    Args:
        assess: the assessment.
        backup: those of the backup pass.

    Returns:
        Header and rows.
    """
    header = ["area", "holds all", "confidence", "runs", "km x km", "km2", "land, km"]
    return header, [
        [
            area.id,
            words.per(area.level),
            "-" if area.confidence is None else words.per(round(area.confidence, 3)),
            words.grouped(area.runs),
            f"{words.grouped(area.length_km)} x {words.grouped(area.width_km)}",
            words.grouped(area.area_km2),
            words.grouped(area.land_distance_km),
        ]
        for area in (assess.backup_hazard_areas if backup else assess.hazard_areas)
    ]


def support_words(assess: Assess) -> list[str]:
    """What the number of runs alone supports for each area: one sentence each for those with a confidence."""
    told = []
    for area in assess.hazard_areas:
        if area.runs_confidence is None or area.runs_needed is None:
            continue
        alone = words.per(float(f"{min(area.runs_confidence, 0.999):.3g}"))
        alone = f"more than {alone}" if area.runs_confidence > 0.999 else alone
        text = f"{area.id}: {words.grouped(area.runs)} runs alone hold {words.per(area.level)} with {alone} confidence"
        enough = area.runs >= area.runs_needed
        more = "" if enough else f"; {words.grouped(area.runs_needed)} would with 95 %, the rest is a model of the tail"
        told.append(f"{text}{more}.")
    return told


def backup_words(assess: Assess) -> list[str]:
    """How the areas of the backup pass are made, and what runs of that pass say about them; a sentence each."""
    checks = [area for area in assess.backup_hazard_areas if area.checked_runs is not None]
    if not checks:
        return ["From runs of the backup pass alone."] if assess.backup_hazard_areas else []
    inside = ", ".join(f"{words.per(round(one.checked_inside or 0.0, 4))} in {one.id}" for one in checks)
    flown = f"of {checks[0].checked_runs} runs flown from its own entry lie wholly inside: {inside}"
    return [f"Carried over from the primary pass; {flown}."]


def convergence_table(rows: Sequence[Convergence]) -> Table:
    """How far results move with half the step or twice the runs."""
    header = ["converged?", "as flown", "finer", "moves by", "90 % interval"]
    return header, [
        [
            row.what,
            words.grouped(row.value),
            words.grouped(row.finer),
            words.per(float(f"{row.relative:.2g}")),
            "-" if row.sampling_interval is None else _between(row.sampling_interval),
        ]
        for row in rows
    ]


def _between(e: Estimate) -> str:
    return f"{words.grouped(e.low)} to {words.grouped(e.high)}"


def closing(areas: Sequence[HazardArea]) -> HazardArea | None:
    """The area whose windows a reader wants first: safety, else declared, else whichever there is."""
    by_id = {area.id: area for area in areas}
    return by_id.get("safety") or by_id.get("declared") or (areas[0] if areas else None)


def window_table(assess: Assess, every: bool = False) -> Table:
    """When each layer is closed.

    Args:
        assess: the assessment.
        every: for all areas; else for the safety area alone.

    Returns:
        Header and rows.
    """
    widest = closing(assess.hazard_areas)
    areas = assess.hazard_areas if every else ((widest,) if widest else ())
    header = [*(["area"] if every else []), "layer", "height, km", "closed from, UTC", "to, UTC"]
    rows: list[list[str]] = []
    for area in areas:
        for window in area.windows:
            heights = f"{window.low_km:g} to {window.high_km:g}" if window.high_km > window.low_km else "0"
            first, last = words.minute(window.from_utc)[:16], words.minute(window.to_utc)[:16]
            rows.append([*([area.id] if every else []), window.layer, heights, first, last])
    return header, rows


def rule_table(assess: Assess) -> Table:
    """The rules of each agency; each has a quantity of its own."""
    header = ["rule", "value", "limit", "unit", "ok"]
    return header, [
        [_rule(r), _value(r.value), words.small(r.limit), words.unit_text(r.unit), _ok(r)] for r in assess.rules
    ]


def _rule(rule: Rule) -> str:
    note = f" ({rule.text})" if rule.text else ""
    return f"{rule.agency}, {rule.document}: {rule.quantity}{note}"


def _ok(rule: Rule) -> str:
    return "unknown" if rule.ok is None else "ok" if rule.ok else "FAIL"


def _value(value: float | None) -> str:
    return "-" if value is None else words.small(value)


def casualty_table(assess: Assess) -> Table:
    """The casualty area by each definition."""
    header = ["casualty area by", "m2", "source"]
    return header, [
        [_DEFINITIONS[one.definition], words.across(one.area_m2), one.source] for one in assess.casualty_areas
    ]


def branch_table(assess: Assess) -> Table:
    """The tree: branches with their probability, their own expectation and what they add.

    Neighbours that say the same share a row: dozens of ways to fail that all end anywhere under the orbit are one.
    """
    header = ["branch", "probability", "expected casualties", "adds"]
    rows = [
        [
            branch.text or branch.id,
            "-" if branch.probability is None else words.small(branch.probability, 3),
            _small_across(branch.casualty_expectation),
            _value(branch.share),
        ]
        for branch in assess.branches
    ]
    rows = [_shared(list(alike)) for _, alike in groupby(rows, key=lambda row: row[1:])]
    if rows and assess.total_casualty_expectation is not None:
        rows.append(["together", "", _small_across(assess.total_casualty_expectation), ""])
    return header, rows


def _shared(rows: list[list[str]]) -> list[str]:
    """One row for neighbours that differ in their names alone."""
    first, *said = rows[0]
    if len(rows) == 1:
        return rows[0]
    return [f"{first} to {rows[-1][0]}, {len(rows)} branches", *said]


def _small_across(e: object) -> str:
    value, low, high = (words.small(getattr(e, name)) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def part_table(assess: Assess) -> Table:
    """What each cause of error alone does to the expectation of the controlled re-entry."""
    header = ["error of the expectation", "from", "to"]
    return header, [
        [part.text or part.id, words.small(part.interval.low), words.small(part.interval.high)]
        for part in assess.expectation_parts
    ]


def individual_words(assess: Assess) -> list[tuple[str, str]]:
    """Label and text: probability of a casualty at all, and of any one person."""
    told: list[tuple[str, str]] = []
    if assess.probability_of_casualty is not None:
        told.append(("one or more", words.estimate(assess.probability_of_casualty)))
    if assess.individual_risk is not None:
        where = f", at {words.place(assess.individual_risk_place)}" if assess.individual_risk_place else ""
        told.append(("any one person", f"{words.small(assess.individual_risk)}{where}"))
    if assess.individual_risk_anywhere is not None:
        place = assess.individual_risk_anywhere_place
        where = f", at {words.place(place)}" if place else ""
        text = f"{words.small(assess.individual_risk_anywhere)} in the open at the worst place{where}"
        told.append(("anybody there", text))
    return told


def exposure_words(assess: Assess) -> list[tuple[str, str]]:
    """Label and text: a ship, and an aircraft, at the worst place; how many there are is not known."""
    return [
        (
            f"{'an' if one.id == 'aircraft' else 'a'} {one.id}",
            f"{words.small(one.probability)} (limit {words.small(one.limit)}) for {one.text}; "
            f"{words.small(one.worst_10_min)} of it in the worst ten minutes; {words.place(one.place, named=False)}",
        )
        for one in assess.exposures
    ]


def failure_words(assess: Assess) -> list[tuple[str, str]]:
    """Label and text: how often burns may fail, and what all branches come to."""
    told: list[tuple[str, str]] = []
    if assess.largest_failure_probability is not None:
        text = f"with a probability of {words.small(assess.largest_failure_probability)} at most, all together"
        told.append(("burns may fail", f"{text}, before the limit is used up"))
    if assess.total_casualty_expectation is not None and not assess.branches:
        told.append(("all branches", words.estimate(assess.total_casualty_expectation)))
    return told


def piece_words(assess: Assess) -> list[tuple[str, str]]:
    """Label and text: pieces that are left out elsewhere, that float, that are toxic."""
    rows = (
        ("too weak to count", assess.pieces_below_threshold),
        ("may float", assess.floating_pieces),
        ("toxic", assess.toxic_pieces),
    )
    return [(label, words.estimate(value, 2)) for label, value in rows if value is not None]


def warning_words(assess: Assess) -> str:
    """How many texts there are for whom; empty without any."""
    w = assess.warnings
    if w is None or not (w.navarea or w.notam or w.backup_navarea or w.backup_notam):
        return ""
    texts = f"{len(w.navarea)} NAVAREA and {len(w.notam)} NOTAM"
    if w.backup_navarea or w.backup_notam:
        texts += f", for the backup {len(w.backup_navarea)} and {len(w.backup_notam)}"
    return texts
