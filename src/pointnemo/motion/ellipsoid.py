"""WGS 84 geodetic height and latitude inside kernels (``world.earth.geodetic`` does it for arrays)."""

from __future__ import annotations

from math import atan2, sqrt

from pointnemo.compiled import kernel
from pointnemo.world.earth import EARTH_RADIUS_KM, WGS84_FLATTENING

__all__ = ["height_and_latitude", "height_by_series"]

A_M = EARTH_RADIUS_KM * 1000.0
B_M = A_M * (1.0 - WGS84_FLATTENING)
E2 = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING)
EP2 = E2 / (1.0 - E2)


@kernel
def height_and_latitude(x: float, y: float, z: float) -> tuple[float, float]:
    """Geodetic height and latitude without iteration (Bowring 1985, Survey Review 28, 202-206).

    Below 1000 km the height is good to a micrometre and the latitude to 1e-9 rad.

    Args:
        x: ITRS position, m.
        y: ITRS position, m.
        z: ITRS position, m.

    Returns:
        (height in m, latitude in rad).
    """
    p2 = x * x + y * y
    p = sqrt(p2)
    r = sqrt(p2 + z * z)
    # parametric latitude, as sine and cosine so that the poles are no exception
    up, out = B_M * z * (1.0 + EP2 * B_M / r), A_M * p
    length = sqrt(up * up + out * out)
    sine, cosine = up / length, out / length
    up = z + EP2 * B_M * sine * sine * sine
    out = p - E2 * A_M * cosine * cosine * cosine
    length = sqrt(up * up + out * out)
    sine, cosine = up / length, out / length
    height = p * cosine + z * sine - A_M * sqrt(1.0 - E2 * sine * sine)
    return height, atan2(up, out)


@kernel
def height_by_series(r: float, u2: float) -> float:
    """WGS 84 geodetic height alone: a third of the work, good to 1 cm below 400 km.

    Geocentric radius less that of the ellipsoid along the same ray, a / sqrt(1 + e'^2 u^2) with u the sine of the
    geocentric latitude, as a series in e'^2; times the cosine of the angle between ray and normal, as far as the second
    order.

    Args:
        r: geocentric radius, m.
        u2: (z / r)^2.

    Returns:
        Height, m.
    """
    k = EP2 * u2
    above = r - A_M * (1.0 - k * (0.5 - k * (0.375 - k * (0.3125 - k * 0.2734375))))
    lean = EP2 * k * (1.0 - u2) * (1.0 - 2.0 * k)  # square of the angle
    return above * (1.0 - 0.5 * lean * (1.0 - above / A_M))
