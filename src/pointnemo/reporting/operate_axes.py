"""What the figures of an operation share: dates as numbers, the axis of time, looks of groups, labels side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.operations.operate_report import OperateReport
from pointnemo.reporting import svg, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "MARKS",
    "Look",
    "bounds",
    "day_number",
    "group_of",
    "looks",
    "more_axes",
    "numbers",
    "spread",
    "text_days",
    "time_axis",
]

FloatArray = NDArray[np.float64]

MARKS = ("o", "s", "D", "P", "X", "*", "p", "h")
_HATCHES = ("", "///", "...", "\\\\\\", "xxx", "+++")
_EPOCH = date(1970, 1, 1).toordinal()
_EM = 0.58  # mean width of a letter of DejaVu Sans, in sizes of the font


class Look(NamedTuple):
    """How a group looks: told apart by colour, and for those who see no colours by hatch or mark."""

    color: str
    hatch: str
    mark: str


def looks(names: Iterable[str]) -> dict[str, Look]:
    """A look for each name, in order; more names than colours get the same colours with other hatches."""
    found: dict[str, Look] = {}
    for i, name in enumerate(dict.fromkeys(names)):
        hatch = _HATCHES[i % len(_HATCHES)]
        found[name] = Look(svg.SERIES[i % len(svg.SERIES)], hatch, MARKS[i % len(MARKS)])
    return found


def group_of(report: OperateReport) -> dict[str, str]:
    """Vehicle type of each flight: what tanks and burns are gathered under. What is no flight stands for itself."""
    return {one.flight: one.vehicle for one in report.ports}


def day_number(utc: str) -> float:
    """Days since 1970 of a UTC text, matplotlib's own count; midnight where it tells no time of the day."""
    text = words.day(utc)
    clock = utc[11:19].rstrip("Z")
    hours, minutes, seconds = (float(part) for part in clock.split(":")) if len(clock) == 8 else (0.0, 0.0, 0.0)
    return date.fromisoformat(text).toordinal() - _EPOCH + (hours + minutes / 60.0 + seconds / 3600.0) / 24.0


def numbers(dates: Iterable[str]) -> FloatArray:
    """Days since 1970 of many dates."""
    return np.array([day_number(one) for one in dates])


def bounds(report: OperateReport) -> tuple[float, float]:
    """The time that the figures show: from the epoch to the start of lowering."""
    first, last = day_number(words.day(report.from_utc)), day_number(words.day(report.until_utc))
    return first, max(last, first + 1.0)


def time_axis(axes: Axes, first: float, last: float) -> None:
    """Dates along the lower edge, about ten of them."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=5, maxticks=12)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    axes.set_xlim(first, last)
    axes.set_xlabel("UTC")


def more_axes(figure: Figure, heights: Sequence[float]) -> list[Axes]:
    """Axes one below the other that share the time."""
    drawn = figure.subplots(len(heights), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": list(heights)})
    return [row[0] for row in drawn]


def text_days(text: str, size_pt: float, axes: Axes, width_in: float) -> float:
    """How many days of an axis a horizontal text covers.

    Args:
        text: on one line.
        size_pt: of the font.
        axes: its limits are already those that will be shown.
        width_in: of the axes on paper, about.

    Returns:
        Days.
    """
    first, last = axes.get_xlim()
    return len(text) * _EM * size_pt / 72.0 / width_in * (last - first)


def spread(at: Sequence[float], gap: float, first: float, last: float) -> list[float]:
    """Places for labels near their own, none nearer than ``gap`` to another.

    Args:
        at: where they belong, rising.
        gap: least distance of two.
        first: lower edge.
        last: upper edge.

    Returns:
        As many places, rising, within the edges where there is room for all.
    """
    if not at:
        return []
    gap = min(gap, (last - first) / max(len(at), 1))
    # Clusters of labels that touch: each is moved as a whole to where its members would be on average.
    clusters: list[list[float]] = []
    for place in at:
        clusters.append([place])
        while len(clusters) > 1 and _start(clusters[-1], gap, first, last) < _end(clusters[-2], gap, first, last) + gap:
            later = clusters.pop()
            clusters[-1] += later
    return [_start(cluster, gap, first, last) + gap * i for cluster in clusters for i in range(len(cluster))]


def _start(cluster: Sequence[float], gap: float, first: float, last: float) -> float:
    """Place of the first label of a cluster that is centred on its members."""
    span = gap * (len(cluster) - 1)
    return min(max(sum(cluster) / len(cluster) - 0.5 * span, first), last - span)


def _end(cluster: Sequence[float], gap: float, first: float, last: float) -> float:
    return _start(cluster, gap, first, last) + gap * (len(cluster) - 1)
