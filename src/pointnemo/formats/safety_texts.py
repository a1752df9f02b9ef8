"""Drafts of the warnings of one re-entry: which area, which window, and to whom.

Mariners are warned of the safety area together with the ship contour, while anything falls through the lowest layer;
pilots of the safety area together with the aircraft contour, from the surface up, for all layers. A NAVAREA coordinator
gets the whole area where it touches the NAVAREA; a flight information region gets its own part of it, a quarter of a
degree beyond its limits, because they are known approximately and because a parallel drawn as a great circle leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pointnemo.formats.navarea import FALLING, FLOATING, make_warning, minute_before, write_navarea
from pointnemo.formats.notam import make_notam, write_notam
from pointnemo.formats.outward import one_ring
from pointnemo.formats.regions import FIRS, NAVAREAS, general_area, regions_of
from pointnemo.results import FloatArray, HazardArea, Warnings

__all__ = ["DRAFT", "UNKNOWN_FIR", "draft_warnings"]

DRAFT = "Draft. Only a coordinator may issue it."
"""Stands beside every text and never within it."""
UNKNOWN_FIR = "XXXX"
"""Where the table has no flight information region: whoever sends the NOTAM puts it in."""
OVERLAP_DEG = 0.25
_OUTSIDE_SHARE = 1e-3


def draft_warnings(areas: Sequence[HazardArea], what: str = "", backup: Sequence[HazardArea] = ()) -> Warnings:
    """The texts of a re-entry for its primary window and for a backup.

    Args:
        areas: of the primary window. Without a safety or declared area, or without windows, there are no texts.
        what: name of what comes down, for the NOTAM.
        backup: the same areas for the backup window, where and when it would be.

    Returns:
        The drafts.
    """
    return Warnings(
        navarea=_mariners(areas, alternate=False),
        notam=_pilots(areas, what, alternate=False),
        backup_navarea=_mariners(backup, alternate=True),
        backup_notam=_pilots(backup, what, alternate=True),
        notes=_notes([areas, backup]),
    )


def _notes(passes: Sequence[Sequence[HazardArea]]) -> tuple[str, ...]:
    """What is approximate in the addresses and parts: by which limits each text was addressed and cut."""
    groups: dict[str, list[str]] = {}
    outside = False
    for areas in passes:
        at_sea = [_closed(areas, "ship"), [area for area in areas if area.id == "floating"]]
        found = [(some, NAVAREAS, "NAVAREA ") for some in at_sea] + [(_closed(areas, "aircraft"), FIRS, "")]
        for some, table, before in found:
            if not any(area.windows for area in some):
                continue
            ring = one_ring(area.polygon for area in some)
            for region, _ in regions_of(ring, table):
                names = groups.setdefault(region.basis, [])
                if f"{before}{region.id}" not in names:
                    names.append(f"{before}{region.id}")
            outside = outside or (table is FIRS and _outside(ring) > _OUTSIDE_SHARE)
    notes = [f"{', '.join(names)}: {basis}." for basis, names in groups.items()]
    if notes:
        text = f"A NOTAM holds its part of the area and {OVERLAP_DEG:g} degrees more, for limits that err by less."
        notes.append(text)
    if outside:
        notes.append(f"Part of the area lies in no region of the table: that NOTAM is addressed to {UNKNOWN_FIR}.")
    return tuple(notes)


def _mariners(areas: Sequence[HazardArea], alternate: bool) -> tuple[str, ...]:
    texts = _to_navareas(_closed(areas, "ship"), FALLING, alternate)
    return texts + _to_navareas([a for a in areas if a.id == "floating"], FLOATING, alternate)


def _to_navareas(areas: Sequence[HazardArea], subject: str, alternate: bool) -> tuple[str, ...]:
    windows = [w for area in areas for w in area.windows]
    at_sea = [w for w in windows if w.low_km <= 0.0] or windows
    if not at_sea:
        return ()
    ring = one_ring(area.polygon for area in areas)
    return tuple(
        write_navarea(
            make_warning(
                region.id,
                ring,
                min((w.from_utc for w in at_sea), key=minute_before),
                max((w.to_utc for w in at_sea), key=minute_before),
                general_area=general_area(ring),
                subject=subject,
                alternate=alternate,
            )
        )
        for region, _ in regions_of(ring, NAVAREAS)
    )


def _pilots(areas: Sequence[HazardArea], what: str, alternate: bool) -> tuple[str, ...]:
    closed = _closed(areas, "aircraft")
    windows = [w for area in closed for w in area.windows]
    if not windows:
        return ()
    ring = one_ring(area.polygon for area in closed)
    parts = [(region.id, part) for region, part in regions_of(ring, FIRS, OVERLAP_DEG)]
    if _outside(ring) > _OUTSIDE_SHARE:
        parts.append((UNKNOWN_FIR, ring))
    return tuple(write_notam(make_notam(fir, part, windows, what=what, alternate=alternate)) for fir, part in parts)


def _closed(areas: Iterable[HazardArea], contour: str) -> list[HazardArea]:
    """The safety area, or without one the declared area, and the contour of one kind of traffic."""
    by_id = {area.id: area for area in areas}
    widest = by_id.get("safety") or by_id.get("declared")
    chosen = [widest, by_id.get(contour)]
    return [area for area in chosen if area is not None]


def _outside(ring: FloatArray) -> float:
    """Share of an area that lies in no flight information region of the table."""
    from shapely import Polygon, union_all
    from shapely.affinity import translate

    area = Polygon(ring)
    known = union_all([translate(Polygon(r.ring), xoff=turn) for r in FIRS for turn in (-720.0, -360.0, 0.0, 360.0)])
    return area.difference(known).area / area.area
