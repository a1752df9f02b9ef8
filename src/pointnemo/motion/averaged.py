"""Years of flight in milliseconds: averaged rates of the mean elements under J2, J3, drag and steady low thrust.

The state is (a, ex, ey, node) with ex = e cos(perigee), ey = e sin(perigee). The inclination is constant (co-rotation
of the air changes it by less than 0.03 deg over a whole descent) and along-track phase is not carried. Elements are
mean in Brouwer's sense: first-order J2 short periods removed, long periods (J3, perigee) kept, as
``motion.mean_elements`` makes them. Sun, Moon and J2 squared are left out: they move the perigee, not the energy.

Drag is averaged over one revolution at ``NODES`` points evenly spaced in argument of latitude, each at the height that
the station really has there: ellipsoid, eccentricity and the J2 short-period wave of the radius. Good down to about
180 km of mean altitude, where one revolution loses more than a kilometre and an average stops meaning anything.

Sources: Brouwer 1959 (AJ 64, 378-397); Hoots and Roehrich 1980 (Spacetrack Report No. 3, section 6); King-Hele 1987
(Satellite Orbits in an Atmosphere, chapters 3 and 5); Vallado 2013 (Fundamentals of Astrodynamics, 4th ed., chapter 9).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pointnemo.compiled import kernel
from pointnemo.motion.gravity import J2, J3
from pointnemo.world.density import ClimateTable, DayTable, climate_day, epoch_density
from pointnemo.world.earth import EARTH_RADIUS_KM, EARTH_ROTATION_RAD_S, MU_KM3_S2, WGS84_FLATTENING

__all__ = [
    "MAX_DROP_KM",
    "NODES",
    "MeanRates",
    "MeanState",
    "advance",
    "density_of_day",
    "drag_rates",
    "radius_wave_km",
    "spiral_delta_v",
    "spiral_semi_major_axis",
    "zonal_rates",
]

NODES = 16
MAX_DROP_KM = 1.0  # most that the mean semi-major axis may fall in one step; halving it moves a descent by < 0.1 %

_ANGLES = 2.0 * np.pi * (np.arange(NODES) + 0.5) / NODES
_COS_U = np.cos(_ANGLES)
_SIN_U = np.sin(_ANGLES)
_FLATNESS = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING)  # first eccentricity of the ellipsoid, squared
_DAY_S = 86400.0
_HOURS_PER_RAD = 12.0 / np.pi
_CYCLE_DAYS = 1461  # four years, the first of them a leap year, as 2000 was
_COS_OBLIQUITY = math.cos(math.radians(23.439))
_WAVE_KM = 3.0  # more than the J2 short-period wave and offset of the radius


class MeanState(NamedTuple):
    """Mean orbit of one run.

    Attributes:
        a_km: mean semi-major axis.
        ex, ey: e cos(perigee), e sin(perigee).
        node_rad: right ascension of the ascending node.
    """

    a_km: float
    ex: float
    ey: float
    node_rad: float


class MeanRates(NamedTuple):
    """Averaged rates that drag and thrust cause; the zonal harmonics are applied exactly and are not in here."""

    a_km_s: float
    ex_s: float
    ey_s: float


@kernel
def zonal_rates(a_km: float, eccentricity: float, inclination_rad: float) -> tuple[float, float, float]:
    """Secular rates from J2 and the offset of the eccentricity circle from J3.

    Args:
        a_km: mean semi-major axis.
        eccentricity: mean eccentricity.
        inclination_rad: inclination.

    Returns:
        (node rate in rad/s, perigee rate in rad/s, frozen eccentricity): the e-vector turns with the perigee rate about
        the point (0, frozen eccentricity).

    Sources:
        Rates: Vallado 2013 eqs 9-38 and 9-39 (first order in J2). Frozen eccentricity -J3 R sin i / (2 J2 a): Brouwer
        1959, long-period term in A30 of section 5; King-Hele 1987 eq. 3.62; Vallado 2013 section 11.4.
    """
    sin_i = math.sin(inclination_rad)
    parameter = a_km * (1.0 - eccentricity * eccentricity)
    ratio = EARTH_RADIUS_KM / parameter
    unit = 1.5 * J2 * ratio * ratio * math.sqrt(MU_KM3_S2 / a_km) / a_km
    node_rate = -unit * math.cos(inclination_rad)
    perigee_rate = unit * (2.0 - 2.5 * sin_i * sin_i)
    frozen = -0.5 * J3 / J2 * EARTH_RADIUS_KM / a_km * sin_i
    return node_rate, perigee_rate, frozen


@kernel
def radius_wave_km(parameter_km: float, inclination_rad: float, cos_2u: float) -> float:
    """First-order J2 difference between the true radius and the radius on the mean ellipse.

    Args:
        parameter_km: a (1 - e^2) of the mean orbit.
        inclination_rad: inclination.
        cos_2u: cosine of twice the argument of latitude.

    Returns:
        Radius difference in km: about +-1 km at 51.6 deg, with an offset of -0.8 km.

    Source: Brouwer 1959 section 4, short-period r; in this form Hoots and Roehrich 1980 section 6, ``r_k``.
    """
    cos_i = math.cos(inclination_rad)
    unit = J2 * EARTH_RADIUS_KM * EARTH_RADIUS_KM / parameter_km
    return unit * (0.25 * (1.0 - cos_i * cos_i) * cos_2u - 0.75 * (3.0 * cos_i * cos_i - 1.0))


@kernel
def _day_of_year(tt_s: float) -> float:
    """Day of the calendar year as the density model counts, 1 at noon of 1 January; from 1901 to 2099.

    The model looks at whole days: what it says of one belongs to its noon. A year of 365.25 days counted from midnight
    would be up to 1.3 days late, 0.6 % of the density where the season changes fast.
    """
    days = tt_s / _DAY_S + 0.5  # J2000 is noon of 1 January; TT is a minute ahead of UTC
    whole = math.floor(days)
    day = whole % _CYCLE_DAYS
    return (day + 1 if day < 366 else (day - 366) % 365 + 1) + (days - whole - 0.5)


@kernel
def density_of_day(
    climate: ClimateTable, state: MeanState, drop_km: float, tt_s: float, f107: float, f107a: float, ap: float
) -> DayTable:
    """The density of one day, reduced to the heights that an orbit passes.

    Args:
        climate: from ``world.atmosphere.climate_table``.
        state: mean orbit.
        drop_km: how far the orbit may fall while the table is in use.
        tt_s: TT seconds since J2000 in the middle of its use; sets the day of the year.
        f107: F10.7 that the density model wants for this day (of the day before), sfu.
        f107a: centred 81-day mean, sfu.
        ap: daily Ap.

    Returns:
        Table for ``drag_rates``.
    """
    day_of_year = _day_of_year(tt_s)
    swing = state.a_km * math.sqrt(state.ex * state.ex + state.ey * state.ey) + _WAVE_KM
    low = state.a_km - EARTH_RADIUS_KM - swing - drop_km
    high = state.a_km - EARTH_RADIUS_KM * (1.0 - WGS84_FLATTENING) + swing
    return climate_day(climate, day_of_year, f107, f107a, ap, low, high)


@kernel
def _sun_right_ascension(tt_s: float) -> float:
    """Right ascension of the true Sun in GCRS, rad, within 0.02 deg: local time is counted from it, as in ``lastdays``.

    The mean Sun is up to 16 minutes of local time away from it. Source: Astronomical Almanac, section C, low-precision
    formulas; precession of the equinox (50.29 arcsec a year) taken off its longitude.
    """
    days = tt_s / _DAY_S
    anomaly = math.radians(357.528 + 0.9856003 * days)
    longitude = 280.460 + (0.9856474 - 50.29 / 3600.0 / 365.25) * days
    longitude = math.radians(longitude + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly))
    return math.atan2(_COS_OBLIQUITY * math.sin(longitude), math.cos(longitude))


@kernel
def drag_rates(
    state: MeanState, inclination_rad: float, ballistic_m2_kg: float, density: DayTable, tt_s: float
) -> MeanRates:
    """Rates of a and of the e-vector from drag, averaged over one revolution.

    Args:
        state: mean orbit.
        inclination_rad: inclination.
        ballistic_m2_kg: B = C_D A / m.
        density: of the day, from ``density_of_day``.
        tt_s: TT seconds since J2000; sets where the Sun is.

    Returns:
        MeanRates.

    Sources:
        da/dt = 2 a^2 v f / mu and de/dt = 2 (e + r^) f / v for a force f along the velocity: Vallado 2013 eq. 9-24
        (Gauss, tangential form), exact in e. Speed through air that turns with the Earth: King-Hele 1987 section 3.3
        (there as the factor F; here without his approximation). The speed is that of the energy in the field with J2,
        which does not change within a revolution; its mean over one is that of Brouwer's averaged Hamiltonian, Astron.
        J. 64, 378 (1959), to first order in J2, for a nearly circular orbit. There dE/da replaces mu / (2 a^2).
    """
    a_km, ex, ey, node_rad = state
    e_squared = ex * ex + ey * ey
    parameter = a_km * (1.0 - e_squared)
    sin_i = math.sin(inclination_rad)
    cos_i = math.cos(inclination_rad)
    momentum = math.sqrt(MU_KM3_S2 * parameter)
    sun = _sun_right_ascension(tt_s)
    air_turn = 2.0 * EARTH_ROTATION_RAD_S * momentum * cos_i
    oblate = J2 * MU_KM3_S2 * EARTH_RADIUS_KM * EARTH_RADIUS_KM
    mean_oblate = oblate * (1.5 * sin_i * sin_i - 1.0) / a_km**3
    twice_energy = mean_oblate - MU_KM3_S2 / a_km
    twice_energy_by_a = (MU_KM3_S2 / a_km - 3.0 * mean_oblate) / a_km
    a_sum = 0.0
    ex_sum = 0.0
    ey_sum = 0.0
    for k in range(NODES):
        cos_u = _COS_U[k]
        sin_u = _SIN_U[k]
        ellipse_radius = parameter / (1.0 + ex * cos_u + ey * sin_u)
        radius = ellipse_radius + radius_wave_km(parameter, inclination_rad, cos_u * cos_u - sin_u * sin_u)
        sin_latitude = sin_i * sin_u
        cos2_latitude = 1.0 - sin_latitude * sin_latitude
        ground = EARTH_RADIUS_KM * math.sqrt((1.0 - _FLATNESS) / (1.0 - _FLATNESS * cos2_latitude))
        latitude = math.atan(
            sin_latitude / (math.sqrt(cos2_latitude) * (1.0 - _FLATNESS))
        )  # geodetic; the geocentric point is at height ~400 km, where the two differ by < 0.2 deg
        right_ascension = node_rad + math.atan2(cos_i * sin_u, cos_u)
        local_time_h = (12.0 + (right_ascension - sun) * _HOURS_PER_RAD) % 24.0
        rho = epoch_density(density, radius - ground, latitude, local_time_h)
        oblate_here = oblate * (1.0 - 3.0 * sin_latitude * sin_latitude) / radius**3
        speed_squared = twice_energy + 2.0 * MU_KM3_S2 / radius + oblate_here
        speed = math.sqrt(speed_squared)
        air = EARTH_ROTATION_RAD_S * radius
        relative = math.sqrt(speed_squared - air_turn + air * air * cos2_latitude)
        # deceleration along the velocity, km/s^2: half rho B |w| (w . v^), with rho in kg/m^3 and speeds in km/s
        force = -500.0 * rho * ballistic_m2_kg * relative * (speed - 0.5 * air_turn / speed)
        weight = ellipse_radius * ellipse_radius  # dM/du is proportional to r^2
        a_sum += weight * speed * force
        ex_sum += weight * (ex + cos_u) * force / speed
        ey_sum += weight * (ey + sin_u) * force / speed
    mean = 2.0 / (NODES * a_km * a_km * math.sqrt(1.0 - e_squared))
    return MeanRates(mean * a_sum / twice_energy_by_a, mean * ex_sum, mean * ey_sum)


@kernel
def spiral_semi_major_axis(a_km: float, delta_v_km_s: float) -> float:
    """Semi-major axis after a slow tangential spiral of a circular orbit.

    Args:
        a_km: semi-major axis before.
        delta_v_km_s: velocity spent; positive raises the orbit.

    Returns:
        Semi-major axis after, km.

    Source: Edelbaum 1961 (ARS Journal 31, 1079) without plane change: the cost is the difference of circular speeds.
    """
    speed = math.sqrt(MU_KM3_S2 / a_km) - delta_v_km_s
    return MU_KM3_S2 / (speed * speed)


@kernel
def spiral_delta_v(a_from_km: float, a_to_km: float) -> float:
    """Velocity (km/s, positive upwards) of a slow tangential spiral between two circular orbits; see above."""
    return math.sqrt(MU_KM3_S2 / a_from_km) - math.sqrt(MU_KM3_S2 / a_to_km)


@kernel
def _turn(state: MeanState, inclination_rad: float, seconds: float) -> MeanState:
    """Let J2 and J3 act alone for ``seconds``: node and perigee turn, exactly."""
    a_km, ex, ey, node_rad = state
    node_rate, perigee_rate, frozen = zonal_rates(a_km, math.sqrt(ex * ex + ey * ey), inclination_rad)
    angle = perigee_rate * seconds
    cos_t = math.cos(angle)
    sin_t = math.sin(angle)
    lifted = ey - frozen
    return MeanState(
        a_km,
        ex * cos_t - lifted * sin_t,
        frozen + ex * sin_t + lifted * cos_t,
        node_rad + node_rate * seconds,
    )


@kernel
def _push(state: MeanState, rates: MeanRates, seconds: float) -> MeanState:
    """Let drag and thrust act alone for ``seconds``."""
    return MeanState(
        state.a_km + rates.a_km_s * seconds,
        state.ex + rates.ex_s * seconds,
        state.ey + rates.ey_s * seconds,
        state.node_rad,
    )


@kernel
def advance(
    state: MeanState,
    last_rates: MeanRates,
    inclination_rad: float,
    ballistic_m2_kg: float,
    thrust_km_s2: float,
    seconds: float,
    density: DayTable,
    tt_s: float,
) -> tuple[MeanState, MeanRates]:
    """One step of the averaged motion: midpoint rule for drag and thrust between two half turns by J2 and J3.

    The midpoint is predicted with the rates of the step before, so that a step costs one revolution of density; with
    steps of ``MAX_DROP_KM`` at most the prediction is off by metres.

    Args:
        state: mean orbit at ``tt_s``.
        last_rates: rates of the previous step, or of ``drag_rates`` here before the first.
        inclination_rad: inclination.
        ballistic_m2_kg: B = C_D A / m.
        thrust_km_s2: steady acceleration along the velocity, negative when lowering.
        seconds: length of the step.
        density: of the day, from ``density_of_day``.
        tt_s: TT seconds since J2000 at the start of the step.

    Returns:
        (state after the step, rates at its middle). Steady thrust turns about the whole circle and leaves the e-vector
        alone to first order in e (Vallado 2013 eq. 9-24 averaged).
    """
    middle = _turn(state, inclination_rad, 0.5 * seconds)
    guess = _push(middle, last_rates, 0.5 * seconds)
    drag = drag_rates(guess, inclination_rad, ballistic_m2_kg, density, tt_s + 0.5 * seconds)
    thrust = 2.0 * guess.a_km * math.sqrt(guess.a_km / MU_KM3_S2) * thrust_km_s2
    rates = MeanRates(drag.a_km_s + thrust, drag.ex_s, drag.ey_s)
    return _turn(_push(middle, rates, seconds), inclination_rad, 0.5 * seconds), rates
