from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from shapely import Polygon
from shapely.geometry import shape
from tests.assess_factory import NEXT_DAY, make_areas
from tests.factories import ENTRY

from pointnemo.errors import InputError
from pointnemo.formats.geojson import hazard_geojson, read_hazard

AREAS, BACKUP = make_areas(), make_areas(-50.0, ENTRY + NEXT_DAY)
TRACK = np.column_stack([(np.linspace(150.0, 260.0, 60) + 180.0) % 360.0 - 180.0, np.linspace(-10.0, -50.0, 60)])


def test_areas_windows_and_tracks_read_back(tmp_path: Path) -> None:
    document = hazard_geojson(AREAS, BACKUP, {"primary": TRACK})
    for feature in document["features"]:
        geometry = shape(feature["geometry"])
        assert geometry.is_valid
        assert -180.0 <= geometry.bounds[0] <= geometry.bounds[2] <= 180.0
    path = tmp_path / "hazard.geojson"
    path.write_text(json.dumps(document, allow_nan=False))
    back = read_hazard(path)
    assert set(back.polygons) == {(o, a.id) for o in ("primary", "backup") for a in AREAS}
    for opportunity, areas in (("primary", AREAS), ("backup", BACKUP)):
        for area in areas:
            rings = back.polygons[opportunity, area.id]
            assert sum(Polygon(r).area for r in rings) == pytest.approx(Polygon(area.polygon).area, rel=1e-3)
            assert all(Polygon(r).exterior.is_ccw for r in rings)
            assert back.windows[opportunity, area.id] == area.windows
    assert len(back.polygons["backup", "declared"]) == 2  # cut at the antimeridian
    assert len(back.tracks["primary"]) == 2


def test_nothing_gives_an_empty_collection(tmp_path: Path) -> None:
    path = tmp_path / "hazard.geojson"
    path.write_text(json.dumps(hazard_geojson(())))
    assert read_hazard(path).polygons == {}


def test_every_feature_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    document = hazard_geojson(AREAS[:2])
    del document["features"][0]["properties"]["windows"]
    document["features"][1]["geometry"]["coordinates"][0][0] = [200.0, 0.0]
    path = tmp_path / "bad.geojson"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError) as caught:
        read_hazard(path)
    assert len(caught.value.defects) == 2
