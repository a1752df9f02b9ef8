"""What the page at 80 columns says of break-up, footprint and risk."""

from __future__ import annotations

from pointnemo.formats.safety_texts import DRAFT
from pointnemo.reporting import hazard_words, words
from pointnemo.reporting.layout import Lines, fact, table
from pointnemo.results import Assess, Reenter

__all__ = ["assess_lines", "reenter_lines"]


def reenter_lines(r: Reenter) -> Lines:
    """Break-up ladder, what survives, the footprint, what moves it, and how far it is converged."""
    f = r.footprint
    unit, scale, places = words.mass_unit(r.entry_mass_kg)
    ladder = [
        [
            phase.text,
            words.across(phase.altitude_km),
            words.grouped(phase.released_mass_kg * scale, places),
            words.across(phase.surviving_mass_kg, scale, places),
        ]
        for phase in r.phases
        if phase.elements
    ]
    return [
        *table(["break-up", "height, km", f"freed, {unit}", f"survives, {unit}"], ladder),
        "",
        *(line for phase in r.phases if phase.broke_by for line in fact(f"{phase.id} by", words.broke_by(phase))),
        *fact(
            "survives",
            f"{words.mass(r.surviving_mass_kg.value)} in {words.grouped(r.surviving_fragments.value)} pieces, "
            f"{words.per(round(r.surviving_fraction.value, 3))} "
            f"({words.per(round(r.surviving_fraction.low, 3))} to {words.per(round(r.surviving_fraction.high, 3))}) "
            f"of {words.mass(r.entry_mass_kg)}",
        ),
        *fact("impacts", _span(r.first_impact_utc, r.last_impact_utc)),
        *fact("impact centre", words.place(r.impact_centre)),
        *fact("footprint", f"holds {words.per(f.level)} of the dangerous pieces"),
        *fact("  heel", words.place(f.heel, named=False)),
        *fact("  toe", words.place(f.toe, named=False)),
        *fact("  length", words.estimate(f.length_km)),
        *fact("  width", words.estimate(f.width_km)),
        *_drivers(r),
        *_converged(r),
    ]


def _drivers(r: Reenter) -> Lines:
    """What moves the footprint, ranked."""
    if not r.drivers:
        return []
    return ["", *table(*hazard_words.driver_table(r.drivers)), *words.wrapped(hazard_words.DRIVERS_NOTE, "  ")]


def _converged(r: Reenter) -> Lines:
    """How far results move with half the step and with twice the runs."""
    return ["", *table(*hazard_words.convergence_table(r.convergence))] if r.convergence else []


def _span(first_utc: str, last_utc: str) -> str:
    """An interval of time; the day is not told twice."""
    last = words.minute(last_utc)
    if words.day(first_utc) == words.day(last_utc):
        last = last[11:]
    return f"{words.minute(first_utc)} to {last} UTC"


def assess_lines(a: Assess) -> Lines:
    """Expected casualties, rules, areas to be closed, and when."""
    return [
        *fact("dangerous pieces", f"{words.estimate(a.dangerous_fragments, 2)} above {a.energy_threshold_j:g} J"),
        *fact("casualty area", words.estimate(a.casualty_area_m2)),
        "",
        *fact("expected casualties", ""),
        *fact("  controlled", f"{words.estimate(a.casualty_expectation)}, if every burn works"),
        *fact("  uncontrolled", f"{words.estimate(a.uncontrolled_casualty_expectation)}, if none is made"),
        *fact(
            "nearest land",
            f"{words.grouped(a.clearance.distance_km)} km to {words.place(a.clearance.land)}; "
            f"Antarctic ice {words.grouped(a.clearance.antarctic_ice_distance_km)} km",
        ),
        *_risk_more(a),
        *_hazard(a),
    ]


def _risk_more(a: Assess) -> Lines:
    """Pieces, one person, definitions, rules and the tree, as far as they are there."""
    lines: Lines = []
    for label, text in (*hazard_words.failure_words(a), *hazard_words.piece_words(a)):
        lines += fact(label, text)
    if person := [*hazard_words.individual_words(a), *hazard_words.exposure_words(a)]:
        lines += ["", *fact("probability", "")]
        for label, text in person:
            lines += fact(f"  {label}", text)
    header, rows = hazard_words.branch_table(a)
    lines += ["", *table(header, rows)] if rows else []
    header, rows = hazard_words.rule_table(a)
    lines += ["", *table(header, rows), *words.wrapped(hazard_words.RULES_NOTE, "  ")] if rows else []
    if a.casualty_areas:
        header, rows = hazard_words.casualty_table(a)
        lines += ["", *table(header[:2], [row[:2] for row in rows])]
    return lines


def _hazard(a: Assess) -> Lines:
    """Areas to be closed, when, and how many drafts there are."""
    lines: Lines = []
    header, rows = hazard_words.area_table(a)
    if rows:
        lines += ["", *table(header, rows)]
        for text in hazard_words.support_words(a):
            lines += words.wrapped(text, "  ")
    header, rows = hazard_words.window_table(a)
    lines += ["", *table(header, rows)] if rows else []
    if a.backup_hazard_areas:
        lines += ["", *words.wrapped(f"the same for the backup pass {a.backup_pass}:", "  ")]
        lines += table(*hazard_words.area_table(a, backup=True))
        for text in hazard_words.backup_words(a):
            lines += words.wrapped(text, "  ")
    if a.hazard_note:
        lines += ["", *words.wrapped(a.hazard_note, "  ")]
    if texts := hazard_words.warning_words(a):
        lines += ["", *fact("warnings", f"{texts}. {DRAFT}")]
        for note in a.warnings.notes if a.warnings else ():
            lines += fact("", note)
    return lines
