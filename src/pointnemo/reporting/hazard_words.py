"""What an assessment says about areas, windows, rules and risk, as tables of text, for the page and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from pointnemo.reporting import words
from pointnemo.results import NOT_COMPARABLE, Assess, BranchRisk, Convergence, Driver, Estimate, HazardArea, Rule

__all__ = [
    "CONTOURS",
    "DRIVERS_NOTE",
    "RULES_NOTE",
    "area_labels",
    "area_table",
    "backup_words",
    "branch_groups",
    "branch_table",
    "casualty_table",
    "convergence_table",
    "drawn_for",
    "driver_table",
    "exposure_words",
    "failure_words",
    "hit_limits",
    "individual_words",
    "part_table",
    "piece_words",
    "rule_table",
    "support_words",
    "warning_words",
    "window_table",
]

Table = tuple[list[str], list[list[str]]]

CONTOURS = ("ship", "aircraft")
"""Areas that end where the probability of a hit falls to its limit; the others hold a share of the runs."""

RULES_NOTE = "Each agency asks for a quantity of its own; they are not to be compared."

_DEFINITIONS = {"nasa": "NASA", "opiela-matney": "Opiela-Matney", "cnes": "CNES"}


def area_table(assess: Assess, backup: bool = False) -> Table:
    """Every area to be closed: what it is drawn for, how sure that is, how large, how far from land.

    Args:
        assess: the assessment.
        backup: those of the backup pass.

    Returns:
        Header and rows.
    """
    header = ["area", "drawn for", "by runs", "by model", "km x km", "km2", "land, km"]
    limits = hit_limits(assess)
    return header, [
        [
            area.id,
            drawn_for(area, limits),
            _sure(area.confidence),
            _sure(area.model_confidence),
            f"{words.grouped(area.length_km)} x {words.grouped(area.width_km)}",
            words.grouped(area.area_km2),
            words.grouped(area.land_distance_km),
        ]
        for area in (assess.backup_hazard_areas if backup else assess.hazard_areas)
    ]


def _sure(confidence: float | None) -> str:
    """A confidence with three digits; above 99.9 % no more is told."""
    if confidence is None:
        return "-"
    return "> 99.9 %" if confidence > 0.999 else words.per(float(f"{confidence:.3g}"))


def hit_limits(assess: Assess) -> dict[str, float]:
    """Probability of a hit at which the area of a ship and that of an aircraft end, by id."""
    return {one.id: one.limit for one in assess.exposures}


def drawn_for(area: HazardArea, limits: Mapping[str, float]) -> str:
    """What the line round an area is: a share of runs that lie inside, or a limit of the probability of a hit.

    Args:
        area: one area; those of a ship and of an aircraft are contours, whatever share of runs lies inside.
        limits: from ``hit_limits``.

    Returns:
        ``99 %``, or ``hit > 1e-5``.
    """
    if area.id in CONTOURS:
        return f"hit > {words.small(limits[area.id])}" if area.id in limits else "hit > limit"
    return words.per(area.level)


def area_labels(assess: Assess) -> dict[str, str]:
    """What the legend of the map says of each area, by id: ``safety, 1 in 100,000 outside``, ``ship, hit > 1e-5``.

    A level near one has more decimals than a drawing keeps.
    """
    limits = hit_limits(assess)
    return {area.id: f"{area.id}, {_outside(area, limits)}" for area in assess.hazard_areas}


def _outside(area: HazardArea, limits: Mapping[str, float]) -> str:
    if area.id in CONTOURS:
        return drawn_for(area, limits)
    return f"1 in {words.grouped(1.0 / (1.0 - area.level))} outside" if area.level < 1.0 else "all inside"


def support_words(assess: Assess) -> list[str]:
    """What the columns of confidence mean, and how many runs each area would take without a model; sentences."""
    sure = [area for area in assess.hazard_areas if area.confidence is not None]
    if not sure:
        return []
    told = "By runs: the confidence that the number of runs alone gives, whatever the tail."
    if any(area.model_confidence is not None for area in sure):
        told += " By model: if the model of the tail is right, on which the area then rests; its tails are assumed"
        told += " to be Gaussian, and end where pieces can be flown at all."
    few = [area for area in sure if area.runs_needed is not None and area.runs < area.runs_needed]
    needed = ", ".join(f"{words.grouped(area.runs_needed or 0)} ({area.id})" for area in few)
    runs = f"{words.grouped(sure[0].runs)} runs"
    return [told, f"{runs} are few: 95 % by runs alone would take {needed}." if few else f"{runs} are enough."]


def backup_words(assess: Assess) -> list[str]:
    """How the areas of the backup pass are made, and what runs of that pass say about them; a sentence each."""
    checks = [area for area in assess.backup_hazard_areas if area.checked_runs is not None]
    if not checks:
        return ["From runs of the backup pass alone."] if assess.backup_hazard_areas else []
    inside = ", ".join(f"{words.per(round(one.checked_inside or 0.0, 4))} in {one.id}" for one in checks)
    flown = f"of {checks[0].checked_runs} runs flown from its own entry lie wholly inside: {inside}"
    return [f"Carried over from the primary pass; {flown}."]


def driver_table(drivers: Sequence[Driver]) -> Table:
    """What moves the footprint, ranked, and what is not ranked last."""
    header = ["what moves the footprint", "share of length", "heel, km", "toe, km"]
    rows = []
    for row in drivers:
        rest, shift = row.id == "rest", row.id == "burn"
        name = f"the rest, not ranked: {row.text}" if rest else row.text
        share = words.per(round(row.length_share, 2))
        ends = (row.heel_km_per_sigma, row.toe_km_per_sigma)
        rows.append([name, share, *(f"+-{km:,.0f}" if rest or shift else f"{km:+,.0f}" for km in ends)])
    return header, rows


DRIVERS_NOTE = (
    "Share of the variance of the length from run to run, and what one sigma of it does to heel and toe, down-range "
    "positive."
)


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
    """The rules of each agency; that each has a quantity of its own, ``RULES_NOTE`` says once."""
    header = ["rule", "value", "limit", "unit", "ok"]
    return header, [
        [_rule(r), _value(r.value), words.small(r.limit), words.unit_text(r.unit), _ok(r)] for r in assess.rules
    ]


def _rule(rule: Rule) -> str:
    text = rule.text.removesuffix(NOT_COMPARABLE).strip()
    note = f" ({text})" if text else ""
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


def branch_groups(assess: Assess) -> list[tuple[str, BranchRisk]]:
    """Branches of the tree; neighbours that say the same are one: dozens of ways to fail end anywhere under the orbit.

    Args:
        assess: the assessment.

    Returns:
        Name of each group, and the first branch of it.
    """
    groups: list[tuple[str, BranchRisk]] = []
    for _, alike in groupby(assess.branches, key=lambda branch: (_said(branch), branch.completes_later)):
        first, *others = alike
        name = first.text or first.id
        more = f" to {others[-1].text or others[-1].id}, {len(others) + 1} branches" if others else ""
        later = "; can be completed later" if first.completes_later else ""
        groups.append((name + more + later, first))
    return groups


def branch_table(assess: Assess) -> Table:
    """The tree: branches with their probability, their own expectation and what they add."""
    header = ["branch", "probability", "expected casualties", "adds"]
    rows = [[name, *_said(branch)] for name, branch in branch_groups(assess)]
    total, completed = assess.total_casualty_expectation, assess.total_completed_casualty_expectation
    if rows and total is not None:
        both = completed is not None and completed != total
        which = "together, if nothing is done after a failure" if both else "together"
        rows.append([which, "", _small_across(total), ""])
        if both:
            rows.append(["together, if what can be completed later is", "", _small_across(completed), ""])
    return header, rows


def _said(branch: BranchRisk) -> list[str]:
    """What is told of a branch beside its name."""
    probability = "-" if branch.probability is None else words.small(branch.probability, 3)
    return [probability, _small_across(branch.casualty_expectation), _value(branch.share)]


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
    most = assess.largest_failure_probability
    if most is not None and most <= 0.0:
        nominal = words.small(assess.casualty_expectation.value)
        told.append(("burns may fail", f"never: even if every burn works {nominal} is expected, above the limit"))
    elif most is not None and most >= 1.0:
        told.append(("burns may fail", "always: even the worst failure keeps the limit"))
    elif most is not None:
        text = f"with a probability of {words.small(most)} at most, all together, before the limit is used up"
        told.append(("burns may fail", f"{text}, if nothing is done after a failure"))
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
