"""Burns that nobody announced, or that were made otherwise than announced, read from what an arc leaves unexplained.

A burn of dv at the instant t_b changes, at the end of the arc, the semi-major axis by 2 dv / n, the place along the
track by -1.5 n times that and the time since, and the e-vector by 2 dv / v towards the argument of latitude where it
was made (Vallado 2013, eqs. 2-99 to 2-101 for small eccentricity). Four measured gaps against two unknowns and one
doubtful drag area: place and semi-major axis tell the day, the e-vector tells the place on the revolution. Every
instant of the arc is tried; the posterior over all of them gives time and size with their doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.motion.averaged import zonal_rates
from pointnemo.motion.burns import BurnCommand, burn_duration_s
from pointnemo.motion.lastdays import Environment, Flight, State
from pointnemo.motion.mean_elements import Mean, axes_of_pole
from pointnemo.tracking.arcs import Arc, MassStep, along_km, fly_legs, gap_between
from pointnemo.tracking.fixes import DAY_S, Fix
from pointnemo.tracking.process import Push, Sizes, km_per_mps, mean_motion_rad_s
from pointnemo.world.earth import MU_KM3_S2, EarthOrientation, gcrs_to_itrs

__all__ = ["Explanation", "Suspect", "explain"]

FloatArray = NDArray[np.float64]

GRID_S = 30.0
APART_S = 1800.0  # left for a burn before another one begins
REFINEMENTS = 3
GATE = 18.5  # chi-square of four gaps: one arc in a thousand exceeds it by chance
NOT_MADE_PENALTY = 6.0  # twice ln 20: about one announced burn in twenty is called off
SEARCH_PENALTY = 14.0  # twice ln 1000: so many instants of an arc can be told apart
EXECUTION = 0.03  # one sigma of a burn that goes to plan, as a share of its size
LEAST_MPS = 0.05  # smaller ones are jolts, which the process of drag knows
SHAPE_MODEL_KM = 0.03  # what the force model leaves in each component of the e-vector
ACCELERATION_M_S2 = 1.7e-3  # of a burn found here: Progress thrusters
SPECIFIC_IMPULSE_S = 285.0


class Suspect(NamedTuple):
    """What an arc is searched with.

    Attributes:
        start, end: the fixes.
        environment: of the arc.
        mass_kg: at the start.
        burns: announced.
        mass_steps: vehicles that dock or leave.
        fitted: the arc with the burns as announced, None where no drag area fits.
        pushes: visits and announced burns with what is not known of them; of the arc alone.
        doubtful: ids of announced burns that a newer file seems to have moved: whether they were made is open.
        log_area: ln of the drag area that other arcs lead one to expect.
        log_sigma: its doubt, one sigma.
    """

    start: Fix
    end: Fix
    environment: Environment
    mass_kg: float
    burns: tuple[BurnCommand, ...]
    mass_steps: tuple[MassStep, ...]
    fitted: Arc | None
    pushes: tuple[Push, ...]
    doubtful: frozenset[str]
    log_area: float
    log_sigma: float


class Explanation(NamedTuple):
    """What explains an arc best.

    Attributes:
        status: ``as announced``; ``resized``: made when announced, ``replaced`` most of all with another size;
            ``replanned``: ``replaced`` was made at another time; ``not made``: ``replaced`` was not made at all;
            ``unannounced``: one burn more.
        burns: to be flown, with what was found.
        replaced: id of the announced burn that was not made as planned.
        start_tt_s: ignition of the burn that was found.
        start_sigma_s: one sigma.
        delta_v_mps: along the track, negative against the velocity.
        delta_v_sigma_mps: one sigma.
        chi_square: of the four gaps.
        chi_square_announced: of the same, burns as announced.
    """

    status: Literal["as announced", "resized", "replanned", "not made", "unannounced"]
    burns: tuple[BurnCommand, ...]
    replaced: str
    start_tt_s: float
    start_sigma_s: float
    delta_v_mps: float
    delta_v_sigma_mps: float
    chi_square: float
    chi_square_announced: float


class _Found(NamedTuple):
    """A burn that fits best, and how well."""

    start_tt_s: float
    start_sigma_s: float
    delta_v_mps: float
    delta_v_sigma_mps: float
    chi_square: float


class _Flown(NamedTuple):
    """An arc flown with the expected drag area."""

    y: FloatArray  # tracked minus flown: a, ex, ey, along, km
    tt_s: FloatArray  # samples
    latitude_rad: FloatArray  # argument of latitude there


def explain(suspect: Suspect, eo: EarthOrientation, sizes: Sizes) -> Explanation:
    """Find what explains an arc best: burns as announced, one more, one replanned or one not made.

    Args:
        suspect: the arc.
        eo: Earth orientation.
        sizes: of jolts and fix errors.

    Returns:
        The explanation; ``as announced`` wherever the gaps are no larger than chance makes them.

    Raises:
        FlightError: a flight cannot go on.
    """
    if suspect.fitted and not suspect.doubtful:
        y, per_log = _expected_gaps(suspect, suspect.fitted)
        chi = _chi_square(y, _noise(suspect, per_log, _as_planned(suspect), sizes))
        if chi <= GATE:
            return Explanation("as announced", suspect.burns, "", 0.0, 0.0, 0.0, 0.0, chi, chi)
    as_announced = _fly(suspect, suspect.burns, eo)
    per_log = _drag_effect(suspect)
    noise = _noise(suspect, per_log, suspect.pushes, sizes, as_announced)
    usual = _chi_square(as_announced.y, noise)
    strange = usual > GATE
    # minus twice the logarithm of the likelihood, but for a constant, and of what was believed before
    plain = Explanation("as announced", suspect.burns, "", 0.0, 0.0, 0.0, 0.0, usual, usual)
    candidates = [(usual + _log_determinant(noise), plain)]
    planned = _noise(suspect, per_log, _as_planned(suspect), sizes, as_announced)
    one_more = _search(suspect, suspect.burns, as_announced, planned, eo) if strange else None
    if one_more:
        burns = (*suspect.burns, _command(one_more, suspect.mass_kg))
        score = one_more.chi_square + _log_determinant(planned) + SEARCH_PENALTY
        candidates.append((score, Explanation("unannounced", burns, "", *one_more, usual)))
    for burn in suspect.burns:
        if not (strange or burn.id in suspect.doubtful):
            continue
        rest = tuple(other for other in suspect.burns if other is not burn)
        pushes = tuple(push for push in suspect.pushes if push.tt_s != burn.start_tt_s)
        without = _fly(suspect, rest, eo)
        noise_without = _noise(suspect, per_log, pushes, sizes, without)
        bare = _chi_square(without.y, noise_without)
        none = Explanation("not made", rest, burn.id, burn.start_tt_s, 0.0, 0.0, 0.0, bare, usual)
        penalty = 0.0 if burn.id in suspect.doubtful else NOT_MADE_PENALTY
        candidates.append((bare + _log_determinant(noise_without) + penalty, none))
        other = _search(suspect, rest, without, noise_without, eo) if strange else None
        if other:
            burns = (*rest, _command(other, suspect.mass_kg))
            score = other.chi_square + _log_determinant(noise_without) + SEARCH_PENALTY
            candidates.append((score, Explanation("replanned", burns, burn.id, *other, usual)))
    best = min(candidates, key=lambda candidate: candidate[0])[1]
    as_planned = _chi_square(as_announced.y, planned)
    if best is plain and suspect.burns and as_planned > GATE:
        return _resized(suspect, as_announced, planned, eo)
    return best._replace(chi_square_announced=as_planned) if best.status == "unannounced" else best


def _as_planned(suspect: Suspect) -> tuple[Push, ...]:
    """Visits as they are, burns with the little that a thruster is off when all goes to plan."""
    sizes = {burn.start_tt_s: burn.delta_v_mps for burn in suspect.burns}
    return tuple(
        push._replace(sigma_mps=min(push.sigma_mps, EXECUTION * sizes[push.tt_s])) if push.tt_s in sizes else push
        for push in suspect.pushes
    )


def _resized(suspect: Suspect, flown: _Flown, noise: FloatArray, eo: EarthOrientation) -> Explanation:
    """Burns at their announced times with the sizes that the gaps ask for, held by how far burns usually are off."""
    burns = list(suspect.burns)
    sigma = {push.tt_s: push.sigma_mps for push in suspect.pushes}
    believed = np.array([sigma.get(burn.start_tt_s, LEAST_MPS) for burn in burns])
    as_planned = _chi_square(flown.y, noise)
    off = np.zeros(len(burns))
    covariance = np.diag(believed**2)
    made = suspect.burns
    for _ in range(2):  # linear but for the fall of the orbit: the second step changes millimetres
        effects = np.stack([_effect_of(suspect, burn, flown) for burn in burns], axis=1)
        weighted = np.linalg.solve(noise, effects).T
        covariance = np.linalg.inv(weighted @ effects + np.diag(believed**-2.0))
        off = covariance @ (weighted @ (flown.y + effects @ off))
        made = tuple(burn._replace(delta_v_mps=abs(size), retrograde=size < 0.0) for burn, size in _sized(burns, off))
        flown = _fly(suspect, made, eo)
    most = int(np.argmax(np.abs(off) / believed))
    size = _sized(burns, off)[most][1]
    return Explanation(
        "resized",
        tuple(burn for burn in made if burn.delta_v_mps > 1e-4),
        burns[most].id,
        burns[most].start_tt_s,
        GRID_S,
        size,
        float(np.sqrt(covariance[most, most])),
        _chi_square(flown.y, noise),
        as_planned,
    )


def _sized(burns: Sequence[BurnCommand], off_mps: FloatArray) -> list[tuple[BurnCommand, float]]:
    """Each burn with its velocity along the track, m/s, changed by ``off_mps``."""
    signed = [-burn.delta_v_mps if burn.retrograde else burn.delta_v_mps for burn in burns]
    return [(burn, float(size + off)) for burn, size, off in zip(burns, signed, off_mps, strict=True)]


def _effect_of(suspect: Suspect, burn: BurnCommand, flown: _Flown) -> FloatArray:
    """What a metre per second along the track, in the middle of a burn, does to the four gaps, shape (4,), km."""
    middle = burn.start_tt_s + 0.5 * burn_duration_s(suspect.mass_kg, burn)
    latitude = np.interp(middle, flown.tt_s, np.unwrap(flown.latitude_rad))
    return _effect(suspect, np.array([middle]), np.array([latitude]))[0]


# --- flights and gaps ------------------------------------------------------------------------------------------------


def _fly(suspect: Suspect, burns: Sequence[BurnCommand], eo: EarthOrientation) -> _Flown:
    fix = suspect.start
    begin = State(fix.tt_s, fix.position_km, fix.velocity_km_s, suspect.mass_kg)
    area = float(np.exp(suspect.log_area))
    legs = fly_legs(begin, suspect.end.tt_s, suspect.environment, area, burns, suspect.mass_steps, sample_s=GRID_S)
    gap = gap_between(legs[-1].final_state, suspect.end, eo)
    tt_s = np.concatenate([leg.tt_s for leg in legs])
    return _Flown(-np.array(gap), tt_s, _argument_of_latitude(legs, suspect.start.mean, eo))


def _argument_of_latitude(legs: Sequence[Flight], mean: Mean, eo: EarthOrientation) -> FloatArray:
    """Angle from the ascending node on the equator of date, at every sample."""
    r = np.concatenate([leg.position_km for leg in legs])
    v = np.concatenate([leg.velocity_km_s for leg in legs])
    axes = axes_of_pole(gcrs_to_itrs(float(legs[0].tt_s[0]), eo)[2])
    r, v = r @ axes.T, v @ axes.T
    normal = np.cross(r, v)
    node = np.stack([-normal[:, 1], normal[:, 0], np.zeros(len(r))], axis=-1)
    node /= np.linalg.norm(node, axis=-1, keepdims=True)
    ahead = np.cross(normal / np.linalg.norm(normal, axis=-1, keepdims=True), node)
    return np.arctan2(np.sum(r * ahead, axis=-1), np.sum(r * node, axis=-1))


def _expected_gaps(suspect: Suspect, arc: Arc) -> tuple[FloatArray, FloatArray]:
    """Gaps with the expected drag area, and what one unit of ln C_D A does to them, from the fitted arc alone.

    Drag that is even over an arc of length T moves the end ahead by 3/4 n T times what it takes from the semi-major
    axis.
    """
    span = suspect.end.tt_s - suspect.start.tt_s
    motion = mean_motion_rad_s(suspect.start.mean.a_km)
    per_m2 = arc.along_per_m2 * np.array([-1.0 / (0.75 * motion * span), 0.0, 0.0, 1.0])
    area = float(np.exp(suspect.log_area))
    nulled = np.array([arc.gap.a_km, arc.gap.ex_km, arc.gap.ey_km, 0.0])
    return -(nulled + per_m2 * (area - arc.cd_area_m2)), per_m2 * area


def _effect(suspect: Suspect, tt_s: FloatArray, latitude_rad: FloatArray) -> FloatArray:
    """What a metre per second along the track at some instants does to the four gaps, shape (n, 4), km."""
    mean = suspect.start.mean
    motion = mean_motion_rad_s(mean.a_km)
    km = km_per_mps(mean.a_km)
    left = suspect.end.tt_s - tt_s
    _, perigee_rate, _ = zonal_rates(mean.a_km, float(np.hypot(mean.ex, mean.ey)), mean.inclination_rad)
    turned = latitude_rad + perigee_rate * left
    return np.stack([np.full(len(tt_s), km), km * np.cos(turned), km * np.sin(turned), -1.5 * motion * km * left], -1)


def _noise(
    suspect: Suspect,
    per_log: FloatArray,
    known: Sequence[Push],
    sizes: Sizes,
    flown: _Flown | None = None,
) -> FloatArray:
    """Covariance of the four gaps by all that needs no unknown burn, shape (4, 4), km2.

    Args:
        suspect: the arc.
        per_log: what one unit of ln C_D A does to the gaps, km.
        known: visits and burns with what is not known of them.
        sizes: of jolts.
        flown: tells where on the revolution a push lies; None: by the mean motion.
    """
    start, end = suspect.start, suspect.end
    motion = mean_motion_rad_s(start.mean.a_km)
    span = end.tt_s - start.tt_s
    noise = np.zeros((4, 4))
    noise[1, 1] = noise[2, 2] = start.error.shape_km**2 + end.error.shape_km**2 + SHAPE_MODEL_KM**2
    noise[0, 0] = end.error.a_km**2
    noise[3, 3] = start.error.along_km**2 + end.error.along_km**2 + 4.0 * end.error.shape_km**2
    at_start = np.array([1.0, 0.0, 0.0, -1.5 * motion * span]) * start.error.a_km
    noise += np.outer(at_start, at_start)
    noise += np.outer(per_log, per_log) * suspect.log_sigma**2
    days = start.tt_s + DAY_S * np.arange(0.5, span / DAY_S)
    jolts = _effect(suspect, days, np.zeros(len(days))) * sizes.jolt_mps
    jolts[:, 1:3] = 0.0  # gathered over many revolutions they leave the e-vector alone
    noise += jolts.T @ jolts
    for push in known:
        latitude = (
            np.interp(push.tt_s, flown.tt_s, np.unwrap(flown.latitude_rad))
            if flown
            else start.mean.argument_of_latitude_rad + motion * (push.tt_s - start.tt_s)
        )
        effect = _effect(suspect, np.array([push.tt_s]), np.array([latitude]))[0] * push.sigma_mps
        noise += np.outer(effect, effect)
    return noise


def _drag_effect(suspect: Suspect) -> FloatArray:
    """What one unit of ln C_D A does to the four gaps, km: two flights ten per cent apart, however the air changes."""
    fix = suspect.start
    begin = State(fix.tt_s, fix.position_km, fix.velocity_km_s, suspect.mass_kg)
    area = float(np.exp(suspect.log_area))
    ends = [
        fly_legs(begin, suspect.end.tt_s, suspect.environment, area * factor, (), suspect.mass_steps)[-1].final_state
        for factor in (1.05, 0.95)
    ]
    gaps = [_without_turns(state, ends[1]) for state in ends]
    return np.asarray(gaps[0] - gaps[1]) / 0.1


def _without_turns(state: State, near: State) -> FloatArray:
    """Semi-major axis and place along the track of a state, those of ``near`` being the origin of the latter."""
    r, v = state.position_km, state.velocity_km_s
    speed2, radius = float(v @ v), float(np.linalg.norm(r))
    a_km = 1.0 / (2.0 / radius - speed2 / MU_KM3_S2)
    along = along_km(r, near.position_km, near.velocity_km_s)
    return np.array([a_km, 0.0, 0.0, along])


def _chi_square(y: FloatArray, noise: FloatArray) -> float:
    return float(y @ np.linalg.solve(noise, y))


def _log_determinant(noise: FloatArray) -> float:
    return float(np.linalg.slogdet(noise)[1])


# --- the search ------------------------------------------------------------------------------------------------------


def _search(
    suspect: Suspect, burns: Sequence[BurnCommand], flown: _Flown, noise: FloatArray, eo: EarthOrientation
) -> _Found | None:
    """The burn that, added to ``burns``, explains the gaps best; None where none of a size worth naming does."""
    effect = _effect(suspect, flown.tt_s, flown.latitude_rad)
    weighted = np.linalg.solve(noise, effect.T).T
    information = np.sum(weighted * effect, axis=1)
    size = weighted @ flown.y / information
    gain = np.where(_free(suspect, burns, flown.tt_s), size**2 * information, 0.0)
    weight = np.exp(0.5 * (gain - gain.max())) / np.sqrt(information)
    weight *= np.gradient(flown.tt_s)
    weight /= weight.sum()
    best = int(np.argmax(gain))
    start, delta_v = float(flown.tt_s[best]), float(size[best])
    if abs(delta_v) < LEAST_MPS:
        return None
    sigma_s = float(np.sqrt(weight @ (flown.tt_s - start) ** 2))
    mean = float(weight @ size)
    sigma_mps = float(np.sqrt(weight @ (1.0 / information + (size - mean) ** 2)))
    found = _Found(start, max(sigma_s, GRID_S), delta_v, sigma_mps, _chi_square(flown.y, noise) - float(gain[best]))
    return _refined(suspect, burns, found, noise, eo)


def _refined(
    suspect: Suspect, burns: Sequence[BurnCommand], found: _Found, noise: FloatArray, eo: EarthOrientation
) -> _Found:
    """Fly the burn as a finite one and correct its time and size (Gauss-Newton); the best of all that were flown."""
    motion = mean_motion_rad_s(suspect.start.mean.a_km)
    now, flown_best = found, None
    for _ in range(REFINEMENTS):
        if not _free(suspect, burns, np.array([now.start_tt_s])).all():
            break
        flown = _fly(suspect, (*burns, _command(now, suspect.mass_kg)), eo)
        now = now._replace(chi_square=_chi_square(flown.y, noise))
        if flown_best is None or now.chi_square < flown_best.chi_square:
            flown_best = now
        by_size = _effect_of(suspect, _command(now, suspect.mass_kg), flown)
        turn = np.array([0.0, -by_size[2], by_size[1], 1.5 * by_size[0]])
        design = np.stack([by_size, now.delta_v_mps * motion * turn], axis=1)
        weighted = np.linalg.solve(noise, design).T
        step = np.linalg.solve(weighted @ design, weighted @ flown.y)
        start = float(np.clip(now.start_tt_s + np.clip(step[1], -1800.0, 1800.0), *_bounds(suspect)))
        now = now._replace(start_tt_s=start, delta_v_mps=now.delta_v_mps + float(step[0]))
        if abs(now.delta_v_mps) < LEAST_MPS:
            break
    return flown_best or found


def _free(suspect: Suspect, burns: Sequence[BurnCommand], tt_s: FloatArray) -> NDArray[np.bool_]:
    """Instants at which a burn could be made beside the others: within the arc, and not while another is under way."""
    low, high = _bounds(suspect)
    free = (tt_s >= low) & (tt_s <= high)
    for burn in burns:
        end = burn.start_tt_s + burn_duration_s(suspect.mass_kg, burn)
        free &= (tt_s < burn.start_tt_s - APART_S) | (tt_s > end + 1.0)
    return free


def _bounds(suspect: Suspect) -> tuple[float, float]:
    return suspect.start.tt_s + 60.0, suspect.end.tt_s - 3600.0


def _command(found: _Found, mass_kg: float) -> BurnCommand:
    size = abs(found.delta_v_mps)
    start = found.start_tt_s
    return BurnCommand(
        start, size, ACCELERATION_M_S2 * mass_kg, SPECIFIC_IMPULSE_S, found.delta_v_mps < 0.0, "inferred burn"
    )
