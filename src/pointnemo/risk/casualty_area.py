"""Casualty area of a fragment: the ground around it on which a person would be struck.

No shelter and no bouncing are assumed, as NASA-STD-8719.14C does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["cnes_casualty_area_m2", "nasa_casualty_area_m2", "opiela_matney_casualty_area_m2"]

FloatArray = NDArray[np.float64]


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
