"""The fragment kernel against DRAMA/SESAM as measured by others, and against an independent study of ranges.

SESAM 2.3.0 (DRAMA 4.1.4) figures are those of two cases in open notes that measured it: R100, a 100 mm aluminium
sphere that does not melt, and E1, a melting 5 mm sphere. Agreement is consistency with a code of the field, not truth.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from tests.reentry.flights import fly, material, pieces, ranges_km, state_of

from pointnemo.motion.aerodynamics import Drag, drag_coefficient, mach
from pointnemo.motion.gravity import zonal_acceleration
from pointnemo.reentry.flight import acceleration, air_column, empty_outcome, fly_fragments
from pointnemo.reentry.heating import RESIDUAL_SHARE
from pointnemo.reentry.pack import COMPUTED, Steps
from pointnemo.world import atmosphere, earth

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
START = (77.500133, 29.546067, -82.134333, 7500.0, -0.959331, 347.168296)
SESAM = "SESAM 2.3.0 / DRAMA 4.1.4, measured in open notes"
STUDY = "prototype study of ranges from a break-up point (250 x 50 km entry, US 1976)"
DENSITY = 2813.0  # AA7075 of DRAMA


def sphere(diameter_m: float) -> tuple[float, float]:
    """Mass and disc of a solid sphere of AA7075."""
    return DENSITY * np.pi / 6.0 * diameter_m**3, 0.25 * np.pi * diameter_m**2


def test_r100_peak_temperature(figure: Figure) -> None:
    mass, area = sphere(0.1)
    out = fly(pieces(state_of(*START), mass, area, fate=COMPUTED), material(DENSITY, 1131.6, 1e6, 4e5, 0.4))
    error = abs(out.peak_temperature_k[0] / 2104.0 - 1.0)
    figure("reentry.r100_peak_temperature", 100.0 * error, 1.0, "%", SESAM)


def test_r100_impact_time(figure: Figure) -> None:
    """SESAM's sphere has C_D 0.8988 from Ma 5 to 1 and 0.4494 below; ours follows Carter (2011) there, with its rise
    about Ma 1. So the kernel is compared where the two share a law, by stopping the clock at Ma 5, and SESAM's two
    constants fly the rest here, in an integrator of another make. With Carter's law to the ground it takes 377 s.
    """
    table = atmosphere.us76_table()
    mass, area = sphere(0.1)
    omega = np.array([0.0, 0.0, earth.EARTH_ROTATION_RAD_S])

    def rate(_: float, y: np.ndarray) -> np.ndarray:
        latitude, _longitude, height = earth.geodetic(y[:3] / 1000.0)
        temperature, molar_mass = atmosphere.epoch_gas(table, float(height), float(latitude))
        density = atmosphere.epoch_density(table, float(height), float(latitude), 12.0)
        speed = float(np.linalg.norm(y[3:]))
        number = mach(speed, temperature, molar_mass)
        cd = drag_coefficient(number, 1e-6) if number > 5.0 else 0.898818 if number > 1.0 else 0.449409
        force = -0.5 * density * speed * cd * area / mass * y[3:]
        spin = -2.0 * np.cross(omega, y[3:]) - np.cross(omega, np.cross(omega, y[:3]))
        return np.concatenate([y[3:], np.array(zonal_acceleration(*y[:3])) + spin + force])

    def ground(_: float, y: np.ndarray) -> float:
        return float(earth.geodetic(y[:3] / 1000.0)[2])

    state, seconds = _fly_to_mach(5.0, state_of(*START), mass, area, table)
    ground.terminal = True  # type: ignore[attr-defined]
    rest = solve_ivp(rate, (0.0, 600.0), state, events=ground, rtol=1e-7, atol=1e-3, max_step=1.0)
    impact = seconds + float(rest.t_events[0][0])
    figure("reentry.r100_impact_time", 100.0 * abs(impact / 366.0 - 1.0), 0.5, "%", SESAM)


def _fly_to_mach(
    number: float, state: np.ndarray, mass: float, area: float, table: atmosphere.EpochTable
) -> tuple[np.ndarray, float]:
    """The kernel's own flight from a state until it is as slow as a Mach number: state and time."""
    from pointnemo.reentry.flight import fly_to_heights

    length = 2.0 * np.sqrt(area / np.pi)
    flown, time = state[None, :].copy(), np.zeros(1)
    columns = (np.array([mass]), np.array([area]), np.array([length]))
    for height_m in np.arange(70_000.0, 10_000.0, -100.0):
        fly_to_heights(flown, time, *columns, np.array([height_m]), 1.0, 0.0, table, Steps())
        temperature, molar_mass = atmosphere.epoch_gas(table, 1e-3 * height_m, 0.5)
        if mach(float(np.linalg.norm(flown[0, 3:])), temperature, molar_mass) <= number:
            return flown[0], float(time[0])
    raise AssertionError("never slowed down")


def test_e1_at_its_start(figure: Figure) -> None:
    table = atmosphere.us76_table()
    mass, area = sphere(0.005)
    state = state_of(*START)
    column = air_column(table, 77_500.133, np.radians(START[1]), 12.0, 1.0)
    *_, density, number, kn = acceleration(*state, mass, area, 0.005, 0.0, 0.0, column, Drag())
    cd = drag_coefficient(number, kn)
    load = 0.5 * density * 7500.0**2 * cd * area / mass / 9.80665
    for name, value, truth in (
        ("drag_coefficient", cd, 1.993),
        ("knudsen", kn, 0.596),
        ("mach", number, 26.225),
        ("density", density, 2.727e-5),
        ("load", load, 16.62),
    ):
        figure(f"reentry.e1_{name}", 100.0 * abs(value / truth - 1.0), 2.0, "%", SESAM)


@pytest.mark.parametrize(
    ("beta", "range_km", "speed_mps"),
    [
        (2.0, 211.0, 6.0),
        (5.0, 331.0, 9.0),
        (10.0, 445.0, 13.0),
        (20.0, 579.0, 18.0),
        (50.0, 786.0, 28.0),
        (100.0, 961.0, 40.0),
        (200.0, 1150.0, 57.0),
        (500.0, 1410.0, 91.0),
        (1000.0, 1611.0, 133.0),
        (2000.0, 1808.0, 195.0),
    ],
)
def test_range_from_78_km(beta: float, range_km: float, speed_mps: float, figure: Figure) -> None:
    """The study does not say where or which way it flew: here 45 S on the ISS's inclination. It kept beta to the
    ground; ours is hypersonic, and a slow sphere has less than half the C_D: speeds are compared through that ratio,
    where pieces have settled to their terminal speed (up to 500 kg/m2).
    """
    out = fly(pieces(state_of(78.0, -45.0, 0.0, 7414.0, -0.99, 61.4), 10.0, 10.0 / (beta * 0.913)))
    error = abs(float(ranges_km(out, -45.0, 0.0)[0]) / range_km - 1.0)
    figure(f"reentry.range_beta_{beta:g}", 100.0 * error, 5.0, "%", STUDY)
    if beta > 500.0:
        return
    table = atmosphere.us76_table()
    cd = drag_coefficient(mach(float(out.speed_mps[0]), *atmosphere.epoch_gas(table, 0.0, 0.0)), 1e-6)
    expected = speed_mps * np.sqrt(0.913 / cd)
    # the study's speeds are rounded to 1 m/s, 8 % of the slowest
    figure(f"reentry.speed_beta_{beta:g}", 100.0 * abs(float(out.speed_mps[0]) / expected - 1.0), 10.0, "%", STUDY)


def _demise(diameter_m: float, wall_m: float | None, metal: str, released: bool) -> tuple[int, float, float, float]:
    """Status, mass left, mass at the start (kg) and demise height (km) of one sphere of the demise study.

    IADC generic materials, from the equator, azimuth 61.4 deg, 300 K; exposed from 122 km at -0.1 deg and 7410 m/s, or
    set free at 78 km by a parent of 100 kg/m2 that entered so.
    """
    metals = {
        "al": material(2700.0, 1100.0, 850.0, 390e3, 0.3),
        "ss": material(7800.0, 600.0, 1700.0, 270e3, 0.35),
        "ti": material(4400.0, 600.0, 1950.0, 470e3, 0.3),
    }
    density = float(metals[metal].density_kg_m3[0])
    inner = max(diameter_m - 2.0 * wall_m, 0.0) if wall_m else 0.0
    mass = density * np.pi / 6.0 * (diameter_m**3 - inner**3)
    state = state_of(122.0, 0.0, 0.0, 7410.0, -0.1, 61.4)
    if released:
        from pointnemo.reentry.flight import fly_to_heights

        table = atmosphere.us76_table()
        flown, one = state[None, :].copy(), np.ones(1)
        area = 1000.0 / (100.0 * 0.913)
        fly_to_heights(
            flown, np.zeros(1), 1000.0 * one, area * one, 2.0 * np.sqrt(area / np.pi) * one, 78_000.0 * one,
            1.0, 0.0, table, Steps(),
        )  # fmt: skip
        state = flown[0]
    wall = mass if wall_m else 0.0
    fragments = pieces(state, mass, 0.25 * np.pi * diameter_m**2, wall_kg=wall, fate=COMPUTED)
    outcome = empty_outcome(1)
    fly_fragments(0, 1, fragments, metals[metal], 0.0, atmosphere.us76_table(), Steps(), outcome)
    return int(outcome.status[0]), float(outcome.mass_kg[0]), mass, float(outcome.height_m[0]) / 1000.0


# diameter m, wall m (None: solid), material, released at 78 km, demise height km (None: survives), share of mass left
DEMISE = [
    (0.05, None, "al", False, 75.0, 0.0),
    (0.05, None, "al", True, 69.9, 0.0),
    (0.05, None, "ss", False, 66.8, 0.0),
    (0.05, None, "ss", True, 58.3, 0.0),
    (0.05, None, "ti", False, 63.7, 0.0),
    (0.05, None, "ti", True, 57.3, 0.0),
    (0.05, 0.003, "al", False, 84.3, 0.0),
    (0.05, 0.003, "al", True, 75.9, 0.0),
    (0.05, 0.003, "ss", False, 75.6, 0.0),
    (0.05, 0.003, "ss", True, 71.0, 0.0),
    (0.05, 0.003, "ti", False, None, 0.10),
    (0.05, 0.003, "ti", True, None, 0.06),
    (0.10, None, "al", False, 70.3, 0.0),
    (0.10, None, "al", True, 59.4, 0.0),
    (0.10, None, "ss", False, 54.2, 0.0),
    (0.10, None, "ss", True, None, 0.62 / 4.1),
    (0.10, None, "ti", False, None, 0.09 / 2.3),
    (0.10, None, "ti", True, None, 0.76 / 2.3),
    (0.10, 0.01, "al", False, 79.4, 0.0),
    (0.10, 0.01, "al", True, 70.4, 0.0),
    (0.10, 0.01, "ss", False, 67.3, 0.0),
    (0.10, 0.01, "ss", True, None, 0.09 / 2.0),
    (0.10, 0.01, "ti", False, None, 0.12 / 1.1),
    (0.10, 0.01, "ti", True, None, 0.28 / 1.1),
    (0.25, None, "al", False, None, 0.23 / 22),
    (0.25, None, "al", True, None, 7.8 / 22),
    (0.25, None, "ss", False, None, 36.7 / 63.8),
    (0.25, None, "ss", True, None, 1.0),
    (0.25, None, "ti", False, None, 26.3 / 36),
    (0.25, None, "ti", True, None, 1.0),
    (0.25, 0.03, "al", False, 67.5, 0.0),
    (0.25, 0.03, "al", True, None, 1.6 / 12.4),
    (0.25, 0.03, "ss", False, None, 9.8 / 35.8),
    (0.25, 0.03, "ss", True, None, 1.0),
    (0.25, 0.03, "ti", False, None, 11.1 / 20.2),
    (0.25, 0.03, "ti", True, None, 1.0),
    (0.25, 0.003, "al", False, 84.7, 0.0),
    (0.25, 0.003, "al", True, 73.2, 0.0),
    (0.25, 0.003, "ss", False, None, 0.51 / 4.5),
    (0.25, 0.003, "ss", True, None, 1.4 / 4.5),
    (0.25, 0.003, "ti", False, None, 2.2 / 2.5),
    (0.25, 0.003, "ti", True, None, 2.5 / 2.5),
    (0.50, None, "al", False, None, 70 / 177),
    (0.50, None, "al", True, None, 1.0),
    (0.50, None, "ss", False, None, 1.0),
    (0.50, None, "ss", True, None, 1.0),
    (0.50, None, "ti", False, None, 1.0),
    (0.50, None, "ti", True, None, 1.0),
    (0.50, 0.03, "al", False, None, 2.5 / 56),
    (0.50, 0.03, "al", True, None, 30 / 56),
    (0.50, 0.03, "ss", False, None, 154 / 163),
    (0.50, 0.03, "ss", True, None, 1.0),
    (0.50, 0.03, "ti", False, None, 1.0),
    (0.50, 0.03, "ti", True, None, 1.0),
    (0.50, 0.01, "al", False, 73.6, 0.0),
    (0.50, 0.01, "al", True, None, 2.8 / 20),
    (0.50, 0.01, "ss", False, None, 26 / 59),
    (0.50, 0.01, "ss", True, None, 1.0),
    (0.50, 0.01, "ti", False, None, 30 / 33),
    (0.50, 0.01, "ti", True, None, 1.0),
    (0.50, 0.003, "al", False, 83.9, 0.0),
    (0.50, 0.003, "al", True, None, 0.12 / 6.3),
    (0.50, 0.003, "ss", False, None, 8.4 / 18.2),
    (0.50, 0.003, "ss", True, None, 17.6 / 18.2),
    (0.50, 0.003, "ti", False, None, 1.0),
    (0.50, 0.003, "ti", True, None, 1.0),
    (1.0, 0.03, "al", False, None, 62 / 240),
    (1.0, 0.03, "al", True, None, 1.0),
    (1.0, 0.03, "ss", False, None, 1.0),
    (1.0, 0.03, "ss", True, None, 1.0),
    (1.0, 0.03, "ti", False, None, 1.0),
    (1.0, 0.03, "ti", True, None, 1.0),
    (1.0, 0.01, "al", False, None, 2.8 / 83),
    (1.0, 0.01, "al", True, None, 40 / 83),
    (1.0, 0.01, "ss", False, None, 1.0),
    (1.0, 0.01, "ss", True, None, 1.0),
    (1.0, 0.01, "ti", False, None, 1.0),
    (1.0, 0.01, "ti", True, None, 1.0),
    (1.0, 0.003, "al", False, 81.4, 0.0),
    (1.0, 0.003, "al", True, None, 3.7 / 25),
    (1.0, 0.003, "ss", False, None, 1.0),
    (1.0, 0.003, "ss", True, None, 1.0),
    (1.0, 0.003, "ti", False, None, 1.0),
    (1.0, 0.003, "ti", True, None, 1.0),
]


def test_demise_of_spheres(figure: Figure) -> None:
    """Against an own prototype: a regression of the method, no reference. It used the SESAM law down to the ground.

    Ours counts a sphere as gone with less than 5 % of its mass left; six cells where the study has 1 to 4.5 % left are
    gone in that sense. Where both survive, mass is compared as a share of that at the start; where both are gone by
    the study, height.
    """
    height_errors, share_errors, flips = [], [], 0
    for diameter, wall, metal, released, demise_km, left in DEMISE:
        status, mass, start, height = _demise(diameter, wall, metal, released)
        flips += int((status == 0) != (demise_km is not None or left < RESIDUAL_SHARE))
        if status == 0 and demise_km is not None:
            height_errors.append(abs(height - demise_km))
        if status == 1 and demise_km is None:
            share_errors.append(abs(mass / start - left))
    source = "prototype demise table of spheres (122 km / 78 km release, US 1976)"
    figure("reentry.demise_flips", flips, 0, "cells of 84", source)
    figure("reentry.demise_height", float(np.max(height_errors)), 3.0, "km", source)
    figure("reentry.demise_mass_left", float(np.max(share_errors)), 0.06, "share", source)
