"""Rules that the entry of a scenario and that of an object share: how fast, and on which day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from pointnemo.errors import Defect

__all__ = ["AIR_FROM", "AIR_TO", "CLOCK_FROM", "CLOCK_TO", "ENTRY_FROM", "date_defects", "speed_defects"]

SLOW_BELOW_KM = 50.0
SLOWEST_MPS = 1000.0
"""What is slower above ``SLOW_BELOW_KM`` does not enter: a slip of the unit. Below, things are dropped from rest."""

CLOCK_FROM, CLOCK_TO = date(1972, 1, 1), date(2100, 12, 31)
"""Days on which UTC has known or foreseeable leap seconds (``world.time``)."""

AIR_FROM, AIR_TO = date(1957, 10, 2), date(2041, 9, 30)
"""Days of the bundled space weather (``world.weather``), less one for a flight past midnight."""

ENTRY_FROM = date(1973, 1, 2)
"""First day of the Earth orientation (``world.earth``), which a scenario needs besides the air."""


def speed_defects(where: str, height_km: float, speed_mps: float) -> Iterator[Defect]:
    """An entry is fast.

    Args:
        where: dotted key of the speed.
        height_km: at the start.
        speed_mps: at the start.
    """
    if height_km > SLOW_BELOW_KM and speed_mps < SLOWEST_MPS:
        what = f"{speed_mps:g} m/s is no entry at {height_km:g} km"
        mend = "kilometres per second? write m/s" if 0.0 < speed_mps < 20.0 else f"at least {SLOWEST_MPS:g} m/s"
        yield Defect(where, what, f"{mend}; what is dropped starts at {SLOW_BELOW_KM:g} km or lower")


def date_defects(where: str, utc: datetime, first: date, last: date, whose: str) -> Iterator[Defect]:
    """A date is one that the data reach.

    Args:
        where: dotted key of the date.
        utc: the date; one without a time zone is UTC.
        first: day that is known.
        last: day that is known.
        whose: what ends there.
    """
    day = (utc if utc.tzinfo is None else utc.astimezone(UTC)).date()
    if not first <= day <= last:
        yield Defect(where, f"{day} is outside {whose}", f"write a date from {first} to {last}")
