"""The rules of four agencies, each with its own quantity.

They are not to be compared with each other: a mean, an upper bound of 95 % confidence, a probability for one person
and a distance answer different questions, and one may be kept while another is broken. Where a rule counts every way
in which the descent can fail, and nobody said how often that happens, it is broken if the nominal descent alone breaks
it, and else cannot be told.
"""

from __future__ import annotations

from dataclasses import dataclass

from pointnemo.results import NOT_COMPARABLE, Estimate, LandClearance, Rule

__all__ = ["Quantities", "rules_of"]

NASA = "NASA-STD-8719.14C (2021)"
ESA = "ESSB-ST-U-007 (2023)"
FAA = "14 CFR 450.101(b)"
FRANCE = "French technical regulation on space operations, LEGIARTI000049867603"

EXPECTATION_LIMIT = 1e-4  # all four
FOREIGN_LAND_KM, ICE_KM = 370.0, 50.0  # NASA-STD-8719.14C 4.7-1b
INDIVIDUAL_LIMIT, AIRCRAFT_LIMIT = 1e-6, 1e-6  # 14 CFR 450.101(b)

NOMINAL_ONLY = "Failures are not in it: give assess.burn_failure_probability."


@dataclass(frozen=True)
class Quantities:
    """What the rules are held against.

    Attributes:
        controlled: whether burns bring it down to a chosen place.
        casualty_expectation: as planned (controlled: every burn works).
        total: with the failures; None where their probabilities are not known. Uncontrolled: the same as above.
        uncontrolled: if no burn is made.
        failure_probability: that any burn fails; None where nobody said.
        individual_risk: largest over all inhabitants, as planned.
        individual_risk_uncontrolled: the same if no burn is made.
        clearance: distances of the nearest dangerous piece; None where it may fall anywhere.
        aircraft_probability: that an aircraft is struck which stays at the worst place from the first piece to the
            last; None where it was not computed.
    """

    controlled: bool
    casualty_expectation: Estimate
    total: Estimate | None
    uncontrolled: Estimate
    failure_probability: float | None
    individual_risk: float | None
    individual_risk_uncontrolled: float | None = None
    clearance: LandClearance | None = None
    aircraft_probability: float | None = None


def rules_of(quantities: Quantities) -> tuple[Rule, ...]:
    """Each rule with its value, its limit and whether it is kept.

    Args:
        quantities: of one run.

    Returns:
        NASA (4.7-1a; b and c for a controlled re-entry), ESA, FAA, France.
    """
    return (*_nasa(quantities), _esa(quantities), *_faa(quantities), _france(quantities))


def _nasa(q: Quantities) -> list[Rule]:
    how = "every burn works" if q.controlled else "uncontrolled"
    value = q.casualty_expectation.value
    rows = [
        Rule(
            agency="NASA",
            document=f"{NASA}, 4.7-1a",
            quantity=f"casualty expectation, mean, {how}, pieces above 15 J",
            value=value,
            limit=EXPECTATION_LIMIT,
            unit="persons",
            ok=value < EXPECTATION_LIMIT,
            text=f"No credit for shelter. {NOT_COMPARABLE}",
        )
    ]
    return [*rows, *_nasa_distances(q), _nasa_failure(q)] if q.controlled else rows


def _nasa_distances(q: Quantities) -> list[Rule]:
    land = None if q.clearance is None else q.clearance.distance_km
    ice = None if q.clearance is None else q.clearance.antarctic_ice_distance_km
    text = "All land counts as foreign here; for the United States and its territories 50 km would do."
    return [
        Rule(
            agency="NASA",
            document=f"{NASA}, 4.7-1b",
            quantity=f"least distance of a piece above 15 J from {what}",
            value=value,
            limit=limit,
            unit="km",
            ok=None if value is None else value >= limit,
            text=f"{more}{NOT_COMPARABLE}",
        )
        for what, value, limit, more in (
            ("foreign land", land, FOREIGN_LAND_KM, f"{text} "),
            ("permanent Antarctic ice", ice, ICE_KM, ""),
        )
    ]


def _nasa_failure(q: Quantities) -> Rule:
    value = None if q.failure_probability is None else q.failure_probability * q.uncontrolled.value
    if value is None:
        most = min(1.0, EXPECTATION_LIMIT / q.uncontrolled.value) if q.uncontrolled.value > 0.0 else 1.0
        text = f"Nobody gave a failure probability; up to {most:.3g} it is kept, the nominal descent left out. "
    else:
        text = "The standard takes every failure for an uncontrolled re-entry. "
    return Rule(
        agency="NASA",
        document=f"{NASA}, 4.7-1c",
        quantity="probability that the controlled re-entry fails, times the uncontrolled casualty expectation",
        value=value,
        limit=EXPECTATION_LIMIT,
        unit="persons",
        ok=None if value is None else value < EXPECTATION_LIMIT,
        text=text + NOT_COMPARABLE,
    )


def _all_failures(q: Quantities) -> tuple[Estimate, str, str]:
    """The expectation with everything that can be counted, what it is, and what is missing from it."""
    if q.total is not None:
        return q.total, "with all failures" if q.controlled else "uncontrolled", ""
    return q.casualty_expectation, "if every burn works", f"{NOMINAL_ONLY} "


def _kept(value: float, limit: float, complete: bool) -> bool | None:
    """False where even a part of the quantity breaks the limit; None where the part that is known keeps it."""
    if value > limit:
        return False
    return True if complete else None


def _esa(q: Quantities) -> Rule:
    estimate, which, missing = _all_failures(q)
    return Rule(
        agency="ESA",
        document=ESA,
        quantity=f"casualty expectation, upper bound with {50 + 50 * estimate.level:.0f} % confidence, {which}",
        value=estimate.high,
        limit=EXPECTATION_LIMIT,
        unit="persons",
        ok=_kept(estimate.high, EXPECTATION_LIMIT, q.total is not None),
        text=f"A bound, not a mean; 1e-6 for large constellations. {missing}{NOT_COMPARABLE}",
    )


def _faa(q: Quantities) -> list[Rule]:
    estimate, which, missing = _all_failures(q)
    person, complete = _individual(q)
    person_text = "One given member of the public, where people live. "
    return [
        Rule(
            agency="FAA",
            document=FAA,
            quantity=f"collective risk: casualty expectation of the public, mean, {which}",
            value=estimate.value,
            limit=EXPECTATION_LIMIT,
            unit="persons",
            ok=_kept(estimate.value, EXPECTATION_LIMIT, q.total is not None),
            text=f"People in ships and aircraft are not counted here. {missing}{NOT_COMPARABLE}",
        ),
        Rule(
            agency="FAA",
            document=FAA,
            quantity=f"individual risk: probability of casualty of the most exposed person, {which}",
            value=person,
            limit=INDIVIDUAL_LIMIT,
            unit="1",
            ok=None if person is None else _kept(person, INDIVIDUAL_LIMIT, complete),
            text=f"{person_text}{missing}{NOT_COMPARABLE}",
        ),
        _faa_aircraft(q.aircraft_probability),
    ]


def _faa_aircraft(value: float | None) -> Rule:
    """The rule asks for the traffic as it is, which nobody here knows: a value above the limit does not break it."""
    if value is None:
        text = "Not computed. "
    elif value <= AIRCRAFT_LIMIT:
        text = "Kept even so. "
    else:
        text = "It is kept by closing the aircraft area while pieces fall: beyond it the value is below the limit. "
    return Rule(
        agency="FAA",
        document=FAA,
        quantity="probability that an aircraft is struck, given that one stays at the worst place from the first piece"
        " to the last, as if nothing were closed; how many fly there is not known",
        value=value,
        limit=AIRCRAFT_LIMIT,
        unit="1",
        ok=True if value is not None and value <= AIRCRAFT_LIMIT else None,
        text=f"{text}{NOT_COMPARABLE}",
    )


def _individual(q: Quantities) -> tuple[float | None, bool]:
    """Risk of the most exposed person and whether failures are in it: then as if it were the same person in both."""
    failing = q.failure_probability
    if not q.controlled or q.individual_risk is None:
        return q.individual_risk, True
    if failing is None or q.individual_risk_uncontrolled is None:
        return q.individual_risk, False
    return (1.0 - failing) * q.individual_risk + failing * q.individual_risk_uncontrolled, True


def _france(q: Quantities) -> Rule:
    estimate, which, missing = _all_failures(q)
    return Rule(
        agency="CNES",
        document=FRANCE,
        quantity=f"casualty expectation of the re-entry, mean, {which}",
        value=estimate.value,
        limit=EXPECTATION_LIMIT,
        unit="persons",
        ok=_kept(estimate.value, EXPECTATION_LIMIT, q.total is not None),
        text=f"For what is not meant to be recovered; 2e-5 for an object that is to return. {missing}{NOT_COMPARABLE}",
    )
