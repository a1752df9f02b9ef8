"""Casualty area of a fragment: the ground around it on which a person would be struck.

No shelter and no bouncing are assumed, as NASA-STD-8719.14C does. Three definitions are in use; they differ by what
they take a person to be and by whether the outline of the piece is asked for. All take the piece as it lands, turned
at random: its mean projected area, a quarter of the surface of a convex body (Cauchy), and its mean outline.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import pi, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from pointnemo.results import Impacts

__all__ = [
    "DEFINITIONS",
    "SOURCES",
    "Definition",
    "casualty_areas_m2",
    "cnes_casualty_area_m2",
    "mean_outline_m",
    "nasa_casualty_area_m2",
    "opiela_matney_casualty_area_m2",
    "outline_factor",
]

FloatArray = NDArray[np.float64]
Definition = Literal["nasa", "opiela-matney", "cnes"]

DEFINITIONS: tuple[Definition, ...] = ("nasa", "opiela-matney", "cnes")
SOURCES: dict[Definition, str] = {
    "nasa": "NASA-STD-8719.14C (2021), eq. 4.7-1: (0.6 + sqrt A)^2",
    "opiela-matney": "Opiela and Matney (2004), as in ORSAT 6.2.1: 0.278 + A + 0.3 P",
    "cnes": "CNES: (sqrt A_h + sqrt A)^2, a person as a disc of 0.677 m",
}
CYLINDER_LENGTH = 2.0  # diameters: a tank or a bottle; 1 gives an outline 7 % shorter, 3 one 8 % longer


def nasa_casualty_area_m2(area_m2: ArrayLike, person_term_m: float = 0.6) -> FloatArray:
    """Casualty area (0.6 + sqrt A)^2 of NASA-STD-8719.14C (2021), eq. 4.7-1.

    Args:
        area_m2: mean projected area of each fragment at impact, any shape, not negative.
        person_term_m: square root of the area of a person seen from above.

    Returns:
        Square metres, same shape.
    """
    return (person_term_m + np.sqrt(np.asarray(area_m2, dtype=float))) ** 2


def opiela_matney_casualty_area_m2(area_m2: ArrayLike, perimeter_m: ArrayLike) -> FloatArray:
    """Casualty area 0.278 + A + 0.3 P of ORSAT 6.2.1 (Opiela and Matney 2004), for shapes with a known outline.

    Args:
        area_m2: projected area of each fragment.
        perimeter_m: length of its outline, same shape.

    Returns:
        Square metres, same shape.
    """
    return 0.278 + np.asarray(area_m2, dtype=float) + 0.3 * np.asarray(perimeter_m, dtype=float)


def cnes_casualty_area_m2(area_m2: ArrayLike, person_diameter_m: float = 0.677) -> FloatArray:
    """Casualty area (sqrt A_h + sqrt A)^2 of CNES, with a person as a disc of 0.677 m (A_h = 0.36 m2).

    Args:
        area_m2: projected area of each fragment at impact, any shape.
        person_diameter_m: diameter of the disc.

    Returns:
        Square metres, same shape; within 0.1 % of :func:`nasa_casualty_area_m2`.
    """
    person_m2 = np.pi / 4.0 * person_diameter_m**2
    return (np.sqrt(person_m2) + np.sqrt(np.asarray(area_m2, dtype=float))) ** 2


def outline_factor(shape: str, cylinder_length: float = CYLINDER_LENGTH) -> float:
    """Mean outline over the square root of the mean projected area, P / sqrt A, of a convex body turned at random.

    The outline of a projection is pi times its mean width (Cauchy), so that its mean over all directions is pi times
    the mean width of the body, which adds up over Minkowski sums: a sphere has its diameter D, a segment half its
    length L, a disc pi D / 4, a cylinder L / 2 + pi D / 4, a box (a + b + c) / 2, a thin plate (a + b) / 2. The mean
    projected area is a quarter of the surface.

    Args:
        shape: ``sphere`` or ``shell``; ``cylinder`` of so many diameters; ``box``, a cube; ``plate``, thin and square.
            Any other is taken for a plate, the longest outline of these.
        cylinder_length: length over diameter.

    Returns:
        Between 3.54 (sphere) and 4.44 (plate), for the cylinder by its length.
    """
    if shape in ("sphere", "shell"):
        return 2.0 * sqrt(pi)
    if shape == "cylinder":
        return pi * (cylinder_length / 2.0 + pi / 4.0) / sqrt(pi * (cylinder_length + 0.5) / 4.0)
    if shape == "box":
        return (1.5 * pi) / sqrt(1.5)
    return pi / sqrt(0.5)


def mean_outline_m(area_m2: ArrayLike, shape: str) -> FloatArray:
    """Mean length of the outline of a piece turned at random, from its mean projected area and its shape.

    Args:
        area_m2: mean projected area, any shape of array.
        shape: as for :func:`outline_factor`.

    Returns:
        Metres, same shape.
    """
    return outline_factor(shape) * np.sqrt(np.asarray(area_m2, dtype=float))


def casualty_areas_m2(impacts: Impacts, shapes: Mapping[str, str], person_term_m: float) -> FloatArray:
    """Casualty area of one piece of each row by each definition.

    Args:
        impacts: pieces at the ground.
        shapes: shape of each fragment class.
        person_term_m: of the definition of NASA; the others have their own person.

    Returns:
        Shape (3, n), in the order of ``DEFINITIONS``.
    """
    factor = np.array([outline_factor(shapes.get(name, "plate")) for name in impacts.classes])
    outline = factor[impacts.fragment_class] * np.sqrt(impacts.area_m2)
    return np.stack(
        [
            nasa_casualty_area_m2(impacts.area_m2, person_term_m),
            opiela_matney_casualty_area_m2(impacts.area_m2, outline),
            cnes_casualty_area_m2(impacts.area_m2),
        ]
    )
