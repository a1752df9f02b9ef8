from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from pointnemo.errors import EphemerisError
from pointnemo.formats.oem import OemSegment, write_oem
from pointnemo.motion.burns import BurnCommand
from pointnemo.motion.heyoka_engine import propagate
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.tracking import orbit_files
from pointnemo.tracking.fit import fit_ballistic_factor
from pointnemo.tracking.orbit_files import fit_last_arc, read_tracked_states, to_gcrs
from pointnemo.world import load_world, time
from pointnemo.world.earth import EARTH_RADIUS_KM, EME2000_TO_GCRS

DEGREE = 4
DAY_S = 86400.0
START = time.from_utc("2024-03-01T12:00:00")
R, V = osculating_from_mean(Mean(EARTH_RADIUS_KM + 415.0, 0.0, 1e-3, np.radians(51.6), 1.0, 0.0))


def write(path: Path, tt_s, r, v, object_id: str = "1998-067A") -> Path:
    who = {"object_name": "ISS", "object_id": object_id, "originator": "TEST", "creation_utc": "2024-03-09T00:00:00"}
    write_oem(path, [OemSegment(np.asarray(tt_s), np.asarray(r), np.asarray(v))], **who)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    """Three daily files of one flight with drag; the last day begins with a reboost."""
    folder = tmp_path_factory.mktemp("oem")
    world = load_world()
    burn = BurnCommand(START + 2.2 * DAY_S, 3.0, 6000.0, 300.0, False, "reboost")
    starts = START + DAY_S * np.array([0.0, 2.0, 4.0])
    tt_s = np.concatenate([starts[:, None] + [0.0, 240.0]]).ravel()
    r, v = propagate(START, R, V, tt_s, 0.008, world.weather, world.earth, [burn], mass_kg=4.5e5, degree=DEGREE)
    return [
        write(folder / f"{name}.oem", tt_s[i : i + 2], r[i : i + 2], v[i : i + 2])
        for name, i in (("a", 0), ("b", 2), ("c", 4))
    ]


@pytest.fixture(autouse=True)
def small_field(monkeypatch):
    monkeypatch.setattr(orbit_files, "fit_ballistic_factor", partial(fit_ballistic_factor, degree=DEGREE))


def test_takes_the_first_state_of_each_file_by_epoch(files):
    states = read_tracked_states([files[2], files[0], files[1]])
    assert [(s.tt_s - START) / DAY_S for s in states] == pytest.approx([0.0, 2.0, 4.0])
    np.testing.assert_allclose(states[0].state, np.concatenate([R, V]), atol=1e-9)
    assert states[0].origin == "first state of a.oem (TEST, made 2024-03-09T00:00:00)"


def test_fits_the_newest_arc_without_a_burn(files):
    states = read_tracked_states(files)
    found = fit_last_arc(states, load_world(), 4.5e5, 0.1)
    assert found
    fit, arc = found
    assert fit.ballistic_factor_m2_kg == pytest.approx(0.008, rel=1e-3)
    assert arc == "drag fitted from 2024-03-01T12:00:00Z to 2024-03-03T12:00:00Z"


def test_finds_no_arc_where_there_is_none(files):
    states = read_tracked_states(files)
    world = load_world()
    assert fit_last_arc(states[:1], world, 4.5e5, 0.1) is None
    assert fit_last_arc(states[1:], world, 4.5e5, 0.1) is None
    assert fit_last_arc([states[0], states[1]._replace(tt_s=START + 0.1 * DAY_S)], world, 4.5e5, 0.1) is None


def test_refuses_files_of_two_objects(files, tmp_path):
    other = write(tmp_path / "other.oem", [START], [R], [V], "2000-001A")
    with pytest.raises(EphemerisError, match="2000-001A"):
        read_tracked_states([files[0], other])
    same = write(tmp_path / "same.oem", [START + DAY_S], [R], [V], "1998-067-A")
    assert len(read_tracked_states([files[0], same])) == 2


@pytest.mark.parametrize("factor", [1000.0, 6.6, 0.5])
def test_refuses_what_is_no_low_orbit(tmp_path, factor):
    path = write(tmp_path / "far.oem", [START], [factor * R], [V])
    with pytest.raises(EphemerisError, match="low orbit"):
        read_tracked_states([path])


def test_eme2000_is_turned_by_the_frame_bias():
    np.testing.assert_array_equal(to_gcrs("EME2000", R, V)[:3], EME2000_TO_GCRS @ R)
    np.testing.assert_array_equal(to_gcrs("GCRF", R, V)[:3], R)
    assert 0.0001 < np.linalg.norm(to_gcrs("EME2000", R, V)[:3] - R) < 0.002
