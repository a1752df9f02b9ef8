"""What the file of one object may ask for: lift with bank and roll, trimmed attitudes, bridges between flow regimes."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from pointnemo.planning.one_object import object_of
from pointnemo.reentry.object_report import ObjectReport
from pointnemo.reporting.object_page import object_page

STUDY = "footprint study of our own notes (RK4, J2, US76, break-up at 78 km, L/D 0.1)"
TEXT = """
[object]
{body}
material = "tungsten"
melts = false
[entry]
height_km = 78.0
latitude_deg = -45.0
longitude_deg = 0.0
speed_mps = 7414.0
flight_path_angle_deg = -0.99
azimuth_deg = 61.4
[options]
table_step_km = 10.0
{options}
"""
Figure = Callable[..., None]
Fly = Callable[..., ObjectReport]


@pytest.fixture
def fly(tmp_path: Path) -> Fly:
    """Fly an object given by the lines of its two tables."""

    def flown(body: str, *options: str) -> ObjectReport:
        path = tmp_path / "thing.toml"
        path.write_text(TEXT.format(body=body, options="\n".join(options)), encoding="utf-8")
        return object_of(path, bundled=True)

    return flown


def ball(beta: float, *lines: str) -> str:
    """A sphere of 100 kg with a hypersonic ballistic coefficient, kg/m2."""
    size = sqrt(4.0 * 100.0 / (beta * 0.913 * pi))
    return "\n".join([f'shape = "sphere"\ndiameter_m = {size}\nmass_kg = 100.0', *lines])


def stage(*lines: str) -> str:
    """A cylinder six diameters long."""
    return "\n".join(['shape = "cylinder"\nlength_m = 12.0\ndiameter_m = 2.0\nmass_kg = 2000.0', *lines])


def across_km(one: ObjectReport, straight: ObjectReport) -> float:
    """How far to the right of a straight flight an object came down, along the normal to that flight's end."""
    a, b = straight.end.place, one.end.place
    before = straight.trajectory[-4]
    geod = Geod(ellps="WGS84")
    course = geod.inv(before.longitude_deg, before.latitude_deg, a.longitude_deg, a.latitude_deg)[0]
    bearing, _, distance = geod.inv(a.longitude_deg, a.latitude_deg, b.longitude_deg, b.latitude_deg)
    return float(distance * np.sin(np.radians(bearing - course)) / 1000.0)


@pytest.mark.validation
def test_lift_up_lengthens_as_in_the_study(fly: Fly, figure: Figure) -> None:
    """From 136 to 285 km over 2 to 2000 kg/m2; banked by 90 degrees 22 to 32 km to the side."""
    betas = (2.0, 20.0, 200.0, 500.0, 2000.0)
    longer = [
        fly(ball(beta, "lift_to_drag = 0.1")).end.downrange_km - fly(ball(beta)).end.downrange_km for beta in betas
    ]
    figure("lift.up_least", 100.0 * abs(min(longer) / 136.0 - 1.0), 5.0, "%", STUDY)
    figure("lift.up_most", 100.0 * abs(max(longer) / 285.0 - 1.0), 5.0, "%", STUDY)
    assert longer[0] == min(longer)
    sides = [
        across_km(fly(ball(beta, "lift_to_drag = 0.1", "bank_deg = 90.0")), fly(ball(beta))) for beta in (2.0, 50.0)
    ]
    figure("lift.side_least", 100.0 * abs(min(sides) / 22.0 - 1.0), 10.0, "%", STUDY)
    figure("lift.side_most", 100.0 * abs(max(sides) / 32.0 - 1.0), 10.0, "%", STUDY)


def test_bank_says_where_the_lift_points(fly: Fly) -> None:
    straight = fly(ball(100.0))
    right, left, down = (fly(ball(100.0, "lift_to_drag = 0.1", f"bank_deg = {bank}")) for bank in (90.0, -90.0, 180.0))
    assert across_km(right, straight) == pytest.approx(-across_km(left, straight), rel=0.05)
    assert across_km(right, straight) > 20.0
    assert abs(right.end.downrange_km - straight.end.downrange_km) < 2.0
    assert down.end.downrange_km < straight.end.downrange_km - 100.0
    assert "lift / drag 0.1, 90 deg to the right of up" in object_page(right)
    assert not any("no lift" in line for line in right.assumptions)
    assert any("no lift" in line for line in straight.assumptions)


def test_a_roll_averages_the_lift_out(fly: Fly) -> None:
    straight, held, rolling = (
        fly(ball(200.0, *more)).end.downrange_km
        for more in ((), ("lift_to_drag = 0.1",), ("lift_to_drag = 0.1", "roll_deg_s = 20.0"))
    )
    assert abs(rolling - straight) < 0.02 * (held - straight)


def test_a_body_trimmed_end_on_has_a_third_to_a_quarter_of_the_drag(fly: Fly) -> None:
    """Of a stage six diameters long at random (Jernell, in open reports: 3 to 4 times)."""

    def drag(*lines: str) -> float:
        return fly(stage(*lines)).trajectory[1].drag_coefficient

    random, end_on = drag('attitude = "random"'), drag('attitude = "end-on"')
    assert 3.0 <= random / end_on <= 4.0
    assert drag("incidence_deg = 0.0") == pytest.approx(end_on)
    assert drag("incidence_deg = 90.0") == pytest.approx(drag('attitude = "side-on"'))
    assert end_on < drag("incidence_deg = 45.0") < drag("incidence_deg = 90.0")


def test_attitude_moves_the_impact(fly: Fly) -> None:
    end_on, tumbling = fly(stage('attitude = "end-on"')), fly(stage())
    assert end_on.end.downrange_km > tumbling.end.downrange_km + 200.0
    assert fly(stage("incidence_deg = 30.0")).object.attitude == "axis 30 deg to the flow"


def test_bridges_are_apart_in_between_alone(fly: Fly) -> None:
    """A sphere of 5 mm starts at Kn 0.6; one of metres in continuum flow."""
    small = 'shape = "sphere"\ndiameter_m = 0.005'
    start = {
        name: fly(small, f'drag_bridge = "{name}"').trajectory[0].drag_coefficient
        for name in ("erf", "table", "sin2", "sin3", "erf-log")
    }
    assert start["table"] == pytest.approx(start["erf"], rel=0.01)
    assert start["erf-log"] + 0.1 < start["erf"] < start["sin3"] < start["sin2"]
    large = {name: fly(ball(50.0), f'drag_bridge = "{name}"').trajectory[4].drag_coefficient for name in start}
    assert max(large.values()) - min(large.values()) < 0.02
    assert "bridge sin3" in " ".join(fly(small, 'drag_bridge = "sin3"').provenance.models)


def test_the_bridge_of_the_heat_is_a_choice(fly: Fly) -> None:
    small = 'shape = "sphere"\ndiameter_m = 0.005'
    table, matting = (fly(small, f'heat_bridge = "{name}"').trajectory[0] for name in ("table", "matting"))
    assert matting.stagnation_heat_flux_w_m2 != pytest.approx(table.stagnation_heat_flux_w_m2, rel=0.05)
    assert matting.mean_heat_flux_w_m2 != pytest.approx(table.mean_heat_flux_w_m2, rel=0.05)


def test_the_wind_of_a_file_lies_beside_the_object(fly: Fly, tmp_path: Path) -> None:
    (tmp_path / "jet.csv").write_text("height_km,east_mps,north_mps\n0,0,0\n10,60,0\n20,0,0\n")
    calm, blown = fly(ball(20.0)), fly(ball(20.0), 'wind = "jet.csv"')
    assert blown.end.place.longitude_deg > calm.end.place.longitude_deg
    hashes = [blown.provenance.object_hash]
    (tmp_path / "jet.csv").write_text("height_km,east_mps,north_mps\n0,0,0\n10,80,0\n20,0,0\n")
    hashes.append(fly(ball(20.0), 'wind = "jet.csv"').provenance.object_hash)
    assert hashes[0] != hashes[1]
