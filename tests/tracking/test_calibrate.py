from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from tests.tracking.synthetic import DAY_S, START, end_of, station, world, write_file

from pointnemo.formats.tracking_files import read_tracking
from pointnemo.tracking.calibrate import SHORTEST_ARC_DAYS, calibrate
from pointnemo.tracking.known import known_by, read_burns


def test_states_of_half_a_day_make_arcs_all_the_same(tmp_path: Path) -> None:
    """An arc runs to the next state that is far enough away, and the newest state always ends one."""
    days = np.arange(0.0, 3.6, 0.5)
    files = [
        read_tracking(write_file(tmp_path / f"{day:.1f}.oem", end_of(station(), START + day * DAY_S), 0.05))
        for day in days[1:]
    ]
    known = known_by(read_burns(files, world().earth), np.inf, world().earth)
    found = calibrate(known, world(), 1.0)
    lengths = [(one.end.tt_s - one.start.tt_s) / DAY_S for one in found.arcs]
    assert len(lengths) == 3
    assert min(lengths) >= SHORTEST_ARC_DAYS
    assert found.arcs[-1].end is known.fixes[-1]


def test_a_mass_that_a_file_does_not_tell_is_the_last_one_told(tmp_path: Path) -> None:
    files = [
        read_tracking(write_file(tmp_path / f"{day}.oem", end_of(station(), START + day * DAY_S), 0.05))
        for day in (1.0, 3.0, 5.0)
    ]
    files = [
        replace(files[0], mass_kg=400_000.0),
        replace(files[1], mass_kg=None),
        replace(files[2], mass_kg=460_000.0),
    ]
    known = known_by(read_burns(files, world().earth), np.inf, world().earth)
    assert [one.mass_kg for one in calibrate(known, world(), 1.0).arcs] == [400_000.0, 400_000.0]
