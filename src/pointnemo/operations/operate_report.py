"""The document of the verb ``operate``: ``pointnemo/operate/1``. Fields are added, never renamed.

It holds all of ``results.Operate`` at its top level, the days as columns, what changed against the plan without the
``--set`` lines, and what it was made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict, Field

from pointnemo.operations.supplies import SupplyDays
from pointnemo.results import Document, FloatArray, History, IntArray, Operate, Provenance, Supply
from pointnemo.world.time import to_date

__all__ = ["Change", "Days", "OperateReport", "report_of"]

MEAN = "mean"  # the line of solar activity that the document speaks of

Kind = Literal[
    "violation", "flight", "crew", "phase", "reboosts", "altitude", "propellant", "supply", "gap", "commitment"
]


class Change(Document):
    """One thing that is otherwise than in another plan."""

    kind: Kind = Field(description="what it is about")
    what: str
    before: str = Field(description="with unit; empty where there was nothing of the kind")
    after: str = Field(description="with unit; empty where there is nothing of the kind any more")


class Days(Document):
    """Day by day from the epoch to the start of lowering under mean solar activity, a column for each quantity."""

    date: tuple[str, ...]
    altitude_km: tuple[float, ...] = Field(description="mean semi-major axis - 6378.137")
    lower_edge_km: tuple[float, ...] = Field(description="of the corridor, as computed for the day")
    upper_edge_km: tuple[float, ...]
    mass_kg: tuple[float, ...] = Field(description="the whole stack with docked vehicles and all propellant")
    propellant_kg: dict[str, tuple[float, ...]] = Field(description="by tank; tanks that are never filled are left out")
    reserve_kg: tuple[float, ...] = Field(
        default=(), description="all tanks together at which the reserve would be touched; empty where it is not known"
    )
    supply_margin_kg: dict[str, tuple[float, ...]] = Field(
        default={}, description="by supply: stock above its reserve at the end of the day"
    )
    supply_days: dict[str, tuple[float | None, ...]] = Field(
        default={}, description="by supply: days that this lasts at the use of the day; null where nothing is used"
    )


class _Head(Document):
    """What a reader of the file meets first."""

    schema_: Literal["pointnemo/operate/1"] = Field("pointnemo/operate/1", alias="schema")


class OperateReport(Operate, _Head):
    """How the station is kept flying: the stage's result, its days, what changed, and where it comes from."""

    days: Days
    changes: tuple[Change, ...] | None = Field(
        None, description="against the plan without the --set lines; null where nothing was set or compared"
    )
    provenance: Provenance

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, populate_by_name=True
    )


def report_of(
    operate: Operate,
    provenance: Provenance,
    *,
    use_kg_per_day: FloatArray | None = None,
    changes: Sequence[Change] | None = None,
) -> OperateReport:
    """The document of a stage's result.

    Args:
        operate: the result, with its arrays: ``history``; ``lower_km`` of shape (days,), the edge on the days of the
            history; ``propellant_margin_kg`` likewise; ``supplies[i].days`` as ``SupplyDays``.
        provenance: what it was made from.
        use_kg_per_day: shape (supplies, days), what is asked for of each supply on the days of ``SupplyDays``; without
            it nothing is told in days of use.
        changes: against another plan, see ``operate_changes.changes``; None where there is none to compare with.

    Returns:
        The document. Where a result comes without arrays its days are empty, and where it comes without an edge of its
        own the edge is ``corridor_lower_km``.
    """
    fields: dict[str, Any] = {name: getattr(operate, name) for name in Operate.model_fields}
    return OperateReport(
        **fields,
        schema="pointnemo/operate/1",
        days=_days(operate, use_kg_per_day),
        changes=None if changes is None else tuple(changes),
        provenance=provenance,
    )


def _days(operate: Operate, use_kg_per_day: FloatArray | None) -> Days:
    """The columns, rounded to what the dynamics can tell: metres, kilograms, tenths of a day."""
    history = operate.history
    if not isinstance(history, History):
        return Days(date=(), altitude_km=(), lower_edge_km=(), upper_edge_km=(), mass_kg=(), propellant_kg={})
    run = history.runs.index(MEAN)
    dates = [to_date(float(tt_s)) for tt_s in history.tt_s]
    n = next((i + 1 for i, day in enumerate(dates) if day >= operate.until_utc[:10]), len(dates))
    edge = operate.lower_km
    margins = _supply_margins_kg(operate.supplies, dates[:n])
    rates: list[FloatArray] = []
    if use_kg_per_day is not None:
        told = zip(operate.supplies, use_kg_per_day, strict=True)
        rates = [_on_dates(row.days.day, use, dates[:n]) for row, use in told if row.name in margins]
    lower = np.full(n, operate.corridor_lower_km) if edge is None else _stretched(np.asarray(edge, dtype=float), n)
    return Days(
        date=tuple(dates[:n]),
        altitude_km=_rounded(history.altitude_km[run, :n], 3),
        lower_edge_km=_rounded(lower, 3),
        upper_edge_km=_rounded(np.full(n, operate.corridor_upper_km), 3),
        mass_kg=_rounded(history.mass_kg[run, :n], 0),
        propellant_kg={
            tank: _rounded(history.propellant_kg[run, :n, i], 1)
            for i, tank in enumerate(history.tanks)
            if history.propellant_kg[run, :n, i].any()
        },
        reserve_kg=_reserve_kg(operate, history.propellant_kg[run, :n].sum(axis=1)),
        supply_margin_kg={name: _rounded(kg, 1) for name, kg in margins.items()},
        supply_days={
            name: _lasts(margin_kg, rate_kg)
            for (name, margin_kg), rate_kg in zip(margins.items(), rates, strict=False)  # no rates: none of it
        },
    )


def _reserve_kg(operate: Operate, aboard_kg: FloatArray) -> tuple[float, ...]:
    """What is aboard less the margin: where all tanks together would touch the reserve, whoever may not use what."""
    if operate.propellant_margin_kg is None:
        return ()
    margin_kg = _stretched(np.asarray(operate.propellant_margin_kg, dtype=float), len(aboard_kg))
    return _rounded(aboard_kg - margin_kg, 1)


def _supply_margins_kg(supplies: Sequence[Supply], dates: Sequence[str]) -> dict[str, FloatArray]:
    """Stock above the reserve of each supply on the days of the document."""
    return {
        supply.name: _on_dates(supply.days.day, supply.days.stock_kg - supply.days.reserve_kg, dates)
        for supply in supplies
        if isinstance(supply.days, SupplyDays)
    }


def _on_dates(day: IntArray, values: FloatArray, dates: Sequence[str]) -> FloatArray:
    """Values of days, which are proleptic ordinals without a pause, on dates; the first and the last go on beyond."""
    at = np.array([date.fromisoformat(text).toordinal() for text in dates]) - int(day[0])
    return values[np.clip(at, 0, len(values) - 1)]


def _lasts(margin_kg: FloatArray, rate_kg: FloatArray) -> tuple[float | None, ...]:
    """Days, to a tenth, that a margin lasts; what nobody uses lasts for ever, which is no number."""
    return tuple(
        round(float(kg / rate), 1) + 0.0 if rate > 0.0 else None for kg, rate in zip(margin_kg, rate_kg, strict=True)
    )


def _stretched(values: FloatArray, n: int) -> FloatArray:
    """The first ``n`` values; a series that ends a day early keeps its last one."""
    return values[np.minimum(np.arange(n), len(values) - 1)]


def _rounded(values: Iterable[float], places: int) -> tuple[float, ...]:
    """Numbers as they stand in the document; none of them is a minus zero."""
    return tuple(round(float(value), places) + 0.0 for value in values)
