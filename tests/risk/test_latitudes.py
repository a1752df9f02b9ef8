from __future__ import annotations

import pytest

from pointnemo.errors import InputError, WorldError
from pointnemo.results import Estimate
from pointnemo.risk import critical_area_m2, uncontrolled
from pointnemo.scenario.models import AssessRules
from pointnemo.world import World

RULES = AssessRules.model_validate({})


def test_the_station_of_the_published_area_is_at_the_limit(world: World) -> None:
    """5.27 m2 at 51.6 degrees in 2030 gives 1e-4 by the 1in10000 set, 5.52 m2 by CNES."""
    result = uncontrolled(51.6, 2030.0, 5.27, RULES, world)
    expected = result.casualty_expectation
    assert expected.value == pytest.approx(1e-4, rel=0.05)
    assert expected.low < expected.value < expected.high
    assert result.one_in == pytest.approx(1 / expected.value)
    assert result.critical_area_m2 is not None
    assert result.critical_area_m2.value == pytest.approx(critical_area_m2(51.6, 2030.0, world.population))
    assert result.probability_of_casualty.value == pytest.approx(expected.value, rel=1e-4)


def test_the_profile_adds_up_and_stays_under_the_orbit(world: World) -> None:
    result = uncontrolled(51.6, 2030.0, 100.0, RULES, world)
    parts = result.latitudes
    assert sum(band.probability for band in parts) == pytest.approx(1.0)
    assert sum(band.casualty_expectation for band in parts) == pytest.approx(result.casualty_expectation.value)
    assert (parts[0].south_deg, parts[-1].north_deg) == (-52.0, 52.0)


def test_the_interval_is_what_the_published_sets_differ_by(world: World) -> None:
    def spread(inclination_deg: float) -> float:
        estimate = uncontrolled(inclination_deg, 2030.0, 10.0, RULES, world).casualty_expectation
        return estimate.high / estimate.value

    assert spread(0.5) > 1.25  # the two differ by a quarter on the equator
    assert spread(51.6) == pytest.approx(1.0857, abs=1e-3)  # 5 %, one-sided 95 %
    assert spread(98.0) == spread(82.0)


def test_a_doubtful_casualty_area_widens_the_interval(world: World) -> None:
    area = Estimate(value=1000.0, low=500.0, high=2000.0, level=0.9, unit="m2")
    sure = uncontrolled(51.6, 2030.0, 1000.0, RULES, world).casualty_expectation
    doubtful = uncontrolled(51.6, 2030.0, area, RULES, world).casualty_expectation
    assert doubtful.value == sure.value
    assert 2.0 < doubtful.high / doubtful.value < 2.1
    assert 2.0 < doubtful.value / doubtful.low < 2.1


def test_everything_wrong_is_told_at_once(world: World) -> None:
    with pytest.raises(InputError) as caught:
        uncontrolled(181.0, 2030.0, -1.0, RULES, world)
    assert [defect.where for defect in caught.value.defects] == ["inclination", "casualty area"]
    with pytest.raises(InputError):
        uncontrolled(float("nan"), 2030.0, float("nan"), RULES, world)


def test_a_year_beyond_the_data_is_refused(world: World) -> None:
    with pytest.raises(WorldError, match="2050"):
        uncontrolled(51.6, 2051.0, 5.0, RULES, world)
