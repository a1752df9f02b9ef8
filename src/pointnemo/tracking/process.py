"""The drag area as it changes, and all else that pushes the station along its track, estimated from arcs together.

What is unknown, with what is believed of it before any file is read (``Belief``):

    ln C_D A(t) = ln(usual) + slow(t) + fast(t)    two first-order autoregressive (Ornstein-Uhlenbeck) processes:
                                                   attitude, configuration and the density model's bias over the solar
                                                   cycle; the density model's errors from day to day
    jolts                                          velocity from attitude control, vents and the like: a random walk
    visits                                         velocity at each docking, undocking, relocation
    burns                                          how far each announced burn was off
    fixes                                          error of the semi-major axis of each tracked state

What is seen: the along-track miss and the gap in semi-major axis at the end of each arc, both linear in the unknowns
but for the exponential, which a few steps of Gauss-Newton take care of. So everything follows from conditioning one
normal distribution (Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, eqs. 2.22-2.24), smoothed
over all arcs at once, forecast included: days after the last fix are unknowns that no arc sees. How large each of the
parts is (``Sizes``) is estimated from the arcs at hand by the largest posterior of the marginal likelihood (ibid.,
eq. 5.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pointnemo.compiled import kernel
from pointnemo.motion.averaged import MAX_DROP_KM, MeanState, density_of_day, drag_rates, zonal_rates
from pointnemo.tracking.arcs import Arc
from pointnemo.tracking.fixes import DAY_S, OEM_ERROR, Fix
from pointnemo.world import time
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import MU_KM3_S2

__all__ = [
    "BELIEF",
    "LOOSE",
    "Belief",
    "Cells",
    "Estimated",
    "Push",
    "Sizes",
    "belief_about",
    "cells_between",
    "condition",
    "decay_rates",
    "fit_sizes",
    "formal_sigma_m2",
    "is_iss",
    "km_per_mps",
    "mean_motion_rad_s",
]

FloatArray = NDArray[np.float64]

MOST_STEPS = 25  # of Gauss-Newton; the station takes three to five
FARTHEST_LOG, CLOSE_LOG = 0.7, 1e-3  # largest step of ln C_D A: a longer one overshoots; and the step that ends it
FORCE_MODEL_ALONG_KM = 0.05  # what the force model itself leaves along the track, and in semi-major axis
FORCE_MODEL_A_KM = 0.004
LOWEST_LOG, HIGHEST_LOG = 3.0, 13.0  # of ln C_D A (m2) on the way to the posterior
LEAST_ARCS = 4  # fewer say nothing about how large the parts are


class Sizes(NamedTuple):
    """How large each part is, one sigma.

    Attributes:
        slow: of ln C_D A about its median, lasting ``Belief.slow_days``.
        fast: likewise, lasting ``Belief.fast_days``.
        jolt_mps: velocity along the track that gathers in a day, growing with the square root of time.
        visit_mps: velocity along the track at each docking, undocking or relocation.
        fix_a_km: error of the semi-major axis of the first state of an ephemeris.
    """

    slow: float
    fast: float
    jolt_mps: float
    visit_mps: float
    fix_a_km: float


class Belief(NamedTuple):
    """What is believed before any file is read.

    Attributes:
        cd_area_m2: median drag area; at beta angle 0 where it follows the Sun.
        sun_share: how much of ``beta_angle.log_share`` it follows; 0 for a station that does not turn with the Sun.
        median: one-sigma doubt about it, as a logarithm.
        slow_days: memory of the slow part.
        fast_days: memory of the fast part.
        sizes: of the parts.
        doubt: one-sigma doubt about each of the sizes, as a logarithm.
        burn_mps: one-sigma error of an announced burn a day ahead; it grows with the square root of the days ahead.
        burn_shift_s: likewise of its ignition.
    """

    cd_area_m2: float
    sun_share: float
    median: float
    slow_days: float
    fast_days: float
    sizes: Sizes
    doubt: float
    burn_mps: float
    burn_shift_s: float


BELIEF = Belief(
    cd_area_m2=4000.0,
    sun_share=0.5,
    median=0.12,
    slow_days=60.0,
    fast_days=5.0,
    sizes=Sizes(slow=0.12, fast=0.2, jolt_mps=0.0043, visit_mps=0.03, fix_a_km=0.0057),
    doubt=0.3,
    burn_mps=0.03,
    burn_shift_s=600.0,
)
"""Of the International Space Station. Sizes and the share of the Sun: largest likelihood of the arcs between NASA's
ephemerides that begin in 2021 and 2024; the median: largest likelihood of the predictions made from those files; the
fast size also by the scatter of five-day arcs of element sets, September 2024 to March 2025. The files of 2022 were
left for checking, but for the memories, round numbers that were chosen with all pairs in view: the arcs hardly care
between three and eight days, or between one and three months. Errors of burns: how seven announced reboosts changed
from file to file, and in what the arcs show of them."""


LOOSE = BELIEF._replace(sun_share=0.0, median=1.0, sizes=BELIEF.sizes._replace(slow=0.2, fast=0.25))
"""Of any other object: a drag area of anything (with a mass that nobody tells it stands for the ballistic factor)."""


def is_iss(object_id: str) -> bool:
    """Whether an international designator is that of the International Space Station."""
    return object_id.replace("-", "").replace(" ", "").upper() in ("1998067A", "98067A")


def belief_about(object_id: str) -> Belief:
    """What is believed of the drag of an object before its files are read."""
    return BELIEF if is_iss(object_id) else LOOSE


class Cells(NamedTuple):
    """Stretches of time, each within one UTC day and one arc; they may leave gaps.

    Attributes:
        start_tt_s: shape (n,), rising.
        stop_tt_s: shape (n,).
        rate_km_s_m2: mean semi-major axis lost per second and per square metre of drag area, shape (n,).
        usual_log: ln of the drag area that is usual in the cell over the median: what geometry foretells, shape (n,).
    """

    start_tt_s: FloatArray
    stop_tt_s: FloatArray
    rate_km_s_m2: FloatArray
    usual_log: FloatArray

    @property
    def middle_tt_s(self) -> FloatArray:
        """Shape (n,)."""
        return 0.5 * (self.start_tt_s + self.stop_tt_s)

    @property
    def length_s(self) -> FloatArray:
        """Shape (n,)."""
        return self.stop_tt_s - self.start_tt_s


class Push(NamedTuple):
    """A visit or an announced burn: an instant at which the velocity may have changed otherwise than planned.

    Attributes:
        tt_s: when.
        sigma_mps: one sigma of what is not known of its velocity along the track.
    """

    tt_s: float
    sigma_mps: float


@dataclass(frozen=True)
class Estimated:
    """The unknowns after all arcs are seen, and the days ahead.

    Attributes:
        cells: the stretches of time, those of the prediction last.
        log_area: shape (n,), posterior mean of ln C_D A (m2) in each cell.
        mean: shape (u,), posterior mean of all unknowns: n of ln C_D A less what is usual, n jolts, the pushes, the
            fixes; all but the first as semi-major axis, km.
        covariance: shape (u, u), posterior.
        pushes: as given.
        fix_epochs_tt_s: epoch of each fix.
        sizes: that were used.
        log_likelihood: of the arcs.
    """

    cells: Cells
    log_area: FloatArray
    mean: FloatArray
    covariance: FloatArray
    pushes: tuple[Push, ...]
    fix_epochs_tt_s: FloatArray
    sizes: Sizes
    log_likelihood: float

    @property
    def jolts(self) -> slice:
        """Where the jolts stand among the unknowns."""
        n = len(self.cells.start_tt_s)
        return slice(n, 2 * n)

    @property
    def pushed(self) -> slice:
        """Where the pushes stand."""
        n = 2 * len(self.cells.start_tt_s)
        return slice(n, n + len(self.pushes))

    def area_m2(self, sigmas: float) -> FloatArray:
        """Drag area in each cell, m2: ``sigmas`` below the median, the median, and as far above, shape (n, 3)."""
        n = len(self.cells.start_tt_s)
        sigma = np.sqrt(np.diag(self.covariance)[:n])
        return np.exp(self.log_area[:, None] + sigma[:, None] * np.array([-sigmas, 0.0, sigmas]))

    def log_area_between(self, start_tt_s: float, stop_tt_s: float) -> tuple[float, float]:
        """Mean and one sigma of the time average of ln C_D A over the cells of an interval."""
        inside = (self.cells.middle_tt_s > start_tt_s) & (self.cells.middle_tt_s < stop_tt_s)
        weight = np.where(inside, self.cells.length_s, 0.0)
        weight /= weight.sum()
        n = len(weight)
        return float(weight @ self.log_area), float(np.sqrt(weight @ self.covariance[:n, :n] @ weight))


# --- cells ---------------------------------------------------------------------------------------------------------


def cells_between(intervals: Sequence[tuple[float, float]]) -> tuple[FloatArray, FloatArray]:
    """Cut intervals at UTC midnights.

    Args:
        intervals: (start, stop), TT seconds since J2000, in order, not overlapping.

    Returns:
        Starts and stops, each shape (n,).
    """
    starts: list[float] = []
    stops: list[float] = []
    for start, stop in intervals:
        first, last = (int(np.floor(time.mjd_utc(tt_s))) for tt_s in (start, stop))
        midnights = [float(tt) for tt in time.from_mjd_utc(np.arange(first + 1, last + 1))]
        edges = [start, *(tt for tt in midnights if start + 1.0 < tt < stop - 1.0), stop]
        starts += edges[:-1]
        stops += edges[1:]
    return np.array(starts), np.array(stops)


def decay_rates(
    tt_s: FloatArray, near: Sequence[Fix], climate: ClimateTable, indices: tuple[FloatArray, FloatArray, FloatArray]
) -> FloatArray:
    """Mean semi-major axis lost per second and square metre of drag area, by the kernel that flies the years.

    Args:
        tt_s: instants, shape (n,).
        near: for each instant a fix whose orbit, turned on by the oblate Earth, is that of the instant.
        climate: density for any day and weather.
        indices: F10.7 of the day before, its 81-day mean, and Ap at these instants; each shape (n,) or (members, n).

    Returns:
        Shape of the indices, km/s per m2 for a mass of 1 kg: divide by the mass.
    """
    means = np.array([fix.mean for fix in near])
    spans = np.asarray(tt_s) - np.array([fix.tt_s for fix in near])
    f107, f107a, ap = (np.ascontiguousarray(np.atleast_2d(index)) for index in indices)
    rates = _decay_rates(np.ascontiguousarray(tt_s), spans, means, climate, f107, f107a, ap)
    return rates.reshape(np.shape(indices[0]))


@kernel
def _decay_rates(
    tt_s: FloatArray, spans_s: FloatArray, means: FloatArray, climate: ClimateTable,
    f107: FloatArray, f107a: FloatArray, ap: FloatArray,
) -> FloatArray:  # fmt: skip
    """See ``decay_rates``; ``means`` has rows of ``Mean``."""
    out = np.empty(f107.shape)
    for i in range(len(tt_s)):
        a_km, ex, ey, inclination, node = means[i, 0], means[i, 1], means[i, 2], means[i, 3], means[i, 4]
        node_rate, perigee_rate, _ = zonal_rates(a_km, np.sqrt(ex * ex + ey * ey), inclination)
        cosine, sine = np.cos(perigee_rate * spans_s[i]), np.sin(perigee_rate * spans_s[i])
        state = MeanState(a_km, ex * cosine - ey * sine, ex * sine + ey * cosine, node + node_rate * spans_s[i])
        for k in range(f107.shape[0]):
            day = density_of_day(climate, state, MAX_DROP_KM, tt_s[i], f107[k, i], f107a[k, i], ap[k, i])
            out[k, i] = -drag_rates(state, inclination, 1.0, day, tt_s[i]).a_km_s
    return out


# --- the linear system -----------------------------------------------------------------------------------------------


def mean_motion_rad_s(a_km: float) -> float:
    """Of an orbit with this semi-major axis (Kepler's third law)."""
    return float(np.sqrt(MU_KM3_S2 / a_km**3))


def km_per_mps(a_km: float) -> float:
    """Semi-major axis that a metre per second along the track is worth (Vallado 2013, eq. 9-24, circular)."""
    return 2.0 / mean_motion_rad_s(a_km) / 1000.0


def _rows(
    arc: Arc, cells: Cells, pushes: Sequence[Push], fix_epochs_tt_s: FloatArray, area_m2: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What one arc sees.

    Returns:
        Derivatives of (along-track, semi-major axis) of the true end minus the flown one by the unknowns, shape (2, u);
        what is seen less what ``area_m2`` predicts, shape (2,); variance of what is seen beside the unknowns, (2,).
    """
    n = len(cells.start_tt_s)
    start, end = arc.start.tt_s, arc.end.tt_s
    motion = mean_motion_rad_s(arc.start.mean.a_km)
    inside = (cells.middle_tt_s > start) & (cells.middle_tt_s < end)
    lost = np.where(inside, cells.rate_km_s_m2 * cells.length_s, 0.0)  # km per m2
    left = np.where(inside, end - cells.middle_tt_s, 0.0)
    ahead = 1.5 * motion * lost * left
    # the flown arcs say what a square metre does; the averaged rates how that is shared among the days
    scale = arc.along_per_m2 / ahead.sum()
    ahead, lost = ahead * scale, lost * scale
    derivative = np.zeros((2, 2 * n + len(pushes) + len(fix_epochs_tt_s)))
    derivative[0, :n], derivative[1, :n] = ahead * area_m2, -lost * area_m2
    derivative[0, n : 2 * n], derivative[1, n : 2 * n] = -1.5 * motion * left, inside
    for k, push in enumerate(pushes):
        if start <= push.tt_s < end:
            derivative[:, 2 * n + k] = -1.5 * motion * (end - push.tt_s), 1.0
    first = 2 * n + len(pushes)
    here, there = (first + int(np.argmin(np.abs(fix_epochs_tt_s - tt_s))) for tt_s in (start, end))
    derivative[:, here] += -1.5 * motion * (end - start), 1.0
    derivative[1, there] -= 1.0
    flown_with = area_m2 - arc.cd_area_m2
    seen = np.array([0.0, -arc.gap.a_km]) - (ahead @ flown_with, -(lost @ flown_with))
    along = arc.start.error.along_km**2 + arc.end.error.along_km**2 + 4.0 * arc.end.error.shape_km**2
    return derivative, seen, np.array([along + FORCE_MODEL_ALONG_KM**2, FORCE_MODEL_A_KM**2])


def formal_sigma_m2(arc: Arc, estimated: Estimated) -> float:
    """How well one arc alone measures its own constant drag area: errors of its fixes and jolts, one sigma, m2."""
    start, sizes = arc.start, estimated.sizes
    motion = mean_motion_rad_s(start.mean.a_km)
    span = arc.end.tt_s - start.tt_s
    km = km_per_mps(start.mean.a_km)
    visits = sum(start.tt_s < push.tt_s < arc.end.tt_s for push in estimated.pushes)
    along = start.error.along_km**2 + arc.end.error.along_km**2 + FORCE_MODEL_ALONG_KM**2
    along += (1.5 * motion * span * sizes.fix_a_km * start.error.a_km / OEM_ERROR.a_km) ** 2
    # a random walk of velocity, and impulses anywhere within the arc
    along += (1.5 * motion * sizes.jolt_mps * km) ** 2 * span**3 / DAY_S / 3.0
    along += visits * (1.5 * motion * sizes.visit_mps * km * span) ** 2 / 3.0
    return float(np.sqrt(along) / abs(arc.along_per_m2))


def _prior_covariance(
    cells: Cells, pushes: Sequence[Push], fixes: Sequence[Fix], sizes: Sizes, belief: Belief
) -> FloatArray:
    """Of all unknowns, shape (u, u)."""
    n = len(cells.start_tt_s)
    days = cells.middle_tt_s / DAY_S
    apart = np.abs(days[:, None] - days[None, :])
    km = km_per_mps(fixes[0].mean.a_km)
    variance = np.concatenate(
        [
            np.zeros(n),
            (sizes.jolt_mps * km) ** 2 * cells.length_s / DAY_S,
            [(push.sigma_mps * km) ** 2 for push in pushes],
            [(sizes.fix_a_km * fix.error.a_km / OEM_ERROR.a_km) ** 2 for fix in fixes],
        ]
    )
    prior = np.diag(variance)
    prior[:n, :n] = (
        belief.median**2
        + sizes.slow**2 * np.exp(-apart / belief.slow_days)
        + sizes.fast**2 * np.exp(-apart / belief.fast_days)
    )
    return prior


def condition(
    arcs: Sequence[Arc],
    fixes: Sequence[Fix],
    cells: Cells,
    pushes: Sequence[Push],
    sizes: Sizes,
    belief: Belief = BELIEF,
) -> Estimated:
    """Condition the unknowns on the arcs.

    Args:
        arcs: that drag and the unknowns explain; those with an unannounced burn have it among their burns.
        fixes: all that begin or end an arc, and the last one.
        cells: that cover the arcs and the days ahead; rates are per m2 at the mass of the day.
        pushes: visits and burns.
        sizes: of the parts.
        belief: before.

    Returns:
        The posterior.
    """
    prior = _prior_covariance(cells, pushes, fixes, sizes, belief)
    step = _solve(arcs, fixes, cells, pushes, prior, belief)
    covariance = prior - step.gain @ step.derivative @ prior if arcs else prior
    n = len(cells.start_tt_s)
    return Estimated(
        cells=cells,
        log_area=_usual(cells, belief) + step.mean[:n],
        mean=step.mean,
        covariance=covariance,
        pushes=tuple(pushes),
        fix_epochs_tt_s=np.array([fix.tt_s for fix in fixes]),
        sizes=sizes,
        log_likelihood=step.log_likelihood,
    )


class _Solved(NamedTuple):
    """Posterior mean of the unknowns, shape (u,), what it was made with, and ln of the likelihood of the arcs."""

    mean: FloatArray
    gain: FloatArray
    derivative: FloatArray
    log_likelihood: float


def _usual(cells: Cells, belief: Belief) -> FloatArray:
    """ln of the drag area that is believed of each cell, shape (n,)."""
    return float(np.log(belief.cd_area_m2)) + cells.usual_log


def _solve(
    arcs: Sequence[Arc],
    fixes: Sequence[Fix],
    cells: Cells,
    pushes: Sequence[Push],
    prior: FloatArray,
    belief: Belief,
) -> _Solved:
    """Gauss-Newton steps of conditioning; see ``condition``."""
    n = len(cells.start_tt_s)
    epochs = np.array([fix.tt_s for fix in fixes])
    usual = _usual(cells, belief)
    solved = _Solved(np.zeros(len(prior)), np.zeros((len(prior), 0)), np.zeros((0, len(prior))), 0.0)
    for _ in range(MOST_STEPS if arcs else 0):
        area = np.exp(np.clip(usual + solved.mean[:n], LOWEST_LOG, HIGHEST_LOG))
        parts = [_rows(arc, cells, pushes, epochs, area) for arc in arcs]
        derivative = np.concatenate([part[0] for part in parts])
        # ``seen`` is left over at the mean as far as areas go; back to the prior mean, where conditioning begins
        seen = np.concatenate([part[1] for part in parts]) + derivative[:, :n] @ solved.mean[:n]
        across = derivative @ prior
        spread = across @ derivative.T + np.diag(np.concatenate([part[2] for part in parts]))
        gain: FloatArray = np.asarray(np.linalg.solve(spread, across).T, dtype=np.float64)
        _, log_determinant = np.linalg.slogdet(spread)
        misfit = float(seen @ np.linalg.solve(spread, seen))
        likelihood = -0.5 * (misfit + float(log_determinant) + len(seen) * float(np.log(2.0 * np.pi)))
        step = gain @ seen - solved.mean
        farthest = float(np.abs(step[:n]).max())
        solved = _Solved(solved.mean + step * min(1.0, FARTHEST_LOG / farthest), gain, derivative, likelihood)
        if farthest < CLOSE_LOG:
            break
    return solved


def fit_sizes(
    arcs: Sequence[Arc],
    fixes: Sequence[Fix],
    cells: Cells,
    visits: Sequence[bool],
    pushes: Sequence[Push],
    belief: Belief = BELIEF,
) -> Sizes:
    """How large the parts are, from the arcs at hand: the largest posterior, each size log-normal about the belief.

    Args:
        arcs: as for ``condition``.
        fixes: likewise.
        cells: likewise.
        visits: for each push, whether it is a visit, whose size is among those sought.
        pushes: as for ``condition``.
        belief: before.

    Returns:
        The sizes; those of the belief where there are fewer than ``LEAST_ARCS`` arcs.
    """
    if len(arcs) < LEAST_ARCS:
        return belief.sizes
    centre = np.log(belief.sizes)

    def minus_log_posterior(steps: FloatArray) -> float:
        sizes = Sizes(*np.exp(centre + belief.doubt * steps))
        sized = [
            push._replace(sigma_mps=sizes.visit_mps) if visit else push
            for push, visit in zip(pushes, visits, strict=True)
        ]
        prior = _prior_covariance(cells, sized, fixes, sizes, belief)
        return 0.5 * float(steps @ steps) - _solve(arcs, fixes, cells, sized, prior, belief).log_likelihood

    found = minimize(minus_log_posterior, np.zeros(len(centre)), method="L-BFGS-B", bounds=[(-3.0, 3.0)] * len(centre))
    return Sizes(*(float(size) for size in np.exp(centre + belief.doubt * found.x)))
