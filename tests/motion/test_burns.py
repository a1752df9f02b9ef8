import math

import numpy as np
import pytest

from pointnemo.motion.burns import BurnCommand, apsides_km, burn_duration_s, mass_flow_kg_s, propellant_kg
from pointnemo.world.earth import MU_KM3_S2


def test_rocket_equation() -> None:
    assert propellant_kg(100_000.0, 300.0 * 9.80665 * math.log(2.0), 300.0) == pytest.approx(50_000.0, rel=1e-12)
    burn = BurnCommand(0.0, 50.0, 2000.0, 300.0, True, "b")
    flow = mass_flow_kg_s(burn.thrust_n, burn.specific_impulse_s)
    assert burn_duration_s(4e5, burn) * flow == pytest.approx(propellant_kg(4e5, 50.0, 300.0), rel=1e-12)
    assert burn_duration_s(4e5, burn) == pytest.approx(4e5 * 50.0 / 2000.0, rel=0.01)


@pytest.mark.parametrize(("perigee", "apogee"), [(188.0, 219.0), (-50.0, 415.0), (300.0, 300.0)])
def test_apsides_of_a_known_ellipse(perigee: float, apogee: float) -> None:
    near, far = perigee + 6378.137, apogee + 6378.137
    axis = (near + far) / 2
    speed = math.sqrt(MU_KM3_S2 * (2 / far - 1 / axis))
    found = apsides_km(np.array([0.0, far, 0.0]), np.array([0.0, 0.0, -speed]))
    assert found == pytest.approx((perigee, apogee), abs=1e-3)


def test_an_escaping_state_has_no_apogee() -> None:
    assert apsides_km((7000.0, 0.0, 0.0), (0.0, 12.0, 0.0))[1] == math.inf
