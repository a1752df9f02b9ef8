"""The page to look at that a track leaves: its figures and tables in one HTML file, built like the report of a plan."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pointnemo.reporting import tags, words
from pointnemo.reporting.track_page import (
    arrival_s,
    days_from,
    hindcast_words,
    length_words,
    origin_words,
    span_words,
    variation_words,
)
from pointnemo.tracking.report import Followed, TrackReport

__all__ = ["render_track"]


def render_track(followed: Followed, figures: Mapping[str, str], input_hash: str) -> str:
    """One HTML file with everything that a track found.

    Args:
        followed: the answer.
        figures: ``<svg>`` elements of ``track_figures``.
        input_hash: of the question.

    Returns:
        A complete HTML document, the same for the same arguments.
    """
    report = followed.report
    made = report.provenance
    name = report.object_name or "an object without a name"
    head = (
        f'<header><p class="muted">pointnemo {tags.text(made.package_version)} '
        f"&middot; inputs {tags.text(input_hash[:8])} &middot; seed {made.seed}</p>"
        f"<h1>The track of {tags.text(name)}</h1>"
        f"<p>As of {tags.text(words.instant(report.as_of_utc))} UTC: nothing later is used.</p></header>"
    )
    body = [
        head,
        _state(report),
        _prediction(report, figures),
        _hindcasts(report),
        _drag(report, figures),
        _burns(report),
        _events(report),
        _sources(report),
    ]
    return tags.document(f"The track of {words.clean(name)}", body)


def _state(report: TrackReport) -> str:
    sigma_km = math.sqrt(sum(max(report.covariance[i][i], 0.0) for i in range(3)))
    rows = [
        ("start state", report.origin),
        ("epoch of state", f"{words.minute(report.epoch_utc)} UTC"),
        ("position, GCRS", ", ".join(f"{x:,.6f}" for x in report.position_km) + " km"),
        ("velocity, GCRS", ", ".join(f"{x:.9f}" for x in report.velocity_km_s) + " km/s"),
        ("known to", f"{length_words(sigma_km)}, one sigma of the position"),
        ("mean altitude", f"{report.altitude_km:.2f} km"),
        ("apogee x perigee", f"{report.apogee_km:.1f} x {report.perigee_km:.1f} km"),
        ("decay", words.estimate(report.decay_km_per_day)),
        ("mass", f"{words.grouped(report.mass_kg)} kg"),
    ]
    return tags.section("Where the station is", tags.facts(rows))


def _prediction(report: TrackReport, figures: Mapping[str, str]) -> str:
    """Two tables, each narrow enough for paper: how sure, and where."""
    sigmas = [
        (
            words.minute(row.utc),
            f"{days_from(report, row.utc):.2f}",
            *(f"{sigma:.3f}" for sigma in row.sigma_rtn_km),
            span_words(arrival_s(report, row.sigma_rtn_km[1])),
        )
        for row in report.prediction
    ]
    states = [
        (
            words.minute(row.utc),
            *(f"{x:.3f}" for x in row.position_km),
            *(f"{x:.6f}" for x in row.velocity_km_s),
        )
        for row in report.prediction
    ]
    tables = [
        tags.table(["one sigma, UTC", "days", "radial, km", "along, km", "cross, km", "arrival"], sigmas),
        tags.table(["GCRS, UTC", "x, km", "y, km", "z, km", "vx, km/s", "vy, km/s", "vz, km/s"], states),
    ]
    caption = (
        "Along-track offset from the predicted orbit: shares of the ensemble, some members, the file's own prediction, "
        "the first states of later files. Below: what would have been predicted from earlier files."
    )
    figure = tags.figure(figures["fan"], caption) if "fan" in figures else ""
    return tags.section("Where it will be", figure, *(tables if report.prediction else ()))


def _hindcasts(report: TrackReport) -> str:
    if not report.hindcasts:
        return ""
    remarked = any(h.note for h in report.hindcasts)
    rows = [
        (
            words.minute(h.as_of_utc)[:16],
            words.minute(h.utc)[:16],
            *([h.note] if remarked else []),
            f"{h.days:.1f}",
            f"{h.miss_rtn_km[1]:+.2f}",
            f"{h.sigma_rtn_km[1]:.2f}",
            "-" if h.file_miss_rtn_km is None else f"{h.file_miss_rtn_km[1]:+.2f}",
        )
        for h in report.hindcasts
    ]
    header = ["as of", "for", *(["remark"] if remarked else []), "days", "along, km", "sigma, km", "the file's own, km"]
    table = tags.table(header, rows, left=3 if remarked else 2)
    return tags.section(
        "How good such predictions were", f"<p>{tags.text(hindcast_words(report.hindcasts))}</p>", table
    )


def _drag(report: TrackReport, figures: Mapping[str, str]) -> str:
    drag = report.drag
    facts = tags.facts(
        [
            ("drag area C_D A now", words.estimate(drag.now_cd_area_m2)),
            ("ballistic factor C_D A / m", words.estimate(report.ballistic_factor_m2_kg)),
            ("over time", variation_words(report)),
            ("told apart", drag.separable),
        ]
    )
    captions = {
        "drag": "Drag area as each arc alone tells it, and by the day as all arcs do; the last days are predicted.",
        "residuals": "Position left over at the end of each arc; the drag area has nulled the along-track part.",
    }
    shown = [tags.figure(figures[name], caption) for name, caption in captions.items() if name in figures]
    spans = [f"{words.day(arc.from_utc)} to {words.day(arc.to_utc)[5:]}" for arc in report.arcs]
    rows = [
        (
            span,
            arc.status,
            f"{arc.days:.2f}",
            "-" if arc.cd_area_m2 is None else words.across(arc.cd_area_m2),
            *("-" if x is None else f"{1000.0 * x:+.1f}" for x in (arc.miss_radial_km, arc.miss_cross_km)),
        )
        for span, arc in zip(spans, report.arcs, strict=True)
    ]
    table = tags.table(["arc", "outcome", "days", "C_D A, m2", "radial, m", "cross, m"], rows, left=2) if rows else ""
    remarks = [
        f"<li>{tags.text(span)}: {tags.text('; '.join(said))}</li>"
        for span, arc in zip(spans, report.arcs, strict=True)
        if (said := [*([f"with {', '.join(arc.burns)}"] if arc.burns else []), *filter(None, [arc.note])])
    ]
    return tags.section("How it decays", facts, *shown, table, f"<ul>{''.join(remarks)}</ul>" if remarks else "")


def _burns(report: TrackReport) -> str:
    if not report.burns:
        return ""
    rows = [
        (
            burn.name,
            origin_words(burn),
            words.minute(burn.start_utc),
            span_words(burn.start_sigma_s),
            f"{burn.delta_v_mps:+.4f}",
            f"{burn.delta_v_sigma_mps:.4f}",
            "-" if burn.thrust_n is None else words.grouped(burn.thrust_n),
        )
        for burn in report.burns
    ]
    header = ["burn", "what it is", "start, UTC", "+-", "m/s", "+-", "thrust, N"]
    return tags.section("Burns", tags.table(header, rows, left=2))


def _events(report: TrackReport) -> str:
    if not report.events:
        return ""
    rows = [
        (
            event.name,
            event.kind + (", preliminary" if event.preliminary else ""),
            event.changed,
            words.minute(event.utc),
            f"{event.delta_v_mps:.1f}" if event.delta_v_mps else "-",
            *("-" if x is None else f"{x:.1f}" for x in (event.apogee_km, event.perigee_km)),
        )
        for event in report.events
    ]
    header = ["event", "kind", "changed", "UTC", "m/s", "apogee, km", "perigee, km"]
    return tags.section("Events, as the newest file has them", tags.table(header, rows, left=3))


def _sources(report: TrackReport) -> str:
    weather, made = report.weather, report.provenance
    facts = tags.facts(
        [
            ("space weather", weather.source),
            ("as of", f"{words.instant(weather.as_of_utc)} UTC"),
            ("days ahead", weather.method),
            ("skill", weather.skill),
            ("tracking files", ", ".join(report.files)),
            ("models", "; ".join(made.models)),
            ("ensemble", f"{words.grouped(made.members)} members, seed {made.seed}"),
        ]
    )
    notes = "".join(f"<li>{tags.text(note)}</li>" for note in report.notes)
    data = [(table.name, table.version, table.source, table.sha256[:12]) for table in made.data]
    tables = tags.table(["data", "version", "source", "sha256"], data, left=4) if data else ""
    return tags.section("What this rests on", f"<ul>{notes}</ul>" if notes else "", facts, tables)
