from __future__ import annotations

from datetime import date, timedelta

import pytest

from pointnemo.descent.words import beside, days_before, days_of, minute_of
from pointnemo.world.time import DAY_S, from_date, from_utc


@pytest.mark.parametrize(
    ("count", "wanted"),
    [
        (1, "1 day"),
        (1.0, "1 day"),
        (0.5, "0.5 days"),
        (0, "0 days"),
        (2, "2 days"),
        (1200, "1,200 days"),
        (1.04, "1 day"),
    ],
)
def test_one_day_is_no_days(count: float, wanted: str) -> None:
    assert days_of(count) == wanted


def test_an_instant_is_told_as_it_is_read() -> None:
    assert minute_of(from_utc("2032-03-10T01:29:45Z")) == "2032-03-10 01:29 UTC"


def test_entries_beside_a_date_are_told_in_calendar_days() -> None:
    """As a reader counts: the margin runs to the end of the target date, the entry may come at any time of its day."""
    target = date(2030, 12, 31)
    end = from_date(target + timedelta(days=1))
    for day, told in (
        ("2033-11-08", "1,043 days after 2030-12-31"),
        ("2031-01-01", "1 day after 2030-12-31"),
        ("2030-12-31", "on 2030-12-31"),
        ("2030-12-30", "1 day before 2030-12-31"),
        ("2030-09-14", "108 days before 2030-12-31"),
    ):
        for time in ("00:00:01", "02:31:12", "12:00:00", "23:59:59"):
            margin_days = (end - from_utc(f"{day}T{time}Z")) / DAY_S
            assert beside(margin_days, target) == told
            assert days_before(margin_days) == (target - date.fromisoformat(day)).days
