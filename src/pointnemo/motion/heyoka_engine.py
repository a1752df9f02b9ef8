"""Orbits over days to weeks, above 180 km: Taylor integration with heyoka. The only module that imports heyoka.

Force model in GCRS, km, TT seconds since J2000: EGM2008 to degree and order n (Pavlis et al. 2012), Sun (VSOP2013) and
Moon (ELP2000-82B) as points, NRLMSISE-00 drag through heyoka's neural stand-in (Izzo et al. 2024: 3-4 % rms from 180
to 500 km, wrong below, hence the floor), thrust along the inertial velocity.

Space weather, ballistic factor and thrust are run-time parameters, set per UTC day and per burn: a change of weather
costs nothing, where a weather table inside the expression would cost a compilation of seconds. Only a new table of
Earth orientation or another degree compiles anew; compiled code is kept on disk.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.compiled import cache_folder
from pointnemo.errors import FlightError
from pointnemo.motion.burns import BurnCommand, burn_duration_s, mass_flow_kg_s
from pointnemo.world import time
from pointnemo.world.earth import EARTH_RADIUS_KM, EARTH_ROTATION_RAD_S, WGS84_FLATTENING, EarthOrientation
from pointnemo.world.weather import SpaceWeather

__all__ = ["FLOOR_KM", "propagate", "stand_in_density_kg_m3"]

FloatArray = NDArray[np.float64]

FLOOR_KM = 180.0
"""Lowest geodetic height; below it the density stand-in is off by a quarter and more."""

CACHE_LIMIT_BYTES = 500_000_000
TOLERANCE = 1e-12  # against 1e-15: 5 cm in 10 days of the station's orbit
# Terms of the nutation, of VSOP2013 and of ELP2000 below these are left out: together 8 cm in 10 days.
POLE_THRESHOLD_ARCSEC = 1e-3
SUN_THRESHOLD = 1e-7
MOON_THRESHOLD = 1e-5
DAY_S = 86400.0
CENTURY_S = 36525.0 * DAY_S


class _Par:
    """Indices of the run-time parameters of the expression."""

    BALLISTIC_FACTOR, F107, F107A, AP, THRUST_ACCELERATION, MASS_LOSS_RATE, IGNITION = range(7)


class _Leg(NamedTuple):
    """A stretch of flight with constant parameters."""

    stop_tt_s: float
    parameters: tuple[float, ...]


def propagate(
    tt0_s: float,
    r_km: ArrayLike,
    v_km_s: ArrayLike,
    tt_s: ArrayLike,
    ballistic_factor_m2_kg: float,
    weather: SpaceWeather,
    eo: EarthOrientation,
    burns: Sequence[BurnCommand] = (),
    *,
    mass_kg: float | None = None,
    degree: int = 30,
) -> tuple[FloatArray, FloatArray]:
    """Fly one state forward.

    Args:
        tt0_s: epoch of the state, TT seconds since J2000.
        r_km: GCRS position, shape (3,).
        v_km_s: GCRS velocity, shape (3,).
        tt_s: epochs wanted, shape (n,), not decreasing, none before ``tt0_s``.
        ballistic_factor_m2_kg: C_D A / m, kept through burns; 0 flies without drag.
        weather: daily values, constant over each UTC day.
        eo: Earth orientation.
        burns: finite burns, in order, not overlapping; they end with the flight.
        mass_kg: mass at the first ignition, wanted where there are burns.
        degree: degree and order of the gravity field.

    Returns:
        GCRS position (n, 3) in km and velocity (n, 3) in km/s.

    Raises:
        FlightError: the orbit sinks below ``FLOOR_KM``, or the integration fails.
        WorldError: the flight leaves the interval of ``weather``.
        ValueError: epochs out of order, burns without a mass, or thrust tilted from the velocity.
    """
    epochs = np.asarray(tt_s, dtype=np.float64)
    if epochs.ndim != 1 or (np.diff(epochs, prepend=tt0_s) < 0).any():
        raise ValueError("tt_s has to be one-dimensional, not decreasing and not before tt0_s")
    if burns and not mass_kg:
        raise ValueError("burns need mass_kg")
    if any(burn.outward_share or burn.normal_share for burn in burns):
        raise ValueError("this engine thrusts along the velocity only; fly tilted burns with motion.lastdays")
    engine = copy.copy(_engine(degree, _OrientationKey(eo)))
    engine.time = tt0_s
    engine.state[:] = (*np.asarray(r_km, dtype=np.float64), *np.asarray(v_km_s, dtype=np.float64))
    _refuse_low(engine)
    states = np.empty((len(epochs), 6))
    done = int(np.searchsorted(epochs, tt0_s, side="right"))
    states[:done] = engine.state
    if done == len(epochs):
        return states[:, :3], states[:, 3:]
    for leg in _legs(tt0_s, float(epochs[-1]), ballistic_factor_m2_kg, weather, burns, mass_kg or 1.0):
        engine.pars[:] = leg.parameters
        reached = int(np.searchsorted(epochs, leg.stop_tt_s, side="right"))
        states[done:reached] = _fly(engine, epochs[done:reached], leg.stop_tt_s)
        done = reached
    return states[:, :3].copy(), states[:, 3:].copy()


def stand_in_density_kg_m3(
    height_km: ArrayLike, latitude_rad: ArrayLike, longitude_rad: ArrayLike, tt_s: ArrayLike, weather: SpaceWeather
) -> FloatArray:
    """Density of the stand-in that ``propagate`` flies through, for comparison with NRLMSISE-00 itself.

    Args:
        height_km: geodetic, shape (n,).
        latitude_rad: geodetic, shape (n,).
        longitude_rad: east positive, shape (n,).
        tt_s: TT seconds since J2000, shape (n,).
        weather: daily values.

    Returns:
        Shape (n,), kg/m3.
    """
    tt = np.asarray(tt_s, dtype=np.float64)
    columns = (height_km, latitude_rad, longitude_rad, tt, *weather.msis(time.mjd_utc(tt)))
    table = np.ascontiguousarray(np.broadcast_arrays(*columns), dtype=np.float64)
    return np.asarray(_density_function()(table))[0]


# --- legs ----------------------------------------------------------------------------------------------------------


def _legs(
    start_tt_s: float,
    stop_tt_s: float,
    ballistic_factor_m2_kg: float,
    weather: SpaceWeather,
    burns: Sequence[BurnCommand],
    mass_kg: float,
) -> Iterator[_Leg]:
    """Cut the flight at every UTC midnight, ignition and cut-off, and say which parameters hold in between."""
    first, last = (int(np.floor(time.mjd_utc(tt))) for tt in (start_tt_s, stop_tt_s))
    midnights = time.from_mjd_utc(np.arange(first + 1, last + 1))
    thrusts = list(_thrusts(burns, mass_kg))
    cuts = {float(tt) for tt in midnights} | {tt for start, stop, _ in thrusts for tt in (start, stop)} | {stop_tt_s}
    begin = start_tt_s
    for end in sorted(cut for cut in cuts if start_tt_s < cut <= stop_tt_s):
        middle = 0.5 * (begin + end)
        f107, f107a, ap = (float(value) for value in weather.msis(time.mjd_utc(middle)))
        thrust = next((values for start, stop, values in thrusts if start <= middle < stop), (0.0, 0.0, 0.0))
        yield _Leg(end, (ballistic_factor_m2_kg, f107, f107a, ap, *thrust))
        begin = end


def _thrusts(burns: Sequence[BurnCommand], mass_kg: float) -> Iterator[tuple[float, float, tuple[float, float, float]]]:
    """Ignition, cut-off and thrust parameters of each burn: first acceleration (km/s2), flow / mass (1/s), epoch."""
    for burn in burns:
        duration_s = burn_duration_s(mass_kg, burn)
        flow_kg_s = mass_flow_kg_s(burn.thrust_n, burn.specific_impulse_s)
        sign = -1.0 if burn.retrograde else 1.0
        values = (sign * burn.thrust_n / mass_kg / 1000.0, flow_kg_s / mass_kg, burn.start_tt_s)
        yield burn.start_tt_s, burn.start_tt_s + duration_s, values
        mass_kg -= flow_kg_s * duration_s


def _fly(engine: Any, epochs: FloatArray, stop_tt_s: float) -> FloatArray:
    """Advance to ``stop_tt_s`` and return the states (m, 6) at the epochs on the way (the last may be the stop)."""
    distinct, rows = np.unique(np.append(epochs, stop_tt_s), return_inverse=True)
    outcome, *_, states = engine.propagate_grid(np.insert(distinct, 0, engine.time), callback=_stays_up)
    _refuse_low(engine)
    if len(states) != len(distinct) + 1 or not np.isfinite(states).all():
        raise FlightError(f"the integration stopped at {time.to_utc(engine.time)}: {outcome}")
    return states[1:][rows[:-1]]


def _height_km(engine: Any) -> float:
    """Geodetic height to 0.1 km: radius minus that of the ellipsoid at this geocentric latitude (GCRS pole)."""
    x, y, z = (float(value) for value in engine.state[:3])
    radius = (x * x + y * y + z * z) ** 0.5
    return radius - EARTH_RADIUS_KM * (1.0 - WGS84_FLATTENING * (z / radius) ** 2)


def _stays_up(engine: Any) -> bool:
    """After each step: False stops the flight."""
    return _height_km(engine) >= FLOOR_KM


def _refuse_low(engine: Any) -> None:
    if not _stays_up(engine):
        raise FlightError(
            f"the orbit is at {_height_km(engine):.0f} km at {time.to_utc(engine.time)}; this propagator's atmosphere "
            f"holds above {FLOOR_KM:.0f} km only; fly lower orbits with the last-days kernel"
        )


# --- the compiled engine -------------------------------------------------------------------------------------------


class _OrientationKey:
    """Earth orientation as a key of the cache of engines: equal tables compile once."""

    def __init__(self, eo: EarthOrientation) -> None:
        self.eo = eo
        content = b"".join(np.ascontiguousarray(a).tobytes() for a in (eo.mjd, eo.ut1_utc_s, eo.x_rad, eo.y_rad))
        self.digest = hashlib.sha256(content).hexdigest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _OrientationKey) and self.digest == other.digest


@cache
def _heyoka() -> Any:
    """The heyoka module, with its cache of compiled code in our own folder."""
    import heyoka

    folder = cache_folder() / "heyoka"
    folder.mkdir(exist_ok=True)
    heyoka.llvm_state.set_diskcache_path(str(folder))
    heyoka.llvm_state.set_diskcache_limit(CACHE_LIMIT_BYTES)
    return heyoka


@cache
def _engine(degree: int, key: _OrientationKey) -> Any:
    """Compile the integrator for a gravity degree and a table of Earth orientation; callers copy it before use."""
    hy = _heyoka()
    eop = _eop_data(key)
    motion = hy.model.eo_dynamics(
        max_geo_degree=degree,
        max_geo_order=degree,
        eop_data=eop,
        iau2006_thresh=POLE_THRESHOLD_ARCSEC,
        vsop2013_thresh=SUN_THRESHOLD,
        elp2000_thresh=MOON_THRESHOLD,
    )
    drag = _drag(hy, eop)
    thrust = _thrust(hy)
    rates = [rate + drag[i - 3] + thrust[i - 3] if i > 2 else rate for i, (_, rate) in enumerate(motion)]
    system = [(name, rate) for (name, _), rate in zip(motion, rates, strict=True)]
    return hy.taylor_adaptive(
        system, [EARTH_RADIUS_KM + 400.0, 0.0, 0.0, 0.0, 7.7, 0.0], tol=TOLERANCE, compact_mode=True
    )


def _eop_data(key: _OrientationKey) -> Any:
    """Our table in heyoka's form: UT1 - UTC in s, pole in arcsec; no celestial pole offsets, as in ``world.earth``."""
    hy = _heyoka()
    eo = key.eo
    rows: Any = np.zeros(len(eo.mjd), dtype=hy.eop_data_row)
    columns = {
        "mjd": eo.mjd,
        "delta_ut1_utc": eo.ut1_utc_s,
        "pm_x": np.degrees(eo.x_rad) * 3600.0,
        "pm_y": np.degrees(eo.y_rad) * 3600.0,
        "dX": 1e-9,  # mas: heyoka 7.13 fails to link a table of zeros
        "dY": 1e-9,
    }
    for name, column in columns.items():
        rows[name] = column
    return hy.eop_data(data=rows, timestamp=eo.issued.replace("-", "_"), identifier=f"pointnemo_{key.digest[:16]}")


def _drag(hy: Any, eop: Any) -> list[Any]:
    """Drag in km/s2: -1/2 rho B |v_rel| v_rel, in an atmosphere that turns with the Earth (Vallado 2013, 8-28)."""
    x, y, z, vx, vy, vz = hy.make_vars("x", "y", "z", "vx", "vy", "vz")
    turn = {"time_expr": hy.time / CENTURY_S, "thresh": POLE_THRESHOLD_ARCSEC, "eop_data": eop}
    height_m, latitude, longitude = hy.model.cart2geo([1000.0 * c for c in hy.model.rot_icrs_itrs([x, y, z], **turn)])
    density = hy.model.nrlmsise00_tn(
        [height_m / 1000.0, latitude, longitude],
        f107=hy.par[_Par.F107],
        f107a=hy.par[_Par.F107A],
        ap=hy.par[_Par.AP],
        time_expr=hy.model.dayfrac(hy.time / DAY_S),
    )
    zero = hy.expression(0.0)
    wx, wy, wz = hy.model.rot_itrs_icrs([zero, zero, hy.expression(EARTH_ROTATION_RAD_S)], **turn)
    relative = (vx - (wy * z - wz * y), vy - (wz * x - wx * z), vz - (wx * y - wy * x))
    speed = hy.sqrt(relative[0] ** 2 + relative[1] ** 2 + relative[2] ** 2)
    # rho B is 1/m, and km/s squared times 1/m is a thousand km/s2
    factor = -0.5 * 1000.0 * hy.par[_Par.BALLISTIC_FACTOR] * density * speed
    return [factor * component for component in relative]


def _thrust(hy: Any) -> list[Any]:
    """Thrust acceleration, km/s2, along the inertial velocity, growing as the mass goes (Tsiolkovsky)."""
    velocity = hy.make_vars("vx", "vy", "vz")
    speed = hy.sqrt(velocity[0] ** 2 + velocity[1] ** 2 + velocity[2] ** 2)
    left = 1.0 - hy.par[_Par.MASS_LOSS_RATE] * (hy.time - hy.par[_Par.IGNITION])
    factor = hy.par[_Par.THRUST_ACCELERATION] / (left * speed)
    return [factor * component for component in velocity]


@cache
def _density_function() -> Any:
    """The density stand-in as a compiled function of height, latitude, longitude, time, F10.7, its mean and Ap."""
    hy = _heyoka()
    names = ("height", "latitude", "longitude", "tt", "f107", "f107a", "ap")
    height, latitude, longitude, tt, f107, f107a, ap = variables = hy.make_vars(*names)
    day = hy.model.dayfrac(tt / DAY_S)
    density = hy.model.nrlmsise00_tn([height, latitude, longitude], f107=f107, f107a=f107a, ap=ap, time_expr=day)
    return hy.cfunc([density], list(variables))
