"""Packs, sums and the sample of rows."""

from __future__ import annotations

import numpy as np
import pytest

from pointnemo.reentry import EntryState, reenter, streaming
from pointnemo.reentry.footprint import extremes_from, tails
from pointnemo.reentry.streaming import PACK_ROWS, packs_of
from pointnemo.results import Reenter
from pointnemo.scenario.models import Scenario
from pointnemo.world import World


def asked(scenario: Scenario, **changes: object) -> Scenario:
    return scenario.model_copy(update={"reentry": scenario.reentry.model_copy(update=changes)})


@pytest.mark.parametrize(
    "rows", [[10], [PACK_ROWS], [PACK_ROWS + 1], [5 * PACK_ROWS + 3], [1000] * 700, [PACK_ROWS, 1, 2 * PACK_ROWS]]
)
def test_packs_hold_every_piece_once_and_are_bounded(rows: list[int]) -> None:
    packs = packs_of(np.array(rows))
    assert all(sum(unit.rows for unit in pack) <= PACK_ROWS for pack in packs)
    units = [unit for pack in packs for unit in pack]
    assert [unit.run for unit in units] == sorted(unit.run for unit in units)
    for run, count in enumerate(rows):
        mine = [unit for unit in units if unit.run == run]
        assert sum(unit.rows for unit in mine) == count
        assert [unit.part for unit in mine] == list(range(mine[0].parts))


def test_extremes_of_parts_are_those_of_the_whole() -> None:
    rng = np.random.default_rng(4)
    values, weight = rng.standard_normal(4000), rng.exponential(0.2, 4000)
    parts = [tails(values[rows], weight[rows]) for rows in np.array_split(rng.permutation(4000), 5)]
    assert extremes_from(parts) == extremes_from([tails(values, weight)])
    order = np.argsort(values)
    below = np.cumsum(weight[order])
    assert extremes_from(parts)[0] == values[order][np.searchsorted(below, 0.5)]


@pytest.fixture(scope="module")
def whole(entry: EntryState, scenario: Scenario, world: World) -> Reenter:
    return reenter(entry, asked(scenario, fragments=6000, realisations=3), world, seed=5)


@pytest.fixture(scope="module")
def sampled(entry: EntryState, scenario: Scenario, world: World) -> Reenter:
    """The same, with room for a quarter of the rows and for less than a run in a pack."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "KEPT_ROWS", 1500)
        patch.setattr(streaming, "PACK_ROWS", 2500)
        return reenter(entry, asked(scenario, fragments=6000, realisations=3), world, seed=5)


def test_sums_and_ends_do_not_depend_on_what_is_kept(whole: Reenter, sampled: Reenter) -> None:
    assert len(whole.impacts.run) == whole.impacts.pieces_flown == 6000
    assert 1400 < len(sampled.impacts.run) <= 1520
    assert sampled.impacts.pieces_flown == 6000
    for name in ("surviving_mass_kg", "surviving_fragments", "phases", "first_impact_utc", "last_impact_utc"):
        assert getattr(sampled, name) == getattr(whole, name), name
    assert sampled.footprint.length_km == whole.footprint.length_km
    assert sampled.footprint.width_km == whole.footprint.width_km
    np.testing.assert_array_equal(sampled.impacts.ends_km, whole.impacts.ends_km)
    assert sampled.impact_centre.latitude_deg == pytest.approx(whole.impact_centre.latitude_deg, abs=1e-9)


def test_the_sample_stands_for_all(whole: Reenter, sampled: Reenter, entry: EntryState) -> None:
    few, all_ = sampled.impacts, whole.impacts
    mass = np.bincount(few.run, few.weight * few.initial_mass_kg)
    np.testing.assert_allclose(mass, entry.mass_kg, rtol=1e-9)
    hits = [rows.survives & (rows.kinetic_energy_j > 15.0) for rows in (few, all_)]
    counts = [np.bincount(rows.run, rows.weight * hit) for rows, hit in zip((few, all_), hits, strict=True)]
    np.testing.assert_allclose(*counts, rtol=0.02)
    assert np.sum(few.weight * few.survives) == pytest.approx(np.sum(all_.weight * all_.survives), rel=0.02)
    for level in (0.1, 0.5, 0.9):
        found, true = (
            np.quantile(rows.downrange_km[hit], level, weights=rows.weight[hit], method="inverted_cdf")
            for rows, hit in zip((few, all_), hits, strict=True)
        )
        assert abs(found - true) < 0.03 * whole.footprint.length_km.value


def test_outermost_pieces_are_kept_as_they_are(whole: Reenter, sampled: Reenter) -> None:
    few, all_ = sampled.impacts, whole.impacts
    for run in range(3):
        for name in ("downrange_km", "crossrange_km"):
            ends = []
            for rows in (few, all_):
                hit = rows.survives & (rows.kinetic_energy_j > 15.0) & (rows.run == run)
                values = getattr(rows, name)[hit]
                ends.append((values.min(), values.max(), rows.weight[hit][values.argmax()]))
            assert ends[0] == ends[1]


def test_a_run_in_parts_is_a_run(
    entry: EntryState, scenario: Scenario, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More pieces than a pack holds: parts, each a draw of the whole, with the mass and the ends of one run."""
    one = asked(scenario, fragments=4500, realisations=1)
    together = reenter(entry, one, world, seed=5)
    monkeypatch.setattr(streaming, "PACK_ROWS", 1500)
    apart = reenter(entry, one, world, seed=5)
    other = reenter(entry, one, world, seed=5, workers=2)
    assert apart.model_dump_json() == other.model_dump_json()
    assert np.sum(apart.impacts.weight * apart.impacts.initial_mass_kg) == pytest.approx(entry.mass_kg, rel=1e-9)
    assert apart.phases[0].altitude_km == together.phases[0].altitude_km
    assert apart.surviving_mass_kg.value == pytest.approx(together.surviving_mass_kg.value, rel=0.05)
    assert apart.footprint.length_km.value == pytest.approx(together.footprint.length_km.value, rel=0.1)


def test_rows_say_when_they_were_set_free(whole: Reenter) -> None:
    impacts = whole.impacts
    assert impacts.release_s is not None
    high = impacts.release_height_km > 95.0
    low = impacts.release_height_km < 75.0
    assert low.any()
    for run in range(3):
        mine = impacts.run == run
        assert impacts.release_s[high & mine].max() < impacts.release_s[low & mine].min()
