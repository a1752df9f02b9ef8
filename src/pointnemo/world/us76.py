"""The U.S. Standard Atmosphere 1976, for regression cases that must not move with any model or weather.

Source: COESA, U.S. Standard Atmosphere, 1976 (NOAA-S/T 76-1562 = NASA TM-X-74335). Up to 86 km its own equations;
above, its printed tables of density and molar mass (I and VIII) joined smoothly in the logarithm, and its equations
for temperature.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["standard_atmosphere"]

FloatArray = NDArray[np.float64]

EARTH_RADIUS_KM = 6356.766  # of the standard (p. 8)
GRAVITY = 9.80665  # m/s2, p. 2
GAS_CONSTANT = 8.31432  # J/(mol K), table 2: the standard's own, not that of today
MOLAR_MASS = 0.0289644  # kg/mol below 80 km, p. 9
BASE_PRESSURE = 101325.0  # Pa, p. 2
TOP_OF_LAYERS_KM = 86.0

# Table 4: base of each layer in geopotential km, and the gradient of molecular-scale temperature in K/km.
LAYERS = ((0.0, -6.5), (11.0, 0.0), (20.0, 1.0), (32.0, 2.8), (47.0, 0.0), (51.0, -2.8), (71.0, -2.0))
SEA_LEVEL_K = 288.15

# Table 8: ratio of molar mass to its sea-level value between 80 and 86 km.
RATIO_KM = (79.994, 80.5, 81.0, 81.5, 82.0, 82.5, 83.0, 83.5, 84.0, 84.5, 85.0, 85.5, 86.0)
RATIO = (
    1.0,
    0.999996,
    0.999989,
    0.999971,
    0.999941,
    0.999909,
    0.999870,
    0.999829,
    0.999786,
    0.999741,
    0.999694,
    0.999641,
    0.999579,
)

# Tables I and VIII: geometric height (km), density (kg/m3), molar mass (g/mol).
PRINTED = np.array(
    [
        (86, 6.958e-6, 28.95),
        (90, 3.416e-6, 28.91),
        (95, 1.393e-6, 28.73),
        (100, 5.604e-7, 28.40),
        (105, 2.325e-7, 27.88),
        (110, 9.708e-8, 27.27),
        (115, 4.289e-8, 26.68),
        (120, 2.222e-8, 26.20),
        (130, 8.152e-9, 25.44),
        (140, 3.831e-9, 24.75),
        (150, 2.076e-9, 24.10),
        (160, 1.233e-9, 23.49),
        (180, 5.194e-10, 22.34),
        (200, 2.541e-10, 21.30),
        (250, 6.073e-11, 19.19),
        (300, 1.916e-11, 17.73),
        (350, 7.014e-12, 16.64),
        (400, 2.803e-12, 15.98),
        (450, 1.184e-12, 15.25),
        (500, 5.215e-13, 14.33),
        (600, 1.137e-13, 11.51),
        (700, 3.070e-14, 8.00),
    ]
)


def _layers(height_km: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Density, kinetic temperature and molar mass below 86 km (equations 18, 23, 33a, 33b, 42)."""
    geopotential = EARTH_RADIUS_KM * height_km / (EARTH_RADIUS_KM + height_km)
    temperature = np.empty_like(geopotential)
    pressure = np.empty_like(geopotential)
    constant = GRAVITY * MOLAR_MASS / GAS_CONSTANT * 1000.0  # K/km
    base_t, base_p = SEA_LEVEL_K, BASE_PRESSURE
    for i, (base, gradient) in enumerate(LAYERS):
        inside = geopotential >= base if i else np.ones_like(geopotential, dtype=bool)
        rise = geopotential - base
        local_t = base_t + gradient * rise
        with np.errstate(invalid="ignore"):
            if gradient:
                local_p = base_p * (base_t / local_t) ** (constant / gradient)
            else:
                local_p = base_p * np.exp(-constant * rise / base_t)
        temperature = np.where(inside, local_t, temperature)
        pressure = np.where(inside, local_p, pressure)
        if i + 1 < len(LAYERS):
            step = LAYERS[i + 1][0] - base
            top_t = base_t + gradient * step
            factor = (base_t / top_t) ** (constant / gradient) if gradient else np.exp(-constant * step / base_t)
            base_t, base_p = top_t, base_p * factor
    ratio = np.interp(height_km, RATIO_KM, RATIO)
    density = pressure * MOLAR_MASS / (GAS_CONSTANT * temperature)
    return density, temperature * ratio, MOLAR_MASS * ratio


def _upper_temperature(height_km: FloatArray) -> FloatArray:
    """Kinetic temperature above 86 km (equations 25, 27, 29, 31)."""
    z = height_km
    ellipse = 263.1905 - 76.3232 * np.sqrt(np.maximum(1.0 - ((z - 91.0) / 19.9429) ** 2, 0.0))
    linear = 240.0 + 12.0 * (z - 110.0)
    path = (z - 120.0) * (EARTH_RADIUS_KM + 120.0) / (EARTH_RADIUS_KM + z)
    exosphere = 1000.0 - 640.0 * np.exp(-0.01875 * np.maximum(path, 0.0))
    return np.select([z < 91.0, z < 110.0, z < 120.0], [np.full_like(z, 186.8673), ellipse, linear], exosphere)


def standard_atmosphere(height_km: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The standard at any geometric height.

    Args:
        height_km: geometric height, any shape, 0 to 700 km.

    Returns:
        Density (kg/m3), kinetic temperature (K), mean molar mass (kg/mol), same shape.
    """
    from scipy.interpolate import PchipInterpolator

    z = np.asarray(height_km, dtype=float)
    density, temperature, molar = _layers(np.minimum(z, TOP_OF_LAYERS_KM))
    high = z > TOP_OF_LAYERS_KM
    upper = np.clip(z, PRINTED[0, 0], PRINTED[-1, 0])
    density = np.where(high, np.exp(PchipInterpolator(PRINTED[:, 0], np.log(PRINTED[:, 1]))(upper)), density)
    temperature = np.where(high, _upper_temperature(upper), temperature)
    molar = np.where(high, PchipInterpolator(PRINTED[:, 0], PRINTED[:, 2])(upper) / 1000.0, molar)
    return density, temperature, molar
