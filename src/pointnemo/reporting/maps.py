"""The maps of the report: ground track of the last day, the footprint close up, and the areas to be closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.reporting import svg, words
from pointnemo.results import Descend, HazardArea, Place, Plan, Reenter, Skipped, Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

__all__ = ["CENTRE_DEG", "Window", "broken", "centred", "draw_map", "hazard_map", "map_figures", "scale_bar"]

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


# --- areas to be closed --------------------------------------------------------------------------------------------

_AREA_STYLE = {
    "safety": (svg.SERIES[1], "--"),
    "declared": (svg.FOOTPRINT, "-"),
    "ship": (svg.SERIES[0], ":"),
    "aircraft": (svg.SERIES[3], ":"),
    "floating": (svg.ACCENT, "-."),
}
_MOST_ISLANDS = 14
_LAND_REACH_DEG = 20.0  # the nearest land is shown where the map need not grow by more


def hazard_map(
    areas: Sequence[HazardArea],
    coastlines: Sequence[FloatArray],
    islands: Sequence[Place] = (),
    trajectory: Trajectory | None = None,
    backup: Sequence[HazardArea] = (),
    backup_track: FloatArray | None = None,
    labels: Mapping[str, str] | None = None,
) -> str | None:
    """The areas to be closed, with the track on which the pieces come and islands by name.

    Args:
        areas: of the primary window.
        coastlines: arrays (n, 2) of longitude and latitude in degrees, cut at the 180th meridian.
        islands: named places; those in the window are shown, as far as their names have room.
        trajectory: the last days.
        backup: areas of the backup window, outlines only.
        backup_track: ground track of the backup, shape (n, 2), longitude and latitude in degrees.
        labels: what the legend says of each area, by id; its id alone where it has none.

    Returns:
        An ``<svg>`` element; None without areas.
    """
    if not areas:
        return None
    rings = {area.id: _ring(area) for area in areas}
    middle = float(rings[areas[0].id][:, 0].mean())
    others = [(area, _near(_ring(area), middle)) for area in backup if area.id in ("declared", "safety")]
    shown = [_near(ring, middle) for ring in rings.values()] + [ring for _, ring in others]
    lands = {area.nearest_land.name: area.nearest_land for area in areas if area.id in ("declared", "safety")}
    window = _around(shown + _within_reach(_around(shown), list(lands.values()), middle))
    named = [*lands.values(), *(island for island in islands if island.name not in lands)]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        draw_map(axes, window, coastlines, smooth_deg=0.0)
        if trajectory is not None and trajectory.tt_s.size > 1:
            _track(axes, trajectory)
        if backup_track is not None and len(backup_track) > 1:
            x = np.unwrap(centred(backup_track[:, 0]), period=360.0)
            for turn in (-360.0, 0.0, 360.0):
                label = "track of the backup" if turn == 0.0 else None
                axes.plot(x + turn, backup_track[:, 1], color=svg.LOW, lw=1.2, ls="--", zorder=3, label=label)
        for area in areas:
            color, style = _AREA_STYLE[area.id]
            fill = _faint(color) if area.id in ("declared", "safety") else "none"
            _outline(axes, _near(rings[area.id], middle), color, style, fill, (labels or {}).get(area.id, area.id))
        for area, ring in others:
            _outline(axes, ring, svg.LOW, _AREA_STYLE[area.id][1], "none", f"{area.id}, backup")
        _name_islands(axes, named, window)
        scale_bar(axes, window)
        figure.legend(loc="outside lower center", ncols=4, columnspacing=1.6)

    wide = (window.east - window.west) * np.cos(np.radians((window.south + window.north) / 2.0))
    height = min(9.0, max(4.0, 9.0 * (window.north - window.south) / wide)) + 1.1
    return svg.figure_svg("hazard-map", "The areas to be closed", (10.0, float(height)), draw)


def _ring(area: HazardArea) -> FloatArray:
    """Corners in degrees east of the middle of the map, without jumps."""
    ring = np.array(area.polygon, dtype=float)
    return np.column_stack([np.unwrap(centred(ring[:, 0]), period=360.0), ring[:, 1]])


def _near(ring: FloatArray, middle: float) -> FloatArray:
    """The ring in the turn of longitude that lies nearest to a longitude."""
    return ring + np.array([360.0 * np.round((middle - ring[:, 0].mean()) / 360.0), 0.0])


def _within_reach(window: Window, places: Sequence[Place], middle: float) -> list[FloatArray]:
    """Places near enough to a window for it to be drawn out to them."""
    points = [np.array([[float(centred(np.array(p.longitude_deg))), p.latitude_deg]]) for p in places]
    points = [_near(point, middle) for point in points]
    west, east = window.west - _LAND_REACH_DEG, window.east + _LAND_REACH_DEG
    south, north = window.south - _LAND_REACH_DEG, window.north + _LAND_REACH_DEG
    return [p for p in points if west < p[0, 0] < east and south < p[0, 1] < north]


def _around(rings: Sequence[FloatArray]) -> Window:
    """A window around rings with some degrees of sea, at least 30 by 20 degrees."""
    low = np.min([ring.min(axis=0) for ring in rings], axis=0) - 5.0
    high = np.max([ring.max(axis=0) for ring in rings], axis=0) + 5.0
    grow, tall = max(0.0, 30.0 - float(high[0] - low[0])) / 2.0, max(0.0, 20.0 - float(high[1] - low[1])) / 2.0
    south, north = max(float(low[1]) - tall, -85.0), min(float(high[1]) + tall, 85.0)
    return Window(float(low[0]) - grow, float(high[0]) + grow, south, north)


def _outline(axes: Axes, ring: FloatArray, color: str, style: str, fill: tuple[str, float] | str, label: str) -> None:
    from matplotlib.patches import Polygon

    axes.add_patch(Polygon(ring, closed=True, fc=fill, ec=color, lw=1.4, ls=style, zorder=5, label=label))


def _name_islands(axes: Axes, islands: Sequence[Place], window: Window) -> None:
    """Dots and names of islands in a window, nearest to its middle first; names that would overlap are left out."""
    middle = np.array([(window.west + window.east) / 2.0, (window.south + window.north) / 2.0])
    size = np.array([window.east - window.west, window.north - window.south])
    found: list[tuple[float, FloatArray, str]] = []
    for island in islands:
        x = float(centred(np.array(island.longitude_deg)))
        at = np.array([x + 360.0 * np.round((middle[0] - x) / 360.0), island.latitude_deg])
        share = np.abs(at - middle) / size
        if island.name and share.max() < 0.49:
            found.append((float(share.max()), at, words.clean(island.name)))
    named: list[FloatArray] = []
    for _, at, name in sorted(found, key=lambda one: one[0]):
        axes.plot([at[0]], [at[1]], "o", ms=2.5, color=svg.INK, zorder=6)
        apart = [np.abs(at - other) / size for other in named]
        if len(named) >= _MOST_ISLANDS or any(d[0] < 0.13 and d[1] < 0.045 for d in apart):
            continue
        named.append(at)
        east = at[0] > window.west + 0.85 * size[0]
        axes.annotate(
            name,
            (float(at[0]), float(at[1])),
            xytext=(-4 if east else 4, 3),
            textcoords="offset points",
            fontsize=8.0,
            ha="right" if east else "left",
            zorder=7,
        )
