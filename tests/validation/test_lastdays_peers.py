"""The last-days propagator against heyoka, against SESAM's equations of motion and against an independent study.

The study's entry figures (US 1976, constant ballistic coefficient, 51.6 deg) do not say at which latitude they start,
and the flattening of the Earth moves them by several hundred km between equator and 51 deg: the start is set at 30 deg
(entry) and at the node (burn), and the gates are on that choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pointnemo.motion import heyoka_engine
from pointnemo.motion.lastdays import Environment, Flight, Forces, State, crossing, fly, prepare
from pointnemo.world import World, earth, load_world
from pointnemo.world import time as clock

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
FloatArray = NDArray[np.float64]
DAY_S = 86400.0
START = clock.from_utc("2026-09-04T12:00:00")
# NASA's ephemeris state of that instant (EME2000 taken as GCRS: 0.8 m)
POSITION_KM = np.array([-304.795682412414, 6745.236027492530, -796.410785972284])
VELOCITY_KM_S = np.array([-4.76521816507237, -0.90540922548638, -5.92826400060074])
MASS_KG = 420_000.0
CD_AREA_M2 = 3200.0
STUDY = "prototype study of entries, US 1976, shared facts 3.3 and 3.6"
SESAM = "SESAM 2.3.0, case R100"
INCLINATION = math.radians(51.6)
NO_BRIDGE_M = 1e-9  # a length so short that the flow is free-molecular to the ground: constant drag coefficient


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def scaled(altitude_km: float) -> State:
    """NASA's state, shrunk to another altitude."""
    factor = (6378.137 + altitude_km) / float(np.linalg.norm(POSITION_KM))
    return State(START, POSITION_KM * factor, VELOCITY_KM_S / math.sqrt(factor), MASS_KG)


def semi_major_axis_km(position: FloatArray, velocity: FloatArray) -> float:
    return float(1.0 / (2.0 / np.linalg.norm(position) - velocity @ velocity / earth.MU_KM3_S2))


def test_a_day_without_air_against_heyoka(figure: Figure, world: World) -> None:
    for days, limit in ((1.0, 0.02), (4.0, 0.05)):
        stop = START + days * DAY_S
        flight = fly(
            State(START, POSITION_KM, VELOCITY_KM_S, MASS_KG),
            [],
            prepare(world, START, stop, Forces(0.0)),
            stop_height_km=0.0,
            stop_tt_s=stop,
        )
        position, _ = heyoka_engine.propagate(
            START, POSITION_KM, VELOCITY_KM_S, [stop], 0.0, world.weather, world.earth, degree=16
        )
        miss = 1000.0 * float(np.linalg.norm(flight.final_state.position_km - position[0]))
        figure(f"lastdays.heyoka_vacuum_{days:.0f}d", miss, limit, "m", "heyoka, EGM2008 16x16, Sun, Moon")


@pytest.mark.parametrize(("altitude_km", "days"), [(400.0, 3.0), (300.0, 2.0), (230.0, 1.0)])
def test_decay_against_heyoka(figure: Figure, world: World, altitude_km: float, days: float) -> None:
    """Both fly NRLMSISE-00, heyoka through a neural stand-in of 3-4 % rms and with its UT and longitude terms."""
    state, stop = scaled(altitude_km), START + days * DAY_S

    def axis(cd_area: float) -> float:
        environment = prepare(world, START, stop, Forces(cd_area))
        end = fly(state, [], environment, stop_height_km=0.0, stop_tt_s=stop).final_state
        return semi_major_axis_km(end.position_km, end.velocity_km_s)

    def peer(ballistic: float) -> float:
        position, velocity = heyoka_engine.propagate(
            START, state.position_km, state.velocity_km_s, [stop], ballistic, world.weather, world.earth, degree=16
        )
        return semi_major_axis_km(position[0], velocity[0])

    ours, theirs = axis(0.0) - axis(CD_AREA_M2), peer(0.0) - peer(CD_AREA_M2 / MASS_KG)
    source = f"heyoka, {theirs:.3f} km lost in {days:.0f} d"
    figure(f"lastdays.heyoka_decay_{altitude_km:.0f}km", 100.0 * abs(ours / theirs - 1.0), 4.0, "%", source)


# --- entries -------------------------------------------------------------------------------------------------------


def up_at(position_itrs_km: FloatArray) -> FloatArray:
    latitude, longitude, _ = earth.geodetic(position_itrs_km)
    return np.array(
        [math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)]
    )


def entry_state(
    world: World, place: tuple[float, float, float], speed_km_s: float, angle_deg: float, azimuth_deg: float,
    mass_kg: float, inertial: bool,
) -> State:  # fmt: skip
    """State from latitude, longitude (deg), height (km), speed, flight-path angle and azimuth."""
    latitude, longitude = math.radians(place[0]), math.radians(place[1])
    position = earth.from_geodetic(latitude, longitude, place[2])
    up = up_at(position)
    east = np.array([-math.sin(longitude), math.cos(longitude), 0.0])
    north = np.cross(up, east)
    angle, azimuth = math.radians(angle_deg), math.radians(azimuth_deg)
    level = math.sin(azimuth) * east + math.cos(azimuth) * north
    velocity = speed_km_s * (math.cos(angle) * level + math.sin(angle) * up)
    if inertial:
        velocity = velocity - np.cross([0.0, 0.0, earth.EARTH_ROTATION_RAD_S], position)
    return State(START, *earth.itrs_to_gcrs_state(START, position, velocity, world.earth), mass_kg)


def static(world: World, cd_area_m2: float, length_m: float, hours: float) -> Environment:
    forces = Forces(cd_area_m2, length_m, gravity_degree=4, sun_moon=False, static_air=True)
    return prepare(world, START, START + 3600.0 * hours, forces)


def relative(world: World, tt_s: float, position: FloatArray, velocity: FloatArray) -> tuple[float, float]:
    """Speed (m/s) and flight-path angle (deg) against the turning Earth and the ellipsoid's vertical."""
    r, v = earth.gcrs_to_itrs_state(tt_s, position, velocity, world.earth)
    speed = float(np.linalg.norm(v))
    return 1000.0 * speed, math.degrees(math.asin(float(v @ up_at(r)) / speed))


def path_km(flight: Flight, until_tt_s: float, world: World, turning: bool) -> float:
    """Length of the track on a sphere of 6378.137 km, on the turning Earth or against the stars."""
    matrices = earth.gcrs_to_itrs(flight.tt_s, world.earth)
    points = np.einsum("nij,nj->ni", matrices, flight.position_km) if turning else flight.position_km
    points = points / np.linalg.norm(points, axis=1)[:, None]
    lengths = 6378.137 * np.arccos(np.clip(np.sum(points[1:] * points[:-1], axis=1), -1.0, 1.0))
    return float(np.interp(until_tt_s, flight.tt_s, np.concatenate([[0.0], np.cumsum(lengths)])))


def test_turning_of_the_flight_path(figure: Figure, world: World) -> None:
    """Dropping the Coriolis and centrifugal terms would give -0.00650 deg/s. SESAM's Earth is nearly a sphere here."""
    state = entry_state(world, (29.546067, -82.134333, 77.500133), 7.5, -0.959331, 347.168296, 1e9, inertial=False)
    environment = static(world, 1e-9, NO_BRIDGE_M, 0.1)
    end = fly(state, [], environment, stop_height_km=0.0, stop_tt_s=START + 1.0).final_state
    rate = relative(world, end.tt_s, end.position_km, end.velocity_km_s)[1] + 0.959331
    figure("lastdays.r100_turning", abs(rate + 0.00790), 1.5e-4, "deg/s", SESAM + ": -0.00790 deg/s")


def test_ranges_from_the_entry_interface(figure: Figure, world: World) -> None:
    """250 x 50 km, 7850.0 m/s at -0.837 deg (inertial) and 120 km, m/(C_D A) 200 kg/m2."""
    azimuth = math.degrees(math.asin(math.cos(INCLINATION) / math.cos(math.radians(30.0))))
    state = entry_state(world, (30.0, -140.0, 120.0), 7.85, -0.837, azimuth, 200.0, inertial=True)
    flight = fly(
        state, [], static(world, 1.0, NO_BRIDGE_M, 2.0), stop_height_km=30.0, stop_tt_s=START + 7200.0, sample_s=5.0
    )
    table = {95: (1696, 7582), 85: (2414, None), 78: (2889, 7414), 70: (3321, None), 60: (3665, None)}
    for height, (range_km, speed) in table.items():
        place = crossing(flight, height)
        found = path_km(flight, place.tt_s, world, turning=True)
        figure(f"lastdays.range_{height}km", abs(found - range_km), 25.0, "km", f"{STUDY}: {range_km} km")
        if speed is not None:
            now = relative(world, place.tt_s, place.state.position_km, place.state.velocity_km_s)[0]
            figure(f"lastdays.speed_{height}km", abs(now - speed), 10.0, "m/s", f"{STUDY}: {speed} m/s")


@pytest.mark.parametrize(
    ("apogee", "perigee", "delta_v", "range_km"),
    [
        (250, 0, 74.9, 12259),
        (250, 50, 59.6, 14589),
        (250, 80, 50.5, 16884),
        (250, 100, 44.5, 19568),
        (415, 50, 106.5, 15654),
    ],
)
def test_from_the_burn_to_break_up(
    figure: Figure, world: World, apogee: float, perigee: float, delta_v: float, range_km: float
) -> None:
    """An impulse at the ascending node of a circle, m/(C_D A) 150 kg/m2, to 78 km."""
    far, near = 6378.137 + apogee, 6378.137 + perigee
    circle, ellipse = math.sqrt(earth.MU_KM3_S2 / far), math.sqrt(earth.MU_KM3_S2 * (2 / far - 2 / (far + near)))
    assert 1000.0 * (circle - ellipse) == pytest.approx(delta_v, abs=0.06)
    velocity = ellipse * np.array([0.0, math.cos(INCLINATION), math.sin(INCLINATION)])
    state = State(START, np.array([far, 0.0, 0.0]), velocity, 150.0)
    environment = static(world, 1.0, NO_BRIDGE_M, 3.0)
    flight = fly(state, [], environment, stop_height_km=78.0, stop_tt_s=START + 3.0 * 3600.0)
    found = path_km(flight, flight.final_state.tt_s, world, turning=False)
    name = f"lastdays.burn_{apogee:.0f}x{perigee:.0f}"
    figure(name, 100.0 * abs(found / range_km - 1.0), 3.0, "%", f"{STUDY}: {range_km} km")
