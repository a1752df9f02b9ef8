"""The page at 80 columns of ``pointnemo descend``: the answer first, then the way down, and what if something fails.

Sections are pure functions from the document to lines; layout and colours are those of ``page``.
"""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote
from typing import TYPE_CHECKING

from pointnemo.reporting import words
from pointnemo.reporting.descend_words import (
    OBJECTIVES,
    answer,
    burn_name,
    never_words,
    opportunity_rows,
    optimum_table,
    phasing_facts,
    solar_table,
    stage_words,
)
from pointnemo.reporting.failure_words import (
    ANYWHERE,
    after_words,
    alike,
    chosen_branches,
    failure_words,
    loss_rows,
    monthly,
    points_rows,
    reliability_rows,
    shift_words,
    short_place,
    together_words,
)
from pointnemo.reporting.layout import fact, head, laid_out, table
from pointnemo.reporting.operate_page import columns
from pointnemo.reporting.page import trade_lines
from pointnemo.results import Branch

if TYPE_CHECKING:
    from pointnemo.descent.report import DescendReport

__all__ = ["descend_page"]

Lines = list[str]

DOCUMENT, LOOK = "descend.json", "descend.html"
_BRANCH_HEADER = ("failure", "comes down", "after", "km past", "where", "E_c")


def descend_page(report: DescendReport, color: bool = False, *, folder: str | None = None) -> str:
    """The readable page of how the station comes down.

    Args:
        report: the document.
        color: paint headings with ANSI codes.
        folder: where the files were written; no line about files without it.

    Returns:
        Lines of at most 80 columns, ending in a newline. When and where it enters, how surely, and what is missing
        stand at its head; what was not computed has no section.
    """
    sections: tuple[tuple[str, Lines], ...] = (
        ("BEST WAY DOWN", _optimum(report)),
        ("TIMELINE", _timeline(report)),
        ("SOLAR ACTIVITY", _solar(report)),
        ("THE TRADE", [] if report.trade is None else trade_lines(report.trade)),
        ("ATTITUDES", _attitudes(report)),
        ("BURNS", _burns(report)),
        ("TARGETING", _targeting(report)),
        ("PHASING", _phasing(report)),
        ("OPPORTUNITIES", _opportunities(report)),
        ("IF A BURN FAILS", _branches(report)),
        ("IF ALL PROPULSION IS LOST", _losses(report)),
        ("POINT OF NO RETURN", _points(report)),
        ("REQUIRED RELIABILITY", _reliability(report)),
    )
    files = None if folder is None else f"{folder}/ (open descend.html; {DOCUMENT} has every number)"
    return laid_out(_title(report), sections, files, color)


def _title(report: DescendReport) -> Lines:
    lines = head(f"bringing {report.provenance.scenario} down by {report.limits.deorbit_by}", report.provenance)
    return [*lines, *(line for label, text in answer(report) for line in words.wrapped(text, f"{label:<12}"))]


# --- the way down --------------------------------------------------------------------------------------------------


def _optimum(report: DescendReport) -> Lines:
    o = report.optimum
    if o is None:
        return []
    lines = words.wrapped(o.text, "  ") if o.text else []
    if not o.strategies:
        return lines
    lines += ["", *table(*optimum_table(o)), "  * what the scenario asks for"]
    for one in o.strategies:
        lines += ["", *words.wrapped(stage_words(one), f"  {OBJECTIVES[one.objective]}: ", "    ")]
        lines += [line for item in one.set for line in words.wrapped(f"--set {quote(item)}", "    ", "      ")]
    if any(len(quote(item)) > words.WIDTH - 10 for one in o.strategies for item in one.set):
        lines += ["", *words.wrapped(f"what is folded here is one line: it can be copied from {LOOK}", "  ")]
    return lines


def _timeline(report: DescendReport) -> Lines:
    rows = [[words.minute(one.utc)[:16], f"{one.altitude_km:.0f}", one.text] for one in report.milestones]
    return columns(["UTC", "km", "what"], rows, "lrw") if rows else []


def _solar(report: DescendReport) -> Lines:
    limits = report.limits
    return table(*solar_table(report.lines, limits.operate_until, limits.deorbit_by, never_words(report)))


def _attitudes(report: DescendReport) -> Lines:
    if not report.attitudes:
        return []
    rows = [
        [
            one.part,
            words.day(one.from_utc),
            words.day(one.to_utc),
            words.across(one.cd_area_m2),
            f"{one.attitude}: {one.text}" if one.text else one.attitude,
        ]
        for one in report.attitudes
    ]
    lines = columns(["part", "from", "to", "drag area, m2", "attitude"], rows, "lllrw")
    for text in dict.fromkeys(text for one in report.attitudes for text in one.thrust):
        lines += words.wrapped(text, "  - ", "    ")
    return lines


# --- burns, targeting, passes --------------------------------------------------------------------------------------


def _burns(report: DescendReport) -> Lines:
    burns = report.burns
    if not burns:
        return ["  none are flown"]
    rows = [
        [
            burn_name(one),
            words.minute(one.start_utc),
            words.duration(one.duration_s),
            f"{one.delta_v_mps:.2f}",
            "-" if one.impulsive_delta_v_mps is None else f"{one.impulsive_delta_v_mps:.2f}",
            words.grouped(one.propellant_kg),
            f"{one.perigee_after_km:.1f}",
        ]
        for one in burns
    ]
    total = [f"{sum(one.delta_v_mps for one in burns):.2f}", "", words.grouped(sum(one.propellant_kg for one in burns))]
    rows.append(["together", "", "", *total, ""])
    lines = table(["burn", "start, UTC", "duration", "m/s", "impulse", "kg", "perigee"], rows)
    vehicle = f"{report.deorbit_vehicle}, docks {words.day(report.deorbit_vehicle_arrival_utc)}"
    kept = (
        f"{words.grouped(report.deorbit_propellant_used_kg)} of "
        f"{words.grouped(report.deorbit_propellant_available_kg)} kg; reserve "
        f"{words.grouped(report.limits.deorbit_reserve_kg)} kg"
    )
    lines += ["", *fact("by", f"{vehicle}; burns {kept}")]
    if any(one.impulsive_delta_v_mps is not None for one in burns):
        lines += fact("impulse", "a single impulse for the same perigee, m/s; the rest is lost to gravity and steering")
    if any(one.cosine_loss for one in burns):
        told = [
            f"{words.per(round(one.cosine_loss, 4))} with {one.thrusters or 'all'} thrusters in {burn_name(one)}"
            for one in burns
            if one.cosine_loss
        ]
        lines += fact("cosine loss", "; ".join(told))
    settled = [
        f"{words.minute(one.settled_since_utc)[:16]} for {burn_name(one)}" for one in burns if one.settled_since_utc
    ]
    if report.attitude_propellant_kg:
        lines += fact("steering", f"{words.grouped(report.attitude_propellant_kg)} kg from the hand-over to entry")
    return lines + (fact("attitude held", f"from {'; '.join(settled)}") if settled else [])


def _targeting(report: DescendReport) -> Lines:
    t = report.targeting
    if t is None:
        return []
    moved = f", moved {t.aim_shift_km:+.0f} km along the track to clear land" if t.aim_shift_km else ""
    reached = "reached" if t.converged else "NOT reached"
    lines = [
        *fact("aim", f"{words.place(t.aim)}{moved}"),
        *fact(
            "reference body",
            f"C_D A / m {words.quantity(t.reference_ballistic_factor_m2_kg)} m2/kg; falls at "
            f"{words.place(t.reference_impact)}, {t.miss_km:.1f} km from the aim: {reached} in {t.iterations} steps",
        ),
        *fact("pass", f"{t.direction}, the station {t.orbit_shift_s:+,.0f} s along its orbit at the hand-over"),
    ]
    if report.entry is not None:
        e = report.entry
        lines += fact(
            "at the interface",
            f"{e.inertial_speed_km_s:.3f} km/s, path angle {e.flight_path_angle_deg:.2f} deg, "
            f"azimuth {e.azimuth_deg:.1f} deg, {words.mass(e.mass_kg)}",
        )
    return lines


def _phasing(report: DescendReport) -> Lines:
    p = report.phasing
    if p is None:
        return []
    lines = [
        *(words.wrapped(p.text, "  ") if p.text else []),
        *(line for label, text in phasing_facts(p) for line in fact(label, text)),
    ]
    steps = [
        [
            words.minute(one.utc)[:16],
            f"{one.altitude_before_km:.1f} -> {one.altitude_after_km:.1f}",
            f"{one.delta_v_mps:.2f}",
            words.grouped(one.propellant_kg),
        ]
        for one in p.steps
    ]
    if steps:
        lines += ["", *table(["step, UTC", "mean altitude, km", "m/s", "kg"], steps)]
    errors = [[f"{one.days_before:g}", f"{one.sigma_s:.0f}", f"{one.correctable_s:.0f}"] for one in p.errors]
    if errors:
        header = ["days before", "known within, s (1 sigma)", "a step then still shifts, s"]
        lines += ["", *table(header, errors)]
    return lines


def _opportunities(report: DescendReport) -> Lines:
    if not report.opportunities:
        return []
    header = ["pass", "rev.", "final burn, UTC", "miss", "kg", "clear, km", "nearest land", "ok"]
    lines = columns(header, opportunity_rows(report.opportunities), "lrlrrrwl")
    told = "miss: km from its aim, ! where targeting did not converge; clear: from the expected footprint to land"
    lines += words.wrapped(told, "  ")
    for one in report.opportunities:
        short = f"{words.grouped(one.short_by_km)} km too near; " if one.short_by_km > 0 else ""
        if short or one.text:
            lines += words.wrapped(f"{one.id}: {short}{one.text}".rstrip("; "), "  - ", "    ")
    return lines


# --- what if -------------------------------------------------------------------------------------------------------


def _branches(report: DescendReport) -> Lines:
    """Per burn what matters of its failures, and under it what can still be done, where that changes."""
    groups = chosen_branches(report.branches)
    if not groups:
        return []
    chosen = [one for _, branches in groups for one in branches]
    rows = iter(_branch_table(chosen))
    lines = [next(rows)]
    burns = {one.id: one for one in report.burns}
    for burn, branches in groups:
        start = (
            f", {burns[burn].delta_v_mps:.2f} m/s at {words.minute(burns[burn].start_utc)[:16]}"
            if burn in burns
            else ""
        )
        lines += ["", *words.wrapped(f"{burn}{start}", "  ")]
        for same in alike(branches):
            lines += [next(rows) for _ in same]
            lines += words.wrapped(f"still possible: {together_words(same)}", "      ", "        ")
    hidden = len(report.branches) - len(chosen)
    if hidden > 0:
        lines += ["", f"  and {hidden} more failures, see {DOCUMENT}"]
    told = (
        "after: from when the failure is known; km past: along the track past the aim; E_c: casualty expectation; "
        f"{ANYWHERE}: the time is so uncertain that it may be any place under its orbit"
    )
    return [*lines, *words.wrapped(told, "  ")]


def _branch_table(branches: Sequence[Branch]) -> Lines:
    """A line each; the intervals of time are left out where there is no room for them."""
    lines: Lines = []
    for interval in (True, False):
        lines = columns(_BRANCH_HEADER, [_branch(one, interval) for one in branches], "lllrlr")
        if max(map(len, lines)) <= words.WIDTH:
            break
    return lines


def _branch(one: Branch, interval: bool) -> list[str]:
    where = ANYWHERE if one.random else "-" if one.impact is None else short_place(one.impact, 0)
    risk = "" if one.casualty_expectation is None else words.small(one.casualty_expectation.value)
    stays = "stays up" if one.entry_utc is None else words.minute(one.entry_utc)[:16]
    return [failure_words(one), stays, after_words(one.days_to_entry, interval), shift_words(one), where, risk]


def _losses(report: DescendReport) -> Lines:
    shown = monthly(report.losses)
    if not shown:
        return []
    header = ["lost on", "km", "entry", "days until then", "E_c", "can still"]
    told = (
        "days until then: in the mean, and the range of solar activity and drag; E_c: casualty expectation; can still: "
        "with all that did not fail/without the deorbit vehicle/without any thrust. later: the targeted burns are "
        "made; otherwise: other engines bring it down; raise: it is raised; shift: the time, and so the place, is moved"
    )
    return [*columns(header, loss_rows(shown, report.deorbit_vehicle), "lrlrrl"), *words.wrapped(told, "  ")]


def _points(report: DescendReport) -> Lines:
    if not report.points_of_no_return:
        return []
    header = ["activity", "last day", "km", "to, km", "m/s", "there", "kg", "days", "with"]
    lines = columns(header, points_rows(report.points_of_no_return), "llrrrrrrw")
    if any(one.without_deorbit_vehicle for one in report.points_of_no_return):
        lines += words.wrapped("* the deorbit vehicle keeps its propellant for the targeted burns", "  ")
    for one in report.points_of_no_return:
        name = one.activity + (" *" if one.without_deorbit_vehicle else "")
        told = one.text and (one.utc is None or one.activity == "mean")
        lines += words.wrapped(f"{name}: {one.text}", "  - ", "    ") if told else []
    return lines


def _reliability(report: DescendReport) -> Lines:
    r = report.reliability
    if r is None:
        return []
    header = ["burn", "E_c", "may fail once in", "must work with", "worst branch"]
    lines = words.wrapped(r.text, "  ") if r.text else []
    lines += columns(header, reliability_rows(r), "lrrrw")
    uncontrolled = words.estimate(r.uncontrolled_casualty_expectation)
    lines += fact("limit", f"{words.small(r.casualty_limit)}; uncontrolled: {uncontrolled}")
    return [*lines, *(fact("casualties of", r.break_up) if r.break_up else [])]
