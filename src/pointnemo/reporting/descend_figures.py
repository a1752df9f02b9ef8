"""The figures of a descent. Each is drawn from the document alone, the map also from coastlines.

Here the altitude of the years and the steps of the last days; the others in ``descend_failures`` and ``descend_map``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pointnemo.reporting import svg, words
from pointnemo.reporting.descend_failures import failures_figure, losses_figure
from pointnemo.reporting.descend_map import map_figure
from pointnemo.reporting.descend_words import burn_name
from pointnemo.reporting.operate_axes import day_number, more_axes, numbers, spread, text_days, time_axis
from pointnemo.results import Burn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pointnemo.descent.report import DescendReport

__all__ = ["FIGURES", "altitude_figure", "burns_figure", "descend_figures"]

FloatArray = NDArray[np.float64]

FIGURES = ("altitude", "burns", "losses", "failures", "map")
_WIDTH_IN = 10.0
_COLORS = {"low": svg.LOW, "mean": svg.MEAN, "high": svg.HIGH}
_DASHES: dict[str, Any] = {"low": "--", "mean": "-", "high": "-."}
_EVENTS = (("lowering_start", "o", "lowering starts"), ("crew_departure", "s", "crew leaves"), ("hold", "D", "hold"))


def descend_figures(report: DescendReport, coastlines: Sequence[FloatArray]) -> dict[str, str]:
    """Every figure of a descent that there is something to show in.

    Args:
        report: the document.
        coastlines: arrays (n, 2) of longitude and latitude in degrees, cut at the 180th meridian.

    Returns:
        Some of ``FIGURES``, in that order: each an ``<svg>`` element.
    """
    found: dict[str, str] = {}
    if report.days.date:
        found["altitude"] = altitude_figure(report)
    if report.burns:
        found["burns"] = burns_figure(report)
    if any(days is not None for days in report.days.loss_days_to_entry):
        found["losses"] = losses_figure(report)
    if any(one.unit == "share" for one in report.branches):
        found["failures"] = failures_figure(report)
    if report.opportunities:
        found["map"] = map_figure(report, coastlines)
    return found


# --- altitude ------------------------------------------------------------------------------------------------------


def altitude_figure(report: DescendReport) -> str:
    """Mean altitude under low, mean and high solar activity, with what happens on the way; F10.7 below.

    Args:
        report: the document; its days are not empty.

    Returns:
        An ``<svg>`` element.
    """
    days = numbers(report.days.date)
    ends = [f"{line.activity} {words.day(line.entry_utc, 'not reached')}" for line in report.lines]
    title = (
        f"Mean altitude from {report.days.date[0]} under low, mean and high solar activity; entry: {', '.join(ends)}; "
        f"agreed date {report.limits.deorbit_by}"
    )

    def draw(figure: Figure) -> None:
        altitude, solar = more_axes(figure, (3.6, 0.9))
        _lines(altitude, report, days)
        _levels(altitude, report, days)
        _events(altitude, report)
        solar.plot(days, report.days.f107_mean, color=svg.MEAN, lw=1.2)
        solar.set_ylabel("F10.7, sfu")
        first = float(days[0])
        last = max(float(days[-1]), *(day_number(line.entry_utc) for line in report.lines if line.entry_utc), first)
        time_axis(solar, first, last + 0.01 * max(last - first, 1.0))
        figure.legend(loc="outside upper left", ncols=4, columnspacing=1.4)

    return svg.figure_svg("descent-altitude", title, (_WIDTH_IN, 5.6), draw)


def _columns(report: DescendReport) -> dict[str, FloatArray]:
    """Altitude of each line, NaN where it has ended."""
    d = report.days
    found = {"low": d.altitude_low_km, "mean": d.altitude_mean_km, "high": d.altitude_high_km}
    return {name: np.array([np.nan if x is None else x for x in values]) for name, values in found.items()}


def _lines(axes: Axes, report: DescendReport, days: FloatArray) -> None:
    for name, altitude in _columns(report).items():
        if np.isfinite(altitude).any():
            width = 2.0 if name == "mean" else 1.4
            axes.plot(days, altitude, color=_COLORS[name], ls=_DASHES[name], lw=width, label=f"{name} activity")
    axes.set_ylabel("mean altitude, km")


def _levels(axes: Axes, report: DescendReport, days: FloatArray) -> None:
    """Hold, control limit and the agreed dates."""
    limits = report.limits
    for km, text, style in (
        (limits.hold_altitude_km, "hold altitude", (0, (6, 3))),
        (limits.control_limit_km, "control limit", (0, (1, 2))),
    ):
        axes.axhline(km, color=svg.ACCENT, lw=1.1, ls=style, zorder=1, label=f"{text} {km:.0f} km")
    for date, text, style in ((limits.operate_until, "operate until", ":"), (limits.deorbit_by, "de-orbit by", "--")):
        if days[0] <= day_number(date) <= days[-1]:
            axes.axvline(day_number(date), color=svg.FOOTPRINT, lw=1.2, ls=style, zorder=1, label=f"{text} {date}")
    axes.set_ylim(bottom=min(200.0, limits.control_limit_km - 15.0))


def _events(axes: Axes, report: DescendReport) -> None:
    """Marks on the lines, named with their dates in the legend: there they cannot cover each other."""
    bottom = axes.get_ylim()[0]
    style: dict[str, Any] = {"ls": "none", "zorder": 5, "clip_on": False, "mec": svg.PAPER, "mew": 0.6}

    def mark(utc: str, km: float, shape: str, text: str, color: str = svg.INK) -> None:
        label: dict[str, Any] = {"label": f"{text} {words.day(utc)}"} if text else {}
        size = 11 if shape == "*" else 7
        axes.plot([day_number(utc)], [max(km, bottom)], shape, ms=size, color=color, **style, **label)

    found = {one.id: one for one in report.milestones}
    for key, shape, text in _EVENTS:
        if key in found:
            mark(found[key].utc, found[key].altitude_km, shape, text)
    docks = report.deorbit_vehicle_arrival_utc
    there = np.interp(day_number(docks), numbers(report.days.date), _columns(report)["mean"])
    if np.isfinite(there) and report.days.date[0] <= words.day(docks) <= report.days.date[-1]:
        mark(docks, float(there), "P", "deorbit vehicle docks")
    for one in report.points_of_no_return:
        if one.utc is not None and one.altitude_km is not None:
            text = "point of no return" if one.activity == "mean" else ""
            if one.without_deorbit_vehicle:
                text = text and "  without the deorbit vehicle"
            mark(one.utc, one.altitude_km, "d" if one.without_deorbit_vehicle else "X", text, _COLORS[one.activity])
    for line in report.lines:
        if line.entry_utc is not None:
            mark(line.entry_utc, bottom, "v", "entry" if line.activity == "mean" else "", _COLORS[line.activity])


# --- the last days -------------------------------------------------------------------------------------------------


def burns_figure(report: DescendReport) -> str:
    """Apogee and perigee of the last days, in steps at each burn.

    Args:
        report: the document; it has burns.

    Returns:
        An ``<svg>`` element.
    """
    burns = report.burns
    told = ", ".join(f"{burn_name(one)} to {one.perigee_after_km:.0f} km" for one in burns)
    title = f"Apogee and perigee of the last days; perigee after each burn: {told}"
    starts = numbers(one.start_utc for one in burns)
    stops = starts + np.array([one.duration_s for one in burns]) / 86400.0
    entry = day_number(report.entry_utc) if report.entry_utc else float(stops[-1])
    first = _first(report, float(starts[0]), entry)
    last = entry + 0.02 * (entry - first)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        time_axis(axes, first, last)
        times = np.ravel(np.column_stack([starts, stops]))
        for name, look in (("apogee", {"color": svg.MEAN, "lw": 1.8}), ("perigee", {"color": svg.LOW, "lw": 2.2})):
            km = _steps(burns, name)
            axes.plot(np.append(times, entry), np.append(km, km[-1]), label=name, **look)
        for one in report.milestones:
            if one.id == "hand_over":
                between = 0.5 * (burns[0].apogee_before_km + burns[0].perigee_before_km)
                dashes: dict[str, Any] = {"color": svg.INK, "lw": 1.2, "ls": ":", "label": "mean altitude before"}
                axes.plot([day_number(one.utc), times[0]], [one.altitude_km, between], **dashes)
        if report.entry is not None:
            height = report.entry.height_km
            text = f"entry interface, {height:.0f} km"
            axes.axhline(height, color=svg.MUTED, lw=1.0, ls="--", label=text)
            axes.plot([entry], [height], "v", ms=8, color=svg.FOOTPRINT, zorder=6, label="entry")
        top_km = _names(axes, burns, 0.5 * (starts + stops))
        for start, stop in zip(starts, stops, strict=True):
            label: dict[str, Any] = {"label": "burn"} if start == starts[0] else {}
            axes.fill_between([start, stop], axes.get_ylim()[0], top_km, color=svg.BURN, alpha=0.45, lw=0.8, **label)
        axes.set_xlabel(f"UTC, {burns[-1].start_utc[:4]}")
        axes.set_ylabel("altitude, km")
        figure.legend(loc="outside upper left", ncols=5, columnspacing=1.6)

    return svg.figure_svg("descent-burns", title, (_WIDTH_IN, 4.6), draw)


def _first(report: DescendReport, start: float, entry: float) -> float:
    """Where the axis begins: a little before the hand-over, or before the first burn."""
    handed = [day_number(one.utc) for one in report.milestones if one.id == "hand_over"]
    early = min([start, *handed])
    return early - 0.04 * (entry - early)


def _steps(burns: Sequence[Burn], name: str) -> FloatArray:
    """Apogee or perigee before and after each burn, in order."""
    return np.ravel([[getattr(one, f"{name}_before_km"), getattr(one, f"{name}_after_km")] for one in burns])


def _names(axes: Axes, burns: Sequence[Burn], at: FloatArray) -> float:
    """Name and delta-v of each burn above it, pushed apart where close; gives the altitude up to which they point."""
    top = max(float(axes.dataLim.y1), *(one.apogee_before_km for one in burns))
    bottom = min(one.perigee_after_km for one in burns)
    high = top + 0.16 * (top - bottom)
    axes.set_ylim(bottom - 0.08 * (top - bottom), top + 0.30 * (top - bottom))
    texts = [f"{burn_name(one)}\n{one.delta_v_mps:.1f} m/s" for one in burns]
    wide = max(text_days(line, 8.5, axes, 0.87 * _WIDTH_IN) for text in texts for line in text.split("\n"))
    first, last = axes.get_xlim()
    places = spread(list(at), 1.15 * wide, first + 0.6 * wide, last - 0.6 * wide)
    for text, day, place in zip(texts, at, places, strict=True):
        axes.plot([day, place], [top + 0.02 * (top - bottom), high - 0.02 * (top - bottom)], color=svg.MUTED, lw=0.7)
        axes.annotate(text, (place, high), ha="center", va="bottom", fontsize=8.5, color=svg.INK, parse_math=False)
    return top + 0.02 * (top - bottom)
