"""Heating and the wall."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pointnemo.reentry import heating

SIGMA = 5.670374419e-8


def test_bridge_runs_from_continuum_to_free_molecular() -> None:
    knudsen = np.logspace(-4, 4, 400)
    factors = np.array([heating.heat_bridging(kn) for kn in knudsen])
    assert factors[0] == 1.0077
    assert np.all(np.diff(factors) <= 0.0)
    # the last of the measured points, from which the 1/sqrt(Kn) tail goes on without a jump
    assert heating.heat_bridging(10.0**1.562) == pytest.approx(0.0594, rel=1e-9)
    assert heating.heat_bridging(10.0**2.562) == pytest.approx(0.0594 / np.sqrt(10.0), rel=1e-9)


@pytest.mark.parametrize(("density", "speed"), [(1e-5, 7500.0), (1e-4, 7000.0), (1e-3, 5000.0)])
def test_stagnation_law_agrees_with_sutton_and_graves_within_the_spread_of_the_field(
    density: float, speed: float
) -> None:
    """Sutton, Graves (1971): 1.7415e-4 sqrt(rho/R) V^3; accepted laws differ by some 30 %."""
    other = 1.7415e-4 * np.sqrt(density / 0.5) * speed**3
    assert heating.stagnation_heat_flux(density, speed, 0.5) == pytest.approx(other, rel=0.3)


def test_heating_goes_as_the_inverse_root_of_the_radius() -> None:
    small, large = (heating.stagnation_heat_flux(1e-5, 7500.0, r) for r in (0.1, 0.4))
    assert small == pytest.approx(2.0 * large, rel=1e-12)


def test_wall_conserves_energy_through_melting() -> None:
    capacity, fusion, heat = 2.0 * 900.0, 4e5, 5e4
    temperature, melted = heating.wall_step(300.0, 2.0, 900.0, 850.0, fusion, 0.0, heat, 0.0, 250.0, 30.0)
    assert temperature == 850.0
    assert capacity * (850.0 - 300.0) + melted * fusion == pytest.approx(heat * 30.0, rel=1e-9)


@pytest.mark.parametrize("duration", [0.1, 10.0, 1e5])
def test_wall_settles_at_radiative_equilibrium_whatever_the_step(duration: float) -> None:
    radiance, heat = 0.5 * SIGMA * 0.2, 2e3
    equilibrium = (heat / radiance) ** 0.25
    temperature = 300.0
    for _ in range(int(max(1.0, 2000.0 / duration))):
        temperature, melted = heating.wall_step(
            temperature, 0.05, 900.0, 5e3, 4e5, radiance, heat, 0.0, 250.0, duration
        )
        assert melted == 0.0
        assert temperature < 1.05 * equilibrium
    assert temperature == pytest.approx(equilibrium, rel=1e-3)


def test_wall_follows_the_differential_equation() -> None:
    radiance, heat, slope = 0.4 * SIGMA * 0.3, 1.5e4, 3e-5
    capacity = 0.8 * 900.0

    def rate(_: float, t: np.ndarray) -> np.ndarray:
        return (heat * (1.0 - slope * (t - 250.0)) - radiance * t**4) / capacity

    truth = solve_ivp(rate, (0.0, 60.0), [300.0], rtol=1e-10, atol=1e-8).y[0, -1]
    temperature = 300.0
    for _ in range(30):
        temperature, _ = heating.wall_step(temperature, 0.8, 900.0, 5e3, 4e5, radiance, heat, slope, 250.0, 2.0)
    assert temperature == pytest.approx(truth, abs=2.0)


def test_melting_takes_the_wall_first_and_leaves_no_sliver() -> None:
    assert heating.melt_away(1.0, 3.0, 0.4, 1.0, 3.0) == (0.6, 3.0)
    assert heating.melt_away(0.1, 3.0, 0.06, 1.0, 3.0) == (0.0, 3.0)
    assert heating.melt_away(0.0, 0.2, 0.1, 1.0, 3.0) == (0.0, 0.0)
