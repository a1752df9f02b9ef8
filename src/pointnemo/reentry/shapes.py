"""Shapes by name: surface, volume, nose radius, and drag tumbling or in an attitude.

The reference area is a quarter of the surface for every shape and attitude, the mean projected area of the tumbling
convex body (Cauchy 1832). An attitude is a pair of factors on that body's two coefficients (``aerodynamics.Drag``), so
that a trimmed element keeps its heated surface and changes its drag alone. End-on a long cylinder has a third of its
random drag: attitude, not the coefficient, is the large uncertainty.

Cylinders follow Klett (Sandia SC-RR-64-2141, as tabulated in open reports): on L D, side-on 0.667 K and end-on
0.714 K D/L in continuum flow with K 1.83, side sin^3 + end cos^3 at an angle; 2 and 1.57 D/L in free-molecular flow,
where drag goes with the area that the flow meets. Faces of boxes and plates have the end-on pressure of that cylinder,
0.909 of the Newtonian. Skin friction in continuum flow is left out; in free-molecular flow that of a plate edge-on is
the shear of ``aerodynamics.panel_free_molecular``.
"""

from __future__ import annotations

from math import cos, pi, radians, sin, sqrt
from typing import NamedTuple

from pointnemo.errors import FlightError
from pointnemo.motion.aerodynamics import (
    SLOW_CUBE,
    SLOW_PLATE,
    Drag,
    continuum_drag_coefficient,
    free_molecular_drag_coefficient,
    panel_free_molecular,
)

__all__ = ["ATTITUDES", "Shape", "box", "cylinder", "nose_radius_m", "plate", "shape_named", "sphere"]

ATTITUDES = {
    "sphere": ("tumbling",),
    "cylinder": ("tumbling", "random", "side-on", "end-on", "end-over-end"),
    "box": ("tumbling", "face-on"),
    "plate": ("tumbling", "broadside", "edge-on"),
}
"""Attitudes of each shape; ``tumbling`` is the law of any convex body, ``random`` Klett's for cylinders."""

CONTINUUM_PRESSURE = 1.83  # K of Klett: Newtonian pressure coefficient at the stagnation point
SIDE, END = 0.667, 0.714  # of K, on L D and on D^2 (Klett)
FREE_FLOW = 2.0  # on the area met (Klett's free-molecular side-on and end-on values)
FAST_MACH = 20.0  # where the factors are taken; both sides change alike above Mach 5
FAST_SPEED_RATIO = FAST_MACH * sqrt(0.7)
COLD_WALL_RATIO = 1.5  # wall over air temperature of a cold piece in the upper atmosphere


class Shape(NamedTuple):
    """A shape of a size, in an attitude.

    Attributes:
        surface_m2: whole outer surface.
        volume_m3: enclosed.
        smallest_m: smallest dimension.
        drag: of the attitude, on ``area_m2``.
    """

    surface_m2: float
    volume_m3: float
    smallest_m: float
    drag: Drag

    @property
    def area_m2(self) -> float:
        """Mean projected area: a quarter of the surface."""
        return 0.25 * self.surface_m2


def nose_radius_m(shape: Shape, convention: str) -> float:
    """Nose radius by a convention that the public record does not settle (heat of a plate differs by up to 11 times).

    Args:
        shape: of which.
        convention: ``equal-surface``, the sphere with the same surface, or ``half-smallest``, half the least dimension.

    Returns:
        m.
    """
    return 0.5 * shape.smallest_m if convention == "half-smallest" else sqrt(shape.surface_m2 / (4.0 * pi))


def _factors(surface_m2: float, continuum_cda: float, free_cda: float, slow: int) -> Drag:
    """Factors on the tumbling law from C_D A in both regimes, m2."""
    area = 0.25 * surface_m2
    return Drag(
        continuum=continuum_cda / (continuum_drag_coefficient(FAST_MACH) * area),
        free=free_cda / (free_molecular_drag_coefficient(FAST_MACH) * area),
        slow=slow,
    )


def sphere(diameter_m: float) -> Shape:
    """A sphere."""
    return Shape(pi * diameter_m**2, pi / 6.0 * diameter_m**3, diameter_m, Drag())


def cylinder(length_m: float, diameter_m: float, attitude: str | float = "tumbling") -> Shape:
    """A closed cylinder.

    Args:
        length_m, diameter_m: size.
        attitude: one of ``ATTITUDES``, or the angle between axis and flow in degrees, 0 end-on to 90 side-on.

    Returns:
        The shape. End over end turns in the plane of the flow; ``random`` is over all directions, which on both ends
        comes out within 9 % of ``tumbling``.
    """
    surface = pi * diameter_m * length_m + 0.5 * pi * diameter_m**2
    volume = 0.25 * pi * diameter_m**2 * length_m
    body = Shape(surface, volume, min(length_m, diameter_m), Drag(slow=SLOW_CUBE))
    if attitude == "tumbling":
        return body
    side, end = length_m * diameter_m, diameter_m**2
    # means of sin^3 and cos^3 (continuum) and of sin and cos (free-molecular) over the directions of the attitude
    means = {
        "random": (3.0 * pi / 16.0, 0.25, pi / 4.0, 0.5),
        "side-on": (1.0, 0.0, 1.0, 0.0),
        "end-on": (0.0, 1.0, 0.0, 1.0),
        "end-over-end": (4.0 / (3.0 * pi), 4.0 / (3.0 * pi), 2.0 / pi, 2.0 / pi),
    }
    if isinstance(attitude, str):
        sin3, cos3, sin1, cos1 = means[_known("cylinder", attitude)]
    else:
        sin1, cos1 = abs(sin(radians(attitude))), abs(cos(radians(attitude)))
        sin3, cos3 = sin1**3, cos1**3
    continuum = CONTINUUM_PRESSURE * (SIDE * side * sin3 + END * end * cos3)
    free = FREE_FLOW * (side * sin1 + 0.25 * pi * end * cos1)
    return body._replace(drag=_factors(surface, continuum, free, SLOW_CUBE))


def box(length_m: float, width_m: float, height_m: float, attitude: str = "tumbling") -> Shape:
    """A box.

    Args:
        length_m, width_m, height_m: edges.
        attitude: ``tumbling``, or ``face-on`` with the length along the flow.
    """
    surface = 2.0 * (length_m * width_m + width_m * height_m + height_m * length_m)
    body = Shape(
        surface, length_m * width_m * height_m, min(length_m, width_m, height_m), Drag(slow=SLOW_CUBE)
    )  # fmt: skip
    if _known("box", attitude) == "tumbling":
        return body
    return body._replace(drag=_face_on(surface, width_m * height_m, surface - 2.0 * width_m * height_m, SLOW_CUBE))


def plate(length_m: float, width_m: float, thickness_m: float, attitude: str = "tumbling") -> Shape:
    """A flat plate; ``broadside``, or ``edge-on`` with the length along the flow.

    Args:
        length_m, width_m, thickness_m: edges.
        attitude: one of ``ATTITUDES``.
    """
    body = box(length_m, width_m, thickness_m)
    face, front = length_m * width_m, width_m * thickness_m
    tumbling = body._replace(drag=Drag(slow=SLOW_PLATE))
    if _known("plate", attitude) == "tumbling":
        return tumbling
    met = face if attitude == "broadside" else front
    return tumbling._replace(drag=_face_on(body.surface_m2, met, body.surface_m2 - 2.0 * met, SLOW_PLATE))


def _face_on(surface_m2: float, face_m2: float, sides_m2: float, slow: int) -> Drag:
    """Drag of a block whose face meets the flow square, with faces along the flow."""
    _, shear, _ = panel_free_molecular(FAST_SPEED_RATIO, 0.0, COLD_WALL_RATIO)
    pressure = CONTINUUM_PRESSURE * END / (0.25 * pi)
    return _factors(surface_m2, pressure * face_m2, FREE_FLOW * face_m2 + shear * sides_m2, slow)


def _known(shape: str, attitude: str) -> str:
    if attitude not in ATTITUDES[shape]:
        raise FlightError(f"a {shape} has no attitude {attitude!r}; it has {', '.join(ATTITUDES[shape])}")
    return attitude


def shape_named(name: str, dimensions_m: tuple[float, ...], attitude: str | float = "tumbling") -> Shape:
    """A shape by its name.

    Args:
        name: ``sphere`` (diameter), ``cylinder`` (length, diameter), ``box`` (length, width, height) or ``plate``
            (length, width, thickness).
        dimensions_m: in that order.
        attitude: one of ``ATTITUDES[name]``; for a cylinder an angle in degrees will do.

    Returns:
        The shape.

    Raises:
        FlightError: there is no such shape or attitude, or the dimensions are not as many or not positive.
    """
    counts = {"sphere": 1, "cylinder": 2, "box": 3, "plate": 3}
    if name not in counts:
        raise FlightError(f"there is no shape {name!r}; there are {', '.join(counts)}")
    if len(dimensions_m) != counts[name] or not all(0.0 < size < 1e4 for size in dimensions_m):
        raise FlightError(f"a {name} has {counts[name]} dimensions above 0 m, not {dimensions_m}")
    if name == "sphere":
        _known("sphere", str(attitude))
        return sphere(*dimensions_m)
    if name == "cylinder":
        return cylinder(dimensions_m[0], dimensions_m[1], attitude)
    build = box if name == "box" else plate
    return build(dimensions_m[0], dimensions_m[1], dimensions_m[2], str(attitude))
