import numpy as np
import pytest

from pointnemo.motion.aerodynamics import (
    BRIDGES,
    SLOW_LAWS,
    Drag,
    bridged_share,
    continuum_drag,
    continuum_drag_coefficient,
    drag_coefficient,
    drag_ratio,
    free_molecular_drag_coefficient,
    free_molecular_share,
    knudsen,
    mach,
    mean_free_path_m,
    panel_free_molecular,
    shaped_drag_coefficient,
)

# Sphere in ESA's SESAM 2.3.0 aerothermodynamic data base, measured from DRAMA 4.1.4 output
MACH = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0)
FREE = (2.360635, 2.147897, 2.089229, 2.062249, 2.046842, 2.036933)
CONTINUUM = (0.898818, 0.910198, 0.912322, 0.913067, 0.913411, 0.913599)
BRIDGE = (0.0, 0.0021, 0.0287, 0.1021, 0.2517, 0.4567, 0.6850, 0.8897, 0.9760, 1.0)


@pytest.mark.parametrize(("number", "free", "continuum"), list(zip(MACH, FREE, CONTINUUM, strict=True)))
def test_both_ends_are_the_sphere_of_sesam(number: float, free: float, continuum: float) -> None:
    assert free_molecular_drag_coefficient(number) == pytest.approx(free, abs=1e-4)
    close = 4e-3 if number == 5.0 else 1e-4  # the measured supersonic law has not quite levelled off at Ma 5
    assert continuum_drag_coefficient(number) == pytest.approx(continuum, abs=close)
    assert drag_coefficient(number, 1e3) == pytest.approx(free, abs=1e-4)
    assert drag_coefficient(number, 1e-5) == pytest.approx(continuum, abs=close)


def test_the_bridge_is_that_of_sesam() -> None:
    found = [free_molecular_share(10.0**x) for x in np.arange(-2.125, 0.2, 0.25)]
    assert np.max(np.abs(np.array(found) - BRIDGE)) < 0.006


def test_drag_rises_with_knudsen_number_and_never_jumps() -> None:
    numbers = np.logspace(-6, 6, 2001)
    for mach_number in (0.3, 0.95, 2.0, 25.0):
        values = np.array([drag_coefficient(mach_number, kn) for kn in numbers])
        assert np.all(np.diff(values) >= 0.0)
        assert np.max(np.diff(values)) < 0.05
    machs = np.linspace(0.01, 40.0, 40_000)
    values = np.array([drag_coefficient(value, 1e-4) for value in machs])
    assert np.max(np.abs(np.diff(values))) < 0.002  # 1.7 per Mach number at the steepest, at Ma 1


@pytest.mark.parametrize(("number", "measured"), [(0.3, 0.4645), (1.0, 0.879), (2.0, 0.995)])
def test_below_mach_five_it_is_the_measured_sphere(number: float, measured: float) -> None:
    # Carter (2011): 0.45 Ma^2 + 0.424 below Ma 0.722, 2.1 exp(-1.2(Ma + .35)) - 8.9 exp(-2.2(Ma + .35)) + 0.92 above
    assert continuum_drag_coefficient(number) == pytest.approx(measured * 0.8988 / 0.92, abs=2e-3)


def test_flow_at_the_start_of_the_published_five_millimetre_sphere() -> None:
    # SESAM case E1: 77.5 km, 7.5 km/s, density 2.727e-5 kg/m3: Kn 0.596, Ma 26.225, C_D 1.993
    density, molar_mass, temperature = 2.727e-5, 0.0289644, 203.5
    kn = knudsen(mean_free_path_m(density, temperature, molar_mass), 0.005)
    assert kn == pytest.approx(0.596, rel=0.005)
    assert mach(7500.0, temperature, molar_mass) == pytest.approx(26.225, rel=0.01)
    assert drag_coefficient(26.225, kn) == pytest.approx(1.993, rel=0.01)


def test_ratio_is_one_in_orbit_and_continuum_over_orbit_below() -> None:
    for mach_number in (7.0, 10.0, 14.0):
        assert drag_ratio(mach_number, 1e3) == pytest.approx(1.0, abs=1e-9)
    assert drag_ratio(20.0, 1e-6) == pytest.approx(0.913067 / 2.147897, abs=2e-4)


@pytest.mark.parametrize("number", [0.2, 0.9, 3.0, 25.0])
@pytest.mark.parametrize("kn", [1e-6, 0.1, 100.0])
def test_a_body_of_no_shape_is_the_tumbling_one_to_the_bit(number: float, kn: float) -> None:
    assert shaped_drag_coefficient(number, kn, Drag()) == drag_coefficient(number, kn)


def test_slow_laws_are_the_measured_ones() -> None:
    for law in SLOW_LAWS.values():
        assert continuum_drag(20.0, law) == pytest.approx(continuum_drag_coefficient(20.0), rel=0.002)
    # Carter (2011): a cube has 1.04 slow and 1.67 fast, on its face; 1.067 at Ma 0.212
    assert continuum_drag(0.0, SLOW_LAWS["cube"]) == pytest.approx(0.8988 * 1.04 / 1.67, rel=1e-6)
    assert continuum_drag(0.8, SLOW_LAWS["cube"]) == pytest.approx(0.8988 * (0.6 * 0.64 + 1.04) / 1.67, rel=1e-6)
    fast = 2.1 * np.exp(-1.16 * 2.35) - 6.5 * np.exp(-2.23 * 2.35) + 1.67
    assert continuum_drag(2.0, SLOW_LAWS["cube"]) == pytest.approx(0.8988 * fast / 1.67, rel=1e-6)
    assert continuum_drag(0.3, SLOW_LAWS["plate"]) == continuum_drag(4.0, SLOW_LAWS["plate"])
    # SESAM: 0.898818 from Ma 1 to 5, 0.449409 below
    assert continuum_drag(1.5, SLOW_LAWS["step"]) == pytest.approx(0.898818, rel=1e-4)
    assert continuum_drag(0.5, SLOW_LAWS["step"]) == pytest.approx(0.449409, rel=1e-4)


def test_slow_pieces_of_blunt_shape_have_more_drag() -> None:
    slow = [continuum_drag(0.2, SLOW_LAWS[law]) for law in ("sphere", "cube", "plate")]
    assert slow == sorted(slow)
    numbers = np.linspace(0.01, 6.0, 6000)
    for law in ("sphere", "cube", "plate"):
        values = np.array([continuum_drag(number, SLOW_LAWS[law]) for number in numbers])
        assert np.max(np.abs(np.diff(values))) < 0.003


@pytest.mark.parametrize("bridge", list(BRIDGES.values()))
def test_every_bridge_leads_from_continuum_to_free_molecular(bridge: int) -> None:
    shares = np.array([bridged_share(kn, bridge) for kn in np.logspace(-6, 6, 400)])
    assert np.all(np.diff(shares) >= 0.0)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_the_published_bridges() -> None:
    # sin^2(pi(1/2 + log10 Kn / 4)): a half at Kn 0.1
    assert bridged_share(0.1, BRIDGES["sin2"]) == pytest.approx(0.5)
    assert bridged_share(0.1, BRIDGES["sin3"]) == pytest.approx(0.5**1.5)
    assert bridged_share(0.1, BRIDGES["erf"]) == free_molecular_share(0.1)


def test_panel_in_free_molecular_flow_has_the_known_limits() -> None:
    # hyperthermal, diffuse, cold wall: C_p 2 sin^2, C_tau 2 sin cos, all of the energy flux is taken up
    for angle in (0.3, 0.8, np.pi / 2):
        pressure, shear, heat = panel_free_molecular(200.0, angle, 1e-6)
        assert pressure == pytest.approx(2.0 * np.sin(angle) ** 2, rel=1e-3)
        assert shear == pytest.approx(2.0 * np.sin(angle) * np.cos(angle), abs=1e-4)
        assert heat == pytest.approx(np.sin(angle), rel=1e-3)
    # specular: twice the pressure, no shear
    pressure, shear, _ = panel_free_molecular(200.0, 0.8, 1.0, 0.0, 0.0)
    assert pressure == pytest.approx(4.0 * np.sin(0.8) ** 2, rel=1e-3)
    assert shear == 0.0
    # nothing arrives in the lee
    assert panel_free_molecular(10.0, -0.8, 1.0)[2] == pytest.approx(0.0, abs=1e-12)


def test_panels_of_a_sphere_make_its_free_molecular_drag() -> None:
    """Against SESAM's sphere at Ma 10 to 30, to which a wall of 300 K in air of 200 K comes within 3 %."""
    mu = (np.arange(4000) + 0.5) / 4000.0 * 2.0 - 1.0  # sine of incidence, uniform over a sphere
    for number in (10.0, 20.0, 30.0):
        s = number * np.sqrt(0.7)
        panels = np.array([panel_free_molecular(s, np.arcsin(m), 1.5)[:2] for m in mu])
        force = panels[:, 0] * mu + panels[:, 1] * np.sqrt(1.0 - mu * mu)
        drag = 4.0 * np.mean(force)  # over the surface, on the disc
        assert drag == pytest.approx(free_molecular_drag_coefficient(number), rel=0.03)
