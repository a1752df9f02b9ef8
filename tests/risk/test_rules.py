from __future__ import annotations

from dataclasses import replace

import pytest

from pointnemo.results import Estimate, LandClearance, Place, Rule
from pointnemo.risk.rules import Quantities, rules_of


def estimate(value: float, high: float) -> Estimate:
    return Estimate(value=value, low=0.0, high=high, level=0.9, unit="persons")


PLACE = Place(latitude_deg=-48.0, longitude_deg=-123.0)
CLEAR = LandClearance(distance_km=900.0, land=PLACE, fragment=PLACE, antarctic_ice_distance_km=2500.0)
QUIET = Quantities(
    controlled=True,
    casualty_expectation=estimate(1e-6, 2e-6),
    total=None,
    uncontrolled=estimate(0.16, 0.18),
    failure_probability=None,
    individual_risk=1e-12,
    individual_risk_uncontrolled=1e-10,
    clearance=CLEAR,
)
KNOWN = replace(QUIET, total=estimate(9e-5, 2e-4), failure_probability=5e-4)


def by_name(quantities: Quantities) -> dict[str, Rule]:
    """Rules by agency, with the part of the document where one agency has several."""
    names = ["a", "b land", "b ice", "c", "esa", "faa collective", "faa individual", "faa aircraft", "france"]
    return dict(zip(names, rules_of(quantities), strict=True))


def test_each_rule_has_its_own_quantity() -> None:
    rules = rules_of(QUIET)
    assert len({rule.quantity for rule in rules}) == len(rules)
    assert {rule.agency for rule in rules} == {"NASA", "ESA", "FAA", "CNES"}
    assert all("not comparable" in rule.text for rule in rules)


def test_limits_are_those_of_the_documents() -> None:
    limits = {name: (rule.limit, rule.unit) for name, rule in by_name(QUIET).items()}
    assert limits == {
        "a": (1e-4, "persons"),
        "b land": (370.0, "km"),
        "b ice": (50.0, "km"),
        "c": (1e-4, "persons"),
        "esa": (1e-4, "persons"),
        "faa collective": (1e-4, "persons"),
        "faa individual": (1e-6, "1"),
        "faa aircraft": (1e-6, "1"),
        "france": (1e-4, "persons"),
    }


def test_without_failure_probabilities_a_rule_on_all_failures_is_not_said_to_be_kept() -> None:
    rules = by_name(QUIET)
    assert rules["a"].ok is True
    assert rules["c"].value is None
    assert rules["c"].ok is None
    assert "0.000625" in rules["c"].text
    for name in ("esa", "faa collective", "faa individual", "france", "faa aircraft"):
        assert rules[name].ok is None, name


def test_a_nominal_descent_that_breaks_the_limit_alone_is_told_without_probabilities() -> None:
    rules = by_name(replace(QUIET, casualty_expectation=estimate(2e-4, 3e-4)))
    assert {name: rules[name].ok for name in ("a", "esa", "faa collective", "france")} == dict.fromkeys(
        ("a", "esa", "faa collective", "france"), False
    )


def test_a_bound_may_break_what_the_mean_keeps() -> None:
    rules = by_name(KNOWN)
    assert rules["faa collective"].ok is True
    assert rules["france"].ok is True
    assert rules["esa"].value == 2e-4
    assert "95 %" in rules["esa"].quantity
    assert rules["esa"].ok is False


def test_failure_times_uncontrolled() -> None:
    rule = by_name(KNOWN)["c"]
    assert rule.value == pytest.approx(5e-4 * 0.16)
    assert rule.ok is True
    assert by_name(replace(KNOWN, failure_probability=1e-3))["c"].ok is False


def test_distances() -> None:
    near = CLEAR.model_copy(update={"distance_km": 360.0, "antarctic_ice_distance_km": 49.0})
    rules = by_name(replace(QUIET, clearance=near))
    assert (rules["b land"].ok, rules["b ice"].ok) == (False, False)
    assert (by_name(QUIET)["b land"].ok, by_name(QUIET)["b ice"].ok) == (True, True)


def test_individual_risk_mixes_nominal_and_failure() -> None:
    assert by_name(KNOWN)["faa individual"].value == pytest.approx((1 - 5e-4) * 1e-12 + 5e-4 * 1e-10)
    assert by_name(KNOWN)["faa individual"].ok is True
    assert by_name(replace(QUIET, individual_risk=2e-6))["faa individual"].ok is False


@pytest.mark.parametrize(("probability", "ok"), [(5e-7, True), (1e-6, True), (3e-5, None), (None, None)])
def test_an_aircraft_that_stays_cannot_break_a_rule_about_traffic(probability: float | None, ok: bool | None) -> None:
    rule = by_name(replace(QUIET, aircraft_probability=probability))["faa aircraft"]
    assert rule.ok is ok
    assert rule.value == probability
    assert ("closing" in rule.text) is (probability == 3e-5)


def test_an_uncontrolled_entry_has_no_distances_and_no_burns() -> None:
    both = estimate(9e-5, 1.1e-4)
    loose = replace(QUIET, controlled=False, casualty_expectation=both, total=both, uncontrolled=both, clearance=None)
    rules = rules_of(loose)
    assert [rule.document.rsplit(" ", 1)[-1] for rule in rules if rule.agency == "NASA"] == ["4.7-1a"]
    assert [rule.ok for rule in rules] == [True, False, True, True, None, True]
