"""What one object does besides melting: composites, what a wall radiates to, and what the page says of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pointnemo.planning.entry_points import earth_fixed_state, inclination_deg
from pointnemo.planning.one_object import object_of
from pointnemo.reentry.object_report import ObjectReport
from pointnemo.scenario.entry_object import EntryPoint

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "objects"
PLATE = """
[object]
shape = "plate"
length_m = 0.5
width_m = 0.5
height_m = 0.002
material = "graphite-epoxy"
[entry]
height_km = 122.0
latitude_deg = 0.0
longitude_deg = 0.0
speed_mps = 7500.0
flight_path_angle_deg = -1.0
azimuth_deg = 40.0
utc = 2030-01-01T00:00:00Z
[options]
table_step_km = 5.0
"""
Fly = Callable[..., ObjectReport]


@pytest.fixture
def fly(tmp_path: Path) -> Fly:
    """Fly a text with some more lines of options."""

    def flown(text: str, *options: str) -> ObjectReport:
        path = tmp_path / "thing.toml"
        path.write_text(text + "\n".join(options) + "\n", encoding="utf-8")
        return object_of(path, bundled=True)

    return flown


def test_a_composite_survives_unless_told_otherwise(fly: Fly) -> None:
    kept, molten = fly(PLATE), fly(PLATE, "composites_survive = false")
    assert kept.outcome == "impact"
    assert kept.object.melting_temperature_k is None
    assert any("A composite survives" in line for line in kept.assumptions)
    assert molten.outcome == "demise"
    assert any("melted here as a metal" in line for line in molten.assumptions)


def test_a_wall_settles_at_its_surroundings(fly: Fly) -> None:
    """A foil that the air does not heat: at 250 K after some minutes, not at tens of kelvin."""
    foil = PLATE.replace("0.002", "0.00002") + "heat_factor = 1e-9\n"
    kept, lost = fly(foil), fly(foil, "ambient_temperature_k = 0.0")
    assert kept.end.temperature_k == pytest.approx(250.0, abs=1.0)
    assert lost.end.temperature_k < 50.0
    assert any("surroundings of 250 K" in line for line in kept.assumptions)
    assert any("radiates to 0 K" in line for line in lost.assumptions)


@pytest.mark.parametrize("wall", ["lumped", "layers"])
def test_surroundings_do_not_matter_to_a_hot_wall(fly: Fly, wall: str) -> None:
    """T^4 of 250 K is 0.02 % of that of 2100 K."""
    text = (EXAMPLES / "sphere-r100.toml").read_text(encoding="utf-8")
    text = text.replace("emissivity = 0.40", "emissivity = 0.40\nconductivity_w_m_k = 170.0")
    warm = text.replace("ambient_temperature_k = 0.0", "ambient_temperature_k = 250.0")
    cold, other = (fly(one, f'wall_model = "{wall}"') for one in (text, warm))
    assert 0.0 < other.peaks[0].value - cold.peaks[0].value < 0.5
    assert other.end.time_s == pytest.approx(cold.end.time_s)


def test_what_is_chosen_is_told(fly: Fly) -> None:
    usual = " ".join(fly(PLATE).assumptions)
    chosen = ('wind = "climatology"', "oxidation = 0.3", 'wall_model = "layers"', 'melting = "receding"')
    told = " ".join(fly(PLATE, "composites_survive = false", *chosen).assumptions)
    for part in ("climatology for the day", "Oxidation adds 0.3", "in 12 layers", "the object shrinks"):
        assert part in told
        assert part not in usual
    steel = PLATE.replace("graphite-epoxy", "beta-cloth")
    assert "No heat of oxidation is known" in " ".join(fly(steel, "oxidation = 0.3").assumptions)


def test_a_drop_from_rest_has_an_inclination(fly: Fly) -> None:
    """At rest in space, or straight down: no plane is that of the orbit, and nothing is divided by zero.

    40 degrees of geodetic latitude are 39.811 of geocentric latitude.
    """
    given = {"height_km": 30.0, "longitude_deg": 10.0, "azimuth_deg": 0.0}
    for latitude, speed, angle, inclination in ((40.0, 0.0, 0.0, 39.811), (0.0, 900.0, -90.0, 0.0)):
        more = {"latitude_deg": latitude, "speed_mps": speed, "flight_path_angle_deg": angle, "velocity": "inertial"}
        state = earth_fixed_state(EntryPoint.model_validate({**given, **more}))
        assert inclination_deg(state) == pytest.approx(inclination, abs=2e-3)
    dropped = PLATE.replace("122.0", "30.0").replace("7500.0", '0.0\nvelocity = "inertial"')
    report = fly(dropped)
    assert report.outcome == "impact"
    assert report.start.inertial_speed_mps == pytest.approx(0.0, abs=1e-6)
    assert np.isfinite(report.start.inclination_deg)
