"""What was known on a day: later data change nothing, the wall stands where it should, members are forecasts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pointnemo.errors import WorldError
from pointnemo.world import recurrence
from pointnemo.world.nowcast import LEADS, METHOD, SKILL, as_known_on, draw, spread
from pointnemo.world.weather import SpaceWeather, centred_mean, load_space_weather

AS_OF = 59621.55  # 2022-02-11, 13:12


def generators(seed: int, count: int) -> list[np.random.Generator]:
    return [np.random.default_rng([seed, member]) for member in range(count)]


@pytest.fixture(scope="module")
def weather() -> SpaceWeather:
    return load_space_weather()


def with_other_future(weather: SpaceWeather, first_mjd: int) -> SpaceWeather:
    """The same days before ``first_mjd``, nonsense from it on."""
    f107, ap = weather.f107.copy(), weather.ap.copy()
    later = first_mjd - weather.mjd0
    f107[later:] = 250.0 + np.arange(len(f107) - later) % 17
    ap[later:] = 80.0
    return replace(weather, f107=f107, f107a=centred_mean(f107), ap=ap)


def assert_same_bits(one: SpaceWeather, other: SpaceWeather) -> None:
    for name in ("f107", "f107a", "ap", "regime"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
    assert (one.mjd0, one.issued, one.misread) == (other.mjd0, other.issued, other.misread)


@pytest.mark.parametrize("as_of", [AS_OF, 59621.0, 59621.999, 54000.5])
def test_changing_later_data_changes_nothing(weather: SpaceWeather, as_of: float) -> None:
    other = with_other_future(weather, int(as_of))
    assert_same_bits(as_known_on(weather, as_of), as_known_on(other, as_of))
    for left, right in zip(draw(weather, as_of, generators(3, 3)), draw(other, as_of, generators(3, 3)), strict=True):
        assert_same_bits(left, right)
    for left, right in zip(spread(weather, [1, 45], as_of), spread(other, [1, 45], as_of), strict=True):
        assert left.tobytes() == right.tobytes()


def test_changing_the_last_known_day_changes_the_forecast(weather: SpaceWeather) -> None:
    other = with_other_future(weather, int(AS_OF) - 1)
    tomorrow = int(AS_OF) - weather.mjd0
    assert as_known_on(other, AS_OF).f107[tomorrow] > as_known_on(weather, AS_OF).f107[tomorrow] + 20.0


def test_the_past_stays_and_the_forecast_begins_on_the_as_of_day(weather: SpaceWeather) -> None:
    known = as_known_on(weather, AS_OF)
    end = int(AS_OF) - weather.mjd0
    assert np.array_equal(known.f107[:end], weather.f107[:end])
    assert np.array_equal(known.ap[:end], weather.ap[:end])
    assert known.observed_until == int(AS_OF) - 1
    assert list(known.regime[[end - 1, end, end + LEADS - 1, end + LEADS]]) == [0, 1, 1, 2]
    assert known.valid == weather.valid
    assert known.issued == "2022-02-11"
    # The centred mean of the last 40 days contains forecast days; the one before does not.
    assert np.array_equal(known.f107a[: end - 40], weather.f107a[: end - 40])
    assert known.f107a[end - 39] != weather.f107a[end - 39]
    assert known.f107a[end] == pytest.approx(known.f107[end - 40 : end + 41].mean())
    assert np.all((known.f107 > 60) & (known.f107 < 400) & (known.ap >= 0) & (known.ap < 300))


def test_a_cut_table_is_cut_again_without_change(weather: SpaceWeather) -> None:
    known = as_known_on(weather, AS_OF)
    assert_same_bits(as_known_on(known, AS_OF), known)


def test_after_the_day_of_issue_the_forecast_of_the_agency_holds(weather: SpaceWeather) -> None:
    issued = weather.observed_until + 1
    assert as_known_on(weather, issued + 1.0) is weather
    assert as_known_on(weather, issued + 40.0) is weather
    on_the_day = as_known_on(weather, issued + 0.9)
    assert on_the_day is not weather
    assert on_the_day.observed_until == weather.observed_until


def test_a_reading_mended_with_later_days_is_mended_with_earlier_ones(weather: SpaceWeather) -> None:
    day = 55627  # 2011-03-07, in a radio burst
    assert day in weather.misread
    i = day - weather.mjd0
    assert as_known_on(weather, day + 1.0).f107[i] == np.median(weather.f107[i - 3 : i])
    assert as_known_on(weather, day + 4.0).f107[i] == weather.f107[i]
    assert day not in as_known_on(weather, float(day)).misread


def test_the_forecast_goes_on_without_a_jump_and_returns_to_the_cycle(weather: SpaceWeather) -> None:
    known = as_known_on(weather, AS_OF)
    later = known.f107[int(AS_OF) - weather.mjd0 + LEADS - 1 :]
    assert np.abs(np.diff(later)).max() < 3.0
    assert later[365] > later[0]  # cycle 25 was rising


def test_only_the_mean_line_tells_what_was_known(weather: SpaceWeather) -> None:
    with pytest.raises(ValueError, match="mean line"):
        as_known_on(weather.line("high"), AS_OF)


@pytest.mark.parametrize("as_of", [36000.0, 36200.0, 45000.0])
def test_a_short_record_is_refused_by_name(weather: SpaceWeather, as_of: float) -> None:
    with pytest.raises(WorldError, match="long enough"):
        as_known_on(weather, as_of)


def test_members_share_the_past_and_part_afterwards(weather: SpaceWeather) -> None:
    known = as_known_on(weather, AS_OF)
    members = draw(weather, AS_OF, generators(1, 200), days=60)
    today = int(AS_OF)
    first = members[0].mjd0
    past = slice(first - weather.mjd0, today - weather.mjd0)
    assert members[0].valid[1] == today + 60
    for member in members[:20]:
        assert member.observed_until == today - 1
        assert np.array_equal(member.f107[: today - first], weather.f107[past])
        assert np.array_equal(member.ap[: today - first], weather.ap[past])
        assert member.f107a[:40] == pytest.approx(weather.f107a[past][:40], rel=1e-12)  # summed from another start
        assert set(member.regime[today - first :]) == {3}
        assert np.all((member.f107 > 55) & (member.ap >= 0))
    drawn = np.array([member.f107[today - first :] for member in members])
    sigma = spread(weather, [1, 10], AS_OF).f107_sigma_sfu
    assert drawn[:, 0].std() == pytest.approx(sigma[0], rel=0.25)
    assert drawn[:, 9].std() == pytest.approx(sigma[1], rel=0.25)
    assert np.abs(drawn.mean(axis=0) - known.f107[today - weather.mjd0 :][:60]).max() < 6.0
    # Errors of neighbouring days hang together.
    assert np.corrcoef(drawn[:, 9], drawn[:, 10])[0, 1] > 0.8
    assert np.corrcoef(drawn[:, 49], drawn[:, 50])[0, 1] > 0.8


def test_a_member_reads_its_own_centred_mean(weather: SpaceWeather) -> None:
    (member,) = draw(weather, AS_OF, generators(5, 1), days=100)
    i = int(AS_OF) - member.mjd0
    assert member.f107a[i] == pytest.approx(member.f107[i - 40 : i + 41].mean())


def test_equal_seeds_give_equal_members(weather: SpaceWeather) -> None:
    one, other = (draw(weather, AS_OF, generators(9, 2)) for _ in range(2))
    for left, right in zip(one, other, strict=True):
        assert_same_bits(left, right)
    assert not np.array_equal(one[0].f107, one[1].f107)


def test_a_member_does_not_depend_on_how_many_there_are(weather: SpaceWeather) -> None:
    (alone,), several = draw(weather, AS_OF, generators(9, 2)[1:]), draw(weather, AS_OF, generators(9, 2))
    assert_same_bits(alone, several[1])


def test_spread_opens_with_lead_and_refuses_what_it_does_not_know(weather: SpaceWeather) -> None:
    found = spread(weather, np.arange(1, LEADS + 1), AS_OF)
    assert found.f107_sigma_sfu[0] < found.f107_sigma_sfu[6] < found.f107_sigma_sfu[44]
    assert np.all(np.abs(found.correlation) < 0.5)
    assert np.all(found.ap_sigma > 0)
    for lead in (0, LEADS + 1):
        with pytest.raises(ValueError, match="reaches from 1"):
            spread(weather, [lead])


def test_a_member_must_reach_ahead_and_not_beyond_the_table(weather: SpaceWeather) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        draw(weather, AS_OF, generators(0, 1), days=0)
    with pytest.raises(WorldError, match="ends before"):
        draw(weather, AS_OF, generators(0, 1), days=8000)


def test_the_rule_finds_a_sun_that_turns_in_27_days() -> None:
    """A wave of 27 days is forecast to the end; so is a constant."""
    day = np.arange(3000)
    wave = 5.0 + np.sin(2 * np.pi * day / 27.0) + 0.01 * np.random.default_rng(2).standard_normal(3000)
    rule = recurrence.fit(wave[:2900])
    ahead = recurrence.forecast(rule, wave[:2900])
    assert np.abs(ahead - wave[2900 : 2900 + LEADS]).max() < 0.06
    assert np.std(rule.errors) < 0.02


def test_weights_are_learnt_from_the_days_given_alone() -> None:
    """The errors that the rule reports are those of its own forecasts, made from earlier days only."""
    values = np.cumsum(np.random.default_rng(4).standard_normal(2500)) * 0.1
    rule = recurrence.fit(values)
    start = recurrence.HISTORY_DAYS + 700
    ahead = recurrence.forecast(rule, values[: start + 1])
    truth = values[start + 1 : start + 1 + LEADS]
    assert np.allclose(truth - ahead, rule.errors[700], atol=1e-9)
    with pytest.raises(ValueError, match="too few"):
        recurrence.fit(values[:500])
    with pytest.raises(ValueError, match="needs 82 days"):
        recurrence.forecast(rule, values[:50])


def test_method_and_skill_say_what_the_report_needs() -> None:
    assert "recurrence" in METHOD
    assert "persistence" in METHOD
    assert "persistence" in SKILL
