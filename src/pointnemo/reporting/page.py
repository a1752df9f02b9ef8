"""The one page at 80 columns: what a person reads after ``pointnemo plan``.

A section per stage, each a pure function from the stage's result to lines of plain text; colour is painted over the
finished page, so that the page with and without it is the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from pointnemo.reporting import descend_words, trade_words, words
from pointnemo.reporting.layout import Lines, fact, fold, head, paint, table, table_blocks
from pointnemo.reporting.operate_words import solver_words, violation_lines
from pointnemo.reporting.risk_page import assess_lines, reenter_lines
from pointnemo.results import (
    Assess,
    Check,
    Descend,
    Operate,
    Plan,
    Reenter,
    Remedy,
    Shortfall,
    Skipped,
    SolarLine,
    Track,
    Trade,
    Verdict,
)
from pointnemo.station.ledger import by_partner

__all__ = [
    "LEDGER_USES",
    "UPTO",
    "Upto",
    "limit_text",
    "page",
    "trade_lines",
]

Upto = Literal["track", "operate", "descend", "reenter", "assess", "plan"]
UPTO: tuple[Upto, ...] = ("track", "operate", "descend", "reenter", "assess", "plan")
_TITLES: dict[Upto, str] = {
    "track": "the orbit of",
    "operate": "the operation of",
    "descend": "the descent of",
    "reenter": "the break-up of",
    "assess": "the risk of",
    "plan": "the plan for",
}
"""The stages in the order in which they are flown; a page shows one of them, or with ``plan`` all."""

_LISTED = 4  # shortfalls and gaps shown; plan.json has them all

Stage = TypeVar("Stage", Track, Operate, Descend, Reenter, Assess)


def page(
    plan: Plan,
    color: bool = False,
    *,
    upto: Upto = "plan",
    data_end_year: int | None = None,
    folder: str | None = None,
) -> str:
    """The readable page of a plan.

    Args:
        plan: the document.
        color: paint headings and verdict with ANSI codes.
        upto: ``plan`` for the whole page, else the stage whose part is wanted.
        data_end_year: last year of the weather forecast, for "not by 2041"; left out where unknown.
        folder: where the run folder was written; no line about files without it.

    Returns:
        Lines of at most 80 columns, ending in a newline.
    """
    sections: dict[Upto, Callable[[], Lines]] = {
        "track": lambda: _section("WHERE THE STATION IS", plan.track, _track),
        "operate": lambda: _section("HOW IT IS HELD", plan.operate, _operate),
        "descend": lambda: _section("HOW IT COMES DOWN", plan.descend, lambda d: _descend(d, plan, data_end_year)),
        "reenter": lambda: _section("BREAK-UP AND FOOTPRINT", plan.reenter, reenter_lines),
        "assess": lambda: _section("WHO IS AT RISK", plan.assess, assess_lines),
    }
    whole = upto == "plan"
    lines = _title(plan, upto)
    for stage, section in sections.items():
        if whole or stage == upto:
            lines += ["", *section()]
    if whole:
        lines += ["", *_verdict(plan.verdict)]
    if folder is not None:
        lines += ["", *_files(folder)]
    text = "\n".join(fold(lines)) + "\n"
    return paint(text) if color else text


def _section(title: str, result: Stage | Skipped, body: Callable[[Stage], Lines]) -> Lines:
    if isinstance(result, Skipped):
        return [title, *fact("skipped", result.reason)]
    return [title, *body(result)]


# --- sections ------------------------------------------------------------------------------------------------------


def _title(plan: Plan, upto: Upto) -> Lines:
    lines = head(f"{_TITLES[upto]} {plan.provenance.scenario}", plan.provenance)
    if upto == "plan":
        outcome = "FEASIBLE" if plan.verdict.feasible else "NOT FEASIBLE"
        lines += words.wrapped(plan.verdict.summary, f"{outcome}  ", "  ")
    return lines


def _track(t: Track) -> Lines:
    orbit = (
        f"{t.altitude_km:.1f} km mean, apogee {t.apogee_km:.1f} x perigee {t.perigee_km:.1f} km, "
        f"inclination {t.inclination_deg:.2f} deg"
    )
    return [
        *fact("epoch", f"{words.minute(t.epoch_utc)} UTC"),
        *fact("origin of state", t.origin),
        *fact("altitude", orbit),
        *fact("mass", f"{words.grouped(t.mass_kg)} kg"),
        *fact("ballistic factor", f"{words.estimate(t.ballistic_factor_m2_kg)}, C_D A / m"),
        *fact("drag area C_D A", words.estimate(t.cd_area_m2)),
        *fact("decay", words.estimate(t.decay_km_per_day)),
    ]


def _operate(o: Operate) -> Lines:
    """What a plan tells of its operation; ``pointnemo operate`` has a page of its own."""
    missed = violation_lines(o, _LISTED, "plan.json")
    lines = [
        *(["  limits that are missed:", *missed, ""] if missed else []),
        *fact("until", words.day(o.until_utc)),
        *fact("corridor", _corridor(o)),
        *fact(
            "altitude",
            f"lowest {o.lowest_altitude_km:.1f} km on {words.day(o.lowest_altitude_utc)}, "
            f"highest {o.highest_altitude_km:.1f} km",
        ),
        *fact(
            "reboosts",
            f"{len(o.reboosts)}, together {o.reboost_delta_v_mps:.1f} m/s "
            f"and {words.grouped(o.reboost_propellant_kg)} kg",
        ),
        *_optimised(o),
        *fact("attitude control", f"{words.grouped(o.attitude_propellant_kg)} kg"),
        *fact(
            "propellant margin",
            f"{words.grouped(o.lowest_propellant_margin_kg)} kg above the reserve at the lowest, "
            f"on {words.day(o.lowest_propellant_margin_utc)}",
        ),
        *fact("seats minus crew", f"{o.lowest_seat_margin} at the lowest, on {words.day(o.lowest_seat_margin_utc)}"),
        *_supplied(o),
        *_shortages("shortfalls", o.shortfalls),
        *_shortages("gaps", o.gaps),
    ]
    return [*lines, "", *_propellant(o)] if o.ledger else lines


def _corridor(o: Operate) -> str:
    told = f"{o.corridor_lower_km:.1f} to {o.corridor_upper_km:.1f} km mean altitude"
    if not o.survival_days:
        return told
    return (
        f"{told}; the lower edge, here at its highest, is computed: {o.survival_days} days without a reboost end at "
        f"{o.survival_altitude_km:.0f} km; least margin {o.lowest_margin_km:.1f} km, "
        f"on {words.day(o.lowest_margin_utc)}"
    )


def _optimised(o: Operate) -> Lines:
    """How good the schedule is, what it keeps of the phase windows, and what flying it gave."""
    lines = fact("schedule", solver_words(o.solver)[0][1]) if o.solver else []
    if o.phases:
        lines += fact("phase windows", f"{sum(one.ok for one in o.phases)} of {len(o.phases)} are kept")
    if o.reflight is not None:
        f = o.reflight
        lines += fact(
            "re-flown",
            f"{f.delta_v_mps:.1f} m/s and {words.grouped(f.propellant_kg)} kg; altitude within "
            f"{f.altitude_difference_km:.2f} km of the plan, {len(f.violations) or 'no'} "
            f"{'limit' if len(f.violations) == 1 else 'limits'} missed",
        )
    return lines


def _supplied(o: Operate) -> Lines:
    """The supply that is nearest to its reserve."""
    if not o.supplies:
        return []
    least = min(o.supplies, key=lambda one: one.lowest_days if one.lowest_margin_kg >= 0 else -1.0)
    side = "below" if least.lowest_margin_kg < 0 else "above"
    margin = f"{words.grouped(abs(least.lowest_margin_kg))} kg {side} its reserve"
    return fact("tightest supply", f"{least.name}, {margin} on {words.day(least.lowest_margin_utc)}")


def _shortages(label: str, rows: Sequence[Shortfall]) -> Lines:
    """The first few shortfalls with date and amount; a plan without any says so."""
    if not rows:
        return fact(label, "none")
    lines: Lines = []
    for i, row in enumerate(rows[:_LISTED]):
        amount = f"{words.value_text(row.amount)} {words.unit_text(row.unit)}".rstrip()
        lines += fact(label if i == 0 else "", f"{words.day(row.utc)}  {row.what}, {amount}")
    if len(rows) > _LISTED:
        lines += fact("", f"and {len(rows) - _LISTED} more in plan.json")
    return lines


LEDGER_USES = {
    "start_kg": "start",
    "delivered_kg": "deliv.",
    "moved_kg": "moved",
    "reboost_kg": "reboost",
    "attitude_kg": "attit.",
    "lowering_kg": "lower",
    "final_burns_kg": "final",
    "departed_kg": "departed",
    "remaining_kg": "left",
}


def _propellant(o: Operate) -> Lines:
    """The ledger summed by partner, kg: start + delivered + moved = all uses + departed + left."""
    partners = by_partner(o.ledger)
    # Pumping over between tanks of one partner is nothing between partners, and its column is left out.
    fields = [f for f in LEDGER_USES if f != "moved_kg" or any(abs(row.moved_kg) >= 0.5 for row in partners)]
    sums = [[float(getattr(row, field)) for field in fields] for row in partners]
    rows = [[one.name, *map(words.grouped, row)] for one, row in zip(partners, sums, strict=True)]
    if len(rows) > 1:
        rows.append(["together", *(words.grouped(sum(column)) for column in zip(*sums, strict=True))])
    return table(["propellant, kg", *(LEDGER_USES[field] for field in fields)], rows)


def _limit(plan: Plan, check: str, default: str) -> str:
    """The date of the horizon, which the document holds as the limit of a check."""
    limits = [c.limit for c in plan.verdict.checks if c.id == check]
    return words.value_text(limits[0]) if limits and isinstance(limits[0], str) else default


def _descend(d: Descend, plan: Plan, data_end_year: int | None) -> Lines:
    if d.lowering_propellant_kg > 0:
        how = (
            f"with {words.grouped(d.lowering_propellant_kg)} kg of {words.clean(d.lowering_vehicle)} "
            f"({d.lowering_delta_v_mps:.1f} m/s) above drag"
        )
    else:
        how = "by drag alone"
    lines = [
        *fact("lowered from", f"{words.day(d.lowering_start_utc)}, {how}"),
        *fact("crew leaves", f"{words.day(d.crew_departure_utc)} at {d.crew_departure_altitude_km:.0f} km"),
        *fact(
            "deorbit vehicle",
            f"{words.clean(d.deorbit_vehicle)}, docks {words.day(d.deorbit_vehicle_arrival_utc)}, "
            f"burns {words.grouped(d.deorbit_propellant_used_kg)} "
            f"of {words.grouped(d.deorbit_propellant_available_kg)} kg",
        ),
        "",
        *table(*_solar(d.lines, plan, data_end_year)),
        "",
        *_burns(d),
        *_entry(d),
    ]
    if more := [line for label, text in descend_words.plan_facts(d) for line in fact(label, text)]:
        lines += ["", *more]
    return lines if d.trade is None else [*lines, "", *trade_lines(d.trade)]


def _solar(lines: Sequence[SolarLine], plan: Plan, data_end_year: int | None) -> descend_words.Table:
    """Altitudes and dates under low, mean and high solar activity, with the dates of the horizon."""
    never = f"not by {data_end_year}" if data_end_year else "not reached"
    ends = words.day(plan.operate.until_utc) if isinstance(plan.operate, Operate) else "end of operations"
    until, by = _limit(plan, "operate_until", ends), _limit(plan, "deorbit_by", "deorbit date")
    return descend_words.solar_table(lines, until, by, never)


def trade_lines(t: Trade) -> Lines:
    """What other starts of lowering would need, by quarter, and which need nothing."""
    header, rows = trade_words.quarter_table(t)
    by_date, dates = trade_words.latest_table(t)
    able = [f"{one.name} ({words.grouped(one.load_kg)} kg)" for one in t.suppliers if one.able]
    lacking = [f"{one.name}: {one.why_not}" for one in t.suppliers if not one.able]
    return [
        *words.wrapped(f"the trade: what a start of lowering needs to be down by {t.deorbit_by}", "  "),
        *table(header, rows),
        *words.wrapped(trade_words.explained(t), "  "),
        *fact("can pay", "; ".join(able) or "nobody"),
        *(fact("cannot pay", "; ".join(lacking)) if lacking else []),
        "",
        *words.wrapped(f"the latest start that needs none, and what {trade_words.plan_day(t)} needs", "  "),
        *table(by_date, dates),
    ]


def _burns(d: Descend) -> Lines:
    if not d.burns:
        return fact("burns", "none")
    rows = [
        [
            burn.id,
            words.minute(burn.start_utc),
            words.duration(burn.duration_s),
            f"{burn.delta_v_mps:.2f}",
            words.grouped(burn.propellant_kg),
            f"{burn.apogee_after_km:.1f} x {burn.perigee_after_km:.1f}",
        ]
        for burn in d.burns
    ]
    total = ["together", "", "", f"{sum(b.delta_v_mps for b in d.burns):.2f}"]
    rows.append([*total, words.grouped(sum(b.propellant_kg for b in d.burns)), ""])
    lines = table(["burn", "start, UTC", "duration", "m/s", "kg", "orbit after, km"], rows)
    if d.targeting is not None:
        t = d.targeting
        how = f"reached within {t.miss_km:.1f} km" if t.converged else f"NOT reached, miss {t.miss_km:.0f} km"
        shift = f", moved {t.aim_shift_km:+.0f} km along the track" if t.aim_shift_km else ""
        lines += ["", *fact("aim", f"{words.place(t.aim)}{shift}; {how}")]
    return lines


def _entry(d: Descend) -> Lines:
    e = d.entry
    if e is None:
        return fact("entry", "does not come down before the weather forecast ends")
    return [
        *fact("entry interface", f"{words.minute(e.utc)} UTC at {e.height_km:.0f} km, {words.place(e.place)}"),
        *fact(
            "",
            f"{e.inertial_speed_km_s:.3f} km/s, path angle {e.flight_path_angle_deg:.2f} deg, "
            f"azimuth {e.azimuth_deg:.1f} deg, {words.mass(e.mass_kg)}",
        ),
    ]


def _verdict(v: Verdict) -> Lines:
    failed = sum(not check.ok for check in v.checks)
    count = f"{failed} of {len(v.checks)} checks {'fails' if failed == 1 else 'fail'}"
    lines = [
        f"VERDICT: {'FEASIBLE' if v.feasible else 'NOT FEASIBLE'}, "
        + (count if failed else f"all {len(v.checks)} checks hold")
    ]
    rows = [
        [c.id, words.value_text(c.value), limit_text(c), words.unit_text(c.unit), "ok" if c.ok else "FAIL"]
        for c in v.checks
    ]
    head, *blocks = table_blocks(["check", "value", "limit", "unit", "ok"], rows)
    lines += head
    for check, block in zip(v.checks, blocks, strict=True):
        lines += block if check.ok else [*block, *_failed(check)]
    return lines


def limit_text(check: Check) -> str:
    """The limit with its sense: as the unit says, else read off the outcome (a value above a limit that holds)."""
    value, limit = check.value, check.limit
    sense = words.sense(check.unit)
    both_text = isinstance(value, str) and isinstance(limit, str)
    both_numbers = isinstance(value, int | float) and isinstance(limit, int | float)
    if not sense and value != limit and (both_text or both_numbers):
        above = value > limit  # type: ignore[operator]  # ISO dates order as text does
        sense = ">=" if above == check.ok else "<="
    return f"{sense} {words.value_text(limit)}".strip()


def _failed(check: Check) -> Lines:
    unit = words.unit_text(check.unit)
    found = f"{words.value_text(check.value)} {unit}".rstrip()
    lines = words.wrapped(f"{check.text}: {found}, wanted {limit_text(check)} {unit}", "      ")
    mending = [remedy for remedy in check.remedies if remedy.ok and remedy.set]
    others = [remedy for remedy in check.remedies if remedy not in mending]
    if not check.remedies:
        lines += words.wrapped("no remedy was found on the levers that were tried", "      ")
    if mending:
        lines.append("      any one of these mends it, flown again:")
    for remedy in mending:
        lines += _remedy(remedy)
    if others:
        lines.append("      not enough alone:")
    for remedy in others:
        lines += _remedy(remedy)
    return lines


def _remedy(remedy: Remedy) -> Lines:
    after = "" if remedy.value_after is None else f" -> {words.value_text(remedy.value_after)}"
    return [
        *words.wrapped(f"{remedy.text}{after}", "      - ", "        "),
        *(line for item in remedy.set for line in words.wrapped(f"--set {item}", "          ", "            ")),
    ]


def _files(folder: str) -> Lines:
    return words.wrapped(f"{folder}/ (open report.html; plan.json has every number)", "files in  ")
