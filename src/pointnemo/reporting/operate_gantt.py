"""The figures of an operation that are bars in time: ports with the crews below, and what partners are committed to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pointnemo.operations.operate_report import OperateReport
from pointnemo.reporting import svg, words
from pointnemo.reporting.operate_axes import (
    Look,
    bounds,
    day_number,
    looks,
    more_axes,
    numbers,
    text_days,
    time_axis,
)
from pointnemo.results import Commitment, PortInterval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["commitments_figure", "ports_figure"]

_WIDTH_IN = 10.0
_AXES_IN = 8.4  # of it, beside the names of the rows
_NAME_PT = 7.0
_BAR = 0.46  # height of a bar, in rows; names that do not fit into it stand above or below
_THIN = 0.62  # of a bar of the commitments


class Row(NamedTuple):
    """A row of the commitments: one partner's, or what the partner could do without being committed."""

    need: str
    partner: str
    backup: bool


def partner_looks(report: OperateReport) -> dict[str, Look]:
    """The same look of a partner in every figure: in alphabetical order."""
    return looks(sorted({one.partner for one in (*report.ports, *report.commitments)}))


# --- ports and crews -----------------------------------------------------------------------------------------------


def ports_figure(report: OperateReport) -> str:
    """Who is on which port when, in the colours of the partners; below it the people aboard and their seats.

    Args:
        report: the document; it has ports.

    Returns:
        An ``<svg>`` element.
    """
    first, last = bounds(report)
    shown = [one for one in report.ports if day_number(one.undock_utc) > first and day_number(one.dock_utc) < last]
    ports = sorted({one.port for one in shown})
    look = {name: found for name, found in partner_looks(report).items() if any(one.partner == name for one in shown)}
    flights = len({one.flight for one in shown})
    title = (
        f"{flights} vehicles on {len(ports)} ports from {words.day(report.from_utc)} to {words.day(report.until_utc)}, "
        f"by partner ({', '.join(look)}); below, people aboard and seats: "
        f"seats minus people at the lowest {report.lowest_seat_margin}, on {words.day(report.lowest_seat_margin_utc)}"
    )

    def draw(figure: Figure) -> None:
        from matplotlib.patches import Patch

        top, *below = more_axes(figure, (0.62 * max(len(ports), 1), 1.3) if report.crews else (1.0,))
        time_axis(below[-1] if below else top, first, last)
        _gantt(top, shown, ports, look)
        for axes in below:
            _crews(axes, report)
        handles: list[Any] = [
            Patch(facecolor=one.color, edgecolor=svg.PAPER, hatch=one.hatch, alpha=0.8, label=name)
            for name, one in look.items()
        ]
        if any(one.moved for one in shown):
            from matplotlib.lines import Line2D

            handles.append(Line2D([], [], color=svg.INK, lw=1.2, marker="v", ms=5, label="relocation"))
        for axes in below:
            handles += axes.get_legend_handles_labels()[0]
        figure.legend(handles=handles, loc="outside upper left", ncols=7, columnspacing=1.4)

    return svg.figure_svg("ports", title, (_WIDTH_IN, 1.9 + 0.58 * len(ports) + (1.2 if report.crews else 0.0)), draw)


def _gantt(axes: Axes, shown: Sequence[PortInterval], ports: Sequence[str], look: dict[str, Look]) -> None:
    """A row for each port, a bar for each stay with the flight's name in it, above it or below it."""
    rows = {port: i for i, port in enumerate(ports)}
    first, last = axes.get_xlim()
    ends: dict[tuple[str, float], float] = {}
    where: dict[str, tuple[str, float]] = {}
    for one in sorted(shown, key=lambda one: one.dock_utc):
        row = rows[one.port]
        begin, end = max(day_number(one.dock_utc), first), min(day_number(one.undock_utc), last)
        mine = look[one.partner]
        axes.barh(
            row, end - begin, _BAR, begin, color=mine.color, edgecolor=svg.PAPER, hatch=mine.hatch, alpha=0.8, lw=0.8
        )
        _name(axes, one, begin, end, row, ends)
        if one.moved and one.flight in where:
            before, day = where[one.flight]
            down = row > rows[before]
            edge = 0.5 * _BAR if down else -0.5 * _BAR
            axes.annotate(
                "",
                (day, row - edge),
                xytext=(day, rows[before] + edge),
                arrowprops={"arrowstyle": "-|>", "color": svg.INK, "lw": 1.3, "shrinkA": 0, "shrinkB": 0},
                zorder=4,
            )
        where[one.flight] = (one.port, day_number(one.undock_utc))
    axes.set_yticks(range(len(ports)), [words.clean(port) for port in ports])
    axes.set_ylim(len(ports) - 0.45, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)


def _name(
    axes: Axes, one: PortInterval, begin: float, end: float, row: int, ends: dict[tuple[str, float], float]
) -> None:
    """The flight's name: in its bar where it fits, else above it or below it, wherever no other name stands."""
    text = words.clean(one.flight)[:24]
    width = text_days(text, _NAME_PT, axes, _AXES_IN)
    first, last = axes.get_xlim()
    style = {"fontsize": _NAME_PT, "color": svg.INK, "parse_math": False, "zorder": 7, "va": "center"}
    if width <= end - begin:
        box = {"boxstyle": "round,pad=0.12", "fc": svg.PAPER, "ec": "none", "alpha": 0.75}
        axes.text(0.5 * (begin + end), row, text, ha="center", bbox=box, **style)
        return
    start = min(max(0.5 * (begin + end - width), first), last - width)
    level = next((up for up in (-0.38, 0.38) if ends.get((one.port, up), first - 1.0) <= start), -0.38)
    start = max(start, ends.get((one.port, level), first))
    axes.text(start, row + level, text, ha="left", **style)
    ends[one.port, level] = start + 1.04 * width


def _crews(axes: Axes, report: OperateReport) -> None:
    """People aboard as an area, seats as a line; too few seats are hatched."""
    from matplotlib.ticker import MaxNLocator

    edges = numbers([*(one.from_utc for one in report.crews), report.crews[-1].to_utc])
    crew = np.array([*(one.crew for one in report.crews), report.crews[-1].crew], dtype=float)
    seats = np.array([*(one.seats for one in report.crews), report.crews[-1].seats], dtype=float)
    axes.fill_between(edges, 0.0, crew, step="post", color=svg.ACCENT, alpha=0.3, lw=0, label="people aboard")
    axes.step(edges, seats, where="post", color=svg.INK, lw=1.4, label="seats")
    if (seats < crew).any():
        axes.fill_between(
            edges,
            seats,
            crew,
            where=(seats < crew).tolist(),
            step="post",
            facecolor="none",
            edgecolor=svg.FOOTPRINT,
            hatch="xxxx",
            lw=1.0,
            label="without a seat",
        )
    axes.set_ylim(0.0, 1.15 * max(float(crew.max()), float(seats.max()), 1.0))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.set_ylabel("people, seats")


# --- commitments ---------------------------------------------------------------------------------------------------


def commitments_figure(report: OperateReport) -> str:
    """Until when which partner supplies what, what could step in, and when nobody is committed.

    Args:
        report: the document; it has commitments or gaps.

    Returns:
        An ``<svg>`` element.
    """
    rows = _commitment_rows(report)
    gaps = "; ".join(
        f"{gap.need} {words.day(gap.from_utc)} to {words.day(gap.to_utc)}" for gap in report.commitment_gaps
    )
    title = f"What each partner is committed to supply, and until when; gaps: {gaps or 'none'}"
    ends = [one.until_utc for one in report.commitments] + [one.to_utc for one in report.commitment_gaps]
    first = bounds(report)[0]
    last = max(day_number(words.day(one)) for one in ends) + 20.0

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        time_axis(axes, first, last)
        _bars(axes, report, rows)
        _gaps(axes, report, rows)
        until = day_number(words.day(report.until_utc))
        axes.axvline(until, color=svg.INK, lw=1.0, ls=":", zorder=6)
        axes.annotate(
            f"lowering starts {words.day(report.until_utc)}",
            (until, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8,
        )
        _commitment_legend(figure, report)

    return svg.figure_svg("commitments", title, (_WIDTH_IN, 1.5 + 0.27 * len(rows)), draw)


def _commitment_rows(report: OperateReport) -> list[Row]:
    """A row for each need and partner, what could step in below it; a need that nobody supplies has one of its own."""
    needs = dict.fromkeys([*(one.need for one in report.commitments), *(gap.need for gap in report.commitment_gaps)])
    rows: list[Row] = []
    for need in needs:
        mine = [one for one in report.commitments if one.need == need]
        found = [Row(need, one.partner, one.backup) for one in sorted(mine, key=lambda one: one.backup)]
        rows += list(dict.fromkeys(found)) or [Row(need, "", False)]
    return rows


def _bars(axes: Axes, report: OperateReport, rows: Sequence[Row]) -> None:
    look = partner_looks(report)
    first, last = axes.get_xlim()
    for place, row in enumerate(rows):
        mine = [one for one in report.commitments if Row(one.need, one.partner, one.backup) == row]
        for one in mine:
            begin, end = max(day_number(one.from_utc), first), min(day_number(one.until_utc) + 1.0, last)
            if end <= begin:
                continue
            color = look[one.partner].color
            hollow: dict[str, Any] = {"facecolor": "none", "edgecolor": color, "ls": "--"}
            face = hollow if one.backup else {"color": color, "alpha": 0.8}
            axes.barh(place, end - begin, _THIN, begin, lw=1.3, **face)
        if mine:
            begin = max(min(day_number(one.from_utc) for one in mine), first)
            _bar_name(axes, place, begin, _row_name(row, mine))
    starts = [i for i, row in enumerate(rows) if i == 0 or rows[i - 1].need != row.need]
    stops = [*starts[1:], len(rows)]
    axes.set_yticks(
        [0.5 * (a + b - 1) for a, b in zip(starts, stops, strict=True)], [words.clean(rows[a].need) for a in starts]
    )
    for start in starts[1:]:
        axes.axhline(start - 0.5, color=svg.GRID, lw=0.8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)


def _row_name(row: Row, mine: Sequence[Commitment]) -> str:
    """Who, and until when; of what could step in also with how many flights."""
    until = words.day(max(one.until_utc for one in mine))
    if not row.backup:
        return f"{words.clean(row.partner)}, to {until}"
    flights = len({one.flight for one in mine if one.flight})
    count = "" if not flights else ", 1 flight" if flights == 1 else f", {flights} flights"
    return f"{words.clean(row.partner)} could{count}, to {until}"


def _bar_name(axes: Axes, row: int, begin: float, text: str) -> None:
    """A name at the beginning of its bars, or ending at the right edge where it would pass that."""
    first, last = axes.get_xlim()
    margin = 0.012 * (last - first)
    inside = begin + margin + text_days(text, _NAME_PT, axes, _AXES_IN) <= last
    box = {"boxstyle": "round,pad=0.1", "fc": svg.PAPER, "ec": "none", "alpha": 0.85}
    style = {"fontsize": _NAME_PT, "va": "center", "parse_math": False, "zorder": 7, "color": svg.INK, "bbox": box}
    axes.text(begin + margin if inside else last - margin, row, text, ha="left" if inside else "right", **style)


def _gaps(axes: Axes, report: OperateReport, rows: Sequence[Row]) -> None:
    """A hatched field over all rows of the need."""
    first, last = axes.get_xlim()
    for gap in report.commitment_gaps:
        mine = [i for i, row in enumerate(rows) if row.need == gap.need]
        begin, end = max(day_number(gap.from_utc), first), min(day_number(gap.to_utc) + 1.0, last)
        middle, height = 0.5 * (mine[0] + mine[-1]), len(mine) - 0.12
        axes.barh(
            middle,
            end - begin,
            height,
            begin,
            facecolor="none",
            edgecolor=svg.FOOTPRINT,
            hatch="////",
            lw=1.1,
            zorder=3,
        )
        text = f"gap, {words.grouped(gap.days)} days"
        if text_days(text, _NAME_PT + 0.5, axes, _AXES_IN) <= end - begin:
            # On the first row of the need: a backup stands on a later one.
            box = {"boxstyle": "round,pad=0.15", "fc": svg.PAPER, "ec": "none", "alpha": 0.9}
            style = {"fontsize": _NAME_PT + 0.5, "color": svg.FOOTPRINT, "fontweight": "bold", "zorder": 8}
            axes.text(0.5 * (begin + end), mine[0], text, ha="center", va="center", bbox=box, **style)


def _commitment_legend(figure: Figure, report: OperateReport) -> None:
    from matplotlib.patches import Patch

    names = {one.partner for one in report.commitments}
    handles = [
        Patch(color=one.color, alpha=0.8, label=name) for name, one in partner_looks(report).items() if name in names
    ]
    if any(one.backup for one in report.commitments):
        handles.append(Patch(facecolor="none", edgecolor=svg.MUTED, ls="--", lw=1.3, label="could, not committed"))
    if report.commitment_gaps:
        handles.append(Patch(facecolor="none", edgecolor=svg.FOOTPRINT, hatch="////", label="gap in what is committed"))
    figure.legend(handles=handles, loc="outside upper left", ncols=7, columnspacing=1.4)
