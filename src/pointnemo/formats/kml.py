"""KML 2.2 (OGC 07-147r2): hazard areas, footprint, places and tracks for a globe, written and read.

Coordinates are longitude, latitude (and metres above sea level) on WGS 84, longitudes in -180..180. What crosses the
antimeridian is cut there into the parts of a MultiGeometry, because globes differ in how they close such a ring.
Exterior rings run counterclockwise (the right-hand rule; from memory) and are closed. Each area has a TimeSpan
from its first window to the end of its last; layers of air lie at their heights with their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, InputError
from pointnemo.formats.geojson import cut_line, cut_polygon
from pointnemo.formats.safe_xml import elements, tag_of, text_of, unreadable
from pointnemo.results import Footprint, HazardArea, Place

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["KmlFile", "hazard_kml", "read_kml"]

FloatArray = NDArray[np.float64]

_NAMESPACE = "http://www.opengis.net/kml/2.2"
_LIMIT_BYTES = 50_000_000
_STYLES = {  # aabbggrr, as KML writes colours: line, fill
    "declared": ("ff261eb3", "50261eb3"),
    "safety": ("ff2b62d9", "302b62d9"),
    "ship": ("ffb87f4c", "30b87f4c"),
    "aircraft": ("ff7f65a9", "307f65a9"),
    "floating": ("ff7b7b0f", "307b7b0f"),
    "footprint": ("ff2b2017", "202b2017"),
    "track": ("ff2b2017", "00000000"),
    "layer": ("ff7f65a9", "187f65a9"),
}


def hazard_kml(
    name: str,
    areas: Sequence[HazardArea] = (),
    backup: Sequence[HazardArea] = (),
    *,
    footprint: Footprint | None = None,
    places: Sequence[tuple[str, Place]] = (),
    tracks: dict[str, FloatArray] | None = None,
) -> str:
    """A KML document of all that is known; what is not given is left out.

    Args:
        name: of the document.
        areas: of the primary window.
        backup: of the backup window.
        footprint: where the pieces of one re-entry fall.
        places: names and places, such as the aim point.
        tracks: ground tracks by name: shape (n, 2), longitude and latitude in degrees.

    Returns:
        The text of the file, UTF-8, the same for the same arguments.
    """
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    root = Element("kml", xmlns=_NAMESPACE)
    document = SubElement(root, "Document")
    SubElement(document, "name").text = name
    for style, (line, fill) in _STYLES.items():
        one = SubElement(document, "Style", id=style)
        drawn = SubElement(one, "LineStyle")
        SubElement(drawn, "color").text = line
        SubElement(drawn, "width").text = "2"
        SubElement(SubElement(one, "PolyStyle"), "color").text = fill
    for title, some in (("Primary window", areas), ("Backup window", backup)):
        if some:
            folder = _folder(document, title)
            for area in some:
                _area(folder, area)
    if footprint is not None:
        mark = _placemark(_folder(document, "Footprint"), "footprint", "footprint")
        _polygons(mark, footprint.polygon)
    if places:
        folder = _folder(document, "Places")
        for title, place in places:
            mark = _placemark(folder, f"{title}: {place.name}" if place.name else title, None)
            _text(SubElement(mark, "Point"), "coordinates", _coordinates([(place.longitude_deg, place.latitude_deg)]))
    drawn_tracks = {title: t for title, t in (tracks or {}).items() if len(t) > 1}
    if drawn_tracks:
        folder = _folder(document, "Ground tracks")
        for title, track in drawn_tracks.items():
            lines = SubElement(_placemark(folder, title, "track"), "MultiGeometry")
            for part in cut_line(track[:, 0], track[:, 1]):
                line = SubElement(lines, "LineString")
                _text(line, "tessellate", "1")
                _text(line, "coordinates", _coordinates((x, y) for x, y in part))
    indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _area(folder: Element, area: HazardArea) -> None:
    """An area on the sea, and each of its layers that lies above at its heights."""
    span = (min(w.from_utc for w in area.windows), max(w.to_utc for w in area.windows)) if area.windows else None
    mark = _placemark(folder, area.id, area.id, area.text, span)
    _polygons(mark, area.polygon)
    layers = [w for w in area.windows if w.high_km > w.low_km]
    if len(layers) < 2:
        return
    inside = _folder(folder, f"{area.id}: layers")
    for window in layers:
        title = f"{area.id}, {window.layer}, {window.low_km:g} to {window.high_km:g} km"
        mark = _placemark(inside, title, "layer", window.layer, (window.from_utc, window.to_utc))
        _polygons(mark, area.polygon, tuple(1000.0 * h for h in (window.low_km, window.high_km) if h > 0.0))


def _folder(parent: Element, name: str) -> Element:
    from xml.etree.ElementTree import SubElement

    folder = SubElement(parent, "Folder")
    _text(folder, "name", name)
    return folder


def _placemark(
    folder: Element, name: str, style: str | None, description: str = "", span: tuple[str, str] | None = None
) -> Element:
    """Its children stand in the order of the schema: name, description, time, style, geometry."""
    from xml.etree.ElementTree import SubElement

    mark = SubElement(folder, "Placemark")
    _text(mark, "name", name)
    if description:
        _text(mark, "description", description)
    if span is not None:
        time = SubElement(mark, "TimeSpan")
        _text(time, "begin", span[0])
        _text(time, "end", span[1])
    if style:
        _text(mark, "styleUrl", f"#{style}")
    return mark


def _polygons(mark: Element, polygon: Sequence[tuple[float, float]], heights_m: tuple[float, ...] = ()) -> None:
    """A polygon on the ground, or one at each height, cut at the antimeridian."""
    from xml.etree.ElementTree import SubElement

    lon, lat = np.array(polygon, dtype=float).T
    rings = cut_polygon(lon, lat)
    heights: tuple[float | None, ...] = heights_m or (None,)
    parent = SubElement(mark, "MultiGeometry") if len(rings) * len(heights) > 1 else mark
    for height in heights:
        for ring in rings:
            shape = SubElement(parent, "Polygon")
            if height is None:
                _text(shape, "tessellate", "1")
            else:
                _text(shape, "altitudeMode", "absolute")
            outer = SubElement(SubElement(shape, "outerBoundaryIs"), "LinearRing")
            _text(outer, "coordinates", _coordinates(((x, y) for x, y in ring), height))


def _text(parent: Element, tag: str, content: str) -> None:
    from xml.etree.ElementTree import SubElement

    SubElement(parent, tag).text = content


def _coordinates(points: Iterable[tuple[float, float]], height_m: float | None = None) -> str:
    end = "" if height_m is None else f",{height_m:g}"
    return " ".join(f"{x:.5f},{y:.5f}{end}" for x, y in points)


# --- reading -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KmlFile:
    """A document as read back; dictionaries go by the name of the placemark.

    Attributes:
        polygons: outer rings, each shape (n, 2) or (n, 3): longitude, latitude in degrees, height in m.
        lines: parts, each shape (n, 2) or (n, 3).
        points: longitude, latitude in degrees.
        spans: begin and end, ISO 8601.
    """

    polygons: dict[str, tuple[FloatArray, ...]]
    lines: dict[str, tuple[FloatArray, ...]]
    points: dict[str, tuple[float, float]]
    spans: dict[str, tuple[str, str]]


def read_kml(path: str | Path) -> KmlFile:
    """Read the placemarks of a KML document: ours, or another's without styles, networks and models.

    Args:
        path: the file.

    Returns:
        Its polygons, lines, points and time spans.

    Raises:
        InputError: it cannot be read, or a placemark cannot be used; names every one.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LIMIT_BYTES:
            raise InputError("this KML file cannot be read", [Defect(str(path), "is larger than 50 MB")])
        data = path.read_bytes()
    except OSError as error:
        raise InputError("this KML file cannot be read", [Defect(str(path), error.strerror or str(error))]) from error
    found, defect = unreadable(lambda: _read(data, str(path)), str(path))
    if found is None:
        raise InputError("this KML file cannot be read", [defect])
    file, defects = found
    if defects:
        raise InputError("this KML file cannot be read", defects)
    return file


def _read(data: bytes, name: str) -> tuple[KmlFile, list[Defect]]:
    polygons: dict[str, tuple[FloatArray, ...]] = {}
    lines: dict[str, tuple[FloatArray, ...]] = {}
    points: dict[str, tuple[float, float]] = {}
    spans: dict[str, tuple[str, str]] = {}
    defects: list[Defect] = []
    seen, count = False, 0
    for event, element in elements(data):
        seen = seen or tag_of(element) == "kml"
        if event != "end" or tag_of(element) != "Placemark":
            continue
        count += 1
        title = _first(element, "name") or f"placemark {count}"
        try:
            rings = [_numbers(_first(ring, "coordinates")) for ring in _all(element, "outerBoundaryIs")]
            if rings:
                polygons[title] = tuple(rings)
            if parts := [_numbers(_first(line, "coordinates")) for line in _all(element, "LineString")]:
                lines[title] = tuple(parts)
            for point in _all(element, "Point"):
                lon, lat, *_ = (float(x) for x in _numbers(_first(point, "coordinates"))[0])
                points[title] = (lon, lat)
            for span in _all(element, "TimeSpan"):
                spans[title] = (_first(span, "begin"), _first(span, "end"))
        except ValueError as error:
            defects.append(Defect(f"{name}, placemark {title!r}", f"cannot be used: {error}"))
        element.clear()
    if not seen:
        defects.append(Defect(name, "is no KML document"))
    return KmlFile(polygons, lines, points, spans), defects


def _all(element: Element, tag: str) -> list[Element]:
    return [one for one in element.iter() if tag_of(one) == tag]


def _first(element: Element, tag: str) -> str:
    found = _all(element, tag)
    return text_of(found[0]) if found else ""


def _numbers(text: str) -> FloatArray:
    """``lon,lat[,height] ...`` as an array; raises ValueError with what is wrong."""
    rows = [[float(cell) for cell in row.split(",")] for row in text.split()]
    if not rows or {len(row) for row in rows} not in ({2}, {3}):
        raise ValueError("coordinates are not tuples of two or three numbers")
    array = np.array(rows)
    if not np.isfinite(array).all() or (np.abs(array[:, :2]) > [180.0, 90.0]).any():
        raise ValueError("a position lies outside -180..180, -90..90")
    return array
