"""Hold a plan against what was asked of it: every check as value, limit, ok."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointnemo.results import Assess, Check, Descend, Operate, Reenter, Skipped, Verdict

if TYPE_CHECKING:
    from pointnemo.scenario.models import Scenario

__all__ = ["MISS_LIMIT_KM", "checks", "verdict"]

MISS_LIMIT_KM = 10.0
ALTITUDE_TOLERANCE_KM = 1e-3  # rounding, no more


def checks(
    scenario: Scenario,
    operate: Operate | Skipped,
    descend: Descend | Skipped,
    reenter: Reenter | Skipped,
    assess: Assess | Skipped,
) -> tuple[Check, ...]:
    """All checks of a plan, without remedies.

    A check whose stage was skipped has no value and is not ok: what was not shown does not hold.

    Args:
        scenario: the limits.
        operate, descend, reenter, assess: the stages.

    Returns:
        Checks in the order in which the mission meets them.
    """
    return (
        *_operate_checks(scenario, operate, descend),
        *_descend_checks(scenario, descend),
        *_risk_checks(scenario, assess),
    )


def verdict(all_checks: tuple[Check, ...]) -> Verdict:
    """One word on a plan, and one sentence."""
    failed = [check for check in all_checks if not check.ok]
    if not failed:
        return Verdict(feasible=True, summary="Both commitments are met; every check holds.", checks=all_checks)
    names = ", ".join(check.id for check in failed)
    fail = "fails" if len(failed) == 1 else "fail"
    summary = f"{len(failed)} of {len(all_checks)} checks {fail}: {names}."
    return Verdict(feasible=False, summary=summary, checks=all_checks)


def _operate_checks(scenario: Scenario, operate: Operate | Skipped, descend: Descend | Skipped) -> list[Check]:
    rules, horizon = scenario.rules, scenario.horizon
    until = horizon.operate_until.isoformat()
    departure = None if isinstance(descend, Skipped) else descend.crew_departure_utc
    rows = [
        Check(
            id="operate_until",
            text="crewed operation lasts to",
            value=departure and departure[:10],
            limit=until,
            unit="date, at least",
            ok=departure is not None and departure[:10] >= until,
        )
    ]
    if isinstance(operate, Skipped):  # nothing is held, so nothing held can fail
        return rows + [
            Check(id=key, text=text, value=None, limit=limit, unit=unit, ok=True)
            for key, text, limit, unit in (
                ("corridor", "altitude while held (not held)", rules.corridor_lower_km, "km, at least"),
                ("propellant", "propellant above the reserve (not held)", 0, "kg, at least"),
                ("shortfalls", "shortfalls (not held)", 0, "episodes, at most"),
                ("seats", "seats above people aboard (not held)", 0, "seats, at least"),
            )
        ]
    low, high = operate.lowest_altitude_km, operate.highest_altitude_km
    above = high > rules.corridor_upper_km + ALTITUDE_TOLERANCE_KM
    below = low < rules.corridor_lower_km - ALTITUDE_TOLERANCE_KM
    if above and not below:
        corridor = (high, rules.corridor_upper_km, "km, at most")
    else:
        corridor = (low, rules.corridor_lower_km, "km, at least")
    return [
        *rows,
        Check(
            id="corridor",
            text="altitude while held",
            value=corridor[0],
            limit=corridor[1],
            unit=corridor[2],
            ok=not above and not below,
        ),
        Check(
            id="propellant",
            text="propellant above the reserve, worst day",
            value=operate.lowest_propellant_margin_kg,
            limit=0,
            unit="kg, at least",
            ok=operate.lowest_propellant_margin_kg >= 0,
        ),
        Check(
            id="shortfalls",
            text="times that propellant was missing",
            value=len(operate.shortfalls),
            limit=0,
            unit="episodes, at most",
            ok=not operate.shortfalls,
        ),
        Check(
            id="seats",
            text="seats above people aboard, worst day",
            value=operate.lowest_seat_margin,
            limit=0,
            unit="seats, at least",
            ok=operate.lowest_seat_margin >= 0,
        ),
    ]


def _descend_checks(scenario: Scenario, descend: Descend | Skipped) -> list[Check]:
    deadline = scenario.horizon.deorbit_by.isoformat()
    known = None if isinstance(descend, Skipped) else descend
    entry = known.entry_utc if known else None
    burn = known.burns[0] if known and known.burns else None
    arrival = known.deorbit_vehicle_arrival_utc if known else None
    spare = (
        known.deorbit_propellant_available_kg - known.deorbit_propellant_used_kg - scenario.descent.deorbit_reserve_kg
        if known and known.burns
        else None
    )
    perigee = known.final_perigee_km if known else None
    miss = known.targeting.miss_km if known and known.targeting else None
    perigee_limit = scenario.rules.final_perigee_max_km
    return [
        Check(
            id="deorbit_by",
            text="entry on",
            value=entry and entry[:10],
            limit=deadline,
            unit="date, at most",
            ok=entry is not None and entry[:10] <= deadline,
        ),
        Check(
            id="deorbit_vehicle",
            text="de-orbit vehicle docked from the first targeted burn to entry",
            value=arrival and arrival[:10],
            limit=burn.start_utc[:10] if burn else deadline,
            unit="date, at most",
            ok=known is not None
            and burn is not None
            and arrival is not None
            and _stays(known, arrival, burn.start_utc),
        ),
        Check(
            id="deorbit_propellant",
            text="propellant left after the final burn",
            value=spare,
            limit=0,
            unit="kg, at least",
            ok=spare is not None and spare >= 0,
        ),
        Check(
            id="final_perigee_km",
            text="perigee after the final burn",
            value=perigee,
            limit=perigee_limit,
            unit="km, at most",
            ok=perigee is not None and perigee <= perigee_limit,
        ),
        Check(
            id="target_miss_km",
            text="reference impact from the aim",
            value=miss,
            limit=MISS_LIMIT_KM,
            unit="km, at most",
            ok=miss is not None and miss <= MISS_LIMIT_KM,
        ),
    ]


def _stays(descend: Descend, arrival: str, first_burn: str) -> bool:
    """Whether the de-orbit vehicle is docked from the first burn to the entry."""
    return arrival <= first_burn and descend.deorbit_vehicle_departure_utc >= (descend.entry_utc or first_burn)


def _risk_checks(scenario: Scenario, assess: Assess | Skipped) -> list[Check]:
    rules = scenario.rules
    known = None if isinstance(assess, Skipped) else assess
    land = known.clearance.distance_km if known else None
    ice = known.clearance.antarctic_ice_distance_km if known else None
    casualties = known.casualty_expectation.value if known else None
    return [
        Check(
            id="land_clearance_km",
            text="surviving pieces from land",
            value=land,
            limit=rules.land_clearance_km,
            unit="km, at least",
            ok=land is not None and land >= rules.land_clearance_km,
        ),
        Check(
            id="antarctic_ice_clearance_km",
            text="surviving pieces from Antarctic ice",
            value=ice,
            limit=rules.antarctic_ice_clearance_km,
            unit="km, at least",
            ok=ice is not None and ice >= rules.antarctic_ice_clearance_km,
        ),
        Check(
            id="casualty_expectation",
            text="expected casualties, every burn working",
            value=casualties,
            limit=rules.casualty_limit,
            unit="persons, at most",
            ok=casualties is not None and casualties <= rules.casualty_limit,
        ),
    ]
