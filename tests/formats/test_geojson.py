from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box
from shapely.geometry import shape
from tests import factories

from pointnemo.errors import InputError
from pointnemo.formats.geojson import KINDS, cut_line, cut_polygon, footprint_geojson, read_footprint

PLAN = factories.make_plan(bulk=False)


def test_every_kind_is_there_and_reads_back(tmp_path: Path) -> None:
    trajectory = factories.make_trajectory()
    document = footprint_geojson(PLAN, trajectory)
    assert sorted(f["properties"]["kind"] for f in document["features"]) == sorted(KINDS)
    assert all(shape(feature["geometry"]).is_valid for feature in document["features"])
    path = tmp_path / "footprint.geojson"
    path.write_text(json.dumps(document, allow_nan=False))
    back = read_footprint(path)
    assert back.points["aim_point"].name == "Point Nemo"
    assert back.points["heel"].longitude_deg == pytest.approx(-138.4)
    assert len(back.polygons) == 1
    track = np.concatenate(back.track)
    assert track[-1] == pytest.approx([trajectory.longitude_deg[-1], trajectory.latitude_deg[-1]], abs=1e-5)
    assert len(back.track) > 10  # a day crosses the antimeridian about once a revolution


def test_nothing_flown_nothing_drawn() -> None:
    document = footprint_geojson(factories.make_stuck_plan(), None)
    assert document == {"type": "FeatureCollection", "features": []}


def test_a_line_is_cut_where_it_crosses() -> None:
    parts = cut_line(np.array([170.0, -170.0]), np.array([10.0, 20.0]))
    assert parts == [[[170.0, 10.0], [180.0, 15.0]], [[-180.0, 15.0], [-170.0, 20.0]]]
    assert cut_line(np.array([-170.0, 170.0]), np.array([10.0, 20.0]))[0] == [[-170.0, 10.0], [-180.0, 15.0]]


def test_a_line_that_only_touches_stays_on_its_side() -> None:
    parts = cut_line(np.array([179.0, -180.0, 179.0]), np.array([0.0, 1.0, 2.0]))
    assert parts == [[[179.0, 0.0], [180.0, 1.0]], [[180.0, 1.0], [179.0, 2.0]]]


def test_a_polygon_across_the_antimeridian_becomes_two() -> None:
    lon, lat = np.array([170.0, -170.0, -170.0, 170.0, 170.0]), np.array([-40.0, -40.0, -30.0, -30.0, -40.0])
    rings = cut_polygon(lon, lat)
    assert len(rings) == 2
    assert {(min(x for x, _ in ring), max(x for x, _ in ring)) for ring in rings} == {(170.0, 180.0), (-180.0, -170.0)}
    plan = PLAN.model_copy(
        update={
            "reenter": PLAN.reenter.model_copy(
                update={
                    "footprint": PLAN.reenter.footprint.model_copy(  # type: ignore[union-attr]
                        update={"polygon": tuple(zip(lon.tolist(), lat.tolist(), strict=True))}
                    )
                }
            )
        }
    )
    kinds = {f["properties"]["kind"]: f["geometry"]["type"] for f in footprint_geojson(plan, None)["features"]}
    assert kinds["footprint"] == "MultiPolygon"


@given(st.floats(-180, 180), st.floats(-60, 60), st.floats(1, 120), st.floats(1, 25))
def test_cutting_keeps_area_and_winds_counterclockwise(west: float, south: float, wide: float, tall: float) -> None:
    square = box(west, south, west + wide, south + tall)
    x, y = np.array(square.exterior.coords).T
    rings = cut_polygon((x + 180.0) % 360.0 - 180.0, y)
    assert sum(Polygon(ring).area for ring in rings) == pytest.approx(wide * tall, rel=1e-3, abs=1e-3)
    for ring in rings:
        assert ring[0] == ring[-1]
        assert Polygon(ring).exterior.is_ccw
        assert all(-180.0 <= lon <= 180.0 for lon, _ in ring)
        assert np.abs(np.diff([lon for lon, _ in ring])).max() <= 180.0


def test_a_polygon_around_the_pole_is_refused() -> None:
    lon = np.linspace(-180.0, 180.0, 37)
    with pytest.raises(ValueError, match="pole"):
        cut_polygon(lon, np.full(37, -60.0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ("[]", "is not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection"}', "has no list of features"),
        ('{"type": "FeatureCollection", "features": [NaN]}', "holds NaN"),
        ('{"type": "FeatureCollection", "features": [{}]}', "feature 0: cannot be used"),
        ("[" * 100_000, "recursion"),
        (
            '{"type": "FeatureCollection", "features": [{"properties": {"kind": "heel"}, '
            '"geometry": {"type": "Point", "coordinates": [200, 0]}}]}',
            "outside -180..180",
        ),
    ],
)
def test_bad_files_are_refused_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.geojson"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_footprint(path)
    assert message in str(caught.value)
    assert "bad.geojson" in str(caught.value)


def test_binary_and_absent_files(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\xff\xfe\x00\x81")
    for bad in (path, tmp_path / "absent"):
        with pytest.raises(InputError):
            read_footprint(bad)
