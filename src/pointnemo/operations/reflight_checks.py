"""What a numerical flight of a schedule of reboosts keeps of its limits, and what it misses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from pointnemo.operations import reboost_check
from pointnemo.operations.phases import Choice, Passage
from pointnemo.operations.reboost_plan import ChosenEvent, ReboostPlan
from pointnemo.operations.reflight_path import DEGREE, Flight, FlownBurn, Stack
from pointnemo.results import FloatArray, PhaseWindow, Reboost, Reflight, Violation
from pointnemo.scenario.models import Scenario
from pointnemo.world.time import to_utc

__all__ = ["ALTITUDE_KM", "MEAN", "ReflownAltitude", "Shown", "miss_deg", "phase_windows", "reflight_of", "room_deg"]

Constraint = Literal["corridor", "end-altitude", "phase", "propellant", "reserve", "reboost"]
MEAN = 1
ALTITUDE_KM = 0.01  # what a mean altitude taken from a state or two is good to
GAUGE_KG = 10.0  # what is known of the content of a tank, and a few trims
MODEL = (
    f"EGM2008 {DEGREE}x{DEGREE}, Sun, Moon, NRLMSISE-00 by the day (mean line), finite burns along the velocity, "
    "Dormand-Prince 8(5,3)"
)


@dataclass(frozen=True)
class ReflownAltitude:
    """Mean altitude of the numerical flight.

    Attributes:
        tt_s: shape (days,), TT seconds since J2000: the epoch, then midnights (UTC) to the start of lowering.
        altitude_km: shape (days,), after the burns of the midnight.
    """

    tt_s: FloatArray
    altitude_km: FloatArray


class Shown(NamedTuple):
    """A flight and what it shows.

    Attributes:
        flight: the flight.
        rows_km: mean altitude by row, after burns.
        misses_deg: shape (events,), phase above the planned one, unwrapped; NaN where there is no passage.
    """

    flight: Flight
    rows_km: FloatArray
    misses_deg: FloatArray


# --- windows ----


def room_deg(choice: Choice, phase_deg: float) -> tuple[float, float]:
    """How far a phase may fall and rise within a window; one of the two is negative where it is outside."""
    width = choice.high_deg - choice.low_deg
    if width >= 360.0:
        return 360.0, 360.0
    inside = (phase_deg - choice.low_deg) % 360.0
    if inside - width > 0.5 * (360.0 - width):  # nearer to the lower edge from outside
        inside -= 360.0
    return inside, width - inside


def miss_deg(chosen: ChosenEvent, miss_deg: float) -> float:
    """How far the flown phase lies outside the window, 0 inside."""
    if chosen.passage is None or math.isnan(miss_deg):
        return 180.0
    below, above = room_deg(chosen.choice, chosen.passage.phase_deg + miss_deg)
    return max(-below, -above, 0.0)


# --- what is told ----------------------------------------------------------------------------------------------------


def phase_windows(plan: ReboostPlan, shown: Shown) -> tuple[PhaseWindow, ...]:
    """The windows of launches and landings, in the order of the plan."""
    passages = iter(shown.flight.passages)
    rows = []
    as_planned = reboost_check.phase_windows(plan.events)
    for window, chosen, miss in zip(as_planned, plan.events, shown.misses_deg, strict=True):
        flown = next(passages) if chosen.passage is not None else None
        seen: dict[str, object] = {"ok": miss_deg(chosen, float(miss)) == 0.0}
        if flown is not None:
            seen |= {"utc": to_utc(flown.tt_s, 0), "reflown_deg": _beside(flown, chosen.passage)}
        rows.append(window.model_copy(update=seen))
    return tuple(rows)


def _beside(flown: Passage | None, planned: Passage | None) -> float | None:
    """The flown phase, told within half a turn of the planned one."""
    if flown is None or planned is None:
        return None
    return planned.phase_deg + math.remainder(flown.phase_deg - planned.phase_deg, 360.0)


def reflight_of(
    plan: ReboostPlan, scenario: Scenario, stack: Stack, shown: Shown, windows: tuple[PhaseWindow, ...]
) -> Reflight:
    """The document of a flight.

    Args:
        plan: the schedule.
        scenario: rules.
        stack: what was flown.
        shown: the flight.
        windows: from ``phase_windows``.

    Returns:
        With every limit that the flight misses.
    """
    tt_s = stack.schedule.tt_s[: stack.until_row + 1]
    made = [burn for burn in shown.flight.burns if burn.delta_v_mps > 0.0]
    when, margin = _margins(plan, stack, shown)
    tightest = int(margin.argmin())
    return Reflight(
        model=MODEL,
        reboosts=tuple(_reboost(plan, burn) for burn in made),
        lowest_margin_km=float(margin[tightest]),
        lowest_margin_utc=to_utc(float(when[tightest]), 0),
        highest_altitude_km=max([float(shown.rows_km.max()), *(burn.after_km for burn in made)]),
        end_altitude_km=float(shown.rows_km[-1]),
        altitude_difference_km=float(np.abs(shown.rows_km - stack.altitude_km[: len(tt_s)]).max()),
        propellant_kg=sum(burn.propellant_kg for burn in made),
        delta_v_mps=sum(burn.delta_v_mps for burn in made),
        violations=(
            *_corridor_violations(plan, scenario, stack, shown),
            *_phase_violations(plan, shown, windows),
            *_engine_violations(plan, shown),
            *_tank_violations(plan, shown),
        ),
        altitude=ReflownAltitude(tt_s, shown.rows_km),
    )


def _reboost(plan: ReboostPlan, burn: FlownBurn) -> Reboost:
    decision, planned = plan.decision, burn.planned
    purposes = {one.step: one.purpose for one in plan.planned}
    return Reboost(
        utc=to_utc(burn.ignition_tt_s, 0),
        source=decision.tanks[planned.tank],
        partner=decision.partners[planned.tank],
        delta_v_mps=burn.delta_v_mps,
        duration_s=burn.cutoff_tt_s - burn.ignition_tt_s,
        propellant_kg=burn.propellant_kg,
        altitude_before_km=burn.before_km,
        altitude_after_km=burn.after_km,
        purpose=purposes.get(planned.step, "altitude"),
    )


# --- limits ----------------------------------------------------------------------------------------------------------


def _margins(plan: ReboostPlan, stack: Stack, shown: Shown) -> tuple[FloatArray, FloatArray]:
    """Mean altitude above the lower edge at every row and before every burn: when, and by how much (km)."""
    rows = len(shown.rows_km)
    made = [burn for burn in shown.flight.burns if burn.delta_v_mps > 0.0]
    when = [*stack.schedule.tt_s[:rows], *(burn.ignition_tt_s for burn in made)]
    margin = [
        *(shown.rows_km - plan.lower_km[:rows]),
        *(burn.before_km - plan.lower_km[min(burn.planned.step + 1, rows - 1)] for burn in made),
    ]
    return np.array(when), np.array(margin)


def _corridor_violations(plan: ReboostPlan, scenario: Scenario, stack: Stack, shown: Shown) -> list[Violation]:
    rules, found = scenario.rules, list[Violation]()
    when, margin = _margins(plan, stack, shown)
    worst = int(margin.argmin())
    if margin[worst] < -ALTITUDE_KM:
        day = to_utc(float(when[worst]), 0)
        text = (
            f"flown numerically, the station is {-margin[worst]:.2f} km below the lower edge of its corridor on "
            f"{day[:10]}; raise it earlier, or ask for fewer days in rules.survival_days"
        )
        found.append(_violation("corridor", day, "lower edge", -margin[worst], "km", text))
    made = [burn for burn in shown.flight.burns if burn.delta_v_mps > 0.0]
    tt_s = [*stack.schedule.tt_s[: len(shown.rows_km)], *(burn.cutoff_tt_s for burn in made)]
    above = np.array([*shown.rows_km, *(burn.after_km for burn in made)]) - rules.corridor_upper_km
    worst = int(above.argmax())
    if above[worst] > ALTITUDE_KM:
        day = to_utc(float(tt_s[worst]), 0)
        text = (
            f"flown numerically, the station is {above[worst]:.2f} km above the upper edge of its corridor on "
            f"{day[:10]}; raise rules.corridor_upper_km, or start lower"
        )
        found.append(_violation("corridor", day, "upper edge", above[worst], "km", text))
    end_km = rules.end_altitude_km
    if end_km is not None and shown.rows_km[-1] < end_km - ALTITUDE_KM:
        lacks, day = end_km - float(shown.rows_km[-1]), to_utc(float(stack.schedule.tt_s[stack.until_row]), 0)
        text = (
            f"flown numerically, lowering starts {lacks:.2f} km below the {end_km:g} km asked for; raise the station "
            "later or more, or lower rules.end_altitude_km"
        )
        found.append(_violation("end-altitude", day, "altitude at the start of lowering", lacks, "km", text))
    return found


def _phase_violations(plan: ReboostPlan, shown: Shown, windows: Sequence[PhaseWindow]) -> list[Violation]:
    found = []
    for chosen, window, flown_deg in zip(plan.events, windows, shown.misses_deg, strict=True):
        if window.ok:
            continue
        amount = miss_deg(chosen, float(flown_deg))
        wanted = f"{window.low_deg:g} to {window.high_deg:g} deg"
        what = f"{window.event} of {window.flight} ({window.scheme})"
        if window.reflown_deg is None:
            text = f"the {what} finds no pass of {window.site} through the station's plane on {chosen.day}"
        else:
            text = (
                f"flown numerically, the {what} on {chosen.day} meets a phase of {window.reflown_deg:.1f} deg, not "
                f"{wanted}, and no trim of the burns before it mends that"
            )
        text += "; move the flight, allow another rendezvous, or leave more days between it and the last burn"
        found.append(_violation("phase", window.utc, window.flight, amount, "deg", text))
    return found


def _engine_violations(plan: ReboostPlan, shown: Shown) -> list[Violation]:
    """Burns that could only be made while their engine is away or nothing may thrust."""
    found = []
    for burn in shown.flight.burns:
        if burn.allowed:
            continue
        day, tank = to_utc(burn.ignition_tt_s, 0), plan.decision.tanks[burn.planned.tank]
        text = (
            f"the burn of {tank} at {day} falls on a day on which it may not thrust, and no revolution near it is "
            "free; move the burn by a day"
        )
        seconds = burn.cutoff_tt_s - burn.ignition_tt_s
        found.append(_violation("reboost", day, tank, max(seconds, 1.0), "s", text))
    return found


def _tank_violations(plan: ReboostPlan, shown: Shown) -> list[Violation]:
    """Tanks that the flown burns, with what they take above the plan so far, draw below their reserves; worst of each,
    and of the propellant that is kept back in all."""
    schedule, history = plan.decision.schedule, plan.flown.history
    level_kg = history.propellant_kg[MEAN]
    excess_kg = np.zeros(level_kg.shape[1])
    short: dict[int, tuple[float, float]] = {}
    over_kg = np.zeros(len(history.tt_s))
    for burn in shown.flight.burns:
        tank, row = burn.planned.tank, burn.planned.step + 1
        excess_kg[tank] += burn.propellant_kg - burn.planned.propellant_kg
        over_kg[row:] += burn.propellant_kg - burn.planned.propellant_kg
        stays = schedule.to_step[tank] > row
        left_kg = level_kg[row, tank] if stays else level_kg[row - 1, tank] - burn.planned.propellant_kg
        lacks_kg = float(excess_kg[tank] - max(left_kg - schedule.reserve_kg[tank], 0.0))
        if lacks_kg > max(GAUGE_KG, short.get(tank, (0.0, 0.0))[0]):
            short[tank] = lacks_kg, burn.ignition_tt_s
    found = []
    for tank, (lacks_kg, tt_s) in short.items():
        name, day = plan.decision.tanks[tank], to_utc(tt_s, 0)
        text = f"flown numerically, {name} lacks {lacks_kg:.0f} kg for its burn at {day}; let another tank pay"
        found.append(_violation("propellant", day, name, lacks_kg, "kg", text))
    tanks = np.union1d(schedule.raise_order, schedule.attitude_order)
    usable_kg = np.maximum(level_kg[:, tanks] - schedule.reserve_kg[tanks], 0.0).sum(axis=1)
    rows = len(shown.rows_km)
    margin_kg = (usable_kg - over_kg - plan.reserve_kg)[:rows]
    worst = int(margin_kg.argmin())
    if margin_kg[worst] < -GAUGE_KG:
        day = to_utc(float(history.tt_s[worst]), 0)
        text = (
            f"flown numerically, {-margin_kg[worst]:.0f} kg of the propellant that is to be kept are missing on "
            f"{day[:10]}; bring more, or keep less in reserve"
        )
        found.append(_violation("reserve", day, "propellant", -margin_kg[worst], "kg", text))
    return found


def _violation(constraint: Constraint, utc: str, subject: str, amount: float, unit: str, text: str) -> Violation:
    return Violation(constraint=constraint, utc=utc, subject=subject, amount=float(amount), unit=unit, text=text)
