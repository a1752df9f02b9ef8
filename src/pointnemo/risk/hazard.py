"""The areas to be closed or warned of: declared, safety, ship, aircraft, floating.

The declared and the safety re-entry area hold *all* dangerous pieces of a run with a stated probability; ship and
aircraft areas are where one piece would hit too easily; the floating area is where light pieces drift for days.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import PointnemoError
from pointnemo.results import HazardArea, Impacts, Window
from pointnemo.risk.hazard_burn import BurnSpread
from pointnemo.risk.hazard_contours import strip_above
from pointnemo.risk.hazard_extremes import (
    CONFIDENCE,
    SIDES,
    Reach,
    direct_reach,
    extremes_of_runs,
    reach_of,
    runs_needed,
    wilks_confidence,
)
from pointnemo.risk.hazard_pieces import floats
from pointnemo.risk.hazard_polygon import (
    EEZ_KM,
    Ground,
    Strip,
    box,
    distance_to_land,
    ring_area_km2,
    warned_ring,
)
from pointnemo.risk.hazard_tail import Tail, fit_response, limit_with_burn, sampled_sides, tail_fit
from pointnemo.risk.hazard_traffic import FLIGHT_CEILING_KM, Traffic, aircraft_under, ship_under
from pointnemo.risk.windows import closure_windows, floating_window
from pointnemo.scenario.models import Scenario
from pointnemo.world import World

__all__ = ["hazard_areas"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FEWEST_RUNS = 10
FEWEST_FOR_TAIL = 50  # runs, of which the outer fifth is fitted
DRIFT_KM_PER_DAY = 1.852 * 24.0  # 1 knot: judgement, a strong current with the wind
DRIFT_DAYS = 3.0  # until the warning is given anew: judgement
STREAM = 0x48415A30  # keeps these draws apart from those of others with the same seed


class _Runs(NamedTuple):
    """The runs that have a piece of the kind, with one draw of the burn's errors each.

    Attributes:
        extremes_km: shape (n, 4), outwards, without the burn.
        inputs: shape (n, inputs).
        moved_km: shape (n, 4), with the burn.
        reach: centre and scales, with the burn.
        values: shape (n,), reach of each run, with the burn.
    """

    extremes_km: FloatArray
    inputs: FloatArray
    moved_km: FloatArray
    reach: Reach
    values: FloatArray


class _Case(NamedTuple):
    """What every area is made of."""

    impacts: Impacts
    dangerous: BoolArray
    runs: int
    shift_km: FloatArray
    ground: Ground
    world: World
    limit_km: FloatArray | None
    limit_level: float


def hazard_areas(
    impacts: Impacts,
    runs: int,
    normals: FloatArray | None,
    burn: BurnSpread,
    ground: Ground,
    scenario: Scenario,
    world: World,
    entry_tt_s: float,
    seed: int,
    limit_km: FloatArray | None = None,
) -> tuple[HazardArea, ...]:
    """All areas of one re-entry.

    Args:
        impacts: pieces of all runs at the ground, with ``release_s``.
        runs: number of runs, 10 or more.
        normals: shape (runs, inputs), the standard normal numbers that each run was drawn with; None where they are
            not known: the tail then is that of a Gaussian of the runs' own spread.
        burn: errors of the final burn, which the runs do not hold.
        ground: down-range and cross-range to latitude and longitude.
        scenario: ``assess``, ``reentry.classes`` and ``materials``.
        world: land.
        entry_tt_s: TT seconds since J2000 of the entry interface.
        seed: same seed, same bits.
        limit_km: shape (4,), how far pieces can be flown at all (heel, toe, left, right; outwards, without the burn's
            errors); None where nobody has found out.

    Returns:
        Declared, safety, ship, aircraft, floating: those that there is something to say about.

    Raises:
        PointnemoError: too few runs, ``normals`` of another number of runs, no times of release, or an area near a
            pole.
    """
    _refuse(impacts, runs, normals)
    rules = scenario.assess
    dangerous = impacts.survives & (impacts.kinetic_energy_j > rules.energy_threshold_j)
    generator = np.random.default_rng([seed, STREAM])
    errors = generator.standard_normal((2, runs))
    case = _Case(impacts, dangerous, runs, burn.shift_km(*errors), ground, world, limit_km, rules.safety_level)
    inputs = np.zeros((runs, 0)) if normals is None else np.asarray(normals, dtype=float)
    areas: list[HazardArea] = []
    if dangerous.any():
        some = _runs_of(case, dangerous, inputs, burn, errors)
        declared = _bound(some, burn, rules.declared_level, seed, case)
        safety = _bound(some, burn, rules.safety_level, seed, case)
        safety = safety._replace(sides_km=np.maximum(safety.sides_km, declared.sides_km))

        def windows(level: float, margin: bool) -> tuple[Window, ...]:
            return closure_windows(impacts, dangerous, runs, entry_tt_s, level, margin)

        for id, name, bound, level, margin in (
            ("declared", "declared re-entry area", declared, rules.declared_level, False),
            ("safety", "safety re-entry area", safety, rules.safety_level, True),
        ):
            text = f"{name}: all pieces above {rules.energy_threshold_j:g} J of a re-entry fall inside"
            text += f" with a probability of {_percent(level)}"
            strip = box(bound.sides_km)
            areas.append(_area(id, text, level, bound, strip, case, windows(level, margin)))
        closed = windows(rules.safety_level, True)
        ship, aircraft = ship_under(impacts, dangerous, rules), aircraft_under(impacts, rules)
        text = f"{ship.what} is hit with a probability above {ship.limit:g} anywhere inside"
        areas += _contour(ship, text, case, tuple(one for one in closed if one.low_km == 0.0))
        text = (
            f"{aircraft.what} and stays from the first to the last piece is hit with a probability above"
            f" {aircraft.limit:g} anywhere inside; pieces of 1 g and more count"
        )
        areas += _contour(aircraft, text, case, tuple(one for one in closed if one.low_km < FLIGHT_CEILING_KM))
    areas += _floating(case, scenario, inputs, burn, errors, entry_tt_s, seed)
    return tuple(areas)


def _refuse(impacts: Impacts, runs: int, normals: FloatArray | None) -> None:
    if runs < FEWEST_RUNS:
        raise PointnemoError(f"hazard areas need {FEWEST_RUNS} runs or more, not {runs}: raise reentry.realisations")
    if impacts.release_s is None:
        raise PointnemoError("hazard areas need the time at which each piece was released: run reenter again")
    if normals is not None and len(normals) != runs:
        raise PointnemoError(f"the drawn inputs are those of {len(normals)} runs, the pieces those of {runs}")


# --- declared and safety --------------------------------------------------------------------------------------------


class _Bound(NamedTuple):
    """The sides of an area.

    Attributes:
        sides_km: shape (4,), outwards.
        confidence: that it holds the level, by the number of runs alone.
        model_confidence: the same if the model of the tail is right; None where the runs are enough.
        method: what was done.
    """

    sides_km: FloatArray
    confidence: float | None
    model_confidence: float | None
    method: str


def _runs_of(case: _Case, chosen: BoolArray, inputs: FloatArray, burn: BurnSpread, errors: FloatArray) -> _Runs:
    extremes = extremes_of_runs(case.impacts, chosen, case.runs, case.limit_km)
    present = np.flatnonzero(np.bincount(case.impacts.run[chosen], minlength=case.runs))
    moved = burn.add_to(extremes, *errors[:, present])
    reach = reach_of(moved)
    return _Runs(extremes, inputs[present], moved, reach, reach.of(moved))


def _bound(some: _Runs, burn: BurnSpread, level: float, seed: int, case: _Case) -> _Bound:
    """Sides of an area at a level: from the runs alone where they are enough, else by importance sampling.

    Never less than the reach of the outermost run, so that the confidence that the runs alone give holds for either.
    """
    values = np.concatenate([some.values, np.full(case.runs - len(some.values), -np.inf)])  # runs with nothing to hold
    direct = direct_reach(values, level)
    if direct is not None:
        method = (
            f"order statistics of the extremes of {case.runs} runs, each with one draw of the burn's errors (Wilks"
            f" 1941: {runs_needed(level)} runs are the least for {_percent(level)} at {_percent(CONFIDENCE)})"
        )
        return _Bound(_sides_of_reach(some, direct[0], burn, case), direct[1], None, method)
    tail = sampled_sides(some.extremes_km, some.inputs, burn, level, seed, limit_km=case.limit_km)
    sides = np.maximum(tail.upper_km, _sides_of_reach(some, float(some.values.max()), burn, case))
    return _Bound(sides, wilks_confidence(case.runs, level), CONFIDENCE, _method(some, tail, level, case))


def _sides_of_reach(some: _Runs, reach: float, burn: BurnSpread, case: _Case) -> FloatArray:
    """The box of a reach, short of where no run can go; nothing is lost by that."""
    sides = some.reach.box_km(reach)
    if case.limit_km is None:
        return sides
    furthest = np.maximum(limit_with_burn(case.limit_km, burn, case.limit_level), some.moved_km.max(axis=0))
    return np.minimum(sides, furthest)


def _method(some: _Runs, tail: Tail, level: float, case: _Case) -> str:
    """What was done, on what assumption, what bounds it, and what another way gives."""
    count, inputs = some.inputs.shape
    explained = fit_response(some.extremes_km, some.inputs).explained
    beyond = tail.upper_km - tail.sides_km
    text = (
        f"extrapolated by a model of the tail: importance sampling of the response of the extremes of {count} runs to"
        f" their {inputs} drawn inputs (which explain {_by_side(100.0 * explained, '%')}) and to the burn's errors."
        f" Best estimate {_by_side(_from_aim(tail.sides_km), 'km')}; further outwards by {_by_side(beyond, 'km')} for"
        f" {_percent(CONFIDENCE)} confidence, if the tails of the inputs are Gaussian, as assumed. The runs alone give"
        f" {100.0 * wilks_confidence(case.runs, level):.3g} % (Wilks 1941); {runs_needed(level):,} would"
        f" give {_percent(CONFIDENCE)}"
    )
    if count >= FEWEST_FOR_TAIL:
        fitted = np.array([tail_fit(side, level) for side in some.moved_km.T])
        text += f". Pareto tails fitted to the runs alone end at {_by_side(_from_aim(fitted), 'km')}"
    if case.limit_km is None:
        return f"{text}. No bounding cases were flown, so that nothing limits the tails"
    return (
        f"{text}. The tails are limited by what can be flown: phases at their bounds, ballistic coefficients at theirs,"
        f" nothing melting, and drag, delta-v, lift and wind as far out as {_percent(case.limit_level)} has them:"
        f" {_by_side(_from_aim(case.limit_km), 'km')}, and the burn's errors on top"
    )


def _from_aim(sides_km: FloatArray) -> FloatArray:
    """Heel and toe down-range of the aim, left and right of the track."""
    return sides_km * np.array([-1.0, 1.0, 1.0, 1.0])


def _by_side(values: FloatArray, unit: str) -> str:
    return ", ".join(f"{side} {value:,.0f}" for side, value in zip(SIDES, values, strict=True)) + f" {unit}"


# --- ship, aircraft, floating ---------------------------------------------------------------------------------------


def _contour(traffic: Traffic, text: str, case: _Case, windows: tuple[Window, ...]) -> list[HazardArea]:
    """Where a ship or an aircraft is hit with more than the limit."""
    pieces = traffic.density(case.impacts, case.runs, float(np.std(case.shift_km)))
    strip = None if pieces is None else strip_above(pieces, traffic.limit)
    if strip is None:
        return []
    method = (
        "kernel density of all runs along and across the track, widened by the burn's errors; contour in few corners"
    )
    inside = _share_inside(case, traffic.rows, strip)
    return [_area(traffic.id, text, inside, _Bound(np.zeros(len(SIDES)), None, None, method), strip, case, windows)]


def _share_inside(case: _Case, rows: BoolArray, strip: Strip) -> float:
    """Share of the runs, each with its burn error, all of whose pieces fall in a strip."""
    impacts = case.impacts
    run = impacts.run[rows]
    inside = strip.holds(impacts.downrange_km[rows] + case.shift_km[run], impacts.crossrange_km[rows])
    return 1.0 - float(np.mean(np.bincount(run, weights=~inside, minlength=case.runs) > 0))


def _floating(
    case: _Case,
    scenario: Scenario,
    inputs: FloatArray,
    burn: BurnSpread,
    errors: FloatArray,
    entry_tt_s: float,
    seed: int,
) -> list[HazardArea]:
    """Where pieces that float may be found."""
    afloat = floats(case.impacts, scenario)
    if not afloat.any():
        return []
    level = scenario.assess.declared_level
    some = _runs_of(case, afloat, inputs, burn, errors)
    bound = _bound(some, burn, level, seed, case)
    drift = DRIFT_KM_PER_DAY * DRIFT_DAYS
    strip = box(bound.sides_km + drift)
    text = (
        f"pieces that may float (light materials, closed tanks), whatever their energy, drift here for"
        f" {DRIFT_DAYS:g} days: {drift:.0f} km added on every side for a drift of 1 knot (judgement)"
    )
    windows = floating_window(case.impacts, afloat, entry_tt_s, DRIFT_DAYS)
    return [_area("floating", text, level, bound, strip, case, windows)]


# --- the document ---------------------------------------------------------------------------------------------------


def _area(
    id: str,
    text: str,
    level: float,
    bound: _Bound,
    strip: Strip,
    case: _Case,
    windows: tuple[Window, ...],
) -> HazardArea:
    """Put corners round a strip, measure it, and say how far land is."""
    ring = warned_ring(strip, case.ground)
    distance, place = distance_to_land(strip, ring, case.ground, case.world.land)
    corners = [(float(x), float(y)) for x, y in zip(ring.longitude_deg, ring.latitude_deg, strict=True)]
    name = place.name or "land"
    zone = "may be touched" if distance < EEZ_KM else "is not touched"
    return HazardArea(
        id=id,  # type: ignore[arg-type]
        text=f"{text}; {name} {distance:.0f} km away, so an exclusive economic zone ({EEZ_KM:g} km) {zone}",
        level=level,
        confidence=bound.confidence,
        model_confidence=bound.model_confidence,
        runs=case.runs,
        runs_needed=None if bound.confidence is None else runs_needed(level),
        method=bound.method,
        polygon=(*corners, corners[0]),
        length_km=strip.length_km,
        width_km=strip.width_km,
        area_km2=ring_area_km2(ring),
        land_distance_km=distance,
        nearest_land=place,
        windows=windows,
    )


def _percent(share: float) -> str:
    return f"{100.0 * share:g} %"
