"""Unit values of stagnation laws and panels, and the equations of motion against check cases and another integrator.

Laws and panels: values of the regression tests of TITAN (strath-ace/TITAN), a sphere in its own atmosphere file
(NRLMSISE-00, number densities below). Its sphere of the heat tests has a radius of 0.8 m, its walls 300 or 1000 K; the
sphere of the panel tests 1 m and 300 K. Agreement is consistency between codes.

Motion: the atmospheric check cases of the NASA Engineering and Safety Center (NASA/TM-2015-218675), final lines of
simulation 1 as distributed with simupy-flight.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from tests.reentry.flights import state_of

from pointnemo.motion.aerodynamics import SLOW_PLATE, Drag, drag_coefficient, mach, panel_free_molecular
from pointnemo.reentry import laws
from pointnemo.reentry.flight import acceleration, air_column, fly_to_heights
from pointnemo.reentry.pack import Air, Steps
from pointnemo.world import atmosphere, earth
from pointnemo.world.wind import profile_wind

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
TITAN = "TITAN regression tests (strath-ace/TITAN)"
NESC = "NESC atmospheric check cases (NASA/TM-2015-218675), simulation 1"
GAS = 8.314462618
MASSES = {"N2": 28.0134, "O2": 31.9988, "O": 15.9994, "He": 4.0026, "Ar": 39.948, "N": 14.0067, "H": 1.00794}
# Number densities, 1/cm3, and temperature, K, of its atmosphere file
AT_70 = ({"N2": 9.413e14, "O2": 2.476e14, "He": 6.387e9, "Ar": 1.125e13}, 221.7)
AT_90 = ({"N2": 4.445e13, "O2": 1.085e13, "O": 2.079e11, "He": 3.61e8, "Ar": 5.182e11, "N": 5.458e7}, 185.9)
AT_200 = ({"N2": 3.307e9, "O2": 1.818e8, "O": 4.123e9, "He": 1.999e7, "Ar": 3.975e6, "N": 1.87e5, "H": 7.2e6}, 899.7)
AT_10 = ({"N2": 6.475e18, "O2": 1.737e18, "He": 4.345e13, "Ar": 7.745e16}, 214.9)
RADIUS = 0.8


def gas(point: tuple[dict[str, float], float]) -> tuple[float, float, float, float]:
    """Density, molar mass, temperature and ratio of specific heats of a mixture."""
    numbers, temperature = point
    whole = sum(numbers.values())
    density = sum(1e6 * n * 1e-3 * MASSES[key] for key, n in numbers.items()) / 6.02214076e23
    ratio = sum((1.4 if key in ("N2", "O2") else 5.0 / 3.0) * n for key, n in numbers.items()) / whole
    return density, density * 6.02214076e23 / (1e6 * whole), temperature, ratio


def off(value: float, truth: float) -> float:
    """Difference in per cent."""
    return 100.0 * abs(value / truth - 1.0)


# --- stagnation laws -----------------------------------------------------------------------------------------------


def test_van_driest(figure: Figure) -> None:
    density, molar, temperature, _ = gas(AT_70)
    value = laws.van_driest_flux(density, 6000.0, RADIUS, temperature, molar, 1000.0)
    figure("reentry.unit_van_driest_70", off(value, 269_620.6), 5.0, "%", TITAN)


def test_scarab(figure: Figure) -> None:
    """5 % low by our viscosity. Its own viscosity of argon is ten times too large: with that the two agree."""
    density, molar, temperature, _ = gas(AT_70)
    viscosity = laws.sutherland_viscosity(temperature)
    value = laws.scarab_flux(density, 6000.0, RADIUS, temperature, molar, viscosity)
    figure("reentry.unit_scarab_70", off(value, 367_190.6), 5.0, "%", TITAN)
    share = {"N2": 0.7844, "O2": 0.2063, "Ar": 0.0094}
    c = {"N2": (111.0, 1.4067e-6), "O2": (127.0, 1.6934e-6), "Ar": (144.0, 21.25e-6)}
    above = sum(share[key] * c[key][1] for key in share) * temperature**1.5
    theirs = above / (temperature + sum(share[key] * c[key][0] for key in share))
    value = laws.scarab_flux(density, 6000.0, RADIUS, temperature, molar, theirs)
    figure("reentry.unit_scarab_70_their_viscosity", off(value, 367_190.6), 1.0, "%", TITAN)


def edge(point: tuple[dict[str, float], float], speed: float) -> tuple[float, float, float, float]:
    """Total enthalpy, stagnation and free-stream pressure, density behind the shock over that before it."""
    density, molar, temperature, _ = gas(point)
    stagnation, ambient = laws.pitot_pressure_pa(density, speed, temperature, molar)
    square = (speed / sqrt(1.4 * GAS * temperature / molar)) ** 2
    total = 3.5 * GAS / molar * temperature + 0.5 * speed * speed
    return total, stagnation, ambient, 2.4 * square / (0.4 * square + 2.0)


def test_fay_riddell(figure: Figure) -> None:
    """Its case has the velocity gradient of Olivier (1995) with the standoff rho / rho2, and no diffusion of atoms."""
    density, molar, _, _ = gas(AT_70)
    total, stagnation, ambient, ratio = edge(AT_70, 6000.0)
    square = ratio * 2.0 / (2.4 - 0.4 * ratio)
    behind = (0.4 * square + 2.0) / (2.8 * square - 0.4)
    shocked = stagnation / (1.0 + 0.2 * behind) ** 3.5
    gradient = 6000.0 / RADIUS * (1.0 + ratio) * (stagnation - shocked) / (density * 6000.0**2)
    gradient /= (1.0 + 0.2 * behind) ** 2.5
    value = laws.fay_riddell_at(total, stagnation, stagnation - ambient, RADIUS, gradient, 300.0, molar, 1.0)
    figure("reentry.unit_fay_riddell_70", off(value, 445_822.9), 5.0, "%", TITAN)
    *_, bound = laws.equilibrium_air(total, stagnation)
    figure("reentry.unit_fay_riddell_70_no_catalysis", off(value * (1.0 - bound), 167_370.3), 5.0, "%", TITAN)


def test_fay_riddell_and_sutton_graves_of_a_small_sphere(figure: Figure) -> None:
    """2.727e-5 kg/m3, 7.5 km/s, radius 0.05 m; the air at 77.5 km and a wall of 300 K are assumed."""
    source = "open notes on SESAM: Fay-Riddell 2.22e6, Sutton-Graves 1.72e6 W/m2"
    value = laws.fay_riddell_flux(2.727e-5, 7500.0, 0.05, 203.5, 0.0289644, 300.0)
    figure("reentry.unit_fay_riddell_small", off(value, 2.22e6), 5.0, "%", source)
    value = laws.sutton_graves_flux(2.727e-5, 7500.0, 0.05)
    figure("reentry.unit_sutton_graves_small", off(value, 1.72e6), 5.0, "%", source)


def test_sutton_graves_in_its_general_form(figure: Figure) -> None:
    """Its case evaluates 0.58 sqrt(2) Pr^-0.6 (M / M_e)^(1/8) sqrt(rho_e mu_e du/dx) (h0 - h_w) with real air."""
    _, molar, _, _ = gas(AT_70)
    total, stagnation, ambient, _ = edge(AT_70, 6000.0)
    temperature, density, viscosity, _ = laws.equilibrium_air(total, stagnation)
    gradient = sqrt(2.0 * (stagnation - ambient) / density) / RADIUS
    lighter = (stagnation * molar / (density * GAS * temperature)) ** 0.125
    drive = total - 3.5 * GAS / molar * 300.0
    value = 0.58 * sqrt(2.0) * 0.71**-0.6 * lighter * sqrt(density * viscosity * gradient) * drive
    figure("reentry.unit_sutton_graves_70_general", off(value, 350_701.4), 5.0, "%", TITAN)


@pytest.mark.xfail(strict=True, reason="the engineering form with V^3, which is ours, is 9 % below the general form")
def test_sutton_graves(figure: Figure) -> None:
    density, *_ = gas(AT_70)
    value = laws.sutton_graves_flux(density, 6000.0, RADIUS)
    figure("reentry.unit_sutton_graves_70", off(value, 350_701.4), 5.0, "%", TITAN)


@pytest.mark.xfail(
    strict=True, reason="at 90 km its values are bridged towards free-molecular flow, ours are continuum"
)
@pytest.mark.parametrize(("law", "truth"), [("van-driest", 186_710.2), ("scarab", 206_941.8)])
def test_laws_at_90_km(law: str, truth: float, figure: Figure) -> None:
    density, molar, temperature, _ = gas(AT_90)
    if law == "scarab":
        viscosity = laws.sutherland_viscosity(temperature)
        value = laws.scarab_flux(density, 7500.0, RADIUS, temperature, molar, viscosity)
    else:
        value = laws.van_driest_flux(density, 7500.0, RADIUS, temperature, molar, 350.0)
    figure(f"reentry.unit_{law}_90", off(value, truth), 5.0, "%", TITAN)


# --- panels --------------------------------------------------------------------------------------------------------


def test_panels_in_free_molecular_flow(figure: Figure) -> None:
    """200 km, 1 km/s. Its shear is the largest component along the flow, its pressure is rounded to 1e-5 Pa."""
    density, molar, temperature, ratio = gas(AT_200)
    speed_ratio = 1000.0 / sqrt(2.0 * GAS * temperature / molar)
    wall = 300.0 / temperature
    angles = np.linspace(0.0, pi / 2, 2001)
    panels = np.array([panel_free_molecular(speed_ratio, angle, wall, 1.0, 1.0, ratio) for angle in angles])
    pressure = 0.5 * density * 1e6 * panels[-1, 0]
    shear = 0.5 * density * 1e6 * float(np.max(panels[:, 1] * np.cos(angles)))
    heat = 0.5 * density * 1e9 * panels[-1, 2]
    for name, value, truth in (("pressure", pressure, 4.8e-4), ("shear", shear, 1.159e-4), ("heat", heat, 0.33274)):
        figure(f"reentry.unit_panel_{name}", off(value, truth), 5.0, "%", TITAN)


def test_continuum_sphere_at_10_km(figure: Figure) -> None:
    """1 km/s, 1 m: pressure above ambient, heat by Van Driest on a wall of 300 K."""
    density, molar, temperature, _ = gas(AT_10)
    stagnation, ambient = laws.pitot_pressure_pa(density, 1000.0, temperature, molar)
    figure("reentry.unit_sphere_pressure", off(stagnation - ambient, 353_018.08), 5.0, "%", TITAN)
    value = laws.van_driest_flux(density, 1000.0, 1.0, temperature, molar, 300.0)
    figure("reentry.unit_sphere_heat", off(value, 74_730.6), 5.0, "%", TITAN)


# --- equations of motion -------------------------------------------------------------------------------------------

FOOT = 0.3048
FINE = Steps(0.002, 0.02)
CANNONBALL = Drag(continuum=0.1 / (0.9140 - 0.38 / 25.0), slow=SLOW_PLATE)  # C_D 0.1 at every Mach number


def drop(area_m2: float, air: Air, end_ft: float) -> tuple[float, float]:
    """Time (s) and eastward place (ft) of 1 slug dropped from 30,000 ft over 0 N 0 E as it passes a height."""
    flown = np.concatenate([1000.0 * earth.from_geodetic(0.0, 0.0, 30.0 * FOOT), np.zeros(3)])[None, :]
    time, one = np.zeros(1), np.ones(1)
    table = atmosphere.us76_table()
    lost = fly_to_heights(
        flown, time, 14.593903 * one, area_m2 * one, 0.1524 * one, end_ft * FOOT * one, 1.0, 0.0, table, FINE,
        CANNONBALL, air,
    )  # fmt: skip
    assert lost == 0
    left = 1000.0 * float(earth.geodetic(flown[0, :3] / 1000.0)[2]) - end_ft * FOOT
    late = left / -float(flown[0, 3])
    return float(time[0]) + late, float(flown[0, 1] + late * flown[0, 4]) / FOOT


def shear(per_ft: float, ground_fps: float) -> Air:
    """Wind to the east that changes with height."""
    heights = np.array([0.0, 120_000.0])
    return Air(profile_wind(heights / 1000.0, FOOT * (ground_fps + per_ft * heights / FOOT), np.zeros(2)))


@pytest.mark.parametrize(
    ("case", "drags", "air", "end_ft", "east_ft"),
    [
        (1, False, Air(), 15_598.9059736, 20.9995195163),
        (6, True, Air(), 16_284.7227329, 19.5100233277),
        (7, True, shear(0.0, 20.0), 16_285.440553, 46.9969821265),
        (8, True, shear(0.003, -20.0), 16_291.2806475, 100.04880758),
    ],
)
def test_check_cases_of_the_nesc(
    case: int, drags: bool, air: Air, end_ft: float, east_ft: float, figure: Figure
) -> None:
    """Dropped sphere on the rotating ellipsoid: in a vacuum, in still air, steady wind, wind shear; 30 s of fall."""
    seconds, east = drop(0.1963495 * FOOT**2 if drags else 1e-12, air, end_ft)
    figure(f"reentry.nesc_{case:02d}_time", 1e6 * abs(seconds / 30.0 - 1.0), 100.0, "1e-6", NESC)
    figure(f"reentry.nesc_{case:02d}_east", FOOT * abs(east - east_ft), 0.02, "m", NESC)


def gravity(r: np.ndarray) -> np.ndarray:
    """Gradient of the zonal potential to J4, by central differences of the potential itself."""
    mu, a = 3.986004418e14, 6_378_136.3  # of EGM2008, to which its J belong
    zonal = (1.08262617385e-3, -2.53241051857e-6, -1.61989759992e-6)

    def potential(p: np.ndarray) -> float:
        radius = float(np.linalg.norm(p))
        s = p[2] / radius
        legendre = ((3 * s**2 - 1) / 2, (5 * s**3 - 3 * s) / 2, (35 * s**4 - 30 * s**2 + 3) / 8)
        return -sum(
            mu / radius * j * (a / radius) ** (n + 2) * p_n
            for n, (j, p_n) in enumerate(zip(zonal, legendre, strict=True))
        )

    step = 200.0
    radius = float(np.linalg.norm(r))
    small = [(potential(r + step * e) - potential(r - step * e)) / (2.0 * step) for e in np.eye(3)]
    return -mu / radius**3 * r + np.array(small)


@pytest.mark.parametrize("beta", [20.0, 300.0])
def test_a_whole_flight_against_another_integrator(beta: float, figure: Figure) -> None:
    """122 km to 3 km without heating, all forces written here, Dormand-Prince of order 8 (scipy)."""
    state = state_of(122.0, -20.0, 40.0, 7500.0, -1.2, 50.0)
    table = atmosphere.us76_table()
    mass, area = 10.0, 10.0 / (beta * 0.913)
    length = 2.0 * sqrt(area / pi)
    omega = np.array([0.0, 0.0, earth.EARTH_ROTATION_RAD_S])
    collision = sqrt(2.0) * pi * 3.65e-10**2 * 6.02214076e23

    def rate(_: float, y: np.ndarray) -> np.ndarray:
        latitude, _longitude, height = earth.geodetic(y[:3] / 1000.0)
        density = atmosphere.epoch_density(table, float(height), float(latitude), 12.0)
        temperature, molar = atmosphere.epoch_gas(table, float(height), float(latitude))
        speed = float(np.linalg.norm(y[3:]))
        kn = molar / (collision * density) / length
        cd = drag_coefficient(mach(speed, temperature, molar), kn)
        spin = -2.0 * np.cross(omega, y[3:]) - np.cross(omega, np.cross(omega, y[:3]))
        return np.concatenate([y[3:], gravity(y[:3]) + spin - 0.5 * density * speed * cd * area / mass * y[3:]])

    flown, time, one = state[None, :].copy(), np.zeros(1), np.ones(1)
    fly_to_heights(
        flown, time, mass * one, area * one, length * one, 3000.0 * one, 1.0, 0.0, table, Steps(0.0005, 0.05)
    )
    truth = solve_ivp(rate, (0.0, float(time[0])), state, method="DOP853", rtol=1e-10, atol=1e-6).y[:, -1]
    place = float(np.linalg.norm(flown[0, :3] - truth[:3]) / np.linalg.norm(truth[:3]))
    pace = float(np.linalg.norm(flown[0, 3:] - truth[3:]) / 7500.0)
    source = "scipy DOP853, forces written in the test"
    figure(f"reentry.motion_place_{beta:g}", 1e6 * place, 1.0, "1e-6 of the radius", source)
    figure(f"reentry.motion_pace_{beta:g}", 1e6 * pace, 1.0, "1e-6 of the entry speed", source)


def test_path_angle_turns_as_in_sesam(figure: Figure) -> None:
    """R100 at its start: -0.00790 deg/s; without the turning of the Earth it would be -0.00650, 18 % off.

    Whether SESAM's angle is to the geodetic horizon is not told: to that it is -0.00780, to the geocentric -0.00802.
    """
    state = state_of(77.500133, 29.546067, -82.134333, 7500.0, -0.959331, 347.168296)
    column = air_column(atmosphere.us76_table(), 77_500.133, float(np.radians(29.546067)), 12.0, 1.0)
    pull = acceleration(*state, 1.473, 0.25 * pi * 0.01, 0.1, 0.0, 0.0, column, Drag())[:3]

    def angle(seconds: float) -> float:
        r = state[:3] + seconds * state[3:]
        v = state[3:] + seconds * np.array(pull)
        latitude, longitude, _ = (float(part) for part in earth.geodetic(r / 1000.0))
        up = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
        return float(np.degrees(np.arcsin(up @ v / np.linalg.norm(v))))

    value = (angle(0.01) - angle(-0.01)) / 0.02
    figure("reentry.path_angle_rate", off(value, -0.00790), 2.0, "%", "SESAM 2.3.0 as measured in open notes")
