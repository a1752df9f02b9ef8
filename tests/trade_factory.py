"""A made-up trade, small but with every kind of row, for tests of what is shown of one."""

from __future__ import annotations

from typing import Literal, get_args

from pointnemo.results import Trade, TradeLatest, TradeRow, TradeSupplier, TradeSupply

Activity = Literal["low", "mean", "high"]
ACTIVITIES: tuple[Activity, ...] = get_args(Activity)
STARTS = ("2026-09-06", "2027-01-01", "2027-02-01", "2028-12-31", "2029-07-01", "2030-07-01")
NEEDS: dict[str, tuple[float | None, ...]] = {
    "low": (3100.0, 3600.0, 3700.0, 6900.0, 7900.0, None),
    "mean": (640.0, 1340.0, 1400.0, 4630.0, 6400.0, 11700.0),
    "high": (0.0, 0.0, 0.0, 1960.0, 4700.0, 9800.0),
}
BURNS_KG, RESERVE_KG, TUG_KG = 8745.0, 500.0, 16000.0


def make_row(deorbit_by: str, start: str, activity: Activity, kg: float | None) -> TradeRow:
    """One row; the deorbit vehicle is docked from 2029-07-01 on."""
    docked = start >= "2029-07-01"
    supplies: tuple[TradeSupply, ...] = ()
    left = None
    if kg:
        spare = TUG_KG - BURNS_KG - RESERVE_KG if docked else 0.0
        needed = kg * 290.0 / 300.0
        left = TUG_KG - needed
        supplies = (
            TradeSupply(supplier="progress-ms", needed_kg=kg, loads=kg / 950.0, there_kg=950.0, enough=kg <= 950.0),
            TradeSupply(
                supplier="us-deorbit-vehicle", needed_kg=needed, loads=needed / TUG_KG, there_kg=spare,
                enough=spare >= needed,
            ),
        )  # fmt: skip
    return TradeRow(
        deorbit_by=deorbit_by,
        start_utc=f"{start}T00:00:00Z",
        activity=activity,
        percentile={"low": 5.0, "mean": 50.0, "high": 95.0}[activity],
        altitude_km=417.0,
        entry_without_utc="2033-11-08T02:00:00Z",
        earliest_entry_utc="2030-11-08T02:00:00Z",
        propellant_kg=kg,
        delta_v_mps=None if kg is None else kg / 160.0,
        entry_utc=None if kg is None else f"{deorbit_by}T12:00:00Z",
        supplies=supplies,
        paid=kg == 0 or any(one.enough for one in supplies),
        deorbit_left_kg=left,
        deorbit_pays=docked and left is not None and left >= BURNS_KG + RESERVE_KG,
    )


def make_trade() -> Trade:
    """The trade of a plan that starts on 2028-12-31 without propellant."""
    rows = [
        make_row(target, start, activity, None if kg is None else max(kg - less, 0.0))
        for target, less in (("2030-12-31", 0.0), ("2031-12-31", 1500.0))
        for activity in ACTIVITIES
        for start, kg in zip(STARTS, NEEDS[activity], strict=True)
    ]
    latest: dict[tuple[str, Activity], str | None] = {
        ("2030-12-31", "low"): None,
        ("2030-12-31", "mean"): None,
        ("2030-12-31", "high"): "2027-08-27T00:00:00Z",
        ("2031-12-31", "low"): None,
        ("2031-12-31", "mean"): "2027-01-19T00:00:00Z",
        ("2031-12-31", "high"): "2029-01-02T00:00:00Z",
    }
    return Trade(
        deorbit_by="2030-12-31",
        plan_start_utc="2028-12-31T00:00:00Z",
        plan_propellant_kg=0.0,
        lowering_vehicle="progress-ms",
        lowering_kg_per_day=100.0,
        deorbit_vehicle="usdv",
        final_burns_kg=BURNS_KG,
        deorbit_reserve_kg=RESERVE_KG,
        final_phase_days=1.6,
        suppliers=(
            supplier("progress-ms", "Progress MS", "roscosmos", 950.0, 290.0),
            supplier("cygnus", "Cygnus", "nasa", 300.0, 323.0, "its engine raises only"),
            supplier("us-deorbit-vehicle", "US Deorbit Vehicle", "nasa", TUG_KG, 300.0),
        ),
        rows=tuple(rows),
        latest=tuple(
            TradeLatest(deorbit_by=target, activity=activity, percentile=50.0, start_utc=start)
            for (target, activity), start in latest.items()
        ),
    )


def supplier(key: str, name: str, partner: str, load_kg: float, isp_s: float, why_not: str = "") -> TradeSupplier:
    """A vehicle that is able unless something is said."""
    return TradeSupplier(
        id=key, name=name, kind="vehicle", partner=partner, load_kg=load_kg, specific_impulse_s=isp_s,
        able=not why_not, why_not=why_not,
    )  # fmt: skip
