"""The page to look at that ``pointnemo operate`` leaves, and the tables that the report of a plan shares with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointnemo.operations.operate_changes import other_gaps
from pointnemo.operations.operate_report import OperateReport
from pointnemo.reporting import tags, words
from pointnemo.reporting.operate_words import (
    angle_range,
    changed_words,
    covered_words,
    gap_words,
    late_crews_words,
    ledger_words,
    missed,
    missed_words,
    outcome_words,
    purpose_words,
    reflight_rows,
    solver_words,
)
from pointnemo.results import LedgerSum, Operate

__all__ = ["missed_limits", "more_tables", "render_operate"]

_USES = ("start", "delivered", "moved", "reboost", "attitude", "lowering", "final_burns", "departed", "remaining")


def render_operate(report: OperateReport, figures: Mapping[str, str]) -> str:
    """One HTML file with all that a plan of the operation holds but its daily columns.

    Args:
        report: the document.
        figures: ``<svg>`` elements of ``operate_figures``.

    Returns:
        A complete HTML document, the same for the same arguments. What is missed stands at its head.
    """
    body = [
        _head(report),
        missed_limits(report, "Limits that are missed"),
        _changes(report),
        _altitude(report, figures),
        _schedule(report),
        _reboosts(report),
        _phases(report),
        _propellant(report, figures),
        _traffic(report, figures),
        _supplies(report, figures),
        _commitments(report, figures),
        tags.provenance(report.provenance),
    ]
    return tags.document(f"Keeping {words.clean(report.provenance.scenario)}: how it is operated", body)


def more_tables(operate: Operate) -> list[str]:
    """Tables of an operation, folded away, that are empty in plans from before they were computed.

    Args:
        operate: the stage's result.

    Returns:
        HTML of those that hold something: phase windows, crews, supplies, losses, transfers, commitments.
    """
    o = operate
    tables = (
        ("Phase windows", _phase_table(o), len(o.phases)),
        ("Rotations of crews", _rotation_table(o), len(o.rotations)),
        ("Supplies", _supply_table(o), len(o.supplies)),
        ("If one flight is lost", _loss_table(o), len(o.missed_flights)),
        ("Propellant pumped over", _transfer_table(o), len(o.transfers)),
        ("Commitments", _commitment_table(o), len(o.commitments)),
    )
    return [tags.details(f"{name} ({count})", table) for name, table, count in tables if count]


def missed_limits(operate: Operate, title: str = "") -> str:
    """Every limit that is missed, planned and re-flown, and every shortfall; empty where there are none.

    Args:
        operate: the stage's result.
        title: of a section around it; none where it stands within one.
    """
    items = [
        f"<li><span class='bad'>{tags.text(missed_words(one, flown))}</span><br>{tags.text(one.text)}</li>"
        for one, flown in missed(operate)
    ]
    listed = f"<ul>{''.join(items)}</ul>" if items else ""
    if not title:
        return listed
    short = [
        (words.day(s.utc), s.what, words.value_text(s.amount), words.unit_text(s.unit)) for s in operate.shortfalls
    ]
    shortfalls = tags.table(["from", "shortfall", "amount", "unit"], short, left=2) if short else ""
    return tags.section(title, listed, shortfalls) if listed or shortfalls else ""


# --- sections ------------------------------------------------------------------------------------------------------


def _head(report: OperateReport) -> str:
    p = report.provenance
    state, word = ("bad", "Not kept") if missed(report) else ("good", "Kept")
    settings = "".join(f"<li><code>--set {tags.text(item)}</code></li>" for item in p.set)
    return "\n".join(
        [
            "<header>",
            f'<p class="muted">pointnemo {tags.text(p.package_version)} &middot; scenario {tags.text(p.scenario)} '
            f"&middot; inputs {tags.text(p.input_hash[:8])} &middot; seed {p.seed}</p>",
            f"<h1>Keeping {tags.text(p.scenario)} to {tags.text(words.day(report.until_utc))}</h1>",
            f'<p class="verdict {state}"><strong>{word}</strong> <span>{tags.text(outcome_words(report))}</span></p>',
            f"<p>With:</p><ul>{settings}</ul>" if settings else "",
            "</header>",
        ]
    )


def _changes(report: OperateReport) -> str:
    if report.changes is None:
        return ""
    title = "What changed against the plan without the --set lines"
    if not report.changes:
        return tags.section(title, "<p>Nothing: the plan is the same.</p>")
    rows = [(one.kind, changed_words(one)) for one in report.changes]
    return tags.section(title, tags.table(["about", "change"], rows, left=2))


def _altitude(report: OperateReport, figures: Mapping[str, str]) -> str:
    r = report
    facts = [("lower edge of the corridor", f"at most {r.corridor_lower_km:.2f} km")]
    if r.survival_days:
        told = (
            f"day by day: from there the station is still at {r.survival_altitude_km:.0f} km after {r.survival_days} "
            "days without any reboost under high solar activity"
        )
        facts.append(("computed", told))
    facts += [
        ("upper edge", f"{r.corridor_upper_km:.1f} km"),
        ("least margin", f"{r.lowest_margin_km:.2f} km on {words.day(r.lowest_margin_utc)}"),
        ("lowest altitude", f"{r.lowest_altitude_km:.2f} km on {words.day(r.lowest_altitude_utc)}"),
        ("highest altitude", f"{r.highest_altitude_km:.2f} km"),
        ("when lowering starts", f"{r.end_altitude_km:.2f} km"),
    ]
    caption = (
        "Mean altitude between the edges of its corridor. Each burn is a line from the altitude before it to that "
        "after it. Launches and landings that ask for a phase stand below, those that miss it in red."
    )
    return tags.section("Altitude", _figure(figures, "altitude", caption), tags.facts(facts))


def _figure(figures: Mapping[str, str], name: str, caption: str) -> str:
    return tags.figure(figures[name], caption) if name in figures else ""


def _schedule(report: OperateReport) -> str:
    facts = tags.facts(solver_words(report.solver)) if report.solver else ""
    if report.reflight is None:
        return tags.section("How good the schedule is", facts, "<p class='muted'>It was not re-flown.</p>")
    flown = tags.table(["", "planned", "re-flown", "unit"], reflight_rows(report, report.reflight))
    model = tags.facts([("re-flown with", report.reflight.model)])
    return tags.section("How good the schedule is", facts, model, flown)


def _reboosts(report: OperateReport) -> str:
    flown = report.reflight.reboosts if report.reflight else ()
    paired = len(flown) == len(report.reboosts)
    rows = [
        (
            words.day(one.utc),
            words.minute(flown[i].utc) if paired else "-",
            one.source,
            purpose_words(one.purpose),
            f"{one.delta_v_mps:.3f}",
            f"{flown[i].delta_v_mps:.3f}" if paired else "-",
            words.duration(one.duration_s),
            words.grouped(one.propellant_kg),
            f"{one.altitude_before_km:.2f}",
            f"{one.altitude_after_km:.2f}",
        )
        for i, one in enumerate(report.reboosts)
    ]
    header = ["planned", "re-flown, UTC", "by", "for", "m/s", "re-flown", "duration", "kg", "from, km", "to, km"]
    total = f"{report.reboost_delta_v_mps:.2f} m/s, {words.grouped(report.reboost_propellant_kg)} kg"
    table = tags.table(header, rows, 4, "tight") if rows else "<p class='muted'>None.</p>"
    return tags.section("Reboosts", tags.facts([("together", f"{len(rows)}: {total}")]), table)


def _phases(report: OperateReport) -> str:
    if not report.phases:
        return ""
    kept = sum(one.ok for one in report.phases)
    told = (
        f"<p>{kept} of {len(report.phases)} windows are kept. Degrees are those by which the station is ahead: at a "
        "launch of the vehicle at its insertion, at a landing of the site when that lies in the station's plane.</p>"
    )
    return tags.section("Phase windows", told, _phase_table(report))


def _phase_table(o: Operate) -> str:
    rows = [
        (
            one.flight,
            one.event,
            one.site,
            one.scheme,
            words.minute(one.utc),
            f"{one.days_from_plan:+d} d" if one.days_from_plan else "-",
            "-" if one.phase_deg is None else f"{one.phase_deg:.1f}",
            angle_range(one.low_deg, one.high_deg),
            "-" if one.reflown_deg is None else f"{one.reflown_deg:.1f}",
            "-" if one.trip_hours is None else f"{one.trip_hours:.1f}",
            "ok" if one.ok else "FAIL",
        )
        for one in o.phases
    ]
    header = ["flight", "event", "site", "scheme", "UTC", "moved", "deg", "range", "re-flown", "trip, h", "ok"]
    return tags.table(header, rows, 5, "tight")


def _propellant(report: OperateReport, figures: Mapping[str, str]) -> str:
    r = report
    facts = [
        ("attitude control", f"{words.grouped(r.attitude_propellant_kg)} kg"),
        (
            "least margin above the reserve",
            f"{words.grouped(r.lowest_propellant_margin_kg)} kg on {words.day(r.lowest_propellant_margin_utc)}",
        ),
        ("kept for debris avoidance", f"{words.grouped(r.avoidance_propellant_kg)} kg a year, within the reserve"),
    ]
    tanks = [(row.tank, row.partner, *_kilograms(row)) for row in r.ledger]
    uses = [use.replace("_", " ") for use in _USES]
    return tags.section(
        "Propellant",
        _figure(
            figures, "propellant", "Propellant aboard: tanks of the station, and of each type of visiting vehicle."
        ),
        tags.facts(facts),
        f"<p class='muted'>{tags.text(_sentence(ledger_words(r)))}</p>",
        _sums("vehicle, kg", r.ledger_by_vehicle),
        _sums("partner, kg", r.ledger_by_partner),
        tags.details(f"Every tank, kg ({len(tanks)})", tags.table(["tank", "partner", *uses], tanks, 2, "tight")),
        tags.details(f"Pumped over ({len(r.transfers)})", _transfer_table(r)) if r.transfers else "",
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _kilograms(row: object) -> list[str]:
    return [words.grouped(float(getattr(row, f"{use}_kg"))) for use in _USES]


def _sums(title: str, rows: Sequence[LedgerSum]) -> str:
    if not rows:
        return ""
    uses = [use.replace("_", " ") for use in _USES]
    return tags.table([title, *uses], [(row.name, *_kilograms(row)) for row in rows], 1, "tight")


def _transfer_table(o: Operate) -> str:
    rows = [(words.day(one.utc), one.from_tank, one.to_tank, words.grouped(one.kg)) for one in o.transfers]
    return tags.table(["date", "from", "to", "kg"], rows, left=3)


def _traffic(report: OperateReport, figures: Mapping[str, str]) -> str:
    ports = [
        (
            one.flight,
            one.vehicle,
            one.partner,
            one.port,
            one.status,
            words.day(one.dock_utc),
            words.day(one.undock_utc),
            "relocated" if one.moved else "",
        )
        for one in report.ports
    ]
    crews = [(words.day(one.from_utc), words.day(one.to_utc), one.crew, one.seats) for one in report.crews]
    port_header = ["flight", "vehicle", "partner", "port", "status", "docks", "undocks", ""]
    lowest = f"{report.lowest_seat_margin} on {words.day(report.lowest_seat_margin_utc)}"
    return tags.section(
        "Ports and crews",
        _figure(figures, "ports", "Who is on which port, by partner; below, the people aboard and their seats home."),
        tags.facts([("seats minus crew, lowest", lowest)]),
        _rotation_table(report) if report.rotations else "",
        f"<p class='muted'>{tags.text(_sentence(late))}</p>" if (late := late_crews_words(report)) else "",
        tags.details(f"Every stay ({len(ports)})", tags.table(port_header, ports, 8, "tight")) if ports else "",
        _replanned(report),
        tags.details(f"People and seats ({len(crews)})", tags.table(["from", "to", "crew", "seats"], crews, 2))
        if crews
        else "",
    )


def _replanned(o: Operate) -> str:
    rows = [(words.day(one.utc), one.flight, one.what, one.wait_days or "-") for one in o.replanned]
    table = tags.table(["date", "flight", "otherwise than the manifest asks for", "days late for a port"], rows, left=3)
    return f"<h3>Otherwise than asked for</h3>{table}" if rows else ""


def _rotation_table(o: Operate) -> str:
    rows = [
        (
            one.flight,
            one.partner,
            one.relieves or "-",
            words.day(one.arrive_utc),
            words.day(one.depart_utc),
            one.crew,
            one.seats,
            one.days_aboard,
            one.duty_limit_days,
            "-" if one.handover_days is None else one.handover_days,
            "ok" if one.ok else "FAIL",
        )
        for one in o.rotations
    ]
    header = ["crew", "partner", "relieves", "arrives", "leaves", "people", "seats", "days", "limit", "handover", "ok"]
    return tags.table(header, rows, 5, "tight")


def _supplies(report: OperateReport, figures: Mapping[str, str]) -> str:
    if not report.supplies:
        return ""
    hurt = [one for one in report.missed_flights if not one.ok]
    tried = len({one.flight for one in report.missed_flights})
    said = f"{len({one.flight for one in hurt})} of {tried} flights cannot be lost without touching a reserve."
    return tags.section(
        "Supplies",
        _figure(
            figures, "supplies", "Days that each stock lasts before its reserve is touched, at the use of the day."
        ),
        "<p class='muted'>Margin: least stock above the reserve, and when. Days: the fewest that the stock of any day "
        "lasts.</p>",
        _supply_table(report),
        f"<h3>If one flight is lost</h3><p>{said}</p>{_loss_table(report)}" if report.missed_flights else "",
    )


def _supply_table(o: Operate) -> str:
    rows = [
        (
            one.name,
            *(words.grouped(x) for x in (one.start_kg, one.delivered_kg, one.used_kg, one.recovered_kg, one.lost_kg)),
            *(words.grouped(x) for x in (one.end_kg, one.reserve_kg, one.lowest_margin_kg)),
            f"{one.lowest_days:.0f}",
            words.day(one.lowest_margin_utc),
        )
        for one in o.supplies
    ]
    header = ["kg", "start", "delivered", "used", "recycled", "no room", "end", "reserve", "margin", "days", "worst on"]
    return tags.table(header, rows, 1, "tight")


def _loss_table(o: Operate) -> str:
    rows = [
        (
            one.flight,
            one.supply,
            words.grouped(one.lowest_kg),
            words.day(one.lowest_utc),
            "-" if one.days_to_reserve is None else f"{one.days_to_reserve:.0f}",
            "ok" if one.ok else "reserve touched",
        )
        for one in sorted(o.missed_flights, key=lambda one: (one.ok, one.lowest_kg))
    ]
    return tags.table(["lost flight", "supply", "lowest above reserve, kg", "on", "days to reserve", ""], rows, left=2)


def _commitments(report: OperateReport, figures: Mapping[str, str]) -> str:
    gaps = [
        f"<li>{tags.text(gap_words(gap))}; {tags.text(covered_words(gap))}{_listed(gap.cover)}</li>"
        for gap in report.commitment_gaps
    ]
    gaps += [
        f"<li>{tags.text(row.what)}: {tags.text(words.value_text(row.amount))} {tags.text(words.unit_text(row.unit))} "
        f"from {tags.text(words.day(row.utc))}</li>"
        for row in other_gaps(report)
    ]
    if not (report.commitments or gaps):
        return ""
    return tags.section(
        "Commitments",
        _figure(figures, "commitments", "What each partner is committed to, what could step in, and gaps, hatched."),
        f"<h3>Gaps</h3><ul>{''.join(gaps)}</ul>" if gaps else "<p>No gap.</p>",
        tags.details(f"Every commitment ({len(report.commitments)})", _commitment_table(report)),
    )


def _listed(texts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{tags.text(text)}</li>' for text in texts)}</ul>" if texts else ""


def _commitment_table(o: Operate) -> str:
    rows = [
        (
            one.need,
            one.partner,
            words.day(one.from_utc),
            words.day(one.until_utc),
            f"could{', ' if one.flight or one.what else ''}{' '.join(filter(None, (one.flight, one.what)))}"
            if one.backup
            else "committed",
        )
        for one in o.commitments
    ]
    return tags.table(["need", "partner", "from", "until", ""], rows, left=5)
