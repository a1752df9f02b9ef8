"""The document of the verb ``descend``: ``pointnemo/descend/1``. Fields are added, never renamed.

It holds all of ``results.Descend`` at its top level, the days of the descent as columns, the limits that it was held
against, and what it was made from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import ConfigDict, Field

from pointnemo.results import Descend, Document, History, LossDay, Provenance
from pointnemo.results.recourses import strongest
from pointnemo.world.time import DAY_S, from_utc, to_date

if TYPE_CHECKING:
    from pointnemo.scenario.models import Scenario

__all__ = ["DescendReport", "DescentDays", "DescentLimits", "limits_of", "report_of"]

MEAN = "mean"  # the line of solar activity whose mass is told
ALTITUDE_PLACES = 3  # decimals of an altitude in km: metres
DAYS_PLACES = 3  # decimals of a time in days: a minute and a half

RecourseId = Literal["complete-later", "raise", "deorbit-otherwise", "shift", "none"]


class DescentDays(Document):
    """Day by day from the start of lowering until the last line is down, a column for each quantity.

    An altitude is null from the day on which the averaged flight of its line has ended.
    """

    date: tuple[str, ...]
    altitude_low_km: tuple[float | None, ...] = Field(
        description="mean semi-major axis - 6378.137 under low solar activity"
    )
    altitude_mean_km: tuple[float | None, ...]
    altitude_high_km: tuple[float | None, ...]
    mass_kg: tuple[float | None, ...] = Field(description="the whole stack with all propellant, mean activity")
    f107_mean: tuple[float, ...] = Field(description="F10.7 of the day under mean activity, sfu")
    loss_days_to_entry: tuple[float | None, ...] = Field(
        default=(), description="from a total loss of propulsion on this day to entry; null where it is not told"
    )
    loss_days_to_entry_low: tuple[float | None, ...] = ()
    loss_days_to_entry_high: tuple[float | None, ...] = ()
    loss_control_days: tuple[float | None, ...] = Field(
        default=(), description="from then on the attitude can be held so long; null where it is not told"
    )
    loss_recourse: tuple[RecourseId | None, ...] = Field(
        default=(), description="the strongest that is left with all that did not fail; null where it is not told"
    )
    loss_recourse_without_deorbit_vehicle: tuple[RecourseId | None, ...] = ()
    loss_recourse_without_thrust: tuple[RecourseId | None, ...] = Field(
        default=(), description="what no vehicle does: attitude and arrays"
    )


class DescentLimits(Document):
    """What the descent is held against, as decided in the scenario."""

    operate_until: str
    deorbit_by: str
    aim_name: str
    crew_departure_altitude_km: float
    crew_departure_months_before_entry: float
    hold_altitude_km: float
    control_limit_km: float = Field(description="mean altitude below which gyros saturate and thrusters steer")
    targeting_altitude_km: float = Field(description="mean altitude at which the targeted burns begin")
    deorbit_reserve_kg: float
    objective: Literal["least-propellant", "latest-crew-departure", "largest-margin"]


class _Head(Document):
    """What a reader of the file meets first."""

    schema_: Literal["pointnemo/descend/1"] = Field("pointnemo/descend/1", alias="schema")


class DescendReport(Descend, _Head):
    """How the station comes down: the stage's result, its days, its limits, and where it comes from."""

    limits: DescentLimits
    days: DescentDays
    provenance: Provenance

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, populate_by_name=True
    )


def report_of(
    descend: Descend, provenance: Provenance, limits: DescentLimits, history: History | None = None
) -> DescendReport:
    """The document of a stage's result.

    Args:
        descend: the result.
        provenance: what it was made from.
        limits: what it is held against, see ``limits_of``.
        history: the daily arrays; without them those that the result carries, and without either the days are empty.

    Returns:
        The document.
    """
    fields: dict[str, Any] = {name: getattr(descend, name) for name in Descend.model_fields}
    daily = descend.history if history is None else history
    return DescendReport(
        **fields,
        schema="pointnemo/descend/1",
        limits=limits,
        days=_days(daily if isinstance(daily, History) else None, descend),
        provenance=provenance,
    )


def limits_of(scenario: Scenario) -> DescentLimits:
    """What a scenario decides that the descent is held against."""
    d = scenario.descent
    return DescentLimits(
        operate_until=scenario.horizon.operate_until.isoformat(),
        deorbit_by=scenario.horizon.deorbit_by.isoformat(),
        aim_name=d.aim.name,
        crew_departure_altitude_km=d.crew_departure_altitude_km,
        crew_departure_months_before_entry=d.crew_departure_months_before_entry,
        hold_altitude_km=d.hold_altitude_km,
        control_limit_km=d.control_limit_km,
        targeting_altitude_km=d.targeting_altitude_km,
        deorbit_reserve_kg=d.deorbit_reserve_kg,
        objective=d.objective,
    )


def _days(history: History | None, descend: Descend) -> DescentDays:
    """The columns, rounded to what the dynamics can tell: metres, kilograms, tenths of an sfu."""
    empty: tuple[float, ...] = ()
    if history is None:
        return DescentDays(
            date=(), altitude_low_km=empty, altitude_mean_km=empty, altitude_high_km=empty, mass_kg=empty,
            f107_mean=empty,
        )  # fmt: skip
    start = int(
        np.searchsorted(history.tt_s, from_utc(descend.lowering_start_utc[:10]) - 1.0)
    )  # a second: rows may round
    flown = np.flatnonzero(history.flying.any(axis=0))
    stop = int(flown[-1]) + 1 if flown.size else start
    days = slice(min(start, stop), stop)
    mean = history.runs.index(MEAN)

    def altitude(name: str) -> tuple[float | None, ...]:
        if name not in history.runs:
            return (None,) * len(history.tt_s[days])
        run = history.runs.index(name)
        return _cells(history.altitude_km[run, days], history.flying[run, days], ALTITUDE_PLACES)

    dates = tuple(to_date(float(tt_s)) for tt_s in history.tt_s[days])
    return DescentDays(
        date=dates,
        altitude_low_km=altitude("low"),
        altitude_mean_km=altitude("mean"),
        altitude_high_km=altitude("high"),
        mass_kg=_cells(history.mass_kg[mean, days], history.flying[mean, days], 0),
        f107_mean=tuple(round(float(sfu), 1) for sfu in history.f107[mean, days]),
        **_loss_columns(dates, descend),
    )


def _loss_columns(dates: tuple[str, ...], descend: Descend) -> dict[str, tuple[Any, ...]]:
    """What a loss of propulsion on each date means: of all days where the result still carries them."""
    known = {one.utc[:10]: one for one in descend.loss_days or descend.losses if one.activity == MEAN}
    rows = [known.get(day) for day in dates]
    spans = [None if one is None else one.days_to_entry for one in rows]
    failed = (descend.deorbit_vehicle,)
    return {
        "loss_days_to_entry": tuple(None if e is None else round(e.value, DAYS_PLACES) for e in spans),
        "loss_days_to_entry_low": tuple(None if e is None else round(e.low, DAYS_PLACES) for e in spans),
        "loss_days_to_entry_high": tuple(None if e is None else round(e.high, DAYS_PLACES) for e in spans),
        "loss_control_days": tuple(None if one is None else _control_days(one) for one in rows),
        "loss_recourse": tuple(None if one is None else strongest(one.recourses) for one in rows),
        "loss_recourse_without_deorbit_vehicle": tuple(
            None if one is None else strongest(one.recourses, failed) for one in rows
        ),
        "loss_recourse_without_thrust": tuple(
            None if one is None else strongest(one.recourses, thrust=False) for one in rows
        ),
    }


def _control_days(loss: LossDay) -> float | None:
    """How long the attitude can be held after a loss; 0 where it cannot."""
    if loss.control_until_utc is None:
        return None
    days = (from_utc(loss.control_until_utc) - from_utc(loss.utc)) / DAY_S
    return round(max(days, 0.0), DAYS_PLACES)


def _cells(values: Iterable[float], there: Iterable[bool], places: int) -> tuple[float | None, ...]:
    """Numbers as they stand in the document; null where there is none."""
    return tuple(round(float(x), places) + 0.0 if ok else None for x, ok in zip(values, there, strict=True))
