"""The figures of an operation: altitude with burns and phase windows, ports and crews, propellant, supplies,
commitments. Each is drawn from the document alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pointnemo.operations.operate_report import OperateReport
from pointnemo.reporting import svg, words
from pointnemo.reporting.operate_axes import (
    Look,
    bounds,
    day_number,
    group_of,
    looks,
    more_axes,
    numbers,
    spread,
    time_axis,
)
from pointnemo.reporting.operate_gantt import commitments_figure, ports_figure
from pointnemo.results import PhaseWindow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "altitude_figure", "operate_figures", "propellant_figure", "supplies_figure"]

FloatArray = NDArray[np.float64]

FIGURES = ("altitude", "ports", "propellant", "supplies", "commitments")
_WIDTH_IN = 10.0
_LABEL_IN = 0.135  # least distance of two upright labels
_STYLES = ("-", "--", "-.", ":", (0, (7, 2, 1, 2, 1, 2)), (0, (1, 1)))
_FLAT = 0.3  # share of the corridor below which the altitude is shown in a close-up of its own
_SHORT = 0.05  # share of the axis below which a margin has no room for an arrow
_LONGEST_DAYS = 730.0  # of stock that are shown
_EVENTS = (("launch", "^"), ("landing", "v"))


def operate_figures(report: OperateReport) -> dict[str, str]:
    """Every figure of an operation that there is something to show in.

    Args:
        report: the document.

    Returns:
        Some of ``FIGURES``, in that order: each an ``<svg>`` element.
    """
    found: dict[str, str] = {}
    if report.days.date:
        found["altitude"] = altitude_figure(report)
    if report.ports:
        found["ports"] = ports_figure(report)
    if report.days.propellant_kg:
        found["propellant"] = propellant_figure(report)
    if report.days.supply_days:
        found["supplies"] = supplies_figure(report)
    if report.commitments or report.commitment_gaps:
        found["commitments"] = commitments_figure(report)
    return found


# --- altitude ------------------------------------------------------------------------------------------------------


def altitude_figure(report: OperateReport) -> str:
    """Mean altitude between the edges of its corridor, burns by the type of vehicle that makes them, phase windows.

    Args:
        report: the document; its days are not empty.

    Returns:
        An ``<svg>`` element.
    """
    kept = sum(one.ok for one in report.phases)
    title = (
        f"Mean altitude from {words.day(report.from_utc)} to {words.day(report.until_utc)}: "
        f"{report.lowest_altitude_km:.1f} to {report.highest_altitude_km:.1f} km in a corridor from "
        f"{min(report.days.lower_edge_km):.1f} to {report.corridor_upper_km:.1f} km, {len(report.reboosts)} reboosts; "
        f"{kept} of {len(report.phases)} phase windows are kept"
    )

    wide = _flat(report)
    heights = [*((2.4, 1.5) if wide else (3.4,)), *((1.25,) if report.phases else ())]

    def draw(figure: Figure) -> None:
        drawn = more_axes(figure, heights)
        top, corridor, strip = drawn[0], drawn[1] if wide else drawn[0], drawn[-1] if report.phases else None
        _corridor(corridor, report)
        if wide:
            _close_up(top, report)
        _burns(top, report)
        if strip is not None:
            _events(strip, drawn[:-1], report)
        time_axis(drawn[-1], *bounds(report))
        handles = {
            label: handle for axes in drawn for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles=list(handles.values()), loc="outside upper left", ncols=5, columnspacing=1.4)

    return svg.figure_svg("altitude", title, (_WIDTH_IN, 1.0 + 1.07 * sum(heights)), draw)


def _flat(report: OperateReport) -> bool:
    """Whether the corridor is so wide that the altitude would be a flat line in it."""
    days = report.days
    corridor = max(*days.upper_edge_km, *days.altitude_km) - min(*days.lower_edge_km, *days.altitude_km)
    return max(days.altitude_km) - min(days.altitude_km) < _FLAT * corridor


def _close_up(axes: Axes, report: OperateReport) -> None:
    """The altitude alone, below the upper edge."""
    days, altitude = numbers(report.days.date), np.array(report.days.altitude_km)
    axes.plot(days, report.days.upper_edge_km, color=svg.ACCENT, lw=1.3, ls="--", label="upper edge")
    axes.plot(days, altitude, color=svg.INK, lw=1.3, label="altitude")
    top = max(float(altitude.max()), max(report.days.upper_edge_km))
    room = 0.08 * (top - float(altitude.min()))
    axes.set_ylim(float(altitude.min()) - room, top + room)
    axes.set_ylabel("mean altitude, km")


def _corridor(axes: Axes, report: OperateReport) -> None:
    days = numbers(report.days.date)
    altitude, lower = np.array(report.days.altitude_km), np.array(report.days.lower_edge_km)
    upper = np.array(report.days.upper_edge_km)
    axes.fill_between(days, lower, upper, color=svg.ACCENT, alpha=0.10, lw=0)
    axes.plot(days, upper, color=svg.ACCENT, lw=1.3, ls="--", label="upper edge")
    edge = "lower edge, computed" if report.survival_days else "lower edge"
    axes.plot(days, lower, color=svg.ACCENT, lw=1.6, label=edge)
    axes.plot(days, altitude, color=svg.INK, lw=1.3, label="altitude")
    room = 0.06 * (max(upper.max(), altitude.max()) - min(lower.min(), altitude.min()))
    axes.set_ylim(min(lower.min(), altitude.min()) - room, max(upper.max(), altitude.max()) + room)
    axes.set_ylabel("mean altitude, km")
    margin = altitude - lower
    worst = int(margin.argmin())
    _margin(axes, days, worst, (lower[worst], altitude[worst]), f"least margin {margin[worst]:.1f} km")


def _margin(axes: Axes, days: FloatArray, at: int, ends: tuple[float, float], text: str) -> None:
    """A double arrow between a limit and what keeps from it, with its length in words beside it."""
    bottom, top = axes.get_ylim()
    long = abs(ends[1] - ends[0]) > _SHORT * (top - bottom)
    if long:
        arrow = {"arrowstyle": "<->", "color": svg.INK, "lw": 1.0, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (days[at], ends[0]), xytext=(days[at], ends[1]), arrowprops=arrow, zorder=6)
    else:
        axes.plot([days[at]], [ends[1]], "o", ms=7, mfc="none", color=svg.INK, zorder=6)
    right = days[at] < days[0] + 0.8 * (days[-1] - days[0])
    axes.annotate(
        text,
        (days[at], 0.5 * (ends[0] + ends[1])),
        xytext=(7 if right else -7, 0 if long else 14),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=8.5,
        bbox={"boxstyle": "round,pad=0.15", "fc": svg.PAPER, "ec": "none", "alpha": 0.9},
        zorder=7,
    )


def _burns(axes: Axes, report: OperateReport) -> None:
    """A line from the altitude before to that after, with a mark, for each burn."""
    vehicle = group_of(report)
    sources = [vehicle.get(one.source, one.source) for one in report.reboosts]
    for name, look in looks(sorted(set(sources))).items():
        mine = [one for one, source in zip(report.reboosts, sources, strict=True) if source == name]
        at = numbers(one.utc for one in mine)
        after = np.array([one.altitude_after_km for one in mine])
        axes.vlines(at, [one.altitude_before_km for one in mine], after, color=look.color, lw=2.2, zorder=4)
        label = f"burn of {words.clean(name)}"
        axes.plot(at, after, look.mark, ms=5, color=look.color, zorder=5, label=label)


def _events(axes: Axes, above: Sequence[Axes], report: OperateReport) -> None:
    """A strip with a mark for each launch and landing, its name upright below, and lines up to the altitude."""
    first, last = bounds(report)
    phases = sorted((one for one in report.phases if first <= day_number(one.utc) <= last), key=lambda one: one.utc)
    at = [day_number(one.utc) for one in phases]
    gap = _LABEL_IN / (0.87 * _WIDTH_IN) * (last - first)
    for phase, day, place in zip(phases, at, spread(at, gap, first + 0.4 * gap, last - 0.4 * gap), strict=True):
        color = _event_color(phase)
        for one in above:
            one.axvline(day, color=color, lw=0.8, ls=":", zorder=1)
        axes.plot([day, day, place], [1.0, 0.92, 0.75], color=color, lw=0.7, ls=":" if phase.ok else "-")
        axes.annotate(
            words.clean(phase.flight)[:22],
            (place, 0.72),
            rotation=90,
            ha="center",
            va="top",
            fontsize=7.5,
            fontweight="normal" if phase.ok else "bold",
            color=svg.INK if phase.ok else svg.FOOTPRINT,
            parse_math=False,
        )
    for event, mark in _EVENTS:
        for ok, text in ((True, ""), (False, ", phase missed")):
            days = [day for phase, day in zip(phases, at, strict=True) if phase.event == event and phase.ok == ok]
            if days:
                look: dict[str, Any] = {"color": svg.INK if ok else svg.FOOTPRINT, "mfc": svg.INK if ok else svg.PAPER}
                axes.plot(days, [0.90] * len(days), mark, ms=6, zorder=5, label=f"{event}{text}", **look)
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)


def _event_color(phase: PhaseWindow) -> str:
    return svg.MUTED if phase.ok else svg.FOOTPRINT


# --- propellant ----------------------------------------------------------------------------------------------------


def propellant_figure(report: OperateReport) -> str:
    """Propellant aboard by station tank and type of visiting vehicle, with the line that the reserve draws.

    Args:
        report: the document; it has tanks.

    Returns:
        An ``<svg>`` element.
    """
    days = numbers(report.days.date)
    groups = _aboard(report)
    title = (
        f"Propellant aboard by tank: {', '.join(groups)}; least {report.lowest_propellant_margin_kg:,.0f} kg above the "
        f"reserve, on {words.day(report.lowest_propellant_margin_utc)}"
    )

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _stack(axes, days, groups, looks(groups))
        if report.days.reserve_kg:
            reserve = np.array(report.days.reserve_kg) / 1000.0
            axes.plot(days, reserve, color=svg.PAPER, lw=4.2, alpha=0.8, zorder=4)
            axes.plot(days, reserve, color=svg.FOOTPRINT, lw=1.8, ls="--", zorder=5, label="reserve")
            total = sum(groups.values(), np.zeros(len(days)))
            worst = int((total - reserve).argmin())
            kept = words.grouped(1000.0 * float(total[worst] - reserve[worst]))
            axes.set_ylim(bottom=0.0)
            _margin(axes, days, worst, (reserve[worst], total[worst]), f"least margin {kept} kg")
        axes.set_ylim(bottom=0.0)
        axes.set_ylabel("propellant aboard, t")
        time_axis(axes, *bounds(report))
        figure.legend(loc="outside upper left", ncols=4, columnspacing=1.4)

    return svg.figure_svg("propellant", title, (_WIDTH_IN, 4.2), draw)


def _aboard(report: OperateReport) -> dict[str, FloatArray]:
    """Tonnes day by day of each group ``name (partner)``: station tanks alone, tanks of flights by type of vehicle."""
    vehicle, partner = group_of(report), {row.tank: row.partner for row in report.ledger}
    partner |= {one.flight: one.partner for one in report.ports}
    groups: dict[str, FloatArray] = {}
    station_first = sorted(report.days.propellant_kg, key=lambda tank: tank in vehicle)
    for tank in station_first:
        name = vehicle.get(tank, tank)
        label = words.clean(f"{name} ({partner[tank]})" if tank in partner else name)
        tonnes = np.array(report.days.propellant_kg[tank]) / 1000.0
        groups[label] = groups.get(label, np.zeros(len(tonnes))) + tonnes
    return groups


def _stack(axes: Axes, days: FloatArray, groups: dict[str, FloatArray], look: dict[str, Look]) -> None:
    """Areas one above the other, told apart by colour and by hatch."""
    floor = np.zeros(len(days))
    for name, tonnes in groups.items():
        axes.fill_between(
            days,
            floor,
            floor + tonnes,
            facecolor=look[name].color,
            edgecolor=svg.PAPER,
            hatch=look[name].hatch,
            alpha=0.85,
            lw=0.4,
            label=name,
        )
        floor = floor + tonnes


# --- supplies ------------------------------------------------------------------------------------------------------


def supplies_figure(report: OperateReport) -> str:
    """How many days of use each supply has above its reserve.

    Args:
        report: the document; it has supplies with days.

    Returns:
        An ``<svg>`` element.
    """
    days = numbers(report.days.date)
    series = {
        words.clean(name): np.array([np.nan if x is None else x for x in values], dtype=float)
        for name, values in report.days.supply_days.items()
    }
    known = {name: values for name, values in series.items() if np.isfinite(values).any()}
    lows = ", ".join(f"{name} {np.nanmin(values):.0f}" for name, values in known.items())
    title = f"Days of use above the reserve of each supply; at the lowest: {lows}"

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        time_axis(axes, *bounds(report))
        for i, (name, values) in enumerate(known.items()):
            color = svg.SERIES[i % len(svg.SERIES)]
            label = f"{name}, above {_LONGEST_DAYS:.0f}" if np.nanmin(values) > _LONGEST_DAYS else name
            axes.plot(days, values, color=color, lw=1.7, ls=_STYLES[i % len(_STYLES)], label=label)
            worst = int(np.nanargmin(values))
            if values[worst] <= _LONGEST_DAYS:
                axes.plot([days[worst]], [values[worst]], "o", ms=5, color=color, zorder=5, clip_on=False)
        lowest = min((float(np.nanmin(values)) for values in known.values()), default=0.0)
        highest = min(max((float(np.nanmax(values)) for values in known.values()), default=1.0), _LONGEST_DAYS)
        axes.set_ylim(min(1.3 * lowest, -0.05 * highest), 1.06 * max(highest, 1.0))
        axes.axhspan(axes.get_ylim()[0], 0.0, color=svg.FOOTPRINT, alpha=0.13, lw=0, label="reserve touched")
        axes.axhline(0.0, color=svg.FOOTPRINT, lw=1.2)
        axes.set_ylabel("days of use above reserve")
        axes.plot([], [], "o", ms=5, color=svg.INK, label="lowest")
        figure.legend(loc="outside upper left", ncols=8, columnspacing=1.4)

    return svg.figure_svg("supplies", title, (_WIDTH_IN, 4.0), draw)
