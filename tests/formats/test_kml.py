from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest
from shapely import Polygon
from tests.assess_factory import NEXT_DAY, make_areas
from tests.factories import ENTRY, make_reenter

from pointnemo.errors import InputError
from pointnemo.formats.kml import KmlFile, hazard_kml, read_kml
from pointnemo.results import HazardArea, Place

KML = "{http://www.opengis.net/kml/2.2}"
TRACK = np.column_stack([(np.linspace(150.0, 260.0, 60) + 180.0) % 360.0 - 180.0, np.linspace(-10.0, -50.0, 60)])
AREAS, BACKUP = make_areas(), make_areas(-50.0, ENTRY + NEXT_DAY)


@pytest.fixture(scope="module")
def text() -> str:
    return hazard_kml(
        "A station & its <debris>",
        AREAS,
        BACKUP,
        footprint=make_reenter().footprint,
        places=[("aim point", Place(latitude_deg=-48.9, longitude_deg=-123.4, name="Point Nemo"))],
        tracks={"primary": TRACK},
    )


@pytest.fixture(scope="module")
def root(text: str) -> Element:
    return fromstring(text.encode())


def test_the_structure_is_that_of_kml(root: Element) -> None:
    assert root.tag == f"{KML}kml"
    order = ["name", "description", "TimeSpan", "styleUrl", "MultiGeometry", "Polygon", "Point", "LineString"]
    styles = {style.get("id") for style in root.iter(f"{KML}Style")}
    marks = list(root.iter(f"{KML}Placemark"))
    assert len(marks) > 20
    for mark in marks:
        tags = [child.tag.removeprefix(KML) for child in mark]
        assert tags == sorted(tags, key=order.index)
        assert len(tags) == len(set(tags))
        url = mark.findtext(f"{KML}styleUrl")
        assert url is None or url.removeprefix("#") in styles


def test_rings_are_closed_counterclockwise_and_on_one_side(root: Element) -> None:
    rings = [ring.text or "" for ring in root.iterfind(f".//{KML}LinearRing/{KML}coordinates")]
    assert rings
    for ring in rings:
        points = np.array([[float(x) for x in p.split(",")] for p in ring.split()])
        assert (points[0] == points[-1]).all()
        assert len(points) >= 4
        assert Polygon(points[:, :2]).exterior.is_ccw
        assert (np.abs(points[:, 0]) <= 180.0).all()
        assert np.abs(np.diff(points[:, 0])).max() < 180.0
        assert np.ptp(points, axis=0)[2:].sum() == 0.0  # each at one height


def test_what_is_written_is_read_back(text: str, tmp_path: Path) -> None:
    path = tmp_path / "hazard.kml"
    path.write_text(text, encoding="utf-8")
    back = read_kml(path)
    assert set(back.points) == {"aim point: Point Nemo"}
    assert len(back.lines["primary"]) == 2  # cut at the antimeridian
    assert np.vstack(back.lines["primary"])[-1] == pytest.approx(TRACK[-1], abs=1e-5)
    declared = next(a for a in AREAS if a.id == "declared")
    (ring,) = read_kml_of(tmp_path, [declared]).polygons["declared"]
    assert Polygon(ring).symmetric_difference(Polygon(declared.polygon)).area < 1e-3
    assert back.spans["declared, air routes, 3 to 20 km"] != back.spans["declared, sea surface, 0 to 3 km"]


def read_kml_of(folder: Path, areas: list[HazardArea]) -> KmlFile:
    path = folder / "one.kml"
    path.write_text(hazard_kml("one", areas), encoding="utf-8")
    return read_kml(path)


def test_layers_have_their_heights_and_times(tmp_path: Path) -> None:
    declared = next(a for a in AREAS if a.id == "declared")
    back = read_kml_of(tmp_path, [declared])
    for window in declared.windows:
        name = f"declared, {window.layer}, {window.low_km:g} to {window.high_km:g} km"
        heights = sorted({float(ring[0, 2]) for ring in back.polygons[name]})
        assert heights == [1000.0 * h for h in (window.low_km, window.high_km) if h > 0]
        assert back.spans[name] == (window.from_utc, window.to_utc)
    whole = back.spans["declared"]
    assert whole == (min(w.from_utc for w in declared.windows), max(w.to_utc for w in declared.windows))


def test_an_area_across_the_antimeridian_keeps_its_size(tmp_path: Path) -> None:
    area = BACKUP[0]
    back = read_kml_of(tmp_path, [area])
    rings = back.polygons["declared"]
    assert len(rings) == 2
    assert sum(Polygon(r).area for r in rings) == pytest.approx(Polygon(area.polygon).area, rel=1e-3)


def test_nothing_gives_an_empty_document(tmp_path: Path) -> None:
    back = read_kml_of(tmp_path, [])
    assert back.polygons == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not well-formed"),
        (b"<html/>", "is no KML document"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><kml>&a;</kml>", "document type or entities"),
        (b"<kml><Placemark><Point><coordinates>200,0</coordinates></Point></Placemark></kml>", "outside"),
        (b"<kml><Placemark><LineString><coordinates>1,2 x</coordinates></LineString></Placemark></kml>", "placemark"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.kml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_kml(path)
    with pytest.raises(InputError):
        read_kml(tmp_path / "absent.kml")
