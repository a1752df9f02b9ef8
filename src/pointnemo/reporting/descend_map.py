"""The map of a descent: tracks and footprints of the passes, aims, and where failed burns would bring it down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pointnemo.descent.geometry import EARTH_MEAN_RADIUS_KM, GroundTrack
from pointnemo.errors import InputError
from pointnemo.reporting import svg, words
from pointnemo.reporting.failure_words import failure_words
from pointnemo.reporting.maps import Window, broken, centred, draw_map, scale_bar
from pointnemo.reporting.operate_axes import spread
from pointnemo.results import Branch, Entry, Opportunity, Place

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pointnemo.descent.report import DescendReport

__all__ = ["map_figure"]

FloatArray = NDArray[np.float64]

_WIDTH_IN = 10.0
_BEFORE_KM, _BEYOND_KM = 7000.0, 3500.0  # of a track that is drawn around the aim
_STEP_KM = 50.0
_SHOWN_KM = 3000.0  # shifts of failed burns within which the window is made to show them
_MARGIN_DEG = 6.0
_ROW_DEG = 5.0  # from the footprints down to their names
_LETTER_IN = 0.075
_TRACKS: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (7, 2, 1, 2, 1, 2)), (0, (1, 1)))
_FAILURES = (
    ("stops-early", "v", "stops early"),
    ("overburn", "^", "lasts too long"),
    ("points-wrong", "s", "points wrong"),
    ("starts-late", "o", "starts late"),
)


def map_figure(report: DescendReport, coastlines: Sequence[FloatArray]) -> str:
    """Tracks and footprints of the primary pass and its backups, and where failed burns would end.

    A footprint is drawn as the stretch of the track from heel to toe, and the track as that of a circular orbit
    through the aim.

    Args:
        report: the document; it has opportunities.
        coastlines: arrays (n, 2) of longitude and latitude in degrees, cut at the 180th meridian.

    Returns:
        An ``<svg>`` element.
    """
    passes = report.opportunities
    placed = [one for one in report.branches if not one.random and one.impact is not None]
    window = _window(passes, placed)
    told = ", ".join(f"{one.id} {one.land_clearance_km:,.0f} km from {one.nearest_land or 'land'}" for one in passes)
    wide = (window.east - window.west) * np.cos(np.radians((window.south + window.north) / 2.0))
    height = float(np.clip(9.0 * (window.north - window.south) / wide, 3.5, 9.0)) + 1.3

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        draw_map(axes, window, coastlines, smooth_deg=0.02)
        for i, one in enumerate(passes):
            _pass(axes, one, report.entry, i)
        for mark, text in (("x", "aim"), ("|", "heel, toe")):
            axes.plot([], [], mark, ms=8, mew=1.7, color=svg.INK, ls="none", label=text)
        _names(axes, passes, window)
        _impacts(axes, placed)
        scale_bar(axes, window)
        for text in figure.legend(loc="outside lower center", ncols=3, columnspacing=1.6).get_texts():
            text.set_parse_math(False)  # a name is no formula

    return svg.figure_svg("descent-map", f"Passes over the aim and their footprints: {told}", (_WIDTH_IN, height), draw)


def _window(passes: Sequence[Opportunity], placed: Sequence[Branch]) -> Window:
    """Around all footprints and the nearer of the impacts, at least 60 degrees wide."""
    near = [one for one in placed if one.range_shift_km is not None and abs(one.range_shift_km) <= _SHOWN_KM]
    places = [place for one in passes for place in (one.heel, one.aim, one.toe)]
    places += [one.impact for one in near if one.impact is not None]
    xs, ys = _x(places), [place.latitude_deg for place in places]
    west, east = float(xs.min()) - _MARGIN_DEG, float(xs.max()) + _MARGIN_DEG
    south, north = max(min(ys) - 2.0 * _MARGIN_DEG, -80.0), min(max(ys) + 2.0 * _MARGIN_DEG, 80.0)
    wide, tall = max(0.0, 60.0 - (east - west)) / 2.0, max(0.0, 34.0 - (north - south)) / 2.0
    return Window(west - wide, east + wide, max(south - tall, -85.0), min(north + tall, 85.0))


def _x(places: Sequence[Place]) -> FloatArray:
    return centred(np.array([place.longitude_deg for place in places]))


def _inclination_deg(entry: Entry | None) -> float | None:
    """Of the orbit at the entry interface, to the GCRS equator: near enough to draw a track."""
    if entry is None:
        return None
    momentum = np.cross(entry.position_km, entry.velocity_km_s)
    return float(np.degrees(np.arccos(momentum[2] / np.linalg.norm(momentum))))


def _pass(axes: Axes, one: Opportunity, entry: Entry | None, number: int) -> None:
    """Track, footprint, heel, toe and aim of one pass; the primary one in the strongest lines."""
    primary, color = one.kind == "primary", _color(one, number)
    clearance = f"{words.grouped(one.land_clearance_km)} km to {words.clean(one.nearest_land) or 'land'}"
    label = f"{words.clean(one.id)}, {'' if one.clear else 'too near: '}{clearance}"
    track = _track(one, entry)
    if track is not None:
        x, y = centred(track[1]), track[0]
        axes.plot(
            *broken(x, y, np.ones(len(x), dtype=bool)), color=color, lw=1.0, ls=_TRACKS[number % len(_TRACKS)], zorder=3
        )
    x, y = _footprint(one, track)
    axes.plot(x, y, color=color, lw=9.0 if primary else 6.0, alpha=0.40, solid_capstyle="butt", label=label, zorder=4)
    for place, mark in ((one.heel, "|"), (one.toe, "|"), (one.aim, "x")):
        axes.plot(_x([place]), [place.latitude_deg], mark, ms=8, mew=1.7, color=color, zorder=6)


def _color(one: Opportunity, number: int) -> str:
    return svg.FOOTPRINT if one.kind == "primary" else svg.SERIES[(number - 1) % len(svg.SERIES)]


def _names(axes: Axes, passes: Sequence[Opportunity], window: Window) -> None:
    """Names of the passes in a row below all footprints, each with a line to its toe."""
    order = sorted(range(len(passes)), key=lambda i: float(_x([passes[i].toe])[0]))
    at = [float(_x([passes[i].toe])[0]) for i in order]
    row = min(min(one.toe.latitude_deg, one.heel.latitude_deg, one.aim.latitude_deg) for one in passes) - _ROW_DEG
    letters = max(len(words.clean(one.id)) for one in passes) + 2
    gap = letters * _LETTER_IN / (0.87 * _WIDTH_IN) * (window.east - window.west)
    for i, x, place in zip(order, at, spread(at, gap, window.west + gap, window.east - gap), strict=True):
        one, color = passes[i], _color(passes[i], i)
        axes.plot([x, place], [one.toe.latitude_deg, row], color=color, lw=0.8, zorder=5)
        axes.annotate(
            words.clean(one.id),
            (place, row),
            fontsize=8.5,
            color=svg.INK,
            fontweight="bold" if one.kind == "primary" else "normal",
            ha="center",
            va="top",
            bbox={"boxstyle": "round,pad=0.2", "fc": svg.PAPER, "ec": color, "lw": 0.8},
            zorder=8,
            annotation_clip=True,
            parse_math=False,
        )


def _track(one: Opportunity, entry: Entry | None) -> tuple[FloatArray, FloatArray] | None:
    """Latitude and longitude of the track around the aim; None where no orbit is known or it does not get there.

    It is that of a circular orbit through the aim, bent a little so that it passes through heel and toe, which were
    flown.
    """
    inclination_deg = _inclination_deg(entry)
    if inclination_deg is None:
        return None
    # An aim at the apex may lie a little beyond what this inclination reaches; the bend below takes off the rest.
    reach_deg = abs(one.aim.latitude_deg)
    tilt_deg = (
        inclination_deg if inclination_deg > 90.0 else max(inclination_deg, min(reach_deg, inclination_deg + 1.0))
    )
    try:
        track = GroundTrack.through(one.aim.latitude_deg, one.aim.longitude_deg, tilt_deg, one.pass_direction)
    except InputError:
        return None
    along = np.arange(-_BEFORE_KM, _BEYOND_KM, _STEP_KM)
    latitude, longitude = track.at(along)
    at = [0.0]
    bends = [(0.0, 0.0)]
    for place, before in ((one.heel, True), (one.toe, False)):
        nearest = int(np.argmin(_distance_km(latitude, longitude, place)))
        if bool(along[nearest] < 0.0) == before:
            east = (place.longitude_deg - longitude[nearest] + 180.0) % 360.0 - 180.0
            at.append(float(along[nearest]))
            bends.append((place.latitude_deg - float(latitude[nearest]), float(east)))
    order = np.argsort(at)
    north, east = np.array(bends)[order].T
    knots = np.array(at)[order]
    bent = longitude + np.interp(along, knots, east)
    return latitude + np.interp(along, knots, north), np.mod(bent + 180.0, 360.0) - 180.0


def _footprint(one: Opportunity, track: tuple[FloatArray, FloatArray] | None) -> tuple[FloatArray, FloatArray]:
    """The stretch from heel to toe, along the track where there is one."""
    if track is None:
        places = [one.heel, one.aim, one.toe]
        return np.unwrap(_x(places), period=360.0), np.array([place.latitude_deg for place in places])
    first, last = sorted(int(np.argmin(_distance_km(*track, place))) for place in (one.heel, one.toe))
    chosen = slice(first, last + 1)
    x = np.unwrap(centred(track[1][chosen]), period=360.0)
    return x, track[0][chosen]


def _distance_km(latitude_deg: FloatArray, longitude_deg: FloatArray, place: Place) -> FloatArray:
    """Along great circles of a sphere; haversine formula."""
    a, b = np.radians(latitude_deg), np.radians(place.latitude_deg)
    half = np.radians(longitude_deg - place.longitude_deg) / 2.0
    h = np.sin((a - b) / 2.0) ** 2 + np.cos(a) * np.cos(b) * np.sin(half) ** 2
    return 2.0 * EARTH_MEAN_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0)))


def _impacts(axes: Axes, placed: Sequence[Branch]) -> None:
    """Where a failed burn would end, by kind of failure; those that stop early with the share that was made."""
    west, east = axes.get_xlim()
    for failure, mark, text in _FAILURES:
        mine = [one for one in placed if one.failure == failure]
        if not mine:
            continue
        places = [one.impact for one in mine if one.impact is not None]
        x, y = _x(places), np.array([place.latitude_deg for place in places])
        axes.plot(x, y, mark, ms=6, mfc=svg.PAPER, mec=svg.INK, mew=1.2, ls="none", zorder=7, label=f"a burn {text}")
        if failure != "stops-early":
            continue
        for i, (one, at_x, at_y) in enumerate(zip(mine, x, y, strict=True)):
            if west < at_x < east and one.amount < 0.99:
                axes.annotate(
                    failure_words(one),
                    (float(at_x), float(at_y)),
                    xytext=(0, 8 if i % 2 else -8),
                    textcoords="offset points",
                    fontsize=8,
                    ha="center",
                    va="bottom" if i % 2 else "top",
                    color=svg.INK,
                    bbox={"boxstyle": "round,pad=0.1", "fc": svg.WATER, "ec": "none", "alpha": 0.8},
                    zorder=8,
                    annotation_clip=True,
                )
