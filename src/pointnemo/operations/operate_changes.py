"""What is otherwise in one plan of the operation than in another: what a slipped flight or a lost vehicle does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from pointnemo.operations.operate_report import Change, Kind
from pointnemo.results import Operate, PortInterval, Shortfall, Violation

__all__ = ["changes", "other_gaps"]

Texts = dict[str, str]


def changes(before: Operate, after: Operate) -> tuple[Change, ...]:
    """What changed from one plan to another.

    Args:
        before: the plan to compare from.
        after: the plan to compare with.

    Returns:
        Limits that are missed or kept now, flights that come, go or move, crews, phase windows lost or won, reboosts,
        altitude, propellant, supplies, gaps and commitments, in this order. What reads the same in both is left out.
    """
    aspects: tuple[tuple[Kind, Callable[[Operate], Texts]], ...] = (
        ("violation", _violations),
        ("flight", _flights),
        ("crew", _crew),
        ("phase", _phases),
        ("reboosts", _reboosts),
        ("altitude", _altitude),
        ("propellant", _propellant),
        ("supply", _supplies),
        ("gap", _gaps),
        ("commitment", _commitments),
    )
    found = [change for kind, texts in aspects for change in _different(kind, texts(before), texts(after))]
    shifts = _shifts(before.ports, after.ports)
    windows = {(phase.flight, phase.event) for phase in before.phases} & {(p.flight, p.event) for p in after.phases}
    return tuple(
        change.model_copy(update={"after": f"{change.after} ({shifts[change.what]:+d} d)"})
        if change.kind == "flight" and shifts.get(change.what)
        else change
        for change in found
        # The windows of a flight that is flown in one plan only say nothing that the flight does not.
        if change.kind != "phase" or tuple(change.what.rsplit(" ", 1)) in windows
    )


def other_gaps(operate: Operate) -> tuple[Shortfall, ...]:
    """Gaps that are not told as gaps of a commitment too, with what follows from them."""
    told = {(gap.from_utc[:10], gap.days) for gap in operate.commitment_gaps}
    return tuple(row for row in operate.gaps if row.unit != "days" or (row.utc[:10], row.amount) not in told)


def _different(kind: Kind, before: Texts, after: Texts) -> Iterator[Change]:
    """A change for every label whose text is not the same."""
    for what in dict.fromkeys((*before, *after)):
        old, new = before.get(what, ""), after.get(what, "")
        if old != new:
            yield Change(kind=kind, what=what, before=old, after=new)


def _number(value: float) -> str:
    """Three digits, thousands grouped: 25.2, 412, 1,031."""
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"


# --- aspects: what there is to say of a plan, by label -------------------------------------------------------------


def _violations(o: Operate) -> Texts:
    """The worst of each limit and subject, as planned and as flown."""
    texts: Texts = {}
    flown = o.reflight.violations if o.reflight else ()
    for where, rows in (("", [one for one in o.violations if one not in flown]), (", re-flown", flown)):
        worst: dict[tuple[str, str], Violation] = {}
        for row in rows:
            key = row.constraint, row.subject
            if key not in worst or row.amount > worst[key].amount:
                worst[key] = row
        for (constraint, subject), row in worst.items():
            texts[f"{constraint} of {subject}{where}"] = f"{_number(row.amount)} {row.unit} on {row.utc[:10]}"
    return texts


def _flights(o: Operate) -> Texts:
    """Ports and days of every flight."""
    texts: Texts = {}
    for interval in sorted(o.ports, key=lambda one: one.dock_utc):
        stay = f"{interval.port} {interval.dock_utc[:10]} to {interval.undock_utc[:10]}"
        texts[interval.flight] = f"{texts[interval.flight]}, {stay}" if interval.flight in texts else stay
    return texts


def _shifts(before: Iterable[PortInterval], after: Iterable[PortInterval]) -> dict[str, int]:
    """Days by which flights dock later, of those in both plans."""

    def docked(ports: Iterable[PortInterval]) -> dict[str, date]:
        latest_first = sorted(ports, key=lambda one: one.dock_utc, reverse=True)
        return {one.flight: date.fromisoformat(one.dock_utc[:10]) for one in latest_first}

    old, new = docked(before), docked(after)
    return {flight: (new[flight] - old[flight]).days for flight in old if flight in new}


def _crew(o: Operate) -> Texts:
    texts = {"seats minus crew, lowest": f"{o.lowest_seat_margin} on {o.lowest_seat_margin_utc[:10]}"}
    for row in o.rotations:
        handover = "no handover" if row.handover_days is None else f"handover {row.handover_days} d"
        texts[f"crew of {row.flight}"] = f"{row.days_aboard} d aboard, {handover}{'' if row.ok else ', not kept'}"
    return texts


def _phases(o: Operate) -> Texts:
    """Whether each launch and landing has its window, and of which scheme."""
    return {
        f"{p.flight} {p.event}": f"{p.scheme}, kept"
        if p.ok
        else f"{p.scheme}, missed: {p.phase_deg or 0.0:.0f} deg, wanted {p.low_deg:.0f} to {p.high_deg:.0f}"
        for p in o.phases
    }


def _reboosts(o: Operate) -> Texts:
    texts = {
        "reboosts": f"{len(o.reboosts)}",
        "delta-v of reboosts": f"{o.reboost_delta_v_mps:.1f} m/s",
        "propellant of reboosts": f"{o.reboost_propellant_kg:,.0f} kg",
    }
    if o.solver is not None:
        texts["schedule"] = o.solver.status
    return texts


def _altitude(o: Operate) -> Texts:
    return {
        "lowest margin above the corridor's edge": f"{o.lowest_margin_km:.1f} km",
        "lowest altitude": f"{o.lowest_altitude_km:.1f} km",
        "highest altitude": f"{o.highest_altitude_km:.1f} km",
        "altitude at the end": f"{o.end_altitude_km:.1f} km",
    }


def _propellant(o: Operate) -> Texts:
    return {
        "attitude control": f"{o.attitude_propellant_kg:,.0f} kg",
        "lowest margin above the reserve": f"{o.lowest_propellant_margin_kg:,.0f} kg",
        **{f"left with {row.name}": f"{row.remaining_kg:,.0f} kg" for row in o.ledger_by_partner},
    }


def _supplies(o: Operate) -> Texts:
    """Stock at its worst, and whose loss it would not survive."""
    texts = {
        f"{row.name}, lowest": f"{row.lowest_margin_kg:,.0f} kg above reserve, {row.lowest_days:.0f} d of use"
        for row in o.supplies
    }
    hurt = [row for row in o.missed_flights if not row.ok]
    if o.missed_flights:
        texts["flights that cannot be lost"] = f"{len({row.flight for row in hurt})}"
    for row in sorted(hurt, key=lambda row: row.lowest_kg, reverse=True):  # the worst is told
        texts[f"{row.supply}, worst loss"] = f"{row.flight}, {row.lowest_kg:,.0f} kg against reserve"
    return texts


def _gaps(o: Operate) -> Texts:
    texts: Texts = {}
    for gap in o.commitment_gaps:
        what, stretch = f"no committed {gap.need}", f"{gap.from_utc[:10]} to {gap.to_utc[:10]}, {gap.days} d"
        texts[what] = f"{texts[what]}; {stretch}" if what in texts else stretch
    for row in (*o.shortfalls, *other_gaps(o)):
        texts[row.what] = f"{_number(row.amount)} {row.unit} from {row.utc[:10]}"
    return texts


def _commitments(o: Operate) -> Texts:
    return {f"{row.need} by {row.partner}": f"until {row.until_utc[:10]}" for row in o.commitments if not row.backup}
