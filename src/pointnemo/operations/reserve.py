"""Propellant that is kept back: for attitude, debris avoidance, and holding the altitude with every delivery lost."""

from __future__ import annotations

import numpy as np

from pointnemo.motion.history import Decision, Flown
from pointnemo.motion.history_kernel import G0_KM_S2
from pointnemo.motion.history_tables import Schedule
from pointnemo.motion.loss import LossTable
from pointnemo.operations.station_path import StationPath
from pointnemo.results import FloatArray
from pointnemo.scenario.models import Scenario
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2
from pointnemo.world.time import mjd_utc

__all__ = ["avoidance_kg", "hold_delta_v_mps", "lasting_tanks", "reserve_kg", "usable_kg"]

STEP_DAYS = 10


def hold_delta_v_mps(loss: LossTable, mjd: FloatArray, altitude_km: FloatArray, ballistic: FloatArray) -> FloatArray:
    """Velocity per day that holds an altitude against drag.

    Args:
        loss: of the solar activity.
        mjd: UTC days, shape (n,).
        altitude_km: mean altitudes, shape (n,).
        ballistic: C_D A / m, m2/kg, shape (n,).

    Returns:
        m/s per day, shape (n,): da = 2 a dv / v for a small tangential burn (Vallado 2013, section 6.3).
    """
    a_km = altitude_km + EARTH_RADIUS_KM
    return loss.per_day(mjd, altitude_km, ballistic) * np.sqrt(MU_KM3_S2 / a_km) / (2.0 * a_km) * 1e3


def avoidance_kg(scenario: Scenario, decision: Decision, mass_kg: FloatArray) -> FloatArray:
    """Propellant that a year of debris avoidance takes, kg, same shape as the mass.

    Args:
        scenario: ``rules.avoidance_mps_per_year``.
        decision: engines; the weakest specific impulse of those that raise.
        mass_kg: of the stack.
    """
    return mass_kg * scenario.rules.avoidance_mps_per_year * 1e-3 / _exhaust_km_s(decision)


def reserve_kg(scenario: Scenario, decision: Decision, loss: LossTable, path: StationPath) -> FloatArray:
    """Usable propellant to be kept at every row of a path.

    Args:
        scenario: rules.
        decision: engines and attitude control.
        loss: of the mean line.
        path: altitude and mass.

    Returns:
        kg, shape (rows,): ``propellant_reserve_kg``, a year of debris avoidance, and what attitude and altitude take
        over ``hold_days`` from that day on without any delivery.
    """
    rules, mass_kg = scenario.rules, path.mass_kg
    kept = rules.propellant_reserve_kg + avoidance_kg(scenario, decision, mass_kg)
    if not rules.hold_days:
        return kept
    mjd = np.asarray(mjd_utc(path.tt_s), dtype=float)
    ballistic = decision.policy.cd_area_m2 / mass_kg
    delta_v = np.zeros(len(mjd))
    for start in range(0, rules.hold_days, STEP_DAYS):
        days = min(STEP_DAYS, rules.hold_days - start)
        delta_v += days * hold_delta_v_mps(loss, mjd + start + 0.5 * days, path.after_km, ballistic)
    return (
        kept
        + rules.hold_days * decision.policy.attitude_kg_per_day
        + mass_kg * delta_v * 1e-3 / _exhaust_km_s(decision)
    )


def _exhaust_km_s(decision: Decision) -> float:
    """Exhaust velocity of the weakest engine that may raise the station; of 300 s where there is none."""
    schedule = decision.schedule
    impulses = schedule.specific_impulse_s[schedule.raise_order]
    return float(impulses.min() if len(impulses) else 300.0) * G0_KM_S2


def lasting_tanks(schedule: Schedule) -> set[int]:
    """Tanks whose propellant can still be there in half a year: those of the station that raise it or feed attitude
    control, and those of vehicles that can be pumped over into them. What another vehicle brings leaves with it.

    Args:
        schedule: tanks.

    Returns:
        Their indices.
    """
    used = {int(tank) for tank in schedule.raise_order} | {int(tank) for tank in schedule.attitude_order}
    owners = {int(schedule.partner[tank]) for tank in used if schedule.is_station[tank]} - {-1}
    return {tank for tank in used if schedule.is_station[tank] or int(schedule.partner[tank]) in owners}


def usable_kg(flown: Flown, decision: Decision, run: int) -> FloatArray:
    """Propellant that may be kept for later, above the reserves of the tanks; see ``lasting_tanks``.

    Args:
        flown: histories.
        decision: tanks.
        run: which history.

    Returns:
        kg, shape (rows,).
    """
    schedule = decision.schedule
    tanks = np.array(sorted(lasting_tanks(schedule)), dtype=np.int64)
    level_kg = flown.history.propellant_kg[run][:, tanks]
    return np.maximum(level_kg - schedule.reserve_kg[tanks], 0.0).sum(axis=1)
