"""The messages of a descent in the hands of others: ccsds-ndm-py reads them, Orekit reads them and flies their burns.

The descent is a short one in February 2016, the month whose Earth orientation and ephemerides the peer has: from a
circular orbit of 250 km, two burns of the lowering thrusters and one of the final ones.
"""

from __future__ import annotations

from functools import cache
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.factories import make_descend

from pointnemo.formats.ocm import read_ocm
from pointnemo.motion.burns import STANDARD_GRAVITY_M_S2, BurnCommand, apsides_km, burn_duration_s, propellant_kg
from pointnemo.motion.gravity import MU_M3_S2
from pointnemo.motion.lastdays import Flight, Forces, State, fly, prepare
from pointnemo.reporting.descend_ccsds import write_descent_messages
from pointnemo.results import Burn, Descend, Trajectory
from pointnemo.world import load_world, time
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

START_UTC = "2016-02-10T00:00:00"
MASS_KG = 420_000.0
CD_AREA_M2 = 3200.0
HOURS = 14.0
NOTATIONS = ("kvn", "xml")

# id, start (h), delta-v (m/s), thrust (N), specific impulse (s)
BURNS = (
    ("lower-1", 1.5, 12.0, 4400.0, 300.0),
    ("lower-2", 6.0, 15.0, 4400.0, 300.0),
    ("final", 12.0, 27.0, 10400.0, 310.0),
)


@cache
def flown(cd_area_m2: float) -> Flight:
    """Our own flight."""
    tt0_s = time.from_utc(START_UTC)
    end_s = tt0_s + HOURS * 3600.0
    radius = EARTH_RADIUS_KM + 250.0
    speed, inclination = np.sqrt(MU_KM3_S2 / radius), np.radians(51.634)
    velocity = speed * np.array([0.0, np.cos(inclination), np.sin(inclination)])
    start = State(tt0_s, np.array([radius, 0.0, 0.0]), velocity, MASS_KG)
    burns = [BurnCommand(tt0_s + hours * 3600.0, dv, thrust, isp, True, id) for id, hours, dv, thrust, isp in BURNS]
    environment = prepare(load_world(), tt0_s, end_s, Forces(cd_area_m2))
    return fly(start, burns, environment, stop_height_km=0.0, stop_tt_s=end_s)


def descend_of(flight: Flight) -> tuple[Descend, Trajectory]:
    """The flight as the stage would tell it."""
    template = make_descend().burns[0]
    tt0_s = time.from_utc(START_UTC)
    mass_kg = MASS_KG
    burns: list[Burn] = []
    for id, hours, delta_v, thrust, isp in BURNS:
        command = BurnCommand(tt0_s + hours * 3600.0, delta_v, thrust, isp, True, id)
        rows = np.flatnonzero(flight.segment == flight.segments.index(id))[[0, -1]]
        (before, after) = (apsides_km(flight.position_km[row], flight.velocity_km_s[row]) for row in rows)
        changes = {
            "id": id, "start_utc": time.to_utc(command.start_tt_s, 1), "delta_v_mps": delta_v, "thrust_n": thrust,
            "specific_impulse_s": isp, "duration_s": burn_duration_s(mass_kg, command), "mass_before_kg": mass_kg,
            "propellant_kg": propellant_kg(mass_kg, delta_v, isp), "perigee_before_km": before[0],
            "apogee_before_km": before[1], "perigee_after_km": after[0], "apogee_after_km": after[1],
        }  # fmt: skip
        burns.append(template.model_copy(update=changes))
        mass_kg -= burns[-1].propellant_kg
    names = ("tt_s", "position_km", "velocity_km_s", "mass_kg", "height_km", "latitude_deg", "longitude_deg", "segment")
    trajectory = Trajectory(**{name: getattr(flight, name) for name in names}, segments=flight.segments)
    return make_descend().model_copy(update={"burns": tuple(burns), "entry": None, "targeting": None}), trajectory


def written(folder: Path, notation: str = "kvn", cd_area_m2: float = 0.0) -> tuple[Path, Path]:
    descend, trajectory = descend_of(flown(cd_area_m2))
    return write_descent_messages(
        folder, descend, trajectory, "ISS", "1998-067A", originator="POINTNEMO", creation_utc="2016-01-01T00:00:00",
        cd_area_m2=CD_AREA_M2, notation=notation,
    )  # fmt: skip


# --- ccsds-ndm-py


@pytest.mark.parametrize("notation", NOTATIONS)
def test_ccsds_ndm_reads_and_validates_both(tmp_path, notation):
    ndm = pytest.importorskip("ccsds_ndm")
    opm, ocm = (ndm.from_file(str(path)) for path in written(tmp_path, notation))
    opm.validate()
    ocm.validate()
    descend, trajectory = descend_of(flown(0.0))
    state = opm.segment.data.state_vector
    assert (state.x, state.y, state.z) == tuple(trajectory.position_km[0])
    assert (state.x_dot, state.y_dot, state.z_dot) == tuple(trajectory.velocity_km_s[0])
    assert len(opm.segment.data.maneuver_parameters) == len(ocm.segment.data.man) == len(BURNS)
    for burn, short, block in zip(
        descend.burns, opm.segment.data.maneuver_parameters, ocm.segment.data.man, strict=True
    ):
        assert time.from_utc(short.man_epoch_ignition) == pytest.approx(time.from_utc(burn.start_utc), abs=1e-6)
        told = (short.man_duration, short.man_delta_mass, short.man_dv_1, short.man_dv_2, short.man_dv_3)
        assert told == (burn.duration_s, -burn.propellant_kg, -burn.delta_v_mps / 1000.0, 0.0, 0.0)
        (line,) = block.man_lines
        columns = [column.strip() for column in ",".join([block.man_composition]).split(",")]
        row = dict(zip(columns[1:], map(float, line.values), strict=True))
        assert (row["MAN_DURA"], row["DELTA_MASS"], row["DV_X"]) == told[:3]
        assert line.epoch == short.man_epoch_ignition
        assert row["THR_X"] == pytest.approx(-burn.thrust_n, rel=1e-9)
        assert row["THR_ISP"] == pytest.approx(burn.specific_impulse_s, rel=1e-9)
    lines = [line for block in ocm.segment.data.traj for line in block.traj_lines]
    ours = np.vstack([
        np.hstack([one.position_km, one.velocity_km_s]) for one in read_ocm(tmp_path / "descent.ocm").trajectories
    ])  # fmt: skip
    np.testing.assert_array_equal(np.array([list(map(float, line.values)) for line in lines]), ours)


# --- Orekit


@pytest.fixture
def orekit(reference_data) -> Any:
    pytest.importorskip("orekit_jpype")
    peer = pytest.importorskip("benchmarks.orekit_peer")
    from benchmarks.reference import Unavailable

    try:
        return peer.start()
    except Unavailable as reason:
        pytest.skip(str(reason))


def java(name: str) -> Any:
    import jpype

    return jpype.JClass(name)


def parsed(paths: tuple[Path, Path]) -> tuple[Any, Any]:
    """OPM and OCM as Orekit reads them.

    An OPM has a place for the Earth's GM only beside Keplerian elements, so Orekit is told ours: with the 398600.4354
    km3/s2 of its own ephemerides it would be 10 m further after 12 hours.
    """
    source = java("org.orekit.data.DataSource")
    builder = java("org.orekit.files.ccsds.ndm.ParserBuilder")().withMu(MU_M3_S2)
    opm = builder.buildOpmParser().parseMessage(source(str(paths[0])))
    return opm, builder.buildOcmParser().parseMessage(source(str(paths[1])))


def vector(one: Any) -> np.ndarray:
    return np.array([one.getX(), one.getY(), one.getZ()])


def since_start_s(date: Any, orekit: Any) -> float:
    return float(date.durationFrom(orekit.date))


@pytest.mark.validation
@pytest.mark.parametrize("notation", NOTATIONS)
def test_orekit_reads_the_same_numbers(orekit, tmp_path, notation, figure):
    opm, ocm = parsed(written(tmp_path, notation))
    descend, trajectory = descend_of(flown(0.0))
    pair = opm.getPVCoordinates()
    state_m = float(np.linalg.norm(vector(pair.getPosition()) / 1e3 - trajectory.position_km[0])) * 1e3
    speed_mps = float(np.linalg.norm(vector(pair.getVelocity()) / 1e3 - trajectory.velocity_km_s[0])) * 1e3
    assert str(opm.getMetadata().getFrame().getName()) == "GCRF"
    data = ocm.getData()
    blocks = [one.getManeuvers().get(0) for one in data.getManeuverBlocks()]
    assert opm.getNbManeuvers() == len(blocks) == len(BURNS)
    worst = {"epoch": 0.0, "duration": 0.0, "mass": 0.0, "delta-v": 0.0}
    for k, burn in enumerate(descend.burns):
        short, line = opm.getManeuver(k), blocks[k]
        frame = data.getManeuverBlocks().get(k).getMetadata().getManReferenceFrame()
        assert (str(short.getReferenceFrame().getName()), str(frame.getName())) == ("TNW", "TNW_ROTATING")
        hours = BURNS[k][1]
        for epoch, duration_s, mass_kg, dv_mps in (
            (short.getEpochIgnition(), short.getDuration(), short.getDeltaMass(), vector(short.getDV())),
            (line.getDate(), line.getDuration(), line.getDeltaMass(), vector(line.getDv())),
        ):
            worst["epoch"] = max(worst["epoch"], abs(since_start_s(epoch, orekit) - 3600.0 * hours))
            worst["duration"] = max(worst["duration"], abs(duration_s - burn.duration_s))
            worst["mass"] = max(worst["mass"], abs(mass_kg + burn.propellant_kg))
            worst["delta-v"] = max(worst["delta-v"], float(np.abs(dv_mps - [-burn.delta_v_mps, 0.0, 0.0]).max()))
        np.testing.assert_allclose(vector(line.getThrust()), [-burn.thrust_n, 0.0, 0.0], rtol=1e-9, atol=1e-9)
        assert line.getThrustIsp() == pytest.approx(burn.specific_impulse_s, rel=1e-9)
    assert opm.getData().getMass() == data.getPhysicBlock().getWetMass() == MASS_KG
    states = [state for block in data.getTrajectoryBlocks() for state in block.getTrajectoryStates()]
    ours = np.vstack([one.position_km for one in read_ocm(tmp_path / "descent.ocm").trajectories])
    theirs = np.array([[state.getElements()[k] for k in range(3)] for state in states]) / 1e3
    trajectory_m = float(np.abs(theirs - ours).max()) * 1e3
    source = f"orekit-jpype {orekit.version}, its parsers of OPM and OCM"
    figure(f"descent-messages-{notation}-state", state_m, 1e-6, "m", source)
    figure(f"descent-messages-{notation}-velocity", speed_mps, 1e-9, "m/s", source)
    figure(f"descent-messages-{notation}-trajectory", trajectory_m, 1e-6, "m", source)
    figure(f"descent-messages-{notation}-ignition", worst["epoch"], 2e-6, "s", source)
    figure(f"descent-messages-{notation}-duration", worst["duration"], 1e-9, "s", source)
    figure(f"descent-messages-{notation}-mass", worst["mass"], 1e-9, "kg", source)
    figure(f"descent-messages-{notation}-delta-v", worst["delta-v"], 1e-9, "m/s", source)


def flown_by_orekit(opm: Any, orekit: Any, forces: tuple[Any, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    """States at the end of each burn, from nothing but the OPM and the force models."""
    offset = java("org.orekit.attitudes.LofOffset")
    tnw = java("org.orekit.frames.LOFType").TNW
    state = opm.generateSpacecraftState()
    kind = java("org.orekit.orbits.OrbitType").CARTESIAN
    provider = java("org.orekit.propagation.ToleranceProvider").getDefaultToleranceProvider(1e-3)
    absolute, relative = provider.getTolerances(state.getOrbit(), kind)
    integrator = java("org.hipparchus.ode.nonstiff.DormandPrince853Integrator")(1e-3, 60.0, absolute, relative)
    propagator = java("org.orekit.propagation.numerical.NumericalPropagator")(integrator)
    propagator.setOrbitType(kind)
    for model in (orekit.gravity, *orekit.bodies, *forces):
        propagator.addForceModel(model)
    thrusting = java("org.orekit.forces.maneuvers.ConstantThrustManeuver")
    mass_kg, ends = float(state.getMass()), []
    for one in opm.getManeuvers():
        duration_s, used_kg = float(one.getDuration()), -float(one.getDeltaMass())
        exhaust_mps = float(one.getDV().getNorm()) / log(mass_kg / (mass_kg - used_kg))
        propagator.addForceModel(
            thrusting(
                one.getEpochIgnition(), duration_s, exhaust_mps * used_kg / duration_s,
                exhaust_mps / STANDARD_GRAVITY_M_S2, offset(state.getFrame(), tnw), one.getDV().normalize(),
            )
        )  # fmt: skip
        mass_kg -= used_kg
        ends.append(one.getEpochIgnition().shiftedBy(duration_s))
    propagator.setInitialState(state)
    found = []
    for end in ends:
        pair = propagator.propagate(end).getPVCoordinates(orekit.inertial)
        found.append((vector(pair.getPosition()) / 1e3, vector(pair.getVelocity()) / 1e3))
    return found


@pytest.mark.validation
@pytest.mark.parametrize(("air", "gates_m"), [("none", (0.001, 0.005)), ("full", (4.0, 2000.0))])
def test_orekit_flies_the_manoeuvres_of_the_opm(orekit, tmp_path, figure, air, gates_m):
    """Perigee and place after each burn. With drag the models of the air differ, as in ``test_orekit``."""
    cd_area_m2 = CD_AREA_M2 if air == "full" else 0.0
    opm, _ = parsed(written(tmp_path, cd_area_m2=cd_area_m2))
    theirs = flown_by_orekit(opm, orekit, (orekit.drag,) if air == "full" else ())
    flight = flown(cd_area_m2)
    perigee_m, miss_m = [], []
    for (id, *_), (position, velocity) in zip(BURNS, theirs, strict=True):
        row = np.flatnonzero(flight.segment == flight.segments.index(id))[-1]
        ours = apsides_km(flight.position_km[row], flight.velocity_km_s[row])[0]
        perigee_m.append(abs(apsides_km(position, velocity)[0] - ours) * 1e3)
        miss_m.append(float(np.linalg.norm(position - flight.position_km[row])) * 1e3)
    source = f"orekit-jpype {orekit.version}, from the state and the burns of the OPM"
    figure(f"descent-opm-flown-drag-{air}-perigee", max(perigee_m), gates_m[0], "m", source)
    figure(f"descent-opm-flown-drag-{air}-place", max(miss_m), gates_m[1], "m", source)
