"""The wall in layers against conduction that can be worked out, and against the lumped wall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erfc

from pointnemo.reentry import heating, walls

SIGMA = 5.670374419e-8
STEEL = (16.0, 600.0, 1700.0, 270e3)  # conductivity, specific heat, melting point, heat of fusion
DENSITY = 7800.0


def step(
    wall: np.ndarray, mass: float, depth: float, surface: float, heat: float, duration: float, radiance: float = 0.0
) -> float:
    return walls.layers_step(wall, mass, depth, surface, *STEEL, radiance, heat, 0.0, 250.0, duration)


def hot(temperature: float = 300.0) -> np.ndarray:
    wall = walls.new_layers()
    wall[0] = temperature
    return wall


def test_thick_slab_is_heated_as_carslaw_and_jaeger_say() -> None:
    """Constant flux into a half space (Carslaw, Jaeger 1959, section 2.9), at the middle of the outermost layer."""
    depth, flux, seconds = 0.06, 2e5, 20.0
    diffusivity = STEEL[0] / (DENSITY * STEEL[1])
    wall = hot()
    for _ in range(200):
        step(wall, DENSITY * depth, depth, 1.0, flux, seconds / 200)
    x = 0.5 * depth / walls.LAYER_COUNT
    root = np.sqrt(diffusivity * seconds)
    rise = (
        2.0
        * flux
        / STEEL[0]
        * (root * np.exp(-((x / (2 * root)) ** 2)) / np.sqrt(np.pi) - 0.5 * x * erfc(x / (2 * root)))
    )
    assert wall[0, -1] - 300.0 == pytest.approx(rise, rel=0.05)
    assert np.all(np.diff(wall[0]) > 0.0)


def test_energy_is_kept_through_melting() -> None:
    depth, flux = 0.02, 3e6
    mass = DENSITY * depth
    wall, melted, seconds = hot(), 0.0, 0.0
    for _ in range(200):
        left = mass - melted
        melted += step(wall, left, depth * left / mass, 1.0, flux, 0.2)
        seconds += 0.2
        assert wall[0].max() <= STEEL[2]
        if melted > 0.5 * mass:
            break
    stored = (mass - melted) * STEEL[1] * (wall[0].mean() - 300.0)
    gone = melted * (STEEL[3] + STEEL[1] * (STEEL[2] - 300.0))
    assert stored + gone == pytest.approx(flux * seconds, rel=1e-6)


def test_thin_or_conducting_walls_are_lumped() -> None:
    depth = 0.001
    mass, radiance = DENSITY * depth, 0.5 * SIGMA
    wall, temperature = hot(), 300.0
    for _ in range(60):
        walls.layers_step(wall, mass, depth, 1.0, 1e4, *STEEL[1:], radiance, 2e5, 3e-5, 250.0, 0.5)
        temperature, _ = heating.wall_step(temperature, mass, *STEEL[1:], radiance, 2e5, 3e-5, 250.0, 0.5)
    assert wall[0].mean() == pytest.approx(temperature, abs=5.0)
    assert np.ptp(wall[0]) < 0.1


def test_poor_conductors_melt_before_they_are_warm_through() -> None:
    wall = hot()
    melted = sum(step(wall, 780.0, 0.1, 1.0, 4e6, 0.5) for _ in range(40))
    assert melted > 0.0
    assert wall[0, 0] < 400.0


@settings(max_examples=60, deadline=None)
@given(
    heat=st.floats(0.0, 1e8),
    duration=st.floats(1e-4, 100.0),
    depth=st.floats(1e-4, 0.5),
    start=st.floats(150.0, 1700.0),
    emissivity=st.floats(0.05, 1.0),
)
def test_nothing_impossible_happens(
    heat: float, duration: float, depth: float, start: float, emissivity: float
) -> None:
    wall = hot(start)
    mass = DENSITY * depth
    melted = step(wall, mass, depth, 1.0, heat, duration, emissivity * SIGMA)
    assert 0.0 <= melted <= mass
    assert np.all(np.isfinite(wall[0]))
    assert np.all(wall[0] <= STEEL[2] + 1e-9)
    assert np.all(wall[0] > 0.0)
