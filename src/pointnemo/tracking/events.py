"""The event table in the comments of NASA's ephemerides: what is going to happen to the station, and what changed.

Each public file of NASA's Trajectory Operations office carries a ``TRAJECTORY EVENT SUMMARY``: fixed columns of name
(cut off after 20 characters), time of ignition as day of year and time of day in GMT, orbit number (left blank),
delta-v in m/s, apogee and perigee in km above 6378.137 km; the line below repeats the numbers in feet and nautical
miles. A row is a plan as of that file: the next file may move, rename, resize or drop it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from pointnemo.errors import InputError
from pointnemo.tracking.report import TrackedEvent
from pointnemo.world import time

if TYPE_CHECKING:
    from pointnemo.formats.tracking_files import TrackingFile

__all__ = [
    "BurnKind",
    "Event",
    "EventKind",
    "EventThread",
    "burn_kind",
    "events_of",
    "follow_events",
    "has_table",
    "merge_events",
    "unread_rows",
]

BurnKind = Literal["reboost", "deboost", "debris avoidance", "replanned reboost"]
EventKind = Literal["launch", "docking", "undocking", "relocation", "reboost", "deboost", "other"]

DAY_S = 86400.0
SAME_VISIT_DAYS = 60.0  # a launch, docking, ... of the same vehicle within this is the same event, moved
SAME_BURN_DAYS = 5.0  # a burn has no vehicle in its name: one that is this near is taken for the same, moved
SAME_INSTANT_S = 0.5

_TITLE = "TRAJECTORY EVENT SUMMARY"
_END = re.compile(r"\s*End sequence of events", re.IGNORECASE)
_ROW = re.compile(
    r"\s*(?P<name>\S.{0,39}?)\s+(?P<day>\d{3}):(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2}(?:\.\d{1,6})?)"
    r"(?:\s+(?P<orbit>\d{1,6}))?"
    r"\s+(?P<dv>-?\d{1,5}\.\d{1,6})(?:\s+(?P<apogee>\d{1,7}\.\d{1,6}))?(?:\s+(?P<perigee>\d{1,7}\.\d{1,6}))?\s*"
)
# lines of the table that are no event: rules, the head, and the second line of a row in feet and nautical miles
_FURNITURE = re.compile(r"\s*(?:=+|-+|\|.*|\([-\d.\s()]*\)?)?\s*")
_PRELIMINARY = re.compile(
    # the word as far as the column lets it through: (Preli, PREL, (Opti ...
    r"[\s(](?:prel(?:i(?:m(?:i(?:n(?:a(?:ry?)?)?)?)?)?)?|opt(?:i(?:o(?:ns?)?)?)?|tbd|notional)\b",
    re.IGNORECASE,
)
_WORDS: tuple[tuple[EventKind, re.Pattern[str]], ...] = (
    # in this order: "undock" holds "dock", "deboost" holds "boost"
    ("undocking", re.compile(r"undock|unberth|\bdepart|\brelease\b|separation", re.IGNORECASE)),
    ("relocation", re.compile(r"relocat|redock|\bport swap", re.IGNORECASE)),
    ("docking", re.compile(r"dock|\bberth|\barriv|\bcapture|rendezvous", re.IGNORECASE)),
    ("launch", re.compile(r"launch|lift-?off", re.IGNORECASE)),
    ("deboost", re.compile(r"de-?boost|retrograde|de-?orbit|\blowering", re.IGNORECASE)),
    ("reboost", re.compile(r"re-?boost|\bp?dam\b|debris|avoid|posigrade|\braise\b", re.IGNORECASE)),
)
_DEBRIS = re.compile(r"\bp?dam\b|debris|avoid", re.IGNORECASE)
_MOVED, _RESIZED = "moved ", "delta-v from "  # how ``_difference`` begins what makes a burn a replanned one
_NOT_A_VEHICLE = re.compile(
    r"\d-?orbit|\bgmt\s?\d{1,3}\b|\b\d{1,2}/\d{1,2}\b|[a-z-]*(?:dock|berth|launch|lift-?off|arriv|relocat|depart|release)"
    r"[a-z]*|separation|capture|rendezvous|port swap|to\b.*|[^a-z0-9]",
    re.IGNORECASE,
)


class Event(NamedTuple):
    """One row of an event table.

    Attributes:
        tt_s: TT seconds since J2000.
        kind: what happens, as far as the name tells.
        name: as written, without the blanks of its column.
        delta_v_mps: as listed, rounded to 0.1 m/s; not negative, also for a deboost.
        apogee_km: above 6378.137 km; None where the row leaves it out.
        perigee_km: likewise.
        preliminary: the name says preliminary or option, in full or cut off.
        file: name of the file.
    """

    tt_s: float
    kind: EventKind
    name: str
    delta_v_mps: float
    apogee_km: float | None
    perigee_km: float | None
    preliminary: bool
    file: str


class EventThread(NamedTuple):
    """An event through all files that list it.

    Attributes:
        event: as the newest of these files has it.
        changed: how that differs from the file before, in words; empty where it does not.
        dropped: a newer file does not list it, though it still lay ahead then.
    """

    event: Event
    changed: str
    dropped: bool


# --- one file ------------------------------------------------------------------------------------------------------


def events_of(file: TrackingFile) -> tuple[Event, ...]:
    """Read the event table of a file.

    A row tells no year. Of all years the one that puts the row nearest to the middle of the ephemeris is meant, so that
    day 003 in a file of late December lies in January.

    Args:
        file: with the comments of NASA's ephemerides; any other file has no events.

    Returns:
        The rows in order of time; rows that cannot be read are left out, see ``unread_rows``.
    """
    middle_tt_s = 0.5 * (float(file.tt_s[0]) + float(file.tt_s[-1]))
    events = (_event(line, middle_tt_s, file.path_name) for line in _table_lines(file.comments))
    return tuple(sorted((event for event in events if event), key=lambda event: (event.tt_s, event.name)))


def has_table(file: TrackingFile) -> bool:
    """Whether a file carries an event table, be it an empty one: then what it does not list is not planned."""
    return any(_TITLE in comment.upper() for comment in file.comments)


def unread_rows(file: TrackingFile) -> tuple[str, ...]:
    """Lines within the event table that are neither an event nor part of the table's frame, as written.

    Args:
        file: as for ``events_of``.

    Returns:
        Each line without outer blanks; a caller reports them, for nothing is to be lost silently.
    """
    middle_tt_s = 0.5 * (float(file.tt_s[0]) + float(file.tt_s[-1]))
    return tuple(
        line.strip()
        for line in _table_lines(file.comments)
        if not _FURNITURE.fullmatch(line) and _event(line, middle_tt_s, file.path_name) is None
    )


def _table_lines(comments: Sequence[str]) -> Iterator[str]:
    """Lines between the title of the table and its end."""
    inside = False
    for line in (line for comment in comments for line in comment.splitlines()):
        if _TITLE in line.upper():
            inside = True
        elif _END.match(line):
            inside = False
        elif inside:
            yield line


def _event(line: str, middle_tt_s: float, file: str) -> Event | None:
    """The event of one line of the table, or None."""
    match = _ROW.fullmatch(line)
    tt_s = _instant(match, middle_tt_s) if match else None
    if match is None or tt_s is None:
        return None
    name = " ".join(match["name"].split())
    delta_v_mps = abs(float(match["dv"]))
    kind = _kind(name)
    if kind == "reboost" and match["dv"].startswith("-") and delta_v_mps:
        kind = "deboost"
    apogee, perigee = (float(match[key]) if match[key] else None for key in ("apogee", "perigee"))
    return Event(tt_s, kind, name, delta_v_mps, apogee, perigee, bool(_PRELIMINARY.search(name)), file)


def _instant(row: re.Match[str], middle_tt_s: float) -> float | None:
    """TT of a day of year, in the year that puts it nearest to ``middle_tt_s``; None where there is no such instant."""
    year = int(time.to_utc(middle_tt_s, 0)[:4])
    told = f"{row['day']}T{row['hour']}:{row['minute']}:{row['second']}"
    instants: list[float] = []
    for candidate in (year - 1, year, year + 1):
        try:
            instants.append(time.from_utc(f"{candidate}-{told}"))
        except InputError:  # day 366 of a common year, hour 25, or a year before 1972
            continue
    return min(instants, key=lambda tt_s: abs(tt_s - middle_tt_s), default=None)


def _kind(name: str) -> EventKind:
    for kind, words in _WORDS:
        if words.search(name):
            return kind
    return "other"


def burn_kind(name: str, delta_v_mps: float, changed: str = "") -> BurnKind:
    """What an announced burn is for, as far as the tables tell.

    Args:
        name: as in the event table.
        delta_v_mps: along-track, negative for a deboost.
        changed: how the row differs from the file before, in the words of ``merge_events``.

    Returns:
        ``debris avoidance`` by name; else ``deboost`` by sign; else ``replanned reboost`` where a newer file has moved
        or resized it.
    """
    if _DEBRIS.search(name):
        return "debris avoidance"
    if delta_v_mps < 0.0:
        return "deboost"
    return "replanned reboost" if _MOVED in changed or _RESIZED in changed else "reboost"


# --- several files -------------------------------------------------------------------------------------------------


def merge_events(files: Sequence[TrackingFile]) -> tuple[TrackedEvent, ...]:
    """Put the event tables of many files together: every event once, as the newest file that lists it has it.

    Args:
        files: by creation, oldest first; all of them are believed, so leave out those made after the as-of date.

    Returns:
        By time. An event that a newer file does not list any more, though it still lay ahead then, is kept and
        ``changed`` begins with ``dropped``.
    """
    return tuple(
        TrackedEvent(
            utc=time.to_utc(thread.event.tt_s),
            kind=thread.event.kind,
            name=thread.event.name,
            delta_v_mps=thread.event.delta_v_mps,
            apogee_km=thread.event.apogee_km,
            perigee_km=thread.event.perigee_km,
            preliminary=thread.event.preliminary,
            file=thread.event.file,
            changed=thread.changed,
        )
        for thread in follow_events(files)
    )


def follow_events(files: Sequence[TrackingFile]) -> tuple[EventThread, ...]:
    """Follow each event from file to file; see ``merge_events`` for what comes out.

    A visit (launch, docking, undocking, relocation) is known by its vehicle, a burn by its time. An event that lay
    behind when the next file begins has happened, or not: a table cannot tell, the arcs can.

    Args:
        files: by creation, oldest first.

    Returns:
        Threads by time of their newest event.
    """
    tabled = [file for file in files if has_table(file)]
    if not tabled:
        return ()
    closed: list[EventThread] = []
    open_threads = [EventThread(event, "", False) for event in events_of(tabled[0])]
    for older, newer in pairwise(tabled):
        ahead = [thread for thread in open_threads if thread.event.tt_s > newer.epoch_tt_s]
        closed += [thread for thread in open_threads if thread.event.tt_s <= newer.epoch_tt_s]
        reaches_tt_s = float(older.tt_s[-1])
        open_threads, lost = _continue(ahead, events_of(newer), older.path_name, reaches_tt_s)
        closed += [EventThread(thread.event, f"dropped: not in {newer.path_name}", True) for thread in lost]
    # a reboost that an option replaced may be listed twice in one file; the order is then that of the names
    return tuple(sorted([*closed, *open_threads], key=lambda thread: (thread.event.tt_s, thread.event.name)))


def _continue(
    threads: Sequence[EventThread], events: Sequence[Event], older_name: str, reaches_tt_s: float
) -> tuple[list[EventThread], list[EventThread]]:
    """Match the rows of a newer file to what the older one had ahead, nearest in time first, each row once.

    Returns:
        (threads as the newer file has them, threads that it has no row for).
    """
    pairs = sorted(
        (abs(event.tt_s - thread.event.tt_s), new, old)
        for old, thread in enumerate(threads)
        for new, event in enumerate(events)
        if _same(thread.event, event)
    )
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, new, old in pairs:
        if new not in partner and old not in taken:
            partner[new] = old
            taken.add(old)
    carried = [
        EventThread(event, _difference(threads[partner[new]].event, event), False)
        if new in partner
        # beyond the end of the older ephemeris it could not be listed: that is no change of plan
        else EventThread(event, f"new: not in {older_name}" if event.tt_s <= reaches_tt_s else "", False)
        for new, event in enumerate(events)
    ]
    return carried, [thread for old, thread in enumerate(threads) if old not in taken]


def _same(old: Event, new: Event) -> bool:
    """May the two rows be one event?"""
    apart_days = abs(old.tt_s - new.tt_s) / DAY_S
    burns = ("reboost", "deboost")
    if old.kind in burns or new.kind in burns:
        return old.kind in burns and new.kind in burns and apart_days <= SAME_BURN_DAYS
    return old.kind == new.kind and apart_days <= SAME_VISIT_DAYS and _vehicle(old.name) == _vehicle(new.name)


def _vehicle(name: str) -> str:
    """What is left of a name without the action: ``SPX-23 Undock`` and ``SpX23 Undocking Prel`` give ``SPX23``."""
    return _NOT_A_VEHICLE.sub("", _PRELIMINARY.sub(" ", name)).upper()


def _difference(old: Event, new: Event) -> str:
    """How a row differs from the older file's, in words."""
    parts: list[str] = []
    if old.name != new.name:
        parts.append(f"renamed from {old.name!r}")
    if old.kind != new.kind:
        parts.append(f"was a {old.kind}")
    shift_s = new.tt_s - old.tt_s
    if abs(shift_s) >= SAME_INSTANT_S:
        parts.append(f"{_MOVED}{_span(abs(shift_s))} {'later' if shift_s > 0 else 'earlier'}")
    if old.delta_v_mps != new.delta_v_mps:
        parts.append(f"{_RESIZED}{old.delta_v_mps:g} to {new.delta_v_mps:g} m/s")
    if old.preliminary != new.preliminary:
        parts.append("now preliminary" if new.preliminary else "no longer preliminary")
    return f"since {old.file}: {', '.join(parts)}" if parts else ""


def _span(seconds: float) -> str:
    """A length of time in the two largest units that it fills: ``15 min``, ``2 d 3 h``, ``12 s``."""
    left = round(seconds)
    counts: list[tuple[int, str]] = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        counts.append((count, unit))
    filled = [f"{count} {unit}" for count, unit in counts if count]
    return " ".join(filled[:2]) or "0 s"
