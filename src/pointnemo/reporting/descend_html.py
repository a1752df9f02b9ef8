"""The page to look at that ``pointnemo descend`` leaves, and what the report of a plan shares with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from shlex import quote
from typing import TYPE_CHECKING

from pointnemo.reporting import tags, words
from pointnemo.reporting.descend_words import (
    OBJECTIVES,
    answer,
    burn_name,
    never_words,
    opportunity_rows,
    optimum_table,
    phasing_facts,
    plan_facts,
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
    recourses_words,
    reliability_rows,
    shift_words,
    short_place,
    together_words,
)
from pointnemo.reporting.trade_figure import trade_figure
from pointnemo.reporting.trade_words import explained, latest_table, quarter_table, supplier_table
from pointnemo.results import Branch, Descend, Strategy

if TYPE_CHECKING:
    from pointnemo.descent.report import DescendReport

__all__ = ["more_facts", "render_descend"]

_BRANCH_HEADER = ["burn", "failure", "known, UTC", "comes down, UTC", "after", "km past the aim", "+-, km", "where"]
_BRANCH_HEADER += ["orbit then, km", "control until, UTC", "E_c", "can still be done"]


def render_descend(report: DescendReport, figures: Mapping[str, str]) -> str:
    """One HTML file with all that a plan of the descent holds but its daily columns.

    Args:
        report: the document.
        figures: ``<svg>`` elements of ``descend_figures``.

    Returns:
        A complete HTML document, the same for the same arguments. The answer stands at its head.
    """
    body = [
        _head(report),
        _optimum(report),
        _way(report, figures),
        _trade(report),
        _attitudes(report),
        _burns(report, figures),
        _phasing(report),
        _opportunities(report, figures),
        _branches(report, figures),
        _losses(report, figures),
        _points(report),
        _reliability(report),
        tags.provenance(report.provenance),
    ]
    return tags.document(f"Bringing {words.clean(report.provenance.scenario)} down", body)


def more_facts(descend: Descend) -> str:
    """What the report of a plan tells of passes, best way, no return and failures; empty where nothing is known.

    Args:
        descend: the stage's result.
    """
    facts = plan_facts(descend)
    return tags.facts(facts) if facts else ""


# --- the answer and the way ----------------------------------------------------------------------------------------


def _head(report: DescendReport) -> str:
    p = report.provenance
    when, surely, kept = answer(report)
    state, word = ("good", "Kept") if kept[0] == "KEPT" else ("bad", "Not kept")
    settings = "".join(f"<li><code>--set {tags.text(item)}</code></li>" for item in p.set)
    return "\n".join(
        [
            "<header>",
            f'<p class="muted">pointnemo {tags.text(p.package_version)} &middot; scenario {tags.text(p.scenario)} '
            f"&middot; inputs {tags.text(p.input_hash[:8])} &middot; seed {p.seed}</p>",
            f"<h1>Bringing {tags.text(p.scenario)} down by {tags.text(report.limits.deorbit_by)}</h1>",
            f'<p class="verdict {state}"><strong>{word}</strong> <span>{tags.text(kept[1])}</span></p>',
            tags.facts([("comes down", when[1]), ("how surely", surely[1])]),
            f"<p>With:</p><ul>{settings}</ul>" if settings else "",
            "</header>",
        ]
    )


def _optimum(report: DescendReport) -> str:
    o = report.optimum
    if o is None:
        return ""
    header, rows = optimum_table(o)
    return tags.section(
        "The best way down",
        f"<p>{tags.text(o.text)}</p>" if o.text else "",
        tags.table(header, rows) if o.strategies else "",
        "<p class='muted'>* what the scenario asks for.</p>" if o.strategies else "",
        *(_strategy(one) for one in o.strategies),
    )


def _strategy(one: Strategy) -> str:
    """Who pays, the lines that make the plan fly it, and its limits folded away."""
    lines = "".join(f"<br><code>--set {tags.text(quote(item))}</code>" for item in one.set)
    limits = [
        (
            limit.text,
            words.value_text(limit.value),
            words.value_text(limit.limit),
            words.unit_text(limit.unit),
            "ok" if limit.ok else "FAIL",
        )
        for limit in one.constraints
    ]
    table = tags.table(["limit", "value", "limit", "unit", "ok"], limits)
    name = OBJECTIVES[one.objective]
    folded = f"Limits of {name} ({len(limits)}); {words.grouped(one.evaluations)} descents flown"
    return f"<p><strong>{tags.text(name.capitalize())}</strong>: {tags.text(stage_words(one))}{lines}</p>" + (
        tags.details(folded, table) if limits else ""
    )


def _figure(figures: Mapping[str, str], name: str, caption: str) -> str:
    return tags.figure(figures[name], caption) if name in figures else ""


def _way(report: DescendReport, figures: Mapping[str, str]) -> str:
    milestones = [(words.minute(one.utc)[:16], one.text, f"{one.altitude_km:.0f}") for one in report.milestones]
    limits = report.limits
    header, rows = solar_table(report.lines, limits.operate_until, limits.deorbit_by, never_words(report))
    caption = (
        "Mean altitude under low, mean and high solar activity. Marks are named with their dates; those of low and "
        "high activity have the colours of their lines."
    )
    return tags.section(
        "The way down",
        _figure(figures, "altitude", caption),
        tags.table(["UTC", "milestone", "altitude, km"], milestones, left=2) if milestones else "",
        tags.table(header, rows),
    )


def _trade(report: DescendReport) -> str:
    trade = report.trade
    if trade is None:
        return ""
    drawn = trade_figure(trade)
    caption = (
        f"Propellant that a start of lowering needs to be down by {trade.deorbit_by} under low, mean and high solar "
        "activity; dashed, other dates under mean activity; dotted, what suppliers have."
    )
    monthly_table, who = quarter_table(trade, every_month=True), supplier_table(trade)
    return tags.section(
        "The trade: start of lowering, propellant, date",
        tags.figure(drawn, caption) if drawn else "",
        f"<p class='muted'>{tags.text(explained(trade))}</p>",
        tags.table(*latest_table(trade)),
        tags.details(f"Every start ({len(monthly_table[1])})", tags.table(*monthly_table, classes="tight")),
        tags.details("Who can pay", tags.table(*who, left=2)),
    )


def _attitudes(report: DescendReport) -> str:
    if not report.attitudes:
        return ""
    rows = [
        (
            one.part,
            words.day(one.from_utc),
            words.day(one.to_utc),
            one.attitude,
            one.text,
            words.estimate(one.cd_area_m2),
        )
        for one in report.attitudes
    ]
    thrust = dict.fromkeys(text for one in report.attitudes for text in one.thrust)
    items = "".join(f"<li>{tags.text(text)}</li>" for text in thrust)
    return tags.section(
        "Attitudes",
        tags.table(["part", "from", "to", "attitude", "", "drag area C_D A"], rows, left=5),
        f"<ul>{items}</ul>" if items else "",
    )


# --- burns and passes ----------------------------------------------------------------------------------------------


def _burns(report: DescendReport, figures: Mapping[str, str]) -> str:
    rows = [
        (
            burn_name(one),
            one.vehicle,
            words.minute(one.settled_since_utc)[:16],
            words.minute(one.start_utc),
            words.duration(one.duration_s),
            f"{one.delta_v_mps:.3f}",
            "-" if one.impulsive_delta_v_mps is None else f"{one.impulsive_delta_v_mps:.3f}",
            words.grouped(one.thrust_n),
            "-" if one.thrusters is None else one.thrusters,
            words.per(round(one.cosine_loss, 4)),
            words.grouped(one.propellant_kg),
            f"{one.apogee_before_km:.1f} x {one.perigee_before_km:.1f}",
            f"{one.apogee_after_km:.1f} x {one.perigee_after_km:.1f}",
            short_place(one.start),
        )
        for one in report.burns
    ]
    header = ["burn", "by", "attitude held from", "start, UTC", "duration", "m/s", "impulse", "thrust, N", "thrusters"]
    header += ["cosine loss", "kg", "orbit before, km", "orbit after, km", "starts over"]
    told = (
        f"{words.grouped(report.deorbit_propellant_used_kg)} of "
        f"{words.grouped(report.deorbit_propellant_available_kg)} kg, reserve "
        f"{words.grouped(report.limits.deorbit_reserve_kg)} kg"
    )
    vehicle = f"{report.deorbit_vehicle}, docks {words.day(report.deorbit_vehicle_arrival_utc)}"
    steering = f"{words.grouped(report.attitude_propellant_kg)} kg from the hand-over to entry"
    facts = [("by", vehicle), ("propellant", told), ("steering", steering), *_targeting(report)]
    caption = "Apogee and perigee from the hand-over to entry; each burn is a band."
    return tags.section(
        "Targeted burns",
        _figure(figures, "burns", caption),
        tags.table(header, rows, left=4, classes="tight") if rows else "<p class='muted'>None are flown.</p>",
        "<p class='muted'>Impulse: a single impulse for the same perigee, m/s; the rest is lost to gravity and "
        "steering.</p>"
        if rows
        else "",
        tags.facts(facts),
    )


def _targeting(report: DescendReport) -> list[tuple[str, str]]:
    facts = []
    t, e = report.targeting, report.entry
    if t is not None:
        moved = f", moved {t.aim_shift_km:+.0f} km along the track to clear land" if t.aim_shift_km else ""
        state = "reached" if t.converged else "NOT reached"
        facts = [
            ("aim", f"{words.place(t.aim)}{moved}"),
            (
                "reference body",
                f"C_D A / m {words.quantity(t.reference_ballistic_factor_m2_kg)} m2/kg; falls at "
                f"{words.place(t.reference_impact)}, {t.miss_km:.2f} km from the aim: {state} in {t.iterations} steps",
            ),
            ("pass", f"{t.direction}; the station {t.orbit_shift_s:+,.1f} s along its orbit at the hand-over"),
        ]
    if e is not None:
        facts.append(
            (
                "entry interface",
                f"{words.minute(e.utc)} UTC at {e.height_km:.0f} km, {words.place(e.place)}; "
                f"{e.inertial_speed_km_s:.3f} km/s, path angle {e.flight_path_angle_deg:.2f} deg, "
                f"azimuth {e.azimuth_deg:.1f} deg, {words.mass(e.mass_kg)}",
            )
        )
    return facts


def _phasing(report: DescendReport) -> str:
    p = report.phasing
    if p is None:
        return ""
    steps = [
        (
            words.minute(one.utc),
            f"{one.altitude_before_km:.2f}",
            f"{one.altitude_after_km:.2f}",
            f"{one.delta_v_mps:.3f}",
            words.grouped(one.propellant_kg),
        )
        for one in p.steps
    ]
    errors = [(f"{one.days_before:g}", f"{one.sigma_s:.0f}", f"{one.correctable_s:.0f}") for one in p.errors]
    facts = phasing_facts(p)
    known = ["days before", "place known within, s (1 sigma)", "a step then still shifts, s"]
    return tags.section(
        "Phasing",
        f"<p>{tags.text(p.text)}</p>" if p.text else "",
        tags.facts(facts) if facts else "",
        tags.table(["step, UTC", "from, km", "to, km", "m/s", "kg"], steps) if steps else "",
        tags.table(known, errors) if errors else "",
    )


def _opportunities(report: DescendReport, figures: Mapping[str, str]) -> str:
    if not report.opportunities:
        return ""
    header = [
        "pass",
        "revolutions later",
        "final burn, UTC",
        "miss, km",
        "kg",
        "clear of land, km",
        "nearest land",
        "ok",
    ]
    more = ["entry, UTC", "aim", "heel", "toe", "clear of ice, km", "too near by, km"]
    rows = [
        (
            *cells,
            words.minute(one.entry_utc)[:16],
            short_place(one.aim),
            short_place(one.heel),
            short_place(one.toe),
            words.grouped(one.ice_clearance_km),
            words.grouped(one.short_by_km) if one.short_by_km else "-",
        )
        for one, cells in zip(report.opportunities, opportunity_rows(report.opportunities), strict=True)
    ]
    caption = (
        "Tracks of the passes, drawn as of circular orbits through aim, heel and toe, with the footprint that the "
        "aiming expects; where failed burns that can be placed would bring it down."
    )
    return tags.section(
        "Opportunities",
        _figure(figures, "map", caption),
        tags.table([*header, *more], rows, left=1, classes="tight"),
        _list((one.id, one.text) for one in report.opportunities),
    )


# --- what if -------------------------------------------------------------------------------------------------------


def _branches(report: DescendReport, figures: Mapping[str, str]) -> str:
    if not report.branches:
        return ""
    groups = chosen_branches(report.branches)
    chosen = [_branch(one)[:-1] for _, found in groups for one in found]
    possible = [
        (f"{burn}, {', '.join(map(failure_words, same))}", together_words(same))
        for burn, found in groups
        for same in alike(found)
    ]
    caption = (
        "Left: share of each burn that is made against the time to entry. Middle and right: how far past the aim the "
        "reference body comes down if the last burn stops early, lasts too long or points wrong."
    )
    told = (
        f"After: from when the failure is known, with its interval. {ANYWHERE.capitalize()}: the time is so uncertain "
        "that it may be any place under its orbit. E_c: casualty expectation of the branch."
    )
    return tags.section(
        "If a burn fails",
        _figure(figures, "failures", caption),
        f"<p class='muted'>{tags.text(told)}</p>",
        tags.table(_BRANCH_HEADER[:-1], chosen, left=5, classes="tight"),
        f"<h3>What can still be done</h3>{_list(possible)}",
        tags.details(
            f"Every failure ({len(report.branches)})",
            tags.table(_BRANCH_HEADER, [_branch(one) for one in report.branches], left=5, classes="tight"),
        ),
    )


def _list(items: Iterable[tuple[str, str]]) -> str:
    """A list of names with their texts; nothing of those without a text."""
    lines = "".join(f"<li><strong>{tags.text(name)}</strong>: {tags.text(text)}</li>" for name, text in items if text)
    return f"<ul>{lines}</ul>" if lines else ""


def _branch(one: Branch) -> tuple[str, ...]:
    return (
        one.burn,
        failure_words(one),
        words.minute(one.utc)[:16],
        "stays up" if one.entry_utc is None else words.minute(one.entry_utc)[:16],
        after_words(one.days_to_entry),
        shift_words(one),
        "-" if one.random or one.along_track_sigma_km is None else f"{one.along_track_sigma_km:,.0f}",
        ANYWHERE if one.random else "-" if one.impact is None else short_place(one.impact),
        f"{one.apogee_km:.0f} x {one.perigee_km:.0f}",
        words.minute(one.control_until_utc)[:16],
        "-" if one.casualty_expectation is None else words.small(one.casualty_expectation.value),
        recourses_words(one.recourses),
    )


def _losses(report: DescendReport, figures: Mapping[str, str]) -> str:
    if not report.losses:
        return ""
    header = [
        "lost on",
        "km",
        "entry",
        "days until then",
        "E_c",
        "can still",
        "control to",
        "docked",
        "what and until when",
    ]
    shown = monthly(report.losses)
    rows = [
        (*cells, words.minute(one.control_until_utc)[:16], ", ".join(one.docked), recourses_words(one.recourses))
        for one, cells in zip(shown, loss_rows(shown, report.deorbit_vehicle), strict=True)
    ]
    caption = (
        "Time from the loss of all propulsion to entry, coloured by the most useful thing that can still be done; "
        "grey, the range of solar activity and drag. Dotted: how long the attitude can still be held. Below, what can "
        "be done with all that did not fail, without the deorbit vehicle, and without any thrust."
    )
    return tags.section(
        "If all propulsion is lost",
        _figure(figures, "losses", caption),
        tags.details(f"By date ({len(rows)} of {len(report.losses)})", tags.table(header, rows, classes="tight")),
    )


def _points(report: DescendReport) -> str:
    if not report.points_of_no_return:
        return ""
    header = ["solar activity", "last day", "altitude, km", "raised to, km", "needed, m/s", "there, m/s", "kg", "days"]
    header.append("with")
    points = report.points_of_no_return
    texts = [(one.activity + (" *" if one.without_deorbit_vehicle else ""), one.text) for one in points]
    told = (
        "<p class='muted'>* the deorbit vehicle keeps its propellant for the targeted burns.</p>"
        if any(one.without_deorbit_vehicle for one in report.points_of_no_return)
        else ""
    )
    return tags.section(
        "Point of no return", tags.table(header, points_rows(points), left=2, classes="tight"), told, _list(texts)
    )


def _reliability(report: DescendReport) -> str:
    r = report.reliability
    if r is None:
        return ""
    facts = [
        ("limit of the casualty expectation", words.small(r.casualty_limit)),
        ("uncontrolled", words.estimate(r.uncontrolled_casualty_expectation)),
        *([("casualties of", r.break_up)] if r.break_up else []),
    ]
    header = ["burn", "E_c of its worst branch", "may fail once in", "must work with", "worst branch"]
    return tags.section(
        "Required reliability",
        f"<p>{tags.text(r.text)}</p>" if r.text else "",
        tags.table(header, reliability_rows(r)) if r.burns else "",
        tags.facts(facts),
    )
