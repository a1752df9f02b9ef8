from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.risk.hazards import fallen

from pointnemo.errors import PointnemoError
from pointnemo.risk.windows import (
    LAYERS,
    closure_windows,
    floating_window,
    harms_aircraft,
    layer_times_s,
    time_at_height_s,
    time_to_ground_s,
)
from pointnemo.world import time as clock
from pointnemo.world.us76 import standard_atmosphere

ENTRY = clock.from_utc("2030-12-15T12:00:00")


def seconds(utc: str) -> float:
    return clock.from_utc(utc) - ENTRY


def test_terminal_fall_is_the_integral_of_the_speed() -> None:
    height = np.linspace(0.0, 30.0, 30_001)
    density = standard_atmosphere(height)[0]
    slowness = np.sqrt(density / density[0]) / 20.0
    expected = 1000.0 * float(np.sum(0.5 * (slowness[1:] + slowness[:-1])) * (height[1] - height[0]))
    assert float(time_to_ground_s(30.0, 20.0)) == pytest.approx(expected, rel=1e-4)


def test_pieces_pass_heights_in_order_from_release_to_the_ground() -> None:
    speed = np.array([2.0, 10.0, 60.0, 200.0])
    pieces = fallen(0, np.zeros(4), 0.0, speed_mps=speed, fall_s=150.0 + 14_000.0 / speed)
    passed = np.array([time_at_height_s(pieces, height) for height in (90.0, 78.0, 60.0, 40.0, 20.0, 3.0, 0.0)])
    assert (np.diff(passed, axis=0) >= 0.0).all()
    assert passed[1] == pytest.approx(np.zeros(4))
    assert passed[-1] == pytest.approx(pieces.time_of_fall_s)


def test_a_piece_that_demises_is_in_no_layer_below() -> None:
    pieces = fallen(0, [0.0], 0.0, demise_height_km=55.0, fall_s=60.0, release_s=200.0)
    everything = np.ones(1, dtype=bool)
    low, high = LAYERS[2], LAYERS[3]
    assert len(layer_times_s(pieces, low, everything, 1)) == 0
    assert layer_times_s(pieces, high, everything, 1)[0, :2] == pytest.approx([200.0, 260.0])


def test_windows_hold_all_runs_and_their_margins_hold_them() -> None:
    rng = np.random.default_rng(4)
    runs, pieces = 40, 50
    run = np.repeat(np.arange(runs), pieces)
    fall = rng.uniform(300.0, 3000.0, run.size)
    impacts = fallen(run, np.zeros(run.size), 0.0, fall_s=fall, speed_mps=14_000.0 / fall)
    dangerous = np.ones(run.size, dtype=bool)
    primary, margin = (closure_windows(impacts, dangerous, runs, ENTRY, 0.99, wide) for wide in (False, True))
    assert [window.layer for window in primary] == [layer.name for layer in LAYERS]
    landed = 300.0 + impacts.time_of_fall_s
    sea, wide = primary[0], margin[0]
    assert landed.max() <= seconds(sea.to_utc) < landed.max() + 60.0
    assert seconds(wide.from_utc) < seconds(sea.from_utc) - 540.0
    late = seconds(wide.to_utc) - landed.max()
    assert 600.0 + 0.25 * 0.9 * fall.max() < late < 720.0 + 0.25 * fall.max()
    starts = [seconds(window.from_utc) for window in primary]
    assert starts == sorted(starts, reverse=True)
    assert all(window.from_utc.endswith(":00Z") and window.to_utc.endswith(":00Z") for window in primary)


def test_with_many_runs_the_window_is_an_order_statistic() -> None:
    fall = np.append(np.full(499, 600.0), 6000.0)
    impacts = fallen(np.arange(500), np.zeros(500), 0.0, fall_s=fall)
    (sea, *_) = closure_windows(impacts, np.ones(500, dtype=bool), 500, ENTRY, 0.99, False)
    assert seconds(sea.to_utc) == pytest.approx(900.0)


def test_a_light_piece_closes_the_air_but_not_the_sea() -> None:
    impacts = fallen([0, 0], [0.0, 0.0], 0.0, energy_j=[1000.0, 2.0], fall_s=[600.0, 4000.0], speed_mps=[40.0, 3.5])
    windows = {w.layer: w for w in closure_windows(impacts, np.array([True, False]), 1, ENTRY, 0.99, False)}
    assert seconds(windows["sea surface"].to_utc) == pytest.approx(900.0)
    assert seconds(windows["air routes"].to_utc) > 3000.0


def test_shreds_harm_no_aircraft() -> None:
    pieces = fallen(0, np.zeros(3), 0.0, mass_kg=[0.002, 0.0005, 0.2])
    pieces = replace(pieces, initial_mass_kg=np.array([0.002, 0.0005, 20.0]))
    assert harms_aircraft(pieces).tolist() == [True, False, False]


def test_floating_pieces_are_warned_of_for_days() -> None:
    impacts = fallen([0, 1], np.zeros(2), 0.0, fall_s=[600.0, 900.0])
    (window,) = floating_window(impacts, np.ones(2, dtype=bool), ENTRY, 3.0)
    assert seconds(window.from_utc) == pytest.approx(300.0)
    assert seconds(window.to_utc) == pytest.approx(1200.0 + 600.0 + 3 * 86_400.0)


def test_without_times_of_release_there_are_no_windows() -> None:
    impacts = replace(fallen(0, [0.0], 0.0), release_s=None)
    with pytest.raises(PointnemoError, match="run reenter again"):
        closure_windows(impacts, np.ones(1, dtype=bool), 1, ENTRY, 0.99, False)
