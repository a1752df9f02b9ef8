"""Stagnation laws to choose from, and the heat of a tumbling piece by any of them.

All give the cold-wall flux at the stagnation point of a sphere; the hot wall is in ``heating.hot_wall_slope`` for every
one. Accepted laws differ by about 30 %: running the same case under several is the honest spread of the heat.

Fay-Riddell needs the air behind the shock in equilibrium. ``equilibrium_air`` finds it for dissociating air of O2, N2,
O and N; nitric oxide (a few per cent at re-entry pressures) and ionisation (below 9 km/s) are left out.
"""

from __future__ import annotations

from math import exp, log, sqrt

from pointnemo.compiled import kernel
from pointnemo.reentry.heating import TUMBLING_SHARE, heat_bridging, stagnation_heat_flux
from pointnemo.reentry.pack import BRIDGE_TABLE, DETRA_KEMP_RIDDELL, FAY_RIDDELL, SCARAB, SUTTON_GRAVES, Laws

__all__ = [
    "bridged_flux",
    "equilibrium_air",
    "fay_riddell_at",
    "fay_riddell_flux",
    "heat_w",
    "oxidation_heat_w",
    "pitot_pressure_pa",
    "scarab_flux",
    "stagnation_flux",
    "sutherland_viscosity",
    "sutton_graves_flux",
    "van_driest_flux",
]

GAS_CONSTANT = 8.31446261815324  # J/(mol K), CODATA 2018
HEAT_RATIO = 1.4
PRANDTL = 0.71
LEWIS = 1.4
COLD_WALL_K = 300.0
OXYGEN_NUCLEI = 0.21  # share of the nuclei of air
MASS_O, MASS_N = 0.0159994, 0.0140067  # kg/mol
ATOM_O, ATOM_N = 246_790.0, 470_820.0  # J/mol, heats of formation of the atoms at 0 K (JANAF tables)
VIBRATION_O2, VIBRATION_N2 = 2270.0, 3390.0  # K (Vincenti, Kruger 1965, ch. IV)
OXYGEN_MASS_SHARE = 0.232  # of air


@kernel
def sutherland_viscosity(temperature_k: float) -> float:
    """Viscosity of air that does not dissociate, Pa s (US Standard Atmosphere 1976, eq. 51)."""
    return 1.458e-6 * temperature_k * sqrt(temperature_k) / (temperature_k + 110.4)


@kernel
def pitot_pressure_pa(density: float, speed: float, temperature: float, molar_mass: float) -> tuple[float, float]:
    """Pressure at the stagnation point and of the free stream, Pa (Rayleigh's pitot formula, gamma 1.4).

    Args:
        density: kg/m3.
        speed: m/s.
        temperature: K.
        molar_mass: kg/mol.
    """
    pressure = density * GAS_CONSTANT * temperature / molar_mass
    square = speed * speed * density / (HEAT_RATIO * pressure)
    if square < 1.0:
        return pressure + 0.5 * density * speed * speed, pressure
    rise = 0.5 * (HEAT_RATIO + 1.0) * square
    fall = (HEAT_RATIO + 1.0) / (2.0 * HEAT_RATIO * square - (HEAT_RATIO - 1.0))
    return pressure * exp(3.5 * log(rise) + 2.5 * log(fall)), pressure


@kernel
def sutton_graves_flux(density: float, speed: float, radius: float) -> float:
    """Sutton, Graves 1971 (NASA TR R-376) for air: 1.7415e-4 sqrt(rho / R) V^3, W/m2; SI throughout."""
    return 1.7415e-4 * sqrt(density / radius) * speed * speed * speed


@kernel
def scarab_flux(
    density: float, speed: float, radius: float, temperature: float, molar_mass: float, viscosity: float
) -> float:
    """Stagnation law of SCARAB: St = 2.1 / sqrt(Re0) on rho V^3 / 2, Re0 = rho V 2R / mu0, mu0 = mu (T0 / T)^0.75.

    Source: Lips and Fritsche's code as its formula is given by TITAN (strath-ace/TITAN). T0 is that of a perfect gas.

    Args:
        density, speed, radius: SI.
        temperature, molar_mass: of the free stream, K and kg/mol.
        viscosity: of the free stream, Pa s.

    Returns:
        W/m2.
    """
    total = temperature + speed * speed * molar_mass / (7.0 * GAS_CONSTANT)
    stagnation_viscosity = viscosity * exp(0.75 * log(total / temperature))
    reynolds = 2.0 * density * speed * radius / stagnation_viscosity
    return 2.1 / sqrt(reynolds) * 0.5 * density * speed * speed * speed


@kernel
def van_driest_flux(
    density: float, speed: float, radius: float, temperature: float, molar_mass: float, wall_k: float
) -> float:
    """Van Driest 1956: 0.763 Pr^-0.6 sqrt(rho_e mu_e) sqrt(du/dx) (h0 - c_p T_w), W/m2, for a perfect gas.

    Args:
        density, speed, radius: SI.
        temperature, molar_mass: of the free stream, K and kg/mol.
        wall_k: wall temperature.
    """
    heat = 3.5 * GAS_CONSTANT / molar_mass
    total = temperature + 0.5 * speed * speed / heat
    stagnation, ambient = pitot_pressure_pa(density, speed, temperature, molar_mass)
    edge_density = stagnation * molar_mass / (GAS_CONSTANT * total)
    gradient = sqrt(2.0 * (stagnation - ambient) / edge_density) / radius
    drive = max(heat * (total - wall_k), 0.0)
    factor = 0.763 * exp(-0.6 * log(PRANDTL))
    return factor * sqrt(edge_density * sutherland_viscosity(total) * gradient) * drive


@kernel
def _dissociated(constant: float, nuclei: float) -> float:
    """Partial pressure of the atoms of A2 = 2A where p_A^2 / p_A2 is ``constant`` and 2 p_A2 + p_A is ``nuclei``."""
    half = 0.25 * max(constant, 1e-300)  # it underflows in cold air, where 0 / 0 would follow
    return 2.0 * half * nuclei / (half + sqrt(half * half + 2.0 * half * nuclei))


@kernel
def _composition(temperature: float, pressure: float) -> tuple[float, float, float, float]:
    """Partial pressures of O2, N2, O, N in equilibrium, Pa.

    Equilibrium constants 1.2e3 T^-1/2 exp(-59500/T) and 18 exp(-113000/T) mol/cm3 (Vincenti, Kruger 1965, ch. VII,
    from memory).
    """
    scale = 1e6 * GAS_CONSTANT * temperature
    oxygen = 1.2e3 / sqrt(temperature) * exp(-59_500.0 / temperature) * scale
    nitrogen = 18.0 * exp(-113_000.0 / temperature) * scale
    # nuclei: pressure that the same nuclei would have as molecules, between half of it (all atoms) and all of it
    low, high = 0.5 * pressure, pressure
    below, above = -1.0, 1.0  # of the sign of what is missing; false position after the first cut (Illinois)
    atoms_o = atoms_n = 0.0
    nuclei = pressure
    for cut in range(40):
        nuclei = high if cut == 0 else (low * above - high * below) / (above - below)
        atoms_o = _dissociated(oxygen, 2.0 * OXYGEN_NUCLEI * nuclei)
        atoms_n = _dissociated(nitrogen, 2.0 * (1.0 - OXYGEN_NUCLEI) * nuclei)
        over = nuclei + 0.5 * (atoms_o + atoms_n) - pressure
        if abs(over) < 1e-7 * pressure:
            break
        if cut == 0:
            above = over
            below = low - pressure  # at least as far below: replaced as soon as a point is found there
        elif over > 0.0:
            high, above = nuclei, over
            below *= 0.5
        else:
            low, below = nuclei, over
            above *= 0.5
    return OXYGEN_NUCLEI * nuclei - 0.5 * atoms_o, (1.0 - OXYGEN_NUCLEI) * nuclei - 0.5 * atoms_n, atoms_o, atoms_n


@kernel
def _blottner(temperature: float, a: float, b: float, c: float) -> float:
    """Viscosity of a species, Pa s: 0.1 exp((a ln T + b) ln T + c) (Blottner, Johnson, Ellis 1971, from memory)."""
    logarithm = log(temperature)
    return 0.1 * exp((a * logarithm + b) * logarithm + c)


@kernel
def equilibrium_air(enthalpy: float, pressure: float) -> tuple[float, float, float, float]:
    """Dissociating air in equilibrium.

    Rotation and translation fully excited, harmonic vibration; enthalpy counts from 0 K.

    Args:
        enthalpy: J/kg, up to 4e7.
        pressure: Pa.

    Returns:
        Temperature (K), density (kg/m3), viscosity (Pa s, weighted by mole), share of the enthalpy that sits in
        dissociation.
    """
    # without vibration and dissociation the air would be hotter; 15,000 K is beyond what re-entry reaches
    low, high = 100.0, min(15_000.0, 1.01 * enthalpy * 0.02885 / (3.5 * GAS_CONSTANT))
    below, above = (
        -1.0,
        0.0,
    )  # relative error of the enthalpy at either end, halved where an end stays; 0: not known yet
    temperature = bound = heat = mass = 0.0
    o2 = n2 = o = n = 0.0
    for cut in range(60):  # halving first: dissociation sets in too abruptly for false position from afar
        temperature = 0.5 * (low + high) if cut < 5 or above == 0.0 else (low * above - high * below) / (above - below)
        rt = GAS_CONSTANT * temperature
        o2, n2, o, n = _composition(temperature, pressure)
        vibration_o2 = GAS_CONSTANT * VIBRATION_O2 / (exp(VIBRATION_O2 / temperature) - 1.0)
        vibration_n2 = GAS_CONSTANT * VIBRATION_N2 / (exp(VIBRATION_N2 / temperature) - 1.0)
        bound = o * ATOM_O + n * ATOM_N
        heat = 3.5 * rt * (o2 + n2) + 2.5 * rt * (o + n) + o2 * vibration_o2 + n2 * vibration_n2 + bound
        mass = MASS_O * (2.0 * o2 + o) + MASS_N * (2.0 * n2 + n)
        over = heat / (enthalpy * mass) - 1.0
        if abs(over) < 1e-6:
            break
        if over > 0.0:
            high, above = temperature, over
            below *= 0.5 if cut > 5 else 1.0
        else:
            low, below = temperature, over
            above *= 0.5 if cut > 5 else 1.0
    density = mass / (GAS_CONSTANT * temperature)
    viscosity = o2 * _blottner(temperature, 0.0449290, -0.0826158, -9.2019475)
    viscosity += n2 * _blottner(temperature, 0.0268142, 0.3177838, -11.3155513)
    viscosity += o * _blottner(temperature, 0.0203144, 0.4294404, -11.6031403)
    viscosity += n * _blottner(temperature, 0.0115572, 0.6031679, -12.4327495)
    return temperature, density, viscosity / (o2 + n2 + o + n), bound / max(heat, 1e-9)


@kernel
def fay_riddell_at(
    enthalpy: float,
    pressure: float,
    rise: float,
    length: float,
    gradient: float,
    wall_k: float,
    molar_mass: float,
    lewis: float,
) -> float:
    """Fay, Riddell 1958 (J. Aeronautical Sciences 25, 73-85), equilibrium boundary layer, fully catalytic wall, W/m2.

    0.763 Pr^-0.6 (rho_w mu_w)^0.1 (rho_e mu_e)^0.4 (h0 - h_w) sqrt(du/dx) [1 + (Le^0.52 - 1) h_D / h0], Pr 0.71.

    Args:
        enthalpy: of the stagnation point, J/kg, counted from 0 K.
        pressure: there, Pa.
        rise: of pressure over the free stream, Pa.
        length: nose radius, m.
        gradient: du/dx of the speed along the wall, 1/s; 0: Newtonian, sqrt(2 rise / rho_e) / R.
        wall_k: wall temperature.
        molar_mass: of the air that does not dissociate, kg/mol.
        lewis: Lewis number; 1 leaves the diffusion of atoms out.
    """
    heat = 3.5 * GAS_CONSTANT / molar_mass
    _, edge_density, edge_viscosity, bound = equilibrium_air(enthalpy, pressure)
    along = gradient if gradient > 0.0 else sqrt(2.0 * rise / edge_density) / length
    wall_density = pressure * molar_mass / (GAS_CONSTANT * wall_k)
    factor = 0.763 * exp(-0.6 * log(PRANDTL)) * (1.0 + (exp(0.52 * log(lewis)) - 1.0) * bound)
    wall = exp(0.1 * log(wall_density * sutherland_viscosity(wall_k)))
    edge = exp(0.4 * log(edge_density * edge_viscosity))
    return factor * wall * edge * max(enthalpy - heat * wall_k, 0.0) * sqrt(along)


@kernel
def fay_riddell_flux(
    density: float, speed: float, radius: float, temperature: float, molar_mass: float, wall_k: float
) -> float:
    """``fay_riddell_at`` for a sphere in a stream, Newtonian gradient, Le 1.4, W/m2.

    Args:
        density, speed, radius: SI.
        temperature, molar_mass: of the free stream, K and kg/mol.
        wall_k: wall temperature.
    """
    total = 3.5 * GAS_CONSTANT / molar_mass * temperature + 0.5 * speed * speed
    stagnation, ambient = pitot_pressure_pa(density, speed, temperature, molar_mass)
    return fay_riddell_at(total, stagnation, stagnation - ambient, radius, 0.0, wall_k, molar_mass, LEWIS)


@kernel
def stagnation_flux(
    law: int, density: float, speed: float, radius: float, temperature: float, molar_mass: float
) -> float:
    """Cold-wall flux at the stagnation point of a sphere by the law asked for, W/m2.

    Args:
        law: one of ``pack.HEATING_LAWS``.
        density, speed, radius: of the free stream and of the nose, SI.
        temperature, molar_mass: of the free stream, K and kg/mol.
    """
    if law == DETRA_KEMP_RIDDELL:
        return stagnation_heat_flux(density, speed, radius)
    if law == SUTTON_GRAVES:
        return sutton_graves_flux(density, speed, radius)
    if law == SCARAB:
        return scarab_flux(density, speed, radius, temperature, molar_mass, sutherland_viscosity(temperature))
    if law == FAY_RIDDELL:
        return fay_riddell_flux(density, speed, radius, temperature, molar_mass, COLD_WALL_K)
    return van_driest_flux(density, speed, radius, temperature, molar_mass, COLD_WALL_K)


@kernel
def bridged_flux(laws: Laws, flux: float, density: float, speed: float, knudsen: float) -> float:
    """Stagnation flux with the bridge asked for towards free-molecular flow, W/m2.

    Args:
        laws: heat_bridge of it.
        flux: continuum flux at the stagnation point, W/m2.
        density, speed: of the air met, SI.
        knudsen: of the piece.
    """
    if laws.heat_bridge == BRIDGE_TABLE:
        return flux * heat_bridging(knudsen)
    if flux <= 0.0:
        return 0.0
    return flux * (1.0 - exp(-0.5 * density * speed * speed * speed / flux))


@kernel
def heat_w(
    laws: Laws, density: float, speed: float, mach: float, knudsen: float, radius: float, surface: float,
    temperature: float, molar_mass: float,
) -> float:  # fmt: skip
    """Heat into a cold tumbling convex body, W, by the laws asked for.

    The mean over the body is ``TUMBLING_SHARE`` of the stagnation flux for every law. Towards free-molecular flow the
    measured table of SESAM, or Matting's bridge q_c (1 - exp(-q_fm / q_c)) with all of rho V^3 / 2 taken up over the
    mean projected area.

    Args:
        laws: heating and heat_bridge of it.
        density, speed: of the air met, SI.
        mach, knudsen: of the piece; below Mach 1 the heat is halved (SESAM).
        radius: nose radius, m.
        surface: whole outer surface, m2.
        temperature, molar_mass: of the air, K and kg/mol.
    """
    heat = surface * TUMBLING_SHARE * stagnation_flux(laws.heating, density, speed, radius, temperature, molar_mass)
    if laws.heat_bridge == BRIDGE_TABLE:
        heat = heat * heat_bridging(knudsen)
    elif heat > 0.0:
        heat *= 1.0 - exp(-0.125 * surface * density * speed * speed * speed / heat)
    return heat if mach >= 1.0 else 0.5 * heat


@kernel
def oxidation_heat_w(share: float, oxide_heat: float, cold_heat: float, speed: float) -> float:
    """Heat of oxidation at the wall, W, in the manner of ORSAT: a share of what the oxygen that arrives could give.

    Oxygen arrives as heat does (Reynolds analogy): cold-wall heat over V^2 / 2 is the air mass flow that exchanges with
    the wall, 0.232 of it oxygen; in free-molecular flow that is rho V times the projected area, as it must be.

    Args:
        share: 0..1, of the scenario.
        oxide_heat: J per kg of oxygen.
        cold_heat: convective heat into the cold wall, W.
        speed: relative to the air, m/s.
    """
    return share * oxide_heat * OXYGEN_MASS_SHARE * cold_heat / (0.5 * speed * speed)
