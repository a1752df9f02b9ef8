"""Hold a plan against what was asked of it: every check as value, limit, ok."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pointnemo.results import Assess, Check, Descend, Operate, Reenter, Skipped, Verdict

if TYPE_CHECKING:
    from pointnemo.scenario.models import Scenario

__all__ = ["MISS_LIMIT_KM", "Held", "checks", "held_of", "verdict"]

MISS_LIMIT_KM = 10.0
ALTITUDE_TOLERANCE_KM = 1e-3  # rounding, no more
RESERVE_KG = 1.0  # what a reboost of a centimetre a second takes


class Held(NamedTuple):
    """How the station is held until lowering starts: what the checks of operation look at.

    Attributes:
        lowest_margin_km: least altitude above the lower edge of the corridor, any day.
        highest_altitude_km: any day.
        propellant_margin_kg: least usable propellant above the reserve, any day.
        shortfalls: episodes in which propellant was missing.
        seat_margin: least seats above people aboard; None where nobody asks.
        violations: limits that the operation misses; None where nobody asks.
    """

    lowest_margin_km: float
    highest_altitude_km: float
    propellant_margin_kg: float
    shortfalls: int
    seat_margin: int | None
    violations: int | None


def held_of(operate: Operate | Skipped) -> Held | None:
    """What the checks look at in a stage's result; None where nothing is held."""
    if isinstance(operate, Skipped):
        return None
    return Held(
        lowest_margin_km=operate.lowest_margin_km,
        highest_altitude_km=operate.highest_altitude_km,
        propellant_margin_kg=operate.lowest_propellant_margin_kg,
        shortfalls=len(operate.shortfalls),
        seat_margin=operate.lowest_seat_margin,
        violations=len(operate.violations),
    )


def checks(
    scenario: Scenario,
    held: Held | None,
    descend: Descend | Skipped,
    reenter: Reenter | Skipped,
    assess: Assess | Skipped,
) -> tuple[Check, ...]:
    """All checks of a plan, without remedies.

    A check whose stage was skipped has no value and is not ok: what was not shown does not hold.

    Args:
        scenario: the limits.
        held: how the station is held, see ``held_of``.
        descend, reenter, assess: the other stages.

    Returns:
        Checks in the order in which the mission meets them.
    """
    return (
        *_operate_checks(scenario, held, descend),
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


def _operate_checks(scenario: Scenario, held: Held | None, descend: Descend | Skipped) -> list[Check]:
    rules, until = scenario.rules, scenario.horizon.operate_until.isoformat()
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
    above = held is not None and held.highest_altitude_km > rules.corridor_upper_km + ALTITUDE_TOLERANCE_KM
    if held is not None and above and held.lowest_margin_km >= -ALTITUDE_TOLERANCE_KM:
        high = Check(
            id="corridor", text="altitude while held", value=held.highest_altitude_km, limit=rules.corridor_upper_km,
            unit="km, at most", ok=False,
        )  # fmt: skip
        rows.append(high)
    else:
        margin = None if held is None else held.lowest_margin_km
        text = "altitude above the lower edge of the corridor"
        rows.append(_held_check("corridor", text, margin, "km, at least", ALTITUDE_TOLERANCE_KM))
    known = held or Held(0.0, 0.0, 0.0, 0, None, None)
    words = "propellant above the reserve, worst day"
    rows.append(_held_check("propellant", words, held and known.propellant_margin_kg, "kg, at least", RESERVE_KG))
    words = "times that propellant was missing"
    rows.append(_held_check("shortfalls", words, held and known.shortfalls, "episodes, at most"))
    words = "seats above people aboard, worst day"
    rows.append(_held_check("seats", words, held and known.seat_margin, "seats, at least"))
    words = "limits missed in operation"
    return [*rows, _held_check("operation", words, held and known.violations, "violations, at most")]


def _held_check(id: str, text: str, value: float | None, unit: str, tolerance: float = 0.0) -> Check:
    """A check against zero; nothing that is not held can fail."""
    if value is None:
        return Check(id=id, text=f"{text} (not held)", value=None, limit=0, unit=unit, ok=True)
    ok = value <= tolerance if unit.endswith("at most") else value >= -tolerance
    return Check(id=id, text=text, value=value, limit=0, unit=unit, ok=ok)


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
    if known and known.phasing and known.phasing.miss_km is None:
        miss = None  # the burns suppose a phase that nothing brings about
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
