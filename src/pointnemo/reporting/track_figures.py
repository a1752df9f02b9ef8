"""The figures of a track: what the arcs leave over, drag over time, the fan of the prediction and of earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pointnemo.reporting import svg, words
from pointnemo.tracking.report import ArcFit, Fan, Followed, TrackedBurn, TrackReport
from pointnemo.world import time

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["track_figures"]

FloatArray = NDArray[np.float64]

DAY_S = 86400.0
_J2000_DAY = 10957.5  # days from 1970-01-01 to 2000-01-01T12:00, matplotlib's count
_GAP_DAYS = 60.0  # a longer pause between arcs breaks the axis of the drag history
_NARROWEST = 0.18  # share of the widest part that any part of a broken axis has at least
_DATES = 8  # on the whole axis
_SHOWN_ARCS = 40
_SHOWN_FANS = 12
_MEMBERS = 25  # drawn of the prediction's ensemble, and half of them of an earlier one
_ACROSS_M = 150.0  # half of the axis of radial and cross-track at the least: what fitted arcs leave over


def track_figures(followed: Followed) -> dict[str, str]:
    """Every figure of a track that there is something to show in.

    Args:
        followed: the answer.

    Returns:
        ``residuals`` and ``drag`` (where there are arcs) and ``fan``: each an ``<svg>`` element.
    """
    report = followed.report
    figures: dict[str, str] = {}
    if any(arc.miss_radial_km is not None for arc in report.arcs):
        figures["residuals"] = _residuals(report.arcs[-_SHOWN_ARCS:])
    if any(arc.cd_area_m2 is not None for arc in report.arcs):
        figures["drag"] = _drag(followed)
    figures["fan"] = _fans(followed)
    return figures


def _days(utc: str) -> float:
    """Days since 1970; the minute between TT and UTC is not seen on these axes."""
    return time.from_utc(utc) / DAY_S + _J2000_DAY


# --- residuals -----------------------------------------------------------------------------------------------------


def _residuals(arcs: Sequence[ArcFit]) -> str:
    """What is left over at the end of each arc, radial and cross-track; the drag area has nulled the rest."""
    at = np.arange(len(arcs), dtype=float)
    labels = [f"{words.day(arc.to_utc)}\n{arc.days:.1f} d" for arc in arcs]
    fitted = np.array([arc.status == "fitted" for arc in arcs])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        radial, cross = (
            np.array([np.nan if x is None else 1000.0 * x for x in column])
            for column in zip(*((arc.miss_radial_km, arc.miss_cross_km) for arc in arcs), strict=True)
        )
        half = _half(np.concatenate([radial[fitted], cross[fitted]]), _ACROSS_M)
        _stems(axes, at - 0.14, radial, half, svg.SERIES[0], "o", "radial")
        _stems(axes, at + 0.14, cross, half, svg.SERIES[1], "s", "cross-track")
        for i in np.flatnonzero(~fitted):
            axes.axvspan(i - 0.5, i + 0.5, color=svg.BURN, alpha=0.13, lw=0)
        if not fitted.all():
            axes.fill_between([], [], [], color=svg.BURN, alpha=0.13, lw=0, label="a burn found, or not fitted")
        axes.axhline(0.0, color=svg.INK, lw=0.8)
        axes.grid(axis="x", visible=False)
        axes.set_ylabel("left over, m")
        figure.legend(handles=axes.get_legend_handles_labels()[0], loc="outside upper left", ncols=3, columnspacing=1.4)
        turned = len(arcs) > 9
        axes.set_xticks(at, [label.replace("\n", ", ") for label in labels] if turned else labels)
        axes.tick_params(axis="x", labelrotation=90 if turned else 0, labelsize=8, length=0)
        axes.set_xlim(-0.6, len(arcs) - 0.4)
        axes.set_xlabel("end of the arc (UTC) and its length")

    return svg.figure_svg("residuals", "What the arcs leave over", (10.0, 4.0), draw)


def _half(values: FloatArray, least: float) -> float:
    """Half of an axis that shows these values, with some room."""
    known = np.abs(values[np.isfinite(values)])
    return max(least, 1.15 * float(known.max())) if known.size else least


def _stems(axes: Axes, at: FloatArray, values: FloatArray, half: float, color: str, mark: str, label: str) -> None:
    """A stem per arc; one that leaves the axis ends in a mark at its edge with the number beside it."""
    inside = np.clip(values, -half, half)
    axes.vlines(at, 0.0, inside, color=color, lw=1.6)
    axes.plot(at, np.where(np.abs(values) <= half, values, np.nan), mark, ms=5, color=color, label=label)
    for x, value in zip(at, values, strict=True):
        if np.isfinite(value) and abs(value) > half:
            up = value > 0
            axes.plot([x], [half if up else -half], "^" if up else "v", ms=6, color=color, clip_on=False)
            text = f"{value / 1000.0:+.1f} km" if abs(value) >= 1000.0 else f"{value:+.0f} m"
            axes.annotate(
                text,
                (x, half if up else -half),
                xytext=(6, -5 if up else 5),
                textcoords="offset points",
                fontsize=8,
                va="center",
            )
    axes.set_ylim(-1.04 * half, 1.04 * half)


# --- drag ----------------------------------------------------------------------------------------------------------


def _drag(followed: Followed) -> str:
    """Drag area of each arc with its interval, the band of the process, and where the prediction takes it."""
    report = followed.report
    parts = _parts(report, (followed.fan.tt_s[-1] - followed.fan.tt_s[0]) / DAY_S)
    spans = np.array([end - begin for begin, end in parts])
    widths = np.maximum(spans / spans.max(), _NARROWEST)

    def draw(figure: Figure) -> None:
        row = np.atleast_1d(figure.subplots(1, len(parts), sharey=True, gridspec_kw={"width_ratios": widths}))
        for i, (axes, part) in enumerate(zip(row, parts, strict=True)):
            _drag_part(axes, followed, part, last=i == len(parts) - 1)
            _date_axis(axes, part, max(1, round(_DATES * widths[i] / widths.sum())))
            if i:
                axes.spines["left"].set_linestyle((0, (3, 3)))
                axes.tick_params(axis="y", length=0)
        row[0].set_ylabel("drag area C_D A, m²")
        row[0].set_ylim(*_area_axis(followed))
        row[0].yaxis.set_major_formatter("{x:,.0f}")
        handles, labels = row[-1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=5, columnspacing=1.4)
        figure.supxlabel("UTC" if len(parts) == 1 else "UTC (pauses of months are left out)", fontsize=9.0)

    return svg.figure_svg("drag", "Drag area over time", (10.0, 4.2), draw)


def _parts(report: TrackReport, days: float) -> list[tuple[float, float]]:
    """Intervals, days since 1970, that hold the arcs and the prediction; long pauses lie between them."""
    spans = [(_days(arc.from_utc), _days(arc.to_utc)) for arc in report.arcs if arc.cd_area_m2 is not None]
    epoch = _days(report.epoch_utc)
    parts: list[tuple[float, float]] = []
    for begin, end in sorted([*spans, (epoch, epoch + days)]):
        if parts and begin - parts[-1][1] <= _GAP_DAYS:
            parts[-1] = (parts[-1][0], max(end, parts[-1][1]))
        else:
            parts.append((begin, end))
    return parts


def _area_axis(followed: Followed) -> tuple[float, float]:
    """Edges of what is drawn; a short arc whose interval knows no bounds does not set the scale."""
    report = followed.report
    areas = [arc.cd_area_m2 for arc in report.arcs if arc.cd_area_m2 is not None]
    areas.append(report.drag.now_cd_area_m2)
    low, high = (min(area.value for area in areas), max(area.value for area in areas))
    band_low, band_high = float(followed.drag_cd_area_m2[:, 0].min()), float(followed.drag_cd_area_m2[:, 2].max())
    bottom = min(max(min(area.low for area in areas), 0.6 * low), band_low)
    top = max(min(max(area.high for area in areas), 1.2 * high), band_high)
    room = 0.06 * (top - bottom)
    return max(0.0, bottom - room), top + room


def _drag_part(axes: Axes, followed: Followed, part: tuple[float, float], last: bool) -> None:
    report = followed.report
    for arc in report.arcs:
        if arc.cd_area_m2 is None:
            continue
        begin, end = _days(arc.from_utc), _days(arc.to_utc)
        if part[0] - 1e-6 <= begin and end <= part[1] + 1e-6:
            area = arc.cd_area_m2
            axes.plot([begin, end], [area.value] * 2, color=svg.SERIES[0], lw=2.6, solid_capstyle="butt")
            axes.plot([0.5 * (begin + end)] * 2, [area.low, area.high], color=svg.SERIES[0], lw=1.1, alpha=0.7)
    at, areas = _stretches(followed, part)
    axes.fill_between(at, areas[:, 0], areas[:, 2], color=svg.ACCENT, alpha=0.2, lw=0, label="by all arcs, 90 %")
    axes.plot(at, areas[:, 1], color=svg.ACCENT, lw=1.4)
    if last:
        level = words.per(report.drag.now_cd_area_m2.level)
        axes.plot([], [], color=svg.SERIES[0], lw=2.6, label=f"of one arc, {level}")
        now = report.drag.now_cd_area_m2
        bars = {"yerr": [[now.value - now.low], [now.high - now.value]], "capsize": 3, "zorder": 5}
        axes.errorbar(
            [_days(report.epoch_utc)], [now.value], fmt="o", color=svg.INK, ms=5, label=f"now, {level}", **bars
        )


def _stretches(followed: Followed, part: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    """Middles of the stretches that drag is estimated in, days since 1970, and the areas; NaN in a pause."""
    edges = [_days(time.to_utc(tt_s)) for tt_s in (*followed.drag_from_tt_s, *followed.drag_to_tt_s)]
    begin, end = np.array(edges).reshape(2, -1)
    inside = (begin >= part[0] - 1e-6) & (end <= part[1] + 1e-6)
    at, areas = 0.5 * (begin + end)[inside], followed.drag_cd_area_m2[inside]
    pauses = np.flatnonzero(begin[inside][1:] - end[inside][:-1] > 1e-3) + 1
    return np.insert(at, pauses, np.nan), np.insert(areas, pauses, np.nan, axis=0)


def _date_axis(axes: Axes, part: tuple[float, float], count: int) -> None:
    """About ``count`` dates, evenly spread over whole days."""
    from matplotlib.dates import DateFormatter

    begin, end = part
    edges = np.linspace(begin, end, count + 1)
    axes.set_xticks(np.unique(np.round(0.5 * (edges[1:] + edges[:-1]))))
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))
    axes.tick_params(axis="x", labelsize=8)
    room = 0.02 * (end - begin)
    axes.set_xlim(begin - room, end + room)


# --- fans ----------------------------------------------------------------------------------------------------------


def _fans(followed: Followed) -> str:
    """Along-track offset against days ahead: of the prediction, and below it of predictions from earlier files."""
    earlier = followed.hindcast_fans[-_SHOWN_FANS:]
    fan, burns = followed.fan, followed.report.burns
    rows = -(-len(earlier) // 3)

    def draw(figure: Figure) -> None:
        grid = figure.add_gridspec(1 + rows, 3, height_ratios=[1.9, *[1.0] * rows])
        main = figure.add_subplot(grid[0, :])
        _fan(main, fan, burns, _MEMBERS)
        _name_burns(main, fan, burns)
        epoch, as_of = (time.to_utc(tt_s, 0)[:16].replace("T", " ") for tt_s in (fan.tt_s[0], fan.as_of_tt_s))
        main.set_title(f"from the state of {epoch} UTC, as of {as_of} UTC", loc="left", fontsize=9.5)
        main.set_ylabel("along-track, km")
        main.set_xlabel("days from the start state")
        for i, old in enumerate(earlier):
            axes = figure.add_subplot(grid[1 + i // 3, i % 3])
            _fan(axes, old, burns, _MEMBERS // 2)
            axes.set_title(f"as of {time.to_date(old.as_of_tt_s)}", loc="left", fontsize=8.5)
            axes.tick_params(labelsize=8)
            if i % 3 == 0:
                axes.set_ylabel("along-track, km", fontsize=8.5)
            if i >= len(earlier) - 3:
                axes.set_xlabel("days", fontsize=8.5)
        _fan_legend(figure, (fan, *earlier), burns)

    return svg.figure_svg(
        "fan", "Along-track offset of members, files and later states", (10.0, 4.3 + 2.1 * rows), draw
    )


def _fan(axes: Axes, fan: Fan, burns: Sequence[TrackedBurn], members: int) -> None:
    days = (fan.tt_s - fan.tt_s[0]) / DAY_S
    along = fan.offsets_rtn_km[:, :, 1]
    for level, alpha in ((95.0, 0.16), (68.0, 0.28)):
        low, high = np.percentile(along, [50.0 - level / 2.0, 50.0 + level / 2.0], axis=0)
        axes.fill_between(days, low, high, color=svg.ACCENT, alpha=alpha, lw=0)
    axes.plot(days, along[:members].T, color=svg.ACCENT, lw=0.5, alpha=0.55)
    axes.axhline(0.0, color=svg.INK, lw=1.0)
    half = 1.1 * float(np.abs(np.percentile(along, [2.5, 97.5], axis=0)).max())
    half = max(half, 1.25 * float(np.abs(fan.seen_rtn_km[:, 1]).max(initial=0.0)), 1e-3)
    if fan.file_tt_s.size:
        inside = np.flatnonzero(fan.file_tt_s <= fan.tt_s[-1] + 1.0)
        theirs = (fan.file_tt_s[inside] - fan.tt_s[0]) / DAY_S
        axes.plot(theirs, fan.file_rtn_km[inside, 1], color=svg.HIGH, lw=1.5, ls=(0, (5, 2)))
        # The file's own line may run far off: it is shown, but not so far that the fan becomes a thread.
        half = max(half, min(1.05 * float(np.abs(fan.file_rtn_km[inside, 1]).max(initial=0.0)), 2.5 * half))
    axes.plot((fan.seen_tt_s - fan.tt_s[0]) / DAY_S, fan.seen_rtn_km[:, 1], "o", ms=4.5, color=svg.INK, zorder=6)
    for burn in burns:
        day = (time.from_utc(burn.start_utc) - fan.tt_s[0]) / DAY_S
        if 0.0 < day < days[-1]:
            axes.axvline(day, color=svg.BURN, lw=1.0, ls=":")
    axes.set_xlim(0.0, 1.015 * max(float(days[-1]), 1e-3))  # room for a state at the very end
    axes.set_ylim(-half, half)


def _name_burns(axes: Axes, fan: Fan, burns: Sequence[TrackedBurn]) -> None:
    """The name of each burn beside its line, at the upper edge."""
    first, last = axes.get_xlim()
    for burn in burns:
        day = (time.from_utc(burn.start_utc) - fan.tt_s[0]) / DAY_S
        if first < day < last:
            right = day < 0.8 * last
            axes.annotate(
                words.clean(burn.name)[:28],
                (day, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(4 if right else -4, -4),
                textcoords="offset points",
                fontsize=8,
                color=svg.BURN,
                parse_math=False,  # a dollar sign in a file is a dollar sign
                ha="left" if right else "right",
                va="top",
            )


def _fan_legend(figure: Figure, fans: Sequence[Fan], burns: Sequence[TrackedBurn]) -> None:
    """What the marks mean, of those that occur."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    starts = [time.from_utc(burn.start_utc) for burn in burns]
    handles = [
        Line2D([], [], color=svg.INK, lw=1.0, label="predicted"),
        Patch(color=svg.ACCENT, alpha=0.44, lw=0, label="68 %"),
        Patch(color=svg.ACCENT, alpha=0.16, lw=0, label="95 %"),
        Line2D([], [], color=svg.ACCENT, lw=0.7, label="some members"),
    ]
    if any(fan.file_tt_s.size for fan in fans):
        handles.append(Line2D([], [], color=svg.HIGH, lw=1.5, ls=(0, (5, 2)), label="the file's own"))
    if any(fan.seen_tt_s.size for fan in fans):
        handles.append(Line2D([], [], color=svg.INK, ls="", marker="o", ms=4.5, label="later states"))
    if any(fan.tt_s[0] < start < fan.tt_s[-1] for fan in fans for start in starts):
        handles.append(Line2D([], [], color=svg.BURN, lw=1.0, ls=":", label="burns"))
    figure.legend(handles=handles, loc="outside upper left", ncols=7, columnspacing=1.3)
