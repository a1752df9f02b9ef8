"""Times as the texts of the descent tell them."""

from __future__ import annotations

from pointnemo.world.time import to_utc

__all__ = ["days_of", "minute_of"]


def days_of(count: float) -> str:
    """So many days: ``1 day``, ``0.5 days``, ``1,200 days``."""
    number = f"{count:,.1f}".removesuffix(".0")
    return f"{number} day{'' if number in ('1', '-1') else 's'}"


def minute_of(tt_s: float) -> str:
    """An instant to the minute before it: ``2032-03-10 01:29 UTC``.

    Args:
        tt_s: TT seconds since J2000.
    """
    return f"{to_utc(tt_s, 0)[:16].replace('T', ' ')} UTC"
