"""What was known at an instant: which files, which burns and visits they tell, when the mass changed.

The as-of instant is a wall. A file made after it does not exist; of the files that do, the newest that reaches an
instant says what was planned for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pointnemo.errors import Defect, EphemerisError
from pointnemo.formats.tracking_files import TrackingFile
from pointnemo.tracking.arcs import MassStep
from pointnemo.tracking.burns import MeasuredBurn, burns_of, planned_burns
from pointnemo.tracking.events import Event, EventThread, events_of, follow_events, has_table
from pointnemo.tracking.fixes import DAY_S, Fix, FixStore, fixes_of
from pointnemo.world import time
from pointnemo.world.earth import EarthOrientation

__all__ = ["Known", "Told", "known_by", "mass_steps_between", "newest_knowledge_tt_s", "read_burns"]

VISITS = ("docking", "undocking", "relocation")
LEAST_STEP_KG = 500.0  # headers move by some kilograms as propellant is used; vehicles weigh tonnes
SAME_BURN_DAYS = 5.0  # a burn this near to one that a newer file does not list may be the same one, moved
SAME_IGNITION_S = 120.0


@dataclass(frozen=True)
class Told:
    """What one file tells about burns.

    Attributes:
        file: the file.
        measured: burns in its rows.
        planned: burns that only its event table tells.
    """

    file: TrackingFile
    measured: tuple[MeasuredBurn, ...]
    planned: tuple[MeasuredBurn, ...]

    @property
    def burns(self) -> tuple[MeasuredBurn, ...]:
        """Both, by start."""
        return tuple(sorted((*self.measured, *self.planned), key=lambda burn: burn.start_tt_s))

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Rows of its event table; every arc asks for them."""
        return events_of(self.file)

    @cached_property
    def reach_tt_s(self) -> tuple[float, float]:
        """What the file speaks for: from its first state to its last row; without end where it has an event table."""
        if self.file.elements or (len(self.file.tt_s) == 1 and not has_table(self.file)):
            return np.inf, -np.inf
        return self.file.epoch_tt_s, np.inf if has_table(self.file) else float(self.file.tt_s[-1])


@dataclass(frozen=True)
class Known:
    """What was known at an instant.

    Attributes:
        as_of_tt_s: the instant, TT seconds since J2000.
        told: the files made by then, oldest first.
        fixes: by epoch.
        threads: events through all these files.
    """

    as_of_tt_s: float
    told: tuple[Told, ...]
    fixes: tuple[Fix, ...]
    threads: tuple[EventThread, ...]

    def burns_between(self, start_tt_s: float, stop_tt_s: float) -> tuple[MeasuredBurn, ...]:
        """Burns of an interval: for every instant the newest file that begins before it says what was planned.

        Args:
            start_tt_s: TT seconds since J2000.
            stop_tt_s: likewise.

        Returns:
            By start.
        """
        burns: list[MeasuredBurn] = []
        for one in self.told:
            from_tt_s, to_tt_s = one.reach_tt_s
            burns = [burn for burn in burns if not from_tt_s <= burn.start_tt_s <= to_tt_s]
            burns += [burn for burn in one.burns if burn.start_tt_s >= from_tt_s]
        return tuple(
            sorted(
                (burn for burn in burns if start_tt_s <= burn.start_tt_s < stop_tt_s), key=lambda burn: burn.start_tt_s
            )
        )

    def visits_between(self, start_tt_s: float, stop_tt_s: float) -> tuple[float, ...]:
        """Instants at which a vehicle docks, leaves or moves."""
        return tuple(
            thread.event.tt_s
            for thread in self.threads
            if thread.event.kind in VISITS and not thread.dropped and start_tt_s < thread.event.tt_s < stop_tt_s
        )

    def seems_moved(self, burn: MeasuredBurn, end: Fix) -> bool:
        """Whether the file of a later fix lists a new burn near one that should lie behind it: was it made at all?"""
        newer = [one for one in self.told if one.file.path_name == end.name]
        older = [other for one in self.told if one.file.epoch_tt_s < burn.start_tt_s for other in one.burns]
        return any(
            new.start_tt_s > end.tt_s
            and (new.start_tt_s - burn.start_tt_s) / DAY_S <= SAME_BURN_DAYS
            and all(abs(new.start_tt_s - old.start_tt_s) > SAME_IGNITION_S for old in older)
            for one in newer
            for new in one.burns
        )

    @property
    def newest(self) -> Told:
        """The file of the last fix."""
        return next(one for one in reversed(self.told) if one.file.path_name == self.fixes[-1].name)


def read_burns(files: Sequence[TrackingFile], eo: EarthOrientation) -> tuple[Told, ...]:
    """Read the burns of each file, once for all instants that are asked for later.

    Args:
        files: by creation, oldest first.
        eo: Earth orientation.

    Returns:
        In the same order.

    Raises:
        WorldError: Earth orientation does not reach a file.
    """
    told: list[Told] = []
    before: list[MeasuredBurn] = []
    for file in files:
        measured = () if file.elements else burns_of(file, eo)
        told.append(Told(file, measured, planned_burns(file, measured, before)))
        before += measured
    return tuple(told)


def newest_knowledge_tt_s(files: Sequence[TrackingFile]) -> float:
    """When all of the files were known: the last was made, or, where it says it was made before, its first state."""
    return max(max(file.created_tt_s, file.epoch_tt_s) for file in files)


def known_by(told: Sequence[Told], as_of_tt_s: float, eo: EarthOrientation, store: FixStore | None = None) -> Known:
    """What was known at an instant.

    Args:
        told: every file.
        as_of_tt_s: TT seconds since J2000.
        eo: Earth orientation.
        store: fixes of these files made before (``fixes.fixes_of``).

    Returns:
        The files made by then and what they tell. Of a list of element sets those with a later epoch are left out.

    Raises:
        EphemerisError: no file existed then, or the files do not belong together.
    """
    made = [one for one in told if one.file.created_tt_s <= as_of_tt_s or one.file.elements]
    fixes = fixes_of([one.file for one in made], eo, as_of_tt_s, store)
    if not fixes:
        first = min(one.file.created_tt_s for one in told)
        what = f"no tracking file existed at {time.to_utc(as_of_tt_s, 0)}; the first was made {time.to_utc(first, 0)}"
        raise EphemerisError("nothing was known at the as-of instant", [Defect("--as-of", what, "use a later instant")])
    names = {fix.name for fix in fixes}
    kept = tuple(one for one in made if one.file.path_name in names or not one.file.elements)
    return Known(as_of_tt_s, kept, fixes, follow_events([one.file for one in kept]))


def mass_steps_between(known: Known, start: Fix, end: Fix) -> tuple[MassStep, ...]:
    """When the mass changed between two fixes whose files tell different masses: at the visits in between.

    Args:
        known: tells the visits.
        start: first fix.
        end: later one.

    Returns:
        One step, at the docking or undocking that fits its sign, else half way; empty where the masses agree.
    """
    if not (start.mass_kg and end.mass_kg) or abs(end.mass_kg - start.mass_kg) < LEAST_STEP_KG:
        return ()
    step_kg = end.mass_kg - start.mass_kg
    kind = "docking" if step_kg > 0.0 else "undocking"
    events = (event for one in known.told for event in one.events)
    at = [event.tt_s for event in events if event.kind == kind and start.tt_s < event.tt_s < end.tt_s]
    # the newest table that still lists it comes last
    return (MassStep(at[-1] if at else 0.5 * (start.tt_s + end.tt_s), step_kg),)
