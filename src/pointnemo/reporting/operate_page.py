"""The page at 80 columns of ``pointnemo operate``: what is missed first, then altitude, propellant, traffic, supplies.

Sections are pure functions from the document to lines; layout and colours are those of ``page``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pointnemo.operations.operate_changes import other_gaps
from pointnemo.operations.operate_report import OperateReport
from pointnemo.reporting import words
from pointnemo.reporting.layout import fact, head, laid_out, table
from pointnemo.reporting.operate_words import (
    angle_range,
    changed_words,
    could_words,
    covered_words,
    gap_words,
    late_crews_words,
    ledger_words,
    missed,
    outcome_words,
    purpose_words,
    reflight_rows,
    solver_words,
    violation_lines,
)
from pointnemo.reporting.page import LEDGER_USES
from pointnemo.results import CrewRotation, LedgerRow, LedgerSum

__all__ = ["columns", "operate_page"]

Lines = list[str]
T = TypeVar("T")

DOCUMENT = "operate.json"
_LISTED = 15  # rows shown of a long table; operate.json has them all


def operate_page(report: OperateReport, color: bool = False, *, folder: str | None = None) -> str:
    """The readable page of how the station is kept flying.

    Args:
        report: the document.
        color: paint headings with ANSI codes.
        folder: where the files were written; no line about files without it.

    Returns:
        Lines of at most 80 columns, ending in a newline. Every limit that is missed is told at its head.
    """
    sections: tuple[tuple[str, Lines], ...] = (
        ("LIMITS THAT ARE MISSED", _violations(report)),
        ("WHAT CHANGED", _changes(report)),
        ("ALTITUDE", _altitude(report)),
        ("SCHEDULE OF REBOOSTS", _schedule(report)),
        ("REBOOSTS", _reboosts(report)),
        ("PHASE WINDOWS", _phases(report)),
        ("PROPELLANT", _propellant(report)),
        ("PORTS", _ports(report)),
        ("CREWS", _crews(report)),
        ("SUPPLIES", _supplies(report)),
        ("IF ONE FLIGHT IS LOST", _missed(report)),
        ("COMMITMENTS", _commitments(report)),
    )
    files = None if folder is None else f"{folder}/ (open operate.html; operate.json has every number)"
    return laid_out(_title(report), sections, files, color)


def _title(report: OperateReport) -> Lines:
    lines = head(f"keeping {report.provenance.scenario} to {words.day(report.until_utc)}", report.provenance)
    outcome = "NOT KEPT" if missed(report) else "KEPT"
    return [*lines, *words.wrapped(outcome_words(report), f"{outcome}  ", "  ")]


def _more(hidden: int, indent: str = "  ") -> Lines:
    """The line under a table that was cut."""
    return [f"{indent}and {hidden} more, see {DOCUMENT}"] if hidden > 0 else []


# --- what is missed, what changed ----------------------------------------------------------------------------------


def _violations(report: OperateReport) -> Lines:
    lines = violation_lines(report, _LISTED, DOCUMENT)
    if report.shortfalls:
        lines += [""] if lines else []
        shown = report.shortfalls[:_LISTED]
        for row in shown:
            amount = f"{words.value_text(row.amount)} {words.unit_text(row.unit)}".rstrip()
            lines += words.wrapped(f"{words.day(row.utc)}  shortfall: {row.what}, {amount}", "  ", "    ")
        lines += _more(len(report.shortfalls) - len(shown))
    return lines


def _changes(report: OperateReport) -> Lines:
    """Against the plan without the ``--set`` lines, one line a change, by what it is about."""
    if report.changes is None:
        return []
    if not report.changes:
        return ["  nothing: the plan is the same without the --set lines"]
    lines: Lines = []
    for kind in dict.fromkeys(change.kind for change in report.changes):
        rows = [change for change in report.changes if change.kind == kind]
        for i, change in enumerate(rows[:_LISTED]):
            lines += words.wrapped(changed_words(change), f"  {kind if i == 0 else '':<12}", " " * 16)
        lines += _more(len(rows) - _LISTED, " " * 14)
    return lines


# --- altitude and propellant ---------------------------------------------------------------------------------------


def _altitude(report: OperateReport) -> Lines:
    r = report
    lower = f"at most {r.corridor_lower_km:.1f} km"
    if r.survival_days:
        lower += (
            f", computed day by day: from there the station is still at {r.survival_altitude_km:.0f} km after "
            f"{r.survival_days} days without any reboost under high solar activity"
        )
    margin = f"{r.lowest_margin_km:.1f} km above the lower edge at the worst, on {words.day(r.lowest_margin_utc)}"
    return [
        *fact("lower edge", lower),
        *fact("upper edge", f"{r.corridor_upper_km:.1f} km"),
        *(fact("margin", margin) if r.lowest_margin_utc else []),
        *fact(
            "altitude",
            f"lowest {r.lowest_altitude_km:.1f} km on {words.day(r.lowest_altitude_utc)}, "
            f"highest {r.highest_altitude_km:.1f} km"
            + (f", {r.end_altitude_km:.1f} km when lowering starts" if r.end_altitude_km else ""),
        ),
    ]


def _schedule(report: OperateReport) -> Lines:
    """How good the schedule is, and what became of it when it was flown."""
    lines: Lines = []
    if report.solver is not None:
        lines += [fact_line for label, text in solver_words(report.solver) for fact_line in fact(label, text)]
    if report.reflight is None:
        return [*lines, *fact("re-flown", "no")]
    lines += [*fact("re-flown with", report.reflight.model), ""]
    return [*lines, *table(["", "planned", "re-flown", "unit"], reflight_rows(report, report.reflight))]


def _reboosts(report: OperateReport) -> Lines:
    r = report
    if not r.reboosts:
        return ["  none"]
    rows = [
        [
            words.day(one.utc),
            one.source,
            f"{one.delta_v_mps:.2f}",
            words.grouped(one.propellant_kg),
            f"{one.altitude_before_km:.1f} -> {one.altitude_after_km:.1f}",
            purpose_words(one.purpose),
        ]
        for one in r.reboosts[:_LISTED]
    ]
    header = ["date", "by", "m/s", "kg", "altitude, km", "for"]
    total = f"{len(r.reboosts)} together: {r.reboost_delta_v_mps:.1f} m/s, {words.grouped(r.reboost_propellant_kg)} kg"
    return [*columns(header, rows, "llrrrw"), *_more(len(r.reboosts) - _LISTED), *words.wrapped(total, "  ")]


def _phases(report: OperateReport) -> Lines:
    """Launches, then landings; what is missed is shown wherever a table is cut."""
    if not report.phases:
        return []
    kept = sum(one.ok for one in report.phases)
    lines = [f"  {kept} of {len(report.phases)} windows are kept"]
    if any(one.days_from_plan for one in report.phases):
        lines.append("  moved: by days from the manifest, whose ports and crews stay as they are")
    for event, title in (("launch", "launch of"), ("landing", "landing of")):
        phases = [one for one in report.phases if one.event == event]
        if not phases:
            continue
        shown = _chosen(phases, [one.ok for one in phases])
        rows = [
            [
                one.flight,
                words.day(one.utc),
                f"{one.days_from_plan:+d} d" if one.days_from_plan else "-",
                one.scheme,
                "-" if one.phase_deg is None else f"{one.phase_deg:.1f}",
                angle_range(one.low_deg, one.high_deg),
                "-" if one.reflown_deg is None else f"{one.reflown_deg:.1f}",
                "ok" if one.ok else "FAIL",
            ]
            for one in shown
        ]
        header = [title, "date", "moved", "scheme", "deg", "range", "flown", "ok"]
        lines += ["", *columns(header, rows, "wlrlrrrl"), *_more(len(phases) - len(shown))]
    return lines


def _chosen(rows: Sequence[T], ok: Sequence[bool]) -> list[T]:
    """As many rows as are shown, in their order: those that are not well before the others."""
    first = sorted(range(len(rows)), key=lambda i: (ok[i], i))[:_LISTED]
    return [rows[i] for i in sorted(first)]


def columns(header: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> Lines:
    """Aligned columns of a table with more than one of text, two blanks apart and two from the edge.

    Args:
        header: one title per column.
        rows: as many cells in each.
        align: a letter for each column: ``l`` left, ``r`` right, ``w`` left and folded where the table would pass 80
            columns; one ``w`` at most.

    Returns:
        Header and rows.
    """
    cells = [[words.clean(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(align))]
    if "w" in align:
        at = align.index("w")
        others = sum(widths) - widths[at] + 2 * len(align)
        widths[at] = max(8, min(widths[at], words.WIDTH - others))
    lines: Lines = []
    for row in cells:
        folded = [
            words.wrapped(cell, width=width) if kind == "w" else [cell]
            for cell, kind, width in zip(row, align, widths, strict=True)
        ]
        for i in range(max(map(len, folded))):
            texts = [cell[i] if i < len(cell) else "" for cell in folded]
            placed = [
                text.rjust(width) if kind == "r" else text.ljust(width)
                for text, kind, width in zip(texts, align, widths, strict=True)
            ]
            lines.append(("  " + "  ".join(placed)).rstrip())
    return lines


def _propellant(report: OperateReport) -> Lines:
    r = report
    lines = [
        *fact("attitude control", f"{words.grouped(r.attitude_propellant_kg)} kg"),
        *fact(
            "margin",
            f"{words.grouped(r.lowest_propellant_margin_kg)} kg above the reserve at the lowest, "
            f"on {words.day(r.lowest_propellant_margin_utc)}",
        ),
    ]
    if r.avoidance_propellant_kg:
        kept = f"{words.grouped(r.avoidance_propellant_kg)} kg a year for debris avoidance, within the reserve"
        lines += fact("kept back", kept)
    partners = r.ledger_by_partner
    if r.ledger_by_vehicle or partners:
        lines += ["", *words.wrapped(ledger_words(r), "  ")]
    for title, rows in (("by vehicle, kg", r.ledger_by_vehicle), ("by partner, kg", partners)):
        if rows:
            lines += ["", *_ledger(title, rows, together=rows is partners)]
    if r.transfers:
        lines += ["", *_transfers(report)]
    return lines


def _ledger(title: str, rows: Sequence[LedgerSum | LedgerRow], together: bool) -> Lines:
    """The ledger's sums: start + delivered + moved = all uses + departed + left; empty columns are left out."""
    uses = [use for use in LEDGER_USES if any(abs(getattr(row, use)) >= 0.5 for row in rows)]
    cells = [[_name(row), *(words.grouped(getattr(row, use)) for use in uses)] for row in rows]
    if together and len(rows) > 1:
        cells.append(["together", *(words.grouped(sum(getattr(row, use) for row in rows)) for use in uses)])
    return table([title, *(LEDGER_USES[use] for use in uses)], cells)


def _name(row: LedgerSum | LedgerRow) -> str:
    return row.name if isinstance(row, LedgerSum) else row.tank


def _transfers(report: OperateReport) -> Lines:
    """What was pumped over, by the tank that it went to."""
    lines: Lines = []
    for tank in dict.fromkeys(one.to_tank for one in report.transfers):
        rows = [one for one in report.transfers if one.to_tank == tank]
        given = ", ".join(dict.fromkeys(one.from_tank for one in rows))
        total = words.grouped(sum(one.kg for one in rows))
        when = words.day(rows[0].utc) if len(rows) == 1 else f"{words.day(rows[0].utc)} to {words.day(rows[-1].utc)}"
        times = "once" if len(rows) == 1 else f"{len(rows)} times"
        lines += fact("pumped over" if not lines else "", f"{total} kg into {tank}, {times}, {when}, from {given}")
    return lines


# --- traffic, crews, supplies --------------------------------------------------------------------------------------


def _ports(report: OperateReport) -> Lines:
    if not report.ports:
        return []
    until = words.day(report.until_utc)
    there = sorted(
        (
            one
            for one in report.ports
            if words.day(one.dock_utc) <= until and words.day(one.undock_utc) > report.from_utc
        ),
        key=lambda one: one.dock_utc,
    )
    rows = [
        [
            one.flight + (", relocated" if one.moved else ""),
            one.partner,
            one.port,
            words.day(one.dock_utc),
            words.day(one.undock_utc),
        ]
        for one in there[:_LISTED]
    ]
    flights = len({one.flight for one in there})
    ports = len({one.port for one in there})
    moved = sum(one.moved for one in there)
    told = f"{flights} vehicles on {ports} ports until {until}, {moved or 'no'} relocation{'' if moved == 1 else 's'}"
    header = ["flight", "partner", "port", "docks", "undocks"]
    lines = [*words.wrapped(told, "  "), *columns(header, rows, "wllll"), *_more(len(there) - _LISTED)]
    return [*lines, *_replanned(report)]


def _replanned(report: OperateReport) -> Lines:
    """What of the manifest is flown otherwise than asked for."""
    if not report.replanned:
        return []
    lines = ["", "  otherwise than the manifest asks for"]
    for one in report.replanned[:_LISTED]:
        wait = f", {one.wait_days} days late for want of a port" if one.wait_days else ""
        lines += words.wrapped(f"{words.day(one.utc)}  {one.flight}: {one.what}{wait}", "    ", "      ")
    return [*lines, *_more(len(report.replanned) - _LISTED, "    ")]


def _crews(report: OperateReport) -> Lines:
    r = report
    lines = fact("seats minus crew", f"{r.lowest_seat_margin} at the lowest, on {words.day(r.lowest_seat_margin_utc)}")
    if r.crews:
        people = [one.crew for one in r.crews]
        lines += fact("people aboard", f"{min(people)} to {max(people)}")
    if r.rotations:
        limits = sorted({one.duty_limit_days for one in r.rotations})
        lines += fact("duty limit", f"{' or '.join(map(str, limits))} days")
        shown = _chosen(r.rotations, [one.ok for one in r.rotations])
        header = ["crew of (people)", "arrives", "leaves", "days", "ok", "handover"]
        rows = [_rotation(one) for one in shown]
        lines += ["", *columns(header, rows, "lllrlw"), *_more(len(r.rotations) - len(shown))]
        late = late_crews_words(r)
        lines += words.wrapped(late, "  ") if late else []
    return lines


def _rotation(one: CrewRotation) -> list[str]:
    overlap = "-" if one.handover_days is None else f"{one.handover_days} d"
    return [
        f"{one.flight} ({one.crew})",
        words.day(one.arrive_utc),
        words.day(one.depart_utc),
        f"{one.days_aboard}",
        "ok" if one.ok else "FAIL",
        f"{overlap}, {one.relieves}" if one.relieves else overlap,
    ]


def _supplies(report: OperateReport) -> Lines:
    if not report.supplies:
        return []
    rows = [
        [
            one.name,
            words.grouped(one.start_kg),
            words.grouped(one.delivered_kg),
            words.grouped(one.used_kg),
            words.grouped(one.end_kg),
            words.grouped(one.reserve_kg),
            words.grouped(one.lowest_margin_kg),
            f"{one.lowest_days:.0f}",
            words.day(one.lowest_margin_utc),
        ]
        for one in report.supplies
    ]
    header = ["kg", "start", "deliv.", "used", "end", "reserve", "margin", "days", "worst on"]
    told = "margin: least stock above the reserve, and when; days: the fewest that the stock of any day lasts"
    lines = [*words.wrapped(told, "  "), *table(header, rows)]
    recycled = [f"{one.name} {words.grouped(one.recovered_kg)} kg" for one in report.supplies if one.recovered_kg]
    if recycled:
        lines += fact("recycled", ", ".join(recycled))
    lost = [f"{one.name} {words.grouped(one.lost_kg)} kg" for one in report.supplies if one.lost_kg >= 0.5]
    if lost:
        lines += fact("no room for", ", ".join(lost))
    return lines


def _missed(report: OperateReport) -> Lines:
    """Flights whose loss hurts, of all that were tried."""
    if not report.missed_flights:
        return []
    hurt = sorted((one for one in report.missed_flights if not one.ok), key=lambda one: one.lowest_kg)
    flights = len({one.flight for one in report.missed_flights})
    if not hurt:
        return words.wrapped(f"no supply touches its reserve, whichever one of {flights} flights is lost", "  ")
    rows = [
        [
            one.flight,
            one.supply,
            words.grouped(one.lowest_kg),
            words.day(one.lowest_utc),
            "-" if one.days_to_reserve is None else f"{one.days_to_reserve:.0f}",
        ]
        for one in hurt[:_LISTED]
    ]
    told = (
        f"{len({one.flight for one in hurt})} of {flights} flights cannot be lost without touching a reserve; "
        "kg: stock above the reserve at its lowest; days: from the loss until the reserve is touched"
    )
    header = ["lost flight", "supply", "kg", "lowest on", "days"]
    return [*words.wrapped(told, "  "), *columns(header, rows, "wlrlr"), *_more(len(hurt) - _LISTED)]


# --- commitments ---------------------------------------------------------------------------------------------------


def _commitments(report: OperateReport) -> Lines:
    lines: Lines = []
    if report.commitments:
        rows = []
        for need in dict.fromkeys(one.need for one in report.commitments):
            mine = [one for one in report.commitments if one.need == need]
            committed = [
                f"{one.partner} {_span(report, one.from_utc, one.until_utc)}" for one in mine if not one.backup
            ]
            could = [one for one in mine if one.backup]
            rows += words.wrapped(", ".join(committed) or "nobody", f"  {need:<18}")
            if could:
                rows += words.wrapped(f"could: {could_words(could)}", " " * 20)
        lines += rows
    for gap in report.commitment_gaps:
        lines += ["", *words.wrapped(gap_words(gap), "  GAP  ", "       ")]
        lines += words.wrapped(covered_words(gap), "       ")
        lines += [line for text in gap.cover for line in words.wrapped(text, "       - ", "         ")]
    others = other_gaps(report)
    for row in others:
        amount = f"{words.value_text(row.amount)} {words.unit_text(row.unit)}".rstrip()
        lines += words.wrapped(f"{row.what}, {amount}, from {words.day(row.utc)}", "  GAP  ", "       ")
    if not lines:
        return []
    if not (report.commitment_gaps or others):
        lines += ["  no gap"]
    return lines


def _span(report: OperateReport, from_utc: str, until_utc: str) -> str:
    """Until when, and from when where that is not the beginning."""
    start = "" if words.day(from_utc) <= words.day(report.from_utc) else f"{words.day(from_utc)} "
    return f"{start}to {words.day(until_utc)}"
