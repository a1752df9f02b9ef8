"""Figures of what goes wrong in a descent: loss of all propulsion day by day, and failures of single burns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.reporting import svg, words
from pointnemo.reporting.failure_words import RECOURSES, best_recourse
from pointnemo.reporting.operate_axes import day_number, numbers, time_axis
from pointnemo.results import Branch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pointnemo.descent.report import DescendReport

__all__ = ["failures_figure", "losses_figure"]

FloatArray = NDArray[np.float64]

_LEAST_DAYS = 0.01  # the axis of times is logarithmic

_WIDTH_IN = 10.0
_MOST_MARKS = 45  # days of a descent that get a mark of their own; the line has them all
_STYLES: tuple[Any, ...] = ("-", "--", "-.", ":")
_DAY_H = 24.0
_CLOSE_DAYS = 90.0  # before the last day, shown close up
_RANGE = "range of Sun and drag"
_CASES = ("all else works", "no deorbit vehicle", "no thrust at all")


class _Class(NamedTuple):
    """How a kind of recourse looks: told apart by colour and by mark."""

    color: str
    mark: str
    hatch: str
    text: str


_CLASSES = {
    "complete-later": _Class(svg.SERIES[2], "o", "", f"can still: {RECOURSES['complete-later']}"),
    "deorbit-otherwise": _Class(svg.SERIES[1], "D", "///", f"can still: {RECOURSES['deorbit-otherwise']}"),
    "raise": _Class(svg.SERIES[0], "^", "...", f"can still: {RECOURSES['raise']}"),
    "shift": _Class(svg.SERIES[3], "s", "\\\\\\", f"can still: {RECOURSES['shift']}"),
    "none": _Class(svg.FOOTPRINT, "X", "xxx", "nothing can be done"),
}


# --- loss of propulsion --------------------------------------------------------------------------------------------


def losses_figure(report: DescendReport) -> str:
    """Day on which all propulsion is lost against the time from then to entry, by what can still be done.

    Args:
        report: the document; it has days of loss with a time to entry.

    Returns:
        An ``<svg>`` element.
    """
    losses = _losses(report)
    days, value = losses.days, losses.value
    title = (
        f"Time from the loss of all propulsion to entry, from {value[0]:,.0f} days for a loss on "
        f"{losses.first} to {value[-1]:,.0f} days on {losses.last}, by what can still be done"
    )

    closer = len(days) > 1 and np.ptp(days) > 4.0 * _CLOSE_DAYS  # the end of a long descent has a panel of its own
    starts = [float(days[0]), float(days[-1]) - _CLOSE_DAYS] if closer else [float(days[0])]

    def draw(figure: Figure) -> None:
        ratios = {"width_ratios": (1.9, 1.0)[: len(starts)], "height_ratios": (4.0, 1.0)}
        panels = figure.subplots(2, len(starts), sharex="col", squeeze=False, gridspec_kw=ratios)
        for axes, strip, start in zip(*panels, starts, strict=True):
            axes.set_yscale("log")
            seen = days >= start
            axes.fill_between(
                days[seen], losses.low[seen], losses.high[seen], color=svg.MUTED, alpha=0.22, lw=0, label=_RANGE
            )
            axes.plot(days[seen], value[seen], color=svg.MUTED, lw=1.0, zorder=2)
            _marks(axes, losses.cases[0][seen], days[seen], value[seen])
            held = seen & (losses.control > 0.0)
            if held.any():
                axes.plot(
                    days[held],
                    losses.control[held],
                    color=svg.INK,
                    lw=1.2,
                    ls=":",
                    label="attitude can be held for",
                    zorder=3,
                )
            _dates(axes, report, start, float(days[-1]))
            _cases(strip, [case[seen] for case in losses.cases], days[seen])
            room = 0.015 * max(float(days[-1]) - start, 1.0)
            time_axis(strip, start - room, float(days[-1]) + room)
            _plain_log(axes)
        panels[0][0].set_ylabel("days from the loss to entry")
        panels[1][0].set_yticks(range(len(_CASES)), _CASES)
        panels[1][0].set_xlabel("all propulsion is lost on, UTC")
        if closer:
            panels[1][1].set_yticks([])
            panels[1][1].set_xlabel(f"the last {_CLOSE_DAYS:.0f} days of it, UTC, {losses.last[:4]}")
        _one_legend(figure, [axes for row in panels for axes in row])

    return svg.figure_svg("descent-losses", title, (_WIDTH_IN, 5.8), draw)


class _Losses(NamedTuple):
    """The days on which a loss of propulsion has a time to entry; arrays of shape (days,).

    Attributes:
        first, last: dates of the ends.
        days: matplotlib's count.
        low, value, high: days to entry; a hundredth at least, since the axis is logarithmic.
        control: days for which the attitude can be held, NaN where that is not told.
        cases: what can still be done with all that did not fail, without the deorbit vehicle, without any thrust.
    """

    first: str
    last: str
    days: FloatArray
    low: FloatArray
    value: FloatArray
    high: FloatArray
    control: FloatArray
    cases: tuple[NDArray[np.str_], ...]


def _losses(report: DescendReport) -> _Losses:
    """Read the columns of the document."""
    d = report.days
    rows = [k for k, days in enumerate(d.loss_days_to_entry) if days is not None]
    dates = [d.date[k] for k in rows]

    def picked(column: Sequence[float | None], least: float = -np.inf) -> FloatArray:
        return np.maximum(np.array([column[k] for k in rows], dtype=float), least)

    cases = (d.loss_recourse, d.loss_recourse_without_deorbit_vehicle, d.loss_recourse_without_thrust)
    return _Losses(
        dates[0],
        dates[-1],
        numbers(dates),
        picked(d.loss_days_to_entry_low, _LEAST_DAYS),
        picked(d.loss_days_to_entry, _LEAST_DAYS),
        picked(d.loss_days_to_entry_high, _LEAST_DAYS),
        picked(d.loss_control_days),
        tuple(np.array([str(case[k]) for k in rows]) for case in cases),
    )


def _marks(axes: Axes, classes: NDArray[np.str_], days: FloatArray, value: FloatArray) -> None:
    """A thick line in the colour of each class, and marks in its shape, not too many of them."""
    every = -(-len(classes) // _MOST_MARKS)
    marked = np.arange(len(classes)) % every == 0
    marked[-1] = True
    for key, look in _CLASSES.items():
        mine = classes == key
        if not mine.any():
            continue
        axes.plot(days, np.where(mine, value, np.nan), color=look.color, lw=2.6, zorder=3)
        shown = mine & (marked | ~np.roll(mine, 1))
        axes.plot(days[shown], value[shown], look.mark, ms=5.5, color=look.color, zorder=4, label=look.text)


def _cases(axes: Axes, cases: Sequence[NDArray[np.str_]], days: FloatArray) -> None:
    """A row for each case, in the colour and hatch of the best that can be done then."""
    ends = np.append(days[1:], days[-1] + max(1.0, 0.004 * float(np.ptp(days))))
    for row, kinds in enumerate(cases):
        for first, last in _runs(list(kinds)):
            look = _CLASSES[kinds[first]]
            style: dict[str, Any] = {"color": look.color, "hatch": look.hatch, "ec": svg.PAPER, "lw": 0.3}
            axes.barh(row, ends[last] - days[first], 0.8, float(days[first]), **style)
    axes.set_ylim(len(_CASES) - 0.5, -0.5)
    axes.grid(visible=False)
    for kind in dict.fromkeys(kind for kinds in zip(*cases, strict=True) for kind in kinds):
        look = _CLASSES[kind]
        axes.plot([], [], look.mark, ms=5.5, color=look.color, label=look.text)


def _runs(kinds: Sequence[str]) -> list[tuple[int, int]]:
    """First and last of each stretch of equal ones."""
    edges = [0, *(i for i in range(1, len(kinds)) if kinds[i] != kinds[i - 1]), len(kinds)]
    return [(first, after - 1) for first, after in pairwise(edges)]


def _dates(axes: Axes, report: DescendReport, first: float, last: float) -> None:
    """Upright lines at what changes who is there and what can be done."""
    found = [
        (report.crew_departure_utc, "crew leaves", "--"),
        (report.deorbit_vehicle_arrival_utc, "deorbit vehicle docks", "-."),
        *(
            (one.utc, "no return without it", ":") if one.without_deorbit_vehicle else (one.utc, "no return", "-")
            for one in report.points_of_no_return
            if one.activity == "mean"
        ),
    ]
    for utc, text, style in found:
        if utc and first <= day_number(utc) <= last:
            axes.axvline(
                day_number(utc), color=svg.ACCENT, lw=1.1, ls=style, zorder=1, label=f"{text} {words.day(utc)}"
            )


def _plain_log(axes: Axes) -> None:
    """Numbers as they are read, not powers of ten; also between the powers where there are few of them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axes.get_ylim()
    wide = np.log10(high / low) > 1.6
    axes.yaxis.set_major_locator(LogLocator(10.0, (1.0,) if wide else (1.0, 2.0, 5.0), numticks=20))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.0f}" if y >= 1 else f"{y:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


# --- burns ---------------------------------------------------------------------------------------------------------


def failures_figure(report: DescendReport) -> str:
    """Share of each burn made against time to entry, and of the last burn against where it comes down; pointing.

    Args:
        report: the document; it has branches.

    Returns:
        An ``<svg>`` element.
    """
    burns = list(dict.fromkeys(one.burn for one in report.branches))
    last = [one for one in report.branches if one.burn == burns[-1]]
    title = (
        f"Failures of {', '.join(burns)}: time to entry, and of {burns[-1]} the shift of the place along the track, "
        "by what can still be done"
    )

    def draw(figure: Figure) -> None:
        times, shares, pointing = figure.subplots(1, 3, gridspec_kw={"width_ratios": (1.25, 1.25, 0.8)})
        _times(times, report.branches, burns)
        _shifts(shares, [one for one in last if one.unit == "share"], f"share of {words.clean(burns[-1])} made")
        _shifts(pointing, [one for one in last if one.unit == "deg"], f"{words.clean(burns[-1])} points wrong by, deg")
        shares.set_ylabel("shift past the aim, km")
        limits = [axes.get_ylim() for axes in (shares, pointing) if axes.has_data()]
        for axes in (shares, pointing):
            axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
        _one_legend(figure, (times, shares, pointing))

    return svg.figure_svg("descent-failures", title, (_WIDTH_IN, 4.8), draw)


def _one_legend(figure: Figure, panels: Iterable[Axes]) -> None:
    """What all panels show, each once: what can be done first, then the rest."""
    found = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    classes = [look.text for look in _CLASSES.values()]
    order = sorted(found, key=lambda label: classes.index(label) if label in classes else len(classes))
    handles = [found[label] for label in order]
    legend = figure.legend(handles=handles, loc="outside upper left", ncols=4, columnspacing=2.2)
    for text in legend.get_texts():
        text.set_parse_math(False)  # a name is no formula


def _times(axes: Axes, branches: Sequence[Branch], burns: Sequence[str]) -> None:
    """Share made against hours to entry with its interval, a line for each burn."""
    axes.set_yscale("log")
    for i, burn in enumerate(burns):
        mine = sorted(
            (one for one in branches if one.burn == burn and one.unit == "share" and one.days_to_entry is not None),
            key=lambda one: one.amount,
        )
        if not mine:
            continue
        share = np.array([one.amount for one in mine])
        low, value, high = (
            np.maximum([_DAY_H * getattr(one.days_to_entry, name) for one in mine], 0.05)
            for name in ("low", "value", "high")
        )
        axes.fill_between(share, low, high, color=svg.MUTED, alpha=0.20, lw=0)
        axes.plot(share, value, color=svg.INK, lw=1.2, ls=_STYLES[i % len(_STYLES)], label=words.clean(burn), zorder=2)
        _classed(axes, share, value, mine)
    axes.set_xlabel("share of the burn made")
    axes.set_ylabel("hours to entry")
    _plain_log(axes)


def _classed(axes: Axes, x: FloatArray, y: FloatArray, branches: Sequence[Branch]) -> None:
    """Marks by what can still be done."""
    classes = np.array([best_recourse(one.recourses) for one in branches])
    for key, look in _CLASSES.items():
        mine = (classes == key) & np.isfinite(y)
        if mine.any():
            axes.plot(x[mine], y[mine], look.mark, ms=6, color=look.color, zorder=4, label=look.text)


def _shifts(axes: Axes, branches: Sequence[Branch], label: str) -> None:
    """How far past the aim; where it may be anywhere a band without a line."""
    from matplotlib.ticker import FuncFormatter

    branches = sorted(branches, key=lambda one: one.amount)
    axes.set_xlabel(label, parse_math=False)
    if not branches:
        return
    x = np.array([one.amount for one in branches])
    y = np.array([np.nan if one.random or one.range_shift_km is None else one.range_shift_km for one in branches])
    sigma = np.array([one.along_track_sigma_km or 0.0 for one in branches])
    anywhere = ~np.isfinite(y)
    axes.set_xlim(x.min() - 0.04 * (np.ptp(x) or 1.0), x.max() + 0.04 * (np.ptp(x) or 1.0))
    if anywhere.any():
        _anywhere(axes, x, anywhere)
    if not anywhere.all():
        axes.fill_between(x, y - sigma, y + sigma, color=svg.MUTED, alpha=0.25, lw=0, label="1 sigma")
        axes.plot(x, y, color=svg.INK, lw=1.2, zorder=2)
        _classed(axes, x, y, branches)
    axes.axhline(0.0, color=svg.ACCENT, lw=1.0, ls="--", label="aim")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.0f}"))


def _anywhere(axes: Axes, x: FloatArray, there: NDArray[np.bool_]) -> None:
    """Bands over the values for which the place is not known, to half the way to those for which it is."""
    edges = np.concatenate([axes.get_xlim()[:1], 0.5 * (x[1:] + x[:-1]), axes.get_xlim()[1:]])
    for i in np.flatnonzero(there):
        axes.axvspan(edges[i], edges[i + 1], fc=svg.FOOTPRINT, alpha=0.14, lw=0, label="anywhere under its orbit")
