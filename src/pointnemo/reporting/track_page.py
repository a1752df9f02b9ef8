"""The page at 80 columns of ``pointnemo track FILE...``: state, drag, burns, what is planned, prediction, hindcasts.

Sections are pure functions from the document to lines; layout and colours are those of ``page``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from pointnemo.reporting import words
from pointnemo.reporting.layout import fact, fold, masthead, paint, table, table_blocks
from pointnemo.tracking.report import ArcFit, Followed, Hindcast, TrackedBurn, TrackedEvent, TrackReport
from pointnemo.world import time

__all__ = [
    "HindcastSummary",
    "arrival_s",
    "days_from",
    "hindcast_summary",
    "hindcast_words",
    "length_words",
    "origin_words",
    "span_words",
    "track_page",
    "variation_words",
]

Lines = list[str]

_LISTED = 12  # rows shown of a long table; the files have them all
_CHANGES = 6
_STATUS = {"fitted": "fitted", "replanned burn": "replanned", "unannounced burn": "burn", "not fitted": "no fit"}
_ORIGIN = {"ephemeris": "read out of", "event table": "announced in", "inferred": "inferred, seen in"}


def track_page(
    followed: Followed,
    color: bool = False,
    *,
    input_hash: str = "",
    folder: str | None = None,
) -> str:
    """The readable page of what tracking files say.

    Args:
        followed: the answer.
        color: paint headings with ANSI codes.
        input_hash: of the question.
        folder: where the files were written; no line about files without it.

    Returns:
        Lines of at most 80 columns, ending in a newline.
    """
    report = followed.report
    lines = [
        *_title(report, input_hash),
        *("", "WHERE THE STATION IS", *_state(report)),
        *("", "HOW IT DECAYS", *_drag(report)),
        *("", "ARCS", *_arcs(report.arcs)),
        *("", "BURNS", *_burns(report.burns)),
        *("", "WHAT IS PLANNED", *_events(report)),
        *("", "WHERE IT WILL BE", *_prediction(report)),
        *("", "HOW GOOD SUCH PREDICTIONS WERE", *_hindcasts(report.hindcasts)),
        *("", "SPACE WEATHER", *_weather(report)),
    ]
    if report.notes:
        lines += ["", "NOTES", *(line for note in report.notes for line in words.wrapped(note, "  - ", "    "))]
    if folder is not None:
        told = f"{folder}/ (open track.html; track.json has every number, prediction.oem the orbit)"
        lines += ["", *words.wrapped(told, "files in  ")]
    text = "\n".join(fold(lines)) + "\n"
    return paint(text) if color else text


def _title(report: TrackReport, input_hash: str) -> Lines:
    made = report.provenance
    told = f"the track of {report.object_name or 'an object without a name'}"
    return masthead(told, made.package_version, input_hash, made.seed)


# --- figures that the page and the report share --------------------------------------------------------------------


def days_from(report: TrackReport, utc: str) -> float:
    """Days from the start state to an epoch; negative where it lies before."""
    return (time.from_utc(utc) - time.from_utc(report.epoch_utc)) / 86400.0


def arrival_s(report: TrackReport, along_km: float) -> float:
    """Seconds by which a station that far ahead on its track arrives early anywhere."""
    return along_km / math.sqrt(sum(v * v for v in report.velocity_km_s))


def span_words(seconds: float) -> str:
    """A time in few words: ``3 ms``, ``0.4 s``, ``38 s``, ``12 min``, ``6.0 h``, ``2.1 d``."""
    size = abs(seconds)
    if 0.0 < size < 0.0995:
        return f"{1000.0 * seconds:.0f} ms"
    if size < 9.95:
        return f"{seconds:.1f} s"
    if size < 99.5:
        return f"{seconds:.0f} s"
    if size < 5400.0:
        return f"{seconds / 60.0:.0f} min"
    return f"{seconds / 3600.0:.1f} h" if size < 172_800.0 else f"{seconds / 86400.0:.1f} d"


def origin_words(burn: TrackedBurn) -> str:
    """What a burn is and where that is from, in one sentence without a full stop."""
    parts = [f"{burn.kind}, {_ORIGIN[burn.origin]} {burn.file}"]
    if burn.preliminary:
        parts.append("preliminary")
    if burn.duration_s is not None:
        parts.append(words.duration(burn.duration_s))
    if burn.acceleration_mm_s2 is not None:
        parts.append(f"{burn.acceleration_mm_s2:.2f} mm/s2")
    if burn.delta_v_rtn_mps is not None:
        radial, along, cross = burn.delta_v_rtn_mps
        parts.append(f"radial {radial:+.3f}, along {along:+.3f}, cross {cross:+.3f} m/s")
    return ", ".join(parts)


def length_words(length_km: float) -> str:
    """A length of any size in little room: ``42 m``, ``3.1 km``, ``128 km``."""
    if abs(length_km) < 0.9995:
        return f"{1000.0 * length_km:.0f} m"
    return f"{length_km:.1f} km" if abs(length_km) < 99.95 else f"{words.grouped(length_km)} km"


class HindcastSummary(NamedTuple):
    """What hindcasts without a note are worth.

    Attributes:
        clean: how many there are.
        compared: of these, for how many the earlier file has a row of its own.
        ours_km: median along-track miss of these, ours; None where there are none.
        theirs_km: the file's own, likewise.
        inside_one: of ``clean``, how many along-track misses lie within one sigma.
        inside_two: within two.
    """

    clean: int
    compared: int
    ours_km: float | None
    theirs_km: float | None
    inside_one: int
    inside_two: int


def hindcast_summary(hindcasts: Sequence[Hindcast]) -> HindcastSummary:
    """Median misses and coverage of the hindcasts that no burn spoilt."""
    clean = [h for h in hindcasts if not h.note]
    pairs = [(abs(h.miss_rtn_km[1]), abs(h.file_miss_rtn_km[1])) for h in clean if h.file_miss_rtn_km is not None]
    return HindcastSummary(
        len(clean),
        len(pairs),
        median(ours for ours, _ in pairs) if pairs else None,
        median(theirs for _, theirs in pairs) if pairs else None,
        sum(abs(h.miss_rtn_km[1]) <= h.sigma_rtn_km[1] for h in clean),
        sum(abs(h.miss_rtn_km[1]) <= 2.0 * h.sigma_rtn_km[1] for h in clean),
    )


def variation_words(report: TrackReport) -> str:
    """How the drag area varies, in one sentence without a full stop."""
    drag = report.drag
    told = (
        f"usually {words.grouped(drag.median_cd_area_m2)} m2, varies by {100.0 * drag.sigma_log:.0f} % (one sigma) "
        f"with a memory of {drag.memory_days:.0f} days"
    )
    return f"{told}; one arc alone tells it to {100.0 * drag.noise_log:.0f} %" if drag.noise_log else told


def hindcast_words(hindcasts: Sequence[Hindcast]) -> str:
    """What hindcasts were worth, in sentences."""
    found = hindcast_summary(hindcasts)
    told = f"Each as it would have been made then, with nothing later: {len(hindcasts)} in all"
    if found.clean < len(hindcasts):
        told += (
            f", {len(hindcasts) - found.clean} across a burn that went otherwise than announced and not counted here"
        )
    told += "."
    if found.ours_km is not None and found.theirs_km is not None:
        told += (
            f" Median along-track miss {length_words(found.ours_km)}, of the files' own predictions "
            f"{length_words(found.theirs_km)}"
        )
        told += "." if found.compared == found.clean else f" (of the {found.compared} that they reach)."
    if found.clean:
        told += (
            f" Of {found.clean} along-track misses {found.inside_one} lie within one sigma (68 % are expected to), "
            f"{found.inside_two} within two (95 %)."
        )
    return told


# --- sections ------------------------------------------------------------------------------------------------------


def _state(report: TrackReport) -> Lines:
    behind_s = time.from_utc(report.as_of_utc) - time.from_utc(report.epoch_utc)
    side = "before" if behind_s >= 0 else "after"
    age = f"{span_words(abs(behind_s))} {side} the as-of date" if abs(behind_s) >= 1.0 else "the as-of date itself"
    designator = f" ({words.clean(report.object_id)})" if report.object_id else ""
    sigma = [math.sqrt(max(report.covariance[i][i], 0.0)) for i in range(3)]
    return [
        *fact("object", f"{report.object_name or 'without a name'}{designator}"),
        *fact("as of", f"{words.instant(report.as_of_utc)} UTC: nothing later is used"),
        *fact("start state", report.origin),
        *fact("epoch of state", f"{words.minute(report.epoch_utc)} UTC, {age}"),
        *fact("known to", f"{length_words(math.sqrt(sum(s * s for s in sigma)))}, one sigma of the position"),
        *fact(
            "altitude",
            f"{report.altitude_km:.1f} km mean, apogee {report.apogee_km:.1f} x perigee {report.perigee_km:.1f} km",
        ),
        *fact("mass", f"{words.grouped(report.mass_kg)} kg"),
        *fact("files read", _named(report.files)),
    ]


def _named(files: Sequence[str]) -> str:
    if len(files) <= 3:
        return ", ".join(files) or "none"
    return f"{len(files)}, from {files[0]} to {files[-1]}"


def _drag(report: TrackReport) -> Lines:
    drag = report.drag
    area = drag.now_cd_area_m2
    return [
        *fact("decay", f"{words.estimate(report.decay_km_per_day)} of mean altitude"),
        *fact("drag area C_D A", f"{words.estimate(area)} now"),
        *fact("ballistic factor", f"{words.estimate(report.ballistic_factor_m2_kg)}, C_D A / m"),
        *fact("over time", variation_words(report)),
        *fact("told apart", drag.separable),
    ]


def _arcs(arcs: Sequence[ArcFit]) -> Lines:
    if not arcs:
        return words.wrapped(
            "none: drag is measured between two files, and the scatter of the past stands for it", "  "
        )
    shown = arcs[-_LISTED:]
    rows = [
        [
            f"{words.day(arc.from_utc)} to {words.day(arc.to_utc)[5:]}",
            f"{arc.days:.1f}",
            "-" if arc.cd_area_m2 is None else words.across(arc.cd_area_m2),
            _metres(arc.miss_radial_km),
            _metres(arc.miss_cross_km),
            _STATUS[arc.status],
        ]
        for arc in shown
    ]
    head, *blocks = table_blocks(["arc", "days", "C_D A, m2", "radial, m", "cross, m", "outcome"], rows)
    lines = [*_earlier(arcs, shown, "drag.csv"), *head]
    for arc, block in zip(shown, blocks, strict=True):
        lines += block
        if arc.burns:
            lines += words.wrapped(f"with {', '.join(arc.burns)}", "      ", "        ")
        if arc.note:
            lines += words.wrapped(arc.note, "      ", "        ")
    return lines


def _metres(miss_km: float | None) -> str:
    return "-" if miss_km is None else words.grouped(1000.0 * miss_km)


def _earlier(all_rows: Sequence[object], shown: Sequence[object], file: str) -> Lines:
    """A line in front of a table that shows its last rows only."""
    hidden = len(all_rows) - len(shown)
    return [f"  {hidden} earlier {'one is' if hidden == 1 else 'ones are'} in {file}"] if hidden else []


def _burns(burns: Sequence[TrackedBurn]) -> Lines:
    if not burns:
        return ["  none"]
    shown = burns[-_LISTED:]
    rows = [
        [
            burn.name,
            words.minute(burn.start_utc),
            span_words(burn.start_sigma_s),
            f"{burn.delta_v_mps:+.3f}",
            f"{burn.delta_v_sigma_mps:.3f}",
            "-" if burn.thrust_n is None else words.grouped(burn.thrust_n),
        ]
        for burn in shown
    ]
    head, *blocks = table_blocks(["burn", "start, UTC", "+-", "m/s", "+-", "thrust, N"], rows)
    lines = [*_earlier(burns, shown, "track.json"), *head]
    for burn, block in zip(shown, blocks, strict=True):
        lines += [*block, *words.wrapped(origin_words(burn), "      ", "        ")]
    return lines


def _events(report: TrackReport) -> Lines:
    as_of = time.from_utc(report.as_of_utc)
    ahead = [event for event in report.events if time.from_utc(event.utc) >= as_of]
    past = [event for event in report.events if event not in ahead and event.changed]
    lines: Lines = []
    if ahead:
        rows = [[event.name, words.minute(event.utc), event.kind, *_orbit(event)] for event in ahead]
        head, *blocks = table_blocks(["event", "UTC", "kind", "m/s", "orbit, km"], rows)
        lines += head
        for event, block in zip(ahead, blocks, strict=True):
            lines += block
            if told := "; ".join(filter(None, ("preliminary" if event.preliminary else "", event.changed))):
                lines += words.wrapped(told, "      ", "        ")
    else:
        lines.append("  no event is announced")
    if past:
        lines += ["", "  changed from file to file, and past by now"]
        for event in past[-_CHANGES:]:
            lines += words.wrapped(f"{words.day(event.utc)}  {event.name}: {event.changed}", "    ", "      ")
    return lines


def _orbit(event: TrackedEvent) -> list[str]:
    delta_v = f"{event.delta_v_mps:.1f}" if event.delta_v_mps else "-"
    if event.apogee_km is None or event.perigee_km is None:
        return [delta_v, "-"]
    return [delta_v, f"{event.apogee_km:.1f} x {event.perigee_km:.1f}"]


def _prediction(report: TrackReport) -> Lines:
    if not report.prediction:
        return ["  no epoch was asked for"]
    errors = [
        [
            words.minute(row.utc),
            f"{days_from(report, row.utc):.1f}",
            *(length_words(sigma) for sigma in row.sigma_rtn_km),
            span_words(arrival_s(report, row.sigma_rtn_km[1])),
        ]
        for row in report.prediction
    ]
    states = [
        [
            words.minute(row.utc),
            *(f"{x:.1f}" for x in row.position_km),
            *(f"{x:.4f}" for x in row.velocity_km_s),
        ]
        for row in report.prediction
    ]
    last = report.prediction[-1]
    late = span_words(arrival_s(report, last.sigma_rtn_km[1]))
    meaning = (
        f"Along-track sigma is time: on {words.day(last.utc)} the station comes to any point of its track within "
        f"{late} of the prediction with a probability of 68 %, within twice that with 95 %."
    )
    return [
        *table(["one sigma, UTC", "days", "radial", "along", "cross", "arrival"], errors),
        *words.wrapped(meaning, "  "),
        "",
        *table(["GCRS, UTC", "x, km", "y, km", "z, km", "vx, km/s", "vy, km/s", "vz, km/s"], states),
    ]


def _hindcasts(hindcasts: Sequence[Hindcast]) -> Lines:
    if not hindcasts:
        return words.wrapped("not tried: that takes a file that is older than the newest", "  ")
    shown = hindcasts[-_LISTED:]
    rows = [
        [
            f"{words.day(h.as_of_utc)} for {words.day(h.utc)[5:]}",
            f"{h.days:.1f}",
            f"{h.miss_rtn_km[1]:+.1f}",
            f"{h.sigma_rtn_km[1]:.1f}",
            "-" if h.file_miss_rtn_km is None else f"{h.file_miss_rtn_km[1]:+.1f}",
        ]
        for h in shown
    ]
    head, *blocks = table_blocks(["made on", "days", "along, km", "sigma, km", "the file's own, km"], rows)
    lines = [*words.wrapped(hindcast_words(hindcasts), "  "), *_earlier(hindcasts, shown, "track.json"), *head]
    for hindcast, block in zip(shown, blocks, strict=True):
        lines += block
        if hindcast.note:
            lines += words.wrapped(hindcast.note, "      ", "        ")
    return lines


def _weather(report: TrackReport) -> Lines:
    weather = report.weather
    return [
        *fact("source", weather.source),
        *fact("as of", f"{words.instant(weather.as_of_utc)} UTC"),
        *fact("days ahead", weather.method),
        *fact("skill", weather.skill),
    ]
