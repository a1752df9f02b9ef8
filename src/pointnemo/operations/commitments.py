"""Who is committed to what until when, where nobody is, what follows from that, and what could help.

Days are whole. A commitment holds to the end of its last day and a gap begins at 00:00 of the day after. Propulsion,
attitude control, power, control centre and de-orbit are needed until the station is down (``horizon.deorbit_by``);
seats and cargo until operations end (``horizon.operate_until``), and seats for whoever is still aboard after that.

What could help in a gap is hardware that is docked by the manifest, whoever owns it; where its owner is no longer
committed, it says so. Cover is counted day by day: altitude is held on a day if engines and propellant that are docked
on that day hold it. Nothing is done ahead, and a day without cover ends it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import NamedTuple

import numpy as np

from pointnemo.motion.burns import propellant_kg
from pointnemo.operations.cover import (
    Held,
    Helper,
    attitude_feeders,
    delta_v_mps,
    docked_between,
    hold,
    lowerers,
    raisers,
)
from pointnemo.operations.supplies import SupplyDays, loads_of, people_aboard, supplies, use_kg_per_day
from pointnemo.results import Commitment, CommitmentGap, FloatArray, Shortfall
from pointnemo.scenario.models import Flight, Scenario
from pointnemo.scenario.schedule import expand_flights
from pointnemo.station.stack import brought_propellant_kg, mass_at, midnight_utc
from pointnemo.world.earth import MU_KM3_S2

__all__ = ["NEEDED_WITH_CREW", "NEEDS", "ReboostNeed", "as_shortfalls", "commitment_gaps", "commitments"]

NEEDED_WITH_CREW = ("crew-seats", "cargo")  # the rest is needed until the station is down
NEEDS = {
    "propulsion": "propulsion",
    "attitude-control": "attitude control",
    "power": "power",
    "crew-seats": "seats for the crew",
    "cargo": "cargo",
    "control-centre": "a control centre",
    "deorbit": "a de-orbit vehicle",
}
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = 30


@dataclass(frozen=True)
class ReboostNeed:
    """What it takes to hold the altitude.

    Attributes:
        first_day: day of the first element.
        delta_v_mps_per_day: shape (days,), against the drag of each day, m/s; finite, not negative.
        mass_kg: mass of the stack for the rocket equation.
        propellant_kg: what is left in a flight when its help is called for, by flight; a flight that is not named has
            what it brought.
    """

    first_day: date
    delta_v_mps_per_day: FloatArray
    mass_kg: float
    propellant_kg: Mapping[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        need = self.delta_v_mps_per_day
        if need.ndim != 1 or not np.all(np.isfinite(need)) or np.any(need < 0.0):
            raise ValueError("delta_v_mps_per_day is one row of finite figures, none below zero")
        if not self.mass_kg > 0.0:
            raise ValueError("mass_kg is positive")

    def between(self, begin: date, end: date) -> FloatArray:
        """Need of the days from ``begin`` to before ``end``, m/s.

        Raises:
            ValueError: the figures do not reach so far.
        """
        low, high = (day.toordinal() - self.first_day.toordinal() for day in (begin, end))
        if low < 0 or high > len(self.delta_v_mps_per_day):
            last = self.first_day + timedelta(days=len(self.delta_v_mps_per_day) - 1)
            raise ValueError(f"figures from {self.first_day} to {last} do not cover {begin} to {end}")
        return self.delta_v_mps_per_day[low:high]


# --- words ---------------------------------------------------------------------------------------------------------


def _partner_of(scenario: Scenario, flight: Flight) -> str:
    return scenario.vehicles[flight.vehicle].partner


def _docked(flight: Flight) -> str:
    return f"docked {flight.dock} to {flight.undock}"


def _though(scenario: Scenario, flight: Flight, begin: date) -> str:
    """A reservation where the owner's commitment does not reach to a day."""
    key = _partner_of(scenario, flight)
    until = scenario.partners[key].until
    return "" if until >= begin else f"; {key} is committed to {until} only"


# --- timeline --------------------------------------------------------------------------------------------------------


def _epoch_day(scenario: Scenario) -> date:
    return scenario.orbit.epoch_utc.astimezone(UTC).date()


def _end_of(day: date) -> str:
    """The last second of a day as text, so that the text also tells the last day."""
    return f"{day.isoformat()}T23:59:59Z"


def commitments(scenario: Scenario) -> tuple[Commitment, ...]:
    """The timeline of what each partner supplies, and what others could.

    A backup is one flight of a partner who does not supply the need: an engine that raises (propulsion) or lowers
    (deorbit) on a port where it can, with propellant; loads (cargo). A spare seat is a backup whoever's it is.

    Args:
        scenario: what was decided.

    Returns:
        By need, in the order of ``NEEDS``; commitments before backups. A partner whose commitment ended before the
        epoch is not named.
    """
    first = _epoch_day(scenario)
    found: list[Commitment] = []
    for need in NEEDS:
        found += [
            Commitment(
                partner=key,
                need=need,
                from_utc=midnight_utc(first),
                until_utc=_end_of(partner.until),
                backup=False,
            )
            for key, partner in scenario.partners.items()
            if need in partner.supplies and partner.until >= first
        ]
        found += [
            Commitment(
                partner=_partner_of(scenario, flight),
                need=need,
                from_utc=midnight_utc(max(begin, first)),
                until_utc=midnight_utc(end),
                backup=True,
                flight=key,
                what=what,
            )
            for key, flight, begin, end, what in _backups(scenario, need)
            if end > first and begin <= scenario.horizon.deorbit_by
        ]
    return tuple(found)


def _backups(scenario: Scenario, need: str) -> Iterator[tuple[str, Flight, date, date, str]]:
    """Flights that could supply a need: key, flight, first day and day of leaving, what it gives."""
    own = {key for key, partner in scenario.partners.items() if need in partner.supplies}
    if need in ("propulsion", "deorbit"):
        for one in raisers(scenario) if need == "propulsion" else lowerers(scenario):
            if _partner_of(scenario, one.flight) not in own and one.kg > 0.0:
                speed = delta_v_mps(one.kg, mass_at(scenario, one.flight.dock), one.specific_impulse_s)
                for begin, end in one.stays:
                    yield one.key, one.flight, begin, end, f"{speed:.1f} m/s from {one.kg:,.0f} kg"
    for key, flight in expand_flights(scenario).items():
        spare = scenario.vehicles[flight.vehicle].seats - flight.crew
        load_kg = math.fsum(loads_of(flight, scenario).values())
        if need == "crew-seats" and spare > 0:
            yield key, flight, flight.dock, flight.undock, f"{spare} spare seat{'s' if spare > 1 else ''}"
        elif need == "cargo" and load_kg > 0.0 and _partner_of(scenario, flight) not in own:
            yield key, flight, flight.dock, flight.undock, f"{load_kg:,.0f} kg"


# --- gaps ------------------------------------------------------------------------------------------------------------


class _Gap(NamedTuple):
    """Days from ``begin`` to before ``end``; ``nobody``: no partner supplies it at all."""

    need: str
    begin: date
    end: date
    nobody: bool = True


class _Answer(NamedTuple):
    """What a gap means, what could help, and the first day that is no longer covered (the first day: none is)."""

    consequence: str
    cover: tuple[str, ...] = ()
    reach: date | None = None
    people: int = 0


def _crew_without_partner(scenario: Scenario, days: range) -> list[int]:
    """People aboard who came with a partner that is not, or no longer, committed to seats; per ordinal day."""
    people = [0] * len(days)
    for flight in expand_flights(scenario).values():
        partner = scenario.partners[_partner_of(scenario, flight)]
        covered_to = partner.until.toordinal() if "crew-seats" in partner.supplies else days.start - 1
        begin = max(flight.dock.toordinal(), covered_to + 1, days.start)
        for day in range(begin, min(flight.undock.toordinal(), days.stop)):
            people[day - days.start] += flight.crew
    return people


def _gaps(scenario: Scenario) -> Iterator[_Gap]:
    """Stretches without a committed partner, need by need; those of one need do not overlap."""
    horizon = scenario.horizon
    days = range(_epoch_day(scenario).toordinal(), horizon.deorbit_by.toordinal() + 1)
    stranded = _crew_without_partner(scenario, days)
    for need in NEEDS:
        ends = [partner.until.toordinal() for partner in scenario.partners.values() if need in partner.supplies]
        last = max(ends, default=days.start - 1)
        needed = (horizon.operate_until if need in NEEDED_WITH_CREW else horizon.deorbit_by).toordinal()
        states = [
            (day > last, last < day <= needed or (need == "crew-seats" and stranded[day - days.start] > 0))
            for day in days
        ]
        start = 0
        for k in range(1, len(states) + 1):
            if k == len(states) or states[k] != states[start]:
                if states[start][1]:
                    begin, end = (date.fromordinal(days.start + index) for index in (start, k))
                    yield _Gap(need, begin, end, nobody=states[start][0])
                start = k


def commitment_gaps(scenario: Scenario, need: ReboostNeed) -> tuple[CommitmentGap, ...]:
    """Stretches in which no partner is committed to what is needed: what follows, and what could help how far.

    Args:
        scenario: what was decided.
        need: what it takes to hold the altitude; to cover every day without committed propulsion.

    Returns:
        By need, in the order of ``NEEDS``, and by time; stretches of one need do not overlap. A second stretch of
        ``crew-seats`` tells of people whose own partner's commitment has ended while another partner still supplies.

    Raises:
        ValueError: ``need`` does not reach over a gap in propulsion.
    """
    rows = []
    for gap in _gaps(scenario):
        answer = _ANSWERS[gap.need](scenario, gap, need)
        reach = answer.reach
        rows.append(
            CommitmentGap(
                need=gap.need,
                from_utc=midnight_utc(gap.begin),
                to_utc=_end_of(gap.end - timedelta(days=1)),
                days=(gap.end - gap.begin).days,
                consequence=answer.consequence,
                cover=answer.cover,
                covered_until_utc=_end_of(reach - timedelta(days=1)) if reach and reach > gap.begin else None,
                people=answer.people,
            )
        )
    return tuple(rows)


def as_shortfalls(gaps: Iterable[CommitmentGap]) -> tuple[Shortfall, ...]:
    """Gaps in short: one row each, the amount in days."""
    return tuple(
        Shortfall(
            utc=gap.from_utc,
            what=f"seats of {gap.people} people aboard hang on a partner who is no longer committed"
            if gap.people
            else f"no partner is committed to supply {NEEDS[gap.need]}",
            amount=gap.days,
            unit="days",
        )
        for gap in gaps
    )


# --- propellant ------------------------------------------------------------------------------------------------------


def _no_propulsion(scenario: Scenario, gap: _Gap, need: ReboostNeed) -> _Answer:
    speed = need.between(gap.begin, gap.end)
    helpers = [
        one._replace(kg=min(one.kg, need.propellant_kg.get(one.key, one.kg)))
        for one in docked_between(raisers(scenario), gap.begin, gap.end)
    ]

    def cost_kg(one: Helper, k: int) -> float:
        return propellant_kg(need.mass_kg, float(speed[k]), one.specific_impulse_s)

    held = hold([one for one in helpers if one.kg > 0.0], gap.begin, gap.end, cost_kg)
    worth = sum(delta_v_mps(one.kg, need.mass_kg, one.specific_impulse_s) for one in helpers)
    fall_km = float(speed[:DAYS_PER_MONTH].mean()) * DAYS_PER_MONTH * _km_per_mps(scenario)
    text = (
        f"no partner supplies reboost: to hold altitude takes {speed.mean() * DAYS_PER_YEAR:.1f} m/s a year, "
        f"{speed.sum():.1f} m/s in all; without it the station falls, at first by {fall_km:.1f} km a month; what is "
        f"docked by the manifest is worth {worth:.1f} m/s and holds it on {held.days:,} of {len(speed):,} days"
    )
    return _Answer(text, tuple(_raiser_words(scenario, one, gap, need, held) for one in helpers), held.reach)


def _raiser_words(scenario: Scenario, one: Helper, gap: _Gap, need: ReboostNeed, held: Held) -> str:
    """What one flight gives, and when; what it would have to bring where it brings nothing."""
    stay = f"{_docked(one.flight)}{_though(scenario, one.flight, gap.begin)}"
    if one.kg > 0.0:
        worth = delta_v_mps(one.kg, need.mass_kg, one.specific_impulse_s)
        days = held.given.get(one.key)
        does = f"holds altitude from {days[0]} to {days[1]}" if days else "is not called for"
        return f"{one.key} ({worth:.1f} m/s from {one.kg:,.0f} kg; {stay}) {does}"
    if brought_propellant_kg(one.flight, scenario) > 0.0:
        return f"{one.key} ({stay}) has no propellant left"
    inside = [(max(begin, gap.begin), min(end, gap.end)) for begin, end in one.stays]
    asked = math.fsum(need.between(begin, end).sum() for begin, end in inside if begin < end)
    kg = propellant_kg(need.mass_kg, asked, one.specific_impulse_s)
    return (
        f"{one.key} ({stay}) brings no propellant (vehicles.{one.flight.vehicle}.propellant_kg); to hold altitude "
        f"meanwhile takes {asked:.1f} m/s or {kg:,.0f} kg"
    )


def _km_per_mps(scenario: Scenario) -> float:
    """Mean altitude lost or won by 1 m/s along the flight of a nearly circular orbit: da = 2 a dv / v (Gauss)."""
    radius_km = math.hypot(*scenario.orbit.position_km)
    return 2.0 * radius_km / math.sqrt(MU_KM3_S2 / radius_km) / 1000.0


def _no_attitude(scenario: Scenario, gap: _Gap, _: ReboostNeed) -> _Answer:
    rate = scenario.rules.attitude_propellant_kg_per_day
    helpers = docked_between(attitude_feeders(scenario), gap.begin, gap.end)
    held = hold(helpers, gap.begin, gap.end, lambda one, k: rate)
    cover = []
    for one in helpers:
        days = held.given.get(one.key)
        does = f"feeds thrusters from {days[0]} to {days[1]} if it raises nothing" if days else "is not called for"
        stay = f"{_docked(one.flight)}{_though(scenario, one.flight, gap.begin)}"
        cover.append(f"{one.key} ({one.kg:,.0f} kg; {stay}) {does}")
    total = rate * (gap.end - gap.begin).days
    text = f"no partner steers the station: thrusters take {rate:g} kg of propellant a day, {total:,.0f} kg in all"
    return _Answer(text, tuple(cover), held.reach)


def _no_deorbit(scenario: Scenario, gap: _Gap, need: ReboostNeed) -> _Answer:
    helpers = docked_between(lowerers(scenario), gap.begin, gap.end)
    cover = []
    reach = gap.begin
    for one in helpers:
        worth = delta_v_mps(one.kg, need.mass_kg, one.specific_impulse_s)
        stay = f"{_docked(one.flight)}{_though(scenario, one.flight, gap.begin)}"
        cover.append(f"{one.key} ({worth:.1f} m/s from {one.kg:,.0f} kg; {stay})")
        if one.key == scenario.descent.deorbit_vehicle and one.there_on(gap.begin):
            reach = min(one.flight.undock, gap.end)
    text = "no partner brings the station down: left alone, it enters where chance has it"
    return _Answer(text, tuple(cover), reach)


# --- people ----------------------------------------------------------------------------------------------------------


def _no_seats(scenario: Scenario, gap: _Gap, _: ReboostNeed) -> _Answer:
    """Who is aboard without a committed seat, and which docked vehicles have seats."""
    days = range(gap.begin.toordinal(), gap.end.toordinal())
    stranded = max(_crew_without_partner(scenario, days))
    flights = {
        key: flight
        for key, flight in expand_flights(scenario).items()
        if scenario.vehicles[flight.vehicle].seats and flight.dock < gap.end and flight.undock > gap.begin
    }
    reach = next((day for day in days if not _seated(scenario, flights, date.fromordinal(day))), days.stop)
    cover = tuple(
        f"{key} ({scenario.vehicles[flight.vehicle].seats} seats, {flight.crew} taken; "
        f"{_docked(flight)}{_though(scenario, flight, gap.begin)})"
        for key, flight in flights.items()
    )
    if gap.nobody:
        text = f"no partner flies crews up or home: {_people(stranded)} aboard by the manifest"
        return _Answer(text, cover, date.fromordinal(reach))
    text = f"{_people(stranded)} aboard after the commitment of the partner who flew them has ended"
    return _Answer(text, cover, date.fromordinal(reach), people=stranded)


def _people(count: int) -> str:
    return {0: "nobody is", 1: "one person is"}.get(count, f"{count} people are")


def _seated(scenario: Scenario, flights: Mapping[str, Flight], day: date) -> bool:
    """Whether docked vehicles have a seat for everybody aboard; not where none is docked."""
    docked = [flight for flight in flights.values() if flight.dock <= day < flight.undock]
    seats = sum(scenario.vehicles[flight.vehicle].seats for flight in docked)
    return bool(docked) and seats >= sum(flight.crew for flight in docked)


def _no_cargo(scenario: Scenario, gap: _Gap, _: ReboostNeed) -> _Answer:
    """How long the stock aboard lasts with what the manifest still brings."""
    length = (gap.end - gap.begin).days
    people = int(people_aboard(scenario, gap.end)[-length:].max())
    rows = supplies(scenario, gap.end)
    rate = use_kg_per_day(scenario, gap.end)[:, -length:].sum(axis=0)
    text = f"no partner brings supplies: up to {people} people and the station use {rate.mean():,.1f} kg a day"
    brings = [
        f"{key} ({math.fsum(loads_of(flight, scenario).values()):,.0f} kg; {_docked(flight)}"
        f"{_though(scenario, flight, gap.begin)})"
        for key, flight in expand_flights(scenario).items()
        if gap.begin <= flight.dock < gap.end and any(loads_of(flight, scenario).values())
    ]
    if not rows:
        return _Answer(text, tuple(brings))
    touched = {row.name: _first_below(row.days, gap) for row in rows}
    first = min(touched, key=lambda name: touched[name])
    if touched[first] == gap.end:
        stock = "stock aboard stays above every reserve"
    elif touched[first] == gap.begin:
        stock = f"stock aboard is below its reserve of {first} from the first day"
    else:
        stock = f"stock aboard lasts until {first} touches its reserve on {touched[first]}"
    return _Answer(text, (*brings, stock), touched[first])


def _first_below(days: SupplyDays, gap: _Gap) -> date:
    """First day of a stretch on which a supply is below its reserve; its end where that never happens."""
    inside = days.day >= gap.begin.toordinal()
    below = np.flatnonzero(inside & (days.stock_kg < days.reserve_kg - 1e-9))
    return date.fromordinal(int(days.day[below[0]])) if below.size else gap.end


def _no_power(scenario: Scenario, gap: _Gap, _: ReboostNeed) -> _Answer:
    days = (gap.end - gap.begin).days
    return _Answer(f"no partner has to keep the power up, on {days:,} days: nothing aboard works without it")


def _no_centre(scenario: Scenario, gap: _Gap, _: ReboostNeed) -> _Answer:
    days = (gap.end - gap.begin).days
    return _Answer(f"no partner has to command the station, on {days:,} days: nobody watches it or answers a fault")


_ANSWERS: Mapping[str, Callable[[Scenario, _Gap, ReboostNeed], _Answer]] = {
    "propulsion": _no_propulsion,
    "attitude-control": _no_attitude,
    "power": _no_power,
    "crew-seats": _no_seats,
    "cargo": _no_cargo,
    "control-centre": _no_centre,
    "deorbit": _no_deorbit,
}
