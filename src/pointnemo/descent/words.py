"""Times as the texts of the descent tell them."""

from __future__ import annotations

import math
from datetime import date

from pointnemo.world.time import to_utc

__all__ = ["beside", "days_before", "days_of", "minute_of"]


def days_of(count: float) -> str:
    """So many days: ``1 day``, ``0.5 days``, ``1,200 days``."""
    number = f"{count:,.1f}".removesuffix(".0")
    return f"{number} day{'' if number in ('1', '-1') else 's'}"


def days_before(margin_days: float) -> int:
    """Calendar days from the day of an entry to a target date; negative where it comes after.

    Args:
        margin_days: from the entry to the end of the target date.
    """
    return math.floor(margin_days)


def beside(margin_days: float, target: date) -> str:
    """Where an entry lies beside a target date, in calendar days: ``3 days before 2030-12-31``, ``on 2030-12-31``.

    Args:
        margin_days: from the entry to the end of that date.
        target: the date.
    """
    days = days_before(margin_days)
    if days == 0:
        return f"on {target}"
    return f"{days_of(abs(days))} {'before' if days > 0 else 'after'} {target}"


def minute_of(tt_s: float) -> str:
    """An instant to the minute before it: ``2032-03-10 01:29 UTC``.

    Args:
        tt_s: TT seconds since J2000.
    """
    return f"{to_utc(tt_s, 0)[:16].replace('T', ' ')} UTC"
