"""The descent as one piece of work: aimed with what breaks up, then looked at from all sides.

``descend`` aims one reference body, ``reenter`` says how far before and behind it the pieces fall: the aiming loop
joins the two. What else is told about a descent stands on that: the trade and the best ways, backups, phasing, what
happens if a burn or all propulsion fails, and how reliable the burns must be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pointnemo.descent import GroundTrack, descend, final_phase_s, hand_over, trade_of
from pointnemo.descent.failures.branches import branches_of
from pointnemo.descent.failures.losses import losses_of, thinned
from pointnemo.descent.failures.no_return import points_of_no_return
from pointnemo.descent.lowering.trade import final_burns_estimate_kg
from pointnemo.descent.targeted.engine import engine_of
from pointnemo.descent.targeted.opportunities import opportunities_of
from pointnemo.descent.targeted.phased_pass import phased_pass
from pointnemo.operations.reboosts import MEAN
from pointnemo.planning.aiming import Aimed, aim
from pointnemo.planning.best_ways import best_ways
from pointnemo.planning.branching import SMALL_BREAK_UP, failed_branches, with_people, with_risk
from pointnemo.reentry import EntryState, reenter
from pointnemo.results import Descend, Reenter, Skipped
from pointnemo.risk import assess
from pointnemo.risk.branches import even_footprint, footprint_of
from pointnemo.station.attitude import cd_area_m2_of
from pointnemo.world.time import from_utc

if TYPE_CHECKING:
    from pointnemo.descent.targeted.targeting import Targeted
    from pointnemo.motion.history import Decision, Flown
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["come_down", "entry_state", "entry_year"]

AIMING_FRAGMENTS = 2_000
AIMING_REALISATIONS = 5
AIMING_SEED = 0


def come_down(
    decision: Decision, flown: Flown, scenario: Scenario, world: World, workers: int, tell: Callable[[str, float], None]
) -> Descend:
    """Aim and descend, and look at the descent from all sides.

    Args:
        decision: of the plan, with its reboosts and its lowering.
        flown: its averaged histories, runs ``LINES``.
        scenario: what was decided.
        world: nature.
        workers: threads; the result does not depend on it.
        tell: called with what begins and the share of this work that is done.

    Returns:
        The document. Where the station does not come down before the data about nature end there is no entry, and
        nothing is told that stands on one.

    Raises:
        InputError: the aim is out of reach.
        FlightError: the last days cannot be flown as asked.
    """
    tell("aiming", 0.0)
    aimed = _aimed(flown, scenario, world, workers)
    if aimed is not None and aimed.descend.targeted is not None:
        tell("phasing", 0.15)
        aimed = _phased(aimed, flown, scenario, world)
    descended = descend(flown, scenario, world, None) if aimed is None else aimed.descend
    start = hand_over(flown, MEAN)
    phase_s, burns_kg = final_phase_s(scenario.descent), final_burns_estimate_kg(scenario)
    if start is not None and descended.entry_utc is not None and descended.burns:
        phase_s, burns_kg = from_utc(descended.entry_utc) - start.tt_s, descended.deorbit_propellant_used_kg
    tell("best way down", 0.25)
    track = None if aimed is None else aimed.choice.track
    optimum, kept_kg = best_ways(decision, scenario, world, phase_s, burns_kg, track, workers)
    tell("trade", 0.35)
    trade = trade_of(decision, scenario, world, phase_s, kept_kg, workers)
    tell("loss of propulsion", 0.55)
    entry_tt_s = None if descended.entry is None else from_utc(descended.entry.utc)
    losses = losses_of(flown, decision, scenario, world, entry_tt_s, workers, descended.trajectory)
    points = points_of_no_return(flown, decision, scenario, world, descended.trajectory)
    found: dict[str, Any] = {"trade": trade, "optimum": optimum, "loss_days": losses, "points_of_no_return": points}
    if aimed is not None and aimed.reenter is not None:
        found |= _last_days(aimed, aimed.reenter, scenario, world, workers, tell)
    found["losses"] = thinned(losses, failed=(scenario.descent.deorbit_vehicle,))
    descended = descended.model_copy(update=found)
    if aimed is None or aimed.reenter is None:
        return descended
    return _with_small_break_up(descended, aimed.reenter, flown, scenario, world)


def entry_state(descended: Descend, scenario: Scenario) -> EntryState:
    """The door from the descent to the break-up.

    Args:
        descended: with an entry.
        scenario: drag of the attitude of the burns.

    Returns:
        The whole stack at the entry interface.
    """
    entry, targeting = descended.entry, descended.targeting
    assert entry is not None
    assert targeting is not None
    return EntryState(
        tt_s=from_utc(entry.utc),
        position_km=entry.position_km,
        velocity_km_s=entry.velocity_km_s,
        mass_kg=entry.mass_kg,
        cd_area_m2=cd_area_m2_of(scenario, "burns"),
        aim_latitude_deg=targeting.aim.latitude_deg,
        aim_longitude_deg=targeting.aim.longitude_deg,
    )


def entry_year(utc: str) -> float:
    """Calendar year with fraction, for the growth of population."""
    return 2000.0 + from_utc(utc) / 86400.0 / 365.25


def _aimed(flown: Flown, scenario: Scenario, world: World, workers: int) -> Aimed | None:
    """Run the aiming loop; None where there is no entry to aim."""
    start = hand_over(flown, MEAN)
    if start is None:
        return None
    small = scenario.reentry.model_copy(update={"fragments": AIMING_FRAGMENTS, "realisations": AIMING_REALISATIONS})
    sampled = scenario.model_copy(update={"reentry": small})

    def bring_down(aim_track: GroundTrack, shift_km: float) -> Descend:
        return descend(flown, scenario, world, aim_track, shift_km)

    def break_up(descended: Descend) -> Reenter:
        return reenter(entry_state(descended, sampled), sampled, world, AIMING_SEED, workers)

    return aim(scenario, world, float(np.degrees(start.mean.inclination_rad)), bring_down, break_up)


def _phased(aimed: Aimed, flown: Flown, scenario: Scenario, world: World) -> Aimed:
    """The descent once more, with the phase made that the aiming loop left free."""
    choice = aimed.choice
    phased = phased_pass(flown, MEAN, scenario, world, choice.track, aimed.descend.targeted)
    return replace(aimed, descend=descend(flown, scenario, world, choice.track, choice.shift_km, phased))


def _last_days(
    aimed: Aimed, fallen: Reenter, scenario: Scenario, world: World, workers: int,
    tell: Callable[[str, float], None],
) -> dict[str, Any]:  # fmt: skip
    """What stands on the targeted flight: backups and failures."""
    descended, track, engine = aimed.descend, aimed.choice.track, engine_of(scenario)
    targeted: Targeted = descended.targeted
    target, start, environment = targeted.target, targeted.start, targeted.environment
    assert aimed.swath is not None
    assert descended.entry is not None
    tell("backup passes", 0.65)
    targeted_kg = start.mass_kg - descended.entry.mass_kg  # what phasing took before is no longer there
    there_kg = descended.deorbit_propellant_available_kg - descended.deorbit_propellant_used_kg + targeted_kg
    opportunities = opportunities_of(target, track, scenario, world, engine, environment, aimed.swath, there_kg)
    tell("burns that fail", 0.8)
    failed = branches_of(
        target.sequence, start, engine, scenario, world, track,
        available_kg=there_kg, workers=workers,
    )  # fmt: skip
    swath = aimed.swath
    footprint = None if fallen.impacts is None else footprint_of(fallen.impacts, scenario.assess)
    footprint = footprint or even_footprint(swath.heel_km, swath.toe_km, swath.half_width_km)
    branches = with_people(failed, footprint, entry_year(descended.entry.utc), world)
    return {"opportunities": opportunities, "branches": branches}


def _with_small_break_up(
    descended: Descend, fallen: Reenter, flown: Flown, scenario: Scenario, world: World
) -> Descend:
    """Casualties of what fails, with what the aiming loop has broken up: a run that goes on to assess knows better."""
    start = hand_over(flown, MEAN)
    assert start is not None
    assert descended.entry is not None
    inclination, year = float(np.degrees(start.mean.inclination_rad)), entry_year(descended.entry.utc)
    risk = assess(fallen, scenario, world, inclination, year, AIMING_SEED, failed_branches(descended.branches))
    assert not isinstance(risk, Skipped)
    return with_risk(descended, risk, SMALL_BREAK_UP, scenario.rules.casualty_limit)
