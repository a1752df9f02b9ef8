"""Launch windows: the geometry in closed form, the two parts of the lead, rendezvous, ports, refusals."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pointnemo as pn
from pointnemo.errors import InputError
from pointnemo.operations.launch_sites import LAUNCHERS, SITES, VISITORS, CatchUp, LaunchSite
from pointnemo.operations.window_report import WindowsReport
from pointnemo.operations.windows import StationOrbit, find_windows, plane_crossings, regression_s, trip_of
from pointnemo.scenario import load_scenario
from pointnemo.world import load_world, time

START = "2026-10-01"
EPOCH = time.from_utc(START)
ORBIT = StationOrbit(EPOCH, 6796.0, 0.0008, math.radians(51.64), 1.2, 0.5, 0.05 / 86400.0, 0.02 / 86400.0)


def found(vehicle: str = "crew-dragon", site: str = "ksc-39a", days: float = 5.0, orbit: StationOrbit = ORBIT) -> Any:
    visitor = VISITORS[vehicle]
    route = visitor.routes[site]
    return find_windows(
        orbit,
        load_scenario("iss"),
        vehicle,
        visitor,
        SITES[site],
        route,
        LAUNCHERS[route.launcher],
        EPOCH,
        EPOCH + days * 86400.0,
        load_world(bundled=True).earth,
    )


@pytest.fixture(scope="module")
def report() -> WindowsReport:
    return pn.windows("crew-dragon", START, "2026-10-09", bundled=True)


# --- tables ----------------------------------------------------------------------------------------------------------


def test_tables_fit_together() -> None:
    vehicles = load_scenario("iss").vehicles
    assert set(VISITORS) - set(vehicles) == {"starliner"}
    for visitor in VISITORS.values():
        for site, route in visitor.routes.items():
            assert site in SITES
            assert route.launcher in LAUNCHERS
        if not isinstance(visitor.rendezvous, CatchUp):
            trips = [scheme.trip_hours for scheme in visitor.rendezvous]
            assert trips == sorted(trips)
    for launcher in LAUNCHERS.values():
        assert 0.0 < launcher.steering < 1.0
    for row in (*SITES.values(), *LAUNCHERS.values(), *VISITORS.values()):
        assert any(mark in row.source for mark in ("published", "recalled", "guess"))


# --- plane -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["ksc-39a", "baikonur-31", "wallops-0a"])
@pytest.mark.parametrize("direction", ["ascending", "descending"])
def test_crossings_are_those_of_spherical_geometry(site: str, direction: str) -> None:
    """The pad's right ascension less the node is asin(tan latitude / tan inclination), or its supplement."""
    eo = load_world(bundled=True).earth
    pad = SITES[site]
    crossings = plane_crossings(ORBIT, pad, direction, EPOCH, EPOCH + 5 * 86400.0, eo)
    assert len(crossings) == 5
    from pointnemo.world.earth import from_geodetic, greenwich_angle

    x, y, z = from_geodetic(math.radians(pad.latitude_deg), math.radians(pad.longitude_deg), 0.0)
    beyond = math.asin(z / math.hypot(x, y) / math.tan(ORBIT.inclination_rad))
    wanted = beyond if direction == "ascending" else math.pi - beyond
    for instant in crossings:
        ascension = math.atan2(y, x) + float(greenwich_angle(instant, eo))
        off = (ascension - float(ORBIT.node_at(instant)) - wanted + math.pi) % math.tau - math.pi
        assert abs(off) < 1e-6
    # a node that goes back by 4.95 deg a day, under an Earth that turns by 360.99
    assert np.diff(crossings) == pytest.approx(86400.0 * 360.0 / 365.94, abs=2.0)


def test_a_pad_north_of_every_pass_has_no_window() -> None:
    north = LaunchSite("Plesetsk", 62.93, 40.57, "test")
    assert plane_crossings(ORBIT, north, "ascending", EPOCH, EPOCH + 3 * 86400.0, load_world(bundled=True).earth) == ()


def test_the_carried_orbit_is_the_integral_of_its_rates() -> None:
    t = 20 * 86400.0
    lower = replace(ORBIT, a_km=ORBIT.a_km - ORBIT.decay_km_s * t)
    middle = 0.5 * (lower.rates()[0] + ORBIT.rates()[0])
    assert float(ORBIT.node_at(EPOCH + t)) == pytest.approx(ORBIT.node_rad + middle * t, abs=1e-6)
    motion = 0.5 * (lower.rates()[1] + ORBIT.rates()[1])
    assert ORBIT.latitude_at(EPOCH + t) == pytest.approx(ORBIT.latitude_rad + motion * t, abs=1e-3)


# --- lead ------------------------------------------------------------------------------------------------------------


def test_the_lead_is_steering_less_regression() -> None:
    for window in found():
        assert window.lead_s == pytest.approx(window.steering_s - window.regression_s)
        assert window.steering_s == pytest.approx(0.57 * 523.0)
        gap = time.from_utc(window.plane_crossing_utc) - time.from_utc(window.liftoff_utc)
        assert gap == pytest.approx(window.lead_s, abs=1.1)


@given(below_km=st.floats(20.0, 220.0), phase_deg=st.floats(0.0, 360.0))
@settings(max_examples=40, deadline=None)
def test_regression_is_half_a_second_a_degree_at_any_depth(below_km: float, phase_deg: float) -> None:
    late = regression_s(ORBIT, below_km, math.radians(phase_deg))
    assert late == pytest.approx(0.496 * phase_deg, rel=0.035)


def test_a_day_well_below_costs_half_a_degree_of_node() -> None:
    node, low_node = ORBIT.rates()[0], ORBIT.rates(200.0)[0]
    assert math.degrees(low_node - node) * 86400.0 == pytest.approx(-0.55, abs=0.05)


@given(latitude_rad=st.floats(0.0, math.tau))
@settings(max_examples=40, deadline=None)
def test_one_window_a_pass_and_a_consistent_phase(latitude_rad: float) -> None:
    """Wherever the station is: as many windows as passes, and the phase is what the regression was worked out for."""
    windows = found(days=3.0, orbit=replace(ORBIT, latitude_rad=latitude_rad))
    assert len(windows) == 3
    for window in windows:
        assert 0.0 <= window.phase_deg < 374.0
        assert window.regression_s == pytest.approx(
            regression_s(ORBIT, 175.0, math.radians(window.phase_deg)), rel=2e-3, abs=0.05
        )


def test_phase_is_uncertain_with_the_square_of_time() -> None:
    one, ten = (ORBIT.phase_sigma_deg(EPOCH + days * 86400.0) for days in (1.0, 10.0))
    assert ten == pytest.approx(100.0 * one)
    assert ten == pytest.approx(0.75 * 5580.0 * 0.02 / 6796.0 * 100.0, rel=0.01)


# --- rendezvous ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase_deg", "scheme"),
    [(5.0, ""), (17.0, "2-orbit"), (33.0, "4-orbit"), (90.0, ""), (250.0, "two-day"), (350.0, "")],
)
def test_schemes(phase_deg: float, scheme: str) -> None:
    trip = trip_of(ORBIT, VISITORS["soyuz-ms"].rendezvous, LAUNCHERS["soyuz-2.1a"], phase_deg)
    assert (trip.scheme if trip else "") == scheme


def test_catching_up_takes_longer_for_more() -> None:
    catch = VISITORS["crew-dragon"].rendezvous
    assert isinstance(catch, CatchUp)
    trips = [trip_of(ORBIT, catch, LAUNCHERS["falcon-9"], phase) for phase in np.arange(0.0, 361.0, 15.0)]
    hours = [trip.hours for trip in trips if trip]
    assert len(hours) == len(trips)
    assert hours == sorted(hours)
    assert hours[-1] == catch.free_flight_hours
    for trip in trips:
        assert trip is not None
        assert trip.quickest_hours <= trip.hours <= trip.longest_hours <= catch.free_flight_hours
    short = replace(catch, free_flight_hours=20.0)
    long_way = trip_of(ORBIT, short, LAUNCHERS["falcon-9"], 300.0)
    assert long_way is not None
    assert long_way.too_long


# --- ports, Sun ------------------------------------------------------------------------------------------------------


def test_the_flight_of_the_scenario_takes_its_own_port(report: WindowsReport) -> None:
    first = report.windows[0]
    assert (first.flight, first.port, first.blocked_by) == ("crew-13", "harmony-forward", ())
    assert first.docking_utc is not None
    assert first.docking_utc > first.liftoff_utc


def test_taken_ports_block() -> None:
    blocked = pn.windows("crew-dragon", "2026-11-27", "2026-11-29", bundled=True)
    assert {window.port for window in blocked.windows} == {None}
    assert {window.blocked_by[:2] for window in blocked.windows} == {("crew-13", "spx-35")}
    freed = pn.windows("crew-dragon", "2026-11-27", "2026-11-29", set={"flights.spx-35.cancelled": True}, bundled=True)
    assert {window.port for window in freed.windows} == {"harmony-zenith"}


def test_a_vehicle_that_stands_too_near_blocks_a_free_port() -> None:
    """Rassvet nadir is free in January 2027, but a Cygnus stands on Unity nadir beside it."""
    days = ("soyuz-ms", "2027-01-15", "2027-01-16")
    blocked = pn.windows(*days, bundled=True).windows
    assert blocked
    assert all(window.port is None and "cygnus-ng-25" in window.blocked_by for window in blocked)
    freed = pn.windows(*days, set={"flights.cygnus-ng-25.cancelled": True}, bundled=True).windows
    assert {window.port for window in freed} == {"rassvet-nadir"}


def test_beta_and_daylight_are_of_the_sun() -> None:
    windows = pn.windows("crew-dragon", "2026-11-27", "2026-12-10", bundled=True).windows
    assert any("beta" in window.blocked_by for window in windows)
    for window in windows:
        assert ("beta" in window.blocked_by) == (abs(window.beta_deg) > 60.0)
        assert window.daylight == (window.sun_elevation_deg > -0.833)
        hour = int(window.liftoff_utc[11:13])
        assert window.daylight == (12 <= hour < 22), "sunrise and sunset in Florida in early December"


def test_what_no_port_takes_is_told() -> None:
    report = pn.windows("starliner", START, "2026-10-03", bundled=True)
    assert any("no port" in note for note in report.notes)
    assert {window.port for window in report.windows} == {None}


# --- the verb --------------------------------------------------------------------------------------------------------


def test_the_document(report: WindowsReport) -> None:
    assert report.schema_ == "pointnemo/windows/1"
    assert len(report.windows) == 8
    assert [window.liftoff_utc for window in report.windows] == sorted(window.liftoff_utc for window in report.windows)
    assert report == pn.windows("crew-dragon", START, "2026-10-09", site="ksc-39a", bundled=True)
    assert WindowsReport.model_validate_json(report.model_dump_json(by_alias=True)) == report


def test_an_interval_is_the_sum_of_its_parts(report: WindowsReport) -> None:
    halves = [
        pn.windows("crew-dragon", *span, bundled=True).windows
        for span in ((START, "2026-10-05T12:00:00"), ("2026-10-05T12:00:00", "2026-10-09"))
    ]
    assert (*halves[0], *halves[1]) == report.windows


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        pn.windows("shuttle", "yesterday", "2026-13-01", site="edwards", scenario="nowhere", bundled=True)
    assert {defect.where for defect in caught.value.defects} >= {"--vehicle", "--site", "--from", "--to"}
    assert len(caught.value.defects) == 5
    assert all(defect.mend for defect in caught.value.defects)


@pytest.mark.parametrize(
    ("vehicle", "site", "span", "where"),
    [
        ("soyuz-ms", "ksc-39a", (START, "2026-10-02"), "--site"),
        ("crew-dragon", None, ("2026-10-02", START), "--to"),
        ("crew-dragon", None, (START, "2026-12-15"), "--to"),
        ("crew-dragon", None, ("2027-08-01", "2027-08-03"), "--to"),
        ("crew-dragon", None, ("2026-01-01", "2026-01-03"), "--from"),
    ],
)
def test_refusals(vehicle: str, site: str | None, span: tuple[str, str], where: str) -> None:
    with pytest.raises(InputError) as caught:
        pn.windows(vehicle, *span, site=site, bundled=True)
    assert [defect.where for defect in caught.value.defects] == [where]
