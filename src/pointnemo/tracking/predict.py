"""Where the station will be: one nominal orbit, and an ensemble over all that is not known of what pushes it.

Each member draws, from the posterior of the process and in one go, its drag area day by day, its jolts, what the visits
and burns ahead add, and the error of the state it starts from; its space weather from the errors of the forecast; and
flies through it numerically. The nominal orbit is that of the posterior means and of the forecast itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import FlightError
from pointnemo.motion.burns import BurnCommand, burn_duration_s
from pointnemo.motion.lastdays import Environment
from pointnemo.motion.swarm import fly_members
from pointnemo.tracking.arcs import arc_environment, lowest_height_km, miss_rtn_km
from pointnemo.tracking.burns import commands_of
from pointnemo.tracking.calibrate import Calibrated
from pointnemo.tracking.fixes import DAY_S, Fix, error_columns
from pointnemo.tracking.process import Belief, decay_rates, km_per_mps
from pointnemo.world import World, time
from pointnemo.world.nowcast import draw
from pointnemo.world.weather import SpaceWeather

__all__ = ["Nominal", "Spread", "predict_nominal", "predict_spread"]

FloatArray = NDArray[np.float64]

STEP_S = 240.0  # of the nominal orbit: as NASA's files
ROWS_OF_A_BURN = 9  # as many as a reader needs to interpolate to the seventh degree within its block
NEAREST_S = 1e-3  # rows nearer to each other than this are one
SPREAD_DEGREE = 16  # of gravity in the ensemble: members and their reference share what it leaves out
NEAR_BURNS_S = 6 * 3600.0  # burns nearer to each other than this shift together
LARGEST_SCALE = 3.0
LOWEST_LOG, HIGHEST_LOG = 0.0, 14.0  # of a drawn drag area, m2


@dataclass(frozen=True)
class Nominal:
    """The nominal orbit.

    Attributes:
        tt_s: shape (n,), every four minutes and at the borders of burns; the epoch of a border occurs twice.
        position_km: GCRS, shape (n, 3).
        velocity_km_s: GCRS, shape (n, 3).
        block_starts: row of each block, a coast or a burn.
        burns: flown.
    """

    tt_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray
    block_starts: tuple[int, ...]
    burns: tuple[BurnCommand, ...]

    def state_at(self, tt_s: float) -> FloatArray:
        """The state at an epoch that is among ``tt_s``, shape (6,)."""
        row = int(np.argmin(np.abs(self.tt_s - tt_s)))
        if abs(float(self.tt_s[row]) - tt_s) > NEAREST_S:
            raise ValueError(f"{tt_s} is no epoch of the nominal orbit")
        return np.concatenate([self.position_km[row], self.velocity_km_s[row]])

    def states_between(self, tt_s: FloatArray) -> FloatArray:
        """States at any epochs within ``tt_s``, good to a hundred metres: for figures, shape (n, 6)."""
        from scipy.interpolate import CubicHermiteSpline

        _, first = np.unique(self.tt_s, return_index=True)
        spline = CubicHermiteSpline(self.tt_s[first], self.position_km[first], self.velocity_km_s[first])
        return np.hstack([spline(tt_s), spline.derivative()(tt_s)])


@dataclass(frozen=True)
class Spread:
    """The ensemble about its reference, which differs from the nominal orbit by what high-degree gravity does alike.

    Attributes:
        tt_s: shape (m,).
        offsets: GCRS position (km) and velocity (km/s) of each member less the reference, shape (members, m, 6).
        offsets_rtn_km: the positions resolved radial, along-track, cross-track, shape (members, m, 3).
    """

    tt_s: FloatArray
    offsets: FloatArray
    offsets_rtn_km: FloatArray

    def sigma_rtn_km(self, row: int) -> tuple[float, float, float]:
        """Root mean square at one of ``tt_s``."""
        radial, along, cross = np.sqrt(np.mean(self.offsets_rtn_km[:, row] ** 2, axis=0))
        return float(radial), float(along), float(cross)

    def covariance(self, row: int) -> FloatArray:
        """At one of ``tt_s``, GCRS, km and km/s, shape (6, 6)."""
        offsets = self.offsets[:, row]
        return offsets.T @ offsets / len(offsets)


def predict_nominal(calibrated: Calibrated, world: World, days: float, wanted_tt_s: Sequence[float] = ()) -> Nominal:
    """Fly the nominal orbit.

    Args:
        calibrated: the calibration; its process reaches as far.
        world: nature as known at the as-of instant.
        days: from the last fix.
        wanted_tt_s: epochs that must be among the rows, within these days.

    Returns:
        The orbit.

    Raises:
        FlightError: the orbit does not stay up that long.
        WorldError: nothing is known about the Sun or the Earth on one of the days.
    """
    fix = calibrated.known.fixes[-1]
    stop = fix.tt_s + days * DAY_S
    burns = _burns_ahead(calibrated, stop)
    environment = arc_environment(world, fix.tt_s, stop, lowest_height_km(fix))
    start = fix.state + _corrected(calibrated, world) @ np.array([_start_error_sigmas(calibrated), 0, 0, 0, 0, 0])
    edges = _borders(burns, calibrated.mass_kg)
    borders = [edge for pair in edges for edge in pair if fix.tt_s < edge < stop]
    through = [tt_s for pair in edges for tt_s in np.linspace(*pair, ROWS_OF_A_BURN)[1:-1].tolist()]
    grid = fix.tt_s + STEP_S * np.arange(int(days * DAY_S / STEP_S) + 1)
    rows = (*grid.tolist(), *through, *borders, *wanted_tt_s, stop)
    within = [round(tt_s, 6) for tt_s in rows if fix.tt_s - NEAREST_S < tt_s < stop + NEAREST_S]
    epochs: FloatArray = np.unique(np.clip(within, fix.tt_s, stop))
    # epochs of an ephemeris have microseconds; those asked for and the borders stay, a neighbour too near to them goes
    kept = np.isin(epochs, np.round([*borders, *wanted_tt_s], 6))
    near = np.diff(epochs) < NEAREST_S
    epochs = epochs[~(np.append(near, False) & ~kept) & ~(np.insert(near, 0, False) & ~kept)]
    scale = _day_scale(calibrated, environment, calibrated.estimated.log_area[None, :])
    r, v = fly_members(
        environment, fix.tt_s, start[None, :], calibrated.mass_kg, day_scale=scale, sample_tt_s=epochs, burns=burns
    )
    # a block of an ephemeris ends where a burn begins, and the next begins with the same state
    twice = [int(np.argmin(np.abs(epochs - border))) for border in borders]
    order = np.sort(np.concatenate([np.arange(len(epochs)), np.array(twice, dtype=np.int64)]))
    starts = [0, *(row + 1 + number for number, row in enumerate(sorted(twice)))]
    return Nominal(epochs[order], r[0][order], v[0][order], tuple(starts), burns)


def predict_spread(
    calibrated: Calibrated,
    world: World,
    sample_tt_s: ArrayLike,
    *,
    members: int,
    seed: int,
    belief: Belief,
    workers: int = 1,
) -> Spread:
    """Fly the ensemble.

    Args:
        calibrated: the calibration; its process reaches as far as the samples.
        world: nature as known at the as-of instant.
        sample_tt_s: epochs wanted, rising, after the last fix or at it.
        members: how many.
        seed: member i draws from a generator of (seed, i).
        belief: tells how far burns shift.
        workers: threads; the result does not depend on it.

    Returns:
        The ensemble.

    Raises:
        FlightError: a member does not stay up that long.
        WorldError: nothing is known about the Sun or the Earth on one of the days.
    """
    fix = calibrated.known.fixes[-1]
    epochs = np.asarray(sample_tt_s, dtype=np.float64)
    stop = float(epochs[-1])
    environment = arc_environment(world, fix.tt_s, stop + 1.0, lowest_height_km(fix), SPREAD_DEGREE)
    rngs = [np.random.default_rng([seed, member]) for member in range(members)]
    unknowns = _drawn_unknowns(calibrated, rngs)
    estimated = calibrated.estimated
    cells = len(estimated.cells.start_tt_s)
    log_area = unknowns[:, :cells] + (estimated.log_area - estimated.mean[:cells])
    weather = _weather_ratio(calibrated, world, rngs, stop)
    ahead = estimated.cells.start_tt_s >= fix.tt_s - 1.0
    log_area[:, ahead] += np.log(weather)
    burns = _burns_ahead(calibrated, stop)
    scale, shift = _burn_draws(calibrated, burns, unknowns, rngs, belief)
    kick_tt_s, kick_mps = _kicks(calibrated, unknowns, stop)
    columns = _corrected(calibrated, world)
    errors = np.array([rng.standard_normal(6) for rng in rngs])
    if fix.covariance is None:
        errors[:, 0] = unknowns[:, -1] / fix.error.a_km  # the one that the arcs know something about
    states = fix.state + np.stack([columns @ one for one in errors])

    nominal = np.zeros(6)
    if fix.covariance is None:
        nominal[0] = _start_error_sigmas(calibrated)
    both = np.vstack([fix.state + columns @ nominal, states])
    area = np.vstack([estimated.log_area, np.clip(log_area, LOWEST_LOG, HIGHEST_LOG)])
    r, v = fly_members(
        environment,
        fix.tt_s,
        both,
        calibrated.mass_kg,
        day_scale=_day_scale(calibrated, environment, area),
        sample_tt_s=epochs,
        burns=burns,
        burn_scale=np.vstack([np.ones(len(burns)), scale]),
        burn_shift_s=np.vstack([np.zeros(len(burns)), shift]),
        impulse_tt_s=kick_tt_s,
        impulse_mps=np.vstack([np.zeros(len(kick_tt_s)), kick_mps]),
        workers=workers,
    )
    if not (np.isfinite(r).all() and np.isfinite(v).all()):
        raise FlightError("a member of the ensemble left the region where its model holds")
    off_r, off_v = r[1:] - r[0], v[1:] - v[0]
    return Spread(epochs, np.concatenate([off_r, off_v], axis=-1), miss_rtn_km(r[0], v[0], off_r))


# --- what is flown ---------------------------------------------------------------------------------------------------


def _burns_ahead(calibrated: Calibrated, stop_tt_s: float) -> tuple[BurnCommand, ...]:
    known = calibrated.known
    announced = known.burns_between(known.fixes[-1].tt_s, stop_tt_s)
    return commands_of(announced, calibrated.mass_kg)


def _borders(burns: Sequence[BurnCommand], mass_kg: float) -> list[tuple[float, float]]:
    """Ignition and cut-off of each burn, to the microsecond that an ephemeris writes."""
    return [(round(burn.start_tt_s, 6), round(burn.start_tt_s + burn_duration_s(mass_kg, burn), 6)) for burn in burns]


def _day_scale(calibrated: Calibrated, environment: Environment, log_area: FloatArray) -> FloatArray:
    """Factor on the density of each day of the environment that stands for the drag area of its cell.

    Args:
        calibrated: tells the cells.
        environment: whose days are wanted.
        log_area: ln of the drag area in every cell, shape (members, cells).

    Returns:
        Shape (members, days).
    """
    cells = calibrated.estimated.cells
    begins = environment.start_tt_s + np.concatenate([[0.0], environment.air_until_s[:-1]])
    middle = 0.5 * (begins + environment.start_tt_s + environment.air_until_s)
    cell = np.clip(np.searchsorted(cells.start_tt_s, middle, side="right") - 1, 0, None)
    return np.exp(log_area[:, cell]) / environment.forces.cd_area_m2


def _corrected(calibrated: Calibrated, world: World) -> FloatArray:
    """Columns of one-sigma errors of the start state, shape (6, 6)."""
    fix = calibrated.known.fixes[-1]
    if fix.covariance is None:
        return error_columns(fix, world.earth)
    values, vectors = np.linalg.eigh(0.5 * (fix.covariance + fix.covariance.T))
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _start_error_sigmas(calibrated: Calibrated) -> float:
    """What the arcs say about the semi-major axis of the start state, in its one-sigma errors."""
    fix = calibrated.known.fixes[-1]
    return 0.0 if fix.covariance is not None else float(calibrated.estimated.mean[-1]) / fix.error.a_km


# --- draws -----------------------------------------------------------------------------------------------------------


def _drawn_unknowns(calibrated: Calibrated, rngs: Sequence[np.random.Generator]) -> FloatArray:
    """Draws of all unknowns of the process from their posterior, shape (members, u)."""
    estimated = calibrated.estimated
    values, vectors = np.linalg.eigh(0.5 * (estimated.covariance + estimated.covariance.T))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = np.array([rng.standard_normal(len(values)) for rng in rngs])
    # one product per member: a product of all would round differently with their number
    return estimated.mean + np.stack([root @ one for one in drawn])


def _weather_ratio(
    calibrated: Calibrated, world: World, rngs: Sequence[np.random.Generator], stop_tt_s: float
) -> FloatArray:
    """Decay under drawn weather over that under the forecast, in the cells ahead, shape (members, cells ahead)."""
    fix = calibrated.known.fixes[-1]
    cells = calibrated.estimated.cells
    ahead = cells.start_tt_s >= fix.tt_s - 1.0
    middle = cells.middle_tt_s[ahead]
    as_of_mjd = float(time.mjd_utc(calibrated.known.as_of_tt_s))
    last_mjd = float(time.mjd_utc(max(stop_tt_s, float(cells.stop_tt_s[-1]))))
    reach = int(np.ceil(max(last_mjd - min(as_of_mjd, float(world.weather.observed_until)), 1.0))) + 2
    tables = draw(world.weather, as_of_mjd, rngs, days=reach)
    near = [fix] * len(middle)
    mjd = time.mjd_utc(middle)
    drawn = tuple(np.array(column) for column in zip(*(_indices(table, world, mjd) for table in tables), strict=True))
    rates = decay_rates(middle, near, world.climate, (drawn[0], drawn[1], drawn[2]))
    return rates / decay_rates(middle, near, world.climate, world.weather.msis(mjd))


def _indices(table: SpaceWeather, world: World, mjd: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Indices of a drawn table; days before it begins are on record."""
    inside = mjd >= table.valid[0]
    recorded = world.weather.msis(mjd)
    if inside.all():
        return table.msis(mjd)
    own = table.msis(mjd[inside])
    out = [np.array(index) for index in recorded]
    for index, drawn in zip(out, own, strict=True):
        index[inside] = drawn
    return out[0], out[1], out[2]


def _burn_draws(
    calibrated: Calibrated,
    burns: Sequence[BurnCommand],
    unknowns: FloatArray,
    rngs: Sequence[np.random.Generator],
    belief: Belief,
) -> tuple[FloatArray, FloatArray]:
    """Factor on the delta-v of each burn ahead, and its delay in seconds; shape (members, burns) each."""
    fix = calibrated.known.fixes[-1]
    estimated = calibrated.estimated
    km = km_per_mps(fix.mean.a_km)
    first = estimated.pushed.start
    scale = np.ones((len(rngs), len(burns)))
    shift = np.zeros((len(rngs), len(burns)))
    common = np.array([rng.standard_normal(len(burns) + 1) for rng in rngs])
    for k, burn in enumerate(burns):
        gap_s = burn.start_tt_s - (burns[k - 1].start_tt_s if k else fix.tt_s)
        lead_days = (burn.start_tt_s - fix.tt_s) / DAY_S
        together = k > 0 and gap_s < NEAR_BURNS_S
        delay = shift[:, k - 1] if together else common[:, k] * belief.burn_shift_s * np.sqrt(max(lead_days, 0.3))
        shift[:, k] = np.clip(delay, -0.3 * gap_s, None) if not together else delay
        push = next(
            i for i, push in enumerate(estimated.pushes) if push.tt_s == burn.start_tt_s and not calibrated.visits[i]
        )
        extra_mps = unknowns[:, first + push] / km
        sign = -1.0 if burn.retrograde else 1.0
        following = burns[k + 1].start_tt_s - burn.start_tt_s if k + 1 < len(burns) else np.inf
        most = min(LARGEST_SCALE, 0.5 * following / burn_duration_s(calibrated.mass_kg, burn))
        scale[:, k] = np.clip(1.0 + sign * extra_mps / burn.delta_v_mps, 0.0, max(most, 1.0))
    return scale, shift


def _kicks(calibrated: Calibrated, unknowns: FloatArray, stop_tt_s: float) -> tuple[FloatArray, FloatArray]:
    """Jolts in the middle of each cell ahead, and visits: epochs, shape (q,), and m/s, shape (members, q)."""
    fix: Fix = calibrated.known.fixes[-1]
    estimated = calibrated.estimated
    km = km_per_mps(fix.mean.a_km)
    middle = estimated.cells.middle_tt_s
    jolted = np.flatnonzero((middle > fix.tt_s) & (middle < stop_tt_s))
    visits = [i for i, push in enumerate(estimated.pushes) if fix.tt_s < push.tt_s < stop_tt_s and calibrated.visits[i]]
    epochs = np.concatenate([middle[jolted], [estimated.pushes[i].tt_s for i in visits]])
    index = np.concatenate(
        [estimated.jolts.start + jolted, np.array([estimated.pushed.start + i for i in visits], dtype=np.int64)]
    ).astype(np.int64)
    order = np.argsort(epochs, kind="stable")
    return epochs[order], (unknowns[:, index] / km)[:, order]
