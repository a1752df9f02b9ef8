"""The maps of the report: ground track of the last day over the world, and the footprint close up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.reporting import svg, words
from pointnemo.results import Descend, Place, Plan, Reenter, Skipped, Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

__all__ = ["CENTRE_DEG", "Window", "broken", "centred", "draw_map", "map_figures", "scale_bar"]

FloatArray = NDArray[np.float64]

CENTRE_DEG = -150.0
"""Longitude in the middle of the world map: the Pacific is whole and the seam runs through Europe and Africa."""

_DAY_S = 86400.0
_LAST_REVOLUTION_S = 5400.0
_KM_PER_DEG = 111.195  # of a great circle on a sphere of 6371 km


def centred(longitude_deg: FloatArray, centre_deg: float = CENTRE_DEG) -> FloatArray:
    """Longitudes as degrees east of the middle of the map, -180 <= x < 180, any shape."""
    return (np.asarray(longitude_deg, dtype=float) - centre_deg + 180.0) % 360.0 - 180.0


class Window(NamedTuple):
    """A part of the map: degrees east of ``CENTRE_DEG``, and latitudes."""

    west: float
    east: float
    south: float
    north: float


_WORLD = Window(-180.0, 180.0, -72.0, 72.0)


def map_figures(plan: Plan, trajectory: Trajectory | None, coastlines: Sequence[FloatArray]) -> tuple[str, str] | None:
    """The ground track of the last day over the world, and the footprint close up.

    Args:
        plan: for aim, footprint, entry and land.
        trajectory: the last days.
        coastlines: arrays (n, 2) of longitude and latitude in degrees, cut at the 180th meridian.

    Returns:
        Two ``<svg>`` elements; None where nothing comes down.
    """
    if trajectory is None or trajectory.tt_s.size < 2:
        return None

    def world(figure: Figure) -> None:
        axes = figure.subplots()
        draw_map(axes, _WORLD, coastlines, smooth_deg=0.2)
        _track(axes, trajectory)
        _targets(axes, plan)
        figure.legend(loc="outside lower center", ncols=5, columnspacing=1.6)

    def close(figure: Figure) -> None:
        axes = figure.subplots()
        window = _close_up(plan, trajectory)
        draw_map(axes, window, coastlines, smooth_deg=0.0)
        _track(axes, trajectory)
        _targets(axes, plan)
        _nearest_land(axes, plan, window)
        scale_bar(axes, window)
        figure.legend(loc="outside lower center", ncols=5, columnspacing=1.6)

    title = "Ground track of the last day with footprint and land"
    window = _close_up(plan, trajectory)
    wide = (window.east - window.west) * np.cos(np.radians((window.south + window.north) / 2.0))
    height = min(9.0, max(4.0, 9.0 * (window.north - window.south) / wide)) + 1.1
    return (
        svg.figure_svg("world", title, (10.0, 4.8), world),
        svg.figure_svg("close", "The footprint close up", (10.0, float(height)), close),
    )


def draw_map(axes: Axes, window: Window, coastlines: Sequence[FloatArray], smooth_deg: float) -> None:
    """Land, water and a grid in degrees; plate carree, true to scale in the middle latitude.

    Args:
        axes: empty.
        window: what is seen.
        coastlines: arrays (n, 2) of longitude and latitude in degrees, cut at the 180th meridian.
        smooth_deg: detail of coasts that is left out.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.ticker import FixedLocator, FuncFormatter

    axes.set_xlim(window.west, window.east)
    axes.set_ylim(window.south, window.north)
    middle = 0.0 if window is _WORLD else (window.south + window.north) / 2.0
    axes.set_aspect(1.0 / np.cos(np.radians(middle)))
    axes.set_facecolor(svg.WATER)
    land = _land_path(coastlines, window, smooth_deg)
    if land is not None:
        axes.add_patch(PathPatch(land, fc=svg.LAND, ec=svg.MUTED, lw=0.3, zorder=1))
    step_x, step_y = _step(window.east - window.west), _step(window.north - window.south)
    first_x = np.ceil((window.west + CENTRE_DEG) / step_x) * step_x - CENTRE_DEG  # round longitudes
    first_y = np.ceil(window.south / step_y) * step_y
    axes.xaxis.set_major_locator(FixedLocator(list(np.arange(first_x, window.east, step_x))))
    axes.yaxis.set_major_locator(FixedLocator(list(np.arange(first_y, window.north, step_y))))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _degrees(_wrap(x + CENTRE_DEG), "E", "W")))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: _degrees(y, "N", "S")))
    axes.set_xlabel("longitude, deg")
    axes.set_ylabel("latitude, deg")


def _step(span_deg: float) -> float:
    """Degrees between grid lines: about eight in the window."""
    return next((step for step in (1.0, 2.0, 5.0, 10.0, 15.0, 30.0) if span_deg / step <= 9.0), 60.0)


def _wrap(longitude_deg: float) -> float:
    return (longitude_deg + 180.0) % 360.0 - 180.0


def _degrees(value: float, positive: str, negative: str) -> str:
    value = round(value, 6)
    if value == 0 or abs(value) == 180:
        return f"{abs(value):g}"
    return f"{abs(value):g} {positive if value > 0 else negative}"


def _land_path(coastlines: Sequence[FloatArray], window: Window, smooth_deg: float) -> Path | None:
    """All land in a window as one path; rings are drawn on every turn where the window sees them."""
    from matplotlib.path import Path
    from shapely import LinearRing

    vertices: list[FloatArray] = []
    codes: list[NDArray[np.uint8]] = []
    for line in coastlines:
        ring = _closed(line)
        for turn in (-360.0, 0.0, 360.0):
            x = ring[:, 0] - CENTRE_DEG + turn
            if x.max() < window.west or x.min() > window.east:
                continue
            if ring[:, 1].max() < window.south or ring[:, 1].min() > window.north:
                continue
            points = np.column_stack([x, ring[:, 1]])
            if smooth_deg and len(points) > 8:
                points = np.asarray(LinearRing(points).simplify(smooth_deg, preserve_topology=False).coords)
            if len(points) < 4:
                points = np.column_stack([x, ring[:, 1]])
            code = np.full(len(points), Path.LINETO, dtype=np.uint8)
            code[0], code[-1] = Path.MOVETO, Path.CLOSEPOLY
            vertices.append(points)
            codes.append(code)
    return Path(np.concatenate(vertices), np.concatenate(codes)) if vertices else None


def _closed(line: FloatArray) -> FloatArray:
    """A coastline as a ring. One that goes round the Earth is Antarctica's and is closed by way of the pole."""
    if (line[0] == line[-1]).all():
        return line
    if abs(line[-1, 0] - line[0, 0]) > 300.0:
        return np.vstack([line, [line[-1, 0], -90.0], [line[0, 0], -90.0], line[:1]])
    return np.vstack([line, line[:1]])


def _track(axes: Axes, trajectory: Trajectory) -> None:
    """The last day: earlier revolutions thin, the last one wide, burns in their own colour."""
    tt = trajectory.tt_s
    last_day = tt >= tt[-1] - _DAY_S
    last_revolution = tt >= tt[-1] - _LAST_REVOLUTION_S
    burning = np.array([name != "coast" for name in trajectory.segments])[trajectory.segment]
    x, y = centred(trajectory.longitude_deg), trajectory.latitude_deg
    for chosen, label, style in (
        (last_day, "ground track, last 24 h", {"color": svg.MUTED, "lw": 0.8, "zorder": 2}),
        (last_revolution, "last 90 min before break-up", {"color": svg.MEAN, "lw": 1.8, "zorder": 3}),
        (last_day & burning, "burn", {"color": svg.BURN, "lw": 3.6, "zorder": 4, "solid_capstyle": "butt"}),
    ):
        if chosen.any():
            axes.plot(*broken(x, y, chosen), label=label, **style)


def broken(x: FloatArray, y: FloatArray, chosen: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """A line with gaps where rows are not chosen and where it passes the seam of the map."""
    jump = np.r_[False, np.abs(np.diff(x)) > 180.0]
    xs = np.where(chosen, x, np.nan)
    ys = np.where(chosen, y, np.nan)
    at = np.flatnonzero(jump)
    xs, ys = np.insert(xs, at, np.nan), np.insert(ys, at, np.nan)
    seen = np.flatnonzero(np.isfinite(xs))
    return xs[seen[0] : seen[-1] + 1], ys[seen[0] : seen[-1] + 1]


def _targets(axes: Axes, plan: Plan) -> None:
    """Footprint, heel, toe, aim, impact centre and entry interface."""
    from matplotlib.patches import Polygon

    if isinstance(plan.reenter, Reenter):
        footprint = plan.reenter.footprint
        ring = np.array(footprint.polygon, dtype=float)
        x = np.unwrap(centred(ring[:, 0]), period=360.0)
        outline = {"closed": True, "ec": svg.FOOTPRINT, "lw": 1.2, "zorder": 5}
        axes.add_patch(
            Polygon(np.column_stack([x, ring[:, 1]]), fc=_faint(svg.FOOTPRINT), label="footprint", **outline)
        )
        _mark(axes, footprint.heel, "heel", marker="<", color=svg.FOOTPRINT)
        _mark(axes, footprint.toe, "toe", marker=">", color=svg.FOOTPRINT)
        _mark(axes, plan.reenter.impact_centre, "impact centre", marker="+", color=svg.INK, ms=9, mew=1.6)
    if isinstance(plan.descend, Descend):
        if plan.descend.targeting is not None:
            aim = plan.descend.targeting.aim
            name = f"aim point ({words.clean(aim.name)})" if aim.name else "aim point"
            _mark(axes, aim, name, marker="x", color=svg.ACCENT, ms=7, mew=1.8)
        if plan.descend.entry is not None:
            height = f"entry interface, {plan.descend.entry.height_km:.0f} km"
            _mark(axes, plan.descend.entry.place, height, marker="D", color=svg.INK, ms=4.5)


def _faint(color: str) -> tuple[str, float]:
    return (color, 0.25)


def _mark(axes: Axes, place: Place, label: str, **style: object) -> None:
    x = float(centred(np.array(place.longitude_deg)))
    axes.plot([x], [place.latitude_deg], ls="none", label=label, **{"ms": 6, "zorder": 6, **style})  # type: ignore[arg-type]


def _close_up(plan: Plan, trajectory: Trajectory) -> Window:
    """A window around entry, footprint and the nearest land, at least 30 degrees wide."""
    xs = [float(centred(trajectory.longitude_deg[-1:])[0])]
    ys = [float(trajectory.latitude_deg[-1])]
    places: list[Place] = []
    if isinstance(plan.reenter, Reenter):
        f = plan.reenter.footprint
        ring = np.array(f.polygon, dtype=float)
        xs += list(np.unwrap(centred(ring[:, 0]), period=360.0))
        ys += list(ring[:, 1])
        places += [f.heel, f.toe, plan.reenter.impact_centre]
    if isinstance(plan.descend, Descend):
        places += [plan.descend.targeting.aim] if plan.descend.targeting else []
        places += [plan.descend.entry.place] if plan.descend.entry else []
    if not isinstance(plan.assess, Skipped):
        places.append(plan.assess.clearance.land)
    xs += [float(centred(np.array(p.longitude_deg))) for p in places]
    ys += [p.latitude_deg for p in places]
    margin = 5.0
    west, east = min(xs) - margin, max(xs) + margin
    south, north = max(min(ys) - margin, -85.0), min(max(ys) + margin, 85.0)
    grow = max(0.0, 30.0 - (east - west)) / 2.0
    tall = max(0.0, 20.0 - (north - south)) / 2.0
    return Window(west - grow, east + grow, south - tall, north + tall)


def _nearest_land(axes: Axes, plan: Plan, window: Window) -> None:
    """The line from the nearest surviving fragment to the nearest land."""
    if isinstance(plan.assess, Skipped):
        return
    clearance = plan.assess.clearance
    xs = [float(centred(np.array(p.longitude_deg))) for p in (clearance.fragment, clearance.land)]
    ys = [clearance.fragment.latitude_deg, clearance.land.latitude_deg]
    if abs(xs[1] - xs[0]) > 180.0:
        return
    name = f" ({words.clean(clearance.land.name)})" if clearance.land.name else ""
    label = f"nearest land {clearance.distance_km:.0f} km{name}"
    axes.plot(xs, ys, color=svg.INK, lw=0.9, ls=(0, (4, 2)), marker="o", ms=3, zorder=5, label=label)


def scale_bar(axes: Axes, window: Window) -> None:
    """A bar of round length, true in its own latitude, in the lower left corner."""
    y = window.south + 0.06 * (window.north - window.south)
    x = window.west + 0.04 * (window.east - window.west)
    km_per_deg = _KM_PER_DEG * np.cos(np.radians(y))
    room_km = 0.25 * (window.east - window.west) * km_per_deg
    length_km = next((km for km in (2000, 1000, 500, 200, 100) if km <= room_km), 50)
    axes.plot([x, x + length_km / km_per_deg], [y, y], color=svg.INK, lw=2.5, solid_capstyle="butt", zorder=7)
    axes.annotate(f"{length_km} km", (x, y), xytext=(0, 4), textcoords="offset points", fontsize=8.5, zorder=7)
