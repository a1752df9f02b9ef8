"""The trade of the descent in words and cells, for the page and the report."""

from __future__ import annotations

from pointnemo.reporting import words
from pointnemo.results import Trade, TradeRow

__all__ = ["ACTIVITIES", "explained", "latest_table", "plan_day", "quarter_table", "rows_of", "supplier_table"]

ACTIVITIES = ("low", "mean", "high")
_QUARTERS = ("01-01", "04-01", "07-01", "10-01")
NONE = "-"

Table = tuple[list[str], list[list[str]]]


def rows_of(trade: Trade, deorbit_by: str, activity: str) -> tuple[TradeRow, ...]:
    """The rows of one target date and one level of solar activity, in order of start."""
    return tuple(row for row in trade.rows if row.deorbit_by == deorbit_by and row.activity == activity)


def plan_day(trade: Trade) -> str:
    """The plan's own start of lowering."""
    return words.day(trade.plan_start_utc)


def tonnes(kg: float | None) -> str:
    """An amount in t; one that is not to be had is a dash, and nothing is nothing."""
    return NONE if kg is None else "0" if kg == 0 else f"{max(kg, 10.0) / 1000.0:.2f}"


def quarter_table(trade: Trade, every_month: bool = False) -> Table:
    """What each start needs for the plan's date, and who could pay for it under mean activity.

    Args:
        trade: the trade.
        every_month: all starts; else the first one, quarters and the plan's own, which a star marks.

    Returns:
        Header and rows.
    """
    by_line = [{row.start_utc: row for row in rows_of(trade, trade.deorbit_by, line)} for line in ACTIVITIES]
    starts = sorted({start for rows in by_line for start in rows})
    table = []
    for start in starts:
        day = words.day(start)
        own = day == plan_day(trade)
        if not (every_month or own or start == starts[0] or day[5:] in _QUARTERS):
            continue
        found = [rows.get(start) for rows in by_line]
        mean = found[1]
        table.append(
            [
                f"{day} *" if own else day,
                *(tonnes(row and row.propellant_kg) for row in found),
                *(_payers(trade, mean) if mean is not None else [NONE] * 3),
            ]
        )
    return ["start", *ACTIVITIES, "loads", "docked", "left"], table


def _payers(trade: Trade, row: TradeRow) -> list[str]:
    """Loads of the lowering vehicle, t docked that can lower, and what the deorbit vehicle has left if it pays."""
    if not row.propellant_kg:
        return [NONE] * 3
    loads = next((one.loads for one in row.supplies if one.supplier == trade.lowering_vehicle), None)
    docked = sum(one.there_kg for one in row.supplies)
    return [
        NONE if loads is None else f"{loads:.1f}",
        "0" if docked < 5.0 else f"{docked / 1000.0:.2f}",
        _left(trade, row),
    ]


def _left(trade: Trade, row: TradeRow) -> str:
    if row.deorbit_left_kg is None:
        return NONE
    if row.deorbit_left_kg < trade.final_burns_kg + trade.deorbit_reserve_kg:
        return "too little"
    return f"{row.deorbit_left_kg / 1000.0:.2f}" if row.deorbit_pays else "not there"


def latest_table(trade: Trade) -> Table:
    """For each target date the latest start by drag alone, and what the plan's own start needs, by solar activity."""
    dates = list(dict.fromkeys(one.deorbit_by for one in trade.latest))
    table = []
    for day in dates:
        latest = {one.activity: one.start_utc for one in trade.latest if one.deorbit_by == day}
        own = {
            row.activity: row for row in trade.rows if row.deorbit_by == day and row.start_utc == trade.plan_start_utc
        }
        needs = [tonnes(own[line].propellant_kg) if line in own else NONE for line in ACTIVITIES]
        mark = " *" if day == trade.deorbit_by else ""
        table.append([f"{day}{mark}", *(words.day(latest.get(line), "none") for line in ACTIVITIES), *needs])
    return ["down by", *ACTIVITIES, *(f"{line}, t" for line in ACTIVITIES)], table


def supplier_table(trade: Trade) -> Table:
    """Everybody with an engine, and what they lack."""
    rows = [
        [
            one.name,
            one.partner,
            words.grouped(one.load_kg),
            f"{one.specific_impulse_s:.0f}",
            "yes" if one.able else one.why_not,
        ]
        for one in trade.suppliers
    ]
    return ["supplier", "partner", "load, kg", "specific impulse, s", "can pay"], rows


def explained(trade: Trade) -> str:
    """What the columns of ``quarter_table`` mean, in a few sentences."""
    vehicle, tug = words.clean(trade.lowering_vehicle), words.clean(trade.deorbit_vehicle)
    needs = words.grouped(trade.final_burns_kg + trade.deorbit_reserve_kg)
    text = (
        f"Propellant in t at the specific impulse of {vehicle}, {trade.lowering_kg_per_day:g} kg a day; a dash where "
        f"no amount meets the date. For mean activity: loads of {vehicle}; t that vehicles docked in time have, as the "
        f"manifest stands; t left in {tug} if it pays alone, of which burns and reserve take {needs} kg. "
        "* the plan's start."
    )
    if trade.not_held:
        text += f" Left out, because the station cannot be held until then: {', '.join(trade.not_held)}."
    return text
