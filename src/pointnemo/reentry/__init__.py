"""What breaks up, what survives, where it falls."""

from pointnemo.reentry.entry import EntryState
from pointnemo.reentry.stage import reenter

__all__ = ["EntryState", "reenter"]
