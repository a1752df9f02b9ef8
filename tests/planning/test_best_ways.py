"""What the best ways keep for the targeted burns, against those burns flown."""

from __future__ import annotations

import pytest
from tests import descend_factory

from pointnemo.descent import GroundTrack
from pointnemo.planning import best_ways as module
from pointnemo.results import Optimum


class Found:
    """A search that says what it was asked, and burns that take more the later they are looked at."""

    def __init__(self, taken: list[float]) -> None:
        self.asked: list[float] = []
        self.taken = taken

    def optimum_of(self, decision, scenario, world, phase_s, burns_kg, workers, objectives=()) -> Optimum:
        self.asked.append(burns_kg)
        return descend_factory.make_optimum()

    def taken_kg(self, way, decision, scenario, world, track) -> float:
        return self.taken[len(self.asked) - 1]


def sought(monkeypatch: pytest.MonkeyPatch, taken: list[float]) -> tuple[list[float], float]:
    found = Found(taken)
    monkeypatch.setattr(module, "optimum_of", found.optimum_of)
    monkeypatch.setattr(module, "_taken_kg", found.taken_kg)
    track = GroundTrack.through(-48.9, -123.4, 51.6, "descending")
    _, kept = module.best_ways(None, None, None, 0.0, 8800.0, track, 1)  # type: ignore[arg-type]
    return found.asked, kept


def test_ways_whose_burns_take_no_more_are_sought_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for one objective, to know about how much it is, and once for all."""
    assert sought(monkeypatch, [8790.0, 8790.0]) == ([8800.0, 8800.0], 8800.0)


def test_what_the_burns_take_is_kept_and_the_ways_are_sought_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sought(monkeypatch, [9900.0, 10_000.0, 10_005.0]) == ([8800.0, 9900.0, 10_000.0], 10_000.0)


def test_the_search_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, kept = sought(monkeypatch, [9000.0, 9100.0, 9200.0, 9300.0, 9400.0])
    assert len(asked) == 2 + module.MOST_ROUNDS
    assert kept == 9400.0
