"""The propellant ledger added up: by vehicle type and by partner."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pointnemo.results import LedgerRow, LedgerSum
from pointnemo.scenario.models import Scenario
from pointnemo.scenario.schedule import expand_flights

__all__ = ["STATION", "by_partner", "by_vehicle"]

STATION = "station"
_KG = tuple(name for name in LedgerSum.model_fields if name.endswith("_kg"))


def by_vehicle(rows: Sequence[LedgerRow], scenario: Scenario) -> tuple[LedgerSum, ...]:
    """The ledger by vehicle type.

    Args:
        rows: tank by tank.
        scenario: says which vehicle a flight is.

    Returns:
        One sum for each type, in the order in which the ledger first names one: ``station`` for the tanks of the
        station itself, the vehicle type of each flight (the de-orbit vehicle is one), and ``lowering`` for the
        propellant of the lowering: moved over from who is docked, delivered where no flight of the manifest brings it.
    """
    flights = expand_flights(scenario)

    def vehicle(row: LedgerRow) -> str:
        if row.tank in scenario.station.tanks:
            return STATION
        return flights[row.tank].vehicle if row.tank in flights else row.tank

    return _summed(rows, vehicle)


def by_partner(rows: Sequence[LedgerRow]) -> tuple[LedgerSum, ...]:
    """The ledger by the partner who owns the tanks.

    Args:
        rows: tank by tank.

    Returns:
        One sum for each partner, in the order in which the ledger first names one. Propellant is only pumped between
        tanks of one partner, so that ``moved_kg`` is zero here but for what one pays for the lowering of another.
    """
    return _summed(rows, lambda row: row.partner)


def _summed(rows: Sequence[LedgerRow], name: Callable[[LedgerRow], str]) -> tuple[LedgerSum, ...]:
    """Sums of the rows of each name; exactly rounded, so that thousands of rows balance as well as one."""
    groups: dict[str, list[LedgerRow]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    return tuple(
        LedgerSum(name=key, **{kg: math.fsum(getattr(row, kg) for row in group) for kg in _KG})
        for key, group in groups.items()
    )
