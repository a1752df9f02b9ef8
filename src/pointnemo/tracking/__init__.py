"""Where the station is, how it decays, and how well that is known."""

from pointnemo.tracking.stage import start_tt_s, track

__all__ = ["start_tt_s", "track"]
