"""Stagnation laws, bridges and oxidation; their unit values are in tests/validation/test_reentry_units.py."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.reentry import laws
from pointnemo.reentry.heating import TUMBLING_SHARE, cold_wall_heat_w, heat_bridging, stagnation_heat_flux
from pointnemo.reentry.pack import BRIDGE_MATTING, HEATING_LAWS, Laws
from pointnemo.scenario.entry_models import HeatingLaw

AIR = (220.0, 0.0289644)


def test_every_law_of_a_scenario_is_known() -> None:
    assert set(get_args(HeatingLaw)) == set(HEATING_LAWS)


@pytest.mark.parametrize("law", HEATING_LAWS)
def test_laws_lie_within_the_spread_of_the_field(law: str) -> None:
    for density, speed in ((1e-5, 7500.0), (1e-4, 7000.0), (1e-3, 5000.0)):
        reference = stagnation_heat_flux(density, speed, 0.5)
        assert laws.stagnation_flux(HEATING_LAWS[law], density, speed, 0.5, *AIR) == pytest.approx(reference, rel=0.3)


@settings(max_examples=60, deadline=None)
@given(
    law=st.sampled_from(list(HEATING_LAWS.values())),
    density=st.floats(1e-10, 1.3),
    speed=st.floats(0.1, 8500.0),
    radius=st.floats(1e-3, 10.0),
    bridge=st.integers(0, 1),
)
def test_heat_is_never_negative_and_grows_with_speed(
    law: int, density: float, speed: float, radius: float, bridge: int
) -> None:
    def heat(v: float) -> float:
        number = v / 297.0
        free_path = 1e-7 / density
        chosen = Laws(heating=law, heat_bridge=bridge)
        return laws.heat_w(chosen, density, v, number, free_path / radius, radius, 4.0 * np.pi * radius**2, *AIR)

    slow, fast = heat(speed), heat(1.5 * speed)
    assert 0.0 <= slow < np.inf
    assert fast >= slow


def test_the_default_is_what_it_was_to_the_bit() -> None:
    for number, kn in ((0.5, 1e-6), (20.0, 0.01), (25.0, 3.0)):
        given_air = (1e-4, 300.0 * number, number, kn, 0.1, 0.2)
        assert laws.heat_w(Laws(), *given_air, *AIR) == cold_wall_heat_w(*given_air)


def test_all_laws_go_as_the_inverse_root_of_the_radius() -> None:
    for law in HEATING_LAWS.values():
        small, large = (laws.stagnation_flux(law, 1e-4, 6000.0, radius, *AIR) for radius in (0.1, 0.4))
        assert small == pytest.approx(2.0 * large, rel=1e-9)


def test_mattings_bridge_has_both_limits() -> None:
    matting = Laws(heat_bridge=BRIDGE_MATTING)
    thick = laws.heat_w(matting, 1e-2, 6000.0, 20.0, 1e-6, 0.5, 3.0, *AIR)
    assert thick == pytest.approx(3.0 * TUMBLING_SHARE * stagnation_heat_flux(1e-2, 6000.0, 0.5), rel=1e-6)
    thin = laws.heat_w(matting, 1e-9, 7500.0, 25.0, 1e3, 0.5, 3.0, *AIR)
    assert thin == pytest.approx(0.75 * 0.5e-9 * 7500.0**3, rel=0.05)
    assert heat_bridging(1e-6) == pytest.approx(1.0, abs=0.01)


def test_air_in_equilibrium_keeps_its_pressure_and_its_atoms() -> None:
    for pressure in (1.0, 1e3, 1e5):
        before = 0.0
        for enthalpy in np.linspace(3e5, 3.5e7, 30):
            temperature, density, viscosity, bound = laws.equilibrium_air(float(enthalpy), pressure)
            assert temperature > before
            before = temperature
            parts = laws._composition(temperature, pressure)
            assert sum(parts) == pytest.approx(pressure, rel=1e-6)
            oxygen, nitrogen = 2.0 * parts[0] + parts[2], 2.0 * parts[1] + parts[3]
            assert oxygen / (oxygen + nitrogen) == pytest.approx(0.21, abs=1e-9)
            assert min(parts) >= 0.0
            assert 0.0 <= bound < 1.0
            assert density > 0.0
            assert 1e-5 < viscosity < 4e-4


def test_cold_air_does_not_dissociate() -> None:
    temperature, density, _, bound = laws.equilibrium_air(3.5 * 8.314462618 / 0.028850334 * 300.0, 101_325.0)
    assert temperature == pytest.approx(300.0, rel=1e-3)
    assert density == pytest.approx(1.172, rel=2e-3)
    assert bound < 1e-12


def test_oxygen_that_arrives_is_burnt_in_part() -> None:
    # free molecular: all of rho V^3 / 2 on a quarter of the surface; 0.232 rho V of oxygen
    density, speed, surface = 1e-9, 7500.0, 4.0
    heat = laws.heat_w(Laws(heat_bridge=BRIDGE_MATTING), density, speed, 25.0, 1e6, 0.5, surface, *AIR)
    oxygen = 0.232 * density * speed * surface / 4.0
    assert laws.oxidation_heat_w(0.5, 3e7, heat, speed) == pytest.approx(0.5 * 3e7 * oxygen, rel=0.05)
    assert laws.oxidation_heat_w(0.0, 3e7, heat, speed) == 0.0
