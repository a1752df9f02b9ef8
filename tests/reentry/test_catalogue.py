"""Bodies, strata and pieces: mass is conserved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.errors import ScenarioError
from pointnemo.reentry.catalogue import (
    DOCKED,
    draw_pieces,
    hypersonic_drag_coefficient,
    rows_per_run,
    station_bodies,
    strata_of,
    tumbling_area_m2,
)
from pointnemo.reentry.entry import EntryState
from pointnemo.scenario.models import Scenario


def test_bodies_carry_all_that_enters(scenario: Scenario, entry: EntryState) -> None:
    bodies = station_bodies(scenario, entry.mass_kg)
    assert sum(body.mass_kg for body in bodies) == pytest.approx(entry.mass_kg, rel=1e-12)
    assert bodies[-1].key == DOCKED
    flight = scenario.flights[scenario.descent.deorbit_vehicle]
    assert bodies[-1].mass_kg == scenario.vehicles[flight.vehicle].docked_mass_kg
    for body, element in zip(bodies, scenario.station.elements.values(), strict=False):
        assert body.mass_kg >= element.mass_kg
        # what opens as it is released holds no cargo
        if element.opens == element.release:
            assert body.mass_kg == element.mass_kg


def test_elements_heavier_than_the_entry_are_refused(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match=r"station\.elements.*weigh"):
        station_bodies(scenario, 100_000.0)


def test_sphere_has_the_area_of_its_disc() -> None:
    """A cylinder as long as wide has 1.5 times the surface of its inscribed sphere."""
    assert tumbling_area_m2(2.0, 2.0) == pytest.approx(1.5 * np.pi, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(min_value=1, max_value=3000), seed=st.integers(min_value=0, max_value=2**32))
def test_pieces_weigh_what_entered_and_keep_their_class(
    scenario: Scenario, entry: EntryState, rows: int, seed: int
) -> None:
    bodies = station_bodies(scenario, entry.mass_kg)
    strata = strata_of(scenario, bodies)
    pieces = draw_pieces(scenario, strata, rows, np.random.default_rng(seed))
    assert len(pieces.mass_kg) == rows
    assert np.sum(pieces.weight * pieces.mass_kg) == pytest.approx(entry.mass_kg, rel=1e-9)
    assert np.all(pieces.weight > 0.0)
    assert np.all(pieces.wall_kg <= pieces.mass_kg)
    classes = tuple(scenario.reentry.classes.values())
    beta = pieces.mass_kg / (hypersonic_drag_coefficient() * pieces.area_m2)
    low = np.array([row.beta_low_kg_m2 for row in classes])[pieces.fragment_class]
    high = np.array([row.beta_high_kg_m2 for row in classes])[pieces.fragment_class]
    heaviest = np.array([row.mass_high_kg for row in classes])[pieces.fragment_class]
    assert np.all((beta >= low * (1 - 1e-9)) & (beta <= high * (1 + 1e-9)))
    assert np.all(pieces.mass_kg <= heaviest * (1 + 1e-9))


def test_with_enough_rows_every_class_keeps_its_own_mass(scenario: Scenario, entry: EntryState) -> None:
    strata = strata_of(scenario, station_bodies(scenario, entry.mass_kg))
    pieces = draw_pieces(scenario, strata, len(strata.mass_kg), np.random.default_rng(1))
    mass = np.bincount(pieces.fragment_class, pieces.weight * pieces.mass_kg)
    np.testing.assert_allclose(mass, np.bincount(strata.fragment_class, strata.mass_kg), rtol=1e-9)
    assert set(pieces.body) == set(strata.body)


def test_the_number_of_pieces_does_not_depend_on_the_rows(scenario: Scenario, entry: EntryState) -> None:
    strata = strata_of(scenario, station_bodies(scenario, entry.mass_kg))
    expected = strata.expected.sum()
    for rows in (200, 2000):
        counts = [
            draw_pieces(scenario, strata, rows, np.random.default_rng([rows, run])).weight.sum() for run in range(30)
        ]
        assert np.mean(counts) == pytest.approx(expected, rel=0.1)


def test_rows_are_shared_out_without_loss() -> None:
    assert rows_per_run(20, 6).tolist() == [4, 4, 3, 3, 3, 3]
