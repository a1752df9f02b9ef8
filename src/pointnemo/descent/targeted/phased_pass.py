"""The wanted pass on the wanted day: the weeks before the targeted burns flown until the burns lead over the aim.

The aiming loop leaves the phase at the hand-over free, and so tells on which revolution of which day the station can
come down where it shall. Here nothing is free any more but what can be done: the phasing steps, and where on the orbit
the burns are made. The steps are changed until the burns, flown on from the orbit that the steps leave, lower by then
and at the phase that it has, bring the reference body to the aim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointnemo.descent.targeted.engine import engine_of, ordered_burns
from pointnemo.descent.targeted.phasing import Reached, phasing_of
from pointnemo.descent.targeted.targeting import Targeted, aim_from, westwards
from pointnemo.world.earth import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from pointnemo.descent.geometry import GroundTrack
    from pointnemo.motion.history import Flown
    from pointnemo.results import Phasing
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["PhasedPass", "phased_pass"]


class PhasedPass(NamedTuple):
    """A descent with its phase made, not assumed.

    Attributes:
        phasing: steps, what they reach, and how well the place is known when.
        targeted: burns flown on from there; None where there is no phasing.
    """

    phasing: Phasing
    targeted: Targeted | None


def phased_pass(
    flown: Flown, run: int, scenario: Scenario, world: World, track: GroundTrack, free: Targeted
) -> PhasedPass:
    """Choose the phasing steps so that the burns lead over the aim.

    Args:
        flown: averaged histories, runs ``LINES``.
        run: which of them.
        scenario: what was decided.
        world: weather.
        track: the aim and the pass over it.
        free: the burns targeted with the phase left free.

    Returns:
        Steps and burns.

    Raises:
        WorldError: the weather does not reach that far.
    """
    burns, engine = ordered_burns(scenario.descent.burns), engine_of(scenario)

    burnt: list[tuple[Reached, Targeted]] = []

    def missing_s(reached: Reached) -> float:
        targeted, missing = aim_from(track, reached.state, reached.mean, burns, engine, free)
        burnt.append((reached, targeted))
        return missing

    phasing, reached = phasing_of(flown, run, scenario, world, engine, missing_s)
    if reached is None:
        beside_km = np.pi * westwards(free.start) * EARTH_RADIUS_KM * np.cos(np.radians(track.latitude_deg))
        told = (
            "The targeted burns suppose that the station happens to be at the right place of its orbit; it may pass "
            f"up to {beside_km:,.0f} km east or west of the aim."
        )
        return PhasedPass(phasing.model_copy(update={"text": f"{phasing.text} {told}"}), None)
    targeted = next(one for there, one in burnt if there is reached)
    told = f"Burnt on from there, the reference body falls {targeted.target.miss_km:.1f} km from the aim."
    known = {"miss_km": targeted.target.miss_km, "text": f"{phasing.text} {told}"}
    return PhasedPass(phasing.model_copy(update=known), targeted)
