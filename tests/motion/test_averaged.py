"""Averaged rates against closed forms and against an integral over many more nodes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pointnemo.motion import averaged
from pointnemo.motion.averaged import (
    MAX_DROP_KM,
    MeanRates,
    MeanState,
    advance,
    density_of_day,
    drag_rates,
    radius_wave_km,
    spiral_delta_v,
    spiral_semi_major_axis,
    zonal_rates,
)
from pointnemo.motion.gravity import J2
from pointnemo.world.atmosphere import climate_table, day_of_year
from pointnemo.world.density import ClimateTable, epoch_density
from pointnemo.world.earth import EARTH_RADIUS_KM, EARTH_ROTATION_RAD_S, MU_KM3_S2, sun_gcrs_km

DAY_S = 86400.0
EPOCH_TT_S = 842400000.0  # September 2026
INCLINATION = math.radians(51.64)
BALLISTIC = 0.007
WEATHER = (120.0, 125.0, 10.0)


@pytest.fixture(scope="module")
def climate() -> ClimateTable:
    return climate_table()


def state_at(altitude_km: float, ex: float = 0.0003, ey: float = 0.0009) -> MeanState:
    return MeanState(EARTH_RADIUS_KM + altitude_km, ex, ey, 1.0)


def rates_at(climate: ClimateTable, state: MeanState, inclination: float = INCLINATION) -> MeanRates:
    density = density_of_day(climate, state, 2.0, EPOCH_TT_S, *WEATHER)
    return drag_rates(state, inclination, BALLISTIC, density, EPOCH_TT_S)


def fall(climate: ClimateTable, state: MeanState, days: float, max_drop_km: float, max_step_s: float) -> MeanState:
    """The stepping of the history kernel, with steps of one's own choice."""
    rates = rates_at(climate, state)
    elapsed = 0.0
    while elapsed < days * DAY_S:
        step = min(days * DAY_S - elapsed, max_step_s, max_drop_km / abs(rates.a_km_s))
        density = density_of_day(climate, state, 5.0, EPOCH_TT_S + elapsed + 0.5 * step, *WEATHER)
        state, rates = advance(state, rates, INCLINATION, BALLISTIC, 0.0, step, density, EPOCH_TT_S + elapsed)
        elapsed += step
    return state


def test_days_are_those_of_the_calendar_and_belong_to_their_noon() -> None:
    mjd = np.arange(40000.0, 72000.0)
    noons = (mjd - 51544.0) * DAY_S  # seconds since J2000
    assert np.array_equal([averaged._day_of_year(float(tt_s)) for tt_s in noons], day_of_year(mjd))
    assert averaged._day_of_year(float(noons[0]) + 21600.0) == day_of_year(mjd[:1])[0] + 0.25


def test_the_sun_is_where_the_ephemeris_has_it() -> None:
    for tt_s in np.linspace(-6e8, 12e8, 300):
        x, y, _ = sun_gcrs_km(np.array([tt_s]))[0]
        off = averaged._sun_right_ascension(float(tt_s)) - math.atan2(y, x)
        assert abs(math.remainder(off, 2 * math.pi)) < math.radians(0.02)


def test_node_and_perigee_of_the_station() -> None:
    """At 420 km and 51.64 deg the node falls back by 4.95 deg a day, the perigee advances by 3.7."""
    node, perigee, frozen = zonal_rates(EARTH_RADIUS_KM + 420.0, 0.001, INCLINATION)
    assert math.degrees(node) * DAY_S == pytest.approx(-4.95, abs=0.02)
    assert math.degrees(perigee) * DAY_S == pytest.approx(3.7, abs=0.05)
    assert frozen == pytest.approx(8.6e-4, abs=0.1e-4)


def test_perigee_stands_still_at_the_critical_inclination() -> None:
    critical = math.asin(math.sqrt(0.8))
    assert zonal_rates(7000.0, 0.001, critical)[1] == pytest.approx(0.0, abs=1e-20)


def test_radius_of_an_equatorial_circle_is_exact() -> None:
    """On the equator n^2 r^3 = mu (1 + 1.5 J2 R^2/r^2): the mean radius must follow from Brouwer's a to first order."""
    a = 6800.0
    node, perigee, _ = zonal_rates(a, 0.0, 0.0)
    mean_motion = math.sqrt(MU_KM3_S2 / a**3)
    ratio = (EARTH_RADIUS_KM / a) ** 2
    j2 = -node / (1.5 * ratio * mean_motion)
    anomaly_rate = mean_motion * (1.0 + 1.5 * j2 * ratio)  # Brouwer 1959, secular rate of the mean anomaly at i = e = 0
    radius = a + radius_wave_km(a, 0.0, 1.0)
    turning = anomaly_rate + perigee + node
    assert turning**2 * radius**3 == pytest.approx(
        MU_KM3_S2 * (1 + 1.5 * j2 * (EARTH_RADIUS_KM / radius) ** 2), rel=2e-5
    )


def test_drag_on_an_equatorial_circle(climate: ClimateTable) -> None:
    """Without eccentricity and latitude all is known: speed and energy on a circle of radius r in the field with J2.

    V^2 = mu/r (1 + 1.5 J2 R^2/r^2), E = -mu/(2r) + mu J2 R^2/(4 r^3), and dE/dt = -rho B V (V - w r)^2 / 2.
    """
    state = state_at(400.0, 0.0, 0.0)
    oblate = J2 * EARTH_RADIUS_KM**2

    def radius_of(a_km: float) -> float:
        return a_km + radius_wave_km(a_km, 0.0, 1.0)

    def energy(a_km: float) -> float:
        radius = radius_of(a_km)
        return MU_KM3_S2 * (-0.5 / radius + 0.25 * oblate / radius**3)

    radius = radius_of(state.a_km)
    density = density_of_day(climate, state, 2.0, EPOCH_TT_S, *WEATHER)
    times = np.arange(0.0, 24.0, 0.25)
    rho = np.mean([epoch_density(density, radius - EARTH_RADIUS_KM, 0.0, float(hour)) for hour in times])
    speed = math.sqrt(MU_KM3_S2 / radius * (1.0 + 1.5 * oblate / radius**2))
    loss = -500.0 * rho * BALLISTIC * speed * (speed - EARTH_ROTATION_RAD_S * radius) ** 2
    by_a = (energy(state.a_km + 1.0) - energy(state.a_km - 1.0)) / 2.0
    assert rates_at(climate, state, 0.0).a_km_s == pytest.approx(loss / by_a, rel=2e-4)


@pytest.mark.parametrize("altitude_km", [200.0, 260.0, 340.0, 420.0])
def test_sixteen_nodes_are_enough(climate: ClimateTable, altitude_km: float) -> None:
    """Turning perigee and node moves the nodes over the wave of density: sixteen must not notice where they stand."""
    base = state_at(altitude_km, 0.0, 0.0)
    shift = 2.0 * math.pi / 32.0  # half the distance of two nodes
    # An orbit in the equator looks the same from any node, only the sampling of local time moves.
    here = rates_at(climate, base, 0.0).a_km_s
    density = density_of_day(climate, base, 2.0, EPOCH_TT_S, *WEATHER)
    moved = drag_rates(base._replace(node_rad=base.node_rad + shift), 0.0, BALLISTIC, density, EPOCH_TT_S).a_km_s
    assert moved == pytest.approx(here, rel=1e-4)


@pytest.mark.parametrize("altitude_km", [200.0, 250.0, 300.0, 360.0, 420.0])
def test_steps_converge(climate: ClimateTable, altitude_km: float) -> None:
    """The steps that histories take lose the same altitude as steps ten times shorter, within 0.2 %."""
    start = state_at(altitude_km)
    days = min(30.0, 10.0 / abs(rates_at(climate, start).a_km_s * DAY_S))  # down to a fall of some 10 km
    coarse = start.a_km - fall(climate, start, days, MAX_DROP_KM, DAY_S).a_km
    fine = start.a_km - fall(climate, start, days, 0.1 * MAX_DROP_KM, 0.1 * DAY_S).a_km
    assert coarse == pytest.approx(fine, rel=2e-3)


def test_decay_is_smooth_in_altitude(climate: ClimateTable) -> None:
    """Rates must not jump between neighbouring altitudes (node borders of the table, step rules, ...)."""
    altitudes = np.arange(180.0, 450.0, 0.5)
    logs = np.log([-rates_at(climate, state_at(float(h))).a_km_s for h in altitudes])
    assert np.all(np.diff(logs) < 0.0)
    assert np.abs(np.diff(logs, 2)).max() < 2e-4


def test_drag_rounds_the_orbit(climate: ClimateTable) -> None:
    """Drag at perigee lowers apogee: the e-vector shrinks (King-Hele 1987, chapter 4)."""
    rates = rates_at(climate, state_at(300.0, 0.01, 0.0))
    assert rates.ex_s < 0.0


def test_more_drag_falls_faster_and_more_flux_too(climate: ClimateTable) -> None:
    state = state_at(400.0)
    quiet = density_of_day(climate, state, 2.0, EPOCH_TT_S, 70.0, 70.0, 8.0)
    active = density_of_day(climate, state, 2.0, EPOCH_TT_S, 150.0, 150.0, 8.0)
    slow = drag_rates(state, INCLINATION, BALLISTIC, quiet, EPOCH_TT_S).a_km_s
    assert drag_rates(state, INCLINATION, 2 * BALLISTIC, quiet, EPOCH_TT_S).a_km_s == pytest.approx(2 * slow, rel=1e-12)
    assert drag_rates(state, INCLINATION, BALLISTIC, active, EPOCH_TT_S).a_km_s < 2 * slow


def test_without_air_the_eccentricity_circles_its_frozen_point(climate: ClimateTable) -> None:
    state, rates = state_at(420.0), MeanRates(0.0, 0.0, 0.0)
    _, rate, frozen = zonal_rates(state.a_km, 0.001, INCLINATION)
    radius = math.hypot(state.ex, state.ey - frozen)
    density = density_of_day(climate, state, 2.0, EPOCH_TT_S, *WEATHER)
    days = 2.0 * math.pi / rate / DAY_S
    for _ in range(100):
        state, rates = advance(state, rates, INCLINATION, 0.0, 0.0, days * DAY_S / 100, density, EPOCH_TT_S)
        assert math.hypot(state.ex, state.ey - frozen) == pytest.approx(radius, abs=1e-6)
    assert (state.ex, state.ey) == pytest.approx((0.0003, 0.0009), abs=2e-6)


def test_steady_thrust_is_a_spiral(climate: ClimateTable) -> None:
    """A day of thrust without air: the cost is the difference of circular speeds (Edelbaum 1961)."""
    state = state_at(400.0, 0.0, 0.0)
    density = density_of_day(climate, state, 2.0, EPOCH_TT_S, *WEATHER)
    delta_v = -0.6e-3
    after, _ = advance(state, MeanRates(0.0, 0.0, 0.0), INCLINATION, 0.0, delta_v / DAY_S, DAY_S, density, EPOCH_TT_S)
    assert after.a_km == pytest.approx(spiral_semi_major_axis(state.a_km, delta_v), abs=2e-3)
    assert spiral_delta_v(state.a_km, spiral_semi_major_axis(state.a_km, delta_v)) == pytest.approx(delta_v, rel=1e-9)
