"""The stage ``descend``: from the start of lowering to the ground, as one document.

The averaged history (flown before, for all levels of solar activity at once) says when the station reaches the
altitude at which the targeted burns begin. From there the mean case is flown numerically.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from pointnemo.descent.activity_lines import LINES, crew_departure, final_phase_s, solar_lines
from pointnemo.descent.geometry import GroundTrack, aimed_place
from pointnemo.descent.targeted.burn_document import burn_document
from pointnemo.descent.targeted.engine import engine_of, ordered_burns
from pointnemo.descent.targeted.entry_document import entry_of
from pointnemo.descent.targeted.sequence import HandOver
from pointnemo.descent.targeted.sizing import revolution_s
from pointnemo.descent.targeted.targeting import Target, Targeted, aim_at, revolutions_needed
from pointnemo.motion.lastdays import Flight, Forces, prepare
from pointnemo.motion.mean_elements import Mean
from pointnemo.results import Burn, Descend, Entry, Milestone, Phasing, Place, Targeting, Trajectory
from pointnemo.station.attitude import attitude_spells, cd_area_m2_of
from pointnemo.station.stack import brought_propellant_kg
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import DAY_S, from_date, from_utc, to_utc

if TYPE_CHECKING:
    from pointnemo.descent.targeted.phased_pass import PhasedPass
    from pointnemo.motion.history import Flown
    from pointnemo.results import FloatArray
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["burn_document", "descend", "hand_over", "ordered_burns"]

MEAN = LINES.index("mean")


def descend(
    flown: Flown,
    scenario: Scenario,
    world: World,
    track: GroundTrack | None,
    aim_shift_km: float = 0.0,
    phased: PhasedPass | None = None,
) -> Descend:
    """Bring the station down.

    Args:
        flown: averaged histories, runs ``("low", "mean", "high")``.
        scenario: what was decided.
        world: nature.
        track: the aim and the pass over it, chosen by the aiming loop; None leaves the last days out and estimates
            the entry from the usual length of the targeted phase.
        aim_shift_km: how far that loop moved the aim from the scenario's, only to be reported.
        phased: the weeks before the burns as flown, and the burns from there; None leaves the phase at the hand-over
            free, as if the station happened to be where it should.

    Returns:
        The document, with ``history``, ``trajectory`` and ``targeted`` attached. Where the station does not come down
        before the data about nature end, there is no entry, no burn and no trajectory.

    Raises:
        FlightError: the targeted burns cannot be flown.
    """
    decided = scenario.descent
    start = hand_over(flown, MEAN)
    burns: tuple[Burn, ...] = ()
    targeting = entry = trajectory = targeted = None
    entry_tt_s: float | None = None
    if start is not None and track is not None:
        known = None if phased is None else phased.targeted
        targeted = known or _last_days(start, scenario, world, track)
        target, start = targeted.target, targeted.start
        flight = target.sequence.flight
        entry_tt_s, entry = entry_of(flight, scenario.reentry.interface_height_km)
        burns = tuple(burn_document(one, decided.deorbit_vehicle, flight) for one in target.sequence.burns)
        targeting = _targeting_document(target, track, scenario, start, aim_shift_km)
        trajectory = _trajectory(flight, max(phase.height_km for phase in scenario.reentry.phases.values()))
    phase_s = final_phase_s(decided) if entry_tt_s is None or start is None else entry_tt_s - start.tt_s
    if start is not None and entry_tt_s is None:
        entry_tt_s = start.tt_s + phase_s
    lines = solar_lines(flown, scenario, phase_s)
    departure_tt_s, departure_km = crew_departure(flown, MEAN, scenario, entry_tt_s)
    visit = scenario.flights[decided.deorbit_vehicle]
    burnt_kg = sum(burn.propellant_kg for burn in burns)
    phasing = None if phased is None else phased.phasing
    phasing_kg = 0.0 if phased is None or phased.targeted is None else phased.phasing.spent_kg
    steered_kg = 0.0 if start is None or entry is None else max(start.mass_kg - entry.mass_kg - burnt_kg, 0.0)
    return Descend(
        lowering_start_utc=to_utc(flown.lowering_start_tt_s, 0),
        lowering_propellant_kg=float(flown.lowering_propellant_kg[MEAN]),
        lowering_delta_v_mps=float(flown.lowering_delta_v_mps[MEAN]),
        lowering_vehicle=decided.lowering_vehicle,
        lines=lines,
        milestones=_milestones(flown, scenario, departure_tt_s, departure_km, start, phasing, burns, entry),
        crew_departure_utc=to_utc(departure_tt_s, 0),
        crew_departure_altitude_km=departure_km,
        entry_utc=None if entry_tt_s is None else to_utc(entry_tt_s, 1),
        burns=burns,
        deorbit_vehicle=decided.deorbit_vehicle,
        deorbit_vehicle_arrival_utc=to_utc(from_date(visit.dock + timedelta(days=visit.slip_days)), 0),
        deorbit_vehicle_departure_utc=to_utc(from_date(visit.undock + timedelta(days=visit.slip_days)), 0),
        deorbit_propellant_available_kg=_deorbit_propellant_kg(flown, scenario),
        deorbit_propellant_used_kg=phasing_kg + burnt_kg + steered_kg,
        attitude_propellant_kg=steered_kg,
        final_perigee_km=burns[-1].perigee_after_km if burns else None,
        targeting=targeting,
        phasing=phasing,
        entry=entry,
        attitudes=attitude_spells(flown, scenario, entry_tt_s),
        history=flown.history,
        trajectory=trajectory,
        targeted=targeted,
    )


def hand_over(flown: Flown, run: int) -> HandOver | None:
    """Where the averaged history of a run ends, None where it never comes down to the targeting altitude."""
    if not flown.handed_over[run]:
        return None
    a, ex, ey, inclination, node = flown.handover_elements[run]
    return HandOver(
        float(flown.handover_tt_s[run]), Mean(a, ex, ey, inclination, node, 0.0), float(flown.handover_mass_kg[run])
    )


def _deorbit_propellant_kg(flown: Flown, scenario: Scenario) -> float:
    """What its vehicle brings, less what a second stage of the lowering takes out of the same tank."""
    visit = scenario.flights[scenario.descent.deorbit_vehicle]
    brought = brought_propellant_kg(visit, scenario)
    second = flown.stages[1]
    own = second.tank >= 0 and flown.history.tanks[second.tank] == scenario.descent.deorbit_vehicle
    return brought - float(second.propellant_kg[MEAN]) if own else brought


def _last_days(start: HandOver, scenario: Scenario, world: World, track: GroundTrack) -> Targeted:
    """Fly and target the burns."""
    burns, engine = ordered_burns(scenario.descent.burns), engine_of(scenario)
    revolutions = revolutions_needed(burns, start, engine) + 2
    forces = Forces(cd_area_m2=cd_area_m2_of(scenario, "burns"))
    stop_tt_s = start.tt_s + revolutions * revolution_s(start.mean.a_km) + DAY_S
    environment = prepare(world, start.tt_s, stop_tt_s, forces)
    return Targeted(aim_at(track, start, burns, engine, environment), start, environment)


def _targeting_document(
    target: Target, track: GroundTrack, scenario: Scenario, start: HandOver, aim_shift_km: float
) -> Targeting:
    mass = target.sequence.flight.mass_kg[-1]
    return Targeting(
        aim=aimed_place(track, scenario.descent.aim),
        reference_impact=Place(latitude_deg=target.impact[0], longitude_deg=target.impact[1]),
        reference_ballistic_factor_m2_kg=float(cd_area_m2_of(scenario, "burns") / mass),
        miss_km=target.miss_km,
        converged=target.converged,
        iterations=target.iterations,
        orbit_shift_s=target.phase_shift_s,
        direction=track.direction,
        aim_shift_km=aim_shift_km,
    )


def _milestones(
    flown: Flown,
    scenario: Scenario,
    departure_tt_s: float,
    departure_km: float,
    start: HandOver | None,
    phasing: Phasing | None,
    burns: tuple[Burn, ...],
    entry: Entry | None,
) -> tuple[Milestone, ...]:
    decided = scenario.descent
    rows = [
        (
            flown.lowering_start_tt_s,
            "lowering_start",
            flown.altitude_at(MEAN, flown.lowering_start_tt_s),
            "reboosts end, lowering starts",
        ),
        (departure_tt_s, "crew_departure", departure_km, "the last crew leaves"),
    ]
    if np.isfinite(flown.crossings["hold"][MEAN]):
        rows.append((float(flown.crossings["hold"][MEAN]), "hold", decided.hold_altitude_km, "hold altitude reached"))
    for number, step in enumerate(phasing.steps if phasing else (), 1):
        text = f"lowered to {step.altitude_after_km:.1f} km, to be at the right place of the orbit later"
        rows.append((from_utc(step.utc), f"phasing-{number}", step.altitude_before_km, text))
    if start is not None:
        rows.append((start.tt_s, "hand_over", start.mean.a_km - EARTH_RADIUS_KM, "targeted phase begins"))
    documents = [
        Milestone(id=key, utc=to_utc(tt, 0), altitude_km=float(km), text=text) for tt, key, km, text in sorted(rows)
    ]
    documents += [
        Milestone(
            id=burn.id,
            utc=burn.start_utc,
            altitude_km=(burn.perigee_before_km + burn.apogee_before_km) / 2,
            text=f"burn of {burn.delta_v_mps:.1f} m/s to a perigee of {burn.perigee_after_km:.0f} km",
        )
        for burn in burns
    ]
    if entry is not None:
        documents.append(Milestone(id="entry", utc=entry.utc, altitude_km=entry.height_km, text="entry interface"))
    return tuple(documents)


def _trajectory(flight: Flight, lowest_height_km: float) -> Trajectory:
    """The flight down to where break-up begins; below, the reference body is no longer the station."""
    below = np.flatnonzero(flight.height_km < lowest_height_km)
    end = int(below[0]) if below.size else len(flight.tt_s)
    used = int(flight.segment[end - 1]) + 1

    def cut(values: FloatArray) -> FloatArray:
        return np.asarray(values)[:end].copy()

    return Trajectory(
        tt_s=cut(flight.tt_s),
        position_km=cut(flight.position_km),
        velocity_km_s=cut(flight.velocity_km_s),
        mass_kg=cut(flight.mass_kg),
        height_km=cut(flight.height_km),
        latitude_deg=cut(flight.latitude_deg),
        longitude_deg=cut(flight.longitude_deg),
        segment=np.asarray(flight.segment)[:end].copy(),
        segments=tuple(flight.segments[:used]),
    )
