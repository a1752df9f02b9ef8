"""What changed between two plans, at 80 columns: inputs, checks, dates and figures, each with its difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from pointnemo.operations.operate_changes import changes
from pointnemo.reporting import words
from pointnemo.reporting.layout import fold, table
from pointnemo.reporting.operate_words import changed_words
from pointnemo.results import Assess, Check, Descend, Estimate, Operate, Plan, Reenter, Skipped, Track

__all__ = ["compare"]

Value = float | str | None

_FIGURES_OF_OPERATE = ("reboosts", "altitude", "propellant")  # kinds of changes that stand among the figures


class Figure(NamedTuple):
    """One line of the comparison: what it is called, its unit, and its value in a plan (None where it has none)."""

    name: str
    unit: str
    value: Callable[[Plan], Value]


def compare(plan_a: Plan, plan_b: Plan) -> str:
    """What changed from one plan to another.

    Args:
        plan_a: the plan to compare from.
        plan_b: the plan to compare with.

    Returns:
        Text of at most 80 columns, ending in a newline; figures that are the same in both are left out.
    """
    sections = [
        _inputs(plan_a, plan_b),
        _checks(plan_a, plan_b),
        _figures(plan_a, plan_b),
        _operation(plan_a, plan_b),
    ]
    lines = [line for section in sections if section for line in (*section, "")]
    if not lines:
        return "no difference: same inputs, same results\n"
    return "\n".join(fold(lines[:-1])) + "\n"


# --- inputs --------------------------------------------------------------------------------------------------------


def _inputs(a: Plan, b: Plan) -> list[str]:
    """What was decided differently: scenario, ``--set`` lines, seed, version, data."""
    p, q = a.provenance, b.provenance
    rows: list[str] = []
    for name, old, new in (
        ("scenario", p.scenario, q.scenario),
        ("seed", str(p.seed), str(q.seed)),
        ("version", p.package_version, q.package_version),
    ):
        if old != new:
            rows += words.wrapped(f"{name}: {old} -> {new}", "  ", "    ")
    old_set, new_set = _assignments(p.set), _assignments(q.set)
    for key in dict.fromkeys((*old_set, *new_set)):
        old, new = old_set.get(key), new_set.get(key)
        if old != new:
            rows += words.wrapped(f"{key}: {old or '(not set)'} -> {new or '(not set)'}", "  ", "    ")
    if p.scenario == q.scenario and p.scenario_hash != q.scenario_hash and old_set == new_set:
        rows += words.wrapped("the scenario file itself differs", "  ")
    if a.track != b.track and not rows:
        rows += words.wrapped("the start state differs", "  ")
    files = {f.name: f for f in p.data}
    for file in q.data:
        was = files.get(file.name)
        if was is not None and was.sha256 != file.sha256:
            rows += words.wrapped(f"{file.name}: {was.version} -> {file.version}", "  ", "    ")
    return ["WHAT WAS DECIDED", *rows] if rows else []


def _assignments(lines: Sequence[str]) -> dict[str, str]:
    """``KEY=VALUE`` lines as a mapping; the last one holds."""
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


# --- checks --------------------------------------------------------------------------------------------------------


def _checks(a: Plan, b: Plan) -> list[str]:
    """Checks whose value, limit or outcome changed; the verdict if it turned."""
    if not (a.verdict.checks and b.verdict.checks):
        return [] if a.verdict == b.verdict else ["VERDICT: only one of the two runs goes as far as a verdict"]
    old = {check.id: check for check in a.verdict.checks}
    new = {check.id: check for check in b.verdict.checks}
    ids = list(dict.fromkeys((*old, *new)))
    rows = [[id, *_cells(old.get(id), new.get(id))] for id in ids if _judged(old.get(id)) != _judged(new.get(id))]
    limits = [
        f"limit of {id}: {words.value_text(old[id].limit)} -> {words.value_text(new[id].limit)}"
        for id in ids
        if id in old and id in new and old[id].limit != new[id].limit
    ]
    if not rows:
        return []
    turned = "" if a.verdict.feasible == b.verdict.feasible else f" -> {_verdict(b)}"
    head = f"VERDICT: {_verdict(a)}{turned}"
    return [
        head,
        *table(["check", "first", "second", "unit", "ok"], rows),
        *(line for text in limits for line in words.wrapped(text, "  ", "    ")),
    ]


def _judged(check: Check | None) -> object:
    """What is shown of a check: a change below the last digit shown is none."""
    return None if check is None else (words.value_text(check.value), words.value_text(check.limit), check.ok)


def _verdict(plan: Plan) -> str:
    return "feasible" if plan.verdict.feasible else "not feasible"


def _cells(old: Check | None, new: Check | None) -> list[str]:
    """Values, unit and outcome of a check that at least one of the plans has."""

    def state(check: Check | None) -> str:
        return "-" if check is None else "ok" if check.ok else "FAIL"

    values = ["-" if check is None else words.value_text(check.value) for check in (old, new)]
    unit = next(words.unit_text(check.unit) for check in (new, old) if check is not None)
    return [*values, unit, state(new) if state(old) == state(new) else f"{state(old)} -> {state(new)}"]


# --- figures -------------------------------------------------------------------------------------------------------


def _of(stage: str, kind: type, read: Callable[..., Value | Estimate]) -> Callable[[Plan], Value]:
    """A reader of one figure of a stage; None where the stage was skipped."""

    def value(plan: Plan) -> Value:
        result = getattr(plan, stage)
        if isinstance(result, Skipped) or not isinstance(result, kind):
            return None
        found = read(result)
        return found.value if isinstance(found, Estimate) else found

    return value


def _line(activity: str, field: str) -> Callable[[Plan], Value]:
    """A reader of one field of a solar line."""

    def read(d: Descend) -> Value:
        return next((getattr(line, field) for line in d.lines if line.activity == activity), None)

    return _of("descend", Descend, read)


def _all_figures() -> Iterator[Figure]:
    """Every figure that is compared, in the order of the page."""
    yield Figure("epoch", "date", _of("track", Track, lambda t: t.epoch_utc))
    yield Figure("mean altitude", "km", _of("track", Track, lambda t: t.altitude_km))
    yield Figure("mass", "kg", _of("track", Track, lambda t: t.mass_kg))
    yield Figure("ballistic factor", "m2/kg", _of("track", Track, lambda t: t.ballistic_factor_m2_kg))
    yield Figure("decay", "km/day", _of("track", Track, lambda t: t.decay_km_per_day))
    yield Figure("operated until", "date", _of("operate", Operate, lambda o: o.until_utc))
    yield Figure("lowest altitude", "km", _of("operate", Operate, lambda o: o.lowest_altitude_km))
    yield Figure("reboosts", "", _of("operate", Operate, lambda o: float(len(o.reboosts))))
    yield Figure("reboost delta-v", "m/s", _of("operate", Operate, lambda o: o.reboost_delta_v_mps))
    yield Figure("reboost propellant", "kg", _of("operate", Operate, lambda o: o.reboost_propellant_kg))
    yield Figure("lowest propellant margin", "kg", _of("operate", Operate, lambda o: o.lowest_propellant_margin_kg))
    yield Figure("least margin above corridor", "km", _of("operate", Operate, lambda o: o.lowest_margin_km))
    yield Figure("altitude at end of operation", "km", _of("operate", Operate, lambda o: o.end_altitude_km))
    yield Figure("lowering starts", "date", _of("descend", Descend, lambda d: d.lowering_start_utc))
    yield Figure("lowering propellant", "kg", _of("descend", Descend, lambda d: d.lowering_propellant_kg))
    yield Figure("crew leaves", "date", _of("descend", Descend, lambda d: d.crew_departure_utc))
    for activity in ("low", "mean", "high"):
        yield Figure(f"entry, {activity} activity", "date", _line(activity, "entry_utc"))
    yield Figure("altitude at deorbit date, mean", "km", _line("mean", "altitude_at_deorbit_by_km"))
    yield Figure("deorbit propellant", "kg", _of("descend", Descend, lambda d: d.deorbit_propellant_used_kg))
    yield Figure("final perigee", "km", _of("descend", Descend, lambda d: d.final_perigee_km))
    yield Figure(
        "entry path angle", "deg", _of("descend", Descend, lambda d: d.entry and d.entry.flight_path_angle_deg)
    )
    yield Figure("surviving mass", "kg", _of("reenter", Reenter, lambda r: r.surviving_mass_kg))
    yield Figure("impact centre latitude", "deg", _of("reenter", Reenter, lambda r: r.impact_centre.latitude_deg))
    yield Figure("impact centre longitude", "deg", _of("reenter", Reenter, lambda r: r.impact_centre.longitude_deg))
    yield Figure("footprint length", "km", _of("reenter", Reenter, lambda r: r.footprint.length_km))
    yield Figure("footprint width", "km", _of("reenter", Reenter, lambda r: r.footprint.width_km))
    yield Figure("casualty area", "m2", _of("assess", Assess, lambda a: a.casualty_area_m2))
    yield Figure("casualty expectation", "", _of("assess", Assess, lambda a: a.casualty_expectation))
    yield Figure(
        "casualty exp., uncontrolled", "", _of("assess", Assess, lambda a: a.uncontrolled_casualty_expectation)
    )
    yield Figure("nearest land", "km", _of("assess", Assess, lambda a: a.clearance.distance_km))


def _figures(a: Plan, b: Plan) -> list[str]:
    """Figures that differ by more than their last shown digit, with the difference."""
    rows: list[list[str]] = []
    for figure in _all_figures():
        old, new = figure.value(a), figure.value(b)
        if old == new:
            continue
        texts = _texts(old, new)
        if texts[0] == texts[1]:
            continue
        rows.append([figure.name, *texts, words.unit_text(figure.unit)])
    return ["WHAT CAME OUT", *table(["figure", "first", "second", "change", "unit"], rows)] if rows else []


def _operation(a: Plan, b: Plan) -> list[str]:
    """What changed in the operation beyond its figures: limits, flights, crews, phase windows, supplies, gaps."""
    if not (isinstance(a.operate, Operate) and isinstance(b.operate, Operate)):
        return []
    rows = [one for one in changes(a.operate, b.operate) if one.kind not in _FIGURES_OF_OPERATE]
    lines = [line for one in rows for line in words.wrapped(changed_words(one), "  ", "    ")]
    return ["WHAT CHANGED IN THE OPERATION", *lines] if lines else []


def _texts(old: Value, new: Value) -> tuple[str, str, str]:
    """Both values and their difference, with the same number of decimals."""
    if isinstance(old, str) or isinstance(new, str):
        return words.day(str(old) if old else None), words.day(str(new) if new else None), _days(old, new)
    if old is None or new is None:
        return _number(old), _number(new), ""
    largest = max(abs(old), abs(new))
    if 0 < largest < 1e-3:
        return words.small(old), words.small(new), f"{'+' if new > old else '-'}{words.small(abs(new - old))}"
    places = words.decimals(largest, 4)
    change = words.grouped(new - old, places)
    return words.grouped(old, places), words.grouped(new, places), change if change[0] == "-" else f"+{change}"


def _number(value: Value) -> str:
    return words.quantity(value, 4) if isinstance(value, float | int) else "-"


def _days(old: Value, new: Value) -> str:
    """Difference of two dates in days; empty where one of them is no date."""
    try:
        return words.signed_days((date.fromisoformat(str(new)[:10]) - date.fromisoformat(str(old)[:10])).days)
    except ValueError:
        return ""
