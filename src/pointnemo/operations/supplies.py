"""Consumables and spares, day by day: what people and the station use, what flights bring, and a flight that is lost.

One step is one day. A flight unloads on the day that it docks, as far as there is room; then the day's use is drawn,
as far as there is any. Stock is told at the end of the day, so that its lowest value is among the days. The stock of
the scenario is that at the epoch: what docked on that day or before is in it. ``reserve_days`` of the use of the day,
recycling taken off, are kept back: a rule of thumb, not a limit of the simulation, which eats into it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta

import numpy as np

from pointnemo.results import FloatArray, IntArray, MissedFlight, Supply, Violation
from pointnemo.scenario.models import Flight, Scenario
from pointnemo.scenario.schedule import expand_flights
from pointnemo.station.stack import crew_and_seats, midnight_utc

__all__ = [
    "LONGEST_DAYS",
    "SupplyDays",
    "loads_of",
    "missed_flights",
    "people_aboard",
    "supplies",
    "supply_violations",
    "use_kg_per_day",
]

LONGEST_DAYS = 36_500.0  # how long a stock lasts is not told beyond a century, so that it is finite
TOLERANCE_KG = 1e-9


@dataclass(frozen=True)
class SupplyDays:
    """One supply, day by day.

    Attributes:
        day: shape (days,), proleptic ordinal of the UTC day (``date.fromordinal``).
        stock_kg: shape (days,), at the end of the day, kg.
        reserve_kg: shape (days,), kept back on that day, kg.
    """

    day: IntArray
    stock_kg: FloatArray
    reserve_kg: FloatArray


@dataclass(frozen=True)
class _Demand:
    """What is asked for, per supply (first axis) and day: net of recycling, given back, rate of a whole day, kept."""

    day: IntArray
    asked_kg: FloatArray
    recovered_kg: FloatArray
    rate_kg: FloatArray
    reserve_kg: FloatArray


def loads_of(flight: Flight, scenario: Scenario) -> Mapping[str, float]:
    """What a flight brings of each supply: its own list, else its vehicle type's, kg."""
    return scenario.vehicles[flight.vehicle].loads if flight.loads is None else flight.loads


def people_aboard(scenario: Scenario, until: date) -> IntArray:
    """People aboard on every day from that of the epoch to the day before ``until``; shape (days,)."""
    first = scenario.orbit.epoch_utc.astimezone(UTC).date().toordinal()
    people = np.zeros(max(until.toordinal() - first, 0), dtype=np.int64)
    for row in crew_and_seats(scenario, until):
        begin, end = (date.fromisoformat(utc[:10]).toordinal() - first for utc in (row.from_utc, row.to_utc))
        people[begin:end] = row.crew
    return people


def _demand(scenario: Scenario, until: date) -> _Demand:
    epoch = scenario.orbit.epoch_utc.astimezone(UTC)
    people = people_aboard(scenario, until).astype(np.float64)
    share = np.ones(len(people))  # of the day; that of the epoch is not whole
    share[:1] = 1.0 - (epoch - epoch.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(days=1)
    kinds = scenario.supplies.values()
    person_kg = np.array([[kind.use_kg_per_person_day] for kind in kinds]).reshape(-1, 1)
    station_kg = np.array([[kind.use_kg_per_day] for kind in kinds]).reshape(-1, 1)
    recycled = np.array([[kind.recycled] for kind in kinds]).reshape(-1, 1)
    reserve_days = np.array([[kind.reserve_days] for kind in kinds], dtype=np.float64).reshape(-1, 1)
    rate_kg = person_kg * (1.0 - recycled) * people + station_kg
    return _Demand(
        day=epoch.date().toordinal() + np.arange(len(people), dtype=np.int64),
        asked_kg=rate_kg * share,
        recovered_kg=person_kg * recycled * people * share,
        rate_kg=rate_kg,
        reserve_kg=rate_kg * reserve_days,
    )


def use_kg_per_day(scenario: Scenario, until: date) -> FloatArray:
    """What people and station ask for, recycling taken off, on every day to that before ``until``, kg.

    Returns:
        Shape (supplies, days), in the order of ``[supplies]``, from the day of the epoch on, which is told whole.
    """
    return _demand(scenario, until).rate_kg


def _deliveries(scenario: Scenario, demand: _Demand) -> tuple[tuple[str, ...], IntArray, FloatArray]:
    """Flights that bring something after the epoch: keys, index of the day (flights,), loads in kg (flights, supplies).

    Names that no supply has are for the rules of the scenario to refuse.
    """
    first = int(demand.day[0])
    found = {
        key: (flight.dock.toordinal() - first, [loads.get(name, 0.0) for name in scenario.supplies])
        for key, flight in expand_flights(scenario).items()
        if 0 < flight.dock.toordinal() - first < len(demand.day) and any((loads := loads_of(flight, scenario)).values())
    }
    index = np.array([day for day, _ in found.values()], dtype=np.int64)
    return tuple(found), index, np.array([kg for _, kg in found.values()]).reshape(len(found), len(scenario.supplies))


def _walk(
    scenario: Scenario, demand: _Demand, brought_kg: FloatArray, lost_day: IntArray, lost_kg: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Stock through the days, for several cases at once that differ in one delivery.

    Args:
        scenario: supplies, in the order of the axis.
        demand: what is asked for.
        brought_kg: shape (supplies, days), with every flight.
        lost_day: shape (cases,), index of the day on which a delivery does not come.
        lost_kg: shape (cases, supplies), what does not come.

    Returns:
        Stock at the end of the day, use, and what found no room; each (cases, supplies, days), kg.
    """
    kinds = scenario.supplies.values()
    stock = np.broadcast_to(np.array([kind.stock_kg for kind in kinds]), lost_kg.shape)
    capacity = np.array([math.inf if kind.capacity_kg is None else kind.capacity_kg for kind in kinds])
    stocks, uses, surplus = (np.empty((*lost_kg.shape, len(demand.day))) for _ in range(3))
    for k in range(len(demand.day)):
        coming = brought_kg[:, k] - np.where((lost_day == k)[:, None], lost_kg, 0.0)
        filled = np.minimum(stock + np.maximum(coming, 0.0), capacity)
        surplus[..., k] = stock + np.maximum(coming, 0.0) - filled
        uses[..., k] = np.minimum(filled, demand.asked_kg[:, k])
        stock = filled - uses[..., k]
        stocks[..., k] = stock
    return stocks, uses, surplus


def _brought(demand: _Demand, index: IntArray, loads_kg: FloatArray) -> FloatArray:
    """Deliveries by supply and day, kg."""
    brought = np.zeros(demand.asked_kg.shape)
    np.add.at(brought.T, index, loads_kg)
    return brought


def _end_of_day(demand: _Demand, k: int) -> str:
    return midnight_utc(date.fromordinal(int(demand.day[k]) + 1))


def _lasts_days(stock_kg: FloatArray, rate_kg: FloatArray) -> FloatArray:
    """Days that a stock lasts at a rate per day, at most a century."""
    longest = np.full_like(stock_kg, LONGEST_DAYS)
    return np.divide(stock_kg, rate_kg, out=longest, where=rate_kg * LONGEST_DAYS > stock_kg)


def supplies(scenario: Scenario, until: date) -> tuple[Supply, ...]:
    """Every supply from the epoch to a day: what it began with, got, used, lost and is left with.

    ``start + delivered = used + lost + end`` holds for each. Where a stock runs out nothing more is used, and what is
    then missing is told as ``missing_kg``.

    Args:
        scenario: what was decided.
        until: first day that is no longer told.

    Returns:
        One row for each of ``[supplies]``, named by its key, with its days as ``SupplyDays``; empty where ``until`` is
        not after the day of the epoch.
    """
    demand = _demand(scenario, until)
    if not len(demand.day):
        return ()
    _, index, loads_kg = _deliveries(scenario, demand)
    brought = _brought(demand, index, loads_kg)
    nothing = np.zeros((1, len(scenario.supplies)))
    (stock,), (used,), (lost,) = _walk(scenario, demand, brought, np.array([-1]), nothing)
    margin = stock - demand.reserve_kg
    lasts = _lasts_days(stock, demand.rate_kg)
    rows = []
    for s, (key, kind) in enumerate(scenario.supplies.items()):
        asked = demand.asked_kg[s]
        drawn = np.divide(used[s], asked, out=np.ones_like(asked), where=asked > 0.0)
        worst = int(margin[s].argmin())
        rows.append(
            Supply(
                name=key,
                start_kg=kind.stock_kg,
                delivered_kg=math.fsum(brought[s]),
                used_kg=math.fsum(used[s]),
                recovered_kg=math.fsum(demand.recovered_kg[s] * drawn),
                lost_kg=math.fsum(lost[s]),
                end_kg=float(stock[s, -1]),
                missing_kg=math.fsum(asked - used[s]),
                reserve_kg=float(demand.reserve_kg[s].max()),
                lowest_margin_kg=float(margin[s, worst]),
                lowest_margin_utc=_end_of_day(demand, worst),
                lowest_days=float(lasts[s].min()),
                days=SupplyDays(day=demand.day, stock_kg=stock[s], reserve_kg=demand.reserve_kg[s]),
            )
        )
    return tuple(rows)


def _critical(lowest_kg: FloatArray, rate_kg: FloatArray, loads_kg: FloatArray) -> int:
    """Index of the supply that a flight brings whose lowest margin is the fewest days of use; shapes (supplies,)."""
    told = (loads_kg > 0.0) & (rate_kg * LONGEST_DAYS > lowest_kg)
    in_days = np.divide(lowest_kg, rate_kg, out=np.full_like(lowest_kg, math.inf), where=told)
    return int(in_days.argmin()) if told.any() else int(loads_kg.argmax())


def missed_flights(scenario: Scenario, until: date) -> tuple[MissedFlight, ...]:
    """The skip cycle: each flight that brings something is lost, one at a time, and nothing else changes.

    People aboard stay as planned, also where the flight lost is a crew's: this asks whether what is aboard lasts to
    the next delivery.

    Args:
        scenario: what was decided.
        until: first day that is no longer told.

    Returns:
        In order of docking. For each flight the supply that it brings and whose margin becomes the smallest, in days
        of use; and every other supply that its loss takes below its reserve.
    """
    demand = _demand(scenario, until)
    if not len(demand.day) or not scenario.supplies:
        return ()
    keys, index, loads_kg = _deliveries(scenario, demand)
    if not keys:
        return ()
    brought = _brought(demand, index, loads_kg)
    stock, _, _ = _walk(scenario, demand, brought, np.append(index, -1), np.vstack((loads_kg, 0.0 * loads_kg[:1])))
    margin = stock - demand.reserve_kg
    names = tuple(scenario.supplies)
    rows = []
    for f, key in enumerate(keys):
        begin = int(index[f])
        after, planned = margin[f, :, begin:], margin[-1, :, begin:]
        lowest = after.min(axis=1)
        worst = after.argmin(axis=1)
        rate = demand.rate_kg[np.arange(len(names)), begin + worst]
        critical = _critical(lowest, rate, loads_kg[f])
        touched = (lowest < -TOLERANCE_KG) & (lowest < planned.min(axis=1) - TOLERANCE_KG)
        for s in np.flatnonzero(touched | (np.arange(len(names)) == critical)):
            below = np.flatnonzero(after[s] < -TOLERANCE_KG)
            rows.append(
                MissedFlight(
                    flight=key,
                    supply=names[s],
                    lowest_kg=float(lowest[s]),
                    lowest_utc=_end_of_day(demand, begin + int(worst[s])),
                    days_to_reserve=float(below[0]) if below.size else None,
                    ok=not below.size,
                )
            )
    return tuple(rows)


def supply_violations(rows: Iterable[Supply]) -> tuple[Violation, ...]:
    """Supplies that fall below their reserve although every flight comes.

    Args:
        rows: as ``supplies`` returns them, with their days.

    Returns:
        One for each such supply, at its worst day.
    """
    found = []
    for row in rows:
        if row.lowest_margin_kg >= -TOLERANCE_KG:
            continue
        days: SupplyDays = row.days
        first = date.fromordinal(int(days.day[np.flatnonzero(days.stock_kg < days.reserve_kg - TOLERANCE_KG)[0]]))
        gone = f", and runs out: {row.missing_kg:,.0f} kg are missing in all" if row.missing_kg > TOLERANCE_KG else ""
        mend = f"bring more (vehicles.<key>.loads.{row.name}), or keep less back (supplies.{row.name}.reserve_days)"
        found.append(
            Violation(
                constraint="supply",
                utc=row.lowest_margin_utc,
                subject=row.name,
                amount=-row.lowest_margin_kg,
                unit="kg",
                text=f"{row.name} is below its reserve from {first} on, by up to {-row.lowest_margin_kg:,.0f} kg"
                f"{gone}: {mend}",
            )
        )
    return tuple(found)
