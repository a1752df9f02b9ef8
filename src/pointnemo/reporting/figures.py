"""The figures of the report but its maps: history, break-up ladder, fall along the track."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.reporting import svg, words
from pointnemo.reporting.series import flown_days
from pointnemo.results import Descend, History, Impacts, Operate, Plan, Reenter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fall_figure", "history_figure", "ladder_figure"]

FloatArray = NDArray[np.float64]

_LINES = {"low": svg.LOW, "mean": svg.MEAN, "high": svg.HIGH}
_DAY_S = 86400.0
_NEAR_X, _NEAR_Y = 0.03, 0.25  # shares of the axes within which milestones share one number
_J2000_DAY = 10957.5  # days from 1970-01-01 to 2000-01-01T12:00


# --- history -------------------------------------------------------------------------------------------------------


def history_figure(plan: Plan, history: History) -> str:
    """Altitude, propellant and F10.7 against time, with milestones and the low, mean and high solar lines.

    Args:
        plan: for the milestones, the corridor and the dates of the horizon.
        history: the daily arrays.

    Returns:
        An ``<svg>`` element. Milestones are numbered in the order of ``plan.descend.milestones``.
    """
    days = _day_numbers(history.tt_s[: _shown_days(plan, history)])

    def draw(figure: Figure) -> None:
        altitude, propellant, solar = figure.subplots(3, 1, sharex=True, gridspec_kw={"height_ratios": [3.2, 1.5, 1.2]})
        _altitude(altitude, plan, history, days)
        _propellant(propellant, plan, history, days)
        _solar(solar, history, days)
        _time_axis(solar, days)

    return svg.figure_svg("history", "Altitude, propellant and F10.7 against time", (10.0, 7.6), draw)


def _shown_days(plan: Plan, history: History) -> int:
    """Days of the history worth showing: until the mean line is down, or the deorbit date and half a year more."""
    until = flown_days(history)
    if "mean" in history.runs:
        mean = np.flatnonzero(history.flying[history.runs.index("mean")])
        until = int(mean[-1]) + 1 if mean.size else 1
    last = _limit_day(plan, "deorbit_by")
    if last is not None:
        until = max(until, int(last - _day_numbers(history.tt_s[:1])[0]))
    return int(min(max(until + 183, 2), history.tt_s.size))


def _day_numbers(tt_s: FloatArray) -> FloatArray:
    """Days since 1970, matplotlib's own count; the minute between TT and UTC is not seen on an axis of years."""
    return tt_s / _DAY_S + _J2000_DAY


def _day_number(utc: str) -> float | None:
    """Days since 1970 of a UTC text of a result; None where it is no date."""
    try:
        moment = datetime.fromisoformat(utc.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() / _DAY_S


def _limit_day(plan: Plan, check: str) -> float | None:
    """A date of the horizon, which the document holds as the limit of a check."""
    limits = [c.limit for c in plan.verdict.checks if c.id == check]
    return _day_number(limits[0]) if limits and isinstance(limits[0], str) else None


def _altitude(axes: Axes, plan: Plan, history: History, days: FloatArray) -> None:
    n = len(days)
    for i, name in enumerate(history.runs):
        altitude = np.where(history.flying[i, :n], history.altitude_km[i, :n], np.nan)
        width, level = (1.8, 3) if name == "mean" else (1.1, 2)
        color = _LINES.get(name, svg.MUTED)
        axes.plot(days, altitude, color=color, lw=width, zorder=level, label=f"{name} activity")
    if isinstance(plan.operate, Operate) and (until := _day_number(plan.operate.until_utc)) is not None:
        held = days[: max(int(np.searchsorted(days, until, side="right")), 1)]
        low = _lower_edge(plan.operate, len(held))
        high = plan.operate.corridor_upper_km
        axes.fill_between(held, low, high, color=svg.ACCENT, alpha=0.15, lw=0, label="corridor")
    for check, text, style in (("operate_until", "operate until", ":"), ("deorbit_by", "de-orbit by", "--")):
        day = _limit_day(plan, check)
        if day is not None and days[0] <= day <= days[-1]:
            date = datetime.fromtimestamp(day * _DAY_S, UTC)
            axes.axvline(day, color=svg.INK, lw=0.9, ls=style, label=f"{text} {date:%Y-%m-%d}")
    axes.set_ylim(bottom=max(0.0, min(200.0, axes.get_ylim()[0])))
    if isinstance(plan.descend, Descend):
        _milestones(axes, plan.descend, days)
    axes.set_ylabel("mean altitude, km")
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=6, borderaxespad=0.2, columnspacing=1.4)


def _lower_edge(operate: Operate, days: int) -> FloatArray:
    """The corridor's lower edge day by day; a plan read back from its file has only how high it rises."""
    if operate.lower_km is None:
        return np.full(days, operate.corridor_lower_km)
    edge = np.asarray(operate.lower_km, dtype=float)
    return edge[np.minimum(np.arange(days), len(edge) - 1)]


class _Marks(NamedTuple):
    """Milestones that lie too close together for a number each: first and last number, and where the first lies."""

    first: int
    last: int
    day: float
    altitude_km: float


def _grouped(descend: Descend, days: FloatArray, lowest_km: float, height_km: float) -> list[_Marks]:
    """Milestones on the axes, near ones in one group; what lies below the axes is put on their edge."""
    groups: list[_Marks] = []
    for number, milestone in enumerate(descend.milestones, start=1):
        day = _day_number(milestone.utc)
        if day is None or not days[0] <= day <= days[-1]:
            continue
        altitude = max(milestone.altitude_km, lowest_km)
        if groups:
            g = groups[-1]
            beside = day - g.day < _NEAR_X * (days[-1] - days[0])
            if beside and abs(altitude - g.altitude_km) < _NEAR_Y * height_km:
                groups[-1] = g._replace(last=number)
                continue
        groups.append(_Marks(number, number, day, altitude))
    return groups


def _milestones(axes: Axes, descend: Descend, days: FloatArray) -> None:
    """Numbered marks on the altitude line; the table below the figure tells what they are."""
    lowest, highest = axes.get_ylim()
    for mark in _grouped(descend, days, lowest, highest - lowest):
        axes.plot([mark.day], [mark.altitude_km], "o", ms=4.5, color=svg.INK, zorder=5, clip_on=False)
        axes.annotate(
            str(mark.first) if mark.first == mark.last else f"{mark.first}-{mark.last}",
            (mark.day, mark.altitude_km),
            xytext=(10, 12),
            textcoords="offset points",
            fontsize=8.5,
            fontweight="bold",
            ha="left",
            va="center",
            bbox={"boxstyle": "round,pad=0.25", "fc": svg.PAPER, "ec": svg.INK, "lw": 0.8},
            arrowprops={"arrowstyle": "-", "color": svg.INK, "lw": 0.6},
            zorder=6,
            annotation_clip=False,
        )


def _propellant(axes: Axes, plan: Plan, history: History, days: FloatArray) -> None:
    """Propellant aboard by partner, stacked, of the mean line."""
    n = len(days)
    run = history.runs.index("mean") if "mean" in history.runs else 0
    ledger = plan.operate.ledger if isinstance(plan.operate, Operate) else ()
    owner = {row.tank: row.partner for row in ledger}
    aboard = np.where(history.flying[run, :n, None], history.propellant_kg[run, :n], 0.0) / 1000.0
    by_partner: dict[str, FloatArray] = {}
    for i in np.flatnonzero(aboard.any(axis=0)):
        partner = owner.get(history.tanks[i], "other")
        by_partner[partner] = by_partner.get(partner, np.zeros(n)) + aboard[:, i]
    if by_partner:
        partners = sorted(by_partner)
        colors = [svg.SERIES[i % len(svg.SERIES)] for i in range(len(partners))]
        axes.stackplot(days, *(by_partner[p] for p in partners), colors=colors, alpha=0.75, labels=partners, lw=0)
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=6, borderaxespad=0.1, columnspacing=1.4)
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel("propellant, t")


def _solar(axes: Axes, history: History, days: FloatArray) -> None:
    for i, name in enumerate(history.runs):
        width = 1.5 if name == "mean" else 0.9
        axes.plot(days, history.f107[i, : len(days)], color=_LINES.get(name, svg.MUTED), lw=width)
    axes.set_ylabel("F10.7, sfu")


def _time_axis(axes: Axes, days: FloatArray) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=5, maxticks=12)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_xlim(days[0], days[-1])
    axes.set_xlabel("UTC")


# --- break-up ------------------------------------------------------------------------------------------------------


def ladder_figure(reenter: Reenter) -> str:
    """The break-up ladder: heights of the phases, and what mass each frees and leaves.

    Args:
        reenter: the phases in the order in which they happen; those of no element are left out.

    Returns:
        An ``<svg>`` element.
    """
    phases = [phase for phase in reenter.phases if phase.elements]
    unit, scale, _ = words.mass_unit(reenter.entry_mass_kg)
    rows = np.arange(len(phases), dtype=float)

    def draw(figure: Figure) -> None:
        heights, masses = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": [1.0, 1.0]})
        for row, phase in zip(rows, phases, strict=True):
            e = phase.altitude_km
            heights.plot([e.low, e.high], [row, row], color=svg.MEAN, lw=7, alpha=0.35, solid_capstyle="butt")
            heights.plot([e.value], [row], "o", color=svg.MEAN, ms=7)
            at = {"xytext": (0, -13), "textcoords": "offset points", "ha": "center", "va": "center"}
            heights.annotate(f"{e.value:.0f} km", (e.value, row), **at)
        released = [scale * phase.released_mass_kg for phase in phases]
        survive = [scale * phase.surviving_mass_kg.value for phase in phases]
        errors = np.abs(
            [
                [phase.surviving_mass_kg.value - phase.surviving_mass_kg.low for phase in phases],
                [phase.surviving_mass_kg.high - phase.surviving_mass_kg.value for phase in phases],
            ]
        )
        masses.barh(rows - 0.17, released, 0.3, color=svg.SERIES[0], label="set free")
        masses.barh(rows + 0.17, survive, 0.3, color=svg.FOOTPRINT, label="reaches the ground")
        bars = {"fmt": "none", "ecolor": svg.INK, "elinewidth": 0.9, "capsize": 2.5}
        masses.errorbar(survive, rows + 0.17, xerr=scale * errors, **bars)
        heights.set_yticks(rows, [textwrap.fill(words.clean(phase.text), 26) for phase in phases])
        heights.set_ylim(len(phases) - 0.4, -0.6)
        heights.invert_xaxis()
        heights.set_xlabel("height, km (bar: interval)")
        masses.set_xlabel(f"mass, {unit}")
        masses.set_xlim(left=0.0)
        masses.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.2)

    return svg.figure_svg("ladder", "Break-up ladder", (10.0, 1.5 + 0.75 * max(len(phases), 2)), draw)


def fall_figure(impacts: Impacts, origin: str = "the aim point") -> str | None:
    """Where mass and dangerous pieces come down along the track, mean of all realisations.

    Args:
        impacts: fragments at the ground.
        origin: from where down-range counts, in words.

    Returns:
        An ``<svg>`` element; None where nothing survives.
    """
    alive = impacts.survives
    if not alive.any():
        return None
    realisations = len(np.unique(impacts.run))
    downrange = impacts.downrange_km[alive]
    weight = impacts.weight[alive] / realisations
    bin_km = 100.0 if np.ptp(downrange) < 6000.0 else 250.0
    edges = np.arange(
        np.floor(downrange.min() / bin_km) * bin_km, np.floor(downrange.max() / bin_km) * bin_km + 1.5 * bin_km, bin_km
    )
    mass_kg, _ = np.histogram(downrange, edges, weights=weight * impacts.mass_kg[alive])
    unit, scale, _ = words.mass_unit(float(mass_kg.sum()))
    pieces, _ = np.histogram(downrange, edges, weights=weight)

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True)
        upper.stairs(scale * mass_kg, edges, fill=True, color=svg.FOOTPRINT, alpha=0.8)
        lower.stairs(pieces, edges, fill=True, color=svg.SERIES[0], alpha=0.8)
        upper.set_ylabel(f"mass, {unit}\nper {bin_km:.0f} km")
        lower.set_ylabel(f"pieces\nper {bin_km:.0f} km")
        for axes in (upper, lower):
            axes.axvline(0.0, color=svg.ACCENT, lw=1.2, ls="--", label=origin.removeprefix("the "))
            axes.set_ylim(bottom=0.0)
        upper.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.2)
        lower.set_xlabel(f"distance along the track from {origin}, km, positive in flight direction")

    return svg.figure_svg("fall", "Where it falls along the track", (10.0, 3.6), draw)
