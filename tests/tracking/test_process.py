"""Drag and all other pushes as one process: what arcs tell about it, against truths drawn from the belief itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.tracking.synthetic import DAY_S, MASS_KG, START, end_of, fix_of, station, world

from pointnemo.tracking.arcs import Arc, Gap, gap_between
from pointnemo.tracking.fixes import ELEMENT_SET_ERROR, OEM_ERROR, Fix
from pointnemo.tracking.process import (
    BELIEF,
    FORCE_MODEL_A_KM,
    FORCE_MODEL_ALONG_KM,
    LEAST_ARCS,
    LOOSE,
    Belief,
    Cells,
    Estimated,
    Push,
    Sizes,
    belief_about,
    cells_between,
    condition,
    decay_rates,
    fit_sizes,
    formal_sigma_m2,
    is_iss,
    km_per_mps,
)
from pointnemo.world import time
from pointnemo.world.earth import MU_KM3_S2

FloatArray = NDArray[np.float64]

AHEAD_DAYS = 3.0
RATE_KM_S_M2 = 1.4e-10  # 40 m a day with 3300 m2
PLAIN = BELIEF._replace(sun_share=0.0)


class Scene(NamedTuple):
    """What arcs are drawn about."""

    fixes: tuple[Fix, ...]
    cells: Cells
    pushes: tuple[Push, ...]


class Truth(NamedTuple):
    """A draw: ln of the area less what is usual and jolts (km) by cell, pushes (km), errors of the fixes (km)."""

    log: FloatArray
    jolts: FloatArray
    pushes: FloatArray
    fixes: FloatArray


def scene(arcs: int, days: float = 3.3, pushes: Sequence[Push] = (), usual: float = 0.0) -> Scene:
    epochs = START + DAY_S * days * np.arange(arcs + 1)
    first = fix_of(station())
    fixes = tuple(replace(first, tt_s=float(tt_s), name=f"{i}") for i, tt_s in enumerate(epochs))
    edges = [*epochs.tolist(), float(epochs[-1]) + AHEAD_DAYS * DAY_S]
    starts, stops = cells_between(list(pairwise(edges)))
    number = np.arange(len(starts))
    cells = Cells(starts, stops, RATE_KM_S_M2 * (1.0 + 0.3 * np.sin(number)), usual * np.cos(number))
    return Scene(fixes, cells, tuple(pushes))


def motion(fix: Fix) -> float:
    return float(np.sqrt(MU_KM3_S2 / fix.mean.a_km**3))


def km(fix: Fix) -> float:
    """Semi-major axis per m/s: the energy of a circular orbit, da = 2 dv / n."""
    return 2e-3 / motion(fix)


def drawn(rng: np.random.Generator, given: Scene, belief: Belief = PLAIN, sizes: Sizes | None = None) -> Truth:
    """A truth from the belief, part by part."""
    sizes = sizes or belief.sizes
    cells, per_mps = given.cells, km(given.fixes[0])
    middle = 0.5 * (cells.start_tt_s + cells.stop_tt_s) / DAY_S

    def wander(size: float, days: float) -> FloatArray:
        """Ornstein-Uhlenbeck, step by step."""
        value = rng.normal() * size
        values = [value]
        for step in np.diff(middle):
            kept = np.exp(-step / days)
            value = kept * value + rng.normal() * size * np.sqrt(1.0 - kept**2)
            values.append(value)
        return np.array(values)

    n = len(middle)
    log = rng.normal() * belief.median + wander(sizes.slow, belief.slow_days) + wander(sizes.fast, belief.fast_days)
    lengths = (cells.stop_tt_s - cells.start_tt_s) / DAY_S
    jolts = rng.normal(size=n) * sizes.jolt_mps * per_mps * np.sqrt(lengths)
    pushes = np.array([rng.normal() * push.sigma_mps * per_mps for push in given.pushes])
    shares = np.array([fix.error.a_km / OEM_ERROR.a_km for fix in given.fixes])
    return Truth(log, jolts, pushes, rng.normal(size=len(given.fixes)) * sizes.fix_a_km * shares)


def nothing(given: Scene, log: float = 0.0) -> Truth:
    n = len(given.cells.start_tt_s)
    return Truth(np.full(n, log), np.zeros(n), np.zeros(len(given.pushes)), np.zeros(len(given.fixes)))


def arcs_of(
    given: Scene,
    truth: Truth,
    belief: Belief = PLAIN,
    rng: np.random.Generator | None = None,
    count: int | None = None,
    share: float = 1.0,
) -> list[Arc]:
    """What fits of the arcs would say: a push of da at t_b is da of semi-major axis and -3/2 n da (t - t_b) of place.

    Args:
        given: fixes and cells.
        truth: as drawn.
        belief: tells the usual area.
        rng: of the noise; none without.
        count: how many arcs, the last ones left out.
        share: what a square metre does in flight over what the averaged rates say.
    """
    cells, arcs = given.cells, []
    area = belief.cd_area_m2 * np.exp(cells.usual_log + truth.log)
    for number, (start, end) in enumerate(zip(given.fixes[:count], given.fixes[1:], strict=False)):
        if count is not None and number >= count:
            break
        n, t, stop = motion(start), cells.middle_tt_s, end.tt_s
        inside = (t > start.tt_s) & (t < stop)
        lost = share * cells.rate_km_s_m2 * cells.length_s * inside
        ahead = 1.5 * n * lost * (stop - t)
        along = ahead @ area - 1.5 * n * ((stop - t) * inside) @ truth.jolts
        axis = -lost @ area + truth.jolts[inside].sum()
        for push, pushed in zip(given.pushes, truth.pushes, strict=True):
            if start.tt_s <= push.tt_s < stop:
                along -= 1.5 * n * pushed * (stop - push.tt_s)
                axis += pushed
        along -= 1.5 * n * truth.fixes[number] * (stop - start.tt_s)
        axis += truth.fixes[number] - truth.fixes[number + 1]
        if rng is not None:
            sigma2 = start.error.along_km**2 + end.error.along_km**2 + 4.0 * end.error.shape_km**2
            along += rng.normal() * np.sqrt(sigma2 + FORCE_MODEL_ALONG_KM**2)
            axis += rng.normal() * FORCE_MODEL_A_KM
        fitted = along / ahead.sum()
        gap = Gap(-lost.sum() * fitted - axis, 0.0, 0.0, 0.0)
        arcs.append(Arc(start, end, MASS_KG, (), (), fitted, ahead.sum(), gap, np.zeros(3)))
    return arcs


def seen(given: Scene, arcs: Sequence[Arc], sizes: Sizes = PLAIN.sizes, belief: Belief = PLAIN) -> Estimated:
    return condition(arcs, given.fixes, given.cells, given.pushes, sizes, belief)


# --- the truth is covered --------------------------------------------------------------------------------------------

DRAWS = 200
VISIT = Push(START + 5.0 * DAY_S, 0.03)
BURN = Push(START + 8.2 * DAY_S, 0.05)


@pytest.fixture(scope="module", params=[1.0, 1.15])
def standardized(request: pytest.FixtureRequest) -> dict[str, FloatArray]:
    """Errors of the estimate over their stated sigma, many times."""
    given = scene(6, pushes=(VISIT, BURN), usual=0.2)
    rng = np.random.default_rng(11)
    cells = len(given.cells.start_tt_s)
    weight = given.cells.length_s * (given.cells.start_tt_s >= given.fixes[-1].tt_s)
    weight /= weight.sum()
    errors: dict[str, list[float]] = {}
    for _ in range(DRAWS):
        truth = drawn(rng, given)
        found = seen(given, arcs_of(given, truth, rng=rng, share=request.param))
        off = found.mean - np.concatenate([truth.log, truth.jolts, truth.pushes, truth.fixes])
        parts = {
            "area of the first day": np.eye(1, len(off), 0)[0],
            "area of a later day": np.eye(1, len(off), cells // 2)[0],
            "area of the days ahead": np.pad(weight, (0, len(off) - cells)),
            "a jolt": np.eye(1, len(off), cells + 3)[0],
            "the visit": np.eye(1, len(off), 2 * cells)[0],
            "the burn": np.eye(1, len(off), 2 * cells + 1)[0],
            "the first fix": np.eye(1, len(off), 2 * cells + 2)[0],
            "the newest fix": np.eye(1, len(off), len(off) - 1)[0],
        }
        for name, row in parts.items():
            errors.setdefault(name, []).append(row @ off / np.sqrt(row @ found.covariance @ row))
    return {name: np.array(values) for name, values in errors.items()}


@pytest.mark.parametrize(
    "part",
    ["area of the first day", "area of a later day", "area of the days ahead", "a jolt", "the visit", "the burn",
     "the first fix", "the newest fix"],
)  # fmt: skip
def test_errors_are_as_large_as_stated(standardized: dict[str, FloatArray], part: str) -> None:
    """Over 200 truths: 0.1 % bounds of the mean, and of chi-square."""
    errors = standardized[part]
    assert abs(errors.mean()) < stats.norm.ppf(0.9995) / np.sqrt(DRAWS)
    low, high = stats.chi2.ppf([0.0005, 0.9995], DRAWS)
    assert low < (errors**2).sum() < high


def test_a_visit_a_fix_and_the_area_are_learnt_about() -> None:
    """A posterior that learns nothing would cover the truth as well: it must be narrower than the belief."""
    given = scene(6, pushes=(VISIT, BURN))
    found = seen(given, arcs_of(given, nothing(given)))
    cells = len(given.cells.start_tt_s)
    sigma, prior = np.sqrt(np.diag(found.covariance)), np.sqrt(np.diag(seen(given, []).covariance))
    learnt = sigma / prior
    assert learnt[2 * cells] < 0.5  # the visit
    assert learnt[-1] < 0.95  # the newest fix
    assert learnt[cells // 2] < 0.75
    assert learnt[cells - 1] < 0.9  # days ahead
    assert (learnt < 1.0 + 1e-9).all()


# --- before and after ------------------------------------------------------------------------------------------------


def test_without_arcs_what_was_believed_stands() -> None:
    given = scene(2, pushes=(VISIT,), usual=0.3)
    found = seen(given, [])
    cells = len(given.cells.start_tt_s)
    assert not found.mean.any()
    assert found.log_likelihood == 0.0
    np.testing.assert_allclose(found.log_area, np.log(4000.0) + given.cells.usual_log)
    size, per_mps = PLAIN.sizes, km(given.fixes[0])
    covariance = found.covariance
    apart = (given.cells.middle_tt_s[4] - given.cells.middle_tt_s[1]) / DAY_S
    wander = size.slow**2 * np.exp(-apart / 60.0) + size.fast**2 * np.exp(-apart / 5.0)
    assert covariance[0, 0] == pytest.approx(PLAIN.median**2 + size.slow**2 + size.fast**2)
    assert covariance[1, 4] == pytest.approx(PLAIN.median**2 + wander)
    days = given.cells.length_s / DAY_S
    np.testing.assert_allclose(np.diag(covariance)[found.jolts], (size.jolt_mps * per_mps) ** 2 * days)
    np.testing.assert_allclose(np.diag(covariance)[found.pushed], [(0.03 * per_mps) ** 2])
    np.testing.assert_allclose(np.diag(covariance)[-3:], size.fix_a_km**2)
    others = covariance[cells:, cells:]
    assert not (others - np.diag(np.diag(others))).any()
    assert not covariance[:cells, cells:].any()


def test_a_fix_of_another_kind_is_doubted_in_its_own_measure() -> None:
    given = scene(1)
    newest = replace(given.fixes[-1], error=ELEMENT_SET_ERROR)
    found = condition([], [given.fixes[0], newest], given.cells, (), PLAIN.sizes, PLAIN)
    assert np.sqrt(np.diag(found.covariance)[-2:]) == pytest.approx(
        PLAIN.sizes.fix_a_km * np.array([1.0, 0.05 / 0.007])
    )


def test_more_arcs_never_widen() -> None:
    given = scene(6, pushes=(VISIT, BURN))
    truth = nothing(given)
    before = seen(given, []).covariance
    for count in range(1, 7):
        after = seen(given, arcs_of(given, truth, count=count)).covariance
        gained = before - after
        scale = np.sqrt(np.diag(before))
        assert np.linalg.eigvalsh(gained / np.outer(scale, scale)).min() > -1e-9
        assert np.diag(after)[-1] < np.diag(before)[-1] or count < 6
        np.testing.assert_allclose(after, after.T, atol=1e-14)
        before = after


@pytest.mark.parametrize("area_m2", [3000.0, 4000.0, 5500.0])
def test_a_steady_area_is_found_by_many_arcs(area_m2: float) -> None:
    given = scene(15, days=4.0)
    found = seen(given, arcs_of(given, nothing(given, np.log(area_m2 / 4000.0))))
    log, sigma = found.log_area_between(given.fixes[1].tt_s, given.fixes[-2].tt_s)
    assert np.exp(log) == pytest.approx(area_m2, rel=0.01)
    assert sigma < 0.03
    # days ahead: the same, but for what is forgotten on the way; and less well known the further
    ahead = found.log_area[given.cells.start_tt_s >= given.fixes[-1].tt_s]
    assert np.abs(ahead - np.log(area_m2)).max() <= 0.5 * abs(np.log(area_m2 / 4000.0)) + 1e-3
    doubt = np.diag(found.covariance)[: len(given.cells.start_tt_s)][given.cells.start_tt_s >= given.fixes[-1].tt_s]
    assert (np.diff(doubt) > 0.0).all()


@pytest.mark.parametrize("area_m2", [1000.0, 2000.0, 8000.0, 16_000.0, 25_000.0])
def test_a_loose_belief_gives_way_to_arcs(area_m2: float) -> None:
    """Per 450 t, which stand for a mass that nobody tells: ballistic factors of 0.002 to 0.055 m2/kg."""
    given = scene(6, days=4.0)
    arcs = arcs_of(given, nothing(given, np.log(area_m2 / LOOSE.cd_area_m2)), LOOSE)
    found = seen(given, arcs, LOOSE.sizes, LOOSE)
    log, sigma = found.log_area_between(given.fixes[0].tt_s, given.fixes[-1].tt_s)
    assert np.exp(log) == pytest.approx(area_m2, rel=0.03)
    assert abs(log - np.log(area_m2)) < 2.0 * sigma


def test_what_geometry_foretells_is_not_mistaken_for_a_change() -> None:
    given = scene(15, days=4.0, usual=0.4)
    found = seen(given, arcs_of(given, nothing(given)))
    assert np.abs(found.mean[: len(given.cells.start_tt_s)]).max() < 0.01
    np.testing.assert_allclose(found.log_area, np.log(4000.0) + given.cells.usual_log, atol=0.01)


def test_a_visit_that_pushed_is_told_from_drag() -> None:
    given = scene(6, pushes=(VISIT,))
    truth = nothing(given)._replace(pushes=np.array([0.06 * km(given.fixes[0])]))
    found = seen(given, arcs_of(given, truth))
    assert found.mean[found.pushed][0] / km(given.fixes[0]) == pytest.approx(0.06, rel=0.35)
    other = seen(given._replace(pushes=()), arcs_of(given, truth))
    assert found.log_likelihood > other.log_likelihood + 2.0


def test_the_mean_over_an_interval_weighs_days_by_their_length() -> None:
    given = scene(2, days=1.3)
    found = seen(given, [])
    log = np.arange(float(len(given.cells.start_tt_s)))
    start, stop = given.fixes[0].tt_s, given.fixes[1].tt_s
    inside = given.cells.start_tt_s < stop - 1.0
    expected = np.average(log[inside], weights=given.cells.length_s[inside])
    mean, sigma = replace(found, log_area=log).log_area_between(start, stop)
    assert mean == pytest.approx(expected)
    assert sigma < np.sqrt(found.covariance[0, 0])
    one, alone = found.log_area_between(start, float(given.cells.stop_tt_s[0]))
    assert (one, alone) == pytest.approx((found.log_area[0], np.sqrt(found.covariance[0, 0])))


# --- sizes -----------------------------------------------------------------------------------------------------------


def sizes_from(truth_sizes: Sizes, seed: int = 3, arcs: int = 10, visits: bool = False) -> Sizes:
    days = (4.0, 8.0, 11.0, 17.0, 22.0, 26.0) if visits else ()
    pushes = tuple(Push(START + day * DAY_S, PLAIN.sizes.visit_mps) for day in days)
    given = scene(arcs, days=3.0, pushes=pushes)
    rng = np.random.default_rng(seed)
    sized = tuple(push._replace(sigma_mps=truth_sizes.visit_mps) for push in pushes)
    truth = drawn(rng, given._replace(pushes=sized), sizes=truth_sizes)
    found = arcs_of(given, truth, rng=rng)
    return fit_sizes(found, given.fixes, given.cells, [True] * len(pushes), pushes, PLAIN)


@pytest.mark.parametrize("part", ["fast", "jolt_mps", "visit_mps"])
def test_a_size_moves_towards_the_truth(part: str) -> None:
    believed = getattr(PLAIN.sizes, part)
    larger, smaller = (
        getattr(sizes_from(PLAIN.sizes._replace(**{part: factor * believed}), visits=part == "visit_mps"), part)
        for factor in (3.0, 0.25)
    )
    assert 1.25 < larger / believed < 3.3
    assert smaller < believed


def test_no_size_leaves_three_doubts() -> None:
    most = np.exp(3.0 * PLAIN.doubt)
    wild = Sizes(*(100.0 * size for size in PLAIN.sizes))._replace(slow=1.0, fast=1.5)
    for found in (sizes_from(wild, arcs=6), sizes_from(Sizes(*(1e-3 * size for size in PLAIN.sizes)), arcs=6)):
        ratio = np.array(found) / np.array(PLAIN.sizes)
        assert (ratio <= most * (1.0 + 1e-9)).all()
        assert (ratio >= 1.0 / most * (1.0 - 1e-9)).all()
    assert ratio.min() < 0.9  # and the quiet ones were quieter


def test_a_few_arcs_say_nothing_about_sizes() -> None:
    given = scene(LEAST_ARCS)
    rng = np.random.default_rng(1)
    arcs = arcs_of(given, drawn(rng, given, sizes=Sizes(*(3.0 * size for size in PLAIN.sizes))), rng=rng)
    assert fit_sizes(arcs[:-1], given.fixes, given.cells, [], [], PLAIN) == PLAIN.sizes
    assert fit_sizes(arcs, given.fixes, given.cells, [], [], PLAIN) != PLAIN.sizes


# --- what a single arc says ------------------------------------------------------------------------------------------


def test_a_longer_arc_measures_its_area_better() -> None:
    sigmas = []
    for days in (1.0, 2.0, 4.0, 8.0, 15.0):
        given = scene(1, days=days)
        (arc,) = arcs_of(given, nothing(given))
        sigmas.append(formal_sigma_m2(arc, seen(given, [])))
    assert (np.diff(sigmas) < 0.0).all()
    assert sigmas[0] > 5.0 * sigmas[-1]


def test_what_one_arc_leaves_open() -> None:
    """Errors of its ends alone, then of the start's semi-major axis, then of a visit, over what a square metre does."""
    given = scene(1, days=4.0)
    (arc,) = arcs_of(given, nothing(given))
    none = Sizes(0.1, 0.1, 0.0, 0.0, 0.0)
    ends = 2.0 * OEM_ERROR.along_km**2 + FORCE_MODEL_ALONG_KM**2
    assert formal_sigma_m2(arc, seen(given, [], none)) == pytest.approx(np.sqrt(ends) / arc.along_per_m2)
    behind = 1.5 * motion(arc.start) * 4.0 * DAY_S * 0.006
    off = formal_sigma_m2(arc, seen(given, [], none._replace(fix_a_km=0.006)))
    assert off == pytest.approx(np.hypot(np.sqrt(ends), behind) / arc.along_per_m2)
    visited = given._replace(pushes=(Push(START + DAY_S, 0.03), Push(START + 5.0 * DAY_S, 0.03)))
    pushed = 1.5 * motion(arc.start) * 0.03 * km(arc.start) * 4.0 * DAY_S / np.sqrt(3.0)  # anywhere within the arc
    found = formal_sigma_m2(arc, seen(visited, [], none._replace(visit_mps=0.03)))
    assert found == pytest.approx(np.hypot(np.sqrt(ends), pushed) / arc.along_per_m2)


# --- decay and cells -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("altitude_km", [330.0, 415.0])
def test_decay_is_what_a_flight_loses(altitude_km: float) -> None:
    """Mean semi-major axis of a flight with air less that without, over two days, each of its own weather."""
    start, stop = station(altitude_km=altitude_km), START + 2.0 * DAY_S
    fix = fix_of(start)
    area = 3000.0
    with_air, without = (end_of(start, stop, flown, degree=4) for flown in (area, 0.0))
    lost = -gap_between(with_air, fix_of(without), world().earth).a_km
    starts, stops = cells_between([(START, stop)])
    middle = 0.5 * (starts + stops)
    indices = world().weather.msis(time.mjd_utc(middle))
    rates = decay_rates(middle, [fix] * len(middle), world().climate, indices)
    assert (rates @ (stops - starts)) * area / MASS_KG == pytest.approx(lost, rel=0.05)


def test_decay_of_many_weathers_is_that_of_each() -> None:
    fix, rng = fix_of(station()), np.random.default_rng(8)
    tt_s = START + DAY_S * np.arange(3.0)
    f107, f107a, ap = rng.uniform(80.0, 200.0, (5, 3)), rng.uniform(90.0, 150.0, (5, 3)), rng.uniform(2.0, 60.0, (5, 3))
    whole = decay_rates(tt_s, [fix] * 3, world().climate, (f107, f107a, ap))
    assert whole.shape == (5, 3)
    for row in (0, 4):
        alone = decay_rates(tt_s, [fix] * 3, world().climate, (f107[row], f107a[row], ap[row]))
        np.testing.assert_array_equal(alone, whole[row])
    quiet, active = (
        decay_rates(tt_s, [fix] * 3, world().climate, tuple(np.full(3, value) for value in weather))
        for weather in ((80.0, 80.0, 4.0), (180.0, 180.0, 40.0))
    )
    assert (active > 3.0 * quiet).all()


def test_cells_end_at_midnight_and_at_the_ends_of_arcs() -> None:
    noon = time.from_utc("2022-03-01T12:00:00")
    starts, stops = cells_between([(noon, noon + 2 * DAY_S), (noon + 2.25 * DAY_S, noon + 2.75 * DAY_S)])
    utc = [(time.to_utc(a, 0)[8:16], time.to_utc(b, 0)[8:16]) for a, b in zip(starts, stops, strict=True)]
    assert utc == [
        ("01T12:00", "02T00:00"), ("02T00:00", "03T00:00"), ("03T00:00", "03T12:00"),
        ("03T18:00", "04T00:00"), ("04T00:00", "04T06:00"),
    ]  # fmt: skip


def test_no_slivers_at_midnight() -> None:
    midnight = time.from_utc("2022-03-02T00:00:00")
    for off in (-0.5, 0.0, 0.5):
        starts, stops = cells_between([(midnight + off, midnight + DAY_S + off)])
        assert len(starts) == 1
        assert (starts[0], stops[0]) == (midnight + off, midnight + DAY_S + off)


# --- beliefs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["1998-067A", "1998-067-A", "98067A", "1998 067a"])
def test_the_space_station_by_any_spelling(name: str) -> None:
    assert is_iss(name)
    assert belief_about(name) is BELIEF


@pytest.mark.parametrize("name", ["", "1998-067B", "2021-035A", "1998-067AB"])
def test_of_others_nothing_is_believed_firmly(name: str) -> None:
    assert not is_iss(name)
    assert belief_about(name) is LOOSE
    assert LOOSE.sun_share == 0.0
    assert LOOSE.median > 5.0 * BELIEF.median


def test_a_metre_per_second_is_two_kilometres_near_the_station() -> None:
    assert km_per_mps(6793.0) == pytest.approx(1.773, abs=0.002)
