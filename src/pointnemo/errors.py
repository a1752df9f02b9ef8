"""Every error a user can meet, on one page.

PointnemoError                 base: something we can explain; a message says what, where and how to mend it
|-- InputError                 the user's input is wrong (exit 2); carries every defect found, not the first
|   |-- ScenarioError          a scenario file or a ``--set``
|   |-- EphemerisError         a tracking file: CCSDS OEM and its relatives
|   `-- RunFolderError         a run folder that cannot be used as asked
|-- WorldError                 data about nature does not reach that far; carries the valid interval
`-- FlightError                a propagation that cannot go on (never a NaN in a result)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "Defect",
    "EphemerisError",
    "FlightError",
    "InputError",
    "PointnemoError",
    "RunFolderError",
    "ScenarioError",
    "WorldError",
]


@dataclass(frozen=True)
class Defect:
    """One thing wrong with an input.

    Attributes:
        where: file, dotted key, line or column: whatever lets the user find it.
        what: what is wrong, with the offending value.
        mend: what to write instead; empty where nothing sensible can be said.
    """

    where: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" ({self.mend})" if self.mend else "")


class PointnemoError(Exception):
    """Base of all errors that pointnemo raises on purpose."""


class InputError(PointnemoError):
    """The input is wrong. ``defects`` holds all that was found, each with its place.

    Args:
        title: one line that names the input.
        defects: at least one defect.
    """

    def __init__(self, title: str, defects: Sequence[Defect] = ()) -> None:
        self.title = title
        self.defects = tuple(defects)
        super().__init__("\n".join([title, *(f"  {defect}" for defect in self.defects)]))


class ScenarioError(InputError):
    """A scenario cannot be used: unknown key, wrong unit, dates out of order, ..."""


class EphemerisError(InputError):
    """A tracking file cannot be used: truncated, wrong frame, NaN, too large, ..."""


class RunFolderError(InputError):
    """A run folder is missing, holds other inputs, or was written by something else."""


class WorldError(PointnemoError):
    """Data about nature were asked for outside the interval they cover.

    Args:
        message: what was asked for.
        valid_from: first valid UTC date.
        valid_to: last valid UTC date.
    """

    def __init__(self, message: str, valid_from: str = "", valid_to: str = "") -> None:
        self.valid_from = valid_from
        self.valid_to = valid_to
        interval = f"; data reach from {valid_from} to {valid_to}" if valid_from else ""
        super().__init__(message + interval)


class FlightError(PointnemoError):
    """A propagation left the region where its model holds, or did not converge."""
