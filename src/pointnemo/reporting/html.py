"""The report: one HTML file that holds everything it shows.

No script, no font, no picture and no style from elsewhere: the file can be mailed, archived and printed, and follows
the reader's choice of light or dark. All text that comes from a plan is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pointnemo.reporting import figures, maps, tags, words
from pointnemo.reporting.descend_html import more_facts
from pointnemo.reporting.hazard_html import hazard_parts, risk_parts
from pointnemo.reporting.hazard_words import DRIVERS_NOTE, convergence_table, driver_table
from pointnemo.reporting.operate_html import missed_limits, more_tables
from pointnemo.reporting.operate_words import outcome_words, solver_words
from pointnemo.reporting.page import limit_text
from pointnemo.reporting.trade_figure import trade_figure
from pointnemo.reporting.trade_words import explained, latest_table, plan_day, quarter_table, supplier_table
from pointnemo.results import (
    Assess,
    Check,
    Descend,
    History,
    Impacts,
    Operate,
    Place,
    Plan,
    Reenter,
    Remedy,
    Skipped,
    Track,
    Trajectory,
)

__all__ = ["render_report"]

FloatArray = NDArray[np.float64]


def render_report(
    plan: Plan,
    history: History | None,
    trajectory: Trajectory | None,
    impacts: Impacts | None,
    coastlines: Sequence[FloatArray],
    islands: Sequence[Place] = (),
) -> str:
    """The whole report of a plan.

    Args:
        plan: the document.
        history: daily arrays; None leaves their figure out.
        trajectory: the last days; None leaves the maps out.
        impacts: fragments; None leaves the figure of the fall out.
        coastlines: arrays (n, 2) of longitude and latitude in degrees, cut at the 180th meridian.
        islands: named places for the map of the areas to be closed.

    Returns:
        A complete HTML document, the same for the same arguments.
    """
    p = plan.provenance
    outcome = "feasible" if plan.verdict.feasible else "not feasible" if plan.verdict.checks else "no verdict"
    title = f"Plan for {words.clean(p.scenario)}: {outcome}"
    # A scenario that begins in the entry may have an aim of its own; else down-range counts from its place of entry.
    origin = "the aim or entry" if _begins_in_the_entry(plan) else "the aim point"
    body = [
        _head(plan),
        _checks(plan),
        _history(plan, history),
        _track(plan.track),
        _operate(plan.operate),
        _descend(plan),
        _maps(plan, trajectory, coastlines),
        _reenter(plan.reenter, impacts, origin),
        _assess(plan.assess, coastlines, islands, trajectory, impacts, origin),
        tags.provenance(plan.provenance),
    ]
    return tags.document(title, body)


# --- sections ------------------------------------------------------------------------------------------------------


def _begins_in_the_entry(plan: Plan) -> bool:
    return isinstance(plan.descend, Skipped) and isinstance(plan.reenter, Reenter)


def _head(plan: Plan) -> str:
    v, p = plan.verdict, plan.provenance
    state, word = ("good", "Feasible") if v.feasible else ("bad", "Not feasible")
    failed = sum(not check.ok for check in v.checks)
    count = f"{failed} of {len(v.checks)} checks {'fails' if failed == 1 else 'fail'}"
    if not failed:
        count = "every check holds"
    if not v.checks:  # a run that ends before the verdict
        state, word, count = "muted", "No verdict", ""
    heading = "From today&rsquo;s orbit to Point Nemo"
    if _begins_in_the_entry(plan):
        heading = f"From the entry to the ground: {tags.text(p.scenario)}"
    settings = "".join(f"<li><code>--set {tags.text(item)}</code></li>" for item in p.set)
    return "\n".join(
        [
            "<header>",
            f'<p class="muted">pointnemo {tags.text(p.package_version)} &middot; '
            f"scenario {tags.text(p.scenario)} &middot; "
            f"inputs {tags.text(p.input_hash[:8])} &middot; seed {p.seed}</p>",
            f"<h1>{heading}</h1>",
            f'<p class="verdict {state}"><strong>{word}</strong> <span>{tags.text(count)}</span></p>',
            f"<p>{tags.text(v.summary)}</p>",
            f"<p>With:</p><ul>{settings}</ul>" if settings else "",
            "</header>",
        ]
    )


def _checks(plan: Plan) -> str:
    if not plan.verdict.checks:
        return ""
    rows: list[str] = []
    for check in plan.verdict.checks:
        state, word = ("good", "ok") if check.ok else ("bad", "FAIL")
        rows.append(
            f"<tr><td><code>{tags.text(check.id)}</code><br><span class='muted'>{tags.text(check.text)}</span></td>"
            f"<td class='n'>{tags.text(words.value_text(check.value))}</td>"
            f"<td class='n'>{tags.text(limit_text(check))}</td>"
            f"<td>{tags.text(words.unit_text(check.unit))}</td><td class='{state}'>{word}</td></tr>"
        )
        if not check.ok:
            rows.append(f"<tr class='mend'><td colspan='5'>{_remedies(check)}</td></tr>")
    head = "<tr><th>check</th><th class='n'>value</th><th class='n'>limit</th><th>unit</th><th>ok</th></tr>"
    table = f"<div class='scroll'><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table></div>"
    return tags.section("Verdict", table)


def _remedies(check: Check) -> str:
    if not check.remedies:
        return "<p class='muted'>No remedy was found on the levers that were tried.</p>"
    mending = [_remedy(remedy) for remedy in check.remedies if remedy.ok and remedy.set]
    others = [_remedy(remedy) for remedy in check.remedies if not (remedy.ok and remedy.set)]
    return "".join(
        f"<p>{lead}</p><ul>{''.join(items)}</ul>"
        for lead, items in (("Any one of these mends it, flown again:", mending), ("Not enough alone:", others))
        if items
    )


def _remedy(remedy: Remedy) -> str:
    after = "" if remedy.value_after is None else f" &rarr; {tags.text(words.value_text(remedy.value_after))}"
    lines = "".join(f"<br><code>--set {tags.text(item)}</code>" for item in remedy.set)
    return f"<li>{tags.text(remedy.text)}{after}{lines}</li>"


def _history(plan: Plan, history: History | None) -> str:
    if history is None:
        return ""
    caption = (
        "Mean altitude under low, mean and high solar activity; propellant aboard by partner and F10.7 below. "
        "Propellant is that of the mean line."
    )
    parts = [tags.figure(figures.history_figure(plan, history), caption)]
    if isinstance(plan.descend, Descend) and plan.descend.milestones:
        milestones = enumerate(plan.descend.milestones, start=1)
        rows = [(i, m.text, words.minute(m.utc)[:16], f"{m.altitude_km:.0f}") for i, m in milestones]
        parts.append(tags.table(["no.", "milestone", "UTC", "altitude, km"], rows, left=2))
    return tags.section("From now to entry", *parts)


def _track(track: Track | Skipped) -> str:
    title = "Where the station is"
    if isinstance(track, Skipped):
        return tags.skipped(title, track)
    rows = [
        ("epoch", f"{words.minute(track.epoch_utc)} UTC"),
        ("origin of state", track.origin),
        ("mean altitude", f"{track.altitude_km:.2f} km"),
        ("apogee x perigee", f"{track.apogee_km:.1f} x {track.perigee_km:.1f} km"),
        ("inclination", f"{track.inclination_deg:.3f} deg"),
        ("position, GCRS", ", ".join(f"{x:,.3f}" for x in track.position_km) + " km"),
        ("velocity, GCRS", ", ".join(f"{x:.6f}" for x in track.velocity_km_s) + " km/s"),
        ("mass", f"{words.grouped(track.mass_kg)} kg"),
        ("ballistic factor C_D A / m", words.estimate(track.ballistic_factor_m2_kg)),
        ("drag area C_D A", words.estimate(track.cd_area_m2)),
        ("decay", words.estimate(track.decay_km_per_day)),
    ]
    return tags.section(title, tags.facts(rows))


def _operate(operate: Operate | Skipped) -> str:
    title = "How it is held"
    if isinstance(operate, Skipped):
        return tags.skipped(title, operate)
    o = operate
    facts = tags.facts(
        [
            ("until", words.day(o.until_utc)),
            ("corridor", f"{o.corridor_lower_km:.1f} to {o.corridor_upper_km:.1f} km"),
            ("lowest altitude", f"{o.lowest_altitude_km:.2f} km on {words.day(o.lowest_altitude_utc)}"),
            ("highest altitude", f"{o.highest_altitude_km:.2f} km"),
            (
                "reboosts",
                f"{len(o.reboosts)}: {o.reboost_delta_v_mps:.1f} m/s, {words.grouped(o.reboost_propellant_kg)} kg",
            ),
            ("attitude control", f"{words.grouped(o.attitude_propellant_kg)} kg"),
            (
                "lowest propellant margin",
                f"{words.grouped(o.lowest_propellant_margin_kg)} kg on {words.day(o.lowest_propellant_margin_utc)}",
            ),
            ("seats minus crew", f"{o.lowest_seat_margin} on {words.day(o.lowest_seat_margin_utc)}"),
            *(solver_words(o.solver)[:2] if o.solver else []),
        ]
    )
    short = [("shortfall", s) for s in o.shortfalls] + [("gap", s) for s in o.gaps]
    missing = tags.table(
        ["kind", "from", "what", "amount", "unit"],
        [(kind, words.day(s.utc), s.what, words.value_text(s.amount), words.unit_text(s.unit)) for kind, s in short],
        left=3,
    )
    missed = missed_limits(o)
    head = f"<p>{tags.text(outcome_words(o))}</p>{missed}" if missed else ""
    return tags.section(title, head, facts, missing if short else "", *_schedules(o), *more_tables(o))


def _schedules(o: Operate) -> list[str]:
    """The long tables, folded away: ledger, reboosts, visiting vehicles, crews."""
    uses = ("start", "delivered", "moved", "reboost", "attitude", "lowering", "final_burns", "departed", "remaining")
    ledger = [
        (row.tank, row.partner, *(words.grouped(float(getattr(row, f"{use}_kg"))) for use in uses)) for row in o.ledger
    ]
    reboosts = [
        (
            words.minute(r.utc),
            r.source,
            r.partner,
            f"{r.delta_v_mps:.2f}",
            words.duration(r.duration_s),
            words.grouped(r.propellant_kg),
            f"{r.altitude_before_km:.2f}",
            f"{r.altitude_after_km:.2f}",
        )
        for r in o.reboosts
    ]
    ports = [
        (p.flight, p.vehicle, p.partner, p.port, p.status, words.day(p.dock_utc), words.day(p.undock_utc))
        for p in o.ports
    ]
    crews = [(words.day(c.from_utc), words.day(c.to_utc), c.crew, c.seats) for c in o.crews]
    ledger_header = ["tank", "partner", *(use.replace("_", " ") for use in uses)]
    reboost_header = ["start, UTC", "by", "partner", "m/s", "duration", "kg", "from, km", "to, km"]
    port_header = ["flight", "vehicle", "partner", "port", "status", "docks", "undocks"]
    tables: tuple[tuple[str, list[str], Sequence[Sequence[object]], int], ...] = (
        ("Propellant of every tank, kg", ledger_header, ledger, 2),
        ("Reboosts", reboost_header, reboosts, 3),
        ("Visiting vehicles", port_header, ports, 7),
        ("Crew and seats", ["from", "to", "crew", "seats"], crews, 2),
    )
    return [
        tags.details(f"{name} ({len(rows)})", tags.table(header, rows, left, "tight"))
        for name, header, rows, left in tables
        if rows
    ]


def _descend(plan: Plan) -> str:
    title = "How it comes down"
    d = plan.descend
    if isinstance(d, Skipped):
        return tags.skipped(title, d)
    lowering = (
        f"{words.grouped(d.lowering_propellant_kg)} kg of {d.lowering_vehicle} ({d.lowering_delta_v_mps:.1f} m/s)"
        if d.lowering_propellant_kg > 0
        else "by drag alone"
    )
    facts = [
        ("lowered from", f"{words.day(d.lowering_start_utc)}, {lowering}"),
        ("crew leaves", f"{words.day(d.crew_departure_utc)} at {d.crew_departure_altitude_km:.0f} km"),
        ("deorbit vehicle", f"{d.deorbit_vehicle}, docks {words.day(d.deorbit_vehicle_arrival_utc)}"),
        (
            "its propellant",
            f"{words.grouped(d.deorbit_propellant_used_kg)} of {words.grouped(d.deorbit_propellant_available_kg)} kg",
        ),
    ]
    if d.targeting is not None:
        t = d.targeting
        state = f"reached within {t.miss_km:.1f} km" if t.converged else f"not reached, miss {t.miss_km:.0f} km"
        shift = f", moved {t.aim_shift_km:+.0f} km along the track" if t.aim_shift_km else ""
        facts.append(("aim", f"{words.place(t.aim)}{shift}; {state}"))
    if d.entry is not None:
        e = d.entry
        facts.append(
            (
                "entry interface",
                f"{words.minute(e.utc)} UTC at {e.height_km:.0f} km, {words.place(e.place)}; "
                f"{e.inertial_speed_km_s:.3f} km/s, path angle {e.flight_path_angle_deg:.2f} deg, "
                f"azimuth {e.azimuth_deg:.1f} deg, {words.mass(e.mass_kg)}",
            )
        )
    lines = tags.table(
        ["solar activity", *(line.activity for line in d.lines)],
        [
            ("percentile of the forecast", *(f"{line.percentile:g} %" for line in d.lines)),
            ("mean F10.7 of the descent, sfu", *(f"{line.f107_mean:.1f}" for line in d.lines)),
            ("altitude when operations end", *(words.altitude(line.altitude_at_operate_until_km) for line in d.lines)),
            ("altitude at the de-orbit date", *(words.altitude(line.altitude_at_deorbit_by_km) for line in d.lines)),
            ("crew leaves", *(words.day(line.crew_departure_utc, "not reached") for line in d.lines)),
            ("hold altitude", *(words.day(line.hold_utc, "not reached") for line in d.lines)),
            ("entry", *(words.day(line.entry_utc, "not reached") for line in d.lines)),
        ],
    )
    burns = [
        (
            b.id,
            b.vehicle,
            words.minute(b.start_utc),
            words.duration(b.duration_s),
            f"{b.delta_v_mps:.2f}",
            words.grouped(b.thrust_n),
            words.grouped(b.propellant_kg),
            f"{b.apogee_before_km:.1f} x {b.perigee_before_km:.1f}",
            f"{b.apogee_after_km:.1f} x {b.perigee_after_km:.1f}",
        )
        for b in d.burns
    ]
    header = ["burn", "by", "start, UTC", "duration", "m/s", "thrust, N", "kg", "orbit before, km", "orbit after, km"]
    table = tags.table(header, burns, left=3, classes="tight") if burns else "<p class='muted'>No burns.</p>"
    return tags.section(title, tags.facts(facts), lines, "<h3>Targeted burns</h3>", table, more_facts(d), *_trade(d))


def _trade(descend: Descend) -> list[str]:
    """Start of lowering against propellant against entry date: figure and tables."""
    trade = descend.trade
    if trade is None:
        return []
    caption = (
        f"Propellant that a start of lowering needs to be down by {trade.deorbit_by} under low, mean and high solar "
        "activity; dashed, other dates under mean activity; dotted, what suppliers have."
    )
    drawn = trade_figure(trade)
    monthly, by_date, who = quarter_table(trade, every_month=True), latest_table(trade), supplier_table(trade)
    return [
        "<h3>The trade: start of lowering, propellant, date</h3>",
        tags.figure(drawn, caption) if drawn else "",
        f"<p>The latest start that needs no propellant, and what a start on {tags.text(plan_day(trade))} needs.</p>",
        tags.table(*by_date),
        tags.details(
            f"Every start ({len(monthly[1])})",
            f"<p>{tags.text(explained(trade))}</p>" + tags.table(*monthly, classes="tight"),
        ),
        tags.details(f"Who could pay ({len(who[1])})", tags.table(*who, left=2)),
    ]


def _maps(plan: Plan, trajectory: Trajectory | None, coastlines: Sequence[FloatArray]) -> str:
    drawn = maps.map_figures(plan, trajectory, coastlines)
    if drawn is None:
        return ""
    world, close = drawn
    return tags.section(
        "The last day",
        tags.figure(world, "Ground track of the last 24 hours, with the burns, the footprint and land."),
        tags.figure(
            close, "From the entry interface to the footprint; the dashed line is the way to the nearest land."
        ),
    )


def _reenter(reenter: Reenter | Skipped, impacts: Impacts | None, origin: str) -> str:
    title = "Break-up and footprint"
    if isinstance(reenter, Skipped):
        return tags.skipped(title, reenter)
    r, f = reenter, reenter.footprint
    unit, scale, places = words.mass_unit(r.entry_mass_kg)
    phases = [phase for phase in r.phases if phase.elements]
    rows = [
        (
            phase.text,
            words.across(phase.altitude_km),
            words.across(phase.fragments),
            words.grouped(phase.released_mass_kg * scale, places),
            words.across(phase.surviving_mass_kg, scale, places),
        )
        for phase in phases
    ]
    fall = figures.fall_figure(impacts, origin) if impacts is not None else None
    broken = [(f"{phase.id} broken by", words.broke_by(phase)) for phase in r.phases if phase.broke_by]
    return tags.section(
        title,
        tags.figure(figures.ladder_figure(r), "Heights at which the phases happen, and what they free and leave."),
        tags.table(["phase", "height, km", "pieces", f"freed, {unit}", f"survives, {unit}"], rows),
        tags.facts(broken) if broken else "",
        tags.details(
            "Elements of each phase",
            tags.table(["phase", "elements"], [(phase.text, ", ".join(phase.elements)) for phase in phases], left=2),
        ),
        tags.facts(
            [
                ("surviving mass", words.estimate(r.surviving_mass_kg)),
                ("surviving fraction", words.estimate(r.surviving_fraction)),
                ("surviving pieces", words.estimate(r.surviving_fragments)),
                ("impacts", f"{words.minute(r.first_impact_utc)} to {words.minute(r.last_impact_utc)} UTC"),
                ("impact centre", words.place(r.impact_centre)),
                ("footprint", f"holds {words.per(f.level)} of the dangerous pieces"),
                ("heel", words.place(f.heel, named=False)),
                ("toe", words.place(f.toe, named=False)),
                ("length", words.estimate(f.length_km)),
                ("width", words.estimate(f.width_km)),
                ("flown", f"{words.grouped(r.fragments_flown)} fragments in {r.realisations} realisations"),
            ]
        ),
        tags.figure(fall, "What comes down along the track, mean of all realisations.") if fall else "",
        *_drivers(r),
        tags.table(*convergence_table(r.convergence)) if r.convergence else "",
        "<h3>Assumptions</h3><ul>" + "".join(f"<li>{tags.text(a)}</li>" for a in r.assumptions) + "</ul>",
    )


def _drivers(reenter: Reenter) -> list[str]:
    """What moves the footprint, ranked; nothing where too few runs have one."""
    if not reenter.drivers:
        return []
    header, rows = driver_table(reenter.drivers)
    return [
        "<h3>What moves the footprint</h3>",
        tags.table(["cause", *header[1:]], rows),
        f"<p class='muted'>{tags.text(DRIVERS_NOTE)}</p>",
    ]


def _assess(
    assess: Assess | Skipped,
    coastlines: Sequence[FloatArray],
    islands: Sequence[Place],
    trajectory: Trajectory | None,
    impacts: Impacts | None,
    origin: str,
) -> str:
    title = "Who is at risk"
    if isinstance(assess, Skipped):
        return tags.skipped(title, assess)
    a, c = assess, assess.clearance
    return tags.section(
        title,
        tags.facts(
            [
                ("casualty expectation, controlled", f"{words.estimate(a.casualty_expectation)}, if every burn works"),
                ("uncontrolled", f"{words.estimate(a.uncontrolled_casualty_expectation)}, if no burn is made"),
                ("dangerous pieces", f"{words.estimate(a.dangerous_fragments)} above {a.energy_threshold_j:g} J"),
                ("casualty area", words.estimate(a.casualty_area_m2)),
                ("nearest land", f"{c.distance_km:,.0f} km: {words.place(c.land)} from {words.place(c.fragment)}"),
                ("Antarctic ice", f"{c.antarctic_ice_distance_km:,.0f} km"),
                ("population of", str(a.year)),
            ]
        ),
        *risk_parts(a),
        *hazard_parts(a, coastlines, islands, trajectory, impacts, origin=origin),
    )
