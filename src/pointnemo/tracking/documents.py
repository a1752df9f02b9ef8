"""From a calibration to what the document ``pointnemo/track/1`` says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pointnemo.formats.tracking_files import TrackingFile
from pointnemo.results import Estimate
from pointnemo.tracking.arcs import miss_rtn_km
from pointnemo.tracking.burns import MeasuredBurn
from pointnemo.tracking.calibrate import Calibrated, CalibratedArc, burn_sigma_mps, usual_log
from pointnemo.tracking.events import burn_kind, merge_events, unread_rows
from pointnemo.tracking.fixes import DAY_S, Fix
from pointnemo.tracking.known import Known
from pointnemo.tracking.process import Belief, formal_sigma_m2, is_iss
from pointnemo.tracking.report import ArcFit, DragProcess, TrackedBurn, TrackedEvent
from pointnemo.world import World, time
from pointnemo.world.density import TOP_KM
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

__all__ = [
    "arc_fits",
    "ballistic_factor",
    "decay_estimate",
    "drag_process",
    "notes",
    "own_miss_rtn_km",
    "surprise_between",
    "tracked_burns",
    "tracked_events",
]

FloatArray = NDArray[np.float64]

LEVEL, SIGMAS = 0.9, 1.6449  # of every interval here
ROW_STEP_S = 2.0  # of NASA's rows through a burn: how well its start is read
READ_DELTA_V_MPS = 0.001
SAME_BURN_S = 120.0  # an event row this near to a burn tells of it
NOW_DAYS = 3.0  # on either side of the newest state
FOUND = ("unannounced", "replanned", "resized")  # explanations that name a burn of their own
LEAST_ARCS = 6  # below, nothing can be said of what drag depends on
LONGEST_ROW_GAP_S = 600.0  # rows further apart are not interpolated
SHORT = "arcs from one state to the next"


# --- arcs ------------------------------------------------------------------------------------------------------------


def arc_fits(calibrated: Calibrated) -> tuple[ArcFit, ...]:
    """Every arc as fitted."""
    return tuple(_arc_fit(one, calibrated) for one in calibrated.arcs)


def _arc_fit(one: CalibratedArc, calibrated: Calibrated) -> ArcFit:
    arc = one.arc
    area = factor = None
    if arc is not None:
        sigma = formal_sigma_m2(arc, calibrated.estimated)
        area = _interval(arc.cd_area_m2, sigma, "m2")
        factor = _interval(arc.cd_area_m2 / one.mass_kg, sigma / one.mass_kg, "m2/kg")
    miss = arc.miss_rtn_km if arc is not None else None
    return ArcFit(
        from_utc=time.to_utc(one.start.tt_s),
        to_utc=time.to_utc(one.end.tt_s),
        from_file=one.start.name,
        to_file=one.end.name,
        days=(one.end.tt_s - one.start.tt_s) / DAY_S,
        mass_kg=one.mass_kg,
        ballistic_factor_m2_kg=factor,
        cd_area_m2=area,
        miss_radial_km=None if miss is None else float(miss[0]),
        miss_along_km=None if miss is None else float(miss[1]),
        miss_cross_km=None if miss is None else float(miss[2]),
        burns=tuple(burn.id for burn in (arc.burns if arc else one.announced)),
        status=_status(one),
        note=_note(one),
    )


def _status(one: CalibratedArc) -> Literal["fitted", "replanned burn", "unannounced burn", "not fitted"]:
    if one.arc is None:
        return "not fitted"
    told = one.explanation.status if one.explanation else "as announced"
    return "fitted" if told == "as announced" else "unannounced burn" if told == "unannounced" else "replanned burn"


def _note(one: CalibratedArc) -> str:
    """What became of the burns of an arc, in words."""
    told = one.explanation
    if told is None or told.status == "as announced":
        return one.note
    odds = (
        f"chi-square of what drag leaves over: {told.chi_square_announced:.1f} as announced, {told.chi_square:.1f} so"
    )
    made = f"{told.delta_v_mps:+.2f} +- {told.delta_v_sigma_mps:.2f} m/s at {time.to_utc(told.start_tt_s, 0)}" + (
        f" +- {told.start_sigma_s / 3600.0:.1f} h" if told.status != "resized" else ", as planned"
    )
    if told.status == "not made":
        return f"{told.replaced} was not made, it seems ({odds})"
    if told.status in ("replanned", "resized"):
        return f"{told.replaced} was made otherwise than announced: {made} ({odds})"
    return f"a burn that no file announces: {made} ({odds})"


def _interval(value: float, sigma: float, unit: str) -> Estimate:
    return Estimate(value=value, low=value - SIGMAS * sigma, high=value + SIGMAS * sigma, level=LEVEL, unit=unit)


def _log_interval(log: float, sigma: float, factor: float, unit: str) -> Estimate:
    low, value, high = (float(factor * np.exp(log + k * SIGMAS * sigma)) for k in (-1.0, 0.0, 1.0))
    return Estimate(value=value, low=low, high=high, level=LEVEL, unit=unit)


def surprise_between(calibrated: Calibrated, start_tt_s: float, stop_tt_s: float) -> str:
    """Burns between two instants that went otherwise than announced; empty where none did."""
    notes = [
        _note(one)
        for one in calibrated.arcs
        if _is_surprise(one) and start_tt_s <= one.start.tt_s and one.end.tt_s <= stop_tt_s
    ]
    return "; ".join(notes)


# --- burns and events ------------------------------------------------------------------------------------------------


def tracked_burns(calibrated: Calibrated, belief: Belief) -> tuple[TrackedBurn, ...]:
    """Burns by time: as the newest file that reaches them tells, and those found in the arcs."""
    known = calibrated.known
    replaced = {
        (one.start.tt_s, one.explanation.replaced)
        for one in calibrated.arcs
        if one.explanation and one.explanation.replaced
    }
    changes = [(time.from_utc(event.utc), event.changed) for event in tracked_events(known) if event.delta_v_mps]
    out: list[tuple[float, TrackedBurn]] = []
    for burn in known.burns_between(-np.inf, np.inf):
        owner = _owner(burn, known)
        arc = next((one for one in calibrated.arcs if one.start.tt_s <= burn.start_tt_s < one.end.tt_s), None)
        if arc and (arc.start.tt_s, _id_of(burn, arc)) in replaced:
            continue  # it was not made so; what was made instead stands among those found
        out.append((burn.start_tt_s, _told_burn(burn, owner, known, belief, changes)))
    out += [
        (one.explanation.start_tt_s, _found_burn(one)) for one in calibrated.arcs if _is_found(one) and one.explanation
    ]
    return tuple(burn for _, burn in sorted(out, key=lambda pair: pair[0]))


def _is_surprise(one: CalibratedArc) -> bool:
    return one.explanation is not None and one.explanation.status != "as announced"


def _is_found(one: CalibratedArc) -> bool:
    return one.explanation is not None and one.explanation.status in FOUND


def _id_of(burn: MeasuredBurn, arc: CalibratedArc) -> str:
    """Id under which the arc flew an announced burn."""
    return next((command.id for command in arc.announced if abs(command.start_tt_s - burn.start_tt_s) < 1.0), "")


def _owner(burn: MeasuredBurn, known: Known) -> TrackingFile:
    """The newest file that tells a burn."""
    return next(one.file for one in reversed(known.told) if burn in one.burns)


def _told_burn(
    burn: MeasuredBurn, owner: TrackingFile, known: Known, belief: Belief, changes: Sequence[tuple[float, str]]
) -> TrackedBurn:
    """A burn that a file tells. Its sigma is that of execution where it lies ahead, else that of reading."""
    read = any(burn in one.measured for one in known.told)
    ahead = burn.start_tt_s > known.fixes[-1].tt_s
    lead_days = (burn.start_tt_s - owner.epoch_tt_s) / DAY_S
    preliminary = any(
        thread.event.preliminary and abs(thread.event.tt_s - burn.start_tt_s) <= SAME_BURN_S for thread in known.threads
    )
    nearest = min(changes, key=lambda change: abs(change[0] - burn.start_tt_s), default=(np.inf, ""))
    changed = nearest[1] if abs(nearest[0] - burn.start_tt_s) <= SAME_BURN_S else ""
    return TrackedBurn(
        name=burn.name or "unnamed",
        origin="ephemeris" if read else "event table",
        kind=burn_kind(burn.name, burn.delta_v_mps, changed),
        start_utc=time.to_utc(burn.start_tt_s),
        start_sigma_s=belief.burn_shift_s * float(np.sqrt(max(lead_days, 0.3))) if ahead else ROW_STEP_S,
        duration_s=burn.duration_s,
        delta_v_mps=burn.delta_v_mps,
        delta_v_sigma_mps=burn_sigma_mps(belief, lead_days) if ahead else READ_DELTA_V_MPS,
        delta_v_rtn_mps=burn.delta_v_rtn_mps,
        acceleration_mm_s2=burn.acceleration_mm_s2,
        thrust_n=burn.thrust_n,
        preliminary=preliminary,
        file=owner.path_name,
    )


def _found_burn(one: CalibratedArc) -> TrackedBurn:
    """A burn found in an arc; nothing is known of its thruster."""
    told = one.explanation
    assert told is not None
    replanned = told.status != "unannounced"
    avoided = replanned and burn_kind(told.replaced, told.delta_v_mps) == "debris avoidance"
    return TrackedBurn(
        name=f"{told.replaced}, as made" if replanned else "unannounced burn",
        origin="inferred",
        kind="debris avoidance" if avoided else "replanned reboost" if replanned else "unannounced",
        start_utc=time.to_utc(told.start_tt_s),
        start_sigma_s=told.start_sigma_s,
        duration_s=None,
        delta_v_mps=told.delta_v_mps,
        delta_v_sigma_mps=told.delta_v_sigma_mps,
        delta_v_rtn_mps=None,
        acceleration_mm_s2=None,
        thrust_n=None,
        preliminary=False,
        file=one.end.name,
    )


def tracked_events(known: Known) -> tuple[TrackedEvent, ...]:
    """Every event once, as the newest file that lists it has it."""
    return merge_events([one.file for one in known.told])


# --- drag ------------------------------------------------------------------------------------------------------------


def _now(calibrated: Calibrated) -> tuple[float, float]:
    """Mean and sigma of ln C_D A about the newest state."""
    epoch = calibrated.known.fixes[-1].tt_s
    return calibrated.estimated.log_area_between(epoch - NOW_DAYS * DAY_S, epoch + NOW_DAYS * DAY_S)


def ballistic_factor(calibrated: Calibrated) -> Estimate:
    """C_D A / m about the newest state."""
    log, sigma = _now(calibrated)
    return _log_interval(log, sigma, 1.0 / calibrated.mass_kg, "m2/kg")


def decay_estimate(calibrated: Calibrated) -> Estimate:
    """Mean altitude lost per day in the days after the newest state; positive when falling."""
    epoch = calibrated.known.fixes[-1].tt_s
    cells = calibrated.estimated.cells
    ahead = (cells.middle_tt_s > epoch) & (cells.middle_tt_s < epoch + NOW_DAYS * DAY_S)
    ahead[-1] |= not ahead.any()
    rate = float(np.average(cells.rate_km_s_m2[ahead], weights=cells.length_s[ahead])) * DAY_S
    log, sigma = _now(calibrated)
    return _log_interval(log, sigma, rate, "km/day")


def drag_process(calibrated: Calibrated, belief: Belief, world: World) -> DragProcess:
    """The process and today's drag area."""
    estimated = calibrated.estimated
    log, sigma = _now(calibrated)
    sizes = estimated.sizes
    newest = calibrated.known.fixes[-1]
    usual = float(usual_log(np.array([newest.tt_s]), [newest], belief)[0])
    fits = [one for one in calibrated.arcs if one.arc is not None]
    noise = [
        formal_sigma_m2(one.arc, estimated) / max(abs(one.arc.cd_area_m2), 1.0) for one in fits if one.arc is not None
    ]
    return DragProcess(
        median_cd_area_m2=float(belief.cd_area_m2 * np.exp(usual)),
        sigma_log=float(np.hypot(sizes.slow, sizes.fast)),
        memory_days=float(
            (sizes.slow**2 * belief.slow_days + sizes.fast**2 * belief.fast_days) / (sizes.slow**2 + sizes.fast**2)
        ),
        noise_log=float(np.median(noise)) if noise else 0.0,
        now_cd_area_m2=_log_interval(log, sigma, 1.0, "m2"),
        separable=_separable(calibrated, world, belief),
    )


def _separable(calibrated: Calibrated, world: World, belief: Belief) -> str:
    """Which part of drag goes with the Sun's activity (density model), and which with the header's area (attitude).

    Weighted least squares of ln of each arc's drag area on both, errors as the process believes them.
    """
    areas = {one.file.path_name: one.file.drag_area_m2 for one in calibrated.known.told}
    rows: list[tuple[float, float, float, float]] = []
    for one in calibrated.arcs:
        area, arc = areas.get(one.start.name), one.arc
        if arc is None or arc.cd_area_m2 <= 0.0 or not area:
            continue
        middle = 0.5 * (one.start.tt_s + one.end.tt_s)
        flux = float(world.weather.msis(time.mjd_utc(middle))[1])
        foretold = float(usual_log(np.array([middle]), [one.start], belief)[0])
        sizes = calibrated.estimated.sizes
        own = formal_sigma_m2(arc, calibrated.estimated) / arc.cd_area_m2
        rows.append((np.log(arc.cd_area_m2) - foretold, np.log(flux), np.log(area), np.hypot(own, sizes.slow)))
    visited = sum(bool(calibrated.known.visits_between(one.start.tt_s, one.end.tt_s)) for one in calibrated.arcs)
    sun = (
        "The beta angle carries a known part (attitude and arrays, or the density model's error between noon and dusk: "
        "drag alone cannot tell which). "
        if belief.sun_share
        else ""
    )
    if len(rows) < LEAST_ARCS:
        return (
            f"{sun}To tell the density model's bias from attitude and configuration takes {LEAST_ARCS} arcs with a "
            f"drag area in their header; {len(rows)} have one: they stand together in C_D A."
        )
    table = np.array(rows)
    design = np.column_stack([np.ones(len(table)), table[:, 1:3] - table[:, 1:3].mean(axis=0)])
    weight = 1.0 / table[:, 3]
    covariance = np.linalg.pinv((design * weight[:, None] ** 2).T @ design)
    slopes = covariance @ (design * weight[:, None] ** 2).T @ table[:, 0]
    words = []
    for name, index in (("F10.7 (density model)", 1), ("the header's drag area (attitude, configuration)", 2)):
        slope, error = float(slopes[index]), float(np.sqrt(covariance[index, index]))
        told = "told apart" if abs(slope) > 2.0 * error else "not told apart from nothing"
        words.append(f"C_D A goes with the power {slope:+.1f} +- {error:.1f} of {name}: {told}")
    docked = f"; dockings and departures lie in {visited} of {len(calibrated.arcs)} arcs" if visited else ""
    return f"{sun}Over {len(rows)} arcs " + ", and ".join(words) + docked + "."


# --- what else is to be said -----------------------------------------------------------------------------------------


def own_miss_rtn_km(file: TrackingFile, fix: Fix) -> tuple[float, float, float] | None:
    """How far the rows of an earlier file are from a later fix, interpolated between rows; None where it has none.

    Quintic Hermite in position with two-body acceleration at both ends: metres over four minutes.
    """
    if file.elements or not float(file.tt_s[0]) <= fix.tt_s <= float(file.tt_s[-1]):
        return None
    row = int(np.clip(np.searchsorted(file.tt_s, fix.tt_s, side="right") - 1, 0, len(file.tt_s) - 2))
    step = float(file.tt_s[row + 1] - file.tt_s[row])
    if not 0.0 < step <= LONGEST_ROW_GAP_S:
        if abs(float(file.tt_s[row]) - fix.tt_s) > 1e-3:
            return None
        place = file.position_km[row]
    else:
        place = _between(file, row, step, (fix.tt_s - float(file.tt_s[row])) / step)
    radial, along, cross = miss_rtn_km(fix.position_km, fix.velocity_km_s, place - fix.position_km)
    return float(radial), float(along), float(cross)


def _between(file: TrackingFile, row: int, step: float, u: float) -> FloatArray:
    r0, r1 = file.position_km[row], file.position_km[row + 1]
    v0, v1 = file.velocity_km_s[row] * step, file.velocity_km_s[row + 1] * step
    a0, a1 = (-MU_KM3_S2 * r / np.linalg.norm(r) ** 3 * step**2 for r in (r0, r1))
    u3, u4, u5 = u**3, u**4, u**5
    rise = 10 * u3 - 15 * u4 + 6 * u5
    return (
        r0
        + rise * (r1 - r0)
        + (u - 6 * u3 + 8 * u4 - 3 * u5) * v0
        + (-4 * u3 + 7 * u4 - 3 * u5) * v1
        + 0.5 * (u**2 - 3 * u3 + 3 * u4 - u5) * a0
        + 0.5 * (u3 - 2 * u4 + u5) * a1
    )


def notes(calibrated: Calibrated, object_id: str, read: Sequence[TrackingFile]) -> tuple[str, ...]:
    """What a reader of the document should know beside its numbers."""
    known = calibrated.known
    out: list[str] = []
    names = {one.file.path_name for one in known.told}
    late = [file.path_name for file in read if file.path_name not in names]
    if late:
        out.append(f"not known by the as-of instant and not used: {', '.join(late)}")
    for one in known.told:
        lost = unread_rows(one.file)
        if lost:
            out.append(f"{one.file.path_name}: lines of the event table that cannot be read: {'; '.join(lost)}")
        if one.file.ignored:
            out.append(f"{one.file.path_name} also holds what is not used: {', '.join(one.file.ignored)}")
    if not any(fix.mass_kg for fix in known.fixes):
        out.append(
            f"no file tells a mass: {calibrated.mass_kg:,.0f} kg is assumed; drag area and thrust depend on it, the "
            "ballistic factor does not"
        )
    if not is_iss(object_id):
        out.append("not the International Space Station: what is believed of its drag before the arcs is held loosely")
    last = known.fixes[-1].mean
    if last.a_km * (1.0 + float(np.hypot(last.ex, last.ey))) - EARTH_RADIUS_KM > TOP_KM:
        out.append(
            f"above {TOP_KM:.0f} km density goes on along its last scale height: the drag area stands for that, too"
        )
    if not calibrated.arcs:
        out.append(f"no {SHORT}: the drag area is what is believed beforehand, not measured here")
    if calibrated.arcs:
        surprises = sum(_is_surprise(one) for one in calibrated.arcs)
        told = any(one.burns for one in known.told)
        days = sum((one.end.tt_s - one.start.tt_s) / DAY_S for one in calibrated.arcs)
        out.append(
            f"in {surprises} of {len(calibrated.arcs)} arcs ({days:.0f} days) there were burns "
            f"{'other than announced' if told else '(the files announce none)'}; sigma holds for burns as announced, "
            "with their usual errors, and not for burns that nobody has announced"
        )
    return tuple(out)
