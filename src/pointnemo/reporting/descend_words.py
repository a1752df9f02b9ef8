"""Sentences and tables about a descent that its page, its report and those of a plan share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from pointnemo.reporting import words
from pointnemo.reporting.failure_words import (
    ANYWHERE,
    after_words,
    failure_words,
    no_return_words,
    once_in,
    reliability_words,
    short_place,
    worst_branch,
)
from pointnemo.results import Branch, Burn, Descend, Opportunity, Optimum, Phasing, SolarLine, Strategy

if TYPE_CHECKING:
    from pointnemo.descent.report import DescendReport

__all__ = [
    "OBJECTIVES",
    "answer",
    "burn_name",
    "missing",
    "never_words",
    "opportunity_rows",
    "optimum_table",
    "phasing_price",
    "plan_facts",
    "solar_table",
    "stage_words",
]

Table = tuple[list[str], list[list[str]]]

OBJECTIVES = {
    "least-propellant": "least propellant",
    "latest-crew-departure": "latest departure",
    "largest-margin": "largest margin",
}
NONE = "-"
_SAME_PLACE_KM = 370.0  # an aim moved further than the clearance from land is another place


# --- the answer ----------------------------------------------------------------------------------------------------


def answer(report: DescendReport) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
    """When and where, how surely, and what is missing: three labels with their texts.

    Args:
        report: the document.

    Returns:
        The last label is ``NOT KEPT`` where anything is missing, else ``KEPT``.
    """
    wrong = missing(report, report.limits.deorbit_by)
    kept = ("NOT KEPT", "; ".join(wrong)) if wrong else ("KEPT", "everything that the descent is held against")
    return ("COMES DOWN", _when_where(report)), ("HOW SURELY", _surely(report)), kept


def _when_where(report: DescendReport) -> str:
    if report.entry_utc is None:
        return f"{never_words(report)}: the weather forecast ends before, under mean solar activity"
    if report.entry is None:
        return f"about {words.day(report.entry_utc)}; the targeted burns are not flown"
    e = report.entry
    aimed = f", aimed at {words.place(report.targeting.aim)}" if report.targeting else ""
    return f"{words.minute(e.utc)} UTC at {e.height_km:.0f} km over {words.place(e.place)}{aimed}"


def _surely(report: DescendReport) -> str:
    """What the Sun does to the date, how near the aim is met, clear passes, how reliable the last burn must be."""
    parts = []
    dates = [
        f"{words.day(line.entry_utc, never_words(report))} under {line.activity}"
        for line in reversed(report.lines)
        if line.activity != "mean"
    ]
    if dates:
        parts.append(", ".join([f"{dates[0]} solar activity", *dates[1:]]))
    if report.targeting is not None:
        parts.append(f"the reference body falls {report.targeting.miss_km:.1f} km from the aim")
    if report.opportunities:
        clear = sum(one.clear for one in report.opportunities)
        parts.append(f"{clear} of {len(report.opportunities)} passes keep clear of land and ice")
    if report.reliability is not None and report.reliability.burns:
        parts.append(f"the final burn may fail {once_in(report.reliability.burns[-1].largest_failure_probability)}")
    return "; ".join(parts) or "nothing was computed that says it"


def missing(descend: Descend, deorbit_by: str) -> list[str]:
    """What the descent does not keep, and by how much; empty where it keeps everything.

    Args:
        descend: the stage's result.
        deorbit_by: agreed date.
    """
    d = descend
    if d.entry_utc is None:
        return [f"it is not down by {deorbit_by}, nor before the weather forecast ends"]
    wrong = []
    late = (_date(d.entry_utc) - _date(deorbit_by)).days
    if late > 0:
        wrong.append(f"entry is {words.grouped(late)} {'day' if late == 1 else 'days'} after {deorbit_by}")
    if d.targeting is not None and not d.targeting.converged:
        wrong.append(f"the aim is missed by {words.grouped(d.targeting.miss_km)} km")
    if d.targeting is not None and abs(d.targeting.aim_shift_km) >= _SAME_PLACE_KM:
        moved = words.grouped(abs(d.targeting.aim_shift_km))
        wrong.append(f"the aim had to be moved by {moved} km along the track to clear land")
    vehicle = words.clean(d.deorbit_vehicle)
    over_kg = d.deorbit_propellant_used_kg - d.deorbit_propellant_available_kg
    if over_kg > 0:
        wrong.append(f"the targeted burns take {words.grouped(over_kg)} kg more than {vehicle} brings")
    if d.burns and d.deorbit_vehicle_arrival_utc > d.burns[0].start_utc:
        docks, first = words.day(d.deorbit_vehicle_arrival_utc), words.day(d.burns[0].start_utc)
        wrong.append(f"{vehicle} docks on {docks}, after the first burn on {first}")
    if _date(d.deorbit_vehicle_departure_utc) < _date(d.entry_utc):
        wrong.append(f"{vehicle} is to leave on {words.day(d.deorbit_vehicle_departure_utc)}, before the entry")
    return wrong + _unclear(d.opportunities)


def _unclear(opportunities: Sequence[Opportunity]) -> list[str]:
    """That the primary pass, or all backups, come too near to land or ice."""
    primary = [one for one in opportunities if one.kind == "primary"]
    backups = [one for one in opportunities if one.kind != "primary"]
    wrong = [
        f"the footprint of the primary pass lies {words.grouped(one.short_by_km)} km too near to "
        f"{words.clean(one.nearest_land) or 'land'}"
        for one in primary
        if not one.clear
    ]
    if backups and not any(one.clear and one.converged for one in backups):
        wrong.append("no backup pass keeps clear of land and ice")
    return wrong


def _date(utc: str) -> date:
    return date.fromisoformat(words.day(utc))


def never_words(report: DescendReport) -> str:
    """What stands in the place of a date that does not come: ``not by 2041``."""
    return f"not by {report.days.date[-1][:4]}" if report.days.date else "not reached"


def solar_table(lines: Sequence[SolarLine], operate_until: str, deorbit_by: str, never: str) -> Table:
    """Altitudes and dates under low, mean and high solar activity, one column each."""
    rows = [
        ["percentile of forecast", *(f"{line.percentile:g} %" for line in lines)],
        ["mean F10.7 of the descent", *(f"{line.f107_mean:.0f} sfu" for line in lines)],
        [f"altitude on {operate_until}", *(words.altitude(line.altitude_at_operate_until_km) for line in lines)],
        [f"altitude on {deorbit_by}", *(words.altitude(line.altitude_at_deorbit_by_km) for line in lines)],
        ["crew leaves", *(words.day(line.crew_departure_utc, never) for line in lines)],
        ["hold altitude reached", *(words.day(line.hold_utc, never) for line in lines)],
        ["entry", *(words.day(line.entry_utc, never) for line in lines)],
    ]
    return ["solar activity", *(line.activity for line in lines)], rows


# --- the best way down ---------------------------------------------------------------------------------------------


def optimum_table(optimum: Optimum) -> Table:
    """The best way for each objective, a column each; a star marks the one that was asked for."""
    found = optimum.strategies
    rows = [
        ["keeps every limit", *(_kept(one) for one in found)],
        ["lowering from", *(words.day(one.lowering_start_utc) for one in found)],
        ["lowering propellant", *(f"{words.grouped(one.propellant_kg)} kg" for one in found)],
        ["left in deorbit vehicle", *(f"{words.grouped(one.deorbit_left_kg)} kg" for one in found)],
        ["hold altitude", *(f"{one.hold_altitude_km:.0f} km" for one in found)],
        ["crew leaves", *(words.day(one.crew_departure_utc) for one in found)],
        ["crew leaves at", *(_km(one.crew_departure_altitude_km) for one in found)],
        ["entry", *(words.day(one.entry_utc) for one in found)],
        ["before the date", *(_days(one.margin_days) for one in found)],
    ]
    names = [OBJECTIVES[one.objective] + (" *" if one.objective == optimum.chosen else "") for one in found]
    return [f"{optimum.activity} solar activity", *names], rows


def _kept(one: Strategy) -> str:
    """Whether a way keeps everything; what the manifest of crews misses does not make a way unfit, but is no yes."""
    if not one.feasible:
        return "NO"
    return "yes" if all(row.ok for row in one.constraints) else "except crews"


def phasing_price(phasing: Phasing) -> str:
    """What phasing takes, against the same lowering without it."""
    more = "less" if round(phasing.propellant_kg) < 0 else "more"
    return f"{words.grouped(abs(phasing.propellant_kg))} kg {more} than lowering without it"


def _km(value: float | None) -> str:
    return NONE if value is None else f"{value:.0f} km"


def _days(value: float | None) -> str:
    return NONE if value is None else f"{words.grouped(value)} d"


def stage_words(strategy: Strategy) -> str:
    """Who pays for the lowering of a strategy, when and how much; or what stands in its way."""
    paid = "; ".join(
        f"{words.grouped(one.propellant_kg)} kg of {one.supplier} from {words.day(one.start_utc)} to "
        f"{words.day(one.end_utc)} ({one.delta_v_mps:.1f} m/s)"
        for one in strategy.stages
    )
    told = paid or "by drag alone"
    if not strategy.why_not:
        return told
    # a way that keeps all that it decides may still be told what the manifest of crews misses
    return f"{told}. {strategy.why_not}" if strategy.feasible else f"{told}; not kept: {strategy.why_not}"


# --- burns and passes ----------------------------------------------------------------------------------------------


def burn_name(burn: Burn) -> str:
    """The id of a burn, with its part where the duty limit splits it."""
    return burn.id if burn.parts == 1 else f"{burn.id} {burn.part}/{burn.parts}"


def opportunity_rows(opportunities: Sequence[Opportunity]) -> list[list[str]]:
    """Name, revolutions later, final burn, miss, propellant, clearance, nearest land, whether it is clear."""
    return [
        [
            one.id,
            f"+{one.revolutions_later}" if one.revolutions_later else "0",
            words.minute(one.final_burn_utc)[:16],
            NONE if one.miss_km is None else f"{one.miss_km:.1f}" + ("" if one.converged else "!"),
            words.grouped(one.propellant_kg),
            words.grouped(one.land_clearance_km),
            words.clean(one.nearest_land) or NONE,
            "ok" if one.clear else "FAIL",
        ]
        for one in opportunities
    ]


# --- a plan's page -------------------------------------------------------------------------------------------------


def plan_facts(descend: Descend) -> list[tuple[str, str]]:
    """What the page of a plan tells of passes, the best way, the point of no return and failures; label and text.

    Args:
        descend: the stage's result.

    Returns:
        Nothing for what was not computed.
    """
    d = descend
    facts: list[tuple[str, str]] = []
    if d.opportunities:
        clear = [one for one in d.opportunities if one.clear]
        least = min(d.opportunities, key=lambda one: one.land_clearance_km)
        facts.append(
            (
                "passes",
                f"{len(clear)} of {len(d.opportunities)} keep clear of land and ice; nearest {least.id}, "
                f"{words.grouped(least.land_clearance_km)} km to {words.clean(least.nearest_land) or 'land'}",
            )
        )
    if d.optimum is not None:
        facts += [("best way", text) for text in _best(d.optimum)]
    if told := no_return_words(d.points_of_no_return):
        facts.append(("no return", told))
    if d.branches:
        facts.append(("if a burn fails", _worst_branches(d.branches)))
    if d.reliability is not None and d.reliability.burns:
        last = d.reliability.burns[-1]
        facts.append(
            (
                "final burn",
                f"must work with {reliability_words(last.required_reliability)}: it may fail "
                f"{once_in(last.largest_failure_probability)}",
            )
        )
    return facts


def _best(optimum: Optimum) -> list[str]:
    """The strategy that was asked for, in one sentence."""
    chosen = [one for one in optimum.strategies if one.objective == optimum.chosen]
    if not chosen:
        return [words.clean(optimum.text)] if optimum.text else []
    one = chosen[0]
    how = stage_words(one) if optimum.plan_is_best is False else "the plan as decided"
    return [f"({OBJECTIVES[one.objective]}) {how}; entry {words.day(one.entry_utc)}"]


def _worst_branches(branches: Sequence[Branch]) -> str:
    """The worst branch of each burn by casualty expectation."""
    told = []
    for burn in dict.fromkeys(one.burn for one in branches):
        worst = worst_branch([one for one in branches if one.burn == burn])
        assert worst is not None
        where = ANYWHERE if worst.random or worst.impact is None else short_place(worst.impact)
        risk = f", {words.small(worst.casualty_expectation.value)} casualties" if worst.casualty_expectation else ""
        told.append(f"{burn} {failure_words(worst)}: {where} after {after_words(worst.days_to_entry, False)}{risk}")
    return "; ".join(told)
