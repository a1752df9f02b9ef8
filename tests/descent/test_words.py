from __future__ import annotations

import pytest

from pointnemo.descent.words import days_of, minute_of
from pointnemo.world.time import from_utc


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
