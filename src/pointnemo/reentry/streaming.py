"""Any number of pieces in bounded memory: packs of pieces are flown one after the other and reduced as they land.

Exact whatever the number of pieces: sums of every run, its extremes, first and last impact, centre. Rows are kept up to
``KEPT_ROWS``; beyond that a sample of them stands for all. In every run (or part of one) it has the outermost dangerous
rows on each side with their own weights, and of the others, sorted by what became of them and by down-range, a
systematic sample with weights that keep the number of dangerous and of harmless survivors and the mass of the run. What
is read off the sample alone (the polygon of the footprint, maps, casualty areas) carries its error, which falls as one
over the root of the rows kept (tests/validation/test_reentry_scale.py has the figures).

Packs depend on nothing but the number of pieces and runs, so neither do the bits.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.reentry.footprint import EntryTrack, Tails, direction_of, extremes_from, footprint_from, tails
from pointnemo.results import Footprint, Impacts

__all__ = ["KEPT_ROWS", "PACK_ROWS", "Reduced", "Tally", "Unit", "concatenate", "packs_of", "thin"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

KEPT_ROWS = 200_000
"""Rows of ``Impacts`` at most, or ``LEAST_KEPT`` of every run where that is more."""

PACK_ROWS = 131_072
"""Rows flown at a time; a run of more is drawn in parts. 50 MB with all that is made of them on the way."""

OUTERMOST = 8  # dangerous rows that every part of a run keeps on each side, where there is room
LEAST_KEPT = 8  # rows that every run keeps
DANGEROUS_SHARE = 0.8  # of the rows that are sampled; the harmless only fill the books


class Unit(NamedTuple):
    """A run, or a part of one.

    Attributes:
        run: number of the run.
        part, parts: which part, and of how many.
        rows: pieces of it.
    """

    run: int
    part: int
    parts: int
    rows: int


def packs_of(rows_of_run: IntArray) -> list[list[Unit]]:
    """Runs in packs of at most ``PACK_ROWS`` pieces, in order; larger runs in equal parts of at most as many.

    Args:
        rows_of_run: shape (runs,).

    Returns:
        Packs of units.
    """
    packs: list[list[Unit]] = []
    room = 0
    for run, rows in enumerate(rows_of_run):
        parts = -(-int(rows) // PACK_ROWS)
        for part in range(parts):
            share = int(rows) // parts + (part < int(rows) % parts)
            if share > room or not packs:
                packs.append([])
                room = PACK_ROWS
            packs[-1].append(Unit(run, part, parts, share))
            room -= share
    return packs


@dataclass(frozen=True)
class Reduced:
    """What all pieces amount to.

    Attributes:
        impacts: the rows kept.
        pieces: rows flown.
        mass_kg, count: surviving mass and pieces of each run, shape (runs,).
        phase_count, phase_mass_kg: pieces made and mass surviving by phase, shape (runs, phases).
        ends_km, sides_km: heel and toe, right and left of each run, shape (runs, 2); NaN where nothing is dangerous.
        centre: weighted sum of the directions of dangerous impacts, shape (3,).
        middle_km: mean cross-range of dangerous pieces.
        first_s, last_s: seconds from the interface to the first and the last dangerous impact.
    """

    impacts: Impacts
    pieces: int
    mass_kg: FloatArray
    count: FloatArray
    phase_count: FloatArray
    phase_mass_kg: FloatArray
    ends_km: FloatArray
    sides_km: FloatArray
    centre: FloatArray
    middle_km: float
    first_s: float
    last_s: float

    def footprint(self, track: EntryTrack, energy_threshold_j: float) -> Footprint:
        """The footprint: ends of all pieces, polygon of the rows kept.

        Args:
            track: the entry track.
            energy_threshold_j: above which a piece is dangerous.

        Raises:
            FlightError: nothing dangerous survives in any run.
        """
        rows = _dangerous(self.impacts, energy_threshold_j)
        down, cross, weight = (
            column[rows] for column in (self.impacts.downrange_km, self.impacts.crossrange_km, self.impacts.weight)
        )
        present = np.isfinite(self.ends_km[:, 0])
        return footprint_from(self.ends_km[present], self.sides_km[present], self.middle_km, down, cross, weight, track)


class Tally:
    """Takes packs of landed pieces in order and forgets what need not be kept.

    Args of the constructor:
        pieces: rows that will come in all.
        runs: number of runs.
        made_in: phase in which each body comes apart, shape (bodies,).
        phases: number of phases.
        energy_threshold_j: above which a piece is dangerous.
        seed: of the sample.
    """

    def __init__(
        self, pieces: int, runs: int, made_in: IntArray, phases: int, energy_threshold_j: float, seed: int
    ) -> None:
        """An empty tally."""
        self._pieces, self._made_in, self._threshold, self._seed = pieces, made_in, energy_threshold_j, seed
        self._phases = phases
        self._kept_rows = max(KEPT_ROWS, LEAST_KEPT * runs)
        self._mass, self._count = np.zeros(runs), np.zeros(runs)
        self._phase_count, self._phase_mass = np.zeros((runs, phases)), np.zeros((runs, phases))
        self._ends, self._sides = np.full((runs, 2), np.nan), np.full((runs, 2), np.nan)
        self._open: list[tuple[Tails, Tails]] = []  # of a run whose parts are still coming
        self._centre, self._cross, self._weight = np.zeros(3), 0.0, 0.0
        self._first, self._last = np.inf, -np.inf
        self._seen, self._kept = 0, 0
        self._rows: list[Impacts] = []

    def add(self, impacts: Impacts, start_s: FloatArray, units: list[Unit]) -> None:
        """Take a pack.

        Args:
            impacts: its rows, in the order of the units.
            start_s: seconds from the interface to release, shape (n,).
            units: of the pack.
        """
        first, runs = units[0].run, units[-1].run - units[0].run + 1
        run, here = impacts.run - first, slice(first, first + runs)
        surviving = np.where(impacts.survives, impacts.weight, 0.0)
        self._mass[here] += np.bincount(run, surviving * impacts.mass_kg, minlength=runs)
        self._count[here] += np.bincount(run, surviving, minlength=runs)
        cell, cells = run * self._phases + self._made_in[impacts.element], runs * self._phases
        for total, values in ((self._phase_count, impacts.weight), (self._phase_mass, surviving * impacts.mass_kg)):
            total[here] += np.bincount(cell, values, minlength=cells).reshape(runs, self._phases)
        dangerous = _dangerous(impacts, self._threshold)
        chosen = impacts.weight * dangerous
        self._centre += chosen @ direction_of(impacts.latitude_deg, impacts.longitude_deg)
        weight, cross = impacts.weight[dangerous], impacts.crossrange_km[dangerous]
        self._cross, self._weight = self._cross + float((cross * weight).sum()), self._weight + float(weight.sum())
        landing_s = (start_s + impacts.time_of_fall_s)[dangerous]
        if len(landing_s):
            self._first, self._last = min(self._first, landing_s.min()), max(self._last, landing_s.max())
        self._extremes(impacts, dangerous, units)
        self._keep(impacts, dangerous, units)

    def _extremes(self, impacts: Impacts, dangerous: BoolArray, units: list[Unit]) -> None:
        """Ends and sides of the runs that are complete with this pack."""
        begin = 0
        for unit in units:
            rows = begin + np.flatnonzero(dangerous[begin : begin + unit.rows])
            begin += unit.rows
            if len(rows):
                weight = impacts.weight[rows]
                self._open.append(
                    (tails(impacts.downrange_km[rows], weight), tails(impacts.crossrange_km[rows], weight))
                )
            if unit.part == unit.parts - 1 and self._open:
                self._ends[unit.run] = extremes_from([end for end, _ in self._open])
                self._sides[unit.run] = extremes_from([side for _, side in self._open])
            if unit.part == unit.parts - 1:
                self._open = []

    def _keep(self, impacts: Impacts, dangerous: BoolArray, units: list[Unit]) -> None:
        """Keep all rows, or a sample where not all of them fit."""
        if self._pieces <= self._kept_rows:
            self._rows.append(impacts)
            return
        begin = 0
        chosen: list[IntArray] = []
        weights: list[FloatArray] = []
        for unit in units:
            self._seen += unit.rows
            quota = self._kept_rows * self._seen // self._pieces - self._kept
            self._kept += quota
            rows = slice(begin, begin + unit.rows)
            rng = np.random.default_rng([self._seed, unit.run, unit.part])
            index, weight = thin(impacts, rows, dangerous, quota, rng)
            chosen.append(index)
            weights.append(weight)
            begin += unit.rows
        self._rows.append(_taken(impacts, np.concatenate(chosen), np.concatenate(weights)))

    def result(self) -> Reduced:
        """All packs together."""
        impacts = concatenate(self._rows)
        self._rows = []
        return Reduced(
            impacts=replace(impacts, pieces_flown=self._pieces, ends_km=self._ends, sides_km=self._sides),
            pieces=self._pieces,
            mass_kg=self._mass,
            count=self._count,
            phase_count=self._phase_count,
            phase_mass_kg=self._phase_mass,
            ends_km=self._ends,
            sides_km=self._sides,
            centre=self._centre,
            middle_km=self._cross / self._weight if self._weight > 0.0 else 0.0,
            first_s=float(self._first),
            last_s=float(self._last),
        )


def _dangerous(impacts: Impacts, energy_threshold_j: float) -> BoolArray:
    return impacts.survives & (impacts.kinetic_energy_j > energy_threshold_j)


def thin(
    impacts: Impacts, rows: slice, dangerous: BoolArray, quota: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """A sample of the rows of a run, or of a part of one, that stands for all of them.

    Args:
        impacts: the pack.
        rows: of the run within it.
        dangerous: shape (n,) of the pack.
        quota: how many rows to keep; a few more where there are too few for one of every kind.
        rng: for where the sampling starts.

    Returns:
        Indices into the pack, ascending, and their weights.
    """
    index = np.arange(rows.start, rows.stop)
    if quota >= len(index):
        return index, impacts.weight[rows]
    hit, survives = dangerous[rows], impacts.survives[rows]
    certain = _outermost(impacts, index[hit], max(1, min(OUTERMOST, quota // 16)))
    groups = [np.setdiff1d(index[hit], certain), index[survives & ~hit], index[~survives]]
    left = max(quota - len(certain), 0)
    share = min(int(DANGEROUS_SHARE * left), len(groups[0]))
    harmless = len(groups[1]) + len(groups[2])
    quotas = [share, *((left - share) * len(group) // max(harmless, 1) for group in groups[1:])]
    picked, weights = [certain], [impacts.weight[certain]]
    for group, number in zip(groups, quotas, strict=True):
        ordered = group[np.argsort(impacts.downrange_km[group], kind="stable")]
        reach = (0.6 + np.sqrt(impacts.area_m2[ordered])) ** 2  # casualty area of a piece (NASA-STD-8719.14C eq. 4.7-1)
        taken, weight = _systematic(ordered, impacts.weight[ordered], reach, max(number, 1), rng)
        picked.append(taken)
        weights.append(weight * (impacts.weight[group].sum() / weight.sum()) if len(taken) else weight)
    _balance(impacts, index, picked, weights)
    chosen, weight = np.concatenate(picked), np.concatenate(weights)
    order = np.argsort(chosen, kind="stable")
    return chosen[order], weight[order]


def _outermost(impacts: Impacts, rows: IntArray, count: int) -> IntArray:
    """The ``count`` rows that reach furthest on each of the four sides, ascending, each once."""
    if len(rows) <= count:
        return rows
    found = []
    for values in (impacts.downrange_km[rows], impacts.crossrange_km[rows]):
        order = np.argsort(values, kind="stable")
        found += [rows[order[:count]], rows[order[-count:]]]
    return np.unique(np.concatenate(found))


def _systematic(
    rows: IntArray, weight: FloatArray, reach: FloatArray, count: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Systematic sample of about ``count`` rows (all where there are fewer), and the weights that make it unbiased.

    A row is drawn by thirds in proportion to its weight, to weight times ``reach``, and like any other: rows that stand
    for many pieces make the numbers and the casualty area, rows that stand for few are the heavy ones. A row that is
    drawn twice is kept once with twice the weight.
    """
    if len(rows) <= count:
        return rows, weight
    chance = (weight / weight.sum() + weight * reach / np.sum(weight * reach) + 1.0 / len(rows)) / 3.0
    edges = np.cumsum(chance)
    ticks = (np.arange(count) + rng.random()) / count * edges[-1]
    place, times = np.unique(np.searchsorted(edges, ticks, side="right"), return_counts=True)
    return rows[place], weight[place] * times / (count * chance[place])


def _balance(impacts: Impacts, index: IntArray, picked: list[IntArray], weights: list[FloatArray]) -> None:
    """Scale the weights of what demised so that the run has its mass; of everything where nothing demised."""
    whole = float(np.sum(impacts.weight[index] * impacts.initial_mass_kg[index]))
    held = [float(np.sum(w * impacts.initial_mass_kg[rows])) for rows, w in zip(picked, weights, strict=True)]
    missing = whole - sum(held[:-1])
    if held[-1] > 0.0 and missing > 0.0:
        weights[-1] = weights[-1] * (missing / held[-1])
    else:
        weights[:] = [weight * (whole / sum(held)) for weight in weights]


def _columns(impacts: Impacts) -> list[str]:
    """Names of the columns that have a row for each piece."""
    rows = len(impacts.run)
    return [
        field.name
        for field in fields(impacts)
        if field.name not in ("ends_km", "sides_km")
        and isinstance(getattr(impacts, field.name), np.ndarray)
        and len(getattr(impacts, field.name)) == rows
    ]


def _taken(impacts: Impacts, index: IntArray, weight: FloatArray) -> Impacts:
    """Some rows, with other weights."""
    return replace(impacts, **{**{name: getattr(impacts, name)[index] for name in _columns(impacts)}, "weight": weight})


def concatenate(parts: list[Impacts]) -> Impacts:
    """Rows of several packs, one after the other; the same elements and classes in all."""
    if len(parts) == 1:
        return parts[0]
    names = _columns(parts[0])
    return replace(parts[0], **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
