"""What moves the footprint besides the break-up: the errors of the final burn, which the descent tells."""

from __future__ import annotations

from pointnemo.reentry.drivers import with_shift
from pointnemo.results import Descend, Reenter
from pointnemo.risk import burn_spread_of

__all__ = ["with_burn_errors"]

BURN = "final burn: magnitude, pointing, and the state before it; heel and toe move alike"


def with_burn_errors(reentered: Reenter, descended: Descend) -> Reenter:
    """The result with a row for the errors of the final burn among the drivers of its footprint.

    Args:
        reentered: its runs all begin with the burn as planned.
        descended: its burns, and its branches of small errors.

    Returns:
        The same; nothing is added where no burn is made.
    """
    if not descended.burns:
        return reentered
    sigma_km = burn_spread_of(descended.branches, descended.burns[-1].id).sigma_km()
    return reentered.model_copy(update={"drivers": with_shift(reentered.drivers, "burn", BURN, sigma_km)})
