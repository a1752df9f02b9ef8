"""The figure of the trade: start of lowering against propellant, by solar activity, with today's plan and suppliers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pointnemo.reporting import svg, words
from pointnemo.reporting.trade_words import ACTIVITIES, plan_day, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pointnemo.results import Trade, TradeRow

__all__ = ["trade_figure"]

_COLORS = {"low": svg.LOW, "mean": svg.MEAN, "high": svg.HIGH}
_1970 = date(1970, 1, 1).toordinal()


def trade_figure(trade: Trade) -> str | None:
    """Propellant that each start needs to meet the plan's date, and in thin lines other dates under mean activity.

    Args:
        trade: the trade.

    Returns:
        An ``<svg>`` element; None where there is no start to show.
    """
    if not rows_of(trade, trade.deorbit_by, "mean"):
        return None

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _others(axes, trade)
        for activity in ACTIVITIES:
            rows = rows_of(trade, trade.deorbit_by, activity)
            _curve(axes, rows, color=_COLORS[activity], lw=1.8, label=f"{activity} activity", zorder=3)
        _capacities(axes, trade)
        own = _day(plan_day(trade))
        kg = trade.plan_propellant_kg
        axes.plot([own], [kg / 1000.0], "D", ms=7, color=svg.ACCENT, label="the plan", zorder=5, clip_on=False)
        _scales(axes)

    title = f"Propellant for lowering, by its start, to be down by {words.clean(trade.deorbit_by)}"
    return svg.figure_svg("trade", title, (10.0, 4.6), draw)


def _day(text: str) -> int:
    """Days since 1970 of an ISO date, matplotlib's own count."""
    return date.fromisoformat(text[:10]).toordinal() - _1970


def _curve(axes: Axes, rows: Sequence[TradeRow], **style: object) -> None:
    """A line through the starts for which there is an amount."""
    points = [(_day(row.start_utc), row.propellant_kg / 1000.0) for row in rows if row.propellant_kg is not None]
    if points:
        axes.plot(*zip(*points, strict=True), **style)  # pyright: ignore[reportArgumentType]


def _others(axes: Axes, trade: Trade) -> None:
    """Other target dates, mean activity, each with its year at the end of its line."""
    for target in sorted({row.deorbit_by for row in trade.rows} - {trade.deorbit_by}):
        rows = [row for row in rows_of(trade, target, "mean") if row.propellant_kg is not None]
        _curve(axes, rows, color=svg.MUTED, lw=1.0, ls="--", zorder=2)
        if rows:
            at = (_day(rows[-1].start_utc), (rows[-1].propellant_kg or 0.0) / 1000.0)
            axes.annotate(
                f"by {target}", at, xytext=(4, 0), textcoords="offset points", fontsize=8, color=svg.MUTED, va="center"
            )


def _capacities(axes: Axes, trade: Trade) -> None:
    """What suppliers who are able have, as propellant of the lowering vehicle, over the starts at which they have it.

    The most that is docked at any start; of the lowering vehicle, of which more can be sent, one load.
    """
    own = next((one.specific_impulse_s for one in trade.suppliers if one.id == trade.lowering_vehicle), 300.0)
    for index, one in enumerate(item for item in trade.suppliers if item.able):
        single = one.id == trade.lowering_vehicle
        there = [
            (_day(row.start_utc), item.there_kg)
            for row in trade.rows
            for item in row.supplies
            if item.supplier == one.id and (single or item.there_kg > 0.0)
        ]
        kg = one.load_kg if single else max((kg for _, kg in there), default=0.0)
        height = kg * one.specific_impulse_s / own / 1000.0
        if there and height > 0.0:
            days = [day for day, _ in there]
            text = f"{'one load of' if single else 'to spare in'} {words.clean(one.name)}, {height:.2f} t"
            color = svg.SERIES[index % len(svg.SERIES)]
            axes.plot([min(days), max(days)], [height, height], color=color, lw=1.3, ls=":", label=text)


def _scales(axes: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=5, maxticks=12)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("start of lowering, UTC")
    axes.set_ylabel("propellant, t")
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderaxespad=0.2, columnspacing=1.4)
