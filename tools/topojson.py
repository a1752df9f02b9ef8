"""Read the polygons of a TopoJSON file (npm ``world-atlas``): quantised, delta-coded, shared arcs.

Format: TopoJSON specification 1.0 (Bostock and Metcalf, 2013), sections 2.1.2 (transforms) and 2.1.4 (arc indexes).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]


class Shape(NamedTuple):
    """One polygon: ``rings[0]`` is the outer ring, the others are holes; each (n, 2) longitude, latitude in degrees."""

    rings: tuple[Ring, ...]
    properties: dict[str, Any]


def read_shapes(path: Path, name: str) -> list[Shape]:
    """All polygons of object ``name``.

    Args:
        path: a quantised TopoJSON file.
        name: key in its ``objects``.

    Returns:
        One shape per polygon; a multipolygon gives several with the same properties.
    """
    topology = json.loads(path.read_text())
    scale = np.array(topology["transform"]["scale"])
    origin = np.array(topology["transform"]["translate"])
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + origin for arc in topology["arcs"]]

    def ring(indices: list[int]) -> Ring:
        # a negative index is the one's complement of an arc to be walked backwards; shared end points occur once
        parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
        return np.vstack([parts[0], *(part[1:] for part in parts[1:])])

    def shapes(geometry: dict[str, Any]) -> list[Shape]:
        kind, properties = geometry["type"], geometry.get("properties", {})
        if kind == "GeometryCollection":
            return [shape for member in geometry["geometries"] for shape in shapes(member)]
        if kind == "Polygon":
            return [Shape(tuple(ring(r) for r in geometry["arcs"]), properties)]
        if kind == "MultiPolygon":
            return [Shape(tuple(ring(r) for r in polygon), properties) for polygon in geometry["arcs"]]
        return []

    return shapes(topology["objects"][name])
