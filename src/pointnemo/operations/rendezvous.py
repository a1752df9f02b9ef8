"""Whether the rendezvous that a scenario asks for are ones that its vehicles fly."""

from __future__ import annotations

from collections.abc import Iterator

from pointnemo.errors import Defect
from pointnemo.operations.launch_sites import VISITORS, CatchUp
from pointnemo.scenario.models import Scenario

__all__ = ["rendezvous_defects"]


def rendezvous_defects(scenario: Scenario) -> tuple[Defect, ...]:
    """Rendezvous that would be ignored, because the vehicle type has none of that name.

    Args:
        scenario: its flights and cadences are looked at.

    Returns:
        One defect for each name that its vehicle does not know; empty where all are known.
    """
    asked = [(f"flights.{key}", flight.vehicle, flight.rendezvous) for key, flight in scenario.flights.items()]
    asked += [(f"cadence.{key}", rhythm.vehicle, rhythm.rendezvous) for key, rhythm in scenario.cadence.items()]
    return tuple(defect for where, vehicle, names in asked for defect in _unknown(where, vehicle, names))


def _unknown(where: str, vehicle: str, names: tuple[str, ...]) -> Iterator[Defect]:
    visitor = VISITORS.get(vehicle)
    schemes = () if visitor is None or isinstance(visitor.rendezvous, CatchUp) else visitor.rendezvous
    known = [scheme.name for scheme in schemes]
    mend = f"known: {', '.join(known)}; leave it out for any of them" if known else "leave it out"
    for name in dict.fromkeys(names):
        if name not in known:
            yield Defect(f"{where}.rendezvous", f"{vehicle} has no rendezvous {name!r}", mend)
