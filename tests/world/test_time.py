"""Time at the border: what is read, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.errors import InputError
from pointnemo.world import time as clock

EPOCH = 841838469.184  # 2026-09-04T12:00:00Z: 9743 days after J2000 and 69.184 s between UTC and TT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2000-01-01T11:58:55.816Z", 0.0),
        ("2026-09-04T12:00:00Z", 9743 * 86400 + 69.184),
        ("2026-09-04T12:00:00", 9743 * 86400 + 69.184),
        ("2026-09-04T12:00", 9743 * 86400 + 69.184),
        ("2026-09-04T12:00:00+00:00", 9743 * 86400 + 69.184),
        ("2026-247T12:00:00.000Z", 9743 * 86400 + 69.184),
        ("2026-09-04T12:00:00.25Z", 9743 * 86400 + 69.434),
        ("2026-09-04", 9743 * 86400 - 43200 + 69.184),
        ("1998-12-31T23:59:60.5Z", -31579200 + 63.684),
    ],
)
def test_reads_every_form(text: str, expected: float) -> None:
    assert clock.from_utc(text) == pytest.approx(expected, abs=2e-7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-13-01T00:00:00",
        "2026-02-29T00:00:00",
        "2025-366T00:00:00",
        "2026-000T00:00:00",
        "2026-09-04T24:00:00",
        "2026-09-04T12:60:00",
        "2026-09-04T12:00:60",
        "2026-09-03T23:59:60Z",
        "2026-09-04T12:00:00+02:00",
        "2026-09-04 12:00:00",
        "1971-12-31T00:00:00",
        "2101-01-01T00:00:00",
        "２０２６-09-04T12:00:00",
        "2026-09-04T12:00:00Z; drop",
    ],
)
def test_refuses_nonsense_one_by_one_and_in_bulk(text: str) -> None:
    with pytest.raises(InputError) as caught:
        clock.from_utc(text)
    assert caught.value.defects[0].mend
    with pytest.raises(InputError):
        clock.from_utc_many(["2026-09-04T12:00:00Z", text])


def test_a_whole_list_gives_what_each_text_gives() -> None:
    texts = ["2022-01-17T12:00:00.123456Z", "2016-12-31T23:59:59.999", "2017-01-01T00:00:00Z", "2022-017T12:00:00"]
    expected = np.array([clock.from_utc(text) for text in texts])
    assert np.abs(clock.from_utc_many(texts) - expected).max() < 3e-7
    assert np.array_equal(clock.from_utc_many(texts[:3]), clock.from_utc_many(texts)[:3])
    assert clock.from_utc_many([]).shape == (0,)


def test_scales_differ_by_their_definitions() -> None:
    text = "2026-09-04T12:00:00"
    tt = clock.from_scale(text, "TT")
    assert tt == 9743 * 86400
    assert clock.from_scale(text, "TAI") - tt == pytest.approx(32.184, abs=1e-6)
    assert clock.from_scale(text, "GPS") - tt == pytest.approx(51.184, abs=1e-6)
    assert clock.from_scale(text, "UTC") - tt == pytest.approx(69.184, abs=1e-6)
    for scale in clock.SCALES:
        assert clock.from_scale_many([text], scale)[0] == clock.from_scale(text, scale)
    with pytest.raises(InputError, match="UT1"):
        clock.from_scale(text, "UT1")
    with pytest.raises(InputError, match="leap"):
        clock.from_scale("2016-12-31T23:59:60", "TAI")


def test_the_last_leap_second_is_one_second_long() -> None:
    before = clock.from_utc("2016-12-31T23:59:59Z")
    assert clock.to_utc(before + 1.0) == "2016-12-31T23:59:60.000Z"
    assert clock.to_utc(before + 1.999) == "2016-12-31T23:59:60.999Z"
    assert clock.to_utc(before + 2.0) == "2017-01-01T00:00:00.000Z"
    assert clock.to_date(before + 1.5) == "2016-12-31"
    assert clock.mjd_utc(before + 1.5) < 57754.0


def test_rounding_carries_through_every_field() -> None:
    assert clock.to_utc(clock.from_utc("2026-12-31T23:59:59.9996Z")) == "2027-01-01T00:00:00.000Z"
    assert clock.to_utc(clock.from_utc("2026-12-31T23:59:59.4Z"), digits=0) == "2026-12-31T23:59:59Z"
    assert clock.to_date(clock.from_utc("2026-12-31T23:59:59.9996Z")) == "2026-12-31"
    with pytest.raises(InputError):
        clock.to_utc(float("nan"))


@given(st.integers(0, 36 * 365 * 86400), st.integers(0, 999_999))
@settings(max_examples=300, deadline=None)
def test_what_is_written_is_read_back(seconds: int, micros: int) -> None:
    tt = seconds + micros * 1e-6
    assert abs(clock.from_utc(clock.to_utc(tt, digits=6)) - tt) < 1.2e-6


@given(st.dates(date(1972, 1, 1), date(2100, 12, 31)))
@settings(max_examples=200, deadline=None)
def test_days_are_days(day: date) -> None:
    tt = clock.from_date(day)
    assert clock.to_date(tt) == day.isoformat()
    assert float(clock.mjd_utc(tt)) == pytest.approx(day.toordinal() - 678576, abs=1e-10)
    assert float(clock.from_mjd_utc(clock.mjd_utc(tt))) == pytest.approx(tt, abs=2e-6)


def test_two_part_date_loses_nothing() -> None:
    tt = np.array([-9.1e8, -0.1, 0.0, 43200.3, 841838469.184])
    jd1, jd2 = clock.tt_jd(tt)
    assert np.abs((jd1 - 2451545.0) * 86400.0 + jd2 * 86400.0 - tt).max() < 2e-7
    assert np.all((jd2 >= 0) & (jd2 < 1))
