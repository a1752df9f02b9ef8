"""Where the station is, how it decays, and how well that is known."""

from pointnemo.tracking.stage import track

__all__ = ["track"]
