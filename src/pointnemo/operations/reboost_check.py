"""A flown schedule held against its limits: what it misses, by how much, and how that could be mended."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import numpy as np

from pointnemo.motion.history import Decision, Flown
from pointnemo.motion.history_tables import SHORT_REBOOST
from pointnemo.operations.phases import Choice, Event, passage_on
from pointnemo.operations.reboost_plan import ChosenEvent
from pointnemo.operations.reserve import usable_kg
from pointnemo.operations.station_path import StationPath
from pointnemo.results import FloatArray, PhaseWindow, Reboost, Violation
from pointnemo.scenario.models import Scenario
from pointnemo.world.earth import EarthOrientation
from pointnemo.world.time import to_utc

__all__ = ["chosen_event", "inside_deg", "phase_windows", "reboosts_of", "violations_of"]

ALTITUDE_KM = 0.005
FULL_DEG = 360.0


def inside_deg(phase_deg: float, choice: Choice) -> float:
    """How far a phase is inside the range of a choice, whatever its turns; negative outside."""
    middle = 0.5 * (choice.low_deg + choice.high_deg)
    off = abs(math.remainder(phase_deg - middle, FULL_DEG))
    return 0.5 * (choice.high_deg - choice.low_deg) - off


def chosen_event(event: Event, row: int, choice: Choice, path: StationPath, eo: EarthOrientation) -> ChosenEvent:
    """An event served on the day of a row, as a path has it.

    Args:
        event: the event.
        row: of the path.
        choice: rendezvous planned; where the phase has left its range for that of another one, the other is taken.
        path: flown.
        eo: Earth orientation.

    Returns:
        How it is served.
    """
    day = path.first_day + timedelta(days=row)
    passage = passage_on(event, day, path.orbit_at(row), eo)
    if passage is None:
        return ChosenEvent(event, day, choice, None, False)
    fitting = (choice, *event.choices)
    best = next((one for one in fitting if inside_deg(passage.phase_deg, one) >= 0.0), choice)
    return ChosenEvent(event, day, best, passage, inside_deg(passage.phase_deg, best) >= 0.0)


def phase_windows(events: Sequence[ChosenEvent]) -> tuple[PhaseWindow, ...]:
    """The events of a plan as documents."""
    return tuple(
        PhaseWindow(
            flight=event.flight,
            vehicle=event.vehicle,
            event=event.kind,
            site=event.site,
            direction=event.direction,
            utc=to_utc(passage.tt_s, 0) if passage else f"{day}T00:00:00Z",
            scheme=choice.name,
            phase_deg=passage.phase_deg if passage else None,
            low_deg=choice.low_deg,
            high_deg=choice.high_deg,
            trip_hours=choice.trip_hours,
            reflown_deg=None,
            days_from_plan=(day - event.day).days,
            ok=ok,
        )
        for event, day, choice, passage, ok in events
    )


def reboosts_of(flown: Flown, decision: Decision, run: int, purposes: Mapping[int, str]) -> tuple[Reboost, ...]:
    """The reboosts of one run.

    Args:
        flown: histories.
        decision: tanks and rows.
        run: which history.
        purposes: step with whose end a burn comes -> its purpose; ``altitude`` where not given.

    Returns:
        By time.
    """
    burns = flown.burns
    steps = np.searchsorted(decision.schedule.tt_s, burns.tt_s - 1.0) - 1
    return tuple(
        Reboost(
            utc=to_utc(float(burns.tt_s[k]), 0),
            source=decision.tanks[burns.tank[k]],
            partner=decision.partners[burns.tank[k]],
            delta_v_mps=float(burns.delta_v_mps[k]),
            duration_s=float(burns.duration_s[k]),
            propellant_kg=float(burns.propellant_kg[k]),
            altitude_before_km=float(burns.altitude_before_km[k]),
            altitude_after_km=float(burns.altitude_after_km[k]),
            purpose=purposes.get(int(steps[k]), "altitude"),
        )
        for k in np.flatnonzero(burns.run == run)
    )


def violations_of(
    scenario: Scenario,
    decision: Decision,
    flown: Flown,
    run: int,
    path: StationPath,
    events: Sequence[ChosenEvent],
    lower_km: FloatArray,
    reserve_kg: FloatArray,
) -> tuple[Violation, ...]:
    """Limits that a flown schedule misses.

    Args:
        scenario: rules.
        decision: what was flown.
        flown: histories.
        run: which of them.
        path: of that run.
        events: as chosen.
        lower_km: shape (rows,), lower edge of the corridor.
        reserve_kg: shape (rows,), propellant to be kept.

    Returns:
        One row for each limit, with its worst day.
    """
    last = min(decision.policy.lowering_step, len(path.tt_s) - 1)
    return (
        *_altitude(scenario, path, lower_km, last),
        *_phases(events),
        *_propellant(decision, flown, run, reserve_kg, last),
    )


def _altitude(scenario: Scenario, path: StationPath, lower_km: FloatArray, last: int) -> Iterator[Violation]:
    rules = scenario.rules
    below = lower_km[: last + 1] - path.before_km[: last + 1]
    row = int(below.argmax())
    if below[row] > ALTITUDE_KM:
        utc = to_utc(float(path.tt_s[row]), 0)
        text = (
            f"on {utc[:10]} the station is {below[row]:.2f} km below the lower edge of its corridor, "
            f"{lower_km[row]:.1f} km: bring propellant earlier, or accept fewer rules.survival_days"
        )
        yield _violation("corridor", utc, "station", below[row], "km", text)
    above = path.after_km[: last + 1] - rules.corridor_upper_km
    row = int(above.argmax())
    if above[row] > ALTITUDE_KM:
        utc = to_utc(float(path.tt_s[row]), 0)
        text = (
            f"on {utc[:10]} the station is {above[row]:.2f} km above the upper edge of its corridor, "
            f"{rules.corridor_upper_km:g} km: raise rules.corridor_upper_km, or start lower"
        )
        yield _violation("corridor", utc, "station", above[row], "km", text)
    if rules.end_altitude_km is not None and rules.end_altitude_km - path.after_km[last] > ALTITUDE_KM:
        short = rules.end_altitude_km - float(path.after_km[last])
        utc = to_utc(float(path.tt_s[last]), 0)
        text = (
            f"when lowering starts the station is {short:.2f} km below rules.end_altitude_km, "
            f"{rules.end_altitude_km:g} km: bring more propellant, or lower that altitude"
        )
        yield _violation("end-altitude", utc, "station", short, "km", text)


def _phases(events: Sequence[ChosenEvent]) -> Iterator[Violation]:
    for event, day, choice, passage, ok in events:
        if ok:
            continue
        if passage is None:
            text = f"{event.site} meets the station's plane on no instant of {day}: move the {event.kind} by a day"
            yield _violation("phase", f"{day}T00:00:00Z", event.flight, FULL_DEG, "deg", text)
            continue
        missing = -inside_deg(passage.phase_deg, choice)
        text = (
            f"the {event.kind} of {event.flight} on {day} has a phase of {passage.phase_deg:.0f} deg, not "
            f"{choice.low_deg:.0f} to {choice.high_deg:.0f} ({choice.name}): move its day, or allow rules.event_days"
        )
        yield _violation("phase", to_utc(passage.tt_s, 0), event.flight, missing, "deg", text)


def _propellant(decision: Decision, flown: Flown, run: int, reserve_kg: FloatArray, last: int) -> Iterator[Violation]:
    missing = reserve_kg[: last + 1] - usable_kg(flown, decision, run)[: last + 1]
    row = int(missing.argmax())
    tt_s = flown.history.tt_s
    if missing[row] > 1.0:
        utc = to_utc(float(tt_s[row]), 0)
        text = (
            f"on {utc[:10]} usable propellant is {missing[row]:.0f} kg below the reserve of {reserve_kg[row]:.0f} kg: "
            "bring propellant earlier, or keep less back (rules.hold_days, rules.propellant_reserve_kg)"
        )
        yield _violation("reserve", utc, "station", missing[row], "kg", text)
    short = flown.shortfalls
    for k in np.flatnonzero((short.run == run) & (short.from_tt_s < tt_s[last])):
        utc = to_utc(float(short.from_tt_s[k]), 0)
        reboost = short.kind[k] == SHORT_REBOOST
        what, unit = ("a reboost", "m/s") if reboost else ("attitude control", "kg")
        text = f"from {utc[:10]} there is no propellant for {what}: no vehicle that can brings any in time"
        yield _violation("propellant", utc, "station", short.amount[k], unit, text)


def _violation(constraint: str, utc: str, subject: str, amount: float, unit: str, text: str) -> Violation:
    values = {"constraint": constraint, "utc": utc, "subject": subject, "amount": float(amount), "unit": unit}
    return Violation.model_validate({**values, "text": text})
